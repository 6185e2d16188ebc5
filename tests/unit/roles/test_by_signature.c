/* Requests signed by wallets (chutes-keys.md 6): every vector, every changed byte, clocks, repeats, bodies. */
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

#include "base/crypt.h"
#include "base/encode.h"
#include "base/hotkey.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/credentials/signature.h"

#define THEN INT64_C(1760000000) /* the vectors' nonce */
#define NONCE "1760000000"
#define SR "5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1d"
#define ED "5EpHX5foDtnhZngj4GsKq5eKGpUvuMqbpUG48ZfCCCs7EzKR"
#define SIG_API_KEYS                                                                                \
    "7e570876920a592167443c1ebed326a6d91e43b6148ea6ac500a1bf5d6d7094582fb17b450fc04c5ad5bd4d91a7b827f6df56f46f28600850ac4e445c42bd38a"
#define SIG_REGISTRY                                                                                \
    "28c9e35ce820a068c5409621bfcd534ef09aad5c27989b6e9954f0ac7d1d852ef8bf60bfbd3aa91940ced02b619c79e3aa3c242f07fddeb8fe88c870397ce788"
#define SIG_BODY                                                                                    \
    "4ece44f7945ddf8b066b135ec10139cd93760ca27b92b780c299e823b4ecd60204b634593074c1fa6d79030c682dd73b047bd1bef300c6fa581c6fa3d1dadd8e"
#define SIG_ME                                                                                      \
    "908aceabbbd263a6f4394033a9b79a1c292b96ad63667f6f945d8f6c8d41c506ffa65cd27fc41ad3142b724e81b31c01b0972d45d71724f05aea91c89110e980"
#define SIG_ED                                                                                      \
    "147a6938040d803310e1953c0d63b8ad026b3477c5ba40513ea6d0a49e8315715209fc267345f995a7135c8b3d404779861959f10653150a591041e34be60d09"

struct pen {
    struct ed25519_pair pair;
    str address;
};

static void pen_make(struct pen *p, struct arena *a)
{
    uint8_t seed[ED25519_SEED_BYTES];
    memset(seed, 7, sizeof seed);
    ed25519_pair_of(seed, &p->pair);
    p->address = hotkey_write(a, p->pair.public);
}

static str sign(const struct pen *p, struct arena *a, str message)
{
    uint8_t bytes[ED25519_SIGNATURE_BYTES];
    struct buf b;
    ed25519_sign(p->pair.secret, message, bytes);
    buf_init(&b, a, 2 * sizeof bytes);
    buf_hex(&b, bytes, sizeof bytes);
    return buf_str(&b);
}

static str sha256(struct arena *a, str body)
{
    uint8_t digest[32];
    struct buf b;
    crypt_sha256(body, digest);
    buf_init(&b, a, 64);
    buf_hex(&b, digest, sizeof digest);
    return buf_str(&b);
}

static struct house *open_house(const struct pen *p)
{
    time_set(THEN * 1000);
    struct house *h = house_open();
    house_people(h, "{users: {srv: {hotkey:'" SR "'}, eddie: {hotkey:'" ED "', hotkey_algorithm:'ed25519'}, pen: {},"
                    " gone: {active:false}}, keys: {srv: {user:'srv'}, pen: {user:'pen'}}}");
    if (p)
        house_update(h, "users", house_user(h, "pen"),
                     arena_cstr(h->arena, arena_format(h->arena, "{hotkey:'" STR_FMT "', hotkey_algorithm:'ed25519'}", STR_ARG(p->address))));
    return h;
}

static void close_house(struct house *h)
{
    house_close(h);
    time_set(0);
}

static const char *headers_of(struct arena *a, str hotkey, str nonce, str signature, const char *more)
{
    return arena_cstr(a, arena_format(a, "X-Chutes-Hotkey: " STR_FMT "\nX-Chutes-Nonce: " STR_FMT "\nX-Chutes-Signature: " STR_FMT "\n%s",
                                      STR_ARG(hotkey), STR_ARG(nonce), STR_ARG(signature), more));
}

/* The first fault's text or the problem's own; {0}: somebody was found, and *who says who. */
static str ask(struct house *h, struct arena *a, const char *method, const char *target, const char *headers, str body, str *who)
{
    struct fake_exchange *f = fake_request(a, method, target, headers, body);
    struct problem why = {.arena = a};
    enum err e = identify(h->gate, &f->x, &why);
    *who = f->x.who->user_id;
    if (e == ERR_OK)
        return (str){0};
    return why.fault_count ? why.faults[0].text : why.text;
}

static void the_vectors_of_wallets_hold(void **state)
{
    static const struct {
        const char *method, *target;
        str hotkey, nonce, signature, body;
        const char *said;             /* NULL: good */
    } cases[] = {
        {"GET", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR(""), NULL},
        {"HEAD", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR(""), NULL},
        {"GET", "/api_keys/?page=0", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR(""), NULL},
        {"GET", "/api_keys/0123", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR(""), NULL},
        {"DELETE", "/api_keys/0123", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR(""), NULL},
        {"GET", "/registry/auth", STR(SR), STR(NONCE), STR(SIG_REGISTRY), STR(""), NULL},
        {"GET", "/users/me", STR(SR), STR(NONCE), STR(SIG_ME), STR(""), NULL}, /* <Bytes>…</Bytes> */
        {"POST", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_BODY), STR("{}"), NULL},
        {"GET", "/api_keys/", STR(ED), STR(NONCE), STR(SIG_ED), STR(""), NULL},
        /* another purpose, method, body, path */
        {"GET", "/registry/auth", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR(""), "Invalid request signature"},
        {"GET", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_REGISTRY), STR(""), "Invalid request signature"},
        {"POST", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR("{}"), "Invalid request signature"},
        {"POST", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_BODY), STR("{ }"), "Invalid request signature"},
        {"POST", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_BODY), STR(""), "Invalid request signature"},
        {"GET", "/api_keysx", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR(""), "Either payload_str or purpose must be provided"},
        {"GET", "/api/content/items/posts", STR(SR), STR(NONCE), STR(SIG_API_KEYS), STR(""), "Either payload_str or purpose"},
        {"POST", "/api/content/item/posts", STR(SR), STR(NONCE), STR(SIG_BODY), STR("{}"), "Either payload_str or purpose"},
        {"PUT", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_BODY), STR("{}"), "Either payload_str or purpose"},
        /* another key, algorithm, nonce */
        {"GET", "/api_keys/", STR(ED), STR(NONCE), STR(SIG_API_KEYS), STR(""), "Invalid request signature"},
        {"GET", "/api_keys/", STR(SR), STR(NONCE), STR(SIG_ED), STR(""), "Invalid request signature"},
        {"GET", "/api_keys/", STR(SR), STR("1760000001"), STR(SIG_API_KEYS), STR(""), "Invalid request signature"},
        {"GET", "/api_keys/", STR(SR), STR("01760000000"), STR(SIG_API_KEYS), STR(""), "Invalid request signature"},
        {"GET", "/api_keys/", STR(SR), STR("+1760000000"), STR(SIG_API_KEYS), STR(""), "Invalid nonce!"},
        {"GET", "/api_keys/", STR(SR), STR("1760000000.0"), STR(SIG_API_KEYS), STR(""), "Invalid nonce!"},
        {"GET", "/api_keys/", STR(SR), STR(""), STR(SIG_API_KEYS), STR(""), "Invalid nonce!"},
        {"GET", "/api_keys/", STR(SR), STR("99999999999999999999"), STR(SIG_API_KEYS), STR(""), "Invalid nonce!"},
        {"GET", "/api_keys/", STR("5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1e"), STR(NONCE), STR(SIG_API_KEYS), STR(""),
         "Invalid request signature"},
        {"GET", "/api_keys/", STR(SR), STR(NONCE), STR("0x" SIG_API_KEYS), STR(""), "Invalid signature:"},
        {"GET", "/api_keys/", STR(SR), STR(NONCE), STR("zz"), STR(""), "Invalid signature:"},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct house *h = open_house(NULL);
        struct arena *a = arena_open(64u << 10);
        str who;
        const char *headers = headers_of(a, cases[i].hotkey, cases[i].nonce, cases[i].signature, "");
        str said = ask(h, a, cases[i].method, cases[i].target, headers, cases[i].body, &who);
        CHECK_AT(i);
        if (!str_starts(said, str_of(cases[i].said ? cases[i].said : "")) || str_is_absent(said) != !cases[i].said)
            CHECK_SAY("is \"" STR_FMT "\"", STR_ARG(said));
        CHECK_STR(who, cases[i].said ? S("") : house_user(h, str_equal(cases[i].hotkey, S(SR)) ? "srv" : "eddie"));
        arena_close(a);
        close_house(h);
    }
}

static void no_digit_of_a_signature_can_change(void **state)
{
    struct house *h = open_house(NULL);
    (void)state;
    for (size_t i = 0; i < strlen(SIG_API_KEYS); i++) {
        struct arena *a = arena_open(64u << 10);
        char *changed = (char *)(uintptr_t)arena_copy(a, S(SIG_API_KEYS)).at;
        str who;
        changed[i] = changed[i] == '0' ? '8' : '0';
        CHECK_AT(i);
        CHECK(!str_is_absent(ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), (str){changed, 128}, ""), S(""), &who)));
        arena_close(a);
    }
    close_house(h);
}

static void clocks_may_differ_by_less_than_ten_minutes(void **state)
{
    static const struct {
        int64_t off;
        bool good;
    } cases[] = {{0, true}, {599, true}, {-599, true}, {600, false}, {-600, false}, {86400, false}};
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct house *h = open_house(NULL);
        struct arena *a = arena_open(64u << 10);
        str who;
        time_set((THEN + cases[i].off) * 1000);
        str said = ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), ""), S(""), &who);
        CHECK_AT(i);
        CHECK_STR(said, cases[i].good ? S("") : S("Invalid nonce!"));
        arena_close(a);
        close_house(h);
    }
}

static void what_changes_something_counts_once(void **state)
{
    struct house *h = open_house(NULL);
    struct arena *a = arena_open(256u << 10);
    str who;
    (void)state;
    const char *headers = headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), "");
    for (size_t i = 0; i < 3; i++) /* reading may be repeated */
        CHECK(str_is_absent(ask(h, a, "GET", "/api_keys/", headers, S(""), &who)));
    CHECK(str_is_absent(ask(h, a, "DELETE", "/api_keys/1", headers, S(""), &who)));
    CHECK_STR(ask(h, a, "DELETE", "/api_keys/1", headers, S(""), &who), S("Invalid nonce!"));
    CHECK_STR(ask(h, a, "DELETE", "/api_keys/2", headers, S(""), &who), S("Invalid nonce!"));
    char *other = (char *)(uintptr_t)arena_copy(a, S(SIG_API_KEYS)).at; /* the same bytes, spelt otherwise */
    for (size_t i = 0; i < 128; i++)
        other[i] = other[i] >= 'a' ? (char)(other[i] - 'a' + 'A') : other[i];
    CHECK_STR(ask(h, a, "DELETE", "/api_keys/2", headers_of(a, S(SR), S(NONCE), (str){other, 128}, ""), S(""), &who), S("Invalid nonce!"));
    time_set((THEN + 599) * 1000);
    CHECK_STR(ask(h, a, "DELETE", "/api_keys/1", headers, S(""), &who), S("Invalid nonce!"));
    arena_close(a);
    close_house(h);
}

/* What was seen before is not known after a restart; so what was signed before does not count. */
static void a_restart_forgets_nothing(void **state)
{
    struct house *h = open_house(NULL);
    struct arena *a = arena_open(64u << 10);
    str who;
    (void)state;
    close_house(h);
    time_set((THEN + 5) * 1000);
    h = house_open();
    house_people(h, "{users: {srv: {hotkey:'" SR "'}}}");
    const char *headers = headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), "");
    CHECK_STR(ask(h, a, "DELETE", "/api_keys/1", headers, S(""), &who), S("Invalid nonce!"));
    CHECK(str_is_absent(ask(h, a, "GET", "/api_keys/", headers, S(""), &who)));
    arena_close(a);
    close_house(h);
}

static void the_second_form_says_all_of_the_request(void **state)
{
    static const struct {
        const char *signed_method, *signed_target, *method, *target;
        str signed_body, body;
        bool good;
    } cases[] = {
        {"GET", "/api/auth/me", "GET", "/api/auth/me", STR(""), STR(""), true},
        {"PUT", "/api/x?a=1&b=%20", "PUT", "/api/x?a=1&b=%20", STR("{\"a\":1}"), STR("{\"a\":1}"), true},
        {"GET", "/api/auth/me", "POST", "/api/auth/me", STR(""), STR(""), false},
        {"GET", "/api/auth/me", "GET", "/api/auth/me?x=1", STR(""), STR(""), false},
        {"GET", "/api/auth/me", "GET", "/api/auth/you", STR(""), STR(""), false},
        {"POST", "/api/x", "POST", "/api/x", STR("{}"), STR("{ }"), false},
    };
    struct arena *a = arena_open(64u << 10);
    struct pen pen;
    (void)state;
    crypt_start();
    pen_make(&pen, a);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct house *h = open_house(&pen);
        str who, message = arena_format(a, STR_FMT ":" NONCE ":%s:%s:" STR_FMT, STR_ARG(pen.address), cases[i].signed_method,
                                        cases[i].signed_target, STR_ARG(sha256(a, cases[i].signed_body)));
        const char *headers = headers_of(a, pen.address, S(NONCE), sign(&pen, a, message), "X-Chutes-Sig-Version: 2\n");
        str said = ask(h, a, cases[i].method, cases[i].target, headers, cases[i].body, &who);
        CHECK_AT(i);
        CHECK_INT(str_is_absent(said), cases[i].good);
        close_house(h);
    }
    arena_close(a);
}

static void the_first_form_can_be_turned_off(void **state)
{
    struct arena *a = arena_open(64u << 10);
    str who;
    (void)state;
    time_set(THEN * 1000);
    struct house *h = house_open_with(&(struct house_config){.chutes = {.requires_v2 = true}});
    house_people(h, "{users: {srv: {hotkey:'" SR "'}}}");
    CHECK_STR(ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), ""), S(""), &who),
              S("Invalid signature: version 2 is required"));
    CHECK_STR(ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), "X-Chutes-Sig-Version: 3\n"), S(""), &who),
              S("Invalid signature: unknown version"));
    arena_close(a);
    close_house(h);
}

static void the_body_is_there_for_the_handler(void **state)
{
    struct house *h = open_house(NULL);
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    str body;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pen pen;
        pen_make(&pen, a);
        struct house *other = open_house(&pen);
        str text = S("{\"name\":\"one\"}");
        str message = arena_format(a, STR_FMT ":" NONCE ":" STR_FMT, STR_ARG(pen.address), STR_ARG(sha256(a, text)));
        struct fake_exchange *f =
            fake_request(a, "POST", "/api_keys/", headers_of(a, pen.address, S(NONCE), sign(&pen, a, message), ""), text);
        f->body_step = 3;
        if (i == 1)
            f->x.body_length = UINT64_MAX; /* chunked */
        CHECK_AT(i);
        CHECK_PROBLEM(identify(other->gate, &f->x, &why), ERR_OK, &why);
        CHECK_PROBLEM(exchange_body(&f->x, &body, &why), ERR_OK, &why);
        CHECK_STR(body, text);
        close_house(other);
    }
    arena_close(a);
    close_house(h);
}

static void bodies_beyond_the_limit_are_not_hashed(void **state)
{
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pen pen;
        pen_make(&pen, a);
        struct house *h = open_house(&pen);
        char *bytes = arena_get(a, LIMIT_SIGNED_BODY_BYTES + 1, 1);
        str body = {bytes, LIMIT_SIGNED_BODY_BYTES + i};
        str message = arena_format(a, STR_FMT ":" NONCE ":" STR_FMT, STR_ARG(pen.address), STR_ARG(sha256(a, body)));
        struct fake_exchange *f =
            fake_request(a, "POST", "/api_keys/", headers_of(a, pen.address, S(NONCE), sign(&pen, a, message), ""), body);
        f->x.body_max = 16u << 20;
        CHECK_AT(i);
        CHECK_ERR(identify(h->gate, &f->x, &why), i == 0 ? ERR_OK : ERR_TOO_LARGE);
        CHECK_INT(f->x.body_max, 16u << 20);
        close_house(h);
    }
    arena_close(a);
}

static void other_credentials_must_agree(void **state)
{
    struct house *h = open_house(NULL);
    struct arena *a = arena_open(64u << 10);
    str who;
    (void)state;
    str key = arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(house_key(h, "pen")));
    CHECK(str_starts(ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), arena_cstr(a, key)), S(""), &who),
                     S("The request carries credentials of two")));
    /* one of the two alone is no credential */
    CHECK(str_is_absent(ask(h, a, "GET", "/api_keys/", "X-Chutes-Hotkey: " SR "\n", S(""), &who)));
    CHECK(str_is_absent(who));
    /* two of a header */
    CHECK_STR(ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), "X-Chutes-Nonce: " NONCE "\n"), S(""), &who),
              S("Invalid signature: a header is there twice"));
    house_update(h, "users", house_user(h, "srv"), "{active:false}");
    CHECK_STR(ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), ""), S(""), &who),
              S("Could not find user with this hotkey"));
    house_update(h, "users", house_user(h, "srv"), "{active:true, hotkey:null}");
    CHECK_STR(ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), ""), S(""), &who),
              S("Could not find user with this hotkey"));
    arena_close(a);
    close_house(h);
}

/* Who signed is in the journal (L-2); what was refused, without a name. */
static void signatures_are_noted(void **state)
{
    struct house *h = open_house(NULL);
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    str who;
    (void)state;
    CHECK(str_is_absent(ask(h, a, "GET", "/api_keys/", headers_of(a, S(SR), S(NONCE), S(SIG_API_KEYS), ""), S(""), &who)));
    CHECK_ERR(gate_tick(h->gate, &why), ERR_OK);
    const struct principal *server = principal_system(h->gate, a, SYSTEM_CHECK);
    const struct collection *journal = house_collection(server, "journal");
    struct query q = {.from = journal, .limit = 10};
    struct item_list list;
    struct page page = {0};
    q.where = filter_test(a, collection_field(journal, S("verb")), TEST_EQ, json_of_text(S("sign_in.done")));
    query_all_fields(a, &q, NULL);
    item_list_init(&list, a);
    CHECK_PROBLEM(gate_read(h->gate, server, &q, &list.receiver, &page, &why), ERR_OK, &why);
    NEED(list.count == 1);
    CHECK(str_contains(json_print(a, &list.items[0]), S("signature")) && str_contains(json_print(a, &list.items[0]), who));
    CHECK(!str_contains(json_print(a, &list.items[0]), S(SIG_API_KEYS)));
    arena_close(a);
    close_house(h);
}

static struct replay replay_of(uint8_t digest[DIGEST_BYTES], uint64_t n, const char *account, int64_t until_ms)
{
    memset(digest, 0, DIGEST_BYTES);
    memcpy(digest, &n, sizeof n);
    return (struct replay){digest, str_of(account), until_ms, until_ms};
}

static void no_account_fills_the_table_for_the_others(void **state)
{
    enum { ROOM = 64 };
    struct replays *r = replays_open(0, ROOM);
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    uint8_t digest[DIGEST_BYTES];
    struct replay it;
    uint64_t n = 1;
    (void)state;
    for (; n <= ROOM / 2; n++) {
        it = replay_of(digest, n, "one", 1000);
        CHECK_ERR(replays_take(r, &it, 10, &why), ERR_OK);
    }
    it = replay_of(digest, n++, "one", 1000);
    CHECK_ERR(replays_take(r, &it, 10, &why), ERR_TOO_MANY);
    for (size_t i = 0; i < ROOM / 2; i++) {
        it = replay_of(digest, n++, arena_cstr(a, arena_format(a, "a%zu", i)), 1000);
        CHECK_ERR(replays_take(r, &it, 10, &why), ERR_OK);
    }
    it = replay_of(digest, n, "other", 2000);
    CHECK_ERR(replays_take(r, &it, 999, &why), ERR_TOO_MANY); /* full */
    CHECK_ERR(replays_take(r, &it, 1000, &why), ERR_OK);      /* the others have had their time */
    CHECK_ERR(replays_take(r, &it, 1001, &why), ERR_UNAUTHENTICATED);
    replays_close(r);
    arena_close(a);
}

CHECK_MAIN(TEST(the_vectors_of_wallets_hold), TEST(no_digit_of_a_signature_can_change), TEST(clocks_may_differ_by_less_than_ten_minutes),
           TEST(what_changes_something_counts_once), TEST(a_restart_forgets_nothing), TEST(the_second_form_says_all_of_the_request),
           TEST(the_first_form_can_be_turned_off), TEST(the_body_is_there_for_the_handler), TEST(bodies_beyond_the_limit_are_not_hashed),
           TEST(other_credentials_must_agree), TEST(signatures_are_noted),
           TEST(no_account_fills_the_table_for_the_others))
