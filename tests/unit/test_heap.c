/* Readers, streams of blocks, lists of subnodes, heaps: by hand, and damaged in every way. */
#include "byhand.h"
#include "ltp/pc.h"
#include "ltp/tc.h"

START_TEST(reader_keeps_the_last_blocks)
{
	struct store store;
	uint64_t ids[200];
	size_t size, kept, all;
	uint64_t work;

	store_open(&store, &pst_formats[_i]);
	kept = PST_READER_ROOM / pst_formats[_i].block_max;
	all = kept + 16;
	for (uint8_t i = 0; i < all; i++)
		ids[i] = put_block(&store, &i, 1);
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < all; i++)
			ck_assert_uint_eq(*pst_reader_block(&store.reader, pst_index_block(&store.index, ids[i]), &size), i);
	work = store.reader.work;
	ck_assert_uint_eq(work, 3 * all);
	for (size_t i = all - kept; i < all; i++)
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

Suite *heap_suite(void)
{
	Suite *suite = suite_create("heap");
	TCase *tests = tcase_create("heap");

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
	suite_add_tcase(suite, tests);
	return suite;
}
