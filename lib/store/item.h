/* An item in use: a property context, or, of a recipient, a row of a table. */
#ifndef PST_STORE_ITEM_H
#define PST_STORE_ITEM_H

#include "store/store.h"

/* The recipients of a message, in use by it and by each of them. */
struct pst_recipients {
	unsigned users;
	struct pst_subnodes subnodes;
	struct pst_tc table;
	bool whole;
};

struct pstfix_item {
	struct pstfix_store *store;
	pstfix_kind kind;
	uint32_t nid, parent;
	unsigned since;                     /* shortages before it was opened */
	bool whole;
	int64_t code_page;
	uint64_t data, sub;                 /* ids of blocks; of a recipient, those of its table */
	PST_ARRAY(uint32_t) path;           /* node, subnode of it, and so on; of a recipient, to its table */
	struct pst_subnodes subnodes;
	PST_ARRAY(size_t) attachments;      /* of a message: their numbers among its subnodes */
	struct pst_pc pc;                   /* unless it is a recipient */
	struct pst_recipients *recipients;  /* a message's, or those that it is one of; NULL: there are none */
	uint32_t row;                       /* a recipient's, of their table */
	PST_ARRAY(uint32_t) cells;          /* a recipient's columns */
	struct pst_value value;             /* the one last asked for */
	size_t opened;                      /* its number; SIZE_MAX: none */
	PST_ARRAY(pstfix_extent) extents;   /* the ones last asked for */
	PST_ARRAY(uint32_t) results;        /* of a search folder, once they were asked for */
	bool searched;
	size_t traced;                      /* what they are of: a value's number, or SIZE_MAX: nothing */
};

/* The value with this number, which stays open until another is asked for: reading it piece by piece then takes
 * no more time than reading it at once. An object's is the data of its subnode. */
pstfix_status pst_item_value(struct pst_value **out, struct pstfix_item *item, size_t index, pstfix_error *err);
/* The node or subnode that the item is; of a recipient, its table. */
uint32_t pst_item_own(const struct pstfix_item *item);

#endif
