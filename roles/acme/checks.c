/* Names being proven: errands (roles/courier.h) on couriers of their own, so that no letter waits for a server that does not answer, and
 * one for each place, so that no name does. A place is taken before the row says that a challenge is being tried, and given back when
 * its errand ends, whatever came of it. A try that fails may be too early: there are LIMIT_ACME_TRIES of them within some ten seconds
 * before the challenge has failed. */
#include <stdlib.h>

#include "base/id.h"
#include "base/jws.h"
#include "base/limits.h"
#include "base/map.h"
#include "roles/acme/part.h"
#include "roles/courier.h"

enum { SHARE_RUNNING = LIMIT_ACME_CHECKS / 4, SHARE_WAITING = LIMIT_ACME_WAITING / 8 };
static const int64_t pauses_s[LIMIT_ACME_TRIES] = {0, 3, 6};

struct place {
    char authorization[ID_LENGTH];    /* "": free */
    uint64_t owner;                   /* a hash */
    uint64_t number;                  /* as they came */
    struct errand *errand;            /* that waits to go; NULL: it is not sent yet, or on its way */
    struct courier *courier;          /* NULL: waits */
};

struct acme_checks {
    struct gate *gate;
    pthread_mutex_t lock;             /* guards what follows; taken before a courier's */
    struct place places[LIMIT_ACME_WAITING];
    uint64_t came;
    struct courier *couriers[LIMIT_ACME_CHECKS];
    bool is_busy[LIMIT_ACME_CHECKS];
};

struct acme_checks *acme_checks_open(struct gate *g)
{
    struct acme_checks *c = calloc(1, sizeof *c);
    must(c != NULL && pthread_mutex_init(&c->lock, NULL) == 0);
    c->gate = g;
    for (size_t i = 0; i < LIMIT_ACME_CHECKS; i++)
        c->couriers[i] = courier_open(g);
    return c;
}

void acme_checks_close(struct acme_checks *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < LIMIT_ACME_CHECKS; i++) /* all of them at once */
        courier_stop(c->couriers[i]);
    for (size_t i = 0; i < LIMIT_ACME_CHECKS; i++)
        courier_close(c->couriers[i]);
    for (size_t i = 0; i < LIMIT_ACME_WAITING; i++)
        if (c->places[i].errand)
            arena_close(c->places[i].errand->arena);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ---- places: all of these with the lock held ---- */

/* The place that has this text; NULL: none. */
static struct place *place_of(struct acme_checks *c, const char *text)
{
    for (size_t i = 0; i < LIMIT_ACME_WAITING; i++)
        if (memcmp(c->places[i].authorization, text, ID_LENGTH) == 0)
            return &c->places[i];
    return NULL;
}

static bool is_taken(const struct place *p)
{
    return p->authorization[0] != '\0';
}

static size_t count_of(const struct acme_checks *c, uint64_t owner, bool only_running)
{
    size_t count = 0;
    for (size_t i = 0; i < LIMIT_ACME_WAITING; i++)
        count += is_taken(&c->places[i]) && c->places[i].owner == owner && (!only_running || c->places[i].courier);
    return count;
}

static bool find_courier(const struct acme_checks *c, size_t *out)
{
    for (*out = 0; *out < LIMIT_ACME_CHECKS; (*out)++)
        if (!c->is_busy[*out])
            return true;
    return false;
}

/* The first of those that came whose owner has room for it. */
static struct place *next_waiting(struct acme_checks *c)
{
    struct place *next = NULL;
    for (size_t i = 0; i < LIMIT_ACME_WAITING; i++) {
        struct place *p = &c->places[i];
        if (p->errand && (!next || p->number < next->number) && count_of(c, p->owner, true) < SHARE_RUNNING)
            next = p;
    }
    return next;
}

static void free_place(struct acme_checks *c, struct place *p)
{
    for (size_t i = 0; i < LIMIT_ACME_CHECKS; i++)
        if (p->courier && c->couriers[i] == p->courier)
            c->is_busy[i] = false;
    *p = (struct place){0};
}

/* A courier that takes nothing any more is ending: its row says that it is being tried, and whoever serves next goes on. */
static void dispatch(struct acme_checks *c)
{
    struct place *p;
    size_t i;
    while (find_courier(c, &i) && (p = next_waiting(c)) != NULL) {
        struct problem quiet = {0};
        struct errand *e = p->errand;
        p->errand = NULL;
        p->courier = c->couriers[i];
        c->is_busy[i] = true;
        if (courier_send(p->courier, e, &quiet) != ERR_OK)
            free_place(c, p);
    }
}

static bool take_place(struct acme_checks *c, str authorization, uint64_t owner)
{
    static const char nobody[ID_LENGTH];
    struct place *p = count_of(c, owner, false) < SHARE_WAITING ? place_of(c, nobody) : NULL;
    if (!p)
        return false;
    memcpy(p->authorization, authorization.at, ID_LENGTH);
    p->owner = owner;
    p->number = ++c->came;
    return true;
}

/* ---- taking and leaving one ---- */

enum err acme_check_reserve(struct acme_checks *c, str authorization, str owner, bool *is_running, struct problem *why)
{
    must(authorization.len == ID_LENGTH);
    (void)pthread_mutex_lock(&c->lock);
    *is_running = place_of(c, authorization.at) != NULL;
    bool has_place = *is_running || take_place(c, authorization, map_hash(owner.len ? owner : S("")));
    (void)pthread_mutex_unlock(&c->lock);
    if (has_place)
        return ERR_OK;
    why->retry_after_s = 5;
    return problem_fault(why, ERR_UNAVAILABLE, S(""), S("rateLimited"), "Too many names wait to be proven already; answer again in a moment");
}

void acme_check_release(struct acme_checks *c, str authorization)
{
    (void)pthread_mutex_lock(&c->lock);
    struct place *p = place_of(c, authorization.at);
    if (p)
        free_place(c, p);
    dispatch(c);
    (void)pthread_mutex_unlock(&c->lock);
}

/* ---- one try ---- */

struct check {
    struct acme_checks *checks;
    str authorization;
    str account_url;                  /* {0}: unknown */
    unsigned tries;
};

static const char *const faults[] = {
    [ACME_NO_FAULT] = "serverInternal", [ACME_CONNECTION] = "connection", [ACME_DNS] = "dns",
    [ACME_UNAUTHORIZED] = "unauthorized", [ACME_INCORRECT] = "incorrectResponse", [ACME_CAA] = "caa",
};

static const struct acme_method *way_of(str type)
{
    for (size_t i = 0; i < COUNTOF(acme_methods); i++)
        if (type.len && str_equal(type, acme_methods[i].type))
            return &acme_methods[i];
    return NULL;
}

static str token_of(const struct json *authorization, str type)
{
    const struct json *list = list_in(authorization, S("challenges"));
    for (uint32_t i = 0; i < list->count; i++)
        if (str_equal(text_in(&list->items[i], S("type")), type))
            return text_in(&list->items[i], S("token"));
    return (str){0};
}

/* NULL: there is nothing to try any more. */
static const struct acme_trial *trial_of(struct gate *g, struct arena *a, str id, struct problem *why)
{
    const struct json *one = NULL, *account = NULL;
    struct acme_trial *t = NEW(a, struct acme_trial);
    str sort, name;
    if (acme_find(g, a, "acme_authorizations", "_id", id, &one, why) != ERR_OK || !one || !str_equal(gate_acme_authorization_status(one), S("pending")) ||
        acme_find(g, a, "acme_accounts", "_id", item_text(one, S("account")), &account, why) != ERR_OK || !account)
        return NULL;
    const struct acme_method *m = way_of(item_text(one, S("trying")));
    if (!m || !str_cut(item_text(one, S("identifier")), ':', &sort, &name))
        return NULL;
    *t = (struct acme_trial){.by = m->by, .name = name, .is_address = str_equal(sort, S("ip")), .is_wildcard = item_flag(one, S("wildcard"), false)};
    t->token = token_of(one, m->type);
    t->key_authorization = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(t->token), STR_ARG(item_text(account, S("thumbprint"))));
    return t;
}

/* ERR_UNAVAILABLE: once more, in a moment. */
static enum err look(struct gate *g, struct check *k, struct errand *e, struct arena *a, const _Atomic(bool) *stop, struct problem *why)
{
    enum acme_fault fault = ACME_NO_FAULT;
    struct problem own = {.arena = a};
    const struct acme_trial *planned = trial_of(g, a, k->authorization, why);
    if (!planned)
        return why->err;
    struct acme_trial t = *planned;
    t.stop = stop;
    t.account_url = k->account_url;
    enum err found = acme_try(&g->acme.outside, &t, a, &fault, &own);
    if (atomic_load(stop) && found != ERR_OK)
        return ERR_OK; /* the row says that it is being tried: whoever serves next goes on */
    if (found == ERR_OK)
        return acme_judge(g, a, k->authorization, NULL, (str){0}, why);
    if (++k->tries < LIMIT_ACME_TRIES) {
        e->pause_s = pauses_s[k->tries];
        return problem_set(why, ERR_UNAVAILABLE, "Not proven yet");
    }
    if (found == ERR_UNAVAILABLE) /* it is our own network that fails: the row says that it is being tried, and the tick goes on */
        return ERR_OK;
    return acme_judge(g, a, k->authorization, faults[fault], own.text.len ? own.text : S("It could not be looked at"), why);
}

static enum err run(struct gate *g, struct errand *e, const _Atomic(bool) *stop, struct problem *why)
{
    struct check *k = e->self;
    struct arena *a = arena_open(8192);
    struct problem own = {.arena = a};
    e->pause_s = 0;
    enum err result = gate_catch_up(g, &own);
    if (result == ERR_OK)
        result = look(g, k, e, a, stop, &own);
    bool again = result == ERR_UNAVAILABLE && e->pause_s > 0;
    if (!again)
        acme_check_release(k->checks, k->authorization);
    if (result != ERR_OK)
        result = problem_set(why, again || result != ERR_UNAVAILABLE ? result : ERR_INTERNAL, STR_FMT, STR_ARG(own.text.len ? own.text : S("")));
    arena_close(a);
    return result;
}

void acme_check_send(struct acme_checks *c, str authorization, str account_url)
{
    struct arena *a = arena_open(2048);
    struct errand *e = NEW(a, struct errand);
    struct check *k = NEW(a, struct check);
    *k = (struct check){.checks = c, .authorization = arena_copy(a, authorization), .account_url = arena_copy(a, account_url)};
    *e = (struct errand){.arena = a, .run = run, .self = k};
    (void)pthread_mutex_lock(&c->lock);
    struct place *p = place_of(c, authorization.at);
    must(p != NULL && p->errand == NULL && p->courier == NULL);
    p->errand = e;
    dispatch(c);
    (void)pthread_mutex_unlock(&c->lock);
}
