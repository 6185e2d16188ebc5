#include "graphql/http/subscription.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"

/* The operation as it fits one schema. */
struct prepared {
    struct arena *arena;              /* of all of it */
    struct exchange x;
    struct gql_call call;
    struct gql_execution run;
    struct feed_wish wish;
    uint64_t fingerprint, epoch;      /* whose schema that is */
};

struct gql_subscription {
    struct gql_subscriber by;
    struct prepared *now;
    struct feed *feed;
};

/* ------ preparing */

static struct prepared *prepared_for(const struct gql_subscriber *by, const struct principal *who)
{
    struct arena *a = arena_open(16u << 10);
    struct prepared *p = NEW(a, struct prepared);
    p->arena = a;
    p->x = *by->head;
    p->x.arena = a;
    p->x.who = gql_come(a, who);
    p->x.lent = NULL;
    p->x.extra_header_count = 0;
    p->call = (struct gql_call){.g = by->g, .dialect = by->dialect, .x = &p->x, .may_stream = true};
    p->fingerprint = who->rights->fingerprint;
    p->epoch = who->rights->model->epoch;
    gql_take_schema(&p->call);
    return p;
}

static bool find_source(struct prepared *p, struct gql_errors *errors)
{
    struct problem why = {.arena = errors->arena};
    if (gql_find_source(&p->run, &p->wish, &why) == ERR_OK)
        return true;
    (void)gql_fail_problem(errors, &why);
    return false;
}

/* NULL: errors says why. */
static struct prepared *prepare(const struct gql_subscriber *by, const struct principal *who, struct gql_errors *errors)
{
    struct prepared *p = prepared_for(by, who);
    struct gql_result unused;
    p->run = (struct gql_execution){
        .arena = p->arena, .exchange = &p->x, .gate = by->g->gate, .who = p->x.who, .schema = p->call.schema.schema, .errors = errors};
    if (gql_prepare(&p->call, by->request, &p->run, &unused) == OUTCOME_DONE && find_source(p, errors)) {
        p->wish.stay = by->stay;
        return p;
    }
    arena_close(p->arena);
    return NULL;
}

static enum err open_feed(const struct gql_subscriber *by, const struct prepared *p, struct feed **out, struct problem *why)
{
    return gate_feed_open(by->g->gate, &(struct feed_reader){.x = by->head}, &p->wish, out, why);
}

enum err gql_subscribe(const struct gql_subscriber *by, uint64_t since, struct gql_subscription **out, struct gql_errors *errors,
                       struct problem *why)
{
    const struct principal *who = NULL;
    *out = NULL;
    TRY(gate_stay_who(by->stay, &who, why));
    struct prepared *p = prepare(by, who, errors);
    if (!p)
        return ERR_OK;
    if (since != UINT64_MAX) {
        p->wish.since = since;
        p->wish.from_now = false;
    }
    struct feed *feed = NULL;
    enum err e = open_feed(by, p, &feed, why);
    if (e != ERR_OK) {
        arena_close(p->arena);
        return e;
    }
    struct gql_subscription *s = calloc(1, sizeof *s);
    must(s != NULL);
    *s = (struct gql_subscription){.by = *by, .now = p, .feed = feed};
    *out = s;
    return ERR_OK;
}

void gql_subscription_close(struct gql_subscription *s)
{
    if (!s)
        return;
    gate_feed_close(s->feed);
    arena_close(s->now->arena);
    free(s);
}

uint64_t gql_subscription_last(const struct gql_subscription *s)
{
    return gate_feed_last(s->feed);
}

/* ------ telling */

/* He may other things than when it was prepared: a document that fits these, and a feed with their words for its conditions. What was
 * read is his by now, so it is told. */
static enum err follow(struct gql_subscription *s, struct gql_errors *errors, struct problem *why)
{
    const struct principal *who = gate_feed_who(s->feed);
    struct feed *feed = NULL;
    if (who->rights->fingerprint == s->now->fingerprint && who->rights->model->epoch == s->now->epoch)
        return ERR_OK;
    struct prepared *p = prepare(&s->by, who, errors);
    if (!p)
        return ERR_INVALID;
    p->wish.since = gate_feed_last(s->feed);
    p->wish.from_now = false;
    enum err e = open_feed(&s->by, p, &feed, why);
    if (e != ERR_OK) {
        arena_close(p->arena);
        return e;
    }
    gate_feed_close(s->feed);
    arena_close(s->now->arena);
    s->feed = feed;
    s->now = p;
    return ERR_OK;
}

enum err gql_subscription_read(struct gql_subscription *s, struct arena *a, size_t max, int wait_ms, struct feed_batch *out,
                               struct gql_errors *errors, struct problem *why)
{
    TRY(gate_feed_read(s->feed, a, max, wait_ms, out, why));
    return follow(s, errors, why);
}

bool gql_subscription_holds(struct gql_subscription *s, uint64_t told, struct problem *why)
{
    return gate_feed_holds(s->feed, told, why);
}

void gql_subscription_tell(struct gql_subscription *s, struct arena *a, const struct feed_event *e, struct buf *out)
{
    struct prepared *p = s->now;
    struct gql_errors *errors = NEW(a, struct gql_errors);
    struct exchange x = p->x;
    struct gql_result unused;
    errors->arena = a;
    x.arena = a;
    x.who = gql_come(a, gate_feed_who(s->feed));
    struct gql_execution run = p->run;
    run.arena = a;
    run.exchange = &x;
    run.who = x.who;
    run.errors = errors;
    run.out = out;
    run.event = e;
    run.until_us = time_mono_us() + LIMIT_STATEMENT_MS * INT64_C(1000);
    run.remembered = NULL; /* lives in the arena of one run */
    struct gql_call call = p->call;
    call.x = &x;
    gql_write_result(&call, &run, s->by.request->wants_cost, &unused);
}
