/* Messages that were removed, and older versions of those that are there, as pages of the node index say that have been superseded
 * since. Each becomes a new node, in a folder that there is none of yet. */
#include "ndb/index.h"
#include "ndb/tree_inside.h"

#include <stdlib.h>

enum { MESSAGE = 4, ASSOCIATED = 8 };

struct removals {
	struct pst_index *index;
	PST_ARRAY(struct pst_node) nodes; /* with the ids that they had */
	uint64_t *current;                /* data of all nodes that are there, in order */
	uint32_t number[PST_NID_TYPES];   /* given last */
	struct pst_inflater *inflater;
	uint8_t *bytes; /* of a list */
};

static int by_id(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return PST_ORDER(*x, *y);
}

/* One version after the other, each as the newest page has it first. */
static int by_version(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;
	const int order = PST_ORDER(x->data, y->data);

	return order ? order : PST_ORDER(y->page, x->page);
}

static bool is_current(const struct removals *removals, uint64_t data)
{
	return bsearch(&data, removals->current, removals->index->nodes.n, sizeof data, by_id);
}

static void take_entry(struct removals *removals, const struct pst_nbt_entry *entry, const struct pst_found *leaf)
{
	const uint32_t nid = (uint32_t)entry->key, type = nid & 31;

	if ((type == MESSAGE || type == ASSOCIATED) && pst_index_proves(removals->index, entry->data) && !is_current(removals, entry->data))
		pst_add(&removals->nodes, ((struct pst_node){.nid = nid, .data = entry->data, .sub = entry->sub, .page = leaf->id,
		                                             .page_at = leaf->at, .lost = PSTFIX_NOWHERE, .sure = PST_TIED, .kept = true}));
}

static void take_leaf(struct removals *removals, const struct pst_found *leaf)
{
	const struct pst_tree *tree = &removals->index->nbt;
	struct pst_tree_bytes page;

	if (!pst_tree_read(tree, &page, leaf))
		return;
	for (uint32_t i = 0; i < page.n; i++) {
		struct pst_nbt_entry entry;

		pst_nbt_entry_decode(&entry, tree->format, page.bytes + (size_t)i * page.step);
		take_entry(removals, &entry, leaf);
	}
}

static bool know_current(struct removals *removals)
{
	const struct pst_index *index = removals->index;

	removals->current = malloc((index->nodes.n + 1) * sizeof *removals->current);
	if (!removals->current)
		return false;
	for (size_t i = 0; i < index->nodes.n; i++)
		removals->current[i] = index->nodes.at[i].data;
	pst_sort(removals->current, index->nodes.n, sizeof *removals->current, by_id);
	return true;
}

static void pass_over(struct removals *removals, uint32_t nid)
{
	removals->number[nid & 31] = PST_MAX(removals->number[nid & 31], nid >> 5);
}

/* The ids of embedded messages: where a node has one, too, libpff shows its contents for theirs. */
static void pass_over_subnodes(struct removals *removals, const struct pst_block *block)
{
	const struct pst_format *f = removals->index->format;
	const int64_t size = pst_block_read(removals->index, block, removals->inflater, removals->bytes);
	struct pst_list list = {0};

	if (size >= 0)
		pst_list_decode(&list, f, removals->bytes, (size_t)size);
	if (!list.sound || list.type != PST_LIST_SUB || list.level)
		return;
	for (uint32_t i = 0; i < list.n; i++)
		pass_over(removals, pst_list_at(&list, f, i).nid);
}

static void pass_over_lists(struct removals *removals)
{
	const struct pst_index *index = removals->index;
	uint64_t work = 0;

	for (size_t i = 0; i < index->blocks.n && work < index->work_max; i++) {
		const struct pst_block *block = &index->blocks.at[i];

		if (!(block->id & PST_INTERNAL) || block->sure != PST_PROVEN)
			continue;
		pass_over_subnodes(removals, block);
		work += block->inflated;
	}
}

/* New ids are above all that were ever given, as far as that is known. */
static void find_numbers(struct removals *removals, const struct pst_header *header)
{
	const struct pst_index *index = removals->index;

	for (uint32_t type = 0; type < PST_NID_TYPES; type++)
		removals->number[type] = PST_MAX(pst_rgnid_first(type), header->proven ? header->rgnid[type] : 0);
	for (size_t i = 0; i < index->nodes.n; i++)
		pass_over(removals, index->nodes.at[i].nid);
	for (size_t i = 0; i < removals->nodes.n; i++)
		pass_over(removals, removals->nodes.at[i].nid);
	if (removals->nodes.n)
		pass_over_lists(removals);
}

static void add_node(struct removals *removals, struct pst_node node, bool replaced)
{
	struct pst_index *index = removals->index;
	const uint32_t nid = ++removals->number[node.nid & 31] << 5 | (node.nid & 31);

	PST_TELL(index->teller, NBT_REMOVED, .nid = nid, .found = node.nid, .id = node.page, .offset = node.page_at);
	node.nid = nid;
	node.parent = replaced ? PST_PARENT_REPLACED : PST_PARENT_REMOVED;
	node.page = node.page_at = PSTFIX_NOWHERE;
	pst_add(&index->nodes, node);
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

static void add_all(struct removals *removals)
{
	struct pst_index *index = removals->index;
	const size_t there = index->nodes.n;

	pst_sort(removals->nodes.at, removals->nodes.n, sizeof *removals->nodes.at, by_version);
	for (size_t i = 0; i < removals->nodes.n; i++) {
		const struct pst_node *node = &removals->nodes.at[i];
		size_t k;

		if ((i && node[-1].data == node->data) ||
		    removals->number[node->nid & 31] >= PST_NID_INDEX_MAX - 1)
			continue;
		PST_SEARCH(k, there, index->nodes.at[middle].nid < node->nid);
		add_node(removals, *node, k < there && index->nodes.at[k].nid == node->nid);
	}
	if (index->nodes.n > there)
		pst_sort(index->nodes.at, index->nodes.n, sizeof *index->nodes.at, by_nid);
}

pstfix_status pst_index_add_removed(struct pst_index *index, const struct pst_header *header, uint64_t next_page, pstfix_error *err)
{
	const struct pst_inventory *inventory = index->nbt.inventory;
	struct removals removals = {.index = index};
	bool failed = !know_current(&removals);

	removals.inflater = pst_inflater_open();
	removals.bytes = malloc(PST_BLOCK_MAX);
	failed = failed || !removals.inflater || !removals.bytes;
	for (size_t i = 0; i < inventory->found.n && !failed; i++) {
		const struct pst_found *found = &inventory->found.at[i];

		if (found->type == PST_NBT && !found->level && found->sure == PST_PROVEN && found->id < next_page)
			take_leaf(&removals, found);
	}
	if (!failed && !removals.nodes.failed) {
		find_numbers(&removals, header);
		add_all(&removals);
	}
	failed = failed || removals.nodes.failed || index->nodes.failed;
	pst_inflater_free(removals.inflater);
	free(removals.bytes);
	free(removals.current);
	free(removals.nodes.at);
	return failed ? pst_fail_memory(err) : PSTFIX_OK;
}
