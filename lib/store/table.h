/* A table that is a node of its own. */
#ifndef PST_STORE_TABLE_H
#define PST_STORE_TABLE_H

#include "store/store.h"

struct pst_table {
	struct pst_subnodes subnodes;
	struct pst_tc tc;
};

/* A table in data and subnodes with these ids. It must stay where it is. */
pstfix_status pst_table_open_on(struct pst_table *out, struct pst_reader *reader, uint64_t data, uint64_t sub,
                                pstfix_error *err);
/* Like pst_table_open_on, but of results of a search, whose columns may be apart. */
pstfix_status pst_table_open_results(struct pst_table *out, struct pst_reader *reader, uint64_t data, uint64_t sub,
                                     pstfix_error *err);
/* That of a node. Where there is no such node, or no table in it, one without rows. */
pstfix_status pst_table_open(struct pst_table *out, struct pstfix_store *store, uint32_t nid, pstfix_error *err);
void pst_table_deinit(struct pst_table *table);

/* Whether all of a table can be read from blocks that prove themselves, or nothing, even if those that are damaged are taken
 * for right: then nothing goes when its rows are written anew. */
pstfix_status pst_table_is_clear(bool *clear, struct pst_reader *reader, uint64_t data, uint64_t sub, pstfix_error *err);

/* The cell of the row with an id; false: it has none that can be read. */
bool pst_table_cell(struct pst_value *out, struct pst_table *table, uint32_t row_id, uint16_t id);
/* The integer in a cell of the current row; false: it has none. */
bool pst_table_number(const struct pst_table *table, uint16_t id, int64_t *out);

#endif
