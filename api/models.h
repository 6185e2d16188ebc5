#ifndef API_MODELS_H
#define API_MODELS_H
#include "api/api.h"

/* Routes of api/models.c whose code is in api/models_plan.c. */
enum err models_plan(struct exchange *x, void *app, const struct params *p, struct problem *why);
enum err models_apply(struct exchange *x, void *app, const struct params *p, struct problem *why);

#endif
