/* Which nodes are made anew, and in which order: those of the store, messages, tables that hold them, folders, tables that hold these.
 * What was made has consequences, which are marked as they come up. See mend.h. */
#include "mend/inside.h"
#include "bytes/gather.h"

#include <stdlib.h>

bool pst_mend_is_wrong(const struct pst_mend *mend, uint32_t nid, uint32_t sub)
{
	size_t i;

	PST_SEARCH(i, mend->n_wrong, mend->wrong[middle].nid < nid || (mend->wrong[middle].nid == nid && mend->wrong[middle].sub < sub));
	return i < mend->n_wrong && mend->wrong[i].nid == nid && mend->wrong[i].sub == sub;
}

static uint8_t *mark_of(const struct pst_mend *mend, uint32_t nid)
{
	const struct pst_node *node = pst_index_node(&mend->edit->index, nid);

	return node ? &mend->marks[node - mend->edit->index.nodes.at] : NULL;
}

void pst_mend_mark(struct pst_mend *mend, uint32_t nid, enum pst_mark mark)
{
	uint8_t *at = mark_of(mend, nid);

	if (at)
		*at = (uint8_t)PST_MAX(*at, mark);
}

enum pst_mark pst_mend_marked(const struct pst_mend *mend, uint32_t nid)
{
	return *mark_of(mend, nid);
}

/* ---- the order ------------------------------------------------------------------------------- */

/* What a folder, or a search, says of itself follows from its tables. */
static pstfix_status affect_folder(struct pst_mend *mend, uint32_t nid)
{
	pst_mend_mark(mend, (nid & ~31u) | ((nid & 31) == PST_RESULTS ? 3 : 2), PST_AFFECTED);
	return PSTFIX_OK;
}

/* What kind of node it is, as far as it matters here. */
enum kind { OF_STORE, FOLDERS, MESSAGES, HIERARCHIES, CONTENTS, RESULTS };

static enum kind kind_of(const struct pst_mend *mend, uint32_t nid)
{
	const bool of_folder = pst_kind_of((nid & ~31u) | 2) == PSTFIX_FOLDER && pst_index_node(&mend->edit->index, (nid & ~31u) | 2);

	switch (nid & 31) {
	case 0x02: case 0x03: return FOLDERS;
	case 0x04: case 0x08: return MESSAGES;
	case PST_HIERARCHY: return of_folder ? HIERARCHIES : OF_STORE;
	case PST_CONTENTS: case PST_ASSOCIATED: return of_folder ? CONTENTS : OF_STORE;
	case PST_RESULTS: return RESULTS;
	default: return OF_STORE;
	}
}

static const struct pass {
	enum kind kind;
	pstfix_status (*make)(struct pst_mend *mend, uint32_t nid);
} passes[] = {
	{OF_STORE, pst_mend_of_store}, {MESSAGES, pst_mend_message}, {RESULTS, pst_mend_of_store}, {RESULTS, affect_folder},
	{CONTENTS, pst_mend_table}, {CONTENTS, affect_folder}, {HIERARCHIES, affect_folder}, {FOLDERS, pst_mend_folder},
	{HIERARCHIES, pst_mend_table},
};

static pstfix_status make_all(struct pst_mend *mend)
{
	const struct pst_index *index = &mend->edit->index;
	pstfix_status status = PSTFIX_OK;

	for (size_t pass = 0; pass < PST_COUNT(passes); pass++)
		for (size_t i = 0; i < index->nodes.n && !status; i++)
			if (mend->marks[i] && kind_of(mend, index->nodes.at[i].nid) == passes[pass].kind)
				status = passes[pass].make(mend, index->nodes.at[i].nid);
	return status;
}

/* ---- nodes that are missing --------------------------------------------------------------------- */

/* What a store or a folder that is there must have. */
static pstfix_status add_node(struct pst_mend *mend, uint32_t nid)
{
	const struct pst_minimum *minimum = pst_minimum_find(mend->edit->index.format, nid);

	if (pst_edit_find(mend->edit, nid) || !(minimum || pst_folder_of(&mend->edit->index, nid)))
		return PSTFIX_OK;
	if (minimum && minimum->kind == PST_MINIMUM_FOLDER)
		return pst_mend_add_folder(mend, nid, minimum->parent);
	return pst_edit_node(mend->edit, nid, minimum ? minimum->parent : 0, 0, 0, mend->err);
}

static pstfix_status add_nodes(struct pst_mend *mend)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < mend->n_wrong && !status; i++)
		status = add_node(mend, mend->wrong[i].nid);
	return status;
}

/* Whether a message that the current row of results stands for changes, or is in another folder now. */
static bool is_row_affected(const struct pst_mend *mend, const struct pst_table *results)
{
	enum { ROW_FOLDER = 0x67F1 };
	const struct pst_node *node;
	int64_t nid, folder;

	if (!pst_table_number(results, PST_ROW_ID, &nid))
		return false;
	node = pst_index_node(&mend->edit->index, (uint32_t)nid);
	return node && (*mark_of(mend, node->nid) || (pst_table_number(results, ROW_FOLDER, &folder) && (uint32_t)folder != node->parent));
}

static pstfix_status mark_results(struct pst_mend *mend)
{
	const struct pst_index *index = &mend->edit->index;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < index->nodes.n && !status; i++) {
		const uint32_t nid = index->nodes.at[i].nid;
		bool affected = false;
		struct pst_table results;

		if (kind_of(mend, nid) != RESULTS || mend->marks[i])
			continue;
		status = pst_mend_open_table(&results, mend, nid);
		if (status)
			break;
		for (uint32_t row = 0; row < results.tc.rows && results.tc.sound && !affected; row++)
			affected = !pst_tc_row(&results.tc, row) && is_row_affected(mend, &results);
		if (affected)
			pst_mend_mark(mend, nid, PST_AFFECTED);
		pst_table_deinit(&results);
	}
	return status;
}

static pstfix_status mend_store(struct pst_mend *mend)
{
	pstfix_status status;

	mend->marks = calloc(mend->edit->index.nodes.n + 1, sizeof *mend->marks);
	if (!mend->marks)
		return pst_fail_memory(mend->err);
	for (size_t i = 0; i < mend->n_wrong; i++)
		if (!i || mend->wrong[i].nid != mend->wrong[i - 1].nid)
			pst_mend_mark(mend, mend->wrong[i].nid, PST_WRONG);
	for (size_t i = 0; i < mend->touched.n; i++)
		pst_mend_mark(mend, mend->touched.at[i], PST_WRONG);
	status = mark_results(mend);
	return status ? status : make_all(mend);
}

/* Their rows go with them. */
static void leave_out(struct pst_mend *mend, const struct pst_mending *mending)
{
	pst_edit_remove(mend->edit, mending->without, mending->n_without);
	for (size_t i = 0; i < mending->n_without; i++) {
		const uint32_t nid = mending->without[i], parent = pst_index_node(mend->old->index, nid)->parent;

		pst_add(&mend->touched, (parent & ~31u) | (pst_kind_of(nid) == PSTFIX_MESSAGE ? PST_CONTENTS : PST_ASSOCIATED));
	}
}

pstfix_status pst_mend(struct pst_edit *edit, pstfix_file *file, const struct pst_index *from, const struct pst_mending *mending,
                       pstfix_error *err)
{
	struct pst_mend mend = {.edit = edit, .wrong = mending->wrong, .n_wrong = mending->n_wrong, .ost = edit->header.client == PST_CLIENT_OST, .err = err};
	struct pst_index old = *from;
	pstfix_status status;

	old.io = NULL;
	status = pst_gather_open(&old.io, from->io, err);
	if (!status)
		status = pst_store_open_on(&mend.old, file, &old, err);
	mend.starts = calloc(from->blocks.n + 1, sizeof *mend.starts);
	if (!status && !mend.starts)
		status = pst_fail_memory(err);
	if (!status) {
		mend.old->reader.proven_only = true;
		leave_out(&mend, mending);
		status = add_nodes(&mend);
	}
	if (!status)
		status = pst_mend_find_folders(&mend);
	if (!status)
		status = pst_mend_places(&mend);
	if (!status && (mend.named.failed || mend.touched.failed))
		status = pst_fail_memory(err);
	if (!status)
		status = pst_edit_settle(edit, err);
	if (!status)
		status = pst_store_open_on(&mend.now, file, &edit->index, err);
	if (!status)
		status = mend_store(&mend);
	if (mend.old)
		status = pst_reader_status(&mend.old->reader, status, err);
	if (mend.now)
		status = pst_reader_status(&mend.now->reader, status, err);
	free(mend.marks);
	free(mend.starts);
	pst_array_deinit(&mend.touched);
	pst_array_deinit(&mend.parents);
	pst_array_deinit(&mend.named);
	pstfix_store_free(mend.now);
	pstfix_store_free(mend.old);
	pst_io_close(old.io);
	return status;
}
