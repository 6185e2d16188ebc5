/* What somebody is told: from the window, or for himself while he is behind it. */
#include "roles/feed/part.h"

#include "base/limits.h"
#include "base/time.h"
#include "content/journal/reads.h"
#include "roles/feed/window.h"

#define BEHIND_BLOCK 500u             /* entries of one reading by oneself */

/* By what is cheap to know: most entries are not looked at any further. */
static bool may_be_wanted(const struct feed *f, const struct entry *e)
{
    const struct feed_wish *w = &f->wish;
    if (journal_is_note(e->verb))
        return f->wants_notes;
    if (str_equal(e->verb, VERB_USED) && !f->wants_used)
        return false;
    return (w->collection_count == 0 || feed_names(w->collections, w->collection_count, e->collection)) &&
           (str_is_absent(w->item) || str_equal(w->item, e->item));
}

struct reading {
    struct feed *feed;
    struct arena *arena;
    struct problem *why;
    struct looker looker;
    struct feed_event *events;
    size_t count, max, room;
    size_t looked_at;
    uint64_t at;
    bool shows_who;
};

static void add(struct reading *r, const struct entry *e, const struct seen *seen)
{
    if (r->count == r->room) {
        size_t room = r->room ? r->room * 2 : 8;
        r->events = arena_grow(r->arena, r->events, r->room * sizeof *r->events, room * sizeof *r->events);
        r->room = room;
    }
    struct arena *a = r->arena; /* the block is given back before the event is told */
    struct feed_event *v = &r->events[r->count++];
    *v = (struct feed_event){.seq = e->seq,
                             .tx = e->tx,
                             .at_ms = e->at_ms,
                             .collection = arena_copy(a, e->collection),
                             .item = arena_copy(a, e->item),
                             .seen = *seen,
                             .revision = e->revision};
    v->seen.verb = arena_copy(a, seen->verb);
    if (!r->shows_who)
        return;
    v->who = arena_copy(a, e->who);
    v->via = arena_copy(a, e->via);
    v->request_id = arena_copy(a, e->request_id);
    v->user = arena_copy(a, e->user);
}

static enum err look(struct reading *r, const struct block *b, const struct news *n)
{
    const struct feed_wish *w = &r->feed->wish;
    struct seen seen;
    struct news own;
    if (!may_be_wanted(r->feed, &n->entry))
        return ERR_OK;
    if (!b->is_read) {
        news_read(&n->entry, r->arena, &own);
        n = &own;
    }
    TRY(look_at(&r->looker, n, r->feed->where, &seen));
    if (seen.sight != SIGHT_NOTHING && (w->verb_count == 0 || feed_names(w->verbs, w->verb_count, seen.verb)))
        add(r, &n->entry, &seen);
    return ERR_OK;
}

static enum err look_through(struct reading *r, const struct block *b)
{
    for (size_t i = 0; i < b->count && r->count < r->max; i++) {
        if (b->news[i].entry.seq <= r->at)
            continue;
        TRY(look(r, b, &b->news[i]));
        r->at = b->news[i].entry.seq;
        r->looked_at++;
    }
    return ERR_OK;
}

static void release(void *block)
{
    counted_release(&((struct block *)block)->counted);
}

/* What there is behind the place; *b NULL: nothing yet. */
static enum err next_block(struct feed *f, uint64_t at, struct block **b, struct problem *why)
{
    uint64_t first, last;
    if (window_find(f->by.gate->window, at, b) && (*b || f->is_counted))
        return ERR_OK;
    TRY(gate_catch_up(f->by.gate, why));
    if (at >= journal_last(f->by.gate->content))
        return ERR_OK;
    window_count(f->by.gate->window, 0, 1);
    TRY(block_read(f->by.gate->content, at, BEHIND_BLOCK, false, b, why));
    bool follows = *b && (*b)->first == at + 1;
    enum err e = follows ? gate_catch_up(f->by.gate, why) : ERR_OK; /* who may what as of these entries */
    if (follows && e == ERR_OK)
        return ERR_OK;
    counted_release(*b ? &(*b)->counted : NULL);
    *b = NULL;
    TRY(e);
    TRY(feed_bounds(f->by.gate->content, &first, &last, why));
    return feed_refuse_gone(first, last, why);
}

static enum err look_into(struct reading *r, const struct block *b)
{
    struct feed *f = r->feed;
    const struct collection *journal = model_find(f->by.who->rights->model, S("journal"));
    r->shows_who = gate_may_all(f->by.who, VERB_READ, journal);
    looker_begin(&r->looker, f->by.gate->content, f->by.who->rights, &f->by.who->actor, r->arena, r->why);
    enum err e = look_through(r, b);
    looker_end(&r->looker);
    return e;
}

static enum err look_once(struct reading *r, bool *nothing)
{
    struct block *b = NULL;
    TRY(next_block(r->feed, r->at, &b, r->why));
    *nothing = !b;
    enum err e = feed_ask(r->feed, r->why); /* after: by no older rights than these entries */
    if (e == ERR_OK && b)
        e = look_into(r, b);
    if (b && r->count > 0)
        arena_on_close(r->arena, release, b); /* what is told of it is in it */
    else if (b)
        counted_release(&b->counted);
    return e;
}

/* Until there is news, or somebody has to be asked again who he is. */
static enum err wait(struct feed *f, uint64_t at, int64_t until_us, struct problem *why)
{
    int64_t now_ms = time_now_ms(), wake_ms = f->by.asked_ms + LIMIT_FEED_ASK_MS;
    if (f->by.who->expires_ms && f->by.who->expires_ms < wake_ms)
        wake_ms = f->by.who->expires_ms;
    int64_t wake_us = time_mono_us() + (wake_ms > now_ms ? (wake_ms - now_ms) * 1000 : 0);
    int64_t since = time_mono_us();
    enum err e = window_wait(f->by.gate->window, at, f->by.stamp, wake_us < until_us ? wake_us : until_us, why);
    f->waited_us += time_mono_us() - since;
    return e;
}

static enum err read_on(struct reading *r, int64_t until_us)
{
    size_t most = arena_bytes(r->arena) + LIMIT_FEED_BYTES;
    bool nothing = false;
    for (;;) {
        TRY(look_once(r, &nothing));
        if (r->count > 0 || r->looked_at >= LIMIT_FEED_LOOK || arena_bytes(r->arena) > most)
            return ERR_OK;
        if (!nothing)
            continue;
        if (!r->feed->is_counted || time_mono_us() >= until_us)
            return ERR_OK;
        TRY(wait(r->feed, r->at, until_us, r->why));
    }
}

/* Being told of a change is a read of what is told. */
static enum err note_reads(const struct reading *r)
{
    const struct onlooker *by = &r->feed->by;
    struct reads *reads = r->count > 0 ? reads_begin(r->arena, by->who->rights->model) : NULL;
    for (size_t i = 0; reads && i < r->count; i++) {
        const struct seen *s = &r->events[i].seen;
        const struct json *most = s->after ? s->after : s->before;
        if (s->in && most)
            reads_image(reads, s->in, r->events[i].item, most);
    }
    return reads_note(by->gate->content, reads, &by->who->actor, r->why);
}

enum err gate_feed_read(struct feed *f, struct arena *a, size_t max, int wait_ms, struct feed_batch *out, struct problem *why)
{
    struct reading r = {.feed = f, .arena = a, .why = why, .max = max < LIMIT_FEED_EVENTS ? max : LIMIT_FEED_EVENTS, .at = f->last};
    must(max > 0);
    f->waited_us = 0;
    TRY(read_on(&r, time_mono_us() + (int64_t)wait_ms * 1000));
    TRY(note_reads(&r));
    if (r.count > 0)
        window_count(f->by.gate->window, r.count, 0);
    f->last = r.at;
    *out = (struct feed_batch){.events = r.events, .count = r.count, .last = r.at, .more = r.at < journal_last(f->by.gate->content),
                                .waited_us = f->waited_us};
    return ERR_OK;
}
