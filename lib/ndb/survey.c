/* What a file says and should say: see survey.h. */
#include "ndb/survey.h"

#include <stdlib.h>

/* ---- the format ------------------------------------------------------------------- */

static bool has_first_map(struct pst_io *io, const struct pst_format *f)
{
	uint8_t page[PST_PAGE_MAX];
	struct pst_page_tail tail;

	return io->size >= f->first_map + (uint64_t)f->page &&
	       !io->read(io, page, f->page, f->first_map, NULL) &&
	       pst_page_prove(&tail, f, page, f->first_map) && tail.type == PST_AMAP;
}

/* The format whose first allocation map is there, that which the header names before others. */
static const struct pst_format *probe_maps(struct pst_io *io, const struct pst_format *named)
{
	if (named && has_first_map(io, named))
		return named;
	for (size_t i = 0; i < PST_FORMATS; i++)
		if (has_first_map(io, &pst_formats[i]))
			return &pst_formats[i];
	return NULL;
}

pstfix_status pst_survey_open(struct pst_header *header, const struct pst_format **format,
                              bool *from_content, uint64_t *work, struct pst_io *io,
                              pstfix_error *err)
{
	uint8_t raw[PST_HEADER_SIZE] = {0};
	const struct pst_format *probed;
	pstfix_status status = PSTFIX_OK, unread;

	*work = 0;
	if (io->size < PST_HEADER_SIZE)
		return pst_fail(err, PSTFIX_ERROR_FORMAT, 0, 0,
		                "too short for a PST or OST: %llu bytes, the header alone has %d",
		                (unsigned long long)io->size, PST_HEADER_SIZE);
	unread = io->read(io, raw, sizeof raw, 0, err);
	if (unread)
		memset(raw, 0, sizeof raw);
	pst_header_decode(header, raw, NULL);
	*format = header->format;
	probed = probe_maps(io, header->format);
	if (header->proven && (!probed || probed == header->format)) {
		*from_content = false;
		return PSTFIX_OK;
	}
	*from_content = true;
	*format = probed;
	if (!*format)
		status = pst_scan_format(format, work, io, err);
	if (!status && !*format && unread)
		return unread; /* which is why nothing proves itself */
	if (!status && !*format && header->magic_right)
		*format = header->format;
	if (!status && !*format && header->magic_right)
		return pst_fail(err, PSTFIX_ERROR_FORMAT, 0, 10,
		                "no PST or OST: version %u is unknown, and no page or block in the file proves itself", header->version);
	if (!status && !*format)
		return pst_fail(err, PSTFIX_ERROR_FORMAT, 0, 0,
		                "not a PST or OST: expected !BDN at the start, found %02X %02X %02X %02X, "
		                "and no page or block in it proves itself",
		                raw[0], raw[1], raw[2], raw[3]);
	if (!status)
		pst_header_decode(header, raw, *format);
	return status;
}

/* ---- the header as it should be ------------------------------------------------------ */

static void default_identity(struct pst_header *right, const struct pst_header *header)
{
	const struct pst_format *f = right->format;

	if (!header->magic_right)
		memset(right->raw, 0, sizeof right->raw);
	if (!right->raw[14])
		right->raw[14] = 1; /* bPlatformCreate */
	if (!right->raw[15])
		right->raw[15] = 1; /* bPlatformAccess */
	if (!pst_client_known(right->client))
		right->client = f->client;
	if (!pst_version_fits(header, f))
		right->version = f->version;
	if (!header->magic_right || !right->version_client)
		right->version_client = f->version_client;
	right->sentinel = PST_SENTINEL;
	if (!header->proven) {
		memset(right->fmap, f->pmap_every ? 0xFF : 0, sizeof right->fmap);
		memset(right->fpmap, f->pmap_every ? 0xFF : 0, sizeof right->fpmap);
	}
}

/* Heaps begin with known bytes, so that a few of them tell how blocks are encoded. */
static uint8_t right_encoding(const struct pst_header *header, const struct pst_inventory *inventory)
{
	uint8_t said = header->encoding;
	uint64_t all = 0;
	size_t best = 0;

	for (size_t i = 0; i < PST_COUNT(inventory->heaps); i++) {
		if (i && inventory->heaps[i] > inventory->heaps[best])
			best = i;
		all += inventory->heaps[i];
	}
	/* by chance, as in an encrypted file, heaps would seem to be there by all methods alike */
	if (said == PST_BY_WINDOWS && header->proven && inventory->heaps[best] < 3 * (all - inventory->heaps[best]) + 3)
		return said;
	if (said < PST_COUNT(inventory->heaps) &&
	    inventory->heaps[best] <= 2 * inventory->heaps[said] + 2)
		return said;
	return (uint8_t)best;
}

/* Highest ids of blocks and index pages in use. */
static void highest_used(const struct pst_index *index, uint64_t *block, uint64_t *page)
{
	*block = *page = 0;
	for (size_t i = 0; i < index->blocks.n; i++)
		*block = PST_MAX(*block, index->blocks.at[i].id);
	for (size_t i = 0; i < index->nbt.pages.n; i++)
		*page = PST_MAX(*page, index->nbt.pages.at[i].id);
	for (size_t i = 0; i < index->bbt.pages.n; i++)
		*page = PST_MAX(*page, index->bbt.pages.at[i].id);
}

/* Also of what is in no index. */
static void highest_found(const struct pst_survey *survey, uint64_t *block, uint64_t *page)
{
	*block = survey->highest_block;
	*page = survey->highest_page;
	for (size_t i = 0; i < survey->inventory.found.n; i++) {
		const struct pst_found *found = &survey->inventory.found.at[i];

		if (found->sure != PST_PROVEN || found->id >= pst_id_limit(survey->format) / 2)
			continue; /* no counter gets that far by itself */
		if (!found->type)
			*block = PST_MAX(*block, found->id);
		else if (pst_is_index(found->type))
			*page = PST_MAX(*page, found->id);
	}
}

void pst_survey_highest(const struct pst_survey *survey, uint64_t *block, uint64_t *page)
{
	uint64_t used_block, used_page;

	highest_used(&survey->index, &used_block, &used_page);
	highest_found(survey, block, page);
	*block = PST_MAX(*block, used_block);
	*page = PST_MAX(*page, used_page);
}

static void raise_counters(struct pst_survey *survey)
{
	struct pst_header *right = &survey->right;
	const struct pst_header *header = &survey->header;
	uint64_t limit = pst_id_limit(survey->format), block, page;
	const struct pst_found *list;

	highest_used(&survey->index, &block, &page);
	if (!header->proven || header->next_block >= limit || header->next_page >= limit) {
		pst_survey_highest(survey, &block, &page);
		right->next_block = right->next_page = 0;
	}
	list = pst_inventory_at(&survey->inventory, survey->format->density_list, PST_DLIST);
	if (list && list->id && list->id < limit / 2) /* it has the id that is next when it is written */
		page = PST_MAX(page, list->id - 1);
	right->next_block = PST_MAX(right->next_block, (block & ~UINT64_C(3)) + 4);
	right->next_page = PST_MAX(right->next_page, page + 1);
	if (!header->proven)
		right->unique = (uint32_t)PST_MIN(PST_MAX(right->next_block, right->next_page) + 1,
		                                  (uint64_t)UINT32_MAX);
}

/* Counters that Outlook raises together. */
static void raise_rgnid(struct pst_survey *survey)
{
	static const uint8_t with_folders[] = {13, 14, 15}, with_searches[] = {6, 7, 16};
	struct pst_header *right = &survey->right;
	const struct pst_index *index = &survey->index;

	for (unsigned type = 0; type < PST_NID_TYPES; type++) {
		if (!survey->header.proven || right->rgnid[type] >= PST_NID_INDEX_MAX)
			right->rgnid[type] = PST_MAX(pst_rgnid_first(type), index->rgnid_sub[type]);
		right->rgnid[type] = PST_MAX(right->rgnid[type], index->rgnid[type]);
	}
	if (survey->header.proven)
		return;
	for (size_t i = 0; i < PST_COUNT(with_folders); i++) {
		right->rgnid[with_folders[i]] = PST_MAX(right->rgnid[with_folders[i]], right->rgnid[2]);
		right->rgnid[with_searches[i]] = PST_MAX(right->rgnid[with_searches[i]], right->rgnid[3]);
	}
}

/* The last map says that nothing lies behind the end of the file: so very old clients left it. */
static bool ends_inside_section(const struct pst_survey *survey, struct pst_io *io)
{
	const struct pst_format *f = survey->format;
	uint64_t section = pst_sections(f, io->size) - 1, at = pst_amap_at(f, section);
	uint8_t page[PST_PAGE_MAX];
	size_t first = (size_t)((io->size - at + f->unit - 1) / f->unit);

	if (!pst_inventory_page(&survey->inventory, io, at, PST_AMAP, page))
		return false;
	for (size_t i = first; i < (size_t)f->map_bytes * 8; i++)
		if (!(page[f->map_at + i / 8] & 0x80 >> i % 8))
			return false;
	return true;
}

/* Where no header tells where the file ends, a last section of which only a part is there is behind the
 * end, if it has no map and nothing that is needed. */
static uint64_t found_end(const struct pst_survey *survey, const struct pst_io *io, uint64_t live)
{
	const struct pst_format *f = survey->format;
	uint64_t last = pst_amap_at(f, pst_sections(f, io->size) - 1);
	bool part = io->size > last && (io->size - last) % pst_section(f);

	return part && live <= last && !pst_inventory_at(&survey->inventory, last, PST_AMAP) ? last : io->size;
}

static uint64_t right_end(const struct pst_survey *survey, struct pst_io *io)
{
	const struct pst_header *header = &survey->header;
	uint64_t live = 0, end;

	for (size_t i = 0; i < survey->space.used.n; i++)
		live = PST_MAX(live, survey->space.used.at[i].at + survey->space.used.at[i].size);
	if (header->proven && header->end == io->size && live <= io->size &&
	    io->size > survey->format->first_map && ends_inside_section(survey, io))
		return io->size;
	end = header->proven && pst_header_end_fits(header, survey->format) ? PST_MIN(header->end, io->size)
	                                                                    : found_end(survey, io, live);
	return pst_section_end(survey->format, PST_MAX(end, live));
}

void pst_survey_settle(struct pst_survey *survey, struct pst_io *io)
{
	struct pst_header *right = &survey->right;

	*right = survey->header;
	right->format = survey->format;
	default_identity(right, &survey->header);
	right->encoding = survey->index.encoding;
	right->nbt = survey->index.nbt.root;
	right->bbt = survey->index.bbt.root;
	raise_counters(survey);
	raise_rgnid(survey);
	right->end = survey->space.end = right_end(survey, io);
	right->amap_last = pst_amap_at(survey->format, pst_sections(survey->format, right->end) - 1);
	if (right->maps_valid != 1)
		right->maps_valid = 2;
}

/* ---- all of it -------------------------------------------------------------------------- */

pstfix_status pst_survey_make(struct pst_survey *out, struct pst_io *io,
                              const struct pst_header *header, const struct pst_format *format,
                              const struct pst_scan_options *options, struct pst_teller teller,
                              pstfix_error *err)
{
	pstfix_status status;

	memset(out, 0, sizeof *out);
	out->format = format;
	out->header = *header;
	status = pst_scan(&out->inventory, io, format, options, err);
	if (!status)
		status = pst_index_derive(&out->index, io, &out->inventory, header,
		                          right_encoding(header, &out->inventory), options->removed, teller, err);
	if (!status)
		status = pst_space_derive(&out->space, &out->index, err);
	if (status)
		pst_survey_deinit(out);
	else
		pst_survey_settle(out, io);
	return status;
}

void pst_survey_slim(struct pst_survey *survey)
{
	highest_found(survey, &survey->highest_block, &survey->highest_page);
	pst_inventory_slim(&survey->inventory);
	pst_space_deinit(&survey->space);
}

void pst_survey_deinit(struct pst_survey *survey)
{
	pst_space_deinit(&survey->space);
	pst_index_deinit(&survey->index);
	pst_inventory_deinit(&survey->inventory);
}
