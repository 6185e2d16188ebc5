/* What was signed counts once (chutes-keys.md 6): a table of keyed digests with open addressing. Nothing is
 * taken out one by one; when it is full, it is built again without what has had its time. Whoever knows a
 * hotkey's secret may sign as much as he likes: one account may not fill the table for all the others. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "roles/credentials/signature.h"

struct seen {
    uint8_t digest[16];
    int64_t until_ms; /* 0: free */
    uint64_t account;
};

struct replays {
    pthread_mutex_t lock;
    int64_t since_ms;
    uint32_t room, count;
    struct seen *slots; /* 2 * room */
};

static struct seen *slots_make(uint32_t room)
{
    struct seen *slots = calloc((size_t)room * 2, sizeof *slots);
    must(slots != NULL);
    return slots;
}

struct replays *replays_open(int64_t now_ms, uint32_t room)
{
    struct replays *r = calloc(1, sizeof *r);
    must(r != NULL && pthread_mutex_init(&r->lock, NULL) == 0);
    r->since_ms = now_ms;
    r->room = room;
    r->slots = slots_make(room);
    return r;
}

void replays_close(struct replays *r)
{
    if (!r)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    free(r->slots);
    free(r);
}

/* Its slot, or the free one where it belongs: at most half of them are taken. */
static struct seen *slot_of(struct replays *r, const uint8_t *digest)
{
    uint64_t at;
    memcpy(&at, digest, sizeof at);
    for (at %= 2ull * r->room;; at = (at + 1) % (2ull * r->room))
        if (r->slots[at].until_ms == 0 || crypt_equal(r->slots[at].digest, digest, sizeof r->slots[at].digest))
            return &r->slots[at];
}

static void put(struct replays *r, const struct seen *s)
{
    *slot_of(r, s->digest) = *s;
    r->count++;
}

static void drop_old(struct replays *r, int64_t now_ms)
{
    struct seen *before = r->slots;
    r->slots = slots_make(r->room);
    r->count = 0;
    for (size_t i = 0; i < 2 * (size_t)r->room; i++)
        if (before[i].until_ms > now_ms)
            put(r, &before[i]);
    free(before);
}

static bool has_its_share(const struct replays *r, uint64_t account)
{
    uint32_t own = 0;
    for (size_t i = 0; i < 2 * (size_t)r->room; i++)
        own += r->slots[i].until_ms != 0 && r->slots[i].account == account;
    return own >= r->room / LIMIT_SIGNATURE_SHARE;
}

static enum err take(struct replays *r, const struct replay *it, int64_t now_ms)
{
    struct seen s = {.until_ms = it->until_ms, .account = map_hash(it->account)};
    memcpy(s.digest, it->digest, sizeof s.digest);
    if (it->signed_ms < r->since_ms / 1000 * 1000 || slot_of(r, it->digest)->until_ms != 0)
        return ERR_UNAUTHENTICATED;
    if (r->count >= r->room)
        drop_old(r, now_ms);
    if (r->count >= r->room || (r->count >= r->room / 2 && has_its_share(r, s.account)))
        return ERR_TOO_MANY;
    put(r, &s);
    return ERR_OK;
}

enum err replays_take(struct replays *r, const struct replay *it, int64_t now_ms, struct problem *why)
{
    (void)pthread_mutex_lock(&r->lock);
    enum err e = take(r, it, now_ms);
    (void)pthread_mutex_unlock(&r->lock);
    if (e == ERR_TOO_MANY)
        why->retry_after_s = LIMIT_SIGNATURE_SKEW_S;
    return e == ERR_TOO_MANY ? problem_set(why, e, "Too many signed requests") : e;
}
