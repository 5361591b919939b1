/* Heaps and what is on them: trees, contexts, messages, queues of searches. */
#include "dump/dump.h"

#include <stdio.h>
#include <stdlib.h>

struct ltp {
	const struct dump *dump;
	struct pst_reader reader;
	uint64_t data;
	struct pst_subnodes subnodes;
	struct pst_charset charset;
	uint32_t code_page;
	uint32_t nid; /* of the node or subnode */
	pstfix_store *store; /* where properties have names; NULL: they are not asked for */
};

enum { CODE_PAGE = 0x3FFD }; /* PidTagMessageCodepage */

static const char *const lookups[] = {"there", "not there", "broken", "in a block that is missing"};

static const char *client_name(uint8_t client)
{
	static const struct {
		uint8_t client;
		const char *name;
	} clients[] = {{0x6C, "guid map"}, {PST_CLIENT_TC, "table context"}, {0x8C, "server id map"},
	               {0x9C, "item id map"}, {PST_CLIENT_COLUMN, "cells of a column"},
	               {0xAC, "table with columns apart"}, {PST_CLIENT_BTH, "tree"},
	               {PST_CLIENT_PC, "property context"}, {0xCC, "conversation index"}};

	for (size_t i = 0; i < PST_COUNT(clients); i++)
		if (clients[i].client == client)
			return clients[i].name;
	return "unknown";
}

/* As much as fits, in hexadecimal digits. */
static void hex(char *out, size_t room, const uint8_t *data, size_t size)
{
	size_t n = PST_MIN(size, (room - 4) / 2), used = 0;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(out + used, room - used, "%02x", data[i]);
	snprintf(out + used, room - used, "%s", n < size ? "..." : "");
}

static uint64_t behind(uint64_t place, uint64_t n)
{
	return place == PSTFIX_NOWHERE ? place : place + n;
}

static void tell_count(const struct dump *dump, const char *name, uint64_t count)
{
	if (count)
		pst_show(dump, name, PSTFIX_NOWHERE, 0, "%llu", (unsigned long long)count);
}

static void tell_heap(const struct dump *dump, const struct pst_heap *heap)
{
	uint64_t place = heap->headed ? pst_stream_place(&heap->stream, 0, 0) : PSTFIX_NOWHERE;

	pst_show_group(dump, "heap", place, heap->stream.size);
	if (!heap->headed) {
		pst_show(dump, "header", PSTFIX_NOWHERE, 0, "missing");
		return;
	}
	pst_show(dump, "bSig", behind(place, 2), 1, "0x%X (%s)", heap->signature,
	         heap->signature == PST_HEAP_SIGNATURE ? "right" : "wrong");
	pst_show(dump, "bClientSig", behind(place, 3), 1, "0x%X %s", heap->client, client_name(heap->client));
	pst_show_number(dump, "hidUserRoot", behind(place, 4), 4, heap->root);
	pst_show(dump, "blocks", PSTFIX_NOWHERE, 0, "%zu", heap->stream.parts.n);
	for (size_t i = 0; i < heap->stream.parts.n; i++) {
		const struct pst_block *block = heap->stream.parts.at[i].block;

		if (block && !pst_block_proves(heap->stream.reader->index, block))
			pst_show(dump, "damaged", block->at, block->size, "block 0x%llX does not prove itself", (unsigned long long)block->id);
	}
}

static void tell_item(const struct dump *dump, const struct pst_heap *heap, uint32_t hid)
{
	struct pst_item item;
	enum pst_lookup found = pst_heap_item(&item, heap, hid);
	char name[32], bytes[72];

	snprintf(name, sizeof name, "item 0x%X", hid);
	hex(bytes, sizeof bytes, item.data, item.size);
	if (found)
		pst_show(dump, name, PSTFIX_NOWHERE, 0, "%s", lookups[found]);
	else
		pst_show(dump, name, pst_stream_place(&heap->stream, item.block, item.at), item.size, "%u bytes %s",
		         item.size, bytes);
}

static pstfix_status dump_heap(struct ltp *ltp)
{
	const struct dump *dump = ltp->dump;
	struct pst_heap heap;
	pstfix_status status = pst_heap_open(&heap, &ltp->reader, ltp->data, dump->err);

	if (status)
		return status;
	tell_heap(dump, &heap);
	for (uint32_t i = 0; i < heap.stream.parts.n; i++) {
		struct pst_heap_block block;

		pst_heap_block_facts(&block, &heap, i);
		pst_show_group(dump, "heap block", pst_stream_place(&heap.stream, i, 0), block.size);
		if (!block.mapped) {
			pst_show(dump, "page map", PSTFIX_NOWHERE, 0, block.readable ? "broken" : "missing");
			continue;
		}
		pst_show(dump, "ibHnpm", pst_stream_place(&heap.stream, i, 0), 2, "%u", block.map);
		pst_show(dump, "cAlloc", pst_stream_place(&heap.stream, i, block.map), 2, "%u", block.items);
		pst_show(dump, "cFree", pst_stream_place(&heap.stream, i, block.map + 2), 2, "%u (%u are empty)",
		         block.freed, block.empty);
		pst_show(dump, "rgbFillLevel", PSTFIX_NOWHERE, 0, "%u (%u is right)", block.fill, block.fill_right);
		for (uint32_t k = 1; k <= block.items; k++)
			tell_item(dump, &heap, pst_hid(dump->format, i, k));
	}
	pst_heap_deinit(&heap);
	return PSTFIX_OK;
}

static void tell_bth_facts(const struct dump *dump, const struct pst_bth_facts *facts)
{
	pst_show(dump, "records", PSTFIX_NOWHERE, 0, "%llu", (unsigned long long)facts->records);
	tell_count(dump, "keys not ascending", facts->unsorted);
	tell_count(dump, "keys twice", facts->equal);
	tell_count(dump, "items with part of a record", facts->ragged);
	tell_count(dump, "items with another first key", facts->mismatched);
	tell_count(dump, "items not there", facts->dangling);
	tell_count(dump, "items missing", facts->missing);
	if (facts->endless)
		pst_show(dump, "items named twice", PSTFIX_NOWHERE, 0, "yes");
}

static void tell_bth(const struct dump *dump, const struct pst_bth *bth, uint32_t hid)
{
	uint64_t place = pst_heap_place(bth->heap, hid);

	pst_show_group(dump, "BTH", place, 8);
	if (bth->found) {
		pst_show(dump, "header", PSTFIX_NOWHERE, 0, "item 0x%X is %s", hid, lookups[bth->found]);
		return;
	}
	pst_show(dump, "bType", place, 1, "0x%X", bth->type);
	pst_show(dump, "cbKey", behind(place, 1), 1, "%u", bth->key);
	pst_show(dump, "cbEnt", behind(place, 2), 1, "%u", bth->data);
	pst_show(dump, "bIdxLevels", behind(place, 3), 1, "%u", bth->levels);
	pst_show_number(dump, "hidRoot", behind(place, 4), 4, bth->root);
}

/* Some clients have theirs below a header of their own, which says where: tables their row index, these two
 * the tree that they consist of. */
static uint32_t find_bth(const struct pst_heap *heap)
{
	const bool table = heap->client == PST_CLIENT_TC, below = heap->client == 0x9C || heap->client == 0xCC;
	struct pst_item header;

	if ((!table && !below) || pst_heap_item(&header, heap, heap->root) || header.size < (table ? 14 : 4))
		return heap->root;
	return pst_get32(header.data + (table ? 10 : 0));
}

static pstfix_status dump_bth(struct ltp *ltp)
{
	const struct dump *dump = ltp->dump;
	struct pst_heap heap;
	struct pst_bth bth;
	struct pst_walk walk;
	struct pst_record record;
	pstfix_status status = pst_heap_open(&heap, &ltp->reader, ltp->data, dump->err);
	uint32_t hid;

	if (status)
		return status;
	hid = find_bth(&heap);
	pst_bth_open(&bth, &heap, hid);
	tell_bth(dump, &bth, hid);
	pst_walk_begin(&walk, &bth);
	while (pst_walk_next(&record, &walk)) {
		char key[2 * PST_BTH_KEY + 4], data[2 * PST_BTH_DATA + 4];

		hex(key, sizeof key, record.key, bth.key);
		hex(data, sizeof data, record.data, bth.data);
		pst_show(dump, "record", pst_bth_place(&bth, record.hid, record.number), bth.key + bth.data,
		         "key %s data %s", key, data);
	}
	tell_bth_facts(dump, &walk.facts);
	pst_heap_deinit(&heap);
	return PSTFIX_OK;
}

/* The beginning of a text, up to a zero. */
static void show_text(struct ltp *ltp, char *out, size_t room, uint16_t type, const uint8_t *data, size_t size)
{
	pst_text(out + 1, room - 2, &ltp->charset, ltp->code_page, type, data, size);
	out[0] = '"';
	memcpy(out + strlen(out), "\"", 2);
}

static void show_value(struct ltp *ltp, char *out, size_t room, struct pst_value *value)
{
	const struct pst_type_row *row = pst_type_row(value->type);
	uint8_t data[256];
	size_t size = pst_value_read(value, data, sizeof data, 0);
	uint32_t nid, bytes;
	uint64_t time;
	int64_t number;
	double real;

	if (value->type & PST_MULTIPLE)
		hex(out, room, data, size);
	else if (pst_value_time(value, &time))
		pst_time_text(out, time);
	else if (pst_value_int(value, &number))
		snprintf(out, room, "%lld", (long long)number);
	else if (pst_value_double(value, &real))
		snprintf(out, room, "%.15g", real);
	else if (pst_value_object(value, &nid, &bytes))
		snprintf(out, room, "subnode 0x%X of %u bytes", nid, bytes);
	else if (value->type == PST_GUID && size == 16)
		pst_guid_text(out, data);
	else if (row && ((value->type & ~PST_MULTIPLE) == PST_STRING || (value->type & ~PST_MULTIPLE) == PST_STRING8))
		show_text(ltp, out, room, value->type, data, size);
	else
		hex(out, room, data, size);
}

/* As in "{00062008-0000-0000-C000-000000000046} 0x8578, "; nothing, where it has no name. */
static void show_name(const struct ltp *ltp, char *out, size_t room, uint16_t id)
{
	size_t index = ltp->store && id >= 0x8000 ? pstfix_store_name_find(ltp->store, id) : SIZE_MAX;
	pstfix_name name;
	char guid[40];

	*out = '\0';
	if (index == SIZE_MAX)
		return;
	name = pstfix_store_name_at(ltp->store, index);
	pst_guid_text(guid, name.guid);
	if (name.is_text)
		snprintf(out, room, "%s %.60s, ", guid, name.text);
	else
		snprintf(out, room, "%s 0x%X, ", guid, name.number);
}

static void tell_value(struct ltp *ltp, uint16_t id, uint64_t place, struct pst_value *value)
{
	const struct pst_type_row *row = pst_type_row(value->type);
	char name[16], where[40] = "", text[100], called[120];

	show_name(ltp, called, sizeof called, id);

	snprintf(name, sizeof name, "0x%04X%04X", id, value->type);
	if (value->hnid)
		snprintf(where, sizeof where, " in %s 0x%X", pst_is_hid(value->hnid) ? "item" : "subnode",
		         value->hnid);
	if (value->hnid && pst_value_place(value) != PSTFIX_NOWHERE)
		place = pst_value_place(value);
	if (value->found) {
		pst_show(ltp->dump, name, place, 0, "%s%s%s: %s", called, row ? row->name : "unknown", where,
		         lookups[value->found]);
		return;
	}
	show_value(ltp, text, sizeof text, value);
	pst_show(ltp->dump, name, place, value->size, "%s%s%s%s, %llu byte%s: %s", called,
	         value->type & PST_MULTIPLE ? "many " : "", row ? row->name : "unknown", where,
	         (unsigned long long)value->size, value->size == 1 ? "" : "s", text);
}

static pstfix_status tell_properties(struct ltp *ltp, const struct pst_pc *pc)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < pc->properties.n && !status; i++) {
		const struct pst_property *property = &pc->properties.at[i];
		struct pst_value value;

		status = pst_pc_value(&value, pc, property, ltp->dump->err);
		if (!status)
			tell_value(ltp, property->id,
			           behind(pst_bth_place(&pc->bth, property->hid, property->number), 4), &value);
		pst_value_deinit(&value);
	}
	return status;
}

static void take_code_page(struct ltp *ltp, const struct pst_pc *pc)
{
	const struct pst_property *code_page = pst_pc_find(pc, CODE_PAGE);

	ltp->code_page = code_page ? code_page->hnid : 0;
}

static pstfix_status dump_pc(struct ltp *ltp)
{
	const struct dump *dump = ltp->dump;
	struct pst_pc pc;
	pstfix_status status = pst_pc_open(&pc, &ltp->reader, ltp->data, &ltp->subnodes, dump->err);

	if (status)
		return status;
	tell_heap(dump, &pc.heap);
	tell_bth(dump, &pc.bth, pc.heap.root);
	take_code_page(ltp, &pc);
	pst_show_group(dump, "properties", PSTFIX_NOWHERE, 0);
	status = tell_properties(ltp, &pc);
	tell_bth_facts(dump, &pc.facts);
	pst_pc_deinit(&pc);
	return status;
}

static void tell_header(const struct dump *dump, const struct pst_tc *tc)
{
	uint64_t place = pst_heap_place(&tc->heap, tc->heap.root);

	pst_show_group(dump, "TCINFO", place, 22);
	if (tc->found) {
		pst_show(dump, "header", PSTFIX_NOWHERE, 0, "item 0x%X is %s", tc->heap.root, lookups[tc->found]);
		return;
	}
	pst_show(dump, "bType", place, 1, "0x%X", tc->type);
	pst_show(dump, "cCols", behind(place, 1), 1, "%u", tc->count);
	pst_show(dump, "rgib", behind(place, 2), 8, "%u %u %u %u", tc->ends[0], tc->ends[1], tc->ends[2], tc->ends[3]);
	pst_show_number(dump, "hidRowIndex", behind(place, 10), 4, tc->index_hid);
	pst_show_number(dump, "hnidRows", behind(place, 14), 4, tc->rows_hnid);
	pst_show(dump, "rows", PSTFIX_NOWHERE, 0, "%u", tc->rows);
	if (tc->matrix)
		pst_show(dump, "matrix", PSTFIX_NOWHERE, 0, "%s", lookups[tc->matrix]);
}

static void tell_columns(const struct dump *dump, const struct pst_tc *tc)
{
	uint64_t place = behind(pst_heap_place(&tc->heap, tc->heap.root), 22);

	pst_show_group(dump, "columns", place, 8 * tc->columns.n);
	for (size_t i = 0; i < tc->columns.n; i++) {
		const struct pst_column *column = &tc->columns.at[i];
		unsigned facts = pst_tc_column_facts(tc, i);
		char name[16];

		snprintf(name, sizeof name, "0x%04X%04X", column->id, column->type);
		pst_show(dump, name, behind(place, 8 * i), 8, "ibData %u cbData %u iBit %u%s%s", column->at, column->size,
		         column->bit, column->heap == &tc->heap ? "" : ", in a heap of its own",
		         facts ? ", impossible" : "");
	}
}

enum { LINE = 256 }; /* what telling a row or a cell takes, as bytes read: of one block there may be any number */

static pstfix_status tell_row(struct ltp *ltp, struct pst_tc *tc, uint32_t row, const char *word)
{
	const struct dump *dump = ltp->dump;
	uint64_t place = pst_tc_place(tc, row);
	pstfix_status status = PSTFIX_OK;
	char name[24];

	if (!pst_reader_spend(&ltp->reader, LINE))
		return status;
	snprintf(name, sizeof name, "%s %u", word, row);
	pst_show_group(dump, name, place, tc->ends[3]);
	if (pst_tc_row(tc, row)) {
		pst_show(dump, "cells", PSTFIX_NOWHERE, 0, "missing");
		return status;
	}
	for (size_t i = 0; i < tc->columns.n && !status; i++) {
		const struct pst_column *column = &tc->columns.at[i];
		struct pst_value value;

		if (!pst_tc_has(tc, column))
			continue;
		if (!pst_reader_spend(&ltp->reader, LINE))
			break;
		status = pst_tc_cell(&value, tc, column, dump->err);
		if (!status)
			tell_value(ltp, column->id, behind(place, column->at), &value);
		pst_value_deinit(&value);
	}
	return status;
}

static pstfix_status dump_tc(struct ltp *ltp)
{
	const struct dump *dump = ltp->dump;
	struct pst_tc_facts facts;
	struct pst_tc tc;
	pstfix_status status = pst_tc_open(&tc, &ltp->reader, ltp->data, &ltp->subnodes, dump->err);

	if (status)
		return status;
	tell_heap(dump, &tc.heap);
	tell_header(dump, &tc);
	tell_columns(dump, &tc);
	tell_bth(dump, &tc.index, tc.index_hid);
	status = pst_tc_facts(&facts, NULL, &tc, dump->err);
	tell_bth_facts(dump, &facts.index);
	tell_count(dump, "records without a row", facts.beyond);
	tell_count(dump, "records for a row that has one", facts.repeated);
	tell_count(dump, "rows without a record", facts.unindexed);
	tell_count(dump, "rows with another id", facts.mismatched);
	for (uint32_t row = 0; row < tc.rows && !status && !ltp->reader.spent; row++)
		status = tell_row(ltp, &tc, row, "row");
	pst_tc_deinit(&tc);
	return status;
}

/* ---- messages --------------------------------------------------------------------------------- */

static pstfix_status tell_recipients(struct ltp *ltp)
{
	const struct pst_list_entry *entry = pst_subnodes_find(&ltp->subnodes, PST_NID_RECIPIENTS);
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	pstfix_status status;

	if (!entry)
		return PSTFIX_OK;
	status = pst_subnodes_open(&subnodes, &ltp->reader, entry->sub, ltp->dump->err);
	if (status)
		return status;
	status = pst_tc_open(&tc, &ltp->reader, entry->data, &subnodes, ltp->dump->err);
	for (uint32_t row = 0; !status && row < tc.rows && !ltp->reader.spent; row++)
		status = tell_row(ltp, &tc, row, "recipient");
	pst_tc_deinit(&tc);
	pst_subnodes_deinit(&subnodes);
	return status;
}

static pstfix_status tell_item_of(struct ltp *ltp, const char *word, uint32_t nid, uint64_t data,
                                  const struct pst_subnodes *subnodes)
{
	char name[32];
	struct pst_pc pc;
	pstfix_status status = pst_pc_open(&pc, &ltp->reader, data, subnodes, ltp->dump->err);

	if (status)
		return status;
	snprintf(name, sizeof name, nid ? "%s 0x%X" : "%s", word, nid);
	pst_show_group(ltp->dump, name, pst_stream_place(&pc.heap.stream, 0, 0), pc.heap.stream.size);
	if (!pc.sound)
		pst_show(ltp->dump, "properties", PSTFIX_NOWHERE, 0, "broken, or missing");
	if (!nid)
		take_code_page(ltp, &pc);
	status = tell_properties(ltp, &pc);
	pst_pc_deinit(&pc);
	return status;
}

static pstfix_status tell_attachment(struct ltp *ltp, const struct pst_list_entry *entry)
{
	struct pst_subnodes subnodes;
	pstfix_status status = pst_subnodes_open(&subnodes, &ltp->reader, entry->sub, ltp->dump->err);

	if (status)
		return status;
	status = tell_item_of(ltp, "attachment", entry->nid, entry->data, &subnodes);
	pst_subnodes_deinit(&subnodes);
	return status;
}

/* A message in an attachment has a path of its own, by which it is asked for. */
static pstfix_status dump_message(struct ltp *ltp)
{
	pstfix_status status = tell_item_of(ltp, "message", 0, ltp->data, &ltp->subnodes);

	if (!status)
		status = tell_recipients(ltp);
	for (size_t i = 0; i < ltp->subnodes.entries.n && !status && !ltp->reader.spent; i++)
		if (pst_kind_of(ltp->subnodes.entries.at[i].nid) == PSTFIX_ATTACHMENT)
			status = tell_attachment(ltp, &ltp->subnodes.entries.at[i]);
	return status;
}

/* ---- lists and queues of searches: [MS-PST] 2.4.8 ---------------------------------------------- */

enum { SUD = 20, NIDS_ACTIVE = 0x201, NIDS_DOMAIN = 0x261 };

static const char *const sud_types[] = {
	NULL, "message added", "message changed", "message deleted", "message moved", "folder added", "folder changed",
	"folder deleted", "folder moved", "search added", "search changed", "search deleted", "row changed",
	"spam looked for", "message deleted from the index", "message indexed"
};

static void tell_sud(const struct dump *dump, const uint8_t *p, uint64_t place)
{
	const uint16_t type = pst_get16(p + 2);
	const char *word = type < PST_COUNT(sud_types) ? sud_types[type] : NULL;

	pst_show(dump, "SUD", place, SUD, "flags 0x%X type %u (%s): 0x%X 0x%X 0x%X 0x%X", pst_get16(p), type,
	         word ? word : "unknown", pst_get32(p + 4), pst_get32(p + 8), pst_get32(p + 12), pst_get32(p + 16));
}

static pstfix_status dump_queue(struct ltp *ltp)
{
	const struct dump *dump = ltp->dump;
	const bool nids = ltp->nid == NIDS_ACTIVE || ltp->nid == NIDS_DOMAIN;
	const uint32_t step = nids ? 4 : SUD;
	struct pst_stream stream;
	uint8_t record[SUD];
	size_t part = 0;
	pstfix_status status = pst_stream_open(&stream, &ltp->reader, ltp->data, dump->err);

	if (status)
		return status;
	pst_show_group(dump, nids ? "folders" : "queue", PSTFIX_NOWHERE, stream.size);
	for (uint64_t at = 0; at + step <= stream.size && pst_reader_spend(&ltp->reader, SUD); at += step) {
		uint64_t place;

		while (part + 1 < stream.parts.n && stream.parts.at[part + 1].offset <= at)
			part++;
		place = pst_stream_place(&stream, part, (uint32_t)(at - stream.parts.at[part].offset));
		pst_stream_read(&stream, record, step, at);
		if (nids)
			pst_show_number(dump, "nid", place, 4, pst_get32(record));
		else
			tell_sud(dump, record, place);
	}
	pst_stream_deinit(&stream);
	return PSTFIX_OK;
}

/* ---- which ---------------------------------------------------------------------------------- */

static const struct ltp_word {
	const char *word;
	pstfix_status (*dump)(struct ltp *);
	bool named; /* properties get their names */
} ltp_words[] = {{"heap", dump_heap, false}, {"bth", dump_bth, false}, {"pc", dump_pc, false}, {"tc", dump_tc, false},
                 {"message", dump_message, true}, {"queue", dump_queue, false}};

/* The entry of the table for what is asked for, and the path behind it; NULL: it is something else. */
static const struct ltp_word *find_word(const char *what, const char **path)
{
	for (size_t i = 0; i < PST_COUNT(ltp_words); i++) {
		size_t n = strlen(ltp_words[i].word);

		*path = what + n + 1;
		if (!strncmp(what, ltp_words[i].word, n) && what[n] == ':' && **path)
			return &ltp_words[i];
	}
	return NULL;
}

bool pst_dump_is_ltp(const char *what)
{
	const char *path;

	return find_word(what, &path);
}

pstfix_status pst_dump_ltp(const struct dump *dump, const struct pst_index *index, const char *what)
{
	struct ltp ltp = {.dump = dump};
	struct pst_list_entry here;
	const char *path;
	const struct ltp_word *word = find_word(what, &path);
	pstfix_status status;

	if (!word)
		return pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "unknown structure: %s", what);
	status = pst_reader_init(&ltp.reader, index, dump->err);
	if (!status) {
		pst_reader_limit(&ltp.reader);
		status = pst_dump_find(&here, &ltp.subnodes, &ltp.reader, path, dump->err);
		ltp.data = here.data;
		ltp.nid = here.nid;
	}
	if (!status && word->named)
		status = pst_store_open_on(&ltp.store, dump->file, index, dump->err);
	if (!status)
		status = pst_reader_status(&ltp.reader, word->dump(&ltp), dump->err);
	pst_subnodes_deinit(&ltp.subnodes);
	pst_charset_deinit(&ltp.charset);
	pst_reader_deinit(&ltp.reader);
	pstfix_store_free(ltp.store);
	return status;
}
