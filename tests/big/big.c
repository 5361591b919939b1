/* pst-big: a large store from a small one, with the library's own writer.
 *
 *     pst-big [OPTION]... TEMPLATE OUT
 *
 * All blocks of the template are laid out afresh from the front, in the order of their ids, around
 * the map pages. On the way the store grows, by either or both of these:
 *
 *     --size N          data trees that begin with the word GROW get new blocks, full ones but for
 *                       the last, until the file has N bytes (suffixes K, M, G)
 *     --small-blocks N  so many blocks are added, three to a message: its properties, the list of its
 *                       subnodes, its text
 *
 * or
 *
 *     --sparse --size N what is there is spread over N bytes, with holes in between
 *
 * --seed N changes the new contents, which are random, but for every other block of a 4 KiB file: that
 * is text, and compressed. Trees, maps and header come from pst_write_store(), so what comes out is
 * also a test of the writer. Trees lie behind the blocks where the store is dense, else before most. The sizes that messages and attachments say they have are not brought up to
 * date: that is above what is tested here. */
#include "write/write.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum { TEXTS = 32 };

struct text {
	uint8_t stored[PST_BLOCK_MAX];
	uint16_t size;
};

struct big {
	const struct pst_format *format;
	struct pst_io *in;
	struct pst_survey from;
	struct pst_inflater *inflater;
	bool *leaf;              /* of the template's blocks: of a tree that grows, so left out */
	bool *grows;             /* the root of one */
	uint32_t trees;          /* that are still to grow */

	struct pst_io *out;
	struct pst_index index;  /* of what is written */
	struct pst_header header;
	uint64_t at, gap;        /* where the next block may go, what is left free before it */
	uint64_t size, seed;
	uint8_t permuted[256];
	struct text *texts;      /* NULL: nothing is compressed */
};

static _Noreturn void die(const char *what, const pstfix_error *err)
{
	fprintf(stderr, "pst-big: %s%s%s\n", what, err ? ": " : "", err ? err->message : "");
	exit(1);
}

static void *must(void *memory)
{
	if (!memory)
		die("out of memory", NULL);
	return memory;
}

/* ---- the output: not synced, since it is for tests ----------------------------------------- */

struct out {
	struct pst_io io;
	int fd;
};

static pstfix_status out_write(struct pst_io *io, const void *data, size_t size, uint64_t offset,
                               pstfix_error *err)
{
	if (pwrite(((struct out *)io)->fd, data, size, (off_t)offset) != (ssize_t)size)
		return pst_fail(err, PSTFIX_ERROR_IO, errno, offset, "cannot write: %s", strerror(errno));
	io->size = PST_MAX(io->size, offset + size);
	return PSTFIX_OK;
}

static pstfix_status out_resize(struct pst_io *io, uint64_t size, pstfix_error *err)
{
	if (ftruncate(((struct out *)io)->fd, (off_t)size))
		return pst_fail(err, PSTFIX_ERROR_IO, errno, size, "cannot resize: %s", strerror(errno));
	io->size = size;
	return PSTFIX_OK;
}

static void out_open(struct out *out, const char *path)
{
	*out = (struct out){.io = {.write = out_write, .resize = out_resize}};
	out->fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
	if (out->fd < 0)
		die(strerror(errno), NULL);
}

/* ---- contents ------------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545F4914F6CDD1D);
}

static uint64_t random_from(const struct big *big, uint64_t number)
{
	return (big->seed + number) * UINT64_C(0x9E3779B97F4A7C15) | 1;
}

static void fill_random(uint8_t *data, size_t size, uint64_t state)
{
	for (size_t i = 0; i < size; i += 8) {
		uint64_t value = next_random(&state);

		memcpy(data + i, &value, PST_MIN(size - i, sizeof value));
	}
}

static void fill_text(char *data, size_t size, uint64_t state)
{
	static const char *const words[] = {"meeting ", "invoice ", "regards ", "attached ", "please ",
	                                    "the ", "of ", "and ", "to ", "contract ", "monday "};
	size_t n = 0;

	while (n < size) {
		uint64_t value = next_random(&state) >> 32;

		/* one word in eight is a number, or it would shrink to nothing */
		n += (size_t)(value % 8 ? snprintf(data + n, size - n + 1, "%s", words[value / 8 % PST_COUNT(words)])
		                        : snprintf(data + n, size - n + 1, "%llu ", (unsigned long long)value));
	}
}

/* A few texts serve many blocks: to compress them takes far longer than to check them. */
static void make_texts(struct big *big)
{
	uint32_t size = pst_block_data(big->format);
	char *data;

	if (!big->format->tail_inflated || big->index.encoding != PST_PLAIN)
		return;
	data = must(malloc(size + 1));
	big->texts = must(calloc(TEXTS, sizeof *big->texts));
	for (uint64_t i = 0; i < TEXTS; i++) {
		uLongf stored = size;

		fill_text(data, size, random_from(big, ~i));
		if (compress2(big->texts[i].stored, &stored, (Bytef *)data, size, 6) != Z_OK)
			die("a text does not become smaller", NULL);
		big->texts[i].size = (uint16_t)stored;
	}
	free(data);
}

static void init_permuted(struct big *big)
{
	for (unsigned i = 0; i < 256; i++) {
		uint8_t plain = (uint8_t)i;

		pst_decode(PST_PERMUTE, &plain, 1, 0);
		big->permuted[plain] = (uint8_t)i;
	}
}

static void encode(const struct big *big, uint8_t *data, size_t size, uint64_t id)
{
	if (big->index.encoding == PST_PERMUTE)
		for (size_t i = 0; i < size; i++)
			data[i] = big->permuted[data[i]];
	else
		pst_decode(big->index.encoding, data, size, id); /* which undoes itself */
}

/* ---- blocks ----------------------------------------------------------------------------------- */

static uint64_t new_id(struct big *big, uint64_t flags)
{
	uint64_t id = big->header.next_block | flags;

	big->header.next_block += 4;
	return id;
}

/* The rest of a section is too small for the next block: as if older trees lay there, so that the new
 * ones come to lie at the end, where their offsets are large. */
static void close_section(struct big *big, uint64_t end)
{
	const struct pst_format *f = big->format;

	for (uint64_t at = (big->at + f->page - 1) / f->page * f->page; at < end; at += f->page)
		pst_add(&big->index.nbt.pages, ((struct pst_tree_page){.at = at}));
}

/* The next place for a block: not on the maps, and not across them. */
static uint64_t place(struct big *big, uint32_t extent)
{
	const struct pst_format *f = big->format;
	uint64_t section = (big->at - f->first_map) / pst_section(f);
	uint64_t at = PST_MAX(big->at, pst_amap_at(f, section) + pst_map_bytes(f, section));

	if (at + extent > pst_amap_at(f, section + 1)) {
		if (!big->gap)
			close_section(big, pst_amap_at(f, section + 1));
		section++;
		at = pst_amap_at(f, section) + pst_map_bytes(f, section);
	}
	big->at = at + extent + big->gap;
	return at;
}

static void write_block(struct big *big, struct pst_block block, const uint8_t *stored)
{
	static uint8_t extent[PST_BLOCK_MAX];
	const struct pst_format *f = big->format;
	uint32_t size = pst_block_extent(f, block.size), tail = size - f->block_tail;
	pstfix_error err;

	block.at = place(big, size);
	memcpy(extent, stored, block.size);
	memset(extent + block.size, 0, size - block.size);
	pst_block_tail_encode(&(struct pst_block_tail){.id = block.id, .size = block.size,
	                                               .inflated = block.inflated,
	                                               .signature = pst_signature(block.at, block.id),
	                                               .crc = pst_crc(stored, block.size),
	                                               .extra = PST_BLOCK_EXTRA}, f, extent + tail);
	if (big->out->write(big->out, extent, size, block.at, &err))
		die("cannot write", &err);
	pst_add(&big->index.blocks, block);
}

/* A new block that one other thing refers to. */
static uint64_t add_block(struct big *big, uint64_t flags, uint8_t *data, uint32_t size)
{
	uint64_t id = new_id(big, flags);

	if (!(flags & PST_INTERNAL))
		encode(big, data, size, id);
	write_block(big, (struct pst_block){.id = id, .size = (uint16_t)size,
	                                    .inflated = (uint16_t)size, .refs = 1}, data);
	return id;
}

/* ---- data trees that grow ---------------------------------------------------------------------- */

typedef PST_ARRAY(uint64_t) ids;

struct data_list {
	uint8_t level;
	uint64_t total;
	const uint64_t *ids;
	size_t n;
};

static void write_data_list(struct big *big, struct pst_block block, const struct data_list *list)
{
	uint8_t data[PST_BLOCK_MAX] = {PST_LIST_DATA, list->level};

	if (list->total > UINT32_MAX)
		die("a data tree would have more than 4 GiB; give the template more of them", NULL);
	pst_put(data + 2, list->n, 2);
	pst_put(data + 4, list->total, 4);
	for (size_t i = 0; i < list->n; i++)
		pst_put(data + 8 + i * big->format->word, list->ids[i], big->format->word);
	block.size = block.inflated = (uint16_t)(8 + list->n * big->format->word);
	write_block(big, block, data);
}

static uint64_t add_leaf(struct big *big, uint64_t number, uint32_t size)
{
	uint8_t data[PST_BLOCK_MAX];

	if (big->texts && number % 2 && size == pst_block_data(big->format)) {
		const struct text *text = &big->texts[number / 2 % TEXTS];
		uint64_t id = new_id(big, 0);

		write_block(big, (struct pst_block){.id = id, .size = text->size, .refs = 1,
		                                    .inflated = (uint16_t)size}, text->stored);
		return id;
	}
	fill_random(data, size, random_from(big, big->header.next_block));
	return add_block(big, 0, data, size);
}

/* Leaves until the tree has had its share of the room; the last one is a short one. */
static void grow_tree(struct big *big, const struct pst_block *root)
{
	uint32_t full = pst_block_data(big->format);
	size_t most = (full - 8) / big->format->word;
	uint64_t room = big->size > big->at ? (big->size - big->at) / big->trees-- : 0;
	uint64_t end = big->at + room;
	uint64_t number = 0;
	ids leaves = {0}, lists = {0};

	do
		pst_add(&leaves, add_leaf(big, number++, full));
	while (big->at + big->format->block_max < end && !leaves.failed);
	pst_add(&leaves, add_leaf(big, number, 1000));
	for (size_t i = 0; leaves.n > most && i < leaves.n; i += most) {
		struct data_list list = {.level = 1, .ids = leaves.at + i, .n = PST_MIN(most, leaves.n - i)};
		uint64_t id = new_id(big, PST_INTERNAL);

		list.total = (uint64_t)full * list.n - (i + list.n == leaves.n ? full - 1000u : 0);
		write_data_list(big, (struct pst_block){.id = id, .refs = 1}, &list);
		pst_add(&lists, id);
	}
	if (leaves.failed || lists.failed)
		die("out of memory", NULL);
	write_data_list(big, *root,
	                &(struct data_list){.level = lists.n ? 2 : 1,
	                                    .total = (uint64_t)full * (leaves.n - 1) + 1000,
	                                    .ids = lists.n ? lists.at : leaves.at,
	                                    .n = lists.n ? lists.n : leaves.n});
	free(leaves.at);
	free(lists.at);
}

/* Marks trees whose first leaf begins with GROW, and their leaves. */
static void find_growing(struct big *big)
{
	const struct pst_index *index = &big->from.index;
	uint8_t data[PST_BLOCK_MAX], leaf[PST_BLOCK_MAX];

	big->leaf = must(calloc(index->blocks.n + 1, sizeof *big->leaf));
	big->grows = must(calloc(index->blocks.n + 1, sizeof *big->grows));
	for (size_t i = 0; i < index->blocks.n; i++) {
		const struct pst_block *block = &index->blocks.at[i];
		int64_t size = block->id & PST_INTERNAL ? pst_block_read(index, block, big->inflater, data) : 0;
		struct pst_list list = {0};

		if (size > 0)
			pst_list_decode(&list, big->format, data, (size_t)size);
		for (uint32_t k = 0; list.type == PST_LIST_DATA && list.level == 1 && k < list.n; k++) {
			struct pst_block *part = pst_index_block(index, pst_list_at(&list, big->format, k).data);

			if (!part || (!k && (pst_block_read(index, part, big->inflater, leaf) < 4 ||
			                     memcmp(leaf, "GROW", 4))))
				break;
			big->leaf[part - index->blocks.at] = true;
			big->trees += !k;
			big->grows[i] = true;
		}
	}
}

/* ---- messages of small blocks -------------------------------------------------------------------- */

/* A heap with one property, the text, which is in a subnode. */
static uint64_t add_properties(struct big *big, uint32_t text_nid)
{
	uint8_t heap[38] = {28, 0, 0xEC, 0xBC, 0x20, 0, 0, 0, 0, 0, 0, 0, /* header */
	                    0xB5, 2, 6, 0, 0x40, 0, 0, 0,                 /* BTH header */
	                    0x00, 0x10, 0x1F, 0, 0, 0, 0, 0,              /* PidTagBody */
	                    2, 0, 0, 0, 12, 0, 20, 0, 28, 0};             /* page map */

	if (big->format->word == 4)
		heap[22] = 0x1E;
	pst_put(heap + 24, text_nid, 4);
	return add_block(big, 0, heap, sizeof heap);
}

static uint64_t add_text(struct big *big, uint32_t number)
{
	uint8_t data[40];
	char text[20];
	int n = snprintf(text, sizeof text, "Message %u", (unsigned)number);
	unsigned width = big->format->word == 4 ? 1 : 2;

	for (int i = 0; i < n; i++)
		pst_put(data + (unsigned)i * width, (uint8_t)text[i], width);
	return add_block(big, 0, data, (uint32_t)n * width);
}

static void add_message(struct big *big, uint32_t parent)
{
	const struct pst_format *f = big->format;
	uint32_t number = ++big->header.rgnid[4];
	uint32_t text_nid = pst_rgnid_first(0x1F) << 5 | 0x1F;
	uint8_t list[32] = {PST_LIST_SUB, 0, 1};
	struct pst_node node = {.nid = number << 5 | 4, .parent = parent};

	node.data = add_properties(big, text_nid);
	pst_put(list + f->list_head, text_nid, f->word);
	pst_put(list + f->list_head + f->word, add_text(big, number), f->word);
	node.sub = add_block(big, PST_INTERNAL, list, f->list_head + 3u * f->word);
	pst_add(&big->index.nodes, node);
}

static void add_messages(struct big *big, uint64_t blocks)
{
	const struct pst_index *from = &big->from.index;
	uint32_t parent = 0;

	for (size_t i = 0; i < from->nodes.n; i++)
		if ((from->nodes.at[i].nid & 31) == 4)
			parent = from->nodes.at[i].parent;
	for (uint64_t i = 0; i < blocks; i += 3)
		add_message(big, parent);
}

/* ---- the whole ------------------------------------------------------------------------------------- */

static void open_template(struct big *big, const char *path)
{
	struct pst_scan_options options = {.threads = 1};
	struct pst_header header;
	const struct pst_format *format;
	bool from_content;
	uint64_t work;
	pstfix_error err;

	if (pst_io_open_file(&big->in, path, &err) ||
	    pst_survey_open(&header, &format, &from_content, &work, big->in, &err) ||
	    pst_survey_make(&big->from, big->in, &header, format, &options, (struct pst_teller){0}, &err))
		die(path, &err);
	big->format = format;
	big->header = big->from.right;
	big->inflater = must(pst_inflater_open());
	big->index.format = format;
	big->index.encoding = big->from.right.encoding;
	big->at = format->first_map;
}

static void copy_blocks(struct big *big)
{
	const struct pst_index *from = &big->from.index;
	uint8_t stored[PST_BLOCK_MAX];
	pstfix_error err;

	for (size_t i = 0; i < from->blocks.n; i++) {
		const struct pst_block *block = &from->blocks.at[i];

		if (big->leaf[i])
			continue;
		if (big->grows[i]) {
			grow_tree(big, block);
			continue;
		}
		if (big->in->read(big->in, stored, block->size, block->at, &err))
			die("cannot read the template", &err);
		write_block(big, *block, stored);
	}
}

static int by_id(const void *a, const void *b)
{
	const struct pst_block *x = a, *y = b;

	return PST_ORDER(x->id, y->id);
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

static void write_rest(struct big *big)
{
	pstfix_error err;

	if (big->index.blocks.failed || big->index.nodes.failed || big->index.nbt.pages.failed)
		die("out of memory", NULL);
	qsort(big->index.blocks.at, big->index.blocks.n, sizeof *big->index.blocks.at, by_id);
	qsort(big->index.nodes.at, big->index.nodes.n, sizeof *big->index.nodes.at, by_nid);
	big->index.io = big->out;
	big->header.end = pst_section_end(big->format, PST_MAX(big->at, big->gap ? big->size : 0));
	if (pst_write_store(big->out, &big->index, &big->header,
	                    (struct pst_writing){.nbt = true, .bbt = true, .maps = true}, &err))
		die("cannot write", &err);
}

static uint64_t number(const char *text)
{
	static const char suffixes[] = "KMG";
	char *end;
	unsigned long long n = strtoull(text, &end, 0);
	const char *suffix = *end ? strchr(suffixes, *end) : NULL;

	if (end == text || (*end && (!suffix || end[1])))
		die("not a number", NULL);
	return suffix ? (uint64_t)n << 10 * (suffix - suffixes + 1) : n;
}

static void usage(void)
{
	die("usage: pst-big [--size N] [--small-blocks N | --sparse] [--seed N] TEMPLATE OUT", NULL);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"size", required_argument, NULL, 's'},
	                                        {"small-blocks", required_argument, NULL, 'b'},
	                                        {"seed", required_argument, NULL, 'r'},
	                                        {"sparse", no_argument, NULL, 'h'},
	                                        {0}};
	struct big big = {.seed = 1};
	struct out out;
	uint64_t small_blocks = 0;
	bool sparse = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 's': big.size = number(optarg); break;
		case 'b': small_blocks = number(optarg); break;
		case 'r': big.seed = number(optarg); break;
		case 'h': sparse = true; break;
		default: usage();
		}
	if (argc - optind != 2 || (sparse && (small_blocks || !big.size)))
		usage();
	open_template(&big, argv[optind]);
	out_open(&out, argv[optind + 1]);
	big.out = &out.io;
	init_permuted(&big);
	make_texts(&big);
	if (sparse)
		big.gap = big.size / (big.from.index.blocks.n + 1) / big.format->unit * big.format->unit;
	for (size_t i = 0; i < big.from.index.nodes.n; i++)
		pst_add(&big.index.nodes, big.from.index.nodes.at[i]);
	find_growing(&big);
	if (!big.size || sparse) {
		memset(big.leaf, 0, big.from.index.blocks.n);
		memset(big.grows, 0, big.from.index.blocks.n * sizeof *big.grows);
	}
	add_messages(&big, small_blocks);
	copy_blocks(&big);
	write_rest(&big);
	if (close(out.fd))
		die(strerror(errno), NULL);
	free(big.texts);
	free(big.leaf);
	free(big.grows);
	pst_index_deinit(&big.index);
	pst_inflater_free(big.inflater);
	pst_survey_deinit(&big.from);
	pst_io_close(big.in);
	return 0;
}
