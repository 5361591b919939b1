/* pst-repair: what a repair takes without libpff, whose pass is no work of ours.
 *
 *     pst-repair repair|recover FILE OUT
 *
 * On one thread. The library reads its result back, as always. */
#include <pstfix/pstfix.h>

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	pstfix_options options = {.threads = 1, .recover = argc == 4 && !strcmp(argv[1], "recover")};
	pstfix_apply_options replace = {.force = true};
	pstfix_file *file = NULL;
	pstfix_report *report = NULL;
	pstfix_plan *plan = NULL;
	pstfix_error err;
	bool failed;

	if (argc != 4) {
		fprintf(stderr, "pst-repair: expected repair or recover, FILE and OUT\n");
		return 1;
	}
	failed = pstfix_open(&file, argv[2], &options, &err) || pstfix_check(&report, file, &err) ||
	         pstfix_plan_repair(&plan, report, &err) || pstfix_apply_to(plan, argv[3], &replace, &err);
	if (failed)
		printf("pst-repair: %s: %s\n", argv[2], err.message);
	pstfix_plan_free(plan);
	pstfix_report_free(report);
	pstfix_file_free(file);
	return failed;
}
