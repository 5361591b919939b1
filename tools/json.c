/* JSON, one object a line: see json.h. */
#include "json.h"

/* The length of the character at `s`, 0 if it is not UTF-8 as JSON wants it. */
static size_t utf8_length(const unsigned char *s)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
	uint32_t value = s[0] & (0xFFu >> (length + 1));

	if (length == 1)
		return 1;
	if (s[0] < 0xC0 || s[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3Fu);
	}
	return value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)
	       ? 0 : length;
}

static void json_quoted(FILE *to, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	fputc('"', to);
	for (; *s; s += length ? length : 1) {
		length = utf8_length(s);
		if (!length)
			fputs("\xEF\xBF\xBD", to); /* U+FFFD, replacement character */
		else if (*s == '"' || *s == '\\')
			fprintf(to, "\\%c", *s);
		else if (*s < 0x20 || *s == 0x7F)
			fprintf(to, "\\u%04x", *s);
		else
			fwrite(s, 1, length, to);
	}
	fputc('"', to);
}

static void json_name(struct json *json, const char *name)
{
	fputs(json->separator, json->to);
	json->separator = ",";
	json_quoted(json->to, name);
	fputc(':', json->to);
}

void json_begin(struct json *json, FILE *to)
{
	*json = (struct json){.to = to, .separator = ""};
	fputc('{', to);
}

void json_open(struct json *json, const char *name)
{
	if (!name) {
		json_begin(json, stdout);
		return;
	}
	json_name(json, name);
	fputc('{', json->to);
	json->separator = "";
}

void json_close(struct json *json)
{
	fputc('}', json->to);
	json->separator = ",";
}

void json_end(struct json *json)
{
	json_close(json);
	fputc('\n', json->to);
}

void json_text(struct json *json, const char *name, const char *value)
{
	json_name(json, name);
	json_quoted(json->to, value);
}

void json_bool(struct json *json, const char *name, bool value)
{
	json_name(json, name);
	fputs(value ? "true" : "false", json->to);
}

void json_number(struct json *json, const char *name, uint64_t value)
{
	json_name(json, name);
	fprintf(json->to, "%ju", (uintmax_t)value);
}

void json_index(struct json *json, const char *name, size_t value)
{
	if (value != SIZE_MAX) {
		json_number(json, name, value);
		return;
	}
	json_name(json, name);
	fputs("null", json->to);
}

void json_open_pairs(struct json *json, const char *name)
{
	json_name(json, name);
	fputc('[', json->to);
	json->separator = "";
}

void json_pair(struct json *json, uint64_t first, uint64_t second)
{
	fprintf(json->to, "%s[%ju,%ju]", json->separator, (uintmax_t)first, (uintmax_t)second);
	json->separator = ",";
}

void json_close_pairs(struct json *json)
{
	fputc(']', json->to);
	json->separator = ",";
}

void json_known(struct json *json, const char *name, uint64_t value)
{
	if (value != PSTFIX_NOWHERE)
		json_number(json, name, value);
}
