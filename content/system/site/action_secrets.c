/* What calls to other servers are signed with: made here, shown once, kept sealed. A row belongs to an action by the names
 * of its collection and of itself; under another name it has none, and is not called before one was made. */
#include "base/limits.h"
#include "base/time.h"
#include "base/webhook_signature.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/members.h"
#include "content/system/people/standing.h"

/* Rows are made by rotate, and by restoring them. */
static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    (void)present;
    if (c->op != OP_CREATE || work_follows(w) || c->restores)
        return ERR_OK;
    return problem_set(why, ERR_INVALID, "Secrets of actions are made with the action rotate");
}

struct rotation {
    str collection, action;
    int64_t overlap_s;
};

static enum err read_rotation(const struct json *input, struct rotation *out, struct problem *why)
{
    static const struct json_want wanted[] = {
        {STR("collection"), JSON_TEXT, TAKE_STR, offsetof(struct rotation, collection), 0},
        {STR("action"), JSON_TEXT, TAKE_STR, offsetof(struct rotation, action), 0},
        {STR("overlap_s"), JSON_INT, TAKE_I64, offsetof(struct rotation, overlap_s), 0},
    };
    if (input && input->type != JSON_NULL)
        TRY(json_take(input, wanted, COUNTOF(wanted), out, why));
    if (out->overlap_s >= 0 && out->overlap_s <= LIMIT_OUTGOING_OVERLAP_S)
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/overlap_s"), S("range"), "overlap_s is between 0 and %d", LIMIT_OUTGOING_OVERLAP_S);
}

static enum err check_action(struct work *w, const struct rotation *r, struct problem *why)
{
    const struct collection *c = r->collection.len ? model_find(work_model(w), r->collection) : NULL;
    const struct action *action = c ? action_named(c, r->action) : NULL;
    if (action && action->out)
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/action"), S("unknown"), "There is no such action with a url in such a collection");
}

/* The row of these names; of `id`, when that is said: then it is that one's names. */
static enum err find_row(struct work *w, const struct collection *c, str id, struct rotation *r, const struct json **row, struct problem *why)
{
    struct arena *a = work_arena(w);
    *row = NULL;
    if (!str_is_absent(id)) {
        TRY(work_get(w, c->name, id, row, why));
        r->collection = text_in(*row, S("collection"));
        r->action = text_in(*row, S("action"));
        return check_action(w, r, why);
    }
    const struct rights *author = work_rights(w);
    if (author && rights_action(author, c, S("rotate"))->where->node != FILTER_ALL)
        return problem_set(why, ERR_FORBIDDEN, "You may rotate some of these: say which by its id");
    TRY(check_action(w, r, why));
    const struct filter *where = filter_and(a, filter_test(a, collection_field(c, S("collection")), TEST_EQ, json_of_text(r->collection)),
                                            filter_test(a, collection_field(c, S("action")), TEST_EQ, json_of_text(r->action)));
    return work_find(w, c->name, where, row, why);
}

static enum err check_room(struct work *w, const struct collection *c, struct problem *why)
{
    uint64_t count = 0;
    TRY(work_count(w, c->name, NULL, &count, why));
    return count < LIMIT_OUTGOING_SECRETS ? ERR_OK
                                          : problem_set(why, ERR_CONFLICT, "There can be at most %u secrets of actions", LIMIT_OUTGOING_SECRETS);
}

static struct json time_or_null(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    if (ms)
        time_write(&b, ms);
    return ms ? json_of_text(buf_str(&b)) : json_null;
}

static enum err write_row(struct work *w, const struct collection *c, const struct json *row, const struct rotation *r, int64_t until_ms,
                          str *id, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct change change = {.op = row ? OP_UPDATE : OP_CREATE, .in = c, .id = text_in(row, S("_id")), .values = NEW_N(a, struct json, c->field_count)};
    if (!row)
        TRY(check_room(w, c, why));
    value_put(&change, S("collection"), json_of_text(r->collection));
    value_put(&change, S("action"), json_of_text(r->action));
    value_put(&change, S("previous_until"), time_or_null(a, until_ms));
    value_put(&change, S("rotated_at"), time_or_null(a, work_now_ms(w)));
    TRY(work_change(w, &change, why));
    *id = row ? change.id : change.result_id;
    return ERR_OK;
}

/* What was good so far is good a little longer, or no more. */
static enum err keep_previous(struct work *w, const struct collection *c, str id, bool keeps, struct problem *why)
{
    str old = {0};
    struct problem own = {.arena = work_arena(w)};
    enum err e = keeps ? work_secret_get(w, c, id, collection_field(c, S("secret")), &old, &own) : ERR_OK;
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    return work_secret_set(w, c, id, collection_field(c, S("previous")), old, why);
}

static enum err rotate(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct rotation r = {.overlap_s = 0};
    const struct json *row = NULL;
    struct json *members = NEW_N(a, struct json, 5);
    str row_id = {0}, secret;
    TRY(read_rotation(input, &r, why));
    TRY(find_row(w, c, id, &r, &row, why));
    int64_t until_ms = row && r.overlap_s ? work_now_ms(w) + r.overlap_s * 1000 : 0;
    TRY(write_row(w, c, row, &r, until_ms, &row_id, why));
    TRY(keep_previous(w, c, row_id, until_ms != 0, why));
    secret = webhook_secret_make(a);
    TRY(work_secret_set(w, c, row_id, collection_field(c, S("secret")), secret, why));
    members[0] = json_named(S("_id"), json_of_text(row_id));
    members[1] = json_named(S("collection"), json_of_text(r.collection));
    members[2] = json_named(S("action"), json_of_text(r.action));
    members[3] = json_named(S("secret"), json_of_text(secret));
    members[4] = json_named(S("previous_until"), time_or_null(a, until_ms));
    *output = json_of_map(members, 5);
    return ERR_OK;
}

static const struct action_code actions[] = {{.name = STR("rotate"), .run = rotate}};
const struct behaviour behaviour_action_secrets = {.collection = STR("action_secrets"), .before = before, .actions = actions,
                                                   .action_count = COUNTOF(actions)};
