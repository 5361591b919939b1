/* The name map: [MS-PST] 2.4.7. It keeps its names, and where they are lost, no name gets another's id. */
#include "mend/inside.h"
#include "write/names.h"

#include <stdlib.h>

enum { NAMES_FIRST = 0x8000, DEPTH_MAX = 50 };

const uint8_t pst_mend_set[16] = {0x2E, 0x5F, 0x1D, 0x7A, 0x4B, 0x6C, 0x0A, 0x4E, 0x9B, 0x1F, 0x3D, 0x2C, 0x8E, 0x5A, 0x7F, 0x10};

static pstfix_status raise_names(uint32_t *names, struct pst_mend *mend, uint64_t data, uint64_t sub, unsigned depth)
{
	struct pst_object object;
	pstfix_status status = pst_object_open_on(&object, mend, data, sub);

	if (status)
		return status;
	for (size_t i = 0; i < object.pc.properties.n; i++)
		if (object.pc.properties.at[i].id >= NAMES_FIRST)
			*names = PST_MAX(*names, object.pc.properties.at[i].id - NAMES_FIRST + 1u);
	for (size_t i = 0; i < object.subnodes.entries.n && !status && depth < DEPTH_MAX; i++) {
		const struct pst_list_entry *entry = &object.subnodes.entries.at[i];

		if (pst_kind_of(entry->nid) == PSTFIX_MESSAGE || pst_kind_of(entry->nid) == PSTFIX_ATTACHMENT)
			status = raise_names(names, mend, entry->data, entry->sub, depth + 1);
	}
	pst_object_deinit(&object);
	return status;
}

/* How many ids of named properties are, or may be, in use. */
static pstfix_status count_names(uint32_t *names, struct pst_mend *mend)
{
	const struct pst_index *index = mend->old->index;
	pstfix_status status = PSTFIX_OK;

	*names = 0;
	for (size_t i = 0; i < index->nodes.n && !status; i++) {
		const struct pst_node *node = &index->nodes.at[i];
		const pstfix_kind kind = pst_kind_of(node->nid);

		if (kind == PSTFIX_FOLDER || kind == PSTFIX_MESSAGE || kind == PSTFIX_ASSOCIATED)
			status = raise_names(names, mend, node->data, node->sub, 0);
	}
	return status;
}

/* A stream of the map; empty where it is not there. */
static pstfix_status load_stream(struct pst_taken *out, struct pst_mend *mend, const struct pst_object *map, uint16_t id)
{
	const struct pst_property *property = pst_pc_find(&map->pc, id);
	struct pst_value value;
	pstfix_status status;

	*out = (struct pst_taken){0};
	if (!property || property->type != PST_BINARY)
		return PSTFIX_OK;
	status = pst_pc_value(&value, &map->pc, property, mend->err);
	if (status)
		return status;
	pst_taken_load(out, &value);
	pst_value_deinit(&value);
	return PSTFIX_OK;
}

static pstfix_status write_names(struct pst_mend *mend, const struct pst_object *map, uint64_t *data, uint64_t *sub)
{
	struct pst_taken streams[3] = {{0}};
	struct pst_given given[3];
	uint32_t names;
	pstfix_status status = PSTFIX_OK;

	for (uint16_t which = 0; which < PST_COUNT(streams) && !status; which++) {
		status = load_stream(&streams[which], mend, map, (uint16_t)(2 + which));
		given[which] = pst_taken_given(&streams[which]);
	}
	if (!status && streams[PST_NAME_ENTRIES].size) {
		status = pst_write_names(&mend->edit->sink, given, data, sub, mend->err);
	} else if (!status) {
		status = count_names(&names, mend);
		if (!status)
			status = pst_write_lost_names(&mend->edit->sink, pst_mend_set, names, data, sub, mend->err);
	}
	for (size_t which = 0; which < PST_COUNT(streams); which++)
		free(streams[which].data);
	return status;
}

pstfix_status pst_mend_names(struct pst_mend *mend, uint64_t *data, uint64_t *sub)
{
	struct pst_object map;
	pstfix_status status = pst_object_open(&map, mend, PST_NID_NAMES);

	if (status)
		return status;
	status = write_names(mend, &map, data, sub);
	pst_object_deinit(&map);
	return status;
}
