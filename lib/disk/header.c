/* The header: see header.h. */
#include "disk/header.h"

enum { CRC_FROM = 8, CRC_PARTIAL_SIZE = 471, CRC_FULL_SIZE = 516 };

/* One list of fields serves both directions. */
static void transfer(struct pst_header *h, const struct pst_format *f,
                     void (*number)(uint8_t *raw, size_t at, size_t width, void *field, size_t size),
                     void (*bytes)(uint8_t *raw, void *field, size_t size))
{
	const struct pst_header_layout *at = &f->header;
	const uint8_t w = f->word;
	size_t root = at->root + 4u;

#define NUMBER(offset, width, field) number(h->raw, offset, width, &(field), sizeof(field))
	NUMBER(8, 2, h->client);
	NUMBER(10, 2, h->version);
	NUMBER(12, 2, h->version_client);
	NUMBER(at->next_block, w, h->next_block);
	NUMBER(at->next_page, w, h->next_page);
	NUMBER(at->unique, 4, h->unique);
	for (size_t i = 0; i < PST_NID_TYPES; i++)
		NUMBER(at->rgnid + 4 * i, 4, h->rgnid[i]);
	NUMBER(root, w, h->end);
	NUMBER(root + w, w, h->amap_last);
	NUMBER(root + 2u * w, w, h->amap_free);
	NUMBER(root + 3u * w, w, h->pmap_free);
	NUMBER(root + 4u * w, w, h->nbt.id);
	NUMBER(root + 5u * w, w, h->nbt.at);
	NUMBER(root + 6u * w, w, h->bbt.id);
	NUMBER(root + 7u * w, w, h->bbt.at);
	NUMBER(root + 8u * w, 1, h->maps_valid);
	NUMBER(at->sentinel, 1, h->sentinel);
	NUMBER(at->encoding, 1, h->encoding);
#undef NUMBER
	bytes(h->raw + at->fmap, h->fmap, sizeof h->fmap);
	bytes(h->raw + at->fpmap, h->fpmap, sizeof h->fpmap);
}

static void decode_number(uint8_t *raw, size_t at, size_t width, void *field, size_t size)
{
	uint64_t value = pst_get(raw + at, width);

	switch (size) {
	case 1: *(uint8_t *)field = (uint8_t)value; break;
	case 2: *(uint16_t *)field = (uint16_t)value; break;
	case 4: *(uint32_t *)field = (uint32_t)value; break;
	default: *(uint64_t *)field = value; break;
	}
}

static void encode_number(uint8_t *raw, size_t at, size_t width, void *field, size_t size)
{
	uint64_t value;

	switch (size) {
	case 1: value = *(uint8_t *)field; break;
	case 2: value = *(uint16_t *)field; break;
	case 4: value = *(uint32_t *)field; break;
	default: value = *(uint64_t *)field; break;
	}
	pst_put(raw + at, value, width);
}

static void decode_bytes(uint8_t *raw, void *field, size_t size)
{
	memcpy(field, raw, size);
}

static void encode_bytes(uint8_t *raw, void *field, size_t size)
{
	memcpy(raw, field, size);
}

void pst_header_decode(struct pst_header *out, const uint8_t raw[PST_HEADER_SIZE],
                       const struct pst_format *format)
{
	memset(out, 0, sizeof *out);
	memcpy(out->raw, raw, PST_HEADER_SIZE);
	out->magic_right = pst_get32(raw) == PST_MAGIC;
	out->version = pst_get16(raw + 10);
	out->format = pst_format_of_version(out->version);
	if (!format)
		format = out->format;
	if (!format)
		return;
	transfer(out, format, decode_number, decode_bytes);
	out->crc_partial = pst_get32(raw + 4);
	out->crc_partial_right = pst_crc(raw + CRC_FROM, CRC_PARTIAL_SIZE);
	if (format->header.crc_full) {
		out->crc_full = pst_get32(raw + format->header.crc_full);
		out->crc_full_right = pst_crc(raw + CRC_FROM, CRC_FULL_SIZE);
	}
	out->proven = out->magic_right && out->crc_partial == out->crc_partial_right &&
	              out->crc_full == out->crc_full_right;
}

void pst_header_encode(struct pst_header *header)
{
	const struct pst_format *f = header->format;

	pst_put(header->raw, PST_MAGIC, 4);
	transfer(header, f, encode_number, encode_bytes);
	header->crc_partial = pst_crc(header->raw + CRC_FROM, CRC_PARTIAL_SIZE);
	pst_put(header->raw + 4, header->crc_partial, 4);
	if (f->header.crc_full)
		pst_put(header->raw + f->header.crc_full,
		        pst_crc(header->raw + CRC_FROM, CRC_FULL_SIZE), 4);
}

bool pst_header_end_fits(const struct pst_header *header, const struct pst_format *f)
{
	return header->end > f->first_map &&
	       (!((header->end - f->first_map) % pst_section(f)) ||
	        header->amap_last == pst_amap_at(f, pst_sections(f, header->end) - 1));
}

uint32_t pst_rgnid_first(unsigned type)
{
	switch (type) {
	case 3: return 0x4000;
	case 4: return 0x10000;
	case 8: return 0x8000;
	default: return 0x400;
	}
}
