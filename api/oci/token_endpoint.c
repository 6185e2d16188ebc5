/* Tokens for container clients: GET and POST /v2/token (oci-registry.md 10.3). GET has its credential in a header, POST in a form; from
 * there on they are the same. */
#include "api/answer.h"
#include "api/oci/registry.h"
#include "api/oci/token.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/registry/sign_in.h"

struct wanted {
    str scopes[LIMIT_SCOPES];         /* several with blanks between in each */
    size_t count;
    str service, client;              /* {0}: not said */
    bool is_offline;                  /* a refresh token, too */
    str refresh;                      /* the one that it is asked with; {0}: with something else */
    bool is_form;
};

/* A token for another service than this one would be for nothing here. */
static bool is_elsewhere(const struct exchange *x, str service)
{
    return service.len > 0 && !str_equal_nocase(service, oci_service(x));
}

static enum err grant(struct api *api, struct exchange *x, const struct wanted *w, struct oci_grants *out, struct problem *why)
{
    static const str nothing = STR("");
    if (is_elsewhere(x, w->service))
        return oci_grant(api->gate, x, &nothing, 1, out, why);
    return oci_grant(api->gate, x, w->scopes, w->count, out, why);
}

/* "repository:a:pull,push repository:b:pull" */
static str spell(struct arena *a, const struct json *access)
{
    struct buf b;
    buf_init(&b, a, LIMIT_RESPONSE_BYTES);
    for (uint32_t i = 0; i < access->count; i++) {
        const struct json *one = &access->items[i], *actions = json_get(one, S("actions"));
        buf_format(&b, "%s" STR_FMT ":" STR_FMT, i ? " " : "", STR_ARG(json_get(one, S("type"))->text), STR_ARG(json_get(one, S("name"))->text));
        for (uint32_t k = 0; k < actions->count; k++)
            buf_format(&b, "%c" STR_FMT, k ? ',' : ':', STR_ARG(actions->items[k].text));
    }
    return buf_str(&b);
}

/* A refresh token is kept by its client as it is: who asks with one is given the same again. */
static enum err send(struct api *api, struct exchange *x, const struct wanted *w, struct problem *why)
{
    struct oci_grants grants;
    struct token made;
    struct answer a;
    struct buf issued;
    str text, refresh = w->refresh;
    int64_t now = time_now_ms();
    TRY(grant(api, x, w, &grants, why));
    TRY(gate_registry_token(api->gate, x, &grants.scopes, &grants.access, &made, why));
    if (w->is_offline && str_is_absent(refresh))
        TRY(gate_registry_offline(api->gate, x, w->client, &refresh, why));
    buf_init(&issued, x->arena, 64);
    time_write(&issued, now);
    answer_begin(x, &a);
    json_map_open(&a.json);
    json_member_text(&a.json, "token", made.text);
    json_member_text(&a.json, "access_token", made.text);
    json_name(&a.json, S("expires_in"));
    json_int(&a.json, (made.expires_ms - now) / 1000);
    json_member_text(&a.json, "issued_at", buf_str(&issued));
    if (w->is_form)
        json_member_text(&a.json, "scope", spell(x->arena, &grants.access));
    if (w->is_offline && !str_is_absent(refresh))
        json_member_text(&a.json, "refresh_token", refresh);
    json_map_close(&a.json);
    TRY(answer_end(&a, &text, why));
    oci_headers(x);
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, text);
    return ERR_OK;
}

static enum err parameters(struct exchange *x, const char *name, str *out, size_t room, size_t *count, struct problem *why)
{
    struct problem quiet = {.arena = x->arena};
    if (oci_parameters(x, name, out, room, count, &quiet) == ERR_OK)
        return ERR_OK;
    return problem_set(why, ERR_BAD_INPUT, "%s cannot be read, or stands there too often", name);
}

static enum err parameter(struct exchange *x, const char *name, str *out, struct problem *why)
{
    size_t count = 0;
    *out = (str){0};
    return parameters(x, name, out, 1, &count, why);
}

/* Whoever sends no credential gets a token of the public's: pulling without a name begins with it. */
static enum err by_header(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct wanted w = {.count = 0};
    str offline;
    (void)p;
    TRY(parameters(x, "scope", w.scopes, COUNTOF(w.scopes), &w.count, why));
    TRY(parameter(x, "service", &w.service, why));
    TRY(parameter(x, "client_id", &w.client, why));
    TRY(parameter(x, "offline_token", &offline, why));
    w.is_offline = str_equal(offline, S("true")) && x->method != M_HEAD; /* whose body nobody sees */
    return send(app, x, &w, why);
}

static enum err by_password(struct api *api, struct exchange *x, const struct form *form, struct wanted *w, struct problem *why)
{
    str name = form_get(form, S("username")), password = form_get(form, S("password"));
    (void)w;
    if (name.len == 0 || password.len == 0)
        return problem_set(why, ERR_BAD_INPUT, "A password is sent as username and password");
    return gate_registry_password(api->gate, x, name, password, why);
}

static enum err by_refresh(struct api *api, struct exchange *x, const struct form *form, struct wanted *w, struct problem *why)
{
    w->refresh = form_get(form, S("refresh_token"));
    if (w->refresh.len == 0)
        return problem_set(why, ERR_BAD_INPUT, "The refresh_token is missing");
    return gate_registry_refresh(api->gate, x, w->refresh, why);
}

static const struct {
    str type;
    enum err (*sign_in)(struct api *api, struct exchange *x, const struct form *form, struct wanted *w, struct problem *why);
} grants[] = {
    {STR("password"), by_password},
    {STR("refresh_token"), by_refresh},
};

static enum err by_form(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct form form = {0};
    struct wanted w = {.is_form = true};
    str body;
    (void)p;
    TRY(exchange_body(x, &body, why));
    TRY(form_read(x->arena, exchange_header(x, S("content-type")), body, &form, why));
    str type = form_get(&form, S("grant_type")), scope = form_get(&form, S("scope"));
    w.service = form_get(&form, S("service"));
    w.client = form_get(&form, S("client_id"));
    w.is_offline = str_equal(form_get(&form, S("access_type")), S("offline"));
    if (scope.len > 0)
        w.scopes[w.count++] = scope;
    for (size_t i = 0; i < COUNTOF(grants); i++)
        if (str_equal(grants[i].type, type)) {
            TRY(grants[i].sign_in(app, x, &form, &w, why));
            return send(app, x, &w, why);
        }
    return problem_set(why, ERR_BAD_INPUT, "grant_type is password or refresh_token");
}

/* clang-format off */
static const struct route token_routes[] = {
    {M_GET,  "/v2/token", by_header, 0, 0, "A short-lived token for repositories"},
    {M_POST, "/v2/token", by_form, LIMIT_TOKEN_FORM_BYTES, ROUTE_FORM, "The same for a password or a refresh token in a form"},
};
/* clang-format on */
const struct api_table oci_token_api = {.routes = token_routes, .count = COUNTOF(token_routes), .problem = oci_problem, .problem_name = "OciProblem"};
