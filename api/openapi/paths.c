/* The description's paths: a route with {model} stands there once for every collection that the caller may use it
 * on, others once. A path is one object with a member per method, wherever in the tables its routes stand. */
#include "api/openapi/facts.h"
#include "api/openapi/write.h"
#include "base/limits.h"

struct operation {
    const struct api_table *table;
    const struct route *route;
    const char *const *names;      /* of parameters; NULL: none */
    const struct facts *facts;     /* never NULL */
    const struct collection *c;    /* of {model}; else NULL */
    const struct action *action;   /* of {action}; else NULL */
};

static bool is_usable(const struct describer *d, const struct facts *f, const struct collection *c)
{
    if (f->shapes && !(f->shapes >> c->shape & 1u))
        return false;
    if ((f->verb != VERB_READ && c->read_only) || (f->shapes & WITH_STATES && !has_states(c)) || (f->shapes & OF_USERS && c->system))
        return false;
    if (f->takes == TAKES_WRAPPED) /* creates and updates */
        return gate_may(d->who, VERB_CREATE, c) || gate_may(d->who, VERB_UPDATE, c);
    return gate_may(d->who, f->verb, c);
}

/* Parameters. */

static bool is_slot(str piece)
{
    return str_starts(piece, S("{")) && !str_equal(piece, S("{model}")) && !str_equal(piece, S("{action}"));
}

static str slot_name(str piece)
{
    return str_slice(piece, 1, piece.len - (str_ends(piece, S("+}")) ? 2 : 1));
}

static void write_path_parameters(struct describer *d, const struct route *r)
{
    str rest = str_of(r->pattern), piece;
    bool ended = false;
    while (str_next(&rest, &ended, '/', &piece)) {
        if (!is_slot(piece))
            continue;
        json_map_open(d->to);
        openapi_text(d->to, "name", slot_name(piece));
        openapi_ready(d->to, "in", "\"path\"");
        openapi_ready(d->to, "required", "true");
        openapi_ready(d->to, "schema", "{\"type\":\"string\"}");
        json_map_close(d->to);
    }
}

/* Where a name means something else, or goes less far, its route has a part of its own: "search.limit". */
static void write_parameter(struct describer *d, const struct operation *o, str name)
{
    str own = arena_format(d->arena, "%s." STR_FMT, o->facts->id ? o->facts->id : "", STR_ARG(name));
    str part = openapi_part(d, "parameters", own) ? own : name;
    const struct json *known = openapi_part(d, "parameters", part);
    if (known && !str_contains(name, S("["))) { /* a component's name has no brackets */
        openapi_link(d, "parameters", part);
        return;
    }
    if (known) {
        json_value(d->to, known);
        return;
    }
    json_map_open(d->to);
    openapi_text(d->to, "name", name);
    openapi_ready(d->to, "in", "\"query\"");
    openapi_ready(d->to, "schema", "{\"type\":\"string\"}");
    json_map_close(d->to);
}

static void write_parameters(struct describer *d, const struct operation *o)
{
    json_name(d->to, S("parameters"));
    json_list_open(d->to);
    write_path_parameters(d, o->route);
    for (size_t i = 0; o->names && o->names[i]; i++)
        write_parameter(d, o, str_of(o->names[i]));
    json_list_close(d->to);
}

/* Bodies. */

static void write_input(struct describer *d, const struct collection *c, bool is_whole)
{
    str name = arena_format(d->arena, STR_FMT ".input", STR_ARG(c->name));
    if (!is_whole) {
        openapi_link(d, "schemas", name);
        return;
    }
    json_map_open(d->to);
    json_name(d->to, S("allOf"));
    json_list_open(d->to);
    openapi_link(d, "schemas", name);
    json_map_open(d->to);
    json_name(d->to, S("required"));
    openapi_required(d->to, d->who, c);
    json_map_close(d->to);
    json_list_close(d->to);
    json_map_close(d->to);
}

static void write_wrapped(struct describer *d, const struct collection *c)
{
    json_map_open(d->to);
    openapi_ready(d->to, "type", "\"object\"");
    json_name(d->to, S("properties"));
    json_map_open(d->to);
    json_name(d->to, S("data"));
    write_input(d, c, false);
    json_map_close(d->to);
    openapi_ready(d->to, "required", "[\"data\"]");
    json_map_close(d->to);
}

/* One item or a list of them. */
static void write_inputs(struct describer *d, const struct collection *c)
{
    json_map_open(d->to);
    json_name(d->to, S("anyOf"));
    json_list_open(d->to);
    json_map_open(d->to);
    openapi_ready(d->to, "type", "\"array\"");
    json_name(d->to, S("items"));
    write_input(d, c, false);
    json_map_close(d->to);
    write_input(d, c, false);
    json_list_close(d->to);
    json_map_close(d->to);
}

static void write_body_schema(struct describer *d, const struct operation *o)
{
    const struct json *ready = o->facts->id ? openapi_part(d, "bodies", str_of(o->facts->id)) : NULL;
    if (o->action && o->action->out)
        openapi_set(d->to, d->arena, &(struct openapi_schema){.who = d->who, .writes = true, .alone = true}, o->action->out->input);
    else if (o->action && o->action->input)
        json_value(d->to, o->action->input);
    else if (ready)
        json_value(d->to, ready);
    else if (!o->c || o->action || o->facts->takes == TAKES_OBJECT || o->facts->takes == TAKES_OBJECT_OR_NOTHING)
        json_ready(d->to, S("{\"type\":\"object\"}"));
    else if (o->facts->takes == TAKES_WRAPPED)
        write_wrapped(d, o->c);
    else if (o->facts->takes == TAKES_MANY)
        write_inputs(d, o->c);
    else
        write_input(d, o->c, o->facts->takes == TAKES_WHOLE);
}

static void write_body(struct describer *d, const struct operation *o)
{
    enum body_shape takes = o->facts->takes;
    if (takes == TAKES_NOTHING)
        return;
    json_name(d->to, S("requestBody"));
    json_map_open(d->to);
    openapi_ready(d->to, "required", o->action || takes == TAKES_OBJECT_OR_NOTHING ? "false" : "true");
    json_name(d->to, S("content"));
    json_map_open(d->to);
    json_name(d->to, takes == TAKES_BYTES                ? S("*/*")
                     : o->route->flags & ROUTE_FORM ? S("application/x-www-form-urlencoded")
                                                    : S("application/json"));
    json_map_open(d->to);
    if (takes != TAKES_BYTES) {
        json_name(d->to, S("schema"));
        write_body_schema(d, o);
    }
    json_map_close(d->to);
    json_map_close(d->to);
    json_map_close(d->to);
}

/* Answers. */

/* A list of schema `name`, in the shape that the request asks for (contract 5). */
static void write_list(struct describer *d, str name)
{
    str array = arena_format(d->arena, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/" STR_FMT "\"}}",
                             STR_ARG(name));
    json_ready(d->to, arena_format(d->arena,
                                   "{\"oneOf\":[" STR_FMT ",{\"type\":\"object\",\"properties\":{\"data\":" STR_FMT
                                   ",\"meta\":{\"$ref\":\"#/components/schemas/api.Meta\"}},\"required\":[\"meta\"]}]}",
                                   STR_ARG(array), STR_ARG(array)));
}

static void write_nodes(struct describer *d, str name)
{
    json_ready(d->to, arena_format(d->arena,
                                   "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/" STR_FMT ".node\"}}",
                                   STR_ARG(name)));
}

static void write_answer_schema(struct describer *d, const struct operation *o)
{
    const struct json *ready = o->facts->id ? openapi_part(d, "answers", str_of(o->facts->id)) : NULL;
    enum answer_shape gives = o->facts->gives;
    if (o->action && o->action->out)
        openapi_set(d->to, d->arena, &(struct openapi_schema){.who = d->who, .alone = true}, o->action->out->output);
    else if (ready)
        json_value(d->to, ready);
    else if (gives == GIVES_ITEM && gate_may(d->who, VERB_READ, o->c))
        openapi_link(d, "schemas", o->c->name);
    else if (gives == GIVES_LIST)
        write_list(d, o->c->name);
    else if (gives == GIVES_TREE)
        write_nodes(d, o->c->name);
    else if (gives == GIVES_ARRAY)
        json_ready(d->to, S("{\"type\":\"array\",\"items\":{}}"));
    else if (gives == GIVES_ANY_JSON)
        json_ready(d->to, S("{}"));
    else if (gives == GIVES_DELETED)
        json_ready(d->to, S("{\"type\":\"object\",\"properties\":{\"success\":{\"const\":true}},\"required\":[\"success\"]}"));
    else /* also for those who may write what they may not read: they are answered the id */
        json_ready(d->to, S("{\"type\":\"object\"}"));
}

static str success_status(enum answer_shape gives)
{
    static const str status[] = {
        [GIVES_NOTHING] = STR("204"), [GIVES_RECEIVED] = STR("202"), [GIVES_CREATED] = STR("201"), [GIVES_ANY] = STR("2XX")};
    return gives < COUNTOF(status) && status[gives].len ? status[gives] : S("200");
}

static void write_success(struct describer *d, const struct operation *o)
{
    enum answer_shape gives = o->facts->gives;
    json_name(d->to, success_status(gives));
    json_map_open(d->to);
    openapi_ready(d->to, "description", "\"Done.\"");
    if (gives == GIVES_ITEM || gives == GIVES_LIST || gives == GIVES_TREE)
        openapi_ready(d->to, "headers", "{\"ETag\":{\"$ref\":\"#/components/headers/ETag\"}}");
    if (gives == GIVES_TEXT) {
        openapi_ready(d->to, "content", "{\"text/*\":{\"schema\":{\"type\":\"string\"}}}");
    } else if (gives == GIVES_LINES) {
        openapi_ready(d->to, "content", "{\"application/x-ndjson\":{\"schema\":{\"type\":\"string\"}},\"text/csv\":{\"schema\":{\"type\":\"string\"}}}");
    } else if (gives == GIVES_BYTES) {
        openapi_ready(d->to, "content", "{\"*/*\":{}}");
    } else if (gives != GIVES_NOTHING && gives != GIVES_ANY) {
        json_name(d->to, S("content"));
        json_map_open(d->to);
        json_name(d->to, S("application/json"));
        json_map_open(d->to);
        json_name(d->to, S("schema"));
        write_answer_schema(d, o);
        json_map_close(d->to);
        json_map_close(d->to);
    }
    json_map_close(d->to);
}

/* Other systems' routes redirect, too. */
static void write_answers(struct describer *d, const struct operation *o)
{
    str problem = str_of(o->table->problem_name ? o->table->problem_name : "Problem");
    json_name(d->to, S("responses"));
    json_map_open(d->to);
    write_success(d, o);
    if (o->facts->gives == GIVES_ANY || o->facts->gives == GIVES_BYTES)
        openapi_ready(d->to, "3XX", "{\"description\":\"Elsewhere, or as it was.\"}");
    json_name(d->to, S("4XX"));
    openapi_link(d, "responses", problem);
    json_name(d->to, S("default"));
    openapi_link(d, "responses", problem);
    json_map_close(d->to);
}

/* Operations. */

/* "GET", "/api/v1/login" is path_get_api_v1_login: no collection can make that name. */
static str derived_id(struct arena *a, const struct operation *o)
{
    struct buf b;
    str pattern = str_of(o->route->pattern), method = method_name(o->route->method);
    bool gap = true;
    buf_init(&b, a, LIMIT_TARGET_BYTES);
    buf_add(&b, S("path_"));
    for (size_t i = 0; i < method.len; i++)
        buf_byte(&b, (char)(method.at[i] | 0x20));
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_word && gap)
            buf_byte(&b, '_');
        if (is_word)
            buf_byte(&b, c);
        gap = !is_word;
    }
    if (str_ends(pattern, S("/")) && pattern.len > 1)
        buf_add(&b, S("_"));
    return buf_str(&b);
}

static str id_of(struct arena *a, const struct operation *o)
{
    bool is_on_item = str_contains(str_of(o->route->pattern), S("{id}"));
    if (o->action)
        return arena_format(a, STR_FMT "%s_" STR_FMT, STR_ARG(o->action->name), is_on_item ? "" : "_all", STR_ARG(o->c->name));
    if (!o->facts->id)
        return derived_id(a, o);
    if (o->c && o->facts->shapes)
        return arena_format(a, "%s_" STR_FMT, o->facts->id, STR_ARG(o->c->name));
    return str_of(o->facts->id);
}

static void write_operation(struct describer *d, const struct operation *o)
{
    static const char *const methods[METHOD_COUNT] = {"get", "head", "post", "put", "patch", "delete", "options"};
    json_name(d->to, str_of(methods[o->route->method]));
    json_map_open(d->to);
    openapi_text(d->to, "operationId", id_of(d->arena, o));
    bool is_called = o->action && o->action->out && (o->action->label.len || o->action->info.len);
    openapi_text(d->to, "summary", !is_called ? str_of(o->route->doc) : o->action->label.len ? o->action->label : o->action->info);
    if (o->c) {
        json_name(d->to, S("tags"));
        json_list_open(d->to);
        json_text(d->to, o->c->name);
        json_list_close(d->to);
    }
    write_parameters(d, o);
    write_body(d, o);
    write_answers(d, o);
    if (o->route->flags & ROUTE_OPEN)
        openapi_ready(d->to, "security", "[]");
    json_map_close(d->to);
}

/* Paths. */

static bool is_served(const struct describer *d, const struct api_table *t)
{
    return !t->is_on || t->is_on(d->api);
}

static str pattern_of(const struct describer *d, const struct api_table *t, const struct route *r)
{
    str prefix = t->prefix ? t->prefix(d->api) : (str){0};
    return prefix.len ? arena_format(d->arena, STR_FMT "%s", STR_ARG(prefix), r->pattern) : str_of(r->pattern);
}

static str path_for(struct describer *d, str pattern, const struct collection *c, const struct action *action)
{
    struct buf b;
    str rest = str_slice(pattern, 1, pattern.len), piece;
    bool ended = false;
    buf_init(&b, d->arena, LIMIT_TARGET_BYTES);
    while (str_next(&rest, &ended, '/', &piece)) {
        buf_byte(&b, '/');
        if (is_slot(piece))
            buf_add(&b, arena_format(d->arena, "{" STR_FMT "}", STR_ARG(slot_name(piece))));
        else
            buf_add(&b, str_equal(piece, S("{model}")) && c            ? c->name
                        : str_equal(piece, S("{action}")) && action ? action->name
                                                                    : piece);
    }
    return buf_str(&b);
}

/* Routes of a façade that nothing more is known of: ours take and give objects, other systems' what they like. */
static const struct facts *facts_or_plain(const struct api_table *t, const struct route *r)
{
    static const struct facts plain[2][2] = {
        {{.gives = GIVES_OBJECT}, {.gives = GIVES_OBJECT, .takes = TAKES_OBJECT}},
        {{.gives = GIVES_ANY}, {.gives = GIVES_ANY, .takes = TAKES_OBJECT}},
    };
    const struct facts *f = facts_of(r);
    return f ? f : &plain[t->problem_name != NULL][r->body_max > LIMIT_IGNORED_BODY_BYTES];
}

/* What {model} and {action} of a path stand for. */
struct slots {
    const struct collection *c;
    const struct action *action;
};

static void write_path(struct describer *d, str pattern, struct slots slots)
{
    bool begun = false;
    for (size_t k = 0; k < api_table_count; k++) {
        const struct api_table *t = api_tables[k];
        for (size_t i = 0; is_served(d, t) && i < t->count; i++) {
            const struct route *r = &t->routes[i];
            if (!str_equal(pattern_of(d, t, r), pattern)) /* first: this is asked of all routes for each path */
                continue;
            struct operation o = {t, r, t->parameters ? t->parameters[i] : NULL, facts_or_plain(t, r), slots.c, slots.action};
            if (slots.c && !slots.action && !is_usable(d, o.facts, slots.c))
                continue;
            if (!begun) {
                json_name(d->to, path_for(d, pattern, slots.c, slots.action));
                json_map_open(d->to);
            }
            begun = true;
            write_operation(d, &o);
        }
    }
    if (begun)
        json_map_close(d->to);
}

/* Built-in ones have both paths; what another server does is done with an item or with the collection. */
static bool is_placed(const struct action *action, str pattern)
{
    return !action->out || action->out->on_collection != str_contains(pattern, S("{id}"));
}

static void write_action_paths(struct describer *d, str pattern, const struct collection *c)
{
    for (size_t i = 0; i < c->action_count; i++)
        if (rights_action(d->who->rights, c, c->actions[i].name)->granted && is_placed(&c->actions[i], pattern))
            write_path(d, pattern, (struct slots){c, &c->actions[i]});
}

static bool is_first_of_its_path(const struct describer *d, size_t table, size_t index)
{
    str pattern = pattern_of(d, api_tables[table], &api_tables[table]->routes[index]);
    for (size_t t = 0; t <= table; t++)
        for (size_t i = 0; is_served(d, api_tables[t]) && i < (t == table ? index : api_tables[t]->count); i++)
            if (str_equal(pattern_of(d, api_tables[t], &api_tables[t]->routes[i]), pattern))
                return false;
    return true;
}

static void write_route_paths(struct describer *d, const struct api_table *t, const struct route *r)
{
    const struct model *m = principal_model(d->who);
    const struct facts *f = facts_of(r);
    const struct collection *only = f && f->collection ? model_find(m, str_of(f->collection)) : NULL;
    str pattern = pattern_of(d, t, r);
    if (!str_contains(pattern, S("{model}"))) {
        if (!f || !f->collection || (only && gate_may(d->who, VERB_READ, only)))
            write_path(d, pattern, (struct slots){only, NULL});
        return;
    }
    for (size_t i = 0; i < m->collection_count; i++)
        if (str_contains(pattern, S("{action}")))
            write_action_paths(d, pattern, m->collections[i]);
        else
            write_path(d, pattern, (struct slots){m->collections[i], NULL});
}

void openapi_paths(struct describer *d)
{
    json_name(d->to, S("paths"));
    json_map_open(d->to);
    for (size_t t = 0; t < api_table_count; t++)
        for (size_t i = 0; is_served(d, api_tables[t]) && i < api_tables[t]->count; i++)
            if (is_first_of_its_path(d, t, i))
                write_route_paths(d, api_tables[t], &api_tables[t]->routes[i]);
    json_map_close(d->to);
}
