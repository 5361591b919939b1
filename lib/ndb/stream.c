/* Blocks decoded, streams and subnodes: see stream.h. */
#include "ndb/stream.h"

#include <stdlib.h>

/* ---- blocks, decoded ---------------------------------------------------------------- */

pstfix_status pst_reader_init(struct pst_reader *out, const struct pst_index *index, pstfix_error *err)
{
	const size_t n = PST_READER_ROOM / index->format->block_max;

	*out = (struct pst_reader){.index = index, .inflater = pst_inflater_open(), .work_max = UINT64_MAX,
	                           .blocks = calloc(n, sizeof *out->blocks), .sets = n / PST_READER_WAYS,
	                           .room = pst_alloc_large(PST_READER_ROOM)};
	out->last = out->blocks;
	if (!out->room || !out->blocks || !out->inflater) {
		pst_reader_deinit(out);
		return pst_fail_memory(err);
	}
	for (size_t i = 0; i < n; i++)
		out->blocks[i].data = out->room + i * index->format->block_max;
	return PSTFIX_OK;
}

void pst_reader_deinit(struct pst_reader *reader)
{
	free(reader->blocks);
	free(reader->room);
	pst_inflater_free(reader->inflater);
	*reader = (struct pst_reader){0};
}

void pst_reader_forget(struct pst_reader *reader)
{
	for (size_t i = 0; i < reader->sets * PST_READER_WAYS; i++)
		reader->blocks[i].block = NULL;
}

bool pst_reader_spend(struct pst_reader *reader, uint64_t bytes)
{
	if (bytes > reader->work_max - PST_MIN(reader->work, reader->work_max)) {
		reader->spent = true;
		return false;
	}
	reader->work += bytes;
	return true;
}

void pst_reader_limit(struct pst_reader *reader)
{
	reader->work = 0;
	reader->work_max = 8 * PST_MIN(reader->index->io->size, UINT64_MAX / 16) + (UINT64_C(64) << 20);
	reader->spent = false;
}

pstfix_status pst_reader_status(const struct pst_reader *reader, pstfix_status status, pstfix_error *err)
{
	if (status || !reader->spent)
		return status;
	return pst_fail(err, PSTFIX_ERROR_UNSUPPORTED, 0, PSTFIX_NOWHERE,
	                "reading was stopped: its lists name far more than a file of this size can hold");
}

const uint8_t *pst_reader_ask(struct pst_reader *reader, const struct pst_block *block, size_t *size)
{
	const size_t number = (size_t)(block - reader->index->blocks.at);
	struct pst_decoded *set = &reader->blocks[number % reader->sets * PST_READER_WAYS], *slot = set;

	*size = 0;
	if (reader->proven_only && (block->sure != PST_PROVEN || block->flags & PST_BLOCK_BAD_STREAM))
		return NULL;
	for (size_t i = 0; i < PST_READER_WAYS && slot->block != block; i++)
		if (set[i].block == block || set[i].used < slot->used)
			slot = &set[i];
	slot->used = ++reader->uses;
	reader->last = slot;
	if (slot->block != block) {
		slot->block = NULL;
		if (!pst_reader_spend(reader, block->inflated))
			return NULL;
		slot->block = block;
		slot->size = pst_block_read(reader->index, block, reader->inflater, slot->data);
	}
	if (slot->size < 0)
		return NULL;
	*size = (size_t)slot->size;
	return slot->data;
}

const uint8_t *pst_reader_found(struct pst_reader *reader, const struct pst_block *block)
{
	const bool before = reader->proven_only;
	const uint8_t *data;
	size_t size;

	if (block->sure == PST_CLAIMED && !pst_block_cut_off(reader->index, block))
		return NULL;
	reader->proven_only = false;
	data = pst_reader_block(reader, block, &size);
	reader->proven_only = before;
	return data;
}

enum { ENTRY_WORK = 64 }; /* what following an entry of a list takes, as bytes read */

/* The list in a block, of the type wanted and no higher than `level`; false: it is not there or another. */
static bool read_list(struct pst_reader *reader, struct pst_list *list, uint64_t id, uint8_t type, uint8_t level)
{
	const struct pst_block *block = pst_index_block(reader->index, id);
	size_t size;
	const uint8_t *data = block ? pst_reader_block(reader, block, &size) : NULL;

	if (!data)
		return false;
	pst_list_decode(list, reader->index->format, data, size);
	return list->type == type && list->level <= level;
}

/* Like read_list, but then gives the list's entry `i`; false: there is none. The list is asked for anew for
 * each entry, since what lies below may have taken its place in the reader. */
static bool read_entry(struct pst_reader *reader, struct pst_list_entry *out, struct pst_list *list, uint64_t id,
                       uint8_t type, uint8_t level, uint32_t i)
{
	if (!read_list(reader, list, id, type, level) || i >= list->n || !pst_reader_spend(reader, ENTRY_WORK))
		return false;
	*out = pst_list_at(list, reader->index->format, i);
	return true;
}

/* ---- streams ---------------------------------------------------------------------- */

enum { PARTS_MAX = 1 << 21 }; /* of a stream of 4 GiB in full blocks, with room for some that are not */

static void add_part(struct pst_stream *stream, const struct pst_block *block, uint32_t size, bool doubted)
{
	const struct pst_index *index = stream->reader->index;
	const uint64_t max = PST_MIN(index->io->size / index->format->unit, (uint64_t)PARTS_MAX);

	stream->full = stream->size + size > UINT32_MAX || stream->parts.n > max;
	stream->whole = stream->whole && !stream->full && size && block && block->sure == PST_PROVEN &&
	                !(block->flags & PST_BLOCK_BAD_STREAM);
	if (stream->full)
		return;
	pst_add(&stream->parts, ((struct pst_part){stream->size, block, size, doubted}));
	stream->size += size;
}

static void add_hole(struct pst_stream *stream, uint64_t size, bool doubted)
{
	const uint32_t full = pst_block_data(stream->reader->index->format);

	for (; size && !stream->full; size -= PST_MIN(size, (uint64_t)full))
		add_part(stream, NULL, (uint32_t)PST_MIN(size, (uint64_t)full), doubted);
}

/* How much data is missing if entry `i` of a list is: all but the last are full, and how much they have together,
 * from `start` on in the stream, the list says. */
static uint64_t data_of_entry(const struct pst_stream *stream, const struct pst_list *list, uint32_t i, uint64_t start)
{
	const struct pst_format *f = stream->reader->index->format;
	uint64_t full = pst_block_data(f), done = stream->size - start;

	if (list->level > 1)
		full *= (pst_block_data(f) - 8) / f->word;
	return i + 1 < list->n || list->total <= done ? full : PST_MIN(list->total - done, full);
}

static void add_parts(struct pst_stream *stream, uint64_t id, uint8_t level, uint64_t missing, bool doubted)
{
	const struct pst_block *block = id & PST_INTERNAL ? NULL : pst_index_block(stream->reader->index, id);
	const uint64_t start = stream->size;
	struct pst_list list;
	struct pst_list_entry entry;

	if (block) {
		add_part(stream, block, block->inflated, doubted);
	} else if (!(id & PST_INTERNAL) || !level ||
	           !read_list(stream->reader, &list, id, PST_LIST_DATA, level)) {
		stream->cut = stream->cut || id & PST_INTERNAL;
		add_hole(stream, missing, doubted);
	} else {
		stream->cut |= !list.sound;
		doubted |= !list.sound || pst_index_block(stream->reader->index, id)->sure != PST_PROVEN;
		for (uint32_t i = 0; !stream->full && read_entry(stream->reader, &entry, &list, id, PST_LIST_DATA, level, i); i++)
			add_parts(stream, entry.data, (uint8_t)(list.level - 1),
			          data_of_entry(stream, &list, i, start), doubted);
	}
}

pstfix_status pst_stream_open(struct pst_stream *out, struct pst_reader *reader, uint64_t id,
                              pstfix_error *err)
{
	*out = (struct pst_stream){.reader = reader, .whole = true};
	if (id)
		add_parts(out, id, 2, pst_block_data(reader->index->format), false);
	out->cut = out->cut || out->full || reader->spent;
	out->whole = out->whole && !out->cut;
	if (!out->parts.failed)
		return PSTFIX_OK;
	pst_stream_deinit(out);
	return pst_fail_memory(err);
}

void pst_stream_deinit(struct pst_stream *stream)
{
	pst_array_deinit(&stream->parts);
}

static size_t part_at(const struct pst_stream *stream, uint64_t offset)
{
	size_t low = 0, high = stream->parts.n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (stream->parts.at[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint64_t pst_stream_place(const struct pst_stream *stream, size_t part, uint32_t at)
{
	const struct pst_block *block = part < stream->parts.n ? stream->parts.at[part].block : NULL;

	return block && block->size == block->inflated ? block->at + at : PSTFIX_NOWHERE;
}

bool pst_part_lost(const struct pst_part *part, const uint8_t *data, uint32_t at, uint32_t size)
{
	if (part->block->size != part->block->inflated)
		return false;
	for (uint32_t from = 0, n; from < at + size; from += n) {
		n = (uint32_t)pst_in_sector(part->block, from);
		if (from + n > at && pst_all_bytes(data + from, n, 0))
			return true;
	}
	return false;
}

bool pst_stream_torn(const struct pst_stream *stream)
{
	bool torn = false;

	for (size_t i = 0; i < stream->parts.n && !torn; i++) {
		const struct pst_part *part = &stream->parts.at[i];
		const bool doubtful = part->block && part->block->sure != PST_PROVEN;
		const uint8_t *data = doubtful ? pst_reader_found(stream->reader, part->block) : NULL;

		torn = data && (pst_part_lost(part, data, 0, part->size) || pst_block_cut_off(stream->reader->index, part->block));
	}
	return torn;
}

size_t pst_stream_read(struct pst_stream *stream, void *out, size_t size, uint64_t offset)
{
	uint8_t *to = out;
	size_t done = 0;

	size = offset < stream->size ? (size_t)PST_MIN((uint64_t)size, stream->size - offset) : 0;
	for (size_t i = part_at(stream, offset); done < size; i++) {
		const struct pst_part *part = &stream->parts.at[i];
		size_t from = (size_t)(offset + done - part->offset);
		size_t n = PST_MIN(size - done, part->size - from);
		const uint8_t *data = pst_stream_part(stream, i);

		if (data)
			memcpy(to + done, data + from, n);
		else
			memset(to + done, 0, n);
		done += n;
	}
	return done;
}

/* ---- subnodes ----------------------------------------------------------------------- */

enum { SUBNODES_MAX = 1 << 20 };

static int by_nid(const void *a, const void *b)
{
	const struct pst_list_entry *x = a, *y = b;

	if (x->nid != y->nid)
		return PST_ORDER(x->nid, y->nid);
	return x->data != y->data ? PST_ORDER(x->data, y->data) : PST_ORDER(x->sub, y->sub);
}

void pst_subnodes_sort(struct pst_subnodes *subnodes)
{
	if (subnodes->entries.n && !subnodes->entries.failed)
		pst_sort(subnodes->entries.at, subnodes->entries.n, sizeof *subnodes->entries.at, by_nid);
}

static void add_subnodes(struct pst_subnodes *subnodes, struct pst_reader *reader, const struct pst_list *list)
{
	const struct pst_format *f = reader->index->format;
	const uint64_t max = PST_MIN(reader->index->io->size / f->list_head, (uint64_t)SUBNODES_MAX);

	subnodes->whole = subnodes->whole && list->sound;
	if (!pst_reader_spend(reader, (uint64_t)list->n * list->step)) {
		subnodes->whole = false;
		return;
	}
	subnodes->whole = subnodes->whole && subnodes->entries.n + list->n <= max;
	pst_array_expect(&subnodes->entries, list->n);
	for (uint32_t i = 0; i < list->n && subnodes->entries.n < max; i++) {
		struct pst_list_entry entry = pst_list_at(list, f, i);

		if (subnodes->entries.n && subnodes->entries.at[subnodes->entries.n - 1].nid >= entry.nid)
			subnodes->ordered = false;
		pst_add(&subnodes->entries, entry);
	}
}

static void add_lists(struct pst_subnodes *subnodes, struct pst_reader *reader, uint64_t id)
{
	struct pst_list list, below;
	struct pst_list_entry entry;

	if (!read_list(reader, &list, id, PST_LIST_SUB, 1)) {
		subnodes->whole = false;
		return;
	}
	if (!list.level) {
		add_subnodes(subnodes, reader, &list);
		return;
	}
	subnodes->whole = subnodes->whole && list.sound;
	for (uint32_t i = 0; read_entry(reader, &entry, &list, id, PST_LIST_SUB, 1, i); i++)
		if (read_list(reader, &below, entry.data, PST_LIST_SUB, 0))
			add_subnodes(subnodes, reader, &below);
		else
			subnodes->whole = false;
	subnodes->whole = subnodes->whole && !reader->spent;
}

pstfix_status pst_subnodes_open(struct pst_subnodes *out, struct pst_reader *reader, uint64_t id,
                                pstfix_error *err)
{
	*out = (struct pst_subnodes){.whole = true, .ordered = true};
	if (id)
		add_lists(out, reader, id);
	if (out->entries.failed) {
		pst_subnodes_deinit(out);
		return pst_fail_memory(err);
	}
	if (!out->ordered)
		pst_subnodes_sort(out);
	return PSTFIX_OK;
}

void pst_subnodes_deinit(struct pst_subnodes *subnodes)
{
	pst_array_deinit(&subnodes->entries);
}

const struct pst_list_entry *pst_subnodes_find(const struct pst_subnodes *subnodes, uint32_t nid)
{
	size_t i;

	PST_SEARCH(i, subnodes->entries.n, subnodes->entries.at[middle].nid < nid);
	return i < subnodes->entries.n && subnodes->entries.at[i].nid == nid ? &subnodes->entries.at[i] : NULL;
}
