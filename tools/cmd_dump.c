/* pstfix dump FILE WHAT: one structure, decoded field by field. */
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dump {
	bool json;
	const char *file, *what;
	char group[64];
};

static void print_field(const struct dump *dump, const char *name, uint64_t offset,
                        const char *value)
{
	char place[24] = "";

	if (offset != PSTFIX_NOWHERE)
		snprintf(place, sizeof place, "0x%jX", (uintmax_t)offset);
	printf("%-12s ", place);
	if (value) {
		printf("%s%-*s ", dump->group[0] ? "  " : "", dump->group[0] ? 18 : 20, name);
		print_clean(value);
	} else {
		fputs(name, stdout);
	}
	putchar('\n');
}

static void json_field(const struct dump *dump, const char *name, uint64_t offset, uint64_t size,
                       const char *value)
{
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", dump->file);
	json_text(&json, "what", dump->what);
	if (dump->group[0])
		json_text(&json, "group", dump->group);
	json_text(&json, "name", name);
	json_known(&json, "offset", offset);
	json_known(&json, "size", size ? size : PSTFIX_NOWHERE);
	json_text(&json, "value", value);
	json_end(&json);
}

static void dump_field(void *user, const char *name, uint64_t offset, uint64_t size,
                       const char *value)
{
	struct dump *dump = user;

	if (!value)
		snprintf(dump->group, sizeof dump->group, "%s", name);
	if (!dump->json)
		print_field(dump, name, offset, value);
	else if (value)
		json_field(dump, name, offset, size, value);
}

/* What is asked for in one word, "page:0x4600", or in two; to be freed. NULL: out of memory. */
static char *join_what(const struct request *request)
{
	const char *first = request->operands[1], *second = request->count > 2 ? request->operands[2] : "";
	size_t room = strlen(first) + strlen(second) + 2;
	char *what = malloc(room);

	if (what)
		snprintf(what, room, "%s%s%s", first, request->count > 2 ? ":" : "", second);
	return what;
}

int cmd_dump(const struct request *request)
{
	const char *path = request->operands[0];
	struct progress progress = progress_begin(request);
	pstfix_options options = {.threads = request->threads, .progress = progress_tick, .user = &progress};
	char *what = join_what(request);
	struct dump dump = {.json = request->json, .file = path, .what = what};
	pstfix_file *file = NULL;
	pstfix_error err = {.status = PSTFIX_ERROR_MEMORY, .offset = PSTFIX_NOWHERE, .message = "out of memory"};
	bool failed = !what || pstfix_open(&file, path, &options, &err) ||
	              pstfix_dump(file, what, dump_field, &dump, &err);

	progress_end(&progress);
	free(what);
	pstfix_file_free(file);
	return failed ? complain(request, path, &err) : STATUS_SOUND;
}
