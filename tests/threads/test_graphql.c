/* Everybody asks in GraphQL while roles and the model move: schemas are made once, documents are shared, and nobody sees
 * what was made for somebody else. */
#include "tests/support/check.h"

#include "tests/support/parlour.h"

#define ASKERS 4u
#define ROUNDS 150u

struct crowd {
    struct parlour parlour;
    _Atomic(unsigned) served;
    _Atomic(bool) over;
};

static void *asker(void *arg)
{
    struct crowd *c = arg;
    static const char *const bodies[] = {
        "{\"query\":\"{hello}\"}",
        "{\"query\":\"{hello a:hello}\"}",
        "{\"query\":\"query($n:String){hello(name:$n)}\",\"variables\":{\"n\":\"x\"}}",
        "{\"query\":\"{__schema{types{name}}}\"}",
        "{\"query\":\"mutation{touch}\"}",
        "{\"query\":\"{nothing}\"}",
        "{\"query\":\"{\"}",
        "{\"documentId\":\"sha256:60e5ae9c\"}",
    };
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct arena *a = arena_open(16u << 10);
        const char *headers = arena_cstr(a, arena_format(a, JSON "%s", i % 2 ? c->parlour.key : ""));
        struct fake_exchange *f = parlour_ask(&c->parlour, a, "POST", i % 3 ? "/graphql" : "/api/gql", headers, str_of(bodies[i % COUNTOF(bodies)]));
        if (f->status != 200 && f->status != 400 && f->status != 404 && f->status != 503)
            CHECK_SAY("told %d: " STR_FMT, f->status, STR_ARG(f->answer));
        CHECK(!str_contains(f->answer, S("secret")));
        c->served += f->status == 200;
        arena_close(a);
    }
    return NULL;
}

/* Different texts, so that some go while others are in use. */
static void *flood(void *arg)
{
    struct crowd *c = arg;
    while (!c->over) {
        struct arena *a = arena_open(16u << 10);
        struct buf body;
        buf_init(&body, a, 64u << 10);
        buf_format(&body, "{\"query\":\"{a%u:hello} #", (unsigned)c->served);
        for (unsigned i = 0; i < 20000; i++)
            buf_byte(&body, '.');
        buf_add(&body, S("\"}"));
        (void)parlour_ask(&c->parlour, a, "POST", "/graphql", JSON, buf_str(&body));
        arena_close(a);
    }
    return NULL;
}

static void *mover(void *arg)
{
    struct crowd *c = arg;
    for (unsigned i = 0; i < 10; i++) {
        struct arena *a = arena_open(4096);
        house_model(c->parlour.house, arena_cstr(a, arena_format(a, "[{name:'side%u', fields:[{name:'title', kind:'text'}]}]", i)));
        arena_close(a);
    }
    return NULL;
}

static void everybody_asks_at_once(void **state)
{
    pthread_t askers[ASKERS], moves, floods;
    struct crowd c = {.over = false};
    struct graphql_figures f;
    (void)state;
    parlour_open(&c.parlour, &parlour_usual);
    for (unsigned i = 0; i < ASKERS; i++)
        NEED(pthread_create(&askers[i], NULL, asker, &c) == 0);
    NEED(pthread_create(&floods, NULL, flood, &c) == 0 && pthread_create(&moves, NULL, mover, &c) == 0);
    for (unsigned i = 0; i < ASKERS; i++)
        (void)pthread_join(askers[i], NULL);
    (void)pthread_join(moves, NULL);
    c.over = true;
    (void)pthread_join(floods, NULL);
    CHECK(c.served > ASKERS * ROUNDS / 2);
    graphql_figures(c.parlour.graphql, &f);
    CHECK(f.schemas_reused > f.schemas_made);
    CHECK(f.documents_reused > 0);
    parlour_close(&c.parlour);
}

CHECK_MAIN(TEST(everybody_asks_at_once))
