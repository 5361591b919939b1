/* Heaps, trees on them, property and table contexts, made anew: [MS-PST] 2.3. What lib/ltp reads.
 *
 * All are written front to back. Of a heap, three blocks stay in memory: the first, whose header and first items are
 * done last, the one with the fill levels of the blocks in hand, and the one that is being filled. So a table
 * may be of any length.
 *
 * A writer that failed is good for nothing but to be given back. */
#ifndef PST_CONTEXT_H
#define PST_CONTEXT_H

#include "ltp/tc.h"
#include "write/blocks.h"

/* ---- heaps: [MS-PST] 2.3.1 ------------------------------------------------------------- */

struct pst_heap_page {
	uint8_t *data;    /* of the block; NULL: there is none */
	uint16_t *bounds; /* where items begin, and the last one ends */
	uint32_t number, items, size;
	uint32_t end;     /* of its map; 0: it is not written yet */
};

struct pst_heap_writer {
	struct pst_sink *sink;
	struct pst_data_writer tree;
	struct pst_heap_page first, levels, page;
	struct pst_heap_page *current; /* &first or &page: a heap stays where it is until it is done */
	uint8_t client;
};

pstfix_status pst_heap_writer_begin(struct pst_heap_writer *out, struct pst_sink *sink, uint8_t client, pstfix_error *err);
void pst_heap_writer_deinit(struct pst_heap_writer *writer);

/* An item of 1 to PST_HEAP_ITEM bytes; `data` NULL: of zeros. */
pstfix_status pst_heap_writer_add(struct pst_heap_writer *writer, uint32_t *hid, const void *data, size_t size,
                                  pstfix_error *err);
/* What more items of one size could take in the block that is being filled. */
uint32_t pst_heap_writer_room(const struct pst_heap_writer *writer);
/* The bytes of an item of the first block, to be changed until the heap is done. */
uint8_t *pst_heap_writer_item(struct pst_heap_writer *writer, uint32_t hid);
/* Makes an item of the first block smaller, down to nothing: it is freed then. */
void pst_heap_writer_shrink(struct pst_heap_writer *writer, uint32_t hid, uint32_t size);

/* The id of the whole. `root` is that of the client's first item, or 0. */
pstfix_status pst_heap_writer_end(struct pst_heap_writer *writer, uint64_t *data, uint32_t root, pstfix_error *err);

/* ---- trees: [MS-PST] 2.3.2 ------------------------------------------------------------- */

struct pst_bth_level {
	uint8_t *records; /* of the item that is being filled */
	uint32_t n;
};

/* From records in order of their keys: full leaves, and what is above them, as they come. */
struct pst_bth_writer {
	struct pst_heap_writer *heap;
	uint8_t key, data; /* sizes: cbKey, cbEnt */
	uint32_t header;   /* its HID */
	uint32_t leaf;     /* what was reserved; 0: nothing was */
	uint64_t left;     /* records, of those said to come */
	uint8_t last[PST_BTH_KEY];
	bool any;
	struct pst_bth_level levels[PST_BTH_LEVELS + 1];
};

/* Begins with the header, which must come into the first block. If `records`, the most that come, fit into one item,
 * this is reserved. */
pstfix_status pst_bth_writer_begin(struct pst_bth_writer *out, struct pst_heap_writer *heap, uint8_t key, uint8_t data,
                                   uint64_t records, pstfix_error *err);
/* Between header and leaf there may be items of the client: then 0 records are said to pst_bth_writer_begin(), and this
 * is called behind them. */
pstfix_status pst_bth_writer_expect(struct pst_bth_writer *writer, uint64_t records, pstfix_error *err);
void pst_bth_writer_deinit(struct pst_bth_writer *writer);

pstfix_status pst_bth_writer_add(struct pst_bth_writer *writer, const uint8_t *key, const uint8_t *data, pstfix_error *err);
pstfix_status pst_bth_writer_end(struct pst_bth_writer *writer, pstfix_error *err);

#endif
