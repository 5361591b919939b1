/* Values: see value.h. */
#include "ltp/value.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- types ----------------------------------------------------------------------------- */

const struct pst_type_row pst_types[PST_BINARY + 1] = {
	[PST_INT16] = {2, true, "int16"},         [PST_INT32] = {4, true, "int32"},
	[PST_FLOAT32] = {4, true, "float32"},     [PST_FLOAT64] = {8, true, "float64"},
	[PST_CURRENCY] = {8, true, "currency"},   [PST_DATE] = {8, true, "date"},
	[PST_ERROR] = {4, false, "error"},        [PST_BOOL] = {1, false, "bool"},
	[PST_OBJECT] = {8, false, "object"},      [PST_INT64] = {8, true, "int64"},
	[PST_STRING8] = {0, true, "string8"},     [PST_STRING] = {0, true, "string"},
	[PST_TIME] = {8, true, "time"},           [PST_GUID] = {16, true, "guid"},
	[PST_SERVER_ID] = {0, false, "server id"}, [PST_RESTRICTION] = {0, false, "restriction"},
	[PST_ACTIONS] = {0, false, "actions"},    [PST_BINARY] = {0, true, "binary"},
};

/* ---- where a value is ------------------------------------------------------------------- */

void pst_value_inline(struct pst_value *out, uint16_t type, const uint8_t *bytes, uint8_t size)
{
	*out = (struct pst_value){.type = type, .size = size};
	memcpy(out->head, bytes, PST_MIN(size, sizeof out->head));
}

static pstfix_status open_subnode(struct pst_value *value, const struct pst_heap *heap,
                                  const struct pst_subnodes *subnodes, pstfix_error *err)
{
	const struct pst_list_entry *subnode = subnodes ? pst_subnodes_find(subnodes, value->hnid) : NULL;
	pstfix_status status;

	if (!subnode) {
		value->found = subnodes && subnodes->whole ? PST_NOT_THERE : PST_MISSING;
		return PSTFIX_OK;
	}
	status = pst_stream_open(&value->stream, heap->stream.reader, subnode->data, err);
	value->size = value->stream.size;
	return status;
}

pstfix_status pst_value_open(struct pst_value *out, uint16_t type, uint32_t hnid, const struct pst_heap *heap,
                             const struct pst_subnodes *subnodes, pstfix_error *err)
{
	const struct pst_type_row *row = pst_type_row(type);
	struct pst_item item;
	pstfix_status status = PSTFIX_OK;

	*out = (struct pst_value){.type = type, .hnid = hnid};
	if (!hnid)
		return PSTFIX_OK;
	if (pst_is_hid(hnid)) {
		out->found = pst_heap_item(&item, heap, hnid);
		out->heap = heap;
		out->size = item.size;
		out->item = item.data;
		out->uses = heap->stream.reader->uses;
	} else {
		status = open_subnode(out, heap, subnodes, err);
	}
	if (!status && row && row->size)
		pst_value_read(out, out->head, row->size, 0);
	return status;
}

void pst_value_deinit(struct pst_value *value)
{
	pst_stream_deinit(&value->stream);
}

size_t pst_value_read(struct pst_value *value, void *out, size_t size, uint64_t offset)
{
	const uint8_t *data = value->heap ? value->item : value->head;
	struct pst_item item;

	if (value->stream.reader)
		return pst_stream_read(&value->stream, out, size, offset);
	if (value->heap && value->uses != value->heap->stream.reader->uses) {
		if (pst_heap_item(&item, value->heap, value->hnid))
			return 0;
		data = item.data;
	}
	size = offset < value->size ? (size_t)PST_MIN((uint64_t)size, value->size - offset) : 0;
	if (size)
		memcpy(out, data + offset, size);
	return size;
}

uint8_t *pst_value_load(struct pst_value *value, size_t max, size_t *size)
{
	size_t n = (size_t)PST_MIN(value->size, (uint64_t)max);
	uint8_t *data = pst_alloc(n + 1);

	*size = data ? pst_value_read(value, data, n, 0) : 0;
	return data;
}

uint64_t pst_value_place(const struct pst_value *value)
{
	if (value->heap)
		return pst_heap_place(value->heap, value->hnid);
	return value->stream.reader ? pst_stream_place(&value->stream, 0, 0) : PSTFIX_NOWHERE;
}

bool pst_value_fits(const struct pst_value *value)
{
	return !value->found && pst_size_fits(value->type, value->size);
}

/* All its bytes; NULL: they have to be read. */
static const uint8_t *at_hand(const struct pst_value *value)
{
	if (value->stream.reader || (value->heap && value->uses != value->heap->stream.reader->uses))
		return NULL;
	return value->heap ? value->item : value->head;
}

static bool bytes_differ(struct pst_value *a, struct pst_value *b)
{
	uint8_t left[1024], right[1024];

	for (uint64_t at = 0; at < a->size; at += sizeof left) {
		size_t n = pst_value_read(a, left, sizeof left, at);

		if (n == pst_value_read(b, right, sizeof right, at) && memcmp(left, right, n))
			return true;
	}
	return false;
}

bool pst_values_differ(struct pst_reader *reader, struct pst_value *a, struct pst_value *b)
{
	const uint8_t *left = at_hand(a), *right = at_hand(b);

	if (a->type != b->type || !pst_value_fits(a) || !pst_value_fits(b))
		return false;
	if (a->size != b->size)
		return true;
	if (!pst_reader_spend(reader, a->size))
		return false;
	return left && right ? a->size && memcmp(left, right, (size_t)a->size) : bytes_differ(a, b);
}

/* ---- what it means ---------------------------------------------------------------------- */

/* Whether it is one of a type of this size, and all there. */
static bool is_one(const struct pst_value *value, uint16_t type, size_t size)
{
	return value->type == type && !value->found && value->size >= size;
}

bool pst_value_int(const struct pst_value *value, int64_t *out)
{
	const uint64_t number = pst_get(value->head, 8);

	if (is_one(value, PST_INT16, 2))
		*out = (int16_t)number;
	else if (is_one(value, PST_INT32, 4) || is_one(value, PST_ERROR, 4))
		*out = (int32_t)number;
	else if (is_one(value, PST_BOOL, 1))
		*out = (uint8_t)number != 0;
	else if (is_one(value, PST_INT64, 8) || is_one(value, PST_CURRENCY, 8) || is_one(value, PST_TIME, 8))
		*out = (int64_t)number;
	else
		return false;
	return true;
}

bool pst_value_bool(const struct pst_value *value, bool *out)
{
	*out = value->head[0] != 0;
	return is_one(value, PST_BOOL, 1);
}

bool pst_value_double(const struct pst_value *value, double *out)
{
	const uint32_t narrow = pst_get32(value->head);
	const uint64_t wide = pst_get(value->head, 8);
	float single;

	memcpy(&single, &narrow, sizeof single);
	memcpy(out, &wide, sizeof *out);
	if (value->type == PST_FLOAT32)
		*out = single;
	return is_one(value, PST_FLOAT32, 4) || is_one(value, PST_FLOAT64, 8) || is_one(value, PST_DATE, 8);
}

bool pst_value_time(const struct pst_value *value, uint64_t *out)
{
	*out = pst_get(value->head, 8);
	return is_one(value, PST_TIME, 8);
}

bool pst_value_guid(const struct pst_value *value, uint8_t out[16])
{
	memcpy(out, value->head, 16);
	return is_one(value, PST_GUID, 16);
}

bool pst_value_object(const struct pst_value *value, uint32_t *nid, uint32_t *size)
{
	*nid = pst_get32(value->head);
	*size = pst_get32(value->head + 4);
	return is_one(value, PST_OBJECT, 8);
}

void pst_time_text(char out[40], uint64_t time)
{
	const uint64_t second = 10000000, day = 86400 * second;
	const uint32_t in_400_years = 146097, in_100_years = 36524, in_4_years = 1461;
	/* days from 1 March 1600, so that a leap day is the last of its year */
	uint64_t days = time / day + 306, rest = time % day / second;
	uint64_t year = 1600 + days / in_400_years * 400;
	uint32_t left = (uint32_t)(days % in_400_years), n, month;

	n = PST_MIN(left / in_100_years, 3u);
	year += n * 100;
	left -= n * in_100_years;
	n = left / in_4_years;
	year += n * 4;
	left -= n * in_4_years;
	n = PST_MIN(left / 365, 3u);
	year += n;
	left -= n * 365;
	month = (5 * left + 2) / 153;
	snprintf(out, 40, "%04llu-%02u-%02uT%02u:%02u:%02u.%07uZ", (unsigned long long)(year + month / 10),
	         (month + 2) % 12 + 1, left - (153 * month + 2) / 5 + 1, (unsigned)(rest / 3600),
	         (unsigned)(rest / 60 % 60), (unsigned)(rest % 60), (unsigned)(time % second));
}

void pst_guid_text(char out[40], const uint8_t guid[16])
{
	snprintf(out, 40, "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", (unsigned)pst_get32(guid),
	         (unsigned)pst_get16(guid + 4), (unsigned)pst_get16(guid + 6), guid[8], guid[9], guid[10],
	         guid[11], guid[12], guid[13], guid[14], guid[15]);
}

/* ---- many values ------------------------------------------------------------------------- */

uint32_t pst_multiple_count(uint16_t type, const uint8_t *data, size_t size)
{
	const struct pst_type_row *row = pst_type_row(type);

	if (!row || !(type & PST_MULTIPLE))
		return 1;
	if (row->size)
		return (uint32_t)PST_MIN(size / row->size, (size_t)UINT32_MAX);
	return size < 4 ? 0 : (uint32_t)PST_MIN((size_t)pst_get32(data), (size - 4) / 4);
}

bool pst_multiple_at(uint16_t type, const uint8_t *data, size_t size, uint32_t i, const uint8_t **out,
                     size_t *out_size)
{
	const struct pst_type_row *row = pst_type_row(type);
	const uint32_t n = pst_multiple_count(type, data, size);
	size_t from, to;

	if (i >= n)
		return false;
	if (!row || !(type & PST_MULTIPLE)) {
		from = 0;
		to = size;
	} else if (row->size) {
		from = (size_t)i * row->size;
		to = from + row->size;
	} else {
		from = pst_get32(data + 4 + 4 * (size_t)i);
		to = i + 1 < n ? pst_get32(data + 8 + 4 * (size_t)i) : size;
		if (from < 4 + 4 * (size_t)n || from > to || to > size)
			return false;
	}
	*out = data + from;
	*out_size = to - from;
	return true;
}

bool pst_multiple_sound(uint16_t type, const uint8_t *data, size_t size)
{
	const struct pst_type_row *row = pst_type_row(type);
	const uint32_t n = pst_multiple_count(type, data, size);
	const uint8_t *one;
	size_t one_size;

	if (!row || !(type & PST_MULTIPLE))
		return row;
	if (row->size)
		return size % row->size == 0;
	if (size && (size < 4 || n != pst_get32(data)))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!pst_multiple_at(type, data, size, i, &one, &one_size))
			return false;
	return true;
}

/* ---- text -------------------------------------------------------------------------------- */

/* Where text goes: only what fits is written, all is counted. */
struct sink {
	char *out;
	size_t room, n;
};

static void put_bytes(struct sink *sink, const char *bytes, size_t n)
{
	if (sink->n + n < sink->room)
		memcpy(sink->out + sink->n, bytes, n);
	else /* nothing behind what does not fit */
		sink->room = PST_MIN(sink->room, sink->n + 1);
	sink->n += n;
}

static void put_character(struct sink *sink, uint32_t c)
{
	char bytes[4];
	size_t n = 0;

	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else if (c < 0x800) {
		bytes[n++] = (char)(0xC0 | c >> 6);
	} else if (c < 0x10000) {
		bytes[n++] = (char)(0xE0 | c >> 12);
		bytes[n++] = (char)(0x80 | (c >> 6 & 63));
	} else {
		bytes[n++] = (char)(0xF0 | c >> 18);
		bytes[n++] = (char)(0x80 | (c >> 12 & 63));
		bytes[n++] = (char)(0x80 | (c >> 6 & 63));
	}
	if (c >= 0x80)
		bytes[n++] = (char)(0x80 | (c & 63));
	put_bytes(sink, bytes, n);
}

enum { NO_CHARACTER = 0xFFFD };

static void put_utf16(struct sink *sink, const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (size - at >= 2) {
		uint32_t c = pst_get16(data + at), low = size - at >= 4 ? pst_get16(data + at + 2) : 0;
		bool high = c >= 0xD800 && c < 0xDC00, pair = high && low >= 0xDC00 && low < 0xE000;

		if (pair)
			c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
		else if (high || (c >= 0xDC00 && c < 0xE000))
			c = NO_CHARACTER;
		put_character(sink, c);
		at += pair ? 4 : 2;
	}
	if (at < size)
		put_character(sink, NO_CHARACTER);
}

/* Code pages whose name is not "CP" and the number. */
static const struct {
	uint16_t code_page;
	const char *name;
} charsets[] = {
	{10000, "MACINTOSH"}, {20127, "ASCII"}, {20866, "KOI8-R"}, {20932, "EUC-JP"}, {20936, "GB2312"},
	{21866, "KOI8-U"}, {28591, "ISO-8859-1"}, {28592, "ISO-8859-2"}, {28593, "ISO-8859-3"},
	{28594, "ISO-8859-4"}, {28595, "ISO-8859-5"}, {28596, "ISO-8859-6"}, {28597, "ISO-8859-7"},
	{28598, "ISO-8859-8"}, {28599, "ISO-8859-9"}, {28603, "ISO-8859-13"}, {28605, "ISO-8859-15"},
	{38598, "ISO-8859-8"}, {50220, "ISO-2022-JP"}, {50221, "ISO-2022-JP"}, {50222, "ISO-2022-JP"},
	{50225, "ISO-2022-KR"}, {51932, "EUC-JP"}, {51936, "GB2312"}, {51949, "EUC-KR"},
	{54936, "GB18030"}, {65000, "UTF-7"}, {65001, "UTF-8"},
};

void pst_charset_name(char out[PST_CHARSET_NAME], uint32_t code_page)
{
	const char *name = NULL;

	for (size_t i = 0; i < PST_COUNT(charsets); i++)
		if (charsets[i].code_page == code_page)
			name = charsets[i].name;
	if (name)
		snprintf(out, PST_CHARSET_NAME, "%s", name);
	else
		snprintf(out, PST_CHARSET_NAME, "CP%u", (unsigned)code_page);
}

static iconv_t open_converter(uint32_t code_page)
{
	char name[PST_CHARSET_NAME];
	iconv_t converter;

	pst_charset_name(name, code_page);
	converter = iconv_open("UTF-8", name);
	return converter == (iconv_t)-1 ? iconv_open("UTF-8", "CP1252") : converter;
}

void pst_charset_deinit(struct pst_charset *charset)
{
	if (charset->open && charset->converter != (void *)(iconv_t)-1)
		iconv_close((iconv_t)charset->converter);
	*charset = (struct pst_charset){0};
}

static void set_code_page(struct pst_charset *charset, uint32_t code_page)
{
	if (charset->open && charset->code_page == code_page)
		return;
	pst_charset_deinit(charset);
	*charset = (struct pst_charset){code_page, (void *)open_converter(code_page), true};
}

/* Of a character of UTF-8. */
static size_t length_of(const char *c)
{
	const uint8_t first = (uint8_t)*c;

	return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static void put_8bit(struct sink *sink, iconv_t converter, const uint8_t *data, size_t size)
{
	char *in = (char *)(uintptr_t)data; /* iconv() does not write to it */
	char piece[256];

	if (converter != (iconv_t)-1)
		iconv(converter, NULL, NULL, NULL, NULL);
	while (size) {
		char *out = piece;
		size_t room = sizeof piece;
		bool failed = converter == (iconv_t)-1 || iconv(converter, &in, &size, &out, &room) == (size_t)-1;

		for (const char *c = piece; c < out; c += length_of(c))
			put_bytes(sink, c, length_of(c));
		if (failed && (converter == (iconv_t)-1 || errno != E2BIG)) {
			put_character(sink, NO_CHARACTER);
			in++;
			size--;
		}
	}
}

size_t pst_text(char *out, size_t room, struct pst_charset *charset, uint32_t code_page, uint16_t type,
                const uint8_t *data, size_t size)
{
	struct sink sink = {out, room, 0};

	if ((type & ~PST_MULTIPLE) == PST_STRING) {
		put_utf16(&sink, data, size);
	} else {
		set_code_page(charset, code_page ? code_page : 1252);
		put_8bit(&sink, (iconv_t)charset->converter, data, size);
	}
	if (sink.room)
		out[PST_MIN(sink.n, sink.room - 1)] = '\0';
	return sink.n;
}
