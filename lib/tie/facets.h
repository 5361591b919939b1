/* Where many strays have one key, as contacts have, which were never delivered: other things that a row repeats of what it
 * stands for, hashed, so that a row is compared with few of them. */
#ifndef PST_FACETS_H
#define PST_FACETS_H

#include "tie/stray.h"

enum { PST_FACETS_TRIES = 64 };

struct pst_facet {
	uint64_t hash;
	uint32_t heap;
	uint32_t gone; /* of the first with its hash: how many, from it on, are not left any more */
};

struct pst_facets {
	PST_ARRAY(struct pst_facet) at; /* by hash, then as the heaps are, or the newest first */
};

/* What a row may stand for. */
struct pst_candidates {
	struct pst_stray *at[PST_FACETS_TRIES];
	size_t n;
};

pstfix_status pst_facets_init(struct pst_facets *out, const struct pst_strays *strays, pstfix_error *err);
void pst_facets_deinit(struct pst_facets *facets);
/* Some that were not left are left again. */
void pst_facets_renew(struct pst_facets *facets);

/* Those of a kind that are left and have this key, or, where `key` is NULL, any; of many those that are most like the current
 * row. */
void pst_facets_find(struct pst_candidates *out, struct pst_facets *facets, const struct pst_strays *strays,
                     const struct pst_tc *tc, enum pst_stray_kind kind, const uint64_t *key);

#endif
