/* What a store has before anything is put into it: [MS-PST] 2.7, 2.4.8. For a repair that finds some of it missing.
 *
 * Tables here say what that is in each of the formats, as files of Outlook have it: nodes, columns of tables, properties. What
 * of a store is not the same everywhere, its key, its folders, comes from the caller. Nothing is read, and nothing is put
 * but blocks into a sink: nodes, their parents and the counts of references are the caller's.
 *
 * All 4K files known are OSTs, and these have columns of their own. OSTs in the older format, of which none is known, get
 * those of a PST. */
#ifndef PST_MINIMUM_H
#define PST_MINIMUM_H

#include "write/context.h"

/* ---- tables ---------------------------------------------------------------------------- */

enum { PST_TEMPLATE_COLUMNS = 33 };

/* What the columns of a table are before others are added. It refers to itself: it stays where it is. Stores of an older
 * client have templates with fewer columns: to a table made anew in one of these, its own template is nearer. */
struct pst_template {
	struct pst_tc_shape shape;
	struct pst_column columns[PST_TEMPLATE_COLUMNS];
};

/* Of a template, 0x60D and the like, or of any table of its type: of a folder, of a message. False: in this format there are
 * none of this type. */
bool pst_template_of(struct pst_template *out, const struct pst_format *f, uint32_t nid);

/* Where messages go to: a table that always has a row, which is for messages of any class. `version`: of this row, one that no
 * other has, and below dwUnique. */
pstfix_status pst_write_receive_folders(struct pst_sink *sink, uint32_t folder, uint32_t version, uint64_t *data,
                                        uint64_t *sub, pstfix_error *err);

/* ---- nodes that are the same in every store -------------------------------------------- */

/* Templates, empty tables, a name map with next to no names (see names.h, where any are in use), maps of ids without entries,
 * criteria of a search, lists and queues without entries: these have no data, the id is 0. Others cannot be blank. Of a queue,
 * the parent is where in its data it begins: 0. */
pstfix_status pst_write_blank(struct pst_sink *sink, uint32_t nid, uint64_t *data, uint64_t *sub, pstfix_error *err);

/* A list of nodes, as that of the active searches, 0x201. */
pstfix_status pst_write_nids(struct pst_sink *sink, const uint32_t *nids, size_t n, uint64_t *data, pstfix_error *err);

/* ---- properties ------------------------------------------------------------------------ */

/* A property that is made. */
struct pst_made {
	uint16_t id, type;
	const void *data; /* NULL: the value is in `bytes` */
	size_t size;
	uint8_t bytes[24];
};

static inline struct pst_given pst_made_value(const struct pst_made *made)
{
	return (struct pst_given){.data = made->data ? made->data : made->bytes, .size = made->size, .there = true};
}

/* ASCII as strings are in the format. Room for two bytes a character; returns how many there are. */
size_t pst_ascii(uint8_t *out, const struct pst_format *f, const char *text);

/* Folders that a store names: what to add to 0x35E0 for the property, and which bit of PidTagValidFolderMask they are. The
 * inbox has the bit alone, and is in the table of folders that receive. */
enum pst_store_folder {
	PST_STORE_TOP, PST_STORE_INBOX, PST_STORE_OUTBOX, PST_STORE_DELETED, PST_STORE_SENT, PST_STORE_VIEWS,
	PST_STORE_COMMON_VIEWS, PST_STORE_SEARCHES, PST_STORE_FOLDERS
};

struct pst_store_facts {
	bool ost;          /* these name no folders */
	uint8_t key[16];   /* record key: part of every entry id that leads into this store */
	const void *name;  /* as strings are in the format */
	size_t name_size;
	uint32_t folders[PST_STORE_FOLDERS]; /* nids; 0: there is none */
};

struct pst_folder_facts {
	const void *name, *class_name; /* as strings are in the format; class_name: none where its size is 0 */
	size_t name_size, class_size;
	uint32_t contents, unread, subfolders; /* rows of its tables */
};

enum { PST_STORE_PROPERTIES = 12, PST_FOLDER_PROPERTIES = 6 };

/* What must be there, in order of ids; return how many there are. Names and keys are not copied. A store has no password. */
size_t pst_store_properties(struct pst_made out[PST_STORE_PROPERTIES], const struct pst_format *f,
                            const struct pst_store_facts *facts);
/* Of folders, searches too. */
size_t pst_folder_properties(struct pst_made out[PST_FOLDER_PROPERTIES], const struct pst_format *f,
                             const struct pst_folder_facts *facts);

pstfix_status pst_write_properties(struct pst_sink *sink, const struct pst_made *made, size_t n, uint64_t *data,
                                   uint64_t *sub, pstfix_error *err);
/* The row of what has these properties: a cell for each column of the shape. */
void pst_made_cells(struct pst_given *cells, const struct pst_tc_shape *shape, const struct pst_made *made, size_t n);

/* ---- what there is ----------------------------------------------------------------------- */

enum pst_minimum_need {
	PST_NEED_ALWAYS, /* in every file */
	PST_NEED_USUAL,  /* in those of Outlook since 2007, which asks for them */
	PST_NEED_NEWER   /* in those of the newest, which makes them where they are not */
};

enum pst_minimum_kind {
	PST_MINIMUM_BLANK,  /* pst_write_blank() */
	PST_MINIMUM_STORE,  /* pst_store_properties() */
	PST_MINIMUM_FOLDER, /* pst_folder_properties(); pst_folder_nodes() come with it */
	PST_MINIMUM_RECEIVE /* pst_write_receive_folders() */
};

struct pst_minimum {
	uint32_t nid, parent;
	uint8_t formats;  /* bits in the order of their table */
	uint8_t need, kind;
	uint16_t entry;   /* property by which a store may name another node that is this folder; 0: it is this one in all */
	const char *name; /* of a folder, ASCII */
};

/* Node `i` of a store made anew, in order of nids; NULL: there are no more. */
const struct pst_minimum *pst_minimum_at(const struct pst_format *f, size_t i);
/* The one with this id; NULL: there is none. */
const struct pst_minimum *pst_minimum_find(const struct pst_format *f, uint32_t nid);

enum { PST_FOLDER_NODES = 5 };

/* What comes with a folder, blank where it is empty: tables, and maps of server ids; with a search: queue, criteria and table
 * of results. Returns how many there are. */
size_t pst_folder_nodes(uint32_t out[PST_FOLDER_NODES], const struct pst_format *f, uint32_t folder);

#endif
