/* What a report says of each folder, and the store that it speaks of. */
#include "check/report.h"
#include "store/store.h"

#include <stdlib.h>

static int by_folder(const void *a, const void *b)
{
	const pstfix_folder_damage *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

static void add(struct pstfix_report *report, uint32_t nid, pstfix_folder_damage damage)
{
	damage.nid = pst_folder_of(&report->survey.index, nid);
	if (damage.nid)
		pst_add(&report->folders, damage);
}

static void take_finding(struct pstfix_report *report, const pstfix_finding *finding)
{
	if (finding->severity == PSTFIX_LOSS)
		add(report, finding->nid, (pstfix_folder_damage){.loss = 1});
	else if (finding->severity == PSTFIX_LOSSLESS)
		add(report, finding->nid, (pstfix_folder_damage){.lossless = 1});
}

/* One entry for each folder instead of one for each thing found. */
static void merge(struct pstfix_report *report)
{
	pstfix_folder_damage *at = report->folders.at;
	size_t n = 0;

	if (report->folders.n)
		qsort(at, report->folders.n, sizeof *at, by_folder);
	for (size_t i = 0; i < report->folders.n; i++) {
		if (n && at[n - 1].nid == at[i].nid) {
			at[n - 1].lossless += at[i].lossless;
			at[n - 1].loss += at[i].loss;
			at[n - 1].damaged_items += at[i].damaged_items;
		} else {
			at[n++] = at[i];
		}
	}
	report->folders.n = n;
}

pstfix_status pst_report_sum_up(struct pstfix_report *report, pstfix_error *err)
{
	const struct pst_index *index = &report->survey.index;

	for (size_t i = 0; i < report->findings.n; i++)
		take_finding(report, &report->findings.at[i]);
	for (size_t i = 0; i < report->left_out.n; i++)
		add(report, report->left_out.at[i].nid, (pstfix_folder_damage){.lossless = report->left_out.at[i].lossless,
		                                                               .loss = report->left_out.at[i].loss});
	for (size_t i = 0; i < index->nodes.n; i++) {
		pstfix_kind kind = pst_kind_of(index->nodes.at[i].nid);

		if (!index->nodes.at[i].whole && (kind == PSTFIX_MESSAGE || kind == PSTFIX_ASSOCIATED))
			add(report, index->nodes.at[i].nid, (pstfix_folder_damage){.damaged_items = 1});
	}
	merge(report);
	return report->folders.failed ? pst_fail_memory(err) : PSTFIX_OK;
}

size_t pstfix_report_folder_count(const pstfix_report *report)
{
	return report->folders.n;
}

const pstfix_folder_damage *pstfix_report_folder_at(const pstfix_report *report, size_t index)
{
	return index < report->folders.n ? &report->folders.at[index] : NULL;
}

static void release(void *report)
{
	pstfix_report_free(report);
}

pstfix_status pstfix_report_store(pstfix_store **out, pstfix_report *report, pstfix_error *err)
{
	pstfix_status status = pst_store_open_on(out, report->file, &report->survey.index, err);

	if (status)
		return status;
	(*out)->derived = true;
	(*out)->owner = report;
	(*out)->release = release;
	report->users++;
	return pst_store_untangle(out, err);
}
