/* What a store has before anything is put into it: [MS-PST] 2.7, 2.4.8. For a repair that finds some of it missing.
 *
 * Tables here say what that is in each of the formats, as files of Outlook have it: nodes, columns of tables, properties. What
 * of a store is not the same everywhere, its key, its folders, comes from the caller. Nothing is read, and nothing is put
 * but blocks into a sink: nodes, their parents and the counts of references are the caller's.
 *
 * All 4K files known are OSTs, and these have columns of their own. OSTs in the older format, of which none is known, get
 * those of a PST. */
#ifndef PST_MINIMUM_H
#define PST_MINIMUM_H

#include "write/context.h"

/* ---- tables ---------------------------------------------------------------------------- */

enum { PST_TEMPLATE_COLUMNS = 33 };

/* What the columns of a table are before others are added. It refers to itself: it stays where it is. */
struct pst_template {
	struct pst_tc_shape shape;
	struct pst_column columns[PST_TEMPLATE_COLUMNS];
};

/* Of a template, 0x60D and the like, or of any table of its type: of a folder, of a message. False: in this format there are
 * none of this type. */
bool pst_template_of(struct pst_template *out, const struct pst_format *f, uint32_t nid);

#endif
