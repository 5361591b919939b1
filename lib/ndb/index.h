/* The node database: which nodes and blocks a store has, and where the blocks are.
 *
 * Two sorted arrays. pst_index_load() makes them from the trees of the file, pst_index_derive()
 * from the trees, the inventory and what the blocks themselves list. All that reads nodes takes
 * either.
 *
 * Deriving blocks: what the block index says, where the block proves itself there; else where a
 * block with that id proves itself; else as the index claims. A block that no index names counts
 * when something refers to it and it proves itself. References are counted as they are met, each
 * block that lists others being read once.
 */
#ifndef PST_INDEX_H
#define PST_INDEX_H

#include "ndb/tree.h"

enum pst_block_flags {
	PST_BLOCK_CANDIDATE = 1,  /* not in the block index */
	PST_BLOCK_MARKED = 2,     /* something refers to it */
	PST_BLOCK_BAD_STREAM = 4, /* its bytes do not inflate */
	PST_BLOCK_READ = 8,       /* what it lists has been taken in */
	PST_BLOCK_KEPT = 16,      /* stays even if nothing refers to it */
	PST_BLOCK_CURRENT = 32,   /* named by a page that the root reaches */
	PST_BLOCK_WRONG_ID = 64,  /* what lies there is another block: its own id must be wrong, unless it is needed */
	PST_BLOCK_LISTED = 128,   /* by a list that the block index lacks, if it is in use; while references are looked for */
	PST_BLOCK_RAISED = 128    /* afterwards: no reference was found, but damaged lists may have had those that were stored */
};

struct pst_block {
	uint64_t id, at;
	uint32_t refs; /* references found, without the one for the entry itself */
	uint32_t padding;
	uint16_t size, inflated;
	uint16_t refs_stored;
	uint8_t sure, flags;
};

struct pst_node {
	uint64_t data, sub; /* ids of blocks, or 0 */
	uint64_t page, page_at, lost; /* see struct pst_source */
	uint32_t nid, parent, padding;
	uint8_t sure;
	bool kept;  /* while the index is made */
	bool doubted; /* its page names what the block index does not know, and may be superseded */
	bool whole; /* all its blocks are proven */
};

/* What is known of a block that lists others. */
struct pst_inner {
	uint32_t block; /* index */
	uint32_t total; /* lcbTotal */
	uint32_t first, last; /* subnode ids */
	uint8_t type, level;
	bool cyclic;      /* it is on a cycle, or between two */
	uint64_t culprit; /* id of a block that it needs and that is not whole; 0: none */
};

/* A block that is listed, but nowhere. */
struct pst_missing {
	uint64_t id, from; /* ids of blocks */
};

enum { PST_LIST_DATA = 1, PST_LIST_SUB = 2 }; /* btype */

struct pst_index {
	const struct pst_format *format;
	struct pst_io *io;
	struct pst_teller teller;
	uint8_t encoding;
	struct pst_tree nbt, bbt;
	PST_ARRAY(struct pst_block) blocks; /* by id */
	PST_ARRAY(struct pst_node) nodes;   /* by nid */
	PST_ARRAY(struct pst_inner) inner;  /* by block */
	PST_ARRAY(struct pst_missing) missing;
	PST_ARRAY(struct pst_node) dropped; /* that only superseded pages name, and that are not among the nodes */
	uint32_t rgnid[PST_NID_TYPES];      /* highest index of nodes of each type, 0: there are none */
	uint32_t rgnid_sub[PST_NID_TYPES];  /* of subnodes whose ids come from the store's counters */
	uint64_t next_block; /* blocks from here on were never committed */
	bool cut;            /* the root of the node index may lie in a part of the file that is missing */
	bool lists_damaged;  /* blocks that list others are, so references are missed */
	uint64_t lists_missed; /* how many at most */
	uint64_t unanswered; /* rows of tables that stand for a node which is not there: where nodes were lost only */
	const struct pst_inventory *kept; /* which has copies of lists; NULL: there is none */
	bool edited;    /* blocks are other ones than the inventory has */
	bool bbt_knows; /* the block index is the current one, and knows all blocks but those in its gaps */
	bool bbt_lacks; /* entries, too: that it does not know a block tells nothing */
	uint64_t work, work_max; /* bytes inflated while deriving */
};

/* follow.c: the index pages that the header's roots lead to, where a pass would take too long. */
pstfix_status pst_inventory_follow(struct pst_inventory *out, struct pst_io *io,
                                   const struct pst_header *header, const struct pst_format *format,
                                   pstfix_error *err);

/* From the trees alone. The inventory may be one made by pst_inventory_follow(). */
pstfix_status pst_index_load(struct pst_index *out, struct pst_io *io,
                             struct pst_inventory *inventory, const struct pst_header *header,
                             pstfix_error *err);
/* `removed`: with messages that were removed or replaced, too. */
pstfix_status pst_index_derive(struct pst_index *out, struct pst_io *io,
                               struct pst_inventory *inventory, const struct pst_header *header,
                               uint8_t encoding, bool removed, struct pst_teller teller, pstfix_error *err);
void pst_index_deinit(struct pst_index *index);

struct pst_block *pst_index_block(const struct pst_index *index, uint64_t id);
/* What is known of a block that lists others; NULL: it lists none, or that is not known. */
const struct pst_inner *pst_index_inner(const struct pst_index *index, const struct pst_block *block);
/* Of a list of subnodes: whether nothing of it can be read, or it leads back to itself. */
bool pst_index_list_lost(const struct pst_index *index, uint64_t id);
bool pst_index_list_cyclic(const struct pst_index *index, uint64_t id);
/* Whether there is a block of this id, and it proves itself. */
bool pst_index_proves(const struct pst_index *index, uint64_t id);
/* Whether what needs a block has to do without it: it is nowhere, or something else may be where it was, or it does not inflate, or it
 * is a list and does not prove itself. */
bool pst_index_gone(const struct pst_index *index, uint64_t id);
/* The count of references that its entry should have. */
uint32_t pst_right_count(const struct pst_block *block);
/* Whether counts tell of nodes that are gone: some may be, or no count is too low. Counts that are, are damaged. */
bool pst_index_counts_tell(const struct pst_index *index);
/* How much data a block, or a list of blocks, stands for; 0: that is not known. */
uint64_t pst_index_size(const struct pst_index *index, uint64_t id);
const struct pst_node *pst_index_node(const struct pst_index *index, uint32_t nid);
/* Whether something else needs its data, too, and the count of references knows of no more than one. */
bool pst_index_node_crossed(const struct pst_index *index, const struct pst_node *node);

/* ---- what blocks list: [MS-PST] 2.2.2.8.3 ----------------------------------------- */

struct pst_list {
	uint8_t type, level;
	uint32_t n;
	uint32_t total; /* of a data list */
	const uint8_t *entries;
	uint8_t step;
	bool sound; /* type, level and count are possible */
};

struct pst_list_entry {
	uint32_t nid;       /* of a subnode list */
	uint64_t data, sub; /* data: the block listed; sub: the subnodes of the subnode */
};

void pst_list_decode(struct pst_list *out, const struct pst_format *f, const uint8_t *data,
                     size_t size);
struct pst_list_entry pst_list_at(const struct pst_list *list, const struct pst_format *f,
                                  uint32_t i);

/* Whether zeros are where its trailer was, as in a sector that was lost: what is before them may be right. Else something was
 * written over it. */
bool pst_block_cut_off(const struct pst_index *index, const struct pst_block *block);
/* How many bytes of a block, from `at` on, are in one sector of 512 bytes. */
size_t pst_in_sector(const struct pst_block *block, size_t at);
/* Reads a block's stored bytes, inflates and, unless it lists others, decodes them into `out`, which
 * has room for PST_BLOCK_MAX. Of one that does not prove itself, sectors of zeros stay zeros. Returns the size, or -1: unreadable or
 * not to be inflated. */
int64_t pst_block_read(const struct pst_index *index, const struct pst_block *block,
                       struct pst_inflater *inflater, uint8_t *out);
/* Whether it proves itself: where the file was not gone through, it is read for that. */
bool pst_block_proves(const struct pst_index *index, const struct pst_block *block);

/* Whether a block proves itself that the block index does not know and, if something current needs it, should. */
bool pst_index_lacks(const struct pst_index *index, const struct pst_block *block);

/* gaps.c: whether the block index lacks entries; and the highest id of a block that it knows, that was needed by its
 * count, and that no node in hand needs; 0: there is none. */
pstfix_status pst_index_find_gaps(uint64_t *newest_unowned, struct pst_index *index, pstfix_error *err);

/* superseded.c. Whether most blocks came after all that trees name which no header leads to, and no map says that they were
 * freed: then the trees are older ones. */
bool pst_index_is_superseded(const struct pst_index *index);
/* A leaf that nothing vouches for, and that names blocks which were freed since, is an older one. Finds out `bbt_knows`. */
pstfix_status pst_index_demote_leaves(struct pst_index *index, pstfix_error *err);

/* Parents of nodes that are removed messages or older versions: there are no such nodes. */
enum { PST_PARENT_REMOVED = 0x7FFFFFE0, PST_PARENT_REPLACED = 0x7FFFFFC0 };
/* removed.c: adds nodes for messages that only pages with ids below `next_page` name which are superseded, if their blocks are there. */
pstfix_status pst_index_add_removed(struct pst_index *index, const struct pst_header *header, uint64_t next_page, pstfix_error *err);

/* refs.c: counts references and judges what blocks list; drops candidates that nothing needs. */
pstfix_status pst_index_count(struct pst_index *index, pstfix_error *err);
/* Counts the references that a node has once more, or once less. */
void pst_index_count_node(const struct pst_index *index, const struct pst_node *node, bool more);
/* Takes in nodes that no current page names, each once, and counts their references. Those of versions that they take the
 * place of, if they are kept, are no longer counted. */
pstfix_status pst_index_take_in(struct pst_index *index, const struct pst_node *nodes, size_t n, pstfix_error *err);
/* Marks in the inventory whether a block is part of the store. */
void pst_index_mark_block(const struct pst_index *index, const struct pst_block *block, bool live);
/* Tells of a block with PST_BLOCK_WRONG_ID. */
void pst_index_tell_id(const struct pst_index *index, const struct pst_block *block);
/* Only marks in the inventory, as live, what would stay. */
pstfix_status pst_index_mark(struct pst_index *index, pstfix_error *err);
/* The highest id of a block that the block index knows, that was needed by its count, and that no node in hand needs nor
 * a list that it may lack; 0: there is none. Notes whether current lists need blocks that it lacks. */
pstfix_status pst_index_newest_unowned(uint64_t *out, struct pst_index *index, pstfix_error *err);
/* Counts all references anew, after nodes have got other blocks, and drops blocks that have lost their last one; those that had
 * none, or none for sure, stay. Tells nothing, and leaves what is known of lists behind. */
pstfix_status pst_index_recount(struct pst_index *index, pstfix_error *err);

#endif
