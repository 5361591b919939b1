/* Laying out afresh: see pack.h. */
#include "write/pack.h"
#include "write/write.h"

#include <stdlib.h>

static const struct pst_writing all = {.nbt = true, .bbt = true, .maps = true};

/* ---- the same format ------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
	const struct pst_block *const *x = a, *const *y = b;

	return PST_ORDER((*x)->at, (*y)->at);
}

/* As it is stored, but signed for where it goes. */
static pstfix_status move_block(struct pst_block *block, uint8_t *bytes, struct pst_io *from, struct pst_room *room,
                                struct pst_io *out, pstfix_error *err)
{
	const struct pst_format *f = room->index->format;
	const uint32_t extent = pst_block_extent(f, block->size);
	const uint64_t there = PST_MIN(block->at, from->size);
	uint8_t *tail = bytes + extent - f->block_tail;
	struct pst_block_tail fields;

	memset(bytes, 0, extent);
	pst_io_read_around(from, bytes, (size_t)PST_MIN(extent, from->size - there), there, NULL, NULL);
	pst_block_tail_decode(&fields, f, tail);
	if (fields.signature == pst_signature(block->at, fields.id)) {
		block->at = pst_room_take(room, extent, f->unit);
		fields.signature = pst_signature(block->at, fields.id);
		pst_block_tail_encode(&fields, f, tail);
	} else {
		block->at = pst_room_take(room, extent, f->unit);
	}
	return out->write(out, bytes, extent, block->at, err);
}

/* All blocks, in the order in which they lay. */
static pstfix_status move_blocks(struct pst_index *index, struct pst_io *from, struct pst_room *room, struct pst_io *out,
                                 const pstfix_options *options, pstfix_error *err)
{
	const size_t n = index->blocks.n;
	struct pst_block **order = malloc((n + 1) * sizeof *order);
	uint8_t *bytes = malloc(PST_BLOCK_MAX);
	pstfix_status status = PSTFIX_OK;

	if (!order || !bytes) {
		free(order);
		free(bytes);
		return pst_fail_memory(err);
	}
	for (size_t i = 0; i < n; i++)
		order[i] = &index->blocks.at[i];
	pst_sort(order, n, sizeof *order, by_place);
	for (size_t i = 0; i < n && !status; i++)
		status = options->progress && i % 256 == 0 && !options->progress(options->user, "writing", i, n)
		                 ? pst_fail(err, PSTFIX_ERROR_CANCELLED, 0, PSTFIX_NOWHERE, "cancelled")
		                 : move_block(order[i], bytes, from, room, out, err);
	free(order);
	free(bytes);
	return status;
}

static pstfix_status pack_blocks(struct pst_io *out, const struct pst_index *index, struct pst_index *bare,
                                 struct pst_header *header, const pstfix_options *options, pstfix_error *err)
{
	struct pst_room room;
	pstfix_status status = pst_room_init(&room, bare, header->end, err);

	for (size_t i = 0; i < index->blocks.n && !status; i++)
		pst_add(&bare->blocks, index->blocks.at[i]);
	if (!status && bare->blocks.failed)
		status = pst_fail_memory(err);
	if (!status)
		status = move_blocks(bare, index->io, &room, out, options, err);
	header->end = room.taken.end;
	if (!status)
		status = pst_write_store(out, bare, header, all, err);
	pst_room_deinit(&room);
	pst_array_deinit(&bare->blocks);
	return status;
}

/* ---- another format -------------------------------------------------------------------------- */

/* What is the store's, and not the format's, goes on. */
static void change_format(struct pst_header *header, const struct pst_format *f)
{
	const struct pst_header old = *header;

	*header = (struct pst_header){.format = f, .raw = {[14] = 1, [15] = 1}, /* bPlatformCreate, bPlatformAccess */
	                              .client = f->client, .version = f->version, .version_client = f->version_client,
	                              .sentinel = PST_SENTINEL, .unique = old.unique, .encoding = old.encoding,
	                              .next_block = 4, .next_page = 1, .end = old.end};
	memcpy(header->rgnid, old.rgnid, sizeof header->rgnid);
}

static pstfix_status pack_contents(struct pst_io *out, const struct pst_index *index, const struct pst_index *bare,
                                   const struct pst_header *header, const pstfix_options *options, pstfix_error *err)
{
	struct pst_edit edit;
	pstfix_status status = pst_edit_init(&edit, bare, out, header, err);

	if (status)
		return status;
	status = pst_convert(&edit, index, options, err);
	if (!status)
		status = pst_edit_finish(&edit, err);
	if (!status)
		status = pst_write_store(out, &edit.index, &edit.header, all, err);
	pst_edit_deinit(&edit);
	return status;
}

/* ---- both -------------------------------------------------------------------------------------- */

pstfix_status pst_pack(struct pst_io *out, const struct pst_index *index, const struct pst_header *header,
                       const struct pst_format *f, const pstfix_options *options, pstfix_error *err)
{
	struct pst_index bare = {.format = f, .io = out, .encoding = index->encoding, .nodes = index->nodes};
	struct pst_header new = *header;

	new.end = f->first_map;
	if (f == index->format)
		return pack_blocks(out, index, &bare, &new, options, err);
	change_format(&new, f);
	return pack_contents(out, index, &bare, &new, options, err);
}
