/* What an OST may hold that nothing else does: see <pstfix/store.h>.
 *
 * An OST is a copy of a mailbox, and what was not uploaded yet. No document says how it marks that; what is here fits
 * the OSTs of the npm package pst-extractor, two of them, written by Outlook 2016. There
 * - the row of a message in its folder's table has a column 0x6612 that its properties have not: 0 for all that came
 *   from the server, 1 for some that were made here, 4 for some that were changed here. Wherever it is not 0, the change
 *   key, 0x65E2, is of the client's kind, with a counter of 4 bytes, not of the server's, with one of 6;
 * - each message has a server id, 0x67F4, also what was only made here: so one without says something, one with nothing;
 * - lists of changed properties, 0x6B6, belong to messages that are synchronised, too, and say nothing;
 * - folders for troubles of synchronising stand in a property of the inbox, 0x36D8, in the same order as in mailboxes:
 *   conflicts, sync issues, local failures, server failures. */
#include "store/table.h"

#include <stdlib.h>

enum { NID_MAILBOX = 0x20A2, NID_TREE = 0x2142, NID_INBOX = 0x2182, NID_OUTBOX = 0x21A2, NID_QUEUE = 0x64C,
       CONTENTS = 0x0E, ASSOCIATED = 0x0F };
enum { STATE = 0x6612, SERVER_ID = 0x67F4, MESSAGE_FLAGS = 0x0E07, DISPLAY_NAME = 0x3001, SPECIAL_FOLDERS = 0x36D8,
       SUBMITTED = 4, UNSENT = 8 };
enum { SPECIAL = 4, ENTRY_ID = 46, COUNTER = 38, COUNTER_SIZE = 6, CLIMB_MAX = 256 };

bool pstfix_store_is_cache(const pstfix_store *store)
{
	const struct pst_header *header = &store->file->header;

	return header->proven ? header->client == PST_CLIENT_OST : pst_index_node(store->index, NID_MAILBOX) != NULL;
}

struct search {
	struct pstfix_store *store;
	uint64_t special[SPECIAL]; /* counters of folders for troubles; 0: not known */
	PST_ARRAY(uint32_t) troubled; /* these folders */
	PST_ARRAY(uint32_t) queued;   /* messages in the outgoing queue */
	pstfix_status status;
	pstfix_error *err;
};

/* ---- folders for troubles ------------------------------------------------------------------ */

static uint64_t counter_at(const uint8_t *p)
{
	uint64_t counter = 0;

	for (size_t i = 0; i < COUNTER_SIZE; i++)
		counter = counter << 8 | p[i];
	return counter;
}

static void take_special(struct search *search)
{
	pstfix_item *inbox;
	uint8_t value[1024];
	const uint8_t *entry;
	size_t index, got, size;

	if (pstfix_store_node(&inbox, search->store, NID_INBOX, NULL))
		return;
	index = pstfix_item_find(inbox, SPECIAL_FOLDERS);
	if (index != SIZE_MAX && pstfix_item_property_at(inbox, index).type == (PST_MULTIPLE | PST_BINARY) &&
	    !pstfix_item_read(inbox, index, value, sizeof value, 0, &got, NULL))
		for (uint32_t i = 0; i < SPECIAL && i < pst_multiple_count(PST_MULTIPLE | PST_BINARY, value, got); i++)
			if (pst_multiple_at(PST_MULTIPLE | PST_BINARY, value, got, i, &entry, &size) && size == ENTRY_ID)
				search->special[i] = counter_at(entry + COUNTER);
	pstfix_item_free(inbox);
}

static bool is_special(const struct search *search, pstfix_item *folder)
{
	size_t index = pstfix_item_find(folder, SERVER_ID), got;
	uint8_t id[2 + COUNTER_SIZE];
	char name[32];

	pstfix_item_text(folder, DISPLAY_NAME, name, sizeof name);
	if (pstfix_item_parent(folder) == NID_TREE && !strcmp(name, "Sync Issues"))
		return true;
	if (index == SIZE_MAX || pstfix_item_read(folder, index, id, sizeof id, 0, &got, NULL) || got < sizeof id)
		return false;
	for (size_t i = 0; i < SPECIAL; i++)
		if (search->special[i] && search->special[i] == counter_at(id + 2))
			return true;
	return false;
}

static void find_troubled(struct search *search)
{
	const struct pst_index *index = search->store->index;

	take_special(search);
	for (size_t i = 0; i < index->nodes.n && !search->status; i++) {
		pstfix_item *folder;

		if (pst_kind_of(index->nodes.at[i].nid) != PSTFIX_FOLDER)
			continue;
		search->status = pstfix_store_node(&folder, search->store, index->nodes.at[i].nid, search->err);
		if (!search->status && is_special(search, folder))
			pst_add(&search->troubled, index->nodes.at[i].nid);
		pstfix_item_free(folder);
	}
}

static int by_number(const void *a, const void *b)
{
	return PST_ORDER(*(const uint32_t *)a, *(const uint32_t *)b);
}

/* They are in order. */
static bool is_among(const uint32_t *nids, size_t n, uint32_t nid)
{
	size_t i;

	PST_SEARCH(i, n, nids[middle] < nid);
	return i < n && nids[i] == nid;
}

/* What being in a folder, or below it, says. */
static unsigned reasons_of_folder(const struct search *search, uint32_t folder)
{
	const struct pst_node *node = pst_index_node(search->store->index, folder);
	unsigned reasons = folder == NID_OUTBOX ? PSTFIX_LOCAL_OUTBOX : 0;

	for (int i = 0; node && i < CLIMB_MAX; i++) {
		if (is_among(search->troubled.at, search->troubled.n, node->nid))
			return reasons | PSTFIX_LOCAL_TROUBLE;
		node = pst_index_node(search->store->index, pst_store_parent(search->store->index, node));
	}
	return reasons;
}

/* ---- messages ------------------------------------------------------------------------------ */

static void take_queue(struct search *search)
{
	struct pst_table table;
	int64_t nid;

	search->status = search->status ? search->status : pst_table_open(&table, search->store, NID_QUEUE, search->err);
	if (search->status)
		return;
	for (uint32_t row = 0; row < table.tc.rows && !search->store->reader.spent; row++)
		if (!pst_tc_row(&table.tc, row) && pst_table_number(&table, PST_ROW_ID, &nid))
			pst_add(&search->queued, (uint32_t)nid);
	pst_table_deinit(&table);
	pst_sort(search->queued.at, search->queued.n, sizeof *search->queued.at, by_number);
}

/* What the properties have that the row has not. */
static void take_from_item(struct search *search, uint32_t nid, bool *has_id, int64_t *flags)
{
	pstfix_item *item;
	int64_t id = 0;

	search->status = pstfix_store_node(&item, search->store, nid, search->err);
	if (search->status)
		return;
	*has_id = pstfix_item_number(item, SERVER_ID, &id) && id;
	pstfix_item_number(item, MESSAGE_FLAGS, flags);
	pstfix_item_free(item);
}

static void look_at(struct search *search, struct pst_table *table, uint32_t nid, pstfix_local_item item)
{
	const bool shown = pst_kind_of(nid) == PSTFIX_MESSAGE; /* associated ones are always unsent */
	int64_t state = 0, id = 0, flags = 0;
	bool has_id, has_row;
	uint32_t row;

	has_row = !pst_tc_find(&row, &table->tc, nid) && !pst_tc_row(&table->tc, row);
	has_id = has_row && pst_table_number(table, SERVER_ID, &id) && id;
	if (!has_row || !has_id || (shown && !pst_table_number(table, MESSAGE_FLAGS, &flags)))
		take_from_item(search, nid, &has_id, &flags);
	if (!has_row)
		item.reasons |= PSTFIX_LOCAL_UNKNOWN;
	else if (pst_table_number(table, STATE, &state) && state)
		item.reasons |= PSTFIX_LOCAL_STATE;
	item.reasons |= has_id ? 0 : PSTFIX_LOCAL_NO_ID;
	item.reasons |= shown && flags & SUBMITTED ? PSTFIX_LOCAL_SUBMITTED : 0;
	item.reasons |= shown && flags & UNSENT ? PSTFIX_LOCAL_UNSENT : 0;
	item.reasons |= is_among(search->queued.at, search->queued.n, nid) ? PSTFIX_LOCAL_QUEUED : 0;
	item.nid = nid;
	item.state = (uint32_t)state;
	if (item.reasons)
		pst_add(&search->store->local.items, item);
}

static void look_into(struct search *search, uint32_t folder, pstfix_kind kind, unsigned reasons)
{
	const uint32_t nid = (folder & ~31u) | (kind == PSTFIX_MESSAGE ? CONTENTS : ASSOCIATED);
	size_t n;
	const struct pst_child *children = pst_store_children(search->store, folder, kind, &n);
	struct pst_table table;

	if (!n || search->status)
		return;
	search->status = pst_table_open(&table, search->store, nid, search->err);
	if (search->status)
		return;
	for (size_t i = 0; i < n && !search->status; i++)
		look_at(search, &table, children[i].nid, (pstfix_local_item){.folder = folder, .reasons = reasons});
	pst_table_deinit(&table);
}

static void find_local(struct search *search)
{
	const struct pst_index *index = search->store->index;

	find_troubled(search);
	take_queue(search);
	for (size_t i = 0; i < index->nodes.n && !search->status; i++) {
		const uint32_t folder = index->nodes.at[i].nid;
		unsigned reasons;

		if (pst_kind_of(folder) != PSTFIX_FOLDER)
			continue;
		reasons = reasons_of_folder(search, folder);
		look_into(search, folder, PSTFIX_MESSAGE, reasons);
		look_into(search, folder, PSTFIX_ASSOCIATED, reasons);
	}
	look_into(search, 0, PSTFIX_MESSAGE, 0);
	look_into(search, 0, PSTFIX_ASSOCIATED, 0);
}

pstfix_status pstfix_store_local_count(size_t *out, pstfix_store *store, pstfix_error *err)
{
	struct search search = {.store = store, .err = err};

	*out = store->local.items.n;
	if (store->local.found || !pstfix_store_is_cache(store))
		return PSTFIX_OK;
	if (store->index->encoding == PST_BY_WINDOWS)
		return pst_fail(err, PSTFIX_ERROR_UNSUPPORTED, 0, PSTFIX_NOWHERE, "its contents are encrypted by Windows");
	find_local(&search);
	if (!search.status && (search.troubled.failed || search.queued.failed || store->local.items.failed))
		search.status = pst_fail_memory(err);
	search.status = pst_reader_status(&store->reader, search.status, err);
	pst_array_deinit(&search.troubled);
	pst_array_deinit(&search.queued);
	if (search.status)
		pst_array_deinit(&store->local.items);
	store->local.found = !search.status;
	*out = store->local.items.n;
	return search.status;
}

pstfix_local_item pstfix_store_local_at(const pstfix_store *store, size_t index)
{
	return store->local.items.at[index];
}
