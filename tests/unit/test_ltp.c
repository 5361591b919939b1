/* Heaps, trees, property and table contexts, values: by hand, from vectors, and damaged in every way. */
#include "ltp/pc.h"
#include "ltp/tc.h"
#include "unit.h"

#include <stdio.h>

/* ---- blocks in memory, and an index that names them ------------------------------------- */

struct store {
	struct memory *memory;
	struct pst_index index;
	struct pst_reader reader;
	uint64_t at, id;
};

static void store_open(struct store *store, const struct pst_format *f)
{
	*store = (struct store){.memory = memory_new(), .at = f->first_map + pst_map_bytes(f, 0), .id = 4};
	store->index.format = f;
	store->index.io = &store->memory->io;
	ck_assert_int_eq(pst_reader_init(&store->reader, &store->index, NULL), PSTFIX_OK);
}

static void store_close(struct store *store)
{
	pst_reader_deinit(&store->reader);
	pst_array_deinit(&store->index.blocks);
	pst_io_close(&store->memory->io);
}

static uint64_t put_any(struct store *store, const void *data, size_t size, uint64_t internal)
{
	const struct pst_format *f = store->index.format;
	struct pst_io *io = store->index.io;
	uint64_t id = store->id | internal;

	while (pst_on_maps(f, store->at, pst_block_extent(f, (uint32_t)size)))
		store->at += f->unit;
	ck_assert_int_eq(io->resize(io, PST_MAX(io->size, store->at + pst_block_extent(f, (uint32_t)size)), NULL), 0);
	ck_assert_int_eq(io->write(io, data, size, store->at, NULL), PSTFIX_OK);
	pst_add(&store->index.blocks, ((struct pst_block){.id = id, .at = store->at, .size = (uint16_t)size,
	                                                  .inflated = (uint16_t)size, .sure = PST_PROVEN}));
	store->at += pst_block_extent(f, (uint32_t)size);
	store->id += 4;
	return id;
}

static uint64_t put_block(struct store *store, const void *data, size_t size)
{
	return put_any(store, data, size, 0);
}

static uint64_t put_list(struct store *store, const uint64_t *ids, size_t n, uint8_t level)
{
	const uint8_t word = store->index.format->word;
	uint8_t list[PST_BLOCK_MAX] = {1, level};

	pst_put(list + 2, n, 2);
	for (size_t i = 0; i < n; i++)
		pst_put(list + 8 + i * word, ids[i], word);
	return put_any(store, list, 8 + n * word, PST_INTERNAL);
}

static uint64_t put_subnodes(struct store *store, const struct pst_list_entry *entries, size_t n)
{
	const struct pst_format *f = store->index.format;
	uint8_t list[4096] = {2, 0};

	pst_put(list + 2, n, 2);
	for (size_t i = 0; i < n; i++) {
		uint8_t *p = list + f->list_head + 3 * i * f->word;

		pst_put(p, entries[i].nid, f->word);
		pst_put(p + f->word, entries[i].data, f->word);
		pst_put(p + 2 * f->word, entries[i].sub, f->word);
	}
	return put_any(store, list, f->list_head + 3 * n * f->word, PST_INTERNAL);
}

/* ---- heaps by hand -------------------------------------------------------------------------- */

struct maker {
	const struct pst_format *f;
	uint8_t data[PST_BLOCK_MAX];
	uint32_t size, n, block;
	uint16_t bounds[2048];
};

static void heap_begin(struct maker *maker, const struct pst_format *f, uint32_t block, uint8_t client)
{
	memset(maker, 0, sizeof *maker);
	maker->f = f;
	maker->block = block;
	maker->size = !block ? 12 : block % 128 == 8 ? 66 : 2;
	maker->bounds[0] = (uint16_t)maker->size;
	if (!block) {
		maker->data[2] = 0xEC;
		maker->data[3] = client;
	}
}

static uint32_t heap_add(struct maker *maker, const void *data, size_t size)
{
	if (size)
		memcpy(maker->data + maker->size, data, size);
	maker->size += (uint32_t)size;
	maker->bounds[++maker->n] = (uint16_t)maker->size;
	return pst_hid(maker->f, maker->block, maker->n);
}

/* Writes the map, after which `data` and `size` are those of the block. */
static void heap_end(struct maker *maker, uint32_t root)
{
	uint32_t map = (maker->size + 1) & ~1u, empty = 0;

	for (uint32_t i = 0; i < maker->n; i++)
		empty += maker->bounds[i] == maker->bounds[i + 1];
	pst_put(maker->data, map, 2);
	if (!maker->block) {
		pst_put(maker->data + 4, root, 4);
		maker->data[8] |= pst_heap_fill_right(maker->f, map + 6 + 2 * maker->n);
	}
	pst_put(maker->data + map, maker->n, 2);
	pst_put(maker->data + map + 2, empty, 2);
	for (uint32_t i = 0; i <= maker->n; i++)
		pst_put(maker->data + map + 4 + 2 * i, maker->bounds[i], 2);
	maker->size = map + 6 + 2 * maker->n;
}

static uint64_t heap_put(struct maker *maker, struct store *store, uint32_t root)
{
	heap_end(maker, root);
	return put_block(store, maker->data, maker->size);
}

/* The header of a tree. */
static uint32_t heap_add_bth(struct maker *maker, uint8_t key, uint8_t data, uint8_t levels, uint32_t root)
{
	uint8_t header[8] = {0xB5, key, data, levels};

	pst_put(header + 4, root, 4);
	return heap_add(maker, header, sizeof header);
}

static void set_root(struct maker *maker, uint32_t bth, uint32_t root)
{
	pst_put(maker->data + maker->bounds[pst_hid_item(maker->f, bth) - 1] + 4, root, 4);
}

/* ---- readers and streams ---------------------------------------------------------------------- */

START_TEST(reader_keeps_the_last_blocks)
{
	struct store store;
	uint64_t ids[20];
	size_t size;
	uint64_t work;

	store_open(&store, &pst_formats[_i]);
	for (uint8_t i = 0; i < 20; i++)
		ids[i] = put_block(&store, &i, 1);
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < 20; i++)
			ck_assert_uint_eq(*pst_reader_block(&store.reader, pst_index_block(&store.index, ids[i]), &size), i);
	work = store.reader.work;
	for (size_t i = 20 - PST_READER_BLOCKS; i < 20; i++)
		ck_assert_uint_eq(*pst_reader_block(&store.reader, pst_index_block(&store.index, ids[i]), &size), i);
	ck_assert_uint_eq(store.reader.work, work);
	store.reader.work_max = work;
	ck_assert_ptr_null(pst_reader_block(&store.reader, pst_index_block(&store.index, ids[0]), &size));
	ck_assert(store.reader.spent);
	store_close(&store);
}
END_TEST

/* Lists of more lists than a reader keeps blocks. */
START_TEST(streams_of_lists_of_lists)
{
	struct store store;
	struct pst_stream stream;
	uint64_t lists[12], parts[12];
	uint8_t bytes[200];

	store_open(&store, &pst_formats[_i]);
	for (uint8_t i = 0; i < 12; i++) {
		for (size_t k = 0; k < 12; k++) {
			uint8_t byte = (uint8_t)(12 * i + k);

			parts[k] = put_block(&store, &byte, 1);
		}
		lists[i] = put_list(&store, parts, 12, 1);
	}
	ck_assert_int_eq(pst_stream_open(&stream, &store.reader, put_list(&store, lists, 12, 2), NULL), PSTFIX_OK);
	ck_assert(stream.whole);
	ck_assert_uint_eq(stream.size, 144);
	ck_assert_uint_eq(pst_stream_read(&stream, bytes, sizeof bytes, 0), 144);
	for (size_t i = 0; i < 144; i++)
		ck_assert_uint_eq(bytes[i], i);
	pst_stream_deinit(&stream);
	lists[5] = 0x7777 | PST_INTERNAL;
	ck_assert_int_eq(pst_stream_open(&stream, &store.reader, put_list(&store, lists, 12, 2), NULL), PSTFIX_OK);
	ck_assert(!stream.whole);
	ck_assert(stream.cut);
	pst_stream_deinit(&stream);
	store_close(&store);
}
END_TEST

/* Behind what is missing, all is where it was: lists before the last are full, the last has what is left. */
START_TEST(streams_with_holes)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t full = pst_block_data(f), capacity = (full - 8) / f->word;
	struct store store;
	struct pst_stream stream;
	uint8_t *block = calloc(1, full), bytes[4];
	uint64_t *ids = calloc(capacity, sizeof *ids), lists[2], id;
	struct pst_part *last;

	ck_assert(block && ids);
	store_open(&store, f);
	ids[0] = put_block(&store, block, full);
	ids[1] = 0x7774;
	ids[2] = put_block(&store, "here", 4);
	ids[3] = 0x7778;
	id = put_list(&store, ids, 4, 1);
	pst_put(store.memory->bytes + pst_index_block(&store.index, id)->at + 4, 2 * full + 4 + 77, 4);
	ck_assert_int_eq(pst_stream_open(&stream, &store.reader, id, NULL), PSTFIX_OK);
	ck_assert(!stream.whole && !stream.cut);
	ck_assert_uint_eq(stream.size, 2 * full + 4 + 77);
	ck_assert_uint_eq(pst_stream_read(&stream, bytes, 4, 2 * full), 4);
	ck_assert_mem_eq(bytes, "here", 4);
	ck_assert_uint_eq(pst_stream_place(&stream, 1, 0), PSTFIX_NOWHERE);
	pst_stream_deinit(&stream);
	store.index.io->resize(store.index.io, 8 << 20, NULL); /* room for as many blocks */
	lists[0] = 0x777E;
	lists[1] = id;
	ck_assert_int_eq(pst_stream_open(&stream, &store.reader, put_list(&store, lists, 2, 2), NULL), PSTFIX_OK);
	ck_assert(!stream.whole && stream.cut);
	ck_assert_uint_eq(stream.parts.n, capacity + 4);
	last = &stream.parts.at[capacity + 2];
	ck_assert_uint_eq(last->offset, (uint64_t)(capacity + 2) * full);
	ck_assert_uint_eq(pst_stream_read(&stream, bytes, 4, last->offset), 4);
	ck_assert_mem_eq(bytes, "here", 4);
	pst_stream_deinit(&stream);
	free(block);
	free(ids);
	store_close(&store);
}
END_TEST

START_TEST(subnodes_are_found_in_any_order)
{
	static const struct pst_list_entry entries[] = {{0x25, 4, 0}, {0x805, 8, 12}, {0x45, 16, 0}, {0x25, 20, 0}};
	struct store store;
	struct pst_subnodes subnodes;

	store_open(&store, &pst_formats[_i]);
	ck_assert_int_eq(pst_subnodes_open(&subnodes, &store.reader, put_subnodes(&store, entries, 4), NULL), 0);
	ck_assert(subnodes.whole);
	ck_assert(!subnodes.ordered);
	ck_assert_uint_eq(pst_subnodes_find(&subnodes, 0x805)->sub, 12);
	ck_assert_uint_eq(pst_subnodes_find(&subnodes, 0x45)->data, 16);
	ck_assert_uint_eq(pst_subnodes_find(&subnodes, 0x25)->data, 4);
	ck_assert_ptr_null(pst_subnodes_find(&subnodes, 0x65));
	pst_subnodes_deinit(&subnodes);
	ck_assert_int_eq(pst_subnodes_open(&subnodes, &store.reader, put_subnodes(&store, entries, 2), NULL), 0);
	ck_assert(subnodes.ordered);
	pst_subnodes_deinit(&subnodes);
	store_close(&store);
}
END_TEST

/* ---- heaps ------------------------------------------------------------------------------------ */

START_TEST(fill_levels)
{
	const struct pst_format *f = &pst_formats[_i];
	static const uint16_t room[] = {3584, 2560, 2048, 1792, 1536, 1280, 1024, 768, 512, 256, 128, 64, 32, 16, 8, 0};

	for (uint32_t end = 0; end <= pst_block_data(f); end++) {
		uint8_t level = 0;

		while (pst_block_data(f) - end < room[level])
			level++;
		if (f->page == PST_PAGE_MAX)
			level = (uint8_t)(end * 15 / pst_block_data(f));
		ck_assert_uint_eq(pst_heap_fill_right(f, end), level);
	}
	ck_assert_uint_eq(pst_heap_fill_right(f, UINT32_MAX), 15);
}
END_TEST

START_TEST(heap_items)
{
	const struct pst_format *f = &pst_formats[_i];
	struct store store;
	struct maker maker;
	struct pst_heap heap;
	struct pst_item item;
	struct pst_heap_block block;
	uint32_t first, empty, last;

	store_open(&store, f);
	heap_begin(&maker, f, 0, PST_CLIENT_PC);
	first = heap_add(&maker, "first", 5);
	empty = heap_add(&maker, NULL, 0);
	last = heap_add(&maker, "the last", 8);
	ck_assert_uint_eq(first, 0x20);
	ck_assert_uint_eq(last, 0x60);
	ck_assert_int_eq(pst_heap_open(&heap, &store.reader, heap_put(&maker, &store, 0x40), NULL), PSTFIX_OK);
	ck_assert(heap.headed);
	ck_assert_uint_eq(heap.signature, PST_HEAP_SIGNATURE);
	ck_assert_uint_eq(heap.client, PST_CLIENT_PC);
	ck_assert_uint_eq(heap.root, 0x40);
	ck_assert_int_eq(pst_heap_item(&item, &heap, last), PST_THERE);
	ck_assert_uint_eq(item.size, 8);
	ck_assert_mem_eq(item.data, "the last", 8);
	ck_assert_uint_eq(item.at, 17);
	ck_assert_uint_eq(pst_heap_place(&heap, last), store.index.blocks.at[0].at + 17);
	ck_assert_int_eq(pst_heap_item(&item, &heap, empty), PST_THERE);
	ck_assert_uint_eq(item.size, 0);
	ck_assert_int_eq(pst_heap_item(&item, &heap, 0), PST_NOT_THERE);
	ck_assert_int_eq(pst_heap_item(&item, &heap, 0x80), PST_NOT_THERE);
	ck_assert_int_eq(pst_heap_item(&item, &heap, 0x25), PST_NOT_THERE);
	ck_assert_int_eq(pst_heap_item(&item, &heap, pst_hid(f, 1, 1)), PST_NOT_THERE);
	ck_assert_uint_eq(pst_heap_place(&heap, 0x80), PSTFIX_NOWHERE);
	pst_heap_block_facts(&block, &heap, 0);
	ck_assert(block.readable && block.mapped && block.ascending && !block.lead && block.blank);
	ck_assert_uint_eq(block.items, 3);
	ck_assert_uint_eq(block.freed, 1);
	ck_assert_uint_eq(block.empty, 1);
	ck_assert_uint_eq(block.gap, 1);
	ck_assert_uint_eq(block.end, block.size);
	ck_assert_uint_eq(block.fill, block.fill_right);
	pst_heap_deinit(&heap);
	store_close(&store);
}
END_TEST

/* With HNBITMAPHDRs at the 9th and the 137th block, and two of the blocks gone. */
START_TEST(heap_of_many_blocks)
{
	enum { BLOCKS = 140, LOST = 7, SHORT = 100 };
	const struct pst_format *f = &pst_formats[_i];
	struct store store;
	struct maker maker;
	struct pst_heap heap;
	struct pst_item item;
	struct pst_heap_block block;
	uint64_t ids[BLOCKS];

	store_open(&store, f);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		heap_begin(&maker, f, i, PST_CLIENT_BTH);
		ck_assert_uint_eq(heap_add(&maker, &i, 4), pst_hid(f, i, 1));
		if (i == 8)
			maker.data[2 + 100 / 2] = 3;
		heap_end(&maker, 0x20);
		if (i < BLOCKS - 1)
			maker.size = pst_block_data(f);
		if (i == SHORT)
			maker.size = 1;
		ids[i] = i == LOST ? 0x7774 : put_block(&store, maker.data, maker.size);
	}
	ck_assert_int_eq(pst_heap_open(&heap, &store.reader, put_list(&store, ids, BLOCKS, 1), NULL), PSTFIX_OK);
	ck_assert(!heap.stream.whole);
	ck_assert_uint_eq(heap.stream.parts.n, BLOCKS);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		enum pst_lookup found = pst_heap_item(&item, &heap, pst_hid(f, i, 1));

		pst_heap_block_facts(&block, &heap, i);
		ck_assert_int_eq(found, i == LOST ? PST_MISSING : i == SHORT ? PST_BROKEN : PST_THERE);
		ck_assert_int_eq(block.readable, i != LOST);
		ck_assert_int_eq(block.mapped, !found);
		ck_assert_int_eq(block.blank, !found);
		if (!found)
			ck_assert_mem_eq(item.data, &i, 4);
	}
	ck_assert_uint_eq(pst_heap_fill(&heap, 108), 3);
	ck_assert_uint_eq(pst_heap_fill(&heap, 109), 0);
	ck_assert_uint_eq(pst_heap_fill(&heap, 136), 0);
	ck_assert_uint_eq(pst_heap_fill(&heap, 264), UINT8_MAX);
	pst_heap_deinit(&heap);
	store_close(&store);
}
END_TEST

/* One byte or two of the map of a heap changed: where, to what, and what becomes of item 2 of 3. */
START_TEST(heap_maps_damaged)
{
	static const struct {
		int at; /* in the map; -1: ibHnpm */
		uint16_t value;
		enum pst_lookup found;
		bool mapped, ascending;
	} damages[] = {
		{-1, 0xFFFF, PST_BROKEN, false, false}, {-1, 0, PST_BROKEN, false, false},
		{-1, 11, PST_BROKEN, false, false},     {0, 0, PST_NOT_THERE, true, true},
		{0, 1, PST_NOT_THERE, true, true},      {0, 0xFFFF, PST_THERE, false, false},
		{4, 11, PST_THERE, true, false},        {6, 0xFFFF, PST_BROKEN, true, false},
		{6, 3, PST_BROKEN, true, false},        {8, 13, PST_BROKEN, true, false},
		{8, 0xFFFF, PST_BROKEN, true, false},   {10, 0xFFFF, PST_THERE, true, false},
		{2, 77, PST_THERE, true, true},
	};

	for (size_t i = 0; i < PST_COUNT(damages); i++) {
		struct store store;
		struct maker maker;
		struct pst_heap heap;
		struct pst_item item;
		struct pst_heap_block block;

		store_open(&store, &pst_formats[_i]);
		heap_begin(&maker, &pst_formats[_i], 0, PST_CLIENT_PC);
		heap_add(&maker, "12345678", 8);
		heap_add(&maker, "12345678", 8);
		heap_add(&maker, "12345678", 8);
		heap_end(&maker, 0x20);
		pst_put(maker.data + (damages[i].at < 0 ? 0 : 36 + damages[i].at), damages[i].value, 2);
		ck_assert_int_eq(pst_heap_open(&heap, &store.reader, put_block(&store, maker.data, maker.size), NULL), 0);
		ck_assert_msg(pst_heap_item(&item, &heap, 0x40) == damages[i].found, "damage %zu", i);
		pst_heap_block_facts(&block, &heap, 0);
		ck_assert_msg(block.mapped == damages[i].mapped, "damage %zu", i);
		ck_assert_msg(block.ascending == damages[i].ascending, "damage %zu", i);
		pst_heap_deinit(&heap);
		store_close(&store);
	}
}
END_TEST

START_TEST(no_heap_at_all)
{
	struct store store;
	struct pst_heap heap;
	struct pst_item item;
	struct pst_pc pc;
	struct pst_tc tc;
	const uint64_t ids[] = {0, 0x7774, 0x7776, 0};

	store_open(&store, &pst_formats[_i]);
	for (size_t i = 0; i < PST_COUNT(ids); i++) {
		uint64_t id = i < 3 ? ids[i] : put_block(&store, "too short", 9);

		ck_assert_int_eq(pst_heap_open(&heap, &store.reader, id, NULL), PSTFIX_OK);
		ck_assert(!heap.headed);
		ck_assert_int_ne(pst_heap_item(&item, &heap, 0x20), PST_THERE);
		pst_heap_deinit(&heap);
		ck_assert_int_eq(pst_pc_open(&pc, &store.reader, id, NULL, NULL), PSTFIX_OK);
		ck_assert(!pc.sound);
		ck_assert_uint_eq(pc.properties.n, 0);
		pst_pc_deinit(&pc);
		ck_assert_int_eq(pst_tc_open(&tc, &store.reader, id, NULL, NULL), PSTFIX_OK);
		ck_assert(!tc.sound);
		ck_assert_int_eq(pst_tc_row(&tc, 0), PST_NOT_THERE);
		pst_tc_deinit(&tc);
	}
	store_close(&store);
}
END_TEST

/* ---- trees ------------------------------------------------------------------------------------ */

struct tree {
	struct store store;
	struct maker maker;
	struct pst_heap heap;
	struct pst_bth bth;
	struct pst_walk walk;
};

static void tree_open(struct tree *tree, uint32_t header)
{
	ck_assert_int_eq(pst_heap_open(&tree->heap, &tree->store.reader, heap_put(&tree->maker, &tree->store, header),
	                               NULL), PSTFIX_OK);
	pst_bth_open(&tree->bth, &tree->heap, header);
}

/* Goes through all of it and returns how many records there are. */
static uint64_t tree_walk(struct tree *tree)
{
	struct pst_record record;
	uint64_t n = 0;

	for (pst_walk_begin(&tree->walk, &tree->bth); pst_walk_next(&record, &tree->walk); n++)
		;
	ck_assert_uint_eq(n, tree->walk.facts.records);
	return n;
}

static void tree_close(struct tree *tree)
{
	pst_heap_deinit(&tree->heap);
	store_close(&tree->store);
}

/* 5 x 5 x 5 records with keys 10, 20 and so on, three levels. */
static uint32_t add_levels(struct maker *maker, uint8_t level, uint32_t *next)
{
	uint8_t item[5 * 8];

	for (size_t i = 0; i < 5; i++) {
		uint32_t key = *next, below = key + 1;

		if (level)
			below = add_levels(maker, (uint8_t)(level - 1), next);
		else
			*next += 10;
		pst_put(item + 8 * i, key, 4);
		pst_put(item + 8 * i + 4, below, 4);
	}
	return heap_add(maker, item, sizeof item);
}

START_TEST(trees_of_three_levels)
{
	struct tree tree;
	struct pst_record record;
	uint32_t header, next = 10, expected = 10;
	uint8_t key[4];

	store_open(&tree.store, &pst_formats[_i]);
	heap_begin(&tree.maker, &pst_formats[_i], 0, PST_CLIENT_BTH);
	header = heap_add_bth(&tree.maker, 4, 4, 2, 0);
	set_root(&tree.maker, header, add_levels(&tree.maker, 2, &next));
	tree_open(&tree, header);
	ck_assert(tree.bth.sound);
	for (pst_walk_begin(&tree.walk, &tree.bth); pst_walk_next(&record, &tree.walk); expected += 10) {
		ck_assert_uint_eq(pst_get32(record.key), expected);
		ck_assert_uint_eq(pst_get32(record.data), expected + 1);
		ck_assert_uint_eq(record.number, expected / 10 - 1 - (expected / 10 - 1) / 5 * 5);
	}
	ck_assert_uint_eq(expected, 1260);
	ck_assert_uint_eq(tree.walk.facts.records, 125);
	ck_assert_uint_eq(tree.walk.facts.first, 0);
	ck_assert(!tree.walk.facts.endless);
	for (uint32_t k = 0; k < 1270; k++) {
		enum pst_lookup found;

		pst_put(key, k, 4);
		found = pst_bth_find(&record, &tree.bth, key);
		ck_assert_int_eq(found, k && k < 1260 && k % 10 == 0 ? PST_THERE : PST_NOT_THERE);
		if (!found)
			ck_assert_uint_eq(pst_get32(record.data), k + 1);
	}
	tree_close(&tree);
}
END_TEST

/* Keys of one byte each, written with all their bytes, highest or lowest first. */
START_TEST(order_of_keys)
{
	static const uint8_t sizes[] = {2, 4, 8, 16};
	uint8_t key = sizes[_i % 4], item[3 * 17] = {0};
	const bool first = key > 4;
	struct tree tree;
	struct pst_record record;
	uint32_t header;

	store_open(&tree.store, &pst_formats[_i / 4]);
	heap_begin(&tree.maker, &pst_formats[_i / 4], 0, PST_CLIENT_BTH);
	item[first ? 0 : key - 1] = 1;
	item[first ? key : 0] = 7;
	item[key + 1 + (first ? 0 : key - 1)] = 2;
	item[2 * (key + 1) + (first ? 0 : key - 1)] = 3;
	if (first)
		item[key] = 0;
	header = heap_add_bth(&tree.maker, key, 1, 0, pst_hid(tree.maker.f, 0, 2));
	heap_add(&tree.maker, item, 3u * (key + 1u));
	tree_open(&tree, header);
	ck_assert_uint_eq(tree_walk(&tree), 3);
	ck_assert_uint_eq(tree.walk.facts.unsorted, 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(pst_bth_find(&record, &tree.bth, item + i * (key + 1u)), PST_THERE);
	tree_close(&tree);
}
END_TEST

/* All items list each other: without a bound, a walk would take 8 times 440 levels of them. */
START_TEST(trees_that_list_themselves)
{
	struct tree tree;
	uint8_t item[3520];
	uint32_t header;

	store_open(&tree.store, &pst_formats[_i]);
	heap_begin(&tree.maker, &pst_formats[_i], 0, PST_CLIENT_BTH);
	header = heap_add_bth(&tree.maker, 4, 4, PST_BTH_LEVELS, 0x40);
	for (size_t i = 0; i < sizeof item; i += 8) {
		pst_put(item + i, i, 4);
		pst_put(item + i + 4, i % 16 ? 0x40 : 0x60, 4);
	}
	ck_assert_uint_eq(heap_add(&tree.maker, item, sizeof item), 0x40);
	ck_assert_uint_eq(heap_add(&tree.maker, item, sizeof item), 0x60);
	tree_open(&tree, header);
	ck_assert(tree.bth.sound);
	tree_walk(&tree);
	ck_assert(tree.walk.facts.endless);
	ck_assert_uint_lt(tree.walk.facts.records + tree.walk.facts.mismatched, 2 * sizeof item);
	tree_close(&tree);
}
END_TEST

START_TEST(trees_damaged)
{
	struct tree tree;
	const struct pst_format *f = &pst_formats[_i];
	struct pst_bth *bth = &tree.bth;
	struct pst_bth_facts *facts = &tree.walk.facts;
	uint8_t key[4] = {0};
	struct pst_record record;
	uint32_t good, deep, wide, tall, empty, item, leaf[3];
	uint8_t index[6 * 8], records[] = {5, 0, 0, 0, 9, 9, 9, 9, 4, 0, 0, 0, 9, 9, 9, 9, 4, 0, 0, 0, 9, 9, 9, 9, 1, 2};

	store_open(&tree.store, f);
	heap_begin(&tree.maker, f, 0, PST_CLIENT_BTH);
	leaf[0] = heap_add(&tree.maker, records, sizeof records); /* one that is unsorted, one twice, part of one */
	leaf[1] = heap_add(&tree.maker, "\6\0\0\0good", 8);
	leaf[2] = pst_hid(f, 0, 1000);
	for (uint32_t i = 0; i < 6; i++) {
		pst_put(index + 8 * i, i == 0 ? 5 : 6, 4); /* the fourth, an empty leaf, and the fifth have other keys */
		pst_put(index + 8 * i + 4, i < 3 ? leaf[i] : i == 3 ? 0x80 : i == 4 ? leaf[0] : 0x7FE5, 4);
	}
	item = heap_add(&tree.maker, index, sizeof index);
	empty = heap_add(&tree.maker, NULL, 0);
	good = heap_add_bth(&tree.maker, 4, 4, 1, item);
	deep = heap_add_bth(&tree.maker, 4, 4, PST_BTH_LEVELS + 1, item);
	wide = heap_add_bth(&tree.maker, 4, PST_BTH_DATA + 1, 0, item);
	tall = heap_add_bth(&tree.maker, 3, 4, 0, item);
	tree_open(&tree, good);
	ck_assert_uint_eq(tree_walk(&tree), 3 + 1 + 3);
	ck_assert_uint_eq(facts->unsorted, 3);
	ck_assert_uint_eq(facts->equal, 2);
	ck_assert_uint_eq(facts->ragged, 2);
	ck_assert_uint_eq(facts->dangling, 2);
	ck_assert_uint_eq(facts->mismatched, 2);
	ck_assert_uint_eq(facts->first, leaf[0]);
	ck_assert_int_eq(pst_bth_find(&record, bth, key), PST_NOT_THERE);
	for (size_t i = 0; i < 3; i++) {
		const uint32_t bad[] = {deep, wide, tall};

		pst_bth_open(bth, &tree.heap, bad[i]);
		ck_assert(!bth->sound);
		ck_assert_uint_eq(tree_walk(&tree), 0);
		ck_assert_int_eq(pst_bth_find(&record, bth, key), PST_BROKEN);
	}
	pst_bth_open(bth, &tree.heap, empty);
	ck_assert(!bth->sound);
	pst_bth_open(bth, &tree.heap, leaf[2]);
	ck_assert_int_eq(bth->found, PST_NOT_THERE);
	ck_assert_int_eq(pst_bth_find(&record, bth, key), PST_NOT_THERE);
	tree_close(&tree);
}
END_TEST

/* ---- property contexts -------------------------------------------------------------------------- */

static uint64_t put_text_block(struct store *store, const char *text)
{
	return put_block(store, text, strlen(text));
}

/* A record for a property. */
static void add_property(uint8_t *records, size_t *n, uint16_t id, uint16_t type, uint32_t hnid)
{
	uint8_t *p = records + 8 * (*n)++;

	pst_put(p, id, 2);
	pst_put(p + 2, type, 2);
	pst_put(p + 4, hnid, 4);
}

START_TEST(property_contexts)
{
	const struct pst_format *f = &pst_formats[_i];
	struct store store;
	struct maker maker;
	struct pst_pc pc;
	struct pst_subnodes subnodes;
	struct pst_value value;
	uint8_t records[8 * 20], guid[16];
	size_t n = 0, size;
	uint32_t header, time, text, object, nid;
	int64_t number;
	uint64_t hundred_ns;
	bool yes;
	uint8_t *bytes;
	struct pst_list_entry entry = {.nid = 0x809F};
	const struct {
		uint16_t id;
		enum pst_lookup found;
		uint64_t size;
		bool fits;
	} expected[] = {{1, 0, 2, true}, {2, 0, 4, true}, {3, 0, 1, true}, {4, 0, 8, true}, {5, 0, 3, true},
	                {6, 0, 8, true}, {7, 0, 0, true}, {8, 0, 11, true}, {9, PST_NOT_THERE, 0, false},
	                {10, PST_NOT_THERE, 0, false}, {11, 0, 3, false}, {12, 0, 0, false}, {13, 0, 3, false},
	                {14, 0, 8, true}};

	store_open(&store, f);
	entry.data = put_text_block(&store, "a long text");
	ck_assert_int_eq(pst_subnodes_open(&subnodes, &store.reader, put_subnodes(&store, &entry, 1), NULL), 0);
	heap_begin(&maker, f, 0, PST_CLIENT_PC);
	header = heap_add_bth(&maker, 2, 6, 0, 0);
	time = heap_add(&maker, "\0\200\076\325\336\261\235\1", 8); /* 1 January 1970 */
	text = heap_add(&maker, "abc", 3);
	object = heap_add(&maker, "\237\200\0\0\13\0\0\0", 8);
	add_property(records, &n, 1, PST_INT16, 0xFFFE);
	add_property(records, &n, 2, PST_INT32, 0xFFFFFFFF);
	add_property(records, &n, 3, PST_BOOL, 1);
	add_property(records, &n, 4, PST_TIME, time);
	add_property(records, &n, 5, PST_STRING8, text);
	add_property(records, &n, 6, PST_OBJECT, object);
	add_property(records, &n, 7, PST_STRING, 0);
	add_property(records, &n, 8, PST_BINARY, 0x809F);
	add_property(records, &n, 9, PST_BINARY, 0x80BF);
	add_property(records, &n, 10, PST_BINARY, 0x7FE0);
	add_property(records, &n, 11, PST_STRING, text);
	add_property(records, &n, 12, PST_TIME, 0);
	add_property(records, &n, 13, 0x7777, text);
	add_property(records, &n, 14, PST_INT64 | PST_MULTIPLE, time);
	set_root(&maker, header, heap_add(&maker, records, 8 * n));
	ck_assert_int_eq(pst_pc_open(&pc, &store.reader, heap_put(&maker, &store, header), &subnodes, NULL), 0);
	ck_assert(pc.sound);
	ck_assert_uint_eq(pc.properties.n, PST_COUNT(expected));
	for (size_t i = 0; i < PST_COUNT(expected); i++) {
		ck_assert_uint_eq(pc.properties.at[i].id, expected[i].id);
		ck_assert_int_eq(pst_pc_value(&value, &pc, &pc.properties.at[i], NULL), 0);
		ck_assert_int_eq(value.found, expected[i].found);
		ck_assert_uint_eq(value.size, expected[i].size);
		ck_assert_int_eq(pst_value_fits(&value), expected[i].fits);
		pst_value_deinit(&value);
	}
	pst_pc_value(&value, &pc, pst_pc_find(&pc, 1), NULL);
	ck_assert(pst_value_int(&value, &number));
	ck_assert_int_eq(number, -2);
	pst_pc_value(&value, &pc, pst_pc_find(&pc, 2), NULL);
	ck_assert(pst_value_int(&value, &number));
	ck_assert_int_eq(number, -1);
	ck_assert(!pst_value_bool(&value, &yes));
	ck_assert(!pst_value_guid(&value, guid));
	pst_pc_value(&value, &pc, pst_pc_find(&pc, 3), NULL);
	ck_assert(pst_value_bool(&value, &yes) && yes);
	pst_pc_value(&value, &pc, pst_pc_find(&pc, 4), NULL);
	ck_assert(pst_value_time(&value, &hundred_ns));
	ck_assert_uint_eq(hundred_ns, UINT64_C(116444736000000000));
	ck_assert_uint_eq(pst_value_place(&value), pst_heap_place(&pc.heap, time));
	pst_pc_value(&value, &pc, pst_pc_find(&pc, 6), NULL);
	ck_assert(pst_value_object(&value, &nid, &header));
	ck_assert_uint_eq(nid, 0x809F);
	pst_pc_value(&value, &pc, pst_pc_find(&pc, 8), NULL);
	bytes = pst_value_load(&value, 100, &size);
	ck_assert_uint_eq(size, 11);
	ck_assert_mem_eq(bytes, "a long text", 11);
	free(bytes);
	ck_assert_uint_eq(pst_value_read(&value, guid, 16, 7), 4);
	ck_assert_mem_eq(guid, "text", 4);
	pst_value_deinit(&value);
	ck_assert_ptr_null(pst_pc_find(&pc, 99));
	/* where the subnodes are not known, a value may be in one of them */
	pc.subnodes = NULL;
	pst_pc_value(&value, &pc, pst_pc_find(&pc, 9), NULL);
	ck_assert_int_eq(value.found, PST_MISSING);
	pst_pc_deinit(&pc);
	pst_subnodes_deinit(&subnodes);
	store_close(&store);
}
END_TEST

/* ---- table contexts ----------------------------------------------------------------------------- */

enum { ROW = 28, ROWS = 1000 }; /* many blocks of rows in the formats with small ones */

static const struct pst_column columns[] = {
	{.id = 0x0037, .type = PST_STRING, .at = 8, .size = 4, .bit = 2},
	{.id = 0x0042, .type = PST_STRING, .at = 12, .size = 4, .bit = 3},
	{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 8, .bit = 4},
	{.id = 0x0E17, .type = PST_INT16, .at = 24, .size = 2, .bit = 5},
	{.id = 0x360A, .type = PST_BOOL, .at = 26, .size = 1, .bit = 6},
	{.id = 0x67F2, .type = PST_INT32, .at = 0, .size = 4, .bit = 0},
	{.id = 0x67F3, .type = PST_INT32, .at = 4, .size = 4, .bit = 1},
};

static void put_columns(uint8_t *header, const struct pst_column *list, size_t n)
{
	header[0] = PST_CLIENT_TC;
	header[1] = (uint8_t)n;
	for (size_t i = 0; i < 4; i++)
		pst_put(header + 2 + 2 * i, i == 0 ? 24 : 25 + i, 2);
	for (size_t i = 0; i < n; i++) {
		uint8_t *p = header + 22 + 8 * i;

		pst_put(p, list[i].type, 2);
		pst_put(p + 2, list[i].id, 2);
		pst_put(p + 4, list[i].at, 2);
		p[6] = list[i].size;
		p[7] = list[i].bit;
	}
}

static void put_row(uint8_t *row, uint32_t id, uint32_t number, uint32_t text, uint32_t aside)
{
	memset(row, 0, ROW);
	pst_put(row, id, 4);
	pst_put(row + 8, text, 4);
	pst_put(row + 12, aside, 4);
	pst_put(row + 16, number, 8);
	pst_put(row + 24, number % 100, 2);
	row[26] = number % 2;
	row[27] = number % 3 ? 0xFE : 0xFA; /* every third has no 0x0E17 */
}

/* A table of `rows` rows in a subnode, with row ids going down as row numbers go up. */
static uint64_t make_table(struct store *store, struct pst_subnodes *subnodes, uint32_t rows, uint8_t width)
{
	const struct pst_format *f = store->index.format;
	const uint32_t full = pst_block_data(f), per = full / ROW;
	struct maker maker;
	uint8_t header[22 + 8 * 7] = {0}, *block = calloc(1, full), *index = calloc(8, rows);
	uint64_t parts[64], n_parts = 0;
	uint32_t bth, info, leaf, last, text, upper, step = 4u + width;
	struct pst_list_entry entries[3] = {{0x3F, 0, 0}, {0x521, 0, 0}, {0x541, 0, 0}};
	uint8_t levels[64 * 8];
	size_t n_leaves = 0;

	ck_assert(block && index);
	heap_begin(&maker, f, 0, PST_CLIENT_COLUMN);
	heap_add(&maker, "a\0s\0i\0d\0e\0", 10);
	entries[2].data = heap_put(&maker, store, 0);
	entries[1].data = put_text_block(store, "no heap");
	for (uint32_t i = 0; i < rows; i += per) {
		for (uint32_t k = 0; k < per && i + k < rows; k++)
			put_row(block + k * ROW, 5000 - i - k, i + k, 0x60, 0x20);
		parts[n_parts++] = put_block(store, block, rows - i <= per ? (rows - i) * ROW : full);
		memset(block, 0, full);
	}
	entries[0].data = put_list(store, parts, n_parts, 1);
	ck_assert_int_eq(pst_subnodes_open(subnodes, &store->reader, put_subnodes(store, entries, 3), NULL), 0);
	heap_begin(&maker, f, 0, PST_CLIENT_TC);
	bth = heap_add_bth(&maker, 4, width, 1, 0);
	info = heap_add(&maker, header, sizeof header);
	text = heap_add(&maker, "t\0e\0x\0t\0", 8);
	ck_assert_uint_eq(text, 0x60);
	for (uint32_t i = 0; i < rows; i++) {
		pst_put(index + i * step, 5000 - rows + 1 + i, 4);
		pst_put(index + i * step + 4, rows - 1 - i, width);
	}
	for (uint32_t i = 0; i < rows; i += 100, n_leaves++) {
		last = PST_MIN(rows - i, 100u);
		leaf = heap_add(&maker, index + i * step, last * step);
		pst_put(levels + 8 * n_leaves, 5000 - rows + 1 + i, 4);
		pst_put(levels + 8 * n_leaves + 4, leaf, 4);
	}
	upper = heap_add(&maker, levels, 8 * n_leaves);
	set_root(&maker, bth, upper);
	put_columns(header, columns, 7);
	pst_put(header + 10, bth, 4);
	pst_put(header + 14, 0x3F, 4);
	memcpy(maker.data + maker.bounds[1], header, sizeof header);
	free(block);
	free(index);
	return heap_put(&maker, store, info);
}

START_TEST(tables)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t rows = f->block_max > 8192 ? ROWS * 5 : ROWS - 200;
	struct store store;
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	struct pst_tc_facts facts;
	uint64_t data;

	store_open(&store, f);
	data = make_table(&store, &subnodes, rows, _i == 1 ? 2 : 4);
	ck_assert_int_eq(pst_tc_open(&tc, &store.reader, data, &subnodes, NULL), 0);
	ck_assert(tc.sound);
	ck_assert_int_eq(tc.matrix, PST_THERE);
	ck_assert_uint_eq(tc.rows, rows);
	ck_assert_uint_eq(tc.rest, 0);
	ck_assert_uint_gt(tc.stream.parts.n, 1);
	ck_assert(pst_tc_ends_right(&tc));
	for (size_t i = 0; i < tc.columns.n; i++)
		ck_assert_uint_eq(pst_tc_column_facts(&tc, i), 0);
	ck_assert_int_eq(pst_tc_facts(&facts, &tc, NULL), 0);
	ck_assert_uint_eq(facts.index.records, rows);
	ck_assert_uint_eq(facts.first, UINT32_MAX);
	ck_assert_uint_eq(facts.index.first + facts.beyond + facts.repeated + facts.unindexed + facts.mismatched +
	                  facts.unreadable + facts.ragged + facts.unjudged, 0);
	for (uint32_t row = 0; row < rows; row++) {
		struct pst_value value;
		uint32_t found;
		int64_t number;
		uint8_t bytes[20];

		ck_assert_int_eq(pst_tc_find(&found, &tc, 5000 - row), PST_THERE);
		ck_assert_uint_eq(found, row);
		ck_assert_int_eq(pst_tc_row(&tc, row), PST_THERE);
		ck_assert_int_eq(pst_tc_has(&tc, pst_tc_column(&tc, 0x0E17, PST_INT16)), row % 3 != 0);
		ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x0E06, PST_TIME), NULL), 0);
		ck_assert(pst_value_int(&value, &number));
		ck_assert_int_eq(number, row);
		ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x0037, PST_STRING8), NULL), 0);
		ck_assert_uint_eq(pst_value_read(&value, bytes, sizeof bytes, 0), 8);
		ck_assert_mem_eq(bytes, "t\0e\0x\0t\0", 8);
		ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x0042, PST_STRING), NULL), 0);
		ck_assert_uint_eq(pst_value_read(&value, bytes, sizeof bytes, 0), 10);
		ck_assert_mem_eq(bytes, "a\0s\0i\0d\0e\0", 10);
		ck_assert_uint_eq(pst_tc_place(&tc, row), pst_stream_place(&tc.stream, row / tc.per_block,
		                                                           row % tc.per_block * ROW));
	}
	ck_assert_int_eq(pst_tc_row(&tc, rows), PST_NOT_THERE);
	ck_assert(!pst_tc_has(&tc, &tc.columns.at[5]));
	pst_tc_deinit(&tc);
	pst_subnodes_deinit(&subnodes);
	store_close(&store);
}
END_TEST

/* Index and matrix that disagree: the second block of the matrix is gone, the last one is cut, and of the first rows
 * two have changed places. */
START_TEST(tables_damaged)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t rows = f->block_max > 8192 ? ROWS * 5 : ROWS - 200, per = pst_block_data(f) / ROW;
	struct store store;
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	struct pst_tc_facts facts;
	struct pst_block *block;
	uint64_t data;
	uint8_t ids[4] = {5000 & 0xFF, 5000 >> 8};

	store_open(&store, f);
	data = make_table(&store, &subnodes, rows, 4);
	ck_assert_int_eq(pst_tc_open(&tc, &store.reader, data, &subnodes, NULL), 0);
	store.index.io->write(store.index.io, ids, 4, pst_tc_place(&tc, 1), NULL);
	block = (struct pst_block *)(uintptr_t)tc.stream.parts.at[tc.stream.parts.n - 1].block;
	block->size = block->inflated = (uint16_t)(block->size - 2 * ROW - 3);
	block = (struct pst_block *)(uintptr_t)tc.stream.parts.at[1].block;
	if (tc.stream.parts.n > 2)
		block->at += f->unit + 1;
	pst_tc_deinit(&tc);
	ck_assert_int_eq(pst_tc_open(&tc, &store.reader, data, &subnodes, NULL), 0);
	ck_assert_uint_eq(tc.rows, rows - 3);
	ck_assert_uint_eq(tc.rest, ROW - 3);
	ck_assert_int_eq(pst_tc_facts(&facts, &tc, NULL), 0);
	ck_assert_uint_eq(facts.beyond, 3);
	ck_assert_uint_eq(facts.mismatched, 1);
	ck_assert_uint_eq(facts.first, 1);
	ck_assert_uint_eq(facts.unreadable, tc.stream.parts.n > 2 ? per : 0);
	pst_tc_deinit(&tc);
	pst_subnodes_deinit(&subnodes);
	store_close(&store);
}
END_TEST

/* A table in one heap, of two rows, with `list` for columns, `n` index records and a matrix of `size` bytes. */
static uint64_t small_table(struct store *store, const struct pst_column *list, size_t n_columns,
                            const uint32_t (*index)[2], size_t n, size_t size)
{
	struct maker maker;
	uint8_t header[22 + 8 * 7] = {0}, records[8 * 8], matrix[4 * ROW];
	uint32_t bth, rows;

	heap_begin(&maker, store->index.format, 0, PST_CLIENT_TC);
	for (size_t i = 0; i < 4; i++)
		put_row(matrix + i * ROW, 0x20 + (uint32_t)i, 1, 0, 0);
	for (size_t i = 0; i < n; i++) {
		pst_put(records + 8 * i, index[i][0], 4);
		pst_put(records + 8 * i + 4, index[i][1], 4);
	}
	bth = heap_add_bth(&maker, 4, 4, 0, heap_add(&maker, records, 8 * n));
	rows = heap_add(&maker, matrix, size);
	put_columns(header, list, n_columns);
	pst_put(header + 10, bth, 4);
	pst_put(header + 14, rows, 4);
	return heap_put(&maker, store, heap_add(&maker, header, 22 + 8 * n_columns));
}

START_TEST(index_against_matrix)
{
	static const struct {
		uint32_t index[4][2];
		size_t n, size;
		uint64_t beyond, repeated, unindexed, mismatched, unsorted;
		uint32_t rows, rest;
	} cases[] = {
		{{{0x20, 0}, {0x21, 1}}, 2, 2 * ROW, 0, 0, 0, 0, 0, 2, 0},
		{{{0x20, 1}, {0x21, 0}}, 2, 2 * ROW, 0, 0, 0, 2, 0, 2, 0},
		{{{0x20, 0}, {0x21, 0}}, 2, 2 * ROW, 0, 1, 1, 0, 0, 2, 0},
		{{{0x20, 0}, {0x21, 7}}, 2, 2 * ROW, 1, 0, 1, 0, 0, 2, 0},
		{{{0x20, 0}, {0x21, UINT32_MAX}}, 2, 2 * ROW - 1, 1, 0, 0, 0, 0, 1, ROW - 1},
		{{{0x20, 0}}, 1, 4 * ROW, 0, 0, 3, 0, 0, 4, 0},
		{{{0x21, 1}, {0x20, 0}}, 2, 2 * ROW, 0, 0, 0, 0, 1, 2, 0},
		{{{0x20, 0}}, 1, 0, 1, 0, 0, 0, 0, 0, 0},
	};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		struct store store;
		struct pst_tc tc;
		struct pst_tc_facts facts;
		struct pst_subnodes none = {.whole = true};

		store_open(&store, &pst_formats[_i]);
		ck_assert_int_eq(pst_tc_open(&tc, &store.reader,
		                             small_table(&store, columns, 7, cases[i].index, cases[i].n, cases[i].size),
		                             &none, NULL), 0);
		ck_assert(tc.sound);
		ck_assert_int_eq(pst_tc_facts(&facts, &tc, NULL), 0);
		ck_assert_msg(facts.beyond == cases[i].beyond && facts.repeated == cases[i].repeated &&
		              facts.unindexed == cases[i].unindexed && facts.mismatched == cases[i].mismatched &&
		              facts.index.unsorted == cases[i].unsorted && tc.rows == cases[i].rows &&
		              tc.rest == cases[i].rest, "case %zu", i);
		pst_tc_deinit(&tc);
		store_close(&store);
	}
}
END_TEST

START_TEST(columns_that_cannot_be)
{
	static const uint32_t index[1][2] = {{0x20, 0}};
	static const struct {
		struct pst_column column; /* in place of the third */
		unsigned facts;
	} cases[] = {
		{{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 8, .bit = 4}, 0},
		{{.id = 0x0042, .type = PST_STRING, .at = 16, .size = 4, .bit = 4}, PST_COLUMN_UNSORTED},
		{{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 4, .bit = 4}, PST_COLUMN_WIDTH},
		{{.id = 0x0E06, .type = PST_TIME, .at = 18, .size = 8, .bit = 4}, PST_COLUMN_PLACE},
		{{.id = 0x0E06, .type = PST_TIME, .at = 0xFFFF, .size = 8, .bit = 4}, PST_COLUMN_PLACE},
		{{.id = 0x0E06, .type = PST_TIME, .at = 12, .size = 8, .bit = 4}, PST_COLUMN_OVERLAP},
		{{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 8, .bit = 3}, PST_COLUMN_BIT},
		{{.id = 0x0E06, .type = PST_TIME, .at = 16, .size = 8, .bit = 200}, PST_COLUMN_BIT},
		{{.id = 0x0E06, .type = 0x7777, .at = 16, .size = 4, .bit = 4}, PST_COLUMN_TYPE},
		{{.id = 0x67F2, .type = PST_INT32, .at = 16, .size = 4, .bit = 4}, PST_COLUMN_ROW},
	};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		struct store store;
		struct pst_tc tc;
		struct pst_value value;
		struct pst_column list[7];

		store_open(&store, &pst_formats[_i]);
		memcpy(list, columns, sizeof list);
		list[2] = cases[i].column;
		ck_assert_int_eq(pst_tc_open(&tc, &store.reader, small_table(&store, list, 7, index, 1, ROW), NULL, NULL), 0);
		ck_assert_msg(pst_tc_column_facts(&tc, 2) == cases[i].facts, "case %zu: %u", i,
		              pst_tc_column_facts(&tc, 2));
		ck_assert_int_eq(pst_tc_row(&tc, 0), PST_THERE);
		pst_tc_has(&tc, &tc.columns.at[2]);
		ck_assert_int_eq(pst_tc_cell(&value, &tc, &tc.columns.at[2], NULL), 0);
		pst_value_deinit(&value);
		pst_tc_deinit(&tc);
		store_close(&store);
	}
}
END_TEST

/* ---- values -------------------------------------------------------------------------------------- */

START_TEST(texts)
{
	static const struct {
		uint16_t type;
		uint32_t code_page;
		const char *bytes;
		size_t size;
		const char *text;
	} cases[] = {
		{PST_STRING, 0, "a\0\344\0\254 \75\330\0\336", 10, "a\303\244\342\202\254\360\237\230\200"},
		{PST_STRING, 0, "\0\330a\0\0\334\n", 7, "\357\277\275a\357\277\275\357\277\275"}, /* halves of pairs, of a character */
		{PST_STRING, 0, "", 0, ""},
		{PST_STRING8, 0, "\344\200\201z", 4, "\303\244\342\202\254\357\277\275z"},
		{PST_STRING8, 1251, "\317\360", 2, "\320\237\321\200"},
		{PST_STRING8, 932, "\202\240\202", 3, "\343\201\202\357\277\275"},
		{PST_STRING8, 65001, "\303\244\377", 3, "\303\244\357\277\275"},
		{PST_STRING8, 50220, "\33$B$\"\33(Bx", 9, "\343\201\202x"},
		{PST_STRING8, 28605, "\244", 1, "\342\202\254"},
		{PST_STRING8, 4711, "\344", 1, "\303\244"}, /* no such code page: 1252 */
	};
	struct pst_charset charset = {0};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		const uint8_t *bytes = (const uint8_t *)cases[i].bytes;
		const size_t length = strlen(cases[i].text);
		char text[40];

		for (size_t room = 0; room <= sizeof text; room++) {
			memset(text, '#', sizeof text);
			ck_assert_uint_eq(pst_text(text, room, &charset, cases[i].code_page, cases[i].type, bytes,
			                           cases[i].size), length);
			ck_assert(room == sizeof text || text[room] == '#');
			if (room > length)
				ck_assert_str_eq(text, cases[i].text);
			else if (room) /* as many whole characters as fit */
				ck_assert(strlen(text) < room && strlen(text) + 4 >= room &&
				          !strncmp(text, cases[i].text, strlen(text)) &&
				          ((uint8_t)cases[i].text[strlen(text)] & 0xC0) != 0x80);
		}
	}
	pst_charset_deinit(&charset);
}
END_TEST

START_TEST(long_texts)
{
	struct pst_charset charset = {0};
	uint8_t bytes[1001];
	char text[3100];

	memset(bytes, 0x80, sizeof bytes); /* euro signs */
	ck_assert_uint_eq(pst_text(text, sizeof text, &charset, 1252, PST_STRING8, bytes, 1001), 3003);
	for (size_t i = 0; i < 3003; i += 3)
		ck_assert_mem_eq(text + i, "\342\202\254", 3);
	pst_charset_deinit(&charset);
}
END_TEST

START_TEST(times_and_guids)
{
	static const struct {
		uint64_t time;
		const char *text;
	} times[] = {{0, "1601-01-01T00:00:00.0000000Z"},
	             {UINT64_C(116444736000000000), "1970-01-01T00:00:00.0000000Z"},
	             {UINT64_C(125962560000000001), "2000-02-29T00:00:00.0000001Z"},
	             {UINT64_C(125963423999999999), "2000-02-29T23:59:59.9999999Z"},
	             {UINT64_C(125963424000000000), "2000-03-01T00:00:00.0000000Z"},
	             {UINT64_C(130645440000000000), "2015-01-01T00:00:00.0000000Z"},
	             {UINT64_C(0x0CB34557A3DD4000), "4501-01-01T00:00:00.0000000Z"},
	             {INT64_MAX, "30828-09-14T02:48:05.4775807Z"},
	             {UINT64_MAX, "60056-05-28T05:36:10.9551615Z"}};
	static const uint8_t guid[16] = {0x29, 3, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46};
	char text[40];

	for (size_t i = 0; i < PST_COUNT(times); i++) {
		pst_time_text(text, times[i].time);
		ck_assert_str_eq(text, times[i].text);
	}
	pst_guid_text(text, guid);
	ck_assert_str_eq(text, "{00020329-0000-0000-C000-000000000046}");
}
END_TEST

START_TEST(numbers)
{
	static const uint8_t half[] = {0, 0, 0, 0x3F}, minus[] = {0, 0, 0, 0, 0, 0, 0, 0xC0};
	struct pst_value value;
	int64_t number;
	double real;
	bool yes;

	pst_value_inline(&value, PST_FLOAT32, half, 4);
	ck_assert(pst_value_double(&value, &real) && real > 0.49 && real < 0.51);
	ck_assert(!pst_value_int(&value, &number));
	pst_value_inline(&value, PST_FLOAT64, minus, 8);
	ck_assert(pst_value_double(&value, &real) && real < -1.99 && real > -2.01);
	pst_value_inline(&value, PST_FLOAT64, minus, 7);
	ck_assert(!pst_value_double(&value, &real));
	ck_assert(!pst_value_fits(&value));
	pst_value_inline(&value, PST_INT64, minus, 8);
	ck_assert(pst_value_int(&value, &number) && number == INT64_MIN / 2);
	pst_value_inline(&value, PST_ERROR, half, 4);
	ck_assert(pst_value_int(&value, &number) && number == 0x3F000000);
	ck_assert(!pst_value_bool(&value, &yes));
	ck_assert_uint_eq(pst_value_place(&value), PSTFIX_NOWHERE);
	ck_assert_uint_eq(pst_type_inline(PST_BOOL, 4), 1);
	ck_assert_uint_eq(pst_type_inline(PST_TIME, 4), 0);
	ck_assert_uint_eq(pst_type_inline(PST_TIME, 8), 8);
	ck_assert_uint_eq(pst_type_inline(PST_OBJECT, 8), 0);
	ck_assert_uint_eq(pst_type_inline(PST_INT16 | PST_MULTIPLE, 8), 0);
	ck_assert_uint_eq(pst_type_inline(0x7777, 8), 0);
	ck_assert_ptr_null(pst_type_row(PST_BOOL | PST_MULTIPLE));
}
END_TEST

START_TEST(many_values)
{
	static const uint8_t list[] = {2, 0, 0, 0, 12, 0, 0, 0, 15, 0, 0, 0, 'o', 'n', 'e', 't', 'w', 'o'};
	const uint16_t type = PST_STRING8 | PST_MULTIPLE;
	uint8_t bytes[sizeof list];
	const uint8_t *one;
	size_t size;

	ck_assert_uint_eq(pst_multiple_count(type, list, sizeof list), 2);
	ck_assert(pst_multiple_sound(type, list, sizeof list));
	ck_assert(pst_multiple_at(type, list, sizeof list, 1, &one, &size));
	ck_assert_uint_eq(size, 3);
	ck_assert_mem_eq(one, "two", 3);
	ck_assert(!pst_multiple_at(type, list, sizeof list, 2, &one, &size));
	for (size_t i = 0; i < sizeof list; i++) /* cut anywhere */
		ck_assert_int_eq(pst_multiple_sound(type, list, i), i == 0 || i >= 15);
	for (size_t at = 0; at < 12; at += 4) { /* count and offsets */
		memcpy(bytes, list, sizeof list);
		memset(bytes + at, 0xFF, 4);
		ck_assert(!pst_multiple_sound(type, bytes, sizeof bytes));
	}
	bytes[8] = 3; /* in the offsets */
	memset(bytes + 9, 0, 3);
	ck_assert(!pst_multiple_sound(type, bytes, sizeof bytes));
	ck_assert_uint_eq(pst_multiple_count(PST_INT32 | PST_MULTIPLE, list, 17), 4);
	ck_assert(!pst_multiple_sound(PST_INT32 | PST_MULTIPLE, list, 17));
	ck_assert(pst_multiple_at(PST_INT32 | PST_MULTIPLE, list, 17, 2, &one, &size));
	ck_assert_uint_eq(pst_get32(one), 15);
	ck_assert_uint_eq(pst_multiple_count(PST_BINARY, list, 17), 1);
	ck_assert(pst_multiple_at(PST_BINARY, list, 17, 0, &one, &size));
	ck_assert_uint_eq(size, 17);
}
END_TEST

/* ---- vectors from genuine files -------------------------------------------------------------------- */

static size_t from_hex(uint8_t *out, const char *text)
{
	size_t n = 0;
	unsigned byte;

	for (; *text; text++)
		if (*text != ' ' && sscanf(text++, "%2x", &byte) == 1)
			out[n++] = (uint8_t)byte;
	return n;
}

static uint64_t put_hex(struct store *store, const char *text)
{
	uint8_t bytes[400];

	return put_block(store, bytes, from_hex(bytes, text));
}

START_TEST(vectors)
{
	static const char *const pcs[] = {
		"1c00ecbc2000000000000000 b502060040000000 0b66030000000000 02000000 0c0014001c00",
		"3400ecbc2000000000000000 b502060040000000 01301f0000000000 0236030000000000 0336030000000000"
		"0a360b0001000000 02000000 0c0014003400",
		"4a00ecbc2000000000000000 b502060040000000 01301f0060000000 0236030000000000 0336030000000000"
		"0a360b0000000000 530065006100720063006800200052006f006f007400 03000000 0c00140034004a00"};
	static const char *const tcs[] = {
		"4a00ec7c4000000000000000 b504040000000000"
		"7c04180018001800190020000000000000000000 0000 1400330e10000803 4000073008000802 0300f26700000400"
		"0300f36704000401 02000000 0c0014004a00",
		"6400ec7c4000000000000000 b504040060000000"
		"7c0410001000100011002000000080000000 00000000 1f001a000c000403 0300056608000402 0300f26700000400"
		"0300f36704000401 0100000000000000 01000000020000002201000000000000f0 00 04000000 0c0014004a0052006300"};
	struct store store;
	struct pst_subnodes none = {.whole = true};
	struct pst_heap_block block;
	struct pst_value value;
	struct pst_charset charset = {0};
	uint8_t bytes[100];
	char text[100];
	int64_t number;
	uint32_t row;

	store_open(&store, &pst_formats[_i]);
	for (size_t i = 0; i < PST_COUNT(pcs); i++) {
		struct pst_pc pc;

		ck_assert_int_eq(pst_pc_open(&pc, &store.reader, put_hex(&store, pcs[i]), &none, NULL), 0);
		ck_assert(pc.sound);
		ck_assert_uint_eq(pc.properties.n, i ? 4 : 1);
		pst_heap_block_facts(&block, &pc.heap, 0);
		ck_assert(block.mapped && block.ascending && !block.lead && block.freed == block.empty);
		ck_assert_uint_eq(block.fill, block.fill_right);
		for (size_t k = 0; k < pc.properties.n; k++) {
			ck_assert_int_eq(pst_pc_value(&value, &pc, &pc.properties.at[k], NULL), 0);
			ck_assert(pst_value_fits(&value));
			pst_value_deinit(&value);
		}
		if (i == 2) {
			pst_pc_value(&value, &pc, pst_pc_find(&pc, 0x3001), NULL);
			pst_text(text, sizeof text, &charset, 0, value.type, bytes,
			         pst_value_read(&value, bytes, sizeof bytes, 0));
			ck_assert_str_eq(text, "Search Root");
		}
		pst_pc_deinit(&pc);
	}
	for (size_t i = 0; i < PST_COUNT(tcs); i++) {
		struct pst_tc tc;
		struct pst_tc_facts facts;

		ck_assert_int_eq(pst_tc_open(&tc, &store.reader, put_hex(&store, tcs[i]), &none, NULL), 0);
		ck_assert(tc.sound && !tc.matrix);
		ck_assert_uint_eq(tc.rows, i);
		ck_assert(pst_tc_ends_right(&tc));
		for (size_t k = 0; k < tc.columns.n; k++)
			ck_assert_uint_eq(pst_tc_column_facts(&tc, k), 0);
		ck_assert_int_eq(pst_tc_facts(&facts, &tc, NULL), 0);
		ck_assert_uint_eq(facts.first, UINT32_MAX);
		if (i) {
			ck_assert_int_eq(pst_tc_find(&row, &tc, 1), PST_THERE);
			ck_assert_int_eq(pst_tc_row(&tc, row), PST_THERE);
			ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x6605, PST_INT32), NULL), 0);
			ck_assert(pst_value_int(&value, &number) && number == 0x122);
			ck_assert(pst_tc_has(&tc, pst_tc_column(&tc, 0x001A, PST_STRING)));
			ck_assert_int_eq(pst_tc_cell(&value, &tc, pst_tc_column(&tc, 0x001A, PST_STRING), NULL), 0);
			ck_assert(pst_value_fits(&value) && !value.size);
		}
		pst_tc_deinit(&tc);
	}
	pst_charset_deinit(&charset);
	store_close(&store);
}
END_TEST

/* ---- anything at all --------------------------------------------------------------------------------- */

static void read_everything(struct store *store, uint64_t data, const struct pst_subnodes *subnodes)
{
	struct pst_heap_block block;
	struct pst_value value;
	struct pst_pc pc;
	struct pst_tc tc;
	struct pst_tc_facts facts;
	uint8_t bytes[64];

	ck_assert_int_eq(pst_pc_open(&pc, &store->reader, data, subnodes, NULL), 0);
	for (uint32_t i = 0; i < pc.heap.stream.parts.n; i++)
		pst_heap_block_facts(&block, &pc.heap, i);
	for (size_t i = 0; i < pc.properties.n; i++) {
		ck_assert_int_eq(pst_pc_value(&value, &pc, &pc.properties.at[i], NULL), 0);
		ck_assert_uint_le(pst_value_read(&value, bytes, sizeof bytes, 0), sizeof bytes);
		pst_value_fits(&value);
		pst_value_deinit(&value);
	}
	pst_pc_deinit(&pc);
	ck_assert_int_eq(pst_tc_open(&tc, &store->reader, data, subnodes, NULL), 0);
	ck_assert_int_eq(pst_tc_facts(&facts, &tc, NULL), 0);
	for (size_t i = 0; i < tc.columns.n; i++)
		pst_tc_column_facts(&tc, i);
	for (uint32_t row = 0; row < PST_MIN(tc.rows, 50u); row++)
		for (size_t i = 0; i < tc.columns.n && !pst_tc_row(&tc, row); i++) {
			pst_tc_has(&tc, &tc.columns.at[i]);
			ck_assert_int_eq(pst_tc_cell(&value, &tc, &tc.columns.at[i], NULL), 0);
			pst_value_read(&value, bytes, sizeof bytes, 0);
			pst_value_deinit(&value);
		}
	pst_tc_deinit(&tc);
}

/* A table of which some bytes are others, again and again: nothing is read that is not there (the sanitizers would
 * tell), and nothing takes more work than the bytes can account for. */
START_TEST(bytes_changed_at_random)
{
	const struct pst_format *f = &pst_formats[_i];
	struct store store;
	struct pst_subnodes subnodes;
	struct pst_block *block;
	uint8_t good[PST_BLOCK_MAX], bad[PST_BLOCK_MAX];
	uint32_t state = 12345;
	uint64_t data, work;

	store_open(&store, f);
	data = make_table(&store, &subnodes, 700, 4);
	block = pst_index_block(&store.index, data);
	store.index.io->read(store.index.io, good, block->size, block->at, NULL);
	for (int round = 0; round < 3000; round++) {
		memcpy(bad, good, block->size);
		for (int i = 0; i < 1 + round % 4; i++) {
			uint32_t at;

			state = state * 1103515245 + 12345;
			at = state >> 8;
			/* most in headers and the map, where they matter */
			at = at % 4 ? at % 120 : at % 8 ? block->size - 1 - at % 60 : at % block->size;
			bad[at] = (uint8_t)(state % 3 ? state >> 13 : 0xFF);
		}
		store.index.io->write(store.index.io, bad, block->size, block->at, NULL);
		store.reader.blocks[0].block = NULL; /* forget what was read */
		for (size_t i = 0; i < PST_READER_BLOCKS; i++)
			store.reader.blocks[i].block = NULL;
		work = store.reader.work;
		read_everything(&store, data, &subnodes);
		ck_assert_uint_lt(store.reader.work - work, 50 * store.index.io->size);
	}
	pst_subnodes_deinit(&subnodes);
	store_close(&store);
}
END_TEST

Suite *ltp_suite(void)
{
	Suite *suite = suite_create("ltp");
	TCase *tests = tcase_create("ltp");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, reader_keeps_the_last_blocks, 0, PST_FORMATS);
	tcase_add_loop_test(tests, streams_of_lists_of_lists, 0, PST_FORMATS);
	tcase_add_loop_test(tests, streams_with_holes, 0, PST_FORMATS);
	tcase_add_loop_test(tests, subnodes_are_found_in_any_order, 0, PST_FORMATS);
	tcase_add_loop_test(tests, fill_levels, 0, PST_FORMATS);
	tcase_add_loop_test(tests, heap_items, 0, PST_FORMATS);
	tcase_add_loop_test(tests, heap_of_many_blocks, 0, PST_FORMATS);
	tcase_add_loop_test(tests, heap_maps_damaged, 0, PST_FORMATS);
	tcase_add_loop_test(tests, no_heap_at_all, 0, PST_FORMATS);
	tcase_add_loop_test(tests, trees_of_three_levels, 0, PST_FORMATS);
	tcase_add_loop_test(tests, order_of_keys, 0, 4 * PST_FORMATS);
	tcase_add_loop_test(tests, trees_that_list_themselves, 0, PST_FORMATS);
	tcase_add_loop_test(tests, trees_damaged, 0, PST_FORMATS);
	tcase_add_loop_test(tests, property_contexts, 0, PST_FORMATS);
	tcase_add_loop_test(tests, tables, 0, PST_FORMATS);
	tcase_add_loop_test(tests, tables_damaged, 0, PST_FORMATS);
	tcase_add_loop_test(tests, index_against_matrix, 0, PST_FORMATS);
	tcase_add_loop_test(tests, columns_that_cannot_be, 0, PST_FORMATS);
	tcase_add_test(tests, texts);
	tcase_add_test(tests, long_texts);
	tcase_add_test(tests, times_and_guids);
	tcase_add_test(tests, numbers);
	tcase_add_test(tests, many_values);
	tcase_add_loop_test(tests, vectors, 0, PST_FORMATS);
	tcase_add_loop_test(tests, bytes_changed_at_random, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
