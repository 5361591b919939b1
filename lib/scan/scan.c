/* The pass: see scan.h.
 *
 * Workers take pieces of the file in turn, so that it is read front to back. A block that ends in a piece may
 * begin in the one before, so each worker leaves the end of its piece for the next, as soon as it has read it: no
 * byte is read twice. What a worker finds it hands in when all pieces before have been handed in: the inventory
 * is the same for any number of workers. */
#include "scan/scan.h"

#include <pthread.h>
#include <stdlib.h>

enum { PIECE = 1 << 18, THREADS_MAX = 64, KEPT_MAX = 48 << 20, HEAPS_MAX = 16 << 20, LIST_MAX = 512, HEAP_MIN = 12, HEAP_MAX = 4096,
       EACH = 4096, EXPECTED = 1 << 22 /* of units found: one in so many bytes; more grow as they come */ };

struct piece {
	const struct pst_format *format;
	uint8_t *bytes;    /* the carried end of the piece before, then the piece */
	uint64_t at;       /* where bytes lie in the file */
	size_t carried, size; /* size includes carried */
	struct pst_inventory found;
	struct pst_inflater *inflater;
	uint8_t *heaps;    /* those of packed blocks, in the order of `found`, inflated; behind them room for the next block */
	size_t heaps_size, heaps_room;
	uint32_t *prefix;  /* checksum of bytes before each unit; NULL inside budget */
	uint32_t *prefix_room;
	uint64_t direct, direct_max, inflate, inflate_max;
};

/* ---- one piece ------------------------------------------------------------- */

static size_t piece_size(const struct pst_format *f)
{
	return PST_MAX((size_t)PIECE, (size_t)f->block_max * 16);
}

static void take_page(struct piece *piece, const uint8_t *page, uint64_t at)
{
	const struct pst_format *f = piece->format;
	struct pst_page_tail tail;
	struct pst_index_page counts;
	struct pst_found found = {.at = at, .sure = PST_PROVEN};

	piece->found.work += f->page;
	if (!pst_page_prove(&tail, f, page, at))
		found.sure = PST_TRAILER;
	if (!tail.signed_here ||
	    (pst_is_index(tail.type) && (tail.id >= pst_id_limit(f) || at < f->first_map || pst_on_maps(f, at, f->page))))
		return;
	found.type = tail.type;
	found.id = tail.id;
	if (pst_is_index(tail.type)) {
		pst_index_page_decode(&counts, f, page);
		found.level = counts.level;
	}
	if (found.sure == PST_PROVEN)
		pst_add(&piece->found.found, found);
	else if (found.type == PST_NBT && !found.level)
		pst_add(&piece->found.doubtful, found);
}

static void tell_over_budget(struct piece *piece, uint64_t at)
{
	struct pst_inventory *found = &piece->found;

	found->over_budget_at = found->over_budget++ ? PST_MIN(found->over_budget_at, at) : at;
}

/* One checksum for each unit's end, from which that of any range follows. */
static void compute_prefixes(struct piece *piece)
{
	const size_t unit = piece->format->unit;
	size_t n = piece->size / unit;

	piece->prefix = piece->prefix_room;
	piece->prefix[0] = 0;
	for (size_t i = 0; i < n; i++)
		piece->prefix[i + 1] = pst_crc_more(piece->prefix[i], piece->bytes + i * unit, unit);
	piece->found.work += piece->size;
}

static uint32_t checksum(struct piece *piece, size_t from, size_t size)
{
	const size_t unit = piece->format->unit;
	size_t whole = (from + size) / unit, rest = (from + size) % unit;

	if (!piece->prefix && piece->direct + size > piece->direct_max)
		compute_prefixes(piece);
	if (!piece->prefix) {
		piece->direct += size;
		piece->found.work += size;
		return pst_crc(piece->bytes + from, size);
	}
	tell_over_budget(piece, piece->at + from);
	piece->found.work += rest;
	return pst_crc_behind(piece->prefix[from / unit],
	                      pst_crc_more(piece->prefix[whole], piece->bytes + whole * unit, rest),
	                      size);
}

/* `data` is inflated. */
static void count_heaps(struct pst_inventory *inventory, struct pst_found *found, const uint8_t *data)
{
	if (found->sure != PST_PROVEN || found->inflated < HEAP_MIN || found->id & PST_INTERNAL)
		return;
	for (size_t method = 0; method < PST_COUNT(inventory->heaps); method++)
		if (pst_looks_like_heap((uint8_t)method, data, found->id)) {
			inventory->heaps[method]++;
			found->flags |= PST_FOUND_HEAP;
		}
}

/* Until the piece is handed in: what was inflated last stays where it is. */
static void hold_heap(struct piece *piece, struct pst_found *found)
{
	if (!(found->flags & PST_FOUND_HEAP))
		return;
	if (piece->heaps_size + found->inflated > piece->heaps_room)
		found->flags &= (uint8_t)~PST_FOUND_HEAP;
	else
		piece->heaps_size += found->inflated;
}

static void inflate_block(struct piece *piece, struct pst_found *found, const uint8_t *data)
{
	uint8_t *inflated = piece->heaps + piece->heaps_size;

	if (piece->inflate + found->inflated > piece->inflate_max) {
		found->flags |= PST_FOUND_NO_INFLATE;
		tell_over_budget(piece, found->at);
		return;
	}
	piece->inflate += found->inflated;
	piece->found.work += found->inflated;
	if (!pst_inflate(piece->inflater, inflated, found->inflated, data, found->size)) {
		found->flags |= PST_FOUND_BAD_STREAM;
		return;
	}
	count_heaps(&piece->found, found, inflated);
	hold_heap(piece, found);
}

/* `end` is where the block ends in bytes; size and signature of its trailer are plausible. */
static void take_block(struct piece *piece, size_t end, size_t extent)
{
	const struct pst_format *f = piece->format;
	size_t from = end - extent;
	const uint8_t *data = piece->bytes + from;
	struct pst_block_tail tail;
	struct pst_found found = {.at = piece->at + from};

	pst_block_tail_decode(&tail, f, piece->bytes + end - f->block_tail);
	if (!(tail.id & ~UINT64_C(1)) || tail.id >= pst_id_limit(f) ||
	    tail.inflated > pst_block_data(f) || pst_on_maps(f, found.at, (uint32_t)extent))
		return;
	found.id = tail.id;
	found.size = tail.size;
	found.inflated = tail.inflated;
	found.sure = checksum(piece, from, tail.size) == tail.crc ? PST_PROVEN : PST_TRAILER;
	if (f->block_extra && tail.extra != PST_BLOCK_EXTRA)
		found.flags |= PST_FOUND_BAD_EXTRA;
	if (!pst_all_bytes(data + tail.size, extent - f->block_tail - tail.size, 0))
		found.flags |= PST_FOUND_BAD_PADDING;
	if (found.size != found.inflated)
		inflate_block(piece, &found, data);
	else
		count_heaps(&piece->found, &found, data);
	pst_add(&piece->found.found, found);
}

typedef uint32_t lanes __attribute__((vector_size(16))); /* one number for each of four units */

/* Of four units, which each end at one of `ends`, less one. Halves by division: gcc 12's analyzer takes a vector to be two bits wide, too few to
 * shift by 16, which the compiler does. */
static inline lanes find_signatures(const struct pst_format *f, const uint8_t *tail, lanes ends)
{
	const size_t unit = f->unit;
	const uint8_t *id = tail + f->tail_bid;
	const lanes heads = {pst_get32(tail), pst_get32(tail + unit), pst_get32(tail + 2 * unit), pst_get32(tail + 3 * unit)};
	const lanes ids = {pst_get32(id), pst_get32(id + unit), pst_get32(id + 2 * unit), pst_get32(id + 3 * unit)};
	const lanes last = (heads + (f->block_tail - 1U)) | (f->unit - 1U), x = (ends - (last & 0xFFFF)) ^ ids;

	return (lanes)(((x ^ x / 0x10000 ^ heads / 0x10000) & 0xFFFF) == 0);
}

/* Whether a block may end in a page, by its signature, which hardly ever fits by chance. Runs over each page of the file. */
static inline bool has_signature(const struct pst_format *f, const uint8_t *page, uint64_t at, lanes ends)
{
	const uint8_t *tail = page + f->unit - f->block_tail;
	const lanes found = find_signatures(f, tail, ends + (uint32_t)at) |
	                    find_signatures(f, tail + f->page / 2, ends + ((uint32_t)at + f->page / 2));

	return found[0] | found[1] | found[2] | found[3];
}

static void scan_blocks(struct piece *piece, size_t from, size_t to)
{
	const struct pst_format *f = piece->format;

	for (size_t end = to; end > from; end -= f->unit) {
		const uint8_t *tail = piece->bytes + end - f->block_tail;
		uint32_t size = pst_get16(tail);
		size_t extent = pst_block_extent(f, size);
		uint64_t at = piece->at + end - extent;

		if (pst_get16(tail + 2) == pst_signature(at, pst_get32(tail + f->tail_bid)) && size && size <= pst_block_data(f) &&
		    extent <= end && at >= f->first_map)
			take_block(piece, end, extent);
	}
}

/* From its end, so that a block that is looked into for others is at hand: its checksum went through it. */
static void scan_piece(struct piece *piece)
{
	const struct pst_format *f = piece->format;
	const size_t whole = piece->size - (piece->size - piece->carried) % f->page;
	const uint32_t unit = f->unit;
	const lanes ends = {unit - 1, 2 * unit - 1, 3 * unit - 1, 4 * unit - 1};

	scan_blocks(piece, whole, piece->size - (piece->size - whole) % unit);
	for (size_t from = whole; from > piece->carried;) {
		const uint8_t *page, *type;
		uint64_t at;

		from -= f->page;
		page = piece->bytes + from;
		type = page + f->page - f->page_tail;
		at = piece->at + from;
		if (*type >= PST_BBT && *type <= PST_DLIST && type[0] == type[1] && at >= f->density_list)
			take_page(piece, page, at);
		if (has_signature(f, page, at, ends))
			scan_blocks(piece, from, from + f->page);
	}
}

static void piece_deinit(struct piece *piece)
{
	free(piece->bytes);
	free(piece->heaps);
	free(piece->prefix_room);
	pst_inflater_free(piece->inflater);
	pst_inventory_deinit(&piece->found);
}

static bool piece_init(struct piece *piece, const struct pst_format *f, uint64_t file_size)
{
	const size_t room = f->block_max + piece_size(f);

	*piece = (struct piece){.format = f, .heaps_room = piece_size(f)};
	piece->bytes = pst_alloc_large(room);
	piece->heaps = pst_alloc_large(piece->heaps_room + PST_BLOCK_MAX);
	piece->prefix_room = malloc((room / f->unit + 1) * sizeof *piece->prefix);
	piece->inflater = pst_inflater_open();
	piece->direct_max = room + room / 4;
	piece->inflate_max = room * 5 / 2 + ((uint64_t)room << 24) / (file_size + 1);
	return piece->bytes && piece->heaps && piece->prefix_room && piece->inflater;
}

static void begin(struct piece *piece, uint64_t at, size_t carried, size_t size)
{
	piece->carried = carried;
	piece->at = at - carried;
	piece->size = carried + size;
	piece->prefix = NULL;
	piece->direct = piece->inflate = 0;
	piece->heaps_size = 0;
}

/* ---- all of them ------------------------------------------------------------ */

struct scan {
	struct pst_io *io;
	const struct pst_format *format;
	const struct pst_scan_options *options;
	struct pst_inventory *inventory;
	pthread_mutex_t lock;
	pthread_cond_t moved_on;
	uint64_t next;            /* where the next piece begins */
	uint64_t turn;            /* where the next piece to be handed in begins */
	uint8_t *end;             /* of the last piece whose pieces before have all been read */
	uint64_t end_at;          /* where that ends */
	pstfix_status status;
	pstfix_error *err;
};

static void take_unread(void *user, uint64_t at, size_t size, int system)
{
	struct piece *piece = user;

	pst_add(&piece->found.unread, ((struct pst_unread){.at = at, .size = size, .system = system}));
}

static void read_piece(struct scan *scan, struct piece *piece)
{
	pst_io_read_around(scan->io, piece->bytes + piece->carried, piece->size - piece->carried,
	                   piece->at + piece->carried, take_unread, piece);
}

/* Under the lock, and in the order of the pieces. */
static void carry_end(struct scan *scan, struct piece *piece)
{
	const size_t size = scan->format->block_max;

	while (scan->end_at != piece->at + piece->carried)
		pthread_cond_wait(&scan->moved_on, &scan->lock);
	memcpy(piece->bytes, scan->end, piece->carried);
	if (piece->size >= size) /* else it is the last */
		memcpy(scan->end, piece->bytes + piece->size - size, size);
	scan->end_at = piece->at + piece->size;
	pthread_cond_broadcast(&scan->moved_on);
}

/* Under the lock. False: there is no further piece. */
static bool next_piece(struct scan *scan, struct piece *piece)
{
	const struct pst_format *f = scan->format;
	size_t size = (size_t)PST_MIN((uint64_t)piece_size(f), scan->io->size - scan->next);

	if (!size || scan->status)
		return false;
	if (scan->options->progress &&
	    !scan->options->progress(scan->options->user, "reading", scan->next, scan->io->size)) {
		scan->status = pst_fail(scan->err, PSTFIX_ERROR_CANCELLED, 0, scan->next, "cancelled");
		return false;
	}
	begin(piece, scan->next, (size_t)PST_MIN((uint64_t)f->block_max, scan->next), size);
	scan->next += size;
	if (!scan->io->concurrent)
		read_piece(scan, piece);
	return true;
}

static void make_room(struct pst_inventory *inventory)
{
	const size_t size = (size_t)PST_MIN(inventory->size, (uint64_t)KEPT_MAX);

	inventory->copies.at = pst_alloc_large(size);
	inventory->copies.room = inventory->copies.at ? size : 0;
}

/* What is read again soon. Where there is no memory, from the file. */
static bool keep(struct pst_inventory *inventory, size_t max, const uint8_t *bytes, size_t size)
{
	if (inventory->copies.n + size > PST_MIN(max, inventory->copies.room))
		return false;
	memcpy(inventory->copies.at + inventory->copies.n, bytes, size);
	inventory->copies.n += size;
	return true;
}

static void keep_page(struct pst_inventory *inventory, struct pst_found *found, const uint8_t *page)
{
	const size_t start = inventory->copies.n;

	if (keep(inventory, KEPT_MAX, page, inventory->format->page))
		found->kept = (uint32_t)start + 1;
}

/* Most lists and heaps are so small that to ask the file for one takes longer than to find it here, and to inflate one takes longer
 * still. `data` is inflated. */
static void keep_block(struct pst_inventory *inventory, const struct pst_found *found, const uint8_t *data)
{
	const size_t n = inventory->kept.n, start = inventory->copies.n;
	const bool packed = found->size != found->inflated, list = found->id & PST_INTERNAL && found->size <= LIST_MAX && !packed,
	           heap = found->flags & PST_FOUND_HEAP && (packed || found->size <= HEAP_MAX);

	if ((list || heap) && (!n || inventory->kept.at[n - 1].at < found->at) &&
	    keep(inventory, list ? KEPT_MAX : HEAPS_MAX, data, found->inflated))
		pst_add(&inventory->kept, ((struct pst_kept_block){found->at, found->id, (uint32_t)start, found->size, found->inflated}));
}

static void forget_copies(struct pst_inventory *inventory)
{
	free(inventory->copies.at);
	inventory->copies.at = NULL;
	inventory->copies.n = inventory->copies.room = 0;
	pst_array_deinit(&inventory->kept);
}

/* Neighbours in one. */
static void add_unread(struct pst_inventory *inventory, const struct pst_unread *unread)
{
	struct pst_unread *last = inventory->unread.n ? &inventory->unread.at[inventory->unread.n - 1] : NULL;

	if (last && last->at + last->size == unread->at && last->system == unread->system)
		last->size += unread->size;
	else
		pst_add(&inventory->unread, *unread);
}

/* Under the lock. */
static void hand_in(struct scan *scan, struct piece *piece)
{
	struct pst_inventory *all = scan->inventory, *found = &piece->found;
	const uint8_t *heap = piece->heaps + piece->heaps_size;

	while (scan->turn != piece->at + piece->carried && !scan->status)
		pthread_cond_wait(&scan->moved_on, &scan->lock);
	for (size_t i = found->found.n; i--;) {
		struct pst_found one = found->found.at[i];
		const uint8_t *bytes = piece->bytes + (one.at - piece->at);

		if (one.type) {
			keep_page(all, &one, bytes);
		} else if (one.size != one.inflated && one.flags & PST_FOUND_HEAP) {
			heap -= one.inflated;
			keep_block(all, &one, heap);
		} else {
			keep_block(all, &one, bytes);
		}
		pst_add(&all->found, one);
	}
	for (size_t i = found->doubtful.n; i--;)
		pst_add(&all->doubtful, found->doubtful.at[i]);
	for (size_t i = 0; i < found->unread.n; i++)
		add_unread(all, &found->unread.at[i]);
	for (size_t i = 0; i < PST_COUNT(all->heaps); i++)
		all->heaps[i] += found->heaps[i];
	all->work += found->work;
	if (!all->over_budget)
		all->over_budget_at = found->over_budget_at;
	all->over_budget += found->over_budget;
	all->found.failed |= found->found.failed | found->doubtful.failed | found->unread.failed;
	found->found.n = found->doubtful.n = found->unread.n = 0;
	found->work = found->over_budget = 0;
	memset(found->heaps, 0, sizeof found->heaps);
	scan->turn = piece->at + piece->size;
	pthread_cond_broadcast(&scan->moved_on);
}

static void *worker(void *user)
{
	struct scan *scan = user;
	struct piece piece;
	bool ready = piece_init(&piece, scan->format, scan->io->size);

	pthread_mutex_lock(&scan->lock);
	if (!ready && !scan->status)
		scan->status = pst_fail_memory(scan->err);
	while (next_piece(scan, &piece)) {
		if (scan->io->concurrent) {
			pthread_mutex_unlock(&scan->lock);
			read_piece(scan, &piece);
			pthread_mutex_lock(&scan->lock);
		}
		carry_end(scan, &piece);
		pthread_mutex_unlock(&scan->lock);
		scan_piece(&piece);
		pthread_mutex_lock(&scan->lock);
		hand_in(scan, &piece);
	}
	pthread_cond_broadcast(&scan->moved_on);
	pthread_mutex_unlock(&scan->lock);
	piece_deinit(&piece);
	return NULL;
}

static int by_place(const struct pst_found *x, const struct pst_found *y)
{
	int order = PST_ORDER(x->at, y->at);

	order = order ? order : PST_ORDER(x->type, y->type);
	return order ? order : PST_ORDER(x->size, y->size);
}

/* They were found in the order of their ends, so that none is further from its place than the longest block
 * has units, and most are in place. */
static void sort_by_place(struct pst_inventory *inventory)
{
	struct pst_found *at = inventory->found.at;

	for (size_t i = 1; i < inventory->found.n; i++) {
		struct pst_found one = at[i];
		size_t to = i;

		for (; to && by_place(&at[to - 1], &one) > 0; to--)
			at[to] = at[to - 1];
		at[to] = one;
	}
}

pstfix_status pst_scan(struct pst_inventory *out, struct pst_io *io, const struct pst_format *format,
                       const struct pst_scan_options *options, pstfix_error *err)
{
	struct scan scan = {.io = io, .format = format, .options = options, .inventory = out,
	                    .lock = PTHREAD_MUTEX_INITIALIZER,
	                    .moved_on = PTHREAD_COND_INITIALIZER, .end = malloc(format->block_max), .err = err};
	pthread_t threads[THREADS_MAX];
	unsigned n = 0;

	memset(out, 0, sizeof *out);
	out->format = format;
	out->size = io->size;
	if (!scan.end)
		return pst_fail_memory(err);
	make_room(out);
	pst_array_expect(&out->found, (size_t)PST_MIN(io->size / EACH, (uint64_t)EXPECTED));
	pst_array_expect(&out->kept, out->found.room);
	while (n + 1 < PST_MIN(options->threads, (unsigned)THREADS_MAX) &&
	       !pthread_create(&threads[n], NULL, worker, &scan))
		n++;
	worker(&scan);
	while (n)
		pthread_join(threads[--n], NULL);
	free(scan.end);
	if (!scan.status && (out->found.failed || out->doubtful.failed || out->unread.failed))
		scan.status = pst_fail_memory(err);
	if (scan.status)
		pst_inventory_deinit(out);
	else
		sort_by_place(out);
	return scan.status;
}

void pst_inventory_slim(struct pst_inventory *inventory)
{
	size_t n = 0;

	for (size_t i = 0; i < inventory->found.n; i++) {
		struct pst_found one = inventory->found.at[i];

		if (!one.type || pst_is_index(one.type))
			continue;
		one.kept = 0;
		inventory->found.at[n++] = one;
	}
	inventory->found.n = n;
	inventory->slim = true;
	pst_array_fit(&inventory->found);
	pst_array_deinit(&inventory->doubtful);
	forget_copies(inventory);
}

void pst_inventory_deinit(struct pst_inventory *inventory)
{
	pst_array_deinit(&inventory->found);
	pst_array_deinit(&inventory->doubtful);
	pst_array_deinit(&inventory->unread);
	forget_copies(inventory);
}

/* ---- the format, by trial ------------------------------------------------------ */

static pstfix_status count_proven(uint64_t proven[PST_FORMATS], struct pst_io *io, uint64_t at,
                                  struct piece *piece, pstfix_error *err)
{
	size_t size = (size_t)PST_MIN((uint64_t)PIECE, io->size - at);
	pstfix_status status = io->read(io, piece->bytes, size, at, err);

	if (status)
		return PSTFIX_OK; /* an unreadable sample is no evidence */
	for (size_t i = 0; i < PST_FORMATS; i++) {
		piece->format = &pst_formats[i];
		begin(piece, at, 0, size);
		scan_piece(piece);
		for (size_t k = 0; k < piece->found.found.n; k++)
			proven[i] += piece->found.found.at[k].sure == PST_PROVEN;
		if (piece->found.found.failed)
			return pst_fail_memory(err);
		piece->found.found.n = piece->found.doubtful.n = 0;
	}
	return PSTFIX_OK;
}

pstfix_status pst_scan_format(const struct pst_format **out, uint64_t *work, struct pst_io *io,
                              pstfix_error *err)
{
	enum { SAMPLES = 64, WORK_MAX = 32 << 20 };
	uint64_t proven[PST_FORMATS] = {0};
	uint64_t pieces = (io->size + PIECE - 1) / PIECE;
	uint64_t steps[] = {(pieces + SAMPLES - 1) / SAMPLES * PIECE, PIECE};
	struct piece piece;
	pstfix_status status = PSTFIX_OK;
	size_t best = 0;

	*out = NULL;
	/* room for the largest block, prefixes for the smallest unit */
	if (!piece_init(&piece, &pst_formats[0], io->size))
		status = pst_fail_memory(err);
	for (size_t try = 0; try < PST_COUNT(steps) && !status && !proven[best]; try++) {
		for (uint64_t at = 0; at < io->size && !status && piece.found.work < WORK_MAX; at += steps[try])
			status = count_proven(proven, io, at, &piece, err);
		for (size_t i = 1; i < PST_FORMATS; i++)
			if (proven[i] > proven[best])
				best = i;
	}
	*work = piece.found.work;
	piece_deinit(&piece);
	if (!status && proven[best])
		*out = &pst_formats[best];
	return status;
}

/* ---- look-ups -------------------------------------------------------------------- */

size_t pst_inventory_from(const struct pst_inventory *inventory, uint64_t at)
{
	size_t low;

	PST_SEARCH_NUMBER(low, inventory->found.at, inventory->found.n, at, at);
	return low;
}

struct pst_found *pst_inventory_at(const struct pst_inventory *inventory, uint64_t at, uint8_t type)
{
	size_t i = pst_inventory_from(inventory, at);

	for (; i < inventory->found.n && inventory->found.at[i].at == at; i++)
		if (inventory->found.at[i].type == type)
			return &inventory->found.at[i];
	return NULL;
}

const struct pst_found *pst_inventory_over(const struct pst_inventory *inventory, uint64_t at, uint32_t size, size_t *i)
{
	const struct pst_format *f = inventory->format;
	const uint64_t end = at + pst_block_extent(f, size);

	if (!*i)
		*i = pst_inventory_from(inventory, at - PST_MIN(at, (uint64_t)f->block_max));
	while (*i < inventory->found.n && inventory->found.at[*i].at < end) {
		const struct pst_found *found = &inventory->found.at[(*i)++];

		if (found->sure == PST_PROVEN && found->at + (found->type ? f->page : pst_block_extent(f, found->size)) > at)
			return found;
	}
	return NULL;
}

bool pst_inventory_shared(const struct pst_inventory *inventory, uint64_t at, uint32_t size)
{
	size_t i = 0;

	return pst_inventory_over(inventory, at, size, &i) && pst_inventory_over(inventory, at, size, &i);
}

bool pst_inventory_read(const struct pst_inventory *inventory, struct pst_io *io,
                        const struct pst_found *found, uint8_t *out)
{
	const size_t size = inventory->format->page;

	if (!found->kept)
		return !io->read(io, out, size, found->at, NULL);
	memcpy(out, inventory->copies.at + found->kept - 1, size);
	return true;
}

bool pst_inventory_page(const struct pst_inventory *inventory, struct pst_io *io, uint64_t at,
                        enum pst_page_type type, uint8_t *out)
{
	const struct pst_found *found = pst_inventory_at(inventory, at, (uint8_t)type);

	return found && pst_inventory_read(inventory, io, found, out);
}

const uint8_t *pst_inventory_copy(const struct pst_inventory *inventory, uint64_t at, uint64_t id, uint16_t size, uint16_t inflated)
{
	const struct pst_kept_block *kept = inventory->kept.at;
	size_t i;

	PST_SEARCH_NUMBER(i, kept, inventory->kept.n, at, at);
	if (i == inventory->kept.n || kept[i].at != at || (kept[i].id & ~UINT64_C(1)) != id || kept[i].size != size || kept[i].inflated != inflated)
		return NULL;
	return inventory->copies.at + kept[i].start;
}

struct pst_found *pst_inventory_block(const struct pst_inventory *inventory, uint64_t at, uint64_t id)
{
	size_t i = pst_inventory_from(inventory, at);

	for (; i < inventory->found.n && inventory->found.at[i].at == at; i++)
		if (!inventory->found.at[i].type && (inventory->found.at[i].id & ~UINT64_C(1)) == id)
			return &inventory->found.at[i];
	return NULL;
}
