/* Trees, maps, header: see write.h. */
#include "write/write.h"
#include "write/room.h"

#include <stdlib.h>

struct writer {
	struct pst_io *io;
	const struct pst_format *format;
	const struct pst_index *index;
	struct pst_header header;
	struct pst_space space; /* in use in the end */
	pstfix_error *err;
};

/* ---- trees ---------------------------------------------------------------------------- */

/* The first key of a page and where it is, for the level above. */
struct child {
	uint64_t key, id, at;
};

struct tree_writer {
	struct writer *writer;
	struct pst_room *room;
	enum pst_page_type type;
	unsigned level;
	PST_ARRAY(struct child) below, here;
};

static uint64_t encode_entry(const struct tree_writer *tree, size_t i, uint8_t *p)
{
	const struct pst_format *f = tree->writer->format;
	const struct pst_index *index = tree->writer->index;

	if (tree->level) {
		pst_put(p, tree->below.at[i].key, f->word);
		pst_put(p + f->word, tree->below.at[i].id, f->word);
		pst_put(p + 2 * f->word, tree->below.at[i].at, f->word);
		return tree->below.at[i].key;
	}
	if (tree->type == PST_NBT) {
		const struct pst_node *node = &index->nodes.at[i];

		pst_nbt_entry_encode(&(struct pst_nbt_entry){.key = node->nid, .data = node->data,
		                                             .sub = node->sub, .parent = node->parent,
		                                             .padding = node->padding}, f, p);
		return node->nid;
	} else {
		const struct pst_block *block = &index->blocks.at[i];

		pst_bbt_entry_encode(
			&(struct pst_bbt_entry){.id = block->id, .at = block->at, .size = block->size,
			                        .inflated = block->inflated, .padding = block->padding,
			                        .refs = (uint16_t)PST_MIN(block->refs + 1u, 0xFFFFu)},
			f, p);
		return block->id;
	}
}

/* One page with entries from `first` on. */
static pstfix_status write_page(struct tree_writer *tree, size_t first, size_t n)
{
	struct writer *writer = tree->writer;
	const struct pst_format *f = writer->format;
	uint8_t page[PST_PAGE_MAX] = {0};
	const size_t size = pst_entry_size(f, tree->type, tree->level);
	struct child self = {.id = writer->header.next_page++, .at = pst_room_take(tree->room, f->page, f->page)};

	for (size_t i = 0; i < n; i++) {
		uint64_t key = encode_entry(tree, first + i, page + size * i);

		self.key = i ? self.key : key;
	}
	pst_index_page_encode(&(struct pst_index_page){.count = (uint32_t)n,
	                                               .count_max = (uint32_t)(f->entries / size),
	                                               .entry_size = (uint8_t)size,
	                                               .level = (uint8_t)tree->level}, f, page);
	pst_page_seal(f, page, self.at, tree->type, self.id);
	pst_add(&tree->here, self);
	pst_add(&writer->space.used,
	        ((struct pst_extent){.at = self.at, .size = f->page, .page = true}));
	return writer->io->write(writer->io, page, f->page, self.at, writer->err);
}

/* Pages are left a tenth empty, for what is inserted later, and filled alike. */
static pstfix_status write_level(struct tree_writer *tree, size_t n)
{
	const struct pst_format *f = tree->writer->format;
	size_t fit = (size_t)f->entries / pst_entry_size(f, tree->type, tree->level), room = fit * 9 / 10;
	size_t pages = n ? (n + room - 1) / room : 1;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < pages && !status; i++)
		status = write_page(tree, n * i / pages, n * (i + 1) / pages - n * i / pages);
	return status;
}

static pstfix_status write_tree(struct writer *writer, struct pst_room *room,
                                enum pst_page_type type, size_t n, struct pst_page_ref *root)
{
	struct tree_writer tree = {.writer = writer, .room = room, .type = type};
	pstfix_status status = write_level(&tree, n);

	while (!status && tree.here.n > 1 && !tree.here.failed) {
		free(tree.below.at);
		memcpy(&tree.below, &tree.here, sizeof tree.below);
		memset(&tree.here, 0, sizeof tree.here);
		tree.level++;
		status = write_level(&tree, tree.below.n);
	}
	if (!status && tree.here.failed)
		status = pst_fail_memory(writer->err);
	if (!status && tree.here.n)
		*root = (struct pst_page_ref){tree.here.at[0].id, tree.here.at[0].at};
	free(tree.below.at);
	free(tree.here.at);
	return status;
}

/* ---- maps ------------------------------------------------------------------------------- */

static pstfix_status write_map(struct writer *writer, uint64_t at, enum pst_page_type type,
                               const uint8_t *bits)
{
	const struct pst_format *f = writer->format;
	uint8_t page[PST_PAGE_MAX] = {0};

	if (!at)
		return PSTFIX_OK;
	if (bits)
		memcpy(page + f->map_at, bits, f->map_bytes);
	else
		memset(page + f->map_at, 0xFF, f->map_bytes);
	pst_page_seal(f, page, at, type, at);
	return writer->io->write(writer->io, page, f->page, at, writer->err);
}

static int by_place(const void *a, const void *b)
{
	const struct pst_extent *x = a, *y = b;

	return PST_ORDER(x->at, y->at);
}

/* As newer clients write them: the allocation maps are right, all others offer nothing. */
static pstfix_status write_maps(struct writer *writer)
{
	const struct pst_format *f = writer->format;
	struct pst_header *header = &writer->header;
	uint64_t sections = pst_sections(f, writer->space.end);
	uint8_t bits[PST_PAGE_MAX], list[PST_PAGE_MAX] = {0};
	pstfix_status status = PSTFIX_OK;
	size_t from = 0;

	pst_sort(writer->space.used.at, writer->space.used.n, sizeof *writer->space.used.at, by_place);
	header->amap_free = header->pmap_free = 0;
	header->maps_valid = 2;
	for (uint64_t section = 0; section < sections && !status; section++) {
		uint64_t fpmap = pst_map_at(f, section, PST_FPMAP);

		pst_space_bits(&writer->space, section, bits, &from);
		if (!pst_has_map(writer->index, section))
			continue;
		header->amap_free += (uint64_t)pst_bits_clear(bits, f->map_bytes) * f->unit;
		status = write_map(writer, pst_amap_at(f, section), PST_AMAP, bits);
		if (!status)
			status = write_map(writer, pst_map_at(f, section, PST_PMAP), PST_PMAP, NULL);
		if (!status)
			status = write_map(writer, pst_map_at(f, section, PST_FMAP), PST_FMAP, NULL);
		if (!status)
			status = write_map(writer, fpmap, PST_FPMAP, NULL);
		if (!status && fpmap)
			status = write_map(writer, fpmap + f->page, PST_FPMAP, NULL);
	}
	if (status)
		return status;
	memset(header->fmap, f->pmap_every ? 0xFF : 0, sizeof header->fmap);
	memset(header->fpmap, f->pmap_every ? 0xFF : 0, sizeof header->fpmap);
	pst_page_seal(f, list, f->density_list, PST_DLIST, header->next_page);
	return writer->io->write(writer->io, list, f->page, f->density_list, writer->err);
}

/* ---- the whole --------------------------------------------------------------------------- */

static void keep_pages(struct writer *writer, const struct pst_tree *tree)
{
	for (size_t i = 0; i < tree->pages.n; i++)
		pst_add(&writer->space.used,
		        ((struct pst_extent){.at = tree->pages.at[i].at, .size = writer->format->page,
		                             .page = true}));
}

static pstfix_status write_trees(struct writer *writer, struct pst_room *room, struct pst_writing what)
{
	pstfix_status status = PSTFIX_OK;

	if (what.bbt)
		status = write_tree(writer, room, PST_BBT, writer->index->blocks.n, &writer->header.bbt);
	if (what.nbt && !status)
		status = write_tree(writer, room, PST_NBT, writer->index->nodes.n, &writer->header.nbt);
	return status;
}

pstfix_status pst_write_store(struct pst_io *out, const struct pst_index *index,
                              const struct pst_header *header, struct pst_writing what,
                              pstfix_error *err)
{
	struct writer writer = {.io = out, .format = index->format, .index = index, .header = *header,
	                        .err = err};
	struct pst_room room;
	pstfix_status status = pst_room_init(&room, index, header->end, err);

	if (status)
		return status;
	writer.space.format = index->format;
	for (size_t i = 0; i < room.taken.used.n; i++)
		if (!room.taken.used.at[i].page)
			pst_add(&writer.space.used, room.taken.used.at[i]);
	if (!what.nbt)
		keep_pages(&writer, &index->nbt);
	if (!what.bbt)
		keep_pages(&writer, &index->bbt);
	status = write_trees(&writer, &room, what);
	writer.space.end = room.taken.end;
	if (!status && writer.space.used.failed)
		status = pst_fail_memory(err);
	writer.header.end = writer.space.end;
	writer.header.amap_last =
		pst_amap_at(index->format, pst_sections(index->format, writer.space.end) - 1);
	if (!status && what.maps)
		status = write_maps(&writer);
	if (!status && out->size != writer.space.end)
		status = out->resize(out, writer.space.end, err);
	if (!status) {
		pst_header_encode(&writer.header);
		status = out->write(out, writer.header.raw, index->format->header.size, 0, err);
	}
	pst_room_deinit(&room);
	pst_space_deinit(&writer.space);
	return status;
}
