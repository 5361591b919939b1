/* Reports: see report.h. */
#include "check/report.h"

#include <stdio.h>
#include <stdlib.h>

/* Findings of a node are most often told one after the other. */
static void leave_out(struct pstfix_report *report, const pstfix_finding *finding)
{
	struct pst_left_out *last = report->left_out.n ? &report->left_out.at[report->left_out.n - 1] : NULL;

	if (!last || last->nid != finding->nid) {
		pst_add(&report->left_out, ((struct pst_left_out){.nid = finding->nid}));
		if (report->left_out.failed)
			return;
		last = &report->left_out.at[report->left_out.n - 1];
	}
	last->loss += finding->severity == PSTFIX_LOSS;
	last->lossless += finding->severity == PSTFIX_LOSSLESS;
}

/* ---- places -------------------------------------------------------------------------- */

/* Returns its length. */
static size_t write_path(char out[PST_PATH_MAX], struct pst_where where)
{
	size_t n;

	if (!where.sub)
		return (size_t)snprintf(out, PST_PATH_MAX, "0x%X", (unsigned)where.nid);
	n = write_path(out, where.above ? *where.above : (struct pst_where){.nid = where.nid});
	return n + (size_t)snprintf(out + PST_MIN(n, PST_PATH_MAX - 1u), PST_PATH_MAX - PST_MIN(n, PST_PATH_MAX - 1u), "/0x%X", (unsigned)where.sub);
}

const char *pst_where_path(char out[PST_PATH_MAX], struct pst_where where)
{
	if (where.sub)
		write_path(out, where);
	return where.sub ? out : NULL;
}

/* ---- what is to be made anew --------------------------------------------------------- */

enum { NAME_ENTRIES = 0x00030102 };

/* What a finding of contents is about. */
static struct pst_where wrong_node(const pstfix_finding *finding)
{
	switch (finding->problem) {
	case PSTFIX_SEARCH_NODE:
	case PSTFIX_FOLDER_TABLE: return (struct pst_where){.nid = (uint32_t)finding->found};
	case PSTFIX_FOLDER_ROW_MISSING:
	case PSTFIX_FOLDER_ROW_ALONE:
	case PSTFIX_FOLDER_CELL: return (struct pst_where){.nid = (finding->nid & ~31u) | 0x0D};
	case PSTFIX_MESSAGE_ROW_MISSING:
	case PSTFIX_MESSAGE_ROW_ALONE:
	case PSTFIX_MESSAGE_CELL: return (struct pst_where){.nid = (uint32_t)finding->expected};
	case PSTFIX_NBT_UNPAIRED: return (struct pst_where){.nid = finding->nid, .sub = PST_NID_RECIPIENTS};
	default: return (struct pst_where){.nid = finding->nid, .sub = finding->sub};
	}
}

/* Whether a block of a node belongs to its data, as far as that is known. */
static bool is_of_data(const struct pst_index *index, const struct pst_node *node, uint64_t id)
{
	const struct pst_block *block = node->data ? pst_index_block(index, node->data) : NULL;
	const struct pst_inner *inner = block ? pst_index_inner(index, block) : NULL;

	return (node->data & ~UINT64_C(1)) == id || (inner && inner->culprit == id);
}

/* What is the same in every store, or empty, or follows from searches. */
static bool is_of_store(uint32_t nid)
{
	static const uint32_t nids[] = {0x1E1, 0x201, 0x261, 0x60D, 0x60E, 0x60F, 0x610, 0x614,
	                                0x619, 0x62B, 0x64C, PST_NID_ATTACHMENTS, PST_NID_RECIPIENTS, 0x6B6, 0x6D7, 0x6F8};

	for (size_t i = 0; i < PST_COUNT(nids); i++)
		if (nids[i] == nid)
			return true;
	return false;
}

/* Whether a subnode, or what is in the node itself, is written anew together with its node. */
static bool is_written(struct pst_where where)
{
	enum { OF_TABLE = 0x01, CHANGES = 0x16 }; /* subnodes that stay as they stand; others are tables and parts */

	switch (where.nid & 31) {
	case 0x04: case 0x08:
		return !where.sub || where.sub == PST_NID_ATTACHMENTS || where.sub == PST_NID_RECIPIENTS ||
		       ((where.sub & 31) != OF_TABLE && (where.sub & 31) != CHANGES);
	case 0x02: case 0x03: case 0x07: return !where.sub;
	default: return !where.sub || (where.nid != PST_NID_STORE && where.nid != PST_NID_NAMES);
	}
}

static bool is_of_recipients(pstfix_problem problem)
{
	return problem == PSTFIX_RECIPIENT_CELL || problem == PSTFIX_RECIPIENT_COLUMN;
}

/* Whether a value of an impossible type follows from others. */
static bool is_recomputed(const struct pstfix_report *report, uint32_t nid, uint16_t id)
{
	const bool ost = report->survey.right.client == PST_CLIENT_OST;

	switch (id) {
	case 0x3602: case 0x3603: return (nid & 31) == 2 || (nid & 31) == 3;
	case 0x360A: case 0x3617: return (nid & 31) == 2;
	case 0x0FF9: case 0x3416: return nid == PST_NID_STORE && !ost;
	default: return nid == PST_NID_STORE && id >= 0x35E0 && id <= 0x35E7 && !ost;
	}
}

/* Whether what is wrong follows from other nodes. Of folders, and of the store, all does but subnodes, which stay as they
 * stand, if they are there; else what has cost nothing, and tables of attachments. */
static bool follows(const struct pstfix_report *report, const pstfix_finding *finding, const pstfix_problem_info *row,
                    struct pst_where where)
{
	const struct pst_index *index = &report->survey.index;
	const struct pst_node *node = pst_index_node(index, where.nid);

	if (finding->problem == PSTFIX_PC_TYPE_UNFIT)
		return is_recomputed(report, where.nid, (uint16_t)(finding->tag >> 16));
	if (finding->problem == PSTFIX_PC_VALUE_MISSING) /* messages say so; the entries of the name map are in its buckets, too */
		return where.nid == PST_NID_NAMES ? finding->tag == NAME_ENTRIES : pst_is_message(where.nid) && node->whole;
	if (is_of_store(where.nid) || finding->problem == PSTFIX_STORE_NODE || finding->problem == PSTFIX_STORE_NAMES)
		return true;
	if (where.nid == PST_NID_NAMES)
		return node;
	if (where.nid == PST_NID_STORE)
		return finding->problem != PSTFIX_NODE_DAMAGED || (node && is_of_data(index, node, finding->id));
	switch (where.nid & 31) {
	case 0x02: case 0x03:
		return node && (finding->problem != PSTFIX_NODE_DAMAGED || is_of_data(index, node, finding->id) || pst_index_gone(index, finding->id));
	case 0x0D: case 0x0E: case 0x0F: return pst_folder_of(index, where.nid);
	case 0x04: case 0x08:
		return finding->problem == PSTFIX_MESSAGE_PARENT || finding->problem == PSTFIX_ATTACHMENT_ROW_ALONE ||
		       finding->problem == PSTFIX_NODE_LIST || finding->problem == PSTFIX_NODE_HOLES ||
		       finding->problem == PSTFIX_NBT_UNPAIRED || is_of_recipients(finding->problem) || (finding->problem == PSTFIX_NODE_DAMAGED && where.sub) ||
		       (node && node->whole && (row->severity == PSTFIX_LOSSLESS || where.sub == PST_NID_ATTACHMENTS));
	case 0x06: case 0x10: return pst_folder_of(index, where.nid);
	case 0x07: return finding->problem == PSTFIX_SEARCH_NODE || (node && node->whole && row->severity == PSTFIX_LOSSLESS);
	default: return false;
	}
}

static int by_where(const void *a, const void *b)
{
	const struct pst_where *x = a, *y = b;

	return x->nid != y->nid ? PST_ORDER(x->nid, y->nid) : PST_ORDER(x->sub, y->sub);
}

/* With all that is wrong in it. */
static bool is_left_out(const struct pstfix_report *report, uint32_t nid)
{
	const struct pst_node *node = report->file->options.strict && pst_is_message(nid) ? pst_index_node(&report->survey.index, nid) : NULL;

	return node && !node->whole;
}

static pstfix_fix fix_of(struct pstfix_report *report, const pstfix_finding *finding, const pstfix_problem_info *row)
{
	const struct pst_where where = wrong_node(finding);

	if (row->fix != PSTFIX_FIX_CONTENT)
		return row->fix;
	if (!is_left_out(report, where.nid) && (!is_written(where) || !follows(report, finding, row, where)))
		return PSTFIX_FIX_NONE;
	if (finding->problem == PSTFIX_MESSAGE_PARENT || is_left_out(report, where.nid)) /* it gets another place, and is right as it is */
		return PSTFIX_FIX_CONTENT;
	if (!report->wrong.n || by_where(&report->wrong.at[report->wrong.n - 1], &where))
		pst_add(&report->wrong, where);
	return PSTFIX_FIX_CONTENT;
}

/* Most findings of a subnode are told one after the other. */
static const char *keep_place(struct pstfix_report *report, const char *place)
{
	const char *last = report->places.n ? report->places.at[report->places.n - 1] : "";
	const size_t size = place ? strlen(place) + 1 : 0;
	char *kept;

	if (!place || !strcmp(place, last))
		return place ? last : NULL;
	kept = pst_alloc(size);
	if (!kept) {
		report->places.failed = true;
		return NULL;
	}
	memcpy(kept, place, size);
	pst_add(&report->places, kept);
	if (!report->places.failed)
		return kept;
	free(kept);
	return NULL;
}

static void keep(struct pstfix_report *report, pstfix_finding finding)
{
	finding.place = keep_place(report, finding.place);
	pst_add(&report->findings, finding);
}

void pst_report_add(void *user, const pstfix_finding *fact)
{
	struct pstfix_report *report = user;
	size_t row = pst_problem_row(fact->problem);
	const pstfix_problem_info *info = pstfix_problem_at(row);
	pstfix_finding finding = *fact;

	if (report->file->options.level == PSTFIX_LEVEL_LTP && fact->problem >= PSTFIX_FOLDER_PARENT)
		return;
	finding.severity = info->severity;
	finding.fix = fix_of(report, fact, info);
	report->fixes[finding.fix] += finding.severity != PSTFIX_NOTE;
	if (finding.problem == PSTFIX_MESSAGE_MARKED || finding.problem == PSTFIX_NBT_UNPAIRED || is_of_recipients(finding.problem) ||
	    (finding.problem == PSTFIX_PC_VALUE_MISSING && pst_is_message(finding.nid)))
		pst_add(&report->marked, finding.nid);
	if (report->totals[row]++ < PST_KEEP_FINDINGS)
		keep(report, finding);
	else
		leave_out(report, &finding);
}

static int by_code(const void *a, const void *b)
{
	const pstfix_finding *x = a, *y = b;
	int order = PST_ORDER(x->problem, y->problem);

	order = order ? order : PST_ORDER(x->offset, y->offset);
	order = order ? order : PST_ORDER(x->nid, y->nid);
	order = order ? order : PST_ORDER(x->sub, y->sub);
	order = order ? order : strcmp(x->place ? x->place : "", y->place ? y->place : "");
	order = order ? order : PST_ORDER(x->tag, y->tag);
	order = order ? order : PST_ORDER(x->hid, y->hid);
	order = order ? order : PST_ORDER(x->id, y->id);
	order = order ? order : PST_ORDER(x->found, y->found);
	return order ? order : PST_ORDER(x->expected, y->expected);
}

/* ---- causes ---------------------------------------------------------------------- */

/* Findings that others follow from, by the id of their page or block. */
struct root {
	uint64_t id;
	size_t finding;
	bool page;
};

/* Findings about a node that is not there, or not the current one. */
struct doubt {
	uint32_t nid;
	size_t finding;
};

struct roots {
	PST_ARRAY(struct root) by_id;
	PST_ARRAY(struct doubt) by_nid;
	size_t header, cut, nbt, bbt; /* first finding of each kind, SIZE_MAX: none */
};

static int by_id(const void *a, const void *b)
{
	const struct root *x = a, *y = b;
	int order = PST_ORDER(x->id, y->id);

	order = order ? order : PST_ORDER(x->page, y->page);
	return order ? order : PST_ORDER(x->finding, y->finding);
}

static int by_nid(const void *a, const void *b)
{
	const struct doubt *x = a, *y = b;
	int order = PST_ORDER(x->nid, y->nid);

	return order ? order : PST_ORDER(x->finding, y->finding);
}

static size_t find_doubt(const struct roots *roots, uint64_t nid)
{
	size_t low;

	PST_SEARCH(low, roots->by_nid.n, roots->by_nid.at[middle].nid < nid);
	return low < roots->by_nid.n && roots->by_nid.at[low].nid == nid ? roots->by_nid.at[low].finding : SIZE_MAX;
}

static size_t find_root(const struct roots *roots, uint64_t id, bool page)
{
	size_t low;
	const struct root key = {.id = id, .page = page};

	PST_SEARCH(low, roots->by_id.n, by_id(&roots->by_id.at[middle], &key) < 0);
	if (low < roots->by_id.n && roots->by_id.at[low].id == id && roots->by_id.at[low].page == page)
		return roots->by_id.at[low].finding;
	return SIZE_MAX;
}

static void collect_roots(struct roots *roots, const struct pstfix_report *report)
{
	roots->header = roots->cut = roots->nbt = roots->bbt = SIZE_MAX;
	for (size_t i = 0; i < report->findings.n; i++) {
		const pstfix_finding *finding = &report->findings.at[i];
		size_t *first = NULL;

		switch (finding->problem) {
		case PSTFIX_HEADER_MAGIC:
		case PSTFIX_HEADER_VERSION:
		case PSTFIX_HEADER_CRC_PARTIAL:
		case PSTFIX_HEADER_CRC_FULL: first = &roots->header; break;
		case PSTFIX_FILE_SHORT: first = &roots->cut; break;
		case PSTFIX_NBT_ROOT:
		case PSTFIX_NBT_PAGE:
		case PSTFIX_NBT_LEVEL: first = &roots->nbt; break;
		case PSTFIX_BBT_ROOT:
		case PSTFIX_BBT_PAGE:
		case PSTFIX_BBT_LEVEL: first = &roots->bbt; break;
		case PSTFIX_BLOCK_CRC:
		case PSTFIX_BLOCK_TRAILER:
		case PSTFIX_BLOCK_MISSING:
		case PSTFIX_BLOCK_INFLATE:
		case PSTFIX_BLOCK_CONTENT:
		case PSTFIX_BLOCK_CYCLE:
		case PSTFIX_BLOCK_KIND:
		case PSTFIX_BBT_NOWHERE:
			pst_add(&roots->by_id, ((struct root){finding->id, i, false}));
			break;
		case PSTFIX_BBT_ID: pst_add(&roots->by_id, ((struct root){finding->found, i, false})); break;
		case PSTFIX_NBT_STALE:
		case PSTFIX_NBT_DOUBTFUL:
		case PSTFIX_NBT_DROPPED:
		case PSTFIX_NODE_CROSSED:
		case PSTFIX_NBT_UNTIED:
		case PSTFIX_NBT_REMOVED:
		case PSTFIX_NODE_LOST: pst_add(&roots->by_nid, ((struct doubt){finding->nid, i})); break;
		default: break;
		}
		if (first && *first == SIZE_MAX)
			*first = i;
		if (first == &roots->nbt || first == &roots->bbt)
			pst_add(&roots->by_id, ((struct root){finding->id, i, true}));
	}
	pst_sort(roots->by_id.at, roots->by_id.n, sizeof *roots->by_id.at, by_id);
	pst_sort(roots->by_nid.at, roots->by_nid.n, sizeof *roots->by_nid.at, by_nid);
}

static size_t first_of(size_t a, size_t b, size_t c)
{
	return a != SIZE_MAX ? a : b != SIZE_MAX ? b : c;
}

/* The page whose loss leaves the key open. */
static size_t lost_page(const struct roots *roots, const struct pst_tree *tree, uint64_t key,
                        size_t otherwise)
{
	const struct pst_range *range = pst_tree_open_at(tree, key);
	size_t root = range ? find_root(roots, range->lost_id, true) : SIZE_MAX;

	return range ? first_of(root, otherwise, roots->header) : SIZE_MAX;
}

/* Why a node that something names is not there. */
static size_t cause_of_missing(const struct pstfix_report *report, const struct roots *roots, uint64_t nid)
{
	const struct pst_tree *tree = &report->survey.index.nbt;
	size_t cause = find_doubt(roots, nid);

	if (nid > UINT32_MAX || pst_index_node(&report->survey.index, (uint32_t)nid))
		return cause;
	if (cause == SIZE_MAX)
		cause = lost_page(roots, tree, nid, roots->nbt);
	if (cause == SIZE_MAX && tree->sure != PST_PROVEN)
		cause = first_of(roots->cut, roots->nbt, roots->header);
	return cause;
}

/* Of what is above the node database: nodes that it speaks of may be lost, or older than what they are compared
 * with. */
static size_t cause_of_content(const struct pstfix_report *report, const struct roots *roots,
                               const pstfix_finding *finding)
{
	const struct pst_tree *tree = &report->survey.index.nbt;
	size_t cause = find_doubt(roots, finding->nid);

	if (cause == SIZE_MAX && finding->expected != PSTFIX_NOWHERE)
		cause = find_doubt(roots, finding->expected);
	switch (finding->problem) {
	case PSTFIX_STORE_NODE:
	case PSTFIX_STORE_NAMES:
	case PSTFIX_STORE_NODE_USUAL: return first_of(cause, cause_of_missing(report, roots, finding->nid), SIZE_MAX);
	case PSTFIX_FOLDER_PARENT:
	case PSTFIX_FOLDER_TABLE:
	case PSTFIX_FOLDER_ROW_ALONE:
	case PSTFIX_FOLDER_ROW_MISSING:
	case PSTFIX_FOLDER_CELL:
	case PSTFIX_MESSAGE_PARENT:
	case PSTFIX_MESSAGE_ROW_ALONE:
	case PSTFIX_STORE_ENTRY_ID:
	case PSTFIX_SEARCH_LIST:
	case PSTFIX_SEARCH_NODE:
	case PSTFIX_OUTGOING_ROW_ALONE:
	case PSTFIX_RECEIVE_FOLDER:
	case PSTFIX_NODE_ALONE: return first_of(cause, cause_of_missing(report, roots, finding->found), SIZE_MAX);
	case PSTFIX_SEARCH_ROW_ALONE:
	case PSTFIX_MAP_ALONE:
		return first_of(cause, tree->open.n || tree->sure != PST_PROVEN ? roots->nbt : SIZE_MAX, SIZE_MAX);
	default: return cause;
	}
}

static size_t cause_of(const struct pstfix_report *report, const struct roots *roots,
                       const pstfix_finding *finding)
{
	const struct pst_index *index = &report->survey.index;
	const uint64_t size = report->file->io->size;
	const bool beyond = finding->offset != PSTFIX_NOWHERE &&
	                    (finding->offset >= size ||
	                     (finding->problem == PSTFIX_BBT_NOWHERE && finding->size > size - finding->offset));

	if (finding->problem >= PSTFIX_HEAP_MAP)
		return cause_of_content(report, roots, finding);
	switch (finding->problem) {
	case PSTFIX_NODE_DAMAGED:
	case PSTFIX_NODE_HOLES:
	case PSTFIX_NODE_LIST: return find_root(roots, finding->id, false);
	case PSTFIX_BLOCK_MISSING: {
		size_t dropped = find_root(roots, finding->id, false);

		if (dropped != SIZE_MAX && report->findings.at[dropped].problem == PSTFIX_BBT_NOWHERE)
			return dropped;
		if (finding->nid && pst_tree_open_at(&index->nbt, finding->nid))
			return lost_page(roots, &index->nbt, finding->nid, roots->nbt);
		return lost_page(roots, &index->bbt, finding->id, roots->bbt);
	}
	case PSTFIX_BBT_UNNAMED:
		return first_of(find_root(roots, finding->id, false), lost_page(roots, &index->bbt, finding->id, roots->bbt),
		                SIZE_MAX);
	case PSTFIX_NBT_DOUBTFUL:
	case PSTFIX_NBT_DROPPED:
	case PSTFIX_NBT_VERSION:
	case PSTFIX_NBT_UNTIED: return first_of(roots->nbt, roots->header, roots->cut);
	case PSTFIX_NBT_UNPAIRED:
	case PSTFIX_HEADER_RGNID: return find_doubt(roots, finding->nid);
	case PSTFIX_NBT_TIED: return lost_page(roots, &index->nbt, finding->nid, roots->nbt);
	case PSTFIX_NBT_STALE: {
		const size_t page = lost_page(roots, &index->nbt, finding->nid, roots->nbt);

		return page != SIZE_MAX ? page : first_of(roots->cut, roots->nbt, roots->header);
	}
	case PSTFIX_NBT_RANGE_LOST: return find_root(roots, finding->id, true);
	case PSTFIX_NBT_RANGE_OPEN: return first_of(find_root(roots, finding->id, true), roots->header, roots->nbt);
	case PSTFIX_NODE_LOST: return first_of(roots->cut, roots->bbt, roots->header);
	case PSTFIX_NBT_ROOT:
	case PSTFIX_NBT_PAGE:
	case PSTFIX_BBT_ROOT:
	case PSTFIX_BBT_PAGE:
	case PSTFIX_BBT_NOWHERE:
	case PSTFIX_BLOCK_TRAILER: return beyond ? roots->cut : SIZE_MAX;
	case PSTFIX_BBT_REFS:
	case PSTFIX_BLOCK_UNOWNED:
	case PSTFIX_BLOCK_ORPHAN:
	case PSTFIX_AMAP_LEAK:
		return index->nbt.open.n || index->bbt.open.n
		               ? first_of(roots->nbt, roots->bbt, roots->header)
		               : SIZE_MAX;
	default: return SIZE_MAX;
	}
}

static bool is_among(const struct pst_where *all, size_t n, struct pst_where where)
{
	return n && bsearch(&where, all, n, sizeof *all, by_where);
}

static void unfix(struct pstfix_report *report, pstfix_finding *finding)
{
	finding->fix = PSTFIX_FIX_NONE;
	report->fixes[PSTFIX_FIX_CONTENT] -= finding->severity != PSTFIX_NOTE;
	report->fixes[PSTFIX_FIX_NONE] += finding->severity != PSTFIX_NOTE;
}

/* Messages and attachments of which not all properties are known stay as they are, with all that is in them. */
static bool leave_unknown(struct pstfix_report *report)
{
	PST_ARRAY(struct pst_where) unknown = {0};
	bool failed;

	for (size_t i = 0; i < report->findings.n; i++) {
		const pstfix_finding *finding = &report->findings.at[i];

		if ((finding->problem == PSTFIX_BTH_ITEM || finding->problem == PSTFIX_BTH_EMPTY || finding->problem == PSTFIX_PC_UNREADABLE) && pst_is_message(finding->nid) &&
		    finding->sub != PST_NID_ATTACHMENTS && finding->sub != PST_NID_RECIPIENTS)
			pst_add(&unknown, wrong_node(finding));
	}
	pst_sort(unknown.at, unknown.n, sizeof *unknown.at, by_where);
	for (size_t i = 0; i < report->findings.n && unknown.n; i++) {
		pstfix_finding *finding = &report->findings.at[i];
		const struct pst_where where = wrong_node(finding);

		if (finding->fix != PSTFIX_FIX_CONTENT || finding->problem == PSTFIX_MESSAGE_PARENT || !pst_is_message(finding->nid) ||
		    where.nid != finding->nid ||
		    !(is_among(unknown.at, unknown.n, (struct pst_where){.nid = where.nid}) || is_among(unknown.at, unknown.n, where)))
			continue;
		unfix(report, finding);
	}
	failed = unknown.failed;
	pst_array_deinit(&unknown);
	return !failed;
}

static void sort_wrong(struct pstfix_report *report)
{
	size_t n = 0;

	pst_sort(report->wrong.at, report->wrong.n, sizeof *report->wrong.at, by_where);
	for (size_t i = 0; i < report->wrong.n; i++)
		if (!i || by_where(&report->wrong.at[i], &report->wrong.at[i - 1]))
			report->wrong.at[n++] = report->wrong.at[i];
	report->wrong.n = n;
}

/* Where not all nodes were looked into, what follows from them is not known. */
static void leave_content(struct pstfix_report *report)
{
	for (size_t i = 0; i < report->findings.n; i++)
		if (report->findings.at[i].fix == PSTFIX_FIX_CONTENT)
			report->findings.at[i].fix = PSTFIX_FIX_NONE;
	report->fixes[PSTFIX_FIX_NONE] += report->fixes[PSTFIX_FIX_CONTENT];
	report->fixes[PSTFIX_FIX_CONTENT] = 0;
	report->wrong.n = 0;
}

/* Without a name for the mark, messages stay as they are. */
static void leave_holes(struct pstfix_report *report)
{
	const struct pst_node *names = pst_index_node(&report->survey.index, PST_NID_NAMES);

	if (!names || names->whole || is_among(report->wrong.at, report->wrong.n, (struct pst_where){.nid = PST_NID_NAMES}))
		return;
	for (size_t i = 0; i < report->findings.n; i++)
		if (report->findings.at[i].problem == PSTFIX_NODE_HOLES)
			unfix(report, &report->findings.at[i]);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return PST_ORDER(*x, *y);
}

static bool has_number(const uint32_t *at, size_t n, uint32_t number)
{
	return n && bsearch(&number, at, n, sizeof number, by_number);
}

bool pst_report_is_without(const struct pstfix_report *report, uint32_t nid)
{
	return has_number(report->without.at, report->without.n, nid);
}

bool pst_report_is_marked(const struct pstfix_report *report, uint32_t nid)
{
	return has_number(report->marked.at, report->marked.n, nid);
}

/* Messages that are not whole or not said to be, where these are not wanted. Nothing else is done about them. */
static bool leave_out_damaged(struct pstfix_report *report)
{
	const struct pst_index *index = &report->survey.index;
	size_t n = 0;

	if (!report->file->options.strict || report->totals[pst_problem_row(PSTFIX_WORK_BOUND_NODES)])
		return true;
	for (size_t i = 0; i < index->nodes.n; i++) {
		const struct pst_node *node = &index->nodes.at[i];

		if (pst_is_message(node->nid) && (!node->whole || pst_report_is_marked(report, node->nid)))
			pst_add(&report->without, node->nid);
	}
	for (size_t i = 0; i < report->wrong.n; i++)
		if (!pst_report_is_without(report, report->wrong.at[i].nid))
			report->wrong.at[n++] = report->wrong.at[i];
	report->wrong.n = n;
	return !report->without.failed;
}

pstfix_status pst_report_finish(struct pstfix_report *report, pstfix_error *err)
{
	struct roots roots = {0};
	bool failed = report->findings.failed || report->places.failed || report->left_out.failed || report->wrong.failed || report->marked.failed;

	pst_sort(report->findings.at, report->findings.n, sizeof *report->findings.at, by_code);
	if (report->totals[pst_problem_row(PSTFIX_WORK_BOUND_NODES)])
		leave_content(report);
	sort_wrong(report);
	failed |= !leave_unknown(report);
	leave_holes(report);
	pst_sort(report->marked.at, report->marked.n, sizeof *report->marked.at, by_number);
	failed |= !leave_out_damaged(report);
	collect_roots(&roots, report);
	for (size_t i = 0; i < report->findings.n; i++) {
		size_t cause = cause_of(report, &roots, &report->findings.at[i]);

		report->findings.at[i].cause = cause == i ? SIZE_MAX : cause;
	}
	failed |= roots.by_id.failed | roots.by_nid.failed;
	free(roots.by_id.at);
	free(roots.by_nid.at);
	return failed ? pst_fail_memory(err) : PSTFIX_OK;
}

/* ---- the public face --------------------------------------------------------------- */

size_t pstfix_report_count(const pstfix_report *report)
{
	return report->findings.n;
}

const pstfix_finding *pstfix_report_at(const pstfix_report *report, size_t index)
{
	return index < report->findings.n ? &report->findings.at[index] : NULL;
}

uint64_t pstfix_report_left_out(const pstfix_report *report, pstfix_problem problem)
{
	size_t row = pst_problem_row(problem);
	uint64_t total = row < PST_PROBLEMS_MAX ? report->totals[row] : 0;

	return pstfix_problem_info_of(problem) && total > PST_KEEP_FINDINGS ? total - PST_KEEP_FINDINGS : 0;
}

uint64_t pstfix_report_total(const pstfix_report *report, pstfix_severity severity)
{
	uint64_t total = 0;

	for (size_t i = 0; i < pstfix_problem_count(); i++)
		if (pstfix_problem_at(i)->severity == severity)
			total += report->totals[i];
	return total;
}

static pstfix_statistics count(const struct pstfix_report *report)
{
	const struct pst_survey *survey = &report->survey;
	pstfix_statistics out = {.nodes = survey->index.nodes.n, .blocks = survey->index.blocks.n,
	                         .pages = survey->index.nbt.pages.n + survey->index.bbt.pages.n,
	                         .size = report->file->io->size,
	                         .work = report->file->work + survey->inventory.work +
	                                 survey->index.work + report->work};

	for (size_t i = 0; i < survey->inventory.found.n; i++) {
		const struct pst_found *found = &survey->inventory.found.at[i];

		if (found->flags & PST_FOUND_LIVE || found->sure != PST_PROVEN)
			continue;
		out.stale_blocks += !found->type;
		out.stale_pages += pst_is_index(found->type);
	}
	for (size_t i = 0; i < survey->index.nodes.n; i++)
		out.damaged_nodes += !survey->index.nodes.at[i].whole;
	for (size_t i = 0; i < survey->space.used.n; i++)
		out.live_bytes += survey->space.used.at[i].size;
	return out;
}

pstfix_statistics pstfix_report_statistics(const pstfix_report *report)
{
	return report->statistics;
}

void pst_report_close(struct pstfix_report *report)
{
	report->statistics = count(report);
	pst_array_deinit(&report->left_out);
	pst_survey_slim(&report->survey);
}

size_t pstfix_report_node_count(const pstfix_report *report)
{
	return report->survey.index.nodes.n;
}

pstfix_node pstfix_report_node_at(const pstfix_report *report, size_t index)
{
	const struct pst_node *node = &report->survey.index.nodes.at[index];

	if (index >= report->survey.index.nodes.n)
		return (pstfix_node){0};
	return (pstfix_node){.nid = node->nid, .parent = node->parent, .whole = node->whole};
}
