#include "roles/registry/round.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/registry/facts.h"
#include "roles/registry/keep.h"
#include "roles/registry/pulls.h"

#define STEP_US 250000                /* then others have their turn */

/* What came of one rule. */
struct tally {
    struct retention_figures did;
    uint64_t too_large;
    struct json rows[LIMIT_RETENTION_TOLD];
    size_t row_count;
    bool more;
};

enum phase { PHASE_NEXT, PHASE_LOOK, PHASE_TAGS, PHASE_MANIFESTS };

struct keeping {
    int64_t asked_ms;                 /* when the rules were last asked whether it is time */
    struct arena *round;              /* NULL: none is under way */
    int64_t began_ms;
    struct keep_rules rules;
    struct tally *tallies;            /* of each rule */
    str after;                        /* the last repository that was looked at */
    enum phase phase;
    struct arena *place;              /* of the repository at hand; NULL in PHASE_NEXT */
    struct keep_look look;
    const struct retention_rule *rule;
    size_t at;                        /* the next tag or manifest */
    const struct retention_manifest **order;
    size_t order_count;
};

struct keeping *keeping_open(void)
{
    struct keeping *k = calloc(1, sizeof *k);
    must(k != NULL);
    return k;
}

static void leave_place(struct keeping *k)
{
    if (k->place)
        arena_close(k->place);
    k->place = NULL;
    k->phase = PHASE_NEXT;
}

static void end_round(struct keeping *k)
{
    leave_place(k);
    if (k->round)
        arena_close(k->round);
    k->round = NULL;
}

void keeping_close(struct keeping *k)
{
    if (k)
        end_round(k);
    free(k);
}

static struct tally *tally_of(const struct keeping *k)
{
    return &k->tallies[k->rule - k->rules.list];
}

/* ---- the rules' own books ---- */

static struct json instant(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return json_of_text(buf_str(&b));
}

static struct json report_of(struct arena *a, const struct keeping *k, size_t i)
{
    const struct tally *t = &k->tallies[i];
    struct json *m = NEW_N(a, struct json, 10);
    m[0] = json_named(S("began_at"), instant(a, k->began_ms));
    m[1] = json_named(S("ended_at"), instant(a, time_now_ms()));
    m[2] = json_named(S("dry_run"), json_of_bool(k->rules.list[i].dry_run));
    m[3] = json_named(S("repositories"), json_of_int((int64_t)t->did.repositories));
    m[4] = json_named(S("tags"), json_of_int((int64_t)t->did.tags));
    m[5] = json_named(S("manifests"), json_of_int((int64_t)t->did.manifests));
    m[6] = json_named(S("stayed"), json_of_int((int64_t)t->did.stayed));
    m[7] = json_named(S("too_large"), json_of_int((int64_t)t->too_large));
    m[8] = json_named(S("rows"), json_of_list(t->rows, t->row_count));
    m[9] = json_named(S("more"), json_of_bool(t->more));
    return json_of_map(m, 10);
}

/* last_run_at when it begins, the report when it ends. */
static enum err keep_books(struct gate *g, const struct keeping *k, bool ended, struct problem *why)
{
    const struct principal *server = principal_system(g, why->arena, SYSTEM_RETENTION);
    const struct collection *c = model_find(server->rights->model, S("retention_rules"));
    struct book_entry *books = NEW_N(why->arena, struct book_entry, k->rules.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < k->rules.count; i++) {
        struct json *member = NEW(why->arena, struct json), *map = NEW(why->arena, struct json);
        if (!k->rules.list[i].enabled)
            continue;
        *member = ended ? json_named(S("last_report"), report_of(why->arena, k, i)) : json_named(S("last_run_at"), instant(why->arena, k->began_ms));
        *map = json_of_map(member, 1);
        books[count++] = (struct book_entry){.in = c, .item = k->rules.list[i].id, .values = map};
    }
    return count ? content_keep_books(g->content, server->rights, &server->actor, books, count, why->arena, why) : ERR_OK;
}

/* ---- beginning and ending ---- */

static bool is_due(const struct keep_rules *rules, int64_t now)
{
    for (size_t i = 0; i < rules->count; i++) {
        int64_t since = now - rules->run_ms[i];
        if (rules->list[i].enabled && (since >= (int64_t)LIMIT_RETENTION_REST_S * 1000 || since < 0))
            return true;
    }
    return false;
}

static enum err begin_round(struct gate *g, bool at_once, struct problem *why)
{
    struct keeping *k = g->keeping;
    k->round = arena_open(64u << 10);
    k->began_ms = time_now_ms();
    k->after = (str){0};
    enum err e = keep_rules_read(g, k->round, &k->rules, why);
    if (e == ERR_OK && (at_once || is_due(&k->rules, k->began_ms))) {
        k->tallies = NEW_N(k->round, struct tally, k->rules.count + 1);
        e = g->pulls ? pulls_flush(g, true, why) : ERR_OK;
        if (e == ERR_OK)
            e = keep_books(g, k, false, why);
        if (e == ERR_OK)
            return e;
    }
    end_round(k);
    return e;
}

static enum err finish_round(struct gate *g, struct retention_figures *did, struct problem *why)
{
    struct keeping *k = g->keeping;
    *did = (struct retention_figures){0};
    for (size_t i = 0; i < k->rules.count; i++) {
        const struct retention_figures *f = &k->tallies[i].did;
        did->repositories += f->repositories;
        did->tags += k->rules.list[i].dry_run ? 0 : f->tags;
        did->manifests += k->rules.list[i].dry_run ? 0 : f->manifests;
        did->stayed += f->stayed;
    }
    enum err e = keep_books(g, k, true, why);
    if (did->tags + did->manifests > 0)
        LOG(LOG_INFO, "retention.done", LOG_NUMBER("repositories", (int64_t)did->repositories), LOG_NUMBER("tags", (int64_t)did->tags),
            LOG_NUMBER("manifests", (int64_t)did->manifests), LOG_NUMBER("stayed", (int64_t)did->stayed));
    end_round(k);
    return e;
}

/* ---- one step ---- */

static enum err next_place(struct gate *g, bool *is_over, struct problem *why)
{
    struct keeping *k = g->keeping;
    const struct json *row = NULL;
    TRY(keep_next_repository(g, principal_system(g, why->arena, SYSTEM_RETENTION), k->after, why->arena, &row, why));
    *is_over = row == NULL;
    if (!row)
        return ERR_OK;
    k->after = arena_copy(k->round, item_text(row, S("name")));
    k->rule = keep_rule_for(&k->rules, k->after, (str){0});
    if (!k->rule)
        return ERR_OK;
    k->place = arena_open(64u << 10);
    keep_look_begin(&k->look, k->place, row);
    k->phase = PHASE_LOOK;
    return ERR_OK;
}

static enum err look_on(struct gate *g, size_t *looked, struct problem *why)
{
    struct keeping *k = g->keeping;
    TRY(keep_look_page(g, &k->look, LIMIT_RETENTION_STEP, looked, why));
    if (!k->look.done)
        return ERR_OK;
    tally_of(k)->did.repositories++;
    if (k->look.too_large) {
        tally_of(k)->too_large++;
        leave_place(k);
        return ERR_OK;
    }
    retention_judge(k->rule, time_now_ms(), &k->look.facts, k->place);
    k->order = retention_order(&k->look.facts, k->place, &k->order_count);
    k->phase = PHASE_TAGS;
    k->at = 0;
    return ERR_OK;
}

static void tell(struct keeping *k, str tag, str digest, enum retention_verdict verdict)
{
    struct tally *t = tally_of(k);
    struct arena *a = k->round;
    t->more = t->more || t->row_count == LIMIT_RETENTION_TOLD;
    if (t->row_count == LIMIT_RETENTION_TOLD)
        return;
    struct json *m = NEW_N(a, struct json, 4);
    m[0] = json_named(S("repository"), json_of_text(arena_copy(a, k->look.name)));
    m[1] = json_named(S("tag"), str_is_absent(tag) ? json_null : json_of_text(arena_copy(a, tag)));
    m[2] = json_named(S("digest"), str_is_absent(digest) ? json_null : json_of_text(arena_copy(a, digest)));
    m[3] = json_named(S("reason"), json_of_text(retention_reason(verdict)));
    t->rows[t->row_count++] = json_of_map(m, 4);
}

/* *gone false: it is not any more what was looked at, or something has come to need it. */
static enum err take_away(struct gate *g, const struct keeping *k, str collection, str id, uint64_t revision, bool *gone, struct problem *why)
{
    struct own_change o;
    struct problem own = {.arena = why->arena};
    struct json *by_rule = NEW(why->arena, struct json), *beside = NEW(why->arena, struct json);
    *gone = true;
    if (k->rule->dry_run)
        return ERR_OK;
    *by_rule = json_named(S("by_rule"), json_true);
    *beside = json_of_map(by_rule, 1);
    own_change_begin(&o, g, why->arena, SYSTEM_RETENTION, collection, OP_DELETE);
    o.change.id = id;
    o.change.expects = true;
    o.change.expect_revision = revision;
    o.change.beside = beside;
    enum err e = own_change_commit(&o, &own);
    *gone = e == ERR_OK;
    bool stays = e == ERR_STALE || e == ERR_CONFLICT || e == ERR_NOT_FOUND || e == ERR_FORBIDDEN;
    return e == ERR_OK || stays ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

static enum err take_tags(struct gate *g, size_t *did, struct problem *why)
{
    struct keeping *k = g->keeping;
    const struct retention_facts *f = &k->look.facts;
    for (; k->at < f->tag_count && *did == 0; k->at++) {
        const struct retention_tag *t = &f->tags[k->at];
        bool gone = false;
        if (retention_stays(t->verdict))
            continue;
        TRY(take_away(g, k, S("tags"), t->id, t->revision, &gone, why));
        (*did)++;
        *(gone ? &tally_of(k)->did.tags : &tally_of(k)->did.stayed) += 1;
        if (gone)
            tell(k, t->name, t->digest, t->verdict);
    }
    if (k->at == f->tag_count) {
        k->phase = PHASE_MANIFESTS;
        k->at = 0;
    }
    return ERR_OK;
}

static enum err take_manifest(struct gate *g, size_t *did, struct problem *why)
{
    struct keeping *k = g->keeping;
    bool gone = false;
    if (k->at == k->order_count) {
        leave_place(k);
        return ERR_OK;
    }
    const struct retention_manifest *m = k->order[k->at];
    TRY(take_away(g, k, S("manifests"), m->id, m->revision, &gone, why));
    *did = 1;
    *(gone ? &tally_of(k)->did.manifests : &tally_of(k)->did.stayed) += 1;
    if (gone)
        tell(k, (str){0}, m->digest, m->verdict);
    k->at++;
    return ERR_OK;
}

static enum err step(struct gate *g, size_t *did, bool *is_over, struct problem *why)
{
    switch (g->keeping->phase) {
    case PHASE_NEXT: *did = 1; return next_place(g, is_over, why);
    case PHASE_LOOK: return look_on(g, did, why);
    case PHASE_TAGS: return take_tags(g, did, why);
    case PHASE_MANIFESTS: return take_manifest(g, did, why);
    }
    return ERR_INTERNAL;
}

/* With memory of its own. A model that changed meanwhile (ERR_UNAVAILABLE) is no failure: the next tick goes on. */
static enum err step_alone(struct gate *g, size_t *did, struct retention_figures *figures, struct problem *why)
{
    struct arena *a = arena_open(16u << 10);
    struct problem own = {.arena = a};
    bool is_over = false;
    enum err e = step(g, did, &is_over, &own);
    if (e == ERR_OK && is_over)
        e = finish_round(g, figures, &own);
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    if (e != ERR_OK && e != ERR_UNAVAILABLE)
        end_round(g->keeping);
    arena_close(a);
    return e;
}

enum err keeping_tick(struct gate *g, struct problem *why)
{
    struct keeping *k = g->keeping;
    struct retention_figures unused;
    struct problem own = {.arena = why->arena};
    int64_t now = time_now_ms(), until_us = time_mono_us() + STEP_US;
    enum err e = ERR_OK;
    if (!k->round && (now - k->asked_ms >= LIMIT_TRIM_LOOK_MS || now < k->asked_ms)) {
        k->asked_ms = now;
        e = gate_catch_up(g, &own);
        if (e == ERR_OK)
            e = begin_round(g, false, &own);
    } else if (k->round) {
        e = gate_catch_up(g, &own);
    }
    for (size_t left = LIMIT_RETENTION_STEP, did = 0; e == ERR_OK && k->round && left > 0 && time_mono_us() < until_us; did = 0) {
        e = step_alone(g, &did, &unused, &own);
        left -= did < left ? did : left;
    }
    return e == ERR_OK || e == ERR_UNAVAILABLE ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

enum err gate_retention_run(struct gate *g, struct retention_figures *out, struct problem *why)
{
    if (!g->keeping)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    *out = (struct retention_figures){0};
    TRY(gate_catch_up(g, why));
    end_round(g->keeping);
    TRY(begin_round(g, true, why));
    for (size_t did = 0; g->keeping->round; did = 0)
        TRY(step_alone(g, &did, out, why));
    return ERR_OK;
}
