#ifndef CONTENT_SYSTEM_MEMBERS_H
#define CONTENT_SYSTEM_MEMBERS_H
#include "base/json.h"
#include "base/time.h"

/* What an item's image, an action's input or a façade's word beside a change says under a name, for whoever knows what it
 * must be: of another type, or not there, is the same as nothing. NULL maps say nothing. Pure. */
static inline str text_in(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

static inline int64_t number_in(const struct json *v, str name)
{
    const struct json *n = json_get(v, name);
    return n && n->type == JSON_INT ? n->integer : 0;
}

static inline bool flag_in(const struct json *v, str name)
{
    const struct json *b = json_get(v, name);
    return b && b->type == JSON_BOOL && b->boolean;
}

/* Milliseconds since 1970; 0: nothing. */
static inline int64_t time_in(const struct json *v, str name)
{
    int64_t ms = 0;
    return time_read(text_in(v, name), &ms) ? ms : 0;
}

static inline const struct json *list_in(const struct json *v, str name)
{
    static const struct json none = {.type = JSON_LIST};
    const struct json *l = json_get(v, name);
    return l && l->type == JSON_LIST ? l : &none;
}
#endif
