/* What a report says of each folder, and the store that it speaks of. */
#include "check/report.h"
#include "store/store.h"

#include <stdlib.h>

enum { TALLY_WORK = 16 << 20 }; /* bytes read of damaged messages */

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

/* ---- what has become of messages ------------------------------------------------------------ */

/* One for the store, and one for each folder, by nid. */
static void begin_tallies(struct pstfix_report *report)
{
	const struct pst_index *index = &report->survey.index;

	pst_add(&report->tallies, (pstfix_tally){0});
	for (size_t i = 0; i < index->nodes.n; i++) {
		const uint32_t nid = index->nodes.at[i].nid;

		if (pst_kind_of(nid) == PSTFIX_FOLDER)
			pst_add(&report->tallies, ((pstfix_tally){.folder = nid}));
	}
}

enum fate { WHOLE, PARTIAL, UNRECOVERABLE };

static void add_to(pstfix_tally *tally, enum fate fate)
{
	tally->found++;
	tally->whole += fate == WHOLE;
	tally->partial += fate == PARTIAL;
	tally->unrecoverable += fate == UNRECOVERABLE;
}

static void count_item(struct pstfix_report *report, uint32_t folder, enum fate fate)
{
	pstfix_tally *at = report->tallies.at;
	size_t i;

	if (report->tallies.failed)
		return;
	add_to(&at[0], fate);
	PST_SEARCH(i, report->tallies.n, at[middle].folder < folder);
	if (folder && i < report->tallies.n && at[i].folder == folder)
		add_to(&at[i], fate);
}

/* Whether properties of a message of which a part is lost can be read. */
static bool is_readable(struct pst_reader *reader, const struct pst_node *node)
{
	struct pst_subnodes subnodes;
	struct pst_pc pc;
	bool readable;

	if (pst_subnodes_open(&subnodes, reader, node->sub, NULL))
		return false;
	if (pst_pc_open(&pc, reader, node->data, &subnodes, NULL)) {
		pst_subnodes_deinit(&subnodes);
		return false;
	}
	readable = pc.properties.n;
	pst_pc_deinit(&pc);
	pst_subnodes_deinit(&subnodes);
	return readable;
}

static enum fate fate_of(struct pstfix_report *report, struct pst_reader *reader, const struct pst_node *node)
{
	if (pst_report_is_without(report, node->nid))
		return UNRECOVERABLE;
	if (node->whole)
		return pst_report_is_marked(report, node->nid) ? PARTIAL : WHOLE;
	return is_readable(reader, node) ? PARTIAL : UNRECOVERABLE;
}

static void count_nodes(struct pstfix_report *report, struct pst_reader *reader)
{
	const struct pst_index *index = &report->survey.index;

	for (size_t i = 0; i < index->nodes.n; i++) {
		const struct pst_node *node = &index->nodes.at[i];

		if (pst_is_message(node->nid))
			count_item(report, node->parent, fate_of(report, reader, node));
	}
}

/* Messages of which only rows are left. */
static void count_rows(struct pstfix_report *report)
{
	const struct pst_index *index = &report->survey.index;

	for (size_t i = 0; i < report->findings.n; i++) {
		const pstfix_finding *finding = &report->findings.at[i];

		if (finding->problem == PSTFIX_MESSAGE_ROW_ALONE && !pst_index_node(index, (uint32_t)finding->found))
			count_item(report, pst_folder_of(index, finding->nid), UNRECOVERABLE);
	}
}

static void leave_out_empty(struct pstfix_report *report)
{
	pstfix_tally *at = report->tallies.at;
	size_t n = PST_MIN(report->tallies.n, 1);

	for (size_t i = n; i < report->tallies.n; i++)
		if (at[i].found)
			at[n++] = at[i];
	report->tallies.n = n;
}

static pstfix_status count_messages(struct pstfix_report *report, pstfix_error *err)
{
	struct pst_reader reader;
	pstfix_status status = pst_reader_init(&reader, &report->survey.index, err);

	if (status)
		return status;
	reader.proven_only = true;
	reader.work_max = TALLY_WORK;
	begin_tallies(report);
	count_nodes(report, &reader);
	count_rows(report);
	leave_out_empty(report);
	report->work += reader.work;
	pst_reader_deinit(&reader);
	return PSTFIX_OK;
}

size_t pstfix_report_tally_count(const pstfix_report *report)
{
	return report->tallies.n;
}

const pstfix_tally *pstfix_report_tally_at(const pstfix_report *report, size_t index)
{
	return index < report->tallies.n ? &report->tallies.at[index] : NULL;
}

/* ---- all of it ---------------------------------------------------------------------------------- */

pstfix_status pst_report_sum_up(struct pstfix_report *report, pstfix_error *err)
{
	const struct pst_index *index = &report->survey.index;
	pstfix_status status;

	for (size_t i = 0; i < report->findings.n; i++)
		take_finding(report, &report->findings.at[i]);
	for (size_t i = 0; i < report->left_out.n; i++)
		add(report, report->left_out.at[i].nid, (pstfix_folder_damage){.lossless = report->left_out.at[i].lossless,
		                                                               .loss = report->left_out.at[i].loss});
	for (size_t i = 0; i < index->nodes.n; i++)
		if (!index->nodes.at[i].whole && pst_is_message(index->nodes.at[i].nid))
			add(report, index->nodes.at[i].nid, (pstfix_folder_damage){.damaged_items = 1});
	merge(report);
	status = count_messages(report, err);
	return !status && (report->folders.failed || report->tallies.failed) ? pst_fail_memory(err) : status;
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
