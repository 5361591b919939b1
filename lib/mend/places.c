/* Where folders and messages are. One whose parent is not there, or that no way from the root leads to, gets another place:
 * the folder that it was in is made anew, where a row or the items in it still tell of it, else it comes to a folder of its
 * own kind, for what was recovered. */
#include "mend/inside.h"

#include <stdlib.h>

enum { TOP_OF_OST = 0x2142, FOLDER = 2, DEPTH_MAX = 256 };

/* A row for a folder that is not there. */
struct alone {
	uint32_t nid, folder; /* folder: that the table belongs to */
};

struct places {
	struct pst_mend *mend;
	PST_ARRAY(struct alone) rows; /* by nid */
};

static bool is_there(const struct places *places, uint32_t nid)
{
	return pst_edit_find(places->mend->edit, nid);
}

static bool is_folder(const struct places *places, uint32_t nid)
{
	return pst_kind_of(nid) == PSTFIX_FOLDER && is_there(places, nid);
}

/* ---- folders that are not there ------------------------------------------------------------ */

static int by_nid(const void *a, const void *b)
{
	const struct alone *x = a, *y = b;
	const int order = PST_ORDER(x->nid, y->nid);

	return order ? order : PST_ORDER(x->folder, y->folder);
}

static pstfix_status read_rows(struct places *places, uint32_t nid)
{
	struct pst_mend *mend = places->mend;
	struct pst_table table;
	struct pst_tc_facts facts;
	struct pst_rows rows = {0};
	pstfix_status status = pst_table_open(&table, mend->old, nid, mend->err);

	if (status)
		return status;
	status = pst_tc_facts(&facts, &rows, &table.tc, mend->err);
	for (size_t i = 0; i < rows.by_id.n && !status; i++)
		if (pst_kind_of(rows.by_id.at[i].id) == PSTFIX_FOLDER && !is_there(places, rows.by_id.at[i].id))
			pst_add(&places->rows, ((struct alone){rows.by_id.at[i].id, (nid & ~31u) | FOLDER}));
	pst_rows_deinit(&rows);
	pst_table_deinit(&table);
	return status;
}

/* Rows of all tables of folders. */
static pstfix_status find_rows(struct places *places)
{
	const struct pst_index *index = places->mend->old->index;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < index->nodes.n && !status; i++)
		if ((index->nodes.at[i].nid & 31) == PST_HIERARCHY && index->nodes.at[i].nid >= PST_NID_ROOT)
			status = read_rows(places, index->nodes.at[i].nid);
	if (places->rows.n)
		qsort(places->rows.at, places->rows.n, sizeof *places->rows.at, by_nid);
	return status || !places->rows.failed ? status : pst_fail_memory(places->mend->err);
}

/* The folder whose table names one that is not there; 0: none. */
static uint32_t named_by(const struct places *places, uint32_t nid)
{
	size_t i;

	PST_SEARCH(i, places->rows.n, places->rows.at[middle].nid < nid);
	return i < places->rows.n && places->rows.at[i].nid == nid ? places->rows.at[i].folder : 0;
}

/* The table of a folder that has the row of a node. */
static uint32_t table_for(uint32_t folder, uint32_t nid)
{
	switch (pst_kind_of(nid)) {
	case PSTFIX_MESSAGE: return (folder & ~31u) | PST_CONTENTS;
	case PSTFIX_ASSOCIATED: return (folder & ~31u) | PST_ASSOCIATED;
	default: return (folder & ~31u) | PST_HIERARCHY;
	}
}

pstfix_status pst_mend_add_folder(struct pst_mend *mend, uint32_t nid, uint32_t parent)
{
	uint32_t nodes[PST_FOLDER_NODES];
	const size_t n = pst_folder_nodes(nodes, mend->edit->index.format, nid);
	pstfix_status status = pst_edit_node(mend->edit, nid, parent, 0, 0, mend->err);

	pst_add(&mend->touched, nid);
	pst_add(&mend->touched, table_for(parent, nid));
	for (size_t i = 0; i < n && !status; i++) {
		if (!pst_edit_find(mend->edit, nodes[i]))
			status = pst_edit_node(mend->edit, nodes[i], 0, 0, 0, mend->err);
		pst_add(&mend->touched, nodes[i]);
	}
	return status;
}

static bool has_tables(const struct pst_mend *mend, uint32_t nid)
{
	uint32_t nodes[PST_FOLDER_NODES];
	const size_t n = pst_folder_nodes(nodes, mend->edit->index.format, nid);
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any = any || pst_edit_find(mend->edit, nodes[i]);
	return any;
}

pstfix_status pst_mend_new_folder(struct pst_mend *mend, uint32_t *nid, uint32_t parent, const char *name)
{
	*nid = pst_edit_new_nid(mend->edit, FOLDER);
	pst_add(&mend->named, ((struct pst_named){*nid, name}));
	return pst_mend_add_folder(mend, *nid, parent);
}

/* Where the way up from a folder comes to: `to`, a folder that is not there or is its own parent; 0: it is too far. */
static uint32_t end_of_way(const struct places *places, uint32_t nid, uint32_t to)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const struct pst_node *node = nid == to ? NULL : pst_edit_find(places->mend->edit, nid);

		if (!node || node->parent == nid)
			return nid;
		nid = node->parent;
	}
	return 0;
}

/* The folder for what was recovered, below the user's topmost one if that is where it should be. */
static pstfix_status find_recovered(struct places *places, uint32_t *out)
{
	struct pst_mend *mend = places->mend;
	const uint32_t top = mend->ost ? TOP_OF_OST : mend->folders[PST_STORE_TOP];
	const bool usual = is_folder(places, top) && end_of_way(places, top, PST_NID_ROOT) == PST_NID_ROOT;
	pstfix_status status = PSTFIX_OK;

	if (!mend->recovered)
		status = pst_mend_new_folder(mend, &mend->recovered, usual ? top : PST_NID_ROOT, "Recovered items (pstfix)");
	*out = mend->recovered;
	return status;
}

/* A folder that something speaks of, and those above it. */
static pstfix_status bring_back(struct places *places, uint32_t nid)
{
	pstfix_status status = PSTFIX_OK;

	while (!status && pst_kind_of(nid) == PSTFIX_FOLDER && !is_there(places, nid)) {
		uint32_t parent = named_by(places, nid), end = parent ? end_of_way(places, parent, nid) : 0;

		if (!end || end == nid)
			status = find_recovered(places, &parent);
		if (!status)
			status = pst_mend_add_folder(places->mend, nid, parent);
		nid = parent;
	}
	return status;
}

/* Those that rows name are made anew if anything of them is left. */
static pstfix_status bring_back_named(struct places *places)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < places->rows.n && !status; i++)
		if (has_tables(places->mend, places->rows.at[i].nid))
			status = bring_back(places, places->rows.at[i].nid);
	return status;
}

/* ---- what is in no folder ------------------------------------------------------------------ */

static pstfix_status place(struct places *places, uint32_t nid)
{
	struct pst_mend *mend = places->mend;
	struct pst_node node = *pst_edit_find(mend->edit, nid);
	const bool tangled = pst_kind_of(node.parent) == PSTFIX_FOLDER && pst_index_node(mend->old->index, node.parent);
	pstfix_status status = tangled ? PSTFIX_OK : bring_back(places, node.parent);

	pst_add(&mend->touched, table_for(node.parent, nid));
	if (!status && (tangled || !is_folder(places, node.parent))) {
		status = find_recovered(places, &node.parent);
		if (!status)
			status = pst_edit_node(mend->edit, nid, node.parent, node.data, node.sub, mend->err);
	}
	pst_add(&mend->touched, table_for(node.parent, nid));
	return status;
}

/* Of each kind: those that are found wrong. One folder of each cycle is among those that are in no other. */
static pstfix_status place_all(struct places *places)
{
	static const pstfix_kind kinds[] = {PSTFIX_FOLDER, PSTFIX_SEARCH, PSTFIX_MESSAGE, PSTFIX_ASSOCIATED};
	struct pstfix_store *store;
	pstfix_status status = pst_store_open_on(&store, places->mend->old->file, places->mend->old->index, places->mend->err);

	if (!status)
		status = pst_store_untangle(&store, places->mend->err);
	for (size_t kind = 0; kind < PST_COUNT(kinds) && !status; kind++) {
		size_t alone;
		const struct pst_child *children = pst_store_children(store, 0, kinds[kind], &alone);

		for (size_t i = 0; i < alone && !status; i++)
			if (children[i].nid != PST_NID_ROOT && pst_mend_is_wrong(places->mend, children[i].nid, 0))
				status = place(places, children[i].nid);
	}
	pstfix_store_free(store);
	return status;
}

pstfix_status pst_mend_places(struct pst_mend *mend)
{
	struct places places = {.mend = mend};
	pstfix_status status = find_rows(&places);

	if (!status)
		status = bring_back_named(&places);
	if (!status)
		status = place_all(&places);
	if (!status && (places.rows.failed || mend->touched.failed))
		status = pst_fail_memory(mend->err);
	pst_array_deinit(&places.rows);
	return status;
}
