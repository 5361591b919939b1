/* What a search folder has found: [MS-PST] 2.4.8.6.3, and in genuine files a second layout, client 0xAC, with its columns
 * in a subnode. In both the header says where the row index is, and that has all there is to know: the row id is that
 * of the message, whose node knows its folder. */
#include "store/item.h"

#include <stdlib.h>

enum { RESULTS = 0x10, CLIENT_APART = 0xAC, ROW_INDEX = 10, KEY = 4,
       RESULT_WORK = 256 /* what is done with one, as bytes read: folders without number can have the same table */ };

static void take_results(struct pstfix_item *item, const struct pst_heap *heap)
{
	const bool known = heap->client == PST_CLIENT_TC || heap->client == CLIENT_APART;
	struct pst_item header;
	struct pst_record record;
	struct pst_walk walk;
	struct pst_bth bth;

	if (!known || pst_heap_item(&header, heap, heap->root) || header.size < ROW_INDEX + 4)
		return;
	pst_bth_open(&bth, heap, pst_get32(header.data + ROW_INDEX));
	pst_walk_begin(&walk, &bth);
	while (bth.key == KEY && pst_walk_next(&record, &walk) && pst_reader_spend(heap->stream.reader, RESULT_WORK))
		pst_add(&item->results, pst_get32(record.key));
}

pstfix_status pstfix_item_result_count(size_t *out, pstfix_item *item, pstfix_error *err)
{
	const struct pst_node *node = pst_index_node(item->store->index, (item->nid & ~31u) | RESULTS);
	struct pst_heap heap;
	pstfix_status status;

	*out = item->results.n;
	if (item->kind != PSTFIX_SEARCH || item->searched || !node)
		return PSTFIX_OK;
	status = pst_heap_open(&heap, &item->store->reader, node->data, err);
	if (status)
		return status;
	take_results(item, &heap);
	pst_heap_deinit(&heap);
	if (item->results.failed)
		status = pst_fail_memory(err);
	status = pst_reader_status(&item->store->reader, status, err);
	if (status)
		pst_array_deinit(&item->results);
	item->searched = !status;
	*out = item->results.n;
	return status;
}

uint32_t pstfix_item_result_at(const pstfix_item *item, size_t index)
{
	return item->results.at[index];
}
