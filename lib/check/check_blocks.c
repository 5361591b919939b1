/* Blocks and their places: proof, reference counts, overlaps, page ids given twice.
 *
 * What blocks list is judged where it is read, in lib/ndb/refs.c. */
#include "check/report.h"

#include <stdlib.h>

static void check_proof(struct pst_teller teller, const struct pst_block *block)
{
	if (block->sure == PST_TRAILER)
		PST_TELL(teller, BLOCK_CRC, .id = block->id, .offset = block->at, .size = block->size);
	else if (block->sure == PST_CLAIMED)
		PST_TELL(teller, BLOCK_TRAILER, .id = block->id, .offset = block->at,
		         .size = block->size);
	else if (block->flags & PST_BLOCK_BAD_STREAM)
		PST_TELL(teller, BLOCK_INFLATE, .id = block->id, .offset = block->at,
		         .size = block->size, .expected = block->inflated);
}

/* Whether a block was in use when the index that names it was written: the index is the current one, or
 * the maps say so. */
static bool was_needed(const struct pst_index *index, const struct pst_block *block)
{
	if (block->flags & PST_BLOCK_CURRENT && index->bbt_knows)
		return true;
	return pst_use_of(index->bbt.inventory, index->io, block->at, block->size) == PST_USED;
}

static void check_references(struct pst_teller teller, const struct pst_index *index,
                             const struct pst_block *block, bool tell)
{
	uint32_t right = pst_right_count(block);

	if (block->flags & PST_BLOCK_CANDIDATE || block->refs_stored == right) {
		if (!block->refs)
			PST_TELL(teller, BLOCK_ORPHAN, .id = block->id, .offset = block->at);
	} else if (!block->refs && block->refs_stored > 1 && tell && was_needed(index, block)) {
		PST_TELL(teller, BLOCK_UNOWNED, .id = block->id, .offset = block->at,
		         .found = block->refs_stored);
	} else {
		PST_TELL(teller, BBT_REFS, .id = block->id, .offset = block->at,
		         .found = block->refs_stored, .expected = right);
	}
}

/* ---- places --------------------------------------------------------------------------- */

/* Of a page or block that has a trailer. */
static uint64_t id_of(const struct pst_survey *survey, const struct pst_extent *extent)
{
	size_t i = pst_inventory_from(&survey->inventory, extent->at);

	for (; i < survey->inventory.found.n && survey->inventory.found.at[i].at == extent->at; i++)
		if (survey->inventory.found.at[i].flags & PST_FOUND_LIVE &&
		    extent->page == pst_is_index(survey->inventory.found.at[i].type))
			return survey->inventory.found.at[i].id;
	return PSTFIX_NOWHERE;
}

static void check_overlap(struct pst_teller teller, const struct pst_survey *survey,
                          const struct pst_extent *before, const struct pst_extent *extent)
{
	uint64_t end = extent->at + extent->size;

	if (before && before->at + before->size > extent->at)
		PST_TELL(teller, BLOCK_OVERLAP, .id = id_of(survey, extent), .offset = extent->at,
		         .found = id_of(survey, before), .expected = before->at,
		         .size = PST_MIN(before->at + before->size, end) - extent->at);
}

static void check_places(struct pst_teller teller, const struct pst_survey *survey)
{
	const struct pst_space *space = &survey->space;
	const struct pst_extent *last = NULL; /* the one that ends last */

	for (size_t i = 0; i < space->used.n; i++) {
		const struct pst_extent *extent = &space->used.at[i];

		check_overlap(teller, survey, last, extent);
		if (!last || extent->at + extent->size > last->at + last->size)
			last = extent;
	}
}

static int by_id(const void *a, const void *b)
{
	const struct pst_tree_page *x = a, *y = b;
	int order = PST_ORDER(x->id, y->id);

	return order ? order : PST_ORDER(x->at, y->at);
}

static pstfix_status check_page_ids(struct pst_teller teller, const struct pst_index *index,
                                    pstfix_error *err)
{
	PST_ARRAY(struct pst_tree_page) pages = {0};
	const struct pst_tree *trees[] = {&index->nbt, &index->bbt};
	bool failed;

	for (size_t t = 0; t < PST_COUNT(trees); t++)
		for (size_t i = 0; i < trees[t]->pages.n; i++)
			pst_add(&pages, trees[t]->pages.at[i]);
	pst_sort(pages.at, pages.n, sizeof *pages.at, by_id);
	for (size_t i = 1; i < pages.n; i++)
		if (pages.at[i].id == pages.at[i - 1].id)
			PST_TELL(teller, PAGE_ID_TWICE, .id = pages.at[i].id, .offset = pages.at[i].at);
	failed = pages.failed;
	free(pages.at);
	return failed ? pst_fail_memory(err) : PSTFIX_OK;
}

/* Key by key: a range that is lost goes from the last node before it that is known to the first behind it,
 * since the keys in links to lost pages may be wrong, too. */
static void tell_lost(const struct pstfix_report *report, const struct pst_range *before,
                      const struct pst_range *range, const struct pst_range *behind, bool sure)
{
	const struct pst_index *index = &report->survey.index;
	uint64_t first = 0, last = UINT32_MAX;
	size_t node;

	PST_SEARCH(node, index->nodes.n, index->nodes.at[middle].nid < range->first);
	if (node)
		first = index->nodes.at[node - 1].nid + UINT64_C(1);
	if (before)
		first = PST_MAX(first, before->last + 1);
	PST_SEARCH(node, index->nodes.n, index->nodes.at[middle].nid <= range->last);
	if (node < index->nodes.n)
		last = index->nodes.at[node].nid - UINT64_C(1);
	if (behind)
		last = PST_MIN(last, behind->first - 1);
	first = PST_MIN(range->first, first);
	last = PST_MIN(PST_MAX(range->last, last), (uint64_t)UINT32_MAX);
	if (sure)
		PST_TELL(report->teller, NBT_RANGE_LOST, .offset = range->lost_at, .id = range->lost_id,
		         .expected = first, .found = last);
	else
		PST_TELL(report->teller, NBT_RANGE_OPEN, .offset = range->lost_at, .id = range->lost_id,
		         .expected = first, .found = last);
}

/* Whether blocks came after all that are needed, which the block index does not know, and no map says that they were freed:
 * then what needed them may be lost, and what is known an older state. */
static bool are_newer_left(const struct pstfix_report *report)
{
	const struct pst_index *index = &report->survey.index;
	const struct pst_inventory *inventory = &report->survey.inventory;
	uint64_t last = 0;

	for (size_t i = 0; i < index->blocks.n; i++)
		if (index->blocks.at[i].refs || index->blocks.at[i].flags & PST_BLOCK_CURRENT)
			last = PST_MAX(last, index->blocks.at[i].id);
	for (size_t i = 0; i < inventory->found.n; i++) {
		const struct pst_found *found = &inventory->found.at[i];

		if (!found->type && found->sure == PST_PROVEN && found->id > (last | 1) && found->id < index->next_block &&
		    pst_use_of(inventory, report->file->io, found->at, found->size) != PST_FREE &&
		    !pst_inventory_shared(inventory, found->at, found->size))
			return true;
	}
	return false;
}

/* Whether a page of the index that was found names a node. */
static bool is_named(const struct pstfix_report *report, uint32_t nid)
{
	bool named = pst_index_node(&report->survey.index, nid);

	for (size_t i = 0; i < report->findings.n && !named; i++)
		named = report->findings.at[i].problem == PSTFIX_NODE_LOST && report->findings.at[i].nid == nid;
	return named;
}

/* Whether something speaks for nodes that were not found: the file was cut, nodes are missing that every store has or that
 * rows of tables stand for, others are known only from pages that are older or do not prove themselves, blocks that
 * were needed are not, or newer ones are. */
static bool are_nodes_lost(const struct pstfix_report *report, bool newer_left)
{
	const struct pst_index *index = &report->survey.index;
	bool lost = newer_left || index->cut || index->unanswered || report->totals[pst_problem_row(PSTFIX_BLOCK_UNOWNED)] ||
	            report->totals[pst_problem_row(PSTFIX_NBT_STALE)] || report->totals[pst_problem_row(PSTFIX_NBT_DOUBTFUL)];

	for (size_t i = 0; i < PST_REQUIRED_NODES; i++)
		lost |= !is_named(report, pst_required_nodes[i]);
	return lost;
}

/* Whether the page that an open range has lost is known as a lost leaf in it. */
static bool is_among(const struct pst_ranges *gone, const struct pst_range *open)
{
	size_t i;

	PST_SEARCH(i, gone->n, gone->at[middle].last < open->first);
	while (i < gone->n && gone->at[i].first <= open->last && gone->at[i].lost_at != open->lost_at)
		i++;
	return i < gone->n && gone->at[i].first <= open->last;
}

/* Where a page of the index is lost, or no header leads to the root, nothing says that all nodes were found. */
static void check_lost_ranges(const struct pstfix_report *report, bool newer_left)
{
	static const struct pst_range everything = {.last = UINT64_MAX, .lost_at = PSTFIX_NOWHERE,
	                                            .lost_id = PSTFIX_NOWHERE};
	const struct pst_index *index = &report->survey.index;
	const struct pst_page_ref *named = &report->survey.header.nbt;
	const struct pst_ranges *gone = &index->nbt.lost;
	const bool lost = are_nodes_lost(report, newer_left), blocks_known = index->bbt_knows && !index->bbt.unsettled.n;

	for (size_t i = 0; i < gone->n; i++)
		tell_lost(report, i ? &gone->at[i - 1] : NULL, &gone->at[i],
		          i + 1 < gone->n ? &gone->at[i + 1] : NULL, lost || !blocks_known);
	for (size_t i = 0; i < index->nbt.open.n; i++)
		if (!index->nbt.open.at[i].leaf && !is_among(gone, &index->nbt.open.at[i]))
			tell_lost(report, NULL, &index->nbt.open.at[i], NULL, lost);
	if (index->nbt.rooted && index->nbt.sure != PST_PROVEN &&
	    (index->cut || index->nbt.root.id != named->id || index->nbt.root.at != named->at))
		tell_lost(report, NULL, &everything, NULL, lost);
}

/* What an orphan or a damaged block lists is no loss by itself. */
static void check_missing(const struct pstfix_report *report)
{
	const struct pst_index *index = &report->survey.index;

	for (size_t i = 0; i < index->missing.n; i++) {
		const struct pst_block *from = pst_index_block(index, index->missing.at[i].from);

		if (from && from->refs && from->sure == PST_PROVEN && !(from->flags & PST_BLOCK_BAD_STREAM))
			PST_TELL(report->teller, BLOCK_MISSING, .id = index->missing.at[i].id, .found = from->id,
			         .offset = from->at);
	}
}

/* Folders and messages have blocks of their own. */
static bool is_crossed(const struct pst_index *index, const struct pst_node *node)
{
	return pst_kind_of(node->nid) != PSTFIX_OTHER && pst_index_node_crossed(index, node);
}

/* Whether what vouches for a page may be what is missing: the end of the file, or a newer page, when no map tells. */
static bool may_be_older(const struct pstfix_report *report, uint64_t page, bool newer_left)
{
	const struct pst_index *index = &report->survey.index;

	return index->cut || (newer_left && pst_use_of(index->nbt.inventory, index->io, page, index->format->page) == PST_USE_UNKNOWN);
}

static void check_nodes(const struct pstfix_report *report, bool newer_left)
{
	const struct pst_index *index = &report->survey.index;

	for (size_t i = 0; i < index->nodes.n; i++) {
		const struct pst_node *node = &index->nodes.at[i];

		if (is_crossed(index, node))
			PST_TELL(report->teller, NODE_CROSSED, .nid = node->nid, .id = node->data);
		if (node->sure == PST_TRAILER)
			PST_TELL(report->teller, NBT_DOUBTFUL, .nid = node->nid, .id = node->page, .offset = node->page_at);
		else if (node->sure == PST_STALE && (node->data || node->sub))
			PST_TELL(report->teller, NBT_STALE, .nid = node->nid, .found = node->page, .expected = node->lost);
		else if (node->sure == PST_CLAIMED && (node->data || node->sub) && may_be_older(report, node->page_at, newer_left))
			PST_TELL(report->teller, NBT_STALE, .nid = node->nid, .found = node->page);
	}
}

/* What is there after all was not deleted, nor was a message that has come back as another node. */
static void check_dropped(const struct pstfix_report *report)
{
	const struct pst_index *index = &report->survey.index;

	for (size_t i = 0; i < index->dropped.n; i++) {
		const struct pst_node *node = &index->dropped.at[i];
		const struct pst_block *data = pst_kind_of(node->nid) == PSTFIX_MESSAGE ? pst_index_block(index, node->data) : NULL;

		if (!pst_index_node(index, node->nid) && (!data || !data->refs))
			PST_TELL(report->teller, NBT_DROPPED, .nid = node->nid, .id = node->page, .offset = node->page_at);
	}
}

static void check_unread(const struct pstfix_report *report, const struct pst_unread *unread)
{
	if (pst_io_has(report->survey.index.io, unread->at, unread->size))
		PST_TELL(report->teller, READ_FAILED, .offset = unread->at, .size = unread->size, .found = (uint64_t)unread->system);
	else
		PST_TELL(report->teller, NOT_RESCUED, .offset = unread->at, .size = unread->size);
}

pstfix_status pst_check_blocks(struct pstfix_report *report, pstfix_error *err)
{
	const struct pst_survey *survey = &report->survey;
	const struct pst_inventory *inventory = &survey->inventory;
	const bool tell = pst_index_counts_tell(&survey->index), newer_left = are_newer_left(report);

	for (size_t i = 0; i < survey->index.blocks.n; i++) {
		check_proof(report->teller, &survey->index.blocks.at[i]);
		check_references(report->teller, &survey->index, &survey->index.blocks.at[i], tell);
	}
	check_missing(report);
	check_nodes(report, newer_left);
	check_dropped(report);
	for (size_t i = 0; i < inventory->unread.n; i++)
		check_unread(report, &inventory->unread.at[i]);
	if (inventory->over_budget)
		PST_TELL(report->teller, WORK_BOUND, .offset = inventory->over_budget_at,
		         .found = inventory->over_budget);
	check_lost_ranges(report, newer_left);
	check_places(report->teller, survey);
	return check_page_ids(report->teller, &survey->index, err);
}
