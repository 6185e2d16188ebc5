/* Notary's surface in tables (notary.md 1 to 9, 13): who may call what, in which order it is judged, in which words it is answered, in both
 * dialects and with both credentials. What its calls do is in tests/transcripts/notary and tests/unit/api/test_certificates.c. */
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/x509_make.h"
#include "roles/pki/pki.h"
#include "tests/support/check.h"
#include "tests/support/stand.h"

#define V1 "/api/v1/"
enum { ADMIN = 1, MANAGER = 2, REQUESTOR = 4, READER = 8, ALL = 15 };
static const char *const people[] = {"adm", "man", "req", "red"};

struct desk {
    struct stand *stand;
    struct arena *arena;
    bool data;
};

static void open_desk(struct desk *d, bool data)
{
    static const char *const templates[] = {"certificate_manager", "certificate_requestor", "certificate_reader"};
    d->arena = arena_open(1 << 20);
    d->stand = stand_open_with(&(struct house_config){.outside = {.site_url = STR("https://notary.example.org")}});
    d->data = data;
    d->stand->app.api.options.notary_dialect = data;
    d->stand->app.api.options.port = 8443;
    for (size_t i = 0; i < COUNTOF(templates); i++) {
        struct problem why = {.arena = d->arena};
        str id;
        NEED(gate_role_create(d->stand->house->gate, d->arena, str_of(templates[i]), (str){0}, str_of(templates[i]), &id, &why) == ERR_OK);
    }
    house_people(d->stand->house, "{users: {adm: {roles:['admin'], password:'Corr3ct-horse'}, man: {roles:['certificate_manager']},"
                                  "         req: {roles:['certificate_requestor'], password:'Corr3ct-horse'}, two: {roles:['certificate_requestor']},"
                                  "         red: {roles:['certificate_reader']}},"
                                  " keys: {adm: {user:'adm'}, man: {user:'man'}, req: {user:'req'}, two: {user:'two'}, red: {user:'red'}}}");
}

static void close_desk(struct desk *d)
{
    stand_close(d->stand);
    arena_close(d->arena);
}

static struct fake_exchange *call(const struct desk *d, const char *who, const char *method, str target, str body)
{
    str key = who ? arena_format(d->arena, "api-key: " STR_FMT "\n", STR_ARG(house_key(d->stand->house, who))) : S("");
    return stand_send(d->stand, d->arena, method, arena_cstr(d->arena, target), arena_cstr(d->arena, key), body);
}

static struct fake_exchange *ask(const struct desk *d, const char *who, const char *method, const char *target, const char *body)
{
    return call(d, who, method, str_of(target), str_of(body));
}

static const struct json *result(const struct desk *d, const struct fake_exchange *f)
{
    return json_get(stand_json(d->arena, f), d->data ? S("data") : S("result"));
}

/* The whole answer is this text, under the dialect's one key. */
#define CHECK_SAYS(d, f, wanted_status, text)                                                                                     \
    do {                                                                                                                          \
        const struct fake_exchange *f_ = (f);                                                                                     \
        CHECK_INT(f_->status, wanted_status);                                                                                     \
        CHECK_STR(f_->answer, arena_format((d)->arena, "{\"%s\":\"%s\"}", (d)->data ? "message" : "error", text));                \
    } while (0)

static str request_of(struct arena *a, const char *name)
{
    struct problem why = {.arena = a};
    struct alt_name names[] = {{NAME_DNS, str_of(name)}};
    struct dn_part part = {S("CN"), str_of(name)};
    str key, pem;
    struct buf b;
    NEED(private_key_make(MAKE_ED25519, a, &key, &why) == ERR_OK);
    NEED(request_make(key, &(struct dn){&part, 1}, names, 1, a, &pem, &why) == ERR_OK);
    buf_init(&b, a, 1 << 16);
    buf_add(&b, S("{\"csr\":"));
    buf_json_text(&b, pem);
    buf_add(&b, S("}"));
    return buf_str(&b);
}

static int64_t hand_in(const struct desk *d, const char *who, const char *name)
{
    struct fake_exchange *f = call(d, who, "POST", S(V1 "certificate_requests"), request_of(d->arena, name));
    CHECK_INT(f->status, 201);
    return json_get(result(d, f), S("id"))->integer;
}

static void make_authority(const struct desk *d, const char *more)
{
    CHECK_INT(call(d, "man", "POST", S(V1 "certificate_authorities"), arena_format(d->arena, "{\"common_name\":\"Root\",\"key_type\":\"ed25519\"%s}", more))->status, 201);
}

/* ---- who, in which order ---- */

/* "$" is a number. After who asks and whether he may: a number that is none, a body that is none, a number that is given to nothing. */
static const struct {
    const char *method, *path;
    unsigned who, who_data;           /* in dialect data beside them */
    const char *body;                 /* a good one; NULL: none is asked for */
    int status;                       /* of number 99 and a good body */
    const char *text, *data;          /* what is said then; NULL: not looked at, the same in lower case */
} calls[] = {
    {"GET", "certificate_requests", ALL, 0, NULL, 200, NULL, NULL},
    {"POST", "certificate_requests", ADMIN | MANAGER | REQUESTOR, 0, "{}", 400, "Invalid request: csr is required", "invalid request: csr is required"},
    {"GET", "certificate_requests/$", ALL, 0, NULL, 404, "Not Found", "not found"},
    {"DELETE", "certificate_requests/$", ADMIN | MANAGER, 0, NULL, 404, "Not Found", "not found"},
    {"POST", "certificate_requests/$/reject", ADMIN | MANAGER, 0, NULL, 404, "Not Found", "not found"},
    {"POST", "certificate_requests/$/sign", ADMIN | MANAGER, 0, "{\"certificate_authority_id\":\"1\"}", 404, "Not Found", "not found"},
    {"POST", "certificate_requests/$/certificate", ADMIN | MANAGER, 0, "{\"certificate\":\"x\"}", 400, "Bad Request", "bad request"},
    {"DELETE", "certificate_requests/$/certificate", ADMIN | MANAGER, 0, NULL, 400, "Bad Request", "bad request"},
    {"POST", "certificate_requests/$/certificate/revoke", ADMIN | MANAGER, 0, NULL, 404, "Not Found", "not found"},
    {"GET", "certificate_authorities", ADMIN | MANAGER | READER, 0, NULL, 200, NULL, NULL},
    {"POST", "certificate_authorities", ADMIN | MANAGER, 0, "{\"country_name\":\"aut\"}", 400, "Invalid request: country_name must be a 2-letter ISO code",
     "invalid request: country_name must be a 2-letter ISO code"},
    {"GET", "certificate_authorities/$", ADMIN | MANAGER | READER, 0, NULL, 404, "Not Found", "not found"},
    {"PUT", "certificate_authorities/$", ADMIN | MANAGER, 0, "{\"enabled\":true}", 404, "Not Found", "not found"},
    {"DELETE", "certificate_authorities/$", ADMIN | MANAGER, 0, NULL, 404, "Not Found", "not found"},
    {"POST", "certificate_authorities/$/certificate", ADMIN | MANAGER, 0, "{\"certificate_chain\":\"x\"}", 404, "Not Found", "not found"},
    {"POST", "certificate_authorities/$/sign", ADMIN | MANAGER, 0, "{\"certificate_authority_id\":\"1\"}", 404, "Not Found", "not found"},
    {"POST", "certificate_authorities/$/revoke", ADMIN | MANAGER, 0, NULL, 404, "Not Found", "not found"},
    {"GET", "accounts", ADMIN, 0, NULL, 200, NULL, NULL},
    {"POST", "accounts", ADMIN, 0, "{\"email\":\"u@.com\"}", 400, "Invalid request: invalid email format", "invalid request: invalid email format"},
    {"GET", "accounts/me", ALL, 0, NULL, 200, NULL, NULL},
    {"GET", "accounts/$", ADMIN, 0, NULL, 404, "Not Found", "not found"},
    {"DELETE", "accounts/$", ADMIN, 0, NULL, 404, "Not Found", "not found"},
    {"POST", "accounts/$/change_password", ADMIN, 0, "{\"password\":\"Corr3ct-horse\"}", 404, "Not Found", "not found"},
    {"PUT", "accounts/$/role", ADMIN, 0, "{\"role_id\":2}", 404, "Not Found", "not found"},
    {"GET", "config", ADMIN | MANAGER | READER, REQUESTOR, NULL, 200, NULL, NULL},
    {"GET", "cluster/members", ADMIN, 0, NULL, 200, NULL, NULL},
    {"GET", "cluster/status", ADMIN, 0, NULL, 200, NULL, NULL},
    {"POST", "cluster/members/tokens", ADMIN, 0, NULL, 404, "clustering is not enabled", "clustering is not enabled"},
    {"POST", "cluster/members/5/promote", ADMIN, 0, NULL, 404, "clustering is not enabled", "clustering is not enabled"},
    {"DELETE", "cluster/members/5", ADMIN, 0, NULL, 404, "clustering is not enabled", "clustering is not enabled"},
    {"PUT", "cluster/acme-issuer", ADMIN, 0, NULL, 404, "clustering is not enabled", "clustering is not enabled"},
    {"GET", "acme_servers", ADMIN | MANAGER | READER, 0, NULL, 200, NULL, NULL},
    {"POST", "acme_servers", ADMIN | MANAGER, 0, "{\"name\":\"x\"}", 400, "name, directory_url, email, and dns_provider are required",
     "name, directory_url, email, and dns_provider are required"},
    {"GET", "acme_servers/$", ADMIN | MANAGER | READER, 0, NULL, 404, "Not Found", "not found"},
    {"PUT", "acme_servers/$", ADMIN | MANAGER, 0, NULL, 404, "Not Found", "not found"},
    {"DELETE", "acme_servers/$", ADMIN | MANAGER, 0, NULL, 404, "Not Found", "not found"},
    {"PUT", "acme_servers/$/active", ADMIN | MANAGER, 0, NULL, 404, "Not Found", "not found"},
};

static str path_of(struct arena *a, const char *path, const char *number)
{
    str before, after;
    return str_cut(str_of(path), '$', &before, &after) ? arena_format(a, V1 STR_FMT "%s" STR_FMT, STR_ARG(before), number, STR_ARG(after))
                                                       : arena_format(a, V1 "%s", path);
}

static void check_call(const struct desk *d, size_t i)
{
    struct arena *a = d->arena;
    bool has_number = strchr(calls[i].path, '$') != NULL;
    str bad = path_of(a, calls[i].path, "x"), none = path_of(a, calls[i].path, "99"), body = str_of(calls[i].body ? calls[i].body : "");
    unsigned who = calls[i].who | (d->data ? calls[i].who_data : 0u);
    CHECK_SAYS(d, call(d, NULL, calls[i].method, bad, S("")), 401, d->data ? "unauthorized" : "Unauthorized");
    for (size_t k = 0; k < COUNTOF(people); k++) {
        if (!(who & 1u << k)) {
            CHECK_SAYS(d, call(d, people[k], calls[i].method, bad, S("")), 403, "forbidden: insufficient permissions");
            continue;
        }
        if (has_number)
            CHECK_SAYS(d, call(d, people[k], calls[i].method, bad, body), 400, d->data ? "invalid ID" : "Invalid ID");
        if (calls[i].body)
            CHECK_SAYS(d, call(d, people[k], calls[i].method, none, S("{\"a\"")), 400, d->data ? "invalid JSON format" : "Invalid JSON format");
        struct fake_exchange *f = call(d, people[k], calls[i].method, none, body);
        if (calls[i].text)
            CHECK_SAYS(d, f, calls[i].status, d->data ? calls[i].data : calls[i].text);
        else
            CHECK_INT(f->status, calls[i].status);
    }
}

static void first_who_then_what_then_whether(void **state)
{
    (void)state;
    for (int data = 0; data < 2; data++) {
        struct desk d;
        open_desk(&d, data == 1);
        make_authority(&d, ",\"self_signed\":true");
        for (size_t i = 0; i < COUNTOF(calls); i++) {
            CHECK_AT((long)i + 100 * data);
            check_call(&d, i);
        }
        CHECK_AT(-1);
        close_desk(&d);
    }
}

/* ---- the wire ---- */

static void members_are_exactly_these(void **state)
{
    static const struct {
        const char *who, *target, *result, *data;
    } cases[] = {
        {NULL, "/status", "{\"result\":{\"initialized\":true,\"version\":\"test\"}}", "{\"data\":{\"initialized\":true,\"version\":\"test\",\"oidc_enabled\":false}}"},
        {"red", V1 "config",
         "{\"result\":{\"port\":8443,\"pebble_notifications\":false,\"logging_level\":\"debug\",\"logging_output\":\"stderr\",\"encryption_backend_type\":\"none\"}}",
         "{\"data\":{\"port\":8443,\"pebble_notifications\":false,\"logging_level\":\"debug\",\"logging_output\":\"stderr\",\"encryption_backend_type\":\"none\",\"acme_enabled\":false}}"},
        {"red", V1 "certificate_requests", "{\"result\":[]}", "{\"data\":[]}"},
        {"red", V1 "acme_servers", "{\"result\":[]}", "{\"data\":[]}"},
        {"red", V1 "accounts/me", "{\"result\":{\"id\":5,\"email\":\"red@example.com\",\"role_id\":3}}",
         "{\"data\":{\"id\":5,\"email\":\"red@example.com\",\"role_id\":3,\"has_password\":false,\"has_oidc\":false,\"auth_methods\":[]}}"},
        {"adm", V1 "accounts/1", "{\"result\":{\"id\":1,\"email\":\"adm@example.com\",\"role_id\":0}}",
         "{\"data\":{\"id\":1,\"email\":\"adm@example.com\",\"role_id\":0,\"has_password\":true,\"has_oidc\":false,\"auth_methods\":[\"local\"]}}"},
    };
    (void)state;
    for (int data = 0; data < 2; data++) {
        struct desk d;
        open_desk(&d, data == 1);
        for (size_t i = 0; i < COUNTOF(cases); i++) {
            CHECK_AT((long)i + 100 * data);
            struct fake_exchange *f = ask(&d, cases[i].who, "GET", cases[i].target, "");
            CHECK_INT(f->status, 200);
            CHECK_STR(f->answer, str_of(data ? cases[i].data : cases[i].result));
            CHECK_STR(fake_header(f, "Content-Type"), S("application/json"));
            struct fake_exchange *head = ask(&d, cases[i].who, "HEAD", cases[i].target, "");
            CHECK_INT(head->status, 200);
            CHECK_STR(head->answer, S(""));
        }
        CHECK_AT(-1);
        const struct json *members = result(&d, ask(&d, "adm", "GET", V1 "cluster/status", ""));
        CHECK_INT((int64_t)json_get(members, S("members"))->count, 1);
        CHECK_STR(json_get(members, S("leader_id"))->text, json_get(members, S("node_id"))->text);
        close_desk(&d);
    }
}

static void paths_methods_and_sizes(void **state)
{
    (void)state;
    for (int data = 0; data < 2; data++) {
        struct desk d;
        open_desk(&d, data == 1);
        CHECK_SAYS(&d, ask(&d, "adm", "GET", V1 "certificate_requests/1/nothing", ""), 404, data ? "not found" : "Not Found");
        struct fake_exchange *f = ask(&d, "adm", "PUT", V1 "certificate_requests", "");
        CHECK_SAYS(&d, f, 405, data ? "method not allowed" : "Method Not Allowed");
        CHECK_STR(fake_header(f, "Allow"), S("GET, HEAD, POST"));
        CHECK_SAYS(&d, ask(&d, "adm", "POST", V1 "cluster/members/join", "{}"), 404, "clustering is not enabled");
        CHECK_SAYS(&d, ask(&d, NULL, "POST", V1 "cluster/members/join", "{}"), 404, "clustering is not enabled");
        /* numbers that are some, and given to nothing */
        CHECK_SAYS(&d, ask(&d, "adm", "GET", V1 "certificate_requests/0", ""), 404, data ? "not found" : "Not Found");
        CHECK_SAYS(&d, ask(&d, "adm", "GET", V1 "certificate_authorities/-3/crl", ""), 404, data ? "not found" : "Not Found");
        CHECK_SAYS(&d, ask(&d, "adm", "GET", V1 "certificate_requests/9223372036854775808", ""), 400, data ? "invalid ID" : "Invalid ID");
        /* a body of 100 KiB is taken and judged, a byte more is not */
        struct buf b;
        buf_init(&b, d.arena, 1 << 20);
        buf_add(&b, S("{\"csr\":\"\",\"x\":\""));
        while (b.len < (100u << 10) - 2)
            buf_byte(&b, 'x');
        buf_add(&b, S("\"}"));
        CHECK_SAYS(&d, call(&d, "req", "POST", S(V1 "certificate_requests"), buf_str(&b)), 400, data ? "invalid request: csr is required" : "Invalid request: csr is required");
        buf_byte(&b, ' ');
        CHECK_SAYS(&d, call(&d, "req", "POST", S(V1 "certificate_requests"), buf_str(&b)), 413, data ? "request entity too large" : "Request Entity Too Large");
        close_desk(&d);
    }
}

/* Both credentials count in both dialects, a login's answer has them where its dialect has them; signing out always succeeds and ends them. */
static void tokens_and_cookies(void **state)
{
    (void)state;
    for (int data = 0; data < 2; data++) {
        struct desk d;
        open_desk(&d, data == 1);
        CHECK_SAYS(&d, ask(&d, NULL, "POST", "/login", "{\"email\":\"req@example.com\",\"password\":\"wrong\"}"), 401,
                   data ? "invalid credentials" : "The email or password is incorrect");
        CHECK_SAYS(&d, ask(&d, NULL, "POST", "/login", "{\"email\":\"nobody@example.com\",\"password\":\"wrong\"}"), 401,
                   data ? "invalid credentials" : "The email or password is incorrect");
        struct fake_exchange *f = ask(&d, NULL, "POST", "/login", "{\"email\":\"req@example.com\",\"password\":\"Corr3ct-horse\"}");
        str token = data ? fake_header(f, "Set-Cookie") : json_get(result(&d, f), S("token"))->text, rest;
        if (data) {
            CHECK_STR(f->answer, S("{}"));
            NEED(str_cut(token, '=', &rest, &token) && str_cut(token, ';', &token, &rest));
        }
        const char *bearer = arena_cstr(d.arena, arena_format(d.arena, "Authorization: bearer " STR_FMT "\n", STR_ARG(token)));
        const char *cookie = arena_cstr(d.arena, arena_format(d.arena, "Cookie: user_token=" STR_FMT "\n", STR_ARG(token)));
        CHECK_INT(stand_send(d.stand, d.arena, "GET", V1 "accounts/me", bearer, S(""))->status, 200);
        CHECK_INT(stand_send(d.stand, d.arena, "GET", V1 "accounts/me", cookie, S(""))->status, 200);
        CHECK_INT(stand_send(d.stand, d.arena, "POST", V1 "certificate_requests", bearer, request_of(d.arena, "a.example.org"))->status, 201);
        CHECK_INT(stand_send(d.stand, d.arena, "POST", V1 "certificate_requests", cookie, request_of(d.arena, "b.example.org"))->status, 201);
        /* a page of ours may as well, one of others not: browsers say which it is */
        static const struct {
            const char *headers;
            int status;
        } pages[] = {
            {"Host: cms.example\nOrigin: http://cms.example\nSec-Fetch-Site: same-origin\nContent-Type: application/json\n", 201},
            {"Host: cms.example\nOrigin: http://evil.example\nContent-Type: application/json\n", 403},
            {"Host: cms.example\nOrigin: http://sub.cms.example\nSec-Fetch-Site: same-site\nContent-Type: application/json\n", 403},
            {"Host: cms.example\nOrigin: null\nContent-Type: application/json\n", 403},
            {"Host: cms.example\nReferer: http://evil.example/\nContent-Type: application/json\n", 403},
            {"Host: cms.example\nContent-Type: text/plain\n", 403},
        };
        for (size_t i = 0; i < COUNTOF(pages); i++) {
            CHECK_AT(i);
            const char *both = arena_cstr(d.arena, arena_format(d.arena, "%s%s", pages[i].headers, cookie));
            CHECK_INT(stand_send(d.stand, d.arena, "POST", V1 "certificate_requests", both, request_of(d.arena, "c.example.org"))->status, pages[i].status);
        }
        CHECK_AT(-1);
        const char *foreign = arena_cstr(d.arena, arena_format(d.arena, "Host: cms.example\nOrigin: http://evil.example\n%s", cookie));
        CHECK_INT(stand_send(d.stand, d.arena, "POST", "/logout", foreign, S(""))->status, 403);
        for (int again = 0; again < 2; again++) {
            f = stand_send(d.stand, d.arena, "POST", "/logout", cookie, S(""));
            CHECK_INT(f->status, 200);
            CHECK(str_starts(fake_header(f, "Set-Cookie"), S("user_token=;")));
        }
        CHECK_INT(stand_send(d.stand, d.arena, "GET", V1 "accounts/me", bearer, S(""))->status, 401);
        CHECK_INT(stand_send(d.stand, d.arena, "POST", "/logout", NULL, S(""))->status, 200);
        CHECK_INT(stand_send(d.stand, d.arena, "POST", "/logout", bearer, S(""))->status, 401); /* a wrong header is told so everywhere */
        close_desk(&d);
    }
}

/* ---- who sees whose ---- */

static str email_in(const struct desk *d, const char *who, int64_t number)
{
    const struct json *item = result(d, call(d, who, "GET", arena_format(d->arena, V1 "certificate_requests/%lld", (long long)number), S("")));
    return json_get(item, S("email"))->text;
}

static void requestors_are_told_that_it_is_not_theirs(void **state)
{
    struct desk d;
    (void)state;
    open_desk(&d, false);
    int64_t hers = hand_in(&d, "req", "a.example.org"), his = hand_in(&d, "two", "b.example.org");
    str foreign = arena_format(d.arena, V1 "certificate_requests/%lld", (long long)his);
    CHECK_SAYS(&d, call(&d, "req", "GET", foreign, S("")), 403, "Access denied");
    CHECK_SAYS(&d, ask(&d, "req", "GET", V1 "certificate_requests/99", ""), 404, "Not Found");
    CHECK_INT((int64_t)result(&d, ask(&d, "req", "GET", V1 "certificate_requests", ""))->count, 1);
    CHECK_STR(email_in(&d, "req", hers), S("req@example.com"));
    CHECK_STR(email_in(&d, "man", his), S("two@example.com"));
    CHECK_STR(email_in(&d, "red", hers), S("req@example.com"));
    /* elsewhere what is hidden and what is absent are the same */
    str id = house_find(d.stand->house, d.arena, "certificate_requests", "subject", "CN=b.example.org");
    CHECK_INT(call(&d, "req", "GET", arena_format(d.arena, "/api/content/item/certificate_requests/" STR_FMT, STR_ARG(id)), S(""))->status, 404);
    CHECK_INT(call(&d, "man", "DELETE", foreign, S(""))->status, 202);
    CHECK_SAYS(&d, call(&d, "req", "GET", foreign, S("")), 404, "Not Found");
    house_delete(d.stand->house, "users", house_user(d.stand->house, "req"));
    CHECK_STR(email_in(&d, "man", hers), S("unknown"));
    close_desk(&d);
}

static int64_t first_of(const struct desk *d, const char *query, int64_t *count)
{
    const struct json *list = result(d, call(d, "man", "GET", arena_format(d->arena, V1 "certificate_requests%s", query), S("")));
    *count = list ? (int64_t)list->count : -1;
    return *count > 0 ? json_get(&list->items[0], S("id"))->integer : 0;
}

/* On both sides of what is read at a time; and what is ours: pages and filters. */
static void lists_are_whole_and_can_be_paged(void **state)
{
    static const struct {
        const char *query;
        int64_t first, count;
    } cases[] = {
        {"", 1, LIMIT_NOTARY_PAGE + 1},
        {"?limit=3", 1, 3},
        {"?after=2&limit=3", 3, 3},
        {"?after=49", 50, 2},
        {"?after=51", 0, 0},
        {"?status=Rejected", 2, 1},
        {"?status=Outstanding&after=1&limit=1", 3, 1},
        {"?whatever=1", 1, LIMIT_NOTARY_PAGE + 1},
    };
    struct desk d;
    int64_t count;
    (void)state;
    open_desk(&d, false);
    for (unsigned i = 0; i < LIMIT_NOTARY_PAGE; i++)
        (void)hand_in(&d, i % 2 ? "req" : "two", "a.example.org");
    (void)first_of(&d, "", &count);
    CHECK_INT(count, LIMIT_NOTARY_PAGE);
    (void)hand_in(&d, "req", "a.example.org");
    CHECK_INT(ask(&d, "man", "POST", V1 "certificate_requests/2/reject", "")->status, 202);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        CHECK_INT(first_of(&d, cases[i].query, &count), cases[i].first);
        CHECK_INT(count, cases[i].count);
    }
    CHECK_AT(-1);
    CHECK_INT(ask(&d, "man", "GET", V1 "certificate_requests?limit=0", "")->status, 400);
    CHECK_INT(ask(&d, "man", "GET", V1 "certificate_requests?after=x", "")->status, 400);
    CHECK_INT(ask(&d, "man", "GET", V1 "certificate_requests?status=outstanding", "")->status, 400);
    CHECK_INT((int64_t)result(&d, ask(&d, "adm", "GET", V1 "accounts?limit=2", ""))->count, 2);
    CHECK_INT(ask(&d, "man", "HEAD", V1 "certificate_requests", "")->status, 200);
    for (unsigned i = 0; i <= LIMIT_NOTARY_AUTHORITIES; i++)
        make_authority(&d, i % 2 ? "" : ",\"self_signed\":true");
    CHECK_INT((int64_t)result(&d, ask(&d, "red", "GET", V1 "certificate_authorities", ""))->count, LIMIT_NOTARY_AUTHORITIES + 1);
    CHECK_INT((int64_t)result(&d, ask(&d, "red", "GET", V1 "certificate_authorities?enabled=false", ""))->count, LIMIT_NOTARY_AUTHORITIES / 2);
    CHECK_INT(ask(&d, "red", "GET", V1 "certificate_authorities?enabled=1", "")->status, 400);
    close_desk(&d);
}

/* ---- what the operator may choose ---- */

static void lenient_and_strict(void **state)
{
    struct desk d;
    (void)state;
    open_desk(&d, false);
    make_authority(&d, ",\"self_signed\":true");
    (void)hand_in(&d, "req", "a.example.org");
    CHECK_INT(ask(&d, "man", "POST", V1 "certificate_requests/1/sign", "{\"certificate_authority_id\":\"1\"}")->status, 202);
    CHECK_SAYS(&d, ask(&d, "man", "POST", V1 "certificate_requests/1/reject", ""), 409, "Only an outstanding request is rejected; this one is Active");
    d.stand->app.api.options.notary_lenient = true;
    for (int again = 0; again < 2; again++) {
        CHECK_INT(ask(&d, "man", "POST", V1 "certificate_requests/1/reject", "")->status, 202);
        const struct json *item = result(&d, ask(&d, "man", "GET", V1 "certificate_requests/1", ""));
        CHECK_STR(json_get(item, S("status"))->text, S("Rejected"));
        CHECK_STR(json_get(item, S("certificate_chain"))->text, S(""));
    }
    /* the certificate is good all the same, and its authority not deleted without force */
    CHECK_INT(ask(&d, "man", "DELETE", V1 "certificate_authorities/1", "")->status, 409);
    CHECK_INT(ask(&d, "man", "DELETE", V1 "certificate_authorities/1?force=no", "")->status, 409);
    CHECK_INT(ask(&d, "man", "DELETE", V1 "certificate_authorities/1?force=true", "")->status, 200);
    const char *login = "{\"email\":\"req@example.com\",\"password\":\"Corr3ct-horse\"}";
    str token = json_get(result(&d, ask(&d, NULL, "POST", "/login", login)), S("token"))->text;
    const char *bearer = arena_cstr(d.arena, arena_format(d.arena, "Authorization: Bearer " STR_FMT "\n", STR_ARG(token)));
    d.stand->app.api.options.notary_strict = true;
    CHECK_SAYS(&d, stand_send(d.stand, d.arena, "POST", V1 "accounts/me/change_password", bearer, S("{\"password\":\"An0ther-one\"}")), 400,
               "Invalid request: current_password is required");
    CHECK_INT(stand_send(d.stand, d.arena, "POST", V1 "accounts/me/change_password", bearer,
                         S("{\"password\":\"An0ther-one\",\"current_password\":\"Corr3ct-horse\"}"))->status, 201);
    close_desk(&d);
}

static void lists_of_revoked_ones_in_all_shapes(void **state)
{
    static const struct {
        const char *path, *accept;
        int status;
        const char *type;
    } cases[] = {
        {"1/crl", "", 200, "application/json"},
        {"1/crl", "Accept: application/pkix-crl\n", 200, "application/pkix-crl"},
        {"1/crl.der", "", 200, "application/pkix-crl"},
        {"1/crl.pem", "", 200, "application/x-pem-file"},
        {"2/crl", "", 200, "application/json"},
        {"2/crl.der", "", 404, "application/json"},
        {"2/crl", "Accept: application/pkix-crl\n", 404, "application/json"},
        {"9/crl.pem", "", 404, "application/json"},
        {"x/crl.pem", "", 400, "application/json"},
    };
    struct desk d;
    (void)state;
    open_desk(&d, false);
    make_authority(&d, ",\"self_signed\":true");
    make_authority(&d, "");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        const char *target = arena_cstr(d.arena, arena_format(d.arena, V1 "certificate_authorities/%s", cases[i].path));
        struct fake_exchange *f = stand_send(d.stand, d.arena, "GET", target, cases[i].accept, S(""));
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(fake_header(f, "Content-Type"), str_of(cases[i].type));
    }
    CHECK_AT(-1);
    close_desk(&d);
}

/* ---- what the journal tells ---- */

/* The number of the last one; 0: there is none. */
static int64_t last_entry(const struct desk *d, const char *collection, const char *verb)
{
    str query = arena_format(d->arena, "/api/content/items/journal?limit=1&sort=-seq&filter[collection]=%s&filter[verb]=%s", collection, verb);
    struct fake_exchange *f = call(d, "adm", "GET", query, S(""));
    CHECK_INT(f->status, 200);
    const struct json *list = f->status == 200 ? stand_json(d->arena, f) : NULL;
    list = list && list->type == JSON_MAP ? json_get(list, S("data")) : list;
    return list && list->count ? json_get(&list->items[0], S("seq"))->integer : 0;
}

/* Notary's audit events are entries by the action's name (docs/notary.md). */
static void the_journal_says_what_was_done(void **state)
{
    static const struct {
        const char *method, *path, *body, *collection, *verb;
    } cases[] = {
        {"POST", "certificate_requests", NULL, "certificate_requests", "create"},
        {"POST", "certificate_requests/1/sign", "{\"certificate_authority_id\":\"1\"}", "certificate_requests", "sign"},
        {"DELETE", "certificate_requests/1/certificate", "", "certificate_requests", "detach"},
        {"POST", "certificate_requests/1/reject", "", "certificate_requests", "reject"},
        {"POST", "certificate_requests", NULL, "certificate_requests", "create"},
        {"POST", "certificate_requests/2/sign", "{\"certificate_authority_id\":\"1\"}", "certificate_requests", "sign"},
        {"POST", "certificate_requests/2/certificate/revoke", "", "certificate_requests", "revoke"},
        {"DELETE", "certificate_requests/2", "", "certificate_requests", "delete"},
        {"POST", "certificate_authorities/2/sign", "{\"certificate_authority_id\":\"1\"}", "certificate_authorities", "sign"},
        {"POST", "certificate_authorities/2/revoke", "", "certificate_authorities", "revoke"},
        {"PUT", "certificate_authorities/1", "{\"enabled\":false}", "certificate_authorities", "update"},
    };
    struct desk d;
    (void)state;
    open_desk(&d, false);
    make_authority(&d, ",\"self_signed\":true,\"path_len\":1");
    make_authority(&d, "");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        int64_t before = last_entry(&d, cases[i].collection, cases[i].verb);
        struct fake_exchange *f = call(&d, "man", cases[i].method, path_of(d.arena, cases[i].path, ""),
                                       cases[i].body ? str_of(cases[i].body) : request_of(d.arena, "a.example.org"));
        CHECK(f->status < 300);
        CHECK(last_entry(&d, cases[i].collection, cases[i].verb) > before);
    }
    CHECK_AT(-1);
    close_desk(&d);
}

/* Members beyond Notary's come into the certificate (notary.md 7); what is wrong with them is said. */
static void authorities_have_names(void **state)
{
    struct desk d;
    (void)state;
    open_desk(&d, false);
    make_authority(&d, ",\"self_signed\":true,\"dns_names\":[\"ca.example.org\"],\"ip_addresses\":[\"192.0.2.7\",\"2001:db8::7\"]");
    str id = house_find(d.stand->house, d.arena, "certificate_authorities", "name", "Root");
    str certificate = house_value(d.stand->house, d.arena, "certificate_authorities", id, "certificate");
    certificate = str_slice(certificate, 1, certificate.len - 1);
    CHECK_STR(house_value(d.stand->house, d.arena, "certificates", certificate, "names"), S("[\"dns:ca.example.org\",\"ip:192.0.2.7\",\"ip:2001:db8::7\"]"));
    CHECK_SAYS(&d, ask(&d, "man", "POST", V1 "certificate_authorities", "{\"common_name\":\"x\",\"key_type\":\"ed25519\",\"ip_addresses\":[\"ten\"]}"), 400,
               "Invalid request: Say addresses like 192.0.2.1");
    close_desk(&d);
}

/* Dialect data tells how somebody signs in. */
static void accounts_tell_of_providers(void **state)
{
    struct desk d;
    (void)state;
    open_desk(&d, true);
    struct house *h = d.stand->house;
    str provider = house_item(h, "identity_providers", "{name:'corp', issuer:'https://id.example.org', client_id:'c'}");
    (void)house_item(h, "external_identities",
                     arena_cstr(d.arena, arena_format(d.arena, "{user:'" STR_FMT "', provider:'" STR_FMT "', issuer:'https://id.example.org', subject:'s-7'}",
                                                      STR_ARG(house_user(h, "man")), STR_ARG(provider))));
    static const char man[] = "{\"id\":2,\"email\":\"man@example.com\",\"role_id\":1,\"has_password\":false,\"has_oidc\":true,\"oidc_subject\":\"s-7\",\"auth_methods\":[\"oidc\"]}";
    CHECK_STR(ask(&d, "adm", "GET", V1 "accounts/2", "")->answer, arena_format(d.arena, "{\"data\":%s}", man));
    CHECK(str_contains(ask(&d, "adm", "GET", V1 "accounts", "")->answer, str_of(man)));
    CHECK(str_contains(ask(&d, NULL, "GET", "/status", "")->answer, S("\"oidc_enabled\":true")));
    /* administrators may go there, as long as one stays */
    CHECK_INT(ask(&d, "adm", "PUT", V1 "accounts/2/role", "{\"role_id\":0}")->status, 201);
    CHECK_INT(ask(&d, "man", "DELETE", V1 "accounts/2", "")->status, 202);
    CHECK_INT(ask(&d, "adm", "DELETE", V1 "accounts/1", "")->status, 400);
    close_desk(&d);
}

/* ---- figures ---- */

static const char *const figure_names[] = {
    "certificate_requests", "outstanding_certificate_requests", "certificates", "certificates_expired", "certificates_expiring_in_1_day",
    "certificates_expiring_in_7_days", "certificates_expiring_in_30_days", "certificates_expiring_in_90_days", "enabled_ca_certificates",
    "expired_ca_certificates", "disabled_ca_certificates", "enabled_ca_certificate_validity_days"};

struct figures {
    int64_t values[COUNTOF(figure_names)];
};

static void take_figure(void *self, const char *name, const char *help, int64_t authority, int64_t value)
{
    struct figures *f = self;
    (void)help;
    for (size_t i = 0; i < COUNTOF(figure_names); i++)
        if (str_equal(str_of(name), str_of(figure_names[i]))) {
            CHECK_INT(authority, i + 1 == COUNTOF(figure_names) ? 1 : 0);
            f->values[i] = value;
            return;
        }
    CHECK_SAY("a figure that nobody knows: %s", name);
}

/* A root of 100 days, a pending authority, leaves of 1, 7, 30 and 90 days to be signed and one each rejected and waiting; looked at later. */
static void figures_mean_what_notary_means(void **state)
{
    static const struct {
        int64_t later;
        struct figures wanted;
    } cases[] = {
        {0, {{6, 1, 5, 0, 0, 1, 2, 3, 1, 0, 1, 100}}},
        {2 * 3600000, {{6, 1, 5, 0, 1, 2, 3, 4, 1, 0, 1, 99}}},
        {25 * 3600000, {{6, 1, 5, 1, 0, 1, 2, 3, 1, 0, 1, 98}}},
        {95 * INT64_C(86400000), {{6, 1, 5, 4, 0, 1, 1, 1, 1, 0, 1, 5}}},
        {101 * INT64_C(86400000), {{6, 1, 5, 5, 0, 0, 0, 0, 0, 1, 1, 0}}},
    };
    static const int days[] = {1, 7, 30, 90};
    struct desk d;
    int64_t start = INT64_C(1793231799000);
    (void)state;
    time_set(start);
    open_desk(&d, false);
    str end = arena_format(d.arena, ",\"self_signed\":true,\"not_valid_after\":\"%s\"", "2027-02-05T23:56:39Z");
    make_authority(&d, arena_cstr(d.arena, end));
    make_authority(&d, "");
    for (size_t i = 0; i < COUNTOF(days) + 2; i++)
        (void)hand_in(&d, "req", "a.example.org");
    for (size_t i = 0; i < COUNTOF(days); i++) {
        str id = house_find(d.stand->house, d.arena, "certificate_requests", "status", "Outstanding");
        struct fake_exchange *f = stand_send(d.stand, d.arena, "POST",
                                             arena_cstr(d.arena, arena_format(d.arena, "/api/content/item/certificate_requests/" STR_FMT "/sign", STR_ARG(id))),
                                             arena_cstr(d.arena, arena_format(d.arena, "api-key: " STR_FMT "\nContent-Type: application/json\n", STR_ARG(house_key(d.stand->house, "man")))),
                                             arena_format(d.arena, "{\"authority\":1,\"days\":%d}", days[i]));
        CHECK_INT(f->status, 200);
    }
    CHECK_INT(ask(&d, "man", "POST", V1 "certificate_requests/5/reject", "")->status, 202);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct figures now = {{0}};
        struct problem why = {.arena = d.arena};
        time_set(start + cases[i].later);
        NEED(gate_pki_figures(d.stand->house->gate, d.arena, take_figure, &now, &why) == ERR_OK);
        for (size_t k = 0; k < COUNTOF(figure_names); k++) {
            CHECK_AT((long)(100 * i + k));
            CHECK_INT(now.values[k], cases[i].wanted.values[k]);
        }
    }
    CHECK_AT(-1);
    time_set(0);
    close_desk(&d);
}

CHECK_MAIN(TEST(first_who_then_what_then_whether), TEST(members_are_exactly_these), TEST(paths_methods_and_sizes), TEST(tokens_and_cookies),
           TEST(requestors_are_told_that_it_is_not_theirs), TEST(lists_are_whole_and_can_be_paged), TEST(lenient_and_strict),
           TEST(lists_of_revoked_ones_in_all_shapes), TEST(the_journal_says_what_was_done), TEST(authorities_have_names), TEST(accounts_tell_of_providers),
           TEST(figures_mean_what_notary_means))
