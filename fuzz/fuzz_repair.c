/* Any bytes through repair into a new file.
 *
 * Laws: the repair succeeds, or says why and leaves nothing behind; what it writes has passed the
 * library's own check (a result that has not is a finding here); a second repair has nothing to do. */
#include <pstfix/pstfix.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pstfix_plan *plan_of(const char *path, pstfix_options *options)
{
	pstfix_file *file = NULL;
	pstfix_report *report = NULL;
	pstfix_plan *plan = NULL;

	if (pstfix_open(&file, path, options, NULL))
		return NULL;
	if (pstfix_check(&report, file, NULL) || pstfix_plan_repair(&plan, report, NULL))
		abort();
	pstfix_file_free(file);
	pstfix_report_free(report);
	return plan;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char in[] = "/tmp/fuzz_repair.XXXXXX", out[sizeof in + 4];
	int fd = mkstemp(in);
	pstfix_options options = {.threads = 1};
	pstfix_error err = {PSTFIX_OK, 0, 0, ""};
	pstfix_plan *plan;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	snprintf(out, sizeof out, "%s.out", in);
	plan = plan_of(in, &options);
	if (plan && pstfix_plan_count(plan)) {
		pstfix_status status = pstfix_apply_to(plan, out, NULL, &err);

		if (status && status != PSTFIX_ERROR_REFUSED) {
			fprintf(stderr, "%s\n", err.message);
			abort();
		}
		pstfix_plan_free(plan);
		plan = status ? NULL : plan_of(out, &options);
		if (plan && pstfix_plan_count(plan))
			abort();
	}
	pstfix_plan_free(plan);
	unlink(in);
	unlink(out);
	return 0;
}
