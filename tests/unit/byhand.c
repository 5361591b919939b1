#include "byhand.h"

#include <stdio.h>

void store_open(struct store *store, const struct pst_format *f)
{
	*store = (struct store){.memory = memory_new(), .at = f->first_map + pst_map_bytes(f, 0), .id = 4};
	store->index.format = f;
	store->index.io = &store->memory->io;
	ck_assert_int_eq(pst_reader_init(&store->reader, &store->index, NULL), PSTFIX_OK);
}

void store_close(struct store *store)
{
	pst_reader_deinit(&store->reader);
	pst_array_deinit(&store->index.blocks);
	pst_io_close(&store->memory->io);
}

static uint64_t put_any(struct store *store, const void *data, size_t size, uint64_t internal)
{
	const struct pst_format *f = store->index.format;
	struct pst_io *io = store->index.io;
	uint64_t id = store->id | internal;

	while (pst_on_maps(f, store->at, pst_block_extent(f, (uint32_t)size)))
		store->at += f->unit;
	ck_assert_int_eq(io->resize(io, PST_MAX(io->size, store->at + pst_block_extent(f, (uint32_t)size)), NULL), 0);
	ck_assert_int_eq(io->write(io, data, size, store->at, NULL), PSTFIX_OK);
	pst_add(&store->index.blocks, ((struct pst_block){.id = id, .at = store->at, .size = (uint16_t)size,
	                                                  .inflated = (uint16_t)size, .sure = PST_PROVEN}));
	store->at += pst_block_extent(f, (uint32_t)size);
	store->id += 4;
	return id;
}

uint64_t put_block(struct store *store, const void *data, size_t size)
{
	return put_any(store, data, size, 0);
}

uint64_t put_internal(struct store *store, const void *data, size_t size)
{
	return put_any(store, data, size, PST_INTERNAL);
}

uint64_t put_list(struct store *store, const uint64_t *ids, size_t n, uint8_t level)
{
	const uint8_t word = store->index.format->word;
	uint8_t list[PST_BLOCK_MAX] = {1, level};

	pst_put(list + 2, n, 2);
	for (size_t i = 0; i < n; i++)
		pst_put(list + 8 + i * word, ids[i], word);
	return put_any(store, list, 8 + n * word, PST_INTERNAL);
}

uint64_t put_subnodes(struct store *store, const struct pst_list_entry *entries, size_t n)
{
	const struct pst_format *f = store->index.format;
	uint8_t list[4096] = {2, 0};

	pst_put(list + 2, n, 2);
	for (size_t i = 0; i < n; i++) {
		uint8_t *p = list + f->list_head + 3 * i * f->word;

		pst_put(p, entries[i].nid, f->word);
		pst_put(p + f->word, entries[i].data, f->word);
		pst_put(p + 2 * f->word, entries[i].sub, f->word);
	}
	return put_any(store, list, f->list_head + 3 * n * f->word, PST_INTERNAL);
}

static pstfix_status put(struct pst_sink *sink, uint64_t *bid, const void *data, size_t size, bool internal,
                         pstfix_error *err)
{
	struct target *target = (struct target *)sink;

	ck_assert(size && size <= pst_block_data(sink->format));
	if (!target->left--)
		return pst_fail(err, PSTFIX_ERROR_IO, 0, PSTFIX_NOWHERE, "no more");
	target->blocks++;
	*bid = internal ? put_internal(&target->store, data, size) : put_block(&target->store, data, size);
	return PSTFIX_OK;
}

void target_open(struct target *target, const struct pst_format *f)
{
	*target = (struct target){.sink = {f, 0x400, put}, .left = SIZE_MAX};
	store_open(&target->store, f);
}

void heap_begin(struct maker *maker, const struct pst_format *f, uint32_t block, uint8_t client)
{
	memset(maker, 0, sizeof *maker);
	maker->f = f;
	maker->block = block;
	maker->size = !block ? 12 : block % 128 == 8 ? 66 : 2;
	maker->bounds[0] = (uint16_t)maker->size;
	if (!block) {
		maker->data[2] = 0xEC;
		maker->data[3] = client;
	}
}

uint32_t heap_add(struct maker *maker, const void *data, size_t size)
{
	if (size)
		memcpy(maker->data + maker->size, data, size);
	maker->size += (uint32_t)size;
	maker->bounds[++maker->n] = (uint16_t)maker->size;
	return pst_hid(maker->f, maker->block, maker->n);
}

void heap_end(struct maker *maker, uint32_t root)
{
	uint32_t map = (maker->size + 1) & ~1u, empty = 0;

	for (uint32_t i = 0; i < maker->n; i++)
		empty += maker->bounds[i] == maker->bounds[i + 1];
	pst_put(maker->data, map, 2);
	if (!maker->block) {
		pst_put(maker->data + 4, root, 4);
		maker->data[8] |= pst_heap_fill_right(maker->f, map + 6 + 2 * maker->n);
	}
	pst_put(maker->data + map, maker->n, 2);
	pst_put(maker->data + map + 2, empty, 2);
	for (uint32_t i = 0; i <= maker->n; i++)
		pst_put(maker->data + map + 4 + 2 * i, maker->bounds[i], 2);
	maker->size = map + 6 + 2 * maker->n;
}

uint64_t heap_put(struct maker *maker, struct store *store, uint32_t root)
{
	heap_end(maker, root);
	return put_block(store, maker->data, maker->size);
}

uint32_t heap_add_bth(struct maker *maker, uint8_t key, uint8_t data, uint8_t levels, uint32_t root)
{
	uint8_t header[8] = {0xB5, key, data, levels};

	pst_put(header + 4, root, 4);
	return heap_add(maker, header, sizeof header);
}

void set_root(struct maker *maker, uint32_t bth, uint32_t root)
{
	pst_put(maker->data + maker->bounds[pst_hid_item(maker->f, bth) - 1] + 4, root, 4);
}

static size_t from_hex(uint8_t *out, const char *text)
{
	size_t n = 0;
	unsigned byte;

	for (; *text; text++)
		if (*text != ' ' && sscanf(text++, "%2x", &byte) == 1)
			out[n++] = (uint8_t)byte;
	return n;
}

uint64_t put_hex(struct store *store, const char *text)
{
	uint8_t bytes[400];

	return put_block(store, bytes, from_hex(bytes, text));
}

void check_heap_maps(const struct pst_heap *heap)
{
	const uint32_t full = pst_block_data(heap->stream.reader->index->format), blocks = (uint32_t)heap->stream.parts.n;
	struct pst_heap_block facts;

	ck_assert(heap->headed && heap->signature == PST_HEAP_SIGNATURE);
	for (uint32_t i = 0; i < blocks; i++) {
		pst_heap_block_facts(&facts, heap, i);
		ck_assert(facts.readable && facts.mapped && facts.ascending && facts.blank);
		ck_assert(!facts.lead && facts.gap <= 1 && facts.map % 2 == 0);
		ck_assert_uint_eq(facts.freed, facts.empty);
		ck_assert_uint_eq(facts.fill, facts.fill_right);
		ck_assert_uint_eq(facts.size, i + 1 < blocks ? full : facts.end);
	}
	for (uint32_t i = blocks; i < PST_MAX(blocks + 8, 16u); i++)
		ck_assert(pst_heap_fill(heap, i) == 0 || pst_heap_fill(heap, i) == UINT8_MAX);
}
