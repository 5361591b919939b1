/* Ties: see tie.h. */
#include "tie/tie.h"
#include "tie/stray.h"

#include <stdlib.h>

enum {
	CLIENT_OST = 'S' | 'O' << 8,
	NID_STORE = 0x21, NID_NAMES = 0x61, NID_ROOT = 0x122, NID_ALL_SEARCHES = 0x723,
	TYPE_FOLDER = 2, TYPE_SEARCH = 3, TYPE_CRITERIA = 7, TYPE_RESULTS = 0x10,
	TYPE_HIERARCHY = 0x0D, TYPE_CONTENTS = 0x0E, TYPE_ASSOCIATED = 0x0F,
	CONTENT_COUNT = 0x3602, UNREAD_COUNT = 0x3603, SUBFOLDERS = 0x360A, HIDDEN_COUNT = 0x6635,
	MESSAGE_FLAGS = 0x0E07, IS_READ = 1, MESSAGE_SIZE = 0x0E08,
	AGREE_MIN = 3,         /* cells that a row and what it stands for have in common; of folders the name will do */
	NEARER = 4,            /* times */
	STEP_WORK = 16,        /* what comparing two of many takes, as bytes read */
	IN_STEP_MAX = 64,      /* folders */
	AGREE_FOR_ONE = 8      /* that make up for one in which they differ */
};

struct tied {
	struct pst_node node;
	struct pst_stray *stray; /* NULL: it is what an older page says */
	uint64_t agreed;
};

struct tie {
	struct pst_survey *survey;
	struct pst_index *index;
	struct pst_reader reader;
	struct pst_strays strays;
	struct pst_teller teller;
	PST_ARRAY(struct tied) tied;      /* but not in the index yet */
	PST_ARRAY(uint32_t) tables;       /* to be gone through */
	uint32_t top, deleted, searches;  /* folders that the store has entry ids of; 0: it has not */
	bool entire;     /* all leaves are there, but some lack entries: only rows are looked at */
	bool replaced;   /* older versions: their blocks are free */
	bool take_alike; /* of several things that fit a row alike the first will do */
	pstfix_status status;             /* sticky */
	pstfix_error *err;
};

static uint32_t folder_of(uint32_t table)
{
	return (table & ~31u) | TYPE_FOLDER;
}

static void tie_node(struct tie *tie, struct pst_stray *stray, uint32_t nid, uint32_t parent, uint64_t agreed)
{
	const struct pst_node node = {.nid = nid, .parent = parent, .data = stray->data, .sub = stray->sub, .sure = PST_TIED,
	                              .page = PSTFIX_NOWHERE, .page_at = PSTFIX_NOWHERE, .lost = PSTFIX_NOWHERE};

	stray->left--;
	pst_add(&tie->tied, ((struct tied){node, stray, agreed}));
}

/* Whether it is, though the index does not know yet. */
static bool is_tied(const struct tie *tie, uint32_t nid)
{
	for (size_t i = 0; i < tie->tied.n; i++)
		if (tie->tied.at[i].node.nid == nid)
			return true;
	return false;
}

/* ---- tables, opened ------------------------------------------------------------------------- */

struct table {
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	struct pst_rows rows;
};

/* It is closed in any case. False: nothing is to be learned from it. */
static bool open_table(struct table *out, struct tie *tie, uint64_t data, uint64_t sub)
{
	struct pst_tc_facts facts;

	*out = (struct table){0};
	tie->status = pst_subnodes_open(&out->subnodes, &tie->reader, sub, tie->err);
	if (!tie->status)
		tie->status = pst_tc_open(&out->tc, &tie->reader, data, &out->subnodes, tie->err);
	if (tie->status || !out->tc.sound || out->tc.matrix)
		return false;
	tie->status = pst_tc_facts(&facts, &out->rows, &out->tc, tie->err);
	return !tie->status;
}

static void close_table(struct table *table)
{
	pst_rows_deinit(&table->rows);
	pst_tc_deinit(&table->tc);
	pst_subnodes_deinit(&table->subnodes);
}

/* Makes it the current one; false: it is not sure which it is. */
static bool go_to(struct table *table, const struct pst_row *row)
{
	return row->trust == PST_ROW_SURE && !pst_tc_row(&table->tc, row->row);
}

static const struct pst_column *column_of(const struct table *table, uint16_t id)
{
	for (size_t i = 0; i < table->tc.columns.n; i++)
		if (table->tc.columns.at[i].id == id)
			return &table->tc.columns.at[i];
	return NULL;
}

static int64_t cell_number(const struct table *table, uint16_t id)
{
	const struct pst_column *column = column_of(table, id);
	struct pst_value value;
	int64_t out = 0;

	if (column && pst_tc_has(&table->tc, column) && !pst_tc_cell(&value, &table->tc, column, NULL)) {
		pst_value_int(&value, &out);
		pst_value_deinit(&value);
	}
	return out;
}

/* ---- rows without a node ---------------------------------------------------------------------- */

/* In how many cells a row and a property context agree, as far as both have them; 0: they do not belong together. */
static uint64_t agreement(struct tie *tie, const struct table *table, const struct pst_pc *pc, uint64_t least)
{
	uint64_t agreed = 0, differ = 0;

	for (size_t i = 0; i < table->tc.columns.n; i++) {
		const struct pst_column *column = &table->tc.columns.at[i];
		const struct pst_property *property = pst_tc_has(&table->tc, column) ? pst_pc_find(pc, column->id) : NULL;
		struct pst_value cell, value;

		if (!property || property->type != column->type || pst_tc_cell(&cell, &table->tc, column, NULL))
			continue;
		if (!pst_pc_value(&value, pc, property, NULL)) {
			if (!pst_values_differ(&tie->reader, &cell, &value))
				agreed++;
			else if (column->id != MESSAGE_SIZE)
				differ++;
			pst_value_deinit(&value);
		}
		pst_value_deinit(&cell);
	}
	return agreed < least || differ * AGREE_FOR_ONE > agreed ? 0 : agreed - differ;
}

static uint64_t agreement_with(struct tie *tie, const struct table *table, const struct pst_stray *stray)
{
	struct pst_subnodes subnodes;
	struct pst_pc pc;
	uint64_t agreed = 0;

	tie->status = pst_subnodes_open(&subnodes, &tie->reader, stray->sub, tie->err);
	if (tie->status)
		return 0;
	tie->status = pst_pc_open(&pc, &tie->reader, stray->data, &subnodes, tie->err);
	if (!tie->status) {
		agreed = agreement(tie, table, &pc, stray->kind == PST_STRAY_FOLDER ? 1 : AGREE_MIN);
		pst_pc_deinit(&pc);
	}
	pst_subnodes_deinit(&subnodes);
	return agreed;
}

/* What a row stands for; NULL: nothing that is left, or several things alike. */
static struct pst_stray *stand_in(struct tie *tie, const struct table *table, enum pst_stray_kind kind, uint64_t *agreed)
{
	const struct pst_column *column = column_of(table, pst_stray_key_id(kind));
	struct pst_stray *best = NULL, *some;
	struct pst_value value;
	uint64_t key = 0;
	bool alike = false;
	size_t n;

	*agreed = 0;
	if (column && pst_tc_has(&table->tc, column) && !pst_tc_cell(&value, &table->tc, column, NULL)) {
		key = pst_stray_key(&value);
		pst_value_deinit(&value);
	}
	some = pst_strays_of(&tie->strays, kind, column ? &key : NULL, &n);
	for (size_t i = 0; i < n && !tie->status && pst_reader_spend(&tie->reader, STEP_WORK); i++) {
		const uint64_t with = !some[i].left ? 0 : agreement_with(tie, table, &some[i]);

		alike = with == *agreed ? alike || with : alike && with < *agreed;
		if (with > *agreed || (with && with == *agreed && !tie->index->bbt_knows)) { /* the newer */
			*agreed = with;
			best = &some[i];
		}
	}
	return alike && !tie->take_alike ? NULL : best;
}

static enum pst_stray_kind kind_of(uint32_t table, uint32_t nid)
{
	switch (table & 31) {
	case TYPE_HIERARCHY:
		return (nid & 31) == TYPE_FOLDER || (nid & 31) == TYPE_SEARCH ? PST_STRAY_FOLDER : PST_STRAY_OTHER;
	case TYPE_CONTENTS: return (nid & 31) == 4 ? PST_STRAY_MESSAGE : PST_STRAY_OTHER;
	default: return (nid & 31) == 8 ? PST_STRAY_ASSOCIATED : PST_STRAY_OTHER;
	}
}

/* An older version of a node, as what it would be without one. */
static struct pst_stray older(const struct pst_node *node, enum pst_stray_kind kind)
{
	return (struct pst_stray){.data = node->data, .sub = node->sub, .left = 1, .kind = (uint8_t)kind};
}

/* Whether a node is missing, or known only by an older version. */
static bool is_open(const struct pst_node *node)
{
	return !node || node->sure == PST_STALE;
}

/* Whether only a version is known that is not the current one. */
static bool is_superseded(const struct pst_node *node)
{
	return node->sure == PST_STALE && !node->kept;
}

static void tie_row(struct tie *tie, const struct table *table, uint32_t nid, uint32_t parent, enum pst_stray_kind kind)
{
	const struct pst_node *node = pst_index_node(tie->index, nid);
	const struct pst_stray before = node ? older(node, kind) : (struct pst_stray){0};
	uint64_t agreed;
	struct pst_stray *stray = stand_in(tie, table, kind, &agreed);

	tie->index->unanswered += tie->take_alike && !node && !stray;
	if (stray && (!node || is_superseded(node) || agreed > agreement_with(tie, table, &before)))
		tie_node(tie, stray, nid, parent, agreed);
}

static void tie_rows(struct tie *tie, uint32_t nid)
{
	const struct pst_node *node = pst_index_node(tie->index, nid);
	struct table table;

	if (!node)
		return;
	if (open_table(&table, tie, node->data, node->sub))
		for (size_t i = 0; i < table.rows.by_id.n && !tie->status; i++) {
			const struct pst_row *row = &table.rows.by_id.at[i];
			const enum pst_stray_kind kind = kind_of(nid, row->id);

			if (kind && is_open(pst_index_node(tie->index, row->id)) && go_to(&table, row))
				tie_row(tie, &table, row->id, folder_of(nid), kind);
		}
	close_table(&table);
}

/* Whether tables of a kind that have rows are left. */
static bool are_filled_left(const struct tie *tie, enum pst_stray_kind kind)
{
	size_t n;
	const struct pst_stray *some = pst_strays_of(&tie->strays, kind, NULL, &n);

	for (size_t i = 0; i < n; i++)
		if (some[i].left && some[i].key)
			return true;
	return false;
}

/* ---- tables without a folder ------------------------------------------------------------------- */

static uint32_t type_of(enum pst_stray_kind kind)
{
	return TYPE_HIERARCHY + kind - PST_STRAY_HIERARCHY;
}

/* The folder that the store says a node is in: where its entry ids lead to, [MS-PST] 2.4.3.2. */
static uint32_t said_parent(const struct tie *tie, uint32_t nid)
{
	return !nid ? 0 : nid == tie->top ? NID_ROOT : nid == tie->deleted ? tie->top : nid == tie->searches ? NID_ROOT : 0;
}

/* The folder that the nodes of its rows are in, and how many say so; 0: they do not say, or not the same. */
static uint32_t owner_of(struct tie *tie, const struct pst_stray *stray, uint64_t *agreed)
{
	struct table table;
	uint32_t owner = 0;
	bool alike = true;

	*agreed = 0;
	if (open_table(&table, tie, stray->data, stray->sub))
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
	close_table(&table);
	return alike && (owner & 31) == TYPE_FOLDER ? owner : 0;
}

static void tie_owned(struct tie *tie, enum pst_stray_kind kind)
{
	size_t n;
	struct pst_stray *some = pst_strays_of(&tie->strays, kind, NULL, &n);

	for (size_t i = 0; i < n && !tie->status; i++) {
		const struct pst_node *node;
		struct pst_stray before;
		uint64_t agreed, agreed_before = 0;
		uint32_t owner;

		if (!some[i].left || !some[i].key)
			continue;
		owner = owner_of(tie, &some[i], &agreed);
		node = owner ? pst_index_node(tie->index, (owner & ~31u) | type_of(kind)) : NULL;
		if (!owner || !is_open(node))
			continue;
		if (node && !is_superseded(node)) {
			before = older(node, kind);
			owner_of(tie, &before, &agreed_before);
		}
		if (agreed > agreed_before)
			tie_node(tie, &some[i], (owner & ~31u) | type_of(kind), 0, agreed);
	}
}

/* What a folder says of a table of its. */
struct want {
	uint32_t nid;
	uint64_t folder;        /* id of its data */
	uint64_t rows, unread;
	bool any;               /* rows are not counted: there are some */
};

struct wants {
	struct want *at;
	size_t n, room;
	bool failed;
};

static int64_t number(const struct pst_pc *pc, uint16_t id)
{
	const struct pst_property *property = pst_pc_find(pc, id);
	struct pst_value value;
	int64_t out = 0;

	if (property && !pst_pc_value(&value, pc, property, NULL)) {
		pst_value_int(&value, &out);
		pst_value_deinit(&value);
	}
	return out;
}

/* Whether an older table has as many rows as the folder says. */
static bool has_rows_of(struct tie *tie, const struct pst_node *node, const struct want *want)
{
	struct table table;
	const bool readable = open_table(&table, tie, node->data, node->sub);
	const bool right = want->any ? table.tc.rows : table.tc.rows == want->rows;

	close_table(&table);
	return readable && right;
}

/* An older version is the current one. */
static void tie_older(struct tie *tie, const struct pst_node *node)
{
	struct tied tied = {.node = *node};

	tied.node.sure = PST_TIED;
	pst_add(&tie->tied, tied);
}

static void add_want(struct wants *wants, struct tie *tie, const struct pst_node *folder, enum pst_stray_kind kind)
{
	struct want want = {.nid = (folder->nid & ~31u) | type_of(kind), .folder = folder->data};
	const struct pst_node *node = pst_index_node(tie->index, want.nid);
	struct pst_pc pc;

	if (folder->sure == PST_STALE || (node && node->sure != PST_STALE))
		return;
	tie->status = pst_pc_open(&pc, &tie->reader, folder->data, NULL, tie->err);
	if (tie->status)
		return;
	want.any = kind == PST_STRAY_HIERARCHY && number(&pc, SUBFOLDERS);
	want.rows = kind == PST_STRAY_CONTENTS           ? (uint32_t)number(&pc, CONTENT_COUNT)
	            : kind == PST_STRAY_ASSOCIATED_TABLE ? (uint32_t)number(&pc, HIDDEN_COUNT)
	                                                 : 0;
	want.unread = kind == PST_STRAY_CONTENTS ? (uint32_t)number(&pc, UNREAD_COUNT) : 0;
	if (pc.sound && node && !is_superseded(node) && has_rows_of(tie, node, &want))
		tie_older(tie, node);
	else if (pc.sound)
		pst_add(wants, want);
	pst_pc_deinit(&pc);
}

static uint64_t count_unread(struct tie *tie, const struct pst_stray *stray)
{
	struct table table;
	uint64_t unread = 0;

	if (open_table(&table, tie, stray->data, stray->sub))
		for (size_t i = 0; i < table.rows.by_id.n; i++)
			unread += go_to(&table, &table.rows.by_id.at[i]) && !(cell_number(&table, MESSAGE_FLAGS) & IS_READ);
	close_table(&table);
	return unread;
}

static bool is_wanted(struct tie *tie, const struct want *want, const struct pst_stray *stray, enum pst_stray_kind kind)
{
	uint64_t agreed;

	if (!stray->left || (want->any ? !stray->key : stray->key != want->rows))
		return false;
	if (!stray->key)
		return true;
	return (kind != PST_STRAY_CONTENTS || count_unread(tie, stray) == want->unread) && !owner_of(tie, stray, &agreed) && !agreed;
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
static void tie_wanted(struct tie *tie, const struct wants *wants, size_t which, enum pst_stray_kind kind)
{
	const struct want *want = &wants->at[which];
	struct pst_stray *best = NULL, *some;
	uint64_t first = UINT64_MAX, second = UINT64_MAX;
	size_t n;

	some = pst_strays_of(&tie->strays, kind, want->any ? NULL : &want->rows, &n);
	for (size_t i = 0; i < n && !tie->status && pst_reader_spend(&tie->reader, STEP_WORK); i++) {
		const uint64_t distance = apart(some[i].data, want->folder);

		if (!is_wanted(tie, want, &some[i], kind))
			continue;
		second = PST_MIN(second, PST_MAX(first, distance));
		if (distance < first) {
			first = distance;
			best = &some[i];
		}
	}
	if (best && pst_reader_spend(&tie->reader, STEP_WORK * wants->n) &&
	    (!best->key || (second / NEARER >= first && !has_rival(wants, which, best->data, first))))
		tie_node(tie, best, want->nid, 0, 0);
}

static int by_folder(const void *a, const void *b)
{
	const struct want *x = a, *y = b;

	return PST_ORDER(x->folder, y->folder);
}

/* Several folders and as many tables that would fit each, all written at the same distance: in one go, in one order. */
static void tie_in_step(struct tie *tie, const struct wants *wants, size_t which, enum pst_stray_kind kind)
{
	const struct want *want = &wants->at[which];
	struct pst_stray *tables[IN_STEP_MAX], *some;
	struct want alike[IN_STEP_MAX];
	size_t n, folders = 0, fitting = 0;

	if (!pst_reader_spend(&tie->reader, STEP_WORK * (wants->n + tie->tied.n)))
		return;
	for (size_t i = 0; i < wants->n; i++)
		if (wants_alike(&wants->at[i], want) && !is_tied(tie, wants->at[i].nid) && folders++ < IN_STEP_MAX)
			alike[folders - 1] = wants->at[i];
	if (want->any || !want->rows || folders < 2 || folders > IN_STEP_MAX)
		return;
	some = pst_strays_of(&tie->strays, kind, &want->rows, &n);
	for (size_t i = 0; i < n && !tie->status && pst_reader_spend(&tie->reader, STEP_WORK); i++)
		if (is_wanted(tie, want, &some[i], kind) && fitting++ < IN_STEP_MAX)
			tables[fitting - 1] = &some[i];
	qsort(alike, folders, sizeof *alike, by_folder);
	for (size_t i = 0; i < folders && fitting == folders; i++)
		if (tables[i]->data - alike[i].folder != tables[0]->data - alike[0].folder)
			fitting = 0;
	for (size_t i = 0; i < folders && fitting == folders; i++)
		tie_node(tie, tables[i], alike[i].nid, 0, 0);
}

/* In an OST the number of hidden messages is the server's: where tables with some are left, it tells nothing. */
static bool counts_tell(const struct tie *tie, enum pst_stray_kind kind)
{
	return kind != PST_STRAY_ASSOCIATED_TABLE || tie->survey->right.client != CLIENT_OST || !are_filled_left(tie, kind);
}

static void tie_by_count(struct tie *tie, enum pst_stray_kind kind)
{
	const bool tell = counts_tell(tie, kind);
	struct wants wants = {0};

	for (size_t i = 0; i < tie->index->nodes.n && tell && !tie->status; i++)
		if ((tie->index->nodes.at[i].nid & 31) == TYPE_FOLDER)
			add_want(&wants, tie, &tie->index->nodes.at[i], kind);
	tie->tied.failed |= wants.failed;
	for (size_t i = 0; i < wants.n && !tie->status; i++)
		tie_wanted(tie, &wants, i, kind);
	for (size_t i = 0; i < wants.n && !tie->status; i++)
		if (!is_tied(tie, wants.at[i].nid))
			tie_in_step(tie, &wants, i, kind);
	free(wants.at);
}

/* ---- nodes of which there is one ---------------------------------------------------------------- */

/* Where no count tells which is the current one, it is the one that was written last. */
static void tie_only(struct tie *tie, enum pst_stray_kind kind, const uint64_t *key, uint32_t nid, uint32_t parent)
{
	struct pst_stray *only = NULL, *some;
	size_t n, left = 0;

	if (pst_index_node(tie->index, nid))
		return;
	some = pst_strays_of(&tie->strays, kind, key, &n);
	for (size_t i = 0; i < n; i++)
		if (some[i].left) {
			only = &some[i];
			left++;
		}
	if (left == 1 || (only && !tie->index->bbt_knows))
		tie_node(tie, only, nid, parent, 0);
}

/* The search folders without a node of this type: how many, and one of them. */
static size_t count_searches(const struct tie *tie, uint32_t type, uint32_t *one)
{
	size_t n = 0;

	for (size_t i = 0; i < tie->index->nodes.n; i++) {
		const uint32_t nid = tie->index->nodes.at[i].nid;

		if ((nid & 31) == TYPE_SEARCH && nid != NID_ALL_SEARCHES && !pst_index_node(tie->index, (nid & ~31u) | type)) {
			*one = nid;
			n++;
		}
	}
	return n;
}

static void tie_searches(struct tie *tie)
{
	const uint64_t empty = 0;
	uint32_t search = 0;
	struct pst_stray *some;
	size_t n;

	if (count_searches(tie, TYPE_CRITERIA, &search) == 1)
		tie_only(tie, PST_STRAY_CRITERIA, NULL, (search & ~31u) | TYPE_CRITERIA, 0);
	if (count_searches(tie, TYPE_RESULTS, &search) != 1)
		return;
	some = pst_strays_of(&tie->strays, PST_STRAY_SEARCH, &empty, &n);
	if (n && some->left && !are_filled_left(tie, PST_STRAY_SEARCH))
		tie_node(tie, some, (search & ~31u) | TYPE_RESULTS, 0, 0);
}

/* The templates of tables are empty, and were written first. Other tables of a kind of which there is one may have rows. */
static void tie_templates(struct tie *tie)
{
	static const struct {
		uint32_t nid;
		uint8_t kind;
		bool rows;
	} templates[] = {{0x60D, PST_STRAY_HIERARCHY, false},        {0x60E, PST_STRAY_CONTENTS, false},
	                 {0x60F, PST_STRAY_ASSOCIATED_TABLE, false}, {0x610, PST_STRAY_SEARCH, false},
	                 {0x62B, PST_STRAY_RECEIVE, true},           {0x64C, PST_STRAY_OUTGOING, true},
	                 {0x671, PST_STRAY_ATTACHMENTS, false},      {0x692, PST_STRAY_RECIPIENTS, false}};

	for (size_t i = 0; i < PST_COUNT(templates); i++) {
		const uint64_t empty = 0;
		struct pst_stray *some;
		size_t n, k = 0;

		if (pst_index_node(tie->index, templates[i].nid))
			continue;
		some = pst_strays_of(&tie->strays, templates[i].kind, templates[i].rows ? NULL : &empty, &n);
		while (k < n && !some[k].left)
			k++;
		if (k < n)
			tie_node(tie, &some[k], templates[i].nid, 0, 0);
	}
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static int by_nid(const void *a, const void *b)
{
	const struct tied *x = a, *y = b;
	int order = PST_ORDER(x->node.nid, y->node.nid);

	if (!order)
		order = PST_ORDER(y->agreed, x->agreed);
	return order ? order : PST_ORDER(y->node.data, x->node.data); /* the newer first */
}

static bool is_table(uint32_t nid)
{
	return (nid & 31) == TYPE_HIERARCHY || (nid & 31) == TYPE_CONTENTS || (nid & 31) == TYPE_ASSOCIATED;
}

static void hand_over(struct tie *tie)
{
	PST_ARRAY(struct pst_node) nodes = {0};

	qsort(tie->tied.at, tie->tied.n, sizeof *tie->tied.at, by_nid);
	for (size_t i = 0; i < tie->tied.n; i++) {
		const struct tied *tied = &tie->tied.at[i];
		const struct pst_node *node = &tied->node;

		if (i && tied[-1].node.nid == node->nid) {
			if (tied->stray)
				tied->stray->left++;
			continue;
		}
		tie->replaced |= tied->stray && pst_index_node(tie->index, node->nid);
		pst_add(&nodes, *node);
		if (is_table(node->nid))
			pst_add(&tie->tables, node->nid);
		PST_TELL(tie->teller, NBT_TIED, .nid = node->nid, .id = node->data, .found = node->parent, .count = tied->agreed);
	}
	tie->status = nodes.failed || tie->tables.failed ? pst_fail_memory(tie->err)
	                                                 : pst_index_take_in(tie->index, nodes.at, nodes.n, tie->err);
	free(nodes.at);
	tie->tied.n = 0;
}

/* Hands what was tied over to the index; false: nothing was. */
static bool settle(struct tie *tie)
{
	const bool some = tie->tied.n;

	if (!tie->status && tie->tied.failed)
		tie->status = pst_fail_memory(tie->err);
	if (!tie->status && some)
		hand_over(tie);
	return some && !tie->status;
}

/* Rows of tables that were not gone through yet. */
static bool tie_all_rows(struct tie *tie)
{
	for (size_t i = 0; i < tie->tables.n && !tie->status; i++)
		tie_rows(tie, tie->tables.at[i]);
	tie->tables.n = 0;
	return settle(tie);
}

static bool tie_tables(struct tie *tie, void (*how)(struct tie *, enum pst_stray_kind))
{
	for (unsigned kind = PST_STRAY_HIERARCHY; kind <= PST_STRAY_ASSOCIATED_TABLE && !tie->status; kind++)
		how(tie, (enum pst_stray_kind)kind);
	return settle(tie);
}

/* An older version of a node is not the current one if its block needs no more references than it has, or nothing tells:
 * what it refers to does not count while others look for their blocks. */
static void set_aside(struct tie *tie)
{
	struct pst_index *index = tie->index;

	for (size_t i = 0; i < index->nodes.n; i++)
		if (index->nodes.at[i].sure == PST_STALE)
			pst_index_count_node(index, &index->nodes.at[i], false);
	for (size_t i = 0; i < index->nodes.n; i++) {
		struct pst_node *node = &index->nodes.at[i];
		const struct pst_block *block = node->data ? pst_index_block(index, node->data) : NULL;

		if (node->sure != PST_STALE)
			continue;
		node->kept = !node->data || (index->bbt_knows && block && pst_stray_missing(index, block));
		if (node->kept)
			pst_index_count_node(index, node, true);
	}
}

static void take_back(struct tie *tie)
{
	struct pst_index *index = tie->index;

	for (size_t i = 0; i < index->nodes.n; i++)
		if (is_superseded(&index->nodes.at[i]))
			pst_index_count_node(index, &index->nodes.at[i], true);
}

static void take_tables(struct tie *tie)
{
	for (size_t i = 0; i < tie->index->nodes.n; i++)
		if (is_table(tie->index->nodes.at[i].nid))
			pst_add(&tie->tables, tie->index->nodes.at[i].nid);
}

static uint32_t entry_id(const struct pst_pc *store, uint16_t id)
{
	enum { FLAGS = 4, KEY = 16, SIZE = FLAGS + KEY + 4 };
	const struct pst_property *property = pst_pc_find(store, id);
	uint8_t entry[SIZE] = {0};
	struct pst_value value;

	if (!property || pst_pc_value(&value, store, property, NULL))
		return 0;
	if (value.size != SIZE || pst_value_read(&value, entry, SIZE, 0) != SIZE)
		memset(entry, 0, sizeof entry);
	pst_value_deinit(&value);
	return pst_get32(entry + FLAGS + KEY);
}

static void ask_store(struct tie *tie)
{
	const struct pst_node *node = pst_index_node(tie->index, NID_STORE);
	struct pst_pc store;

	if (!node || tie->status)
		return;
	tie->status = pst_pc_open(&store, &tie->reader, node->data, NULL, tie->err);
	if (tie->status)
		return;
	tie->top = entry_id(&store, 0x35E0);
	tie->deleted = entry_id(&store, 0x35E3);
	tie->searches = entry_id(&store, 0x35E7);
	pst_pc_deinit(&store);
}

/* Nodes of which there are few, whatever is left for them. */
static bool tie_few(struct tie *tie)
{
	const uint64_t nameless = 0; /* the root folder */
	bool some;

	tie_only(tie, PST_STRAY_FOLDER, &nameless, NID_ROOT, NID_ROOT);
	tie_templates(tie);
	some = settle(tie);
	tie_searches(tie);
	return settle(tie) || some;
}

/* What is surest comes first; each tie can lead to others. */
static void tie_all(struct tie *tie)
{
	bool more = true;

	take_tables(tie);
	tie_only(tie, PST_STRAY_STORE, NULL, NID_STORE, 0);
	tie_only(tie, PST_STRAY_NAMES, NULL, NID_NAMES, 0);
	settle(tie);
	ask_store(tie);
	while (more && !tie->status) {
		more = tie_all_rows(tie);
		if (!more && !tie->entire)
			more = tie_tables(tie, tie_owned) || tie_tables(tie, tie_by_count) || tie_few(tie);
		if (!more && !tie->status && !tie->entire && !tie->take_alike) {
			more = tie->take_alike = true;
			take_tables(tie);
		}
	}
}

/* Whether a block lacks a reference by a count that is the current one. */
static bool is_vouched_for(const struct pst_index *index, const struct pst_block *block)
{
	return block && block->sure == PST_PROVEN && !(block->flags & PST_BLOCK_CANDIDATE) && index->bbt_knows &&
	       block->refs + 1u <= block->refs_stored;
}

/* Older versions whose blocks need them, and nothing else can, are the current ones. */
static void confirm(struct tie *tie)
{
	enum { ONE_REFERENCE = 2 };

	for (size_t i = 0; i < tie->index->nodes.n; i++) {
		const struct pst_node *node = &tie->index->nodes.at[i];
		const struct pst_block *data = pst_index_block(tie->index, node->data);

		if (node->sure != PST_STALE || !node->kept || !is_vouched_for(tie->index, data) || data->refs_stored != ONE_REFERENCE ||
		    (node->sub && !is_vouched_for(tie->index, pst_index_block(tie->index, node->sub))))
			continue;
		tie_older(tie, node);
	}
	settle(tie);
}

/* Whether blocks that nothing refers to were needed, by counts that are the current ones. */
static bool lacks_references(const struct pst_index *index)
{
	for (size_t i = 0; i < index->blocks.n && index->bbt.sure == PST_PROVEN; i++)
		if (!index->blocks.at[i].refs && index->blocks.at[i].refs_stored > 1 && pst_stray_missing(index, &index->blocks.at[i]))
			return true;
	return false;
}

static void look_for_ties(struct tie *tie)
{
	tie->replaced = tie->take_alike = false;
	tie->index->unanswered = 0;
	tie->tables.n = 0;
	set_aside(tie);
	tie->status = pst_strays_find(&tie->strays, tie->index, &tie->reader, tie->err);
	if (!tie->status)
		tie_all(tie);
	if (!tie->replaced && !tie->status)
		confirm(tie);
	take_back(tie);
	pst_strays_deinit(&tie->strays);
}

pstfix_status pst_tie(struct pst_survey *survey, struct pst_io *io, struct pst_teller teller, pstfix_error *err)
{
	struct tie tie = {.survey = survey, .index = &survey->index, .teller = teller, .replaced = true, .err = err};

	tie.entire = !survey->index.nbt.open.n && survey->index.nbt.rooted;
	if (tie.entire && !lacks_references(tie.index))
		return PSTFIX_OK;
	tie.status = pst_reader_init(&tie.reader, tie.index, err);
	if (tie.status)
		return tie.status;
	pst_reader_limit(&tie.reader);
	while (tie.replaced && !tie.status)
		look_for_ties(&tie);
	pst_reader_deinit(&tie.reader);
	pst_array_deinit(&tie.tied);
	pst_array_deinit(&tie.tables);
	if (!tie.status)
		pst_survey_settle(survey, io);
	return tie.status;
}
