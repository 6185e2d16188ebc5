/* Everything that a schema offers is asked for once, so that generation, reader and writer agree on every name: each field of
 * each root, each operator of each field's condition, each order, group and key, each field that can be written. */
#include "base/limits.h"
#include "graphql/own/own.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"
#include "tests/support/kitchen.h"

struct sweep {
    struct house *house;
    struct arena *arena;              /* of one question */
    const struct principal *who;
    const struct gql_schema *schema;
    const char *role;
    str id;
    size_t asked;
};

/* ---- values ---- */

static void add_sample(const struct sweep *s, struct buf *b, const struct gql_type *t, unsigned depth);

static void add_sample_object(const struct sweep *s, struct buf *b, const struct gql_type *t, unsigned depth)
{
    buf_byte(b, '{');
    for (uint32_t i = 0; i < t->input_count; i++)
        if (t->inputs[i].type->kind == GQL_NON_NULL || (t->one_of && i == 0)) {
            buf_format(b, STR_FMT ": ", STR_ARG(t->inputs[i].name));
            add_sample(s, b, t->inputs[i].type, depth + 1);
            buf_byte(b, ' ');
        }
    buf_byte(b, '}');
}

static void add_sample(const struct sweep *s, struct buf *b, const struct gql_type *type, unsigned depth)
{
    static const struct {
        const char *scalar, *literal;
    } rows[] = {{"Int", "1"}, {"Float", "1.5"}, {"Long", "1"}, {"Boolean", "true"}, {"String", "\"a\""}, {"HTML", "\"a\""}, {"JSON", "{}"},
                {"DateTime", "\"2026-01-01T00:00:00Z\""}, {"Date", "\"2026-01-01\""}, {"Time", "\"10:00\""}, {"Locale", "\"de\""},
                {"URL", "\"https://example.com/\""}, {"Color", "\"#abc\""}, {"Cursor", "\"\""}};
    const struct gql_type *t = gql_nullable(type);
    if (t->kind == GQL_LIST_OF) {
        buf_byte(b, '[');
        add_sample(s, b, t->of, depth + 1);
        buf_byte(b, ']');
    } else if (t->kind == GQL_INPUT) {
        must(depth < 20);
        add_sample_object(s, b, t, depth);
    } else if (t->kind == GQL_ENUM_TYPE) {
        buf_add(b, t->values[0].name);
    } else if (str_equal(t->name, S("ID"))) {
        buf_format(b, "\"" STR_FMT "\"", STR_ARG(s->id));
    } else {
        for (size_t i = 0; i < COUNTOF(rows); i++)
            if (str_equal(str_of(rows[i].scalar), t->name))
                buf_add(b, str_of(rows[i].literal));
    }
}

/* ---- asking ---- */

static const char *const never[] = {"INTERNAL_SERVER_ERROR", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "unknown-field", "unknown-operator"};

static void ask(struct sweep *s, const struct buf *query, bool may_fail)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(1u << 16);
    const struct json *answer = NULL;
    struct problem why = {.arena = a};
    NEED(!query->failed);
    str told = gql_ask_gate(a, s->schema, s->house->gate, s->who, buf_str(query), NULL);
    s->asked++;
    bool bad = json_read(a, told, NULL, S("answer"), &answer, &why) != ERR_OK || (!may_fail && json_get(answer, S("errors")));
    for (size_t i = 0; i < COUNTOF(never); i++)
        bad |= str_contains(told, str_of(never[i]));
    if (bad)
        CHECK_SAY("%s: %.*s\n    %.*s", s->role, (int)(query->len < 600 ? query->len : 600), query->at, (int)(told.len < 600 ? told.len : 600), told.at);
}

static struct buf begin(const struct sweep *s, const char *text)
{
    struct buf b;
    buf_init(&b, s->arena, 1u << 20);
    buf_add(&b, str_of(text));
    return b;
}

/* ---- reading ---- */

static bool is_pages(const struct gql_field *f)
{
    return gql_argument_named(f, S("first")) != NULL;
}

/* Arguments that must be there, and small pages. */
static void add_arguments(const struct sweep *s, struct buf *b, const struct gql_field *f, str more)
{
    buf_byte(b, '(');
    size_t bare = b->len;
    buf_add(b, more);
    if (gql_argument_named(f, S("limit")))
        buf_add(b, S(" limit: 2"));
    if (is_pages(f))
        buf_add(b, S(" first: 2"));
    for (uint32_t i = 0; i < f->argument_count; i++)
        if (f->arguments[i].type->kind == GQL_NON_NULL && !f->arguments[i].standard && !str_starts(more, f->arguments[i].name)) {
            buf_format(b, " " STR_FMT ": ", STR_ARG(f->arguments[i].name));
            add_sample(s, b, f->arguments[i].type, 0);
        }
    if (b->len == bare)
        buf_truncate(b, bare - 1);
    else
        buf_byte(b, ')');
}

static void add_selection(const struct sweep *s, struct buf *b, const struct gql_type *type, unsigned depth)
{
    const struct gql_type *t = gql_innermost(type);
    if (!gql_is_composite(t))
        return;
    buf_add(b, S("{__typename"));
    for (uint32_t i = 0; i < t->field_count; i++) {
        const struct gql_field *f = &t->fields[i];
        if (depth == 0 && gql_is_composite(gql_innermost(f->type)))
            continue;
        buf_byte(b, ' ');
        buf_add(b, f->name);
        add_arguments(s, b, f, (str){0});
        add_selection(s, b, f->type, depth - 1);
    }
    for (uint32_t i = 0; t->kind == GQL_UNION && i < t->possible_count; i++) {
        const struct gql_field *f = &t->possible[i]->fields[t->possible[i]->field_count > 12 ? 12 : 1];
        buf_format(b, " ... on " STR_FMT " {x%u: " STR_FMT, STR_ARG(t->possible[i]->name), i, STR_ARG(f->name));
        add_arguments(s, b, f, (str){0});
        add_selection(s, b, f->type, 0);
        buf_byte(b, '}');
    }
    buf_byte(b, '}');
}

static void ask_root(struct sweep *s, const struct gql_field *f, str arguments, unsigned depth, bool may_fail)
{
    struct buf b = begin(s, "{");
    buf_add(&b, f->name);
    add_arguments(s, &b, f, arguments);
    add_selection(s, &b, f->type, depth);
    buf_byte(&b, '}');
    ask(s, &b, may_fail);
    arena_reset(s->arena);
}

static void every_field_is_read(struct sweep *s)
{
    for (uint32_t i = 0; i < s->schema->query->field_count; i++)
        for (unsigned depth = 0; depth < 3; depth++)
            ask_root(s, &s->schema->query->fields[i], (str){0}, depth, own_meaning_of(&s->schema->query->fields[i])->what == OWN_AGGREGATE);
}

/* ---- conditions ---- */

static bool is_of_operators(const struct gql_type *t)
{
    return t->kind == GQL_INPUT && t->input_count > 0 && t->inputs[0].meaning == &own_operators[0];
}

static void ask_where(struct sweep *s, const struct gql_field *list, str way, str end, const struct gql_type *where, unsigned depth)
{
    for (uint32_t i = 0; i < where->input_count; i++) {
        const struct gql_input *in = &where->inputs[i];
        const struct gql_type *t = gql_innermost(in->type);
        str here = arena_format(s->house->arena, STR_FMT STR_FMT ": ", STR_ARG(way), STR_ARG(in->name));
        bool is_list = in->type->kind == GQL_LIST_OF;
        bool is_whole = t->kind == GQL_INPUT && t->inputs[0].type->kind == GQL_NON_NULL; /* {from, to} */
        if (t->kind == GQL_INPUT && !is_whole && depth < 2 && !is_list && !str_equal(in->name, S("_not"))) {
            ask_where(s, list, arena_format(s->house->arena, STR_FMT "{", STR_ARG(here)), arena_format(s->house->arena, "}" STR_FMT, STR_ARG(end)), t, depth + 1);
            continue;
        }
        struct buf b;
        buf_init(&b, s->house->arena, 4096);
        buf_add(&b, here);
        add_sample(s, &b, in->type, 0);
        buf_add(&b, end);
        bool is_place = is_of_operators(where) ? false : t == gql_type_named(s->schema, S("JSON"));
        ask_root(s, list, buf_str(&b), 0, is_place);
    }
}

static void every_condition_is_asked(struct sweep *s)
{
    for (uint32_t i = 0; i < s->schema->query->field_count; i++) {
        const struct gql_field *f = &s->schema->query->fields[i];
        const struct gql_input *where = gql_argument_named(f, S("where"));
        if (where && own_meaning_of(f)->what == OWN_LIST)
            ask_where(s, f, S("where: {"), S("}"), where->type, 0);
    }
}

/* Each entry of an argument that is a list of one-of inputs, or of an enum. */
static void every_entry_is_asked(struct sweep *s, const struct gql_field *f, const char *argument)
{
    const struct gql_input *in = gql_argument_named(f, str_of(argument));
    const struct gql_type *t = in ? gql_innermost(in->type) : NULL;
    for (uint32_t i = 0; t && i < t->input_count + t->value_count; i++) {
        struct buf b;
        buf_init(&b, s->house->arena, 4096);
        const struct gql_input *by = gql_argument_named(f, S("groupBy"));
        if (by && str_equal(in->name, S("orderBy")) && str_equal(t->inputs[i].name, S("key"))) /* of what is grouped by */
            buf_format(&b, "groupBy: " STR_FMT " ", STR_ARG(gql_innermost(by->type)->values[0].name));
        buf_format(&b, "%s: ", argument);
        if (t->value_count)
            buf_add(&b, t->values[i].name);
        else {
            buf_format(&b, "{" STR_FMT ": ", STR_ARG(t->inputs[i].name));
            add_sample(s, &b, t->inputs[i].type, 0);
            buf_byte(&b, '}');
        }
        ask_root(s, f, buf_str(&b), 0, false);
    }
}

static void every_order_group_and_key_is_asked(struct sweep *s)
{
    for (uint32_t i = 0; i < s->schema->query->field_count; i++) {
        const struct gql_field *f = &s->schema->query->fields[i];
        every_entry_is_asked(s, f, "orderBy");
        every_entry_is_asked(s, f, "groupBy");
        every_entry_is_asked(s, f, "having");
        every_entry_is_asked(s, f, "key");
    }
}

/* ---- writing ---- */

/* Field by field: what is refused is refused by a rule of the field, never for its name. */
static void every_field_is_written(struct sweep *s)
{
    for (uint32_t i = 0; s->schema->mutation && i < s->schema->mutation->field_count; i++) {
        const struct gql_field *f = &s->schema->mutation->fields[i];
        const struct gql_input *data = gql_argument_named(f, S("data"));
        const struct gql_type *t = data ? gql_innermost(data->type) : NULL;
        enum own_what what = own_meaning_of(f)->what;
        bool plain = what == OWN_CREATE || what == OWN_UPDATE || what == OWN_SAVE_SINGLE;
        for (uint32_t k = 0; plain && t && k < t->input_count; k++) {
            struct buf b = begin(s, "mutation {");
            buf_add(&b, f->name);
            struct buf given;
            buf_init(&given, s->house->arena, 8192);
            buf_format(&given, "data: {" STR_FMT ": ", STR_ARG(t->inputs[k].name));
            add_sample(s, &given, t->inputs[k].type, 0);
            buf_byte(&given, '}');
            add_arguments(s, &b, f, buf_str(&given));
            add_selection(s, &b, f->type, 0);
            buf_byte(&b, '}');
            ask(s, &b, true);
            arena_reset(s->arena);
        }
        if (plain || what == OWN_UPLOAD)
            continue;
        struct buf b = begin(s, "mutation {");
        buf_add(&b, f->name);
        add_arguments(s, &b, f, (str){0});
        add_selection(s, &b, f->type, 1);
        buf_byte(&b, '}');
        ask(s, &b, true);
        arena_reset(s->arena);
    }
}

/* ---- roles ---- */

static void sweep_role(struct house *h, const char *role, str id, bool writes)
{
    struct arena *a = arena_open(1u << 20), *people = arena_open(1u << 16);
    struct sweep s = {.house = h, .arena = a, .who = house_who(h, people, house_key(h, role)), .role = role, .id = id};
    struct gql_schema *schema = own_schema_make(s.who, true);
    s.schema = schema;
    every_field_is_read(&s);
    every_condition_is_asked(&s);
    every_order_group_and_key_is_asked(&s);
    if (writes)
        every_field_is_written(&s);
    printf("%s: %zu questions\n", role, s.asked);
    counted_release(&schema->counted);
    arena_close(people);
    arena_close(a);
}

static void narrow_roles(void **state)
{
    struct house *h = kitchen_open();
    str id = kitchen_fill(h);
    (void)state;
    sweep_role(h, "nothing", id, true);
    sweep_role(h, "one_field", id, true);
    sweep_role(h, "reader", id, true);
    sweep_role(h, "dropper", id, true);
    house_close(h);
}

static void the_editor(void **state)
{
    struct house *h = kitchen_open();
    str id = kitchen_fill(h);
    (void)state;
    sweep_role(h, "editor", id, true);
    house_close(h);
}

/* The server's own collections, too: what is never null is there. */
static void the_administrator(void **state)
{
    struct house *h = kitchen_open();
    str id = kitchen_fill(h);
    (void)state;
    struct arena *a = arena_open(1u << 20), *people = arena_open(1u << 16);
    struct sweep s = {.house = h, .arena = a, .who = house_who(h, people, house_key(h, "admin")), .role = "admin", .id = id};
    struct gql_schema *schema = own_schema_make(s.who, true);
    s.schema = schema;
    every_field_is_read(&s);
    counted_release(&schema->counted);
    arena_close(people);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(narrow_roles), TEST(the_editor), TEST(the_administrator))
