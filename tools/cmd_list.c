/* pstfix list FILE: folders, and the items in them, also of a file that is damaged. */
#include "items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Properties that are shown: PidTag... */
enum {
	MESSAGE_CLASS = 0x001A, SUBJECT = 0x0037, SENT_BY = 0x0042, DELIVERED = 0x0E06, SENDER = 0x0C1A,
	SUBMITTED = 0x0039, CREATED = 0x3007, ATTACH_FILE = 0x3704, ATTACH_LONG_FILE = 0x3707, ATTACH_METHOD = 0x3705
};

struct list {
	const struct request *request;
	const char *path;      /* of the file */
	char folder[4 * TEXT]; /* path of the folder in hand */
	bool within;           /* it is one that was asked for, or below one */
	uint64_t folders, messages, attachments, damaged;
	pstfix_error *err;
};

/* ---- one item ------------------------------------------------------------------------- */

/* The first of two properties that says something. */
static void text_of(pstfix_item *item, uint16_t id, uint16_t otherwise, char out[TEXT])
{
	if (!pstfix_item_text(item, id, out, TEXT))
		pstfix_item_text(item, otherwise, out, TEXT);
}

/* In a subject, U+0001 and a length mark where the prefix ("RE: ") ends. */
static const char *subject_of(char text[TEXT])
{
	return text[0] == 1 && text[1] ? text + 2 : text;
}

/* When it came, was sent or was made: as in 2015-01-31T12:00:00Z, or nothing. */
static void date_of(pstfix_item *item, char out[32])
{
	static const uint16_t ids[] = {DELIVERED, SUBMITTED, CREATED};
	int64_t units = 0; /* 100 ns since 1601 */
	time_t seconds;
	struct tm tm;

	for (size_t i = 0; i < sizeof ids / sizeof *ids && units <= 0; i++)
		pstfix_item_number(item, ids[i], &units);
	seconds = (time_t)(units / 10000000 - 11644473600);
	if (units <= 0 || !gmtime_r(&seconds, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = '\0';
}

static void print_message(pstfix_item *message, size_t attachments)
{
	char subject[TEXT], sender[TEXT], class[TEXT], date[32];
	uint64_t size = item_number(message, MESSAGE_SIZE);

	pstfix_item_text(message, SUBJECT, subject, sizeof subject);
	pstfix_item_text(message, MESSAGE_CLASS, class, sizeof class);
	text_of(message, SENT_BY, SENDER, sender);
	date_of(message, date);
	printf("  0x%-8X %-20s ", (unsigned)pstfix_item_nid(message), date);
	print_clean(sender);
	fputs(": ", stdout);
	print_clean(subject_of(subject));
	printf(" (%s", human_size(size == PSTFIX_NOWHERE ? 0 : size).text);
	if (attachments) {
		fputs(", ", stdout);
		print_count(attachments, "attachment", "attachments");
	}
	if (strcmp(class, "IPM.Note")) {
		fputs(", ", stdout);
		print_clean(class);
	}
	printf(")%s\n", pstfix_item_whole(message) ? "" : "  damaged");
}

static void json_message(const struct list *list, pstfix_item *message, size_t attachments)
{
	char text[TEXT];
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", list->path);
	json_open(&json, "item");
	json_number(&json, "nid", pstfix_item_nid(message));
	json_number(&json, "parent", pstfix_item_parent(message));
	json_text(&json, "kind", pstfix_item_kind(message) == PSTFIX_ASSOCIATED ? "associated" : "message");
	pstfix_item_text(message, MESSAGE_CLASS, text, sizeof text);
	json_text(&json, "class", text);
	pstfix_item_text(message, SUBJECT, text, sizeof text);
	json_text(&json, "subject", subject_of(text));
	text_of(message, SENT_BY, SENDER, text);
	json_text(&json, "sender", text);
	date_of(message, text);
	json_text(&json, "date", text);
	json_known(&json, "size", item_number(message, MESSAGE_SIZE));
	json_number(&json, "recipients", pstfix_item_count(message, PSTFIX_RECIPIENT));
	json_number(&json, "attachments", attachments);
	json_number(&json, "properties", pstfix_item_property_count(message));
	json_bool(&json, "whole", pstfix_item_whole(message));
	json_close(&json);
	json_end(&json);
}

static void json_attachment(const struct list *list, pstfix_item *attachment)
{
	size_t data = pstfix_item_find(attachment, 0x3701);
	char text[TEXT];
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", list->path);
	json_open(&json, "attachment");
	json_number(&json, "nid", pstfix_item_nid(attachment));
	json_number(&json, "parent", pstfix_item_parent(attachment));
	text_of(attachment, ATTACH_LONG_FILE, ATTACH_FILE, text);
	json_text(&json, "name", text);
	json_known(&json, "method", item_number(attachment, ATTACH_METHOD));
	if (data != SIZE_MAX)
		json_number(&json, "size", pstfix_item_property_at(attachment, data).size);
	json_bool(&json, "whole", pstfix_item_whole(attachment));
	json_close(&json);
	json_end(&json);
}

/* ---- walking ---------------------------------------------------------------------------- */

static bool list_message(struct list *list, pstfix_item *message, unsigned depth);

/* An attachment, and the message in it. */
static bool list_attachment(struct list *list, pstfix_item *attachment, unsigned depth)
{
	pstfix_item *message;
	bool listed;

	list->attachments++;
	list->damaged += !pstfix_item_whole(attachment);
	if (list->request->json)
		json_attachment(list, attachment);
	if (!pstfix_item_count(attachment, PSTFIX_MESSAGE))
		return true;
	if (pstfix_item_child(&message, attachment, PSTFIX_MESSAGE, 0, list->err))
		return false;
	listed = list_message(list, message, depth + 1);
	pstfix_item_free(message);
	return listed;
}

static bool list_message(struct list *list, pstfix_item *message, unsigned depth)
{
	size_t n = pstfix_item_count(message, PSTFIX_ATTACHMENT);
	bool listed = true;

	list->messages += !depth;
	list->damaged += !pstfix_item_whole(message);
	if (list->request->json)
		json_message(list, message, n);
	else if (!depth)
		print_message(message, n);
	for (size_t i = 0; i < n && listed; i++) {
		pstfix_item *attachment;

		if (pstfix_item_child(&attachment, message, PSTFIX_ATTACHMENT, i, list->err))
			return false;
		listed = list_attachment(list, attachment, depth);
		pstfix_item_free(attachment);
	}
	return listed && flush_output();
}

static bool list_messages(struct list *list, pstfix_item *folder, pstfix_kind kind)
{
	size_t n = pstfix_item_count(folder, kind);
	bool listed = true;

	for (size_t i = 0; i < n && listed && !interrupted; i++) {
		pstfix_item *message;

		if (pstfix_item_child(&message, folder, kind, i, list->err))
			return false;
		listed = list_message(list, message, 0);
		pstfix_item_free(message);
	}
	return listed;
}

/* Of its messages, by what they say themselves. */
static bool size_of(struct list *list, pstfix_item *folder, uint64_t *out)
{
	size_t n = pstfix_item_count(folder, PSTFIX_MESSAGE);

	*out = 0;
	for (size_t i = 0; i < n && !interrupted; i++) {
		pstfix_item *message;
		uint64_t size;

		if (pstfix_item_child(&message, folder, PSTFIX_MESSAGE, i, list->err))
			return false;
		size = item_number(message, MESSAGE_SIZE);
		*out += size == PSTFIX_NOWHERE ? 0 : size;
		pstfix_item_free(message);
	}
	return true;
}

static void print_folder(struct list *list, pstfix_item *folder, uint64_t size)
{
	uint64_t unread = item_number(folder, UNREAD_COUNT);

	print_clean(list->folder);
	printf(" (0x%X): ", (unsigned)pstfix_item_nid(folder));
	print_count(pstfix_item_count(folder, PSTFIX_MESSAGE), "item", "items");
	if (unread != PSTFIX_NOWHERE && unread)
		printf(", %ju unread", (uintmax_t)unread);
	if (size)
		printf(", %s", human_size(size).text);
	printf("%s\n", pstfix_item_whole(folder) ? "" : "  damaged");
}

/* Messages that a search folder has found; they are listed in their own folders. */
static bool list_results(struct list *list, pstfix_item *search)
{
	struct json json;
	size_t n;

	if (pstfix_item_result_count(&n, search, list->err))
		return false;
	for (size_t i = 0; i < n && list->request->json; i++) {
		json_open(&json, NULL);
		json_text(&json, "file", list->path);
		json_open(&json, "result");
		json_number(&json, "search", pstfix_item_nid(search));
		json_number(&json, "nid", pstfix_item_result_at(search, i));
		json_close(&json);
		json_end(&json);
	}
	if (n && !list->request->json) {
		fputs("  finds ", stdout);
		print_count(n, "item", "items");
		putchar('\n');
	}
	return true;
}

static const char *behind_slashes(const char *path)
{
	return path + strspn(path, "/");
}

/* How long the path asked for is, slashes at its ends aside; 0: all are wanted. */
static size_t wanted_length(const struct list *list)
{
	const char *wanted = behind_slashes(list->request->folder ? list->request->folder : "");
	size_t n = strlen(wanted);

	while (n && wanted[n - 1] == '/')
		n--;
	return n;
}

/* Whether the folder in hand is asked for: by its path, or by its node id, since names may have slashes. */
static bool is_wanted(const struct list *list, const pstfix_item *folder)
{
	const char *wanted = list->request->folder, *path = behind_slashes(list->folder);
	const size_t n = wanted_length(list);
	char *end;

	if (!n)
		return true;
	if (!strncmp(wanted, "0x", 2) && strtoul(wanted, &end, 16) == pstfix_item_nid(folder) && !*end)
		return true;
	return strlen(path) == n && !memcmp(path, behind_slashes(wanted), n);
}

static bool list_folders(struct list *list, pstfix_item *parent);

static bool list_folder(struct list *list, pstfix_item *folder)
{
	const bool outside = !list->within;
	bool listed = true;
	uint64_t size;

	list->within = list->within || is_wanted(list, folder);
	if (list->within) {
		if (!size_of(list, folder, &size))
			return false;
		list->folders++;
		list->damaged += !pstfix_item_whole(folder);
		if (list->request->json)
			json_folder(list->path, list->folder, folder, size);
		else
			print_folder(list, folder, size);
		listed = list_results(list, folder) && list_messages(list, folder, PSTFIX_MESSAGE) &&
		         (!list->request->json || list_messages(list, folder, PSTFIX_ASSOCIATED));
	}
	listed = listed && list_folders(list, folder);
	list->within = !outside;
	return listed;
}

/* Folders below one, each with what is below it; of the store, those that are in no other. */
static bool list_folders(struct list *list, pstfix_item *parent)
{
	static const pstfix_kind kinds[] = {PSTFIX_FOLDER, PSTFIX_SEARCH};
	size_t end = strlen(list->folder);
	bool listed = true;

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (size_t i = 0; i < pstfix_item_count(parent, kinds[k]) && listed && !interrupted; i++) {
			char name[TEXT];
			pstfix_item *folder;

			if (pstfix_item_child(&folder, parent, kinds[k], i, list->err))
				return false;
			pstfix_item_text(folder, DISPLAY_NAME, name, sizeof name);
			append_name(list->folder, sizeof list->folder, name);
			listed = list_folder(list, folder);
			pstfix_item_free(folder);
			list->folder[end] = '\0';
		}
	return listed;
}

static void print_summary(const struct list *list)
{
	print_path(list->path);
	print_count(list->folders, "folder", "folders");
	fputs(", ", stdout);
	print_count(list->messages, "item", "items");
	fputs(", ", stdout);
	print_count(list->attachments, "attachment", "attachments");
	if (list->damaged)
		printf("; %ju damaged", (uintmax_t)list->damaged);
	putchar('\n');
}

static void json_summary(const struct list *list, const pstfix_store *store)
{
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", list->path);
	json_open(&json, "summary");
	json_number(&json, "folders", list->folders);
	json_number(&json, "items", list->messages);
	json_number(&json, "attachments", list->attachments);
	json_number(&json, "damaged", list->damaged);
	json_bool(&json, "derived", pstfix_store_is_derived(store));
	json_close(&json);
	json_end(&json);
}

/* What is in no folder comes last, without one. */
static bool list_store(struct list *list, pstfix_store *store)
{
	pstfix_item *item;
	bool listed;

	if (pstfix_store_item(&item, store, list->err))
		return false;
	listed = list_folders(list, item);
	if (listed && !list->request->folder)
		listed = list_messages(list, item, PSTFIX_MESSAGE) &&
		         (!list->request->json || list_messages(list, item, PSTFIX_ASSOCIATED));
	pstfix_item_free(item);
	if (listed && pstfix_store_status(store, list->err))
		return false;
	if (listed && wanted_length(list) && !list->folders && !interrupted) {
		*list->err = (pstfix_error){.status = PSTFIX_ERROR_ARGUMENT, .offset = PSTFIX_NOWHERE};
		snprintf(list->err->message, sizeof list->err->message, "there is no folder %s", list->request->folder);
		return false;
	}
	if (listed && list->request->json)
		json_summary(list, store);
	else if (listed)
		print_summary(list);
	return listed;
}

int cmd_list(const struct request *request)
{
	struct progress progress = progress_begin(request);
	pstfix_options options = {.threads = request->threads, .progress = progress_tick, .user = &progress};
	pstfix_error err = {0};
	struct list list = {.request = request, .path = request->operands[0], .err = &err};
	pstfix_file *file = NULL;
	pstfix_store *store = NULL;
	bool failed = pstfix_open(&file, list.path, &options, &err) || pstfix_store_open(&store, file, &err);

	progress_end(&progress);
	failed = failed || !list_store(&list, store);
	pstfix_store_free(store);
	pstfix_file_free(file);
	if (failed && err.status)
		return complain(request, list.path, &err);
	return interrupted ? STATUS_CANCELLED : failed ? STATUS_FAILED : STATUS_SOUND;
}
