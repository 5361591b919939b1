/* Blocks, and what lists them: [MS-PST] 2.2.2.8.3.
 *
 * A stream of bytes becomes a block, or full blocks and a list of them, or a list of such lists; subnodes become a list, or
 * lists and a list of them. Where blocks go, and which ids they get, is the sink's. Writers are sticky: after the first
 * failure they do nothing, and say so at the end. */
#ifndef PST_BLOCKS_H
#define PST_BLOCKS_H

#include "ndb/index.h"

struct pst_sink {
	const struct pst_format *format;
	/* `data` is what a reader is to get, at most pst_block_data() bytes; `list`: it lists other blocks. */
	pstfix_status (*put)(struct pst_sink *sink, uint64_t *id, const uint8_t *data, uint32_t size, bool list,
	                     pstfix_error *err);
};

/* A block that was put. */
struct pst_part_put {
	uint64_t id;
	uint32_t size;
};

struct pst_stream_writer {
	struct pst_sink *sink;
	uint8_t *block; /* the one being filled */
	uint32_t used;
	PST_ARRAY(struct pst_part_put) parts;
	pstfix_status status;
	pstfix_error *err;
};

void pst_stream_begin(struct pst_stream_writer *out, struct pst_sink *sink, pstfix_error *err);
void pst_stream_add(struct pst_stream_writer *writer, const void *data, size_t size);
/* Fills the block up with zeros; what comes next begins another. */
void pst_stream_fill(struct pst_stream_writer *writer);
/* Hands out the id of the whole, 0 where it is empty, and gives back what the writer has. It is ended in any case. */
pstfix_status pst_stream_end(uint64_t *id, struct pst_stream_writer *writer);

/* The id for blocks as they follow each other. */
pstfix_status pst_put_data_list(uint64_t *id, struct pst_sink *sink, const struct pst_part_put *parts, size_t n,
                                pstfix_error *err);
/* `entries` ascend by nid. */
pstfix_status pst_put_subnodes(uint64_t *id, struct pst_sink *sink, const struct pst_list_entry *entries, size_t n,
                               pstfix_error *err);

#endif
