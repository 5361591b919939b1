/* Opening, information and checking: the public face of what the folders do. */
#include "bytes/map.h"
#include "check/report.h"
#include "scan/shift.h"
#include "store/store.h"
#include "tie/tie.h"

#include <stdlib.h>
#include <unistd.h>

const char *pstfix_version(void)
{
	return PST_VERSION;
}

/* ---- open ---------------------------------------------------------------------------- */

static void open_in(pstfix_file *file, struct pst_io *io, const struct pst_format *format)
{
	uint8_t raw[PST_HEADER_SIZE] = {0};

	if (io->size < sizeof raw || io->read(io, raw, sizeof raw, 0, NULL))
		memset(raw, 0, sizeof raw);
	pst_header_decode(&file->header, raw, format);
	file->header.proven = file->header.proven && file->header.format == format;
	file->format = format;
	file->from_content = !file->header.proven;
}

/* `format`: what its contents are known to have; NULL: that is to be told. */
static pstfix_status open_survey(pstfix_file *file, struct pst_io *io, const struct pst_format *format, pstfix_error *err)
{
	uint64_t work = 0;
	pstfix_status status = PSTFIX_OK;

	if (format)
		open_in(file, io, format);
	else
		status = pst_survey_open(&file->header, &file->format, &file->from_content, &work, io, err);
	file->work += work;
	if (file->options.recover)
		file->header.proven = false;
	return status;
}

/* Shows the file as it was before it was shifted, as far as that can be told; else nothing changes. */
static pstfix_status look_through(pstfix_file *file, const struct pst_shift *shift, const struct pst_format *format, pstfix_error *err)
{
	const struct pst_piece *last = &shift->pieces.at[shift->pieces.n - 1];
	struct pst_io *view;
	pstfix_status status = pst_io_open_view(&view, file->io, shift->pieces.at, shift->pieces.n, last->at + last->size, false, err);

	if (status)
		return status;
	status = open_survey(file, view, format, err);
	file->moved = !status;
	if (status)
		pst_io_close_view(view);
	else
		file->io = view;
	return status;
}

static pstfix_status look_directly(pstfix_file *file, pstfix_error *err)
{
	file->io = pst_io_close_view(file->io);
	file->moved = false;
	return open_survey(file, file->io, NULL, err);
}

/* What was not rescued cannot be read. */
static pstfix_status look_through_map(pstfix_file *file, const char *map, pstfix_error *err)
{
	struct pst_pieces rescued;
	struct pst_io *view;
	pstfix_status status = pst_map_parse(&rescued, map, err);

	if (!status)
		status = pst_io_open_view(&view, file->io, rescued.at, rescued.n, file->io->size, true, err);
	if (!status)
		file->io = view;
	free(rescued.at);
	return status;
}

/* The format in which most pages and blocks are found, wherever they are; NULL: there are none. */
static pstfix_status find_format(const struct pst_format **out, struct pst_shift *best, pstfix_file *file, pstfix_error *err)
{
	const struct pst_scan_options options = pst_file_scan_options(file);
	pstfix_status status = PSTFIX_OK;

	for (size_t i = 0; i < PST_FORMATS && !status; i++) {
		struct pst_shift shift;

		status = pst_shift_find(&shift, file->io, &pst_formats[i], &options, err);
		file->work += status ? 0 : shift.work;
		if (!status && shift.known > best->known) {
			struct pst_shift swap = *best;

			*best = shift;
			shift = swap;
			*out = &pst_formats[i];
		}
		pst_shift_deinit(&shift);
	}
	return status;
}

/* By trial, where nothing says where the store begins. Where most is in its place the file is as it was, but for what a check finds. */
static pstfix_status open_moved(pstfix_file *file, pstfix_error *err)
{
	const struct pst_format *format = NULL;
	struct pst_shift shift = {0};
	pstfix_status status = find_format(&format, &shift, file, err);

	if (!status && !format)
		status = PSTFIX_ERROR_FORMAT;
	if (!status && shift.things > shift.known / 2)
		status = look_through(file, &shift, format, err);
	else if (!status)
		status = open_survey(file, file->io, format, err);
	pst_shift_deinit(&shift);
	return status;
}

/* An older format is not made, and a newer one has no PST. */
static pstfix_status choose_target(pstfix_file *file, pstfix_error *err)
{
	const char *name = file->options.format;

	if (name && strcmp(name, pst_formats[0].name))
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "no store is written in this format: only \"%s\" is",
		                pst_formats[0].name);
	file->options.format = NULL;
	file->target = name ? &pst_formats[0] : NULL;
	return PSTFIX_OK;
}

static pstfix_status open_io(pstfix_file **out, struct pst_io *io, const pstfix_options *options,
                             pstfix_error *err)
{
	pstfix_file *file = calloc(1, sizeof *file);
	pstfix_status status;

	if (!file) {
		pst_io_close(io);
		return pst_fail_memory(err);
	}
	file->users = 1;
	file->io = io;
	if (options)
		file->options = *options;
	status = choose_target(file, err);
	if (!status && file->options.map)
		status = look_through_map(file, file->options.map, err);
	file->options.map = NULL;
	if (!status && !(file->options.from_image && !open_moved(file, err)))
		status = open_survey(file, file->io, NULL, err);
	if (status == PSTFIX_ERROR_FORMAT && !file->options.from_image) {
		pstfix_error moved;

		if (!open_moved(file, &moved))
			status = PSTFIX_OK;
	}
	if (status)
		pstfix_file_free(file);
	else
		*out = file;
	return status;
}

pstfix_status pstfix_open(pstfix_file **out, const char *path, const pstfix_options *options,
                          pstfix_error *err)
{
	struct pst_io *io;
	pstfix_status status;

	*out = NULL;
	status = pst_io_open_file(&io, path, err);
	return status ? status : open_io(out, io, options, err);
}

pstfix_status pstfix_open_input(pstfix_file **out, pstfix_read_at read_at, void *user, uint64_t size,
                                const pstfix_options *options, pstfix_error *err)
{
	struct pst_io *io;
	pstfix_status status;

	*out = NULL;
	if (!read_at)
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "no function to read with");
	if (size > INT64_MAX)
		return pst_fail(err, PSTFIX_ERROR_ARGUMENT, 0, PSTFIX_NOWHERE, "no input can have %llu bytes", (unsigned long long)size);
	status = pst_io_open_input(&io, read_at, user, size, err);
	return status ? status : open_io(out, io, options, err);
}

void pstfix_file_free(pstfix_file *file)
{
	if (!file || --file->users)
		return;
	pst_io_close(file->io);
	free(file);
}

struct pst_scan_options pst_file_scan_options(const pstfix_file *file)
{
	enum { THREADS_DEFAULT = 4, EACH = 64 << 20 /* bytes: less takes no longer than to begin a thread */ };
	const uint64_t processors = (uint64_t)PST_MAX(sysconf(_SC_NPROCESSORS_ONLN), 1), worth = 1 + file->io->size / EACH;
	unsigned threads = file->options.threads;

	if (!threads)
		threads = (unsigned)PST_MIN(PST_MIN(processors, worth), (uint64_t)THREADS_DEFAULT);
	return (struct pst_scan_options){.threads = threads, .removed = file->options.recover && file->options.deleted,
	                                 .progress = file->options.progress, .user = file->options.user};
}

pstfix_status pstfix_file_info(pstfix_info *out, pstfix_file *file, pstfix_error *err)
{
	const struct pst_header *header = &file->header;
	struct pst_inventory inventory;
	struct pst_index index;
	pstfix_status status;

	*out = (pstfix_info){
		.format = file->format->name, .header_proven = header->proven,
		.format_from_content = file->from_content, .version = header->version,
		.version_client = header->version_client, .encoding = header->encoding,
		.client = {(char)header->client, (char)(header->client >> 8), '\0'},
		.size = (file->moved ? file->io->below : file->io)->size, .end = header->end, .free_bytes = header->amap_free,
		.nbt_page = header->nbt.at, .nbt_id = header->nbt.id, .bbt_page = header->bbt.at,
		.bbt_id = header->bbt.id, .next_block_id = header->next_block,
		.next_page_id = header->next_page, .unique = header->unique,
		.maps_valid = header->maps_valid,
	};
	status = pst_inventory_follow(&inventory, file->io, header, file->format, err);
	if (status)
		return status;
	status = pst_index_load(&index, file->io, &inventory, header, err);
	if (!status) {
		out->nodes = index.nodes.n;
		out->blocks = index.blocks.n;
		for (size_t i = 0; i < index.nodes.n; i++) {
			out->folders += pst_kind_of(index.nodes.at[i].nid) == PSTFIX_FOLDER;
			out->messages += pst_kind_of(index.nodes.at[i].nid) == PSTFIX_MESSAGE;
		}
		pst_index_deinit(&index);
	}
	pst_inventory_deinit(&inventory);
	return status;
}

/* ---- check --------------------------------------------------------------------------- */

static pstfix_status survey(pstfix_report *report, pstfix_error *err)
{
	const struct pst_scan_options options = pst_file_scan_options(report->file);

	return pst_survey_make(&report->survey, report->file->io, &report->file->header, report->file->format, &options,
	                       report->teller, err);
}

static void forget(pstfix_report *report)
{
	pst_survey_deinit(&report->survey);
	pst_array_deinit(&report->findings);
	for (size_t i = 0; i < report->places.n; i++)
		free(report->places.at[i]);
	pst_array_deinit(&report->places);
	pst_array_deinit(&report->folders);
	pst_array_deinit(&report->tallies);
	pst_array_deinit(&report->left_out);
	pst_array_deinit(&report->wrong);
	pst_array_deinit(&report->marked);
	pst_array_deinit(&report->without);
}

static size_t proven_blocks(const struct pst_index *index)
{
	size_t n = 0;

	for (size_t i = 0; i < index->blocks.n; i++)
		n += index->blocks.at[i].sure == PST_PROVEN;
	return n;
}

/* Where pages of an index, or many blocks, are not where they should be, all may lie elsewhere. Not where the file has taken
 * so much work that more would be out of proportion. */
static bool seems_moved(const struct pst_survey *survey)
{
	enum { MANY = 16 };
	const struct pst_index *index = &survey->index;

	return (index->nbt.open.n || index->bbt.open.n || proven_blocks(index) < index->blocks.n - index->blocks.n / MANY) &&
	       survey->inventory.work <= 2 * survey->inventory.size;
}

/* Takes what proves more, the file as it is or as it was. */
static pstfix_status survey_as_it_was(pstfix_report *report, const struct pst_shift *shift, pstfix_error *err)
{
	pstfix_report direct = *report;
	pstfix_status status;
	bool better;

	if (look_through(report->file, shift, NULL, NULL))
		return PSTFIX_OK;
	*report = (pstfix_report){.file = direct.file, .teller = direct.teller};
	status = survey(report, err);
	better = !status && proven_blocks(&report->survey.index) > proven_blocks(&direct.survey.index);
	report->file->work += better ? direct.survey.inventory.work : report->survey.inventory.work;
	if (better) {
		forget(&direct);
		return PSTFIX_OK;
	}
	forget(report);
	*report = direct;
	return status ? status : look_directly(report->file, err);
}

static pstfix_status survey_moved(pstfix_report *report, pstfix_error *err)
{
	const struct pst_scan_options options = pst_file_scan_options(report->file);
	struct pst_shift shift;
	pstfix_status status = pst_shift_find(&shift, report->file->io, report->file->format, &options, err);

	if (status)
		return status;
	report->file->work += shift.work;
	if (shift.pieces.n)
		status = survey_as_it_was(report, &shift, err);
	pst_shift_deinit(&shift);
	return status;
}

static void tell_moved(const pstfix_report *report)
{
	const struct pst_piece *piece;

	for (size_t i = 0; (piece = pst_io_piece(report->file->io, i)); i++)
		if (piece->at != piece->from)
			PST_TELL(report->teller, CONTENT_MOVED, .offset = piece->from, .size = piece->size, .expected = piece->at,
			         .found = piece->from);
}

static void tell_changed(const pstfix_report *report)
{
	struct pst_io *io = report->file->io;
	const uint8_t *before = report->survey.header.raw;
	uint8_t raw[PST_HEADER_SIZE];

	/* zeros: it could not be read before, or there is none */
	if (pst_io_changed(io) || (!pst_all_bytes(before, sizeof raw, 0) && !io->read(io, raw, sizeof raw, 0, NULL) && memcmp(raw, before, sizeof raw)))
		PST_TELL(report->teller, FILE_CHANGED, .offset = PSTFIX_NOWHERE);
}

pstfix_status pstfix_check(pstfix_report **out, pstfix_file *file, pstfix_error *err)
{
	const unsigned since = pst_shortages();
	pstfix_report *report = calloc(1, sizeof *report);
	pstfix_status status;

	*out = NULL;
	if (!report)
		return pst_fail_memory(err);
	report->file = file;
	report->teller = (struct pst_teller){pst_report_add, report};
	status = survey(report, err);
	if (!status && !file->moved && seems_moved(&report->survey))
		status = survey_moved(report, err);
	if (!status)
		tell_moved(report);
	if (!status)
		status = pst_tie(&report->survey, file->io, report->teller, err);
	if (status) {
		forget(report);
		free(report);
		return status;
	}
	report->users = 1;
	file->users++;
	status = pst_check_maps(report, err);
	if (!status)
		status = pst_check_blocks(report, err);
	if (!status)
		status = pst_check_damage(report, err);
	if (!status && file->options.level != PSTFIX_LEVEL_NDB)
		status = pst_check_content(report, err);
	if (!status) {
		pst_check_header(report);
		tell_changed(report);
		status = pst_report_finish(report, err);
	}
	if (!status)
		status = pst_report_sum_up(report, err);
	status = pst_unless_short(status, since, err);
	if (status) {
		pstfix_report_free(report);
		return status;
	}
	pst_report_close(report);
	*out = report;
	return PSTFIX_OK;
}

void pstfix_report_free(pstfix_report *report)
{
	if (!report || --report->users)
		return;
	forget(report);
	pstfix_file_free(report->file);
	free(report);
}
