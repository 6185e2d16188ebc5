#ifndef API_CHUTES_CHUTES_H
#define API_CHUTES_CHUTES_H
#include "api/api.h"

/* What the tables of Chutes' dialect share (chutes-keys.md). */
void chutes_problem(struct exchange *x, const struct problem *why);
bool chutes_is_on(const struct api *api);
str chutes_prefix(const struct api *api);
#endif
