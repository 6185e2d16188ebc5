/* Increments and changes of lists: how they are spelled, and what comes of them. */
#include "content/change/edit.h"

#include "base/limits.h"
#include "content/kind.h"
#include "content/languages/languages.h"
#include "content/pointer.h"

enum spelled { ON_NUMBER = 1, ON_LIST = 2 };

/* A name with a sign before or behind it. */
static const struct sign {
    char first, last; /* 0: none */
    enum edit_kind number, list;
    unsigned fits;
} signs[] = {
    {0, '+', EDIT_ADD, EDIT_APPEND, ON_NUMBER | ON_LIST},
    {0, '-', EDIT_SUBTRACT, EDIT_REMOVE, ON_NUMBER | ON_LIST},
    {'+', 0, EDIT_PREPEND, EDIT_PREPEND, ON_LIST},
};

/* A member that has the fields in it. */
static const struct verb_word {
    str name;
    enum edit_kind kind;
    unsigned fits;
} verb_words[] = {
    {STR("$inc"), EDIT_ADD, ON_NUMBER},
    {STR("$push"), EDIT_APPEND, ON_LIST},
    {STR("$addToSet"), EDIT_ADD_MISSING, ON_LIST},
    {STR("$pull"), EDIT_REMOVE, ON_LIST},
};

static bool is_number(const struct field *f)
{
    return !f->many && (f->kind->column == COLUMN_NUMBER || f->kind->column == COLUMN_INTEGER);
}

static bool is_list(const struct field *f)
{
    return f->many || (f->kind->flags & KIND_LIST);
}

static bool fits(const struct field *f, unsigned wanted)
{
    return ((wanted & ON_NUMBER) && is_number(f)) || ((wanted & ON_LIST) && is_list(f));
}

const struct field *change_target(struct change *c, str name, str path, struct problem *why)
{
    const struct field *f = collection_field(c->in, name);
    if (f && f->locked && !f->is_meta)
        (void)problem_fault(why, ERR_INVALID, path, S("locked"), STR_FMT " is written by the server", STR_ARG(name));
    if (f && f->locked)
        return NULL;
    if (f && !f->is_meta && (!c->writable || field_set_has(c->writable, f->index)))
        return f;
    (void)problem_fault(why, ERR_INVALID, path, S("unknown-field"), "There is no field " STR_FMT, STR_ARG(name));
    return NULL;
}

static bool has_edits(const struct change *c, const struct field *f)
{
    for (size_t i = 0; i < c->edit_count; i++)
        if (c->edits[i].field == f)
            return true;
    return false;
}

static enum err add(struct arena *a, struct change *c, const struct edit *e, struct problem *why)
{
    const struct field *f = e->field;
    if (field_set_has(&c->set, f->index) && !has_edits(c, f))
        return problem_fault(why, ERR_INVALID, e->path, S("twice"), STR_FMT " is said in two ways", STR_ARG(f->name));
    bool wants_number = e->kind == EDIT_ADD || e->kind == EDIT_SUBTRACT;
    if (wants_number && e->operand.type != JSON_INT && e->operand.type != JSON_REAL)
        return problem_fault(why, ERR_INVALID, e->path, S("type"), STR_FMT " goes up or down by a number",
                             STR_ARG(f->name));
    if (e->operand.type == JSON_LIST && e->operand.count > LIMIT_LIST_STEPS)
        return problem_fault(why, ERR_INVALID, e->path, S("limit"), "At most %u elements at a time", LIMIT_LIST_STEPS);
    c->edits = arena_grow(a, c->edits, c->edit_count * sizeof *c->edits, (c->edit_count + 1) * sizeof *c->edits);
    c->edits[c->edit_count++] = *e;
    c->values[f->index] = json_named(f->name, json_null);
    field_set_add(&c->set, f->index);
    field_set_add(&c->pending, f->index);
    return ERR_OK;
}

static enum err add_named(struct arena *a, struct change *c, str name, unsigned wanted, enum edit_kind number,
                          enum edit_kind list, const struct json *v, str path, struct problem *why)
{
    const struct field *f = change_target(c, name, path, why);
    if (!f)
        return ERR_INVALID;
    if (!fits(f, wanted))
        return problem_fault(why, ERR_INVALID, path, S("type"), STR_FMT " is no %s", STR_ARG(name),
                             wanted == ON_NUMBER ? "number" : wanted == ON_LIST ? "list" : "number and no list");
    if (f->localized && (c->every_language || (c->language && !c->language->standard)))
        return problem_fault(why, ERR_INVALID, path, S("language"), STR_FMT " is changed like that in the default language only",
                             STR_ARG(name));
    struct edit e = {is_number(f) ? number : list, f, *v, path};
    return add(a, c, &e, why);
}

static enum err read_verb(struct arena *a, struct change *c, const struct verb_word *w, const struct json *v, str path,
                          struct problem *why)
{
    enum err e = ERR_OK;
    if (v->type != JSON_MAP)
        return problem_fault(why, ERR_INVALID, path, S("type"), STR_FMT " has an object of fields", STR_ARG(w->name));
    for (uint32_t i = 0; i < v->count; i++) {
        const struct json *m = &v->items[i];
        enum err one = add_named(a, c, m->name, w->fits, w->kind, w->kind, m, pointer_name(a, path, m->name), why);
        e = one != ERR_OK ? one : e;
    }
    return e;
}

bool edit_read(struct arena *a, struct change *c, const struct json *v, str where, enum err *e, struct problem *why)
{
    str name = v->name, path = pointer_name(a, where, name);
    for (size_t i = 0; i < COUNTOF(verb_words); i++) {
        if (!str_equal(name, verb_words[i].name))
            continue;
        *e = read_verb(a, c, &verb_words[i], v, path, why);
        return true;
    }
    for (size_t i = 0; name.len > 1 && i < COUNTOF(signs); i++) {
        const struct sign *s = &signs[i];
        if ((s->first && name.at[0] != s->first) || (s->last && name.at[name.len - 1] != s->last))
            continue;
        str bare = str_slice(name, s->first != 0, name.len - (s->last != 0));
        *e = add_named(a, c, bare, s->fits, s->number, s->list, v, path, why);
        return true;
    }
    return false;
}

/* Settling. */

struct settling {
    struct arena *arena;
    const struct field *field;
    struct problem *why;
    struct json now; /* so far */
};

static double real_of(const struct json *v)
{
    return v->type == JSON_REAL ? v->real : v->type == JSON_INT ? (double)v->integer : 0;
}

static enum err add_number(struct settling *s, const struct edit *e)
{
    const struct json zero = json_of_int(0), *was = s->now.type == JSON_NULL ? &zero : &s->now;
    bool down = e->kind == EDIT_SUBTRACT;
    if (was->type == JSON_INT && e->operand.type == JSON_INT) {
        int64_t sum;
        if (down ? __builtin_sub_overflow(was->integer, e->operand.integer, &sum)
                 : __builtin_add_overflow(was->integer, e->operand.integer, &sum))
            return problem_fault(s->why, ERR_INVALID, e->path, S("max"), STR_FMT " would grow out of bounds",
                                 STR_ARG(s->field->name));
        s->now = json_of_int(sum);
        return ERR_OK;
    }
    double by = real_of(&e->operand);
    s->now = json_of_real(real_of(was) + (down ? -by : by));
    return ERR_OK;
}

/* An element as items keep it, so that it equals one that is there. */
static enum err canonical(struct settling *s, const struct edit *e, const struct json *v, struct json *out)
{
    const struct kind *one = kind_of_one(s->field->kind);
    struct check check = {.arena = s->arena, .field = s->field, .path = e->path, .why = s->why};
    *out = *v;
    out->name = (str){0};
    return one != s->field->kind && v->type != JSON_NULL ? one->check(&check, v, out) : ERR_OK;
}

static bool contains(const struct json *list, size_t count, const struct json *v)
{
    for (size_t i = 0; i < count; i++)
        if (json_equal(&list[i], v))
            return true;
    return false;
}

static enum err elements_of(struct settling *s, const struct edit *e, struct json **out, size_t *count)
{
    bool several = e->operand.type == JSON_LIST;
    const struct json *from = several ? e->operand.items : &e->operand;
    size_t n = several ? e->operand.count : 1;
    *out = NEW_N(s->arena, struct json, n + 1);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        struct json v;
        TRY(canonical(s, e, &from[i], &v));
        (*out)[(*count)++] = v;
    }
    return ERR_OK;
}

static size_t copy_missing(struct json *to, size_t at, const struct json *from, size_t count, const struct json *beside,
                           size_t beside_count, bool all)
{
    for (size_t i = 0; i < count; i++)
        if (all || (!contains(to, at, &from[i]) && !contains(beside, beside_count, &from[i])))
            to[at++] = from[i];
    return at;
}

static enum err change_list(struct settling *s, const struct edit *e)
{
    struct json *more;
    size_t more_count, count = 0, there = s->now.type == JSON_LIST ? s->now.count : 0;
    const struct json *was = there ? s->now.items : NULL;
    TRY(elements_of(s, e, &more, &more_count));
    struct json *list = NEW_N(s->arena, struct json, there + more_count + 1);
    bool all = !kind_is_distinct(s->field) && e->kind != EDIT_ADD_MISSING;
    if (e->kind == EDIT_PREPEND)
        count = copy_missing(list, 0, more, more_count, was, there, all);
    for (size_t i = 0; i < there; i++)
        if (e->kind != EDIT_REMOVE || !contains(more, more_count, &was[i]))
            list[count++] = was[i];
    if (e->kind == EDIT_APPEND || e->kind == EDIT_ADD_MISSING)
        count = copy_missing(list, count, more, more_count, NULL, 0, all);
    s->now = json_of_list(list, count);
    return ERR_OK;
}

static enum err settle_field(struct settling *s, struct change *c, const struct vars *vars)
{
    for (size_t i = 0; i < c->edit_count; i++) {
        const struct edit *e = &c->edits[i];
        if (e->field != s->field)
            continue;
        TRY(e->kind == EDIT_ADD || e->kind == EDIT_SUBTRACT ? add_number(s, e) : change_list(s, e));
    }
    c->values[s->field->index] = json_named(s->field->name, s->now);
    return change_check_field(s->arena, c, s->field, vars, s->why);
}

enum err edit_settle(struct arena *a, struct change *c, const struct json *present, const struct vars *vars,
                     struct problem *why)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < c->edit_count; i++) {
        const struct field *f = c->edits[i].field;
        const struct json *was = present ? json_get(present, f->name) : f->standard;
        struct settling s = {a, f, why, was ? *was : json_null};
        if (!field_set_has(&c->pending, f->index)) /* with an edit before this one */
            continue;
        s.now.name = (str){0};
        enum err one = settle_field(&s, c, vars);
        e = one != ERR_OK ? one : e;
    }
    return e;
}
