/* Who is asking, and what this server is: answers that no item has. Each is put together as JSON and written by the
 * selection. */
#include "base/limits.h"
#include "base/time.h"
#include "graphql/own/schema.h"

struct members {
    struct json at[16];
    size_t count;
};

static void put(struct members *all, const char *name, struct json v)
{
    must(all->count < COUNTOF(all->at));
    all->at[all->count++] = json_named(str_of(name), v);
}

static void put_text(struct members *all, const char *name, str text)
{
    put(all, name, text.len ? json_of_text(text) : json_null);
}

static const struct json *finish(struct arena *a, const struct members *all)
{
    struct json *map = NEW(a, struct json), *at = NEW_N(a, struct json, all->count + 1);
    memcpy(at, all->at, all->count * sizeof *at);
    *map = json_of_map(at, all->count);
    return map;
}

static struct json instant(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return json_of_text(buf_str(&b));
}

/* ---- from JSON to things ---- */

static struct gql_thing thing_of(struct arena *a, const struct json *v)
{
    if (!v || v->type == JSON_NULL)
        return (struct gql_thing){.kind = GQL_THING_NULL};
    if (v->type == JSON_MAP)
        return (struct gql_thing){.kind = GQL_THING_OBJECT, .self = v};
    if (v->type != JSON_LIST)
        return (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = *v};
    struct gql_thing *items = NEW_N(a, struct gql_thing, v->count + 1);
    for (uint32_t i = 0; i < v->count; i++)
        items[i] = thing_of(a, &v->items[i]); /* as deep as these answers are: 3 */
    return (struct gql_thing){.kind = GQL_THING_LIST, .items = items, .count = v->count};
}

static enum err give_member(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)why;
    *out = thing_of(x->arena, json_get(self, node->field->name));
    return ERR_OK;
}

/* ---- me ---- */

static struct json names_of_verbs(struct arena *a, const struct rights *r, const struct collection *c)
{
    struct json *list = NEW_N(a, struct json, VERB_COUNT);
    size_t n = 0;
    for (unsigned v = 0; v < VERB_COUNT; v++)
        if (rights_access(r, (enum verb)v, c)->granted)
            list[n++] = json_of_text(verb_names[v]);
    return json_of_list(list, n);
}

static struct json names_of_actions(struct arena *a, const struct rights *r, const struct collection *c)
{
    struct json *list = NEW_N(a, struct json, c->action_count + 1);
    size_t n = 0;
    for (size_t i = 0; i < c->action_count; i++)
        if (rights_action(r, c, c->actions[i].name)->granted)
            list[n++] = json_of_text(c->actions[i].name);
    return json_of_list(list, n);
}

/* Collections that the caller may do nothing with are not told. */
static struct json access_of(struct arena *a, const struct rights *r)
{
    struct json *list = NEW_N(a, struct json, r->model->collection_count + 1);
    size_t n = 0;
    for (size_t i = 0; i < r->model->collection_count; i++) {
        const struct collection *c = r->model->collections[i];
        struct members all = {.count = 0};
        struct json verbs = names_of_verbs(a, r, c), actions = names_of_actions(a, r, c);
        if (verbs.count == 0 && actions.count == 0)
            continue;
        put_text(&all, "collection", c->name);
        put(&all, "verbs", verbs);
        put(&all, "actions", actions);
        list[n++] = *finish(a, &all);
    }
    return json_of_list(list, n);
}

static enum err give_me(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    static const str words[] = {[PRINCIPAL_PUBLIC] = STR("public"), [PRINCIPAL_USER] = STR("user"), [PRINCIPAL_KEY] = STR("key"),
                                [PRINCIPAL_SERVICE] = STR("service"), [PRINCIPAL_SYSTEM] = STR("system")};
    const struct principal *who = x->who;
    struct arena *a = x->arena;
    struct members all = {.count = 0};
    struct json *roles = NEW_N(a, struct json, who->role_count + 1);
    (void)node;
    (void)self;
    (void)why;
    for (size_t i = 0; i < who->role_count; i++)
        roles[i] = json_of_text(who->roles[i]);
    put_text(&all, "kind", words[who->kind]);
    put_text(&all, "_id", who->user_id.len ? who->user_id : who->service_id);
    put_text(&all, "name", who->user_id.len ? who->user_name : who->service_name);
    put_text(&all, "email", who->user_email);
    put_text(&all, "label", who->actor.label);
    put(&all, "roles", json_of_list(roles, who->role_count));
    put(&all, "isAdmin", json_of_bool(who->is_admin));
    put(&all, "expiresAt", who->expires_ms ? instant(a, who->expires_ms) : json_null);
    put(&all, "access", access_of(a, who->rights));
    *out = thing_of(a, finish(a, &all));
    return ERR_OK;
}

/* ---- _service ---- */

static struct json limits_of(const struct gql_execution *x)
{
    struct members all = {.count = 0};
    put(&all, "documentBytes", json_of_int(LIMIT_GRAPHQL_BYTES));
    put(&all, "tokens", json_of_int(LIMIT_GRAPHQL_TOKENS));
    put(&all, "depth", json_of_int(LIMIT_GRAPHQL_DEPTH));
    put(&all, "aliases", json_of_int(LIMIT_GRAPHQL_ALIASES));
    put(&all, "rootFields", json_of_int(LIMIT_GRAPHQL_ROOT_FIELDS));
    put(&all, "rows", json_of_int(LIMIT_ROWS));
    put(&all, "cost", json_of_int((int64_t)x->cost_max));
    return *finish(x->arena, &all);
}

static enum err give_service(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    struct members all = {.count = 0};
    (void)node;
    (void)self;
    (void)why;
    put_text(&all, "name", S("Vitrine"));
    put(&all, "time", instant(x->arena, x->who->actor.vars.now_ms));
    put(&all, "schema", json_of_text(arena_format(x->arena, "%016llx", (unsigned long long)x->schema->hash)));
    put(&all, "limits", limits_of(x));
    *out = thing_of(x->arena, finish(x->arena, &all));
    return ERR_OK;
}

/* ---- types ---- */

struct row {
    const char *name, *type, *description;
};

static struct gql_type *add_type(struct maker *m, str name, str description, enum own_what what, const struct row *rows, size_t count)
{
    struct gql_type *t = gql_type_make(m->b, GQL_OBJECT_TYPE, name, description);
    for (size_t i = 0; i < count; i++) {
        struct gql_field *f = gql_add_field(m->b, t, str_of(rows[i].name), gql_type_text(m->b, rows[i].type), str_of(rows[i].description));
        f->resolve = give_member;
        f->meaning = maker_meaning(m, what, NULL, NULL);
    }
    return t;
}

void add_me(struct maker *m)
{
    static const struct row access[] = {{"collection", "String!", NULL}, {"verbs", "[String!]!", NULL}, {"actions", "[String!]!", NULL}};
    static const struct row viewer[] = {
        {"kind", "String!", "public, user, key or service."},
        {"_id", "ID", "Of the person or the service account."},
        {"name", "String", NULL},
        {"email", "String", NULL},
        {"label", "String", "As the journal names the caller."},
        {"roles", "[String!]!", NULL},
        {"isAdmin", "Boolean!", NULL},
        {"expiresAt", "DateTime", "When the credential ends."},
        {"access", "[ViewerAccess!]!", "What the caller may do, by collection."},
    };
    static const struct row limits[] = {{"documentBytes", "Int!", NULL}, {"tokens", "Int!", NULL}, {"depth", "Int!", NULL}, {"aliases", "Int!", NULL},
                                        {"rootFields", "Int!", NULL}, {"rows", "Int!", "Of one list."}, {"cost", "Long!", NULL}};
    static const struct row service[] = {{"name", "String!", NULL}, {"time", "DateTime!", NULL},
                                         {"schema", "String!", "Changes when this schema does."}, {"limits", "ServiceLimits!", NULL}};
    add_type(m, S("ViewerAccess"), (str){0}, OWN_ME, access, COUNTOF(access));
    add_type(m, S("ServiceLimits"), S("What one request may ask."), OWN_SERVICE, limits, COUNTOF(limits));
    struct gql_field *me = gql_add_field(m->b, m->query, S("me"),
                                         maker_wanted(m, add_type(m, S("Viewer"), S("Who asks."), OWN_ME, viewer, COUNTOF(viewer))), S("Who asks."));
    me->resolve = give_me;
    me->meaning = maker_meaning(m, OWN_ME, NULL, NULL);
    struct gql_field *own = gql_add_field(
        m->b, m->query, S("_service"),
        maker_wanted(m, add_type(m, S("Service"), S("This server."), OWN_SERVICE, service, COUNTOF(service))), S("This server."));
    own->resolve = give_service;
    own->meaning = maker_meaning(m, OWN_SERVICE, NULL, NULL);
}
