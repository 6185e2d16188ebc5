/* Readers of changes beside writers: each sees every change, in order, and all are woken when their key is revoked. */
#include "roles/feed/feed.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

#include <pthread.h>
#include <semaphore.h>

enum { READERS = 6, WRITERS = 3, ROUNDS = 30, ALL = WRITERS * ROUNDS };

struct bench {
    struct gate *gate;
    str reader, writer;
    uint64_t since;
    sem_t done;                       /* by each reader that has seen everything */
};

static const char *key_header(struct arena *a, str key)
{
    return arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(key)));
}

static void *write_some(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct arena *a = arena_open(16u << 10);
        struct fake_exchange *f = rest_request(b->gate, a, "POST", "/api/content/item/posts", key_header(a, b->writer), S("{\"data\":{\"title\":\"x\"}}"), NULL);
        CHECK_INT(f->status, 200);
        arena_close(a);
    }
    return NULL;
}

static unsigned look(struct feed *f, uint64_t *last, enum err *e)
{
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    struct feed_batch batch = {0};
    *e = gate_feed_read(f, a, 7, 60000, &batch, &why);
    for (size_t i = 0; i < batch.count; i++) {
        CHECK(batch.events[i].seq > *last && batch.events[i].seen.sight == SIGHT_ADDED);
        *last = batch.events[i].seq;
    }
    arena_close(a);
    return (unsigned)batch.count;
}

static void *read_all(void *arg)
{
    struct bench *b = arg;
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    struct fake_exchange *f = fake_request(a, "GET", "/api/events", key_header(a, b->reader), S(""));
    struct feed *feed = NULL;
    enum err e = ERR_OK;
    unsigned seen = 0;
    uint64_t last = b->since;
    struct feed_wish wish = {.since = b->since, .waits = true};
    CHECK_PROBLEM(gate_feed_open(b->gate, &(struct feed_reader){.x = &f->x}, &wish, &feed, &why), ERR_OK, &why);
    while (feed && seen < ALL && e == ERR_OK)
        seen += look(feed, &last, &e);
    CHECK_INT(seen, ALL);
    (void)sem_post(&b->done);
    while (feed && e == ERR_OK)
        (void)look(feed, &last, &e);
    CHECK_ERR(e, ERR_UNAUTHENTICATED);
    gate_feed_close(feed);
    arena_close(a);
    return NULL;
}

static void everybody_sees_everything_until_the_key_is_revoked(void **state)
{
    struct house *h = house_open();
    struct problem why = {.arena = h->arena};
    pthread_t readers[READERS], writers[WRITERS];
    (void)state;
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read']}], writer: [{collection:'posts', verbs:['read','create']}]},"
                    " keys: {reader: {role:'reader'}, writer: {role:'writer'}}}");
    CHECK_PROBLEM(gate_catch_up(h->gate, &why), ERR_OK, &why);
    struct content_figures now;
    gate_figures(h->gate, &now);
    struct bench b = {.gate = h->gate, .reader = house_key(h, "reader"), .writer = house_key(h, "writer"), .since = now.last_seq};
    NEED(sem_init(&b.done, 0, 0) == 0);
    for (size_t i = 0; i < READERS; i++)
        NEED(pthread_create(&readers[i], NULL, read_all, &b) == 0);
    for (size_t i = 0; i < WRITERS; i++)
        NEED(pthread_create(&writers[i], NULL, write_some, &b) == 0);
    for (size_t i = 0; i < WRITERS; i++)
        (void)pthread_join(writers[i], NULL);
    for (size_t i = 0; i < READERS; i++)
        (void)sem_wait(&b.done);
    house_people(h, "{keys: {reader: {role:'reader', disabled:true}}}");
    for (size_t i = 0; i < READERS; i++)
        (void)pthread_join(readers[i], NULL);
    (void)sem_destroy(&b.done);
    house_close(h);
}

CHECK_MAIN(TEST(everybody_sees_everything_until_the_key_is_revoked))
