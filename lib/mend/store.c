/* What belongs to the store as a whole: [MS-PST] 2.4.3, 2.4.7, 2.4.8, 2.7.1. Templates, lists and maps are the same in every
 * store, or empty. The store itself keeps what it says; what it must say and does not follows from the folders. */
#include "mend/inside.h"

#include <stdlib.h>

enum {
	MAILBOX = 0x20A2, SEARCHES = 0x201, SEARCH_ALL = 0x723, RECEIVE = 0x62B, RECEIVE_FOLDER = 0x6605, NAME = 0x3001,
	CRITERIA = 0x07, ROW_FOLDER = 0x67F1, RECORD_KEY = 0x0FF9, KEY = 16, ENTRY_IDS = 0x35E0, OTHER_ENTRY_ID = 0x3416
};

/* ---- folders that the store names ------------------------------------------------------------ */

static bool is_folder(const struct pst_mend *mend, uint32_t nid)
{
	return pst_kind_of(nid) == PSTFIX_FOLDER && pst_edit_find(mend->edit, nid);
}

static bool is_named(struct pst_mend *mend, uint32_t nid, const char *name)
{
	uint8_t wanted[2 * 32];
	const size_t size = pst_ascii(wanted, mend->edit->index.format, name);
	struct pst_object folder;
	struct pst_value value;
	const struct pst_property *property;
	struct pst_taken taken = {0};
	bool same = false;

	if (pst_object_open(&folder, mend, nid))
		return false;
	property = pst_pc_find(&folder.pc, NAME);
	if (property && !pst_pc_value(&value, &folder.pc, property, NULL)) {
		same = pst_taken_load(&taken, &value) && taken.size == size && !memcmp(taken.data, wanted, size);
		pst_value_deinit(&value);
	}
	free(taken.data);
	pst_object_deinit(&folder);
	return same;
}

/* A folder in another that has this name; 0: there is none. */
static uint32_t find_named(struct pst_mend *mend, uint32_t parent, const char *name)
{
	size_t n;
	const struct pst_child *children = pst_store_children(mend->old, parent, PSTFIX_FOLDER, &n);

	for (size_t i = 0; i < n; i++)
		if (is_named(mend, children[i].nid, name))
			return children[i].nid;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return PST_ORDER(*(const uint32_t *)a, *(const uint32_t *)b);
}

/* Of all folders, in order, so that they can be counted in one that is not there. */
static pstfix_status list_parents(struct pst_mend *mend)
{
	const struct pst_index *index = mend->old->index;

	for (size_t i = 0; i < index->nodes.n; i++)
		if (pst_kind_of(index->nodes.at[i].nid) == PSTFIX_FOLDER)
			pst_add(&mend->parents, index->nodes.at[i].parent);
	pst_sort(mend->parents.at, mend->parents.n, sizeof *mend->parents.at, by_number);
	return mend->parents.failed ? pst_fail_memory(mend->err) : PSTFIX_OK;
}

size_t pst_mend_count_folders(const struct pst_mend *mend, uint32_t nid)
{
	size_t first, end;

	PST_SEARCH(first, mend->parents.n, mend->parents.at[middle] < nid);
	PST_SEARCH(end, mend->parents.n, mend->parents.at[middle] <= nid);
	return end - first;
}

/* The folder in the root that has most folders in it, by its node or by a row. */
static pstfix_status find_top(struct pst_mend *mend)
{
	uint32_t *top = &mend->folders[PST_STORE_TOP];
	struct pst_table table;
	struct pst_tc_facts facts;
	struct pst_rows rows = {0};
	size_t n;
	const struct pst_child *children = pst_store_children(mend->old, PST_NID_ROOT, PSTFIX_FOLDER, &n);
	pstfix_status status = pst_table_open(&table, mend->old, (PST_NID_ROOT & ~31u) | PST_HIERARCHY, mend->err);

	if (status)
		return status;
	for (size_t i = 0; i < n; i++)
		if (!*top || pst_mend_count_folders(mend, children[i].nid) > pst_mend_count_folders(mend, *top))
			*top = children[i].nid;
	status = pst_tc_facts(&facts, &rows, &table.tc, mend->err);
	for (size_t i = 0; i < rows.by_id.n && !status; i++)
		if (pst_kind_of(rows.by_id.at[i].id) == PSTFIX_FOLDER && pst_mend_count_folders(mend, rows.by_id.at[i].id) > pst_mend_count_folders(mend, *top))
			*top = rows.by_id.at[i].id;
	pst_rows_deinit(&rows);
	pst_table_deinit(&table);
	return status;
}

/* Which of them the store names, and that are there, or will be, since folders are in them. */
static pstfix_status ask_store(struct pst_mend *mend)
{
	struct pst_object store;
	pstfix_status status = pst_object_open(&store, mend, PST_NID_STORE);

	if (status)
		return status;
	for (uint16_t i = 0; i < PST_STORE_FOLDERS; i++) {
		const uint32_t nid = pst_pc_entry(&store.pc, (uint16_t)(ENTRY_IDS + i));

		mend->folders[i] = is_folder(mend, nid) || (pst_kind_of(nid) == PSTFIX_FOLDER && pst_mend_count_folders(mend, nid)) ? nid : 0;
	}
	pst_object_deinit(&store);
	return PSTFIX_OK;
}

/* One that a store cannot be without: the one that it names, one of that name, or a new one. */
static pstfix_status need(struct pst_mend *mend, enum pst_store_folder which, uint32_t parent, const char *name)
{
	uint32_t *nid = &mend->folders[which];

	if (!*nid)
		*nid = find_named(mend, parent, name);
	return *nid ? PSTFIX_OK : pst_mend_new_folder(mend, nid, parent, name);
}

/* A store that was an OST names none, but in all OSTs they have the same ids. */
static void find_of_ost(struct pst_mend *mend)
{
	static const uint32_t nids[PST_STORE_FOLDERS] = {
		[PST_STORE_TOP] = 0x2142, [PST_STORE_INBOX] = 0x2182, [PST_STORE_OUTBOX] = 0x21A2, [PST_STORE_DELETED] = 0x2162,
		[PST_STORE_SENT] = 0x21C2, [PST_STORE_VIEWS] = 0x2122, [PST_STORE_COMMON_VIEWS] = 0x20C2, [PST_STORE_SEARCHES] = 0x20E2,
	};

	if (!is_folder(mend, MAILBOX))
		return;
	for (size_t i = 0; i < PST_STORE_FOLDERS; i++)
		if (!mend->folders[i] && is_folder(mend, nids[i]))
			mend->folders[i] = nids[i];
}

pstfix_status pst_mend_find_folders(struct pst_mend *mend)
{
	uint32_t *folders = mend->folders;
	pstfix_status status = list_parents(mend);

	if (!status)
		status = ask_store(mend);
	if (!status && !mend->ost)
		find_of_ost(mend);
	if (!status && !mend->ost && !folders[PST_STORE_TOP])
		status = find_top(mend);
	if (status || mend->ost || !pst_mend_is_wrong(mend, PST_NID_STORE, 0))
		return status;
	status = need(mend, PST_STORE_TOP, PST_NID_ROOT, "Top of Outlook data file");
	if (!status)
		status = need(mend, PST_STORE_SEARCHES, PST_NID_ROOT, "Search Root");
	return status ? status : need(mend, PST_STORE_DELETED, folders[PST_STORE_TOP], "Deleted Items");
}

/* ---- the store ---------------------------------------------------------------------------------- */

/* Its own, that of an entry id, or one that follows from what is in the store. */
static void find_key(uint8_t out[KEY], const struct pst_mend *mend, const struct pst_object *store)
{
	const struct pst_index *index = mend->old->index;
	uint64_t digest = UINT64_C(0xCBF29CE484222325);

	for (uint16_t id = ENTRY_IDS - 1; id < ENTRY_IDS + PST_STORE_FOLDERS; id++) {
		const bool own = id < ENTRY_IDS;
		const struct pst_property *property = pst_pc_find(&store->pc, own ? RECORD_KEY : id);
		struct pst_value value;
		uint64_t size;

		if (!property || pst_pc_value(&value, &store->pc, property, NULL))
			continue;
		size = value.found ? 0 : value.size;
		if (size == (own ? KEY : 24))
			size = pst_value_read(&value, out, KEY, own ? 0 : 4);
		pst_value_deinit(&value);
		if (size == KEY)
			return;
	}
	for (size_t half = 0; half < 2; half++) {
		for (size_t i = 0; i < index->nodes.n; i++)
			digest = (digest ^ index->nodes.at[i].nid ^ index->nodes.at[i].data << 32) * UINT64_C(0x100000001B3);
		pst_put(out + 8 * half, digest, 8);
	}
}

/* Whether an entry id of this store leads to no folder. */
static bool leads_nowhere(const struct pst_mend *mend, const struct pst_object *store, uint16_t id)
{
	const uint32_t nid = pst_pc_entry(&store->pc, id);

	return !is_folder(mend, nid) && !(pst_kind_of(nid) == PSTFIX_SEARCH && pst_edit_find(mend->edit, nid));
}

static int by_id(const void *a, const void *b)
{
	const struct pst_change *x = a, *y = b;

	return PST_ORDER(x->id, y->id);
}

static bool has_key(const struct pst_object *store)
{
	const struct pst_property *property = pst_pc_find(&store->pc, RECORD_KEY);
	struct pst_value value;
	bool has;

	if (!property || property->type != PST_BINARY || pst_pc_value(&value, &store->pc, property, NULL))
		return false;
	has = !value.found && value.size == KEY;
	pst_value_deinit(&value);
	return has;
}

/* What the store must say, and entry ids that lead nowhere, in order. */
static size_t find_changes(struct pst_change *out, const struct pst_mend *mend, const struct pst_object *store,
                           const struct pst_made *made, size_t n)
{
	size_t changed = 0;
	bool said[PST_STORE_FOLDERS] = {false};

	for (size_t i = 0; i < n; i++) {
		const bool entry = made[i].id - ENTRY_IDS < PST_STORE_FOLDERS && made[i].id >= ENTRY_IDS;

		if (entry)
			said[made[i].id - ENTRY_IDS] = true;
		if (entry || !(made[i].id == RECORD_KEY ? has_key(store) : pst_object_keeps(store, made[i].id)))
			out[changed++] = (struct pst_change){made[i].id, made[i].type, pst_made_value(&made[i])};
	}
	for (uint16_t i = 0; i <= PST_STORE_FOLDERS && !mend->ost; i++) {
		const uint16_t id = i < PST_STORE_FOLDERS ? (uint16_t)(ENTRY_IDS + i) : OTHER_ENTRY_ID;

		if ((i == PST_STORE_FOLDERS || !said[i]) && leads_nowhere(mend, store, id))
			out[changed++] = (struct pst_change){.id = id};
	}
	pst_sort(out, changed, sizeof *out, by_id);
	return changed;
}

static pstfix_status make_store(struct pst_mend *mend, uint64_t *data, uint64_t *sub)
{
	const struct pst_format *f = mend->edit->index.format;
	struct pst_store_facts facts = {.ost = mend->ost};
	struct pst_made made[PST_STORE_PROPERTIES];
	struct pst_change changes[PST_STORE_PROPERTIES + PST_STORE_FOLDERS + 1];
	uint8_t name[2 * 32];
	struct pst_object store;
	size_t n;
	pstfix_status status = pst_object_open(&store, mend, PST_NID_STORE);

	if (status)
		return status;
	find_key(facts.key, mend, &store);
	facts.name = name;
	facts.name_size = pst_ascii(name, f, "Outlook data file (pstfix)");
	memcpy(facts.folders, mend->folders, sizeof facts.folders);
	n = pst_store_properties(made, f, &facts);
	n = find_changes(changes, mend, &store, made, n);
	status = pst_mend_properties(mend, &store, NULL, changes, n, data, sub);
	pst_object_deinit(&store);
	return status;
}

/* ---- lists and tables --------------------------------------------------------------------------------- */

/* All searches are active ones. */
static pstfix_status make_searches(struct pst_mend *mend, uint64_t *data)
{
	const struct pst_index *index = &mend->edit->index;
	PST_ARRAY(uint32_t) nids = {0};
	pstfix_status status;

	for (size_t i = 0; i < index->nodes.n; i++)
		if (pst_kind_of(index->nodes.at[i].nid) == PSTFIX_SEARCH && index->nodes.at[i].nid != SEARCH_ALL)
			pst_add(&nids, index->nodes.at[i].nid);
	status = nids.failed ? pst_fail_memory(mend->err) : pst_write_nids(&mend->edit->sink, nids.at, nids.n, data, mend->err);
	pst_array_deinit(&nids);
	return status;
}

static bool is_table(uint32_t nid)
{
	switch (nid & 31) {
	case 0x0B: case 0x0C: case 0x0D: case 0x0E: case 0x0F: case 0x10: case 0x11: case 0x12: case 0x16: case 0x17: case 0x18:
	case 0x19: return true;
	default: return false;
	}
}

/* Where messages go to whose class has no folder. */
static uint32_t receiver(const struct pst_mend *mend)
{
	const uint32_t top = mend->folders[PST_STORE_TOP];

	return top ? top : PST_NID_ROOT;
}

static pstfix_status correct_receiver(void *user, const struct pst_column *column, struct pst_taken *cell)
{
	const struct pst_mend *mend = user;

	if (column->id == RECEIVE_FOLDER && cell->size == 4 && !is_folder(mend, pst_get32(cell->data)))
		pst_put(cell->data, receiver(mend), 4);
	return PSTFIX_OK;
}

static pstfix_status make_blank(struct pst_mend *mend, uint32_t nid, uint64_t *data, uint64_t *sub)
{
	if (nid != RECEIVE)
		return pst_write_blank(&mend->edit->sink, nid, data, sub, mend->err);
	return pst_write_receive_folders(&mend->edit->sink, receiver(mend), pst_edit_new_version(mend->edit), data, sub, mend->err);
}

struct results {
	struct pst_mend *mend;
	const struct pst_node *message; /* of the row in hand; NULL: it is not there */
};

static pstfix_status open_result(struct pst_object *out, void *user, uint32_t nid)
{
	struct results *results = user;

	results->message = pst_is_message(nid) ? pst_edit_find(results->mend->edit, nid) : NULL;
	*out = (struct pst_object){0};
	return results->message ? pst_object_open(out, results->mend, nid) : PSTFIX_OK;
}

static pstfix_status correct_folder(void *user, const struct pst_column *column, struct pst_taken *cell)
{
	const struct results *results = user;

	if (column->id != ROW_FOLDER || column->type != PST_INT32 || !results->message ||
	    !is_folder(results->mend, results->message->parent))
		return PSTFIX_OK;
	pst_taken_deinit(cell);
	*cell = (struct pst_taken){malloc(4), 4};
	if (!cell->data)
		return pst_fail_memory(results->mend->err);
	pst_put(cell->data, results->message->parent, 4);
	return PSTFIX_OK;
}

/* With the rows that it has, if it says which columns they have. */
static pstfix_status make_table(struct pst_mend *mend, uint32_t nid, uint64_t *data, uint64_t *sub)
{
	const struct pst_node *old = pst_index_node(mend->old->index, nid);
	struct pst_table_plan plan = {.data = old ? old->data : 0, .sub = old ? old->sub : 0, .kind = nid, .user = mend};
	struct results results = {.mend = mend};
	bool made = false;
	pstfix_status status = PSTFIX_OK;

	if (nid == RECEIVE)
		plan.correct = correct_receiver;
	if ((nid & 31) == PST_RESULTS) {
		plan.results = true;
		plan.open = open_result;
		plan.correct = correct_folder;
		plan.user = &results;
	}
	if (old)
		status = pst_mend_rows(mend, plan, &made, data, sub);
	return status || made ? status : make_blank(mend, nid, data, sub);
}

/* With the properties that it has. */
static pstfix_status make_properties(struct pst_mend *mend, uint32_t nid, uint64_t *data, uint64_t *sub)
{
	struct pst_object object;
	pstfix_status status;

	if (!pst_index_node(mend->old->index, nid))
		return make_blank(mend, nid, data, sub);
	status = pst_object_open(&object, mend, nid);
	if (status)
		return status;
	status = pst_mend_properties(mend, &object, NULL, NULL, 0, data, sub);
	pst_object_deinit(&object);
	return status;
}

static pstfix_status make(struct pst_mend *mend, uint32_t nid, uint64_t *data, uint64_t *sub)
{
	*data = *sub = 0;
	switch (nid) {
	case PST_NID_STORE: return make_store(mend, data, sub);
	case PST_NID_NAMES: return pst_mend_names(mend, data, sub);
	case SEARCHES: return make_searches(mend, data);
	default: break;
	}
	if (is_table(nid))
		return make_table(mend, nid, data, sub);
	return (nid & 31) == CRITERIA ? make_properties(mend, nid, data, sub) : make_blank(mend, nid, data, sub);
}

pstfix_status pst_mend_of_store(struct pst_mend *mend, uint32_t nid)
{
	const uint32_t parent = pst_edit_find(mend->edit, nid)->parent;
	uint64_t data, sub;
	pstfix_status status = make(mend, nid, &data, &sub);

	return status ? status : pst_edit_node(mend->edit, nid, parent, data, sub, mend->err);
}
