/* Values and objects taken over: see inside.h. */
#include "mend/inside.h"
#include "ltp/known.h"

#include <stdlib.h>

enum { VALUE_MAX = 1 << 24 };

bool pst_taken_load(struct pst_taken *out, struct pst_value *value)
{
	size_t size;

	*out = (struct pst_taken){0};
	if (!pst_value_fits(value) || value->size > VALUE_MAX || (value->stream.reader && !value->stream.whole))
		return false;
	out->data = pst_value_load(value, VALUE_MAX, &size);
	out->size = size;
	if (!out->data || size != value->size) {
		pst_taken_deinit(out);
		return false;
	}
	if (size && value->type == PST_BOOL)
		out->data[0] = out->data[0] != 0;
	return true;
}

void pst_taken_deinit(struct pst_taken *taken)
{
	free(taken->data);
	*taken = (struct pst_taken){0};
}

struct pst_given pst_taken_given(const struct pst_taken *taken)
{
	return (struct pst_given){.data = taken->data, .size = taken->size, .there = taken->data};
}

/* ---- objects ------------------------------------------------------------------------------ */

/* Through what a node is read: as it was, or, if it was made anew, as it is. */
static struct pstfix_store *store_of(struct pst_mend *mend, const struct pst_node **node, uint32_t nid)
{
	const struct pst_node *before = pst_index_node(mend->old->index, nid), *now = pst_edit_find(mend->edit, nid);

	*node = now;
	if (!mend->now || (before && now && before->data == now->data && before->sub == now->sub)) {
		*node = before;
		return mend->old;
	}
	pst_reader_forget(&mend->now->reader);
	return mend->now;
}

/* Takes what leads back out of a list. */
static void cut_cycles(struct pst_subnodes *subnodes, const struct pst_index *index)
{
	size_t n = 0;

	for (size_t i = 0; i < subnodes->entries.n; i++) {
		struct pst_list_entry *entry = &subnodes->entries.at[n];

		*entry = subnodes->entries.at[i];
		if (pst_index_list_cyclic(index, entry->sub))
			entry->sub = 0;
		n += !pst_index_list_cyclic(index, entry->data);
	}
	subnodes->entries.n = n;
}

static pstfix_status open_object(struct pst_object *out, struct pst_mend *mend, struct pstfix_store *store, uint64_t data,
                                 uint64_t sub)
{
	const struct pst_index *old = mend->old->index;
	const bool cyclic = store == mend->old && pst_index_list_cyclic(old, sub);
	bool whole;
	pstfix_status status;

	*out = (struct pst_object){.sub = sub};
	status = pst_subnodes_open(&out->subnodes, &store->reader, sub, mend->err);
	if (status)
		return status;
	whole = out->subnodes.whole;
	if (cyclic || (store == mend->old && pst_index_list_lost(old, sub))) {
		out->sub = 0;
		out->subnodes.whole = true; /* all of it that there is */
	}
	status = pst_pc_open(&out->pc, &store->reader, data, &out->subnodes, mend->err);
	if (status)
		pst_subnodes_deinit(&out->subnodes);
	else
		out->entire = whole && pst_pc_entire(&out->pc);
	return status;
}

pstfix_status pst_object_open_on(struct pst_object *out, struct pst_mend *mend, uint64_t data, uint64_t sub)
{
	return open_object(out, mend, mend->old, data, sub);
}

pstfix_status pst_object_find(struct pst_object *object, struct pst_mend *mend, uint64_t data)
{
	pst_pc_deinit(&object->pc);
	return pst_pc_open_found(&object->pc, &mend->old->reader, data, &object->subnodes, mend->err);
}

pstfix_status pst_object_open_new(struct pst_object *out, struct pst_mend *mend, uint64_t data, uint64_t sub)
{
	pst_reader_forget(&mend->now->reader);
	return open_object(out, mend, mend->now, data, sub);
}

pstfix_status pst_object_open(struct pst_object *out, struct pst_mend *mend, uint32_t nid)
{
	const struct pst_node *node;
	struct pstfix_store *store = store_of(mend, &node, nid);
	pstfix_status status = open_object(out, mend, store, node ? node->data : 0, node ? node->sub : 0);

	if (!status && pst_kind_of(nid) != PSTFIX_OTHER)
		pst_known_settle(&out->pc);
	if (!status && store == mend->old && node && pst_index_list_cyclic(store->index, node->sub))
		cut_cycles(&out->subnodes, store->index);
	return status;
}

void pst_object_deinit(struct pst_object *object)
{
	pst_pc_deinit(&object->pc);
	pst_subnodes_deinit(&object->subnodes);
}

pstfix_status pst_mend_open_table(struct pst_table *out, struct pst_mend *mend, uint32_t nid)
{
	const struct pst_node *node;
	struct pstfix_store *store = store_of(mend, &node, nid);

	if ((nid & 31) == PST_RESULTS && node)
		return pst_table_open_results(out, &store->reader, node->data, node->sub, mend->err);
	return pst_table_open(out, store, nid, mend->err);
}

/* ---- property contexts ---------------------------------------------------------------------- */

/* Whether its value is, or may be, a subnode. */
static bool is_apart(const struct pst_object *object, const struct pst_value *value)
{
	return value->stream.reader || (value->hnid && !pst_is_hid(value->hnid) && !object->subnodes.whole);
}

uint32_t pst_property_subnode(const struct pst_pc *pc, const struct pst_property *property)
{
	struct pst_value value;
	uint32_t nid = 0;

	if (property->type != PST_OBJECT)
		return pst_type_inline(property->type, 4) ? 0 : property->hnid;
	if (pst_pc_value(&value, pc, property, NULL))
		return 0;
	if (!value.found && value.size >= 4)
		nid = pst_get32(value.head);
	pst_value_deinit(&value);
	return nid;
}

const struct pst_property *pst_object_owner(const struct pst_object *object, struct pst_mend *mend, uint32_t nid)
{
	const struct pst_property *properties = object->pc.properties.at;

	for (size_t i = 0; i < object->pc.properties.n && pst_reader_spend(&mend->old->reader, sizeof *properties); i++)
		if (pst_property_subnode(&object->pc, &properties[i]) == nid)
			return &properties[i];
	return NULL;
}

bool pst_object_keeps(const struct pst_object *object, uint16_t id)
{
	const struct pst_property *first = NULL;
	struct pst_taken taken = {0};
	struct pst_value value;
	bool kept;

	for (size_t i = 0; i < object->pc.properties.n; i++)
		if (object->pc.properties.at[i].id == id && (!first || pst_property_order(&object->pc.properties.at[i], first) < 0))
			first = &object->pc.properties.at[i];
	if (!first || !pst_type_row(first->type) || pst_pc_value(&value, &object->pc, first, NULL))
		return false;
	kept = is_apart(object, &value) || pst_taken_load(&taken, &value);
	free(taken.data);
	pst_value_deinit(&value);
	return kept;
}

static bool is_object_gone(const struct pst_pc_writer *writer, const struct pst_object *object, const struct pst_value *value)
{
	return object->partial && value->type == PST_OBJECT && value->size >= 4 &&
	       !pst_subnodes_find(writer->values.kept, pst_get32(value->head));
}

/* Whether a lost sector has taken the places of values that are in one. */
static bool is_torn(const struct pst_object *object, uint16_t type, const struct pst_taken *taken)
{
	return object->pc.heap.stream.as_found && type & PST_MULTIPLE && !pst_multiple_sound(type, taken->data, taken->size);
}

/* One that cannot be read is left out. */
static pstfix_status take_over(struct pst_mend *mend, struct pst_pc_writer *writer, const struct pst_object *object,
                               const struct pst_property *property)
{
	struct pst_taken taken = {0};
	struct pst_given given = {.nid = property->hnid};
	struct pst_value value;
	pstfix_status status = pst_pc_value(&value, &object->pc, property, mend->err);
	bool there;

	if (status)
		return status;
	there = pst_type_row(property->type) && !is_object_gone(writer, object, &value);
	if (there && !is_apart(object, &value)) {
		there = pst_taken_load(&taken, &value) && !is_torn(object, property->type, &taken);
		given = pst_taken_given(&taken);
	}
	if (there)
		status = pst_pc_writer_add(writer, property->id, property->type, &given, mend->err);
	free(taken.data);
	pst_value_deinit(&value);
	return status;
}

static pstfix_status add_all(struct pst_mend *mend, struct pst_pc_writer *writer, const struct pst_object *object,
                             const struct pst_property *old, size_t n_old, const struct pst_change *changes, size_t n)
{
	pstfix_status status = PSTFIX_OK;
	size_t i = 0, k = 0;

	while ((i < n_old || k < n) && !status) {
		if (k < n && (i == n_old || changes[k].id <= old[i].id)) {
			if (changes[k].type)
				status = pst_pc_writer_add(writer, changes[k].id, changes[k].type, &changes[k].value, mend->err);
			i += i < n_old && old[i].id == changes[k].id;
			k++;
		} else {
			status = take_over(mend, writer, object, &old[i++]);
		}
	}
	return status;
}

pstfix_status pst_mend_properties(struct pst_mend *mend, const struct pst_object *object, const struct pst_subnodes *kept,
                                  const struct pst_change *changes, size_t n, uint64_t *data, uint64_t *sub)
{
	size_t n_old;
	struct pst_property *old = pst_pc_ordered(&n_old, &object->pc);
	struct pst_pc_writer writer;
	pstfix_status status;

	if (!old)
		return pst_fail_memory(mend->err);
	status = pst_pc_writer_begin(&writer, &mend->edit->sink, n_old + n,
	                             kept ? kept : &object->subnodes, mend->err);
	if (!status) {
		status = add_all(mend, &writer, object, old, n_old, changes, n);
		if (!status)
			status = pst_pc_writer_end(&writer, data, sub, mend->err);
		if (!object->subnodes.whole && !writer.values.made.n)
			*sub = object->sub;
		pst_pc_writer_deinit(&writer);
	}
	free(old);
	return status;
}
