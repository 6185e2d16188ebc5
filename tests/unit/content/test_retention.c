/* Rules on facts, in tables (oci-registry.md 15): facts are days ago. Manifests are letters; digests are that letter often. */
#include "content/system/registry/retention.h"

#include "base/limits.h"
#include "tests/support/check.h"

#define NOON INT64_C(1795262400000)
#define DAY  INT64_C(86400000)

static const struct json *read(struct arena *a, const char *text)
{
    const struct json *out = NULL;
    struct problem why = {.arena = a};
    CHECK_PROBLEM(json_read(a, str_of(text), &(struct json_options){.dialect = JSON_5}, S(""), &out, &why), ERR_OK, &why);
    return out;
}

static str often(struct arena *a, const char *prefix, char letter)
{
    struct buf b;
    buf_init(&b, a, 128);
    buf_add(&b, str_of(prefix));
    for (size_t i = 0; i < 64; i++)
        buf_byte(&b, letter);
    return buf_str(&b);
}

static int64_t days_ago(const struct json *m, str name)
{
    const struct json *v = json_get(m, name);
    return v ? NOON - v->integer * DAY : 0;
}

static struct retention_facts facts_of(struct arena *a, const char *text)
{
    const struct json *said = read(a, text), *tags = json_get(said, S("tags")), *manifests = json_get(said, S("manifests"));
    struct retention_facts f = {.immutable_tags = json_get(said, S("immutable")) != NULL, .tag_count = tags ? tags->count : 0, .manifest_count = manifests->count};
    f.tags = NEW_N(a, struct retention_tag, f.tag_count + 1);
    f.manifests = NEW_N(a, struct retention_manifest, f.manifest_count + 1);
    for (size_t i = 0; i < f.tag_count; i++) {
        str name = tags->items[i].name;
        f.tags[i] = (struct retention_tag){.name = name, .manifest = tags->items[i].text};
        if (str_starts(name, S("about_")))
            f.tags[i].name = arena_format(a, STR_FMT ".sig", STR_ARG(often(a, "sha256-", name.at[6])));
    }
    for (size_t i = 0; i < f.manifest_count; i++) {
        const struct json *m = &manifests->items[i], *lists = json_get(m, S("lists")), *about = json_get(m, S("about"));
        struct retention_manifest *into = &f.manifests[i];
        *into = (struct retention_manifest){.id = m->name, .digest = often(a, "sha256:", m->name.at[0]), .pushed_ms = days_ago(m, S("pushed")),
                                            .pulled_ms = days_ago(m, S("pulled")), .list_count = lists ? lists->count : 0};
        into->subject = about ? often(a, "sha256:", about->text.at[0]) : (str){0};
        str *ids = NEW_N(a, str, into->list_count + 1);
        for (size_t k = 0; k < into->list_count; k++)
            ids[k] = lists->items[k].text.len == 1 ? lists->items[k].text : often(a, "sha256:", lists->items[k].text.at[1]); /* "=b": by its digest */
        into->lists = ids;
    }
    return f;
}

static const str names[] = {
#define X(name, stays, text) STR(#name),
    RETENTION_TABLE(X)
#undef X
};

/* "1.0 PATTERN, a TAGGED, b UNTAGGED" */
static str verdicts(struct arena *a, const struct retention_facts *f)
{
    struct buf b;
    buf_init(&b, a, 1024);
    for (size_t i = 0; i < f->tag_count; i++)
        buf_format(&b, "%s" STR_FMT " " STR_FMT, i ? ", " : "", STR_ARG(str_slice(f->tags[i].name, 0, 8)), STR_ARG(names[f->tags[i].verdict]));
    for (size_t i = 0; i < f->manifest_count; i++)
        buf_format(&b, "%s" STR_FMT " " STR_FMT, i || f->tag_count ? ", " : "", STR_ARG(f->manifests[i].id), STR_ARG(names[f->manifests[i].verdict]));
    return buf_str(&b);
}

#define OLD "{pushed:100}"
static const struct {
    const char *rule, *facts, *verdicts;
} cases[] = {
    /* without entries all tags stay, and what they name */
    {"{}", "{tags:{v1:'a'}, manifests:{a:" OLD "}}", "v1 ALL_TAGS, a TAGGED"},
    {"{keep:[]}", "{tags:{v1:'a'}, manifests:{a:" OLD ", b:" OLD "}}", "v1 ALL_TAGS, a TAGGED, b UNTAGGED"},
    /* the first entry with a pattern that is found in the tag */
    {"{keep:[{patterns:['^v']}]}", "{tags:{v1:'a', x1:'b'}, manifests:{a:" OLD ", b:" OLD "}}", "v1 PATTERN, x1 NO_PATTERN, a TAGGED, b UNTAGGED"},
    {"{keep:[{patterns:['1']}]}", "{tags:{v1:'a', v2:'a'}, manifests:{a:" OLD "}}", "v1 PATTERN, v2 NO_PATTERN, a TAGGED"},
    {"{keep:[{patterns:['^v'],pushed_within:'1d'},{patterns:['.*']}]}", "{tags:{v1:'a', x1:'b'}, manifests:{a:" OLD ", b:" OLD "}}", "v1 NO_TEST, x1 PATTERN, a UNTAGGED, b TAGGED"},
    {"{keep:[{pushed_within:'30d'}]}", "{tags:{v1:'a', v2:'b'}, manifests:{a:" OLD ", b:{pushed:3}}}", "v1 NO_TEST, v2 PUSHED_WITHIN, a UNTAGGED, b TAGGED"},
    /* conditions: any of them, a pull counts by whatever name, a push is as good as a pull */
    {"{keep:[{pulled_within:'30d'}]}", "{tags:{v1:'a', v2:'b', v3:'c', v4:'a'}, manifests:{a:{pushed:100,pulled:2}, b:{pushed:100,pulled:40}, c:{pushed:4}}}", "v1 PULLED_WITHIN, v2 NO_TEST, v3 PULLED_WITHIN, v4 PULLED_WITHIN, a TAGGED, b UNTAGGED, c TAGGED"},
    {"{keep:[{pulled_within:'720h',pushed_within:'10d'}]}", "{tags:{v1:'a', v2:'b', v3:'c'}, manifests:{a:{pushed:100,pulled:29}, b:{pushed:9}, c:{pushed:31,pulled:30}}}", "v1 PULLED_WITHIN, v2 PUSHED_WITHIN, v3 NO_TEST, a TAGGED, b TAGGED, c UNTAGGED"},
    {"{keep:[{most_recently_pushed:2}]}", "{tags:{v1:'a', v2:'b', v3:'c'}, manifests:{a:{pushed:9}, b:{pushed:7}, c:{pushed:8}}}", "v1 NO_TEST, v2 MOST_PUSHED, v3 MOST_PUSHED, a UNTAGGED, b TAGGED, c TAGGED"},
    {"{keep:[{most_recently_pulled:1}]}", "{tags:{v1:'a', v2:'b'}, manifests:{a:{pushed:9,pulled:5}, b:{pushed:7}}}", "v1 MOST_PULLED, v2 NO_TEST, a TAGGED, b UNTAGGED"},
    {"{keep:[{most_recently_pulled:1,most_recently_pushed:1}]}", "{tags:{v1:'a', v2:'b', v3:'c'}, manifests:{a:{pushed:9,pulled:5}, b:{pushed:7}, c:{pushed:8}}}", "v1 MOST_PULLED, v2 MOST_PUSHED, v3 NO_TEST, a TAGGED, b TAGGED, c UNTAGGED"},
    {"{keep:[{most_recently_pushed:5}]}", "{tags:{v1:'a'}, manifests:{a:" OLD "}}", "v1 MOST_PUSHED, a TAGGED"},
    /* so many of each entry; among equals the greater name */
    {"{keep:[{patterns:['^v'],most_recently_pushed:1},{most_recently_pushed:1}]}", "{tags:{v1:'a', v2:'a', x1:'b', x2:'c'}, manifests:{a:" OLD ", b:{pushed:4}, c:{pushed:5}}}", "v1 NO_TEST, v2 MOST_PUSHED, x1 MOST_PUSHED, x2 NO_TEST, a TAGGED, b TAGGED, c UNTAGGED"},
    /* tags that do not move do not go; untagged manifests there do */
    {"{keep:[{patterns:['^v']}]}", "{immutable:1, tags:{x1:'a'}, manifests:{a:" OLD ", b:" OLD "}}", "x1 IMMUTABLE, a TAGGED, b UNTAGGED"},
    /* the delay is the manifest's; its tag goes at once */
    {"{keep:[{patterns:['^v']}]}", "{tags:{x1:'a'}, manifests:{a:{pushed:0}, b:{pushed:1}}}", "x1 NO_PATTERN, a YOUNG, b UNTAGGED"},
    {"{delay:'3d'}", "{manifests:{a:{pushed:2}, b:{pushed:3}}}", "a YOUNG, b UNTAGGED"},
    {"{delay:'0s'}", "{manifests:{a:{pushed:0}}}", "a UNTAGGED"},
    /* untagged manifests */
    {"{delete_untagged:false}", "{manifests:{a:" OLD "}}", "a UNTAGGED_STAY"},
    {"{keep_untagged:{}}", "{manifests:{a:" OLD "}}", "a UNTAGGED"},
    {"{keep_untagged:{pulled_within:'5d'}}", "{manifests:{a:{pushed:100,pulled:2}, b:{pushed:100,pulled:7}}}", "a PULLED_WITHIN, b UNTAGGED"},
    {"{keep_untagged:{most_recently_pushed:1,most_recently_pulled:1}}", "{manifests:{a:{pushed:9,pulled:2}, b:{pushed:8}, c:{pushed:10}}}", "a MOST_PULLED, b MOST_PUSHED, c UNTAGGED"},
    /* an index keeps what it lists, however deep; only what no index lists is counted */
    {"{}", "{tags:{v1:'a'}, manifests:{a:{pushed:100,lists:['b']}, b:{pushed:100,lists:['c']}, c:" OLD ", d:" OLD "}}", "v1 ALL_TAGS, a TAGGED, b LISTED, c LISTED, d UNTAGGED"},
    {"{keep:[{patterns:['^v']}]}", "{tags:{v1:'a', x1:'d'}, manifests:{a:{pushed:100,lists:['b']}, b:" OLD ", d:{pushed:100,lists:['b','c']}, c:" OLD "}}", "v1 PATTERN, x1 NO_PATTERN, a TAGGED, b LISTED, d UNTAGGED, c UNTAGGED"},
    {"{keep_untagged:{most_recently_pushed:1}}", "{manifests:{a:{pushed:5,lists:['b']}, b:{pushed:4}, c:{pushed:6}}}", "a MOST_PUSHED, b LISTED, c UNTAGGED"},
    {"{}", "{manifests:{a:{pushed:5,lists:['b']}, b:{pushed:0}}}", "a UNTAGGED, b YOUNG"},
    {"{}", "{tags:{v1:'a'}, manifests:{a:{pushed:100,lists:['=b','=f']}, b:" OLD "}}", "v1 ALL_TAGS, a TAGGED, b LISTED"},
    /* what is about something that stays, stays, and what is about that */
    {"{delete_referrers:true}", "{tags:{v1:'a'}, manifests:{a:" OLD ", b:{pushed:100,about:'a'}, c:{pushed:100,about:'b'}}}", "v1 ALL_TAGS, a TAGGED, b ABOUT, c ABOUT"},
    {"{}", "{tags:{v1:'a'}, manifests:{a:{pushed:100,lists:['d']}, d:" OLD ", b:{pushed:100,about:'d',lists:['c']}, c:" OLD "}}", "v1 ALL_TAGS, a TAGGED, d LISTED, b ABOUT, c LISTED"},
    {"{}", "{manifests:{a:" OLD ", b:{pushed:100,about:'a'}, c:{pushed:100,about:'f'}}}", "a UNTAGGED, b REFERRERS_STAY, c REFERRERS_STAY"},
    {"{delete_referrers:true}", "{manifests:{a:" OLD ", b:{pushed:100,about:'a'}, c:{pushed:100,about:'f'}, d:{pushed:0,about:'f'}}}", "a UNTAGGED, b NO_SUBJECT, c NO_SUBJECT, d YOUNG"},
    {"{delete_untagged:false,delete_referrers:true}", "{manifests:{a:" OLD ", b:{pushed:100,about:'a'}, c:{pushed:100,about:'f'}}}", "a UNTAGGED_STAY, b ABOUT, c NO_SUBJECT"},
    /* … by tags of clients that know no referrers */
    {"{keep:[{patterns:['^v']}]}", "{tags:{v1:'a', about_a:'b', about_f:'c'}, manifests:{a:" OLD ", b:" OLD ", c:" OLD "}}", "v1 PATTERN, sha256-a ABOUT, sha256-f REFERRERS_STAY, a TAGGED, b TAGGED, c TAGGED"},
    {"{keep:[{patterns:['^v']}],delete_referrers:true}", "{tags:{x1:'a', about_a:'b', about_f:'c', about_e:'d'}, manifests:{a:" OLD ", b:" OLD ", c:" OLD ", d:{pushed:0}}}", "x1 NO_PATTERN, sha256-a NO_SUBJECT, sha256-f NO_SUBJECT, sha256-e YOUNG, a UNTAGGED, b NO_SUBJECT, c NO_SUBJECT, d TAGGED"},
    /* a tag that came while facts were gathered */
    {"{keep:[{patterns:['^v']}]}", "{tags:{x1:'z'}, manifests:{a:" OLD "}}", "x1 YOUNG, a UNTAGGED"},
};

static void rules_say_what_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct arena *a = arena_open(64u << 10);
        struct problem why = {.arena = a};
        struct retention_rule rule;
        struct retention_facts f = facts_of(a, cases[i].facts);
        CHECK_AT(i);
        CHECK_PROBLEM(retention_rule_read(a, read(a, cases[i].rule), S(""), &rule, &why), ERR_OK, &why);
        retention_judge(&rule, NOON, &f, a);
        CHECK_STR(verdicts(a, &f), str_of(cases[i].verdicts));
        size_t count = 0, going = 0;
        const struct retention_manifest **order = retention_order(&f, a, &count);
        for (size_t k = 0; k < f.manifest_count; k++)
            going += !retention_stays(f.manifests[k].verdict);
        CHECK_INT(count, going); /* none is forgotten */
        for (size_t k = 0; k < count; k++)
            for (size_t l = 0; l < k; l++) { /* nothing earlier is listed by this one, or is about it */
                for (size_t n = 0; n < order[k]->list_count; n++)
                    CHECK(!str_equal(order[k]->lists[n], order[l]->id));
                CHECK(!str_equal(order[l]->subject, order[k]->digest));
            }
        arena_close(a);
    }
}

static void rules_are_read_or_refused(void **state)
{
    static const struct {
        const char *rule, *path; /* of the fault; "": none */
    } rules[] = {
        {"{repositories:['acme/*','**']}", ""},
        {"{repositories:['Acme']}", "/repositories/0"},
        {"{repositories:['a','***']}", "/repositories/1"},
        {"{keep:[{patterns:['(']}]}", "/keep/0/patterns/0"},
        {"{keep:[{},{pulled_within:'soon'}]}", "/keep/1/pulled_within"},
        {"{keep:[{pushed_within:'40000d'}]}", "/keep/0/pushed_within"},
        {"{keep:[{pushed_within:'36525d'}]}", ""},
        {"{keep_untagged:{pushed_within:'1y'}}", "/keep_untagged/pushed_within"},
        {"{delay:'-1h'}", "/delay"},
        {"{delay:'1d'}", ""},
    };
    struct arena *a = arena_open(64u << 10);
    struct retention_rule rule;
    (void)state;
    for (size_t i = 0; i < COUNTOF(rules); i++) {
        struct problem why = {.arena = a};
        CHECK_AT(i);
        enum err e = retention_rule_read(a, read(a, rules[i].rule), S(""), &rule, &why);
        CHECK_INT(e, rules[i].path[0] ? ERR_INVALID : ERR_OK);
        CHECK_STR(why.fault_count ? why.faults[0].path : S(""), str_of(rules[i].path));
    }
    arena_close(a);
}

static void lists_have_limits(void **state)
{
    static const char *const lists[] = {"repositories:['a'", "keep:[{}", "keep:[{patterns:['a'"};
    struct arena *a = arena_open(64u << 10);
    (void)state;
    for (size_t i = 0; i < 2 * COUNTOF(lists); i++) {
        struct buf b;
        struct retention_rule rule;
        struct problem why = {.arena = a};
        const char *list = lists[i / 2];
        buf_init(&b, a, 1024);
        buf_format(&b, "{%s", list);
        for (size_t k = 1; k < LIMIT_RETENTION_ENTRIES + i % 2; k++)
            buf_format(&b, "%s", i / 2 == 1 ? ",{}" : ",'a'");
        buf_format(&b, "%s", i / 2 == 2 ? "]}]}" : "]}");
        CHECK_AT(i);
        enum err e = retention_rule_read(a, read(a, arena_cstr(a, buf_str(&b))), S(""), &rule, &why);
        CHECK_INT(e, i % 2 ? ERR_INVALID : ERR_OK);
    }
    arena_close(a);
}

static void the_first_name_that_fits(void **state)
{
    static const struct {
        const char *globs, *name;
        bool fits;
    } names_of[] = {
        {"['**']", "a/b/c", true},      {"['*']", "a/b", false},     {"['*']", "a", true},
        {"['acme/*']", "acme/app", true}, {"['acme/*']", "acme/app/x", false}, {"['acme/**']", "acme/app/x", true},
        {"['x','acme/app']", "acme/app", true}, {"['acme']", "acme2", false}, {"['a.b']", "acb", false},
    };
    struct arena *a = arena_open(64u << 10);
    (void)state;
    for (size_t i = 0; i < COUNTOF(names_of); i++) {
        struct retention_rule rule;
        struct problem why = {.arena = a};
        CHECK_AT(i);
        CHECK_PROBLEM(retention_rule_read(a, read(a, arena_cstr(a, arena_format(a, "{repositories:%s}", names_of[i].globs))), S(""), &rule, &why), ERR_OK, &why);
        CHECK(retention_rule_names(&rule, str_of(names_of[i].name)) == names_of[i].fits);
    }
    arena_close(a);
}

CHECK_MAIN(TEST(rules_say_what_goes), TEST(rules_are_read_or_refused), TEST(lists_have_limits), TEST(the_first_name_that_fits))
