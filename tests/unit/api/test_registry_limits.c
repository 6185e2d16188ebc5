/* The registry's ceilings, on both of their sides: names, and pages of what there is (oci-registry.md 1, 7, 8, 17; ). */
#include "base/limits.h"
#include "roles/registry/registry.h"
#include "tests/support/check.h"
#include "tests/support/oci.h"

static str letters(struct arena *a, size_t count)
{
    char *at = arena_get(a, count + 1, 1);
    memset(at, 'a', count);
    return (str){at, count};
}

static void r_1_names_have_a_length(void **state)
{
    struct arena *a = arena_open(4096);
    (void)state;
    CHECK(repository_name_valid(letters(a, LIMIT_REPOSITORY_BYTES)) && !repository_name_valid(letters(a, LIMIT_REPOSITORY_BYTES + 1)));
    CHECK(tag_name_valid(letters(a, LIMIT_TAG_BYTES)) && !tag_name_valid(letters(a, LIMIT_TAG_BYTES + 1)));
    CHECK(!repository_name_valid(S("")) && !tag_name_valid(S("")));
    arena_close(a);
}

static void r_1_names_have_a_grammar(void **state)
{
    static const struct {
        str name;
        bool repository, tag;
    } cases[] = {
        {STR("a"), true, true}, {STR("A"), false, true}, {STR("a_b"), true, true}, {STR("a__b"), true, true}, {STR("a___b"), false, true},
        {STR("a.b"), true, true}, {STR("a..b"), false, true}, {STR("a----b"), true, true}, {STR("a._b"), false, true}, {STR("_a"), false, true},
        {STR(".a"), false, false}, {STR("-a"), false, false}, {STR("a-"), false, true}, {STR("a/b"), true, false}, {STR("a//b"), false, false},
        {STR("/a"), false, false}, {STR("a/"), false, false}, {STR("a/../b"), false, false}, {STR("a\nb"), false, false}, {STR("a\0b"), false, false},
        {STR("a:b"), false, false}, {STR("a b"), false, false}, {STR("\xc3\xa4"), false, false}, {STR("0/9"), true, false}, {STR("latest"), true, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(repository_name_valid(cases[i].name), cases[i].repository);
        CHECK_INT(tag_name_valid(cases[i].name), cases[i].tag);
    }
}

static uint32_t listed(struct arena *a, const struct fake_exchange *f, const char *name)
{
    const struct json *list = json_get(house_json(a, arena_cstr(a, f->answer)), str_of(name));
    CHECK_INT(f->status, 200);
    return list ? list->count : 0;
}

/* A page is full without a next one, or full with one behind it: whatever n says. */
static void check_pages(struct house *h, const char *path, const char *name, uint32_t most, bool one_more)
{
    struct arena *a = arena_open(1u << 20);
    const char *const queries[] = {"", "?n=1000000", "?n=18446744073709551615"};
    for (size_t i = 0; i < COUNTOF(queries); i++) {
        struct fake_exchange *f = oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "GET %s%s", path, queries[i])), "", S(""));
        CHECK_AT(i);
        CHECK_INT(listed(a, f, name), most);
        CHECK_INT(fake_header_count(f, "Link"), one_more);
        if (!one_more)
            continue;
        str next, rest;
        (void)str_cut(str_slice(fake_header(f, "Link"), 1, fake_header(f, "Link").len), '>', &next, &rest);
        CHECK_INT(listed(a, oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "GET " STR_FMT, STR_ARG(next))), "", S("")), name), 1);
    }
    arena_close(a);
}

static void tag_all(struct house *h, size_t from, size_t to)
{
    struct arena *a = arena_open(64u << 10);
    while (from < to) {
        str line = arena_format(a, "pub/app/manifests/" STR_FMT "?tag=t%zu", STR_ARG(oci_digest(a, S(IMAGE "}"))), from++);
        for (size_t i = 1; i < LIMIT_TAGS_AT_ONCE && from < to; i++)
            line = arena_format(a, STR_FMT "&tag=t%zu", STR_ARG(line), from++);
        CHECK_INT(oci_put(h, a, "all", arena_cstr(a, line), MANIFEST, S(IMAGE "}"))->status, 201);
        arena_reset(a);
    }
    arena_close(a);
}

static void r_4_lists_come_in_pages(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    tag_all(h, 0, LIMIT_TAG_PAGE);
    check_pages(h, "/v2/pub/app/tags/list", "tags", LIMIT_TAG_PAGE, false);
    tag_all(h, LIMIT_TAG_PAGE, LIMIT_TAG_PAGE + 1);
    check_pages(h, "/v2/pub/app/tags/list", "tags", LIMIT_TAG_PAGE, true);
    for (size_t i = 1; i <= LIMIT_CATALOG_PAGE; i++) { /* and pub/app */
        if (i == LIMIT_CATALOG_PAGE)
            check_pages(h, "/v2/_catalog", "repositories", LIMIT_CATALOG_PAGE, false);
        (void)house_item(h, "repositories", arena_cstr(a, arena_format(a, "{name:'r%zu', size:1}", i)));
        arena_reset(a);
    }
    check_pages(h, "/v2/_catalog", "repositories", LIMIT_CATALOG_PAGE, true);
    arena_close(a);
    house_close(h);
}

static void r_4_referrers_come_in_pages(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(64u << 10);
    (void)state;
    oci_push(h, a, "pub/app", S("{}"));
    for (size_t i = 0; i <= LIMIT_REFERRERS; i++) {
        str body = arena_format(a, IMAGE ",\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" NOBODYS "\",\"size\":1},\"n\":%zu}", i);
        if (i == LIMIT_REFERRERS)
            check_pages(h, "/v2/pub/app/referrers/" NOBODYS, "manifests", LIMIT_REFERRERS, false);
        CHECK_INT(oci_put(h, a, "all", arena_cstr(a, arena_format(a, "pub/app/manifests/" STR_FMT, STR_ARG(oci_digest(a, body)))), "", body)->status, 201);
        arena_reset(a);
    }
    check_pages(h, "/v2/pub/app/referrers/" NOBODYS, "manifests", LIMIT_REFERRERS, true);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(r_1_names_have_a_length), TEST(r_1_names_have_a_grammar), TEST(r_4_lists_come_in_pages), TEST(r_4_referrers_come_in_pages))
