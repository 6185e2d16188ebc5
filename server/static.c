#include "server/static.h"

#include "base/limits.h"
#include "base/validator.h"
#include "web/assets.h"

#include <zlib.h>

/* "q=0" and its longer spellings: 0, 0., 0.0, 0.00, 0.000. */
static bool is_zero(str q)
{
    if (q.len == 0 || q.at[0] != '0')
        return false;
    for (size_t i = 1; i < q.len; i++)
        if (q.at[i] != '0' && !(i == 1 && q.at[i] == '.'))
            return false;
    return true;
}

static bool is_refused(str parameters)
{
    bool ended = parameters.len == 0;
    str one;
    while (str_next(&parameters, &ended, ';', &one)) {
        one = str_trim(one);
        if (str_starts(one, S("q=")) || str_starts(one, S("Q=")))
            return is_zero(str_trim(str_slice(one, 2, one.len)));
    }
    return false;
}

enum coding static_coding(str accept_encoding, bool has_brotli, bool has_gzip)
{
    bool takes[2] = {false, false}, named[2] = {false, false}, any = false;
    static const str names[2] = {STR("br"), STR("gzip")};
    bool ended = accept_encoding.len == 0;
    str item, name, parameters;
    while (str_next(&accept_encoding, &ended, ',', &item)) {
        str_cut(item, ';', &name, &parameters);
        name = str_trim(name);
        for (size_t i = 0; i < 2; i++)
            if (str_equal_nocase(name, names[i])) {
                named[i] = true;
                takes[i] = !is_refused(parameters);
            }
        if (str_equal(name, S("*")))
            any = !is_refused(parameters);
    }
    if (has_brotli && (takes[0] || (any && !named[0])))
        return CODING_BROTLI;
    if (has_gzip && (takes[1] || (any && !named[1])))
        return CODING_GZIP;
    return CODING_NONE;
}

/* For clients that take no coding at all. */
static enum err inflate_plain(struct exchange *x, const struct web_asset *asset, str *out,
                              struct problem *why)
{
    char *at = arena_get(x->arena, asset->plain_bytes + 1, 1);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)asset->gzip.at,
                  .avail_in = (uInt)asset->gzip.len,
                  .next_out = (Bytef *)at,
                  .avail_out = (uInt)asset->plain_bytes + 1};
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return problem_set(why, ERR_INTERNAL, "inflateInit2 failed");
    int result = inflate(&z, Z_FINISH);
    size_t length = z.total_out;
    inflateEnd(&z);
    if (result != Z_STREAM_END || length != asset->plain_bytes)
        return problem_set(why, ERR_INTERNAL, "a packed asset does not unpack");
    *out = (str){at, length};
    return ERR_OK;
}

static enum err send_asset(struct exchange *x, const struct web_asset *asset, struct problem *why)
{
    str cache = asset->is_immutable ? S("public, max-age=31536000, immutable") : S("no-cache");
    struct pair headers[5] = {
        {S("Cache-Control"), cache}, {S("ETag"), asset->etag}, {S("Vary"), S("Accept-Encoding")}};
    size_t count = 3;
    if (validator_matches(exchange_header(x, S("if-none-match")), asset->etag)) {
        x->send(x, 304, headers, count, S(""));
        return ERR_OK;
    }
    headers[count++] = (struct pair){S("Content-Type"), asset->type};
    str body = asset->plain;
    switch (static_coding(exchange_header(x, S("accept-encoding")), asset->brotli.len > 0,
                          asset->gzip.len > 0)) {
    case CODING_BROTLI:
        headers[count++] = (struct pair){S("Content-Encoding"), S("br")};
        body = asset->brotli;
        break;
    case CODING_GZIP:
        headers[count++] = (struct pair){S("Content-Encoding"), S("gzip")};
        body = asset->gzip;
        break;
    case CODING_NONE:
        if (str_is_absent(body))
            TRY(inflate_plain(x, asset, &body, why));
        break;
    }
    x->send(x, 200, headers, count, body);
    return ERR_OK;
}

static enum err dashboard(struct exchange *x, void *app, const struct params *p,
                          struct problem *why)
{
    const struct security_headers *security = app;
    str path = p->count > 0 ? param(p, "path") : S("index.html");
    const struct web_asset *asset = x->trailing_slash && p->count > 0 ? NULL : web_asset_find(path);
    if (asset == NULL && !str_starts(path, S("_built/")))
        asset = web_asset_find(S("index.html"));
    if (asset == NULL)
        return problem_set(why, ERR_NOT_FOUND,
                           web_asset_count ? "There is no such file."
                                           : "This build has no dashboard.");
    x->standing_headers = security->lines[SECURITY_PAGE][x->is_tls];
    return send_asset(x, asset, why);
}

static enum err to_dashboard(struct exchange *x, void *app, const struct params *p,
                             struct problem *why)
{
    (void)app, (void)p, (void)why;
    struct pair to = {S("Location"), S("/admin/")};
    x->send(x, 302, &to, 1, S(""));
    return ERR_OK;
}

const struct route static_routes[] = {
    {M_GET, "/", to_dashboard, 0, ROUTE_OPEN, "To the dashboard"},
    {M_GET, "/admin", to_dashboard, 0, ROUTE_OPEN, "To the dashboard"},
    {M_GET, "/admin/", dashboard, 0, ROUTE_OPEN, "The dashboard"},
    {M_GET, "/admin/{path+}", dashboard, 0, ROUTE_OPEN, "Files and pages of the dashboard"},
    {M_GET, "/admin/{path+}/", dashboard, 0, ROUTE_OPEN, "Pages of the dashboard"},
};
const size_t static_route_count = COUNTOF(static_routes);
