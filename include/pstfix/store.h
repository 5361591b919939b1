/* Reading what a store holds: folders, messages, recipients, attachments, and their properties.
 *
 *     pstfix_file -> open -> pstfix_store -> item -> pstfix_item
 *
 * Everything with properties is an item. An item has children of some kinds, counted and numbered, and
 * properties, counted and numbered; a property's value is read like a file, so that none has to fit into
 * memory. Which folders and messages there are, the node index says, not the tables: so what a damaged
 * table lacks is here, too.
 *
 * The rules of pstfix.h hold. An item keeps its store alive. A store, with all items made from it, is for one
 * thread at a time. A damaged file is no error: what is left of it is read, and pstfix_item_whole() says
 * whether something is missing.
 */
#ifndef PSTFIX_STORE_H
#define PSTFIX_STORE_H

#include <pstfix/pstfix.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pstfix_store pstfix_store;
typedef struct pstfix_item pstfix_item;

/* Opens what the indexes of the file name, which takes little time. Where header or indexes are damaged the
 * whole file is read, as for a check, and the indexes that follow are used instead. */
PSTFIX_API pstfix_status pstfix_store_open(pstfix_store **out, pstfix_file *file, pstfix_error *err);
/* Like pstfix_store_open, but never reads the whole file: what damaged indexes do not lead to is left out. */
PSTFIX_API pstfix_status pstfix_store_load(pstfix_store **out, pstfix_file *file, pstfix_error *err);
PSTFIX_API void pstfix_store_free(pstfix_store *store);
/* Whether nothing was left out, as far as the file can tell. */
PSTFIX_API bool pstfix_store_is_entire(const pstfix_store *store);
/* Whether the indexes of the file were damaged, and the whole file was read. */
PSTFIX_API bool pstfix_store_is_derived(const pstfix_store *store);

/* The store that a report speaks of, through the indexes as they should be: nothing is read again. Whether an item is
 * whole then says that all its bytes are proven. It keeps the report alive. */
PSTFIX_API pstfix_status pstfix_report_store(pstfix_store **out, pstfix_report *report, pstfix_error *err);

/* The folder that a folder, message, table or queue belongs to, by its node id; 0: to none that is there. */
PSTFIX_API uint32_t pstfix_store_folder_of(pstfix_store *store, uint32_t nid);
/* Where that is, for people: "Inbox/2015", of a message "Inbox/2015: Subject". UTF-8, terminated; what does not fit into
 * `room` is left out. Returns the length, 0 where nothing is known. */
PSTFIX_API size_t pstfix_store_path(pstfix_store *store, uint32_t nid, char *out, size_t room);

/* A file can be made to name the same blocks over and over. So a store reads no more than eight times the size of its
 * file and 64 MiB, inflated: enough to read everything in it several times. After that what opens items
 * or reads values fails with PSTFIX_ERROR_UNSUPPORTED. So it does with PSTFIX_ERROR_MEMORY where memory falls short. Counts, texts
 * and numbers, which have no status, may then lack something: whether that may be, for one of these causes, is told here,
 * of all since the store was opened, or renewed. */
PSTFIX_API pstfix_status pstfix_store_status(const pstfix_store *store, pstfix_error *err);
/* Lets a store read as much again, and forgets what fell short: for a program that keeps one open. */
PSTFIX_API void pstfix_store_renew(pstfix_store *store);

/* ---- Items --------------------------------------------------------------- */

/* By node id type, 2.2.2.1, and by where they are found. */
typedef enum pstfix_kind {
	PSTFIX_STORE,      /* the message store, 2.4.3 */
	PSTFIX_FOLDER,     /* 2.4.4 */
	PSTFIX_SEARCH,     /* a search folder, 2.4.8.6 */
	PSTFIX_MESSAGE,    /* 2.4.5; in a folder, or embedded in an attachment */
	PSTFIX_ASSOCIATED, /* a message that a folder does not show */
	PSTFIX_RECIPIENT,  /* 2.4.5.3 */
	PSTFIX_ATTACHMENT, /* 2.4.6 */
	PSTFIX_OTHER       /* nothing that has properties, as far as can be seen */
} pstfix_kind;

/* The message store. Its folders are those that are below no other folder: the root, those whose parent is lost,
 * of folders that are in each other the one with the lowest id, and those that lie 256 deep. Walking
 * down from them meets each folder once. */
PSTFIX_API pstfix_status pstfix_store_item(pstfix_item **out, pstfix_store *store, pstfix_error *err);
/* The folder or message with this node id. PSTFIX_ERROR_ARGUMENT: there is none. */
PSTFIX_API pstfix_status pstfix_store_node(pstfix_item **out, pstfix_store *store, uint32_t nid,
                                           pstfix_error *err);
PSTFIX_API void pstfix_item_free(pstfix_item *item);

PSTFIX_API pstfix_kind pstfix_item_kind(const pstfix_item *item);
/* Of its node or subnode; of a recipient, its row id. */
PSTFIX_API uint32_t pstfix_item_nid(const pstfix_item *item);
/* Of the folder, message or attachment that it is in; 0: of none. */
PSTFIX_API uint32_t pstfix_item_parent(const pstfix_item *item);
/* Its node id, and behind slashes that of the subnode of it that it is, of that one's subnode and so on, as
 * pstfix_dump() takes them; of a recipient, of its table. Terminated, cut to `room`; returns the length of all. */
PSTFIX_API size_t pstfix_item_path(const pstfix_item *item, char *out, size_t room);
/* Whether its properties can be read, from blocks that prove themselves, and all blocks that it needs are there. That those of large values
 * and attachments prove themselves, too, is known only where the whole file was read: else a check tells. */
PSTFIX_API bool pstfix_item_whole(const pstfix_item *item);

/* Children of one kind: folders, searches, messages and associated messages of a folder, in the order of their
 * node ids; recipients and attachments of a message; the message, if there is one, in an attachment, unless it
 * is the 65th in each other: then the attachment is not whole. */
PSTFIX_API size_t pstfix_item_count(pstfix_item *item, pstfix_kind kind);
/* PSTFIX_ERROR_ARGUMENT: there are not so many. */
PSTFIX_API pstfix_status pstfix_item_child(pstfix_item **out, pstfix_item *item, pstfix_kind kind, size_t index,
                                           pstfix_error *err);

/* What a search folder has found: ids of messages, which are in other folders, by its table of contents, 2.4.8.6.3.
 * Of other items there is nothing. */
PSTFIX_API pstfix_status pstfix_item_result_count(size_t *out, pstfix_item *item, pstfix_error *err);
/* `index` is below the count, which has been asked for. */
PSTFIX_API uint32_t pstfix_item_result_at(const pstfix_item *item, size_t index);

/* ---- Properties ---------------------------------------------------------- */

typedef struct pstfix_property {
	uint16_t id, type; /* [MS-OXCDATA] 2.11.1 */
	bool present;      /* its value is there */
	uint64_t size;     /* of the value, bytes as the file has them */
} pstfix_property;

PSTFIX_API size_t pstfix_item_property_count(const pstfix_item *item);
/* `index` is below the count. Of a property whose value is not there, `size` is 0. */
PSTFIX_API pstfix_property pstfix_item_property_at(pstfix_item *item, size_t index);
/* The number of the property with this id; SIZE_MAX: there is none. */
PSTFIX_API size_t pstfix_item_find(const pstfix_item *item, uint16_t id);

/* Reads up to `size` bytes of a value from `offset` on, decoded and inflated, else as the file has them. `*got` is
 * how many there were. An object's value, 2.3.3.3, is the data of its subnode. What is lost reads as zeros. */
PSTFIX_API pstfix_status pstfix_item_read(pstfix_item *item, size_t index, void *out, size_t size,
                                          uint64_t offset, size_t *got, pstfix_error *err);
/* A string as UTF-8, whatever it is in the file: terminated, cut to `room`. Returns the length that all of it
 * has, 0 where the property with this id is no string. Longer ones than a mebibyte are cut. */
PSTFIX_API size_t pstfix_item_text(pstfix_item *item, uint16_t id, char *out, size_t room);
/* An integer, a truth value, or a time (100 ns since 1601); false: the property with this id is none. */
PSTFIX_API bool pstfix_item_number(pstfix_item *item, uint16_t id, int64_t *out);

/* ---- Where it is in the file ----------------------------------------------- */

/* A piece of a value, or a block of an item, and where in the file it was read from: `size` bytes of the data of a
 * block, beginning with its byte `block_at`, decoded. In the file they are as many bytes from `offset` on; if the
 * block is packed, its stream from `offset` to `offset + stored` has to be inflated first. Encodings, 5.1 and 5.2,
 * change each byte where it is. */
typedef struct pstfix_extent {
	uint64_t at;       /* which byte of the value the first one is */
	uint64_t size;
	uint64_t offset;   /* PSTFIX_NOWHERE: the block is missing, and its bytes read as zeros */
	uint64_t stored;   /* bytes in the file; 0: it is missing */
	uint64_t block;    /* its id, 2.2.2.2; 0: not known */
	uint32_t block_at;
	uint32_t nid;      /* the node or subnode whose data, or list of subnodes, the block is of */
	uint32_t hid;      /* the heap item that the bytes are in, 2.3.1.1; 0: in none */
	bool packed;
} pstfix_extent;

/* The extents of a value, in the order of its bytes, all of which they have once. A value that is in the record of
 * its property, or in the cell of its row, is where these are. Of one that is empty or not there, there are
 * none. `index` is below the count of properties. */
PSTFIX_API pstfix_status pstfix_item_extent_count(size_t *out, pstfix_item *item, size_t index, pstfix_error *err);
/* `number` is below the count. Quick for one value after the other. */
PSTFIX_API pstfix_extent pstfix_item_extent_at(pstfix_item *item, size_t index, size_t number);

/* All blocks of the item's node and of its subnodes, lists of blocks and of subnodes too, attachments and embedded
 * messages with them, each once, in the order of their places; those that are missing come last. Of a recipient,
 * those of its table; of a folder, none of its tables, which are other nodes. */
PSTFIX_API pstfix_status pstfix_item_block_count(size_t *out, pstfix_item *item, pstfix_error *err);
/* `number` is below the count. */
PSTFIX_API pstfix_extent pstfix_item_block_at(pstfix_item *item, size_t number);

/* ---- Named properties, 2.4.7 ---------------------------------------------- */

/* What a property id from 0x8000 on stands for in this store. */
typedef struct pstfix_name {
	uint16_t id;
	bool present;     /* the set, and the text if there is one, are there */
	bool is_text;     /* else it is a number */
	uint32_t number;
	uint8_t guid[16]; /* of the property set; zeros: none */
	char text[256];   /* UTF-8, terminated, cut */
} pstfix_name;

/* In the order of the name map, which is that of the ids. */
PSTFIX_API size_t pstfix_store_name_count(pstfix_store *store);
/* `index` is below the count. */
PSTFIX_API pstfix_name pstfix_store_name_at(pstfix_store *store, size_t index);
/* The number of the name with this id; SIZE_MAX: there is none. */
PSTFIX_API size_t pstfix_store_name_find(pstfix_store *store, uint16_t id);

/* ---- What may be only here: of an OST --------------------------------------- */

/* Whether the store is an OST, the copy of a mailbox, of which a new one can be downloaded: but for what the mailbox
 * has not. Where the header is damaged, folders tell. */
PSTFIX_API bool pstfix_store_is_cache(const pstfix_store *store);

/* Why a message may be lost with the file; a sum. Only the mailbox knows for certain. */
typedef enum pstfix_local {
	PSTFIX_LOCAL_STATE = 1,     /* its row's PidTag 0x6612 is not 0: made or changed here, perhaps not uploaded */
	PSTFIX_LOCAL_NO_ID = 2,     /* it has no id of the server, or 0: never uploaded, perhaps */
	PSTFIX_LOCAL_SUBMITTED = 4, /* PidTagMessageFlags: waits for being sent */
	PSTFIX_LOCAL_UNSENT = 8,    /* PidTagMessageFlags: a draft; these are usually in the mailbox, too */
	PSTFIX_LOCAL_OUTBOX = 16,   /* in the outbox */
	PSTFIX_LOCAL_QUEUED = 32,   /* in the outgoing queue, 2.4.8.5 */
	PSTFIX_LOCAL_TROUBLE = 64,  /* in a folder for troubles of synchronising, as conflicts, or in one below */
	PSTFIX_LOCAL_UNKNOWN = 128  /* its row is not there to tell */
} pstfix_local;

typedef struct pstfix_local_item {
	uint32_t nid;
	uint32_t folder;  /* 0: it is in none */
	unsigned reasons; /* of enum pstfix_local */
	uint32_t state;   /* 0x6612: in genuine files 0, 1 (made here), 4 (changed here) */
} pstfix_local_item;

/* Messages with a reason, associated ones too, by folder. Reads the tables of contents; of a store that is no OST there
 * are none. The first three reasons and the last come from two genuine files, and from no document. */
PSTFIX_API pstfix_status pstfix_store_local_count(size_t *out, pstfix_store *store, pstfix_error *err);
/* `index` is below the count, which has been asked for. */
PSTFIX_API pstfix_local_item pstfix_store_local_at(const pstfix_store *store, size_t index);

#ifdef __cplusplus
}
#endif

#endif
