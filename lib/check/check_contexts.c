/* Heaps, trees on them, property and table contexts: [MS-PST] 2.3.
 *
 * Each is opened, judged by what its readers tell of it, and left open for the checks that compare it with others.
 *
 * Tests: page maps, unused bytes, freed items, fill levels; order, keys and items of trees; types, sizes and places of
 * values; columns, row index and matrix of tables, cells, row versions; subnodes that nothing names. */
#include "check/content.h"
#include "ltp/known.h"

#include <stdlib.h>

enum {
	MULTIPLE_MAX = 1 << 20, /* a multiple value larger than that is not gone through */
	TYPE_CHANGES = 0x16,
	PROPERTIES_OF_TABLE = 0x4E1,
	CONTEXT_WORK = 256,     /* what opening one costs, though all its blocks may be at hand */
	PIECES_MAX = 1024       /* 32 MiB */
};

/* ---- heaps and trees ----------------------------------------------------------------- */

static bool check_heap_block(struct pst_content *content, struct pst_where where, const struct pst_heap *heap,
                             uint32_t number, bool maps_only)
{
	const struct pst_block *block = heap->stream.parts.at[number].block;
	struct pst_heap_block facts;
	uint32_t unused;

	pst_heap_block_facts(&facts, heap, number);
	if (!facts.readable)
		return false;
	if (!facts.mapped || !facts.ascending) {
		PST_TELL_AT(content, where, HEAP_MAP, .id = block->id, .offset = block->at);
		return false;
	}
	if (maps_only)
		return true;
	unused = facts.lead + (facts.gap ? facts.gap - 1 : 0);
	if (unused)
		PST_TELL_AT(content, where, HEAP_GAP, .id = block->id, .offset = block->at, .count = unused);
	if (facts.freed != facts.empty)
		PST_TELL_AT(content, where, HEAP_FREED, .id = block->id, .offset = block->at, .found = facts.freed,
		            .expected = facts.empty);
	if (facts.fill != UINT8_MAX && facts.fill != facts.fill_right)
		PST_TELL_AT(content, where, HEAP_FILL, .id = block->id, .offset = block->at, .found = facts.fill,
		            .expected = facts.fill_right);
	return true;
}

bool pst_content_heap(struct pst_content *content, struct pst_where where, const struct pst_heap *heap, bool maps_only)
{
	bool right = true;

	if (!pst_reader_spend(heap->stream.reader, heap->stream.size))
		return false;

	for (uint32_t i = 0; i < heap->stream.parts.n; i++)
		right = check_heap_block(content, where, heap, i, maps_only) && right;
	return right;
}

bool pst_content_items(struct pst_content *content, struct pst_where where, const struct pst_heap *heap, uint8_t client)
{
	if (heap->signature == PST_HEAP_SIGNATURE && heap->client == client)
		return pst_content_heap(content, where, heap, false);
	PST_TELL_AT(content, where, HEAP_CLIENT, .offset = pst_stream_place(&heap->stream, 0, 0),
	            .expected = (uint64_t)PST_HEAP_SIGNATURE << 8 | client,
	            .found = (uint64_t)heap->signature << 8 | heap->client);
	return false;
}

bool pst_content_tree(struct pst_content *content, struct pst_where where, const struct pst_heap *heap,
                      const struct pst_bth_facts *facts)
{
	const uint64_t broken = facts->ragged + facts->dangling;
	uint64_t place;

	if (!facts->unsorted && !facts->equal && !broken && !facts->endless && !facts->mismatched)
		return !facts->missing;
	place = pst_heap_place(heap, facts->first);

	if (facts->unsorted)
		PST_TELL_AT(content, where, BTH_ORDER, .hid = facts->first, .offset = place, .count = facts->unsorted);
	if (facts->equal)
		PST_TELL_AT(content, where, BTH_DUPLICATE, .hid = facts->first, .offset = place, .count = facts->equal);
	if (broken || facts->endless)
		PST_TELL_AT(content, where, BTH_ITEM, .hid = facts->first, .offset = place, .count = PST_MAX(broken, 1u));
	if (facts->mismatched)
		PST_TELL_AT(content, where, BTH_KEY, .hid = facts->first, .offset = place, .count = facts->mismatched);
	return false;
}

/* Whether a heap holds what belongs there: `sound` says it of the client's own structures. Where its page maps are
 * impossible, that is told instead. */
static bool is_usable(struct pst_content *content, struct pst_where where, const struct pst_heap *heap, uint8_t client,
                      bool sound, bool *foreign)
{
	const bool right = heap->signature == PST_HEAP_SIGNATURE && heap->client == client;
	const bool mapped = right && pst_content_heap(content, where, heap, !sound);

	*foreign = !right || (mapped && !sound);
	return mapped && sound;
}

bool pst_content_map(struct pst_content *content, struct pst_heap *heap, struct pst_bth *bth, const struct pst_node *node,
                     uint8_t client, bool deep, uint8_t key, uint8_t data)
{
	const struct pst_where where = {.nid = node->nid};
	struct pst_item item;
	bool usable, foreign;
	uint32_t hid;

	content->status = pst_heap_open(heap, &content->store->reader, node->data, content->err);
	if (content->status)
		return false;
	hid = heap->root;
	if (deep && heap->client == client && !pst_heap_item(&item, heap, hid) && item.size >= 4)
		hid = pst_get32(item.data);
	pst_bth_open(bth, heap, hid);
	usable = is_usable(content, where, heap, client, bth->sound && bth->key == key && bth->data == data, &foreign);
	if (foreign)
		PST_TELL_AT(content, where, BTH_HEADER, .offset = pst_stream_place(&heap->stream, 0, 0));
	return usable;
}

/* ---- values ---------------------------------------------------------------------------- */

const struct pst_list_entry *pst_context_name(struct pst_context *context, uint32_t nid)
{
	const struct pst_list_entry *entry = pst_subnodes_find(&context->subnodes, nid);

	if (entry && context->named)
		context->named[entry - context->subnodes.entries.at] = true;
	return entry;
}

void pst_context_tell_unnamed(struct pst_content *content, const struct pst_context *context)
{
	for (size_t i = 0; context->named && i < context->subnodes.entries.n; i++)
		if (!context->named[i])
			PST_TELL_AT(content, context->where, SUBNODE_UNNAMED, .found = context->subnodes.entries.at[i].nid);
}

/* Whether no bytes can be a value of that type. */
static bool can_be_empty(uint16_t type)
{
	const struct pst_type_row *row = pst_type_row(type);

	return type & PST_MULTIPLE || (row && !row->size);
}

/* PSTFIX_NOWHERE: what should hold it is not there. */
static uint64_t size_of(struct pst_content *content, struct pst_context *context, const struct pst_heap *heap,
                        uint32_t hnid)
{
	const struct pst_list_entry *entry;
	struct pst_item item;

	if (!hnid)
		return 0;
	if (pst_is_hid(hnid))
		return pst_heap_item(&item, heap, hnid) ? PSTFIX_NOWHERE : item.size;
	entry = pst_context_name(context, hnid);
	return entry ? pst_index_size(content->index, entry->data) : PSTFIX_NOWHERE;
}

static bool are_offsets_sound(struct pst_content *content, const struct pst_context *context,
                              const struct pst_heap *heap, uint16_t type, uint32_t hnid)
{
	const struct pst_type_row *row = pst_type_row(type);
	struct pst_value value;
	uint8_t *bytes;
	size_t size;
	bool sound = true;

	if (!row || row->size)
		return true;
	content->status = pst_value_open(&value, type, hnid, heap, &context->subnodes, content->err);
	if (content->status)
		return true;
	bytes = value.size <= MULTIPLE_MAX && pst_reader_spend(heap->stream.reader, value.size) ? pst_value_load(&value, MULTIPLE_MAX, &size) : NULL;
	if (bytes && size == value.size)
		sound = pst_multiple_sound(type, bytes, size);
	free(bytes);
	pst_value_deinit(&value);
	return sound;
}

/* Whether the offsets of a multiple value can be right. */
static inline bool is_multiple_sound(struct pst_content *content, const struct pst_context *context,
                                     const struct pst_heap *heap, uint16_t type, uint32_t hnid)
{
	return !(type & PST_MULTIPLE) || are_offsets_sound(content, context, heap, type, hnid);
}

/* ---- property contexts ------------------------------------------------------------------ */

static void check_object(struct pst_content *content, struct pst_context *context, const struct pst_property *property,
                         uint32_t tag)
{
	struct pst_item item;
	uint32_t nid;

	if (pst_heap_item(&item, &context->pc.heap, property->hnid))
		return;
	nid = pst_get32(item.data);
	context->bytes += pst_get32(item.data + 4);
	if (!pst_context_name(context, nid))
		PST_TELL_AT(content, context->where, PC_OBJECT, .tag = tag, .found = nid,
		            .offset = pst_heap_place(&context->pc.heap, property->hnid));
}

/* The properties of the name map are others. */
static bool is_typed(struct pst_where where)
{
	return where.sub ? where.sub != PROPERTIES_OF_TABLE : pst_kind_of(where.nid) != PSTFIX_OTHER;
}

/* Where the record of a property is. */
static uint64_t place_of(const struct pst_context *context, const struct pst_property *property)
{
	return pst_bth_place(&context->pc.bth, property->hid, property->number);
}

/* From now on the property is of the type that it must have, if it can be. */
static void check_known(struct pst_content *content, const struct pst_context *context, struct pst_property *property)
{
	const uint32_t tag = (uint32_t)property->id << 16 | property->type;
	const uint16_t type = pst_known_type(&context->pc, property);

	if (type == property->type)
		return;
	if (!type) {
		PST_TELL_AT(content, context->where, PC_TYPE_UNFIT, .tag = tag, .offset = place_of(context, property));
		return;
	}
	PST_TELL_AT(content, context->where, PC_TYPE_WRONG, .tag = tag, .offset = place_of(context, property), .found = property->type,
	            .expected = type);
	property->type = type;
}

static void check_value(struct pst_content *content, struct pst_context *context, const struct pst_property *property)
{
	const struct pst_heap *heap = &context->pc.heap;
	const uint32_t tag = (uint32_t)property->id << 16 | property->type;
	const uint8_t width = pst_type_inline(property->type, 4);
	uint64_t size;

	if (property->type == PST_BOOL && property->hnid > 1)
		PST_TELL_AT(content, context->where, PC_BOOL, .tag = tag, .offset = place_of(context, property), .found = property->hnid);
	if (width) {
		context->bytes += width;
		return;
	}
	size = size_of(content, context, heap, property->hnid);
	if (size == PSTFIX_NOWHERE || (!property->hnid && !can_be_empty(property->type))) {
		PST_TELL_AT(content, context->where, PC_VALUE_MISSING, .tag = tag, .offset = place_of(context, property),
		            .found = property->hnid);
		context->cut = true;
		return;
	}
	if (!pst_size_fits(property->type, size) ||
	    !is_multiple_sound(content, context, heap, property->type, property->hnid))
		PST_TELL_AT(content, context->where, PC_VALUE_SIZE, .tag = tag, .offset = place_of(context, property), .found = size);
	else if (property->type == PST_OBJECT)
		check_object(content, context, property, tag);
	if (property->type != PST_OBJECT)
		context->bytes += size;
}

static void check_property(struct pst_content *content, struct pst_context *context, struct pst_property *property)
{
	const uint32_t tag = (uint32_t)property->id << 16 | property->type;

	if (property->id >= 0x8000 && content->names_known && property->id - 0x8000u >= content->names)
		PST_TELL_AT(content, context->where, NAME_UNKNOWN, .tag = tag, .offset = place_of(context, property));
	if (!pst_type_row(property->type)) {
		PST_TELL_AT(content, context->where, PC_TYPE, .tag = tag, .offset = place_of(context, property));
		context->cut = true;
		return;
	}
	if (is_typed(context->where))
		check_known(content, context, property);
	check_value(content, context, property);
}

/* What both kinds of contexts begin with; false: there is too much to do, or no memory. */
static bool open_context(struct pst_context *out, struct pst_content *content, struct pst_reader *reader,
                         struct pst_where where, uint64_t sub)
{
	*out = (struct pst_context){.where = where};
	if (content->status || !pst_reader_spend(reader, CONTEXT_WORK))
		return false;
	content->status = pst_subnodes_open(&out->subnodes, reader, sub, content->err);
	if (content->status)
		return false;
	out->named = calloc(out->subnodes.entries.n + 1, sizeof *out->named);
	if (!out->named)
		content->status = pst_fail_memory(content->err);
	return out->named;
}

/* Whether the heap of a table without rows and index has more than its header and that of the index. */
static bool has_lost_rows(struct pst_content *content, struct pst_where where, const struct pst_heap *heap)
{
	enum { HEADERS = 2 };
	uint64_t filled = 0;

	for (uint32_t i = 0; i < heap->stream.parts.n; i++) {
		struct pst_heap_block facts;

		pst_heap_block_facts(&facts, heap, i);
		filled += facts.items - facts.empty;
	}
	if (filled <= HEADERS)
		return false;
	PST_TELL_AT(content, where, BTH_EMPTY, .count = filled - HEADERS, .offset = pst_stream_place(&heap->stream, 0, 0));
	return true;
}

void pst_context_open_pc(struct pst_context *out, struct pst_content *content, struct pst_where where, uint64_t data,
                         uint64_t sub)
{
	struct pst_reader *reader = &content->store->reader;
	struct pst_pc *pc = &out->pc;
	bool usable, foreign;

	if (!open_context(out, content, reader, where, sub))
		return;
	content->status = pst_pc_open(pc, reader, data, &out->subnodes, content->err);
	if (content->status || reader->spent)
		return;
	usable = is_usable(content, where, &pc->heap, PST_CLIENT_PC, pc->sound, &foreign);
	if (foreign)
		PST_TELL_AT(content, where, PC_UNREADABLE, .offset = pst_stream_place(&pc->heap.stream, 0, 0));
	if (!usable)
		return;
	out->usable = pst_content_tree(content, where, &pc->heap, &pc->facts);
	if (pc->refound)
		PST_TELL_AT(content, where, BTH_ROOT, .hid = pc->bth.root, .offset = pst_heap_place(&pc->heap, pc->bth.root));
	else if (pc->unnamed)
		PST_TELL_AT(content, where, BTH_EMPTY, .count = pc->unnamed, .offset = pst_stream_place(&pc->heap.stream, 0, 0));
	out->usable = out->usable && (pc->refound || !pc->unnamed);
	for (size_t i = 0; i < pc->properties.n && !content->status; i++)
		check_property(content, out, &pc->properties.at[i]);
}

static bool has_maps(const struct pst_heap *heap)
{
	struct pst_heap_block facts;

	for (uint32_t i = 0; i < heap->stream.parts.n; i++) {
		pst_heap_block_facts(&facts, heap, i);
		if (!facts.mapped || !facts.ascending)
			return false;
	}
	return true;
}

void pst_context_reopen_pc(struct pst_context *out, struct pst_content *content, struct pst_where where, uint64_t data,
                           uint64_t sub)
{
	const struct pst_bth_facts *facts = &out->pc.facts;

	if (!open_context(out, content, &content->store->reader, where, sub))
		return;
	content->status = pst_pc_open(&out->pc, &content->store->reader, data, &out->subnodes, content->err);
	out->usable = !content->status && out->pc.sound && (out->pc.refound || !out->pc.unnamed) && has_maps(&out->pc.heap) && !facts->unsorted && !facts->equal && !facts->ragged &&
	              !facts->dangling && !facts->mismatched && !facts->missing && !facts->endless;
	pst_known_settle(&out->pc);
}

void pst_context_close(struct pst_context *context)
{
	pst_rows_deinit(&context->rows);
	free(context->faulty);
	pst_tc_deinit(&context->tc);
	pst_pc_deinit(&context->pc);
	pst_subnodes_deinit(&context->subnodes);
	free(context->named);
}

/* ---- tables ----------------------------------------------------------------------------- */

/* Row versions are given once: a bit for each. Whether this one was there already, or leaves none for the rows to come. */
static bool see_version(struct pst_content *content, uint32_t version)
{
	uint8_t **piece = &content->versions[version / PST_VERSION_PIECE];
	const uint8_t bit = (uint8_t)(1 << version % 8);
	bool seen;

	if (version > PST_VERSION_MAX)
		return true;
	content->version_max = PST_MAX(content->version_max, version);
	if (!*piece && content->version_pieces < PIECES_MAX) {
		*piece = calloc(PST_VERSION_PIECE / 8, 1);
		content->version_pieces++;
	}
	if (!*piece)
		return false;
	seen = (*piece)[version % PST_VERSION_PIECE / 8] & bit;
	(*piece)[version % PST_VERSION_PIECE / 8] |= bit;
	return seen;
}

/* Row id and row version have the same places in every table: what else is there has lost its tag, or its place. */
static void mark_places(struct pst_context *context, size_t own)
{
	for (size_t k = 0; k < context->tc.columns.n; k++)
		context->faulty[k] |= context->tc.columns.at[k].bit == own || context->tc.columns.at[k].at == 4 * own;
}

/* `at`: its place; PSTFIX_NOWHERE: it is missing. Cells of a column that has no more than another type than it must have are
 * kept, those of recipients, too. */
static void tell_column(struct pst_content *content, const struct pst_context *context, uint64_t place, uint32_t tag, uint64_t at, unsigned facts)
{
	if (context->where.sub == PST_NID_RECIPIENTS && facts != PST_COLUMN_KNOWN)
		PST_TELL_AT(content, context->where, RECIPIENT_COLUMN, .offset = place, .tag = tag, .expected = at, .found = facts);
	else
		PST_TELL_AT(content, context->where, TC_COLUMN, .offset = place, .tag = tag, .expected = at, .found = facts);
}

/* Row id and row version are in every table. */
static bool check_own_columns(struct pst_content *content, struct pst_context *context, uint64_t place)
{
	static const uint16_t own[] = {PST_ROW_ID, PST_ROW_VERSION};
	bool right = true;

	for (size_t i = 0; i < PST_COUNT(own); i++) {
		if (pst_tc_column(&context->tc, own[i], PST_INT32))
			continue;
		tell_column(content, context, place, (uint32_t)own[i] << 16 | PST_INT32, PSTFIX_NOWHERE, PST_COLUMN_ROW);
		mark_places(context, i);
		right = false;
	}
	return right;
}

/* Of two columns that contradict each other, in place, bit or order, either may be wrong. */
static void mark_faulty(struct pst_context *context, size_t i, unsigned facts)
{
	const struct pst_column *columns = context->tc.columns.at, *column = &columns[i];

	context->faulty[i] = true;
	if (facts & PST_COLUMN_ROW)
		mark_places(context, column->id == PST_ROW_VERSION);
	for (size_t k = 0; k < i; k++) {
		const struct pst_column *other = &columns[k];
		const bool over = column->at < other->at + other->size && other->at < column->at + column->size;

		if ((facts & PST_COLUMN_OVERLAP && over) || (facts & PST_COLUMN_BIT && column->bit == other->bit) ||
		    (facts & PST_COLUMN_UNSORTED && k + 1 == i))
			context->faulty[k] = true;
	}
}

/* The type of node that a table is of; 0: it is one of which no columns are known. */
static uint32_t kind_of_table(struct pst_where where)
{
	const bool known = !where.sub || where.sub == PST_NID_RECIPIENTS || where.sub == PST_NID_ATTACHMENTS;

	return known ? (where.sub ? where.sub : where.nid) & 31 : 0;
}

/* Those that all tables of its kind have. */
static bool check_required_columns(struct pst_content *content, const struct pst_context *context, uint64_t place)
{
	const struct pst_tc *tc = &context->tc;
	size_t n;
	const uint32_t *required = pst_required_columns(&n, kind_of_table(context->where));
	uint32_t missing = 0, first = 0;

	for (size_t i = 0; i < n; i++)
		if (!pst_has_required(tc, required[i])) {
			missing++;
			first = first ? first : required[i];
		}
	if (missing)
		PST_TELL_AT(content, context->where, TC_COLUMN_MISSING, .offset = place, .tag = pst_content_tag(content, first), .count = missing);
	return !missing;
}

static bool judge_columns(struct pst_content *content, struct pst_context *context)
{
	const struct pst_tc *tc = &context->tc;
	const uint64_t place = pst_heap_place(&tc->heap, tc->heap.root);
	bool known = check_own_columns(content, context, place), right = known;

	if (tc->room != tc->count) {
		PST_TELL_AT(content, context->where, TC_COLUMN_COUNT, .offset = place, .found = tc->count, .expected = tc->room);
		right = false;
	}
	for (size_t i = 0; i < tc->columns.n; i++) {
		const struct pst_column *column = &tc->columns.at[i];
		unsigned facts = pst_tc_column_facts(tc, i);

		if (!facts)
			continue;
		tell_column(content, context, place, (uint32_t)column->id << 16 | column->type, column->at, facts);
		mark_faulty(context, i, facts);
		known = right = false;
	}
	if (known)
		right = check_required_columns(content, context, place) && right;
	if (!pst_tc_ends_right(tc))
		PST_TELL_AT(content, context->where, TC_ENDS, .offset = place);
	return right && pst_tc_ends_right(tc);
}

/* Columns are judged by the header alone, but for the ids in it of what holds rows and their index. */
static bool are_columns_alike(const struct pst_item *a, const uint8_t *b, uint32_t size)
{
	enum { IDS = 10, COLUMNS = 22 };

	return a->size == size && !memcmp(a->data, b, IDS) && !memcmp(a->data + COLUMNS, b + COLUMNS, size - COLUMNS);
}

/* Most tables have the same columns as the one before. */
static bool check_columns(struct pst_content *content, struct pst_context *context)
{
	const struct pst_tc *tc = &context->tc;
	const uint32_t kind = kind_of_table(context->where);
	struct pst_item header;

	context->faulty = calloc(tc->columns.n + 1u, sizeof *context->faulty);
	if (!context->faulty) {
		content->status = pst_fail_memory(content->err);
		return false;
	}
	if (tc->apart) {
		judge_columns(content, context);
		return pst_tc_ends_right(tc);
	}
	pst_heap_item(&header, &tc->heap, tc->heap.root);
	if (header.size && kind == content->columns.kind && are_columns_alike(&header, content->columns.bytes, content->columns.size))
		return true;
	if (judge_columns(content, context) && header.size <= sizeof content->columns.bytes) {
		memcpy(content->columns.bytes, header.data, header.size);
		content->columns.size = header.size;
		content->columns.kind = kind;
	}
	return pst_tc_ends_right(tc);
}

/* Index and matrix. What they do not agree on is told once, here; rows that both have are compared with what they
 * stand for all the same. */
static bool check_rows(struct pst_content *content, struct pst_context *context)
{
	const struct pst_where where = context->where;
	struct pst_tc *tc = &context->tc;
	struct pst_tc_facts facts;
	uint64_t place;
	bool right;

	if (tc->matrix) {
		PST_TELL_AT(content, where, TC_MATRIX, .found = tc->rows_hnid);
		return false;
	}
	content->status = pst_tc_facts(&facts, &context->rows, tc, content->err);
	if (content->status || tc->heap.stream.reader->spent)
		return false;
	if (where.sub == PST_NID_RECIPIENTS && !tc->index.root && !tc->rows_hnid && has_lost_rows(content, where, &tc->heap))
		return false;
	place = pst_tc_place(tc, facts.first == UINT32_MAX ? 0 : facts.first);
	right = pst_content_tree(content, where, &tc->heap, &facts.index);
	if (tc->rest)
		PST_TELL_AT(content, where, TC_ROW_SIZE, .count = tc->rest, .offset = place);
	if (facts.mismatched)
		PST_TELL_AT(content, where, TC_ROW_ID, .count = facts.mismatched, .offset = place);
	if (facts.beyond)
		PST_TELL_AT(content, where, TC_ROW_MISSING, .count = facts.beyond);
	if (facts.repeated)
		PST_TELL_AT(content, where, TC_ROW_TWICE, .count = facts.repeated);
	if (right && facts.unindexed)
		PST_TELL_AT(content, where, TC_ROW_UNNAMED, .count = facts.unindexed, .offset = place);
	if (facts.unjudged)
		pst_content_leave_out(content, where.nid);
	context->exact = right && !facts.beyond && !facts.repeated && !facts.unindexed && !facts.unreadable && !facts.unjudged;
	/* where rows are not as wide as they should be, the ids in all but the first are wrong */
	return !facts.unreadable && !facts.unjudged && !(facts.mismatched && (tc->rest || facts.beyond));
}

/* A cell of the current row, that of `id`. */
static void check_cell(struct pst_content *content, struct pst_context *context, const struct pst_column *column,
                       uint32_t id)
{
	const uint32_t hnid = pst_get32(context->tc.row + column->at);
	const uint64_t size = size_of(content, context, column->heap, hnid);
	const uint32_t tag = (uint32_t)column->id << 16 | column->type;

	if (size != PSTFIX_NOWHERE && (hnid ? pst_size_fits(column->type, size) : can_be_empty(column->type)) &&
	    is_multiple_sound(content, context, column->heap, column->type, hnid))
		return;
	if (context->where.sub == PST_NID_RECIPIENTS)
		PST_TELL_AT(content, context->where, RECIPIENT_CELL, .expected = id, .tag = tag, .found = hnid);
	else
		PST_TELL_AT(content, context->where, TC_CELL, .expected = id, .tag = tag, .found = hnid);
}

static void check_cells(struct pst_content *content, struct pst_context *context)
{
	struct pst_tc *tc = &context->tc;
	const struct pst_column *version = pst_context_column(context, PST_ROW_VERSION, PST_INT32);
	const struct pst_column *row_id = pst_context_column(context, PST_ROW_ID, PST_INT32);
	const struct pst_column *far[UINT8_MAX]; /* of which the cells are elsewhere */
	uint64_t repeated = 0, first = 0, denied = 0;
	size_t n = 0;

	content->versions_missed |= !version;
	for (size_t i = 0; i < tc->columns.n; i++)
		if (!context->faulty[i] && !pst_type_inline(tc->columns.at[i].type, 8))
			far[n++] = &tc->columns.at[i];
	for (uint32_t row = 0; row < tc->rows && !content->status; row++) {
		uint32_t id;

		if (pst_tc_row(tc, row)) {
			content->versions_missed = true;
			break;
		}
		id = pst_get32(tc->row);
		for (size_t i = 0; i < n; i++)
			if (pst_tc_has(tc, far[i]))
				check_cell(content, context, far[i], id);
		denied += (row_id && !pst_tc_has(tc, row_id)) || (version && !pst_tc_has(tc, version));
		if (version && pst_tc_has(tc, version) && see_version(content, pst_get32(tc->row + version->at)))
			first = repeated++ ? first : pst_get32(tc->row + version->at);
	}
	if (denied && context->exact)
		PST_TELL_AT(content, context->where, TC_ROW_BITS, .count = denied);
	if (repeated)
		PST_TELL_AT(content, context->where, TC_ROW_VERSION, .count = repeated, .found = first);
}

static void check_sides(struct pst_content *content, struct pst_context *context)
{
	struct pst_tc *tc = &context->tc;

	for (size_t i = 0; i < PST_SIDE_HEAPS; i++) {
		if (!tc->sides[i].headed ||
		    pst_content_items(content, pst_below(&context->where, pst_tc_side(i)), &tc->sides[i], PST_CLIENT_COLUMN))
			continue;
		for (size_t k = 0; k < tc->columns.n; k++)
			context->faulty[k] |= tc->columns.at[k].heap == &tc->sides[i];
	}
}

/* What else belongs to a table, where it is there. */
static void check_own_properties(struct pst_content *content, struct pst_context *table)
{
	const struct pst_list_entry *entry = pst_context_name(table, PROPERTIES_OF_TABLE);
	struct pst_context own;

	if (!entry)
		return;
	pst_context_open_pc(&own, content, pst_below(&table->where, entry->nid), entry->data, entry->sub);
	pst_context_close(&own);
}

static void name_fixed(struct pst_context *context)
{
	for (size_t i = 0; i < PST_SIDE_HEAPS; i++)
		pst_context_name(context, pst_tc_side(i));
	if (!pst_is_hid(context->tc.rows_hnid))
		pst_context_name(context, context->tc.rows_hnid);
}

/* What is in a table whose columns can be told. */
static void check_table(struct pst_content *content, struct pst_context *table)
{
	table->usable = check_rows(content, table);
	if (!table->usable)
		return;
	check_cells(content, table);
	pst_context_tell_unnamed(content, table);
}

void pst_context_open_tc(struct pst_context *out, struct pst_content *content, struct pst_reader *reader,
                         struct pst_where where, uint64_t data, uint64_t sub)
{
	struct pst_tc *tc = &out->tc;
	uint64_t place;
	bool usable = false, foreign = false;

	if (open_context(out, content, reader, where, sub))
		content->status = pst_tc_open(tc, reader, data, &out->subnodes, content->err);
	if (!content->status && !reader->spent) {
		place = pst_stream_place(&tc->heap.stream, 0, 0);
		usable = is_usable(content, where, &tc->heap, PST_CLIENT_TC, tc->sound, &foreign);
		if (foreign && where.sub == PST_NID_RECIPIENTS)
			PST_TELL_AT(content, where, RECIPIENTS_UNREADABLE, .offset = place);
		else if (foreign)
			PST_TELL_AT(content, where, TC_UNREADABLE, .offset = place);
	}
	if (usable) {
		name_fixed(out);
		check_own_properties(content, out);
		usable = check_columns(content, out);
		pst_known_settle_columns(tc);
		if (!content->status)
			check_sides(content, out);
	}
	if (usable)
		check_table(content, out);
	content->versions_missed |= !out->usable;
}

/* The heaps of all columns, and that of the list of columns, which is none. */
static void check_apart(struct pst_content *content, struct pst_context *table)
{
	struct pst_tc *tc = &table->tc;

	pst_context_name(table, tc->columns_nid);
	if (!pst_is_hid(tc->rows_hnid))
		pst_context_name(table, tc->rows_hnid);
	for (size_t i = 0; i < tc->columns.n && !content->status; i++) {
		const struct pst_column *column = &tc->columns.at[i];
		const struct pst_list_entry *entry = column->nid ? pst_context_name(table, column->nid) : NULL;

		if (entry && entry->data &&
		    !pst_content_items(content, pst_below(&table->where, column->nid), column->heap, PST_CLIENT_COLUMN))
			table->faulty[i] = true;
	}
}

void pst_context_open_apart(struct pst_context *out, struct pst_content *content, struct pst_where where, uint64_t data,
                            uint64_t sub)
{
	struct pst_tc *tc = &out->tc;
	bool usable = false;

	if (open_context(out, content, &content->tables, where, sub))
		content->status = pst_tc_open_results(tc, &content->tables, data, &out->subnodes, content->err);
	if (!content->status && !content->tables.spent)
		usable = pst_content_items(content, where, &tc->heap, PST_CLIENT_APART);
	if (usable && !tc->sound) {
		PST_TELL_AT(content, where, TC_UNREADABLE, .offset = pst_stream_place(&tc->heap.stream, 0, 0));
		usable = false;
	}
	usable = usable && check_columns(content, out);
	if (usable)
		check_apart(content, out);
	if (usable && !content->status)
		check_table(content, out);
	content->versions_missed |= !out->usable;
}

void pst_check_changes(struct pst_content *content, struct pst_context *context)
{
	for (size_t i = 0; i < context->subnodes.entries.n; i++) {
		const struct pst_list_entry *entry = &context->subnodes.entries.at[i];
		struct pst_context table;

		if ((entry->nid & 31) != TYPE_CHANGES)
			continue;
		context->named[i] = true;
		pst_context_open_tc(&table, content, &content->store->reader, pst_below(&context->where, entry->nid),
		                    entry->data, entry->sub);
		pst_context_close(&table);
	}
}

/* ---- what is in them ---------------------------------------------------------------------- */

const struct pst_row *pst_context_row(struct pst_context *table, uint32_t number)
{
	const uint32_t i = table->rows.order[number];
	const bool there = !pst_tc_row(&table->tc, number);

	return there && i != UINT32_MAX ? &table->rows.by_id.at[i] : NULL;
}

const struct pst_column *pst_context_column(const struct pst_context *table, uint16_t id, uint16_t type)
{
	const struct pst_column *column = pst_tc_column(&table->tc, id, type);

	return column && !table->faulty[column - table->tc.columns.at] ? column : NULL;
}

bool pst_context_cell_number(const struct pst_context *table, uint16_t id, int64_t *out)
{
	const struct pst_tc *tc = &table->tc;
	const struct pst_column *column = pst_context_column(table, id, PST_INT32);
	struct pst_value value;

	return column && pst_tc_has(tc, column) && !pst_tc_cell(&value, tc, column, NULL) && pst_value_int(&value, out);
}

/* The bytes of a value that is an item; false: they have to be read. */
static bool is_item(struct pst_item *out, uint32_t hnid, const struct pst_heap *heap)
{
	return hnid && pst_is_hid(hnid) && !pst_heap_item(out, heap, hnid);
}

/* Like is_item, but of a cell, which may be in the row itself. */
static bool is_cell_at_hand(struct pst_item *out, const uint8_t *cell, const struct pst_column *column)
{
	*out = (struct pst_item){.data = cell, .size = pst_type_inline(column->type, 8)};
	return out->size || is_item(out, pst_get32(cell), column->heap);
}

static bool items_differ(struct pst_content *content, uint16_t type, const struct pst_item *a, const struct pst_item *b)
{
	if (!pst_size_fits(type, a->size) || !pst_size_fits(type, b->size))
		return false;
	if (a->size != b->size)
		return true;
	return a->size && pst_reader_spend(&content->tables, a->size) && memcmp(a->data, b->data, a->size);
}

/* `property`: the object's with the id of the column; NULL: there is none. */
static bool differs_in(struct pst_content *content, const struct pst_context *table, const struct pst_column *column,
                       const struct pst_context *object, const struct pst_property *property)
{
	const struct pst_heap *heap = &object->pc.heap;
	bool has = pst_tc_has(&table->tc, column), differs = false;
	struct pst_value cell, value;
	struct pst_item left, right;
	uint8_t record[4], width;

	if (!property)
		return has;
	if (property->type != column->type)
		return false;
	width = pst_type_inline(column->type, sizeof record);
	if (width) {
		pst_put(record, property->hnid, sizeof record);
		return !has || memcmp(table->tc.row + column->at, record, width);
	}
	if (has && heap->stream.reader != column->heap->stream.reader && /* so that one is not read over the other */
	    is_cell_at_hand(&left, table->tc.row + column->at, column) && is_item(&right, property->hnid, heap))
		return items_differ(content, column->type, &left, &right);
	content->status = pst_pc_value(&value, &object->pc, property, content->err);
	if (content->status)
		return false;
	if (!has) {
		differs = pst_value_fits(&value) &&
		          is_multiple_sound(content, object, heap, property->type, property->hnid);
	} else {
		content->status = pst_tc_cell(&cell, &table->tc, column, content->err);
		if (!content->status) {
			differs = pst_values_differ(&content->tables, &cell, &value);
			pst_value_deinit(&cell);
		}
	}
	pst_value_deinit(&value);
	return differs;
}

void pst_context_compare(struct pst_content *content, struct pst_context *table, struct pst_context *object,
                         pst_difference differs, void *user)
{
	const struct pst_property *first = object->pc.properties.at, *property = first, *end = first + object->pc.properties.n;

	/* both ascend, as a rule */
	for (size_t i = 0; i < table->tc.columns.n && !content->status; i++) {
		const struct pst_column *column = &table->tc.columns.at[i];

		if (i && column->id < column[-1].id)
			property = first;
		while (property < end && property->id < column->id)
			property++;
		if (!table->faulty[i] && !pst_is_row_only(content->ost, column->id) &&
		    differs_in(content, table, column, object, property < end && property->id == column->id ? property : NULL))
			differs(user, (uint32_t)column->id << 16 | column->type);
	}
}
