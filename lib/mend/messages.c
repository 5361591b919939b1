/* Messages, and those in their attachments: [MS-PST] 2.4.5, 2.4.6. The table of attachments follows from the subnodes, flags
 * from that; what a message must have and has lost is set to what is usual. Recipients are nowhere but in their table: it is
 * laid out anew, with the rows that can be read. */
#include "mend/inside.h"

#include <stdlib.h>

enum {
	DEPTH_MAX = 50, CHANGES_MAX = 6,
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
	uint32_t attachments, hidden;
	struct pst_change changes[CHANGES_MAX];
	uint8_t values[CHANGES_MAX][KEY_SIZE];
	size_t n;
};

static pstfix_status make_message(struct pst_mend *mend, const struct message *above, uint32_t nid, uint32_t sub,
                                  struct pst_list_entry *entry, unsigned depth);

/* What is in a node that was not whole has not been judged. */
static bool is_wrong(const struct pst_mend *mend, uint32_t nid, uint32_t sub)
{
	const struct pst_node *node = pst_index_node(mend->old->index, nid);

	return pst_mend_is_wrong(mend, nid, sub) || (node && !node->whole);
}

/* ---- changes ------------------------------------------------------------------------------ */

static uint8_t *change(struct message *message, uint16_t id, uint16_t type, size_t size)
{
	uint8_t *bytes = message->values[message->n];

	message->changes[message->n++] = (struct pst_change){id, type, {.data = bytes, .size = size}};
	return bytes;
}

static bool lacks(const struct message *message, uint16_t id)
{
	return !pst_object_keeps(&message->object, id);
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
		qsort(message->subnodes.entries.at, message->subnodes.entries.n, sizeof entry, by_nid);
}

static void take_out(struct message *message, struct pst_list_entry *entry)
{
	const struct pst_list_entry *end = message->subnodes.entries.at + message->subnodes.entries.n;

	memmove(entry, entry + 1, (size_t)(end - entry - 1) * sizeof *entry);
	message->subnodes.entries.n--;
}

static pstfix_status write_subnodes(struct message *message, uint64_t *sub)
{
	struct pst_mend *mend = message->mend;
	struct pst_subnode_writer writer;
	pstfix_status status = PSTFIX_OK;

	pst_subnode_writer_init(&writer, &mend->edit->sink);
	for (size_t i = 0; i < message->subnodes.entries.n && !status; i++)
		status = pst_subnode_writer_add(&writer, &message->subnodes.entries.at[i], mend->err);
	if (!status)
		status = pst_subnode_writer_end(&writer, sub, mend->err);
	pst_subnode_writer_deinit(&writer);
	return status;
}

/* The message or attachment, if anything in it is new, into its entry. */
static pstfix_status finish(struct message *message, struct pst_list_entry *entry)
{
	if (message->n || is_wrong(message->mend, message->nid, message->sub))
		return pst_mend_properties(message->mend, &message->object, &message->subnodes, message->changes, message->n,
		                           &entry->data, &entry->sub);
	return message->other ? write_subnodes(message, &entry->sub) : PSTFIX_OK;
}

/* Of a message or attachment of which not all is known: takes out of its list what leads back to it. */
static pstfix_status cut_list(struct message *message, struct pst_list_entry *entry)
{
	pstfix_status status;

	if (!pst_index_list_cyclic(message->mend->old->index, message->list))
		return PSTFIX_OK;
	status = copy_subnodes(message);
	return status ? status : write_subnodes(message, &entry->sub);
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
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < attachment->subnodes.entries.n && !status; i++) {
		struct pst_list_entry *entry = &attachment->subnodes.entries.at[i], before = *entry;

		if (pst_kind_of(entry->nid) == PSTFIX_MESSAGE)
			status = make_message(attachment->mend, attachment, attachment->nid, entry->nid, entry, depth + 1);
		attachment->other |= entry->data != before.data || entry->sub != before.sub;
	}
	return status;
}

static pstfix_status make_attachment(struct message *message, struct pst_list_entry *entry, unsigned depth)
{
	struct message attachment = {.mend = message->mend, .above = message, .list = entry->sub, .nid = message->nid, .sub = entry->nid};
	pstfix_status status = pst_object_open_on(&attachment.object, message->mend, entry->data, entry->sub);
	int64_t hidden = 0;

	if (status)
		return status;
	if (attachment.object.entire) {
		status = copy_subnodes(&attachment);
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
	pst_array_deinit(&attachment.subnodes.entries);
	pst_object_deinit(&attachment.object);
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

	if (entry->data == before->data && entry->sub == before->sub)
		return pst_object_open_on(out, message->mend, entry->data, entry->sub);
	return pst_object_open_new(out, message->mend, entry->data, entry->sub);
}

static pstfix_status make_table(struct message *message, uint32_t nid, struct pst_table_plan plan)
{
	struct pst_list_entry *entry = find(message, nid), made = {.nid = nid};
	bool any;
	pstfix_status status;

	plan.data = entry ? entry->data : 0;
	plan.sub = entry ? entry->sub : 0;
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

/* One that is damaged and can be read stays as it is. */
static pstfix_status make_recipients(struct message *message)
{
	const struct pst_list_entry *entry = find(message, PST_NID_RECIPIENTS);
	struct pst_mend *mend = message->mend;
	bool clear = false;
	pstfix_status status = PSTFIX_OK;

	if (entry)
		status = pst_table_is_clear(&clear, &mend->old->reader, entry->data, entry->sub, mend->err);
	if (status || !clear)
		return status;
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
	struct pst_change *made = &message->changes[message->n];
	uint8_t *bytes = change(message, CLASS, message->mend->edit->sink.format->string, 0);

	made->value.size = pst_ascii(bytes, message->mend->edit->index.format, "IPM.Note");
}

static void change_flags(struct message *message)
{
	const uint32_t bit = message->attachments ? HAS_ATTACHMENT : 0;
	int64_t flags = 0;

	if (!pst_pc_int(&message->object.pc, FLAGS, &flags) || (flags & HAS_ATTACHMENT) != bit)
		pst_put(change(message, FLAGS, PST_INT32, 4), ((uint32_t)flags & ~(uint32_t)HAS_ATTACHMENT) | bit, 4);
}

static void change_has_attachments(struct message *message)
{
	const uint32_t shown = message->attachments - message->hidden;
	int64_t value;

	if (pst_pc_int(&message->object.pc, HAS_ATTACHMENTS, &value) && (value ? !message->attachments : shown))
		pst_put(change(message, HAS_ATTACHMENTS, PST_BOOL, 1), !value, 1);
}

/* In the order of their ids. */
static void find_changes(struct message *message, uint64_t data)
{
	const bool required = pst_kind_of(message->sub ? message->sub : message->nid) == PSTFIX_MESSAGE;

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

	if (!status)
		status = make_attachments(message, depth);
	if (!status && (wrong || message->other || is_wrong(mend, message->nid, PST_NID_ATTACHMENTS)))
		status = make_attachment_table(message);
	if (!status && is_wrong(mend, message->nid, PST_NID_RECIPIENTS))
		status = make_recipients(message);
	if (wrong)
		find_changes(message, data);
	return status;
}

static pstfix_status make_message(struct pst_mend *mend, const struct message *above, uint32_t nid, uint32_t sub,
                                  struct pst_list_entry *entry, unsigned depth)
{
	struct message message = {.mend = mend, .above = above, .list = entry->sub, .nid = nid, .sub = sub};
	pstfix_status status;

	if (depth > DEPTH_MAX)
		return PSTFIX_OK;
	status = pst_object_open_on(&message.object, mend, entry->data, entry->sub);
	if (status)
		return status;
	if (message.object.entire) {
		status = make_parts(&message, entry->data, depth);
		if (!status)
			status = finish(&message, entry);
	} else {
		status = cut_list(&message, entry);
	}
	pst_array_deinit(&message.subnodes.entries);
	pst_object_deinit(&message.object);
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
