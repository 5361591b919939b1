/* The name map, made anew: [MS-PST] 2.4.7. What lib/store reads.
 *
 * Names are three streams, and hash buckets that follow from these: a map whose buckets are wrong is written from its
 * own streams, one that lacks a name from longer ones. */
#ifndef PST_WRITE_NAMES_H
#define PST_WRITE_NAMES_H

#include "store/store.h"
#include "write/context.h"

/* The streams, in the order of enum pst_name_stream, by data and size. An entry whose text is not there is in no bucket. None
 * should be empty: libpff does not open a store whose map lacks a stream or has no entries. */
pstfix_status pst_write_names(struct pst_sink *sink, const struct pst_given streams[3], uint64_t *data, uint64_t *sub,
                              pstfix_error *err);

/* The map of a store that has no other names than those that all have. */
pstfix_status pst_write_first_names(struct pst_sink *sink, uint64_t *data, uint64_t *sub, pstfix_error *err);

#endif
