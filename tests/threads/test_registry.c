/* Several push images that share layers, others sweep and look at what is kept, a second server on the same data does so, too: what
 * was acknowledged is there and whole. */
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/oci.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "content/bytes/bytes.h"
#include "roles/files/files.h"
#include "roles/internal.h"

enum { PUSHERS = 3, ROUNDS = 12, SHARED = 4 };

struct bench {
    struct house *house;
    struct gate *other;
    char folder[FOLDER_ROOM];
    str keys[PUSHERS];
    _Atomic(unsigned) pushed, told_again;
    _Atomic(bool) over;
};

struct pusher {
    struct bench *bench;
    unsigned number;
    unsigned seed;
};

static unsigned roll(struct pusher *p, unsigned most)
{
    p->seed = p->seed * 1103515245u + 12345u;
    return (p->seed >> 16) % most;
}

static struct fake_exchange *ask(struct pusher *p, struct arena *a, const char *method, str target, const char *more, str body)
{
    const char *headers = arena_cstr(a, arena_format(a, "api-key: " STR_FMT "\n%s", STR_ARG(p->bench->keys[p->number]), more));
    return rest_request(p->bench->house->gate, a, method, arena_cstr(a, target), headers, body, NULL);
}

/* Swept under his hands in spite of its age, he is told so, and sends it again. */
static void send(struct pusher *p, struct arena *a, const char *name, str layer)
{
    str digest = oci_digest(a, layer), blob = arena_format(a, "/v2/%s/blobs/" STR_FMT, name, STR_ARG(digest));
    if (roll(p, 2) && ask(p, a, "HEAD", blob, "", S(""))->status == 200)
        return;
    str mount = arena_format(a, "/v2/%s/blobs/uploads/?mount=" STR_FMT, name, STR_ARG(digest));
    if (roll(p, 3) == 0 && ask(p, a, "POST", mount, "", S(""))->status == 201)
        return;
    str line = arena_format(a, "/v2/%s/blobs/uploads/?digest=" STR_FMT, name, STR_ARG(digest));
    int told = 503;
    for (unsigned i = 0; told == 503 && i < 100; i++) {
        told = ask(p, a, "POST", line, "", layer)->status;
        p->bench->told_again += told == 503;
    }
    CHECK_INT(told, 201);
}

static str image_of(struct arena *a, const str *layers, size_t count, unsigned number)
{
    struct buf b;
    buf_init(&b, a, 1024);
    buf_format(&b, "{\"schemaVersion\":2,\"annotations\":{\"number\":\"%u\"},\"config\":" CONFIG ",\"layers\":[", number);
    for (size_t i = 0; i < count; i++)
        buf_format(&b, "%s{\"mediaType\":\"" OCI "layer.v1.tar\",\"digest\":\"" STR_FMT "\",\"size\":%zu}", i ? "," : "", STR_ARG(oci_digest(a, layers[i])), layers[i].len);
    buf_add(&b, S("]}"));
    return buf_str(&b);
}

static void push_image(struct pusher *p, struct arena *a, unsigned round)
{
    const char *name = roll(p, 2) ? "pub/a" : "pub/b";
    str layers[] = {arena_format(a, "shared %u", roll(p, SHARED)), arena_format(a, "own %u %u", p->number, round)};
    str image = image_of(a, layers, COUNTOF(layers), p->number * 1000 + round);
    str tag = arena_format(a, "/v2/%s/manifests/t%u-%u", name, p->number, roll(p, 3));
    int told = 400;
    for (unsigned i = 0; (told == 400 || told == 503) && i < 100; i++) { /* swept under his hands, whatever he was told: he begins anew */
        send(p, a, name, S("{}"));
        send(p, a, name, layers[0]);
        send(p, a, name, layers[1]);
        told = ask(p, a, "PUT", tag, "Content-Type: " MANIFEST "\n", image)->status;
    }
    CHECK_INT(told, 201);
    CHECK_STR(ask(p, a, "GET", tag, "", S(""))->answer, image);
    for (size_t i = 0; i < COUNTOF(layers); i++) {
        struct fake_exchange *f = ask(p, a, "GET", arena_format(a, "/v2/%s/blobs/" STR_FMT, name, STR_ARG(oci_digest(a, layers[i]))), "", S(""));
        CHECK_INT(f->status, 200);
        CHECK_STR(f->answer, layers[i]);
    }
    if (roll(p, 3) == 0) /* its layers are garbage afterwards, those at least that nobody else names */
        CHECK_INT(ask(p, a, "DELETE", arena_format(a, "/v2/%s/manifests/" STR_FMT, name, STR_ARG(oci_digest(a, image))), "", S(""))->status, 202);
    p->bench->pushed++;
}

static void *pusher(void *arg)
{
    struct pusher *p = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct arena *a = arena_open(64u << 10);
        push_image(p, a, i);
        arena_close(a);
    }
    return NULL;
}

/* With the house's grace, with none at all, here and in the other process; reading what is kept beside it. */
static void sweep(struct bench *b, struct gate *g, int64_t grace_ms)
{
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    struct sweep_figures f;
    enum err e = gate_catch_up(g, &why);
    (void)b;
    if (e == ERR_OK)
        e = gate_sweep(g, grace_ms, &f, &why);
    if (e != ERR_OK)
        CHECK_PROBLEM(e, ERR_OK, &why);
    arena_close(a);
}

static void *sweeper(void *arg)
{
    struct bench *b = arg;
    for (unsigned i = 0; !b->over; i++) {
        struct arena *a = arena_open(16u << 10);
        struct problem why = {.arena = a};
        sweep(b, i % 2 ? b->other : b->house->gate, i % 3 ? -1000 : (int64_t)LIMIT_SWEEP_GRACE_S * 1000);
        CHECK_PROBLEM(gate_tick(b->other, &why), ERR_OK, &why);
        arena_close(a);
    }
    return NULL;
}

static void pushing_sweeping_and_looking_at_once(void **state)
{
    struct bench b = {0};
    struct pusher pushers[PUSHERS];
    pthread_t threads[PUSHERS], sweeps;
    (void)state;
    folder_new(b.folder, "threads");
    b.house = oci_house_with(&(struct house_config){.directory = str_of(b.folder)});
    struct arena *a = arena_open(16u << 10);
    struct problem why = {.arena = a};
    struct content_config content = {.directory = str_of(b.folder), .engine = &engine_sqlite, .crypt = b.house->crypt};
    struct gate_config config = {.content = &content};
    CHECK_PROBLEM(gate_open(&config, &b.other, &why), ERR_OK, &why);
    for (unsigned i = 0; i < PUSHERS; i++) {
        b.keys[i] = house_key(b.house, i % 2 ? "all" : "other");
        pushers[i] = (struct pusher){&b, i, 7 * i + 1};
        NEED(pthread_create(&threads[i], NULL, pusher, &pushers[i]) == 0);
    }
    NEED(pthread_create(&sweeps, NULL, sweeper, &b) == 0);
    for (unsigned i = 0; i < PUSHERS; i++)
        (void)pthread_join(threads[i], NULL);
    b.over = true;
    (void)pthread_join(sweeps, NULL);
    CHECK_INT(b.pushed, PUSHERS * ROUNDS);
    struct sweep_figures seen;
    sweep(&b, b.other, -1000);
    CHECK_PROBLEM(gate_check_files(b.house->gate, false, NULL, &seen, &why), ERR_OK, &why);
    arena_close(a);
    gate_close(b.other);
    house_close(b.house);
    folder_drop(b.folder);
}

CHECK_MAIN(TEST(pushing_sweeping_and_looking_at_once))
