/* Subscriptions: which changes a field tells (docs/events.md: the same source as the change feed), and one of them. */
#include "graphql/own/events.h"

#include "base/limits.h"
#include "base/time.h"
#include "roles/feed/feed.h"

/* ---- the source ---- */

static enum err take_since(const struct gql_node *node, struct feed_wish *out, struct problem *why)
{
    const struct json *since = gql_argument(node, S("since"));
    out->from_now = since == NULL || since->type == JSON_NULL;
    if (out->from_now)
        return ERR_OK;
    if (since->type != JSON_INT || since->integer < 0)
        return problem_fault(why, ERR_BAD_INPUT, S("since"), S("range"), "since is the number of a change, or 0");
    out->since = (uint64_t)since->integer;
    return ERR_OK;
}

static void take_verbs(struct gql_execution *x, const struct gql_node *node, struct feed_wish *out)
{
    const struct json *verbs = gql_argument(node, S("verbs"));
    if (verbs == NULL || verbs->type != JSON_LIST)
        return;
    str *list = NEW_N(x->arena, str, verbs->count + 1);
    for (uint32_t i = 0; i < verbs->count; i++)
        list[i] = verbs->items[i].text;
    out->verbs = list;
    out->verb_count = verbs->count;
}

enum err own_source(struct gql_execution *x, const struct gql_node *node, struct feed_wish *out, struct problem *why)
{
    const struct collection *c = own_meaning_of(node->field)->of;
    const struct filter *valid;
    *out = (struct feed_wish){.waits = true, .collections = &c->name, .collection_count = 1, .item = gql_argument_text(node, S("_id"))};
    take_verbs(x, node, out);
    TRY(take_since(node, out, why));
    TRY(own_take_where(x, c, gql_argument(node, S("where")), S("where"), &valid, why)); /* in this language's words */
    return own_take_conditions(x, c, gql_argument(node, S("where")), S("where"), &out->filter, why);
}

enum gql_done own_event_root(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    const struct gql_thing event = {.kind = GQL_THING_OBJECT, .self = x->event};
    (void)self;
    return gql_complete(x, node, node->field->type, &event);
}

/* ---- the fields of an event ---- */

#define GIVE(name)                                                                                                    \
    static enum err name(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, \
                         struct problem *why)
#define EVENT(e)                          \
    const struct feed_event *(e) = self;  \
    (void)x, (void)node, (void)why

static enum err leaf(struct gql_thing *out, struct json v)
{
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = v};
    return ERR_OK;
}

/* A text, or null. */
static enum err text(struct gql_thing *out, str s)
{
    return leaf(out, s.len ? json_of_text(s) : json_null);
}

GIVE(give_change)
{
    static const str names[] = {[SIGHT_ADDED] = STR("ADDED"), [SIGHT_CHANGED] = STR("CHANGED"), [SIGHT_REMOVED] = STR("REMOVED")};
    EVENT(e);
    must(e->seen.sight > SIGHT_NOTHING && e->seen.sight < SIGHT_NOTE);
    return text(out, names[e->seen.sight]);
}

GIVE(give_verb) { EVENT(e); return text(out, e->seen.verb); }
GIVE(give_id) { EVENT(e); return text(out, e->item); }
GIVE(give_seq) { EVENT(e); return leaf(out, json_of_int((int64_t)e->seq)); }
GIVE(give_tx) { EVENT(e); return leaf(out, json_of_int((int64_t)e->tx)); }
GIVE(give_revision) { EVENT(e); return leaf(out, json_of_int((int64_t)e->revision)); }
GIVE(give_before) { EVENT(e); return leaf(out, e->seen.before ? *e->seen.before : json_null); }
GIVE(give_after) { EVENT(e); return leaf(out, e->seen.after ? *e->seen.after : json_null); }
GIVE(give_who) { EVENT(e); return text(out, e->who); }
GIVE(give_via) { EVENT(e); return text(out, e->via); }
GIVE(give_request) { EVENT(e); return text(out, e->request_id); }
GIVE(give_user) { EVENT(e); return text(out, e->user); }

GIVE(give_at)
{
    struct buf b;
    EVENT(e);
    buf_init(&b, x->arena, 64);
    time_write(&b, e->at_ms);
    return text(out, buf_str(&b));
}

/* Those of `in` whose value in `other` is another one, or none. */
static size_t add_changed(struct json *names, size_t count, const struct json *in, const struct json *other, bool only_missing)
{
    for (uint32_t i = 0; in && i < in->count; i++) {
        const struct json *was = json_get(other, in->items[i].name);
        if (was ? !only_missing && !json_equal(was, &in->items[i]) : true)
            names[count++] = json_of_text(in->items[i].name);
    }
    return count;
}

GIVE(give_fields)
{
    EVENT(e);
    const struct json *before = e->seen.before, *after = e->seen.after;
    struct json *names = NEW_N(x->arena, struct json, (before ? before->count : 0) + (after ? after->count : 0) + 1);
    size_t count = add_changed(names, 0, after, before, false);
    count = add_changed(names, count, before, after, true);
    return leaf(out, json_of_list(names, count));
}

const struct event_row event_rows[] = {
    {"change", "ChangeKind!", NULL, give_change, false},
    {"verb", "String!", "create, update, delete, or the action that did it.", give_verb, false},
    {"_id", "ID!", "Of the item.", give_id, false},
    {"seq", "Long!", "Its number among all changes: go on behind it with `since`.", give_seq, false},
    {"tx", "Long!", "The same for changes that were made together.", give_tx, false},
    {"at", "DateTime!", NULL, give_at, false},
    {"revision", "Long!", "Of the item, by this change.", give_revision, false},
    {"fields", "[String!]!", "Which of what you may read is another by it.", give_fields, false},
    {"before", "JSON", "What you may read of the item as it was, as the content API writes it, references as ids.", give_before, false},
    {"after", "JSON", "… and as it became.", give_after, false},
    {"who", "String", NULL, give_who, true},
    {"via", "String", NULL, give_via, true},
    {"request", "String", NULL, give_request, true},
    {"user", "String", NULL, give_user, true},
};
const size_t event_row_count = COUNTOF(event_rows);
