#include "base/http.h"
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"

static enum err nothing(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)x, (void)app, (void)p, (void)why;
    return ERR_OK;
}

#define ROUTE(m, p)                                                                                \
    {                                                                                              \
        .method = M_##m, .pattern = (p), .run = nothing, .doc = ""                                 \
    }

static const struct route content[] = {
    ROUTE(GET, "/"),
    ROUTE(GET, "/api/content/items/{model}"),
    ROUTE(GET, "/api/content/item/{model}/{id}"),
    ROUTE(POST, "/api/content/item/{model}/{id}"),
    ROUTE(GET, "/api/content/item/{model}/first"),
    ROUTE(GET, "/api/{any}/item/posts/{id}"),
    ROUTE(GET, "/users/me"),
    ROUTE(DELETE, "/users/{id}"),
    ROUTE(GET, "/users/"),
    ROUTE(HEAD, "/headed"),
    ROUTE(GET, "/headed"),
    ROUTE(GET, "/files/{path+}"),
    ROUTE(GET, "/files/{path+}/"),
    ROUTE(PUT, "/files/{name}"),
};

static const struct route registry[] = {
    ROUTE(GET, "/v2/"),
    ROUTE(GET, "/v2/_catalog"),
    ROUTE(GET, "/v2/{name+}/manifests/{reference}"),
    ROUTE(PUT, "/v2/{name+}/manifests/{reference}"),
    ROUTE(GET, "/v2/{name+}/blobs/{digest}"),
    ROUTE(POST, "/v2/{name+}/blobs/uploads/"),
    ROUTE(PATCH, "/v2/{name+}/blobs/uploads/{id}"),
    ROUTE(GET, "/v2/{name+}/blobs/uploads/{id}"),
    ROUTE(GET, "/v2/{name+}/tags/list"),
};

static int content_app, registry_app;

static const struct route_set sets[] = {
    {content, COUNTOF(content), &content_app},
    {registry, COUNTOF(registry), &registry_app},
};

struct match_case {
    const char *method, *target;
    enum err err;
    const char *pattern; /* or what is allowed */
    struct pair params[2];
};

/* clang-format off */
static const struct match_case matches[] = {
    {"GET", "/", ERR_OK, "/", {{{0}, {0}}}},
    {"GET", "/api/content/items/posts", ERR_OK, "/api/content/items/{model}", {{STR("model"), STR("posts")}}},
    {"GET", "/api/content/items/posts/", ERR_NOT_FOUND, "", {{{0}, {0}}}},
    {"GET", "/api/content/items", ERR_NOT_FOUND, "", {{{0}, {0}}}},
    {"HEAD", "/api/content/items/posts", ERR_OK, "/api/content/items/{model}", {{STR("model"), STR("posts")}}},
    {"GET", "/api/content/item/a%20b/7", ERR_OK, "/api/content/item/{model}/{id}", {{STR("model"), STR("a b")}, {STR("id"), STR("7")}}},
    {"POST", "/api/content/item/a/first", ERR_OK, "/api/content/item/{model}/{id}", {{STR("model"), STR("a")}, {STR("id"), STR("first")}}},
    {"GET", "/api/content/item/a/first", ERR_OK, "/api/content/item/{model}/first", {{STR("model"), STR("a")}}},
    /* The leftmost literal decides, also when a later one would fit. */
    {"GET", "/api/content/item/posts/7", ERR_OK, "/api/content/item/{model}/{id}", {{STR("model"), STR("posts")}}},
    {"GET", "/api/other/item/posts/7", ERR_OK, "/api/{any}/item/posts/{id}", {{STR("any"), STR("other")}, {STR("id"), STR("7")}}},
    {"GET", "/users/me", ERR_OK, "/users/me", {{{0}, {0}}}},
    {"DELETE", "/users/me", ERR_OK, "/users/{id}", {{STR("id"), STR("me")}}},
    {"PUT", "/users/me", ERR_BAD_METHOD, "GET, HEAD, DELETE", {{{0}, {0}}}},
    {"GET", "/users/x", ERR_BAD_METHOD, "DELETE", {{{0}, {0}}}},
    {"GET", "/users", ERR_NOT_FOUND, "", {{{0}, {0}}}},
    {"GET", "/users/", ERR_OK, "/users/", {{{0}, {0}}}},
    {"GET", "/files/a", ERR_OK, "/files/{path+}", {{STR("path"), STR("a")}}},
    {"GET", "/files/a/b/c", ERR_OK, "/files/{path+}", {{STR("path"), STR("a/b/c")}}},
    {"GET", "/files/a/b/", ERR_OK, "/files/{path+}/", {{STR("path"), STR("a/b")}}},
    {"PUT", "/files/a", ERR_OK, "/files/{name}", {{STR("name"), STR("a")}}},
    {"PUT", "/files/a/b", ERR_BAD_METHOD, "GET, HEAD", {{{0}, {0}}}},
    {"GET", "/files", ERR_NOT_FOUND, "", {{{0}, {0}}}},
    {"GET", "/v2/", ERR_OK, "/v2/", {{{0}, {0}}}},
    {"GET", "/v2", ERR_NOT_FOUND, "", {{{0}, {0}}}},
    {"GET", "/v2/_catalog", ERR_OK, "/v2/_catalog", {{{0}, {0}}}},
    {"GET", "/v2/a/manifests/latest", ERR_OK, "/v2/{name+}/manifests/{reference}", {{STR("name"), STR("a")}, {STR("reference"), STR("latest")}}},
    {"GET", "/v2/a/manifests/b/manifests/c", ERR_OK, "/v2/{name+}/manifests/{reference}", {{STR("name"), STR("a/manifests/b")}, {STR("reference"), STR("c")}}},
    {"GET", "/v2/manifests/c", ERR_NOT_FOUND, "", {{{0}, {0}}}},
    {"POST", "/v2/a/b/blobs/uploads/", ERR_OK, "/v2/{name+}/blobs/uploads/", {{STR("name"), STR("a/b")}}},
    {"GET", "/v2/a/b/blobs/uploads/7", ERR_OK, "/v2/{name+}/blobs/uploads/{id}", {{STR("name"), STR("a/b")}, {STR("id"), STR("7")}}},
    {"PATCH", "/v2/a/b/blobs/uploads/7", ERR_OK, "/v2/{name+}/blobs/uploads/{id}", {{STR("name"), STR("a/b")}}},
    {"GET", "/v2/a/blobs/sha256:x", ERR_OK, "/v2/{name+}/blobs/{digest}", {{STR("name"), STR("a")}, {STR("digest"), STR("sha256:x")}}},
    {"GET", "/v2/a/blobs/uploads", ERR_OK, "/v2/{name+}/blobs/{digest}", {{STR("name"), STR("a")}, {STR("digest"), STR("uploads")}}},
    {"DELETE", "/v2/a/blobs/uploads/7", ERR_BAD_METHOD, "GET, HEAD, PATCH", {{{0}, {0}}}},
    {"GET", "/v2/x/y/tags/list", ERR_OK, "/v2/{name+}/tags/list", {{STR("name"), STR("x/y")}}},
    {"GET", "/nowhere", ERR_NOT_FOUND, "", {{{0}, {0}}}},
};
/* clang-format on */

static void check_match(struct arena *a, const struct router *r, const struct match_case *c)
{
    struct fake_exchange *f = fake_request(a, c->method, c->target, NULL, S(""));
    const struct route *route = NULL;
    void *app = NULL;
    struct params p = {0};
    str allow = {0};
    CHECK_ERR(router_match(r, &f->x, &route, &app, &p, &allow), c->err);
    if (c->err == ERR_BAD_METHOD)
        CHECK_STR(allow, str_of(c->pattern));
    if (c->err != ERR_OK || route == NULL)
        return;
    CHECK_STR(str_of(route->pattern), str_of(c->pattern));
    CHECK(app == (str_starts(str_of(c->target), S("/v2")) ? &registry_app : &content_app));
    for (size_t i = 0; i < 2 && c->params[i].name.at != NULL; i++)
        CHECK_STR(param(&p, c->params[i].name.at), c->params[i].value);
}

static void requests_find_their_routes(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct problem why = {.arena = a};
    struct router *r = NULL;
    CHECK_PROBLEM(router_make(a, sets, COUNTOF(sets), &r, &why), ERR_OK, &why);
    NEED(r != NULL);
    for (size_t i = 0; i < COUNTOF(matches); i++) {
        CHECK_AT(i);
        check_match(a, r, &matches[i]);
    }
    arena_close(a);
}

static void head_has_its_own_route_or_that_of_get(void **state)
{
    (void)state;
    struct arena *a = arena_open(1 << 16);
    struct problem why = {.arena = a};
    struct router *r = NULL;
    NEED(router_make(a, sets, COUNTOF(sets), &r, &why) == ERR_OK);
    struct fake_exchange *f = fake_request(a, "HEAD", "/headed", NULL, S(""));
    const struct route *route = NULL;
    void *app = NULL;
    struct params p = {0};
    str allow = {0};
    CHECK_ERR(router_match(r, &f->x, &route, &app, &p, &allow), ERR_OK);
    CHECK_INT(route->method, M_HEAD);
    arena_close(a);
}

static void rivals_are_refused_when_the_router_is_built(void **state)
{
    (void)state;
    static const struct {
        struct route one, two;
        enum err err;
    } cases[] = {
        {ROUTE(GET, "/a"), ROUTE(GET, "/a"), ERR_CONFLICT},
        {ROUTE(GET, "/a"), ROUTE(GET, "/a/"), ERR_OK},
        {ROUTE(GET, "/a"), ROUTE(POST, "/a"), ERR_OK},
        {ROUTE(GET, "/{x}"), ROUTE(GET, "/{y}"), ERR_CONFLICT},
        {ROUTE(GET, "/{x}"), ROUTE(POST, "/{y}"), ERR_OK},
        {ROUTE(GET, "/{x}"), ROUTE(GET, "/a"), ERR_OK},
        {ROUTE(GET, "/{x}"), ROUTE(GET, "/{x+}"), ERR_OK},
        {ROUTE(GET, "/a/{x}"), ROUTE(GET, "/{y}/b"), ERR_OK},
        {ROUTE(GET, "/{x+}"), ROUTE(GET, "/{y+}"), ERR_CONFLICT},
        {ROUTE(GET, "/{x+}/a"), ROUTE(GET, "/{x+}/b"), ERR_OK},
        {ROUTE(GET, "/{x+}/a/{y}"), ROUTE(GET, "/{x+}/{y}/b"), ERR_CONFLICT},
        {ROUTE(GET, "/{x+}/a/{y}"), ROUTE(PUT, "/{x+}/{y}/b"), ERR_OK},
        {ROUTE(GET, "/{x+}/a/{y}"), ROUTE(GET, "/{x+}/{y}/b/"), ERR_OK},
        {ROUTE(GET, "/{x+}/a/{y}"), ROUTE(GET, "/{x+}/a/b"), ERR_OK},
        {ROUTE(GET, "/{x+}/{y}"), ROUTE(GET, "/{x+}/{y}/{z}"), ERR_CONFLICT},
        {ROUTE(GET, "/{x+}/a"), ROUTE(GET, "/{x+}/{y}/a"), ERR_CONFLICT},
        {ROUTE(GET, "/p/{x+}/a"), ROUTE(GET, "/q/{x+}/a"), ERR_OK},
        {ROUTE(GET, "/"), ROUTE(GET, "/"), ERR_CONFLICT},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct router *r = NULL;
        const struct route_set two[] = {{&cases[i].one, 1, NULL}, {&cases[i].two, 1, NULL}};
        CHECK_PROBLEM(router_make(a, two, 2, &r, &why), cases[i].err, &why);
        if (cases[i].err == ERR_CONFLICT)
            CHECK(str_contains(why.text, str_of(cases[i].one.pattern)) &&
                  str_contains(why.text, str_of(cases[i].two.pattern)) &&
                  str_contains(why.text, S("GET")));
        arena_close(a);
    }
}

static void patterns_have_a_limit_of_parts(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct router *r = NULL;
        char pattern[2 * (LIMIT_PATH_SEGMENTS + 1) + 1] = "";
        for (size_t i = 0; i < LIMIT_PATH_SEGMENTS + more; i++)
            memcpy(pattern + 2 * i, "/1", 3);
        const struct route one = {.method = M_GET, .pattern = pattern, .run = nothing};
        const struct route_set set = {&one, 1, NULL};
        CHECK_AT(more);
        CHECK(router_make(a, &set, 1, &r, &why) == (more ? ERR_INVALID : ERR_OK));
        arena_close(a);
    }
    CHECK_AT(-1);
}

static void patterns_must_be_well_formed(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "a",
        "/a//b",
        "//",
        "/{",
        "/}",
        "/{}",
        "/{+}",
        "/{a",
        "/a}",
        "/x{a}",
        "/{a}x",
        "/{a-b}",
        "/{a}/{a}",
        "/{a+}/{b+}",
        "/{a+}/{a}",
        "/{a++}",
        "/{1}/{2}/{3}/{4}/{5}/{6}/{7}/{8}/{9}",
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        struct router *r = NULL;
        struct route route = {.method = M_GET, .pattern = cases[i], .run = nothing};
        const struct route_set set = {&route, 1, NULL};
        CHECK_ERR(router_make(a, &set, 1, &r, &why), ERR_INVALID);
        arena_close(a);
    }
}

CHECK_MAIN(TEST(requests_find_their_routes), TEST(head_has_its_own_route_or_that_of_get),
           TEST(rivals_are_refused_when_the_router_is_built), TEST(patterns_must_be_well_formed), TEST(patterns_have_a_limit_of_parts))
