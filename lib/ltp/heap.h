/* Heaps on nodes: [MS-PST] 2.3.1.
 *
 * The data of a node, as a heap: numbered items in each of its blocks, delimited by a page map at the end of
 * the block. The first block says who the client is and at which item to begin. Blocks are read when an item
 * of theirs is asked for.
 *
 * A heap opens on a data block, not on a node, so that heaps can be read that no index names. What a damaged
 * map does not delimit is not handed out; what a map says, and what it should say, is told for each
 * block, and judged elsewhere. */
#ifndef PST_HEAP_H
#define PST_HEAP_H

#include "ndb/stream.h"

/* bClientSig; more of them in the glossary of the format. */
enum pst_client {
	PST_CLIENT_TC = 0x7C,
	PST_CLIENT_COLUMN = 0xA5, /* cells of one column, apart from their table */
	PST_CLIENT_APART = 0xAC,  /* a table of such columns */
	PST_CLIENT_BTH = 0xB5,
	PST_CLIENT_PC = 0xBC
};

enum {
	PST_HEAP_SIGNATURE = 0xEC,
	PST_HEAP_ITEM = 3580,  /* an item has no more bytes */
	PST_HEAP_HEADER = 12,  /* HNHDR, of the first block: with the levels of 8 blocks */
	PST_HEAP_MAP = 4       /* HNPAGEMAP, before its offsets */
};

/* What looking something up has come to. */
enum pst_lookup {
	PST_THERE,
	PST_NOT_THERE, /* nothing has that id */
	PST_BROKEN,    /* what should delimit it is impossible */
	PST_MISSING    /* it is, or may be, in a block that is missing or cannot be read */
};

struct pst_heap {
	struct pst_stream stream;
	bool headed;       /* the first block can be read and has room for a header */
	uint8_t signature; /* bSig */
	uint8_t client;    /* bClientSig */
	uint32_t root;     /* hidUserRoot */
	uint32_t map, items; /* of the first block, unless the heap is as found: where the map is, and how many items it has */
};

struct pst_item {
	const uint8_t *data; /* valid like that of pst_reader_block() */
	uint32_t size;       /* 0: it was freed */
	uint32_t block, at;  /* number of the block in the heap, offset in it */
};

/* `id` is that of a data block or of a list of them; 0: there are none. */
pstfix_status pst_heap_open(struct pst_heap *out, struct pst_reader *reader, uint64_t id, pstfix_error *err);
/* Like pst_heap_open(), but with what is left of blocks that do not prove themselves: items that sectors which are lost delimited, or
 * were in, are missing; of those that were in part the part is zeros. */
pstfix_status pst_heap_open_found(struct pst_heap *out, struct pst_reader *reader, uint64_t id, pstfix_error *err);
void pst_heap_deinit(struct pst_heap *heap);

/* For pst_heap_item(): an item wherever it is. */
enum pst_lookup pst_heap_find(struct pst_item *out, const struct pst_heap *heap, uint32_t hid);
/* Where it returns something else than PST_THERE, the item is empty. Most are in the first block. */
static inline enum pst_lookup pst_heap_item(struct pst_item *out, const struct pst_heap *heap, uint32_t hid)
{
	const uint32_t i = (hid >> 5) - 1;
	const uint8_t *data, *bounds;
	uint32_t from, to;
	size_t size;

	if (hid & 31 || i >= heap->items)
		return pst_heap_find(out, heap, hid);
	data = pst_reader_block(heap->stream.reader, heap->stream.parts.at->block, &size);
	if (!data)
		return pst_heap_find(out, heap, hid);
	bounds = data + heap->map + PST_HEAP_MAP + 2 * (size_t)i;
	from = pst_get16(bounds);
	to = pst_get16(bounds + 2);
	if (from < PST_HEAP_HEADER || from > to || to > heap->map)
		return pst_heap_find(out, heap, hid);
	*out = (struct pst_item){data + from, to - from, 0, from};
	return PST_THERE;
}
/* Of a heap as found, whether any of `size` bytes of an item, from `at` on, was in a sector that is lost. */
bool pst_heap_lost(const struct pst_heap *heap, const struct pst_item *item, uint32_t at, uint32_t size);
/* Where an item begins in the file; PSTFIX_NOWHERE: nowhere, or in a packed block. */
uint64_t pst_heap_place(const struct pst_heap *heap, uint32_t hid);

/* A HNID with these bits clear is a HID, else a NID. */
static inline bool pst_is_hid(uint32_t hnid)
{
	return !(hnid & 31);
}

/* ---- HIDs: [MS-PST] 2.3.1.1 ------------------------------------------------------- */

/* Items are counted from 1, blocks from 0. */
static inline uint32_t pst_hid_item(const struct pst_format *f, uint32_t hid)
{
	return hid >> 5 & ((1u << f->hid_bits) - 1);
}

static inline uint32_t pst_hid_block(const struct pst_format *f, uint32_t hid)
{
	return hid >> (5 + f->hid_bits);
}

static inline uint32_t pst_hid(const struct pst_format *f, uint32_t block, uint32_t item)
{
	return block << (5 + f->hid_bits) | item << 5;
}

/* ---- where things are in a block: [MS-PST] 2.3.1.2 to 2.3.1.5 ------------------------ */

/* The size of its header: of the first, of every 128th from the ninth on, or of another. */
uint32_t pst_heap_header(uint32_t block);
/* Whether it has fill levels, those of the next blocks and its own. The first has some, too. */
bool pst_heap_has_levels(uint32_t block);
/* The block that has the fill level of one, and the byte in it: odd blocks have its upper half. */
uint32_t pst_heap_levels_of(uint32_t block);
uint32_t pst_heap_level_at(uint32_t block);
/* Where the map of a block ends that has so many items, and data up to `size`. It begins on an even offset. */
uint32_t pst_heap_map_end(uint32_t size, uint32_t items);

/* ---- what the map of a block says ---------------------------------------------------- */

struct pst_heap_block {
	bool readable;
	bool mapped;        /* the map lies behind the header, all of it in the block: else the rest is 0 */
	bool ascending;     /* offsets ascend from the header to the map */
	bool blank;         /* behind the map there are only zeros */
	uint32_t size;      /* of the block */
	uint32_t map, end;  /* where the map begins and ends */
	uint32_t items;     /* cAlloc */
	uint32_t freed;     /* cFree */
	uint32_t empty;     /* items without bytes */
	uint32_t lead, gap; /* bytes between header and first item, and between the last one and the map */
	uint8_t fill, fill_right; /* level as stored, 0xFF: nowhere; and as it follows from `end` */
};

/* Blocks are those of heap->stream.parts. */
void pst_heap_block_facts(struct pst_heap_block *out, const struct pst_heap *heap, uint32_t block);
/* The level stored for a block, also for one behind the last; 0xFF: nowhere. */
uint8_t pst_heap_fill(const struct pst_heap *heap, uint32_t block);
/* The level of a block whose map ends there. */
uint8_t pst_heap_fill_right(const struct pst_format *f, uint32_t end);

#endif
