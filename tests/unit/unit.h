/* What the unit tests share: a store in memory, made by the library's own writer. */
#ifndef UNIT_H
#define UNIT_H

#include "check/report.h"
#include "write/write.h"

#include <check.h>
#include <stdlib.h>

struct memory {
	struct pst_io io;
	uint8_t *bytes;
	size_t room;
};

/* An empty buffer to write to. */
struct memory *memory_new(void);

/* A sound store: `n` nodes with a block each, the first of them with a list of two blocks. */
struct memory *store_new(const struct pst_format *f, uint32_t n);

/* The caller's read-at for a struct memory. */
int memory_read_at(void *user, void *buffer, size_t size, uint64_t offset);

pstfix_report *check_memory(struct memory *memory, unsigned threads);
/* How often a problem was found. */
unsigned count_of(const pstfix_report *report, pstfix_problem problem);

Suite *core_suite(void);
Suite *disk_suite(void);
Suite *scan_suite(void);
Suite *heap_suite(void);
Suite *bth_suite(void);
Suite *pc_suite(void);
Suite *tc_suite(void);
Suite *value_suite(void);
Suite *written_suite(void);
Suite *context_suite(void);
Suite *minimum_suite(void);
Suite *api_suite(void);

#endif
