#include "roles/notes.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/journal/journal.h"
#include "roles/internal.h"

#define BUCKETS 1024u
#define TEXT_BYTES 640u

/* One sort of note: how often it was taken since it was last written, when it may be written again. */
struct memo {
    uint64_t hash;                    /* of the parts that make it what it is; keyed, so nobody makes two alike */
    struct note note;                 /* texts in `text` */
    uint64_t count;                   /* 0: resting */
    bool in_use;
    uint64_t place;                   /* among those that wait, by when they began to */
    int64_t first_ms, last_ms, due_ms;
    struct memo *next;                /* in its bucket, or free */
    char text[TEXT_BYTES];
};

struct notes {
    pthread_mutex_t lock;             /* guards everything; nothing is called under it */
    struct memo *buckets[BUCKETS];
    struct memo *unused;
    size_t begun; /* of the memos; the others have never been touched, and take no memory yet */
    struct memo memos[LIMIT_NOTES];
    uint64_t lost, places;
    int64_t hour_ms;                  /* when the hour began … */
    uint32_t refusals;                /* … of which so many entries tell of something refused */
    bool is_full;                     /* of memos that wait: until the next tick none can be made room for */
};

/* The parts of a note, how much of each is kept, and whether it tells two notes apart. */
static const struct {
    size_t offset, most;
    bool tells;
} parts[] = {
    {offsetof(struct note, verb), 32, true},        {offsetof(struct note, collection), 64, true},
    {offsetof(struct note, item), 64, true},        {offsetof(struct note, who), 160, true},
    {offsetof(struct note, user), 32, true},        {offsetof(struct note, address), 64, true},
    {offsetof(struct note, strength), 32, true},    {offsetof(struct note, reason), 64, true},
    {offsetof(struct note, via), 32, false},        {offsetof(struct note, request_id), 64, false},
};
static_assert(32 + 64 + 64 + 160 + 32 + 64 + 32 + 64 + 32 + 64 <= TEXT_BYTES, "every part has its room");

static str *part_of(struct note *n, size_t i)
{
    return (str *)(void *)((char *)n + parts[i].offset);
}

struct note note_for(const struct exchange *x, str verb)
{
    struct note n = {.verb = verb, .via = S("rest"), .who = S("public")};
    if (x->who)
        n = note_by(x->who, verb);
    n.request_id = x->request_id;
    n.address = x->peer;
    return n;
}

struct note note_by(const struct principal *who, str verb)
{
    return (struct note){.verb = verb,
                         .who = who->actor.label,
                         .user = who->user_id,
                         .via = who->actor.via,
                         .request_id = who->actor.request_id,
                         .address = who->actor.vars.ip};
}

struct notes *notes_open(void)
{
    struct notes *n = calloc(1, sizeof *n);
    must(n != NULL && pthread_mutex_init(&n->lock, NULL) == 0);
    return n;
}

void notes_close(struct notes *n)
{
    if (!n)
        return;
    (void)pthread_mutex_destroy(&n->lock);
    free(n);
}

static struct memo **place_of(struct notes *n, uint64_t hash)
{
    struct memo **at = &n->buckets[hash % BUCKETS];
    while (*at && (*at)->hash != hash)
        at = &(*at)->next;
    return at;
}

static void forget(struct notes *n, struct memo *s)
{
    *place_of(n, s->hash) = s->next;
    s->next = n->unused;
    s->in_use = false;
    n->unused = s;
}

/* A sort that rests is only remembered so that it is not written too often: it goes first. */
static struct memo *make_room(struct notes *n)
{
    struct memo *oldest = NULL;
    if (!n->unused && n->begun < LIMIT_NOTES)
        return &n->memos[n->begun++];
    for (size_t i = 0; !n->unused && !n->is_full && i < LIMIT_NOTES; i++)
        if (n->memos[i].count == 0 && (!oldest || n->memos[i].due_ms < oldest->due_ms))
            oldest = &n->memos[i];
    if (oldest)
        forget(n, oldest);
    struct memo *s = n->unused;
    n->is_full = s == NULL;
    if (s)
        n->unused = s->next;
    return s;
}

static struct memo *begin(struct notes *n, const struct note *cut_note, uint64_t hash, int64_t now)
{
    struct memo *s = make_room(n);
    if (!s)
        return NULL;
    char *at = s->text;
    *s = (struct memo){.hash = hash, .note = *cut_note, .in_use = true, .due_ms = now, .next = n->buckets[hash % BUCKETS]};
    for (size_t i = 0; i < COUNTOF(parts); i++) {
        str *part = part_of(&s->note, i);
        if (part->len)
            memcpy(at, part->at, part->len);
        *part = (str){part->at ? at : NULL, part->len};
        at += part->len;
    }
    n->buckets[hash % BUCKETS] = s;
    return s;
}

static bool is_refusal(str verb)
{
    return str_equal(verb, NOTE_CREDENTIAL_REFUSED) || str_equal(verb, NOTE_ACCESS_DENIED) || str_equal(verb, NOTE_SIGN_IN_REFUSED);
}

/* What tells two notes apart. Whoever is refused has as many IPv6 addresses as he likes: their network counts. */
static uint64_t telling(const struct note *n, str part, bool is_address)
{
    char room[THROTTLE_NETWORK_BYTES];
    return map_hash(is_address && is_refusal(n->verb) ? throttle_network(part, room) : part);
}

void notes_add(struct notes *notes, const struct note *note)
{
    struct note own = *note;
    uint64_t hash = 0;
    if (!notes)
        return;
    for (size_t i = 0; i < COUNTOF(parts); i++) {
        str *part = part_of(&own, i);
        *part = utf8_cut(*part, parts[i].most);
        if (parts[i].tells)
            hash = hash * 31 + telling(&own, *part, parts[i].offset == offsetof(struct note, address));
    }
    int64_t now = time_now_ms();
    (void)pthread_mutex_lock(&notes->lock);
    struct memo *s = *place_of(notes, hash);
    if (!s)
        s = begin(notes, &own, hash, now);
    if (!s)
        notes->lost++;
    else if (s->count++ == 0) {
        s->first_ms = now;
        s->place = notes->places++;
    }
    if (s)
        s->last_ms = now;
    (void)pthread_mutex_unlock(&notes->lock);
}

static int64_t rest_ms(const struct note *n)
{
    return 1000 * (int64_t)(str_equal(n->verb, NOTE_KEY_USED) ? LIMIT_NOTE_KEY_REST_S : LIMIT_NOTE_REST_S);
}

/* What one tick takes out, to be written without the lock. */
struct taken {
    struct memo *from;
    uint64_t hash, count, place;
    struct entry entry;
};

struct batch {
    struct arena *arena;
    struct taken taken[LIMIT_NOTES_AT_ONCE];
    size_t count;
    uint64_t lost;
};

static void add_member(struct json *members, uint32_t *count, str name, struct json value)
{
    members[(*count)++] = json_named(name, value);
}

static str details(struct arena *a, const struct memo *s)
{
    struct json members[5];
    uint32_t count = 0;
    struct buf last;
    if (!str_is_absent(s->note.address))
        add_member(members, &count, S("address"), json_of_text(s->note.address));
    if (!str_is_absent(s->note.strength))
        add_member(members, &count, S("strength"), json_of_text(s->note.strength));
    if (!str_is_absent(s->note.reason))
        add_member(members, &count, S("reason"), json_of_text(s->note.reason));
    add_member(members, &count, S("count"), json_of_int((int64_t)s->count));
    buf_init(&last, a, 64);
    time_write(&last, s->last_ms);
    if (s->count > 1)
        add_member(members, &count, S("last"), json_of_text(buf_str(&last)));
    struct json all = json_of_map(members, count);
    return json_print(a, &all);
}

static str kept(struct arena *a, str s)
{
    return str_is_absent(s) ? s : arena_copy(a, s);
}

static void take(struct batch *b, struct memo *s, int64_t now)
{
    struct arena *a = b->arena;
    struct taken *t = &b->taken[b->count++];
    *t = (struct taken){.from = s, .hash = s->hash, .count = s->count, .place = s->place};
    t->entry = (struct entry){
        .at_ms = s->first_ms,
        .who = kept(a, s->note.who),
        .via = kept(a, s->note.via),
        .request_id = kept(a, s->note.request_id),
        .user = kept(a, s->note.user),
        .collection = kept(a, s->note.collection),
        .item = kept(a, s->note.item),
        .verb = kept(a, s->note.verb),
        .after = details(a, s),
    };
    s->count = 0;
    s->due_ms = now + rest_ms(&s->note);
}

/* A clock that was turned back must not keep anything waiting for the time it was wrong by. */
static bool is_due(const struct memo *s, int64_t now)
{
    return s->due_ms <= now || s->due_ms > now + rest_ms(&s->note);
}

/* A flood fills no disk. */
static bool is_too_many(struct notes *n, const struct memo *s, int64_t now)
{
    if (!is_refusal(s->note.verb))
        return false;
    if (now < n->hour_ms || now - n->hour_ms >= 3600000) {
        n->hour_ms = now;
        n->refusals = 0;
    }
    if (n->refusals == LIMIT_NOTE_REFUSALS)
        return true;
    n->refusals++;
    return false;
}

static void gather(struct notes *n, bool all, int64_t now, struct batch *b)
{
    (void)pthread_mutex_lock(&n->lock);
    for (size_t i = 0; i < n->begun && b->count < LIMIT_NOTES_AT_ONCE; i++) {
        struct memo *s = &n->memos[i];
        if (!s->in_use || (!all && !is_due(s, now)))
            continue;
        if (s->count > 0 && !is_too_many(n, s, now)) {
            take(b, s, now);
        } else {
            n->lost += s->count;
            forget(n, s);
        }
    }
    b->lost = n->lost;
    n->lost = 0;
    n->is_full = false;
    (void)pthread_mutex_unlock(&n->lock);
}

/* Nothing was written: it waits on, unless its place was taken meanwhile. */
static void give_back(struct notes *n, const struct batch *b, int64_t now)
{
    (void)pthread_mutex_lock(&n->lock);
    n->lost += b->lost;
    for (size_t i = 0; i < b->count; i++) {
        const struct taken *t = &b->taken[i];
        if (!t->from->in_use || t->from->hash != t->hash) {
            n->lost += t->count;
            continue;
        }
        t->from->count += t->count;
        t->from->first_ms = t->entry.at_ms;
        t->from->place = t->place;
        t->from->due_ms = now;
    }
    (void)pthread_mutex_unlock(&n->lock);
}

static int by_place(const void *a, const void *b)
{
    uint64_t x = ((const struct taken *)a)->place, y = ((const struct taken *)b)->place;
    return x < y ? -1 : x > y;
}

static struct entry *entries_of(struct batch *b, int64_t now, size_t *count)
{
    struct entry *entries = NEW_N(b->arena, struct entry, b->count + 1);
    qsort(b->taken, b->count, sizeof b->taken[0], by_place);
    for (size_t i = 0; i < b->count; i++)
        entries[i] = b->taken[i].entry;
    *count = b->count;
    if (b->lost > 0) {
        struct json member = json_named(S("count"), json_of_int((int64_t)b->lost)), map = json_of_map(&member, 1);
        entries[(*count)++] = (struct entry){
            .at_ms = now, .who = S("system"), .via = S("system"), .verb = NOTE_LOST, .after = json_print(b->arena, &map)};
    }
    return entries;
}

static enum err write_some(struct notes *n, struct content *content, bool all, size_t *written, struct problem *why)
{
    int64_t now = time_now_ms();
    struct batch *b = NEW(why->arena, struct batch);
    b->arena = why->arena;
    gather(n, all, now, b);
    *written = b->count;
    size_t count = 0;
    struct entry *entries = entries_of(b, now, &count);
    if (count == 0)
        return ERR_OK;
    enum err e = journal_note(content, entries, count, why);
    if (e != ERR_OK)
        give_back(n, b, now);
    return e;
}

enum err notes_write(struct notes *n, struct content *content, bool all, struct problem *why)
{
    size_t written = 0;
    do
        TRY(write_some(n, content, all, &written, why));
    while (all && written == LIMIT_NOTES_AT_ONCE);
    return ERR_OK;
}
