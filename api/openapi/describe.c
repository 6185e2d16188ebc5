/* What the API says of itself: the words of its errors, and its description for programs. */
#include "api/content/content.h"
#include "api/openapi/openapi.h"
#include "base/embed.h"

extern const struct embedded embedded_docs[];
extern const size_t embedded_docs_count;

static enum err errors_page(struct exchange *x, void *app, const struct params *p,
                            struct problem *why)
{
    const struct embedded *page = embed_find(embedded_docs, embedded_docs_count, S("errors.md"));
    (void)app;
    (void)p;
    (void)why;
    must(page != NULL);
    exchange_add_header(x, S("Cache-Control"), S("public, max-age=3600"));
    exchange_send_text(x, 200, S("text/markdown; charset=utf-8"), embed_text(page));
    return ERR_OK;
}

/* Changes with the model and the caller's rights only, like the models. */
static enum err openapi(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params none;
    struct answer answer;
    struct etag tag;
    (void)p;
    TRY(content_params_read(x, api, content_no_names, &none, why));
    etag_begin(x, api, &tag);
    if (etag_answers(x, &tag))
        return ERR_OK;
    answer_begin(x, &answer);
    openapi_write(&answer.json, api, x->arena, x->who);
    return answer_send(x, &answer, &tag, why);
}

/* clang-format off */
static const struct route describe_routes[] = {
    {M_GET, "/docs/errors", errors_page, 0, ROUTE_OPEN, "What the words in problem documents mean"},
    {M_GET, "/api/openapi.json", openapi, 0, 0, "This API as OpenAPI 3.1, as far as this caller may use it"},
    {M_GET, "/openapi.json", openapi, 0, 0, "The same, where generators look for it"},
};
/* clang-format on */
const struct api_table describe_api = {.routes = describe_routes, .count = COUNTOF(describe_routes)};
