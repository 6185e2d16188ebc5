#include "tests/support/stand.h"

#include "base/limits.h"
#include "base/log.h"
#include "server/demo.h"

#include <stdio.h>
#include <stdlib.h>

static void demand(enum err e, const struct problem *why, const char *what)
{
    if (e != ERR_OK)
        (void)fprintf(stderr, "stand: %s: " STR_FMT "\n", what, STR_ARG(why->text));
    must(e == ERR_OK);
}

struct stand *stand_open(void)
{
    return stand_open_with(&(struct house_config){0});
}

struct stand *stand_open_with(const struct house_config *config)
{
    struct house *house = house_open_with(config);
    struct stand *s = NEW(house->arena, struct stand);
    struct problem why = {.arena = house->arena};
    log_start(LOG_ERROR, LOG_FORMAT_JSON); /* requests are not news here */
    s->house = house;
    s->app = (struct app){.arena = house->arena, .crypt = house->crypt, .gate = house->gate};
    s->app.api = (struct api){.gate = house->gate, .options = {.zot_keys = true, .chutes = true}, .version = "test"};
    demand(config_read(house->arena, &(struct config_input){0}, &s->said, &why), &why, "configuration");
    s->config.json_body_max = LIMIT_BODY_BYTES;
    s->config.backup = s->said.config.backup;
    struct graphql_options graphql = {.public_introspection = true, .registers = true};
    demand(graphql_open(house->gate, &graphql, gql_dialects, gql_dialect_count, &s->app.graphql, &why), &why, "graphql");
    size_t count = api_routes(&s->app.api, house->arena, s->sets, COUNTOF(s->sets) - 10);
    count += graphql_routes(s->app.graphql, s->serving.security.lines[SECURITY_DOCS], s->sets + count, 8);
    s->sets[count++] = (struct route_set){operation_routes, operation_route_count, &s->serving};
    s->sets[count++] = (struct route_set){steering_routes, steering_route_count, &s->serving};
    demand(serving_make(house->arena, house->gate, &s->config, s->sets, count, &s->serving, &why),
           &why, "routes");
    s->serving.graphql = s->app.graphql;
    s->serving.api = &s->app.api;
    s->serving.said = &s->said;
    struct key_wish admin = {.role = STR("admin"), .name = STR("test admin")};
    str id;
    demand(gate_key_create(house->gate, house->arena, &admin, &id, &s->admin, &why), &why, "key");
    return s;
}

static void take_key(void *self, str name, str secret)
{
    struct stand *s = self;
    *(str_equal(name, S("demo editor")) ? &s->editor : &s->reader) =
        arena_copy(s->house->arena, secret);
}

struct stand *stand_open_demo(void)
{
    struct stand *s = stand_open();
    struct problem why = {.arena = s->house->arena};
    bool made = false;
    demand(demo_make(s->app.gate, &made, take_key, s, &why), &why, "demo");
    must(made);
    return s;
}

void stand_close(struct stand *s)
{
    if (!s)
        return;
    serving_done(&s->serving);
    graphql_close(s->app.graphql);
    log_stop();
    house_close(s->house);
}

struct fake_exchange *stand_send(struct stand *s, struct arena *a, const char *method,
                                 const char *target, const char *headers, str body)
{
    struct fake_exchange *f = fake_request(a, method, target, headers, body);
    serve(&f->x, &s->serving);
    must(f->has_ended);
    return f;
}

struct fake_exchange *stand_ask(struct stand *s, struct arena *a, const char *method,
                                const char *target, str key, const char *json)
{
    struct buf headers;
    str body = S("");
    buf_init(&headers, a, 4096);
    if (!str_is_absent(key))
        buf_format(&headers, "api-key: " STR_FMT "\n", STR_ARG(key));
    if (json) {
        buf_add(&headers, S("Content-Type: application/json\n"));
        body = json_print(a, house_json(a, json));
    }
    return stand_send(s, a, method, target, arena_cstr(a, buf_str(&headers)), body);
}

const struct json *stand_json(struct arena *a, const struct fake_exchange *f)
{
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    demand(json_read(a, f->answer, NULL, S("answer"), &v, &why), &why,
           arena_cstr(a, str_slice(f->answer, 0, 2000)));
    return v;
}

static void dump_collection(struct stand *s, struct arena *a, const struct principal *who,
                            const struct collection *c, struct buf *out)
{
    struct query q = {.from = c, .limit = LIMIT_ROWS};
    struct page page = {.has_more = true};
    struct problem why = {.arena = a};
    query_all_fields(a, &q, NULL);
    while (page.has_more) {
        struct item_list list;
        item_list_init(&list, a);
        demand(gate_read(s->house->gate, who, &q, &list.receiver, &page, &why), &why, "dump");
        q.after = page.next;
        for (size_t i = 0; i < list.count; i++)
            buf_format(out, STR_FMT " " STR_FMT "\n", STR_ARG(c->name),
                       STR_ARG(json_print(a, &list.items[i])));
    }
}

str stand_dump(struct stand *s, struct arena *a)
{
    struct buf b;
    struct problem why = {.arena = a};
    demand(gate_catch_up(s->house->gate, &why), &why, "dump");
    const struct principal *who = principal_system(s->house->gate, a, SYSTEM_COMMAND);
    const struct model *m = principal_model(who);
    buf_init(&b, a, (size_t)64 << 20);
    for (size_t i = 0; i < m->collection_count; i++)
        dump_collection(s, a, who, m->collections[i], &b);
    must(!b.failed);
    return buf_str(&b);
}
