#ifndef SERVER_TRANSFER_IMPORT_JSON_H
#define SERVER_TRANSFER_IMPORT_JSON_H
#include "base/json.h"

/* Looking at what another system wrote, where anything may be missing or of another type. */
static inline str import_text(const struct json *v) /* empty when it is no text */
{
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

static inline bool import_is_true(const struct json *v)
{
    return v && v->type == JSON_BOOL && v->boolean;
}
#endif
