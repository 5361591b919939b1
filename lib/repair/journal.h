/* The undo journal: what a file was, where a repair in place changes it, so that it can be given back byte for byte.
 *
 * It takes its name when all of it is on the disk, before the file is touched: where there is none, the file is as it was. At
 * the end of the repair it is marked done. Numbers are of little end first:
 *
 *     0     head: magic, sizes before and after, device and inode, length; from 64 on checksums of
 *           sectors that stay as they are, spread over the file, by which it is known; checksum
 *     512   the mark: magic and checksum; zeros until it is done
 *     1024  records: place, bytes before and after, checksums of both, checksum; then the bytes before */
#ifndef PST_JOURNAL_H
#define PST_JOURNAL_H

#include "bytes/overlay.h"

enum { PST_SAMPLES = 64 };

struct pst_journal {
	struct pst_io *io;
	struct pst_identity identity;
	uint64_t size, size_after, length;
	uint32_t samples[PST_SAMPLES]; /* 0: that sector changes, or has nothing but zeros */
	bool done;
};

/* Of what `planned`, which lies over `file`, would change. */
pstfix_status pst_journal_make(struct pst_journal *out, const char *path, struct pst_io *file, struct pst_io *planned, pstfix_error *err);
pstfix_status pst_journal_mark(struct pst_journal *journal, pstfix_error *err);
/* `restores`: to give something back, not only to look. */
pstfix_status pst_journal_open(struct pst_journal *out, const char *path, bool restores, pstfix_error *err);
/* Makes the file what it was. Can be repeated, wherever it was stopped. Of one that is done, only if nothing was changed since. */
pstfix_status pst_journal_restore(struct pst_journal *journal, struct pst_io *file, pstfix_error *err);
void pst_journal_close(struct pst_journal *journal);

/* The name of the journal of a file, whatever links lead to it, to be freed; NULL: out of memory. */
char *pst_journal_name(const char *path);

#endif
