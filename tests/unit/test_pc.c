/* Property contexts: by hand, and from genuine files. */
#include "byhand.h"
#include "ltp/pc.h"

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

/* From genuine files. */
START_TEST(pc_vectors)
{
	static const char *const pcs[] = {
		"1c00ecbc2000000000000000 b502060040000000 0b66030000000000 02000000 0c0014001c00",
		"3400ecbc2000000000000000 b502060040000000 01301f0000000000 0236030000000000 0336030000000000"
		"0a360b0001000000 02000000 0c0014003400",
		"4a00ecbc2000000000000000 b502060040000000 01301f0060000000 0236030000000000 0336030000000000"
		"0a360b0000000000 530065006100720063006800200052006f006f007400 03000000 0c00140034004a00"};
	struct store store;
	struct pst_subnodes none = {.whole = true};
	struct pst_heap_block block;
	struct pst_value value;
	struct pst_charset charset = {0};
	uint8_t bytes[100];
	char text[100];

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
	pst_charset_deinit(&charset);
	store_close(&store);
}
END_TEST

Suite *pc_suite(void)
{
	Suite *suite = suite_create("pc");
	TCase *tests = tcase_create("pc");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, property_contexts, 0, PST_FORMATS);
	tcase_add_loop_test(tests, pc_vectors, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
