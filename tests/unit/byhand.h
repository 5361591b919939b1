/* Heaps, trees and lists written by hand into blocks in memory, and an index that names these; a sink for the
 * library's own writers. */
#ifndef BYHAND_H
#define BYHAND_H

#include "unit.h"
#include "write/context.h"

struct store {
	struct memory *memory;
	struct pst_index index;
	struct pst_reader reader;
	uint64_t at, id;
};

void store_open(struct store *store, const struct pst_format *f);
void store_close(struct store *store);

/* Each returns the id of the new block. */
uint64_t put_block(struct store *store, const void *data, size_t size);
uint64_t put_internal(struct store *store, const void *data, size_t size);
/* Its bytes as digits, two for each, with any spaces. */
uint64_t put_hex(struct store *store, const char *text);
uint64_t put_list(struct store *store, const uint64_t *ids, size_t n, uint8_t level);
uint64_t put_subnodes(struct store *store, const struct pst_list_entry *entries, size_t n);

/* A sink that puts blocks into a store in memory. */
struct target {
	struct pst_sink sink;
	struct store store;
	size_t blocks, left; /* put; to be put until it fails */
};

void target_open(struct target *target, const struct pst_format *f);

struct maker {
	const struct pst_format *f;
	uint8_t data[PST_BLOCK_MAX];
	uint32_t size, n, block;
	uint16_t bounds[2048];
};

void heap_begin(struct maker *maker, const struct pst_format *f, uint32_t block, uint8_t client);
/* Returns the HID. */
uint32_t heap_add(struct maker *maker, const void *data, size_t size);
/* The header of a tree. */
uint32_t heap_add_bth(struct maker *maker, uint8_t key, uint8_t data, uint8_t levels, uint32_t root);
void set_root(struct maker *maker, uint32_t bth, uint32_t root);
/* Writes the map, after which `data` and `size` are those of the block. */
void heap_end(struct maker *maker, uint32_t root);
uint64_t heap_put(struct maker *maker, struct store *store, uint32_t root);
/* Whether the maps of a heap that the library has written, and all that follows from them, are right. */
void check_heap_maps(const struct pst_heap *heap);

#endif
