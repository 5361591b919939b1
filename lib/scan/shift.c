/* Where content lies that is not where it was: see shift.h.
 *
 * What is found of pages and blocks makes a list of places with the distance that each has moved. Neighbours of one
 * distance are one piece; between two of different distances the first goes on as far as it can. */
#include "scan/shift.h"

#include <stdlib.h>

enum { PIECE = 1 << 18, HEADERS_WORK = PIECE / 8, DISTANCES_MAX = 32, TAIL_MAX = 24, SAMPLES = 1024, TIMES_MAX = 8, BEHIND_MAX = 8 << 20 };

/* A page whose checksum is right, anywhere. */
struct sighting {
	uint64_t now, id;
	uint16_t signature;
	uint8_t type;
};

/* What says where a page or block was. */
struct reference {
	uint64_t id, at;
	uint16_t size; /* of a block; 0: a page */
};

struct moved {
	uint64_t at, size;
	int64_t by;
};

struct finder {
	struct pst_io *io;
	const struct pst_format *format;
	PST_ARRAY(struct sighting) sightings; /* by id, then as they lie */
	PST_ARRAY(struct reference) pages;
	PST_ARRAY(struct reference) blocks; /* by place */
	PST_ARRAY(struct moved) moved;
	int64_t distances[DISTANCES_MAX]; /* the commonest */
	size_t n_distances, last; /* last: which one is that of the block before */
	uint64_t work;
};

/* Who was much further behind than the file is long is not believed, since all up to there is to be gone through. */
static void add_moved(struct finder *finder, uint64_t now, uint64_t at, uint64_t size)
{
	if (at / TIMES_MAX <= finder->io->size + BEHIND_MAX)
		pst_add(&finder->moved, ((struct moved){at, size, (int64_t)(now - at)}));
}

static void add_page(struct finder *finder, struct pst_page_ref page)
{
	pst_add(&finder->pages, ((struct reference){.id = page.id, .at = page.at}));
}

/* ---- what is there --------------------------------------------------------------------- */

/* All references of an index page. */
static void take_references(struct finder *finder, const uint8_t *page, enum pst_page_type type)
{
	const struct pst_format *f = finder->format;
	struct pst_index_page counts;
	size_t n;

	pst_index_page_decode(&counts, f, page);
	if (!counts.entry_size || (!counts.level && type == PST_NBT))
		return;
	n = PST_MIN(counts.count, f->entries / (uint32_t)counts.entry_size);
	for (size_t i = 0; i < n && counts.entry_size >= pst_entry_size(f, type, counts.level); i++) {
		const uint8_t *p = page + i * counts.entry_size;
		struct pst_bbt_entry entry;

		if (counts.level) {
			add_page(finder, pst_child_decode(f, p));
		} else {
			pst_bbt_entry_decode(&entry, f, p);
			if (entry.size && entry.size <= pst_block_data(f))
				pst_add(&finder->blocks, ((struct reference){entry.id & ~UINT64_C(1), entry.at, entry.size}));
		}
	}
}

static void take_page(struct finder *finder, const uint8_t *page, uint64_t now)
{
	const struct pst_format *f = finder->format;
	struct pst_page_tail tail;
	struct sighting seen = {.now = now};

	finder->work += f->page;
	pst_page_tail_decode(&tail, f, page, now);
	if (!pst_page_crc_right(&tail, f, page) || pst_all_bytes(page, f->page - f->page_tail, 0))
		return;
	seen.id = tail.id;
	seen.type = tail.type;
	seen.signature = pst_get16(page + f->page - f->page_tail + 2);
	if (pst_is_index(tail.type))
		take_references(finder, page, tail.type);
	pst_add(&finder->sightings, seen);
}

static void take_header(struct finder *finder, const uint8_t *bytes, uint64_t now)
{
	struct pst_header header;

	finder->work += 2 * PST_HEADER_SIZE; /* it has two checksums */
	pst_header_decode(&header, bytes, finder->format);
	if (!header.proven)
		return;
	add_moved(finder, now, 0, PST_HEADER_SIZE);
	add_page(finder, header.nbt);
	add_page(finder, header.bbt);
}

/* Whether a page may end in the trailer that begins here: its type is there twice. */
static inline bool is_page_type(const uint8_t *trailer)
{
	return (trailer[0] == trailer[1]) & (trailer[0] >= PST_BBT) & (trailer[0] <= PST_DLIST);
}

/* Where the next such trailer begins, or `size`: many bytes at once where there is none. */
static size_t next_page_type(const uint8_t *trailers, size_t i, size_t size)
{
	enum { STRIDE = 64 };

	for (; i + STRIDE <= size; i += STRIDE) {
		uint8_t any = 0;

		for (size_t k = 0; k < STRIDE; k++)
			any |= is_page_type(trailers + i + k);
		if (any)
			break;
	}
	while (i < size && !is_page_type(trailers + i))
		i++;
	return i;
}

/* Pages and headers that begin in the first `size` of `room` bytes. Work is bounded, whatever the bytes are. */
static void search_pages(struct finder *finder, const uint8_t *bytes, size_t size, size_t room, uint64_t at)
{
	const struct pst_format *f = finder->format;
	const uint8_t *trailers = bytes + f->page - f->page_tail;
	const size_t pages = room < f->page ? 0 : PST_MIN(size, room - f->page + 1);
	const size_t headers = room < PST_HEADER_SIZE ? 0 : PST_MIN(size, room - PST_HEADER_SIZE + 1);
	uint64_t end = finder->work + PIECE + f->page;

	for (size_t i = 0; (i = next_page_type(trailers, i, pages)) < pages && finder->work < end; i++)
		take_page(finder, bytes + i, at + i);
	end = finder->work + HEADERS_WORK;
	for (const uint8_t *p = bytes; finder->work < end && (p = memchr(p, '!', (size_t)(bytes + headers - p))); p++)
		if (pst_get32(p) == PST_MAGIC)
			take_header(finder, p, at + (size_t)(p - bytes));
}

/* ---- where it was ----------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct reference *x = a, *y = b;
	const int order = PST_ORDER(x->id, y->id);

	return order ? order : PST_ORDER(x->at, y->at);
}

static int by_place(const void *a, const void *b)
{
	const struct reference *x = a, *y = b;
	const int order = PST_ORDER(x->at, y->at);

	return order ? order : PST_ORDER(x->id, y->id);
}

static void place_page(struct finder *finder, const struct sighting *seen)
{
	const struct pst_format *f = finder->format;
	size_t i;

	if (seen->type == PST_DLIST) {
		if (seen->signature == pst_signature(f->density_list, seen->id))
			add_moved(finder, seen->now, f->density_list, f->page);
		return;
	}
	if (!pst_is_index(seen->type)) {
		if (!seen->signature)
			add_moved(finder, seen->now, seen->id, f->page);
		return;
	}
	PST_SEARCH_NUMBER(i, finder->pages.at, finder->pages.n, id, seen->id);
	for (; i < finder->pages.n && finder->pages.at[i].id == seen->id; i++)
		if (seen->signature == pst_signature(finder->pages.at[i].at, seen->id)) {
			add_moved(finder, seen->now, finder->pages.at[i].at, f->page);
			return;
		}
}

static int by_distance(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;

	return PST_ORDER(x->by, y->by);
}

static int by_most(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	const int order = PST_ORDER(y->size, x->size);

	return order ? order : PST_ORDER(x->by, y->by);
}

/* How far most things have moved, those of no distance at all included. */
static void find_distances(struct finder *finder)
{
	struct moved *all = finder->moved.at;
	PST_ARRAY(struct moved) counted = {0};

	finder->n_distances = 0;
	pst_sort(all, finder->moved.n, sizeof *all, by_distance);
	for (size_t i = 0; i < finder->moved.n; i++) {
		if (!i || all[i].by != all[i - 1].by)
			pst_add(&counted, ((struct moved){.by = all[i].by}));
		if (counted.n)
			counted.at[counted.n - 1].size++;
	}
	pst_sort(counted.at, counted.n, sizeof *counted.at, by_most);
	for (size_t i = 0; i < counted.n && i < DISTANCES_MAX; i++)
		finder->distances[finder->n_distances++] = counted.at[i].by;
	finder->moved.failed |= counted.failed;
	pst_array_deinit(&counted);
}

/* Whether a trailer is that of a block that was there. */
static bool is_trailer(const struct finder *finder, const struct reference *block, const uint8_t *raw)
{
	struct pst_block_tail tail;

	pst_block_tail_decode(&tail, finder->format, raw);
	return (tail.id & ~UINT64_C(1)) == block->id && tail.size == block->size &&
	       tail.signature == pst_signature(block->at, tail.id);
}

static bool is_at(const struct finder *finder, const struct reference *block, int64_t by)
{
	const struct pst_format *f = finder->format;
	const uint64_t extent = pst_block_extent(f, block->size), now = block->at + (uint64_t)by;
	uint8_t raw[TAIL_MAX];

	return now <= finder->io->size && extent <= finder->io->size - now &&
	       !finder->io->read(finder->io, raw, f->block_tail, now + extent - f->block_tail, NULL) &&
	       is_trailer(finder, block, raw);
}

/* As far as a thing before it if it can be, else as far as many. */
static bool place_block(struct finder *finder, const struct reference *block)
{
	for (size_t k = 0; k < finder->n_distances; k++) {
		const size_t nth = k == 0 ? finder->last : k <= finder->last ? k - 1 : k;

		if (!is_at(finder, block, finder->distances[nth]))
			continue;
		add_moved(finder, block->at + (uint64_t)finder->distances[nth], block->at, pst_block_extent(finder->format, block->size));
		finder->last = nth;
		return true;
	}
	return false;
}

/* Keeps those that are not found. */
static void place_blocks(struct finder *finder)
{
	struct reference *blocks = finder->blocks.at;
	size_t left = 0;

	finder->last = 0;
	for (size_t i = 0; i < finder->blocks.n; i++) {
		const struct reference block = blocks[i];

		if (left && blocks[left - 1].at == block.at && blocks[left - 1].id == block.id)
			continue;
		if (!place_block(finder, &block))
			blocks[left++] = block;
	}
	finder->blocks.n = left;
}

/* Some of the blocks that have moved like no page, by id. */
struct sample {
	struct reference blocks[SAMPLES];
	size_t n;
	uint8_t signatures[1 << 13]; /* a bit for each that one has */
};

static void take_sample(struct sample *out, const struct finder *finder)
{
	memset(out, 0, sizeof *out);
	for (size_t i = 0; out->n < SAMPLES && i < finder->blocks.n; i += 1 + finder->blocks.n / SAMPLES) {
		const struct reference *block = &finder->blocks.at[i];
		const uint16_t signature = pst_signature(block->at, block->id);

		out->blocks[out->n++] = *block;
		out->signatures[signature / 8] |= (uint8_t)(1 << signature % 8);
	}
	pst_sort(out->blocks, out->n, sizeof *out->blocks, by_id);
}

/* Blocks of the sample whose trailers are in `bytes`. */
static void search_trailers(struct finder *finder, const struct sample *sample, const uint8_t *bytes, size_t size, uint64_t at)
{
	const struct pst_format *f = finder->format;

	for (size_t i = 0; i + f->block_tail <= size; i++) {
		const uint16_t signature = pst_get16(bytes + i + 2);
		uint64_t id, end;
		size_t k;

		if (!(sample->signatures[signature / 8] & 1 << signature % 8))
			continue;
		id = pst_get(bytes + i + f->tail_bid, f->word) & ~UINT64_C(1);
		end = at + i + f->block_tail;
		PST_SEARCH_NUMBER(k, sample->blocks, sample->n, id, id);
		for (; k < sample->n && sample->blocks[k].id == id; k++) {
			const uint64_t extent = pst_block_extent(f, sample->blocks[k].size);

			if (is_trailer(finder, &sample->blocks[k], bytes + i) && extent <= end)
				add_moved(finder, end - extent, sample->blocks[k].at, extent);
		}
	}
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* All of the file, for pages, or for what is in a sample. */
static pstfix_status search_all(struct finder *finder, const struct sample *sample, const struct pst_scan_options *options,
                                pstfix_error *err)
{
	const size_t more = sample ? finder->format->block_tail - 1u : PST_MAX(finder->format->page, (size_t)PST_HEADER_SIZE) - 1;
	uint8_t *bytes = malloc(PIECE + more);
	pstfix_status status = bytes ? PSTFIX_OK : pst_fail_memory(err);

	for (uint64_t at = 0; at < finder->io->size && !status; at += PIECE) {
		const size_t room = (size_t)PST_MIN((uint64_t)(PIECE + more), finder->io->size - at);

		if (options->progress && !options->progress(options->user, "searching", at, finder->io->size)) {
			status = pst_fail(err, PSTFIX_ERROR_CANCELLED, 0, at, "cancelled");
			break;
		}
		pst_io_read_around(finder->io, bytes, room, at, NULL, NULL);
		if (sample)
			search_trailers(finder, sample, bytes, room, at);
		else
			search_pages(finder, bytes, PIECE, room, at);
	}
	free(bytes);
	return status;
}

/* Pages tell how far things have moved, and blocks that no page has moved with. */
static pstfix_status find_moved(struct finder *finder, const struct pst_scan_options *options, pstfix_error *err)
{
	pstfix_status status = search_all(finder, NULL, options, err);
	struct sample sample;

	if (status)
		return status;
	pst_sort(finder->pages.at, finder->pages.n, sizeof *finder->pages.at, by_id);
	pst_sort(finder->blocks.at, finder->blocks.n, sizeof *finder->blocks.at, by_place);
	for (size_t i = 0; i < finder->sightings.n; i++)
		place_page(finder, &finder->sightings.at[i]);
	find_distances(finder);
	place_blocks(finder);
	take_sample(&sample, finder);
	if (!sample.n)
		return PSTFIX_OK;
	status = search_all(finder, &sample, options, err);
	if (!status) {
		find_distances(finder);
		place_blocks(finder);
	}
	return status;
}

/* ---- pieces ------------------------------------------------------------------------------- */

static int by_former(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	int order = PST_ORDER(x->at, y->at);

	order = order ? order : PST_ORDER(x->by != 0, y->by != 0);
	order = order ? order : PST_ORDER(x->by, y->by);
	return order ? order : PST_ORDER(x->size, y->size);
}

/* The piece before, whose last thing ends at `end`, goes on until this begins, but not into its bytes if they lie behind that thing,
 * nor behind the end of the file. */
static void begin_piece(struct pst_shift *out, const struct finder *finder, const struct moved *moved, uint64_t end)
{
	struct pst_piece piece = {.at = moved->at, .from = moved->at + (uint64_t)moved->by};
	struct pst_piece *before = out->pieces.n ? &out->pieces.at[out->pieces.n - 1] : NULL;

	if (before) {
		before->size = PST_MIN(piece.at - before->at, finder->io->size - before->from);
		if (piece.from >= before->from + (end - before->at))
			before->size = PST_MIN(before->size, piece.from - before->from);
	} else { /* whatever is in front of the first */
		const uint64_t more = PST_MIN(piece.at, piece.from);

		piece.at -= more;
		piece.from -= more;
	}
	pst_add(&out->pieces, piece);
}

static void make_pieces(struct pst_shift *out, struct finder *finder)
{
	const struct moved *all = finder->moved.at;
	uint64_t end = 0;

	pst_sort(finder->moved.at, finder->moved.n, sizeof *all, by_former);
	for (size_t i = 0, last = SIZE_MAX; i < finder->moved.n; i++) {
		if (all[i].at < end)
			continue; /* something else is there */
		if (last == SIZE_MAX || all[i].by != all[last].by)
			begin_piece(out, finder, &all[i], end);
		out->things += all[i].by != 0;
		out->known++;
		end = all[i].at + all[i].size;
		last = i;
	}
	if (!out->things)
		out->pieces.n = 0;
	else if (!out->pieces.failed)
		out->pieces.at[out->pieces.n - 1].size = finder->io->size - out->pieces.at[out->pieces.n - 1].from;
}

pstfix_status pst_shift_find(struct pst_shift *out, struct pst_io *io, const struct pst_format *format,
                             const struct pst_scan_options *options, pstfix_error *err)
{
	struct finder finder = {.io = io, .format = format};
	pstfix_status status;

	memset(out, 0, sizeof *out);
	status = find_moved(&finder, options, err);
	if (!status)
		make_pieces(out, &finder);
	out->work = finder.work;
	if (!status && (finder.sightings.failed | finder.pages.failed | finder.blocks.failed | finder.moved.failed | out->pieces.failed))
		status = pst_fail_memory(err);
	if (status)
		pst_shift_deinit(out);
	pst_array_deinit(&finder.sightings);
	pst_array_deinit(&finder.pages);
	pst_array_deinit(&finder.blocks);
	pst_array_deinit(&finder.moved);
	return status;
}

void pst_shift_deinit(struct pst_shift *shift)
{
	pst_array_deinit(&shift->pieces);
}
