/* Header, pages, blocks and nodes. */
#include "dump/dump.h"
#include "ndb/space.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- header ------------------------------------------------------------------------------ */

pstfix_status pst_dump_header(const struct dump *dump)
{
	const struct pst_header *h = &dump->file->header;
	const struct pst_header_layout *at = &dump->format->header;
	const uint8_t w = dump->format->word;
	uint64_t root = at->root + 4u;

	pst_show_group(dump, "header", 0, at->size);
	pst_show_number(dump, "dwMagic", 0, 4, pst_get32(h->raw));
	pst_show(dump, "dwCRCPartial", 4, 4, "0x%X (%s)", h->crc_partial,
	         h->crc_partial == h->crc_partial_right ? "right" : "wrong");
	pst_show(dump, "wMagicClient", 8, 2, "0x%X", h->client);
	pst_show(dump, "wVer", 10, 2, "%u", h->version);
	pst_show(dump, "wVerClient", 12, 2, "%u", h->version_client);
	pst_show_number(dump, "bidNextB", at->next_block, w, h->next_block);
	pst_show_number(dump, "bidNextP", at->next_page, w, h->next_page);
	pst_show_number(dump, "dwUnique", at->unique, 4, h->unique);
	for (unsigned type = 0; type < PST_NID_TYPES; type++) {
		char name[16];

		snprintf(name, sizeof name, "rgnid[%u]", type);
		pst_show_number(dump, name, at->rgnid + 4u * type, 4, h->rgnid[type]);
	}
	pst_show_number(dump, "ibFileEof", root, w, h->end);
	pst_show_number(dump, "ibAMapLast", root + w, w, h->amap_last);
	pst_show_number(dump, "cbAMapFree", root + 2u * w, w, h->amap_free);
	pst_show_number(dump, "cbPMapFree", root + 3u * w, w, h->pmap_free);
	pst_show_number(dump, "BREFNBT.bid", root + 4u * w, w, h->nbt.id);
	pst_show_number(dump, "BREFNBT.ib", root + 5u * w, w, h->nbt.at);
	pst_show_number(dump, "BREFBBT.bid", root + 6u * w, w, h->bbt.id);
	pst_show_number(dump, "BREFBBT.ib", root + 7u * w, w, h->bbt.at);
	pst_show(dump, "fAMapValid", root + 8u * w, 1, "%u", h->maps_valid);
	pst_show_number(dump, "bSentinel", at->sentinel, 1, h->sentinel);
	pst_show(dump, "bCryptMethod", at->encoding, 1, "%u", h->encoding);
	if (at->crc_full)
		pst_show(dump, "dwCRCFull", at->crc_full, 4, "0x%X (%s)", h->crc_full,
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
		pst_show(dump, "BTENTRY", at, size, "key 0x%llX page 0x%llX at 0x%llX",
		         (unsigned long long)pst_get(p, f->word),
		         (unsigned long long)pst_get(p + f->word, f->word),
		         (unsigned long long)pst_get(p + 2 * f->word, f->word));
	} else if (type == PST_NBT) {
		pst_nbt_entry_decode(&node, f, p);
		pst_show(dump, "NBTENTRY", at, size, "nid 0x%llX data 0x%llX sub 0x%llX parent 0x%X",
		         (unsigned long long)node.key, (unsigned long long)node.data,
		         (unsigned long long)node.sub, node.parent);
	} else {
		pst_bbt_entry_decode(&block, f, p);
		pst_show(dump, "BBTENTRY", at, size, "block 0x%llX at 0x%llX size %u inflated %u refs %u",
		         (unsigned long long)block.id, (unsigned long long)block.at, block.size,
		         block.inflated, block.refs);
	}
}

pstfix_status pst_dump_page(const struct dump *dump, uint64_t at)
{
	static const char *const names[] = {"BBT", "NBT", "FMap", "PMap", "AMap", "FPMap", "DList"};
	const struct pst_format *f = dump->format;
	uint64_t tail_at = at + f->page - f->page_tail;
	uint8_t page[PST_PAGE_MAX];
	struct pst_page_tail tail;
	struct pst_index_page counts;
	pstfix_status status = pst_dump_read(dump, page, f->page, at);
	bool proven;

	if (status)
		return status;
	proven = pst_page_prove(&tail, f, page, at);
	pst_show_group(dump, "page", at, f->page);
	pst_show(dump, "ptype", tail_at, 2, "0x%X%s %s", tail.type, tail.type_twice ? "" : " (not repeated)",
	         tail.type >= PST_BBT && tail.type <= PST_DLIST ? names[tail.type - PST_BBT] : "unknown");
	pst_show(dump, "wSig", tail_at + 2, 2, "0x%X (%s)", pst_get16(page + f->page - f->page_tail + 2),
	         tail.signed_here ? "right" : "wrong");
	pst_show_number(dump, "bid", tail_at + f->tail_bid, f->word, tail.id);
	pst_show(dump, "dwCRC", tail_at + f->tail_crc, 4, "0x%X (%s)", tail.crc,
	         pst_page_crc_right(&tail, f, page) ? "right" : "wrong");
	pst_show(dump, "proven", PSTFIX_NOWHERE, 0, "%s", proven ? "yes" : "no");
	if (tail.type == PST_AMAP)
		pst_show(dump, "free units", PSTFIX_NOWHERE, 0, "%u",
		         pst_bits_clear(page + f->map_at, f->map_bytes));
	if (!pst_is_index(tail.type))
		return PSTFIX_OK;
	pst_index_page_decode(&counts, f, page);
	pst_show(dump, "cEnt", at + f->entries, f->count_width, "%u", counts.count);
	pst_show(dump, "cEntMax", at + f->entries + f->count_width, f->count_width, "%u", counts.count_max);
	pst_show(dump, "cbEnt", at + f->entries + 2u * f->count_width, 1, "%u", counts.entry_size);
	pst_show(dump, "cLevel", at + f->entries + 2u * f->count_width + 1, 1, "%u", counts.level);
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
	pst_show_group(dump, list.type == PST_LIST_DATA ? names[0][list.level == 2] : names[1][list.level == 1],
	               PSTFIX_NOWHERE, 0);
	pst_show(dump, "cEnt", PSTFIX_NOWHERE, 0, "%u", list.n);
	if (list.type == PST_LIST_DATA)
		pst_show(dump, "lcbTotal", PSTFIX_NOWHERE, 0, "%u", list.total);
	for (uint32_t i = 0; i < list.n; i++) {
		struct pst_list_entry entry = pst_list_at(&list, dump->format, i);

		if (list.type == PST_LIST_DATA)
			pst_show_number(dump, "bid", PSTFIX_NOWHERE, 0, entry.data);
		else
			pst_show(dump, "entry", PSTFIX_NOWHERE, 0, "nid 0x%X data 0x%llX sub 0x%llX", entry.nid,
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
		pst_show(dump, "data", PSTFIX_NOWHERE, n, "%s", line);
	}
}

pstfix_status pst_dump_block(const struct dump *dump, const struct pst_index *index,
                                    const struct pst_block *block)
{
	const struct pst_format *f = dump->format;
	uint32_t extent = pst_block_extent(f, block->size);
	uint8_t *bytes = malloc(2 * PST_BLOCK_MAX);
	struct pst_inflater *inflater = pst_inflater_open();
	struct pst_block_tail tail;
	pstfix_status status = bytes && inflater ? pst_dump_read(dump, bytes, extent, block->at)
	                                         : pst_fail_memory(dump->err);
	int64_t size;

	if (!status && bytes) {
		pst_block_tail_decode(&tail, f, bytes + extent - f->block_tail);
		pst_show_group(dump, "block", block->at, extent);
		pst_show_number(dump, "bid", block->at + extent - f->block_tail + f->tail_bid, f->word, tail.id);
		pst_show(dump, "cb", block->at + extent - f->block_tail, 2, "%u", tail.size);
		pst_show(dump, "cbInflated", PSTFIX_NOWHERE, 0, "%u", tail.inflated);
		pst_show(dump, "wSig", block->at + extent - f->block_tail + 2, 2, "0x%X (%s)", tail.signature,
		         tail.signature == pst_signature(block->at, tail.id) ? "right" : "wrong");
		pst_show(dump, "dwCRC", block->at + extent - f->block_tail + f->tail_crc, 4, "0x%X (%s)",
		         tail.crc, tail.crc == pst_crc(bytes, block->size) ? "right" : "wrong");
		size = pst_block_read(index, block, inflater, bytes + PST_BLOCK_MAX);
		if (size < 0)
			pst_show(dump, "data", block->at, block->size, "does not inflate");
		else if (block->id & PST_INTERNAL)
			dump_list(dump, bytes + PST_BLOCK_MAX, (size_t)size);
		else
			dump_bytes(dump, bytes + PST_BLOCK_MAX, (size_t)size);
	}
	pst_inflater_free(inflater);
	free(bytes);
	return status;
}

pstfix_status pst_dump_block_at(const struct dump *dump, uint64_t at)
{
	const struct pst_format *f = dump->format;
	struct pst_index index = {.format = f, .io = dump->file->io, .encoding = dump->file->header.encoding};
	struct pst_block block = {.at = at};
	struct pst_block_tail tail;
	uint8_t bytes[24];

	for (uint32_t extent = f->unit; extent <= f->block_max; extent += f->unit) {
		pstfix_status status = pst_dump_read(dump, bytes, f->block_tail, at + extent - f->block_tail);

		if (status)
			return status;
		pst_block_tail_decode(&tail, f, bytes);
		if (tail.size && tail.size <= pst_block_data(f) && pst_block_extent(f, tail.size) == extent &&
		    tail.signature == pst_signature(at, tail.id)) {
			block.id = tail.id;
			block.size = tail.size;
			block.inflated = tail.inflated;
			return pst_dump_block(dump, &index, &block);
		}
	}
	return pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, at, "no block with a trailer begins here");
}

/* ---- node -------------------------------------------------------------------------------- */

static pstfix_status dump_stream(const struct dump *dump, struct pst_reader *reader, uint64_t id)
{
	struct pst_stream stream;
	uint8_t head[256];
	pstfix_status status = pst_stream_open(&stream, reader, id, dump->err);

	if (status)
		return status;
	pst_show_group(dump, "data", PSTFIX_NOWHERE, stream.size);
	pst_show(dump, "size", PSTFIX_NOWHERE, 0, "%llu", (unsigned long long)stream.size);
	for (size_t i = 0; i < stream.parts.n; i++) {
		const struct pst_part *part = &stream.parts.at[i];

		if (part->block)
			pst_show(dump, "part", part->block->at, part->block->size, "block 0x%llX, bytes %llu to %llu",
			         (unsigned long long)part->block->id, (unsigned long long)part->offset,
			         (unsigned long long)(part->offset + part->size));
		else
			pst_show(dump, "part", PSTFIX_NOWHERE, 0, "missing");
	}
	dump_bytes(dump, head, pst_stream_read(&stream, head, sizeof head, 0));
	pst_stream_deinit(&stream);
	return PSTFIX_OK;
}

static void dump_subnodes(const struct dump *dump, const struct pst_subnodes *subnodes)
{
	pst_show_group(dump, "subnodes", PSTFIX_NOWHERE, 0);
	for (size_t i = 0; i < subnodes->entries.n; i++)
		pst_show(dump, "subnode", PSTFIX_NOWHERE, 0, "nid 0x%X data 0x%llX sub 0x%llX",
		         subnodes->entries.at[i].nid, (unsigned long long)subnodes->entries.at[i].data,
		         (unsigned long long)subnodes->entries.at[i].sub);
	if (!subnodes->whole)
		pst_show(dump, "whole", PSTFIX_NOWHERE, 0, "no");
}

pstfix_status pst_dump_find(struct pst_list_entry *out, struct pst_subnodes *subnodes, struct pst_reader *reader,
                            const char *path, pstfix_error *err)
{
	char *rest;
	uint64_t nid = strtoull(path, &rest, 0);
	const struct pst_node *node = nid <= UINT32_MAX ? pst_index_node(reader->index, (uint32_t)nid) : NULL;
	bool found = node;
	pstfix_status status;

	*out = (struct pst_list_entry){.nid = (uint32_t)nid, .data = node ? node->data : 0, .sub = node ? node->sub : 0};
	status = pst_subnodes_open(subnodes, reader, out->sub, err);
	while (!status && found && *rest == '/') {
		const struct pst_list_entry *entry;

		nid = strtoull(rest + 1, &rest, 0);
		entry = nid <= UINT32_MAX ? pst_subnodes_find(subnodes, (uint32_t)nid) : NULL;
		found = entry;
		if (!found)
			break;
		*out = *entry;
		pst_subnodes_deinit(subnodes);
		status = pst_subnodes_open(subnodes, reader, out->sub, err);
	}
	if (status || (found && !*rest))
		return status;
	return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "there is no node %s", path);
}

static pstfix_status dump_found(const struct dump *dump, struct pst_reader *reader, const char *path)
{
	struct pst_subnodes subnodes;
	struct pst_list_entry here;
	pstfix_status status = pst_dump_find(&here, &subnodes, reader, path, dump->err);

	if (!status) {
		pst_show_group(dump, "node", PSTFIX_NOWHERE, 0);
		pst_show_number(dump, "nid", PSTFIX_NOWHERE, 0, here.nid);
		if (!strchr(path, '/'))
			pst_show_number(dump, "nidParent", PSTFIX_NOWHERE, 0, pst_index_node(reader->index, here.nid)->parent);
		pst_show_number(dump, "bidData", PSTFIX_NOWHERE, 0, here.data);
		pst_show_number(dump, "bidSub", PSTFIX_NOWHERE, 0, here.sub);
		status = dump_stream(dump, reader, here.data);
	}
	if (!status && here.sub)
		dump_subnodes(dump, &subnodes);
	pst_subnodes_deinit(&subnodes);
	return status;
}

pstfix_status pst_dump_node(const struct dump *dump, const struct pst_index *index, const char *path)
{
	struct pst_reader reader;
	pstfix_status status = pst_reader_init(&reader, index, dump->err);

	if (status)
		return status;
	pst_reader_limit(&reader);
	status = pst_reader_status(&reader, dump_found(dump, &reader, path), dump->err);
	pst_reader_deinit(&reader);
	return status;
}
