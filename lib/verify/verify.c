/* The result, read back by the library: see verify.h. */
#include "verify/verify.h"

#include <errno.h>

static pstfix_status compare(const pstfix_report *before, const pstfix_report *after, bool content, pstfix_error *err)
{
	size_t k = 0, nodes = pstfix_report_node_count(after);

	for (size_t i = 0; i < pstfix_report_count(after); i++) {
		const pstfix_finding *finding = pstfix_report_at(after, i);

		if (finding->severity != PSTFIX_NOTE && finding->fix != PSTFIX_FIX_NONE &&
		    (content || finding->fix != PSTFIX_FIX_CONTENT))
			return pst_fail(err, PSTFIX_ERROR_REJECTED, 0, finding->offset,
			                "the result still has a problem to put right: %s",
			                pstfix_problem_info_of(finding->problem)->name);
	}
	for (size_t i = 0; i < pstfix_report_node_count(before); i++) {
		pstfix_node node = pstfix_report_node_at(before, i);

		if (pst_report_is_without(before, node.nid))
			continue;
		while (k < nodes && pstfix_report_node_at(after, k).nid < node.nid)
			k++;
		if (k == nodes || pstfix_report_node_at(after, k).nid != node.nid ||
		    (node.whole && !pstfix_report_node_at(after, k).whole))
			return pst_fail(err, PSTFIX_ERROR_REJECTED, 0, PSTFIX_NOWHERE,
			                "node 0x%X is not in the result, or not whole", node.nid);
	}
	return PSTFIX_OK;
}

static int read_planned(void *user, void *buffer, size_t size, uint64_t offset)
{
	struct pst_io *planned = user;
	pstfix_error err;

	if (!planned->read(planned, buffer, size, offset, &err))
		return 0;
	return err.system ? err.system : EIO;
}

pstfix_status pst_verify_open(pstfix_file **out, const char *path, const pstfix_report *report, const pstfix_options *options,
                              pstfix_error *err)
{
	return path ? pstfix_open(out, path, options, err)
	            : pstfix_open_input(out, read_planned, report->planned, report->planned->size, options, err);
}

pstfix_status pst_verify(const char *path, const pstfix_report *report, bool content, pstfix_error *err)
{
	pstfix_options options = report->file->options;
	pstfix_file *file = NULL;
	pstfix_report *after = NULL;
	pstfix_status status;

	options.recover = false; /* of the result the header and the roots are trusted: they are to be right */
	status = pst_verify_open(&file, path, report, &options, err);
	if (!status)
		status = pstfix_check(&after, file, err);
	if (!status)
		status = compare(report, after, content, err);
	pstfix_report_free(after);
	pstfix_file_free(file);
	return status;
}
