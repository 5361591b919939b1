/* What is above the node database, as a whole; and of it the message store, the name map, and nodes that belong to the
 * store and not to a folder: [MS-PST] 2.4.3, 2.4.7, 2.4.8, 2.7.1.
 *
 * Tests: nodes that every store has; required properties and entry ids; name map and its hash buckets; receive folders;
 * lists, queues and criteria of searches; outgoing messages; maps from ids to nodes; nodes of folders that are not there;
 * dwUnique. */
#include "check/content.h"
#include "ltp/known.h"

#include <stdlib.h>

enum { NID_SEARCHES = 0x201, NID_DOMAIN = 0x261, NID_FOLDER_IDS = 0x821 };

/* As if all nodes were equally large. */
static void tell_progress(struct pst_content *content)
{
	enum { EVERY = 256 };
	const pstfix_options *options = &content->report->file->options;
	const uint64_t size = content->report->file->io->size, each = size / content->index->nodes.n;

	if (content->taken++ % EVERY || !options->progress ||
	    options->progress(options->user, "contents", each * content->taken, size))
		return;
	content->status = pst_fail(content->err, PSTFIX_ERROR_CANCELLED, 0, PSTFIX_NOWHERE, "cancelled");
}

void pst_content_leave_out(struct pst_content *content, uint32_t nid)
{
	content->first_undone = content->undone ? PST_MIN(content->first_undone, nid) : nid;
	content->undone++;
}

const struct pst_node *pst_content_take(struct pst_content *content, const struct pst_node *node)
{
	uint8_t *done;

	if (!node || content->status)
		return NULL;
	done = &content->done[node - content->index->nodes.at];
	if (*done)
		return NULL;
	*done = 1;
	tell_progress(content);
	if (content->status)
		return NULL;
	if (content->store->reader.spent || content->tables.spent) {
		pst_content_leave_out(content, node->nid);
		return NULL;
	}
	content->in_hand = node->nid;
	return node->whole ? node : NULL;
}

bool pst_content_is_folder(const struct pst_content *content, uint32_t nid)
{
	return pst_kind_of(nid) == PSTFIX_FOLDER && pst_index_node(content->index, nid);
}

uint32_t pst_content_tag(const struct pst_content *content, uint32_t tag)
{
	return (tag & 0xFFFF) == PST_STRING ? (tag & 0xFFFF0000) | content->index->format->string : tag;
}

static bool is_there(const struct pst_content *content, uint32_t nid)
{
	return pst_index_node(content->index, nid);
}

static bool is_search(const struct pst_content *content, uint32_t nid)
{
	return pst_kind_of(nid) == PSTFIX_SEARCH && is_there(content, nid);
}

/* ---- the message store --------------------------------------------------------------------- */

/* An entry id: flags, record key of the store, id of a node. */
enum { FLAGS = 4, KEY = 16, ENTRY = FLAGS + KEY + 4, RECORD_KEY = 0x0FF9 };

/* False: it is not there, or of another size; `*size`: which. PSTFIX_NOWHERE: it is not there. */
static bool read_exactly(uint8_t *out, uint64_t size, uint64_t *found, const struct pst_context *context, uint16_t id)
{
	const struct pst_property *property = pst_pc_find(&context->pc, id);
	struct pst_value value;

	*found = PSTFIX_NOWHERE;
	if (!property || pst_pc_value(&value, &context->pc, property, NULL))
		return false;
	if (!value.found)
		*found = value.size;
	if (*found == size && pst_value_read(&value, out, (size_t)size, 0) != size)
		*found = PSTFIX_NOWHERE;
	pst_value_deinit(&value);
	return *found == size;
}

static void check_entry_id(struct pst_content *content, const struct pst_context *store, uint16_t id)
{
	const struct pst_property *property = pst_pc_find(&store->pc, id);
	uint8_t entry[ENTRY] = {0}, key[KEY];
	uint64_t size;
	const bool keyed = read_exactly(key, KEY, &size, store, RECORD_KEY);
	const bool right = read_exactly(entry, ENTRY, &size, store, id);
	const uint32_t nid = pst_get32(entry + FLAGS + KEY);

	if (size != PSTFIX_NOWHERE && pst_known_may_be(id, property->type) &&
	    (!right || !pst_all_bytes(entry, FLAGS, 0) || (keyed && memcmp(entry + FLAGS, key, KEY) != 0) ||
	     !pst_content_is_folder(content, nid)))
		PST_TELL_AT(content, store->where, STORE_ENTRY_ID, .tag = (uint32_t)id << 16 | PST_BINARY, .found = nid);
}

/* What it is for is known for entry ids of this store alone. */
static void check_other_entry_id(struct pst_content *content, const struct pst_context *store, uint16_t id)
{
	uint8_t entry[ENTRY], key[KEY];
	uint64_t size;
	uint32_t nid;

	if (!read_exactly(entry, ENTRY, &size, store, id) || !read_exactly(key, KEY, &size, store, RECORD_KEY) ||
	    memcmp(entry + FLAGS, key, KEY) != 0)
		return;
	nid = pst_get32(entry + FLAGS + KEY);
	if (!pst_content_is_folder(content, nid) && !is_search(content, nid))
		PST_TELL_AT(content, store->where, STORE_ENTRY_ID, .tag = (uint32_t)id << 16 | PST_BINARY, .found = nid);
}

/* Whether the record key, if it is one at all, is of the size of one. */
static bool is_key(const struct pst_context *store)
{
	const struct pst_property *property = pst_pc_find(&store->pc, RECORD_KEY);
	uint8_t key[KEY];
	uint64_t size;

	return read_exactly(key, KEY, &size, store, RECORD_KEY) || size == PSTFIX_NOWHERE || property->type != PST_BINARY;
}

static void check_store(struct pst_content *content)
{
	enum { FIRST_ENTRY_ID = 0x35E0, LAST_ENTRY_ID = 0x35E7, OTHER_ENTRY_ID = 0x3416 };
	static const uint32_t required[] = {0x0FF90102, 0x3001001F, 0x35E00102, 0x35E30102, 0x35E70102};
	const struct pst_node *node = pst_content_take(content, pst_index_node(content->index, PST_NID_STORE));
	struct pst_context store;

	if (!node)
		return;
	pst_context_open_pc(&store, content, (struct pst_where){.nid = PST_NID_STORE}, node->data, node->sub);
	for (size_t i = 0; i < PST_COUNT(required) && store.usable && !content->ost; i++)
		if (!pst_pc_find(&store.pc, (uint16_t)(required[i] >> 16)) || (required[i] >> 16 == RECORD_KEY && !is_key(&store)))
			PST_TELL_AT(content, store.where, STORE_PROPERTY, .tag = pst_content_tag(content, required[i]));
	for (uint16_t id = FIRST_ENTRY_ID; id <= LAST_ENTRY_ID && store.usable && !content->ost; id++)
		check_entry_id(content, &store, id);
	if (store.usable && !content->ost)
		check_other_entry_id(content, &store, OTHER_ENTRY_ID);
	if (store.usable)
		pst_context_tell_unnamed(content, &store);
	pst_context_close(&store);
}

const uint32_t pst_required_nodes[PST_REQUIRED_NODES] = {0x21,  0x61,  0x122, 0x12D, 0x12E, 0x12F, 0x1E1, NID_SEARCHES,
                                                         0x60D, 0x60E, 0x60F, 0x610, 0x62B, 0x671, 0x692};

static void check_required_nodes(struct pst_content *content)
{
	static const uint32_t usual[] = {0x261, 0x64C, 0x6B6, 0x6D7, 0x6F8, 0xC01};

	for (size_t i = 0; i < PST_REQUIRED_NODES; i++)
		if (!is_there(content, pst_required_nodes[i]) && pst_required_nodes[i] != PST_NID_NAMES)
			PST_TELL_AT(content, ((struct pst_where){.nid = pst_required_nodes[i]}), STORE_NODE, .found = pst_required_nodes[i]);
	if (!is_there(content, PST_NID_NAMES))
		PST_TELL_AT(content, ((struct pst_where){.nid = PST_NID_NAMES}), STORE_NAMES, .found = PST_NID_NAMES);
	for (size_t i = 0; i < PST_COUNT(usual) && !content->ost; i++)
		if (!is_there(content, usual[i]))
			PST_TELL_AT(content, ((struct pst_where){.nid = usual[i]}), STORE_NODE_USUAL, .found = usual[i]);
}

/* ---- the name map ---------------------------------------------------------------------------- */

enum { FIRST_NAME = 0x8000, FIRST_BUCKET = 0x1000, BUCKET_COUNT = 1, BUCKETS = 251, NAME = 8, BUCKET_MAX = 1 << 20 };

static uint32_t name_tag(size_t i)
{
	return (uint32_t)(FIRST_NAME + i) << 16;
}

/* What the bucket has for a name: its entry, with the checksum of a text in the place of its offset. */
static void hashed_entry(uint8_t out[NAME], struct pst_content *content, size_t i)
{
	const struct pst_names *names = &content->store->names;
	const uint8_t *entry = names->streams[PST_NAME_ENTRIES] + i * NAME;
	uint32_t offset = pst_get32(entry);

	memcpy(out, entry, NAME);
	if (entry[4] & 1) {
		const uint8_t *text = names->streams[PST_NAME_TEXTS] + offset;

		if (pst_reader_spend(&content->store->reader, pst_get32(text)))
			pst_put(out, pst_crc(text + 4, pst_get32(text)), 4);
	}
}

static uint32_t bucket_of(const uint8_t hashed[NAME])
{
	return (pst_get32(hashed) ^ pst_get16(hashed + 4)) % BUCKETS;
}

struct bucket {
	uint8_t *entries; /* NULL: there are none */
	size_t n;
	bool lost;
};

static struct bucket load_bucket(const struct pst_pc *pc, uint32_t number)
{
	const struct pst_property *property = pst_pc_find(pc, (uint16_t)(FIRST_BUCKET + number));
	struct bucket out = {0};
	struct pst_value value;
	size_t size = 0;

	if (!property || pst_pc_value(&value, pc, property, NULL))
		return out;
	out.lost = value.found;
	out.entries = pst_value_load(&value, BUCKET_MAX, &size);
	out.n = out.entries ? size / NAME : 0;
	pst_value_deinit(&value);
	return out;
}

/* Whether an entry stands for a name that is known, and is in the bucket where it belongs. */
static bool is_entry_in_place(struct pst_content *content, const uint8_t entry[NAME], uint32_t number)
{
	const size_t i = pst_get16(entry + 6);
	uint8_t hashed[NAME];

	if (i >= content->names || !pstfix_store_name_at(content->store, i).present)
		return false;
	hashed_entry(hashed, content, i);
	return !memcmp(hashed, entry, NAME) && bucket_of(hashed) == number;
}

/* Marks names that are in the bucket where they belong; false: the bucket is lost. */
static bool search_bucket(struct pst_content *content, const struct pst_pc *pc, uint32_t number, bool *found)
{
	const struct bucket bucket = load_bucket(pc, number);

	for (size_t k = 0; k < bucket.n; k++)
		if (is_entry_in_place(content, bucket.entries + k * NAME, number))
			found[pst_get16(bucket.entries + k * NAME + 6)] = true;
	free(bucket.entries);
	return !bucket.lost;
}

/* Entries that stand for no name, or for one that is found where it belongs: where it is not, that is told. */
static void check_strays(struct pst_content *content, const struct pst_context *map, uint32_t number, const bool *found)
{
	const struct bucket bucket = load_bucket(&map->pc, number);
	uint64_t strays = 0;

	for (size_t k = 0; k < bucket.n && !content->store->reader.spent; k++) {
		const uint8_t *entry = bucket.entries + k * NAME;
		const size_t i = pst_get16(entry + 6);

		strays += i >= content->names || (found[i] && !is_entry_in_place(content, entry, number));
	}
	free(bucket.entries);
	if (strays)
		PST_TELL_AT(content, map->where, NAME_STRAY, .tag = (FIRST_BUCKET + number) << 16 | PST_BINARY, .count = strays);
}

/* Whether what a name consists of is lost with a stream of the map. */
static bool is_name_lost(const struct pst_content *content, size_t i)
{
	const struct pst_names *names = &content->store->names;
	const uint32_t set = pst_get16(names->streams[PST_NAME_ENTRIES] + i * NAME + 4);

	return (names->lost[PST_NAME_GUIDS] && set >> 1 >= 3) || (names->lost[PST_NAME_TEXTS] && set & 1);
}

static bool is_possible(const struct pst_content *content, size_t i)
{
	const pstfix_name name = pstfix_store_name_at(content->store, i);

	return name.present && name.id == FIRST_NAME + i;
}

/* Streams are found whatever the order of the properties is. */
static void check_entries(struct pst_content *content, const struct pst_context *map)
{
	for (size_t i = 0; i < content->names && !content->store->reader.spent; i++)
		if (!is_name_lost(content, i) && !is_possible(content, i))
			PST_TELL_AT(content, map->where, NAME_ENTRY, .tag = name_tag(i));
}

static void check_buckets(struct pst_content *content, const struct pst_context *map)
{
	bool *found = calloc(content->names + 1, sizeof *found);
	bool there[BUCKETS];
	uint8_t hashed[NAME];
	int64_t buckets = 0;
	bool known = pst_pc_int(&map->pc, BUCKET_COUNT, &buckets);

	if (!known || buckets != BUCKETS)
		PST_TELL_AT(content, map->where, NAME_BUCKETS, .tag = BUCKET_COUNT << 16 | PST_INT32,
		            .found = known ? (uint32_t)buckets : PSTFIX_NOWHERE, .expected = BUCKETS);
	if (!found) {
		content->status = pst_fail_memory(content->err);
		return;
	}
	for (uint32_t bucket = 0; bucket < BUCKETS; bucket++)
		there[bucket] = search_bucket(content, &map->pc, bucket, found);
	for (size_t i = 0; i < content->names && !content->store->reader.spent; i++) {
		if (is_name_lost(content, i) || !is_possible(content, i) || found[i])
			continue;
		hashed_entry(hashed, content, i);
		if (there[bucket_of(hashed)])
			PST_TELL_AT(content, map->where, NAME_BUCKET, .tag = name_tag(i),
			            .expected = FIRST_BUCKET + bucket_of(hashed));
	}
	for (uint32_t bucket = 0; bucket < BUCKETS; bucket++)
		check_strays(content, map, bucket, found);
	free(found);
}

static void check_names(struct pst_content *content)
{
	const struct pst_node *node = pst_content_take(content, pst_index_node(content->index, PST_NID_NAMES));
	struct pst_context map;

	if (!node)
		return;
	pst_context_open_pc(&map, content, (struct pst_where){.nid = PST_NID_NAMES}, node->data, node->sub);
	content->names = PST_MIN(pstfix_store_name_count(content->store), (size_t)0x8000);
	check_entries(content, &map);
	if (map.usable) {
		content->names_known = !content->store->names.lost[PST_NAME_ENTRIES];
		content->damage = pst_names_damage(content->store);
		if (content->names_known)
			check_buckets(content, &map);
		pst_context_tell_unnamed(content, &map);
	}
	pst_context_close(&map);
}

/* ---- lists and maps ------------------------------------------------------------------------------ */

/* In the domain of searches and in the map of folder ids the type of the node is no part of what they say (in the
 * domain of jlibpst-dist-list it is 3 for all, in that of pstextractortest 4). */
static bool has_folder(const struct pst_content *content, uint32_t nid)
{
	return is_there(content, (nid & ~31u) | 2) || is_there(content, (nid & ~31u) | 3);
}

/* Of active searches: notes which they are. */
static void check_listed(struct pst_content *content, struct pst_where where, uint32_t nid)
{
	const struct pst_node *node = pst_index_node(content->index, nid);

	if (!is_search(content, nid))
		PST_TELL_AT(content, where, SEARCH_LIST, .found = nid);
	else if (content->listed)
		content->listed[node - content->index->nodes.at] = true;
}

static void check_list(struct pst_content *content, const struct pst_node *node, uint32_t step)
{
	const struct pst_where where = {.nid = node->nid};
	struct pst_stream stream;
	uint8_t entry[4];

	content->status = pst_stream_open(&stream, &content->store->reader, node->data, content->err);
	if (content->status)
		return;
	if (stream.size % step)
		PST_TELL_AT(content, where, SEARCH_QUEUE, .found = stream.size, .expected = step);
	else if (node->nid == NID_SEARCHES && stream.size) {
		content->listed = calloc(content->index->nodes.n, sizeof *content->listed);
		if (!content->listed)
			content->status = pst_fail_memory(content->err);
	}
	for (uint64_t at = 0; step == sizeof entry && pst_stream_read(&stream, entry, step, at) == step; at += step) {
		const uint32_t nid = pst_get32(entry);

		if (node->nid == NID_SEARCHES)
			check_listed(content, where, nid);
		else if (!has_folder(content, nid))
			PST_TELL_AT(content, where, SEARCH_LIST, .found = nid);
	}
	pst_stream_deinit(&stream);
}

/* Folders of searches: what belongs to each. The one that 0x723 is has no criteria, and is in no list. */
static void check_searches(struct pst_content *content)
{
	enum { NID_SEARCH_ALL = 0x723 };
	static const uint32_t types[] = {0x06, 0x07};
	const struct pst_node *nodes = content->index->nodes.at;

	for (size_t i = 0; i < content->index->nodes.n; i++) {
		const struct pst_where where = {.nid = nodes[i].nid};

		if (!is_search(content, where.nid) || where.nid == NID_SEARCH_ALL)
			continue;
		for (size_t k = 0; k < PST_COUNT(types); k++)
			if (!is_there(content, (where.nid & ~31u) | types[k]))
				PST_TELL_AT(content, where, SEARCH_NODE, .found = (where.nid & ~31u) | types[k]);
		if (content->listed && !content->listed[i] && !content->store->reader.spent)
			PST_TELL_AT(content, where, SEARCH_UNLISTED, .tag = 0);
	}
}

/* Whether the node that an entry of a map stands for is there. The type is left out where it is known; 0 stands
 * for none. */
static bool is_entry_right(const struct pst_content *content, uint32_t map, uint32_t nid)
{
	if (!nid)
		return true;
	switch (map & 31) {
	case 0x14: return is_there(content, nid | 4);
	case 0x15: return is_there(content, nid | 8);
	default: return map == NID_FOLDER_IDS ? has_folder(content, nid) : is_there(content, nid);
	}
}

/* What kind of heap and tree a map is: see pst_content_map(). */
struct map {
	uint8_t client;
	bool deep;
	uint8_t key, data;
	enum { TO_OTHERS, TO_NODES, TO_LISTS } to; /* what entries are ids of; lists are of nodes */
};

static const struct map folder_ids = {0x8C, false, 8, 4, TO_NODES}, item_ids = {0x9C, true, 16, 4, TO_NODES},
                        conversations = {0xCC, true, 4, 4, TO_LISTS}, guids = {0x6C, true, 16, 2, TO_OTHERS};

/* Nodes that are in a list, but nowhere else. */
static uint64_t count_alone(struct pst_content *content, const struct pst_heap *heap, const struct pst_subnodes *subnodes,
                            uint32_t hnid)
{
	struct pst_value list;
	uint8_t bytes[1024];
	uint64_t alone = 0;

	content->status = pst_value_open(&list, PST_BINARY, hnid, heap, subnodes, content->err);
	if (content->status || list.found || !pst_reader_spend(&content->store->reader, list.size))
		list.size = 0;
	for (uint64_t at = 0; at < list.size; at += sizeof bytes) {
		const size_t n = pst_value_read(&list, bytes, sizeof bytes, at);

		for (size_t i = 0; i + 4 <= n; i += 4)
			alone += pst_get32(bytes + i) && !is_there(content, pst_get32(bytes + i));
	}
	pst_value_deinit(&list);
	return alone;
}

static void check_map(struct pst_content *content, const struct pst_node *node, const struct map *map)
{
	struct pst_subnodes subnodes = {0};
	struct pst_heap heap = {0};
	struct pst_record record;
	struct pst_walk walk;
	struct pst_bth bth;
	uint64_t alone = 0;

	if (map->to == TO_LISTS)
		content->status = pst_subnodes_open(&subnodes, &content->store->reader, node->sub, content->err);
	if (!content->status && pst_content_map(content, &heap, &bth, node, map->client, map->deep, map->key, map->data)) {
		pst_walk_begin(&walk, &bth);
		while (!content->status && pst_walk_next(&record, &walk)) {
			if (map->to == TO_NODES)
				alone += !is_entry_right(content, node->nid, pst_get32(record.data));
			else if (map->to == TO_LISTS)
				alone += count_alone(content, &heap, &subnodes, pst_get32(record.data));
		}
		pst_content_tree(content, (struct pst_where){.nid = node->nid}, &heap, &walk.facts);
	}
	pst_heap_deinit(&heap);
	pst_subnodes_deinit(&subnodes);
	if (alone)
		PST_TELL_AT(content, ((struct pst_where){.nid = node->nid}), MAP_ALONE, .count = alone);
}

/* ---- tables --------------------------------------------------------------------------------------- */

/* Where messages of a class go to. */
static void check_receive_row(struct pst_content *content, const struct pst_context *table)
{
	enum { RECEIVE_FOLDER = 0x6605 };
	int64_t folder;

	if (pst_context_cell_number(table, RECEIVE_FOLDER, &folder) && !pst_content_is_folder(content, (uint32_t)folder))
		PST_TELL_AT(content, table->where, RECEIVE_FOLDER, .found = (uint32_t)folder);
}

/* Rows and columns alike. */
static bool is_sound(const struct pst_context *table)
{
	bool sound = table->usable && table->exact;

	for (size_t i = 0; sound && i < table->tc.columns.n; i++)
		sound = !table->faulty[i];
	return sound;
}

static void check_table(struct pst_content *content, const struct pst_node *node)
{
	enum { NID_RECEIVE = 0x62B, NID_OUTGOING = 0x64C };
	struct pst_context table;

	pst_context_open_tc(&table, content, &content->tables, (struct pst_where){.nid = node->nid}, node->data, node->sub);
	for (uint32_t i = 0; node->nid == NID_RECEIVE && table.usable && i < table.rows.n; i++)
		if (pst_context_row(&table, i))
			check_receive_row(content, &table);
	for (uint32_t i = 0; node->nid == NID_OUTGOING && is_sound(&table) && i < table.rows.n; i++) {
		const struct pst_row *row = pst_context_row(&table, i);

		if (row && (pst_kind_of(row->id) != PSTFIX_MESSAGE || !is_there(content, row->id)))
			PST_TELL_AT(content, table.where, OUTGOING_ROW_ALONE, .found = row->id);
	}
	pst_context_close(&table);
}

static void check_properties(struct pst_content *content, const struct pst_node *node)
{
	struct pst_context context;

	pst_context_open_pc(&context, content, (struct pst_where){.nid = node->nid}, node->data, node->sub);
	if (context.usable)
		pst_context_tell_unnamed(content, &context);
	pst_context_close(&context);
}

/* ---- all other nodes -------------------------------------------------------------------------------- */

/* The folder that a node shares its index with; 0: none. Indexes below the root folder's, and those of the
 * templates, belong to the store. */
static uint32_t owner_of(uint32_t nid)
{
	if (nid < PST_NID_ROOT || (nid >= 0x600 && nid < 0x700))
		return 0;
	switch (nid & 31) {
	case 0x0D: case 0x0E: case 0x0F: case 0x14: case 0x15: case 0x19: return (nid & ~31u) | 2;
	case 0x06: case 0x07: case 0x10: return (nid & ~31u) | 3;
	default: return 0;
	}
}

/* Nodes that belong to the store have ids that are the same everywhere: those that [MS-PST] or any file has. */
static bool is_of_store(uint32_t nid)
{
	static const uint32_t known[] = {
		0x21, 0x61, 0xA1, 0xC1, 0x1E1, NID_SEARCHES, 0x241, NID_DOMAIN, 0x281, 0x2A1, 0x2E1, 0x301, 0x321, 0x501, 0x60D, 0x60E,
		0x60F, 0x610, 0x614, 0x615, 0x619, 0x62B, 0x64C, PST_NID_ATTACHMENTS, PST_NID_RECIPIENTS, 0x6B6, 0x6D7, 0x6F8, 0x801,
		NID_FOLDER_IDS, 0x841, 0x861, 0xC01, 0xE01, 0xE41, 0xE61, 0xE81, 0xEA1, 0xEC1, 0xEE1, 0xF01, 0xF21,
	};

	for (size_t i = 0; i < PST_COUNT(known); i++)
		if (known[i] == nid)
			return true;
	return pst_kind_of(nid) == PSTFIX_FOLDER || pst_kind_of(nid) == PSTFIX_SEARCH || pst_is_message(nid);
}

static void check_by_type(struct pst_content *content, const struct pst_node *node)
{
	switch (node->nid & 31) {
	case 0x06: check_list(content, node, 20); break;
	case 0x07: check_properties(content, node); break;
	case 0x0B: case 0x0C: case 0x0D: case 0x0E: case 0x0F: case 0x10: case 0x11: case 0x12: case 0x16: case 0x17:
	case 0x18: case 0x19: check_table(content, node); break;
	case 0x14: case 0x15: check_map(content, node, &folder_ids); break;
	default: break;
	}
}

static void check_other(struct pst_content *content, const struct pst_node *node)
{
	switch (node->nid) {
	case 0x1E1: case 0xEC1: check_list(content, node, 20); break;
	case NID_SEARCHES: case NID_DOMAIN: check_list(content, node, 4); break;
	case 0x801: check_map(content, node, &guids); break;
	case NID_FOLDER_IDS: check_map(content, node, &folder_ids); break;
	case 0x841: check_table(content, node); break;
	case 0xC01: check_map(content, node, &item_ids); break;
	case 0xE01: check_map(content, node, &conversations); break;
	default: check_by_type(content, node); break;
	}
}

static void check_others(struct pst_content *content)
{
	for (size_t i = 0; i < content->index->nodes.n && !content->status; i++) {
		uint32_t nid = content->index->nodes.at[i].nid, owner = owner_of(nid);
		const struct pst_node *node = pst_content_take(content, &content->index->nodes.at[i]);

		if (owner && !is_there(content, owner))
			PST_TELL_AT(content, ((struct pst_where){.nid = nid}), NODE_ALONE, .found = owner);
		else if (!owner && !is_of_store(nid) && !content->status)
			PST_TELL_AT(content, ((struct pst_where){.nid = nid}), NODE_UNKNOWN, .found = nid & 31);
		if (node)
			check_other(content, node);
	}
}

/* ---- dwUnique ------------------------------------------------------------------------------------------ */

/* Where all rows could be looked at, a counter that is lost, or near its end, is set just above them. */
static void check_unique(struct pst_content *content)
{
	struct pst_survey *survey = &content->report->survey;
	const struct pst_header *header = &survey->header;
	const uint32_t least = content->version_max + 1;
	const bool spent = header->unique > PST_VERSION_MAX;
	bool all = !content->undone && !content->versions_missed;

	for (size_t i = 0; i < content->index->nodes.n; i++)
		all = all && content->index->nodes.at[i].whole;
	if (header->proven && ((header->unique < least && content->version_max) || (spent && all)))
		PST_TELL(content->report->teller, HEADER_UNIQUE, .offset = survey->format->header.unique, .size = 4,
		         .found = header->unique, .expected = content->version_max);
	if ((!header->proven || spent) && all)
		survey->right.unique = least;
	survey->right.unique = PST_MAX(survey->right.unique, least);
}

/* ---- all of it ------------------------------------------------------------------------------------------- */

static void check_all(struct pst_content *content)
{
	check_names(content);
	check_store(content);
	check_required_nodes(content);
	pst_check_folders(content);
	check_others(content);
	check_searches(content);
	if (content->store->reader.spent || content->tables.spent)
		pst_content_leave_out(content, content->in_hand);
	if (content->undone)
		PST_TELL_AT(content, ((struct pst_where){.nid = content->first_undone}), WORK_BOUND_NODES,
		            .found = content->undone);
	check_unique(content);
}

static uint64_t work_left(const struct pstfix_report *report)
{
	const uint64_t most = 8 * report->file->io->size + (UINT64_C(64) << 20);
	const uint64_t done = report->file->work + report->survey.inventory.work + report->survey.index.work +
	                      report->work;

	return most - PST_MIN(most, done);
}

pstfix_status pst_check_content(struct pstfix_report *report, pstfix_error *err)
{
	struct pst_content content = {.report = report, .index = &report->survey.index, .err = err,
	                              .ost = report->survey.right.client == PST_CLIENT_OST};

	if (report->survey.index.encoding == PST_BY_WINDOWS)
		return PSTFIX_OK;
	content.versions = calloc(UINT32_MAX / PST_VERSION_PIECE + 1, sizeof *content.versions);
	content.done = calloc(content.index->nodes.n + 1, 1);
	content.status = content.versions && content.done ? pst_store_open_on(&content.store, report->file, content.index, err)
	                                                  : pst_fail_memory(err);
	if (!content.status)
		content.status = pst_reader_init(&content.tables, content.index, err);
	if (!content.status) {
		content.store->reader.work_max = content.tables.work_max = work_left(report) / 2;
		check_all(&content);
		report->work += content.store->reader.work + content.tables.work;
	}
	pst_reader_deinit(&content.tables);
	pstfix_store_free(content.store);
	for (size_t i = 0; content.versions && i <= content.version_max / PST_VERSION_PIECE; i++)
		free(content.versions[i]);
	free(content.versions);
	free(content.done);
	free(content.listed);
	return content.status;
}
