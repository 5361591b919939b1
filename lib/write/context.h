/* Property and table contexts: [MS-PST] 2.3.3 and 2.3.4.
 *
 * Values go to the heap, longer ones to subnodes of new ids; subnodes that are kept come along. Writers are sticky. */
#ifndef PST_CONTEXT_WRITER_H
#define PST_CONTEXT_WRITER_H

#include "ltp/pc.h"
#include "ltp/tc.h"
#include "write/heap.h"

/* What both have. */
struct pst_context_writer {
	struct pst_heap_writer heap;
	uint32_t *next_nid; /* the index for the next subnode of type 0x1F, which is raised */
	PST_ARRAY(struct pst_list_entry) subnodes;
};

/* A subnode with data and subnodes that are there already. */
void pst_keep_subnode(struct pst_context_writer *writer, const struct pst_list_entry *entry);

/* ---- property contexts -------------------------------------------------------------- */

struct pst_pc_writer {
	struct pst_context_writer context;
	uint32_t header;
	PST_ARRAY(struct pst_record_put) records;
};

struct pst_record_put {
	uint8_t bytes[8];
};

void pst_pc_begin(struct pst_pc_writer *out, struct pst_sink *sink, uint32_t *next_nid, pstfix_error *err);
/* Properties come in any order, each id once. An object, 8 bytes with the id of its subnode, is written as it is. */
void pst_pc_put(struct pst_pc_writer *writer, uint16_t id, uint16_t type, const void *data, size_t size);
/* Hands out what a node has and gives back what the writer has. It is ended in any case. */
pstfix_status pst_pc_end(uint64_t *data, uint64_t *sub, struct pst_pc_writer *writer);

/* ---- tables --------------------------------------------------------------------------- */

enum { PST_COLUMNS_MAX = 255, PST_NID_MATRIX = 0x3F };

struct pst_tc_writer {
	struct pst_context_writer context;
	struct pst_column columns[PST_COLUMNS_MAX];
	size_t n;
	uint32_t header, info;
	uint16_t ends[4];
	uint8_t *row; /* the current one */
	PST_ARRAY(uint8_t) rows;        /* as long as they fit an item */
	struct pst_stream_writer matrix; /* then */
	bool spilled;
	PST_ARRAY(struct pst_record_put) index;
};

/* Where cells of these columns go: [MS-PST] 2.3.4.4.1. `tags` ascend and have row id and row version; the first ones in the row. */
void pst_tc_lay_out(struct pst_column *columns, const uint32_t *tags, size_t n);

/* The columns as a table has them, or as they were laid out. */
void pst_tc_begin(struct pst_tc_writer *out, struct pst_sink *sink, uint32_t *next_nid, const struct pst_column *columns,
                  size_t n, pstfix_error *err);
/* Rows come in any order, each id once. A row is there when the next one begins, or the table ends. */
void pst_tc_put_row(struct pst_tc_writer *writer, uint32_t id, uint32_t version);
/* A cell of the current row, once. */
void pst_tc_put_cell(struct pst_tc_writer *writer, size_t column, const void *data, size_t size);
/* Like pst_pc_end. */
pstfix_status pst_tc_end(uint64_t *data, uint64_t *sub, struct pst_tc_writer *writer);

#endif
