/* Values of all types. */
#include "ltp/value.h"
#include "unit.h"

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

Suite *value_suite(void)
{
	Suite *suite = suite_create("value");
	TCase *tests = tcase_create("value");

	tcase_add_test(tests, texts);
	tcase_add_test(tests, long_texts);
	tcase_add_test(tests, times_and_guids);
	tcase_add_test(tests, numbers);
	tcase_add_test(tests, many_values);
	suite_add_tcase(suite, tests);
	return suite;
}
