/* zot's accessControl against what it becomes here: the decision is the same for whoever asks for whatever, by an oracle that
 * follows oci-registry.md 13 step by step and knows nothing of filters; and a table of patterns. */
#include "tests/support/check.h"
#include "tests/support/house.h"

#include "content/filter/filter.h"
#include "server/transfer/zot_access.h"

#include <stdlib.h>

/* ---- the oracle ---- */

static bool glob(const char *p, const char *n, bool begins_part);

static bool glob_set(const char *p, const char *n)
{
    bool is_negated = p[1] == '^' || p[1] == '!', is_in = false;
    const char *c = p + 1 + is_negated;
    for (; *c != ']'; c++) {
        if (c[1] == '-' && c[2] != ']') {
            is_in |= *n >= c[0] && *n <= c[2];
            c += 2;
        } else {
            is_in |= *n == *c;
        }
    }
    return *n && *n != '/' && is_in != is_negated && glob(c + 1, n + 1, false);
}

static bool glob_across(const char *p, const char *n)
{
    if (*p == '\0')
        return true;
    if (glob(p + 1, n, true))
        return true;
    for (; *n; n++)
        if (*n == '/' && glob(p + 1, n + 1, true))
            return true;
    return false;
}

static bool glob(const char *p, const char *n, bool begins_part)
{
    if (*p == '\0')
        return *n == '\0';
    if (p[0] == '*' && p[1] == '*' && begins_part && (p[2] == '\0' || p[2] == '/'))
        return glob_across(p + 2, n);
    if (*p == '*') {
        p += p[1] == '*' ? 2 : 1;
        for (;; n++) {
            if (glob(p, n, false))
                return true;
            if (*n == '\0' || *n == '/')
                return false;
        }
    }
    if (strcmp(p, "/**") == 0 && *n == '\0')
        return true;
    if (*p == '[')
        return glob_set(p, n);
    if (*p == '?')
        return *n && *n != '/' && glob(p + 1, n + 1, false);
    return *p == *n && glob(p + 1, n + 1, *p == '/');
}

/* One pair of braces at most: both ways. */
static bool matches(struct arena *a, str pattern, str name)
{
    size_t open, close;
    const char *n = arena_cstr(a, name);
    if (!str_find(pattern, '{', &open))
        return glob(arena_cstr(a, pattern), n, true);
    must(str_find(pattern, '}', &close));
    str rest = str_slice(pattern, open + 1, close), way;
    bool ended = false;
    while (str_next(&rest, &ended, ',', &way))
        if (glob(arena_cstr(a, arena_format(a, STR_FMT STR_FMT STR_FMT, STR_ARG(str_slice(pattern, 0, open)), STR_ARG(way),
                                            STR_ARG(str_slice(pattern, close + 1, pattern.len)))),
                 n, true))
            return true;
    return false;
}

struct caller {
    const char *name;                 /* "": nobody */
    const char *groups[3];
};

static bool has(const struct json *list, const char *text)
{
    for (uint32_t i = 0; list && i < list->count; i++)
        if (json_is_text(&list->items[i], str_of(text)))
            return true;
    return false;
}

static bool policy_grants(const struct json *policy, const struct caller *who, const char *action)
{
    bool is_named = who->name[0] && has(json_get(policy, S("users")), who->name);
    for (size_t i = 0; i < COUNTOF(who->groups) && who->groups[i]; i++)
        is_named |= has(json_get(policy, S("groups")), who->groups[i]);
    const struct json *conditions = json_get(policy, S("conditions"));
    return is_named && has(json_get(policy, S("actions")), action) && !(conditions && conditions->count);
}

static bool entry_grants(const struct json *entry, const struct caller *who, const char *action)
{
    const struct json *policies = json_get(entry, S("policies"));
    for (uint32_t i = 0; policies && i < policies->count; i++)
        if (policy_grants(&policies->items[i], who, action))
            return true;
    return has(json_get(entry, who->name[0] ? S("defaultPolicy") : S("anonymousPolicy")), action);
}

/* By every entry that could be the longest match: of one length, zot takes any of them. */
struct verdict {
    bool always, is_sure;
};

static struct verdict decide(struct arena *a, const struct json *control, const struct caller *who, const char *action, str name)
{
    const struct json *repositories = json_get(control, S("repositories"));
    struct verdict v = {true, true};
    size_t longest = 0, count = 0;
    for (uint32_t i = 0; i < repositories->count; i++)
        if (repositories->items[i].name.len > longest && matches(a, repositories->items[i].name, name))
            longest = repositories->items[i].name.len;
    for (uint32_t i = 0; i < repositories->count; i++) {
        if (repositories->items[i].name.len != longest || !matches(a, repositories->items[i].name, name))
            continue;
        v.always &= entry_grants(&repositories->items[i], who, action);
        count++;
    }
    bool by_admin = policy_grants(json_get(control, S("adminPolicy")), who, action);
    return (struct verdict){(v.always && count > 0) || by_admin, count <= 1 || by_admin};
}

/* ---- ours ---- */

struct translated {
    struct arena *arena;
    const struct principal *server;
    const struct collection *repositories;
    struct zot_access access;
    unsigned told;
};

static void count_told(void *self, str sentence)
{
    (void)sentence;
    ((struct translated *)self)->told++;
}

static bool subject_grants(struct translated *t, enum zot_whom whom, str subject, size_t action, str name)
{
    struct zot_subject s = *zot_subject_of(&t->access, whom, subject);
    struct zot_grant *grants;
    struct json member = json_named(S("name"), json_of_text(name)), image = json_of_map(&member, 1);
    size_t count;
    zot_access_grants(&t->access, &s, &grants, &count);
    for (size_t i = 0; i < count; i++) {
        struct filter_options options = {.dialect = JSON_STRICT, .allow_vars = true, .where = STR("where")};
        struct filter_world world = {.arena = t->arena};
        struct problem why = {.arena = t->arena};
        const struct filter *f = &filter_all;
        if (!(grants[i].actions & (1u << action)))
            continue;
        if (grants[i].where.type != JSON_NULL)
            CHECK_ERR(filter_read(t->arena, principal_model(t->server), t->repositories, &grants[i].where, &options, &f, &why), ERR_OK);
        if (filter_matches(f, &image, &world))
            return true;
    }
    return false;
}

/* What roles grant adds up. */
static bool granted(struct translated *t, const struct caller *who, size_t action, str name)
{
    if (!who->name[0])
        return subject_grants(t, ZOT_ANYBODY, (str){0}, action, name);
    bool is = subject_grants(t, ZOT_USER, str_of(who->name), action, name) || subject_grants(t, ZOT_SIGNED_IN, (str){0}, action, name);
    for (size_t i = 0; i < COUNTOF(who->groups) && who->groups[i] && !is; i++)
        is = subject_grants(t, ZOT_GROUP, str_of(who->groups[i]), action, name);
    return is;
}

static void translate(struct translated *t, struct house *h, struct arena *a, const struct json *control)
{
    struct problem why = {.arena = a};
    *t = (struct translated){.arena = a, .server = principal_system(h->gate, a, SYSTEM_COMMAND)};
    t->repositories = house_collection(t->server, "repositories");
    t->access = (struct zot_access){.arena = a, .tell = count_told, .self = t};
    CHECK_ERR(zot_access_read(&t->access, control, &why), ERR_OK);
}

/* ---- chance ---- */

static const char *const patterns[] = {
    "**", "*", "a", "a/b", "a/**", "a/*", "**/b", "a/**/c", "a*", "a/b*", "a/b/**", "{a,b}/**", "a/{b,c}", "[ab]/*", "[^a]/**", "?/b", "a/[b-c]/*",
    "b/**", "b/c", "b/*/c", "*/*", "**/*", "a/b/c", "a.b/**", "a-b", "x{a,b,cc}", "**/c", "A/**", "a/b/c/d/**", "a**", "b/c**/d",
};
static const char *const names[] = {
    "a", "b", "a/b", "a/c", "a/b/c", "a/b/c/d", "b/c", "b/b", "b/x/c", "c/d", "ab", "a/bb", "a.b", "a.b/c", "a-b", "axb/c", "xa", "xcc", "c", "b/cc/d",
};
static const char *const actions[] = {"read", "create", "update", "delete"};
static const struct caller callers[] = {
    {"", {NULL}}, {"ann", {NULL}}, {"ann", {"dev"}}, {"bob", {"dev", "ops"}}, {"eve", {"none"}}, {"root", {NULL}}, {"cid", {"ops"}},
};

static unsigned roll(uint64_t *seed, unsigned sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*seed >> 33) % sides;
}

static void add_words(struct buf *b, uint64_t *seed, const char *name, const char *const *words, size_t count, unsigned one_of)
{
    bool is_first = true;
    buf_format(b, "%s:[", name);
    for (size_t i = 0; i < count; i++)
        if (roll(seed, one_of) == 0) {
            buf_format(b, "%s'%s'", is_first ? "" : ",", words[i]);
            is_first = false;
        }
    buf_add(b, S("],"));
}

static void add_policy(struct buf *b, uint64_t *seed)
{
    static const char *const users[] = {"ann", "bob", "cid", "root"}, *const groups[] = {"dev", "ops"};
    buf_byte(b, '{');
    add_words(b, seed, "users", users, COUNTOF(users), 3);
    add_words(b, seed, "groups", groups, COUNTOF(groups), 3);
    add_words(b, seed, "actions", actions, COUNTOF(actions), 2);
    if (roll(seed, 8) == 0)
        buf_add(b, S("conditions:[{expression:'false'}],"));
    buf_add(b, S("},"));
}

static const struct json *control_by_chance(struct arena *a, uint64_t *seed)
{
    struct buf b;
    unsigned many = 1 + roll(seed, 7), used = 0;
    buf_init(&b, a, 64u << 10);
    buf_add(&b, S("{repositories:{"));
    for (size_t i = roll(seed, 3); i < COUNTOF(patterns) && used < many; i += 1 + roll(seed, 6), used++) {
        buf_format(&b, "'%s':{policies:[", patterns[i]);
        for (unsigned n = roll(seed, 3); n > 0; n--)
            add_policy(&b, seed);
        buf_add(&b, S("],"));
        add_words(&b, seed, "defaultPolicy", actions, COUNTOF(actions), 3);
        add_words(&b, seed, "anonymousPolicy", actions, COUNTOF(actions), 4);
        buf_add(&b, S("},"));
    }
    buf_add(&b, S("},adminPolicy:{users:['root'],"));
    add_words(&b, seed, "actions", actions, COUNTOF(actions), 2);
    buf_add(&b, S("}}"));
    must(!b.failed);
    return house_json(a, arena_cstr(a, buf_str(&b)));
}

static void compare_all(struct translated *t, const struct json *control, uint64_t turn)
{
    for (size_t w = 0; w < COUNTOF(callers); w++)
        for (size_t n = 0; n < COUNTOF(names); n++)
            for (size_t k = 0; k < COUNTOF(actions); k++) {
                struct verdict v = decide(t->arena, control, &callers[w], actions[k], str_of(names[n]));
                bool is = granted(t, &callers[w], k, str_of(names[n]));
                if (v.is_sure ? is != v.always : is && !v.always)
                    CHECK_SAY("turn %llu: %s of %s by '%s': here %s\n" STR_FMT, (unsigned long long)turn, actions[k], names[n], callers[w].name,
                              is ? "yes" : "no", STR_ARG(json_print(t->arena, control)));
            }
}

static void decisions_are_those_of_zot(void **state)
{
    struct house *h = house_open();
    (void)state;
    for (uint64_t turn = 1; turn <= 60; turn++) {
        struct arena *a = arena_open(1u << 20);
        uint64_t seed = turn * 7919;
        struct translated t;
        const struct json *control = control_by_chance(a, &seed);
        translate(&t, h, a, control);
        compare_all(&t, control, turn);
        arena_close(a);
    }
    house_close(h);
}

/* ---- patterns ---- */

static void patterns_match_what_they_say(void **state)
{
    static const struct {
        const char *pattern, *matches, *not;
    } rows[] = {
        {"**", "a a/b a/b/c", ""},
        {"*", "a ab", "a/b"},
        {"a/*", "a/b", "a a/b/c b/c"},
        {"a/**", "a a/b a/b/c", "ab b/a"},
        {"**/a", "a b/a c/b/a", "ab a/b ba"},
        {"a/**/b", "a/b a/x/b a/x/y/b", "a/xb ab a"},
        {"a**", "a abc", "a/b ab/c"},
        {"a?c", "abc a.c", "ac a/c"},
        {"a[bc]d", "abd acd", "aed a/d"},
        {"a[^bc]d", "aed", "abd a/d"},
        {"{a,b/c}/d", "a/d b/c/d", "b/d c/d"},
        {"a.b", "a.b", "axb"},
        {"{a,{b,c}}", "a b c", "d {b"},
        {"A", "", "a"},
        {"[A-Z]x", "", "ax"},
        {"$user", "", "user"},
    };
    struct house *h = house_open();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(64u << 10);
        CHECK_AT(i);
        const struct json *control = house_json(a, arena_cstr(a, arena_format(a, "{repositories:{'%s':{defaultPolicy:['read']}}}", rows[i].pattern)));
        struct translated t;
        translate(&t, h, a, control);
        CHECK(t.access.patterns[0].is_known);
        for (int wanted = 0; wanted < 2; wanted++) {
            str rest = str_of(wanted ? rows[i].matches : rows[i].not), name;
            bool ended = false;
            while (str_next(&rest, &ended, ' ', &name))
                if (name.len)
                    CHECK_INT(subject_grants(&t, ZOT_SIGNED_IN, (str){0}, ZOT_READ, name), wanted);
        }
        arena_close(a);
    }
    house_close(h);
}

/* What is not understood grants nothing, and takes what it could mean from shorter ones. */
static void what_is_not_understood_denies(void **state)
{
    static const char *const odd[] = {"a/{b", "a/[b", "a/b\\c", "a/[]x", "a/{**,b}/c", "a/[b-", "a/"};
    struct house *h = house_open();
    (void)state;
    for (size_t i = 0; i < COUNTOF(odd); i++) {
        struct arena *a = arena_open(64u << 10);
        struct json entries[2], policy = json_of_text(S("read")), word = json_named(S("defaultPolicy"), json_of_list(&policy, 1));
        struct json none = json_named(S("defaultPolicy"), json_of_list(&policy, 0)), repositories;
        struct translated t;
        CHECK_AT(i);
        entries[0] = json_named(S("**"), json_of_map(&word, 1));
        entries[1] = json_named(str_of(odd[i]), json_of_map(&none, 1));
        repositories = json_named(S("repositories"), json_of_list(entries, 2));
        repositories.type = JSON_MAP;
        struct json control = json_of_map(&repositories, 1);
        translate(&t, h, a, &control);
        CHECK_INT(t.told, 1);
        CHECK(!t.access.patterns[1].is_known);
        CHECK(subject_grants(&t, ZOT_SIGNED_IN, (str){0}, ZOT_READ, S("b/c")));
        CHECK(!subject_grants(&t, ZOT_SIGNED_IN, (str){0}, ZOT_READ, S("a/b/c")));
        arena_close(a);
    }
    house_close(h);
}

/* As many as somebody may have: what a filter cannot hold any more is denied, and told. */
static void many_patterns_are_told_apart_or_denied(void **state)
{
    static const struct {
        unsigned many;
        bool grants;
    } rows[] = {{800, true}, {5000, false}};
    struct house *h = house_open();
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4u << 20);
        struct buf b;
        struct translated t;
        buf_init(&b, a, 1u << 20);
        buf_add(&b, S("{repositories:{'**':{defaultPolicy:['read']}"));
        for (unsigned n = 0; n < rows[i].many; n++)
            buf_format(&b, ",'team%u/*':{}", n);
        buf_add(&b, S("}}"));
        translate(&t, h, a, house_json(a, arena_cstr(a, buf_str(&b))));
        CHECK_AT(i);
        CHECK_INT(subject_grants(&t, ZOT_SIGNED_IN, (str){0}, ZOT_READ, S("other")), rows[i].grants);
        CHECK(!subject_grants(&t, ZOT_SIGNED_IN, (str){0}, ZOT_READ, S("team700/x")));
        CHECK(rows[i].grants == (t.told == 0));
        arena_close(a);
    }
    house_close(h);
}

CHECK_MAIN(TEST(patterns_match_what_they_say), TEST(what_is_not_understood_denies), TEST(many_patterns_are_told_apart_or_denied),
           TEST(decisions_are_those_of_zot))
