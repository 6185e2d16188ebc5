/* storage.retention of zot: retention_rules, which are made after the same model. What goes by a rule is lost, and the first rule that
 * names a repository is the only one that counts: so when one cannot be said here, those behind it are left out, too. */
#include "base/limits.h"
#include "base/regex.h"
#include "content/system/keys/repository_globs.h"
#include "server/transfer/zot_here.h"

struct rule {
    struct zot *z;
    const struct json *policy;
    struct member_list item;
    str id;
    const char *odd;                  /* what cannot be said; NULL: nothing */
};

/* ---- names ---- */

struct globs {
    struct arena *arena;
    struct json at[LIMIT_RETENTION_ENTRIES];
    size_t count;
    bool is_odd;
};

static void add_glob(struct globs *g, str glob)
{
    struct json v = json_of_text(glob);
    if (list_has(g->at, g->count, &v))
        return;
    g->is_odd |= g->count == COUNTOF(g->at) || !repository_glob_looks_right(glob);
    if (!g->is_odd)
        g->at[g->count++] = v;
}

/* There "**" as a whole part may be nothing, with its slash; here it is any text at all: so both ways. Within a part it is "*" there. */
static void add_ways(struct globs *g, str done, str left)
{
    size_t at = 0;
    if (g->is_odd) /* each "**" doubles the ways: one too many is enough to know */
        return;
    while (at + 1 < left.len && !(left.at[at] == '*' && left.at[at + 1] == '*'))
        at++;
    if (at + 1 >= left.len) {
        add_glob(g, arena_format(g->arena, STR_FMT STR_FMT, STR_ARG(done), STR_ARG(left)));
        return;
    }
    str before = arena_format(g->arena, STR_FMT STR_FMT, STR_ARG(done), STR_ARG(str_slice(left, 0, at))), behind = str_slice(left, at + 2, left.len);
    bool begins = before.len == 0 || str_ends(before, S("/")), ends = behind.len == 0 || behind.at[0] == '/';
    if (!begins || !ends) {
        add_ways(g, arena_format(g->arena, STR_FMT "*", STR_ARG(before)), behind);
        return;
    }
    add_ways(g, arena_format(g->arena, STR_FMT "**", STR_ARG(before)), behind);
    if (behind.len)
        add_ways(g, before, str_slice(behind, 1, behind.len));
    else if (before.len)
        add_glob(g, str_slice(before, 0, before.len - 1));
}

static void take_repositories(struct rule *r)
{
    const struct json *list = json_get(r->policy, S("repositories"));
    struct globs *g = NEW(r->z->arena, struct globs);
    g->arena = r->z->arena;
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count; i++) {
        str glob = import_text(&list->items[i]);
        if (str_contains(glob, S("***")))
            g->is_odd = true;
        else
            add_ways(g, S(""), glob);
    }
    if (g->is_odd || g->count == 0)
        r->odd = "its patterns of repositories";
    member_put(&r->item, S("repositories"), json_of_list(g->at, g->count));
}

/* ---- what stays ---- */

static const struct {
    str theirs, ours;
    bool is_time;
} conditions[] = {
    {STR("pulledWithin"), STR("pulled_within"), true},
    {STR("pushedWithin"), STR("pushed_within"), true},
    {STR("mostRecentlyPulledCount"), STR("most_recently_pulled"), false},
    {STR("mostRecentlyPushedCount"), STR("most_recently_pushed"), false},
};

static void take_conditions(struct rule *r, const struct json *from, struct member_list *out)
{
    for (size_t i = 0; i < COUNTOF(conditions); i++) {
        const struct json *v = json_get(from, conditions[i].theirs);
        int64_t seconds;
        if (says_nothing(v) || (v->type == JSON_INT && v->integer == 0))
            continue;
        if (!conditions[i].is_time)
            member_put(out, conditions[i].ours, *v);
        else if (zot_seconds(v, &seconds))
            member_put(out, conditions[i].ours, json_of_text(arena_format(r->z->arena, "%lld", (long long)seconds)));
        else
            r->odd = "a time in it";
    }
}

static bool patterns_fit(const struct json *list, struct arena *a)
{
    if (!list || list->type == JSON_NULL)
        return true;
    if (list->type != JSON_LIST || list->count > LIMIT_RETENTION_ENTRIES)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct regex *unused;
        struct problem own = {.arena = a};
        if (list->items[i].type != JSON_TEXT || regex_compile(a, list->items[i].text, 0, &unused, &own) != ERR_OK)
            return false;
    }
    return true;
}

static void take_tags(struct rule *r)
{
    const struct json *list = json_get(r->policy, S("keepTags"));
    uint32_t count = list && list->type == JSON_LIST ? list->count : 0;
    struct json *keep = NEW_N(r->z->arena, struct json, count + 1);
    if (count > LIMIT_RETENTION_ENTRIES)
        r->odd = "the length of its keepTags";
    for (uint32_t i = 0; i < count; i++) {
        const struct json *patterns = json_get(&list->items[i], S("patterns"));
        struct member_list one = {.arena = r->z->arena};
        if (!patterns_fit(patterns, r->z->arena))
            r->odd = "its patterns of tags";
        else if (!says_nothing(patterns))
            member_put(&one, S("patterns"), *patterns);
        take_conditions(r, &list->items[i], &one);
        keep[i] = member_map(&one);
    }
    if (count)
        member_put(&r->item, S("keep"), json_of_list(keep, count));
}

static void take_flag(struct rule *r, str theirs, str ours)
{
    const struct json *v = json_get(r->policy, theirs);
    if (v && v->type == JSON_BOOL)
        member_put(&r->item, ours, *v);
}

static void demand_known(struct rule *r)
{
    static const str known[] = {STR("repositories"), STR("deleteReferrers"), STR("deleteUntagged"), STR("keepTags"), STR("keepUntagged")};
    if (r->policy->type != JSON_MAP) {
        r->odd = "what it is";
        return;
    }
    for (uint32_t i = 0; i < r->policy->count; i++) {
        size_t k = 0;
        while (k < COUNTOF(known) && !str_equal(known[k], r->policy->items[i].name))
            k++;
        if (k == COUNTOF(known))
            r->odd = arena_cstr(r->z->arena, r->policy->items[i].name);
    }
}

static void take_policy(struct rule *r, uint32_t number)
{
    const struct json *retention = zot_key(r->z->config, S("storage.retention")), *gc = zot_key(r->z->config, S("storage.gc"));
    const struct json *delay = json_get(retention, S("delay")), *untagged = json_get(r->policy, S("keepUntagged"));
    int64_t seconds;
    struct member_list rest = {.arena = r->z->arena};
    str label = arena_format(r->z->arena, "zot %u", number + 1);
    r->id = transfer_id(r->z->arena, S("zot"), S("retention_rules"), label);
    member_put(&r->item, S("_id"), json_of_text(r->id));
    member_put(&r->item, S("label"), json_of_text(label));
    member_put(&r->item, S("order"), json_of_int(number));
    demand_known(r);
    take_repositories(r);
    take_tags(r);
    take_conditions(r, untagged, &rest);
    if (!says_nothing(untagged))
        member_put(&r->item, S("keep_untagged"), member_map(&rest));
    take_flag(r, S("deleteUntagged"), S("delete_untagged"));
    take_flag(r, S("deleteReferrers"), S("delete_referrers"));
    if (!says_nothing(delay) && zot_seconds(delay, &seconds))
        member_put(&r->item, S("delay"), json_of_text(arena_format(r->z->arena, "%lld", (long long)seconds)));
    member_put(&r->item, S("dry_run"), json_of_bool(true_member(retention, S("dryRun"))));
    member_put(&r->item, S("enabled"), json_of_bool(!(gc && gc->type == JSON_BOOL && !gc->boolean)));
}

/* Up to the first that cannot be said. */
static size_t read_policies(struct zot *z, const struct json *list, struct rule *rules)
{
    for (uint32_t i = 0; i < list->count; i++) {
        rules[i] = (struct rule){.z = z, .policy = &list->items[i], .item = {.arena = z->arena}};
        take_policy(&rules[i], i);
        if (i < LIMIT_RETENTION_RULES && !rules[i].odd)
            continue;
        transfer_tell(z->to, arena_format(z->arena, "storage.retention: policy %u is left out, and so are those behind it, for nothing is to go that zot would keep: "
                                                    "%s cannot be said here", i + 1, rules[i].odd ? rules[i].odd : "so many"));
        return i;
    }
    return list->count;
}

enum err zot_take_retention(struct zot *z)
{
    const struct json *list = zot_key(z->config, S("storage.retention.policies")), none = json_of_list(NULL, 0);
    if (!list || list->type != JSON_LIST)
        list = &none;
    struct rule *rules = NEW_N(z->arena, struct rule, list->count + 1);
    struct map *kept = map_new(z->arena, 16);
    size_t count = read_policies(z, list, rules);
    for (size_t i = 0; i < count; i++)
        (void)map_put(kept, rules[i].id, z);
    TRY(zot_drop_rules(z, kept));
    if (count)
        TRY(transfer_into(z->to, S("retention_rules"), z->why));
    for (size_t i = 0; i < count; i++)
        TRY(zot_give(z, &rules[i].item));
    return ERR_OK;
}
