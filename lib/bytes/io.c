/* Files, the caller's bytes, and temporaries: see io.h. All that needs more than C11 is here, in use.c beside it,
 * in the threads of lib/scan, for large pages in lib/core, and where lib/verify loads libpff. */
#define _GNU_SOURCE /* O_TMPFILE, copy_file_range, sync_file_range, FICLONE, flock, F_OFD_SETLK; nothing else here needs more than POSIX */
#include "bytes/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

struct file {
	struct pst_io io;
	int fd;
	struct stat stat; /* when it was opened */
	char *path;      /* temporary: the name to take */
	char *temporary; /* temporary: by which it can be opened until then */
	bool nameless;   /* temporary: that is no name in a folder yet */
	size_t room;     /* of it */
	bool force;
};

enum { TEMPORARY_ROOM = 64 };

static struct file *file_of(struct pst_io *io)
{
	return (struct file *)io;
}

static pstfix_status file_read(struct pst_io *io, void *out, size_t size, uint64_t offset,
                               pstfix_error *err)
{
	struct file *file = file_of(io);
	uint8_t *to = out;

	while (size) {
		ssize_t n = pread(file->fd, to, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return pst_fail(err, PSTFIX_ERROR_IO, n ? errno : EIO, offset, "cannot read: %s",
			                n ? strerror(errno) : "the file ends before it should");
		to += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return PSTFIX_OK;
}

static pstfix_status file_write(struct pst_io *io, const void *data, size_t size, uint64_t offset,
                                pstfix_error *err)
{
	struct file *file = file_of(io);
	const uint8_t *from = data;

	while (size) {
		ssize_t n = pwrite(file->fd, from, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return pst_fail(err, PSTFIX_ERROR_IO, n ? errno : ENOSPC, offset,
			                "cannot write: %s", strerror(n ? errno : ENOSPC));
		from += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	io->size = PST_MAX(io->size, offset);
	return PSTFIX_OK;
}

static pstfix_status file_resize(struct pst_io *io, uint64_t size, pstfix_error *err)
{
	if (ftruncate(file_of(io)->fd, (off_t)size))
		return pst_fail(err, PSTFIX_ERROR_IO, errno, size, "cannot change the size: %s",
		                strerror(errno));
	io->size = size;
	return PSTFIX_OK;
}

/* Whoever syncs later waits less. */
static pstfix_status file_flush(struct pst_io *io, pstfix_error *err)
{
	(void)io, (void)err;
#ifdef __linux__
	sync_file_range(file_of(io)->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
	return PSTFIX_OK;
}

static void file_close(struct pst_io *io)
{
	struct file *file = file_of(io);

	if (file->fd >= 0)
		close(file->fd);
	if (file->temporary && !file->nameless)
		unlink(file->temporary);
	free(file->temporary);
	free(file->path);
	free(file);
}

static struct file *file_new(int fd)
{
	struct file *file = calloc(1, sizeof *file);

	if (file) {
		file->io = (struct pst_io){.sector = PST_SECTOR, .concurrent = true, .read = file_read, .write = file_write, .resize = file_resize,
		                           .flush = file_flush, .close = file_close};
		file->fd = fd;
	}
	return file;
}

void pst_io_close(struct pst_io *io)
{
	if (io)
		io->close(io);
}

void pst_io_read_around(struct pst_io *io, void *out, size_t size, uint64_t at, pst_unreadable unreadable, void *user)
{
	uint8_t *to = out;

	if (!io->read(io, out, size, at, NULL))
		return;
	for (size_t done = 0; done < size; done += io->sector) {
		const size_t step = PST_MIN(size - done, io->sector);
		pstfix_error err;

		if (!io->read(io, to + done, step, at + done, &err))
			continue;
		memset(to + done, 0, step);
		if (unreadable)
			unreadable(user, at + done, step, err.system);
	}
}

static pstfix_status stat_input(struct file *file, pstfix_error *err)
{
	struct stat st;
	off_t end;

	if (fstat(file->fd, &st))
		return pst_fail(err, PSTFIX_ERROR_IO, errno, PSTFIX_NOWHERE, "cannot stat: %s",
		                strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return pst_fail(err, PSTFIX_ERROR_FORMAT, 0, PSTFIX_NOWHERE, "%s, not a file",
		                S_ISDIR(st.st_mode) ? "it is a folder" : "it is a device or pipe");
	end = lseek(file->fd, 0, SEEK_END);
	if (end < 0)
		return pst_fail(err, PSTFIX_ERROR_IO, errno, PSTFIX_NOWHERE, "cannot seek: %s",
		                strerror(errno));
	file->io.size = (uint64_t)end;
	file->stat = st;
	return PSTFIX_OK;
}

static pstfix_status open_as(struct pst_io **out, const char *path, int flags, pstfix_error *err)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
	struct file *file;
	pstfix_status status;

	if (fd < 0)
		return pst_fail(err, PSTFIX_ERROR_IO, errno, PSTFIX_NOWHERE, "cannot open: %s",
		                strerror(errno));
	file = file_new(fd);
	if (!file) {
		close(fd);
		return pst_fail_memory(err);
	}
	status = stat_input(file, err);
	if (status) {
		file_close(&file->io);
		return status;
	}
	*out = &file->io;
	return PSTFIX_OK;
}

pstfix_status pst_io_open_file(struct pst_io **out, const char *path, pstfix_error *err)
{
	return open_as(out, path, O_RDONLY, err);
}

pstfix_status pst_io_open_write(struct pst_io **out, const char *path, pstfix_error *err)
{
	return open_as(out, path, O_RDWR, err);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool pst_io_changed(const struct pst_io *io)
{
	struct stat now;

	while (io->below)
		io = io->below;
	return io->read == file_read && !fstat(((const struct file *)io)->fd, &now) && !is_same(&((const struct file *)io)->stat, &now);
}

/* Where locks are not known at all, nobody has one. */
bool pst_io_lock(struct pst_io *file)
{
	const int fd = file_of(file)->fd;
#ifdef F_OFD_SETLK
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_OFD_SETLK, &all) && (errno == EAGAIN || errno == EACCES))
		return false;
#endif
	return !flock(fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK;
}

pstfix_status pst_io_open_update(struct pst_io **out, const char *path, struct pst_io *as, pstfix_error *err)
{
	struct pst_io *io = NULL;
	pstfix_status status;

	if (as->read != file_read)
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "only a file can be changed in its place");
	status = pst_io_open_write(&io, path, err);
	if (status)
		return status;
	if (is_same(&file_of(io)->stat, &file_of(as)->stat)) {
		*out = io;
		return PSTFIX_OK;
	}
	pst_io_close(io);
	return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "it has changed since it was checked");
}

struct pst_identity pst_io_identity(const struct pst_io *file)
{
	struct stat stat = {0};

	fstat(((const struct file *)file)->fd, &stat);
	return (struct pst_identity){(uint64_t)stat.st_dev, (uint64_t)stat.st_ino};
}

pstfix_status pst_io_sync(struct pst_io *file, pstfix_error *err)
{
	return fsync(file_of(file)->fd) ? pst_fail(err, PSTFIX_ERROR_IO, errno, PSTFIX_NOWHERE, "cannot sync: %s", strerror(errno)) : PSTFIX_OK;
}

/* ---- the caller's bytes ----------------------------------------------------- */

struct input {
	struct pst_io io;
	pstfix_read_at read_at;
	void *user;
};

static pstfix_status input_read(struct pst_io *io, void *out, size_t size, uint64_t offset,
                                pstfix_error *err)
{
	struct input *input = (struct input *)io;
	int system;

	if (offset > io->size || size > io->size - offset)
		return pst_fail(err, PSTFIX_ERROR_IO, EIO, offset,
		                "cannot read: the file ends before it should");
	system = input->read_at(input->user, out, size, offset);
	if (system)
		return pst_fail(err, PSTFIX_ERROR_IO, system, offset, "cannot read: %s",
		                strerror(system));
	return PSTFIX_OK;
}

static void input_close(struct pst_io *io)
{
	free(io);
}

pstfix_status pst_io_open_input(struct pst_io **out, pstfix_read_at read_at, void *user,
                                uint64_t size, pstfix_error *err)
{
	struct input *input = calloc(1, sizeof *input);

	if (!input)
		return pst_fail_memory(err);
	input->io = (struct pst_io){.size = size, .sector = PST_SECTOR, .read = input_read, .close = input_close};
	input->read_at = read_at;
	input->user = user;
	*out = &input->io;
	return PSTFIX_OK;
}

/* ---- temporaries -------------------------------------------------------------- */

static char *join(const char *a, const char *b)
{
	size_t size = strlen(a) + strlen(b) + 1;
	char *joined = malloc(size);

	if (joined)
		snprintf(joined, size, "%s%s", a, b);
	return joined;
}

static pstfix_status may_take(const char *path, bool force, struct pst_io *input, pstfix_error *err)
{
	struct stat st;

	if (stat(path, &st))
		return PSTFIX_OK;
	if (input->read == file_read && file_of(input)->stat.st_dev == st.st_dev && file_of(input)->stat.st_ino == st.st_ino)
		return pst_fail(err, PSTFIX_ERROR_EXISTS, 0, PSTFIX_NOWHERE,
		                "the output is the input itself");
	if (!force)
		return pst_fail(err, PSTFIX_ERROR_EXISTS, EEXIST, PSTFIX_NOWHERE,
		                "the output exists already");
	if (!S_ISREG(st.st_mode))
		return pst_fail(err, PSTFIX_ERROR_EXISTS, EEXIST, PSTFIX_NOWHERE,
		                "the output exists and is no file");
	return PSTFIX_OK;
}

/* Whoever may read the input may read the output, but for what the umask says. */
static mode_t mode_for(struct pst_io *input)
{
	struct stat st;

	return input->read == file_read && !fstat(file_of(input)->fd, &st) && S_ISREG(st.st_mode)
	               ? (st.st_mode & 0666) | 0600
	               : 0666;
}

/* The folder that a file is in, to be freed. */
static char *folder_of(const char *path)
{
	char *folder = join(path, "");
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (slash) {
		slash[slash == folder] = '\0';
	} else if (folder) {
		free(folder);
		folder = join(".", "");
	}
	return folder;
}

#ifdef O_TMPFILE

/* Whatever ends this process, nothing is left of a file without a name. Until it has one, it is opened by way of /proc. */
static bool create_nameless(struct file *file, mode_t mode)
{
	char *folder = folder_of(file->path);

	file->fd = folder ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode) : -1;
	free(folder);
	if (file->fd < 0)
		return false;
	snprintf(file->temporary, file->room, "/proc/%ld/fd/%d", (long)getpid(), file->fd);
	file->nameless = !access(file->temporary, R_OK);
	if (!file->nameless)
		close(file->fd);
	return file->nameless;
}

#else

static bool create_nameless(struct file *file, mode_t mode)
{
	(void)file, (void)mode;
	return false;
}

#endif

static void temporary_name(const struct file *file, char *name, unsigned n)
{
	snprintf(name, file->room, "%s.tmp%u", file->path, n);
}

/* Not mkstemp(), whose files nobody else may read whatever the umask says. */
static bool create_named(struct file *file, mode_t mode)
{
	for (unsigned try = 0; try < 100; try++) {
		temporary_name(file, file->temporary, try);
		file->fd = open(file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (file->fd >= 0 || errno != EEXIST)
			break;
	}
	return file->fd >= 0;
}

pstfix_status pst_io_open_temporary(struct pst_io **out, const char *path, bool force,
                                    struct pst_io *input, pstfix_error *err)
{
	pstfix_status status;
	struct file *file;

	while (input->below)
		input = input->below;
	status = may_take(path, force, input, err);
	if (status)
		return status;
	file = file_new(-1);
	if (!file)
		return pst_fail_memory(err);
	file->force = force;
	file->room = strlen(path) + TEMPORARY_ROOM;
	file->path = join(path, "");
	file->temporary = malloc(file->room);
	if (!file->path || !file->temporary)
		status = pst_fail_memory(err);
	else if (!create_nameless(file, mode_for(input)) && !create_named(file, mode_for(input)))
		status = pst_fail(err, PSTFIX_ERROR_IO, errno, PSTFIX_NOWHERE,
		                  "cannot create the output: %s", strerror(errno));
	if (status) {
		free(file->temporary);
		file->temporary = NULL;
		file_close(&file->io);
		return status;
	}
	*out = &file->io;
	return PSTFIX_OK;
}

const char *pst_temporary_path(const struct pst_io *temporary)
{
	return ((const struct file *)temporary)->temporary;
}

/* A name is on the disk, or gone from it, only when its folder is. Where folders cannot be synced at all, nothing better is known. */
static pstfix_status sync_folder(const char *path, pstfix_error *err)
{
	char *folder = folder_of(path);
	const int fd = folder ? open(folder, O_RDONLY | O_CLOEXEC) : -1;
	const int failed = fd >= 0 && fsync(fd) && errno != EINVAL ? errno : 0;

	if (fd >= 0)
		close(fd);
	free(folder);
	return failed ? pst_fail(err, PSTFIX_ERROR_IO, failed, PSTFIX_NOWHERE, "cannot sync the folder: %s", strerror(failed)) : PSTFIX_OK;
}

pstfix_status pst_io_remove(const char *path, pstfix_error *err)
{
	if (unlink(path) && errno != ENOENT)
		return pst_fail(err, PSTFIX_ERROR_IO, errno, PSTFIX_NOWHERE, "cannot remove %s: %s", path, strerror(errno));
	return sync_folder(path, err);
}

/* Without force, by a link: unlike rename, it never replaces what has come there meanwhile. */
static bool rename_to(const char *from, const char *path, bool force)
{
	struct stat st;

	if (!force && !link(from, path))
		return !unlink(from);
	if (!force && !lstat(path, &st)) {
		errno = EEXIST;
		return false;
	}
	return !rename(from, path); /* also where the file system knows no links */
}

static bool link_nameless(const struct file *file, const char *path)
{
	return !linkat(AT_FDCWD, file->temporary, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

/* Only a rename replaces a file, and only what has a name can be renamed. */
static bool name_for_now(struct file *file)
{
	char *name = malloc(file->room);

	for (unsigned try = 0; name && try < 100 && file->nameless; try++) {
		temporary_name(file, name, try);
		file->nameless = !link_nameless(file, name);
		if (file->nameless && errno != EEXIST)
			break;
	}
	if (name && !file->nameless)
		memcpy(file->temporary, name, file->room);
	free(name);
	return !file->nameless;
}

static bool give_name(struct file *file, const char *path, bool force)
{
	if (file->nameless && link_nameless(file, path))
		return true;
	if (file->nameless && !(force && errno == EEXIST && name_for_now(file)))
		return false;
	return rename_to(file->temporary, path, force);
}

/* A name that may not last is taken back, if nothing was replaced. */
static pstfix_status take_name(struct file *file, const char *path, bool force, pstfix_error *err)
{
	pstfix_status status = pst_io_sync(&file->io, err);

	if (status)
		return status;
	if (give_name(file, path, force)) {
		free(file->temporary);
		file->temporary = NULL;
		status = sync_folder(path, err);
		if (status && !force)
			unlink(path);
		return status;
	}
	return pst_fail(err, PSTFIX_ERROR_IO, errno, PSTFIX_NOWHERE, "cannot name the output %s: %s",
	                path, strerror(errno));
}

pstfix_status pst_temporary_commit(struct pst_io *temporary, pstfix_error *err)
{
	struct file *file = file_of(temporary);

	return take_name(file, file->path, file->force, err);
}

pstfix_status pst_temporary_reject(struct pst_io *temporary, pstfix_error *err)
{
	struct file *file = file_of(temporary);
	size_t size = strlen(file->path) + sizeof ".rejected.99";
	char *path = malloc(size);
	pstfix_status status = PSTFIX_ERROR_IO;
	struct stat st;

	if (!path)
		return pst_fail_memory(err);
	for (unsigned try = 0; try < 100 && status; try++) {
		snprintf(path, size, try ? "%s.rejected.%u" : "%s.rejected", file->path, try);
		if (lstat(path, &st))
			status = take_name(file, path, false, NULL);
	}
	if (!status && err) {
		size_t length = strlen(err->message);

		snprintf(err->message + length, sizeof err->message - length, "; it is kept as %s", path);
	}
	free(path);
	return status;
}

/* ---- copying -------------------------------------------------------------------- */

enum { PIECE = 1 << 18, RANGE = 1 << 26 };

struct copying {
	struct pst_io *to, *from;
	uint64_t size;
	const pstfix_options *options;
	bool cancelled;
};

static bool go_on(struct copying *copying, uint64_t done)
{
	const pstfix_options *options = copying->options;

	copying->cancelled = options->progress && !options->progress(options->user, "copying", done, copying->size);
	return !copying->cancelled;
}

#ifdef __linux__

static bool copy_range(struct copying *copying, int to, int from, loff_t at, loff_t end)
{
	loff_t out = at;

	while (at < end) {
		size_t piece = (size_t)PST_MIN(end - at, (loff_t)RANGE);

		if (!go_on(copying, (uint64_t)at) || copy_file_range(from, &at, to, &out, piece, 0) <= 0)
			return false;
		copying->to->flush(copying->to, NULL);
	}
	return true;
}

static bool are_files(const struct copying *copying)
{
	return copying->from->read == file_read && copying->to->read == file_read;
}

/* Where the file system can share storage, a copy takes none. */
static bool clone(struct copying *copying)
{
	return are_files(copying) && !ioctl(file_of(copying->to)->fd, FICLONE, file_of(copying->from)->fd) &&
	       !ftruncate(file_of(copying->to)->fd, (off_t)copying->size);
}

/* Holes stay holes. */
static bool copy_by_system(struct copying *copying)
{
	loff_t end = (loff_t)copying->size, at = 0;
	int in, out;

	if (!are_files(copying))
		return false;
	in = file_of(copying->from)->fd;
	out = file_of(copying->to)->fd;
	while (at < end) {
		loff_t data = lseek(in, at, SEEK_DATA);
		loff_t hole = data < 0 ? data : lseek(in, data, SEEK_HOLE);

		if (data < 0 && errno == ENXIO)
			break;
		if (hole < 0 || !copy_range(copying, out, in, data, PST_MIN(hole, end)))
			return false;
		at = hole;
	}
	return !ftruncate(out, end);
}

#else

static bool clone(struct copying *copying)
{
	(void)copying;
	return false;
}

static bool copy_by_system(struct copying *copying)
{
	(void)copying;
	return false;
}

#endif

pstfix_status pst_io_find_room(const struct pst_io *to, uint64_t needed, pstfix_error *err)
{
	struct statvfs system;
	uint64_t free;

	if (to->read != file_read || fstatvfs(((const struct file *)to)->fd, &system))
		return PSTFIX_OK;
	free = (uint64_t)system.f_bavail * system.f_frsize;
	return needed <= free ? PSTFIX_OK
	                      : pst_fail(err, PSTFIX_ERROR_IO, ENOSPC, PSTFIX_NOWHERE, "cannot write: it takes %llu bytes, and %llu are free",
	                                 (unsigned long long)needed, (unsigned long long)free);
}

static pstfix_status find_room(const struct copying *copying, pstfix_error *err)
{
	uint64_t needed = copying->size;
	struct stat st;

	if (copying->from->read == file_read && !fstat(file_of(copying->from)->fd, &st))
		needed = PST_MIN(needed, (uint64_t)st.st_blocks * 512); /* holes take none */
	return pst_io_find_room(copying->to, needed, err);
}

/* What cannot be read becomes zeros: the check has reported it. */
static pstfix_status copy_pieces(struct copying *copying, uint8_t *piece, pstfix_error *err)
{
	struct pst_io *to = copying->to, *from = copying->from;
	pstfix_status status = PSTFIX_OK;

	for (uint64_t at = 0; at < copying->size && !status && go_on(copying, at); at += PIECE) {
		const size_t step = (size_t)PST_MIN(copying->size - at, (uint64_t)PIECE);

		pst_io_read_around(from, piece, step, at, NULL, NULL);
		if (!pst_all_bytes(piece, step, 0))
			status = to->write(to, piece, step, at, err);
	}
	return status;
}

pstfix_status pst_io_copy(struct pst_io *to, struct pst_io *from, uint64_t size, const pstfix_options *options,
                          pstfix_error *err)
{
	struct copying copying = {to, from, size, options, false};
	const bool cloned = clone(&copying);
	pstfix_status status = cloned ? PSTFIX_OK : find_room(&copying, err);
	uint8_t *piece;

	if (status)
		return status;
	if (cloned || copy_by_system(&copying)) {
		to->size = size;
		return PSTFIX_OK;
	}
	piece = copying.cancelled ? NULL : malloc(PIECE);
	if (piece)
		status = copy_pieces(&copying, piece, err);
	else if (!copying.cancelled)
		status = pst_fail_memory(err);
	free(piece);
	if (copying.cancelled)
		return pst_fail(err, PSTFIX_ERROR_CANCELLED, 0, PSTFIX_NOWHERE, "cancelled");
	return !status && to->size < size ? to->resize(to, size, err) : status;
}
