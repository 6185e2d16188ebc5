/* What a client sent as variables, and what fields get as arguments (6.1.2, 6.4.1; graphql.md 4). Literals are coerced by
 * gql_take_literal(); here are JSON values, which may hold several faults: all of them are told. Absent, null and a value
 * are three things throughout. Nothing is copied: results point into what was given. */
#include "graphql/validate/internal.h"

struct taking {
    struct arena *arena;
    const struct gql_document *document;
    const struct gql_variable *variable;
    struct gql_errors *errors;
    bool has_failed;
    uint32_t letters;                 /* compared for suggestions */
};

static void add_path(struct buf *b, const struct gql_path *path)
{
    if (!path)
        return;
    add_path(b, path->in);
    if (path->key.at)
        buf_format(b, "%s" STR_FMT, path->in ? "." : "", STR_ARG(path->key));
    else
        buf_format(b, "[%u]", path->index);
}

static void say(struct taking *t, const struct gql_path *path, str sentence)
{
    struct buf where;
    buf_init(&where, t->arena, LIMIT_GRAPHQL_MESSAGE_BYTES);
    if (path)
        buf_add(&where, S(" at \""));
    add_path(&where, path);
    if (path)
        buf_byte(&where, '"');
    str at = where.failed ? S(" at a place deep inside") : buf_str(&where);
    t->has_failed = true;
    struct gql_error *e = gql_fail(t->errors, GQL_BAD_INPUT, "The variable \"$" STR_FMT "\" does not fit" STR_FMT ": " STR_FMT "%s", STR_ARG(t->variable->name),
                                   STR_ARG(at), STR_ARG(sentence), str_ends(sentence, S("?")) ? "" : ".");
    gql_fail_at(t->errors, e, t->document->text, t->variable->at);
}

static str type_name(const struct taking *t, const struct gql_type *type)
{
    struct buf b;
    buf_init(&b, t->arena, LIMIT_GRAPHQL_MESSAGE_BYTES);
    gql_print_type_name(&b, type);
    return buf_str(&b);
}

static void take(struct taking *t, const struct json *in, const struct gql_type *type, const struct gql_path *path, struct json *out);

static void take_members(struct taking *t, const struct json *in, const struct gql_type *type, const struct gql_path *path, struct json *out)
{
    struct json *members = NEW_N(t->arena, struct json, gql_input_room(type, in->count));
    const struct json *last = NULL;
    uint32_t count = 0, given = 0;
    for (uint32_t i = 0; i < type->input_count && !t->errors->is_full; i++) {
        const struct gql_input *input = &type->inputs[i];
        const struct json *value = json_get(in, input->name);
        if (value) {
            struct gql_path here = {.in = path, .key = input->name};
            given++;
            last = value;
            take(t, value, input->type, &here, &members[count]);
        } else if (input->standard) {
            members[count] = *input->standard;
        } else {
            if (input->type->kind == GQL_NON_NULL)
                say(t, path, arena_format(t->arena, "\"" STR_FMT "\" of the type \"" STR_FMT "\" is missing", STR_ARG(input->name),
                                          STR_ARG(type_name(t, input->type))));
            continue;
        }
        members[count] = json_named(input->name, members[count]);
        count++;
    }
    if (type->one_of && (given != 1 || last->type == JSON_NULL))
        say(t, path, arena_format(t->arena, "exactly one field of \"" STR_FMT "\" must be given, and it cannot be null", STR_ARG(type->name)));
    *out = json_of_map(members, count);
}

static void take_object(struct taking *t, const struct json *in, const struct gql_type *type, const struct gql_path *path, struct json *out)
{
    if (in->type != JSON_MAP) {
        say(t, path, arena_format(t->arena, "an object \"" STR_FMT "\" is expected, and it is a %s", STR_ARG(type->name), json_type_name(in->type)));
        return;
    }
    take_members(t, in, type, path, out);
    for (uint32_t i = 0; i < in->count && !t->errors->is_full; i++)
        if (!gql_input_named(type, in->items[i].name)) {
            struct suggestions near = suggest(in->items[i].name, &t->letters);
            for (uint32_t k = 0; k < type->input_count; k++)
                suggest_name(&near, type->inputs[k].name);
            str did_you_mean = suggestions_text(t->arena, &near);
            say(t, path, arena_format(t->arena, "\"" STR_FMT "\" has no field \"" STR_FMT "\"%s" STR_FMT, STR_ARG(type->name),
                                      STR_ARG(str_slice(in->items[i].name, 0, 100)), did_you_mean.len ? "." : "", STR_ARG(did_you_mean)));
        }
}

static void take_list(struct taking *t, const struct json *in, const struct gql_type *type, const struct gql_path *path, struct json *out)
{
    bool is_list = in->type == JSON_LIST;
    uint32_t count = is_list ? in->count : 1;
    struct json *items = NEW_N(t->arena, struct json, count + 1u);
    for (uint32_t i = 0; i < count && !t->errors->is_full; i++) {
        struct gql_path here = {.in = path, .index = i};
        take(t, is_list ? &in->items[i] : in, type->of, is_list ? &here : path, &items[i]);
    }
    *out = json_of_list(items, count);
}

static void take_leaf(struct taking *t, const struct json *in, const struct gql_type *type, const struct gql_path *path, struct json *out)
{
    str why = S("it is none");
    if (type->kind == GQL_ENUM_TYPE) {
        if (in->type == JSON_TEXT && gql_value_named(type, in->text))
            *out = json_of_text(in->text);
        else
            say(t, path, arena_format(t->arena, "a value of \"" STR_FMT "\" is expected", STR_ARG(type->name)));
    } else if (!type->scalar || !type->scalar->take) {
        *out = json_named((str){0}, *in);
    } else if (!type->scalar->take(t->arena, in, NULL, out, &why)) {
        say(t, path, why);
    }
}

/* As deep as the reader of JSON lets values be, and the lists of the type. */
static void take(struct taking *t, const struct json *in, const struct gql_type *type, const struct gql_path *path, struct json *out)
{
    *out = json_null;
    if (in->type == JSON_NULL) {
        if (type->kind == GQL_NON_NULL)
            say(t, path, arena_format(t->arena, "\"" STR_FMT "\" cannot be null", STR_ARG(type_name(t, type))));
        return;
    }
    type = gql_nullable(type);
    if (type->kind == GQL_LIST_OF)
        take_list(t, in, type, path, out);
    else if (type->kind == GQL_INPUT)
        take_object(t, in, type, path, out);
    else
        take_leaf(t, in, type, path, out);
}

/* False: it stays absent, by right or with an error. */
static bool take_variable(struct taking *t, const struct gql_schema *s, const struct json *given, struct json *out)
{
    const struct gql_variable *d = t->variable;
    const struct gql_type *type = gql_type_of_ref(t->arena, s, d->type);
    const struct json *value = json_get(given, d->name);
    str why = {0};
    must(type); /* the document is valid */
    if (value) {
        take(t, value, type, NULL, out);
    } else if (d->standard) {
        if (!gql_take_literal(t->arena, type, d->standard, NULL, out, &why))
            say(t, NULL, why);
    } else {
        if (type->kind == GQL_NON_NULL)
            say(t, NULL, arena_format(t->arena, "a value of the type \"" STR_FMT "\" must be given", STR_ARG(type_name(t, type))));
        return false;
    }
    *out = json_named(d->name, *out);
    return true;
}

bool gql_take_variables(struct arena *a, const struct gql_schema *s, const struct gql_document *d, const struct gql_operation *o,
                        const struct json *given, const struct json **out, struct gql_errors *errors)
{
    struct taking t = {.arena = a, .document = d, .errors = errors, .letters = letters_of(s)};
    struct json *members = NEW_N(a, struct json, o->variable_count + 1u), *map = NEW(a, struct json);
    uint32_t count = 0;
    for (uint32_t i = 0; i < o->variable_count && !errors->is_full; i++) {
        t.variable = &o->variables[i];
        if (take_variable(&t, s, given, &members[count]))
            count++;
    }
    *map = json_of_map(members, count);
    *out = map;
    return !t.has_failed && gql_within_weight(d, o, map, errors);
}

static const struct gql_value *given_value(const struct gql_argument *given, uint32_t count, str name)
{
    for (uint32_t i = 0; i < count; i++)
        if (str_equal(given[i].name, name))
            return &given[i].value;
    return NULL;
}

bool gql_take_arguments(struct arena *a, const struct gql_input *inputs, uint32_t input_count, const struct gql_argument *given,
                        uint32_t given_count, const struct json *variables, const struct json **out, str *why)
{
    struct json *members = NEW_N(a, struct json, input_count + 1u), *map = NEW(a, struct json);
    uint32_t count = 0;
    for (uint32_t i = 0; i < input_count; i++) {
        const struct gql_input *input = &inputs[i];
        const struct gql_value *value = given_value(given, given_count, input->name);
        if (value && value->kind == GQL_VARIABLE && !json_get(variables, value->text))
            value = NULL;
        if (!value && !input->standard && input->type->kind != GQL_NON_NULL)
            continue;
        str reason = S("it must be given");
        if (!value && input->standard) {
            members[count] = *input->standard;
        } else if (!value || !gql_take_literal(a, input->type, value, variables, &members[count], &reason)) {
            *why = arena_format(a, "The argument \"" STR_FMT "\" does not fit: " STR_FMT ".", STR_ARG(input->name), STR_ARG(reason));
            return false;
        }
        members[count] = json_named(input->name, members[count]);
        count++;
    }
    *map = json_of_map(members, count);
    *out = map;
    return true;
}
