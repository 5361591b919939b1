/* Free places in a file, in ascending order: what neither the derived nor the stored maps show in use. Where there are
 * none left, the file grows by sections. */
#ifndef PST_ROOM_H
#define PST_ROOM_H

#include "ndb/space.h"

struct pst_room {
	const struct pst_index *index;
	struct pst_space taken;    /* by what is there now, superseded index pages included; `end` is moved on */
	uint64_t section;
	size_t from, unit;         /* in taken.used; in the section */
	uint8_t bits[PST_PAGE_MAX];
	bool loaded;
};

pstfix_status pst_room_init(struct pst_room *out, const struct pst_index *index, uint64_t end, pstfix_error *err);
void pst_room_deinit(struct pst_room *room);

/* The next free place for `size` bytes, on a multiple of `align` from its section's start. Both are whole units; what
 * was passed over is not offered again. */
uint64_t pst_room_take(struct pst_room *room, uint32_t size, uint32_t align);

/* Where later maps of 4K files are is not known for sure. There, only a map that proves itself is one,
 * and those of sections that are added. */
bool pst_has_map(const struct pst_index *index, uint64_t section);

#endif
