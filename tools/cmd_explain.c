/* pstfix explain NAME...: the table of problems, for people and programs. */
#include "output.h"

#include <stdio.h>
#include <string.h>

/* At most 78 columns. */
static void print_wrapped(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column && column + 1 + word > 76) {
			putchar('\n');
			column = 0;
		}
		printf("%s%.*s", column ? " " : "  ", (int)word, text);
		column += word + (column ? 1 : 0);
		text += word;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static const char *severity_meaning(pstfix_severity severity)
{
	switch (severity) {
	case PSTFIX_NOTE: return "nothing to do";
	case PSTFIX_LOSSLESS: return "put right without loss";
	case PSTFIX_LOSS: return "something is gone";
	}
	return "";
}

static const char *fix_meaning(pstfix_fix fix)
{
	switch (fix) {
	case PSTFIX_FIX_NONE: return "changes nothing here";
	case PSTFIX_FIX_HEADER: return "writes the header anew";
	case PSTFIX_FIX_LENGTH: return "sets the length of the file, and with it the maps";
	case PSTFIX_FIX_MAPS: return "writes all allocation maps anew";
	case PSTFIX_FIX_NBT: return "writes the node index anew";
	case PSTFIX_FIX_BBT: return "writes the block index anew";
	case PSTFIX_FIX_PLACE: return "puts what is not in its place back to where it was";
	case PSTFIX_FIX_CONTENT: return "writes the node anew where its contents follow from others";
	}
	return "";
}

static void print_problem(const pstfix_problem_info *info)
{
	printf("%s (0x%04X)\n", info->name, (unsigned)info->problem);
	printf("  Severity: %s, %s.\n  A repair %s.\n\n", severity_name(info->severity),
	       severity_meaning(info->severity), fix_meaning(info->fix));
	print_wrapped(info->message);
	putchar('\n');
	print_wrapped(info->explain);
}

static void json_problem(const pstfix_problem_info *info)
{
	struct json json;
	char code[16];

	snprintf(code, sizeof code, "0x%04X", (unsigned)info->problem);
	json_open(&json, NULL);
	json_text(&json, "problem", info->name);
	json_text(&json, "code", code);
	json_text(&json, "severity", severity_name(info->severity));
	json_text(&json, "fix", fix_name(info->fix));
	json_text(&json, "message", info->message);
	json_text(&json, "explain", info->explain);
	json_end(&json);
}

static void explain(const struct request *request, const pstfix_problem_info *info, bool first)
{
	if (request->json) {
		json_problem(info);
		return;
	}
	if (!first)
		putchar('\n');
	print_problem(info);
}

static int explain_all(const struct request *request)
{
	for (size_t i = 0; i < pstfix_problem_count(); i++)
		explain(request, pstfix_problem_at(i), !i);
	return STATUS_SOUND;
}

int cmd_explain(const struct request *request)
{
	int status = STATUS_SOUND;

	if (request->all)
		return explain_all(request);
	for (int i = 0; i < request->count; i++) {
		const pstfix_problem_info *info = pstfix_problem_find(request->operands[i]);

		if (info) {
			explain(request, info, !i);
		} else {
			fputs("pstfix: no problem is '", stderr);
			write_clean(stderr, request->operands[i]);
			fputs("'; see pstfix explain --all\n", stderr);
			status = STATUS_USAGE;
		}
	}
	return status;
}
