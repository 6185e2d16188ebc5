/* Pulls are counted in memory and written by the tick, at most once a minute for each, and nothing else moves. */
#include "roles/registry/pulls.h"

#include <pthread.h>

#include "base/limits.h"
#include "base/time.h"
#include "tests/support/check.h"
#include "tests/support/oci.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */

struct bench {
    struct house *house;
    struct arena *arena;
    int64_t now;
};

static struct bench open_bench(void)
{
    time_set(NOON);
    struct bench b = {.house = oci_house(), .arena = arena_open(256u << 10), .now = NOON};
    oci_push(b.house, b.arena, "pub/app", S("{}"));
    CHECK_INT(oci_put(b.house, b.arena, "all", "pub/app/manifests/one", MANIFEST, S(IMAGE "}"))->status, 201);
    CHECK_INT(oci_put(b.house, b.arena, "all", "pub/app/manifests/two", MANIFEST, S(IMAGE "}"))->status, 201);
    return b;
}

static void close_bench(struct bench *b)
{
    house_close(b->house);
    arena_close(b->arena);
    time_set(0);
}

static void tick(struct bench *b, int64_t seconds)
{
    struct problem why = {.arena = b->arena};
    time_set(b->now += seconds * 1000);
    CHECK_PROBLEM(gate_tick(b->house->gate, &why), ERR_OK, &why);
}

static void ask(struct bench *b, const char *method, const char *reference, int status)
{
    const char *line = arena_cstr(b->arena, arena_format(b->arena, "%s /v2/pub/app/manifests/%s", method, reference));
    CHECK_INT(oci_ask(b->house, b->arena, "puller", line, "", S(""))->status, status);
}

/* A member of the first item, as JSON; name {0}: whatever it is called. */
static str value(struct bench *b, const char *collection, str name, const char *field)
{
    struct problem why = {.arena = b->arena};
    const struct principal *system = principal_system(b->house->gate, b->arena, SYSTEM_COMMAND);
    const struct json *item = NULL;
    struct item_list list;
    if (str_is_absent(name))
        CHECK_PROBLEM(read_items(b->house->gate->content, system->rights, str_of(collection), NULL, b->arena, &list, &why), ERR_OK, &why);
    else
        CHECK_PROBLEM(read_item(b->house->gate->content, system->rights, str_of(collection), S("name"), name, b->arena, &item, &why), ERR_OK, &why);
    const struct json *v = json_get(item ? item : &list.items[0], str_of(field));
    return v ? json_print(b->arena, v) : S("null");
}

static void a_pull_is_written_down_by_the_tick(void **state)
{
    (void)state;
    struct bench b = open_bench();
    str digest = oci_digest(b.arena, S(IMAGE "}"));
    str revision = value(&b, "manifests", (str){0}, "_rev"), modified = value(&b, "tags", S("one"), "_modified");
    tick(&b, 1);
    ask(&b, "HEAD", "one", 200); /* looks, and is no pull */
    ask(&b, "GET", "one", 200);
    ask(&b, "GET", "one", 200);
    ask(&b, "GET", "none", 404);
    ask(&b, "GET", arena_cstr(b.arena, digest), 200);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), S("null")); /* not by the request */
    tick(&b, 1);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), S("3"));
    CHECK_STR(value(&b, "manifests", (str){0}, "pulled_at"), S("\"2026-11-21T12:00:01Z\""));
    CHECK_STR(value(&b, "repositories", S("pub/app"), "pulls"), S("3"));
    CHECK_STR(value(&b, "tags", S("one"), "pulled_at"), S("\"2026-11-21T12:00:01Z\""));
    CHECK_STR(value(&b, "tags", S("two"), "pulled_at"), S("null"));
    CHECK_STR(value(&b, "manifests", (str){0}, "_rev"), revision);
    CHECK_STR(value(&b, "tags", S("one"), "_modified"), modified);
    close_bench(&b);
}

static void each_is_written_once_a_minute(void **state)
{
    (void)state;
    struct bench b = open_bench();
    ask(&b, "GET", "one", 200);
    tick(&b, 1);
    ask(&b, "GET", "one", 200);
    ask(&b, "GET", "two", 200); /* the first under this name: with the next tick */
    tick(&b, (int64_t)LIMIT_LAST_USE_REST_S - 1);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), S("2"));
    tick(&b, 1);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), S("3"));
    CHECK_STR(value(&b, "repositories", S("pub/app"), "pulls"), S("3"));
    close_bench(&b);
}

static void stopping_writes_what_waits(void **state)
{
    (void)state;
    struct bench b = open_bench();
    struct problem why = {.arena = b.arena};
    ask(&b, "GET", "one", 200);
    tick(&b, 1);
    ask(&b, "GET", "one", 200);
    CHECK_PROBLEM(gate_settle(b.house->gate, &why), ERR_OK, &why);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), S("2"));
    close_bench(&b);
}

/* What is gone is passed over, the others are written. */
static void what_was_deleted_holds_nothing_up(void **state)
{
    (void)state;
    struct bench b = open_bench();
    ask(&b, "GET", "one", 200);
    ask(&b, "GET", "two", 200);
    CHECK_INT(oci_ask(b.house, b.arena, "all", "DELETE /v2/pub/app/manifests/one", "", S(""))->status, 202);
    tick(&b, 1);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), S("2"));
    CHECK(!str_equal(value(&b, "tags", S("two"), "pulled_at"), S("null")));
    close_bench(&b);
}

/* LIMIT_PULLS_WAITING: the memory is what it is; what has no place is not counted, and what has one is. */
static void more_than_there_is_room_for(void **state)
{
    (void)state;
    struct bench b = open_bench();
    struct pull p = {.repository = S("00000000000000000000aaaa"), .at_ms = NOON};
    ask(&b, "GET", "one", 200);
    for (unsigned i = 0; i < 2 * LIMIT_PULLS_WAITING; i++) { /* none of these is there: all are passed over */
        struct arena *a = arena_open(256);
        p.manifest = arena_format(a, "%024x", i * 2654435761u);
        pulls_note(b.house->gate->pulls, &p);
        arena_close(a);
    }
    tick(&b, 1);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), S("1"));
    for (unsigned i = 0; i < LIMIT_LAST_USE_REST_S + 1; i++)
        ask(&b, "GET", "one", 200);
    tick(&b, (int64_t)LIMIT_LAST_USE_REST_S);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), arena_format(b.arena, "%u", LIMIT_LAST_USE_REST_S + 2));
    close_bench(&b);
}

struct crowd {
    struct pulls *pulls;
    struct pull pull;
};

static void *pull_often(void *arg)
{
    const struct crowd *c = arg;
    for (size_t i = 0; i < 2000; i++)
        pulls_note(c->pulls, &c->pull);
    return NULL;
}

/* While some count the tick writes; nothing is lost and nothing counted twice. */
static void threads_lose_no_pull(void **state)
{
    (void)state;
    struct bench b = open_bench();
    pthread_t threads[4];
    struct problem why = {.arena = b.arena};
    const struct principal *system = principal_system(b.house->gate, b.arena, SYSTEM_COMMAND);
    const struct json *row = NULL;
    struct item_list list;
    CHECK_PROBLEM(read_item(b.house->gate->content, system->rights, S("repositories"), S("name"), S("pub/app"), b.arena, &row, &why), ERR_OK, &why);
    CHECK_PROBLEM(read_items(b.house->gate->content, system->rights, S("manifests"), NULL, b.arena, &list, &why), ERR_OK, &why);
    struct crowd crowd = {b.house->gate->pulls, {item_text(row, S("_id")), item_text(&list.items[0], S("_id")), {0}, NOON}};
    for (size_t i = 0; i < COUNTOF(threads); i++)
        NEED(pthread_create(&threads[i], NULL, pull_often, &crowd) == 0);
    for (size_t i = 0; i < 5; i++)
        CHECK_PROBLEM(pulls_flush(b.house->gate, true, &why), ERR_OK, &why);
    for (size_t i = 0; i < COUNTOF(threads); i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_PROBLEM(pulls_flush(b.house->gate, true, &why), ERR_OK, &why);
    CHECK_STR(value(&b, "manifests", (str){0}, "pulls"), S("8000"));
    CHECK_STR(value(&b, "repositories", S("pub/app"), "pulls"), S("8000"));
    close_bench(&b);
}

CHECK_MAIN(TEST(a_pull_is_written_down_by_the_tick), TEST(each_is_written_once_a_minute), TEST(stopping_writes_what_waits),
           TEST(what_was_deleted_holds_nothing_up), TEST(more_than_there_is_room_for), TEST(threads_lose_no_pull))
