/* Each hash takes 64 MiB and a core for a tenth of a second. A small number run at once, callers
 * beyond it wait in the order of their arrival, and when the queue is full too the answer is to
 * come back later (PW-2): a flood of logins must not take the memory of all other requests. The
 * gate spans the process, whose memory it guards; so its state is static. */
#include "base/crypt.h"

#include "base/limits.h"

#include <pthread.h>
#include <sodium.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved; /* somebody left, or the next in the queue changed */
    size_t running, waiting;
    uint64_t next_ticket, next_served;
    unsigned long long passes;
    size_t memory;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .moved = PTHREAD_COND_INITIALIZER,
          .passes = 3,
          .memory = 64u << 20};

void password_cost_for_tests(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.passes = crypto_pwhash_argon2id_OPSLIMIT_MIN;
    gate.memory = crypto_pwhash_argon2id_MEMLIMIT_MIN;
    pthread_mutex_unlock(&gate.lock);
}

size_t password_waiters(void)
{
    pthread_mutex_lock(&gate.lock);
    size_t waiting = gate.waiting;
    pthread_mutex_unlock(&gate.lock);
    return waiting;
}

uint64_t password_hashes(void)
{
    pthread_mutex_lock(&gate.lock);
    uint64_t served = gate.next_served;
    pthread_mutex_unlock(&gate.lock);
    return served;
}

static size_t hashers_max(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1                              ? 1
           : cores < (long)LIMIT_PASSWORD_HASHERS ? (size_t)cores
                                                  : LIMIT_PASSWORD_HASHERS;
}

struct cost {
    unsigned long long passes;
    size_t memory;
};

/* Waits for a turn; false when too many wait already. */
static bool enter(struct cost *cost)
{
    size_t most = hashers_max();
    pthread_mutex_lock(&gate.lock);
    bool may_enter = gate.waiting < LIMIT_PASSWORD_WAITERS;
    if (may_enter) {
        uint64_t ticket = gate.next_ticket++;
        gate.waiting++;
        while (ticket != gate.next_served || gate.running >= most)
            pthread_cond_wait(&gate.moved, &gate.lock);
        gate.waiting--;
        gate.next_served++;
        gate.running++;
        pthread_cond_broadcast(&gate.moved);
        *cost = (struct cost){.passes = gate.passes, .memory = gate.memory};
    }
    pthread_mutex_unlock(&gate.lock);
    return may_enter;
}

static void leave(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.running--;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.lock);
}

static enum err refuse_busy(struct problem *why)
{
    if (why != NULL)
        why->retry_after_s = 1;
    return problem_set(why, ERR_UNAVAILABLE, "Too many passwords are being checked; try again.");
}

enum err password_hash(struct arena *a, str password, str *out, struct problem *why)
{
    struct cost cost = {0};
    char text[crypto_pwhash_STRBYTES];
    if (password.len > LIMIT_PASSWORD_BYTES)
        return problem_set(why, ERR_INVALID, "The password is longer than %u bytes.",
                           LIMIT_PASSWORD_BYTES);
    if (!enter(&cost))
        return refuse_busy(why);
    int failed = crypto_pwhash_str_alg(text, password.len == 0 ? "" : password.at, password.len,
                                       cost.passes, cost.memory, crypto_pwhash_ALG_ARGON2ID13);
    leave();
    if (failed != 0)
        return refuse_busy(why); /* the machine has no 64 MiB left */
    *out = arena_copy(a, str_of(text));
    return ERR_OK;
}

/* "$argon2id$v=19$m=65536,t=3,p=1$…": a stored hash says itself what it costs, and hashes can be
 * imported; one that asks for gigabytes is none. */
static bool is_affordable(str hash)
{
    uint64_t memory_kib = 0, passes = 0;
    str rest = hash, piece = {0}, value = {0}, cost[3] = {{0}};
    bool ended = false;
    for (int i = 0; i < 4; i++)
        if (!str_next(&rest, &ended, '$', &piece))
            return false;
    ended = false;
    for (size_t i = 0; i < 3; i++)
        if (!str_next(&piece, &ended, ',', &cost[i]))
            return false;
    value = str_slice(cost[0], 2, cost[0].len);
    if (!str_starts(cost[0], S("m=")) || !str_to_u64(value, LIMIT_PASSWORD_STORED_KIB, &memory_kib))
        return false;
    value = str_slice(cost[1], 2, cost[1].len);
    return str_starts(hash, S("$argon2")) && str_starts(cost[1], S("t=")) &&
           str_to_u64(value, LIMIT_PASSWORD_STORED_PASSES, &passes);
}

/* "$argon2id$v=19$m=…,t=…,p=1$SALT$KEY", and nothing behind it. */
bool password_is_hash(str text)
{
    str rest = text, piece;
    bool ended = false;
    size_t pieces = 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] >= 0x7f)
            return false;
    if (text.len >= crypto_pwhash_STRBYTES || !str_starts(text, S("$argon2id$v=19$")) || !is_affordable(text))
        return false;
    while (str_next(&rest, &ended, '$', &piece))
        pieces += piece.len > 0 || pieces > 0;
    return pieces == 5;
}

enum err password_verify(str hash, str password, bool *matches, struct problem *why)
{
    char text[crypto_pwhash_STRBYTES] = "";
    struct cost cost = {0};
    *matches = false;
    size_t at = 0;
    if (hash.len >= sizeof text || str_find(hash, '\0', &at) || !is_affordable(hash) ||
        password.len > LIMIT_PASSWORD_BYTES)
        return password_verify_nobody(password, why); /* no hash of ours: as costly as one */
    memcpy(text, hash.at, hash.len);
    if (!enter(&cost))
        return refuse_busy(why);
    *matches =
        crypto_pwhash_str_verify(text, password.len == 0 ? "" : password.at, password.len) == 0;
    leave();
    return ERR_OK;
}

enum err password_verify_nobody(str password, struct problem *why)
{
    static const uint8_t salt[crypto_pwhash_SALTBYTES] = "nobody's salt";
    uint8_t out[32];
    struct cost cost = {0};
    password = str_slice(password, 0, LIMIT_PASSWORD_BYTES);
    if (!enter(&cost))
        return refuse_busy(why);
    int failed = crypto_pwhash(out, sizeof out, password.len == 0 ? "" : password.at, password.len,
                               salt, cost.passes, cost.memory, crypto_pwhash_ALG_ARGON2ID13);
    leave();
    return failed == 0 ? ERR_OK : refuse_busy(why);
}

bool password_is_outdated(str hash)
{
    char text[crypto_pwhash_STRBYTES] = "";
    if (hash.len >= sizeof text)
        return true;
    if (hash.len > 0)
        memcpy(text, hash.at, hash.len);
    pthread_mutex_lock(&gate.lock);
    struct cost cost = {.passes = gate.passes, .memory = gate.memory};
    pthread_mutex_unlock(&gate.lock);
    return crypto_pwhash_str_needs_rehash(text, cost.passes, cost.memory) != 0;
}
