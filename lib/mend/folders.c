/* Folders: [MS-PST] 2.4.4.1. Counts follow from the tables; what a folder must have and has lost is set to what is
 * usual, its name to what the row in its parent's table says. Of long values what is left is kept, and marked as in messages. */
#include "mend/inside.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	NAME = 0x3001, COUNT = 0x3602, UNREAD = 0x3603, SUBFOLDERS = 0x360A, HIDDEN = 0x3617, HIDDEN_TOO = 0x6635,
	MESSAGE_FLAGS = 0x0E07, IS_READ = 1, CHANGES_MAX = 7
};

/* ---- counts ------------------------------------------------------------------------------ */

struct counts {
	uint32_t rows, unread;
	bool known;
};

static pstfix_status count_rows(struct counts *out, struct pst_mend *mend, uint32_t nid)
{
	struct pst_table table;
	struct pst_tc_facts facts;
	pstfix_status status = pst_mend_open_table(&table, mend, nid);

	*out = (struct counts){0};
	if (status)
		return status;
	status = pst_tc_facts(&facts, NULL, &table.tc, mend->err);
	out->known = !status && table.tc.sound && !facts.unreadable;
	out->rows = table.tc.rows;
	for (uint32_t i = 0; i < table.tc.rows && out->known; i++) {
		int64_t flags;

		out->unread += !pst_tc_row(&table.tc, i) && pst_table_number(&table, MESSAGE_FLAGS, &flags) && !(flags & IS_READ);
	}
	pst_table_deinit(&table);
	return status;
}

static bool has_children(const struct pst_mend *mend, uint32_t nid)
{
	size_t folders, searches;

	pst_store_children(mend->now, nid, PSTFIX_FOLDER, &folders);
	pst_store_children(mend->now, nid, PSTFIX_SEARCH, &searches);
	return folders + searches;
}

/* ---- names ---------------------------------------------------------------------------------- */

/* What the table of the parent says, as it was. */
static pstfix_status name_of_row(struct pst_taken *out, struct pst_mend *mend, uint32_t nid, uint32_t parent)
{
	struct pst_table table;
	struct pst_value value;
	pstfix_status status = pst_table_open(&table, mend->old, (parent & ~31u) | PST_HIERARCHY, mend->err);

	if (status)
		return status;
	if (pst_table_cell(&value, &table, nid, NAME)) {
		pst_taken_load(out, &value);
		pst_value_deinit(&value);
	}
	pst_table_deinit(&table);
	return PSTFIX_OK;
}

static pstfix_status make_text(struct pst_taken *out, const struct pst_mend *mend, const char *text)
{
	out->data = malloc(2 * strlen(text) + 1);
	if (!out->data)
		return pst_fail_memory(mend->err);
	out->size = pst_ascii(out->data, mend->edit->index.format, text);
	return PSTFIX_OK;
}

static pstfix_status find_name(struct pst_taken *out, struct pst_mend *mend, const struct pst_node *node)
{
	const struct pst_minimum *minimum = pst_minimum_find(mend->edit->index.format, node->nid);
	char text[PST_MADE_NAME] = "";
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < mend->named.n; i++)
		if (mend->named.at[i].nid == node->nid)
			return make_text(out, mend, mend->named.at[i].name);
	if (node->nid != node->parent)
		status = name_of_row(out, mend, node->nid, node->parent);
	if (status || out->data)
		return status;
	if (minimum && minimum->kind == PST_MINIMUM_FOLDER && !minimum->entry)
		return make_text(out, mend, minimum->name);
	if (node->nid != node->parent)
		pst_made_name(text, node->nid);
	return make_text(out, mend, text);
}

/* ---- the folder ------------------------------------------------------------------------------- */

struct folder {
	struct pst_object object;
	struct pst_subnodes kept; /* what is left of its subnodes; empty where they stay as they are */
	struct pst_taken name, mark;
	struct pst_change changes[CHANGES_MAX];
	size_t n;
	uint8_t numbers[CHANGES_MAX][4];
};

static void change(struct folder *folder, uint16_t id, uint16_t type, uint32_t number)
{
	uint8_t *bytes = folder->numbers[folder->n];
	const struct pst_property *property = pst_pc_find(&folder->object.pc, id);
	int64_t said;

	if (property && property->type == type && pst_pc_int(&folder->object.pc, id, &said) && (uint32_t)said == number)
		return;
	pst_put(bytes, number, 4);
	folder->changes[folder->n++] = (struct pst_change){id, type, {.data = bytes, .size = type == PST_BOOL ? 1 : 4}};
}

static void change_hidden(struct folder *folder, uint16_t id, struct counts hidden)
{
	if (hidden.known && pst_pc_find(&folder->object.pc, id))
		change(folder, id, PST_INT32, hidden.rows);
}

static pstfix_status find_changes(struct folder *folder, struct pst_mend *mend, const struct pst_node *node)
{
	const bool search = (node->nid & 31) == 3;
	const struct pst_object *object = &folder->object;
	struct counts shown, hidden = {0};
	pstfix_status status = count_rows(&shown, mend, (node->nid & ~31u) | (search ? PST_RESULTS : PST_CONTENTS));

	if (!status && !search)
		status = count_rows(&hidden, mend, (node->nid & ~31u) | PST_ASSOCIATED);
	if (!status && !pst_object_keeps(object, NAME)) {
		status = find_name(&folder->name, mend, node);
		folder->changes[folder->n++] = (struct pst_change){NAME, mend->edit->sink.format->string, pst_taken_given(&folder->name)};
	}
	if (shown.known || !pst_object_keeps(object, COUNT))
		change(folder, COUNT, PST_INT32, shown.rows);
	if (shown.known || !pst_object_keeps(object, UNREAD))
		change(folder, UNREAD, PST_INT32, shown.unread);
	if (!search || !pst_object_keeps(object, SUBFOLDERS))
		change(folder, SUBFOLDERS, PST_BOOL, has_children(mend, node->nid));
	change_hidden(folder, HIDDEN, hidden);
	if (!mend->ost)
		change_hidden(folder, HIDDEN_TOO, hidden);
	return status;
}

/* ---- values that are not whole --------------------------------------------------------------- */

/* Whether something is gone of the values in subnodes of a folder that is as it was, or of the list of them. */
static pstfix_status lacks_values(bool *lacks, struct pst_mend *mend, const struct folder *folder, const struct pst_node *node)
{
	const struct pst_node *before = pst_index_node(mend->old->index, node->nid);
	const struct pst_subnodes *subnodes = &folder->object.subnodes;
	pstfix_status status = PSTFIX_OK;

	*lacks = false;
	if (!before || before->whole || before->data != node->data || before->sub != node->sub)
		return PSTFIX_OK;
	*lacks = !subnodes->whole;
	for (size_t i = 0; i < subnodes->entries.n && !*lacks && !status; i++)
		status = pst_partial_is_needed(lacks, mend, subnodes->entries.at[i], 0);
	return status;
}

/* Those of which nothing is left are taken out, and with them their properties. */
static pstfix_status make_values(struct folder *folder, struct pst_mend *mend, uint64_t list, struct pst_losses *losses)
{
	struct pst_subnodes *old = &folder->object.subnodes;
	pstfix_status status = pst_partial_subnodes(mend, old, list, losses, "");
	size_t n = 0;

	folder->kept.whole = folder->kept.ordered = true;
	for (size_t i = 0; i < old->entries.n && !status; i++) {
		struct pst_list_entry entry = old->entries.at[i];

		status = pst_partial_value(mend, &folder->object, &entry, losses, "");
		if (!entry.data)
			continue;
		pst_add(&folder->kept.entries, entry);
		old->entries.at[n++] = old->entries.at[i];
	}
	old->entries.n = n;
	return folder->kept.entries.failed ? pst_fail_memory(mend->err) : status;
}

/* As of a message: what the folder has lost goes into its mark. Where there is no name for that, all stays as it stands. */
static pstfix_status keep_what_is_left(struct folder *folder, struct pst_mend *mend, const struct pst_node *node)
{
	struct pst_losses losses = {0};
	bool lacks;
	pstfix_status status = lacks_values(&lacks, mend, folder, node);

	if (!status && lacks)
		status = pst_mend_damage_name(mend);
	if (status || !lacks || !mend->damage)
		return status;
	status = make_values(folder, mend, node->sub, &losses);
	if (!status)
		status = pst_losses_mark(&folder->mark, &losses, mend, &folder->object.pc);
	folder->changes[folder->n++] = (struct pst_change){mend->damage, mend->edit->sink.format->string, pst_taken_given(&folder->mark)};
	pst_array_deinit(&losses.text);
	return status;
}

pstfix_status pst_mend_folder(struct pst_mend *mend, uint32_t nid)
{
	const struct pst_node node = *pst_index_node(mend->now->index, nid);
	struct folder *folder = calloc(1, sizeof *folder);
	uint64_t data, sub;
	pstfix_status status;

	if (!folder)
		return pst_fail_memory(mend->err);
	status = pst_object_open(&folder->object, mend, nid);
	if (!status) {
		status = find_changes(folder, mend, &node);
		if (!status)
			status = keep_what_is_left(folder, mend, &node);
		if (!status && (folder->n || pst_mend_marked(mend, nid) == PST_WRONG)) {
			status = pst_mend_properties(mend, &folder->object, folder->mark.data ? &folder->kept : NULL, folder->changes, folder->n, &data, &sub);
			if (!status)
				status = pst_edit_node(mend->edit, nid, node.parent, data, sub, mend->err);
			pst_mend_mark(mend, (node.parent & ~31u) | PST_HIERARCHY, PST_AFFECTED);
		}
		pst_object_deinit(&folder->object);
	}
	pst_array_deinit(&folder->kept.entries);
	free(folder->name.data);
	free(folder->mark.data);
	free(folder);
	return status;
}
