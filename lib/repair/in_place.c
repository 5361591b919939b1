/* Changing a file in its place, and giving it back: see in_place.h. */
#include "repair/in_place.h"

#include <stdio.h>
#include <stdlib.h>

enum part { FREE, MAPS, HEADER }; /* in the order in which they are written */

struct change {
	struct pst_io *file, *planned;
	const struct pst_format *format;
	struct pst_journal journal;
	const pstfix_options *options;
	uint8_t *bytes; /* a run */
};

static enum part part_of(const struct pst_format *f, uint64_t at)
{
	const bool list = at >= f->density_list && at < f->density_list + f->page;

	return at < f->header.size ? HEADER : list || (at >= f->first_map && pst_on_maps(f, at, 1)) ? MAPS : FREE;
}

/* To the next place where another part may begin. */
static size_t step_from(const struct pst_format *f, uint64_t at)
{
	enum { PAGE_MIN = 512 };

	return at < f->header.size ? (size_t)(f->header.size - at) : (size_t)(PAGE_MIN - at % PAGE_MIN);
}

/* How many bytes of a run, from `at`, are of one part. */
static size_t same_part(const struct pst_format *f, uint64_t at, size_t size)
{
	const enum part part = part_of(f, at);
	size_t n = step_from(f, at);

	while (n < size && part_of(f, at + n) == part)
		n += step_from(f, at + n);
	return PST_MIN(n, size);
}

static pstfix_status write_part(struct change *change, enum part part, pstfix_error *err)
{
	struct pst_run run = {0};
	pstfix_status status;

	do {
		status = pst_overlay_next(&run, change->planned, run.at + run.size, err);
		for (size_t done = 0, n; done < run.size && !status; done += n) {
			const uint64_t at = run.at + done;

			n = same_part(change->format, at, run.size - done);
			if (part_of(change->format, at) != part)
				continue;
			status = change->planned->read(change->planned, change->bytes, n, at, err);
			if (!status)
				status = change->file->write(change->file, change->bytes, n, at, err);
		}
	} while (!status && run.size);
	return status ? status : pst_io_sync(change->file, err);
}

/* As clients do while they write maps: whoever opens the file now makes them anew. With a version that is not its own nobody opens it. */
static pstfix_status call_maps_invalid(struct change *change, const struct pst_header *before, pstfix_error *err)
{
	struct pst_header header = *before;
	pstfix_status status;

	if (!header.proven || header.format != change->format || !header.maps_valid)
		return PSTFIX_OK;
	header.maps_valid = 0;
	pst_header_encode(&header);
	status = change->file->write(change->file, header.raw, change->format->header.size, 0, err);
	return status ? status : pst_io_sync(change->file, err);
}

static pstfix_status write_header(struct change *change, pstfix_error *err)
{
	const size_t size = change->format->header.size;
	pstfix_status status = change->planned->read(change->planned, change->bytes, size, 0, err);

	if (!status)
		status = change->file->write(change->file, change->bytes, size, 0, err);
	return status ? status : pst_io_sync(change->file, err);
}

static pstfix_status resize(struct change *change, bool wanted, pstfix_error *err)
{
	pstfix_status status = wanted ? change->file->resize(change->file, change->planned->size, err) : PSTFIX_OK;

	return status || !wanted ? status : pst_io_sync(change->file, err);
}

static pstfix_status go_on(const struct change *change, pstfix_error *err)
{
	const pstfix_options *options = change->options;

	return options->progress && !options->progress(options->user, "writing in place", 0, 0)
	               ? pst_fail(err, PSTFIX_ERROR_CANCELLED, 0, PSTFIX_NOWHERE, "cancelled")
	               : PSTFIX_OK;
}

static pstfix_status write_all(struct change *change, const struct pst_header *before, pstfix_error *err)
{
	const uint64_t size = change->file->size, size_after = change->planned->size;
	pstfix_status status = go_on(change, err);

	if (!status)
		status = resize(change, size_after > size, err);
	if (!status)
		status = write_part(change, FREE, err);
	if (!status)
		status = go_on(change, err);
	if (!status)
		status = call_maps_invalid(change, before, err);
	if (!status)
		status = write_part(change, MAPS, err);
	if (!status)
		status = go_on(change, err);
	if (!status)
		status = write_header(change, err);
	return status ? status : resize(change, size_after < size, err);
}

/* What is in the journal is still there, whatever else happens. */
static pstfix_status give_back(struct change *change, const char *path, pstfix_error *err)
{
	const pstfix_status status = pst_journal_restore(&change->journal, change->file, err);

	return status ? status : pst_io_remove(path, err);
}

static pstfix_status carry_out(struct change *change, const struct pst_header *before, const char *path, pstfix_error *err)
{
	pstfix_status status = write_all(change, before, err), undone;
	pstfix_error why;

	if (status == PSTFIX_ERROR_CANCELLED) {
		undone = give_back(change, path, &why);
		return undone ? pst_fail(err, undone, why.system, why.offset, "%s; undo gives back what was", why.message) : status;
	}
	if (!status)
		status = pst_journal_mark(&change->journal, err);
	if (status && err) {
		why = *err;
		pst_fail(err, status, why.system, why.offset, "%s; undo gives back what was", why.message);
	}
	return status;
}

pstfix_status pst_change_in_place(struct pst_io *file, struct pst_io *planned, const struct pst_format *format, const struct pst_header *before,
                                  const char *journal, const pstfix_options *options, pstfix_error *err)
{
	struct change change = {.file = file, .planned = planned, .format = format, .options = options, .bytes = malloc(PST_OVERLAY_RUN)};
	pstfix_status status = change.bytes ? pst_journal_make(&change.journal, journal, file, planned, err) : pst_fail_memory(err);

	if (!status)
		status = carry_out(&change, before, journal, err);
	pst_journal_close(&change.journal);
	free(change.bytes);
	return status;
}

/* ---- a copy before ----------------------------------------------------------------------- */

static pstfix_status compare_piece(struct pst_io *a, struct pst_io *b, uint8_t *bytes, size_t size, uint64_t at, pstfix_error *err)
{
	pstfix_status status = a->read(a, bytes, size, at, err);

	if (!status)
		status = b->read(b, bytes + size, size, at, err);
	return status || !memcmp(bytes, bytes + size, size) ? status : pst_fail(err, PSTFIX_ERROR_IO, 0, at, "the backup is not what the file is");
}

static pstfix_status compare(struct pst_io *a, struct pst_io *b, const pstfix_options *options, pstfix_error *err)
{
	enum { PIECE = 1 << 18 };
	uint8_t *bytes = malloc(2 * PIECE);
	pstfix_status status = bytes ? PSTFIX_OK : pst_fail_memory(err);

	for (uint64_t at = 0; at < a->size && !status; at += PIECE) {
		if (options->progress && !options->progress(options->user, "comparing the backup", at, a->size))
			status = pst_fail(err, PSTFIX_ERROR_CANCELLED, 0, PSTFIX_NOWHERE, "cancelled");
		else
			status = compare_piece(a, b, bytes, (size_t)PST_MIN(a->size - at, (uint64_t)PIECE), at, err);
	}
	free(bytes);
	return status;
}

pstfix_status pst_back_up(struct pst_io *file, const char *path, const pstfix_options *options, pstfix_error *err)
{
	struct pst_io *copy = NULL;
	pstfix_error why;
	pstfix_status status = pst_io_open_temporary(&copy, path, false, file, &why);

	if (!status)
		status = pst_io_copy(copy, file, file->size, options, &why);
	if (!status)
		status = compare(file, copy, options, &why);
	if (!status)
		status = pst_temporary_commit(copy, &why);
	pst_io_close(copy);
	return status ? pst_fail(err, status, why.system, why.offset, "%s; of the backup %s", why.message, path) : PSTFIX_OK;
}

/* ---- undo -------------------------------------------------------------------------------- */

static pstfix_status undo(const char *path, const char *name, pstfix_error *err)
{
	struct pst_journal journal;
	struct pst_io *file;
	pstfix_error why;
	pstfix_status status = pst_journal_open(&journal, name, true, &why);

	if (status)
		return pst_fail(err, status, why.system, PSTFIX_NOWHERE, "the undo journal %s: %s", name, why.message);
	status = pst_io_open_write(&file, path, err);
	if (!status) {
		status = pst_io_lock(file) ? pst_journal_restore(&journal, file, err)
		                           : pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "another process has locked it; it may be at work");
		pst_io_close(file);
	}
	pst_journal_close(&journal);
	return status ? status : pst_io_remove(name, err);
}

pstfix_status pstfix_undo(const char *path, const char *journal, pstfix_error *err)
{
	char *name = journal ? NULL : pst_journal_name(path);
	const pstfix_status status = journal || name ? undo(path, journal ? journal : name, err) : pst_fail_memory(err);

	free(name);
	return status;
}

pstfix_undo_state pstfix_undo_state_of(const char *path, const char *journal)
{
	char *name = journal ? NULL : pst_journal_name(path);
	pstfix_undo_state state = PSTFIX_UNDO_NONE;
	struct pst_journal found;

	if ((journal || name) && !pst_journal_open(&found, journal ? journal : name, false, NULL)) {
		state = found.done ? PSTFIX_UNDO_DONE : PSTFIX_UNDO_STARTED;
		pst_journal_close(&found);
	}
	free(name);
	return state;
}
