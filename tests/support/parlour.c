#include "tests/support/parlour.h"

#include "base/limits.h"
#include "graphql/schema/build.h"
#include "tests/support/check.h"

/* ---- a schema ---- */

static _Atomic(unsigned) touched;

static enum err hello(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const struct json *name = gql_argument(node, S("name"));
    (void)self, (void)why;
    touched += x->operation->kind == GQL_MUTATION;
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = name ? *name : json_of_text(x->who->actor.via)};
    return ERR_OK;
}

static enum err denied(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)x, (void)node, (void)self, (void)out;
    return problem_set(why, ERR_FORBIDDEN, "Not for you");
}

static enum err missing(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    (void)x, (void)node, (void)self, (void)out;
    return problem_set(why, ERR_NOT_FOUND, "Nothing of that name");
}

static enum err big(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    size_t n = LIMIT_RESPONSE_BYTES / 4;
    char *at = arena_get(x->arena, n, 1);
    (void)node, (void)self, (void)why;
    memset(at, 'a', n);
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_text((str){at, n})};
    return ERR_OK;
}

unsigned parlour_touched(void)
{
    unsigned n = touched;
    touched = 0;
    return n;
}

static bool take_upload(struct arena *a, const struct json *in, const struct gql_value *literal, struct json *out, str *why)
{
    (void)a;
    *why = S("a file is wanted");
    *out = *in;
    return !literal && in->type == JSON_BYTES;
}
static const struct gql_scalar upload = {.take = take_upload};

/* "name: bytes" of a file. */
static enum err take_file(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    struct gql_upload *u = (struct gql_upload *)(void *)gql_argument(node, S("file"))->bytes;
    str name = u->name;
    size_t len = 0, got = 1;
    char *bytes = arena_get(x->arena, 4096, 1);
    (void)self;
    while (got > 0) {
        enum err e = u->source.read(&u->source, bytes + len, 4096 - len, &got);
        if (e != ERR_OK)
            return problem_set(why, e, "The file cannot be read");
        len += got;
    }
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_text(arena_format(x->arena, STR_FMT ": %.*s", STR_ARG(name), (int)len, bytes))};
    return ERR_OK;
}

static void add(struct gql_builder *b, struct gql_type *t, const char *name, const char *type, const char *argument, gql_resolve *resolve, uint32_t cost)
{
    struct gql_field *f = gql_add_field(b, t, str_of(name), gql_type_text(b, type), (str){0});
    if (argument)
        (void)gql_add_argument(b, f, resolve == take_file ? S("file") : argument[0] == '[' ? S("names") : S("name"), gql_type_text(b, argument), (str){0});
    f->resolve = resolve;
    f->cost = cost;
}

static struct gql_schema *make(const struct principal *who, bool may_introspect)
{
    struct gql_builder *b = gql_build((str){0});
    struct gql_type *query = gql_type_make(b, GQL_OBJECT_TYPE, S("Query"), (str){0});
    struct gql_type *mutation = gql_type_make(b, GQL_OBJECT_TYPE, S("Mutation"), (str){0});
    gql_type_make(b, GQL_SCALAR, S("Upload"), (str){0})->scalar = &upload;
    add(b, query, "hello", "String", "String", hello, 0);
    add(b, query, "many", "String", "[String]", hello, 0);
    add(b, query, "denied", "String", NULL, denied, 0);
    add(b, query, "missing", "String", NULL, missing, 0);
    add(b, query, "never", "String!", NULL, denied, 0);
    add(b, query, "big", "String", NULL, big, 0);
    add(b, query, "dear", "String", NULL, hello, 120000);
    if (who->is_admin)
        add(b, query, "secret", "String", NULL, hello, 0);
    add(b, mutation, "touch", "String", "String", hello, 0);
    add(b, mutation, "take", "String", "Upload!", take_file, 0);
    struct gql_schema *s = gql_schema_finish(b, query, mutation, NULL);
    s->hides_itself = !may_introspect;
    return s;
}

static const struct gql_dialect dialects[] = {
    {"/graphql", STR("test"), make, DIALECT_PAGE},
    {"/api/gql", STR("other"), make, DIALECT_FORMS | DIALECT_DENIALS},
};

/* ---- a server ---- */

const str parlour_page_lines[2] = {STR("X-Page: plain\r\n"), STR("X-Page: tls\r\n")};

void parlour_options(struct parlour *b, const struct graphql_options *o)
{
    struct problem why = {.arena = b->house->arena};
    graphql_close(b->graphql);
    NEED(graphql_open(b->house->gate, o, dialects, COUNTOF(dialects), &b->graphql, &why) == ERR_OK);
    size_t count = graphql_routes(b->graphql, parlour_page_lines, b->sets, COUNTOF(b->sets));
    NEED(router_make(b->house->arena, b->sets, count, &b->router, &why) == ERR_OK);
}

static const char *header_of(struct parlour *b, const char *key)
{
    return arena_cstr(b->house->arena, arena_format(b->house->arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(b->house, key))));
}

void parlour_open(struct parlour *b, const struct graphql_options *o)
{
    struct signed_in in;
    *b = (struct parlour){.house = house_open()};
    struct arena *a = b->house->arena;
    struct problem why = {.arena = a};
    house_people(b->house, "{roles: {reader: [], known: {grants: [], graphql_documents: 'persisted'},"
                           "         listed: {grants: [], graphql_documents: 'trusted'}},"
                           " users: {ada: {roles: ['reader'], password: 'correct horse battery'}},"
                           " keys: {bot: {role: 'reader'}, known: {role: 'known'}, listed: {role: 'listed'}}}");
    struct fake_exchange *f = fake_request(a, "POST", "/", "", S(""));
    NEED(gate_login(b->house->gate, &f->x, S("ada"), S("correct horse battery"), &in, &why) == ERR_OK);
    str cookie, rest;
    (void)str_cut(in.cookie, ';', &cookie, &rest);
    b->cookie = arena_cstr(a, arena_format(a, "Cookie: " STR_FMT "\n", STR_ARG(cookie)));
    b->csrf = arena_cstr(a, arena_format(a, "X-CSRF-Token: " STR_FMT "\nHost: here.example\nOrigin: http://here.example\nSec-Fetch-Site: same-origin\n", STR_ARG(in.csrf)));
    b->key = header_of(b, "bot");
    b->listed = header_of(b, "listed");
    b->known = header_of(b, "known");
    parlour_options(b, o);
}

void parlour_close(struct parlour *b)
{
    graphql_close(b->graphql);
    house_close(b->house);
}

static enum err serve(struct parlour *b, struct exchange *x, struct problem *why)
{
    const struct route *route = NULL;
    struct params p = {0};
    void *app = NULL;
    str allow;
    enum err e = router_match(b->router, x, &route, &app, &p, &allow);
    if (e != ERR_OK)
        return problem_set(why, e, "There is nothing here");
    x->route = route->pattern;
    x->body_max = route->body_max;
    if (!(route->flags & ROUTE_OPEN))
        TRY(identify(b->house->gate, x, why));
    return route->run(x, app, &p, why);
}

void parlour_serve(struct parlour *b, struct fake_exchange *f)
{
    struct problem why = {.arena = f->x.arena};
    enum err e = serve(b, &f->x, &why);
    if (e == ERR_OK)
        return;
    CHECK(graphql_speaks_for(b->graphql, &f->x));
    why.err = e;
    graphql_send_problem(&f->x, &why);
}

struct fake_exchange *parlour_ask(struct parlour *b, struct arena *a, const char *method, const char *target, const char *headers, str body)
{
    struct fake_exchange *f = fake_request(a, method, target, headers, body);
    parlour_serve(b, f);
    return f;
}

void parlour_say(const struct fake_exchange *f)
{
    (void)fprintf(stderr, "    %d " STR_FMT "\n", f->status, STR_ARG(str_slice(f->answer, 0, 500)));
}

static const char *headers_of(const struct parlour *b, struct arena *a, const struct talk *r)
{
    const char *who[] = {[NOBODY] = "", [KEY] = b->key, [COOKIE] = b->cookie, [COOKIE_CSRF] = b->cookie,
                         [LISTED] = b->listed, [KNOWN] = b->known};
    return arena_cstr(a, arena_format(a, "%s%s%s", who[r->caller], r->caller == COOKIE_CSRF ? b->csrf : "", r->headers));
}

void parlour_rows(struct parlour *b, const struct talk *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct talk *r = &rows[i];
        struct arena *a = arena_open(16u << 10);
        int before = check_failures;
        CHECK_AT(i);
        struct fake_exchange *f = parlour_ask(b, a, r->method, r->target, headers_of(b, a, r), str_of(r->body));
        CHECK_INT(f->status, r->status);
        if (r->type)
            CHECK_STR(fake_header(f, "Content-Type"), str_of(r->type));
        if (r->has)
            CHECK(str_contains(f->answer, str_of(r->has)));
        if (r->lacks)
            CHECK(!str_contains(f->answer, str_of(r->lacks)));
        if (f->status != 200 && f->answer.len)
            CHECK(!str_contains(f->answer, S("\"data\"")));
        if (f->status == 405)
            CHECK(!str_is_absent(fake_header(f, "Allow")));
        if (check_failures > before)
            parlour_say(f);
        arena_close(a);
    }
}

const struct graphql_options parlour_usual = {.public_introspection = true, .registers = true};

