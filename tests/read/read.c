/* pst-read FILE: everything that the reading interface gives, for a test to compare.
 *
 * A line for each named property, "name ID PRESENT GUID NUMBER" or "name ID PRESENT GUID =TEXT".
 * A line for each item, "item KIND NID PARENT WHOLE PATH", children behind it and "end" behind these; for each
 * property "property TAG PRESENT SIZE", a line end, its bytes and a line end, and its extents; blocks of the item:
 * "extent AT SIZE OFFSET STORED BLOCK BLOCK_AT NID HID PACKED", "block" and the same. */
#include <pstfix/store.h>

#include <stdio.h>
#include <stdlib.h>

static _Noreturn void die(const pstfix_error *err)
{
	fprintf(stderr, "pst-read: %s\n", err->message);
	exit(1);
}

static void print_extent(const char *word, pstfix_extent extent)
{
	printf("%s %ju %ju %ju %ju %jX %u %X %X %d\n", word, (uintmax_t)extent.at, (uintmax_t)extent.size,
	       (uintmax_t)extent.offset, (uintmax_t)extent.stored, (uintmax_t)extent.block, (unsigned)extent.block_at,
	       (unsigned)extent.nid, (unsigned)extent.hid, extent.packed);
}

static void print_value(pstfix_item *item, size_t index)
{
	pstfix_property property = pstfix_item_property_at(item, index);
	char piece[5000];
	uint64_t offset = 0;
	pstfix_error err;
	size_t got, n;

	printf("property %08X %d %ju\n", (unsigned)property.id << 16 | property.type, property.present,
	       (uintmax_t)property.size);
	do {
		if (pstfix_item_read(item, index, piece, sizeof piece, offset, &got, &err))
			die(&err);
		fwrite(piece, 1, got, stdout);
		offset += got;
	} while (got);
	putchar('\n');
	if (pstfix_item_extent_count(&n, item, index, &err))
		die(&err);
	for (size_t i = 0; i < n; i++)
		print_extent("extent", pstfix_item_extent_at(item, index, i));
}

static void print_item(pstfix_item *item)
{
	pstfix_item *child;
	pstfix_error err;
	char path[1000];
	size_t n;

	pstfix_item_path(item, path, sizeof path);
	printf("item %d %X %X %d %s\n", (int)pstfix_item_kind(item), (unsigned)pstfix_item_nid(item),
	       (unsigned)pstfix_item_parent(item), pstfix_item_whole(item), path);
	if (pstfix_item_block_count(&n, item, &err))
		die(&err);
	for (size_t i = 0; i < n; i++)
		print_extent("block", pstfix_item_block_at(item, i));
	for (size_t i = 0; i < pstfix_item_property_count(item); i++)
		print_value(item, i);
	for (int kind = PSTFIX_FOLDER; kind <= PSTFIX_ATTACHMENT; kind++)
		for (size_t i = 0; i < pstfix_item_count(item, (pstfix_kind)kind); i++) {
			if (pstfix_item_child(&child, item, (pstfix_kind)kind, i, &err))
				die(&err);
			print_item(child);
			pstfix_item_free(child);
		}
	puts("end");
}

static void print_names(pstfix_store *store)
{
	for (size_t i = 0; i < pstfix_store_name_count(store); i++) {
		pstfix_name name = pstfix_store_name_at(store, i);

		if (pstfix_store_name_find(store, name.id) > i)
			exit(1);
		printf("name %04X %d ", name.id, name.present);
		for (size_t k = 0; k < sizeof name.guid; k++)
			printf("%02x", name.guid[k]);
		if (name.is_text)
			printf(" =%s\n", name.text);
		else
			printf(" %u\n", (unsigned)name.number);
	}
}

int main(int argc, char **argv)
{
	pstfix_file *file;
	pstfix_store *store;
	pstfix_item *item;
	pstfix_error err;

	if (argc != 2) {
		fputs("usage: pst-read FILE\n", stderr);
		return 1;
	}
	if (pstfix_open(&file, argv[1], NULL, &err) || pstfix_store_open(&store, file, &err) ||
	    pstfix_store_item(&item, store, &err))
		die(&err);
	print_names(store);
	pstfix_file_free(file);
	pstfix_store_free(store);
	print_item(item);
	pstfix_item_free(item);
	return 0;
}
