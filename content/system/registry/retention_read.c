/* Rules as they are written. */
#include "base/amount.h"
#include "base/limits.h"
#include "base/regex.h"
#include "content/system/keys/repository_globs.h"
#include "content/system/registry/retention.h"

#define WITHIN_MAX_MS (INT64_C(86400000) * 36525) /* a hundred years */

static str text_in(const struct json *v, str name)
{
    const struct json *t = json_get(v, name);
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

static int64_t number_in(const struct json *v, str name)
{
    const struct json *n = json_get(v, name);
    return n && n->type == JSON_INT ? n->integer : 0;
}

static bool flag_in(const struct json *v, str name, bool otherwise)
{
    const struct json *b = json_get(v, name);
    return b && b->type == JSON_BOOL ? b->boolean : otherwise;
}

/* At most LIMIT_RETENTION_ENTRIES; more are a fault at `where`/name. */
static size_t list_in(const struct json *v, str name, str where, const struct json **items, struct problem *why)
{
    const struct json *l = json_get(v, name);
    size_t count = l && l->type == JSON_LIST ? l->count : 0;
    *items = count ? l->items : NULL;
    if (count <= LIMIT_RETENTION_ENTRIES)
        return count;
    err_ignored(problem_fault(why, ERR_INVALID, arena_format(why->arena, STR_FMT "/" STR_FMT, STR_ARG(where), STR_ARG(name)), S("limit"),
                              "At most %u of these", LIMIT_RETENTION_ENTRIES));
    return 0;
}

static int64_t span_in(const struct json *v, str name, str where, struct problem *why)
{
    uint64_t ms = 0;
    str text = text_in(v, name);
    if (str_is_absent(text))
        return 0;
    if (!amount_read_ms(text, &ms) || ms > (uint64_t)WITHIN_MAX_MS)
        err_ignored(problem_fault(why, ERR_INVALID, arena_format(why->arena, STR_FMT "/" STR_FMT, STR_ARG(where), STR_ARG(name)), S("duration"),
                                  "A time is a number and a unit, like 30d or 12h"));
    return (int64_t)ms;
}

static struct retention_test test_in(const struct json *v, str where, struct problem *why)
{
    struct retention_test t = {.most_pulled = (uint64_t)number_in(v, S("most_recently_pulled")),
                               .most_pushed = (uint64_t)number_in(v, S("most_recently_pushed"))};
    t.pulled_within_ms = span_in(v, S("pulled_within"), where, why);
    t.pushed_within_ms = span_in(v, S("pushed_within"), where, why);
    return t;
}

static void read_entry(struct arena *a, const struct json *v, str where, struct retention_entry *out, struct problem *why)
{
    const struct json *list;
    size_t count = list_in(v, S("patterns"), where, &list, why);
    out->patterns = NEW_N(a, const struct regex *, count);
    for (size_t i = 0; i < count; i++) {
        struct problem own = {.arena = a};
        if (list[i].type == JSON_TEXT && regex_compile(a, list[i].text, 0, &out->patterns[out->pattern_count], &own) == ERR_OK)
            out->pattern_count++;
        else
            err_ignored(problem_fault(why, ERR_INVALID, arena_format(why->arena, STR_FMT "/patterns/%zu", STR_ARG(where), i), S("pattern"),
                                      "This is no regular expression: " STR_FMT, STR_ARG(own.text)));
    }
    out->test = test_in(v, where, why);
}

static void read_repositories(struct arena *a, const struct json *item, str where, struct retention_rule *out, struct problem *why)
{
    const struct json *list;
    size_t count = list_in(item, S("repositories"), where, &list, why);
    out->repositories = NEW_N(a, const struct regex *, count);
    for (size_t i = 0; i < count; i++) {
        struct problem own = {.arena = a};
        bool looks_right = list[i].type == JSON_TEXT && repository_glob_looks_right(list[i].text);
        if (looks_right && regex_compile(a, repository_glob_regex(a, list[i].text), 0, &out->repositories[out->repository_count], &own) == ERR_OK)
            out->repository_count++;
        else
            err_ignored(problem_fault(why, ERR_INVALID, arena_format(why->arena, STR_FMT "/repositories/%zu", STR_ARG(where), i), S("glob"),
                                      "A pattern is a repository's name, with * within one part of the path and ** across"));
    }
}

enum err retention_rule_read(struct arena *a, const struct json *item, str where, struct retention_rule *out, struct problem *why)
{
    const struct json *list;
    size_t count = list_in(item, S("keep"), where, &list, why);
    *out = (struct retention_rule){.id = text_in(item, S("_id")), .order = number_in(item, S("order")),
                                   .delete_untagged = flag_in(item, S("delete_untagged"), true),
                                   .delete_referrers = flag_in(item, S("delete_referrers"), false),
                                   .dry_run = flag_in(item, S("dry_run"), false), .enabled = flag_in(item, S("enabled"), true)};
    read_repositories(a, item, where, out, why);
    out->entries = NEW_N(a, struct retention_entry, count);
    for (; out->entry_count < count; out->entry_count++)
        read_entry(a, &list[out->entry_count], arena_format(a, STR_FMT "/keep/%zu", STR_ARG(where), out->entry_count), &out->entries[out->entry_count], why);
    out->untagged = test_in(json_get(item, S("keep_untagged")), arena_format(a, STR_FMT "/keep_untagged", STR_ARG(where)), why);
    out->delay_ms = span_in(item, S("delay"), where, why);
    if (str_is_absent(text_in(item, S("delay"))))
        out->delay_ms = (int64_t)LIMIT_SWEEP_GRACE_S * 1000;
    return why->err;
}

bool retention_rule_names(const struct retention_rule *rule, str repository)
{
    for (size_t i = 0; i < rule->repository_count; i++)
        if (regex_matches(rule->repositories[i], repository))
            return true;
    return false;
}
