/* Uploads in pieces that survive broken connections and restarts: the core of tus 1.0.0 (tus.io/protocols/
 * resumable-upload), with its extensions creation, expiration and termination. */
#include "api/assets/assets.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"

#define VERSION "1.0.0"

/* For whoever may bring bytes at all. Every answer says the version, and every request has to. */
static enum err speak(struct exchange *x, struct api *api, struct problem *why)
{
    struct content_params none;
    const struct collection *assets = model_find(principal_model(x->who), S("assets"));
    str version = exchange_header(x, S("tus-resumable"));
    if (!gate_may(x->who, VERB_UPDATE, assets))
        TRY(gate_allows(x->who, VERB_CREATE, assets, why));
    exchange_add_header(x, S("Tus-Resumable"), S(VERSION));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    TRY(content_params_read(x, api, content_no_names, &none, why));
    if (str_is_absent(version) && (x->method == M_GET || x->method == M_HEAD))
        return ERR_OK;
    if (str_equal(version, S(VERSION)))
        return ERR_OK;
    exchange_add_header(x, S("Tus-Version"), S(VERSION));
    return problem_fault(why, ERR_STALE, S("Tus-Resumable"), S("version"), "The header Tus-Resumable must be " VERSION);
}

static void add_number(struct exchange *x, str name, uint64_t n)
{
    exchange_add_header(x, name, arena_format(x->arena, "%llu", (unsigned long long)n));
}

static void add_state(struct exchange *x, const struct upload *u)
{
    char *date = arena_get(x->arena, HTTP_DATE_LENGTH + 1, 1);
    http_date(u->expires_ms / 1000, date);
    add_number(x, S("Upload-Offset"), u->offset);
    add_number(x, S("Upload-Length"), u->length);
    exchange_add_header(x, S("Upload-Expires"), (str){date, HTTP_DATE_LENGTH});
    if (!str_is_absent(u->asset))
        exchange_add_header(x, S("Vitrine-Asset"), u->asset);
}

static enum err read_number(const struct exchange *x, const char *name, uint64_t *out, struct problem *why)
{
    str v = exchange_header(x, str_of(name));
    if (!str_is_absent(v) && str_to_u64(v, INT64_MAX, out))
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, str_of(name), S("header"), "The header %s must be a number of bytes", name);
}

/* "filename d29ybGQ=,title SGVsbG8=": what clients say of the file by themselves, and fields of the asset. */
struct metadata {
    str name, replaces;
    struct json values;               /* a map */
};

static enum err bad_metadata(struct problem *why)
{
    return problem_fault(why, ERR_BAD_INPUT, S("Upload-Metadata"), S("header"), "The header Upload-Metadata has pairs of a name and base64, each name once");
}

static enum err take_pair(struct exchange *x, str piece, struct metadata *out, struct json *members, struct problem *why)
{
    static const str passed_over[] = {STR("filetype"), STR("type"), STR("contentType"), STR("relativePath"), STR("is_confidential")};
    str key, coded, value = S("");
    (void)str_cut(str_trim(piece), ' ', &key, &coded);
    coded = str_trim(coded);
    if (key.len == 0 || (coded.len && !base64_decode(x->arena, coded, &value)) || !utf8_valid(value) || !utf8_valid(key) ||
        (value.len && memchr(value.at, '\0', value.len)))
        return bad_metadata(why);
    for (size_t i = 0; i < COUNTOF(passed_over); i++)
        if (str_equal(key, passed_over[i]))
            return ERR_OK;
    if (str_equal(key, S("filename")) || (str_equal(key, S("name")) && str_is_absent(out->name))) {
        out->name = value;
        return ERR_OK;
    }
    if (str_equal(key, S("name")))
        return ERR_OK;
    if (str_equal(key, S("replaces"))) {
        out->replaces = value;
        return ERR_OK;
    }
    for (uint32_t i = 0; i < out->values.count; i++)
        if (str_equal(members[i].name, key))
            return bad_metadata(why);
    if (out->values.count == LIMIT_QUERY_PARAMETERS)
        return bad_metadata(why);
    members[out->values.count++] = json_named(key, json_of_text(value));
    return ERR_OK;
}

static enum err read_metadata(struct exchange *x, struct metadata *out, struct problem *why)
{
    str rest = exchange_header(x, S("upload-metadata")), piece;
    bool ended = rest.len == 0;
    struct json *members = NEW_N(x->arena, struct json, LIMIT_QUERY_PARAMETERS);
    *out = (struct metadata){.values = json_of_map(members, 0)};
    out->values.items = members;
    while (str_next(&rest, &ended, ',', &piece))
        TRY(take_pair(x, piece, out, members, why));
    return ERR_OK;
}

enum err upload_begin(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct metadata meta;
    struct upload u;
    uint64_t length = 0;
    (void)p;
    TRY(speak(x, api, why));
    TRY(gate_allows(x->who, VERB_CREATE, model_find(principal_model(x->who), S("assets")), why));
    TRY(read_number(x, "Upload-Length", &length, why));
    TRY(read_metadata(x, &meta, why));
    TRY(gate_upload_begin(api->gate, x->who, meta.name, length, meta.values.count ? &meta.values : NULL, meta.replaces, x->arena, &u, why));
    add_state(x, &u);
    exchange_add_header(x, S("Location"), arena_format(x->arena, "/api/assets/uploads/" STR_FMT, STR_ARG(u.name)));
    exchange_send_nothing(x, 201);
    return ERR_OK;
}

enum err upload_look(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct upload u;
    TRY(speak(x, api, why));
    TRY(gate_upload_find(api->gate, x->who, param(p, "upload"), x->arena, &u, why));
    add_state(x, &u);
    exchange_send_text(x, 200, S("text/plain; charset=utf-8"), S(""));
    return ERR_OK;
}

enum err upload_append(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct body_source source;
    struct upload u;
    uint64_t offset = 0;
    TRY(speak(x, api, why));
    if (!str_equal_nocase(exchange_header(x, S("content-type")), S("application/offset+octet-stream")))
        return problem_set(why, ERR_BAD_MEDIA, "Pieces have the type application/offset+octet-stream");
    TRY(read_number(x, "Upload-Offset", &offset, why));
    body_source_init(&source, x);
    TRY(gate_upload_append(api->gate, x->who, param(p, "upload"), offset, &source.source, x->arena, &u, why));
    add_state(x, &u);
    exchange_send_nothing(x, 204);
    return ERR_OK;
}

enum err upload_end(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    TRY(speak(x, api, why));
    TRY(gate_upload_end(api->gate, x->who, param(p, "upload"), x->arena, why));
    exchange_send_nothing(x, 204);
    return ERR_OK;
}
