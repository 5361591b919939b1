/* The pass: what it finds, in any number of threads, on bad media, within its bound of work. */
#include "ndb/stream.h"
#include "unit.h"

#include <errno.h>

static struct pst_scan_options one_thread = {.threads = 1};

static void scan(struct pst_inventory *out, struct memory *memory, const struct pst_format *f,
                 const struct pst_scan_options *options)
{
	ck_assert_int_eq(pst_scan(out, &memory->io, f, options, NULL), PSTFIX_OK);
}

START_TEST(finds_everything)
{
	const struct pst_format *f = &pst_formats[_i];
	struct memory *memory = store_new(f, 500);
	struct pst_inventory inventory;
	const struct pst_format *found;
	size_t blocks = 0, leaves = 0;
	uint64_t work;

	scan(&inventory, memory, f, &one_thread);
	for (size_t i = 0; i < inventory.found.n; i++) {
		blocks += !inventory.found.at[i].type;
		leaves += inventory.found.at[i].type == PST_NBT && !inventory.found.at[i].level;
		ck_assert_int_eq(inventory.found.at[i].sure, PST_PROVEN);
	}
	ck_assert_uint_eq(blocks, 502); /* 499 single ones, a list and its two */
	ck_assert_uint_ge(leaves, 4);
	ck_assert_ptr_nonnull(pst_inventory_at(&inventory, f->first_map, PST_AMAP));
	ck_assert_ptr_null(pst_inventory_at(&inventory, f->first_map, PST_NBT));
	ck_assert_int_eq(pst_scan_format(&found, &work, &memory->io, NULL), PSTFIX_OK);
	ck_assert_ptr_eq(found, f);
	pst_inventory_deinit(&inventory);
	pst_io_close(&memory->io);
}
END_TEST

START_TEST(same_in_any_number_of_threads)
{
	const struct pst_format *f = &pst_formats[_i];
	struct memory *memory = store_new(f, 20000);
	struct pst_inventory one, four;
	struct pst_scan_options four_threads = {.threads = 4};

	scan(&one, memory, f, &one_thread);
	scan(&four, memory, f, &four_threads);
	ck_assert_uint_eq(one.found.n, four.found.n);
	ck_assert_mem_eq(one.found.at, four.found.at, one.found.n * sizeof *one.found.at);
	ck_assert_uint_eq(one.work, four.work);
	pst_inventory_deinit(&one);
	pst_inventory_deinit(&four);
	pst_io_close(&memory->io);
}
END_TEST

/* A store that counts how often each of its bytes is read. */
struct counted {
	struct pst_io io;
	struct memory *memory;
	uint8_t *times;
	uint64_t next;
	bool in_order;
};

static pstfix_status counted_read(struct pst_io *io, void *out, size_t size, uint64_t offset, pstfix_error *err)
{
	struct counted *counted = (struct counted *)io;

	if (!io->concurrent) {
		counted->in_order &= offset == counted->next;
		counted->next = offset + size;
	}
	for (size_t i = 0; i < size; i++)
		__atomic_add_fetch(&counted->times[offset + i], 1, __ATOMIC_RELAXED);
	return counted->memory->io.read(&counted->memory->io, out, size, offset, err);
}

START_TEST(reads_each_byte_once)
{
	const struct pst_format *f = &pst_formats[_i / 2];
	struct memory *memory = store_new(f, 20000);
	struct counted counted = {.io = memory->io, .memory = memory, .in_order = true};
	struct pst_scan_options options = {.threads = _i % 2 ? 4 : 1};
	struct pst_inventory inventory;

	ck_assert_uint_gt(memory->io.size, 2 << 20); /* several pieces */
	counted.io.concurrent = options.threads > 1;
	counted.io.read = counted_read;
	counted.times = calloc(1, memory->io.size);
	ck_assert_int_eq(pst_scan(&inventory, &counted.io, f, &options, NULL), PSTFIX_OK);
	ck_assert(pst_all_bytes(counted.times, memory->io.size, 1));
	ck_assert(counted.in_order);
	pst_inventory_deinit(&inventory);
	free(counted.times);
	pst_io_close(&memory->io);
}
END_TEST

/* A trailer at the end of every unit, each with the largest block's size; right checksums or not. */
static struct memory *forgery(const struct pst_format *f, size_t size, bool right)
{
	struct memory *memory = store_new(f, 2);
	uint16_t cb = (uint16_t)pst_block_data(f);

	memory->io.resize(&memory->io, f->first_map + pst_section(f) * (size / pst_section(f) + 1), NULL);
	for (uint64_t end = f->first_map + 0x30000; end <= memory->io.size; end += f->unit) {
		uint64_t at = end - f->block_max, id = end & ~UINT64_C(3);
		struct pst_block_tail tail = {.id = id, .size = cb, .inflated = cb,
		                              .signature = pst_signature(at, id),
		                              .extra = f->block_extra ? PST_BLOCK_EXTRA : 0};

		tail.crc = pst_crc(memory->bytes + at, cb) ^ !right;
		pst_block_tail_encode(&tail, f, memory->bytes + end - f->block_tail);
	}
	return memory;
}

START_TEST(work_is_bounded)
{
	const struct pst_format *f = &pst_formats[_i / 2];
	bool right = _i % 2;
	struct memory *memory = forgery(f, 1 << 20, right);
	struct pst_inventory inventory;
	size_t proven = 0, forged = 0, told = 0;

	scan(&inventory, memory, f, &one_thread);
	for (uint64_t end = f->first_map + 0x30000; end <= memory->io.size; end += f->unit) {
		const bool one = !pst_on_maps(f, end - f->block_max, f->block_max);

		forged += one;
		told += one && end - f->block_max >= inventory.over_budget_at;
	}
	for (size_t i = 0; i < inventory.found.n; i++)
		proven += inventory.found.at[i].sure == PST_PROVEN;
	ck_assert_uint_le(inventory.work, 8 * memory->io.size);
	ck_assert_uint_gt(inventory.over_budget, 0);
	ck_assert_uint_ge(told, inventory.over_budget);
	if (right) /* shorter means are not worse ones */
		ck_assert_uint_ge(proven, forged);
	else
		ck_assert_uint_lt(proven, 20);
	pst_inventory_deinit(&inventory);
	pst_io_close(&memory->io);
}
END_TEST

/* Reads fail from `bad` for a sector. */
struct flawed {
	struct memory *memory;
	uint64_t bad;
};

static int flawed_read_at(void *user, void *buffer, size_t size, uint64_t offset)
{
	struct flawed *flawed = user;

	if (offset < flawed->bad + 4096 && flawed->bad < offset + size)
		return EIO;
	return memory_read_at(flawed->memory, buffer, size, offset);
}

START_TEST(unreadable_sectors_count_as_damage)
{
	const struct pst_format *f = &pst_formats[_i];
	struct flawed flawed = {.memory = store_new(f, 500)};
	pstfix_file *file;
	pstfix_report *report;

	flawed.bad = (f->first_map + 0x8000) & ~UINT64_C(4095);
	ck_assert_int_eq(pstfix_open_input(&file, flawed_read_at, &flawed, flawed.memory->io.size, NULL,
	                                   NULL), PSTFIX_OK);
	ck_assert_int_eq(pstfix_check(&report, file, NULL), PSTFIX_OK);
	ck_assert_uint_eq(count_of(report, PSTFIX_READ_FAILED), 1);
	for (size_t i = 0; i < pstfix_report_count(report); i++)
		if (pstfix_report_at(report, i)->problem == PSTFIX_READ_FAILED) {
			ck_assert_uint_eq(pstfix_report_at(report, i)->offset, flawed.bad);
			ck_assert_uint_eq(pstfix_report_at(report, i)->size, 4096);
		}
	ck_assert_uint_gt(pstfix_report_statistics(report).damaged_nodes, 0);
	pstfix_report_free(report);
	pstfix_file_free(file);
	pst_io_close(&flawed.memory->io);
}
END_TEST

/* The first node of a store has a full block of a's and a hundred b's. */
START_TEST(streams)
{
	const struct pst_format *f = &pst_formats[_i];
	struct memory *memory = store_new(f, 10);
	struct pst_survey survey;
	struct pst_header header;
	const struct pst_format *format;
	bool from_content;
	struct pst_reader reader;
	struct pst_stream stream;
	struct pst_subnodes subnodes;
	uint64_t full = pst_block_data(f), work;
	uint8_t bytes[300];

	ck_assert_int_eq(pst_survey_open(&header, &format, &from_content, &work, &memory->io, NULL), PSTFIX_OK);
	ck_assert_int_eq(pst_survey_make(&survey, &memory->io, &header, format, &one_thread,
	                                 (struct pst_teller){0}, NULL), PSTFIX_OK);
	ck_assert_int_eq(pst_reader_init(&reader, &survey.index, NULL), PSTFIX_OK);
	ck_assert_int_eq(pst_stream_open(&stream, &reader, pst_index_node(&survey.index, 0x21)->data, NULL),
	                 PSTFIX_OK);
	ck_assert(stream.whole);
	ck_assert_uint_eq(stream.size, full + 100);
	ck_assert_uint_eq(stream.parts.n, 2);
	ck_assert_uint_eq(pst_stream_read(&stream, bytes, 300, full - 50), 150);
	for (size_t i = 0; i < 150; i++)
		ck_assert_uint_eq(bytes[i], i < 50 ? 'a' : 'b');
	ck_assert_uint_eq(pst_stream_read(&stream, bytes, 300, full + 100), 0);
	pst_stream_deinit(&stream);
	ck_assert_int_eq(pst_stream_open(&stream, &reader, 0x7FFC, NULL), PSTFIX_OK);
	ck_assert(!stream.whole);
	ck_assert_uint_eq(pst_stream_read(&stream, bytes, 300, 0), 300);
	ck_assert(pst_all_bytes(bytes, 300, 0));
	pst_stream_deinit(&stream);
	ck_assert_int_eq(pst_stream_open(&stream, &reader, 0, NULL), PSTFIX_OK);
	ck_assert_uint_eq(stream.size, 0);
	pst_stream_deinit(&stream);
	/* a list of data blocks is none of subnodes */
	ck_assert_int_eq(pst_subnodes_open(&subnodes, &reader, 0xE, NULL), PSTFIX_OK);
	ck_assert(!subnodes.whole);
	pst_subnodes_deinit(&subnodes);
	pst_reader_deinit(&reader);
	pst_survey_deinit(&survey);
	pst_io_close(&memory->io);
}
END_TEST

Suite *scan_suite(void)
{
	Suite *suite = suite_create("scan");
	TCase *tests = tcase_create("scan");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, finds_everything, 0, PST_FORMATS);
	tcase_add_loop_test(tests, same_in_any_number_of_threads, 0, PST_FORMATS);
	tcase_add_loop_test(tests, reads_each_byte_once, 0, 2 * PST_FORMATS);
	tcase_add_loop_test(tests, work_is_bounded, 0, 2 * PST_FORMATS);
	tcase_add_loop_test(tests, unreadable_sectors_count_as_damage, 0, PST_FORMATS);
	tcase_add_loop_test(tests, streams, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
