/* Names for people: the folder that a node belongs to, and where an item is. See <pstfix/store.h>. */
#include "store/item.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 64, NAME_MAX = sizeof ((struct pst_folder_name *)0)->text, FOLDER_NAMES = 512, HIERARCHY = 0x0D, FOLDER_NAME = 0x3001 };

uint32_t pst_folder_of(const struct pst_index *index, uint32_t nid)
{
	const uint32_t first = nid & ~31u;
	const struct pst_node *node;

	switch (nid & 31) {
	case 2: case 3: return nid;
	case 0x0D: case 0x0E: case 0x0F: case 0x14: case 0x15: nid = first | 2; break;
	case 6: case 7: case 0x10: nid = first | 3; break;
	case 4: case 8:
		node = pst_index_node(index, nid);
		nid = node ? node->parent : 0;
		break;
	default: return 0;
	}
	return pst_index_node(index, nid) ? nid : 0;
}

uint32_t pstfix_store_folder_of(pstfix_store *store, uint32_t nid)
{
	return pst_folder_of(store->index, nid);
}

/* The beginning of a text, without reading all of a long one. */
static void read_name(pstfix_store *store, uint32_t nid, uint16_t id, char out[NAME_MAX])
{
	pstfix_item *item = NULL;
	uint8_t bytes[2 * NAME_MAX];
	size_t index, n = 0, skip = 0;

	*out = '\0';
	if (pstfix_store_node(&item, store, nid, NULL))
		return;
	index = pstfix_item_find(item, id);
	if (index != SIZE_MAX && !pstfix_item_read(item, index, bytes, sizeof bytes, 0, &n, NULL))
		pst_text(out, NAME_MAX, &store->charset, (uint32_t)item->code_page,
		         item->pc.properties.at[index].type, bytes, n);
	pstfix_item_free(item);
	if (out[0] == 1 && out[1]) /* before a subject: how long its prefix is */
		skip = 2;
	memmove(out, out + skip, strlen(out + skip) + 1);
}

/* The name in a row, whether or not there is such a folder. */
void pst_store_row_name(char *out, size_t room, struct pstfix_store *store, uint32_t parent, uint32_t nid)
{
	uint8_t bytes[2 * NAME_MAX];
	struct pst_table table;
	struct pst_value value;

	*out = '\0';
	if (pst_table_open(&table, store, (parent & ~31u) | HIERARCHY, NULL))
		return;
	if (pst_table_cell(&value, &table, nid, FOLDER_NAME)) {
		pst_text(out, room, &store->charset, 0, value.type, bytes, pst_value_read(&value, bytes, sizeof bytes, 0));
		pst_value_deinit(&value);
	}
	pst_table_deinit(&table);
}

void pst_made_name(char out[PST_MADE_NAME], uint32_t nid)
{
	snprintf(out, PST_MADE_NAME, "Folder 0x%X (pstfix)", nid);
}

const char *const pst_recovered_names[PST_RECOVERED] = {"Recovered items (pstfix)", "Removed items (pstfix)", "Older versions (pstfix)"};

enum pst_recovered pst_recovered_for(uint32_t parent)
{
	return parent == PST_PARENT_REMOVED ? PST_REMOVED : parent == PST_PARENT_REPLACED ? PST_REPLACED : PST_FOUND_AGAIN;
}

/* Of a folder that says none itself: what the folder above calls it, else what a repair will. One that lost nothing has none. */
static void name_otherwise(pstfix_store *store, uint32_t nid, char out[NAME_MAX])
{
	const struct pst_node *node = pst_index_node(store->index, nid);

	if (node && node->parent != nid)
		pst_store_row_name(out, NAME_MAX, store, node->parent, nid);
	if (*out)
		return;
	if (node && store->derived && !node->whole)
		pst_made_name(out, nid);
	else
		snprintf(out, NAME_MAX, "(0x%X)", nid); /* not to be taken for the folder above */
}

/* The name of a folder: many paths go through the same ones. */
static const char *folder_name(pstfix_store *store, uint32_t nid)
{
	struct pst_folder_name *name;

	if (!store->folder_names)
		store->folder_names = calloc(FOLDER_NAMES, sizeof *store->folder_names);
	if (!store->folder_names)
		return "";
	name = &store->folder_names[(nid >> 5) % FOLDER_NAMES];
	if (name->nid != nid)
		read_name(store, nid, FOLDER_NAME, name->text);
	if (!*name->text)
		name_otherwise(store, nid, name->text);
	name->nid = nid;
	return name->text;
}

/* Text that grows from its end: the parts of a path are met from below. */
struct path {
	char *out;
	size_t room, n;
};

/* False: it does not fit. */
static bool prepend(struct path *path, const char *name, const char *separator)
{
	const size_t gap = path->n ? strlen(separator) : 0, length = strlen(name);

	if (!path->room || path->n + length + gap >= path->room)
		return false;
	memmove(path->out + length + gap, path->out, path->n + 1);
	memcpy(path->out, name, length);
	memcpy(path->out + length, separator, gap);
	path->n += length + gap;
	return true;
}

size_t pstfix_store_path(pstfix_store *store, uint32_t nid, char *out, size_t room)
{
	struct path path = {out, room, 0};
	uint32_t folder = pst_folder_of(store->index, nid);
	const char *separator = "/";
	char subject[NAME_MAX];

	if (room)
		*out = '\0';
	if (pst_is_message(nid)) {
		read_name(store, nid, 0x0037, subject);
		prepend(&path, subject, "");
		separator = ": ";
	}
	for (int depth = 0; folder && folder != PST_NID_ROOT && depth < DEPTH_MAX; depth++) {
		const struct pst_node *node = pst_index_node(store->index, folder);

		if (!prepend(&path, folder_name(store, folder), separator))
			break;
		separator = "/";
		folder = node && node->parent != folder ? node->parent : 0;
	}
	return path.n;
}
