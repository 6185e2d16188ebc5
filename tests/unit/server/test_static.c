#include "server/static.h"

#include "base/http.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "web/assets.h"

static void the_best_coding_that_is_taken_is_chosen(void **state)
{
    static const struct {
        const char *accepts;
        enum coding both, gzip_only;
    } cases[] = {
        {"", CODING_NONE, CODING_NONE},
        {"gzip, deflate, br, zstd", CODING_BROTLI, CODING_GZIP},
        {"gzip", CODING_GZIP, CODING_GZIP},
        {"GZIP;q=0.5", CODING_GZIP, CODING_GZIP},
        {"br;q=0, gzip", CODING_GZIP, CODING_GZIP},
        {"br;q=0.000,gzip;q=0", CODING_NONE, CODING_NONE},
        {"br ; q=1 , gzip", CODING_BROTLI, CODING_GZIP},
        {"*", CODING_BROTLI, CODING_GZIP},
        {"*;q=0", CODING_NONE, CODING_NONE},
        {"br;q=0, *", CODING_GZIP, CODING_GZIP},
        {"identity", CODING_NONE, CODING_NONE},
        {"brr, xgzip", CODING_NONE, CODING_NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(static_coding(str_of(cases[i].accepts), true, true), cases[i].both);
        CHECK_INT(static_coding(str_of(cases[i].accepts), false, true), cases[i].gzip_only);
        CHECK_INT(static_coding(str_of(cases[i].accepts), false, false), CODING_NONE);
    }
}

/* Runs the route that the router would choose. */
static struct fake_exchange *get(struct arena *a, struct router *router, const char *path,
                                 const char *headers)
{
    struct fake_exchange *f = fake_request(a, "GET", path, headers, S(""));
    struct problem why = {.arena = a};
    const struct route *route;
    struct params p = {0};
    void *app;
    str allow;
    enum err e = router_match(router, &f->x, &route, &app, &p, &allow);
    if (e == ERR_OK)
        e = route->run(&f->x, app, &p, &why);
    if (e != ERR_OK)
        f->status = err_facts(e)->http_status;
    return f;
}

static void the_dashboard_is_served(void **state)
{
    struct arena *a = arena_open(64 << 10);
    struct problem why = {.arena = a};
    struct security_headers security;
    struct router *router;
    (void)state;
    security_headers_make(a, web_csp, &security);
    struct route_set set = {static_routes, static_route_count, &security};
    NEED(router_make(a, &set, 1, &router, &why) == ERR_OK);

    struct fake_exchange *f = get(a, router, "/", "");
    CHECK_INT(f->status, 302);
    CHECK_STR(fake_header(f, "Location"), S("/admin/"));
    CHECK_INT(get(a, router, "/admin", "")->status, 302);

    int found = web_asset_count ? 200 : 404;
    static const char *const pages[] = {"/admin/", "/admin/index.html", "/admin/content/posts",
                                        "/admin/content/posts/",
                                        "/admin/assets/0123456789abcdef01234567"};
    for (size_t i = 0; i < COUNTOF(pages); i++) {
        CHECK_AT(i);
        f = get(a, router, pages[i], "");
        CHECK_INT(f->status, found);
        if (found == 200) {
            CHECK_STR(fake_header(f, "Content-Type"), S("text/html; charset=utf-8"));
            CHECK_STR(fake_header(f, "Cache-Control"), S("no-cache"));
            CHECK(str_starts(f->answer, S("<!doctype html>")) ||
                  str_starts(f->answer, S("<!DOCTYPE html>")));
            CHECK(str_contains(f->x.standing_headers, S("script-src 'self'")));
        }
    }
    CHECK_INT(get(a, router, "/admin/_built/none.js", "")->status, 404);
    for (size_t i = 0; i < web_asset_count; i++) {
        const struct web_asset *asset = &web_assets[i];
        const char *path = arena_cstr(a, arena_format(a, "/admin/" STR_FMT, STR_ARG(asset->path)));
        CHECK_AT(i);
        f = get(a, router, path, "Accept-Encoding: br, gzip\n");
        CHECK_INT(f->status, 200);
        CHECK_STR(fake_header(f, "Content-Encoding"), asset->brotli.len ? S("br") : (str){0});
        CHECK_STR(fake_header(f, "Vary"), S("Accept-Encoding"));
        f = get(a, router, path, "");
        CHECK_INT(f->answer.len, asset->plain_bytes);
        CHECK(str_is_absent(fake_header(f, "Content-Encoding")));
        f = get(
            a, router, path,
            arena_cstr(a, arena_format(a, "If-None-Match: " STR_FMT "\n", STR_ARG(asset->etag))));
        CHECK_INT(f->status, 304);
        CHECK_INT(f->answer.len, 0);
    }
    arena_close(a);
}

/* Windows that a page opened, or that opened it, reach nothing of it; no frame shows it; its
 * address is told to nobody. */
static void pages_keep_to_themselves(void **state)
{
    static const char *const said[] = {"Cross-Origin-Opener-Policy: same-origin\r\n",
                                       "Cross-Origin-Resource-Policy: same-origin\r\n",
                                       "Referrer-Policy: no-referrer\r\n",
                                       "frame-ancestors 'none'",
                                       "default-src 'none'",
                                       "object-src 'none'",
                                       "base-uri 'none'",
                                       "form-action 'self'",
                                       "script-src 'self';"};
    struct arena *a = arena_open(16u << 10);
    struct security_headers security;
    (void)state;
    security_headers_make(a, web_csp, &security);
    for (size_t i = 0; i < COUNTOF(said); i++)
        for (size_t tls = 0; tls < 2; tls++) {
            CHECK_AT(i);
            CHECK(str_contains(security.lines[SECURITY_PAGE][tls], str_of(said[i])));
        }
    CHECK(!str_contains(security.lines[SECURITY_PAGE][0], S("unsafe-eval")));
    arena_close(a);
}

CHECK_MAIN(TEST(pages_keep_to_themselves), TEST(the_best_coding_that_is_taken_is_chosen),
           TEST(the_dashboard_is_served))
