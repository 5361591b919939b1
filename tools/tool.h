/* What the commands share: what was asked for, what the exit status means, and the
 * way to say that something failed. */
#ifndef TOOL_H
#define TOOL_H

#include <pstfix/pstfix.h>

#include <signal.h>

/* The exit status is a sum of these, as in fsck. */
enum {
	STATUS_SOUND = 0,
	STATUS_CORRECTED = 1,
	STATUS_LEFT = 4,
	STATUS_FAILED = 8,
	STATUS_USAGE = 16,
	STATUS_CANCELLED = 32
};

struct request {
	char **operands;
	int count;
	bool all, allow_loss, compact, deleted, dry_run, from_image, force, in_place, json, quiet, recover, require_verify, strict, verbose;
	unsigned threads;
	pstfix_level level;
	const char *out, *provenance, *undo_file, *backup;
	const char *map, *map_text;
	const char *format; /* NULL: that of the file */
	const char *folder; /* NULL: all */
};

/* Set by SIGINT, SIGTERM and SIGHUP. */
extern volatile sig_atomic_t interrupted;

int cmd_info(const struct request *request);
int cmd_check(const struct request *request);
int cmd_repair(const struct request *request);
int cmd_recover(const struct request *request);
int cmd_undo(const struct request *request);
int cmd_explain(const struct request *request);
int cmd_list(const struct request *request);
int cmd_dump(const struct request *request);

/* Says why a call on `path` failed; returns the exit status for it. */
int complain(const struct request *request, const char *path, const pstfix_error *err);

/* Whether there is an undo journal of a file, on standard error. */
void tell_journal(const struct request *request, const char *path);

/* A line about a file on standard error. */
void warn(const char *path, const char *what, const char *why);
/* That it did, while it was read. */
void tell_changed(const struct request *request, const char *path, const pstfix_report *report);

/* So that results can be seen while work goes on. False when standard output is closed or full. */
bool flush_output(void);

#endif
