/* Names of what there is, page by page, and referrers as an index (oci-registry.md 7 and 8). */
#include "api/answer.h"
#include "api/oci/registry.h"
#include "base/limits.h"

#define TYPES_AT_ONCE 16u             /* ?artifactType= of one question */

static enum err page_of(struct exchange *x, uint64_t most, uint64_t *n, struct problem *why)
{
    str said = oci_parameter(x, "n");
    *n = most;
    if (str_is_absent(said))
        return ERR_OK;
    if (!str_to_u64(said, UINT64_MAX, n))
        return problem_fault(why, ERR_BAD_INPUT, S("n"), S("page"), "n is a number that is not negative");
    if (*n > most)
        *n = most;
    return ERR_OK;
}

static void link_next(struct exchange *x, const struct name_list *names, uint64_t n)
{
    struct buf b;
    if (!names->has_more || names->count == 0)
        return;
    buf_init(&b, x->arena, (size_t)4 * LIMIT_TARGET_BYTES);
    buf_format(&b, "<" STR_FMT "?n=%llu&last=", STR_ARG(x->path), (unsigned long long)n);
    buf_percent(&b, names->names[names->count - 1]);
    buf_add(&b, S(">; rel=\"next\""));
    exchange_add_header(x, S("Link"), buf_str(&b));
}

static void write_names(struct json_writer *w, const char *name, const struct name_list *names)
{
    json_name(w, str_of(name));
    json_list_open(w);
    for (size_t i = 0; i < names->count; i++)
        json_text(w, names->names[i]);
    json_list_close(w);
}

static enum err send(struct exchange *x, struct answer *a, struct problem *why)
{
    str body;
    TRY(answer_end(a, &body, why));
    oci_headers(x);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, body);
    return ERR_OK;
}

enum err oci_tags(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct name_list names;
    struct answer a;
    uint64_t n;
    TRY(page_of(x, LIMIT_TAG_PAGE, &n, why));
    TRY(gate_tags(api->gate, x->who, param(p, "name"), oci_parameter(x, "last"), n, x->arena, &names, why));
    link_next(x, &names, n);
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("name"));
    json_text(&a.json, param(p, "name"));
    write_names(&a.json, "tags", &names);
    json_map_close(&a.json);
    return send(x, &a, why);
}

enum err oci_catalog(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct name_list names;
    struct answer a;
    uint64_t n;
    (void)p;
    TRY(page_of(x, LIMIT_CATALOG_PAGE, &n, why));
    TRY(gate_catalog(api->gate, x->who, oci_parameter(x, "last"), n, x->arena, &names, why));
    link_next(x, &names, n);
    answer_begin(x, &a);
    json_map_open(&a.json);
    write_names(&a.json, "repositories", &names);
    json_map_close(&a.json);
    return send(x, &a, why);
}

static void write_referrer(struct json_writer *w, const struct referrer *r)
{
    json_map_open(w);
    json_name(w, S("mediaType"));
    json_text(w, r->media_type);
    json_name(w, S("digest"));
    json_text(w, r->digest);
    json_name(w, S("size"));
    json_uint(w, r->size);
    if (!str_is_absent(r->artifact_type)) {
        json_name(w, S("artifactType"));
        json_text(w, r->artifact_type);
    }
    if (r->annotations) {
        json_name(w, S("annotations"));
        json_value(w, r->annotations);
    }
    json_map_close(w);
}

void oci_link_referrers(struct exchange *x, const struct referrers_wish *wish, str last)
{
    struct buf b;
    buf_init(&b, x->arena, (size_t)4 * LIMIT_TARGET_BYTES);
    buf_format(&b, "<" STR_FMT "?last=", STR_ARG(x->path));
    buf_percent(&b, last);
    for (size_t i = 0; i < wish->type_count; i++) {
        buf_add(&b, S("&artifactType="));
        buf_percent(&b, wish->types[i]);
    }
    buf_add(&b, S(">; rel=\"next\""));
    exchange_add_header(x, S("Link"), buf_str(&b));
}

void oci_write_referrers(struct json_writer *w, const struct referrer *list, size_t count)
{
    json_list_open(w);
    for (size_t i = 0; i < count; i++)
        write_referrer(w, &list[i]);
    json_list_close(w);
}

enum err oci_referrers(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct referrer *list = NULL;
    size_t count = 0;
    bool has_more = false;
    struct answer a;
    str types[TYPES_AT_ONCE], body;
    struct referrers_wish wish = {.repository = param(p, "name"), .digest = param(p, "digest"), .types = types, .last = oci_parameter(x, "last")};
    TRY(oci_parameters(x, "artifactType", types, COUNTOF(types), &wish.type_count, why));
    TRY(gate_referrers_page(api->gate, x->who, &wish, x->arena, &list, &count, &has_more, why));
    if (has_more)
        oci_link_referrers(x, &wish, list[count - 1].id);
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_name(&a.json, S("schemaVersion"));
    json_int(&a.json, 2);
    json_name(&a.json, S("mediaType"));
    json_text(&a.json, S("application/vnd.oci.image.index.v1+json"));
    json_name(&a.json, S("manifests"));
    oci_write_referrers(&a.json, list, count);
    json_map_close(&a.json);
    TRY(answer_end(&a, &body, why));
    if (wish.type_count > 0)
        exchange_add_header(x, S("OCI-Filters-Applied"), S("artifactType"));
    oci_headers(x);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_text(x, 200, S("application/vnd.oci.image.index.v1+json"), body);
    return ERR_OK;
}
