/* A report: findings, each a row of the problem table with its place. */
#ifndef PST_REPORT_H
#define PST_REPORT_H

#include "ndb/survey.h"

/* A file in use: what pstfix_open() made. */
struct pstfix_file {
	unsigned users; /* itself and the reports made from it */
	struct pst_io *io;
	pstfix_options options;
	struct pst_header header;
	const struct pst_format *format;
	bool from_content;
	uint64_t work; /* that it took to tell */
};

struct pst_scan_options pst_file_scan_options(const struct pstfix_file *file);

enum { PST_KEEP_FINDINGS = 10000, PST_PROBLEMS_MAX = 128 };

struct pstfix_report {
	unsigned users; /* itself and the plans made from it */
	struct pstfix_file *file;
	PST_ARRAY(pstfix_finding) findings;
	uint64_t totals[PST_PROBLEMS_MAX]; /* by row of the table */
	struct pst_survey survey;
	struct pst_teller teller;
};

size_t pst_problem_row(pstfix_problem problem);

/* Adds a finding with what its row says; of one problem only PST_KEEP_FINDINGS are kept. */
void pst_report_add(void *report, const pstfix_finding *fact);
/* Sorts the findings and ties consequences to their causes. */
pstfix_status pst_report_finish(struct pstfix_report *report, pstfix_error *err);

/* check_*.c: compare what the file says with what it should say. */
void pst_check_header(struct pstfix_report *report);
pstfix_status pst_check_maps(struct pstfix_report *report, pstfix_error *err);
pstfix_status pst_check_blocks(struct pstfix_report *report, pstfix_error *err);

#endif
