/* What is left of a message that is not whole: zeros take the place of blocks that are gone, what cannot be followed is left out. Blocks of
 * which only the checksum is wrong stay as they stand. See inside.h. */
#include "mend/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 50, TEXT_MAX = 8000, LINE_SIZE = 200, PLACE = 160 };

/* ---- what is lost, in words ---------------------------------------------------------------- */

void pst_losses_add(struct pst_losses *losses, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;

	losses->any = true;
	if (losses->text.n > TEXT_MAX) {
		losses->more++;
		return;
	}
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	for (const char *prefix = losses->text.n ? "; " : ""; *prefix; prefix++)
		pst_add(&losses->text, *prefix);
	for (size_t i = 0; line[i]; i++)
		pst_add(&losses->text, line[i]);
}

/* What an earlier mark says. */
static void load_mark(struct pst_taken *out, const struct pst_mend *mend, const struct pst_pc *pc)
{
	const struct pst_property *property = pst_pc_find(pc, mend->damage);
	struct pst_value value;

	*out = (struct pst_taken){0};
	if (!property || property->type != mend->edit->sink.format->string || pst_pc_value(&value, pc, property, NULL))
		return;
	pst_taken_load(out, &value);
	pst_value_deinit(&value);
}

pstfix_status pst_losses_mark(struct pst_taken *out, struct pst_losses *losses, const struct pst_mend *mend, const struct pst_pc *pc)
{
	const struct pst_format *f = mend->edit->sink.format;
	struct pst_taken before;
	char more[40] = "";

	if (losses->more)
		snprintf(more, sizeof more, "; and %zu more", losses->more);
	for (size_t i = 0; i <= strlen(more); i++)
		pst_add(&losses->text, more[i]);
	load_mark(&before, mend, pc);
	*out = (struct pst_taken){losses->text.failed ? NULL : malloc(before.size + 4 + 2 * losses->text.n), before.size};
	if (out->data) {
		if (before.size)
			memcpy(out->data, before.data, before.size);
		out->size += before.size ? pst_ascii(out->data + out->size, f, "; ") : 0;
		out->size += pst_ascii(out->data + out->size, f, losses->text.at);
	}
	pst_taken_deinit(&before);
	return out->data ? PSTFIX_OK : pst_fail_memory(mend->err);
}

/* ---- data trees ------------------------------------------------------------------------------ */

/* Whether anything else is, or may be, where the block was. */
static bool is_overlapped(const struct pst_mend *mend, const struct pst_block *block)
{
	const struct pst_space *space = &mend->edit->room.taken;
	const uint32_t size = pst_block_extent(space->format, block->size);
	size_t i, found = 0;

	PST_SEARCH(i, space->used.n, space->used.at[middle].at + PST_BLOCK_MAX < block->at);
	for (; i < space->used.n && space->used.at[i].at < block->at + size; i++)
		found += space->used.at[i].at + space->used.at[i].size > block->at;
	return found != 1;
}

/* Whether nothing else is known to need a block that a doubtful list names. */
static bool is_unclaimed(const struct pst_block *block)
{
	return block->sure == PST_PROVEN && block->refs <= (block->flags & (PST_BLOCK_CANDIDATE | PST_BLOCK_RAISED) ? 1u : 0u);
}

/* How much of the stored bytes comes before a sector that is lost. */
static size_t before_zeros(const uint8_t *stored, const struct pst_block *block)
{
	for (size_t at = 0, n; at < block->size; at += n) {
		n = pst_in_sector(block, at);
		if (pst_all_bytes(stored + at, n, 0))
			return at;
	}
	return block->size;
}

/* What a packed block begins with, up to where it does not inflate. */
static size_t read_start(const struct pst_mend *mend, uint8_t *out, const struct pst_block *block)
{
	const struct pst_index *index = mend->old->index;
	uint8_t stored[PST_BLOCK_MAX];
	size_t size;

	if (block->inflated > pst_block_data(index->format) || index->io->read(index->io, stored, block->size, block->at, NULL))
		return 0;
	size = pst_inflate_start(out, block->inflated, stored, before_zeros(stored, block));
	pst_decode(index->encoding, out, size, block->id);
	return size;
}

/* The size of that. Lists may name a block over and over: it is inflated once. */
static size_t start_of(struct pst_mend *mend, const struct pst_block *block)
{
	const struct pst_index *index = mend->old->index;
	uint8_t out[PST_BLOCK_MAX];
	uint16_t *start = &mend->starts[block - index->blocks.at];

	if (!*start)
		*start = (uint16_t)(1 + read_start(mend, out, block));
	return *start - 1u;
}

enum state { KEPT, AS_FOUND, GONE };

/* `found`: how many bytes are left, from the start. */
static enum state state_of(struct pst_mend *mend, const struct pst_part *part, size_t *found)
{
	const struct pst_block *block = part->block;

	*found = 0;
	if (!block || (block->sure == PST_CLAIMED && (is_overlapped(mend, block) || !pst_block_cut_off(mend->old->index, block))))
		return GONE;
	*found = part->size;
	if (block->sure != PST_CLAIMED && !(block->flags & PST_BLOCK_BAD_STREAM))
		return KEPT;
	if (block->size != block->inflated)
		*found = start_of(mend, block);
	return *found ? AS_FOUND : GONE;
}

static bool is_sound(struct pst_mend *mend, const struct pst_stream *stream)
{
	bool sound = !stream->cut;
	size_t found;

	for (size_t i = 0; i < stream->parts.n && sound; i++)
		sound = !stream->parts.at[i].doubted && state_of(mend, &stream->parts.at[i], &found) == KEPT;
	return sound;
}

struct range {
	struct pst_losses *losses;
	const char *what;
	uint64_t from, to, of;
	enum state state;
};

/* Goes on with the next bytes: where these are in another state, what was before is told. */
static void go_on(struct range *range, enum state state, uint64_t size)
{
	static const char *const words[] = {[AS_FOUND] = "as found", [GONE] = "gone"};

	if (!size)
		return;
	if (range->state != state && range->state != KEPT)
		pst_losses_add(range->losses, "%s: bytes %llu to %llu of %llu %s", range->what, (unsigned long long)range->from,
		               (unsigned long long)(range->to - 1), (unsigned long long)range->of, words[range->state]);
	if (range->state != state)
		range->from = range->to;
	range->state = state;
	range->to += size;
}

static void tell_parts(struct pst_mend *mend, struct pst_losses *losses, const char *what, const struct pst_stream *stream)
{
	struct range range = {losses, what, 0, 0, stream->size, KEPT};
	bool doubted = false;

	for (size_t i = 0; i < stream->parts.n; i++)
		doubted |= stream->parts.at[i].doubted;
	if (doubted)
		pst_losses_add(losses, "%s: list of blocks damaged", what);
	for (size_t i = 0; i < stream->parts.n; i++) {
		size_t found;
		const enum state state = state_of(mend, &stream->parts.at[i], &found);

		go_on(&range, state, found);
		go_on(&range, GONE, stream->parts.at[i].size - found);
	}
	go_on(&range, KEPT, 1);
}

void pst_partial_tell_lost(struct pst_losses *losses, const char *place, const struct pst_stream *stream)
{
	char what[PLACE];
	struct range range = {losses, what, 0, 0, stream->size, KEPT};

	snprintf(what, sizeof what, "%.140sproperties", place);
	for (size_t i = 0; i < stream->parts.n; i++) {
		const struct pst_part *part = &stream->parts.at[i];
		const uint8_t *data = pst_stream_part(stream, i);

		for (uint32_t at = 0, n; at < part->size; at += n) {
			n = data && pst_part_lost(part, data, 0, part->size) ? (uint32_t)pst_in_sector(part->block, at) : part->size;
			go_on(&range, !data || pst_part_lost(part, data, at, 1) ? GONE : part->block->sure == PST_PROVEN ? KEPT : AS_FOUND, n);
		}
	}
	go_on(&range, KEPT, 1);
}

/* What is left of a part that is not kept, into zeros. */
static void read_left(struct pst_mend *mend, uint8_t *out, const struct pst_stream *stream, size_t i)
{
	const struct pst_part *part = &stream->parts.at[i];
	const uint8_t *data;
	size_t found;

	if (state_of(mend, part, &found) != AS_FOUND)
		return;
	if (part->block->size != part->block->inflated) {
		read_start(mend, out, part->block);
		return;
	}
	data = pst_stream_part(stream, i);
	if (data)
		memcpy(out, data, part->size);
}

static pstfix_status write_part(struct pst_mend *mend, struct pst_data_writer *writer, const struct pst_stream *stream, size_t i)
{
	const struct pst_part *part = &stream->parts.at[i];
	uint8_t *data;
	size_t place, found;
	pstfix_status status;

	if (state_of(mend, part, &found) == KEPT)
		return pst_data_writer_keep(writer, part->block->id, part->size, mend->err);
	data = calloc(1, part->size);
	if (!data)
		return pst_fail_memory(mend->err);
	read_left(mend, data, stream, i);
	status = pst_data_writer_reserve(writer, &place, mend->err);
	if (!status)
		status = pst_data_writer_put(writer, place, data, part->size, mend->err);
	free(data);
	return status;
}

static pstfix_status write_tree(struct pst_mend *mend, uint64_t *tree, const struct pst_stream *stream)
{
	struct pst_data_writer writer;
	pstfix_status status = PSTFIX_OK;

	pst_data_writer_init(&writer, &mend->edit->sink);
	for (size_t i = 0; i < stream->parts.n && !status; i++)
		status = write_part(mend, &writer, stream, i);
	if (!status)
		status = pst_data_writer_end(&writer, tree, mend->err);
	pst_data_writer_deinit(&writer);
	return status;
}

/* Whether enough is left to be worth what is written for it: all of that together is no more than the file. */
static bool is_worth(struct pst_mend *mend, const struct pst_stream *stream)
{
	const struct pst_format *f = mend->old->index->format;
	uint64_t gone = 0, made = f->unit + (uint64_t)stream->parts.n * f->word;

	for (size_t i = 0; i < stream->parts.n; i++) {
		size_t found;
		const enum state state = state_of(mend, &stream->parts.at[i], &found);

		gone += state == GONE ? stream->parts.at[i].size : 0;
		made += state != KEPT ? stream->parts.at[i].size : 0;
	}
	if (gone == stream->size || made > mend->old->index->io->size - mend->made)
		return false;
	mend->made += made;
	return true;
}

/* Where a damaged list names what is not its own, there is a hole as large as a block; the last one ends where the list says. */
static void leave_foreign(struct pst_mend *mend, struct pst_stream *stream, uint64_t tree)
{
	const uint32_t full = pst_block_data(mend->old->index->format);
	const uint64_t total = pst_index_size(mend->old->index, tree);

	stream->size = 0;
	for (size_t i = 0; i < stream->parts.n; i++) {
		struct pst_part *part = &stream->parts.at[i];
		const bool last = i + 1 == stream->parts.n;

		if (part->doubted && part->block && !is_unclaimed(part->block)) {
			part->block = NULL;
			part->size = last && total > stream->size && total - stream->size < full ? (uint32_t)(total - stream->size) : full;
		}
		part->offset = stream->size;
		stream->size += part->size;
	}
}

static pstfix_status open_as_found(struct pst_stream *out, struct pst_mend *mend, uint64_t tree)
{
	pstfix_status status;

	mend->old->reader.proven_only = false;
	status = pst_stream_open(out, &mend->old->reader, tree, mend->err);
	if (!status)
		leave_foreign(mend, out, tree);
	return status;
}

static void close_as_found(struct pst_stream *stream, struct pst_mend *mend)
{
	pst_stream_deinit(stream);
	mend->old->reader.proven_only = true;
}

pstfix_status pst_partial_tree(struct pst_mend *mend, uint64_t *tree, struct pst_losses *losses, const char *what)
{
	struct pst_stream stream;
	pstfix_status status = open_as_found(&stream, mend, *tree);

	if (!status && *tree && !is_sound(mend, &stream)) {
		if (is_worth(mend, &stream)) {
			tell_parts(mend, losses, what, &stream);
			status = write_tree(mend, tree, &stream);
		} else {
			pst_losses_add(losses, "%s: gone", what);
			*tree = 0;
		}
	}
	close_as_found(&stream, mend);
	return status;
}

pstfix_status pst_partial_load(struct pst_taken *out, size_t max, struct pst_mend *mend, uint64_t tree)
{
	struct pst_stream stream;
	pstfix_status status = open_as_found(&stream, mend, tree);

	*out = (struct pst_taken){0};
	if (!status && stream.size && stream.size <= max) {
		*out = (struct pst_taken){calloc(1, stream.size), stream.size};
		if (!out->data)
			status = pst_fail_memory(mend->err);
	}
	for (size_t i = 0; i < stream.parts.n && out->data; i++) {
		const struct pst_part *part = &stream.parts.at[i];
		const uint8_t *data = pst_stream_part(&stream, i);
		size_t found;

		if (state_of(mend, part, &found) == KEPT && data)
			memcpy(out->data + part->offset, data, part->size);
		read_left(mend, out->data + part->offset, &stream, i);
	}
	close_as_found(&stream, mend);
	return status;
}

/* ---- subnodes ------------------------------------------------------------------------------------ */

static bool is_free(const struct pst_index *index, uint64_t id)
{
	const struct pst_block *block = pst_index_block(index, id);

	return block && is_unclaimed(block);
}

/* Takes in entries that only a list names which does not prove itself, if nothing else needs their blocks. */
static void take_doubted(struct pst_subnodes *subnodes, const struct pst_subnodes *found, const struct pst_index *index)
{
	const size_t n = subnodes->entries.n;

	for (size_t i = 0; i < found->entries.n; i++) {
		struct pst_list_entry entry = found->entries.at[i];
		size_t k;

		PST_SEARCH(k, n, subnodes->entries.at[middle].nid < entry.nid);
		if ((k < n && subnodes->entries.at[k].nid == entry.nid) || (i && found->entries.at[i - 1].nid == entry.nid) ||
		    !is_free(index, entry.data))
			continue;
		if (!is_free(index, entry.sub))
			entry.sub = 0;
		pst_add(&subnodes->entries, entry);
	}
	if (subnodes->entries.n > n)
		pst_subnodes_sort(subnodes);
}

pstfix_status pst_partial_subnodes(struct pst_mend *mend, struct pst_subnodes *subnodes, uint64_t list, struct pst_losses *losses,
                                   const char *what)
{
	struct pst_subnodes found;
	pstfix_status status;

	if (subnodes->whole)
		return PSTFIX_OK;
	mend->old->reader.proven_only = false;
	status = pst_subnodes_open(&found, &mend->old->reader, list, mend->err);
	mend->old->reader.proven_only = true;
	if (status)
		return status;
	take_doubted(subnodes, &found, mend->old->index);
	pst_subnodes_deinit(&found);
	pst_losses_add(losses, "%slist of subnodes damaged, %zu found", what, subnodes->entries.n);
	subnodes->whole = true; /* all of it that there is */
	return subnodes->entries.failed ? pst_fail_memory(mend->err) : PSTFIX_OK;
}

/* Those of a value, or of a table. */
static pstfix_status make_entries(struct pst_mend *mend, struct pst_subnodes *subnodes, bool *changed, struct pst_losses *losses,
                                  const char *what, unsigned depth)
{
	pstfix_status status = PSTFIX_OK;
	size_t n = 0;

	for (size_t i = 0; i < subnodes->entries.n && !status; i++) {
		struct pst_list_entry entry = subnodes->entries.at[i];
		const struct pst_list_entry before = entry;

		status = pst_partial_entry(mend, &entry, losses, what, depth);
		*changed |= entry.data != before.data || entry.sub != before.sub;
		if (entry.data)
			subnodes->entries.at[n++] = entry;
	}
	subnodes->entries.n = n;
	return status;
}

static pstfix_status make_list(struct pst_mend *mend, uint64_t *list, struct pst_losses *losses, const char *what, unsigned depth)
{
	struct pst_subnodes subnodes;
	bool changed;
	pstfix_status status = pst_subnodes_open(&subnodes, &mend->old->reader, *list, mend->err);

	if (status)
		return status;
	changed = !subnodes.whole;
	status = pst_partial_subnodes(mend, &subnodes, *list, losses, what);
	if (!status)
		status = make_entries(mend, &subnodes, &changed, losses, what, depth + 1);
	if (!status && changed)
		status = pst_mend_list(mend, &subnodes, list);
	pst_subnodes_deinit(&subnodes);
	return status;
}

pstfix_status pst_partial_entry(struct pst_mend *mend, struct pst_list_entry *entry, struct pst_losses *losses, const char *what,
                                unsigned depth)
{
	pstfix_status status = pst_partial_tree(mend, &entry->data, losses, what);

	if (!status && entry->sub && depth < DEPTH_MAX && !pst_index_list_cyclic(mend->old->index, entry->sub))
		status = make_list(mend, &entry->sub, losses, what, depth);
	return status;
}

static pstfix_status is_list_needed(bool *needed, struct pst_mend *mend, uint64_t list, unsigned depth)
{
	struct pst_subnodes subnodes;
	pstfix_status status = pst_subnodes_open(&subnodes, &mend->old->reader, list, mend->err);

	if (status)
		return status;
	*needed |= !subnodes.whole;
	for (size_t i = 0; i < subnodes.entries.n && !*needed && !status && depth < DEPTH_MAX; i++)
		status = pst_partial_is_needed(needed, mend, subnodes.entries.at[i], depth + 1);
	pst_subnodes_deinit(&subnodes);
	return status;
}

pstfix_status pst_partial_is_needed(bool *needed, struct pst_mend *mend, struct pst_list_entry entry, unsigned depth)
{
	struct pst_stream stream;
	pstfix_status status = open_as_found(&stream, mend, entry.data);

	*needed = !status && !is_sound(mend, &stream);
	close_as_found(&stream, mend);
	if (!status && entry.sub && !*needed && !pst_index_list_cyclic(mend->old->index, entry.sub))
		status = is_list_needed(needed, mend, entry.sub, depth);
	return status;
}

static pstfix_status partial_table(struct pst_mend *mend, struct pst_list_entry *entry, struct pst_losses *losses, const char *what)
{
	const struct pst_table_plan plan = {.data = entry->data, .sub = entry->sub};
	bool needed = false, made = false;
	pstfix_status status = pst_partial_is_needed(&needed, mend, *entry, 0);

	if (status || !needed)
		return status;
	pst_losses_add(losses, "%s: some gone", what);
	entry->data = entry->sub = 0;
	return pst_mend_rows(mend, plan, &made, &entry->data, &entry->sub);
}

pstfix_status pst_partial_value(struct pst_mend *mend, const struct pst_object *object, struct pst_list_entry *entry,
                                struct pst_losses *losses, const char *place)
{
	const struct pst_property *property = pst_object_owner(object, mend, entry->nid);
	char what[PLACE];

	snprintf(what, sizeof what, property ? "%.120sproperty 0x%04X" : "%.120ssubnode 0x%X", place, property ? property->id : entry->nid);
	return property ? pst_partial_entry(mend, entry, losses, what, 0) : partial_table(mend, entry, losses, what);
}
