/* A file, or what stands for one.
 *
 * Everything above reads and writes through these functions, so that a file, the caller's
 * buffer and a plan that is not yet written look alike. A call that fails says why through
 * `err`, with the offset. Reads behind the end fail: who reads knows the size.
 */
#ifndef PST_IO_H
#define PST_IO_H

#include "core/core.h"

enum { PST_SECTOR = 4096 };

struct pst_io {
	uint64_t size;
	bool concurrent; /* several threads may read at once */
	size_t sector; /* what fails to be read fails by so many bytes */
	struct pst_io *below; /* of a view: what it shows; else NULL */
	pstfix_status (*read)(struct pst_io *io, void *out, size_t size, uint64_t offset,
	                      pstfix_error *err);
	pstfix_status (*write)(struct pst_io *io, const void *data, size_t size, uint64_t offset,
	                       pstfix_error *err);
	pstfix_status (*resize)(struct pst_io *io, uint64_t size, pstfix_error *err);
	pstfix_status (*flush)(struct pst_io *io, pstfix_error *err); /* what was written is on its way to the disk */
	void (*close)(struct pst_io *io);
};

pstfix_status pst_io_open_file(struct pst_io **out, const char *path, pstfix_error *err);
pstfix_status pst_io_open_input(struct pst_io **out, pstfix_read_at read_at, void *user,
                                uint64_t size, pstfix_error *err);
/* Opens for writing what is open in `as`; it has to be a file, and the same that it was when that was opened. */
pstfix_status pst_io_open_update(struct pst_io **out, const char *path, struct pst_io *as, pstfix_error *err);
/* Whether a file is no longer what it was when it was opened; of what is no file nothing is known. */
bool pst_io_changed(const struct pst_io *io);
/* Asks others not to change it until it is closed; false: one of them has asked before. */
bool pst_io_lock(struct pst_io *file);
/* For writing, whatever it is by now. */
pstfix_status pst_io_open_write(struct pst_io **out, const char *path, pstfix_error *err);
void pst_io_close(struct pst_io *io);

/* Of a file: what tells it from others. */
struct pst_identity {
	uint64_t device, inode;
};
struct pst_identity pst_io_identity(const struct pst_io *file);
/* Whether there is room for so many bytes more where it lies, so that nobody runs out of it in the middle. */
pstfix_status pst_io_find_room(const struct pst_io *to, uint64_t needed, pstfix_error *err);
/* All that was written to it is on the disk. */
pstfix_status pst_io_sync(struct pst_io *file, pstfix_error *err);
/* So that it stays removed. */
pstfix_status pst_io_remove(const char *path, pstfix_error *err);

/* A sector that cannot be read. */
typedef void (*pst_unreadable)(void *user, uint64_t at, size_t size, int system);
/* Reads what can be read; the rest is zeros. `unreadable` may be NULL. */
void pst_io_read_around(struct pst_io *io, void *out, size_t size, uint64_t at, pst_unreadable unreadable, void *user);

/* Where bytes were, and where they lie now. */
struct pst_piece {
	uint64_t at, from, size;
};

/* Shows bytes where they were, by rising `at`, apart, up to `size`; what none of the `n` pieces has reads as zeros, or cannot be
 * read if the view is `strict`. Closes `below` when it is closed. Is only read. */
pstfix_status pst_io_open_view(struct pst_io **out, struct pst_io *below, const struct pst_piece *pieces, size_t n,
                               uint64_t size, bool strict, pstfix_error *err);
/* Closes a view only, and gives back what it shows. */
struct pst_io *pst_io_close_view(struct pst_io *view);
/* The pieces of a view; NULL: there are no more, or it is none. */
const struct pst_piece *pst_io_piece(const struct pst_io *io, size_t index);
/* Whether no strict view lacks any of these bytes. */
bool pst_io_has(const struct pst_io *io, uint64_t offset, uint64_t size);
/* Where a byte lies; PSTFIX_NOWHERE: a view shows what is not there. */
uint64_t pst_io_place(const struct pst_io *io, uint64_t offset);

/* A new file that takes the name `path` when pst_temporary_commit() is called, and is gone when it
 * is closed without. Where the file system can, it has no name until then, and so is gone however the
 * process ends; else, and for the moment in which it replaces another, it is `path`.tmp0 or with another number behind.
 * Refuses where `path` exists, unless `force`, and where it is the file open in `input`, always. */
pstfix_status pst_io_open_temporary(struct pst_io **out, const char *path, bool force,
                                    struct pst_io *input, pstfix_error *err);
/* By which it can be opened meanwhile, by other processes of this user, too. */
const char *pst_temporary_path(const struct pst_io *temporary);
pstfix_status pst_temporary_commit(struct pst_io *temporary, pstfix_error *err);
/* Like commit, but under a name that is free, `path`.rejected or with a number behind, for a result that
 * was not accepted. Adds the name to what `err` says already. */
pstfix_status pst_temporary_reject(struct pst_io *temporary, pstfix_error *err);

/* Makes `to` begin with the first `size` bytes of `from`, if there is room for them, sharing storage where the file
 * system can. */
pstfix_status pst_io_copy(struct pst_io *to, struct pst_io *from, uint64_t size, const pstfix_options *options,
                          pstfix_error *err);

#endif
