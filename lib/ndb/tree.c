/* The pages of a tree, and ranges of keys: see tree.h. */
#include "ndb/tree_inside.h"

#include <stdlib.h>

struct pst_found *pst_tree_found(const struct pst_tree *tree, uint64_t at)
{
	return pst_inventory_at(tree->inventory, at, (uint8_t)tree->type);
}

void pst_tree_decode(const struct pst_tree *tree, struct pst_tree_bytes *page)
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
	while (page->n && !page->counts.level && !pst_tree_key(tree, page, page->n - 1))
		page->n--; /* room for entries, and no entry */
	page->counts_right = page->counts.entry_size == page->step && page->n == page->counts.count &&
	                     page->counts.count <= page->counts.count_max &&
	                     page->counts.count_max == (uint32_t)f->entries / page->step;
	if (page->n < page->counts.count) /* what is behind the real end does not ascend */
		for (uint32_t i = 0; i < page->n; i++)
			if (!pst_tree_key(tree, page, i) || (i && pst_tree_key(tree, page, i) <= pst_tree_key(tree, page, i - 1)))
				page->n = i;
}

bool pst_tree_read(const struct pst_tree *tree, struct pst_tree_bytes *page, const struct pst_found *found)
{
	if (!pst_inventory_read(tree->inventory, tree->io, found, page->bytes))
		return false;
	pst_tree_decode(tree, page);
	return true;
}

struct pst_page_ref pst_tree_child(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint32_t i)
{
	return pst_child_decode(tree->format, page->bytes + (size_t)i * page->step);
}

bool pst_tree_span(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint64_t *first,
                          uint64_t *last)
{
	*first = UINT64_MAX;
	*last = 0;
	for (uint32_t i = 0; i < page->n; i++) {
		uint64_t key = pst_tree_key(tree, page, i);

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

bool pst_tree_is_free(const struct pst_tree *tree, const struct pst_found *page)
{
	return pst_use_of(tree->inventory, tree->io, page->at, tree->format->page) == PST_FREE;
}

bool pst_tree_is_missed(const struct pst_tree *tree, const struct pst_found *leaf, uint64_t next_page)
{
	return tree->type == leaf->type && leaf->id < next_page && !pst_tree_is_free(tree, leaf);
}

int pst_range_by_first(const void *a, const void *b)
{
	const struct pst_range *x = a, *y = b;
	int order = PST_ORDER(x->first, y->first);

	order = order ? order : PST_ORDER(x->last, y->last);
	return order ? order : PST_ORDER(x->lost_at, y->lost_at);
}

void pst_ranges_sort(struct pst_ranges *ranges)
{
	size_t n = 0;

	pst_sort(ranges->at, ranges->n, sizeof *ranges->at, pst_range_by_first);
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

size_t pst_ranges_from(const struct pst_ranges *ranges, uint64_t key)
{
	size_t low;

	PST_SEARCH(low, ranges->n, ranges->at[middle].last < key);
	return low;
}

static const struct pst_range *range_of(const struct pst_ranges *ranges, uint64_t key)
{
	size_t i = pst_ranges_from(ranges, key);

	return i < ranges->n && ranges->at[i].first <= key ? &ranges->at[i] : NULL;
}

const struct pst_range *pst_tree_open_at(const struct pst_tree *tree, uint64_t key)
{
	return range_of(&tree->open, key);
}

bool pst_tree_unsettled(const struct pst_tree *tree, uint64_t key)
{
	const struct pst_ranges *reached = &tree->reached;
	const bool later = tree->rooted && tree->sure != PST_PROVEN && reached->n && key > reached->at[reached->n - 1].last;

	return later || range_of(&tree->unsettled, key);
}

uint64_t pst_tree_leaf_at(const struct pst_tree *tree, uint64_t key)
{
	const struct pst_ranges *reached = &tree->reached;
	const size_t i = pst_ranges_from(reached, key);

	if (i == reached->n)
		return PSTFIX_NOWHERE;
	return PST_MAX(reached->at[i].lost_id, i ? reached->at[i - 1].lost_id : 0);
}

void pst_tree_deinit(struct pst_tree *tree)
{
	pst_array_deinit(&tree->pages);
	pst_array_deinit(&tree->reached);
	pst_array_deinit(&tree->open);
	pst_array_deinit(&tree->unsettled);
	pst_array_deinit(&tree->lost);
}
