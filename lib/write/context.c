/* Property and table contexts: see context.h. */
#include "write/context.h"

#include <stdlib.h>

enum { TYPE_LTP = 0x1F, RECORD = 8, INFO = 22, COLUMN = 8 };

/* ---- what both have ------------------------------------------------------------------- */

void pst_keep_subnode(struct pst_context_writer *writer, const struct pst_list_entry *entry)
{
	pst_add(&writer->subnodes, *entry);
}

static void context_begin(struct pst_context_writer *out, struct pst_sink *sink, uint8_t client, uint32_t *next_nid,
                          pstfix_error *err)
{
	*out = (struct pst_context_writer){.next_nid = next_nid};
	pst_heap_begin(&out->heap, sink, client, err);
}

/* Where a value went: HID, NID or, without bytes, 0. */
static uint32_t put_value(struct pst_context_writer *writer, const void *data, size_t size)
{
	struct pst_list_entry entry = {0};
	struct pst_stream_writer stream;

	if (size <= PST_ITEM_MAX)
		return pst_heap_put(&writer->heap, data, (uint32_t)size);
	if (writer->heap.status)
		return 0;
	pst_stream_begin(&stream, writer->heap.sink, writer->heap.err);
	pst_stream_add(&stream, data, size);
	writer->heap.status = pst_stream_end(&entry.data, &stream);
	entry.nid = (*writer->next_nid)++ << 5 | TYPE_LTP;
	pst_keep_subnode(writer, &entry);
	return entry.nid;
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_list_entry *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

static pstfix_status context_end(uint64_t *data, uint64_t *sub, struct pst_context_writer *writer, uint32_t root)
{
	struct pst_sink *sink = writer->heap.sink;
	pstfix_error *err = writer->heap.err;
	pstfix_status status;

	*sub = 0;
	if (!writer->heap.status && writer->subnodes.failed)
		writer->heap.status = pst_fail_memory(err);
	if (writer->subnodes.n)
		qsort(writer->subnodes.at, writer->subnodes.n, sizeof *writer->subnodes.at, by_nid);
	status = pst_heap_end(data, &writer->heap, root);
	if (!status)
		status = pst_put_subnodes(sub, sink, writer->subnodes.at, writer->subnodes.n, err);
	pst_array_deinit(&writer->subnodes);
	return status;
}

static int by_key(const void *a, const void *b)
{
	const struct pst_record_put *x = a, *y = b;

	return PST_ORDER(pst_get32(x->bytes), pst_get32(y->bytes));
}

static int by_property(const void *a, const void *b)
{
	const struct pst_record_put *x = a, *y = b;

	return PST_ORDER(pst_get16(x->bytes), pst_get16(y->bytes));
}

/* ---- property contexts -------------------------------------------------------------- */

void pst_pc_begin(struct pst_pc_writer *out, struct pst_sink *sink, uint32_t *next_nid, pstfix_error *err)
{
	*out = (struct pst_pc_writer){0};
	context_begin(&out->context, sink, PST_CLIENT_PC, next_nid, err);
	out->header = pst_heap_put(&out->context.heap, &(uint8_t[PST_BTH_HEADER]){0}, PST_BTH_HEADER);
}

void pst_pc_put(struct pst_pc_writer *writer, uint16_t id, uint16_t type, const void *data, size_t size)
{
	const uint8_t width = pst_type_inline(type, 4);
	struct pst_record_put record = {0};

	pst_put(record.bytes, id, 2);
	pst_put(record.bytes + 2, type, 2);
	if (width)
		memcpy(record.bytes + 4, data, PST_MIN(size, (size_t)width));
	else
		pst_put(record.bytes + 4, put_value(&writer->context, data, size), 4);
	pst_add(&writer->records, record);
}

pstfix_status pst_pc_end(uint64_t *data, uint64_t *sub, struct pst_pc_writer *writer)
{
	struct pst_heap_writer *heap = &writer->context.heap;
	pstfix_status status;

	if (!heap->status && writer->records.failed)
		heap->status = pst_fail_memory(heap->err);
	if (writer->records.n)
		qsort(writer->records.at, writer->records.n, sizeof *writer->records.at, by_property);
	pst_bth_put(heap, writer->header, 2, 6, (const uint8_t *)writer->records.at, writer->records.n);
	status = context_end(data, sub, &writer->context, writer->header);
	pst_array_deinit(&writer->records);
	return status;
}

/* ---- tables --------------------------------------------------------------------------- */

static uint8_t cell_size(uint16_t type)
{
	const uint8_t width = pst_type_inline(type, 8);

	return width ? width : 4;
}

/* Row id and row version, then cells of 8 and 4 bytes, of 2, of 1. */
void pst_tc_lay_out(struct pst_column *columns, const uint32_t *tags, size_t n)
{
	static const uint8_t widths[] = {8, 4, 2, 1};
	uint16_t at = 8;
	uint8_t bit = 2;

	for (size_t i = 0; i < n; i++) {
		const uint16_t id = (uint16_t)(tags[i] >> 16), type = (uint16_t)tags[i];

		columns[i] = (struct pst_column){.id = id, .type = type, .size = cell_size(type)};
		if (id == PST_ROW_ID)
			columns[i].at = columns[i].bit = 0;
		else if (id == PST_ROW_VERSION)
			columns[i].at = 4, columns[i].bit = 1;
		else
			columns[i].bit = bit++;
	}
	for (size_t w = 0; w < PST_COUNT(widths); w++)
		for (size_t i = 0; i < n; i++)
			if (columns[i].size == widths[w] && columns[i].bit > 1) {
				columns[i].at = at;
				at = (uint16_t)(at + widths[w]);
			}
}

/* Where cells of 8 and 4 bytes, of 2, of 1, and rows end. */
static void find_ends(struct pst_tc_writer *writer)
{
	static const uint8_t least[] = {4, 2, 1};

	for (size_t k = 0; k < PST_COUNT(least); k++) {
		writer->ends[k] = k ? writer->ends[k - 1] : 0;
		for (size_t i = 0; i < writer->n; i++)
			if (writer->columns[i].size >= least[k])
				writer->ends[k] = (uint16_t)PST_MAX(writer->ends[k], writer->columns[i].at + writer->columns[i].size);
	}
	writer->ends[3] = (uint16_t)(writer->ends[2] + (writer->n + 7) / 8);
}

void pst_tc_begin(struct pst_tc_writer *out, struct pst_sink *sink, uint32_t *next_nid, const struct pst_column *columns,
                  size_t n, pstfix_error *err)
{
	uint8_t info[INFO + COLUMN * PST_COLUMNS_MAX] = {0};
	struct pst_heap_writer *heap = &out->context.heap;

	*out = (struct pst_tc_writer){.n = PST_MIN(n, (size_t)PST_COLUMNS_MAX)};
	memcpy(out->columns, columns, out->n * sizeof *columns);
	find_ends(out);
	context_begin(&out->context, sink, PST_CLIENT_TC, next_nid, err);
	out->header = pst_heap_put(heap, &(uint8_t[PST_BTH_HEADER]){0}, PST_BTH_HEADER);
	out->info = pst_heap_put(heap, info, (uint32_t)(INFO + COLUMN * out->n));
	out->row = calloc(1, out->ends[3] + 1u);
	if (!out->row && !heap->status)
		heap->status = pst_fail_memory(err);
}

/* A matrix too large for an item is a subnode. */
static void spill(struct pst_tc_writer *writer, const uint8_t *rows, size_t size)
{
	const uint32_t full = pst_block_data(writer->context.heap.sink->format);
	const size_t row = writer->ends[3];

	for (; size >= row; rows += row, size -= row) {
		if (full - writer->matrix.used < row)
			pst_stream_fill(&writer->matrix);
		pst_stream_add(&writer->matrix, rows, row);
	}
}

static void end_row(struct pst_tc_writer *writer)
{
	struct pst_heap_writer *heap = &writer->context.heap;

	if (!writer->index.n || heap->status)
		return;
	if (!writer->spilled && writer->rows.n + writer->ends[3] > PST_ITEM_MAX) {
		pst_stream_begin(&writer->matrix, heap->sink, heap->err);
		writer->spilled = true;
		spill(writer, writer->rows.at, writer->rows.n);
	}
	if (writer->spilled)
		spill(writer, writer->row, writer->ends[3]);
	for (size_t i = 0; i < writer->ends[3] && !writer->spilled; i++)
		pst_add(&writer->rows, writer->row[i]);
	if (writer->rows.failed)
		heap->status = pst_fail_memory(heap->err);
}

void pst_tc_put_row(struct pst_tc_writer *writer, uint32_t id, uint32_t version)
{
	const uint32_t own[] = {id, version};
	struct pst_record_put record = {0};

	end_row(writer);
	pst_put(record.bytes, id, 4);
	pst_put(record.bytes + 4, writer->index.n, 4);
	pst_add(&writer->index, record);
	if (writer->context.heap.status)
		return;
	memset(writer->row, 0, writer->ends[3]);
	for (size_t i = 0; i < writer->n; i++)
		for (size_t k = 0; k < PST_COUNT(own); k++)
			if (writer->columns[i].id == PST_ROW_ID + k)
				pst_tc_put_cell(writer, i, &(uint8_t[4]){(uint8_t)own[k], (uint8_t)(own[k] >> 8), (uint8_t)(own[k] >> 16),
				                                         (uint8_t)(own[k] >> 24)}, 4);
}

void pst_tc_put_cell(struct pst_tc_writer *writer, size_t column, const void *data, size_t size)
{
	const struct pst_column *c = &writer->columns[column];

	if (writer->context.heap.status)
		return;
	if (pst_type_inline(c->type, 8))
		memcpy(writer->row + c->at, data, PST_MIN(size, (size_t)c->size));
	else
		pst_put(writer->row + c->at, put_value(&writer->context, data, size), 4);
	writer->row[writer->ends[2] + c->bit / 8] |= (uint8_t)(0x80 >> c->bit % 8);
}

/* The matrix, as HID or NID. */
static uint32_t put_matrix(struct pst_tc_writer *writer)
{
	struct pst_heap_writer *heap = &writer->context.heap;
	struct pst_list_entry entry = {.nid = PST_NID_MATRIX};
	pstfix_status status;

	if (!writer->spilled)
		return pst_heap_put(heap, writer->rows.at, (uint32_t)writer->rows.n);
	status = pst_stream_end(&entry.data, &writer->matrix);
	heap->status = heap->status ? heap->status : status;
	pst_keep_subnode(&writer->context, &entry);
	return entry.nid;
}

/* Row numbers of 2 bytes, where the format has them and they do. */
static void put_index(struct pst_tc_writer *writer)
{
	const bool narrow = writer->context.heap.sink->format->word == 4 && writer->index.n <= UINT16_MAX;
	uint8_t *records = (uint8_t *)writer->index.at;
	const size_t step = narrow ? 6 : RECORD;

	if (writer->index.n)
		qsort(writer->index.at, writer->index.n, sizeof *writer->index.at, by_key);
	for (size_t i = 1; i < writer->index.n && narrow; i++)
		memmove(records + i * step, records + i * RECORD, step);
	pst_bth_put(&writer->context.heap, writer->header, 4, (uint8_t)(step - 4), records, writer->index.n);
}

static void put_info(struct pst_tc_writer *writer, uint32_t matrix)
{
	uint8_t info[INFO + COLUMN * PST_COLUMNS_MAX] = {PST_CLIENT_TC, (uint8_t)writer->n};

	for (size_t k = 0; k < PST_COUNT(writer->ends); k++)
		pst_put(info + 2 + 2 * k, writer->ends[k], 2);
	pst_put(info + 10, writer->header, 4);
	pst_put(info + 14, matrix, 4);
	for (size_t i = 0; i < writer->n; i++) {
		const struct pst_column *column = &writer->columns[i];
		uint8_t *p = info + INFO + COLUMN * i;

		pst_put(p, (uint32_t)column->id << 16 | column->type, 4);
		pst_put(p + 4, column->at, 2);
		p[6] = column->size;
		p[7] = column->bit;
	}
	pst_heap_set(&writer->context.heap, writer->info, info);
}

pstfix_status pst_tc_end(uint64_t *data, uint64_t *sub, struct pst_tc_writer *writer)
{
	struct pst_heap_writer *heap = &writer->context.heap;
	pstfix_status status;
	uint32_t matrix;

	end_row(writer);
	if (!heap->status && writer->index.failed)
		heap->status = pst_fail_memory(heap->err);
	put_index(writer);
	matrix = put_matrix(writer);
	put_info(writer, matrix);
	status = context_end(data, sub, &writer->context, writer->info);
	pst_array_deinit(&writer->index);
	pst_array_deinit(&writer->rows);
	free(writer->row);
	return status;
}
