#include "content/journal/checkpoint.h"

#include <assert.h>
#include <stdatomic.h>

#include "base/time.h"
#include "content/internal.h"

static const char *const kind_names[] = {[CHECKPOINT] = "checkpoint", [CHECKPOINT_TRIM] = "trim"};

static void pair_of(struct content *c, struct ed25519_pair *out)
{
    uint8_t seed[ED25519_SEED_BYTES];
    static_assert(ED25519_SEED_BYTES == DIGEST_BYTES, "a digest is a seed");
    crypt_digest(c->crypt, CRYPT_CHECKPOINT, S("vitrine journal checkpoint"), seed);
    ed25519_pair_of(seed, out);
    crypt_wipe(seed, sizeof seed);
}

static str hex(struct arena *a, const void *bytes, size_t n)
{
    struct buf b;
    buf_init(&b, a, 2 * n + 1);
    buf_hex(&b, bytes, n);
    return buf_str(&b);
}

static str id_of(struct arena *a, const struct ed25519_pair *pair)
{
    uint8_t digest[32];
    crypt_sha256((str){(const char *)pair->public, sizeof pair->public}, digest);
    return hex(a, digest, 8);
}

void checkpoint_key(struct content *c, str *id, str *public_key, struct arena *a)
{
    struct ed25519_pair pair;
    pair_of(c, &pair);
    *id = id_of(a, &pair);
    *public_key = hex(a, pair.public, sizeof pair.public);
    crypt_wipe(&pair, sizeof pair);
}

/* Lines that anybody can put together again from a log line. */
static str text_of(struct arena *a, enum checkpoint_kind kind, uint64_t seq, str mac, int64_t at_ms)
{
    return arena_format(a, "vitrine journal %s\nseq %llu\nmac " STR_FMT "\nat_ms %lld\n", kind_names[kind],
                        (unsigned long long)seq, STR_ARG(hex(a, mac.at, mac.len)), (long long)at_ms);
}

enum err checkpoint_put(struct content *c, struct txn *t, enum checkpoint_kind kind, uint64_t seq, str mac, int64_t at_ms,
                        struct problem *why)
{
    struct arena *a = why->arena;
    struct ed25519_pair pair;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    pair_of(c, &pair);
    ed25519_sign(pair.secret, text_of(a, kind, seq, mac, at_ms), signature);
    struct cell row[] = {
        CELL_OF_TEXT(str_of(kind_names[kind])),
        CELL_OF_INT((int64_t)seq),
        CELL_OF_BLOB(mac),
        CELL_OF_INT(at_ms),
        CELL_OF_TEXT(id_of(a, &pair)),
        CELL_OF_BLOB(((str){(const char *)signature, sizeof signature})),
    };
    crypt_wipe(&pair, sizeof pair);
    return fixed_write(c, t, FIXED_checkpoint_put, row, COUNTOF(row), why);
}

bool checkpoint_is_signed(struct content *c, enum checkpoint_kind kind, const struct checkpoint *p)
{
    struct arena *a = arena_open(1024);
    struct ed25519_pair pair;
    pair_of(c, &pair);
    str text = text_of(a, kind, p->seq, p->mac, p->at_ms), own = {(const char *)pair.public, sizeof pair.public};
    bool good = str_equal(p->key, id_of(a, &pair)) && ed25519_verify(own, text, p->signature);
    crypt_wipe(&pair, sizeof pair);
    arena_close(a);
    return good;
}

struct checkpoint_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    struct checkpoint *list;
    size_t count, room;
};

static str kept(struct arena *a, const struct cell *c)
{
    return c->type == CELL_TEXT || c->type == CELL_BLOB ? arena_copy(a, c->text) : (str){0};
}

static enum err take_checkpoint(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct checkpoint_sink *s = (struct checkpoint_sink *)(void *)self;
    const struct cell *c = row->cells;
    (void)why;
    must(s->count < s->room);
    s->list[s->count++] = (struct checkpoint){.seq = (uint64_t)c[0].integer,
                                              .mac = kept(s->arena, &c[1]),
                                              .at_ms = c[2].integer,
                                              .key = kept(s->arena, &c[3]),
                                              .signature = kept(s->arena, &c[4])};
    return ERR_OK;
}

enum err checkpoints_read(struct content *c, struct txn *t, enum checkpoint_kind kind, uint64_t after, size_t max,
                          struct arena *a, struct checkpoint **out, size_t *count, struct problem *why)
{
    struct checkpoint_sink s = {{take_checkpoint}, a, NEW_N(a, struct checkpoint, max), 0, max};
    struct cell parameters[] = {CELL_OF_TEXT(str_of(kind_names[kind])), CELL_OF_INT((int64_t)after),
                                CELL_OF_INT((int64_t)max)};
    struct fixed_call call = {FIXED_checkpoint_since, parameters, COUNTOF(parameters)};
    TRY(c->ops->read(t, NULL, &call, &s.sink, why));
    *out = s.list;
    *count = s.count;
    return ERR_OK;
}

enum err checkpoint_newest(struct content *c, struct txn *t, enum checkpoint_kind kind, struct arena *a,
                           struct checkpoint **out, struct problem *why)
{
    struct checkpoint_sink s = {{take_checkpoint}, a, NEW(a, struct checkpoint), 0, 1};
    struct cell name = CELL_OF_TEXT(str_of(kind_names[kind]));
    struct fixed_call call = {FIXED_checkpoint_last, &name, 1};
    TRY(c->ops->read(t, NULL, &call, &s.sink, why));
    *out = s.count ? s.list : NULL;
    return ERR_OK;
}

enum err journal_checkpoints(struct content *c, uint64_t after, size_t max, struct arena *a, struct checkpoint **out,
                             size_t *count, struct problem *why)
{
    struct txn *t = NULL;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = checkpoints_read(c, t, CHECKPOINT, after, max, a, out, count, why);
    c->ops->abandon(t);
    return e;
}

struct tail {
    struct row_sink sink; /* first */
    struct arena *arena;
    uint64_t seq;
    str mac;
};

static enum err take_tail(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct tail *s = (struct tail *)(void *)self;
    (void)why;
    s->seq = (uint64_t)row->cells[0].integer;
    s->mac = kept(s->arena, &row->cells[1]);
    return ERR_OK;
}

struct checkpoint_job {
    struct job job; /* first */
    struct content *content;
    int64_t oldest_ms;                /* a newer one will do */
    uint64_t seq;                     /* signed for, now or then */
    int64_t at_ms;
};

static enum err sign_tail(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct checkpoint_job *j = (struct checkpoint_job *)(void *)self;
    struct content *c = j->content;
    struct tail tail = {.sink = {take_tail}, .arena = why->arena};
    struct checkpoint *last = NULL;
    TRY(c->ops->read(t, NULL, &(struct fixed_call){FIXED_journal_tail, NULL, 0}, &tail.sink, why));
    TRY(checkpoint_newest(c, t, CHECKPOINT, why->arena, &last, why));
    if (last && (last->seq >= tail.seq || last->at_ms > j->oldest_ms)) {
        j->seq = last->seq;
        j->at_ms = last->at_ms;
        return ERR_OK;
    }
    j->seq = tail.seq;
    j->at_ms = time_now_ms();
    if (str_is_absent(tail.mac)) /* nothing but what is older than the chain */
        return ERR_OK;
    *wrote = true;
    return checkpoint_put(c, t, CHECKPOINT, tail.seq, tail.mac, j->at_ms, why);
}

/* Is it time to look? What was found then is remembered: a look costs a transaction. */
static bool wants_signature(struct content *c, int64_t age_ms, int64_t now)
{
    int64_t signed_ms = atomic_load(&c->signed_ms);
    bool is_fresh = age_ms > 0 && now >= signed_ms && now - signed_ms < age_ms; /* not after a clock turned back */
    return !c->read_only && !is_fresh && journal_last(c) != atomic_load(&c->signed_to);
}

enum err journal_sign(struct content *c, int64_t age_ms, struct problem *why)
{
    struct epochs unused;
    int64_t now = time_now_ms();
    TRY(content_catch_up(c, &unused, why));
    if (!wants_signature(c, age_ms, now))
        return ERR_OK;
    struct checkpoint_job j = {.job = {sign_tail, NULL}, .content = c, .oldest_ms = now - age_ms};
    TRY(writer_run(c->writer, &j.job, why));
    atomic_store(&c->signed_to, j.seq);
    atomic_store(&c->signed_ms, j.at_ms);
    return ERR_OK;
}
