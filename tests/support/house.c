#include "tests/support/house.h"

#include "content/content.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/master_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void say(const struct problem *why, str what)
{
    (void)fprintf(stderr, "house: " STR_FMT ": %s: " STR_FMT "\n", STR_ARG(what), err_facts(why->err)->name,
                  STR_ARG(why->text));
    for (size_t i = 0; i < why->fault_count; i++)
        (void)fprintf(stderr, "    " STR_FMT " " STR_FMT ": " STR_FMT "\n", STR_ARG(why->faults[i].path),
                      STR_ARG(why->faults[i].rule), STR_ARG(why->faults[i].text));
}

static void demand(enum err e, const struct problem *why, str what)
{
    if (e != ERR_OK)
        say(why, what);
    must(e == ERR_OK);
}

struct house *house_open_with(const struct house_config *config)
{
    struct arena *a = arena_open(16u << 10);
    struct house *h = NEW(a, struct house);
    struct problem why = {.arena = a};
    password_cost_for_tests();
    h->arena = a;
    h->crypt = master_key_new(a);
    struct content_config *content = NEW(a, struct content_config);
    *content = (struct content_config){
        .directory = str_is_absent(config->directory) ? S("") : config->directory,
        .engine = config->engine ? config->engine : &engine_sqlite,
        .crypt = h->crypt,
        .keys = {config->key_overlap_max_min ? config->key_overlap_max_min : 1440, config->key_days_max},
        .verify_rows = true,
        .registry = config->registry,
    };
    struct gate_config gate = {
        .content = content,
        .key_in_query = config->key_in_query,
        .bad_keys_per_minute = config->bad_keys_per_minute,
        .session_idle_ms = config->session_idle_ms,
        .session_life_ms = config->session_life_ms,
        .outside = config->outside,
        .chutes = config->chutes,
        .acme = config->acme,
        .step_up = config->step_up,
        .streams = config->streams,
    };
    demand(gate_open(&gate, &h->gate, &why), &why, S("gate"));
    return h;
}

struct house *house_open(void)
{
    return house_open_with(&(struct house_config){0});
}

void house_close(struct house *h)
{
    if (!h)
        return;
    gate_close(h->gate);
    crypt_close(h->crypt);
    arena_close(h->arena);
}

const struct json *house_json(struct arena *a, const char *text)
{
    const struct json *v = NULL;
    struct problem why = {.arena = a};
    struct json_options options = {.dialect = JSON_5};
    demand(json_read(a, str_of(text), &options, S("test"), &v, &why), &why, str_of(text));
    return v;
}

const struct collection *house_collection(const struct principal *who, const char *name)
{
    const struct collection *c = model_find(principal_model(who), str_of(name));
    must(c != NULL);
    return c;
}

/* First item of a collection whose field has this value, or NULL. */
static const struct json *find(struct house *h, struct arena *a, const char *collection, str field, str value)
{
    const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND);
    const struct collection *c = house_collection(who, collection);
    struct query q = {.from = c, .limit = 1};
    struct item_list list;
    struct problem why = {.arena = a};
    q.where = filter_test(a, collection_field(c, field), TEST_EQ, json_of_text(value));
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    demand(gate_read(h->gate, who, &q, &list.receiver, NULL, &why), &why, c->name);
    return list.count ? &list.items[0] : NULL;
}

static str id_of(struct house *h, const char *collection, str field, str value)
{
    struct arena *a = arena_open(4096);
    const struct json *item = find(h, a, collection, field, value), *id = json_get(item, S("_id"));
    if (!id)
        (void)fprintf(stderr, "house: no " STR_FMT " in %s\n", STR_ARG(value), collection);
    must(id != NULL);
    str kept = arena_copy(h->arena, id->text);
    arena_close(a);
    return kept;
}

str house_find(struct house *h, struct arena *a, const char *collection, const char *field, const char *value)
{
    return arena_copy(a, id_of(h, collection, str_of(field), str_of(value)));
}

bool house_has(struct house *h, const char *collection, str id)
{
    struct arena *a = arena_open(4096);
    bool has = find(h, a, collection, S("_id"), id) != NULL;
    arena_close(a);
    return has;
}

str house_value(struct house *h, struct arena *a, const char *collection, str id, const char *field)
{
    const struct json *item = find(h, a, collection, S("_id"), id);
    const struct json *v = item ? json_get(item, str_of(field)) : NULL;
    return v ? json_print(a, v) : (str){0};
}

str house_user(struct house *h, const char *name)
{
    return id_of(h, "users", S("name"), str_of(name));
}

str house_role(struct house *h, const char *name)
{
    return id_of(h, "roles", S("name"), str_of(name));
}

str house_service(struct house *h, const char *name)
{
    return id_of(h, "service_accounts", S("name"), str_of(name));
}

str house_group(struct house *h, const char *name)
{
    return id_of(h, "groups", S("name"), str_of(name));
}

str house_key_id(struct house *h, const char *name)
{
    return id_of(h, "api_keys", S("label"), str_of(name));
}

/* The server may set what is locked, so values go in one by one instead of through change_read. */
static str write_item(struct house *h, enum op op, const char *collection, str id, const struct json *item, str *secret)
{
    struct arena *a = arena_open(4096);
    const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND);
    const struct collection *c = house_collection(who, collection);
    struct change change = {.op = op, .in = c, .id = id, .values = NEW_N(a, struct json, c->field_count)};
    struct problem why = {.arena = a};
    for (uint32_t i = 0; item && i < item->count; i++) {
        const struct field *f = collection_field(c, item->items[i].name);
        if (!f)
            (void)fprintf(stderr, "house: no field " STR_FMT " in %s\n", STR_ARG(item->items[i].name), collection);
        must(f != NULL);
        if (f->is_meta && f->index == META_ID) {
            change.id = item->items[i].text;
            continue;
        }
        change.values[f->index] = item->items[i];
        field_set_add(&change.set, f->index);
    }
    demand(gate_write(h->gate, who, &change, 1, a, &why), &why, c->name);
    str kept = arena_copy(h->arena, change.result_id);
    if (secret && !str_is_absent(change.secret_once))
        *secret = arena_copy(h->arena, change.secret_once);
    arena_close(a);
    return kept;
}

str house_item(struct house *h, const char *collection, const char *item)
{
    return write_item(h, OP_CREATE, collection, (str){0}, house_json(h->arena, item), NULL);
}

void house_update(struct house *h, const char *collection, str id, const char *item)
{
    (void)write_item(h, OP_UPDATE, collection, id, house_json(h->arena, item), NULL);
}

void house_delete(struct house *h, const char *collection, str id)
{
    (void)write_item(h, OP_DELETE, collection, id, NULL, NULL);
}

void house_model(struct house *h, const char *definitions)
{
    const struct json *list = house_json(h->arena, definitions);
    for (uint32_t i = 0; i < list->count; i++) {
        struct json members[] = {json_named(S("name"), *json_get(&list->items[i], S("name"))),
                                 json_named(S("definition"), list->items[i])};
        struct json item = json_of_map(members, COUNTOF(members));
        (void)write_item(h, OP_CREATE, "collections", (str){0}, &item, NULL);
    }
}

/* Makes the item or brings it up to date; `key` is the field that names it. */
static str put(struct house *h, const char *collection, str key, const struct json *item, str *secret)
{
    struct arena *a = arena_open(4096);
    const struct json *there = find(h, a, collection, key, json_get(item, key)->text);
    str id = write_item(h, there ? OP_UPDATE : OP_CREATE, collection, there ? json_get(there, S("_id"))->text : (str){0},
                        item, secret);
    arena_close(a);
    return id;
}

static bool is_one_of(str name, const str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

/* A copy of an object without some members and with one more. */
static struct json reshaped(struct arena *a, const struct json *from, const str *without, size_t count, struct json more)
{
    struct json *members = NEW_N(a, struct json, from->count + 1);
    size_t n = 0;
    members[n++] = more;
    for (uint32_t i = 0; i < from->count; i++)
        if (!is_one_of(from->items[i].name, without, count))
            members[n++] = from->items[i];
    return json_of_map(members, n);
}

/* Names of items of a collection as references to them. */
static struct json references(struct house *h, const char *collection, str field, const struct json *names)
{
    struct json *ids = NEW_N(h->arena, struct json, names ? names->count : 0);
    for (uint32_t i = 0; names && i < names->count; i++)
        ids[i] = json_of_text(id_of(h, collection, S("name"), names->items[i].text));
    return json_named(field, json_of_list(ids, names ? names->count : 0));
}

static void drop_grants(struct house *h, str role)
{
    for (;;) {
        struct arena *a = arena_open(4096);
        const struct json *grant = find(h, a, "grants", S("role"), role);
        if (grant)
            house_delete(h, "grants", json_get(grant, S("_id"))->text);
        arena_close(a);
        if (!grant)
            return;
    }
}

static void put_role(struct house *h, const struct json *said)
{
    static const str apart[] = {STR("grants"), STR("inherits")};
    const struct json *grants = said->type == JSON_LIST ? said : json_get(said, S("grants"));
    struct json none = json_of_map(NULL, 0);
    struct json name = json_named(S("name"), json_of_text(said->name));
    struct json role = reshaped(h->arena, said->type == JSON_MAP ? said : &none, apart, COUNTOF(apart), name);
    if (json_get(said, S("inherits")))
        role = reshaped(h->arena, &role, NULL, 0, references(h, "roles", S("inherits"), json_get(said, S("inherits"))));
    str id = put(h, "roles", S("name"), &role, NULL);
    drop_grants(h, id);
    for (uint32_t i = 0; grants && i < grants->count; i++) {
        struct json grant = reshaped(h->arena, &grants->items[i], NULL, 0, json_named(S("role"), json_of_text(id)));
        (void)write_item(h, OP_CREATE, "grants", (str){0}, &grant, NULL);
    }
}

static void put_group(struct house *h, const struct json *said)
{
    static const str apart[] = {STR("roles")};
    struct json group = reshaped(h->arena, said, apart, COUNTOF(apart), json_named(S("name"), json_of_text(said->name)));
    group = reshaped(h->arena, &group, NULL, 0, references(h, "roles", S("roles"), json_get(said, S("roles"))));
    (void)put(h, "groups", S("name"), &group, NULL);
}

/* What is said of somebody who holds roles, with ids in place of their names. */
static struct json with_roles(struct house *h, const struct json *said)
{
    static const str apart[] = {STR("roles"), STR("groups"), STR("name"), STR("email")};
    struct json all = reshaped(h->arena, said, apart, COUNTOF(apart), json_named(S("name"), json_of_text(said->name)));
    all = reshaped(h->arena, &all, NULL, 0, references(h, "roles", S("roles"), json_get(said, S("roles"))));
    if (json_get(said, S("groups")))
        all = reshaped(h->arena, &all, NULL, 0, references(h, "groups", S("groups"), json_get(said, S("groups"))));
    return all;
}

static void put_service(struct house *h, const struct json *said)
{
    struct json account = with_roles(h, said);
    (void)put(h, "service_accounts", S("name"), &account, NULL);
}

static void put_user(struct house *h, const struct json *said)
{
    const struct json *email = json_get(said, S("email"));
    struct json user = with_roles(h, said);
    str address = email ? email->text : arena_format(h->arena, STR_FMT "@example.com", STR_ARG(said->name));
    user = reshaped(h->arena, &user, NULL, 0, json_named(S("email"), json_of_text(address)));
    (void)put(h, "users", S("name"), &user, NULL);
}

struct house_key {
    str name, secret;
    struct house_key *next;
};

static void put_key(struct house *h, const struct json *said)
{
    static const str apart[] = {STR("user"), STR("role"), STR("service")};
    static const struct {
        str field;
        str (*id)(struct house *h, const char *name);
    } owners[] = {{STR("user"), house_user}, {STR("role"), house_role}, {STR("service_account"), house_service}};
    size_t which = json_get(said, S("user")) ? 0 : json_get(said, S("role")) ? 1 : 2;
    const char *owner = arena_cstr(h->arena, json_get(said, apart[which])->text);
    struct json of = json_named(owners[which].field, json_of_text(owners[which].id(h, owner)));
    struct json key = reshaped(h->arena, said, apart, COUNTOF(apart), of);
    key = reshaped(h->arena, &key, NULL, 0, json_named(S("label"), json_of_text(said->name)));
    struct house_key *kept = NEW(h->arena, struct house_key);
    kept->name = said->name;
    (void)put(h, "api_keys", S("label"), &key, &kept->secret);
    kept->next = h->keys;
    if (!str_is_absent(kept->secret))
        h->keys = kept;
}

str house_key(struct house *h, const char *name)
{
    const struct house_key *k = h->keys;
    while (k && !str_equal(k->name, str_of(name)))
        k = k->next;
    if (!k)
        (void)fprintf(stderr, "house: no key %s\n", name);
    must(k != NULL);
    return k->secret;
}

static void put_public(struct house *h, const struct json *role)
{
    struct json id = role->type == JSON_TEXT ? json_of_text(house_role(h, arena_cstr(h->arena, role->text))) : json_null;
    struct json member = json_named(S("public_role"), id), item = json_of_map(&member, 1);
    struct arena *a = arena_open(4096);
    const struct principal *who = principal_system(h->gate, a, SYSTEM_COMMAND);
    struct query q = {.from = house_collection(who, "settings"), .limit = 1};
    struct item_list list;
    struct problem why = {.arena = a};
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    demand(gate_read(h->gate, who, &q, &list.receiver, NULL, &why), &why, S("settings"));
    str there = list.count ? json_get(&list.items[0], S("_id"))->text : (str){0};
    (void)write_item(h, list.count ? OP_UPDATE : OP_CREATE, "settings", there, &item, NULL);
    arena_close(a);
}

void house_people(struct house *h, const char *people)
{
    const struct json *said = house_json(h->arena, people);
    static const struct {
        str part;
        void (*put)(struct house *h, const struct json *said);
    } parts[] = {{STR("roles"), put_role}, {STR("groups"), put_group}, {STR("users"), put_user}, {STR("services"), put_service},
                 {STR("keys"), put_key}};
    for (size_t i = 0; i < COUNTOF(parts); i++) {
        const struct json *list = json_get(said, parts[i].part);
        for (uint32_t k = 0; list && k < list->count; k++)
            parts[i].put(h, &list->items[k]);
    }
    if (json_get(said, S("public")))
        put_public(h, json_get(said, S("public")));
}

const struct principal *house_who(struct house *h, struct arena *a, str key)
{
    str header = str_is_absent(key) ? S("") : arena_format(a, "api-key: " STR_FMT, STR_ARG(key));
    struct fake_exchange *f = fake_request(a, "GET", "/", arena_cstr(a, header), S(""));
    struct problem why = {.arena = a};
    demand(identify(h->gate, &f->x, &why), &why, S("identify"));
    return f->x.who;
}
