/* Blocks that list others, and reading a block's data: see index.h. */
#include "ndb/index.h"

#include "disk/header.h"

void pst_list_decode(struct pst_list *out, const struct pst_format *f, const uint8_t *data,
                     size_t size)
{
	size_t head;

	memset(out, 0, sizeof *out);
	if (size < f->list_head || size < 4)
		return;
	out->type = data[0];
	out->level = data[1];
	out->n = pst_get16(data + 2);
	if (out->type == PST_LIST_DATA && (out->level == 1 || out->level == 2) && size >= 8) {
		head = 8;
		out->step = f->word;
		out->total = pst_get32(data + 4);
	} else if (out->type == PST_LIST_SUB && out->level <= 1) {
		head = f->list_head;
		out->step = (uint8_t)((out->level ? 2 : 3) * f->word);
	} else {
		out->n = 0;
		return;
	}
	out->entries = data + head;
	out->sound = out->n && out->n <= (size - head) / out->step;
	out->n = (uint32_t)PST_MIN(out->n, (size - head) / out->step);
}

/* Genuine files have garbage in the upper half of subnode ids. */
struct pst_list_entry pst_list_at(const struct pst_list *list, const struct pst_format *f,
                                  uint32_t i)
{
	const uint8_t *p = list->entries + (size_t)i * list->step;
	const uint8_t word = f->word;

	if (list->type == PST_LIST_DATA)
		return (struct pst_list_entry){.data = pst_get(p, word)};
	return (struct pst_list_entry){.nid = pst_get32(p), .data = pst_get(p + word, word),
	                               .sub = list->level ? 0 : pst_get(p + 2 * word, word)};
}

/* From the pass, where it kept a copy. What was written since has a higher id. */
static const uint8_t *kept(const struct pst_index *index, const struct pst_block *block)
{
	return block->id < index->next_block && index->kept
	               ? pst_inventory_copy(index->kept, block->at, block->id, block->size, block->inflated)
	               : NULL;
}

bool pst_block_cut_off(const struct pst_index *index, const struct pst_block *block)
{
	const struct pst_format *f = index->format;
	const uint64_t end = block->at + pst_block_extent(f, block->size);
	uint8_t tail[32];

	return end <= index->io->size && !index->io->read(index->io, tail, f->block_tail, end - f->block_tail, NULL) &&
	       pst_all_bytes(tail, f->block_tail, 0);
}

size_t pst_in_sector(const struct pst_block *block, size_t at)
{
	enum { SECTOR = 512 };

	return PST_MIN((size_t)(SECTOR - (block->at + at) % SECTOR), block->size - at);
}

/* Zeros are where a sector was lost: they are not what they would be, decoded. */
static void decode_around_lost(const struct pst_index *index, const struct pst_block *block, uint8_t *data)
{
	uint8_t stored[PST_BLOCK_MAX];

	memcpy(stored, data, block->size);
	pst_decode(index->encoding, data, block->size, block->id);
	for (size_t at = 0, n; at < block->size; at += n) {
		n = pst_in_sector(block, at);
		if (pst_all_bytes(stored + at, n, 0))
			memset(data + at, 0, n);
	}
}

int64_t pst_block_read(const struct pst_index *index, const struct pst_block *block,
                       struct pst_inflater *inflater, uint8_t *out)
{
	uint8_t stored[PST_BLOCK_MAX];
	bool packed = block->size != block->inflated;
	const uint8_t *copy;

	if (!pst_block_fits(index->format, index->io->size, block->at, block->size) ||
	    block->inflated > pst_block_data(index->format))
		return -1;
	copy = kept(index, block);
	if (copy)
		memcpy(out, copy, block->inflated);
	else if (index->io->read(index->io, packed ? stored : out, block->size, block->at, NULL))
		return -1;
	if (packed && !copy && !pst_inflate(inflater, out, block->inflated, stored, block->size))
		return -1;
	if (!(block->id & PST_INTERNAL) && !packed && block->sure != PST_PROVEN)
		decode_around_lost(index, block, out);
	else if (!(block->id & PST_INTERNAL))
		pst_decode(index->encoding, out, block->inflated, block->id);
	return block->inflated;
}

bool pst_block_proves(const struct pst_index *index, const struct pst_block *block)
{
	const struct pst_format *f = index->format;
	const uint32_t extent = pst_block_extent(f, block->size);
	uint8_t bytes[PST_BLOCK_MAX];
	struct pst_block_tail tail;

	if (block->sure != PST_CLAIMED)
		return block->sure == PST_PROVEN;
	if (!pst_block_fits(f, index->io->size, block->at, block->size) || index->io->read(index->io, bytes, extent, block->at, NULL))
		return false;
	pst_block_tail_decode(&tail, f, bytes + extent - f->block_tail);
	return (tail.id & ~UINT64_C(1)) == block->id && tail.size == block->size && tail.signature == pst_signature(block->at, tail.id) &&
	       tail.crc == pst_crc(bytes, block->size);
}
