/* The store and its tree of folders and messages: see <pstfix/store.h>.
 *
 * Children are the nodes that name their parent, which in all genuine files are those that the tables name. */
#include "store/store.h"
#include "tie/tie.h"

#include <stdlib.h>

/* ---- the indexes ---------------------------------------------------------------------- */

/* Hands out whether the header leads to both indexes, and they have all their pages. */
static pstfix_status load(struct pstfix_store *store, bool *entire, pstfix_error *err)
{
	struct pstfix_file *file = store->file;
	struct pst_index *index = &store->loaded;
	pstfix_status status = pst_inventory_follow(&store->inventory, file->io, &file->header, file->format, err);

	if (!status)
		status = pst_index_load(index, file->io, &store->inventory, &file->header, err);
	store->index = index;
	*entire = !status && file->header.proven && index->nbt.rooted && index->bbt.rooted && !index->nbt.open.n &&
	          !index->bbt.open.n;
	return status;
}

static pstfix_status derive(struct pstfix_store *store, pstfix_error *err)
{
	struct pstfix_file *file = store->file;
	struct pst_scan_options options = pst_file_scan_options(file);
	pstfix_status status;

	store->derived = true;
	store->index = &store->survey.index;
	status = pst_survey_make(&store->survey, file->io, &file->header, file->format, &options, (struct pst_teller){0}, err);
	return status ? status : pst_tie(&store->survey, file->io, (struct pst_teller){0}, err);
}

/* ---- who is in which folder ------------------------------------------------------------------ */

pstfix_kind pst_kind_of(uint32_t nid)
{
	switch (nid & 31) {
	case 2: return PSTFIX_FOLDER;
	case 3: return PSTFIX_SEARCH;
	case 4: return PSTFIX_MESSAGE;
	case 5: return PSTFIX_ATTACHMENT;
	case 8: return PSTFIX_ASSOCIATED;
	default: return nid == PST_NID_STORE ? PSTFIX_STORE : PSTFIX_OTHER;
	}
}

static bool is_in_folder(pstfix_kind kind)
{
	return kind == PSTFIX_FOLDER || kind == PSTFIX_SEARCH || kind == PSTFIX_MESSAGE ||
	       kind == PSTFIX_ASSOCIATED;
}

static int order_of(const struct pst_child *child, uint32_t parent, pstfix_kind kind)
{
	int order = PST_ORDER(child->parent, parent);

	return order ? order : PST_ORDER(pst_kind_of(child->nid), kind);
}

static int by_parent(const void *a, const void *b)
{
	const struct pst_child *x = a, *y = b;
	int order = order_of(x, y->parent, pst_kind_of(y->nid));

	return order ? order : PST_ORDER(x->nid, y->nid);
}

uint32_t pst_store_parent(const struct pst_index *index, const struct pst_node *node)
{
	bool placed = node->parent != node->nid && pst_kind_of(node->parent) == PSTFIX_FOLDER &&
	              pst_index_node(index, node->parent);

	return placed ? node->parent : 0;
}

void pst_store_sort(struct pstfix_store *store)
{
	pst_sort(store->children.at, store->children.n, sizeof *store->children.at, by_parent);
}

static bool sort_children(struct pstfix_store *store)
{
	for (size_t i = 0; i < store->index->nodes.n; i++) {
		const struct pst_node *node = &store->index->nodes.at[i];

		if (is_in_folder(pst_kind_of(node->nid)))
			pst_add(&store->children, ((struct pst_child){pst_store_parent(store->index, node), node->nid}));
	}
	pst_store_sort(store);
	return !store->children.failed;
}

const struct pst_child *pst_store_children(const struct pstfix_store *store, uint32_t parent, pstfix_kind kind,
                                           size_t *n)
{
	size_t first, end;

	PST_SEARCH(first, store->children.n, order_of(&store->children.at[middle], parent, kind) < 0);
	PST_SEARCH(end, store->children.n, order_of(&store->children.at[middle], parent, kind) <= 0);
	*n = end - first;
	return store->children.at + first;
}

/* ---- opening ---------------------------------------------------------------------------------- */

static struct pstfix_store *new_store(pstfix_file *file)
{
	struct pstfix_store *store = calloc(1, sizeof *store);

	if (!store)
		return NULL;
	store->users = 1;
	store->since = pst_shortages();
	store->file = file;
	file->users++;
	return store;
}

/* Where `index` is NULL, that of the file, or, if it lacks something and `derived` is true, the one that follows. */
static pstfix_status open_store(pstfix_store **out, pstfix_file *file, const struct pst_index *index, bool derived,
                                pstfix_error *err)
{
	struct pstfix_store *store = new_store(file);
	bool entire = index;
	pstfix_status status = PSTFIX_OK;

	*out = NULL;
	if (!store)
		return pst_fail_memory(err);
	store->index = index;
	if (!index)
		status = load(store, &entire, err);
	if (!status && !entire && derived)
		status = derive(store, err);
	if (!status)
		status = pst_reader_init(&store->reader, store->index, err);
	if (!status && !sort_children(store))
		status = pst_fail_memory(err);
	if (status) {
		pstfix_store_free(store);
		return status;
	}
	store->entire = entire || derived;
	pst_reader_limit(&store->reader);
	*out = store;
	return PSTFIX_OK;
}

pstfix_status pst_store_open_on(pstfix_store **out, pstfix_file *file, const struct pst_index *index, pstfix_error *err)
{
	return open_store(out, file, index, false, err);
}

pstfix_status pstfix_store_load(pstfix_store **out, pstfix_file *file, pstfix_error *err)
{
	pstfix_status status = open_store(out, file, NULL, false, err);

	return status ? status : pst_store_untangle(out, err);
}

pstfix_status pstfix_store_open(pstfix_store **out, pstfix_file *file, pstfix_error *err)
{
	pstfix_status status = open_store(out, file, NULL, true, err);

	return status ? status : pst_store_untangle(out, err);
}

void pstfix_store_free(pstfix_store *store)
{
	if (!store || --store->users)
		return;
	pst_names_deinit(&store->names);
	pst_array_deinit(&store->local.items);
	free(store->folder_names);
	pst_array_deinit(&store->children);
	pst_charset_deinit(&store->charset);
	pst_reader_deinit(&store->reader);
	pst_survey_deinit(&store->survey);
	pst_index_deinit(&store->loaded);
	pst_inventory_deinit(&store->inventory);
	pstfix_file_free(store->file);
	if (store->release)
		store->release(store->owner);
	free(store);
}

pstfix_status pstfix_store_status(const pstfix_store *store, pstfix_error *err)
{
	return pst_unless_short(pst_reader_status(&store->reader, PSTFIX_OK, err), store->since, err);
}

void pstfix_store_renew(pstfix_store *store)
{
	pst_reader_limit(&store->reader);
	store->since = pst_shortages();
}

bool pstfix_store_is_entire(const pstfix_store *store)
{
	return store->entire;
}

bool pstfix_store_is_derived(const pstfix_store *store)
{
	return store->derived;
}
