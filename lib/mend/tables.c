/* Tables. Those of folders, [MS-PST] 2.4.4, follow from the nodes that name the folder as their parent, those of attachments from
 * the subnodes of the message; cells follow from the properties of these. What only a table has, the row that was there
 * before says. */
#include "mend/inside.h"
#include "ltp/known.h"

#include <stdlib.h>

enum { TEMPLATE = 0x600, PROPERTIES_OF_TABLE = 0x4E1, CELLS_MAX = 255, TRIES = 8 };

struct making {
	struct pst_mend *mend;
	const struct pst_table_plan *plan;
	struct pst_table old;
	struct pst_rows rows;
	struct pst_subnodes kept;    /* of the old one */
	struct pst_table pattern;    /* whose columns it gets, where the old one has none */
	struct pst_template template; /* and where that has none */
	struct pst_tc_shape shape;
	struct pst_column completed[CELLS_MAX]; /* its own columns, and those that it lacks */
	bool from_pattern, shared;    /* shared: that node holds a table */
	struct pst_tc_writer writer;
	struct pst_taken cells[CELLS_MAX];
};

/* ---- columns ------------------------------------------------------------------------------- */

static bool has_columns(const struct pst_tc *tc)
{
	bool right = tc->columns.n && tc->columns.n >= tc->count && tc->columns.n <= CELLS_MAX && pst_tc_ends_right(tc);

	for (size_t i = 0; i < tc->columns.n && right; i++)
		right = !pst_tc_column_facts(tc, i);
	return right && pst_tc_column(tc, PST_ROW_ID, PST_INT32) && pst_tc_column(tc, PST_ROW_VERSION, PST_INT32);
}

/* False: it has none that can be. */
static bool take_shape(struct making *making, const struct pst_tc *tc)
{
	if (!has_columns(tc))
		return false;
	making->shape = (struct pst_tc_shape){.columns = tc->columns.at, .n = tc->columns.n,
	                                      .number = tc->index.sound ? tc->index.data : 0};
	for (size_t i = 0; i < PST_SIDE_HEAPS; i++)
		making->shape.sides |= pst_tc_has_side(tc, i);
	return true;
}

static bool has_required(const struct making *making, const struct pst_tc *tc)
{
	size_t n;
	const uint32_t *required = pst_required_columns(&n, making->plan->kind);
	bool has = true;

	for (size_t i = 0; i < n && has; i++)
		has = pst_has_required(tc, required[i]);
	return has;
}

/* By their bits, in the order in which they were made. */
static int by_bit(const void *a, const void *b)
{
	const struct pst_column *x = a, *y = b;

	return PST_ORDER(x->bit, y->bit);
}

/* The shape of a table, and what it lacks; false: there is no room for that. */
static bool complete_shape(struct making *making, const struct pst_tc *tc)
{
	struct pst_tc_shape *shape = &making->shape;
	struct pst_column old[CELLS_MAX];
	uint32_t tags[CELLS_MAX];
	size_t n, all = shape->n;
	const uint32_t *required = pst_required_columns(&n, making->plan->kind);

	memcpy(old, shape->columns, all * sizeof *old);
	pst_sort(old, all, sizeof *old, by_bit);
	for (size_t i = 0; i < all; i++)
		tags[i] = (uint32_t)old[i].id << 16 | old[i].type;
	for (size_t i = 0; i < n; i++) {
		if (pst_has_required(tc, required[i]))
			continue;
		if (all == CELLS_MAX)
			return false;
		tags[all++] = (uint16_t)required[i] == PST_STRING ? (required[i] & 0xFFFF0000) | making->mend->edit->index.format->string : required[i];
	}
	pst_tc_layout(making->completed, tags, all);
	shape->columns = making->completed;
	shape->n = all;
	return true;
}

/* What its rows have in columns that none of its kind has stays, too. */
static bool take_own_shape(struct making *making)
{
	const struct pst_tc *tc = &making->old.tc;

	if (!take_shape(making, tc))
		return false;
	if (has_required(making, tc) || (making->plan->n && complete_shape(making, tc)))
		return true;
	making->shape = (struct pst_tc_shape){0};
	return false;
}

/* ---- rows ------------------------------------------------------------------------------------- */

/* False: it cannot be read, or is not of its type. */
static bool load_cell(struct pst_taken *cell, struct pst_value *value)
{
	if (pst_taken_load(cell, value) &&
	    (!(value->type & PST_MULTIPLE) || pst_multiple_sound(value->type, cell->data, cell->size)))
		return true;
	pst_taken_deinit(cell);
	return false;
}

/* A cell of the row that was there, if it can be read. */
static pstfix_status keep_cell(struct making *making, struct pst_taken *cell, const struct pst_column *column)
{
	const struct pst_tc *tc = &making->old.tc;
	const struct pst_column *old = NULL;
	struct pst_value value;
	pstfix_status status;

	for (size_t i = 0; i < tc->columns.n && !old; i++)
		if (tc->columns.at[i].id == column->id && tc->columns.at[i].type == column->type)
			old = &tc->columns.at[i];
	if (!old || !pst_tc_has(tc, old))
		return PSTFIX_OK;
	status = pst_tc_cell(&value, tc, old, making->mend->err);
	if (status)
		return status;
	load_cell(cell, &value);
	pst_value_deinit(&value);
	return PSTFIX_OK;
}

/* True: what the object says has decided about the cell. */
static bool take_cell(struct making *making, struct pst_taken *cell, const struct pst_column *column,
                      const struct pst_object *object, pstfix_status *status)
{
	const struct pst_property *property;
	struct pst_value value;
	bool taken;

	if (pst_is_row_only(making->mend->ost, column->id))
		return false;
	property = pst_pc_find(&object->pc, column->id);
	if (!property)
		return object->entire;
	if (property->type != column->type)
		return false;
	*status = pst_pc_value(&value, &object->pc, property, making->mend->err);
	if (*status)
		return true;
	taken = load_cell(cell, &value);
	pst_value_deinit(&value);
	return taken;
}

/* Whether a row has an id that may be right. Results of a search are those that the row index names. */
static bool is_row(const struct making *making, const struct pst_row *row)
{
	uint32_t number;

	return row->trust != PST_ROW_NAMED ||
	       (making->plan->results && pst_is_message(row->id) && pst_edit_find(making->mend->edit, row->id) &&
	        !pst_tc_find(&number, &making->old.tc, row->id));
}

/* The row that was there, as the current one. */
static bool find_row(struct making *making, uint32_t nid)
{
	const struct pst_row *row = pst_rows_find(&making->rows, nid);

	return row && is_row(making, row) && !pst_tc_row(&making->old.tc, row->row);
}

static pstfix_status add_row(struct making *making, uint32_t nid)
{
	struct pst_mend *mend = making->mend;
	const struct pst_tc_shape *shape = &making->shape;
	struct pst_given given[CELLS_MAX] = {{0}};
	const bool known = find_row(making, nid);
	struct pst_object object = {0};
	pstfix_status status = making->plan->open ? making->plan->open(&object, making->plan->user, nid) : PSTFIX_OK;

	if (status)
		return status;
	for (size_t i = 0; i < shape->n && !status; i++) {
		struct pst_taken *cell = &making->cells[i];

		if (!take_cell(making, cell, &shape->columns[i], &object, &status) && known && !status)
			status = keep_cell(making, cell, &shape->columns[i]);
		if (!status && making->plan->correct)
			status = making->plan->correct(making->plan->user, &shape->columns[i], cell);
		given[i] = pst_taken_given(cell);
	}
	pst_object_deinit(&object);
	if (!status)
		status = pst_tc_writer_add(&making->writer, nid, pst_edit_new_version(mend->edit), given, mend->err);
	for (size_t i = 0; i < shape->n; i++)
		pst_taken_deinit(&making->cells[i]);
	return status;
}

/* ---- the table ----------------------------------------------------------------------------------- */

static pstfix_status write_table(struct making *making, uint64_t *data, uint64_t *sub)
{
	const struct pst_table_plan *plan = making->plan;
	pstfix_status status = pst_tc_writer_begin(&making->writer, &making->mend->edit->sink, &making->shape, (uint32_t)plan->n,
	                                           &making->kept, making->mend->err);

	if (status)
		return status;
	for (size_t i = 0; i < plan->n && !status; i++)
		status = add_row(making, plan->ids[i]);
	if (!status)
		status = pst_tc_writer_end(&making->writer, data, sub, making->mend->err);
	pst_tc_writer_deinit(&making->writer);
	return status;
}

/* Properties that the table itself has stay, if they can be read. */
static pstfix_status keep_own(struct making *making, const struct pst_list_entry *own)
{
	struct pst_list_entry made = {.nid = own->nid};
	struct pst_object object;
	pstfix_status status = pst_object_open_on(&object, making->mend, own->data, own->sub);

	if (status)
		return status;
	if (object.pc.sound && object.subnodes.whole) {
		status = pst_mend_properties(making->mend, &object, NULL, NULL, 0, &made.data, &made.sub);
		pst_add(&making->kept.entries, made);
	}
	pst_object_deinit(&object);
	return status ? status : making->kept.entries.failed ? pst_fail_memory(making->mend->err) : PSTFIX_OK;
}

pstfix_status pst_mend_expect_sides(struct pst_mend *mend, struct pst_tc *tc, uint32_t nid)
{
	struct pst_template template;

	if (!pst_template_of(&template, mend->old->index->format, nid) || !template.shape.sides)
		return PSTFIX_OK;
	return pst_tc_expect_sides(tc, mend->err);
}

static pstfix_status read_old(struct making *making)
{
	struct pst_mend *mend = making->mend;
	const struct pst_list_entry *own;
	struct pst_tc_facts facts;
	const struct pst_table_plan *plan = making->plan;
	pstfix_status status = (plan->results ? pst_table_open_results : pst_table_open_on)(&making->old, &mend->old->reader, plan->data,
	                                                                                   plan->sub, mend->err);

	if (!status)
		status = pst_mend_expect_sides(mend, &making->old.tc, making->plan->pattern);
	if (status)
		return status;
	pst_known_settle_columns(&making->old.tc);
	own = pst_subnodes_find(&making->old.subnodes, PROPERTIES_OF_TABLE);
	if (own)
		status = keep_own(making, own);
	return status ? status : pst_tc_facts(&facts, &making->rows, &making->old.tc, mend->err);
}

/* Its own columns, those of the template, those of another table of the kind, or those that such tables begin with. */
static pstfix_status choose_columns(struct making *making)
{
	struct pst_mend *mend = making->mend;
	const struct pst_index *index = mend->old->index;
	const uint32_t pattern = making->plan->pattern;
	pstfix_status status;

	if (take_own_shape(making) || !pattern)
		return PSTFIX_OK;
	status = pst_table_open(&making->pattern, mend->old, pattern, mend->err);
	making->from_pattern = making->shared = !status && has_required(making, &making->pattern.tc) && take_shape(making, &making->pattern.tc);
	for (size_t i = 0, tries = 0; !status && !making->from_pattern && i < index->nodes.n && tries < TRIES; i++) {
		if ((index->nodes.at[i].nid & 31) != (pattern & 31) || !index->nodes.at[i].whole)
			continue;
		tries++;
		pst_table_deinit(&making->pattern);
		status = pst_table_open(&making->pattern, mend->old, index->nodes.at[i].nid, mend->err);
		making->from_pattern = !status && has_required(making, &making->pattern.tc) && take_shape(making, &making->pattern.tc);
	}
	if (!status && !making->from_pattern && pst_template_of(&making->template, index->format, pattern)) {
		making->shape = making->template.shape;
		making->from_pattern = true;
	}
	return status;
}

/* Tables without rows share the blocks of the template, if that holds a table, or does now. */
static pstfix_status make(struct making *making, uint64_t *data, uint64_t *sub)
{
	const struct pst_node *pattern = pst_index_node(&making->mend->edit->index, making->plan->pattern);
	const struct pst_node *old = pst_index_node(making->mend->old->index, making->plan->pattern);
	const bool anew = pattern && (!old || old->data != pattern->data);

	if (!making->from_pattern || !(making->shared || anew) || making->plan->n || !pattern || !pattern->whole || !pattern->data)
		return write_table(making, data, sub);
	*data = pattern->data;
	*sub = pattern->sub;
	return PSTFIX_OK;
}

/* Where no row is planned for, those that were there are. */
static pstfix_status plan_rows(struct making *making, struct pst_table_plan *plan, uint32_t **ids)
{
	if (plan->ids)
		return PSTFIX_OK;
	*ids = calloc(making->rows.by_id.n + 1, sizeof **ids);
	if (!*ids)
		return pst_fail_memory(making->mend->err);
	plan->ids = *ids;
	for (size_t i = 0; i < making->rows.by_id.n; i++)
		if (is_row(making, &making->rows.by_id.at[i]) && (!plan->n || (*ids)[plan->n - 1] != making->rows.by_id.at[i].id))
			(*ids)[plan->n++] = making->rows.by_id.at[i].id;
	return PSTFIX_OK;
}

pstfix_status pst_mend_rows(struct pst_mend *mend, struct pst_table_plan plan, bool *made, uint64_t *data, uint64_t *sub)
{
	struct making *making = calloc(1, sizeof *making);
	uint32_t *ids = NULL;
	pstfix_status status;

	*made = false;
	if (!making)
		return pst_fail_memory(mend->err);
	making->mend = mend;
	making->plan = &plan;
	status = read_old(making);
	if (!status)
		status = plan_rows(making, &plan, &ids);
	if (!status)
		status = choose_columns(making);
	if (!status && making->shape.n) {
		*made = true;
		status = make(making, data, sub);
	}
	free(ids);
	pst_rows_deinit(&making->rows);
	pst_table_deinit(&making->old);
	pst_table_deinit(&making->pattern);
	pst_array_deinit(&making->kept.entries);
	free(making);
	return status;
}

/* ---- of folders ----------------------------------------------------------------------------------- */

static pstfix_status open_child(struct pst_object *out, void *user, uint32_t nid)
{
	return pst_object_open(out, user, nid);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return PST_ORDER(*x, *y);
}

/* Of each table, which nodes have rows in it. */
static const pstfix_kind kinds[][2] = {
	[PST_HIERARCHY] = {PSTFIX_FOLDER, PSTFIX_SEARCH},
	[PST_CONTENTS] = {PSTFIX_MESSAGE, PSTFIX_MESSAGE},
	[PST_ASSOCIATED] = {PSTFIX_ASSOCIATED, PSTFIX_ASSOCIATED},
};

pstfix_status pst_mend_table(struct pst_mend *mend, uint32_t nid)
{
	const struct pst_node *old = pst_index_node(mend->old->index, nid);
	const pstfix_kind *kind = kinds[nid & 31];
	struct pst_table_plan plan = {.data = old ? old->data : 0, .sub = old ? old->sub : 0, .kind = nid, .pattern = TEMPLATE | (nid & 31),
	                              .open = open_child, .user = mend};
	PST_ARRAY(uint32_t) rows = {0};
	uint64_t data, sub;
	bool made;
	pstfix_status status;

	for (size_t i = 0; i < 1u + (kind[0] != kind[1]); i++) {
		const struct pst_child *child = pst_store_children(mend->now, (nid & ~31u) | 2, kind[i], &plan.n);

		for (size_t k = 0; k < plan.n; k++)
			pst_add(&rows, child[k].nid);
	}
	pst_add(&rows, 0); /* so that there is an array */
	if (rows.failed)
		return pst_fail_memory(mend->err);
	plan.ids = rows.at;
	plan.n = rows.n - 1;
	pst_sort(rows.at, plan.n, sizeof *rows.at, by_number);
	status = pst_mend_rows(mend, plan, &made, &data, &sub);
	if (!status && made)
		status = pst_edit_node(mend->edit, nid, 0, data, sub, mend->err);
	pst_array_deinit(&rows);
	return status;
}
