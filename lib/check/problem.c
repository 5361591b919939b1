/* The table of problems, and the sentences made from it. */
#include "check/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const pstfix_problem_info table[] = {
#define PROBLEM(problem_name, code, ...) {.problem = PSTFIX_##problem_name, .name = #problem_name, __VA_ARGS__},
#include <pstfix/problems.def>
#undef PROBLEM
};

_Static_assert(PST_COUNT(table) <= PST_PROBLEMS_MAX, "room for one total each");

size_t pstfix_problem_count(void)
{
	return PST_COUNT(table);
}

const pstfix_problem_info *pstfix_problem_at(size_t index)
{
	return index < PST_COUNT(table) ? &table[index] : NULL;
}

size_t pst_problem_row(pstfix_problem problem)
{
	size_t low;

	PST_SEARCH(low, PST_COUNT(table), table[middle].problem < problem);
	return low;
}

const pstfix_problem_info *pstfix_problem_info_of(pstfix_problem problem)
{
	const pstfix_problem_info *row = pstfix_problem_at(pst_problem_row(problem));

	return row && row->problem == problem ? row : NULL;
}

const pstfix_problem_info *pstfix_problem_find(const char *name_or_code)
{
	char *end;
	unsigned long code = strtoul(name_or_code, &end, 16);

	for (size_t i = 0; i < PST_COUNT(table); i++)
		if (!strcasecmp(table[i].name, name_or_code) ||
		    (end != name_or_code && !*end && table[i].problem == code))
			return &table[i];
	return NULL;
}

/* ---- sentences ------------------------------------------------------------------ */

struct text {
	char *out;
	size_t size, length;
};

static void put(struct text *text, char c)
{
	if (text->length + 1 < text->size)
		text->out[text->length] = c;
	text->length++;
}

static void put_number(struct text *text, uint64_t value, bool decimal)
{
	char digits[24];

	snprintf(digits, sizeof digits, decimal ? "%llu" : "0x%llX", (unsigned long long)value);
	for (const char *p = value == PSTFIX_NOWHERE ? "(unknown)" : digits; *p; p++)
		put(text, *p);
}

/* With all digits, as properties are known by them. */
static void put_tag(struct text *text, uint32_t tag)
{
	char digits[16];

	snprintf(digits, sizeof digits, "0x%08X", (unsigned)tag);
	for (const char *p = digits; *p; p++)
		put(text, *p);
}

static void put_node(struct text *text, const pstfix_finding *finding)
{
	if (!finding->place)
		put_number(text, finding->nid, false);
	for (const char *p = finding->place ? finding->place : ""; *p; p++)
		put(text, *p);
	if (finding->place || !finding->sub)
		return;
	put(text, '/');
	put_number(text, finding->sub, false);
}

static bool is_field(const char *at, size_t size, const char *name)
{
	return strlen(name) == size && !memcmp(at, name, size);
}

static void put_field(struct text *text, const pstfix_finding *finding, const char *at, size_t size)
{
	bool decimal = size && at[size - 1] == '#';

	size -= decimal;
	if (is_field(at, size, "offset"))
		put_number(text, finding->offset, false);
	else if (is_field(at, size, "size"))
		put_number(text, finding->size, true);
	else if (is_field(at, size, "id"))
		put_number(text, finding->id, false);
	else if (is_field(at, size, "nid"))
		put_node(text, finding);
	else if (is_field(at, size, "tag"))
		put_tag(text, finding->tag);
	else if (is_field(at, size, "hid"))
		put_number(text, finding->hid, false);
	else if (is_field(at, size, "expected"))
		put_number(text, finding->expected, decimal);
	else if (is_field(at, size, "found"))
		put_number(text, finding->found, decimal);
	else if (is_field(at, size, "count"))
		put_number(text, finding->count, true);
}

size_t pstfix_finding_text(const pstfix_finding *finding, char *buffer, size_t size)
{
	const pstfix_problem_info *row = pstfix_problem_info_of(finding->problem);
	struct text text = {.out = buffer, .size = size};

	for (const char *p = row ? row->message : ""; *p; p++) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;

		if (!end) {
			put(&text, *p);
			continue;
		}
		put_field(&text, finding, p + 1, (size_t)(end - p - 1));
		p = end;
	}
	if (size)
		buffer[PST_MIN(text.length, size - 1)] = '\0';
	return text.length;
}
