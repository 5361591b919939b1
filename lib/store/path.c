/* Names for people: the folder that a node belongs to, and where an item is. See <pstfix/store.h>. */
#include "store/store.h"

#include <stdlib.h>

enum { DEPTH_MAX = 64, NAME_MAX = 256 };

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

static size_t name_of(pstfix_store *store, uint32_t nid, uint16_t id, char out[NAME_MAX])
{
	pstfix_item *item = NULL;
	size_t skip = 0;

	*out = '\0';
	if (pstfix_store_node(&item, store, nid, NULL))
		return 0;
	pstfix_item_text(item, id, out, NAME_MAX);
	pstfix_item_free(item);
	if (out[0] == 1 && out[1]) /* before a subject: how long its prefix is */
		skip = 2;
	memmove(out, out + skip, strlen(out + skip) + 1);
	return strlen(out);
}

/* Text that grows from its end: the parts of a path are met from below. */
struct path {
	char *out;
	size_t room, n;
};

static void prepend(struct path *path, const char *name, size_t length, const char *separator)
{
	const size_t gap = path->n ? strlen(separator) : 0;

	if (!path->room || path->n + length + gap >= path->room)
		return;
	memmove(path->out + length + gap, path->out, path->n + 1);
	memcpy(path->out, name, length);
	memcpy(path->out + length, separator, gap);
	path->n += length + gap;
}

size_t pstfix_store_path(pstfix_store *store, uint32_t nid, char *out, size_t room)
{
	struct path path = {out, room, 0};
	uint32_t folder = pst_folder_of(store->index, nid);
	const char *separator = "/";
	char name[NAME_MAX];

	if (room)
		*out = '\0';
	if (pst_kind_of(nid) == PSTFIX_MESSAGE || pst_kind_of(nid) == PSTFIX_ASSOCIATED) {
		prepend(&path, name, name_of(store, nid, 0x0037, name), "");
		separator = ": ";
	}
	for (int depth = 0; folder && folder != PST_NID_ROOT && depth < DEPTH_MAX; depth++) {
		const struct pst_node *node = pst_index_node(store->index, folder);

		prepend(&path, name, name_of(store, folder, 0x3001, name), separator);
		separator = "/";
		folder = node && node->parent != folder ? node->parent : 0;
	}
	return path.n;
}
