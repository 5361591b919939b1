/* What a report says of each folder, and the store that it speaks of. */
#include "check/report.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>

enum { TALLY_WORK = 16 << 20, /* bytes read of damaged messages */ CONTENTS = 0x0E, ASSOCIATED = 0x0F };

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

	pst_sort(at, report->folders.n, sizeof *at, by_folder);
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

enum fate { WHOLE, PARTIAL, UNRECOVERABLE };

/* In no folder: above all nids. */
#define APART (UINT64_C(1) << 32)

struct counted {
	uint64_t folder; /* nid; APART and above: by which folder a repair makes for it */
	enum fate fate;
};

/* A folder with a row that agrees with a message. */
struct located {
	uint32_t nid, folder;
};

struct tallying {
	struct pstfix_report *report;
	PST_ARRAY(struct counted) items;
	PST_ARRAY(uint32_t) unsettled;
	PST_ARRAY(struct located) located;
	struct pst_table rows; /* of the folder that was asked last */
	uint32_t rows_of;      /* the node that they are; 0: none */
};

static void count_item(struct tallying *tallying, uint32_t parent, enum fate fate)
{
	const uint64_t folder = pst_kind_of(parent) == PSTFIX_FOLDER ? parent : APART + pst_recovered_for(parent);

	pst_add(&tallying->items, ((struct counted){folder, fate}));
}

/* Whether properties are known: those that prove themselves, else, if `found`, those that lost sectors have left. */
static bool has_properties(struct pst_reader *reader, uint64_t data, bool found)
{
	struct pst_pc pc;
	bool has;

	if (found ? pst_pc_open_found(&pc, reader, data, NULL, NULL) : pst_pc_open(&pc, reader, data, NULL, NULL))
		return false;
	has = pc.properties.n;
	pst_pc_deinit(&pc);
	return has;
}

/* Whether the table of its folder has a row for it. Of messages in one folder, the table is opened once. */
static bool has_row(struct tallying *tallying, struct pst_reader *reader, const struct pst_node *node)
{
	const uint32_t nid = (node->parent & ~31u) | (pst_kind_of(node->nid) == PSTFIX_MESSAGE ? CONTENTS : ASSOCIATED);
	const struct pst_node *table = pst_index_node(reader->index, nid);
	uint32_t row;

	if (tallying->rows_of != nid) {
		pst_table_deinit(&tallying->rows);
		tallying->rows_of = 0;
		if (!table || pst_table_open_on(&tallying->rows, reader, table->data, table->sub, NULL))
			return false;
		tallying->rows_of = nid;
	}
	return !pst_tc_find(&row, &tallying->rows.tc, node->nid) && !pst_tc_row(&tallying->rows.tc, row);
}

static bool has_recipients(struct pst_reader *reader, const struct pst_list_entry *entry)
{
	struct pst_table table;
	bool has;

	if (pst_table_open_on(&table, reader, entry->data, entry->sub, NULL))
		return false;
	has = table.tc.rows;
	pst_table_deinit(&table);
	return has;
}

static bool has_parts(struct pst_reader *reader, uint64_t sub)
{
	struct pst_subnodes subnodes;
	bool has = false;

	if (pst_subnodes_open(&subnodes, reader, sub, NULL))
		return false;
	for (size_t i = 0; i < subnodes.entries.n && !has; i++) {
		const struct pst_list_entry *entry = &subnodes.entries.at[i];

		if (pst_kind_of(entry->nid) == PSTFIX_ATTACHMENT)
			has = has_properties(reader, entry->data, false) || has_properties(reader, entry->data, true);
		else if (entry->nid == PST_NID_RECIPIENTS)
			has = has_recipients(reader, entry);
	}
	pst_subnodes_deinit(&subnodes);
	return has;
}

/* Whether anything is known of a message of which a part is lost. Nothing is of one that stays as it stands. */
static bool is_known(struct tallying *tallying, struct pst_reader *reader, const struct pst_node *node)
{
	bool stands;

	if (has_properties(reader, node->data, false))
		return true;
	if (pst_pc_stands(&stands, reader, node->data, NULL) || stands)
		return false;
	return has_properties(reader, node->data, true) || has_row(tallying, reader, node) || has_parts(reader, node->sub);
}

static enum fate fate_of(struct tallying *tallying, struct pst_reader *reader, const struct pst_node *node)
{
	if (pst_report_is_without(tallying->report, node->nid))
		return UNRECOVERABLE;
	if (node->whole)
		return pst_report_is_marked(tallying->report, node->nid) ? PARTIAL : WHOLE;
	return is_known(tallying, reader, node) ? PARTIAL : UNRECOVERABLE;
}

/* ---- messages that are not where their nodes say ----------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return PST_ORDER(*x, *y);
}

static int by_located(const void *a, const void *b)
{
	const struct located *x = a, *y = b;
	const int order = PST_ORDER(x->nid, y->nid);

	return order ? order : PST_ORDER(x->folder, y->folder);
}

/* Messages that a repair puts where a row agrees with them, if one does. */
static void find_unsettled(struct tallying *tallying)
{
	const struct pstfix_report *report = tallying->report;

	for (size_t i = 0; i < report->findings.n; i++) {
		const pstfix_finding *finding = &report->findings.at[i];

		if (finding->problem == PSTFIX_MESSAGE_PARENT || finding->problem == PSTFIX_MESSAGE_ROW_MISSING)
			pst_add(&tallying->unsettled, finding->nid);
	}
	pst_sort(tallying->unsettled.at, tallying->unsettled.n, sizeof *tallying->unsettled.at, by_number);
}

static bool is_unsettled(const struct tallying *tallying, uint32_t nid)
{
	return tallying->unsettled.n &&
	       bsearch(&nid, tallying->unsettled.at, tallying->unsettled.n, sizeof nid, by_number);
}

/* A row for a message that the index has elsewhere. */
static bool row_agrees(struct pst_reader *reader, const pstfix_finding *row)
{
	const struct pst_node *node = pst_index_node(reader->index, (uint32_t)row->found);
	const struct pst_node *of = pst_index_node(reader->index, (uint32_t)row->expected);
	struct pst_full_pc full;
	struct pst_table table;
	uint32_t number;
	bool agrees = false;

	if (!node || !of || pst_table_open_on(&table, reader, of->data, of->sub, NULL))
		return false;
	if (!pst_tc_find(&number, &table.tc, node->nid) && !pst_tc_row(&table.tc, number) &&
	    !pst_full_pc_open(&full, reader, node->data, node->sub, NULL)) {
		agrees = pst_tc_agreement(reader, &table.tc, &full.pc, false);
		pst_full_pc_deinit(&full);
	}
	pst_table_deinit(&table);
	return agrees;
}

static void locate(struct tallying *tallying, struct pst_reader *reader)
{
	const struct pstfix_report *report = tallying->report;

	find_unsettled(tallying);
	for (size_t i = 0; i < report->findings.n; i++) {
		const pstfix_finding *row = &report->findings.at[i];

		if (row->problem == PSTFIX_MESSAGE_ROW_ALONE && is_unsettled(tallying, (uint32_t)row->found) && row_agrees(reader, row))
			pst_add(&tallying->located, ((struct located){(uint32_t)row->found, row->nid}));
	}
	pst_sort(tallying->located.at, tallying->located.n, sizeof *tallying->located.at, by_located);
}

/* The one folder that has a row which agrees, or what the node says. */
static uint32_t parent_of(const struct tallying *tallying, const struct pst_node *node)
{
	const struct located *at = tallying->located.at;
	const size_t n = tallying->located.n;
	size_t i;

	PST_SEARCH_NUMBER(i, at, n, nid, node->nid);
	if (i == n || at[i].nid != node->nid || (i + 1 < n && at[i + 1].nid == node->nid && at[i + 1].folder != at[i].folder))
		return node->parent;
	return at[i].folder;
}

/* ---- all of them --------------------------------------------------------------------------------- */

static void count_nodes(struct tallying *tallying, struct pst_reader *reader)
{
	const struct pst_index *index = &tallying->report->survey.index;

	for (size_t i = 0; i < index->nodes.n; i++) {
		const struct pst_node *node = &index->nodes.at[i];

		if (pst_is_message(node->nid))
			count_item(tallying, parent_of(tallying, node), fate_of(tallying, reader, node));
	}
}

/* Messages of which only rows are left. */
static void count_rows(struct tallying *tallying)
{
	const struct pstfix_report *report = tallying->report;
	const struct pst_index *index = &report->survey.index;

	for (size_t i = 0; i < report->findings.n; i++) {
		const pstfix_finding *finding = &report->findings.at[i];

		if (finding->problem == PSTFIX_MESSAGE_ROW_ALONE && !pst_index_node(index, (uint32_t)finding->found))
			count_item(tallying, finding->nid, UNRECOVERABLE);
	}
}

static int by_counted(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	return PST_ORDER(x->folder, y->folder);
}

static void add_to(pstfix_tally *tally, enum fate fate)
{
	tally->found++;
	tally->whole += fate == WHOLE;
	tally->partial += fate == PARTIAL;
	tally->unrecoverable += fate == UNRECOVERABLE;
}

static pstfix_tally tally_of(uint64_t folder)
{
	pstfix_tally tally = {.folder = folder < APART ? (uint32_t)folder : 0};

	if (folder >= APART)
		snprintf(tally.name, sizeof tally.name, "%s", pst_recovered_names[folder - APART]);
	return tally;
}

/* One for all, and one for each folder. */
static void add_up(struct tallying *tallying)
{
	struct pstfix_report *report = tallying->report;
	struct counted *items = tallying->items.at;

	pst_sort(items, tallying->items.n, sizeof *items, by_counted);
	pst_add(&report->tallies, (pstfix_tally){0});
	for (size_t i = 0; i < tallying->items.n; i++) {
		if (!i || items[i].folder != items[i - 1].folder)
			pst_add(&report->tallies, tally_of(items[i].folder));
		if (report->tallies.failed)
			return;
		add_to(&report->tallies.at[0], items[i].fate);
		add_to(&report->tallies.at[report->tallies.n - 1], items[i].fate);
	}
}

/* ---- folders that are not there ---------------------------------------------------------------- */

/* NULL: it is there, or has a name. */
static pstfix_tally *nameless(struct pstfix_report *report, uint32_t folder)
{
	pstfix_tally *at = report->tallies.at;
	size_t n = report->tallies.n, i;

	while (n > 1 && !at[n - 1].folder) /* of no folder */
		n--;
	PST_SEARCH(i, n, at[middle].folder < folder);
	return folder && i < n && at[i].folder == folder && !*at[i].name && !pst_index_node(&report->survey.index, folder) ? &at[i] : NULL;
}

/* As the row has it that is left of one. */
static void take_row_name(struct pstfix_report *report, struct pstfix_store *store, const pstfix_finding *finding)
{
	pstfix_tally *tally = finding->problem == PSTFIX_FOLDER_ROW_ALONE ? nameless(report, (uint32_t)finding->found) : NULL;

	if (tally)
		pst_store_row_name(tally->name, sizeof tally->name, store, finding->nid, tally->folder);
}

/* As a repair names them. */
static pstfix_status name_missing(struct pstfix_report *report, pstfix_error *err)
{
	struct pstfix_store *store;
	pstfix_status status = pst_store_open_on(&store, report->file, &report->survey.index, err);

	if (status)
		return status;
	store->reader.proven_only = true;
	store->reader.work_max = TALLY_WORK;
	for (size_t i = 0; i < report->findings.n; i++)
		take_row_name(report, store, &report->findings.at[i]);
	for (size_t i = 1; i < report->tallies.n; i++)
		if (nameless(report, report->tallies.at[i].folder))
			pst_made_name(report->tallies.at[i].name, report->tallies.at[i].folder);
	report->work += store->reader.work;
	pstfix_store_free(store);
	return PSTFIX_OK;
}

static bool lacks_names(struct pstfix_report *report)
{
	bool lacks = false;

	for (size_t i = 1; i < report->tallies.n && !lacks; i++)
		lacks = nameless(report, report->tallies.at[i].folder);
	return lacks;
}

static pstfix_status count_messages(struct pstfix_report *report, pstfix_error *err)
{
	struct tallying tallying = {.report = report};
	struct pst_reader reader;
	pstfix_status status = pst_reader_init(&reader, &report->survey.index, err);

	if (status)
		return status;
	reader.proven_only = true;
	reader.work_max = TALLY_WORK;
	locate(&tallying, &reader);
	count_nodes(&tallying, &reader);
	count_rows(&tallying);
	add_up(&tallying);
	report->tallies.failed |= tallying.items.failed | tallying.unsettled.failed | tallying.located.failed;
	report->work += reader.work;
	pst_table_deinit(&tallying.rows);
	pst_reader_deinit(&reader);
	pst_array_deinit(&tallying.items);
	pst_array_deinit(&tallying.unsettled);
	pst_array_deinit(&tallying.located);
	return !report->tallies.failed && lacks_names(report) ? name_missing(report, err) : PSTFIX_OK;
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
