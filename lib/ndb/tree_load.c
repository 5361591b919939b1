/* What the root reaches: see tree.h. */
#include "ndb/tree_inside.h"

#include <stdlib.h>

enum { LEVEL_MAX = 8 }; /* an index of the smallest format with 10^10 entries has 7 */

/* The last key that child i speaks for: the one before the next child's. */
static uint64_t child_last(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint32_t i,
                           uint64_t last)
{
	uint64_t next = i + 1 < page->n ? pst_tree_key(tree, page, i + 1) : 0;

	return next > pst_tree_key(tree, page, i) ? PST_MIN(next - 1, last) : last;
}

static void check_keys(struct pst_tree *tree, const struct pst_tree_bytes *page, const struct pst_found *found,
                       uint64_t first, uint64_t last, bool root)
{
	if (!page->counts_right)
		PST_TREE_TELL(tree, ENTRIES, .offset = found->at, .id = found->id);
	if (!pst_page_constant_right(tree->format, page->bytes))
		PST_TREE_TELL(tree, CONSTANT, .offset = found->at, .id = found->id);
	for (uint32_t i = 0; i < page->n; i++) {
		uint64_t key = pst_tree_key(tree, page, i);

		if (i && key <= pst_tree_key(tree, page, i - 1))
			PST_TREE_TELL(tree, ORDER, .offset = found->at, .id = found->id, .found = key,
			              .expected = pst_tree_key(tree, page, i - 1));
		else if (!i && !root && key != first)
			PST_TREE_TELL(tree, KEY, .offset = found->at, .id = found->id, .found = key,
			              .expected = first);
		else if (key > last)
			PST_TREE_TELL(tree, BOUNDS, .offset = found->at, .id = found->id, .found = key,
			              .expected = last);
	}
}

static void follow(struct pst_tree *tree, struct pst_found *found, const struct pst_range *range,
                   bool root);

/* Whether a page is a leaf of the node index by size and number of its entries, whatever level it says: no other
 * page has entries of that size. */
static bool is_node_leaf(const struct pst_tree *tree, const struct pst_found *found)
{
	const uint32_t size = pst_entry_size(tree->format, PST_NBT, 0);
	struct pst_tree_bytes page;

	return tree->type == PST_NBT && pst_tree_read(tree, &page, found) && page.counts.entry_size == size &&
	       page.counts.count_max == (uint32_t)tree->format->entries / size;
}

/* Follows a child, or leaves its range open. */
static void load(struct pst_tree *tree, struct pst_page_ref ref, int level, uint64_t first,
                 uint64_t last)
{
	struct pst_found *found = pst_tree_found(tree, ref.at);
	struct pst_range range = {first, last, ref.at, ref.id, level == 0, false};

	if (!found || found->id != ref.id || found->flags & PST_FOUND_VISITED) {
		PST_TREE_TELL(tree, PAGE, .offset = ref.at, .size = tree->format->page, .id = ref.id);
		pst_add(&tree->open, range);
		return;
	}
	if (found->level != level) {
		PST_TREE_TELL(tree, LEVEL, .offset = ref.at, .id = ref.id, .found = found->level,
		              .expected = (uint64_t)level);
		if (level || !is_node_leaf(tree, found)) {
			pst_add(&tree->open, range);
			return;
		}
		found->level = 0;
	}
	follow(tree, found, &range, false);
}

static void follow(struct pst_tree *tree, struct pst_found *found, const struct pst_range *range,
                   bool root)
{
	struct pst_tree_bytes page;
	uint64_t first, last;

	if (!pst_tree_read(tree, &page, found)) {
		pst_add(&tree->open, *range);
		return;
	}
	found->flags |= PST_FOUND_VISITED | PST_FOUND_LIVE;
	pst_add(&tree->pages, ((struct pst_tree_page){found->at, found->id}));
	/* only an empty tree has an empty page, its root */
	if (!page.n && (page.counts.count || !root || found->level)) {
		page.counts_right = false;
		pst_add(&tree->open, *range);
	}
	check_keys(tree, &page, found, range->first, range->last, root);
	if (!found->level && pst_tree_span(tree, &page, &first, &last))
		pst_add(&tree->reached, ((struct pst_range){.first = first, .last = last, .lost_id = found->id}));
	for (uint32_t i = 0; i < page.n; i++)
		if (found->level)
			load(tree, pst_tree_child(tree, &page, i), found->level - 1, pst_tree_key(tree, &page, i),
			                 child_last(tree, &page, i, range->last));
		else
			tree->entry(tree->user, page.bytes + (size_t)i * page.step,
			            &(struct pst_source){.page = found->id, .at = found->at,
			                                 .lost = PSTFIX_NOWHERE, .sure = tree->sure,
			                                 .reached = true});
}

/* Keys in links to lost pages may be wrong, too: what is open goes from the last key before it that a leaf has
 * to the first behind it. */
static void widen_open(struct pst_tree *tree)
{
	struct pst_ranges *open = &tree->open, *reached = &tree->reached;

	pst_ranges_sort(reached);
	for (size_t i = 0; i < open->n && reached->n; i++) {
		struct pst_range *range = &open->at[i];
		size_t before = pst_ranges_from(reached, range->first), behind = pst_ranges_from(reached, range->last);
		uint64_t first = before ? reached->at[before - 1].last + 1 : 0;

		if (i)
			first = PST_MAX(first, range[-1].last + 1);
		range->first = PST_MIN(range->first, first);
		if (behind == reached->n || reached->at[behind].first <= range->last)
			continue;
		range->last = reached->at[behind].first - 1;
		if (i + 1 < open->n)
			range->last = PST_MIN(range->last, range[1].first - 1);
	}
	open->failed |= reached->failed;
}

/* The last key below a page. */
static uint64_t last_key(const struct pst_tree *tree, const struct pst_found *found)
{
	uint64_t first, last = 0;
	struct pst_tree_bytes page;

	for (;;) {
		const struct pst_found *child;
		struct pst_page_ref ref;

		if (!pst_tree_read(tree, &page, found) || !pst_tree_span(tree, &page, &first, &last) || !found->level)
			return last;
		ref = pst_tree_child(tree, &page, page.n - 1);
		child = pst_tree_found(tree, ref.at);
		if (!child || child->id != ref.id || child->level >= found->level)
			return last;
		found = child;
	}
}

static bool newer_is_missed(const struct pst_tree *tree, uint64_t id, uint64_t next_page)
{
	const struct pst_inventory *inventory = tree->inventory;

	for (size_t i = 0; i < inventory->doubtful.n; i++)
		if (inventory->doubtful.at[i].id > id && pst_tree_is_missed(tree, &inventory->doubtful.at[i], next_page))
			return true;
	return false;
}

static bool in_order(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint32_t i)
{
	uint64_t key = pst_tree_key(tree, page, i);

	return (!i || pst_tree_key(tree, page, i - 1) < key) && (i + 1 == page->n || key < pst_tree_key(tree, page, i + 1));
}

/* The keys of a page, or of its children, whatever keys it gives them, and the last key below. */
static bool whole_span(const struct pst_tree *tree, const struct pst_found *found, uint64_t *first,
                       uint64_t *last)
{
	struct pst_tree_bytes page, below;

	if (!pst_tree_read(tree, &page, found) || !pst_tree_span(tree, &page, first, last))
		return false;
	if (!found->level)
		return true;
	*first = UINT64_MAX;
	*last = 0;
	for (uint32_t i = 0; i < page.n; i++) {
		struct pst_page_ref ref = pst_tree_child(tree, &page, i);
		const struct pst_found *child = pst_tree_found(tree, ref.at);
		uint64_t child_first, child_last = pst_tree_key(tree, &page, i);

		if (child && child->id == ref.id && pst_tree_read(tree, &below, child) &&
		        pst_tree_span(tree, &below, &child_first, &child_last)) {
			*first = PST_MIN(*first, child_first);
			*last = PST_MAX(*last, PST_MAX(child_last, i + 1 == page.n ? last_key(tree, child) : 0));
		} else if (in_order(tree, &page, i)) {
			*first = PST_MIN(*first, child_last);
			*last = PST_MAX(*last, child_last);
		}
	}
	return true;
}

/* Whether an older page of the same level spans some keys, too, and is no older than `id`. */
static bool spanned_before(const struct pst_tree *tree, const struct pst_found *root, uint64_t id,
                           uint64_t first, uint64_t last)
{
	const struct pst_found *all = tree->inventory->found.at, *older = NULL;
	uint64_t own_first, own_last;
	struct pst_tree_bytes page;

	for (size_t i = 0; i < tree->inventory->found.n; i++)
		if (all[i].type == tree->type && all[i].level == root->level && all[i].id >= id &&
		    all[i].id < root->id && (!older || all[i].id > older->id) &&
		    pst_tree_read(tree, &page, &all[i]) && pst_tree_span(tree, &page, &own_first, &own_last) &&
		    own_first <= first && (own_last >= last || last_key(tree, &all[i]) >= last))
			older = &all[i];
	return older && whole_span(tree, older, &own_first, &own_last) && own_first <= first && own_last >= last;
}

static struct pst_found *find_newest(const struct pst_tree *tree, uint64_t next_page)
{
	struct pst_found *newest = NULL, *all = tree->inventory->found.at;

	for (size_t i = 0; i < tree->inventory->found.n; i++)
		if (all[i].type == tree->type && all[i].id < next_page &&
		    (!newest || all[i].id > newest->id))
			newest = &all[i];
	return newest;
}

/* Roots are written last: the page with the highest id, if no other reaches beyond its keys but what a root
 * before it took in. */
static struct pst_found *find_root(const struct pst_tree *tree, uint64_t next_page)
{
	struct pst_found *newest = find_newest(tree, next_page), *all = tree->inventory->found.at;
	size_t n = tree->inventory->found.n;
	uint64_t first, last, all_first, all_last, beyond = 0;
	struct pst_tree_bytes page;

	if (!newest || newer_is_missed(tree, newest->id, next_page) ||
	    !whole_span(tree, newest, &first, &last))
		return NULL;
	all_first = first;
	all_last = last;
	for (size_t i = 0; i < n; i++) {
		uint64_t other_first, other_last;

		if (all[i].type != tree->type || all[i].id >= next_page || !pst_tree_read(tree, &page, &all[i]) ||
		        !pst_tree_span(tree, &page, &other_first, &other_last) ||
		        (other_first >= first && other_last <= last))
			continue;
		beyond = PST_MAX(beyond, all[i].id);
		all_first = PST_MIN(all_first, other_first);
		all_last = PST_MAX(all_last, other_last);
	}
	return !beyond || spanned_before(tree, newest, beyond, all_first, all_last) ? newest : NULL;
}

static struct pst_found *root_named(const struct pst_tree *tree, const struct pst_page_ref *root)
{
	struct pst_found *found = pst_tree_found(tree, root->at);

	return found && found->id == root->id && found->level <= LEVEL_MAX ? found : NULL;
}

/* Whether the way down from a page to the first key of another leads to that. */
static bool leads_to(const struct pst_tree *tree, const struct pst_found *from, const struct pst_found *to)
{
	struct pst_tree_bytes page;
	uint64_t first, last;

	if (!pst_tree_read(tree, &page, to) || !pst_tree_span(tree, &page, &first, &last))
		return false;
	while (from && from->level > to->level && pst_tree_read(tree, &page, from) && page.n) {
		struct pst_page_ref ref = pst_tree_child(tree, &page, 0);
		const struct pst_found *child;

		for (uint32_t i = 1; i < page.n && pst_tree_key(tree, &page, i) <= first; i++)
			ref = pst_tree_child(tree, &page, i);
		if (ref.id == to->id && ref.at == to->at)
			return true;
		child = pst_tree_found(tree, ref.at);
		if (!child || child->id != ref.id || child->level >= from->level) /* no way up, so it ends */
			return false;
		from = child;
	}
	return false;
}

/* Whether a page that the header takes for the root is below another that was written after it, and last. */
static bool is_below_root(const struct pst_tree *tree, const struct pst_found *found, uint64_t next_page)
{
	const struct pst_found *newest = find_newest(tree, next_page); /* which tells at once where all is well */

	return newest && newest->id > found->id && newest->level > found->level && find_root(tree, next_page) == newest &&
	       !pst_tree_is_free(tree, newest) && leads_to(tree, newest, found);
}

bool pst_root_possible(const struct pst_format *f, const struct pst_page_ref *root)
{
	return !(root->at % f->page) && root->at >= f->first_map && root->id && root->id < pst_id_limit(f) &&
	       !pst_on_maps(f, root->at, f->page);
}

static void tell_root(const struct pst_tree *tree, const struct pst_page_ref *root)
{
	if (tree->type == PST_NBT)
		PST_TELL(tree->teller, NBT_ROOT, .offset = root->at, .id = root->id);
	else
		PST_TELL(tree->teller, BBT_ROOT, .offset = root->at, .id = root->id);
}

void pst_tree_load(struct pst_tree *tree, const struct pst_header *header, uint64_t next_page)
{
	const struct pst_page_ref *root = tree->type == PST_NBT ? &header->nbt : &header->bbt;
	struct pst_range all = {0, UINT64_MAX, PSTFIX_NOWHERE, PSTFIX_NOWHERE, false, false};
	struct pst_found *found = header->proven ? root_named(tree, root) : NULL;
	const bool below = found && next_page && is_below_root(tree, found, next_page);

	tree->sure = PST_PROVEN;
	if (below)
		found = NULL;
	if (header->proven && !found) {
		all.lost_at = root->at;
		all.lost_id = root->id;
		tell_root(tree, root);
	}
	if (!found && next_page) {
		found = find_root(tree, next_page);
		if (!header->proven || below || !pst_root_possible(tree->format, root) || root->id >= next_page) {
			tree->sure = PST_CLAIMED;
			if (found && pst_tree_is_free(tree, found))
				found = NULL;
		} else if (found && found->id != header->nbt.id && found->id != header->bbt.id) {
			found = NULL; /* the header knows the ids of both roots, even if it exchanges them */
		}
	}
	if (found && found->level <= LEVEL_MAX) {
		tree->rooted = true;
		tree->root = (struct pst_page_ref){found->id, found->at};
		follow(tree, found, &all, true);
	} else {
		pst_add(&tree->open, all);
	}
	pst_ranges_sort(&tree->open);
	widen_open(tree);
}

void pst_tree_unload(struct pst_tree *tree)
{
	for (size_t i = 0; i < tree->pages.n; i++)
		pst_tree_found(tree, tree->pages.at[i].at)->flags &= (uint8_t)~(PST_FOUND_VISITED | PST_FOUND_LIVE);
	tree->pages.n = tree->reached.n = tree->open.n = 0;
	tree->rooted = false;
	tree->root = (struct pst_page_ref){0};
	pst_add(&tree->open, ((struct pst_range){0, UINT64_MAX, PSTFIX_NOWHERE, PSTFIX_NOWHERE, true, false}));
}
