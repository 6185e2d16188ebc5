#include "graphql/http/schemas.h"

#include <stdlib.h>

#include "base/limits.h"

/* Equal keys, equal schemas: a fingerprint tells the policy, the roles in force, the scopes of a key and the model. */
struct key {
    const struct gql_dialect *dialect;
    uint64_t epoch, fingerprint;
    bool may_introspect;
};

struct made_schema {
    struct key key;
    struct gql_schema *schema;        /* NULL: somebody is making it */
    uint64_t serial, used;
    size_t bytes;
};

struct schemas {
    pthread_mutex_t lock;
    pthread_cond_t made;
    struct shelf *documents, *answers;
    struct made_schema entries[LIMIT_GRAPHQL_SCHEMAS];
    size_t count, bytes, bytes_max;
    uint64_t epoch;                   /* the newest that was asked for */
    uint64_t serials, clock, made_count, reused;
};

struct schemas *schemas_open(size_t bytes_max, struct shelf *documents, struct shelf *answers)
{
    struct schemas *s = calloc(1, sizeof *s);
    must(s != NULL && pthread_mutex_init(&s->lock, NULL) == 0 && pthread_cond_init(&s->made, NULL) == 0);
    s->bytes_max = bytes_max;
    s->documents = documents;
    s->answers = answers;
    return s;
}

void schemas_close(struct schemas *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        counted_release(&s->entries[i].schema->counted);
    (void)pthread_cond_destroy(&s->made);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static bool same(const struct key *a, const struct key *b)
{
    return a->dialect == b->dialect && a->epoch == b->epoch && a->fingerprint == b->fingerprint &&
           a->may_introspect == b->may_introspect;
}

static struct made_schema *find(struct schemas *s, const struct key *key)
{
    for (size_t i = 0; i < s->count; i++)
        if (same(&s->entries[i].key, key))
            return &s->entries[i];
    return NULL;
}

/* What is to be let go of once the lock is not held. */
struct gone {
    struct gql_schema *schemas[LIMIT_GRAPHQL_SCHEMAS];
    uint64_t serials[LIMIT_GRAPHQL_SCHEMAS];
    size_t count;
};

static void take_out(struct schemas *s, size_t i, struct gone *gone)
{
    struct made_schema *e = &s->entries[i];
    gone->schemas[gone->count] = e->schema;
    gone->serials[gone->count++] = e->serial;
    s->bytes -= e->bytes;
    *e = s->entries[--s->count];
}

static void drop_older_models(struct schemas *s, uint64_t epoch, struct gone *gone)
{
    if (epoch <= s->epoch)
        return;
    s->epoch = epoch;
    for (size_t i = s->count; i-- > 0;)
        if (s->entries[i].schema && s->entries[i].key.epoch < epoch)
            take_out(s, i, gone);
}

/* The one that nobody asked for the longest. False: all of them are being made. */
static bool drop_oldest(struct schemas *s, struct gone *gone)
{
    size_t oldest = SIZE_MAX;
    for (size_t i = 0; i < s->count; i++)
        if (s->entries[i].schema && (oldest == SIZE_MAX || s->entries[i].used < s->entries[oldest].used))
            oldest = i;
    if (oldest != SIZE_MAX)
        take_out(s, oldest, gone);
    return oldest != SIZE_MAX;
}

static void let_go(struct schemas *s, struct gone *gone)
{
    for (size_t i = 0; i < gone->count; i++) {
        shelf_forget(s->documents, gone->serials[i]);
        shelf_forget(s->answers, gone->serials[i]);
        counted_release(&gone->schemas[i]->counted);
    }
    gone->count = 0;
}

static void use(struct schemas *s, struct made_schema *e, struct schema_use *out)
{
    e->used = ++s->clock;
    counted_use(&e->schema->counted);
    *out = (struct schema_use){e->schema, e->serial};
}

/* True: *out has it. False: the caller makes it, and a place is kept for it unless there is none. */
static bool find_or_begin(struct schemas *s, const struct key *key, struct schema_use *out, struct gone *gone)
{
    struct made_schema *e;
    drop_older_models(s, key->epoch, gone);
    while ((e = find(s, key)) != NULL && !e->schema)
        (void)pthread_cond_wait(&s->made, &s->lock);
    if (e) {
        s->reused++;
        use(s, e, out);
        return true;
    }
    *out = (struct schema_use){.serial = ++s->serials};
    s->made_count++;
    if (s->count < LIMIT_GRAPHQL_SCHEMAS || drop_oldest(s, gone))
        s->entries[s->count++] = (struct made_schema){.key = *key, .serial = out->serial};
    return false;
}

static void finish(struct schemas *s, const struct key *key, struct schema_use *made, struct gone *gone)
{
    struct made_schema *e = find(s, key);
    if (e && e->serial == made->serial) { /* another's is his, who came when there was a place */
        e->bytes = arena_bytes(made->schema->arena);
        s->bytes += e->bytes;
        e->schema = made->schema;
        use(s, e, made);
        while (s->bytes > s->bytes_max && s->count > 1 && drop_oldest(s, gone))
            continue;
    }
    (void)pthread_cond_broadcast(&s->made);
}

void schemas_get(struct schemas *s, const struct gql_dialect *d, const struct principal *who, bool may_introspect,
                 struct schema_use *out)
{
    struct key key = {d, who->rights->model->epoch, who->rights->fingerprint, may_introspect};
    struct gone gone = {.count = 0};
    (void)pthread_mutex_lock(&s->lock);
    bool found = find_or_begin(s, &key, out, &gone);
    (void)pthread_mutex_unlock(&s->lock);
    let_go(s, &gone);
    if (found)
        return;
    out->schema = d->make(who, may_introspect);
    (void)pthread_mutex_lock(&s->lock);
    finish(s, &key, out, &gone);
    (void)pthread_mutex_unlock(&s->lock);
    let_go(s, &gone);
}

void schemas_figures(struct schemas *s, struct schemas_figures *out)
{
    (void)pthread_mutex_lock(&s->lock);
    *out = (struct schemas_figures){s->made_count, s->reused, s->count};
    (void)pthread_mutex_unlock(&s->lock);
}
