/* Failed attempts, counted per account and per address (security 3.4): so many are free, each further
 * one has to wait twice as long as the one before, up to a quarter of an hour, and a quarter of an hour
 * of silence forgets it all. Nobody is locked out for good, or guessing would be a way to lock others out.
 *
 * An attempt counts as failed from the moment it begins and is taken back when it was none: a hundred
 * parallel guesses are a hundred. The table has a fixed size; where it is full, whoever has been quiet
 * the longest is forgotten. Places are found by a hash with a key of this process. */
#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "roles/internal.h"

/* So many failures are free (RL table). */
static const struct {
    char of_account, of_address;      /* places of one sort are counted by themselves */
    uint32_t per_account, per_address;
} limits[ATTEMPT_COUNT] = {
    [ATTEMPT_SIGN_IN] = {'a', 'n', LIMIT_ATTEMPTS_PER_ACCOUNT, LIMIT_ATTEMPTS_PER_ADDRESS},
    [ATTEMPT_PROOF] = {'p', 'q', LIMIT_PROOFS_PER_ACCOUNT, LIMIT_ATTEMPTS_PER_ADDRESS},
};

static_assert(THROTTLE_NETWORK_BYTES >= INET6_ADDRSTRLEN + 2, "any address fits");

#define SECOND_US INT64_C(1000000)
#define WINDOW_US ((int64_t)LIMIT_ATTEMPTS_WINDOW_S * SECOND_US)
#define WAYS 8u
#define SETS (LIMIT_THROTTLE_KEYS / WAYS)

struct attempts {
    uint64_t key;        /* 0: free */
    int64_t last_us;     /* the last attempt */
    int64_t until_us;    /* the next one is refused before this */
    uint32_t failed;
};

struct throttle {
    pthread_mutex_t lock;
    int64_t (*now_us)(void);
    struct attempts table[SETS * WAYS];
};

struct throttle *throttle_open(int64_t (*now_us)(void))
{
    struct throttle *t = calloc(1, sizeof *t);
    must(t != NULL && pthread_mutex_init(&t->lock, NULL) == 0);
    t->now_us = now_us;
    return t;
}

void throttle_close(struct throttle *t)
{
    if (!t)
        return;
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

str throttle_network(str address, char room[THROTTLE_NETWORK_BYTES])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    uint8_t bytes[16] = {0};
    str plain, zone;
    (void)str_cut(address, '%', &plain, &zone);
    if (plain.len > INET6_ADDRSTRLEN)
        return address;
    memcpy(room, plain.at ? plain.at : "", plain.len);
    room[plain.len] = '\0';
    if (inet_pton(AF_INET6, room, bytes) != 1)
        return address;
    if (memcmp(bytes, mapped, sizeof mapped) == 0) /* version 4 in the clothes of version 6 */
        must(inet_ntop(AF_INET, bytes + 12, room, INET6_ADDRSTRLEN) != NULL);
    else
        memcpy(room, bytes, 8);
    return memcmp(bytes, mapped, sizeof mapped) == 0 ? str_of(room) : (str){room, 8};
}

static uint64_t key_of(char sort, str text)
{
    return (map_hash(text) * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)(unsigned char)sort) | 1;
}

static int64_t quiet_since(const struct attempts *a)
{
    return a->last_us > a->until_us ? a->last_us : a->until_us;
}

static struct attempts *place_of(struct throttle *t, uint64_t key, int64_t now)
{
    struct attempts *set = &t->table[key % SETS * WAYS], *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].key == 0 || (oldest->key != 0 && quiet_since(&set[i]) < quiet_since(oldest)))
            oldest = &set[i];
    }
    *oldest = (struct attempts){.key = key, .last_us = now};
    return oldest;
}

static struct attempts *account_of(struct throttle *t, enum attempt what, str account)
{
    return place_of(t, key_of(limits[what].of_account, account), t->now_us());
}

static struct attempts *address_of(struct throttle *t, enum attempt what, str address)
{
    char room[THROTTLE_NETWORK_BYTES];
    return place_of(t, key_of(limits[what].of_address, throttle_network(address, room)), t->now_us());
}

static void forget_old(struct attempts *a, int64_t now)
{
    if (now - quiet_since(a) >= WINDOW_US)
        *a = (struct attempts){.key = a->key};
}

static void count(struct attempts *a, uint32_t limit, int64_t now)
{
    a->failed++;
    a->last_us = now;
    if (a->failed < limit)
        return;
    uint32_t beyond = a->failed - limit;
    int64_t wait = beyond < 20 ? SECOND_US << beyond : WINDOW_US;
    a->until_us = now + (wait < WINDOW_US ? wait : WINDOW_US);
}

static void take_back(struct attempts *a, uint32_t limit)
{
    a->failed -= a->failed > 0;
    if (a->failed < limit)
        a->until_us = 0;
}

enum err throttle_attempt(struct throttle *t, enum attempt what, str account, str address, struct problem *why)
{
    (void)pthread_mutex_lock(&t->lock);
    int64_t now = t->now_us();
    struct attempts *of_account = account_of(t, what, account), *of_address = address_of(t, what, address);
    forget_old(of_account, now);
    forget_old(of_address, now);
    int64_t until = of_account->until_us > of_address->until_us ? of_account->until_us : of_address->until_us;
    if (until <= now) {
        count(of_account, limits[what].per_account, now);
        count(of_address, limits[what].per_address, now);
    }
    (void)pthread_mutex_unlock(&t->lock);
    if (until <= now)
        return ERR_OK;
    why->retry_after_s = (unsigned)((until - now + SECOND_US - 1) / SECOND_US);
    return problem_set(why, ERR_TOO_MANY, "Too many failed attempts; try again in %u seconds", why->retry_after_s);
}

void throttle_passed(struct throttle *t, enum attempt what, str account, str address)
{
    (void)pthread_mutex_lock(&t->lock);
    struct attempts *of_account = account_of(t, what, account);
    *of_account = (struct attempts){.key = of_account->key};
    take_back(address_of(t, what, address), limits[what].per_address);
    (void)pthread_mutex_unlock(&t->lock);
}

void throttle_undo(struct throttle *t, enum attempt what, str account, str address)
{
    (void)pthread_mutex_lock(&t->lock);
    take_back(account_of(t, what, account), limits[what].per_account);
    take_back(address_of(t, what, address), limits[what].per_address);
    (void)pthread_mutex_unlock(&t->lock);
}
