#include "content/publish/schedules.h"

#include "content/write/own_rows.h"
#include "content/write/parts.h"

str schedule_subject(struct arena *a, const struct actor *actor)
{
    if (!str_is_absent(actor->vars.key))
        return arena_format(a, "key:" STR_FMT, STR_ARG(actor->vars.key));
    if (!str_is_absent(actor->vars.user))
        return arena_format(a, "user:" STR_FMT, STR_ARG(actor->vars.user));
    return (str){0};
}

static const struct filter *has(struct work *w, const char *field, str value)
{
    const struct collection *c = model_find(w->model, S("schedules"));
    return filter_test(w->arena, collection_field(c, str_of(field)), TEST_EQ, json_of_text(value));
}

static enum err find_waiting(struct work *w, const struct schedule_wish *s, const struct json **out, struct problem *why)
{
    const struct filter *f = filter_and(w->arena, has(w, "collection", s->in->name), has(w, "item", s->id));
    f = filter_and(w->arena, f, has(w, "action", state_act_names[s->act]));
    f = filter_and(w->arena, f, has(w, "state", S("waiting")));
    return work_find(w, S("schedules"), f, out, why);
}

static enum err plan_it(struct work *w, const struct rights *rights, const struct schedule_wish *s, struct problem *why)
{
    const struct json *there = NULL;
    struct state_wish wish = {.in = s->in, .id = s->id, .act = s->act};
    if (s->at_ms && str_is_absent(schedule_subject(w->arena, w->actor)))
        return problem_set(why, ERR_FORBIDDEN, "Only somebody with an account or a key can plan");
    struct change looked_at = {.op = OP_UPDATE, .in = s->in, .id = s->id, .newest = true, .expects = s->expects,
                               .expect_revision = s->expect_revision};
    TRY(state_check(w, rights, &wish, why));
    TRY(find_target(w, NULL, VERB_UPDATE, &looked_at, why));
    TRY(find_waiting(w, s, &there, why));
    str id = there ? json_get(there, S("_id"))->text : (str){0};
    if (s->at_ms == 0 && !there)
        return ERR_OK;
    struct change row = own_row(w, S("schedules"), s->at_ms == 0 ? OP_DELETE : there ? OP_UPDATE : OP_CREATE, id);
    own_put_text(&row, S("collection"), s->in->name);
    own_put_text(&row, S("item"), s->id);
    own_put_text(&row, S("action"), state_act_names[s->act]);
    own_put(&row, S("at"), json_of_instant(w->arena, s->at_ms));
    own_put_text(&row, S("state"), S("waiting"));
    own_put_text(&row, S("by"), schedule_subject(w->arena, w->actor));
    own_put_text(&row, S("who"), w->actor->label);
    return write_change(w, NULL, &row, why);
}

enum step_of { STEP_PLAN, STEP_RUN, STEP_FAIL };
struct schedule_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    enum step_of step;
    const struct schedule_wish *wishes;
    size_t count;
    struct state_wish *now;           /* NULL: none */
    str row, problem;
    struct arena *arena;
};

static str text_of(const struct json *row, str name)
{
    const struct json *v = json_get(row, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static enum err end_row(struct work *w, str id, str state, str problem, struct problem *why)
{
    struct change row = own_row(w, S("schedules"), OP_UPDATE, id);
    own_put_text(&row, S("state"), state);
    own_put(&row, S("done_at"), json_of_instant(w->arena, w->actor->vars.now_ms));
    own_put_text(&row, S("problem"), problem);
    return write_change(w, NULL, &row, why);
}

static enum err act_on(struct work *w, const struct rights *rights, const struct json *row, struct problem *why)
{
    struct state_wish wish = {.in = model_find(w->model, text_of(row, S("collection"))), .id = text_of(row, S("item"))};
    if (!wish.in || !state_act_named(text_of(row, S("action")), &wish.act))
        return problem_set(why, ERR_NOT_FOUND, "There is no collection " STR_FMT, STR_ARG(text_of(row, S("collection"))));
    TRY(state_act(w, rights, &wish, why));
    return end_row(w, text_of(row, S("_id")), S("done"), (str){0}, why);
}

static enum err run_schedule(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct schedule_job *j = (struct schedule_job *)(void *)self;
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {.content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor,
                     .rights = j->rights};
    const struct json *row = NULL;
    for (size_t i = 0; i < j->count; i++)
        TRY(plan_it(&w, j->rights, &j->wishes[i], why));
    if (j->now)
        TRY(state_act(&w, j->rights, j->now, why));
    if (j->step != STEP_PLAN) {
        struct problem quiet = {.arena = j->arena};
        if (work_get(&w, S("schedules"), j->row, &row, &quiet) != ERR_OK || !str_equal(text_of(row, S("state")), S("waiting")))
            return ERR_OK; /* somebody was here before */
        if (j->step == STEP_RUN)
            TRY(act_on(&w, j->rights, row, why));
        else
            TRY(end_row(&w, j->row, S("failed"), j->problem, why));
    }
    *wrote = w.noted;
    return ERR_OK;
}

static enum err write_schedule(struct schedule_job *j, struct problem *why)
{
    if (j->content->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    return writer_run(j->content->writer, &j->job, why);
}

enum err content_schedule(struct content *c, const struct rights *rights, const struct actor *actor,
                          const struct schedule_wish *wishes, size_t count, struct state_wish *now, struct arena *a,
                          struct problem *why)
{
    struct schedule_job j = {{run_schedule, NULL}, c, rights, actor, STEP_PLAN, wishes, count, now, {0}, {0}, a};
    return write_schedule(&j, why);
}

enum err content_schedule_run(struct content *c, const struct rights *rights, const struct actor *actor, str row,
                              struct arena *a, struct problem *why)
{
    struct schedule_job j = {{run_schedule, NULL}, c, rights, actor, STEP_RUN, NULL, 0, NULL, row, {0}, a};
    return write_schedule(&j, why);
}

enum err content_schedule_fail(struct content *c, const struct rights *rights, const struct actor *actor, str row,
                               str problem, struct arena *a, struct problem *why)
{
    struct schedule_job j = {{run_schedule, NULL}, c, rights, actor, STEP_FAIL, NULL, 0, NULL, row, problem, a};
    return write_schedule(&j, why);
}
