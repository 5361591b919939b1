/* Streams, heaps, trees and contexts as the library writes them, read back by its readers. */
#include "byhand.h"
#include "write/context.h"

/* A sink whose blocks an index in memory names. */
struct memory_sink {
	struct pst_sink sink;
	struct store store;
};

static pstfix_status take(struct pst_sink *sink, uint64_t *id, const uint8_t *data, uint32_t size, bool list,
                          pstfix_error *err)
{
	struct memory_sink *memory = (struct memory_sink *)sink;

	(void)err;
	ck_assert_uint_gt(size, 0);
	ck_assert_uint_le(size, pst_block_data(sink->format));
	*id = put_block(&memory->store, data, size);
	if (list) {
		memory->store.index.blocks.at[memory->store.index.blocks.n - 1].id |= PST_INTERNAL;
		*id |= PST_INTERNAL;
	}
	return PSTFIX_OK;
}

static void sink_open(struct memory_sink *out, int format)
{
	out->sink = (struct pst_sink){.format = &pst_formats[format], .put = take};
	store_open(&out->store, out->sink.format);
}

static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static uint8_t *bytes_new(size_t n)
{
	uint8_t *bytes = malloc(n + 1);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_at(i);
	return bytes;
}

START_TEST(streams)
{
	const uint32_t full = pst_block_data(&pst_formats[_i]);
	const size_t sizes[] = {0, 1, full - 1, full, full + 1, 3 * full, 3 * full + 5};
	struct memory_sink sink;

	sink_open(&sink, _i);
	for (size_t k = 0; k < PST_COUNT(sizes); k++) {
		uint8_t *bytes = bytes_new(sizes[k]), *back = malloc(sizes[k] + 1);
		struct pst_stream_writer writer;
		struct pst_stream stream;
		uint64_t id;

		pst_stream_begin(&writer, &sink.sink, NULL);
		pst_stream_add(&writer, bytes, sizes[k] / 3);
		pst_stream_add(&writer, bytes + sizes[k] / 3, sizes[k] - sizes[k] / 3);
		ck_assert_int_eq(pst_stream_end(&id, &writer), PSTFIX_OK);
		ck_assert_int_eq(!id, !sizes[k]);
		ck_assert_int_eq(pst_stream_open(&stream, &sink.store.reader, id, NULL), PSTFIX_OK);
		ck_assert_uint_eq(stream.size, sizes[k]);
		ck_assert_uint_eq(pst_stream_read(&stream, back, sizes[k] + 1, 0), sizes[k]);
		ck_assert_int_eq(memcmp(back, bytes, sizes[k]), 0);
		ck_assert(stream.whole);
		pst_stream_deinit(&stream);
		free(back);
		free(bytes);
	}
	store_close(&sink.store);
}
END_TEST

/* Lists of as many as a list can have, one more, and so many that a list of lists needs more than two. */
START_TEST(lists)
{
	const struct pst_format *f = &pst_formats[_i];
	const size_t max = (pst_block_data(f) - 8) / f->word, counts[] = {2, max, max + 1, 2 * max + 1};
	struct memory_sink sink;
	struct pst_part_put *parts;
	uint64_t id;

	sink_open(&sink, _i);
	parts = calloc(2 * max + 1, sizeof *parts);
	id = put_block(&sink.store, "abc", 3);
	for (size_t i = 0; i < 2 * max + 1; i++)
		parts[i] = (struct pst_part_put){id, 3};
	sink.store.memory->io.size += (uint64_t)2 * max * f->unit; /* room for so many, as a reader sees it */
	for (size_t k = 0; k < PST_COUNT(counts); k++) {
		struct pst_stream stream;
		struct pst_list list;
		const uint8_t *data;
		size_t size;

		ck_assert_int_eq(pst_put_data_list(&id, &sink.sink, parts, counts[k], NULL), PSTFIX_OK);
		ck_assert_int_eq(pst_stream_open(&stream, &sink.store.reader, id, NULL), PSTFIX_OK);
		ck_assert_uint_eq(stream.parts.n, counts[k]);
		ck_assert_uint_eq(stream.size, 3 * counts[k]);
		data = pst_reader_block(&sink.store.reader, pst_index_block(&sink.store.index, id), &size);
		pst_list_decode(&list, f, data, size);
		ck_assert_uint_eq(list.total, 3 * counts[k]);
		ck_assert_uint_eq(list.level, counts[k] > max ? 2 : 1);
		pst_stream_deinit(&stream);
	}
	ck_assert_int_eq(pst_put_data_list(&id, &sink.sink, parts, 0, NULL), PSTFIX_OK);
	ck_assert_uint_eq(id, 0);
	parts[1].size = UINT32_MAX;
	ck_assert_int_eq(pst_put_data_list(&id, &sink.sink, parts, 2, NULL), PSTFIX_ERROR_REFUSED);
	free(parts);
	store_close(&sink.store);
}
END_TEST

START_TEST(lists_of_subnodes)
{
	const struct pst_format *f = &pst_formats[_i];
	const size_t max = (pst_block_data(f) - f->list_head) / (3u * f->word), counts[] = {0, 1, max, max + 1, 3 * max + 1};
	struct memory_sink sink;
	struct pst_list_entry *entries;
	uint64_t id;

	sink_open(&sink, _i);
	entries = calloc(3 * max + 1, sizeof *entries);
	for (size_t i = 0; i < 3 * max + 1; i++)
		entries[i] = (struct pst_list_entry){.nid = (uint32_t)(i + 1) << 5 | 0x1F, .data = 4 * (i + 1), .sub = i % 3 ? 0 : 4 * i + 2};
	sink.store.memory->io.size += (uint64_t)64 * max * f->unit;
	for (size_t k = 0; k < PST_COUNT(counts); k++) {
		struct pst_subnodes back;

		ck_assert_int_eq(pst_put_subnodes(&id, &sink.sink, entries, counts[k], NULL), PSTFIX_OK);
		ck_assert_int_eq(!id, !counts[k]);
		ck_assert_int_eq(pst_subnodes_open(&back, &sink.store.reader, id, NULL), PSTFIX_OK);
		ck_assert_uint_eq(back.entries.n, counts[k]);
		ck_assert(back.ordered);
		for (size_t i = 0; i < counts[k]; i++) {
			ck_assert_uint_eq(back.entries.at[i].nid, entries[i].nid);
			ck_assert_uint_eq(back.entries.at[i].data, entries[i].data);
			ck_assert_uint_eq(back.entries.at[i].sub, entries[i].sub);
		}
		pst_subnodes_deinit(&back);
	}
	free(entries);
	store_close(&sink.store);
}
END_TEST

/* Blocks that have levels of others are the 1st, the 9th and the 137th. */
START_TEST(heaps)
{
	const uint32_t size = 3000, each = pst_block_data(&pst_formats[_i]) / (size + 2), counts[] = {1, 2, each * 7, each * 8 + 1,
	                                                                                           each * 9 + 1, each * 140};
	uint8_t *bytes = bytes_new(size + 1000);
	struct memory_sink sink;

	sink_open(&sink, _i);
	for (size_t k = 0; k < PST_COUNT(counts); k++) {
		struct pst_heap_writer writer;
		struct pst_heap heap;
		struct pst_item item;
		struct pst_heap_block facts;
		uint32_t *hids = calloc(counts[k] + 1, sizeof *hids), root;
		uint64_t id;

		pst_heap_begin(&writer, &sink.sink, 0xBC, NULL);
		root = pst_heap_put(&writer, "12345678", 8);
		for (uint32_t i = 0; i < counts[k]; i++)
			hids[i] = pst_heap_put(&writer, bytes + i % 1000, size - i % 7);
		ck_assert_uint_eq(pst_heap_put(&writer, bytes, 0), 0);
		pst_heap_set(&writer, root, "abcdefgh");
		ck_assert_int_eq(pst_heap_end(&id, &writer, root), PSTFIX_OK);
		ck_assert_int_eq(pst_heap_open(&heap, &sink.store.reader, id, NULL), PSTFIX_OK);
		ck_assert_uint_eq(heap.client, 0xBC);
		ck_assert_uint_eq(heap.root, root);
		ck_assert_int_eq(pst_heap_item(&item, &heap, root), PST_THERE);
		ck_assert_int_eq(memcmp(item.data, "abcdefgh", 8), 0);
		for (uint32_t i = 0; i < counts[k]; i++) {
			ck_assert_int_eq(pst_heap_item(&item, &heap, hids[i]), PST_THERE);
			ck_assert_uint_eq(item.size, size - i % 7);
			ck_assert_int_eq(memcmp(item.data, bytes + i % 1000, item.size), 0);
		}
		for (uint32_t i = 0; i < heap.stream.parts.n; i++) {
			pst_heap_block_facts(&facts, &heap, i);
			ck_assert(facts.mapped && facts.ascending && facts.blank && !facts.lead && facts.gap <= 1 && !facts.freed);
			ck_assert_uint_eq(facts.fill, facts.fill_right);
			ck_assert(i + 1 == heap.stream.parts.n || facts.size == pst_block_data(&pst_formats[_i]));
		}
		ck_assert(k + 1 < PST_COUNT(counts) || heap.stream.parts.n > 137);
		pst_heap_deinit(&heap);
		free(hids);
	}
	free(bytes);
	store_close(&sink.store);
}
END_TEST

/* Keys of 16 bytes have the highest first. An item has 74 records, or 179 keys with what they lead to. */
START_TEST(trees)
{
	enum { KEY = 16, DATA = 32, STEP = KEY + DATA, RECORDS = PST_ITEM_MAX / STEP, KEYS = PST_ITEM_MAX / (KEY + 4) };
	const size_t counts[] = {0, 1, RECORDS, RECORDS + 1, RECORDS * KEYS, RECORDS * KEYS + 1};
	struct memory_sink sink;

	sink_open(&sink, _i);
	for (size_t k = 0; k < PST_COUNT(counts); k++) {
		uint8_t *records = calloc(counts[k] + 1, STEP);
		struct pst_heap_writer writer;
		struct pst_record record;
		struct pst_heap heap;
		struct pst_walk walk;
		struct pst_bth bth;
		uint32_t header;
		uint64_t id, n = 0;

		for (size_t i = 0; i < counts[k]; i++) {
			records[STEP * i + 1] = (uint8_t)(i >> 8);
			records[STEP * i + 2] = (uint8_t)i;
			pst_put(records + STEP * i + KEY, ~i, 8);
		}
		pst_heap_begin(&writer, &sink.sink, PST_CLIENT_BTH, NULL);
		header = pst_heap_put(&writer, "        ", PST_BTH_HEADER);
		pst_bth_put(&writer, header, KEY, DATA, records, counts[k]);
		ck_assert_int_eq(pst_heap_end(&id, &writer, header), PSTFIX_OK);
		ck_assert_int_eq(pst_heap_open(&heap, &sink.store.reader, id, NULL), PSTFIX_OK);
		pst_bth_open(&bth, &heap, header);
		ck_assert(bth.sound);
		ck_assert_uint_eq(bth.levels, counts[k] <= RECORDS ? 0 : counts[k] <= RECORDS * KEYS ? 1 : 2);
		for (pst_walk_begin(&walk, &bth); pst_walk_next(&record, &walk); n++) {
			ck_assert_int_eq(memcmp(record.key, records + STEP * n, KEY), 0);
			ck_assert_int_eq(memcmp(record.data, records + STEP * n + KEY, DATA), 0);
		}
		ck_assert_uint_eq(n, counts[k]);
		ck_assert(!walk.facts.unsorted && !walk.facts.equal && !walk.facts.ragged && !walk.facts.mismatched && !walk.facts.dangling);
		ck_assert_int_eq(pst_bth_find(&record, &bth, records + STEP * (counts[k] / 2)), counts[k] ? PST_THERE : PST_NOT_THERE);
		pst_heap_deinit(&heap);
		free(records);
	}
	store_close(&sink.store);
}
END_TEST

START_TEST(property_contexts)
{
	static const struct {
		uint16_t type;
		size_t size;
	} values[] = {{PST_INT16, 2}, {PST_INT32, 4}, {PST_BOOL, 1}, {PST_FLOAT64, 8}, {PST_INT64, 8}, {PST_TIME, 8},
	              {PST_GUID, 16}, {PST_STRING, 0}, {PST_STRING, 100}, {PST_STRING8, 77}, {PST_BINARY, 3579}, {PST_BINARY, 3580},
	              {PST_BINARY, 3581}, {PST_BINARY, 200000}, {PST_MULTIPLE | PST_INT32, 40}, {PST_OBJECT, 8}};
	const struct pst_list_entry kept = {.nid = 0x8025, .data = 4, .sub = 0};
	uint8_t *bytes = bytes_new(200100), *back = malloc(200100);
	uint32_t next_nid = 0x500;
	struct memory_sink sink;
	struct pst_pc_writer writer;
	struct pst_subnodes subnodes;
	struct pst_pc pc;
	uint64_t data, sub;

	sink_open(&sink, _i);
	put_block(&sink.store, "kept", 4);
	pst_pc_begin(&writer, &sink.sink, &next_nid, NULL);
	bytes[2] = 1; /* of a truth value */
	for (size_t i = PST_COUNT(values); i--;) /* in any order */
		pst_pc_put(&writer, (uint16_t)(0x3000 + i), values[i].type, bytes + i, values[i].size);
	pst_keep_subnode(&writer.context, &kept);
	ck_assert_int_eq(pst_pc_end(&data, &sub, &writer), PSTFIX_OK);
	ck_assert_int_eq(pst_subnodes_open(&subnodes, &sink.store.reader, sub, NULL), PSTFIX_OK);
	ck_assert_uint_eq(subnodes.entries.n, 3);
	ck_assert(subnodes.ordered);
	ck_assert_uint_eq(next_nid, 0x502);
	ck_assert_ptr_nonnull(pst_subnodes_find(&subnodes, kept.nid));
	ck_assert_int_eq(pst_pc_open(&pc, &sink.store.reader, data, &subnodes, NULL), PSTFIX_OK);
	ck_assert(pc.sound);
	ck_assert_uint_eq(pc.properties.n, PST_COUNT(values));
	for (size_t i = 0; i < PST_COUNT(values); i++) {
		struct pst_value value;

		ck_assert_uint_eq(pc.properties.at[i].id, 0x3000 + i);
		ck_assert_int_eq(pst_pc_value(&value, &pc, &pc.properties.at[i], NULL), PSTFIX_OK);
		ck_assert_uint_eq(value.type, values[i].type);
		ck_assert_uint_eq(value.size, values[i].size);
		ck_assert_uint_eq(pst_value_read(&value, back, 200100, 0), values[i].size);
		ck_assert_int_eq(memcmp(back, bytes + i, values[i].size), 0);
		pst_value_deinit(&value);
	}
	pst_pc_deinit(&pc);
	pst_subnodes_deinit(&subnodes);
	free(back);
	free(bytes);
	store_close(&sink.store);
}
END_TEST

/* Row `id` of the tables here: cells by column. */
static size_t cell_bytes(uint8_t *out, uint32_t id, uint16_t type, size_t i)
{
	const size_t size = pst_type_inline(type, 8) ? pst_type_inline(type, 8) : id % 1000 == 5 ? 4000 : 2 * (id % 20);

	for (size_t k = 0; k < size; k++)
		out[k] = (uint8_t)(id + i + k);
	if (type == PST_BOOL)
		out[0] &= 1;
	return size;
}

static void check_row(struct pst_tc *tc, uint32_t id, bool absent)
{
	uint8_t expected[4000], back[4001];
	uint32_t row;

	ck_assert_int_eq(pst_tc_find(&row, tc, id), PST_THERE);
	ck_assert_int_eq(pst_tc_row(tc, row), PST_THERE);
	for (size_t i = 0; i < tc->columns.n; i++) {
		const struct pst_column *column = &tc->columns.at[i];
		struct pst_value value;
		size_t size;

		if (column->id >= PST_ROW_ID) {
			ck_assert_uint_eq(pst_get32(tc->row + column->at), column->id == PST_ROW_ID ? id : id + 1);
			continue;
		}
		ck_assert_int_eq(pst_tc_has(tc, column), !absent || i % 2);
		if (!pst_tc_has(tc, column))
			continue;
		size = cell_bytes(expected, id, column->type, i);
		ck_assert_int_eq(pst_tc_cell(&value, tc, column, NULL), PSTFIX_OK);
		ck_assert_uint_eq(pst_value_read(&value, back, sizeof back, 0), size);
		ck_assert_int_eq(memcmp(back, expected, size), 0);
		pst_value_deinit(&value);
	}
}

START_TEST(tables)
{
	static const uint32_t tags[] = {0x00170003, 0x001A001F, 0x0037001F, 0x00390040, 0x0057000B, 0x0E060040, 0x10000002,
	                                0x30000048, 0x67F20003, 0x67F30003};
	const uint32_t counts[] = {0, 1, 50, 70, 3000, pst_formats[_i].word == 4 ? UINT16_MAX + 2 : 9000};
	struct pst_column columns[PST_COUNT(tags)];
	struct memory_sink sink;

	sink_open(&sink, _i);
	pst_tc_lay_out(columns, tags, PST_COUNT(tags));
	for (size_t k = 0; k < PST_COUNT(counts); k++) {
		const uint32_t n = counts[k];
		struct pst_tc_writer writer;
		struct pst_tc_facts facts;
		struct pst_subnodes subnodes;
		struct pst_tc tc;
		uint32_t next_nid = 0x500;
		uint64_t data, sub;

		pst_tc_begin(&writer, &sink.sink, &next_nid, columns, PST_COUNT(tags), NULL);
		for (uint32_t i = n; i--;) {
			pst_tc_put_row(&writer, 3 * i, 3 * i + 1);
			for (size_t c = 0; c + 2 < PST_COUNT(tags); c++) {
				uint8_t bytes[4000];
				size_t size = cell_bytes(bytes, 3 * i, (uint16_t)tags[c], c);

				if (!(i % 4 == 3) || c % 2)
					pst_tc_put_cell(&writer, c, bytes, size);
			}
		}
		ck_assert_int_eq(pst_tc_end(&data, &sub, &writer), PSTFIX_OK);
		ck_assert_int_eq(pst_subnodes_open(&subnodes, &sink.store.reader, sub, NULL), PSTFIX_OK);
		ck_assert_int_eq(pst_tc_open(&tc, &sink.store.reader, data, &subnodes, NULL), PSTFIX_OK);
		ck_assert(tc.sound && !tc.matrix && pst_tc_ends_right(&tc) && !tc.rest);
		ck_assert_uint_eq(tc.rows, n);
		ck_assert_uint_eq(tc.index.data, pst_formats[_i].word == 4 && n <= 65535 ? 2 : 4);
		for (size_t c = 0; c < tc.columns.n; c++)
			ck_assert_uint_eq(pst_tc_column_facts(&tc, c), 0);
		ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), PSTFIX_OK);
		ck_assert_uint_eq(facts.index.records, n);
		ck_assert(!facts.beyond && !facts.repeated && !facts.unindexed && !facts.mismatched && !facts.unreadable && !facts.ragged);
		for (uint32_t i = 0; i < n; i += 1 + n / 500)
			check_row(&tc, 3 * i, i % 4 == 3);
		pst_tc_deinit(&tc);
		pst_subnodes_deinit(&subnodes);
	}
	store_close(&sink.store);
}
END_TEST

Suite *context_suite(void)
{
	Suite *suite = suite_create("writing contexts");
	TCase *each = tcase_create("each format");

	tcase_set_timeout(each, 60);
	tcase_add_loop_test(each, streams, 0, PST_FORMATS);
	tcase_add_loop_test(each, lists, 0, PST_FORMATS);
	tcase_add_loop_test(each, lists_of_subnodes, 0, PST_FORMATS);
	tcase_add_loop_test(each, heaps, 0, PST_FORMATS);
	tcase_add_loop_test(each, trees, 0, PST_FORMATS);
	tcase_add_loop_test(each, property_contexts, 0, PST_FORMATS);
	tcase_add_loop_test(each, tables, 0, PST_FORMATS);
	suite_add_tcase(suite, each);
	return suite;
}
