/* Items: see <pstfix/store.h>. A recipient is a row of a table, all others are property contexts. */
#include "store/item.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	CODE_PAGE = 0x3FFD,     /* PidTagMessageCodepage */
	ATTACH_DATA = 0x3701,   /* PidTagAttachDataBinary, PidTagAttachDataObject */
	ATTACH_METHOD = 0x3705, /* PidTagAttachMethod */
	EMBEDDED = 5,
	TEXT_MAX = 1 << 20,
	NESTED_MAX = 2 * 64, /* messages in attachments of messages, so many times; no more than a program can recurse */
	CONTEXT_WORK = 1024, ROW_WORK = 256 /* what opening an item takes at least, as bytes read */
};

/* ---- opening ---------------------------------------------------------------------------- */

static struct pstfix_item *new_item(struct pstfix_store *store, pstfix_kind kind, uint32_t nid, uint32_t parent)
{
	struct pstfix_item *item = calloc(1, sizeof *item);

	if (!item)
		return NULL;
	item->store = store;
	item->kind = kind;
	item->nid = nid;
	item->parent = parent;
	item->since = pst_shortages();
	item->opened = item->traced = SIZE_MAX;
	store->users++;
	return item;
}

/* What it is in, and itself. */
static void take_path(struct pstfix_item *item, const struct pstfix_item *above, uint32_t own)
{
	for (size_t i = 0; above && i < above->path.n; i++)
		pst_add(&item->path, above->path.at[i]);
	pst_add(&item->path, own);
}

static void close_value(struct pstfix_item *item)
{
	if (item->opened != SIZE_MAX)
		pst_value_deinit(&item->value);
	item->opened = SIZE_MAX;
}

static void free_recipients(struct pst_recipients *recipients)
{
	if (!recipients || --recipients->users)
		return;
	pst_tc_deinit(&recipients->table);
	pst_subnodes_deinit(&recipients->subnodes);
	free(recipients);
}

void pstfix_item_free(pstfix_item *item)
{
	if (!item)
		return;
	close_value(item);
	pst_array_deinit(&item->extents);
	pst_array_deinit(&item->results);
	pst_array_deinit(&item->path);
	pst_array_deinit(&item->attachments);
	pst_array_deinit(&item->cells);
	free_recipients(item->recipients);
	pst_pc_deinit(&item->pc);
	pst_subnodes_deinit(&item->subnodes);
	pstfix_store_free(item->store);
	free(item);
}

static pstfix_status finish(pstfix_item **out, struct pstfix_item *item, pstfix_status status, pstfix_error *err)
{
	pst_reader_spend(&item->store->reader, item->kind == PSTFIX_RECIPIENT ? ROW_WORK : CONTEXT_WORK);
	status = pst_unless_short(pst_reader_status(&item->store->reader, status, err), item->since, err);
	if (status)
		pstfix_item_free(item);
	else
		*out = item;
	return status;
}

/* Whether all blocks of a stream are there and prove themselves. */
static bool is_there(const struct pstfix_store *store, const struct pst_stream *stream)
{
	if (store->derived)
		return stream->whole;
	for (size_t i = 0; i < stream->parts.n; i++)
		if (!stream->parts.at[i].block || !pst_block_proves(store->index, stream->parts.at[i].block))
			return false;
	return true;
}

/* The table of recipients among a message's subnodes. */
static pstfix_status open_recipients(struct pstfix_item *message, pstfix_error *err)
{
	const struct pst_list_entry *entry = pst_subnodes_find(&message->subnodes, PST_NID_RECIPIENTS);
	struct pst_reader *reader = &message->store->reader;
	struct pst_recipients *all;
	pstfix_status status;

	if (!entry)
		return PSTFIX_OK;
	all = message->recipients = calloc(1, sizeof *all);
	if (!all)
		return pst_fail_memory(err);
	all->users = 1;
	status = pst_subnodes_open(&all->subnodes, reader, entry->sub, err);
	if (!status)
		status = pst_tc_open(&all->table, reader, entry->data, &all->subnodes, err);
	all->whole = all->table.sound && is_there(message->store, &all->table.heap.stream) && all->subnodes.whole;
	message->whole = message->whole && all->whole;
	return status;
}

static bool is_message(pstfix_kind kind)
{
	return kind == PSTFIX_MESSAGE || kind == PSTFIX_ASSOCIATED;
}

static void find_attachments(struct pstfix_item *message)
{
	for (size_t i = 0; i < message->subnodes.entries.n; i++)
		if (pst_kind_of(message->subnodes.entries.at[i].nid) == PSTFIX_ATTACHMENT)
			pst_add(&message->attachments, i);
}

/* `entry` is of the node or subnode, `above` what it is a subnode of; NULL: of nothing. */
static pstfix_status open_context(pstfix_item **out, struct pstfix_store *store, pstfix_kind kind, uint32_t parent,
                                  const struct pst_list_entry *entry, const struct pstfix_item *above,
                                  pstfix_error *err)
{
	struct pstfix_item *item = new_item(store, kind, entry->nid, parent);
	pstfix_status status;

	if (!item)
		return pst_fail_memory(err);
	item->data = entry->data;
	item->sub = entry->sub;
	take_path(item, above, entry->nid);
	status = pst_subnodes_open(&item->subnodes, &store->reader, entry->sub, err);
	if (!status)
		status = pst_pc_open(&item->pc, &store->reader, entry->data, &item->subnodes, err);
	item->whole = item->pc.sound && is_there(store, &item->pc.heap.stream) && item->subnodes.whole &&
	              item->path.n <= NESTED_MAX;
	if (!status && is_message(kind)) {
		find_attachments(item);
		status = open_recipients(item, err);
	}
	if (!status && (item->path.failed || item->attachments.failed))
		status = pst_fail_memory(err);
	if (!status)
		pstfix_item_number(item, CODE_PAGE, &item->code_page);
	return finish(out, item, status, err);
}

pstfix_status pstfix_store_node(pstfix_item **out, pstfix_store *store, uint32_t nid, pstfix_error *err)
{
	const struct pst_node *node = pst_index_node(store->index, nid);
	pstfix_kind kind = pst_kind_of(nid);
	struct pst_list_entry entry;
	pstfix_status status;

	*out = NULL;
	if (!node || kind == PSTFIX_OTHER || kind == PSTFIX_ATTACHMENT)
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "there is no folder or message 0x%X",
		                nid);
	entry = (struct pst_list_entry){nid, node->data, node->sub};
	status = open_context(out, store, kind, node->parent == nid ? 0 : node->parent, &entry, NULL, err);
	if (!status && store->derived)
		(*out)->whole = (*out)->whole && node->whole;
	return status;
}

pstfix_status pstfix_store_item(pstfix_item **out, pstfix_store *store, pstfix_error *err)
{
	if (pst_index_node(store->index, PST_NID_STORE))
		return pstfix_store_node(out, store, PST_NID_STORE, err);
	*out = NULL;
	return open_context(out, store, PSTFIX_STORE, 0, &(struct pst_list_entry){.nid = PST_NID_STORE}, NULL, err);
}

pstfix_kind pstfix_item_kind(const pstfix_item *item)
{
	return item->kind;
}

uint32_t pstfix_item_nid(const pstfix_item *item)
{
	return item->nid;
}

uint32_t pstfix_item_parent(const pstfix_item *item)
{
	return item->parent;
}

bool pstfix_item_whole(const pstfix_item *item)
{
	return item->whole;
}

uint32_t pst_item_own(const struct pstfix_item *item)
{
	return item->path.at[item->path.n - 1];
}

size_t pstfix_item_path(const pstfix_item *item, char *out, size_t room)
{
	size_t length = 0;

	if (room)
		*out = '\0';
	for (size_t i = 0; i < item->path.n; i++)
		length += (size_t)snprintf(length < room ? out + length : NULL, length < room ? room - length : 0,
		                           "%s0x%X", i ? "/" : "", item->path.at[i]);
	return length;
}

/* ---- children ------------------------------------------------------------------------------ */

/* The message in an attachment; NULL: there is none. */
static const struct pst_list_entry *embedded(struct pstfix_item *item, pstfix_error *err)
{
	const struct pst_property *data = pst_pc_find(&item->pc, ATTACH_DATA);
	const struct pst_list_entry *entry = NULL;
	struct pst_value value;
	uint32_t nid, size;
	int64_t method;

	if (item->path.n > NESTED_MAX || !data || data->type != PST_OBJECT || !pstfix_item_number(item, ATTACH_METHOD, &method) ||
	    method != EMBEDDED || pst_pc_value(&value, &item->pc, data, err))
		return NULL;
	if (pst_value_object(&value, &nid, &size))
		entry = pst_subnodes_find(&item->subnodes, nid);
	pst_value_deinit(&value);
	return entry;
}

size_t pstfix_item_count(pstfix_item *item, pstfix_kind kind)
{
	size_t n = SIZE_MAX;

	switch (item->kind) {
	case PSTFIX_STORE: pst_store_children(item->store, 0, kind, &n); return n;
	case PSTFIX_FOLDER: pst_store_children(item->store, item->nid, kind, &n); return n;
	case PSTFIX_ATTACHMENT: return kind == PSTFIX_MESSAGE && embedded(item, NULL);
	default: break;
	}
	if (!is_message(item->kind) || (kind != PSTFIX_RECIPIENT && kind != PSTFIX_ATTACHMENT))
		return 0;
	if (kind == PSTFIX_ATTACHMENT)
		return item->attachments.n;
	return item->recipients ? item->recipients->table.rows : 0;
}

static pstfix_status open_recipient(pstfix_item **out, struct pstfix_item *message, uint32_t row,
                                    pstfix_error *err)
{
	const struct pst_list_entry *entry = pst_subnodes_find(&message->subnodes, PST_NID_RECIPIENTS);
	struct pstfix_item *item = new_item(message->store, PSTFIX_RECIPIENT, 0, message->nid);
	pstfix_status status = PSTFIX_OK;
	struct pst_tc *table;
	int64_t id;

	if (!item)
		return pst_fail_memory(err);
	item->data = entry->data;
	item->sub = entry->sub;
	take_path(item, message, PST_NID_RECIPIENTS);
	item->code_page = message->code_page;
	item->recipients = message->recipients;
	item->recipients->users++;
	item->row = row;
	table = &item->recipients->table;
	if (pst_tc_row(table, row) == PST_THERE)
		for (uint32_t i = 0; i < table->columns.n; i++)
			if (pst_tc_has(table, &table->columns.at[i]))
				pst_add(&item->cells, i);
	if (item->cells.failed || item->path.failed)
		status = pst_fail_memory(err);
	if (!status && pstfix_item_number(item, PST_ROW_ID, &id))
		item->nid = (uint32_t)id;
	item->whole = item->recipients->whole && item->cells.n;
	return finish(out, item, status, err);
}

pstfix_status pstfix_item_child(pstfix_item **out, pstfix_item *item, pstfix_kind kind, size_t index,
                                pstfix_error *err)
{
	const struct pst_list_entry *entry = NULL;
	const struct pst_child *children;
	size_t n;

	*out = NULL;
	if (index >= pstfix_item_count(item, kind))
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "item 0x%X has no such child", item->nid);
	if (kind == PSTFIX_RECIPIENT)
		return open_recipient(out, item, (uint32_t)index, err);
	if (item->kind == PSTFIX_ATTACHMENT)
		entry = embedded(item, err);
	else if (kind == PSTFIX_ATTACHMENT)
		entry = &item->subnodes.entries.at[item->attachments.at[index]];
	if (entry)
		return open_context(out, item->store, kind, item->nid, entry, item, err);
	children = pst_store_children(item->store, item->kind == PSTFIX_STORE ? 0 : item->nid, kind, &n);
	return pstfix_store_node(out, item->store, children[index].nid, err);
}

/* ---- properties --------------------------------------------------------------------------- */

size_t pstfix_item_property_count(const pstfix_item *item)
{
	return item->kind == PSTFIX_RECIPIENT ? item->cells.n : item->pc.properties.n;
}

static pstfix_property property_at(const struct pstfix_item *item, size_t index)
{
	const struct pst_column *column;

	if (item->kind != PSTFIX_RECIPIENT)
		return (pstfix_property){.id = item->pc.properties.at[index].id,
		                         .type = item->pc.properties.at[index].type};
	column = &item->recipients->table.columns.at[item->cells.at[index]];
	return (pstfix_property){.id = column->id, .type = column->type};
}

size_t pstfix_item_find(const pstfix_item *item, uint16_t id)
{
	for (size_t i = 0; i < pstfix_item_property_count(item); i++)
		if (property_at(item, i).id == id)
			return i;
	return SIZE_MAX;
}

/* As it is stored: of an object, where its subnode is. */
static pstfix_status open_stored(struct pst_value *out, struct pstfix_item *item, size_t index, pstfix_error *err)
{
	struct pst_tc *table;

	if (item->kind == PSTFIX_RECIPIENT) {
		table = &item->recipients->table;
		pst_tc_row(table, item->row); /* others may have read theirs */
		return pst_tc_cell(out, table, &table->columns.at[item->cells.at[index]], err);
	}
	return pst_pc_value(out, &item->pc, &item->pc.properties.at[index], err);
}

static pstfix_status open_value(struct pst_value *out, struct pstfix_item *item, size_t index, pstfix_error *err)
{
	pstfix_status status = open_stored(out, item, index, err);
	uint32_t nid, size;

	if (status || out->type != PST_OBJECT || !pst_value_object(out, &nid, &size))
		return status;
	pst_value_deinit(out);
	return pst_value_open(out, PST_BINARY, nid, &item->pc.heap, &item->subnodes, err);
}

pstfix_status pst_item_value(struct pst_value **out, struct pstfix_item *item, size_t index, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;

	*out = &item->value;
	if (item->opened == index)
		return status;
	close_value(item);
	status = open_value(&item->value, item, index, err);
	if (!status)
		item->opened = index;
	return status;
}

pstfix_property pstfix_item_property_at(pstfix_item *item, size_t index)
{
	pstfix_property property = property_at(item, index);
	struct pst_value *value;

	if (pst_item_value(&value, item, index, NULL))
		return property;
	property.present = value->found == PST_THERE;
	property.size = property.present ? value->size : 0;
	return property;
}

pstfix_status pstfix_item_read(pstfix_item *item, size_t index, void *out, size_t size, uint64_t offset,
                               size_t *got, pstfix_error *err)
{
	const unsigned since = pst_shortages();
	struct pst_value *value;
	pstfix_status status = pst_item_value(&value, item, index, err);

	*got = status ? 0 : pst_value_read(value, out, size, offset);
	pst_reader_spend(&item->store->reader, *got); /* of blocks named often, all but the first come from memory */
	return pst_unless_short(pst_reader_status(&item->store->reader, status, err), since, err);
}

size_t pstfix_item_text(pstfix_item *item, uint16_t id, char *out, size_t room)
{
	size_t index = pstfix_item_find(item, id), size = 0, length = 0;
	struct pst_value *value;
	uint8_t *data;

	if (room)
		*out = '\0';
	if (index == SIZE_MAX || pst_item_value(&value, item, index, NULL) ||
	    (value->type != PST_STRING && value->type != PST_STRING8))
		return 0;
	data = pst_value_load(value, TEXT_MAX, &size);
	if (data)
		length = pst_text(out, room, &item->store->charset, (uint32_t)item->code_page, value->type, data,
		                  size);
	free(data);
	return length;
}

bool pstfix_item_number(pstfix_item *item, uint16_t id, int64_t *out)
{
	size_t index = pstfix_item_find(item, id);
	struct pst_value value;
	bool right;

	if (index == SIZE_MAX || open_stored(&value, item, index, NULL))
		return false;
	right = pst_value_int(&value, out);
	pst_value_deinit(&value);
	return right;
}
