#include "roles/credentials/last_use.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"

#define PROBES 8u /* places that a key may have, from its own on */
#define ADDRESS_BYTES 64u
#define AGENT_BYTES 160u
#define REST_MS (1000 * (int64_t)LIMIT_LAST_USE_REST_S)

struct used {
    char key[ID_LENGTH];
    uint8_t address_length, agent_length;
    bool in_use, waits;               /* waits: used since it was written */
    char address[ADDRESS_BYTES], agent[AGENT_BYTES];
    int64_t at_ms, written_ms;
};

struct last_use {
    pthread_mutex_t lock;             /* guards everything; nothing is called under it */
    struct used places[LIMIT_LAST_USES];
};

struct last_use *last_use_open(void)
{
    struct last_use *u = calloc(1, sizeof *u);
    must(u != NULL && pthread_mutex_init(&u->lock, NULL) == 0);
    return u;
}

void last_use_close(struct last_use *u)
{
    if (!u)
        return;
    (void)pthread_mutex_destroy(&u->lock);
    free(u);
}

/* Its own place, a free one, or that of one that was written longest ago. */
static struct used *place_of(struct last_use *u, str key)
{
    struct used *best = NULL;
    uint64_t hash = str_hash(key);
    for (size_t i = 0; i < PROBES; i++) {
        struct used *p = &u->places[(hash + i) % LIMIT_LAST_USES];
        if (p->in_use && memcmp(p->key, key.at, ID_LENGTH) == 0)
            return p;
        if (!p->waits && (!best || !p->in_use || (best->in_use && p->written_ms < best->written_ms)))
            best = p;
    }
    if (best) {
        *best = (struct used){.in_use = true};
        memcpy(best->key, key.at, ID_LENGTH);
    }
    return best;
}

static uint8_t keep(char *into, size_t room, str s)
{
    size_t n = s.len < room ? s.len : room;
    if (n)
        memcpy(into, s.at, n);
    return (uint8_t)n;
}

void last_use_note(struct last_use *u, const struct principal *who)
{
    if (!u || who->key_id.len != ID_LENGTH)
        return;
    (void)pthread_mutex_lock(&u->lock);
    struct used *p = place_of(u, who->key_id);
    if (p) {
        p->at_ms = who->actor.vars.now_ms;
        p->waits = true;
        p->address_length = keep(p->address, ADDRESS_BYTES, who->actor.vars.ip);
        p->agent_length = keep(p->agent, AGENT_BYTES, who->actor.agent);
    }
    (void)pthread_mutex_unlock(&u->lock);
}

static const struct json *values_of(struct arena *a, const struct used *p)
{
    struct json *members = NEW_N(a, struct json, 3), *map = NEW(a, struct json);
    struct buf at;
    buf_init(&at, a, 64);
    time_write(&at, p->at_ms);
    str address = arena_copy(a, (str){p->address, p->address_length}), agent = arena_copy(a, (str){p->agent, p->agent_length});
    members[0] = json_named(S("last_used_at"), json_of_text(buf_str(&at)));
    members[1] = json_named(S("last_address"), address.len ? json_of_text(address) : json_null);
    members[2] = json_named(S("last_agent"), agent.len ? json_of_text(agent) : json_null);
    *map = json_of_map(members, 3);
    return map;
}

/* A clock that was turned back keeps nothing waiting for the time it was wrong by. */
static bool is_due(const struct used *p, int64_t now)
{
    return now - p->written_ms >= REST_MS || now < p->written_ms;
}

struct batch {
    struct book_entry entries[LIMIT_LAST_USES_AT_ONCE];
    struct used *from[LIMIT_LAST_USES_AT_ONCE];
    size_t count;
};

static void gather(struct last_use *u, bool all, int64_t now, struct arena *a, struct batch *b)
{
    (void)pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < LIMIT_LAST_USES && b->count < LIMIT_LAST_USES_AT_ONCE; i++) {
        struct used *p = &u->places[i];
        if (!p->waits || (!all && !is_due(p, now)))
            continue;
        b->from[b->count] = p;
        b->entries[b->count++] = (struct book_entry){.item = arena_copy(a, (str){p->key, ID_LENGTH}), .values = values_of(a, p)};
        p->waits = false;
        p->written_ms = now;
    }
    (void)pthread_mutex_unlock(&u->lock);
}

/* Nothing was written: due at once, unless the place was taken meanwhile. */
static void give_back(struct last_use *u, const struct batch *b)
{
    (void)pthread_mutex_lock(&u->lock);
    for (size_t i = 0; i < b->count; i++)
        if (b->from[i]->in_use && memcmp(b->from[i]->key, b->entries[i].item.at, ID_LENGTH) == 0) {
            b->from[i]->waits = true;
            b->from[i]->written_ms = 0;
        }
    (void)pthread_mutex_unlock(&u->lock);
}

static enum err write_down(struct gate *g, struct batch *b, struct problem *why)
{
    TRY(gate_catch_up(g, why));
    const struct principal *system = principal_system(g, why->arena, SYSTEM_IDENTIFY);
    for (size_t i = 0; i < b->count; i++)
        b->entries[i].in = model_find(system->rights->model, S("api_keys"));
    return content_keep_books(g->content, system->rights, &system->actor, b->entries, b->count, why->arena, why);
}

static enum err flush_some(struct gate *g, bool all, bool *more, struct problem *why)
{
    struct batch *b = NEW(why->arena, struct batch);
    gather(g->last_use, all, time_now_ms(), why->arena, b);
    *more = b->count == LIMIT_LAST_USES_AT_ONCE;
    enum err e = b->count ? write_down(g, b, why) : ERR_OK;
    if (e != ERR_OK)
        give_back(g->last_use, b);
    return e;
}

enum err last_use_flush(struct gate *g, bool all, struct problem *why)
{
    return books_flush(g, all, flush_some, why);
}

#define LOOKS 10u

enum err books_flush(struct gate *g, bool all, enum err (*some)(struct gate *g, bool all, bool *more, struct problem *why),
                     struct problem *why)
{
    bool more = true;
    for (size_t looks = 0; more || looks > 0;) {
        struct problem own = {.arena = why->arena};
        enum err e = some(g, all, &more, &own);
        if (e != ERR_OK && e != ERR_UNAVAILABLE)
            return problem_set(why, e, STR_FMT, STR_ARG(own.text));
        if (e == ERR_UNAVAILABLE && (!all || looks == LOOKS))
            return ERR_OK;
        looks = e == ERR_UNAVAILABLE ? looks + 1 : 0;
    }
    return ERR_OK;
}
