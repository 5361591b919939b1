/* What a store has before anything is put into it: see minimum.h. */
#include "write/minimum.h"
#include "write/names.h"

/* Which formats: bits in the order of the table of formats. */
enum { U = 1, A = 2, K = 4, UA = U | A, UK = U | K, ALL = U | A | K };

static bool is_in(uint8_t formats, const struct pst_format *f)
{
	return formats >> (f - pst_formats) & 1;
}

/* A type that is written as in Unicode: strings of ANSI files are of the other type. */
static uint16_t type_in(const struct pst_format *f, uint32_t tag)
{
	const uint16_t type = (uint16_t)tag;

	return type == PST_STRING ? f->string : type;
}

/* ---- tables ---------------------------------------------------------------------------- */

struct template_column {
	uint8_t formats;
	uint32_t tag;
};

/* In the order of their making, which places cells and bits; the row's id and version come before all others. The same in
 * all files of a generation, of which this is the newest with a file known: Unicode msrs-Empty, ANSI pstsdk-test_ansi (but
 * for the queue of outgoing messages, which has its first columns in gopst-32-bit), 4K pstextractortest. */
static const struct template_column hierarchy[] = {
	{ALL, 0x3001001F}, {ALL, 0x36020003}, {ALL, 0x36030003}, {ALL, 0x360A000B}, {K, 0x66380003}, {K, 0x67F40014},
	{ALL, 0x0E300102}, {ALL, 0x0E330014}, {ALL, 0x0E340102}, {ALL, 0x0E380003}, {ALL, 0x3613001F}, {ALL, 0x66350003},
	{ALL, 0x66360003},
}, contents[] = {
	{ALL, 0x0E170003}, {ALL, 0x001A001F}, {ALL, 0x0E070003}, {ALL, 0x00170003}, {ALL, 0x0042001F}, {ALL, 0x0037001F},
	{ALL, 0x0E060040}, {ALL, 0x00390040}, {ALL, 0x0E080003}, {ALL, 0x0E04001F}, {ALL, 0x0E03001F}, {ALL, 0x0057000B},
	{ALL, 0x0058000B}, {ALL, 0x00360003}, {K, 0x67F40014}, {K, 0x66120003}, {K, 0x67F5000B}, {K, 0x65E20102},
	{K, 0x65E30102}, {K, 0x30080040}, {K, 0x66280014}, {ALL, 0x10970003}, {K, 0x10981102}, {K, 0x66220040},
	{K, 0x66230003}, {ALL, 0x0070001F}, {ALL, 0x00710102}, {UK, 0x30130102}, {K, 0x0E2A000B}, {ALL, 0x65C60003},
	{UA, 0x30080040}, {UA, 0x0E300102}, {UA, 0x0E330014}, {UA, 0x0E340102}, {UA, 0x0E3D0102}, {UA, 0x0E3C0102},
	{ALL, 0x0E380003},
}, associated[] = {
	{ALL, 0x0E170003}, {ALL, 0x001A001F}, {ALL, 0x0E070003}, {ALL, 0x3001001F}, {ALL, 0x70030003}, {ALL, 0x70040102},
	{ALL, 0x70050102}, {ALL, 0x7006001F}, {ALL, 0x70070003}, {ALL, 0x6800001F}, {ALL, 0x6803000B}, {ALL, 0x68051003},
	{ALL, 0x682F001F}, {K, 0x67F40014}, {K, 0x66120003}, {K, 0x65E20102}, {K, 0x65E30102}, {K, 0x30080040},
	{K, 0x66280014},
}, results[] = {
	{ALL, 0x67F10003}, {ALL, 0x0E05001F}, {ALL, 0x0E170003}, {ALL, 0x001A001F}, {ALL, 0x0E070003}, {ALL, 0x00170003},
	{ALL, 0x0042001F}, {ALL, 0x0037001F}, {ALL, 0x0E060040}, {ALL, 0x0E080003}, {ALL, 0x0E04001F}, {ALL, 0x0E03001F},
	{ALL, 0x0057000B}, {ALL, 0x0058000B}, {ALL, 0x00360003}, {K, 0x66120003}, {ALL, 0x0E2A000B}, {ALL, 0x30080040},
}, receive_folders[] = {
	{ALL, 0x66050003}, {ALL, 0x001A001F}, {K, 0x67F40014}, {K, 0x30080040},
}, outgoing[] = {
	{ALL, 0x0E140003}, {ALL, 0x0E100003}, {ALL, 0x00390040},
}, attachments[] = {
	{ALL, 0x370B0003}, {ALL, 0x0E200003}, {ALL, 0x37050003}, {ALL, 0x3704001F}, {K, 0x66180048},
}, recipients[] = {
	{ALL, 0x0E0F000B}, {ALL, 0x3002001F}, {ALL, 0x3003001F}, {ALL, 0x0FFF0102}, {ALL, 0x3001001F}, {ALL, 0x0C150003},
	{ALL, 0x300B0102}, {ALL, 0x0FF90102}, {ALL, 0x0FFE0003}, {ALL, 0x39000003}, {ALL, 0x3A40000B}, {ALL, 0x39FF001F},
}, changes[] = {
	{ALL, 0x0E330014}, {ALL, 0x0E370102}, {ALL, 0x0E380003},
}, tombstones[] = {
	{ALL, 0x0E3E0102}, {ALL, 0x0E310102}, {ALL, 0x0E300102}, {ALL, 0x0E380003}, {ALL, 0x0E340102}, {ALL, 0x0E330014},
	{ALL, 0x001A001F},
}, tombstone_dates[] = {
	{ALL, 0x30070040}, {ALL, 0x0E330014},
}, duplicates[] = {
	{K, 0x67F40014}, {K, 0x66320003},
};

/* `number`: see struct pst_tc_shape. Of ANSI tables, those of tombstones alone have rows numbered in 4 bytes. */
static const struct {
	uint8_t type, formats, number;
	uint8_t sides; /* formats */
	uint8_t n;
	const struct template_column *columns;
} templates[] = {
#define COLUMNS(of) (uint8_t)PST_COUNT(of), of
	{0x0B, ALL, 0, 0, COLUMNS(receive_folders)},
	{0x0C, ALL, 0, 0, COLUMNS(outgoing)},
	{0x0D, ALL, 0, 0, COLUMNS(hierarchy)},
	{0x0E, ALL, 0, K, COLUMNS(contents)},
	{0x0F, ALL, 0, 0, COLUMNS(associated)},
	{0x10, ALL, 0, 0, COLUMNS(results)},
	{0x11, ALL, 0, 0, COLUMNS(attachments)},
	{0x12, ALL, 0, 0, COLUMNS(recipients)},
	{0x16, ALL, 0, 0, COLUMNS(changes)},
	{0x17, ALL, 4, 0, COLUMNS(tombstones)},
	{0x18, ALL, 4, 0, COLUMNS(tombstone_dates)},
	{0x19, K, 0, 0, COLUMNS(duplicates)},
#undef COLUMNS
};

static size_t take_tags(uint32_t *out, const struct template_column *columns, size_t n, const struct pst_format *f)
{
	size_t taken = 0;

	out[taken++] = (uint32_t)PST_ROW_ID << 16 | PST_INT32;
	out[taken++] = (uint32_t)PST_ROW_VERSION << 16 | PST_INT32;
	for (size_t i = 0; i < n; i++)
		if (is_in(columns[i].formats, f))
			out[taken++] = (columns[i].tag & 0xFFFF0000) | type_in(f, columns[i].tag);
	return taken;
}

bool pst_template_of(struct pst_template *out, const struct pst_format *f, uint32_t nid)
{
	uint32_t tags[2 + PST_COUNT(contents)];

	for (size_t i = 0; i < PST_COUNT(templates); i++) {
		if (templates[i].type != (nid & 31) || !is_in(templates[i].formats, f))
			continue;
		out->shape = (struct pst_tc_shape){.columns = out->columns, .number = templates[i].number,
		                                   .sides = is_in(templates[i].sides, f)};
		out->shape.n = take_tags(tags, templates[i].columns, templates[i].n, f);
		pst_tc_layout(out->columns, tags, out->shape.n);
		return true;
	}
	return false;
}

static pstfix_status write_table(struct pst_sink *sink, const struct pst_tc_shape *shape, uint64_t *data, uint64_t *sub,
                                 pstfix_error *err)
{
	struct pst_tc_writer writer;
	pstfix_status status = pst_tc_writer_begin(&writer, sink, shape, 0, NULL, err);

	if (status)
		return status;
	status = pst_tc_writer_end(&writer, data, sub, err);
	pst_tc_writer_deinit(&writer);
	return status;
}

pstfix_status pst_write_receive_folders(struct pst_sink *sink, uint32_t folder, uint32_t version, uint64_t *data,
                                        uint64_t *sub, pstfix_error *err)
{
	enum { NID_RECEIVE = 0x62B, RECEIVE_FOLDER = 0x6605, MESSAGE_CLASS = 0x001A, ANY_CLASS = 1 };
	struct pst_made row[] = {{.id = MESSAGE_CLASS, .type = sink->format->string},
	                         {.id = RECEIVE_FOLDER, .type = PST_INT32, .size = 4}};
	struct pst_given cells[PST_TEMPLATE_COLUMNS];
	struct pst_template template;
	struct pst_tc_writer writer;
	pstfix_status status;

	pst_template_of(&template, sink->format, NID_RECEIVE);
	pst_put(row[1].bytes, folder, 4);
	pst_made_cells(cells, &template.shape, row, PST_COUNT(row));
	status = pst_tc_writer_begin(&writer, sink, &template.shape, 1, NULL, err);
	if (status)
		return status;
	status = pst_tc_writer_add(&writer, ANY_CLASS, version, cells, err);
	if (!status)
		status = pst_tc_writer_end(&writer, data, sub, err);
	pst_tc_writer_deinit(&writer);
	return status;
}

/* ---- nodes that are the same in every store -------------------------------------------- */

/* What is no table: a property context with one number, a heap with an empty tree, or nothing. */
struct blank {
	uint32_t nid;
	bool by_type; /* all of its type */
	uint8_t formats;
	uint16_t id;  /* of the number; 0: there is none */
	uint32_t number;
	uint8_t client, key; /* of the heap and its tree; 0: there is none */
	bool deep;    /* the first item of the heap leads to the tree */
};

static const struct blank blanks[] = {
	{.nid = 0x07, .by_type = true, .formats = ALL, .id = 0x660B, .number = 0}, /* as 0x2227 in all files */
	{.nid = 0x14, .by_type = true, .formats = K, .client = 0x8C, .key = 8},    /* server ids of messages in a folder */
	{.nid = 0x15, .by_type = true, .formats = K, .client = 0x8C, .key = 8},
	{.nid = 0xC01, .formats = ALL, .client = 0x9C, .key = 16, .deep = true},   /* ids of items, as in msrs-Empty */
	{.nid = 0x06, .by_type = true, .formats = ALL},
	{.nid = 0x1E1, .formats = ALL}, {.nid = 0x201, .formats = ALL}, {.nid = 0x261, .formats = ALL},
	{.nid = 0xE41, .formats = ALL}, {.nid = 0xEC1, .formats = ALL}, {.nid = 0xF21, .formats = ALL},
};

static const struct blank *find_blank(const struct pst_format *f, uint32_t nid)
{
	for (size_t i = 0; i < PST_COUNT(blanks); i++)
		if (is_in(blanks[i].formats, f) && blanks[i].nid == (blanks[i].by_type ? nid & 31 : nid))
			return &blanks[i];
	return NULL;
}

static pstfix_status fill_map(struct pst_heap_writer *heap, const struct blank *map, uint64_t *data, pstfix_error *err)
{
	const uint8_t hid_size = 4, nid_size = 4;
	uint32_t root = 0;
	struct pst_bth_writer bth;
	pstfix_status status = PSTFIX_OK;

	if (map->deep)
		status = pst_heap_writer_add(heap, &root, NULL, hid_size, err);
	if (status)
		return status;
	status = pst_bth_writer_begin(&bth, heap, map->key, nid_size, 0, err);
	if (!status)
		status = pst_bth_writer_end(&bth, err);
	pst_bth_writer_deinit(&bth);
	if (status)
		return status;
	if (map->deep)
		pst_put(pst_heap_writer_item(heap, root), bth.header, hid_size);
	return pst_heap_writer_end(heap, data, map->deep ? root : bth.header, err);
}

static pstfix_status write_map(struct pst_sink *sink, const struct blank *map, uint64_t *data, pstfix_error *err)
{
	struct pst_heap_writer heap;
	pstfix_status status = pst_heap_writer_begin(&heap, sink, map->client, err);

	if (status)
		return status;
	status = fill_map(&heap, map, data, err);
	pst_heap_writer_deinit(&heap);
	return status;
}

pstfix_status pst_write_blank(struct pst_sink *sink, uint32_t nid, uint64_t *data, uint64_t *sub, pstfix_error *err)
{
	const struct blank *blank = find_blank(sink->format, nid);
	struct pst_template template;
	struct pst_made number = {.type = PST_INT32, .size = 4};

	*data = *sub = 0;
	if (nid == PST_NID_NAMES)
		return pst_write_first_names(sink, data, sub, err);
	if (pst_template_of(&template, sink->format, nid))
		return write_table(sink, &template.shape, data, sub, err);
	if (!blank)
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "node 0x%X is not blank in any store", nid);
	if (blank->client)
		return write_map(sink, blank, data, err);
	number.id = blank->id;
	pst_put(number.bytes, blank->number, 4);
	return blank->id ? pst_write_properties(sink, &number, 1, data, sub, err) : PSTFIX_OK;
}

pstfix_status pst_write_nids(struct pst_sink *sink, const uint32_t *nids, size_t n, uint64_t *data, pstfix_error *err)
{
	struct pst_data_writer writer;
	uint8_t nid[4];
	pstfix_status status = PSTFIX_OK;

	pst_data_writer_init(&writer, sink);
	for (size_t i = 0; i < n && !status; i++) {
		pst_put(nid, nids[i], sizeof nid);
		status = pst_data_writer_append(&writer, nid, sizeof nid, err);
	}
	if (!status)
		status = pst_data_writer_end(&writer, data, err);
	pst_data_writer_deinit(&writer);
	return status;
}

/* ---- properties ------------------------------------------------------------------------ */

size_t pst_ascii(uint8_t *out, const struct pst_format *f, const char *text)
{
	const size_t width = f->string == PST_STRING ? 2 : 1;
	size_t n = 0;

	for (; *text; text++, n += width)
		pst_put(out + n, (uint8_t)*text, width);
	return n;
}

static struct pst_made make_number(uint32_t tag, uint32_t number)
{
	struct pst_made made = {.id = (uint16_t)(tag >> 16), .type = (uint16_t)tag};

	made.size = pst_type_inline(made.type, sizeof(uint64_t));
	pst_put(made.bytes, number, made.size);
	return made;
}

static struct pst_made make_text(uint16_t id, const struct pst_format *f, const void *text, size_t size)
{
	return (struct pst_made){.id = id, .type = f->string, .data = text, .size = size};
}

/* An entry id: flags, record key of the store, id of a node. */
static struct pst_made make_entry_id(uint16_t id, const uint8_t key[16], uint32_t nid)
{
	struct pst_made made = {.id = id, .type = PST_BINARY, .size = 24};

	memcpy(made.bytes + 4, key, 16);
	pst_put(made.bytes + 20, nid, 4);
	return made;
}

/* [MS-PST] 2.7.3.1; the mask and 0x6633 are in all but the oldest files. */
size_t pst_store_properties(struct pst_made out[PST_STORE_PROPERTIES], const struct pst_format *f,
                            const struct pst_store_facts *facts)
{
	size_t n = 0;
	uint32_t mask = 0;

	for (unsigned i = 0; i < PST_STORE_FOLDERS; i++)
		mask |= (uint32_t)(facts->folders[i] != 0) << i;
	out[n++] = (struct pst_made){.id = 0x0FF9, .type = PST_BINARY, .data = facts->key, .size = sizeof facts->key};
	out[n++] = make_text(0x3001, f, facts->name, facts->name_size);
	if (!facts->ost)
		out[n++] = make_number(0x35DF0003, mask);
	for (unsigned i = 0; i < PST_STORE_FOLDERS && !facts->ost; i++)
		if (facts->folders[i] && i != PST_STORE_INBOX)
			out[n++] = make_entry_id((uint16_t)(0x35E0 + i), facts->key, facts->folders[i]);
	out[n++] = make_number(0x6633000B, 1);
	out[n++] = make_number(0x67FF0003, facts->ost ? UINT32_MAX : 0); /* of an OST: not to be asked for */
	return n;
}

size_t pst_folder_properties(struct pst_made out[PST_FOLDER_PROPERTIES], const struct pst_format *f,
                             const struct pst_folder_facts *facts)
{
	size_t n = 0;

	out[n++] = make_text(0x3001, f, facts->name, facts->name_size);
	out[n++] = make_number(0x36020003, facts->contents);
	out[n++] = make_number(0x36030003, facts->unread);
	out[n++] = make_number(0x360A000B, facts->subfolders != 0);
	if (facts->class_size)
		out[n++] = make_text(0x3613, f, facts->class_name, facts->class_size);
	if (is_in(K, f))
		out[n++] = make_number(0x66380003, facts->subfolders);
	return n;
}

pstfix_status pst_write_properties(struct pst_sink *sink, const struct pst_made *made, size_t n, uint64_t *data,
                                   uint64_t *sub, pstfix_error *err)
{
	struct pst_pc_writer writer;
	pstfix_status status = pst_pc_writer_begin(&writer, sink, n, NULL, err);

	if (status)
		return status;
	for (size_t i = 0; i < n && !status; i++) {
		const struct pst_given value = pst_made_value(&made[i]);

		status = pst_pc_writer_add(&writer, made[i].id, made[i].type, &value, err);
	}
	if (!status)
		status = pst_pc_writer_end(&writer, data, sub, err);
	pst_pc_writer_deinit(&writer);
	return status;
}

void pst_made_cells(struct pst_given *cells, const struct pst_tc_shape *shape, const struct pst_made *made, size_t n)
{
	for (size_t i = 0; i < shape->n; i++) {
		cells[i] = (struct pst_given){0};
		for (size_t k = 0; k < n; k++)
			if (made[k].id == shape->columns[i].id && made[k].type == shape->columns[i].type)
				cells[i] = pst_made_value(&made[k]);
	}
}

/* ---- what there is ----------------------------------------------------------------------- */

#define NODE(nid, formats, need) {nid, 0, formats, PST_NEED_##need, PST_MINIMUM_BLANK, 0, NULL}
#define OTHER(nid, formats, need, kind) {nid, 0, formats, PST_NEED_##need, PST_MINIMUM_##kind, 0, NULL}
#define FOLDER(nid, parent, formats, need, entry, name) {nid, parent, formats, PST_NEED_##need, PST_MINIMUM_FOLDER, entry, name}

/* [MS-PST] 2.7.1, corrected by what files have: there are no templates of folders, the search for spam has one table, and stores
 * as old as gopst-32-bit do without it. Of an OST's folders, those that a mailbox cannot be without: all have the same ids. */
static const struct pst_minimum minimum[] = {
	OTHER(0x21, ALL, ALWAYS, STORE),
	NODE(0x61, ALL, ALWAYS),
	FOLDER(0x122, 0x122, ALL, ALWAYS, 0, ""),
	NODE(0x1E1, ALL, ALWAYS), NODE(0x201, ALL, ALWAYS), NODE(0x261, ALL, USUAL),
	NODE(0x60D, ALL, ALWAYS), NODE(0x60E, ALL, ALWAYS), NODE(0x60F, ALL, ALWAYS), NODE(0x610, ALL, ALWAYS),
	NODE(0x614, K, USUAL), NODE(0x619, K, USUAL),
	OTHER(0x62B, ALL, ALWAYS, RECEIVE),
	NODE(0x64C, ALL, USUAL),
	NODE(0x671, ALL, ALWAYS), NODE(0x692, ALL, ALWAYS),
	NODE(0x6B6, ALL, USUAL), NODE(0x6D7, ALL, USUAL), NODE(0x6F8, ALL, USUAL),
	NODE(0xC01, ALL, USUAL),
	NODE(0xE41, ALL, NEWER), NODE(0xEC1, ALL, NEWER), NODE(0xF21, ALL, NEWER),
	FOLDER(0x20A2, 0x122, K, ALWAYS, 0, "Root - Mailbox"),
	FOLDER(0x20E2, 0x20A2, K, ALWAYS, 0, "Finder"),
	FOLDER(0x2142, 0x20A2, K, ALWAYS, 0, "IPM_SUBTREE"),
	FOLDER(0x2162, 0x2142, K, ALWAYS, 0, "Deleted Items"),
	FOLDER(0x2223, 0x122, UA, USUAL, 0, "SPAM Search Folder 2"),
	FOLDER(0x2223, 0x20A2, K, USUAL, 0, "SPAM Search Folder 2"),
	FOLDER(0x8022, 0x122, UA, ALWAYS, 0x35E0, "Top of Outlook data file"),
	FOLDER(0x8042, 0x122, UA, ALWAYS, 0x35E7, "Search Root"),
	FOLDER(0x8062, 0x8022, UA, ALWAYS, 0x35E3, "Deleted Items"),
};

const struct pst_minimum *pst_minimum_at(const struct pst_format *f, size_t i)
{
	for (size_t k = 0; k < PST_COUNT(minimum); k++)
		if (is_in(minimum[k].formats, f) && !i--)
			return &minimum[k];
	return NULL;
}

const struct pst_minimum *pst_minimum_find(const struct pst_format *f, uint32_t nid)
{
	for (size_t i = 0; i < PST_COUNT(minimum); i++)
		if (is_in(minimum[i].formats, f) && minimum[i].nid == nid)
			return &minimum[i];
	return NULL;
}

size_t pst_folder_nodes(uint32_t out[PST_FOLDER_NODES], const struct pst_format *f, uint32_t folder)
{
	enum { FOLDER_TYPE = 0x02, SEARCH_TYPE = 0x03 };
	static const struct {
		uint8_t of, type, formats;
		bool of_root;
	} types[] = {
		{FOLDER_TYPE, 0x0D, ALL, true}, {FOLDER_TYPE, 0x0E, ALL, true}, {FOLDER_TYPE, 0x0F, ALL, true},
		{FOLDER_TYPE, 0x14, K, false}, {FOLDER_TYPE, 0x15, K, false},
		{SEARCH_TYPE, 0x06, ALL, false}, {SEARCH_TYPE, 0x07, ALL, false}, {SEARCH_TYPE, 0x10, ALL, false},
	};
	size_t n = 0;

	for (size_t i = 0; i < PST_COUNT(types); i++)
		if (types[i].of == (folder & 31) && is_in(types[i].formats, f) && (types[i].of_root || folder != PST_NID_ROOT))
			out[n++] = (folder & ~UINT32_C(31)) | types[i].type;
	return n;
}
