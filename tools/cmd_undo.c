/* pstfix undo FILE: give back what a repair in place has changed. */
#include "output.h"

#include <stdio.h>

int cmd_undo(const struct request *request)
{
	const char *path = request->operands[0];
	pstfix_error err;
	struct json json;

	if (pstfix_undo(path, request->undo_file, &err))
		return complain(request, path, &err);
	if (request->json) {
		json_open(&json, NULL);
		json_text(&json, "file", path);
		json_bool(&json, "undone", true);
		json_number(&json, "exit", STATUS_SOUND);
		json_end(&json);
	} else if (!request->quiet) {
		print_path(path);
		puts("as it was before its repair");
	}
	return flush_output() ? STATUS_SOUND : STATUS_FAILED;
}

void tell_journal(const struct request *request, const char *path)
{
	const pstfix_undo_state state = pstfix_undo_state_of(path, request->undo_file);

	if (!request->quiet && state == PSTFIX_UNDO_STARTED)
		warn(path, "note: a repair in place was stopped in the middle; 'pstfix undo' gives back what was", "");
	else if (!request->quiet && state == PSTFIX_UNDO_DONE)
		warn(path, "note: was repaired in place; 'pstfix undo' gives back what was", "");
}
