/* Nodes that no index names any more, tied to their ids and folders by what is in them.
 *
 * A property context in [MS-PST] says neither which node it is nor which folder it is in, 2.4.4 and 2.4.5: the tables of
 * folders do, whose rows repeat what messages and folders hold. So rows without a node are compared with stray heaps cell
 * by cell, and tables without a folder with the nodes that name their parent, or else with the counts that the folder
 * keeps. What several would fit is tied to none of them. In the end messages are left that nothing ties: each gets a new id. */
#ifndef PST_TIE_H
#define PST_TIE_H

#include "ndb/survey.h"

/* Adds to the survey's index what it can tell, as PST_TIED, and puts right what follows from it. Does nothing where all of
 * the node index was found, and no block lacks a reference. */
pstfix_status pst_tie(struct pst_survey *survey, struct pst_io *io, struct pst_teller teller, pstfix_error *err);

#endif
