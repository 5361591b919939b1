/* What several commands say of a store's items. */
#ifndef ITEMS_H
#define ITEMS_H

#include "output.h"

#include <pstfix/store.h>

/* PidTag... */
enum { DISPLAY_NAME = 0x3001, CONTENT_COUNT = 0x3602, UNREAD_COUNT = 0x3603, MESSAGE_SIZE = 0x0E08 };

enum { TEXT = 1024 };

/* PSTFIX_NOWHERE: it has none, or it is negative. */
uint64_t item_number(pstfix_item *item, uint16_t id);

/* Adds the name of a folder to the path of the one that it is in; "..." where there is no room for it. */
void append_name(char *path, size_t room, const char *name);

/* A line of its own, whose member "folder" is this. `size`: of its messages, PSTFIX_NOWHERE: not known. */
void json_folder(const char *file, const char *path, pstfix_item *folder, uint64_t size);

/* Of an OST, what to know before it is deleted and downloaded anew; of others nothing. */
bool print_local(pstfix_store *store, bool all, pstfix_error *err);
bool json_local(const char *file, pstfix_store *store, pstfix_error *err);

#endif
