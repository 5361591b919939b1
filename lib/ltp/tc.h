/* Table contexts: [MS-PST] 2.3.4. Columns, an index from row ids to row numbers, and a matrix of rows of one size.
 *
 * The matrix is a heap item, or a subnode in whose blocks rows lie one behind the other and none crosses the
 * end. Rows are read block by block, so that a table of any length takes little memory. A cell
 * is there if its bit is set; what does not fit into 8 bytes is a HNID as in a property context.
 *
 * In contents tables of OSTs the cells of two columns are items of other heaps, in subnodes, and there are tables of
 * search results that list their columns in a subnode and have such a heap for each: found in genuine files, in no
 * document.
 *
 * Opened as a property context is. */
#ifndef PST_TC_H
#define PST_TC_H

#include "ltp/pc.h"

enum { PST_ROW_ID = 0x67F2, PST_ROW_VERSION = 0x67F3 }; /* PidTagLtpRowId, PidTagLtpRowVer */

struct pst_column {
	uint16_t type, id;
	uint16_t at;      /* ibData */
	uint8_t size;     /* cbData */
	uint8_t bit;      /* iBit */
	uint32_t nid;     /* the subnode that this heap is, where the columns are apart; 0: it has none */
	const struct pst_heap *heap; /* which its cells are items of */
};

enum { PST_SIDE_HEAPS = 2, PST_COLUMNS_MAX = 255 };

/* The subnode that a side heap is. */
uint32_t pst_tc_side(size_t i);
/* Whether its items are the cells of that column. */
bool pst_tc_is_side(size_t i, uint16_t id, uint16_t type);

struct pst_tc {
	struct pst_heap heap;
	const struct pst_subnodes *subnodes;
	struct pst_heap sides[PST_SIDE_HEAPS];
	struct pst_heap *apart; /* of each column, where they have heaps of their own; NULL: they have none */
	uint32_t columns_nid;   /* and the subnode that lists them */
	enum pst_lookup found; /* of its header */
	bool sound;            /* heap, client, header and row index are those of a table */
	uint8_t type;          /* bType */
	uint16_t count;        /* cCols: columns may be fewer; they are more where the header has more that can be right */
	uint32_t room;         /* how many columns the header has room for */
	uint16_t ends[4];      /* rgib: of cells of 8 and 4 bytes, of 2, of 1, of the row */
	uint32_t index_hid;    /* hidRowIndex */
	uint32_t rows_hnid;    /* hnidRows; 0: there are none */
	uint32_t deprecated;   /* hidIndex */
	PST_ARRAY(struct pst_column) columns; /* as the table has them */
	struct pst_bth index;
	enum pst_lookup matrix;
	struct pst_stream stream; /* the matrix, where it is a subnode */
	uint32_t rows;       /* that the matrix has room for */
	uint32_t rest;       /* bytes behind the last of them */
	uint32_t per_block;  /* rows in a block of the stream */
	uint8_t *row;        /* the current one */
	uint32_t current;    /* its number; UINT32_MAX: none is */
};

/* Where the client is another, the table is what the header says, if it is that of a table. */
pstfix_status pst_tc_open(struct pst_tc *out, struct pst_reader *reader, uint64_t data,
                          const struct pst_subnodes *subnodes, pstfix_error *err);
/* Like pst_tc_open, but the columns may be apart. */
pstfix_status pst_tc_open_results(struct pst_tc *out, struct pst_reader *reader, uint64_t data,
                                  const struct pst_subnodes *subnodes, pstfix_error *err);
/* Gives back what a table has; it itself must stay where it is as long as it is in use. */
void pst_tc_deinit(struct pst_tc *tc);
/* Whether it has a side heap, or has lost it. */
bool pst_tc_has_side(const struct pst_tc *tc, size_t i);
/* It should have all side heaps: those that nothing names are lost, and cells in them are missing. */
pstfix_status pst_tc_expect_sides(struct pst_tc *tc, pstfix_error *err);

/* The column with this id and type, of the string types either for both; NULL: there is none. */
const struct pst_column *pst_tc_column(const struct pst_tc *tc, uint16_t id, uint16_t type);
/* The first with this id, whatever its type. */
const struct pst_column *pst_tc_column_of(const struct pst_tc *tc, uint16_t id);

/* The number of the row with this id, by the row index. */
enum pst_lookup pst_tc_find(uint32_t *row, const struct pst_tc *tc, uint32_t id);
/* The number that a record of the row index has for its row. */
uint32_t pst_tc_number(const struct pst_tc *tc, const struct pst_record *record);

/* Makes row `row` of the matrix the current one. Neighbours are quickest one after the other. */
enum pst_lookup pst_tc_row(struct pst_tc *tc, uint32_t row);
/* Where a row is in the file; PSTFIX_NOWHERE: nowhere, or in a packed block. */
uint64_t pst_tc_place(const struct pst_tc *tc, uint32_t row);
/* Of the current row: whether it has a cell in this column, and the cell. The value is given back before the table. */
static inline bool pst_tc_has(const struct pst_tc *tc, const struct pst_column *column)
{
	const uint32_t at = tc->ends[2] + column->bit / 8u;

	return tc->current != UINT32_MAX && at < tc->ends[3] && tc->row[at] & 0x80 >> column->bit % 8;
}

pstfix_status pst_tc_cell(struct pst_value *out, const struct pst_tc *tc, const struct pst_column *column,
                          pstfix_error *err);
/* In how many cells the current row and a property context agree, as far as both have them; 0: they do not belong
 * together. Of a folder the name will do. */
uint64_t pst_tc_agreement(struct pst_reader *reader, const struct pst_tc *tc, const struct pst_pc *pc, bool folder);

/* ---- what a sound table has not ------------------------------------------------------- */

enum pst_column_facts {
	PST_COLUMN_UNSORTED = 1, /* its tag is not above that of the one before */
	PST_COLUMN_TYPE = 2,     /* there is no such type */
	PST_COLUMN_WIDTH = 4,    /* not as wide as cells of its type are */
	PST_COLUMN_PLACE = 8,    /* not among the cells of its width */
	PST_COLUMN_OVERLAP = 16, /* over the cells of one before it */
	PST_COLUMN_BIT = 32,     /* its bit is none, or that of one before it */
	PST_COLUMN_ROW = 64,     /* row id or row version, but not first, or second, in the row */
	PST_COLUMN_KNOWN = 128   /* not of the type that its property must have */
};

/* Of column `i`: a sum of them. */
unsigned pst_tc_column_facts(const struct pst_tc *tc, size_t i);
/* Whether ends ascend, and the existence bits take the bytes that they need. */
bool pst_tc_ends_right(const struct pst_tc *tc);

struct pst_tc_facts {
	struct pst_bth_facts index;
	uint64_t beyond;     /* records of the index for rows that the matrix has not */
	uint64_t repeated;   /* for rows that another has been for */
	uint64_t unindexed;  /* rows without a record */
	uint64_t mismatched; /* rows with another id than their record */
	uint64_t unreadable; /* rows in blocks that are */
	uint32_t first;      /* the first row with one of these; UINT32_MAX: none */
	uint64_t unjudged;   /* rows too many to be looked at: those behind the first 4 million */
	uint32_t ragged;     /* blocks of the matrix, but the last, that are not full */
};

/* What can be said of a row by index and matrix together. */
enum pst_row_trust {
	PST_ROW_NAMED,     /* something gives a row this id, and something else contradicts: there may be one */
	PST_ROW_UNINDEXED, /* only the matrix has it */
	PST_ROW_SURE
};

struct pst_row {
	uint32_t id, row; /* row: its number; PST_ROW_NAMED: of no meaning */
	uint8_t trust;
};

struct pst_rows {
	PST_ARRAY(struct pst_row) by_id;
	uint32_t *order; /* which of them each row of the matrix is; UINT32_MAX: none */
	uint32_t n;      /* rows of the matrix */
};

/* Goes through index and matrix, once each. `rows` may be NULL. Takes up to 20 bytes for each row. */
pstfix_status pst_tc_facts(struct pst_tc_facts *out, struct pst_rows *rows, struct pst_tc *tc, pstfix_error *err);
void pst_rows_deinit(struct pst_rows *rows);
/* The row with an id, the surest of them; NULL: there is none. */
const struct pst_row *pst_rows_find(const struct pst_rows *rows, uint32_t id);

#endif
