/* Failures, arrays, checksum and inflation: see core.h. */
#define _DEFAULT_SOURCE /* madvise */
#include "core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <zlib.h>
#ifdef PST_HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

pstfix_status pst_fail(pstfix_error *err, pstfix_status status, int system, uint64_t offset,
                       const char *format, ...)
{
	va_list args;

	if (!err)
		return status;
	err->status = status;
	err->system = system;
	err->offset = offset;
	va_start(args, format);
	vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	return status;
}

static _Thread_local unsigned shortages;

pstfix_status pst_fail_memory(pstfix_error *err)
{
	shortages++;
	return pst_fail(err, PSTFIX_ERROR_MEMORY, 0, PSTFIX_NOWHERE, "out of memory");
}

unsigned pst_shortages(void)
{
	return shortages;
}

pstfix_status pst_unless_short(pstfix_status status, unsigned since, pstfix_error *err)
{
	return shortages == since ? status : pst_fail_memory(err);
}

void *pst_alloc(size_t size)
{
	void *memory = malloc(size);

	shortages += !memory;
	return memory;
}

void *pst_grow(void *items, size_t n, size_t *room, bool *failed, size_t size)
{
	size_t more;
	void *grown;

	if (*failed || n < *room)
		return items;
	more = *room ? *room + *room / 2 + 1 : 16;
	grown = more < SIZE_MAX / size ? realloc(items, more * size) : NULL;
	if (!grown) {
		*failed = true;
		shortages++;
		return items;
	}
	*room = more;
	return grown;
}

void *pst_fit(void *items, size_t n, size_t *room, size_t size)
{
	void *fitting = n ? realloc(items, n * size) : NULL;

	if (!fitting)
		return items;
	*room = n;
	return fitting;
}

void *pst_alloc_large(size_t size)
{
#if defined(MADV_HUGEPAGE) && !defined(__SANITIZE_ADDRESS__) /* which is to see where it ends */
	enum { LARGE_PAGE = 2 << 20, SMALL_PART = LARGE_PAGE / 8 };
	const size_t whole = (size + LARGE_PAGE - 1) & ~(size_t)(LARGE_PAGE - 1);
	void *memory;

	if (size < SMALL_PART)
		return malloc(size);
	memory = aligned_alloc(LARGE_PAGE, whole);
	if (memory)
		madvise(memory, whole, MADV_HUGEPAGE);
	return memory;
#else
	return malloc(size);
#endif
}

void pst_sort(void *items, size_t n, size_t size, pst_compare compare)
{
	char *at = items, *rest;
	size_t sorted = 1, left;

	while (sorted < n && compare(at + (sorted - 1) * size, at + sorted * size) <= 0)
		sorted++;
	if (sorted >= n)
		return;
	left = n - sorted;
	rest = left < sorted ? malloc(left * size) : NULL;
	if (!rest) {
		qsort(items, n, size, compare);
		return;
	}
	memcpy(rest, at + sorted * size, left * size);
	qsort(rest, left, size, compare);
	while (left) {
		bool keeps = sorted && compare(at + (sorted - 1) * size, rest + (left - 1) * size) > 0;
		const char *greatest = keeps ? at + --sorted * size : rest + --left * size;

		memcpy(at + --n * size, greatest, size);
	}
	free(rest);
}

void *pst_expect(size_t n, size_t *room, size_t size)
{
	void *items = n && n < SIZE_MAX / 2 / size ? pst_alloc_large(n * size) : NULL;

	*room = items ? n : 0;
	return items;
}

bool pst_all_bytes(const uint8_t *p, size_t size, uint8_t value)
{
	return !size || (*p == value && !memcmp(p, p + 1, size - 1));
}

/* Both libraries compute the usual CRC-32, which inverts before and after; doing the same
 * once more undoes it. */
uint32_t pst_crc_more(uint32_t crc, const uint8_t *p, size_t size)
{
#ifdef PST_HAVE_LIBDEFLATE
	return ~libdeflate_crc32(~crc, p, size);
#else
	return ~(uint32_t)crc32_z(~crc, p, size);
#endif
}

uint32_t pst_crc(const uint8_t *p, size_t size)
{
	return pst_crc_more(0, p, size);
}

/* Without inversions the checksum is linear: crc(ab) = shift(crc(a), |b|) ^ crc(b), and
 * that is what zlib's combination of two checksums computes. */
uint32_t pst_crc_behind(uint32_t a, uint32_t a_and_b, size_t size_of_b)
{
	return (uint32_t)crc32_combine(a, a_and_b, (z_off_t)size_of_b);
}

size_t pst_inflate_start(uint8_t *out, size_t out_size, const uint8_t *in, size_t in_size)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)in_size, .next_out = out, .avail_out = (uInt)out_size};

	if (inflateInit(&stream) != Z_OK)
		return 0;
	inflate(&stream, Z_SYNC_FLUSH);
	inflateEnd(&stream);
	return out_size - stream.avail_out;
}

#ifdef PST_HAVE_LIBDEFLATE

struct pst_inflater *pst_inflater_open(void)
{
	return (struct pst_inflater *)libdeflate_alloc_decompressor();
}

void pst_inflater_free(struct pst_inflater *inflater)
{
	libdeflate_free_decompressor((struct libdeflate_decompressor *)inflater);
}

bool pst_inflate(struct pst_inflater *inflater, uint8_t *out, size_t out_size, const uint8_t *in,
                 size_t in_size)
{
	return libdeflate_zlib_decompress((struct libdeflate_decompressor *)inflater, in, in_size,
	                                  out, out_size, NULL) == LIBDEFLATE_SUCCESS;
}

#else

struct pst_inflater {
	z_stream stream;
};

struct pst_inflater *pst_inflater_open(void)
{
	struct pst_inflater *inflater = calloc(1, sizeof *inflater);

	if (inflater && inflateInit(&inflater->stream) != Z_OK) {
		free(inflater);
		return NULL;
	}
	return inflater;
}

void pst_inflater_free(struct pst_inflater *inflater)
{
	if (inflater)
		inflateEnd(&inflater->stream);
	free(inflater);
}

bool pst_inflate(struct pst_inflater *inflater, uint8_t *out, size_t out_size, const uint8_t *in,
                 size_t in_size)
{
	z_stream *stream = &inflater->stream;

	if (inflateReset(stream) != Z_OK)
		return false;
	stream->next_in = (Bytef *)(uintptr_t)in;
	stream->avail_in = (uInt)in_size;
	stream->next_out = out;
	stream->avail_out = (uInt)out_size;
	return inflate(stream, Z_FINISH) == Z_STREAM_END && !stream->avail_out;
}

#endif
