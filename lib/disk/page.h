/* Pages and blocks: the trailers that prove them, and the entries of index pages.
 * [MS-PST] 2.2.2.7, 2.2.2.8. */
#ifndef PST_PAGE_H
#define PST_PAGE_H

#include "disk/format.h"

/* How sure something is. */
enum pst_sure {
	PST_NONE,    /* not there */
	PST_CLAIMED, /* only an index says so */
	PST_TRAILER, /* trailer or checksum is right, not both */
	PST_STALE,   /* a superseded page says so */
	PST_TIED,    /* contents say so */
	PST_PROVEN
};

/* ---- pages --------------------------------------------------------------- */

struct pst_page_tail {
	uint8_t type;
	uint64_t id;
	uint32_t crc;
	bool type_twice, signed_here; /* signed_here: the signature is that of this place */
};

void pst_page_tail_decode(struct pst_page_tail *out, const struct pst_format *f,
                          const uint8_t *page, uint64_t at);
/* Whether trailer and checksum prove the page. */
bool pst_page_prove(struct pst_page_tail *tail, const struct pst_format *f, const uint8_t *page,
                    uint64_t at);
bool pst_page_crc_right(const struct pst_page_tail *tail, const struct pst_format *f, const uint8_t *page);
/* Whether the constant in its trailer, which no checksum covers, is what it is in all files seen. */
bool pst_page_constant_right(const struct pst_format *f, const uint8_t *page);
/* Writes the trailer of a page whose contents are done. */
void pst_page_seal(const struct pst_format *f, uint8_t *page, uint64_t at, enum pst_page_type type,
                   uint64_t id);

static inline bool pst_is_index(uint8_t type)
{
	return type == PST_BBT || type == PST_NBT;
}

/* The counts of an index page, as they stand. */
struct pst_index_page {
	uint32_t count, count_max;
	uint8_t entry_size, level;
};

void pst_index_page_decode(struct pst_index_page *out, const struct pst_format *f,
                           const uint8_t *page);
void pst_index_page_encode(const struct pst_index_page *in, const struct pst_format *f,
                           uint8_t *page);
/* The size of an entry on a page of this type and level. */
uint8_t pst_entry_size(const struct pst_format *f, enum pst_page_type type, unsigned level);

/* ---- entries --------------------------------------------------------------- */

struct pst_bbt_entry {
	uint64_t id, at;
	uint32_t padding;
	uint16_t size, inflated, refs;
};

struct pst_nbt_entry {
	uint64_t key, data, sub;
	uint32_t parent, padding;
};

struct pst_page_ref {
	uint64_t id, at;
};

/* Of a page above leaves: the page that an entry leads to. */
struct pst_page_ref pst_child_decode(const struct pst_format *f, const uint8_t *p);
void pst_bbt_entry_decode(struct pst_bbt_entry *out, const struct pst_format *f, const uint8_t *p);
void pst_bbt_entry_encode(const struct pst_bbt_entry *in, const struct pst_format *f, uint8_t *p);
void pst_nbt_entry_decode(struct pst_nbt_entry *out, const struct pst_format *f, const uint8_t *p);
void pst_nbt_entry_encode(const struct pst_nbt_entry *in, const struct pst_format *f, uint8_t *p);

/* ---- blocks ---------------------------------------------------------------- */

#define PST_INTERNAL UINT64_C(2) /* in a block id: it lists blocks or subnodes */

struct pst_block_tail {
	uint64_t id;
	uint32_t crc;
	uint16_t size, inflated, signature;
	uint64_t extra; /* the constants of 4K trailers, in one number; else 0 */
};

#define PST_BLOCK_EXTRA UINT64_C(2) /* what they are */

/* `p` is the trailer, at the end of the block's extent. */
void pst_block_tail_decode(struct pst_block_tail *out, const struct pst_format *f,
                           const uint8_t *p);
void pst_block_tail_encode(const struct pst_block_tail *in, const struct pst_format *f, uint8_t *p);

/* ---- encoding: [MS-PST] 5.1, 5.2 --------------------------------------------- */

/* Undoes, or does, the encoding of a data block in place. */
void pst_decode(uint8_t encoding, uint8_t *data, size_t size, uint64_t id);
void pst_encode(uint8_t encoding, uint8_t *data, size_t size, uint64_t id);
/* Whether the data of a block, 4 bytes at least, begin like a heap when decoded so. */
bool pst_looks_like_heap(uint8_t encoding, const uint8_t *data, uint64_t id);

#endif
