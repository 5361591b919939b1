/* One pass over the file, front to back: everything that proves itself, wherever it lies.
 *
 * Pages lie on multiples of their size and blocks end on multiples of the unit, with a trailer that
 * holds a signature of id and place and a checksum. So each unit's end is asked whether it is one.
 * The pass knows no tree: live, superseded and freed things look alike.
 *
 * Work is bounded piece by piece, whatever the file says. Where candidates overlap so much that
 * checksumming each would take more than the piece twice over, checksums of ranges are computed
 * from those of all units' ends, once for the piece; none is skipped. Inflation stops at two and a half
 * times the piece and its share of 16 MiB.
 */
#ifndef PST_SCAN_H
#define PST_SCAN_H

#include "bytes/io.h"
#include "disk/header.h"
#include "disk/page.h"

enum pst_found_flags {
	PST_FOUND_LIVE = 1,       /* part of the store; set later, by the index */
	PST_FOUND_BAD_STREAM = 2, /* does not inflate to its size */
	PST_FOUND_BAD_EXTRA = 4,  /* constants in its trailer are others */
	PST_FOUND_VISITED = 8,    /* an index page that a tree has been followed through */
	PST_FOUND_NO_INFLATE = 16, /* not inflated: out of budget */
	PST_FOUND_BAD_PADDING = 32, /* bytes between data and trailer are not zero */
	PST_FOUND_HEAP = 64       /* decoded by one of the methods, it begins like a heap; a packed one where there was room to keep it */
};

struct pst_found {
	uint64_t at, id;
	union {
		struct {
			uint16_t size, inflated; /* of a block, without padding and trailer */
		};
		uint32_t kept; /* of a page: 1 + where its copy is among the inventory's; 0: there is none */
	};
	uint8_t type;            /* of a page, or 0: a block */
	uint8_t level;           /* of an index page */
	uint8_t sure;            /* PST_PROVEN or PST_TRAILER */
	uint8_t flags;
};

struct pst_unread {
	uint64_t at, size;
	int system;
};

/* A block of which the bytes were kept, inflated. */
struct pst_kept_block {
	uint64_t at, id;
	uint32_t start; /* in the inventory's copies */
	uint16_t size, inflated;
};

struct pst_inventory {
	const struct pst_format *format;
	uint64_t size; /* of the file */
	PST_ARRAY(struct pst_found) found; /* by place */
	PST_ARRAY(struct pst_found) doubtful; /* node index leaves of which only the checksum is wrong; by place */
	PST_ARRAY(struct pst_unread) unread;
	bool slim; /* of these only maps are left */
	struct {
		uint8_t *at;
		size_t n, room;
	} copies; /* of what is read again: the first 48 MiB of pages and small lists, and of small heaps among the first 16 MiB */
	PST_ARRAY(struct pst_kept_block) kept; /* the blocks among them; by place */
	uint64_t heaps[3];    /* blocks that begin like a heap when decoded by this method */
	uint64_t work;        /* bytes checksummed and inflated */
	uint64_t over_budget; /* candidates judged by shorter means, or not inflated */
	uint64_t over_budget_at;
};

struct pst_scan_options {
	unsigned threads;
	bool removed; /* what was removed or replaced is wanted, too */
	pstfix_progress progress;
	void *user;
};

pstfix_status pst_scan(struct pst_inventory *out, struct pst_io *io, const struct pst_format *format,
                       const struct pst_scan_options *options, pstfix_error *err);
/* Maps are all that stays, to be read from the file. */
void pst_inventory_slim(struct pst_inventory *inventory);
void pst_inventory_deinit(struct pst_inventory *inventory);

/* The format whose pages and blocks prove themselves best, by up to 64 samples, then by as much of the
 * file as takes 32 MiB of work; NULL: none does. */
pstfix_status pst_scan_format(const struct pst_format **out, uint64_t *work, struct pst_io *io,
                              pstfix_error *err);

/* What proves itself and has bytes in common with a block there, `size` without its trailer; `*i` is 0 at first, and moved on. NULL:
 * there is no more. */
const struct pst_found *pst_inventory_over(const struct pst_inventory *inventory, uint64_t at, uint32_t size, size_t *i);
/* Whether two things do: at least one of them never was in use. */
bool pst_inventory_shared(const struct pst_inventory *inventory, uint64_t at, uint32_t size);

/* The bytes of a page that was found, from the pass where it kept them; false: they cannot be read. */
bool pst_inventory_read(const struct pst_inventory *inventory, struct pst_io *io,
                        const struct pst_found *found, uint8_t *out);
/* Like read, but of the page of this type that begins at `at`; false: also when none proves itself there. */
bool pst_inventory_page(const struct pst_inventory *inventory, struct pst_io *io, uint64_t at,
                        enum pst_page_type type, uint8_t *out);

/* The bytes, inflated, of the block with this id and these sizes that begins there; NULL: the pass did not keep them. */
const uint8_t *pst_inventory_copy(const struct pst_inventory *inventory, uint64_t at, uint64_t id, uint16_t size, uint16_t inflated);

/* The first that begins at `at` or behind it. */
size_t pst_inventory_from(const struct pst_inventory *inventory, uint64_t at);
/* The block with this id that begins there. */
struct pst_found *pst_inventory_block(const struct pst_inventory *inventory, uint64_t at, uint64_t id);
/* What begins at `at`, page (type not 0) or block (type 0); NULL: nothing proven. */
struct pst_found *pst_inventory_at(const struct pst_inventory *inventory, uint64_t at, uint8_t type);

#endif
