/* The name map, made anew: see names.h. */
#include "write/names.h"

#include <stdlib.h>

enum { NAME = 8, BUCKETS = 251, FIRST_BUCKET = 0x1000, NAMES_MAX = 0x8000, PUBLIC_STRINGS = 2, FIRST_SET = 3, GUID = 16 };

/* An entry as its bucket has it. */
struct hashed {
	uint32_t bucket, i;
	uint8_t entry[NAME];
};

/* The checksum of the text takes the place of its offset; false: there is no text. */
static bool hash_text(uint8_t entry[NAME], const struct pst_given *texts)
{
	const uint8_t *all = texts->data;
	const size_t at = pst_get32(entry), left = at < texts->size ? texts->size - at : 0;
	const uint32_t size = left >= 4 ? pst_get32(all + at) : 0;

	if (left < 4 || size > left - 4)
		return false;
	pst_put(entry, pst_crc(all + at + 4, size), 4);
	return true;
}

static size_t hash_names(struct hashed *out, const struct pst_given *streams, size_t n)
{
	const uint8_t *entries = streams[PST_NAME_ENTRIES].data;
	size_t hashed = 0;

	for (size_t i = 0; i < n; i++) {
		struct hashed *name = &out[hashed];

		memcpy(name->entry, entries + i * NAME, NAME);
		if (name->entry[4] & 1 && !hash_text(name->entry, &streams[PST_NAME_TEXTS]))
			continue;
		name->bucket = (pst_get32(name->entry) ^ pst_get16(name->entry + 4)) % BUCKETS;
		name->i = (uint32_t)i;
		hashed++;
	}
	return hashed;
}

static int by_bucket(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	return x->bucket != y->bucket ? PST_ORDER(x->bucket, y->bucket) : PST_ORDER(x->i, y->i);
}

/* `bytes`: room for all entries. */
static pstfix_status add_buckets(struct pst_pc_writer *writer, const struct hashed *names, size_t n, uint8_t *bytes,
                                 pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0, first; i < n && !status;) {
		struct pst_given given = {.data = bytes + i * NAME};

		for (first = i; i < n && names[i].bucket == names[first].bucket; i++)
			memcpy(bytes + i * NAME, names[i].entry, NAME);
		given.size = (i - first) * NAME;
		status = pst_pc_writer_add(writer, (uint16_t)(FIRST_BUCKET + names[first].bucket), PST_BINARY, &given, err);
	}
	return status;
}

static pstfix_status add_streams(struct pst_pc_writer *writer, const struct pst_given *streams, pstfix_error *err)
{
	uint8_t buckets[4];
	pstfix_status status;

	pst_put(buckets, BUCKETS, sizeof buckets);
	status = pst_pc_writer_add(writer, 1, PST_INT32, &(struct pst_given){.data = buckets, .size = sizeof buckets}, err);
	for (uint16_t which = PST_NAME_GUIDS; which <= PST_NAME_TEXTS && !status; which++)
		status = pst_pc_writer_add(writer, (uint16_t)(2 + which), PST_BINARY,
		                           &(struct pst_given){.data = streams[which].data, .size = streams[which].size}, err);
	return status;
}

static pstfix_status write_map(struct pst_sink *sink, const struct pst_given *streams, struct hashed *names, size_t n,
                               uint8_t *bytes, uint64_t *data, uint64_t *sub, pstfix_error *err)
{
	struct pst_pc_writer writer;
	pstfix_status status = pst_pc_writer_begin(&writer, sink, 4 + BUCKETS, NULL, err);

	if (status)
		return status;
	n = hash_names(names, streams, n);
	pst_sort(names, n, sizeof *names, by_bucket);
	status = add_streams(&writer, streams, err);
	if (!status)
		status = add_buckets(&writer, names, n, bytes, err);
	if (!status)
		status = pst_pc_writer_end(&writer, data, sub, err);
	pst_pc_writer_deinit(&writer);
	return status;
}

pstfix_status pst_write_names(struct pst_sink *sink, const struct pst_given streams[3], uint64_t *data, uint64_t *sub,
                              pstfix_error *err)
{
	const size_t n = PST_MIN(streams[PST_NAME_ENTRIES].size / NAME, NAMES_MAX);
	struct hashed *names = malloc((n + 1) * sizeof *names);
	uint8_t *bytes = malloc((n + 1) * NAME);
	pstfix_status status = names && bytes ? write_map(sink, streams, names, n, bytes, data, sub, err) : pst_fail_memory(err);

	free(names);
	free(bytes);
	return status;
}

/* ---- names that all stores have -------------------------------------------------------------- */

/* PSETID_Appointment, in which 0x8205, busy status, is the first name of most stores; a text in PS_PUBLIC_STRINGS, which no
 * stream lists: "Keywords". */
static const uint8_t appointment[GUID] = {0x02, 0x20, 0x06, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46};
static const uint8_t first[2 * NAME] = {0x05, 0x82, 0, 0, FIRST_SET << 1, 0, 0, 0, 0, 0, 0, 0, PUBLIC_STRINGS << 1 | 1, 0, 1, 0};
static const uint8_t keywords[20] = {16, 0, 0, 0, 'K', 0, 'e', 0, 'y', 0, 'w', 0, 'o', 0, 'r', 0, 'd', 0, 's'};

pstfix_status pst_write_first_names(struct pst_sink *sink, uint64_t *data, uint64_t *sub, pstfix_error *err)
{
	static const struct pst_given streams[] = {{.data = appointment, .size = sizeof appointment}, {.data = first, .size = sizeof first},
	                                           {.data = keywords, .size = sizeof keywords}};

	return pst_write_names(sink, streams, data, sub, err);
}
