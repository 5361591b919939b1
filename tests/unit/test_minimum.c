/* What every store has: made, compared with that of genuine files by length and checksum, and read back. */
#include "byhand.h"
#include "write/minimum.h"

/* Unicode, ANSI, 4K: in the order of the table of formats. */
struct expected {
	uint32_t nid;
	struct {
		uint16_t size; /* 0: in no file */
		uint32_t crc;
	} in[PST_FORMATS];
};

static const struct expected tables[] = {
	{0x60D, {{156, 0xD5949689}, {156, 0xB2C5990E}, {172, 0xB5E3110A}}},
	{0x60E, {{276, 0x8DB18212}, {268, 0x779F3BA4}, {316, 0x4AA616CD}}},
	{0x60F, {{172, 0x79CDD73E}, {172, 0x4B5A9435}, {220, 0x02BB726C}}},
	{0x610, {{204, 0xFBE210D8}, {204, 0x5CAC056B}, {212, 0xE6066149}}},
	{0x619, {{0}, {0}, {84, 0xA02038C8}}},
	{0x64C, {{92, 0x7DA36CBA}, {92, 0x1DFA12A7}, {92, 0x7DA36CBA}}},
	{0x671, {{100, 0xA411E5C2}, {100, 0xC97A5DCD}, {108, 0x4BB5DD3E}}},
	{0x692, {{164, 0x6E6ACD01}, {164, 0x42225027}, {164, 0x6E6ACD01}}},
	{0x6B6, {{92, 0x6FF3FB10}, {92, 0x0FAA850D}, {92, 0x6FF3FB10}}},
	{0x6D7, {{124, 0x582FD51E}, {124, 0x914E345B}, {124, 0x582FD51E}}},
	{0x6F8, {{84, 0x76C8D87A}, {84, 0x76C8D87A}, {84, 0x76C8D87A}}},
};

static void check_block(struct target *target, uint64_t data, uint32_t nid, uint16_t size, uint32_t crc)
{
	struct pst_stream stream;
	const uint8_t *bytes;

	ck_assert_int_eq(pst_stream_open(&stream, &target->store.reader, data, NULL), 0);
	ck_assert_msg(stream.size == size, "0x%X: %u bytes", nid, (unsigned)stream.size);
	bytes = pst_stream_part(&stream, 0);
	ck_assert_msg(pst_crc(bytes, size) == crc, "0x%X: %08X", nid, pst_crc(bytes, size));
	pst_stream_deinit(&stream);
}

/* ---- tables ------------------------------------------------------------------------------ */

/* An empty table of these columns. */
static void write_template(struct target *target, const struct pst_template *template, uint64_t *data, uint64_t *sub)
{
	struct pst_tc_writer writer;

	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target->sink, &template->shape, 0, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_end(&writer, data, sub, NULL), 0);
	pst_tc_writer_deinit(&writer);
}

START_TEST(templates_of_genuine_files)
{
	for (size_t i = 0; i < PST_COUNT(tables); i++) {
		struct pst_template template;
		struct target target;
		uint64_t data, sub;
		const bool there = tables[i].in[_i].size;

		ck_assert(pst_template_of(&template, &pst_formats[_i], tables[i].nid) == there);
		if (!there)
			continue;
		target_open(&target, &pst_formats[_i]);
		write_template(&target, &template, &data, &sub);
		check_block(&target, data, tables[i].nid, tables[i].in[_i].size, tables[i].in[_i].crc);
		ck_assert_int_eq(sub != 0, template.shape.sides);
		store_close(&target.store);
	}
}
END_TEST

/* A table of a folder or a message has those of its type; what is no table has none. */
START_TEST(templates_by_type)
{
	static const uint32_t pairs[][2] = {{0x802D, 0x60D}, {0x20AE, 0x60E}, {0x12F, 0x60F}, {0x2230, 0x610}};
	static const uint32_t others[] = {0x21, 0x122, 0x2223, 0x200024, 0x8034, 0x2226, 0x2227, 0x3F, 0xC01};
	struct pst_template a, b;

	for (size_t i = 0; i < PST_COUNT(pairs); i++) {
		ck_assert(pst_template_of(&a, &pst_formats[_i], pairs[i][0]));
		ck_assert(pst_template_of(&b, &pst_formats[_i], pairs[i][1]));
		ck_assert_uint_eq(a.shape.n, b.shape.n);
		for (size_t k = 0; k < a.shape.n; k++)
			ck_assert(a.columns[k].id == b.columns[k].id && a.columns[k].at == b.columns[k].at);
	}
	for (size_t i = 0; i < PST_COUNT(others); i++)
		ck_assert(!pst_template_of(&a, &pst_formats[_i], others[i]));
}
END_TEST

Suite *minimum_suite(void)
{
	Suite *suite = suite_create("minimum");
	TCase *tests = tcase_create("minimum");

	tcase_add_loop_test(tests, templates_of_genuine_files, 0, PST_FORMATS);
	tcase_add_loop_test(tests, templates_by_type, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
