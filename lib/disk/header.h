/* The header: [MS-PST] 2.2.2.6. Decoded as it stands and never judged; `proven` says that magic,
 * version and checksums are right. Reserved bytes are kept in `raw`, so that a header written
 * anew changes only what it has to. */
#ifndef PST_HEADER_H
#define PST_HEADER_H

#include "disk/page.h"

enum { PST_HEADER_SIZE = 564, PST_NID_TYPES = 32, PST_NID_INDEX_MAX = UINT32_MAX >> 5, PST_MAP_ARRAY = 128 };
enum { PST_MAGIC = 0x4E444221, PST_SENTINEL = 0x80 };
enum pst_client_magic { PST_CLIENT_PST = 0x4D53, PST_CLIENT_OST = 0x4F53, PST_CLIENT_PAB = 0x4241 }; /* SM, SO, AB */
enum pst_encoding { PST_PLAIN = 0, PST_PERMUTE = 1, PST_CYCLIC = 2, PST_BY_WINDOWS = 0x10 };

struct pst_header {
	const struct pst_format *format; /* by its version, NULL: unknown */
	uint8_t raw[PST_HEADER_SIZE];
	bool magic_right, proven;
	uint32_t crc_partial, crc_partial_right, crc_full, crc_full_right;
	uint16_t client, version, version_client;
	uint64_t next_block, next_page;
	uint32_t unique;
	uint32_t rgnid[PST_NID_TYPES];
	uint64_t end, amap_last, amap_free, pmap_free;
	struct pst_page_ref nbt, bbt;
	uint8_t maps_valid, sentinel, encoding;
	uint8_t fmap[PST_MAP_ARRAY], fpmap[PST_MAP_ARRAY];
};

/* `format` decides where the fields are; NULL: by the version that the header names. */
void pst_header_decode(struct pst_header *out, const uint8_t raw[PST_HEADER_SIZE],
                       const struct pst_format *format);
/* Writes all fields and both checksums into `raw`. */
void pst_header_encode(struct pst_header *header);

/* Whether the length that the header names can be one: that of whole sections, or one that agrees with the
 * last map's place. */
bool pst_header_end_fits(const struct pst_header *header, const struct pst_format *f);

/* The first index that is handed out for nodes of this type, less one. */
uint32_t pst_rgnid_first(unsigned type);

/* Version 37 is Unicode with pages of either size, and rare: only a proven header is believed to have it. Other numbers
 * than those of their format readers take for it, or refuse. */
static inline bool pst_version_fits(const struct pst_header *header, const struct pst_format *f)
{
	return header->version == 37 ? header->proven && f->word == 8
	                             : header->version == f->version || header->version == f->version_other;
}

static inline bool pst_client_known(uint16_t client)
{
	return client == PST_CLIENT_PST || client == PST_CLIENT_OST || client == PST_CLIENT_PAB;
}

#endif
