/* Runs the suites; a store in memory: see unit.h. */
#include "unit.h"

#include <errno.h>

static pstfix_status memory_read(struct pst_io *io, void *out, size_t size, uint64_t offset,
                                 pstfix_error *err)
{
	if (offset > io->size || size > io->size - offset)
		return pst_fail(err, PSTFIX_ERROR_IO, EIO, offset, "read behind the end");
	memcpy(out, ((struct memory *)io)->bytes + offset, size);
	return PSTFIX_OK;
}

static pstfix_status memory_resize(struct pst_io *io, uint64_t size, pstfix_error *err)
{
	struct memory *memory = (struct memory *)io;

	(void)err;
	if (size > memory->room) {
		size_t room = size + memory->room / 2;

		memory->bytes = realloc(memory->bytes, room);
		ck_assert_ptr_nonnull(memory->bytes);
		memset(memory->bytes + memory->room, 0, room - memory->room);
		memory->room = room;
	}
	io->size = size;
	return PSTFIX_OK;
}

static pstfix_status memory_write(struct pst_io *io, const void *data, size_t size, uint64_t offset,
                                  pstfix_error *err)
{
	if (offset + size > io->size)
		memory_resize(io, offset + size, err);
	memcpy(((struct memory *)io)->bytes + offset, data, size);
	return PSTFIX_OK;
}

static pstfix_status memory_flush(struct pst_io *io, pstfix_error *err)
{
	(void)io, (void)err;
	return PSTFIX_OK;
}

static void memory_close(struct pst_io *io)
{
	free(((struct memory *)io)->bytes);
	free(io);
}

struct memory *memory_new(void)
{
	struct memory *memory = calloc(1, sizeof *memory);

	ck_assert_ptr_nonnull(memory);
	memory->io = (struct pst_io){.read = memory_read, .write = memory_write,
	                             .resize = memory_resize, .flush = memory_flush,
	                             .close = memory_close};
	return memory;
}

int memory_read_at(void *user, void *buffer, size_t size, uint64_t offset)
{
	return memory_read(user, buffer, size, offset, NULL) ? EIO : 0;
}

/* ---- a store -------------------------------------------------------------------- */

static void add_block(struct memory *memory, struct pst_index *index, uint64_t *at, uint64_t id,
                      const uint8_t *data, uint16_t size, uint32_t refs)
{
	const struct pst_format *f = index->format;
	uint32_t extent = pst_block_extent(f, size);
	struct pst_block_tail tail = {.id = id, .size = size, .inflated = size,
	                              .crc = pst_crc(data, size),
	                              .extra = f->block_extra ? PST_BLOCK_EXTRA : 0};
	uint64_t section = pst_sections(f, *at), next = pst_amap_at(f, section);

	if (*at + extent > next) /* not across a section's maps */
		*at = next + pst_map_bytes(f, section);
	tail.signature = pst_signature(*at, id);
	memory_resize(&memory->io, PST_MAX(memory->io.size, *at + extent), NULL);
	memcpy(memory->bytes + *at, data, size);
	pst_block_tail_encode(&tail, f, memory->bytes + *at + extent - f->block_tail);
	pst_add(&index->blocks, ((struct pst_block){.id = id, .at = *at, .size = size,
	                                            .inflated = size, .refs = refs}));
	*at += extent;
}

struct memory *store_new(const struct pst_format *f, uint32_t n)
{
	struct memory *memory = memory_new();
	struct pst_index index = {.format = f, .io = &memory->io};
	struct pst_header header = {.format = f, .client = f->client, .version = f->version,
	                            .version_client = f->version_client,
	                            .sentinel = PST_SENTINEL, .next_page = 1, .unique = 1};
	uint64_t at = f->first_map + pst_map_bytes(f, 0), id = 4;
	uint8_t *data = calloc(1, PST_BLOCK_MAX), list[24] = {1, 1, 2, 0};
	uint16_t full = (uint16_t)pst_block_data(f);
	uint64_t parts[2];

	ck_assert_ptr_nonnull(data);
	for (uint32_t i = 0; i < 2; i++, id += 4) {
		memset(data, 'a' + (int)i, full);
		parts[i] = id;
		add_block(memory, &index, &at, id, data, i ? 100 : full, 1);
		pst_put(list + 8 + i * f->word, id, f->word);
	}
	pst_put(list + 4, full + 100u, 4);
	add_block(memory, &index, &at, id | PST_INTERNAL, list, (uint16_t)(8 + 2 * f->word), 1);
	pst_add(&index.nodes, ((struct pst_node){.nid = 0x21, .data = id | PST_INTERNAL}));
	id += 4;
	for (uint32_t i = 1; i < n; i++, id += 4) {
		pst_put(data, i, 4);
		add_block(memory, &index, &at, id, data, (uint16_t)(20 + i % 40), 1);
		pst_add(&index.nodes, ((struct pst_node){.nid = (0x10000 + i) << 5 | 4, .data = id}));
	}
	ck_assert(parts[0] < parts[1]);
	header.next_block = id;
	for (unsigned type = 0; type < PST_NID_TYPES; type++)
		header.rgnid[type] = pst_rgnid_first(type);
	header.rgnid[4] = 0x10000 + n;
	header.end = pst_section_end(f, at);
	ck_assert_int_eq(pst_write_store(&memory->io, &index, &header,
	                                 (struct pst_writing){true, true, true}, NULL), PSTFIX_OK);
	pst_index_deinit(&index);
	free(data);
	return memory;
}

pstfix_report *check_memory(struct memory *memory, unsigned threads)
{
	pstfix_options options = {.threads = threads, .level = PSTFIX_LEVEL_NDB}; /* its blocks hold nothing */
	pstfix_file *file;
	pstfix_report *report;
	pstfix_error err = {0};

	ck_assert_int_eq(pstfix_open_input(&file, memory_read_at, memory, memory->io.size, &options, &err),
	                 PSTFIX_OK);
	ck_assert_msg(pstfix_check(&report, file, &err) == PSTFIX_OK, "%s", err.message);
	pstfix_file_free(file);
	return report;
}

unsigned count_of(const pstfix_report *report, pstfix_problem problem)
{
	unsigned n = 0;

	for (size_t i = 0; i < pstfix_report_count(report); i++)
		n += pstfix_report_at(report, i)->problem == problem;
	return n;
}

int main(void)
{
	SRunner *runner = srunner_create(core_suite());
	int failed;

	srunner_add_suite(runner, disk_suite());
	srunner_add_suite(runner, scan_suite());
	srunner_add_suite(runner, heap_suite());
	srunner_add_suite(runner, bth_suite());
	srunner_add_suite(runner, pc_suite());
	srunner_add_suite(runner, tc_suite());
	srunner_add_suite(runner, value_suite());
	srunner_add_suite(runner, written_suite());
	srunner_add_suite(runner, context_suite());
	srunner_add_suite(runner, minimum_suite());
	srunner_add_suite(runner, api_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
