/* One structure, decoded: what it is, where each field lies, what it says. */
#include "dump/dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void pst_show(const struct dump *dump, const char *name, uint64_t offset, uint64_t size,
              const char *format, ...)
{
	char value[320];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof value, format, args);
	va_end(args);
	dump->field(dump->user, name, offset, size, value);
}

void pst_show_number(const struct dump *dump, const char *name, uint64_t offset, uint64_t size, uint64_t value)
{
	pst_show(dump, name, offset, size, "0x%llX", (unsigned long long)value);
}

void pst_show_group(const struct dump *dump, const char *name, uint64_t offset, uint64_t size)
{
	dump->field(dump->user, name, offset, size, NULL);
}

pstfix_status pst_dump_read(const struct dump *dump, void *out, size_t size, uint64_t at)
{
	struct pst_io *io = dump->file->io;

	if (at > io->size || io->size - at < size)
		return pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, at,
		                "%zu bytes expected here, but the file has only %llu", size,
		                (unsigned long long)io->size);
	return io->read(io, out, size, at, dump->err);
}

/* The number behind `word` and one of ':' and '@'. */
static bool parse(const char *what, const char *word, char mark, uint64_t *out)
{
	size_t n = strlen(word);
	char *end;

	if (strncmp(what, word, n) || what[n] != mark || !what[n + 1])
		return false;
	*out = strtoull(what + n + 1, &end, 0);
	return !*end;
}

static bool is_node(const char *what)
{
	return !strncmp(what, "node:", strlen("node:")) && what[strlen("node:")];
}

static pstfix_status dump_indexed(const struct dump *dump, const char *what)
{
	pstfix_file *file = dump->file;
	struct pst_inventory inventory;
	struct pst_index index;
	const struct pst_block *block;
	uint64_t number = 0;
	pstfix_status status = pst_inventory_follow(&inventory, file->io, &file->header, file->format,
	                                            dump->err);

	if (status)
		return status;
	status = pst_index_load(&index, file->io, &inventory, &file->header, dump->err);
	if (!status) {
		if (pst_dump_is_ltp(what)) {
			status = pst_dump_ltp(dump, &index, what);
		} else if (is_node(what)) {
			status = pst_dump_node(dump, &index, what + strlen("node:"));
		} else {
			parse(what, "block", ':', &number);
			block = pst_index_block(&index, number);
			status = block ? pst_dump_block(dump, &index, block)
			               : pst_fail(dump->err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE,
			                          "the block index names no block 0x%llX",
			                          (unsigned long long)number);
		}
		pst_index_deinit(&index);
	}
	pst_inventory_deinit(&inventory);
	return status;
}

pstfix_status pstfix_dump(pstfix_file *file, const char *what, pstfix_field field, void *user,
                          pstfix_error *err)
{
	struct dump dump = {file, file->format, field, user, err};
	uint64_t number;

	if (!strcmp(what, "header"))
		return pst_dump_header(&dump);
	if (parse(what, "page", ':', &number))
		return pst_dump_page(&dump, number);
	if (parse(what, "block", '@', &number))
		return pst_dump_block_at(&dump, number);
	if (parse(what, "block", ':', &number) || is_node(what) || pst_dump_is_ltp(what))
		return dump_indexed(&dump, what);
	return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE,
	                "unknown structure: expected header, page:OFFSET, block:ID, block@OFFSET, node:NID, "
	                "heap:NID, bth:NID, pc:NID, tc:NID, message:NID or queue:NID");
}