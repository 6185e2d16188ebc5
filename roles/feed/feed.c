#include "roles/feed/part.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"
#include "roles/feed/window.h"

/* ------ who looks */

static enum err read_filter(struct feed *f, const struct principal *who, struct arena *a, const struct filter **out, struct problem *why)
{
    const struct collection *c = NULL;
    struct filter_options options = {.dialect = JSON_5, .reader = who->rights, .where = S("filter")};
    *out = NULL;
    if (!f->wish.filter)
        return ERR_OK;
    TRY(gate_collection(f->by.gate, who, f->wish.collections[0], &c, why));
    TRY(filter_read(a, who->rights->model, c, f->wish.filter, &options, out, why));
    return ERR_OK;
}

static enum err check_collection(struct feed *f, const struct principal *who, str name, struct problem *why)
{
    const struct collection *c = NULL;
    TRY(gate_collection(f->by.gate, who, name, &c, why));
    TRY(gate_allows(who, VERB_READ, c, why));
    if (c->view)
        return problem_fault(why, ERR_BAD_INPUT, S("collection"), S("view"), "Nothing is written to a view; ask for the collection behind it");
    if (str_equal(name, S("journal")) && !gate_may_all(who, VERB_READ, c)) /* notes are about everything */
        return gate_refuse(who, c, name, why);
    return ERR_OK;
}

/* Who names nothing and may read nothing is told so, instead of nothing for ever. */
static enum err check_any(const struct principal *who, struct problem *why)
{
    const struct model *m = who->rights->model;
    for (size_t i = 0; i < m->collection_count; i++)
        if (gate_may(who, VERB_READ, m->collections[i]))
            return ERR_OK;
    if (who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    return problem_set(why, ERR_FORBIDDEN, "There is nothing that you may read");
}

static enum err judge(void *self, const struct principal *who, struct arena *a, struct problem *why)
{
    struct feed *f = self;
    const struct filter *where = NULL;
    for (size_t i = 0; i < f->wish.collection_count; i++)
        TRY(check_collection(f, who, f->wish.collections[i], why));
    if (f->wish.collection_count == 0)
        TRY(check_any(who, why));
    TRY(read_filter(f, who, a, &where, why));
    f->where = where;
    return ERR_OK;
}

enum err feed_ask(struct feed *f, struct problem *why)
{
    return onlooker_ask(&f->by, judge, f, why);
}

/* ------ opening */

bool feed_names(const str *list, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], name))
            return true;
    return false;
}

static enum err check_wish(const struct feed_wish *w, struct problem *why)
{
    if (w->collection_count > LIMIT_FEED_NAMES)
        return problem_fault(why, ERR_BAD_INPUT, S("collection"), S("limit"), "At most %u collections", LIMIT_FEED_NAMES);
    if (w->verb_count > LIMIT_FEED_NAMES)
        return problem_fault(why, ERR_BAD_INPUT, S("verb"), S("limit"), "At most %u verbs", LIMIT_FEED_NAMES);
    if (!str_is_absent(w->item) && w->collection_count != 1)
        return problem_fault(why, ERR_BAD_INPUT, S("item"), S("collection"), "An item goes with one collection");
    if (w->filter && w->collection_count != 1)
        return problem_fault(why, ERR_BAD_INPUT, S("filter"), S("collection"), "A filter goes with one collection");
    return ERR_OK;
}

enum err feed_refuse_gone(uint64_t first, uint64_t last, struct problem *why)
{
    struct json *m = NEW_N(why->arena, struct json, 2), *more = NEW(why->arena, struct json);
    m[0] = json_named(S("first"), json_of_int((int64_t)first));
    m[1] = json_named(S("last"), json_of_int((int64_t)last));
    *more = json_of_map(m, 2);
    why->more = more;
    return problem_set(why, ERR_GONE, "The journal has entries %llu to %llu; begin afresh", (unsigned long long)first,
                       (unsigned long long)last);
}

static enum err check_place(struct feed *f, struct problem *why)
{
    uint64_t first = 0, last = 0;
    TRY(feed_bounds(f->by.gate->content, &first, &last, why));
    if (f->wish.from_now)
        f->last = last;
    return f->last + 1 < first || f->last > last ? feed_refuse_gone(first, last, why) : ERR_OK;
}

static enum err start(struct feed *f, struct problem *why)
{
    TRY(check_wish(&f->wish, why));
    TRY(feed_ask(f, why)); /* learns of everything that was committed so far, too */
    TRY(check_place(f, why));
    if (f->wish.waits && !f->wish.stay)
        TRY(onlooker_sit(&f->by, -1, &f->seat, why));
    f->is_counted = f->seat || f->wish.stay;
    return ERR_OK;
}

enum err gate_feed_open(struct gate *g, const struct feed_reader *who, const struct feed_wish *wish, struct feed **out, struct problem *why)
{
    struct feed *f = calloc(1, sizeof *f);
    must(f != NULL);
    f->by = (struct onlooker){.gate = g, .reader = *who};
    f->wish = *wish;
    f->last = wish->since;
    f->wants_notes = feed_names(wish->collections, wish->collection_count, S("journal"));
    f->wants_used = feed_names(wish->verbs, wish->verb_count, VERB_USED);
    enum err e = start(f, why);
    if (e != ERR_OK) {
        gate_feed_close(f);
        return e;
    }
    *out = f;
    return ERR_OK;
}

void gate_feed_close(struct feed *f)
{
    if (!f)
        return;
    if (f->seat)
        window_leave(f->by.gate->window, f->seat);
    arena_close(f->by.arena);
    free(f);
}

bool gate_feed_holds(struct feed *f, uint64_t told, struct problem *why)
{
    must(told <= f->last);
    if (onlooker_is_known(&f->by, why))
        return true;
    f->last = told;
    return false;
}

const struct principal *gate_feed_who(const struct feed *f)
{
    return f->by.who;
}

uint64_t gate_feed_last(const struct feed *f)
{
    return f->last;
}

/* ------ by oneself */

enum err gate_sees(struct gate *g, const struct principal *who, const struct entry *e, const struct filter *where, struct arena *a,
                   struct seen *out, struct problem *why)
{
    struct looker l;
    struct news n;
    news_read(e, a, &n);
    looker_begin(&l, g->content, who->rights, &who->actor, a, why);
    enum err result = look_at(&l, &n, where, out);
    looker_end(&l);
    return result;
}

void gate_feed_figures(struct gate *g, struct feed_figures *out)
{
    struct window_figures w;
    window_figures(g->window, &w);
    *out = (struct feed_figures){.streams = w.waiting,
                                 .streams_max = w.most,
                                 .refused = w.refused,
                                 .events = w.events,
                                 .window_entries = w.entries,
                                 .window_bytes = w.bytes,
                                 .behind = w.behind};
}

enum err gate_feed_places(struct gate *g, struct arena *a, struct feed_place **out, size_t *count, struct problem *why)
{
    return feed_places(g->content, a, out, count, why);
}
