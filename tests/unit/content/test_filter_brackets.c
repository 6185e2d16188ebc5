#include "tests/support/check.h"

#include "content/filter/filter.h"

/* "name=value&name=value"; '&' and '=' stand for nothing else here. */
static size_t split(str text, struct pair *pairs, size_t room)
{
    size_t n = 0;
    bool ended = false;
    str piece;

    while (n < room && str_next(&text, &ended, '&', &piece)) {
        str_cut(piece, '=', &pairs[n].name, &pairs[n].value);
        n++;
    }
    return n;
}

static enum err read_brackets(struct arena *a, const char *text, const struct json **out, struct problem *why)
{
    struct pair pairs[200];

    *why = (struct problem){.arena = a};
    *out = NULL;
    return filter_brackets(a, pairs, split(str_of(text), pairs, COUNTOF(pairs)), S("filter"), out, why);
}

static void brackets_become_the_tree_of_the_json_spelling(void **state)
{
    static const struct {
        const char *text, *json;
    } rows[] = {
        {"", NULL},
        {"sort=a", NULL},
        {"filter=x", NULL},
        {"filters[a]=1", NULL},
        {"filter[title]=a", "{\"title\":\"a\"}"},
        {"filter[title]=", "{\"title\":\"\"}"},
        {"filter[views][$gt]=100", "{\"views\":{\"$gt\":\"100\"}}"},
        {"filter[views][$gt]=1&filter[views][$lt]=5&sort=a", "{\"views\":{\"$gt\":\"1\",\"$lt\":\"5\"}}"},
        {"filter[author.name]=Ada", "{\"author.name\":\"Ada\"}"},
        {"filter[tags][$in][]=a&filter[tags][$in][]=b", "{\"tags\":{\"$in\":[\"a\",\"b\"]}}"},
        {"filter[tags][$in][1]=b&filter[tags][$in][0]=a", "{\"tags\":{\"$in\":[\"a\",\"b\"]}}"},
        {"filter[$or][0][title]=a&filter[$or][1][views][$gt]=1",
         "{\"$or\":[{\"title\":\"a\"},{\"views\":{\"$gt\":\"1\"}}]}"},
        {"filter[$or][0][$and][0][a]=1&filter[$or][0][$and][1][b]=2", "{\"$or\":[{\"$and\":[{\"a\":\"1\"},{\"b\":\"2\"}]}]}"},
        {"filter[$or][0][a]=1&filter[$or][0][b]=2", "{\"$or\":[{\"a\":\"1\",\"b\":\"2\"}]}"},
        {"filter[0]=a", "[\"a\"]"},
        {"filter[a\"b]=1", "{\"a\\\"b\":\"1\"}"},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct json *tree;
        struct problem why;
        CHECK_AT(i);
        CHECK_ERR(read_brackets(a, rows[i].text, &tree, &why), ERR_OK);
        CHECK((tree == NULL) == (rows[i].json == NULL));
        if (tree && rows[i].json)
            CHECK_STR(json_print(a, tree), str_of(rows[i].json));
    }
    arena_close(a);
}

static void bad_brackets_are_refused(void **state)
{
    static const struct {
        const char *text, *rule, *sentence;
    } rows[] = {
        {"filter[title=a", "brackets", "The brackets of \"filter[title\" do not close."},
        {"filter[title]x=a", "brackets", "The brackets of \"filter[title]x\" do not close."},
        {"filter[a[b]]=a", "brackets", "The brackets of \"filter[a[b]]\" do not close."},
        {"filter[a]=1&filter[a]=2", "brackets", "\"filter[a]\" is given twice."},
        {"filter[a]=1&filter[a][$gt]=2", "brackets", "\"filter[a][$gt]\" adds to something that has a value already."},
        {"filter[a][$gt]=2&filter[a]=1", "brackets", "\"filter[a]\" is given twice."},
        {"filter[a][][b]=1", "brackets", "Empty brackets stand last, not as in \"filter[a][][b]\"."},
        {"filter[a][0]=1&filter[a][2]=2", "brackets", "The numbers in brackets are not 0 to 1: \"2\"."},
        {"filter[a][0]=1&filter[a][x]=2", "brackets", "The numbers in brackets are not 0 to 1: \"x\"."},
        {"filter[a][5]=1", "brackets", "The numbers in brackets are not 0 to 0: \"5\"."},
        {"filter[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]=1", "limit",
         "\"filter[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]\" has more than 20 brackets."},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct json *tree;
        struct problem why;
        CHECK_AT(i);
        CHECK_ERR(read_brackets(a, rows[i].text, &tree, &why), ERR_BAD_INPUT);
        CHECK(tree == NULL);
        CHECK_FAULT(&why, S("filter"), str_of(rows[i].rule));
        if (why.fault_count)
            CHECK_STR(why.faults[0].text, str_of(rows[i].sentence));
    }
    arena_close(a);
}

CHECK_MAIN(TEST(brackets_become_the_tree_of_the_json_spelling), TEST(bad_brackets_are_refused))
