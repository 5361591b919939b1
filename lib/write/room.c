/* Free places: see room.h. */
#include "write/room.h"

bool pst_has_map(const struct pst_index *index, uint64_t section)
{
	const struct pst_inventory *inventory = index->nbt.inventory;
	uint64_t at = pst_amap_at(index->format, section);

	return !section || index->format->pmap_every || !inventory || at >= inventory->size ||
	       pst_inventory_at(inventory, at, PST_AMAP);
}

pstfix_status pst_room_init(struct pst_room *out, const struct pst_index *index, uint64_t end, pstfix_error *err)
{
	pstfix_status status;

	memset(out, 0, sizeof *out);
	out->index = index;
	status = pst_space_derive(&out->taken, index, err);
	out->taken.end = end;
	return status;
}

void pst_room_deinit(struct pst_room *room)
{
	pst_space_deinit(&room->taken);
}

static void load_section(struct pst_room *room)
{
	const struct pst_format *f = room->index->format;
	const struct pst_inventory *inventory = room->index->nbt.inventory;
	uint8_t page[PST_PAGE_MAX];

	pst_space_bits(&room->taken, room->section, room->bits, &room->from);
	if (inventory && pst_inventory_page(inventory, room->index->io, pst_amap_at(f, room->section), PST_AMAP, page))
		for (size_t i = 0; i < f->map_bytes; i++)
			room->bits[i] |= page[f->map_at + i];
	room->unit = 0;
	room->loaded = true;
}

/* The last of some units that is in use, counted from 1; 0: none is. */
static size_t last_used(const uint8_t *bits, size_t first, size_t n)
{
	while (n && !(bits[(first + n - 1) / 8] & 0x80 >> (first + n - 1) % 8))
		n--;
	return n;
}

uint64_t pst_room_take(struct pst_room *room, uint32_t size, uint32_t align)
{
	const struct pst_format *f = room->index->format;
	const size_t n = size / f->unit, step = align / f->unit, all = (size_t)f->map_bytes * 8;

	for (;; room->section++, room->loaded = false) {
		uint64_t at = pst_amap_at(f, room->section);

		if (at >= room->taken.end)
			room->taken.end = at + pst_section(f);
		if (!pst_has_map(room->index, room->section))
			continue;
		if (!room->loaded)
			load_section(room);
		for (;;) {
			size_t first = (room->unit + step - 1) / step * step, used;

			if (first + n > all)
				break;
			used = last_used(room->bits, first, n);
			room->unit = first + (used ? used : n);
			if (!used)
				return at + first * f->unit;
		}
	}
}
