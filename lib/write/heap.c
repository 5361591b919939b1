/* Heaps: see heap.h. */
#include "write/heap.h"
#include "ltp/bth.h"

#include <stdlib.h>

/* ---- blocks ----------------------------------------------------------------------- */

static bool has_levels(uint32_t block)
{
	return pst_heap_header_size(block) != PST_HEAP_PAGE;
}

static void begin_page(struct pst_heap_writer *heap, uint32_t number)
{
	heap->page = (struct pst_heap_page){.data = calloc(1, pst_block_data(heap->sink->format)), .number = number};
	heap->at = pst_heap_header_size(number);
	heap->bounds.n = 0;
	pst_add(&heap->bounds, (uint16_t)heap->at);
	pst_add(&heap->parts, ((struct pst_part_put){0}));
	if (!heap->status && (!heap->page.data || heap->bounds.failed || heap->parts.failed))
		heap->status = pst_fail_memory(heap->err);
}

void pst_heap_begin(struct pst_heap_writer *out, struct pst_sink *sink, uint8_t client, pstfix_error *err)
{
	*out = (struct pst_heap_writer){.sink = sink, .err = err};
	begin_page(out, 0);
	if (out->status)
		return;
	out->page.data[2] = PST_HEAP_SIGNATURE;
	out->page.data[3] = client;
}

static void hand_over(struct pst_heap_writer *heap, struct pst_heap_page *page)
{
	struct pst_part_put part = {.size = page->size};

	if (page->data && !heap->status)
		heap->status = heap->sink->put(heap->sink, &part.id, page->data, page->size, false, heap->err);
	if (page->data && !heap->status)
		heap->parts.at[page->number] = part;
	free(page->data);
	*page = (struct pst_heap_page){0};
}

static void set_level(struct pst_heap_writer *heap, uint32_t number, uint32_t end)
{
	struct pst_heap_page *holder = number == heap->page.number && has_levels(number) ? &heap->page
	                               : heap->levels.data                               ? &heap->levels
	                                                                                 : &heap->first;
	const uint32_t at = pst_heap_level_at(number);

	holder->data[at] |= (uint8_t)(pst_heap_fill_right(heap->sink->format, end) << (number % 2 ? 4 : 0));
}

/* Writes the page map. All blocks but the last are full: what is behind the map is zero. */
static void end_page(struct pst_heap_writer *heap, bool last)
{
	const uint32_t n = (uint32_t)heap->bounds.n - 1, map = (heap->at + 1) & ~1u, end = map + 4 + 2 * (n + 1);
	struct pst_heap_page *page = &heap->page;

	if (heap->status)
		return;
	pst_put(page->data, map, 2);
	pst_put(page->data + map, n, 2);
	for (size_t i = 0; i < heap->bounds.n; i++)
		pst_put(page->data + map + 4 + 2 * i, heap->bounds.at[i], 2);
	page->size = last ? end : pst_block_data(heap->sink->format);
	set_level(heap, page->number, end);
	if (!page->number) {
		heap->first = *page;
	} else if (has_levels(page->number)) {
		hand_over(heap, &heap->levels);
		heap->levels = *page;
	} else {
		hand_over(heap, page);
	}
	heap->page = (struct pst_heap_page){0};
}

/* ---- items ------------------------------------------------------------------------ */

uint32_t pst_heap_put(struct pst_heap_writer *heap, const void *data, uint32_t size)
{
	const struct pst_format *f = heap->sink->format;
	const uint32_t items = (1u << f->hid_bits) - 1;
	uint32_t number;

	if (!size || heap->status)
		return 0;
	/* the item, a byte that makes the map's place even, and the map with one bound more */
	if (heap->at + size + 1 + 4 + 2 * (heap->bounds.n + 1) > pst_block_data(f) || heap->bounds.n > items) {
		number = heap->page.number + 1;
		end_page(heap, false);
		begin_page(heap, number);
	}
	if (heap->status)
		return 0;
	memcpy(heap->page.data + heap->at, data, size);
	heap->at += size;
	pst_add(&heap->bounds, (uint16_t)heap->at);
	if (heap->bounds.failed)
		heap->status = pst_fail_memory(heap->err);
	return heap->status ? 0 : pst_hid(f, heap->page.number, (uint32_t)heap->bounds.n - 1);
}

void pst_heap_set(struct pst_heap_writer *heap, uint32_t hid, const void *data)
{
	uint8_t *first = heap->page.number ? heap->first.data : heap->page.data;
	const uint32_t item = pst_hid_item(heap->sink->format, hid);
	uint32_t from, to;

	if (heap->status)
		return;
	if (heap->page.number) {
		from = pst_get16(first + pst_get16(first) + 4 + 2 * (item - 1));
		to = pst_get16(first + pst_get16(first) + 4 + 2 * item);
	} else {
		from = heap->bounds.at[item - 1];
		to = heap->bounds.at[item];
	}
	memcpy(first + from, data, to - from);
}

pstfix_status pst_heap_end(uint64_t *id, struct pst_heap_writer *heap, uint32_t root)
{
	*id = 0;
	end_page(heap, true);
	if (!heap->status)
		pst_put(heap->first.data + 4, root, 4);
	hand_over(heap, &heap->first);
	hand_over(heap, &heap->levels);
	free(heap->page.data);
	if (!heap->status)
		heap->status = pst_put_data_list(id, heap->sink, heap->parts.at, heap->parts.n, heap->err);
	pst_array_deinit(&heap->parts);
	pst_array_deinit(&heap->bounds);
	return heap->status;
}

/* ---- trees ------------------------------------------------------------------------ */

/* One level: items with as many records as fit; returns how many items, whose keys and HIDs are in `out`. */
static size_t put_level(struct pst_heap_writer *heap, uint8_t **out, uint8_t key, const uint8_t *records, size_t step, size_t n)
{
	const size_t each = PST_ITEM_MAX / step, items = (n + each - 1) / each;
	uint8_t *p = *out = calloc(items, key + 4u);

	if (!p) {
		heap->status = pst_fail_memory(heap->err);
		return 0;
	}
	for (size_t i = 0; i < n && !heap->status; i += each, p += key + 4u) {
		memcpy(p, records + i * step, key);
		pst_put(p + key, pst_heap_put(heap, records + i * step, (uint32_t)(PST_MIN(each, n - i) * step)), 4);
	}
	return items;
}

void pst_bth_put(struct pst_heap_writer *heap, uint32_t header, uint8_t key, uint8_t data, const uint8_t *records, size_t n)
{
	uint8_t head[PST_BTH_HEADER] = {PST_CLIENT_BTH, key, data}, *below = NULL, *level = NULL;
	size_t items = n ? put_level(heap, &level, key, records, (size_t)key + data, n) : 0;

	for (; items > 1 && !heap->status; head[3]++) {
		free(below);
		below = level;
		items = put_level(heap, &level, key, below, key + 4u, items);
	}
	if (items && !heap->status)
		pst_put(head + 4, pst_get32(level + key), 4);
	pst_heap_set(heap, header, head);
	free(below);
	free(level);
}
