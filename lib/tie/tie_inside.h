/* What the files of `tie` share. */
#ifndef PST_TIE_INSIDE_H
#define PST_TIE_INSIDE_H

#include "ndb/survey.h"
#include "tie/facets.h"

enum {
	NID_ROOT = 0x122,
	TYPE_FOLDER = 2, TYPE_SEARCH = 3, TYPE_HIERARCHY = 0x0D, TYPE_CONTENTS = 0x0E, TYPE_ASSOCIATED = 0x0F,
	/* as bytes read: what comparing two of many takes, and opening what is at hand already */
	STEP_WORK = 16, OPEN_WORK = 256
};

struct pst_tied {
	struct pst_node node;
	struct pst_stray *stray; /* NULL: it is what an older page says */
	uint64_t agreed;
};

struct pst_tie {
	struct pst_survey *survey;
	struct pst_index *index;
	struct pst_reader reader;
	struct pst_strays strays;
	struct pst_facets facets; /* of these */
	struct pst_teller teller;
	PST_ARRAY(struct pst_tied) tied; /* but not in the index yet */
	PST_ARRAY(uint32_t) tables;      /* to be gone through */
	uint32_t top, deleted, searches; /* folders that the store has entry ids of; 0: it has not */
	uint32_t highest[PST_NID_TYPES]; /* indexes of nodes that rows stand for */
	bool miscounted; /* counts of references are seen to be wrong: alone they tell of no message */
	bool lost;       /* leaves of the index are: something was tied that was not there, or they are seen to be missing */
	bool replaced;   /* older versions: their blocks are free */
	bool take_alike; /* of several things that fit a row alike the first will do */
	pstfix_status status; /* sticky */
	pstfix_error *err;
};

/* A node for what was stray; not in place of a node that is gone and was newer. */
void pst_tie_node(struct pst_tie *tie, struct pst_stray *stray, uint32_t nid, uint32_t parent, uint64_t agreed);
/* An older version is the current one. */
void pst_tie_older(struct pst_tie *tie, const struct pst_node *node);
/* Whether tables of a kind that have rows are left. */
bool pst_tie_filled_left(const struct pst_tie *tie, enum pst_stray_kind kind);
/* Whether the block index, or else a map, says that a block which nothing refers to is needed. */
bool pst_tie_is_in_use(const struct pst_tie *tie, uint64_t id);
/* Whether a page that no header leads to names data of which nothing is left. */
bool pst_tie_is_gone(const struct pst_tie *tie, const struct pst_node *node);
/* Whether a node is missing, gone, or known only by an older version; whether that is not the current one. */
bool pst_tie_is_open(const struct pst_tie *tie, const struct pst_node *node);
bool pst_tie_is_superseded(const struct pst_node *node);
/* Whether what was written later, of block `than`, may be the current version of a node: no header leads to the page that names it, and
 * no count tells. */
bool pst_tie_may_be_older(const struct pst_tie *tie, const struct pst_node *node, uint64_t than);
/* An older version of a node, as what it would be without one. */
struct pst_stray pst_tie_version(const struct pst_node *node, enum pst_stray_kind kind);

/* ---- tie_rows.c: tables of folders, opened -------------------------------------------- */

struct pst_tie_table {
	uint64_t data; /* its id */
	struct pst_subnodes subnodes;
	struct pst_tc tc;
	struct pst_rows rows;
};

/* It is closed in any case. False: nothing is to be learned from it. */
bool pst_tie_open(struct pst_tie_table *out, struct pst_tie *tie, uint64_t data, uint64_t sub);
void pst_tie_close(struct pst_tie_table *table);
/* Makes a row the current one; false: it is not sure which it is. */
bool pst_tie_go_to(struct pst_tie_table *table, const struct pst_row *row);
/* Of the current row; 0: it has none. */
int64_t pst_tie_cell_number(const struct pst_tie_table *table, uint16_t id);

/* Ties what the rows of a table stand for that is not there; `parent` 0: nobody knows whose table it is. */
void pst_tie_rows(struct pst_tie *tie, uint64_t data, uint64_t sub, uint32_t type, uint32_t parent);
/* What the current row stands for; NULL: nothing that is left, or several things alike. */
struct pst_stray *pst_tie_stand_in(struct pst_tie *tie, const struct pst_tie_table *table, enum pst_stray_kind kind,
                                   uint64_t *agreed);

/* ---- tie_tables.c: ties tables of a kind to folders ------------------------------------- */

/* By the nodes that their rows stand for. */
void pst_tie_owned(struct pst_tie *tie, enum pst_stray_kind kind);
/* By the name of the folder that messages say they are in. */
void pst_tie_named(struct pst_tie *tie, enum pst_stray_kind kind);
/* By how many rows folders count. */
void pst_tie_by_count(struct pst_tie *tie, enum pst_stray_kind kind);
/* Ties the rows of those that no folder is known for, to none. */
void pst_tie_loose(struct pst_tie *tie, enum pst_stray_kind kind);

/* ---- names.c: folders by name ------------------------------------------------------------ */

struct pst_tie_name {
	uint64_t key;
	uint32_t nid;
};

struct pst_tie_names {
	PST_ARRAY(struct pst_tie_name) at; /* by key */
};

pstfix_status pst_tie_names_init(struct pst_tie_names *out, struct pst_tie *tie);
void pst_tie_names_deinit(struct pst_tie_names *names);
/* The only folder of the name that a message says; 0: it says none, or there is none, or more. */
uint32_t pst_tie_names_find(const struct pst_tie_names *names, struct pst_tie *tie, const struct pst_stray *message);

/* ---- untied.c ------------------------------------------------------------------------------ */

/* Gives messages that nothing ties to a node new ones. */
void pst_tie_untied(struct pst_tie *tie);

#endif
