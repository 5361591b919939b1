/* What a file would be: see overlay.h. By sectors: the first byte that is written to one takes all of it over. */
#include "bytes/overlay.h"

#include <errno.h>
#include <stdlib.h>

enum { GAP = 64 }; /* as many bytes that are the same are no end of a run */

struct overlay {
	struct pst_io io;
	struct pst_io *below, *above;
	uint64_t shown; /* so much of below: it may have been cut off, and grown since */
	PST_ARRAY(uint8_t) taken; /* a bit for each sector */
};

static struct overlay *overlay_of(struct pst_io *io)
{
	return (struct overlay *)io;
}

static bool is_taken(const struct overlay *overlay, uint64_t sector)
{
	return sector / 8 < overlay->taken.n && overlay->taken.at[sector / 8] & 1 << sector % 8;
}

/* Zeros behind its end. */
static pstfix_status read_below(const struct overlay *overlay, uint8_t *out, size_t size, uint64_t offset, pstfix_error *err)
{
	const size_t there = offset < overlay->shown ? (size_t)PST_MIN(overlay->shown - offset, (uint64_t)size) : 0;

	memset(out + there, 0, size - there);
	return there ? overlay->below->read(overlay->below, out, there, offset, err) : PSTFIX_OK;
}

static pstfix_status overlay_read(struct pst_io *io, void *out, size_t size, uint64_t offset, pstfix_error *err)
{
	const struct overlay *overlay = overlay_of(io);
	pstfix_status status = PSTFIX_OK;
	uint8_t *to = out;

	if (offset > io->size || size > io->size - offset)
		return pst_fail(err, PSTFIX_ERROR_IO, 0, offset, "cannot read: the file ends before it should");
	for (size_t n; size && !status; size -= n, offset += n, to += n) {
		const bool taken = is_taken(overlay, offset / PST_SECTOR);

		n = (size_t)PST_MIN((uint64_t)size, PST_SECTOR - offset % PST_SECTOR);
		while (n < size && is_taken(overlay, (offset + n) / PST_SECTOR) == taken)
			n = PST_MIN(size, n + PST_SECTOR);
		status = taken ? overlay->above->read(overlay->above, to, n, offset, err) : read_below(overlay, to, n, offset, err);
	}
	return status;
}

static uint64_t bytes_taken(const struct overlay *overlay)
{
	uint64_t n = 0;

	for (uint64_t sector = 0; sector < overlay->taken.n * 8; sector++)
		n += is_taken(overlay, sector);
	return n * PST_SECTOR;
}

/* How many bytes it takes in the end is not known before. */
static pstfix_status write_above(struct overlay *overlay, const void *data, size_t size, uint64_t offset, pstfix_error *err)
{
	pstfix_error why;
	const pstfix_status status = overlay->above->write(overlay->above, data, size, offset, &why);

	return !status                ? PSTFIX_OK
	       : why.system != ENOSPC ? pst_fail(err, status, why.system, why.offset, "%s", why.message)
	                              : pst_fail(err, status, ENOSPC, PSTFIX_NOWHERE,
	                                         "cannot write: what is planned takes more than %llu bytes, and the undo journal as many again",
	                                         (unsigned long long)bytes_taken(overlay));
}

static pstfix_status take_sector(struct overlay *overlay, uint64_t sector, pstfix_error *err)
{
	uint8_t bytes[PST_SECTOR];
	pstfix_status status;

	while (overlay->taken.n <= sector / 8 && !overlay->taken.failed)
		pst_add(&overlay->taken, 0);
	if (overlay->taken.failed)
		return pst_fail_memory(err);
	status = read_below(overlay, bytes, sizeof bytes, sector * PST_SECTOR, err);
	if (!status)
		status = write_above(overlay, bytes, sizeof bytes, sector * PST_SECTOR, err);
	if (!status)
		overlay->taken.at[sector / 8] |= (uint8_t)(1 << sector % 8);
	return status;
}

static pstfix_status overlay_write(struct pst_io *io, const void *data, size_t size, uint64_t offset, pstfix_error *err)
{
	struct overlay *overlay = overlay_of(io);
	pstfix_status status = PSTFIX_OK;

	for (uint64_t sector = offset / PST_SECTOR; size && sector <= (offset + size - 1) / PST_SECTOR && !status; sector++)
		if (!is_taken(overlay, sector))
			status = take_sector(overlay, sector, err);
	if (!status)
		status = write_above(overlay, data, size, offset, err);
	if (!status)
		io->size = PST_MAX(io->size, offset + size);
	return status;
}

/* What was behind the end is zeros when it grows again. */
static pstfix_status overlay_resize(struct pst_io *io, uint64_t size, pstfix_error *err)
{
	static const uint8_t zeros[PST_SECTOR];
	struct overlay *overlay = overlay_of(io);
	const uint64_t sectors = (size + PST_SECTOR - 1) / PST_SECTOR;
	pstfix_status status = PSTFIX_OK;

	for (uint64_t sector = sectors; sector < overlay->taken.n * 8; sector++)
		overlay->taken.at[sector / 8] &= (uint8_t) ~(1 << sector % 8);
	if (size % PST_SECTOR && size < io->size && is_taken(overlay, size / PST_SECTOR))
		status = write_above(overlay, zeros, PST_SECTOR - (size_t)(size % PST_SECTOR), size, err);
	overlay->shown = PST_MIN(overlay->shown, size);
	io->size = size;
	return status;
}

static pstfix_status overlay_flush(struct pst_io *io, pstfix_error *err)
{
	(void)io, (void)err;
	return PSTFIX_OK;
}

static void overlay_close(struct pst_io *io)
{
	struct overlay *overlay = overlay_of(io);

	pst_io_close(overlay->above);
	pst_array_deinit(&overlay->taken);
	free(overlay);
}

pstfix_status pst_overlay_open(struct pst_io **out, struct pst_io *below, const char *path, pstfix_error *err)
{
	struct overlay *overlay = calloc(1, sizeof *overlay);
	pstfix_status status;

	if (!overlay)
		return pst_fail_memory(err);
	status = pst_io_open_temporary(&overlay->above, path, false, below, err);
	if (status) {
		free(overlay);
		return status;
	}
	overlay->io = (struct pst_io){.size = below->size, .concurrent = below->concurrent, .sector = below->sector, .read = overlay_read,
	                              .write = overlay_write, .resize = overlay_resize, .flush = overlay_flush, .close = overlay_close};
	overlay->below = below;
	overlay->shown = below->size;
	*out = &overlay->io;
	return PSTFIX_OK;
}

void pst_overlay_forget(struct pst_io *io)
{
	struct overlay *overlay = overlay_of(io);

	overlay->taken.n = 0;
	overlay->shown = io->size = overlay->below->size;
}

/* ---- what is different --------------------------------------------------------------- */

/* Both as far as they go; what only one has is different. */
struct both {
	uint8_t below[PST_SECTOR], above[PST_SECTOR];
	size_t size;
};

static pstfix_status read_both(struct both *out, struct overlay *overlay, uint64_t sector, pstfix_error *err)
{
	const uint64_t at = sector * PST_SECTOR, size = overlay->io.size;
	struct overlay old = *overlay;
	pstfix_status status;

	old.shown = overlay->below->size;
	out->size = (size_t)PST_MIN(size - at, (uint64_t)PST_SECTOR);
	status = read_below(&old, out->below, out->size, at, err);
	return status ? status : overlay_read(&overlay->io, out->above, out->size, at, err);
}

/* Whether a sector may be different: nothing else was written, or has become zeros. */
static bool may_differ(const struct overlay *overlay, uint64_t sector)
{
	return is_taken(overlay, sector) || ((sector + 1) * PST_SECTOR > overlay->shown && sector * PST_SECTOR < overlay->below->size);
}

pstfix_status pst_overlay_next(struct pst_run *out, struct pst_io *io, uint64_t at, pstfix_error *err)
{
	struct overlay *overlay = overlay_of(io);
	uint64_t same = 0; /* so many bytes before `at` are, within a run */
	pstfix_status status = PSTFIX_OK;

	*out = (struct pst_run){0};
	while (at < io->size && !status && same < GAP) {
		struct both both;
		uint64_t sector = at / PST_SECTOR;

		if (!may_differ(overlay, sector)) {
			if (out->size)
				return PSTFIX_OK;
			at = (sector + 1) * PST_SECTOR;
			continue;
		}
		status = read_both(&both, overlay, sector, err);
		for (size_t i = (size_t)(at % PST_SECTOR); i < both.size && !status && same < GAP; i++, at++) {
			if (both.below[i] == both.above[i]) {
				same += out->size != 0;
				continue;
			}
			if (!out->size)
				out->at = at;
			if (at + 1 - out->at > PST_OVERLAY_RUN)
				return PSTFIX_OK;
			out->size = (size_t)(at + 1 - out->at);
			same = 0;
		}
	}
	return status;
}
