/* The two index trees of a file: [MS-PST] 2.2.2.7.7.
 *
 * Only pages that the pass has proven are followed, each once, so no file can make this loop.
 *
 * Load: what the root reaches, through pages that are where their parent says, with the id and the
 * level it says, is the truth. Where a page is not, its key range stays open. Where the header does not
 * lead to the root, it is the page that was written last, if it spans all others.
 *
 * Derive: open ranges are filled from the pages that nothing reached. For each key the newest page
 * that speaks for it decides: a leaf speaks for the keys from its first to its last, a page above
 * leaves for the ranges of its children. What it names but is lost leaves the range to older leaves;
 * these, and leaves of whose keys a newer page has taken some, are STALE. A lost leaf that has
 * its id or its checksum right, not both, comes before them.
 */
#ifndef PST_TREE_H
#define PST_TREE_H

#include "scan/scan.h"

/* Something told while an index is made: the problem table's row and what fills it. */
typedef void (*pst_tell)(void *user, const pstfix_finding *fact);

struct pst_teller {
	pst_tell tell;
	void *user;
};

#define PST_TELL(teller, name, ...)                                                            \
	((teller).tell ? (teller).tell((teller).user,                                          \
	                               &(pstfix_finding){.problem = PSTFIX_##name,             \
	                                                 .offset = PSTFIX_NOWHERE,             \
	                                                 .size = PSTFIX_NOWHERE,               \
	                                                 .id = PSTFIX_NOWHERE,                 \
	                                                 .expected = PSTFIX_NOWHERE,           \
	                                                 .found = PSTFIX_NOWHERE,              \
	                                                 .count = 1,                           \
	                                                 .cause = SIZE_MAX,                    \
	                                                 __VA_ARGS__})                         \
	               : (void)0)

struct pst_tree_page {
	uint64_t at, id;
};

/* Keys that no page reached from the root speaks for, and the page that should. */
struct pst_range {
	uint64_t first, last;
	uint64_t lost_at, lost_id;
	bool leaf; /* the lost page is a leaf */
	bool alone; /* that no parent names */
};

struct pst_ranges {
	struct pst_range *at;
	size_t n, room;
	bool failed;
};

/* Where an entry comes from. */
struct pst_source {
	uint64_t page;  /* id */
	uint64_t at;    /* offset of the page */
	uint64_t lost;  /* STALE: id of the page that is lost, or PSTFIX_NOWHERE */
	bool reached;   /* from the root */
	enum pst_sure sure; /* PST_PROVEN: reached from the root that the header names; PST_CLAIMED:
	                       the newest page that speaks for the key; PST_TRAILER: the lost page itself, whose checksum
	                       is wrong; PST_STALE */
};

typedef void (*pst_entry)(void *user, const uint8_t *entry, const struct pst_source *source);

struct pst_tree {
	enum pst_page_type type;
	const struct pst_format *format;
	struct pst_io *io;
	struct pst_inventory *inventory;
	struct pst_teller teller;
	pst_entry entry;
	void *user;
	bool rooted;              /* the root itself was reached */
	enum pst_sure sure;       /* of what it reaches: PST_PROVEN when the header names it */
	struct pst_page_ref root; /* where it is then */
	PST_ARRAY(struct pst_tree_page) pages; /* reached */
	struct pst_ranges reached;   /* of leaves that were, by key, apart; lost_id is theirs */
	struct pst_ranges open;      /* by key, apart */
	struct pst_ranges unsettled; /* what is left of them when current leaves are found */
	struct pst_ranges lost;      /* of lost leaves, by key, apart */
};

/* Whether there can be a page where a proven header says; else its ROOT is garbage, and no page lost. */
bool pst_root_possible(const struct pst_format *f, const struct pst_page_ref *root);
/* Calls `entry` for each entry of each leaf that the root reaches. Where a proven header does not lead to
 * it, or there is none, a root is looked for among pages with ids below `next_page`; 0: it is not. */
void pst_tree_load(struct pst_tree *tree, const struct pst_header *header, uint64_t next_page);
/* What was loaded is superseded: all its pages are older ones, and all keys are open. */
void pst_tree_unload(struct pst_tree *tree);
/* Then calls it for what fills the open ranges, from pages with ids below `next_page`. */
void pst_tree_derive(struct pst_tree *tree, uint64_t next_page);
void pst_tree_deinit(struct pst_tree *tree);

/* The open range in which a key lies; NULL: in none. */
const struct pst_range *pst_tree_open_at(const struct pst_tree *tree, uint64_t key);
/* What the stored allocation map says of a place. It says nothing where it does not prove itself, or does
 * not even count its own page as used. */
enum pst_use {
	PST_USE_UNKNOWN,
	PST_FREE, /* all of it */
	PST_USED
};
/* How many of `n` bits of a map from `first` on are set. */
uint32_t pst_count_used(const uint8_t *bits, uint64_t first, uint64_t n);
enum pst_use pst_use_of(const struct pst_inventory *inventory, struct pst_io *io, uint64_t at, uint32_t size);

/* Whether no current page speaks for the key; nor does a root that no header leads to for what came after it. */
bool pst_tree_unsettled(const struct pst_tree *tree, uint64_t key);
/* The highest id of the leaves reached from the root that a key may belong to; PSTFIX_NOWHERE: it is behind the last. */
uint64_t pst_tree_leaf_at(const struct pst_tree *tree, uint64_t key);

#endif
