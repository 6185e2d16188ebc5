/* Challenges of passkeys: random, sealed, good for five minutes, for one purpose and one person, once. Nothing is kept
 * of those that were handed out, so that asking for many costs nobody anything; of those that were answered rightly
 * a mark is kept until they are too old anyway. Only this process reads its own: what it forgets at its end
 * cannot be used again either. */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/internal.h"

#include <stdlib.h>

#define SLOTS 4096u /* answered rightly within five minutes; beyond: 503 */

struct challenges {
    pthread_mutex_t lock;
    uint8_t process[16];
    struct {
        uint64_t hash; /* 0: free */
        int64_t until_ms;
    } spent[SLOTS];
};

struct challenges *challenges_open(void)
{
    struct challenges *c = calloc(1, sizeof *c);
    must(c != NULL && pthread_mutex_init(&c->lock, NULL) == 0);
    crypt_random(c->process, sizeof c->process);
    return c;
}

void challenges_close(struct challenges *c)
{
    if (!c)
        return;
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

static str context_of(const struct challenges *c, struct arena *a, enum challenge what)
{
    str process = base64url_encode(a, (str){(const char *)c->process, sizeof c->process});
    return arena_format(a, "passkey challenge %u " STR_FMT, (unsigned)what, STR_ARG(process));
}

str challenge_make(struct gate *g, struct arena *a, enum challenge what, str user_id)
{
    long long until = (long long)time_now_ms() + (long long)LIMIT_PENDING_S * 1000;
    str plain = arena_format(a, "%lld " STR_FMT, until, STR_ARG(user_id));
    return crypt_seal(g->crypt, CRYPT_STEP, a, context_of(g->challenges, a, what), plain);
}

bool challenge_holds(struct gate *g, struct arena *a, enum challenge what, str challenge, str *user_id)
{
    str plain, until;
    uint64_t ms;
    if (!crypt_unseal(g->crypt, CRYPT_STEP, a, context_of(g->challenges, a, what), challenge, &plain))
        return false;
    must(str_cut(plain, ' ', &until, user_id) && str_to_u64(until, INT64_MAX, &ms)); /* we wrote it */
    return time_now_ms() < (int64_t)ms;
}

enum err challenge_spend(struct gate *g, str challenge, struct problem *why)
{
    struct challenges *c = g->challenges;
    uint64_t hash = map_hash(challenge) | 1;
    int64_t now = time_now_ms();
    size_t free_slot = SLOTS;
    bool seen = false;
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < SLOTS; i++) {
        bool holds = c->spent[i].hash != 0 && now < c->spent[i].until_ms;
        seen |= holds && c->spent[i].hash == hash;
        if (!holds)
            free_slot = i;
    }
    if (!seen && free_slot < SLOTS) {
        c->spent[free_slot].hash = hash;
        c->spent[free_slot].until_ms = now + (int64_t)LIMIT_PENDING_S * 1000;
    }
    (void)pthread_mutex_unlock(&c->lock);
    if (seen)
        return problem_set(why, ERR_UNAUTHENTICATED, "This was used before; begin again");
    return free_slot < SLOTS ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "Too many passkeys are in use at this moment");
}
