/* All that is known of a file: what it says and what it should say.
 *
 * header is as stored, right as it should be: what follows from other data, and for the rest what a
 * proven header says. */
#ifndef PST_SURVEY_H
#define PST_SURVEY_H

#include "ndb/space.h"

struct pst_survey {
	const struct pst_format *format;
	struct pst_header header;
	struct pst_header right;
	struct pst_inventory inventory;
	struct pst_index index;
	struct pst_space space;
	uint64_t highest_block, highest_page; /* of all that was found; 0: not counted yet */
};

/* Decodes the header; where it does not say which format the file has, asks the maps, then the
 * content; `work` is what that took, in bytes checksummed. */
pstfix_status pst_survey_open(struct pst_header *header, const struct pst_format **format,
                              bool *from_content, uint64_t *work, struct pst_io *io,
                              pstfix_error *err);

pstfix_status pst_survey_make(struct pst_survey *out, struct pst_io *io,
                              const struct pst_header *header, const struct pst_format *format,
                              const struct pst_scan_options *options, struct pst_teller teller,
                              pstfix_error *err);
/* Derives the header again, after nodes were taken in. */
void pst_survey_settle(struct pst_survey *survey, struct pst_io *io);
/* The highest ids of blocks and index pages that prove themselves anywhere in the file. */
void pst_survey_highest(const struct pst_survey *survey, uint64_t *block, uint64_t *page);

/* Lets go of what only a check needs: of what was found maps stay. */
void pst_survey_slim(struct pst_survey *survey);
void pst_survey_deinit(struct pst_survey *survey);

#endif
