/* One structure, decoded: what dump.c takes apart by name, and what it all is shown with. */
#ifndef PST_DUMP_H
#define PST_DUMP_H

#include "store/store.h"

struct dump {
	pstfix_file *file;
	const struct pst_format *format;
	pstfix_field field;
	void *user;
	pstfix_error *err;
};

/* A field, where it lies, and its value as text. */
void pst_show(const struct dump *dump, const char *name, uint64_t offset, uint64_t size,
              const char *format, ...) __attribute__((format(printf, 5, 6)));
void pst_show_number(const struct dump *dump, const char *name, uint64_t offset, uint64_t size, uint64_t value);
/* Fields that follow are parts of this. */
void pst_show_group(const struct dump *dump, const char *name, uint64_t offset, uint64_t size);

pstfix_status pst_dump_read(const struct dump *dump, void *out, size_t size, uint64_t at);

pstfix_status pst_dump_header(const struct dump *dump);
pstfix_status pst_dump_page(const struct dump *dump, uint64_t at);
pstfix_status pst_dump_block(const struct dump *dump, const struct pst_index *index, const struct pst_block *block);
/* The block that begins at a place, by its own trailer: no index need name it. */
pstfix_status pst_dump_block_at(const struct dump *dump, uint64_t at);
pstfix_status pst_dump_node(const struct dump *dump, const struct pst_index *index, const char *path);
/* A node by its id, or, behind slashes, its subnode, that one's subnode and so on; and what it has as subnodes, to be closed in
 * any case. */
pstfix_status pst_dump_find(struct pst_list_entry *out, struct pst_subnodes *subnodes, struct pst_reader *reader,
                            const char *path, pstfix_error *err);

/* Whether heaps and what is on them are asked for, as in heap:NID/SUBNODE. */
bool pst_dump_is_ltp(const char *what);
pstfix_status pst_dump_ltp(const struct dump *dump, const struct pst_index *index, const char *what);

#endif
