/* What the store takes of its file: the extents of blocks and index pages, and from them the
 * allocation maps as they should be. [MS-PST] 2.2.2.7.2. */
#ifndef PST_SPACE_H
#define PST_SPACE_H

#include "ndb/index.h"

struct pst_extent {
	uint64_t at;
	uint32_t size;
	bool page; /* an index page, else a block */
};

struct pst_space {
	const struct pst_format *format;
	uint64_t end; /* of the file */
	PST_ARRAY(struct pst_extent) used; /* by place */
};

/* All of the index; `end` is for the caller to set. */
pstfix_status pst_space_derive(struct pst_space *out, const struct pst_index *index,
                               pstfix_error *err);
void pst_space_deinit(struct pst_space *space);

/* One allocation map: `bits` has room for format->map_bytes. `from` is where to begin in
 * space->used, 0 at first, and is moved on: sections are asked for in ascending order. */
void pst_space_bits(const struct pst_space *space, uint64_t section, uint8_t *bits, size_t *from);

/* Where the first section that is not begun would be. */
uint64_t pst_section_end(const struct pst_format *f, uint64_t end);

/* Units of one map from `first`, as bits, most significant first. */
void pst_bits_set(uint8_t *bits, size_t first, size_t n);
uint32_t pst_bits_clear(const uint8_t *bits, size_t size);     /* how many are */
uint32_t pst_bits_longest_run(const uint8_t *bits, size_t size); /* of clear ones */

#endif
