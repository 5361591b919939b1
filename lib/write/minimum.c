/* What a store has before anything is put into it: see minimum.h. */
#include "write/minimum.h"

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

	return type == PST_STRING && f->word == 4 ? PST_STRING8 : type;
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
