/* POST /api/content/items/{model}/query: a listing whose question is too long for a URL. The body is an object
 * of the same parameters, the answer always {data, meta}. It reads and changes nothing, but it is a POST: with
 * a cookie it needs the CSRF proof like every other. */
#include "api/content/content.h"

enum err content_items_query(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_params params;
    const struct collection *c;
    const struct json *body;
    struct query *q;
    struct answer answer;
    struct page page = {0};
    str text;
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    TRY(gate_allows(x->who, VERB_READ, c, why));
    TRY(content_params_read(x, api, content_no_names, &params, why));
    TRY(exchange_json(x, &body, why));
    if (body->type != JSON_MAP)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("type"), "The body must be an object of parameters");
    if (json_get(body, S("model"))) /* a member of listings that are several */
        return problem_fault(why, ERR_BAD_INPUT, S("model"), S("unknown-parameter"), "The collection is named by the path, there is no model here");
    TRY(content_params_of_json(x->arena, body, &params, why));
    TRY(content_query(x->arena, x->who, c, &params, &q, why));
    params.has_cursor = true; /* {data, meta} */
    params.keeps_bare = false;
    answer_begin(x, &answer);
    TRY(content_write_list(x, api, q, &params, &answer.json, &page, why));
    TRY(answer_end(&answer, &text, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}
