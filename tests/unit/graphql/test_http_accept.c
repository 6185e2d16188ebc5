/* Which media type an answer has, and which status (graphql.md 9): both tables row by row. */
#include "tests/support/check.h"

#include "base/limits.h"
#include "graphql/http/parts.h"
#include "tests/support/fake_exchange.h"

#define RESPONSE "application/graphql-response+json"

static void the_most_specific_range_counts(void **state)
{
    static const struct {
        const char *accept; /* NULL: no such header; lines are headers */
        enum gql_media wanted;
    } rows[] = {
        {NULL, MEDIA_JSON},
        {"", MEDIA_JSON},
        {"application/json", MEDIA_JSON},
        {"*/*", MEDIA_JSON},
        {"application/*", MEDIA_JSON},
        {RESPONSE, MEDIA_GRAPHQL},
        {"Application/GraphQL-Response+JSON", MEDIA_GRAPHQL},
        {"APPLICATION/JSON", MEDIA_JSON},
        {RESPONSE ", application/json;q=0.9", MEDIA_GRAPHQL},
        {RESPONSE ";q=0.8, application/json;q=0.9", MEDIA_JSON},
        {"application/json, " RESPONSE, MEDIA_GRAPHQL},
        {"application/json;q=0.5, " RESPONSE ";q=0.5", MEDIA_GRAPHQL},
        {RESPONSE ", */*;q=0.1", MEDIA_GRAPHQL},
        {RESPONSE ";q=0.1, */*", MEDIA_JSON},
        {RESPONSE "; charset=utf-8", MEDIA_GRAPHQL},
        {RESPONSE "; charset=utf-16; q=1", MEDIA_GRAPHQL},
        {RESPONSE ";q=0", MEDIA_NONE},
        {RESPONSE ";q=0, */*", MEDIA_JSON},
        {"application/json;q=0", MEDIA_NONE},
        {"application/json;q=0, */*", MEDIA_GRAPHQL},
        {"application/json;q=0.000, application/*", MEDIA_GRAPHQL},
        {"application/*;q=0, */*", MEDIA_NONE},
        {"text/html", MEDIA_NONE},
        {"text/event-stream", MEDIA_NONE},
        {"text/html, application/xhtml+xml, */*;q=0.8", MEDIA_JSON},
        {"*/json", MEDIA_JSON},                           /* no range; nothing else was said */
        {"*/json, text/html", MEDIA_NONE},
        {"application/json;q=2", MEDIA_JSON},             /* no weight, so no range */
        {"application/json;q=1.001, text/html", MEDIA_NONE},
        {"application/json;q=0.1234, text/html", MEDIA_NONE},
        {"application/json;q=, text/html", MEDIA_NONE},
        {"application/json;q=.5, text/html", MEDIA_NONE},
        {"application/json;q=1.000", MEDIA_JSON},
        {"application/json;Q=0", MEDIA_NONE},
        {"application/json ; q = 0.5 , " RESPONSE " ; q=0.6", MEDIA_GRAPHQL},
        {"application/json;x=\"a,b;q=0\", " RESPONSE ";q=0.9", MEDIA_JSON},
        {"application/json;x=\"\\\",;q=0\"", MEDIA_JSON},
        {",,application/json,,", MEDIA_JSON},
        {"application", MEDIA_JSON},
        {"application/, text/html", MEDIA_NONE},
        {"text/html\nAccept: " RESPONSE, MEDIA_GRAPHQL},
        {"text/html\naccept: text/plain", MEDIA_NONE},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        str lines = rows[i].accept ? arena_format(a, "Accept: %s\n", rows[i].accept) : S("");
        struct fake_exchange *f = fake_request(a, "GET", "/graphql", arena_cstr(a, lines), S(""));
        CHECK_INT(gql_accept(&f->x), rows[i].wanted);
    }
    arena_close(a);
}

static void only_who_names_html_is_a_browser(void **state)
{
    static const struct {
        const char *accept;
        bool page;
    } rows[] = {
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
        {"text/html;q=0.1, application/json", true},
        {"TEXT/HTML", true},
        {"text/html;q=0, */*", false},
        {"text/*", false},
        {"*/*", false},
        {"application/json", false},
        {"", false},
    };
    struct arena *a = arena_open(4096);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct fake_exchange *f =
            fake_request(a, "GET", "/graphql", arena_cstr(a, arena_format(a, "Accept: %s\n", rows[i].accept)), S(""));
        CHECK_INT(gql_accept_page(&f->x), rows[i].page);
    }
    arena_close(a);
}

static void statuses_are_those_of_the_profile(void **state)
{
    static const struct {
        enum gql_outcome outcome;
        int response, json, draft_response, draft_json;
    } rows[] = {
        {OUTCOME_DONE, 200, 200, 200, 200},
        {OUTCOME_PARTLY, 200, 200, 294, 200},
        {OUTCOME_NOT_JSON, 400, 400, 400, 400},
        {OUTCOME_MALFORMED, 400, 400, 422, 422},
        {OUTCOME_UNREADABLE, 400, 200, 400, 400},
        {OUTCOME_INVALID, 400, 200, 422, 422},
        {OUTCOME_NO_OPERATION, 400, 200, 422, 422},
        {OUTCOME_BAD_VARIABLES, 400, 200, 422, 422},
        {OUTCOME_OVER_LIMIT, 400, 200, 422, 422},
        {OUTCOME_BY_GET, 405, 405, 405, 405},
        {OUTCOME_UNKNOWN_DOCUMENT, 404, 404, 404, 404},
        {OUTCOME_UNKNOWN_HASH, 404, 200, 404, 404},
        {OUTCOME_NOT_LISTED, 403, 403, 403, 403},
        {OUTCOME_STREAM, 200, 200, 200, 200},
        {OUTCOME_NO_STREAM, 406, 406, 406, 406},
        {OUTCOME_NOT_PROVEN, 403, 403, 403, 403},
        {OUTCOME_TROUBLE, 503, 503, 503, 503},
    };
    (void)state;
    CHECK_INT(COUNTOF(rows), OUTCOME_COUNT);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(gql_status(rows[i].outcome, MEDIA_GRAPHQL, false), rows[i].response);
        CHECK_INT(gql_status(rows[i].outcome, MEDIA_JSON, false), rows[i].json);
        CHECK_INT(gql_status(rows[i].outcome, MEDIA_GRAPHQL, true), rows[i].draft_response);
        CHECK_INT(gql_status(rows[i].outcome, MEDIA_JSON, true), rows[i].draft_json);
        int status = rows[i].draft_json;
        CHECK_INT(gql_status_media(status, MEDIA_JSON, true), status == 200 ? MEDIA_JSON : MEDIA_GRAPHQL);
        CHECK_INT(gql_status_media(status, MEDIA_JSON, false), MEDIA_JSON);
    }
}

static void requests_have_their_types(void **state)
{
    static const struct {
        const char *json;
        bool good;
        const char *query, *operation; /* NULL: absent */
    } rows[] = {
        {"{\"query\":\"{a}\"}", true, "{a}", NULL},
        {"{\"query\":\"{a}\",\"operationName\":\"A\",\"variables\":{\"a\":1},\"extensions\":{}}", true, "{a}", "A"},
        {"{\"query\":\"{a}\",\"operationName\":null,\"variables\":null,\"extensions\":null}", true, "{a}", NULL},
        {"{\"query\":\"{a}\",\"operationName\":\"\"}", true, "{a}", NULL},
        {"{\"query\":\"{a}\",\"more\":[1],\"batch\":true}", true, "{a}", NULL},
        {"{\"query\":\"\"}", true, "", NULL},
        {"{}", false, NULL, NULL},
        {"{\"query\":null}", false, NULL, NULL},
        {"{\"query\":1}", false, NULL, NULL},
        {"{\"query\":{}}", false, NULL, NULL},
        {"{\"query\":[\"{a}\"]}", false, NULL, NULL},
        {"{\"query\":true}", false, NULL, NULL},
        {"{\"query\":\"{a}\",\"operationName\":1}", false, NULL, NULL},
        {"{\"query\":\"{a}\",\"operationName\":{}}", false, NULL, NULL},
        {"{\"query\":\"{a}\",\"variables\":\"{}\"}", false, NULL, NULL},
        {"{\"query\":\"{a}\",\"variables\":[]}", false, NULL, NULL},
        {"{\"query\":\"{a}\",\"variables\":0}", false, NULL, NULL},
        {"{\"query\":\"{a}\",\"extensions\":\"{}\"}", false, NULL, NULL},
        {"{\"query\":\"{a}\",\"extensions\":false}", false, NULL, NULL},
        {"{\"query\":\"{a}\",\"documentId\":\"a\"}", false, NULL, NULL},
        {"{\"documentId\":\"a\"}", true, NULL, NULL},
        {"{\"documentId\":7}", false, NULL, NULL},
        {"{\"extensions\":{\"persistedQuery\":{\"version\":1}}}", false, NULL, NULL},
        {"{\"extensions\":{\"persistedQuery\":{\"version\":2,\"sha256Hash\":\"00\"}}}", false, NULL, NULL},
        {"{\"extensions\":{\"persistedQuery\":1}}", false, NULL, NULL},
        {"{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":"
         "\"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\"}}}", true, NULL, NULL},
        {"{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":"
         "\"2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824\"}}}", false, NULL, NULL},
        {"\"{a}\"", false, NULL, NULL},
        {"[]", false, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct gql_errors errors = {.arena = a};
        struct gql_request r;
        const struct json *v = NULL;
        CHECK_AT(i);
        CHECK_ERR(json_read(a, str_of(rows[i].json), NULL, S(""), &v, NULL), ERR_OK);
        CHECK_INT(gql_request_of_json(a, v, &r, &errors), rows[i].good);
        CHECK_INT(errors.count == 0, rows[i].good);
        if (rows[i].good) {
            CHECK_STR(r.query, str_of(rows[i].query));
            CHECK_INT(r.query.at != NULL, rows[i].query != NULL);
            CHECK_STR(r.operation, str_of(rows[i].operation));
        }
        arena_close(a);
    }
}

static void document_ids_have_a_length(void **state)
{
    struct arena *a = arena_open(4096);
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct gql_errors errors = {.arena = a};
        struct gql_request r;
        char *at = arena_get(a, LIMIT_GRAPHQL_DOCUMENT_ID_BYTES + more, 1);
        memset(at, 'a', LIMIT_GRAPHQL_DOCUMENT_ID_BYTES + more);
        struct pair pair = {S("documentId"), {at, LIMIT_GRAPHQL_DOCUMENT_ID_BYTES + more}};
        CHECK_INT(gql_request_of_pairs(a, &pair, 1, &r, &errors), more == 0);
    }
    arena_close(a);
}

static void empty_parameters_are_absent(void **state)
{
    static const struct {
        struct pair pairs[3];
        bool good;
        const char *operation;
    } rows[] = {
        {{{STR("query"), STR("{a}")}}, true, NULL},
        {{{STR("query"), STR("{a}")}, {STR("operationName"), STR("")}, {STR("variables"), STR("")}}, true, NULL},
        {{{STR("query"), STR("{a}")}, {STR("operationName"), STR("null")}}, true, "null"},
        {{{STR("query"), STR("{a}")}, {STR("variables"), STR("null")}, {STR("extensions"), STR("null")}}, true, NULL},
        {{{STR("query"), STR("{a}")}, {STR("variables"), STR("{\"a\":1}")}, {STR("api_key"), STR("x")}}, true, NULL},
        {{{STR("query"), STR("")}}, false, NULL},
        {{{STR("query"), STR("")}, {STR("documentId"), STR("a")}}, true, NULL},
        {{{STR("query"), STR("{a}")}, {STR("variables"), STR("{")}}, false, NULL},
        {{{STR("query"), STR("{a}")}, {STR("variables"), STR("[]")}}, false, NULL},
        {{{STR("query"), STR("{a}")}, {STR("extensions"), STR("\"\"")}}, false, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(4096);
        struct gql_errors errors = {.arena = a};
        struct gql_request r;
        CHECK_AT(i);
        CHECK_INT(gql_request_of_pairs(a, rows[i].pairs, 3, &r, &errors), rows[i].good);
        if (rows[i].good)
            CHECK_STR(r.operation, str_of(rows[i].operation));
        arena_close(a);
    }
}

CHECK_MAIN(TEST(the_most_specific_range_counts), TEST(only_who_names_html_is_a_browser), TEST(statuses_are_those_of_the_profile),
           TEST(requests_have_their_types), TEST(document_ids_have_a_length), TEST(empty_parameters_are_absent))
