/* The formats as rows of one table.
 *
 * ANSI, Unicode and Unicode with 4 KiB pages differ in these numbers and in nothing else.
 * Code that is about to ask which format it has misses a number here.
 */
#ifndef PST_FORMAT_H
#define PST_FORMAT_H

#include "core/core.h"

/* Where the fields of the header are: [MS-PST] 2.2.2.6; those in ROOT (2.2.2.5) follow
 * `root` in the same order in all formats. */
struct pst_header_layout {
	uint16_t next_block, next_page, unique, rgnid, root, fmap, fpmap, sentinel, encoding;
	uint16_t crc_full; /* 0: there is none */
	uint16_t size;
};

struct pst_format {
	const char *name;
	uint16_t version_first, version_last, version; /* wVer: accepted, written */
	uint16_t version_other; /* the one more that readers know */
	uint16_t client, version_client;               /* written where unknown */

	uint8_t word;             /* bytes of a block id, page id or offset */
	uint16_t page, page_tail; /* size of a page, of its trailer */
	uint16_t entries;         /* bytes for entries in an index page; its counts follow */
	uint8_t count_width;      /* of cEnt and cEntMax */
	uint8_t nbt_entry, bbt_entry, child_entry;

	uint16_t unit;       /* what a bit of an allocation map stands for */
	uint32_t block_max;  /* on disk, trailer included */
	uint16_t block_tail; /* size of its trailer */
	uint8_t tail_crc, tail_bid; /* in the trailers of pages and blocks alike */
	uint8_t page_extra;  /* in page trailers: where a 64-bit 1 stands; 0: nowhere */
	uint8_t block_extra; /* in block trailers: where a 16-bit 2 stands; 0: nowhere */
	uint8_t tail_inflated, bbt_inflated; /* where the inflated size stands; 0: nothing is compressed */
	uint8_t bbt_refs;
	uint8_t list_head;  /* bytes before the entries of a subnode list */
	uint8_t hid_bits;   /* of a HID, for the number of the item in its block */
	uint8_t row_number; /* bytes of a row's number in the index of a table, as written */
	uint16_t string;    /* the type of strings */
	const uint16_t *heap_free; /* bytes free in a heap block from which on each of the 16 fill levels holds */

	uint32_t first_map, density_list;
	uint64_t end_max; /* where Outlook lets no file grow further; 0: no file gets there */
	uint16_t map_at, map_bytes; /* the bitmap in an allocation map page */
	uint16_t pmap_every; /* sections for each page map; 0: there are none */
	uint16_t density_entries; /* in the density list */
	uint16_t old_step; /* by which very old clients let files grow, where a section does not end; 0: none did */

	struct pst_header_layout header;
};

enum { PST_FORMATS = 3, PST_PAGE_MAX = 4096, PST_BLOCK_MAX = 65536, PST_UNIT_MIN = 64 };

extern const struct pst_format pst_formats[PST_FORMATS];

/* NULL: unknown, or version 37, which says nothing of its page size. */
const struct pst_format *pst_format_of_version(uint16_t version);

/* The largest stored data of a block. */
static inline uint32_t pst_block_data(const struct pst_format *f)
{
	return f->block_max - f->block_tail;
}

/* What a block with `size` stored bytes takes on disk. */
static inline uint32_t pst_block_extent(const struct pst_format *f, uint32_t size)
{
	return (size + f->block_tail + f->unit - 1u) & ~(f->unit - 1u); /* units are powers of two */
}

/* Ids from here on are no store's: counters stay below for ever. */
static inline uint64_t pst_id_limit(const struct pst_format *f)
{
	return UINT64_C(1) << (8 * f->word - 1);
}

/* Bytes of the file that an allocation map speaks for: one bit for each unit. */
static inline uint64_t pst_section(const struct pst_format *f)
{
	return (uint64_t)f->map_bytes * 8 * f->unit;
}

/* The signature of a page or block, [MS-PST] 5.5: ties its id to its place. */
static inline uint16_t pst_signature(uint64_t offset, uint64_t id)
{
	uint32_t x = (uint32_t)(offset ^ id);

	return (uint16_t)(x >> 16 ^ x);
}

/* ---- where the maps are: [MS-PST] 2.2.2.7.2 to 2.2.2.7.6 ---------------------- */

enum pst_page_type {
	PST_BBT = 0x80,
	PST_NBT = 0x81,
	PST_FMAP = 0x82,
	PST_PMAP = 0x83,
	PST_AMAP = 0x84,
	PST_FPMAP = 0x85,
	PST_DLIST = 0x86
};

static inline uint64_t pst_amap_at(const struct pst_format *f, uint64_t section)
{
	return f->first_map + section * pst_section(f);
}

/* Sections begun before the end of a file. */
static inline uint64_t pst_sections(const struct pst_format *f, uint64_t end)
{
	return end > f->first_map ? (end - f->first_map + pst_section(f) - 1) / pst_section(f) : 0;
}

/* The map page of this type in a section, or 0. A free page map may also lie one page further. */
uint64_t pst_map_at(const struct pst_format *f, uint64_t section, enum pst_page_type type);

/* What map pages take at the start of a section; at a free page map, both its places. */
uint32_t pst_map_bytes(const struct pst_format *f, uint64_t section);

/* Whether bytes from the first map on meet a map page that is known to be there: of 4K files only the
 * first is. Nothing else of a store can lie so. */
bool pst_on_maps(const struct pst_format *f, uint64_t at, uint32_t size);
/* Whether a block can lie there at all, in a file that ends at `end`. */
bool pst_block_fits(const struct pst_format *f, uint64_t end, uint64_t at, uint32_t size);

#endif
