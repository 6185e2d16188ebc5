#include "roles/outgoing/outgoing.h"

#include "base/id.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/query/perspective.h"

#define CALL_DIGEST_BYTES 16u

/* ---- before the call ---- */

static enum err take_input(struct outgoing_work *o, const struct json *input, struct problem *why)
{
    const struct field *set = o->action->out->input;
    struct json *checked = NEW(o->arena, struct json);
    static const struct json empty = {.type = JSON_MAP};
    const struct json *in = input && input->type != JSON_NULL ? input : &empty;
    struct check check = {.arena = o->arena, .field = set, .path = S(""), .why = why};
    o->input = checked;
    *checked = empty;
    if (set)
        return set->kind->check(&check, in, checked);
    return in->count == 0 ? ERR_OK : problem_fault(why, ERR_INVALID, S(""), S("unknown-field"), "This action takes no input");
}

/* What could not be written afterwards is not asked for in the first place. */
static enum err may_write(const struct outgoing_work *o, struct problem *why)
{
    const struct outgoing *out = o->action->out;
    const struct access *update = rights_access(o->who->rights, VERB_UPDATE, o->call.in);
    if (out->write_count == 0)
        return ERR_OK;
    TRY(gate_allows(o->who, VERB_UPDATE, o->call.in, why));
    for (size_t i = 0; i < out->write_count; i++)
        if (!field_set_has(&update->fields, out->writes[i].field->index))
            return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    return ERR_OK;
}

/* As he would read it: pending versions are not shown to other servers, drafts are where he sees them. */
static enum err look_at_item(struct outgoing_work *o, struct problem *why)
{
    const struct collection *c = o->call.in;
    const struct access *read = rights_access(o->who->rights, VERB_READ, c);
    struct query q = {.from = c, .limit = 1};
    struct item_list list;
    if (str_is_absent(o->call.id) || !read->granted)
        return ERR_OK;
    q.where = filter_test(o->arena, &c->fields[META_ID], TEST_EQ, json_of_text(o->call.id));
    if (!gate_sees_drafts(o->who, c))
        q.where = filter_and(o->arena, q.where, perspective_states(o->arena, c, SEE_PUBLISHED));
    query_all_fields(o->arena, &q, &read->fields);
    item_list_init(&list, o->arena);
    list.references = true;
    TRY(content_read(o->gate->content, o->who->rights, VERB_READ, &o->who->actor, &q, &list.receiver, NULL, why));
    o->item = list.count ? &list.items[0] : NULL;
    return ERR_OK;
}

/* ---- secrets ---- */

static enum err find_keys(struct outgoing_work *o, struct problem *why)
{
    struct signing_secrets of = {.in = model_find(o->who->rights->model, S("action_secrets")), .item = item_text(o->call.secret, S("_id")),
                                 .secret = S("secret"), .previous = S("previous"),
                                 .previous_until_ms = item_time(o->call.secret, S("previous_until"))};
    return signing_keys_take(o->gate, &of, time_now_ms(), o->arena, &o->keys, why);
}

/* ---- after it ---- */

/* The answer's members under the names of the item's fields. */
static const struct json *values_of(const struct outgoing_work *o)
{
    const struct outgoing *out = o->action->out;
    struct json *members = NEW_N(o->arena, struct json, out->write_count + 1), *map = NEW(o->arena, struct json);
    size_t n = 0;
    for (size_t i = 0; i < out->write_count; i++) {
        const struct json *v = json_get(o->end.output, out->writes[i].member->name);
        if (v)
            members[n++] = json_named(out->writes[i].field->name, *v);
    }
    *map = json_of_map(members, n);
    return map;
}

/* The change that its caller would send: of the item as it was when it was called about. */
static enum err prepare_write(struct outgoing_work *o, struct change *c, struct problem *why)
{
    struct item_sent sent = {.data = values_of(o), .where = S("/output")};
    struct problem own = {.arena = o->arena};
    *c = (struct change){.op = OP_UPDATE, .id = o->call.id, .expects = true, .expect_revision = o->call.revision, .placed = true};
    if (sent.data->count == 0)
        return ERR_OK;
    enum err e = gate_take_item(o->who, o->call.in, &sent, c, o->arena, &own);
    if (e == ERR_INVALID)
        return problem_set(why, ERR_BAD_GATEWAY, "The other server's answer cannot be written: " STR_FMT,
                           STR_ARG(problem_sentence(o->arena, &own)));
    if (e != ERR_OK)
        return problem_set(why, e, STR_FMT, STR_ARG(problem_sentence(o->arena, &own)));
    o->end.write = c;
    return ERR_OK;
}

static struct actor actor_now(const struct outgoing_work *o)
{
    struct actor actor = o->who->actor;
    actor.vars.now_ms = time_now_ms();
    return actor;
}

static enum err finish(struct outgoing_work *o, struct problem *why)
{
    struct change write;
    struct actor actor = actor_now(o);
    struct content *content = o->gate->content;
    enum err e = prepare_write(o, &write, why);
    if (e == ERR_OK)
        return content_call_end(content, o->who->rights, &actor, &o->call, &o->end, o->arena, why);
    err_ignored(content_call_failed(content, o->who->rights, &actor, &o->call, &o->end, e, o->arena, &(struct problem){.arena = o->arena}));
    return e;
}

/* ---- the whole ---- */

/* With an idempotency key the other server sees one id however often it is tried, and can tell that it has done it. */
static str call_id(const struct outgoing_work *o)
{
    uint8_t digest[DIGEST_BYTES];
    const struct once *once = o->call.once;
    if (!once)
        return arena_format(o->arena, "act_" STR_FMT, STR_ARG(id_new(o->arena)));
    str parts[] = {S("call "), once->owner, S(" "), once->key};
    crypt_digest_parts(o->gate->crypt, CRYPT_ONCE, parts, COUNTOF(parts), digest);
    struct buf b;
    buf_init(&b, o->arena, 64);
    buf_add(&b, S("act_"));
    buf_hex(&b, digest, CALL_DIGEST_BYTES);
    return buf_str(&b);
}

static enum err call(struct outgoing_work *o, struct json *output, struct problem *why)
{
    struct content *content = o->gate->content;
    struct problem quiet = {.arena = o->arena};
    TRY(content_call_begin(content, o->who->rights, &o->who->actor, &o->call, o->arena, why));
    if (o->call.answered) {
        *output = *o->call.answered;
        return ERR_OK;
    }
    enum err e = find_keys(o, why);
    if (e == ERR_OK)
        e = outbound_ready(why);
    if (e == ERR_OK)
        e = look_at_item(o, why);
    if (e == ERR_OK)
        e = outgoing_send(o, why);
    if (e == ERR_OK)
        e = finish(o, why);
    else {
        struct actor actor = actor_now(o);
        err_ignored(content_call_failed(content, o->who->rights, &actor, &o->call, &o->end, e, o->arena, &quiet));
    }
    if (e == ERR_OK)
        *output = *o->end.output;
    return e;
}

static enum err place(const struct outgoing_work *o, struct problem *why)
{
    bool on_item = !str_is_absent(o->call.id);
    if (on_item == !o->action->out->on_collection)
        return ERR_OK;
    return problem_set(why, ERR_NOT_FOUND, STR_FMT " is done with %s", STR_ARG(o->action->name),
                       on_item ? "the collection, not with one item" : "an item: its id is missing");
}

#define SHARE (LIMIT_OUTGOING_CALLS / 2) /* places that one may have */

/* Takes a place among those that call. */
static enum err enter(struct outgoing_work *o, size_t *seat, struct problem *why)
{
    uint64_t *holders = o->gate->outgoing_places.holders, holder = map_hash(principal_whose(o->who, o->arena)) | 1;
    unsigned had = 0;
    *seat = LIMIT_OUTGOING_CALLS;
    (void)pthread_mutex_lock(&o->gate->outgoing_places.lock);
    for (size_t i = 0; i < LIMIT_OUTGOING_CALLS; i++) {
        had += holders[i] == holder;
        *seat = holders[i] ? *seat : i;
    }
    if (had < SHARE && *seat < LIMIT_OUTGOING_CALLS)
        holders[*seat] = holder;
    (void)pthread_mutex_unlock(&o->gate->outgoing_places.lock);
    if (had < SHARE && *seat < LIMIT_OUTGOING_CALLS)
        return ERR_OK;
    why->retry_after_s = 1;
    if (had >= SHARE)
        return problem_set(why, ERR_TOO_MANY, "Other servers are doing as many actions for you as may be at once; try again in a moment");
    return problem_set(why, ERR_UNAVAILABLE, "Other servers are doing as many actions as may be at once; try again in a moment");
}

static void leave(struct gate *g, size_t seat)
{
    (void)pthread_mutex_lock(&g->outgoing_places.lock);
    g->outgoing_places.holders[seat] = 0;
    (void)pthread_mutex_unlock(&g->outgoing_places.lock);
}

enum err outgoing_act(struct gate *g, const struct principal *who, const struct change *at, const struct action *action,
                      const struct json *input, struct json *output, struct arena *a, struct problem *why)
{
    struct outgoing_work o = {.gate = g, .who = who, .action = action, .arena = a};
    size_t seat;
    o.call = (struct outgoing_call){.in = at->in, .action = action, .id = at->id, .at = at, .once = at->once};
    TRY(place(&o, why));
    TRY(may_write(&o, why));
    TRY(take_input(&o, input, why));
    TRY(enter(&o, &seat, why));
    o.call.call = call_id(&o);
    enum err e = call(&o, output, why);
    signing_keys_wipe(&o.keys);
    leave(g, seat);
    return e;
}

/* ---- where they go ---- */

static void check_url(const struct gate *g, const struct json *action, str path, struct problem *why)
{
    struct problem own = {.arena = why->arena};
    const struct json *url = json_get(action, S("url"));
    if (url && url->type == JSON_TEXT && outbound_check_url(&g->outside.policy, url->text, &own) == ERR_INVALID)
        (void)problem_fault(why, ERR_INVALID, path, S("url"), STR_FMT, STR_ARG(own.text));
}

enum err outgoing_check_urls(const struct gate *g, const struct change *changes, size_t count, struct problem *why)
{
    for (size_t i = 0; i < count; i++) {
        const struct change *c = &changes[i];
        const struct field *f = c->in->system && str_equal(c->in->name, S("collections")) ? collection_field(c->in, S("definition")) : NULL;
        if (!f || c->op == OP_DELETE || c->restores || !field_set_has(&c->set, f->index) || c->values[f->index].type != JSON_MAP)
            continue;
        const struct json *canonical = definition_canonical(why->arena, &c->values[f->index]);
        const struct json *list = json_get(canonical, S("actions"));
        for (uint32_t k = 0; list && list->type == JSON_LIST && k < list->count; k++)
            check_url(g, &list->items[k], arena_format(why->arena, STR_FMT "/definition/actions/%u/url", STR_ARG(c->where), k), why);
    }
    return why->err;
}
