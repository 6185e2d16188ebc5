/* A target that is accepted holds no segment that could lead elsewhere, is accepted again when it
 * is written from its segments, and finds the same route; parameters are made of its segments. */
#include "base/http.h"
#include "tests/support/fuzz.h"

static enum err nothing(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)x, (void)app, (void)p, (void)why;
    return ERR_OK;
}

static const struct route routes[] = {
    {M_GET, "/", nothing, 0, 0, ""},
    {M_GET, "/a", nothing, 0, 0, ""},
    {M_GET, "/a/{b}", nothing, 0, 0, ""},
    {M_GET, "/a/b/{c}/d", nothing, 0, 0, ""},
    {M_POST, "/a/{x}/b/", nothing, 0, 0, ""},
    {M_GET, "/v2/{name+}/manifests/{reference}", nothing, 0, 0, ""},
    {M_GET, "/v2/{name+}/blobs/{digest}", nothing, 0, 0, ""},
    {M_POST, "/v2/{name+}/blobs/uploads/", nothing, 0, 0, ""},
    {M_GET, "/v2/{name+}/tags/list", nothing, 0, 0, ""},
    {M_GET, "/files/{path+}", nothing, 0, 0, ""},
    {M_GET, "/{one}/{two}/{rest+}/end", nothing, 0, 0, ""},
};

static void check_segments(const struct exchange *x)
{
    size_t at = 0;
    for (size_t i = 0; i < x->segment_count; i++) {
        str s = x->segments[i];
        must(s.len > 0 && !str_equal(s, S(".")) && !str_equal(s, S("..")));
        must(!str_find(s, '/', &at) && !str_find(s, '\\', &at) && !str_find(s, '\0', &at));
    }
}

static str write_again(const struct exchange *x)
{
    struct buf b;
    buf_init(&b, x->arena, 1 << 20);
    for (size_t i = 0; i < x->segment_count; i++) {
        buf_byte(&b, '/');
        buf_percent(&b, x->segments[i]);
    }
    if (x->trailing_slash)
        buf_byte(&b, '/');
    return buf_str(&b);
}

static const struct route *match(const struct router *r, struct exchange *x, size_t *taken)
{
    const struct route *route = NULL;
    void *app = NULL;
    struct params p = {0};
    str allow = {0};
    enum err e = router_match(r, x, &route, &app, &p, &allow);
    must(e == ERR_OK || e == ERR_NOT_FOUND || (e == ERR_BAD_METHOD && allow.len > 0));
    for (size_t i = 0; i < p.count; i++)
        must(str_contains(x->path, p.values[i].value) && p.values[i].value.len > 0);
    *taken = p.count;
    return route;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(1 << 16);
    struct problem why = {.arena = a};
    struct router *r = NULL;
    const struct route_set set = {routes, sizeof routes / sizeof routes[0], NULL};
    must(router_make(a, &set, 1, &r, &why) == ERR_OK);
    struct exchange x = {.arena = a, .method = size % 2 ? M_GET : M_POST}, y = x;
    if (exchange_take_target(&x, (str){(const char *)data, size}, &why) == ERR_OK) {
        check_segments(&x);
        str again = write_again(&x);
        if (again.len <= 8192) {
            size_t one = 0, two = 0;
            must(exchange_take_target(&y, again, &why) == ERR_OK);
            must(str_equal(x.path, y.path));
            must(match(r, &x, &one) == match(r, &y, &two) && one == two);
        }
    } else {
        must(why.err != ERR_OK && x.segments == NULL);
    }
    arena_close(a);
    return 0;
}
