/* The table of formats: see format.h. */
#include "disk/format.h"

/* [MS-PST] 2.3.1.2. With blocks of 64 KiB, found in files: fifteenths of the block. */
static const uint16_t heap_free[] = {3584, 2560, 2048, 1792, 1536, 1280, 1024, 768,
                                     512, 256, 128, 64, 32, 16, 8, 0};
static const uint16_t heap_free_fifteenths[] = {61145, 56778, 52410, 48043, 43675, 39308, 34940, 30573,
                                                26205, 21838, 17470, 13103, 8735, 4368, 1, 0};

const struct pst_format pst_formats[PST_FORMATS] = {
	{
		.name = "unicode", .version_first = 16, .version_last = 35, .version = 23, .version_other = 21,
		.client = 0x4D53, .version_client = 19,
		.word = 8, .page = 512, .page_tail = 16, .entries = 488, .count_width = 1,
		.nbt_entry = 32, .bbt_entry = 24, .child_entry = 24,
		.unit = 64, .block_max = 8192, .block_tail = 16, .tail_crc = 4, .tail_bid = 8,
		.bbt_refs = 18, .list_head = 8, .hid_bits = 11, .row_number = 4, .string = 0x1F, .heap_free = heap_free,
		.first_map = 0x4400, .density_list = 0x4200, .map_bytes = 496, .pmap_every = 8,
		.density_entries = 119,
		.header = {.next_block = 516, .next_page = 32, .unique = 40, .rgnid = 44, .root = 180,
		           .fmap = 256, .fpmap = 384, .sentinel = 512, .encoding = 513,
		           .crc_full = 524, .size = 564},
	},
	{
		.name = "ansi", .version_first = 14, .version_last = 15, .version = 14, .version_other = 15,
		.client = 0x4D53, .version_client = 19,
		.word = 4, .page = 512, .page_tail = 12, .entries = 496, .count_width = 1,
		.nbt_entry = 16, .bbt_entry = 12, .child_entry = 12,
		.unit = 64, .block_max = 8192, .block_tail = 12, .tail_crc = 8, .tail_bid = 4,
		.bbt_refs = 10, .list_head = 4, .hid_bits = 11, .row_number = 2, .string = 0x1E, .heap_free = heap_free,
		.first_map = 0x4400, .density_list = 0x4200, .map_at = 4, .map_bytes = 496, .pmap_every = 8,
		.density_entries = 120, .old_step = 0x4000, .end_max = INT32_MAX,
		.header = {.next_block = 24, .next_page = 28, .unique = 32, .rgnid = 36, .root = 164,
		           .fmap = 204, .fpmap = 332, .sentinel = 460, .encoding = 461,
		           .size = 512},
	},
	{
		.name = "unicode4k", .version_first = 36, .version_last = 36, .version = 36, .version_other = 36,
		.client = 0x4F53, .version_client = 12,
		.word = 8, .page = 4096, .page_tail = 24, .entries = 4056, .count_width = 2,
		.nbt_entry = 32, .bbt_entry = 24, .child_entry = 24,
		.unit = 512, .block_max = 65536, .block_tail = 24, .tail_crc = 4, .tail_bid = 8,
		.page_extra = 16, .block_extra = 16, .tail_inflated = 18, .bbt_inflated = 18,
		.bbt_refs = 20, .list_head = 8, .hid_bits = 14, .row_number = 4, .string = 0x1F, .heap_free = heap_free_fifteenths,
		.first_map = 0x22000, .density_list = 0x21000, .map_bytes = 4072,
		.header = {.next_block = 516, .next_page = 32, .unique = 40, .rgnid = 44, .root = 180,
		           .fmap = 256, .fpmap = 384, .sentinel = 512, .encoding = 513,
		           .crc_full = 524, .size = 564},
	},
};

const struct pst_format *pst_format_of_version(uint16_t version)
{
	for (size_t i = 0; i < PST_FORMATS; i++)
		if (version >= pst_formats[i].version_first && version <= pst_formats[i].version_last)
			return &pst_formats[i];
	return NULL;
}

/* The arrays in the header speak for the first 128 allocation maps and 1024 page maps. */
enum { HEADER_MAPS = 128 };

uint64_t pst_map_at(const struct pst_format *f, uint64_t section, enum pst_page_type type)
{
	uint64_t at = pst_amap_at(f, section);
	uint64_t behind; /* the arrays in the header */

	if (type == PST_AMAP)
		return at;
	if (!f->pmap_every)
		return 0;
	switch (type) {
	case PST_PMAP:
		return section % f->pmap_every ? 0 : at + f->page;
	case PST_FMAP:
		behind = HEADER_MAPS;
		return section < behind || (section - behind) % f->map_bytes ? 0 : at + 2u * f->page;
	case PST_FPMAP:
		behind = (uint64_t)HEADER_MAPS * 8 * f->pmap_every;
		return section < behind || (section - behind) % ((uint64_t)f->map_bytes * 8 * f->pmap_every)
		               ? 0
		               : at + 2u * f->page;
	default:
		return 0;
	}
}

uint32_t pst_map_bytes(const struct pst_format *f, uint64_t section)
{
	if (pst_map_at(f, section, PST_FPMAP))
		return 4u * f->page;
	if (pst_map_at(f, section, PST_FMAP))
		return 3u * f->page;
	return (pst_map_at(f, section, PST_PMAP) ? 2u : 1u) * f->page;
}

bool pst_on_maps(const struct pst_format *f, uint64_t at, uint32_t size)
{
	enum { PAGES_MAX = 4 };
	const uint64_t section = (at - f->first_map) / pst_section(f), begin = pst_amap_at(f, section);

	if (at >= begin + PAGES_MAX * f->page && at + size <= begin + pst_section(f)) /* which nearly all are */
		return false;
	for (uint64_t i = section; i <= section + 1; i++) {
		uint64_t map = pst_amap_at(f, i);

		if (i && !f->pmap_every)
			return false;
		if (at < map + pst_map_bytes(f, i) && map < at + size)
			return true;
	}
	return false;
}

bool pst_block_fits(const struct pst_format *f, uint64_t end, uint64_t at, uint32_t size)
{
	return size && size <= pst_block_data(f) && at >= f->first_map && !(at % f->unit) &&
	       at < end && pst_block_extent(f, size) <= end - at &&
	       !pst_on_maps(f, at, pst_block_extent(f, size));
}
