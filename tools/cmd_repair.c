/* pstfix repair FILE, pstfix recover FILE: check, print the plan, write the result, have it read by libpff.
 *
 * The result is a new file, and FILE is only read, unless it is to be repaired in its place. Until the library and libpff have read it,
 * the result has a temporary name, and one that libpff disagrees with keeps another.
 */
#include "judge.h"
#include "reconcile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct repair {
	const struct request *request;
	const char *path;
	char *out;
	char *provenance; /* what it is called until the result has its name */
	struct progress progress;
	pstfix_file *file;
	pstfix_report *report;
	pstfix_plan *plan;
	struct judge judge;
};

/* mail.pst -> mail.repaired.pst */
static char *default_output(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	const char *suffix = dot && dot > name ? dot : path + strlen(path);
	int stem = (int)(suffix - path);
	char *out;

	return asprintf(&out, "%.*s.repaired%s", stem, path, suffix) < 0 ? NULL : out;
}

/* The folder that a file is in, to be freed. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

static bool stat_folder(struct stat *out, const char *path)
{
	char *folder = folder_of(path);
	const bool there = folder && !stat(folder, out);

	free(folder);
	return there;
}

/* Whether two names are of one file, or would be. */
static bool is_same(const char *a, const char *b)
{
	const char *end_a = strrchr(a, '/'), *end_b = strrchr(b, '/');
	struct stat one, other;
	const bool both = !stat(a, &one) && !stat(b, &other);

	if (!both && (strcmp(end_a ? end_a + 1 : a, end_b ? end_b + 1 : b) || !stat_folder(&one, a) || !stat_folder(&other, b)))
		return false;
	return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* What `path` must not be, even with --force; NULL: it is nothing of the kind. */
static const char *taken_by(const struct repair *repair, const char *path)
{
	const struct request *request = repair->request;

	if (is_same(path, repair->path))
		return "the output is the input itself";
	if (request->map && is_same(path, request->map))
		return "the output is the map";
	if (request->backup && path != request->backup && is_same(path, request->backup))
		return "the output is the backup";
	if (request->undo_file && is_same(path, request->undo_file))
		return "the output is the undo journal";
	return path != repair->out && is_same(path, repair->out) ? "the output is the repaired file" : NULL;
}

/* The library looks too, but only when the check, which can take an hour, is done. */
static int refuse_output(const struct repair *repair, const char *path)
{
	pstfix_error err = {.status = PSTFIX_ERROR_EXISTS, .offset = PSTFIX_NOWHERE};
	const char *other = taken_by(repair, path);
	char *folder = folder_of(path);
	struct stat out;

	if (folder && access(folder, W_OK | X_OK))
		snprintf(err.message, sizeof err.message, "nothing can be written to %s: %s", folder, strerror(errno));
	else if (!lstat(path, &out) && !S_ISREG(out.st_mode) && !S_ISLNK(out.st_mode))
		snprintf(err.message, sizeof err.message, "is no regular file");
	else if (other)
		snprintf(err.message, sizeof err.message, "%s", other);
	else if (path == repair->request->backup && !lstat(path, &out))
		snprintf(err.message, sizeof err.message, "exists already");
	else if (!repair->request->force && !lstat(path, &out))
		snprintf(err.message, sizeof err.message, "exists already; --force replaces it");
	free(folder);
	return *err.message ? complain(repair->request, path, &err) : 0;
}

/* ---- What there is to say ----------------------------------------------- */

static void print_plan(const struct repair *repair)
{
	print_path(repair->path);
	print_count(problems_of(repair->report), "problem", "problems");
	if (problems_of(repair->report) + pstfix_report_total(repair->report, PSTFIX_NOTE)) {
		fputs(" (", stdout);
		print_totals(repair->report);
		putchar(')');
	}
	putchar('\n');
	for (size_t i = 0; i < pstfix_plan_count(repair->plan); i++) {
		const pstfix_step *step = pstfix_plan_at(repair->plan, i);

		printf("  %zu. %s", i + 1, step->text);
		if (step->count) {
			fputs(", for ", stdout);
			print_count(step->count, "problem", "problems");
		}
		puts(step->drops ? "; drops what could still be read" : "");
	}
}

static void json_plan(const struct repair *repair)
{
	json_findings(repair->path, repair->report);
	for (size_t i = 0; i < pstfix_plan_count(repair->plan); i++) {
		const pstfix_step *step = pstfix_plan_at(repair->plan, i);
		struct json json;

		json_open(&json, NULL);
		json_text(&json, "file", repair->path);
		json_number(&json, "step", i);
		json_text(&json, "fix", fix_name(step->fix));
		json_bool(&json, "drops", step->drops);
		json_number(&json, "count", step->count);
		json_text(&json, "text", step->text);
		json_end(&json);
	}
}

static bool leaves_something(const struct repair *repair)
{
	return pstfix_plan_left(repair->plan) || pstfix_report_total(repair->report, PSTFIX_LOSS);
}

/* NULL: there is nothing to say. */
static const char *outcome_of(const struct repair *repair, bool written)
{
	if (written)
		return repair->judge.opinion.verdict == PSTFIX_AGREED ? "written" : "written; libpff gave no opinion";
	if (!problems_of(repair->report))
		return "nothing to do";
	if (!pstfix_report_node_count(repair->report))
		return "no node is left in the index, so there is nothing to repair; nothing written";
	return pstfix_plan_count(repair->plan) ? NULL : "a repair would change nothing; nothing written";
}

static void print_undo(const struct repair *repair)
{
	fputs("To give back what was: pstfix undo ", stdout);
	if (repair->request->undo_file) {
		fputs("--undo-file ", stdout);
		print_word(repair->request->undo_file);
		putchar(' ');
	}
	print_word(repair->path);
	putchar('\n');
}

static void print_result(const struct repair *repair, bool written)
{
	const struct opinion *opinion = &repair->judge.opinion;
	const char *outcome = outcome_of(repair, written);

	if (outcome) {
		print_path(written ? repair->out : repair->path);
		fputs(outcome, stdout);
		if (written && opinion->verdict == PSTFIX_AGREED) {
			fputs("; agreed: ", stdout);
			print_clean(opinion->why);
		}
		putchar('\n');
	}
	if (written && repair->request->in_place)
		print_undo(repair);
	if (leaves_something(repair)) {
		puts("What stays lost or damaged:");
		print_losses(repair->report, repair->request->verbose);
	}
	print_dropped(repair->report, repair->request->verbose);
	if (written)
		print_tallies(repair->report, repair->request->verbose);
}

static void json_result(const struct repair *repair, bool written, int status)
{
	struct json json;

	if (written)
		json_tallies(repair->path, repair->report);
	json_open(&json, NULL);
	json_text(&json, "file", repair->path);
	json_open(&json, "result");
	if (written) {
		json_text(&json, "output", repair->out);
		json_text(&json, "verdict", verdict_name(repair->judge.opinion.verdict));
		json_text(&json, "why", repair->judge.opinion.why);
	}
	json_totals(&json, repair->report);
	json_number(&json, "steps", pstfix_plan_count(repair->plan));
	json_number(&json, "left", pstfix_plan_left(repair->plan));
	if (pstfix_plan_failure(repair->plan))
		json_text(&json, "failure", pstfix_plan_failure(repair->plan));
	json_number(&json, "exit", (uint64_t)status);
	json_close(&json);
	json_end(&json);
}

static int finish(const struct repair *repair, bool written, int status)
{
	if (repair->request->json)
		json_result(repair, written, status);
	else if (!repair->request->quiet)
		print_result(repair, written);
	return status;
}

/* ---- What there is to do ------------------------------------------------ */

/* Without an opinion it was the library that rejected. */
static int rejected(const struct repair *repair, const pstfix_error *err)
{
	const struct opinion *opinion = &repair->judge.opinion;

	if (opinion->why[0])
		warn(repair->out, opinion->verdict == PSTFIX_CANNOT_JUDGE ? "libpff cannot judge it: " : "libpff disagrees: ",
		     opinion->why);
	return complain(repair->request, repair->out, err);
}

/* The source tells where items come from; it is written down before the result is, so that it cannot fail then. */
static pstfix_status write_provenance(struct repair *repair, pstfix_error *err)
{
	const char *path = repair->request->provenance;

	if (path)
		repair->provenance = provenance_write(path, repair->report, err);
	return path && !repair->provenance ? err->status : PSTFIX_OK;
}

static pstfix_status take_provenance(struct repair *repair, pstfix_error *err)
{
	char *name = repair->provenance;

	repair->provenance = NULL;
	return name ? provenance_take(name, repair->request->provenance, repair->request->force, err) : PSTFIX_OK;
}

static pstfix_status write_result(struct repair *repair, pstfix_error *err)
{
	const struct request *request = repair->request;

	if (request->in_place)
		return pstfix_apply_in_place(repair->plan, repair->path,
		                             &(pstfix_in_place_options){request->undo_file, request->allow_loss, judge_accept, &repair->judge, request->force,
		                                                         request->backup}, err);
	return pstfix_apply_to(repair->plan, repair->out, &(pstfix_apply_options){request->force, judge_accept, &repair->judge}, err);
}

static int apply(struct repair *repair)
{
	const struct opinion *opinion = &repair->judge.opinion;
	pstfix_error err;
	pstfix_status failed = write_provenance(repair, &err);

	if (failed)
		return complain(repair->request, repair->request->provenance, &err);
	failed = write_result(repair, &err);
	progress_end(&repair->progress);
	if (failed == PSTFIX_ERROR_REJECTED)
		return rejected(repair, &err);
	if (failed)
		return complain(repair->request, repair->out, &err);
	if (opinion->verdict == PSTFIX_CANNOT_JUDGE && !repair->request->quiet)
		warn(repair->out, "note: libpff cannot judge it: ", opinion->why);
	if (pstfix_plan_failure(repair->plan))
		warn(repair->out, "contents are left as they are: ", pstfix_plan_failure(repair->plan));
	if (take_provenance(repair, &err))
		return complain(repair->request, repair->request->provenance, &err);
	return finish(repair, true, leaves_something(repair) ? STATUS_CORRECTED | STATUS_LEFT
	                                                     : STATUS_CORRECTED);
}

static int carry_out(struct repair *repair)
{
	uint64_t problems = problems_of(repair->report);

	if (repair->request->json)
		json_plan(repair);
	else if (!repair->request->quiet && (problems || pstfix_plan_count(repair->plan)))
		print_plan(repair);
	if (!flush_output())
		return STATUS_FAILED;
	if (interrupted) {
		warn(repair->path, "cancelled", "");
		return STATUS_CANCELLED;
	}
	if (!repair->request->dry_run && pstfix_plan_count(repair->plan))
		return apply(repair);
	return finish(repair, false, problems ? STATUS_LEFT : STATUS_SOUND);
}

static int repair_file(struct repair *repair)
{
	const struct request *request = repair->request;
	pstfix_options options = {.threads = request->threads, .recover = request->recover, .deleted = request->deleted, .from_image = request->from_image,
	                          .strict = request->strict, .compact = request->compact, .format = request->format, .map = request->map_text,
	                          .progress = progress_tick, .user = &repair->progress};
	double began = seconds_now(), taken;
	pstfix_error err;
	bool failed = pstfix_open(&repair->file, repair->path, &options, &err) ||
	              pstfix_check(&repair->report, repair->file, &err) ||
	              pstfix_plan_repair(&repair->plan, repair->report, &err);

	progress_end(&repair->progress);
	if (failed)
		return complain(request, repair->path, &err);
	tell_changed(request, repair->path, repair->report);
	taken = seconds_now() - began;
	repair->judge = (struct judge){.source = repair->path, .report = repair->report,
	                               .patience = taken > 1 ? 10 * taken : 10,
	                               .require = request->require_verify,
	                               .progress = &repair->progress};
	return carry_out(repair);
}

static void tell_users(const struct request *request, const char *path)
{
	char why[128];

	if (!request->quiet && !request->in_place && pstfix_in_use(path, why, sizeof why))
		warn(path, "note: ", why);
}

int cmd_repair(const struct request *request)
{
	struct repair repair = {.request = request, .path = request->operands[0],
	                        .progress = progress_begin(request)};
	int status;

	repair.out = request->in_place ? strdup(repair.path) : request->out ? strdup(request->out) : default_output(repair.path);
	if (!repair.out) {
		fputs("pstfix: out of memory\n", stderr);
		return STATUS_FAILED;
	}
	tell_journal(request, repair.path);
	tell_users(request, repair.path);
	status = request->dry_run || request->in_place ? 0 : refuse_output(&repair, repair.out);
	if (!status && !request->dry_run && request->provenance)
		status = refuse_output(&repair, request->provenance);
	if (!status && !request->dry_run && request->backup)
		status = refuse_output(&repair, request->backup);
	if (!status)
		status = repair_file(&repair);
	if (repair.provenance)
		provenance_drop(repair.provenance);
	pstfix_plan_free(repair.plan);
	pstfix_report_free(repair.report);
	pstfix_file_free(repair.file);
	free(repair.out);
	return status;
}

int cmd_recover(const struct request *request)
{
	struct request recover = *request;

	recover.recover = true;
	return cmd_repair(&recover);
}
