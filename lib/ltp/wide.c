/* Text in 16 bits: see wide.h. */
#include "ltp/wide.h"

#include <iconv.h>
#include <stdlib.h>

enum { WESTERN = 1252, WIDEST = 4 }; /* bytes that one byte can become */

static void *const none = (void *)(iconv_t)-1;

void pst_widener_deinit(struct pst_widener *widener)
{
	if (widener->open && widener->there != none)
		iconv_close((iconv_t)widener->there);
	if (widener->open && widener->back != none)
		iconv_close((iconv_t)widener->back);
	*widener = (struct pst_widener){0};
}

static void set_code_page(struct pst_widener *widener, uint32_t code_page)
{
	char name[PST_CHARSET_NAME];

	if (widener->open && widener->code_page == code_page)
		return;
	pst_widener_deinit(widener);
	pst_charset_name(name, code_page);
	*widener = (struct pst_widener){code_page, (void *)iconv_open("UTF-16LE", name), (void *)iconv_open(name, "UTF-16LE"), true};
}

/* False: it is no text, or more than there is room for. */
static bool change(void *converter, uint8_t *out, size_t room, size_t *out_size, const uint8_t *data, size_t size)
{
	char *in = (char *)(uintptr_t)data, *to = (char *)out; /* iconv() does not write to `in` */
	size_t left = room;

	iconv((iconv_t)converter, NULL, NULL, NULL, NULL);
	if (iconv((iconv_t)converter, &in, &size, &to, &left) || iconv((iconv_t)converter, NULL, NULL, &to, &left))
		return false;
	*out_size = room - left;
	return true;
}

/* `room`: WIDEST times the size at least. */
static bool widen_exactly(size_t *out_size, struct pst_widener *widener, uint8_t *out, size_t room, const uint8_t *data, size_t size)
{
	uint8_t *again = malloc(size + 1);
	size_t n;
	const bool exactly = again && widener->there != none && widener->back != none &&
	                     change(widener->there, out, room, out_size, data, size) &&
	                     change(widener->back, again, size, &n, out, *out_size) && n == size && !memcmp(again, data, size);

	free(again);
	return exactly;
}

static size_t widen_western(uint8_t *out, const uint8_t *data, size_t size)
{
	static const uint16_t from_80[32] = {
		0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D, 0x8F,
		0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178,
	};

	for (size_t i = 0; i < size; i++)
		pst_put(out + 2 * i, data[i] - 0x80u < PST_COUNT(from_80) ? from_80[data[i] - 0x80] : data[i], 2);
	return 2 * size;
}

static size_t widen_text(struct pst_widener *widener, uint8_t *out, const uint8_t *data, size_t size)
{
	size_t n;

	if (widener->code_page != WESTERN && widen_exactly(&n, widener, out, WIDEST * size, data, size))
		return n;
	return widen_western(out, data, size);
}

/* The texts one behind the other, after how many there are and where. */
static size_t widen_many(struct pst_widener *widener, uint8_t *out, uint16_t type, const uint8_t *data, size_t size)
{
	const uint32_t n = pst_multiple_count(type, data, size);
	size_t at = 4 + 4 * (size_t)n, one_size;
	const uint8_t *one;

	pst_put(out, n, 4);
	for (uint32_t i = 0; i < n; i++) {
		pst_put(out + 4 + 4 * (size_t)i, at, 4);
		if (pst_multiple_at(type, data, size, i, &one, &one_size))
			at += widen_text(widener, out + at, one, one_size);
	}
	return at;
}

uint8_t *pst_widen(size_t *out_size, struct pst_widener *widener, uint32_t code_page, uint16_t type, const uint8_t *data,
                   size_t size)
{
	uint8_t *out = malloc(WIDEST * size + 4);

	if (!out)
		return NULL;
	set_code_page(widener, code_page ? code_page : WESTERN);
	*out_size = type & PST_MULTIPLE ? size ? widen_many(widener, out, type, data, size) : 0 : widen_text(widener, out, data, size);
	return out;
}
