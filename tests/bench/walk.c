/* pst-walk: what a reader takes that checks nothing, to compare a check with.
 *
 *     pst-walk FILE
 *
 * libpst goes over all items and decodes their properties, and reads every attachment to its end. Prints how
 * many items and bytes of attachments there were. */
#include <libpst/libpst.h>

#include <stdio.h>
#include <stdlib.h>

static size_t read_attachments(pst_file *file, const pst_item *item)
{
	size_t size = 0;

	for (pst_item_attach *attachment = item->attach; attachment; attachment = attachment->next) {
		pst_binary bytes = pst_attach_to_mem(file, attachment);

		size += bytes.size;
		free(bytes.data);
	}
	return size;
}

int main(int argc, char **argv)
{
	pst_file file;
	size_t items = 0, size = 0;

	if (argc != 2 || pst_open(&file, argv[1], NULL) || pst_load_index(&file)) {
		fprintf(stderr, "pst-walk: libpst does not open it\n");
		return 1;
	}
	pst_load_extended_attributes(&file);
	for (pst_desc_tree *at = file.d_head; at; at = pst_getNextDptr(at)) {
		pst_item *item = at->desc ? pst_parse_item(&file, at, NULL) : NULL;

		if (!item)
			continue;
		items++;
		size += read_attachments(&file, item);
		pst_freeItem(item);
	}
	pst_close(&file);
	printf("%zu items, %zu bytes of attachments\n", items, size);
	return 0;
}
