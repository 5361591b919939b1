/* Any bytes through the reading interface: every item, every property, every byte of a value.
 *
 * Laws: nothing crashes; counts and places agree; what is read is as long as it is said to be. A bound on what is
 * read keeps forged stores, in which many items share a block, from taking all day. */
#include <pstfix/store.h>

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, READ_MAX = 64 << 20, ITEMS_MAX = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t size;
};

struct walk {
	uint64_t read, items;
};

static int read_at(void *user, void *buffer, size_t size, uint64_t offset)
{
	const struct bytes *bytes = user;

	memcpy(buffer, bytes->at + offset, size);
	return 0;
}

static void read_value(struct walk *walk, pstfix_item *item, size_t index)
{
	pstfix_property property = pstfix_item_property_at(item, index);
	uint8_t piece[4096];
	uint64_t offset = 0;
	size_t got;

	do {
		if (pstfix_item_read(item, index, piece, sizeof piece, offset, &got, NULL))
			return;
		offset += got;
		walk->read += got;
	} while (got && walk->read < READ_MAX);
	if (walk->read < READ_MAX && property.present && offset != property.size)
		abort();
}

static void walk_item(struct walk *walk, pstfix_item *item, unsigned depth)
{
	char text[64];
	int64_t number;

	walk->items++;
	for (size_t i = 0; i < pstfix_item_property_count(item); i++) {
		uint16_t id = pstfix_item_property_at(item, i).id;

		read_value(walk, item, i);
		if (pstfix_item_find(item, id) > i)
			abort();
		pstfix_item_text(item, id, text, sizeof text);
		pstfix_item_number(item, id, &number);
	}
	for (int kind = PSTFIX_STORE; kind <= PSTFIX_OTHER && depth < DEPTH_MAX; kind++)
		for (size_t i = 0; i < pstfix_item_count(item, (pstfix_kind)kind) && walk->items < ITEMS_MAX; i++) {
			pstfix_item *child;

			if (pstfix_item_child(&child, item, (pstfix_kind)kind, i, NULL))
				abort();
			if (pstfix_item_kind(child) != (pstfix_kind)kind)
				abort();
			walk_item(walk, child, depth + 1);
			pstfix_item_free(child);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = {data, size};
	struct walk walk = {0};
	pstfix_file *file = NULL;
	pstfix_store *store = NULL;
	pstfix_item *item = NULL;

	if (pstfix_open_input(&file, read_at, &bytes, size, NULL, NULL))
		return 0;
	if (pstfix_store_open(&store, file, NULL))
		abort();
	pstfix_file_free(file);
	if (pstfix_store_item(&item, store, NULL))
		abort();
	for (size_t i = 0; i < pstfix_store_name_count(store); i++)
		if (pstfix_store_name_find(store, pstfix_store_name_at(store, i).id) > i)
			abort();
	pstfix_store_free(store);
	walk_item(&walk, item, 0);
	pstfix_item_free(item);
	return 0;
}
