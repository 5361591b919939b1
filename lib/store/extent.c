/* Where an item and its values are in the file: see <pstfix/store.h>.
 *
 * A value is where its type and size put it: in the record of its property or the cell of its row, in a heap item,
 * or in the blocks of a subnode. Nothing is looked up that reading the value would not look up, too. */
#include "store/item.h"

#include <stdlib.h>

/* ---- one value --------------------------------------------------------------------------- */

/* `size` bytes of a part of a stream, from its byte `at` on. */
static void add_piece(struct pstfix_item *item, const struct pst_stream *stream, size_t part, uint32_t at,
                      uint64_t size, uint32_t nid, uint32_t hid)
{
	const struct pst_block *block = stream->parts.at[part].block;
	const pstfix_extent *last = item->extents.n ? &item->extents.at[item->extents.n - 1] : NULL;
	pstfix_extent extent = {.at = last ? last->at + last->size : 0, .size = size, .offset = PSTFIX_NOWHERE,
	                        .block_at = at, .nid = nid, .hid = hid};

	if (block) {
		extent.block = block->id;
		extent.packed = block->size != block->inflated;
		extent.offset = pst_io_place(item->store->index->io, block->at + (extent.packed ? 0 : at));
		extent.stored = extent.packed ? block->size : size;
	}
	pst_add(&item->extents, extent);
}

/* `size` bytes of a heap item, from its byte `at` on. */
static void add_heap_piece(struct pstfix_item *item, const struct pst_heap *heap, uint32_t hid, uint64_t at,
                           uint64_t size, uint32_t nid)
{
	struct pst_item found;

	if (size && !pst_heap_item(&found, heap, hid) && at <= found.size && size <= found.size - at)
		add_piece(item, &heap->stream, found.block, found.at + (uint32_t)at, size, nid, hid);
}

static void trace_record(struct pstfix_item *item, size_t index, uint64_t size)
{
	const struct pst_property *property = &item->pc.properties.at[index];
	const uint32_t record = (uint32_t)item->pc.bth.key + item->pc.bth.data;

	/* behind id and type */
	add_heap_piece(item, &item->pc.heap, property->hid, (uint64_t)property->number * record + 4, size,
	               pst_item_own(item));
}

static void trace_cell(struct pstfix_item *item, size_t index, uint64_t size)
{
	const struct pst_tc *table = &item->recipients->table;
	const struct pst_column *column = &table->columns.at[item->cells.at[index]];
	const uint64_t row = item->row, width = table->ends[3];

	if (pst_is_hid(table->rows_hnid))
		add_heap_piece(item, &table->heap, table->rows_hnid, row * width + column->at, size,
		               pst_item_own(item));
	else
		add_piece(item, &table->stream, (size_t)(row / table->per_block),
		          (uint32_t)(row % table->per_block * width) + column->at, size, table->rows_hnid, 0);
}

/* The node or subnode that a heap is the data of. */
static uint32_t owner_of(const struct pstfix_item *item, const struct pst_heap *heap)
{
	for (size_t i = 0; i < PST_SIDE_HEAPS && item->recipients; i++)
		if (heap == &item->recipients->table.sides[i])
			return pst_tc_side(i);
	return pst_item_own(item);
}

static pstfix_status trace_value(struct pstfix_item *item, size_t index, pstfix_error *err)
{
	struct pst_value *value;
	pstfix_status status = pst_item_value(&value, item, index, err);

	if (status || value->found || !value->size)
		return status;
	if (value->heap)
		add_heap_piece(item, value->heap, value->hnid, 0, value->size, owner_of(item, value->heap));
	else if (value->stream.reader)
		for (size_t i = 0; i < value->stream.parts.n; i++)
			add_piece(item, &value->stream, i, 0, value->stream.parts.at[i].size, value->hnid, 0);
	else if (item->kind == PSTFIX_RECIPIENT)
		trace_cell(item, index, value->size);
	else
		trace_record(item, index, value->size);
	return PSTFIX_OK;
}

/* ---- all blocks -------------------------------------------------------------------------- */

struct reference {
	const struct pst_block *block;
	uint32_t nid;
};

/* Blocks yet to be looked into, and all that were met: so that each is looked into once, whatever names it how
 * often. They are told apart by their numbers in the index, of which a file cannot choose many that go to one place of
 * the table. */
struct blocks {
	struct pstfix_item *item;
	const struct pst_index *index;
	PST_ARRAY(struct reference) todo;
	size_t *met; /* a hash table, half empty, of numbers from 1; 0: nothing is there */
	size_t n, room;
	bool failed;
};

/* Where a number is, or could be. */
static size_t *place_of(const struct blocks *blocks, size_t number)
{
	size_t place = (size_t)(number * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (blocks->room - 1);

	while (blocks->met[place] && blocks->met[place] != number)
		place = (place + 1) & (blocks->room - 1);
	return &blocks->met[place];
}

static void make_room(struct blocks *blocks)
{
	struct blocks old = *blocks;

	blocks->room = old.room ? 2 * old.room : 64;
	blocks->met = calloc(blocks->room, sizeof *blocks->met);
	blocks->failed = !blocks->met;
	for (size_t i = 0; i < old.room && !blocks->failed; i++)
		if (old.met[i])
			*place_of(blocks, old.met[i]) = old.met[i];
	free(old.met);
}

static void meet_block(struct blocks *blocks, const struct pst_block *block, uint32_t nid)
{
	const size_t number = (size_t)(block - blocks->index->blocks.at) + 1;
	size_t *place;

	if (2 * blocks->n >= blocks->room && !blocks->failed)
		make_room(blocks);
	if (blocks->failed)
		return;
	place = place_of(blocks, number);
	if (*place)
		return;
	*place = number;
	blocks->n++;
	pst_add(&blocks->todo, ((struct reference){block, nid}));
}

static void meet(struct blocks *blocks, uint64_t id, uint32_t nid)
{
	const struct pst_block *block = id ? pst_index_block(blocks->index, id) : NULL;

	if (block)
		meet_block(blocks, block, nid);
	else if (id)
		pst_add(&blocks->item->extents, ((pstfix_extent){.block = id & ~UINT64_C(1), .nid = nid,
		                                                 .offset = PSTFIX_NOWHERE}));
}

/* What a block lists: data blocks of the same node; subnodes; or lists of these. */
static void meet_listed(struct blocks *blocks, const struct pst_block *block, uint32_t nid)
{
	struct pst_reader *reader = &blocks->item->store->reader;
	size_t size;
	const uint8_t *data = pst_reader_block(reader, block, &size);
	struct pst_list list;

	if (!data)
		return;
	pst_list_decode(&list, reader->index->format, data, size);
	for (uint32_t i = 0; i < list.n; i++) {
		struct pst_list_entry entry = pst_list_at(&list, reader->index->format, i);
		bool subnode = list.type == PST_LIST_SUB && !list.level;

		meet(blocks, entry.data, subnode ? entry.nid : nid);
		meet(blocks, subnode ? entry.sub : 0, entry.nid);
	}
}

static void trace_block(struct blocks *blocks, struct reference reference)
{
	const struct pst_block *block = reference.block;

	pst_add(&blocks->item->extents, ((pstfix_extent){.size = block->inflated, .offset = pst_io_place(blocks->index->io, block->at),
	                                                 .stored = block->size, .block = block->id, .nid = reference.nid,
	                                                 .packed = block->size != block->inflated}));
	if (block->id & PST_INTERNAL)
		meet_listed(blocks, block, reference.nid);
}

static int by_place(const void *a, const void *b)
{
	const pstfix_extent *x = a, *y = b;

	return x->offset != y->offset ? PST_ORDER(x->offset, y->offset) : PST_ORDER(x->block, y->block);
}

/* What is missing may have been met often. */
static void leave_out_doubles(struct pstfix_item *item)
{
	size_t n = 0;

	pst_sort(item->extents.at, item->extents.n, sizeof *item->extents.at, by_place);
	for (size_t i = 0; i < item->extents.n; i++)
		if (!n || by_place(&item->extents.at[n - 1], &item->extents.at[i]))
			item->extents.at[n++] = item->extents.at[i];
	item->extents.n = n;
}

static pstfix_status trace_blocks(struct pstfix_item *item, pstfix_error *err)
{
	struct blocks blocks = {.item = item, .index = item->store->index};

	meet(&blocks, item->data, pst_item_own(item));
	meet(&blocks, item->sub, pst_item_own(item));
	while (blocks.todo.n && !blocks.todo.failed && !blocks.failed && !item->extents.failed)
		trace_block(&blocks, blocks.todo.at[--blocks.todo.n]);
	leave_out_doubles(item);
	blocks.failed = blocks.failed || blocks.todo.failed;
	pst_array_deinit(&blocks.todo);
	free(blocks.met);
	return blocks.failed ? pst_fail_memory(err) : PSTFIX_OK;
}

/* ---- either ------------------------------------------------------------------------------ */

enum { NOTHING = -1, BLOCKS = -2 }; /* what is no value's number */

/* Makes the extents of a value, or of all blocks, those in hand. */
static pstfix_status trace(struct pstfix_item *item, size_t what, pstfix_error *err)
{
	pstfix_status status;

	if (item->traced == what)
		return PSTFIX_OK;
	item->traced = (size_t)NOTHING;
	pst_array_deinit(&item->extents);
	status = what == (size_t)BLOCKS ? trace_blocks(item, err) : trace_value(item, what, err);
	if (!status && item->extents.failed)
		status = pst_fail_memory(err);
	status = pst_reader_status(&item->store->reader, status, err);
	if (status)
		pst_array_deinit(&item->extents);
	else
		item->traced = what;
	return status;
}

static pstfix_status count(size_t *out, struct pstfix_item *item, size_t what, pstfix_error *err)
{
	pstfix_status status = trace(item, what, err);

	*out = status ? 0 : item->extents.n;
	return status;
}

/* Where the count failed, one that is nowhere. */
static pstfix_extent at(struct pstfix_item *item, size_t what, size_t number)
{
	return trace(item, what, NULL) ? (pstfix_extent){.offset = PSTFIX_NOWHERE} : item->extents.at[number];
}

pstfix_status pstfix_item_extent_count(size_t *out, pstfix_item *item, size_t index, pstfix_error *err)
{
	return count(out, item, index, err);
}

pstfix_extent pstfix_item_extent_at(pstfix_item *item, size_t index, size_t number)
{
	return at(item, index, number);
}

pstfix_status pstfix_item_block_count(size_t *out, pstfix_item *item, pstfix_error *err)
{
	return count(out, item, (size_t)BLOCKS, err);
}

pstfix_extent pstfix_item_block_at(pstfix_item *item, size_t number)
{
	return at(item, (size_t)BLOCKS, number);
}
