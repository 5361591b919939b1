/* Writing what follows from the index: trees, maps, header. [MS-PST] 2.6.
 *
 * Blocks are where they are. New trees are shaped first, then their pages get places that neither
 * the derived nor the stored maps show in use, in sections added at the end if need be, and are
 * written from the leaves up. Maps come next, the header last. */
#ifndef PST_WRITE_H
#define PST_WRITE_H

#include "ndb/survey.h"

struct pst_writing {
	bool nbt, bbt; /* write the tree anew, else keep the pages that the index knows */
	bool maps;     /* write all maps anew */
};

/* `header` is what to write, but for what follows from the rest: roots, free space, end and, where
 * pages are written, their ids. */
pstfix_status pst_write_store(struct pst_io *out, const struct pst_index *index,
                              const struct pst_header *header, struct pst_writing what,
                              pstfix_error *err);

#endif
