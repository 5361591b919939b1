/* Which nodes a damaged block hits, and which damaged blocks hit a node: each pair. Of a message whose properties are known,
 * tables of attachments and recipients are told apart: they are what is hit, and can be made anew.
 *
 * Lists of blocks are gone down only where something below is damaged, which deriving the index has found out. */
#include "check/report.h"
#include "store/table.h"

enum { WORK_MAX = 64 << 20, DEPTH_MAX = 64 };

struct damage {
	const struct pstfix_report *report;
	const struct pst_index *index;
	struct pst_reader reader;
	uint32_t nid;
	bool known;     /* something of the message is, so that the rest can be kept and marked */
	uint64_t told;  /* for this node */
	uint64_t last;
	pstfix_status status; /* sticky */
	pstfix_error *err;
};

/* A message or an attachment, and what it is in. */
struct context {
	const struct context *above;
	uint64_t data, sub;
	struct pst_where where;
};

/* What becomes of a part: what is damaged of it makes holes if it is gone; nothing can be made of it; or it stays as it stands. */
enum fate { HOLES, LOST, STANDS };

/* What is visited is part of a context, NULL: of nothing that is looked into, or of a table in it, `sub` 0: of none. */
struct part {
	const struct context *of;
	struct pst_where table;
	enum fate fate;
};

static bool is_whole(const struct pst_index *index, uint64_t id)
{
	const struct pst_block *block = id ? pst_index_block(index, id) : NULL;
	const struct pst_inner *inner = block && id & 2 ? pst_index_inner(index, block) : NULL;

	return !id || (block && block->sure == PST_PROVEN && !(block->flags & PST_BLOCK_BAD_STREAM) && !(inner && inner->culprit));
}

static void tell(struct damage *damage, uint64_t id, struct part part)
{
	char path[PST_PATH_MAX];

	if (damage->told++ && damage->last == id)
		return;
	damage->last = id;
	if (damage->known && !part.table.sub && part.fate != STANDS && (part.fate == LOST || pst_index_gone(damage->index, id)))
		PST_TELL(damage->report->teller, NODE_HOLES, .nid = damage->nid, .id = id);
	else
		PST_TELL(damage->report->teller, NODE_DAMAGED, .nid = damage->nid, .sub = part.table.sub,
		         .place = pst_where_path(path, part.table), .id = id);
}

enum knowledge { NOTHING, SOMETHING, ALL };

static enum knowledge knowledge_of(struct damage *damage, const struct context *context)
{
	struct pst_subnodes subnodes;
	struct pst_pc pc;
	enum knowledge known = NOTHING;

	if (damage->status)
		return NOTHING;
	damage->status = pst_subnodes_open(&subnodes, &damage->reader, context->sub, damage->err);
	if (damage->status)
		return NOTHING;
	damage->status = pst_pc_open(&pc, &damage->reader, context->data, &subnodes, damage->err);
	if (!damage->status) {
		known = subnodes.whole && pst_pc_entire(&pc) ? ALL : pc.properties.n ? SOMETHING : NOTHING;
		pst_pc_deinit(&pc);
	}
	pst_subnodes_deinit(&subnodes);
	return known;
}

/* Of its properties, if nothing is known of them for sure. */
static enum fate fate_of(struct damage *damage, const struct context *context)
{
	bool stands = false;

	if (is_whole(damage->index, context->data) || knowledge_of(damage, context))
		return HOLES;
	if (!damage->status)
		damage->status = pst_pc_stands(&stands, &damage->reader, context->data, damage->err);
	return stands ? STANDS : LOST;
}

static bool is_known(struct damage *damage, const struct context *context)
{
	return knowledge_of(damage, context) == ALL && (!context->above || is_known(damage, context->above));
}

static void tell_list(struct damage *damage, uint64_t id)
{
	damage->told++;
	PST_TELL(damage->report->teller, NODE_LIST, .nid = damage->nid, .id = id);
}

/* A table can be made anew if attachments tell what was in it, or nothing of it is damaged but readable. */
static bool can_be_made(struct damage *damage, const struct context *context, const struct pst_list_entry *entry)
{
	bool clear = entry->nid == PST_NID_ATTACHMENTS;

	if (!context || (entry->nid != PST_NID_ATTACHMENTS && entry->nid != PST_NID_RECIPIENTS) ||
	    (is_whole(damage->index, entry->data) && is_whole(damage->index, entry->sub)))
		return false;
	if (!clear && !damage->status)
		damage->status = pst_table_is_clear(&clear, &damage->reader, entry->data, entry->sub, damage->err);
	return clear && is_known(damage, context);
}

/* False: there are no more. `subnode`: it is one, and not a part of a list. */
static bool read_entry(struct damage *damage, struct pst_list_entry *out, bool *subnode, const struct pst_block *block, uint32_t i)
{
	struct pst_list list;
	size_t size;
	const uint8_t *data = pst_reader_block(&damage->reader, block, &size);

	if (!data)
		return false;
	pst_list_decode(&list, damage->index->format, data, size);
	if (i >= list.n || !pst_reader_spend(&damage->reader, list.step))
		return false;
	*out = pst_list_at(&list, damage->index->format, i);
	*subnode = list.type == PST_LIST_SUB && !list.level;
	return true;
}

/* A list that does not prove itself is written anew from what it says, as it stands: what is damaged below stays so. */
static void visit_as_found(struct damage *damage, const struct pst_block *block, struct part part, uint32_t depth);

/* A list that leads back to itself is cut, where it is known in what it is; not one that is a part of itself, or data of what it lists. */
static bool can_be_cut(struct damage *damage, const struct context *context, const struct pst_block *block)
{
	struct pst_list_entry entry;
	bool subnode, back = false;

	if (!context || !block || context->sub != block->id || !pst_index_list_cyclic(damage->index, block->id))
		return false;
	for (uint32_t i = 0; !back && read_entry(damage, &entry, &subnode, block, i); i++)
		back = pst_index_list_cyclic(damage->index, entry.data);
	return !back && (!context->above || is_known(damage, context->above));
}

/* What is damaged at and below a reference. Where that is too deep, too much, or no more than a block of the wrong
 * kind, one block stands for all. */
static void visit(struct damage *damage, uint64_t id, struct part part, uint32_t depth);

static void visit_subnode(struct damage *damage, const struct pst_list_entry *entry, struct part part, uint32_t depth)
{
	const pstfix_kind kind = pst_kind_of(entry->nid);
	const struct pst_where where = part.of ? pst_below(&part.of->where, entry->nid) : (struct pst_where){0};
	const struct context context = {part.of, entry->data, entry->sub, where};
	struct part below = {NULL, part.table, HOLES};

	if (part.of && (kind == PSTFIX_MESSAGE || kind == PSTFIX_ATTACHMENT))
		below.of = &context;
	else if (can_be_made(damage, part.of, entry))
		below.table = where;
	visit(damage, entry->data, (struct part){NULL, below.table, below.of ? fate_of(damage, &context) : HOLES}, depth);
	visit(damage, entry->sub, below, depth);
}

static void visit(struct damage *damage, uint64_t id, struct part part, uint32_t depth)
{
	const struct pst_block *block = id ? pst_index_block(damage->index, id) : NULL;
	const struct pst_inner *inner = block && id & 2 ? pst_index_inner(damage->index, block) : NULL;
	const uint64_t told = damage->told;
	struct pst_list_entry entry;
	bool subnode;

	if (is_whole(damage->index, id))
		return;
	if (!inner || !inner->culprit || inner->culprit == block->id || block->sure != PST_PROVEN) {
		if (can_be_cut(damage, part.of, block))
			tell_list(damage, id);
		else
			tell(damage, id & ~UINT64_C(1), part);
		if (inner && damage->known && !part.table.sub && block->sure != PST_PROVEN)
			visit_as_found(damage, block, part, depth);
		return;
	}
	for (uint32_t i = 0; depth < DEPTH_MAX && read_entry(damage, &entry, &subnode, block, i); i++)
		if (subnode)
			visit_subnode(damage, &entry, part, depth + 1);
		else
			visit(damage, entry.data, part, depth + 1);
	if (damage->told == told)
		tell(damage, inner->culprit, part);
}

static void visit_as_found(struct damage *damage, const struct pst_block *block, struct part part, uint32_t depth)
{
	struct pst_list_entry entry;
	bool subnode, more = depth < DEPTH_MAX;

	for (uint32_t i = 0; more; i++) {
		damage->reader.proven_only = false;
		more = read_entry(damage, &entry, &subnode, block, i);
		damage->reader.proven_only = true;
		if (!more || !pst_index_block(damage->index, entry.data))
			continue;
		if (entry.sub && !pst_index_block(damage->index, entry.sub))
			entry.sub = 0;
		if (subnode)
			visit_subnode(damage, &entry, part, depth + 1);
		else
			visit(damage, entry.data, part, depth + 1);
	}
}

/* Blocks are what they should be, but of another kind. */
static uint64_t of_wrong_kind(const struct pst_index *index, const struct pst_node *node)
{
	const struct pst_block *block = node->sub ? pst_index_block(index, node->sub) : NULL;
	const struct pst_inner *inner = block ? pst_index_inner(index, block) : NULL;

	return node->sub && (!inner || inner->type != PST_LIST_SUB) ? node->sub : node->data;
}

/* What does without a list of subnodes that cannot be read. */
static bool can_do_without(const struct damage *damage, const struct pst_node *node)
{
	const pstfix_kind kind = pst_kind_of(node->nid);

	return (kind == PSTFIX_FOLDER || kind == PSTFIX_SEARCH || node->nid == PST_NID_STORE || node->nid == PST_NID_NAMES) &&
	       (pst_index_list_lost(damage->index, node->sub) || pst_index_list_cyclic(damage->index, node->sub));
}

static void visit_node(struct damage *damage, const struct pst_node *node)
{
	const struct context message = {NULL, node->data, node->sub, {.nid = node->nid}};
	enum fate fate;

	damage->nid = node->nid;
	damage->told = 0;
	fate = pst_is_message(node->nid) ? fate_of(damage, &message) : HOLES;
	damage->known = pst_is_message(node->nid) && (fate == LOST || knowledge_of(damage, &message)) &&
	                !pst_index_list_cyclic(damage->index, node->sub);
	visit(damage, node->data, (struct part){.fate = fate}, 0);
	if (can_do_without(damage, node))
		tell_list(damage, node->sub);
	else
		visit(damage, node->sub, (struct part){.of = pst_is_message(node->nid) ? &message : NULL}, 0);
	if (!damage->told)
		tell(damage, of_wrong_kind(damage->index, node), (struct part){0});
}

pstfix_status pst_check_damage(struct pstfix_report *report, pstfix_error *err)
{
	struct damage damage = {.report = report, .index = &report->survey.index, .err = err};
	size_t first = 0;
	pstfix_status status;

	while (first < damage.index->nodes.n && damage.index->nodes.at[first].whole)
		first++;
	if (first == damage.index->nodes.n)
		return PSTFIX_OK;
	status = pst_reader_init(&damage.reader, damage.index, err);
	damage.reader.work_max = WORK_MAX;
	damage.reader.proven_only = true;
	for (size_t i = first; !status && i < damage.index->nodes.n; i++) {
		if (!damage.index->nodes.at[i].whole)
			visit_node(&damage, &damage.index->nodes.at[i]);
		status = damage.status;
	}
	report->work += damage.reader.work;
	pst_reader_deinit(&damage.reader);
	return status;
}
