/* JSON, one object a line. */
#ifndef JSON_H
#define JSON_H

#include <pstfix/pstfix.h>

#include <stdio.h>

struct json {
	FILE *to;
	const char *separator;
};

/* Begins an object in a line of its own, elsewhere than on standard output. */
void json_begin(struct json *json, FILE *to);
/* Begins an object: a line of its own on standard output where `name` is NULL, a member otherwise. */
void json_open(struct json *json, const char *name);
void json_close(struct json *json);
void json_end(struct json *json);

void json_text(struct json *json, const char *name, const char *value);
void json_bool(struct json *json, const char *name, bool value);
void json_number(struct json *json, const char *name, uint64_t value);
/* Pairs of numbers. */
void json_open_pairs(struct json *json, const char *name);
void json_pair(struct json *json, uint64_t first, uint64_t second);
void json_close_pairs(struct json *json);
/* SIZE_MAX is null. */
void json_index(struct json *json, const char *name, size_t value);
/* Leaves out what is PSTFIX_NOWHERE. */
void json_known(struct json *json, const char *name, uint64_t value);

#endif
