/* pst-floor: the least that a check can take, to compare it with.
 *
 *     pst-floor FILE
 *
 * One thread reads the file in pieces of 256 KiB and computes one checksum over each, by the library's
 * own function; where blocks are compressed, each is inflated once, out of the piece that its end is in.
 * Where they are is looked up in the index beforehand, which is no part of the floor. Prints the seconds that
 * the loop took, and those that the look-up took. */
#include "ndb/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PIECE = 1 << 18 };

struct floor {
	struct pst_io *io;
	struct pst_index index;
	struct pst_block *packed; /* by place */
	size_t n;
	struct pst_inflater *inflater;
	uint8_t *bytes, *inflated; /* the end of the piece before, then the piece */
};

static _Noreturn void die(const char *path, const pstfix_error *err)
{
	fprintf(stderr, "pst-floor: %s: %s\n", path, err->message);
	exit(1);
}

static int by_place(const void *a, const void *b)
{
	const struct pst_block *x = a, *y = b;

	return PST_ORDER(x->at, y->at);
}

static pstfix_status look_up(struct floor *floor, pstfix_error *err)
{
	struct pst_inventory pages = {0};
	struct pst_header header;
	const struct pst_format *format;
	bool from_content;
	uint64_t work;

	if (pst_survey_open(&header, &format, &from_content, &work, floor->io, err) ||
	    pst_inventory_follow(&pages, floor->io, &header, format, err) ||
	    pst_index_load(&floor->index, floor->io, &pages, &header, err))
		return err->status;
	pst_inventory_deinit(&pages);
	floor->packed = malloc((floor->index.blocks.n + 1) * sizeof *floor->packed);
	floor->inflater = pst_inflater_open();
	floor->inflated = malloc(PST_BLOCK_MAX);
	if (!floor->packed || !floor->inflater || !floor->inflated)
		return pst_fail_memory(err);
	for (size_t i = 0; i < floor->index.blocks.n; i++)
		if (floor->index.blocks.at[i].size != floor->index.blocks.at[i].inflated)
			floor->packed[floor->n++] = floor->index.blocks.at[i];
	qsort(floor->packed, floor->n, sizeof *floor->packed, by_place);
	return PSTFIX_OK;
}

/* The piece, which begins at `at` in the file, is in place. */
static bool inflate_piece(struct floor *floor, size_t *next, uint64_t at, size_t size)
{
	for (; *next < floor->n; ++*next) {
		const struct pst_block *block = &floor->packed[*next];

		if (block->at + block->size > at + size)
			break;
		if (!pst_inflate(floor->inflater, floor->inflated, block->inflated,
		                 floor->bytes + PST_BLOCK_MAX + block->at - at, block->size))
			return false;
	}
	return true;
}

static pstfix_status run(struct floor *floor, uint32_t *sum, pstfix_error *err)
{
	size_t next = 0, size;

	for (uint64_t at = 0; at < floor->io->size; at += size) {
		uint8_t *piece = floor->bytes + PST_BLOCK_MAX;

		size = (size_t)PST_MIN(floor->io->size - at, (uint64_t)PIECE);
		if (floor->io->read(floor->io, piece, size, at, err))
			return err->status;
		*sum ^= pst_crc(piece, size);
		if (!inflate_piece(floor, &next, at, size))
			return pst_fail(err, PSTFIX_ERROR_FORMAT, 0, at, "a block does not inflate");
		if (floor->n)
			memmove(floor->bytes, piece + size - PST_BLOCK_MAX, PST_BLOCK_MAX);
	}
	return PSTFIX_OK;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static pstfix_status open_all(struct floor *floor, const char *path, double *look_up_took, pstfix_error *err)
{
	uint8_t raw[PST_HEADER_SIZE] = {0};
	struct pst_header header;
	pstfix_status status = pst_io_open_file(&floor->io, path, err);
	double began;

	floor->bytes = aligned_alloc(1 << 12, PST_BLOCK_MAX + PIECE);
	if (!status && !floor->bytes)
		status = pst_fail_memory(err);
	if (!status)
		status = floor->io->read(floor->io, raw, sizeof raw, 0, err);
	pst_header_decode(&header, raw, NULL);
	began = now();
	if (!status && header.format && header.format->tail_inflated)
		status = look_up(floor, err);
	*look_up_took = now() - began;
	return status;
}

int main(int argc, char **argv)
{
	struct floor floor = {0};
	pstfix_error err;
	uint32_t sum = 0;
	double began, look_up_took;

	if (argc != 2) {
		fputs("usage: pst-floor FILE\n", stderr);
		return 1;
	}
	if (open_all(&floor, argv[1], &look_up_took, &err))
		die(argv[1], &err);
	began = now();
	if (run(&floor, &sum, &err))
		die(argv[1], &err);
	printf("%.6f %.6f\n", now() - began, look_up_took);
	fprintf(stderr, "%08x\n", (unsigned)sum); /* so that no compiler leaves it out */
	pst_index_deinit(&floor.index);
	pst_inflater_free(floor.inflater);
	pst_io_close(floor.io);
	free(floor.packed);
	free(floor.bytes);
	free(floor.inflated);
	return 0;
}
