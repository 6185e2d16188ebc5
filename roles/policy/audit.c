/* "What can this role reach?" as data that can be committed and diffed: one line per collection and verb, sorted,
 * with fields and conditions in canonical spelling. Read from the compiled rights, not from the grants: it states
 * what is in force, not what was meant. What is in force only at times or from some addresses has lines of its own
 * behind it, with these limits, one per grant. */
#include "base/limits.h"
#include "base/network.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

#include <stdlib.h>

struct line {
    str collection, verb;
    int rank;                         /* read create update delete publish, actions; limited ones behind */
    size_t place;
    struct json item;
};

struct audit {
    struct arena *arena;
    struct subject *subject;
    const struct rights *rights;
    struct line *lines;
    size_t count, room;
    /* Of the line at hand: limits along the way to its grant. */
    const struct limit *limits[LIMIT_ROLE_DEPTH + 2];
    size_t limit_count;
};

static void add_line(struct audit *s, str collection, str verb, int rank, struct json *members, size_t count)
{
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 64;
        s->lines = arena_grow(s->arena, s->lines, s->room * sizeof *s->lines, room * sizeof *s->lines);
        s->room = room;
    }
    struct line *l = &s->lines[s->count];
    *l = (struct line){collection, verb, rank + (s->limit_count ? 1000 : 0), s->count, json_of_map(members, count)};
    s->count++;
}

static struct json texts(struct arena *a, str name, const str *list, size_t count)
{
    struct json *items = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++)
        items[i] = json_of_text(list[i]);
    return json_named(name, json_of_list(items, count));
}

/* "*", or the names. */
static struct json fields_of(struct arena *a, const struct access *access)
{
    const struct collection *c = access->in;
    field_set own = c->all_fields;
    for (size_t i = 0; i < META_COUNT; i++)
        field_set_drop(&own, i);
    for (size_t i = 0; i < c->field_count; i++)
        if (access->verb == VERB_READ ? field_set_has(&c->secret_fields, i) : c->fields[i].locked)
            field_set_drop(&own, i);
    field_set shown = field_set_and(own, access->fields);
    if (field_set_equal(&shown, &own) && !field_set_is_empty(&own))
        return json_named(S("fields"), json_of_text(S("*")));
    str *names = NEW_N(a, str, c->field_count);
    size_t count = 0;
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (field_set_has(&shown, i))
            names[count++] = c->fields[i].name;
    return texts(a, S("fields"), names, count);
}

static void add_filter(struct audit *s, struct json *members, size_t *count, str name, const struct filter *f)
{
    const struct json *printed = NULL;
    struct problem quiet = {.arena = s->arena};
    if (f->node == FILTER_ALL)
        return;
    must(json_read(s->arena, filter_print(s->arena, f), NULL, name, &printed, &quiet) == ERR_OK);
    members[(*count)++] = json_named(name, *printed);
}

static str instant(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return buf_str(&b);
}

static str network_text(struct arena *a, const struct network *n)
{
    bool is_v4 = address_is_v4(&n->at);
    str at = address_write(a, &n->at);
    if (n->at.is_local || n->bits == 128)
        return at;
    return arena_format(a, STR_FMT "/%u", STR_ARG(at), is_v4 && n->bits >= 96 ? n->bits - 96 : n->bits);
}

static void add_limits(struct audit *s, struct json *members, size_t *count)
{
    int64_t from = INT64_MIN, until = INT64_MAX;
    for (size_t i = 0; i < s->limit_count; i++) {
        const struct limit *l = s->limits[i];
        from = l->from_ms > from ? l->from_ms : from;
        until = l->until_ms < until ? l->until_ms : until;
        if (!l->by_address)
            continue;
        str *names = NEW_N(s->arena, str, l->network_count);
        for (size_t k = 0; k < l->network_count; k++)
            names[k] = network_text(s->arena, &l->networks[k]);
        members[(*count)++] = texts(s->arena, S("addresses"), names, l->network_count); /* each of several must hold */
    }
    if (from != INT64_MIN)
        members[(*count)++] = json_named(S("valid_from"), json_of_text(instant(s->arena, from)));
    if (until != INT64_MAX)
        members[(*count)++] = json_named(S("valid_until"), json_of_text(instant(s->arena, until)));
}

#define MEMBERS (10u + LIMIT_ROLE_DEPTH)

static struct json *begin(struct audit *s, str collection, str verb, size_t *count)
{
    struct json *members = NEW_N(s->arena, struct json, MEMBERS);
    members[0] = json_named(S("collection"), json_of_text(collection));
    members[1] = json_named(S("verb"), json_of_text(verb));
    *count = 2;
    return members;
}

static void add_access(struct audit *s, const struct access *a)
{
    size_t count;
    struct json *members = begin(s, a->in->name, verb_names[a->verb], &count);
    if (a->verb != VERB_DELETE && a->verb != VERB_PUBLISH)
        members[count++] = fields_of(s->arena, a);
    add_filter(s, members, &count, S("where"), a->where);
    add_filter(s, members, &count, S("check"), a->check);
    struct json *presets = NEW_N(s->arena, struct json, a->preset_count);
    for (size_t i = 0; i < a->preset_count; i++)
        presets[i] = json_named(a->presets[i].field->name, a->presets[i].value);
    struct json forced = json_of_map(presets, a->preset_count);
    if (a->preset_count)
        members[count++] = json_named(S("preset"), json_copy(s->arena, &forced));
    if (!a->every_locale)
        members[count++] = texts(s->arena, S("locales"), a->locales, a->locale_count);
    add_limits(s, members, &count);
    add_line(s, a->in->name, verb_names[a->verb], (int)a->verb, members, count);
}

static void add_action(struct audit *s, const struct collection *c, str name, const struct filter *where)
{
    size_t count;
    struct json *members = begin(s, c->name, name, &count);
    add_filter(s, members, &count, S("where"), where);
    add_limits(s, members, &count);
    add_line(s, c->name, name, VERB_COUNT, members, count);
}

static void add_rights(struct audit *s, const struct rights *r)
{
    for (size_t i = 0; i < r->model->collection_count; i++) {
        const struct collection *c = r->model->collections[i];
        for (enum verb v = 0; v < VERB_COUNT; v++)
            if (rights_access(r, v, c)->granted)
                add_access(s, rights_access(r, v, c));
        for (size_t k = 0; k < c->action_count; k++)
            if (r->actions[c->index][k].granted)
                add_action(s, c, c->actions[k].name, r->actions[c->index][k].where);
    }
}

/* ---- What is limited, grant by grant. */

static void take_limits(struct audit *s, const struct policy_rules *rules, const struct held_role *held, size_t at)
{
    s->limit_count = 0;
    for (size_t i = at; i != HELD_DIRECTLY; i = held[i].through)
        if (rules->roles[held[i].role].limit)
            s->limits[s->limit_count++] = rules->roles[held[i].role].limit;
}

/* The rights of one role as if nothing of it were limited; with one grant, or as the built-in administrator. */
static const struct rights *alone(const struct audit *s, str role, const struct grant *grant)
{
    struct role_rule one = {.name = role};
    struct grant unlimited = grant ? *grant : (struct grant){.role = 0};
    unlimited.role = 0;
    unlimited.limit = NULL;
    struct policy_rules rules = {&one, 1, &unlimited, grant ? 1 : 0};
    const struct identity *id = &s->subject->identity;
    struct rights_wish wish = {.model = s->rights->model, .rules = &rules, .roles = &role, .role_count = 1,
                               .scopes = id->scopes, .scope_count = id->scope_count};
    return rights_make(&wish);
}

static void release(void *counted)
{
    counted_release(counted);
}

static void keep(struct audit *s, const struct rights *r)
{
    add_rights(s, r);
    arena_on_close(s->arena, release, (void *)(uintptr_t)&r->counted);
}

/* Under the policy's lock; asks nobody. */
static enum err add_limited(void *self, const struct policy_rules *rules, struct problem *why)
{
    struct audit *s = self;
    str given[LIMIT_ROLES_GIVEN + 1];
    size_t count, given_count = identity_roles(&s->subject->identity, given);
    const struct held_role *held = roles_held(s->arena, rules, given, given_count, NULL, &count);
    (void)why;
    for (size_t i = 0; i < count; i++) {
        const struct role_rule *role = &rules->roles[held[i].role];
        take_limits(s, rules, held, i);
        size_t of_roles = s->limit_count;
        if (of_roles && str_equal(role->name, S("admin")))
            keep(s, alone(s, role->name, NULL));
        for (size_t k = 0; k < rules->grant_count; k++) {
            const struct grant *g = &rules->grants[k];
            if (g->role != held[i].role)
                continue;
            s->limit_count = of_roles;
            if (g->limit)
                s->limits[s->limit_count++] = g->limit;
            if (s->limit_count)
                keep(s, alone(s, role->name, g));
        }
    }
    s->limit_count = 0;
    return ERR_OK;
}

static int by_name(str a, str b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int in_order(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    int order = by_name(a->collection, b->collection);
    if (!order)
        order = (a->rank > b->rank) - (a->rank < b->rank);
    if (!order)
        order = by_name(a->verb, b->verb);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

enum err gate_audit(struct gate *g, struct arena *a, str name, struct json *out, struct problem *why)
{
    struct moment now = {.now_ms = time_now_ms()};
    struct subject subject;
    size_t unused;
    bool has_sort = str_find(name, ':', &unused);
    enum err e = subject_find(g, a, has_sort ? name : arena_format(a, "role:" STR_FMT, STR_ARG(name)), &now, &subject, why);
    if (e == ERR_NOT_FOUND && !has_sort)
        return problem_set(why, ERR_NOT_FOUND, "There is no role " STR_FMT, STR_ARG(name));
    TRY(e);
    const struct rights *r = subject.who->rights;
    struct audit s = {.arena = a, .subject = &subject, .rights = r->lasting ? r->lasting : r};
    add_rights(&s, s.rights);
    if (r->limit_count)
        TRY(policy_look(g->policy, add_limited, &s, why));
    if (s.count)
        qsort(s.lines, s.count, sizeof *s.lines, in_order);
    struct json *items = NEW_N(a, struct json, s.count);
    for (size_t i = 0; i < s.count; i++)
        items[i] = s.lines[i].item;
    *out = json_of_list(items, s.count);
    return ERR_OK;
}

/* ---- As text. */

static void print_names(struct buf *b, const struct json *v)
{
    if (v->type == JSON_TEXT) {
        buf_add(b, v->text);
        return;
    }
    if (v->count == 0)
        buf_add(b, S("none"));
    for (uint32_t i = 0; i < v->count; i++)
        buf_format(b, "%s" STR_FMT, i ? "," : "", STR_ARG(v->items[i].text));
}

static void print_member(struct buf *b, struct arena *a, const struct json *m)
{
    if (str_equal(m->name, S("preset"))) {
        for (uint32_t i = 0; i < m->count; i++)
            buf_format(b, " preset." STR_FMT "=" STR_FMT, STR_ARG(m->items[i].name), STR_ARG(json_print(a, &m->items[i])));
        return;
    }
    buf_format(b, " " STR_FMT "=", STR_ARG(m->name));
    if (m->type == JSON_MAP)
        buf_add(b, json_print(a, m));
    else
        print_names(b, m);
}

str gate_audit_text(struct arena *a, const struct json *list)
{
    struct buf b;
    buf_init(&b, a, 16u << 20);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *line = &list->items[i];
        buf_format(&b, STR_FMT " " STR_FMT, STR_ARG(line->items[0].text), STR_ARG(line->items[1].text));
        for (uint32_t k = 2; k < line->count; k++)
            print_member(&b, a, &line->items[k]);
        buf_byte(&b, '\n');
    }
    return buf_str(&b);
}
