/* Ids must grow within one process, so the last one is remembered: a static behind a lock, as the
 * header promises thread-safety and the promise spans all callers. A clock that steps back is
 * ignored until it has caught up. Randomness here only avoids collisions with other processes;
 * nothing relies on ids being unguessable. */
#include "base/id.h"

#include "base/time.h"

#include <pthread.h>
#include <sys/random.h>

static struct {
    pthread_mutex_t lock;
    uint64_t ms, low; /* 48 bits each */
} last = {.lock = PTHREAD_MUTEX_INITIALIZER};

#define BITS_48 ((UINT64_C(1) << 48) - 1)

/* One system call for many ids. */
static uint64_t random_u64(void)
{
    static _Thread_local uint64_t pool[32];
    static _Thread_local size_t left;
    if (left == 0) {
        must(getrandom(pool, sizeof pool, 0) == (ssize_t)sizeof pool);
        left = COUNTOF(pool);
    }
    return pool[--left];
}

static uint64_t now_48(void)
{
    int64_t now = time_now_ms();
    return now < 0 ? 0 : (uint64_t)now & BITS_48;
}

void id_make(char out[ID_LENGTH])
{
    uint64_t now = now_48();
    uint64_t random = random_u64();
    pthread_mutex_lock(&last.lock);
    uint64_t step = (random & 0xffff) + 1;
    if (now <= last.ms && step <= BITS_48 - last.low) {
        last.low += step;
    } else {
        last.ms = now > last.ms ? now : last.ms + 1;
        last.low = random & (BITS_48 >> 1); /* the upper half is room to grow */
    }
    uint64_t halves[2] = {last.ms, last.low};
    pthread_mutex_unlock(&last.lock);
    for (size_t i = 0; i < ID_LENGTH; i++)
        out[i] = "0123456789abcdef"[(halves[i / 12] >> (44 - 4 * (i % 12))) & 15];
}

str id_new(struct arena *a)
{
    char *at = arena_get(a, ID_LENGTH, 1);
    id_make(at);
    return (str){at, ID_LENGTH};
}

bool id_valid(str s)
{
    if (s.len != ID_LENGTH)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
            return false;
    return true;
}

/* What is behind the id: "vitr". */
static const str uuid_tail = STR("76697472");
enum { UUID_DIGITS = 32 };

static bool has_dash_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

str id_uuid(struct arena *a, str id)
{
    must(id_valid(id));
    char *at = arena_get(a, UUID_LENGTH, 1);
    size_t from = 0;
    for (size_t i = 0; i < UUID_LENGTH; i++) {
        if (has_dash_at(i)) {
            at[i] = '-';
        } else {
            at[i] = from < ID_LENGTH ? id.at[from] : uuid_tail.at[from - ID_LENGTH];
            from++;
        }
    }
    return (str){at, UUID_LENGTH};
}

bool uuid_id(str uuid, char out[ID_LENGTH])
{
    char digits[UUID_DIGITS];
    size_t n = 0;
    if (uuid.len != UUID_LENGTH && uuid.len != UUID_DIGITS)
        return false;
    for (size_t i = 0; i < uuid.len; i++) {
        char c = uuid.at[i];
        if (uuid.len == UUID_LENGTH && has_dash_at(i)) {
            if (c != '-')
                return false;
            continue;
        }
        digits[n++] = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    }
    str id = {digits, ID_LENGTH}, tail = {digits + ID_LENGTH, UUID_DIGITS - ID_LENGTH};
    if (!id_valid(id) || !str_equal(tail, uuid_tail))
        return false;
    memcpy(out, digits, ID_LENGTH);
    return true;
}

void request_id_make(char out[REQUEST_ID_LENGTH])
{
    static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t ms = now_48();
    for (size_t i = 0; i < 10; i++)
        out[i] = crockford[(ms >> (45 - 5 * i)) & 31];
    uint64_t random[2] = {random_u64(), random_u64()};
    for (size_t i = 0; i < 16; i++)
        out[10 + i] = crockford[(random[i / 8] >> (5 * (i % 8))) & 31];
}
