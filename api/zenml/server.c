/* What ZenML's clients ask a server before anybody has signed in. Strangers learn how to sign in and nothing else
 * (zenml-tokens.md 9). */
#include "api/answer.h"
#include "api/zenml/zenml.h"
#include "content/content_figures.h"

static enum err send_text(struct exchange *x, str text)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, x->arena, 1024);
    json_begin(&w, &b);
    json_text(&w, text);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, buf_str(&b));
    return ERR_OK;
}

enum err zenml_health(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    (void)app;
    (void)p;
    (void)why;
    return send_text(x, S("OK"));
}

enum err zenml_ready(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    struct content_figures figures;
    (void)p;
    gate_figures(api->gate, &figures);
    return figures.read_only ? problem_set(why, ERR_UNAVAILABLE, "The storage takes no writes") : send_text(x, S("OK"));
}

enum err zenml_version(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct api *api = app;
    (void)p;
    (void)why;
    return send_text(x, str_of(api->version));
}

enum err zenml_info(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const struct {
        const char *name, *value;
    } constants[] = {{"deployment_type", "other"},
                     {"database_type", "sqlite"},
                     {"secrets_store_type", "sql"},
                     {"auth_scheme", "OAUTH2_PASSWORD_BEARER"}};
    struct api *api = app;
    struct answer a;
    str body = {0}, url = str_is_absent(api->options.zenml.server_url) ? S("") : api->options.zenml.server_url;
    (void)p;
    answer_begin(x, &a);
    json_map_open(&a.json);
    zenml_text(&a.json, "id", gate_server_id(api->gate, x->arena));
    zenml_text(&a.json, "name", S("vitrine"));
    zenml_text(&a.json, "version", str_of(api->version));
    zenml_flag(&a.json, "active", gate_setup_code(api->gate).len == 0);
    zenml_flag(&a.json, "debug", false);
    for (size_t i = 0; i < COUNTOF(constants); i++)
        zenml_text(&a.json, constants[i].name, str_of(constants[i].value));
    zenml_text(&a.json, "server_url", url);
    zenml_text(&a.json, "dashboard_url", url.len ? arena_format(x->arena, STR_FMT "/admin/", STR_ARG(url)) : S(""));
    zenml_flag(&a.json, "analytics_enabled", false);
    json_name(&a.json, S("metadata"));
    json_map_open(&a.json);
    json_map_close(&a.json);
    zenml_null(&a.json, "last_user_activity");
    json_map_close(&a.json);
    TRY(answer_end(&a, &body, why));
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, body);
    return ERR_OK;
}
