/* A file in use: what pstfix_open() made. */
#ifndef PST_FILE_H
#define PST_FILE_H

#include "scan/scan.h"

struct pstfix_file {
	unsigned users; /* itself, and the reports and stores made from it */
	struct pst_io *io;
	pstfix_options options;
	struct pst_header header;
	const struct pst_format *format;
	const struct pst_format *target; /* options.format; NULL: its own */
	bool from_content;
	bool moved; /* io is a view of the file as it was */
	uint64_t work; /* that it took to tell */
};

struct pst_scan_options pst_file_scan_options(const struct pstfix_file *file);

#endif
