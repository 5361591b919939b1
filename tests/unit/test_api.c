/* The public interface: life times, cancelling, texts, the table. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

START_TEST(a_written_store_is_sound)
{
	struct memory *memory = store_new(&pst_formats[_i], 3000);
	pstfix_report *report = check_memory(memory, 1);

	for (size_t i = 0; i < pstfix_report_count(report); i++) {
		char text[200];

		pstfix_finding_text(pstfix_report_at(report, i), text, sizeof text);
		ck_abort_msg("%s", text);
	}
	ck_assert_uint_eq(pstfix_report_statistics(report).nodes, 3000);
	ck_assert_uint_eq(pstfix_report_node_count(report), 3000);
	ck_assert(pstfix_report_node_at(report, 2999).whole);
	pstfix_report_free(report);
	pst_io_close(&memory->io);
}
END_TEST

START_TEST(damage_is_found)
{
	const struct pst_format *f = &pst_formats[_i];
	struct memory *memory = store_new(f, 100);
	pstfix_report *report;

	memory->bytes[f->first_map + pst_map_bytes(f, 0) + 5] ^= 4; /* first block */
	report = check_memory(memory, 1);
	ck_assert_uint_eq(count_of(report, PSTFIX_BLOCK_CRC), 1);
	ck_assert_uint_eq(count_of(report, PSTFIX_NODE_DAMAGED), 1);
	ck_assert_uint_eq(pstfix_report_count(report), 2);
	ck_assert_uint_eq(pstfix_report_at(report, 1)->cause, 0);
	ck_assert_uint_eq(pstfix_report_at(report, 1)->nid, 0x21);
	ck_assert(!pstfix_report_node_at(report, 0).whole);
	ck_assert_uint_eq(pstfix_report_total(report, PSTFIX_LOSS), 2);
	pstfix_report_free(report);
	pst_io_close(&memory->io);
}
END_TEST

START_TEST(any_order_of_freeing)
{
	const pstfix_options options = {.level = PSTFIX_LEVEL_NDB}; /* there is no more to it */
	struct memory *memory = store_new(&pst_formats[0], 10);
	pstfix_file *file;
	pstfix_report *report;
	pstfix_plan *plan;

	ck_assert_int_eq(pstfix_open_input(&file, memory_read_at, memory, memory->io.size, &options, NULL), 0);
	ck_assert_int_eq(pstfix_check(&report, file, NULL), 0);
	pstfix_file_free(file);
	ck_assert_int_eq(pstfix_plan_repair(&plan, report, NULL), 0);
	pstfix_report_free(report);
	ck_assert_uint_eq(pstfix_plan_count(plan), 0);
	ck_assert_ptr_null(pstfix_plan_at(plan, 0));
	ck_assert_int_eq(pstfix_apply_to(plan, "/nowhere/at/all", NULL, NULL), 0); /* nothing to do */
	pstfix_plan_free(plan);
	pstfix_file_free(NULL);
	pstfix_report_free(NULL);
	pstfix_plan_free(NULL);
	pst_io_close(&memory->io);
}
END_TEST

static pstfix_plan *plan_for(struct memory *memory, const pstfix_options *options)
{
	pstfix_file *file;
	pstfix_report *report;
	pstfix_plan *plan;

	ck_assert_int_eq(pstfix_open_input(&file, memory_read_at, memory, memory->io.size, options, NULL), 0);
	ck_assert_int_eq(pstfix_check(&report, file, NULL), 0);
	ck_assert_int_eq(pstfix_plan_repair(&plan, report, NULL), 0);
	pstfix_file_free(file);
	pstfix_report_free(report);
	return plan;
}

static bool accept_the_second(void *user, const char *path)
{
	ck_assert_ptr_nonnull(path);
	return ++*(int *)user == 2;
}

/* Gives the result to be accepted; leaves nothing behind. */
static pstfix_status apply_by(pstfix_plan *plan, int *calls)
{
	char path[] = "/tmp/pstfix-unit-XXXXXX", rejected[sizeof path + sizeof ".rejected"];
	const pstfix_apply_options options = {.force = true, .accept = accept_the_second, .user = calls};
	const int file = mkstemp(path);
	pstfix_status status;

	ck_assert_int_ge(file, 0);
	close(file);
	status = pstfix_apply_to(plan, path, &options, NULL);
	snprintf(rejected, sizeof rejected, "%s.rejected", path);
	unlink(rejected);
	unlink(path);
	return status;
}

/* It is the result with contents written anew that is not accepted. */
START_TEST(contents_are_left)
{
	struct memory *memory = store_new(&pst_formats[_i], 10);
	pstfix_plan *plan = plan_for(memory, NULL);
	const uint64_t left = pstfix_plan_left(plan);
	int calls = 0;

	ck_assert_ptr_null(pstfix_plan_failure(plan));
	ck_assert_int_eq(apply_by(plan, &calls), 0);
	ck_assert_int_eq(calls, 2);
	ck_assert_str_eq(pstfix_plan_failure(plan), "the result was not accepted");
	ck_assert_uint_gt(pstfix_plan_left(plan), left);
	pstfix_plan_free(plan);
	pst_io_close(&memory->io);
}
END_TEST

/* The store without its last message, which the tree before still names. */
static void remove_last(struct memory *memory)
{
	pstfix_report *report = check_memory(memory, 1);
	struct pst_index index = report->survey.index;
	struct pst_header header = report->survey.right;

	index.nodes.n--;
	ck_assert_int_eq(pst_write_store(&memory->io, &index, &header, (struct pst_writing){true, true, true}, NULL), PSTFIX_OK);
	pstfix_report_free(report);
}

/* Without contents a removed message would be in no folder, and name what is none: then there is no result. */
START_TEST(removed_messages_need_contents)
{
	struct memory *memory = store_new(&pst_formats[_i], 10);
	const pstfix_options options = {.recover = true, .deleted = true};
	pstfix_plan *plan;
	int calls = 0;

	remove_last(memory);
	plan = plan_for(memory, &options);
	ck_assert_int_eq(apply_by(plan, &calls), PSTFIX_ERROR_REJECTED);
	ck_assert_int_eq(calls, 1);
	ck_assert_ptr_null(pstfix_plan_failure(plan));
	pstfix_plan_free(plan);
	pst_io_close(&memory->io);
}
END_TEST

static bool cancel_at_half(void *user, const char *stage, uint64_t done, uint64_t total)
{
	ck_assert_ptr_nonnull(stage);
	++*(int *)user;
	return done < total / 2;
}

START_TEST(cancelled_by_progress)
{
	struct memory *memory = store_new(&pst_formats[0], 30000);
	int calls = 0;
	pstfix_options options = {.threads = (unsigned)_i, .progress = cancel_at_half, .user = &calls};
	pstfix_file *file;
	pstfix_report *report;
	pstfix_error err;

	ck_assert_int_eq(pstfix_open_input(&file, memory_read_at, memory, memory->io.size, &options, &err), 0);
	ck_assert_int_eq(pstfix_check(&report, file, &err), PSTFIX_ERROR_CANCELLED);
	ck_assert_int_eq(err.status, PSTFIX_ERROR_CANCELLED);
	ck_assert_ptr_null(report);
	ck_assert_int_gt(calls, 1);
	pstfix_file_free(file);
	pst_io_close(&memory->io);
}
END_TEST

START_TEST(not_a_store)
{
	struct memory *memory = memory_new();
	pstfix_file *file;
	pstfix_error err;

	ck_assert_int_eq(pstfix_open_input(&file, memory_read_at, memory, 0, NULL, &err), PSTFIX_ERROR_FORMAT);
	memory->io.resize(&memory->io, 100000, NULL);
	memset(memory->bytes, 'x', 100000);
	ck_assert_int_eq(pstfix_open_input(&file, memory_read_at, memory, 100000, NULL, &err),
	                 PSTFIX_ERROR_FORMAT);
	ck_assert_ptr_nonnull(strstr(err.message, "!BDN"));
	ck_assert_int_eq(pstfix_open_input(&file, NULL, memory, 100000, NULL, &err), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pstfix_open_input(&file, memory_read_at, memory, UINT64_MAX, NULL, &err), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pstfix_open(&file, "/", NULL, &err), PSTFIX_ERROR_FORMAT);
	ck_assert_int_eq(pstfix_open(&file, "/dev/null", NULL, &err), PSTFIX_ERROR_FORMAT);
	ck_assert_int_eq(pstfix_open(&file, "/no/such/file", NULL, &err), PSTFIX_ERROR_IO);
	ck_assert_ptr_null(file);
	pst_io_close(&memory->io);
}
END_TEST

START_TEST(table_of_problems)
{
	for (size_t i = 0; i < pstfix_problem_count(); i++) {
		const pstfix_problem_info *row = pstfix_problem_at(i);
		pstfix_finding finding = {.problem = row->problem};
		char text[400], code[16], small[8];
		size_t length = pstfix_finding_text(&finding, text, sizeof text);

		ck_assert_uint_eq(length, strlen(text));
		ck_assert_uint_eq(pstfix_finding_text(&finding, small, sizeof small), length);
		ck_assert_uint_eq(strlen(small), sizeof small - 1);
		ck_assert_msg(!strchr(text, '{'), "%s", text);
		ck_assert_uint_gt(strlen(row->explain), 30);
		snprintf(code, sizeof code, "0x%04X", (unsigned)row->problem);
		ck_assert_ptr_eq(pstfix_problem_find(code), row);
		ck_assert_ptr_eq(pstfix_problem_find(row->name), row);
		ck_assert_ptr_eq(pstfix_problem_info_of(row->problem), row);
		if (row->severity == PSTFIX_NOTE)
			ck_assert_int_eq(row->fix, PSTFIX_FIX_NONE);
		if (i)
			ck_assert_int_lt(pstfix_problem_at(i - 1)->problem, row->problem);
	}
	ck_assert_ptr_null(pstfix_problem_find("NO_SUCH_PROBLEM"));
}
END_TEST

static void count_field(void *user, const char *name, uint64_t offset, uint64_t size, const char *value)
{
	(void)name, (void)offset, (void)size, (void)value;
	++*(unsigned *)user;
}

START_TEST(dumps)
{
	const struct pst_format *f = &pst_formats[_i];
	struct memory *memory = store_new(f, 100);
	char page[32];
	const char *const what[] = {"header", page, "block:0x4", "block:0xE", "node:0x21", "heap:0x21", "bth:0x21",
	                            "pc:0x21", "tc:0x21"};
	pstfix_file *file;
	pstfix_error err;

	snprintf(page, sizeof page, "page:0x%X", f->first_map);
	ck_assert_int_eq(pstfix_open_input(&file, memory_read_at, memory, memory->io.size, NULL, &err), 0);
	for (size_t i = 0; i < PST_COUNT(what); i++) {
		unsigned fields = 0;

		ck_assert_msg(!pstfix_dump(file, what[i], count_field, &fields, &err), "%s: %s", what[i],
		              err.message);
		ck_assert_uint_gt(fields, 2);
	}
	ck_assert_int_eq(pstfix_dump(file, "page:0xFFFFFFFFFF", count_field, NULL, &err), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pstfix_dump(file, "node:1", count_field, NULL, &err), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pstfix_dump(file, "pc:0x21/0x692", count_field, NULL, &err), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pstfix_dump(file, "pc:", count_field, NULL, &err), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pstfix_dump(file, "soup", count_field, NULL, &err), PSTFIX_ERROR_ARGUMENT);
	pstfix_file_free(file);
	pst_io_close(&memory->io);
}
END_TEST

Suite *api_suite(void)
{
	Suite *suite = suite_create("api");
	TCase *tests = tcase_create("api");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, a_written_store_is_sound, 0, PST_FORMATS);
	tcase_add_loop_test(tests, damage_is_found, 0, PST_FORMATS);
	tcase_add_test(tests, any_order_of_freeing);
	tcase_add_loop_test(tests, contents_are_left, 0, PST_FORMATS);
	tcase_add_loop_test(tests, removed_messages_need_contents, 0, PST_FORMATS);
	tcase_add_loop_test(tests, cancelled_by_progress, 1, 4);
	tcase_add_test(tests, not_a_store);
	tcase_add_test(tests, table_of_problems);
	tcase_add_loop_test(tests, dumps, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
