/* What the files of this folder share. */
#ifndef PST_MEND_INSIDE_H
#define PST_MEND_INSIDE_H

#include "ltp/pc.h"
#include "mend/mend.h"
#include "store/table.h"
#include "write/context.h"
#include "write/minimum.h"

enum { PST_HIERARCHY = 0x0D, PST_CONTENTS = 0x0E, PST_ASSOCIATED = 0x0F, PST_RESULTS = 0x10 };

enum pst_mark {
	PST_UNMARKED,
	PST_AFFECTED, /* what it follows from has changed */
	PST_WRONG
};

struct pst_named {
	uint32_t nid;
	const char *name;
};

struct pst_mend {
	struct pst_edit *edit;
	const struct pst_where *wrong; /* in order */
	size_t n_wrong;
	struct pstfix_store *old; /* as it was: only what proves itself is read */
	struct pstfix_store *now; /* as it is being made: nothing of it stays open while blocks are written */
	uint8_t *marks;           /* by node of the edited index */
	uint32_t recovered[PST_RECOVERED]; /* the folders for what was in none; 0: there is none yet */
	PST_ARRAY(uint32_t) parents; /* of all folders as they were, in order */
	uint32_t folders[PST_STORE_FOLDERS]; /* that the store names; 0: there is none */
	PST_ARRAY(struct pst_named) named; /* folders that were made */
	PST_ARRAY(uint32_t) touched; /* nodes that follow from where things are now */
	uint16_t damage;  /* the property that says what a message has lost; 0: not known yet */
	bool no_damage;   /* there cannot be one */
	uint64_t made;    /* bytes written for what is left of data trees */
	uint16_t *starts; /* by block of the old index, of packed ones that do not inflate: one more than how much does; 0: not known yet */
	bool ost;
	pstfix_error *err;
};

/* Whether something was found wrong; `sub` 0: with the node itself. */
bool pst_mend_is_wrong(const struct pst_mend *mend, uint32_t nid, uint32_t sub);
/* Marks a node, if it is there. */
void pst_mend_mark(struct pst_mend *mend, uint32_t nid, enum pst_mark mark);
/* How a node that is there is marked. */
enum pst_mark pst_mend_marked(const struct pst_mend *mend, uint32_t nid);

/* ---- values that are taken over: values.c ------------------------------------------------- */

/* A value to be written, in memory of its own. */
struct pst_taken {
	uint8_t *data; /* NULL: there is none */
	size_t size;
};

/* False: it is not there, or not all of it, and there is nothing to give back. */
bool pst_taken_load(struct pst_taken *out, struct pst_value *value);
void pst_taken_deinit(struct pst_taken *taken);
struct pst_given pst_taken_given(const struct pst_taken *taken);

/* What is in a folder or message, to be taken over. It must stay where it is. */
struct pst_object {
	uint64_t sub;
	struct pst_subnodes subnodes;
	struct pst_pc pc;
	bool entire; /* all its properties are known */
	bool partial; /* objects are left out that are not among the subnodes it gets */
};

/* In data and subnodes with these ids: as they were, or just made. Of a list of subnodes that cannot be read nothing is
 * taken over. */
pstfix_status pst_object_open_on(struct pst_object *out, struct pst_mend *mend, uint64_t data, uint64_t sub);
pstfix_status pst_object_open_new(struct pst_object *out, struct pst_mend *mend, uint64_t data, uint64_t sub);
/* Of one that is open and has no properties: those in its data that lost sectors have left. */
pstfix_status pst_object_find(struct pst_object *object, struct pst_mend *mend, uint64_t data);
/* Where there is no such node, or no property context in it, one without properties. Subnodes whose lists lead back have
 * none. */
pstfix_status pst_object_open(struct pst_object *out, struct pst_mend *mend, uint32_t nid);
void pst_object_deinit(struct pst_object *object);
/* Like pst_table_open, but of the store as it is now. */
pstfix_status pst_mend_open_table(struct pst_table *out, struct pst_mend *mend, uint32_t nid);

/* A property that gets another value, is added or, where its type is 0, taken away. */
struct pst_change {
	uint16_t id, type;
	struct pst_given value;
};

/* Writes a property context anew: all properties that are there, with `n` changes, whose ids ascend. Subnodes stay as they are,
 * damaged ones as they stand; `kept`: in place of them, NULL: none. */
pstfix_status pst_mend_properties(struct pst_mend *mend, const struct pst_object *object, const struct pst_subnodes *kept,
                                  const struct pst_change *changes, size_t n, uint64_t *data, uint64_t *sub);

/* The subnode that the value of a property is, or that it names as an object; 0: none. */
uint32_t pst_property_subnode(const struct pst_pc *pc, const struct pst_property *property);
/* The property whose value that is; NULL: it is none's. */
const struct pst_property *pst_object_owner(const struct pst_object *object, struct pst_mend *mend, uint32_t nid);

/* Whether a property is there and is written, too, where nothing changes it. */
bool pst_object_keeps(const struct pst_object *object, uint16_t id);

/* ---- where it is: places.c ---------------------------------------------------------------- */

/* Gives all folders and messages that are wrong a place. */
pstfix_status pst_mend_places(struct pst_mend *mend);
/* Makes a folder and its tables without contents; what they hold is made later. */
pstfix_status pst_mend_add_folder(struct pst_mend *mend, uint32_t nid, uint32_t parent);
pstfix_status pst_mend_new_folder(struct pst_mend *mend, uint32_t *nid, uint32_t parent, const char *name);

/* ---- what is made anew ------------------------------------------------------------------- */

/* tables.c: any table. */
struct pst_table_plan {
	uint64_t data, sub;  /* of the one that was there; 0: none */
	uint32_t kind;       /* a node of which such tables are */
	uint32_t pattern;    /* node of a table that has the columns, if it has none; 0: then there is no table */
	const uint32_t *ids; /* rows, ascending; NULL: those that were there */
	size_t n;
	bool results;        /* of a search: the columns of the one that was there may be apart */
	/* Opens what a row stands for; NULL: cells are those that were there. */
	pstfix_status (*open)(struct pst_object *out, void *user, uint32_t id);
	/* What a cell becomes that is there, or not; NULL: it stays. */
	pstfix_status (*correct)(void *user, const struct pst_column *column, struct pst_taken *cell);
	void *user;
};

/* `made`: false, nothing says which columns it has. */
pstfix_status pst_mend_rows(struct pst_mend *mend, struct pst_table_plan plan, bool *made, uint64_t *data, uint64_t *sub);
/* Of a table like `nid`, as it was: where such tables have side heaps, their cells are in no other heap, even if they are lost. */
pstfix_status pst_mend_expect_sides(struct pst_mend *mend, struct pst_tc *tc, uint32_t nid);
/* A table of a folder. */
pstfix_status pst_mend_table(struct pst_mend *mend, uint32_t nid);
/* store.c: which folders the store names; where it is wrong, those that it must name are made. */
pstfix_status pst_mend_find_folders(struct pst_mend *mend);
/* How many folders were in one, which need not be there. */
size_t pst_mend_count_folders(const struct pst_mend *mend, uint32_t nid);
/* What belongs to the store and not to a folder, and lists, criteria and results of searches. */
pstfix_status pst_mend_of_store(struct pst_mend *mend, uint32_t nid);
/* names.c: the name map. */
pstfix_status pst_mend_names(struct pst_mend *mend, uint64_t *data, uint64_t *sub);
/* The id of the property that says what a message has lost, mend->damage; puts it into the name map. It stays 0 where that
 * cannot be done. */
pstfix_status pst_mend_damage_name(struct pst_mend *mend);
/* messages.c: a message, and all in it. */
pstfix_status pst_mend_message(struct pst_mend *mend, uint32_t nid);
/* A list of subnodes; 0: there are none. */
pstfix_status pst_mend_list(struct pst_mend *mend, const struct pst_subnodes *subnodes, uint64_t *list);
/* folders.c: the properties of a folder or search folder; affects the table of its parent, if any changes. */
pstfix_status pst_mend_folder(struct pst_mend *mend, uint32_t nid);

/* ---- what is left of messages that are not whole: partial.c --------------------------------- */

/* What a message or folder has lost, in words. */
struct pst_losses {
	PST_ARRAY(char) text; /* without an end */
	size_t more;          /* what it has no room for */
	bool any;
};

void pst_losses_add(struct pst_losses *losses, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As the value of mend->damage, behind what it said before in `pc`. */
pstfix_status pst_losses_mark(struct pst_taken *out, struct pst_losses *losses, const struct pst_mend *mend, const struct pst_pc *pc);

/* What is gone of the heap of properties that are as found. */
void pst_partial_tell_lost(struct pst_losses *losses, const char *place, const struct pst_stream *stream);
/* A data tree that lacks blocks, with zeros in their place; 0: nothing of it is left. `what` it is, for the losses. */
pstfix_status pst_partial_tree(struct pst_mend *mend, uint64_t *tree, struct pst_losses *losses, const char *what);
/* All bytes of a data tree as they are found, zeros where they are gone; none where there are more than `max`. */
pstfix_status pst_partial_load(struct pst_taken *out, size_t max, struct pst_mend *mend, uint64_t tree);
/* The same for all that a subnode has, which is no message and no attachment. */
pstfix_status pst_partial_entry(struct pst_mend *mend, struct pst_list_entry *entry, struct pst_losses *losses, const char *what,
                                unsigned depth);
/* The same for a subnode of `object`, by the name of the property whose value it is, behind `place`. One that is no value is a table, as
 * the history of changes is: of its rows those stay that can be read. */
pstfix_status pst_partial_value(struct pst_mend *mend, const struct pst_object *object, struct pst_list_entry *entry,
                                struct pst_losses *losses, const char *place);
/* Whether anything would be done about it. */
pstfix_status pst_partial_is_needed(bool *needed, struct pst_mend *mend, struct pst_list_entry entry, unsigned depth);
/* Adds what can be believed of a list that is not whole. It is as whole as it gets, then. */
pstfix_status pst_partial_subnodes(struct pst_mend *mend, struct pst_subnodes *subnodes, uint64_t list, struct pst_losses *losses,
                                   const char *what);

#endif
