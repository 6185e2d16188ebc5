/* Documents over HTTP: arrays of requests, limits, documents by name and by hash, what is kept and may be kept. */
#include "tests/support/check.h"

#include "base/limits.h"
#include "graphql/http/texts.h"
#include "tests/support/parlour.h"

static void arrays_have_a_limit_over_their_sum(void **state)
{
    static const struct talk rows[] = {
        {NOBODY, "POST", "/graphql", JSON, "[{\"query\":\"{hello}\"},{\"query\":\"{a:hello}\"}]", 200, TYPE_JSON,
         "[{\"data\":{\"hello\":\"graphql\"}},{\"data\":{\"a\":\"graphql\"}}]", NULL},
        {NOBODY, "POST", "/graphql", JSON ACCEPT_NEW, "[{\"query\":\"{hello}\"},{\"query\":\"{nothing}\"}]", 200, TYPE_NEW,
         "[{\"data\":{\"hello\":\"graphql\"}},{\"errors\":[", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[{\"query\":\"{hello}\"}]", 200, TYPE_JSON, "[{\"data\"", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[]", 400, TYPE_JSON, "LIMIT_EXCEEDED", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[{\"query\":\"{hello}\"},{\"query\":\"{hello}\"},{\"query\":\"{hello}\"},{\"query\":\"{hello}\"}]", 400, TYPE_JSON,
         "LIMIT_EXCEEDED", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[{\"query\":\"{hello}\"},7]", 400, TYPE_JSON, "BAD_USER_INPUT", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[{\"query\":\"{dear}\"},{\"query\":\"{dear}\"},{\"query\":\"{hello}\"}]", 200, TYPE_JSON,
         "[{\"data\":{\"dear\":\"graphql\"}},{\"errors\":[{\"message\":\"This would cost 120000, and 80000 is the most", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[{\"query\":\"{dear}\"},{\"query\":\"{dear}\"},{\"query\":\"{hello}\"}]", 200, TYPE_JSON,
         "},{\"data\":{\"hello\":\"graphql\"}}]", NULL},
        {NOBODY, "POST", "/graphql", JSON, "[{\"query\":\"{a:big b:big c:big}\"},{\"query\":\"{a:big b:big}\"},{\"query\":\"{hello}\"}]", 200, TYPE_JSON,
         "},{\"errors\":[{\"message\":", NULL},
    };
    struct graphql_options o = parlour_usual;
    struct parlour b;
    (void)state;
    o.batch_max = 3;
    parlour_open(&b, &o);
    parlour_rows(&b, rows, COUNTOF(rows));
    /* Tokens, over the sum: nine, and one per value. */
    for (unsigned more = 0; more < 2; more++) {
        struct arena *a = arena_open(1u << 20);
        struct buf body;
        buf_init(&body, a, LIMIT_BODY_BYTES);
        buf_byte(&body, '[');
        for (unsigned k = 0; k < 2; k++) {
            buf_add(&body, k ? S(",{\"query\":\"{many(names:[") : S("{\"query\":\"{many(names:["));
            for (unsigned i = 0; i < LIMIT_GRAPHQL_TOKENS / 2 - 9 + (k ? more : 0); i++)
                buf_add(&body, S("\\\"\\\" "));
            buf_add(&body, S("])}\"}"));
        }
        buf_byte(&body, ']');
        struct fake_exchange *f = parlour_ask(&b, a, "POST", "/graphql", JSON, buf_str(&body));
        CHECK_INT(f->status, 200);
        CHECK_INT(str_contains(f->answer, S("LIMIT_EXCEEDED")), more);
        arena_close(a);
    }
    parlour_close(&b);
}

static void documents_have_a_limit(void **state)
{
    struct parlour b;
    (void)state;
    parlour_open(&b, &parlour_usual);
    for (unsigned more = 0; more < 2; more++) {
        struct arena *a = arena_open(1u << 20);
        struct buf body;
        buf_init(&body, a, LIMIT_BODY_BYTES);
        buf_add(&body, S("{\"query\":\"{hello}"));
        for (unsigned i = 0; i < LIMIT_GRAPHQL_BYTES - 7 + more; i++)
            buf_byte(&body, ' ');
        buf_add(&body, S("\"}"));
        struct fake_exchange *f = parlour_ask(&b, a, "POST", "/graphql", JSON ACCEPT_NEW, buf_str(&body));
        CHECK_INT(f->status, more ? 400 : 200);
        CHECK_INT(str_contains(f->answer, S("LIMIT_EXCEEDED")), more);
        arena_close(a);
    }
    parlour_close(&b);
}

#define HELLO "{hello}"
#define TOUCH "mutation{touch}"

static str hash_of(struct arena *a, const char *text)
{
    return text_hash(a, str_of(text));
}

static struct fake_exchange *by_hash(struct parlour *b, struct arena *a, const char *headers, str hash, const char *query)
{
    str body = arena_format(a, "{%s%s%s\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"" STR_FMT "\"}}}",
                            query ? "\"query\":\"" : "", query ? query : "", query ? "\"," : "", STR_ARG(hash));
    return parlour_ask(b, a, "POST", "/graphql", arena_cstr(a, arena_format(a, JSON "%s", headers)), body);
}

static void clients_register_documents_by_their_hash(void **state)
{
    struct parlour b;
    struct arena *a = arena_open(16u << 10);
    (void)state;
    parlour_open(&b, &parlour_usual);
    str hash = hash_of(a, HELLO), other = hash_of(a, "{nothing}");
    struct fake_exchange *f = by_hash(&b, a, "", hash, NULL);
    CHECK_INT(f->status, 200);
    CHECK(str_contains(f->answer, S("\"message\":\"PersistedQueryNotFound\"")));
    CHECK(str_contains(f->answer, S("PERSISTED_QUERY_NOT_FOUND")));
    CHECK_INT(by_hash(&b, a, ACCEPT_NEW, hash, NULL)->status, 404);
    f = by_hash(&b, a, "", other, HELLO);
    CHECK_INT(f->status, 400);
    CHECK(str_contains(f->answer, S("provided sha does not match query")));
    CHECK(str_contains(by_hash(&b, a, "", other, NULL)->answer, S("PersistedQueryNotFound")));
    /* What is not valid is not registered. */
    CHECK(str_contains(by_hash(&b, a, "", other, "{nothing}")->answer, S("GRAPHQL_VALIDATION_FAILED")));
    CHECK(str_contains(by_hash(&b, a, "", other, NULL)->answer, S("PersistedQueryNotFound")));
    CHECK(str_contains(by_hash(&b, a, "", hash, HELLO)->answer, S("{\"data\":{\"hello\"")));
    CHECK(str_contains(by_hash(&b, a, "", hash, NULL)->answer, S("{\"data\":{\"hello\"")));
    CHECK(str_contains(by_hash(&b, a, b.key, hash, NULL)->answer, S("{\"data\":{\"hello\"")));
    const char *target = arena_cstr(a, arena_format(a, "/graphql?documentId=sha256:" STR_FMT, STR_ARG(hash)));
    CHECK_INT(parlour_ask(&b, a, "GET", target, "", S(""))->status, 200);
    target = arena_cstr(a, arena_format(a, "/graphql/sha256:" STR_FMT, STR_ARG(hash)));
    CHECK_INT(parlour_ask(&b, a, "GET", target, "", S(""))->status, 200);
    target = arena_cstr(a, arena_format(a, "/graphql?extensions=%%7B%%22persistedQuery%%22:%%7B%%22version%%22:1,%%22sha256Hash%%22:%%22" STR_FMT "%%22%%7D%%7D", STR_ARG(hash)));
    CHECK_INT(parlour_ask(&b, a, "GET", target, "", S(""))->status, 200);
    /* A mutation is registered, too, and not done by GET. */
    str touch = hash_of(a, TOUCH);
    CHECK_INT(by_hash(&b, a, "", touch, TOUCH)->status, 200);
    target = arena_cstr(a, arena_format(a, "/graphql/sha256:" STR_FMT, STR_ARG(touch)));
    CHECK_INT(parlour_ask(&b, a, "GET", target, "", S(""))->status, 405);

    struct graphql_options off = parlour_usual;
    off.registers = false;
    parlour_options(&b, &off);
    CHECK(str_contains(by_hash(&b, a, "", hash, NULL)->answer, S("PERSISTED_QUERY_NOT_SUPPORTED")));
    CHECK(str_contains(by_hash(&b, a, "", hash, HELLO)->answer, S("\"data\"")));
    CHECK(str_contains(by_hash(&b, a, "", hash, NULL)->answer, S("PERSISTED_QUERY_NOT_SUPPORTED")));
    arena_close(a);
    parlour_close(&b);
}

static void roles_say_which_documents_are_taken(void **state)
{
    static const struct talk rows[] = {
        {KEY, "POST", "/graphql", JSON, "{\"query\":\"{hello}\"}", 200, NULL, "\"data\"", NULL},
        {KEY, "POST", "/graphql", JSON, "{\"documentId\":\"list\"}", 200, NULL, "{\"data\":{\"listed\":\"graphql\"}}", NULL},
        {KEY, "POST", "/graphql", JSON, "{\"documentId\":\"list\",\"query\":\"{hello}\"}", 400, NULL, NULL, NULL},
        {KEY, "POST", "/graphql", JSON, "{\"documentId\":\"nobody\"}", 404, NULL, "PERSISTED_DOCUMENT_NOT_FOUND", NULL},
        {KEY, "POST", "/graphql", JSON ACCEPT_NEW, "{\"documentId\":\"nobody\"}", 404, TYPE_NEW, "PERSISTED_DOCUMENT_NOT_FOUND", NULL},
        {KEY, "POST", "/graphql", JSON, "{\"documentId\":\"off\"}", 404, NULL, NULL, NULL},
        {KEY, "GET", "/graphql/list", "", "", 200, NULL, "{\"data\":{\"listed\":\"graphql\"}}", NULL},
        {KEY, "GET", "/graphql/named?variables=%7B%22n%22:%22x%22%7D", "", "", 200, NULL, "{\"data\":{\"hello\":\"x\"}}", NULL},
        {KEY, "GET", "/graphql/change", "", "", 405, NULL, NULL, NULL},
        {LISTED, "POST", "/graphql", JSON, "{\"query\":\"{hello}\"}", 403, NULL, "PERSISTED_DOCUMENT_REQUIRED", NULL},
        {LISTED, "POST", "/graphql", JSON, "{\"query\":\"{listed:hello}\"}", 200, NULL, "\"data\"", NULL}, /* what is listed may be sent */
        {LISTED, "POST", "/graphql", JSON, "{\"query\":\"{listed: hello}\"}", 403, NULL, NULL, NULL},
        {LISTED, "GET", "/graphql/list", "", "", 200, NULL, "\"data\"", NULL},
        {LISTED, "GET", "/graphql?query=%7Bhello%7D", "", "", 403, NULL, NULL, NULL},
        {LISTED, "POST", "/graphql", JSON, "{\"documentId\":\"nobody\"}", 404, NULL, NULL, NULL},
        {KNOWN, "POST", "/graphql", JSON, "{\"query\":\"{hello}\"}", 403, NULL, "PERSISTED_DOCUMENT_REQUIRED", NULL},
        {KNOWN, "GET", "/graphql/list", "", "", 200, NULL, "\"data\"", NULL},
    };
    struct parlour b;
    struct arena *a = arena_open(16u << 10);
    (void)state;
    parlour_open(&b, &parlour_usual);
    (void)house_item(b.house, "graphql_documents", "{name: 'list', source: '{listed:hello}'}");
    (void)house_item(b.house, "graphql_documents", "{name: 'off', source: '{off:hello}', enabled: false}");
    (void)house_item(b.house, "graphql_documents", "{name: 'change', source: 'mutation{touch}'}");
    (void)house_item(b.house, "graphql_documents", "{name: 'named', source: 'query($n:String){hello(name:$n)}', max_age: 60}");
    parlour_rows(&b, rows, COUNTOF(rows));
    /* Nobody who may only use documents registers any; what others registered is known, but not listed. */
    str hash = hash_of(a, HELLO);
    CHECK_INT(by_hash(&b, a, b.known, hash, HELLO)->status, 403);
    CHECK(str_contains(by_hash(&b, a, b.known, hash, NULL)->answer, S("PERSISTED_QUERY_NOT_SUPPORTED")));
    CHECK_INT(by_hash(&b, a, b.key, hash, HELLO)->status, 200);
    CHECK(str_contains(by_hash(&b, a, b.known, hash, NULL)->answer, S("\"data\"")));
    CHECK(str_contains(by_hash(&b, a, b.known, hash, HELLO)->answer, S("\"data\"")));
    CHECK(str_contains(by_hash(&b, a, b.listed, hash, NULL)->answer, S("PERSISTED_QUERY_NOT_SUPPORTED")));
    CHECK(str_contains(by_hash(&b, a, b.listed, hash_of(a, "{listed:hello}"), NULL)->answer, S("\"data\"")));
    arena_close(a);
    parlour_close(&b);
}

static void answers_to_named_documents_can_be_kept(void **state)
{
    struct parlour b;
    struct arena *a = arena_open(16u << 10);
    (void)state;
    parlour_open(&b, &parlour_usual);
    (void)house_item(b.house, "graphql_documents", "{name: 'list', source: '{hello}'}");
    (void)house_item(b.house, "graphql_documents", "{name: 'aged', source: '{a: hello}', max_age: 60}");
    (void)house_item(b.house, "graphql_documents", "{name: 'part', source: '{denied}', max_age: 60}");
    struct fake_exchange *f = parlour_ask(&b, a, "GET", "/graphql/list", "", S(""));
    str tag = fake_header(f, "ETag");
    CHECK(tag.len > 2);
    CHECK_STR(fake_header(f, "Cache-Control"), S("public, no-cache"));
    CHECK(str_contains(fake_header(f, "Vary"), S("Accept")) && str_contains(fake_header(f, "Vary"), S("Cookie")));
    const char *again = arena_cstr(a, arena_format(a, "If-None-Match: " STR_FMT "\n", STR_ARG(tag)));
    f = parlour_ask(&b, a, "GET", "/graphql/list", again, S(""));
    CHECK_INT(f->status, 304);
    CHECK_INT(f->answer.len, 0);
    f = parlour_ask(&b, a, "GET", "/graphql/list", arena_cstr(a, arena_format(a, "%s" ACCEPT_NEW, again)), S(""));
    CHECK_INT(f->status, 200); /* another media type, another tag */
    CHECK_STR(fake_header(parlour_ask(&b, a, "GET", "/graphql/aged", "", S("")), "Cache-Control"), S("public, max-age=60"));
    CHECK_STR(fake_header(parlour_ask(&b, a, "GET", "/graphql/aged", b.key, S("")), "Cache-Control"), S("private, max-age=60"));
    f = parlour_ask(&b, a, "GET", "/graphql/part", "", S(""));
    CHECK(str_is_absent(fake_header(f, "ETag")));
    f = parlour_ask(&b, a, "GET", "/graphql?query=%7Bhello%7D", "", S(""));
    CHECK(str_is_absent(fake_header(f, "ETag")));
    const char *by = arena_cstr(a, arena_format(a, "/graphql?extensions=%%7B%%22persistedQuery%%22:%%7B%%22version%%22:1,%%22sha256Hash%%22:%%22" STR_FMT "%%22%%7D%%7D", STR_ARG(hash_of(a, HELLO))));
    f = parlour_ask(&b, a, "GET", by, "", S(""));
    CHECK_INT(f->status, 200);
    CHECK(!str_is_absent(fake_header(f, "ETag")));
    CHECK(str_contains(fake_header(f, "Vary"), S("Accept")));
    f = parlour_ask(&b, a, "GET", "/graphql", "Accept: text/html\n", S(""));
    CHECK_STR(f->x.standing_headers, parlour_page_lines[0]);
    /* What the public sees hangs on where it comes from: then nobody may keep it for others. */
    house_people(b.house, "{roles: {visitor: [{collection: 'users', verbs: ['read'], where: {name: '$ip'}}]}, public: 'visitor'}");
    CHECK_STR(fake_header(parlour_ask(&b, a, "GET", "/graphql/aged", "", S("")), "Cache-Control"), S("private, max-age=60"));
    arena_close(a);
    parlour_close(&b);
}

static void schemas_and_documents_are_kept(void **state)
{
    struct graphql_figures f;
    struct parlour b;
    struct arena *a = arena_open(16u << 10);
    (void)state;
    parlour_open(&b, &parlour_usual);
    for (unsigned i = 0; i < 3; i++)
        CHECK_INT(parlour_ask(&b, a, "POST", "/graphql", JSON, S("{\"query\":\"{hello}\"}"))->status, 200);
    graphql_figures(b.graphql, &f);
    CHECK_INT(f.schemas_made, 1);
    CHECK_INT(f.schemas_reused, 2);
    CHECK_INT(f.documents_read, 1);
    CHECK_INT(f.documents_reused, 2);
    const char *key = arena_cstr(a, arena_format(a, JSON "%s", b.key));
    CHECK_INT(parlour_ask(&b, a, "POST", "/graphql", key, S("{\"query\":\"{hello}\"}"))->status, 200);
    CHECK_INT(parlour_ask(&b, a, "POST", "/api/gql", JSON, S("{\"query\":\"{hello}\"}"))->status, 200);
    graphql_figures(b.graphql, &f);
    CHECK_INT(f.schemas, 3);
    CHECK_INT(f.documents, 3);
    /* The model moves: what was made for the one before goes. */
    house_model(b.house, "[{name:'posts', fields:[{name:'title', kind:'text'}]}]");
    CHECK_INT(parlour_ask(&b, a, "POST", "/graphql", JSON, S("{\"query\":\"{hello}\"}"))->status, 200);
    graphql_figures(b.graphql, &f);
    CHECK_INT(f.schemas_made, 4);
    CHECK_INT(f.schemas, 1);
    CHECK_INT(f.documents, 1);
    arena_close(a);
    parlour_close(&b);
}

CHECK_MAIN(TEST(arrays_have_a_limit_over_their_sum), TEST(documents_have_a_limit), TEST(clients_register_documents_by_their_hash), TEST(roles_say_which_documents_are_taken), TEST(answers_to_named_documents_can_be_kept), TEST(schemas_and_documents_are_kept))
