/* Places among those who wait: so many of one caller, fewer of those who have not said who they are, and a bell. */
#include <poll.h>

#include "base/limits.h"
#include "roles/feed/feed.h"
#include "tests/support/check.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

enum { STREAMS = 32, SHARE = STREAMS / 2, ARRIVING = SHARE / LIMIT_STREAMS_ARRIVING };

struct bench {
    struct house *house;
    struct arena *arena;
    struct problem why;
};

static struct bench open_bench(void)
{
    struct bench b = {.house = house_open_with(&(struct house_config){.streams = STREAMS}), .arena = arena_open(64u << 10)};
    b.why.arena = b.arena;
    house_model(b.house, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    house_people(b.house, "{roles: {reader: [{collection:'posts', verbs:['read']}]}, public: 'reader', users: {ada: {roles:['reader']}},"
                          " keys: {ada: {user:'ada'}, hers: {user:'ada'}, one: {role:'reader'}, two: {role:'reader'}}}");
    return b;
}

static void close_bench(struct bench *b)
{
    arena_close(b->arena);
    house_close(b->house);
}

static struct exchange *request(struct bench *b, const char *key, const char *headers)
{
    str line = *key ? arena_format(b->arena, "api-key: " STR_FMT "\n%s", STR_ARG(house_key(b->house, key)), headers) : str_of(headers);
    return &fake_request(b->arena, "GET", "/graphql", arena_cstr(b->arena, line), S(""))->x;
}

static enum err enter(struct bench *b, const char *key, bool is_arriving, struct stay **out)
{
    b->why.err = ERR_OK;
    b->why.retry_after_s = 0;
    return gate_stay_open(b->house->gate, request(b, key, ""), is_arriving, out, &b->why);
}

static void everybody_has_his_share(void **state)
{
    struct bench b = open_bench();
    struct stay *all[STREAMS], *one = NULL;
    (void)state;
    /* Two keys of one person are one. */
    for (size_t i = 0; i < SHARE; i++)
        CHECK_PROBLEM(enter(&b, i % 2 ? "ada" : "hers", false, &all[i]), ERR_OK, &b.why);
    CHECK_ERR(enter(&b, "ada", false, &one), ERR_TOO_MANY);
    CHECK_INT(b.why.retry_after_s, 5);
    /* All visitors together are one, and leave room for those who arrive. */
    for (size_t i = SHARE; i < STREAMS - 1; i++)
        CHECK_PROBLEM(enter(&b, "", false, &all[i]), ERR_OK, &b.why);
    CHECK_PROBLEM(enter(&b, "", true, &all[STREAMS - 1]), ERR_OK, &b.why);
    CHECK_ERR(enter(&b, "one", false, &one), ERR_UNAVAILABLE);
    CHECK_INT(b.why.retry_after_s, 5);
    /* Places that are left are somebody else's. */
    gate_stay_close(all[0]);
    CHECK_PROBLEM(enter(&b, "one", false, &all[0]), ERR_OK, &b.why);
    for (size_t i = 0; i < STREAMS; i++)
        gate_stay_close(all[i]);
    struct feed_figures f;
    gate_feed_figures(b.house->gate, &f);
    CHECK_INT(f.streams, 0);
    CHECK_INT(f.refused, 2);
    close_bench(&b);
}

static void who_arrives_becomes_somebody(void **state)
{
    struct bench b = open_bench();
    struct stay *arriving[ARRIVING], *hers[SHARE - 1], *one = NULL;
    const struct principal *who = NULL;
    (void)state;
    for (size_t i = 0; i < ARRIVING; i++)
        CHECK_PROBLEM(enter(&b, "", true, &arriving[i]), ERR_OK, &b.why);
    CHECK_ERR(enter(&b, "", true, &one), ERR_TOO_MANY);
    CHECK_PROBLEM(enter(&b, "two", true, &one), ERR_OK, &b.why); /* has said it already */
    gate_stay_close(one);
    for (size_t i = 0; i < SHARE - 1; i++)
        CHECK_PROBLEM(enter(&b, "ada", false, &hers[i]), ERR_OK, &b.why);
    /* One place is left of ada's. */
    CHECK_PROBLEM(gate_stay_arrive(arriving[0], request(&b, "hers", ""), &b.why), ERR_OK, &b.why);
    CHECK_PROBLEM(gate_stay_arrive(arriving[0], request(&b, "hers", ""), &b.why), ERR_OK, &b.why);
    CHECK_PROBLEM(gate_stay_who(arriving[0], &who, &b.why), ERR_OK, &b.why);
    CHECK_INT(who->kind, PRINCIPAL_KEY);
    CHECK_ERR(gate_stay_arrive(arriving[1], request(&b, "ada", ""), &b.why), ERR_TOO_MANY);
    CHECK_PROBLEM(gate_stay_arrive(arriving[1], request(&b, "", ""), &b.why), ERR_OK, &b.why);
    CHECK_PROBLEM(enter(&b, "", true, &one), ERR_OK, &b.why);
    gate_stay_close(one);
    house_people(b.house, "{keys: {hers: {user:'ada', disabled:true}}}");
    CHECK_ERR(gate_stay_who(arriving[0], &who, &b.why), ERR_UNAUTHENTICATED);
    for (size_t i = 0; i < ARRIVING; i++)
        gate_stay_close(arriving[i]);
    for (size_t i = 0; i < SHARE - 1; i++)
        gate_stay_close(hers[i]);
    close_bench(&b);
}

static bool rings(const struct stay *s, int ms)
{
    struct pollfd bell = {.fd = gate_stay_bell(s), .events = POLLIN};
    return poll(&bell, 1, ms) == 1;
}

static void a_bell_says_that_there_is_news(void **state)
{
    struct bench b = open_bench();
    struct stay *s = NULL;
    struct feed *f = NULL;
    struct feed_batch batch;
    str posts = S("posts");
    (void)state;
    NEED(enter(&b, "one", false, &s) == ERR_OK);
    struct feed_wish wish = {.from_now = true, .waits = true, .stay = s, .collections = &posts, .collection_count = 1};
    struct exchange *x = request(&b, "one", "");
    NEED(gate_feed_open(b.house->gate, &(struct feed_reader){.x = x}, &wish, &f, &b.why) == ERR_OK);
    (void)house_item(b.house, "posts", "{title:'One', _state:1}");
    batch.count = 0;
    while (batch.count == 0 && rings(s, 60000)) { /* whatever else it rang for */
        gate_stay_hush(s);
        NEED(gate_feed_read(f, b.arena, 10, 0, &batch, &b.why) == ERR_OK);
    }
    CHECK_INT(batch.count, 1);
    gate_stay_hush(s);
    house_people(b.house, "{keys: {one: {role:'reader', disabled:true}}}");
    const struct principal *who = NULL;
    while (gate_stay_who(s, &who, &b.why) == ERR_OK && rings(s, 60000))
        gate_stay_hush(s);
    CHECK_ERR(b.why.err, ERR_UNAUTHENTICATED);
    gate_feed_close(f);
    gate_stay_close(s);
    close_bench(&b);
}

/* A page of another site opens nothing, and by cookie nothing that is not known to be ours (tests/outside/subscriptions.py has cookies). */
static void pages_of_others_are_refused(void **state)
{
    static const struct { const char *headers; bool is_shared; enum err wanted; } rows[] = {
        {"", false, ERR_OK},
        {"Host: a.example\nOrigin: http://a.example\n", false, ERR_OK},
        {"Host: a.example\nOrigin: http://b.example\n", false, ERR_FORBIDDEN},
        {"Host: a.example\nOrigin: http://b.example\n", true, ERR_OK},
    };
    struct bench b = open_bench();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct stay *s = NULL;
        struct exchange *x = request(&b, "one", rows[i].headers);
        x->is_shared = rows[i].is_shared;
        CHECK_AT(i);
        CHECK_ERR(gate_stay_open(b.house->gate, x, false, &s, &b.why), rows[i].wanted);
        gate_stay_close(s);
    }
    check_row = -1;
    close_bench(&b);
}

CHECK_MAIN(TEST(everybody_has_his_share), TEST(who_arrives_becomes_somebody), TEST(a_bell_says_that_there_is_news), TEST(pages_of_others_are_refused))
