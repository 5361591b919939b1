/* Which folders tables belong to: see tie.h. */
#include "tie/tie_inside.h"

#include <stdlib.h>

enum {
	CONTENT_COUNT = 0x3602, UNREAD_COUNT = 0x3603, SUBFOLDERS = 0x360A, HIDDEN_COUNT = 0x6635, CHILD_COUNT = 0x6638,
	MESSAGE_FLAGS = 0x0E07, IS_READ = 1,
	NEARER = 4,   /* times */
	NAMED_MAX = 8 /* rows that are asked */
};

/* ---- tables without a folder ------------------------------------------------------------------- */

static uint32_t type_of(enum pst_stray_kind kind)
{
	return TYPE_HIERARCHY + kind - PST_STRAY_HIERARCHY;
}

/* The folder that one is in that every OST has. */
static uint32_t usual_parent(uint32_t nid)
{
	static const struct {
		uint32_t nid, parent;
	} usual[] = {{0x2002, NID_ROOT}, {0x20A2, NID_ROOT}, {0x2022, 0x2002}, {0x2042, 0x2002}, {0x2062, 0x2042},
	             {0x2082, 0x2062},   {0x20C2, 0x20A2},   {0x20E2, 0x20A2}, {0x2142, 0x20A2}, {0x2162, 0x2142},
	             {0x2182, 0x2142},   {0x21A2, 0x2142},   {0x21C2, 0x2142}};

	for (size_t i = 0; i < PST_COUNT(usual); i++)
		if (usual[i].nid == nid)
			return usual[i].parent;
	return 0;
}

/* The folder that the store says a node is in: where its entry ids lead to, [MS-PST] 2.4.3.2. */
static uint32_t said_parent(const struct pst_tie *tie, uint32_t nid)
{
	if (tie->survey->right.client == PST_CLIENT_OST && (usual_parent(nid) || !tie->top || usual_parent(tie->top)))
		return usual_parent(nid);
	return !nid ? 0 : nid == tie->top ? NID_ROOT : nid == tie->deleted ? tie->top : nid == tie->searches ? NID_ROOT : 0;
}

/* The folder that the nodes of its rows are in, and how many say so; 0: they do not say, or not the same. */
static uint32_t owner_of(struct pst_tie *tie, const struct pst_stray *stray, uint64_t *agreed)
{
	struct pst_tie_table table;
	uint32_t owner = 0;
	bool alike = true;

	*agreed = 0;
	if (pst_tie_open(&table, tie, stray->data, stray->sub))
		for (size_t i = 0; i < table.rows.by_id.n && alike; i++) {
			const struct pst_row *row = &table.rows.by_id.at[i];
			const struct pst_node *node = pst_index_node(tie->index, row->id);
			const uint32_t parent = node ? node->parent : said_parent(tie, row->id);

			if (row->trust != PST_ROW_SURE || !parent || parent == row->id)
				continue;
			alike = !owner || owner == parent;
			owner = parent;
			++*agreed;
		}
	pst_tie_close(&table);
	return alike && (owner & 31) == TYPE_FOLDER ? owner : 0;
}

void pst_tie_owned(struct pst_tie *tie, enum pst_stray_kind kind)
{
	size_t n;
	struct pst_stray *some = pst_strays_of(&tie->strays, kind, NULL, &n);

	for (size_t i = 0; i < n && !tie->status; i++) {
		const struct pst_node *node;
		struct pst_stray before;
		uint64_t agreed, agreed_before = 0;
		uint32_t owner;
		bool older;

		if (!some[i].left || !some[i].key)
			continue;
		owner = owner_of(tie, &some[i], &agreed);
		node = owner ? pst_index_node(tie->index, (owner & ~31u) | type_of(kind)) : NULL;
		older = pst_tie_may_be_older(tie, node, some[i].data);
		if (!owner || (!older && !pst_tie_is_open(tie, node)))
			continue;
		if (node && !older && !pst_tie_is_superseded(node)) {
			before = pst_tie_version(node, kind);
			owner_of(tie, &before, &agreed_before);
		}
		if (agreed > agreed_before)
			pst_tie_node(tie, &some[i], (owner & ~31u) | type_of(kind), 0, agreed);
	}
}

/* The folder that the messages of its rows name, and how many do; 0: they name none, or not the same. */
static uint32_t named_owner(struct pst_tie *tie, const struct pst_stray *stray, const struct pst_tie_names *names, uint64_t *agreed)
{
	const enum pst_stray_kind kind = stray->kind == PST_STRAY_CONTENTS ? PST_STRAY_MESSAGE : PST_STRAY_ASSOCIATED;
	struct pst_tie_table table;
	uint32_t owner = 0;
	bool alike = true;

	*agreed = 0;
	if (pst_tie_open(&table, tie, stray->data, stray->sub))
		for (size_t i = 0; i < PST_MIN(table.rows.by_id.n, (size_t)NAMED_MAX) && alike; i++) {
			const struct pst_stray *message;
			uint64_t cells;
			uint32_t named;

			message = pst_tie_go_to(&table, &table.rows.by_id.at[i]) ? pst_tie_stand_in(tie, &table, kind, &cells) : NULL;
			named = message ? pst_tie_names_find(names, tie, message) : 0;
			if (!named)
				continue;
			alike = !owner || owner == named;
			owner = named;
			++*agreed;
		}
	pst_tie_close(&table);
	return alike ? owner : 0;
}

void pst_tie_named(struct pst_tie *tie, enum pst_stray_kind kind)
{
	struct pst_tie_names names;
	size_t n;
	struct pst_stray *some = pst_strays_of(&tie->strays, kind, NULL, &n);

	if (kind == PST_STRAY_HIERARCHY || tie->survey->right.client != PST_CLIENT_OST || !pst_tie_filled_left(tie, kind))
		return;
	tie->status = pst_tie_names_init(&names, tie);
	for (size_t i = 0; i < n && !tie->status; i++) {
		uint64_t agreed;
		uint32_t owner;

		if (!some[i].left || !some[i].key)
			continue;
		owner = named_owner(tie, &some[i], &names, &agreed);
		if (owner && pst_tie_is_open(tie, pst_index_node(tie->index, (owner & ~31u) | type_of(kind))))
			pst_tie_node(tie, &some[i], (owner & ~31u) | type_of(kind), 0, agreed);
	}
	pst_tie_names_deinit(&names);
}

void pst_tie_loose(struct pst_tie *tie, enum pst_stray_kind kind)
{
	size_t n;
	struct pst_stray *some = pst_strays_of(&tie->strays, kind, NULL, &n);

	for (size_t i = 0; i < n && !tie->status; i++)
		if (some[i].left && some[i].key)
			pst_tie_rows(tie, some[i].data, some[i].sub, type_of(kind), 0);
}

/* What a folder says of a table of its. */
struct want {
	uint32_t nid;
	uint64_t folder;        /* id of its data; 0: only its row in the table above is left */
	uint64_t rows, unread;
	bool any;               /* rows are not counted: there are some */
	bool met;
	bool grouped;           /* with all those that are like it */
};

/* A table without a folder, looked at when that is asked for. */
struct offer {
	bool known, owned; /* owned: nodes of its rows are in a folder */
	uint64_t unread;
};

/* What folders want of a kind, and what there is. */
struct wants {
	struct want *at;
	size_t n, room;
	bool failed;
	enum pst_stray_kind kind;
	const struct pst_stray *tables;
	struct offer *offers; /* as many */
};

/* 0: there is none. */
static uint32_t number(const struct pst_pc *pc, uint16_t id)
{
	int64_t out = 0;

	return pst_pc_int(pc, id, &out) ? (uint32_t)out : 0;
}

/* Whether an older table has as many rows as the folder says. */
static bool has_rows_of(struct pst_tie *tie, const struct pst_node *node, const struct want *want)
{
	struct pst_tie_table table;
	const bool readable = pst_tie_open(&table, tie, node->data, node->sub);
	const bool right = want->any ? table.tc.rows : table.tc.rows == want->rows;

	pst_tie_close(&table);
	return readable && right;
}

static void add_want(struct wants *wants, struct pst_tie *tie, const struct pst_node *folder, enum pst_stray_kind kind)
{
	struct want want = {.nid = (folder->nid & ~31u) | type_of(kind), .folder = folder->data};
	const struct pst_node *node = pst_index_node(tie->index, want.nid);
	struct pst_pc pc;

	if (folder->sure == PST_STALE || !pst_tie_is_open(tie, node) || !pst_reader_spend(&tie->reader, OPEN_WORK))
		return;
	tie->status = pst_pc_open(&pc, &tie->reader, folder->data, NULL, tie->err);
	if (tie->status)
		return;
	want.rows = kind == PST_STRAY_HIERARCHY          ? number(&pc, CHILD_COUNT)
	            : kind == PST_STRAY_CONTENTS         ? number(&pc, CONTENT_COUNT)
	            : kind == PST_STRAY_ASSOCIATED_TABLE ? number(&pc, HIDDEN_COUNT)
	                                                 : 0;
	want.any = kind == PST_STRAY_HIERARCHY && !want.rows && number(&pc, SUBFOLDERS);
	want.unread = kind == PST_STRAY_CONTENTS ? number(&pc, UNREAD_COUNT) : 0;
	if (pc.sound && node && !pst_tie_is_superseded(node) && has_rows_of(tie, node, &want))
		pst_tie_older(tie, node);
	else if (pc.sound)
		pst_add(wants, want);
	pst_pc_deinit(&pc);
}

/* Rows of folders repeat how many messages are in them. */
static void add_wants_of_rows(struct wants *wants, struct pst_tie *tie, const struct pst_node *above)
{
	struct pst_tie_table table;

	if (pst_tie_is_superseded(above))
		return;
	if (pst_tie_open(&table, tie, above->data, above->sub))
		for (size_t i = 0; i < table.rows.by_id.n; i++) {
			const struct pst_row *row = &table.rows.by_id.at[i];
			const struct pst_node *folder = pst_index_node(tie->index, row->id);
			struct want want = {.nid = (row->id & ~31u) | TYPE_CONTENTS};

			if ((row->id & 31) != TYPE_FOLDER || (folder && !pst_tie_is_superseded(folder)) ||
			    !pst_tie_is_open(tie, pst_index_node(tie->index, want.nid)) || !pst_tie_go_to(&table, row))
				continue;
			want.rows = (uint32_t)pst_tie_cell_number(&table, CONTENT_COUNT);
			want.unread = (uint32_t)pst_tie_cell_number(&table, UNREAD_COUNT);
			if (want.rows)
				pst_add(wants, want);
		}
	pst_tie_close(&table);
}

static uint64_t count_unread(struct pst_tie *tie, const struct pst_stray *stray)
{
	struct pst_tie_table table;
	uint64_t unread = 0;

	if (pst_tie_open(&table, tie, stray->data, stray->sub))
		for (size_t i = 0; i < table.rows.by_id.n; i++)
			unread += pst_tie_go_to(&table, &table.rows.by_id.at[i]) && !(pst_tie_cell_number(&table, MESSAGE_FLAGS) & IS_READ);
	pst_tie_close(&table);
	return unread;
}

static const struct offer *look_at(struct pst_tie *tie, const struct wants *wants, const struct pst_stray *stray)
{
	struct offer *offer = &wants->offers[stray - wants->tables];
	uint64_t agreed;

	if (!offer->known) {
		offer->known = true;
		offer->unread = wants->kind == PST_STRAY_CONTENTS ? count_unread(tie, stray) : 0;
		offer->owned = owner_of(tie, stray, &agreed) || agreed;
	}
	return offer;
}

static bool is_wanted(struct pst_tie *tie, const struct wants *wants, const struct want *want, const struct pst_stray *stray)
{
	const struct offer *offer;

	if (!stray->left || (want->any ? !stray->key : stray->key != want->rows))
		return false;
	if (!stray->key)
		return true;
	offer = look_at(tie, wants, stray);
	return offer->unread == want->unread && !offer->owned;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static bool wants_alike(const struct want *a, const struct want *b)
{
	return a->any == b->any && a->rows == b->rows && a->unread == b->unread;
}

/* Whether another folder that wants such a table was written nearer to it, or not much farther away. */
static bool has_rival(const struct wants *wants, size_t which, uint64_t table, uint64_t distance)
{
	for (size_t i = 0; i < wants->n; i++)
		if (i != which && wants_alike(&wants->at[i], &wants->at[which]) &&
		    apart(wants->at[i].folder, table) / NEARER < distance)
			return true;
	return false;
}

/* Empty tables are alike: the one written next to the folder serves. Of others, that which was written much nearer to it
 * than any other, and to no other folder so near: a table is written together with the folder that counts its rows. */
static void tie_wanted(struct pst_tie *tie, const struct wants *wants, size_t which)
{
	struct want *want = &wants->at[which];
	struct pst_stray *best = NULL, *some;
	uint64_t first = UINT64_MAX, second = UINT64_MAX;
	size_t n;

	some = pst_strays_of(&tie->strays, wants->kind, want->any ? NULL : &want->rows, &n);
	for (size_t i = 0; i < n && !tie->status && pst_reader_spend(&tie->reader, STEP_WORK); i++) {
		const uint64_t distance = apart(some[i].data, want->folder);

		if (!is_wanted(tie, wants, want, &some[i]))
			continue;
		second = PST_MIN(second, PST_MAX(first, distance));
		if (distance < first) {
			first = distance;
			best = &some[i];
		}
	}
	if (best && (!want->folder || (wants->kind == PST_STRAY_HIERARCHY && !want->any)) &&
	    (second != UINT64_MAX || has_rival(wants, which, best->data, UINT64_MAX)))
		return; /* they change long after their folder was written */
	if (!best || (best->key && (second / NEARER < first || !pst_reader_spend(&tie->reader, STEP_WORK * wants->n) ||
	                            has_rival(wants, which, best->data, first))))
		return;
	pst_tie_node(tie, best, want->nid, 0, 0);
	want->met = true;
}

/* Several folders, and as many tables that would fit each. */
struct group {
	PST_ARRAY(struct want *) folders; /* by id of their data */
	PST_ARRAY(struct pst_stray *) tables;
};

static int by_folder(const void *a, const void *b)
{
	const struct want *const *x = a, *const *y = b;

	return PST_ORDER((*x)->folder, (*y)->folder);
}

static int by_data(const void *a, const void *b)
{
	const struct pst_stray *const *x = a, *const *y = b;

	return PST_ORDER((*x)->data, (*y)->data);
}

static bool find_group(struct group *out, struct pst_tie *tie, const struct wants *wants, size_t which)
{
	const struct want *want = &wants->at[which];
	struct pst_stray *some;
	bool placed = true;
	size_t n;

	for (size_t i = 0; i < wants->n; i++)
		if (!wants->at[i].met && wants_alike(&wants->at[i], want)) {
			wants->at[i].grouped = true;
			placed &= wants->at[i].folder != 0;
			pst_add(&out->folders, &wants->at[i]);
		}
	some = pst_strays_of(&tie->strays, wants->kind, want->any ? NULL : &want->rows, &n);
	for (size_t i = 0; i < n && out->folders.n > 1 && !tie->status && pst_reader_spend(&tie->reader, STEP_WORK); i++)
		if (is_wanted(tie, wants, want, &some[i]))
			pst_add(&out->tables, &some[i]);
	tie->tied.failed |= out->folders.failed || out->tables.failed;
	if (!placed || out->folders.n < 2 || out->tables.n != out->folders.n || tie->tied.failed || tie->status)
		return false;
	pst_sort(out->folders.at, out->folders.n, sizeof *out->folders.at, by_folder);
	pst_sort(out->tables.at, out->tables.n, sizeof *out->tables.at, by_data);
	return true;
}

static void group_deinit(struct group *group)
{
	pst_array_deinit(&group->folders);
	pst_array_deinit(&group->tables);
}

static bool is_of_folders(uint32_t type)
{
	return type == TYPE_FOLDER || (type >= TYPE_HIERARCHY && type <= TYPE_ASSOCIATED);
}

/* Whether something else than folders and their tables was written between two blocks, or may have been: where ids are
 * missing, what had them is gone, perhaps because it was written anew. */
static bool is_interrupted(const struct pst_tie *tie, uint64_t first, uint64_t last)
{
	const struct pst_index *index = tie->index;
	size_t at;

	for (size_t i = 0; i < tie->strays.heaps.n; i++) {
		const struct pst_stray *stray = &tie->strays.heaps.at[i];

		if (stray->data > first && stray->data < last && stray->kind != PST_STRAY_FOLDER &&
		    (stray->kind < PST_STRAY_HIERARCHY || stray->kind > PST_STRAY_ASSOCIATED_TABLE))
			return true;
	}
	for (size_t i = 0; i < index->nodes.n; i++)
		if (index->nodes.at[i].data > first && index->nodes.at[i].data < last && !is_of_folders(index->nodes.at[i].nid & 31))
			return true;
	PST_SEARCH(at, index->blocks.n, index->blocks.at[middle].id < first);
	for (; at + 1 < index->blocks.n && index->blocks.at[at].id < last; at++)
		if (index->blocks.at[at].sure != PST_PROVEN || index->blocks.at[at + 1].id >> 2 != (index->blocks.at[at].id >> 2) + 1)
			return true;
	return false;
}

/* Blocks of a folder and of a table of its that is known. */
struct known {
	uint64_t folder, table;
	uint32_t type;
};

static int by_type(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	const int order = PST_ORDER(x->type, y->type);

	return order ? order : PST_ORDER(x->folder, y->folder);
}

/* Whether tables between two blocks are known, and were written in the order of their folders. */
static bool is_order_known(struct pst_tie *tie, uint64_t first, uint64_t last)
{
	const struct pst_index *index = tie->index;
	PST_ARRAY(struct known) known = {0};
	size_t right = 0, wrong = 0;

	for (size_t i = 0; i < index->nodes.n; i++) {
		const uint32_t nid = index->nodes.at[i].nid;
		const struct pst_node *folder;

		if ((nid & 31) < TYPE_HIERARCHY || (nid & 31) > TYPE_ASSOCIATED || index->nodes.at[i].data < first ||
		    index->nodes.at[i].data > last)
			continue;
		folder = pst_index_node(index, (nid & ~31u) | TYPE_FOLDER);
		if (folder)
			pst_add(&known, ((struct known){folder->data, index->nodes.at[i].data, nid & 31}));
	}
	pst_sort(known.at, known.n, sizeof *known.at, by_type);
	for (size_t i = 1; i < known.n; i++)
		if (known.at[i].type == known.at[i - 1].type)
			*(known.at[i].table > known.at[i - 1].table ? &right : &wrong) += 1;
	tie->tied.failed |= known.failed;
	pst_array_deinit(&known);
	return right && !wrong;
}

/* Whether folders and tables were written in one go, with nothing between but other folders and tables, and those
 * that are known in the same order. */
static bool is_in_one_go(struct pst_tie *tie, const struct group *group)
{
	const size_t n = group->folders.n;
	const uint64_t first = PST_MIN(group->folders.at[0]->folder, group->tables.at[0]->data);
	const uint64_t last = PST_MAX(group->folders.at[n - 1]->folder, group->tables.at[n - 1]->data);

	return pst_reader_spend(&tie->reader, STEP_WORK * tie->index->nodes.n + tie->index->blocks.n) &&
	       !is_interrupted(tie, first, last) && is_order_known(tie, first, last);
}

/* Several folders and as many tables that would fit each, all written in one go: in the same order. */
static void tie_group(struct pst_tie *tie, const struct wants *wants, size_t which)
{
	struct group group = {0};

	if ((!wants->at[which].any && !wants->at[which].rows) || !pst_reader_spend(&tie->reader, STEP_WORK * wants->n))
		return;
	if (find_group(&group, tie, wants, which) && is_in_one_go(tie, &group))
		for (size_t i = 0; i < group.folders.n; i++) {
			pst_tie_node(tie, group.tables.at[i], group.folders.at[i]->nid, 0, 0);
			group.folders.at[i]->met = true;
		}
	group_deinit(&group);
}

/* In an OST the number of hidden messages is the server's: where tables with some are left, it tells nothing. */
static bool counts_tell(const struct pst_tie *tie, enum pst_stray_kind kind)
{
	return kind != PST_STRAY_ASSOCIATED_TABLE || tie->survey->right.client != PST_CLIENT_OST || !pst_tie_filled_left(tie, kind);
}

static pstfix_status find_wants(struct wants *out, struct pst_tie *tie, enum pst_stray_kind kind)
{
	const struct pst_index *index = tie->index;
	size_t n;

	*out = (struct wants){.kind = kind, .tables = pst_strays_of(&tie->strays, kind, NULL, &n)};
	for (size_t i = 0; i < index->nodes.n && !tie->status; i++)
		if ((index->nodes.at[i].nid & 31) == TYPE_FOLDER)
			add_want(out, tie, &index->nodes.at[i], kind);
		else if (kind == PST_STRAY_CONTENTS && (index->nodes.at[i].nid & 31) == TYPE_HIERARCHY)
			add_wants_of_rows(out, tie, &index->nodes.at[i]);
	out->offers = calloc(n + 1, sizeof *out->offers);
	return tie->status || (out->offers && !out->failed) ? tie->status : pst_fail_memory(tie->err);
}

void pst_tie_by_count(struct pst_tie *tie, enum pst_stray_kind kind)
{
	struct wants wants;

	if (!counts_tell(tie, kind) || tie->status)
		return;
	tie->status = find_wants(&wants, tie, kind);
	for (size_t i = 0; i < wants.n && !tie->status; i++)
		if (!wants.at[i].grouped)
			tie_group(tie, &wants, i);
	for (size_t i = 0; i < wants.n && !tie->status; i++)
		if (!wants.at[i].met)
			tie_wanted(tie, &wants, i);
	free(wants.offers);
	free(wants.at);
}
