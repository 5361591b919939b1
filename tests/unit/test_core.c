/* Arrays, checksum, inflation, failures, gathered calls. */
#include "unit.h"
#include "bytes/gather.h"

#include <zlib.h>

START_TEST(checksum_vectors)
{
	static const struct {
		const char *bytes;
		uint32_t crc;
	} vectors[] = {{"", 0}, {"a", 0x3AB551CE}, {"abc", 0xCA6598D0}, {"123456789", 0x2DFD2D88},
	               {"test", 0xF93BA110}};
	uint8_t all[256];

	for (size_t i = 0; i < PST_COUNT(vectors); i++)
		ck_assert_uint_eq(pst_crc((const uint8_t *)vectors[i].bytes, strlen(vectors[i].bytes)),
		                  vectors[i].crc);
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	ck_assert_uint_eq(pst_crc(all, sizeof all), 0x2493092B);
	ck_assert_uint_eq(pst_crc_more(pst_crc(all, 100), all + 100, 156), 0x2493092B);
	memset(all, 0, sizeof all);
	ck_assert_uint_eq(pst_crc(all, sizeof all), 0);
}
END_TEST

START_TEST(checksum_of_a_range_from_two_prefixes)
{
	uint8_t bytes[9000];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 300);
	for (size_t from = 0; from < sizeof bytes; from += 777)
		for (size_t size = 1; from + size <= sizeof bytes; size += 1001)
			ck_assert_uint_eq(pst_crc_behind(pst_crc(bytes, from), pst_crc(bytes, from + size), size),
			                  pst_crc(bytes + from, size));
}
END_TEST

START_TEST(inflation_gives_the_size_or_fails)
{
	uint8_t plain[5000], packed[6000], out[5000];
	uLongf size = sizeof packed;
	struct pst_inflater *inflater = pst_inflater_open();

	memset(plain, 'x', sizeof plain);
	ck_assert_int_eq(compress(packed, &size, plain, sizeof plain), Z_OK);
	ck_assert(pst_inflate(inflater, out, sizeof out, packed, size));
	ck_assert_mem_eq(out, plain, sizeof plain);
	ck_assert(!pst_inflate(inflater, out, sizeof out - 1, packed, size));
	ck_assert(!pst_inflate(inflater, out, sizeof out, packed, size - 3));
	packed[size - 1] ^= 1; /* Adler-32 */
	ck_assert(!pst_inflate(inflater, out, sizeof out, packed, size));
	pst_inflater_free(inflater);
}
END_TEST

START_TEST(arrays_grow)
{
	PST_ARRAY(uint32_t) array = {0};

	for (uint32_t i = 0; i < 100000; i++)
		pst_add(&array, i);
	ck_assert(!array.failed);
	ck_assert_uint_eq(array.n, 100000);
	for (uint32_t i = 0; i < 100000; i++)
		ck_assert_uint_eq(array.at[i], i);
	pst_array_deinit(&array);
	ck_assert_uint_eq(array.n, 0);
}
END_TEST

/* Spread evenly, from the middle on, and not at all; wherever the search begins, it ends where one by one does. */
START_TEST(numbers_are_found)
{
	struct {
		uint64_t id;
	} items[100];

	for (size_t n = 0; n <= PST_COUNT(items); n++) {
		for (unsigned spread = 0; spread < 4; spread++) {
			for (size_t i = 0; i < n; i++)
				items[i].id = spread == 0 ? 7 + 4 * i : spread == 1 ? (i < n / 3 ? i : 0x200000 + 32 * i)
				            : spread == 2 ? UINT64_MAX >> (n - i) % 64 : 5;
			for (size_t i = 1; i < n && spread == 2; i++)
				items[i].id = PST_MAX(items[i].id, items[i - 1].id);
			for (size_t i = 0; i < 3 * (n + 1); i++) {
				const uint64_t number = i == 3 * n ? 0 : i > 3 * n ? UINT64_MAX : items[i / 3].id + i % 3 - 1;
				size_t expected = 0, found;

				while (expected < n && items[expected].id < number)
					expected++;
				PST_SEARCH_NUMBER(found, items, n, id, number);
				ck_assert_uint_eq(found, expected);
			}
		}
	}
}
END_TEST

START_TEST(failures_are_worded_once)
{
	pstfix_error err;

	ck_assert_int_eq(pst_fail(&err, PSTFIX_ERROR_IO, 5, 77, "number %d", 3), PSTFIX_ERROR_IO);
	ck_assert_str_eq(err.message, "number 3");
	ck_assert_int_eq(err.system, 5);
	ck_assert_uint_eq(err.offset, 77);
	ck_assert_int_eq(pst_fail(NULL, PSTFIX_ERROR_IO, 5, 77, "nobody"), PSTFIX_ERROR_IO);
}
END_TEST

START_TEST(numbers_are_little_endian)
{
	uint8_t bytes[8];

	pst_put(bytes, UINT64_C(0x1122334455667788), 8);
	ck_assert_uint_eq(bytes[0], 0x88);
	ck_assert_uint_eq(pst_get16(bytes), 0x7788);
	ck_assert_uint_eq(pst_get32(bytes), 0x55667788);
	ck_assert_uint_eq(pst_get(bytes, 8), UINT64_C(0x1122334455667788));
	ck_assert_uint_eq(pst_get(bytes, 4), 0x55667788);
	ck_assert(pst_all_bytes(bytes, 0, 1));
	ck_assert(!pst_all_bytes(bytes, 2, 0x88));
}
END_TEST

/* Mostly the next piece, of some size, sometimes one elsewhere. */
static uint64_t next_piece(uint64_t *random, uint64_t after, size_t *size, size_t max)
{
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	*size = 1 + (size_t)(*random >> 33) % max;
	return *random >> 60 ? after : (*random >> 20) % 300000;
}

START_TEST(gathered_calls_do_what_single_ones_do)
{
	enum { MOST = 80000, CALLS = 20000 };
	struct memory *plain = memory_new(), *below = memory_new();
	static uint8_t bytes[MOST], read[MOST];
	uint64_t random = 1, written = 0, seen = 0;
	struct pst_io *io;

	ck_assert_int_eq(pst_gather_open(&io, &below->io, NULL), PSTFIX_OK);
	for (size_t i = 0, size; i < CALLS; i++) {
		const uint64_t at = next_piece(&random, written, &size, random % 9 ? 3000 : MOST);

		memset(bytes, (int)i, size);
		if (at < 1000000) {
			ck_assert_int_eq(plain->io.write(&plain->io, bytes, size, at, NULL), PSTFIX_OK);
			ck_assert_int_eq(io->write(io, bytes, size, at, NULL), PSTFIX_OK);
			written = at + size;
		} else {
			ck_assert_int_eq(plain->io.resize(&plain->io, 500000, NULL), PSTFIX_OK);
			ck_assert_int_eq(io->resize(io, 500000, NULL), PSTFIX_OK);
			written = 0;
		}
		ck_assert_uint_eq(io->size, plain->io.size);
		for (size_t k = 0; k < i % 4; k++) {
			const uint64_t from = next_piece(&random, seen, &size, 3000);
			const pstfix_status status = plain->io.read(&plain->io, bytes, size, from, NULL);

			ck_assert_int_eq(io->read(io, read, size, from, NULL), status);
			ck_assert(status || !memcmp(read, bytes, size));
			seen = status ? 0 : from + size;
		}
	}
	ck_assert_int_eq(io->flush(io, NULL), PSTFIX_OK);
	ck_assert_uint_eq(below->io.size, plain->io.size);
	ck_assert(!memcmp(below->bytes, plain->bytes, plain->io.size));
	pst_io_close(io);
	pst_io_close(&below->io);
	pst_io_close(&plain->io);
}
END_TEST

static size_t writes, refused;

static pstfix_status counted_write(struct pst_io *io, const void *data, size_t size, uint64_t offset, pstfix_error *err)
{
	(void)io, (void)data, (void)size;
	writes++;
	return refused ? pst_fail(err, PSTFIX_ERROR_IO, 28, offset, "no room") : PSTFIX_OK;
}

START_TEST(writes_in_a_row_become_one_and_fail_as_one)
{
	struct pst_io below = {.write = counted_write};
	uint8_t bytes[64] = {0};
	struct pst_io *io;
	pstfix_error err;

	writes = refused = 0;
	ck_assert_int_eq(pst_gather_open(&io, &below, NULL), PSTFIX_OK);
	for (uint64_t at = 0; at < 1 << 20; at += sizeof bytes)
		ck_assert_int_eq(io->write(io, bytes, sizeof bytes, at, NULL), PSTFIX_OK);
	ck_assert_uint_lt(writes, 64);
	ck_assert_int_eq(io->write(io, bytes, sizeof bytes, 1 << 22, NULL), PSTFIX_OK);
	refused = 1;
	ck_assert_int_eq(pst_gather_flush(io, &err), PSTFIX_ERROR_IO);
	ck_assert_uint_eq(err.offset, 1 << 22);
	refused = 0;
	ck_assert_int_eq(pst_gather_flush(io, NULL), PSTFIX_ERROR_IO); /* what was to be written is gone */
	memset(&err, 0, sizeof err);
	ck_assert_int_eq(io->flush(io, &err), PSTFIX_ERROR_IO);
	ck_assert_uint_eq(err.offset, 1 << 22);
	pst_io_close(io);
}
END_TEST

Suite *core_suite(void)
{
	Suite *suite = suite_create("core");
	TCase *tests = tcase_create("core");

	tcase_add_test(tests, checksum_vectors);
	tcase_add_test(tests, checksum_of_a_range_from_two_prefixes);
	tcase_add_test(tests, inflation_gives_the_size_or_fails);
	tcase_add_test(tests, arrays_grow);
	tcase_add_test(tests, numbers_are_found);
	tcase_add_test(tests, failures_are_worded_once);
	tcase_add_test(tests, numbers_are_little_endian);
	tcase_add_test(tests, gathered_calls_do_what_single_ones_do);
	tcase_add_test(tests, writes_in_a_row_become_one_and_fail_as_one);
	suite_add_tcase(suite, tests);
	return suite;
}
