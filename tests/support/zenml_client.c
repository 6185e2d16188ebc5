#include "tests/support/zenml_client.h"

#include "base/time.h"

struct house *client_house(void)
{
    time_set(NOON);
    struct house *h = house_open();
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read']}]},"
                    " users: {root: {roles:['admin'], password:'correct horse battery'}, ada: {password:'lovelace engine'}, bob: {}},"
                    " services: {exporter: {roles:['reader']}},"
                    " keys: {root: {user:'root'}, ada: {user:'ada'}, svc: {service:'exporter', kind:'zenml'}, role: {role:'reader'}}}");
    return h;
}

void client_close(struct house *h)
{
    house_close(h);
    time_set(0);
}

struct fake_exchange *client_send(struct house *h, struct arena *a, const char *method, const char *target, const char *headers,
                                 const char *body)
{
    return rest_request(h->gate, a, method, target, headers, str_of(body), NULL);
}

struct fake_exchange *client_ask(struct house *h, struct arena *a, const char *method, const char *target, const char *key,
                                const char *json)
{
    str line = S("");
    if (key && strchr(key, ':'))
        line = arena_format(a, "%s\n", key);
    else if (key)
        line = arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(house_key(h, key)));
    str body = json ? json_print(a, house_json(a, json)) : S("");
    const char *type = json ? "Content-Type: application/json\n" : "";
    return rest_request(h->gate, a, method, target, arena_cstr(a, arena_format(a, STR_FMT "%s", STR_ARG(line), type)), body, NULL);
}

struct fake_exchange *client_login(struct house *h, struct arena *a, const char *form)
{
    return client_send(h, a, "POST", "/api/v1/login", "Content-Type: application/x-www-form-urlencoded\n", form);
}

const char *client_bearer(struct house *h, struct arena *a, const char *form)
{
    struct fake_exchange *f = client_login(h, a, form);
    str token = client_at(a, f, "/access_token");
    must(f->status == 200);
    return arena_cstr(a, arena_format(a, "Authorization: Bearer " STR_FMT, STR_ARG(token)));
}

str client_at(struct arena *a, const struct fake_exchange *f, const char *pointer)
{
    struct problem why = {.arena = a};
    const struct json *v = NULL;
    must(json_read(a, f->answer, NULL, S(""), &v, &why) == ERR_OK);
    v = json_at(v, str_of(pointer));
    return !v ? (str){0} : v->type == JSON_TEXT ? v->text : json_print(a, v);
}
