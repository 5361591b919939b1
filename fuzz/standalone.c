/* Runs a fuzz target without a fuzzer: on files as they are, or on mutants of them.
 *
 *     fuzz_x FILE...                  each file once
 *     fuzz_x -mutate N SEED FILE...   N mutants of each
 *
 * A mutant has a few places changed, and pages and blocks around them sealed again, so that the
 * damage gets behind the checksums. */
#include "ndb/index.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state;

static uint32_t random_below(uint32_t limit)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return limit ? (uint32_t)((state >> 33) % limit) : 0;
}

struct bytes {
	uint8_t *at;
	size_t size;
};

static struct bytes load(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct bytes bytes = {NULL, 0};
	size_t room = 0, n;

	if (!file) {
		perror(path);
		exit(2);
	}
	do {
		if (bytes.size == room) {
			room = room ? room * 2 : 1 << 20;
			bytes.at = realloc(bytes.at, room);
			if (!bytes.at)
				exit(2);
		}
		n = fread(bytes.at + bytes.size, 1, room - bytes.size, file);
		bytes.size += n;
	} while (n);
	fclose(file);
	return bytes;
}

static void seal_page(const struct pst_format *f, struct bytes *bytes, size_t at)
{
	uint8_t *page = bytes->at + at;
	struct pst_page_tail tail;

	pst_page_tail_decode(&tail, f, page, at);
	if (tail.type >= PST_BBT && tail.type <= PST_DLIST && tail.type_twice)
		pst_page_seal(f, page, at, tail.type, tail.id);
}

/* If a block of plausible size ends here. */
static void seal_block(const struct pst_format *f, struct bytes *bytes, size_t end)
{
	struct pst_block_tail tail;
	uint32_t extent;

	pst_block_tail_decode(&tail, f, bytes->at + end - f->block_tail);
	extent = pst_block_extent(f, tail.size);
	if (!tail.size || tail.size > pst_block_data(f) || extent > end)
		return;
	tail.crc = pst_crc(bytes->at + end - extent, tail.size);
	tail.signature = pst_signature(end - extent, tail.id);
	pst_block_tail_encode(&tail, f, bytes->at + end - f->block_tail);
}

static void seal_header(const struct pst_format *f, struct bytes *bytes)
{
	pst_put(bytes->at + 4, pst_crc(bytes->at + 8, 471), 4);
	if (f->header.crc_full)
		pst_put(bytes->at + f->header.crc_full, pst_crc(bytes->at + 8, 516), 4);
}

static void change(struct bytes *bytes, const struct bytes *source, size_t at)
{
	static const uint8_t odd[] = {0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF};
	size_t n = (size_t)1 << random_below(10), from;

	n = PST_MIN(n, bytes->size - at);
	from = random_below((uint32_t)(source->size - n));

	switch (random_below(5)) {
	case 0: bytes->at[at] ^= (uint8_t)(1 << random_below(8)); break;
	case 1: memset(bytes->at + at, odd[random_below(PST_COUNT(odd))], PST_MIN(n, (size_t)8)); break;
	case 2: memset(bytes->at + at, 0, n); break;
	case 3: memcpy(bytes->at + at, source->at + from, n); break;
	default: bytes->at[at] = odd[random_below(PST_COUNT(odd))]; break;
	}
}

/* Where something is: the header, an index page, a block, anywhere. */
static size_t choose_place(const struct pst_format *f, const struct bytes *bytes)
{
	if (!random_below(8))
		return random_below(f->header.size);
	for (int try = 0; try < 200; try++) {
		size_t at = random_below((uint32_t)(bytes->size / f->page)) * (size_t)f->page;
		uint8_t type = bytes->at[at + f->page - f->page_tail];

		if (type >= PST_BBT && type <= PST_DLIST && type == bytes->at[at + f->page - f->page_tail + 1])
			return at + random_below(random_below(2) ? 64 : f->page);
	}
	return random_below((uint32_t)bytes->size);
}

static void mutate(struct bytes *bytes, const struct bytes *source)
{
	const struct pst_format *f = pst_format_of_version(pst_get16(source->at + 10));

	memcpy(bytes->at, source->at, source->size);
	bytes->size = source->size;
	if (!f)
		f = &pst_formats[random_below(PST_FORMATS)];
	for (uint32_t i = 1 + random_below(6); i--;) {
		size_t at = random_below(3) ? choose_place(f, bytes) : random_below((uint32_t)bytes->size);

		change(bytes, source, at);
		if (!random_below(4))
			continue;
		if (at < f->first_map)
			seal_header(f, bytes);
		if (at / f->page * f->page + f->page <= bytes->size)
			seal_page(f, bytes, at / f->page * f->page);
		for (size_t end = at / f->unit * f->unit + f->unit, tries = 0;
		     end <= bytes->size && tries < f->block_max / f->unit; end += f->unit, tries++)
			seal_block(f, bytes, end);
	}
	if (!random_below(10))
		bytes->size = random_below((uint32_t)bytes->size) + 1;
}

int main(int argc, char **argv)
{
	bool mutants = argc > 4 && !strcmp(argv[1], "-mutate");
	unsigned long n = mutants ? strtoul(argv[2], NULL, 0) : 1, runs = 0;
	unsigned long seed = mutants ? strtoul(argv[3], NULL, 0) : 0;

	for (int i = mutants ? 4 : 1; i < argc; i++) {
		struct bytes source = load(argv[i]), mutant = {malloc(source.size + 1), source.size};

		if (source.size < PST_BLOCK_MAX) {
			fprintf(stderr, "%s: too short to be a store\n", argv[i]);
			exit(2);
		}

		for (unsigned long k = 0; k < n; k++, runs++) {
			state = seed * 1000003 + k;
			memcpy(mutant.at, source.at, source.size);
			if (mutants)
				mutate(&mutant, &source);
			if (getenv("FUZZ_SAVE")) { /* to look at one mutant: -mutate with its seed */
				FILE *save = fopen(getenv("FUZZ_SAVE"), "wb");

				if (save) {
					fwrite(mutant.at, 1, mutant.size, save);
					fclose(save);
				}
			}
			LLVMFuzzerTestOneInput(mutant.at, mutant.size);
		}
		free(source.at);
		free(mutant.at);
	}
	printf("%lu runs\n", runs);
	return 0;
}
