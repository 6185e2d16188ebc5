/* Actions: names of what there is code for, and calls to other servers (docs/actions.md), of which all is said here: where
 * they go, what goes, what comes, and which fields of the item what comes is written to. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/model/parts.h"
#include "content/pointer.h"

#define AT(member) offsetof(struct action, member), 0
const struct key action_keys[] = {
    {STR("name"), AS_TEXT, AT(name)},
    {STR("label"), AS_TEXT, AT(label)},
    {STR("info"), AS_TEXT, AT(info)},
    {STR("url"), AS_TEXT, KEY_LATER, 0},
    {STR("on"), AS_TEXT, KEY_LATER, 0},
    {STR("timeout_s"), AS_ANY, KEY_LATER, 0},
    {STR("input"), AS_ANY, KEY_LATER, 0},
    {STR("output"), AS_ANY, KEY_LATER, 0},
    {STR("writes"), AS_MAP, KEY_LATER, 0},
};
const size_t action_key_count = COUNTOF(action_keys);
#undef AT

/* One action on its way. */
struct action_draft {
    struct reader *r;
    struct draft *of;
    const struct json *canonical, *given;
    str path;
    struct action *action;
    struct outgoing *out;
};

static str at(const struct action_draft *d, const char *key)
{
    return pointer_name(d->r->why->arena, d->path, str_of(key));
}

static bool listed(str name, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(words[i], name))
            return true;
    return false;
}

static bool is_verb(str name)
{
    static const str verbs[] = {STR("read"), STR("create"), STR("update"), STR("delete"), STR("publish")};
    return listed(name, verbs, COUNTOF(verbs));
}

/* What every collection of users' has under POST /item/{model}/{id}/: there an action of this name would never be reached. */
static bool is_built_in(str name)
{
    static const str taken[] = {STR("unpublish"), STR("archive"), STR("discard"), STR("restore"), STR("move"),
                                STR("history"),   STR("diff"),    STR("upsert"),  STR("upload")};
    return listed(name, taken, COUNTOF(taken));
}

/* ---- where it goes ---- */

/* Whether this server goes there is the operator's to say, and asked by the gate; what is no such address at all is no model. */
static void read_url(struct action_draft *d)
{
    str url = d->out->url = json_get(d->canonical, S("url"))->text, rest = {0};
    bool secure = str_starts(url, S("https://"));
    bool plain = url.len <= LIMIT_OUTBOUND_URL_BYTES && (secure || str_starts(url, S("http://")));
    for (size_t i = 0; i < url.len; i++)
        plain = plain && url.at[i] > ' ' && url.at[i] <= '~';
    if (plain)
        rest = str_slice(url, secure ? 8 : 7, url.len);
    for (size_t i = 0; i < rest.len && rest.at[i] != '/' && rest.at[i] != '?'; i++)
        plain = plain && rest.at[i] != '@';
    if (!plain || rest.len == 0 || rest.at[0] == '/')
        REFUSE(d->r, at(d, "url"), "url", "An action's url is https://, a host and a path, without a user name or password");
}

static void read_on(struct action_draft *d)
{
    const struct json *on = json_get(d->canonical, S("on"));
    d->out->on_collection = json_is_text(on, S("collection"));
    if (on && !d->out->on_collection && !json_is_text(on, S("item")))
        REFUSE(d->r, at(d, "on"), "options", "An action is on \"item\" or on \"collection\"");
}

static void read_timeout(struct action_draft *d)
{
    const struct json *v = json_get(d->canonical, S("timeout_s"));
    d->out->timeout_s = LIMIT_OUTGOING_S;
    if (v && v->type == JSON_INT && v->integer >= 1 && v->integer <= LIMIT_OUTGOING_MOST_S)
        d->out->timeout_s = (uint32_t)v->integer;
    else if (v)
        REFUSE(d->r, at(d, "timeout_s"), "range", "timeout_s is a whole number from 1 to %u", LIMIT_OUTGOING_MOST_S);
}

/* ---- what goes, what comes ---- */

/* A call carries values. What refers to something would have to be looked up with somebody's rights on the other side, and
 * pieces of several sorts have no type of their own there. Recursion: LIMIT_FIELD_DEPTH. */
static void check_values(struct action_draft *d, const struct field *f, str path)
{
    for (size_t i = 0; i < f->member_count; i++) {
        const struct field *m = &f->members[i];
        str here = pointer_index(d->r->why->arena, path, i);
        if (!m->kind)
            continue;
        if ((m->kind->flags & (KIND_REF | KIND_SECRET | KIND_DIGEST)) || kind_takes(m->kind, S("of")) || kind_takes(m->kind, S("from")))
            REFUSE(d->r, pointer_name(d->r->why->arena, here, S("kind")), "not-here", "A call carries values, none of kind " STR_FMT,
                   STR_ARG(m->kind->name));
        check_values(d, m, pointer_name(d->r->why->arena, here, S("fields")));
    }
}

static struct field *read_side(struct action_draft *d, const char *key)
{
    struct arena *a = d->r->arena;
    const struct json *list = json_get(d->canonical, str_of(key));
    struct json *definition = NEW(a, struct json), *members = NEW_N(a, struct json, 3);
    struct field *f = NEW(a, struct field);
    if (!list)
        return NULL;
    if (list->type != JSON_LIST || list->count == 0 || list->count > LIMIT_OUTGOING_FIELDS) {
        REFUSE(d->r, at(d, key), "type", "An action's %s is a list of 1 to %u fields", key, LIMIT_OUTGOING_FIELDS);
        return NULL;
    }
    members[0] = json_named(S("name"), json_of_text(str_of(key)));
    members[1] = json_named(S("kind"), json_of_text(S("set")));
    members[2] = json_named(S("fields"), *list);
    *definition = json_of_map(members, 3);
    read_lone_set(d->r, f, definition, json_get(d->given, str_of(key)), at(d, key), 1);
    check_values(d, f, at(d, key));
    return f;
}

/* ---- what is written ---- */

static const struct field *member_named(const struct field *set, str name)
{
    for (size_t i = 0; set && i < set->member_count; i++)
        if (str_equal(set->members[i].name, name))
            return &set->members[i];
    return NULL;
}

static void read_write(struct action_draft *d, const struct json *v, struct outgoing_write *out)
{
    const struct collection *c = d->of->collection;
    const struct field *f = collection_field(c, v->name), *m = v->type == JSON_TEXT ? member_named(d->out->output, v->text) : NULL;
    str path = pointer_name(d->r->why->arena, at(d, "writes"), v->name);
    if (!f || f->is_meta)
        REFUSE(d->r, path, "unknown-field", "There is no field \"" STR_FMT "\" to write", STR_ARG(v->name));
    else if (f->computed || f->locked || (f->kind->flags & (KIND_SECRET | KIND_DIGEST)))
        REFUSE(d->r, path, "not-here", STR_FMT " is not written by answers", STR_ARG(v->name));
    else if (!m)
        REFUSE(d->r, path, "unknown-field", "writes names a member of the output for each field");
    *out = (struct outgoing_write){f, m};
}

void link_actions(struct reader *r, struct draft *draft)
{
    const struct json *list = json_get(draft->canonical, S("actions"));
    for (size_t i = 0; i < draft->collection->action_count; i++) {
        struct action *action = &draft->actions[i];
        const struct json *canonical = &list->items[i], *writes = json_get(canonical, S("writes"));
        struct action_draft d = {.r = r, .of = draft, .canonical = canonical, .action = action, .out = (struct outgoing *)(uintptr_t)action->out};
        if (!action->out || !writes || writes->type != JSON_MAP)
            continue;
        d.path = pointer_index(r->why->arena, pointer_name(r->why->arena, draft->path, S("actions")), i);
        if (d.out->on_collection || writes->count > LIMIT_OUTGOING_FIELDS) {
            REFUSE(r, at(&d, "writes"), "not-here", "Fields are written of an action's item, at most %u of them", LIMIT_OUTGOING_FIELDS);
            continue;
        }
        struct outgoing_write *rows = NEW_N(r->arena, struct outgoing_write, writes->count + 1);
        for (uint32_t k = 0; k < writes->count; k++)
            read_write(&d, &writes->items[k], &rows[k]);
        d.out->writes = rows;
        d.out->write_count = writes->count;
    }
}

/* ---- the whole ---- */

static void refuse_keys_of_calls(struct action_draft *d)
{
    static const char *const keys[] = {"on", "timeout_s", "output", "writes"};
    for (size_t i = 0; i < COUNTOF(keys); i++)
        if (json_get(d->canonical, str_of(keys[i])))
            REFUSE(d->r, at(d, keys[i]), "not-here", "%s is for an action that has a url", keys[i]);
}

static void read_call(struct action_draft *d)
{
    struct outgoing *out = NEW(d->r->arena, struct outgoing);
    str name = d->action->name;
    d->action->out = d->out = out;
    if (d->of->collection->system)
        REFUSE(d->r, at(d, "url"), "not-here", "Actions of other servers are for your own collections");
    if (draft_is_view(d->of))
        REFUSE(d->r, at(d, "url"), "not-here", "A view has no actions of other servers; its source can have them");
    if (is_built_in(name))
        REFUSE(d->r, at(d, "name"), "name", STR_FMT " is what can be done with every item already", STR_ARG(name));
    read_url(d);
    read_on(d);
    read_timeout(d);
    out->input = read_side(d, "input");
    out->output = read_side(d, "output");
}

static void read_action(struct action_draft *d, struct map *seen)
{
    const struct json *url = json_get(d->canonical, S("url")), *secret = json_get(d->canonical, S("secret"));
    if (d->canonical->type == JSON_MAP)
        take_keys(d->r, d->canonical, d->given, d->path, action_keys, action_key_count, d->action);
    if (!name_is_valid(d->action->name) || is_verb(d->action->name) || map_put(seen, d->action->name, d->action))
        REFUSE(d->r, d->path, "name", "An action is an object with a name of its own that is no verb");
    if (secret)
        REFUSE(d->r, at(d, "secret"), "not-here",
               "A model holds no secrets: the one that signs is made with the action rotate of action_secrets, and shown once");
    if (url && url->type == JSON_TEXT)
        read_call(d);
    else
        refuse_keys_of_calls(d);
    if (!d->out)
        d->action->input = json_get(d->canonical, S("input"));
}

void read_actions(struct reader *r, struct draft *d)
{
    const struct json *list = json_get(d->canonical, S("actions")), *given = json_get(d->given, S("actions"));
    str path = pointer_name(r->why->arena, d->path, S("actions"));
    if (!list || list->type != JSON_LIST)
        return;
    if (list->count > LIMIT_RULES) {
        REFUSE(r, path, "limit", "A collection has at most %u actions", LIMIT_RULES);
        return;
    }
    d->actions = NEW_N(r->arena, struct action, list->count + 1);
    struct map *seen = map_new(r->arena, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        bool by_name = given && given->type == JSON_MAP;
        struct action_draft one = {.r = r, .of = d, .canonical = &list->items[i], .action = &d->actions[i]};
        one.given = given && i < given->count ? &given->items[i] : one.canonical;
        one.path = by_name ? pointer_name(r->why->arena, path, given->items[i].name) : pointer_index(r->why->arena, path, i);
        read_action(&one, seen);
    }
    d->collection->actions = d->actions;
    d->collection->action_count = list->count;
}
