/* Properties that readers rely on have each a type of their own: [MS-OXPROPS]. In all genuine files they have that, in
 * property contexts and in tables alike; those of the name map (2.4.7) are others. */
#ifndef PST_KNOWN_H
#define PST_KNOWN_H

#include "ltp/pc.h"
#include "ltp/tc.h"

/* Whether a property may be of this type; one that is not known may be of any. */
bool pst_known_may_be(uint16_t id, uint16_t type);
/* The type that a property must have: its own, if it may have that; 0: its value cannot be one of the type that it must
 * have. */
uint16_t pst_known_type(const struct pst_pc *pc, const struct pst_property *property);
/* Takes all properties for what they must be, as far as they can. */
void pst_known_settle(struct pst_pc *pc);

/* The same of columns; the type is their own, too, where cells of the right one are not as wide. */
uint16_t pst_known_column(const struct pst_tc *tc, const struct pst_column *column);
void pst_known_settle_columns(struct pst_tc *tc);

#endif
