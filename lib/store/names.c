/* Named properties: [MS-PST] 2.4.7. The node 0x61 has three streams: property sets, one entry for each property id
 * from 0x8000 on, and texts. */
#include "store/store.h"

#include <stdlib.h>

enum { FIRST_ID = 0x8000, ENTRY = 8, GUID = 16, STREAM_MAX = 16 << 20 };

const uint8_t pst_names_own[GUID] = {0x2E, 0x5F, 0x1D, 0x7A, 0x4B, 0x6C, 0x0A, 0x4E,
                                     0x9B, 0x1F, 0x3D, 0x2C, 0x8E, 0x5A, 0x7F, 0x10};

/* PS_MAPI and PS_PUBLIC_STRINGS, which differ in their first bytes; others are in the stream, from 3 on. */
static const uint8_t well_known[2][GUID] = {
	{0x28, 0x03, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46},
	{0x29, 0x03, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46},
};

static void load_stream(struct pst_names *names, struct pst_pc *pc, unsigned which)
{
	const struct pst_property *property = pst_pc_find(pc, (uint16_t)(2 + which));
	struct pst_value value;

	names->lost[which] = property && property->type != PST_BINARY;
	if (!property || names->lost[which] || pst_pc_value(&value, pc, property, NULL))
		return;
	names->lost[which] = value.found;
	names->streams[which] = pst_value_load(&value, STREAM_MAX, &names->sizes[which]);
	pst_value_deinit(&value);
}

/* Without memory there are no names. */
static struct pst_names *names_of(struct pstfix_store *store)
{
	const struct pst_node *node = pst_index_node(store->index, PST_NID_NAMES);
	const unsigned since = pst_shortages();
	struct pst_subnodes subnodes;
	struct pst_pc pc;

	if (store->names.loaded || !node || pst_subnodes_open(&subnodes, &store->reader, node->sub, NULL))
		return &store->names;
	if (!pst_pc_open(&pc, &store->reader, node->data, &subnodes, NULL)) {
		for (unsigned which = PST_NAME_GUIDS; which <= PST_NAME_TEXTS; which++)
			load_stream(&store->names, &pc, which);
		pst_pc_deinit(&pc);
	}
	pst_subnodes_deinit(&subnodes);
	store->names.loaded = pst_shortages() == since;
	if (!store->names.loaded)
		pst_names_deinit(&store->names);
	return &store->names;
}

void pst_names_deinit(struct pst_names *names)
{
	for (unsigned which = PST_NAME_GUIDS; which <= PST_NAME_TEXTS; which++)
		free(names->streams[which]);
	*names = (struct pst_names){0};
}

size_t pstfix_store_name_count(pstfix_store *store)
{
	return names_of(store)->sizes[PST_NAME_ENTRIES] / ENTRY;
}

static bool guid_of(const struct pst_names *names, uint32_t number, uint8_t out[GUID])
{
	const uint8_t *guid = NULL;

	if (number - 1 < PST_COUNT(well_known))
		guid = well_known[number - 1];
	else if (number >= 3 && (number - 2) * (size_t)GUID <= names->sizes[PST_NAME_GUIDS])
		guid = names->streams[PST_NAME_GUIDS] + (number - 3) * (size_t)GUID;
	if (guid)
		memcpy(out, guid, GUID);
	return guid || !number;
}

static bool text_of(struct pstfix_store *store, uint32_t offset, char *out, size_t room)
{
	const struct pst_names *names = &store->names;
	const size_t size = names->sizes[PST_NAME_TEXTS];
	uint32_t length;

	if (size < 4 || offset > size - 4)
		return false;
	length = pst_get32(names->streams[PST_NAME_TEXTS] + offset);
	if (length > size - 4 - offset)
		return false;
	pst_text(out, room, &store->charset, 0, PST_STRING, names->streams[PST_NAME_TEXTS] + offset + 4,
	         PST_MIN(length, 2 * room)); /* more does not fit */
	return true;
}

pstfix_name pstfix_store_name_at(pstfix_store *store, size_t index)
{
	const struct pst_names *names = names_of(store);
	const uint8_t *entry = names->streams[PST_NAME_ENTRIES] + index * ENTRY;
	uint32_t number = pst_get32(entry), set = pst_get16(entry + 4);
	pstfix_name name = {.id = (uint16_t)(FIRST_ID + pst_get16(entry + 6)), .is_text = set & 1};

	name.present = guid_of(names, set >> 1, name.guid);
	if (name.is_text)
		name.present = text_of(store, number, name.text, sizeof name.text) && name.present;
	else
		name.number = number;
	return name;
}

size_t pstfix_store_name_find(pstfix_store *store, uint16_t id)
{
	const struct pst_names *names = names_of(store);
	size_t n = pstfix_store_name_count(store), guess = id - (size_t)FIRST_ID;

	if (id >= FIRST_ID && guess < n && pst_get16(names->streams[PST_NAME_ENTRIES] + guess * ENTRY + 6) == guess)
		return guess; /* in all genuine files */
	for (size_t i = 0; i < n; i++)
		if (FIRST_ID + pst_get16(names->streams[PST_NAME_ENTRIES] + i * ENTRY + 6) == id)
			return i;
	return SIZE_MAX;
}

size_t pst_names_own_set(const uint8_t *sets, size_t size)
{
	size_t i = 0;

	while ((i + 1) * GUID <= size && memcmp(sets + i * GUID, pst_names_own, GUID))
		i++;
	return i;
}

uint16_t pst_names_damage(struct pstfix_store *store)
{
	const struct pst_names *names = names_of(store);
	const size_t sets = names->sizes[PST_NAME_GUIDS] / GUID, n = pstfix_store_name_count(store);
	const size_t set = pst_names_own_set(names->streams[PST_NAME_GUIDS], names->sizes[PST_NAME_GUIDS]);

	for (size_t i = set < sets ? n : 0; i--;) {
		pstfix_name name;

		if (pst_get16(names->streams[PST_NAME_ENTRIES] + i * ENTRY + 4) != ((set + 3) << 1 | 1))
			continue;
		name = pstfix_store_name_at(store, i);
		if (name.present && !strcmp(name.text, PST_NAME_DAMAGE))
			return name.id;
	}
	return 0;
}
