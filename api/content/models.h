#ifndef API_CONTENT_MODELS_H
#define API_CONTENT_MODELS_H
#include "api/api.h"

/* Routes of api/content/models.c whose code is in api/content/models_plan.c. */
enum err models_plan(struct exchange *x, void *app, const struct params *p, struct problem *why);
enum err models_apply(struct exchange *x, void *app, const struct params *p, struct problem *why);

#endif
