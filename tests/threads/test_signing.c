/* Several people decide at once: the same request is signed once (CA-4), others each for themselves, and every revocation is in the
 * list, whose number goes up by one with each (CA-7). */
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

static void many_sign_and_revoke_at_once(void **state)
{
    struct house *h = house_open();
    struct arena *a = h->arena;
    pthread_t threads[THREADS];
    (void)state;
    house_people(h, "{roles: {manager: [{collection:'certificate_requests', verbs:['*']}, {collection:'certificates', verbs:['read']},"
                    "                   {collection:'certificate_authorities', verbs:['*']}]}, keys: {boss: {role:'manager'}}}");
    struct desk d = {.gate = h->gate, .key = house_key(h, "boss")};
    d.authority = json_get(post(&d, a, S(ITEMS "certificate_authorities"), S("{\"data\":{\"subject\":{\"CN\":\"Root\"},\"self_signed\":true}}")), S("_id"))->text;
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

CHECK_MAIN(TEST(many_sign_and_revoke_at_once))
