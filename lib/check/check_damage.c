/* Which nodes a damaged block hits, and which damaged blocks hit a node: each pair.
 *
 * Lists of blocks are gone down only where something below is damaged, which deriving the index has found out. */
#include "check/report.h"
#include "ndb/stream.h"

enum { WORK_MAX = 64 << 20, DEPTH_MAX = 64 };

struct damage {
	const struct pstfix_report *report;
	const struct pst_index *index;
	struct pst_reader reader;
	uint32_t nid;
	uint64_t told;  /* for this node */
	uint64_t last;
};

static void tell(struct damage *damage, uint64_t id)
{
	if (damage->told++ && damage->last == id)
		return;
	damage->last = id;
	PST_TELL(damage->report->teller, NODE_DAMAGED, .nid = damage->nid, .id = id);
}

static bool read_entry(struct damage *damage, struct pst_list_entry *out, const struct pst_block *block, uint32_t i)
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
	return true;
}

/* What is damaged at and below a reference. Where that is too deep, too much, or no more than a block of the wrong
 * kind, one block stands for all. */
static void visit(struct damage *damage, uint64_t id, uint32_t depth)
{
	const struct pst_block *block = id ? pst_index_block(damage->index, id) : NULL;
	const struct pst_inner *inner = block && id & 2 ? pst_index_inner(damage->index, block) : NULL;
	const uint64_t told = damage->told;
	struct pst_list_entry entry;

	if (id && (!block || block->sure != PST_PROVEN || block->flags & PST_BLOCK_BAD_STREAM)) {
		tell(damage, id & ~UINT64_C(1));
	} else if (inner && inner->culprit == block->id) {
		tell(damage, block->id);
	} else if (inner && inner->culprit) {
		for (uint32_t i = 0; depth < DEPTH_MAX && read_entry(damage, &entry, block, i); i++) {
			visit(damage, entry.data, depth + 1);
			visit(damage, entry.sub, depth + 1);
		}
		if (damage->told == told)
			tell(damage, inner->culprit);
	}
}

/* Blocks are what they should be, but of another kind. */
static uint64_t of_wrong_kind(const struct pst_index *index, const struct pst_node *node)
{
	const struct pst_block *block = node->sub ? pst_index_block(index, node->sub) : NULL;
	const struct pst_inner *inner = block ? pst_index_inner(index, block) : NULL;

	return node->sub && (!inner || inner->type != PST_LIST_SUB) ? node->sub : node->data;
}

pstfix_status pst_check_damage(struct pstfix_report *report, pstfix_error *err)
{
	struct damage damage = {.report = report, .index = &report->survey.index};
	size_t first = 0;
	pstfix_status status;

	while (first < damage.index->nodes.n && damage.index->nodes.at[first].whole)
		first++;
	if (first == damage.index->nodes.n)
		return PSTFIX_OK;
	status = pst_reader_init(&damage.reader, damage.index, err);
	damage.reader.work_max = WORK_MAX;
	for (size_t i = first; !status && i < damage.index->nodes.n; i++) {
		const struct pst_node *node = &damage.index->nodes.at[i];

		if (node->whole)
			continue;
		damage.nid = node->nid;
		damage.told = 0;
		visit(&damage, node->data, 0);
		visit(&damage, node->sub, 0);
		if (!damage.told)
			tell(&damage, of_wrong_kind(damage.index, node));
	}
	report->work += damage.reader.work;
	pst_reader_deinit(&damage.reader);
	return status;
}
