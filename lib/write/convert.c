/* Contents in another format: see pack.h.
 *
 * A property context or a table is read as values, and these are written, a map of ids as its records; data and lists of subnodes
 * are written as the bytes and entries that they are: other heaps, too, which are right then only if they have one block. Where strings are of 8 bits, and are not in the new format, they become what they
 * are there (ltp/wide.h), by the code page of their message; but bodies in HTML stay as they are, as binaries, which is what Outlook has
 * there.
 *
 * Bytes of blocks that do not prove themselves do not become better by it: blocks with any of them get a wrong checksum. */
#include "ltp/wide.h"
#include "write/context.h"
#include "write/pack.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	VALUE = 0x1F, CODE_PAGE = 0x3FFD, HTML = 0x1013,
	DEPTH_MAX = 128, /* of lists in lists: a message in a message is two */
	TEXT_MAX = 8 << 20, /* a longer text stays as it is */
	ENTRY_WORK = 256,   /* what opening a node costs, though all its blocks may be at hand */
	VALUE_WORK = 16,    /* and a value, besides what is written for it */
	NODES_AT_ONCE = 64
};

struct convert {
	struct pst_edit *to;
	struct pst_reader reader; /* of the store as it is */
	struct pst_widener widener;
	uint64_t *trees; /* data trees that were written, by the block of the store that is their root; 0: not yet */
	uint8_t *block;
	bool widens;
	pstfix_error *err;
};

/* ---- bytes ------------------------------------------------------------------------------------ */

static pstfix_status copy_parts(struct convert *convert, struct pst_data_writer *writer, struct pst_stream *stream)
{
	struct pst_sink *sink = &convert->to->sink;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < stream->parts.n && !status; i++) {
		const struct pst_part *part = &stream->parts.at[i];

		sink->damaged = part->doubted || !part->block || part->block->sure != PST_PROVEN ||
		                part->block->flags & PST_BLOCK_BAD_STREAM;
		pst_reader_spend(&convert->reader, part->size); /* holes, too */
		memset(convert->block, 0, part->size);
		pst_stream_read(stream, convert->block, part->size, part->offset);
		status = pst_data_writer_append(writer, convert->block, part->size, convert->err);
	}
	sink->damaged = false;
	return status;
}

/* A data tree; one that several need is written once. */
static pstfix_status convert_tree(struct convert *convert, uint64_t *tree)
{
	const struct pst_index *index = convert->reader.index;
	const struct pst_block *root = pst_index_block(index, *tree);
	uint64_t *known = root ? &convert->trees[root - index->blocks.at] : NULL;
	struct pst_data_writer writer;
	struct pst_stream stream;
	pstfix_status status;

	if (known && *known)
		*tree = *known;
	if (!*tree || (known && *known))
		return PSTFIX_OK;
	status = pst_stream_open(&stream, &convert->reader, *tree, convert->err);
	if (status)
		return status;
	pst_data_writer_init(&writer, &convert->to->sink);
	status = copy_parts(convert, &writer, &stream);
	if (!status)
		status = pst_data_writer_end(&writer, tree, convert->err);
	if (!status && known)
		*known = *tree;
	pst_data_writer_deinit(&writer);
	pst_stream_deinit(&stream);
	return status;
}

/* ---- values ------------------------------------------------------------------------------------ */

/* What a context has besides its heap, and what has become of it. */
struct context {
	struct convert *convert;
	struct pst_subnodes subnodes, made;
	uint8_t *done; /* by subnode */
	uint32_t code_page;
	bool damaged;  /* its heap does not prove itself */
	unsigned depth;
};

enum { TO_DO, DONE, LEFT_OUT };

static bool is_text(const struct convert *convert, uint16_t type)
{
	return convert->widens && (type & ~PST_MULTIPLE) == PST_STRING8;
}

/* The type that a property or column has in the new format. */
static uint16_t type_of(const struct convert *convert, uint16_t id, uint16_t type)
{
	if (!is_text(convert, type))
		return type;
	return id == HTML && type == PST_STRING8 ? PST_BINARY : (uint16_t)(type - PST_STRING8 + PST_STRING);
}

/* The subnode that is a value, in the list of those that stay; NULL: it is none of them. */
static struct pst_list_entry *find_apart(const struct context *context, const struct pst_value *value)
{
	return value->hnid && !pst_is_hid(value->hnid) ? (struct pst_list_entry *)pst_subnodes_find(&context->made, value->hnid) : NULL;
}

/* A value that is a subnode, which stays one. */
static pstfix_status take_apart(struct context *context, struct pst_given *given, struct pst_list_entry *entry)
{
	uint8_t *done = &context->done[entry - context->made.entries.at];

	*given = (struct pst_given){.nid = entry->nid, .there = true};
	if (*done == DONE)
		return PSTFIX_OK;
	*done = DONE;
	return convert_tree(context->convert, &entry->data);
}

/* A value to be written as one of type `type`; `bytes` are to be freed. Not there: it cannot be read, or cannot be one. */
static pstfix_status take_value(struct context *context, struct pst_given *given, uint8_t **bytes, struct pst_value *value,
                                uint16_t type)
{
	struct convert *convert = context->convert;
	struct pst_list_entry *entry = find_apart(context, value);
	const bool widens = type != value->type && type != PST_BINARY;
	size_t size;

	*given = (struct pst_given){0};
	*bytes = NULL;
	if (entry && !widens)
		return take_apart(context, given, entry);
	if (!pst_value_fits(value) || value->size > TEXT_MAX || !pst_reader_spend(&convert->reader, VALUE_WORK + value->size))
		return PSTFIX_OK;
	*bytes = pst_value_load(value, TEXT_MAX, &size);
	if (!*bytes)
		return pst_fail_memory(convert->err);
	if (widens && pst_multiple_sound(value->type, *bytes, size)) {
		uint8_t *wide = pst_widen(&size, &convert->widener, context->code_page, value->type, *bytes, size);

		free(*bytes);
		*bytes = wide;
		if (!wide)
			return pst_fail_memory(convert->err);
	}
	if (entry && context->done[entry - context->made.entries.at] == TO_DO) /* else another value still needs it */
		context->done[entry - context->made.entries.at] = LEFT_OUT;
	*given = (struct pst_given){.data = *bytes, .size = size, .there = pst_size_fits(type, size)};
	return PSTFIX_OK;
}

/* ---- subnodes ------------------------------------------------------------------------------------ */

static pstfix_status convert_entry(struct convert *convert, struct pst_list_entry *entry, uint32_t code_page, unsigned depth);

static pstfix_status context_open(struct context *out, struct convert *convert, const struct pst_list_entry *entry,
                                  uint32_t code_page, unsigned depth)
{
	pstfix_status status;

	*out = (struct context){.convert = convert, .code_page = code_page, .depth = depth};
	status = pst_subnodes_open(&out->subnodes, &convert->reader, entry->sub, convert->err);
	if (status)
		return status;
	out->made = (struct pst_subnodes){.whole = true, .ordered = true};
	for (size_t i = 0; i < out->subnodes.entries.n; i++)
		pst_add(&out->made.entries, out->subnodes.entries.at[i]);
	out->done = calloc(out->subnodes.entries.n + 1, 1);
	return out->made.entries.failed || !out->done ? pst_fail_memory(convert->err) : PSTFIX_OK;
}

static void context_deinit(struct context *context)
{
	pst_subnodes_deinit(&context->subnodes);
	pst_subnodes_deinit(&context->made);
	free(context->done);
}

static void leave_out(struct context *context, uint32_t nid)
{
	const struct pst_list_entry *entry = pst_subnodes_find(&context->made, nid);

	if (entry)
		context->done[entry - context->made.entries.at] = LEFT_OUT;
}

/* All that no value has taken. */
static pstfix_status convert_rest(struct context *context)
{
	struct pst_subnodes *made = &context->made;
	pstfix_status status = PSTFIX_OK;
	size_t n = 0;

	for (size_t i = 0; i < made->entries.n && !status; i++) {
		struct pst_list_entry entry = made->entries.at[i];

		if (context->done[i] == TO_DO)
			status = convert_entry(context->convert, &entry, context->code_page, context->depth + 1);
		if (context->done[i] != LEFT_OUT)
			made->entries.at[n++] = entry;
	}
	made->entries.n = n;
	return status;
}

/* ---- property contexts ----------------------------------------------------------------------------- */

static pstfix_status write_properties(struct context *context, struct pst_pc_writer *writer, const struct pst_pc *pc,
                                      const struct pst_property *properties, size_t n)
{
	struct convert *convert = context->convert;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < n && !status; i++) {
		uint16_t type = type_of(convert, properties[i].id, properties[i].type);
		struct pst_given given;
		struct pst_value value;
		uint8_t *bytes;

		status = pst_pc_value(&value, pc, &properties[i], convert->err);
		if (status)
			return status;
		if (value.stream.reader && (!value.stream.whole || value.size > TEXT_MAX))
			type = value.type;
		status = take_value(context, &given, &bytes, &value, type);
		convert->to->sink.damaged = context->damaged;
		if (!status && given.there)
			status = pst_pc_writer_add(writer, properties[i].id, type, &given, convert->err);
		convert->to->sink.damaged = false;
		free(bytes);
		pst_value_deinit(&value);
	}
	return status;
}

static pstfix_status write_context(struct context *context, struct pst_list_entry *entry, const struct pst_pc *pc)
{
	struct convert *convert = context->convert;
	struct pst_pc_writer writer;
	size_t n;
	struct pst_property *properties = pst_pc_ordered(&n, pc);
	pstfix_status status = properties ? pst_pc_writer_begin(&writer, &convert->to->sink, n, &context->made, convert->err)
	                                  : pst_fail_memory(convert->err);

	if (!status) {
		status = write_properties(context, &writer, pc, properties, n);
		if (!status)
			status = convert_rest(context);
		convert->to->sink.damaged = context->damaged;
		if (!status)
			status = pst_pc_writer_end(&writer, &entry->data, &entry->sub, convert->err);
		convert->to->sink.damaged = false;
		pst_pc_writer_deinit(&writer);
	}
	free(properties);
	return status;
}

/* `done`: false, it is no property context that can be read. */
static pstfix_status convert_pc(struct context *context, struct pst_list_entry *entry, bool *done)
{
	struct convert *convert = context->convert;
	struct pst_pc pc;
	int64_t code_page;
	pstfix_status status = pst_pc_open(&pc, &convert->reader, entry->data, &context->subnodes, convert->err);

	if (status)
		return status;
	*done = pc.sound;
	context->damaged = !pc.heap.stream.whole;
	if (pst_pc_int(&pc, CODE_PAGE, &code_page))
		context->code_page = (uint32_t)code_page;
	if (pc.sound)
		status = write_context(context, entry, &pc);
	pst_pc_deinit(&pc);
	return status;
}

/* ---- tables ------------------------------------------------------------------------------------------ */

struct table {
	struct context *context;
	struct pst_tc tc;
	struct pst_rows rows;
	struct pst_column *columns; /* as they become */
	struct pst_given *cells;
	uint8_t **bytes;
};

/* That of the message that a row stands for. */
static pstfix_status take_code_page(struct context *context, uint32_t nid, uint32_t otherwise)
{
	struct convert *convert = context->convert;
	const struct pst_node *node = pst_index_node(convert->reader.index, nid);
	int64_t code_page;
	struct pst_pc pc;
	pstfix_status status;

	context->code_page = otherwise;
	if (!convert->widens || !node)
		return PSTFIX_OK;
	status = pst_pc_open(&pc, &convert->reader, node->data, NULL, convert->err);
	if (status)
		return status;
	if (pc.sound && pst_pc_int(&pc, CODE_PAGE, &code_page))
		context->code_page = (uint32_t)code_page;
	pst_pc_deinit(&pc);
	return PSTFIX_OK;
}

static pstfix_status write_row(struct table *table, struct pst_tc_writer *writer, uint32_t id, uint32_t code_page)
{
	struct context *context = table->context;
	struct convert *convert = context->convert;
	const struct pst_tc *tc = &table->tc;
	uint32_t version = 0;
	pstfix_status status = take_code_page(context, id, code_page);

	for (size_t i = 0; i < tc->columns.n && !status; i++) {
		const struct pst_column *column = &tc->columns.at[i];
		struct pst_value value;

		table->cells[i] = (struct pst_given){0};
		if (!pst_tc_has(tc, column))
			continue;
		status = pst_tc_cell(&value, tc, column, convert->err);
		if (status)
			break;
		status = take_value(context, &table->cells[i], &table->bytes[i], &value, table->columns[i].type);
		if (column->id == PST_ROW_VERSION)
			version = pst_get32(value.head);
		pst_value_deinit(&value);
	}
	convert->to->sink.damaged = context->damaged;
	if (!status)
		status = pst_tc_writer_add(writer, id, version, table->cells, convert->err);
	convert->to->sink.damaged = false;
	for (size_t i = 0; i < tc->columns.n; i++) {
		free(table->bytes[i]);
		table->bytes[i] = NULL;
	}
	return status;
}

/* One for each id that index or matrix have. */
static pstfix_status write_rows(struct table *table, struct pst_tc_writer *writer)
{
	const uint32_t code_page = table->context->code_page;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < table->rows.by_id.n && !status; i++) {
		const struct pst_row *row = pst_rows_find(&table->rows, table->rows.by_id.at[i].id);

		if (row && (!i || table->rows.by_id.at[i - 1].id != row->id) && row->trust != PST_ROW_NAMED && !pst_tc_row(&table->tc, row->row))
			status = write_row(table, writer, row->id, code_page);
	}
	table->context->code_page = code_page;
	return status;
}

/* `done`: false, its columns are impossible. */
static pstfix_status write_table(struct table *table, struct pst_list_entry *entry, bool *done)
{
	struct context *context = table->context;
	struct convert *convert = context->convert;
	const struct pst_tc_shape shape = {.columns = table->columns, .n = table->tc.columns.n};
	struct pst_tc_writer writer;
	pstfix_status status = pst_tc_writer_begin(&writer, &convert->to->sink, &shape, (uint32_t)table->rows.by_id.n, &context->made,
	                                           convert->err);

	*done = status != PSTFIX_ERROR_ARGUMENT;
	if (status)
		return *done ? status : PSTFIX_OK;
	status = write_rows(table, &writer);
	if (!status)
		status = convert_rest(context);
	convert->to->sink.damaged = context->damaged;
	if (!status)
		status = pst_tc_writer_end(&writer, &entry->data, &entry->sub, convert->err);
	convert->to->sink.damaged = false;
	pst_tc_writer_deinit(&writer);
	return status;
}

/* Whether a cell may be a text that is too long, or too damaged, to become another: columns stay as they are, then. */
static pstfix_status find_long_cell(bool *found, const struct context *context)
{
	struct convert *convert = context->convert;
	pstfix_status status = PSTFIX_OK;

	*found = false;
	for (size_t i = 0; i < context->made.entries.n && convert->widens && !*found && !status; i++) {
		struct pst_stream stream;

		if (context->done[i] != TO_DO)
			continue;
		status = pst_stream_open(&stream, &convert->reader, context->made.entries.at[i].data, convert->err);
		if (status)
			break;
		*found = !stream.whole || stream.size > TEXT_MAX;
		pst_stream_deinit(&stream);
	}
	return status;
}

/* Matrix and side heaps are none of the subnodes that stay. */
static pstfix_status table_open(struct table *out, struct context *context, const struct pst_list_entry *entry)
{
	struct convert *convert = context->convert;
	struct pst_tc_facts facts;
	const struct pst_tc *tc = &out->tc;
	pstfix_status status;
	bool stays;

	*out = (struct table){.context = context};
	status = pst_tc_open(&out->tc, &convert->reader, entry->data, &context->subnodes, convert->err);
	if (!status && tc->sound)
		status = pst_tc_facts(&facts, &out->rows, &out->tc, convert->err);
	if (status || !tc->sound)
		return status;
	context->damaged = !tc->heap.stream.whole || (tc->stream.reader && !tc->stream.whole);
	leave_out(context, tc->rows_hnid);
	for (size_t i = 0; i < PST_SIDE_HEAPS; i++)
		if (tc->sides[i].headed)
			leave_out(context, pst_tc_side(i));
	out->columns = calloc(tc->columns.n + 1, sizeof *out->columns);
	out->cells = calloc(tc->columns.n + 1, sizeof *out->cells);
	out->bytes = calloc(tc->columns.n + 1, sizeof *out->bytes);
	if (!out->columns || !out->cells || !out->bytes)
		return pst_fail_memory(convert->err);
	status = find_long_cell(&stays, context);
	if (status)
		return status;
	for (size_t i = 0; i < tc->columns.n; i++) {
		out->columns[i] = tc->columns.at[i];
		if (!stays)
			out->columns[i].type = type_of(convert, tc->columns.at[i].id, tc->columns.at[i].type);
	}
	return PSTFIX_OK;
}

static void table_deinit(struct table *table)
{
	pst_rows_deinit(&table->rows);
	pst_tc_deinit(&table->tc);
	free(table->columns);
	free(table->cells);
	free(table->bytes);
}

/* `done`: false, it is no table that can be read, or that can be written: it has impossible columns. */
static pstfix_status convert_tc(struct context *context, struct pst_list_entry *entry, bool *done)
{
	struct table table;
	pstfix_status status = table_open(&table, context, entry);

	*done = table.tc.sound && table.tc.columns.n;
	if (!status && *done)
		status = write_table(&table, entry, done);
	if (!*done)
		memset(context->done, TO_DO, context->made.entries.n);
	table_deinit(&table);
	return status;
}

/* ---- maps of ids --------------------------------------------------------------------------------------- */

enum { CLIENT_MAP = 0x8C, CLIENT_DEEP_MAP = 0x9C };

/* How many records there are; 0: none, or not all of them, or not in order. */
static uint64_t count_records(const struct pst_bth *map)
{
	struct pst_record record;
	struct pst_walk walk;

	if (!map->sound)
		return 0;
	pst_walk_begin(&walk, map);
	while (pst_walk_next(&record, &walk))
		;
	return walk.facts.first || walk.facts.unsorted || walk.facts.equal || walk.facts.missing ? 0 : walk.facts.records;
}

static pstfix_status write_map(struct pst_heap_writer *heap, const struct pst_bth *map, uint64_t records, bool deep, uint64_t *data,
                               pstfix_error *err)
{
	struct pst_bth_writer bth = {0};
	struct pst_record record;
	struct pst_walk walk;
	uint32_t root = 0;
	pstfix_status status = deep ? pst_heap_writer_add(heap, &root, NULL, sizeof root, err) : PSTFIX_OK;

	if (!status)
		status = pst_bth_writer_begin(&bth, heap, map->key, map->data, records, err);
	pst_walk_begin(&walk, map);
	while (!status && pst_walk_next(&record, &walk))
		status = pst_bth_writer_add(&bth, record.key, record.data, err);
	if (!status)
		status = pst_bth_writer_end(&bth, err);
	if (!status && deep)
		pst_put(pst_heap_writer_item(heap, root), bth.header, sizeof root);
	if (!status)
		status = pst_heap_writer_end(heap, data, deep ? root : bth.header, err);
	pst_bth_writer_deinit(&bth);
	return status;
}

/* A tree alone, on a heap whose first item leads to it where it is deep. `done`: false, there is none that is whole. */
static pstfix_status convert_map(struct context *context, struct pst_list_entry *entry, bool deep, bool *done)
{
	struct convert *convert = context->convert;
	struct pst_heap_writer writer;
	struct pst_item item;
	struct pst_heap heap;
	struct pst_bth map;
	uint64_t records;
	pstfix_status status = pst_heap_open(&heap, &convert->reader, entry->data, convert->err);

	if (status)
		return status;
	if (deep && !pst_heap_item(&item, &heap, heap.root) && item.size >= 4)
		pst_bth_open(&map, &heap, pst_get32(item.data));
	else
		pst_bth_open(&map, &heap, heap.root);
	records = heap.stream.whole && !context->made.entries.n && pst_reader_spend(&convert->reader, heap.stream.size)
	                  ? count_records(&map) : 0;
	*done = records;
	if (records)
		status = pst_heap_writer_begin(&writer, &convert->to->sink, heap.client, convert->err);
	if (records && !status) {
		status = write_map(&writer, &map, records, deep, &entry->data, convert->err);
		pst_heap_writer_deinit(&writer);
		entry->sub = 0;
	}
	pst_heap_deinit(&heap);
	return status;
}

/* ---- nodes and subnodes ---------------------------------------------------------------------------------- */

/* bClientSig of what is a heap; 0: it is none. */
static pstfix_status client_of(uint8_t *client, struct convert *convert, const struct pst_list_entry *entry)
{
	struct pst_heap heap;
	pstfix_status status = pst_heap_open(&heap, &convert->reader, entry->data, convert->err);

	if (status)
		return status;
	*client = heap.headed && heap.signature == PST_HEAP_SIGNATURE ? heap.client : 0;
	pst_heap_deinit(&heap);
	return PSTFIX_OK;
}

/* What is neither: bytes, and subnodes, if there are any. */
static pstfix_status convert_other(struct context *context, struct pst_list_entry *entry)
{
	struct convert *convert = context->convert;
	struct pst_subnode_writer writer;
	pstfix_status status = convert_tree(convert, &entry->data);

	if (!status)
		status = convert_rest(context);
	pst_subnode_writer_init(&writer, &convert->to->sink);
	for (size_t i = 0; i < context->made.entries.n && !status; i++)
		status = pst_subnode_writer_add(&writer, &context->made.entries.at[i], convert->err);
	if (!status)
		status = pst_subnode_writer_end(&writer, &entry->sub, convert->err);
	pst_subnode_writer_deinit(&writer);
	return status;
}

static pstfix_status convert_entry(struct convert *convert, struct pst_list_entry *entry, uint32_t code_page, unsigned depth)
{
	struct context context;
	uint8_t client = 0;
	bool done = false;
	pstfix_status status = PSTFIX_OK;

	if (depth > DEPTH_MAX && entry->sub)
		return pst_fail(convert->err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE,
		                "subnodes that are more than %d lists deep, as with subnode 0x%" PRIX32 ", are not taken into another format",
		                DEPTH_MAX, entry->nid);
	if (!pst_reader_spend(&convert->reader, ENTRY_WORK))
		return PSTFIX_OK; /* told in the end */
	if ((entry->nid & VALUE) != VALUE)
		status = client_of(&client, convert, entry);
	if (status)
		return status;
	status = context_open(&context, convert, entry, code_page, depth);
	if (!status && client == PST_CLIENT_PC)
		status = convert_pc(&context, entry, &done);
	else if (!status && client == PST_CLIENT_TC)
		status = convert_tc(&context, entry, &done);
	else if (!status && (client == CLIENT_MAP || client == CLIENT_DEEP_MAP))
		status = convert_map(&context, entry, client == CLIENT_DEEP_MAP, &done);
	if (!status && !done)
		status = convert_other(&context, entry);
	context_deinit(&context);
	return status;
}

static pstfix_status convert_nodes(struct convert *convert, const pstfix_options *options)
{
	const struct pst_index *index = convert->reader.index;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < index->nodes.n && !status; i++) {
		const struct pst_node *node = &index->nodes.at[i];
		struct pst_list_entry entry = {node->nid, node->data, node->sub};

		if (i % NODES_AT_ONCE == 0 && options->progress && !options->progress(options->user, "writing", i, index->nodes.n))
			return pst_fail(convert->err, PSTFIX_ERROR_CANCELLED, 0, PSTFIX_NOWHERE, "cancelled");
		status = convert_entry(convert, &entry, 0, 0);
		if (!status)
			status = pst_edit_node(convert->to, node->nid, node->parent, entry.data, entry.sub, convert->err);
	}
	return pst_reader_status(&convert->reader, status, convert->err);
}

/* By how much packed blocks get larger: all of it is read, and written. */
static uint64_t packed_away(const struct pst_index *index)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < index->blocks.n; i++) {
		const struct pst_block *block = &index->blocks.at[i];

		bytes += block->sure == PST_PROVEN && block->inflated > block->size ? block->inflated - block->size : 0;
	}
	return bytes;
}

pstfix_status pst_convert(struct pst_edit *to, const struct pst_index *index, const pstfix_options *options, pstfix_error *err)
{
	struct convert convert = {.to = to, .widens = index->format->string != to->sink.format->string, .err = err};
	pstfix_status status = pst_reader_init(&convert.reader, index, err);

	if (status)
		return status;
	pst_reader_limit(&convert.reader);
	convert.reader.work_max += 2 * packed_away(index);
	convert.trees = calloc(index->blocks.n + 1, sizeof *convert.trees);
	convert.block = malloc(PST_BLOCK_MAX);
	status = convert.trees && convert.block ? convert_nodes(&convert, options) : pst_fail_memory(err);
	free(convert.trees);
	free(convert.block);
	pst_widener_deinit(&convert.widener);
	pst_reader_deinit(&convert.reader);
	return status;
}
