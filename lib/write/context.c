/* Heaps, trees, contexts made anew: see context.h. */
#include "write/context.h"

#include <assert.h>
#include <stdlib.h>

/* ---- heaps ----------------------------------------------------------------------------- */

static uint32_t items_max(const struct pst_format *f)
{
	return (1u << f->hid_bits) - 1;
}

static uint32_t blocks_max(const struct pst_format *f)
{
	return 1u << (32 - 5 - f->hid_bits);
}

static pstfix_status begin_page(struct pst_heap_writer *writer, struct pst_heap_page *page, pstfix_error *err)
{
	const struct pst_format *f = writer->sink->format;
	size_t place;
	pstfix_status status;

	if (writer->tree.ids.n == blocks_max(f))
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "a heap cannot have so many blocks");
	status = pst_data_writer_reserve(&writer->tree, &place, err);
	if (status)
		return status;
	if (!page->data)
		page->data = malloc(pst_block_data(f));
	if (!page->bounds)
		page->bounds = malloc((items_max(f) + 1) * sizeof *page->bounds);
	if (!page->data || !page->bounds)
		return pst_fail_memory(err);
	memset(page->data, 0, pst_block_data(f));
	page->number = (uint32_t)place;
	page->size = pst_heap_header(page->number);
	page->bounds[0] = (uint16_t)page->size;
	page->items = page->end = 0;
	writer->current = page;
	return PSTFIX_OK;
}

pstfix_status pst_heap_writer_begin(struct pst_heap_writer *out, struct pst_sink *sink, uint8_t client, pstfix_error *err)
{
	pstfix_status status;

	*out = (struct pst_heap_writer){.sink = sink, .client = client};
	pst_data_writer_init(&out->tree, sink);
	status = begin_page(out, &out->first, err);
	if (status)
		pst_heap_writer_deinit(out);
	return status;
}

static void page_deinit(struct pst_heap_page *page)
{
	free(page->data);
	free(page->bounds);
	*page = (struct pst_heap_page){0};
}

void pst_heap_writer_deinit(struct pst_heap_writer *writer)
{
	page_deinit(&writer->first);
	page_deinit(&writer->levels);
	page_deinit(&writer->page);
	pst_data_writer_deinit(&writer->tree);
}

/* Whether a block can have so many items, and data up to `size`. */
static bool page_fits(const struct pst_format *f, uint32_t size, uint32_t items)
{
	return items <= items_max(f) && pst_heap_map_end(size, items) <= pst_block_data(f);
}

static void write_map(struct pst_heap_page *page)
{
	const uint32_t end = pst_heap_map_end(page->size, page->items), at = end - pst_heap_map_end(0, page->items);
	uint32_t empty = 0;
	uint8_t *map = page->data + at;

	for (uint32_t i = 0; i < page->items; i++)
		empty += page->bounds[i] == page->bounds[i + 1];
	pst_put(page->data, at, 2);
	pst_put(map, page->items, 2);
	pst_put(map + 2, empty, 2);
	for (uint32_t i = 0; i <= page->items; i++)
		pst_put(map + 4 + 2 * i, page->bounds[i], 2);
	page->end = end;
}

static void set_level(struct pst_heap_writer *writer, const struct pst_heap_page *page)
{
	struct pst_heap_page *holder = pst_heap_levels_of(page->number) ? &writer->levels : &writer->first;
	const uint8_t level = pst_heap_fill_right(writer->sink->format, page->end);

	holder->data[pst_heap_level_at(page->number)] |= (uint8_t)(level << (page->number % 2 * 4));
}

static pstfix_status put_page(struct pst_heap_writer *writer, struct pst_heap_page *page, bool last, pstfix_error *err)
{
	const uint32_t size = last ? page->end : pst_block_data(writer->sink->format);

	return pst_data_writer_put(&writer->tree, page->number, page->data, size, err);
}

/* A block with levels waits until those are known, and takes the place of the one before. */
static pstfix_status end_page(struct pst_heap_writer *writer, bool last, pstfix_error *err)
{
	struct pst_heap_page page;
	pstfix_status status = PSTFIX_OK;

	if (writer->current == &writer->first)
		return PSTFIX_OK;
	write_map(&writer->page);
	if (!pst_heap_has_levels(writer->page.number)) {
		set_level(writer, &writer->page);
		return put_page(writer, &writer->page, last, err);
	}
	if (writer->levels.data)
		status = put_page(writer, &writer->levels, false, err);
	page = writer->page;
	writer->page = writer->levels;
	writer->levels = page;
	set_level(writer, &writer->levels);
	return status;
}

uint32_t pst_heap_writer_room(const struct pst_heap_writer *writer)
{
	const struct pst_heap_page *page = writer->current;
	const struct pst_format *f = writer->sink->format;
	const uint32_t end = pst_heap_map_end(page->size, page->items + 1);

	return page->items < items_max(f) ? (pst_block_data(f) - PST_MIN(end, pst_block_data(f))) & ~1u : 0;
}

pstfix_status pst_heap_writer_add(struct pst_heap_writer *writer, uint32_t *hid, const void *data, size_t size,
                                  pstfix_error *err)
{
	const struct pst_format *f = writer->sink->format;
	struct pst_heap_page *page = writer->current;
	pstfix_status status = PSTFIX_OK;

	assert(size && size <= PST_HEAP_ITEM);
	if (!page_fits(f, page->size + (uint32_t)size, page->items + 1)) {
		status = end_page(writer, false, err);
		if (!status)
			status = begin_page(writer, &writer->page, err);
		page = &writer->page;
	}
	if (status)
		return status;
	if (data)
		memcpy(page->data + page->size, data, size);
	page->size += (uint32_t)size;
	page->bounds[++page->items] = (uint16_t)page->size;
	*hid = pst_hid(f, page->number, page->items);
	return PSTFIX_OK;
}

uint8_t *pst_heap_writer_item(struct pst_heap_writer *writer, uint32_t hid)
{
	assert(!pst_hid_block(writer->sink->format, hid));
	return writer->first.data + writer->first.bounds[pst_hid_item(writer->sink->format, hid) - 1];
}

void pst_heap_writer_shrink(struct pst_heap_writer *writer, uint32_t hid, uint32_t size)
{
	struct pst_heap_page *page = &writer->first;
	const uint32_t i = pst_hid_item(writer->sink->format, hid), end = page->bounds[i];
	const uint32_t less = end - page->bounds[i - 1] - size;

	memmove(page->data + end - less, page->data + end, page->size - end);
	page->size -= less;
	memset(page->data + page->size, 0, less);
	for (uint32_t k = i; k <= page->items; k++)
		page->bounds[k] = (uint16_t)(page->bounds[k] - less);
}

static pstfix_status end_first(struct pst_heap_writer *writer, uint32_t root, pstfix_error *err)
{
	struct pst_heap_page *first = &writer->first;

	write_map(first);
	first->data[2] = PST_HEAP_SIGNATURE;
	first->data[3] = writer->client;
	pst_put(first->data + 4, root, 4);
	set_level(writer, first);
	return put_page(writer, first, writer->tree.ids.n == 1, err);
}

pstfix_status pst_heap_writer_end(struct pst_heap_writer *writer, uint64_t *data, uint32_t root, pstfix_error *err)
{
	const bool waiting = writer->current == &writer->page && pst_heap_has_levels(writer->page.number);
	pstfix_status status = end_page(writer, true, err);

	if (!status && writer->levels.data)
		status = put_page(writer, &writer->levels, waiting, err);
	if (!status)
		status = end_first(writer, root, err);
	return status ? status : pst_data_writer_end(&writer->tree, data, err);
}

/* ---- trees ----------------------------------------------------------------------------- */

enum { BTH_HEADER = 8, BTH_HID = 4 };

static uint32_t record_size(const struct pst_bth_writer *writer, unsigned level)
{
	return writer->key + (level ? BTH_HID : (uint32_t)writer->data);
}

static uint32_t records_max(const struct pst_bth_writer *writer, unsigned level)
{
	return PST_HEAP_ITEM / record_size(writer, level);
}

pstfix_status pst_bth_writer_begin(struct pst_bth_writer *out, struct pst_heap_writer *heap, uint8_t key, uint8_t data,
                                   uint64_t records, pstfix_error *err)
{
	uint8_t header[BTH_HEADER] = {PST_CLIENT_BTH, key, data};
	pstfix_status status;

	*out = (struct pst_bth_writer){.heap = heap, .key = key, .data = data};
	status = pst_heap_writer_add(heap, &out->header, header, sizeof header, err);
	return status ? status : pst_bth_writer_expect(out, records, err);
}

pstfix_status pst_bth_writer_expect(struct pst_bth_writer *writer, uint64_t records, pstfix_error *err)
{
	writer->left = records;
	if (!records || records > records_max(writer, 0))
		return PSTFIX_OK;
	return pst_heap_writer_add(writer->heap, &writer->leaf, NULL, (size_t)records * record_size(writer, 0), err);
}

void pst_bth_writer_deinit(struct pst_bth_writer *writer)
{
	for (unsigned level = 0; level <= PST_BTH_LEVELS; level++)
		free(writer->levels[level].records);
	memset(writer->levels, 0, sizeof writer->levels);
}

static pstfix_status add_record(struct pst_bth_writer *writer, unsigned level, const uint8_t *key, const uint8_t *data,
                                pstfix_error *err);

/* Makes an item of the records of a level, and tells the level above. */
static pstfix_status flush_level(struct pst_bth_writer *writer, unsigned level, pstfix_error *err)
{
	struct pst_bth_level *here = &writer->levels[level];
	uint8_t below[BTH_HID];
	uint32_t hid;
	pstfix_status status = pst_heap_writer_add(writer->heap, &hid, here->records,
	                                           here->n * record_size(writer, level), err);

	if (status)
		return status;
	here->n = 0;
	pst_put(below, hid, sizeof below);
	return add_record(writer, level + 1, here->records, below, err);
}

static pstfix_status add_record(struct pst_bth_writer *writer, unsigned level, const uint8_t *key, const uint8_t *data,
                                pstfix_error *err)
{
	struct pst_bth_level *here = &writer->levels[level];
	const uint32_t step = record_size(writer, level);
	pstfix_status status = PSTFIX_OK;

	assert(level <= PST_BTH_LEVELS);
	if (!here->records)
		here->records = malloc(PST_HEAP_ITEM);
	if (!here->records)
		return pst_fail_memory(err);
	if (here->n == records_max(writer, level))
		status = flush_level(writer, level, err);
	memcpy(here->records + here->n * step, key, writer->key);
	memcpy(here->records + here->n++ * step + writer->key, data, step - writer->key);
	return status;
}

pstfix_status pst_bth_writer_add(struct pst_bth_writer *writer, const uint8_t *key, const uint8_t *data, pstfix_error *err)
{
	if (writer->any && pst_bth_order(key, writer->last, writer->key) <= 0)
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "keys of a tree must ascend");
	if (!writer->left)
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "more records than were said to come");
	writer->left--;
	writer->any = true;
	memcpy(writer->last, key, writer->key);
	return add_record(writer, 0, key, data, err);
}

/* The root: the first level that has nothing above it. */
static pstfix_status end_levels(struct pst_bth_writer *writer, uint32_t *root, uint8_t *levels, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;
	uint8_t level = 0;

	for (; writer->levels[level + 1].records && !status; level++)
		status = flush_level(writer, level, err);
	*levels = level;
	return status ? status
	              : pst_heap_writer_add(writer->heap, root, writer->levels[level].records,
	                                    writer->levels[level].n * record_size(writer, level), err);
}

pstfix_status pst_bth_writer_end(struct pst_bth_writer *writer, pstfix_error *err)
{
	const uint32_t size = writer->levels[0].n * record_size(writer, 0);
	uint32_t root = 0;
	uint8_t levels = 0, *header;
	pstfix_status status = PSTFIX_OK;

	if (writer->leaf) {
		pst_heap_writer_shrink(writer->heap, writer->leaf, size);
		if (size)
			memcpy(pst_heap_writer_item(writer->heap, writer->leaf), writer->levels[0].records, size);
		root = size ? writer->leaf : 0;
	} else if (writer->any) {
		status = end_levels(writer, &root, &levels, err);
	}
	header = pst_heap_writer_item(writer->heap, writer->header);
	header[3] = levels;
	pst_put(header + 4, root, 4);
	return status;
}
