/* Folders by name: what is synchronized with a server says in PidTagParentDisplay which folder it is in. */
#include "tie/tie_inside.h"

#include <stdlib.h>

enum { DISPLAY_NAME = 0x3001, PARENT_NAME = 0x0E05 };

/* Of a text property of a context; 0: there is none. */
static uint64_t name_of(struct pst_tie *tie, uint64_t data, uint16_t id)
{
	const struct pst_property *property;
	struct pst_value value;
	struct pst_pc pc;
	uint64_t key = 0;

	if (tie->status || !pst_reader_spend(&tie->reader, OPEN_WORK))
		return 0;
	tie->status = pst_pc_open(&pc, &tie->reader, data, NULL, tie->err);
	if (tie->status)
		return 0;
	property = pst_pc_find(&pc, id);
	if (property && !pst_pc_value(&value, &pc, property, NULL)) {
		key = value.size ? pst_stray_key(&value) : 0;
		pst_value_deinit(&value);
	}
	pst_pc_deinit(&pc);
	return key;
}

static int by_key(const void *a, const void *b)
{
	const struct pst_tie_name *x = a, *y = b;
	const int order = PST_ORDER(x->key, y->key);

	return order ? order : PST_ORDER(x->nid, y->nid);
}

pstfix_status pst_tie_names_init(struct pst_tie_names *out, struct pst_tie *tie)
{
	*out = (struct pst_tie_names){0};
	for (size_t i = 0; i < tie->index->nodes.n && !tie->status; i++) {
		const struct pst_node *node = &tie->index->nodes.at[i];

		if ((node->nid & 31) == TYPE_FOLDER)
			pst_add(&out->at, ((struct pst_tie_name){name_of(tie, node->data, DISPLAY_NAME), node->nid}));
	}
	pst_sort(out->at.at, out->at.n, sizeof *out->at.at, by_key);
	return tie->status || !out->at.failed ? tie->status : pst_fail_memory(tie->err);
}

void pst_tie_names_deinit(struct pst_tie_names *names)
{
	pst_array_deinit(&names->at);
}

uint32_t pst_tie_names_find(const struct pst_tie_names *names, struct pst_tie *tie, const struct pst_stray *message)
{
	const uint64_t key = name_of(tie, message->data, PARENT_NAME);
	size_t first, end;

	PST_SEARCH(first, names->at.n, names->at.at[middle].key < key);
	PST_SEARCH(end, names->at.n, names->at.at[middle].key <= key);
	return key && end == first + 1 ? names->at.at[first].nid : 0;
}
