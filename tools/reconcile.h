/* What has become of the items of a file, and which of its bytes they are. */
#ifndef RECONCILE_H
#define RECONCILE_H

#include <pstfix/store.h>

#include <stdio.h>

/* Of all messages, and of folders where not all are whole: ten unless `all`. */
void print_tallies(pstfix_report *report, bool all);
/* Of the store, and of each folder with messages. */
void json_tallies(const char *file, pstfix_report *report);

/* NULL: see `err`. An existing file is replaced with `force` only. */
FILE *provenance_open(const char *path, bool force, pstfix_error *err);
/* One JSON object a line for each folder and message: where in the file its blocks lie. */
pstfix_status provenance_write(FILE *file, pstfix_report *report, pstfix_error *err);

#endif
