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
	if (status)
		return status;
	memcpy(here->records + here->n * step, key, writer->key);
	memcpy(here->records + here->n++ * step + writer->key, data, step - writer->key);
	return PSTFIX_OK;
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

/* ---- values ---------------------------------------------------------------------------- */

enum { NID_VALUE = 0x1F, NID_MATRIX = 1 << 5 | NID_VALUE, NID_COUNT = 1 << 27, HNID = 4, CELL = 8 };

static bool is_taken(const struct pst_value_writer *values, uint32_t nid)
{
	return values->kept && pst_subnodes_find(values->kept, nid);
}

static pstfix_status add_subnode(struct pst_value_writer *values, uint32_t nid, uint64_t data, pstfix_error *err)
{
	pst_add(&values->made, ((struct pst_list_entry){.nid = nid, .data = data}));
	return values->made.failed ? pst_fail_memory(err) : PSTFIX_OK;
}

/* An id that the whole store has not given yet, as Outlook takes them; nor, where the counter is wrong or at its end, this node. */
static pstfix_status make_subnode(struct pst_value_writer *values, uint32_t *nid, uint64_t data, pstfix_error *err)
{
	struct pst_sink *sink = values->sink;

	do {
		sink->last_value = sink->last_value < NID_COUNT - 1 ? sink->last_value + 1 : pst_rgnid_first(NID_VALUE) + 1;
		*nid = sink->last_value << 5 | NID_VALUE;
	} while (*nid == NID_MATRIX || is_taken(values, *nid));
	return add_subnode(values, *nid, data, err);
}

static pstfix_status write_apart(struct pst_value_writer *values, uint32_t *nid, const struct pst_given *given,
                                 pstfix_error *err)
{
	struct pst_data_writer writer;
	uint64_t tree;
	pstfix_status status;

	pst_data_writer_init(&writer, values->sink);
	status = pst_data_writer_append(&writer, given->data, given->size, err);
	if (!status)
		status = pst_data_writer_end(&writer, &tree, err);
	pst_data_writer_deinit(&writer);
	return status ? status : make_subnode(values, nid, tree, err);
}

/* Writes a value, or `width` bytes of it, into a record. */
static pstfix_status write_value(struct pst_value_writer *values, struct pst_heap_writer *heap, uint8_t *record,
                                 const struct pst_given *given, uint8_t width, pstfix_error *err)
{
	uint32_t hnid = given->nid;
	pstfix_status status = PSTFIX_OK;

	if (width) {
		memcpy(record, given->data, width);
		return PSTFIX_OK;
	}
	if (!hnid && given->tree)
		status = make_subnode(values, &hnid, given->tree, err);
	else if (!hnid && given->size > PST_HEAP_ITEM)
		status = write_apart(values, &hnid, given, err);
	else if (!hnid && given->size)
		status = pst_heap_writer_add(heap, &hnid, given->data, given->size, err);
	pst_put(record, hnid, HNID);
	return status;
}

static pstfix_status check_given(uint16_t type, const struct pst_given *given, pstfix_error *err)
{
	const struct pst_type_row *row = pst_type_row(type);
	const struct pst_value value = {.type = type, .size = given->size};
	const bool apart = given->nid || given->tree, sized = row && row->size && !(type & PST_MULTIPLE);

	if (!row || (apart ? sized : !pst_value_fits(&value)))
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "no value of type 0x%04X has %zu bytes", type,
		                given->size);
	return PSTFIX_OK;
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_list_entry *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

/* Lists the subnodes that were made among those that are kept, and instead of them. */
static pstfix_status end_values(struct pst_value_writer *values, uint64_t *sub, pstfix_error *err)
{
	const struct pst_list_entry *made = values->made.at, *kept = values->kept ? values->kept->entries.at : NULL;
	const size_t n_made = values->made.n, n_kept = values->kept ? values->kept->entries.n : 0;
	struct pst_subnode_writer writer;
	pstfix_status status = PSTFIX_OK;
	size_t i = 0, k = 0;

	pst_sort(values->made.at, n_made, sizeof *values->made.at, by_nid);
	pst_subnode_writer_init(&writer, values->sink);
	while ((i < n_made || k < n_kept) && !status) {
		const int order = i == n_made ? 1 : k == n_kept ? -1 : by_nid(&made[i], &kept[k]);

		k += order == 0;
		status = pst_subnode_writer_add(&writer, order <= 0 ? &made[i++] : &kept[k++], err);
	}
	if (!status)
		status = pst_subnode_writer_end(&writer, sub, err);
	pst_subnode_writer_deinit(&writer);
	return status;
}

/* ---- property contexts ------------------------------------------------------------------ */

enum { PROPERTY = 4, PC_KEY = 2, PC_DATA = 6 };

pstfix_status pst_pc_writer_begin(struct pst_pc_writer *out, struct pst_sink *sink, size_t properties,
                                  const struct pst_subnodes *kept, pstfix_error *err)
{
	pstfix_status status;

	*out = (struct pst_pc_writer){.values = {.sink = sink, .kept = kept}};
	status = pst_heap_writer_begin(&out->heap, sink, PST_CLIENT_PC, err);
	if (!status)
		status = pst_bth_writer_begin(&out->bth, &out->heap, PC_KEY, PC_DATA, properties, err);
	if (status)
		pst_pc_writer_deinit(out);
	return status;
}

void pst_pc_writer_deinit(struct pst_pc_writer *writer)
{
	pst_bth_writer_deinit(&writer->bth);
	pst_heap_writer_deinit(&writer->heap);
	pst_array_deinit(&writer->values.made);
}

pstfix_status pst_pc_writer_add(struct pst_pc_writer *writer, uint16_t id, uint16_t type, const struct pst_given *given,
                                pstfix_error *err)
{
	uint8_t key[PC_KEY], data[PC_DATA] = {0};
	pstfix_status status = check_given(type, given, err);

	pst_put(key, id, sizeof key);
	pst_put(data, type, 2);
	if (!status)
		status = write_value(&writer->values, &writer->heap, data + 2, given, pst_type_inline(type, PROPERTY), err);
	return status ? status : pst_bth_writer_add(&writer->bth, key, data, err);
}

pstfix_status pst_pc_writer_end(struct pst_pc_writer *writer, uint64_t *data, uint64_t *sub, pstfix_error *err)
{
	pstfix_status status = pst_bth_writer_end(&writer->bth, err);

	if (!status)
		status = pst_heap_writer_end(&writer->heap, data, writer->bth.header, err);
	return status ? status : end_values(&writer->values, sub, err);
}

/* ---- table contexts --------------------------------------------------------------------- */

enum { TC_HEADER = 22, TC_COLUMN = 8, COLUMNS_MAX = 255, ROW_KEY = 4 };

static uint8_t cell_size(uint16_t type)
{
	const uint8_t width = pst_type_inline(type, CELL);

	return width ? width : HNID;
}

/* Of the cells of 8 and 4 bytes, of those of 2, of those of 1. */
static size_t region_of(uint8_t size)
{
	return size >= 4 ? 0 : size == 2 ? 1 : 2;
}

/* The row's id comes first, its version second. */
static unsigned rank_of(uint16_t id)
{
	return id == PST_ROW_ID ? 0 : id == PST_ROW_VERSION ? 1 : 2;
}

void pst_tc_layout(struct pst_column *out, const uint32_t *tags, size_t n)
{
	uint16_t at = 0, bit = 0;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct pst_column){.type = (uint16_t)tags[i], .id = (uint16_t)(tags[i] >> 16),
		                             .size = cell_size((uint16_t)tags[i])};
	for (unsigned rank = 0; rank < 3; rank++)
		for (size_t i = 0; i < n; i++)
			if (rank_of(out[i].id) == rank)
				out[i].bit = (uint8_t)bit++;
	for (size_t region = 0; region < 3; region++)
		for (bit = 0; bit < n; bit++)
			for (size_t i = 0; i < n; i++)
				if (out[i].bit == bit && region_of(out[i].size) == region) {
					out[i].at = at;
					at = (uint16_t)(at + out[i].size);
				}
}

static bool is_column(const struct pst_column *column, uint16_t id, uint16_t at)
{
	return column->id == id && column->type == PST_INT32 && column->at == at && column->bit == at / 4;
}

/* Where each kind of cells ends, and the row; false: such columns cannot be. */
static bool find_ends(struct pst_tc_writer *writer)
{
	bool right = writer->n && writer->n <= COLUMNS_MAX, id = false, version = false;

	for (size_t i = 0; i < writer->n && right; i++) {
		const struct pst_column *column = &writer->columns[i];
		uint16_t *end = &writer->ends[region_of(column->size)];

		*end = PST_MAX(*end, (uint16_t)(column->at + column->size));
		id = id || is_column(column, PST_ROW_ID, 0);
		version = version || is_column(column, PST_ROW_VERSION, 4);
		right = pst_type_row(column->type) && column->size == cell_size(column->type) && column->bit < writer->n &&
		        column->at <= PST_HEAP_ITEM;
	}
	writer->ends[1] = PST_MAX(writer->ends[0], writer->ends[1]);
	writer->ends[2] = PST_MAX(writer->ends[1], writer->ends[2]);
	writer->ends[3] = (uint16_t)(writer->ends[2] + (writer->n + 7) / 8);
	return right && id && version && writer->ends[3] <= PST_HEAP_ITEM;
}

static int by_tag(const void *a, const void *b)
{
	const struct pst_column *x = a, *y = b;

	return x->id != y->id ? PST_ORDER(x->id, y->id) : PST_ORDER(x->type, y->type);
}

/* The header, but for what is known when all rows are there. */
static pstfix_status add_info(struct pst_tc_writer *writer, pstfix_error *err)
{
	uint8_t info[TC_HEADER + TC_COLUMN * COLUMNS_MAX] = {PST_CLIENT_TC, (uint8_t)writer->n};
	struct pst_column sorted[COLUMNS_MAX];

	memcpy(sorted, writer->columns, writer->n * sizeof *sorted);
	pst_sort(sorted, writer->n, sizeof *sorted, by_tag);
	for (size_t i = 0; i < PST_COUNT(writer->ends); i++)
		pst_put(info + 2 + 2 * i, writer->ends[i], 2);
	pst_put(info + 10, writer->index.header, 4);
	for (size_t i = 0; i < writer->n; i++) {
		uint8_t *p = info + TC_HEADER + TC_COLUMN * i;

		pst_put(p, sorted[i].type, 2);
		pst_put(p + 2, sorted[i].id, 2);
		pst_put(p + 4, sorted[i].at, 2);
		p[6] = sorted[i].size;
		p[7] = sorted[i].bit;
	}
	return pst_heap_writer_add(&writer->heap, &writer->info, info, TC_HEADER + TC_COLUMN * writer->n, err);
}

static pstfix_status begin_sides(struct pst_tc_writer *writer, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < PST_SIDE_HEAPS && !status; i++) {
		status = pst_heap_writer_begin(&writer->sides[i], writer->heap.sink, PST_CLIENT_COLUMN, err);
		writer->has_side[i] = !status;
	}
	return status;
}

/* Behind the header: row index and matrix, if they can be items, then cells as they come. */
static pstfix_status begin_rows(struct pst_tc_writer *writer, const struct pst_tc_shape *shape, pstfix_error *err)
{
	const uint64_t size = (uint64_t)writer->said * writer->ends[3];
	pstfix_status status = pst_bth_writer_expect(&writer->index, writer->said, err);

	if (!status && size && size <= PST_MIN(PST_HEAP_ITEM, pst_heap_writer_room(&writer->heap)))
		status = pst_heap_writer_add(&writer->heap, &writer->rows_hid, NULL, (size_t)size, err);
	return !status && shape->sides ? begin_sides(writer, err) : status;
}

static pstfix_status begin_table(struct pst_tc_writer *writer, const struct pst_tc_shape *shape, pstfix_error *err)
{
	const struct pst_format *f = writer->heap.sink->format;
	const uint8_t number = writer->said > 1u << 16 ? 4 : shape->number ? shape->number : f->row_number;
	pstfix_status status;

	writer->columns = malloc((shape->n + 1) * sizeof *writer->columns);
	if (!writer->columns)
		return pst_fail_memory(err);
	memcpy(writer->columns, shape->columns, shape->n * sizeof *writer->columns);
	writer->n = shape->n;
	if (!find_ends(writer))
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "no table can have these columns");
	writer->row = malloc(writer->ends[3]);
	if (!writer->row)
		return pst_fail_memory(err);
	status = pst_bth_writer_begin(&writer->index, &writer->heap, ROW_KEY, number, 0, err);
	if (!status)
		status = add_info(writer, err);
	return status ? status : begin_rows(writer, shape, err);
}

pstfix_status pst_tc_writer_begin(struct pst_tc_writer *out, struct pst_sink *sink, const struct pst_tc_shape *shape,
                                  uint32_t rows, const struct pst_subnodes *kept, pstfix_error *err)
{
	pstfix_status status;

	*out = (struct pst_tc_writer){.values = {.sink = sink, .kept = kept}, .said = rows};
	pst_data_writer_init(&out->matrix, sink);
	status = pst_heap_writer_begin(&out->heap, sink, PST_CLIENT_TC, err);
	if (!status)
		status = begin_table(out, shape, err);
	if (status)
		pst_tc_writer_deinit(out);
	return status;
}

void pst_tc_writer_deinit(struct pst_tc_writer *writer)
{
	for (size_t i = 0; i < PST_SIDE_HEAPS; i++)
		pst_heap_writer_deinit(&writer->sides[i]);
	pst_bth_writer_deinit(&writer->index);
	pst_heap_writer_deinit(&writer->heap);
	pst_data_writer_deinit(&writer->matrix);
	pst_array_deinit(&writer->values.made);
	free(writer->columns);
	free(writer->row);
	writer->columns = NULL;
	writer->row = NULL;
}

/* The heap that cells of a column are items of. */
static struct pst_heap_writer *heap_of(struct pst_tc_writer *writer, const struct pst_column *column)
{
	for (size_t i = 0; i < PST_SIDE_HEAPS; i++)
		if (writer->has_side[i] && pst_tc_is_side(i, column->id, column->type))
			return &writer->sides[i];
	return &writer->heap;
}

static pstfix_status write_cell(struct pst_tc_writer *writer, const struct pst_column *column, const struct pst_given *given,
                                pstfix_error *err)
{
	pstfix_status status = check_given(column->type, given, err);

	writer->row[writer->ends[2] + column->bit / 8] |= (uint8_t)(0x80 >> column->bit % 8);
	return status ? status
	              : write_value(&writer->values, heap_of(writer, column), writer->row + column->at, given,
	                            pst_type_inline(column->type, CELL), err);
}

static pstfix_status put_row(struct pst_tc_writer *writer, pstfix_error *err)
{
	const size_t size = writer->ends[3];

	if (!writer->rows_hid)
		return pst_data_writer_record(&writer->matrix, writer->row, size, err);
	memcpy(pst_heap_writer_item(&writer->heap, writer->rows_hid) + writer->rows * size, writer->row, size);
	return PSTFIX_OK;
}

pstfix_status pst_tc_writer_add(struct pst_tc_writer *writer, uint32_t id, uint32_t version, const struct pst_given *cells,
                                pstfix_error *err)
{
	uint8_t key[ROW_KEY], number[4], own[8];
	pstfix_status status;

	pst_put(key, id, sizeof key);
	pst_put(number, writer->rows, sizeof number);
	pst_put(own, id, 4);
	pst_put(own + 4, version, 4);
	memset(writer->row, 0, writer->ends[3]);
	status = pst_bth_writer_add(&writer->index, key, number, err);
	for (size_t i = 0; i < writer->n && !status; i++) {
		const struct pst_column *column = &writer->columns[i];
		const struct pst_given ours = {.data = own + column->at % sizeof own, .size = 4, .there = true};
		const bool is_ours = rank_of(column->id) < 2 && column->at < sizeof own;

		if (is_ours || cells[i].there)
			status = write_cell(writer, column, is_ours ? &ours : &cells[i], err);
	}
	if (!status)
		status = put_row(writer, err);
	writer->rows++;
	return status;
}

static pstfix_status end_sides(struct pst_tc_writer *writer, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;
	uint64_t data;

	for (size_t i = 0; i < PST_SIDE_HEAPS && !status; i++) {
		if (!writer->has_side[i])
			continue;
		status = pst_heap_writer_end(&writer->sides[i], &data, 0, err);
		if (!status)
			status = add_subnode(&writer->values, pst_tc_side(i), data, err);
	}
	return status;
}

/* hnidRows: none, an item, or the subnode that Outlook uses. */
static pstfix_status end_rows(struct pst_tc_writer *writer, uint32_t *hnid, pstfix_error *err)
{
	uint64_t data;
	pstfix_status status;

	*hnid = writer->rows ? writer->rows_hid : 0;
	if (writer->rows_hid)
		pst_heap_writer_shrink(&writer->heap, writer->rows_hid, writer->rows * writer->ends[3]);
	if (writer->rows_hid || !writer->rows)
		return PSTFIX_OK;
	*hnid = NID_MATRIX;
	status = pst_data_writer_end(&writer->matrix, &data, err);
	return status ? status : add_subnode(&writer->values, NID_MATRIX, data, err);
}

pstfix_status pst_tc_writer_end(struct pst_tc_writer *writer, uint64_t *data, uint64_t *sub, pstfix_error *err)
{
	uint32_t hnid;
	pstfix_status status = end_rows(writer, &hnid, err);

	if (!status)
		status = pst_bth_writer_end(&writer->index, err);
	if (!status)
		status = end_sides(writer, err);
	if (status)
		return status;
	pst_put(pst_heap_writer_item(&writer->heap, writer->info) + 14, hnid, 4);
	status = pst_heap_writer_end(&writer->heap, data, writer->info, err);
	return status ? status : end_values(&writer->values, sub, err);
}
