/* A node database that is being changed. Blocks stay where they are; new ones go where nothing is, and nodes are given
 * them. What is left without use is dropped in the end.
 *
 * The index that it starts from is only read, so that contents can be read through that one while new ones are
 * written through this. */
#ifndef PST_EDIT_H
#define PST_EDIT_H

#include "ndb/stream.h"
#include "write/blocks.h"
#include "write/room.h"

struct pst_edit {
	struct pst_sink sink;     /* puts blocks into the file */
	struct pst_index index;   /* as it is now; references are counted in the end */
	PST_ARRAY(struct pst_node) added; /* by nid: not in the index yet */
	struct pst_header header; /* its counters go on */
	struct pst_room room;
	uint8_t *bytes;           /* of the block in hand */
};

/* `io` has all blocks of the index at their places, and takes the new ones; `header` is the one to be written. */
pstfix_status pst_edit_init(struct pst_edit *out, const struct pst_index *index, struct pst_io *io,
                            const struct pst_header *header, pstfix_error *err);
void pst_edit_deinit(struct pst_edit *edit);

/* Gives a node these contents and this parent; adds it if it is not there. */
pstfix_status pst_edit_node(struct pst_edit *edit, uint32_t nid, uint32_t parent, uint64_t data, uint64_t sub,
                            pstfix_error *err);
/* Takes nodes out of the index, those of `n` ids in order that are there. */
void pst_edit_remove(struct pst_edit *edit, const uint32_t *nids, size_t n);
/* A node of the index, or one that was added; NULL: there is none. Valid until a node is added. */
const struct pst_node *pst_edit_find(const struct pst_edit *edit, uint32_t nid);
/* Takes those that were added into the index. */
pstfix_status pst_edit_settle(struct pst_edit *edit, pstfix_error *err);
/* The next free id of a node of a type; no node of another type has its number. Where the counter is at its end, the first free one. */
uint32_t pst_edit_new_nid(struct pst_edit *edit, uint32_t type);
/* The next version of a row. Where the counter is at its end, the last one again. */
uint32_t pst_edit_new_version(struct pst_edit *edit);

/* Counts references and drops blocks that have lost their last one: index and header are ready to be written. */
pstfix_status pst_edit_finish(struct pst_edit *edit, pstfix_error *err);

#endif
