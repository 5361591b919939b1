/* Pages and blocks: see page.h.
 *
 * All trailers begin alike: two bytes (the page type twice, or the size of a block), a signature
 * that ties id to place, then id and checksum, in the format's order. */
#include "disk/page.h"

/* ---- pages --------------------------------------------------------------- */

static inline size_t page_data(const struct pst_format *f)
{
	return (size_t)f->page - f->page_tail;
}

void pst_page_tail_decode(struct pst_page_tail *out, const struct pst_format *f,
                          const uint8_t *page, uint64_t at)
{
	const uint8_t *tail = page + page_data(f);

	out->type = tail[0];
	out->type_twice = tail[0] == tail[1];
	out->id = pst_get(tail + f->tail_bid, f->word);
	out->crc = pst_get32(tail + f->tail_crc);
	out->signed_here = pst_get16(tail + 2) == pst_signature(at, out->id);
	if (out->type >= PST_FMAP && out->type <= PST_FPMAP)
		out->signed_here = out->id == at && !pst_get16(tail + 2);
}

bool pst_page_crc_right(const struct pst_page_tail *tail, const struct pst_format *f, const uint8_t *page)
{
	return pst_crc(page, page_data(f)) == tail->crc;
}

bool pst_page_prove(struct pst_page_tail *tail, const struct pst_format *f, const uint8_t *page,
                    uint64_t at)
{
	pst_page_tail_decode(tail, f, page, at);
	return tail->type >= PST_BBT && tail->type <= PST_DLIST && tail->type_twice &&
	       tail->signed_here && pst_page_crc_right(tail, f, page);
}

bool pst_page_constant_right(const struct pst_format *f, const uint8_t *page)
{
	return !f->page_extra || pst_get(page + page_data(f) + f->page_extra, 8) == 1;
}

void pst_page_seal(const struct pst_format *f, uint8_t *page, uint64_t at, enum pst_page_type type,
                   uint64_t id)
{
	uint8_t *tail = page + page_data(f);

	tail[0] = tail[1] = (uint8_t)type;
	pst_put(tail + 2, pst_signature(at, id), 2);
	pst_put(tail + f->tail_bid, id, f->word);
	pst_put(tail + f->tail_crc, pst_crc(page, page_data(f)), 4);
	if (f->page_extra)
		pst_put(tail + f->page_extra, 1, 8);
}

void pst_index_page_decode(struct pst_index_page *out, const struct pst_format *f,
                           const uint8_t *page)
{
	const uint8_t *meta = page + f->entries;

	out->count = (uint32_t)pst_get(meta, f->count_width);
	out->count_max = (uint32_t)pst_get(meta + f->count_width, f->count_width);
	out->entry_size = meta[2 * f->count_width];
	out->level = meta[2 * f->count_width + 1];
}

void pst_index_page_encode(const struct pst_index_page *in, const struct pst_format *f,
                           uint8_t *page)
{
	uint8_t *meta = page + f->entries;

	pst_put(meta, in->count, f->count_width);
	pst_put(meta + f->count_width, in->count_max, f->count_width);
	meta[2 * f->count_width] = in->entry_size;
	meta[2 * f->count_width + 1] = in->level;
}

uint8_t pst_entry_size(const struct pst_format *f, enum pst_page_type type, unsigned level)
{
	if (level)
		return f->child_entry;
	return type == PST_NBT ? f->nbt_entry : f->bbt_entry;
}

/* ---- entries --------------------------------------------------------------- */

struct pst_page_ref pst_child_decode(const struct pst_format *f, const uint8_t *p)
{
	return (struct pst_page_ref){.id = pst_get(p + f->word, f->word), .at = pst_get(p + 2 * f->word, f->word)};
}

void pst_bbt_entry_decode(struct pst_bbt_entry *out, const struct pst_format *f, const uint8_t *p)
{
	size_t behind = f->bbt_refs + 2u;

	out->id = pst_get(p, f->word);
	out->at = pst_get(p + f->word, f->word);
	out->size = pst_get16(p + 2 * f->word);
	out->inflated = f->bbt_inflated ? pst_get16(p + f->bbt_inflated) : out->size;
	out->refs = pst_get16(p + f->bbt_refs);
	out->padding = (uint32_t)pst_get(p + behind, f->bbt_entry - behind);
}

void pst_bbt_entry_encode(const struct pst_bbt_entry *in, const struct pst_format *f, uint8_t *p)
{
	size_t behind = f->bbt_refs + 2u;

	pst_put(p, in->id, f->word);
	pst_put(p + f->word, in->at, f->word);
	pst_put(p + 2 * f->word, in->size, 2);
	if (f->bbt_inflated)
		pst_put(p + f->bbt_inflated, in->inflated, 2);
	pst_put(p + f->bbt_refs, in->refs, 2);
	pst_put(p + behind, in->padding, f->bbt_entry - behind);
}

void pst_nbt_entry_decode(struct pst_nbt_entry *out, const struct pst_format *f, const uint8_t *p)
{
	size_t behind = 3u * f->word + 4;

	out->key = pst_get(p, f->word);
	out->data = pst_get(p + f->word, f->word);
	out->sub = pst_get(p + 2 * f->word, f->word);
	out->parent = pst_get32(p + 3 * f->word);
	out->padding = (uint32_t)pst_get(p + behind, f->nbt_entry - behind);
}

void pst_nbt_entry_encode(const struct pst_nbt_entry *in, const struct pst_format *f, uint8_t *p)
{
	size_t behind = 3u * f->word + 4;

	pst_put(p, in->key, f->word);
	pst_put(p + f->word, in->data, f->word);
	pst_put(p + 2 * f->word, in->sub, f->word);
	pst_put(p + 3 * f->word, in->parent, 4);
	pst_put(p + behind, in->padding, f->nbt_entry - behind);
}

/* ---- blocks ---------------------------------------------------------------- */

void pst_block_tail_decode(struct pst_block_tail *out, const struct pst_format *f,
                           const uint8_t *p)
{
	out->size = pst_get16(p);
	out->signature = pst_get16(p + 2);
	out->id = pst_get(p + f->tail_bid, f->word);
	out->crc = pst_get32(p + f->tail_crc);
	out->inflated = f->tail_inflated ? pst_get16(p + f->tail_inflated) : out->size;
	out->extra = 0;
	if (f->block_extra)
		out->extra = pst_get16(p + f->block_extra) |
		             (uint64_t)pst_get32(p + f->block_extra + 4) << 16;
}

void pst_block_tail_encode(const struct pst_block_tail *in, const struct pst_format *f, uint8_t *p)
{
	pst_put(p, in->size, 2);
	pst_put(p + 2, in->signature, 2);
	pst_put(p + f->tail_bid, in->id, f->word);
	pst_put(p + f->tail_crc, in->crc, 4);
	if (f->tail_inflated)
		pst_put(p + f->tail_inflated, in->inflated, 2);
	if (f->block_extra) {
		pst_put(p + f->block_extra, in->extra & 0xFFFF, 2);
		pst_put(p + f->block_extra + 4, in->extra >> 16, 4);
	}
}
