/* The description's frame, and its paths: a route with {model} stands there once for every
 * collection that the caller may use it on, others once. What a route takes and gives is a row of
 * `facts`. */
#include "api/openapi.h"

#include "base/limits.h"
#include "content/kind.h"

enum answer_shape {
    GIVES_OBJECT,
    GIVES_ITEM,
    GIVES_LIST,
    GIVES_TREE,
    GIVES_ARRAY,
    GIVES_DELETED,
    GIVES_TEXT,
    GIVES_NOTHING,
    GIVES_RECEIVED
};
enum body_shape { TAKES_NOTHING, TAKES_WRAPPED, TAKES_WHOLE, TAKES_PATCH, TAKES_OBJECT, TAKES_INPUT };
enum { ON_LIST = 1 << SHAPE_LIST, ON_SINGLE = 1 << SHAPE_SINGLE, ON_TREE = 1 << SHAPE_TREE };
#define ON_MANY (ON_LIST | ON_TREE)
#define ON_ANY  (ON_MANY | ON_SINGLE)

struct facts {
    enum method method;
    const char *pattern;
    const char *id; /* operationId; a collection's name is added */
    enum answer_shape gives;
    enum body_shape takes;
    unsigned shapes;        /* of collections in {model} */
    enum verb verb;         /* the right that is needed */
    const char *collection; /* or: the one it reads */
};

/* clang-format off */
static const struct facts facts[] = {
    {M_GET,    "/api/content/item/{model}",       "first",          GIVES_ITEM,    TAKES_NOTHING, ON_ANY,    VERB_READ,   NULL},
    {M_GET,    "/api/content/item/{model}/{id}",  "get",            GIVES_ITEM,    TAKES_NOTHING, ON_MANY,   VERB_READ,   NULL},
    {M_POST,   "/api/content/item/{model}",       "save",           GIVES_ITEM,    TAKES_WRAPPED, ON_ANY,    VERB_CREATE, NULL},
    {M_PUT,    "/api/content/item/{model}",       "replace",        GIVES_ITEM,    TAKES_WHOLE,   ON_SINGLE, VERB_UPDATE, NULL},
    {M_PATCH,  "/api/content/item/{model}",       "change",         GIVES_ITEM,    TAKES_PATCH,   ON_SINGLE, VERB_UPDATE, NULL},
    {M_PUT,    "/api/content/item/{model}/{id}",  "replace",        GIVES_ITEM,    TAKES_WHOLE,   ON_MANY,   VERB_UPDATE, NULL},
    {M_PATCH,  "/api/content/item/{model}/{id}",  "change",         GIVES_ITEM,    TAKES_PATCH,   ON_MANY,   VERB_UPDATE, NULL},
    {M_DELETE, "/api/content/item/{model}/{id}",  "delete",         GIVES_DELETED, TAKES_NOTHING, ON_MANY,   VERB_DELETE, NULL},
    {M_POST,   "/api/content/item/{model}/{id}/{action}",  NULL,    GIVES_OBJECT,  TAKES_INPUT,   ON_ANY,    VERB_UPDATE, NULL},
    {M_POST,   "/api/content/action/{model}/{action}",     NULL,    GIVES_OBJECT,  TAKES_INPUT,   ON_ANY,    VERB_UPDATE, NULL},
    {M_GET,    "/api/content/items/{model}",      "list",           GIVES_LIST,    TAKES_NOTHING, ON_ANY,    VERB_READ,   NULL},
    {M_GET,    "/api/content/items",              "listSeveral",    GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/content/tree/{model}",       "tree",           GIVES_TREE,    TAKES_NOTHING, ON_TREE,   VERB_READ,   NULL},
    {M_GET,    "/api/content/aggregate/{model}",  "aggregate",      GIVES_ARRAY,   TAKES_NOTHING, ON_MANY,   VERB_READ,   NULL},
    {M_GET,    "/api/content/models",             "models",         GIVES_ARRAY,   TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/content/models/{model}",     "model",          GIVES_OBJECT,  TAKES_NOTHING, ON_ANY,    VERB_READ,   NULL},
    {M_GET,    "/api/pages/menus",                "menus",          GIVES_ARRAY,   TAKES_NOTHING, 0,         VERB_READ,   "menus"},
    {M_GET,    "/api/pages/menu/{name}",          "menu",           GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "menus"},
    {M_GET,    "/api/pages/pages",                "pages",          GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "pages"},
    {M_GET,    "/api/pages/page",                 "pageByRoute",    GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "pages"},
    {M_GET,    "/api/pages/page/{id}",            "page",           GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "pages"},
    {M_GET,    "/api/pages/routes",               "routes",         GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   "pages"},
    {M_GET,    "/api/auth/methods",               "signInMethods",  GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/setup",                 "setUp",          GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/login",                 "signIn",         GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/leaked",                "reportLeakedKey", GIVES_RECEIVED, TAKES_OBJECT, 0,        VERB_READ,   NULL},
    {M_POST,   "/api/auth/logout",                "signOut",        GIVES_NOTHING, TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/auth/me",                    "whoAmI",         GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_PATCH,  "/api/auth/me",                    "changeMe",       GIVES_NOTHING, TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_PUT,    "/api/auth/password",              "changePassword", GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/sessions/end-all",      "endSessions",    GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/auth/explain",               "explain",        GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/auth/templates",             "roleTemplates",  GIVES_ARRAY,   TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/second",                "secondFactor",   GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/step-up",               "stepUp",         GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/totp/begin",            "beginTotp",      GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/totp/confirm",          "confirmTotp",    GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_DELETE, "/api/auth/totp",                  "endTotp",        GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/recovery-codes",        "recoveryCodes",  GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/passkeys/begin",        "beginPasskey",   GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/passkeys/finish",       "makePasskey",    GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_DELETE, "/api/auth/passkeys/{id}",         "endPasskey",     GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/passkey/begin",         "askForPasskey",  GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_POST,   "/api/auth/passkey/finish",        "usePasskey",     GIVES_OBJECT,  TAKES_OBJECT,  0,         VERB_READ,   NULL},
    {M_GET,    "/livez",                          "isAlive",        GIVES_TEXT,    TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/readyz",                         "isReady",        GIVES_TEXT,    TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/system/healthcheck",         "healthcheck",    GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/docs/errors",                    "errors",         GIVES_TEXT,    TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/api/openapi.json",               "openapi",        GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
    {M_GET,    "/openapi.json",                   "openapiAtRoot",  GIVES_OBJECT,  TAKES_NOTHING, 0,         VERB_READ,   NULL},
};

static const struct {
    str name, schema, doc;
} parameters[] = {
    {STR("filter"),   STR("{\"type\":\"string\"}"), STR("A condition, JSON or JSON5: {views:{$gt:100},\"author.name\":\"Ada\"}; also as filter[views][$gt]=100")},
    {STR("sort"),     STR("{\"type\":\"string\"}"), STR("-views,title or {views:-1,title:1}")},
    {STR("fields"),   STR("{\"type\":\"string\"}"), STR("title,author.name or {title:1} or {body:0}")},
    {STR("limit"),    STR("{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000}"), STR("At most so many items; 0: as many as can be")},
    {STR("skip"),     STR("{\"type\":\"integer\",\"minimum\":0}"), STR("Leave out so many items")},
    {STR("cursor"),   STR("{\"type\":\"string\"}"), STR("Go on where the page ended whose meta.cursor this is; empty: begin with the first page")},
    {STR("count"),    STR("{\"enum\":[\"none\",\"exact\",\"only\"]}"), STR("Whether to count all items, and nothing else")},
    {STR("populate"), STR("{\"type\":\"integer\",\"minimum\":0,\"maximum\":5}"), STR("Put the targets in place of references, so many links far")},
    {STR("perspective"), STR("{\"enum\":[\"published\",\"draft\"],\"default\":\"published\"}"), STR("draft: the newest version of everything that the role reaches; written with it, a change waits until it is published")},
    {STR("publication"), STR("{\"enum\":[\"never-published\",\"has-published-version\",\"modified\",\"unmodified\"]}"), STR("By what became of an item since it was published")},
    {STR("permanent"), STR("{\"enum\":[\"0\",\"1\"],\"default\":\"0\"}"), STR("1: deleted past the trash")},
    {STR("state"),    STR("{\"enum\":[\"published\",\"draft\",\"archived\",\"any\"],\"default\":\"published\"}"), STR("Which items; what the role does not reach stays away")},
    {STR("locale"),   STR("{\"type\":\"string\"}"), STR("Taken and not obeyed yet: values of the default language are given")},
    {STR("parent"),   STR("{\"type\":\"string\"}"), STR("The id of the node to begin below")},
    {STR("models"),   STR("{\"type\":\"string\"}"), STR("Listings by name, JSON or JSON5: {posts:{limit:5},news:{model:\"posts\",filter:{…}}}")},
    {STR("pipeline"), STR("{\"type\":\"string\"}"), STR("A list of stages, JSON or JSON5: [{$group:{_id:\"$author\",n:{$sum:1}}}]")},
    {STR("route"),    STR("{\"type\":\"string\"}"), STR("The page's route, like /about")},
    {STR("collection"), STR("{\"type\":\"string\"}"), STR("The name of a collection")},
    {STR("verb"),     STR("{\"type\":\"string\"}"), STR("read, create, update, delete, publish or an action")},
    {STR("id"),       STR("{\"type\":\"string\"}"), STR("The id of an item")},
    {STR("as"),       STR("{\"type\":\"string\"}"), STR("user:E, service:N, key:ID, role:NAME or public")},
    {STR("address"),  STR("{\"type\":\"string\"}"), STR("As if from this address")},
    {STR("at"),       STR("{\"type\":\"string\",\"format\":\"date-time\"}"), STR("As if at this time")},
    {STR("inactive"), STR("{\"type\":\"string\"}"), STR("1: links that are switched off, too")},
};
/* clang-format on */

/* Ready-made parts: members of components.schemas and of components. */
struct part {
    const char *name, *json;
};

#define LINK_SCHEMA                                                                                \
    "\"type\":\"object\",\"properties\":{\"_model\":{\"type\":\"string\"},\"_id\":{\"type\":"      \
    "\"string\"}}"

static const struct part shared_schemas[] = {
    {"Reference",
     "{" LINK_SCHEMA
     ",\"required\":[\"_model\",\"_id\"],\"description\":\"An item of another collection.\"}"},
    {"ReferenceInput",
     "{\"description\":\"An id, or an object that has "
     "it.\",\"anyOf\":[{\"type\":\"string\"},{" LINK_SCHEMA ",\"required\":[\"_id\"]}]}"},
    {"Meta", "{\"type\":\"object\",\"properties\":{\"total\":{\"type\":\"integer\"},\"count\":{"
             "\"type\":\"integer\"},"
             "\"cursor\":{\"type\":[\"string\",\"null\"]}}}"},
    {"Fault", "{\"type\":\"object\",\"properties\":{\"pointer\":{\"type\":\"string\"},\"code\":{"
              "\"type\":\"string\"},"
              "\"detail\":{\"type\":\"string\"}},\"required\":[\"pointer\",\"code\",\"detail\"]}"},
    {"Problem",
     "{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":"
     "\"string\"},"
     "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"instance\":{\"type\":"
     "\"string\"},"
     "\"error\":{\"type\":\"string\",\"description\":\"The detail, where Cockpit's clients look "
     "for it.\"},"
     "\"errors\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Fault\"}}},"
     "\"required\":[\"type\",\"title\",\"status\",\"detail\"]}"},
};

static const struct part components[] = {
    {"responses",
     "{\"Problem\":{\"description\":\"Not done; docs/errors explains the words.\",\"content\":{"
     "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}"},
    {"headers", "{\"ETag\":{\"description\":\"For If-None-Match, and of items for "
                "If-Match.\",\"schema\":{\"type\":\"string\"}}}"},
    {"securitySchemes", "{\"key\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"api-key\"},"
                        "\"bearer\":{\"type\":\"http\","
                        "\"scheme\":\"bearer\"},\"basic\":{\"type\":\"http\",\"scheme\":\"basic\","
                        "\"description\":\"Any name, "
                        "and a key as the password.\"},\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"vitrine_session\"}}"},
};

struct writer {
    struct json_writer *to;
    struct arena *arena;
    const struct principal *who;
};

static void member(struct json_writer *w, const char *name, const char *text)
{
    json_name(w, str_of(name));
    json_text(w, str_of(text));
}

static void ready(struct json_writer *w, const char *name, const char *json)
{
    json_name(w, str_of(name));
    json_ready(w, str_of(json));
}

static void link_to(struct writer *d, const char *what, str name)
{
    json_map_open(d->to);
    json_name(d->to, S("$ref"));
    json_text(d->to, arena_format(d->arena, "#/components/%s/" STR_FMT, what, STR_ARG(name)));
    json_map_close(d->to);
}

static const struct facts *facts_of(const struct route *r)
{
    for (size_t i = 0; i < COUNTOF(facts); i++)
        if (facts[i].method == r->method && str_equal(str_of(facts[i].pattern), str_of(r->pattern)))
            return &facts[i];
    return NULL;
}

static bool is_usable(const struct writer *d, const struct facts *f, const struct collection *c)
{
    if (f->shapes && !(f->shapes >> c->shape & 1u))
        return false;
    if (f->takes == TAKES_WRAPPED) /* creates and updates */
        return gate_may(d->who, VERB_CREATE, c) || gate_may(d->who, VERB_UPDATE, c);
    return gate_may(d->who, f->verb, c);
}

/* Parameters. */

static void write_path_parameters(struct writer *d, const struct route *r)
{
    str rest = str_of(r->pattern), piece;
    bool ended = false;
    while (str_next(&rest, &ended, '/', &piece)) {
        if (!str_starts(piece, S("{")) || str_equal(piece, S("{model}")) || str_equal(piece, S("{action}")))
            continue;
        json_map_open(d->to);
        json_name(d->to, S("name"));
        json_text(d->to, str_slice(piece, 1, piece.len - 1));
        ready(d->to, "in", "\"path\"");
        ready(d->to, "required", "true");
        ready(d->to, "schema", "{\"type\":\"string\"}");
        json_map_close(d->to);
    }
}

static void write_parameters(struct writer *d, const struct route *r, const char *const *names)
{
    json_name(d->to, S("parameters"));
    json_list_open(d->to);
    write_path_parameters(d, r);
    for (size_t i = 0; names && names[i]; i++)
        link_to(d, "parameters", str_of(names[i]));
    json_list_close(d->to);
}

/* Bodies. */

static void write_input(struct writer *d, const struct collection *c, bool is_whole)
{
    str name = arena_format(d->arena, STR_FMT ".input", STR_ARG(c->name));
    if (!is_whole) {
        link_to(d, "schemas", name);
        return;
    }
    json_map_open(d->to);
    json_name(d->to, S("allOf"));
    json_list_open(d->to);
    link_to(d, "schemas", name);
    json_map_open(d->to);
    json_name(d->to, S("required"));
    openapi_required(d->to, d->who, c);
    json_map_close(d->to);
    json_list_close(d->to);
    json_map_close(d->to);
}

static void write_wrapped(struct writer *d, const struct collection *c)
{
    json_map_open(d->to);
    member(d->to, "type", "object");
    json_name(d->to, S("properties"));
    json_map_open(d->to);
    json_name(d->to, S("data"));
    write_input(d, c, false);
    json_map_close(d->to);
    ready(d->to, "required", "[\"data\"]");
    json_map_close(d->to);
}

static void write_body(struct writer *d, const struct route *r, const struct facts *f, const struct collection *c,
                       const struct action *action)
{
    if (f->takes == TAKES_NOTHING)
        return;
    json_name(d->to, S("requestBody"));
    json_map_open(d->to);
    ready(d->to, "required", action ? "false" : "true");
    json_name(d->to, S("content"));
    json_map_open(d->to);
    json_name(d->to, r->flags & ROUTE_FORM ? S("application/x-www-form-urlencoded") : S("application/json"));
    json_map_open(d->to);
    json_name(d->to, S("schema"));
    if (action && action->input)
        json_value(d->to, action->input);
    else if (!c || action)
        json_ready(d->to, S("{\"type\":\"object\"}"));
    else if (f->takes == TAKES_WRAPPED)
        write_wrapped(d, c);
    else
        write_input(d, c, f->takes == TAKES_WHOLE);
    json_map_close(d->to);
    json_map_close(d->to);
    json_map_close(d->to);
}

/* Answers. */

static void write_list(struct writer *d, const struct collection *c)
{
    str array = arena_format(
        d->arena, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/" STR_FMT "\"}}",
        STR_ARG(c->name));
    json_ready(d->to, arena_format(d->arena,
                                   "{\"oneOf\":[" STR_FMT
                                   ",{\"type\":\"object\",\"properties\":{\"data\":" STR_FMT
                                   ",\"meta\":{\"$ref\":\"#/components/schemas/"
                                   "Meta\"}},\"required\":[\"data\",\"meta\"]}]}",
                                   STR_ARG(array), STR_ARG(array)));
}

/* Who may write what he may not read is answered the id. */
static void write_answer_schema(struct writer *d, const struct facts *f, const struct collection *c)
{
    bool readable = c && gate_may(d->who, VERB_READ, c);
    switch (f->gives) {
    case GIVES_ITEM:
        if (readable) {
            link_to(d, "schemas", c->name);
            return;
        }
        break;
    case GIVES_LIST:
        write_list(d, c);
        return;
    case GIVES_TREE:
        json_ready(
            d->to,
            arena_format(d->arena,
                         "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/" STR_FMT
                         ".node\"}}",
                         STR_ARG(c->name)));
        return;
    case GIVES_ARRAY:
        json_ready(d->to, S("{\"type\":\"array\"}"));
        return;
    case GIVES_DELETED:
        json_ready(d->to, S("{\"type\":\"object\",\"properties\":{\"success\":{\"const\":true}}}"));
        return;
    case GIVES_OBJECT:
    case GIVES_TEXT:
    case GIVES_NOTHING:
    case GIVES_RECEIVED:
        break;
    }
    json_ready(d->to, S("{\"type\":\"object\"}"));
}

static void write_success(struct writer *d, const struct facts *f, const struct collection *c)
{
    json_name(d->to, f->gives == GIVES_NOTHING ? S("204") : f->gives == GIVES_RECEIVED ? S("202") : S("200"));
    json_map_open(d->to);
    member(d->to, "description", "Done.");
    if (f->gives == GIVES_ITEM || f->gives == GIVES_LIST || f->gives == GIVES_TREE)
        ready(d->to, "headers", "{\"ETag\":{\"$ref\":\"#/components/headers/ETag\"}}");
    if (f->gives == GIVES_TEXT) {
        ready(d->to, "content", "{\"text/plain\":{\"schema\":{\"type\":\"string\"}}}");
    } else if (f->gives != GIVES_NOTHING) {
        json_name(d->to, S("content"));
        json_map_open(d->to);
        json_name(d->to, S("application/json"));
        json_map_open(d->to);
        json_name(d->to, S("schema"));
        write_answer_schema(d, f, c);
        json_map_close(d->to);
        json_map_close(d->to);
    }
    json_map_close(d->to);
}

/* A path is an object with a member per method; routes of one path stand apart in the tables. */

struct operation {
    const struct route *route;
    const struct facts *facts; /* NULL: no more is known of it than the table says */
    const char *const *names;
    const struct collection *c;
    const struct action *action; /* of {action}; else NULL */
};

static bool is_on_item(const struct route *r)
{
    return str_contains(str_of(r->pattern), S("{id}"));
}

static void write_operation(struct writer *d, const struct operation *o)
{
    static const char *const methods[METHOD_COUNT] = {"get",   "head",   "post",   "put",
                                                      "patch", "delete", "options"};
    static const struct facts plain[] = {{.gives = GIVES_OBJECT}, {.gives = GIVES_OBJECT, .takes = TAKES_OBJECT}};
    const struct facts *f = o->facts ? o->facts : &plain[o->route->body_max > LIMIT_IGNORED_BODY_BYTES];
    json_name(d->to, str_of(methods[o->route->method]));
    json_map_open(d->to);
    if (o->action)
        json_name(d->to, S("operationId")),
            json_text(d->to, arena_format(d->arena, STR_FMT "%s_" STR_FMT, STR_ARG(o->action->name),
                                          is_on_item(o->route) ? "" : "_all", STR_ARG(o->c->name)));
    else if (f->id && o->c && f->shapes)
        json_name(d->to, S("operationId")),
            json_text(d->to, arena_format(d->arena, "%s_" STR_FMT, f->id, STR_ARG(o->c->name)));
    else if (f->id)
        member(d->to, "operationId", f->id);
    member(d->to, "summary", o->route->doc);
    if (o->c) {
        json_name(d->to, S("tags"));
        json_list_open(d->to);
        json_text(d->to, o->c->name);
        json_list_close(d->to);
    }
    write_parameters(d, o->route, o->names);
    write_body(d, o->route, f, o->c, o->action);
    json_name(d->to, S("responses"));
    json_map_open(d->to);
    write_success(d, f, o->c);
    ready(d->to, "default", "{\"$ref\":\"#/components/responses/Problem\"}");
    json_map_close(d->to);
    if (o->route->flags & ROUTE_OPEN)
        ready(d->to, "security", "[]");
    json_map_close(d->to);
}

static str path_for(struct arena *a, const char *pattern, const struct collection *c, const struct action *action)
{
    struct buf b;
    str rest = str_of(pattern), piece;
    bool ended = false;
    buf_init(&b, a, LIMIT_TARGET_BYTES);
    rest = str_slice(rest, 1, rest.len);
    while (str_next(&rest, &ended, '/', &piece)) {
        buf_byte(&b, '/');
        buf_add(&b, str_equal(piece, S("{model}")) && c             ? c->name
                    : str_equal(piece, S("{action}")) && action ? action->name
                                                                : piece);
    }
    return buf_str(&b);
}

/* All operations of the routes with this pattern, for this collection. */
static void write_path(struct writer *d, const struct api_table *t, const char *pattern,
                       const struct collection *c, const struct action *action)
{
    bool begun = false;
    for (size_t i = 0; i < t->count; i++) {
        struct operation o = {&t->routes[i], facts_of(&t->routes[i]),
                              t->parameters ? t->parameters[i] : NULL, c, action};
        if (!str_equal(str_of(t->routes[i].pattern), str_of(pattern)) ||
            (c && o.facts && !action && !is_usable(d, o.facts, c)))
            continue;
        if (!begun) {
            json_name(d->to, path_for(d->arena, pattern, c, action));
            json_map_open(d->to);
        }
        begun = true;
        write_operation(d, &o);
    }
    if (begun)
        json_map_close(d->to);
}

static void write_action_paths(struct writer *d, const struct api_table *t, const char *pattern, const struct collection *c)
{
    for (size_t i = 0; i < c->action_count; i++)
        if (rights_action(d->who->rights, c, c->actions[i].name)->granted)
            write_path(d, t, pattern, c, &c->actions[i]);
}

static bool is_first_of_its_path(const struct api_table *t, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (str_equal(str_of(t->routes[i].pattern), str_of(t->routes[index].pattern)))
            return false;
    return true;
}

static void write_route_paths(struct writer *d, const struct api_table *t, const struct route *r)
{
    const struct model *m = principal_model(d->who);
    const struct facts *f = facts_of(r);
    const struct collection *only =
        f && f->collection ? model_find(m, str_of(f->collection)) : NULL;
    if (!str_contains(str_of(r->pattern), S("{model}"))) {
        if (!f || !f->collection || (only && gate_may(d->who, VERB_READ, only)))
            write_path(d, t, r->pattern, only, NULL);
        return;
    }
    for (size_t i = 0; i < m->collection_count; i++)
        if (str_contains(str_of(r->pattern), S("{action}")))
            write_action_paths(d, t, r->pattern, m->collections[i]);
        else
            write_path(d, t, r->pattern, m->collections[i], NULL);
}

static void write_paths(struct writer *d)
{
    json_name(d->to, S("paths"));
    json_map_open(d->to);
    for (size_t i = 0; i < api_table_count; i++)
        for (size_t k = 0; k < api_tables[i]->count; k++)
            if (is_first_of_its_path(api_tables[i], k))
                write_route_paths(d, api_tables[i], &api_tables[i]->routes[k]);
    json_map_close(d->to);
}

/* Components. */

static void write_node_schema(struct writer *d, const struct collection *c)
{
    json_name(d->to, arena_format(d->arena, STR_FMT ".node", STR_ARG(c->name)));
    json_ready(
        d->to,
        arena_format(d->arena,
                     "{\"allOf\":[{\"$ref\":\"#/components/schemas/" STR_FMT
                     "\"},{\"type\":\"object\",\"properties\":{\"_children\":{\"type\":\"array\","
                     "\"items\":{\"$ref\":\"#/components/schemas/" STR_FMT ".node\"}}}}]}",
                     STR_ARG(c->name), STR_ARG(c->name)));
}

static void write_schemas(struct writer *d)
{
    const struct model *m = principal_model(d->who);
    json_name(d->to, S("schemas"));
    json_map_open(d->to);
    for (size_t i = 0; i < m->collection_count; i++) {
        const struct collection *c = m->collections[i];
        if (gate_may(d->who, VERB_READ, c)) {
            json_name(d->to, c->name);
            openapi_item(d->to, d->arena, d->who, c);
            if (c->shape == SHAPE_TREE)
                write_node_schema(d, c);
        }
        if (gate_may(d->who, VERB_CREATE, c) || gate_may(d->who, VERB_UPDATE, c)) {
            json_name(d->to, arena_format(d->arena, STR_FMT ".input", STR_ARG(c->name)));
            openapi_input(d->to, d->arena, d->who, c);
        }
    }
    for (size_t i = 0; i < COUNTOF(shared_schemas); i++)
        ready(d->to, shared_schemas[i].name, shared_schemas[i].json);
    json_map_close(d->to);
}

static void write_parameter_table(struct writer *d)
{
    json_name(d->to, S("parameters"));
    json_map_open(d->to);
    for (size_t i = 0; i < COUNTOF(parameters); i++) {
        json_name(d->to, parameters[i].name);
        json_map_open(d->to);
        json_name(d->to, S("name"));
        json_text(d->to, parameters[i].name);
        ready(d->to, "in", "\"query\"");
        json_name(d->to, S("description"));
        json_text(d->to, parameters[i].doc);
        json_name(d->to, S("schema"));
        json_ready(d->to, parameters[i].schema);
        json_map_close(d->to);
    }
    json_map_close(d->to);
}

void openapi_write(struct json_writer *w, const struct api *api, struct arena *a,
                   const struct principal *who)
{
    struct writer d = {w, a, who};
    json_map_open(w);
    member(w, "openapi", "3.1.0");
    json_name(w, S("info"));
    json_map_open(w);
    member(w, "title", "Vitrine");
    member(w, "version", api->version);
    member(w, "description",
           "What this caller may do here. Collections, fields and operations it has no right to "
           "are left out.");
    json_map_close(w);
    ready(w, "servers", "[{\"url\":\"/\"}]");
    ready(w, "security", "[{},{\"key\":[]},{\"bearer\":[]},{\"basic\":[]},{\"cookie\":[]}]");
    write_paths(&d);
    json_name(w, S("components"));
    json_map_open(w);
    write_schemas(&d);
    write_parameter_table(&d);
    for (size_t i = 0; i < COUNTOF(components); i++)
        ready(w, components[i].name, components[i].json);
    json_map_close(w);
    json_map_close(w);
}
