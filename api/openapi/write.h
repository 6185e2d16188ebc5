#ifndef API_OPENAPI_WRITE_H
#define API_OPENAPI_WRITE_H
#include "api/openapi/openapi.h"

/* Between openapi.c and paths.c. */
struct describer {
    struct json_writer *to;
    struct arena *arena;
    const struct api *api;
    const struct principal *who;
    const struct json *parts;         /* api/openapi/description.json */
};

void openapi_paths(struct describer *d);
/* One of the ready-made parts: section "bodies", name "signIn"; NULL when there is none. */
const struct json *openapi_part(const struct describer *d, const char *section, str name);
/* {"$ref":"#/components/<what>/<name>"} */
void openapi_link(struct describer *d, const char *what, str name);
void openapi_text(struct json_writer *w, const char *name, str text);    /* a member */
void openapi_ready(struct json_writer *w, const char *name, const char *json);
#endif
