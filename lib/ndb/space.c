/* Used space and allocation maps: see space.h. */
#include "ndb/space.h"

#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
	const struct pst_extent *x = a, *y = b;
	int order = PST_ORDER(x->at, y->at);

	order = order ? order : PST_ORDER(x->size, y->size);
	return order ? order : PST_ORDER(x->page, y->page);
}

static void add_pages(struct pst_space *space, const struct pst_tree *tree)
{
	for (size_t i = 0; i < tree->pages.n; i++)
		pst_add(&space->used,
		        ((struct pst_extent){.at = tree->pages.at[i].at, .size = space->format->page,
		                             .page = true}));
}

/* What is live in the inventory, in order of place as it is. */
static void add_found(struct pst_space *space, const struct pst_inventory *inventory)
{
	for (size_t i = 0; i < inventory->found.n; i++) {
		const struct pst_found *found = &inventory->found.at[i];
		bool page = pst_is_index(found->type);

		if (found->flags & PST_FOUND_LIVE && (page || !found->type))
			pst_add(&space->used,
			        ((struct pst_extent){.at = found->at, .page = page,
			                             .size = page ? space->format->page
			                                          : pst_block_extent(space->format, found->size)}));
	}
}

pstfix_status pst_space_derive(struct pst_space *out, const struct pst_index *index,
                               pstfix_error *err)
{
	const struct pst_inventory *inventory = index->nbt.inventory;
	size_t found;

	*out = (struct pst_space){.format = index->format};
	if (index->edited || (inventory && inventory->slim))
		inventory = NULL;
	pst_array_expect(&out->used, inventory ? inventory->found.n : index->blocks.n);
	if (inventory)
		add_found(out, inventory);
	found = out->used.n;
	for (size_t i = 0; i < index->blocks.n; i++) {
		const struct pst_block *block = &index->blocks.at[i];

		if (!inventory || block->sure == PST_CLAIMED)
			pst_add(&out->used,
			        ((struct pst_extent){.at = block->at,
			                             .size = pst_block_extent(index->format, block->size)}));
	}
	if (!inventory) {
		add_pages(out, &index->nbt);
		add_pages(out, &index->bbt);
	}
	if (out->used.failed) {
		pst_space_deinit(out);
		return pst_fail_memory(err);
	}
	if (out->used.n > found)
		pst_sort(out->used.at, out->used.n, sizeof *out->used.at, by_place);
	return PSTFIX_OK;
}

void pst_space_deinit(struct pst_space *space)
{
	pst_array_deinit(&space->used);
}

void pst_bits_set(uint8_t *bits, size_t first, size_t n)
{
	for (; n && first % 8; n--, first++)
		bits[first / 8] |= (uint8_t)(0x80 >> first % 8);
	memset(bits + first / 8, 0xFF, n / 8);
	for (first += n / 8 * 8, n %= 8; n; n--, first++)
		bits[first / 8] |= (uint8_t)(0x80 >> first % 8);
}

uint32_t pst_bits_clear(const uint8_t *bits, size_t size)
{
	uint32_t n = 0;

	for (size_t i = 0; i < size; i++)
		if (bits[i] != 0xFF) /* so are most */
			n += (uint32_t)__builtin_popcount((uint8_t)~bits[i]);
	return n;
}

uint32_t pst_bits_longest_run(const uint8_t *bits, size_t size)
{
	uint32_t run = 0, longest = 0;

	for (size_t i = 0; i < size; i++) {
		for (uint8_t bit = 0x80; bit && bits[i]; bit >>= 1) {
			run = bits[i] & bit ? 0 : run + 1;
			longest = PST_MAX(longest, run);
		}
		run += bits[i] ? 0 : 8;
		longest = PST_MAX(longest, run);
	}
	return longest;
}

uint64_t pst_section_end(const struct pst_format *f, uint64_t end)
{
	return pst_amap_at(f, PST_MAX(pst_sections(f, end), (uint64_t)1));
}

void pst_space_bits(const struct pst_space *space, uint64_t section, uint8_t *bits, size_t *from)
{
	const struct pst_format *f = space->format;
	uint64_t start = pst_amap_at(f, section), end = start + pst_section(f);
	size_t n = (size_t)f->map_bytes * 8;

	memset(bits, 0, f->map_bytes);
	pst_bits_set(bits, 0, pst_map_bytes(f, section) / f->unit);
	if (space->end < end) {
		size_t first = (size_t)((PST_MAX(space->end, start) - start) / f->unit);

		pst_bits_set(bits, first, n - first);
	}
	while (*from < space->used.n && space->used.at[*from].at + space->used.at[*from].size <= start)
		++*from;
	for (size_t i = *from; i < space->used.n && space->used.at[i].at < end; i++) {
		const struct pst_extent *extent = &space->used.at[i];
		uint64_t first = PST_MAX(extent->at, start);
		uint64_t last = PST_MIN(extent->at + extent->size, end);

		if (first < last)
			pst_bits_set(bits, (size_t)((first - start) / f->unit),
			             (size_t)((last - first + f->unit - 1) / f->unit));
	}
}
