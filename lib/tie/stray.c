/* Heaps without a node: see stray.h. */
#include "tie/stray.h"

#include <stdlib.h>

enum {
	MESSAGE_CLASS = 0x001A, DELIVERY_TIME = 0x0E06, MESSAGE_FLAGS = 0x0E07, MESSAGE_SIZE = 0x0E08, DISPLAY_NAME = 0x3001,
	NID_ATTACHMENTS = 0x671, NID_RECIPIENTS = 0x692, TYPE_ATTACHMENT = 5, TYPE_CHANGES = 0x16,
	HAS_ATTACHMENT = 0x10, IS_ASSOCIATED = 0x40,
	DEPTH_MAX = 50,
	NEIGHBOURS = 16,  /* on either side */
	TRIALS_MAX = 64,
	TRIAL_WORK = 16,  /* as bytes read */
	APART_MAX = 32,   /* ids of blocks written together */
	CHANGES_APART = 16,
	FROM_COUNTERS = 0x8000 /* ids of subnodes that are not the same in all nodes */
};

/* A property context or a table, opened. */
struct heap {
	struct pst_pc pc;
	struct pst_tc tc;
	struct pst_subnodes subnodes;
	PST_ARRAY(uint32_t) named; /* subnodes, by id */
	bool is_table;
};

static void close_heap(struct heap *heap)
{
	if (heap->is_table)
		pst_tc_deinit(&heap->tc);
	else
		pst_pc_deinit(&heap->pc);
	pst_subnodes_deinit(&heap->subnodes);
	pst_array_deinit(&heap->named);
}

static void name(struct heap *heap, uint32_t hnid)
{
	if (hnid && !pst_is_hid(hnid))
		pst_add(&heap->named, hnid);
}

static void name_properties(struct heap *heap)
{
	for (size_t i = 0; i < heap->pc.properties.n; i++) {
		const struct pst_property *property = &heap->pc.properties.at[i];
		struct pst_item item;

		if (pst_type_inline(property->type, 4))
			continue;
		name(heap, property->hnid);
		if (property->type == PST_OBJECT && !pst_heap_item(&item, &heap->pc.heap, property->hnid) && item.size >= 4)
			name(heap, pst_get32(item.data));
	}
}

static void name_cells(struct heap *heap)
{
	struct pst_tc *tc = &heap->tc;

	name(heap, tc->rows_hnid);
	for (uint32_t row = 0; tc->sound && row < tc->rows && !pst_tc_row(tc, row); row++)
		for (size_t i = 0; i < tc->columns.n; i++)
			if (!pst_type_inline(tc->columns.at[i].type, 8) && pst_tc_has(tc, &tc->columns.at[i]))
				name(heap, pst_get32(tc->row + tc->columns.at[i].at));
}

static int by_id(const void *a, const void *b)
{
	return PST_ORDER(*(const uint32_t *)a, *(const uint32_t *)b);
}

/* Opened with the subnodes in a list; 0: with none, and the names of those that it should have. It is closed in any case. */
static pstfix_status open_heap(struct heap *out, const struct pst_strays *strays, uint64_t data, uint64_t sub,
                               bool is_table, pstfix_error *err)
{
	pstfix_status status;

	*out = (struct heap){.is_table = is_table};
	status = pst_subnodes_open(&out->subnodes, strays->reader, sub, err);
	if (!status && is_table)
		status = pst_tc_open(&out->tc, strays->reader, data, &out->subnodes, err);
	else if (!status)
		status = pst_pc_open(&out->pc, strays->reader, data, &out->subnodes, err);
	if (status)
		return status;
	if (is_table)
		name_cells(out);
	else
		name_properties(out);
	pst_sort(out->named.at, out->named.n, sizeof *out->named.at, by_id);
	return out->named.failed ? pst_fail_memory(err) : PSTFIX_OK;
}

/* ---- what it is ----------------------------------------------------------------------- */

static bool has(const struct heap *heap, uint16_t id)
{
	if (!heap->is_table)
		return pst_pc_find(&heap->pc, id);
	for (size_t i = 0; i < heap->tc.columns.n; i++)
		if (heap->tc.columns.at[i].id == id)
			return true;
	return false;
}

/* 0: there is none. */
static int64_t number(const struct heap *heap, uint16_t id)
{
	int64_t out = 0;

	return pst_pc_int(&heap->pc, id, &out) ? out : 0;
}

static enum pst_stray_kind kind_of(const struct heap *heap)
{
	static const struct {
		uint16_t column;
		uint8_t kind;
	} tables[] = {{0x67F1, PST_STRAY_SEARCH},      {0x0C15, PST_STRAY_RECIPIENTS}, {0x360A, PST_STRAY_HIERARCHY},
	              {0x0E06, PST_STRAY_CONTENTS},    {0x7003, PST_STRAY_ASSOCIATED_TABLE},
	              {0x3705, PST_STRAY_ATTACHMENTS}, {0x6605, PST_STRAY_RECEIVE},
	              {0x0E14, PST_STRAY_OUTGOING}};

	for (size_t i = 0; i < PST_COUNT(tables) && heap->is_table && heap->tc.sound; i++)
		if (has(heap, tables[i].column))
			return tables[i].kind;
	if (heap->is_table)
		return PST_STRAY_OTHER;
	if (!heap->pc.sound)
		return PST_STRAY_OTHER;
	if (has(heap, 0x0FF9) && (has(heap, 0x35E0) || has(heap, 0x67FF)))
		return PST_STRAY_STORE;
	if (has(heap, 0x0001) && has(heap, 0x0002) && has(heap, 0x0003))
		return PST_STRAY_NAMES;
	if (has(heap, 0x360A) || (has(heap, DISPLAY_NAME) && (has(heap, 0x3602) || has(heap, 0x3601) || has(heap, 0x3613))))
		return PST_STRAY_FOLDER;
	if (has(heap, 0x660B))
		return PST_STRAY_CRITERIA;
	if (has(heap, MESSAGE_CLASS) && has(heap, MESSAGE_FLAGS))
		return number(heap, MESSAGE_FLAGS) & IS_ASSOCIATED ? PST_STRAY_ASSOCIATED : PST_STRAY_MESSAGE;
	return PST_STRAY_OTHER;
}

uint16_t pst_stray_key_id(enum pst_stray_kind kind)
{
	return kind == PST_STRAY_FOLDER ? DISPLAY_NAME : kind == PST_STRAY_MESSAGE ? DELIVERY_TIME : MESSAGE_CLASS;
}

uint64_t pst_stray_key(struct pst_value *value)
{
	uint8_t bytes[64];
	const size_t n = pst_value_read(value, bytes, sizeof bytes, 0);

	return value->size << 32 | pst_crc(bytes, n);
}

static uint64_t key_of(const struct heap *heap, enum pst_stray_kind kind)
{
	const struct pst_property *property;
	struct pst_value value;
	uint64_t key = 0;

	if (heap->is_table)
		return heap->tc.rows;
	property = pst_pc_find(&heap->pc, pst_stray_key_id(kind));
	if (property && !pst_pc_value(&value, &heap->pc, property, NULL)) {
		key = pst_stray_key(&value);
		pst_value_deinit(&value);
	}
	return key;
}

static bool is_table_kind(const struct pst_stray *stray)
{
	return stray->kind >= PST_STRAY_HIERARCHY;
}

/* Takes in what begins like a heap. */
static pstfix_status take_heap(struct pst_strays *strays, uint64_t id, uint32_t left, pstfix_error *err)
{
	struct pst_stray stray = {.data = id, .left = left};
	struct pst_heap begin;
	struct heap heap;
	pstfix_status status = pst_heap_open(&begin, strays->reader, id, err);
	const uint8_t client = begin.signature == PST_HEAP_SIGNATURE ? begin.client : 0;

	if (!status)
		pst_heap_deinit(&begin);
	if (status || (client != PST_CLIENT_PC && client != PST_CLIENT_TC))
		return status;
	status = open_heap(&heap, strays, id, 0, client == PST_CLIENT_TC, err);
	if (!status) {
		stray.kind = (uint8_t)kind_of(&heap);
		stray.key = key_of(&heap, stray.kind);
		if (stray.kind != PST_STRAY_OTHER)
			pst_add(&strays->heaps, stray);
	}
	close_heap(&heap);
	return status;
}

/* ---- which subnodes it has -------------------------------------------------------------- */

/* The data of subnodes, and of theirs. */
static uint64_t size_below(const struct pst_strays *strays, const struct pst_subnodes *subnodes, uint32_t depth)
{
	uint64_t size = 0;

	for (size_t i = 0; i < subnodes->entries.n && depth < DEPTH_MAX; i++) {
		const struct pst_list_entry *entry = &subnodes->entries.at[i];
		struct pst_subnodes below;

		size += pst_index_size(strays->index, entry->data);
		if (!entry->sub || pst_subnodes_open(&below, strays->reader, entry->sub, NULL))
			continue;
		size += size_below(strays, &below, depth + 1);
		pst_subnodes_deinit(&below);
	}
	return size;
}

static bool is_named(const struct heap *heap, uint32_t nid)
{
	size_t i;

	PST_SEARCH(i, heap->named.n, heap->named.at[middle] < nid);
	return i < heap->named.n && heap->named.at[i] == nid;
}

/* Whether all that it names is there, and nothing else but what nothing needs to name. */
static bool has_all_named(const struct heap *heap)
{
	static const uint32_t unnamed[] = {NID_ATTACHMENTS, NID_RECIPIENTS, 0x541, 0x521, 0x4E1};

	for (size_t i = 0; i < heap->named.n; i++)
		if (!pst_subnodes_find(&heap->subnodes, heap->named.at[i]))
			return false;
	for (size_t i = 0; i < heap->subnodes.entries.n; i++) {
		const uint32_t nid = heap->subnodes.entries.at[i].nid;
		bool known = (nid & 31) == TYPE_ATTACHMENT || (nid & 31) == TYPE_CHANGES || is_named(heap, nid);

		for (size_t k = 0; k < PST_COUNT(unnamed) && !known; k++)
			known = nid == unnamed[k];
		if (!known)
			return false;
	}
	return true;
}

enum fit { NO, HARDLY, PERHAPS, SURELY };

/* The size of a message is that of all its data; the flag says whether it has attachments. */
static enum fit message_fits(const struct pst_strays *strays, const struct heap *heap, uint64_t data)
{
	const uint64_t said = (uint32_t)number(heap, MESSAGE_SIZE);
	const uint64_t size = pst_index_size(strays->index, data) + size_below(strays, &heap->subnodes, 0);
	bool attachments = false;

	for (size_t i = 0; i < heap->subnodes.entries.n; i++)
		attachments |= (heap->subnodes.entries.at[i].nid & 31) == TYPE_ATTACHMENT;
	if (attachments != !!(number(heap, MESSAGE_FLAGS) & HAS_ATTACHMENT))
		return NO;
	return said == size ? SURELY : pst_size_is_far(said, size) ? HARDLY : PERHAPS;
}

/* Whether the cells of a column that has a heap of its own are all of its items: there is one for each value. */
static bool side_fits(struct pst_tc *tc, const struct pst_column *column)
{
	struct pst_item item;
	uint32_t last = 0;

	for (uint32_t row = 0; row < tc->rows && !pst_tc_row(tc, row); row++) {
		const uint32_t hid = pst_tc_has(tc, column) ? pst_get32(tc->row + column->at) : 0;

		if (hid && pst_heap_item(&item, column->heap, hid))
			return false;
		last = PST_MAX(last, hid);
	}
	return pst_heap_item(&item, column->heap, last + pst_hid(column->heap->stream.reader->index->format, 0, 1)) != PST_THERE;
}

static enum fit table_fits(struct heap *heap, pstfix_error *err)
{
	struct pst_tc *tc = &heap->tc;
	struct pst_tc_facts facts;

	if (tc->matrix || pst_tc_facts(&facts, NULL, tc, err) || facts.mismatched || facts.beyond || facts.unindexed)
		return NO;
	for (size_t i = 0; i < tc->columns.n; i++)
		if (tc->columns.at[i].heap != &tc->heap && tc->columns.at[i].heap->headed && !side_fits(tc, &tc->columns.at[i]))
			return NO;
	return facts.index.records ? SURELY : PERHAPS;
}

/* Histories of changes, which nothing names. */
static bool has_only_changes(const struct pst_subnodes *subnodes)
{
	for (size_t i = 0; i < subnodes->entries.n; i++)
		if ((subnodes->entries.at[i].nid & 31) != TYPE_CHANGES)
			return false;
	return subnodes->entries.n;
}

static enum fit fits(const struct pst_strays *strays, const struct pst_stray *stray, uint64_t sub, pstfix_error *err)
{
	struct heap heap;
	enum fit fit = NO;

	if (!open_heap(&heap, strays, stray->data, sub, is_table_kind(stray), err) && has_all_named(&heap)) {
		if (is_table_kind(stray))
			fit = table_fits(&heap, err);
		else if (stray->kind == PST_STRAY_MESSAGE || stray->kind == PST_STRAY_ASSOCIATED)
			fit = message_fits(strays, &heap, stray->data);
		else
			fit = heap.named.n ? SURELY : has_only_changes(&heap.subnodes) ? PERHAPS : NO;
	}
	close_heap(&heap);
	return fit;
}

struct trial {
	uint64_t apart;
	uint32_t list;
};

struct trials {
	struct trial at[TRIALS_MAX];
	size_t n;
};

/* Keeps those whose ids are nearest, the nearest first. */
static void try_list(struct trials *trials, const struct pst_strays *strays, uint64_t id, size_t list)
{
	const uint64_t other = strays->lists.at[list].id;
	struct trial trial = {other > id ? other - id : id - other, (uint32_t)list};
	size_t i = trials->n;

	if (!strays->lists.at[list].left)
		return;
	if (trials->n < TRIALS_MAX)
		trials->n++;
	else if (trials->at[--i].apart <= trial.apart)
		return;
	for (; i && trials->at[i - 1].apart > trial.apart; i--)
		trials->at[i] = trials->at[i - 1];
	trials->at[i] = trial;
}

/* Lists that hold the first subnode that it names; where it names none, those written before and after it. */
static void choose_trials(struct trials *out, const struct pst_strays *strays, uint64_t id, uint32_t named)
{
	size_t first;

	out->n = 0;
	if (named) {
		PST_SEARCH(first, strays->names.n, strays->names.at[middle].nid < named);
		for (; first < strays->names.n && strays->names.at[first].nid == named && pst_reader_spend(strays->reader, TRIAL_WORK); first++)
			try_list(out, strays, id, strays->names.at[first].list);
		return;
	}
	PST_SEARCH(first, strays->lists.n, strays->lists.at[middle].id < id);
	for (size_t i = first - PST_MIN(first, (size_t)NEIGHBOURS); i < PST_MIN(first + NEIGHBOURS, strays->lists.n); i++)
		try_list(out, strays, id, i);
}

/* A list that may belong to a heap. */
struct match {
	uint64_t apart;
	uint32_t heap, list;
};

struct matches {
	struct match *at;
	size_t n, room;
	bool failed;
};

static void give(struct pst_strays *strays, struct pst_stray *stray, uint32_t list)
{
	strays->lists.at[list].left--;
	stray->sub = strays->lists.at[list].id;
	stray->paired = true;
}

/* Where what it names, or its size, tells; else what may belong to it is put down. */
static void pair(struct pst_strays *strays, struct pst_stray *stray, uint32_t named, struct matches *matches, pstfix_error *err)
{
	const bool message = stray->kind == PST_STRAY_MESSAGE || stray->kind == PST_STRAY_ASSOCIATED;
	const bool alone = !message && stray->kind != PST_STRAY_FOLDER;
	struct trials trials;

	stray->paired = !named && (alone || fits(strays, stray, 0, err) == SURELY);
	if (stray->paired)
		return;
	choose_trials(&trials, strays, stray->data, named);
	for (size_t i = 0; i < trials.n && !stray->paired; i++) {
		const struct trial *trial = &trials.at[i];
		const enum fit fit = fits(strays, stray, strays->lists.at[trial->list].id, err);

		if (fit == SURELY)
			give(strays, stray, trial->list);
		else if ((fit == PERHAPS && named && !strays->ids_repeat) || (fit && trial->apart <= (message ? APART_MAX : CHANGES_APART)))
			pst_add(matches, ((struct match){trial->apart, (uint32_t)(stray - strays->heaps.at), trial->list}));
	}
}

static int by_distance(const void *a, const void *b)
{
	const struct match *x = a, *y = b;
	int order = PST_ORDER(x->apart, y->apart);

	if (!order)
		order = PST_ORDER(x->heap, y->heap);
	return order ? order : PST_ORDER(x->list, y->list);
}

static pstfix_status pair_all(struct pst_strays *strays, pstfix_error *err)
{
	struct matches matches = {0};
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < strays->heaps.n && !status; i++) {
		struct pst_stray *stray = &strays->heaps.at[i];
		struct heap heap;

		if (stray->paired)
			continue;
		status = open_heap(&heap, strays, stray->data, 0, is_table_kind(stray), err);
		if (!status)
			pair(strays, stray, heap.named.n ? heap.named.at[0] : stray->kind == PST_STRAY_CONTENTS ? pst_tc_side(0) : 0,
			     &matches, err);
		close_heap(&heap);
	}
	if (!status && matches.failed)
		status = pst_fail_memory(err);
	pst_sort(matches.at, matches.n, sizeof *matches.at, by_distance);
	for (size_t i = 0; i < matches.n; i++) {
		const struct match *match = &matches.at[i];

		if (!strays->heaps.at[match->heap].paired && strays->lists.at[match->list].left)
			give(strays, &strays->heaps.at[match->heap], match->list);
	}
	free(matches.at);
	return status;
}

/* How many rows a table has is known when its matrix is; one that lacks it says nothing. */
static pstfix_status count_rows(struct pst_strays *strays, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < strays->heaps.n && !status; i++) {
		struct pst_stray *stray = &strays->heaps.at[i];
		struct heap heap;

		if (!is_table_kind(stray))
			continue;
		status = open_heap(&heap, strays, stray->data, stray->sub, true, err);
		stray->key = heap.tc.rows;
		if (heap.tc.matrix || (!heap.tc.rows && heap.tc.index.root))
			stray->kind = PST_STRAY_OTHER;
		close_heap(&heap);
	}
	return status;
}

/* ---- all of them -------------------------------------------------------------------------- */

static int by_kind(const void *a, const void *b)
{
	const struct pst_stray *x = a, *y = b;
	int order = PST_ORDER(x->kind, y->kind);

	if (!order)
		order = PST_ORDER(x->key, y->key);
	return order ? order : PST_ORDER(x->data, y->data);
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_stray_name *x = a, *y = b;
	int order = PST_ORDER(x->nid, y->nid);

	return order ? order : PST_ORDER(x->list, y->list);
}

static pstfix_status take_list(struct pst_strays *strays, uint64_t id, uint32_t left, pstfix_error *err)
{
	struct pst_subnodes subnodes;
	pstfix_status status = pst_subnodes_open(&subnodes, strays->reader, id, err);

	if (status)
		return status;
	for (size_t i = 0; i < subnodes.entries.n; i++)
		pst_add(&strays->names, ((struct pst_stray_name){subnodes.entries.at[i].nid, (uint32_t)strays->lists.n}));
	pst_add(&strays->lists, ((struct pst_stray_list){id, left}));
	pst_subnodes_deinit(&subnodes);
	return PSTFIX_OK;
}

uint32_t pst_stray_missing(const struct pst_index *index, const struct pst_block *block)
{
	if (block->sure != PST_PROVEN || (block->flags & PST_BLOCK_CANDIDATE && !pst_tree_unsettled(&index->bbt, block->id)))
		return 0;
	if (!block->refs_stored)
		return !block->refs;
	if (block->flags & PST_BLOCK_RAISED && !(block->flags & PST_BLOCK_MARKED)) /* no damaged list names it */
		return block->refs_stored - 1u;
	return block->refs_stored - 1u - PST_MIN(block->refs, block->refs_stored - 1u);
}

static pstfix_status collect(struct pst_strays *strays, pstfix_error *err)
{
	const struct pst_index *index = strays->index;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < index->blocks.n && !status; i++) {
		const struct pst_block *block = &index->blocks.at[i];
		const struct pst_inner *inner = block->id & PST_INTERNAL ? pst_index_inner(index, block) : NULL;
		const uint32_t left = pst_stray_missing(index, block);

		/* where nothing counts references, an older version may have the same list */
		if (left && inner && inner->type == PST_LIST_SUB)
			status = take_list(strays, block->id, block->refs_stored ? left : UINT32_MAX, err);
		else if (left && (!(block->id & PST_INTERNAL) || inner))
			status = take_heap(strays, block->id, left, err);
	}
	if (!status && (strays->heaps.failed || strays->lists.failed || strays->names.failed))
		status = pst_fail_memory(err);
	return status;
}

/* What other nodes have as well has the subnodes that they have. */
static void pair_shared(struct pst_strays *strays)
{
	for (size_t i = 0; i < strays->index->nodes.n; i++) {
		const struct pst_node *node = &strays->index->nodes.at[i];
		size_t k;

		PST_SEARCH(k, strays->heaps.n, strays->heaps.at[middle].data < node->data);
		if (k == strays->heaps.n || strays->heaps.at[k].data != node->data)
			continue;
		strays->heaps.at[k].sub = node->sub;
		strays->heaps.at[k].paired = true;
	}
}

/* Whether most lists of subnodes end with the same id as another does, but those that are the same in all nodes. */
static bool do_ids_repeat(const struct pst_index *index)
{
	PST_ARRAY(uint32_t) last = {0};
	size_t repeated = 0;
	bool most;

	for (size_t i = 0; i < index->inner.n; i++)
		if (index->inner.at[i].type == PST_LIST_SUB && !index->inner.at[i].level && index->inner.at[i].last >= FROM_COUNTERS)
			pst_add(&last, index->inner.at[i].last);
	pst_sort(last.at, last.n, sizeof *last.at, by_id);
	for (size_t i = 1; i < last.n; i++)
		repeated += last.at[i] == last.at[i - 1];
	most = 2 * repeated > last.n;
	pst_array_deinit(&last);
	return most;
}

pstfix_status pst_strays_find(struct pst_strays *out, const struct pst_index *index, struct pst_reader *reader,
                              pstfix_error *err)
{
	pstfix_status status;

	*out = (struct pst_strays){.index = index, .reader = reader, .ids_repeat = do_ids_repeat(index)};
	status = collect(out, err);
	if (!status)
		pst_sort(out->names.at, out->names.n, sizeof *out->names.at, by_nid);
	if (!status) {
		pair_shared(out);
		status = pair_all(out, err);
	}
	if (!status)
		status = count_rows(out, err);
	if (!status)
		pst_sort(out->heaps.at, out->heaps.n, sizeof *out->heaps.at, by_kind);
	if (status)
		pst_strays_deinit(out);
	return status;
}

void pst_strays_deinit(struct pst_strays *strays)
{
	pst_array_deinit(&strays->heaps);
	pst_array_deinit(&strays->lists);
	pst_array_deinit(&strays->names);
}

static int order_of(const struct pst_stray *stray, enum pst_stray_kind kind, const uint64_t *key)
{
	int order = PST_ORDER(stray->kind, kind);

	return order || !key ? order : PST_ORDER(stray->key, *key);
}

struct pst_stray *pst_strays_of(const struct pst_strays *strays, enum pst_stray_kind kind, const uint64_t *key, size_t *n)
{
	size_t first, end;

	PST_SEARCH(first, strays->heaps.n, order_of(&strays->heaps.at[middle], kind, key) < 0);
	PST_SEARCH(end, strays->heaps.n, order_of(&strays->heaps.at[middle], kind, key) <= 0);
	*n = end - first;
	return strays->heaps.at + first;
}
