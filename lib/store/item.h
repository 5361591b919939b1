/* An item in use: a property context, or, of a recipient, a row of a table. */
#ifndef PST_STORE_ITEM_H
#define PST_STORE_ITEM_H

#include "store/store.h"

struct pstfix_item {
	struct pstfix_store *store;
	pstfix_kind kind;
	uint32_t nid, parent;
	bool whole;
	int64_t code_page;
	struct pst_subnodes subnodes;
	struct pst_pc pc;                   /* unless it is a recipient */
	struct pst_tc table;                /* of recipients: a message's, or the one that it is a row of */
	struct pst_subnodes table_subnodes;
	PST_ARRAY(uint32_t) cells;          /* a recipient's columns */
};

#endif
