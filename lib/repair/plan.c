/* Plan and apply: what a report asks for, and doing it.
 *
 * A tree or a length that is written anew takes the maps and the header along, since both follow
 * from where things lie. */
#include "bytes/gather.h"
#include "check/report.h"
#include "mend/mend.h"
#include "repair/in_place.h"
#include "verify/verify.h"
#include "write/pack.h"
#include "write/write.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS_MAX = 8, ID_ROOM = 1 << 28 };

struct pstfix_plan {
	pstfix_report *report;
	pstfix_step steps[STEPS_MAX];
	size_t n;
	uint64_t left;
	bool content;
	bool in_place; /* what is written goes to an overlay */
	const struct pst_format *fresh; /* all is laid out afresh in it; NULL: blocks stay where they are */
	struct pst_writing writing;
	char failure[sizeof((pstfix_error *)NULL)->message];
};

static const char *const texts[] = {
	[PSTFIX_FIX_PLACE] = "put what is not in its place back to where it was",
	[PSTFIX_FIX_HEADER] = "write the header anew from what it describes",
	[PSTFIX_FIX_LENGTH] = "set the length of the file to whole sections",
	[PSTFIX_FIX_MAPS] = "write all allocation maps and an empty density list",
	[PSTFIX_FIX_NBT] = "write the node index anew",
	[PSTFIX_FIX_CONTENT] = "write anew what follows from other contents: tables of folders, counts",
	[PSTFIX_FIX_BBT] = "write the block index anew, with reference counts",
};

static void add_step(struct pstfix_plan *plan, pstfix_fix fix, bool wanted, uint64_t count, bool drops)
{
	pstfix_step *step = &plan->steps[plan->n];
	char without[80] = "";

	if (!wanted)
		return;
	plan->n++;
	*step = (pstfix_step){.fix = fix, .drops = drops, .count = count};
	if (fix == PSTFIX_FIX_CONTENT && plan->report->without.n)
		snprintf(without, sizeof without, "leave out %zu messages that are not whole, and ", plan->report->without.n);
	snprintf(step->text, sizeof step->text, "%s%s%s", without, texts[fix],
	         count || plan->n == 1 || plan->report->file->options.recover || plan->fresh ? "" : " (follows from the steps before)");
}

/* The format in which all is laid out afresh; NULL: it is not. */
static pstfix_status choose_layout(const struct pst_format **out, const pstfix_report *report, pstfix_error *err)
{
	const pstfix_file *file = report->file;
	const struct pst_format *f = report->survey.format;

	*out = file->options.recover && file->target ? file->target : file->options.compact ? f : NULL;
	if (!*out || *out == f)
		return PSTFIX_OK;
	if (report->survey.right.encoding == PST_BY_WINDOWS)
		return pst_fail(err, PSTFIX_ERROR_UNSUPPORTED, 0, PSTFIX_NOWHERE,
		                "its contents are encrypted by Windows: they cannot be written in another format");
	if (report->survey.right.client == PST_CLIENT_PAB)
		return pst_fail(err, PSTFIX_ERROR_UNSUPPORTED, 0, PSTFIX_NOWHERE, "an address book has no other format");
	return PSTFIX_OK;
}

static void add_layout(struct pstfix_plan *plan)
{
	pstfix_step *step = &plan->steps[plan->n];

	if (!plan->fresh)
		return;
	plan->n++;
	*step = (pstfix_step){.fix = PSTFIX_FIX_PLACE};
	snprintf(step->text, sizeof step->text, "lay out all of it afresh%s%s", plan->fresh == plan->report->survey.format ? "" : ", in the format ",
	         plan->fresh == plan->report->survey.format ? "" : plan->fresh->name);
}

static uint64_t total_of(const pstfix_report *report, pstfix_problem problem)
{
	return report->totals[pst_problem_row(problem)];
}

pstfix_status pstfix_plan_repair(pstfix_plan **out, pstfix_report *report, pstfix_error *err)
{
	const struct pst_index *index = &report->survey.index;
	const uint64_t *counts = report->fixes;
	struct pst_writing *writing;
	pstfix_plan *plan = *out = calloc(1, sizeof *plan);
	const bool all = report->file->options.recover || report->file->options.compact;
	bool changes = all || report->without.n, length, content;
	pstfix_status status;

	if (!plan)
		return pst_fail_memory(err);
	for (size_t i = PSTFIX_FIX_NONE + 1; i < PST_FIXES; i++)
		changes |= counts[i];
	report->users++;
	plan->report = report;
	status = choose_layout(&plan->fresh, report, err);
	if (status)
		return status;
	plan->left = counts[PSTFIX_FIX_NONE] + report->without.n;
	if (!index->nodes.n) { /* an empty store is no repair */
		for (size_t i = 0; i < PST_FIXES; i++)
			plan->left += i == PSTFIX_FIX_NONE ? 0 : counts[i];
		return PSTFIX_OK;
	}
	writing = &plan->writing;
	length = counts[PSTFIX_FIX_LENGTH];
	content = plan->content = counts[PSTFIX_FIX_CONTENT] || report->without.n;
	writing->nbt = all || counts[PSTFIX_FIX_NBT] || content || (changes && !index->nbt.rooted);
	writing->bbt = all || counts[PSTFIX_FIX_BBT] || content || (changes && !index->bbt.rooted);
	writing->maps = counts[PSTFIX_FIX_MAPS] || writing->nbt || writing->bbt || length ||
	                (changes && !report->survey.header.proven);
	add_step(plan, PSTFIX_FIX_PLACE, counts[PSTFIX_FIX_PLACE], counts[PSTFIX_FIX_PLACE], false);
	add_step(plan, PSTFIX_FIX_LENGTH, length, counts[PSTFIX_FIX_LENGTH],
	         report->file->io->size > report->survey.right.end);
	add_step(plan, PSTFIX_FIX_CONTENT, content, counts[PSTFIX_FIX_CONTENT],
	         total_of(report, PSTFIX_FOLDER_ROW_ALONE) || total_of(report, PSTFIX_MESSAGE_ROW_ALONE) ||
	                 report->without.n);
	add_step(plan, PSTFIX_FIX_BBT, writing->bbt, counts[PSTFIX_FIX_BBT], false);
	add_step(plan, PSTFIX_FIX_NBT, writing->nbt, counts[PSTFIX_FIX_NBT], false);
	add_step(plan, PSTFIX_FIX_MAPS, writing->maps, counts[PSTFIX_FIX_MAPS], false);
	add_step(plan, PSTFIX_FIX_HEADER, changes, counts[PSTFIX_FIX_HEADER], false);
	add_layout(plan);
	return PSTFIX_OK;
}

void pstfix_plan_free(pstfix_plan *plan)
{
	if (plan)
		pstfix_report_free(plan->report);
	free(plan);
}

size_t pstfix_plan_count(const pstfix_plan *plan)
{
	return plan->n;
}

const pstfix_step *pstfix_plan_at(const pstfix_plan *plan, size_t index)
{
	return index < plan->n ? &plan->steps[index] : NULL;
}

uint64_t pstfix_plan_left(const pstfix_plan *plan)
{
	return plan->left;
}

/* ---- apply --------------------------------------------------------------------------- */

/* New pages get ids above all that were ever written, work that was never committed included. */
static void pass_over_ids(const struct pst_survey *survey, struct pst_header *header)
{
	uint64_t block, page;

	pst_survey_highest(survey, &block, &page);
	header->next_block = PST_MAX(header->next_block, (block & ~UINT64_C(3)) + 4);
	header->next_page = PST_MAX(header->next_page, page + 1);
}

/* What is in nodes, as far as it is made anew, in `edit`, which is to be given back in any case. */
static pstfix_status edit_content(struct pst_edit *edit, const struct pstfix_plan *plan, struct pst_io *out,
                                  const struct pst_header *header, bool content, pstfix_error *err)
{
	pstfix_report *report = plan->report;
	pstfix_status status = pst_edit_init(edit, &report->survey.index, out, header, err);

	if (!status && content)
		status = pst_mend(edit, report->file, &report->survey.index,
		                  &(struct pst_mending){report->wrong.at, report->wrong.n, report->without.at, report->without.n}, err);
	return status ? status : pst_edit_finish(edit, err);
}

/* And then all that follows from where they are. */
static pstfix_status write_content(const pstfix_plan *plan, struct pst_io *out, const struct pst_header *header,
                                   pstfix_error *err)
{
	struct pst_edit edit;
	pstfix_status status = edit_content(&edit, plan, out, header, true, err);

	if (!status)
		status = pst_write_store(out, &edit.index, &edit.header, plan->writing, err);
	pst_edit_deinit(&edit);
	return status;
}

/* `copy` is what the result would be in its old place and format. */
static pstfix_status write_fresh(const pstfix_plan *plan, struct pst_io *out, struct pst_io *copy, const struct pst_header *header,
                                 bool content, pstfix_error *err)
{
	struct pst_edit edit;
	pstfix_status status = edit_content(&edit, plan, copy, header, content, err);

	if (!status && out->size) /* of an attempt before */
		status = out->resize(out, 0, err);
	if (!status)
		status = pst_pack(out, &edit.index, &edit.header, plan->fresh, &plan->report->file->options, err);
	pst_edit_deinit(&edit);
	return status;
}

/* The header to be written. */
static pstfix_status choose_header(struct pst_header *out, const pstfix_plan *plan, pstfix_error *err)
{
	const struct pst_survey *survey = &plan->report->survey;

	*out = survey->right;
	if (plan->writing.nbt || plan->writing.bbt)
		pass_over_ids(survey, out);
	if (out->next_page > pst_id_limit(survey->format) - ID_ROOM)
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE,
		                "there are no page ids left: 0x%llX is in use",
		                (unsigned long long)out->next_page - 1);
	out->unique += survey->header.proven && out->unique < UINT32_MAX;
	return PSTFIX_OK;
}

/* All blocks at their places, where they are in an overlay. */
static pstfix_status copy_store(const pstfix_plan *plan, struct pst_io *out, const struct pst_header *header, pstfix_error *err)
{
	struct pst_io *in = plan->report->file->io;
	/* a unit that the end of the file has cut has nothing that is kept, and must not look whole when it grows */
	const uint64_t size = PST_MIN(in->size - in->size % plan->report->survey.format->unit, header->end);
	pstfix_status status;

	if (plan->in_place)
		pst_overlay_forget(out);
	status = plan->in_place ? out->resize(out, size, err) : pst_io_copy(out, in, size, &plan->report->file->options, err);

	if (!status && out->size < header->end)
		status = out->resize(out, header->end, err);
	return status;
}

static pstfix_status bound_size(const struct pst_format *f, uint64_t size, pstfix_error *err)
{
	if (!f->end_max || size <= f->end_max)
		return PSTFIX_OK;
	return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, size, "an ANSI file ends before 2 GiB: recover it with --format unicode instead");
}

/* The store at its places in `copy`, or in `out`, becomes the result. */
static pstfix_status write_through(const pstfix_plan *plan, struct pst_io *out, struct pst_io *copy, const struct pst_header *header,
                                   bool content, pstfix_error *err)
{
	struct pst_io *to = NULL, *from = NULL;
	pstfix_status status = pst_gather_open(&to, out, err);

	if (!status && copy)
		status = pst_gather_open(&from, copy, err);
	if (!status && copy)
		status = write_fresh(plan, to, from, header, content, err);
	else if (!status)
		status = content ? write_content(plan, to, header, err)
		                 : pst_write_store(to, &plan->report->survey.index, header, plan->writing, err);
	if (!status)
		status = to->flush(to, err);
	pst_io_close(from);
	pst_io_close(to);
	return status;
}

static pstfix_status write_result(const pstfix_plan *plan, struct pst_io *out, struct pst_io *copy, bool content, pstfix_error *err)
{
	struct pst_header header;
	pstfix_status status = choose_header(&header, plan, err);

	if (!status)
		status = copy_store(plan, copy ? copy : out, &header, err);
	if (!status)
		status = write_through(plan, out, copy, &header, content, err);
	return status ? status : bound_size(plan->fresh ? plan->fresh : plan->report->survey.format, out->size, err);
}

/* What a store must have in another format than it had is made as if it had been lost. */
static pstfix_status complete_format(struct pst_io *out, const pstfix_options *options, pstfix_error *err)
{
	pstfix_options again = {.threads = options->threads, .progress = options->progress, .user = options->user};
	struct pst_header header;
	pstfix_file *file = NULL;
	pstfix_report *report = NULL;
	pstfix_plan *plan = NULL;
	pstfix_status status = pstfix_open(&file, pst_temporary_path(out), &again, err);

	if (!status)
		status = pstfix_check(&report, file, err);
	if (!status)
		status = pstfix_plan_repair(&plan, report, err);
	if (!status && plan->content)
		status = choose_header(&header, plan, err);
	if (!status && plan->content)
		status = write_through(plan, out, NULL, &header, true, err);
	pstfix_plan_free(plan);
	pstfix_report_free(report);
	pstfix_file_free(file);
	return status;
}

static pstfix_status judge(const pstfix_plan *plan, struct pst_io *out, const pstfix_apply_options *options, bool content, pstfix_error *err)
{
	const pstfix_file *file = plan->report->file;
	const char *path = plan->in_place ? NULL : pst_temporary_path(out);
	pstfix_status status = pst_verify(path, plan->report, content, err);

	if (status || !options || !options->accept || options->accept(options->user, path))
		return status;
	if (file->options.progress && !file->options.progress(file->options.user, "verifying", 0, 0))
		return pst_fail(err, PSTFIX_ERROR_CANCELLED, 0, PSTFIX_NOWHERE, "cancelled");
	return pst_fail(err, PSTFIX_ERROR_REJECTED, 0, PSTFIX_NOWHERE, "the result was not accepted");
}

static pstfix_status attempt(const pstfix_plan *plan, struct pst_io *out, const char *path, const pstfix_apply_options *options,
                             bool content, pstfix_error *err)
{
	const pstfix_file *file = plan->report->file;
	struct pst_io *copy = NULL;
	pstfix_status status = plan->fresh ? pst_io_open_temporary(&copy, path, true, file->io, err) : PSTFIX_OK;

	if (!status)
		status = write_result(plan, out, copy, content, err);
	pst_io_close(copy);
	if (!status && plan->fresh && plan->fresh != plan->report->survey.format)
		status = complete_format(out, &file->options, err);
	return status ? status : judge(plan, out, options, content, err);
}

const char *pstfix_plan_failure(const pstfix_plan *plan)
{
	return plan->failure[0] ? plan->failure : NULL;
}

/* Not with messages that only contents put into a folder, or leave out. */
static bool may_leave_contents(const struct pstfix_plan *plan, pstfix_status status)
{
	return plan->content && !plan->report->without.n && !total_of(plan->report, PSTFIX_NBT_REMOVED) &&
	       (status == PSTFIX_ERROR_REJECTED || status == PSTFIX_ERROR_UNSUPPORTED);
}

/* Where a forged file asks for more contents than it is worth, or they do not come out right, they are left as they are. */
static pstfix_status attempt_all(pstfix_plan *plan, struct pst_io *out, const char *path, const pstfix_apply_options *options,
                                 pstfix_error *err)
{
	const unsigned since = pst_shortages();
	pstfix_status status = pst_unless_short(attempt(plan, out, path, options, plan->content, err), since, err);

	if (!may_leave_contents(plan, status))
		return status;
	plan->left += plan->report->fixes[PSTFIX_FIX_CONTENT];
	snprintf(plan->failure, sizeof plan->failure, "%s", err->message);
	return pst_unless_short(attempt(plan, out, path, options, false, err), since, err);
}

/* Not what was read of a file that changed meanwhile. */
static pstfix_status may_trust(const pstfix_plan *plan, pstfix_error *err)
{
	return total_of(plan->report, PSTFIX_FILE_CHANGED) || pst_io_changed(plan->report->file->io)
	               ? pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "the file changed while it was read: nothing is written")
	               : PSTFIX_OK;
}

pstfix_status pstfix_apply_to(pstfix_plan *plan, const char *path,
                              const pstfix_apply_options *options, pstfix_error *err)
{
	struct pst_io *out = NULL;
	pstfix_error why;
	pstfix_status status;

	if (!plan->n)
		return PSTFIX_OK;
	status = pst_io_open_temporary(&out, path, options && options->force, plan->report->file->io, err);
	if (status)
		return status;
	status = attempt_all(plan, out, path, options, &why);
	if (!status)
		status = may_trust(plan, &why);
	if (!status)
		status = pst_temporary_commit(out, &why);
	else if (status == PSTFIX_ERROR_REJECTED)
		pst_temporary_reject(out, &why);
	pst_io_close(out);
	if (status && err)
		*err = why;
	return status;
}

/* ---- in place ------------------------------------------------------------------------ */

static pstfix_status refuse(pstfix_error *err, const char *why)
{
	return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "not in place: %s", why);
}

static pstfix_status may_use(const char *path, const pstfix_in_place_options *options, pstfix_error *err)
{
	char why[128];

	return !options->force && pstfix_in_use(path, why, sizeof why) ? refuse(err, why) : PSTFIX_OK;
}

/* Steps that drop something need leave; what lies elsewhere, or is laid out afresh, a new file. */
static pstfix_status may_change(const pstfix_plan *plan, const char *path, const pstfix_in_place_options *options, pstfix_error *err)
{
	bool drops = false;

	if (plan->fresh || plan->report->file->options.recover)
		return refuse(err, "all of it would be written anew, which takes a new file: pstfix repair FILE -o OUT");
	if (plan->report->file->io->below)
		return refuse(err, "what is in it is not where it was, or was not rescued: it takes a new file: pstfix repair FILE -o OUT");
	for (size_t i = 0; i < plan->n; i++)
		drops |= plan->steps[i].drops;
	if (drops && !options->drops)
		return refuse(err, "a step drops what could still be read, which is not allowed (--allow-loss); a new file can be written instead: pstfix repair FILE -o OUT");
	if (pstfix_undo_state_of(path, NULL) == PSTFIX_UNDO_STARTED)
		return refuse(err, "a repair of it was stopped in the middle: undo that first");
	switch (pstfix_undo_state_of(path, options->journal)) {
	case PSTFIX_UNDO_NONE: return may_use(path, options, err);
	case PSTFIX_UNDO_STARTED: return refuse(err, "a repair of it was stopped in the middle: undo that first");
	default: return refuse(err, "there is the undo journal of a repair before: remove it, undo it, or name another");
	}
}

static pstfix_status change(pstfix_plan *plan, const char *path, const char *journal, const pstfix_in_place_options *options, pstfix_error *err)
{
	pstfix_report *report = plan->report;
	const pstfix_apply_options apply = {.accept = options->accept, .user = options->user};
	struct pst_io *file = NULL, *planned = NULL;
	pstfix_status status = pst_io_open_update(&file, path, report->file->io, err);

	if (!status && !pst_io_lock(file) && !options->force)
		status = refuse(err, "another process has locked it");
	if (!status)
		status = pst_overlay_open(&planned, file, journal, err);
	plan->in_place = true;
	plan->report->planned = planned;
	if (!status)
		status = attempt_all(plan, planned, path, &apply, err);
	plan->in_place = false;
	plan->report->planned = NULL;
	if (!status && options->backup)
		status = pst_back_up(file, options->backup, &report->file->options, err);
	if (!status)
		status = may_trust(plan, err);
	if (!status)
		status = pst_change_in_place(file, planned, report->survey.format, &report->survey.header, journal, &report->file->options, err);
	pst_io_close(planned);
	pst_io_close(file);
	return status;
}

pstfix_status pstfix_apply_in_place(pstfix_plan *plan, const char *path, const pstfix_in_place_options *options, pstfix_error *err)
{
	static const pstfix_in_place_options none;
	const pstfix_in_place_options *given = options ? options : &none;
	char *name = pst_journal_name(path);
	pstfix_error why;
	pstfix_status status = name ? PSTFIX_OK : pst_fail_memory(&why);

	if (!status && plan->n)
		status = may_change(plan, path, given, &why);
	if (!status && plan->n)
		status = change(plan, path, given->journal ? given->journal : name, given, &why);
	free(name);
	if (status && err)
		*err = why;
	return status;
}
