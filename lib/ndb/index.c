/* Nodes and blocks, loaded and derived: see index.h. */
#include "ndb/index.h"

#include <stdlib.h>

enum { NODES_EXPECTED = 1 << 16 /* more grow as they come */ };

/* ---- gathering -------------------------------------------------------------------- */

/* What a superseded page says of blocks that are gone is no loss. */
static void tell_nowhere(const struct pst_index *index, const struct pst_block *block)
{
	if (block->flags & PST_BLOCK_CURRENT)
		PST_TELL(index->teller, BBT_NOWHERE, .id = block->id, .offset = block->at, .size = block->size);
}

static void take_block(void *user, const uint8_t *bytes, const struct pst_source *source)
{
	struct pst_index *index = user;
	struct pst_bbt_entry entry;

	pst_bbt_entry_decode(&entry, index->format, bytes);
	if (source->sure == PST_STALE || source->sure == PST_TRAILER)
		return; /* what a doubtful page says of a block, the block says itself */
	if (!(entry.id & ~UINT64_C(1))) {
		tell_nowhere(index, &(struct pst_block){.id = entry.id, .at = entry.at, .size = entry.size,
		                                         .flags = source->reached ? PST_BLOCK_CURRENT : 0});
		return;
	}
	if (entry.id & 1)
		PST_TELL(index->teller, BBT_KEY_BIT, .id = entry.id);
	pst_add(&index->blocks,
	        ((struct pst_block){.id = entry.id & ~UINT64_C(1), .at = entry.at, .size = entry.size,
	                            .inflated = entry.inflated, .refs_stored = entry.refs,
	                            .padding = entry.padding, .sure = PST_CLAIMED,
	                            .flags = source->reached ? PST_BLOCK_CURRENT : 0}));
}

static void take_node(void *user, const uint8_t *bytes, const struct pst_source *source)
{
	struct pst_index *index = user;
	struct pst_nbt_entry entry;

	pst_nbt_entry_decode(&entry, index->format, bytes);
	if (entry.key > UINT32_MAX)
		PST_TELL(index->teller, NODE_KEY, .nid = (uint32_t)entry.key, .found = entry.key);
	pst_add(&index->nodes,
	        ((struct pst_node){.nid = (uint32_t)entry.key, .data = entry.data & ~UINT64_C(1),
	                           .sub = entry.sub & ~UINT64_C(1), .parent = entry.parent,
	                           .padding = entry.padding, .sure = (uint8_t)source->sure,
	                           .page = source->page, .page_at = source->at,
	                           .lost = source->lost}));
}

static void init(struct pst_index *index, struct pst_io *io, struct pst_inventory *inventory,
                 struct pst_teller teller)
{
	const struct pst_tree tree = {.format = inventory->format, .io = io, .inventory = inventory,
	                              .teller = teller, .user = index};

	memset(index, 0, sizeof *index);
	index->format = inventory->format;
	index->io = io;
	index->teller = teller;
	index->nbt = index->bbt = tree;
	index->nbt.type = PST_NBT;
	index->nbt.entry = take_node;
	index->bbt.type = PST_BBT;
	index->bbt.entry = take_block;
	pst_array_expect(&index->blocks, inventory->found.n);
	pst_array_expect(&index->nodes, PST_MIN(inventory->found.n, (size_t)NODES_EXPECTED));
}

/* Which of two entries for a node to believe. */
static int rank(const struct pst_node *node)
{
	switch (node->sure) {
	case PST_PROVEN: return 3;
	case PST_CLAIMED: return 2;
	case PST_TRAILER: return 1;
	default: return 0;
	}
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;
	int order = PST_ORDER(x->nid, y->nid);

	order = order ? order : PST_ORDER(rank(y), rank(x));
	order = order ? order : PST_ORDER(y->page, x->page);
	order = order ? order : PST_ORDER(x->data, y->data);
	order = order ? order : PST_ORDER(x->sub, y->sub);
	return order ? order : PST_ORDER(x->parent, y->parent);
}

static int by_id(const void *a, const void *b)
{
	const struct pst_block *x = a, *y = b;
	int order = PST_ORDER(x->id, y->id);

	order = order ? order : PST_ORDER(x->flags & PST_BLOCK_CANDIDATE, y->flags & PST_BLOCK_CANDIDATE);
	order = order ? order : PST_ORDER(y->sure, x->sure);
	order = order ? order : PST_ORDER(x->at, y->at);
	order = order ? order : PST_ORDER(x->size, y->size);
	return order ? order : PST_ORDER(x->refs_stored, y->refs_stored);
}

/* ---- blocks ------------------------------------------------------------------------- */

/* Whether the stored bytes of a block are, or inflate to, as many as its entry says. */
static bool entry_fits(const struct pst_index *index, const struct pst_block *block, bool bad_stream)
{
	struct pst_inflater *inflater;
	uint8_t *out;
	bool fits;

	if (block->inflated == block->size)
		return bad_stream; /* it is not packed; that it does not inflate is no wonder */
	inflater = pst_inflater_open();
	out = malloc(PST_BLOCK_MAX);
	fits = inflater && out && pst_block_read(index, block, inflater, out) >= 0;
	free(out);
	pst_inflater_free(inflater);
	return fits;
}

/* How large a block is when inflated stands in its entry and its trailer, where no checksum covers it. */
static void settle_inflated(struct pst_index *index, struct pst_block *block, struct pst_found *found)
{
	if (found->size != block->size || found->inflated == block->inflated || found->sure != PST_PROVEN ||
	    !entry_fits(index, block, found->flags & PST_FOUND_BAD_STREAM))
		return;
	PST_TELL(index->teller, BLOCK_INFLATED, .id = block->id, .offset = block->at, .expected = block->inflated,
	         .found = found->inflated);
	found->inflated = block->inflated;
	found->flags &= (uint8_t)~PST_FOUND_BAD_STREAM;
}

/* Blocks of which one has the next id often lie one behind the other: `next` is where to look first. */
static struct pst_found *find_next(struct pst_inventory *inventory, const struct pst_block *block, size_t *next)
{
	struct pst_found *found = *next && *next < inventory->found.n ? &inventory->found.at[*next] : NULL;

	if (!found || found->at != block->at || found[-1].at == found->at || found->type || (found->id & ~UINT64_C(1)) != block->id)
		found = pst_inventory_block(inventory, block->at, block->id);
	if (found)
		*next = (size_t)(found - inventory->found.at) + 1;
	return found;
}

static void prove_blocks(struct pst_index *index, struct pst_inventory *inventory)
{
	size_t next = 0;

	for (size_t i = 0; i < index->blocks.n; i++) {
		struct pst_block *block = &index->blocks.at[i];
		struct pst_found *found = find_next(inventory, block, &next);

		if (!found)
			continue;
		found->flags |= PST_FOUND_LIVE;
		block->sure = found->sure;
		settle_inflated(index, block, found);
		if (found->flags & PST_FOUND_BAD_STREAM)
			block->flags |= PST_BLOCK_BAD_STREAM;
		if (found->flags & PST_FOUND_BAD_EXTRA)
			PST_TELL(index->teller, BLOCK_CONSTANTS, .id = block->id, .offset = block->at);
		if (found->sure == PST_PROVEN && found->flags & PST_FOUND_BAD_PADDING)
			PST_TELL(index->teller, BLOCK_PADDING, .id = block->id, .offset = block->at);
		if (found->size != block->size || found->inflated != block->inflated) {
			PST_TELL(index->teller, BBT_SIZE, .id = block->id, .offset = block->at,
			         .expected = found->size != block->size ? found->size : found->inflated,
			         .found = found->size != block->size ? block->size : block->inflated);
			block->size = found->size;
			block->inflated = found->inflated;
		}
	}
}

/* Blocks that the index does not name. Which of them count, references tell later. */
static void add_candidates(struct pst_index *index, const struct pst_inventory *inventory)
{
	for (size_t i = 0; i < inventory->found.n; i++) {
		const struct pst_found *found = &inventory->found.at[i];
		uint8_t flags = PST_BLOCK_CANDIDATE;

		if (found->type || found->flags & PST_FOUND_LIVE || found->id >= index->next_block)
			continue;
		if (found->flags & PST_FOUND_BAD_STREAM)
			flags |= PST_BLOCK_BAD_STREAM;
		pst_add(&index->blocks,
		        ((struct pst_block){.id = found->id & ~UINT64_C(1), .at = found->at,
		                            .size = found->size, .inflated = found->inflated,
		                            .sure = found->sure, .flags = flags}));
	}
}

/* Whether a block that nothing proves may lie where the index says. */
static bool may_lie_there(const struct pst_index *index, const struct pst_block *block)
{
	return block->id < pst_id_limit(index->format) &&
	       pst_block_fits(index->format, index->io->size, block->at, block->size);
}

void pst_index_mark_block(const struct pst_index *index, const struct pst_block *block, bool live)
{
	struct pst_found *found = pst_inventory_block(index->bbt.inventory, block->at, block->id);

	if (found && live)
		found->flags |= PST_FOUND_LIVE;
	else if (found)
		found->flags &= (uint8_t)~PST_FOUND_LIVE;
}

/* Whether what an entry leads to is another block, of the very size that it says, and no block with its id is that
 * large: then the id is wrong, not the place. Of entries and candidates with one id, `n` in all. */
static bool has_wrong_id(const struct pst_index *index, const struct pst_block *same, size_t n)
{
	const struct pst_found *other = same->sure == PST_PROVEN ? NULL : pst_inventory_at(index->bbt.inventory, same->at, 0);

	if (!other || other->sure != PST_PROVEN || other->id == same->id ||
	    other->size != same->size || other->inflated != same->inflated)
		return false;
	for (size_t i = 1; i < n; i++)
		if (same[i].sure == PST_PROVEN && same[i].size == same->size)
			return false;
	return true;
}

void pst_index_tell_id(const struct pst_index *index, const struct pst_block *block)
{
	const struct pst_found *other = pst_inventory_at(index->bbt.inventory, block->at, 0);

	if (block->flags & PST_BLOCK_CURRENT)
		PST_TELL(index->teller, BBT_ID, .id = block->id, .offset = block->at, .found = other->id);
}

/* Of entries and candidates with one id, the one that counts; false: none does. */
static bool choose_block(struct pst_index *index, const struct pst_block *same, size_t n,
                         struct pst_block *out)
{
	size_t entries = 0, best = 0;

	while (n > 1 && !(same->flags & PST_BLOCK_CANDIDATE) && has_wrong_id(index, same, n)) {
		pst_index_tell_id(index, same);
		same++;
		n--;
	}
	while (entries < n && !(same[entries].flags & PST_BLOCK_CANDIDATE))
		entries++;
	if (entries > 1)
		PST_TELL(index->teller, BBT_DUPLICATE, .id = same[0].id, .offset = same[1].at);
	for (size_t i = 1; i < n; i++)
		if (same[i].sure > same[best].sure)
			best = i;
	*out = same[best];
	for (size_t i = 0; i < entries; i++) {
		out->flags |= same[i].flags & PST_BLOCK_CURRENT;
		if (same[i].at != out->at)
			pst_index_mark_block(index, &same[i], false);
	}
	if (!entries)
		return true;
	if (best >= entries) {
		out->flags &= (uint8_t)~PST_BLOCK_CANDIDATE;
		out->refs_stored = same[0].refs_stored;
		out->padding = same[0].padding;
		pst_index_mark_block(index, out, true);
		PST_TELL(index->teller, BBT_PLACE, .id = out->id, .offset = out->at, .found = same[0].at);
	} else if (out->sure != PST_PROVEN && !may_lie_there(index, out)) {
		pst_index_mark_block(index, out, false);
		tell_nowhere(index, out);
		return false;
	} else if (has_wrong_id(index, out, 1)) {
		out->flags |= PST_BLOCK_WRONG_ID;
	}
	return true;
}

static void settle_blocks(struct pst_index *index)
{
	size_t n = 0, same;

	pst_sort(index->blocks.at, index->blocks.n, sizeof *index->blocks.at, by_id);
	for (size_t i = 0; i < index->blocks.n; i += same) {
		struct pst_block chosen;

		for (same = 1; i + same < index->blocks.n; same++)
			if (index->blocks.at[i + same].id != index->blocks.at[i].id)
				break;
		if (choose_block(index, &index->blocks.at[i], same, &chosen))
			index->blocks.at[n++] = chosen;
	}
	index->blocks.n = n;
}

struct pst_block *pst_index_block(const struct pst_index *index, uint64_t id)
{
	size_t low;

	id &= ~UINT64_C(1);
	PST_SEARCH_NUMBER(low, index->blocks.at, index->blocks.n, id, id);
	return low < index->blocks.n && index->blocks.at[low].id == id ? &index->blocks.at[low] : NULL;
}

/* Whether something that proves itself lies on the block's place: part of the store, or, where no index
 * names the block, anything. */
static bool overwritten(const struct pst_index *index, const struct pst_block *block)
{
	const struct pst_found *found;
	size_t i = 0;

	while ((found = pst_inventory_over(index->bbt.inventory, block->at, block->size, &i)))
		if (found->flags & PST_FOUND_LIVE || block->flags & PST_BLOCK_CANDIDATE)
			return true;
	return false;
}

/* What the store turns out to need decides what is part of it, and so what was written over by it. */
static pstfix_status drop_overwritten(struct pst_index *index, pstfix_error *err)
{
	size_t n = 0, doubtful = 0;
	pstfix_status status;

	for (size_t i = 0; i < index->blocks.n; i++)
		doubtful += index->blocks.at[i].sure != PST_PROVEN;
	if (!doubtful)
		return PSTFIX_OK;
	status = pst_index_mark(index, err);
	for (size_t i = 0; i < index->blocks.n && !status; i++) {
		const struct pst_block *block = &index->blocks.at[i];

		if (block->sure == PST_PROVEN || !overwritten(index, block)) {
			index->blocks.at[n++] = *block;
		} else {
			pst_index_mark_block(index, block, false);
			(block->flags & PST_BLOCK_WRONG_ID ? pst_index_tell_id : tell_nowhere)(index, block);
		}
	}
	if (!status)
		index->blocks.n = n;
	return status;
}

/* ---- nodes --------------------------------------------------------------------------- */

/* Whether a superseded or damaged page may be believed about a block: the current block index names it,
 * or the block proves itself where the maps say that something is, or is named by what is left of the block index and damaged there, and
 * `other` proves itself, which the same node has. Where no map can say, it may
 * when it is known that a leaf is lost, and what is left of the block index names it or has a gap there; or when
 * nothing but a block index that lacks entries speaks against it. */
static bool believable(const struct pst_index *index, const struct pst_node *node, uint64_t id, uint64_t other, bool leaf_lost)
{
	const struct pst_block *block = pst_index_block(index, id);
	enum pst_use use;

	if (!id)
		return true;
	if (!block || (block->flags & PST_BLOCK_CURRENT && index->bbt_knows))
		return block;
	use = pst_use_of(index->bbt.inventory, index->io, block->at, block->size);
	if (block->sure != PST_PROVEN)
		return use == PST_USED && !(block->flags & PST_BLOCK_CANDIDATE) && pst_index_proves(index, other);
	if (use != PST_USE_UNKNOWN || (node->doubted && index->bbt_lacks))
		return use != PST_FREE;
	return leaf_lost && (!(block->flags & PST_BLOCK_CANDIDATE) || pst_tree_unsettled(&index->bbt, id));
}

/* A lost leaf that does not prove itself may have one wrong byte, and that in a block id: its entry is
 * worth something still if the parent that it names is a node. */
static bool keep_doubtful(struct pst_index *index, const struct pst_node *node)
{
	bool leaf_lost = node->sure == PST_TRAILER || node->lost != PSTFIX_NOWHERE;
	bool known = node->sure == PST_TRAILER && node->parent && pst_index_node(index, node->parent);

	return known || (believable(index, node, node->data, node->sub, leaf_lost) &&
	                 believable(index, node, node->sub, node->data, leaf_lost));
}

/* Entries that the root does not lead to stay when something is left of what they name. */
static bool keep_node(struct pst_index *index, const struct pst_node *node)
{
	if (node->sure == PST_PROVEN)
		return true;
	if (node->sure != PST_CLAIMED)
		return keep_doubtful(index, node);
	if ((!node->data && !node->sub) || (node->data && pst_index_block(index, node->data)) ||
	    (node->sub && pst_index_block(index, node->sub)))
		return true;
	PST_TELL(index->teller, NODE_LOST, .nid = node->nid, .offset = node->page_at);
	return false;
}

bool pst_index_lacks(const struct pst_index *index, const struct pst_block *block)
{
	return block && block->flags & PST_BLOCK_CANDIDATE && block->sure == PST_PROVEN && !pst_tree_unsettled(&index->bbt, block->id);
}

/* The root folder is in itself, and what is no folder, message, queue or record of the store is in none. What else can be, or is not
 * known, stays. */
static uint32_t right_parent(const struct pst_node *node)
{
	enum { STORE = 0x21, NAMES = 0x61, ROOT = 0x122 };
	const uint32_t type = node->nid & 31;

	if (node->nid == ROOT)
		return ROOT;
	return node->nid == STORE || node->nid == NAMES || type == 7 || (type >= 0x0B && type <= 0x19) ? 0 : node->parent;
}

static void settle_parent(const struct pst_index *index, struct pst_node *node)
{
	const uint32_t right = right_parent(node);

	if (node->parent != right)
		PST_TELL(index->teller, NODE_PARENT, .nid = node->nid, .found = node->parent, .expected = right);
	node->parent = right;
}

static pstfix_status settle_nodes(struct pst_index *index, pstfix_error *err)
{
	const struct pst_node *last = NULL; /* that is kept */
	size_t n = 0;
	pstfix_status status = pst_index_demote_leaves(index, err);

	pst_sort(index->nodes.at, index->nodes.n, sizeof *index->nodes.at, by_nid);
	for (size_t i = 0; i < index->nodes.n; i++) {
		struct pst_node *node = &index->nodes.at[i];

		if (!last || last->nid != node->nid) {
			node->kept = keep_node(index, node);
			last = node->kept ? node : last;
			if (!node->kept && node->sure == PST_STALE &&
			    (i + 1 == index->nodes.n || node[1].nid != node->nid))
				pst_add(&index->dropped, *node);
		} else if (rank(node) > 1) {
			PST_TELL(index->teller, NBT_DUPLICATE, .nid = node->nid);
		}
	}
	for (size_t i = 0; i < index->nodes.n; i++)
		if (index->nodes.at[i].kept) {
			settle_parent(index, &index->nodes.at[i]);
			index->nodes.at[n++] = index->nodes.at[i];
		}
	index->nodes.n = n;
	return status;
}

const struct pst_inner *pst_index_inner(const struct pst_index *index, const struct pst_block *block)
{
	const uint32_t number = (uint32_t)(block - index->blocks.at);
	size_t i;

	PST_SEARCH(i, index->inner.n, index->inner.at[middle].block < number);
	return i < index->inner.n && index->inner.at[i].block == number ? &index->inner.at[i] : NULL;
}

static const struct pst_inner *inner_of(const struct pst_index *index, uint64_t id)
{
	const struct pst_block *block = id & PST_INTERNAL ? pst_index_block(index, id) : NULL;

	return block ? pst_index_inner(index, block) : NULL;
}

bool pst_index_list_lost(const struct pst_index *index, uint64_t id)
{
	const struct pst_inner *inner = inner_of(index, id);

	return id && (!inner || inner->type != PST_LIST_SUB);
}

bool pst_index_list_cyclic(const struct pst_index *index, uint64_t id)
{
	const struct pst_inner *inner = inner_of(index, id);

	return inner && inner->type == PST_LIST_SUB && inner->cyclic;
}

bool pst_index_gone(const struct pst_index *index, uint64_t id)
{
	const struct pst_block *block = pst_index_block(index, id);
	const struct pst_inner *inner = inner_of(index, id);

	if (!block || block->sure == PST_CLAIMED || block->flags & PST_BLOCK_BAD_STREAM)
		return true;
	return id & PST_INTERNAL && (block->sure != PST_PROVEN || !inner || (inner->culprit == block->id && !inner->cyclic));
}

bool pst_index_proves(const struct pst_index *index, uint64_t id)
{
	const struct pst_block *block = id ? pst_index_block(index, id) : NULL;

	return block && block->sure == PST_PROVEN;
}

uint64_t pst_index_size(const struct pst_index *index, uint64_t id)
{
	const struct pst_block *block = pst_index_block(index, id);
	const struct pst_inner *inner = inner_of(index, id);

	if (id & PST_INTERNAL)
		return inner ? inner->total : 0;
	return block ? block->inflated : 0;
}

const struct pst_node *pst_index_node(const struct pst_index *index, uint32_t nid)
{
	size_t low;

	PST_SEARCH_NUMBER(low, index->nodes.at, index->nodes.n, nid, nid);
	return low < index->nodes.n && index->nodes.at[low].nid == nid ? &index->nodes.at[low] : NULL;
}

bool pst_index_node_crossed(const struct pst_index *index, const struct pst_node *node)
{
	const struct pst_block *block = node->data ? pst_index_block(index, node->data) : NULL;

	return block && block->refs > 1 && block->refs_stored == 2;
}

/* ---- the whole ------------------------------------------------------------------------- */

static bool failed(const struct pst_index *index)
{
	return index->blocks.failed || index->nodes.failed || index->inner.failed || index->dropped.failed ||
	       index->nbt.open.failed || index->nbt.pages.failed || index->bbt.open.failed ||
	       index->bbt.pages.failed;
}

static pstfix_status finish(struct pst_index *index, pstfix_status status, pstfix_error *err)
{
	if (!status && failed(index))
		status = pst_fail_memory(err);
	if (status)
		pst_index_deinit(index);
	return status;
}

pstfix_status pst_index_load(struct pst_index *out, struct pst_io *io,
                             struct pst_inventory *inventory, const struct pst_header *header,
                             pstfix_error *err)
{
	init(out, io, inventory, (struct pst_teller){0});
	out->encoding = header->encoding;
	pst_tree_load(&out->bbt, header, 0);
	pst_tree_load(&out->nbt, header, 0);
	settle_blocks(out);
	return finish(out, settle_nodes(out, err), err);
}

/* Whether most of what proves itself has an id at or above a counter: one transaction is not so much. */
static bool mostly_above(const struct pst_inventory *inventory, bool pages, uint64_t counter)
{
	int64_t above = 0;

	for (size_t i = 0; i < inventory->found.n; i++) {
		const struct pst_found *found = &inventory->found.at[i];

		if (found->sure == PST_PROVEN && (pages ? pst_is_index(found->type) : !found->type))
			above += found->id >= counter ? 1 : -1;
	}
	return above > 0;
}

/* Where a header's ROOT is garbage, its counters may be, too. */
static bool is_believed(const struct pst_header *header, const struct pst_inventory *inventory)
{
	return header->proven && pst_root_possible(inventory->format, &header->nbt) &&
	       pst_root_possible(inventory->format, &header->bbt);
}

/* Ids at or above the header's counters belong to work that was never committed, unless the counters
 * are wrong, as pages that the root reaches show. */
static uint64_t committed_pages(const struct pst_header *header, const struct pst_inventory *inventory)
{
	if (!is_believed(header, inventory) || header->nbt.id >= header->next_page ||
	    header->bbt.id >= header->next_page ||
	    mostly_above(inventory, true, header->next_page))
		return UINT64_MAX;
	return header->next_page;
}

static uint64_t committed_blocks(const struct pst_index *index, const struct pst_header *header)
{
	if (!is_believed(header, index->bbt.inventory) ||
	    mostly_above(index->bbt.inventory, false, header->next_block))
		return UINT64_MAX;
	for (size_t i = 0; i < index->blocks.n; i++)
		if (index->blocks.at[i].id >= header->next_block)
			return UINT64_MAX;
	for (size_t i = 0; i < index->nodes.n; i++) {
		const struct pst_node *node = &index->nodes.at[i];

		if (node->sure == PST_PROVEN && PST_MAX(node->data, node->sub) >= header->next_block)
			return UINT64_MAX;
	}
	return header->next_block;
}

/* Whether what the trees name lies behind the end of the file. */
static bool names_beyond(const struct pst_index *index)
{
	const struct pst_tree *trees[] = {&index->nbt, &index->bbt};

	for (size_t t = 0; t < PST_COUNT(trees); t++)
		for (size_t i = 0; i < trees[t]->open.n; i++)
			if (trees[t]->open.at[i].lost_at != PSTFIX_NOWHERE &&
			    trees[t]->open.at[i].lost_at >= index->io->size)
				return true;
	for (size_t i = 0; i < index->blocks.n; i++)
		if (index->blocks.at[i].at >= index->io->size)
			return true;
	return false;
}

/* Whether an end of the file may be missing that something was in. Where no header says how long the file was, the
 * last map does, unless it counts all behind the end as used, as very old clients did. Without a map, what follows
 * the last whole section is no part of the store if nothing in it proves itself. */
static bool is_cut(const struct pst_index *index, const struct pst_header *header)
{
	const struct pst_format *f = index->format;
	const struct pst_inventory *inventory = index->nbt.inventory;
	uint64_t size = index->io->size, at = pst_amap_at(f, pst_sections(f, size) - 1);
	uint8_t page[PST_PAGE_MAX];
	bool something = pst_inventory_from(inventory, at) < inventory->found.n;

	if (header->proven)
		return header->end > size && pst_header_end_fits(header, f);
	if (size <= f->first_map || !((size - f->first_map) % pst_section(f)))
		return false;
	if (pst_inventory_page(inventory, index->io, at, PST_AMAP, page)) {
		const uint32_t first = (uint32_t)((size - at + f->unit - 1) / f->unit), behind = f->map_bytes * 8u - first;
		const uint32_t used = pst_count_used(page + f->map_at, first, behind);

		if (used < behind)
			return used;
		something = behind;
	}
	return names_beyond(index) || (something && (!f->old_step || size % f->old_step));
}

/* From the trees that are the current ones. */
static void load_trees(struct pst_index *index, const struct pst_header *header, uint64_t next_page)
{
	pst_tree_load(&index->bbt, header, next_page);
	pst_tree_load(&index->nbt, header, next_page);
	if (!pst_index_is_superseded(index))
		return;
	pst_tree_unload(&index->bbt);
	pst_tree_unload(&index->nbt);
	index->blocks.n = index->nodes.n = 0;
}

pstfix_status pst_index_derive(struct pst_index *out, struct pst_io *io,
                               struct pst_inventory *inventory, const struct pst_header *header,
                               uint8_t encoding, bool removed, struct pst_teller teller, pstfix_error *err)
{
	uint64_t next_page = committed_pages(header, inventory);
	pstfix_status status = PSTFIX_OK;

	init(out, io, inventory, teller);
	out->encoding = encoding;
	out->kept = inventory;
	out->work_max = io->size + (UINT64_C(16) << 20);
	load_trees(out, header, next_page);
	pst_tree_derive(&out->bbt, next_page);
	pst_tree_derive(&out->nbt, next_page);
	prove_blocks(out, inventory);
	out->next_block = committed_blocks(out, header);
	add_candidates(out, inventory);
	if (!failed(out)) {
		settle_blocks(out);
		out->cut = (!out->nbt.rooted || out->nbt.sure != PST_PROVEN) && is_cut(out, header);
		status = settle_nodes(out, err);
		if (!status && removed)
			status = pst_index_add_removed(out, header, next_page, err);
		if (!status)
			status = drop_overwritten(out, err);
		if (!status)
			status = pst_index_count(out, err);
	}
	return finish(out, status, err);
}

void pst_index_deinit(struct pst_index *index)
{
	pst_tree_deinit(&index->nbt);
	pst_tree_deinit(&index->bbt);
	pst_array_deinit(&index->blocks);
	pst_array_deinit(&index->nodes);
	pst_array_deinit(&index->inner);
	pst_array_deinit(&index->missing);
	pst_array_deinit(&index->dropped);
}
