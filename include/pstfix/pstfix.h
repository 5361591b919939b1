/* libpstfix: check and repair Outlook data files (PST, OST).
 *
 * Three nouns and one verb between each two:
 *
 *     open -> pstfix_file -> check -> pstfix_report -> plan -> pstfix_plan -> apply
 *
 * Rules for every function here:
 * - A call that can fail returns a pstfix_status and, where `err` is not NULL,
 *   fills it. PSTFIX_OK is 0. A broken file is not an error of a check: it is
 *   what the check reports.
 * - What arrives through the first parameter is yours and is given back with
 *   its _free function, which takes NULL. What is returned is borrowed and
 *   lives as long as the object it was asked of.
 * - A report keeps its file alive and a plan its report: free them in any order.
 * - Offsets and sizes are bytes; offsets count from the start of the file.
 * - There is no global state. Different files may be used by different threads
 *   at once; one file, with all that was made from it, by one thread at a time.
 *
 * Section numbers are those of [MS-PST].
 */
#ifndef PSTFIX_H
#define PSTFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PSTFIX_API __attribute__((visibility("default")))
#else
#define PSTFIX_API
#endif

/* The version of the library in use, as in "0.1.0". */
PSTFIX_API const char *pstfix_version(void);

/* ---- Errors: a call could not do its work ------------------------------- */

/* Sorted by who can act. */
typedef enum pstfix_status {
	PSTFIX_OK = 0,
	/* the system */
	PSTFIX_ERROR_MEMORY,   /* out of memory */
	PSTFIX_ERROR_IO,       /* open, read, write, sync or rename failed: see `system` */
	/* the input */
	PSTFIX_ERROR_FORMAT,   /* no PST or OST, and nothing in it proves otherwise */
	PSTFIX_ERROR_UNSUPPORTED, /* recognised, but not readable by this library */
	/* the request */
	PSTFIX_ERROR_EXISTS,   /* the output exists already, or is the input */
	PSTFIX_ERROR_REFUSED,  /* the result would be wrong: nothing was written */
	PSTFIX_ERROR_REJECTED, /* the result was written, read back, and disagreed with */
	/* the caller */
	PSTFIX_ERROR_ARGUMENT,
	PSTFIX_ERROR_CANCELLED /* by the progress callback */
} pstfix_status;

#define PSTFIX_NOWHERE UINT64_MAX /* no offset, no id, no value */

typedef struct pstfix_error {
	pstfix_status status;
	int system;       /* errno, or 0 */
	uint64_t offset;  /* in the file, or PSTFIX_NOWHERE */
	char message[240]; /* one sentence, without the file's name */
} pstfix_error;

/* ---- Opening ------------------------------------------------------------ */

typedef struct pstfix_file pstfix_file;

/* Reads `size` bytes at `offset` into `buffer`. Returns 0, or an errno. A read
 * never crosses the size given to pstfix_open_input(). Calls are made one at a time, but not all from
 * the same thread. */
typedef int (*pstfix_read_at)(void *user, void *buffer, size_t size, uint64_t offset);

/* Called now and then with bytes done and to do. Return true to go on, false to
 * cancel: the call in progress then fails with PSTFIX_ERROR_CANCELLED. Called like pstfix_read_at. */
typedef bool (*pstfix_progress)(void *user, const char *stage, uint64_t done, uint64_t total);

/* How deep a check looks: a level includes those above it. */
typedef enum pstfix_level {
	PSTFIX_LEVEL_ALL,
	PSTFIX_LEVEL_NDB, /* header, maps, indexes, blocks */
	PSTFIX_LEVEL_LTP  /* heaps, property and table contexts */
} pstfix_level;

typedef struct pstfix_options {
	unsigned threads; /* for the pass over the file, 1 to 64; 0: as many as there are processors and 64 MiB in the file, at most 4 */
	const char *map; /* the text of a map of GNU ddrescue: what it does not call rescued counts as unreadable; NULL: none. Used by opening only */
	bool recover; /* trust no header and no root: each index page that proves itself is evidence like any other, and a plan writes all anew */
	bool from_image; /* the store is somewhere in the input: what is not at its beginning comes first. Without, it is looked for only where nothing is there */
	bool deleted; /* with `recover`: messages that were removed, and older versions, are new nodes, and a plan puts them into folders of their own */
	bool strict; /* a plan leaves out messages that are not whole, or are marked so by an earlier repair */
	bool compact; /* a plan lays out all of it afresh, from the front of the new file: freed space goes, and what was in it */
	const char *format; /* of what a plan of `recover` writes: "unicode", which is a PST; NULL: that of the file. Contents are
	                     * written anew in it, and values stay what they are, but text of 8 bits in an ANSI file, which becomes
	                     * text of 16: by the code page of its message where it is text of that, else byte by byte as in 1252. Is copied */
	pstfix_progress progress; /* NULL: none */
	void *user;               /* passed to progress */
	pstfix_level level;
} pstfix_options;

/* Opens the regular file or block device at `path`, read-only. The header is read; where it does not
 * say what the file is, the first map, then as much content as that takes.
 * `options` may be NULL. */
PSTFIX_API pstfix_status pstfix_open(pstfix_file **out, const char *path,
                                     const pstfix_options *options, pstfix_error *err);

/* Like pstfix_open, but on the caller's bytes, at most INT64_MAX. `user` must outlive the file. */
PSTFIX_API pstfix_status pstfix_open_input(pstfix_file **out, pstfix_read_at read_at, void *user,
                                           uint64_t size, const pstfix_options *options,
                                           pstfix_error *err);

PSTFIX_API void pstfix_file_free(pstfix_file *file);

/* The facts of the header, section 2.2.2.6. Nothing here is judged, but
 * `header_proven` says whether magic, version and checksums are right; where it is
 * false, only format, size and format_from_content are worth anything. */
typedef struct pstfix_info {
	const char *format;       /* "ansi", "unicode" or "unicode4k" */
	bool header_proven;
	bool format_from_content; /* the header did not say which format it is */
	uint16_t version;         /* wVer */
	uint16_t version_client;  /* wVerClient */
	char client[3];           /* wMagicClient: "SM" PST, "SO" OST, "AB" PAB */
	uint8_t encoding;         /* bCryptMethod: 0 none, 1 permute, 2 cyclic, 16 by Windows */
	uint64_t size;            /* of the input */
	uint64_t end;             /* ibFileEof */
	uint64_t free_bytes;      /* cbAMapFree */
	uint64_t nbt_page, nbt_id; /* root page of the node index: offset and page id */
	uint64_t bbt_page, bbt_id; /* root page of the block index */
	uint64_t next_block_id, next_page_id;
	uint32_t unique;          /* dwUnique */
	uint8_t maps_valid;       /* fAMapValid */
	uint64_t nodes, blocks;   /* named by the indexes, as far as they lead */
	uint64_t folders, messages; /* of these nodes; search folders and hidden messages are none */
} pstfix_info;

/* Follows the indexes from the header, but does not read the whole file. */
PSTFIX_API pstfix_status pstfix_file_info(pstfix_info *out, pstfix_file *file, pstfix_error *err);

/* ---- Problems: what can be wrong ---------------------------------------- */

typedef enum pstfix_severity {
	PSTFIX_NOTE,     /* nothing to do */
	PSTFIX_LOSSLESS, /* a function of other data, put right without loss */
	PSTFIX_LOSS      /* something is gone */
} pstfix_severity;

/* What a repair would write anew. */
typedef enum pstfix_fix {
	PSTFIX_FIX_NONE,
	PSTFIX_FIX_HEADER, /* the header */
	PSTFIX_FIX_LENGTH, /* the length of the file, and with it the maps */
	PSTFIX_FIX_MAPS,   /* all allocation maps and the density list */
	PSTFIX_FIX_NBT,    /* the node index */
	PSTFIX_FIX_BBT,    /* the block index, reference counts included */
	PSTFIX_FIX_CONTENT, /* what is in nodes, as far as it follows from others: tables of folders, counts. A problem of a node
	                     * that does not has PSTFIX_FIX_NONE in its finding. */
	PSTFIX_FIX_PLACE /* where all of it lies */
} pstfix_fix;

typedef enum pstfix_problem {
#define PROBLEM(name, code, ...) PSTFIX_##name = code,
#include <pstfix/problems.def>
#undef PROBLEM
	PSTFIX_PROBLEM_NONE = 0
} pstfix_problem;

typedef struct pstfix_problem_info {
	pstfix_problem problem;
	const char *name;    /* "NBT_ORDER" */
	pstfix_severity severity;
	pstfix_fix fix;
	const char *message; /* one sentence with {placeholders} */
	const char *explain; /* what it means, how it comes about, what a repair does */
} pstfix_problem_info;

/* The table of all problems, in the order of their codes. */
PSTFIX_API size_t pstfix_problem_count(void);
PSTFIX_API const pstfix_problem_info *pstfix_problem_at(size_t index);
/* By name, in any case, or by code as in "0x0302"; NULL: there is none. */
PSTFIX_API const pstfix_problem_info *pstfix_problem_find(const char *name_or_code);
PSTFIX_API const pstfix_problem_info *pstfix_problem_info_of(pstfix_problem problem);

/* ---- Check: what is wrong ----------------------------------------------- */

typedef struct pstfix_report pstfix_report;

/* One thing found. A field that does not apply is PSTFIX_NOWHERE, of 32 bits 0. */
typedef struct pstfix_finding {
	pstfix_problem problem;
	pstfix_severity severity;
	pstfix_fix fix;
	uint32_t nid;      /* node, section 2.2.2.1 */
	uint32_t sub;      /* subnode of that node, or of one of its subnodes; 0: the node itself */
	uint32_t tag;      /* property or column, id and type; 0: none */
	uint32_t hid;      /* heap item, section 2.3.1.1; 0: none */
	uint64_t offset;   /* where in the file */
	uint64_t size;     /* how many bytes from there */
	uint64_t id;       /* page or block id */
	uint64_t expected;
	uint64_t found;
	uint64_t count;    /* of what the sentence counts, bits or pages; else 1 */
	size_t cause;      /* index of the finding that this one follows from, or SIZE_MAX: a root */
	const char *place; /* the node and all subnodes on the way to `sub`, as in 0x200024/0x8025/0x200044/0x692, for
	                    * pstfix_dump(); lives as long as the report. NULL: `sub` is 0, or one of the node's own */
} pstfix_finding;

/* Reads the whole file, front to back, and compares everything it says twice.
 * The report is the same whatever the number of threads. */
PSTFIX_API pstfix_status pstfix_check(pstfix_report **out, pstfix_file *file, pstfix_error *err);
PSTFIX_API void pstfix_report_free(pstfix_report *report);

/* Findings are in the order of their problem codes, then of their places. */
PSTFIX_API size_t pstfix_report_count(const pstfix_report *report);
PSTFIX_API const pstfix_finding *pstfix_report_at(const pstfix_report *report, size_t index);
/* A report keeps 10,000 findings of each problem; this many more were only counted. */
PSTFIX_API uint64_t pstfix_report_left_out(const pstfix_report *report, pstfix_problem problem);
/* How many findings there are of a severity, those left out included. */
PSTFIX_API uint64_t pstfix_report_total(const pstfix_report *report, pstfix_severity severity);

/* Writes the finding's sentence, always terminated; returns the length it needs. */
PSTFIX_API size_t pstfix_finding_text(const pstfix_finding *finding, char *buffer, size_t size);

/* What the check went through. */
typedef struct pstfix_statistics {
	uint64_t nodes, blocks, pages;   /* in the indexes as they should be */
	uint64_t stale_pages, stale_blocks; /* proven, but no longer (or not yet) part of the store */
	uint64_t damaged_nodes;          /* of which a block is missing or fails its checksum */
	uint64_t live_bytes;             /* of blocks and pages of the store */
	uint64_t size;                   /* bytes of the input, all of them read */
	uint64_t work;                   /* bytes checksummed plus bytes inflated */
} pstfix_statistics;
PSTFIX_API pstfix_statistics pstfix_report_statistics(const pstfix_report *report);

/* The nodes that the store should have, by rising id, and whether all their bytes are proven. */
typedef struct pstfix_node {
	uint32_t nid;
	uint32_t parent;
	bool whole;
} pstfix_node;
PSTFIX_API size_t pstfix_report_node_count(const pstfix_report *report);
PSTFIX_API pstfix_node pstfix_report_node_at(const pstfix_report *report, size_t index);

/* What was found in a folder, its tables and its messages, notes aside, findings that the report does not keep included.
 * pstfix_store_path() tells where the folder is. */
typedef struct pstfix_folder_damage {
	uint32_t nid;
	uint64_t lossless, loss; /* findings */
	uint64_t damaged_items;  /* messages not all of whose bytes are proven */
} pstfix_folder_damage;

/* By rising id; folders without damage are left out. */
PSTFIX_API size_t pstfix_report_folder_count(const pstfix_report *report);
PSTFIX_API const pstfix_folder_damage *pstfix_report_folder_at(const pstfix_report *report, size_t index);

/* What has become of messages, associated ones too: found is the sum of the others. */
typedef struct pstfix_tally {
	uint32_t folder;        /* nid; 0: all, or those in no folder, by what `name` says */
	char name[128];         /* of a folder that only a repair makes, without those above it; empty: it is there */
	uint64_t found;         /* something speaks of them */
	uint64_t whole;         /* all their bytes are proven */
	uint64_t partial;       /* some are not, but something is known: properties, a row in the table of its folder, recipients or attachments */
	uint64_t unrecoverable; /* the others: nothing is left, or nothing proves it, or no node has them, or options.strict leaves them out */
} pstfix_tally;

/* Number 0 is of the whole store, and the sum of the others. These are of folders with messages, by rising id, of those that are not
 * there, too, and at the end of what is in none, was removed, or replaced. */
PSTFIX_API size_t pstfix_report_tally_count(const pstfix_report *report);
PSTFIX_API const pstfix_tally *pstfix_report_tally_at(const pstfix_report *report, size_t index);

/* ---- Plan and apply: put it right --------------------------------------- */

typedef struct pstfix_plan pstfix_plan;

typedef struct pstfix_step {
	pstfix_fix fix;
	bool drops;     /* makes something unreachable that could still be read */
	uint64_t count; /* findings that this step puts right */
	char text[160];
} pstfix_step;

/* Chooses what to do about a report. A plan without steps has nothing to do. */
PSTFIX_API pstfix_status pstfix_plan_repair(pstfix_plan **out, pstfix_report *report,
                                            pstfix_error *err);
PSTFIX_API void pstfix_plan_free(pstfix_plan *plan);
PSTFIX_API size_t pstfix_plan_count(const pstfix_plan *plan);
PSTFIX_API const pstfix_step *pstfix_plan_at(const pstfix_plan *plan, size_t index);
/* Findings that no step puts right, notes aside. */
PSTFIX_API uint64_t pstfix_plan_left(const pstfix_plan *plan);
/* Once applied: why contents were left as they are, although a step is to write them anew: the result did not pass with
 * that, and what it should have put right is left. NULL: they were not. */
PSTFIX_API const char *pstfix_plan_failure(const pstfix_plan *plan);

typedef struct pstfix_apply_options {
	bool force; /* replace an existing output; never the input, as far as that was opened by its path */
	/* Called with a path of the finished result before it takes its name; one by which it can be opened,
	 * by other processes of this user too, until this returns. Return true to accept it. NULL: accept. */
	bool (*accept)(void *user, const char *path);
	void *user;
} pstfix_apply_options;

/* Writes the repaired store to a new file at `path`: a copy of the input in which all
 * proven blocks keep their places, with what the steps name written anew; with options.compact or options.format, all of it
 * afresh, which takes as much room again while it is written. The result is
 * checked in full, then shown to `accept`, and only then gets its name; until that it has
 * none, so that nothing is left of it on failure, not even where the process is killed; only where the file system knows
 * no such files it is a temporary beside it, PATH.tmp0 or with another number. A result that is rejected is kept
 * under a free name, PATH.rejected or with a number behind, which the error's message names, and the
 * call fails with PSTFIX_ERROR_REJECTED; where the progress callback then cancels, it is removed. With a plan without steps
 * nothing is written and the call succeeds. */
PSTFIX_API pstfix_status pstfix_apply_to(pstfix_plan *plan, const char *path,
                                         const pstfix_apply_options *options, pstfix_error *err);

/* ---- In place, and back ------------------------------------------------- */

typedef struct pstfix_in_place_options {
	const char *journal; /* where the undo journal goes; NULL: beside the file, PATH.pstfix-undo */
	bool drops; /* take steps that make something unreachable that could still be read, too */
	/* Called before a byte is written; `path` is NULL: pstfix_verify_libpff() reads the result nevertheless, until this returns.
	 * Return true to accept it. NULL: accept. */
	bool (*accept)(void *user, const char *path);
	void *user;
	bool force; /* although others use the file, as far as pstfix_in_use() tells */
	const char *backup; /* where a copy of the file goes, which is compared with it, before it is changed; never in place of another file; NULL: none */
} pstfix_in_place_options;

/* Whether another process has the file at `path` open or locked, as far as this system shows it; `why` then receives a sentence. */
PSTFIX_API bool pstfix_in_use(const char *path, char *why, size_t why_size);

/* Repairs the file at `path`, which the report is of, in its place; `options` may be NULL. The result is checked in full first,
 * then shown to `accept`, from where it is planned: that takes as much room as is written, beside the journal. The journal, of all
 * bytes that will be others, is on the disk before the first of them is. New pages go where nothing is or at the end, the header
 * comes last: until then all can be read that could be before. PSTFIX_ERROR_REFUSED, with nothing written: the file has
 * changed since it was checked, or others use it, or there is a journal already, or a step drops something, or only a new file will
 * do. From there on it is locked, for those who ask. Where the
 * progress callback cancels, the file is given back; where it fails once the journal is there, pstfix_undo() gives it back. */
PSTFIX_API pstfix_status pstfix_apply_in_place(pstfix_plan *plan, const char *path, const pstfix_in_place_options *options,
                                               pstfix_error *err);

/* Gives back, byte for byte, what a repair in place has changed, and removes the journal; `journal` NULL: PATH.pstfix-undo. Of a
 * repair that came to its end only if nothing that it wrote was changed since, else PSTFIX_ERROR_REFUSED; of one that was stopped,
 * whatever the file holds now. Where this is stopped, it is called again. */
PSTFIX_API pstfix_status pstfix_undo(const char *path, const char *journal, pstfix_error *err);

typedef enum pstfix_undo_state {
	PSTFIX_UNDO_NONE,    /* there is no journal, or it cannot be read */
	PSTFIX_UNDO_STARTED, /* a repair was stopped in the middle: the file may be neither what it was nor repaired */
	PSTFIX_UNDO_DONE     /* a repair came to its end */
} pstfix_undo_state;
/* What the journal says; `journal` as in pstfix_undo(). */
PSTFIX_API pstfix_undo_state pstfix_undo_state_of(const char *path, const char *journal);

/* ---- The second opinion ------------------------------------------------- */

typedef enum pstfix_verdict {
	PSTFIX_AGREED,
	PSTFIX_DISAGREED,
	PSTFIX_CANNOT_JUDGE
} pstfix_verdict;

/* Reads `source` and `result` with libpff: everything it finds in the first must be in the
 * second, with the same bytes, and every folder and message node of `report` that is whole,
 * as all folders above it are, must open. `why` receives a sentence. Runs libpff in this process, without a limit of time:
 * a careful caller calls it in a child. `result` NULL: of a repair in place, while pstfix_apply_in_place() asks whether it is
 * accepted. PSTFIX_CANNOT_JUDGE where the library was built
 * without libpff, or libpff is not installed: it is loaded by the first call. */
PSTFIX_API pstfix_verdict pstfix_verify_libpff(const char *source, const char *result,
                                               const pstfix_report *report, char *why,
                                               size_t why_size);

/* ---- Dump: one structure, decoded --------------------------------------- */

/* Receives one decoded field: its name, where it lies (PSTFIX_NOWHERE: computed), its width,
 * and its value as text. A name without value opens a group. */
typedef void (*pstfix_field)(void *user, const char *name, uint64_t offset, uint64_t size,
                             const char *value);

/* Decodes one structure: "header", "page:OFFSET", "block:ID", "block@OFFSET", "node:NID", or of what is in
 * a node "heap:NID", "bth:NID", "pc:NID", "tc:NID", "message:NID" (its properties with their names, recipients and
 * attachments) or "queue:NID" (of searches, 2.4.8.4), where a subnode is NID/NID. Numbers are as C writes them. Blocks and nodes are looked up through the indexes of the file. */
PSTFIX_API pstfix_status pstfix_dump(pstfix_file *file, const char *what, pstfix_field field,
                                     void *user, pstfix_error *err);

#ifdef __cplusplus
}
#endif

#endif
