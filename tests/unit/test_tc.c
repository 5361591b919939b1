/* Table contexts: by hand, from genuine files, and damaged in every way. */
#include "byhand.h"
#include "ltp/pc.h"
#include "ltp/tc.h"

enum { ROW = 28, ROWS = 1000 }; /* many blocks of rows in the formats with small ones */

static const struct pst_column columns[] = {
	{.id = 0x0037, .type = PST_STRING, .at = 8, .size = 4, .bit = 2},
	{.id = 0x0042, .type = PST_STRING, .at = 12, .size = 4, .bit = 3},
	{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 8, .bit = 4},
	{.id = 0x0E17, .type = PST_INT16, .at = 24, .size = 2, .bit = 5},
	{.id = 0x360A, .type = PST_BOOL, .at = 26, .size = 1, .bit = 6},
	{.id = 0x67F2, .type = PST_INT32, .at = 0, .size = 4, .bit = 0},
	{.id = 0x67F3, .type = PST_INT32, .at = 4, .size = 4, .bit = 1},
};

static void put_columns(uint8_t *header, const struct pst_column *list, size_t n)
{
	header[0] = PST_CLIENT_TC;
	header[1] = (uint8_t)n;
	for (size_t i = 0; i < 4; i++)
		pst_put(header + 2 + 2 * i, i == 0 ? 24 : 25 + i, 2);
	for (size_t i = 0; i < n; i++) {
		uint8_t *p = header + 22 + 8 * i;

		pst_put(p, list[i].type, 2);
		pst_put(p + 2, list[i].id, 2);
		pst_put(p + 4, list[i].at, 2);
		p[6] = list[i].size;
		p[7] = list[i].bit;
	}
}

static void put_row(uint8_t *row, uint32_t id, uint32_t number, uint32_t text, uint32_t aside)
{
	memset(row, 0, ROW);
	pst_put(row, id, 4);
	pst_put(row + 8, text, 4);
	pst_put(row + 12, aside, 4);
	pst_put(row + 16, number, 8);
	pst_put(row + 24, number % 100, 2);
	row[26] = number % 2;
	row[27] = number % 3 ? 0xFE : 0xFA; /* every third has no 0x0E17 */
}

/* A table of `rows` rows in a subnode, with row ids going down as row numbers go up. */
static uint64_t make_table(struct store *store, struct pst_subnodes *subnodes, uint32_t rows, uint8_t width)
{
	const struct pst_format *f = store->index.format;
	const uint32_t full = pst_block_data(f), per = full / ROW;
	struct maker maker;
	uint8_t header[22 + 8 * 7] = {0}, *block = calloc(1, full), *index = calloc(8, rows);
	uint64_t parts[64], n_parts = 0;
	uint32_t bth, info, leaf, last, text, upper, step = 4u + width;
	struct pst_list_entry entries[3] = {{0x3F, 0, 0}, {0x521, 0, 0}, {0x541, 0, 0}};
	uint8_t levels[64 * 8];
	size_t n_leaves = 0;

	ck_assert(block && index);
	heap_begin(&maker, f, 0, PST_CLIENT_COLUMN);
	heap_add(&maker, "a\0s\0i\0d\0e\0", 10);
	entries[2].data = heap_put(&maker, store, 0);
	entries[1].data = put_block(store, "no heap", 7);
	for (uint32_t i = 0; i < rows; i += per) {
		for (uint32_t k = 0; k < per && i + k < rows; k++)
			put_row(block + k * ROW, 5000 - i - k, i + k, 0x60, 0x20);
		parts[n_parts++] = put_block(store, block, rows - i <= per ? (rows - i) * ROW : full);
		memset(block, 0, full);
	}
	entries[0].data = put_list(store, parts, n_parts, 1);
	ck_assert_int_eq(pst_subnodes_open(subnodes, &store->reader, put_subnodes(store, entries, 3), NULL), 0);
	heap_begin(&maker, f, 0, PST_CLIENT_TC);
	bth = heap_add_bth(&maker, 4, width, 1, 0);
	info = heap_add(&maker, header, sizeof header);
	text = heap_add(&maker, "t\0e\0x\0t\0", 8);
	ck_assert_uint_eq(text, 0x60);
	for (uint32_t i = 0; i < rows; i++) {
		pst_put(index + i * step, 5000 - rows + 1 + i, 4);
		pst_put(index + i * step + 4, rows - 1 - i, width);
	}
	for (uint32_t i = 0; i < rows; i += 100, n_leaves++) {
		last = PST_MIN(rows - i, 100u);
		leaf = heap_add(&maker, index + i * step, last * step);
		pst_put(levels + 8 * n_leaves, 5000 - rows + 1 + i, 4);
		pst_put(levels + 8 * n_leaves + 4, leaf, 4);
	}
	upper = heap_add(&maker, levels, 8 * n_leaves);
	set_root(&maker, bth, upper);
	put_columns(header, columns, 7);
	pst_put(header + 10, bth, 4);
	pst_put(header + 14, 0x3F, 4);
	memcpy(maker.data + maker.bounds[1], header, sizeof header);
	free(block);
	free(index);
	return heap_put(&maker, store, info);
}

START_TEST(tables)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t rows = f->block_max > 8192 ? ROWS * 5 : ROWS - 200;
	struct store store;
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	struct pst_tc_facts facts;
	uint64_t data;

	store_open(&store, f);
	data = make_table(&store, &subnodes, rows, _i == 1 ? 2 : 4);
	ck_assert_int_eq(pst_tc_open(&tc, &store.reader, data, &subnodes, NULL), 0);
	ck_assert(tc.sound);
	ck_assert_int_eq(tc.matrix, PST_THERE);
	ck_assert_uint_eq(tc.rows, rows);
	ck_assert_uint_eq(tc.rest, 0);
	ck_assert_uint_gt(tc.stream.parts.n, 1);
	ck_assert(pst_tc_ends_right(&tc));
	for (size_t i = 0; i < tc.columns.n; i++)
		ck_assert_uint_eq(pst_tc_column_facts(&tc, i), 0);
	ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), 0);
	ck_assert_uint_eq(facts.index.records, rows);
	ck_assert_uint_eq(facts.first, UINT32_MAX);
	ck_assert_uint_eq(facts.index.first + facts.beyond + facts.repeated + facts.unindexed + facts.mismatched +
	                  facts.unreadable + facts.ragged + facts.unjudged, 0);
	for (uint32_t row = 0; row < rows; row++) {
		struct pst_value value;
		uint32_t found;
		int64_t number;
		uint8_t bytes[20];

		ck_assert_int_eq(pst_tc_find(&found, &tc, 5000 - row), PST_THERE);
		ck_assert_uint_eq(found, row);
		ck_assert_int_eq(pst_tc_row(&tc, row), PST_THERE);
		ck_assert_int_eq(pst_tc_has(&tc, pst_tc_column(&tc, 0x0E17, PST_INT16)), row % 3 != 0);
		ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x0E06, PST_TIME), NULL), 0);
		ck_assert(pst_value_int(&value, &number));
		ck_assert_int_eq(number, row);
		ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x0037, PST_STRING8), NULL), 0);
		ck_assert_uint_eq(pst_value_read(&value, bytes, sizeof bytes, 0), 8);
		ck_assert_mem_eq(bytes, "t\0e\0x\0t\0", 8);
		ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x0042, PST_STRING), NULL), 0);
		ck_assert_uint_eq(pst_value_read(&value, bytes, sizeof bytes, 0), 10);
		ck_assert_mem_eq(bytes, "a\0s\0i\0d\0e\0", 10);
		ck_assert_uint_eq(pst_tc_place(&tc, row), pst_stream_place(&tc.stream, row / tc.per_block,
		                                                           row % tc.per_block * ROW));
	}
	ck_assert_int_eq(pst_tc_row(&tc, rows), PST_NOT_THERE);
	ck_assert(!pst_tc_has(&tc, &tc.columns.at[5]));
	pst_tc_deinit(&tc);
	pst_subnodes_deinit(&subnodes);
	store_close(&store);
}
END_TEST

/* Index and matrix that disagree: the second block of the matrix is gone, the last one is cut, and of the first rows
 * two have changed places. */
START_TEST(tables_damaged)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t rows = f->block_max > 8192 ? ROWS * 5 : ROWS - 200, per = pst_block_data(f) / ROW;
	struct store store;
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	struct pst_tc_facts facts;
	struct pst_block *block;
	uint64_t data;
	uint8_t ids[4] = {5000 & 0xFF, 5000 >> 8};

	store_open(&store, f);
	data = make_table(&store, &subnodes, rows, 4);
	ck_assert_int_eq(pst_tc_open(&tc, &store.reader, data, &subnodes, NULL), 0);
	store.index.io->write(store.index.io, ids, 4, pst_tc_place(&tc, 1), NULL);
	block = (struct pst_block *)(uintptr_t)tc.stream.parts.at[tc.stream.parts.n - 1].block;
	block->size = block->inflated = (uint16_t)(block->size - 2 * ROW - 3);
	block = (struct pst_block *)(uintptr_t)tc.stream.parts.at[1].block;
	if (tc.stream.parts.n > 2)
		block->at += f->unit + 1;
	pst_tc_deinit(&tc);
	ck_assert_int_eq(pst_tc_open(&tc, &store.reader, data, &subnodes, NULL), 0);
	ck_assert_uint_eq(tc.rows, rows - 3);
	ck_assert_uint_eq(tc.rest, ROW - 3);
	ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), 0);
	ck_assert_uint_eq(facts.beyond, 3);
	ck_assert_uint_eq(facts.mismatched, 1);
	ck_assert_uint_eq(facts.first, 1);
	ck_assert_uint_eq(facts.unreadable, tc.stream.parts.n > 2 ? per : 0);
	pst_tc_deinit(&tc);
	pst_subnodes_deinit(&subnodes);
	store_close(&store);
}
END_TEST

/* A table in one heap, of two rows, with `list` for columns, `n` index records and a matrix of `size` bytes. */
static uint64_t small_table(struct store *store, const struct pst_column *list, size_t n_columns,
                            const uint32_t (*index)[2], size_t n, size_t size)
{
	struct maker maker;
	uint8_t header[22 + 8 * 7] = {0}, records[8 * 8], matrix[4 * ROW];
	uint32_t bth, rows;

	heap_begin(&maker, store->index.format, 0, PST_CLIENT_TC);
	for (size_t i = 0; i < 4; i++)
		put_row(matrix + i * ROW, 0x20 + (uint32_t)i, 1, 0, 0);
	for (size_t i = 0; i < n; i++) {
		pst_put(records + 8 * i, index[i][0], 4);
		pst_put(records + 8 * i + 4, index[i][1], 4);
	}
	bth = heap_add_bth(&maker, 4, 4, 0, heap_add(&maker, records, 8 * n));
	rows = heap_add(&maker, matrix, size);
	put_columns(header, list, n_columns);
	pst_put(header + 10, bth, 4);
	pst_put(header + 14, rows, 4);
	return heap_put(&maker, store, heap_add(&maker, header, 22 + 8 * n_columns));
}

START_TEST(index_against_matrix)
{
	static const struct {
		uint32_t index[4][2];
		size_t n, size;
		uint64_t beyond, repeated, unindexed, mismatched, unsorted;
		uint32_t rows, rest;
	} cases[] = {
		{{{0x20, 0}, {0x21, 1}}, 2, 2 * ROW, 0, 0, 0, 0, 0, 2, 0},
		{{{0x20, 1}, {0x21, 0}}, 2, 2 * ROW, 0, 0, 0, 2, 0, 2, 0},
		{{{0x20, 0}, {0x21, 0}}, 2, 2 * ROW, 0, 1, 1, 0, 0, 2, 0},
		{{{0x20, 0}, {0x21, 7}}, 2, 2 * ROW, 1, 0, 1, 0, 0, 2, 0},
		{{{0x20, 0}, {0x21, UINT32_MAX}}, 2, 2 * ROW - 1, 1, 0, 0, 0, 0, 1, ROW - 1},
		{{{0x20, 0}}, 1, 4 * ROW, 0, 0, 3, 0, 0, 4, 0},
		{{{0x21, 1}, {0x20, 0}}, 2, 2 * ROW, 0, 0, 0, 0, 1, 2, 0},
		{{{0x20, 0}}, 1, 0, 1, 0, 0, 0, 0, 0, 0},
	};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		struct store store;
		struct pst_tc tc;
		struct pst_tc_facts facts;
		struct pst_subnodes none = {.whole = true};

		store_open(&store, &pst_formats[_i]);
		ck_assert_int_eq(pst_tc_open(&tc, &store.reader,
		                             small_table(&store, columns, 7, cases[i].index, cases[i].n, cases[i].size),
		                             &none, NULL), 0);
		ck_assert(tc.sound);
		ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), 0);
		ck_assert_msg(facts.beyond == cases[i].beyond && facts.repeated == cases[i].repeated &&
		              facts.unindexed == cases[i].unindexed && facts.mismatched == cases[i].mismatched &&
		              facts.index.unsorted == cases[i].unsorted && tc.rows == cases[i].rows &&
		              tc.rest == cases[i].rest, "case %zu", i);
		pst_tc_deinit(&tc);
		store_close(&store);
	}
}
END_TEST

START_TEST(columns_that_cannot_be)
{
	static const uint32_t index[1][2] = {{0x20, 0}};
	static const struct {
		struct pst_column column; /* in place of the third */
		unsigned facts;
	} cases[] = {
		{{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 8, .bit = 4}, 0},
		{{.id = 0x0042, .type = PST_STRING, .at = 16, .size = 4, .bit = 4}, PST_COLUMN_UNSORTED},
		{{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 4, .bit = 4}, PST_COLUMN_WIDTH},
		{{.id = 0x0E06, .type = PST_TIME, .at = 18, .size = 8, .bit = 4}, PST_COLUMN_PLACE},
		{{.id = 0x0E06, .type = PST_TIME, .at = 0xFFFF, .size = 8, .bit = 4}, PST_COLUMN_PLACE},
		{{.id = 0x0E06, .type = PST_TIME, .at = 12, .size = 8, .bit = 4}, PST_COLUMN_OVERLAP},
		{{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 8, .bit = 3}, PST_COLUMN_BIT},
		{{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 8, .bit = 200}, PST_COLUMN_BIT},
		{{.id = 0x0E06, .type = 0x7777, .at = 16, .size = 4, .bit = 4}, PST_COLUMN_TYPE},
		{{.id = 0x67F2, .type = PST_INT32, .at = 16, .size = 4, .bit = 4}, PST_COLUMN_ROW},
	};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		struct store store;
		struct pst_tc tc;
		struct pst_value value;
		struct pst_column list[7];

		store_open(&store, &pst_formats[_i]);
		memcpy(list, columns, sizeof list);
		list[2] = cases[i].column;
		ck_assert_int_eq(pst_tc_open(&tc, &store.reader, small_table(&store, list, 7, index, 1, ROW), NULL, NULL), 0);
		ck_assert_msg(pst_tc_column_facts(&tc, 2) == cases[i].facts, "case %zu: %u", i,
		              pst_tc_column_facts(&tc, 2));
		ck_assert_int_eq(pst_tc_row(&tc, 0), PST_THERE);
		pst_tc_has(&tc, &tc.columns.at[2]);
		ck_assert_int_eq(pst_tc_cell(&value, &tc, &tc.columns.at[2], NULL), 0);
		pst_value_deinit(&value);
		pst_tc_deinit(&tc);
		store_close(&store);
	}
}
END_TEST

/* From genuine files. */
START_TEST(tc_vectors)
{
	static const char *const tcs[] = {
		"4a00ec7c4000000000000000 b504040000000000"
		"7c04180018001800190020000000000000000000 0000 1400330e10000803 4000073008000802 0300f26700000400"
		"0300f36704000401 02000000 0c0014004a00",
		"6400ec7c4000000000000000 b504040060000000"
		"7c0410001000100011002000000080000000 00000000 1f001a000c000403 0300056608000402 0300f26700000400"
		"0300f36704000401 0100000000000000 01000000020000002201000000000000f0 00 04000000 0c0014004a0052006300"};
	struct store store;
	struct pst_subnodes none = {.whole = true};
	struct pst_value value;
	int64_t number;
	uint32_t row;

	store_open(&store, &pst_formats[_i]);
	for (size_t i = 0; i < PST_COUNT(tcs); i++) {
		struct pst_tc tc;
		struct pst_tc_facts facts;

		ck_assert_int_eq(pst_tc_open(&tc, &store.reader, put_hex(&store, tcs[i]), &none, NULL), 0);
		ck_assert(tc.sound && !tc.matrix);
		ck_assert_uint_eq(tc.rows, i);
		ck_assert(pst_tc_ends_right(&tc));
		for (size_t k = 0; k < tc.columns.n; k++)
			ck_assert_uint_eq(pst_tc_column_facts(&tc, k), 0);
		ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), 0);
		ck_assert_uint_eq(facts.first, UINT32_MAX);
		if (i) {
			ck_assert_int_eq(pst_tc_find(&row, &tc, 1), PST_THERE);
			ck_assert_int_eq(pst_tc_row(&tc, row), PST_THERE);
			ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x6605, PST_INT32), NULL), 0);
			ck_assert(pst_value_int(&value, &number) && number == 0x122);
			ck_assert(pst_tc_has(&tc, pst_tc_column(&tc, 0x001A, PST_STRING)));
			ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x001A, PST_STRING), NULL), 0);
			ck_assert(pst_value_fits(&value) && !value.size);
		}
		pst_tc_deinit(&tc);
	}
	store_close(&store);
}
END_TEST

static void read_everything(struct store *store, uint64_t data, const struct pst_subnodes *subnodes)
{
	struct pst_heap_block block;
	struct pst_value value;
	struct pst_pc pc;
	struct pst_tc tc;
	struct pst_tc_facts facts;
	uint8_t bytes[64];

	ck_assert_int_eq(pst_pc_open(&pc, &store->reader, data, subnodes, NULL), 0);
	for (uint32_t i = 0; i < pc.heap.stream.parts.n; i++)
		pst_heap_block_facts(&block, &pc.heap, i);
	for (size_t i = 0; i < pc.properties.n; i++) {
		ck_assert_int_eq(pst_pc_value(&value, &pc, &pc.properties.at[i], NULL), 0);
		ck_assert_uint_le(pst_value_read(&value, bytes, sizeof bytes, 0), sizeof bytes);
		pst_value_fits(&value);
		pst_value_deinit(&value);
	}
	pst_pc_deinit(&pc);
	ck_assert_int_eq(pst_tc_open(&tc, &store->reader, data, subnodes, NULL), 0);
	ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), 0);
	for (size_t i = 0; i < tc.columns.n; i++)
		pst_tc_column_facts(&tc, i);
	for (uint32_t row = 0; row < PST_MIN(tc.rows, 50u); row++)
		for (size_t i = 0; i < tc.columns.n && !pst_tc_row(&tc, row); i++) {
			pst_tc_has(&tc, &tc.columns.at[i]);
			ck_assert_int_eq(pst_tc_cell(&value, &tc, &tc.columns.at[i], NULL), 0);
			pst_value_read(&value, bytes, sizeof bytes, 0);
			pst_value_deinit(&value);
		}
	pst_tc_deinit(&tc);
}

/* A table of which some bytes are others, again and again: nothing is read that is not there (the sanitizers would
 * tell), and nothing takes more work than the bytes can account for. */
START_TEST(bytes_changed_at_random)
{
	const struct pst_format *f = &pst_formats[_i];
	struct store store;
	struct pst_subnodes subnodes;
	struct pst_block *block;
	uint8_t good[PST_BLOCK_MAX], bad[PST_BLOCK_MAX];
	uint32_t state = 12345;
	uint64_t data, work;

	store_open(&store, f);
	data = make_table(&store, &subnodes, 700, 4);
	block = pst_index_block(&store.index, data);
	store.index.io->read(store.index.io, good, block->size, block->at, NULL);
	for (int round = 0; round < 1000; round++) {
		memcpy(bad, good, block->size);
		for (int i = 0; i < 1 + round % 4; i++) {
			uint32_t at;

			state = state * 1103515245 + 12345;
			at = state >> 8;
			/* most in headers and the map, where they matter */
			at = at % 4 ? at % 120 : at % 8 ? block->size - 1 - at % 60 : at % block->size;
			bad[at] = (uint8_t)(state % 3 ? state >> 13 : 0xFF);
		}
		store.index.io->write(store.index.io, bad, block->size, block->at, NULL);
		pst_reader_forget(&store.reader);
		work = store.reader.work;
		read_everything(&store, data, &subnodes);
		ck_assert_uint_lt(store.reader.work - work, 50 * store.index.io->size);
	}
	pst_subnodes_deinit(&subnodes);
	store_close(&store);
}
END_TEST

Suite *tc_suite(void)
{
	Suite *suite = suite_create("tc");
	TCase *tests = tcase_create("tc");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, tables, 0, PST_FORMATS);
	tcase_add_loop_test(tests, tables_damaged, 0, PST_FORMATS);
	tcase_add_loop_test(tests, index_against_matrix, 0, PST_FORMATS);
	tcase_add_loop_test(tests, columns_that_cannot_be, 0, PST_FORMATS);
	tcase_add_loop_test(tests, tc_vectors, 0, PST_FORMATS);
	tcase_add_loop_test(tests, bytes_changed_at_random, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
