/* What a batch made is known to its later entries by name or number: "$post._id", "$1.id". Ids of new items are
 * chosen before anything is written, so a name is an id from the start. */
#include "api/batch/batch.h"

#include "base/limits.h"
#include "content/kind.h"

/* "$name._id" -> name; false: an ordinary text. */
static bool is_name(str text, str *name)
{
    str rest;
    if (!str_starts(text, S("$")) || !str_cut(str_slice(text, 1, text.len), '.', name, &rest) || name->len == 0)
        return false;
    return str_equal(rest, S("_id")) || str_equal(rest, S("id"));
}

enum err batch_name(const struct batch *b, size_t at, str text, str path, str *out, struct problem *why)
{
    str name;
    uint64_t number;
    *out = text;
    if (!is_name(text, &name))
        return ERR_OK;
    for (size_t i = 0; i < at; i++) {
        bool is_it = str_equal(b->entries[i].as, name) || (str_to_u64(name, LIMIT_CHANGES, &number) && number == i + 1);
        if (is_it && !str_is_absent(b->changes[i].id)) {
            *out = b->changes[i].id;
            return ERR_OK;
        }
    }
    return problem_fault(why, ERR_INVALID, path, S("name"),
                         "No entry before this one is called " STR_FMT " and has a known id", STR_ARG(name));
}

struct naming {
    const struct batch *batch;
    size_t at;
    struct problem *why;
};

static enum err name_value(const struct naming *n, const struct json *v, str path, struct json *out)
{
    struct arena *a = n->batch->x->arena;
    *out = *v;
    if (v->type == JSON_TEXT)
        return batch_name(n->batch, n->at, v->text, path, &out->text, n->why);
    if (v->type != JSON_LIST && v->type != JSON_MAP)
        return ERR_OK;
    struct json *items = NEW_N(a, struct json, v->count + 1);
    for (uint32_t i = 0; i < v->count; i++) /* as deep as the body, which is at most LIMIT_JSON_DEPTH */
        err_ignored(name_value(n, &v->items[i],
                               v->type == JSON_MAP ? pointer_name(a, path, v->items[i].name) : pointer_index(a, path, i),
                               &items[i]));
    out->items = items;
    return n->why->err;
}

/* Only where a reference stands: elsewhere a text is a text, whatever it begins with. */
static bool holds_references(const struct collection *c, str name)
{
    while (name.len > 1 && (name.at[0] == '+' || name.at[0] == '-'))
        name = str_slice(name, 1, name.len);
    while (name.len > 1 && (name.at[name.len - 1] == '+' || name.at[name.len - 1] == '-'))
        name = str_slice(name, 0, name.len - 1);
    const struct field *f = collection_field(c, name);
    return f && ((f->kind->flags & KIND_REF) || (f->is_meta && f->index == META_PARENT));
}

enum err batch_names(const struct batch *b, size_t at, const struct json **data, struct problem *why)
{
    const struct batch_entry *e = &b->entries[at];
    struct naming n = {b, at, why};
    struct arena *a = b->x->arena;
    if (!*data || (*data)->type != JSON_MAP)
        return ERR_OK;
    struct json *members = NEW_N(a, struct json, (*data)->count + 1), *copy = NEW(a, struct json);
    for (uint32_t i = 0; i < (*data)->count; i++) {
        const struct json *v = &(*data)->items[i];
        members[i] = *v;
        if (holds_references(e->in, v->name))
            err_ignored(name_value(&n, v, pointer_name(a, e->data_path, v->name), &members[i]));
    }
    *copy = **data;
    copy->items = members;
    *data = copy;
    return why->err;
}
