/* Any bytes through open, check, plan and the texts of what was found.
 *
 * Laws: nothing crashes; work (bytes checksummed plus bytes inflated) stays within 8 times the size
 * plus 64 MiB; two checks, in one thread and in two, report the same. */
#include <pstfix/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t size;
};

static int read_at(void *user, void *buffer, size_t size, uint64_t offset)
{
	const struct bytes *bytes = user;

	memcpy(buffer, bytes->at + offset, size);
	return 0;
}

static pstfix_report *check(struct bytes *bytes, unsigned threads)
{
	pstfix_options options = {.threads = threads};
	pstfix_file *file = NULL;
	pstfix_report *report = NULL;
	pstfix_info info;

	if (pstfix_open_input(&file, read_at, bytes, bytes->size, &options, NULL))
		return NULL;
	if (pstfix_file_info(&info, file, NULL) || pstfix_check(&report, file, NULL))
		abort();
	pstfix_file_free(file);
	return report;
}

static void same(const pstfix_report *a, const pstfix_report *b)
{
	if (pstfix_report_count(a) != pstfix_report_count(b))
		abort();
	for (size_t i = 0; i < pstfix_report_count(a); i++) {
		char texts[2][512];

		pstfix_finding_text(pstfix_report_at(a, i), texts[0], sizeof texts[0]);
		pstfix_finding_text(pstfix_report_at(b, i), texts[1], sizeof texts[1]);
		if (strcmp(texts[0], texts[1]))
			abort();
	}
}

/* Whatever findings are about has a name, or none. */
static void name(pstfix_report *report)
{
	pstfix_store *store;
	char path[64];

	if (pstfix_report_store(&store, report, NULL))
		abort();
	for (size_t i = 0; i < pstfix_report_count(report); i++)
		if (pstfix_store_path(store, pstfix_report_at(report, i)->nid, path, sizeof path) >= sizeof path)
			abort();
	for (size_t i = 0; i < pstfix_report_folder_count(report); i++)
		pstfix_store_path(store, pstfix_report_folder_at(report, i)->nid, path, sizeof path);
	pstfix_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = {data, size};
	pstfix_report *report = check(&bytes, 1), *again;
	pstfix_plan *plan;

	if (!report)
		return 0;
	if (pstfix_report_statistics(report).work > 8 * (uint64_t)size + ((uint64_t)64 << 20))
		abort();
	again = check(&bytes, 2);
	same(report, again);
	pstfix_report_free(again);
	name(report);
	if (pstfix_plan_repair(&plan, report, NULL))
		abort();
	pstfix_plan_free(plan);
	pstfix_report_free(report);
	return 0;
}
