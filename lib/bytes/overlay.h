/* What a file would be: keeps what is written, and shows it over the file, which is only read. */
#ifndef PST_OVERLAY_H
#define PST_OVERLAY_H

#include "bytes/io.h"

/* What is written goes to a file without a name in the folder of `path`, which takes no more room than that. Closing the overlay
 * does not close `below`. */
pstfix_status pst_overlay_open(struct pst_io **out, struct pst_io *below, const char *path, pstfix_error *err);
/* Nothing was written. */
void pst_overlay_forget(struct pst_io *overlay);

/* Bytes that are others than below, or are not there; no more than PST_OVERLAY_RUN. */
struct pst_run {
	uint64_t at;
	size_t size;
};

enum { PST_OVERLAY_RUN = 1 << 16 };

/* The first from `at` on; its size is 0 where there are none. */
pstfix_status pst_overlay_next(struct pst_run *out, struct pst_io *overlay, uint64_t at, pstfix_error *err);

#endif
