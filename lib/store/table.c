/* Tables that are nodes: see table.h. */
#include "store/table.h"

#include <stdlib.h>

static pstfix_status open_as(struct pst_table *out, struct pst_reader *reader, uint64_t data, uint64_t sub,
                             pstfix_status (*open)(struct pst_tc *, struct pst_reader *, uint64_t, const struct pst_subnodes *, pstfix_error *),
                             pstfix_error *err)
{
	pstfix_status status;

	*out = (struct pst_table){0};
	status = pst_subnodes_open(&out->subnodes, reader, sub, err);
	if (!status)
		status = open(&out->tc, reader, data, &out->subnodes, err);
	if (status)
		pst_subnodes_deinit(&out->subnodes);
	return status;
}

pstfix_status pst_table_open_on(struct pst_table *out, struct pst_reader *reader, uint64_t data, uint64_t sub,
                                pstfix_error *err)
{
	return open_as(out, reader, data, sub, pst_tc_open, err);
}

pstfix_status pst_table_open_results(struct pst_table *out, struct pst_reader *reader, uint64_t data, uint64_t sub,
                                     pstfix_error *err)
{
	return open_as(out, reader, data, sub, pst_tc_open_results, err);
}

pstfix_status pst_table_open(struct pst_table *out, struct pstfix_store *store, uint32_t nid, pstfix_error *err)
{
	const struct pst_node *node = pst_index_node(store->index, nid);

	return pst_table_open_on(out, &store->reader, node ? node->data : 0, node ? node->sub : 0, err);
}

void pst_table_deinit(struct pst_table *table)
{
	pst_tc_deinit(&table->tc);
	pst_subnodes_deinit(&table->subnodes);
}

static bool is_whole(const struct pst_table *table)
{
	const struct pst_tc *tc = &table->tc;

	return table->subnodes.whole && tc->sound && tc->heap.stream.whole && !tc->matrix && (!tc->stream.reader || tc->stream.whole);
}

static bool is_lost(const struct pst_table *table)
{
	return !table->tc.sound;
}

static pstfix_status ask(bool *out, struct pst_reader *reader, uint64_t data, uint64_t sub, bool proven_only,
                         bool (*what)(const struct pst_table *), pstfix_error *err)
{
	const bool before = reader->proven_only;
	struct pst_table table;
	pstfix_status status;

	reader->proven_only = proven_only;
	status = pst_table_open_on(&table, reader, data, sub, err);
	reader->proven_only = before;
	if (status)
		return status;
	*out = what(&table);
	pst_table_deinit(&table);
	return PSTFIX_OK;
}

pstfix_status pst_table_is_clear(bool *clear, struct pst_reader *reader, uint64_t data, uint64_t sub, pstfix_error *err)
{
	pstfix_status status = ask(clear, reader, data, sub, true, is_whole, err);

	return status || *clear ? status : ask(clear, reader, data, sub, false, is_lost, err);
}

bool pst_table_cell(struct pst_value *out, struct pst_table *table, uint32_t row_id, uint16_t id)
{
	uint32_t row;

	if (pst_tc_find(&row, &table->tc, row_id) || pst_tc_row(&table->tc, row))
		return false;
	for (size_t i = 0; i < table->tc.columns.n; i++) {
		const struct pst_column *column = &table->tc.columns.at[i];

		if (column->id == id && pst_tc_has(&table->tc, column) && !pst_tc_cell(out, &table->tc, column, NULL))
			return true;
	}
	return false;
}

bool pst_table_number(const struct pst_table *table, uint16_t id, int64_t *out)
{
	for (size_t i = 0; i < table->tc.columns.n; i++) {
		const struct pst_column *column = &table->tc.columns.at[i];
		struct pst_value value;
		bool right;

		if (column->id != id || !pst_tc_has(&table->tc, column) || pst_tc_cell(&value, &table->tc, column, NULL))
			continue;
		right = pst_value_int(&value, out);
		pst_value_deinit(&value);
		if (right)
			return true;
	}
	return false;
}

bool pst_is_row_only(bool ost, uint16_t id)
{
	static const uint16_t always[] = {0x0E05, 0x0E17, 0x0E30, 0x0E33, 0x0E34, 0x3013, 0x67F1, 0x67F2, 0x67F3};
	static const uint16_t in_ost[] = {0x0E38, 0x3008, 0x65E2, 0x65E3, 0x6612, 0x6623, 0x6628, 0x67F4, 0x67F5};

	for (size_t i = 0; i < PST_COUNT(always); i++)
		if (id == always[i])
			return true;
	for (size_t i = 0; i < PST_COUNT(in_ost) && ost; i++)
		if (id == in_ost[i])
			return true;
	return false;
}

/* What the tables of all files have, those of the oldest clients included. */
const uint32_t *pst_required_columns(size_t *n, uint32_t nid)
{
	static const uint32_t receive_folders[] = {0x001A001F, 0x66050003}, outgoing[] = {0x00390040, 0x0E100003, 0x0E140003},
		hierarchy[] = {0x3001001F, 0x36020003, 0x36030003, 0x360A000B},
		contents[] = {0x00170003, 0x001A001F, 0x00360003, 0x0037001F, 0x0042001F, 0x0057000B, 0x0058000B, 0x0E03001F,
		              0x0E04001F, 0x0E060040, 0x0E070003, 0x0E080003, 0x0E170003},
		associated[] = {0x001A001F, 0x0E070003, 0x0E170003, 0x3001001F, 0x6800001F, 0x6803000B, 0x68051003, 0x70030003,
		                0x70040102, 0x70050102, 0x7006001F, 0x70070003},
		results[] = {0x00170003, 0x001A001F, 0x00360003, 0x0037001F, 0x0042001F, 0x0057000B, 0x0058000B, 0x0E03001F,
		             0x0E04001F, 0x0E05001F, 0x0E060040, 0x0E070003, 0x0E080003, 0x0E170003, 0x67F10003},
		attachments[] = {0x0E200003, 0x3704001F, 0x37050003, 0x370B0003},
		recipients[] = {0x0C150003, 0x0E0F000B, 0x0FF90102, 0x0FFE0003, 0x0FFF0102, 0x3001001F, 0x3002001F, 0x3003001F,
		                0x300B0102, 0x39000003, 0x39FF001F, 0x3A40000B};
	static const struct {
		uint32_t type;
		size_t n;
		const uint32_t *tags;
	} kinds[] = {
		{0x0B, PST_COUNT(receive_folders), receive_folders}, {0x0C, PST_COUNT(outgoing), outgoing},
		{0x0D, PST_COUNT(hierarchy), hierarchy}, {0x0E, PST_COUNT(contents), contents},
		{0x0F, PST_COUNT(associated), associated}, {0x10, PST_COUNT(results), results},
		{0x11, PST_COUNT(attachments), attachments}, {0x12, PST_COUNT(recipients), recipients},
	};

	*n = 0;
	for (size_t i = 0; i < PST_COUNT(kinds); i++)
		if (kinds[i].type == (nid & 31)) {
			*n = kinds[i].n;
			return kinds[i].tags;
		}
	return NULL;
}

bool pst_has_required(const struct pst_tc *tc, uint32_t tag)
{
	return pst_tc_column(tc, (uint16_t)(tag >> 16), (uint16_t)tag);
}
