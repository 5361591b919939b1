/* Changing the node database: see edit.h. */
#include "write/edit.h"

#include <stdlib.h>

enum { ID_STEP = 4, VALUE = 0x1F, NUMBER_MAX = (1 << 27) - 1 };

static struct pst_edit *edit_of(struct pst_sink *sink)
{
	return (struct pst_edit *)(void *)((char *)sink - offsetof(struct pst_edit, sink));
}

static pstfix_status put(struct pst_sink *sink, uint64_t *bid, const void *data, size_t size, bool internal,
                         pstfix_error *err)
{
	struct pst_edit *edit = edit_of(sink);
	const struct pst_format *f = sink->format;
	const uint32_t extent = pst_block_extent(f, (uint32_t)size);
	const bool damaged = sink->damaged && !internal;
	struct pst_block block = {
		.id = edit->header.next_block | (internal ? PST_INTERNAL : 0),
		.at = pst_room_take(&edit->room, extent, f->unit), .size = (uint16_t)size, .inflated = (uint16_t)size,
		.sure = damaged ? PST_TRAILER : PST_PROVEN, .flags = PST_BLOCK_MARKED,
	};

	if (block.id >= pst_id_limit(f) - ID_STEP)
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "there are no block ids left");
	edit->header.next_block += ID_STEP;
	memset(edit->bytes, 0, extent);
	memcpy(edit->bytes, data, size);
	if (!internal)
		pst_encode(edit->index.encoding, edit->bytes, size, block.id);
	pst_block_tail_encode(&(struct pst_block_tail){.id = block.id, .crc = pst_crc(edit->bytes, size) ^ damaged,
	                                               .size = block.size, .inflated = block.inflated, .extra = PST_BLOCK_EXTRA,
	                                               .signature = pst_signature(block.at, block.id)},
	                      f, edit->bytes + extent - f->block_tail);
	pst_add(&edit->index.blocks, block);
	if (edit->index.blocks.failed)
		return pst_fail_memory(err);
	*bid = block.id;
	return edit->index.io->write(edit->index.io, edit->bytes, extent, block.at, err);
}

/* Blocks and nodes are its own, all else is borrowed. */
static bool copy_index(struct pst_index *out, const struct pst_index *index)
{
	*out = *index;
	memset(&out->blocks, 0, sizeof out->blocks);
	memset(&out->nodes, 0, sizeof out->nodes);
	memset(&out->inner, 0, sizeof out->inner);
	memset(&out->missing, 0, sizeof out->missing);
	out->teller = (struct pst_teller){0};
	out->blocks.at = malloc((index->blocks.n + 1) * sizeof *out->blocks.at);
	out->nodes.at = malloc((index->nodes.n + 1) * sizeof *out->nodes.at);
	if (!out->blocks.at || !out->nodes.at)
		return false;
	if (index->blocks.n)
		memcpy(out->blocks.at, index->blocks.at, index->blocks.n * sizeof *out->blocks.at);
	if (index->nodes.n)
		memcpy(out->nodes.at, index->nodes.at, index->nodes.n * sizeof *out->nodes.at);
	out->blocks.n = index->blocks.n;
	out->nodes.n = index->nodes.n;
	out->blocks.room = index->blocks.n + 1;
	out->nodes.room = index->nodes.n + 1;
	return true;
}

pstfix_status pst_edit_init(struct pst_edit *out, const struct pst_index *index, struct pst_io *io,
                            const struct pst_header *header, pstfix_error *err)
{
	*out = (struct pst_edit){.sink = {.format = index->format, .last_value = header->rgnid[VALUE], .put = put},
	                         .header = *header, .bytes = malloc(PST_BLOCK_MAX)};
	if (!copy_index(&out->index, index) || !out->bytes) {
		pst_edit_deinit(out);
		return pst_fail_memory(err);
	}
	out->index.io = io;
	return pst_room_init(&out->room, &out->index, header->end, err);
}

void pst_edit_deinit(struct pst_edit *edit)
{
	pst_room_deinit(&edit->room);
	pst_array_deinit(&edit->added);
	pst_array_deinit(&edit->index.blocks);
	pst_array_deinit(&edit->index.nodes);
	pst_array_deinit(&edit->index.inner);
	pst_array_deinit(&edit->index.missing);
	free(edit->bytes);
	edit->bytes = NULL;
}

/* Where in the nodes that were added one is, or would be. */
static size_t added_at(const struct pst_edit *edit, uint32_t nid)
{
	size_t i;

	PST_SEARCH(i, edit->added.n, edit->added.at[middle].nid < nid);
	return i;
}

const struct pst_node *pst_edit_find(const struct pst_edit *edit, uint32_t nid)
{
	const struct pst_node *node = pst_index_node(&edit->index, nid);
	const size_t i = node ? 0 : added_at(edit, nid);

	return node ? node : i < edit->added.n && edit->added.at[i].nid == nid ? &edit->added.at[i] : NULL;
}

pstfix_status pst_edit_node(struct pst_edit *edit, uint32_t nid, uint32_t parent, uint64_t data, uint64_t sub,
                            pstfix_error *err)
{
	const struct pst_node node = {.nid = nid, .parent = parent, .data = data, .sub = sub, .sure = PST_PROVEN,
	                              .whole = true};
	struct pst_node *there = (struct pst_node *)pst_edit_find(edit, nid);
	const size_t i = there ? 0 : added_at(edit, nid);

	if (there) {
		*there = node;
		return PSTFIX_OK;
	}
	pst_add(&edit->added, node);
	if (edit->added.failed)
		return pst_fail_memory(err);
	memmove(&edit->added.at[i + 1], &edit->added.at[i], (edit->added.n - 1 - i) * sizeof node);
	edit->added.at[i] = node;
	edit->header.rgnid[nid & 31] = PST_MAX(edit->header.rgnid[nid & 31], nid >> 5);
	return PSTFIX_OK;
}

void pst_edit_remove(struct pst_edit *edit, const uint32_t *nids, size_t n)
{
	struct pst_index *index = &edit->index;
	size_t left = 0, k = 0;

	for (size_t i = 0; i < index->nodes.n; i++) {
		while (k < n && nids[k] < index->nodes.at[i].nid)
			k++;
		if (k == n || nids[k] != index->nodes.at[i].nid)
			index->nodes.at[left++] = index->nodes.at[i];
	}
	index->nodes.n = left;
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

pstfix_status pst_edit_settle(struct pst_edit *edit, pstfix_error *err)
{
	struct pst_index *index = &edit->index;

	for (size_t i = 0; i < edit->added.n; i++)
		pst_add(&index->nodes, edit->added.at[i]);
	if (index->nodes.failed)
		return pst_fail_memory(err);
	if (edit->added.n)
		pst_sort(index->nodes.at, index->nodes.n, sizeof *index->nodes.at, by_nid);
	edit->added.n = 0;
	return PSTFIX_OK;
}

/* Whether a node of any type has this number: those of a folder have the same. */
static bool is_given(const struct pst_edit *edit, uint32_t number)
{
	const struct pst_index *index = &edit->index;
	const size_t k = added_at(edit, number << 5);
	size_t i;

	PST_SEARCH(i, index->nodes.n, index->nodes.at[middle].nid >> 5 < number);
	return (i < index->nodes.n && index->nodes.at[i].nid >> 5 == number) ||
	       (k < edit->added.n && edit->added.at[k].nid >> 5 == number);
}

uint32_t pst_edit_new_nid(struct pst_edit *edit, uint32_t type)
{
	const uint32_t first = pst_rgnid_first(type);
	uint32_t number = PST_MAX(edit->header.rgnid[type], first);

	do
		number = number < NUMBER_MAX ? number + 1 : first + 1;
	while (is_given(edit, number));
	edit->header.rgnid[type] = PST_MAX(edit->header.rgnid[type], number);
	return number << 5 | type;
}

uint32_t pst_edit_new_version(struct pst_edit *edit)
{
	const uint32_t version = edit->header.unique;

	edit->header.unique += version < UINT32_MAX;
	return version;
}

pstfix_status pst_edit_finish(struct pst_edit *edit, pstfix_error *err)
{
	edit->header.rgnid[VALUE] = PST_MAX(edit->header.rgnid[VALUE], edit->sink.last_value);
	edit->header.end = edit->room.taken.end;
	return pst_index_recount(&edit->index, err);
}
