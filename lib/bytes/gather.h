/* Writes in a row become one, and where small reads go on side by side a larger piece is read at once.
 *
 * Whoever writes or reads block by block spends more on calls than on bytes. */
#ifndef PST_GATHER_H
#define PST_GATHER_H

#include "bytes/io.h"

/* Stands for `below`, which nobody else may write meanwhile. For one thread. Closing it neither flushes nor closes `below`. */
pstfix_status pst_gather_open(struct pst_io **out, struct pst_io *below, pstfix_error *err);
/* All that was written is in `below` then. An error tells where it could not be written, and stays: readers, which go on without
 * what they cannot read, do not see it. */
pstfix_status pst_gather_flush(struct pst_io *io, pstfix_error *err);

#endif
