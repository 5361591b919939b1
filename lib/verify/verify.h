/* The result, read back. */
#ifndef PST_VERIFY_H
#define PST_VERIFY_H

#include "check/report.h"

/* Opens the result: the file at `path`, or if that is NULL what is planned in the place of the source. */
pstfix_status pst_verify_open(pstfix_file **out, const char *path, const pstfix_report *report, const pstfix_options *options,
                              pstfix_error *err);

/* Checks the result, which should be what `report` was to become: nothing to put right, every
 * node of the report, and whole where it was whole.  `content`: contents were made anew, so
 * that none that are wrong are left. */
pstfix_status pst_verify(const char *path, const pstfix_report *report, bool content, pstfix_error *err);

#endif
