#include "roles/registry/memory.h"

#include <pthread.h>
#include <stdlib.h>

#define SHARDS 16u                    /* so that threads that serve different images do not wait for each other */
#define PLACES (REMEMBERED_PLACES / SHARDS)
#define SHARD_BYTES (REMEMBERED_BYTES_MAX / SHARDS)

/* The texts of a place, one behind the other in one piece of memory. */
enum text { TEXT_REPOSITORY, TEXT_REFERENCE, TEXT_REPOSITORY_ID, TEXT_MANIFEST_ID, TEXT_TAG_ID, TEXT_DIGEST, TEXT_MEDIA_TYPE, TEXT_BYTES, TEXTS };

struct place {
    uint64_t fingerprint, stamp, size;
    char *memory;                     /* NULL: free */
    size_t used;                      /* bytes of memory */
    uint32_t length[TEXTS];
};

struct shard {
    pthread_mutex_t lock;             /* guards the rest; nothing is called under it */
    size_t used, hand;                /* hand: the place that is emptied next when there is too much */
    struct place places[PLACES];
};

struct manifest_memory {
    struct shard shards[SHARDS];
    struct hits hits;
};

const struct hits *manifest_memory_hits(const struct manifest_memory *m)
{
    return &m->hits;
}

struct manifest_memory *manifest_memory_open(void)
{
    struct manifest_memory *m = calloc(1, sizeof *m);
    must(m != NULL);
    for (size_t i = 0; i < SHARDS; i++)
        must(pthread_mutex_init(&m->shards[i].lock, NULL) == 0);
    return m;
}

static void empty(struct shard *s, struct place *p)
{
    s->used -= p->used;
    free(p->memory);
    *p = (struct place){0};
}

void manifest_memory_close(struct manifest_memory *m)
{
    for (size_t i = 0; m && i < SHARDS; i++) {
        for (size_t k = 0; k < PLACES; k++)
            empty(&m->shards[i], &m->shards[i].places[k]);
        (void)pthread_mutex_destroy(&m->shards[i].lock);
    }
    free(m);
}

/* ---- keys ---- */

/* The caller's own look at each of them: gate_stamp() knows what his rights hang on beside. */
bool manifest_key(struct gate *g, const struct principal *who, str repository, str reference, struct manifest_key *out)
{
    static const str made_of[] = {STR("repositories"), STR("tags"), STR("manifests"), STR("blobs")};
    *out = (struct manifest_key){.fingerprint = who->rights->fingerprint, .repository = repository, .reference = reference};
    for (size_t i = 0; i < COUNTOF(made_of); i++) {
        struct query q = {.from = model_find(who->rights->model, made_of[i]), .limit = 1};
        uint64_t stamp = gate_stamp(g, who, &q);
        if (stamp == 0)
            return false;
        out->stamp = (out->stamp ^ stamp) * 0x9E3779B97F4A7C15u;
    }
    return !who->rights->uses_vars;
}

static struct shard *shard_of(struct manifest_memory *m, const struct manifest_key *key, struct place **place)
{
    uint64_t hash = (str_hash(key->repository) * 31 + str_hash(key->reference)) * 31 + key->fingerprint;
    hash ^= hash >> 29;
    struct shard *s = &m->shards[hash % SHARDS];
    *place = &s->places[hash / SHARDS % PLACES];
    return s;
}

/* ---- places ---- */

static str text_of(const struct place *p, enum text which)
{
    const char *at = p->memory;
    for (enum text t = 0; t < which; t++)
        at += p->length[t];
    return (str){at, p->length[which]};
}

static bool is_of(const struct place *p, const struct manifest_key *key)
{
    return p->memory && p->fingerprint == key->fingerprint && p->stamp == key->stamp &&
           str_equal(text_of(p, TEXT_REFERENCE), key->reference) && str_equal(text_of(p, TEXT_REPOSITORY), key->repository);
}

static str taken(struct arena *a, const struct place *p, enum text which)
{
    str text = text_of(p, which);
    return text.len ? arena_copy(a, text) : (str){0};
}

bool manifest_recall(struct manifest_memory *m, const struct manifest_key *key, bool needs_bytes, struct arena *a,
                     struct known_manifest *out)
{
    struct place *p;
    struct shard *s = shard_of(m, key, &p);
    (void)pthread_mutex_lock(&s->lock);
    bool is_there = is_of(p, key) && (!needs_bytes || p->length[TEXT_BYTES] > 0);
    if (is_there)
        *out = (struct known_manifest){.repository_id = taken(a, p, TEXT_REPOSITORY_ID), .manifest_id = taken(a, p, TEXT_MANIFEST_ID),
                                       .tag_id = taken(a, p, TEXT_TAG_ID), .digest = taken(a, p, TEXT_DIGEST), .media_type = taken(a, p, TEXT_MEDIA_TYPE),
                                       .bytes = needs_bytes ? taken(a, p, TEXT_BYTES) : (str){0}, .size = p->size};
    (void)pthread_mutex_unlock(&s->lock);
    return hits_count(&m->hits, is_there);
}

static void make_room(struct shard *s, size_t bytes)
{
    while (s->used + bytes > SHARD_BYTES) {
        empty(s, &s->places[s->hand]);
        s->hand = (s->hand + 1) % PLACES;
    }
}

void manifest_remember(struct manifest_memory *m, const struct manifest_key *key, const struct known_manifest *k)
{
    const str texts[TEXTS] = {key->repository, key->reference, k->repository_id, k->manifest_id, k->tag_id, k->digest, k->media_type,
                              k->bytes.len <= REMEMBERED_BYTES ? k->bytes : (str){0}};
    struct place one = {.fingerprint = key->fingerprint, .stamp = key->stamp, .size = k->size}, *p;
    for (size_t i = 0; i < TEXTS; i++) {
        one.length[i] = (uint32_t)texts[i].len;
        one.used += texts[i].len;
    }
    char *at = one.memory = malloc(one.used);
    if (!at) /* then it is looked up again */
        return;
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i].len)
            memcpy(at, texts[i].at, texts[i].len);
        at += texts[i].len;
    }
    struct shard *s = shard_of(m, key, &p);
    (void)pthread_mutex_lock(&s->lock);
    empty(s, p);
    make_room(s, one.used);
    *p = one;
    s->used += one.used;
    (void)pthread_mutex_unlock(&s->lock);
}
