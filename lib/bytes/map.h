/* The map that GNU ddrescue writes beside what it rescues: which areas of a disk could be read. */
#ifndef PST_MAP_H
#define PST_MAP_H

#include "bytes/io.h"

struct pst_pieces {
	struct pst_piece *at; /* by place, apart */
	size_t n, room;
	bool failed;
};

/* The areas that were rescued, each in its place, from the text of a map. To be freed, also on failure. */
pstfix_status pst_map_parse(struct pst_pieces *out, const char *text, pstfix_error *err);

#endif
