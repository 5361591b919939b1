/* Strays by what rows repeat of them: see facets.h. */
#include "tie/tie_inside.h"

#include <stdlib.h>

enum {
	CROWD = 8,     /* no more than so many with one key are compared with each row */
	PROPERTIES = 6 /* at most */
};

/* What tables have of each kind, beside its key: first together, then all but the size, which rows may have wrong, then one by
 * one. */
static const struct repeated {
	uint8_t all, surest; /* which of them, as bits */
	uint16_t id[PROPERTIES];
} repeated[] = {
	[PST_STRAY_FOLDER] = {0x0F, 0x07, {0x3602, 0x3603, 0x360A, 0x3613, 0x6638, 0x67F4}},
	[PST_STRAY_MESSAGE] = {0x1F, 0x0F, {0x0037, 0x0039, 0x0071, 0x3008, 0x0E08, 0x67F4}},
	[PST_STRAY_ASSOCIATED] = {0x0F, 0x07, {0x3001, 0x6800, 0x7006, 0x7003, 0x3008, 0x67F4}},
};

static bool is_repeated(unsigned kind)
{
	return kind == PST_STRAY_FOLDER || kind == PST_STRAY_MESSAGE || kind == PST_STRAY_ASSOCIATED;
}

enum { TOGETHER = 2, FACETS = TOGETHER + PROPERTIES };

/* The properties that a facet is of, as bits. */
static unsigned facet_of(unsigned kind, unsigned which)
{
	return which == 0 ? repeated[kind].all : which == 1 ? repeated[kind].surest : 1u << (which - TOGETHER);
}

/* ---- hashes -------------------------------------------------------------------------------- */

/* Of a value; 0: it is empty, or all zeros. */
static uint64_t hash_value(struct pst_value *value)
{
	const uint64_t key = pst_stray_key(value);

	pst_value_deinit(value);
	return (uint32_t)key ? key : 0;
}

/* 0: there is nothing to hash. */
static uint64_t hash_facet(const uint64_t values[PROPERTIES], unsigned kind, uint64_t key, unsigned facet)
{
	const uint64_t prime = UINT64_C(0x9E3779B97F4A7C15);
	uint64_t hash = ((key ^ facet << 8 ^ kind) + 1) * prime;
	bool any = facet == repeated[kind].all;

	for (unsigned i = 0; i < PROPERTIES; i++)
		if (facet & 1u << i) {
			any |= values[i] != 0;
			hash = (hash ^ hash >> 29 ^ values[i]) * prime;
		}
	return any ? hash | 1 : 0;
}

static void read_properties(uint64_t out[PROPERTIES], const struct pst_pc *pc, unsigned kind)
{
	for (unsigned i = 0; i < PROPERTIES; i++) {
		const struct pst_property *property = pst_pc_find(pc, repeated[kind].id[i]);
		struct pst_value value;

		out[i] = 0;
		if (property && !pst_pc_value(&value, pc, property, NULL))
			out[i] = hash_value(&value);
	}
}

static void read_cells(uint64_t out[PROPERTIES], const struct pst_tc *tc, unsigned kind)
{
	for (unsigned i = 0; i < PROPERTIES; i++) {
		const struct pst_column *column = pst_tc_column_of(tc, repeated[kind].id[i]);
		struct pst_value value;

		out[i] = 0;
		if (column && pst_tc_has(tc, column) && !pst_tc_cell(&value, tc, column, NULL))
			out[i] = hash_value(&value);
	}
}

/* ---- all of them --------------------------------------------------------------------------- */

static int by_hash(const void *a, const void *b)
{
	const struct pst_facet *x = a, *y = b;
	const int order = PST_ORDER(x->hash, y->hash);

	return order ? order : PST_ORDER(x->heap, y->heap);
}

static int by_hash_newest_first(const void *a, const void *b)
{
	const struct pst_facet *x = a, *y = b;
	const int order = PST_ORDER(x->hash, y->hash);

	return order ? order : PST_ORDER(y->heap, x->heap);
}

static pstfix_status take_stray(struct pst_facets *facets, const struct pst_strays *strays, size_t heap, pstfix_error *err)
{
	const struct pst_stray *stray = &strays->heaps.at[heap];
	uint64_t values[PROPERTIES];
	struct pst_full_pc full;
	pstfix_status status = pst_full_pc_open(&full, strays->reader, stray->data, stray->sub, err);

	if (status)
		return status;
	read_properties(values, &full.pc, stray->kind);
	pst_full_pc_deinit(&full);
	for (unsigned i = 0; i < FACETS; i++) {
		const uint64_t hash = hash_facet(values, stray->kind, stray->key, facet_of(stray->kind, i));

		if (hash)
			pst_add(&facets->at, ((struct pst_facet){hash, (uint32_t)heap, 0}));
	}
	return PSTFIX_OK;
}

pstfix_status pst_facets_init(struct pst_facets *out, const struct pst_strays *strays, pstfix_error *err)
{
	const struct pst_stray *heaps = strays->heaps.at;
	pstfix_status status = PSTFIX_OK;
	size_t end;

	*out = (struct pst_facets){0};
	for (size_t first = 0; first < strays->heaps.n && !status; first = end) {
		for (end = first + 1; end < strays->heaps.n && heaps[end].kind == heaps[first].kind && heaps[end].key == heaps[first].key;)
			end++;
		if (!is_repeated(heaps[first].kind) || end - first <= CROWD)
			continue;
		for (size_t i = first; i < end && !status && pst_reader_spend(strays->reader, OPEN_WORK); i++)
			status = take_stray(out, strays, i, err);
	}
	pst_sort(out->at.at, out->at.n, sizeof *out->at.at, strays->index->bbt_knows ? by_hash : by_hash_newest_first);
	return status || !out->at.failed ? status : pst_fail_memory(err);
}

void pst_facets_deinit(struct pst_facets *facets)
{
	pst_array_deinit(&facets->at);
}

void pst_facets_renew(struct pst_facets *facets)
{
	for (size_t i = 0; i < facets->at.n; i++)
		facets->at.at[i].gone = 0;
}

/* ---- those like a row ------------------------------------------------------------------------ */

/* Some that have a facet in common with the row. */
struct bucket {
	struct pst_facet *first;
	size_t n, tries; /* how many of them are compared */
};

static struct bucket find_bucket(const struct pst_facets *facets, const struct pst_strays *strays, uint64_t hash, size_t tries)
{
	struct pst_facet *at = facets->at.at;
	struct bucket out = {NULL, 0, 0};
	size_t first, end;

	if (!hash)
		return out;
	PST_SEARCH(first, facets->at.n, at[middle].hash < hash);
	PST_SEARCH(end, facets->at.n, at[middle].hash <= hash);
	if (first == end)
		return out;
	while (at[first].gone < end - first && !strays->heaps.at[at[first + at[first].gone].heap].left)
		at[first].gone++;
	out = (struct bucket){at + first + at[first].gone, end - first - at[first].gone, tries};
	return out;
}

/* All that it has in common with the row; where nothing has that, the one thing that fewest have. */
static struct bucket choose_bucket(const struct pst_facets *facets, const struct pst_strays *strays,
                                   const uint64_t values[PROPERTIES], unsigned kind, uint64_t key)
{
	struct bucket best = {NULL, 0, 0};

	for (unsigned i = 0; i < FACETS; i++) {
		const uint64_t hash = hash_facet(values, kind, key, facet_of(kind, i));
		const struct bucket bucket = find_bucket(facets, strays, hash, i < TOGETHER ? CROWD : PST_FACETS_TRIES);

		if (i < TOGETHER && bucket.n)
			return bucket;
		if (bucket.n && (!best.n || bucket.n < best.n))
			best = bucket;
	}
	return best;
}

static void take(struct pst_candidates *out, struct pst_stray *stray)
{
	if (stray->left)
		out->at[out->n++] = stray;
}

void pst_facets_find(struct pst_candidates *out, struct pst_facets *facets, const struct pst_strays *strays,
                     const struct pst_tc *tc, enum pst_stray_kind kind, const uint64_t *key)
{
	uint64_t values[PROPERTIES];
	struct bucket bucket;
	size_t n;
	struct pst_stray *some = pst_strays_of(strays, kind, key, &n);

	out->n = 0;
	if (!key || n <= CROWD || !is_repeated(kind)) {
		for (size_t i = 0; i < n && out->n < PST_FACETS_TRIES && pst_reader_spend(strays->reader, STEP_WORK); i++)
			take(out, &some[i]);
		return;
	}
	read_cells(values, tc, kind);
	bucket = choose_bucket(facets, strays, values, kind, *key);
	for (size_t i = 0; i < bucket.n && out->n < bucket.tries && pst_reader_spend(strays->reader, 1); i++)
		take(out, &strays->heaps.at[bucket.first[i].heap]);
}
