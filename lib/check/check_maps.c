/* Allocation maps and what repeats them: [MS-PST] 2.2.2.7.2 to 2.2.2.7.6.
 *
 * Every map is compared with the one that follows from the indexes. In old files the page maps offer
 * pages that the allocation map counts as used; these are no leak. Where a page does not prove
 * itself, nothing in it is judged.
 *
 * Tests: page proof of AMap, PMap, FMap, FPMap and DList; AMap bits both ways; PMap bits; FMap bytes
 * here and in the header; DList entries; cbAMapFree, cbPMapFree. */
#include "check/report.h"

#include <stdlib.h>

struct maps {
	struct pstfix_report *report;
	const struct pst_survey *survey;
	const struct pst_format *format;
	uint64_t sections;      /* that lie in the file */
	uint32_t *free;         /* for each section, how many bits are clear; UINT32_MAX: unknown */
	uint8_t pmap[PST_PAGE_MAX]; /* the page map of the section in hand */
	bool pmap_proven;
	uint64_t amap_free, pmap_free;
	bool all_amaps, all_pmaps;
};

static struct pst_found *proven(const struct maps *maps, uint64_t at, enum pst_page_type type)
{
	return pst_inventory_at(&maps->survey->inventory, at, (uint8_t)type);
}

static bool read_map(struct maps *maps, uint8_t *out, uint64_t at, enum pst_page_type type)
{
	return pst_inventory_page(&maps->survey->inventory, maps->report->file->io, at, type, out);
}

static void check_constant(const struct maps *maps, const uint8_t *page, uint64_t at)
{
	if (!pst_page_constant_right(maps->format, page))
		PST_TELL(maps->report->teller, MAP_CONSTANT, .offset = at, .size = maps->format->page);
}

static bool bit(const uint8_t *bits, size_t i)
{
	return bits[i / 8] & 0x80 >> i % 8;
}

/* ---- page maps ------------------------------------------------------------------------ */

/* Pages behind the end of the file are not to be had. */
static void check_pmap_end(const struct maps *maps, uint64_t section, uint64_t at)
{
	const struct pst_format *f = maps->format;
	size_t pages = (size_t)f->map_bytes * 8;
	size_t first = (size_t)(PST_MIN(maps->sections - section, (uint64_t)f->pmap_every) * pages / f->pmap_every);
	uint32_t used = pst_count_used(maps->pmap + f->map_at, first, pages - first);

	if (used < pages - first)
		PST_TELL(maps->report->teller, PMAP_BITS, .offset = at, .size = f->page,
		         .count = pages - first - used);
}

static void load_pmap(struct maps *maps, uint64_t section)
{
	uint64_t at = pst_map_at(maps->format, section, PST_PMAP);

	if (!at)
		return;
	maps->pmap_proven = read_map(maps, maps->pmap, at, PST_PMAP);
	if (maps->pmap_proven) {
		maps->pmap_free += (uint64_t)pst_bits_clear(maps->pmap + maps->format->map_at,
		                                            maps->format->map_bytes) *
		                   maps->format->page;
		check_pmap_end(maps, section, at);
		return;
	}
	maps->all_pmaps = false;
	PST_TELL(maps->report->teller, PMAP_PAGE, .offset = at, .size = maps->format->page);
}

/* Sets in `right` the units of pages that the page map offers; returns how many of these are not
 * set apart in `stored` or are used already. */
static uint32_t add_pool(const struct maps *maps, uint64_t section, uint8_t *right,
                         const uint8_t *stored)
{
	const struct pst_format *f = maps->format;
	size_t per_page = f->page / f->unit, pages = (size_t)f->map_bytes * 8 / per_page;
	size_t first = f->pmap_every ? (size_t)(section % f->pmap_every) * pages : 0;
	uint32_t wrong = 0;

	for (size_t i = 0; maps->pmap_proven && i < pages; i++) {
		bool bad = false;

		if (bit(maps->pmap + f->map_at, first + i))
			continue;
		for (size_t k = i * per_page; k < (i + 1) * per_page; k++)
			bad |= bit(right, k) || !bit(stored, k);
		wrong += bad;
		if (!bad)
			pst_bits_set(right, i * per_page, per_page);
	}
	return wrong;
}

/* ---- allocation maps -------------------------------------------------------------------- */

static bool is_sure(const struct maps *maps, uint64_t section)
{
	return maps->format->pmap_every || !section;
}

static void compare_bits(struct maps *maps, uint64_t section, const uint8_t *stored,
                         const uint8_t *right)
{
	struct pst_teller teller = maps->report->teller;
	uint64_t at = pst_amap_at(maps->format, section);
	uint32_t missing = 0, leaked = 0;

	if (!memcmp(stored, right, maps->format->map_bytes))
		return;
	for (size_t i = 0; i < maps->format->map_bytes; i++) {
		uint8_t lacks = (uint8_t)(right[i] & ~stored[i]), over = (uint8_t)(stored[i] & ~right[i]);

		if (lacks || over) {
			missing += (uint32_t)__builtin_popcount(lacks);
			leaked += (uint32_t)__builtin_popcount(over);
		}
	}
	if (missing && is_sure(maps, section))
		PST_TELL(teller, AMAP_MISSING, .offset = at, .size = maps->format->page, .count = missing);
	else if (missing)
		PST_TELL(teller, AMAP_UNSURE, .offset = at, .size = maps->format->page, .count = missing);
	if (leaked)
		PST_TELL(teller, AMAP_LEAK, .offset = at, .size = maps->format->page, .count = leaked);
}

static void check_amap(struct maps *maps, uint64_t section, size_t *from)
{
	const struct pst_format *f = maps->format;
	uint64_t at = pst_amap_at(f, section);
	uint8_t page[PST_PAGE_MAX], right[PST_PAGE_MAX];
	const uint8_t *stored = page + f->map_at;
	uint32_t wrong;

	maps->free[section] = UINT32_MAX;
	load_pmap(maps, section);
	if (!read_map(maps, page, at, PST_AMAP)) {
		maps->all_amaps = false;
		if (is_sure(maps, section))
			PST_TELL(maps->report->teller, AMAP_PAGE, .offset = at, .size = f->page);
		else
			PST_TELL(maps->report->teller, AMAP_UNSURE, .offset = at, .size = f->page,
			         .count = 0);
		return;
	}
	if (is_sure(maps, section))
		check_constant(maps, page, at);
	maps->free[section] = pst_bits_clear(stored, f->map_bytes);
	maps->amap_free += (uint64_t)maps->free[section] * f->unit;
	pst_space_bits(&maps->survey->space, section, right, from);
	wrong = add_pool(maps, section, right, stored);
	if (wrong)
		PST_TELL(maps->report->teller, PMAP_BITS,
		         .offset = pst_map_at(f, section - section % f->pmap_every, PST_PMAP),
		         .size = f->page, .count = wrong);
	compare_bits(maps, section, stored, right);
}

/* ---- free maps -------------------------------------------------------------------------- */

/* 255 is what newer clients write; too low a value does no harm. */
static void check_fmap_byte(struct maps *maps, uint64_t section, uint8_t value)
{
	uint64_t at = pst_amap_at(maps->format, section);
	uint8_t page[PST_PAGE_MAX];
	uint32_t longest;

	if (section >= maps->sections || value == 0xFF || !value || !read_map(maps, page, at, PST_AMAP))
		return;
	longest = PST_MIN(pst_bits_longest_run(page + maps->format->map_at, maps->format->map_bytes), 255u);
	if (value > longest)
		PST_TELL(maps->report->teller, FMAP_BYTES, .offset = at, .found = value,
		         .expected = longest);
}

static void check_free_maps(struct maps *maps)
{
	const struct pst_format *f = maps->format;
	struct pst_teller teller = maps->report->teller;
	uint8_t page[PST_PAGE_MAX];

	for (uint64_t i = 0; i < PST_MAP_ARRAY && maps->survey->header.proven; i++)
		check_fmap_byte(maps, i, maps->survey->header.fmap[i]);
	for (uint64_t section = 0; section < maps->sections; section++) {
		uint64_t fmap = pst_map_at(f, section, PST_FMAP);
		uint64_t fpmap = pst_map_at(f, section, PST_FPMAP);

		if (fmap && !read_map(maps, page, fmap, PST_FMAP))
			PST_TELL(teller, FMAP_PAGE, .offset = fmap, .size = f->page);
		else if (fmap)
			for (uint64_t i = 0; i < f->map_bytes; i++)
				check_fmap_byte(maps, section + i, page[f->map_at + i]);
		if (fpmap && !proven(maps, fpmap, PST_FPMAP) && !proven(maps, fpmap + f->page, PST_FPMAP))
			PST_TELL(teller, FPMAP_PAGE, .offset = fpmap, .size = f->page);
	}
}

/* ---- density list ------------------------------------------------------------------------ */

static void check_density_list(struct maps *maps)
{
	const struct pst_format *f = maps->format;
	const struct pst_header *header = &maps->survey->header;
	struct pst_io *io = maps->report->file->io;
	struct pst_teller teller = maps->report->teller;
	uint64_t at = f->density_list;
	uint8_t page[PST_PAGE_MAX];
	bool old;

	if (at + f->page > io->size || io->read(io, page, f->page, at, NULL))
		return;
	if (!proven(maps, at, PST_DLIST)) {
		/* clients before the list keep free maps instead, and nothing here */
		old = f->pmap_every && header->proven &&
		      (!pst_all_bytes(header->fmap, PST_MAP_ARRAY, 0xFF) ||
		       !pst_all_bytes(header->fpmap, PST_MAP_ARRAY, 0xFF)) &&
		      pst_all_bytes(page, f->page, 0);
		if (!old)
			PST_TELL(teller, DLIST_PAGE, .offset = at, .size = f->page);
		return;
	}
	check_constant(maps, page, at);
	for (size_t i = 0; i < PST_MIN(page[1], f->density_entries); i++) {
		uint32_t entry = pst_get32(page + 8 + 4 * i);
		uint32_t section = entry & 0xFFFFF, free = entry >> 20;

		if (section >= maps->sections)
			PST_TELL(teller, DLIST_ENTRY, .offset = pst_amap_at(f, section), .found = free);
		else if (maps->free[section] != UINT32_MAX && PST_MIN(maps->free[section], 0xFFFu) != free)
			PST_TELL(teller, DLIST_ENTRY, .offset = pst_amap_at(f, section), .found = free,
			         .expected = maps->free[section]);
	}
}

static void check_sums(struct maps *maps)
{
	const struct pst_header *header = &maps->survey->header;
	uint64_t at = maps->format->header.root + 4u + 2u * maps->format->word;

	maps->report->survey.right.amap_free = maps->amap_free;
	maps->report->survey.right.pmap_free = maps->pmap_free;
	if (!header->proven || (pst_header_end_fits(header, maps->format) &&
	                        maps->report->file->io->size < header->end))
		return;
	if (maps->all_amaps && header->amap_free != maps->amap_free)
		PST_TELL(maps->report->teller, HEADER_AMAP_FREE, .offset = at,
		         .found = header->amap_free, .expected = maps->amap_free);
	if (maps->all_pmaps && header->pmap_free != maps->pmap_free)
		PST_TELL(maps->report->teller, HEADER_PMAP_FREE, .offset = at + maps->format->word,
		         .found = header->pmap_free, .expected = maps->pmap_free);
}

pstfix_status pst_check_maps(struct pstfix_report *report, pstfix_error *err)
{
	struct maps maps = {.report = report, .survey = &report->survey,
	                    .format = report->survey.format, .all_amaps = true, .all_pmaps = true};
	size_t from = 0;

	maps.sections = pst_sections(maps.format, PST_MIN(report->file->io->size, maps.survey->right.end));
	maps.free = malloc(((size_t)maps.sections + 1) * sizeof *maps.free);
	if (maps.free) {
		for (uint64_t section = 0; section < maps.sections; section++)
			check_amap(&maps, section, &from);
		if (maps.format->pmap_every)
			check_free_maps(&maps);
		check_density_list(&maps);
		check_sums(&maps);
	}
	free(maps.free);
	return maps.free ? PSTFIX_OK : pst_fail_memory(err);
}
