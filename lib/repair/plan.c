/* Plan and apply: what a report asks for, and doing it.
 *
 * A tree or a length that is written anew takes the maps and the header along, since both follow
 * from where things lie. */
#include "check/report.h"
#include "mend/mend.h"
#include "verify/verify.h"
#include "write/write.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS_MAX = 7, ID_ROOM = 1 << 28 };

struct pstfix_plan {
	pstfix_report *report;
	pstfix_step steps[STEPS_MAX];
	size_t n;
	uint64_t left;
	bool content;
	struct pst_writing writing;
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
	         count || plan->report->file->options.recover ? "" : " (follows from the steps before)");
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
	const bool all = report->file->options.recover;
	bool changes = all || report->without.n, length, content;

	if (!plan)
		return pst_fail_memory(err);
	for (size_t i = PSTFIX_FIX_NONE + 1; i < PST_FIXES; i++)
		changes |= counts[i];
	report->users++;
	plan->report = report;
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

/* What is in nodes, and then all that follows from where they are. */
static pstfix_status write_content(const pstfix_plan *plan, struct pst_io *out, const struct pst_header *header,
                                   pstfix_error *err)
{
	pstfix_report *report = plan->report;
	struct pst_edit edit;
	pstfix_status status = pst_edit_init(&edit, &report->survey.index, out, header, err);

	if (status)
		return status;
	status = pst_mend(&edit, report->file, &report->survey.index,
	                  &(struct pst_mending){report->wrong.at, report->wrong.n, report->without.at, report->without.n}, err);
	if (!status)
		status = pst_edit_finish(&edit, err);
	if (!status)
		status = pst_write_store(out, &edit.index, &edit.header, plan->writing, err);
	pst_edit_deinit(&edit);
	return status;
}

static pstfix_status write_result(const pstfix_plan *plan, struct pst_io *out, bool content, pstfix_error *err)
{
	const struct pst_survey *survey = &plan->report->survey;
	struct pst_io *in = plan->report->file->io;
	struct pst_header header = survey->right;
	pstfix_status status;

	if (plan->writing.nbt || plan->writing.bbt)
		pass_over_ids(survey, &header);
	if (header.next_page > pst_id_limit(survey->format) - ID_ROOM)
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE,
		                "there are no page ids left: 0x%llX is in use",
		                (unsigned long long)header.next_page - 1);
	header.unique += survey->header.proven && header.unique < UINT32_MAX;
	/* a unit that the end of the file has cut has nothing that is kept, and must not look whole when it grows */
	status = pst_io_copy(out, in, PST_MIN(in->size - in->size % survey->format->unit, header.end), &plan->report->file->options,
	                     err);
	if (!status && out->size < header.end)
		status = out->resize(out, header.end, err);
	if (!status)
		status = content ? write_content(plan, out, &header, err)
		                 : pst_write_store(out, &survey->index, &header, plan->writing, err);
	if (!status)
		status = out->sync(out, err);
	return status;
}

static pstfix_status judge(const pstfix_plan *plan, const char *path, const pstfix_apply_options *options, bool content,
                           pstfix_error *err)
{
	const pstfix_file *file = plan->report->file;
	pstfix_status status = pst_verify(path, plan->report, content, err);

	if (status || !options || !options->accept || options->accept(options->user, path))
		return status;
	if (file->options.progress && !file->options.progress(file->options.user, "verifying", 0, 0))
		return pst_fail(err, PSTFIX_ERROR_CANCELLED, 0, PSTFIX_NOWHERE, "cancelled");
	return pst_fail(err, PSTFIX_ERROR_REJECTED, 0, PSTFIX_NOWHERE, "the result was not accepted");
}

static pstfix_status attempt(const pstfix_plan *plan, struct pst_io *out, const pstfix_apply_options *options, bool content,
                             pstfix_error *err)
{
	pstfix_status status = write_result(plan, out, content, err);

	return status ? status : judge(plan, pst_temporary_path(out), options, content, err);
}

/* Where a forged file asks for more contents than it is worth, or they do not come out right, they are left as they are. */
pstfix_status pstfix_apply_to(pstfix_plan *plan, const char *path,
                              const pstfix_apply_options *options, pstfix_error *err)
{
	struct pst_io *out = NULL;
	pstfix_status status;

	if (!plan->n)
		return PSTFIX_OK;
	status = pst_io_open_temporary(&out, path, options && options->force, plan->report->file->io, err);
	if (status)
		return status;
	status = attempt(plan, out, options, plan->content, err);
	if (plan->content && !plan->report->without.n && (status == PSTFIX_ERROR_REJECTED || status == PSTFIX_ERROR_UNSUPPORTED)) {
		plan->left += plan->report->fixes[PSTFIX_FIX_CONTENT];
		status = attempt(plan, out, options, false, err);
	}
	if (!status)
		status = pst_temporary_commit(out, err);
	else if (status == PSTFIX_ERROR_REJECTED)
		pst_temporary_reject(out, err);
	pst_io_close(out);
	return status;
}
