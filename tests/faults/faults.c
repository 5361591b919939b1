/* pst-faults: what becomes of a file when the process or the power ends, or calls fail.
 *
 *     pst-faults stops FILE FOLDER        the process ends before each call that changes something, of a repair in place and of its undo
 *     pst-faults undo FILE FOLDER         nothing fails: in place comes to the same as in a new file, and is undone; prints the size of the journal
 *     pst-faults power FILE FOLDER CASES  the power ends: of what was not synced some is missing, or half done
 *     pst-faults calls FILE FOLDER        each call of the system below fails, in list, check, repair, recover, repair in place and undo
 *     pst-faults memory|starved FILE FOLDER  each allocation fails there; starved: and all behind it
 *
 * Leaks are seen by what the allocator has given out, for which GLIBC_TUNABLES has to say glibc.malloc.tcache_count=0.
 * FILE stays as it is; FOLDER is empty, and is empty again in the end. Calls are counted where the library leaves for the system: the linker
 * wraps them. Prints how many cases there were; at the first that is not as it has to be, which, and exits with 1. */
#define _GNU_SOURCE /* mallinfo2 */
#include "core/core.h"

#include <pstfix/store.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOPPED = 99, PATH = 4096, SECTOR = 512, MARK_AT = 512, MARK = 512 };

/* ---- between the library and the system ------------------------------------------------ */

struct kind {
	unsigned done;     /* calls, since they are counted */
	unsigned fail;     /* number of the one that fails; 0: none */
	bool all_behind;   /* and all behind it */
};

struct step {
	char what; /* w: written, t: cut or made longer, s: synced */
	off_t at;
	size_t size;
	uint8_t *bytes;
};

static struct {
	bool counts;
	struct kind calls, memory;
	unsigned changes, stop; /* stop: before which of them the process ends; 0: none */
	ino_t target;         /* the file that is repaired */
	struct step *steps;   /* what was done to it; NULL: is not noted */
	size_t n;
	unsigned *headers;    /* how often its header was written; shared with children */
} faults;

static bool fails(struct kind *kind)
{
	if (!faults.counts)
		return false;
	kind->done++;
	return kind->fail && (kind->done == kind->fail || (kind->all_behind && kind->done > kind->fail));
}

static bool call_fails(void)
{
	const bool failed = fails(&faults.calls);

	if (failed)
		errno = EIO;
	return failed;
}

/* Of one that changes something on the disk. */
static bool change_fails(void)
{
	if (faults.counts && ++faults.changes == faults.stop)
		_exit(STOPPED);
	return call_fails();
}

/* __real_NAME is the system's, __wrap_NAME what the library calls. */
#define WRAP(type, name, parameters, arguments, failure, kind_fails) \
	type __real_##name parameters;                               \
	type __wrap_##name parameters;                               \
	type __wrap_##name parameters { return kind_fails ? failure : __real_##name arguments; }

WRAP(void *, malloc, (size_t size), (size), NULL, fails(&faults.memory))
WRAP(void *, calloc, (size_t n, size_t size), (n, size), NULL, fails(&faults.memory))
WRAP(void *, realloc, (void *old, size_t size), (old, size), NULL, fails(&faults.memory))
WRAP(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), NULL, fails(&faults.memory))
WRAP(ssize_t, pread64, (int fd, void *bytes, size_t size, off_t at), (fd, bytes, size, at), -1, call_fails())
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), -1, change_fails())
WRAP(int, rename, (const char *from, const char *to), (from, to), -1, change_fails())
WRAP(int, unlink, (const char *path), (path), -1, change_fails())

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
	va_list more;
	mode_t mode;

	va_start(more, flags);
	mode = (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) ? va_arg(more, mode_t) : 0;
	va_end(more);
	return call_fails() ? -1 : __real_open64(path, flags, mode);
}

static void note(int fd, char what, const void *bytes, size_t size, off_t at)
{
	struct stat st;
	struct step step = {what, at, size, NULL};

	if (!faults.counts || fstat(fd, &st) || st.st_ino != faults.target)
		return;
	*faults.headers += what == 'w' && !at;
	if (!faults.steps)
		return;
	step.bytes = __real_malloc(size + 1);
	if (size)
		memcpy(step.bytes, bytes, size);
	faults.steps = __real_realloc(faults.steps, (faults.n + 1) * sizeof step);
	faults.steps[faults.n++] = step;
}

ssize_t __real_pwrite64(int fd, const void *bytes, size_t size, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t size, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
	if (change_fails())
		return -1;
	note(fd, 'w', bytes, size, at);
	return __real_pwrite64(fd, bytes, size, at);
}

int __real_ftruncate64(int fd, off_t size);
int __wrap_ftruncate64(int fd, off_t size);
int __wrap_ftruncate64(int fd, off_t size)
{
	if (change_fails())
		return -1;
	note(fd, 't', NULL, 0, size);
	return __real_ftruncate64(fd, size);
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	if (change_fails())
		return -1;
	note(fd, 's', NULL, 0, 0);
	return 0; /* no power is lost here */
}

/* ---- files ------------------------------------------------------------------------------ */

struct bytes {
	uint8_t *at;
	size_t n;
};

static char target[PATH], journal[PATH], out[PATH]; /* in the folder */
static const char *doing = "start"; /* for a message */
static uint32_t came_to; /* of what the command found or made: the same, whatever failed, if it succeeds */

static _Noreturn void die(const char *what, const char *why)
{
	printf("%s: call %u, allocation %u%s, stopped before %u: %s: %s\n", doing, faults.calls.fail, faults.memory.fail,
	       faults.memory.all_behind ? " and all behind" : "", faults.stop, what, why);
	exit(1);
}

static struct bytes load(const char *path)
{
	struct bytes bytes = {0};
	FILE *file = fopen(path, "rb");
	struct stat st;

	if (!file || fstat(fileno(file), &st))
		die(path, strerror(errno));
	bytes.n = (size_t)st.st_size;
	bytes.at = malloc(bytes.n + 1);
	if (!bytes.at || fread(bytes.at, 1, bytes.n, file) != bytes.n)
		die(path, "is not read");
	fclose(file);
	return bytes;
}

static void save(const char *path, struct bytes bytes)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(bytes.at, 1, bytes.n, file) != bytes.n || fclose(file))
		die(path, "is not written");
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static void expect(struct bytes data, const char *when)
{
	struct bytes now = load(target);

	if (now.n != data.n || memcmp(now.at, data.at, data.n))
		die(when, "the file is not what it was");
	free(now.at);
}

/* ---- what is listed --------------------------------------------------------------------- */

struct listed {
	uint32_t *at;
	size_t n;
};

static bool short_of_memory; /* some of what was listed said so */

static bool fell_short(pstfix_status status)
{
	short_of_memory = short_of_memory || status == PSTFIX_ERROR_MEMORY;
	return status != PSTFIX_OK;
}

static uint32_t mix_value(uint32_t digest, pstfix_item *item, size_t index)
{
	const pstfix_property property = pstfix_item_property_at(item, index);
	char piece[4096];
	uint64_t offset = 0;
	size_t got = 0;

	digest = pst_crc_more(digest, (const uint8_t *)&property.id, sizeof property.id);
	do {
		if (fell_short(pstfix_item_read(item, index, piece, sizeof piece, offset, &got, NULL)))
			break;
		digest = pst_crc_more(digest, (const uint8_t *)piece, got);
		offset += got;
	} while (got);
	return digest;
}

/* An item with all its values, and those of its recipients and attachments; folders and messages below a folder are items of their own. */
static uint32_t list(struct listed *listed, pstfix_item *item)
{
	const uint32_t place[] = {pstfix_item_nid(item), pstfix_item_parent(item)};
	uint32_t digest = pst_crc((const uint8_t *)place, sizeof place);

	for (size_t i = 0; i < pstfix_item_property_count(item); i++)
		digest = mix_value(digest, item, i);
	for (int kind = PSTFIX_FOLDER; kind <= PSTFIX_ATTACHMENT; kind++)
		for (size_t i = 0; i < pstfix_item_count(item, (pstfix_kind)kind); i++) {
			pstfix_item *child;
			uint32_t of_child;

			if (fell_short(pstfix_item_child(&child, item, (pstfix_kind)kind, i, NULL)))
				continue;
			of_child = list(listed, child);
			pstfix_item_free(child);
			if (pstfix_item_kind(item) != PSTFIX_FOLDER && pstfix_item_kind(item) != PSTFIX_STORE)
				digest = pst_crc_more(digest, (const uint8_t *)&of_child, sizeof of_child);
		}
	if (listed) {
		listed->at = __real_realloc(listed->at, (listed->n + 1) * sizeof *listed->at);
		listed->at[listed->n++] = digest;
	}
	return digest;
}

static pstfix_status list_all(struct listed *listed, pstfix_error *err)
{
	pstfix_file *file = NULL;
	pstfix_store *store = NULL;
	pstfix_item *item = NULL;
	pstfix_status status = pstfix_open(&file, target, NULL, err);

	if (!status)
		status = pstfix_store_open(&store, file, err);
	if (!status)
		status = pstfix_store_item(&item, store, err);
	if (!status)
		came_to = list(listed, item);
	pstfix_item_free(item);
	pstfix_store_free(store);
	pstfix_file_free(file);
	return status;
}

static struct listed list_now(void)
{
	struct listed listed = {0};
	pstfix_error err;

	list_all(&listed, &err);
	return listed;
}

static void expect_listed(struct listed before)
{
	struct listed now = list_now();

	for (size_t i = 0; i < before.n; i++) {
		size_t k = 0;

		while (k < now.n && now.at[k] != before.at[i])
			k++;
		if (k == now.n)
			die("list", "does not show all that it showed");
	}
	free(now.at);
}

/* ---- what fails ------------------------------------------------------------------------- */

static void note_findings(const pstfix_report *report)
{
	char text[4096];

	for (size_t i = 0; i < pstfix_report_count(report); i++) {
		pstfix_finding_text(pstfix_report_at(report, i), text, sizeof text);
		came_to = pst_crc_more(came_to, (const uint8_t *)text, strlen(text));
	}
}

static void note_file(const char *path)
{
	struct bytes bytes = load(path);

	came_to = pst_crc_more(came_to, bytes.at, bytes.n);
	free(bytes.at);
}

static pstfix_status work(bool recover, bool in_place, bool repairs, pstfix_error *err)
{
	const pstfix_options options = {.threads = 1, .recover = recover};
	const pstfix_in_place_options allowed = {.drops = true};
	pstfix_file *file = NULL;
	pstfix_report *report = NULL;
	pstfix_plan *plan = NULL;
	pstfix_status status = pstfix_open(&file, target, &options, err);

	if (!status)
		status = pstfix_check(&report, file, err);
	if (!status && repairs)
		status = pstfix_plan_repair(&plan, report, err);
	if (!status && repairs)
		status = in_place ? pstfix_apply_in_place(plan, target, &allowed, err) : pstfix_apply_to(plan, out, NULL, err);
	faults.counts = false;
	if (!status)
		note_findings(report);
	if (!status && repairs && exists(in_place ? target : out))
		note_file(in_place ? target : out);
	pstfix_plan_free(plan);
	pstfix_report_free(report);
	pstfix_file_free(file);
	return status;
}

static pstfix_status do_list(pstfix_error *err)
{
	return list_all(NULL, err);
}

static pstfix_status do_check(pstfix_error *err)
{
	return work(false, false, false, err);
}

static pstfix_status do_repair(pstfix_error *err)
{
	return work(false, false, true, err);
}

static pstfix_status do_recover(pstfix_error *err)
{
	return work(true, false, true, err);
}

static pstfix_status do_in_place(pstfix_error *err)
{
	return work(false, true, true, err);
}

static pstfix_status do_undo(pstfix_error *err)
{
	return pstfix_undo(target, NULL, err);
}

static const struct command {
	const char *name;
	pstfix_status (*run)(pstfix_error *err);
} commands[] = {{"list", do_list}, {"check", do_check}, {"repair", do_repair}, {"recover", do_recover}, {"in place", do_in_place}, {"undo", do_undo}};

/* Counted from here to where it returns. */
static pstfix_status run(pstfix_status (*command)(pstfix_error *err), pstfix_error *err)
{
	pstfix_status status;

	*err = (pstfix_error){0};
	faults.calls.done = faults.memory.done = faults.changes = 0;
	faults.counts = true;
	came_to = 0;
	short_of_memory = false;
	status = command(err);
	faults.counts = false;
	return status;
}

static void succeed(pstfix_status (*command)(pstfix_error *err), const char *when)
{
	pstfix_error err = {0};

	if (command(&err))
		die(when, err.message);
}

static size_t in_use(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* The file and the journal as the command expects them. */
static void prepare(const struct command *command, struct bytes data)
{
	save(target, data);
	if (command->run == do_undo)
		succeed(do_in_place, "repair in place");
}

static void expect_right(const struct command *command, pstfix_status status, const pstfix_error *err, struct bytes data)
{
	if (status && !*err->message)
		die(command->name, "no message");
	if (status && exists(out))
		die(command->name, "left its output behind");
	if (exists(out) && unlink(out))
		die(out, strerror(errno));
	if (exists(journal))
		succeed(do_undo, "undo");
	else if (!status && command->run == do_in_place)
		die(command->name, "left no journal");
	expect(data, command->name);
}

/* -> how many cases there were */
static unsigned fail_each(const struct command *command, struct kind *kind, struct bytes data)
{
	pstfix_error err;
	unsigned n, total;
	uint32_t as_it_should;
	size_t used;

	doing = command->name;
	for (int warm = 0; warm < 2; warm++) {
		prepare(command, data);
		if (run(command->run, &err))
			die(command->name, err.message);
		expect_right(command, PSTFIX_OK, &err, data);
	}
	total = kind->done;
	as_it_should = came_to;
	for (n = 1; n <= total; n++) {
		pstfix_status status;

		prepare(command, data);
		kind->fail = n;
		used = in_use();
		status = run(command->run, &err);
		if (in_use() != used)
			die(command->name, "leaks");
		if (kind == &faults.memory && !status && !short_of_memory && came_to != as_it_should)
			die(command->name, "succeeded, but came to something else");
		expect_right(command, status, &err, data);
	}
	kind->fail = 0;
	return total;
}

static unsigned fail_all(struct kind *kind, struct bytes data)
{
	unsigned cases = 0;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		cases += fail_each(&commands[i], kind, data);
	return cases;
}

/* ---- the process ends -------------------------------------------------------------------- */

/* In a child. False: the command came to its end. */
static bool stop_in(pstfix_status (*command)(pstfix_error *err), unsigned stop)
{
	pstfix_error err;
	pid_t child;
	int status;

	faults.stop = stop;
	*faults.headers = 0;
	child = fork();
	if (!child) {
		_exit(run(command, &err) != PSTFIX_OK);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != STOPPED))
		die("fork", "the child did not end as it should");
	return WEXITSTATUS(status) == STOPPED;
}

static unsigned stop_in_place(struct bytes data, struct listed before, unsigned headers)
{
	unsigned n = 0;

	doing = "in place";
	while (stop_in(do_in_place, n + 1)) {
		n++;
		if (*faults.headers < headers)
			expect_listed(before);
		if (exists(journal))
			succeed(do_undo, "undo");
		expect(data, "undo");
	}
	succeed(do_undo, "undo");
	expect(data, "undo");
	return n;
}

static unsigned stop_undo(struct bytes data)
{
	struct bytes repaired, saved;
	unsigned n = 0;
	bool stopped;

	doing = "undo";
	succeed(do_in_place, "repair in place");
	repaired = load(target);
	saved = load(journal);
	do {
		save(target, repaired);
		save(journal, saved);
		stopped = stop_in(do_undo, n + 1);
		n += stopped;
		if (exists(journal))
			succeed(do_undo, "undo again");
		expect(data, "undo again");
	} while (stopped);
	free(repaired.at);
	free(saved.at);
	return n;
}

/* ---- the power ends ---------------------------------------------------------------------- */

static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % below;
}

static struct bytes apply(struct bytes bytes, const struct step *step, bool torn)
{
	const size_t size = torn ? (size_t)draw(step->size / SECTOR + 1) * SECTOR : step->size;
	const size_t end = step->what == 't' || (size_t)step->at + size > bytes.n ? (size_t)step->at + size : bytes.n;

	if (step->what == 's')
		return bytes;
	bytes.at = realloc(bytes.at, end + 1);
	if (end > bytes.n)
		memset(bytes.at + bytes.n, 0, end - bytes.n);
	if (size)
		memcpy(bytes.at + step->at, step->bytes, size);
	bytes.n = end;
	return bytes;
}

/* What may be on the disk. */
static struct bytes lose_power(struct bytes data, bool *finished)
{
	const size_t stop = (size_t)draw(faults.n + 1);
	struct bytes bytes = {malloc(data.n + 1), data.n};
	size_t synced = 0; /* so many steps are */

	memcpy(bytes.at, data.at, data.n);
	for (size_t i = 0; i < stop; i++)
		synced = faults.steps[i].what == 's' ? i + 1 : synced;
	for (size_t i = 0; i < stop; i++)
		if (i < synced || draw(2))
			bytes = apply(bytes, &faults.steps[i], i >= synced && faults.steps[i].what == 'w' && draw(2));
	*finished = stop == faults.n && synced == stop;
	return bytes;
}

static void lose_power_often(struct bytes data, unsigned cases)
{
	static uint8_t none[MARK];
	struct bytes saved = load(journal), mark = {malloc(MARK), MARK};

	memcpy(mark.at, saved.at + MARK_AT, MARK);
	for (unsigned i = 0; i < cases; i++) {
		bool finished;
		struct bytes lost = lose_power(data, &finished);

		memcpy(saved.at + MARK_AT, finished && draw(2) ? mark.at : none, MARK);
		save(target, lost);
		save(journal, saved);
		free(lost.at);
		succeed(do_undo, "undo");
		expect(data, "undo");
	}
	free(saved.at);
	free(mark.at);
}

/* ---- all ---------------------------------------------------------------------------------- */

static unsigned stop_everywhere(struct bytes data)
{
	struct listed before = list_now();
	pstfix_error err;
	unsigned cases, headers;

	*faults.headers = 0;
	if (run(do_in_place, &err))
		die("repair in place", err.message);
	if (!exists(journal))
		return 0; /* there is nothing to do */
	if (!before.n)
		die("list", "shows nothing");
	headers = *faults.headers;
	succeed(do_undo, "undo");
	cases = stop_in_place(data, before, headers);
	cases += stop_undo(data);
	free(before.at);
	return cases;
}

static unsigned change_and_undo(struct bytes data)
{
	struct bytes anew;

	doing = "undo";
	succeed(do_repair, "repair");
	if (!exists(out))
		return 0; /* there is nothing to do */
	anew = load(out);
	unlink(out);
	if (do_in_place(&(pstfix_error){0}) == PSTFIX_ERROR_REFUSED) {
		printf("refused, "); /* it takes a new file */
		return 0;
	}
	expect(anew, "in place");
	free(anew.at);
	anew = load(journal);
	printf("journal %zu, ", anew.n);
	free(anew.at);
	succeed(do_undo, "undo");
	expect(data, "undo");
	return 1;
}

static unsigned lose_power_everywhere(struct bytes data, unsigned cases)
{
	pstfix_error err;

	faults.steps = malloc(1);
	if (run(do_in_place, &err))
		die("repair in place", err.message);
	if (!exists(journal))
		return 0;
	lose_power_often(data, cases);
	return cases;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 3 ? argv[1] : "";
	struct bytes data;
	struct stat st;
	unsigned cases = 0;

	if (argc < 4 || argc > 5) {
		fputs("usage: pst-faults stops|undo|power|calls|memory|starved FILE FOLDER [CASES]\n", stderr);
		return 2;
	}
	data = load(argv[2]);
	snprintf(target, sizeof target, "%s/in.pst", argv[3]);
	snprintf(journal, sizeof journal, "%s/in.pst.pstfix-undo", argv[3]);
	snprintf(out, sizeof out, "%s/out.pst", argv[3]);
	save(target, data);
	if (stat(target, &st))
		die(target, strerror(errno));
	faults.target = st.st_ino;
	faults.headers = mmap(NULL, sizeof *faults.headers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!strcmp(mode, "stops"))
		cases = stop_everywhere(data);
	else if (!strcmp(mode, "power") && argc == 5)
		cases = lose_power_everywhere(data, (unsigned)atoi(argv[4]));
	else if (!strcmp(mode, "undo"))
		cases = change_and_undo(data);
	else if (!strcmp(mode, "calls"))
		cases = fail_all(&faults.calls, data);
	else if (!strcmp(mode, "memory"))
		cases = fail_all(&faults.memory, data);
	else if (!strcmp(mode, "starved") && (faults.memory.all_behind = true))
		cases = fail_all(&faults.memory, data);
	unlink(target);
	printf("%u cases\n", cases);
	free(data.at);
	return 0;
}
