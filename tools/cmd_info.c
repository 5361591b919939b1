/* pstfix info FILE: the facts of the header, how much the indexes name, and the folders. */
#include "items.h"

#include <stdio.h>
#include <string.h>

enum { BY_WINDOWS = 16 };

static const char *client_name(const char client[3])
{
	switch (client[0] << 8 | client[1]) {
	case 'S' << 8 | 'M': return "PST";
	case 'S' << 8 | 'O': return "OST";
	case 'A' << 8 | 'B': return "PAB";
	}
	return "unknown";
}

static const char *encoding_name(uint8_t encoding)
{
	switch (encoding) {
	case 0: return "none";
	case 1: return "permute";
	case 2: return "cyclic";
	case BY_WINDOWS: return "encrypted by Windows";
	}
	return "unknown";
}

static void print_size(const char *name, uint64_t bytes)
{
	printf("  %-18s %ju", name, (uintmax_t)bytes);
	if (bytes >= 1024)
		printf(" (%s)", human_size(bytes).text);
	putchar('\n');
}

static void print_header(const pstfix_info *info)
{
	printf("  %-18s %s (wVer %u, wVerClient %u)\n", "kind", client_name(info->client),
	       info->version, info->version_client);
	printf("  %-18s %s\n", "encoding", encoding_name(info->encoding));
	print_size("end", info->end);
	print_size("free", info->free_bytes);
	printf("  %-18s page 0x%jX at 0x%jX\n", "node index", (uintmax_t)info->nbt_id,
	       (uintmax_t)info->nbt_page);
	printf("  %-18s page 0x%jX at 0x%jX\n", "block index", (uintmax_t)info->bbt_id,
	       (uintmax_t)info->bbt_page);
	printf("  %-18s %ju\n", "nodes", (uintmax_t)info->nodes);
	printf("  %-18s %ju\n", "blocks", (uintmax_t)info->blocks);
	printf("  %-18s %ju\n", "folders", (uintmax_t)info->folders);
	printf("  %-18s %ju\n", "messages", (uintmax_t)info->messages);
	printf("  %-18s block 0x%jX, page 0x%jX\n", "next ids", (uintmax_t)info->next_block_id,
	       (uintmax_t)info->next_page_id);
	printf("  %-18s %u\n", "unique", info->unique);
	printf("  %-18s %u\n", "maps valid", info->maps_valid);
}

static void print_info(const char *path, const pstfix_info *info)
{
	print_clean(path);
	puts(":");
	printf("  %-18s %s%s\n", "format", info->format,
	       info->format_from_content ? ", as its pages show; the header does not say" : "");
	print_size("size", info->size);
	if (info->header_proven)
		print_header(info);
	else
		puts("  The header does not prove itself: see pstfix check.");
}

static void json_header(struct json *json, const pstfix_info *info)
{
	json_number(json, "version", info->version);
	json_number(json, "version_client", info->version_client);
	json_text(json, "client", info->client);
	json_number(json, "encoding", info->encoding);
	json_number(json, "end", info->end);
	json_number(json, "free_bytes", info->free_bytes);
	json_number(json, "nbt_page", info->nbt_page);
	json_number(json, "nbt_id", info->nbt_id);
	json_number(json, "bbt_page", info->bbt_page);
	json_number(json, "bbt_id", info->bbt_id);
	json_number(json, "next_block_id", info->next_block_id);
	json_number(json, "next_page_id", info->next_page_id);
	json_number(json, "unique", info->unique);
	json_number(json, "maps_valid", info->maps_valid);
	json_number(json, "nodes", info->nodes);
	json_number(json, "blocks", info->blocks);
	json_number(json, "folders", info->folders);
	json_number(json, "messages", info->messages);
}

static void json_info(const char *path, const pstfix_info *info, bool entire)
{
	struct json json;

	json_open(&json, NULL);
	json_text(&json, "file", path);
	json_text(&json, "format", info->format);
	json_bool(&json, "format_from_content", info->format_from_content);
	json_bool(&json, "header_proven", info->header_proven);
	json_number(&json, "size", info->size);
	if (info->header_proven) {
		json_header(&json, info);
		json_bool(&json, "entire", entire);
	}
	json_end(&json);
}

/* ---- folders ------------------------------------------------------------------------------ */

struct tree {
	const char *file;
	bool json;
	char path[4 * TEXT];
	pstfix_error *err;
};

static void print_folder(pstfix_item *folder, const char *name, int depth)
{
	size_t n = pstfix_item_count(folder, PSTFIX_MESSAGE);
	uint64_t said = item_number(folder, CONTENT_COUNT), unread = item_number(folder, UNREAD_COUNT);

	printf("  %*s", 2 * depth, "");
	print_clean(*name ? name : "(no name)");
	if (pstfix_item_kind(folder) == PSTFIX_SEARCH)
		printf(" (search): %ju", (uintmax_t)(said == PSTFIX_NOWHERE ? 0 : said));
	else if (n)
		printf(": %zu", n);
	if (unread && unread != PSTFIX_NOWHERE)
		printf(", %ju unread", (uintmax_t)unread);
	puts(pstfix_item_whole(folder) ? "" : "  damaged");
}

/* Those below a folder, or, of the store, below none. */
static bool show_folders(struct tree *tree, pstfix_item *parent, int depth)
{
	static const pstfix_kind kinds[] = {PSTFIX_FOLDER, PSTFIX_SEARCH};
	size_t end = strlen(tree->path);
	bool shown = true;

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (size_t i = 0; i < pstfix_item_count(parent, kinds[k]) && shown && !interrupted; i++) {
			pstfix_item *folder;
			char name[TEXT];

			if (pstfix_item_child(&folder, parent, kinds[k], i, tree->err))
				return false;
			pstfix_item_text(folder, DISPLAY_NAME, name, sizeof name);
			append_name(tree->path, sizeof tree->path, name);
			if (tree->json)
				json_folder(tree->file, tree->path, folder, PSTFIX_NOWHERE);
			else
				print_folder(folder, name, depth);
			shown = show_folders(tree, folder, depth + 1);
			pstfix_item_free(folder);
			tree->path[end] = '\0';
		}
	return shown;
}

/* What the header leads to, without reading the rest; hands out whether that is all. */
static bool show_store(const struct request *request, pstfix_file *file, bool *entire, pstfix_error *err)
{
	struct tree tree = {.file = request->operands[0], .json = request->json, .err = err};
	pstfix_store *store = NULL;
	pstfix_item *item = NULL;
	bool shown = !pstfix_store_load(&store, file, err) && !pstfix_store_item(&item, store, err);

	*entire = shown && pstfix_store_is_entire(store);
	if (shown && !tree.json)
		printf("Folders%s:\n", *entire ? "" : ", as far as damaged indexes lead; pstfix list shows all");
	shown = shown && show_folders(&tree, item, 0);
	if (shown)
		shown = tree.json ? json_local(tree.file, store, err) : print_local(store, false, err);
	shown = shown && !pstfix_store_status(store, err);
	pstfix_item_free(item);
	pstfix_store_free(store);
	return shown;
}

int cmd_info(const struct request *request)
{
	const char *path = request->operands[0];
	struct progress progress = progress_begin(request);
	pstfix_options options = {.threads = request->threads, .progress = progress_tick, .user = &progress};
	pstfix_file *file = NULL;
	pstfix_info info;
	pstfix_error err;
	bool entire = false;
	bool failed = pstfix_open(&file, path, &options, &err) ||
	              pstfix_file_info(&info, file, &err);

	progress_end(&progress);
	if (!failed && !request->json)
		print_info(path, &info);
	failed = failed || (info.header_proven && info.encoding != BY_WINDOWS && !show_store(request, file, &entire, &err));
	if (!failed && request->json)
		json_info(path, &info, entire);
	pstfix_file_free(file);
	return failed ? complain(request, path, &err) : STATUS_SOUND;
}
