/* What the values of a change must be like, and what is put in where there is none. Touches no database
 * and runs on the thread of whoever asked. */
#include "base/time.h"
#include "base/utf8.h"
#include "content/change/change.h"
#include "content/kind.h"
#include "content/pointer.h"

struct checking {
    struct arena *arena;
    struct change *change;
    const struct vars *vars;
    str where;
    struct problem *why;
    enum err err;
};

static bool is_set(const struct checking *k, const struct field *f)
{
    return field_set_has(&k->change->set, f->index);
}

static void put(struct checking *k, const struct field *f, struct json v)
{
    k->change->values[f->index] = json_named(f->name, v);
    field_set_add(&k->change->set, f->index);
}

struct json change_now(struct arena *a, const struct field *f, int64_t now_ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, now_ms);
    str text = buf_str(&b); /* 2026-11-21T10:00:00.500Z */
    if (str_equal(f->kind->name, S("date")))
        return json_of_text(str_slice(text, 0, 10));
    if (str_equal(f->kind->name, S("time")))
        return json_of_text(str_slice(text, 11, 16));
    return json_of_text(text);
}

static struct json standard_value(const struct checking *k, const struct field *f)
{
    const struct json *v = f->standard;
    if (!v)
        return json_null;
    if (v->type == JSON_TEXT && !f->many && str_equal(v->text, S("$now")) && (f->kind->flags & KIND_SORTABLE) &&
        !(f->kind->flags & KIND_TEXTUAL))
        return change_now(k->arena, f, k->vars->now_ms);
    if (v->type == JSON_TEXT && f->to && k->vars->is_service && str_equal(v->text, S("$user")))
        return json_null; /* a program is no person: nobody, rather than a reference that leads nowhere */
    bool names_user = f->to || str_equal(f->kind->name, S("text"));
    if (v->type == JSON_TEXT && !f->many && names_user && str_equal(v->text, S("$user")))
        return str_is_absent(k->vars->user) ? json_null : json_of_text(k->vars->user);
    struct json copy = *v;
    copy.name = (str){0};
    return copy;
}

/* Defaults are for items as a whole; whoever changes one field of an item leaves the others alone. */
static bool wants_standard(const struct checking *k, const struct field *f)
{
    if (k->change->op == OP_CREATE)
        return !is_set(k, f);
    return k->change->op == OP_REPLACE && is_set(k, f) && !field_set_has(&k->change->pending, f->index) &&
           k->change->values[f->index].type == JSON_NULL;
}

static void check_value(struct checking *k, const struct field *f)
{
    struct json *v = &k->change->values[f->index], out = json_null;
    if (field_set_has(&k->change->pending, f->index))
        return;
    struct check check = {
        .arena = k->arena, .field = f, .path = pointer_name(k->arena, k->where, f->name), .why = k->why, .beside = k->change,
        .by_server = k->vars->is_server};
    if (v->type == JSON_NULL) {
        put(k, f, json_null);
        return;
    }
    enum err e = f->kind->check(&check, v, &out);
    if (e != ERR_OK)
        k->err = e;
    else
        put(k, f, out);
}

static void check_translation(struct checking *k, struct translation *t)
{
    struct json out = json_null;
    struct check check = {.arena = k->arena, .field = t->field, .path = t->path, .why = k->why, .beside = k->change,
                          .by_server = k->vars->is_server};
    if (t->value.type == JSON_NULL)
        return;
    enum err e = t->field->kind->check(&check, &t->value, &out);
    if (e != ERR_OK)
        k->err = e;
    else
        t->value = out;
}

#define SLUG_LENGTH 200u

/* At most so many characters, and no '-' left hanging at the end. */
static str cut_slug(str slug, uint32_t most)
{
    size_t end = 0, characters = 0;
    while (end < slug.len && characters < most) {
        do
            end++;
        while (end < slug.len && ((unsigned char)slug.at[end] & 0xc0u) == 0x80u);
        characters++;
    }
    while (end > 0 && slug.at[end - 1] == '-')
        end--;
    return str_slice(slug, 0, end);
}

str change_slug(struct arena *a, const struct field *f, str text)
{
    return cut_slug(utf8_slug(a, text), f->max_length ? f->max_length : SLUG_LENGTH);
}

str change_slug_numbered(struct arena *a, const struct field *f, str slug, unsigned number)
{
    str end = arena_format(a, "-%u", number);
    uint32_t most = f->max_length ? f->max_length : SLUG_LENGTH;
    str cut = cut_slug(slug, most > end.len ? most - (uint32_t)end.len : 0);
    return arena_format(a, STR_FMT STR_FMT, STR_ARG(cut), STR_ARG(end));
}

static void make_slug(struct checking *k, const struct field *f)
{
    bool absent = k->change->op == OP_CREATE && !is_set(k, f);
    bool empty = is_set(k, f) && k->change->values[f->index].type == JSON_NULL;
    if (str_is_absent(f->from) || (!absent && !empty))
        return;
    const struct field *from = collection_field(k->change->in, f->from);
    if (!from || !is_set(k, from) || k->change->values[from->index].type != JSON_TEXT)
        return;
    str slug = change_slug(k->arena, f, k->change->values[from->index].text);
    if (slug.len == 0)
        return;
    put(k, f, json_of_text(slug));
    field_set_add(&k->change->made, f->index);
    if (f->pattern || f->min_length)
        check_value(k, f);
}

static bool is_empty(const struct json *v)
{
    return v->type == JSON_NULL || (v->type == JSON_TEXT && v->text.len == 0) ||
           (v->type == JSON_LIST && v->count == 0);
}

/* What is not published yet may lack something. */
static bool is_unfinished(const struct change *c)
{
    bool says = field_set_has(&c->set, META_STATE);
    return !c->in->system && (c->draft || c->unfinished || (says && c->values[META_STATE].integer != 1));
}

/* What the server itself writes it writes later, in the transaction. */
static void check_required(struct checking *k, const struct field *f)
{
    if (!f->required || (f->locked && !is_set(k, f)) || field_set_has(&k->change->pending, f->index) ||
        is_unfinished(k->change))
        return;
    bool missing = is_set(k, f) ? is_empty(&k->change->values[f->index]) : k->change->op == OP_CREATE;
    if (missing)
        k->err = problem_fault(k->why, ERR_INVALID, pointer_name(k->arena, k->where, f->name), S("required"),
                               STR_FMT " is required", STR_ARG(f->name));
}

enum err change_check(struct arena *a, struct change *c, const struct vars *vars, str where, struct problem *why)
{
    struct checking k = {.arena = a, .change = c, .vars = vars, .where = where, .why = why, .err = ERR_OK};
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (!c->values)
        c->values = NEW_N(a, struct json, c->in->field_count);
    for (size_t i = META_COUNT; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        if (wants_standard(&k, f)) {
            struct json v = standard_value(&k, f);
            if (v.type != JSON_NULL)
                put(&k, f, v);
        } else if (is_set(&k, f)) {
            check_value(&k, f);
        }
    }
    for (size_t i = 0; i < c->translation_count; i++)
        check_translation(&k, &c->translations[i]);
    for (size_t i = META_COUNT; i < c->in->field_count; i++) {
        if (str_equal(c->in->fields[i].kind->name, S("slug")))
            make_slug(&k, &c->in->fields[i]);
    }
    for (size_t i = META_COUNT; i < c->in->field_count; i++)
        check_required(&k, &c->in->fields[i]);
    return k.err;
}

enum err change_check_field(struct arena *a, struct change *c, const struct field *f, const struct vars *vars,
                            struct problem *why)
{
    struct checking k = {.arena = a, .change = c, .vars = vars, .where = c->where, .why = why, .err = ERR_OK};
    field_set_drop(&c->pending, f->index);
    check_value(&k, f);
    if (k.err == ERR_OK)
        check_required(&k, f);
    return k.err;
}
