/* The contents of nodes: data trees as streams, subnode trees as lists. [MS-PST] 2.2.2.8.3.
 *
 * Readers are total: what is missing or does not inflate is a hole, read as zeros and marked. Data
 * trees have two levels at most, less than 4 GiB and no more blocks than the file has room for, subnode
 * trees two levels and no more entries than that; what claims more is cut there, so that no cycle and no forged count can hold a reader up. */
#ifndef PST_STREAM_H
#define PST_STREAM_H

#include "ndb/index.h"

/* ---- blocks, decoded ---------------------------------------------------------------- */

enum { PST_READER_WAYS = 8, PST_READER_ROOM = PST_READER_WAYS * PST_BLOCK_MAX };

struct pst_decoded {
	const struct pst_block *block; /* NULL: none yet */
	int64_t size;                  /* -1: it cannot be read */
	uint64_t used;                 /* when last */
	uint8_t *data;
};

/* Decodes blocks and keeps the last ones, as many as PST_READER_ROOM has room for: a block in one of PST_READER_WAYS
 * places, which depend on its number in the index. Made once and lent to everything that reads nodes; for one
 * thread at a time. Forged lists can name the same blocks over and over: where `work` has reached
 * `work_max`, blocks are no longer read, and `spent` says so. */
struct pst_reader {
	const struct pst_index *index;
	struct pst_inflater *inflater;
	struct pst_decoded *blocks, *last; /* the one that was asked for last */
	size_t sets; /* of PST_READER_WAYS blocks */
	uint8_t *room;
	uint64_t uses; /* goes up when another block than the last is asked for: until then, what was handed out is valid */
	uint64_t work, work_max; /* bytes decoded and records gone through */
	bool spent;
	bool proven_only; /* blocks that do not prove themselves are holes */
};

/* Without a limit of work: set work_max to give it one. */
pstfix_status pst_reader_init(struct pst_reader *out, const struct pst_index *index, pstfix_error *err);
void pst_reader_deinit(struct pst_reader *reader);
/* Where blocks were added to the index: forgets those that were read. */
void pst_reader_forget(struct pst_reader *reader);

/* For pst_reader_block(): a block that is not the last one. */
const uint8_t *pst_reader_ask(struct pst_reader *reader, const struct pst_block *block, size_t *size);
/* The data of a block, or NULL: it cannot be read. Valid until the reader reads another block: what must
 * last longer is copied. */
static inline const uint8_t *pst_reader_block(struct pst_reader *reader, const struct pst_block *block, size_t *size)
{
	const struct pst_decoded *last = reader->last;

	if (last->block != block || last->size < 0 || reader->proven_only)
		return pst_reader_ask(reader, block, size);
	*size = (size_t)last->size;
	return last->data;
}

/* Whether so much more work may be done. */
bool pst_reader_spend(struct pst_reader *reader, uint64_t bytes);
/* A limit that serves reading everything in a file several times, but not what its lists name a million times. */
void pst_reader_limit(struct pst_reader *reader);
/* PSTFIX_ERROR_UNSUPPORTED where the limit was reached, so that what is not there is not told as if it were the file's;
 * else `status`. */
pstfix_status pst_reader_status(const struct pst_reader *reader, pstfix_status status, pstfix_error *err);

/* Of a block that does not prove itself, too, but not where something else may have been written over it. */
const uint8_t *pst_reader_found(struct pst_reader *reader, const struct pst_block *block);

/* ---- streams ------------------------------------------------------------------------ */

/* One data block of a stream. */
struct pst_part {
	uint64_t offset; /* in the stream */
	const struct pst_block *block; /* NULL: a hole */
	uint32_t size;
	bool doubted; /* named by a list that does not prove itself */
};

struct pst_stream {
	struct pst_reader *reader;
	PST_ARRAY(struct pst_part) parts;
	uint64_t size;
	bool whole; /* all is there, and proven */
	bool full;  /* no more fits */
	bool cut;   /* there may be more parts, or others: a list of them is missing */
	bool as_found; /* what does not prove itself is read, even if the reader takes it for a hole; but what is written over is not */
};

/* `id` is that of a data block or of a list of them; 0: an empty stream. */
pstfix_status pst_stream_open(struct pst_stream *out, struct pst_reader *reader, uint64_t id,
                              pstfix_error *err);
void pst_stream_deinit(struct pst_stream *stream);

/* Reads up to `size` bytes at `offset`; returns how many there are. */
size_t pst_stream_read(struct pst_stream *stream, void *out, size_t size, uint64_t offset);
/* The data of one part, or NULL: a hole. Valid like that of pst_reader_block(). */
static inline const uint8_t *pst_stream_part(const struct pst_stream *stream, size_t i)
{
	const struct pst_block *block = stream->parts.at[i].block;
	size_t size;

	return !block ? NULL : stream->as_found ? pst_reader_found(stream->reader, block) : pst_reader_block(stream->reader, block, &size);
}

/* Of a part with that data, whether any of these bytes was in a sector that is lost, as far as zeros tell: those of a packed one do not. */
bool pst_part_lost(const struct pst_part *part, const uint8_t *data, uint32_t at, uint32_t size);
/* Whether any part that does not prove itself, but can be read, has lost a sector, be it that of its trailer. */
bool pst_stream_torn(const struct pst_stream *stream);

/* Where a byte of a part is in the file; PSTFIX_NOWHERE: in a hole, or packed. */
uint64_t pst_stream_place(const struct pst_stream *stream, size_t part, uint32_t at);

/* ---- subnodes ----------------------------------------------------------------------- */

struct pst_subnodes {
	PST_ARRAY(struct pst_list_entry) entries; /* by nid */
	bool whole;
	bool ordered; /* as the file has them: nids ascend */
};

/* `id` is that of a list of subnodes, or of a list of such lists; 0: there are none. */
pstfix_status pst_subnodes_open(struct pst_subnodes *out, struct pst_reader *reader, uint64_t id,
                                pstfix_error *err);
void pst_subnodes_deinit(struct pst_subnodes *subnodes);
/* By nid again, after entries were added. */
void pst_subnodes_sort(struct pst_subnodes *subnodes);

/* NULL: there is none. */
const struct pst_list_entry *pst_subnodes_find(const struct pst_subnodes *subnodes, uint32_t nid);

#endif
