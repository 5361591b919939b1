/* Index pages found from the header's roots down, where reading the whole file would take too long. */
#include "ndb/index.h"

#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
	const struct pst_found *x = a, *y = b;
	int order = PST_ORDER(x->at, y->at);

	return order ? order : PST_ORDER(x->type, y->type);
}

/* Takes the page in, and hands back where its children are. */
static void follow_page(struct pst_inventory *inventory, struct pst_io *io, struct pst_found want,
                        uint8_t *page)
{
	const struct pst_format *f = inventory->format;
	struct pst_page_tail tail;
	struct pst_index_page counts;
	uint32_t n;

	if (want.at % f->page || want.at > io->size || io->size - want.at < f->page ||
	    io->read(io, page, f->page, want.at, NULL) || !pst_page_prove(&tail, f, page, want.at) ||
	    tail.type != want.type || tail.id != want.id)
		return;
	pst_index_page_decode(&counts, f, page);
	if (want.level != UINT8_MAX && counts.level != want.level)
		return;
	want.level = counts.level;
	want.sure = PST_PROVEN;
	pst_add(&inventory->found, want);
	n = PST_MIN(counts.count, (uint32_t)f->entries / f->child_entry);
	for (uint32_t i = 0; counts.level && i < n; i++) {
		const uint8_t *entry = page + (size_t)i * PST_MAX(counts.entry_size, f->child_entry);

		if (entry + f->child_entry > page + f->entries)
			break;
		/* to be proven later: sure is PST_NONE */
		pst_add(&inventory->found,
		        ((struct pst_found){.id = pst_get(entry + f->word, f->word),
		                            .at = pst_get(entry + 2 * f->word, f->word),
		                            .type = want.type, .level = (uint8_t)(counts.level - 1)}));
	}
}

pstfix_status pst_inventory_follow(struct pst_inventory *out, struct pst_io *io,
                                   const struct pst_header *header, const struct pst_format *format,
                                   pstfix_error *err)
{
	struct pst_found roots[] = {
		{.at = header->bbt.at, .id = header->bbt.id, .type = PST_BBT, .level = UINT8_MAX},
		{.at = header->nbt.at, .id = header->nbt.id, .type = PST_NBT, .level = UINT8_MAX},
	};
	size_t limit = (size_t)(io->size / format->page) * 2 + PST_COUNT(roots), n = 0;
	uint8_t page[PST_PAGE_MAX];

	memset(out, 0, sizeof *out);
	out->format = format;
	out->size = io->size;
	for (size_t i = 0; i < PST_COUNT(roots); i++)
		follow_page(out, io, roots[i], page);
	for (size_t i = 0; i < out->found.n && out->found.n < limit && !out->found.failed; i++)
		if (out->found.at[i].sure == PST_NONE)
			follow_page(out, io, out->found.at[i], page);
	for (size_t i = 0; i < out->found.n; i++)
		if (out->found.at[i].sure == PST_PROVEN)
			out->found.at[n++] = out->found.at[i];
	out->found.n = n;
	pst_sort(out->found.at, n, sizeof *out->found.at, by_place);
	if (!out->found.failed)
		return PSTFIX_OK;
	pst_inventory_deinit(out);
	return pst_fail_memory(err);
}
