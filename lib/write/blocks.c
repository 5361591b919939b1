/* Streams and lists of blocks: see blocks.h. */
#include "write/blocks.h"

#include <stdlib.h>

enum { DATA_HEAD = 8 };

/* ---- lists ------------------------------------------------------------------------ */

static pstfix_status put_data_list(struct pst_part_put *out, struct pst_sink *sink, unsigned level,
                                   const struct pst_part_put *parts, size_t n, pstfix_error *err)
{
	const struct pst_format *f = sink->format;
	const uint32_t size = (uint32_t)(DATA_HEAD + n * f->word);
	uint8_t *list = calloc(1, size);
	uint64_t total = 0;
	pstfix_status status;

	if (!list)
		return pst_fail_memory(err);
	list[0] = PST_LIST_DATA;
	list[1] = (uint8_t)level;
	pst_put(list + 2, n, 2);
	for (size_t i = 0; i < n; i++) {
		pst_put(list + DATA_HEAD + i * f->word, parts[i].id, f->word);
		total += parts[i].size;
	}
	pst_put(list + 4, total, 4);
	out->size = (uint32_t)total;
	status = sink->put(sink, &out->id, list, size, true, err);
	free(list);
	return status;
}

pstfix_status pst_put_data_list(uint64_t *id, struct pst_sink *sink, const struct pst_part_put *parts, size_t n,
                                pstfix_error *err)
{
	const size_t max = (pst_block_data(sink->format) - DATA_HEAD) / sink->format->word;
	PST_ARRAY(struct pst_part_put) lists = {0};
	struct pst_part_put all = {0};
	uint64_t total = 0;
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < n; i++)
		total += parts[i].size;
	if (total > UINT32_MAX || n > max * max)
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "%llu bytes are more than a node can hold",
		                (unsigned long long)total);
	if (n == 1)
		all = parts[0];
	else if (n && n <= max)
		status = put_data_list(&all, sink, 1, parts, n, err);
	for (size_t i = 0; i < n && n > max && !status; i += max) {
		status = put_data_list(&all, sink, 1, parts + i, PST_MIN(max, n - i), err);
		pst_add(&lists, all);
	}
	if (!status && lists.failed)
		status = pst_fail_memory(err);
	if (!status && lists.n)
		status = put_data_list(&all, sink, 2, lists.at, lists.n, err);
	free(lists.at);
	*id = all.id;
	return status;
}

static pstfix_status put_sub_list(uint64_t *id, struct pst_sink *sink, unsigned level,
                                  const struct pst_list_entry *entries, size_t n, pstfix_error *err)
{
	const struct pst_format *f = sink->format;
	const size_t words = level ? 2 : 3, step = words * f->word;
	const uint32_t size = (uint32_t)(f->list_head + n * step);
	uint8_t *list = calloc(1, size);
	pstfix_status status;

	if (!list)
		return pst_fail_memory(err);
	list[0] = PST_LIST_SUB;
	list[1] = (uint8_t)level;
	pst_put(list + 2, n, 2);
	for (size_t i = 0; i < n; i++) {
		uint8_t *p = list + f->list_head + i * step;

		pst_put(p, entries[i].nid, f->word);
		pst_put(p + f->word, entries[i].data, f->word);
		if (!level)
			pst_put(p + 2 * f->word, entries[i].sub, f->word);
	}
	status = sink->put(sink, id, list, size, true, err);
	free(list);
	return status;
}

pstfix_status pst_put_subnodes(uint64_t *id, struct pst_sink *sink, const struct pst_list_entry *entries, size_t n,
                               pstfix_error *err)
{
	const struct pst_format *f = sink->format;
	const size_t room = pst_block_data(f) - f->list_head, max = room / (3u * f->word), lists_max = room / (2u * f->word);
	PST_ARRAY(struct pst_list_entry) lists = {0};
	pstfix_status status = PSTFIX_OK;

	*id = 0;
	if (n > max * lists_max)
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "%zu subnodes are more than a node can have", n);
	if (n && n <= max)
		return put_sub_list(id, sink, 0, entries, n, err);
	for (size_t i = 0; i < n && !status; i += max) {
		struct pst_list_entry list = {.nid = entries[i].nid};

		status = put_sub_list(&list.data, sink, 0, entries + i, PST_MIN(max, n - i), err);
		pst_add(&lists, list);
	}
	if (!status && lists.failed)
		status = pst_fail_memory(err);
	if (!status && lists.n)
		status = put_sub_list(id, sink, 1, lists.at, lists.n, err);
	free(lists.at);
	return status;
}

/* ---- streams ------------------------------------------------------------------------ */

void pst_stream_begin(struct pst_stream_writer *out, struct pst_sink *sink, pstfix_error *err)
{
	*out = (struct pst_stream_writer){.sink = sink, .block = malloc(pst_block_data(sink->format)), .err = err};
	if (!out->block)
		out->status = pst_fail_memory(err);
}

static void put_block(struct pst_stream_writer *writer)
{
	struct pst_part_put part = {.size = writer->used};

	if (!writer->status)
		writer->status = writer->sink->put(writer->sink, &part.id, writer->block, writer->used, false, writer->err);
	pst_add(&writer->parts, part);
	writer->used = 0;
}

void pst_stream_add(struct pst_stream_writer *writer, const void *data, size_t size)
{
	const uint32_t full = pst_block_data(writer->sink->format);
	const uint8_t *from = data;

	while (size && !writer->status) {
		const size_t n = PST_MIN(size, (size_t)(full - writer->used));

		memcpy(writer->block + writer->used, from, n);
		writer->used += (uint32_t)n;
		from += n;
		size -= n;
		if (writer->used == full)
			put_block(writer);
	}
}

void pst_stream_fill(struct pst_stream_writer *writer)
{
	const uint32_t full = pst_block_data(writer->sink->format);

	if (!writer->used || writer->status)
		return;
	memset(writer->block + writer->used, 0, full - writer->used);
	writer->used = full;
	put_block(writer);
}

pstfix_status pst_stream_end(uint64_t *id, struct pst_stream_writer *writer)
{
	*id = 0;
	if (writer->used)
		put_block(writer);
	if (!writer->status && writer->parts.failed)
		writer->status = pst_fail_memory(writer->err);
	if (!writer->status)
		writer->status = pst_put_data_list(id, writer->sink, writer->parts.at, writer->parts.n, writer->err);
	pst_array_deinit(&writer->parts);
	free(writer->block);
	return writer->status;
}
