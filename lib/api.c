/* Opening, information and checking: the public face of what the folders do. */
#include "check/report.h"
#include "store/store.h"
#include "tie/tie.h"

#include <stdlib.h>
#include <unistd.h>

const char *pstfix_version(void)
{
	return PST_VERSION;
}

/* ---- open ---------------------------------------------------------------------------- */

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
	status = pst_survey_open(&file->header, &file->format, &file->from_content, &file->work, io,
	                         err);
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
	enum { THREADS_DEFAULT = 4 };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = file->options.threads;

	if (!threads)
		threads = processors > 1 ? (unsigned)PST_MIN(processors, (long)THREADS_DEFAULT) : 1;
	return (struct pst_scan_options){.threads = threads, .progress = file->options.progress,
	                                 .user = file->options.user};
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
		.size = file->io->size, .end = header->end, .free_bytes = header->amap_free,
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

pstfix_status pstfix_check(pstfix_report **out, pstfix_file *file, pstfix_error *err)
{
	struct pst_scan_options options = pst_file_scan_options(file);
	pstfix_report *report = calloc(1, sizeof *report);
	pstfix_status status;

	*out = NULL;
	if (!report)
		return pst_fail_memory(err);
	report->file = file;
	report->teller = (struct pst_teller){pst_report_add, report};
	status = pst_survey_make(&report->survey, file->io, &file->header, file->format, &options,
	                         report->teller, err);
	if (!status)
		status = pst_tie(&report->survey, file->io, report->teller, err);
	if (status) {
		pst_survey_deinit(&report->survey);
		pst_array_deinit(&report->findings);
		pst_array_deinit(&report->left_out);
		pst_array_deinit(&report->wrong);
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
		status = pst_report_finish(report, err);
	}
	if (!status)
		status = pst_report_sum_up(report, err);
	if (status)
		pstfix_report_free(report);
	else
		*out = report;
	return status;
}

void pstfix_report_free(pstfix_report *report)
{
	if (!report || --report->users)
		return;
	pst_survey_deinit(&report->survey);
	pst_array_deinit(&report->findings);
	pst_array_deinit(&report->folders);
	pst_array_deinit(&report->left_out);
	pst_array_deinit(&report->wrong);
	pstfix_file_free(report->file);
	free(report);
}
