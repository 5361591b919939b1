/* Heaps: see heap.h. */
#include "ltp/heap.h"

enum {
	BITMAP = 66,       /* HNBITMAPHDR, of every 128th from the 9th on: with those of the next 128 */
	PAGE = 2,          /* HNPAGEHDR, of all others */
	FILLS = 8, FIRST_BITMAP = 8, BITMAP_EVERY = 128
};

/* ---- items ------------------------------------------------------------------------- */

/* The page map of a block, as far as it lies inside. */
struct map {
	const uint8_t *data; /* of the block */
	uint32_t header, at, n;
	bool cut;
};

static inline enum pst_lookup find_map(struct map *out, const struct pst_heap *heap, uint32_t block)
{
	const uint32_t size = heap->stream.parts.at[block].size;
	const uint8_t *data = pst_stream_part(&heap->stream, block);
	const uint32_t header = pst_heap_header(block);
	uint32_t at, n, room;

	if (!data)
		return PST_MISSING;
	at = size < PAGE ? 0 : pst_get16(data);
	if (at < header || at + PST_HEAP_MAP + 2 > size)
		return PST_BROKEN;
	n = pst_get16(data + at);
	room = (size - at - PST_HEAP_MAP) / 2 - 1;
	*out = (struct map){data, header, at, PST_MIN(n, room), n > room};
	return PST_THERE;
}

/* Where item `i` begins and i - 1 ends, from 1 to n + 1. */
static inline uint32_t bound(const struct map *map, uint32_t i)
{
	return pst_get16(map->data + map->at + PST_HEAP_MAP + 2 * (i - 1));
}

static pstfix_status open_heap(struct pst_heap *out, struct pst_reader *reader, uint64_t id, bool as_found, pstfix_error *err)
{
	const uint8_t *data;
	pstfix_status status;
	struct map map;

	*out = (struct pst_heap){0};
	status = pst_stream_open(&out->stream, reader, id, err);
	out->stream.as_found = as_found;
	if (status || !out->stream.parts.n || out->stream.parts.at[0].size < PST_HEAP_HEADER)
		return status;
	data = pst_stream_part(&out->stream, 0);
	if (data) {
		out->headed = true;
		out->signature = data[2];
		out->client = data[3];
		out->root = pst_get32(data + 4);
	}
	if (!as_found && !find_map(&map, out, 0)) {
		out->map = map.at;
		out->items = PST_MIN(map.n, pst_hid_item(reader->index->format, UINT32_MAX));
	}
	return PSTFIX_OK;
}

pstfix_status pst_heap_open(struct pst_heap *out, struct pst_reader *reader, uint64_t id, pstfix_error *err)
{
	return open_heap(out, reader, id, false, err);
}

pstfix_status pst_heap_open_found(struct pst_heap *out, struct pst_reader *reader, uint64_t id, pstfix_error *err)
{
	return open_heap(out, reader, id, true, err);
}

void pst_heap_deinit(struct pst_heap *heap)
{
	pst_stream_deinit(&heap->stream);
}

bool pst_heap_lost(const struct pst_heap *heap, const struct pst_item *item, uint32_t at, uint32_t size)
{
	const struct pst_part *part = &heap->stream.parts.at[item->block];

	return heap->stream.as_found && part->block->sure != PST_PROVEN && pst_part_lost(part, item->data - item->at, item->at + at, size);
}

/* Whether what the map says of an item, or of itself, is lost. */
static bool is_bound_lost(const struct pst_heap *heap, const struct map *map, uint32_t block, uint32_t i)
{
	const struct pst_item said = {.data = map->data, .block = block};

	return pst_heap_lost(heap, &said, map->at, PST_HEAP_MAP) ||
	       (i <= map->n && pst_heap_lost(heap, &said, map->at + PST_HEAP_MAP + 2 * (i - 1), 4));
}

enum pst_lookup pst_heap_find(struct pst_item *out, const struct pst_heap *heap, uint32_t hid)
{
	const struct pst_format *f = heap->stream.reader->index->format;
	uint32_t block = pst_hid_block(f, hid), i = pst_hid_item(f, hid), from, to;
	enum pst_lookup found;
	struct map map;

	*out = (struct pst_item){0};
	if (!pst_is_hid(hid) || !i)
		return PST_NOT_THERE;
	if (block >= heap->stream.parts.n)
		return heap->stream.cut ? PST_MISSING : PST_NOT_THERE;
	found = find_map(&map, heap, block);
	if (found)
		return found;
	if (heap->stream.as_found && is_bound_lost(heap, &map, block, i))
		return PST_MISSING;
	if (i > map.n)
		return map.cut ? PST_BROKEN : PST_NOT_THERE;
	from = bound(&map, i);
	to = bound(&map, i + 1);
	if (from < map.header || from > to || to > map.at)
		return PST_BROKEN;
	*out = (struct pst_item){map.data + from, to - from, block, from};
	if (!heap->stream.as_found || to == from || !pst_all_bytes(out->data, out->size, 0) || !pst_heap_lost(heap, out, 0, out->size))
		return PST_THERE;
	*out = (struct pst_item){0};
	return PST_MISSING;
}

uint64_t pst_heap_place(const struct pst_heap *heap, uint32_t hid)
{
	struct pst_item item;

	return pst_heap_item(&item, heap, hid) ? PSTFIX_NOWHERE
	                                       : pst_stream_place(&heap->stream, item.block, item.at);
}

/* ---- where things are in a block ----------------------------------------------------- */

uint32_t pst_heap_header(uint32_t block)
{
	return !block ? PST_HEAP_HEADER : pst_heap_has_levels(block) ? BITMAP : PAGE;
}

bool pst_heap_has_levels(uint32_t block)
{
	return !block || block % BITMAP_EVERY == FIRST_BITMAP;
}

uint32_t pst_heap_levels_of(uint32_t block)
{
	return block < FILLS ? 0 : block - (block - FIRST_BITMAP) % BITMAP_EVERY;
}

uint32_t pst_heap_level_at(uint32_t block)
{
	const uint32_t holder = pst_heap_levels_of(block);

	return (holder ? PAGE : PST_HEAP_HEADER - FILLS / 2) + (block - holder) / 2;
}

uint32_t pst_heap_map_end(uint32_t size, uint32_t items)
{
	return ((size + 1) & ~1u) + PST_HEAP_MAP + 2 * (items + 1);
}

/* ---- what the map of a block says ---------------------------------------------------- */

uint8_t pst_heap_fill_right(const struct pst_format *f, uint32_t end)
{
	uint32_t left = pst_block_data(f) - PST_MIN(end, pst_block_data(f));
	uint8_t level = 0;

	while (left < f->heap_free[level])
		level++;
	return level;
}

uint8_t pst_heap_fill(const struct pst_heap *heap, uint32_t block)
{
	const uint32_t holder = pst_heap_levels_of(block), at = pst_heap_level_at(block);
	const uint8_t *data;

	if (holder >= heap->stream.parts.n || heap->stream.parts.at[holder].size < pst_heap_header(holder))
		return UINT8_MAX;
	data = pst_stream_part(&heap->stream, holder);
	return !data ? UINT8_MAX : block % 2 ? data[at] >> 4 : data[at] & 15;
}

void pst_heap_block_facts(struct pst_heap_block *out, const struct pst_heap *heap, uint32_t block)
{
	const struct pst_format *f = heap->stream.reader->index->format;
	uint8_t fill = pst_heap_fill(heap, block);
	struct map map;
	enum pst_lookup found = find_map(&map, heap, block);
	uint32_t last;

	*out = (struct pst_heap_block){.readable = found != PST_MISSING, .fill = fill,
	                               .size = heap->stream.parts.at[block].size};
	if (found || map.cut)
		return;
	out->mapped = true;
	out->map = map.at;
	out->end = map.at + PST_HEAP_MAP + 2 * (map.n + 1);
	out->items = map.n;
	out->freed = pst_get16(map.data + map.at + 2);
	out->lead = bound(&map, 1) - PST_MIN(map.header, bound(&map, 1));
	out->ascending = bound(&map, 1) >= map.header;
	last = bound(&map, 1);
	for (uint32_t i = 1; i <= map.n; i++) {
		const uint32_t next = bound(&map, i + 1);

		out->ascending &= last <= next;
		out->empty += last == next;
		last = next;
	}
	out->ascending = out->ascending && last <= map.at;
	out->gap = map.at - PST_MIN(last, map.at);
	out->blank = pst_all_bytes(map.data + out->end, out->size - out->end, 0);
	out->fill_right = pst_heap_fill_right(f, out->end);
}
