/* What all of Notary's calls share: bodies, answers, errors (notary.md 1, 2). */
#include "api/notary/notary.h"

#include "api/problem.h"
#include "base/limits.h"
#include "content/kind.h"

bool notary_speaks_data(const struct api *api)
{
    return api && api->options.notary_dialect == 1;
}

static void no_store(struct exchange *x)
{
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
}

void notary_begin(struct exchange *x, const struct api *api, struct answer *a)
{
    answer_begin(x, a);
    json_map_open(&a->json);
    json_name(&a->json, notary_speaks_data(api) ? S("data") : S("result"));
}

enum err notary_send(struct exchange *x, struct answer *a, int status, struct problem *why)
{
    str body;
    json_map_close(&a->json);
    TRY(answer_end(a, &body, why));
    no_store(x);
    exchange_send_json(x, status, body);
    return ERR_OK;
}

enum err notary_done(struct exchange *x, const struct api *api, int status)
{
    no_store(x);
    exchange_send_json(x, status, notary_speaks_data(api) ? S("{}") : S("{\"result\":{\"message\":\"success\"}}"));
    return ERR_OK;
}

enum err notary_made(struct exchange *x, const struct api *api, int64_t number, struct problem *why)
{
    struct answer a;
    notary_begin(x, api, &a);
    json_map_open(&a.json);
    if (!notary_speaks_data(api)) {
        json_name(&a.json, S("message"));
        json_text(&a.json, S("success"));
    }
    json_name(&a.json, S("id"));
    json_int(&a.json, number);
    json_map_close(&a.json);
    return notary_send(x, &a, 201, why);
}

/* "Not Found" is "not found" there, but "JSON" stays what it is. */
static str in_lower_case(struct arena *a, str text)
{
    char *out = arena_get(a, text.len + 1, 1);
    for (size_t i = 0; i < text.len; i++) {
        bool is_capital = text.at[i] >= 'A' && text.at[i] <= 'Z';
        bool in_capitals = i + 1 < text.len && text.at[i + 1] >= 'A' && text.at[i + 1] <= 'Z';
        bool behind_one = i > 0 && text.at[i - 1] >= 'A' && text.at[i - 1] <= 'Z';
        out[i] = is_capital && !in_capitals && !behind_one ? (char)(text.at[i] - 'A' + 'a') : text.at[i];
    }
    return (str){out, text.len};
}

static void send_error(struct exchange *x, const struct api *api, int status, str text)
{
    struct answer a;
    answer_begin(x, &a);
    json_map_open(&a.json);
    if (!notary_speaks_data(api)) {
        json_name(&a.json, S("error"));
        json_text(&a.json, text);
    } else if (status != 500) { /* of its own faults it says nothing there */
        json_name(&a.json, S("message"));
        json_text(&a.json, in_lower_case(x->arena, text));
    }
    json_map_close(&a.json);
    exchange_send_json(x, status, buf_str(a.body));
}

enum err notary_say(struct exchange *x, const struct api *api, int status, str text)
{
    no_store(x);
    send_error(x, api, status, text);
    return ERR_OK;
}

/* Its words where it has some. Authentication comes first there, then permission, and nothing is hidden behind
 * "not found": who may not is told so. */
static str text_of(const struct exchange *x, const struct problem *why)
{
    static const str words[ERR_COUNT] = {
        [ERR_UNAUTHENTICATED] = STR("Unauthorized"),
        [ERR_FORBIDDEN] = STR("forbidden: insufficient permissions"),
        [ERR_NOT_FOUND] = STR("Not Found"),
        [ERR_BAD_METHOD] = STR("Method Not Allowed"),
        [ERR_TOO_LARGE] = STR("Request Entity Too Large"),
        [ERR_INTERNAL] = STR("Internal Error"),
    };
    return words[why->err].len ? words[why->err] : problem_sentence(x->arena, why);
}

void notary_problem(struct exchange *x, const struct problem *why)
{
    int status = why->err == ERR_INVALID ? 400 : err_facts(why->err)->http_status;
    problem_headers(x, why);
    send_error(x, x->app, status, text_of(x, why));
}

bool notary_body(struct exchange *x, const struct api *api, const struct json **out)
{
    struct problem quiet = {.arena = x->arena};
    str text;
    enum err e = exchange_body(x, &text, &quiet);
    if (e == ERR_TOO_LARGE) {
        err_ignored(notary_say(x, api, 413, S("Request Entity Too Large")));
        return false;
    }
    if (e == ERR_OK)
        e = json_read(x->arena, text, NULL, (str){0}, out, &quiet);
    if (e == ERR_OK && (*out)->type == JSON_MAP)
        return true;
    err_ignored(notary_say(x, api, 400, S("Invalid JSON format")));
    return false;
}

bool notary_text(const struct json *body, str name, str *out)
{
    const struct json *v = json_get(body, name);
    *out = v && v->type == JSON_TEXT ? v->text : (str){0};
    return !v || v->type == JSON_TEXT || v->type == JSON_NULL;
}

bool notary_id(const struct params *p, int64_t *out)
{
    return str_to_i64(param(p, "id"), out);
}

const str notary_roles[4] = {STR("admin"), STR("certificate_manager"), STR("certificate_requestor"), STR("certificate_reader")};

int64_t notary_role_id(const str *roles, size_t count)
{
    for (size_t id = 0; id + 1 < COUNTOF(notary_roles); id++)
        for (size_t i = 0; i < count; i++)
            if (str_equal(roles[i], notary_roles[id]))
                return (int64_t)id;
    return COUNTOF(notary_roles) - 1;
}

bool notary_refuse(const struct exchange *x, struct problem *why)
{
    bool nobody = x->who->kind == PRINCIPAL_PUBLIC;
    err_ignored(problem_set(why, nobody ? ERR_UNAUTHENTICATED : ERR_FORBIDDEN, "Notary's surface"));
    return false;
}

void notary_set(struct change *c, struct arena *a, const char *field, struct json v)
{
    const struct field *f = collection_field(c->in, str_of(field));
    must(f != NULL);
    if (!c->values)
        c->values = NEW_N(a, struct json, c->in->field_count);
    c->values[f->index] = json_named(f->name, v);
    field_set_add(&c->set, f->index);
}
