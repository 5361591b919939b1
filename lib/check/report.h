/* A report: findings, each a row of the problem table with its place. */
#ifndef PST_REPORT_H
#define PST_REPORT_H

#include "file.h"
#include "store/store.h"

enum { PST_KEEP_FINDINGS = 10000, PST_PROBLEMS_MAX = 256, PST_FIXES = PSTFIX_FIX_PLACE + 1 };

/* How many findings of a node were left out. */
struct pst_left_out {
	uint32_t nid;
	uint64_t lossless, loss;
};

struct pstfix_report {
	unsigned users; /* itself and the plans made from it */
	struct pstfix_file *file;
	PST_ARRAY(pstfix_finding) findings;
	PST_ARRAY(char *) places; /* of these */
	PST_ARRAY(struct pst_left_out) left_out;
	PST_ARRAY(pstfix_folder_damage) folders;
	PST_ARRAY(pstfix_tally) tallies;
	uint64_t totals[PST_PROBLEMS_MAX]; /* by row of the table */
	uint64_t fixes[PST_FIXES];         /* of problems, notes aside */
	PST_ARRAY(struct pst_where) wrong; /* for PSTFIX_FIX_CONTENT; in the end by nid */
	PST_ARRAY(uint32_t) marked;        /* messages with whole blocks that lack something: they say so, or a repair will; in the end in order */
	PST_ARRAY(uint32_t) without;       /* messages that the options say are to be left out, in order */
	struct pst_survey survey;
	struct pst_teller teller;
	uint64_t work; /* above the node database */
	pstfix_statistics statistics;
	struct pst_io *planned; /* what a repair in place would make of the file, while that is looked at; else NULL */
};

/* Nodes that every store has. */
enum { PST_REQUIRED_NODES = 15 };
extern const uint32_t pst_required_nodes[PST_REQUIRED_NODES];

size_t pst_problem_row(pstfix_problem problem);

/* Whether a message is to be left out; whether it lacks something, though its blocks are whole. */
bool pst_report_is_without(const struct pstfix_report *report, uint32_t nid);
bool pst_report_is_marked(const struct pstfix_report *report, uint32_t nid);

enum { PST_PATH_MAX = 2048 }; /* that of a subnode as deep as checks go */
/* A subnode of what is at `where`, which must stay where it is. */
static inline struct pst_where pst_below(const struct pst_where *where, uint32_t sub)
{
	return (struct pst_where){.nid = where->nid, .sub = sub, .above = where};
}
/* As in 0x200024/0x8025; NULL: it is the node itself. */
const char *pst_where_path(char out[PST_PATH_MAX], struct pst_where where);

/* Adds a finding with what its row says; of one problem only PST_KEEP_FINDINGS are kept. */
void pst_report_add(void *report, const pstfix_finding *fact);
/* Sorts the findings and ties consequences to their causes. */
pstfix_status pst_report_finish(struct pstfix_report *report, pstfix_error *err);

/* Counts what was found in each folder, and what has become of messages. */
pstfix_status pst_report_sum_up(struct pstfix_report *report, pstfix_error *err);

/* Counts all, and lets go of what only a check needs. */
void pst_report_close(struct pstfix_report *report);

/* check_*.c: compare what the file says with what it should say. */
void pst_check_header(struct pstfix_report *report);
pstfix_status pst_check_maps(struct pstfix_report *report, pstfix_error *err);
pstfix_status pst_check_blocks(struct pstfix_report *report, pstfix_error *err);
/* Which blocks keep which nodes from being whole. */
pstfix_status pst_check_damage(struct pstfix_report *report, pstfix_error *err);
/* Everything above the node database; corrects what should be dwUnique. */
pstfix_status pst_check_content(struct pstfix_report *report, pstfix_error *err);

#endif
