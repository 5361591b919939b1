/* B-trees on heaps: [MS-PST] 2.3.2.
 *
 * Records of one size, a key and its data, in heap items; above them items that list items. All genuine
 * trees seen are a single leaf. A walk meets the records in the order of the tree, whatever their keys say, and
 * notes on its way what a sound tree has not. It has no more bytes to go through than the heap, since
 * the items of a tree lie apart: so it ends on any tree. */
#ifndef PST_BTH_H
#define PST_BTH_H

#include "ltp/heap.h"

enum { PST_BTH_KEY = 16, PST_BTH_DATA = 32, PST_BTH_LEVELS = 8 };

struct pst_bth {
	const struct pst_heap *heap;
	enum pst_lookup found; /* of its header */
	bool sound;            /* its header is one that a tree can have */
	uint8_t type;          /* bType */
	uint8_t key, data;     /* sizes: cbKey, cbEnt */
	uint8_t levels;        /* above the leaves: bIdxLevels */
	uint32_t root;         /* hidRoot; 0: there are no records */
};

struct pst_record {
	const uint8_t *key, *data; /* valid like those of an item */
	uint32_t hid, number; /* of the leaf, and where in it, from 0 */
};

struct pst_bth_facts {
	uint64_t records;
	uint64_t unsorted;   /* keys below the one before */
	uint64_t equal;      /* keys equal to the one before */
	uint64_t ragged;     /* items whose size is not that of whole records */
	uint64_t mismatched; /* items that do not begin with the key that the item above has for them */
	uint64_t dangling;   /* items named but not there, or impossible */
	uint64_t missing;    /* items in blocks that are */
	uint32_t first;      /* the first item that is wrong, or names one that is not there; 0: none */
	uint64_t endless;    /* items beyond what the heap holds: some were named more than once */
};

struct pst_walk {
	const struct pst_bth *bth;
	struct {
		uint32_t hid, next; /* record */
	} path[PST_BTH_LEVELS + 1];
	uint32_t depth;
	struct pst_item item; /* the last one of the path */
	uint64_t uses;        /* of the reader when it was looked up; UINT64_MAX: it was not */
	uint64_t left; /* bytes */
	uint8_t last[PST_BTH_KEY];
	struct pst_bth_facts facts; /* so far */
};

/* `hid` is that of the header. */
void pst_bth_open(struct pst_bth *out, const struct pst_heap *heap, uint32_t hid);

/* Where a record is in the file; PSTFIX_NOWHERE: in a packed block. */
uint64_t pst_bth_place(const struct pst_bth *bth, uint32_t hid, uint32_t number);

void pst_walk_begin(struct pst_walk *out, const struct pst_bth *bth);
/* The next record; false: there are no more. */
bool pst_walk_next(struct pst_record *out, struct pst_walk *walk);
/* Like pst_walk_next, but with all records that follow in the same leaf, one behind the other: how many they are; 0: there are no more. */
uint32_t pst_walk_leaf(struct pst_record *out, struct pst_walk *walk);

/* Looks for a key of bth->key bytes by halves, which finds it where keys ascend. What is not PST_THERE says
 * whether it is not in the tree, or in a part that is not to be read. */
enum pst_lookup pst_bth_find(struct pst_record *out, const struct pst_bth *bth, const uint8_t *key);

/* Three-way comparison of keys of a size. */
int pst_bth_order(const uint8_t *a, const uint8_t *b, uint8_t size);

#endif
