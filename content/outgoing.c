#include "content/outgoing.h"

#include "base/limits.h"
#include "content/internal.h"
#include "content/kind.h"
#include "content/write/once.h"

#define LONGEST_MS ((int64_t)LIMIT_OUTGOING_MOST_S * 2000) /* what is not done by then was given up by a server that died */

struct call_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    struct outgoing_call *call;
    const struct outgoing_end *end;
    enum err became;
    struct arena *arena;
};

static struct work work_of(struct call_job *j, struct txn *t)
{
    return (struct work){.content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor,
                         .rights = j->rights};
}

static struct json single(struct arena *a, str name, struct json v)
{
    struct json *member = NEW(a, struct json);
    *member = json_named(name, v);
    return json_of_map(member, 1);
}

/* ---- what is written down ---- */

static enum err note(struct work *w, const struct outgoing_call *call, str verb, const struct outgoing_end *end, enum err became,
                     struct problem *why)
{
    struct json *members = NEW_N(w->arena, struct json, 5), after;
    size_t n = 0;
    members[n++] = json_named(S("action"), json_of_text(call->action->name));
    members[n++] = json_named(S("call"), json_of_text(call->call));
    if (end && end->status)
        members[n++] = json_named(S("status"), json_of_int(end->status));
    if (end)
        members[n++] = json_named(S("took_ms"), json_of_int(end->took_ms));
    if (became != ERR_OK)
        members[n++] = json_named(S("error"), json_of_text(err_facts(became)->word));
    after = json_of_map(members, n);
    return work_note(w, call->in->name, call->id, verb, &after, why);
}

/* ---- idempotency keys: {"since": ms} while it is done, {"output": …} when it was ---- */

static enum err keep(struct work *w, const struct outgoing_call *call, str name, struct json v, struct problem *why)
{
    struct json kept = single(w->arena, name, v);
    return call->once ? once_keep(w, call->once, json_print(w->arena, &kept), why) : ERR_OK;
}

static enum err look_for_key(struct work *w, struct outgoing_call *call, struct problem *why)
{
    const struct json *kept = NULL;
    str text = {0};
    if (!call->once)
        return ERR_OK;
    TRY(once_look(w, call->once, &text, why));
    if (str_is_absent(text))
        return ERR_OK;
    TRY(json_read(w->arena, text, NULL, S(""), &kept, why));
    const struct json *since = json_get(kept, S("since")), *output = json_get(kept, S("output"));
    call->once->replayed = output != NULL;
    call->answered = output;
    if (!since || since->type != JSON_INT || since->integer == 0 || work_now_ms(w) - since->integer > LONGEST_MS)
        return ERR_OK;
    why->retry_after_s = 1;
    return problem_set(why, ERR_CONFLICT, "A request with this Idempotency-Key is being done");
}

/* ---- jobs ---- */

static enum err find_item(struct work *w, struct outgoing_call *call, struct problem *why)
{
    const struct json *image = NULL;
    if (call->at && call->at->expects)
        TRY(check_revision(w, w->rights, call->at, why));
    TRY(read_image(w, call->in, call->id, &image, why));
    const struct json *revision = json_get(image, S("_rev"));
    call->revision = revision && revision->type == JSON_INT ? (uint64_t)revision->integer : 0;
    return ERR_OK;
}

/* Calls are signed, or not made. */
static enum err find_secret(struct work *w, struct outgoing_call *call, struct problem *why)
{
    const struct collection *c = model_find(w->model, S("action_secrets"));
    const struct json *row = NULL;
    must(c != NULL);
    const struct filter *where =
        filter_and(w->arena, filter_test(w->arena, collection_field(c, S("collection")), TEST_EQ, json_of_text(call->in->name)),
                   filter_test(w->arena, collection_field(c, S("action")), TEST_EQ, json_of_text(call->action->name)));
    TRY(work_find(w, c->name, where, &row, why));
    call->secret = row;
    return row ? ERR_OK
               : problem_set(why, ERR_CONFLICT, "This action has no secret to sign its calls with yet; the action rotate of action_secrets makes one");
}

static enum err run_begin(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct call_job *j = (struct call_job *)(void *)self;
    struct work w = work_of(j, t);
    TRY(check_epoch(j->content, j->rights, why));
    if (!str_is_absent(j->call->id)) /* first: what he does not reach any more is not answered again either */
        TRY(check_reach(&w, j->call->in, j->call->id, rights_action(j->rights, j->call->in, j->call->action->name)->where, why));
    TRY(look_for_key(&w, j->call, why));
    if (j->call->answered)
        return ERR_OK;
    if (!str_is_absent(j->call->id))
        TRY(find_item(&w, j->call, why));
    TRY(find_secret(&w, j->call, why));
    TRY(note(&w, j->call, S("action.begun"), NULL, ERR_OK, why));
    TRY(keep(&w, j->call, S("since"), json_of_int(work_now_ms(&w)), why));
    *wrote = w.noted;
    return ERR_OK;
}

static enum err run_end(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct call_job *j = (struct call_job *)(void *)self;
    struct work w = work_of(j, t);
    TRY(check_epoch(j->content, j->rights, why));
    if (j->end->write)
        TRY(write_change(&w, j->rights, j->end->write, why));
    TRY(note(&w, j->call, S("action.done"), j->end, ERR_OK, why));
    TRY(keep(&w, j->call, S("output"), *j->end->output, why));
    *wrote = w.noted;
    return ERR_OK;
}

/* Of a model that may be another one by now only names are used. */
static enum err run_failed(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct call_job *j = (struct call_job *)(void *)self;
    struct work w = work_of(j, t);
    TRY(note(&w, j->call, S("action.failed"), j->end, j->became, why));
    TRY(keep(&w, j->call, S("since"), json_of_int(0), why));
    *wrote = w.noted;
    return ERR_OK;
}

/* ---- doors ---- */

enum err content_call_begin(struct content *c, const struct rights *rights, const struct actor *actor, struct outgoing_call *call,
                            struct arena *a, struct problem *why)
{
    struct call_job job = {.job = {run_begin, NULL}, .content = c, .rights = rights, .actor = actor, .call = call, .arena = a};
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    if (!rights_action(rights, call->in, call->action->name)->granted)
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    return writer_run(c->writer, &job.job, why);
}

enum err content_call_failed(struct content *c, const struct rights *rights, const struct actor *actor, const struct outgoing_call *call,
                             const struct outgoing_end *end, enum err became, struct arena *a, struct problem *why)
{
    struct outgoing_call same = *call;
    struct call_job job = {{run_failed, NULL}, c, rights, actor, &same, end, became, a};
    return writer_run(c->writer, &job.job, why);
}

enum err content_call_end(struct content *c, const struct rights *rights, const struct actor *actor, const struct outgoing_call *call,
                          const struct outgoing_end *end, struct arena *a, struct problem *why)
{
    struct outgoing_call same = *call;
    struct call_job job = {{run_end, NULL}, c, rights, actor, &same, end, ERR_OK, a};
    struct problem quiet = {.arena = a};
    enum err e = end->write ? content_check_wishes(c, rights, actor, end->write, 1, a, why) : ERR_OK;
    if (e == ERR_OK)
        e = writer_run(c->writer, &job.job, why);
    if (e != ERR_OK) /* what the caller hears is why; when this cannot be written either, the note that it was sent stands alone */
        err_ignored(content_call_failed(c, rights, actor, call, end, e, a, &quiet));
    return e;
}
