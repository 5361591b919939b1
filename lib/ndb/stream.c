/* Streams and subnodes: see stream.h. */
#include "ndb/stream.h"

#include <stdlib.h>

struct reader {
	const struct pst_index *index;
	struct pst_inflater *inflater;
	uint8_t *data;
};

static bool reader_init(struct reader *reader, const struct pst_index *index)
{
	*reader = (struct reader){index, pst_inflater_open(), malloc(PST_BLOCK_MAX)};
	return reader->inflater && reader->data;
}

static void reader_deinit(struct reader *reader)
{
	pst_inflater_free(reader->inflater);
	free(reader->data);
}

/* The list in a block, of the type wanted and no higher than `level`; false: it is not there or another. */
static bool read_list(struct reader *reader, struct pst_list *list, uint64_t id, uint8_t type, uint8_t level)
{
	const struct pst_block *block = pst_index_block(reader->index, id);
	int64_t size = block ? pst_block_read(reader->index, block, reader->inflater, reader->data) : -1;

	if (size < 0)
		return false;
	pst_list_decode(list, reader->index->format, reader->data, (size_t)size);
	return list->type == type && list->level <= level;
}

/* ---- streams ---------------------------------------------------------------------- */

/* How long a hole is, nobody knows: blocks before the last are full. */
static void add_part(struct pst_stream *stream, uint64_t id)
{
	const struct pst_block *block = id & PST_INTERNAL ? NULL : pst_index_block(stream->index, id);
	struct pst_part part = {.offset = stream->size, .block = block,
	                        .size = block ? block->inflated : pst_block_data(stream->index->format)};

	if (stream->size + part.size > UINT32_MAX || !part.size ||
	    stream->parts.n > stream->index->io->size / stream->index->format->unit) {
		stream->whole = false;
		stream->full = part.size;
		return;
	}
	stream->whole = stream->whole && block && block->sure == PST_PROVEN &&
	                !(block->flags & PST_BLOCK_BAD_STREAM);
	stream->size += part.size;
	pst_add(&stream->parts, part);
}

static void add_parts(struct pst_stream *stream, uint64_t id, uint8_t level)
{
	struct reader reader;
	struct pst_list list;

	if (!(id & PST_INTERNAL)) {
		add_part(stream, id);
	} else if (!reader_init(&reader, stream->index)) {
		stream->parts.failed = true;
		reader_deinit(&reader);
	} else {
		if (level && read_list(&reader, &list, id, PST_LIST_DATA, level))
			for (uint32_t i = 0; i < list.n && !stream->full; i++)
				add_parts(stream, pst_list_at(&list, stream->index->format, i).data,
				          (uint8_t)(list.level - 1));
		else
			add_part(stream, id);
		reader_deinit(&reader);
	}
}

pstfix_status pst_stream_open(struct pst_stream *out, const struct pst_index *index, uint64_t id,
                              pstfix_error *err)
{
	*out = (struct pst_stream){.index = index, .inflater = pst_inflater_open(),
	                           .data = malloc(PST_BLOCK_MAX), .loaded = SIZE_MAX, .whole = true};
	if (id)
		add_parts(out, id, 2);
	if (out->inflater && out->data && !out->parts.failed)
		return PSTFIX_OK;
	pst_stream_deinit(out);
	return pst_fail_memory(err);
}

void pst_stream_deinit(struct pst_stream *stream)
{
	pst_array_deinit(&stream->parts);
	pst_inflater_free(stream->inflater);
	free(stream->data);
	stream->data = NULL;
	stream->inflater = NULL;
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

static void load_part(struct pst_stream *stream, size_t i)
{
	const struct pst_part *part = &stream->parts.at[i];

	if (stream->loaded == i)
		return;
	stream->loaded = i;
	if (!part->block || pst_block_read(stream->index, part->block, stream->inflater, stream->data) < 0)
		memset(stream->data, 0, part->size);
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

		load_part(stream, i);
		memcpy(to + done, stream->data + from, n);
		done += n;
	}
	return done;
}

/* ---- subnodes ----------------------------------------------------------------------- */

static void add_subnodes(struct pst_subnodes *subnodes, struct reader *reader, const struct pst_list *list)
{
	const uint64_t max = reader->index->io->size / reader->index->format->list_head;

	for (uint32_t i = 0; i < list->n && subnodes->entries.n < max; i++)
		pst_add(&subnodes->entries, pst_list_at(list, reader->index->format, i));
	subnodes->whole = subnodes->whole && list->sound;
}

pstfix_status pst_subnodes_open(struct pst_subnodes *out, const struct pst_index *index, uint64_t id,
                                pstfix_error *err)
{
	struct reader upper, lower;
	struct pst_list list, below;
	bool ready = reader_init(&upper, index);

	*out = (struct pst_subnodes){.whole = true};
	ready = reader_init(&lower, index) && ready;
	if (ready && id && !read_list(&upper, &list, id, PST_LIST_SUB, 1))
		out->whole = false;
	else if (ready && id && !list.level)
		add_subnodes(out, &upper, &list);
	else if (ready && id)
		for (uint32_t i = 0; i < list.n; i++) {
			uint64_t child = pst_list_at(&list, index->format, i).data;

			if (read_list(&lower, &below, child, PST_LIST_SUB, 0))
				add_subnodes(out, &lower, &below);
			else
				out->whole = false;
		}
	reader_deinit(&upper);
	reader_deinit(&lower);
	if (ready && !out->entries.failed)
		return PSTFIX_OK;
	pst_subnodes_deinit(out);
	return pst_fail_memory(err);
}

void pst_subnodes_deinit(struct pst_subnodes *subnodes)
{
	pst_array_deinit(&subnodes->entries);
}
