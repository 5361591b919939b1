/* What every store has: made, compared with that of genuine files by length and checksum, and read back. */
#include "byhand.h"
#include "ltp/pc.h"
#include "write/minimum.h"
#include "write/names.h"

#include <stdio.h>

/* Unicode, ANSI, 4K: in the order of the table of formats. */
struct expected {
	uint32_t nid;
	struct {
		uint16_t size; /* 0: in no file */
		uint32_t crc;
	} in[PST_FORMATS];
};

static const struct expected blanks[] = {
	{0x0C01, {{34, 0x210E82BD}, {34, 0x210E82BD}, {34, 0x210E82BD}}},
	{0x2227, {{38, 0x8D9F9A45}, {38, 0x8D9F9A45}, {38, 0x8D9F9A45}}},
	{0x614, {{0}, {0}, {28, 0x56FEC938}}},
	{0x2154, {{0}, {0}, {28, 0x56FEC938}}},
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

START_TEST(blank_nodes_of_genuine_files)
{
	for (size_t i = 0; i < PST_COUNT(blanks); i++) {
		struct pst_template template;
		struct target target;
		uint64_t data, sub;
		const uint16_t size = blanks[i].in[_i].size;

		target_open(&target, &pst_formats[_i]);
		ck_assert_int_eq(pst_write_blank(&target.sink, blanks[i].nid, &data, &sub, NULL),
		                 size ? 0 : PSTFIX_ERROR_ARGUMENT);
		if (size)
			check_block(&target, data, blanks[i].nid, size, blanks[i].in[_i].crc);
		ck_assert_int_eq(sub != 0, pst_template_of(&template, &pst_formats[_i], blanks[i].nid) && template.shape.sides);
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

/* ---- properties and rows, as text -------------------------------------------------------- */

/* A tag and the bytes of its value as digits. Of ANSI files with 1F for 1E, and 00 between characters: as of others. */
static void print_value(char *out, struct pst_value *value, uint16_t id, const struct pst_format *f)
{
	const bool narrow = value->type == PST_STRING8;
	uint8_t bytes[100];
	size_t n;

	ck_assert(!narrow || f->word == 4);
	ck_assert(value->type != PST_STRING || f->word == 8);
	ck_assert(!value->found);
	n = pst_value_read(value, bytes, sizeof bytes, 0);
	out += sprintf(out, "%04X%04X=", id, narrow ? PST_STRING : value->type);
	for (size_t i = 0; i < n; i++)
		out += sprintf(out, narrow ? "%02x00" : "%02x", bytes[i]);
	strcpy(out, " ");
}

static void check_pc(struct target *target, uint64_t data, const char *expected)
{
	char text[4000] = "";
	struct pst_value value;
	struct pst_pc pc;

	ck_assert_int_eq(pst_pc_open(&pc, &target->store.reader, data, NULL, NULL), 0);
	ck_assert(pc.sound && !pc.facts.first);
	for (size_t i = 0; i < pc.properties.n; i++) {
		ck_assert_int_eq(pst_pc_value(&value, &pc, &pc.properties.at[i], NULL), 0);
		print_value(text + strlen(text), &value, pc.properties.at[i].id, target->sink.format);
		pst_value_deinit(&value);
	}
	ck_assert_str_eq(text, expected);
	pst_pc_deinit(&pc);
}

/* All rows, cells in order of tags. */
static void check_tc(struct target *target, uint64_t data, const char *expected)
{
	char text[4000] = "";
	struct pst_tc_facts facts;
	struct pst_value value;
	struct pst_tc tc;

	ck_assert_int_eq(pst_tc_open(&tc, &target->store.reader, data, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_facts(&facts, NULL, &tc, NULL), 0);
	ck_assert(tc.sound && facts.first == UINT32_MAX);
	for (uint32_t row = 0; row < tc.rows; row++) {
		ck_assert_int_eq(pst_tc_row(&tc, row), 0);
		for (size_t i = 0; i < tc.columns.n; i++) {
			if (!pst_tc_has(&tc, &tc.columns.at[i]))
				continue;
			ck_assert_int_eq(pst_tc_cell(&value, &tc, &tc.columns.at[i], NULL), 0);
			print_value(text + strlen(text), &value, tc.columns.at[i].id, target->sink.format);
			pst_value_deinit(&value);
		}
	}
	ck_assert_str_eq(text, expected);
	pst_tc_deinit(&tc);
}

/* ---- the store ---------------------------------------------------------------------------- */

#define KEY "000102030405060708090a0b0c0d0e0f"

static void check_store(const struct pst_format *f, struct pst_store_facts facts, const char *name, const char *expected)
{
	struct pst_made made[PST_STORE_PROPERTIES];
	uint8_t text[20];
	struct target target;
	uint64_t data, sub;
	size_t n;

	for (uint8_t i = 0; i < sizeof facts.key; i++)
		facts.key[i] = i;
	facts.name = text;
	facts.name_size = pst_ascii(text, f, name);
	n = pst_store_properties(made, f, &facts);
	ck_assert_uint_le(n, PST_STORE_PROPERTIES);
	target_open(&target, f);
	ck_assert_int_eq(pst_write_properties(&target.sink, made, n, &data, &sub, NULL), 0);
	ck_assert_uint_eq(sub, 0);
	check_pc(&target, data, expected);
	store_close(&target.store);
}

START_TEST(stores)
{
	const struct pst_format *f = &pst_formats[_i];

	/* those of msrs-Empty and gopst-32-bit, but for what one client adds */
	check_store(f, (struct pst_store_facts){.folders = {[PST_STORE_TOP] = 0x8022, [PST_STORE_DELETED] = 0x8062,
	            [PST_STORE_COMMON_VIEWS] = 0x8082, [PST_STORE_SEARCHES] = 0x8042}}, "Empty",
	            "0FF90102=" KEY " 3001001F=45006d00700074007900 35DF0003=c9000000 35E00102=00000000" KEY "22800000 "
	            "35E30102=00000000" KEY "62800000 35E60102=00000000" KEY "82800000 35E70102=00000000" KEY "42800000 "
	            "6633000B=01 67FF0003=00000000 ");
	/* of libyal-outlook: mail is delivered into it */
	check_store(f, (struct pst_store_facts){.folders = {0x8022, 0x8082, 0x80A2, 0x8042, 0x80C2, 0x80E2, 0x8102, 0x8062}}, "",
	            "0FF90102=" KEY " 3001001F= 35DF0003=ff000000 35E00102=00000000" KEY "22800000 "
	            "35E20102=00000000" KEY "a2800000 35E30102=00000000" KEY "42800000 35E40102=00000000" KEY "c2800000 "
	            "35E50102=00000000" KEY "e2800000 35E60102=00000000" KEY "02810000 35E70102=00000000" KEY "62800000 "
	            "6633000B=01 67FF0003=00000000 ");
	check_store(f, (struct pst_store_facts){.ost = true, .folders = {[PST_STORE_TOP] = 0x2142}}, "",
	            "0FF90102=" KEY " 3001001F= 6633000B=01 67FF0003=ffffffff ");
}
END_TEST

/* ---- folders ------------------------------------------------------------------------------ */

START_TEST(folders)
{
	const struct pst_format *f = &pst_formats[_i];
	const bool ost = f->client == pst_formats[2].client;
	struct pst_made made[PST_FOLDER_PROPERTIES];
	struct pst_folder_facts facts = {.contents = 3, .unread = 2, .subfolders = 5};
	struct pst_given cells[PST_TEMPLATE_COLUMNS];
	struct pst_template template;
	uint8_t name[20], class_name[20];
	struct pst_tc_writer writer;
	struct target target;
	uint64_t data, sub;
	size_t n = pst_folder_properties(made, f, &(struct pst_folder_facts){.subfolders = 2});

	target_open(&target, f);
	ck_assert_int_eq(pst_write_properties(&target.sink, made, n, &data, &sub, NULL), 0);
	check_pc(&target, data, ost ? "3001001F= 36020003=00000000 36030003=00000000 360A000B=01 66380003=02000000 "
	                            : "3001001F= 36020003=00000000 36030003=00000000 360A000B=01 ");
	if (!ost) /* the root of all PSTs that were never used for more */
		check_block(&target, data, 0x122, 62, f->word == 4 ? 0xBA55EFEC : 0x15117DAB);

	facts.name = name;
	facts.name_size = pst_ascii(name, f, "ab");
	facts.class_name = class_name;
	facts.class_size = pst_ascii(class_name, f, "IPF");
	n = pst_folder_properties(made, f, &facts);
	ck_assert_uint_eq(n, ost ? PST_FOLDER_PROPERTIES : PST_FOLDER_PROPERTIES - 1);
	ck_assert_int_eq(pst_write_properties(&target.sink, made, n, &data, &sub, NULL), 0);
	check_pc(&target, data,
	         ost ? "3001001F=61006200 36020003=03000000 36030003=02000000 360A000B=01 3613001F=490050004600 66380003=05000000 "
	             : "3001001F=61006200 36020003=03000000 36030003=02000000 360A000B=01 3613001F=490050004600 ");

	ck_assert(pst_template_of(&template, f, 0x12D));
	pst_made_cells(cells, &template.shape, made, n);
	ck_assert_int_eq(pst_tc_writer_begin(&writer, &target.sink, &template.shape, 1, NULL, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_add(&writer, 0x8022, 15, cells, NULL), 0);
	ck_assert_int_eq(pst_tc_writer_end(&writer, &data, &sub, NULL), 0);
	pst_tc_writer_deinit(&writer);
	check_tc(&target, data, ost ? "3001001F=61006200 36020003=03000000 36030003=02000000 360A000B=01 3613001F=490050004600 "
	                              "66380003=05000000 67F20003=22800000 67F30003=0f000000 "
	                            : "3001001F=61006200 36020003=03000000 36030003=02000000 360A000B=01 3613001F=490050004600 "
	                              "67F20003=22800000 67F30003=0f000000 ");
	store_close(&target.store);
}
END_TEST

START_TEST(folder_nodes)
{
	const struct pst_format *f = &pst_formats[_i];
	const bool ost = f->client == pst_formats[2].client;
	uint32_t nids[PST_FOLDER_NODES];

	ck_assert_uint_eq(pst_folder_nodes(nids, f, 0x122), 3);
	ck_assert(nids[0] == 0x12D && nids[1] == 0x12E && nids[2] == 0x12F);
	ck_assert_uint_eq(pst_folder_nodes(nids, f, 0x8022), ost ? 5 : 3);
	ck_assert(nids[0] == 0x802D && nids[1] == 0x802E && nids[2] == 0x802F);
	ck_assert(!ost || (nids[3] == 0x8034 && nids[4] == 0x8035));
	ck_assert_uint_eq(pst_folder_nodes(nids, f, 0x2223), 3);
	ck_assert(nids[0] == 0x2226 && nids[1] == 0x2227 && nids[2] == 0x2230);
	ck_assert_uint_eq(pst_folder_nodes(nids, f, 0x200024), 0);
}
END_TEST

/* ---- the name map -------------------------------------------------------------------------- */

#define APPOINTMENT "0220060000000000c000000000000046"
#define KEYWORDS "100000004b006500790077006f00720064007300"

START_TEST(names)
{
	/* a number, a text, another text that is not there, and a number that comes into the bucket of the first */
	static const uint8_t texts[] = "\32\0\0\0c\0o\0n\0t\0e\0n\0t\0-\0c\0l\0a\0s\0s\0\0\0";
	static const uint8_t entries[] = "\x80\x85\0\0\x0A\0\0\0" "\0\0\0\0\x09\0\1\0" "\x1C\0\0\0\5\0\2\0"
	                                 "\x8F\x86\0\0\x0A\0\3\0";
	const struct pst_given streams[] = {{0}, {.data = entries, .size = sizeof entries - 1},
	                                    {.data = texts, .size = sizeof texts - 1}};
	struct target target;
	uint64_t data, sub;

	target_open(&target, &pst_formats[_i]);
	ck_assert_int_eq(pst_write_names(&target.sink, streams, &data, &sub, NULL), 0);
	ck_assert_uint_eq(sub, 0);
	check_pc(&target, data, "00010003=fb000000 00020102= 00030102=808500000a000000" "0000000009000100" "1c00000005000200"
	         "8f8600000a000300 00040102=1a00000063006f006e00740065006e0074002d0063006c0061007300730000" "00 "
	         "10320102=808500000a000000" "8f8600000a000300 " "10CE0102=658f00e609000100 ");
	store_close(&target.store);
}
END_TEST

START_TEST(first_names)
{
	struct target target;
	uint64_t data, sub;

	target_open(&target, &pst_formats[_i]);
	ck_assert_int_eq(pst_write_blank(&target.sink, 0x61, &data, &sub, NULL), 0);
	check_pc(&target, data, "00010003=fb000000 00020102=" APPOINTMENT " 00030102=0582000006000000" "0000000005000100 "
	         "00040102=" KEYWORDS " 10650102=3b4dda2e05000100 " "10970102=0582000006000000 ");
	store_close(&target.store);
}
END_TEST

/* ---- others -------------------------------------------------------------------------------- */

START_TEST(receive_folders)
{
	const struct pst_format *f = &pst_formats[_i];
	struct target target;
	uint64_t data, sub;

	target_open(&target, f);
	ck_assert_int_eq(pst_write_receive_folders(&target.sink, 0x122, 2, &data, &sub, NULL), 0);
	ck_assert_uint_eq(sub, 0);
	check_tc(&target, data, "001A001F= 66050003=22010000 67F20003=01000000 67F30003=02000000 ");
	if (f->client == pst_formats[0].client) /* in all PSTs into which no mail is delivered */
		check_block(&target, data, 0x62B, f->word == 4 ? 112 : 114, f->word == 4 ? 0x327C54AB : 0xCD0DEAD9);
	store_close(&target.store);
}
END_TEST

START_TEST(blank_nodes)
{
	static const uint32_t nothing[] = {0x1E1, 0x201, 0x261, 0xE41, 0xEC1, 0xF21, 0x2226, 0x80046};
	static const uint32_t never[] = {0x21, 0x122, 0x2223, 0x200024, 0x200028, 0x8025, 0xE01, 0x3F};
	struct target target;
	uint64_t data, sub;

	target_open(&target, &pst_formats[_i]);
	ck_assert_int_eq(pst_write_blank(&target.sink, 0x80047, &data, &sub, NULL), 0);
	check_pc(&target, data, "660B0003=00000000 ");
	target.left = 0;
	for (size_t i = 0; i < PST_COUNT(nothing); i++) {
		data = sub = 4;
		ck_assert_int_eq(pst_write_blank(&target.sink, nothing[i], &data, &sub, NULL), 0);
		ck_assert(!data && !sub);
	}
	for (size_t i = 0; i < PST_COUNT(never); i++)
		ck_assert_int_eq(pst_write_blank(&target.sink, never[i], &data, &sub, NULL), PSTFIX_ERROR_ARGUMENT);
	store_close(&target.store);
}
END_TEST

START_TEST(lists)
{
	static const uint32_t nids[] = {0x2223, 0x80023};
	struct target target;
	uint64_t data;

	target_open(&target, &pst_formats[_i]);
	ck_assert_int_eq(pst_write_nids(&target.sink, nids, 0, &data, NULL), 0);
	ck_assert_uint_eq(data, 0);
	ck_assert_int_eq(pst_write_nids(&target.sink, nids, 2, &data, NULL), 0);
	check_block(&target, data, 0x201, 8, pst_crc((const uint8_t *)"\x23\x22\0\0\x23\0\x08", 8));
	store_close(&target.store);
}
END_TEST

/* Blocks for all that there is. */
static pstfix_status write_all(struct target *target)
{
	const struct pst_minimum *node;
	struct pst_made made[PST_STORE_PROPERTIES];
	uint64_t data, sub;
	size_t n = 0;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; !status && (node = pst_minimum_at(target->sink.format, i)); i++) {
		if (node->kind == PST_MINIMUM_BLANK) {
			status = pst_write_blank(&target->sink, node->nid, &data, &sub, NULL);
			continue;
		}
		if (node->kind == PST_MINIMUM_RECEIVE) {
			status = pst_write_receive_folders(&target->sink, 0x122, 2, &data, &sub, NULL);
			continue;
		}
		n = node->kind == PST_MINIMUM_FOLDER
		            ? pst_folder_properties(made, target->sink.format, &(struct pst_folder_facts){.contents = 1})
		            : pst_store_properties(made, target->sink.format, &(struct pst_store_facts){.folders = {0x8022}});
		status = pst_write_properties(&target->sink, made, n, &data, &sub, NULL);
	}
	return status;
}

/* Nothing is lost but what was given back, whenever it fails: the sanitizers would tell. */
START_TEST(failures)
{
	pstfix_status status = PSTFIX_ERROR_IO;

	for (size_t left = 0; status; left++) {
		struct target target;

		target_open(&target, &pst_formats[_i]);
		target.left = left;
		status = write_all(&target);
		ck_assert(!status || status == PSTFIX_ERROR_IO);
		store_close(&target.store);
	}
}
END_TEST

START_TEST(what_there_is)
{
	const struct pst_format *f = &pst_formats[_i];
	const struct pst_minimum *node, *parent;
	uint32_t last = 0;

	for (size_t i = 0; (node = pst_minimum_at(f, i)); i++) {
		ck_assert_uint_gt(node->nid, last);
		last = node->nid;
		ck_assert_int_eq(node->kind == PST_MINIMUM_FOLDER, (node->nid & 31) == 2 || (node->nid & 31) == 3);
		ck_assert_int_eq(node->kind == PST_MINIMUM_FOLDER, node->name != NULL);
		ck_assert_int_eq(node->kind == PST_MINIMUM_FOLDER, node->parent != 0);
		ck_assert_ptr_eq(pst_minimum_find(f, node->nid), node);
		parent = pst_minimum_find(f, node->parent);
		ck_assert(!node->parent || (parent && parent->kind == PST_MINIMUM_FOLDER));
	}
	ck_assert_ptr_null(pst_minimum_find(f, 0x12D));
	ck_assert_uint_eq(last, f->client == pst_formats[2].client ? 0x2223 : 0x8062);
}
END_TEST

Suite *minimum_suite(void)
{
	Suite *suite = suite_create("minimum");
	TCase *tests = tcase_create("minimum");

	tcase_add_loop_test(tests, blank_nodes_of_genuine_files, 0, PST_FORMATS);
	tcase_add_loop_test(tests, templates_by_type, 0, PST_FORMATS);
	tcase_add_loop_test(tests, stores, 0, PST_FORMATS);
	tcase_add_loop_test(tests, folders, 0, PST_FORMATS);
	tcase_add_loop_test(tests, folder_nodes, 0, PST_FORMATS);
	tcase_add_loop_test(tests, names, 0, PST_FORMATS);
	tcase_add_loop_test(tests, first_names, 0, PST_FORMATS);
	tcase_add_loop_test(tests, receive_folders, 0, PST_FORMATS);
	tcase_add_loop_test(tests, blank_nodes, 0, PST_FORMATS);
	tcase_add_loop_test(tests, lists, 0, PST_FORMATS);
	tcase_add_loop_test(tests, failures, 0, PST_FORMATS);
	tcase_add_loop_test(tests, what_there_is, 0, PST_FORMATS);
	suite_add_tcase(suite, tests);
	return suite;
}
