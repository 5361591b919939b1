/* Blocks, heaps, trees, contexts: written, and read back. */
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

static void check_maps(const struct pst_heap *heap)
{
	const uint32_t full = pst_block_data(heap->stream.reader->index->format), blocks = (uint32_t)heap->stream.parts.n;
	struct pst_heap_block facts;

	ck_assert(heap->headed && heap->signature == PST_HEAP_SIGNATURE);
	for (uint32_t i = 0; i < blocks; i++) {
		pst_heap_block_facts(&facts, heap, i);
		ck_assert(facts.readable && facts.mapped && facts.ascending && facts.blank);
		ck_assert(!facts.lead && facts.gap <= 1 && facts.map % 2 == 0);
		ck_assert_uint_eq(facts.freed, facts.empty);
		ck_assert_uint_eq(facts.fill, facts.fill_right);
		ck_assert_uint_eq(facts.size, i + 1 < blocks ? full : facts.end);
	}
	for (uint32_t i = blocks; i < PST_MAX(blocks + 8, 16u); i++)
		ck_assert(pst_heap_fill(heap, i) == 0 || pst_heap_fill(heap, i) == UINT8_MAX);
}

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
	check_maps(&heap);
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
	check_maps(&heap);
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
	check_maps(&heap);
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

/* ---- property contexts ------------------------------------------------------------------ */

/* Whether the only block of a heap is that of a genuine file, given as digits with any spaces. */
static void check_bytes(struct target *target, uint64_t data, const char *text)
{
	struct target other;
	struct pst_stream ours, theirs;

	target_open(&other, target->sink.format);
	ck_assert_int_eq(pst_stream_open(&ours, &target->store.reader, data, NULL), 0);
	ck_assert_int_eq(pst_stream_open(&theirs, &other.store.reader, put_hex(&other.store, text), NULL), 0);
	ck_assert_uint_eq(ours.size, theirs.size);
	ck_assert_mem_eq(pst_stream_part(&ours, 0), pst_stream_part(&theirs, 0), (size_t)ours.size);
	pst_stream_deinit(&theirs);
	pst_stream_deinit(&ours);
	store_close(&other.store);
}

struct property {
	uint16_t id, type;
	struct pst_given given;
};

static void write_pc(struct target *target, const struct property *properties, size_t n, size_t said,
                     const struct pst_subnodes *kept, uint64_t *data, uint64_t *sub)
{
	struct pst_pc_writer writer;

	ck_assert_int_eq(pst_pc_writer_begin(&writer, &target->sink, said, kept, NULL), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(pst_pc_writer_add(&writer, properties[i].id, properties[i].type, &properties[i].given, NULL), 0);
	ck_assert_int_eq(pst_pc_writer_end(&writer, data, sub, NULL), 0);
	pst_pc_writer_deinit(&writer);
}

/* What genuine files have for the same properties, but for fill levels in the format with large blocks. */
START_TEST(pcs_like_genuine_ones)
{
	static const struct property none[] = {{0x660B, PST_INT32, {.data = "\0\0\0\0", .size = 4}}};
	static const struct property root[] = {
		{0x3001, PST_STRING, {0}}, {0x3602, PST_INT32, {.data = "\0\0\0\0", .size = 4}},
		{0x3603, PST_INT32, {.data = "\0\0\0\0", .size = 4}}, {0x360A, PST_BOOL, {.data = "\1", .size = 1}}};
	static const struct property search[] = {
		{0x3001, PST_STRING, {.data = "S\0e\0a\0r\0c\0h\0 \0R\0o\0o\0t\0", .size = 22}},
		{0x3602, PST_INT32, {.data = "\0\0\0\0", .size = 4}}, {0x3603, PST_INT32, {.data = "\0\0\0\0", .size = 4}},
		{0x360A, PST_BOOL, {.data = "\0", .size = 1}}};
	const struct {
		const struct property *properties;
		size_t n;
		const char *bytes;
	} cases[] = {
		{none, 1, "1c00ecbc2000000000000000 b502060040000000 0b66030000000000 02000000 0c0014001c00"},
		{root, 4, "3400ecbc2000000000000000 b502060040000000 01301f0000000000 0236030000000000 0336030000000000"
		          "0a360b0001000000 02000000 0c0014003400"},
		{search, 4, "4a00ecbc2000000000000000 b502060040000000 01301f0060000000 0236030000000000 0336030000000000"
		            "0a360b0000000000 530065006100720063006800200052006f006f007400 03000000 0c00140034004a00"}};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		struct target target;
		uint64_t data, sub;

		target_open(&target, &pst_formats[_i]);
		write_pc(&target, cases[i].properties, cases[i].n, cases[i].n + 3 * i, NULL, &data, &sub);
		ck_assert_uint_eq(sub, 0);
		check_bytes(&target, data, cases[i].bytes);
		store_close(&target.store);
	}
}
END_TEST

static uint8_t long_bytes[70000];

static void fill_long_bytes(void)
{
	for (size_t i = 0; i < sizeof long_bytes; i++)
		long_bytes[i] = (uint8_t)(i * 11 + i / 256);
}

static void check_property(struct pst_pc *pc, const struct property *expected)
{
	const struct pst_property *property = pst_pc_find(pc, expected->id);
	const size_t size = expected->given.size;
	struct pst_value value;
	uint8_t *bytes;
	size_t n;

	ck_assert_ptr_nonnull(property);
	ck_assert_uint_eq(property->type, expected->type);
	ck_assert_int_eq(pst_pc_value(&value, pc, property, NULL), 0);
	ck_assert(!value.found && pst_value_fits(&value));
	bytes = pst_value_load(&value, sizeof long_bytes, &n);
	if (!expected->given.tree && !expected->given.nid) {
		ck_assert_uint_eq(n, size);
		ck_assert(!size || !memcmp(bytes, expected->given.data, size));
		ck_assert_int_eq(size > PST_HEAP_ITEM, !pst_is_hid(value.hnid));
	} else {
		ck_assert_uint_eq(n, 9);
		ck_assert_mem_eq(bytes, "put aside", 9);
	}
	free(bytes);
	pst_value_deinit(&value);
}

static void check_pc(struct target *target, const struct property *properties, size_t n, uint64_t data, uint64_t sub,
                     size_t subnodes_expected)
{
	struct pst_subnodes subnodes;
	struct pst_pc pc;

	ck_assert_int_eq(pst_subnodes_open(&subnodes, &target->store.reader, sub, NULL), 0);
	ck_assert(subnodes.whole && subnodes.ordered);
	ck_assert_uint_eq(subnodes.entries.n, subnodes_expected);
	ck_assert_int_eq(pst_pc_open(&pc, &target->store.reader, data, &subnodes, NULL), 0);
	ck_assert(pc.sound && !pc.facts.first);
	ck_assert_uint_eq(pc.properties.n, n);
	check_maps(&pc.heap);
	for (size_t i = 0; i < n; i++)
		check_property(&pc, &properties[i]);
	pst_pc_deinit(&pc);
	pst_subnodes_deinit(&subnodes);
}

#define BYTES(pointer, n) {.data = (pointer), .size = (n)}

/* Every type, once and many times. */
START_TEST(types)
{
	struct property properties[64] = {0};
	struct target target;
	uint64_t data, sub;
	size_t n = 0;

	for (uint32_t type = 0; type < 0x2000; type++) {
		const struct pst_type_row *row = pst_type_row((uint16_t)type);

		if (!row)
			continue;
		properties[n] = (struct property){(uint16_t)(0x100 + n), (uint16_t)type, BYTES(long_bytes, row->size)};
		if (type == PST_BOOL)
			properties[n].given.data = "\1";
		if (!row->size)
			properties[n].given.size = 20;
		if (type & PST_MULTIPLE)
			properties[n].given.size = row->size * 3;
		if (type & PST_MULTIPLE && !row->size)
			properties[n].given = (struct pst_given)BYTES("\2\0\0\0\14\0\0\0\16\0\0\0abcd", 16);
		n++;
	}
	ck_assert_uint_eq(n, 18 + 12);
	fill_long_bytes();
	target_open(&target, &pst_formats[_i]);
	write_pc(&target, properties, n, n, NULL, &data, &sub);
	check_pc(&target, properties, n, data, sub, 0);
	store_close(&target.store);
}
END_TEST

START_TEST(long_values)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t full = pst_block_data(f);
	struct property properties[] = {
		{1, PST_BINARY, BYTES(long_bytes, 3579)}, {2, PST_BINARY, BYTES(long_bytes, 3580)},
		{3, PST_BINARY, BYTES(long_bytes, 3581)}, {4, PST_STRING, BYTES(long_bytes, full)},
		{5, PST_BINARY, BYTES(long_bytes, full + 1)}, {6, PST_BINARY, BYTES(long_bytes, sizeof long_bytes)},
		{7, PST_BINARY, {0}}, {8, PST_BINARY, {0}}, {9, PST_OBJECT, BYTES("\x7F\x02\0\0\t\0\0\0", 8)},
		{10, PST_INT32 | PST_MULTIPLE, BYTES(long_bytes, 4000)}};
	struct pst_subnodes kept = {.whole = true, .ordered = true};
	struct target target;
	uint64_t data, sub;

	fill_long_bytes();
	target_open(&target, f);
	properties[6].given.tree = put_block(&target.store, "put aside", 9);
	/* an id that the counter would give, and others around those that it gives */
	properties[7].given.nid = 0x403 << 5 | 0x1F;
	pst_add(&kept.entries, ((struct pst_list_entry){.nid = 0x27F, .data = properties[6].given.tree}));
	pst_add(&kept.entries, ((struct pst_list_entry){.nid = 0x403 << 5 | 0x1F, .data = properties[6].given.tree}));
	pst_add(&kept.entries, ((struct pst_list_entry){.nid = 0x999 << 5 | 5, .data = 0, .sub = 0}));
	write_pc(&target, properties, PST_COUNT(properties), PST_COUNT(properties), &kept, &data, &sub);
	check_pc(&target, properties, PST_COUNT(properties), data, sub, 3 + 6);
	ck_assert_uint_eq(target.sink.last_value, 0x400 + 6 + 1);
	pst_array_deinit(&kept.entries);
	store_close(&target.store);
}
END_TEST

START_TEST(many_properties)
{
	static const size_t counts[] = {0, 1, 446, 447, 448, 3000};
	struct property *properties = calloc(3000, sizeof *properties);

	ck_assert_ptr_nonnull(properties);
	fill_long_bytes();
	for (size_t i = 0; i < 3000; i++)
		properties[i] = (struct property){(uint16_t)i, i % 3 ? PST_BINARY : PST_INT32,
		                                  BYTES(long_bytes + i, i % 3 ? i % 50 * (i % 7) : 4)};
	for (size_t i = 0; i < PST_COUNT(counts); i++) {
		struct target target;
		uint64_t data, sub;

		target_open(&target, &pst_formats[_i]);
		write_pc(&target, properties, counts[i], counts[i], NULL, &data, &sub);
		check_pc(&target, properties, counts[i], data, sub, 0);
		store_close(&target.store);
	}
	free(properties);
}
END_TEST

START_TEST(properties_that_cannot_be)
{
	static const struct property cases[] = {
		{5, PST_INT32, BYTES("\1\2\3\4", 3)}, {5, PST_STRING, BYTES("abc", 3)}, {5, 0x7777, BYTES("abc", 3)},
		{5, PST_TIME, {0}}, {5, PST_TIME, {.tree = 4}}, {5, PST_OBJECT, {.nid = 0x1F}}, {4, PST_INT32, BYTES("\1\2\3\4", 4)},
		{5, PST_INT64 | PST_MULTIPLE, BYTES("123456789", 9)}};

	for (size_t i = 0; i < PST_COUNT(cases); i++) {
		struct target target;
		struct pst_pc_writer writer;

		target_open(&target, &pst_formats[_i]);
		ck_assert_int_eq(pst_pc_writer_begin(&writer, &target.sink, 2, NULL, NULL), 0);
		ck_assert_int_eq(pst_pc_writer_add(&writer, 4, PST_INT32, &(struct pst_given)BYTES("\1\2\3\4", 4), NULL), 0);
		ck_assert_msg(pst_pc_writer_add(&writer, cases[i].id, cases[i].type, &cases[i].given, NULL) ==
		              PSTFIX_ERROR_ARGUMENT, "case %zu", i);
		pst_pc_writer_deinit(&writer);
		store_close(&target.store);
	}
}
END_TEST

/* ---- table contexts --------------------------------------------------------------------- */

/* In the order of their making. */
static const uint32_t hierarchy[] = {0x67F20003, 0x67F30003, 0x3001001F, 0x36020003, 0x36030003, 0x360A000B, 0x0E300102,
                                     0x0E330014, 0x0E340102, 0x0E380003, 0x3613001F, 0x66350003, 0x66360003};

START_TEST(layouts)
{
	struct pst_column columns[PST_COUNT(hierarchy)];
	static const struct {
		uint16_t id, at;
		uint8_t size, bit;
	} expected[] = {{0x0E30, 20, 4, 6}, {0x0E33, 24, 8, 7}, {0x0E34, 32, 4, 8}, {0x0E38, 36, 4, 9}, {0x3001, 8, 4, 2},
	                {0x3602, 12, 4, 3}, {0x3603, 16, 4, 4}, {0x360A, 52, 1, 5}, {0x3613, 40, 4, 10}, {0x6635, 44, 4, 11},
	                {0x6636, 48, 4, 12}, {0x67F2, 0, 4, 0}, {0x67F3, 4, 4, 1}};

	pst_tc_layout(columns, hierarchy, PST_COUNT(hierarchy));
	for (size_t i = 0; i < PST_COUNT(expected); i++)
		for (size_t k = 0; k < PST_COUNT(expected); k++)
			if (columns[k].id == expected[i].id)
				ck_assert(columns[k].at == expected[i].at && columns[k].size == expected[i].size &&
				          columns[k].bit == expected[i].bit);
}
END_TEST

START_TEST(tcs_like_genuine_ones)
{
	static const uint32_t changes[] = {0x67F20003, 0x67F30003, 0x30070040, 0x0E330014};
	static const uint32_t searches[] = {0x67F20003, 0x67F30003, 0x66050003, 0x001A001F};
	const struct pst_given cells[] = {{0}, {0}, {.data = "\x22\1\0\0", .size = 4, .there = true}, {.there = true}};
	const struct pst_format *f = &pst_formats[_i];
	struct pst_column columns[4];
	const struct pst_tc_shape shape = {.columns = columns, .n = 4, .number = 4};
	struct target target;
	struct pst_tc_writer writer;
	uint64_t data, sub;

	target_open(&target, f);
	pst_tc_layout(columns, changes, 4);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 0, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_end(&writer, &data, &sub, NULL), 0);
	pst_tc_writer_deinit(&writer);
	check_bytes(&target, data, "4a00ec7c4000000000000000 b504040000000000"
	            "7c04180018001800190020000000000000000000 0000 1400330e10000803 4000073008000802 0300f26700000400"
	            "0300f36704000401 02000000 0c0014004a00");
	pst_tc_layout(columns, searches, 4);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 3, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 1, 2, cells, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_end(&writer, &data, &sub, NULL), 0);
	pst_tc_writer_deinit(&writer);
	ck_assert_uint_eq(sub, 0);
	check_bytes(&target, data, "6400ec7c4000000000000000 b504040060000000"
	            "7c0410001000100011002000000080000000 00000000 1f001a000c000403 0300056608000402 0300f26700000400"
	            "0300f36704000401 0100000000000000 01000000020000002201000000000000f0 00 04000000 0c0014004a0052006300");
	store_close(&target.store);
}
END_TEST

/* Of columns of every width; what a cell has follows from its row's number. */
static const uint32_t many[] = {0x67F20003, 0x67F30003, 0x0E17000B, 0x0037001F, 0x0E060040, 0x00700102, 0x10981102,
                                0x00360002, 0x0058000B, 0x30130102, 0x00480048, 0x0042001F};

enum { COLUMNS = PST_COUNT(many), ROW_SIZE = 8 + 4 + 8 + 4 * 5 + 2 + 2 + 2 };

static void make_cells(struct pst_given *cells, const struct pst_column *columns, uint32_t row)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		const uint8_t width = pst_type_inline(columns[i].type, 8);

		cells[i] = (struct pst_given){.data = long_bytes + (row * 3 + i) % 60000, .there = (row + i) % 5 != 0};
		cells[i].size = width ? width : columns[i].type == PST_GUID ? 16 : (row * 7 + i * 5) % 30 * 2;
		if (columns[i].type == PST_BOOL)
			cells[i].data = row % 2 ? "\1" : "\0";
		if (row % 1000 == 999 && columns[i].id == 0x0070)
			cells[i].size = 5000;
		if (columns[i].type == (PST_BINARY | PST_MULTIPLE))
			cells[i] = (struct pst_given){.data = "\1\0\0\0\10\0\0\0value", .size = 13, .there = row % 4 == 1};
	}
}

static void check_row(struct pst_tc *tc, const struct pst_column *columns, uint32_t row)
{
	struct pst_given cells[COLUMNS];
	uint8_t bytes[5000];
	struct pst_value value;
	bool right = !pst_tc_row(tc, row);

	make_cells(cells, columns, row);
	for (size_t i = 2; i < COLUMNS && right; i++) {
		const struct pst_column *column = pst_tc_column(tc, columns[i].id, columns[i].type);

		right = column && pst_tc_has(tc, column) == cells[i].there;
		if (!right || !cells[i].there)
			continue;
		right = !pst_tc_cell(&value, tc, column, NULL) && pst_value_fits(&value) && value.size == cells[i].size &&
		        pst_value_read(&value, bytes, sizeof bytes, 0) == cells[i].size && !memcmp(bytes, cells[i].data, cells[i].size) &&
		        !value.stream.reader == (cells[i].size < 5000);
		pst_value_deinit(&value);
	}
	ck_assert_msg(right, "row %u", row);
}

static void check_table(struct target *target, const struct pst_column *columns, uint64_t data, uint64_t sub, uint32_t rows,
                        uint8_t number, bool apart)
{
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	struct pst_tc_facts facts;
	uint32_t row;

	ck_assert_int_eq(pst_subnodes_open(&subnodes, &target->store.reader, sub, NULL), 0);
	ck_assert(subnodes.whole && subnodes.ordered);
	ck_assert_int_eq(pst_tc_open(&tc, &target->store.reader, data, &subnodes, NULL), 0);
	ck_assert(tc.sound && !tc.matrix && pst_tc_ends_right(&tc));
	check_maps(&tc.heap);
	ck_assert_uint_eq(tc.index.data, number);
	ck_assert_uint_eq(tc.rows, rows);
	ck_assert_uint_eq(tc.rest, 0);
	ck_assert_uint_eq(tc.ends[3], ROW_SIZE);
	ck_assert_uint_eq(tc.rows_hnid, !rows ? 0 : apart ? 0x3F : 0x80);
	for (size_t i = 0; i < COLUMNS; i++)
		ck_assert_uint_eq(pst_tc_column_facts(&tc, i), 0);
	ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), 0);
	ck_assert(facts.first == UINT32_MAX && !facts.ragged && !facts.index.first && facts.index.records == rows);
	for (row = 0; row < rows; row += rows > 5000 ? 7 : 1)
		check_row(&tc, columns, row);
	if (rows) {
		check_row(&tc, columns, rows - 1);
		ck_assert_int_eq(pst_tc_find(&row, &tc, (rows - 1) * 32 + 4), PST_THERE);
		ck_assert_uint_eq(row, rows - 1);
	}
	pst_tc_deinit(&tc);
	pst_subnodes_deinit(&subnodes);
}

static void write_table(const struct pst_format *f, uint32_t rows, uint32_t said, uint8_t number, bool apart, bool sides)
{
	struct pst_column columns[COLUMNS];
	struct pst_given cells[COLUMNS];
	const struct pst_tc_shape shape = {.columns = columns, .n = COLUMNS, .sides = sides};
	struct target target;
	struct pst_tc_writer writer;
	uint64_t data, sub;

	target_open(&target, f);
	pst_tc_layout(columns, many, COLUMNS);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, said, NULL, NULL), 0);
	for (uint32_t row = 0; row < rows; row++) {
		make_cells(cells, columns, row);
		if (pst_tc_writer_add(&writer, row * 32 + 4, row + 100, cells, NULL))
			ck_abort_msg("row %u", row);
	}
	ck_assert_int_eq(pst_tc_writer_end(&writer, &data, &sub, NULL), 0);
	pst_tc_writer_deinit(&writer);
	check_table(&target, columns, data, sub, rows, number, apart);
	store_close(&target.store);
}

START_TEST(tables_written)
{
	const struct pst_format *f = &pst_formats[_i];
	const uint32_t fit = PST_HEAP_ITEM / ROW_SIZE, per = pst_block_data(f) / ROW_SIZE;
	const uint32_t counts[] = {1, 2, fit - 1, fit, fit + 1, per, per + 1, 2 * per, 2 * per + 1, 447, 448, 596, 597};

	fill_long_bytes();
	write_table(f, 0, 0, f->row_number, false, false);
	for (size_t i = 0; i < PST_COUNT(counts); i++)
		write_table(f, counts[i], counts[i], f->row_number, counts[i] > fit, false);
	write_table(f, 10, fit, f->row_number, false, false);
	write_table(f, 0, 10, f->row_number, false, false);
	write_table(f, 0, 10000, f->row_number, false, false);
	write_table(f, 10, 10000, f->row_number, true, false);
	write_table(f, 0, 0, f->row_number, false, true);
	write_table(f, 2000, 2000, f->row_number, true, true);
}
END_TEST

START_TEST(long_tables)
{
	fill_long_bytes();
	write_table(&pst_formats[_i], 100000, 100000, 4, true, false);
	write_table(&pst_formats[_i], 65536, 65536, pst_formats[_i].row_number, true, false);
}
END_TEST

/* Nothing is lost but what was given back, whenever it fails: the sanitizers would tell. */
START_TEST(failures)
{
	const struct pst_format *f = &pst_formats[_i];
	struct pst_column columns[COLUMNS];
	struct pst_given cells[COLUMNS];
	const struct pst_tc_shape shape = {.columns = columns, .n = COLUMNS, .sides = true};
	pstfix_status status = PSTFIX_ERROR_IO;

	pst_tc_layout(columns, many, COLUMNS);
	for (size_t left = 0; status; left++) {
		struct target target;
		struct pst_tc_writer writer;
		uint64_t data, sub;

		target_open(&target, f);
		target.left = left;
		status = pst_tc_writer_begin(&writer, &target.sink, &shape, 1500, NULL, NULL);
		ck_assert_int_eq(status, 0);
		for (uint32_t row = 0; row < 1500 && !status; row++) {
			make_cells(cells, columns, row);
			status = pst_tc_writer_add(&writer, row, row, cells, NULL);
		}
		if (!status)
			status = pst_tc_writer_end(&writer, &data, &sub, NULL);
		ck_assert(!status || status == PSTFIX_ERROR_IO);
		pst_tc_writer_deinit(&writer);
		store_close(&target.store);
	}
}
END_TEST

START_TEST(tables_that_cannot_be)
{
	const struct pst_format *f = &pst_formats[_i];
	static const struct pst_given cells[2] = {{0}};
	static const uint32_t tags[] = {0x67F20003, 0x67F30003};
	struct pst_column columns[256];
	struct pst_tc_shape shape = {.columns = columns, .n = 2};
	struct target target;
	struct pst_tc_writer writer;

	target_open(&target, f);
	pst_tc_layout(columns, tags, 2);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 5, 1, cells, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 5, 2, cells, NULL), PSTFIX_ERROR_ARGUMENT);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 6, 2, cells, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 7, 3, cells, NULL), PSTFIX_ERROR_ARGUMENT);
	pst_tc_writer_deinit(&writer);
	columns[1].at = 8;
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), PSTFIX_ERROR_ARGUMENT);
	columns[1].at = 4;
	shape.n = 1;
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), PSTFIX_ERROR_ARGUMENT);
	shape.n = 0;
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), PSTFIX_ERROR_ARGUMENT);
	for (size_t i = 2; i < 256; i++)
		columns[i] = columns[1];
	shape.n = 256;
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &shape, 2, NULL, NULL), PSTFIX_ERROR_ARGUMENT);
	store_close(&target.store);
}
END_TEST

Suite *context_suite(void)
{
	Suite *suite = suite_create("context");
	TCase *tests = tcase_create("context");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests, streams, 0, PST_FORMATS);
	tcase_add_loop_test(tests, long_streams, 0, PST_FORMATS);
	tcase_add_loop_test(tests, subnode_lists, 0, PST_FORMATS);
	tcase_add_loop_test(tests, heaps, 0, PST_FORMATS);
	tcase_add_loop_test(tests, heaps_of_many_blocks, 0, PST_FORMATS);
	tcase_add_loop_test(tests, items_made_smaller, 0, PST_FORMATS);
	tcase_add_loop_test(tests, trees, 0, PST_FORMATS);
	tcase_add_loop_test(tests, pcs_like_genuine_ones, 0, PST_FORMATS);
	tcase_add_loop_test(tests, types, 0, PST_FORMATS);
	tcase_add_loop_test(tests, long_values, 0, PST_FORMATS);
	tcase_add_loop_test(tests, many_properties, 0, PST_FORMATS);
	tcase_add_loop_test(tests, properties_that_cannot_be, 0, PST_FORMATS);
	tcase_add_test(tests, layouts);
	tcase_add_loop_test(tests, tcs_like_genuine_ones, 0, PST_FORMATS);
	tcase_add_loop_test(tests, tables_written, 0, PST_FORMATS);
	tcase_add_loop_test(tests, long_tables, 0, PST_FORMATS);
	tcase_add_loop_test(tests, failures, 0, PST_FORMATS);
	tcase_add_loop_test(tests, tables_that_cannot_be, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
