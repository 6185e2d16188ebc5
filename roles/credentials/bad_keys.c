#include "roles/credentials/bad_keys.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "roles/internal.h"

#define MINUTE_US INT64_C(60000000)
#define WAYS 4u
#define SETS (LIMIT_BAD_KEY_ADDRESSES / WAYS)

struct minute {
    uint64_t address;                 /* hash with a key of this process; 0: free */
    int64_t since_us;
    uint32_t count;
};

struct bad_keys {
    pthread_mutex_t lock;
    int64_t (*now_us)(void);
    uint32_t per_minute;
    struct minute table[SETS * WAYS];
};

struct bad_keys *bad_keys_open(uint32_t per_minute, int64_t (*now_us)(void))
{
    struct bad_keys *b = calloc(1, sizeof *b);
    must(b != NULL && pthread_mutex_init(&b->lock, NULL) == 0);
    b->per_minute = per_minute;
    b->now_us = now_us;
    return b;
}

void bad_keys_close(struct bad_keys *b)
{
    if (!b)
        return;
    (void)pthread_mutex_destroy(&b->lock);
    free(b);
}

static struct minute *minute_of(struct bad_keys *b, uint64_t address, int64_t now)
{
    struct minute *set = &b->table[address % SETS * WAYS], *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].address == address)
            oldest = &set[i];
        else if (oldest->address != address && set[i].since_us < oldest->since_us)
            oldest = &set[i];
    }
    if (oldest->address != address || now - oldest->since_us >= MINUTE_US)
        *oldest = (struct minute){.address = address, .since_us = now};
    return oldest;
}

enum err bad_keys_count(struct bad_keys *b, str address, struct problem *why)
{
    char room[THROTTLE_NETWORK_BYTES];
    uint64_t hash = map_hash(throttle_network(address, room)) | 1;
    if (b->per_minute == 0)
        return ERR_OK;
    (void)pthread_mutex_lock(&b->lock);
    int64_t now = b->now_us();
    struct minute *m = minute_of(b, hash, now);
    bool free = m->count < b->per_minute;
    m->count += free;
    int64_t rest = m->since_us + MINUTE_US - now;
    (void)pthread_mutex_unlock(&b->lock);
    if (free)
        return ERR_OK;
    *why = (struct problem){.arena = why->arena, .retry_after_s = (unsigned)(rest / 1000000 + 1)};
    return problem_set(why, ERR_TOO_MANY, "Too many wrong credentials from this address; try again in %u seconds", why->retry_after_s);
}
