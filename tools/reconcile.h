/* What has become of the items of a file, and which of its bytes they are. */
#ifndef RECONCILE_H
#define RECONCILE_H

#include <pstfix/store.h>

#include <stdio.h>

/* Of all messages, and of folders where not all are whole: ten unless `all`. */
void print_tallies(pstfix_report *report, bool all);
/* Of the store, and of each folder with messages. */
void json_tallies(const char *file, pstfix_report *report);

/* One JSON object a line for each folder and message: where in the file its blocks lie. In a file beside `path`, which takes that
 * name when all else is done; returns what it is called until then, to be given to one of those below. NULL: see `err`. */
char *provenance_write(const char *path, pstfix_report *report, pstfix_error *err);
/* An existing file is replaced with `force` only. */
pstfix_status provenance_take(char *name, const char *path, bool force, pstfix_error *err);
void provenance_drop(char *name);

#endif
