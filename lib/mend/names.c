/* The name map: [MS-PST] 2.4.7. It keeps its names. Where the stream of entries is lost, the hash buckets have them, too, with the
 * checksum of a text in place of the text. No name that is lost gets another's id. */
#include "mend/inside.h"
#include "write/names.h"

#include <stdlib.h>

enum {
	NAMES_FIRST = 0x8000, NAMES_MAX = 0x8000, DEPTH_MAX = 50, STREAM_MAX = 16 << 20,
	FIRST_BUCKET = 0x1000, BUCKETS = 251, ENTRY = 8, GUID = 16, FIRST_SET = 3
};

static pstfix_status raise_names(uint32_t *names, struct pst_mend *mend, uint64_t data, uint64_t sub, unsigned depth)
{
	struct pst_object object;
	pstfix_status status = pst_object_open_on(&object, mend, data, sub);

	if (status)
		return status;
	for (size_t i = 0; i < object.pc.properties.n; i++)
		if (object.pc.properties.at[i].id >= NAMES_FIRST)
			*names = PST_MAX(*names, object.pc.properties.at[i].id - NAMES_FIRST + 1u);
	for (size_t i = 0; i < object.subnodes.entries.n && !status && depth < DEPTH_MAX; i++) {
		const struct pst_list_entry *entry = &object.subnodes.entries.at[i];

		if (pst_kind_of(entry->nid) == PSTFIX_MESSAGE || pst_kind_of(entry->nid) == PSTFIX_ATTACHMENT)
			status = raise_names(names, mend, entry->data, entry->sub, depth + 1);
	}
	pst_object_deinit(&object);
	return status;
}

/* How many ids of named properties are, or may be, in use. */
static pstfix_status count_names(uint32_t *names, struct pst_mend *mend)
{
	const struct pst_index *index = mend->old->index;
	pstfix_status status = PSTFIX_OK;

	*names = 0;
	for (size_t i = 0; i < index->nodes.n && !status; i++) {
		const struct pst_node *node = &index->nodes.at[i];
		const pstfix_kind kind = pst_kind_of(node->nid);

		if (kind == PSTFIX_FOLDER || kind == PSTFIX_MESSAGE || kind == PSTFIX_ASSOCIATED)
			status = raise_names(names, mend, node->data, node->sub, 0);
	}
	return status;
}

/* A stream of the map, zeros where it is lost; empty where it is not there. */
static pstfix_status load_stream(struct pst_taken *out, bool *whole, struct pst_mend *mend, const struct pst_object *map, uint16_t id)
{
	const struct pst_property *property = pst_pc_find(&map->pc, id);
	struct pst_value value;
	pstfix_status status;

	*out = (struct pst_taken){0};
	if (!property || property->type != PST_BINARY)
		return PSTFIX_OK;
	status = pst_pc_value(&value, &map->pc, property, mend->err);
	if (status)
		return status;
	if (!pst_taken_load(out, &value)) {
		*whole = false;
		out->data = pst_value_load(&value, STREAM_MAX, &out->size);
		if (out->data && pst_all_bytes(out->data, out->size, 0))
			pst_taken_deinit(out);
	}
	pst_value_deinit(&value);
	return PSTFIX_OK;
}

/* ---- entries from buckets -------------------------------------------------------------------- */

struct text {
	uint32_t crc, at;
};

struct entries {
	const struct pst_taken *guids, *texts;
	size_t sets; /* how many there are */
	PST_ARRAY(struct text) by_crc;
	uint8_t *bytes;
	uint32_t n, found;
};

static int by_crc(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	const int order = PST_ORDER(x->crc, y->crc);

	return order ? order : PST_ORDER(x->at, y->at);
}

static bool find_texts(struct entries *entries)
{
	const struct pst_taken *texts = entries->texts;
	size_t at = 0, size;

	for (; at + 4 <= texts->size && (size = pst_get32(texts->data + at)) <= texts->size - at - 4; at += 4 + (size + 3) / 4 * 4)
		pst_add(&entries->by_crc, ((struct text){pst_crc(texts->data + at + 4, size), (uint32_t)at}));
	if (entries->by_crc.n)
		qsort(entries->by_crc.at, entries->by_crc.n, sizeof *entries->by_crc.at, by_crc);
	return !entries->by_crc.failed;
}

static bool is_set_lost(const struct entries *entries, uint32_t set)
{
	return set >= FIRST_SET &&
	       (set - FIRST_SET >= entries->sets || pst_all_bytes(entries->guids->data + (set - FIRST_SET) * GUID, GUID, 0));
}

/* No text has a character 0. */
static bool has_hole(const uint8_t *text, size_t size)
{
	bool hole = !size;

	for (size_t i = 0; i + 1 < size && !hole; i += 2)
		hole = !pst_get16(text + i);
	return hole;
}

/* Of the entries that there were, those whose set and text are not lost. */
static void take_old(struct entries *entries, const struct pst_taken *old)
{
	const struct pst_taken *texts = entries->texts;

	for (uint32_t i = 0; i < entries->n && (i + 1) * (size_t)ENTRY <= old->size; i++) {
		const uint8_t *entry = old->data + i * (size_t)ENTRY;
		const uint32_t word = pst_get16(entry + 4), at = pst_get32(entry);
		const size_t left = at < texts->size ? texts->size - at : 0, size = left >= 4 ? pst_get32(texts->data + at) : 0;

		if (pst_get16(entry + 6) != i || !word || is_set_lost(entries, word >> 1) ||
		    (word & 1 && (left < 4 || size > left - 4 || has_hole(texts->data + at + 4, size))))
			continue;
		memcpy(entries->bytes + i * (size_t)ENTRY, entry, ENTRY);
		entries->found++;
	}
}

/* False: its set or its text is lost. */
static bool make_entry(uint8_t out[ENTRY], const struct entries *entries, const uint8_t hashed[ENTRY])
{
	const uint32_t crc = pst_get32(hashed), set = pst_get16(hashed + 4);
	size_t i;

	memcpy(out, hashed, ENTRY);
	if (is_set_lost(entries, set >> 1))
		return false;
	if (!(set & 1))
		return true;
	PST_SEARCH(i, entries->by_crc.n, entries->by_crc.at[middle].crc < crc);
	if (i == entries->by_crc.n || entries->by_crc.at[i].crc != crc)
		return false;
	pst_put(out, entries->by_crc.at[i].at, 4);
	return true;
}

/* What is in a bucket, or, where there are no entries yet, how many they must be for it. */
static void take_bucket(struct entries *entries, const struct pst_taken *bucket)
{
	for (size_t at = 0; at + ENTRY <= bucket->size; at += ENTRY) {
		const uint32_t i = pst_get16(bucket->data + at + 6);
		uint8_t entry[ENTRY];

		if (!entries->bytes && i < NAMES_MAX)
			entries->n = PST_MAX(entries->n, i + 1);
		else if (i < entries->n && make_entry(entry, entries, bucket->data + at)) {
			memcpy(entries->bytes + (size_t)i * ENTRY, entry, ENTRY);
			entries->found++;
		}
	}
}

static pstfix_status take_buckets(struct entries *entries, struct pst_mend *mend, const struct pst_object *map)
{
	pstfix_status status = PSTFIX_OK;

	for (uint16_t i = 0; i < BUCKETS && !status; i++) {
		struct pst_taken bucket;
		bool whole = true;

		status = load_stream(&bucket, &whole, mend, map, FIRST_BUCKET + i);
		if (!status)
			take_bucket(entries, &bucket);
		pst_taken_deinit(&bucket);
	}
	return status;
}

/* Numbers in our own set, which comes behind those that there are. */
static bool add_lost(struct entries *entries, struct pst_taken *sets)
{
	const size_t n = entries->sets;
	uint8_t *more = realloc(sets->data, (n + 1) * GUID);

	entries->bytes = malloc((entries->n + 1) * (size_t)ENTRY);
	if (more)
		*sets = (struct pst_taken){more, (n + 1) * GUID};
	if (!more || !entries->bytes)
		return false;
	memcpy(more + n * GUID, pst_names_own, GUID);
	for (uint32_t i = 0; i < entries->n; i++) {
		pst_put(entries->bytes + (size_t)i * ENTRY, i, 4);
		pst_put(entries->bytes + (size_t)i * ENTRY + 4, (n + FIRST_SET) << 1, 2);
		pst_put(entries->bytes + (size_t)i * ENTRY + 6, i, 2);
	}
	return true;
}

static bool is_any_lost(const struct entries *entries)
{
	for (uint32_t i = 0; i < entries->n; i++)
		if (pst_get16(entries->bytes + (size_t)i * ENTRY + 4) == (entries->sets + FIRST_SET) << 1)
			return true;
	return false;
}

/* Makes the stream of entries; it is empty where nothing is found. `used`: how many ids are in use. */
static pstfix_status rebuild(struct pst_taken streams[3], struct pst_mend *mend, const struct pst_object *map, uint32_t used)
{
	struct pst_taken old = streams[PST_NAME_ENTRIES];
	struct entries entries = {.guids = &streams[PST_NAME_GUIDS], .texts = &streams[PST_NAME_TEXTS], .n = (uint32_t)PST_MIN(old.size / ENTRY, NAMES_MAX),
	                          .sets = streams[PST_NAME_GUIDS].size / GUID};
	pstfix_status status = take_buckets(&entries, mend, map);

	entries.n = PST_MAX(entries.n, PST_MIN(used, (uint32_t)NAMES_MAX));
	if (!status && (!find_texts(&entries) || !add_lost(&entries, &streams[PST_NAME_GUIDS])))
		status = pst_fail_memory(mend->err);
	if (!status) {
		status = take_buckets(&entries, mend, map);
		take_old(&entries, &old);
	}
	if (!status && entries.sets && !is_any_lost(&entries))
		streams[PST_NAME_GUIDS].size -= GUID;
	pst_taken_deinit(&old);
	streams[PST_NAME_ENTRIES] = (struct pst_taken){0};
	if (!status && entries.found && streams[PST_NAME_TEXTS].size)
		streams[PST_NAME_ENTRIES] = (struct pst_taken){entries.bytes, entries.n * (size_t)ENTRY};
	else
		free(entries.bytes);
	pst_array_deinit(&entries.by_crc);
	return status;
}

/* ---- the map ----------------------------------------------------------------------------------- */

static pstfix_status write_names(struct pst_mend *mend, const struct pst_object *map, uint64_t *data, uint64_t *sub)
{
	struct pst_taken streams[3] = {{0}};
	struct pst_given given[3];
	uint32_t names = 0;
	bool whole = true;
	pstfix_status status = PSTFIX_OK;

	for (uint16_t which = 0; which < PST_COUNT(streams) && !status; which++)
		status = load_stream(&streams[which], &whole, mend, map, (uint16_t)(2 + which));
	if (!status && (!whole || !streams[PST_NAME_ENTRIES].size)) {
		status = count_names(&names, mend);
		if (!status)
			status = rebuild(streams, mend, map, names);
	}
	for (size_t which = 0; which < PST_COUNT(streams); which++)
		given[which] = pst_taken_given(&streams[which]);
	if (!status && streams[PST_NAME_ENTRIES].size)
		status = pst_write_names(&mend->edit->sink, given, data, sub, mend->err);
	else if (!status)
		status = pst_write_lost_names(&mend->edit->sink, pst_names_own, names, data, sub, mend->err);
	for (size_t which = 0; which < PST_COUNT(streams); which++)
		free(streams[which].data);
	return status;
}

pstfix_status pst_mend_names(struct pst_mend *mend, uint64_t *data, uint64_t *sub)
{
	struct pst_object map;
	pstfix_status status = pst_object_open(&map, mend, PST_NID_NAMES);

	if (status)
		return status;
	status = write_names(mend, &map, data, sub);
	pst_object_deinit(&map);
	return status;
}

/* ---- a name of our own ---------------------------------------------------------------------------- */

static bool grow(struct pst_taken *stream, size_t more)
{
	uint8_t *data = realloc(stream->data, stream->size + more);

	if (!data)
		return false;
	memset(data + stream->size, 0, more);
	*stream = (struct pst_taken){data, stream->size + more};
	return true;
}

static bool add_name(struct pst_taken streams[3])
{
	struct pst_taken *sets = &streams[PST_NAME_GUIDS], *entries = &streams[PST_NAME_ENTRIES], *texts = &streams[PST_NAME_TEXTS];
	const size_t set = pst_names_own_set(sets->data, sets->size), n = entries->size / ENTRY, at = (texts->size + 3) / 4 * 4;
	const size_t text = 2 * strlen(PST_NAME_DAMAGE); /* UTF-16 in every format */

	if (((set + 1) * GUID > sets->size && !grow(sets, (set + 1) * GUID - sets->size)) || !grow(entries, (n + 1) * ENTRY - entries->size) ||
	    !grow(texts, at + 4 + (text + 3) / 4 * 4 - texts->size))
		return false;
	memcpy(sets->data + set * GUID, pst_names_own, GUID);
	pst_put(entries->data + n * ENTRY, at, 4);
	pst_put(entries->data + n * ENTRY + 4, (set + FIRST_SET) << 1 | 1, 2);
	pst_put(entries->data + n * ENTRY + 6, n, 2);
	pst_put(texts->data + at, text, 4);
	for (size_t i = 0; i < text / 2; i++)
		pst_put(texts->data + at + 4 + 2 * i, (uint8_t)PST_NAME_DAMAGE[i], 2);
	return true;
}

/* Ids that are in use where there are no names keep their place. */
static pstfix_status add_unknown(struct pst_taken streams[3], struct pst_mend *mend)
{
	struct pst_taken *sets = &streams[PST_NAME_GUIDS], *entries = &streams[PST_NAME_ENTRIES];
	const size_t set = pst_names_own_set(sets->data, sets->size);
	uint32_t n;
	pstfix_status status = count_names(&n, mend);

	if (status || !n)
		return status;
	if (((set + 1) * GUID > sets->size && !grow(sets, (set + 1) * GUID - sets->size)) || !grow(entries, n * (size_t)ENTRY))
		return pst_fail_memory(mend->err);
	memcpy(sets->data + set * GUID, pst_names_own, GUID);
	for (uint32_t i = 0; i < n; i++) {
		pst_put(entries->data + (size_t)i * ENTRY, i, 4);
		pst_put(entries->data + (size_t)i * ENTRY + 4, (set + FIRST_SET) << 1, 2);
		pst_put(entries->data + (size_t)i * ENTRY + 6, i, 2);
	}
	return PSTFIX_OK;
}

/* Behind the names that there are, if these are known. */
static pstfix_status add_damage_name(struct pst_mend *mend, const struct pst_object *map)
{
	struct pst_taken streams[3] = {{0}};
	struct pst_given given[3];
	uint64_t data, sub;
	size_t n;
	bool whole = map->entire;
	pstfix_status status = PSTFIX_OK;

	for (uint16_t which = 0; which < PST_COUNT(streams) && !status; which++)
		status = load_stream(&streams[which], &whole, mend, map, (uint16_t)(2 + which));
	if (!status && whole && !streams[PST_NAME_ENTRIES].size)
		status = add_unknown(streams, mend);
	n = streams[PST_NAME_ENTRIES].size / ENTRY;
	if (!status && whole && n < NAMES_MAX) {
		status = add_name(streams) ? PSTFIX_OK : pst_fail_memory(mend->err);
		for (size_t which = 0; which < PST_COUNT(streams); which++)
			given[which] = pst_taken_given(&streams[which]);
		if (!status)
			status = pst_write_names(&mend->edit->sink, given, &data, &sub, mend->err);
		if (!status)
			status = pst_edit_node(mend->edit, PST_NID_NAMES, pst_edit_find(mend->edit, PST_NID_NAMES)->parent, data, sub, mend->err);
		mend->damage = (uint16_t)(NAMES_FIRST + n);
	}
	for (size_t which = 0; which < PST_COUNT(streams); which++)
		free(streams[which].data);
	return status;
}

pstfix_status pst_mend_damage_name(struct pst_mend *mend)
{
	struct pst_object map;
	pstfix_status status;

	if (mend->damage || mend->no_damage)
		return PSTFIX_OK;
	mend->damage = pst_names_damage(mend->now);
	if (mend->damage)
		return PSTFIX_OK;
	status = pst_object_open(&map, mend, PST_NID_NAMES);
	if (status)
		return status;
	status = add_damage_name(mend, &map);
	mend->no_damage = !mend->damage;
	pst_object_deinit(&map);
	return status;
}
