/* Header, pages, blocks, entries, encodings, places of maps: decoders and encoders as round trips,
 * and vectors from real files. */
#include "unit.h"

static const struct pst_format *const unicode = &pst_formats[0], *const ansi = &pst_formats[1],
				*const unicode4k = &pst_formats[2];

START_TEST(signature_vectors)
{
	static const struct {
		uint64_t at, id;
		uint16_t signature;
	} vectors[] = {{0x4400, 0x4400, 0}, {0x8400, 0x17B, 0x857B}, {0x4E00, 0xFE, 0x4EFE},
	               {0x47200, 0x45C, 0x7658}, {0x1F2000, 0x4AAF, 0x6AB0}, {0x25800, 0xC, 0x580E},
	               {0x12345678, 0x9ABC, 0xDEF0}, {UINT64_C(0x100004400), 4, 0x4404}};

	for (size_t i = 0; i < PST_COUNT(vectors); i++)
		ck_assert_uint_eq(pst_signature(vectors[i].at, vectors[i].id), vectors[i].signature);
}
END_TEST

/* Sample values of the specification. */
START_TEST(header_vector)
{
	struct pst_header header = {.format = unicode, .client = 0x4D53, .version = 23,
	                            .version_client = 19, .next_page = 0x254, .unique = 0x45,
	                            .end = 0x9F2400, .amap_last = 0x9B4400, .amap_free = 0x12F240,
	                            .nbt = {0x24B, 0x905200}, .bbt = {0x253, 0x900A00},
	                            .maps_valid = 2, .sentinel = 0x80, .encoding = 1,
	                            .next_block = 0x1434};
	static const uint32_t special[][2] = {{2, 0x404}, {3, 0x4000}, {4, 0x10002}, {5, 0x404},
	                                      {8, 0x8000}, {13, 0x404}, {14, 0x404}, {15, 0x404},
	                                      {31, 0x40F}};
	struct pst_header again;

	for (size_t i = 0; i < PST_NID_TYPES; i++)
		header.rgnid[i] = 0x400;
	for (size_t i = 0; i < PST_COUNT(special); i++)
		header.rgnid[special[i][0]] = special[i][1];
	memset(header.fmap, 0xFF, sizeof header.fmap);
	memset(header.fpmap, 0xFF, sizeof header.fpmap);
	header.raw[14] = header.raw[15] = 1;
	pst_put(header.raw + 16, 0x75C, 4);
	pst_put(header.raw + 20, 0x0B997BD0, 4);
	pst_put(header.raw + 24, UINT64_C(0x100000004), 8);
	pst_header_encode(&header);
	ck_assert_uint_eq(pst_get32(header.raw + 4), 0x379AA90E);
	ck_assert_uint_eq(pst_get32(header.raw + 524), 0x1FD283D6);
	pst_header_decode(&again, header.raw, NULL);
	ck_assert(again.proven);
	ck_assert_ptr_eq(again.format, unicode);
	ck_assert_uint_eq(again.next_block, 0x1434);
	ck_assert_uint_eq(again.rgnid[31], 0x40F);
	header.raw[300] ^= 1;
	pst_header_decode(&again, header.raw, NULL);
	ck_assert(!again.proven);
}
END_TEST

START_TEST(header_round_trip)
{
	const struct pst_format *f = &pst_formats[_i];
	struct pst_header header = {.format = f, .client = f->client, .version = f->version,
	                            .next_block = 0x1234, .next_page = 0x99, .unique = 7,
	                            .end = 0x42400, .amap_last = 0x4400, .amap_free = 640,
	                            .pmap_free = 512, .nbt = {1, 2}, .bbt = {3, 4}, .maps_valid = 2,
	                            .sentinel = 0x80, .encoding = 2};
	struct pst_header again;

	header.fmap[127] = 9;
	pst_header_encode(&header);
	pst_header_decode(&again, header.raw, NULL);
	ck_assert(again.proven);
	ck_assert_ptr_eq(again.format, f);
	ck_assert_uint_eq(again.end, 0x42400);
	ck_assert_uint_eq(again.amap_last, 0x4400);
	ck_assert_uint_eq(again.amap_free, 640);
	ck_assert_uint_eq(again.pmap_free, 512);
	ck_assert_uint_eq(again.bbt.id, 3);
	ck_assert_uint_eq(again.bbt.at, 4);
	ck_assert_uint_eq(again.maps_valid, 2);
	ck_assert_uint_eq(again.encoding, 2);
	ck_assert_uint_eq(again.fmap[127], 9);
}
END_TEST

START_TEST(page_vectors)
{
	static const uint8_t head[] = {0x21, 0, 0, 0, 0xFD, 0, 0, 0, 0, 0x4C, 0, 0,
	                               0x26, 0x22, 0, 0, 0xF9, 0, 0, 0, 0, 0x6A, 0, 0};
	static const uint8_t tail[] = {0x81, 0x81, 0xFE, 0x4E, 0xFE, 0, 0, 0, 0x1B, 0x26, 0x28, 0x18};
	uint8_t page[512] = {0};
	struct pst_page_tail decoded;
	struct pst_index_page counts;

	memcpy(page, head, sizeof head);
	pst_index_page_encode(&(struct pst_index_page){2, 41, 12, 1}, ansi, page);
	pst_page_seal(ansi, page, 0x4E00, PST_NBT, 0xFE);
	ck_assert_mem_eq(page + 500, tail, sizeof tail);
	ck_assert(pst_page_prove(&decoded, ansi, page, 0x4E00));
	ck_assert_uint_eq(decoded.id, 0xFE);
	pst_index_page_decode(&counts, ansi, page);
	ck_assert_uint_eq(counts.count, 2);
	ck_assert_uint_eq(counts.count_max, 41);
	ck_assert(!pst_page_prove(&decoded, ansi, page, 0x5000)); /* another place */
	page[3] ^= 1;
	ck_assert(!pst_page_prove(&decoded, ansi, page, 0x4E00));
}
END_TEST

START_TEST(entries_round_trip)
{
	const struct pst_format *f = &pst_formats[_i];
	uint8_t bytes[32];
	struct pst_nbt_entry node = {.key = 0x200024, .data = 0x44, .sub = 0x56, .parent = 0x8022}, node2;
	struct pst_bbt_entry block = {.id = 0x44, .at = 0x8000, .size = 0x1F00, .inflated = 0x1F00,
	                              .refs = 3}, block2;

	if (f->bbt_inflated)
		block.inflated = 0xFFE8;
	pst_nbt_entry_encode(&node, f, bytes);
	pst_nbt_entry_decode(&node2, f, bytes);
	ck_assert_mem_eq(&node, &node2, sizeof node);
	pst_bbt_entry_encode(&block, f, bytes);
	pst_bbt_entry_decode(&block2, f, bytes);
	ck_assert_uint_eq(block2.id, block.id);
	ck_assert_uint_eq(block2.at, block.at);
	ck_assert_uint_eq(block2.size, block.size);
	ck_assert_uint_eq(block2.inflated, block.inflated);
	ck_assert_uint_eq(block2.refs, block.refs);
}
END_TEST

START_TEST(block_trailer_vectors)
{
	static const uint8_t u[] = {4, 0, 0x40, 0x49, 0xE9, 0x54, 0xCD, 0xA6, 0xC0, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t k[] = {0x12, 0, 0x0E, 0x58, 0x13, 0xF5, 0x17, 0x87, 0x0C, 0, 0, 0,
	                            0, 0, 0, 0, 2, 0, 0x12, 0, 0, 0, 0, 0};
	uint8_t bytes[24];
	struct pst_block_tail tail;

	pst_block_tail_decode(&tail, unicode, u);
	ck_assert_uint_eq(tail.size, 4);
	ck_assert_uint_eq(tail.id, 0xC0);
	ck_assert_uint_eq(tail.signature, pst_signature(0x4980, 0xC0));
	pst_block_tail_encode(&tail, unicode, bytes);
	ck_assert_mem_eq(bytes, u, sizeof u);
	pst_block_tail_decode(&tail, unicode4k, k);
	ck_assert_uint_eq(tail.inflated, 0x12);
	ck_assert_uint_eq(tail.extra, PST_BLOCK_EXTRA);
	pst_block_tail_encode(&tail, unicode4k, bytes);
	ck_assert_mem_eq(bytes, k, sizeof k);
}
END_TEST

START_TEST(encodings)
{
	static const uint8_t cyclic[] = {0x62, 0x69, 0x44, 0x1b, 0x70, 0x96, 0xd1, 0x78,
	                                 0xec, 0xbd, 0x02, 0xfd, 0xd6, 0xf0, 0x55, 0x34};
	static const uint8_t hello[] = {0x07, 0xea, 0xfd, 0xfd, 0x86};
	uint8_t bytes[16];

	memcpy(bytes, "0123456789ABCDEF", 16);
	pst_decode(PST_CYCLIC, bytes, 16, 0x12345678);
	ck_assert_mem_eq(bytes, cyclic, 16);
	pst_decode(PST_CYCLIC, bytes, 16, 0x12345678);
	ck_assert_mem_eq(bytes, "0123456789ABCDEF", 16);
	memcpy(bytes, hello, sizeof hello);
	pst_decode(PST_PERMUTE, bytes, sizeof hello, 0);
	ck_assert_mem_eq(bytes, "Hello", 5);
	pst_decode(PST_PLAIN, bytes, sizeof hello, 0);
	ck_assert_mem_eq(bytes, "Hello", 5);
}
END_TEST

START_TEST(many_bytes_at_once)
{
	uint8_t together[300], alone[300];

	for (size_t size = 0; size <= sizeof together; size++) {
		for (size_t i = 0; i < sizeof together; i++)
			together[i] = alone[i] = (uint8_t)(i * 7 + size);
		pst_decode(PST_PERMUTE, together, size, 0);
		for (size_t i = 0; i < size; i++)
			pst_decode(PST_PERMUTE, alone + i, 1, 0);
		ck_assert_mem_eq(together, alone, sizeof together);
		pst_encode(PST_PERMUTE, together, size, 0);
		for (size_t i = 0; i < sizeof together; i++)
			ck_assert_uint_eq(together[i], (uint8_t)(i * 7 + size));
	}
}
END_TEST

START_TEST(places_of_maps)
{
	ck_assert_uint_eq(pst_amap_at(unicode, 1), 0x42400);
	ck_assert_uint_eq(pst_amap_at(unicode4k, 1), 0x100A000);
	ck_assert_uint_eq(pst_map_at(unicode, 8, PST_PMAP), 0x1F4600);
	ck_assert_uint_eq(pst_map_at(unicode, 7, PST_PMAP), 0);
	ck_assert_uint_eq(pst_map_at(unicode, 128, PST_FMAP), 0x1F04800);
	ck_assert_uint_eq(pst_map_at(unicode, 127, PST_FMAP), 0);
	ck_assert_uint_eq(pst_map_at(unicode, 8192, PST_FPMAP), 0x7C004400 + 0x400);
	ck_assert_uint_eq(pst_map_at(unicode4k, 128, PST_FMAP), 0);
	ck_assert_uint_eq(pst_map_bytes(unicode, 8192), 4 * 512);
	ck_assert_uint_eq(pst_map_bytes(unicode4k, 8), 4096);
	ck_assert_uint_eq(pst_section_end(unicode, 0x4401), 0x42400);
	ck_assert_uint_eq(pst_section_end(unicode4k, 0x100A000), 0x100A000);
}
END_TEST

START_TEST(bits)
{
	uint8_t map[8] = {0};

	pst_bits_set(map, 3, 20);
	ck_assert_uint_eq(pst_bits_clear(map, 8), 44);
	ck_assert_uint_eq(map[0], 0x1F);
	ck_assert_uint_eq(map[2], 0xFE);
	ck_assert_uint_eq(pst_bits_longest_run(map, 8), 41);
}
END_TEST

Suite *disk_suite(void)
{
	Suite *suite = suite_create("disk");
	TCase *tests = tcase_create("disk");

	tcase_add_test(tests, signature_vectors);
	tcase_add_test(tests, header_vector);
	tcase_add_loop_test(tests, header_round_trip, 0, PST_FORMATS);
	tcase_add_test(tests, page_vectors);
	tcase_add_loop_test(tests, entries_round_trip, 0, PST_FORMATS);
	tcase_add_test(tests, block_trailer_vectors);
	tcase_add_test(tests, encodings);
	tcase_add_test(tests, many_bytes_at_once);
	tcase_add_test(tests, places_of_maps);
	tcase_add_test(tests, bits);
	suite_add_tcase(suite, tests);
	return suite;
}
