/* Folders: [MS-PST] 2.4.4. Each is compared with its tables, these with the nodes that name it as their parent.
 *
 * Tests: parents, cycles; required properties; tables that are missing; rows without folder or message and the other way
 * round; cells of rows; counts. Search folders: results that are gone, rows of those that are there. */
#include "check/content.h"

#include <stdlib.h>

enum {
	HIERARCHY = 0x0D, CONTENTS = 0x0E, ASSOCIATED = 0x0F, RESULTS = 0x10,
	PROPERTIES_OF_TABLE = 0x4E1,
	MESSAGE_FLAGS = 0x0E07, IS_READ = 1,
	CONTENT_COUNT = 0x3602, CONTENT_UNREAD = 0x3603, SUBFOLDERS = 0x360A,
	ASSOCIATED_COUNT = 0x3617, HIDDEN_COUNT = 0x6635,
	ROW_FOLDER = 0x67F1 /* PidTagLtpParentNid */
};

/* ---- the way to the root ------------------------------------------------------------------ */

enum way { UNKNOWN, IN_HAND, TO_ROOT, NOWHERE };

/* Where the parents of a folder lead. Folders on the way are marked, so that each is met a few times at most. */
static void find_way(struct pst_content *content, uint8_t *ways, size_t start)
{
	const struct pst_index *index = content->index;
	const struct pst_node *first = index->nodes.at, *node = first + start;
	enum way end;

	while (node && ways[node - first] == UNKNOWN) {
		ways[node - first] = IN_HAND;
		if (node->nid == PST_NID_ROOT) {
			ways[node - first] = TO_ROOT;
			break;
		}
		node = pst_kind_of(node->parent) == PSTFIX_FOLDER ? pst_index_node(index, node->parent) : NULL;
	}
	end = node && ways[node - first] == TO_ROOT ? TO_ROOT : NOWHERE;
	if (node && ways[node - first] == IN_HAND) { /* a cycle, from here to here */
		const struct pst_node *on = node;

		do {
			PST_TELL_AT(content, ((struct pst_where){.nid = on->nid}), FOLDER_CYCLE, .found = on->parent);
			ways[on - first] = NOWHERE;
			on = pst_index_node(index, on->parent);
		} while (on != node);
	}
	for (node = first + start; node && ways[node - first] == IN_HAND; node = pst_index_node(index, node->parent))
		ways[node - first] = (uint8_t)end;
}

static void check_ways(struct pst_content *content)
{
	const struct pst_index *index = content->index;
	uint8_t *ways = calloc(index->nodes.n + 1, sizeof *ways);

	if (!ways)
		content->status = pst_fail_memory(content->err);
	for (size_t i = 0; ways && i < index->nodes.n; i++)
		if (pst_kind_of(index->nodes.at[i].nid) == PSTFIX_FOLDER)
			find_way(content, ways, i);
	free(ways);
}

/* ---- tables ------------------------------------------------------------------------------- */

/* Opens a table of a folder; it may turn out not to be usable. False: it is not there. */
static bool open_table(struct pst_context *out, struct pst_content *content, uint32_t folder, uint32_t type)
{
	const uint32_t nid = (folder & ~31u) | type;
	const struct pst_node *node = pst_index_node(content->index, nid);

	*out = (struct pst_context){.where = {.nid = nid}};
	if (!node) {
		PST_TELL_AT(content, ((struct pst_where){.nid = folder}), FOLDER_TABLE, .found = nid);
		return false;
	}
	node = pst_content_take(content, node);
	if (node)
		pst_context_open_tc(out, content, &content->tables, out->where, node->data, node->sub);
	return true;
}

struct folder_row {
	struct pst_content *content;
	const struct pst_context *table;
	uint32_t parent, nid;
};

/* Rows of search folders need not have all cells: in libyal-outlook, which SCANPST has written, one has none. */
static void tell_folder_cell(void *user, uint32_t tag)
{
	const struct folder_row *row = user;
	const struct pst_column *column = pst_tc_column(&row->table->tc, (uint16_t)(tag >> 16), (uint16_t)tag);

	if (pst_kind_of(row->nid) == PSTFIX_SEARCH && column && !pst_tc_has(&row->table->tc, column))
		return;
	PST_TELL_AT(row->content, ((struct pst_where){.nid = row->parent}), FOLDER_CELL, .tag = tag, .found = row->nid);
}

static bool is_below(const struct pst_node *node, uint32_t parent)
{
	return node && node->nid != parent && node->parent == parent;
}

static void check_subfolder_row(struct pst_content *content, struct pst_context *table, uint32_t folder,
                                const struct pst_row *of)
{
	const uint32_t nid = of->id;
	struct folder_row row = {content, table, folder, nid};
	const struct pst_node *node = pst_index_node(content->index, nid);
	pstfix_kind kind = pst_kind_of(nid);
	struct pst_context child;

	if ((kind != PSTFIX_FOLDER && kind != PSTFIX_SEARCH) || !is_below(node, folder)) {
		if (of->trust == PST_ROW_SURE)
			PST_TELL_AT(content, ((struct pst_where){.nid = folder}), FOLDER_ROW_ALONE, .found = nid);
		return;
	}
	if (!node->whole)
		return;
	pst_context_reopen_pc(&child, content, (struct pst_where){.nid = nid}, node->data, node->sub);
	if (child.usable)
		pst_context_compare(content, table, &child, tell_folder_cell, &row);
	pst_context_close(&child);
}

/* Children of a kind that have no row. */
static void check_children(struct pst_content *content, const struct pst_context *table, uint32_t folder,
                           pstfix_kind kind)
{
	size_t n;
	const struct pst_child *children = pst_store_children(content->store, folder, kind, &n);

	for (size_t i = 0; i < n; i++)
		if (!pst_rows_find(&table->rows, children[i].nid))
			PST_TELL_AT(content, ((struct pst_where){.nid = folder}), FOLDER_ROW_MISSING, .found = children[i].nid);
}

/* How many rows there are; UINT64_MAX: that is not known. */
static uint64_t check_hierarchy(struct pst_content *content, uint32_t folder)
{
	struct pst_context table;
	uint64_t n = UINT64_MAX;

	open_table(&table, content, folder, HIERARCHY);
	if (table.usable) {
		n = table.exact ? table.tc.rows : UINT64_MAX;
		for (uint32_t i = 0; i < table.rows.n; i++) {
			const struct pst_row *row = pst_context_row(&table, i);

			if (row)
				check_subfolder_row(content, &table, folder, row);
		}
		check_children(content, &table, folder, PSTFIX_FOLDER);
		check_children(content, &table, folder, PSTFIX_SEARCH);
	}
	pst_context_close(&table);
	return n;
}

/* ---- messages ----------------------------------------------------------------------------- */

struct counts {
	uint64_t rows, unread; /* UINT64_MAX: not known */
};

/* `table`: has the row of the message as its current one; NULL: there is none. */
static void check_message(struct pst_content *content, struct pst_context *table, const struct pst_node *node)
{
	const bool first = !content->done[node - content->index->nodes.at];
	const struct pst_node *whole = pst_content_take(content, node);

	if (whole)
		pst_check_message(content, (struct pst_where){.nid = node->nid}, node->data, node->sub, table, 0);
	else if (first && !node->whole)
		pst_check_mark(content, node);
}

static bool is_unread(const struct pst_context *table)
{
	int64_t flags;

	return pst_context_cell_number(table, MESSAGE_FLAGS, &flags) && !(flags & IS_READ);
}

static void finish_counts(struct counts *counts, const struct pst_context *table)
{
	if (!table->exact || table->tc.heap.stream.reader->spent)
		counts->rows = counts->unread = UINT64_MAX;
	else if (!pst_context_column(table, MESSAGE_FLAGS, PST_INT32))
		counts->unread = UINT64_MAX;
}

/* Rows, and with them their messages, in the order of the matrix: cells then lie near those of the row before. */
static struct counts check_message_rows(struct pst_content *content, struct pst_context *table, uint32_t folder,
                                        pstfix_kind kind)
{
	struct counts counts = {table->tc.rows, 0};

	for (uint32_t i = 0; i < table->rows.n && !content->status; i++) {
		const struct pst_row *row = pst_context_row(table, i);
		const struct pst_node *node = row ? pst_index_node(content->index, row->id) : NULL;

		counts.unread += is_unread(table);
		if (!row)
			continue;
		if (pst_kind_of(row->id) == kind && is_below(node, folder))
			check_message(content, table, node);
		else if (row->trust == PST_ROW_SURE)
			PST_TELL_AT(content, ((struct pst_where){.nid = folder}), MESSAGE_ROW_ALONE,
			            .expected = table->where.nid, .found = row->id);
	}
	finish_counts(&counts, table);
	return counts;
}

static struct counts check_contents(struct pst_content *content, uint32_t folder, uint32_t type, pstfix_kind kind)
{
	struct counts counts = {UINT64_MAX, UINT64_MAX};
	struct pst_context table;
	const struct pst_child *children;
	size_t n;

	open_table(&table, content, folder, type);
	if (table.usable)
		counts = check_message_rows(content, &table, folder, kind);
	children = pst_store_children(content->store, folder, kind, &n);
	for (size_t i = 0; i < n && !content->status; i++) {
		const struct pst_row *row = table.usable ? pst_rows_find(&table.rows, children[i].nid) : NULL;

		if (table.usable && !row)
			PST_TELL_AT(content, ((struct pst_where){.nid = children[i].nid}), MESSAGE_ROW_MISSING, .expected = table.where.nid);
		if (!row || row->trust == PST_ROW_NAMED) /* others were met in the table */
			check_message(content, NULL, pst_index_node(content->index, children[i].nid));
	}
	pst_context_close(&table);
	return counts;
}

/* ---- the folder itself ---------------------------------------------------------------------- */

static void check_counts(struct pst_content *content, const struct pst_context *folder, struct counts shown)
{
	int64_t said;

	if (shown.rows == UINT64_MAX)
		return;
	if (pst_pc_int(&folder->pc, CONTENT_COUNT, &said) && (uint64_t)said != shown.rows)
		PST_TELL_AT(content, folder->where, FOLDER_COUNT, .found = (uint32_t)said, .expected = shown.rows);
	if (shown.unread != UINT64_MAX && pst_pc_int(&folder->pc, CONTENT_UNREAD, &said) && (uint64_t)said != shown.unread)
		PST_TELL_AT(content, folder->where, FOLDER_UNREAD, .found = (uint32_t)said, .expected = shown.unread);
}

static void check_hidden(struct pst_content *content, const struct pst_context *folder, uint64_t rows, uint16_t id)
{
	int64_t said;

	if (rows != UINT64_MAX && pst_pc_int(&folder->pc, id, &said) && (uint64_t)said != rows)
		PST_TELL_AT(content, folder->where, FOLDER_HIDDEN, .tag = (uint32_t)id << 16 | PST_INT32,
		            .found = (uint32_t)said, .expected = rows);
}

static void check_required(struct pst_content *content, const struct pst_context *folder)
{
	static const uint32_t required[] = {0x3001001F, 0x36020003, 0x36030003, 0x360A000B};

	for (size_t i = 0; i < PST_COUNT(required); i++)
		if (!pst_pc_find(&folder->pc, (uint16_t)(required[i] >> 16)))
			PST_TELL_AT(content, folder->where, FOLDER_PROPERTY, .tag = pst_content_tag(content, required[i]));
}

/* Opens the properties; what they are compared with comes later. */
static void open_folder(struct pst_context *out, struct pst_content *content, const struct pst_node *node)
{
	*out = (struct pst_context){.where = {.nid = node->nid}};
	if (!pst_content_take(content, node))
		return;
	pst_context_open_pc(out, content, out->where, node->data, node->sub);
	if (!out->usable)
		return;
	check_required(content, out);
	if (content->damage && pst_pc_find(&out->pc, content->damage))
		PST_TELL_AT(content, out->where, FOLDER_MARKED, .tag = (uint32_t)content->damage << 16 | content->index->format->string);
	pst_check_changes(content, out);
	pst_context_tell_unnamed(content, out);
}

static void check_folder(struct pst_content *content, const struct pst_node *node)
{
	struct pst_context folder;
	struct counts shown, hidden;
	uint64_t below;
	int64_t said;

	if (node->nid != PST_NID_ROOT && !pst_content_is_folder(content, node->parent))
		PST_TELL_AT(content, ((struct pst_where){.nid = node->nid}), FOLDER_PARENT, .found = node->parent);
	open_folder(&folder, content, node);
	below = check_hierarchy(content, node->nid);
	shown = check_contents(content, node->nid, CONTENTS, PSTFIX_MESSAGE);
	hidden = check_contents(content, node->nid, ASSOCIATED, PSTFIX_ASSOCIATED);
	if (folder.usable) {
		check_counts(content, &folder, shown);
		if (below != UINT64_MAX && pst_pc_int(&folder.pc, SUBFOLDERS, &said) && !said != !below)
			PST_TELL_AT(content, folder.where, FOLDER_SUBFOLDERS, .found = (uint64_t)said, .expected = below);
		check_hidden(content, &folder, hidden.rows, ASSOCIATED_COUNT);
		if (!content->ost)
			check_hidden(content, &folder, hidden.rows, HIDDEN_COUNT);
	}
	pst_context_close(&folder);
}

/* ---- search folders --------------------------------------------------------------------------- */

/* A row of results repeats what the message says, and which folder it is in. */
static void check_result(struct pst_content *content, struct pst_context *table, const struct pst_node *node)
{
	const struct pst_where where = {.nid = node->nid};
	struct pst_context message;
	int64_t folder;

	if (pst_context_cell_number(table, ROW_FOLDER, &folder) && (uint32_t)folder != node->parent &&
	    pst_content_is_folder(content, node->parent))
		PST_TELL_AT(content, where, MESSAGE_CELL, .tag = (uint32_t)ROW_FOLDER << 16 | PST_INT32, .expected = table->where.nid);
	if (!node->whole)
		return;
	pst_context_reopen_pc(&message, content, where, node->data, node->sub);
	if (message.usable)
		pst_check_message_row(content, table, &message);
	pst_context_close(&message);
}

static struct counts check_results(struct pst_content *content, struct pst_context *table, uint32_t folder)
{
	struct counts counts = {table->tc.rows, 0};
	uint64_t alone = 0;

	for (uint32_t i = 0; i < table->rows.n && !content->status; i++) {
		const struct pst_row *row = pst_context_row(table, i);
		const struct pst_node *node = row ? pst_index_node(content->index, row->id) : NULL;

		counts.unread += is_unread(table);
		if (node && pst_is_message(row->id))
			check_result(content, table, node);
		else
			alone += row && row->trust == PST_ROW_SURE;
	}
	finish_counts(&counts, table);
	if (alone)
		PST_TELL_AT(content, ((struct pst_where){.nid = folder}), SEARCH_ROW_ALONE, .count = alone);
	return counts;
}

/* Whether results are in a table whose columns have heaps of their own, in subnodes of type 1 (jlibpst-dist-list, nodes 0x730
 * and 0x8050), even if it says otherwise. */
static bool is_apart(struct pst_content *content, const struct pst_node *node)
{
	struct pst_subnodes subnodes = {0};
	struct pst_heap heap = {0};
	bool apart = false;

	if (!node || !node->whole || content->status)
		return false;
	content->status = pst_heap_open(&heap, &content->tables, node->data, content->err);
	if (!content->status)
		content->status = pst_subnodes_open(&subnodes, &content->tables, node->sub, content->err);
	for (size_t i = 0; i < subnodes.entries.n; i++) {
		const uint32_t nid = subnodes.entries.at[i].nid;

		apart |= (nid & 31) == 1 && nid != PROPERTIES_OF_TABLE && nid != pst_tc_side(0) && nid != pst_tc_side(1);
	}
	apart |= heap.client == PST_CLIENT_APART;
	pst_subnodes_deinit(&subnodes);
	pst_heap_deinit(&heap);
	return apart && !content->status;
}

/* Opens the results of a search folder; they may turn out not to be usable. */
static void open_results(struct pst_context *out, struct pst_content *content, uint32_t folder)
{
	const uint32_t nid = (folder & ~31u) | RESULTS;
	const struct pst_node *node = pst_index_node(content->index, nid);

	if (!is_apart(content, node)) {
		open_table(out, content, folder, RESULTS);
		return;
	}
	*out = (struct pst_context){.where = {.nid = nid}};
	node = pst_content_take(content, node);
	if (node)
		pst_context_open_apart(out, content, out->where, node->data, node->sub);
}

static void check_search(struct pst_content *content, const struct pst_node *node)
{
	struct counts counts = {UINT64_MAX, UINT64_MAX};
	struct pst_context folder, table;

	if (!pst_content_is_folder(content, node->parent))
		PST_TELL_AT(content, ((struct pst_where){.nid = node->nid}), FOLDER_PARENT, .found = node->parent);
	open_folder(&folder, content, node);
	open_results(&table, content, node->nid);
	if (table.usable)
		counts = check_results(content, &table, node->nid);
	pst_context_close(&table);
	if (folder.usable)
		check_counts(content, &folder, counts);
	pst_context_close(&folder);
}

/* ---- all of them ------------------------------------------------------------------------------ */

static void check_messages_alone(struct pst_content *content, pstfix_kind kind)
{
	size_t n;
	const struct pst_child *children = pst_store_children(content->store, 0, kind, &n);

	for (size_t i = 0; i < n && !content->status; i++) {
		const struct pst_node *node = pst_index_node(content->index, children[i].nid);

		PST_TELL_AT(content, ((struct pst_where){.nid = node->nid}), MESSAGE_PARENT, .found = node->parent);
		check_message(content, NULL, node);
	}
}

void pst_check_folders(struct pst_content *content)
{
	check_ways(content);
	for (size_t i = 0; i < content->index->nodes.n && !content->status; i++) {
		const struct pst_node *node = &content->index->nodes.at[i];

		if (pst_kind_of(node->nid) == PSTFIX_FOLDER)
			check_folder(content, node);
		else if (pst_kind_of(node->nid) == PSTFIX_SEARCH)
			check_search(content, node);
	}
	check_messages_alone(content, PSTFIX_MESSAGE);
	check_messages_alone(content, PSTFIX_ASSOCIATED);
}
