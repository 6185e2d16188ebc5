/* Publishing and taking back, inside a transaction. Publishing what is live already changes nothing, so that it may
 * be said twice. */
#include "content/publish/states.h"

#include "content/publish/drafts.h"
#include "content/write/parts.h"

const str state_act_names[ACT_COUNT] = {STR("publish"), STR("unpublish"), STR("archive"), STR("discard")};
static const int64_t state_after[ACT_COUNT] = {1, 0, -1, 1};

bool state_act_named(str name, enum state_act *out)
{
    for (size_t i = 0; i < ACT_COUNT; i++)
        if (str_equal(state_act_names[i], name)) {
            *out = (enum state_act)i;
            return true;
        }
    return false;
}

bool state_granted(const struct rights *rights, enum state_act act, const struct collection *c)
{
    return rights_access(rights, VERB_PUBLISH, c)->granted ||
           (act == ACT_DISCARD && rights_access(rights, VERB_UPDATE, c)->granted);
}

bool has_states(const struct collection *c)
{
    return !c->read_only && (!c->system || str_equal(c->name, S("releases")));
}

enum err state_check(struct work *w, const struct rights *rights, const struct state_wish *s, struct problem *why)
{
    struct target_sink found = {0};
    if (rights_access(rights, VERB_PUBLISH, s->in)->granted)
        TRY(look_up(w, rights, VERB_PUBLISH, s->in, s->id, &filter_all, &found, why));
    if (!found.found && s->act == ACT_DISCARD && rights_access(rights, VERB_UPDATE, s->in)->granted)
        TRY(look_up(w, rights, VERB_UPDATE, s->in, s->id, &filter_all, &found, why));
    return found.found ? ERR_OK : problem_set(why, ERR_NOT_FOUND, "There is no such item");
}

static enum err discard(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    c->before = pending_over(w->arena, c->in, present, c->version);
    c->after = present;
    TRY(pending_drop(w, c->in, c->id, why));
    return note_change(w, c, VERB_DISCARD, why);
}

enum err state_act(struct work *w, const struct rights *rights, struct state_wish *s, struct problem *why)
{
    struct change c = {.op = OP_UPDATE,
                       .in = s->in,
                       .id = s->id,
                       .newest = true,
                       .expects = s->expects,
                       .expect_revision = s->expect_revision,
                       .verb = state_act_names[s->act]};
    const struct json *present = NULL;
    if (!has_states(s->in))
        return problem_set(why, ERR_NOT_FOUND, STR_FMT " has no drafts", STR_ARG(s->in->name));
    if (s->in->system)
        return release_act(w, rights, s, why);
    TRY(state_check(w, rights, s, why));
    TRY(find_target(w, NULL, VERB_UPDATE, &c, why));
    TRY(read_image(w, s->in, s->id, &present, why));
    const struct json *state = json_get(present, s->in->fields[META_STATE].name);
    s->result_revision = c.result_revision;
    if (s->act == ACT_DISCARD && c.version)
        return discard(w, &c, present, why);
    if (!c.version && state && state->integer == state_after[s->act]) {
        const struct json *revision = json_get(present, s->in->fields[META_REV].name);
        s->result_revision = (uint64_t)revision->integer;
        return ERR_OK;
    }
    if (s->act == ACT_DISCARD)
        return problem_set(why, ERR_CONFLICT, "There is no pending version to give up");
    c.values = NEW_N(w->arena, struct json, s->in->field_count);
    set_value(&c, META_STATE, json_of_int(state_after[s->act]));
    TRY(write_change(w, NULL, &c, why));
    s->result_revision = c.result_revision;
    return check_result(w, rights_access(rights, VERB_PUBLISH, s->in), &c, why);
}

struct state_job {
    struct job job; /* first */
    struct content *content;
    const struct rights *rights;
    const struct actor *actor;
    struct state_wish *wish;
    struct arena *arena;
};

static enum err run_state(struct job *self, struct txn *t, bool *wrote, struct problem *why)
{
    struct state_job *j = (struct state_job *)(void *)self;
    TRY(check_epoch(j->content, j->rights, why));
    struct work w = {.content = j->content, .txn = t, .arena = j->arena, .model = j->rights->model, .actor = j->actor,
                     .rights = j->rights};
    TRY(state_act(&w, j->rights, j->wish, why));
    *wrote = w.noted;
    return ERR_OK;
}

enum err content_state(struct content *c, const struct rights *rights, const struct actor *actor, struct state_wish *wish,
                       struct arena *a, struct problem *why)
{
    must(rights != NULL);
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    struct state_job job = {{run_state, NULL}, c, rights, actor, wish, a};
    return writer_run(c->writer, &job.job, why);
}
