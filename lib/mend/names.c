/* The name map: [MS-PST] 2.4.7. It keeps its names. Where the stream of entries is lost, the hash buckets have them, too, with the
 * checksum of a text in place of the text, by which a text is known again that is in a damaged block. No name that is lost gets
 * another's id. */
#include "mend/inside.h"
#include "write/names.h"

#include <stdlib.h>

enum {
	NAMES_FIRST = 0x8000, NAMES_MAX = 0x8000, DEPTH_MAX = 50, STREAM_MAX = 16 << 20,
	FIRST_BUCKET = 0x1000, BUCKETS = 251, ENTRY = 8, GUID = 16, FIRST_SET = 3, FIRST_LOST = 0x10000, TEXT_MAX = 0x1000
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

static pstfix_status load_streams(struct pst_taken streams[3], bool *whole, struct pst_mend *mend, const struct pst_object *map)
{
	pstfix_status status = PSTFIX_OK;

	for (uint16_t which = PST_NAME_GUIDS; which <= PST_NAME_TEXTS && !status; which++)
		status = load_stream(&streams[which], whole, mend, map, (uint16_t)(2 + which));
	return status;
}

static void drop_streams(struct pst_taken streams[3])
{
	for (size_t which = PST_NAME_GUIDS; which <= PST_NAME_TEXTS; which++)
		pst_taken_deinit(&streams[which]);
}

/* ---- names of our own -------------------------------------------------------------------------- */

static bool grow(struct pst_taken *stream, size_t more)
{
	uint8_t *data = realloc(stream->data, stream->size + more);

	if (!data)
		return false;
	memset(data + stream->size, 0, more);
	*stream = (struct pst_taken){data, stream->size + more};
	return true;
}

/* Which of the sets is ours, where it is none yet, it becomes one. */
static bool add_own_set(struct pst_taken *sets, size_t *set)
{
	*set = pst_names_own_set(sets->data, sets->size);
	if ((*set + 1) * GUID <= sets->size)
		return true;
	if (!grow(sets, (*set + 1) * GUID - sets->size))
		return false;
	memcpy(sets->data + *set * GUID, pst_names_own, GUID);
	return true;
}

static bool add_name(struct pst_taken streams[3])
{
	struct pst_taken *entries = &streams[PST_NAME_ENTRIES], *texts = &streams[PST_NAME_TEXTS];
	const size_t n = entries->size / ENTRY, at = (texts->size + 3) / 4 * 4;
	const size_t text = 2 * strlen(PST_NAME_DAMAGE); /* UTF-16 in every format */
	size_t set;

	if (!add_own_set(&streams[PST_NAME_GUIDS], &set) || !grow(entries, (n + 1) * ENTRY - entries->size) ||
	    !grow(texts, at + 4 + (text + 3) / 4 * 4 - texts->size))
		return false;
	pst_put(entries->data + n * ENTRY, at, 4);
	pst_put(entries->data + n * ENTRY + 4, (set + FIRST_SET) << 1 | 1, 2);
	pst_put(entries->data + n * ENTRY + 6, n, 2);
	pst_put(texts->data + at, text, 4);
	for (size_t i = 0; i < text / 2; i++)
		pst_put(texts->data + at + 4 + 2 * i, (uint8_t)PST_NAME_DAMAGE[i], 2);
	return true;
}

/* Sets that are lost: each gets a GUID that is ours but for a number, so that names which were in one set stay so. */
static bool number_sets(struct pst_taken streams[3])
{
	struct pst_taken *sets = &streams[PST_NAME_GUIDS];
	const struct pst_taken *entries = &streams[PST_NAME_ENTRIES];
	size_t n = sets->size / GUID;

	for (size_t at = 0; at + ENTRY <= entries->size; at += ENTRY)
		n = PST_MAX(n + FIRST_SET, (pst_get16(entries->data + at + 4) >> 1) + (size_t)1) - FIRST_SET;
	if (n * GUID > sets->size && !grow(sets, n * GUID - sets->size))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t *guid = sets->data + i * GUID;

		if (!pst_all_bytes(guid, GUID, 0))
			continue;
		memcpy(guid, pst_names_own, GUID);
		pst_put(guid + GUID - 4, i + FIRST_SET, 4);
	}
	return true;
}

/* Entries from one on that are lost, zeros, become numbers in our own set; so high, since libpst looks at no set, and takes them
 * for properties. */
static bool number_lost(struct pst_taken streams[3], size_t from)
{
	const struct pst_taken *entries = &streams[PST_NAME_ENTRIES];
	size_t set;

	for (size_t i = from; i < entries->size / ENTRY; i++) {
		uint8_t *entry = entries->data + i * ENTRY;

		if (pst_get16(entry + 4))
			continue;
		if (!add_own_set(&streams[PST_NAME_GUIDS], &set))
			return false;
		pst_put(entry, FIRST_LOST + i, 4);
		pst_put(entry + 4, (set + FIRST_SET) << 1, 2);
		pst_put(entry + 6, i, 2);
	}
	return true;
}

/* ---- streams whose property is lost ------------------------------------------------------------ */

/* Each entry says which one it is. */
static bool is_entries(const uint8_t *data, size_t size)
{
	bool right = size % ENTRY == 0;

	for (size_t i = 0; i < size / ENTRY && right; i++)
		right = pst_get16(data + i * ENTRY + 6) == i;
	return right;
}

/* Texts follow each other up to the end. */
static bool is_texts(const uint8_t *data, size_t size)
{
	size_t at = 0, text;

	for (; at < size; at += 4 + (text + 3) / 4 * 4) {
		text = size - at >= 4 ? pst_get32(data + at) : 0;
		if (!text || text % 2 || text > size - at - 4)
			return false;
	}
	return true;
}

static pstfix_status recognize(struct pst_taken streams[3], struct pst_mend *mend, uint64_t data)
{
	struct pst_stream stream;
	struct pst_taken taken = {0};
	pstfix_status status = pst_stream_open(&stream, &mend->old->reader, data, mend->err);
	size_t which = PST_NAME_GUIDS;

	if (status)
		return status;
	if (stream.whole && stream.size && stream.size <= STREAM_MAX)
		taken = (struct pst_taken){malloc(stream.size), stream.size};
	if (taken.data && pst_stream_read(&stream, taken.data, taken.size, 0) == taken.size)
		which = is_entries(taken.data, taken.size) ? PST_NAME_ENTRIES : is_texts(taken.data, taken.size) ? PST_NAME_TEXTS : which;
	if (which != PST_NAME_GUIDS && !streams[which].data)
		streams[which] = taken;
	else
		pst_taken_deinit(&taken);
	pst_stream_deinit(&stream);
	return PSTFIX_OK;
}

/* What is in a subnode is long, and so can be told by what it looks like. */
static pstfix_status find_streams(struct pst_taken streams[3], struct pst_mend *mend, const struct pst_object *map)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < map->subnodes.entries.n && !status; i++)
		status = recognize(streams, mend, map->subnodes.entries.at[i].data);
	return status;
}

/* ---- entries from buckets -------------------------------------------------------------------- */

struct text {
	uint32_t crc, at;
};

struct entries {
	struct pst_taken *texts;
	uint32_t known, beyond; /* names that there were, and how often buckets have others */
	uint32_t most;          /* that there can be */
	struct pst_taken as_found; /* texts, too, of which only what has the right checksum is believed */
	PST_ARRAY(struct text) by_crc;
	uint8_t *bytes; /* zeros: it is lost */
	uint32_t n;
};

static int by_crc(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	const int order = PST_ORDER(x->crc, y->crc);

	return order ? order : PST_ORDER(x->at, y->at);
}

/* The size of the text there, with what is before it; 0: there is none. No name is very long. */
static size_t text_at(const struct pst_taken *texts, size_t at)
{
	const size_t left = at < texts->size ? texts->size - at : 0, size = left >= 4 ? pst_get32(texts->data + at) : 0;

	return size && size <= PST_MIN(left - 4, (size_t)TEXT_MAX) ? 4 + size : 0;
}

static void add_text(struct entries *entries, size_t at)
{
	const size_t size = text_at(&entries->as_found, at);

	if (size)
		pst_add(&entries->by_crc, ((struct text){pst_crc(entries->as_found.data + at + 4, size - 4), (uint32_t)at}));
}

/* One behind the other, and where entries say. */
static bool find_texts(struct entries *entries, const struct pst_taken *old)
{
	size_t size;

	for (size_t at = 0; at < entries->as_found.size; at += size ? (size + 3) / 4 * 4 : 4) {
		size = text_at(&entries->as_found, at);
		add_text(entries, at);
	}
	for (size_t i = 0; i < entries->n && (i + 1) * ENTRY <= old->size; i++)
		if (old->data[i * ENTRY + 4] & 1)
			add_text(entries, pst_get32(old->data + i * ENTRY));
	pst_sort(entries->by_crc.at, entries->by_crc.n, sizeof *entries->by_crc.at, by_crc);
	return !entries->by_crc.failed;
}

/* No text has a character 0. */
static bool has_hole(const uint8_t *text, size_t size)
{
	bool hole = false;

	for (size_t i = 0; i + 1 < size && !hole; i += 2)
		hole = !pst_get16(text + i);
	return hole;
}

/* Of the entries that there were, those whose text is not lost. */
static void take_old(struct entries *entries, const struct pst_taken *old)
{
	for (uint32_t i = 0; i < entries->n && (i + 1) * (size_t)ENTRY <= old->size; i++) {
		const uint8_t *entry = old->data + i * (size_t)ENTRY;
		const uint32_t word = pst_get16(entry + 4), at = pst_get32(entry);
		const size_t size = word & 1 ? text_at(entries->texts, at) : 0;

		if (pst_get16(entry + 6) != i || !word || (word & 1 && (!size || has_hole(entries->texts->data + at + 4, size - 4))))
			continue;
		memcpy(entries->bytes + i * (size_t)ENTRY, entry, ENTRY);
	}
}

/* False: its text is lost. */
static bool make_entry(uint8_t out[ENTRY], const struct entries *entries, const uint8_t hashed[ENTRY])
{
	const uint32_t crc = pst_get32(hashed), word = pst_get16(hashed + 4);
	size_t i, at;

	memcpy(out, hashed, ENTRY);
	if (!(word & 1))
		return word;
	PST_SEARCH(i, entries->by_crc.n, entries->by_crc.at[middle].crc < crc);
	if (i == entries->by_crc.n || entries->by_crc.at[i].crc != crc)
		return false;
	at = entries->by_crc.at[i].at;
	pst_put(out, at, 4);
	memcpy(entries->texts->data + at, entries->as_found.data + at, text_at(&entries->as_found, at));
	return true;
}

/* What is in a bucket, or, where there are no entries yet, how many they must be for it. */
static void take_bucket(struct entries *entries, const struct pst_taken *bucket)
{
	for (size_t at = 0; at + ENTRY <= bucket->size; at += ENTRY) {
		const uint32_t i = pst_get16(bucket->data + at + 6);
		uint8_t entry[ENTRY];

		entries->beyond += i >= entries->known;
		if (!entries->bytes)
			entries->n = i < entries->most ? PST_MAX(entries->n, i + 1) : entries->n;
		else if (i < entries->n && !pst_get16(entries->bytes + i * (size_t)ENTRY + 4) && make_entry(entry, entries, bucket->data + at))
			memcpy(entries->bytes + i * (size_t)ENTRY, entry, ENTRY);
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

/* How often buckets have other names than the `known` first ones. */
static pstfix_status count_beyond(uint32_t *beyond, struct pst_mend *mend, const struct pst_object *map, size_t known)
{
	struct entries entries = {.known = (uint32_t)known};
	pstfix_status status = take_buckets(&entries, mend, map);

	*beyond = entries.beyond;
	return status;
}

/* The texts as they are found, and room for those that turn out to be right. */
static pstfix_status load_as_found(struct entries *entries, struct pst_mend *mend, const struct pst_object *map)
{
	const struct pst_property *property = pst_pc_find(&map->pc, 2 + PST_NAME_TEXTS);
	const struct pst_list_entry *entry = property ? pst_subnodes_find(&map->subnodes, property->hnid) : NULL;
	struct pst_taken *texts = entries->texts, *found = &entries->as_found;
	pstfix_status status = entry ? pst_partial_load(found, STREAM_MAX, mend, entry->data) : PSTFIX_OK;

	if (status)
		return status;
	if (!found->data && texts->size && grow(found, texts->size))
		memcpy(found->data, texts->data, texts->size);
	if (found->size < texts->size || (found->size > texts->size && !grow(texts, found->size - texts->size)))
		return pst_fail_memory(mend->err);
	return PSTFIX_OK;
}

/* Makes the streams from all that is known of them, with `most` names, or as many as are in use; that of entries is empty where there are none, and no ids in use. */
static pstfix_status rebuild(struct pst_taken streams[3], uint32_t most, struct pst_mend *mend, const struct pst_object *map)
{
	struct entries entries = {.texts = &streams[PST_NAME_TEXTS], .most = most};
	struct pst_taken *old = &streams[PST_NAME_ENTRIES];
	uint32_t used;
	pstfix_status status = count_names(&used, mend);

	if (!status)
		status = find_streams(streams, mend, map);
	if (!status)
		status = load_as_found(&entries, mend, map);
	entries.most = PST_MAX(entries.most, used);
	entries.n = (uint32_t)(old->size / ENTRY);
	if (!status)
		status = take_buckets(&entries, mend, map);
	entries.n = PST_MIN(PST_MAX(entries.n, used), NAMES_MAX - 1u);
	entries.bytes = calloc(entries.n + 1, ENTRY);
	if (!status && (!entries.bytes || !find_texts(&entries, old)))
		status = pst_fail_memory(mend->err);
	if (!status) {
		status = take_buckets(&entries, mend, map);
		take_old(&entries, old);
	}
	pst_taken_deinit(old);
	*old = (struct pst_taken){entries.bytes, entries.n * (size_t)ENTRY};
	if (streams[PST_NAME_TEXTS].data && pst_all_bytes(streams[PST_NAME_TEXTS].data, streams[PST_NAME_TEXTS].size, 0))
		pst_taken_deinit(&streams[PST_NAME_TEXTS]);
	pst_taken_deinit(&entries.as_found);
	pst_array_deinit(&entries.by_crc);
	if (!status && entries.n && (!number_sets(streams) || !number_lost(streams, 0)))
		status = pst_fail_memory(mend->err);
	return status;
}

/* ---- the map ----------------------------------------------------------------------------------- */

static pstfix_status write_streams(struct pst_mend *mend, const struct pst_taken streams[3], uint64_t *data, uint64_t *sub)
{
	struct pst_given given[3];

	for (size_t which = 0; which < PST_COUNT(given); which++)
		given[which] = pst_taken_given(&streams[which]);
	return pst_write_names(&mend->edit->sink, given, data, sub, mend->err);
}

static pstfix_status write_names(struct pst_mend *mend, const struct pst_object *map, uint64_t *data, uint64_t *sub)
{
	struct pst_taken streams[3] = {{0}};
	bool whole = map->entire;
	uint32_t beyond = 0;
	size_t known;
	pstfix_status status = load_streams(streams, &whole, mend, map);

	known = streams[PST_NAME_ENTRIES].size / ENTRY;
	if (!status)
		status = count_beyond(&beyond, mend, map, known);
	if (!status && (!whole || !known || beyond))
		status = rebuild(streams, whole && known ? (uint32_t)known + beyond : NAMES_MAX, mend, map);
	if (!status && !streams[PST_NAME_ENTRIES].size)
		status = pst_write_first_names(&mend->edit->sink, data, sub, mend->err);
	else if (!status && !streams[PST_NAME_TEXTS].size && !add_name(streams))
		status = pst_fail_memory(mend->err);
	else if (!status)
		status = write_streams(mend, streams, data, sub);
	drop_streams(streams);
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

/* ---- the name of the mark ------------------------------------------------------------------------ */

/* Ids that are in use and have no name keep their place. */
static pstfix_status add_unknown(struct pst_taken streams[3], struct pst_mend *mend)
{
	struct pst_taken *entries = &streams[PST_NAME_ENTRIES];
	const size_t n = entries->size / ENTRY;
	uint32_t used;
	pstfix_status status = count_names(&used, mend);

	if (status || used <= n)
		return status;
	if (!grow(entries, (used - n) * ENTRY) || !number_lost(streams, n))
		return pst_fail_memory(mend->err);
	return PSTFIX_OK;
}

/* Behind the names that there are, if these are known. */
static pstfix_status add_damage_name(struct pst_mend *mend, const struct pst_object *map)
{
	struct pst_taken streams[3] = {{0}};
	uint64_t data, sub;
	size_t n = NAMES_MAX;
	bool whole = map->entire;
	pstfix_status status = load_streams(streams, &whole, mend, map);

	if (!status && whole) {
		status = add_unknown(streams, mend);
		n = streams[PST_NAME_ENTRIES].size / ENTRY;
	}
	if (!status && n < NAMES_MAX) {
		status = add_name(streams) ? write_streams(mend, streams, &data, &sub) : pst_fail_memory(mend->err);
		if (!status)
			status = pst_edit_node(mend->edit, PST_NID_NAMES, pst_edit_find(mend->edit, PST_NID_NAMES)->parent, data, sub, mend->err);
		mend->damage = (uint16_t)(NAMES_FIRST + n);
	}
	drop_streams(streams);
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
