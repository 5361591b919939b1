/* Tables of folders opened, and what their rows stand for: see tie.h. */
#include "tie/tie_inside.h"

/* ---- tables, opened ------------------------------------------------------------------------- */

bool pst_tie_open(struct pst_tie_table *out, struct pst_tie *tie, uint64_t data, uint64_t sub)
{
	struct pst_tc_facts facts;

	*out = (struct pst_tie_table){.data = data};
	if (tie->status || !pst_reader_spend(&tie->reader, OPEN_WORK))
		return false;
	tie->status = pst_subnodes_open(&out->subnodes, &tie->reader, sub, tie->err);
	if (!tie->status)
		tie->status = pst_tc_open(&out->tc, &tie->reader, data, &out->subnodes, tie->err);
	if (tie->status || !out->tc.sound || out->tc.matrix)
		return false;
	tie->status = pst_tc_facts(&facts, &out->rows, &out->tc, tie->err);
	return !tie->status;
}

void pst_tie_close(struct pst_tie_table *table)
{
	pst_rows_deinit(&table->rows);
	pst_tc_deinit(&table->tc);
	pst_subnodes_deinit(&table->subnodes);
}

bool pst_tie_go_to(struct pst_tie_table *table, const struct pst_row *row)
{
	return row->trust == PST_ROW_SURE && !pst_tc_row(&table->tc, row->row);
}

int64_t pst_tie_cell_number(const struct pst_tie_table *table, uint16_t id)
{
	const struct pst_column *column = pst_tc_column_of(&table->tc, id);
	struct pst_value value;
	int64_t out = 0;

	if (column && pst_tc_has(&table->tc, column) && !pst_tc_cell(&value, &table->tc, column, NULL)) {
		pst_value_int(&value, &out);
		pst_value_deinit(&value);
	}
	return out;
}

/* ---- rows without a node ---------------------------------------------------------------------- */

static uint64_t agreement_with(struct pst_tie *tie, const struct pst_tie_table *table, const struct pst_stray *stray)
{
	struct pst_full_pc full;
	uint64_t agreed;

	if (!pst_reader_spend(&tie->reader, OPEN_WORK))
		return 0;
	tie->status = pst_full_pc_open(&full, &tie->reader, stray->data, stray->sub, tie->err);
	if (tie->status)
		return 0;
	agreed = pst_tc_agreement(&tie->reader, &table->tc, &full.pc, stray->kind == PST_STRAY_FOLDER);
	pst_full_pc_deinit(&full);
	return agreed;
}

/* Of two that agree alike with a row: the newer one, but not if it was written after the table, as its row would have been. */
static bool is_better(const struct pst_tie_table *table, const struct pst_stray *stray, const struct pst_stray *than)
{
	const bool before = stray->data < table->data, than_before = than->data < table->data;

	return before == than_before ? stray->data > than->data : before;
}

struct pst_stray *pst_tie_stand_in(struct pst_tie *tie, const struct pst_tie_table *table, enum pst_stray_kind kind,
                                   uint64_t *agreed)
{
	const struct pst_column *column = pst_tc_column_of(&table->tc, pst_stray_key_id(kind));
	struct pst_candidates candidates;
	struct pst_stray *best = NULL;
	struct pst_value value;
	uint64_t key = 0;
	bool alike = false;

	*agreed = 0;
	if (column && pst_tc_has(&table->tc, column) && !pst_tc_cell(&value, &table->tc, column, NULL)) {
		key = pst_stray_key(&value);
		pst_value_deinit(&value);
	}
	pst_facets_find(&candidates, &tie->facets, &tie->strays, &table->tc, kind, column ? &key : NULL);
	for (size_t i = 0; i < candidates.n && !tie->status; i++) {
		struct pst_stray *stray = candidates.at[i];
		const uint64_t with = agreement_with(tie, table, stray);

		alike = with == *agreed ? alike || with : alike && with < *agreed;
		if (with > *agreed || (with && with == *agreed && !tie->index->bbt_knows && is_better(table, stray, best))) {
			*agreed = with;
			best = stray;
		}
	}
	return alike && !tie->take_alike ? NULL : best;
}

static enum pst_stray_kind kind_of(uint32_t type, uint32_t nid)
{
	switch (type) {
	case TYPE_HIERARCHY:
		return (nid & 31) == TYPE_FOLDER || (nid & 31) == TYPE_SEARCH ? PST_STRAY_FOLDER : PST_STRAY_OTHER;
	case TYPE_CONTENTS: return (nid & 31) == 4 ? PST_STRAY_MESSAGE : PST_STRAY_OTHER;
	default: return (nid & 31) == 8 ? PST_STRAY_ASSOCIATED : PST_STRAY_OTHER;
	}
}

/* Whether a row stands for what was found rather than for what its node has. */
static bool is_meant(struct pst_tie *tie, const struct pst_tie_table *table, const struct pst_node *node, const struct pst_stray *stray,
                     uint64_t agreed)
{
	const struct pst_stray before = pst_tie_version(node, (enum pst_stray_kind)stray->kind);
	const uint64_t with = agreement_with(tie, table, &before);

	if (!pst_tie_is_open(tie, node) && !pst_index_node_crossed(tie->index, node) && !pst_tie_may_be_older(tie, node, stray->data))
		return false;
	return agreed > with || (agreed == with && pst_index_node_crossed(tie->index, node) && is_better(table, stray, &before));
}

static void tie_row(struct pst_tie *tie, const struct pst_tie_table *table, uint32_t nid, uint32_t parent, enum pst_stray_kind kind)
{
	const struct pst_node *node = pst_index_node(tie->index, nid);
	uint64_t agreed;
	struct pst_stray *stray = pst_tie_stand_in(tie, table, kind, &agreed);

	tie->index->unanswered += tie->take_alike && parent && !node && !stray;
	if (stray && !parent && kind != PST_STRAY_FOLDER && !pst_tie_is_in_use(tie, stray->data))
		return; /* of an older table, perhaps */
	if (stray && (!node || pst_tie_is_superseded(node) || is_meant(tie, table, node, stray, agreed)))
		pst_tie_node(tie, stray, nid, parent, agreed);
}

/* A node is to be looked for, too, where another has the blocks that it has, or there may be a newer version of it. */
static bool is_open(const struct pst_tie *tie, uint32_t nid)
{
	const struct pst_node *node = pst_index_node(tie->index, nid);

	return pst_tie_is_open(tie, node) || pst_index_node_crossed(tie->index, node) || pst_tie_may_be_older(tie, node, UINT64_MAX);
}

void pst_tie_rows(struct pst_tie *tie, uint64_t data, uint64_t sub, uint32_t type, uint32_t parent)
{
	struct pst_tie_table table;

	if (pst_tie_open(&table, tie, data, sub))
		for (size_t i = 0; i < table.rows.by_id.n && !tie->status; i++) {
			const size_t which = tie->index->bbt_knows ? i : table.rows.by_id.n - 1 - i; /* where the newer fits best, the last first */
			const struct pst_row *row = &table.rows.by_id.at[which];
			const enum pst_stray_kind kind = kind_of(type, row->id);

			if (!kind || !pst_tie_go_to(&table, row))
				continue;
			tie->highest[row->id & 31] = PST_MAX(tie->highest[row->id & 31], row->id >> 5);
			if (is_open(tie, row->id))
				tie_row(tie, &table, row->id, parent, kind);
		}
	pst_tie_close(&table);
}
