/* What another registry is told and what is believed of its answers (oci-registry.md 10, security SS-1). It is a thread of
 * this test that says what it is told to. */
#include "tests/support/other_server.h"

#include "base/limits.h"
#include "roles/mirror/client.h"

static void challenges_are_read(void **state)
{
    static const struct {
        const char *header;
        bool basic, bearer;
        const char *realm, *service;
    } rows[] = {
        {"Bearer realm=\"https://a/token\",service=\"a b\",scope=\"x\"", false, true, "https://a/token", "a b"},
        {"bearer REALM=\"r\" , Service = s", false, true, "r", "s"},
        {"Basic realm=\"b\", Bearer realm=\"r\"", true, true, "r", NULL},
        {"Bearer realm=\"r\", Basic realm=\"b\"", true, true, "r", NULL},
        {"Basic", true, false, NULL, NULL},
        {"Bearer realm=\"a\\\"b\\\\c\"", false, true, "a\"b\\c", NULL},
        {"Bearer realm=\"first\", realm=\"second\"", false, true, "first", NULL},
        {"Digest realm=\"d\", nonce=\"n\", Basic realm=\"b\"", true, false, NULL, NULL},
        {"Bearer realm=\"never ends", false, true, NULL, NULL},
        {"Bearer realm=\"ends in \\", false, true, NULL, NULL},
        {"Bearer realm=", false, true, "", NULL},
        {"Bearer", false, true, NULL, NULL},
        {", ,, Bearer  realm=\"r\",,", false, true, "r", NULL},
        {"\"Bearer\" realm=\"r\"", false, false, NULL, NULL},
        {"", false, false, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(1024);
        struct registry_challenge said = {0};
        CHECK_AT(i);
        registry_challenge_read(a, str_of(rows[i].header), &said);
        CHECK_INT(said.basic, rows[i].basic);
        CHECK_INT(said.bearer, rows[i].bearer);
        CHECK_STR(said.realm, rows[i].realm ? str_of(rows[i].realm) : (str){0});
        CHECK_STR(said.service, rows[i].service ? str_of(rows[i].service) : (str){0});
        arena_close(a);
    }
}

/* ------ conversations */

#define MOST_ANSWERS 4u
struct talk {
    struct arena *arena;
    struct other other;
    const char *answers[MOST_ANSWERS];
    struct outbound_policy policy;
    struct network loopback;
    struct registry_client *client;
    struct upstream from;
    struct outbound_answer answer;
    struct problem why;
};

/* In an answer "PORT" stands for the server's own. */
static const char *with_port(struct arena *a, const char *text, uint16_t port)
{
    str rest = str_of(text), head;
    struct buf b;
    size_t at;
    buf_init(&b, a, 1u << 20);
    while (rest.len) {
        for (at = 0; at < rest.len && !str_starts(str_slice(rest, at, rest.len), S("PORT")); at++)
            continue;
        head = str_slice(rest, 0, at);
        buf_add(&b, head);
        if (at < rest.len)
            buf_add(&b, arena_format(a, "%u", port));
        rest = str_slice(rest, at + 4, rest.len);
    }
    return arena_cstr(a, buf_str(&b));
}

/* The answers are read when they are said: what is written into them after the port is known counts. */
static struct talk *begin(const char *const *answers, size_t count)
{
    struct arena *a = arena_open(64u << 10);
    struct talk *t = NEW(a, struct talk);
    t->arena = a;
    t->why.arena = a;
    NEED(count <= MOST_ANSWERS && network_read(S("127.0.0.1"), &t->loopback));
    open_other_with(&t->other, t->answers, count);
    for (size_t i = 0; i < count; i++)
        t->answers[i] = with_port(a, answers[i], t->other.port);
    t->policy = (struct outbound_policy){.may_http = true, .allow = &t->loopback, .allow_count = 1, .ports = &t->other.port, .port_count = 1};
    t->client = registry_client_open(&t->policy);
    t->from = (struct upstream){.id = S("1"), .url = arena_format(a, "http://127.0.0.1:%u", t->other.port), .username = S("me"), .password = S("secret")};
    return t;
}

static enum err ask(struct talk *t, const char *repository)
{
    struct client_wish wish = {.from = &t->from, .repository = str_of(repository), .path = S("manifests/v1"), .accept = S("text/x"), .most = 100};
    t->why = (struct problem){.arena = t->arena};
    return registry_ask(t->client, t->arena, &wish, &t->answer, &t->why);
}

static void end(struct talk *t)
{
    close_other(&t->other);
    registry_client_close(t->client);
    arena_close(t->arena);
}

#define OK_ANSWER  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
#define CHALLENGE  "HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer realm=\"http://127.0.0.1:PORT/token?x=1\",service=\"s v\",scope=\"repository:other:push\"\r\n\r\n"
#define BASIC      "HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\r\n"
#define TOKEN      "HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{\"access_token\":\"t\",\"expires_in\":60}"
#define BASIC_SENT "Authorization: Basic bWU6c2VjcmV0\r\n"

static bool asked(const struct talk *t, size_t request, const char *what)
{
    return str_contains(str_of(t->other.requests[request]), str_of(what));
}

static void tokens_are_fetched_and_remembered(void **state)
{
    static const char *const answers[] = {CHALLENGE, TOKEN, OK_ANSWER};
    struct talk *t = begin(answers, COUNTOF(answers));
    (void)state;
    CHECK_PROBLEM(ask(t, "team/app"), ERR_OK, &t->why);
    CHECK_STR(t->answer.body, S("hi"));
    CHECK(asked(t, 1, "GET /token?x=1&service=s%20v&scope=repository%3Ateam%2Fapp%3Apull HTTP/1.1\r\n") && asked(t, 1, BASIC_SENT));
    CHECK(asked(t, 0, "GET /v2/team/app/manifests/v1 HTTP/1.1\r\n") && asked(t, 0, "Authorization: Bearer t\r\n") && asked(t, 0, "Accept: text/x\r\n"));
    CHECK_INT(t->other.connections, 3);
    CHECK_PROBLEM(ask(t, "team/app"), ERR_OK, &t->why);
    CHECK(asked(t, 1, "Authorization: Bearer t\r\n"));
    CHECK_INT(t->other.connections, 4);
    CHECK_PROBLEM(ask(t, "team/other"), ERR_OK, &t->why); /* another one's token is not for this */
    CHECK(!asked(t, 0, "Authorization"));
    t->from.password = S("changed");
    CHECK_PROBLEM(ask(t, "team/app"), ERR_OK, &t->why);
    CHECK(!asked(t, 1, "Authorization"));
    end(t);
}

static void passwords_go_where_they_are_asked_for(void **state)
{
    static const char *const answers[] = {BASIC, OK_ANSWER};
    struct talk *t = begin(answers, COUNTOF(answers));
    (void)state;
    CHECK_PROBLEM(ask(t, "a"), ERR_OK, &t->why);
    CHECK(!asked(t, 0, "Authorization") && asked(t, 1, BASIC_SENT));
    end(t);
    t = begin(answers, COUNTOF(answers));
    t->from.username = S("");
    CHECK_ERR(ask(t, "a"), ERR_FORBIDDEN); /* there is nothing to say */
    CHECK_INT(t->other.connections, 1);
    end(t);
}

/* Whoever answers for the upstream does not say where its password goes (SS-4). */
static void passwords_stay_with_their_host(void **state)
{
#define ELSEWHERE(realm) "HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer realm=\"" realm "\"\r\n\r\n"
    static const struct {
        const char *challenge, *host; /* that the item names */
        bool has_password;
        enum err err;
        int connections;
    } rows[] = {
        {ELSEWHERE("http://localhost:PORT/token"), NULL, true, ERR_UNAVAILABLE, 1},
        {ELSEWHERE("http://localhost:PORT/token"), "auth.example", true, ERR_UNAVAILABLE, 1},
        {ELSEWHERE("http://localhost:PORT/token"), "LOCALHOST", true, ERR_OK, 3},
        {ELSEWHERE("http://localhost:PORT/token"), NULL, false, ERR_OK, 3}, /* without one there is nothing to lose */
        {ELSEWHERE("http://127.0.0.1.evil.example:PORT/"), NULL, true, ERR_UNAVAILABLE, 1},
        {ELSEWHERE("http://127.0.0.1@evil.example:PORT/"), NULL, true, ERR_UNAVAILABLE, 1},
        {ELSEWHERE("http://evil.example:PORT?127.0.0.1"), NULL, true, ERR_UNAVAILABLE, 1},
        {ELSEWHERE("//127.0.0.1:PORT/"), NULL, true, ERR_UNAVAILABLE, 1},
        {ELSEWHERE("[::1]"), NULL, true, ERR_UNAVAILABLE, 1},
        {ELSEWHERE("http://127.0.0.1:PORT/token"), NULL, true, ERR_OK, 3},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const char *const answers[] = {rows[i].challenge, TOKEN, OK_ANSWER};
        struct talk *t = begin(answers, COUNTOF(answers));
        str host = str_of(rows[i].host);
        CHECK_AT(i);
        t->from.token_hosts = &host;
        t->from.token_host_count = rows[i].host != NULL;
        if (!rows[i].has_password)
            t->from.username = t->from.password = S("");
        CHECK_PROBLEM(ask(t, "a"), rows[i].err, &t->why);
        CHECK_INT(t->other.connections, rows[i].connections);
        CHECK(rows[i].has_password || !asked(t, 1, "Authorization"));
        end(t);
    }
}

static void answers_are_judged(void **state)
{
    static const struct {
        const char *answers[3];
        size_t count;
        enum err err;
        unsigned pause;
        int connections;
    } rows[] = {
        {{"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"}, 1, ERR_NOT_FOUND, 0, 1},
        {{"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"}, 1, ERR_FORBIDDEN, 0, 1},
        {{"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"}, 1, ERR_FORBIDDEN, 0, 1},
        {{"HTTP/1.1 429 No\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n"}, 1, ERR_UNAVAILABLE, 7, 1},
        {{"HTTP/1.1 503 No\r\nContent-Length: 0\r\nRetry-After: 3600\r\n\r\n"}, 1, ERR_UNAVAILABLE, 3600, 1},
        {{"HTTP/1.1 503 No\r\nContent-Length: 0\r\nRetry-After: 3601\r\n\r\n"}, 1, ERR_UNAVAILABLE, 0, 1},
        {{"HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n"}, 1, ERR_UNAVAILABLE, 0, 1},
        {{"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"}, 1, ERR_UNAVAILABLE, 0, 1},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\nx"}, 1, ERR_UNAVAILABLE, 0, 1},
        {{BASIC}, 1, ERR_FORBIDDEN, 0, 2},              /* a second challenge is a refusal */
        {{CHALLENGE, TOKEN, CHALLENGE}, 3, ERR_FORBIDDEN, 0, 3},
        {{CHALLENGE, BASIC}, 2, ERR_FORBIDDEN, 0, 2},
        {{CHALLENGE, "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"}, 2, ERR_UNAVAILABLE, 0, 2},
        {{CHALLENGE, "HTTP/1.1 302 No\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"}, 2, ERR_UNAVAILABLE, 0, 2},
        {{CHALLENGE, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}, 2, ERR_UNAVAILABLE, 0, 2},
        {{CHALLENGE, "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"token\":\"a b\"}"}, 2, ERR_UNAVAILABLE, 0, 2},
        {{CHALLENGE, "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"token\":\"a\\r\\nX:y\"}"}, 2, ERR_UNAVAILABLE, 0, 2},
        {{CHALLENGE, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<htm>"}, 2, ERR_UNAVAILABLE, 0, 2},
        {{"HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer realm=\"http://127.0.0.2:PORT/\"\r\n\r\n"}, 1, ERR_UNAVAILABLE, 0, 1},
        {{"HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer realm=\"file:///etc/passwd\"\r\n\r\n"}, 1, ERR_UNAVAILABLE, 0, 1},
        {{"HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer\r\n\r\n"}, 1, ERR_FORBIDDEN, 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct talk *t = begin(rows[i].answers, rows[i].count);
        CHECK_AT(i);
        CHECK_PROBLEM(ask(t, "a"), rows[i].err, &t->why);
        CHECK_INT(t->why.retry_after_s, rows[i].pause);
        CHECK_INT(t->other.connections, rows[i].connections);
        CHECK(!str_contains(t->why.text, S("secret")));
        end(t);
    }
}

static void tokens_have_a_ceiling(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        static char answer[LIMIT_UPSTREAM_TOKEN_BYTES + 200], token[LIMIT_UPSTREAM_TOKEN_BYTES + 2];
        const char *const answers[] = {CHALLENGE, answer, OK_ANSWER};
        memset(token, 't', sizeof token - 1);
        (void)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n{\"token\":\"%.*s\"}", LIMIT_UPSTREAM_TOKEN_BYTES + over + 12,
                       (int)(LIMIT_UPSTREAM_TOKEN_BYTES + over), token);
        struct talk *t = begin(answers, COUNTOF(answers));
        CHECK_AT(over);
        CHECK_PROBLEM(ask(t, "a"), over ? ERR_UNAVAILABLE : ERR_OK, &t->why);
        end(t);
    }
}

/* The one that ends first makes room for another. */
static void so_many_are_remembered(void **state)
{
    static const char *const answers[] = {BASIC, OK_ANSWER};
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        struct talk *t = begin(answers, COUNTOF(answers));
        t->answers[1] = BASIC; /* what was sent is remembered, though it is refused */
        for (unsigned i = 0; i < LIMIT_UPSTREAM_TOKENS + over; i++)
            CHECK_ERR(ask(t, arena_cstr(t->arena, arena_format(t->arena, "r%u", i))), ERR_FORBIDDEN);
        t->answers[1] = OK_ANSWER;
        t->other.connections = 0;
        memset(t->other.requests, 0, sizeof t->other.requests);
        CHECK_AT(over);
        CHECK_PROBLEM(ask(t, "r0"), ERR_OK, &t->why);
        CHECK_INT(asked(t, 0, BASIC_SENT) || asked(t, 1, BASIC_SENT), !over);
        end(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(challenges_are_read), TEST(tokens_are_fetched_and_remembered), TEST(passwords_go_where_they_are_asked_for),
        TEST(passwords_stay_with_their_host),
        TEST(answers_are_judged),  TEST(tokens_have_a_ceiling),             TEST(so_many_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
