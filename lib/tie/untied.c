/* Messages that neither an index nor a table ties to a node. Each gets a new one, in the folder that it names or in none.
 *
 * Where the block index or a map says that its block is in use, it is a message of the store. Else it may be one that was
 * deleted, which nothing can tell any more, or an older version: that has the search key of the one that is there. */
#include "tie/tie_inside.h"

#include <stdlib.h>

enum { MESSAGE = 4, ASSOCIATED = 8, SEARCH_KEY = 0x300B, CREATION_TIME = 0x3007 };

/* A message that is there. */
struct present {
	uint64_t identity;
	uint32_t nid;
};

/* A message, and what is the same in all its versions. */
struct untied {
	const struct pst_stray *stray;
	uint64_t identity;
	bool certain; /* its block is in use */
};

struct untieds {
	struct pst_tie *tie;
	PST_ARRAY(struct untied) all;
	PST_ARRAY(struct present) present; /* by identity */
	PST_ARRAY(struct pst_node) nodes; /* new ones */
	uint32_t number[PST_NID_TYPES];   /* given last */
};

/* ---- versions of a message --------------------------------------------------------------------- */

/* FNV-1a of the first bytes of a property. */
static uint64_t take_property(uint64_t hash, const struct pst_pc *pc, uint16_t id)
{
	const struct pst_property *property = pst_pc_find(pc, id);
	uint8_t bytes[64];
	struct pst_value value;
	size_t n;

	if (!property || pst_pc_value(&value, pc, property, NULL))
		return hash;
	n = pst_value_read(&value, bytes, sizeof bytes, 0);
	pst_value_deinit(&value);
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001B3);
	return hash;
}

/* By its search key; one that has none by its subject and times. 0: it is not known. */
static uint64_t identity_of(struct pst_tie *tie, uint64_t data)
{
	static const uint16_t others[] = {0x0037, 0x0039, 0x0E06, 0x1035};
	const uint64_t nothing = UINT64_C(0xCBF29CE484222325);
	struct pst_pc pc;
	uint64_t hash;

	if (tie->status || !pst_reader_spend(&tie->reader, OPEN_WORK))
		return 0;
	tie->status = pst_pc_open(&pc, &tie->reader, data, NULL, tie->err);
	if (tie->status)
		return 0;
	hash = take_property(nothing, &pc, SEARCH_KEY);
	for (size_t i = 0; i < PST_COUNT(others) && !pst_pc_find(&pc, SEARCH_KEY); i++)
		hash = take_property(hash, &pc, others[i]);
	hash = take_property(hash, &pc, CREATION_TIME);
	pst_pc_deinit(&pc);
	return hash == nothing ? data : hash;
}

static int by_present(const void *a, const void *b)
{
	const struct present *x = a, *y = b;
	const int order = PST_ORDER(x->identity, y->identity);

	return order ? order : PST_ORDER(x->nid, y->nid);
}

static void know_present(struct untieds *untieds)
{
	const struct pst_index *index = untieds->tie->index;

	for (size_t i = 0; i < index->nodes.n; i++) {
		const struct pst_node *node = &index->nodes.at[i];

		if ((node->nid & 31) == MESSAGE || (node->nid & 31) == ASSOCIATED)
			pst_add(&untieds->present, ((struct present){identity_of(untieds->tie, node->data), node->nid}));
	}
	if (untieds->present.n)
		qsort(untieds->present.at, untieds->present.n, sizeof *untieds->present.at, by_present);
}

/* Messages that are there with this identity: the first, and how many. */
static const struct present *find_present(const struct untieds *untieds, uint64_t identity, size_t *n)
{
	const struct present *at = untieds->present.at;
	size_t first, end;

	PST_SEARCH(first, untieds->present.n, at[middle].identity < identity);
	PST_SEARCH(end, untieds->present.n, at[middle].identity <= identity);
	*n = end - first;
	return at + first;
}

/* Of one message those in use first, then the newest. */
static int by_identity(const void *a, const void *b)
{
	const struct untied *x = a, *y = b;
	int order = PST_ORDER(x->identity, y->identity);

	order = order ? order : PST_ORDER(y->certain, x->certain);
	return order ? order : PST_ORDER(y->stray->data, x->stray->data);
}

static int by_data(const void *a, const void *b)
{
	const struct untied *x = a, *y = b;

	return PST_ORDER(x->stray->data, y->stray->data);
}

/* ---- which there are --------------------------------------------------------------------------- */

static void collect(struct untieds *untieds, enum pst_stray_kind kind)
{
	struct pst_tie *tie = untieds->tie;
	size_t n;
	const struct pst_stray *some = pst_strays_of(&tie->strays, kind, NULL, &n);

	for (size_t i = 0; i < n && !tie->status; i++) {
		const struct pst_block *block = pst_index_block(tie->index, some[i].data);

		if (some[i].left && pst_stray_missing(tie->index, block))
			pst_add(&untieds->all, ((struct untied){&some[i], identity_of(tie, some[i].data), pst_tie_is_in_use(tie, some[i].data)}));
	}
}

/* A node as it is with other data, or a new one. */
static void add_node(struct untieds *untieds, const struct pst_stray *stray, uint32_t nid, uint32_t parent)
{
	pst_add(&untieds->nodes, ((struct pst_node){.nid = nid, .parent = parent, .data = stray->data, .sub = stray->sub,
	                                            .sure = PST_TIED, .page = PSTFIX_NOWHERE, .page_at = PSTFIX_NOWHERE,
	                                            .lost = PSTFIX_NOWHERE}));
}

/* Where no root is known, what a page says of a message may be an older version than the one in hand. */
static void renew(struct untieds *untieds, const struct untied *untied, uint32_t nid)
{
	struct pst_tie *tie = untieds->tie;
	const struct pst_node *node = pst_index_node(tie->index, nid);

	if ((node->sure != PST_CLAIMED && node->sure != PST_STALE) || node->data > untied->stray->data)
		return;
	add_node(untieds, untied->stray, nid, node->parent);
	PST_TELL(tie->teller, NBT_TIED, .nid = nid, .id = untied->stray->data, .found = node->parent);
}

/* Keeps one version of each message, and none of those that are there. */
static void drop_versions(struct untieds *untieds)
{
	const bool tells = untieds->tie->lost; /* where nothing else was lost, they were deleted */
	size_t n = 0;
	uint64_t last = 0;

	qsort(untieds->all.at, untieds->all.n, sizeof *untieds->all.at, by_identity);
	for (size_t i = 0; i < untieds->all.n; i++) {
		const struct untied untied = untieds->all.at[i];
		const bool first = !i || untied.identity != last;
		size_t there;
		const struct present *present = find_present(untieds, untied.identity, &there);

		last = untied.identity;
		if (untied.certain || (tells && untied.identity && first && !there))
			untieds->all.at[n++] = untied;
		else if (tells && untied.identity && first && there == 1)
			renew(untieds, &untied, present->nid);
	}
	untieds->all.n = n;
	qsort(untieds->all.at, untieds->all.n, sizeof *untieds->all.at, by_data);
}

/* ---- new nodes ----------------------------------------------------------------------------------- */

static void find_number(struct untieds *untieds, uint32_t type)
{
	const struct pst_tie *tie = untieds->tie;
	const uint32_t in_use = PST_MAX(tie->index->rgnid[type], tie->index->rgnid_sub[type]);

	untieds->number[type] = PST_MAX(PST_MAX(in_use, tie->highest[type]), pst_rgnid_first(type));
	if (tie->survey->header.proven)
		untieds->number[type] = PST_MAX(untieds->number[type], tie->survey->header.rgnid[type]);
}

/* Where ids have come to an end, the first that is free. */
static uint32_t new_nid(struct untieds *untieds, uint32_t type)
{
	uint32_t *number = &untieds->number[type];

	do
		*number = *number < PST_NID_INDEX_MAX - 1 ? *number + 1 : pst_rgnid_first(type) + 1;
	while (pst_index_node(untieds->tie->index, *number << 5 | type));
	return *number << 5 | type;
}

static void add_new(struct untieds *untieds, const struct pst_stray *stray, uint32_t parent)
{
	struct pst_tie *tie = untieds->tie;
	const uint32_t type = stray->kind == PST_STRAY_ASSOCIATED ? ASSOCIATED : MESSAGE;
	const uint32_t nid = new_nid(untieds, type);

	add_node(untieds, stray, nid, parent);
	PST_TELL(tie->teller, NBT_UNTIED, .nid = nid, .id = stray->data, .offset = pst_index_block(tie->index, stray->data)->at);
	if (!stray->paired)
		PST_TELL(tie->teller, NBT_UNPAIRED, .nid = nid, .id = stray->data);
}

/* What may have been deleted is not put among what is there. */
static void add_all(struct untieds *untieds)
{
	struct pst_tie *tie = untieds->tie;
	struct pst_tie_names names;

	find_number(untieds, MESSAGE);
	find_number(untieds, ASSOCIATED);
	tie->status = pst_tie_names_init(&names, tie);
	for (size_t i = 0; i < untieds->all.n && !tie->status; i++) {
		const struct untied *untied = &untieds->all.at[i];

		add_new(untieds, untied->stray, untied->certain ? pst_tie_names_find(&names, tie, untied->stray) : 0);
	}
	pst_tie_names_deinit(&names);
}

void pst_tie_untied(struct pst_tie *tie)
{
	struct untieds untieds = {.tie = tie};

	collect(&untieds, PST_STRAY_MESSAGE);
	collect(&untieds, PST_STRAY_ASSOCIATED);
	if (untieds.all.n && !tie->status) {
		know_present(&untieds);
		drop_versions(&untieds);
		add_all(&untieds);
	}
	if (!tie->status && (untieds.all.failed || untieds.present.failed || untieds.nodes.failed))
		tie->status = pst_fail_memory(tie->err);
	if (!tie->status && untieds.nodes.n)
		tie->status = pst_index_take_in(tie->index, untieds.nodes.at, untieds.nodes.n, tie->err);
	tie->index->unanswered += untieds.all.n;
	free(untieds.all.at);
	free(untieds.present.at);
	free(untieds.nodes.at);
}
