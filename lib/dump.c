/* One structure, decoded: what it is, where each field lies, what it says. */
#include "ndb/space.h"
#include "store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct dump {
	pstfix_file *file;
	const struct pst_format *format;
	pstfix_field field;
	void *user;
	pstfix_error *err;
};

static void tell(const struct dump *dump, const char *name, uint64_t offset, uint64_t size,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

static void tell(const struct dump *dump, const char *name, uint64_t offset, uint64_t size,
                 const char *format, ...)
{
	char value[320];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof value, format, args);
	va_end(args);
	dump->field(dump->user, name, offset, size, value);
}

static void tell_number(const struct dump *dump, const char *name, uint64_t offset, uint64_t size,
                        uint64_t value)
{
	tell(dump, name, offset, size, "0x%llX", (unsigned long long)value);
}

static void group(const struct dump *dump, const char *name, uint64_t offset, uint64_t size)
{
	dump->field(dump->user, name, offset, size, NULL);
}

static pstfix_status read_bytes(const struct dump *dump, void *out, size_t size, uint64_t at)
{
	struct pst_io *io = dump->file->io;

	if (at > io->size || io->size - at < size)
		return pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, at,
		                "%zu bytes expected here, but the file has only %llu", size,
		                (unsigned long long)io->size);
	return io->read(io, out, size, at, dump->err);
}

/* ---- header ------------------------------------------------------------------------------ */

static pstfix_status dump_header(const struct dump *dump)
{
	const struct pst_header *h = &dump->file->header;
	const struct pst_header_layout *at = &dump->format->header;
	const uint8_t w = dump->format->word;
	uint64_t root = at->root + 4u;

	group(dump, "header", 0, at->size);
	tell_number(dump, "dwMagic", 0, 4, pst_get32(h->raw));
	tell(dump, "dwCRCPartial", 4, 4, "0x%X (%s)", h->crc_partial,
	     h->crc_partial == h->crc_partial_right ? "right" : "wrong");
	tell(dump, "wMagicClient", 8, 2, "0x%X", h->client);
	tell(dump, "wVer", 10, 2, "%u", h->version);
	tell(dump, "wVerClient", 12, 2, "%u", h->version_client);
	tell_number(dump, "bidNextB", at->next_block, w, h->next_block);
	tell_number(dump, "bidNextP", at->next_page, w, h->next_page);
	tell_number(dump, "dwUnique", at->unique, 4, h->unique);
	for (unsigned type = 0; type < PST_NID_TYPES; type++) {
		char name[16];

		snprintf(name, sizeof name, "rgnid[%u]", type);
		tell_number(dump, name, at->rgnid + 4u * type, 4, h->rgnid[type]);
	}
	tell_number(dump, "ibFileEof", root, w, h->end);
	tell_number(dump, "ibAMapLast", root + w, w, h->amap_last);
	tell_number(dump, "cbAMapFree", root + 2u * w, w, h->amap_free);
	tell_number(dump, "cbPMapFree", root + 3u * w, w, h->pmap_free);
	tell_number(dump, "BREFNBT.bid", root + 4u * w, w, h->nbt.id);
	tell_number(dump, "BREFNBT.ib", root + 5u * w, w, h->nbt.at);
	tell_number(dump, "BREFBBT.bid", root + 6u * w, w, h->bbt.id);
	tell_number(dump, "BREFBBT.ib", root + 7u * w, w, h->bbt.at);
	tell(dump, "fAMapValid", root + 8u * w, 1, "%u", h->maps_valid);
	tell_number(dump, "bSentinel", at->sentinel, 1, h->sentinel);
	tell(dump, "bCryptMethod", at->encoding, 1, "%u", h->encoding);
	if (at->crc_full)
		tell(dump, "dwCRCFull", at->crc_full, 4, "0x%X (%s)", h->crc_full,
		     h->crc_full == h->crc_full_right ? "right" : "wrong");
	return PSTFIX_OK;
}

/* ---- page -------------------------------------------------------------------------------- */

static void dump_entry(const struct dump *dump, const uint8_t *p, uint64_t at, uint8_t type,
                       unsigned level)
{
	const struct pst_format *f = dump->format;
	uint8_t size = pst_entry_size(f, type, level);
	struct pst_nbt_entry node;
	struct pst_bbt_entry block;

	if (level) {
		tell(dump, "BTENTRY", at, size, "key 0x%llX page 0x%llX at 0x%llX",
		     (unsigned long long)pst_get(p, f->word),
		     (unsigned long long)pst_get(p + f->word, f->word),
		     (unsigned long long)pst_get(p + 2 * f->word, f->word));
	} else if (type == PST_NBT) {
		pst_nbt_entry_decode(&node, f, p);
		tell(dump, "NBTENTRY", at, size, "nid 0x%llX data 0x%llX sub 0x%llX parent 0x%X",
		     (unsigned long long)node.key, (unsigned long long)node.data,
		     (unsigned long long)node.sub, node.parent);
	} else {
		pst_bbt_entry_decode(&block, f, p);
		tell(dump, "BBTENTRY", at, size, "block 0x%llX at 0x%llX size %u inflated %u refs %u",
		     (unsigned long long)block.id, (unsigned long long)block.at, block.size,
		     block.inflated, block.refs);
	}
}

static pstfix_status dump_page(const struct dump *dump, uint64_t at)
{
	static const char *const names[] = {"BBT", "NBT", "FMap", "PMap", "AMap", "FPMap", "DList"};
	const struct pst_format *f = dump->format;
	uint64_t tail_at = at + f->page - f->page_tail;
	uint8_t page[PST_PAGE_MAX];
	struct pst_page_tail tail;
	struct pst_index_page counts;
	pstfix_status status = read_bytes(dump, page, f->page, at);
	bool proven;

	if (status)
		return status;
	proven = pst_page_prove(&tail, f, page, at);
	group(dump, "page", at, f->page);
	tell(dump, "ptype", tail_at, 2, "0x%X%s %s", tail.type, tail.type_twice ? "" : " (not repeated)",
	     tail.type >= PST_BBT && tail.type <= PST_DLIST ? names[tail.type - PST_BBT] : "unknown");
	tell(dump, "wSig", tail_at + 2, 2, "0x%X (%s)", pst_get16(page + f->page - f->page_tail + 2),
	     tail.signed_here ? "right" : "wrong");
	tell_number(dump, "bid", tail_at + f->tail_bid, f->word, tail.id);
	tell(dump, "dwCRC", tail_at + f->tail_crc, 4, "0x%X", tail.crc);
	tell(dump, "proven", PSTFIX_NOWHERE, 0, "%s", proven ? "yes" : "no");
	if (tail.type == PST_AMAP)
		tell(dump, "free units", PSTFIX_NOWHERE, 0, "%u",
		     pst_bits_clear(page + f->map_at, f->map_bytes));
	if (!pst_is_index(tail.type))
		return PSTFIX_OK;
	pst_index_page_decode(&counts, f, page);
	tell(dump, "cEnt", at + f->entries, f->count_width, "%u", counts.count);
	tell(dump, "cEntMax", at + f->entries + f->count_width, f->count_width, "%u", counts.count_max);
	tell(dump, "cbEnt", at + f->entries + 2u * f->count_width, 1, "%u", counts.entry_size);
	tell(dump, "cLevel", at + f->entries + 2u * f->count_width + 1, 1, "%u", counts.level);
	for (uint32_t i = 0; i < counts.count; i++) {
		uint32_t from = i * PST_MAX(counts.entry_size, 1u);

		if (from + pst_entry_size(f, tail.type, counts.level) > f->entries)
			break;
		dump_entry(dump, page + from, at + from, tail.type, counts.level);
	}
	return PSTFIX_OK;
}

/* ---- block ------------------------------------------------------------------------------- */

static void dump_list(const struct dump *dump, const uint8_t *data, size_t size)
{
	static const char *const names[2][2] = {{"XBLOCK", "XXBLOCK"}, {"SLBLOCK", "SIBLOCK"}};
	struct pst_list list;

	pst_list_decode(&list, dump->format, data, size);
	if (!list.type)
		return;
	group(dump, list.type == PST_LIST_DATA ? names[0][list.level == 2] : names[1][list.level == 1],
	      PSTFIX_NOWHERE, 0);
	tell(dump, "cEnt", PSTFIX_NOWHERE, 0, "%u", list.n);
	if (list.type == PST_LIST_DATA)
		tell(dump, "lcbTotal", PSTFIX_NOWHERE, 0, "%u", list.total);
	for (uint32_t i = 0; i < list.n; i++) {
		struct pst_list_entry entry = pst_list_at(&list, dump->format, i);

		if (list.type == PST_LIST_DATA)
			tell_number(dump, "bid", PSTFIX_NOWHERE, 0, entry.data);
		else
			tell(dump, "entry", PSTFIX_NOWHERE, 0, "nid 0x%X data 0x%llX sub 0x%llX", entry.nid,
			     (unsigned long long)entry.data, (unsigned long long)entry.sub);
	}
}

static void dump_bytes(const struct dump *dump, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < PST_MIN(size, (size_t)256); at += 16) {
		char line[3 * 16 + 20];
		size_t n = PST_MIN(size - at, (size_t)16), used = 0;

		for (size_t i = 0; i < n; i++)
			used += (size_t)snprintf(line + used, sizeof line - used, "%02x ", data[at + i]);
		for (size_t i = 0; i < n; i++)
			line[used++] = data[at + i] >= ' ' && data[at + i] < 127 ? (char)data[at + i] : '.';
		line[used] = '\0';
		tell(dump, "data", PSTFIX_NOWHERE, n, "%s", line);
	}
}

static pstfix_status dump_block(const struct dump *dump, const struct pst_index *index,
                                const struct pst_block *block)
{
	const struct pst_format *f = dump->format;
	uint32_t extent = pst_block_extent(f, block->size);
	uint8_t *bytes = malloc(2 * PST_BLOCK_MAX);
	struct pst_inflater *inflater = pst_inflater_open();
	struct pst_block_tail tail;
	pstfix_status status = bytes && inflater ? read_bytes(dump, bytes, extent, block->at)
	                                         : pst_fail_memory(dump->err);
	int64_t size;

	if (!status && bytes) {
		pst_block_tail_decode(&tail, f, bytes + extent - f->block_tail);
		group(dump, "block", block->at, extent);
		tell_number(dump, "bid", block->at + extent - f->block_tail + f->tail_bid, f->word, tail.id);
		tell(dump, "cb", block->at + extent - f->block_tail, 2, "%u", tail.size);
		tell(dump, "cbInflated", PSTFIX_NOWHERE, 0, "%u", tail.inflated);
		tell(dump, "wSig", block->at + extent - f->block_tail + 2, 2, "0x%X (%s)", tail.signature,
		     tail.signature == pst_signature(block->at, tail.id) ? "right" : "wrong");
		tell(dump, "dwCRC", block->at + extent - f->block_tail + f->tail_crc, 4, "0x%X (%s)",
		     tail.crc, tail.crc == pst_crc(bytes, block->size) ? "right" : "wrong");
		size = pst_block_read(index, block, inflater, bytes + PST_BLOCK_MAX);
		if (size < 0)
			tell(dump, "data", block->at, block->size, "does not inflate");
		else if (block->id & PST_INTERNAL)
			dump_list(dump, bytes + PST_BLOCK_MAX, (size_t)size);
		else
			dump_bytes(dump, bytes + PST_BLOCK_MAX, (size_t)size);
	}
	pst_inflater_free(inflater);
	free(bytes);
	return status;
}

/* ---- node -------------------------------------------------------------------------------- */

static pstfix_status dump_stream(const struct dump *dump, struct pst_reader *reader, uint64_t id)
{
	struct pst_stream stream;
	uint8_t head[256];
	pstfix_status status = pst_stream_open(&stream, reader, id, dump->err);

	if (status)
		return status;
	group(dump, "data", PSTFIX_NOWHERE, stream.size);
	tell(dump, "size", PSTFIX_NOWHERE, 0, "%llu", (unsigned long long)stream.size);
	for (size_t i = 0; i < stream.parts.n; i++) {
		const struct pst_part *part = &stream.parts.at[i];

		if (part->block)
			tell(dump, "part", part->block->at, part->block->size, "block 0x%llX, bytes %llu to %llu",
			     (unsigned long long)part->block->id, (unsigned long long)part->offset,
			     (unsigned long long)(part->offset + part->size));
		else
			tell(dump, "part", PSTFIX_NOWHERE, 0, "missing");
	}
	dump_bytes(dump, head, pst_stream_read(&stream, head, sizeof head, 0));
	pst_stream_deinit(&stream);
	return PSTFIX_OK;
}

static pstfix_status dump_subnodes(const struct dump *dump, struct pst_reader *reader, uint64_t id)
{
	struct pst_subnodes subnodes;
	pstfix_status status = pst_subnodes_open(&subnodes, reader, id, dump->err);

	if (status)
		return status;
	group(dump, "subnodes", PSTFIX_NOWHERE, 0);
	for (size_t i = 0; i < subnodes.entries.n; i++)
		tell(dump, "subnode", PSTFIX_NOWHERE, 0, "nid 0x%X data 0x%llX sub 0x%llX",
		     subnodes.entries.at[i].nid, (unsigned long long)subnodes.entries.at[i].data,
		     (unsigned long long)subnodes.entries.at[i].sub);
	if (!subnodes.whole)
		tell(dump, "whole", PSTFIX_NOWHERE, 0, "no");
	pst_subnodes_deinit(&subnodes);
	return PSTFIX_OK;
}

static pstfix_status dump_node(const struct dump *dump, const struct pst_index *index, uint32_t nid)
{
	const struct pst_node *node = pst_index_node(index, nid);
	struct pst_reader reader;
	pstfix_status status;

	if (!node)
		return pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE,
		                "the node index names no node 0x%X", nid);
	status = pst_reader_init(&reader, index, dump->err);
	if (status)
		return status;
	pst_reader_limit(&reader);
	group(dump, "node", PSTFIX_NOWHERE, 0);
	tell_number(dump, "nid", PSTFIX_NOWHERE, 0, node->nid);
	tell_number(dump, "nidParent", PSTFIX_NOWHERE, 0, node->parent);
	tell_number(dump, "bidData", PSTFIX_NOWHERE, 0, node->data);
	tell_number(dump, "bidSub", PSTFIX_NOWHERE, 0, node->sub);
	status = dump_stream(dump, &reader, node->data);
	if (!status && node->sub)
		status = dump_subnodes(dump, &reader, node->sub);
	status = pst_reader_status(&reader, status, dump->err);
	pst_reader_deinit(&reader);
	return status;
}

/* ---- heaps and what is on them -------------------------------------------------------------- */

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
		tell(dump, name, PSTFIX_NOWHERE, 0, "%llu", (unsigned long long)count);
}

static void tell_heap(const struct dump *dump, const struct pst_heap *heap)
{
	uint64_t place = heap->headed ? pst_stream_place(&heap->stream, 0, 0) : PSTFIX_NOWHERE;

	group(dump, "heap", place, heap->stream.size);
	if (!heap->headed) {
		tell(dump, "header", PSTFIX_NOWHERE, 0, "missing");
		return;
	}
	tell(dump, "bSig", behind(place, 2), 1, "0x%X (%s)", heap->signature,
	     heap->signature == PST_HEAP_SIGNATURE ? "right" : "wrong");
	tell(dump, "bClientSig", behind(place, 3), 1, "0x%X %s", heap->client, client_name(heap->client));
	tell_number(dump, "hidUserRoot", behind(place, 4), 4, heap->root);
	tell(dump, "blocks", PSTFIX_NOWHERE, 0, "%zu", heap->stream.parts.n);
}

static void tell_item(const struct dump *dump, const struct pst_heap *heap, uint32_t hid)
{
	struct pst_item item;
	enum pst_lookup found = pst_heap_item(&item, heap, hid);
	char name[32], bytes[72];

	snprintf(name, sizeof name, "item 0x%X", hid);
	hex(bytes, sizeof bytes, item.data, item.size);
	if (found)
		tell(dump, name, PSTFIX_NOWHERE, 0, "%s", lookups[found]);
	else
		tell(dump, name, pst_stream_place(&heap->stream, item.block, item.at), item.size, "%u bytes %s",
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
		group(dump, "heap block", pst_stream_place(&heap.stream, i, 0), block.size);
		if (!block.mapped) {
			tell(dump, "page map", PSTFIX_NOWHERE, 0, block.readable ? "broken" : "missing");
			continue;
		}
		tell(dump, "ibHnpm", pst_stream_place(&heap.stream, i, 0), 2, "%u", block.map);
		tell(dump, "cAlloc", pst_stream_place(&heap.stream, i, block.map), 2, "%u", block.items);
		tell(dump, "cFree", pst_stream_place(&heap.stream, i, block.map + 2), 2, "%u (%u are empty)",
		     block.freed, block.empty);
		tell(dump, "rgbFillLevel", PSTFIX_NOWHERE, 0, "%u (%u is right)", block.fill, block.fill_right);
		for (uint32_t k = 1; k <= block.items; k++)
			tell_item(dump, &heap, pst_hid(dump->format, i, k));
	}
	pst_heap_deinit(&heap);
	return PSTFIX_OK;
}

static void tell_bth_facts(const struct dump *dump, const struct pst_bth_facts *facts)
{
	tell(dump, "records", PSTFIX_NOWHERE, 0, "%llu", (unsigned long long)facts->records);
	tell_count(dump, "keys not ascending", facts->unsorted);
	tell_count(dump, "keys twice", facts->equal);
	tell_count(dump, "items with part of a record", facts->ragged);
	tell_count(dump, "items with another first key", facts->mismatched);
	tell_count(dump, "items not there", facts->dangling);
	tell_count(dump, "items missing", facts->missing);
	if (facts->endless)
		tell(dump, "items named twice", PSTFIX_NOWHERE, 0, "yes");
}

static void tell_bth(const struct dump *dump, const struct pst_bth *bth, uint32_t hid)
{
	uint64_t place = pst_heap_place(bth->heap, hid);

	group(dump, "BTH", place, 8);
	if (bth->found) {
		tell(dump, "header", PSTFIX_NOWHERE, 0, "item 0x%X is %s", hid, lookups[bth->found]);
		return;
	}
	tell(dump, "bType", place, 1, "0x%X", bth->type);
	tell(dump, "cbKey", behind(place, 1), 1, "%u", bth->key);
	tell(dump, "cbEnt", behind(place, 2), 1, "%u", bth->data);
	tell(dump, "bIdxLevels", behind(place, 3), 1, "%u", bth->levels);
	tell_number(dump, "hidRoot", behind(place, 4), 4, bth->root);
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
		tell(dump, "record", pst_bth_place(&bth, record.hid, record.number), bth.key + bth.data,
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
		tell(ltp->dump, name, place, 0, "%s%s%s: %s", called, row ? row->name : "unknown", where,
		     lookups[value->found]);
		return;
	}
	show_value(ltp, text, sizeof text, value);
	tell(ltp->dump, name, place, value->size, "%s%s%s%s, %llu byte%s: %s", called,
	     value->type & PST_MULTIPLE ? "many " : "", row ? row->name : "unknown", where, (unsigned long long)value->size, value->size == 1 ? "" : "s", text);
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
	group(dump, "properties", PSTFIX_NOWHERE, 0);
	status = tell_properties(ltp, &pc);
	tell_bth_facts(dump, &pc.facts);
	pst_pc_deinit(&pc);
	return status;
}

static void tell_header(const struct dump *dump, const struct pst_tc *tc)
{
	uint64_t place = pst_heap_place(&tc->heap, tc->heap.root);

	group(dump, "TCINFO", place, 22);
	if (tc->found) {
		tell(dump, "header", PSTFIX_NOWHERE, 0, "item 0x%X is %s", tc->heap.root, lookups[tc->found]);
		return;
	}
	tell(dump, "bType", place, 1, "0x%X", tc->type);
	tell(dump, "cCols", behind(place, 1), 1, "%u", tc->count);
	tell(dump, "rgib", behind(place, 2), 8, "%u %u %u %u", tc->ends[0], tc->ends[1], tc->ends[2], tc->ends[3]);
	tell_number(dump, "hidRowIndex", behind(place, 10), 4, tc->index_hid);
	tell_number(dump, "hnidRows", behind(place, 14), 4, tc->rows_hnid);
	tell(dump, "rows", PSTFIX_NOWHERE, 0, "%u", tc->rows);
	if (tc->matrix)
		tell(dump, "matrix", PSTFIX_NOWHERE, 0, "%s", lookups[tc->matrix]);
}

static void tell_columns(const struct dump *dump, const struct pst_tc *tc)
{
	uint64_t place = behind(pst_heap_place(&tc->heap, tc->heap.root), 22);

	group(dump, "columns", place, 8 * tc->columns.n);
	for (size_t i = 0; i < tc->columns.n; i++) {
		const struct pst_column *column = &tc->columns.at[i];
		unsigned facts = pst_tc_column_facts(tc, i);
		char name[16];

		snprintf(name, sizeof name, "0x%04X%04X", column->id, column->type);
		tell(dump, name, behind(place, 8 * i), 8, "ibData %u cbData %u iBit %u%s%s", column->at, column->size,
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
	group(dump, name, place, tc->ends[3]);
	if (pst_tc_row(tc, row)) {
		tell(dump, "cells", PSTFIX_NOWHERE, 0, "missing");
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
	status = pst_tc_facts(&facts, &tc, dump->err);
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
	group(ltp->dump, name, pst_stream_place(&pc.heap.stream, 0, 0), pc.heap.stream.size);
	if (!pc.sound)
		tell(ltp->dump, "properties", PSTFIX_NOWHERE, 0, "broken, or missing");
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

	tell(dump, "SUD", place, SUD, "flags 0x%X type %u (%s): 0x%X 0x%X 0x%X 0x%X", pst_get16(p), type,
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
	group(dump, nids ? "folders" : "queue", PSTFIX_NOWHERE, stream.size);
	for (uint64_t at = 0; at + step <= stream.size && pst_reader_spend(&ltp->reader, SUD); at += step) {
		uint64_t place;

		while (part + 1 < stream.parts.n && stream.parts.at[part + 1].offset <= at)
			part++;
		place = pst_stream_place(&stream, part, (uint32_t)(at - stream.parts.at[part].offset));
		pst_stream_read(&stream, record, step, at);
		if (nids)
			tell_number(dump, "nid", place, 4, pst_get32(record));
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

/* The id of a node, or, behind slashes, of its subnode, of that one's subnode and so on. */
static pstfix_status find_node(struct ltp *ltp, const char *path)
{
	char *rest;
	uint64_t nid = strtoull(path, &rest, 0);
	const struct pst_node *node = nid <= UINT32_MAX ? pst_index_node(ltp->reader.index, (uint32_t)nid) : NULL;
	struct pst_list_entry here = {.nid = (uint32_t)nid, .data = node ? node->data : 0, .sub = node ? node->sub : 0};
	bool found = node;
	pstfix_status status = pst_subnodes_open(&ltp->subnodes, &ltp->reader, here.sub, ltp->dump->err);

	while (!status && found && *rest == '/') {
		const struct pst_list_entry *entry;

		nid = strtoull(rest + 1, &rest, 0);
		entry = nid <= UINT32_MAX ? pst_subnodes_find(&ltp->subnodes, (uint32_t)nid) : NULL;
		found = entry;
		if (!found)
			break;
		here = *entry;
		pst_subnodes_deinit(&ltp->subnodes);
		status = pst_subnodes_open(&ltp->subnodes, &ltp->reader, here.sub, ltp->dump->err);
	}
	ltp->data = here.data;
	ltp->nid = here.nid;
	if (status || (found && !*rest))
		return status;
	return pst_fail(ltp->dump->err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "there is no node %s", path);
}

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

static pstfix_status dump_ltp(const struct dump *dump, const struct pst_index *index, const struct ltp_word *word,
                              const char *path)
{
	struct ltp ltp = {.dump = dump};
	pstfix_status status = pst_reader_init(&ltp.reader, index, dump->err);

	if (!status) {
		pst_reader_limit(&ltp.reader);
		status = find_node(&ltp, path);
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

/* ---- what ---------------------------------------------------------------------------------- */

/* The number behind `word` and one of ':' and '@'. */
static bool parse(const char *what, const char *word, char mark, uint64_t *out)
{
	size_t n = strlen(word);
	char *end;

	if (strncmp(what, word, n) || what[n] != mark || !what[n + 1])
		return false;
	*out = strtoull(what + n + 1, &end, 0);
	return !*end;
}

/* The block that begins at a place, by its own trailer: no index need name it. */
static pstfix_status dump_block_at(const struct dump *dump, uint64_t at)
{
	const struct pst_format *f = dump->format;
	struct pst_index index = {.format = f, .io = dump->file->io, .encoding = dump->file->header.encoding};
	struct pst_block block = {.at = at};
	struct pst_block_tail tail;
	uint8_t bytes[24];

	for (uint32_t extent = f->unit; extent <= f->block_max; extent += f->unit) {
		pstfix_status status = read_bytes(dump, bytes, f->block_tail, at + extent - f->block_tail);

		if (status)
			return status;
		pst_block_tail_decode(&tail, f, bytes);
		if (tail.size && tail.size <= pst_block_data(f) && pst_block_extent(f, tail.size) == extent &&
		    tail.signature == pst_signature(at, tail.id)) {
			block.id = tail.id;
			block.size = tail.size;
			block.inflated = tail.inflated;
			return dump_block(dump, &index, &block);
		}
	}
	return pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, at, "no block with a trailer begins here");
}

static pstfix_status dump_indexed(const struct dump *dump, const char *what)
{
	pstfix_file *file = dump->file;
	struct pst_inventory inventory;
	struct pst_index index;
	const struct pst_block *block;
	uint64_t number = 0;
	pstfix_status status = pst_inventory_follow(&inventory, file->io, &file->header, file->format,
	                                            dump->err);

	if (status)
		return status;
	status = pst_index_load(&index, file->io, &inventory, &file->header, dump->err);
	if (!status) {
		const char *path;
		const struct ltp_word *word = find_word(what, &path);

		if (word) {
			status = dump_ltp(dump, &index, word, path);
		} else if (parse(what, "node", ':', &number) && number > UINT32_MAX) {
			status = pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE,
			                  "node ids have 32 bits");
		} else if (parse(what, "node", ':', &number)) {
			status = dump_node(dump, &index, (uint32_t)number);
		} else {
			parse(what, "block", ':', &number);
			block = pst_index_block(&index, number);
			status = block ? dump_block(dump, &index, block)
			               : pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE,
			                          "the block index names no block 0x%llX",
			                          (unsigned long long)number);
		}
		pst_index_deinit(&index);
	}
	pst_inventory_deinit(&inventory);
	return status;
}

pstfix_status pstfix_dump(pstfix_file *file, const char *what, pstfix_field field, void *user,
                          pstfix_error *err)
{
	struct dump dump = {file, file->format, field, user, err};
	const char *path;
	uint64_t number;

	if (!strcmp(what, "header"))
		return dump_header(&dump);
	if (parse(what, "page", ':', &number))
		return dump_page(&dump, number);
	if (parse(what, "block", '@', &number))
		return dump_block_at(&dump, number);
	if (parse(what, "block", ':', &number) || parse(what, "node", ':', &number) || find_word(what, &path))
		return dump_indexed(&dump, what);
	return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE,
	                "unknown structure: expected header, page:OFFSET, block:ID, block@OFFSET, node:NID, "
	                "heap:NID, bth:NID, pc:NID, tc:NID, message:NID or queue:NID");
}
