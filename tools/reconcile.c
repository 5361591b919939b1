/* What has become of the items, and which bytes of the file each is: see reconcile.h. */
#include "reconcile.h"

#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 1024, SHOWN = 10 };

/* ---- the sums ------------------------------------------------------------------------------- */

static void print_tally(const pstfix_tally *tally)
{
	printf("%ju found, %ju whole, %ju in part, %ju not recoverable\n", (uintmax_t)tally->found, (uintmax_t)tally->whole,
	       (uintmax_t)tally->partial, (uintmax_t)tally->unrecoverable);
}

/* Where its messages are, or will be. */
static void name_tally(char path[PATH_ROOM], pstfix_store *store, const pstfix_tally *tally)
{
	if (*tally->name)
		snprintf(path, PATH_ROOM, "%s", tally->name);
	else
		pstfix_store_path(store, tally->folder, path, PATH_ROOM);
}

void print_tallies(pstfix_report *report, bool all)
{
	pstfix_store *store = NULL;
	size_t shown = 0;

	fputs("Messages: ", stdout);
	print_tally(pstfix_report_tally_at(report, 0));
	for (size_t i = 1; i < pstfix_report_tally_count(report); i++) {
		const pstfix_tally *tally = pstfix_report_tally_at(report, i);
		char path[PATH_ROOM];

		if (tally->whole == tally->found || (!all && ++shown > SHOWN))
			continue;
		if (!store && pstfix_report_store(&store, report, NULL))
			return;
		name_tally(path, store, tally);
		fputs("  ", stdout);
		print_clean(path);
		fputs(": ", stdout);
		print_tally(tally);
	}
	if (shown > SHOWN)
		printf("  ... and %zu more folders\n", shown - SHOWN);
	pstfix_store_free(store);
}

static void json_tally(const char *file, pstfix_store *store, const pstfix_tally *tally)
{
	struct json json;
	char path[PATH_ROOM];

	json_open(&json, NULL);
	json_text(&json, "file", file);
	json_open(&json, "tally");
	if (tally->folder)
		json_number(&json, "nid", tally->folder);
	if (tally->folder || *tally->name) {
		name_tally(path, store, tally);
		json_text(&json, "path", path);
	}
	json_number(&json, "found", tally->found);
	json_number(&json, "whole", tally->whole);
	json_number(&json, "partial", tally->partial);
	json_number(&json, "unrecoverable", tally->unrecoverable);
	json_close(&json);
	json_end(&json);
}

void json_tallies(const char *file, pstfix_report *report)
{
	pstfix_store *store = NULL;

	if (pstfix_report_store(&store, report, NULL))
		return;
	for (size_t i = 0; i < pstfix_report_tally_count(report); i++)
		json_tally(file, store, pstfix_report_tally_at(report, i));
	pstfix_store_free(store);
}

/* ---- where it came from ---------------------------------------------------------------------- */

static pstfix_status write_extents(struct json *json, pstfix_item *item, pstfix_error *err)
{
	size_t n;
	pstfix_status status = pstfix_item_block_count(&n, item, err);

	json_open_pairs(json, "extents");
	for (size_t i = 0; !status && i < n; i++) {
		const pstfix_extent extent = pstfix_item_block_at(item, i);

		if (extent.stored)
			json_pair(json, extent.offset, extent.stored);
	}
	json_close_pairs(json);
	return status;
}

static pstfix_status write_item(FILE *to, pstfix_store *store, const pstfix_node *node, pstfix_error *err)
{
	char path[PATH_ROOM];
	struct json json;
	pstfix_item *item;
	pstfix_status status = pstfix_store_node(&item, store, node->nid, err);

	if (status)
		return status;
	json_begin(&json, to);
	json_number(&json, "nid", node->nid);
	json_number(&json, "parent", node->parent);
	pstfix_store_path(store, node->nid, path, sizeof path);
	json_text(&json, "path", path);
	json_bool(&json, "whole", node->whole);
	status = write_extents(&json, item, err);
	json_end(&json);
	pstfix_item_free(item);
	pstfix_store_renew(store);
	return status;
}

static bool is_item(uint32_t nid)
{
	switch (nid & 31) {
	case 0x02: case 0x03: case 0x04: case 0x08: return true; /* folders, search folders, messages */
	default: return false;
	}
}

static pstfix_status write_items(FILE *to, pstfix_report *report, pstfix_error *err)
{
	pstfix_store *store;
	pstfix_status status = pstfix_report_store(&store, report, err);

	if (status)
		return status;
	for (size_t i = 0; !status && i < pstfix_report_node_count(report); i++) {
		const pstfix_node node = pstfix_report_node_at(report, i);

		if (is_item(node.nid))
			status = write_item(to, store, &node, err);
	}
	pstfix_store_free(store);
	return status;
}

static pstfix_status cannot_write(pstfix_error *err)
{
	*err = (pstfix_error){.status = PSTFIX_ERROR_IO, .system = errno, .offset = PSTFIX_NOWHERE};
	snprintf(err->message, sizeof err->message, "cannot be written: %s", strerror(errno));
	return err->status;
}

/* Whom the umask allows may read it, as any other file; mkstemp() asks only for its owner. */
static FILE *create(char *name)
{
	const mode_t mask = umask(0);
	int fd;

	umask(mask);
	fd = mkstemp(name);
	if (fd >= 0)
		fchmod(fd, 0666 & ~mask);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

char *provenance_write(const char *path, pstfix_report *report, pstfix_error *err)
{
	pstfix_status status;
	FILE *file = NULL;
	char *name;

	if (asprintf(&name, "%s.XXXXXX", path) >= 0)
		file = create(name);
	else
		name = NULL;
	if (!file) {
		cannot_write(err);
		free(name);
		return NULL;
	}
	status = write_items(file, report, err);
	if (!status && (fflush(file) || ferror(file) || fsync(fileno(file))))
		status = cannot_write(err);
	fclose(file);
	if (!status)
		return name;
	provenance_drop(name);
	return NULL;
}

/* Without force, by a link: unlike rename, it never replaces what has come there meanwhile. Some file systems know no links. */
static bool give_name(const char *name, const char *path, bool force)
{
	struct stat st;

	return (!force && !link(name, path)) || ((force || (errno != EEXIST && lstat(path, &st))) && !rename(name, path));
}

pstfix_status provenance_take(char *name, const char *path, bool force, pstfix_error *err)
{
	const pstfix_status status = give_name(name, path, force) ? PSTFIX_OK : cannot_write(err);

	provenance_drop(name);
	return status;
}

void provenance_drop(char *name)
{
	unlink(name);
	free(name);
}
