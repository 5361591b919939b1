/* Messages, their recipients and attachments: [MS-PST] 2.4.5, 2.4.6.
 *
 * A message is opened once: judged by itself, by its row in the contents table of its folder, and with all that is in
 * its subnodes, messages in attachments included.
 *
 * Tests: required properties; cells of its row; size; names of recipients against their table; attachment table against
 * attachments, cells, flag; data of attachments by method, their size; subnodes that nothing names. */
#include "check/content.h"
#include "ltp/known.h"

enum {
	DEPTH_MAX = 50,
	MESSAGE_FLAGS = 0x0E07,
	HAS_ATTACHMENT = 0x10,
	HAS_ATTACHMENTS = 0x0E1B,
	ATTACHMENT_HIDDEN = 0x7FFE,
	MESSAGE_SIZE = 0x0E08,
	ATTACH_SIZE = 0x0E20,
	ATTACH_DATA = 0x3701,
	ATTACH_METHOD = 0x3705,
	BY_VALUE = 1, EMBEDDED = 5, OLE = 6,
	RECIPIENT_TYPE = 0x0C15, RECIPIENT_TYPES = 4,
	DISPLAY_NAME = 0x3001
};

/* ---- sizes ----------------------------------------------------------------------------- */

/* Adds the data of subnodes, and of theirs; false: they are too deep, or too many. */
static bool add_below(struct pst_content *content, uint64_t *size, uint64_t sub, uint32_t depth)
{
	struct pst_subnodes subnodes;
	bool all = true;

	if (!sub)
		return true;
	if (depth > DEPTH_MAX || content->status || !pst_reader_spend(&content->store->reader, 64))
		return false;
	content->status = pst_subnodes_open(&subnodes, &content->store->reader, sub, content->err);
	if (content->status)
		return false;
	for (size_t i = 0; i < subnodes.entries.n && all; i++) {
		*size += pst_index_size(content->index, subnodes.entries.at[i].data);
		all = add_below(content, size, subnodes.entries.at[i].sub, depth + 1);
	}
	pst_subnodes_deinit(&subnodes);
	return all;
}

static void check_size(struct pst_content *content, const struct pst_context *message, uint64_t data)
{
	uint64_t size = pst_index_size(content->index, data);
	bool all = true;
	int64_t said;

	if (!pst_pc_int(&message->pc, MESSAGE_SIZE, &said))
		return;
	for (size_t i = 0; i < message->subnodes.entries.n && all; i++) {
		size += pst_index_size(content->index, message->subnodes.entries.at[i].data);
		all = add_below(content, &size, message->subnodes.entries.at[i].sub, 1);
	}
	if (all && pst_size_is_far((uint32_t)said, size))
		PST_TELL_AT(content, message->where, MESSAGE_SIZE, .found = (uint32_t)said, .expected = size);
}

/* ---- recipients ------------------------------------------------------------------------- */

/* Between names, in pieces of a text that have one character in common. */
static uint64_t count_joints(const uint8_t *text, size_t n, size_t width)
{
	const uint8_t *joint = text, *end = text + n;
	uint64_t joints = 0;

	for (; (joint = memchr(joint, ';', (size_t)(end - joint))); joint++)
		joints += (size_t)(joint - text) % width == 0 && (size_t)(end - joint) >= 2 * width &&
		          !memcmp(joint, width == 2 ? ";\0 \0" : "; ", 2 * width);
	return joints;
}

/* Names in a text that joins them; false: it cannot be told. */
static bool count_names(struct pst_reader *reader, struct pst_value *text, uint64_t *out)
{
	const size_t width = text->type == PST_STRING ? 2 : 1;
	uint8_t bytes[1024];
	uint64_t joints = 0;
	bool empty = true;

	if (!pst_value_fits(text) || (text->stream.reader && !text->stream.whole) || !pst_reader_spend(reader, text->size))
		return false;
	for (uint64_t at = 0; at < text->size; at += sizeof bytes - width) {
		const size_t n = pst_value_read(text, bytes, sizeof bytes, at);

		joints += count_joints(bytes, n, width);
		empty = empty && pst_all_bytes(bytes, n, 0);
	}
	*out = empty ? 0 : 1 + joints;
	return true;
}

/* Of each type; an entry without a name counts as well. False: it cannot be told. */
static bool count_recipients(struct pst_content *content, struct pst_context *table, uint64_t out[RECIPIENT_TYPES])
{
	const struct pst_column *name = table->usable ? pst_context_column(table, DISPLAY_NAME, PST_STRING) : NULL;
	bool known = table->usable && table->exact;

	for (uint32_t i = 0; known && i < table->rows.n; i++) {
		const struct pst_row *row = pst_context_row(table, i);
		struct pst_value text;
		uint64_t names;
		int64_t type;

		known = row && row->trust == PST_ROW_SURE && name && pst_tc_has(&table->tc, name) &&
		        pst_context_cell_number(table, RECIPIENT_TYPE, &type) && type >= 0 && type < RECIPIENT_TYPES;
		if (!known)
			break;
		content->status = pst_tc_cell(&text, &table->tc, name, content->err);
		known = !content->status && count_names(&content->tables, &text, &names);
		if (known)
			out[type] += PST_MAX(names, 1u);
		pst_value_deinit(&text);
	}
	return known;
}

/* PidTagDisplayTo, PidTagDisplayCc, PidTagDisplayBcc. */
static void check_display(struct pst_content *content, const struct pst_context *message,
                          const uint64_t recipients[RECIPIENT_TYPES])
{
	static const uint16_t ids[RECIPIENT_TYPES] = {0, 0x0E04, 0x0E03, 0x0E02};

	for (size_t i = 1; i < RECIPIENT_TYPES && !content->status; i++) {
		const struct pst_property *property = pst_pc_find(&message->pc, ids[i]);
		struct pst_value text;
		uint64_t names;

		if (!property || (property->type != PST_STRING && property->type != PST_STRING8))
			continue;
		content->status = pst_pc_value(&text, &message->pc, property, content->err);
		if (content->status)
			return;
		if (count_names(&content->tables, &text, &names) && names != recipients[i])
			PST_TELL_AT(content, message->where, MESSAGE_DISPLAY_TO, .tag = (uint32_t)ids[i] << 16 | property->type,
			            .found = names, .count = recipients[i]);
		pst_value_deinit(&text);
	}
}

static void check_recipients(struct pst_content *content, struct pst_context *message)
{
	const struct pst_list_entry *entry = pst_context_name(message, PST_NID_RECIPIENTS);
	uint64_t recipients[RECIPIENT_TYPES] = {0};
	struct pst_context table;

	if (!entry)
		return;
	pst_context_open_tc(&table, content, &content->store->reader, pst_below(&message->where, entry->nid),
	                    entry->data, entry->sub);
	if (message->usable && count_recipients(content, &table, recipients))
		check_display(content, message, recipients);
	pst_context_close(&table);
}

/* ---- attachments ------------------------------------------------------------------------ */

struct attachment_row {
	struct pst_content *content;
	struct pst_where message;
	uint32_t nid;
};

static void tell_attachment_cell(void *user, uint32_t tag)
{
	const struct attachment_row *row = user;

	PST_TELL_AT(row->content, row->message, ATTACHMENT_CELL, .tag = tag, .found = row->nid);
}

static void check_attachment_properties(struct pst_content *content, const struct pst_context *attachment)
{
	static const uint32_t required[] = {0x0E200003, 0x37050003, 0x370B0003};
	const struct pst_property *data = pst_pc_find(&attachment->pc, ATTACH_DATA);
	int64_t method = 0, size;

	for (size_t i = 0; i < PST_COUNT(required); i++)
		if (!pst_pc_find(&attachment->pc, (uint16_t)(required[i] >> 16)))
			PST_TELL_AT(content, attachment->where, ATTACHMENT_PROPERTY, .tag = required[i]);
	pst_pc_int(&attachment->pc, ATTACH_METHOD, &method);
	if (data && !pst_known_may_be(ATTACH_DATA, data->type))
		return;
	if ((method == BY_VALUE && !data) || ((method == EMBEDDED || method == OLE) && (!data || data->type != PST_OBJECT))) {
		if (!content->marked)
			PST_TELL_AT(content, attachment->where, ATTACHMENT_DATA, .found = (uint64_t)method);
	} else if (!attachment->cut && (method == BY_VALUE || method == EMBEDDED) && pst_pc_int(&attachment->pc, ATTACH_SIZE, &size) &&
	         pst_size_is_far((uint32_t)size, attachment->bytes))
		PST_TELL_AT(content, attachment->where, ATTACHMENT_SIZE, .found = (uint32_t)size,
		            .expected = attachment->bytes);
}

/* Whatever the type in its id is, the object in the attachment is one. */
static void check_embedded(struct pst_content *content, const struct pst_context *attachment, uint32_t depth)
{
	const uint32_t object = attachment->pc.sound ? pst_pc_embedded(&attachment->pc) : 0;

	for (size_t i = 0; i < attachment->subnodes.entries.n; i++) {
		const struct pst_list_entry *entry = &attachment->subnodes.entries.at[i];

		if (pst_kind_of(entry->nid) == PSTFIX_MESSAGE || entry->nid == object)
			pst_check_message(content, pst_below(&attachment->where, entry->nid), entry->data, entry->sub,
			                  NULL, depth + 1);
	}
}

/* `table`: NULL, there is none. Returns whether it is, or may be, hidden. */
static bool check_attachment(struct pst_content *content, struct pst_context *message, struct pst_context *table,
                             const struct pst_list_entry *entry, uint32_t depth)
{
	struct attachment_row row = {content, message->where, entry->nid};
	struct pst_context attachment;
	int64_t value;
	bool hidden;
	const struct pst_row *its = table && table->usable ? pst_rows_find(&table->rows, entry->nid) : NULL;

	pst_context_open_pc(&attachment, content, pst_below(&message->where, entry->nid), entry->data,
	                    entry->sub);
	if (!table || (table->usable && !its))
		PST_TELL_AT(content, message->where, ATTACHMENT_ROW_MISSING, .found = entry->nid);
	if (attachment.usable) {
		check_attachment_properties(content, &attachment);
		if (its && its->trust != PST_ROW_NAMED && !pst_tc_row(&table->tc, its->row))
			pst_context_compare(content, table, &attachment, tell_attachment_cell, &row);
		pst_context_tell_unnamed(content, &attachment);
	}
	check_embedded(content, &attachment, depth);
	hidden = !attachment.usable || (pst_pc_int(&attachment.pc, ATTACHMENT_HIDDEN, &value) && value);
	pst_context_close(&attachment);
	return hidden;
}

static void check_attachment_rows(struct pst_content *content, struct pst_context *message, struct pst_context *table)
{
	for (uint32_t i = 0; i < table->rows.n; i++) {
		const struct pst_row *row = pst_context_row(table, i);

		if (row && row->trust == PST_ROW_SURE &&
		    (pst_kind_of(row->id) != PSTFIX_ATTACHMENT || !pst_context_name(message, row->id)))
			PST_TELL_AT(content, message->where, ATTACHMENT_ROW_ALONE, .found = row->id);
	}
}

struct attachments {
	uint32_t all, hidden;
};

static struct attachments check_attachments(struct pst_content *content, struct pst_context *message, uint32_t depth)
{
	const struct pst_list_entry *entry = pst_context_name(message, PST_NID_ATTACHMENTS);
	struct pst_context table = {0};
	struct attachments found = {0};

	if (entry)
		pst_context_open_tc(&table, content, &content->store->reader,
		                    pst_below(&message->where, entry->nid), entry->data, entry->sub);
	if (table.usable)
		check_attachment_rows(content, message, &table);
	for (size_t i = 0; i < message->subnodes.entries.n && !content->status; i++) {
		if (pst_kind_of(message->subnodes.entries.at[i].nid) != PSTFIX_ATTACHMENT)
			continue;
		message->named[i] = true;
		found.hidden += check_attachment(content, message, entry ? &table : NULL, &message->subnodes.entries.at[i], depth);
		found.all++;
	}
	pst_context_close(&table);
	return found;
}

static void check_flags(struct pst_content *content, const struct pst_context *message, struct attachments found)
{
	const uint32_t shown = found.all - found.hidden;
	int64_t value;

	if (pst_pc_int(&message->pc, MESSAGE_FLAGS, &value) && !(value & HAS_ATTACHMENT) != !found.all)
		PST_TELL_AT(content, message->where, MESSAGE_FLAG, .found = !!(value & HAS_ATTACHMENT), .expected = found.all);
	if (pst_pc_int(&message->pc, HAS_ATTACHMENTS, &value) && (value ? !found.all : shown))
		PST_TELL_AT(content, message->where, MESSAGE_HAS_ATTACHMENTS, .found = !!value, .expected = shown);
}

/* ---- messages --------------------------------------------------------------------------- */

struct message_row {
	struct pst_content *content;
	struct pst_where message;
	const struct pst_context *table;
};

static void tell_message_cell(void *user, uint32_t tag)
{
	const struct message_row *row = user;
	const uint32_t table = row->table->where.nid;
	int64_t size;

	if (tag >> 16 != MESSAGE_SIZE)
		PST_TELL_AT(row->content, row->message, MESSAGE_CELL, .tag = tag, .expected = table);
	else
		PST_TELL_AT(row->content, row->message, MESSAGE_CELL_SIZE, .tag = tag, .expected = table,
		            .found = pst_context_cell_number(row->table, MESSAGE_SIZE, &size) ? (uint32_t)size : PSTFIX_NOWHERE);
}

void pst_check_message_row(struct pst_content *content, struct pst_context *table, struct pst_context *message)
{
	struct message_row row = {content, message->where, table};

	pst_context_compare(content, table, message, tell_message_cell, &row);
}

static void check_required(struct pst_content *content, const struct pst_context *message)
{
	static const uint32_t required[] = {0x001A001F, 0x0E070003, 0x0E080003, 0x30070040, 0x300B0102};

	for (size_t i = 0; i < PST_COUNT(required); i++)
		if (!pst_pc_find(&message->pc, (uint16_t)(required[i] >> 16)))
			PST_TELL_AT(content, message->where, MESSAGE_PROPERTY,
			            .tag = pst_content_tag(content, required[i]));
}

static void tell_mark(struct pst_content *content, struct pst_where message)
{
	PST_TELL_AT(content, message, MESSAGE_MARKED, .tag = (uint32_t)content->damage << 16 | content->index->format->string);
}

void pst_check_mark(struct pst_content *content, const struct pst_node *node)
{
	struct pst_reader *reader = &content->store->reader;
	struct pst_pc pc;

	if (content->status || !content->damage)
		return;
	reader->proven_only = true;
	content->status = pst_pc_open(&pc, reader, node->data, NULL, content->err);
	reader->proven_only = false;
	if (content->status)
		return;
	if (pst_pc_find(&pc, content->damage))
		tell_mark(content, (struct pst_where){.nid = node->nid});
	pst_pc_deinit(&pc);
}

void pst_check_message(struct pst_content *content, struct pst_where where, uint64_t data, uint64_t sub,
                       struct pst_context *table, uint32_t depth)
{
	struct pst_context message;
	struct attachments attachments;

	if (depth > DEPTH_MAX) {
		PST_TELL_AT(content, where, MESSAGE_DEPTH, .expected = DEPTH_MAX);
		return;
	}
	pst_context_open_pc(&message, content, where, data, sub);
	if (!where.sub)
		content->marked = content->damage && pst_pc_find(&message.pc, content->damage);
	if (message.usable) {
		if (content->marked && !where.sub)
			tell_mark(content, where);
		if (where.sub || pst_kind_of(where.nid) == PSTFIX_MESSAGE)
			check_required(content, &message);
		check_size(content, &message, data);
		if (table)
			pst_check_message_row(content, table, &message);
	}
	if (message.pc.sound) {
		check_recipients(content, &message);
		pst_check_changes(content, &message);
		attachments = check_attachments(content, &message, depth);
		if (message.usable) {
			check_flags(content, &message, attachments);
			pst_context_tell_unnamed(content, &message);
		}
	}
	pst_context_close(&message);
}
