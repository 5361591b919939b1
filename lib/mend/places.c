/* Where folders and messages are. One whose parent is not there, or lacks its row, or that no way from the root leads to, is
 * in the folder whose table has a row that agrees with it, if that is one. Else the folder that it was in is made anew,
 * where a row or the items in it still tell of it, or it comes to a folder for what was recovered. */
#include "mend/inside.h"

#include <stdlib.h>

enum { TOP_OF_OST = 0x2142, FOLDER = 2, DEPTH_MAX = 256 };

/* A row for a folder that is not there, or for what the index has elsewhere. */
struct alone {
	uint32_t nid, folder; /* folder: that the table belongs to */
	bool agrees;          /* with what is there */
};

struct places {
	struct pst_mend *mend;
	PST_ARRAY(struct alone) rows; /* by nid */
	bool *listed; /* by node as it was: an item that has its row, a table that has all of its rows */
};

static bool is_there(const struct places *places, uint32_t nid)
{
	return pst_edit_find(places->mend->edit, nid);
}

static bool is_folder(const struct places *places, uint32_t nid)
{
	return pst_kind_of(nid) == PSTFIX_FOLDER && is_there(places, nid);
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

static bool *listed(const struct places *places, uint32_t nid)
{
	const struct pst_index *index = places->mend->old->index;
	const struct pst_node *node = pst_index_node(index, nid);

	return node ? &places->listed[node - index->nodes.at] : NULL;
}

static void set_listed(struct places *places, uint32_t nid, bool value)
{
	bool *slot = listed(places, nid);

	if (slot)
		*slot = value;
}

/* ---- rows --------------------------------------------------------------------------------------- */

static int by_nid(const void *a, const void *b)
{
	const struct alone *x = a, *y = b;
	const int order = PST_ORDER(x->nid, y->nid);

	return order ? order : PST_ORDER(x->folder, y->folder);
}

static pstfix_status compare(bool *agrees, struct places *places, struct pst_table *table, const struct pst_row *row)
{
	struct pst_object object;
	pstfix_status status = PSTFIX_OK;

	*agrees = row->trust == PST_ROW_SURE && !pst_tc_row(&table->tc, row->row);
	if (*agrees)
		status = pst_object_open(&object, places->mend, row->id);
	if (status || !*agrees)
		return status;
	*agrees = pst_tc_agreement(&places->mend->old->reader, &table->tc, &object.pc, pst_kind_of(row->id) == PSTFIX_FOLDER);
	pst_object_deinit(&object);
	return PSTFIX_OK;
}

static pstfix_status take_row(struct places *places, struct pst_table *table, const struct pst_row *row, uint32_t nid)
{
	const struct pst_node *node = pst_edit_find(places->mend->edit, row->id);
	struct alone alone = {.nid = row->id, .folder = (nid & ~31u) | FOLDER};
	pstfix_status status = PSTFIX_OK;

	if (pst_kind_of(row->id) == PSTFIX_OTHER || nid != table_for(nid, row->id) ||
	    !(node || pst_kind_of(row->id) == PSTFIX_FOLDER))
		return PSTFIX_OK;
	if (node && node->parent == alone.folder) {
		set_listed(places, row->id, true);
		return PSTFIX_OK;
	}
	if (node)
		status = compare(&alone.agrees, places, table, row);
	pst_add(&places->rows, alone);
	return status;
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
		status = take_row(places, &table, &rows.by_id.at[i], nid);
	set_listed(places, nid, table.tc.sound && !facts.unreadable && !facts.beyond && !facts.unindexed && !facts.unjudged);
	pst_rows_deinit(&rows);
	pst_table_deinit(&table);
	return status;
}

static bool has_rows(uint32_t nid)
{
	const uint32_t type = nid & 31;

	return (type == PST_HIERARCHY || type == PST_CONTENTS || type == PST_ASSOCIATED) && nid >= PST_NID_ROOT;
}

/* Rows of all tables of folders. */
static pstfix_status find_rows(struct places *places)
{
	const struct pst_index *index = places->mend->old->index;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < index->nodes.n && !status; i++)
		if (has_rows(index->nodes.at[i].nid))
			status = read_rows(places, index->nodes.at[i].nid);
	pst_sort(places->rows.at, places->rows.n, sizeof *places->rows.at, by_nid);
	return status || !places->rows.failed ? status : pst_fail_memory(places->mend->err);
}

/* ---- folders that are not there ------------------------------------------------------------ */

/* The folder whose table names one that is not there; 0: none. */
static uint32_t named_by(const struct places *places, uint32_t nid)
{
	size_t i;

	PST_SEARCH(i, places->rows.n, places->rows.at[middle].nid < nid);
	return i < places->rows.n && places->rows.at[i].nid == nid ? places->rows.at[i].folder : 0;
}

/* The folder that one is in in every store; 0: that is not known. */
static uint32_t usual_parent(const struct places *places, uint32_t nid)
{
	const struct pst_minimum *minimum = pst_minimum_find(places->mend->edit->index.format, nid);

	return minimum && minimum->kind == PST_MINIMUM_FOLDER && !minimum->entry ? minimum->parent : 0;
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

static pstfix_status move(struct places *places, uint32_t nid, uint32_t parent)
{
	struct pst_mend *mend = places->mend;
	const struct pst_node node = *pst_edit_find(mend->edit, nid);

	pst_add(&mend->touched, table_for(node.parent, nid));
	pst_add(&mend->touched, table_for(parent, nid));
	return node.parent == parent ? PSTFIX_OK : pst_edit_node(mend->edit, nid, parent, node.data, node.sub, mend->err);
}

static uint32_t top_of(const struct pst_mend *mend)
{
	return mend->ost ? TOP_OF_OST : mend->folders[PST_STORE_TOP];
}

static bool leads_to_root(const struct places *places, uint32_t nid)
{
	return is_folder(places, nid) && end_of_way(places, nid, PST_NID_ROOT) == PST_NID_ROOT;
}

/* The user's topmost folder is in the root, or in what a row says; what is in no folder comes below it. */
static pstfix_status settle_top(struct places *places)
{
	struct pst_mend *mend = places->mend;
	const uint32_t top = top_of(mend), end = is_folder(places, top) ? end_of_way(places, top, PST_NID_ROOT) : top;
	const uint32_t named = named_by(places, end), above = named ? named : usual_parent(places, end);

	if (!top || end == PST_NID_ROOT)
		return PSTFIX_OK;
	if (pst_kind_of(end) != PSTFIX_FOLDER || is_there(places, end)) /* the way up leads elsewhere, or is a cycle */
		return move(places, top, PST_NID_ROOT);
	if (!named && !pst_mend_count_folders(mend, end))
		return PSTFIX_OK;
	return pst_mend_add_folder(mend, end, leads_to_root(places, above) ? above : PST_NID_ROOT);
}

/* A folder for what was recovered, below the user's topmost one if that is where it should be. */
static pstfix_status find_recovered(struct places *places, enum pst_recovered which, uint32_t *out)
{
	struct pst_mend *mend = places->mend;
	const uint32_t top = top_of(mend);
	pstfix_status status = PSTFIX_OK;

	if (!mend->recovered[which])
		status = pst_mend_new_folder(mend, &mend->recovered[which], leads_to_root(places, top) ? top : PST_NID_ROOT,
		                             pst_recovered_names[which]);
	*out = mend->recovered[which];
	return status;
}

/* A folder that something speaks of, and those above it. */
static pstfix_status bring_back(struct places *places, uint32_t nid)
{
	pstfix_status status = PSTFIX_OK;

	while (!status && pst_kind_of(nid) == PSTFIX_FOLDER && !is_there(places, nid)) {
		const uint32_t named = named_by(places, nid);
		uint32_t parent = named ? named : usual_parent(places, nid), end = parent ? end_of_way(places, parent, nid) : 0;

		if (!end || end == nid)
			status = find_recovered(places, PST_FOUND_AGAIN, &parent);
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
		if (pst_kind_of(places->rows.at[i].nid) == PSTFIX_FOLDER && has_tables(places->mend, places->rows.at[i].nid))
			status = bring_back(places, places->rows.at[i].nid);
	return status;
}

/* ---- what a row has in another folder --------------------------------------------------------- */

/* Whether a node may be in a folder: that is there, and not in the node itself. */
static bool may_be_in(const struct places *places, uint32_t nid, uint32_t folder)
{
	const uint32_t end = is_folder(places, folder) ? end_of_way(places, folder, nid) : 0;

	return end && end != nid;
}

static bool is_settled(const struct places *places, const struct pst_node *node)
{
	const bool *table = listed(places, table_for(node->parent, node->nid)), *row = listed(places, node->nid);

	return may_be_in(places, node->nid, node->parent) && (!table || !*table || (row && *row));
}

/* The one folder that has a row which agrees with a node; 0: there is none, or several. `i`: the first of its rows. */
static uint32_t folder_of_rows(const struct places *places, size_t i)
{
	const uint32_t nid = places->rows.at[i].nid;
	uint32_t folder = 0;

	for (; i < places->rows.n && places->rows.at[i].nid == nid; i++) {
		const struct alone *row = &places->rows.at[i];

		if (!row->agrees || row->folder == folder || !may_be_in(places, nid, row->folder))
			continue;
		if (folder)
			return 0;
		folder = row->folder;
	}
	return folder;
}

static pstfix_status follow_rows(struct places *places)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < places->rows.n && !status; i++) {
		const uint32_t nid = places->rows.at[i].nid;
		const struct pst_node *node = pst_edit_find(places->mend->edit, nid);
		const bool first = !i || places->rows.at[i - 1].nid != nid;
		const uint32_t folder = first && node && nid != PST_NID_ROOT && !is_settled(places, node) ? folder_of_rows(places, i) : 0;

		if (folder)
			status = move(places, nid, folder);
	}
	return status;
}

/* ---- what is in no folder ------------------------------------------------------------------ */

static pstfix_status place(struct places *places, uint32_t nid)
{
	struct pst_mend *mend = places->mend;
	uint32_t parent = pst_edit_find(mend->edit, nid)->parent;
	const bool tangled = pst_kind_of(parent) == PSTFIX_FOLDER && pst_index_node(&mend->edit->index, parent);
	pstfix_status status = tangled ? PSTFIX_OK : bring_back(places, parent);

	if (!status && (tangled || !is_folder(places, parent)))
		status = find_recovered(places, pst_recovered_for(parent), &parent);
	return status ? status : move(places, nid, parent);
}

/* Of each kind: folders that are found wrong, and all messages. One folder of each cycle is among those that are in no other. */
static pstfix_status place_all(struct places *places)
{
	static const pstfix_kind kinds[] = {PSTFIX_FOLDER, PSTFIX_SEARCH, PSTFIX_MESSAGE, PSTFIX_ASSOCIATED};
	struct pst_mend *mend = places->mend;
	struct pstfix_store *store;
	pstfix_status status = pst_store_open_on(&store, mend->old->file, &mend->edit->index, mend->err);

	if (!status)
		status = pst_store_untangle(&store, mend->err);
	for (size_t kind = 0; kind < PST_COUNT(kinds) && !status; kind++) {
		size_t alone;
		const struct pst_child *children = pst_store_children(store, 0, kinds[kind], &alone);

		for (size_t i = 0; i < alone && !status; i++)
			if (kind > 1 || (children[i].nid != PST_NID_ROOT && pst_mend_is_wrong(mend, children[i].nid, 0)))
				status = place(places, children[i].nid);
	}
	pstfix_store_free(store);
	return status;
}

pstfix_status pst_mend_places(struct pst_mend *mend)
{
	struct places places = {.mend = mend, .listed = calloc(mend->old->index->nodes.n + 1, sizeof *places.listed)};
	pstfix_status status = places.listed ? find_rows(&places) : pst_fail_memory(mend->err);

	if (!status)
		status = settle_top(&places);
	if (!status)
		status = bring_back_named(&places);
	if (!status)
		status = follow_rows(&places);
	if (!status)
		status = place_all(&places);
	if (!status && (places.rows.failed || mend->touched.failed))
		status = pst_fail_memory(mend->err);
	pst_array_deinit(&places.rows);
	free(places.listed);
	return status;
}
