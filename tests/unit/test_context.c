/* Property and table contexts: written, and read back. */
#include "byhand.h"
#include "ltp/pc.h"

/* ---- property contexts ------------------------------------------------------------------ */

/* Whether the only block of a heap is that of a genuine file, given as digits with any spaces. */
static void check_bytes(struct target *target, uint64_t data, const char *text)
{
	struct target other;
	struct pst_stream ours, theirs;

	target_open(&other, target->sink.format);
	ck_assert_int_eq(pst_stream_open(&ours, &target->store.reader, data, NULL), 0);
	ck_assert_int_eq(pst_stream_open(&theirs, &other.store.reader, put_hex(&other.store, text), NULL), 0);
	ck_assert_uint_eq(ours.size, theirs.size);
	ck_assert_mem_eq(pst_stream_part(&ours, 0), pst_stream_part(&theirs, 0), (size_t)ours.size);
	pst_stream_deinit(&theirs);
	pst_stream_deinit(&ours);
	store_close(&other.store);
}

struct property {
	uint16_t id, type;
	struct pst_given given;
};

static void write_pc(struct target *target, const struct property *properties, size_t n, size_t said,
                     const struct pst_subnodes *kept, uint64_t *data, uint64_t *sub)
{
	struct pst_pc_writer writer;

	ck_assert_int_eq(pst_pc_writer_begin(&writer, &target->sink, said, kept, NULL), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(pst_pc_writer_add(&writer, properties[i].id, properties[i].type, &properties[i].given, NULL), 0);
	ck_assert_int_eq(pst_pc_writer_end(&writer, data, sub, NULL), 0);
	pst_pc_writer_deinit(&writer);
}

/* What genuine files have for the same properties, but for fill levels in the format with large blocks. */
START_TEST(pcs_like_genuine_ones)
{
	static const struct property none[] = {{0x660B, PST_INT32, {.data = "\0\0\0\0", .size = 4}}};
	static const struct property root[] = {
		{0x3001, PST_STRING, {0}}, {0x3602, PST_INT32, {.data = "\0\0\0\0", .size = 4}},
		{0x3603, PST_INT32, {.data = "\0\0\0\0", .size = 4}}, {0x360A, PST_BOOL, {.data = "\1", .size = 1}}};
	static const struct property search[] = {
		{0x3001, PST_STRING, {.data = "S\0e\0a\0r\0c\0h\0 \0R\0o\0o\0t\0", .size = 22}},
		{0x3602, PST_INT32, {.data = "\0\0\0\0", .size = 4}}, {0x3603, PST_INT32, {.data = "\0\0\0\0", .size = 4}},
		{0x360A, PST_BOOL, {.data = "\0", .size = 1}}};
	const struct {
		const struct property *properties;
		size_t n;
		const char *bytes;
	} cases[] = {
		{none, 1, "1c00ecbc2000000000000000 b502060040000000 0b66030000000000 02000000 0c0014001c00"},
		{root, 4, "3400ecbc2000000000000000 b502060040000000 01301f0000000000 0236030000000000 0336030000000000"
		          "0a360b0001000000 02000000 0c0014003400"},
		{search, 4, "4a00ecbc2000000000000000 b502060040000000 01301f0060000000 0236030000000000 0336030000000000"
		            "0a360b0000000000 530065006100720063006800200052006f006f007400 03000000 0c00140034004a00"}};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		struct target target;
		uint64_t data, sub;

		target_open(&target, &pst_formats[_i]);
		write_pc(&target, cases[i].properties, cases[i].n, cases[i].n + 3 * i, NULL, &data, &sub);
		ck_assert_uint_eq(sub, 0);
		check_bytes(&target, data, cases[i].bytes);
		store_close(&target.store);
	}
}
END_TEST

static uint8_t long_bytes[70000];

static void fill_long_bytes(void)
{
	for (size_t i = 0; i < sizeof long_bytes; i++)
		long_bytes[i] = (uint8_t)(i * 11 + i / 256);
}

static void check_property(struct pst_pc *pc, const struct property *expected)
{
	const struct pst_property *property = pst_pc_find(pc, expected->id);
	const size_t size = expected->given.size;
	struct pst_value value;
	uint8_t *bytes;
	size_t n;

	ck_assert_ptr_nonnull(property);
	ck_assert_uint_eq(property->type, expected->type);
	ck_assert_int_eq(pst_pc_value(&value, pc, property, NULL), 0);
	ck_assert(!value.found && pst_value_fits(&value));
	bytes = pst_value_load(&value, sizeof long_bytes, &n);
	if (!expected->given.tree && !expected->given.nid) {
		ck_assert_uint_eq(n, size);
		ck_assert(!size || !memcmp(bytes, expected->given.data, size));
		ck_assert_int_eq(size > PST_HEAP_ITEM, !pst_is_hid(value.hnid));
	} else {
		ck_assert_uint_eq(n, 9);
		ck_assert_mem_eq(bytes, "put aside", 9);
	}
	free(bytes);
	pst_value_deinit(&value);
}

static void check_pc(struct target *target, const struct property *properties, size_t n, uint64_t data, uint64_t sub,
                     size_t subnodes_expected)
{
	struct pst_subnodes subnodes;
	struct pst_pc pc;

	ck_assert_int_eq(pst_subnodes_open(&subnodes, &target->store.reader, sub, NULL), 0);
	ck_assert(subnodes.whole && subnodes.ordered);
	ck_assert_uint_eq(subnodes.entries.n, subnodes_expected);
	ck_assert_int_eq(pst_pc_open(&pc, &target->store.reader, data, &subnodes, NULL), 0);
	ck_assert(pc.sound && !pc.facts.first);
	ck_assert_uint_eq(pc.properties.n, n);
	check_heap_maps(&pc.heap);
	for (size_t i = 0; i < n; i++)
		check_property(&pc, &properties[i]);
	pst_pc_deinit(&pc);
	pst_subnodes_deinit(&subnodes);
}

#define BYTES(pointer, n) {.data = (pointer), .size = (n)}

/* Every type, once and many times. */
START_TEST(types)
{
	struct property properties[64] = {0};
	struct target target;
	uint64_t data, sub;
	size_t n = 0;

	for (uint32_t type = 0; type < 0x2000; type++) {
		const struct pst_type_row *row = pst_type_row((uint16_t)type);

		if (!row)
			continue;
		properties[n] = (struct property){(uint16_t)(0x100 + n), (uint16_t)type, BYTES(long_bytes, row->size)};
		if (type == PST_BOOL)
			properties[n].given.data = "\1";
		if (!row->size)
			properties[n].given.size = 20;
		if (type & PST_MULTIPLE)
			properties[n].given.size = row->size * 3;
		if (type & PST_MULTIPLE && !row->size)
			properties[n].given = (struct pst_given)BYTES("\2\0\0\0\14\0\0\0\16\0\0\0abcd", 16);
		n++;
	}
	ck_assert_uint_eq(n, 18 + 12);
	fill_long_bytes();
	target_open(&target, &pst_formats[_i]);
	write_pc(&target, properties, n, n, NULL, &data, &sub);
	check_pc(&target, properties, n, data, sub, 0);
	store_close(&target.store);
}
END_TEST

START_TEST(long_values)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t full = pst_block_data(f);
	struct property properties[] = {
		{1, PST_BINARY, BYTES(long_bytes, 3579)}, {2, PST_BINARY, BYTES(long_bytes, 3580)},
		{3, PST_BINARY, BYTES(long_bytes, 3581)}, {4, PST_STRING, BYTES(long_bytes, full)},
		{5, PST_BINARY, BYTES(long_bytes, full + 1)}, {6, PST_BINARY, BYTES(long_bytes, sizeof long_bytes)},
		{7, PST_BINARY, {0}}, {8, PST_BINARY, {0}}, {9, PST_OBJECT, BYTES("\x7F\x02\0\0\t\0\0\0", 8)},
		{10, PST_INT32 | PST_MULTIPLE, BYTES(long_bytes, 4000)}};
	struct pst_subnodes kept = {.whole = true, .ordered = true};
	struct target target;
	uint64_t data, sub;

	fill_long_bytes();
	target_open(&target, f);
	properties[6].given.tree = put_block(&target.store, "put aside", 9);
	/* an id that the counter would give, and others around those that it gives */
	properties[7].given.nid = 0x403 << 5 | 0x1F;
	pst_add(&kept.entries, ((struct pst_list_entry){.nid = 0x27F, .data = properties[6].given.tree}));
	pst_add(&kept.entries, ((struct pst_list_entry){.nid = 0x403 << 5 | 0x1F, .data = properties[6].given.tree}));
	pst_add(&kept.entries, ((struct pst_list_entry){.nid = 0x999 << 5 | 5, .data = 0, .sub = 0}));
	write_pc(&target, properties, PST_COUNT(properties), PST_COUNT(properties), &kept, &data, &sub);
	check_pc(&target, properties, PST_COUNT(properties), data, sub, 3 + 6);
	ck_assert_uint_eq(target.sink.last_value, 0x400 + 6 + 1);
	pst_array_deinit(&kept.entries);
	store_close(&target.store);
}
END_TEST

START_TEST(many_properties)
{
	static const size_t counts[] = {0, 1, 446, 447, 448, 3000};
	struct property *properties = calloc(3000, sizeof *properties);

	ck_assert_ptr_nonnull(properties);
	fill_long_bytes();
	for (size_t i = 0; i < 3000; i++)
		properties[i] = (struct property){(uint16_t)i, i % 3 ? PST_BINARY : PST_INT32,
		                                  BYTES(long_bytes + i, i % 3 ? i % 50 * (i % 7) : 4)};
	for (size_t i = 0; i < PST_COUNT(counts); i++) {
		struct target target;
		uint64_t data, sub;

		target_open(&target, &pst_formats[_i]);
		write_pc(&target, properties, counts[i], counts[i], NULL, &data, &sub);
		check_pc(&target, properties, counts[i], data, sub, 0);
		store_close(&target.store);
	}
	free(properties);
}
END_TEST

START_TEST(properties_that_cannot_be)
{
	static const struct property cases[] = {
		{5, PST_INT32, BYTES("\1\2\3\4", 3)}, {5, PST_STRING, BYTES("abc", 3)}, {5, 0x7777, BYTES("abc", 3)},
		{5, PST_TIME, {0}}, {5, PST_TIME, {.tree = 4}}, {5, PST_OBJECT, {.nid = 0x1F}}, {4, PST_INT32, BYTES("\1\2\3\4", 4)},
		{5, PST_INT64 | PST_MULTIPLE, BYTES("123456789", 9)}};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		struct target target;
		struct pst_pc_writer writer;

		target_open(&target, &pst_formats[_i]);
		ck_assert_int_eq(pst_pc_writer_begin(&writer, &target.sink, 2, NULL, NULL), 0);
		ck_assert_int_eq(pst_pc_writer_add(&writer, 4, PST_INT32, &(struct pst_given)BYTES("\1\2\3\4", 4), NULL), 0);
		ck_assert_msg(pst_pc_writer_add(&writer, cases[i].id, cases[i].type, &cases[i].given, NULL) ==
		              PSTFIX_ERROR_ARGUMENT, "case %zu", i);
		pst_pc_writer_deinit(&writer);
		store_close(&target.store);
	}
}
END_TEST

/* ---- table contexts --------------------------------------------------------------------- */

/* In the order of their making. */
static const uint32_t hierarchy[] = {0x67F20003, 0x67F30003, 0x3001001F, 0x36020003, 0x36030003, 0x360A000B, 0x0E300102,
                                     0x0E330014, 0x0E340102, 0x0E380003, 0x3613001F, 0x66350003, 0x66360003};

START_TEST(layouts)
{
	struct pst_column columns[PST_COUNT(hierarchy)];
	static const struct {
		uint16_t id, at;
		uint8_t size, bit;
	} expected[] = {{0x0E30, 20, 4, 6}, {0x0E33, 24, 8, 7}, {0x0E34, 32, 4, 8}, {0x0E38, 36, 4, 9}, {0x3001, 8, 4, 2},
	                {0x3602, 12, 4, 3}, {0x3603, 16, 4, 4}, {0x360A, 52, 1, 5}, {0x3613, 40, 4, 10}, {0x6635, 44, 4, 11},
	                {0x6636, 48, 4, 12}, {0x67F2, 0, 4, 0}, {0x67F3, 4, 4, 1}};

	pst_tc_layout(columns, hierarchy, PST_COUNT(hierarchy));
	for (size_t i = 0; i < PST_COUNT(expected); i++)
		for (size_t k = 0; k < PST_COUNT(expected); k++)
			if (columns[k].id == expected[i].id)
				ck_assert(columns[k].at == expected[i].at && columns[k].size == expected[i].size &&
				          columns[k].bit == expected[i].bit);
}
END_TEST

START_TEST(tcs_like_genuine_ones)
{
	static const uint32_t changes[] = {0x67F20003, 0x67F30003, 0x30070040, 0x0E330014};
	static const uint32_t searches[] = {0x67F20003, 0x67F30003, 0x66050003, 0x001A001F};
	const struct pst_given cells[] = {{0}, {0}, {.data = "\x22\1\0\0", .size = 4, .there = true}, {.there = true}};
	const struct pst_format *f = &pst_formats[_i];
	struct pst_column columns[4];
	const struct pst_tc_shape shape = {.columns = columns, .n = 4, .number = 4};
	struct target target;
	struct pst_tc_writer writer;
	uint64_t data, sub;

	target_open(&target, f);
	pst_tc_layout(columns, changes, 4);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 0, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_end(&writer, &data, &sub, NULL), 0);
	pst_tc_writer_deinit(&writer);
	check_bytes(&target, data, "4a00ec7c4000000000000000 b504040000000000"
	            "7c04180018001800190020000000000000000000 0000 1400330e10000803 4000073008000802 0300f26700000400"
	            "0300f36704000401 02000000 0c0014004a00");
	pst_tc_layout(columns, searches, 4);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 3, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 1, 2, cells, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_end(&writer, &data, &sub, NULL), 0);
	pst_tc_writer_deinit(&writer);
	ck_assert_uint_eq(sub, 0);
	check_bytes(&target, data, "6400ec7c4000000000000000 b504040060000000"
	            "7c0410001000100011002000000080000000 00000000 1f001a000c000403 0300056608000402 0300f26700000400"
	            "0300f36704000401 0100000000000000 01000000020000002201000000000000f0 00 04000000 0c0014004a0052006300");
	store_close(&target.store);
}
END_TEST

/* Of columns of every width; what a cell has follows from its row's number. */
static const uint32_t many[] = {0x67F20003, 0x67F30003, 0x0E17000B, 0x0037001F, 0x0E060040, 0x00710102, 0x10981102,
                                0x00350002, 0x0058000B, 0x30130102, 0x00480048, 0x0042001F};

enum { COLUMNS = PST_COUNT(many), ROW_SIZE = 8 + 4 + 8 + 4 * 5 + 2 + 2 + 2 };

static void make_cells(struct pst_given *cells, const struct pst_column *columns, uint32_t row)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		const uint8_t width = pst_type_inline(columns[i].type, 8);

		cells[i] = (struct pst_given){.data = long_bytes + (row * 3 + i) % 60000, .there = (row + i) % 5 != 0};
		cells[i].size = width ? width : columns[i].type == PST_GUID ? 16 : (row * 7 + i * 5) % 30 * 2;
		if (columns[i].type == PST_BOOL)
			cells[i].data = row % 2 ? "\1" : "\0";
		if (row % 1000 == 999 && columns[i].id == 0x0071)
			cells[i].size = 5000;
		if (columns[i].type == (PST_BINARY | PST_MULTIPLE))
			cells[i] = (struct pst_given){.data = "\1\0\0\0\10\0\0\0value", .size = 13, .there = row % 4 == 1};
	}
}

static void check_row(struct pst_tc *tc, const struct pst_column *columns, uint32_t row)
{
	struct pst_given cells[COLUMNS];
	uint8_t bytes[5000];
	struct pst_value value;
	bool right = !pst_tc_row(tc, row);

	make_cells(cells, columns, row);
	for (size_t i = 2; i < COLUMNS && right; i++) {
		const struct pst_column *column = pst_tc_column(tc, columns[i].id, columns[i].type);

		right = column && pst_tc_has(tc, column) == cells[i].there;
		if (!right || !cells[i].there)
			continue;
		right = !pst_tc_cell(&value, tc, column, NULL) && pst_value_fits(&value) && value.size == cells[i].size &&
		        pst_value_read(&value, bytes, sizeof bytes, 0) == cells[i].size && !memcmp(bytes, cells[i].data, cells[i].size) &&
		        !value.stream.reader == (cells[i].size < 5000);
		pst_value_deinit(&value);
	}
	ck_assert_msg(right, "row %u", row);
}

static void check_table(struct target *target, const struct pst_column *columns, uint64_t data, uint64_t sub, uint32_t rows,
                        uint8_t number, bool apart)
{
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	struct pst_tc_facts facts;
	uint32_t row;

	ck_assert_int_eq(pst_subnodes_open(&subnodes, &target->store.reader, sub, NULL), 0);
	ck_assert(subnodes.whole && subnodes.ordered);
	ck_assert_int_eq(pst_tc_open(&tc, &target->store.reader, data, &subnodes, NULL), 0);
	ck_assert(tc.sound && !tc.matrix && pst_tc_ends_right(&tc));
	check_heap_maps(&tc.heap);
	ck_assert_uint_eq(tc.index.data, number);
	ck_assert_uint_eq(tc.rows, rows);
	ck_assert_uint_eq(tc.rest, 0);
	ck_assert_uint_eq(tc.ends[3], ROW_SIZE);
	ck_assert_uint_eq(tc.rows_hnid, !rows ? 0 : apart ? 0x3F : 0x80);
	for (size_t i = 0; i < COLUMNS; i++)
		ck_assert_uint_eq(pst_tc_column_facts(&tc, i), 0);
	ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), 0);
	ck_assert(facts.first == UINT32_MAX && !facts.ragged && !facts.index.first && facts.index.records == rows);
	for (row = 0; row < rows; row += rows > 5000 ? 7 : 1)
		check_row(&tc, columns, row);
	if (rows) {
		check_row(&tc, columns, rows - 1);
		ck_assert_int_eq(pst_tc_find(&row, &tc, (rows - 1) * 32 + 4), PST_THERE);
		ck_assert_uint_eq(row, rows - 1);
	}
	pst_tc_deinit(&tc);
	pst_subnodes_deinit(&subnodes);
}

static void write_table(const struct pst_format *f, uint32_t rows, uint32_t said, uint8_t number, bool apart, bool sides)
{
	struct pst_column columns[COLUMNS];
	struct pst_given cells[COLUMNS];
	const struct pst_tc_shape shape = {.columns = columns, .n = COLUMNS, .sides = sides};
	struct target target;
	struct pst_tc_writer writer;
	uint64_t data, sub;

	target_open(&target, f);
	pst_tc_layout(columns, many, COLUMNS);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, said, NULL, NULL), 0);
	for (uint32_t row = 0; row < rows; row++) {
		make_cells(cells, columns, row);
		if (pst_tc_writer_add(&writer, row * 32 + 4, row + 100, cells, NULL))
			ck_abort_msg("row %u", row);
	}
	ck_assert_int_eq(pst_tc_writer_end(&writer, &data, &sub, NULL), 0);
	pst_tc_writer_deinit(&writer);
	check_table(&target, columns, data, sub, rows, number, apart);
	store_close(&target.store);
}

START_TEST(tables_written)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t fit = PST_HEAP_ITEM / ROW_SIZE, per = pst_block_data(f) / ROW_SIZE;
	const uint32_t counts[] = {1, 2, fit - 1, fit, fit + 1, per, per + 1, 2 * per, 2 * per + 1, 447, 448, 596, 597};

	fill_long_bytes();
	write_table(f, 0, 0, f->row_number, false, false);
	for (size_t i = 0; i < PST_COUNT(counts); i++)
		write_table(f, counts[i], counts[i], f->row_number, counts[i] > fit, false);
	write_table(f, 10, fit, f->row_number, false, false);
	write_table(f, 0, 10, f->row_number, false, false);
	write_table(f, 0, 10000, f->row_number, false, false);
	write_table(f, 10, 10000, f->row_number, true, false);
	write_table(f, 0, 0, f->row_number, false, true);
	write_table(f, 2000, 2000, f->row_number, true, true);
}
END_TEST

START_TEST(long_tables)
{
	fill_long_bytes();
	write_table(&pst_formats[_i], 100000, 100000, 4, true, false);
	write_table(&pst_formats[_i], 65536, 65536, pst_formats[_i].row_number, true, false);
}
END_TEST

/* Nothing is lost but what was given back, whenever it fails: the sanitizers would tell. */
START_TEST(failures)
{
	const struct pst_format *f = &pst_formats[_i];
	struct pst_column columns[COLUMNS];
	struct pst_given cells[COLUMNS];
	const struct pst_tc_shape shape = {.columns = columns, .n = COLUMNS, .sides = true};
	pstfix_status status = PSTFIX_ERROR_IO;

	pst_tc_layout(columns, many, COLUMNS);
	for (size_t left = 0; status; left++) {
		struct target target;
		struct pst_tc_writer writer;
		uint64_t data, sub;

		target_open(&target, f);
		target.left = left;
		status = pst_tc_writer_begin(&writer, &target.sink, &shape, 1500, NULL, NULL);
		ck_assert_int_eq(status, 0);
		for (uint32_t row = 0; row < 1500 && !status; row++) {
			make_cells(cells, columns, row);
			status = pst_tc_writer_add(&writer, row, row, cells, NULL);
		}
		if (!status)
			status = pst_tc_writer_end(&writer, &data, &sub, NULL);
		ck_assert(!status || status == PSTFIX_ERROR_IO);
		pst_tc_writer_deinit(&writer);
		store_close(&target.store);
	}
}
END_TEST

START_TEST(tables_that_cannot_be)
{
	const struct pst_format *f = &pst_formats[_i];
	static const struct pst_given cells[2] = {{0}};
	static const uint32_t tags[] = {0x67F20003, 0x67F30003};
	struct pst_column columns[256];
	struct pst_tc_shape shape = {.columns = columns, .n = 2};
	struct target target;
	struct pst_tc_writer writer;

	target_open(&target, f);
	pst_tc_layout(columns, tags, 2);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 5, 1, cells, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 5, 2, cells, NULL), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 6, 2, cells, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 7, 3, cells, NULL), PSTFIX_ERROR_ARGUMENT);
	pst_tc_writer_deinit(&writer);
	columns[1].at = 8;
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), PSTFIX_ERROR_ARGUMENT);
	columns[1].at = 4;
	shape.n = 1;
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), PSTFIX_ERROR_ARGUMENT);
	shape.n = 0;
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), PSTFIX_ERROR_ARGUMENT);
	for (size_t i = 2; i < 256; i++)
		columns[i] = columns[1];
	shape.n = 256;
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), PSTFIX_ERROR_ARGUMENT);
	store_close(&target.store);
}
END_TEST

Suite *context_suite(void)
{
	Suite *suite = suite_create("context");
	TCase *tests = tcase_create("context");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests, pcs_like_genuine_ones, 0, PST_FORMATS);
	tcase_add_loop_test(tests, types, 0, PST_FORMATS);
	tcase_add_loop_test(tests, long_values, 0, PST_FORMATS);
	tcase_add_loop_test(tests, many_properties, 0, PST_FORMATS);
	tcase_add_loop_test(tests, properties_that_cannot_be, 0, PST_FORMATS);
	tcase_add_test(tests, layouts);
	tcase_add_loop_test(tests, tcs_like_genuine_ones, 0, PST_FORMATS);
	tcase_add_loop_test(tests, tables_written, 0, PST_FORMATS);
	tcase_add_loop_test(tests, long_tables, 0, PST_FORMATS);
	tcase_add_loop_test(tests, failures, 0, PST_FORMATS);
	tcase_add_loop_test(tests, tables_that_cannot_be, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
