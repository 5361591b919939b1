/* The map of GNU ddrescue: see map.h. Its manual has the format in "Mapfile structure": comments, a line with the state of the
 * rescue, then one line for each area: place, size, and '+' where it was rescued. */
#include "bytes/map.h"

#include <errno.h>
#include <stdlib.h>

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r");
}

/* A number as C writes it; NULL: there is none. */
static const char *take_number(uint64_t *out, const char *text)
{
	char *end;

	text = skip_blanks(text);
	if (*text < '0' || *text > '9')
		return NULL;
	errno = 0;
	*out = strtoull(text, &end, 0);
	return errno || end == text ? NULL : end;
}

/* False: the line is none of an area. */
static bool take_area(struct pst_pieces *out, const char *line)
{
	const struct pst_piece *last = out->n ? &out->at[out->n - 1] : NULL;
	struct pst_piece area;
	const char *text = take_number(&area.at, line);

	text = text ? take_number(&area.size, text) : NULL;
	if (!text || area.at > INT64_MAX || area.size > INT64_MAX)
		return false;
	text = skip_blanks(text);
	if (!*text || !strchr("?*/-+", *text) || (last && area.at < last->at + last->size))
		return false;
	area.from = area.at;
	if (*text == '+' && last && area.at == last->at + last->size)
		out->at[out->n - 1].size += area.size;
	else if (*text == '+' && area.size)
		pst_add(out, area);
	return true;
}

pstfix_status pst_map_parse(struct pst_pieces *out, const char *text, pstfix_error *err)
{
	unsigned long number = 0;
	bool begun = false;

	memset(out, 0, sizeof *out);
	while (*text) {
		const char *line = skip_blanks(text);
		const size_t length = strcspn(text, "\n");

		text += length + (text[length] == '\n');
		number++;
		if (*line == '#' || *line == '\n' || !*line)
			continue;
		if (begun && !take_area(out, line))
			return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE,
			                "line %lu of the map: expected a place behind those before, a size and one of ?*/-+", number);
		begun = true; /* the first line has the state of the rescue */
	}
	if (!begun)
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "the map is empty");
	return out->failed ? pst_fail_memory(err) : PSTFIX_OK;
}
