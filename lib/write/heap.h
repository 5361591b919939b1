/* Heaps, and trees on them: [MS-PST] 2.3.1 and 2.3.2.
 *
 * Items are put one behind the other, and blocks handed over when they are full, but for those that say how full the ones
 * behind them are: the first, and every 128th from the 9th on. Writers are sticky, as streams are. */
#ifndef PST_HEAP_WRITER_H
#define PST_HEAP_WRITER_H

#include "ltp/heap.h"
#include "write/blocks.h"

enum { PST_ITEM_MAX = 3580 }; /* larger values are subnodes */

/* A block that is not handed over yet. */
struct pst_heap_page {
	uint8_t *data;
	uint32_t number, size;
};

struct pst_heap_writer {
	struct pst_sink *sink;
	struct pst_heap_page first, levels, page; /* `levels`: the last that has those of others; `page`: being filled */
	uint32_t at;                              /* in `page`: where the next item begins */
	PST_ARRAY(uint16_t) bounds;               /* of its items, the first one's beginning and the ends of all */
	PST_ARRAY(struct pst_part_put) parts;
	pstfix_status status;
	pstfix_error *err;
};

void pst_heap_begin(struct pst_heap_writer *out, struct pst_sink *sink, uint8_t client, pstfix_error *err);
/* Returns the HID; 0 for no bytes. */
uint32_t pst_heap_put(struct pst_heap_writer *heap, const void *data, uint32_t size);
/* Other bytes for an item in the first block, of the same size. */
void pst_heap_set(struct pst_heap_writer *heap, uint32_t hid, const void *data);
/* Hands out the id of the heap's data and gives back what the writer has. It is ended in any case. */
pstfix_status pst_heap_end(uint64_t *id, struct pst_heap_writer *heap, uint32_t root);

/* A tree of `n` records, each a key and its data, by rising key; `header` is an item of PST_BTH_HEADER bytes in the first
 * block, which is set. */
enum { PST_BTH_HEADER = 8 };
void pst_bth_put(struct pst_heap_writer *heap, uint32_t header, uint8_t key, uint8_t data, const uint8_t *records, size_t n);

#endif
