/* The contents of nodes: data trees as streams, subnode trees as lists. [MS-PST] 2.2.2.8.3.
 *
 * Readers are total: what is missing or does not inflate is a hole, read as zeros and marked. Data
 * trees have two levels at most, less than 4 GiB and no more blocks than the file has room for, subnode
 * trees two levels and no more entries than that; what claims more is cut there, so that no cycle and no forged count can hold a reader up. */
#ifndef PST_STREAM_H
#define PST_STREAM_H

#include "ndb/index.h"

/* One data block of a stream. */
struct pst_part {
	uint64_t offset; /* in the stream */
	const struct pst_block *block; /* NULL: a hole */
	uint32_t size;
};

struct pst_stream {
	const struct pst_index *index;
	struct pst_inflater *inflater;
	uint8_t *data; /* of part `loaded` */
	size_t loaded;
	PST_ARRAY(struct pst_part) parts;
	uint64_t size;
	bool whole; /* all is there, and proven */
	bool full;  /* no more fits */
};

/* `id` is that of a data block or of a list of them; 0: an empty stream. */
pstfix_status pst_stream_open(struct pst_stream *out, const struct pst_index *index, uint64_t id,
                              pstfix_error *err);
void pst_stream_deinit(struct pst_stream *stream);

/* Reads up to `size` bytes at `offset`; returns how many there are. */
size_t pst_stream_read(struct pst_stream *stream, void *out, size_t size, uint64_t offset);

struct pst_subnodes {
	PST_ARRAY(struct pst_list_entry) entries; /* by nid, as far as the file keeps that order */
	bool whole;
};

/* `id` is that of a list of subnodes, or of a list of such lists; 0: there are none. */
pstfix_status pst_subnodes_open(struct pst_subnodes *out, const struct pst_index *index, uint64_t id,
                                pstfix_error *err);
void pst_subnodes_deinit(struct pst_subnodes *subnodes);

#endif
