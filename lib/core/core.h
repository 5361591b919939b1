/* What everything else stands on: failures, arrays, cursors over bytes, the checksum.
 *
 * Failures are worded once, where their cause is known, with pst_fail(); above that the
 * status is passed on. Arrays and cursors are sticky: after the first failure further
 * calls do nothing, and one look at the end tells.
 */
#ifndef PST_CORE_H
#define PST_CORE_H

#include <pstfix/pstfix.h>
#include <string.h>

#define PST_MIN(a, b) ((a) < (b) ? (a) : (b))
#define PST_MAX(a, b) ((a) > (b) ? (a) : (b))
#define PST_COUNT(array) (sizeof(array) / sizeof *(array))

/* Fills `err`, which may be NULL, and returns the status. */
pstfix_status pst_fail(pstfix_error *err, pstfix_status status, int system, uint64_t offset,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));
pstfix_status pst_fail_memory(pstfix_error *err);

/* How often memory fell short in this thread. What cannot be read for that is like what is damaged to all that goes on without it: so where a
 * result is given out, pst_unless_short() tells whether it has come to be without. */
unsigned pst_shortages(void);
pstfix_status pst_unless_short(pstfix_status status, unsigned since, pstfix_error *err);
/* malloc() where no status says that there was none left. */
void *pst_alloc(size_t size);

/* ---- arrays -------------------------------------------------------------- */

#define PST_ARRAY(type)         \
	struct {                \
		type *at;       \
		size_t n, room; \
		bool failed;    \
	}

void *pst_grow(void *items, size_t n, size_t *room, bool *failed, size_t size);

#define pst_add(array, value)                                                            \
	((array)->n < (array)->room                                                      \
	         ? (void)0                                                               \
	         : (void)((array)->at = pst_grow((array)->at, (array)->n, &(array)->room, \
	                                         &(array)->failed, sizeof *(array)->at)), \
	 (array)->failed ? (void)0 : (void)((array)->at[(array)->n++] = (value)))

/* Gives back what an array has no use for. */
#define pst_array_fit(array) ((array)->at = pst_fit((array)->at, (array)->n, &(array)->room, sizeof *(array)->at))
/* Makes room for so many at once, as pst_alloc_large() does, where it is known how many there will be, and the array is empty. */
#define pst_array_expect(array, count) \
	((array)->room ? (void)0 : (void)((array)->at = pst_expect((count), &(array)->room, sizeof *(array)->at)))
void *pst_expect(size_t n, size_t *room, size_t size);
void *pst_fit(void *items, size_t n, size_t *room, size_t size);

#define pst_array_deinit(array)                  \
	(free((array)->at), (array)->at = NULL,  \
	 (array)->n = (array)->room = 0, (array)->failed = false)

/* Of whole large pages, where the system has some and it is not a small part of one: small pages take longer to come by than to fill.
 * NULL: out of memory. */
void *pst_alloc_large(size_t size);

typedef int (*pst_compare)(const void *, const void *);
/* Like qsort(), where most often all, or all but the last few, are in order already, as an index gives them; of none, too. */
void pst_sort(void *items, size_t n, size_t size, pst_compare compare);

/* Three-way comparison for sorting. */
#define PST_ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* Finds by halves the first of `n` things in order that is not below what is looked for; `is_below` says
 * so of the one with index `middle`. */
#define PST_SEARCH(result, n, is_below)                                          \
	do {                                                                     \
		size_t low_ = 0, high_ = (n);                                    \
		while (low_ < high_) {                                           \
			const size_t middle = low_ + (high_ - low_) / 2;         \
			if (is_below)                                            \
				low_ = middle + 1;                               \
			else                                                     \
				high_ = middle;                                  \
		}                                                                \
		(result) = low_;                                                 \
	} while (0)

/* Where a number should be among `n` in order, from `first` to `last`, if they are spread evenly. */
static inline size_t pst_spread(size_t n, uint64_t first, uint64_t last, uint64_t number)
{
	if (number >= last || number <= first)
		return number <= first ? 0 : n - 1;
	return (size_t)((double)(number - first) / (double)(last - first) * (double)(n - 1));
}

/* Like PST_SEARCH, by a field that is a number. Ids and places are spread evenly, as a rule, in either half of an array: the
 * search begins where the number should be, and goes away from there by steps that double. */
#define PST_SEARCH_NUMBER(result, array, n, field, number)                                           \
	do {                                                                                         \
		size_t low_ = 0, high_ = (n), step_ = 1, half_ = high_ / 2, at_ = 0;                 \
		if (high_ && (array)[half_].field < (number))                                        \
			at_ = half_ + pst_spread(high_ - half_, (array)[half_].field,                \
			                         (array)[high_ - 1].field, (number));                \
		else if (high_)                                                                      \
			at_ = pst_spread(half_ + 1, (array)->field, (array)[half_].field, (number)); \
		for (; low_ < high_; step_ *= 2) {                                                   \
			if (at_ - low_ >= high_ - low_)                                              \
				at_ = low_ + (high_ - low_) / 2;                                     \
			if ((array)[at_].field < (number)) {                                         \
				low_ = at_ + 1;                                                      \
				at_ += step_;                                                        \
			} else {                                                                     \
				high_ = at_;                                                         \
				at_ -= step_;                                                        \
			}                                                                            \
		}                                                                                    \
		(result) = low_;                                                                     \
	} while (0)

/* ---- bytes ---------------------------------------------------------------- */

static inline uint16_t pst_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t pst_get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t pst_get64(const uint8_t *p)
{
	return pst_get32(p) | (uint64_t)pst_get32(p + 4) << 32;
}

/* A number of `width` bytes, 1 to 8. Most are words. */
static inline uint64_t pst_get(const uint8_t *p, size_t width)
{
	uint64_t value = 0;

	if (width == 8)
		return pst_get64(p);
	if (width == 4)
		return pst_get32(p);
	while (width--)
		value = value << 8 | p[width];
	return value;
}

static inline void pst_put(uint8_t *p, uint64_t value, size_t width)
{
	for (; width--; value >>= 8)
		*p++ = (uint8_t)value;
}

bool pst_all_bytes(const uint8_t *p, size_t size, uint8_t value);

/* ---- the checksum, [MS-PST] 5.3 ------------------------------------------- */

/* CRC-32 without the usual inversions: starts at 0, so that zeros have checksum 0. */
uint32_t pst_crc(const uint8_t *p, size_t size);
/* Like pst_crc, but goes on from the checksum of the bytes before. */
uint32_t pst_crc_more(uint32_t crc, const uint8_t *p, size_t size);
/* The checksum of b, from those of a and of a followed by b. */
uint32_t pst_crc_behind(uint32_t a, uint32_t a_and_b, size_t size_of_b);

/* ---- inflation ------------------------------------------------------------- */

struct pst_inflater;

struct pst_inflater *pst_inflater_open(void); /* NULL: out of memory */
void pst_inflater_free(struct pst_inflater *inflater);

/* Inflates a zlib stream into exactly `out_size` bytes; false where it does not give them. */
bool pst_inflate(struct pst_inflater *inflater, uint8_t *out, size_t out_size, const uint8_t *in,
                 size_t in_size);
/* Inflates as much of a damaged one as can be told, at most `out_size` bytes; returns how many. */
size_t pst_inflate_start(uint8_t *out, size_t out_size, const uint8_t *in, size_t in_size);

#endif
