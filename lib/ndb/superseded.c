/* Whether trees and leaves that no header leads to are older than what is in the file: see index.h. */
#include "ndb/index.h"

#include <stdlib.h>

/* ---- trees ------------------------------------------------------------------------------ */

/* Whether a block lies over a page, or a block that is older, and that proves itself: so it never was where it is. */
static bool overlaps_older(const struct pst_inventory *inventory, size_t of, uint64_t last)
{
	const struct pst_format *f = inventory->format;
	const struct pst_found *all = inventory->found.at, *block = &all[of];
	bool over = false;

	for (size_t i = of; i && !over && all[i - 1].at + f->block_max > block->at; i--) {
		const struct pst_found *other = &all[i - 1];

		over = other->sure == PST_PROVEN && (other->type || other->id <= last) &&
		       other->at + (other->type ? f->page : other->size) > block->at;
	}
	for (size_t i = of + 1; i < inventory->found.n && !over && all[i].at < block->at + block->size; i++)
		over = all[i].sure == PST_PROVEN && (all[i].type || all[i].id <= last);
	return over;
}

bool pst_index_is_superseded(const struct pst_index *index)
{
	const struct pst_inventory *inventory = index->nbt.inventory;
	uint64_t last = 0;
	int64_t above = 0;

	if (!index->nbt.rooted || index->nbt.sure == PST_PROVEN)
		return false;
	for (size_t i = 0; i < index->blocks.n; i++)
		last = PST_MAX(last, index->blocks.at[i].id);
	for (size_t i = 0; i < index->nodes.n; i++)
		last = PST_MAX(last, PST_MAX(index->nodes.at[i].data, index->nodes.at[i].sub));
	for (size_t i = 0; i < inventory->found.n; i++) {
		const struct pst_found *found = &inventory->found.at[i];

		if (found->type || found->sure != PST_PROVEN || pst_use_of(inventory, index->io, found->at, found->size) == PST_FREE)
			continue;
		if (found->id <= last)
			above--;
		else if (!overlaps_older(inventory, i, last))
			above++;
	}
	return above > 0;
}

/* ---- leaves ----------------------------------------------------------------------------- */

/* Whether the block index does not know a block that it should. */
static bool unknown(const struct pst_index *index, uint64_t id)
{
	const struct pst_block *block = id ? pst_index_block(index, id) : NULL;

	return id && !pst_tree_unsettled(&index->bbt, id) && (!block || block->flags & PST_BLOCK_CANDIDATE);
}

static enum pst_use use_of(const struct pst_index *index, uint64_t id)
{
	const struct pst_block *block = pst_index_block(index, id);

	return block ? pst_use_of(index->bbt.inventory, index->io, block->at, block->size) : PST_USE_UNKNOWN;
}

/* Whether what a node names was freed since. Where no map tells, it was when the block index is the current one
 * and knows nothing of the node, or knows newer blocks that nothing needs: they belong to leaves that came after
 * the one in hand. Else the block index lacks an entry; and where it is seen to lack some, that it knows nothing of
 * the node tells only of leaves that came after if there are blocks that belong to them. */
static bool was_freed(const struct pst_index *index, const struct pst_node *node, uint64_t newest_unowned)
{
	const uint64_t ids[] = {node->data, node->sub};
	const bool nothing = unknown(index, node->data) && unknown(index, node->sub) &&
	                     (!index->bbt_lacks || newest_unowned);
	bool freed = false;

	for (size_t i = 0; i < PST_COUNT(ids); i++) {
		enum pst_use use = unknown(index, ids[i]) ? use_of(index, ids[i]) : PST_USED;

		freed |= use == PST_FREE || (use == PST_USE_UNKNOWN && index->bbt_knows &&
		                             (nothing || ids[i] < newest_unowned));
	}
	return freed;
}

/* A root that the header names is the current one. Another is when no node needs a block that came after
 * all that it knows. */
static bool bbt_knows(const struct pst_index *index)
{
	uint64_t last = 0;

	if (!index->bbt.rooted || index->bbt.sure == PST_PROVEN)
		return index->bbt.rooted;
	for (size_t i = 0; i < index->blocks.n; i++)
		if (index->blocks.at[i].flags & PST_BLOCK_CURRENT)
			last = PST_MAX(last, index->blocks.at[i].id);
	for (size_t i = 0; i < index->nodes.n; i++) {
		uint64_t id = PST_MAX(index->nodes.at[i].data, index->nodes.at[i].sub);
		const struct pst_block *block = id > last ? pst_index_block(index, id) : NULL;

		if (block && block->sure == PST_PROVEN)
			return false;
	}
	return true;
}

static int by_page(const void *a, const void *b)
{
	return PST_ORDER(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* A leaf that is superseded shows that the root which leads to it is, too. */
static void demote_root(struct pst_index *index)
{
	if (index->nbt.sure == PST_PROVEN || !index->nbt.rooted || index->nbt.open.n)
		return;
	pst_tree_unload(&index->nbt);
	for (size_t i = 0; i < index->nbt.open.n; i++)
		pst_add(&index->nbt.lost, index->nbt.open.at[i]);
}

pstfix_status pst_index_demote_leaves(struct pst_index *index, pstfix_error *err)
{
	PST_ARRAY(uint64_t) pages = {0};
	pstfix_status status = PSTFIX_OK;
	uint64_t newest = UINT64_MAX; /* not known yet */

	index->bbt_knows = bbt_knows(index);
	for (size_t i = 0; i < index->nodes.n && !status; i++) {
		const struct pst_node *node = &index->nodes.at[i];

		if (node->sure != PST_CLAIMED || (!unknown(index, node->data) && !unknown(index, node->sub)))
			continue;
		if (newest == UINT64_MAX)
			status = pst_index_find_gaps(&newest, index, err);
		/* nodes known to be lost had blocks, too */
		if (!status && was_freed(index, node, index->nbt.lost.n ? 0 : newest))
			pst_add(&pages, node->page);
	}
	pst_sort(pages.at, pages.n, sizeof *pages.at, by_page);
	for (size_t i = 0; i < index->nodes.n && pages.n; i++) {
		struct pst_node *node = &index->nodes.at[i];

		if (node->sure == PST_CLAIMED &&
		    bsearch(&node->page, pages.at, pages.n, sizeof *pages.at, by_page)) {
			node->sure = PST_STALE;
			node->doubted = true;
		}
	}
	if (pages.n)
		demote_root(index);
	index->nodes.failed |= pages.failed;
	free(pages.at);
	return status;
}
