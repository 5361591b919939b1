/* Larger writes and reads: see gather.h. */
#include "bytes/gather.h"

#include <stdlib.h>

enum { RUN = 1 << 16, WINDOW = 1 << 14 };

/* Bytes of the file, from `at`. */
struct piece {
	uint64_t at;
	size_t size;
};

struct gatherer {
	struct pst_io io;
	struct pst_io *below;
	struct piece run;    /* not written yet */
	struct piece window; /* read */
	uint64_t last;       /* where the last read was */
	pstfix_error failure; /* the first: what was to be written is gone, so that nothing after it counts */
	uint8_t run_bytes[RUN], window_bytes[WINDOW];
};

static bool overlaps(const struct piece *piece, uint64_t at, size_t size)
{
	return at < piece->at + piece->size && piece->at < at + size;
}

static bool has(const struct piece *piece, uint64_t at, size_t size)
{
	return at >= piece->at && size <= piece->size && at - piece->at <= piece->size - size;
}

pstfix_status pst_gather_flush(struct pst_io *io, pstfix_error *err)
{
	struct gatherer *gatherer = (struct gatherer *)io;
	struct pst_io *below = gatherer->below;
	const size_t size = gatherer->run.size;

	if (gatherer->failure.status && err)
		*err = gatherer->failure;
	if (gatherer->failure.status)
		return gatherer->failure.status;
	if (overlaps(&gatherer->window, gatherer->run.at, size))
		gatherer->window.size = 0;
	gatherer->run.size = 0;
	if (size && below->write(below, gatherer->run_bytes, size, gatherer->run.at, &gatherer->failure))
		return pst_gather_flush(io, err);
	return PSTFIX_OK;
}

static pstfix_status gather_write(struct pst_io *io, const void *data, size_t size, uint64_t offset, pstfix_error *err)
{
	struct gatherer *gatherer = (struct gatherer *)io;
	struct piece *run = &gatherer->run;
	pstfix_status status = PSTFIX_OK;

	if (offset != run->at + run->size || size > RUN - run->size)
		status = pst_gather_flush(io, err);
	if (!status && size > RUN) {
		gatherer->window.size = 0;
		status = gatherer->below->write(gatherer->below, data, size, offset, err);
	} else if (!status) {
		run->at = run->size ? run->at : offset;
		memcpy(gatherer->run_bytes + run->size, data, size);
		run->size += size;
	}
	io->size = status ? io->size : PST_MAX(io->size, offset + size);
	return status;
}

/* Whether the next read may well be of the same piece. */
static bool goes_on(const struct gatherer *gatherer, uint64_t offset)
{
	return offset + WINDOW > gatherer->last && offset < gatherer->last + WINDOW;
}

static bool fill_window(struct gatherer *gatherer, uint64_t offset)
{
	const uint64_t at = offset - offset % PST_SECTOR;
	const size_t size = (size_t)PST_MIN((uint64_t)WINDOW, gatherer->below->size - PST_MIN(at, gatherer->below->size));

	gatherer->window = (struct piece){at, size};
	if (gatherer->below->read(gatherer->below, gatherer->window_bytes, size, at, NULL))
		gatherer->window.size = 0;
	return gatherer->window.size;
}

static pstfix_status gather_read(struct pst_io *io, void *out, size_t size, uint64_t offset, pstfix_error *err)
{
	struct gatherer *gatherer = (struct gatherer *)io;
	const struct piece *window = &gatherer->window;
	const bool near = goes_on(gatherer, offset);
	pstfix_status status = overlaps(&gatherer->run, offset, size) ? pst_gather_flush(io, err) : PSTFIX_OK;

	gatherer->last = offset;
	if (status)
		return status;
	if (!has(window, offset, size) && !(near && fill_window(gatherer, offset) && has(window, offset, size)))
		return gatherer->below->read(gatherer->below, out, size, offset, err);
	memcpy(out, gatherer->window_bytes + (offset - window->at), size);
	return PSTFIX_OK;
}

static pstfix_status gather_resize(struct pst_io *io, uint64_t size, pstfix_error *err)
{
	struct gatherer *gatherer = (struct gatherer *)io;
	pstfix_status status = pst_gather_flush(io, err);

	gatherer->window.size = 0;
	if (!status)
		status = gatherer->below->resize(gatherer->below, size, err);
	io->size = gatherer->below->size;
	return status;
}

static pstfix_status flush_through(struct pst_io *io, pstfix_error *err)
{
	struct gatherer *gatherer = (struct gatherer *)io;
	pstfix_status status = pst_gather_flush(io, err);

	return status ? status : gatherer->below->flush(gatherer->below, err);
}

static void gather_close(struct pst_io *io)
{
	free(io);
}

pstfix_status pst_gather_open(struct pst_io **out, struct pst_io *below, pstfix_error *err)
{
	struct gatherer *gatherer = malloc(sizeof *gatherer);

	if (!gatherer)
		return pst_fail_memory(err);
	*gatherer = (struct gatherer){.io = {.size = below->size, .sector = below->sector, .read = gather_read, .write = gather_write,
	                                     .resize = gather_resize, .flush = flush_through, .close = gather_close},
	                              .below = below};
	*out = &gatherer->io;
	return PSTFIX_OK;
}
