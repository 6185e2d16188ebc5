#include "content/kinds/kinds.h"

#include "base/utf8.h"
#include "content/pointer.h"

enum err check_object(const struct check *c, const struct json *in, struct json *out)
{
    (void)c;
    *out = *in;
    out->name = (str){0};
    return ERR_OK;
}

static const struct field *member_of(const struct field *f, str name)
{
    for (size_t i = 0; i < f->member_count; i++) {
        if (str_equal(f->members[i].name, name))
            return &f->members[i];
    }
    return NULL;
}

static enum err check_unknown(const struct check *c, const struct json *in)
{
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < in->count; i++) {
        str name = in->items[i].name;
        if (!member_of(c->field, name))
            e = problem_fault(c->why, ERR_INVALID, pointer_name(c->arena, c->path, name), S("unknown-field"),
                              STR_FMT " has no field " STR_FMT, STR_ARG(c->field->name), STR_ARG(name));
    }
    return e;
}

static bool is_empty(const struct json *v)
{
    return v->type == JSON_NULL || (v->type == JSON_TEXT && v->text.len == 0) ||
           (v->type == JSON_LIST && v->count == 0);
}

/* One member: *there is false when it is absent and has no default. */
static enum err check_member(const struct check *c, const struct field *m, const struct json *given,
                             struct json *out, bool *there)
{
    struct check inner = {.arena = c->arena, .field = m, .why = c->why, .path = pointer_name(c->arena, c->path, m->name)};
    if (!given)
        given = m->standard;
    *there = given != NULL;
    *out = json_null;
    if (given && given->type != JSON_NULL)
        TRY(m->kind->check(&inner, given, out));
    if (m->required && is_empty(out))
        return problem_fault(c->why, ERR_INVALID, inner.path, S("required"), STR_FMT " is required",
                             STR_ARG(m->name));
    return ERR_OK;
}

/* A slug inside a set is made of the field beside it, as it stands in the input. */
static const struct json *made_slug(const struct check *c, const struct json *in, const struct field *m,
                                    struct json *room)
{
    const struct json *from = str_is_absent(m->from) ? NULL : json_get(in, m->from);
    if (!from || from->type != JSON_TEXT || !str_equal(m->kind->name, S("slug")))
        return NULL;
    str slug = utf8_slug(c->arena, from->text);
    *room = json_of_text(slug);
    return slug.len > 0 ? room : NULL;
}

/* Sets are as deep as their definition (LIMIT_FIELD_DEPTH), whatever the input looks like. */
enum err check_set(const struct check *c, const struct json *in, struct json *out)
{
    if (in->type != JSON_MAP)
        return check_type_fault(c, "an object", in);
    enum err e = check_unknown(c, in);
    struct json *members = NEW_N(c->arena, struct json, c->field->member_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < c->field->member_count; i++) {
        const struct field *m = &c->field->members[i];
        struct json value, slug;
        bool there;
        const struct json *given = json_get(in, m->name);
        given = given ? given : made_slug(c, in, m, &slug);
        enum err one = check_member(c, m, given, &value, &there);
        if (one != ERR_OK)
            e = one;
        else if (there)
            members[count++] = json_named(m->name, value);
    }
    if (e == ERR_OK)
        *out = json_of_map(members, count);
    return e;
}

enum err define_set(struct arena *a, const struct json *definition, struct field *f, str path, struct problem *why)
{
    (void)a, (void)definition;
    if (f->member_count == 0)
        return problem_fault(why, ERR_INVALID, pointer_name(why->arena, path, S("fields")), S("required"),
                             "A set needs fields");
    return ERR_OK;
}
