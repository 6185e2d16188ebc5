/* Opening the gate, and the doors for reading, writing and acting. The doors are thin on purpose: what
 * may be read or written was decided when the rights were compiled, and content takes nothing else. */
#include "roles/gate.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/spans.h"
#include "base/time.h"
#include "content/bytes/bytes.h"
#include "content/model/view.h"
#include "content/query/groups.h"
#include "roles/acme/part.h"
#include "roles/courier.h"
#include "roles/credentials/bad_keys.h"
#include "roles/credentials/last_use.h"
#include "roles/credentials/signature.h"
#include "roles/credentials/tokens.h"
#include "roles/feed/window.h"
#include "roles/figures/counts.h"
#include "roles/files/files.h"
#include "roles/files/image_cache.h"
#include "roles/internal.h"
#include "roles/mirror/mirror.h"
#include "roles/oidc/oidc.h"
#include "roles/outgoing/outgoing.h"
#include "roles/registry/keep.h"
#include "roles/registry/memory.h"
#include "roles/registry/pulls.h"
#include "roles/registry/round.h"
#include "roles/upkeep/upkeep.h"
#include "roles/webhooks/part.h"

enum err gate_open(const struct gate_config *config, struct gate **out, struct problem *why)
{
    struct arena *arena = arena_open(4096);
    struct gate *g = NEW(arena, struct gate);
    g->arena = arena;
    g->crypt = config->content->crypt;
    g->key_in_query = config->key_in_query;
    g->read_only = config->content->read_only;
    g->session_idle_ms = config->session_idle_ms ? config->session_idle_ms : 30 * 60 * 1000;
    g->step_up = config->step_up;
    g->session_life_ms = config->session_life_ms ? config->session_life_ms : 12 * 3600 * 1000;
    g->journal_keep_ms = config->journal_keep_ms;
    g->outside = config->outside;
    g->acme = config->acme;
    g->pki_url = arena_copy(arena, config->content->pki_url);
    g->nonces = acme_nonces_open();
    g->chutes = config->chutes;
    g->files = config->files;
    g->registry = config->content->registry ? *config->content->registry : registry_defaults;
    g->throttle = throttle_open(time_mono_us);
    g->replays = replays_open(time_now_ms(), LIMIT_SIGNATURES);
    g->bad_keys = bad_keys_open(config->bad_keys_per_minute, time_mono_us);
    g->leaks = bad_keys_open(LIMIT_LEAK_REPORTS_PER_MINUTE, time_mono_us);
    g->challenges = challenges_open();
    g->notes = g->read_only ? NULL : notes_open();
    g->last_use = g->read_only ? NULL : last_use_open();
    g->pulls = g->read_only ? NULL : pulls_open();
    g->manifests = manifest_memory_open();
    g->ocsp = ocsp_memory_open();
    g->keeping = g->read_only ? NULL : keeping_open();
    g->courier = courier_open(g);
    g->checks = g->read_only ? NULL : acme_checks_open(g);
    g->upkeep = upkeep_open();
    g->counts = counts_open();
    g->streams_max = config->streams ? config->streams : LIMIT_STREAMS;
    g->streams_share = config->streams_per_caller ? config->streams_per_caller : (g->streams_max + 1) / 2;
    g->window = window_open(g);
    g->webhook_workers = config->webhooks.workers ? config->webhooks.workers : LIMIT_WEBHOOK_WORKERS;
    g->webhook_keep_ms = config->webhooks.keep_ms ? config->webhooks.keep_ms : INT64_C(7) * 86400000;
    g->webhooks = g->read_only ? NULL : webhooks_open(g);
    g->mirror = mirror_open(g);
    g->providers = provider_documents_open();
    g->used_flows = used_flows_open(arena);
    must(pthread_mutex_init(&g->setup_lock, NULL) == 0);
    must(pthread_mutex_init(&g->ring_lock, NULL) == 0 && pthread_mutex_init(&g->outgoing_places.lock, NULL) == 0);
    enum err e = content_open(config->content, &g->content, why);
    if (e == ERR_OK)
        e = policy_open(g->content, &g->policy, why);
    if (e == ERR_OK) {
        g->identities = identities_open(g->content, g->policy);
        e = gate_first_start(g, why);
    }
    if (e == ERR_OK)
        e = ring_first_start(g, why);
    if (e == ERR_OK) {
        g->images = images_open(&(struct image_config){.program = g->files.image_program});
        g->image_cache = image_cache_open(content_directory(g->content), g->files.cache_bytes_max);
    }
    if (e != ERR_OK) {
        gate_close(g);
        return e;
    }
    *out = g;
    return ERR_OK;
}

/* A consumer that lags is said once, and again when another one does. */
static void tell_of_lagging(struct gate *g, const struct trimmed *t)
{
    bool is_news = !str_is_absent(t->held_by) && str_hash(t->held_by) != g->held_by;
    g->held_by = str_is_absent(t->held_by) ? 0 : str_hash(t->held_by);
    if (is_news)
        LOG(LOG_WARN, "journal.kept", LOG_TEXT("consumer", t->held_by), LOG_NUMBER("done", (int64_t)t->held_at),
            LOG_NUMBER("last", (int64_t)journal_last(g->content)));
}

/* Looks once a minute; while there is something to take out, with each tick. */
static enum err forget_old(struct gate *g, struct problem *why)
{
    int64_t now = time_now_ms();
    struct trimmed trimmed;
    if (g->journal_keep_ms == 0 || (now >= g->trimmed_ms && now - g->trimmed_ms < LIMIT_TRIM_LOOK_MS))
        return ERR_OK;
    TRY(journal_trim(g->content, now - g->journal_keep_ms, why->arena, &trimmed, why));
    tell_of_lagging(g, &trimmed);
    g->trimmed_ms = trimmed.did ? 0 : now;
    return ERR_OK;
}

enum err gate_tick(struct gate *g, struct problem *why)
{
    if (g->notes)
        TRY(notes_write(g->notes, g->content, false, why));
    if (g->last_use)
        TRY(last_use_flush(g, false, why));
    if (g->pulls)
        TRY(pulls_flush(g, false, why));
    TRY(journal_sign(g->content, LIMIT_CHECKPOINT_MS, why));
    if (!g->read_only) {
        TRY(mirror_tick(g, why));
        TRY(schedules_tick(g, why));
        TRY(trash_tick(g, why));
        TRY(webhooks_tick(g, why));
    }
    TRY(content_index(g->content, LIMIT_SEARCH_BUILD_MS, why));
    if (g->keeping)
        TRY(keeping_tick(g, why));
    TRY(upkeep_tick(g, why));
    TRY(forget_old(g, why));
    return g->read_only ? ERR_OK : pki_tick(g, why); /* last: an authority whose key cannot be opened stops nothing else */
}

enum err gate_settle(struct gate *g, struct problem *why)
{
    if (g->notes)
        TRY(notes_write(g->notes, g->content, true, why));
    if (g->last_use)
        TRY(last_use_flush(g, true, why));
    if (g->pulls)
        TRY(pulls_flush(g, true, why));
    return journal_sign(g->content, 0, why);
}

enum err gate_checkpoints(struct gate *g, uint64_t after, size_t max, struct arena *a, struct checkpoint **out,
                          size_t *count, struct problem *why)
{
    return journal_checkpoints(g->content, after, max, a, out, count, why);
}

/* Whatever still waits; what cannot be written now is lost with the process. */
static void write_what_waits(struct gate *g)
{
    struct arena *a = arena_open(4096);
    struct problem unused = {.arena = a};
    if (g->notes && g->content)
        err_ignored(notes_write(g->notes, g->content, true, &unused));
    if (g->last_use && g->content && g->policy)
        err_ignored(last_use_flush(g, true, &unused));
    if (g->pulls && g->content && g->policy)
        err_ignored(pulls_flush(g, true, &unused));
    arena_close(a);
}

void gate_stop(struct gate *g)
{
    atomic_store(&g->outgoing_stop, true);
    mirror_halt(g->mirror);
    webhooks_stop(g->webhooks);
}

void gate_close(struct gate *g)
{
    if (!g)
        return;
    webhooks_close(g->webhooks);
    window_close(g->window);
    mirror_close(g->mirror);
    courier_close(g->courier);
    acme_checks_close(g->checks);
    acme_nonces_close(g->nonces);
    provider_documents_close(g->providers);
    used_flows_close(g->used_flows);
    write_what_waits(g);
    identities_close(g->identities);
    throttle_close(g->throttle);
    replays_close(g->replays);
    bad_keys_close(g->bad_keys);
    bad_keys_close(g->leaks);
    challenges_close(g->challenges);
    notes_close(g->notes);
    last_use_close(g->last_use);
    pulls_close(g->pulls);
    manifest_memory_close(g->manifests);
    ocsp_memory_close(g->ocsp);
    keeping_close(g->keeping);
    images_close(g->images);
    image_cache_close(g->image_cache);
    upkeep_close(g->upkeep);
    counts_close(g->counts);
    policy_close(g->policy);
    content_close(g->content);
    counted_release(g->ring ? (struct counted *)(uintptr_t)&g->ring->counted : NULL);
    (void)pthread_mutex_destroy(&g->ring_lock);
    (void)pthread_mutex_destroy(&g->outgoing_places.lock);
    (void)pthread_mutex_destroy(&g->setup_lock);
    arena_close(g->arena);
}

enum err gate_catch_up(struct gate *g, struct problem *why)
{
    struct epochs now;
    TRY(content_catch_up(g->content, &now, why));
    TRY(policy_catch_up(g->policy, &now, why));
    identities_catch_up(g->identities, &now);
    return ERR_OK;
}

bool gate_may(const struct principal *who, enum verb verb, const struct collection *c)
{
    return rights_access(who->rights, verb, c)->granted;
}

bool gate_may_locale(const struct principal *who, enum verb verb, const struct collection *c, str locale)
{
    return access_has_language(rights_access(who->rights, verb, c), locale);
}

bool gate_may_all(const struct principal *who, enum verb verb, const struct collection *c)
{
    const struct access *access = rights_access(who->rights, verb, c);
    return access->granted && access->where->node == FILTER_ALL;
}

static bool knows(const struct principal *who, const struct collection *c)
{
    for (enum verb v = 0; c && v < VERB_COUNT; v++)
        if (gate_may(who, v, c))
            return true;
    for (size_t i = 0; c && i < c->action_count; i++)
        if (who->rights->actions[c->index][i].granted)
            return true;
    return false;
}

/* Refusals of what is there (L-2); asking for what is not is nobody's business. */
static void note_denied(const struct principal *who, const struct collection *c, str wanted)
{
    struct note n = note_by(who, NOTE_ACCESS_DENIED);
    n.collection = c->name;
    n.reason = wanted;
    notes_add(who->notes, &n);
}

enum err gate_refuse(const struct principal *who, const struct collection *c, str name, struct problem *why)
{
    bool is_public = who->kind == PRINCIPAL_PUBLIC;
    if (is_public && (who->role_count == 0 || knows(who, c)))
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    if (knows(who, c))
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    return problem_set(why, ERR_NOT_FOUND, "Model " STR_FMT " not found", STR_ARG(name));
}

enum err gate_allows(const struct principal *who, enum verb verb, const struct collection *c, struct problem *why)
{
    if (gate_may(who, verb, c))
        return ERR_OK;
    note_denied(who, c, verb_names[verb]);
    return gate_refuse(who, c, c->name, why);
}

enum err gate_allows_action(const struct principal *who, const struct collection *c, str action, struct problem *why)
{
    if (rights_action(who->rights, c, action)->granted)
        return ERR_OK;
    note_denied(who, c, action);
    return gate_refuse(who, c, c->name, why);
}

enum err gate_collection(struct gate *g, const struct principal *who, str name, const struct collection **out,
                         struct problem *why)
{
    (void)g;
    const struct collection *c = model_find(who->rights->model, name);
    if (c && knows(who, c)) {
        *out = c;
        return ERR_OK;
    }
    if (c)
        note_denied(who, c, S("any"));
    return gate_refuse(who, NULL, name, why);
}

enum err gate_read(struct gate *g, const struct principal *who, struct query *q, struct receiver *out,
                   struct page *page, struct problem *why)
{
    TRY(gate_allows(who, VERB_READ, q->from, why));
    unsigned span = span_begin(why->spans, "gate.read", q->from->name);
    enum err e = content_read(g->content, who->rights, VERB_READ, &who->actor, q, out, page, why);
    struct span *slow = span_if_slow(why->spans, span);
    if (slow && q->where)
        slow->shape = filter_shape(why->spans->arena, q->where);
    span_end(why->spans, span);
    return e;
}

static enum verb verb_of(enum op op)
{
    switch (op) {
    case OP_CREATE: return VERB_CREATE;
    case OP_DELETE: return VERB_DELETE;
    case OP_UPDATE:
    case OP_REPLACE: break;
    }
    return VERB_UPDATE;
}

/* Whatever a change brings along is asked for as if it had been sent alone. Of an upsert one of the halves will do. */
static enum err allows_change(const struct principal *who, const struct change *c, struct problem *why)
{
    const struct upsert *u = c->upsert;
    if (u && gate_may(who, VERB_UPDATE, c->in))
        TRY(allows_change(who, u->update, why));
    else
        TRY(gate_allows(who, verb_of(c->op), c->in, why));
    for (size_t i = 0; i < c->link_count && (!u || gate_may(who, VERB_CREATE, c->in)); i++)
        if (c->links[i].change)
            TRY(allows_change(who, c->links[i].change, why));
    return ERR_OK;
}

str principal_whose(const struct principal *who, struct arena *a)
{
    str ids[] = {who->user_id, who->service_id, who->key_id};
    str id = who->actor.vars.ip; /* nobody in particular: one from this address */
    for (size_t i = COUNTOF(ids); who->kind != PRINCIPAL_PUBLIC && i-- > 0;)
        id = str_is_absent(ids[i]) ? id : ids[i];
    return arena_format(a, "%d " STR_FMT, who->kind == PRINCIPAL_PUBLIC, STR_ARG(id));
}

static void own(const struct principal *who, struct once *once, struct arena *a)
{
    if (once)
        once->owner = principal_whose(who, a);
}

enum err gate_write(struct gate *g, const struct principal *who, struct change *changes, size_t count,
                    struct arena *a, struct problem *why)
{
    for (size_t i = 0; i < count; i++)
        TRY(allows_change(who, &changes[i], why));
    own(who, changes[0].once, a);
    TRY(step_up_for_changes(g, who, changes, count, why));
    TRY(outgoing_check_urls(g, changes, count, why));
    TRY(keys_prepare(g, changes, count, a, why));
    unsigned span = span_begin(why->spans, "gate.write", changes[0].in->name);
    enum err e = content_write(g->content, who->rights, &who->actor, changes, count, a, why);
    span_end(why->spans, span);
    if (e == ERR_FORBIDDEN) /* the verb is granted, but not this: publishing, a result out of reach … */
        note_denied(who, changes[0].in, S("this change"));
    return e;
}

enum err gate_plan(struct gate *g, const struct principal *who, struct change *changes, size_t count, struct arena *a,
                   struct json *out, struct problem *why)
{
    for (size_t i = 0; i < count; i++)
        TRY(allows_change(who, &changes[i], why));
    TRY(outgoing_check_urls(g, changes, count, why));
    return content_plan(g->content, who->rights, &who->actor, changes, count, a, out, why);
}

enum err gate_write_bulk(struct gate *g, const struct principal *who, struct bulk *b, struct arena *a, struct problem *why)
{
    TRY(gate_allows(who, VERB_READ, b->each->in, why));
    TRY(allows_change(who, b->each, why));
    TRY(step_up_for_changes(g, who, b->each, 1, why));
    own(who, b->once, a);
    unsigned span = span_begin(why->spans, "gate.write", b->each->in->name);
    enum err e = content_write_bulk(g->content, who->rights, &who->actor, b, a, why);
    span_end(why->spans, span);
    if (e == ERR_FORBIDDEN)
        note_denied(who, b->each->in, S("this change"));
    return e;
}

enum err gate_act(struct gate *g, const struct principal *who, const struct collection *c, str id, str action,
                  const struct json *input, struct json *output, struct arena *a, struct problem *why)
{
    struct change any = {.in = c, .id = id};
    return gate_act_at(g, who, &any, action, input, output, a, why);
}

enum err gate_act_at(struct gate *g, const struct principal *who, const struct change *at, str action,
                     const struct json *input, struct json *output, struct arena *a, struct problem *why)
{
    TRY(gate_allows_action(who, at->in, action, why));
    TRY(step_up_for_action(g, who, at->in, why));
    const struct action *called = action_named(at->in, action);
    if (called && called->out) {
        own(who, at->once, a);
        return outgoing_act(g, who, at, called, input, output, a, why);
    }
    unsigned span = span_begin(why->spans, "gate.act", at->in->name);
    enum err e = content_act(g->content, who->rights, &who->actor, at->in, at->id, action, at, input, output, a, why);
    span_end(why->spans, span);
    TRY(e);
    bool is_preview = str_equal(at->in->name, S("retention_rules")) && str_equal(action, S("preview"));
    return is_preview ? gate_retention_preview(g, who, at->id, input, a, output, why) : ERR_OK;
}

/* Does time alone change this answer? By what was asked, or by the rules of what is looked at. */
struct clock {
    const struct rights *rights;
    bool counts;
};

static void look_at_clock(void *self, const struct collection *c)
{
    struct clock *t = self;
    t->counts = t->counts || filter_uses(rights_access(t->rights, VERB_READ, c)->where, VAR_NOW) ||
                (c->view && filter_uses(c->view->where, VAR_NOW));
}

/* Is the same question answered differently another time, though nothing was written? */
static bool changes_by_itself(const struct query *q, unsigned depth)
{
    if ((q->where && filter_uses(q->where, VAR_NOW)) || (q->groups && filter_uses(q->groups->having, VAR_NOW)) ||
        (query_is_random(q) && q->seed == 0))
        return true;
    for (size_t i = 0; i < q->output_count; i++) {
        const struct output *o = &q->outputs[i];
        if (o->branch && (depth == 0 || changes_by_itself(o->branch, depth - 1)))
            return true;
        for (size_t k = 0; k < o->inside_count; k++)
            if (depth == 0 || changes_by_itself(o->inside[k].query, depth - 1))
                return true;
        for (size_t k = 0; o->into && k < o->field->target_count; k++)
            if (o->into[k] && (depth == 0 || changes_by_itself(o->into[k], depth - 1)))
                return true;
    }
    return false;
}

static bool depends_on_now(const struct rights *r, const struct query *q)
{
    struct clock t = {r, false};
    query_reaches(q, r, look_at_clock, &t);
    return t.counts || changes_by_itself(q, LIMIT_POPULATE_HOPS);
}

uint64_t gate_stamp(struct gate *g, const struct principal *who, const struct query *q)
{
    const struct rights *r = who->rights;
    if (depends_on_now(r, q))
        return 0;
    bool is_anonymous = q->lens && who->kind == PRINCIPAL_PUBLIC; /* sees less with the same rights */
    uint64_t h = (content_stamp(g->content, r, q) + is_anonymous) * 0x9E3779B97F4A7C15u ^ r->fingerprint;
    if (r->uses_vars)
        h = ((h * 31 + str_hash(who->actor.vars.user)) * 31 + str_hash(who->actor.vars.ip)) * 31 + str_hash(who->actor.vars.key);
    return h | 1;
}

enum err gate_check(struct gate *g, const struct journal_watch *watch, struct journal_proof *out, struct problem *why)
{
    return content_check(g->content, watch, out, why);
}

void gate_figures(struct gate *g, struct content_figures *out)
{
    content_figures(g->content, out);
}

