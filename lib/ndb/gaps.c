/* Whether the block index lacks entries that it should have: see index.h.
 *
 * A deleted node shows in that it does not know its blocks, but only while it knows all others. It does not when a current
 * node or list names a block that it lacks, or the count of one that it knows needs a list that it lacks; when a leaf of
 * the node index names one and was written after the leaves that should know it, so that the block was there when they
 * were; or when it knows neither what every store has, nor anything newer that nothing needs. */
#include "ndb/index.h"

/* Nodes that are never deleted: store, names, root folder, and the templates of tables. */
static bool is_everlasting(uint32_t nid)
{
	static const uint32_t always[] = {0x21, 0x61, 0x122, 0x60D, 0x60E, 0x60F, 0x610, 0x671, 0x692};

	for (size_t i = 0; i < PST_COUNT(always); i++)
		if (nid == always[i])
			return true;
	return false;
}

/* Whether a block that a node names, and the block index lacks, was not freed since. */
static bool is_current(const struct pst_index *index, const struct pst_node *node, uint64_t id, uint64_t newest_unowned)
{
	return node->sure == PST_PROVEN || node->page > pst_tree_leaf_at(&index->bbt, id) ||
	       (is_everlasting(node->nid) && id > newest_unowned);
}

pstfix_status pst_index_find_gaps(uint64_t *newest_unowned, struct pst_index *index, pstfix_error *err)
{
	pstfix_status status = pst_index_newest_unowned(newest_unowned, index, err);

	for (size_t i = 0; i < index->nodes.n && !status && !index->bbt_lacks; i++) {
		const struct pst_node *node = &index->nodes.at[i];
		const uint64_t ids[] = {node->data, node->sub};

		for (size_t k = 0; k < PST_COUNT(ids) && (node->sure == PST_PROVEN || node->sure == PST_CLAIMED); k++)
			index->bbt_lacks |= ids[k] && pst_index_lacks(index, pst_index_block(index, ids[k])) &&
			                    is_current(index, node, ids[k], *newest_unowned);
	}
	return status;
}
