#include "content/aggregate/expression.h"

#include "base/time.h"
#include "content/aggregate/internal.h"
#include "content/kind.h"
#include "content/languages/translations.h"

struct expression {
    struct expr expr;
    const struct json *source;
    const struct field **fields;
    size_t field_count, scratch;
};

/* What a row holds of an item; links have tables of their own. */
static struct known_names names_of(struct arena *a, const struct name_scope *names, field_set *used)
{
    const struct collection *c = names->in;
    struct known_names k = {.at = NEW_N(a, struct known, c->field_count), .used = used};

    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = known_field(c, names->reader, c->fields[i].name);
        if (f == &c->fields[i] && f->kind->column != COLUMN_NONE)
            k.at[k.count++] = (struct known){
                .name = f->name, .field = f, .levels = is_deep(f) ? LIMIT_JSON_DEPTH : f->kind->column == COLUMN_JSON};
    }
    return k;
}

static void note_fields(struct arena *a, const struct collection *c, const field_set *used, struct expression *e)
{
    e->fields = NEW_N(a, const struct field *, c->field_count);
    for (size_t i = 0; i < c->field_count; i++)
        if (field_set_has(used, i))
            e->fields[e->field_count++] = &c->fields[i];
}

enum err expression_read(struct arena *a, const struct name_scope *names, const struct json *in,
                         const struct filter_options *options, const struct expression **out, struct problem *why)
{
    struct expression *e = NEW(a, struct expression);
    struct aggregate into = {0};
    struct aggregate_reader r = {
        .arena = a, .in = names->in, .options = options, .why = why, .into = &into, .stage = STR("$expr")};
    struct known_names known = names_of(a, names, &into.fields);

    TRY(expr_read(&r, &known, in, &e->expr));
    note_fields(a, names->in, &into.fields, e);
    if (e->field_count > LIMIT_FILTER_NODES) /* each is an argument of a function */
        return problem_fault(why, ERR_BAD_INPUT, options->where, S("limit"), "$expr looks at most at %u fields.",
                             LIMIT_FILTER_NODES);
    struct json *source = NEW(a, struct json);
    *source = json_copy(a, in);
    source->name = (str){0};
    e->source = source;
    e->scratch = into.scratch;
    *out = e;
    return ERR_OK;
}

enum err expression_of_collection(struct arena *a, const struct collection *c, const struct json *in, str where,
                                  const struct expression **out, struct problem *why)
{
    struct name_scope names = {.in = c, .plain = true, .where = where};
    struct filter_options options = {.dialect = JSON_STRICT, .where = where};

    return expression_read(a, &names, in, &options, out, why);
}

size_t expression_fields(const struct expression *e, const struct field *const **out)
{
    *out = e->fields;
    return e->field_count;
}

const struct json *expression_source(const struct expression *e)
{
    return e->source;
}

/* The members that it looks at, references as ids. */
static struct json document_of(const struct expression *e, struct arena *a, const struct json *item,
                               const struct lens *lens)
{
    struct json *members = NEW_N(a, struct json, e->field_count);

    for (size_t i = 0; i < e->field_count; i++) {
        const struct json *v = json_get(item, e->fields[i]->name);
        struct json seen;
        if (lens && e->fields[i]->localized) {
            seen = image_value(a, item, e->fields[i], lens);
            v = &seen;
        }
        const struct json *id = v && v->type == JSON_MAP && is_reference(e->fields[i]) ? json_get(v, S("_id")) : NULL;
        members[i] = json_named(e->fields[i]->name, id ? *id : v ? *v : json_null);
    }
    return json_of_map(members, e->field_count);
}

struct json expression_value(const struct expression *e, struct arena *a, const struct json *item,
                             const struct lens *lens)
{
    struct problem quiet = {.arena = a};
    struct run run = {.arena = a, .why = &quiet, .scratch = NEW_N(a, struct json, e->scratch)};
    struct json document = document_of(e, a, item, lens);

    run.bytes_before = arena_bytes(a);
    run.deadline_us = time_mono_us() + LIMIT_STATEMENT_MS * INT64_C(1000);
    struct json v = expr_value(&run, &e->expr, &document);
    buf_free(&run.key);
    return run.err == ERR_OK ? v : json_null;
}

bool expression_is_true(const struct expression *e, struct arena *a, const struct json *item, const struct lens *lens)
{
    struct json v = expression_value(e, a, item, lens);
    return value_is_true(&v);
}

struct json expression_of_field(const struct field *f, struct arena *a, const struct json *item,
                                const struct lens *lens)
{
    struct json v = expression_value(f->computed, a, item, lens);
    enum column c = f->kind->column;
    bool is_number = v.type == JSON_INT || v.type == JSON_REAL;
    bool fits = c == COLUMN_TEXT ? v.type == JSON_TEXT : c == COLUMN_BOOLEAN ? v.type == JSON_BOOL : is_number;

    return fits ? v : json_null;
}
