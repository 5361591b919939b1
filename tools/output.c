/* The three views of a finding that people and programs see: a line of text, a JSON
 * object, a number in a summary. And the progress bar.
 *
 * A report can have hundreds of thousands of findings after one lost page, so text shows ten
 * of each problem. A finding that follows from another stands under it: what has to be
 * understood first is read first.
 */
#include "output.h"

#include <pstfix/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void json_id(struct json *json, const char *name, uint32_t id)
{
	if (id)
		json_number(json, name, id);
}

/* What dump takes to show where it is. */
static void json_subnode(struct json *json, const pstfix_finding *finding)
{
	char place[24];

	snprintf(place, sizeof place, "0x%X/0x%X", (unsigned)finding->nid, (unsigned)finding->sub);
	if (finding->sub)
		json_text(json, "place", finding->place ? finding->place : place);
}

/* ---- Words -------------------------------------------------------------- */

const char *severity_name(pstfix_severity severity)
{
	switch (severity) {
	case PSTFIX_NOTE: return "note";
	case PSTFIX_LOSSLESS: return "lossless";
	case PSTFIX_LOSS: return "loss";
	}
	return "unknown";
}

const char *fix_name(pstfix_fix fix)
{
	switch (fix) {
	case PSTFIX_FIX_NONE: return "none";
	case PSTFIX_FIX_HEADER: return "header";
	case PSTFIX_FIX_LENGTH: return "length";
	case PSTFIX_FIX_MAPS: return "maps";
	case PSTFIX_FIX_NBT: return "nbt";
	case PSTFIX_FIX_BBT: return "bbt";
	case PSTFIX_FIX_CONTENT: return "content";
	case PSTFIX_FIX_PLACE: return "place";
	}
	return "unknown";
}

struct human human_size(uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	struct human human;
	double size = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(human.text, sizeof human.text, "%u bytes", (unsigned)bytes);
		return human;
	}
	for (; size >= 1023.95 && unit < 5; unit++)
		size /= 1024;
	snprintf(human.text, sizeof human.text, "%.1f %s", size, units[unit]);
	return human;
}

void print_count(uint64_t count, const char *one, const char *many)
{
	printf("%ju %s", (uintmax_t)count, count == 1 ? one : many);
}

/* How many bytes of a character in UTF-8 a terminal would obey instead of showing: control characters, and those that turn
 * the direction of writing. 0: it is none. */
static size_t obeyed(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	if (*p < 0x20 || *p == 0x7F)
		return 1;
	if (p[0] == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F)
		return 2;
	if (p[0] == 0xE2 && ((p[1] == 0x80 && p[2] >= 0xAA && p[2] <= 0xAE) || (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9)))
		return 3;
	return 0;
}

void write_clean(FILE *to, const char *text)
{
	while (*text) {
		const size_t n = obeyed(text);

		fputc(n ? '?' : *text, to);
		text += n ? n : 1;
	}
}

void print_clean(const char *text)
{
	write_clean(stdout, text);
}

void print_path(const char *path)
{
	print_clean(path);
	fputs(": ", stdout);
}

static bool is_clean(const char *text)
{
	while (*text && !obeyed(text))
		text++;
	return !*text;
}

/* With the escapes that bash, ksh and zsh know. */
static void print_escaped(const char *word)
{
	fputs("$'", stdout);
	for (; *word; word++) {
		if (*word == '\'' || *word == '\\')
			printf("\\%c", *word);
		else if (*word >= ' ' && *word < 0x7F)
			putchar(*word);
		else
			printf("\\%03o", (unsigned char)*word);
	}
	putchar('\'');
}

void print_word(const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	                            "_-./,:+@%";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, stdout);
		return;
	}
	if (!is_clean(word)) {
		print_escaped(word);
		return;
	}
	putchar('\'');
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	}
	putchar('\'');
}

static bool colours_wanted(void)
{
	const char *no = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && terminal && strcmp(terminal, "dumb");
}

void print_severity(pstfix_severity severity, int width)
{
	static const char *const colours[] = {[PSTFIX_NOTE] = "2", [PSTFIX_LOSSLESS] = "33",
	                                      [PSTFIX_LOSS] = "1;31"};

	if (severity <= PSTFIX_LOSS && colours_wanted())
		printf("\033[%sm%-*s\033[m", colours[severity], width, severity_name(severity));
	else
		printf("%-*s", width, severity_name(severity));
}

/* ---- Findings as text --------------------------------------------------- */

enum { SHOWN_OF_EACH = 10 };

enum listed { EVERYTHING, LOSSES, DROPPED, VERSIONS };

/* How many of each problem have been printed, by place in the table of problems, and what follows
 * from what: members[first[i]] to members[first[i + 1]] are the consequences of finding i, and
 * behind the last finding come those that follow from none. */
struct listing {
	pstfix_report *report;
	pstfix_store *store; /* NULL: items have no names */
	bool all;
	enum listed listed;
	uint64_t *printed;
	size_t *first, *members;
};

static void listing_deinit(struct listing *listing)
{
	pstfix_store_free(listing->store);
	free(listing->printed);
	free(listing->first);
	free(listing->members);
}

static bool listing_init(struct listing *listing, pstfix_report *report, bool all,
                         enum listed listed)
{
	size_t problems = pstfix_problem_count(), findings = pstfix_report_count(report);

	*listing = (struct listing){.report = report, .all = all, .listed = listed};
	pstfix_report_store(&listing->store, report, NULL);
	listing->printed = calloc(problems + 1, sizeof *listing->printed);
	listing->first = calloc(findings + 3, sizeof *listing->first);
	listing->members = calloc(findings + 1, sizeof *listing->members);
	if (listing->printed && listing->first && listing->members)
		return true;
	listing_deinit(listing);
	return false;
}

static bool is_listed(const struct listing *listing, const pstfix_finding *finding)
{
	switch (listing->listed) {
	case LOSSES:
		return finding->severity == PSTFIX_LOSS ||
		       (finding->severity == PSTFIX_LOSSLESS && finding->fix == PSTFIX_FIX_NONE);
	case DROPPED: return finding->problem == PSTFIX_NBT_DROPPED;
	case VERSIONS: return finding->problem == PSTFIX_NBT_VERSION;
	default: return true;
	}
}

/* Where not all is listed, nothing stands under another. */
static size_t parent_of(const struct listing *listing, const pstfix_finding *finding)
{
	size_t n = pstfix_report_count(listing->report);

	return listing->listed || finding->cause > n ? n : finding->cause;
}

/* Sorts findings by what they follow from, by counting. */
static void gather(struct listing *listing)
{
	size_t n = pstfix_report_count(listing->report);
	size_t *place = listing->first + 1; /* once filled, each place is where the next begins */

	for (size_t i = 0; i < n; i++) {
		const pstfix_finding *finding = pstfix_report_at(listing->report, i);

		place[parent_of(listing, finding) + 1] += is_listed(listing, finding);
	}
	for (size_t i = 0; i <= n; i++)
		place[i + 1] += place[i];
	for (size_t i = 0; i < n; i++) {
		const pstfix_finding *finding = pstfix_report_at(listing->report, i);

		if (is_listed(listing, finding))
			listing->members[place[parent_of(listing, finding)]++] = i;
	}
}

static size_t place_in_table(pstfix_problem problem)
{
	size_t i = 0;

	while (i < pstfix_problem_count() && pstfix_problem_at(i)->problem != problem)
		i++;
	return i;
}

enum { PATH_ROOM = 1024 };

/* In brackets, which folder or message it is about. */
static void print_place(pstfix_store *store, uint32_t nid)
{
	char path[PATH_ROOM];

	if (!store || !nid || !pstfix_store_path(store, nid, path, sizeof path))
		return;
	fputs(" [", stdout);
	print_clean(path);
	putchar(']');
}

static void print_finding(pstfix_store *store, const pstfix_finding *finding, int indent)
{
	const pstfix_problem_info *info = pstfix_problem_info_of(finding->problem);
	char text[512], offset[24] = "-";

	pstfix_finding_text(finding, text, sizeof text);
	if (finding->offset != PSTFIX_NOWHERE)
		snprintf(offset, sizeof offset, "0x%jX", (uintmax_t)finding->offset);
	printf("%*s%-11s %-20s ", indent, "", offset, info->name);
	print_severity(finding->severity, 8);
	printf("  %s", text);
	if (finding->count > 1 && !strstr(info->message, "{count}"))
		printf(" (and %ju like it)", (uintmax_t)finding->count - 1);
	print_place(store, finding->nid);
	putchar('\n');
}

static bool list_finding(struct listing *listing, const pstfix_finding *finding, int indent)
{
	size_t at = place_in_table(finding->problem);

	if (!listing->all && listing->printed[at] == SHOWN_OF_EACH)
		return false;
	listing->printed[at]++;
	print_finding(listing->store, finding, indent);
	return true;
}

static void print_passed(pstfix_problem problem, uint64_t passed, uint64_t consequences, int indent)
{
	if (!passed)
		return;
	printf("%*s... and %ju more %s", indent, "", (uintmax_t)passed,
	       pstfix_problem_info_of(problem)->name);
	if (consequences) {
		fputs(", with ", stdout);
		print_count(consequences, "consequence", "consequences");
	}
	putchar('\n');
}

static void list_consequences(struct listing *listing, size_t parent, int indent)
{
	const size_t *first = listing->first;
	pstfix_problem problem = PSTFIX_PROBLEM_NONE;
	uint64_t passed = 0, consequences = 0; /* of those passed */

	for (size_t i = first[parent]; i < first[parent + 1]; i++) {
		size_t member = listing->members[i];
		const pstfix_finding *finding = pstfix_report_at(listing->report, member);

		if (finding->problem != problem) {
			print_passed(problem, passed, consequences, indent);
			passed = consequences = 0;
		}
		problem = finding->problem;
		if (list_finding(listing, finding, indent)) {
			list_consequences(listing, member, indent + 4);
		} else {
			passed++;
			consequences += first[member + 1] - first[member];
		}
	}
	print_passed(problem, passed, consequences, indent);
}

static void list_left_out(const struct listing *listing, int indent)
{
	for (size_t i = 0; i < pstfix_problem_count(); i++) {
		const pstfix_problem_info *info = pstfix_problem_at(i);
		const pstfix_finding any = {.problem = info->problem, .severity = info->severity, .fix = info->fix};
		uint64_t left_out = pstfix_report_left_out(listing->report, info->problem);

		if (left_out && is_listed(listing, &any))
			printf("%*s... and %ju more %s, which were only counted\n", indent, "",
			       (uintmax_t)left_out, info->name);
	}
}

static void print_listing(pstfix_report *report, bool all, enum listed listed)
{
	struct listing listing;

	if (!listing_init(&listing, report, all, listed)) {
		puts("  no memory to list the findings");
		return;
	}
	gather(&listing);
	list_consequences(&listing, pstfix_report_count(report), 2);
	list_left_out(&listing, 2);
	listing_deinit(&listing);
}

void print_findings(pstfix_report *report, bool all)
{
	print_listing(report, all, EVERYTHING);
}

static void print_folder(pstfix_store *store, const pstfix_folder_damage *damage)
{
	char path[PATH_ROOM] = "";

	pstfix_store_path(store, damage->nid, path, sizeof path);
	printf("  %-11s ", "");
	print_clean(*path ? path : "(root)");
	fputs(": ", stdout);
	if (damage->damaged_items) {
		print_count(damage->damaged_items, "damaged message", "damaged messages");
		fputs(", ", stdout);
	}
	print_count(damage->lossless + damage->loss, "problem", "problems");
	printf(" (%ju lossless, %ju lost)\n", (uintmax_t)damage->lossless, (uintmax_t)damage->loss);
}

void print_folders(pstfix_report *report, bool all)
{
	const size_t n = pstfix_report_folder_count(report);
	const size_t shown = all ? n : n < SHOWN_OF_EACH ? n : SHOWN_OF_EACH;
	pstfix_store *store = NULL;

	if (!n || pstfix_report_store(&store, report, NULL))
		return;
	puts("  Folders affected:");
	for (size_t i = 0; i < shown; i++)
		print_folder(store, pstfix_report_folder_at(report, i));
	if (shown < n)
		printf("  %-11s ... and %zu more\n", "", n - shown);
	pstfix_store_free(store);
}

void print_losses(pstfix_report *report, bool all)
{
	print_listing(report, all, LOSSES);
}

static void print_left_out(pstfix_report *report, bool all, pstfix_problem problem, enum listed listed, const char *heading)
{
	bool some = false;

	for (size_t i = 0; i < pstfix_report_count(report) && !some; i++)
		some = pstfix_report_at(report, i)->problem == problem;
	if (!some)
		return;
	puts(heading);
	print_listing(report, all, listed);
}

void print_dropped(pstfix_report *report, bool all)
{
	print_left_out(report, all, PSTFIX_NBT_DROPPED, DROPPED, "Taken for deleted:");
	print_left_out(report, all, PSTFIX_NBT_VERSION, VERSIONS, "Other versions that do not come back:");
}

uint64_t problems_of(const pstfix_report *report)
{
	return pstfix_report_total(report, PSTFIX_LOSSLESS) +
	       pstfix_report_total(report, PSTFIX_LOSS);
}

void print_totals(const pstfix_report *report)
{
	static const struct {
		pstfix_severity severity;
		const char *one, *many;
	} rows[] = {{PSTFIX_LOSSLESS, "lossless", "lossless"},
	            {PSTFIX_LOSS, "loss", "losses"},
	            {PSTFIX_NOTE, "note", "notes"}};
	const char *separator = "";

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t count = pstfix_report_total(report, rows[i].severity);

		if (!count)
			continue;
		fputs(separator, stdout);
		print_count(count, rows[i].one, rows[i].many);
		separator = ", ";
	}
}

/* ---- Findings as JSON --------------------------------------------------- */

static void json_place(struct json *json, pstfix_store *store, const char *name, uint32_t nid)
{
	char path[PATH_ROOM];

	if (store && nid && pstfix_store_path(store, nid, path, sizeof path))
		json_text(json, name, path);
}

static void json_finding(const char *file, pstfix_store *store, const pstfix_finding *finding)
{
	struct json json;
	char text[512], code[16];

	pstfix_finding_text(finding, text, sizeof text);
	snprintf(code, sizeof code, "0x%04X", (unsigned)finding->problem);
	json_open(&json, NULL);
	json_text(&json, "file", file);
	json_text(&json, "problem", pstfix_problem_info_of(finding->problem)->name);
	json_text(&json, "code", code);
	json_text(&json, "severity", severity_name(finding->severity));
	json_text(&json, "fix", fix_name(finding->fix));
	json_known(&json, "offset", finding->offset);
	json_known(&json, "size", finding->size);
	json_known(&json, "id", finding->id);
	json_id(&json, "nid", finding->nid);
	json_id(&json, "sub", finding->sub);
	json_subnode(&json, finding);
	json_id(&json, "tag", finding->tag);
	json_id(&json, "hid", finding->hid);
	json_known(&json, "expected", finding->expected);
	json_known(&json, "found", finding->found);
	json_number(&json, "count", finding->count);
	json_index(&json, "cause", finding->cause);
	json_text(&json, "text", text);
	json_place(&json, store, "item", finding->nid);
	json_end(&json);
}

static void json_folder(const char *file, pstfix_store *store, const pstfix_folder_damage *damage)
{
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", file);
	json_open(&json, "damaged_folder");
	json_number(&json, "nid", damage->nid);
	json_place(&json, store, "path", damage->nid);
	json_number(&json, "lossless", damage->lossless);
	json_number(&json, "losses", damage->loss);
	json_number(&json, "damaged_items", damage->damaged_items);
	json_close(&json);
	json_end(&json);
}

void json_findings(const char *file, pstfix_report *report)
{
	pstfix_store *store = NULL;

	if (pstfix_report_count(report))
		pstfix_report_store(&store, report, NULL);
	for (size_t i = 0; i < pstfix_report_count(report); i++)
		json_finding(file, store, pstfix_report_at(report, i));
	for (size_t i = 0; i < pstfix_report_folder_count(report); i++)
		json_folder(file, store, pstfix_report_folder_at(report, i));
	pstfix_store_free(store);
}

void json_totals(struct json *json, const pstfix_report *report)
{
	json_number(json, "notes", pstfix_report_total(report, PSTFIX_NOTE));
	json_number(json, "lossless", pstfix_report_total(report, PSTFIX_LOSSLESS));
	json_number(json, "losses", pstfix_report_total(report, PSTFIX_LOSS));
	json_open(json, "left_out");
	for (size_t i = 0; i < pstfix_problem_count(); i++) {
		const pstfix_problem_info *info = pstfix_problem_at(i);
		uint64_t left_out = pstfix_report_left_out(report, info->problem);

		if (left_out)
			json_number(json, info->name, left_out);
	}
	json_close(json);
}

/* ---- Progress ----------------------------------------------------------- */

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct progress progress_begin(const struct request *request)
{
	return (struct progress){.wanted = !request->quiet && isatty(STDERR_FILENO)};
}

/* "reading      45 % [###########             ] 1.2 GiB, 512.0 MiB/s, 0:03 left" */
static void progress_draw(const struct progress *progress, uint64_t done, uint64_t total)
{
	static const char full[] = "########################";
	double seconds = progress->drawn - progress->began;
	double rate = seconds > 0 ? (double)done / seconds : 0;
	double share = total && done < total ? (double)done / (double)total : 1;
	double left = rate > 0 && done < total ? (double)(total - done) / rate : 0;
	char line[160];

	if (!total || seconds < 0.5)
		snprintf(line, sizeof line, "%-12s %.0f s", progress->stage, seconds);
	else
		snprintf(line, sizeof line, "%-12s %3.0f %% [%-24.*s] %s, %s/s, %llu:%02llu left",
		         progress->stage, share * 100, (int)(share * 24), full,
		         human_size(done).text, human_size((uint64_t)rate).text,
		         (unsigned long long)left / 60, (unsigned long long)left % 60);
	fprintf(stderr, "\r%-79.79s", line);
	fflush(stderr);
}

bool progress_tick(void *user, const char *stage, uint64_t done, uint64_t total)
{
	struct progress *progress = user;
	double now;

	if (!progress->wanted || interrupted)
		return !interrupted;
	now = seconds_now();
	if (strncmp(stage, progress->stage, sizeof progress->stage - 1)) {
		snprintf(progress->stage, sizeof progress->stage, "%s", stage);
		progress->began = progress->drawn = now;
	}
	if (now - progress->drawn >= 0.1) {
		progress->drawn = now;
		progress->shown = true;
		progress_draw(progress, done, total);
	}
	return true;
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r%79s\r", "");
	progress->shown = false;
}

void tell_changed(const struct request *request, const char *path, const pstfix_report *report)
{
	for (size_t i = request->quiet ? 0 : pstfix_report_count(report); i-- > 0;)
		if (pstfix_report_at(report, i)->problem == PSTFIX_FILE_CHANGED)
			warn(path, "note: changed while it was read: what is said of it may not hold", "");
}
