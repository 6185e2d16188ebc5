/* Several people decide at once: the same request is signed once (CA-4), others each for themselves, and every revocation is in the
 * list, whose number goes up by one with each (CA-7). Where a rule wants two people, there are two. */
#include "content/system/pki/x509_make.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include <pthread.h>
#include <stdatomic.h>

#define ITEMS "/api/content/item/"

enum { THREADS = 4, ROUNDS = 5 };

struct desk {
    struct gate *gate;
    str key, authority;
    str requests[THREADS * ROUNDS];
    str same;
    _Atomic(unsigned) next;
};

static const struct json *post(struct desk *d, struct arena *a, str target, str body)
{
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(d->key)));
    struct fake_exchange *f = rest_request(d->gate, a, "POST", arena_cstr(a, target), headers, body, NULL);
    if (f->status != 200)
        CHECK_SAY(STR_FMT ": " STR_FMT, STR_ARG(target), STR_ARG(f->answer));
    return house_json(a, arena_cstr(a, f->answer));
}

static str hand_in(struct desk *d, struct arena *a)
{
    struct problem why = {.arena = a};
    struct dn_part part = {S("CN"), S("a.example.org")};
    struct buf b;
    str key, pem;
    NEED(private_key_make(MAKE_ED25519, a, &key, &why) == ERR_OK);
    NEED(request_make(key, &(struct dn){&part, 1}, NULL, 0, a, &pem, &why) == ERR_OK);
    buf_init(&b, a, 1 << 16);
    buf_add(&b, S("{\"data\":{\"csr\":"));
    buf_json_text(&b, pem);
    buf_add(&b, S("}}"));
    return json_get(post(d, a, S(ITEMS "certificate_requests"), buf_str(&b)), S("_id"))->text;
}

static void act(struct desk *d, str id, const char *action)
{
    struct arena *a = arena_open(1 << 16);
    (void)post(d, a, arena_format(a, ITEMS "certificate_requests/" STR_FMT "/%s", STR_ARG(id), action),
               arena_format(a, "{\"authority\":\"" STR_FMT "\"}", STR_ARG(d->authority)));
    arena_close(a);
}

static void *decide(void *arg)
{
    struct desk *d = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        act(d, d->same, "sign");
        str id = d->requests[d->next++];
        act(d, id, "sign");
        act(d, id, "revoke");
    }
    return NULL;
}

static struct desk open_desk(struct house *h)
{
    house_people(h, "{roles: {manager: [{collection:'certificate_requests', verbs:['*']}, {collection:'certificates', verbs:['read']},"
                    "                   {collection:'certificate_authorities', verbs:['*']}, {collection:'journal', verbs:['read']}]},"
                    " keys: {boss: {role:'manager'}}}");
    struct desk d = {.gate = h->gate, .key = house_key(h, "boss")};
    d.authority = json_get(post(&d, h->arena, S(ITEMS "certificate_authorities"), S("{\"data\":{\"subject\":{\"CN\":\"Root\"},\"self_signed\":true}}")), S("_id"))->text;
    return d;
}

static void many_sign_and_revoke_at_once(void **state)
{
    struct house *h = house_open();
    struct arena *a = h->arena;
    pthread_t threads[THREADS];
    (void)state;
    struct desk d = open_desk(h);
    d.same = hand_in(&d, a);
    for (size_t i = 0; i < COUNTOF(d.requests); i++)
        d.requests[i] = hand_in(&d, a);
    for (size_t i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, decide, &d) == 0);
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_STR(house_value(h, a, "certificate_authorities", d.authority, "crl_number"), S("21"));
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(d.key)));
    str all = rest_request(h->gate, a, "GET", "/api/content/items/certificates?count=exact&limit=1", headers, S(""), NULL)->answer;
    CHECK(str_contains(all, S("\"total\":22"))); /* the root's, that of the one, and each of the others */
    house_close(h);
}

/* ---- one request, fifty calls ---- */

enum { CALLS = 50 };

static void *sign_the_same(void *arg)
{
    struct desk *d = arg;
    act(d, d->same, "sign");
    return NULL;
}

static str count_of(struct desk *d, struct arena *a, const char *where)
{
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(d->key)));
    const char *target = arena_cstr(a, arena_format(a, "/api/content/items/certificates?count=exact&limit=1%s", where));
    const struct json *total = json_at(house_json(a, arena_cstr(a, rest_request(d->gate, a, "GET", target, headers, S(""), NULL)->answer)), S("/meta/total"));
    return arena_format(a, "%lld", total ? (long long)total->integer : -1LL);
}

static void ca_4_fifty_calls_are_one_certificate(void **state)
{
    struct house *h = house_open();
    pthread_t threads[CALLS];
    (void)state;
    struct desk d = open_desk(h);
    d.same = hand_in(&d, h->arena);
    for (size_t i = 0; i < CALLS; i++)
        NEED(pthread_create(&threads[i], NULL, sign_the_same, &d) == 0);
    for (size_t i = 0; i < CALLS; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_STR(count_of(&d, h->arena, ""), S("2")); /* and the root's */
    house_close(h);
}

/* ---- two people ---- */

enum { PEOPLE = 4, CASES = 12 };
static const char *const people[PEOPLE] = {"ada", "two", "three", "four"}; /* ada hands in */

struct person {
    struct desk *desk;
    const char *name;
    str key;
    const str *cases;
};

static void try_one(const struct person *p, str id, const char *verb)
{
    struct arena *a = arena_open(1 << 16);
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(p->key)));
    const char *target = arena_cstr(a, arena_format(a, ITEMS "certificate_requests/" STR_FMT "/%s", STR_ARG(id), verb));
    str body = arena_format(a, "{\"authority\":\"" STR_FMT "\"}", STR_ARG(p->desk->authority));
    int status = rest_request(p->desk->gate, a, "POST", target, headers, body, NULL)->status;
    if (status != 200 && status != 403 && status != 409)
        CHECK_SAY("%s: %s: %d", p->name, target, status);
    arena_close(a);
}

/* Each tries all that there is, in another order; what is refused is refused for a reason. */
static void *try_all(void *arg)
{
    static const char *const orders[2][3] = {{"approve", "sign", "reject"}, {"sign", "approve", "sign"}};
    const struct person *p = arg;
    for (size_t i = 0; i < CASES; i++)
        for (size_t k = 0; k < 3; k++)
            try_one(p, p->cases[i], orders[(i + (size_t)p->name[0]) % 2][k]);
    return NULL;
}

/* Whoever signed it, as the journal has it, is not who approved it, and neither is its author. */
static void check_case(struct house *h, struct arena *a, struct desk *d, str id)
{
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(d->key)));
    bool is_active = str_equal(house_value(h, a, "certificate_requests", id, "status"), S("\"Active\""));
    str where = arena_format(a, "&filter={request:'" STR_FMT "'}", STR_ARG(id)), author = house_user(h, "ada");
    CHECK_STR(count_of(d, a, arena_cstr(a, where)), is_active ? S("1") : S("0"));
    const char *signing = arena_cstr(a, arena_format(a, "/api/content/items/journal?filter={collection:'certificate_requests',item:'" STR_FMT
                                                        "'}&sort={seq:1}&limit=100", STR_ARG(id)));
    const struct json *entries = house_json(a, arena_cstr(a, rest_request(d->gate, a, "GET", signing, headers, S(""), NULL)->answer));
    str approver = S("");
    unsigned signings = 0;
    for (uint32_t i = 0; i < entries->count; i++) {
        const struct json *e = &entries->items[i], *after = json_get(e, S("after"));
        const struct json *said = json_get(after, S("approved_by")), *status = json_get(after, S("status"));
        str who = json_get(e, S("user"))->text;
        if (status && str_equal(status->text, S("Active"))) {
            signings++;
            CHECK(approver.len > 0 && !str_equal(who, approver) && !str_equal(who, author) && !str_equal(approver, author));
        }
        if (said && said->type == JSON_TEXT)
            approver = said->text;
    }
    CHECK_INT(signings, is_active ? 1 : 0);
}

/* What they may do at once is chance; one after the other they get a certificate. */
static void sign_in_turn(struct house *h, struct arena *a, struct desk *d, str id, struct person two[2])
{
    try_one(&two[0], id, "approve");
    try_one(&two[1], id, "sign");
    check_case(h, a, d, id);
    CHECK_STR(house_value(h, a, "certificate_requests", id, "status"), S("\"Active\""));
}

static void who_approves_is_not_who_signs(void **state)
{
    struct house *h = house_open();
    struct arena *a = h->arena;
    pthread_t threads[PEOPLE];
    struct person all[PEOPLE];
    str cases[CASES];
    (void)state;
    struct desk d = open_desk(h);
    house_people(h, "{users: {ada: {roles:['manager']}, two: {roles:['manager']}, three: {roles:['manager']}, four: {roles:['manager']}},"
                    " keys: {ada: {user:'ada'}, two: {user:'two'}, three: {user:'three'}, four: {user:'four'}}}");
    (void)house_item(h, "issuing_rules", "{name:'two', dns:['*.example.org'], decision:'ask_two'}");
    struct desk hers = d;
    hers.key = house_key(h, "ada");
    for (size_t i = 0; i < CASES; i++)
        cases[i] = hand_in(&hers, a);
    for (size_t i = 0; i < PEOPLE; i++) {
        all[i] = (struct person){&d, people[i], house_key(h, people[i]), cases};
        NEED(pthread_create(&threads[i], NULL, try_all, &all[i]) == 0);
    }
    for (size_t i = 0; i < PEOPLE; i++)
        (void)pthread_join(threads[i], NULL);
    for (size_t i = 0; i < CASES; i++) {
        CHECK_AT(i);
        check_case(h, a, &d, cases[i]);
    }
    CHECK_AT(-1);
    sign_in_turn(h, a, &d, hand_in(&hers, a), &all[1]);
    house_close(h);
}

CHECK_MAIN(TEST(many_sign_and_revoke_at_once), TEST(ca_4_fifty_calls_are_one_certificate), TEST(who_approves_is_not_who_signs))
