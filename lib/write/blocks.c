/* Blocks made anew: see blocks.h. */
#include "write/blocks.h"

#include <assert.h>
#include <stdlib.h>

enum { DATA_HEAD = 8 }; /* of a list of blocks: [MS-PST] 2.2.2.8.3.2 */

static pstfix_status begin_block(uint8_t **block, const struct pst_format *f, pstfix_error *err)
{
	if (!*block)
		*block = calloc(1, pst_block_data(f));
	return *block ? PSTFIX_OK : pst_fail_memory(err);
}

/* ---- data trees ---------------------------------------------------------------------- */

static uint32_t ids_in_list(const struct pst_format *f)
{
	return (pst_block_data(f) - DATA_HEAD) / f->word;
}

bool pst_data_fits(const struct pst_format *f, uint64_t blocks)
{
	const uint64_t ids = ids_in_list(f);

	return blocks <= ids * ids && blocks <= UINT32_MAX / pst_block_data(f);
}

void pst_data_writer_init(struct pst_data_writer *out, struct pst_sink *sink)
{
	*out = (struct pst_data_writer){.sink = sink};
}

void pst_data_writer_deinit(struct pst_data_writer *writer)
{
	pst_array_deinit(&writer->ids);
	free(writer->block);
	writer->block = NULL;
}

pstfix_status pst_data_writer_reserve(struct pst_data_writer *writer, size_t *place, pstfix_error *err)
{
	if (!pst_data_fits(writer->sink->format, writer->ids.n + 1))
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "a node with 4 GiB of data or more cannot be written");
	*place = writer->ids.n;
	pst_add(&writer->ids, 0);
	return writer->ids.failed ? pst_fail_memory(err) : PSTFIX_OK;
}

pstfix_status pst_data_writer_put(struct pst_data_writer *writer, size_t place, const void *data, size_t size,
                                  pstfix_error *err)
{
	const bool last = place + 1 == writer->ids.n;

	assert(size && size <= pst_block_data(writer->sink->format));
	if (last)
		writer->last = (uint32_t)size;
	return writer->sink->put(writer->sink, &writer->ids.at[place], data, size, false, err);
}

pstfix_status pst_data_writer_keep(struct pst_data_writer *writer, uint64_t id, uint32_t size, pstfix_error *err)
{
	size_t place = 0;
	pstfix_status status = pst_data_writer_reserve(writer, &place, err);

	if (status)
		return status;
	writer->ids.at[place] = id;
	writer->last = size;
	return PSTFIX_OK;
}

/* Puts the block that is being filled, `size` bytes of it, and makes it empty. */
static pstfix_status put_filled(struct pst_data_writer *writer, uint32_t size, pstfix_error *err)
{
	const bool damaged = writer->sink->damaged;
	size_t place = 0;
	pstfix_status status = pst_data_writer_reserve(writer, &place, err);

	writer->sink->damaged = writer->damaged;
	if (!status)
		status = pst_data_writer_put(writer, place, writer->block, size, err);
	memset(writer->block, 0, writer->size);
	writer->size = 0;
	writer->damaged = false;
	writer->sink->damaged = damaged;
	return status;
}

/* A full block is put when something follows it. */
pstfix_status pst_data_writer_append(struct pst_data_writer *writer, const void *data, size_t size, pstfix_error *err)
{
	const uint32_t full = pst_block_data(writer->sink->format);
	const uint8_t *from = data;
	pstfix_status status = begin_block(&writer->block, writer->sink->format, err);

	while (size && !status) {
		const size_t n = PST_MIN(size, full - writer->size);

		memcpy(writer->block + writer->size, from, n);
		writer->damaged |= writer->sink->damaged;
		writer->size += (uint32_t)n;
		from += n;
		size -= n;
		if (size)
			status = put_filled(writer, full, err);
	}
	return status;
}

pstfix_status pst_data_writer_record(struct pst_data_writer *writer, const void *data, size_t size, pstfix_error *err)
{
	const uint32_t full = pst_block_data(writer->sink->format);
	pstfix_status status = PSTFIX_OK;

	assert(size <= full);
	if (size > full - writer->size)
		status = put_filled(writer, full, err);
	return status ? status : pst_data_writer_append(writer, data, size, err);
}

/* Puts a list of `n` ids, of blocks or of lists of them, with `total` bytes below. */
static pstfix_status put_list(struct pst_data_writer *writer, uint64_t *id, const uint64_t *ids, size_t n, uint8_t level,
                              uint64_t total, pstfix_error *err)
{
	const struct pst_format *f = writer->sink->format;

	memset(writer->block, 0, pst_block_data(f));
	writer->block[0] = PST_LIST_DATA;
	writer->block[1] = level;
	pst_put(writer->block + 2, n, 2);
	pst_put(writer->block + 4, total, 4);
	for (size_t i = 0; i < n; i++)
		pst_put(writer->block + DATA_HEAD + i * f->word, ids[i], f->word);
	return writer->sink->put(writer->sink, id, writer->block, DATA_HEAD + n * f->word, true, err);
}

/* Puts lists of all ids, which are then those of the lists. Each id but the last stands for `per_id` bytes. */
static pstfix_status put_level(struct pst_data_writer *writer, uint8_t level, uint64_t total, uint64_t per_id,
                               pstfix_error *err)
{
	const size_t fit = ids_in_list(writer->sink->format), n = writer->ids.n;
	uint64_t left = total;
	pstfix_status status = PSTFIX_OK;

	writer->ids.n = 0;
	for (size_t i = 0; i < n && !status; i += fit) {
		const uint64_t here = PST_MIN(left, fit * per_id);

		status = put_list(writer, &writer->ids.at[writer->ids.n++], writer->ids.at + i, PST_MIN(fit, n - i), level,
		                  here, err);
		left -= here;
	}
	return status;
}

pstfix_status pst_data_writer_end(struct pst_data_writer *writer, uint64_t *root, pstfix_error *err)
{
	const uint64_t full = pst_block_data(writer->sink->format);
	uint64_t total;
	pstfix_status status = writer->size ? put_filled(writer, writer->size, err) : PSTFIX_OK;

	*root = 0;
	if (!status && writer->ids.n > 1)
		status = begin_block(&writer->block, writer->sink->format, err);
	total = writer->ids.n ? (writer->ids.n - 1) * full + writer->last : 0;
	for (uint8_t level = 1; writer->ids.n > 1 && !status; level++)
		status = put_level(writer, level, total, level > 1 ? full * ids_in_list(writer->sink->format) : full, err);
	if (!status && writer->ids.n)
		*root = writer->ids.at[0];
	writer->ids.n = 0;
	return status;
}

/* ---- subnodes ------------------------------------------------------------------------ */

static uint32_t entries_in_list(const struct pst_format *f, unsigned level)
{
	return (pst_block_data(f) - f->list_head) / ((level ? 2u : 3u) * f->word);
}

void pst_subnode_writer_init(struct pst_subnode_writer *out, struct pst_sink *sink)
{
	*out = (struct pst_subnode_writer){.sink = sink};
}

void pst_subnode_writer_deinit(struct pst_subnode_writer *writer)
{
	pst_array_deinit(&writer->lists);
	free(writer->list);
	writer->list = NULL;
}

static void put_entry(uint8_t *list, const struct pst_format *f, uint32_t i, unsigned level,
                      const struct pst_list_entry *entry)
{
	uint8_t *p = list + f->list_head + (size_t)i * (level ? 2u : 3u) * f->word;

	pst_put(p, entry->nid, f->word);
	pst_put(p + f->word, entry->data, f->word);
	if (!level)
		pst_put(p + 2 * f->word, entry->sub, f->word);
}

static pstfix_status put_subnodes(struct pst_subnode_writer *writer, uint64_t *id, uint32_t n, uint8_t level,
                                  pstfix_error *err)
{
	const struct pst_format *f = writer->sink->format;
	const size_t size = f->list_head + (size_t)n * (level ? 2u : 3u) * f->word;
	pstfix_status status;

	writer->list[0] = PST_LIST_SUB;
	writer->list[1] = level;
	pst_put(writer->list + 2, n, 2);
	status = writer->sink->put(writer->sink, id, writer->list, size, true, err);
	memset(writer->list, 0, size);
	return status;
}

static pstfix_status put_leaf(struct pst_subnode_writer *writer, pstfix_error *err)
{
	pstfix_status status = put_subnodes(writer, &writer->lists.at[writer->lists.n - 1].data, writer->n, 0, err);

	writer->n = 0;
	return status;
}

static pstfix_status begin_leaf(struct pst_subnode_writer *writer, uint32_t nid, pstfix_error *err)
{
	pstfix_status status = begin_block(&writer->list, writer->sink->format, err);

	if (status)
		return status;
	if (writer->lists.n == entries_in_list(writer->sink->format, 1))
		return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "a node cannot have so many subnodes");
	pst_add(&writer->lists, ((struct pst_list_entry){.nid = nid}));
	return writer->lists.failed ? pst_fail_memory(err) : PSTFIX_OK;
}

pstfix_status pst_subnode_writer_add(struct pst_subnode_writer *writer, const struct pst_list_entry *entry,
                                     pstfix_error *err)
{
	const struct pst_format *f = writer->sink->format;
	pstfix_status status = PSTFIX_OK;

	if (writer->n == entries_in_list(f, 0))
		status = put_leaf(writer, err);
	if (!status && !writer->n)
		status = begin_leaf(writer, entry->nid, err);
	if (!status)
		put_entry(writer->list, f, writer->n++, 0, entry);
	return status;
}

pstfix_status pst_subnode_writer_end(struct pst_subnode_writer *writer, uint64_t *root, pstfix_error *err)
{
	const uint32_t n = (uint32_t)writer->lists.n;
	pstfix_status status = writer->n ? put_leaf(writer, err) : PSTFIX_OK;

	*root = 0;
	if (status || !n)
		return status;
	*root = writer->lists.at[0].data;
	if (n > 1) {
		for (uint32_t i = 0; i < n; i++)
			put_entry(writer->list, writer->sink->format, i, 1, &writer->lists.at[i]);
		status = put_subnodes(writer, root, n, 1, err);
	}
	writer->lists.n = 0;
	return status;
}
