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

/* ---- values ---------------------------------------------------------------------------- */

/* A value to be written, or where it is. */
struct pst_given {
	const void *data;
	size_t size;   /* 0: it is empty */
	uint64_t tree; /* else, if not 0: a data tree that was put, or is kept; gets a subnode of its own */
	uint32_t nid;  /* else, if not 0: the subnode, one of those kept, that is the value */
	bool there;    /* of a cell: whether the row has it */
};

/* Values of a context: in the record, in the heap, or in subnodes. */
struct pst_value_writer {
	struct pst_sink *sink;
	const struct pst_subnodes *kept; /* NULL: none */
	PST_ARRAY(struct pst_list_entry) made;
};

/* ---- property contexts: [MS-PST] 2.3.3 ------------------------------------------------- */

struct pst_pc_writer {
	struct pst_heap_writer heap;
	struct pst_bth_writer bth;
	struct pst_value_writer values;
};

/* `properties`: the most that come. `kept`: subnodes that stay, those of attachments and the like, as long as the
 * writer is in use; NULL: none. */
pstfix_status pst_pc_writer_begin(struct pst_pc_writer *out, struct pst_sink *sink, size_t properties,
                                  const struct pst_subnodes *kept, pstfix_error *err);
void pst_pc_writer_deinit(struct pst_pc_writer *writer);

/* Ids ascend. A value of a type that has a size must have it, and of no type there is no value. An object, nid and size, is
 * taken as it is. */
pstfix_status pst_pc_writer_add(struct pst_pc_writer *writer, uint16_t id, uint16_t type, const struct pst_given *given,
                                pstfix_error *err);
/* The ids of data and subnodes; 0: there are none. */
pstfix_status pst_pc_writer_end(struct pst_pc_writer *writer, uint64_t *data, uint64_t *sub, pstfix_error *err);

/* ---- table contexts: [MS-PST] 2.3.4 ---------------------------------------------------- */

struct pst_tc_shape {
	const struct pst_column *columns;
	size_t n;
	uint8_t number; /* bytes of a row's number in the row index; 0: as usual in the format */
	bool sides;     /* cells of the columns that have side heaps go into these, as in contents tables of OSTs */
};

/* Lays out the cells of a row as Outlook does: of columns in the order of their making, `tags`, with the row's id and
 * version first. For templates that Outlook has made before, format.md has the places. */
void pst_tc_layout(struct pst_column *out, const uint32_t *tags, size_t n);

struct pst_tc_writer {
	struct pst_heap_writer heap, sides[PST_SIDE_HEAPS];
	struct pst_bth_writer index;
	struct pst_value_writer values;
	struct pst_data_writer matrix; /* where it is a subnode */
	struct pst_column *columns;    /* a copy; `heap` is of no meaning */
	size_t n;
	uint16_t ends[4];
	uint8_t *row;
	uint32_t info, rows_hid; /* HIDs: of the header, of the matrix, 0: there are no rows, or it is a subnode */
	uint32_t rows, said;
	bool has_side[PST_SIDE_HEAPS];
};

/* `rows`: the most that come. A matrix for so many is an item of the heap if it fits there, else a subnode. Of `kept`, which
 * is used to the end, subnodes whose ids the writer needs, the matrix and side heaps, do not stay. */
pstfix_status pst_tc_writer_begin(struct pst_tc_writer *out, struct pst_sink *sink, const struct pst_tc_shape *shape,
                                  uint32_t rows, const struct pst_subnodes *kept, pstfix_error *err);
void pst_tc_writer_deinit(struct pst_tc_writer *writer);

/* Ids ascend. `cells`: one for each column, in the order of the shape; those of the row's id and version are not looked
 * at. */
pstfix_status pst_tc_writer_add(struct pst_tc_writer *writer, uint32_t id, uint32_t version, const struct pst_given *cells,
                                pstfix_error *err);
/* The ids of data and subnodes; 0: there are none. */
pstfix_status pst_tc_writer_end(struct pst_tc_writer *writer, uint64_t *data, uint64_t *sub, pstfix_error *err);

#endif
