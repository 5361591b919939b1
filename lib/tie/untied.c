/* Messages that neither an index nor a table ties to a node. Each gets a new one, in the folder that it names or in none.
 *
 * Where the block index or a map says that its block is in use, it is a message of the store. Else it may be one that was
 * deleted, which nothing can tell any more, or an older version: that has the search key of the one that is there, and is told, since
 * it stays out. A copy has it, too; of several with one key that nothing knows, each is taken for a message that says something else. */
#include "tie/tie_inside.h"

#include <stdlib.h>

enum { MESSAGE = 4, ASSOCIATED = 8, SEARCH_KEY = 0x300B, CREATION_TIME = 0x3007 };

#define NOTHING UINT64_C(0xCBF29CE484222325)

/* A message that is there, or comes back. */
struct present {
	uint64_t identity;
	uint32_t nid;
};

/* A message, and what is the same in all its versions. */
struct untied {
	const struct pst_stray *stray;
	uint64_t identity;
	uint64_t content; /* where several have one identity */
	bool certain;     /* its block is in use */
	bool older;       /* a newer one has taken its place */
};

struct untieds {
	struct pst_tie *tie;
	PST_ARRAY(struct untied) all;
	size_t kept; /* of them */
	PST_ARRAY(struct untied) left_out; /* the others */
	PST_ARRAY(struct present) present; /* by identity */
	PST_ARRAY(struct pst_node) nodes; /* new ones */
	uint32_t number[PST_NID_TYPES];   /* given last */
};

/* ---- versions of a message --------------------------------------------------------------------- */

/* FNV-1a. */
static uint64_t take(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001B3);
	return hash;
}

/* The first `max` bytes of a property. */
static uint64_t take_property(uint64_t hash, const struct pst_pc *pc, const struct pst_property *property, uint64_t max)
{
	uint8_t bytes[64];
	struct pst_value value;

	if (!property || pst_pc_value(&value, pc, property, NULL))
		return hash;
	for (uint64_t at = 0, n = 1; n && at < max; at += n) {
		n = pst_value_read(&value, bytes, sizeof bytes, at);
		hash = take(hash, bytes, (size_t)n);
	}
	pst_value_deinit(&value);
	return hash;
}

static uint64_t take_first(uint64_t hash, const struct pst_pc *pc, uint16_t id)
{
	return take_property(hash, pc, pst_pc_find(pc, id), 64);
}

/* By its search key; one that has none by its subject and times. 0: it is not known. */
static uint64_t identity_of(struct pst_tie *tie, uint64_t data)
{
	static const uint16_t others[] = {0x0037, 0x0039, 0x0E06, 0x1035};
	struct pst_pc pc;
	uint64_t hash;

	if (tie->status || !pst_reader_spend(&tie->reader, OPEN_WORK))
		return 0;
	tie->status = pst_pc_open(&pc, &tie->reader, data, NULL, tie->err);
	if (tie->status)
		return 0;
	hash = take_first(NOTHING, &pc, SEARCH_KEY);
	for (size_t i = 0; i < PST_COUNT(others) && !pst_pc_find(&pc, SEARCH_KEY); i++)
		hash = take_first(hash, &pc, others[i]);
	hash = take_first(hash, &pc, CREATION_TIME);
	pst_pc_deinit(&pc);
	return hash == NOTHING ? data : hash;
}

/* Whether a property becomes another one when a message is read or saved, or follows from others. */
static bool is_passing(uint16_t id)
{
	static const uint16_t passing[] = {0x0E07, 0x0E08, 0x0E17, 0x0E1B, 0x3008, 0x65E2, 0x65E3, 0x67F2, 0x67F3};
	size_t i = 0;

	while (i < PST_COUNT(passing) && passing[i] != id)
		i++;
	return i < PST_COUNT(passing);
}

/* Of properties all bytes, of other subnodes the sizes. */
static uint64_t take_content(struct pst_tie *tie, const struct pst_pc *pc, const struct pst_subnodes *subnodes)
{
	uint64_t hash = NOTHING;

	for (size_t i = 0; i < pc->properties.n; i++) {
		const struct pst_property *property = &pc->properties.at[i];

		if (!is_passing(property->id))
			hash = take_property(take(hash, &property->id, sizeof property->id), pc, property, UINT64_MAX);
	}
	for (size_t i = 0; i < subnodes->entries.n; i++) {
		const uint64_t size = pst_index_size(tie->index, subnodes->entries.at[i].data);

		hash = take(hash, &size, sizeof size);
	}
	return hash | 1;
}

static uint64_t content_of(struct pst_tie *tie, const struct pst_stray *stray)
{
	struct pst_full_pc full;
	uint64_t hash;

	if (tie->status || !pst_reader_spend(&tie->reader, OPEN_WORK))
		return 0;
	tie->status = pst_full_pc_open(&full, &tie->reader, stray->data, stray->sub, tie->err);
	if (tie->status)
		return 0;
	hash = take_content(tie, &full.pc, &full.subnodes);
	pst_full_pc_deinit(&full);
	return hash;
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
	pst_sort(untieds->present.at, untieds->present.n, sizeof *untieds->present.at, by_present);
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

/* Of one identity those in use first, then the newest. */
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
			pst_add(&untieds->all, ((struct untied){.stray = &some[i], .identity = identity_of(tie, some[i].data),
			                                        .certain = pst_tie_is_in_use(tie, some[i].data)}));
	}
}

/* A node as it is with other data, or a new one. */
static void add_node(struct untieds *untieds, const struct pst_stray *stray, uint32_t nid, uint32_t parent)
{
	pst_add(&untieds->nodes, ((struct pst_node){.nid = nid, .parent = parent, .data = stray->data, .sub = stray->sub,
	                                            .sure = PST_TIED, .page = PSTFIX_NOWHERE, .page_at = PSTFIX_NOWHERE,
	                                            .lost = PSTFIX_NOWHERE}));
}

static void keep(struct untieds *untieds, struct untied untied)
{
	untieds->all.at[untieds->kept++] = untied;
}

static void leave_out(struct untieds *untieds, struct untied untied)
{
	pst_add(&untieds->left_out, untied);
}

static void tell_version(const struct pst_tie *tie, uint32_t nid, uint64_t data)
{
	PST_TELL(tie->teller, NBT_VERSION, .nid = nid, .id = data, .offset = pst_index_block(tie->index, data)->at);
}

/* What has the identity of a message that is there, and is newer, is no version that was superseded. Where no root is known, what a
 * page says of a message may be an older one itself; else it is another message, if it says something else. */
static void take_newer(struct untieds *untieds, const struct untied *untied, uint32_t nid)
{
	struct pst_tie *tie = untieds->tie;
	const struct pst_node *node = pst_index_node(tie->index, nid);
	const struct pst_stray there = pst_tie_version(node, (enum pst_stray_kind)untied->stray->kind);

	if (node->data > untied->stray->data) {
		leave_out(untieds, *untied);
	} else if (node->sure == PST_CLAIMED || node->sure == PST_STALE) {
		add_node(untieds, untied->stray, nid, node->parent);
		PST_TELL(tie->teller, NBT_TIED, .nid = nid, .id = untied->stray->data, .found = node->parent);
		if (pst_index_block(tie->index, node->data))
			tell_version(tie, nid, node->data);
	} else if (content_of(tie, untied->stray) != content_of(tie, &there)) {
		keep(untieds, *untied);
	} else {
		leave_out(untieds, *untied);
	}
}

/* Whether two lists of subnodes have one with the same data: Outlook writes a message anew with those that have not changed. That
 * both have the same list tells nothing, since it may be a guess. */
static bool share_subnode(struct pst_tie *tie, const struct pst_stray *a, const struct pst_stray *b)
{
	struct pst_subnodes x, y;
	bool shared = false;

	if (!tie->status && a->sub != b->sub)
		tie->status = pst_subnodes_open(&x, &tie->reader, a->sub, tie->err);
	if (tie->status || a->sub == b->sub)
		return false;
	tie->status = pst_subnodes_open(&y, &tie->reader, b->sub, tie->err);
	if (!tie->status) {
		for (size_t i = 0; i < x.entries.n && !shared; i++) {
			const struct pst_list_entry *same = pst_subnodes_find(&y, x.entries.at[i].nid);

			shared = same && same->data && same->data == x.entries.at[i].data;
		}
		pst_subnodes_deinit(&y);
	}
	pst_subnodes_deinit(&x);
	return shared;
}

/* Whether one of those before, which are newer, says the same, or has been made from it. */
static bool is_older_version(struct untieds *untieds, const struct untied *some, size_t i)
{
	bool older = false;

	for (size_t k = 0; k < i && !older; k++)
		older = some[k].content == some[i].content || !pst_reader_spend(&untieds->tie->reader, OPEN_WORK) ||
		        share_subnode(untieds->tie, some[k].stray, some[i].stray);
	return older;
}

/* Of those with one identity, of which none is there: copies of a message have its search key, too. */
static void keep_copies(struct untieds *untieds, struct untied *some, size_t n)
{
	for (size_t i = 0; i < n && n > 1; i++)
		some[i].content = content_of(untieds->tie, some[i].stray);
	for (size_t i = n; i--;)
		some[i].older = is_older_version(untieds, some, i);
	for (size_t i = 0; i < n; i++)
		if (some[i].older)
			leave_out(untieds, some[i]);
		else
			keep(untieds, some[i]);
}

/* Those with one identity, of which some may be there. */
static void keep_some(struct untieds *untieds, struct untied *some, size_t n)
{
	const bool tells = untieds->tie->lost && some->identity; /* where nothing else was lost, they were deleted */
	size_t there;
	const struct present *present = find_present(untieds, some->identity, &there);
	size_t done = 0;

	for (; done < n && some[done].certain; done++)
		keep(untieds, some[done]);
	if (!done && tells && !there) {
		keep_copies(untieds, some, n);
		done = n;
	} else if (!done && tells && there == 1) {
		take_newer(untieds, some, present->nid);
		done = 1;
	}
	for (; done < n; done++)
		leave_out(untieds, some[done]);
}

/* Keeps one version of each message, and none of those that are there. */
static void drop_versions(struct untieds *untieds)
{
	struct untied *all = untieds->all.at;
	size_t n;

	pst_sort(all, untieds->all.n, sizeof *all, by_identity);
	for (size_t i = 0; i < untieds->all.n; i += n) {
		for (n = 1; i + n < untieds->all.n && all[i + n].identity == all[i].identity; n++)
			;
		keep_some(untieds, &all[i], n);
	}
	untieds->all.n = untieds->kept;
	pst_sort(all, untieds->all.n, sizeof *all, by_data);
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

static void add_new(struct untieds *untieds, const struct untied *untied, uint32_t parent)
{
	const struct pst_stray *stray = untied->stray;
	struct pst_tie *tie = untieds->tie;
	const uint32_t type = stray->kind == PST_STRAY_ASSOCIATED ? ASSOCIATED : MESSAGE;
	const uint32_t nid = new_nid(untieds, type);

	add_node(untieds, stray, nid, parent);
	pst_add(&untieds->present, ((struct present){untied->identity, nid}));
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

		add_new(untieds, untied, untied->certain ? pst_tie_names_find(&names, tie, untied->stray) : 0);
	}
	pst_tie_names_deinit(&names);
}

/* Versions of what is there, or comes back; not what may have been deleted. */
static void tell_left_out(struct untieds *untieds)
{
	pst_sort(untieds->present.at, untieds->present.n, sizeof *untieds->present.at, by_present);
	for (size_t i = 0; i < untieds->left_out.n && !untieds->present.failed; i++) {
		const struct untied *untied = &untieds->left_out.at[i];
		size_t n;
		const struct present *present = find_present(untieds, untied->identity, &n);

		if (n && untied->identity)
			tell_version(untieds->tie, present->nid, untied->stray->data);
	}
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
		tell_left_out(&untieds);
	}
	if (!tie->status && (untieds.all.failed || untieds.left_out.failed || untieds.present.failed || untieds.nodes.failed))
		tie->status = pst_fail_memory(tie->err);
	if (!tie->status && untieds.nodes.n)
		tie->status = pst_index_take_in(tie->index, untieds.nodes.at, untieds.nodes.n, tie->err);
	tie->index->unanswered += untieds.all.n;
	free(untieds.all.at);
	free(untieds.left_out.at);
	free(untieds.present.at);
	free(untieds.nodes.at);
}
