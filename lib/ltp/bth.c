/* B-trees on heaps: see bth.h. */
#include "ltp/bth.h"

enum { HEADER = 8, HID = 4 };

void pst_bth_open(struct pst_bth *out, const struct pst_heap *heap, uint32_t hid)
{
	struct pst_item header;

	*out = (struct pst_bth){.heap = heap};
	out->found = pst_heap_item(&header, heap, hid);
	if (out->found || header.size < HEADER)
		return;
	out->type = header.data[0];
	out->key = header.data[1];
	out->data = header.data[2];
	out->levels = header.data[3];
	out->root = pst_get32(header.data + 4);
	out->sound = out->type == PST_CLIENT_BTH && out->levels <= PST_BTH_LEVELS &&
	             (out->key == 2 || out->key == 4 || out->key == 8 || out->key == PST_BTH_KEY) &&
	             out->data && out->data <= PST_BTH_DATA;
}

/* Keys are numbers. Those of 8 and 16 bytes, ids of servers and items, have the highest byte first in genuine
 * files (pstextractortest, node 0x821; jlibpst-dist-list, node 0xC01). */
int pst_bth_order(const uint8_t *a, const uint8_t *b, uint8_t size)
{
	if (size == 2)
		return PST_ORDER(pst_get16(a), pst_get16(b));
	if (size == 4)
		return PST_ORDER(pst_get32(a), pst_get32(b));
	return memcmp(a, b, size);
}

static inline uint32_t record_size(const struct pst_bth *bth, uint32_t level)
{
	return bth->key + (level ? HID : (uint32_t)bth->data);
}

uint64_t pst_bth_place(const struct pst_bth *bth, uint32_t hid, uint32_t number)
{
	uint64_t place = pst_heap_place(bth->heap, hid);

	return place == PSTFIX_NOWHERE ? place : place + (uint64_t)number * record_size(bth, 0);
}

/* ---- a walk -------------------------------------------------------------------------- */

static void blame(struct pst_walk *walk, uint64_t *fact, uint32_t hid)
{
	++*fact;
	if (!walk->facts.first)
		walk->facts.first = hid;
}

/* Whether the records of a leaf, the last item of the path, are in order, by themselves and behind those before. */
static void judge_order(struct pst_walk *walk, uint32_t hid, uint32_t step)
{
	const uint8_t *record = walk->item.data, *last = walk->facts.records ? walk->last : NULL, size = walk->bth->key;

	for (uint32_t n = walk->item.size / step; n; n--, record += step) {
		const int order = last ? pst_bth_order(record, last, size) : 1;

		if (order <= 0)
			blame(walk, order ? &walk->facts.unsorted : &walk->facts.equal, hid);
		last = record;
	}
	walk->facts.records += walk->item.size / step;
	if (last && last != walk->last)
		memcpy(walk->last, last, size);
}

/* Goes down to an item. `key` is what the item above has for it; NULL: there is none above. */
static void enter(struct pst_walk *walk, uint32_t hid, const uint8_t *key)
{
	const struct pst_bth *bth = walk->bth;
	uint32_t parent = walk->depth ? walk->path[walk->depth - 1].hid : hid;
	uint32_t step = record_size(bth, bth->levels - walk->depth);
	struct pst_item item;
	enum pst_lookup found = pst_heap_item(&item, bth->heap, hid);

	if (found) {
		blame(walk, found == PST_MISSING ? &walk->facts.missing : &walk->facts.dangling, parent);
		return;
	}
	if (item.size > walk->left) {
		blame(walk, &walk->facts.endless, parent);
		return;
	}
	if (!pst_reader_spend(bth->heap->stream.reader, item.size))
		return;
	walk->left -= item.size;
	if (item.size % step)
		blame(walk, &walk->facts.ragged, hid);
	if (key && (item.size < step || memcmp(item.data, key, bth->key)))
		blame(walk, &walk->facts.mismatched, parent);
	walk->path[walk->depth].hid = hid;
	walk->path[walk->depth++].next = 0;
	walk->item = item;
	walk->uses = bth->heap->stream.reader->uses;
	if (walk->depth > bth->levels)
		judge_order(walk, hid, step);
}

/* The last item of the path: as it was found, unless the reader has read on since. */
static inline bool look_up(struct pst_walk *walk, uint32_t hid)
{
	const struct pst_reader *reader = walk->bth->heap->stream.reader;

	if (walk->uses == reader->uses)
		return true;
	if (pst_heap_item(&walk->item, walk->bth->heap, hid))
		return false;
	walk->uses = reader->uses;
	return true;
}

void pst_walk_begin(struct pst_walk *out, const struct pst_bth *bth)
{
	*out = (struct pst_walk){.bth = bth, .left = bth->heap->stream.size, .uses = UINT64_MAX};
	if (bth->sound && bth->root)
		enter(out, bth->root, NULL);
}

bool pst_walk_next(struct pst_record *out, struct pst_walk *walk)
{
	const struct pst_bth *bth = walk->bth;

	while (walk->depth) {
		uint32_t level = bth->levels + 1u - walk->depth, step = record_size(bth, level);
		uint32_t hid = walk->path[walk->depth - 1].hid, number = walk->path[walk->depth - 1].next, at = number * step;
		uint8_t record[PST_BTH_KEY + HID];

		if (!look_up(walk, hid) || walk->item.size < step || at > walk->item.size - step) {
			walk->depth--;
			walk->uses = UINT64_MAX;
			continue;
		}
		walk->path[walk->depth - 1].next++;
		if (!level) {
			*out = (struct pst_record){walk->item.data + at, walk->item.data + at + bth->key, hid, number};
			return true;
		}
		memcpy(record, walk->item.data + at, step);
		walk->uses = UINT64_MAX;
		enter(walk, pst_get32(record + bth->key), record);
	}
	return false;
}

uint32_t pst_walk_leaf(struct pst_record *out, struct pst_walk *walk)
{
	uint32_t n;

	if (!pst_walk_next(out, walk))
		return 0;
	n = walk->item.size / record_size(walk->bth, 0);
	walk->path[walk->depth - 1].next = n;
	return n - out->number;
}

/* ---- one record ---------------------------------------------------------------------- */

enum pst_lookup pst_bth_find(struct pst_record *out, const struct pst_bth *bth, const uint8_t *key)
{
	uint32_t hid = bth->root;

	if (bth->found)
		return bth->found;
	if (!bth->sound)
		return PST_BROKEN;
	if (!bth->root)
		return PST_NOT_THERE;
	for (uint32_t level = bth->levels;; level--) {
		const uint32_t step = record_size(bth, level);
		struct pst_item item;
		enum pst_lookup found = pst_heap_item(&item, bth->heap, hid);
		const uint8_t *record;
		size_t i;

		if (found)
			return found == PST_NOT_THERE ? PST_BROKEN : found;
		PST_SEARCH(i, item.size / step, pst_bth_order(item.data + middle * step, key, bth->key) <= 0);
		if (!i)
			return PST_NOT_THERE;
		record = item.data + --i * step;
		if (level) {
			hid = pst_get32(record + bth->key);
			continue;
		}
		if (memcmp(record, key, bth->key))
			return PST_NOT_THERE;
		*out = (struct pst_record){record, record + bth->key, hid, (uint32_t)i};
		return PST_THERE;
	}
}
