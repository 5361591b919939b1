/* Ties: see tie.h. */
#include "tie/tie.h"
#include "tie/tie_inside.h"

#include <stdlib.h>

enum {
	NID_STORE = 0x21, NID_NAMES = 0x61, NID_ALL_SEARCHES = 0x723,
	TYPE_CRITERIA = 7, TYPE_HIDDEN = 8, TYPE_RESULTS = 0x10
};

void pst_tie_node(struct pst_tie *tie, struct pst_stray *stray, uint32_t nid, uint32_t parent, uint64_t agreed)
{
	const struct pst_node node = {.nid = nid, .parent = parent, .data = stray->data, .sub = stray->sub, .sure = PST_TIED,
	                              .page = PSTFIX_NOWHERE, .page_at = PSTFIX_NOWHERE, .lost = PSTFIX_NOWHERE};
	const struct pst_node *before = pst_index_node(tie->index, nid);

	if (before && pst_tie_is_gone(tie, before) && stray->data < before->data)
		return; /* that is older yet */
	stray->left--;
	pst_add(&tie->tied, ((struct pst_tied){node, stray, agreed}));
}

void pst_tie_older(struct pst_tie *tie, const struct pst_node *node)
{
	struct pst_tied tied = {.node = *node};

	tied.node.sure = PST_TIED;
	pst_add(&tie->tied, tied);
}

bool pst_tie_filled_left(const struct pst_tie *tie, enum pst_stray_kind kind)
{
	size_t n;
	const struct pst_stray *some = pst_strays_of(&tie->strays, kind, NULL, &n);

	for (size_t i = 0; i < n; i++)
		if (some[i].left && some[i].key)
			return true;
	return false;
}

struct pst_stray pst_tie_version(const struct pst_node *node, enum pst_stray_kind kind)
{
	return (struct pst_stray){.data = node->data, .sub = node->sub, .left = 1, .kind = (uint8_t)kind};
}

bool pst_tie_is_in_use(const struct pst_tie *tie, uint64_t id)
{
	const struct pst_index *index = tie->index;
	const struct pst_block *block = pst_index_block(index, id);

	return (index->bbt_knows && block->refs_stored > 1) ||
	       pst_use_of(index->bbt.inventory, index->io, block->at, block->size) == PST_USED;
}

bool pst_tie_is_gone(const struct pst_tie *tie, const struct pst_node *node)
{
	return node->sure == PST_CLAIMED && node->data && !pst_index_block(tie->index, node->data);
}

bool pst_tie_is_open(const struct pst_tie *tie, const struct pst_node *node)
{
	return !node || node->sure == PST_STALE || pst_tie_is_gone(tie, node);
}

bool pst_tie_is_superseded(const struct pst_node *node)
{
	return node->sure == PST_STALE && !node->kept;
}

bool pst_tie_may_be_older(const struct pst_tie *tie, const struct pst_node *node, uint64_t than)
{
	return node && node->sure == PST_CLAIMED && node->data && node->data < than && tie->index->nbt.sure != PST_PROVEN && !tie->index->bbt_knows;
}

/* ---- nodes of which there is one ---------------------------------------------------------------- */

/* Where no count tells which is the current one, it is the one that was written last. */
static void tie_only(struct pst_tie *tie, enum pst_stray_kind kind, const uint64_t *key, uint32_t nid, uint32_t parent)
{
	const struct pst_node *node = pst_index_node(tie->index, nid);
	struct pst_stray *only = NULL, *some;
	size_t n, left = 0;

	if (node && !pst_tie_is_gone(tie, node))
		return;
	some = pst_strays_of(&tie->strays, kind, key, &n);
	for (size_t i = 0; i < n; i++)
		if (some[i].left) {
			only = &some[i];
			left++;
		}
	if (left == 1 || (only && !tie->index->bbt_knows))
		pst_tie_node(tie, only, nid, parent, 0);
}

/* The search folders without a node of this type: how many, and one of them. */
static size_t count_searches(const struct pst_tie *tie, uint32_t type, uint32_t *one)
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

static void tie_searches(struct pst_tie *tie)
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
	if (n && some->left && !pst_tie_filled_left(tie, PST_STRAY_SEARCH))
		pst_tie_node(tie, some, (search & ~31u) | TYPE_RESULTS, 0, 0);
}

/* The templates of tables are empty, and were written first. Other tables of a kind of which there is one may have rows. */
static void tie_templates(struct pst_tie *tie)
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
			pst_tie_node(tie, &some[k], templates[i].nid, 0, 0);
	}
}

/* ---- handing over -------------------------------------------------------------------------------- */

static int by_nid(const void *a, const void *b)
{
	const struct pst_tied *x = a, *y = b;
	int order = PST_ORDER(x->node.nid, y->node.nid);

	if (!order)
		order = PST_ORDER(y->agreed, x->agreed);
	return order ? order : PST_ORDER(y->node.data, x->node.data); /* the newer first */
}

static bool is_table(uint32_t nid)
{
	return (nid & 31) == TYPE_HIERARCHY || (nid & 31) == TYPE_CONTENTS || (nid & 31) == TYPE_ASSOCIATED;
}

static void hand_over(struct pst_tie *tie)
{
	PST_ARRAY(struct pst_node) nodes = {0};
	bool renew = false;

	pst_sort(tie->tied.at, tie->tied.n, sizeof *tie->tied.at, by_nid);
	for (size_t i = 0; i < tie->tied.n; i++) {
		const struct pst_tied *tied = &tie->tied.at[i];
		const struct pst_node *node = &tied->node, *before = pst_index_node(tie->index, node->nid);

		if (i && tied[-1].node.nid == node->nid) {
			if (tied->stray)
				tied->stray->left++;
			renew |= tied->stray != NULL;
			continue;
		}
		tie->lost |= !before;
		tie->replaced |= tied->stray && before;
		pst_add(&nodes, *node);
		if (is_table(node->nid))
			pst_add(&tie->tables, node->nid);
		if (!pst_tie_is_open(tie, before) && !pst_tie_may_be_older(tie, before, node->data))
			PST_TELL(tie->teller, NBT_CROSSED, .nid = node->nid, .id = node->data, .found = before->data);
		else
			PST_TELL(tie->teller, NBT_TIED, .nid = node->nid, .id = node->data, .found = node->parent);
	}
	tie->status = nodes.failed || tie->tables.failed ? pst_fail_memory(tie->err)
	                                                 : pst_index_take_in(tie->index, nodes.at, nodes.n, tie->err);
	if (renew)
		pst_facets_renew(&tie->facets);
	free(nodes.at);
	tie->tied.n = 0;
}

/* Hands what was tied over to the index; false: nothing was. */
static bool settle(struct pst_tie *tie)
{
	const bool some = tie->tied.n;

	if (!tie->status && tie->tied.failed)
		tie->status = pst_fail_memory(tie->err);
	if (!tie->status && some)
		hand_over(tie);
	return some && !tie->status;
}

/* Rows of tables that were not gone through yet. */
static bool tie_all_rows(struct pst_tie *tie)
{
	for (size_t i = 0; i < tie->tables.n && !tie->status; i++) {
		const struct pst_node *node = pst_index_node(tie->index, tie->tables.at[i]);

		if (node)
			pst_tie_rows(tie, node->data, node->sub, node->nid & 31, (node->nid & ~31u) | TYPE_FOLDER);
	}
	tie->tables.n = 0;
	return settle(tie);
}

static bool tie_tables(struct pst_tie *tie, void (*how)(struct pst_tie *, enum pst_stray_kind))
{
	for (unsigned kind = PST_STRAY_HIERARCHY; kind <= PST_STRAY_ASSOCIATED_TABLE && !tie->status; kind++)
		how(tie, (enum pst_stray_kind)kind);
	return settle(tie);
}

/* An older version of a node is not the current one if its block needs no more references than it has, or nothing tells:
 * what it refers to does not count while others look for their blocks. */
static void set_aside(struct pst_tie *tie)
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

static void take_back(struct pst_tie *tie)
{
	struct pst_index *index = tie->index;

	for (size_t i = 0; i < index->nodes.n; i++)
		if (pst_tie_is_superseded(&index->nodes.at[i]))
			pst_index_count_node(index, &index->nodes.at[i], true);
}

static void take_tables(struct pst_tie *tie)
{
	for (size_t i = 0; i < tie->index->nodes.n; i++)
		if (is_table(tie->index->nodes.at[i].nid))
			pst_add(&tie->tables, tie->index->nodes.at[i].nid);
}

static void ask_store(struct pst_tie *tie)
{
	const struct pst_node *node = pst_index_node(tie->index, NID_STORE);
	struct pst_pc store;

	if (!node || tie->status)
		return;
	tie->status = pst_pc_open(&store, &tie->reader, node->data, NULL, tie->err);
	if (tie->status)
		return;
	tie->top = pst_pc_entry(&store, 0x35E0);
	tie->deleted = pst_pc_entry(&store, 0x35E3);
	tie->searches = pst_pc_entry(&store, 0x35E7);
	pst_pc_deinit(&store);
}

/* Nodes of which there are few, whatever is left for them. */
static bool tie_few(struct pst_tie *tie)
{
	const uint64_t nameless = 0; /* the root folder */
	bool some;

	tie_only(tie, PST_STRAY_FOLDER, &nameless, NID_ROOT, NID_ROOT);
	tie_templates(tie);
	some = settle(tie);
	tie_searches(tie);
	return settle(tie) || some;
}

/* Folders first, which may tell whose tables the others are. */
static bool tie_loose(struct pst_tie *tie)
{
	bool some = false;

	for (unsigned kind = PST_STRAY_HIERARCHY; kind <= PST_STRAY_ASSOCIATED_TABLE && !tie->status && !some; kind++) {
		pst_tie_loose(tie, (enum pst_stray_kind)kind);
		some = settle(tie);
	}
	return some;
}

/* Whether no more refer to a block than a count says that is the current one. */
static bool is_vouched_for(const struct pst_index *index, const struct pst_block *block)
{
	return block && block->sure == PST_PROVEN && !(block->flags & PST_BLOCK_CANDIDATE) && index->bbt_knows &&
	       block->refs + 1u <= block->refs_stored;
}

/* Older versions whose blocks need them, and nothing else can, are the current ones. */
static bool confirm(struct pst_tie *tie)
{
	enum { ONE_REFERENCE = 2 };

	for (size_t i = 0; i < tie->index->nodes.n && !tie->replaced && !tie->status; i++) {
		const struct pst_node *node = &tie->index->nodes.at[i];
		const struct pst_block *data = pst_index_block(tie->index, node->data);

		if (node->sure != PST_STALE || !node->kept || !is_vouched_for(tie->index, data) || data->refs_stored != ONE_REFERENCE ||
		    (node->sub && !is_vouched_for(tie->index, pst_index_block(tie->index, node->sub))))
			continue;
		pst_tie_older(tie, node);
	}
	return settle(tie);
}

/* What is surest comes first; each tie can lead to others. */
static void tie_all(struct pst_tie *tie)
{
	bool more = true;

	take_tables(tie);
	tie_only(tie, PST_STRAY_STORE, NULL, NID_STORE, 0);
	tie_only(tie, PST_STRAY_NAMES, NULL, NID_NAMES, 0);
	settle(tie);
	ask_store(tie);
	while (more && !tie->status) {
		more = tie_all_rows(tie);
		if (!more)
			more = tie_tables(tie, pst_tie_owned) || tie_tables(tie, pst_tie_named) || tie_tables(tie, pst_tie_by_count) ||
			       tie_few(tie);
		if (!more && !tie->status && !tie->take_alike) {
			more = tie->take_alike = true;
			take_tables(tie);
		} else if (!more && !tie->status) {
			more = confirm(tie) || (tie->lost && tie_loose(tie));
		}
	}
}

/* ---- pages that nothing leads to ---------------------------------------------------------------------- */

static bool is_lacking(const struct pst_tie *tie, uint64_t id)
{
	const struct pst_block *block = pst_index_block(tie->index, id);

	return block && pst_tie_is_in_use(tie, id) && pst_stray_missing(tie->index, block);
}

/* Whether an entry's blocks lack its references: a page above should lead to it. One without blocks says nothing. */
static bool is_current(const struct pst_tie *tie, const struct pst_nbt_entry *entry)
{
	return entry->data && is_lacking(tie, entry->data) && (!entry->sub || is_lacking(tie, entry->sub));
}

/* Whether an entry has no blocks, or one that others have, too, as empty tables do. */
static bool is_alike(const struct pst_tie *tie, const struct pst_nbt_entry *entry)
{
	const struct pst_block *block = pst_index_block(tie->index, entry->data);

	return !entry->sub && (!entry->data || (block && !block->refs_stored && block->refs && pst_tie_is_in_use(tie, block->id)));
}

static void tie_entry(struct pst_tie *tie, const struct pst_nbt_entry *entry, uint64_t page)
{
	const struct pst_node node = {.nid = (uint32_t)entry->key, .parent = entry->parent, .data = entry->data, .sub = entry->sub,
	                              .padding = entry->padding, .page = page, .page_at = PSTFIX_NOWHERE,
	                              .lost = PSTFIX_NOWHERE, .sure = PST_TIED};

	pst_index_count_node(tie->index, &node, true); /* so that no other takes them */
	pst_add(&tie->tied, ((struct pst_tied){node, NULL, page}));
}

/* Of a leaf that has entries which are current, those are, too, that are alike in all leaves. */
static void tie_leaf(struct pst_tie *tie, const struct pst_found *found)
{
	const struct pst_format *f = tie->index->format;
	const uint8_t step = pst_entry_size(f, PST_NBT, 0);
	const size_t before = tie->tied.n;
	struct pst_nbt_entry entry;
	struct pst_index_page counts;
	uint8_t page[PST_PAGE_MAX];

	if (!pst_inventory_read(&tie->survey->inventory, tie->index->io, found, page))
		return;
	pst_index_page_decode(&counts, f, page);
	counts.count = counts.entry_size == step ? PST_MIN(counts.count, f->entries / (uint32_t)step) : 0;
	for (unsigned alike = 0; alike < 2; alike++)
		for (uint32_t i = 0; i < counts.count && (!alike || tie->tied.n > before); i++) {
			pst_nbt_entry_decode(&entry, f, page + (size_t)i * step);
			if (!pst_index_node(tie->index, (uint32_t)entry.key) &&
			    (alike ? is_alike(tie, &entry) : is_current(tie, &entry)))
				tie_entry(tie, &entry, found->id);
		}
}

static int newest_first(const void *a, const void *b)
{
	const struct pst_found *const *x = a, *const *y = b;

	return PST_ORDER((*y)->id, (*x)->id);
}

/* Leaves that prove themselves, but that no page above names; not those of work that was never committed. */
static void tie_leaves(struct pst_tie *tie)
{
	const struct pst_inventory *inventory = &tie->survey->inventory;
	const struct pst_header *header = &tie->survey->header;
	const uint64_t next = header->proven ? header->next_page : UINT64_MAX;
	PST_ARRAY(const struct pst_found *) leaves = {0};

	for (size_t i = 0; i < inventory->found.n; i++) {
		const struct pst_found *found = &inventory->found.at[i];

		if (found->type == PST_NBT && !found->level && found->sure == PST_PROVEN && found->id < next && !(found->flags & PST_FOUND_VISITED))
			pst_add(&leaves, found);
	}
	pst_sort(leaves.at, leaves.n, sizeof *leaves.at, newest_first);
	for (size_t i = 0; i < leaves.n && pst_reader_spend(&tie->reader, tie->index->format->page); i++)
		tie_leaf(tie, leaves.at[i]);
	for (size_t i = 0; i < tie->tied.n; i++)
		pst_index_count_node(tie->index, &tie->tied.at[i].node, false);
	tie->tied.failed |= leaves.failed;
	free(leaves.at);
	settle(tie);
}

/* ---- all of it ------------------------------------------------------------------------------------------ */

enum evidence { NONE, USED, COUNTED };

/* Whether blocks that nothing refers to were needed, by their counts or, where these are lost, by maps. */
static enum evidence lacks_references(const struct pst_tie *tie)
{
	enum evidence evidence = NONE;

	for (size_t i = 0; i < tie->index->blocks.n && evidence != COUNTED; i++) {
		const struct pst_block *block = &tie->index->blocks.at[i];

		if (block->refs || block->refs_stored == 1 || !pst_stray_missing(tie->index, block))
			continue;
		if (block->refs_stored)
			evidence = COUNTED;
		else if (!evidence && pst_tie_is_in_use(tie, block->id))
			evidence = USED;
	}
	return evidence;
}

/* Whether something is left of the leaf that is lost where a range of keys is. */
static bool is_leaf_left(const struct pst_index *index, const struct pst_range *range)
{
	size_t i;

	PST_SEARCH(i, index->nodes.n, index->nodes.at[middle].nid < range->first);
	while (i < index->nodes.n && index->nodes.at[i].nid <= range->last && index->nodes.at[i].sure != PST_TRAILER)
		i++;
	return i < index->nodes.n && index->nodes.at[i].nid <= range->last;
}

/* Whether a page above names a leaf that may have had messages, and nothing is left of it; or, where no root tells which
 * leaves there were, nodes are missing that every store has. */
static bool are_leaves_lost(const struct pst_index *index)
{
	const uint32_t required[] = {NID_STORE, NID_NAMES, NID_ROOT};
	bool lost = false;

	for (size_t i = 0; i < PST_COUNT(required) && !index->nbt.rooted; i++)
		lost |= !pst_index_node(index, required[i]);
	for (size_t i = 0; i < index->nbt.lost.n && !lost; i++)
		lost = index->nbt.lost.at[i].last >> 5 >= pst_rgnid_first(TYPE_HIDDEN) && !is_leaf_left(index, &index->nbt.lost.at[i]);
	return lost;
}

static void look_for_ties(struct pst_tie *tie)
{
	tie->replaced = tie->take_alike = false;
	tie->index->unanswered = 0;
	tie->tables.n = 0;
	set_aside(tie);
	tie->status = pst_strays_find(&tie->strays, tie->index, &tie->reader, tie->err);
	if (!tie->status)
		tie->status = pst_facets_init(&tie->facets, &tie->strays, tie->err);
	if (!tie->status)
		tie_all(tie);
	take_back(tie);
	if (!tie->replaced && !tie->status && !tie->miscounted)
		pst_tie_untied(tie);
	pst_facets_deinit(&tie->facets);
	pst_strays_deinit(&tie->strays);
}

pstfix_status pst_tie(struct pst_survey *survey, struct pst_io *io, struct pst_teller teller, pstfix_error *err)
{
	struct pst_tie tie = {.survey = survey, .index = &survey->index, .teller = teller, .lost = are_leaves_lost(&survey->index),
	                      .replaced = true, .err = err};
	const bool entire = !survey->index.nbt.open.n && survey->index.nbt.rooted; /* all leaves are there, but they may lack entries */
	const enum evidence evidence = entire ? lacks_references(&tie) : COUNTED;

	if (!evidence)
		return PSTFIX_OK;
	tie.miscounted = entire && survey->index.bbt.rooted && !pst_index_counts_tell(&survey->index);
	tie.status = pst_reader_init(&tie.reader, tie.index, err);
	if (tie.status)
		return tie.status;
	pst_reader_limit(&tie.reader);
	if (entire)
		tie_leaves(&tie);
	while (evidence == COUNTED && tie.replaced && !tie.status) /* what maps know may have been deleted */
		look_for_ties(&tie);
	pst_reader_deinit(&tie.reader);
	pst_array_deinit(&tie.tied);
	pst_array_deinit(&tie.tables);
	if (!tie.status)
		pst_survey_settle(survey, io);
	return tie.status;
}
