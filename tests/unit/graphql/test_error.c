/* Errors as they stand in answers, and what bounds them. */
#include "base/limits.h"
#include "graphql/error.h"
#include "tests/support/check.h"

static str written(struct gql_errors *errors)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, errors->arena, 1u << 24);
    json_begin(&w, &b);
    gql_write_errors(&w, errors);
    json_end(&w);
    return buf_str(&b);
}

static void an_error_tells_all_it_knows(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    CHECK_STR(written(&errors), S("[]"));
    char name[] = "posts";
    struct gql_path root = {.key = {name, 5}}, item = {.in = &root, .index = 0}, leaf = {.in = &item, .key = S("title")};
    struct gql_error *e = gql_fail(&errors, GQL_INTERNAL, "It \"broke\" %d times.", 2);
    gql_fail_at(&errors, e, S("{\n posts\r\n{title}}"), 11);
    gql_fail_at(&errors, e, S("{\n posts\r\n{title}}"), 3);
    gql_fail_path(&errors, e, &leaf);
    name[0] = 'X'; /* it was copied */
    e = gql_fail_limit(&errors, S("depth"), 15, 16, "Too deep.");
    gql_fail_path(&errors, e, NULL);
    CHECK_STR(written(&errors), S("[{\"message\":\"It \\\"broke\\\" 2 times.\",\"locations\":[{\"line\":3,\"column\":2},{\"line\":2,\"column\":2}],"
                                  "\"path\":[\"posts\",0,\"title\"],\"extensions\":{\"code\":\"INTERNAL_SERVER_ERROR\"}},"
                                  "{\"message\":\"Too deep.\",\"path\":[],\"extensions\":{\"code\":\"LIMIT_EXCEEDED\",\"limit\":\"depth\",\"max\":15,\"actual\":16}}]"));
    arena_close(a);
}

/* One asks for places in any order and of several texts. */
static void places_are_right_in_any_order(void **state)
{
    (void)state;
    static const str texts[] = {STR("a\r\nb\rc\n\xc3\xa9 d\n\n\re"), STR("\n\r\n\xf0\x9f\x98\x80 x \r y\n\n z")};
    struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    struct gql_error *e = NULL;
    for (uint32_t i = 0; i < 400; i++) {
        CHECK_AT(i);
        str text = texts[i / 7 % 2];
        uint32_t at = i * 31 % (uint32_t)(text.len + 2);
        if (i % 90 == 0)
            e = gql_fail(&errors, GQL_INVALID, "here");
        NEED(e != NULL);
        gql_fail_at(&errors, e, text, at);
        struct gql_place wanted = gql_place_of(text, at), is = e->places[e->place_count - 1];
        CHECK(is.line == wanted.line && is.column == wanted.column);
    }
    arena_close(a);
}

static void lists_of_errors_are_bounded(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    struct gql_error *first = gql_fail(&errors, GQL_INVALID, "first");
    for (size_t i = 1; i < LIMIT_GRAPHQL_ERRORS; i++)
        CHECK(gql_fail(&errors, GQL_INVALID, "%zu", i) != NULL);
    CHECK(!errors.is_full && errors.count == LIMIT_GRAPHQL_ERRORS);
    CHECK(!str_contains(written(&errors), S("more errors")));
    CHECK(gql_fail(&errors, GQL_INVALID, "one more") == NULL && errors.is_full && errors.count == LIMIT_GRAPHQL_ERRORS);
    CHECK(gql_fail_limit(&errors, S("x"), 1, 2, "one more") == NULL);
    CHECK(str_ends(written(&errors), S("{\"message\":\"There are more errors than those that are listed.\","
                                       "\"extensions\":{\"code\":\"LIMIT_EXCEEDED\"}}]")));
    gql_fail_at(&errors, NULL, S("x"), 0);
    gql_fail_path(&errors, NULL, NULL);
    CHECK(first == &errors.items[0]);
    for (size_t i = 0; i < LIMIT_GRAPHQL_PLACES + 1; i++) {
        gql_fail_at(&errors, first, S("{a}"), 1);
        CHECK_INT(first->place_count, i < LIMIT_GRAPHQL_PLACES ? i + 1 : LIMIT_GRAPHQL_PLACES);
    }
    arena_close(a);
}

static void messages_are_cut_between_characters(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    char text[LIMIT_GRAPHQL_MESSAGE_BYTES + 2];
    for (size_t pad = 0; pad < 3; pad++) {
        CHECK_AT(pad);
        memset(text, 'x', sizeof text);
        memcpy(text + LIMIT_GRAPHQL_MESSAGE_BYTES - pad, "\xc3\xa9", 2);
        for (size_t len = LIMIT_GRAPHQL_MESSAGE_BYTES - pad; len <= LIMIT_GRAPHQL_MESSAGE_BYTES + 2 - pad; len += 2) {
            struct gql_errors errors = {.arena = a};
            const struct gql_error *e = gql_fail(&errors, GQL_INVALID, "%.*s", (int)len, text);
            size_t wanted = len <= LIMIT_GRAPHQL_MESSAGE_BYTES ? len : LIMIT_GRAPHQL_MESSAGE_BYTES - pad;
            CHECK_STR(e->message, ((str){text, wanted}));
        }
    }
    arena_close(a);
}

static void problems_become_errors(void **state)
{
    (void)state;
    struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    struct json one = json_named(S("rev"), json_of_int(3)), more = json_of_map(&one, 1);
    struct problem invalid = {.arena = a}, stale = {.arena = a, .more = &more}, inside = {.arena = a},
                   busy = {.arena = a, .retry_after_s = 7};
    problem_fault(&invalid, ERR_INVALID, S("/title"), S("required"), "The title is missing.");
    problem_fault(&invalid, ERR_INVALID, S("/date"), S("type"), "This is no date.");
    problem_set(&stale, ERR_STALE, "It was changed meanwhile");
    problem_set(&inside, ERR_INTERNAL, "SELECT secret");
    problem_fault(&inside, ERR_INTERNAL, S("/x"), S("sql"), "SELECT secret");
    problem_set(&busy, ERR_TOO_MANY, "Slowly.");
    gql_fail_problem(&errors, &invalid);
    gql_fail_problem(&errors, &stale);
    gql_fail_problem(&errors, &busy);
    CHECK_STR(written(&errors),
              S("[{\"message\":\"The title is missing (and 1 more: see errors).\",\"extensions\":{\"code\":\"INVALID\",\"errors\":["
                "{\"path\":\"/title\",\"code\":\"required\",\"message\":\"The title is missing.\"},"
                "{\"path\":\"/date\",\"code\":\"type\",\"message\":\"This is no date.\"}]}},"
                "{\"message\":\"It was changed meanwhile.\",\"extensions\":{\"code\":\"STALE\",\"rev\":3}},"
                "{\"message\":\"Slowly.\",\"extensions\":{\"code\":\"TOO_MANY_REQUESTS\",\"retryAfter\":7}}]"));
    errors = (struct gql_errors){.arena = a};
    gql_fail_problem(&errors, &inside);
    CHECK(!str_contains(written(&errors), S("secret")));
    CHECK(str_contains(written(&errors), S("\"code\":\"INTERNAL_SERVER_ERROR\"}")));
    arena_close(a);
}

CHECK_MAIN(TEST(an_error_tells_all_it_knows), TEST(places_are_right_in_any_order), TEST(lists_of_errors_are_bounded),
           TEST(messages_are_cut_between_characters), TEST(problems_become_errors))
