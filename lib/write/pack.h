/* A store laid out afresh: all that an index has, from the front of a new file on.
 *
 * In the same format blocks are copied as they are stored, and get the signature of their new place; what was wrong with one
 * stays wrong. In another format (write/convert.c) all contents are written anew: property contexts and tables by their
 * values, all else by its bytes. Ids of nodes and subnodes stay, so that entry ids lead where they led. */
#ifndef PST_PACK_H
#define PST_PACK_H

#include "write/edit.h"

/* `header` is that of the store as it is; `out` is empty. Blocks and nodes of the index are all there is: references are
 * counted. */
pstfix_status pst_pack(struct pst_io *out, const struct pst_index *index, const struct pst_header *header,
                       const struct pst_format *format, const pstfix_options *options, pstfix_error *err);

/* convert.c: gives all nodes of an edit, which has those of the index without their contents, contents in its own format. */
pstfix_status pst_convert(struct pst_edit *to, const struct pst_index *index, const pstfix_options *options, pstfix_error *err);

#endif
