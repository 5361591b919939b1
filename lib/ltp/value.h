/* Values of properties and cells: where their bytes are, [MS-PST] 2.3.3.2 and 2.3.4.4.2, and what they mean,
 * [MS-OXCDATA] 2.11.
 *
 * Small ones are in the record itself; for others it has a HNID: an item of the heap, or a subnode whose data
 * is the value. How long a value is, is known without reading it. */
#ifndef PST_VALUE_H
#define PST_VALUE_H

#include "ltp/heap.h"

/* ---- types ----------------------------------------------------------------------------- */

enum pst_type {
	PST_INT16 = 0x0002, PST_INT32 = 0x0003, PST_FLOAT32 = 0x0004, PST_FLOAT64 = 0x0005,
	PST_CURRENCY = 0x0006, PST_DATE = 0x0007, PST_ERROR = 0x000A, PST_BOOL = 0x000B,
	PST_OBJECT = 0x000D, PST_INT64 = 0x0014, PST_STRING8 = 0x001E, PST_STRING = 0x001F,
	PST_TIME = 0x0040, PST_GUID = 0x0048, PST_SERVER_ID = 0x00FB, PST_RESTRICTION = 0x00FD,
	PST_ACTIONS = 0x00FE, PST_BINARY = 0x0102,
	PST_MULTIPLE = 0x1000 /* many of a type */
};

struct pst_type_row {
	uint8_t size;    /* of one value; 0: it varies */
	bool multiple;   /* there are values that are many of these */
	const char *name; /* NULL: there is no such type */
};

extern const struct pst_type_row pst_types[PST_BINARY + 1];

/* The row of a type, PST_MULTIPLE aside; NULL: there is no such type, or it cannot be many. */
static inline const struct pst_type_row *pst_type_row(uint16_t type)
{
	const uint16_t one = type & (uint16_t)~PST_MULTIPLE;
	const struct pst_type_row *row = one <= PST_BINARY && pst_types[one].name ? &pst_types[one] : NULL;

	return row && type & PST_MULTIPLE && !row->multiple ? NULL : row;
}


/* The width of a value that is in the record itself, which has room for `room` bytes: 4 in a property, 8 in a
 * cell. 0: the record has a HNID. An object is of 8 bytes, but never in a cell. */
static inline uint8_t pst_type_inline(uint16_t type, uint8_t room)
{
	const uint8_t size = type <= PST_BINARY && type != PST_OBJECT ? pst_types[type].size : 0;

	return size <= room ? size : 0;
}

/* ---- where a value is ------------------------------------------------------------------- */

struct pst_value {
	uint16_t type;
	enum pst_lookup found;
	uint32_t hnid; /* 0: it is in the record, or empty */
	uint64_t size;
	uint8_t head[16]; /* its first bytes: all, where the type has a size */
	const struct pst_heap *heap; /* of which it is an item */
	const uint8_t *item;         /* which, as long as the reader's `uses` is this */
	uint64_t uses;
	struct pst_stream stream;    /* else */
};

/* A value in the record: `size` bytes, 16 at most. */
void pst_value_inline(struct pst_value *out, uint16_t type, const uint8_t *bytes, uint8_t size);
/* A value somewhere else. Without `subnodes`, NULL, those are taken for missing. HNID 0 is an empty value. */
pstfix_status pst_value_open(struct pst_value *out, uint16_t type, uint32_t hnid, const struct pst_heap *heap,
                             const struct pst_subnodes *subnodes, pstfix_error *err);
void pst_value_deinit(struct pst_value *value);

/* Reads up to `size` bytes at `offset`; returns how many there are. */
size_t pst_value_read(struct pst_value *value, void *out, size_t size, uint64_t offset);
/* All of it, but no more than `max` bytes; to be freed. NULL: out of memory. */
uint8_t *pst_value_load(struct pst_value *value, size_t max, size_t *size);
/* Where it begins in the file; PSTFIX_NOWHERE: in a record, or a packed block. */
uint64_t pst_value_place(const struct pst_value *value);
/* Whether two values of one type differ. One that cannot be read, or cannot be right, differs from none. */
bool pst_values_differ(struct pst_reader *reader, struct pst_value *a, struct pst_value *b);
/* Whether its size is one that its type can have. A value that was not found has none. */
bool pst_value_fits(const struct pst_value *value);
static inline bool pst_size_fits(uint16_t type, uint64_t size)
{
	const struct pst_type_row *row;

	if (type == PST_STRING)
		return size % 2 == 0;
	row = pst_type_row(type);
	if (!row)
		return false;
	if (type & PST_MULTIPLE)
		return row->size ? size % row->size == 0 : !size || size >= 4;
	return !row->size || size == row->size;
}

/* ---- what it means ---------------------------------------------------------------------- */

/* False: the value is of another type, not there or too short. */
bool pst_value_int(const struct pst_value *value, int64_t *out);    /* int16, 32, 64, bool, error, currency, time */
bool pst_value_bool(const struct pst_value *value, bool *out);
bool pst_value_double(const struct pst_value *value, double *out);  /* float32, 64, date */
bool pst_value_time(const struct pst_value *value, uint64_t *out);  /* 100 ns since 1601 */
bool pst_value_guid(const struct pst_value *value, uint8_t out[16]);
bool pst_value_object(const struct pst_value *value, uint32_t *nid, uint32_t *size);

/* As in 2015-01-31T12:00:00.1234567Z, and {00020329-0000-0000-C000-000000000046}. */
void pst_time_text(char out[40], uint64_t time);
void pst_guid_text(char out[40], const uint8_t guid[16]);

/* ---- many values: [MS-PST] 2.3.3.4 ------------------------------------------------------- */

/* How many are in the bytes of a value of this type; of a type that is not many, one. */
uint32_t pst_multiple_count(uint16_t type, const uint8_t *data, size_t size);
/* One of them; false: where it should be is impossible. */
bool pst_multiple_at(uint16_t type, const uint8_t *data, size_t size, uint32_t i, const uint8_t **out,
                     size_t *out_size);
/* Whether all of them are where they can be, one behind the other. */
bool pst_multiple_sound(uint16_t type, const uint8_t *data, size_t size);

/* ---- text -------------------------------------------------------------------------------- */

/* A code page, open. Made once and lent; opens another when asked for one. */
struct pst_charset {
	uint32_t code_page;
	void *converter;
	bool open;
};

void pst_charset_deinit(struct pst_charset *charset);

enum { PST_CHARSET_NAME = 16 };
/* The name by which iconv knows a code page, if it does. */
void pst_charset_name(char out[PST_CHARSET_NAME], uint32_t code_page);

/* Writes text as UTF-8, always terminated if there is room; returns the length it needs. `type` is
 * PST_STRING, or PST_STRING8, which is in the code page: 0 and unknown ones are taken for 1252. What is no
 * text becomes U+FFFD; a zero character stays one. */
size_t pst_text(char *out, size_t room, struct pst_charset *charset, uint32_t code_page, uint16_t type,
                const uint8_t *data, size_t size);

#endif
