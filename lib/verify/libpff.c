/* The result, read by libpff, which nobody here wrote.
 *
 * Source and result are walked alike, from the root folder through all items, every property and
 * attachment byte read to its end. What libpff reads without an error in the source it has to read
 * in the result, with the same bytes where the indexes of the source are right and it is not made anew; what it finds there at all
 * has to be there, but for nodes that the report calls lost; and every folder and
 * message node that the report calls whole, and all folders above it, has to open. libpff knows no checksums, maps or counts:
 * those are for the library itself to judge. */
#define _DEFAULT_SOURCE /* libpff's headers want u_int32_t and the like */
#include "store/store.h"
#include "verify/verify.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef PST_HAVE_LIBPFF

pstfix_verdict pstfix_verify_libpff(const char *source, const char *result,
                                    const pstfix_report *report, char *why, size_t why_size)
{
	(void)source, (void)result, (void)report;
	snprintf(why, why_size, "the library was built without libpff");
	return PSTFIX_CANNOT_JUDGE;
}

#else

#include <libpff.h>

enum {
	DEPTH_MAX = 64,
	RISE_MAX = 254, /* libpff goes from a node to its parent, unless it knows it already, no oftener than that */
	NAME_ENTRIES = 3 /* PidTagNameidStreamEntry */
};

/* ---- libpff itself, loaded when it is wanted: that takes as long as the check of a small file ---------- */

#define CALLS(CALL) \
	CALL(libbfio_handle_free) \
	CALL(libbfio_handle_initialize) \
	CALL(libpff_attachment_data_read_buffer) \
	CALL(libpff_attachment_get_data_size) \
	CALL(libpff_attachment_get_item) \
	CALL(libpff_attachment_get_type) \
	CALL(libpff_file_close) \
	CALL(libpff_file_free) \
	CALL(libpff_file_get_item_by_identifier) \
	CALL(libpff_file_get_root_folder) \
	CALL(libpff_file_initialize) \
	CALL(libpff_file_open) \
	CALL(libpff_file_open_file_io_handle) \
	CALL(libpff_item_free) \
	CALL(libpff_item_get_identifier) \
	CALL(libpff_item_get_number_of_record_sets) \
	CALL(libpff_item_get_number_of_sub_items) \
	CALL(libpff_item_get_record_set_by_index) \
	CALL(libpff_item_get_sub_item) \
	CALL(libpff_message_get_attachment) \
	CALL(libpff_message_get_number_of_attachments) \
	CALL(libpff_record_entry_free) \
	CALL(libpff_record_entry_get_data) \
	CALL(libpff_record_entry_get_data_size) \
	CALL(libpff_record_entry_get_entry_type) \
	CALL(libpff_record_entry_get_value_type) \
	CALL(libpff_record_set_free) \
	CALL(libpff_record_set_get_entry_by_index) \
	CALL(libpff_record_set_get_number_of_entries)

#define DECLARE(name) __typeof__(name) *name;
static struct {
	CALLS(DECLARE)
} pff;
static bool loaded;

static bool find_call(void *library, const char *name, void *call)
{
	void *symbol = dlsym(library, name);

	memcpy(call, &symbol, sizeof symbol);
	return symbol;
}

static void load(void)
{
	void *library = dlopen("libpff.so.1", RTLD_NOW);

#define FIND(name) && find_call(library, #name, &pff.name)
	loaded = library CALLS(FIND);
}

static bool is_loaded(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	return loaded;
}

/* ---- what it reads ------------------------------------------------------------------------ */

struct seen {
	uint32_t id;
	bool sound; /* read without an error */
	uint64_t digest;
};

struct reading {
	libpff_file_t *file;
	libbfio_handle_t *handle; /* of what is no file; else NULL */
	PST_ARRAY(struct seen) items;
	uint8_t *buffer;
	size_t room;
};

/* FNV-1a: this is about accidents, not about forgery. */
static uint64_t mix(uint64_t digest, const void *data, size_t size)
{
	const uint8_t *p = data;

	for (; size--; p++)
		digest = (digest ^ *p) * UINT64_C(0x100000001B3);
	return digest;
}

static bool make_room(struct reading *reading, size_t size)
{
	if (size > reading->room) {
		uint8_t *grown = realloc(reading->buffer, size);

		if (!grown)
			return false;
		reading->buffer = grown;
		reading->room = size;
	}
	return true;
}

/* ---- one item -------------------------------------------------------------------------- */

static void read_entry(struct reading *reading, struct seen *seen, libpff_record_entry_t *entry)
{
	uint32_t tag[2] = {0};
	size_t size = 0;

	if (pff.libpff_record_entry_get_entry_type(entry, &tag[0], NULL) < 0 ||
	    pff.libpff_record_entry_get_value_type(entry, &tag[1], NULL) < 0 ||
	    pff.libpff_record_entry_get_data_size(entry, &size, NULL) != 1 || !make_room(reading, size) ||
	    (size && pff.libpff_record_entry_get_data(entry, reading->buffer, size, NULL) != 1)) {
		seen->sound = false;
		return;
	}
	seen->digest = mix(seen->digest, tag, sizeof tag);
	seen->digest = mix(seen->digest, reading->buffer, size);
}

static void read_properties(struct reading *reading, struct seen *seen, libpff_item_t *item)
{
	int sets = 0, entries = 0;

	if (pff.libpff_item_get_number_of_record_sets(item, &sets, NULL) != 1)
		seen->sound = false;
	for (int i = 0; i < sets; i++) {
		libpff_record_set_t *set = NULL;

		if (pff.libpff_item_get_record_set_by_index(item, i, &set, NULL) != 1 ||
		    pff.libpff_record_set_get_number_of_entries(set, &entries, NULL) != 1) {
			seen->sound = false;
			entries = 0;
		}
		for (int k = 0; k < entries; k++) {
			libpff_record_entry_t *entry = NULL;

			if (pff.libpff_record_set_get_entry_by_index(set, k, &entry, NULL) == 1)
				read_entry(reading, seen, entry);
			else
				seen->sound = false;
			pff.libpff_record_entry_free(&entry, NULL);
		}
		pff.libpff_record_set_free(&set, NULL);
	}
}

static void read_item(struct reading *reading, struct seen *seen, libpff_item_t *item, int depth);

static void read_attachment(struct reading *reading, struct seen *seen, libpff_item_t *attachment,
                            int depth)
{
	enum { PIECE = 1 << 18 };
	libpff_item_t *embedded = NULL;
	int type = 0;
	size64_t size = 0;
	ssize_t n;

	read_properties(reading, seen, attachment);
	if (pff.libpff_attachment_get_type(attachment, &type, NULL) != 1)
		return;
	if (type == LIBPFF_ATTACHMENT_TYPE_ITEM) {
		if (pff.libpff_attachment_get_item(attachment, &embedded, NULL) == 1 && depth < DEPTH_MAX)
			read_item(reading, seen, embedded, depth + 1);
		pff.libpff_item_free(&embedded, NULL);
		return;
	}
	if (type != LIBPFF_ATTACHMENT_TYPE_DATA ||
	    pff.libpff_attachment_get_data_size(attachment, &size, NULL) != 1 || !make_room(reading, PIECE))
		return;
	while ((n = pff.libpff_attachment_data_read_buffer(attachment, reading->buffer, PIECE, NULL)) > 0) {
		seen->digest = mix(seen->digest, reading->buffer, (size_t)n);
		size -= PST_MIN((size64_t)n, size);
	}
	if (n < 0 || size)
		seen->sound = false;
}

static void read_item(struct reading *reading, struct seen *seen, libpff_item_t *item, int depth)
{
	int attachments = 0;

	read_properties(reading, seen, item);
	if (pff.libpff_message_get_number_of_attachments(item, &attachments, NULL) != 1)
		return; /* not a message */
	for (int i = 0; i < attachments; i++) {
		libpff_item_t *attachment = NULL;

		if (pff.libpff_message_get_attachment(item, i, &attachment, NULL) == 1)
			read_attachment(reading, seen, attachment, depth);
		else
			seen->sound = false;
		pff.libpff_item_free(&attachment, NULL);
	}
}

/* ---- one file ----------------------------------------------------------------------------- */

static void read_tree(struct reading *reading, libpff_item_t *item, int depth)
{
	struct seen seen = {.sound = true, .digest = UINT64_C(0xCBF29CE484222325)};
	int n = 0;

	if (pff.libpff_item_get_identifier(item, &seen.id, NULL) != 1)
		return;
	read_item(reading, &seen, item, 0);
	pst_add(&reading->items, seen);
	if (depth == DEPTH_MAX || pff.libpff_item_get_number_of_sub_items(item, &n, NULL) != 1)
		return;
	for (int i = 0; i < n; i++) {
		libpff_item_t *sub = NULL;

		if (pff.libpff_item_get_sub_item(item, i, &sub, NULL) == 1)
			read_tree(reading, sub, depth + 1);
		pff.libpff_item_free(&sub, NULL);
	}
}

static int by_id(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = PST_ORDER(x->id, y->id);

	return order ? order : PST_ORDER(x->digest, y->digest);
}

/* ---- what is planned, for libpff ---------------------------------------------------------------- */

/* A place in what is read. */
struct cursor {
	struct pst_io *io;
	uint64_t at;
};

static int cursor_free(intptr_t **cursor, libbfio_error_t **error)
{
	(void)error;
	free(*cursor);
	*cursor = NULL;
	return 1;
}

static int cursor_clone(intptr_t **out, intptr_t *cursor, libbfio_error_t **error)
{
	struct cursor *clone = malloc(sizeof *clone);

	(void)error;
	if (clone)
		*clone = *(struct cursor *)cursor;
	*out = (intptr_t *)clone;
	return clone ? 1 : -1;
}

static int cursor_open(intptr_t *cursor, int flags, libbfio_error_t **error)
{
	(void)cursor, (void)error;
	return flags & LIBBFIO_ACCESS_FLAG_WRITE ? -1 : 1;
}

static int cursor_close(intptr_t *cursor, libbfio_error_t **error)
{
	(void)cursor, (void)error;
	return 0;
}

static ssize_t cursor_read(intptr_t *cursor, uint8_t *out, size_t size, libbfio_error_t **error)
{
	struct cursor *from = (struct cursor *)cursor;
	const size_t n = from->at < from->io->size ? (size_t)PST_MIN((uint64_t)size, from->io->size - from->at) : 0;

	(void)error;
	if (from->io->read(from->io, out, n, from->at, NULL))
		return -1;
	from->at += n;
	return (ssize_t)n;
}

static ssize_t cursor_write(intptr_t *cursor, const uint8_t *bytes, size_t size, libbfio_error_t **error)
{
	(void)cursor, (void)bytes, (void)size, (void)error;
	return -1;
}

static off64_t cursor_seek(intptr_t *cursor, off64_t offset, int whence, libbfio_error_t **error)
{
	struct cursor *from = (struct cursor *)cursor;
	const uint64_t base = whence == SEEK_CUR ? from->at : whence == SEEK_END ? from->io->size : 0;

	(void)error;
	if (offset < 0 && (uint64_t)-offset > base)
		return -1;
	from->at = base + (uint64_t)offset;
	return (off64_t)from->at;
}

static int cursor_is_there(intptr_t *cursor, libbfio_error_t **error)
{
	(void)cursor, (void)error;
	return 1;
}

static int cursor_size(intptr_t *cursor, size64_t *size, libbfio_error_t **error)
{
	(void)error;
	*size = ((struct cursor *)cursor)->io->size;
	return 1;
}

static libbfio_handle_t *handle_of(struct pst_io *io)
{
	struct cursor *cursor = malloc(sizeof *cursor);
	libbfio_handle_t *handle = NULL;

	if (!cursor)
		return NULL;
	*cursor = (struct cursor){io, 0};
	if (pff.libbfio_handle_initialize(&handle, (intptr_t *)cursor, cursor_free, cursor_clone, cursor_open, cursor_close, cursor_read, cursor_write,
	                              cursor_seek, cursor_is_there, cursor_is_there, cursor_size,
	                              LIBBFIO_FLAG_IO_HANDLE_MANAGED | LIBBFIO_FLAG_IO_HANDLE_CLONE_BY_FUNCTION, NULL) != 1)
		free(cursor);
	return handle;
}

/* ---- a file, or that -------------------------------------------------------------------------------- */

/* `path` NULL: what is planned. */
static bool open_file(struct reading *out, const char *path, struct pst_io *planned)
{
	if (path)
		return pff.libpff_file_open(out->file, path, LIBPFF_OPEN_READ, NULL) == 1;
	out->handle = handle_of(planned);
	return out->handle && pff.libpff_file_open_file_io_handle(out->file, out->handle, LIBPFF_OPEN_READ, NULL) == 1;
}

/* False: libpff does not open it. */
static bool reading_open(struct reading *out, const char *path, struct pst_io *planned)
{
	libpff_item_t *root = NULL;

	memset(out, 0, sizeof *out);
	if (pff.libpff_file_initialize(&out->file, NULL) != 1 || !open_file(out, path, planned))
		return false;
	if (pff.libpff_file_get_root_folder(out->file, &root, NULL) == 1)
		read_tree(out, root, 0);
	pff.libpff_item_free(&root, NULL);
	pst_sort(out->items.at, out->items.n, sizeof *out->items.at, by_id);
	return true;
}

static void reading_free(struct reading *reading)
{
	if (reading->file) {
		pff.libpff_file_close(reading->file, NULL);
		pff.libpff_file_free(&reading->file, NULL);
	}
	if (reading->handle)
		pff.libbfio_handle_free(&reading->handle, NULL);
	free(reading->items.at);
	free(reading->buffer);
}

/* ---- both ----------------------------------------------------------------------------------- */

/* The first item with this id, or NULL. */
static const struct seen *find(const struct reading *reading, uint32_t id)
{
	size_t low;

	PST_SEARCH(low, reading->items.n, reading->items.at[middle].id < id);
	return low < reading->items.n && reading->items.at[low].id == id ? &reading->items.at[low] : NULL;
}

/* Whether the result has the item as well as the source has it; `same`: byte for byte. */
static bool has(const struct reading *reading, const struct seen *wanted, bool same)
{
	const struct seen *end = reading->items.at + reading->items.n;

	for (const struct seen *seen = find(reading, wanted->id);
	     seen && seen < end && seen->id == wanted->id; seen++)
		if (!wanted->sound || (same ? seen->digest == wanted->digest : seen->sound))
			return true;
	return false;
}

/* What libpff refuses a store without: the store object, its names and its root folder. */
static const uint32_t needed[] = {0x21, 0x61, 0x122};

static bool is_needed(uint32_t nid)
{
	for (size_t i = 0; i < PST_COUNT(needed); i++)
		if (needed[i] == nid)
			return true;
	return false;
}

/* Whether the parents of a node, and theirs, go on and on, or end in another root; or it comes before the root and is, or will be, below it. */
static bool hangs_badly(const struct pst_index *index, const struct pst_node *node)
{
	const pstfix_kind kind = pst_kind_of(node->nid);
	int rise = 0;

	if (node->nid < PST_NID_ROOT && (node->parent || (kind != PSTFIX_OTHER && kind != PSTFIX_STORE)))
		return true;
	for (; node && node->parent != node->nid && rise < RISE_MAX; rise++)
		node = pst_index_node(index, node->parent);
	return rise == RISE_MAX || (node && node->nid != PST_NID_ROOT);
}

/* A new store has a name map without entries; libpff opens none that has. */
static bool has_names(const struct pst_index *index)
{
	const struct pst_node *node = pst_index_node(index, PST_NID_NAMES);
	const struct pst_property *entries;
	struct pst_reader reader;
	struct pst_pc pc;
	bool has = true;

	if (pst_reader_init(&reader, index, NULL))
		return true;
	if (!pst_pc_open(&pc, &reader, node->data, NULL, NULL)) {
		entries = pst_pc_find(&pc, NAME_ENTRIES);
		has = entries && entries->hnid;
		pst_pc_deinit(&pc);
	}
	pst_reader_deinit(&reader);
	return has;
}

/* Whether they have the contents that they should have, and parents of folders lead to the root. */
static bool can_open(const pstfix_report *report)
{
	const struct pst_index *index = &report->survey.index;

	for (size_t i = 0; i < PST_COUNT(needed); i++) {
		const struct pst_node *node = pst_index_node(index, needed[i]);

		if (!node || !node->whole || node->sure == PST_TRAILER || node->sure == PST_STALE)
			return false;
	}
	for (size_t i = 0; i < index->nodes.n; i++) {
		if (hangs_badly(index, &index->nodes.at[i]))
			return false;
	}
	if (!has_names(index))
		return false;
	for (size_t i = 0; i < report->findings.n; i++) {
		const pstfix_finding *finding = &report->findings.at[i];

		if (finding->problem == PSTFIX_FOLDER_CYCLE ||
		    (finding->problem >= PSTFIX_HEAP_MAP && finding->severity == PSTFIX_LOSS && is_needed(finding->nid)))
			return false;
	}
	return true;
}

static bool opens(struct reading *reading, uint32_t nid)
{
	libpff_item_t *item = NULL;
	bool right = pff.libpff_file_get_item_by_identifier(reading->file, nid, &item, NULL) == 1;

	pff.libpff_item_free(&item, NULL);
	return right;
}

/* libpff finds nodes below the root folder, by the parents that they name. */
static bool hangs_below_root(const pstfix_report *report, const struct pst_node *node)
{
	for (int depth = 0; node && node->whole && depth < DEPTH_MAX; depth++) {
		if (node->parent == node->nid)
			return true;
		node = pst_index_node(&report->survey.index, node->parent);
	}
	return false;
}

/* Where the block index of the source is wrong, libpff reads other bytes there, or leaves some out, and
 * does not notice; where the node index names a node twice, it may take either. */
static bool reads_right_blocks(const pstfix_report *report)
{
	for (size_t i = 0; i < pstfix_problem_count(); i++)
		if (pstfix_problem_at(i)->fix == PSTFIX_FIX_BBT && report->totals[i] &&
		    pstfix_problem_at(i)->problem != PSTFIX_BBT_REFS)
			return false;
	return report->survey.header.proven && !report->totals[pst_problem_row(PSTFIX_NBT_DUPLICATE)];
}

static bool makes_contents(const pstfix_report *report)
{
	return report->wrong.n || report->without.n;
}

/* Folders are made anew when their tables are, so nothing but the index knows which stay as they are. */
static bool is_made_anew(const pstfix_report *report, uint32_t nid)
{
	const struct pst_where *wrong = report->wrong.at;
	const pstfix_kind kind = pst_kind_of(nid);
	size_t i;

	PST_SEARCH(i, report->wrong.n, wrong[middle].nid < nid);
	return (i < report->wrong.n && wrong[i].nid == nid) ||
	       ((kind == PSTFIX_FOLDER || kind == PSTFIX_SEARCH) && makes_contents(report));
}

static uint64_t total(const pstfix_report *report, pstfix_problem problem)
{
	return report->totals[pst_problem_row(problem)];
}

static bool holds_items(const pstfix_report *report, struct reading *after, const struct reading *before, char *why, size_t why_size)
{
	bool same = reads_right_blocks(report);
	bool nodes_lost = total(report, PSTFIX_NBT_RANGE_LOST) || total(report, PSTFIX_NODE_LOST);

	/* through a view other bytes are seen than libpff reads */
	for (size_t i = 0; i < before->items.n && !report->file->io->below; i++) {
		const struct seen *seen = &before->items.at[i];
		const struct pst_node *node = pst_index_node(&report->survey.index, seen->id);

		if (pst_report_is_without(report, seen->id))
			continue;
		if (nodes_lost && !hangs_below_root(report, node))
			continue;
		/* a table that has a parent; one made anew, or whose entry is put right, has none */
		if (pst_kind_of(seen->id) == PSTFIX_OTHER && (makes_contents(report) || (node && !node->parent)))
			continue;
		/* what is damaged in a message can be met only when the table, or the entry of a block, that was lost leads to it */
		if (node && !node->whole && (!same || is_made_anew(report, seen->id)) && opens(after, seen->id))
			continue;
		if (!has(after, seen, same && node && node->sure == PST_PROVEN && !is_made_anew(report, seen->id))) {
			snprintf(why, why_size, "libpff reads item 0x%X in the source, not so in the result",
			         seen->id);
			return false;
		}
	}
	return true;
}

/* The result by its own index, and what libpff opens there. */
struct result {
	struct reading *reading;
	pstfix_file *file;
	pstfix_store *store;
	uint8_t *states; /* of each node: enum state */
};

enum state { UNKNOWN, REACHED, NOT_REACHED };

static void result_close(struct result *result)
{
	free(result->states);
	pstfix_store_free(result->store);
	pstfix_file_free(result->file);
}

static bool result_open(struct result *out, struct reading *reading, const char *path, const pstfix_report *report)
{
	*out = (struct result){.reading = reading};
	if (pst_verify_open(&out->file, path, report, NULL, NULL) || pstfix_store_load(&out->store, out->file, NULL))
		return false;
	out->states = calloc(out->store->index->nodes.n + 1, 1);
	return out->states;
}

/* Whether libpff can get to a node: by way of those above it, each of which it has to open. */
static bool is_reached(struct result *result, const struct pst_node *node, int depth)
{
	const struct pst_node *above = pst_index_node(result->store->index, node->parent);
	uint8_t *state;

	if (above == node)
		return true;
	if (!above || depth == DEPTH_MAX)
		return false;
	state = &result->states[above - result->store->index->nodes.at];
	if (*state == UNKNOWN)
		*state = is_reached(result, above, depth + 1) && opens(result->reading, above->nid) ? REACHED : NOT_REACHED;
	return *state == REACHED;
}

/* Folders and messages that are whole, and can be got at where they are now. */
static bool is_to_open(struct result *result, const pstfix_report *report, const struct pst_node *node)
{
	const uint32_t type = node->nid & 31;
	const struct pst_node *there = pst_index_node(result->store->index, node->nid);

	return (type == 2 || type == 4) && node->whole && !pst_report_is_without(report, node->nid) &&
	       (there ? is_reached(result, there, 0) : hangs_below_root(report, node));
}

static pstfix_verdict compare(const struct reading *before, struct result *result, const pstfix_report *report, char *why, size_t why_size)
{
	const struct pst_index *index = &report->survey.index;
	size_t nodes = 0;

	if (!holds_items(report, result->reading, before, why, why_size))
		return PSTFIX_DISAGREED;
	for (size_t i = 0; i < index->nodes.n; i++) {
		if (!is_to_open(result, report, &index->nodes.at[i]))
			continue;
		nodes++;
		if (!opens(result->reading, index->nodes.at[i].nid)) {
			snprintf(why, why_size, "libpff does not open node 0x%X in the result", index->nodes.at[i].nid);
			return PSTFIX_DISAGREED;
		}
	}
	if (!nodes && !before->items.n) {
		snprintf(why, why_size, "there is nothing in the store that libpff could read");
		return PSTFIX_CANNOT_JUDGE;
	}
	snprintf(why, why_size, "libpff reads %zu items, %zu in the source, and opens all %zu whole folders and messages",
	         result->reading->items.n, before->items.n, nodes);
	return PSTFIX_AGREED;
}

static pstfix_verdict compare_with(const struct reading *before, struct reading *after, const char *path, const pstfix_report *report,
                                   char *why, size_t why_size)
{
	struct result result;
	pstfix_verdict verdict = PSTFIX_CANNOT_JUDGE;

	if (result_open(&result, after, path, report))
		verdict = compare(before, &result, report, why, why_size);
	else
		snprintf(why, why_size, "the result cannot be opened any more");
	result_close(&result);
	return verdict;
}

pstfix_verdict pstfix_verify_libpff(const char *source, const char *result,
                                    const pstfix_report *report, char *why, size_t why_size)
{
	struct reading before, after;
	pstfix_verdict verdict;

	if (!is_loaded()) {
		snprintf(why, why_size, "libpff.so.1 is not installed, or has not what is wanted of it");
		return PSTFIX_CANNOT_JUDGE;
	}
	if (report->survey.right.encoding == PST_BY_WINDOWS) {
		snprintf(why, why_size, "the contents are encrypted by Windows");
		return PSTFIX_CANNOT_JUDGE;
	}
	if (!pst_format_of_version(report->survey.right.version)) {
		snprintf(why, why_size, "libpff does not know version %u", report->survey.right.version);
		return PSTFIX_CANNOT_JUDGE;
	}
	if (report->survey.right.client == PST_CLIENT_PAB) {
		snprintf(why, why_size, "libpff does not read address books");
		return PSTFIX_CANNOT_JUDGE;
	}
	reading_open(&before, source, NULL);
	if (reading_open(&after, result, report->planned)) {
		verdict = compare_with(&before, &after, result, report, why, why_size);
	} else if (!can_open(report)) {
		snprintf(why, why_size, "libpff opens no store whose main nodes are damaged or without names, or whose folders are in a cycle or too deep");
		verdict = PSTFIX_CANNOT_JUDGE;
	} else {
		snprintf(why, why_size, "libpff does not open the result");
		verdict = PSTFIX_DISAGREED;
	}
	if (before.items.failed || after.items.failed) {
		snprintf(why, why_size, "out of memory");
		verdict = PSTFIX_CANNOT_JUDGE;
	}
	reading_free(&before);
	reading_free(&after);
	return verdict;
}

#endif
