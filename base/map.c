/* Entries lie side by side in order of insertion; a table of their numbers, twice as wide as they
 * are many, finds them by open addressing. The hash is SipHash-1-3 with a key that this process
 * made up: a client that chooses keys cannot choose collisions. That key is one of base's few
 * statics. */
#include "base/map.h"

#include <pthread.h>
#include <sys/random.h>

struct entry {
    str key;
    void *value;
    uint64_t hash;
};

struct map {
    struct arena *arena;
    struct entry *entries;
    uint32_t *table; /* 1 + index of the entry; 0: free */
    size_t count, room, mask;
};

static uint64_t hash_key[2];
static pthread_once_t hash_once = PTHREAD_ONCE_INIT;

static void make_hash_key(void)
{
    must(getrandom(hash_key, sizeof hash_key, 0) == (ssize_t)sizeof hash_key);
}

static uint64_t turn(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = turn(v[1], 13) ^ v[0];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] = turn(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = turn(v[1], 17) ^ v[2];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] = turn(v[2], 32);
}

uint64_t map_hash(str s)
{
    pthread_once(&hash_once, make_hash_key);
    uint64_t v[4] = {hash_key[0] ^ 0x736f6d6570736575u, hash_key[1] ^ 0x646f72616e646f6du,
                     hash_key[0] ^ 0x6c7967656e657261u, hash_key[1] ^ 0x7465646279746573u};
    uint64_t word = 0;
    size_t i = 0;
    for (; s.len - i >= 8; i += 8) {
        memcpy(&word, s.at + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)s.len << 56;
    for (size_t shift = 0; i < s.len; i++, shift += 8)
        word |= (uint64_t)(unsigned char)s.at[i] << shift;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void make_room(struct map *m, size_t room)
{
    must(room < UINT32_MAX / 2);
    m->entries = arena_grow(m->arena, m->entries, m->count * sizeof(struct entry),
                            room * sizeof(struct entry));
    m->room = room;
    m->mask = 2 * room - 1;
    m->table = NEW_N(m->arena, uint32_t, 2 * room);
    for (size_t i = 0; i < m->count; i++) {
        size_t at = m->entries[i].hash & m->mask;
        while (m->table[at] != 0)
            at = (at + 1) & m->mask;
        m->table[at] = (uint32_t)i + 1;
    }
}

struct map *map_new(struct arena *a, size_t expected)
{
    struct map *m = NEW(a, struct map);
    m->arena = a;
    size_t room = 8;
    while (room < expected)
        room *= 2;
    make_room(m, room);
    return m;
}

/* The place in the table where the key is, or where it would go. */
static size_t find(const struct map *m, str key, uint64_t hash)
{
    size_t at = hash & m->mask;
    while (m->table[at] != 0) {
        const struct entry *e = &m->entries[m->table[at] - 1];
        if (e->hash == hash && str_equal(e->key, key))
            break;
        at = (at + 1) & m->mask;
    }
    return at;
}

void *map_put(struct map *m, str key, void *value)
{
    must(value != NULL);
    uint64_t hash = map_hash(key);
    size_t at = find(m, key, hash);
    if (m->table[at] != 0) {
        struct entry *e = &m->entries[m->table[at] - 1];
        void *before = e->value;
        e->key = key;
        e->value = value;
        return before;
    }
    if (m->count == m->room) {
        make_room(m, 2 * m->room);
        at = find(m, key, hash);
    }
    m->entries[m->count] = (struct entry){.key = key, .value = value, .hash = hash};
    m->table[at] = (uint32_t)++m->count;
    return NULL;
}

void *map_get(const struct map *m, str key)
{
    if (m->count == 0)
        return NULL;
    size_t at = find(m, key, map_hash(key));
    return m->table[at] == 0 ? NULL : m->entries[m->table[at] - 1].value;
}

size_t map_count(const struct map *m)
{
    return m->count;
}

bool map_each(const struct map *m, size_t *cursor, str *key, void **value)
{
    if (*cursor >= m->count)
        return false;
    const struct entry *e = &m->entries[(*cursor)++];
    *key = e->key;
    *value = e->value;
    return true;
}
