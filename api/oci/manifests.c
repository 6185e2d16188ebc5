/* Manifests and tags (oci-registry.md 6). The bytes that came are the bytes that go out; Accept is advice. */
#include "api/assets/assets.h"
#include "api/oci/registry.h"
#include "base/limits.h"

static enum err read_manifest(void *self, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    return registry_read(self, offset, into, room, got, why);
}

enum err oci_manifest(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct registry_bytes b;
    TRY(gate_manifest_open(api->gate, x->who, oci_repository(x, api, p), param(p, "reference"), x->method == M_HEAD, x->arena, &b, why));
    struct sending s = {.read = read_manifest, .self = &b, .size = b.size, .tag = b.digest, .mime = b.media_type, .cache = S("private, no-cache")};
    oci_headers(x);
    exchange_add_header(x, S("Docker-Content-Digest"), b.digest);
    enum err e = asset_send(x, &s, why);
    registry_close(&b);
    return e;
}

/* "type/name; charset=x" without what is behind it. */
static str plain_type(str header)
{
    str type, unused;
    (void)str_cut(header, ';', &type, &unused);
    return str_trim(type);
}

/* One tag in quotes: If-Match compares and swaps. */
static str unquoted(str tag)
{
    tag = str_trim(tag);
    return tag.len >= 2 && tag.at[0] == '"' && tag.at[tag.len - 1] == '"' ? str_slice(tag, 1, tag.len - 1) : tag;
}

/* Each once. */
static size_t fold(str *tags, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_twice = false;
        for (size_t k = 0; k < kept && !is_twice; k++)
            is_twice = str_equal(tags[k], tags[i]);
        if (!is_twice)
            tags[kept++] = tags[i];
    }
    return kept;
}

static enum err read_body(void *self, str *bytes, struct problem *why)
{
    return exchange_body(self, bytes, why);
}

enum err oci_manifest_put(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    str tags[LIMIT_TAGS_AT_ONCE], match = exchange_header(x, S("if-match"));
    struct manifest_wish wish = {.repository = param(p, "name"), .reference = param(p, "reference"), .tags = tags, .read = read_body, .self = x,
                                 .media_type = plain_type(exchange_header(x, S("content-type")))};
    struct manifest_made made;
    TRY(oci_parameters(x, "tag", tags, COUNTOF(tags), &wish.tag_count, why));
    wish.tag_count = fold(tags, wish.tag_count);
    wish.only_new = str_equal(str_trim(exchange_header(x, S("if-none-match"))), S("*"));
    if (!str_is_absent(match))
        wish.only_if = unquoted(match);
    TRY(gate_manifest_put(api->gate, x->who, &wish, x->arena, &made, why));
    exchange_add_header(x, S("Location"), arena_format(x->arena, "/v2/" STR_FMT "/manifests/" STR_FMT, STR_ARG(wish.repository), STR_ARG(made.digest)));
    exchange_add_header(x, S("Docker-Content-Digest"), made.digest);
    if (!str_is_absent(made.subject))
        exchange_add_header(x, S("OCI-Subject"), made.subject);
    struct pair *each = NEW_N(x->arena, struct pair, wish.tag_count + 1);
    for (size_t i = 0; i < wish.tag_count; i++)
        each[i] = (struct pair){S("OCI-Tag"), tags[i]};
    oci_headers(x);
    x->send(x, 201, each, wish.tag_count, (str){"", 0});
    return ERR_OK;
}

enum err oci_manifest_delete(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    str match = exchange_header(x, S("if-match")), only_if = str_is_absent(match) ? match : unquoted(match);
    TRY(gate_manifest_delete(api->gate, x->who, param(p, "name"), param(p, "reference"), only_if, x->arena, why));
    oci_send_empty(x, 202);
    return ERR_OK;
}
