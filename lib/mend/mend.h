/* Repair above the node database: nodes whose contents are wrong are written anew, from what is intact.
 *
 * Which nodes these are, a check has found. What can be derived is: tables of folders from folders and messages, counts
 * from tables. All other values stay as they are. */
#ifndef PST_MEND_H
#define PST_MEND_H

#include "store/store.h"
#include "write/edit.h"

struct pst_mending {
	const struct pst_where *wrong; /* in order; what nothing can be done for is passed over */
	size_t n_wrong;
	const uint32_t *without;       /* messages to be left out, of which none is wrong */
	size_t n_without;
};

/* `from` is the index that the edit has started from. */
pstfix_status pst_mend(struct pst_edit *edit, pstfix_file *file, const struct pst_index *from, const struct pst_mending *mending,
                       pstfix_error *err);

#endif
