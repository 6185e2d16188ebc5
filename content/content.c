/* Open, read, write, act: the verbs that roles/gate_*.c calls. Each takes rights; none has a way without. */
#include "content/content.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"
#include "content/backup/ship.h"
#include "content/bytes/blob.h"
#include "content/internal.h"
#include "content/journal/audit.h"
#include "content/journal/chain.h"
#include "content/journal/reads.h"
#include "content/kind.h"
#include "content/publish/drafts.h"
#include "content/write/once.h"

enum err content_open(const struct content_config *config, struct content **out, struct problem *why)
{
    struct arena *arena = arena_open(64u << 10);
    struct content *c = NEW(arena, struct content);
    c->arena = arena;
    c->ops = config->engine;
    c->crypt = config->crypt;
    c->read_only = config->read_only;
    c->keys = config->keys;
    c->pki_url = arena_copy(c->arena, config->pki_url);
    c->registry = config->registry ? *config->registry : registry_defaults;
    c->fragments = fragments_open();
    slot_init(&c->model);
    must(pthread_mutex_init(&c->catch_up_lock, NULL) == 0);
    journal_bell_init(&c->bell);
    struct engine_config engine = {
        .directory = config->directory,
        .read_only = config->read_only,
        .verify_rows = config->verify_rows,
        .chain = {chain_mac, config->crypt},
        .stop = config->stop,
    };
    enum err e = c->ops->open(arena, &engine, &c->engine, why);
    if (e == ERR_OK && config->ship && !c->read_only)
        e = ship_open(c, config->ship, &c->ship, why);
    if (e == ERR_OK)
        e = writer_open(c->ops, c->engine, &(struct writer_hook){journal_ring, c}, &c->writer, why);
    if (e == ERR_OK) {
        struct blobs_config blobs = {.directory = config->directory, .read_only = config->read_only};
        e = blobs_open(&blobs, &c->blobs, why);
    }
    if (e == ERR_OK)
        e = model_settle(c, why);
    if (e != ERR_OK) {
        content_close(c);
        return e;
    }
    *out = c;
    return ERR_OK;
}

void content_close(struct content *c)
{
    if (!c)
        return;
    writer_close(c->writer);
    if (c->ship)
        ship_last(c->ship);
    if (c->engine)
        c->ops->close(c->engine);
    ship_close(c->ship);
    slot_done(&c->model);
    fragments_close(c->fragments);
    blobs_close(c->blobs);
    (void)pthread_cond_destroy(&c->bell.rung);
    (void)pthread_mutex_destroy(&c->bell.lock);
    (void)pthread_mutex_destroy(&c->catch_up_lock);
    arena_close(c->arena);
}

const struct model *content_model(struct content *c)
{
    return (const struct model *)(void *)slot_acquire(&c->model);
}

/* Counts rows against the page, remembers where it begins and ends, hands on what belongs to it. */
struct page_sink {
    struct row_sink sink; /* first */
    struct receiver *to;  /* NULL: rows are only counted */
    const struct plan *plan;
    const struct crypt *crypt;
    uint32_t limit;
    bool wants_next;
    struct reads *reads;  /* that the model wants noted; NULL: none */
    struct arena *scratch; /* of one row of the journal; NULL until there is one */
    struct cell first[PLAN_KEYS], last[PLAN_KEYS];
    struct page page;
};

static void keep_place(const struct plan *p, const struct row *row, struct cell out[PLAN_KEYS])
{
    size_t count = plan_keys(p->root, row->cells, out);
    for (size_t i = 0; i < count; i++)
        if (out[i].type == CELL_TEXT)
            out[i].text = arena_copy(p->arena, out[i].text);
}

/* Of the journal what its reader may see; and what is noted of reads. */
static enum err hand_on(struct page_sink *s, const struct row *row, struct problem *why)
{
    const struct plan_node *root = s->plan->root;
    if (!root->audit && !s->reads)
        return s->to->row(s->to, root, row, why);
    struct row shown = *row;
    if (root->audit) {
        s->scratch = s->scratch ? s->scratch : arena_open(16u << 10);
        arena_reset(s->scratch);
        shown.cells = audit_show(s->scratch, s->plan->rights, root->audit, row->cells, row->count, s->reads);
    }
    return s->to->row(s->to, root, s->reads ? reads_row(s->reads, root, &shown) : &shown, why);
}

static enum err page_row(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct page_sink *s = (struct page_sink *)(void *)self;
    if (s->plan->root->count_only) {
        s->page.total = row->cells[0].type == CELL_INT ? (uint64_t)row->cells[0].integer : 0;
        return ERR_OK;
    }
    if (s->page.rows == s->limit) {
        s->page.has_more = true;
        return ERR_OK;
    }
    s->page.rows++;
    if (s->to)
        TRY(hand_on(s, row, why));
    bool goes_back = s->plan->root->backwards;
    if (s->wants_next && s->page.rows == 1 && (goes_back || s->plan->root->after_count > 0 || s->plan->root->skip > 0))
        keep_place(s->plan, row, s->first);
    if (s->wants_next && (goes_back || s->page.rows == s->limit))
        keep_place(s->plan, row, s->last);
    return ERR_OK;
}

/* Which pages there are on either side. Behind one that was found backwards stands at least the item of its
 * cursor, as in front of one that was found forwards; what stands in front of the former is looked for. */
static enum err find_neighbours(struct content *c, struct txn *t, struct page_sink *s, struct problem *why)
{
    const struct plan_node *root = s->plan->root;
    bool has_prev = !root->search && (root->after_count > 0 || root->skip > 0);
    if (!s->wants_next || s->page.rows == 0)
        return ERR_OK;
    if (root->backwards) {
        struct page_sink front = {.sink = {page_row}, .limit = 1,
                                  .plan = plan_in_front(s->plan->arena, s->plan, s->first)};
        TRY(c->ops->read(t, front.plan, NULL, &front.sink, why));
        has_prev = front.page.rows > 0;
        s->page.has_more = true;
    }
    if (has_prev)
        TRY(plan_cursor(s->plan, s->crypt, s->first, &s->page.prev));
    return s->page.has_more ? plan_cursor(s->plan, s->crypt, s->last, &s->page.next) : ERR_OK;
}

/* What is known without counting: the page itself, and the last position that was given out when that says
 * something; never less than was seen. */
static enum err estimate(struct content *c, struct txn *t, struct page_sink *s, struct problem *why)
{
    const struct plan_node *root = s->plan->root;
    uint64_t seen = root->skip + s->page.rows + s->page.has_more;
    s->page.is_estimate = s->page.has_more || root->after_count > 0 || (s->page.rows == 0 && root->skip > 0);
    s->page.total = seen;
    if (!s->page.is_estimate || !plan_is_whole(s->plan))
        return ERR_OK;
    struct page_sink last = {.sink = {page_row}, .plan = plan_estimating(s->plan->arena, s->plan)};
    TRY(c->ops->read(t, last.plan, NULL, &last.sink, why));
    s->page.total = last.page.total > seen ? last.page.total : seen;
    return ERR_OK;
}

static enum err read_page(struct content *c, struct txn *t, const struct plan *plan, struct page_sink *s,
                          enum count_mode count, struct problem *why)
{
    if (s->to->begin)
        TRY(s->to->begin(s->to, plan->root, why));
    TRY(c->ops->read(t, plan, NULL, &s->sink, why));
    TRY(find_neighbours(c, t, s, why));
    if (count == COUNT_ESTIMATED)
        return estimate(c, t, s, why);
    if (count != COUNT_EXACT)
        return ERR_OK;
    struct page_sink total = {.sink = {page_row}, .plan = plan_counting(plan->arena, plan)};
    TRY(c->ops->read(t, total.plan, NULL, &total.sink, why));
    s->page.total = total.page.total;
    return ERR_OK;
}

static uint64_t version_of(void *self, str collection)
{
    struct content *c = self;
    return atomic_load(&c->versions[version_slot(collection)]);
}

enum err content_read(struct content *c, const struct rights *rights, enum verb verb, const struct actor *actor,
                      struct query *q, struct receiver *out, struct page *page, struct problem *why)
{
    struct plan *plan = NULL;
    struct txn *t = NULL;
    struct page_sink s = {.sink = {page_row}, .to = out, .crypt = c->crypt, .limit = q->limit};
    s.wants_next = page && q->count != COUNT_ONLY;
    TRY(plan_make(why->arena, rights, verb, &actor->vars, c->crypt, q, &plan, why));
    if (s.wants_next) /* one row more than asked tells whether there is a next page */
        plan_probe(plan);
    s.reads = actor->is_server ? NULL : reads_of_plan(why->arena, plan);
    if (!s.reads && (!q->lens || !q->lens->drafts)) /* what is remembered is not seen again */
        fragments_attach(c->fragments, plan, version_of, c);
    s.plan = plan;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = drafts_settle(c, t, rights->model, actor, plan, why);
    if (e == ERR_OK)
        e = read_page(c, t, plan, &s, q->count, why);
    c->ops->abandon(t);
    arena_close(s.scratch);
    if (e == ERR_OK || s.page.rows > 0) { /* who takes rows may have ended it, and shows what he has */
        enum err noted = reads_note(c, s.reads, actor, why);
        e = noted != ERR_OK ? noted : e;
    }
    if (e == ERR_OK && page)
        *page = s.page;
    return e;
}

struct write_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    struct change *changes;
    size_t count;
    struct arena *arena;
    bool reshaped;
};

enum err check_epoch(struct content *c, const struct rights *rights, struct problem *why)
{
    struct epochs now;
    TRY(content_catch_up(c, &now, why));
    if (now.model == rights->model->epoch && !atomic_load(&c->reshaping))
        return ERR_OK;
    why->retry_after_s = 1;
    return problem_set(why, ERR_UNAVAILABLE, "The model has just changed; send the request again");
}

static enum err run_changes(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct write_job *j = (struct write_job *)(void *)self;
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {
        .content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor,
        .rights = j->rights, .changes_max = j->changes[0].restores ? 2u * LIMIT_RESTORED_CHANGES : 0};
    struct once *once = j->changes[0].once;
    str before = {0};
    enum err e = ERR_OK;
    if (once)
        TRY(once_look(&w, once, &before, why));
    if (!str_is_absent(before)) {
        once_to_changes(j->arena, before, j->changes, j->count);
        return ERR_OK;
    }
    e = look_ahead(&w, j->changes, j->count, why);
    for (size_t i = 0; i < j->count && e == ERR_OK; i++) {
        e = write_change(&w, j->rights, &j->changes[i], why);
        if (e != ERR_OK && j->count > 1 && why->text.len)
            why->text = arena_format(why->arena, "Change %zu: " STR_FMT, i, STR_ARG(why->text));
    }
    if (once && e == ERR_OK)
        e = once_keep(&w, once, once_of_changes(j->arena, j->changes, j->count), why);
    j->reshaped = w.reshaped;
    if (e == ERR_OK && w.reshaped)
        atomic_store(&j->content->reshaping, true);
    *wrote = w.noted;
    return e;
}

/* Committed or not: from here on the journal tells what the model is. */
static void end_changes(struct job *self)
{
    struct write_job *j = (struct write_job *)(void *)self;
    if (j->reshaped)
        atomic_store(&j->content->reshaping, false);
}

enum err content_check_wishes(struct content *c, const struct rights *rights, const struct actor *actor,
                              struct change *changes, size_t count, struct arena *a, struct problem *why)
{
    must(rights != NULL && count > 0);
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    unsigned most = changes[0].restores ? LIMIT_RESTORED_CHANGES : LIMIT_CHANGES;
    if (count > most)
        return problem_set(why, ERR_TOO_LARGE, "More than %u changes in one transaction", most);
    for (size_t i = 0; i < count; i++) {
        if (count > 1 && !changes[i].placed)
            changes[i].where = arena_format(a, "/%zu" STR_FMT, i, STR_ARG(changes[i].where));
        err_ignored(check_wish(rights, actor, &changes[i], a, why));
    }
    return why->err;
}

enum err content_write(struct content *c, const struct rights *rights, const struct actor *actor,
                       struct change *changes, size_t count, struct arena *a, struct problem *why)
{
    TRY(content_check_wishes(c, rights, actor, changes, count, a, why));
    struct write_job job = {{run_changes, end_changes}, c, rights, actor, changes, count, a, false};
    return writer_run(c->writer, &job.job, why);
}

struct act_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    const struct collection *in;
    const struct action_code *code;
    str id;
    const struct change *at;
    const struct json *input;
    struct json *output;
    struct arena *arena;
};

static enum err run_action(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct act_job *j = (struct act_job *)(void *)self;
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {
        .content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor,
        .rights = j->rights};
    if (!str_is_absent(j->id))
        TRY(check_reach(&w, j->in, j->id, rights_action(j->rights, j->in, j->code->name)->where, why));
    if (j->at && j->at->expects)
        TRY(check_revision(&w, j->rights, j->at, why));
    TRY(j->code->run(&w, j->in, j->id, j->input, j->output, why));
    *wrote = w.noted;
    return ERR_OK;
}

enum err content_act(struct content *c, const struct rights *rights, const struct actor *actor,
                     const struct collection *in, str id, str action, const struct change *at, const struct json *input,
                     struct json *output, struct arena *a, struct problem *why)
{
    const struct behaviour *b = behaviour_of(in->name);
    const struct action_code *code = NULL;
    for (size_t i = 0; b && i < b->action_count; i++)
        if (str_equal(b->actions[i].name, action))
            code = &b->actions[i];
    if (!code)
        return problem_set(why, ERR_NOT_FOUND, "There is no such action");
    if (!rights_action(rights, in, action)->granted)
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    struct act_job job = {{run_action, NULL}, c, rights, actor, in, code, id, at, input, output, a};
    if (!code->reads_only)
        return writer_run(c->writer, &job.job, why);
    struct txn *t = NULL;
    bool wrote = false;
    TRY(c->ops->begin(c->engine, TXN_READ, &t, why));
    enum err e = run_action(&job.job, t, &wrote, why);
    c->ops->abandon(t);
    return e;
}

void content_figures(struct content *c, struct content_figures *out)
{
    struct writer_figures w;
    writer_figures(c->writer, &w);
    *out = (struct content_figures){
        .queue_length = w.waiting,
        .commits = w.commits,
        .jobs = w.jobs,
        .refused = w.refused,
        .batches = w.batches,
        .commit_us = w.commit_us,
        .last_seq = atomic_load(&c->seen),
    };
    struct fragment_figures f;
    fragments_figures(c->fragments, &f);
    out->fragments_found = f.found;
    out->fragments_missed = f.missed;
    engine_figures(c->engine, &out->engine);
    out->read_only = c->read_only || out->engine.broken;
}

enum err content_explain(struct content *c, str statement, struct arena *a, str *out, struct problem *why)
{
    return c->ops->explain(c->engine, statement, a, out, why);
}
