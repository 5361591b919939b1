/* Making a file what an overlay shows, so that it is as it was, or can be made so again, wherever that is stopped. */
#ifndef PST_IN_PLACE_H
#define PST_IN_PLACE_H

#include "disk/header.h"
#include "repair/journal.h"

/* What was free, and what is added at the end, comes first; then the maps, which are called invalid meanwhile; the header
 * last, in one write. Until that, all that was there can be read as before. `before` is the header that the file has. When it is
 * cancelled, the file is given back. */
pstfix_status pst_change_in_place(struct pst_io *file, struct pst_io *planned, const struct pst_format *format, const struct pst_header *before,
                                  const char *journal, const pstfix_options *options, pstfix_error *err);

/* Copies the file to `path`, where nothing may be, and reads both once more, before the copy takes that name. */
pstfix_status pst_back_up(struct pst_io *file, const char *path, const pstfix_options *options, pstfix_error *err);

#endif
