#include "server/transfer/import_parts.h"

void member_put(struct member_list *m, str name, struct json v)
{
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 8;
        m->at = arena_grow(m->arena, m->at, m->room * sizeof *m->at, room * sizeof *m->at);
        m->room = room;
    }
    m->at[m->count++] = json_named(name, v);
}

struct json member_map(const struct member_list *m)
{
    return json_of_map(m->at, m->count);
}

str text_member(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

str import_text(const struct json *v)
{
    return v && v->type == JSON_TEXT ? v->text : S("");
}

bool import_is_true(const struct json *v)
{
    return v && v->type == JSON_BOOL && v->boolean;
}

bool true_member(const struct json *v, str name)
{
    const struct json *b = json_get(v, name);
    return b && ((b->type == JSON_BOOL && b->boolean) || (b->type == JSON_INT && b->integer != 0));
}

bool says_nothing(const struct json *v)
{
    return !v || v->type == JSON_NULL || (v->type == JSON_TEXT && v->text.len == 0) ||
           ((v->type == JSON_LIST || v->type == JSON_MAP) && v->count == 0);
}

bool list_has(const struct json *list, size_t count, const struct json *v)
{
    for (size_t i = 0; i < count; i++)
        if (json_equal(&list[i], v))
            return true;
    return false;
}

struct json number_in(struct arena *a, const struct json *v)
{
    const struct json *n;
    struct problem own = {.arena = a};
    if (v->type != JSON_TEXT)
        return *v;
    if (v->text.len == 0)
        return json_null;
    return json_read(a, v->text, NULL, S("number"), &n, &own) == ERR_OK && (n->type == JSON_INT || n->type == JSON_REAL) ? *n : *v;
}
