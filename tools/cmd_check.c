/* pstfix check FILE...: what is wrong. */
#include "items.h"

#include <stdio.h>

static bool is_repairable(const pstfix_report *report)
{
	for (size_t i = 0; i < pstfix_report_count(report); i++) {
		const pstfix_finding *finding = pstfix_report_at(report, i);

		if (finding->severity != PSTFIX_NOTE && finding->fix != PSTFIX_FIX_NONE)
			return true;
	}
	return false;
}

static void print_verdict(const char *path, const pstfix_report *report)
{
	pstfix_statistics statistics = pstfix_report_statistics(report);
	uint64_t problems = problems_of(report);

	print_path(path);
	if (problems)
		print_count(problems, "problem", "problems");
	else
		fputs("sound", stdout);
	if (pstfix_report_count(report)) {
		fputs(" (", stdout);
		print_totals(report);
		putchar(')');
	}
	fputs("; ", stdout);
	print_count(statistics.nodes, "node", "nodes");
	fputs(", ", stdout);
	print_count(statistics.blocks, "block", "blocks");
	printf(", %s checked\n", human_size(statistics.size).text);
}

static void print_advice(const char *path, const pstfix_report *report)
{
	if (!is_repairable(report) || !pstfix_report_node_count(report)) {
		puts("A repair would change nothing.");
		return;
	}
	fputs("To repair: pstfix repair ", stdout);
	print_word(path);
	putchar('\n');
}

static void json_summary(const char *path, const pstfix_report *report, int status)
{
	pstfix_statistics statistics = pstfix_report_statistics(report);
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", path);
	json_open(&json, "summary");
	json_totals(&json, report);
	json_number(&json, "nodes", statistics.nodes);
	json_number(&json, "blocks", statistics.blocks);
	json_number(&json, "pages", statistics.pages);
	json_number(&json, "stale_pages", statistics.stale_pages);
	json_number(&json, "stale_blocks", statistics.stale_blocks);
	json_number(&json, "damaged_nodes", statistics.damaged_nodes);
	json_number(&json, "live_bytes", statistics.live_bytes);
	json_number(&json, "size", statistics.size);
	json_number(&json, "work", statistics.work);
	json_number(&json, "exit", (uint64_t)status);
	json_close(&json);
	json_end(&json);
}

static void json_untold(const char *path, const pstfix_error *err)
{
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", path);
	json_open(&json, "only_here");
	json_text(&json, "error", err->message);
	json_close(&json);
	json_end(&json);
}

/* What of an OST may be only there: of the store as it should be. */
static void say_local(const struct request *request, const char *path, pstfix_report *report)
{
	pstfix_store *store = NULL;
	pstfix_error err;
	bool told = request->level == PSTFIX_LEVEL_NDB;

	if (!told && !pstfix_report_store(&store, report, &err))
		told = request->json ? json_local(path, store, &err) : print_local(store, request->verbose, &err);
	if (!told && request->json)
		json_untold(path, &err);
	else if (!told)
		printf("What may be only here cannot be told: %s\n", err.message);
	pstfix_store_free(store);
}

static int print_report(const struct request *request, const char *path,
                        pstfix_report *report)
{
	int status = problems_of(report) ? STATUS_LEFT : STATUS_SOUND;

	if (request->json) {
		json_findings(path, report);
		say_local(request, path, report);
		json_summary(path, report, status);
	} else if (!request->quiet) {
		if (pstfix_report_count(report)) {
			print_clean(path);
			puts(":");
			print_findings(report, request->verbose);
			print_folders(report, request->verbose);
		}
		print_verdict(path, report);
		if (status)
			print_advice(path, report);
		say_local(request, path, report);
	}
	flush_output();
	return status;
}

static int check_file(const struct request *request, const char *path)
{
	struct progress progress = progress_begin(request);
	pstfix_options options = {.threads = request->threads, .progress = progress_tick, .user = &progress,
	                          .level = request->level, .map = request->map_text};
	pstfix_file *file = NULL;
	pstfix_report *report = NULL;
	pstfix_error err;
	bool failed = pstfix_open(&file, path, &options, &err) || pstfix_check(&report, file, &err);
	int status;

	progress_end(&progress);
	tell_journal(request, path);
	if (!failed)
		tell_changed(request, path, report);
	status = failed ? complain(request, path, &err) : print_report(request, path, report);
	pstfix_report_free(report);
	pstfix_file_free(file);
	return status;
}

int cmd_check(const struct request *request)
{
	int status = STATUS_SOUND;

	for (int i = 0; i < request->count && !interrupted && !ferror(stdout); i++)
		status |= check_file(request, request->operands[i]);
	return interrupted ? status | STATUS_CANCELLED : status;
}
