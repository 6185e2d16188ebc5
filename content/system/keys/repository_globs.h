#ifndef CONTENT_SYSTEM_KEYS_REPOSITORY_GLOBS_H
#define CONTENT_SYSTEM_KEYS_REPOSITORY_GLOBS_H
#include "base/json.h"

/* Patterns of repository names in scopes: a name in which "*" stands for anything within one part of the path and
 * "**" for anything across parts (acme/app, acme/x*). As a condition on the collection
 * repositories they are judged like every other, in SQL and in C. */
#define REPOSITORY_GLOB_BYTES 128

bool repository_glob_looks_right(str glob);
/* One that looks right as a regular expression over the whole name. */
str repository_glob_regex(struct arena *a, str glob);
/* {"$or":[{"name":{"$regex":…}}, …]}; false when one of them is no pattern. */
bool repository_globs_condition(struct arena *a, const struct json *globs, struct json *out);
/* The collection's verbs behind what registries call them: pull, push. Others stand for themselves. */
const str *repository_verbs(str word, size_t *count);
#endif
