/* Learning of commits, our own and other processes', from the one place that has them all: the journal.
 * Everything that caches anything hangs on the three epochs and the versions moved here. */
#include <stdatomic.h>

#include "content/internal.h"
#include "content/publish/drafts.h"

#define CATCH_UP_ROWS 1000u

size_t version_slot(str collection)
{
    return (size_t)(str_hash(collection) % VERSION_SLOTS);
}

/* Collections whose changes mean more than their own new version. */
static const struct {
    str collection;
    enum { MEANS_MODEL, MEANS_POLICY, MEANS_IDENTITY, MEANS_RING } what;
} meanings[] = {
    {STR("collections"), MEANS_MODEL},      {STR("locales"), MEANS_MODEL},
    {STR("roles"), MEANS_POLICY},
    {STR("grants"), MEANS_POLICY},          {STR("settings"), MEANS_POLICY},
    {STR("groups"), MEANS_IDENTITY},
    {STR("users"), MEANS_IDENTITY},         {STR("api_keys"), MEANS_IDENTITY},
    {STR("sessions"), MEANS_IDENTITY},      {STR("service_accounts"), MEANS_IDENTITY},
    {STR("tokens"), MEANS_IDENTITY},        {STR("signing_keys"), MEANS_RING},
};

struct news_sink {
    struct row_sink sink; /* first */
    struct content *content;
    struct epochs epochs;
    uint64_t last;
    size_t rows;
};

static enum err take_news(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct news_sink *s = (struct news_sink *)(void *)self;
    (void)why;
    uint64_t seq = (uint64_t)row->cells[0].integer;
    str collection = row->cells[7].type == CELL_TEXT ? row->cells[7].text : (str){0};
    bool is_note = row->cells[9].type == CELL_TEXT && journal_is_note(row->cells[9].text);
    atomic_store(&s->content->versions[version_slot(S("journal"))], seq);
    bool is_pending = row->cells[9].type == CELL_TEXT && verb_is_pending(row->cells[9].text);
    if (is_pending) /* is nobody's business who reads what is published */
        atomic_store(&s->content->versions[draft_slot(collection)], seq);
    else if (!is_note)
        atomic_store(&s->content->versions[version_slot(collection)], seq);
    bool means_nothing = is_note || (row->cells[9].type == CELL_TEXT && str_equal(row->cells[9].text, VERB_USED));
    for (size_t i = 0; i < COUNTOF(meanings) && !means_nothing; i++) {
        if (!str_equal(meanings[i].collection, collection))
            continue;
        if (meanings[i].what == MEANS_MODEL)
            s->epochs.model = seq;
        else if (meanings[i].what == MEANS_POLICY)
            s->epochs.policy = seq;
        else
            s->epochs.identity = seq; /* signing keys too: what they verified is remembered as an identity */
        if (meanings[i].what == MEANS_RING)
            s->epochs.ring = seq;
    }
    s->last = seq;
    s->rows++;
    return ERR_OK;
}

static enum err swap_model(struct content *c, uint64_t epoch, struct problem *why)
{
    struct arena *arena = arena_open(64u << 10);
    struct problem own = {.arena = arena};
    struct txn *t = NULL;
    struct model *model = NULL;
    enum err e = c->ops->begin(c->engine, TXN_READ, &t, &own);
    if (e == ERR_OK)
        e = model_load(c, t, epoch, &model, &own);
    c->ops->abandon(t);
    atomic_store(&c->indexing, true); /* the next tick looks */
    if (e == ERR_OK)
        slot_publish(&c->model, &model->counted);
    else
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(arena);
    return e;
}

/* The next so many entries. None of them counts as seen before all that hangs on them was done. */
static enum err take_some(struct content *c, size_t *rows, struct problem *why)
{
    struct news_sink s = {{take_news}, c, c->epochs, atomic_load(&c->seen), 0};
    TRY(c->ops->replay(c->engine, s.last, CATCH_UP_ROWS, &s.sink, why));
    *rows = s.rows;
    if (s.rows == 0)
        return ERR_OK;
    if (s.epochs.model != c->epochs.model)
        TRY(swap_model(c, s.epochs.model, why));
    c->epochs = s.epochs;
    atomic_store(&c->seen, s.last);
    journal_ring(c);
    return ERR_OK;
}

/* Whatever the cause, it is none of the caller's, and may be over with the next look. */
static enum err cannot_know(struct problem *why)
{
    why->retry_after_s = 1;
    return problem_set(why, ERR_UNAVAILABLE, "What was changed last cannot be read at the moment: " STR_FMT,
                       STR_ARG(why->text));
}

enum err content_catch_up(struct content *c, struct epochs *out, struct problem *why)
{
    size_t rows = CATCH_UP_ROWS;
    enum err e = ERR_OK;
    (void)pthread_mutex_lock(&c->catch_up_lock);
    while (e == ERR_OK && rows == CATCH_UP_ROWS)
        e = take_some(c, &rows, why);
    if (e == ERR_OK)
        *out = c->epochs;
    (void)pthread_mutex_unlock(&c->catch_up_lock);
    return e == ERR_OK ? ERR_OK : cannot_know(why);
}

struct stamp {
    struct content *content;
    bool drafts;
    uint64_t sum;
};

static void add_version(void *self, const struct collection *in)
{
    struct stamp *s = self;
    s->sum = s->sum * 31 + atomic_load(&s->content->versions[version_slot(in->name)]);
    if (s->drafts)
        s->sum = s->sum * 31 + atomic_load(&s->content->versions[draft_slot(in->name)]);
}

uint64_t content_stamp(struct content *c, const struct rights *rights, const struct query *q)
{
    bool drafts = (q->lens && q->lens->drafts) || q->publication != PUBLICATION_ANY;
    struct stamp s = {c, drafts, 0};
    query_reaches(q, rights, add_version, &s);
    return s.sum * 31 + rights->model->epoch;
}
