/* Text of 8 bits, as ANSI stores have it, in 16 bits: [MS-OXCDATA] 2.11.1.2.
 *
 * The code page is taken at its word only where the text, taken back to it, has the same bytes. Else the text is taken for one
 * of 1252, where each byte is a character, those that it leaves free too. So nothing is lost by it. */
#ifndef PST_WIDE_H
#define PST_WIDE_H

#include "ltp/value.h"

/* A code page, open in both directions; opens another when asked for one. */
struct pst_widener {
	uint32_t code_page;
	void *there, *back;
	bool open;
};

void pst_widener_deinit(struct pst_widener *widener);

/* The bytes of a value of type PST_STRING8, or of sound ones of many, as those of PST_STRING; to be freed. `code_page` 0: 1252.
 * NULL: out of memory. */
uint8_t *pst_widen(size_t *out_size, struct pst_widener *widener, uint32_t code_page, uint16_t type, const uint8_t *data,
                   size_t size);

#endif
