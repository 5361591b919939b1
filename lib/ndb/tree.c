/* Index trees, loaded and derived: see tree.h. */
#include "ndb/tree.h"

#include <stdlib.h>

/* NBT and BBT problems are rows of the same kinds. */
#define TELL(tree, kind, ...)                                         \
	((tree)->type == PST_NBT ? PST_TELL((tree)->teller, NBT_##kind, __VA_ARGS__) \
	                         : PST_TELL((tree)->teller, BBT_##kind, __VA_ARGS__))

enum { LEVEL_MAX = 8 }; /* an index of the smallest format with 10^10 entries has 7 */

struct page {
	uint8_t bytes[PST_PAGE_MAX];
	struct pst_index_page counts;
	uint32_t n;   /* entries that can be read */
	uint8_t step; /* bytes from one to the next */
	bool counts_right;
};

static uint64_t key_at(const struct pst_tree *tree, const struct page *page, uint32_t i)
{
	return pst_get(page->bytes + (size_t)i * page->step, tree->format->word);
}

static struct pst_found *found_at(const struct pst_tree *tree, uint64_t at)
{
	return pst_inventory_at(tree->inventory, at, (uint8_t)tree->type);
}

/* Of a page whose bytes are there: how many entries can be read, and how. */
static void decode_page(const struct pst_tree *tree, struct page *page)
{
	const struct pst_format *f = tree->format;
	uint8_t size;

	pst_index_page_decode(&page->counts, f, page->bytes);
	size = pst_entry_size(f, tree->type, page->counts.level);
	page->step = PST_MAX(page->counts.entry_size, size);
	if ((page->counts.count * page->step > f->entries && page->counts.count * size <= f->entries) ||
	    page->counts.count_max == (uint32_t)f->entries / size) /* how many fit says how large they are, too */
		page->step = size;
	page->n = PST_MIN(page->counts.count, (uint32_t)f->entries / page->step);
	if (page->counts.entry_size < size && page->counts.count_max > (uint32_t)f->entries / size)
		page->n = 0; /* of another level, by both: its entries are none of this one */
	while (page->n && !page->counts.level && !key_at(tree, page, page->n - 1))
		page->n--; /* room for entries, and no entry */
	page->counts_right = page->counts.entry_size == page->step && page->n == page->counts.count &&
	                     page->counts.count <= page->counts.count_max &&
	                     page->counts.count_max == (uint32_t)f->entries / page->step;
	if (page->n < page->counts.count) /* what is behind the real end does not ascend */
		for (uint32_t i = 0; i < page->n; i++)
			if (!key_at(tree, page, i) || (i && key_at(tree, page, i) <= key_at(tree, page, i - 1)))
				page->n = i;
}

static bool read_page(const struct pst_tree *tree, struct page *page, const struct pst_found *found)
{
	if (!pst_inventory_read(tree->inventory, tree->io, found, page->bytes))
		return false;
	decode_page(tree, page);
	return true;
}

static struct pst_page_ref child_at(const struct pst_tree *tree, const struct page *page, uint32_t i)
{
	const uint8_t *entry = page->bytes + (size_t)i * page->step;
	const uint8_t word = tree->format->word;

	return (struct pst_page_ref){.id = pst_get(entry + word, word),
	                             .at = pst_get(entry + 2 * word, word)};
}

/* The last key that child i speaks for: the one before the next child's. */
static uint64_t child_last(const struct pst_tree *tree, const struct page *page, uint32_t i,
                           uint64_t last)
{
	uint64_t next = i + 1 < page->n ? key_at(tree, page, i + 1) : 0;

	return next > key_at(tree, page, i) ? PST_MIN(next - 1, last) : last;
}

static bool key_span(const struct pst_tree *tree, const struct page *page, uint64_t *first,
                     uint64_t *last)
{
	*first = UINT64_MAX;
	*last = 0;
	for (uint32_t i = 0; i < page->n; i++) {
		uint64_t key = key_at(tree, page, i);

		*first = PST_MIN(*first, key);
		*last = PST_MAX(*last, key);
	}
	return page->n;
}

uint32_t pst_count_used(const uint8_t *bits, uint64_t first, uint64_t n)
{
	uint32_t used = 0;

	for (; n--; first++)
		used += (bits[first / 8] & 0x80 >> first % 8) != 0;
	return used;
}

enum pst_use pst_use_of(const struct pst_inventory *inventory, struct pst_io *io, uint64_t at, uint32_t size)
{
	const struct pst_format *f = inventory->format;
	uint64_t section, map, own, first;
	uint8_t page[PST_PAGE_MAX];

	if (at < f->first_map)
		return PST_USE_UNKNOWN;
	section = (at - f->first_map) / pst_section(f);
	map = pst_amap_at(f, section);
	own = pst_map_bytes(f, section) / f->unit;
	first = (at - map) / f->unit;
	if (!pst_inventory_page(inventory, io, map, PST_AMAP, page) ||
	    pst_count_used(page + f->map_at, 0, own) < own)
		return PST_USE_UNKNOWN;
	size = (uint32_t)PST_MIN((uint64_t)size, pst_section(f) - (at - map));
	return pst_count_used(page + f->map_at, first, (size + f->unit - 1u) / f->unit) ? PST_USED : PST_FREE;
}

static bool is_free(const struct pst_tree *tree, const struct pst_found *page)
{
	return pst_use_of(tree->inventory, tree->io, page->at, tree->format->page) == PST_FREE;
}

/* ---- load --------------------------------------------------------------------- */

static void check_keys(struct pst_tree *tree, const struct page *page, const struct pst_found *found,
                       uint64_t first, uint64_t last, bool root)
{
	if (!page->counts_right)
		TELL(tree, ENTRIES, .offset = found->at, .id = found->id);
	if (!pst_page_constant_right(tree->format, page->bytes))
		TELL(tree, CONSTANT, .offset = found->at, .id = found->id);
	for (uint32_t i = 0; i < page->n; i++) {
		uint64_t key = key_at(tree, page, i);

		if (i && key <= key_at(tree, page, i - 1))
			TELL(tree, ORDER, .offset = found->at, .id = found->id, .found = key,
			     .expected = key_at(tree, page, i - 1));
		else if (!i && !root && key != first)
			TELL(tree, KEY, .offset = found->at, .id = found->id, .found = key,
			     .expected = first);
		else if (key > last)
			TELL(tree, BOUNDS, .offset = found->at, .id = found->id, .found = key,
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
	struct page page;

	return tree->type == PST_NBT && read_page(tree, &page, found) && page.counts.entry_size == size &&
	       page.counts.count_max == (uint32_t)tree->format->entries / size;
}

/* Follows a child, or leaves its range open. */
static void load(struct pst_tree *tree, struct pst_page_ref ref, int level, uint64_t first,
                 uint64_t last)
{
	struct pst_found *found = found_at(tree, ref.at);
	struct pst_range range = {first, last, ref.at, ref.id, level == 0, false};

	if (!found || found->id != ref.id || found->flags & PST_FOUND_VISITED) {
		TELL(tree, PAGE, .offset = ref.at, .size = tree->format->page, .id = ref.id);
		pst_add(&tree->open, range);
		return;
	}
	if (found->level != level) {
		TELL(tree, LEVEL, .offset = ref.at, .id = ref.id, .found = found->level,
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
	struct page page;
	uint64_t first, last;

	if (!read_page(tree, &page, found)) {
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
	if (!found->level && key_span(tree, &page, &first, &last))
		pst_add(&tree->reached, ((struct pst_range){.first = first, .last = last}));
	for (uint32_t i = 0; i < page.n; i++)
		if (found->level)
			load(tree, child_at(tree, &page, i), found->level - 1, key_at(tree, &page, i),
			     child_last(tree, &page, i, range->last));
		else
			tree->entry(tree->user, page.bytes + (size_t)i * page.step,
			            &(struct pst_source){.page = found->id, .at = found->at,
			                                 .lost = PSTFIX_NOWHERE, .sure = tree->sure,
			                                 .reached = true});
}

static int by_first(const void *a, const void *b)
{
	const struct pst_range *x = a, *y = b;
	int order = PST_ORDER(x->first, y->first);

	order = order ? order : PST_ORDER(x->last, y->last);
	return order ? order : PST_ORDER(x->lost_at, y->lost_at);
}

/* Ranges of a tree out of order may overlap: the first of them keeps what is common. */
static void sort_ranges(struct pst_ranges *ranges)
{
	size_t n = 0;

	if (ranges->n)
		qsort(ranges->at, ranges->n, sizeof *ranges->at, by_first);
	for (size_t i = 0; i < ranges->n; i++) {
		struct pst_range range = ranges->at[i];

		if (n && range.first <= ranges->at[n - 1].last) {
			if (range.last <= ranges->at[n - 1].last)
				continue;
			range.first = ranges->at[n - 1].last + 1;
		}
		if (range.first <= range.last)
			ranges->at[n++] = range;
	}
	ranges->n = n;
}

/* The first range that ends at or behind a key. */
static size_t range_from(const struct pst_ranges *ranges, uint64_t key)
{
	size_t low;

	PST_SEARCH(low, ranges->n, ranges->at[middle].last < key);
	return low;
}

/* Keys in links to lost pages may be wrong, too: what is open goes from the last key before it that a leaf has
 * to the first behind it. */
static void widen_open(struct pst_tree *tree)
{
	struct pst_ranges *open = &tree->open, *reached = &tree->reached;

	if (open->n)
		sort_ranges(reached);
	for (size_t i = 0; i < open->n && reached->n; i++) {
		struct pst_range *range = &open->at[i];
		size_t before = range_from(reached, range->first), behind = range_from(reached, range->last);
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
	struct page page;

	for (;;) {
		const struct pst_found *child;
		struct pst_page_ref ref;

		if (!read_page(tree, &page, found) || !key_span(tree, &page, &first, &last) || !found->level)
			return last;
		ref = child_at(tree, &page, page.n - 1);
		child = found_at(tree, ref.at);
		if (!child || child->id != ref.id || child->level >= found->level)
			return last;
		found = child;
	}
}

/* Whether a leaf of which only the checksum is wrong was part of the tree. */
static bool is_missed(const struct pst_tree *tree, const struct pst_found *leaf, uint64_t next_page)
{
	return tree->type == leaf->type && leaf->id < next_page && !is_free(tree, leaf);
}

static bool newer_is_missed(const struct pst_tree *tree, uint64_t id, uint64_t next_page)
{
	const struct pst_inventory *inventory = tree->inventory;

	for (size_t i = 0; i < inventory->doubtful.n; i++)
		if (inventory->doubtful.at[i].id > id && is_missed(tree, &inventory->doubtful.at[i], next_page))
			return true;
	return false;
}

static bool in_order(const struct pst_tree *tree, const struct page *page, uint32_t i)
{
	uint64_t key = key_at(tree, page, i);

	return (!i || key_at(tree, page, i - 1) < key) && (i + 1 == page->n || key < key_at(tree, page, i + 1));
}

/* The keys of a page, or of its children, whatever keys it gives them, and the last key below. */
static bool whole_span(const struct pst_tree *tree, const struct pst_found *found, uint64_t *first,
                       uint64_t *last)
{
	struct page page, below;

	if (!read_page(tree, &page, found) || !key_span(tree, &page, first, last))
		return false;
	if (!found->level)
		return true;
	*first = UINT64_MAX;
	*last = 0;
	for (uint32_t i = 0; i < page.n; i++) {
		struct pst_page_ref ref = child_at(tree, &page, i);
		const struct pst_found *child = found_at(tree, ref.at);
		uint64_t child_first, child_last = key_at(tree, &page, i);

		if (child && child->id == ref.id && read_page(tree, &below, child) &&
		    key_span(tree, &below, &child_first, &child_last)) {
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
	struct page page;

	for (size_t i = 0; i < tree->inventory->found.n; i++)
		if (all[i].type == tree->type && all[i].level == root->level && all[i].id >= id &&
		    all[i].id < root->id && (!older || all[i].id > older->id) &&
		    read_page(tree, &page, &all[i]) && key_span(tree, &page, &own_first, &own_last) &&
		    own_first <= first && (own_last >= last || last_key(tree, &all[i]) >= last))
			older = &all[i];
	return older && whole_span(tree, older, &own_first, &own_last) && own_first <= first && own_last >= last;
}

/* Roots are written last: the page with the highest id, if no other reaches beyond its keys but what a root
 * before it took in. */
static struct pst_found *find_root(const struct pst_tree *tree, uint64_t next_page)
{
	struct pst_found *newest = NULL, *all = tree->inventory->found.at;
	size_t n = tree->inventory->found.n;
	uint64_t first, last, all_first, all_last, beyond = 0;
	struct page page;

	for (size_t i = 0; i < n; i++)
		if (all[i].type == tree->type && all[i].id < next_page &&
		    (!newest || all[i].id > newest->id))
			newest = &all[i];
	if (!newest || newer_is_missed(tree, newest->id, next_page) ||
	    !whole_span(tree, newest, &first, &last))
		return NULL;
	all_first = first;
	all_last = last;
	for (size_t i = 0; i < n; i++) {
		uint64_t other_first, other_last;

		if (all[i].type != tree->type || all[i].id >= next_page || !read_page(tree, &page, &all[i]) ||
		    !key_span(tree, &page, &other_first, &other_last) ||
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
	struct pst_found *found = found_at(tree, root->at);

	return found && found->id == root->id && found->level <= LEVEL_MAX ? found : NULL;
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

	tree->sure = PST_PROVEN;
	if (header->proven && !found) {
		all.lost_at = root->at;
		all.lost_id = root->id;
		tell_root(tree, root);
	}
	if (!found && next_page) {
		found = find_root(tree, next_page);
		if (!header->proven || !pst_root_possible(tree->format, root) || root->id >= next_page) {
			tree->sure = PST_CLAIMED;
			if (found && is_free(tree, found))
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
	sort_ranges(&tree->open);
	widen_open(tree);
}

/* ---- derive -------------------------------------------------------------------- */

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
	size_t i = range_from(&tree->open, first);

	return i < tree->open.n && tree->open.at[i].first <= last;
}

/* Ids leave room for one bit above them. */
static uint64_t rank_of(const struct pst_tree *tree, const struct pst_found *found)
{
	return found->id | (uint64_t)!is_free(tree, found) << 63;
}

/* A leaf that a page names, if it is there. */
static bool child_span(const struct pst_tree *tree, const struct page *page, uint32_t i, uint64_t *first,
                       uint64_t *last)
{
	struct pst_page_ref ref = child_at(tree, page, i);
	const struct pst_found *child = found_at(tree, ref.at);
	struct page leaf;

	return child && child->id == ref.id && !child->level && read_page(tree, &leaf, child) &&
	       key_span(tree, &leaf, first, last);
}

/* A child that is there speaks for its own keys, whatever key the parent gives it or the next one, but not for
 * those that are the next child's. */
static void claim_children(struct pst_tree *tree, struct claims *claims, const struct page *page,
                           const struct pst_found *parent)
{
	const uint64_t rank = rank_of(tree, parent);
	uint64_t next = 0; /* the first key of the child behind */

	for (uint32_t i = page->n; i--;) {
		struct pst_page_ref ref = child_at(tree, page, i);
		struct claim claim = {.rank = rank, .at = ref.at, .id = ref.id};

		claim.hole = !child_span(tree, page, i, &claim.first, &claim.last);
		if (claim.hole)
			claim.first = claim.last = key_at(tree, page, i);
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
	struct page page;

	if (!read_page(tree, &page, leaf))
		return;
	for (uint32_t i = 1; i < page.n; i++)
		if (key_at(tree, &page, i) <= key_at(tree, &page, i - 1))
			return;
	if (key_span(tree, &page, &claim.first, &claim.last) && claim.last <= UINT32_MAX &&
	    touches_open(tree, claim.first, claim.last))
		pst_add(&claims->all, claim);
}

static void collect_claims(struct pst_tree *tree, struct claims *claims, uint64_t next_page)
{
	const struct pst_inventory *inventory = tree->inventory;

	for (size_t i = 0; i < inventory->doubtful.n; i++)
		if (is_missed(tree, &inventory->doubtful.at[i], next_page))
			claim_missed(tree, claims, &inventory->doubtful.at[i]);
	for (size_t i = 0; i < inventory->found.n; i++) {
		const struct pst_found *found = &inventory->found.at[i];
		struct claim claim = {.at = found->at, .id = found->id};
		struct page page;

		if (found->type != tree->type || found->flags & PST_FOUND_VISITED ||
		    found->id >= next_page || found->level > 1 || !read_page(tree, &page, found))
			continue;
		if (found->level) {
			claim_children(tree, claims, &page, found);
		} else if (key_span(tree, &page, &claim.first, &claim.last) &&
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
	struct pst_found *found = found_at(tree, leaf->at);
	struct pst_source source = {.page = leaf->id, .at = leaf->at, .lost = PSTFIX_NOWHERE,
	                            .sure = PST_CLAIMED};
	uint64_t own_first, own_last;
	struct page page;

	if (!found || !read_page(tree, &page, found) || !key_span(tree, &page, &own_first, &own_last))
		return;
	/* another page was the leaf for this range, or a newer one has taken keys of this leaf's, or the
	 * maps say that nothing is there */
	if (range->leaf || own_first < first || own_last > last || is_free(tree, found)) {
		source.sure = PST_STALE;
		source.lost = range->leaf ? range->lost_id : PSTFIX_NOWHERE;
	}
	for (uint32_t i = 0; i < page.n; i++) {
		uint64_t key = key_at(tree, &page, i);

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

	if (n)
		qsort(settled, n, sizeof *settled, by_first);
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
static bool read_doubtful(const struct pst_tree *tree, struct page *page, const struct pst_range *range)
{
	const struct pst_format *f = tree->format;
	struct pst_page_tail tail;

	if (range->lost_at % f->page || range->lost_at > tree->io->size ||
	    tree->io->size - range->lost_at < f->page ||
	    tree->io->read(tree->io, page->bytes, f->page, range->lost_at, NULL))
		return false;
	pst_page_tail_decode(&tail, f, page->bytes, range->lost_at);
	decode_page(tree, page);
	return tail.type == tree->type && tail.type_twice && !page->counts.level &&
	       (tail.id == range->lost_id || pst_page_crc_right(&tail, f, page->bytes));
}

/* What can be believed of it is better than what older pages say. */
static void offer_doubtful(const struct pst_tree *tree, const struct pst_ranges *lost)
{
	for (size_t i = 0; i < lost->n; i++) {
		const struct pst_range *range = &lost->at[i];
		struct page page;
		uint64_t before = 0;

		for (uint32_t k = 0, n = read_doubtful(tree, &page, range) ? page.n : 0; k < n; k++) {
			uint64_t key = key_at(tree, &page, k);

			if (key <= before || key < range->first || key > range->last)
				continue;
			before = key;
			tree->entry(tree->user, page.bytes + (size_t)k * page.step,
			            &(struct pst_source){.page = range->lost_id, .at = range->lost_at,
			                                 .lost = PSTFIX_NOWHERE, .sure = PST_TRAILER});
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
		size_t before = range_from(settled, hole->first), next = range_from(settled, hole->last);
		const struct pst_range *within = &open->at[range_from(open, hole->last)]; /* it is open */
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
			TELL(tree, PAGE, .offset = hole->lost_at, .size = tree->format->page,
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
	if (claims.all.n)
		qsort(claims.all.at, claims.all.n, sizeof *claims.all.at, by_key);
	sweep(tree, &rest, &claims, &holes);
	extend_holes(&rest, &tree->unsettled, &holes);
	tell_holes(tree, &holes);
	for (size_t i = 0; i < holes.n; i++)
		pst_add(lost, holes.at[i]);
	sort_ranges(lost);
	sweep(tree, lost, &claims, NULL);
	offer_doubtful(tree, lost);
	turn_unsettled(tree);
	tree->open.failed |= tree->unsettled.failed | claims.all.failed | claims.heap.failed |
	                     rest.failed | lost->failed | holes.failed;
	free(claims.all.at);
	free(claims.heap.at);
	free(rest.at);
	free(holes.at);
}

static const struct pst_range *range_of(const struct pst_ranges *ranges, uint64_t key)
{
	size_t i = range_from(ranges, key);

	return i < ranges->n && ranges->at[i].first <= key ? &ranges->at[i] : NULL;
}

const struct pst_range *pst_tree_open_at(const struct pst_tree *tree, uint64_t key)
{
	return range_of(&tree->open, key);
}

bool pst_tree_unsettled(const struct pst_tree *tree, uint64_t key)
{
	return range_of(&tree->unsettled, key);
}

void pst_tree_deinit(struct pst_tree *tree)
{
	pst_array_deinit(&tree->pages);
	pst_array_deinit(&tree->reached);
	pst_array_deinit(&tree->open);
	pst_array_deinit(&tree->unsettled);
	pst_array_deinit(&tree->lost);
}
