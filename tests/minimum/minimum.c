/* pst-minimum: a store with nothing in it, made by the library alone.
 *
 *     pst-minimum FORMAT OUT
 *
 * All that lib/write/minimum.h knows of, in a file of the format: for readers, to see that nothing is missing. Tables without
 * rows share the blocks of their templates, as those of Outlook do; what is encoded in files of Outlook is so here. */
#include "disk/header.h"
#include "write/minimum.h"
#include "write/write.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct maker {
	struct pst_sink sink;
	struct pst_io out;
	FILE *file;
	struct pst_index index;
	struct pst_header header;
	uint64_t at; /* where the next block goes */
	uint8_t permuted[256];
};

static _Noreturn void die(const char *what, const pstfix_error *err)
{
	fprintf(stderr, "pst-minimum: %s%s%s\n", what, err ? ": " : "", err ? err->message : "");
	exit(1);
}

/* ---- the file -------------------------------------------------------------------------------- */

static struct maker *maker_of(struct pst_io *io)
{
	return (struct maker *)((char *)io - offsetof(struct maker, out));
}

static pstfix_status out_write(struct pst_io *io, const void *data, size_t size, uint64_t offset, pstfix_error *err)
{
	FILE *file = maker_of(io)->file;

	if (fseek(file, (long)offset, SEEK_SET) || fwrite(data, size, 1, file) != 1)
		return pst_fail(err, PSTFIX_ERROR_IO, 0, offset, "cannot write");
	io->size = PST_MAX(io->size, offset + size);
	return PSTFIX_OK;
}

/* It only becomes longer. */
static pstfix_status out_resize(struct pst_io *io, uint64_t size, pstfix_error *err)
{
	return size > io->size ? out_write(io, "", 1, size - 1, err) : PSTFIX_OK;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void encode(const struct maker *maker, uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size && maker->header.encoding == PST_PERMUTE; i++)
		data[i] = maker->permuted[data[i]];
}

/* What a block lists was put before. */
static void count_listed(struct maker *maker, const void *data, size_t size)
{
	struct pst_list list;

	pst_list_decode(&list, maker->sink.format, data, size);
	for (uint32_t i = 0; i < list.n; i++)
		pst_index_block(&maker->index, pst_list_at(&list, maker->sink.format, i).data)->refs++;
}

static pstfix_status put(struct pst_sink *sink, uint64_t *bid, const void *data, size_t size, bool internal, pstfix_error *err)
{
	static uint8_t extent[PST_BLOCK_MAX];
	struct maker *maker = (struct maker *)sink;
	const struct pst_format *f = sink->format;
	const uint32_t whole = pst_block_extent(f, (uint32_t)size);
	struct pst_block block = {.id = maker->header.next_block | (internal ? PST_INTERNAL : 0), .at = maker->at,
	                          .size = (uint16_t)size, .inflated = (uint16_t)size, .sure = PST_PROVEN};

	if (maker->at + whole > pst_amap_at(f, 1))
		die("a store with nothing in it takes more than a section", NULL);
	memset(extent, 0, whole);
	memcpy(extent, data, size);
	if (internal)
		count_listed(maker, data, size);
	else
		encode(maker, extent, size);
	pst_block_tail_encode(&(struct pst_block_tail){.id = block.id, .size = block.size, .inflated = block.inflated,
	                                               .signature = pst_signature(block.at, block.id),
	                                               .crc = pst_crc(extent, size), .extra = PST_BLOCK_EXTRA},
	                      f, extent + whole - f->block_tail);
	pst_add(&maker->index.blocks, block);
	maker->header.next_block += 4;
	maker->at += whole;
	*bid = block.id;
	return maker->index.blocks.failed ? pst_fail_memory(err) : out_write(&maker->out, extent, whole, block.at, err);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static void add_node(struct maker *maker, uint32_t nid, uint32_t parent, uint64_t data, uint64_t sub)
{
	uint32_t *last = &maker->header.rgnid[nid & 31];

	*last = PST_MAX(*last, nid >> 5);
	pst_add(&maker->index.nodes, ((struct pst_node){.nid = nid, .parent = parent, .data = data, .sub = sub}));
	if (maker->index.nodes.failed)
		die("out of memory", NULL);
}

/* A template comes before all tables: the first node of its type. */
static const struct pst_node *template_for(const struct maker *maker, uint32_t nid)
{
	for (size_t i = 0; i < maker->index.nodes.n; i++)
		if ((maker->index.nodes.at[i].nid & 31) == (nid & 31) && (nid & 31) != 1 && maker->index.nodes.at[i].data)
			return &maker->index.nodes.at[i];
	return NULL;
}

static void add_blank(struct maker *maker, uint32_t nid)
{
	const struct pst_node *template = template_for(maker, nid);
	uint64_t data = template ? template->data : 0, sub = template ? template->sub : 0;
	pstfix_error err;

	if (!template && pst_write_blank(&maker->sink, nid, &data, &sub, &err))
		die("a blank node", &err);
	add_node(maker, nid, 0, data, sub);
}

static bool is_in(const struct pst_minimum *node, uint32_t folder)
{
	return node->kind == PST_MINIMUM_FOLDER && node->parent == folder && node->nid != folder;
}

static size_t folder_properties(struct maker *maker, struct pst_made *made, const struct pst_minimum *folder, uint8_t *name)
{
	const struct pst_format *f = maker->sink.format;
	const struct pst_minimum *node;
	struct pst_folder_facts facts = {.name = name, .name_size = pst_ascii(name, f, folder->name)};

	for (size_t i = 0; (node = pst_minimum_at(f, i)); i++)
		facts.subfolders += is_in(node, folder->nid);
	return pst_folder_properties(made, f, &facts);
}

static void add_row(struct maker *maker, struct pst_tc_writer *writer, const struct pst_tc_shape *shape,
                    const struct pst_minimum *folder)
{
	struct pst_given cells[PST_TEMPLATE_COLUMNS];
	struct pst_made made[PST_FOLDER_PROPERTIES];
	uint8_t name[100];
	pstfix_error err;

	pst_made_cells(cells, shape, made, folder_properties(maker, made, folder, name));
	if (pst_tc_writer_add(writer, folder->nid, maker->header.unique++, cells, &err))
		die("a row of a folder", &err);
}

static void add_hierarchy(struct maker *maker, uint32_t nid, uint32_t folder)
{
	const struct pst_format *f = maker->sink.format;
	const struct pst_minimum *node;
	struct pst_template template;
	struct pst_tc_writer writer;
	uint32_t rows = 0;
	uint64_t data, sub;
	pstfix_error err;

	for (size_t i = 0; (node = pst_minimum_at(f, i)); i++)
		rows += is_in(node, folder);
	if (!rows) {
		add_blank(maker, nid);
		return;
	}
	pst_template_of(&template, f, nid);
	if (pst_tc_writer_begin(&writer, &maker->sink, &template.shape, rows, NULL, &err))
		die("a hierarchy table", &err);
	for (size_t i = 0; (node = pst_minimum_at(f, i)); i++)
		if (is_in(node, folder))
			add_row(maker, &writer, &template.shape, node);
	if (pst_tc_writer_end(&writer, &data, &sub, &err))
		die("a hierarchy table", &err);
	pst_tc_writer_deinit(&writer);
	add_node(maker, nid, 0, data, sub);
}

static void add_properties(struct maker *maker, uint32_t nid, uint32_t parent, const struct pst_made *made, size_t n)
{
	uint64_t data, sub;
	pstfix_error err;

	if (pst_write_properties(&maker->sink, made, n, &data, &sub, &err))
		die("properties", &err);
	add_node(maker, nid, parent, data, sub);
}

static void add_folder(struct maker *maker, const struct pst_minimum *folder)
{
	struct pst_made made[PST_FOLDER_PROPERTIES];
	uint32_t nids[PST_FOLDER_NODES];
	const size_t n = pst_folder_nodes(nids, maker->sink.format, folder->nid);
	uint8_t name[100];

	add_properties(maker, folder->nid, folder->parent, made, folder_properties(maker, made, folder, name));
	for (size_t i = 0; i < n; i++)
		if ((nids[i] & 31) == 0x0D)
			add_hierarchy(maker, nids[i], folder->nid);
		else
			add_blank(maker, nids[i]);
}

static void add_store(struct maker *maker)
{
	const struct pst_format *f = maker->sink.format;
	const struct pst_minimum *node;
	uint8_t name[20];
	struct pst_store_facts facts = {.ost = f->client == 0x4F53, .key = "any sixteen byte", .name = name,
	                                .name_size = pst_ascii(name, f, "Empty")};
	struct pst_made made[PST_STORE_PROPERTIES];

	for (size_t i = 0; (node = pst_minimum_at(f, i)); i++)
		if (node->entry)
			facts.folders[node->entry - 0x35E0] = node->nid;
	add_properties(maker, 0x21, 0, made, pst_store_properties(made, f, &facts));
}

static void add_receive(struct maker *maker)
{
	uint64_t data, sub;
	pstfix_error err;

	if (pst_write_receive_folders(&maker->sink, 0x122, maker->header.unique++, &data, &sub, &err))
		die("folders that receive", &err);
	add_node(maker, 0x62B, 0, data, sub);
}

static void add_searches(struct maker *maker)
{
	uint64_t data;
	pstfix_error err;

	if (pst_write_nids(&maker->sink, &(uint32_t){0x2223}, 1, &data, &err))
		die("the list of searches", &err);
	add_node(maker, 0x201, 0, data, 0);
}

static void add_one(struct maker *maker, const struct pst_minimum *node)
{
	switch (node->kind) {
	case PST_MINIMUM_STORE: add_store(maker); break;
	case PST_MINIMUM_FOLDER: add_folder(maker, node); break;
	case PST_MINIMUM_RECEIVE: add_receive(maker); break;
	default: node->nid == 0x201 ? add_searches(maker) : add_blank(maker, node->nid); break;
	}
}

/* Folders last, that there are templates for their tables. */
static void add_all(struct maker *maker)
{
	const struct pst_minimum *node;

	for (size_t i = 0; (node = pst_minimum_at(maker->sink.format, i)); i++)
		if (node->kind != PST_MINIMUM_FOLDER)
			add_one(maker, node);
	for (size_t i = 0; (node = pst_minimum_at(maker->sink.format, i)); i++)
		if (node->kind == PST_MINIMUM_FOLDER)
			add_one(maker, node);
}

/* ---- the whole --------------------------------------------------------------------------------- */

static void maker_open(struct maker *maker, const struct pst_format *f, const char *path)
{
	*maker = (struct maker){.sink = {f, pst_rgnid_first(0x1F), put}, .index = {.format = f},
	                        .header = {.format = f, .client = f->client, .version = f->version,
	                                   .version_client = f->version_client, .sentinel = PST_SENTINEL, .next_block = 4,
	                                   .next_page = 1, .unique = 2, .encoding = f->tail_inflated ? PST_PLAIN : PST_PERMUTE},
	                        .at = pst_amap_at(f, 0) + pst_map_bytes(f, 0)};
	maker->out = (struct pst_io){.write = out_write, .resize = out_resize};
	maker->file = fopen(path, "wb");
	if (!maker->file)
		die(path, NULL);
	maker->index.io = &maker->out;
	maker->index.encoding = maker->header.encoding;
	for (unsigned type = 0; type < PST_NID_TYPES; type++)
		maker->header.rgnid[type] = pst_rgnid_first(type);
	for (unsigned i = 0; i < 256; i++) {
		uint8_t plain = (uint8_t)i;

		pst_decode(PST_PERMUTE, &plain, 1, 0);
		maker->permuted[plain] = (uint8_t)i;
	}
}

static int by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;

	return PST_ORDER(x->nid, y->nid);
}

int main(int argc, char **argv)
{
	const struct pst_format *f = pst_formats;
	struct maker maker;
	pstfix_error err;

	if (argc != 3)
		die("usage: pst-minimum FORMAT OUT", NULL);
	while (f < pst_formats + PST_FORMATS && strcmp(f->name, argv[1]) != 0)
		f++;
	if (f == pst_formats + PST_FORMATS)
		die("no such format", NULL);
	maker_open(&maker, f, argv[2]);
	add_all(&maker);
	qsort(maker.index.nodes.at, maker.index.nodes.n, sizeof *maker.index.nodes.at, by_nid);
	for (size_t i = 0; i < maker.index.nodes.n; i++)
		pst_index_count_node(&maker.index, &maker.index.nodes.at[i], true);
	maker.header.end = pst_section_end(f, maker.at);
	if (pst_write_store(&maker.out, &maker.index, &maker.header, (struct pst_writing){true, true, true}, &err))
		die(argv[2], &err);
	if (fclose(maker.file))
		die(argv[2], NULL);
	pst_index_deinit(&maker.index);
	return 0;
}
