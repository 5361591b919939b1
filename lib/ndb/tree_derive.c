/* What older pages say where the root does not reach: see tree.h. */
#include "ndb/tree_inside.h"

#include <stdlib.h>

/* A leaf, or the hole where one should be, and the keys that it speaks for. */
struct claim {
	uint64_t first, last;
	uint64_t rank; /* of the page that says so: those that the maps call used, then newer ones */
	uint64_t at, id;
	bool hole;
	bool alone; /* a hole that no parent names */
};

struct claims {
	PST_ARRAY(struct claim) all;
	PST_ARRAY(struct claim) heap; /* those that speak for the key in hand, highest rank on top */
};

static bool touches_open(const struct pst_tree *tree, uint64_t first, uint64_t last)
{
	size_t i = pst_ranges_from(&tree->open, first);

	return i < tree->open.n && tree->open.at[i].first <= last;
}

/* Ids leave room for one bit above them. */
static uint64_t rank_of(const struct pst_tree *tree, const struct pst_found *found)
{
	return found->id | (uint64_t)!pst_tree_is_free(tree, found) << 63;
}

/* A leaf that a page names, if it is there. */
static bool child_span(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint32_t i, uint64_t *first,
                       uint64_t *last)
{
	struct pst_page_ref ref = pst_tree_child(tree, page, i);
	const struct pst_found *child = pst_tree_found(tree, ref.at);
	struct pst_tree_bytes leaf;

	return child && child->id == ref.id && !child->level && pst_tree_read(tree, &leaf, child) &&
	       pst_tree_span(tree, &leaf, first, last);
}

/* A child that is there speaks for its own keys, whatever key the parent gives it or the next one, but not for
 * those that are the next child's. */
static void claim_children(struct pst_tree *tree, struct claims *claims, const struct pst_tree_bytes *page,
                           const struct pst_found *parent)
{
	const uint64_t rank = rank_of(tree, parent);
	uint64_t next = 0; /* the first key of the child behind */

	for (uint32_t i = page->n; i--;) {
		struct pst_page_ref ref = pst_tree_child(tree, page, i);
		struct claim claim = {.rank = rank, .at = ref.at, .id = ref.id};

		claim.hole = !child_span(tree, page, i, &claim.first, &claim.last);
		if (claim.hole)
			claim.first = claim.last = pst_tree_key(tree, page, i);
		if (next > claim.first)
			claim.last = PST_MIN(claim.last, next - 1);
		next = claim.first;
		if (touches_open(tree, claim.first, claim.last))
			pst_add(&claims->all, claim);
	}
}

/* A leaf that is missed leaves a hole where its own keys are, even if no parent says so. */
static void claim_missed(struct pst_tree *tree, struct claims *claims, const struct pst_found *leaf)
{
	struct claim claim = {.at = leaf->at, .id = leaf->id, .rank = rank_of(tree, leaf), .hole = true,
	                      .alone = true};
	struct pst_tree_bytes page;

	if (!pst_tree_read(tree, &page, leaf))
		return;
	for (uint32_t i = 1; i < page.n; i++)
		if (pst_tree_key(tree, &page, i) <= pst_tree_key(tree, &page, i - 1))
			return;
	if (pst_tree_span(tree, &page, &claim.first, &claim.last) && claim.last <= UINT32_MAX &&
	         touches_open(tree, claim.first, claim.last))
		pst_add(&claims->all, claim);
}

static void collect_claims(struct pst_tree *tree, struct claims *claims, uint64_t next_page)
{
	const struct pst_inventory *inventory = tree->inventory;

	for (size_t i = 0; i < inventory->doubtful.n; i++)
		if (pst_tree_is_missed(tree, &inventory->doubtful.at[i], next_page))
			claim_missed(tree, claims, &inventory->doubtful.at[i]);
	for (size_t i = 0; i < inventory->found.n; i++) {
		const struct pst_found *found = &inventory->found.at[i];
		struct claim claim = {.at = found->at, .id = found->id};
		struct pst_tree_bytes page;

		if (found->type != tree->type || found->flags & PST_FOUND_VISITED ||
		    found->id >= next_page || found->level > 1 || !pst_tree_read(tree, &page, found))
			continue;
		if (found->level) {
			claim_children(tree, claims, &page, found);
		} else if (pst_tree_span(tree, &page, &claim.first, &claim.last) &&
		              touches_open(tree, claim.first, claim.last)) {
			claim.rank = rank_of(tree, found);
			pst_add(&claims->all, claim);
		}
	}
}

static int by_key(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = PST_ORDER(x->first, y->first);

	order = order ? order : PST_ORDER(y->rank, x->rank);
	order = order ? order : PST_ORDER(y->id, x->id);
	order = order ? order : PST_ORDER(x->at, y->at);
	return order ? order : PST_ORDER(x->last, y->last);
}

static bool above(const struct claim *a, const struct claim *b)
{
	return a->rank != b->rank ? a->rank > b->rank : a->id > b->id;
}

static void heap_swap(struct claims *claims, size_t a, size_t b)
{
	struct claim swap = claims->heap.at[a];

	claims->heap.at[a] = claims->heap.at[b];
	claims->heap.at[b] = swap;
}

static void heap_push(struct claims *claims, struct claim claim)
{
	size_t i = claims->heap.n;

	pst_add(&claims->heap, claim);
	if (claims->heap.failed)
		return;
	for (; i && above(&claims->heap.at[i], &claims->heap.at[(i - 1) / 2]); i = (i - 1) / 2)
		heap_swap(claims, i, (i - 1) / 2);
}

static void heap_pop(struct claims *claims)
{
	size_t i = 0, n = --claims->heap.n;

	claims->heap.at[0] = claims->heap.at[n];
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < n && above(&claims->heap.at[child + 1], &claims->heap.at[child]))
			child++;
		if (child >= n || !above(&claims->heap.at[child], &claims->heap.at[i]))
			return;
		heap_swap(claims, i, child);
		i = child;
	}
}

/* Calls `entry` for the leaf's entries from first to last, a part of the open range given. */
static void fill(struct pst_tree *tree, const struct claim *leaf, const struct pst_range *range,
                 uint64_t first, uint64_t last)
{
	struct pst_found *found = pst_tree_found(tree, leaf->at);
	struct pst_source source = {.page = leaf->id, .at = leaf->at, .lost = PSTFIX_NOWHERE,
	                            .sure = PST_CLAIMED};
	uint64_t own_first, own_last;
	struct pst_tree_bytes page;

	if (!found || !pst_tree_read(tree, &page, found) || !pst_tree_span(tree, &page, &own_first, &own_last))
		return;
	/* another page was the leaf for this range, or a newer one has taken keys of this leaf's, or the
	 * maps say that nothing is there */
	if (range->leaf || own_first < first || own_last > last || pst_tree_is_free(tree, found)) {
		source.sure = PST_STALE;
		source.lost = range->leaf ? range->lost_id : PSTFIX_NOWHERE;
	}
	for (uint32_t i = 0; i < page.n; i++) {
		uint64_t key = pst_tree_key(tree, &page, i);

		if (key >= first && key <= last)
			tree->entry(tree->user, page.bytes + (size_t)i * page.step, &source);
	}
	if (source.sure == PST_CLAIMED)
		pst_add(&tree->unsettled, ((struct pst_range){.first = first, .last = last}));
	if (source.sure == PST_CLAIMED && !(found->flags & PST_FOUND_LIVE)) {
		found->flags |= PST_FOUND_LIVE;
		pst_add(&tree->pages, ((struct pst_tree_page){found->at, found->id}));
	}
}

/* Walks the keys of some open ranges upwards; those that a hole wins are handed to `holes`, NULL: holes
 * claim nothing. */
static void sweep(struct pst_tree *tree, const struct pst_ranges *ranges, struct claims *claims,
                  struct pst_ranges *holes)
{
	size_t next = 0, open = 0;
	uint64_t key = 0;

	claims->heap.n = 0;
	while (!claims->heap.failed) {
		uint64_t last;
		struct claim top;

		while (claims->heap.n && claims->heap.at[0].last < key)
			heap_pop(claims);
		if (!claims->heap.n) {
			if (next == claims->all.n)
				return;
			key = PST_MAX(key, claims->all.at[next].first);
		}
		for (; next < claims->all.n && claims->all.at[next].first <= key; next++)
			if (claims->all.at[next].last >= key && (holes || !claims->all.at[next].hole))
				heap_push(claims, claims->all.at[next]);
		if (!claims->heap.n)
			continue;
		top = claims->heap.at[0];
		last = top.last;
		for (size_t i = next; i < claims->all.n && claims->all.at[i].first <= last; i++)
			if (above(&claims->all.at[i], &top) && (holes || !claims->all.at[i].hole))
				last = claims->all.at[i].first - 1;
		for (; open < ranges->n && ranges->at[open].first <= last; open++) {
			const struct pst_range *range = &ranges->at[open];
			uint64_t from = PST_MAX(range->first, key), to = PST_MIN(range->last, last);

			if (from <= to && top.hole)
				pst_add(holes, ((struct pst_range){from, to, top.at, top.id, true, top.alone}));
			else if (from <= to)
				fill(tree, &top, range, from, to);
			if (range->last > last)
				break;
		}
		if (last == UINT64_MAX)
			return;
		key = last + 1;
	}
}

/* Until here `unsettled` has what has been settled: what is open without it takes its place. */
static void turn_unsettled(struct pst_tree *tree)
{
	struct pst_range *settled = tree->unsettled.at;
	size_t n = tree->unsettled.n, k = 0;
	struct pst_ranges rest = {.failed = tree->unsettled.failed};

	pst_sort(settled, n, sizeof *settled, pst_range_by_first);
	for (size_t i = 0; i < tree->open.n; i++) {
		struct pst_range range = tree->open.at[i];
		bool left = true;

		for (; left && k < n && settled[k].first <= range.last; k++) {
			if (settled[k].first > range.first) {
				struct pst_range before = range;

				before.last = settled[k].first - 1;
				pst_add(&rest, before);
			}
			left = settled[k].last < range.last;
			range.first = left ? settled[k].last + 1 : range.first;
		}
		if (left)
			pst_add(&rest, range);
	}
	free(settled);
	tree->unsettled = rest;
}

/* Reads a lost leaf that has at least its id or its checksum. */
static bool read_doubtful(const struct pst_tree *tree, struct pst_tree_bytes *page, const struct pst_range *range)
{
	const struct pst_format *f = tree->format;
	struct pst_page_tail tail;

	if (range->lost_at % f->page || range->lost_at > tree->io->size ||
	    tree->io->size - range->lost_at < f->page ||
	    tree->io->read(tree->io, page->bytes, f->page, range->lost_at, NULL))
		return false;
	pst_page_tail_decode(&tail, f, page->bytes, range->lost_at);
	pst_tree_decode(tree, page);
	return tail.type == tree->type && tail.type_twice && !page->counts.level &&
	       (tail.id == range->lost_id || pst_page_crc_right(&tail, f, page->bytes));
}

/* What can be believed of it is better than what older pages say. */
static void offer_doubtful(const struct pst_tree *tree, const struct pst_ranges *lost)
{
	for (size_t i = 0; i < lost->n; i++) {
		const struct pst_range *range = &lost->at[i];
		struct pst_tree_bytes page;
		uint64_t before = 0;

		for (uint32_t k = 0, n = read_doubtful(tree, &page, range) ? page.n : 0; k < n; k++) {
			uint64_t key = pst_tree_key(tree, &page, k);

			if (key <= before || key < range->first || key > range->last)
				continue;
			before = key;
			tree->entry(tree->user, page.bytes + (size_t)k * page.step,
			            &(struct pst_source){.page = range->lost_id, .at = range->lost_at,
			                                 .lost = PSTFIX_NOWHERE, .sure = PST_TRAILER});
		}
	}
}

/* Whether an entry of the block index can be true: there may be a block where it says, and there is no other. */
static bool is_possible(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint32_t i)
{
	const struct pst_found *there;
	struct pst_bbt_entry entry;

	pst_bbt_entry_decode(&entry, tree->format, page->bytes + (size_t)i * page->step);
	there = pst_inventory_at(tree->inventory, entry.at, 0);
	return pst_block_fits(tree->format, tree->io->size, entry.at, entry.size) &&
	       (!there || there->sure != PST_PROVEN || there->id == (entry.id & ~UINT64_C(1)));
}

/* Between two entries of the block index that stand one behind the other, and can both be true, there is none: so much is
 * known even of a leaf of which only the checksum is wrong. What was in between has been freed. */
static void settle_between(struct pst_tree *tree)
{
	for (size_t i = 0; i < tree->open.n && tree->type == PST_BBT; i++) {
		const struct pst_range *range = &tree->open.at[i];
		struct pst_tree_bytes page;

		if (!range->leaf || !read_doubtful(tree, &page, range) || !page.n)
			continue;
		for (uint32_t k = 0; k + 1 < page.n; k++) {
			const uint64_t first = (pst_tree_key(tree, &page, k) | PST_INTERNAL | 1) + 1; /* ids but for these bits are counted */
			const uint64_t next = pst_tree_key(tree, &page, k + 1) & ~(PST_INTERNAL | 1);

			if (first < next && first >= range->first && next <= range->last && is_possible(tree, &page, k) &&
			    is_possible(tree, &page, k + 1))
				pst_add(&tree->unsettled, ((struct pst_range){.first = first, .last = next - 1}));
		}
	}
}

/* The last child of a page that nothing reaches has no upper end but where others begin; a leaf that no parent
 * names has no lower one either, as its keys may be what is wrong. */
static void extend_holes(const struct pst_ranges *open, const struct pst_ranges *settled,
                         struct pst_ranges *holes)
{
	for (size_t i = 0; i < holes->n; i++) {
		struct pst_range *hole = &holes->at[i];
		size_t before = pst_ranges_from(settled, hole->first), next = pst_ranges_from(settled, hole->last);
		const struct pst_range *within = &open->at[pst_ranges_from(open, hole->last)]; /* it is open */
		uint64_t first = hole->alone ? within->first : hole->first, last = within->last;

		if (before)
			first = PST_MAX(first, settled->at[before - 1].last + 1);
		if (i)
			first = PST_MAX(first, hole[-1].last + 1);
		if (next < settled->n)
			last = PST_MIN(last, settled->at[next].first - 1);
		if (i + 1 < holes->n)
			last = PST_MIN(last, hole[1].first - 1);
		hole->first = PST_MIN(hole->first, first);
		hole->last = PST_MAX(hole->last, last);
	}
}

/* Leaves that a page above them names but that are lost. Those whose parent the root reaches have been
 * told; `holes` are the others. */
static void tell_holes(const struct pst_tree *tree, const struct pst_ranges *holes)
{
	for (size_t i = 0; i < holes->n; i++) {
		const struct pst_range *hole = &holes->at[i];

		if (!i || hole->lost_id != hole[-1].lost_id)
			PST_TREE_TELL(tree, PAGE, .offset = hole->lost_at, .size = tree->format->page,
			              .id = hole->lost_id);
	}
}

/* Fills what no parent speaks for, then, from older leaves, where a leaf is lost. */
void pst_tree_derive(struct pst_tree *tree, uint64_t next_page)
{
	struct claims claims = {0};
	struct pst_ranges rest = {0}, *lost = &tree->lost, holes = {0};

	if (!tree->open.n)
		return;
	for (size_t i = 0; i < tree->open.n; i++) {
		struct pst_range range = tree->open.at[i];

		if (range.leaf)
			pst_add(lost, range);
		else
			pst_add(&rest, range);
	}
	collect_claims(tree, &claims, next_page);
	pst_sort(claims.all.at, claims.all.n, sizeof *claims.all.at, by_key);
	sweep(tree, &rest, &claims, &holes);
	extend_holes(&rest, &tree->unsettled, &holes);
	tell_holes(tree, &holes);
	for (size_t i = 0; i < holes.n; i++)
		pst_add(lost, holes.at[i]);
	pst_ranges_sort(lost);
	sweep(tree, lost, &claims, NULL);
	offer_doubtful(tree, lost);
	settle_between(tree);
	turn_unsettled(tree);
	tree->open.failed |= tree->unsettled.failed | claims.all.failed | claims.heap.failed |
	                     rest.failed | lost->failed | holes.failed;
	free(claims.all.at);
	free(claims.heap.at);
	free(rest.at);
	free(holes.at);
}
