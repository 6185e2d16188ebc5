/* Signed tokens: whom they stand for, how far they reach, and everything that ends them (security SE-2, SE-4,
 * SE-5; zenml-tokens.md 4). */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include "base/crypt.h"
#include "base/jwt.h"
#include "base/time.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define HOUR INT64_C(3600000)

static const char people[] =
    "{roles: {reader: [{collection:'posts', verbs:['read']}, {collection:'authors', verbs:['read']}]},"
    " users: {ada: {roles:['reader']}, root: {roles:['admin']}},"
    " services: {exporter: {roles:['reader']}},"
    " keys:  {ada: {user:'ada'}, root: {user:'root'}, svc: {service:'exporter'}, short: {user:'ada', expires_at:'2026-11-21T12:10:00Z'},"
    "         posts: {user:'ada', scopes:[{collection:'posts'}]}}}";

static struct house *open_house(void)
{
    time_set(NOON);
    struct house *h = house_open();
    house_model(h, "[{name:'authors', fields:[{name:'name', kind:'text'}]}, {name:'posts', fields:[{name:'title', kind:'text'},"
                   " {name:'body', kind:'text'}]}]");
    house_people(h, people);
    (void)house_item(h, "posts", "{title:'one', body:'two', _state:1}");
    (void)house_item(h, "authors", "{name:'somebody', _state:1}");
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

static const struct principal *who(struct house *h, struct arena *a, const char *key)
{
    return house_who(h, a, house_key(h, key));
}

static str issue(struct house *h, struct arena *a, const char *key, struct token_wish wish)
{
    struct problem why = {.arena = a};
    struct token token;
    struct fake_exchange *f = fake_request(a, "POST", "/api/auth/token", "", S(""));
    enum err e = gate_token(h->gate, &f->x, who(h, a, key), &wish, &token, &why);
    if (e != ERR_OK)
        CHECK_SAY("no token: " STR_FMT, STR_ARG(why.text));
    return token.text;
}

static int status_of(struct house *h, struct arena *a, const char *path, str token)
{
    str header = arena_format(a, "Authorization: Bearer " STR_FMT "\n", STR_ARG(token));
    return rest_request(h->gate, a, "GET", path, arena_cstr(a, header), S(""), NULL)->status;
}

static void a_token_reads_what_its_credential_reads(void **state)
{
    static const struct {
        enum token_purpose purpose;
        bool has_item;
    } cases[] = {{TOKEN_API, false}, {TOKEN_API, true}, {TOKEN_ZENML, false}, {TOKEN_ZENML, true}, {TOKEN_NOTARY, false}, {TOKEN_CHUTES, false}};
    static const char *const keys[] = {"ada", "svc"};
    struct house *h = open_house();
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++)
        for (size_t k = 0; k < COUNTOF(keys); k++) {
            struct arena *a = arena_open(64u << 10);
            str token = issue(h, a, keys[k], (struct token_wish){.purpose = cases[i].purpose, .has_item = cases[i].has_item});
            CHECK_AT(i);
            CHECK_INT(status_of(h, a, "/api/content/items/posts", token), 200);
            CHECK_INT(status_of(h, a, "/api/content/items/users", token), 404);
            arena_close(a);
        }
    close_house(h);
}

static void a_derived_token_is_narrower_never_wider(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    const struct json *posts = house_json(a, "[{collection:'posts', fields:['title']}]");
    const struct json *all = house_json(a, "[{collection:'*'}]"), *users = house_json(a, "[{collection:'users'}]");
    str narrow = issue(h, a, "ada", (struct token_wish){.purpose = TOKEN_API, .has_item = true, .scopes = posts});
    CHECK_INT(status_of(h, a, "/api/content/items/posts?fields=title", narrow), 200);
    CHECK_INT(status_of(h, a, "/api/content/items/posts?fields=body", narrow), 400);
    CHECK_INT(status_of(h, a, "/api/content/items/authors", narrow), 404);
    str wide = issue(h, a, "posts", (struct token_wish){.purpose = TOKEN_API, .has_item = true, .scopes = all});
    CHECK_INT(status_of(h, a, "/api/content/items/posts", wide), 200);
    CHECK_INT(status_of(h, a, "/api/content/items/authors", wide), 404);
    str none = issue(h, a, "posts", (struct token_wish){.purpose = TOKEN_API, .has_item = true, .scopes = users});
    CHECK_INT(status_of(h, a, "/api/content/items/posts", none), 404);
    CHECK_INT(status_of(h, a, "/api/content/items/users", none), 404);
    arena_close(a);
    close_house(h);
}

static void no_byte_of_a_token_can_change(void **state)
{
    static const enum token_purpose purposes[] = {TOKEN_API, TOKEN_ZENML, TOKEN_NOTARY, TOKEN_CHUTES};
    struct house *h = open_house();
    (void)state;
    for (size_t p = 0; p < COUNTOF(purposes); p++) {
        struct arena *a = arena_open(1u << 20);
        str token = issue(h, a, "ada", (struct token_wish){.purpose = purposes[p]});
        CHECK_INT(status_of(h, a, "/api/content/items/posts", token), 200);
        for (size_t i = 0; i < token.len; i++) {
            struct arena *one = arena_open(64u << 10);
            char *changed = (char *)(uintptr_t)arena_copy(one, token).at;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            CHECK_AT(i);
            CHECK_INT(status_of(h, one, "/api/content/items/posts", (str){changed, token.len}), 401);
            arena_close(one);
        }
        CHECK_INT(status_of(h, a, "/api/content/items/posts", str_slice(token, 0, token.len - 1)), 401);
        CHECK_INT(status_of(h, a, "/api/content/items/posts", arena_format(a, STR_FMT "A", STR_ARG(token))), 401);
        arena_close(a);
    }
    close_house(h);
}

/* What was signed by nobody, or by somebody for something else (SE-4). */
static str forged(struct arena *a, str token, const char *header, str key)
{
    str head, rest, claims, signature;
    uint8_t code[HMAC_SHA256_BYTES];
    (void)str_cut(token, '.', &head, &rest);
    (void)str_cut(rest, '.', &claims, &signature);
    str text = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(base64url_encode(a, json_print(a, house_json(a, header)))), STR_ARG(claims));
    hmac_sha256(key, text, code);
    return arena_format(a, STR_FMT "." STR_FMT, STR_ARG(text), STR_ARG(base64url_encode(a, (str){(const char *)code, sizeof code})));
}

static str kid_of(struct arena *a, str token)
{
    struct problem why = {.arena = a};
    struct jwt jwt;
    CHECK(jwt_read(a, token, &jwt, &why) == ERR_OK);
    return jwt.kid;
}

static void the_ring_says_the_algorithm(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(256u << 10);
    struct json jwks;
    struct problem why = {.arena = a};
    str public = {0};
    (void)state;
    str api = issue(h, a, "ada", (struct token_wish){.purpose = TOKEN_API});
    str zenml = issue(h, a, "ada", (struct token_wish){.purpose = TOKEN_ZENML});
    CHECK(gate_jwks(h->gate, a, &jwks, &why) == ERR_OK);
    CHECK_INT(jwks.count, 2); /* api and registry; shared secrets are not published */
    CHECK(base64url_decode(a, json_get(&jwks.items[0], S("x"))->text, &public));
    const char *api_kid = arena_cstr(a, kid_of(a, api)), *zenml_kid = arena_cstr(a, kid_of(a, zenml));
    const struct {
        str token;
        const char *header;
    } cases[] = {
        {api, "{alg:'none', typ:'JWT', kid:'%s'}"},          {api, "{alg:'None', typ:'JWT', kid:'%s'}"},
        {api, "{alg:'HS256', typ:'JWT', kid:'%s'}"},         {api, "{typ:'JWT', kid:'%s'}"},
        {api, "{alg:'HS256', typ:'JWT'}"},                   {api, "{alg:'HS256', typ:'JWT', kid:'unknown'}"},
        {api, "{alg:'EdDSA', typ:'JWT', kid:'%s', crit:['x'], x:1}"}, {api, "{alg:'EdDSA', typ:'JWT', kid:'%s', jwk:{kty:'OKP'}}"},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str head, tail, header = str_of(cases[i].header);
        if (str_cut(header, '%', &head, &tail))
            header = arena_format(a, STR_FMT "%s" STR_FMT, STR_ARG(head), api_kid, STR_ARG(str_slice(tail, 1, tail.len)));
        CHECK_AT(i);
        CHECK_INT(status_of(h, a, "/api/content/items/posts", forged(a, cases[i].token, arena_cstr(a, header), public)), 401);
    }
    /* the claims of one purpose under the name of another's key */
    str swapped = arena_format(a, "{alg:'HS256', typ:'JWT', kid:'%s'}", zenml_kid);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", forged(a, api, arena_cstr(a, swapped), public)), 401);
    arena_close(a);
    close_house(h);
}

static void a_token_ends_by_time_and_never_after_its_key(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    str hour = issue(h, a, "ada", (struct token_wish){.purpose = TOKEN_API});
    str cut = issue(h, a, "short", (struct token_wish){.purpose = TOKEN_ZENML, .life_ms = 20 * HOUR});
    time_set(NOON + HOUR / 6 - 1000);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", cut), 200);
    time_set(NOON + HOUR / 6 + 1000); /* ten minutes: the key's end, without any leeway */
    CHECK_INT(status_of(h, a, "/api/content/items/posts", cut), 401);
    time_set(NOON + HOUR + 29000); /* clocks may differ by thirty seconds */
    CHECK_INT(status_of(h, a, "/api/content/items/posts", hour), 200);
    time_set(NOON + HOUR + 31000);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", hour), 401);
    arena_close(a);
    close_house(h);
}

static void what_a_token_hangs_on_ends_it(void **state)
{
    static const struct {
        const char *collection, *update; /* NULL: deleted */
    } ends[] = {
        {"api_keys", "{disabled:true}"}, {"api_keys", NULL}, {"users", "{active:false}"}, {"users", NULL}, {"tokens", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(ends); i++) {
        struct house *h = open_house();
        struct arena *a = arena_open(64u << 10);
        struct problem why = {.arena = a};
        struct token token;
        struct token_wish wish = {.purpose = TOKEN_API, .has_item = true};
        struct fake_exchange *f = fake_request(a, "POST", "/api/auth/token", "", S(""));
        CHECK(gate_token(h->gate, &f->x, who(h, a, "ada"), &wish, &token, &why) == ERR_OK);
        CHECK_AT(i);
        CHECK_INT(status_of(h, a, "/api/content/items/posts", token.text), 200);
        str id = ends[i].collection[0] == 'a' ? house_key_id(h, "ada") : ends[i].collection[0] == 'u' ? house_user(h, "ada") : token.id;
        if (ends[i].update)
            house_update(h, ends[i].collection, id, ends[i].update);
        else
            house_delete(h, ends[i].collection, id);
        CHECK_INT(status_of(h, a, "/api/content/items/posts", token.text), 401);
        arena_close(a);
        house_close(h);
    }
    time_set(0);
}

static void a_replaced_key_verifies_until_it_retires(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(256u << 10);
    struct problem why = {.arena = a};
    struct json output;
    (void)state;
    str before = issue(h, a, "ada", (struct token_wish){.purpose = TOKEN_API, .life_ms = 2 * HOUR});
    const struct principal *root = who(h, a, "root");
    const struct collection *keys = house_collection(root, "signing_keys");
    struct query q = {.from = keys, .limit = 1};
    struct item_list list;
    q.where = filter_test(a, collection_field(keys, S("kid")), TEST_EQ, json_of_text(kid_of(a, before)));
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    CHECK(gate_read(h->gate, root, &q, &list.receiver, NULL, &why) == ERR_OK);
    CHECK_INT(list.count, 1);
    str id = json_get(&list.items[0], S("_id"))->text;
    struct change gone = {.op = OP_DELETE, .in = keys, .id = id};
    CHECK(gate_write(h->gate, root, &gone, 1, a, &why) == ERR_CONFLICT); /* it signs */
    CHECK(gate_act(h->gate, who(h, a, "ada"), keys, id, S("rotate"), NULL, &output, a, &why) == ERR_NOT_FOUND);
    why = (struct problem){.arena = a};
    CHECK_PROBLEM(gate_act(h->gate, root, keys, id, S("rotate"), house_json(a, "{overlap_s:3600}"), &output, a, &why), ERR_OK, &why);
    str after = issue(h, a, "ada", (struct token_wish){.purpose = TOKEN_API, .life_ms = 2 * HOUR});
    CHECK(!str_equal(kid_of(a, before), kid_of(a, after)));
    CHECK_STR(kid_of(a, after), json_get(&output, S("kid"))->text);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", before), 200);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", after), 200);
    time_set(NOON + HOUR + 1000);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", before), 401);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", after), 200);
    arena_close(a);
    close_house(h);
}

/* Revoking is for good, whatever is switched on afterwards. */
static void a_revoked_key_brings_no_token_back(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    str admin = arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(house_key(h, "root"))), id = house_key_id(h, "ada");
    str token = issue(h, a, "ada", (struct token_wish){.purpose = TOKEN_API});
    CHECK_INT(status_of(h, a, "/api/content/items/posts", token), 200);
    const char *item = arena_cstr(a, arena_format(a, "/api/content/item/api_keys/" STR_FMT, STR_ARG(id)));
    const char *end = arena_cstr(a, arena_format(a, "%s/revoke", item));
    CHECK_INT(rest_request(h->gate, a, "POST", end, arena_cstr(a, admin), S("{}"), NULL)->status, 200);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", token), 401);
    CHECK_INT(rest_request(h->gate, a, "PATCH", item, arena_cstr(a, admin), S("{\"data\":{\"disabled\":false}}"), NULL)->status, 200);
    CHECK_INT(status_of(h, a, "/api/content/items/posts", token), 401);
    arena_close(a);
    close_house(h);
}

static void who_is_nobody_gets_no_token(void **state)
{
    struct house *h = open_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    CHECK_INT(rest_request(h->gate, a, "POST", "/api/auth/token", "", S(""), NULL)->status, 401);
    str header = arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(house_key(h, "ada")));
    struct fake_exchange *f = rest_request(h->gate, a, "POST", "/api/auth/token", arena_cstr(a, header), S("{\"expires_in\":60}"), NULL);
    CHECK_INT(f->status, 201);
    str token = json_get(house_json(a, arena_cstr(a, f->answer)), S("access_token"))->text;
    CHECK_INT(status_of(h, a, "/api/content/items/posts", token), 200);
    str bearer = arena_format(a, "Authorization: Bearer " STR_FMT "\n", STR_ARG(token));
    CHECK_INT(rest_request(h->gate, a, "POST", "/api/auth/token", arena_cstr(a, bearer), S(""), NULL)->status, 403);
    CHECK_INT(rest_request(h->gate, a, "POST", "/api/auth/token", arena_cstr(a, header), S("{\"expires_in\":86401}"), NULL)->status, 422);
    CHECK_INT(rest_request(h->gate, a, "POST", "/api/auth/token", arena_cstr(a, header), S("{\"scopes\":[]}"), NULL)->status, 422);
    arena_close(a);
    close_house(h);
}

CHECK_MAIN(TEST(a_token_reads_what_its_credential_reads),
           TEST(a_derived_token_is_narrower_never_wider),
           TEST(no_byte_of_a_token_can_change),
           TEST(the_ring_says_the_algorithm),
           TEST(a_token_ends_by_time_and_never_after_its_key),
           TEST(what_a_token_hangs_on_ends_it),
           TEST(a_replaced_key_verifies_until_it_retires),
           TEST(a_revoked_key_brings_no_token_back),
           TEST(who_is_nobody_gets_no_token))
