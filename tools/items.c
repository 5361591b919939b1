/* What several commands say of a store's items: folders, and what of an OST may be only there. */
#include "items.h"

#include <stdio.h>
#include <string.h>

uint64_t item_number(pstfix_item *item, uint16_t id)
{
	int64_t value;

	return pstfix_item_number(item, id, &value) && value >= 0 ? (uint64_t)value : PSTFIX_NOWHERE;
}

void append_name(char *path, size_t room, const char *name)
{
	static const char cut[] = "...";
	const size_t end = strlen(path), left = room - end;

	if (strlen(name) + sizeof cut + 1 >= left) /* so that the mark fits behind whatever was added before */
		name = cut;
	if (strlen(name) + 1 < left)
		snprintf(path + end, left, "%s%s", end ? "/" : "", name);
}

void json_folder(const char *file, const char *path, pstfix_item *folder, uint64_t size)
{
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", file);
	json_open(&json, "folder");
	json_number(&json, "nid", pstfix_item_nid(folder));
	json_number(&json, "parent", pstfix_item_parent(folder));
	json_text(&json, "kind", pstfix_item_kind(folder) == PSTFIX_SEARCH ? "search" : "folder");
	json_text(&json, "path", path);
	json_number(&json, "messages", pstfix_item_count(folder, PSTFIX_MESSAGE));
	json_number(&json, "associated", pstfix_item_count(folder, PSTFIX_ASSOCIATED));
	json_known(&json, "content_count", item_number(folder, CONTENT_COUNT));
	json_known(&json, "unread_count", item_number(folder, UNREAD_COUNT));
	json_known(&json, "size", size);
	json_bool(&json, "whole", pstfix_item_whole(folder));
	json_close(&json);
	json_end(&json);
}

/* ---- what may be only here ----------------------------------------------------------------- */

static const struct {
	unsigned reason;
	const char *word, *sentence;
} reasons[] = {
	{PSTFIX_LOCAL_OUTBOX, "outbox", "in the outbox"},
	{PSTFIX_LOCAL_QUEUED, "queued", "in the outgoing queue"},
	{PSTFIX_LOCAL_SUBMITTED, "submitted", "waiting for being sent"},
	{PSTFIX_LOCAL_STATE, "state", "made or changed here, may not have been uploaded"},
	{PSTFIX_LOCAL_NO_ID, "no_id", "without an id of the server, may never have been uploaded"},
	{PSTFIX_LOCAL_TROUBLE, "trouble", "in sync issues, conflicts or failures"},
	{PSTFIX_LOCAL_UNSENT, "unsent", "drafts, which the mailbox usually has, too"},
	{PSTFIX_LOCAL_UNKNOWN, "unknown", "whose row in the folder's table is not there to tell"},
};

enum { ASSOCIATED = 8 }; /* by node id type, 2.2.2.1 */
enum { REASONS = sizeof reasons / sizeof *reasons, SHOWN = 10 };

static uint64_t count_of(pstfix_store *store, size_t n, unsigned reason)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (pstfix_store_local_at(store, i).reasons & reason) != 0;
	return count;
}

static void print_item(pstfix_store *store, pstfix_local_item item)
{
	const char *separator = (item.nid & 31) == ASSOCIATED ? " (hidden, " : " (";
	char path[TEXT];

	pstfix_store_path(store, item.nid, path, sizeof path);
	printf("    0x%-8X ", (unsigned)item.nid);
	print_clean(path);
	for (size_t i = 0; i < REASONS; i++)
		if (item.reasons & reasons[i].reason) {
			printf("%s%s", separator, reasons[i].word);
			separator = ", ";
		}
	puts(")");
}

bool print_local(pstfix_store *store, bool all, pstfix_error *err)
{
	size_t n;

	if (!pstfix_store_is_cache(store))
		return true;
	if (pstfix_store_local_count(&n, store, err))
		return false;
	puts("Before deleting this OST and downloading the mailbox again:");
	if (n) {
		fputs("  ", stdout);
		print_count(n, "item", "items");
		puts(" may be only here:");
	} else {
		puts("  Nothing in it says that anything is only here.");
	}
	for (size_t i = 0; i < REASONS; i++)
		if (count_of(store, n, reasons[i].reason))
			printf("    %ju %s (%s)\n", (uintmax_t)count_of(store, n, reasons[i].reason), reasons[i].sentence,
			       reasons[i].word);
	for (size_t i = 0; i < n && (all || i < SHOWN); i++)
		print_item(store, pstfix_store_local_at(store, i));
	if (!all && n > SHOWN)
		printf("    ... and %zu more\n", n - SHOWN);
	puts("  What the mailbox has today, this file cannot tell: what was uploaded once may be gone there.");
	return true;
}

static void json_item(const char *file, pstfix_store *store, pstfix_local_item item)
{
	struct json json;
	char path[TEXT];

	pstfix_store_path(store, item.nid, path, sizeof path);
	json_open(&json, NULL);
	json_text(&json, "file", file);
	json_open(&json, "local");
	json_number(&json, "nid", item.nid);
	json_number(&json, "folder", item.folder);
	json_text(&json, "kind", (item.nid & 31) == ASSOCIATED ? "associated" : "message");
	json_text(&json, "path", path);
	json_number(&json, "sync_state", item.state);
	for (size_t i = 0; i < REASONS; i++)
		json_bool(&json, reasons[i].word, item.reasons & reasons[i].reason);
	json_close(&json);
	json_end(&json);
}

bool json_local(const char *file, pstfix_store *store, pstfix_error *err)
{
	struct json json;
	size_t n;

	if (!pstfix_store_is_cache(store))
		return true;
	if (pstfix_store_local_count(&n, store, err))
		return false;
	for (size_t i = 0; i < n; i++)
		json_item(file, store, pstfix_store_local_at(store, i));
	json_open(&json, NULL);
	json_text(&json, "file", file);
	json_open(&json, "only_here");
	json_number(&json, "items", n);
	for (size_t i = 0; i < REASONS; i++)
		json_number(&json, reasons[i].word, count_of(store, n, reasons[i].reason));
	json_close(&json);
	json_end(&json);
	return true;
}
