/* Property contexts: [MS-PST] 2.3.3. A tree of property ids with types and values, on a heap; values too large
 * for it are subnodes.
 *
 * Opened on the id of a data block and a list of subnodes: a node's, a subnode's, or what is thought to belong
 * together. The list is the caller's and outlives the context; NULL: it is not known. */
#ifndef PST_PC_H
#define PST_PC_H

#include "ltp/bth.h"
#include "ltp/value.h"

struct pst_property {
	uint16_t id, type;
	uint32_t hnid; /* or the value itself */
	uint32_t hid, number; /* of the leaf, and where in it */
};

struct pst_pc {
	struct pst_heap heap;
	const struct pst_subnodes *subnodes;
	struct pst_bth bth;
	bool sound; /* heap, client and tree are those of a property context */
	bool refound;     /* the tree leads to no records, but there was an item that has them: bth.root */
	uint64_t unnamed; /* items with bytes where there are no records, which are lost */
	PST_ARRAY(struct pst_property) properties; /* as the tree has them */
	struct pst_bth_facts facts;
};

/* Where the client is another, properties are those of the tree, if it has records of their size. */
pstfix_status pst_pc_open(struct pst_pc *out, struct pst_reader *reader, uint64_t data,
                          const struct pst_subnodes *subnodes, pstfix_error *err);
/* Gives back what a context has; it itself must stay where it is as long as it is in use. */
void pst_pc_deinit(struct pst_pc *pc);

/* A context and its subnodes. It must stay where it is. */
struct pst_full_pc {
	struct pst_subnodes subnodes;
	struct pst_pc pc;
};

pstfix_status pst_full_pc_open(struct pst_full_pc *out, struct pst_reader *reader, uint64_t data, uint64_t sub, pstfix_error *err);
void pst_full_pc_deinit(struct pst_full_pc *full);

/* Like pst_pc_open(), but of blocks that do not prove themselves what lost sectors have left. */
pstfix_status pst_pc_open_found(struct pst_pc *out, struct pst_reader *reader, uint64_t data,
                                const struct pst_subnodes *subnodes, pstfix_error *err);

/* Whether damaged blocks, as they stand, hold a property context, and no sector of them is lost. */
pstfix_status pst_pc_stands(bool *stands, struct pst_reader *reader, uint64_t data, pstfix_error *err);

/* Whether all its properties are known. */
bool pst_pc_entire(const struct pst_pc *pc);
/* By id, then by place in the tree: for pst_sort(). */
int pst_property_order(const void *a, const void *b);
/* All properties in that order, of those with the same id the first; to be freed. NULL: out of memory. */
struct pst_property *pst_pc_ordered(size_t *n, const struct pst_pc *pc);
/* The first property with this id; NULL: there is none. */
const struct pst_property *pst_pc_find(const struct pst_pc *pc, uint16_t id);

/* A property that is a number, as pst_value_int() has it; false: there is none. */
bool pst_pc_int(const struct pst_pc *pc, uint16_t id, int64_t *out);

/* The id of a node, in a property that is an entry id of this store ([MS-PST] 2.4.3.2); 0: there is none. */
uint32_t pst_pc_entry(const struct pst_pc *pc, uint16_t id);

/* The subnode that holds the message in an attachment; 0: there is none. */
uint32_t pst_pc_embedded(const struct pst_pc *pc);

/* Nothing is read of a value in a subnode. The value is given back before the context. */
pstfix_status pst_pc_value(struct pst_value *out, const struct pst_pc *pc, const struct pst_property *property,
                           pstfix_error *err);

/* Writers count the sizes of messages and attachments in different ways, so only what is far off tells. */
static inline bool pst_size_is_far(uint64_t said, uint64_t size)
{
	return said > 2 * size || size > 2 * said;
}

#endif
