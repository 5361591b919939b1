/* Trees on heaps: of several levels, out of order, without end, damaged. */
#include "byhand.h"
#include "ltp/bth.h"

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

Suite *bth_suite(void)
{
	Suite *suite = suite_create("bth");
	TCase *tests = tcase_create("bth");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, trees_of_three_levels, 0, PST_FORMATS);
	tcase_add_loop_test(tests, order_of_keys, 0, 4 * PST_FORMATS);
	tcase_add_loop_test(tests, trees_that_list_themselves, 0, PST_FORMATS);
	tcase_add_loop_test(tests, trees_damaged, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
