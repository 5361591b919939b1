/* Header and length: [MS-PST] 2.2.2.6.
 *
 * Where magic or checksums are not right, no field is judged. Else each field that follows from other data is compared with it. Sums over the maps are
 * compared with the maps. */
#include "check/report.h"

static void check_proof(struct pst_teller teller, const struct pst_survey *survey)
{
	const struct pst_header *header = &survey->header;

	if (!header->magic_right) {
		PST_TELL(teller, HEADER_MAGIC, .offset = 0, .size = 4);
		return;
	}
	if (!pst_version_fits(header, survey->format))
		PST_TELL(teller, HEADER_VERSION, .offset = 10, .size = 2, .found = header->version,
		         .expected = survey->right.version);
	if (header->crc_partial != header->crc_partial_right)
		PST_TELL(teller, HEADER_CRC_PARTIAL, .offset = 4, .size = 4, .found = header->crc_partial,
		         .expected = header->crc_partial_right);
	if (header->crc_full != header->crc_full_right)
		PST_TELL(teller, HEADER_CRC_FULL, .offset = survey->format->header.crc_full, .size = 4,
		         .found = header->crc_full, .expected = header->crc_full_right);
}

static void check_counters(struct pst_teller teller, const struct pst_survey *survey)
{
	const struct pst_header *header = &survey->header, *right = &survey->right;
	const struct pst_header_layout *at = &survey->format->header;
	const struct pst_index *index = &survey->index;

	if (header->next_block < right->next_block || header->next_block >= pst_id_limit(survey->format))
		PST_TELL(teller, HEADER_NEXT_BLOCK, .offset = at->next_block, .found = header->next_block,
		         .expected = right->next_block - 4);
	if (header->next_page < right->next_page || header->next_page >= pst_id_limit(survey->format))
		PST_TELL(teller, HEADER_NEXT_PAGE, .offset = at->next_page, .found = header->next_page,
		         .expected = right->next_page - 1);
	for (uint32_t type = 0; type < PST_NID_TYPES; type++) {
		uint64_t offset = at->rgnid + 4u * type;

		if (header->rgnid[type] < index->rgnid[type])
			PST_TELL(teller, HEADER_RGNID, .offset = offset, .found = header->rgnid[type],
			         .expected = index->rgnid[type], .nid = index->rgnid[type] << 5 | type);
		else if (header->rgnid[type] < index->rgnid_sub[type])
			PST_TELL(teller, HEADER_RGNID_SUBNODE, .offset = offset,
			         .found = header->rgnid[type], .expected = index->rgnid_sub[type],
			         .nid = index->rgnid_sub[type] << 5 | type);
		if (header->rgnid[type] > right->rgnid[type])
			PST_TELL(teller, HEADER_RGNID_SPENT, .offset = offset, .found = header->rgnid[type],
			         .expected = right->rgnid[type], .nid = right->rgnid[type] << 5 | type);
	}
}

static void check_length(struct pst_teller teller, const struct pst_survey *survey, uint64_t size)
{
	const struct pst_header *header = &survey->header;
	uint64_t end = survey->right.end, at = survey->format->header.root + 4u, last;

	if (!header->proven) {
		if (size != end)
			PST_TELL(teller, FILE_SECTION, .offset = size, .found = size, .expected = end);
	} else if (size < header->end && pst_header_end_fits(header, survey->format)) {
		PST_TELL(teller, FILE_SHORT, .offset = size, .found = size, .expected = header->end);
	} else if (end > header->end && end > size && pst_header_end_fits(header, survey->format)) {
		PST_TELL(teller, FILE_SECTION, .offset = size, .found = size, .expected = end);
	} else if (end != header->end) {
		PST_TELL(teller, HEADER_END, .offset = at, .found = header->end, .expected = end);
	} else if (size > end) {
		PST_TELL(teller, FILE_LONG, .offset = end, .size = size - end, .found = size,
		         .expected = end);
	}
	if (!header->proven || !pst_header_end_fits(header, survey->format))
		return;
	last = pst_amap_at(survey->format, pst_sections(survey->format, header->end) - 1);
	if (header->amap_last != last)
		PST_TELL(teller, HEADER_AMAP_LAST, .offset = at + survey->format->word,
		         .found = header->amap_last, .expected = last);
}

void pst_check_header(struct pstfix_report *report)
{
	const struct pst_survey *survey = &report->survey;
	const struct pst_header *header = &survey->header, *right = &survey->right;
	const struct pst_header_layout *at = &survey->format->header;
	struct pst_teller teller = report->teller;

	check_length(teller, survey, report->file->io->size);
	check_proof(teller, survey);
	if (!header->proven)
		return;
	check_counters(teller, survey);
	if (header->client != right->client)
		PST_TELL(teller, HEADER_CLIENT, .offset = 8, .size = 2, .found = header->client);
	if (header->sentinel != PST_SENTINEL)
		PST_TELL(teller, HEADER_SENTINEL, .offset = at->sentinel, .size = 1,
		         .found = header->sentinel, .expected = PST_SENTINEL);
	if (right->encoding == PST_BY_WINDOWS)
		PST_TELL(teller, HEADER_PROTECTED, .offset = at->encoding, .size = 1);
	else if (header->encoding != right->encoding)
		PST_TELL(teller, HEADER_ENCODING, .offset = at->encoding, .size = 1,
		         .found = header->encoding, .expected = right->encoding);
	if (header->maps_valid != 1 && header->maps_valid != 2)
		PST_TELL(teller, HEADER_MAPS_INVALID, .offset = at->root + 4u + 8u * survey->format->word,
		         .size = 1, .found = header->maps_valid);
}
