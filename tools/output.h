/* Everything the tool prints: findings, steps and numbers, for people and for
 * programs, and the progress bar. Results go to standard output, the bar to
 * standard error and only to a terminal. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "json.h"
#include "tool.h"

#include <stdio.h>

/* ---- Words -------------------------------------------------------------- */

const char *severity_name(pstfix_severity severity);
const char *fix_name(pstfix_fix fix);

/* "265.0 KiB" */
struct human {
	char text[32];
};
struct human human_size(uint64_t bytes);

/* "1 problem", "2 problems" */
void print_count(uint64_t count, const char *one, const char *many);
/* As a shell would take it. */
void print_word(const char *word);
/* What a terminal must not see as control characters becomes '?'. */
void print_clean(const char *text);
void write_clean(FILE *to, const char *text);
/* Of the file that a line is about; and a colon. */
void print_path(const char *path);
void print_severity(pstfix_severity severity, int width);

/* ---- Reports ------------------------------------------------------------ */

/* As a tree, consequences under the finding they follow from; ten of each problem
 * unless `all`. */
void print_findings(pstfix_report *report, bool all);
/* What was found in each folder. */
void print_folders(pstfix_report *report, bool all);
/* The losses, and what has no repair. */
void print_losses(pstfix_report *report, bool all);
/* Under a heading, nodes that a result does not have, and that are no loss; nothing where there are none. */
void print_dropped(pstfix_report *report, bool all);
void json_findings(const char *file, pstfix_report *report);
/* "3 lossless, 1 loss, 2 notes" */
void print_totals(const pstfix_report *report);
void json_totals(struct json *json, const pstfix_report *report);

uint64_t problems_of(const pstfix_report *report);

/* ---- Progress ----------------------------------------------------------- */

struct progress {
	bool wanted, shown;
	char stage[24];
	double began, drawn; /* in seconds */
};

double seconds_now(void);
struct progress progress_begin(const struct request *request);
/* A pstfix_progress whose user is a struct progress. False once interrupted. */
bool progress_tick(void *progress, const char *stage, uint64_t done, uint64_t total);
void progress_end(struct progress *progress);

#endif
