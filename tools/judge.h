#ifndef JUDGE_H
#define JUDGE_H

#include "output.h"

struct judge {
	const char *source;
	const pstfix_report *report;
	double patience; /* in seconds */
	bool require;    /* reject what cannot be judged */
	struct progress *progress;
	struct opinion {
		pstfix_verdict verdict;
		char why[192];
	} opinion;
};

/* The `accept` of pstfix_apply_options, its user a struct judge. */
bool judge_accept(void *judge, const char *path);

const char *verdict_name(pstfix_verdict verdict);

#endif
