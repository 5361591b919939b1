/* Content that is not where it was: bytes were put in or are missing, in front or in the middle, or a store lies in an image.
 *
 * No checksum depends on a place. So pages are looked for at every byte, and what names places tells where they were:
 * maps have theirs for an id, index pages that of their children and of blocks, the header that of the roots. */
#ifndef PST_SHIFT_H
#define PST_SHIFT_H

#include "scan/scan.h"

struct pst_shift {
	PST_ARRAY(struct pst_piece) pieces; /* all of the file, by where it was; none: all is where it was */
	size_t things, known;               /* pages and blocks that are elsewhere; all that are found */
	uint64_t work;                      /* bytes checksummed */
};

pstfix_status pst_shift_find(struct pst_shift *out, struct pst_io *io, const struct pst_format *format,
                             const struct pst_scan_options *options, pstfix_error *err);
void pst_shift_deinit(struct pst_shift *shift);

#endif
