/* Blocks, heaps and trees: written, and read back. */
#include "byhand.h"
#include "ltp/pc.h"

/* ---- data trees ---------------------------------------------------------------------- */

/* A byte that differs from its neighbours in this block, and in others. */
static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 7 + offset / 8176 + offset / 65512 * 3);
}

static void check_stream(struct target *target, uint64_t root, uint64_t size, uint32_t full)
{
	struct pst_stream stream;
	struct pst_list list;
	uint8_t bytes[PST_BLOCK_MAX];
	size_t n;

	ck_assert_int_eq(pst_stream_open(&stream, &target->store.reader, root, NULL), 0);
	ck_assert_uint_eq(stream.size, size);
	ck_assert(stream.whole);
	for (size_t i = 0; i < stream.parts.n; i++) {
		const uint8_t *data = pst_stream_part(&stream, i);

		ck_assert_uint_eq(stream.parts.at[i].size, PST_MIN(size - i * full, full));
		ck_assert_uint_eq(data[0], byte_at(i * full));
		ck_assert_uint_eq(data[stream.parts.at[i].size - 1], byte_at(i * full + stream.parts.at[i].size - 1));
	}
	if (root & PST_INTERNAL) {
		n = (size_t)pst_block_read(&target->store.index, pst_index_block(&target->store.index, root),
		                           target->store.reader.inflater, bytes);
		pst_list_decode(&list, target->sink.format, bytes, n);
		ck_assert(list.sound);
		ck_assert_uint_eq(list.total, size);
		ck_assert_uint_eq(list.level, stream.parts.n > (full - 8u) / target->sink.format->word ? 2 : 1);
	}
	pst_stream_deinit(&stream);
}

static void write_stream(const struct pst_format *f, uint64_t size, size_t step)
{
	struct target target;
	struct pst_data_writer writer;
	uint8_t *bytes = malloc(step);
	uint64_t root;

	ck_assert_ptr_nonnull(bytes);
	target_open(&target, f);
	pst_data_writer_init(&writer, &target.sink);
	for (uint64_t at = 0; at < size; at += step) {
		const size_t n = (size_t)PST_MIN(step, size - at);

		for (size_t i = 0; i < n; i++)
			bytes[i] = byte_at(at + i);
		ck_assert_int_eq(pst_data_writer_append(&writer, bytes, n, NULL), 0);
	}
	ck_assert_int_eq(pst_data_writer_end(&writer, &root, NULL), 0);
	ck_assert_int_eq(!root, !size);
	check_stream(&target, root, size, pst_block_data(f));
	pst_data_writer_deinit(&writer);
	store_close(&target.store);
	free(bytes);
}

START_TEST(streams)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint64_t full = pst_block_data(f), list = (full - 8) / f->word;
	const uint64_t sizes[] = {0, 1, full - 1, full, full + 1, 2 * full, 2 * full + 1, 9 * full + 5};

	for (size_t i = 0; i < PST_COUNT(sizes); i++) {
		write_stream(f, sizes[i], 1000);
		write_stream(f, sizes[i], (size_t)full);
		write_stream(f, sizes[i], 100000);
	}
	if (f->block_max > 8192)
		return; /* a list there is for 512 MiB */
	write_stream(f, list * full - 1, 65536);
	write_stream(f, list * full, 65536);
	write_stream(f, list * full + 1, 65536);
	write_stream(f, 2 * list * full + 1, 65536);
}
END_TEST

/* Lists of lists in the format whose blocks are too large for the real thing: blocks that are never written. */
static pstfix_status count_only(struct pst_sink *sink, uint64_t *bid, const void *data, size_t size, bool internal,
                                pstfix_error *err)
{
	struct target *target = (struct target *)sink;

	(void)err;
	*bid = ++target->blocks * 4;
	if (internal)
		*bid = put_internal(&target->store, data, size);
	return PSTFIX_OK;
}

START_TEST(long_streams)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t full = pst_block_data(f), ids = (full - 8) / f->word;
	struct target target;
	struct pst_data_writer writer;
	struct pst_list list;
	uint8_t bytes[PST_BLOCK_MAX] = {0};
	uint64_t root;
	size_t place, n = 0;
	pstfix_status status;
	pstfix_error err;

	target_open(&target, f);
	target.sink.put = count_only;
	pst_data_writer_init(&writer, &target.sink);
	while (!(status = pst_data_writer_reserve(&writer, &place, &err))) {
		ck_assert_int_eq(pst_data_writer_put(&writer, place, bytes, full, NULL), 0);
		n++;
	}
	ck_assert_int_eq(status, PSTFIX_ERROR_REFUSED);
	ck_assert_uint_eq(n, UINT32_MAX / full);
	ck_assert_int_eq(pst_data_writer_end(&writer, &root, NULL), 0);
	pst_list_decode(&list, f, bytes, (size_t)pst_block_read(&target.store.index, pst_index_block(&target.store.index, root),
	                                                        target.store.reader.inflater, bytes));
	ck_assert_uint_eq(list.level, 2);
	ck_assert_uint_eq(list.n, (n + ids - 1) / ids);
	ck_assert_uint_eq(list.total, n * full);
	pst_data_writer_deinit(&writer);
	store_close(&target.store);
}
END_TEST

START_TEST(subnode_lists)
{
	const struct pst_format *f = &pst_formats[_i];
	const size_t leaf = (pst_block_data(f) - f->list_head) / (3u * f->word);
	const size_t counts[] = {0, 1, leaf, leaf + 1, 3 * leaf, 3 * leaf + 1, 7 * leaf};

	for (size_t k = 0; k < PST_COUNT(counts); k++) {
		struct target target;
		struct pst_subnode_writer writer;
		struct pst_subnodes subnodes;
		uint64_t root;

		target_open(&target, f);
		pst_subnode_writer_init(&writer, &target.sink);
		for (size_t i = 0; i < counts[k]; i++)
			ck_assert_int_eq(pst_subnode_writer_add(&writer, &(struct pst_list_entry){(uint32_t)(i + 1) << 5 | 0x1F,
			                                        4 * i, i % 3 ? 0 : 4 * i | 2}, NULL), 0);
		ck_assert_int_eq(pst_subnode_writer_end(&writer, &root, NULL), 0);
		ck_assert_uint_eq(target.blocks, counts[k] > leaf ? (counts[k] + leaf - 1) / leaf + 1 : counts[k] > 0);
		ck_assert_int_eq(pst_subnodes_open(&subnodes, &target.store.reader, root, NULL), 0);
		ck_assert(subnodes.whole && subnodes.ordered);
		ck_assert_uint_eq(subnodes.entries.n, counts[k]);
		for (size_t i = 0; i < counts[k]; i++)
			ck_assert(subnodes.entries.at[i].nid == ((i + 1) << 5 | 0x1F) && subnodes.entries.at[i].data == 4 * i &&
			          subnodes.entries.at[i].sub == (i % 3 ? 0 : 4 * i | 2));
		pst_subnodes_deinit(&subnodes);
		pst_subnode_writer_deinit(&writer);
		store_close(&target.store);
	}
}
END_TEST

/* ---- heaps ----------------------------------------------------------------------------- */

/* A heap with `n` items: of `size` bytes, or of sizes that differ where `size` is 0. Returns its blocks. */
static uint32_t write_heap(const struct pst_format *f, uint32_t n, uint32_t size, uint32_t last)
{
	struct target target;
	struct pst_heap_writer writer;
	struct pst_heap heap;
	uint8_t bytes[PST_HEAP_ITEM];
	uint32_t *hids = calloc(n + 1, sizeof *hids), blocks;
	uint64_t data;

	ck_assert_ptr_nonnull(hids);
	target_open(&target, f);
	ck_assert_int_eq(pst_heap_writer_begin(&writer, &target.sink, PST_CLIENT_COLUMN, NULL), 0);
	for (uint32_t i = 0; i < n; i++) {
		memset(bytes, (uint8_t)(i + i / 251), sizeof bytes);
		ck_assert_int_eq(pst_heap_writer_add(&writer, &hids[i], bytes,
		                                     i + 1 == n ? last : size ? size : 1 + i * 97 % PST_HEAP_ITEM, NULL), 0);
	}
	ck_assert_int_eq(pst_heap_writer_end(&writer, &data, n ? hids[0] : 0, NULL), 0);
	pst_heap_writer_deinit(&writer);
	ck_assert_int_eq(pst_heap_open(&heap, &target.store.reader, data, NULL), 0);
	ck_assert_uint_eq(heap.client, PST_CLIENT_COLUMN);
	ck_assert_uint_eq(heap.root, n ? hids[0] : 0);
	check_heap_maps(&heap);
	for (uint32_t i = 0; i < n; i++) {
		struct pst_item item;

		ck_assert_int_eq(pst_heap_item(&item, &heap, hids[i]), PST_THERE);
		ck_assert_uint_eq(item.size, i + 1 == n ? last : size ? size : 1 + i * 97 % PST_HEAP_ITEM);
		ck_assert(pst_all_bytes(item.data, item.size, (uint8_t)(i + i / 251)));
	}
	blocks = (uint32_t)heap.stream.parts.n;
	pst_heap_deinit(&heap);
	store_close(&target.store);
	free(hids);
	return blocks;
}

START_TEST(heaps)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t full = pst_block_data(f), header = 12, map = 6;
	const uint32_t items = (full - header - map) / 1002, rest = (full - header - map) % 1002;

	ck_assert_uint_eq(write_heap(f, 0, 0, 0), 1);
	ck_assert_uint_eq(write_heap(f, 1, 0, 1), 1);
	ck_assert_uint_eq(write_heap(f, 1, 0, PST_HEAP_ITEM), 1);
	/* exactly full, a byte less, a byte more */
	ck_assert_uint_ge(rest, 3);
	ck_assert_uint_eq(write_heap(f, items + 1, 1000, rest - 2), 1);
	ck_assert_uint_eq(write_heap(f, items + 1, 1000, rest - 3), 1);
	ck_assert_uint_eq(write_heap(f, items + 1, 1000, rest - 1), 2);
	/* as many items as a HID can count */
	if (full >= header + map + 3u * ((1u << f->hid_bits) - 1) + 1)
		ck_assert_uint_eq(write_heap(f, (1u << f->hid_bits) - 1, 1, 1), 1);
	ck_assert_uint_eq(write_heap(f, (1u << f->hid_bits), 1, 1), 2);
	ck_assert_uint_gt(write_heap(f, 3000, 0, 1), f->block_max > 8192 ? 80 : 500);
}
END_TEST

/* Where levels are kept in another block than before. */
START_TEST(heaps_of_many_blocks)
{
	static const uint32_t blocks[] = {7, 8, 9, 10, 135, 136, 137, 138, 264, 265, 266};
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t size = 3500, per = (pst_block_data(f) - 72) / (size + 2);

	for (size_t i = 0; i < PST_COUNT(blocks); i++) {
		ck_assert_uint_eq(write_heap(f, per * blocks[i], size, size), blocks[i]);
		ck_assert_uint_eq(write_heap(f, per * blocks[i] - per + 1, size, size), blocks[i]);
	}
}
END_TEST

START_TEST(items_made_smaller)
{
	const struct pst_format *f = &pst_formats[_i];
	struct target target;
	struct pst_heap_writer writer;
	struct pst_heap heap;
	struct pst_item item;
	uint32_t a, b, c;
	uint64_t data;

	target_open(&target, f);
	ck_assert_int_eq(pst_heap_writer_begin(&writer, &target.sink, PST_CLIENT_COLUMN, NULL), 0);
	ck_assert_int_eq(pst_heap_writer_add(&writer, &a, NULL, 100, NULL), 0);
	ck_assert_int_eq(pst_heap_writer_add(&writer, &b, NULL, 50, NULL), 0);
	ck_assert_int_eq(pst_heap_writer_add(&writer, &c, "end", 3, NULL), 0);
	pst_heap_writer_shrink(&writer, a, 31);
	pst_heap_writer_shrink(&writer, b, 0);
	memset(pst_heap_writer_item(&writer, a), 'a', 31);
	ck_assert_int_eq(pst_heap_writer_end(&writer, &data, 0, NULL), 0);
	pst_heap_writer_deinit(&writer);
	ck_assert_int_eq(pst_heap_open(&heap, &target.store.reader, data, NULL), 0);
	check_heap_maps(&heap);
	ck_assert_uint_eq(heap.stream.size, 12 + 31 + 3 + 4 + 2 * 4);
	ck_assert_int_eq(pst_heap_item(&item, &heap, a), PST_THERE);
	ck_assert(item.size == 31 && pst_all_bytes(item.data, 31, 'a'));
	ck_assert_int_eq(pst_heap_item(&item, &heap, b), PST_THERE);
	ck_assert_uint_eq(item.size, 0);
	ck_assert_int_eq(pst_heap_item(&item, &heap, c), PST_THERE);
	ck_assert(item.size == 3 && !memcmp(item.data, "end", 3));
	pst_heap_deinit(&heap);
	store_close(&target.store);
}
END_TEST

/* ---- trees ----------------------------------------------------------------------------- */

static void write_tree(const struct pst_format *f, uint8_t key, uint8_t data, uint32_t n, uint32_t said, uint8_t levels)
{
	struct target target;
	struct pst_heap_writer writer;
	struct pst_bth_writer tree;
	struct pst_heap heap;
	struct pst_bth bth;
	struct pst_walk walk;
	struct pst_record record;
	uint8_t k[PST_BTH_KEY] = {0}, d[PST_BTH_DATA] = {0};
	uint32_t header, i = 0;
	uint64_t block;

	target_open(&target, f);
	ck_assert_int_eq(pst_heap_writer_begin(&writer, &target.sink, PST_CLIENT_BTH, NULL), 0);
	ck_assert_int_eq(pst_bth_writer_begin(&tree, &writer, key, data, said, NULL), 0);
	header = tree.header;
	for (i = 0; i < n; i++) {
		if (key > 4) /* the highest byte comes first */
			for (uint32_t b = 0; b < 4; b++)
				k[b] = (uint8_t)(i >> (24 - 8 * b));
		else
			pst_put(k, i, key);
		d[data - 1] = (uint8_t)(i * 3);
		if (pst_bth_writer_add(&tree, k, d, NULL))
			ck_abort_msg("record %u", i);
	}
	if (n)
		ck_assert_int_eq(pst_bth_writer_add(&tree, k, d, NULL), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pst_bth_writer_end(&tree, NULL), 0);
	ck_assert_int_eq(pst_heap_writer_end(&writer, &block, header, NULL), 0);
	pst_bth_writer_deinit(&tree);
	pst_heap_writer_deinit(&writer);
	ck_assert_int_eq(pst_heap_open(&heap, &target.store.reader, block, NULL), 0);
	check_heap_maps(&heap);
	pst_bth_open(&bth, &heap, heap.root);
	ck_assert(bth.sound);
	ck_assert_uint_eq(bth.levels, levels);
	ck_assert_int_eq(!bth.root, !n);
	pst_walk_begin(&walk, &bth);
	for (i = 0; pst_walk_next(&record, &walk); i++)
		if (record.data[data - 1] != (uint8_t)(i * 3))
			ck_abort_msg("record %u", i);
	ck_assert_uint_eq(i, n);
	ck_assert(!walk.facts.first && !walk.facts.ragged && !walk.facts.mismatched && !walk.facts.endless);
	if (n)
		ck_assert_int_eq(pst_bth_find(&record, &bth, k), PST_THERE);
	pst_heap_deinit(&heap);
	store_close(&target.store);
}

START_TEST(trees)
{
	const struct pst_format *f = &pst_formats[_i];
	static const struct {
		uint8_t key, data, levels;
		uint32_t n;
	} cases[] = {
		{4, 4, 0, 0}, {4, 4, 0, 1}, {4, 4, 0, 447}, {4, 4, 1, 448}, {4, 4, 1, 447 * 447}, {4, 4, 2, 447 * 447 + 1},
		{4, 2, 0, 596}, {4, 2, 1, 597}, {2, 6, 1, 65536}, {8, 4, 1, 1000}, {16, 4, 0, 179}, {16, 4, 2, 179 * 179 + 1},
		{16, 32, 0, 74}, {16, 32, 2, 74 * 179 + 1}, {2, 1, 1, 2000},
	};

	for (size_t i = 0; i < PST_COUNT(cases); i++)
		write_tree(f, cases[i].key, cases[i].data, cases[i].n, cases[i].n, cases[i].levels);
	write_tree(f, 4, 4, 10, 20, 0);
	write_tree(f, 4, 4, 0, 20, 0);
	write_tree(f, 4, 4, 10, 2000, 0);
}
END_TEST

Suite *written_suite(void)
{
	Suite *suite = suite_create("written");
	TCase *tests = tcase_create("written");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests, streams, 0, PST_FORMATS);
	tcase_add_loop_test(tests, long_streams, 0, PST_FORMATS);
	tcase_add_loop_test(tests, subnode_lists, 0, PST_FORMATS);
	tcase_add_loop_test(tests, heaps, 0, PST_FORMATS);
	tcase_add_loop_test(tests, heaps_of_many_blocks, 0, PST_FORMATS);
	tcase_add_loop_test(tests, items_made_smaller, 0, PST_FORMATS);
	tcase_add_loop_test(tests, trees, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
