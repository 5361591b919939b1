/* What a store holds, above heaps and tables: [MS-PST] 2.4. The interface is <pstfix/store.h>. */
#ifndef PST_STORE_H
#define PST_STORE_H

#include "file.h"
#include "ltp/pc.h"
#include "ltp/tc.h"
#include "ndb/survey.h"

#include <pstfix/store.h>

enum { PST_NID_STORE = 0x21, PST_NID_NAMES = 0x61, PST_NID_ROOT = 0x122, PST_NID_ATTACHMENTS = 0x671, PST_NID_RECIPIENTS = 0x692 };

/* A node, or a subnode somewhere below it; 0: the node itself. */
struct pst_where {
	uint32_t nid, sub;
	const struct pst_where *above; /* what it is a subnode of; NULL: the node itself, or not known */
};

/* A folder or message, and the folder that it is in; 0: in none. */
struct pst_child {
	uint32_t parent, nid;
};

enum pst_name_stream { PST_NAME_GUIDS, PST_NAME_ENTRIES, PST_NAME_TEXTS };

/* The streams of the name map, read when a name is asked for. */
struct pst_names {
	bool loaded;
	bool lost[3]; /* the value that should hold it is not there */
	uint8_t *streams[3];
	size_t sizes[3];
};

void pst_names_deinit(struct pst_names *names);
/* The set of properties of our own, and the name of the one in which a repair says what a message has lost. */
extern const uint8_t pst_names_own[16];
#define PST_NAME_DAMAGE "pstfix-damage"
/* Which of the sets in a stream ours is, or would be, counted from 0. */
size_t pst_names_own_set(const uint8_t *sets, size_t size);

/* What may be only here, found when it is asked for. */
struct pst_local {
	bool found;
	PST_ARRAY(pstfix_local_item) items;
};

/* The name of a folder, as long as no other takes its place. */
struct pst_folder_name {
	uint32_t nid;
	char text[252];
};

struct pstfix_store {
	unsigned users; /* itself and its items */
	unsigned since; /* shortages before it was opened, or renewed */
	struct pstfix_file *file;
	const struct pst_index *index; /* one of these two: */
	struct pst_index loaded;
	struct pst_survey survey;
	struct pst_inventory inventory; /* of the loaded one */
	bool derived, entire;
	void *owner; /* of the index, and what to do with it at the end */
	void (*release)(void *owner);
	struct pst_reader reader;
	struct pst_charset charset;
	PST_ARRAY(struct pst_child) children; /* by parent, kind and nid */
	struct pst_names names;
	struct pst_local local;
	struct pst_folder_name *folder_names; /* those met last; NULL: none yet */
};

/* The id of that property; 0: the store has none. */
uint16_t pst_names_damage(struct pstfix_store *store);

/* Like pstfix_store_open, but through an index that outlives the store. */
pstfix_status pst_store_open_on(pstfix_store **out, pstfix_file *file, const struct pst_index *index, pstfix_error *err);

/* The folder or search folder that a folder, message, table or queue belongs to; 0: to none that is there. */
uint32_t pst_folder_of(const struct pst_index *index, uint32_t nid);

/* Folders that a repair makes for what is in none, or was removed, or replaced. */
enum pst_recovered { PST_FOUND_AGAIN, PST_REMOVED, PST_REPLACED, PST_RECOVERED };
extern const char *const pst_recovered_names[PST_RECOVERED];
/* The one for what names this as its parent, which is no folder. */
enum pst_recovered pst_recovered_for(uint32_t parent);
/* What a repair calls a folder of which there is no name. */
enum { PST_MADE_NAME = 32 };
void pst_made_name(char out[PST_MADE_NAME], uint32_t nid);
/* The name of a folder in the row that another has for it, whether or not it is there; empty: there is none. */
void pst_store_row_name(char *out, size_t room, struct pstfix_store *store, uint32_t parent, uint32_t nid);

/* tree.c: sees to it that going down from the folders that are in no other one meets each folder, and comes to an
 * end soon. Where it fails the store is given back. A checker wants folders as their nodes have them, and does without. */
pstfix_status pst_store_untangle(pstfix_store **store, pstfix_error *err);
/* The folder that a node says it is in, if that is one; else 0. */
uint32_t pst_store_parent(const struct pst_index *index, const struct pst_node *node);
void pst_store_sort(struct pstfix_store *store);

/* Whether rows of folders and messages have a property that these themselves need not have, or have with another value. */
bool pst_is_row_only(bool ost, uint16_t id);

/* Tags of columns, strings in UTF-16, that all tables of the kind of a node have; NULL: nothing is known of such tables. */
const uint32_t *pst_required_columns(size_t *n, uint32_t nid);
/* Whether a table has the column, of the string types either. */
bool pst_has_required(const struct pst_tc *tc, uint32_t tag);

/* By the type in a node's id. */
pstfix_kind pst_kind_of(uint32_t nid);
/* Whether it is a message, one that a folder does not show included. */
static inline bool pst_is_message(uint32_t nid)
{
	const pstfix_kind kind = pst_kind_of(nid);

	return kind == PSTFIX_MESSAGE || kind == PSTFIX_ASSOCIATED;
}
/* The first child of a kind that a folder has, and how many there are. */
const struct pst_child *pst_store_children(const struct pstfix_store *store, uint32_t parent, pstfix_kind kind,
                                           size_t *n);

#endif
