#include "server/transfer/zot_access.h"

#include "base/limits.h"
#include "server/transfer/import_parts.h"

const str zot_verbs[ZOT_ACTIONS] = {STR("read"), STR("create"), STR("update"), STR("delete")};

static void tell(struct zot_access *z, str sentence)
{
    z->tell(z->self, sentence);
}

struct zot_subject *zot_subject_of(struct zot_access *z, enum zot_whom whom, str name)
{
    for (size_t i = 0; i < z->subject_count; i++)
        if (z->subjects[i].whom == whom && str_equal(z->subjects[i].name, name))
            return &z->subjects[i];
    if (z->subject_count == z->room) {
        size_t room = z->room ? 2 * z->room : 16;
        z->subjects = arena_grow(z->arena, z->subjects, z->room * sizeof *z->subjects, room * sizeof *z->subjects);
        z->room = room;
    }
    struct zot_subject *s = &z->subjects[z->subject_count++];
    *s = (struct zot_subject){.whom = whom, .name = name, .by_pattern = NEW_N(z->arena, unsigned, z->pattern_count + 1)};
    return s;
}

/* ---- reading ---- */

static enum err refuse(str where, const char *is, struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, "accessControl: " STR_FMT " is %s in zot: nothing was imported", STR_ARG(where), is);
}

static enum err demand(const struct json *v, enum json_type type, str where, struct problem *why)
{
    if (!v || v->type == JSON_NULL || v->type == type)
        return ERR_OK;
    return refuse(where, type == JSON_MAP ? "an object" : "a list", why);
}

static uint32_t length_of(const struct json *list)
{
    return list && (list->type == JSON_LIST || list->type == JSON_MAP) ? list->count : 0;
}

static enum err read_actions(struct zot_access *z, const struct json *list, str where, unsigned *out, struct problem *why)
{
    *out = 0;
    TRY(demand(list, JSON_LIST, arena_format(z->arena, "actions of " STR_FMT, STR_ARG(where)), why));
    for (uint32_t i = 0; i < length_of(list); i++) {
        size_t k = 0;
        while (k < ZOT_ACTIONS && !json_is_text(&list->items[i], zot_verbs[k]))
            k++;
        if (k < ZOT_ACTIONS)
            *out |= 1u << k;
        else
            tell(z, arena_format(z->arena, "The action " STR_FMT " (" STR_FMT ") has no like here; it is left out", STR_ARG(import_text(&list->items[i])),
                                 STR_ARG(where)));
    }
    return ERR_OK;
}

/* pattern SIZE_MAX: everywhere. */
static void give(struct zot_subject *s, size_t pattern, unsigned actions)
{
    if (pattern == SIZE_MAX)
        s->everywhere |= actions;
    else
        s->by_pattern[pattern] |= actions;
}

static enum err read_names(struct zot_access *z, const struct json *policy, enum zot_whom whom, str where, size_t pattern, unsigned actions,
                           struct problem *why)
{
    str member = whom == ZOT_USER ? S("users") : S("groups");
    const struct json *names = json_get(policy, member);
    TRY(demand(names, JSON_LIST, arena_format(z->arena, STR_FMT " of " STR_FMT, STR_ARG(member), STR_ARG(where)), why));
    for (uint32_t i = 0; i < length_of(names); i++)
        if (import_text(&names->items[i]).len)
            give(zot_subject_of(z, whom, names->items[i].text), pattern, actions);
    return ERR_OK;
}

static void tell_unknown(struct zot_access *z, const struct json *map, const str *known, size_t count, str where)
{
    for (uint32_t i = 0; i < length_of(map); i++) {
        size_t k = 0;
        while (k < count && !str_equal(known[k], map->items[i].name))
            k++;
        if (k == count)
            tell(z, arena_format(z->arena, "accessControl: " STR_FMT " of " STR_FMT " is not known; it is left out", STR_ARG(map->items[i].name),
                                 STR_ARG(where)));
    }
}

static enum err read_policy(struct zot_access *z, const struct json *policy, str where, size_t pattern, struct problem *why)
{
    static const str known[] = {STR("users"), STR("groups"), STR("actions"), STR("conditions")};
    unsigned actions = 0;
    if (policy->type != JSON_MAP)
        return refuse(where, "made of objects", why);
    tell_unknown(z, policy, known, COUNTOF(known), where);
    TRY(read_actions(z, json_get(policy, S("actions")), where, &actions, why));
    if (!says_nothing(json_get(policy, S("conditions")))) {
        tell(z, arena_format(z->arena, "A policy of " STR_FMT " has conditions, which are not translated; it is left out, and grants nothing",
                             STR_ARG(where)));
        actions = 0;
    }
    TRY(read_names(z, policy, ZOT_USER, where, pattern, actions, why));
    return read_names(z, policy, ZOT_GROUP, where, pattern, actions, why);
}

static enum err read_common(struct zot_access *z, const struct json *entry, str member, enum zot_whom whom, size_t pattern, struct problem *why)
{
    unsigned actions = 0;
    TRY(read_actions(z, json_get(entry, member), arena_format(z->arena, STR_FMT " of " STR_FMT, STR_ARG(member), STR_ARG(z->patterns[pattern].text)),
                     &actions, why));
    if (actions)
        give(zot_subject_of(z, whom, (str){0}), pattern, actions);
    return ERR_OK;
}

static enum err read_entry(struct zot_access *z, const struct json *entry, size_t pattern, struct problem *why)
{
    static const str known[] = {STR("policies"), STR("defaultPolicy"), STR("anonymousPolicy")};
    str text = z->patterns[pattern].text;
    const struct json *policies = json_get(entry, S("policies"));
    if (entry->type != JSON_MAP)
        return refuse(text, "an object", why);
    tell_unknown(z, entry, known, COUNTOF(known), text);
    TRY(demand(policies, JSON_LIST, arena_format(z->arena, "policies of " STR_FMT, STR_ARG(text)), why));
    for (uint32_t i = 0; i < length_of(policies); i++)
        TRY(read_policy(z, &policies->items[i], text, pattern, why));
    TRY(read_common(z, entry, S("defaultPolicy"), ZOT_SIGNED_IN, pattern, why));
    return read_common(z, entry, S("anonymousPolicy"), ZOT_ANYBODY, pattern, why);
}

static enum err read_patterns(struct zot_access *z, const struct json *repositories, struct problem *why)
{
    TRY(demand(repositories, JSON_MAP, S("repositories"), why));
    z->pattern_count = length_of(repositories);
    z->patterns = NEW_N(z->arena, struct zot_pattern, z->pattern_count + 1);
    for (size_t i = 0; i < z->pattern_count; i++) {
        zot_pattern_read(z->arena, repositories->items[i].name, &z->patterns[i]);
        if (!z->patterns[i].is_known)
            tell(z, arena_format(z->arena, "The pattern " STR_FMT " is not translated; names that begin with \"" STR_FMT "\" get nothing from shorter ones",
                                 STR_ARG(z->patterns[i].text), STR_ARG(z->patterns[i].front)));
    }
    for (size_t i = 0; i < z->pattern_count; i++)
        TRY(read_entry(z, &repositories->items[i], i, why));
    return ERR_OK;
}

enum err zot_access_read(struct zot_access *z, const struct json *control, struct problem *why)
{
    static const str known[] = {STR("repositories"), STR("groups"), STR("adminPolicy"), STR("metrics")};
    const struct json *admins = json_get(control, S("adminPolicy"));
    if (control->type != JSON_MAP)
        return problem_set(why, ERR_BAD_INPUT, "accessControl is an object in zot: nothing was imported");
    tell_unknown(z, control, known, COUNTOF(known), S("accessControl"));
    TRY(read_patterns(z, json_get(control, S("repositories")), why));
    return says_nothing(admins) ? ERR_OK : read_policy(z, admins, S("the adminPolicy"), SIZE_MAX, why);
}

/* ---- grants ---- */

/* The others that take names away from this one: as long or longer, and not granting this. */
static size_t others_of(const struct zot_access *z, const struct zot_subject *s, size_t at, unsigned action, const struct zot_pattern **out)
{
    const struct zot_pattern *p = &z->patterns[at];
    size_t count = 0;
    for (size_t i = 0; i < z->pattern_count; i++)
        if (i != at && z->patterns[i].text.len >= p->text.len && !(s->by_pattern[i] & action) && zot_patterns_meet(p, &z->patterns[i]))
            out[count++] = &z->patterns[i];
    return count;
}

static bool same(const struct zot_pattern *const *l, size_t l_count, const struct zot_pattern *const *r, size_t r_count)
{
    return l_count == r_count && (l_count == 0 || memcmp(l, r, l_count * sizeof *l) == 0);
}

/* Actions that the same others take names away from are one grant. */
static void grants_of(struct zot_access *z, const struct zot_subject *s, size_t at, struct zot_grant *out, size_t *count)
{
    unsigned left = s->by_pattern[at] & ~s->everywhere;
    const struct zot_pattern **others = NEW_N(z->arena, const struct zot_pattern *, z->pattern_count + 1);
    const struct zot_pattern **more = NEW_N(z->arena, const struct zot_pattern *, z->pattern_count + 1);
    while (left && z->patterns[at].is_known) {
        struct zot_grant g = {.actions = left & (~left + 1)};
        size_t n = others_of(z, s, at, g.actions, others);
        for (unsigned a = g.actions << 1; a < 1u << ZOT_ACTIONS; a <<= 1)
            if ((left & a) && same(others, n, more, others_of(z, s, at, a, more)))
                g.actions |= a;
        left &= ~g.actions;
        if (zot_pattern_condition(z->arena, &z->patterns[at], others, n, &g.where))
            out[(*count)++] = g;
        else
            tell(z, arena_format(z->arena, "The pattern " STR_FMT " is overruled by too many longer ones to be told apart; it grants nothing",
                                 STR_ARG(z->patterns[at].text)));
    }
}

void zot_access_grants(struct zot_access *z, const struct zot_subject *s, struct zot_grant **out, size_t *count)
{
    *out = NEW_N(z->arena, struct zot_grant, z->pattern_count * ZOT_ACTIONS + 1);
    *count = 0;
    if (s->everywhere)
        (*out)[(*count)++] = (struct zot_grant){.actions = s->everywhere, .where = json_null};
    for (size_t i = 0; i < z->pattern_count; i++)
        grants_of(z, s, i, *out, count);
}
