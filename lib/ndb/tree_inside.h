/* What loading and deriving a tree share: its pages, decoded, and ranges of keys. */
#ifndef PST_TREE_INSIDE_H
#define PST_TREE_INSIDE_H

#include "ndb/tree.h"

/* NBT and BBT problems are rows of the same kinds. */
#define PST_TREE_TELL(tree, kind, ...)                                       \
	((tree)->type == PST_NBT ? PST_TELL((tree)->teller, NBT_##kind, __VA_ARGS__) \
	                         : PST_TELL((tree)->teller, BBT_##kind, __VA_ARGS__))

struct pst_tree_bytes {
	uint8_t bytes[PST_PAGE_MAX];
	struct pst_index_page counts;
	uint32_t n;   /* entries that can be read */
	uint8_t step; /* bytes from one to the next */
	bool counts_right;
};

static inline uint64_t pst_tree_key(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint32_t i)
{
	return pst_get(page->bytes + (size_t)i * page->step, tree->format->word);
}

struct pst_found *pst_tree_found(const struct pst_tree *tree, uint64_t at);
bool pst_tree_read(const struct pst_tree *tree, struct pst_tree_bytes *page, const struct pst_found *found);
/* Of a page whose bytes are there: how many entries can be read, and how. */
void pst_tree_decode(const struct pst_tree *tree, struct pst_tree_bytes *page);
struct pst_page_ref pst_tree_child(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint32_t i);
/* The lowest and the highest key; false: there is none. */
bool pst_tree_span(const struct pst_tree *tree, const struct pst_tree_bytes *page, uint64_t *first, uint64_t *last);
/* By the allocation map. */
bool pst_tree_is_free(const struct pst_tree *tree, const struct pst_found *page);
/* Whether a leaf of which only the checksum is wrong was part of the tree. */
bool pst_tree_is_missed(const struct pst_tree *tree, const struct pst_found *leaf, uint64_t next_page);

/* For pst_sort(). */
int pst_range_by_first(const void *a, const void *b);
/* Ranges of a tree out of order may overlap: the first of them keeps what is common. */
void pst_ranges_sort(struct pst_ranges *ranges);
/* The first range that ends at or behind a key. */
size_t pst_ranges_from(const struct pst_ranges *ranges, uint64_t key);

#endif
