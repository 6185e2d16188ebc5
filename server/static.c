#include "server/static.h"

#include <zlib.h>

#include "base/limits.h"
#include "web/assets.h"

static bool accepts(const struct exchange *x, str coding)
{
    str rest = exchange_header(x, S("accept-encoding")), piece, name, parameters;
    bool ended = false;
    while (!str_is_absent(rest) && str_next(&rest, &ended, ',', &piece)) {
        (void)str_cut(piece, ';', &name, &parameters);
        if (str_equal_nocase(str_trim(name), coding) && !str_equal(str_trim(parameters), S("q=0")))
            return true;
    }
    return false;
}

/* For the rare client that takes no coding: what is kept as gzip is inflated. */
static str inflate_all(struct arena *a, const struct web_asset *asset)
{
    unsigned char *out = arena_get(a, asset->plain_bytes + 1, 1);
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)asset->gzip.at, .avail_in = (unsigned)asset->gzip.len};
    z.next_out = out;
    z.avail_out = (unsigned)asset->plain_bytes + 1;
    must(inflateInit2(&z, 15 + 16) == Z_OK);
    int rc = inflate(&z, Z_FINISH);
    (void)inflateEnd(&z);
    must(rc == Z_STREAM_END && z.total_out == asset->plain_bytes); /* packed by our own build */
    return (str){(const char *)out, asset->plain_bytes};
}

static bool client_has(const struct exchange *x, str etag)
{
    str rest = exchange_header(x, S("if-none-match")), piece;
    bool ended = false;
    while (!str_is_absent(rest) && str_next(&rest, &ended, ',', &piece))
        if (str_equal(str_trim(piece), etag))
            return true;
    return false;
}

static enum err send_asset(struct exchange *x, const struct web_asset *asset)
{
    x->standing_headers = S("X-Content-Type-Options: nosniff\r\n"
                            "Referrer-Policy: no-referrer\r\n"
                            "Cross-Origin-Opener-Policy: same-origin\r\n"
                            "Cross-Origin-Resource-Policy: same-origin\r\n"
                            "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n");
    exchange_add_header(x, S("Content-Security-Policy"), web_csp);
    exchange_add_header(x, S("ETag"), asset->etag);
    exchange_add_header(x, S("Vary"), S("Accept-Encoding"));
    exchange_add_header(x, S("Cache-Control"),
                        asset->is_immutable ? S("public, max-age=31536000, immutable") : S("no-cache"));
    if (client_has(x, asset->etag)) {
        exchange_send_nothing(x, 304);
        return ERR_OK;
    }
    str body = asset->plain;
    if (asset->brotli.len && accepts(x, S("br"))) {
        exchange_add_header(x, S("Content-Encoding"), S("br"));
        body = asset->brotli;
    } else if (asset->gzip.len && accepts(x, S("gzip"))) {
        exchange_add_header(x, S("Content-Encoding"), S("gzip"));
        body = asset->gzip;
    } else if (str_is_absent(body)) {
        body = inflate_all(x->arena, asset);
    }
    exchange_send_text(x, 200, asset->type, body);
    return ERR_OK;
}

static enum err send_path(struct exchange *x, str path, struct problem *why)
{
    const struct web_asset *asset = web_asset_find(path);
    if (!asset && !str_starts(path, S("assets/")))
        asset = web_asset_find(S("index.html")); /* a page of the dashboard: it routes by itself */
    if (!asset)
        return problem_set(why, ERR_NOT_FOUND, "There is no such file");
    return send_asset(x, asset);
}

static enum err admin_file(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)app;
    return send_path(x, param(p, "path"), why);
}

static enum err admin_index(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)app;
    (void)p;
    return send_path(x, S("index.html"), why);
}

static enum err to_admin(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)app;
    (void)p;
    (void)why;
    exchange_add_header(x, S("Location"), S("/admin/"));
    exchange_send_nothing(x, 302);
    return ERR_OK;
}

const struct route static_routes[] = {
    {M_GET, "/", to_admin, 0, ROUTE_OPEN, "To the dashboard"},
    {M_GET, "/admin", to_admin, 0, ROUTE_OPEN, "To the dashboard"},
    {M_GET, "/admin/", admin_index, 0, ROUTE_OPEN, "The dashboard"},
    {M_GET, "/admin/{path+}", admin_file, 0, ROUTE_OPEN, "The dashboard's files and pages"},
};
const size_t static_route_count = COUNTOF(static_routes);
