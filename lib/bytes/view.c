/* Bytes in another order than they lie in: see io.h. */
#include "bytes/io.h"

#include <errno.h>
#include <stdlib.h>

enum { SECTOR_MIN = 512 };

struct view {
	struct pst_io io;
	struct pst_piece *pieces;
	size_t n;
	bool strict;
};

/* The first piece that ends behind `offset`. */
static size_t piece_at(const struct view *view, uint64_t offset)
{
	size_t low = 0, high = view->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (view->pieces[middle].at + view->pieces[middle].size <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static pstfix_status view_read(struct pst_io *io, void *out, size_t size, uint64_t offset, pstfix_error *err)
{
	const struct view *view = (const struct view *)io;
	pstfix_status status = PSTFIX_OK;
	uint64_t next = offset; /* what is there up to here */
	uint8_t *to = out;

	if (size > io->size || offset > io->size - size)
		return pst_fail(err, PSTFIX_ERROR_IO, 0, offset, "cannot read: the file ends before it should");
	memset(out, 0, size);
	for (size_t i = piece_at(view, offset); i < view->n && view->pieces[i].at < offset + size && !status; i++) {
		const struct pst_piece *piece = &view->pieces[i];
		const uint64_t first = PST_MAX(piece->at, offset), last = PST_MIN(piece->at + piece->size, offset + size);

		status = io->below->read(io->below, to + (first - offset), (size_t)(last - first), piece->from + (first - piece->at), err);
		next = next == first ? last : next;
	}
	if (!status && view->strict && next != offset + size)
		status = pst_fail(err, PSTFIX_ERROR_IO, EIO, next, "cannot read: by the map this was not rescued");
	return status;
}

static void view_close(struct pst_io *io)
{
	struct view *view = (struct view *)io;

	pst_io_close(io->below);
	free(view->pieces);
	free(view);
}

pstfix_status pst_io_open_view(struct pst_io **out, struct pst_io *below, const struct pst_piece *pieces, size_t n,
                               uint64_t size, bool strict, pstfix_error *err)
{
	struct view *view = calloc(1, sizeof *view);
	struct pst_piece *copy = calloc(n + 1, sizeof *copy);

	if (!view || !copy) {
		free(view);
		free(copy);
		return pst_fail_memory(err);
	}
	if (n)
		memcpy(copy, pieces, n * sizeof *copy);
	*view = (struct view){
		.io = {.size = size, .sector = strict ? SECTOR_MIN : below->sector, .concurrent = below->concurrent, .below = below,
		       .read = view_read, .close = view_close},
		.pieces = copy, .n = n, .strict = strict,
	};
	*out = &view->io;
	return PSTFIX_OK;
}

struct pst_io *pst_io_close_view(struct pst_io *io)
{
	struct pst_io *below = io->below;

	io->below = NULL;
	pst_io_close(io);
	return below;
}

const struct pst_piece *pst_io_piece(const struct pst_io *io, size_t index)
{
	const struct view *view = (const struct view *)io;

	return io->below && index < view->n ? &view->pieces[index] : NULL;
}

bool pst_io_has(const struct pst_io *io, uint64_t offset, uint64_t size)
{
	const struct view *view = (const struct view *)io;
	uint64_t next = offset; /* what is there up to here */
	bool has = true;

	if (!io->below)
		return true;
	for (size_t i = piece_at(view, offset); i < view->n && view->pieces[i].at < offset + size && has; i++) {
		const struct pst_piece *piece = &view->pieces[i];
		const uint64_t first = PST_MAX(piece->at, offset), last = PST_MIN(piece->at + piece->size, offset + size);

		has = pst_io_has(io->below, piece->from + (first - piece->at), last - first);
		next = next == first ? last : next;
	}
	return has && (!view->strict || next == offset + size);
}

uint64_t pst_io_place(const struct pst_io *io, uint64_t offset)
{
	const struct view *view = (const struct view *)io;
	size_t i;

	if (!io->below)
		return offset;
	i = piece_at(view, offset);
	return i < view->n && view->pieces[i].at <= offset
	               ? pst_io_place(io->below, view->pieces[i].from + (offset - view->pieces[i].at)) : PSTFIX_NOWHERE;
}
