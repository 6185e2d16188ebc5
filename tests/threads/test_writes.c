/* Writes that meet: increments of one number, two people who save the same item, one request that is sent by several
 * connections at once. */
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include <pthread.h>
#include <stdatomic.h>

#define ITEM "/api/content/item/posts/0000000000000000000000b1"

enum { THREADS = 4, ROUNDS = 25 };

struct bench {
    struct gate *gate;
    str key;
    unsigned round;
    _Atomic(unsigned) done, stale;
};

static int send(struct bench *b, const char *method, const char *target, const char *header, const char *body)
{
    struct arena *a = arena_open(16u << 10);
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\n%sContent-Type: application/json\n",
                                                     STR_ARG(b->key), header));
    struct fake_exchange *f = rest_request(b->gate, a, method, target, headers, str_of(body), NULL);
    int status = f->status;
    if (status != 200 && status != 412)
        CHECK_SAY("%s: " STR_FMT, method, STR_ARG(f->answer));
    arena_close(a);
    return status;
}

static void *increment(void *arg)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        (void)send(arg, "PATCH", ITEM, "", "{\"views+\":1,\"tags+\":[\"a\"]}");
    return NULL;
}

static void *save(void *arg)
{
    struct bench *b = arg;
    char match[40];
    (void)snprintf(match, sizeof match, "If-Match: \"%u\"\n", b->round);
    int status = send(b, "PATCH", ITEM, match, "{\"title\":\"mine\"}");
    b->done += status == 200;
    b->stale += status == 412;
    return NULL;
}

static void *ask_once(void *arg)
{
    char header[40];
    (void)snprintf(header, sizeof header, "Idempotency-Key: k%u\n", ((struct bench *)arg)->round);
    (void)send(arg, "POST", "/api/content/item/posts", header, "{\"data\":{\"title\":\"once\"}}");
    return NULL;
}

static void together(struct bench *b, void *(*what)(void *))
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, what, b) == 0);
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
}

static void writes_that_meet_do_not_lose_anything(void **state)
{
    (void)state;
    struct house *h = house_open();
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'views', kind:'number'}, {name:'tags', kind:'tags'}]}]");
    house_people(h, "{roles: {editor: [{collection:'posts', verbs:['read','create','update','publish']}]}, keys: {editor: {role:'editor'}}}");
    struct bench b = {.gate = h->gate, .key = house_key(h, "editor")};
    CHECK_INT(send(&b, "PUT", ITEM, "", "{\"title\":\"x\"}"), 200);
    together(&b, increment);
    str id = S("0000000000000000000000b1");
    CHECK_STR(house_value(h, h->arena, "posts", id, "views"), S("100"));
    CHECK_STR(house_value(h, h->arena, "posts", id, "tags"), S("[\"a\"]"));
    for (unsigned i = 0; i < 10; i++) {
        b.done = b.stale = 0;
        b.round = 1 + THREADS * ROUNDS + i;
        together(&b, save);
        CHECK_INT(b.done, 1);
        CHECK_INT(b.stale, THREADS - 1);
    }
    for (b.round = 0; b.round < 10; b.round++)
        together(&b, ask_once);
    struct arena *a = arena_open(16u << 10);
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT, STR_ARG(b.key)));
    str list = rest_request(h->gate, a, "GET", "/api/content/items/posts?count=exact&limit=1", headers, S(""), NULL)->answer;
    CHECK(str_contains(list, S("\"total\":11")));
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(writes_that_meet_do_not_lose_anything))
