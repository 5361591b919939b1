/* Table contexts: see tc.h. */
#include "ltp/tc.h"
#include "ltp/known.h"

#include <stdlib.h>

enum { HEADER = 22, COLUMN = 8, HEADER_APART = 40, COLUMN_APART = 16, CELL = 8, HNID = 4, ROWS_JUDGED = 1 << 22 };

/* Columns whose cells are items of other heaps, and the subnodes that these are. */
static const struct {
	uint16_t id, type;
	uint32_t nid;
} sides[PST_SIDE_HEAPS] = {{0x0042, PST_STRING, 0x541}, {0x3013, PST_BINARY, 0x521}};

uint32_t pst_tc_side(size_t i)
{
	return sides[i].nid;
}

bool pst_tc_is_side(size_t i, uint16_t id, uint16_t type)
{
	return sides[i].id == id && sides[i].type == type;
}

/* What both kinds of headers begin with. */
static void take_places(struct pst_tc *tc, const uint8_t *header)
{
	tc->type = header[0];
	for (size_t i = 0; i < PST_COUNT(tc->ends); i++)
		tc->ends[i] = pst_get16(header + 2 + 2 * i);
	tc->index_hid = pst_get32(header + 10);
	tc->rows_hnid = pst_get32(header + 14);
}

static void take_columns(struct pst_tc *tc, const struct pst_item *header, uint32_t n)
{
	for (uint32_t at = HEADER + COLUMN * (uint32_t)tc->columns.n; tc->columns.n < n && at + COLUMN <= header->size; at += COLUMN) {
		const uint8_t *p = header->data + at;

		pst_add(&tc->columns, ((struct pst_column){.type = pst_get16(p), .id = pst_get16(p + 2),
		                                           .at = pst_get16(p + 4), .size = p[6], .bit = p[7],
		                                           .heap = &tc->heap}));
		if (tc->columns.failed)
			return;
	}
}

/* Columns behind those that are counted, where all of them fit in. */
static void take_uncounted(struct pst_tc *tc, const struct pst_item *header)
{
	bool right;

	if (tc->columns.n < tc->count || tc->room <= tc->count || tc->room > PST_COLUMNS_MAX)
		return;
	take_columns(tc, header, tc->room);
	right = !tc->columns.failed && pst_tc_ends_right(tc);
	for (size_t i = tc->count; i < tc->columns.n && right; i++)
		right = !pst_tc_column_facts(tc, i);
	if (!right)
		tc->columns.n = tc->count;
}

static void take_header(struct pst_tc *tc)
{
	struct pst_item header;

	tc->found = pst_heap_item(&header, &tc->heap, tc->heap.root);
	if (tc->found || header.size < HEADER || header.data[0] != PST_CLIENT_TC)
		return;
	take_places(tc, header.data);
	tc->count = header.data[1];
	tc->deprecated = pst_get32(header.data + 18);
	pst_array_expect(&tc->columns, tc->count);
	tc->room = (header.size - HEADER) / COLUMN;
	take_columns(tc, &header, tc->count);
	take_uncounted(tc, &header);
}

static void take_columns_apart(struct pst_tc *tc, struct pst_stream *list)
{
	uint8_t p[COLUMN_APART];

	pst_array_expect(&tc->columns, tc->count);
	while (tc->columns.n < tc->count && !tc->columns.failed &&
	       pst_stream_read(list, p, sizeof p, tc->columns.n * sizeof p) == sizeof p)
		pst_add(&tc->columns, ((struct pst_column){.type = pst_get16(p), .id = pst_get16(p + 2), .at = pst_get16(p + 4),
		                                           .size = (uint8_t)PST_MIN(pst_get16(p + 6), UINT8_MAX),
		                                           .bit = (uint8_t)PST_MIN(pst_get16(p + 8), UINT8_MAX),
		                                           .nid = pst_get32(p + 12), .heap = &tc->heap}));
}

static pstfix_status open_apart(struct pst_tc *tc, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;

	tc->apart = calloc(tc->columns.n + 1, sizeof *tc->apart);
	if (!tc->apart)
		return pst_fail_memory(err);
	for (size_t i = 0; i < tc->columns.n && !status; i++) {
		struct pst_column *column = &tc->columns.at[i];
		const struct pst_list_entry *subnode = column->nid ? pst_subnodes_find(tc->subnodes, column->nid) : NULL;

		if (!column->nid)
			continue;
		status = pst_heap_open(&tc->apart[i], tc->heap.stream.reader, subnode ? subnode->data : 0, err);
		tc->apart[i].stream.cut |= !subnode && !tc->subnodes->whole;
		column->heap = &tc->apart[i];
	}
	return status;
}

/* A header whose columns are in a subnode, one that is there. */
static pstfix_status take_apart(struct pst_tc *tc, pstfix_error *err)
{
	const struct pst_list_entry *subnode;
	struct pst_stream list;
	struct pst_item header;
	pstfix_status status;

	tc->found = pst_heap_item(&header, &tc->heap, tc->heap.root);
	if (tc->found || header.size < HEADER_APART || header.data[0] != PST_CLIENT_APART)
		return PSTFIX_OK;
	take_places(tc, header.data);
	tc->count = pst_get16(header.data + 22);
	tc->room = tc->count;
	tc->columns_nid = pst_get32(header.data + 24);
	subnode = pst_subnodes_find(tc->subnodes, tc->columns_nid);
	if (!subnode || tc->count > PST_COLUMNS_MAX)
		return PSTFIX_OK;
	status = pst_stream_open(&list, tc->heap.stream.reader, subnode->data, err);
	if (status)
		return status;
	take_columns_apart(tc, &list);
	pst_stream_deinit(&list);
	return tc->columns.failed ? pst_fail_memory(err) : open_apart(tc, err);
}

/* One that is not there, `data` 0, or that cannot be read, is still where its cells are. */
static pstfix_status open_side(struct pst_tc *tc, size_t i, uint64_t data, pstfix_error *err)
{
	const pstfix_status status = pst_heap_open(&tc->sides[i], tc->heap.stream.reader, data, err);

	if (status)
		return status;
	tc->sides[i].stream.cut |= !data;
	for (size_t k = 0; k < tc->columns.n; k++)
		if (pst_tc_is_side(i, tc->columns.at[k].id, tc->columns.at[k].type))
			tc->columns.at[k].heap = &tc->sides[i];
	return PSTFIX_OK;
}

static pstfix_status open_sides(struct pst_tc *tc, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < PST_SIDE_HEAPS && tc->subnodes && !status; i++) {
		const struct pst_list_entry *subnode = pst_subnodes_find(tc->subnodes, sides[i].nid);

		if (subnode || !tc->subnodes->whole)
			status = open_side(tc, i, subnode ? subnode->data : 0, err);
	}
	return status;
}

bool pst_tc_has_side(const struct pst_tc *tc, size_t i)
{
	return tc->sides[i].stream.reader;
}

pstfix_status pst_tc_expect_sides(struct pst_tc *tc, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < PST_SIDE_HEAPS && !status; i++)
		if (!pst_tc_has_side(tc, i))
			status = open_side(tc, i, 0, err);
	return status;
}

static void count_rows(struct pst_tc *tc)
{
	const struct pst_stream *stream = &tc->stream;
	uint64_t rows, last;

	tc->per_block = pst_block_data(stream->reader->index->format) / tc->ends[3];
	if (!stream->parts.n || !tc->per_block)
		return;
	last = stream->parts.at[stream->parts.n - 1].size;
	rows = (stream->parts.n - 1) * (uint64_t)tc->per_block + last / tc->ends[3];
	tc->rows = (uint32_t)PST_MIN(rows, (uint64_t)UINT32_MAX);
	tc->rest = (uint32_t)(last % tc->ends[3]);
}

static pstfix_status open_matrix(struct pst_tc *tc, pstfix_error *err)
{
	const struct pst_list_entry *subnode;
	struct pst_item item;
	pstfix_status status;

	if (!tc->rows_hnid)
		return PSTFIX_OK;
	tc->matrix = PST_BROKEN;
	if (!tc->ends[3])
		return PSTFIX_OK;
	if (pst_is_hid(tc->rows_hnid)) {
		tc->matrix = pst_heap_item(&item, &tc->heap, tc->rows_hnid);
		tc->rows = item.size / tc->ends[3];
		tc->rest = item.size % tc->ends[3];
		return PSTFIX_OK;
	}
	subnode = tc->subnodes ? pst_subnodes_find(tc->subnodes, tc->rows_hnid) : NULL;
	tc->matrix = subnode ? PST_THERE : tc->subnodes && tc->subnodes->whole ? PST_NOT_THERE : PST_MISSING;
	if (!subnode)
		return PSTFIX_OK;
	status = pst_stream_open(&tc->stream, tc->heap.stream.reader, subnode->data, err);
	if (!status)
		count_rows(tc);
	return status;
}

/* Behind the header: `client` is the one that it should be of. */
static pstfix_status open_rest(struct pst_tc *tc, uint8_t client, pstfix_error *err)
{
	pstfix_status status;

	pst_bth_open(&tc->index, &tc->heap, tc->index_hid);
	tc->index.sound = tc->index.sound && tc->index.key == 4 && (tc->index.data == 2 || tc->index.data == 4);
	tc->sound = tc->index.sound && tc->columns.n >= tc->count && tc->heap.signature == PST_HEAP_SIGNATURE &&
	            tc->heap.client == client && !tc->apart == (client == PST_CLIENT_TC);
	status = open_matrix(tc, err);
	tc->row = malloc(PST_MAX(tc->ends[3], 1u));
	return status || (tc->row && !tc->columns.failed) ? status : pst_fail_memory(err);
}

static pstfix_status open_table(struct pst_tc *out, struct pst_reader *reader, uint64_t data,
                                const struct pst_subnodes *subnodes, bool results, pstfix_error *err)
{
	bool apart;
	pstfix_status status;

	*out = (struct pst_tc){.subnodes = subnodes, .current = UINT32_MAX};
	status = pst_heap_open(&out->heap, reader, data, err);
	if (status)
		return status;
	apart = results && out->heap.client == PST_CLIENT_APART;
	if (!apart)
		take_header(out);
	status = apart ? take_apart(out, err) : open_sides(out, err);
	if (!status)
		status = open_rest(out, apart ? PST_CLIENT_APART : PST_CLIENT_TC, err);
	if (status)
		pst_tc_deinit(out);
	return status;
}

pstfix_status pst_tc_open(struct pst_tc *out, struct pst_reader *reader, uint64_t data,
                          const struct pst_subnodes *subnodes, pstfix_error *err)
{
	return open_table(out, reader, data, subnodes, false, err);
}

pstfix_status pst_tc_open_results(struct pst_tc *out, struct pst_reader *reader, uint64_t data,
                                  const struct pst_subnodes *subnodes, pstfix_error *err)
{
	return open_table(out, reader, data, subnodes, true, err);
}

void pst_tc_deinit(struct pst_tc *tc)
{
	for (size_t i = 0; tc->apart && i < tc->columns.n; i++)
		pst_heap_deinit(&tc->apart[i]);
	free(tc->apart);
	tc->apart = NULL;
	for (size_t i = 0; i < PST_SIDE_HEAPS; i++)
		pst_heap_deinit(&tc->sides[i]);
	pst_stream_deinit(&tc->stream);
	pst_heap_deinit(&tc->heap);
	pst_array_deinit(&tc->columns);
	free(tc->row);
	tc->row = NULL;
}

static bool is_text(uint16_t type)
{
	return type == PST_STRING || type == PST_STRING8;
}

const struct pst_column *pst_tc_column(const struct pst_tc *tc, uint16_t id, uint16_t type)
{
	for (size_t i = 0; i < tc->columns.n; i++) {
		const struct pst_column *column = &tc->columns.at[i];

		if (column->id == id && (column->type == type || (is_text(column->type) && is_text(type))))
			return column;
	}
	return NULL;
}

const struct pst_column *pst_tc_column_of(const struct pst_tc *tc, uint16_t id)
{
	for (size_t i = 0; i < tc->columns.n; i++)
		if (tc->columns.at[i].id == id)
			return &tc->columns.at[i];
	return NULL;
}

/* ---- rows ------------------------------------------------------------------------------ */

uint32_t pst_tc_number(const struct pst_tc *tc, const struct pst_record *record)
{
	return (uint32_t)pst_get(record->data, tc->index.data);
}

enum pst_lookup pst_tc_find(uint32_t *row, const struct pst_tc *tc, uint32_t id)
{
	struct pst_record record;
	uint8_t key[4];
	enum pst_lookup found;

	pst_put(key, id, sizeof key);
	found = pst_bth_find(&record, &tc->index, key);
	*row = found ? UINT32_MAX : pst_tc_number(tc, &record);
	return found;
}

/* The bytes of a row; NULL: they cannot be read. */
static const uint8_t *find_row(const struct pst_tc *tc, uint32_t row)
{
	const size_t size = tc->ends[3];
	const uint32_t block = tc->per_block ? row / tc->per_block : 0;
	const uint8_t *data;
	struct pst_item item;
	size_t at;

	if (pst_is_hid(tc->rows_hnid))
		return pst_heap_item(&item, &tc->heap, tc->rows_hnid) ? NULL : item.data + row * size;
	at = row % tc->per_block * size;
	data = pst_stream_part(&tc->stream, block);
	return data && at + size <= tc->stream.parts.at[block].size ? data + at : NULL;
}

uint64_t pst_tc_place(const struct pst_tc *tc, uint32_t row)
{
	const uint32_t size = tc->ends[3];
	uint64_t place;

	if (row >= tc->rows)
		return PSTFIX_NOWHERE;
	if (!pst_is_hid(tc->rows_hnid))
		return pst_stream_place(&tc->stream, row / tc->per_block, row % tc->per_block * size);
	place = pst_heap_place(&tc->heap, tc->rows_hnid);
	return place == PSTFIX_NOWHERE ? place : place + (uint64_t)row * size;
}

enum pst_lookup pst_tc_row(struct pst_tc *tc, uint32_t row)
{
	const uint8_t *data;

	if (row == tc->current)
		return PST_THERE;
	tc->current = UINT32_MAX;
	if (row >= tc->rows)
		return PST_NOT_THERE;
	data = pst_reader_spend(tc->heap.stream.reader, tc->ends[3]) ? find_row(tc, row) : NULL;
	if (!data)
		return PST_MISSING;
	memcpy(tc->row, data, tc->ends[3]);
	tc->current = row;
	return PST_THERE;
}

pstfix_status pst_tc_cell(struct pst_value *out, const struct pst_tc *tc, const struct pst_column *column,
                          pstfix_error *err)
{
	const uint8_t width = pst_type_inline(column->type, CELL);
	const uint8_t *cell = tc->row + column->at;

	*out = (struct pst_value){.type = column->type, .found = PST_BROKEN};
	if (tc->current == UINT32_MAX || column->at + column->size > tc->ends[3] ||
	    column->size < (width ? 1 : HNID))
		return PSTFIX_OK;
	if (!width)
		return pst_value_open(out, column->type, pst_get32(cell), column->heap, tc->subnodes, err);
	pst_value_inline(out, column->type, cell, PST_MIN(width, column->size));
	return PSTFIX_OK;
}

uint64_t pst_tc_agreement(struct pst_reader *reader, const struct pst_tc *tc, const struct pst_pc *pc, bool folder)
{
	enum {
		MESSAGE_SIZE = 0x0E08,
		AGREE_MIN = 3,    /* cells that they must have in common */
		AGREE_FOR_ONE = 8 /* that make up for one in which they differ */
	};
	uint64_t agreed = 0, differ = 0;

	for (size_t i = 0; i < tc->columns.n; i++) {
		const struct pst_column *column = &tc->columns.at[i];
		const struct pst_property *property = pst_tc_has(tc, column) ? pst_pc_find(pc, column->id) : NULL;
		struct pst_value cell, value;

		if (!property || property->type != column->type || pst_tc_cell(&cell, tc, column, NULL))
			continue;
		if (!pst_pc_value(&value, pc, property, NULL)) {
			if (!pst_values_differ(reader, &cell, &value))
				agreed++;
			else if (column->id != MESSAGE_SIZE)
				differ++;
			pst_value_deinit(&value);
		}
		pst_value_deinit(&cell);
	}
	return agreed < (folder ? 1u : AGREE_MIN) || differ * AGREE_FOR_ONE > agreed ? 0 : agreed - differ;
}

/* ---- what a sound table has not ------------------------------------------------------- */

/* Among the cells of its width: those of 8 and 4 bytes come first, then those of 2, then those of 1. */
static bool in_place(const struct pst_tc *tc, const struct pst_column *column)
{
	const size_t region = column->size >= 4 ? 0 : column->size == 2 ? 1 : 2;

	return column->at >= (region ? tc->ends[region - 1] : 0) && column->at + column->size <= tc->ends[region];
}

/* The row's id and version are known by their place alone. */
static bool is_elsewhere(const struct pst_column *column)
{
	return (column->id == PST_ROW_ID && (column->at != 0 || column->bit != 0)) ||
	       (column->id == PST_ROW_VERSION && (column->at != 4 || column->bit != 1));
}

/* Where it is wrong about its cells, these may be anywhere. */
static unsigned cell_facts(const struct pst_tc *tc, const struct pst_column *column)
{
	const uint8_t width = pst_type_inline(column->type, CELL);

	return (pst_type_row(column->type) ? 0 : PST_COLUMN_TYPE) |
	       (column->size == (width ? width : HNID) ? 0 : PST_COLUMN_WIDTH) |
	       (in_place(tc, column) ? 0 : PST_COLUMN_PLACE);
}

unsigned pst_tc_column_facts(const struct pst_tc *tc, size_t i)
{
	const struct pst_column *column = &tc->columns.at[i];
	const unsigned cell = cell_facts(tc, column);
	unsigned facts = cell;

	facts |= column->bit < tc->columns.n ? 0 : PST_COLUMN_BIT;
	facts |= is_elsewhere(column) ? PST_COLUMN_ROW : 0;
	facts |= pst_known_column(tc, column) != column->type ? PST_COLUMN_KNOWN : 0;
	for (size_t k = 0; k < i; k++) {
		const struct pst_column *other = &tc->columns.at[k];

		if (column->at < other->at + other->size && other->at < column->at + column->size && !cell &&
		    !cell_facts(tc, other))
			facts |= PST_COLUMN_OVERLAP;
		if (column->bit == other->bit)
			facts |= PST_COLUMN_BIT;
	}
	if (i && (column->id < column[-1].id || (column->id == column[-1].id && column->type <= column[-1].type)))
		facts |= PST_COLUMN_UNSORTED;
	return facts;
}

bool pst_tc_ends_right(const struct pst_tc *tc)
{
	return tc->ends[0] <= tc->ends[1] && tc->ends[1] <= tc->ends[2] &&
	       tc->ends[3] == tc->ends[2] + (PST_MAX(tc->columns.n, tc->count) + 7) / 8;
}

/* What the index says of the rows: their ids, and whether it has them. */
struct said {
	uint32_t n;
	uint32_t *ids;
	uint8_t *seen; /* bits */
};

static void blame(struct pst_tc_facts *facts, uint64_t *fact, uint32_t row)
{
	++*fact;
	facts->first = PST_MIN(facts->first, row);
}

static void add_row(struct pst_rows *rows, uint32_t id, uint32_t row, enum pst_row_trust trust)
{
	if (rows)
		pst_add(&rows->by_id, ((struct pst_row){id, row, (uint8_t)trust}));
}

static void go_through_index(struct pst_tc_facts *facts, struct pst_rows *rows, const struct pst_tc *tc, struct said *said)
{
	struct pst_record record;
	struct pst_walk walk;

	pst_walk_begin(&walk, &tc->index);
	while (pst_walk_next(&record, &walk)) {
		uint32_t row = pst_tc_number(tc, &record), id = pst_get32(record.key);
		uint8_t bit = (uint8_t)(1 << row % 8);

		if (row < said->n && !(said->seen[row / 8] & bit)) {
			said->seen[row / 8] |= bit;
			said->ids[row] = id;
			continue;
		}
		if (row >= tc->rows)
			blame(facts, &facts->beyond, row);
		else if (row < said->n)
			blame(facts, &facts->repeated, row);
		add_row(rows, id, row, PST_ROW_NAMED);
	}
	facts->index = walk.facts;
}

static void go_through_matrix(struct pst_tc_facts *facts, struct pst_rows *rows, struct pst_tc *tc, const struct said *said)
{
	const struct pst_column *column = pst_tc_column(tc, PST_ROW_ID, PST_INT32);
	const bool has_id = column && column->size == 4 && column->at + 4 <= tc->ends[3];

	for (uint32_t row = 0; row < said->n; row++) {
		const bool indexed = said->seen[row / 8] & 1 << row % 8, there = !pst_tc_row(tc, row);
		const uint32_t id = there && has_id ? pst_get32(tc->row + column->at) : said->ids[row];

		if (!indexed)
			blame(facts, &facts->unindexed, row);
		if (!there)
			blame(facts, &facts->unreadable, row);
		if (indexed && id != said->ids[row]) {
			blame(facts, &facts->mismatched, row);
			add_row(rows, id, row, PST_ROW_NAMED);
			add_row(rows, said->ids[row], row, PST_ROW_NAMED);
		} else if (indexed) {
			add_row(rows, id, row, there ? PST_ROW_SURE : PST_ROW_NAMED);
		} else if (there && has_id) {
			add_row(rows, id, row, PST_ROW_UNINDEXED);
		}
	}
	for (size_t i = 0; i + 1 < tc->stream.parts.n; i++)
		facts->ragged += tc->stream.parts.at[i].size != pst_block_data(tc->stream.reader->index->format);
}

/* The surest first. */
static int by_id(const void *a, const void *b)
{
	const struct pst_row *x = a, *y = b;
	int order = PST_ORDER(x->id, y->id);

	order = order ? order : PST_ORDER(y->trust, x->trust);
	return order ? order : PST_ORDER(x->row, y->row);
}

static bool put_in_order(struct pst_rows *rows, uint32_t n)
{
	const size_t all = rows->by_id.n;
	size_t i = 1;

	rows->n = n;
	rows->order = malloc((n + 1) * sizeof *rows->order);
	if (!rows->order || rows->by_id.failed)
		return false;
	while (i < all && by_id(&rows->by_id.at[i - 1], &rows->by_id.at[i]) < 0)
		i++;
	if (i < all)
		pst_sort(rows->by_id.at, all, sizeof *rows->by_id.at, by_id);
	memset(rows->order, 0xFF, n * sizeof *rows->order);
	for (i = 0; i < all; i++)
		if (rows->by_id.at[i].trust != PST_ROW_NAMED)
			rows->order[rows->by_id.at[i].row] = (uint32_t)i;
	return true;
}

pstfix_status pst_tc_facts(struct pst_tc_facts *out, struct pst_rows *rows, struct pst_tc *tc, pstfix_error *err)
{
	struct said said = {.n = PST_MIN(tc->rows, (uint32_t)ROWS_JUDGED)};
	bool ready;

	*out = (struct pst_tc_facts){.first = UINT32_MAX, .unjudged = tc->rows - said.n};
	said.ids = calloc(said.n + 1, sizeof *said.ids);
	said.seen = calloc(said.n / 8 + 1, 1);
	ready = said.ids && said.seen;
	if (rows)
		pst_array_expect(&rows->by_id, said.n);
	if (ready) {
		go_through_index(out, rows, tc, &said);
		go_through_matrix(out, rows, tc, &said);
	}
	free(said.ids);
	free(said.seen);
	return ready && (!rows || put_in_order(rows, said.n)) ? PSTFIX_OK : pst_fail_memory(err);
}

void pst_rows_deinit(struct pst_rows *rows)
{
	pst_array_deinit(&rows->by_id);
	free(rows->order);
	rows->order = NULL;
}

const struct pst_row *pst_rows_find(const struct pst_rows *rows, uint32_t id)
{
	size_t low;

	PST_SEARCH(low, rows->by_id.n, rows->by_id.at[middle].id < id);
	return low < rows->by_id.n && rows->by_id.at[low].id == id ? &rows->by_id.at[low] : NULL;
}
