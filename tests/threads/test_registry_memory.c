/* Everybody pulls a tag while it moves: what is answered is always one of the manifests, whole, and never older than what was
 * acknowledged before it was asked for. */
#include "tests/support/check.h"
#include "tests/support/oci.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define PULLERS 4u
#define MOVES 40u

struct crowd {
    struct house *house;
    _Atomic(unsigned) moved;          /* acknowledged: the tag's manifest has at least this number */
    _Atomic(unsigned) read;
    _Atomic(bool) over;
};

static str numbered(struct arena *a, unsigned n)
{
    return arena_format(a, IMAGE ",\"annotations\":{\"n\":\"%03u\"}}", n);
}

/* The number in it; UINT32_MAX: it is none of ours. */
static unsigned number_of(struct arena *a, str body)
{
    for (unsigned n = 0; n <= MOVES; n++)
        if (str_equal(body, numbered(a, n)))
            return n;
    return UINT32_MAX;
}

static void *pull(void *arg)
{
    struct crowd *c = arg;
    while (!c->over) {
        struct arena *a = arena_open(64u << 10);
        unsigned before = c->moved;
        struct fake_exchange *f = oci_ask(c->house, a, c->read % 2 ? "puller" : "all", "GET /v2/pub/app/manifests/v1", "", S(""));
        unsigned got = f->status == 200 ? number_of(a, f->answer) : UINT32_MAX;
        if (got > MOVES || got < before)
            CHECK_SAY("told %d, number %u after %u: " STR_FMT, f->status, got, before, STR_ARG(f->answer));
        f = oci_ask(c->house, a, "", "HEAD /v2/pub/app/manifests/v1", "", S(""));
        CHECK_INT(f->status, 200);
        f = oci_ask(c->house, a, "puller", "GET /v2/secret/app/manifests/v1", "", S(""));
        CHECK_INT(f->status, 404);
        f = oci_ask(c->house, a, "all", "GET /v2/secret/app/manifests/v1", "", S(""));
        CHECK_INT(f->status, 200);
        c->read++;
        arena_close(a);
    }
    return NULL;
}

static void *move(void *arg)
{
    struct crowd *c = arg;
    for (unsigned n = 1; n <= MOVES; n++) {
        struct arena *a = arena_open(64u << 10);
        CHECK_INT(oci_put(c->house, a, "all", "pub/app/manifests/v1", MANIFEST, numbered(a, n))->status, 201);
        c->moved = n;
        arena_close(a);
    }
    c->over = true;
    return NULL;
}

static void a_tag_moves_under_those_who_pull(void **state)
{
    struct crowd c = {.house = oci_house()};
    struct arena *a = arena_open(64u << 10);
    pthread_t pullers[PULLERS], mover;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static const char *const names[][2] = {{"pub/app", "pub/app/manifests/v1"}, {"secret/app", "secret/app/manifests/v1"}};
        oci_push(c.house, a, names[i][0], S("{}"));
        CHECK_INT(oci_put(c.house, a, "all", names[i][1], MANIFEST, numbered(a, 0))->status, 201);
    }
    for (size_t i = 0; i < PULLERS; i++)
        NEED(pthread_create(&pullers[i], NULL, pull, &c) == 0);
    NEED(pthread_create(&mover, NULL, move, &c) == 0);
    (void)pthread_join(mover, NULL);
    for (size_t i = 0; i < PULLERS; i++)
        (void)pthread_join(pullers[i], NULL);
    CHECK(c.read > 0);
    arena_close(a);
    house_close(c.house);
}

CHECK_MAIN(TEST(a_tag_moves_under_those_who_pull))
