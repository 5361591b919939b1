/* Property contexts: see pc.h. */
#include "ltp/pc.h"

#include <stdlib.h>

enum { KEY = 2, DATA = 6, PROPERTIES = 65536 }; /* so many ids there are */

static bool is_lost(const struct pst_pc *pc, uint32_t hid, uint32_t number)
{
	struct pst_item leaf;

	return pc->heap.stream.as_found &&
	       (pst_heap_item(&leaf, &pc->heap, hid) || pst_heap_lost(&pc->heap, &leaf, number * (KEY + DATA), KEY + DATA));
}

static inline void add_property(struct pst_pc *pc, const uint8_t *record, uint32_t hid, uint32_t number)
{
	pst_add(&pc->properties, ((struct pst_property){.id = pst_get16(record), .type = pst_get16(record + KEY),
	                                                .hnid = pst_get32(record + KEY + 2), .hid = hid, .number = number}));
}

static void take_properties(struct pst_pc *pc)
{
	struct pst_record first;
	struct pst_walk walk;
	uint32_t n, lost = 0;

	pst_walk_begin(&walk, &pc->bth);
	pst_array_expect(&pc->properties, walk.item.size / (KEY + DATA));
	while (pc->properties.n < PROPERTIES && (n = pst_walk_leaf(&first, &walk)))
		for (uint32_t i = 0; i < n && pc->properties.n < PROPERTIES; i++)
			if (is_lost(pc, first.hid, first.number + i))
				lost++;
			else
				add_property(pc, first.key + (size_t)i * (KEY + DATA), first.hid, first.number + i);
	pc->facts = walk.facts;
	pc->facts.missing += lost;
}

/* ---- records that the tree does not lead to ---------------------------------------------- */

static bool is_record(const struct pst_pc *pc, const uint8_t *record)
{
	const uint16_t type = pst_get16(record + KEY);
	const uint32_t hnid = pst_get32(record + KEY + 2);
	struct pst_item value;

	return pst_type_row(type) && (pst_type_inline(type, 4) || !hnid || !pst_is_hid(hnid) || !pst_heap_item(&value, &pc->heap, hnid));
}

/* Whether an item has records of properties, and nothing else. */
static bool is_leaf(const struct pst_pc *pc, uint32_t hid)
{
	uint8_t bytes[PST_HEAP_ITEM];
	struct pst_item item;
	uint32_t size;

	if (pst_heap_item(&item, &pc->heap, hid) || item.size > sizeof bytes || item.size % (KEY + DATA))
		return false;
	size = item.size;
	memcpy(bytes, item.data, size); /* other items are read meanwhile */
	for (uint32_t at = 0; at < size; at += KEY + DATA)
		if (!is_record(pc, bytes + at) || (at && pst_get16(bytes + at) <= pst_get16(bytes + at - KEY - DATA)))
			return false;
	return true;
}

/* The largest that has; 0: none. Other values can look the same, if they are short. */
static uint32_t find_leaf(struct pst_pc *pc)
{
	const struct pst_format *f = pc->heap.stream.reader->index->format;
	uint32_t best = 0, most = 0;

	for (uint32_t block = 0; block < pc->heap.stream.parts.n; block++) {
		struct pst_heap_block facts;

		pst_heap_block_facts(&facts, &pc->heap, block);
		if (!pst_reader_spend(pc->heap.stream.reader, facts.size))
			return 0;
		for (uint32_t i = 1; i <= facts.items; i++) {
			const uint32_t hid = pst_hid(f, block, i);
			struct pst_item item;

			if (hid == pc->heap.root || pst_heap_item(&item, &pc->heap, hid) || !item.size)
				continue;
			pc->unnamed++;
			if (item.size > most && pst_reader_spend(pc->heap.stream.reader, item.size) && is_leaf(pc, hid)) {
				most = item.size;
				best = hid;
			}
		}
	}
	return best;
}

/* The heap is open; it is closed where the context cannot be. */
static pstfix_status open_on_heap(struct pst_pc *out, pstfix_error *err)
{
	bool readable;

	pst_bth_open(&out->bth, &out->heap, out->heap.root);
	readable = out->bth.sound && out->bth.key == KEY && out->bth.data == DATA;
	out->sound = readable && out->heap.signature == PST_HEAP_SIGNATURE && out->heap.client == PST_CLIENT_PC;
	if (readable && !out->bth.root) {
		out->bth.root = find_leaf(out);
		out->bth.levels = 0;
		out->refound = out->bth.root;
	}
	if (readable)
		take_properties(out);
	if (!out->properties.failed)
		return PSTFIX_OK;
	pst_pc_deinit(out);
	return pst_fail_memory(err);
}

pstfix_status pst_pc_open(struct pst_pc *out, struct pst_reader *reader, uint64_t data,
                          const struct pst_subnodes *subnodes, pstfix_error *err)
{
	pstfix_status status;

	*out = (struct pst_pc){.subnodes = subnodes};
	status = pst_heap_open(&out->heap, reader, data, err);
	return status ? status : open_on_heap(out, err);
}

pstfix_status pst_pc_open_found(struct pst_pc *out, struct pst_reader *reader, uint64_t data,
                                const struct pst_subnodes *subnodes, pstfix_error *err)
{
	pstfix_status status;

	*out = (struct pst_pc){.subnodes = subnodes};
	status = pst_heap_open_found(&out->heap, reader, data, err);
	return status ? status : open_on_heap(out, err);
}

pstfix_status pst_full_pc_open(struct pst_full_pc *out, struct pst_reader *reader, uint64_t data, uint64_t sub, pstfix_error *err)
{
	pstfix_status status = pst_subnodes_open(&out->subnodes, reader, sub, err);

	if (status)
		return status;
	status = pst_pc_open(&out->pc, reader, data, &out->subnodes, err);
	if (status)
		pst_subnodes_deinit(&out->subnodes);
	return status;
}

void pst_full_pc_deinit(struct pst_full_pc *full)
{
	pst_pc_deinit(&full->pc);
	pst_subnodes_deinit(&full->subnodes);
}

void pst_pc_deinit(struct pst_pc *pc)
{
	pst_heap_deinit(&pc->heap);
	pst_array_deinit(&pc->properties);
}

pstfix_status pst_pc_stands(bool *stands, struct pst_reader *reader, uint64_t data, pstfix_error *err)
{
	const bool before = reader->proven_only;
	struct pst_pc pc;
	pstfix_status status;

	reader->proven_only = false;
	status = pst_pc_open(&pc, reader, data, NULL, err);
	reader->proven_only = before;
	if (status)
		return status;
	*stands = pc.sound && pc.properties.n && !pst_stream_torn(&pc.heap.stream);
	pst_pc_deinit(&pc);
	return PSTFIX_OK;
}

bool pst_pc_entire(const struct pst_pc *pc)
{
	const struct pst_bth_facts *facts = &pc->facts;

	return pc->heap.stream.whole && pc->sound && !facts->missing && !facts->dangling && !facts->ragged && !facts->endless;
}

int pst_property_order(const void *a, const void *b)
{
	const struct pst_property *x = a, *y = b;
	const int order = PST_ORDER(x->id, y->id);

	return order ? order : x->hid != y->hid ? PST_ORDER(x->hid, y->hid) : PST_ORDER(x->number, y->number);
}

struct pst_property *pst_pc_ordered(size_t *n, const struct pst_pc *pc)
{
	struct pst_property *out = malloc((pc->properties.n + 1) * sizeof *out);

	*n = 0;
	if (!out || !pc->properties.n)
		return out;
	memcpy(out, pc->properties.at, pc->properties.n * sizeof *out);
	pst_sort(out, pc->properties.n, sizeof *out, pst_property_order);
	for (size_t i = 0; i < pc->properties.n; i++)
		if (!i || out[i].id != out[*n - 1].id)
			out[(*n)++] = out[i];
	return out;
}

const struct pst_property *pst_pc_find(const struct pst_pc *pc, uint16_t id)
{
	const struct pst_property *at = pc->properties.at;
	size_t i = 0;

	if (pc->facts.unsorted)
		while (i < pc->properties.n && at[i].id != id)
			i++;
	else
		PST_SEARCH(i, pc->properties.n, at[middle].id < id);
	return i < pc->properties.n && at[i].id == id ? &at[i] : NULL;
}

pstfix_status pst_pc_value(struct pst_value *out, const struct pst_pc *pc, const struct pst_property *property,
                           pstfix_error *err)
{
	uint8_t bytes[4], size = pst_type_inline(property->type, sizeof bytes);

	if (!size)
		return pst_value_open(out, property->type, property->hnid, &pc->heap, pc->subnodes, err);
	pst_put(bytes, property->hnid, sizeof bytes);
	pst_value_inline(out, property->type, bytes, size);
	return PSTFIX_OK;
}

bool pst_pc_int(const struct pst_pc *pc, uint16_t id, int64_t *out)
{
	const struct pst_property *property = pst_pc_find(pc, id);
	struct pst_value value;
	bool right;

	if (!property || pst_pc_value(&value, pc, property, NULL))
		return false;
	right = pst_value_int(&value, out);
	pst_value_deinit(&value);
	return right;
}

uint32_t pst_pc_embedded(const struct pst_pc *pc)
{
	enum { ATTACH_DATA = 0x3701, ATTACH_METHOD = 0x3705, EMBEDDED = 5 };
	const struct pst_property *property = pst_pc_find(pc, ATTACH_DATA);
	struct pst_value value;
	uint32_t nid, size;
	int64_t method;

	if (!property || property->type != PST_OBJECT || !pst_pc_int(pc, ATTACH_METHOD, &method) || method != EMBEDDED ||
	    pst_pc_value(&value, pc, property, NULL))
		return 0;
	if (!pst_value_object(&value, &nid, &size))
		nid = 0;
	pst_value_deinit(&value);
	return nid;
}

uint32_t pst_pc_entry(const struct pst_pc *pc, uint16_t id)
{
	enum { FLAGS = 4, RECORD_KEY = 16, SIZE = FLAGS + RECORD_KEY + 4 };
	const struct pst_property *property = pst_pc_find(pc, id);
	uint8_t entry[SIZE] = {0};
	struct pst_value value;

	if (!property || pst_pc_value(&value, pc, property, NULL))
		return 0;
	if (value.size != SIZE || pst_value_read(&value, entry, SIZE, 0) != SIZE)
		memset(entry, 0, sizeof entry);
	pst_value_deinit(&value);
	return pst_get32(entry + FLAGS + RECORD_KEY);
}
