/* Tokens that take themselves for something else (SE-4, SE-5): signed with a key that the ring really has, so that
 * nothing but the one thing wrong about each of them can be what refuses it. */
#include "tests/support/check.h"

#include "base/crypt.h"
#include "base/id.h"
#include "base/jwt.h"
#include "base/time.h"
#include "tests/support/browser.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define NOON_S "1795262400"
#define PASSWORD "correct horse battery"

struct bench {
    struct house *house;
    struct arena *arena;
    struct jwt_key keys[TOKEN_PURPOSE_COUNT]; /* of ours, one in each ring */
    str key_ids[TOKEN_PURPOSE_COUNT];
    str user, other, session, key_id;
};

static const struct {
    enum token_purpose purpose;
    const char *name;
    enum jwt_algorithm algorithm;
    const char *session, *token, *audience; /* claims, and "aud" */
    bool uuids;
} purposes[] = {
    {TOKEN_API, "api", JWT_EDDSA, "sid", "jti", "vitrine:api", false},
    {TOKEN_REGISTRY, "registry", JWT_EDDSA, "sid", "tok", "vitrine:registry", false},
    {TOKEN_ZENML, "zenml", JWT_HS256, "session_id", "jti", NULL, true},
    {TOKEN_NOTARY, "notary", JWT_HS256, "jti", "tok", "vitrine:notary", false},
    {TOKEN_CHUTES, "chutes", JWT_HS256, "jti", "tok", "vitrine:chutes", true},
};

static str plain(str json)
{
    return str_slice(json, 1, json.len - 1); /* without its quotes */
}

/* A key whose secret we know takes its place in the ring beside the server's own. */
static void plant(struct bench *b, size_t which)
{
    struct house *h = b->house;
    enum token_purpose p = purposes[which].purpose;
    uint8_t seed[ED25519_SEED_BYTES];
    struct ed25519_pair pair;
    memset(seed, 'a' + (int)which, sizeof seed);
    str secret = arena_copy(b->arena, (str){(const char *)seed, sizeof seed});
    ed25519_pair_of(seed, &pair);
    str id = house_item(h, "signing_keys", arena_cstr(b->arena, arena_format(b->arena, "{purpose:'%s'}", purposes[which].name)));
    str text = base64url_encode(b->arena, secret);
    house_update(h, "signing_keys", id, arena_cstr(b->arena, arena_format(b->arena, "{active:false, secret:'" STR_FMT "'}", STR_ARG(text))));
    b->key_ids[p] = id;
    b->keys[p] = (struct jwt_key){.algorithm = purposes[which].algorithm, .kid = plain(house_value(h, b->arena, "signing_keys", id, "kid"))};
    bool shared = purposes[which].algorithm == JWT_HS256;
    b->keys[p].verify = shared ? secret : arena_copy(b->arena, (str){(const char *)pair.public, sizeof pair.public});
    b->keys[p].sign = shared ? secret : arena_copy(b->arena, (str){(const char *)pair.secret, sizeof pair.secret});
}

static void open_bench(struct bench *b)
{
    time_set(NOON);
    *b = (struct bench){.house = house_open()};
    struct house *h = b->house;
    b->arena = h->arena;
    struct problem why = {.arena = b->arena};
    const struct principal *who = NULL;
    house_model(h, "[{name:'notes', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {reader: [{collection:'notes', verbs:['read']}]},"
                    " users: {ada: {roles:['reader'], password:'" PASSWORD "'}, bob: {roles:['reader'], password:'" PASSWORD "'}},"
                    " keys: {ada: {user:'ada'}}}");
    for (size_t i = 0; i < COUNTOF(purposes); i++)
        plant(b, i);
    struct fake_exchange *f = fake_request(b->arena, "POST", "/", "", S(""));
    must(gate_login_program(h->gate, &f->x, S("ada"), S(PASSWORD), S("test"), 0, &who, &why) == ERR_OK);
    b->session = arena_copy(b->arena, who->session_id);
    b->user = house_user(h, "ada");
    b->other = house_user(h, "bob");
    b->key_id = house_key_id(h, "ada");
}

static void close_bench(struct bench *b)
{
    house_close(b->house);
    time_set(0);
}

static str spelt(struct bench *b, size_t which, str id)
{
    return purposes[which].uuids ? id_uuid(b->arena, id) : id;
}

/* What a good token claims, with some claims changed: value NULL takes one away. */
struct twist {
    const char *name, *value; /* JSON5; %: an id of the twist's own */
};

static struct json good_claims(struct bench *b, size_t which, const struct twist *twists, size_t count)
{
    struct arena *a = b->arena;
    str server = gate_server_id(b->house->gate, a);
    struct json *m = NEW_N(a, struct json, 5 + count);
    size_t n = 0;
    const struct json base[] = {
        json_named(S("sub"), json_of_text(spelt(b, which, b->user))),
        json_named(S("iss"), json_of_text(server)),
        json_named(S("aud"), json_of_text(purposes[which].audience ? str_of(purposes[which].audience) : server)),
        json_named(S("exp"), json_of_int(NOON / 1000 + 60)),
        json_named(str_of(purposes[which].session), json_of_text(spelt(b, which, b->session))),
    };
    for (size_t i = 0; i < COUNTOF(base); i++) {
        bool kept = true;
        for (size_t k = 0; k < count; k++)
            kept &= !twists[k].name || !str_equal(base[i].name, str_of(twists[k].name));
        if (kept)
            m[n++] = base[i];
    }
    for (size_t k = 0; k < count; k++)
        if (twists[k].name && twists[k].value)
            m[n++] = json_named(str_of(twists[k].name), *house_json(a, twists[k].value));
    return json_of_map(m, n);
}

static str signed_by(struct bench *b, const struct jwt_key *key, const struct json *claims)
{
    struct problem why = {.arena = b->arena};
    str token = {0};
    must(jwt_write(b->arena, key, json_print(b->arena, claims), &token, &why) == ERR_OK);
    return token;
}

static int asked(struct bench *b, const char *path, const char *header, str value)
{
    str line = arena_format(b->arena, "%s" STR_FMT "\n", header, STR_ARG(value));
    return rest_request(b->house->gate, b->arena, "GET", path, arena_cstr(b->arena, line), S(""), NULL)->status;
}

#define NOTES "/api/content/items/notes"
#define BEARER "Authorization: Bearer "

static void a_claim_that_does_not_hold_opens_nothing(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    for (size_t p = 0; p < COUNTOF(purposes); p++) {
        bool opens = purposes[p].purpose != TOKEN_REGISTRY;
        str other = spelt(&b, p, b.other), user = spelt(&b, p, b.user), key = spelt(&b, p, b.key_id), session = spelt(&b, p, b.session);
        const char *quoted[] = {arena_cstr(b.arena, arena_format(b.arena, "'" STR_FMT "'", STR_ARG(other))),
                                arena_cstr(b.arena, arena_format(b.arena, "'" STR_FMT "'", STR_ARG(user))),
                                arena_cstr(b.arena, arena_format(b.arena, "'" STR_FMT "'", STR_ARG(key))),
                                arena_cstr(b.arena, arena_format(b.arena, "'" STR_FMT "'", STR_ARG(session)))};
        const char *row = purposes[p].session, *key_claim = purposes[p].purpose == TOKEN_ZENML ? "api_key_id" : "key";
        const struct {
            struct twist twists[3];
            bool good;
        } cases[] = {
            {{{0}}, opens},                                          /* as it should be */
            {{{"nbf", NOON_S}}, opens},
            {{{"aud", "['somebody', 'else']"}}, false},
            {{{"exp", "1795262369"}}, false},                       /* a second beyond what clocks may differ */
            {{{"exp", NULL}}, false},
            {{{"exp", "'1795270000'"}}, false},
            {{{"exp", "1e300"}}, false},
            {{{"exp", "-1"}}, false},
            {{{"nbf", "1795262431"}}, false},                       /* not yet */
            {{{"iat", "1795262431"}}, false},
            {{{"iss", "'somebody'"}}, false},
            {{{"iss", NULL}}, false},
            {{{"iss", "['x']"}}, false},
            {{{"aud", "'somebody'"}}, false},
            {{{"aud", NULL}}, false},
            {{{"aud", "[]"}}, false},
            {{{"aud", "'vitrine:other'"}}, false},
            {{{"sub", quoted[0]}}, false},                          /* somebody else's name on it */
            {{{"sub", NULL}}, false},
            {{{"sub", "null"}}, false},
            {{{"sub", "{$ne:null}"}}, false},
            {{{row, NULL}}, false},                                 /* names no item */
            {{{row, quoted[1]}}, false},                            /* an item of another collection */
            {{{row, quoted[2]}}, false},
            {{{row, "true"}}, false},
            {{{row, NULL}, {key_claim, quoted[2]}}, false},         /* a key without its generation */
            {{{row, NULL}, {key_claim, quoted[2]}, {"gen", "0"}}, false},
            {{{row, NULL}, {key_claim, quoted[3]}, {"gen", "1"}}, false},
            {{{key_claim, quoted[2]}, {"gen", "1"}}, false},        /* two items */
            {{{row, NULL}, {purposes[p].token, quoted[3]}}, purposes[p].session == purposes[p].token && opens},
        };
        for (size_t i = 0; i < COUNTOF(cases); i++) {
            struct json claims = good_claims(&b, p, cases[i].twists, COUNTOF(cases[i].twists));
            int status = asked(&b, NOTES, BEARER, signed_by(&b, &b.keys[purposes[p].purpose], &claims));
            if (status != (cases[i].good ? 200 : 401))
                CHECK_SAY("%s, row %zu: %d: " STR_FMT, purposes[p].name, i, status, STR_ARG(json_print(b.arena, &claims)));
        }
    }
    close_bench(&b);
}

/* Header and signature by hand. */
static str by_hand(struct bench *b, const char *header, const struct json *claims, const struct jwt_key *key, bool with_mac)
{
    struct arena *a = b->arena;
    str text = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(base64url_encode(a, json_print(a, house_json(a, header)))),
                            STR_ARG(base64url_encode(a, json_print(a, claims))));
    uint8_t mac[HMAC_SHA256_BYTES], signature[ED25519_SIGNATURE_BYTES];
    str sealed;
    if (with_mac) {
        hmac_sha256(key->verify, text, mac);
        sealed = base64url_encode(a, (str){(const char *)mac, sizeof mac});
    } else {
        ed25519_sign((const uint8_t *)key->sign.at, text, signature);
        sealed = base64url_encode(a, (str){(const char *)signature, sizeof signature});
    }
    return arena_format(a, STR_FMT "." STR_FMT, STR_ARG(text), STR_ARG(sealed));
}

static void a_header_chooses_nothing(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    const struct jwt_key *key = &b.keys[TOKEN_API];
    struct json claims = good_claims(&b, 0, NULL, 0);
    static const struct {
        const char *header; /* %s: the kid */
        bool with_mac, good;
    } cases[] = {
        {"{alg:'EdDSA', typ:'JWT', kid:'%s'}", false, true},
        {"{alg:'EdDSA', kid:'%s'}", false, true},
        {"{alg:'none', typ:'JWT', kid:'%s'}", false, false},   {"{alg:'None', typ:'JWT', kid:'%s'}", false, false},
        {"{alg:'NONE', kid:'%s'}", true, false},               {"{alg:'', kid:'%s'}", false, false},
        {"{kid:'%s'}", false, false},                          {"{alg:null, kid:'%s'}", false, false},
        {"{alg:'eddsa', kid:'%s'}", false, false},             {"{alg:['EdDSA'], kid:'%s'}", false, false},
        {"{alg:'HS256', kid:'%s'}", true, false},              {"{alg:'HS256', typ:'JWT', kid:'%s'}", true, false},
        {"{alg:'EdDSA', kid:'%s'}", true, false},              {"{alg:'ES256', kid:'%s'}", false, false},
        {"{alg:'EdDSA', typ:'at+jwt', kid:'%s'}", false, false}, {"{alg:'EdDSA', typ:1, kid:'%s'}", false, false},
        {"{alg:'EdDSA', kid:'%s', jwk:{kty:'OKP'}}", false, false}, {"{alg:'EdDSA', kid:'%s', jku:'https://a.example'}", false, false},
        {"{alg:'EdDSA', kid:'%s', x5u:'https://a.example'}", false, false}, {"{alg:'EdDSA', kid:'%s', x5c:[]}", false, false},
        {"{alg:'EdDSA', kid:'%s', crit:[]}", false, false},    {"{alg:'EdDSA', kid:'../%s'}", false, false},
        {"{alg:'EdDSA', kid:['%s']}", false, false},           {"{alg:'EdDSA'}", false, false},
        {"{alg:'EdDSA', kid:''}", false, false},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        const char *header = arena_cstr(b.arena, browser_with(b.arena, str_of(cases[i].header), "%s", key->kid));
        CHECK_AT(i);
        CHECK_INT(asked(&b, NOTES, BEARER, by_hand(&b, header, &claims, key, cases[i].with_mac)), cases[i].good ? 200 : 401);
    }
    str good = signed_by(&b, key, &claims), head, rest, middle, tail;
    (void)str_cut(good, '.', &head, &rest);
    (void)str_cut(rest, '.', &middle, &tail);
    CHECK_INT(asked(&b, NOTES, BEARER, arena_format(b.arena, STR_FMT "." STR_FMT ".", STR_ARG(head), STR_ARG(middle))), 401);
    CHECK_INT(asked(&b, NOTES, BEARER, arena_format(b.arena, STR_FMT "." STR_FMT, STR_ARG(head), STR_ARG(middle))), 401);
    CHECK_INT(asked(&b, NOTES, BEARER, arena_format(b.arena, STR_FMT "=", STR_ARG(good))), 401);
    close_bench(&b);
}

/* What one ring signed is nothing to another, whoever's key it names. */
static void a_token_of_one_purpose_is_none_of_another(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    for (size_t p = 0; p < COUNTOF(purposes); p++)
        for (size_t k = 0; k < COUNTOF(purposes); k++) {
            struct json claims = good_claims(&b, p, NULL, 0);
            struct jwt_key key = b.keys[purposes[k].purpose];
            bool opens = p == k && purposes[p].purpose != TOKEN_REGISTRY;
            CHECK_AT(p * 10 + k);
            CHECK_INT(asked(&b, NOTES, BEARER, signed_by(&b, &key, &claims)), opens ? 200 : 401);
            key.kid = b.keys[purposes[p].purpose].kid; /* signed by one, named after the other */
            CHECK_INT(asked(&b, NOTES, BEARER, signed_by(&b, &key, &claims)), opens ? 200 : 401);
        }
    for (size_t p = 0; p < COUNTOF(purposes); p++) { /* a retired key signs nothing */
        struct json claims = good_claims(&b, p, NULL, 0);
        str token = signed_by(&b, &b.keys[purposes[p].purpose], &claims);
        house_update(b.house, "signing_keys", b.key_ids[purposes[p].purpose], "{retires_at:'2026-11-21T11:59:59Z'}");
        CHECK_AT(p);
        CHECK_INT(asked(&b, NOTES, BEARER, token), 401);
        house_delete(b.house, "signing_keys", b.key_ids[purposes[p].purpose]);
        CHECK_INT(asked(&b, NOTES, BEARER, token), 401);
    }
    close_bench(&b);
}

/* Items of tokens that are no tokens: links and what refreshes open nothing by themselves. */
static void links_and_refresh_tokens_are_no_access(void **state)
{
    static const char *const sorts[] = {"api", "refresh", "invitation", "reset", "verify", "magic"};
    struct bench b;
    (void)state;
    open_bench(&b);
    for (size_t p = 0; p < COUNTOF(purposes); p++)
        for (size_t i = 0; i < COUNTOF(sorts); i++) {
            str item = arena_format(b.arena, "{kind:'%s', user:'" STR_FMT "', expires_at:'2026-11-21T13:00:00Z'}", sorts[i], STR_ARG(b.user));
            str id = spelt(&b, p, house_item(b.house, "tokens", arena_cstr(b.arena, item)));
            const char *quoted = arena_cstr(b.arena, arena_format(b.arena, "'" STR_FMT "'", STR_ARG(id)));
            const struct twist twists[] = {{purposes[p].session, NULL}, {purposes[p].token, quoted}};
            struct json claims = good_claims(&b, p, twists, COUNTOF(twists));
            CHECK_AT(p * 10 + i);
            CHECK_INT(asked(&b, NOTES, BEARER, signed_by(&b, &b.keys[purposes[p].purpose], &claims)),
                      i == 0 && purposes[p].purpose != TOKEN_REGISTRY ? 200 : 401);
        }
    close_bench(&b);
}

/* A secret counts in the place it was made for. */
static void a_secret_in_anothers_place_is_none(void **state)
{
    static const struct {
        const char *header;
        enum { KEY, SESSION, TOKEN, REGISTRY, BASIC_KEY, BASIC_SESSION, BASIC_TOKEN } what;
        bool good;
    } cases[] = {
        {"api-key: ", KEY, true},        {"X-API-Key: ", KEY, true},      {BEARER, KEY, true},
        {"Cookie: vitrine_session=", SESSION, true},                       {BEARER, TOKEN, true},
        {"Authorization: Basic ", BASIC_KEY, true},
        {"api-key: ", SESSION, false},   {BEARER, SESSION, false},         {"Authorization: Basic ", BASIC_SESSION, false},
        {"Cookie: vitrine_session=", KEY, false},                          {"Cookie: vitrine_session=", TOKEN, false},
        {"Cookie: user_token=", KEY, false},                               {"Cookie: user_token=", SESSION, false},
        {"api-key: ", TOKEN, false},     {"X-API-Key: ", TOKEN, false},    {"Authorization: Basic ", BASIC_TOKEN, false},
        {BEARER, REGISTRY, false},       {"Cookie: user_token=", REGISTRY, false},
        {"Authorization: ", KEY, false}, {"Authorization: Token ", KEY, false}, {"Authorization: Bearer Bearer ", KEY, false},
        {"X-ZOT-API-CLIENT: zot-ui\nCookie: session=", KEY, false},        {"X-ZOT-API-CLIENT: zot-ui\nCookie: session=", SESSION, true},
    };
    struct bench b;
    (void)state;
    open_bench(&b);
    struct browser browser = browser_sign_in(b.house, "ada", PASSWORD);
    str name, session, key = house_key(b.house, "ada");
    (void)str_cut(browser.cookie, '=', &name, &session);
    struct json claims = good_claims(&b, 0, NULL, 0), of_registry = good_claims(&b, 1, NULL, 0);
    str token = signed_by(&b, &b.keys[TOKEN_API], &claims);
    const str values[] = {
        [KEY] = key,
        [SESSION] = session,
        [TOKEN] = token,
        [REGISTRY] = signed_by(&b, &b.keys[TOKEN_REGISTRY], &of_registry),
        [BASIC_KEY] = base64_encode(b.arena, arena_format(b.arena, "ada:" STR_FMT, STR_ARG(key))),
        [BASIC_SESSION] = base64_encode(b.arena, arena_format(b.arena, "ada:" STR_FMT, STR_ARG(session))),
        [BASIC_TOKEN] = base64_encode(b.arena, arena_format(b.arena, "ada:" STR_FMT, STR_ARG(token))),
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(asked(&b, NOTES, cases[i].header, values[cases[i].what]), cases[i].good ? 200 : 401);
    }
    close_bench(&b);
}

/* Each may do what the other may not: together they would be a choice. */
static void a_token_beside_its_key_is_a_contradiction(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    struct problem why = {.arena = b.arena};
    struct token own, same;
    str key = house_key(b.house, "ada");
    const struct token_wish with_item = {.purpose = TOKEN_API, .has_item = true, .scopes = house_json(b.arena, "[{collection:'notes'}]")};
    const struct token_wish without = {.purpose = TOKEN_ZENML};
    struct fake_exchange *f = fake_request(b.arena, "POST", "/", "", S(""));
    const struct principal *who = house_who(b.house, b.arena, key);
    CHECK_PROBLEM(gate_token(b.house->gate, &f->x, who, &with_item, &own, &why), ERR_OK, &why);
    CHECK_PROBLEM(gate_token(b.house->gate, &f->x, who, &without, &same, &why), ERR_OK, &why);
    CHECK_INT(asked(&b, NOTES, BEARER, arena_format(b.arena, STR_FMT "\napi-key: " STR_FMT, STR_ARG(own.text), STR_ARG(key))), 400);
    CHECK_INT(asked(&b, NOTES, "api-key: ", arena_format(b.arena, STR_FMT "\n" BEARER STR_FMT, STR_ARG(key), STR_ARG(own.text))), 400);
    CHECK_INT(asked(&b, NOTES, BEARER, arena_format(b.arena, STR_FMT "\napi-key: " STR_FMT, STR_ARG(same.text), STR_ARG(key))), 200);
    close_bench(&b);
}

CHECK_MAIN(TEST(a_token_beside_its_key_is_a_contradiction), TEST(a_claim_that_does_not_hold_opens_nothing), TEST(a_header_chooses_nothing), TEST(a_token_of_one_purpose_is_none_of_another),
           TEST(links_and_refresh_tokens_are_no_access), TEST(a_secret_in_anothers_place_is_none))
