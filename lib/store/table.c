/* Tables that are nodes: see table.h. */
#include "store/table.h"

#include <stdlib.h>

pstfix_status pst_table_open(struct pst_table *out, struct pstfix_store *store, uint32_t nid, pstfix_error *err)
{
	const struct pst_node *node = pst_index_node(store->index, nid);
	pstfix_status status;

	*out = (struct pst_table){0};
	status = pst_subnodes_open(&out->subnodes, &store->reader, node ? node->sub : 0, err);
	if (!status)
		status = pst_tc_open(&out->tc, &store->reader, node ? node->data : 0, &out->subnodes, err);
	if (status)
		pst_subnodes_deinit(&out->subnodes);
	return status;
}

void pst_table_deinit(struct pst_table *table)
{
	pst_tc_deinit(&table->tc);
	pst_subnodes_deinit(&table->subnodes);
}

bool pst_table_number(const struct pst_table *table, uint16_t id, int64_t *out)
{
	for (size_t i = 0; i < table->tc.columns.n; i++) {
		const struct pst_column *column = &table->tc.columns.at[i];
		struct pst_value value;
		bool right;

		if (column->id != id || !pst_tc_has(&table->tc, column) || pst_tc_cell(&value, &table->tc, column, NULL))
			continue;
		right = pst_value_int(&value, out);
		pst_value_deinit(&value);
		if (right)
			return true;
	}
	return false;
}
