/* References: who needs which block, and whether what blocks list is right.
 *
 * Blocks that list others are read once each, however many refer to them: first those of the block
 * index, front to back, then blocks of no index as something turns out to need them. Nothing here
 * follows a list into the depth, so no cycle can hold it up; cycles are what remains when all blocks
 * that nothing lists, then all that list nothing, are taken away again and again. */
#include "ndb/index.h"

#include <stdlib.h>

enum role { DATA_OF_NODE, SUB_OF_NODE, PART, PART_LIST, SUB_LIST };

/* One list names another. */
struct edge {
	uint32_t from, to; /* inner */
	uint32_t nid, next; /* SUB_LIST: the first subnode ids that the upper list gives for it and behind it */
	uint32_t behind;    /* the block of which that is said; UINT32_MAX: none */
	uint8_t role;
};

struct place {
	uint64_t at;
	uint32_t block;
};

struct count {
	struct pst_index *index;
	struct pst_inflater *inflater;
	uint8_t *data;
	PST_ARRAY(struct place) queue; /* blocks that list others, in the order of reading */
	PST_ARRAY(struct edge) edges;
	PST_ARRAY(uint32_t) order; /* inner, parents first */
	bool far; /* lists that the block index may lack are read, too, whether something refers to them or not */
	size_t next; /* the block behind the one that was referred to last: most often it is its turn */
};

static bool is_internal(uint64_t id)
{
	return id & PST_INTERNAL;
}

/* A block's damage as far as it shows by itself. */
static bool is_whole(const struct pst_block *block)
{
	return block->sure == PST_PROVEN && !(block->flags & PST_BLOCK_BAD_STREAM);
}

static struct place place_of(const struct pst_index *index, const struct pst_block *block)
{
	return (struct place){.at = block->at, .block = (uint32_t)(block - index->blocks.at)};
}

/* Takes a reference; NULL: there is no such block. It counts when what refers is `sure`, or nobody else
 * has counted. */
static struct pst_block *refer(struct count *count, uint64_t id, bool sure)
{
	const struct pst_index *index = count->index;
	struct pst_block *block = count->next < index->blocks.n ? &index->blocks.at[count->next] : NULL;

	if (!block || block->id != (id & ~UINT64_C(1)))
		block = pst_index_block(index, id);
	if (!block)
		return NULL;
	count->next = (size_t)(block - index->blocks.at) + 1;
	block->refs += sure || block->flags & PST_BLOCK_CANDIDATE;
	if (!(block->flags & (PST_BLOCK_MARKED | PST_BLOCK_CURRENT)) && is_internal(block->id))
		pst_add(&count->queue, place_of(index, block));
	block->flags |= PST_BLOCK_MARKED;
	return block;
}

/* ---- reading what a block lists ------------------------------------------------------- */

struct listing {
	struct pst_block *block;
	struct pst_inner *inner;
	uint64_t sum; /* of the sizes of what is listed */
};

static void note_gap(struct pst_index *index, const struct pst_block *list, struct pst_block *block)
{
	index->bbt_lacks |= list->flags & PST_BLOCK_CURRENT && pst_index_lacks(index, block);
	if (pst_index_lacks(index, list))
		block->flags |= PST_BLOCK_LISTED;
}

/* Returns the block listed, whose reference has been counted. */
static struct pst_block *take_entry(struct count *count, struct listing *listing, uint64_t id,
                                    enum role role)
{
	struct pst_index *index = count->index;
	struct pst_block *block = refer(count, id, is_whole(listing->block));

	if (!block) {
		pst_add(&index->missing, ((struct pst_missing){id, listing->block->id}));
		index->lists_missed += !is_whole(listing->block);
	} else if (is_whole(listing->block) &&
	           ((role == PART && is_internal(id)) ||
	            (role != PART && role != DATA_OF_NODE && !is_internal(id)))) {
		PST_TELL(index->teller, BLOCK_KIND, .id = block->id, .found = listing->block->id,
		         .offset = block->at);
		listing->inner->culprit = block->id;
	}
	if (count->far && block && is_whole(listing->block))
		note_gap(index, listing->block, block);
	if ((!block || !is_whole(block)) && !listing->inner->culprit)
		listing->inner->culprit = id & ~UINT64_C(1);
	return block;
}

static void add_edge(struct count *count, const struct listing *listing,
                     const struct pst_block *to, enum role role, uint32_t nid, uint32_t next)
{
	/* blocks until all are read, inner afterwards */
	if (to && is_internal(to->id))
		pst_add(&count->edges,
		        ((struct edge){.from = listing->inner->block,
		                       .to = (uint32_t)(to - count->index->blocks.at),
		                       .role = (uint8_t)role, .nid = nid, .next = next, .behind = UINT32_MAX}));
}

/* Of the one added last: what comes behind it, in a list of lists of subnodes. */
static void set_behind(struct count *count, const struct pst_list_entry *next)
{
	const struct pst_block *block = pst_index_block(count->index, next->data);

	if (block)
		count->edges.at[count->edges.n - 1].behind = (uint32_t)(block - count->index->blocks.at);
}

static void take_data_list(struct count *count, struct listing *listing, const struct pst_list *list)
{
	const struct pst_index *index = count->index;
	enum role role = list->level == 1 ? PART : PART_LIST;
	bool whole = is_whole(listing->block), sized = list->sound && whole;

	for (uint32_t i = 0; i < list->n; i++) {
		struct pst_list_entry entry = pst_list_at(list, index->format, i);
		struct pst_block *part = take_entry(count, listing, entry.data, role);

		add_edge(count, listing, part, role, 0, 0);
		if (!part || is_internal(part->id)) {
			sized = false;
			continue;
		}
		listing->sum += part->inflated;
		if (whole && i + 1 < list->n && part->inflated != pst_block_data(index->format))
			PST_TELL(index->teller, TREE_GAP, .id = listing->block->id,
			         .offset = listing->block->at, .found = part->id);
	}
	if (sized && listing->sum != list->total)
		PST_TELL(index->teller, TREE_TOTAL, .id = listing->block->id,
		         .offset = listing->block->at, .found = list->total,
		         .expected = listing->sum);
}

/* Ids of these types come from counters of the store; some fixed ones of tables do not. */
static void note_rgnid(struct pst_index *index, uint32_t nid)
{
	uint32_t type = nid & 31, number = nid >> 5;

	if ((type == 0x05 || type == 0x1F || type == 0x16 || type == 0x04) &&
	    number > pst_rgnid_first(type))
		index->rgnid_sub[type] = PST_MAX(index->rgnid_sub[type], number);
}

static void take_sub_list(struct count *count, struct listing *listing, const struct pst_list *list)
{
	struct pst_index *index = count->index;
	uint32_t last = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		struct pst_list_entry entry = pst_list_at(list, index->format, i), next = {.nid = UINT32_MAX};
		const size_t edges = count->edges.n;

		if (list->level && i + 1 < list->n)
			next = pst_list_at(list, index->format, i + 1);
		if (!i)
			listing->inner->first = entry.nid;
		else if (entry.nid <= last && is_whole(listing->block))
			PST_TELL(index->teller, SUBNODE_ORDER, .id = listing->block->id,
			         .offset = listing->block->at, .found = entry.nid, .expected = last);
		listing->inner->last = last = entry.nid;
		if (list->level) {
			add_edge(count, listing, take_entry(count, listing, entry.data, SUB_LIST),
			         SUB_LIST, entry.nid, next.nid);
			if (count->edges.n > edges)
				set_behind(count, &next);
			continue;
		}
		note_rgnid(index, entry.nid);
		if (entry.data)
			add_edge(count, listing, take_entry(count, listing, entry.data, DATA_OF_NODE),
			         DATA_OF_NODE, 0, 0);
		if (entry.sub)
			add_edge(count, listing, take_entry(count, listing, entry.sub, SUB_OF_NODE),
			         SUB_OF_NODE, 0, 0);
	}
}

static void take_list(struct count *count, struct pst_block *block)
{
	struct pst_index *index = count->index;
	struct pst_inner inner = {.block = (uint32_t)(block - index->blocks.at)};
	struct listing listing = {.block = block, .inner = &inner};
	struct pst_list list = {0};
	int64_t size = -1;

	if (block->flags & PST_BLOCK_READ)
		return;
	block->flags |= PST_BLOCK_READ;
	if (block->size != block->inflated)
		index->work += block->inflated;
	if (index->work > index->work_max && block->size != block->inflated)
		PST_TELL(index->teller, WORK_BOUND, .offset = block->at, .found = 1);
	else
		size = pst_block_read(index, block, count->inflater, count->data);
	if (size >= 0)
		pst_list_decode(&list, index->format, count->data, (size_t)size);
	if (!list.sound && is_whole(block) && size >= 0)
		PST_TELL(index->teller, BLOCK_CONTENT, .id = block->id, .offset = block->at);
	if (!list.sound || !is_whole(block)) {
		inner.culprit = block->id;
		index->lists_damaged = true;
		index->lists_missed += list.sound ? 1 : (uint64_t)block->inflated / index->format->word;
	}
	inner.type = list.type;
	inner.level = list.level;
	inner.total = list.total;
	if (list.type == PST_LIST_DATA)
		take_data_list(count, &listing, &list);
	else if (list.type == PST_LIST_SUB)
		take_sub_list(count, &listing, &list);
	pst_add(&index->inner, inner);
}

/* ---- who refers to what ------------------------------------------------------------------ */

static void raise_rgnid(struct pst_index *index, uint32_t nid)
{
	index->rgnid[nid & 31] = PST_MAX(index->rgnid[nid & 31], nid >> 5);
}

static void refer_from_nodes(struct count *count)
{
	struct pst_index *index = count->index;

	for (size_t i = 0; i < index->nodes.n; i++) {
		const struct pst_node *node = &index->nodes.at[i];
		const uint64_t ids[] = {node->data, node->sub};

		for (size_t k = 0; k < PST_COUNT(ids); k++) {
			struct pst_block *block = ids[k] ? refer(count, ids[k], true) : NULL;

			if (ids[k] && !block)
				PST_TELL(index->teller, BLOCK_MISSING, .id = ids[k], .nid = node->nid,
				         .found = node->nid, .offset = node->page_at);
		}
		raise_rgnid(index, node->nid);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = PST_ORDER(x->at, y->at);

	return order ? order : PST_ORDER(x->block, y->block);
}

/* Blocks that the root of the block index does not lead to stay without anything that needs them when a map says that
 * they are in use, or when they may belong to nodes that are lost with their index page, and no map says that they
 * were freed. */
static bool may_be_needed(const struct pst_index *index, const struct pst_block *block)
{
	const bool lost = index->nbt.lost.n || !index->nbt.rooted;
	enum pst_use use;

	if (index->edited || block->sure != PST_PROVEN ||
	    (block->flags & PST_BLOCK_CANDIDATE && !pst_tree_unsettled(&index->bbt, block->id)))
		return false;
	use = pst_use_of(index->nbt.inventory, index->io, block->at, block->size);
	return lost ? use != PST_FREE : use == PST_USED && !pst_inventory_shared(index->nbt.inventory, block->at, block->size);
}

/* Reads all lists, batch by batch in ascending order of place: those of the index, those that they
 * need and so on. */
static void read_lists(struct count *count)
{
	struct pst_index *index = count->index;
	size_t done = 0;

	for (size_t i = 0; i < index->blocks.n; i++) {
		struct pst_block *block = &index->blocks.at[i];

		if (block->flags & PST_BLOCK_CURRENT || may_be_needed(index, block))
			block->flags |= PST_BLOCK_KEPT;
		if (is_internal(block->id) && (block->flags & PST_BLOCK_KEPT || (count->far && pst_index_lacks(index, block))))
			pst_add(&count->queue, place_of(index, block));
	}
	while (done < count->queue.n && !count->queue.failed) {
		size_t end = count->queue.n;

		pst_sort(count->queue.at + done, end - done, sizeof *count->queue.at, by_place);
		for (; done < end; done++)
			take_list(count, &index->blocks.at[count->queue.at[done].block]);
	}
}

/* ---- what the lists say of each other -------------------------------------------------------- */

static int by_block(const void *a, const void *b)
{
	const struct pst_inner *x = a, *y = b;

	return PST_ORDER(x->block, y->block);
}

static uint32_t inner_of(const struct pst_index *index, uint32_t block)
{
	size_t low;

	PST_SEARCH(low, index->inner.n, index->inner.at[middle].block < block);
	return (uint32_t)low;
}

static int by_from(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	int order = PST_ORDER(x->from, y->from);

	return order ? order : PST_ORDER(x->to, y->to);
}

/* Whether the list behind begins with what is said of it; else that is told of it. */
static bool is_next_right(const struct pst_index *index, const struct edge *edge)
{
	const uint32_t inner = edge->behind == UINT32_MAX ? UINT32_MAX : inner_of(index, edge->behind);

	return inner >= index->inner.n || index->inner.at[inner].block != edge->behind || index->inner.at[inner].first == edge->next;
}

static void check_edge(const struct pst_index *index, const struct edge *edge)
{
	struct pst_inner *from = &index->inner.at[edge->from];
	const struct pst_inner *to = &index->inner.at[edge->to];
	const struct pst_block *parent = &index->blocks.at[from->block];
	const struct pst_block *child = &index->blocks.at[to->block];
	bool fits = true;

	if (!is_whole(parent) || !is_whole(child) || to->culprit == child->id)
		return;
	switch (edge->role) {
	case DATA_OF_NODE: fits = to->type == PST_LIST_DATA; break;
	case PART_LIST: fits = to->type == PST_LIST_DATA && to->level == 1; break;
	case SUB_OF_NODE: fits = to->type == PST_LIST_SUB; break;
	case SUB_LIST: fits = to->type == PST_LIST_SUB && !to->level; break;
	default: return; /* told when it was listed */
	}
	if (!fits) {
		PST_TELL(index->teller, BLOCK_KIND, .id = child->id, .found = parent->id,
		         .offset = child->at);
		from->culprit = child->id;
	} else if (edge->role == SUB_LIST && (edge->nid != to->first || (to->last >= edge->next && is_next_right(index, edge)))) {
		PST_TELL(index->teller, SUBNODE_ORDER, .id = parent->id, .offset = parent->at,
		         .found = edge->nid != to->first ? to->first : edge->next,
		         .expected = edge->nid != to->first ? edge->nid : to->last);
	}
}

/* Sizes of lists of lists. */
static void check_totals(struct count *count)
{
	struct pst_index *index = count->index;
	size_t edge = 0;

	for (uint32_t i = 0; i < index->inner.n; i++) {
		const struct pst_inner *inner = &index->inner.at[i];
		const struct pst_block *block = &index->blocks.at[inner->block];
		uint64_t sum = 0;

		for (; edge < count->edges.n && count->edges.at[edge].from == i; edge++)
			if (count->edges.at[edge].role == PART_LIST)
				sum += index->inner.at[count->edges.at[edge].to].total;
		if (inner->type == PST_LIST_DATA && inner->level == 2 && !inner->culprit &&
		    sum != inner->total)
			PST_TELL(index->teller, TREE_TOTAL, .id = block->id, .offset = block->at,
			         .found = inner->total, .expected = sum);
	}
}

/* First edge of each inner, by `from`; one more for the end. */
static uint32_t *first_edges(const struct count *count)
{
	size_t n = count->index->inner.n, edge = 0;
	uint32_t *first = calloc(n + 1, sizeof *first);

	for (size_t i = 0; first && i <= n; i++) {
		while (edge < count->edges.n && count->edges.at[edge].from < i)
			edge++;
		first[i] = (uint32_t)edge;
	}
	return first;
}

/* Takes away what nothing (left) lists; what is not in `order` then is in a cycle or listed by one. */
static void sort_parents_first(struct count *count, const uint32_t *first, uint32_t *listed)
{
	size_t n = count->index->inner.n;

	for (size_t i = 0; i < count->edges.n; i++)
		listed[count->edges.at[i].to]++;
	for (uint32_t i = 0; i < n; i++)
		if (!listed[i])
			pst_add(&count->order, i);
	for (size_t done = 0; done < count->order.n && !count->order.failed; done++) {
		uint32_t from = count->order.at[done];

		for (uint32_t k = first[from]; k < first[from + 1]; k++)
			if (!--listed[count->edges.at[k].to])
				pst_add(&count->order, count->edges.at[k].to);
	}
}

/* What is left is on a cycle or below one; what lists something left is told. */
static void tell_cycles(struct count *count, const uint32_t *first, const uint32_t *listed)
{
	struct pst_index *index = count->index;

	for (uint32_t i = 0; i < index->inner.n; i++) {
		struct pst_inner *inner = &index->inner.at[i];
		bool lists_left = false;

		if (!listed[i])
			continue;
		for (uint32_t k = first[i]; k < first[i + 1]; k++)
			lists_left |= listed[count->edges.at[k].to] > 0;
		if (!inner->culprit)
			inner->culprit = index->blocks.at[inner->block].id;
		if (lists_left)
			PST_TELL(index->teller, BLOCK_CYCLE, .id = index->blocks.at[inner->block].id,
			         .offset = index->blocks.at[inner->block].at);
	}
}

static int by_to(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return PST_ORDER(x->to, y->to);
}

static void count_left(struct count *count, const uint32_t *listed, uint32_t *lists)
{
	for (size_t i = 0; i < count->edges.n; i++)
		lists[count->edges.at[i].from] += listed[count->edges.at[i].from] && listed[count->edges.at[i].to];
	for (uint32_t i = 0; i < count->index->inner.n; i++) {
		count->index->inner.at[i].cyclic = lists[i];
		if (listed[i] && !lists[i])
			pst_add(&count->order, i);
	}
}

/* Of what is left, takes away what lists nothing (left): cycles, and what is between them, remain. */
static bool mark_cycles(struct count *count, const uint32_t *listed)
{
	uint32_t *lists = calloc(count->index->inner.n + 1, sizeof *lists);
	size_t done = count->order.n, edge;

	if (!lists)
		return false;
	pst_sort(count->edges.at, count->edges.n, sizeof *count->edges.at, by_to);
	for (count_left(count, listed, lists); done < count->order.n && !count->order.failed; done++) {
		const uint32_t to = count->order.at[done];

		PST_SEARCH(edge, count->edges.n, count->edges.at[middle].to < to);
		for (; edge < count->edges.n && count->edges.at[edge].to == to; edge++) {
			const uint32_t from = count->edges.at[edge].from;

			if (!lists[from] || --lists[from])
				continue;
			count->index->inner.at[from].cyclic = false;
			pst_add(&count->order, from);
		}
	}
	pst_sort(count->edges.at, count->edges.n, sizeof *count->edges.at, by_from);
	free(lists);
	return true;
}

/* A list is not whole when something below it is not. */
static void spread_damage(struct count *count, const uint32_t *first)
{
	struct pst_inner *inner = count->index->inner.at;

	for (size_t i = count->order.n; i--;) {
		uint32_t from = count->order.at[i];

		for (uint32_t k = first[from]; k < first[from + 1] && !inner[from].culprit; k++)
			inner[from].culprit = inner[count->edges.at[k].to].culprit;
	}
}

/* Which block keeps one of a node's streams from being whole; 0: none does. */
static uint64_t culprit_of(const struct pst_index *index, const struct pst_node *node, uint64_t id,
                           uint8_t type)
{
	const struct pst_block *block = id ? pst_index_block(index, id) : NULL;
	const struct pst_inner *inner = NULL;

	if (id && (!block || !is_whole(block)))
		return id;
	if (block && is_internal(id))
		inner = &index->inner.at[inner_of(index, (uint32_t)(block - index->blocks.at))];
	if (inner ? inner->culprit != block->id && inner->type != type : block && type == PST_LIST_SUB) {
		PST_TELL(index->teller, BLOCK_KIND, .id = block->id, .nid = node->nid, .found = node->nid,
		         .offset = block->at);
		return id;
	}
	return inner ? inner->culprit : 0;
}

static void judge_node(const struct pst_index *index, struct pst_node *node)
{
	uint64_t data = culprit_of(index, node, node->data, PST_LIST_DATA);
	uint64_t sub = culprit_of(index, node, node->sub, PST_LIST_SUB);

	node->whole = !data && !sub;
}

static pstfix_status check_lists(struct count *count, pstfix_error *err)
{
	struct pst_index *index = count->index;
	uint32_t *first, *listed;

	pst_sort(index->inner.at, index->inner.n, sizeof *index->inner.at, by_block);
	for (size_t i = 0; i < count->edges.n; i++) {
		count->edges.at[i].from = inner_of(index, count->edges.at[i].from);
		count->edges.at[i].to = inner_of(index, count->edges.at[i].to);
	}
	pst_sort(count->edges.at, count->edges.n, sizeof *count->edges.at, by_from);
	first = first_edges(count);
	listed = calloc(index->inner.n + 1, sizeof *listed);
	if (first && listed) {
		for (size_t i = 0; i < count->edges.n; i++)
			check_edge(index, &count->edges.at[i]);
		check_totals(count);
		sort_parents_first(count, first, listed);
		tell_cycles(count, first, listed);
		if (count->order.n < index->inner.n)
			count->order.failed |= !mark_cycles(count, listed);
		spread_damage(count, first);
		for (size_t i = 0; i < index->nodes.n; i++)
			judge_node(index, &index->nodes.at[i]);
	}
	free(listed);
	free(first);
	return first && listed && !count->order.failed ? PSTFIX_OK : pst_fail_memory(err);
}

/* Where lists are damaged, references are missed: counts are raised, but none is lowered. But where a leaf
 * of the node index is lost, or nodes may be and more blocks are without a reference than the lists can have
 * missed, they tell of nodes. */
static void keep_counts(struct pst_index *index)
{
	uint64_t without = 0;

	for (size_t i = 0; index->lists_damaged && i < index->blocks.n; i++)
		without += !(index->blocks.at[i].flags & PST_BLOCK_MARKED) && index->blocks.at[i].refs_stored > 1;
	for (size_t i = 0; index->lists_damaged && i < index->blocks.n; i++) {
		struct pst_block *block = &index->blocks.at[i];
		bool tells = !(block->flags & PST_BLOCK_MARKED) && index->nbt.open.n &&
		             (index->nbt.lost.n || without > index->lists_missed);

		if (block->refs_stored > block->refs + 1u && !tells) {
			block->flags |= block->refs ? 0 : PST_BLOCK_RAISED;
			block->refs = block->refs_stored - 1u;
		}
	}
}

uint32_t pst_right_count(const struct pst_block *block)
{
	return PST_MIN(block->refs, 0xFFFEu) + 1;
}

bool pst_index_counts_tell(const struct pst_index *index)
{
	if (index->nbt.open.n || index->nbt.sure != PST_PROVEN)
		return true;
	for (size_t i = 0; i < index->blocks.n; i++) {
		const struct pst_block *block = &index->blocks.at[i];

		if (!(block->flags & PST_BLOCK_CANDIDATE) && block->refs_stored < pst_right_count(block))
			return false;
	}
	return true;
}

/* ---- what stays -------------------------------------------------------------------------------- */

static bool stays(const struct pst_block *block)
{
	return block->flags & PST_BLOCK_MARKED || (block->flags & PST_BLOCK_KEPT && !(block->flags & PST_BLOCK_WRONG_ID));
}

static void drop_unneeded(struct pst_index *index)
{
	size_t n = 0, inner = 0;

	for (size_t i = 0; i < index->blocks.n; i++) {
		struct pst_block *block = &index->blocks.at[i];

		if (!stays(block)) {
			if (block->flags & PST_BLOCK_WRONG_ID)
				pst_index_tell_id(index, block);
			pst_index_mark_block(index, block, false);
			continue;
		}
		while (inner < index->inner.n && index->inner.at[inner].block < i)
			inner++;
		if (inner < index->inner.n && index->inner.at[inner].block == i)
			index->inner.at[inner].block = (uint32_t)n;
		if (block->flags & PST_BLOCK_CANDIDATE) {
			pst_index_mark_block(index, block, true);
			PST_TELL(index->teller, BBT_UNNAMED, .id = block->id, .offset = block->at);
		}
		index->blocks.at[n++] = *block;
	}
	index->blocks.n = n;
}

static bool count_init(struct count *count, struct pst_index *index, bool far)
{
	*count = (struct count){.index = index, .far = far, .inflater = pst_inflater_open(),
	                        .data = malloc(PST_BLOCK_MAX)};
	if (!count->inflater || !count->data)
		return false;
	refer_from_nodes(count);
	read_lists(count);
	return !count->queue.failed && !count->edges.failed && !index->missing.failed &&
	       !index->inner.failed;
}

static void count_deinit(struct count *count)
{
	pst_inflater_free(count->inflater);
	free(count->data);
	free(count->queue.at);
	free(count->edges.at);
	free(count->order.at);
}

pstfix_status pst_index_count(struct pst_index *index, pstfix_error *err)
{
	struct count count;
	pstfix_status status = count_init(&count, index, false) ? check_lists(&count, err) : pst_fail_memory(err);

	if (!status) {
		keep_counts(index);
		drop_unneeded(index);
	}
	count_deinit(&count);
	return status;
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

void pst_index_count_node(const struct pst_index *index, const struct pst_node *node, bool more)
{
	const uint64_t ids[] = {node->data, node->sub};

	for (size_t i = 0; i < PST_COUNT(ids); i++) {
		struct pst_block *block = ids[i] ? pst_index_block(index, ids[i]) : NULL;

		if (block && more && block->flags & PST_BLOCK_RAISED)
			block->flags &= (uint8_t)~PST_BLOCK_RAISED; /* this is the reference that was not found */
		else if (block)
			block->refs = more ? block->refs + 1 : block->refs - PST_MIN(block->refs, 1u);
	}
}

pstfix_status pst_index_take_in(struct pst_index *index, const struct pst_node *nodes, size_t n, pstfix_error *err)
{
	const size_t before = index->nodes.n;

	for (size_t i = 0; i < n; i++) {
		struct pst_node node = nodes[i];
		size_t k;

		pst_index_count_node(index, &node, true);
		judge_node(index, &node);
		raise_rgnid(index, node.nid);
		PST_SEARCH(k, before, index->nodes.at[middle].nid < node.nid);
		if (k < before && index->nodes.at[k].nid == node.nid) {
			if (index->nodes.at[k].kept)
				pst_index_count_node(index, &index->nodes.at[k], false);
			index->nodes.at[k] = node;
		} else {
			pst_add(&index->nodes, node);
		}
	}
	if (index->nodes.failed)
		return pst_fail_memory(err);
	pst_sort(index->nodes.at, index->nodes.n, sizeof *index->nodes.at, by_nid);
	return PSTFIX_OK;
}

/* Follows all references, `far` or not, tells nothing and leaves only marks, for look_away() to take away. */
static pstfix_status look(struct pst_index *index, bool far, pstfix_error *err)
{
	const struct pst_teller teller = index->teller;
	struct count count;
	pstfix_status status;

	index->teller = (struct pst_teller){0};
	status = count_init(&count, index, far) ? PSTFIX_OK : pst_fail_memory(err);
	index->teller = teller;
	count_deinit(&count);
	return status;
}

static void look_away(struct pst_index *index)
{
	index->lists_damaged = false;
	index->lists_missed = 0;
	index->inner.n = index->missing.n = 0;
	for (size_t i = 0; i < index->blocks.n; i++) {
		index->blocks.at[i].refs = 0;
		index->blocks.at[i].flags &= (uint8_t)~(PST_BLOCK_MARKED | PST_BLOCK_KEPT | PST_BLOCK_READ | PST_BLOCK_LISTED);
	}
}

pstfix_status pst_index_mark(struct pst_index *index, pstfix_error *err)
{
	pstfix_status status = look(index, false, err);

	for (size_t i = 0; i < index->blocks.n; i++)
		if (index->blocks.at[i].sure == PST_PROVEN && stays(&index->blocks.at[i]))
			pst_index_mark_block(index, &index->blocks.at[i], true);
	look_away(index);
	return status;
}

pstfix_status pst_index_newest_unowned(uint64_t *out, struct pst_index *index, pstfix_error *err)
{
	pstfix_status status = look(index, true, err);

	*out = 0;
	for (size_t i = 0; i < index->blocks.n; i++) {
		const struct pst_block *block = &index->blocks.at[i];

		if (!(block->flags & PST_BLOCK_CURRENT) || block->refs_stored < 2)
			continue;
		if (!(block->flags & PST_BLOCK_MARKED))
			*out = PST_MAX(*out, block->id);
		else if (block->flags & PST_BLOCK_LISTED && block->refs < block->refs_stored && !index->lists_damaged)
			index->bbt_lacks = true; /* its count needs the list */
	}
	look_away(index);
	return status;
}

pstfix_status pst_index_recount(struct pst_index *index, pstfix_error *err)
{
	pstfix_status status;
	size_t n = 0;

	index->edited = true;
	for (size_t i = 0; i < index->blocks.n; i++) {
		struct pst_block *block = &index->blocks.at[i];

		/* whoever needs it is lost, or is not sure: not what was written anew */
		const bool stays = !(block->flags & PST_BLOCK_MARKED) || !block->refs;

		block->flags = (uint8_t)((block->flags & ~PST_BLOCK_CURRENT) | (stays ? PST_BLOCK_CURRENT : 0));
		block->refs_stored = (uint16_t)PST_MIN(block->refs + 1u, UINT16_MAX); /* what was settled before */
	}
	look_away(index);
	status = look(index, false, err);
	if (!status)
		keep_counts(index);
	for (size_t i = 0; i < index->blocks.n; i++)
		if (index->blocks.at[i].flags & (PST_BLOCK_MARKED | PST_BLOCK_CURRENT))
			index->blocks.at[n++] = index->blocks.at[i];
	index->blocks.n = n;
	index->inner.n = 0;
	return status;
}
