/* Folders as a tree: [MS-PST] 2.4.4.
 *
 * Each folder's node names its parent, so a few changed bytes make a cycle, which no way from the root leads to, or a
 * chain as long as the file. One folder of each cycle, and each that is too deep, is taken for one that is in no
 * other: so all are met, and whoever walks them may recurse. */
#include "store/store.h"

#include <stdlib.h>

enum { DEPTH_MAX = 256, ON_WAY = UINT16_MAX };

struct tree {
	const struct pst_index *index;
	size_t n;         /* of its nodes */
	uint16_t *depths; /* of folders; 0: not known yet, ON_WAY: on the way up */
	bool *tops;       /* folders that are taken out of theirs */
	bool any;
	PST_ARRAY(size_t) way;
};

/* The folder that one is in; n: none. */
static size_t above(const struct tree *tree, size_t i)
{
	const struct pst_node *node = pst_index_node(tree->index, pst_store_parent(tree->index, &tree->index->nodes.at[i]));

	return node && !tree->tops[i] ? (size_t)(node - tree->index->nodes.at) : tree->n;
}

/* Up to a folder whose depth is known, or none; or, in a cycle, around it to one that was met before. */
static size_t go_up(struct tree *tree, size_t from)
{
	size_t i = from;

	for (tree->way.n = 0; i < tree->n && !tree->depths[i] && !tree->way.failed; i = above(tree, i)) {
		tree->depths[i] = ON_WAY;
		pst_add(&tree->way, i);
	}
	return i;
}

/* Of a cycle, the folder with the lowest id, which is mostly the oldest one, is the one that is in no other. */
static void cut(struct tree *tree, size_t met)
{
	size_t lowest = met;

	for (size_t k = tree->way.n; k-- && tree->way.at[k] != met;)
		lowest = PST_MIN(lowest, tree->way.at[k]);
	tree->any = tree->tops[lowest] = true;
	for (size_t k = 0; k < tree->way.n; k++)
		tree->depths[tree->way.at[k]] = 0;
}

static void measure(struct tree *tree, size_t folder)
{
	size_t top = go_up(tree, folder);
	uint16_t depth;

	if (top < tree->n && tree->depths[top] == ON_WAY && !tree->way.failed) {
		cut(tree, top);
		top = go_up(tree, folder);
	}
	depth = top < tree->n ? tree->depths[top] : 0;
	for (size_t k = tree->way.n; k--;) {
		if (depth == DEPTH_MAX) {
			tree->any = tree->tops[tree->way.at[k]] = true;
			depth = 0;
		}
		tree->depths[tree->way.at[k]] = ++depth;
	}
}

static void take_out(struct pstfix_store *store, const struct tree *tree)
{
	for (size_t i = 0; i < store->children.n; i++) {
		struct pst_child *child = &store->children.at[i];

		if (tree->tops[pst_index_node(tree->index, child->nid) - tree->index->nodes.at])
			child->parent = 0;
	}
}

static bool untangle(struct pstfix_store *store)
{
	struct tree tree = {.index = store->index, .n = store->index->nodes.n};
	bool done;

	tree.depths = calloc(tree.n + 1, sizeof *tree.depths);
	tree.tops = calloc(tree.n + 1, sizeof *tree.tops);
	done = tree.depths && tree.tops;
	for (size_t i = 0; i < tree.n && done && !tree.way.failed; i++)
		if (pst_kind_of(tree.index->nodes.at[i].nid) == PSTFIX_FOLDER)
			measure(&tree, i);
	done = done && !tree.way.failed;
	if (done && tree.any) {
		take_out(store, &tree);
		pst_store_sort(store);
	}
	pst_array_deinit(&tree.way);
	free(tree.depths);
	free(tree.tops);
	return done;
}

pstfix_status pst_store_untangle(pstfix_store **store, pstfix_error *err)
{
	if (untangle(*store))
		return PSTFIX_OK;
	pstfix_store_free(*store);
	*store = NULL;
	return pst_fail_memory(err);
}
