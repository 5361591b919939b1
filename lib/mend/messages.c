/* Messages, and those in their attachments: [MS-PST] 2.4.5, 2.4.6. The table of attachments follows from the subnodes, flags
 * from that; what a message must have and has lost is set to what is usual. Recipients are nowhere but in their table: it is
 * laid out anew, with the rows that can be read. */
#include "mend/inside.h"
#include "ltp/known.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	DEPTH_MAX = 50, PLACE = 160, CELL_MAX = 512,
	DISPLAY_BCC = 0x0E02, DISPLAY_CC = 0x0E03, DISPLAY_TO = 0x0E04,
	CLASS = 0x001A, FLAGS = 0x0E07, HAS_ATTACHMENT = 0x10, SIZE = 0x0E08, HAS_ATTACHMENTS = 0x0E1B,
	CREATED = 0x3007, SEARCH_KEY = 0x300B, KEY_SIZE = 16,
	ATTACH_SIZE = 0x0E20, ATTACH_DATA = 0x3701, ATTACH_METHOD = 0x3705, ATTACH_POSITION = 0x370B, ATTACH_HIDDEN = 0x7FFE,
	BY_VALUE = 1, EMBEDDED = 5
};

struct message {
	struct pst_mend *mend;
	const struct message *above;  /* what it is in; NULL: nothing */
	uint64_t list;                /* of its subnodes, as it was */
	uint32_t nid, sub;            /* the node, and which subnode of it this is; 0: the node itself */
	struct pst_object object;
	struct pst_subnodes subnodes; /* as they will be */
	bool other;                   /* they are others */
	bool usable;                  /* its properties are known, or what is left of them */
	bool stands;                  /* these stay as they are, damaged */
	struct pst_losses *losses;    /* of the whole message */
	char place[PLACE];            /* what it is in, for these */
	uint32_t attachments, hidden;
	PST_ARRAY(struct pst_change) changes; /* with values in memory of their own */
	uint8_t scratch[KEY_SIZE];    /* for values that there is no memory for */
};

static pstfix_status make_message(struct pst_mend *mend, const struct message *above, uint32_t nid, uint32_t sub,
                                  struct pst_list_entry *entry, unsigned depth);

static bool is_whole(const struct pst_mend *mend, uint32_t nid)
{
	const struct pst_node *node = pst_index_node(mend->old->index, nid);

	return !node || node->whole;
}

/* What is in a node that was not whole has not been judged. */
static bool is_wrong(const struct pst_mend *mend, uint32_t nid, uint32_t sub)
{
	return pst_mend_is_wrong(mend, nid, sub) || !is_whole(mend, nid);
}

/* ---- changes ------------------------------------------------------------------------------ */

static void add_change(struct message *message, uint16_t id, uint16_t type, struct pst_taken value)
{
	const size_t n = message->changes.n;

	pst_add(&message->changes, ((struct pst_change){id, type, pst_taken_given(&value)}));
	if (message->changes.n == n)
		pst_taken_deinit(&value);
}

/* Room for KEY_SIZE bytes at least. */
static uint8_t *change(struct message *message, uint16_t id, uint16_t type, size_t size)
{
	struct pst_taken value = {calloc(1, KEY_SIZE), size};
	uint8_t *bytes = value.data;

	message->changes.failed |= !bytes;
	add_change(message, id, type, value);
	return message->changes.failed ? message->scratch : bytes;
}

static const struct pst_change *find_change(const struct message *message, uint16_t id)
{
	for (size_t i = 0; i < message->changes.n; i++)
		if (message->changes.at[i].id == id)
			return &message->changes.at[i];
	return NULL;
}

static bool lacks(const struct message *message, uint16_t id)
{
	return !find_change(message, id) && !pst_object_keeps(&message->object, id);
}

static int by_id(const void *a, const void *b)
{
	const struct pst_change *x = a, *y = b;

	return PST_ORDER(x->id, y->id);
}

static pstfix_status sort_changes(struct message *message)
{
	if (message->changes.failed)
		return pst_fail_memory(message->mend->err);
	pst_sort(message->changes.at, message->changes.n, sizeof *message->changes.at, by_id);
	return PSTFIX_OK;
}

/* ---- subnodes ------------------------------------------------------------------------------- */

static bool is_part(uint32_t nid)
{
	return pst_kind_of(nid) == PSTFIX_MESSAGE || pst_kind_of(nid) == PSTFIX_ATTACHMENT;
}

/* Whether the list of a subnode is to be cut off: it leads back, and parts are gone into only where all is known. */
static bool leads_back(const struct message *message, const struct pst_list_entry *entry)
{
	const struct pst_index *index = message->mend->old->index;
	bool back = !message->object.entire || !is_part(entry->nid);

	if (!pst_index_list_cyclic(index, message->list) || !pst_index_list_cyclic(index, entry->sub))
		return false;
	for (; message && !back; message = message->above)
		back = message->list == entry->sub;
	return back;
}

static pstfix_status copy_subnodes(struct message *message)
{
	const struct pst_subnodes *from = &message->object.subnodes;

	message->subnodes.whole = message->subnodes.ordered = true;
	for (size_t i = 0; i < from->entries.n; i++) {
		struct pst_list_entry entry = from->entries.at[i];

		if ((i && entry.nid == from->entries.at[i - 1].nid) || pst_index_list_cyclic(message->mend->old->index, entry.data))
			continue;
		if (leads_back(message, &entry))
			entry.sub = 0;
		pst_add(&message->subnodes.entries, entry);
	}
	return message->subnodes.entries.failed ? pst_fail_memory(message->mend->err) : PSTFIX_OK;
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_list_entry *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

static struct pst_list_entry *find(struct message *message, uint32_t nid)
{
	return (struct pst_list_entry *)pst_subnodes_find(&message->subnodes, nid);
}

static void add(struct message *message, struct pst_list_entry entry)
{
	pst_add(&message->subnodes.entries, entry);
	if (!message->subnodes.entries.failed)
		pst_sort(message->subnodes.entries.at, message->subnodes.entries.n, sizeof entry, by_nid);
}

static void take_out(struct message *message, struct pst_list_entry *entry)
{
	const struct pst_list_entry *end = message->subnodes.entries.at + message->subnodes.entries.n;

	memmove(entry, entry + 1, (size_t)(end - entry - 1) * sizeof *entry);
	message->subnodes.entries.n--;
}

pstfix_status pst_mend_list(struct pst_mend *mend, const struct pst_subnodes *subnodes, uint64_t *list)
{
	struct pst_subnode_writer writer;
	pstfix_status status = PSTFIX_OK;

	pst_subnode_writer_init(&writer, &mend->edit->sink);
	for (size_t i = 0; i < subnodes->entries.n && !status; i++)
		status = pst_subnode_writer_add(&writer, &subnodes->entries.at[i], mend->err);
	if (!status)
		status = pst_subnode_writer_end(&writer, list, mend->err);
	pst_subnode_writer_deinit(&writer);
	return status;
}

/* The message or attachment, if anything in it is new, into its entry. */
static pstfix_status finish(struct message *message, struct pst_list_entry *entry)
{
	pstfix_status status = sort_changes(message);

	if (!status && !message->stands && (message->changes.n || is_wrong(message->mend, message->nid, message->sub)))
		return pst_mend_properties(message->mend, &message->object, &message->subnodes, message->changes.at, message->changes.n,
		                           &entry->data, &entry->sub);
	if (status)
		return status;
	return message->other ? pst_mend_list(message->mend, &message->subnodes, &entry->sub) : PSTFIX_OK;
}

/* Of a message or attachment of which not all is known: takes out of its list what leads back to it. */
static pstfix_status cut_list(struct message *message, struct pst_list_entry *entry)
{
	pstfix_status status;

	if (!pst_index_list_cyclic(message->mend->old->index, message->list))
		return PSTFIX_OK;
	status = copy_subnodes(message);
	return status ? status : pst_mend_list(message->mend, &message->subnodes, &entry->sub);
}

/* ---- what is left of it ------------------------------------------------------------------------ */

static bool is_gone(const struct pst_pc *pc, const struct pst_property *property)
{
	struct pst_value value;
	bool gone;

	if (pst_pc_value(&value, pc, property, NULL))
		return false;
	gone = value.found;
	pst_value_deinit(&value);
	return gone;
}

/* Of a property as found of which a part is lost, its size; 0: none is. */
static uint32_t torn_size(const struct pst_pc *pc, const struct pst_property *property)
{
	struct pst_item item;

	if (!pc->heap.stream.as_found || pst_type_inline(property->type, 4) || pst_heap_item(&item, &pc->heap, property->hnid) ||
	    !pst_heap_lost(&pc->heap, &item, 0, item.size))
		return 0;
	return item.size;
}

static void tell_properties(struct message *message)
{
	const struct pst_pc *pc = &message->object.pc;

	for (size_t i = 0; i < pc->properties.n; i++) {
		const uint16_t id = pc->properties.at[i].id;
		const bool replaced = find_change(message, id);

		if (replaced || is_gone(pc, &pc->properties.at[i]))
			pst_losses_add(message->losses, "%sproperty 0x%04X: %s", message->place, id,
			               replaced ? "from the table of its folder" : "gone");
	}
	if (pc->heap.stream.as_found)
		pst_partial_tell_lost(message->losses, message->place, &pc->heap.stream);
	if (pc->facts.missing || pc->heap.stream.cut || !pc->sound)
		pst_losses_add(message->losses, "%sproperties: some gone", message->place);
}

/* Whether properties may be gone without a trace. */
static bool lacks_properties(const struct pst_pc *pc)
{
	return !pc->properties.n || (pc->heap.stream.as_found && pc->facts.missing);
}

/* What the table of its folder says of a property that is gone, or may be. */
static bool is_asked_for(const struct message *message, uint16_t id)
{
	const struct pst_property *property = pst_pc_find(&message->object.pc, id);

	if (!property)
		return lacks_properties(&message->object.pc);
	return is_gone(&message->object.pc, property) || torn_size(&message->object.pc, property);
}

/* In place of a value of which a part is left, one of the same size only: a row may have less of a text. */
static pstfix_status take_cell(struct message *message, const struct pst_tc *tc, const struct pst_column *column)
{
	const struct pst_property *property = pst_pc_find(&message->object.pc, column->id);
	const uint32_t torn = property ? torn_size(&message->object.pc, property) : 0;
	struct pst_taken cell;
	struct pst_value value;
	pstfix_status status;

	if (column->id == PST_ROW_ID || column->id == PST_ROW_VERSION || pst_is_row_only(message->mend->ost, column->id) ||
	    !pst_tc_has(tc, column) || !is_asked_for(message, column->id))
		return PSTFIX_OK;
	status = pst_tc_cell(&value, tc, column, message->mend->err);
	if (status)
		return status;
	if (value.size > CELL_MAX || (torn && value.size != torn) || !pst_taken_load(&cell, &value))
		cell = (struct pst_taken){0};
	else if (column->type & PST_MULTIPLE && !pst_multiple_sound(column->type, cell.data, cell.size))
		pst_taken_deinit(&cell);
	if (cell.data)
		add_change(message, column->id, column->type, cell);
	pst_value_deinit(&value);
	return PSTFIX_OK;
}

static pstfix_status take_row(struct message *message)
{
	const struct pst_node *node = pst_index_node(message->mend->old->index, message->nid);
	const uint32_t table_nid = (node->parent & ~31u) | (pst_kind_of(node->nid) == PSTFIX_MESSAGE ? PST_CONTENTS : PST_ASSOCIATED);
	struct pst_table table;
	uint32_t row;
	pstfix_status status = pst_table_open(&table, message->mend->old, table_nid, message->mend->err);

	if (status)
		return status;
	status = pst_mend_expect_sides(message->mend, &table.tc, table_nid);
	if (!status && !pst_tc_find(&row, &table.tc, message->nid) && !pst_tc_row(&table.tc, row))
		for (size_t i = 0; i < table.tc.columns.n && !status; i++)
			if (!pst_tc_column_facts(&table.tc, i))
				status = take_cell(message, &table.tc, &table.tc.columns.at[i]);
	pst_table_deinit(&table);
	return status;
}

static bool lacks_values(const struct message *message)
{
	const struct pst_pc *pc = &message->object.pc;
	bool lacks = lacks_properties(pc);

	for (size_t i = 0; i < pc->properties.n && !lacks; i++)
		lacks = is_gone(pc, &pc->properties.at[i]) || torn_size(pc, &pc->properties.at[i]);
	return lacks;
}

static pstfix_status replace_properties(struct message *message)
{
	const pstfix_status status = message->above || !lacks_values(message) ? PSTFIX_OK : take_row(message);

	tell_properties(message);
	return status;
}

static pstfix_status take_what_is_left(struct message *message, const struct pst_list_entry *entry)
{
	struct pst_mend *mend = message->mend;
	const struct pst_index *index = mend->old->index;
	bool stands = false;
	pstfix_status status = PSTFIX_OK;

	if (is_whole(mend, message->nid)) /* its heap is damaged, and was written so: it stays as it is */
		return PSTFIX_OK;
	if (!message->object.pc.properties.n)
		status = pst_pc_stands(&stands, &mend->old->reader, entry->data, mend->err);
	if (!status && !message->object.pc.properties.n && !stands)
		status = pst_object_find(&message->object, mend, entry->data);
	message->stands = stands;
	message->usable = (message->above || !stands) && !pst_index_list_cyclic(index, entry->sub);
	if (status || !message->usable)
		return status;
	message->other = stands && (pst_index_list_lost(index, entry->sub) || !message->object.subnodes.whole); /* the list is not kept */
	if (pst_index_list_lost(index, entry->sub))
		pst_losses_add(message->losses, "%slist of subnodes: gone", message->place);
	status = pst_partial_subnodes(mend, &message->object.subnodes, entry->sub, message->losses, message->place);
	if (!status && !stands)
		status = replace_properties(message);
	return status;
}

static pstfix_status open_message(struct message *message, const struct pst_list_entry *entry)
{
	pstfix_status status = pst_object_open_on(&message->object, message->mend, entry->data, entry->sub);

	if (message->above) {
		message->losses = message->above->losses;
		snprintf(message->place, sizeof message->place, "%.120s%s 0x%X: ", message->above->place,
		         pst_kind_of(message->sub) == PSTFIX_MESSAGE ? "message" : "attachment", message->sub);
	}
	if (!status)
		pst_known_settle(&message->object.pc);
	message->usable = message->object.entire;
	if (!status && !message->usable)
		status = take_what_is_left(message, entry);
	else if (!status && pst_mend_is_wrong(message->mend, message->nid, message->sub))
		status = replace_properties(message);
	return status;
}

static void close_message(struct message *message)
{
	for (size_t i = 0; i < message->changes.n; i++)
		free((void *)message->changes.at[i].value.data);
	pst_array_deinit(&message->changes);
	pst_array_deinit(&message->subnodes.entries);
	pst_object_deinit(&message->object);
}

static pstfix_status make_value(struct message *message, struct pst_list_entry *entry)
{
	const struct pst_list_entry before = *entry;
	pstfix_status status = pst_partial_value(message->mend, &message->object, entry, message->losses, message->place);

	message->other |= entry->data != before.data || entry->sub != before.sub;
	return status;
}

/* Embedded messages and OLE objects that are no longer among the subnodes. */
static void tell_objects(struct message *message)
{
	const struct pst_pc *pc = &message->object.pc;

	message->object.partial = true;
	for (size_t i = 0; i < pc->properties.n; i++) {
		const struct pst_property *property = &pc->properties.at[i];
		const uint32_t nid = property->type == PST_OBJECT ? pst_property_subnode(pc, property) : 0;

		if (nid && !find(message, nid))
			pst_losses_add(message->losses, "%sproperty 0x%04X: gone", message->place, property->id);
	}
}

/* Values in subnodes; those of which nothing is left are taken out, and with them their properties. */
static pstfix_status make_values(struct message *message)
{
	struct pst_subnodes *old = &message->object.subnodes;
	pstfix_status status = PSTFIX_OK;
	size_t n = 0, n_old = 0;

	for (size_t i = 0; i < message->subnodes.entries.n && !status; i++) {
		struct pst_list_entry *entry = &message->subnodes.entries.at[i];

		if (!is_part(entry->nid) && entry->nid != PST_NID_ATTACHMENTS && entry->nid != PST_NID_RECIPIENTS)
			status = make_value(message, entry);
		if (entry->data || is_part(entry->nid))
			message->subnodes.entries.at[n++] = *entry;
	}
	message->subnodes.entries.n = n;
	for (size_t i = 0; i < old->entries.n; i++)
		if (find(message, old->entries.at[i].nid))
			old->entries.at[n_old++] = old->entries.at[i];
	old->entries.n = n_old;
	tell_objects(message);
	return status;
}

/* What the message has lost goes into its mark. Where there is no name for that, it stays as it is. */
static pstfix_status add_mark(struct message *message)
{
	struct pst_mend *mend = message->mend;
	struct pst_taken mark;
	pstfix_status status = message->losses->any ? pst_mend_damage_name(mend) : PSTFIX_OK;

	message->usable = !message->losses->any || mend->damage;
	if (status || !message->losses->any || !mend->damage)
		return status;
	status = pst_losses_mark(&mark, message->losses, mend, &message->object.pc);
	if (!status)
		add_change(message, mend->damage, mend->edit->sink.format->string, mark);
	return status;
}

/* ---- attachments ------------------------------------------------------------------------------ */

static uint64_t size_of_values(const struct message *message)
{
	const struct pst_pc *pc = &message->object.pc;
	uint64_t size = 0;

	for (size_t i = 0; i < pc->properties.n; i++) {
		struct pst_value value;

		if (pst_pc_value(&value, pc, &pc->properties.at[i], NULL))
			continue;
		size += value.found ? 0 : value.size;
		pst_value_deinit(&value);
	}
	return size;
}

static void add_to_attachment(struct message *attachment)
{
	const struct pst_property *data = pst_pc_find(&attachment->object.pc, ATTACH_DATA);

	if (lacks(attachment, ATTACH_SIZE))
		pst_put(change(attachment, ATTACH_SIZE, PST_INT32, 4), size_of_values(attachment), 4);
	if (lacks(attachment, ATTACH_METHOD))
		pst_put(change(attachment, ATTACH_METHOD, PST_INT32, 4), !data ? 0 : data->type == PST_OBJECT ? EMBEDDED : BY_VALUE, 4);
	if (lacks(attachment, ATTACH_POSITION))
		pst_put(change(attachment, ATTACH_POSITION, PST_INT32, 4), UINT32_MAX, 4);
}

/* Each message in an attachment. */
static pstfix_status make_embedded(struct message *attachment, unsigned depth)
{
	const uint32_t object = attachment->object.pc.sound && is_whole(attachment->mend, attachment->nid) ? pst_pc_embedded(&attachment->object.pc) : 0;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < attachment->subnodes.entries.n && !status; i++) {
		struct pst_list_entry *entry = &attachment->subnodes.entries.at[i], before = *entry;

		if (pst_kind_of(entry->nid) == PSTFIX_MESSAGE || entry->nid == object)
			status = make_message(attachment->mend, attachment, attachment->nid, entry->nid, entry, depth + 1);
		attachment->other |= entry->data != before.data || entry->sub != before.sub;
	}
	return status;
}

static pstfix_status make_attachment(struct message *message, struct pst_list_entry *entry, unsigned depth)
{
	struct message attachment = {.mend = message->mend, .above = message, .list = entry->sub, .nid = message->nid, .sub = entry->nid};
	pstfix_status status = open_message(&attachment, entry);
	int64_t hidden = 0;

	if (status)
		return status;
	if (attachment.usable) {
		status = copy_subnodes(&attachment);
		if (!status && !is_whole(message->mend, message->nid))
			status = make_values(&attachment);
		if (!status)
			status = make_embedded(&attachment, depth);
		if (is_wrong(message->mend, message->nid, entry->nid))
			add_to_attachment(&attachment);
		if (!status)
			status = finish(&attachment, entry);
	} else {
		status = cut_list(&attachment, entry);
	}
	message->attachments++;
	message->hidden += !attachment.object.entire ||
	                   (pst_pc_int(&attachment.object.pc, ATTACH_HIDDEN, &hidden) && hidden);
	close_message(&attachment);
	return status;
}

static pstfix_status make_attachments(struct message *message, unsigned depth)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < message->subnodes.entries.n && !status; i++) {
		struct pst_list_entry *entry = &message->subnodes.entries.at[i], before = *entry;

		if (pst_kind_of(entry->nid) == PSTFIX_ATTACHMENT)
			status = make_attachment(message, entry, depth);
		message->other |= entry->data != before.data || entry->sub != before.sub;
	}
	return status;
}

/* ---- tables -------------------------------------------------------------------------------------- */

/* As it is now. */
static pstfix_status open_attachment(struct pst_object *out, void *user, uint32_t nid)
{
	struct message *message = user;
	const struct pst_list_entry *entry = find(message, nid), *before = pst_subnodes_find(&message->object.subnodes, nid);

	const bool same = entry->data == before->data && entry->sub == before->sub;
	const pstfix_status status = (same ? pst_object_open_on : pst_object_open_new)(out, message->mend, entry->data, entry->sub);

	if (!status)
		pst_known_settle(&out->pc);
	return status;
}

static pstfix_status make_table(struct message *message, uint32_t nid, struct pst_table_plan plan)
{
	struct pst_list_entry *entry = find(message, nid), made = {.nid = nid};
	bool any;
	pstfix_status status;

	plan.data = entry ? entry->data : 0;
	plan.sub = entry ? entry->sub : 0;
	plan.kind = nid;
	status = pst_mend_rows(message->mend, plan, &any, &made.data, &made.sub);
	if (status || !any)
		return status;
	message->other = true;
	if (entry)
		*entry = made;
	else
		add(message, made);
	return PSTFIX_OK;
}

static pstfix_status make_attachment_table(struct message *message)
{
	struct pst_list_entry *entry = find(message, PST_NID_ATTACHMENTS);
	struct pst_table_plan plan = {.pattern = PST_NID_ATTACHMENTS, .open = open_attachment, .user = message};
	uint32_t *ids;
	pstfix_status status;

	if (!message->attachments) {
		if (entry)
			take_out(message, entry);
		message->other |= !!entry;
		return PSTFIX_OK;
	}
	plan.ids = ids = calloc(message->attachments, sizeof *ids);
	if (!ids)
		return pst_fail_memory(message->mend->err);
	for (size_t i = 0; i < message->subnodes.entries.n; i++)
		if (pst_kind_of(message->subnodes.entries.at[i].nid) == PSTFIX_ATTACHMENT)
			ids[plan.n++] = message->subnodes.entries.at[i].nid;
	status = make_table(message, PST_NID_ATTACHMENTS, plan);
	free(ids);
	return status;
}

/* Whether the message itself says that it has some. */
static bool names_recipients(const struct message *message)
{
	static const uint16_t ids[] = {DISPLAY_BCC, DISPLAY_CC, DISPLAY_TO};
	bool names = false;

	for (size_t i = 0; i < PST_COUNT(ids) && !names; i++) {
		const struct pst_property *property = pst_pc_find(&message->object.pc, ids[i]);
		struct pst_value value;

		if (!property || pst_pc_value(&value, &message->object.pc, property, NULL))
			continue;
		names = value.size;
		pst_value_deinit(&value);
	}
	return names;
}

/* Whether cells of a table that can be made anew are lost. */
static pstfix_status lacks_cells(bool *lacks, struct pst_mend *mend, uint64_t list)
{
	struct pst_subnodes subnodes;
	pstfix_status status = pst_subnodes_open(&subnodes, &mend->old->reader, list, mend->err);

	if (status)
		return status;
	for (size_t i = 0; i < subnodes.entries.n && !status && !*lacks; i++) {
		struct pst_stream stream;

		status = pst_stream_open(&stream, &mend->old->reader, subnodes.entries.at[i].data, mend->err);
		if (status)
			break;
		*lacks = !stream.whole;
		pst_stream_deinit(&stream);
	}
	pst_subnodes_deinit(&subnodes);
	return status;
}

/* Whether values of a table are not there, or in columns that cannot be. */
static pstfix_status lacks_recipients(bool *lacks, struct pst_mend *mend, const struct pst_list_entry *entry)
{
	struct pst_table table;
	pstfix_status status = pst_table_open_on(&table, &mend->old->reader, entry->data, entry->sub, mend->err);

	if (status)
		return status;
	pst_known_settle_columns(&table.tc);
	for (size_t i = 0; i < table.tc.columns.n && table.tc.rows; i++)
		*lacks = *lacks || pst_tc_column_facts(&table.tc, i);
	for (uint32_t row = 0; row < table.tc.rows && !status && !*lacks; row++)
		for (size_t i = 0; !pst_tc_row(&table.tc, row) && i < table.tc.columns.n && !status && !*lacks; i++) {
			struct pst_value value;

			if (!pst_tc_has(&table.tc, &table.tc.columns.at[i]))
				continue;
			status = pst_tc_cell(&value, &table.tc, &table.tc.columns.at[i], mend->err);
			*lacks = !status && !pst_value_fits(&value);
			if (!status)
				pst_value_deinit(&value);
		}
	pst_table_deinit(&table);
	return status;
}

/* One that is damaged and can be read stays as it is, if it is not what holds its blocks together that is damaged. */
static pstfix_status make_recipients(struct message *message)
{
	const struct pst_list_entry *entry = find(message, PST_NID_RECIPIENTS);
	struct pst_mend *mend = message->mend;
	bool clear = false, needed = false, lacks = false;
	pstfix_status status = PSTFIX_OK;

	if (entry && !is_whole(mend, message->nid))
		status = pst_partial_is_needed(&needed, mend, *entry, 0);
	if (entry && !status)
		status = pst_table_is_clear(&clear, &mend->old->reader, entry->data, entry->sub, mend->err);
	if (!entry && !message->sub)
		pst_losses_add(message->losses, "recipients and attachments: not known");
	if (clear && !status)
		status = lacks_cells(&lacks, mend, entry->sub);
	if (clear && !status && !lacks)
		status = lacks_recipients(&lacks, mend, entry);
	if (status || !(clear || needed))
		return status;
	if (lacks || (needed && (!clear || names_recipients(message))))
		pst_losses_add(message->losses, "%srecipients: some gone", message->place);
	return make_table(message, PST_NID_RECIPIENTS, (struct pst_table_plan){.pattern = PST_NID_RECIPIENTS});
}

/* ---- messages ---------------------------------------------------------------------------------------- */

static uint64_t size_below(const struct pst_mend *mend, const struct message *message, uint64_t data)
{
	uint64_t size = pst_index_size(mend->old->index, data);

	for (size_t i = 0; i < message->object.subnodes.entries.n; i++)
		size += pst_index_size(mend->old->index, message->object.subnodes.entries.at[i].data);
	return size;
}

/* When it was changed, delivered or sent; else never. */
static uint64_t time_of(const struct message *message)
{
	static const uint16_t ids[] = {0x3008, 0x0E06, 0x0039};
	int64_t time = 0;

	for (size_t i = 0; i < PST_COUNT(ids) && !time; i++)
		pst_pc_int(&message->object.pc, ids[i], &time);
	return (uint64_t)time;
}

/* A key that follows from what it is for. */
static void make_key(uint8_t out[KEY_SIZE], const struct message *message, uint64_t data)
{
	const uint64_t parts[] = {message->nid, message->sub, data};
	uint64_t digest = UINT64_C(0xCBF29CE484222325);

	for (size_t half = 0; half < 2; half++) {
		for (size_t i = 0; i < sizeof parts; i++)
			digest = (digest ^ (parts[i / 8] >> i % 8 * 8 & 0xFF)) * UINT64_C(0x100000001B3);
		pst_put(out + 8 * half, digest, 8);
	}
}

static void add_class(struct message *message)
{
	uint8_t bytes[KEY_SIZE];
	const size_t size = pst_ascii(bytes, message->mend->edit->index.format, "IPM.Note");

	memcpy(change(message, CLASS, message->mend->edit->sink.format->string, size), bytes, size);
}

static void change_flags(struct message *message)
{
	const uint32_t bit = message->attachments ? HAS_ATTACHMENT : 0;
	const struct pst_change *row = find_change(message, FLAGS);
	int64_t flags = row ? pst_get32(row->value.data) : 0;

	if (row)
		pst_put((uint8_t *)row->value.data, ((uint32_t)flags & ~(uint32_t)HAS_ATTACHMENT) | bit, 4);
	else if (lacks(message, FLAGS) || (pst_pc_int(&message->object.pc, FLAGS, &flags) && (flags & HAS_ATTACHMENT) != bit))
		pst_put(change(message, FLAGS, PST_INT32, 4), ((uint32_t)flags & ~(uint32_t)HAS_ATTACHMENT) | bit, 4);
}

static void change_has_attachments(struct message *message)
{
	const uint32_t shown = message->attachments - message->hidden;
	int64_t value;

	if (pst_pc_int(&message->object.pc, HAS_ATTACHMENTS, &value) && (value ? !message->attachments : shown))
		pst_put(change(message, HAS_ATTACHMENTS, PST_BOOL, 1), !value, 1);
}

static void find_changes(struct message *message, uint64_t data)
{
	const bool required = message->sub || pst_kind_of(message->nid) == PSTFIX_MESSAGE;

	if (required && lacks(message, CLASS))
		add_class(message);
	if (required || !lacks(message, FLAGS))
		change_flags(message);
	if (required && lacks(message, SIZE))
		pst_put(change(message, SIZE, PST_INT32, 4), size_below(message->mend, message, data), 4);
	change_has_attachments(message);
	if (required && lacks(message, CREATED))
		pst_put(change(message, CREATED, PST_TIME, 8), time_of(message), 8);
	if (required && lacks(message, SEARCH_KEY))
		make_key(change(message, SEARCH_KEY, PST_BINARY, KEY_SIZE), message, data);
}

static pstfix_status make_parts(struct message *message, uint64_t data, unsigned depth)
{
	const struct pst_mend *mend = message->mend;
	const bool wrong = is_wrong(mend, message->nid, message->sub);
	pstfix_status status = copy_subnodes(message);

	if (!status && !is_whole(mend, message->nid))
		status = make_values(message);
	if (!status)
		status = make_attachments(message, depth);
	if (!status && (wrong || message->other || is_wrong(mend, message->nid, PST_NID_ATTACHMENTS)))
		status = make_attachment_table(message);
	if (!status && is_wrong(mend, message->nid, PST_NID_RECIPIENTS))
		status = make_recipients(message);
	if (wrong)
		find_changes(message, data);
	return status || message->above ? status : add_mark(message);
}

static pstfix_status make_message(struct pst_mend *mend, const struct message *above, uint32_t nid, uint32_t sub,
                                  struct pst_list_entry *entry, unsigned depth)
{
	struct pst_losses losses = {0};
	struct message message = {.mend = mend, .above = above, .list = entry->sub, .nid = nid, .sub = sub, .losses = &losses};
	pstfix_status status;

	if (depth > DEPTH_MAX)
		return PSTFIX_OK;
	status = open_message(&message, entry);
	if (status)
		return status;
	if (message.usable) {
		status = make_parts(&message, entry->data, depth);
		if (!status && message.usable)
			status = finish(&message, entry);
	} else {
		status = cut_list(&message, entry);
	}
	close_message(&message);
	pst_array_deinit(&losses.text);
	return status;
}

pstfix_status pst_mend_message(struct pst_mend *mend, uint32_t nid)
{
	const struct pst_node node = *pst_index_node(&mend->edit->index, nid);
	struct pst_list_entry entry = {.data = node.data, .sub = node.sub};
	pstfix_status status = make_message(mend, NULL, nid, 0, &entry, 0);

	if (status || (entry.data == node.data && entry.sub == node.sub))
		return status;
	pst_mend_mark(mend, (node.parent & ~31u) | (pst_kind_of(nid) == PSTFIX_MESSAGE ? PST_CONTENTS : PST_ASSOCIATED), PST_WRONG);
	return pst_edit_node(mend->edit, nid, node.parent, entry.data, entry.sub, mend->err);
}
