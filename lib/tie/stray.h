/* Heaps with fewer references than they should have: what is left of nodes whose index page is lost. Most had one;
 * empty tables are shared by folders and the templates of tables.
 *
 * Each is known by what it holds, [MS-PST] 2.4, and paired with the list of subnodes that belongs to it: the one with the
 * subnodes that it names, whose sizes add up to that of the message, or whose rows a row index has; where
 * neither tells, the one that was written next to it. */
#ifndef PST_STRAY_H
#define PST_STRAY_H

#include "ltp/pc.h"
#include "ltp/tc.h"

enum pst_stray_kind {
	PST_STRAY_OTHER,
	PST_STRAY_STORE,
	PST_STRAY_NAMES,
	PST_STRAY_FOLDER,
	PST_STRAY_MESSAGE,
	PST_STRAY_ASSOCIATED,
	PST_STRAY_CRITERIA,
	PST_STRAY_HIERARCHY, /* tables of a folder, in the order of the types of their nodes */
	PST_STRAY_CONTENTS,
	PST_STRAY_ASSOCIATED_TABLE,
	PST_STRAY_SEARCH,      /* tables of other kinds */
	PST_STRAY_ATTACHMENTS,
	PST_STRAY_RECIPIENTS,
	PST_STRAY_RECEIVE,
	PST_STRAY_OUTGOING
};

struct pst_stray {
	uint64_t data, sub; /* as a node has them */
	uint64_t key;       /* equal to pst_stray_key() of the row that stands for it; of a table: how many rows it has */
	uint32_t left;      /* nodes that it may belong to yet */
	uint8_t kind;
	bool paired;
};

struct pst_stray_list {
	uint64_t id;
	uint32_t left;
};

struct pst_stray_name {
	uint32_t nid, list;
};

struct pst_strays {
	const struct pst_index *index;
	struct pst_reader *reader;
	PST_ARRAY(struct pst_stray) heaps; /* by kind, key, and id */
	PST_ARRAY(struct pst_stray_list) lists;  /* of subnodes; by id */
	PST_ARRAY(struct pst_stray_name) names;  /* what is in them; by nid */
	bool ids_repeat; /* those of subnodes are not of the store's counters, so that one says little */
};

pstfix_status pst_strays_find(struct pst_strays *out, const struct pst_index *index, struct pst_reader *reader,
                              pstfix_error *err);
void pst_strays_deinit(struct pst_strays *strays);

/* References to a block that are missing, by its count or, where nothing tells that, as far as the maps tell. */
uint32_t pst_stray_missing(const struct pst_index *index, const struct pst_block *block);

/* The first of a kind that has this key, or, where `key` is NULL, of a kind; and how many there are. */
struct pst_stray *pst_strays_of(const struct pst_strays *strays, enum pst_stray_kind kind, const uint64_t *key, size_t *n);

/* The property by which rows and what they stand for are brought together. */
uint16_t pst_stray_key_id(enum pst_stray_kind kind);
/* Of its value. */
uint64_t pst_stray_key(struct pst_value *value);

#endif
