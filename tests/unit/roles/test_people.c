/* People, keys and roles as commands see them. */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "base/time.h"
#include "content/system/keys/key_format.h"

struct bench {
    struct house *house;
    struct gate *gate;
    struct arena *arena;
    struct problem why;
};

static struct bench open_bench(void)
{
    struct bench b = {.house = house_open(), .arena = arena_open(64u << 10)};
    b.gate = b.house->gate;
    b.why.arena = b.arena;
    house_people(b.house, "{roles: {reader: [{collection:'users', verbs:['read'], where:{active:true}, info:'n'}], editor: []},"
                          " users: {ada: {roles:['reader'], password:'correct horse'}}}");
    return b;
}

static void close_bench(struct bench *b)
{
    arena_close(b->arena);
    house_close(b->house);
}

static void fresh(struct bench *b)
{
    b->why = (struct problem){.arena = b->arena};
}

/* The object in a list whose member has this text. */
static const struct json *row_of(const struct json *list, const char *member, const char *value)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *v = json_get(&list->items[i], str_of(member));
        if (v && v->type == JSON_TEXT && str_equal(v->text, str_of(value)))
            return &list->items[i];
    }
    CHECK_SAY("no %s in the list", value);
    fail();
    return NULL;
}

static str text_of(struct bench *b, const struct json *item, const char *member)
{
    return json_print(b->arena, json_get(item, str_of(member)));
}

static void users_are_added_with_roles_by_name(void **state)
{
    static const struct {
        const char *email, *name, *role, *password;
        enum err err;
        const char *fault, *rule, *roles;
    } rows[] = {
        {"bob@example.com", "Bob", "reader", "correct horse", ERR_OK, NULL, NULL, "[\"reader\"]"},
        {"Carl@Example.com", NULL, "reader, editor", NULL, ERR_OK, NULL, NULL, "[\"reader\",\"editor\"]"},
        {"dora@example.com", NULL, "", NULL, ERR_OK, NULL, NULL, "[]"},
        {"dave@example.com", NULL, NULL, NULL, ERR_OK, NULL, NULL, "[]"},
        {"eve@example.com", NULL, "nobody", NULL, ERR_INVALID, "/role", "unknown", NULL},
        {"eve@example.com", NULL, "reader,", NULL, ERR_INVALID, "/role", "unknown", NULL},
        {"eve@example.com", NULL, "Reader", NULL, ERR_INVALID, "/role", "unknown", NULL},
        {"eve@example.com", NULL, "reader", "short", ERR_INVALID, "/password", "minlength", NULL},
        {"eve@example.com", NULL, "reader", "", ERR_INVALID, "/password", "required", NULL},
        {"eve", NULL, "reader", NULL, ERR_INVALID, "/email", "format", NULL},
        {"ADA@example.com", NULL, "reader", NULL, ERR_CONFLICT, "/email", "unique", NULL},
        {"eve@example.com", "ada", "reader", NULL, ERR_CONFLICT, "/name", "unique", NULL},
    };
    (void)state;
    struct bench b = open_bench();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str id = {0};
        fresh(&b);
        CHECK_AT(i);
        CHECK_PROBLEM(gate_user_add(b.gate, b.arena, str_of(rows[i].email), str_of(rows[i].name), str_of(rows[i].role),
                                    str_of(rows[i].password), &id, &b.why),
                      rows[i].err, &b.why);
        if (rows[i].fault)
            CHECK_FAULT(&b.why, str_of(rows[i].fault), str_of(rows[i].rule));
        CHECK((id.len == 24) == (rows[i].err == ERR_OK));
        if (rows[i].err != ERR_OK)
            continue;
        struct json list;
        NEED(gate_user_list(b.gate, b.arena, &list, &b.why) == ERR_OK);
        CHECK_STR(text_of(&b, row_of(&list, "_id", arena_cstr(b.arena, id)), "roles"), str_of(rows[i].roles));
    }
    close_bench(&b);
}

static void users_are_found_by_id_address_or_name(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str id = house_user(b.house, "ada");
    const char *names[] = {arena_cstr(b.arena, id), "ada@example.com", "ADA@example.com", "ada"};
    struct json list;
    for (size_t i = 0; i < COUNTOF(names); i++) {
        CHECK_AT(i);
        CHECK_PROBLEM(gate_user_disable(b.gate, b.arena, str_of(names[i]), i % 2 == 0, &b.why), ERR_OK, &b.why);
        NEED(gate_user_list(b.gate, b.arena, &list, &b.why) == ERR_OK);
        CHECK_STR(text_of(&b, row_of(&list, "email", "ada@example.com"), "active"), i % 2 == 0 ? S("false") : S("true"));
    }
    CHECK_ERR(gate_user_disable(b.gate, b.arena, S("nobody"), true, &b.why), ERR_NOT_FOUND);
    CHECK_ERR(gate_user_disable(b.gate, b.arena, S(""), true, &b.why), ERR_NOT_FOUND);
    CHECK_ERR(gate_user_disable(b.gate, b.arena, S("000000000000000000000001"), true, &b.why), ERR_NOT_FOUND);
    close_bench(&b);
}

static enum err sign_in(struct bench *b, str password)
{
    struct signed_in in;
    struct problem why = {.arena = b->arena};
    struct fake_exchange *f = fake_request(b->arena, "POST", "/", "", S("{}"));
    return gate_login(b->gate, &f->x, S("ada"), password, &in, &why);
}

static void passwords_are_reset(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str made = {0};
    CHECK_ERR(sign_in(&b, S("correct horse")), ERR_OK);
    CHECK_PROBLEM(gate_user_reset(b.gate, b.arena, S("ada"), (str){0}, &made, &b.why), ERR_OK, &b.why);
    CHECK_ERR(sign_in(&b, S("correct horse")), ERR_UNAUTHENTICATED);
    CHECK_ERR(sign_in(&b, made), ERR_OK);
    CHECK_PROBLEM(gate_user_reset(b.gate, b.arena, S("ada"), S("battery staple"), &made, &b.why), ERR_OK, &b.why);
    CHECK(str_is_absent(made));
    CHECK_ERR(sign_in(&b, S("battery staple")), ERR_OK);
    CHECK_ERR(gate_user_reset(b.gate, b.arena, S("ada"), S("short"), &made, &b.why), ERR_INVALID);
    CHECK_FAULT(&b.why, S("/password"), S("minlength"));
    fresh(&b);
    CHECK_ERR(gate_user_reset(b.gate, b.arena, S("ada"), S(""), &made, &b.why), ERR_INVALID);
    fresh(&b);
    CHECK_ERR(gate_user_reset(b.gate, b.arena, S("nobody"), (str){0}, &made, &b.why), ERR_NOT_FOUND);
    CHECK_ERR(sign_in(&b, S("battery staple")), ERR_OK);
    close_bench(&b);
}

static enum err use(struct bench *b, str key)
{
    struct problem why = {.arena = b->arena};
    str header = arena_format(b->arena, "api-key: " STR_FMT, STR_ARG(key));
    struct fake_exchange *f = fake_request(b->arena, "GET", "/", arena_cstr(b->arena, header), S(""));
    return identify(b->gate, &f->x, &why);
}

static void keys_are_made_for_one_owner(void **state)
{
    static const char cockpit[] = "API-0123456789abcdef0123456789abcdef01234567";
    static const struct {
        const char *user, *role, *kind, *plain, *scopes, *begins;
        enum err err;
        const char *fault, *rule;
    } rows[] = {
        {"ada@example.com", NULL, NULL, NULL, NULL, "vtr_u_", ERR_OK, NULL, NULL},
        {"ada", NULL, "native", NULL, NULL, "vtr_u_", ERR_OK, NULL, NULL},
        {NULL, "reader", NULL, NULL, NULL, "vtr_s_", ERR_OK, NULL, NULL},
        {"ada", NULL, "cockpit", NULL, NULL, "USR-", ERR_OK, NULL, NULL},
        {NULL, "reader", "cockpit", NULL, NULL, "API-", ERR_OK, NULL, NULL},
        {"ada", NULL, "zot", NULL, NULL, "zak_", ERR_OK, NULL, NULL},
        {"ada", NULL, "chutes", NULL, NULL, "cpk_", ERR_OK, NULL, NULL},
        {NULL, "reader", "zenml", NULL, NULL, "ZENKEY_", ERR_OK, NULL, NULL},
        {NULL, "reader", "cockpit", cockpit, NULL, cockpit, ERR_OK, NULL, NULL},
        {NULL, "reader", "cockpit", cockpit, NULL, NULL, ERR_CONFLICT, NULL, NULL}, /* there already */
        {"ada", NULL, NULL, NULL, "[{collection:'users', verbs:['read']}]", "vtr_u_", ERR_OK, NULL, NULL},

        {NULL, NULL, NULL, NULL, NULL, NULL, ERR_INVALID, "/user", "owner"},
        {"ada", "reader", NULL, NULL, NULL, NULL, ERR_INVALID, "/user", "owner"},
        {"nobody", NULL, NULL, NULL, NULL, NULL, ERR_INVALID, "/user", "unknown"},
        {NULL, "nobody", NULL, NULL, NULL, NULL, ERR_INVALID, "/role", "unknown"},
        {"ada", NULL, "brass", NULL, NULL, NULL, ERR_INVALID, "/kind", "options"},
        {"ada", NULL, NULL, "a word", NULL, NULL, ERR_INVALID, "/secret", "format"},
        {"ada", NULL, NULL, NULL, "[{collection:'users', verbs:'read'}]", NULL, ERR_INVALID, "/scopes/0/verbs", "type"},
        {"ada", NULL, NULL, NULL, "[{verbs:['read']}]", NULL, ERR_INVALID, "/scopes/0/collection", "required"},
        {"ada", NULL, NULL, NULL, "[{collection:'users', vebrs:['read']}]", NULL, ERR_INVALID, "/scopes/0/vebrs", "unknown-field"},
        {"ada", NULL, NULL, NULL, "[{collection:'users', fields:'name'}]", NULL, ERR_INVALID, "/scopes/0/fields", "type"},
        {"ada", NULL, NULL, NULL, "[{collection:'users', where:[]}]", NULL, ERR_INVALID, "/scopes/0/where", "type"},
    };
    (void)state;
    struct bench b = open_bench();
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str id = {0}, secret = {0}, spelled = {0};
        struct key_wish wish = {.user = str_of(rows[i].user), .role = str_of(rows[i].role), .kind = str_of(rows[i].kind),
                                .plain = str_of(rows[i].plain), .name = STR("ci")};
        if (rows[i].scopes)
            wish.scopes = house_json(b.arena, rows[i].scopes);
        fresh(&b);
        CHECK_AT(i);
        CHECK_PROBLEM(gate_key_create(b.gate, b.arena, &wish, &id, &secret, &b.why), rows[i].err, &b.why);
        if (rows[i].fault)
            CHECK_FAULT(&b.why, str_of(rows[i].fault), str_of(rows[i].rule));
        if (rows[i].err != ERR_OK) {
            CHECK(str_is_absent(secret));
            continue;
        }
        CHECK(str_starts(secret, str_of(rows[i].begins)) && key_read(b.arena, secret, &spelled) && str_equal(spelled, secret) && id.len == 24);
        CHECK_ERR(use(&b, secret), ERR_OK);
    }
    close_bench(&b);
}

static void keys_are_listed_without_their_secret(void **state)
{
    (void)state;
    struct bench b = open_bench();
    struct json list;
    str id = {0}, secret = {0};
    struct key_wish wish = {.user = STR("ada"), .name = STR("laptop"), .expires_ms = INT64_C(4102444800000)};
    NEED(gate_key_create(b.gate, b.arena, &wish, &id, &secret, &b.why) == ERR_OK);
    wish = (struct key_wish){.role = STR("reader"), .name = STR("site")};
    NEED(gate_key_create(b.gate, b.arena, &wish, &id, &secret, &b.why) == ERR_OK);
    NEED(gate_key_list(b.gate, b.arena, &list, &b.why) == ERR_OK);
    CHECK_INT(list.count, 2);
    const struct json *laptop = row_of(&list, "label", "laptop"), *site = row_of(&list, "label", "site");
    CHECK_STR(text_of(&b, laptop, "user"), S("\"ada@example.com\""));
    CHECK_STR(text_of(&b, laptop, "role"), S("null"));
    CHECK_STR(text_of(&b, laptop, "expires_at"), S("\"2100-01-01T00:00:00Z\""));
    CHECK_STR(text_of(&b, site, "role"), S("\"reader\""));
    CHECK_STR(text_of(&b, site, "disabled"), S("false"));
    CHECK_STR(json_get(site, S("last4"))->text, str_slice(secret, secret.len - 4, secret.len));
    CHECK_STR(json_get(site, S("prefix"))->text, str_slice(secret, 0, 18));
    CHECK(!str_contains(json_print(b.arena, &list), secret));
    close_bench(&b);
}

static void a_rotated_key_has_a_new_secret_and_a_revoked_one_none(void **state)
{
    static const char *const kinds[] = {"native", "cockpit", "zot", "chutes", "zenml"};
    (void)state;
    struct bench b = open_bench();
    for (size_t i = 0; i < COUNTOF(kinds); i++) {
        str id = {0}, first = {0}, second = {0}, spelled = {0};
        struct json list;
        struct key_wish wish = {.user = STR("ada"), .kind = str_of(kinds[i]), .name = str_of(kinds[i])};
        CHECK_AT(i);
        NEED(gate_key_create(b.gate, b.arena, &wish, &id, &first, &b.why) == ERR_OK);
        CHECK_PROBLEM(gate_key_rotate(b.gate, b.arena, id, 0, &second, &b.why), ERR_OK, &b.why);
        CHECK(!str_equal(first, second) && key_read(b.arena, second, &spelled));
        CHECK_ERR(use(&b, first), ERR_UNAUTHENTICATED);
        CHECK_ERR(use(&b, second), ERR_OK);
        NEED(gate_key_list(b.gate, b.arena, &list, &b.why) == ERR_OK);
        const struct json *row = row_of(&list, "label", kinds[i]);
        CHECK_STR(json_get(row, S("_id"))->text, id);
        str prefix, last;
        key_shown(b.arena, second, &prefix, &last);
        CHECK_STR(json_get(row, S("last4"))->text, last);
        CHECK_STR(json_get(row, S("prefix"))->text, prefix);
        CHECK(str_starts(second, prefix));
        CHECK_PROBLEM(gate_key_revoke(b.gate, b.arena, prefix, &b.why), ERR_OK, &b.why);
        CHECK_ERR(use(&b, second), ERR_UNAUTHENTICATED);
        CHECK_PROBLEM(gate_key_revoke(b.gate, b.arena, id, &b.why), ERR_OK, &b.why); /* again: the same */
        CHECK_ERR(gate_key_rotate(b.gate, b.arena, id, 0, &second, &b.why), ERR_CONFLICT);
        house_update(b.house, "api_keys", id, "{disabled:false}"); /* brings nothing back */
        CHECK_ERR(use(&b, second), ERR_UNAUTHENTICATED);
        fresh(&b);
        CHECK_ERR(gate_key_rotate(b.gate, b.arena, id, 0, &second, &b.why), ERR_CONFLICT);
        fresh(&b);
    }
    CHECK_ERR(gate_key_revoke(b.gate, b.arena, S(""), &b.why), ERR_NOT_FOUND);
    close_bench(&b);
}

static void roles_are_listed_and_shown(void **state)
{
    (void)state;
    struct bench b = open_bench();
    struct json list, role;
    NEED(gate_role_list(b.gate, b.arena, &list, &b.why) == ERR_OK);
    CHECK_INT(list.count, 3);
    CHECK_STR(text_of(&b, row_of(&list, "name", "admin"), "builtin"), S("true"));
    CHECK_STR(text_of(&b, row_of(&list, "name", "reader"), "grant_count"), S("1"));
    NEED(gate_role_show(b.gate, b.arena, S("reader"), &role, &b.why) == ERR_OK);
    const struct json *grants = json_get(&role, S("grants"));
    NEED(grants && grants->count == 1);
    CHECK_STR(text_of(&b, &grants->items[0], "verbs"), S("[\"read\"]"));
    CHECK_STR(text_of(&b, &grants->items[0], "where"), S("{\"active\":true}"));
    CHECK_ERR(gate_role_show(b.gate, b.arena, S("nobody"), &role, &b.why), ERR_NOT_FOUND);
    close_bench(&b);
}

/* SE-5: whoever comes later never gets the number of somebody who has gone. */
static void numbers_of_people_are_never_given_twice(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str ids[4];
    for (size_t i = 0; i < COUNTOF(ids); i++) {
        str email = arena_format(b.arena, "p%zu@example.com", i), serial;
        NEED(gate_user_add(b.gate, b.arena, email, S(""), S(""), (str){0}, &ids[i], &b.why) == ERR_OK);
        serial = house_value(b.house, b.arena, "users", ids[i], "serial");
        CHECK_STR(serial, arena_format(b.arena, "%zu", i + 2));
        house_update(b.house, "users", ids[i], "{language:'de'}");
        CHECK_STR(house_value(b.house, b.arena, "users", ids[i], "serial"), serial);
        house_delete(b.house, "users", ids[i]);
    }
    close_bench(&b);
}

static void the_server_notes_what_it_knows_of_people(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str ada = house_user(b.house, "ada"), first;
    time_set(INT64_C(1795262400000));
    CHECK_STR(house_value(b.house, b.arena, "users", ada, "verified"), S("false"));
    house_update(b.house, "users", ada, "{verified:true, language:'de'}");
    first = house_value(b.house, b.arena, "users", ada, "password_changed_at");
    CHECK(first.len > 4);
    house_update(b.house, "users", ada, "{password:'battery staple'}");
    CHECK_STR(house_value(b.house, b.arena, "users", ada, "password_changed_at"), S("\"2026-11-21T12:00:00Z\""));
    CHECK_STR(house_value(b.house, b.arena, "users", ada, "verified"), S("true"));
    house_update(b.house, "users", ada, "{email:'ADA@example.com'}"); /* the same one */
    CHECK_STR(house_value(b.house, b.arena, "users", ada, "verified"), S("true"));
    house_update(b.house, "users", ada, "{email:'other@example.com'}");
    CHECK_STR(house_value(b.house, b.arena, "users", ada, "verified"), S("false"));
    time_set(0);
    close_bench(&b);
}

CHECK_MAIN(TEST(users_are_added_with_roles_by_name), TEST(users_are_found_by_id_address_or_name), TEST(passwords_are_reset),
           TEST(keys_are_made_for_one_owner), TEST(keys_are_listed_without_their_secret),
           TEST(a_rotated_key_has_a_new_secret_and_a_revoked_one_none), TEST(roles_are_listed_and_shown),
           TEST(numbers_of_people_are_never_given_twice), TEST(the_server_notes_what_it_knows_of_people))
