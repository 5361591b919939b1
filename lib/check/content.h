/* What the checks above the node database share: contexts that were opened and judged, to be compared with
 * each other.
 *
 * Only nodes all of whose blocks are proven are opened: what rests on damaged bytes is not judged again. A context
 * that is not usable was judged, but nothing is to be concluded from what it holds. */
#ifndef PST_CONTENT_H
#define PST_CONTENT_H

#include "check/report.h"
#include "store/store.h"

enum { PST_VERSION_PIECE = 1 << 18 }; /* row versions in 32 KiB of bits */
#define PST_VERSION_MAX 0xEFFFFFFFu /* beyond it the counter is taken for wrong: it would soon be at its end */

struct pst_content {
	struct pstfix_report *report;
	struct pstfix_store *store;
	const struct pst_index *index;
	struct pst_reader tables; /* apart from the store's, since a table is read beside the messages in it */
	bool ost;
	bool names_known;
	size_t names;             /* in the name map */
	uint16_t damage;          /* the property that says what a message has lost; 0: no name for it */
	bool marked;              /* the message in hand has it */
	uint32_t version_max;     /* of rows */
	uint8_t **versions;       /* seen: bits, in pieces made when needed */
	size_t version_pieces;
	uint8_t *done;            /* by node: whether it was judged */
	bool *listed;             /* by node: whether it is in the list of active searches; NULL: that is not known */
	uint64_t taken;           /* how many were */
	bool versions_missed;     /* some rows could not be looked at */
	struct {
		uint8_t bytes[PST_HEAP_ITEM];
		uint32_t size, kind;
	} columns;                /* the header of the last table whose columns are right, and its type; size 0: there was none */
	uint64_t undone;          /* nodes that were left out for the work they ask for */
	uint32_t first_undone;
	uint32_t in_hand;         /* the node taken last */
	pstfix_status status;     /* sticky */
	pstfix_error *err;
};

#define PST_TELL_AT(content, where, name, ...)                                                     \
	PST_TELL((content)->report->teller, name, .nid = (where).nid, .sub = (where).sub,          \
	         .place = pst_where_path((char[PST_PATH_MAX]){""}, where), __VA_ARGS__)

/* A property context or a table. */
struct pst_context {
	struct pst_where where;
	struct pst_subnodes subnodes;
	bool *named;       /* of each subnode: whether something names it */
	struct pst_pc pc;
	struct pst_tc tc;
	bool *faulty;      /* of each column: what its cells are is not to be told */
	struct pst_rows rows;
	bool exact;        /* index and matrix agree on which rows there are */
	bool usable;
	uint64_t bytes;    /* of all values of a property context */
	bool cut;          /* some are not known */
};

/* check_contexts.c: open a context and judge it. It is closed in any case. */
void pst_context_open_pc(struct pst_context *out, struct pst_content *content, struct pst_where where, uint64_t data,
                         uint64_t sub);
void pst_context_open_tc(struct pst_context *out, struct pst_content *content, struct pst_reader *reader,
                         struct pst_where where, uint64_t data, uint64_t sub);
/* A table of search results whose columns have heaps of their own. */
void pst_context_open_apart(struct pst_context *out, struct pst_content *content, struct pst_where where, uint64_t data,
                            uint64_t sub);
/* Like pst_context_open_pc, but does not judge again. */
void pst_context_reopen_pc(struct pst_context *out, struct pst_content *content, struct pst_where where, uint64_t data,
                           uint64_t sub);
void pst_context_close(struct pst_context *context);
/* Judges the histories of changes among the subnodes, each by itself: nothing names them. */
void pst_check_changes(struct pst_content *content, struct pst_context *context);
/* Marks a subnode as named; NULL: there is none of that id. */
const struct pst_list_entry *pst_context_name(struct pst_context *context, uint32_t nid);
/* Tells of subnodes that nothing has named. */
void pst_context_tell_unnamed(struct pst_content *content, const struct pst_context *context);
/* A heap of another client, with a tree of keys and entries of these sizes; false: it is none. `deep`: the root is not
 * the tree itself, but an item that begins with its id. */
bool pst_content_map(struct pst_content *content, struct pst_heap *heap, struct pst_bth *bth, const struct pst_node *node,
                     uint8_t client, bool deep, uint8_t key, uint8_t data);
/* Judge a heap, and a tree by what a walk has found; true: all records can be relied on. */
bool pst_content_heap(struct pst_content *content, struct pst_where where, const struct pst_heap *heap, bool maps_only);
/* Of a heap of no more than items: whether it is of its kind, and its maps right. */
bool pst_content_items(struct pst_content *content, struct pst_where where, const struct pst_heap *heap, uint8_t client);
bool pst_content_tree(struct pst_content *content, struct pst_where where, const struct pst_heap *heap,
                      const struct pst_bth_facts *facts);

/* An integer cell of the current row; false: there is none. */
bool pst_context_cell_number(const struct pst_context *table, uint16_t id, int64_t *out);
/* The columns in which the current row of a table is not what the object says. */
typedef void (*pst_difference)(void *user, uint32_t tag);
void pst_context_compare(struct pst_content *content, struct pst_context *table, struct pst_context *object,
                         pst_difference differs, void *user);

/* Makes a row the current one, from 0 to rows.n - 1 as the matrix has them, which is quickest; NULL: which it is, is
 * not to be told. */
const struct pst_row *pst_context_row(struct pst_context *table, uint32_t number);
/* The column, where its cells can be told; NULL: there is none. */
const struct pst_column *pst_context_column(const struct pst_context *table, uint16_t id, uint16_t type);

/* check_folders.c, check_messages.c. `table`: has the row of the message as its current one; NULL: there is none. */
void pst_check_folders(struct pst_content *content);
void pst_check_message(struct pst_content *content, struct pst_where where, uint64_t data, uint64_t sub,
                       struct pst_context *table, uint32_t depth);
/* Compares the current row of a table, which is its folder's or one of results, with the message. */
void pst_check_message_row(struct pst_content *content, struct pst_context *table, struct pst_context *message);
/* Of a message that is not whole: whether it says that it has lost something before. */
void pst_check_mark(struct pst_content *content, const struct pst_node *node);

/* Whether the node is there, not NULL, and whole, and was not judged yet; from now on it is. */
const struct pst_node *pst_content_take(struct pst_content *content, const struct pst_node *node);
/* A node is not looked into, or not all of it: it would be too much work. */
void pst_content_leave_out(struct pst_content *content, uint32_t nid);
bool pst_content_is_folder(const struct pst_content *content, uint32_t nid);
/* With the type that strings have in this format. */
uint32_t pst_content_tag(const struct pst_content *content, uint32_t tag);

#endif
