/* Blocks made anew, and the lists that make nodes of them: [MS-PST] 2.2.2.8.3.
 *
 * What a node holds is cut into blocks here; where these go is the business of a sink, which places a block,
 * encodes it if it is one of data, and seals it. So the same writers serve a repair in place, a new file and a
 * test.
 *
 * Blocks are put as soon as they are full. What stays in memory is one block and the ids of those put before: 8 bytes for
 * each. */
#ifndef PST_BLOCKS_H
#define PST_BLOCKS_H

#include "ndb/index.h"

/* Where finished blocks go. `put` takes the contents of one, 1 to pst_block_data() bytes that are not kept, and gives it
 * its id, with PST_INTERNAL set where it lists others. */
struct pst_sink {
	const struct pst_format *format;
	uint32_t last_value; /* rgnid of NIDs for values, the last one given: counts on */
	pstfix_status (*put)(struct pst_sink *sink, uint64_t *bid, const void *data, size_t size, bool internal,
	                     pstfix_error *err);
	bool damaged; /* what comes does not prove itself: a block of data that has any of it gets a wrong checksum */
};

/* ---- data trees ---------------------------------------------------------------------- */

/* Blocks are listed in their order, but may be put in any. All but the last are full: the rest is zeros. */
struct pst_data_writer {
	struct pst_sink *sink;
	PST_ARRAY(uint64_t) ids;
	uint32_t last;  /* bytes in the last of them */
	uint8_t *block; /* that is being filled; NULL: nothing was appended yet */
	uint32_t size;
	bool damaged;   /* the sink was told so of something in it */
};

void pst_data_writer_init(struct pst_data_writer *out, struct pst_sink *sink);
void pst_data_writer_deinit(struct pst_data_writer *writer);

/* Appends bytes, across the ends of blocks. */
pstfix_status pst_data_writer_append(struct pst_data_writer *writer, const void *data, size_t size, pstfix_error *err);
/* Appends bytes, a block full at most, that stay together: what is left of a block too small for them stays empty, as in
 * the matrix of a table. */
pstfix_status pst_data_writer_record(struct pst_data_writer *writer, const void *data, size_t size, pstfix_error *err);

/* For those who fill blocks themselves and append nothing: gives the next one its place, to be put whenever it
 * is done. Of the last one, `size` bytes are put; of others, all that fit. */
pstfix_status pst_data_writer_reserve(struct pst_data_writer *writer, size_t *place, pstfix_error *err);
pstfix_status pst_data_writer_put(struct pst_data_writer *writer, size_t place, const void *data, size_t size,
                                  pstfix_error *err);

/* The same for a block that is there already, of `size` bytes. */
pstfix_status pst_data_writer_keep(struct pst_data_writer *writer, uint64_t id, uint32_t size, pstfix_error *err);

/* The id of the whole: of a block, of a list, or of a list of lists; 0 where there is nothing. */
pstfix_status pst_data_writer_end(struct pst_data_writer *writer, uint64_t *root, pstfix_error *err);

/* The bytes that a stream may have: its size is told in 32 bits. */
bool pst_data_fits(const struct pst_format *f, uint64_t blocks);

/* ---- subnodes ------------------------------------------------------------------------ */

struct pst_subnode_writer {
	struct pst_sink *sink;
	uint8_t *list; /* that is being filled; NULL: nothing was added yet */
	uint32_t n;    /* in it */
	PST_ARRAY(struct pst_list_entry) lists; /* nid: the first in it */
};

void pst_subnode_writer_init(struct pst_subnode_writer *out, struct pst_sink *sink);
void pst_subnode_writer_deinit(struct pst_subnode_writer *writer);

/* Nids ascend. */
pstfix_status pst_subnode_writer_add(struct pst_subnode_writer *writer, const struct pst_list_entry *entry,
                                     pstfix_error *err);
pstfix_status pst_subnode_writer_end(struct pst_subnode_writer *writer, uint64_t *root, pstfix_error *err);

#endif
