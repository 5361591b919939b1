/* Properties of known types: see known.h. */
#include "ltp/known.h"

enum { ATTACH_DATA = 0x3701, ATTACH_METHOD = 0x3705, EMBEDDED = 5, OLE = 6, OBJECT_SIZE = 8 };

/* By id. `also`: another type that it may have; 0: none. Text may be in 8 bits or in 16. */
static const struct known {
	uint16_t id, type, also;
} known[] = {
	{0x0017, PST_INT32, 0},   {0x001A, PST_STRING, 0},  {0x0026, PST_INT32, 0},   {0x0036, PST_INT32, 0},
	{0x0037, PST_STRING, 0},  {0x0039, PST_TIME, 0},    {0x003D, PST_STRING, 0},  {0x0042, PST_STRING, 0},
	{0x0065, PST_STRING, 0},  {0x0070, PST_STRING, 0},  {0x0071, PST_BINARY, 0},  {0x007D, PST_STRING, 0},
	{0x0C15, PST_INT32, 0},   {0x0C1A, PST_STRING, 0},  {0x0C1F, PST_STRING, 0},  {0x0E02, PST_STRING, 0},
	{0x0E03, PST_STRING, 0},  {0x0E04, PST_STRING, 0},  {0x0E06, PST_TIME, 0},    {0x0E07, PST_INT32, 0},
	{0x0E08, PST_INT32, PST_INT64}, {0x0E1B, PST_BOOL, 0}, {0x0E1D, PST_STRING, 0}, {0x0E20, PST_INT32, 0},
	{0x0FF9, PST_BINARY, 0},  {0x0FFF, PST_BINARY, 0},  {0x1000, PST_STRING, 0},  {0x1009, PST_BINARY, 0},
	{0x1013, PST_BINARY, PST_STRING}, {0x1035, PST_STRING, 0}, {0x3001, PST_STRING, 0}, {0x3002, PST_STRING, 0},
	{0x3003, PST_STRING, 0},  {0x3007, PST_TIME, 0},    {0x3008, PST_TIME, 0},    {0x300B, PST_BINARY, 0},
	{0x3416, PST_BINARY, 0},  {0x35DF, PST_INT32, 0},   {0x35E0, PST_BINARY, 0},  {0x35E1, PST_BINARY, 0},
	{0x35E2, PST_BINARY, 0},  {0x35E3, PST_BINARY, 0},  {0x35E4, PST_BINARY, 0},  {0x35E5, PST_BINARY, 0},
	{0x35E6, PST_BINARY, 0},  {0x35E7, PST_BINARY, 0},  {0x3602, PST_INT32, 0},   {0x3603, PST_INT32, 0},
	{0x360A, PST_BOOL, 0},    {0x3613, PST_STRING, 0},  {0x3617, PST_INT32, 0},   {ATTACH_DATA, PST_BINARY, PST_OBJECT},
	{0x3703, PST_STRING, 0},  {0x3704, PST_STRING, 0},  {0x3705, PST_INT32, 0},   {0x3707, PST_STRING, 0},
	{0x370B, PST_INT32, 0},   {0x370E, PST_STRING, 0},  {0x3712, PST_STRING, 0},  {0x3714, PST_INT32, 0},
	{0x39FF, PST_STRING, 0},  {0x3FDE, PST_INT32, 0},   {0x3FFD, PST_INT32, 0},   {0x6635, PST_INT32, 0},
	{0x6636, PST_INT32, 0},   {0x7FFE, PST_BOOL, 0},
};

static const struct known *find(uint16_t id)
{
	size_t i;

	PST_SEARCH(i, PST_COUNT(known), known[middle].id < id);
	return i < PST_COUNT(known) && known[i].id == id ? &known[i] : NULL;
}

static bool may_be(const struct known *row, uint16_t type)
{
	const uint16_t alike = type == PST_STRING8 ? PST_STRING : type;

	return !row || alike == row->type || alike == row->also;
}

bool pst_known_may_be(uint16_t id, uint16_t type)
{
	return may_be(find(id), type);
}

static uint16_t usual_type(const struct known *row, const struct pst_heap *heap)
{
	return row->type == PST_STRING ? heap->stream.reader->index->format->string : row->type;
}

/* How many bytes a HNID leads to; PSTFIX_NOWHERE: to none. */
static uint64_t size_at(const struct pst_pc *pc, uint32_t hnid)
{
	const struct pst_list_entry *entry;
	struct pst_item item;

	if (pst_is_hid(hnid))
		return pst_heap_item(&item, &pc->heap, hnid) ? PSTFIX_NOWHERE : item.size;
	entry = pc->subnodes ? pst_subnodes_find(pc->subnodes, hnid) : NULL;
	return entry ? pst_index_size(pc->heap.stream.reader->index, entry->data) : PSTFIX_NOWHERE;
}

/* A value of another type is elsewhere, unless it is not there. */
static bool can_be_inline(const struct pst_pc *pc, const struct pst_property *property, uint16_t type)
{
	if (type == PST_BOOL && property->hnid > 1)
		return false;
	return pst_type_inline(property->type, 4) || (property->hnid && size_at(pc, property->hnid) == PSTFIX_NOWHERE);
}

static bool can_be_apart(const struct pst_pc *pc, const struct pst_property *property, uint16_t type)
{
	const uint64_t size = property->hnid ? size_at(pc, property->hnid) : 0;

	return size != PSTFIX_NOWHERE && pst_size_fits(type, size);
}

/* Whether a value is what an object is: the id of a subnode, and a size. */
static bool is_object(const struct pst_pc *pc, const struct pst_property *property)
{
	struct pst_item item;

	return pst_is_hid(property->hnid) && !pst_heap_item(&item, &pc->heap, property->hnid) && item.size == OBJECT_SIZE && pc->subnodes &&
	       pst_subnodes_find(pc->subnodes, pst_get32(item.data));
}

/* It is bytes or an object: which of them, its own bytes say. */
static uint16_t type_of_data(const struct pst_pc *pc, const struct pst_property *property)
{
	bool object = is_object(pc, property);
	int64_t method;

	if (property->type == PST_OBJECT)
		return object || size_at(pc, property->hnid) == OBJECT_SIZE ? PST_OBJECT : PST_BINARY;
	if (property->type == PST_BINARY)
		object = object && pst_pc_int(pc, ATTACH_METHOD, &method) && (method == EMBEDDED || method == OLE);
	return object ? PST_OBJECT : PST_BINARY;
}

uint16_t pst_known_type(const struct pst_pc *pc, const struct pst_property *property)
{
	const struct known *row = find(property->id);
	uint16_t type;

	if (property->id == ATTACH_DATA)
		type = type_of_data(pc, property);
	else if (may_be(row, property->type))
		return property->type;
	else
		type = usual_type(row, &pc->heap);
	if (type == property->type)
		return type;
	return (pst_type_inline(type, 4) ? can_be_inline : can_be_apart)(pc, property, type) ? type : 0;
}

void pst_known_settle(struct pst_pc *pc)
{
	for (size_t i = 0; i < pc->properties.n; i++) {
		struct pst_property *property = &pc->properties.at[i];
		const uint16_t type = pst_type_row(property->type) ? pst_known_type(pc, property) : 0;

		if (type)
			property->type = type;
	}
}

/* ---- columns -------------------------------------------------------------------------------- */

uint16_t pst_known_column(const struct pst_tc *tc, const struct pst_column *column)
{
	const struct known *row = find(column->id);
	uint16_t type;
	uint8_t width;

	if (may_be(row, column->type) || !pst_type_row(column->type))
		return column->type;
	type = usual_type(row, &tc->heap);
	width = pst_type_inline(type, 8);
	return column->size == (width ? width : 4) ? type : column->type;
}

void pst_known_settle_columns(struct pst_tc *tc)
{
	for (size_t i = 0; i < tc->columns.n; i++) {
		struct pst_column *column = &tc->columns.at[i];

		column->type = pst_known_column(tc, column);
		for (size_t k = 0; k < PST_SIDE_HEAPS; k++)
			if (pst_tc_has_side(tc, k) && pst_tc_is_side(k, column->id, column->type))
				column->heap = &tc->sides[k];
	}
}
