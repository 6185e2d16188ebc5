/* graphql-transport-ws, by conversations: what a client says and what happens meanwhile, and what it hears. */
#include <poll.h>

#include "base/limits.h"
#include "base/websocket.h"
#include "tests/support/check.h"
#include "tests/support/graph.h"

/* ---- a house, and a client on a socket ---- */

struct talker {
    struct fake_exchange *exchange;   /* its transport is this one's */
    struct house *house;
    const char *const *steps;         /* "> text": the client says it; "= code": it closes; "hear N": it has heard so much; the others happen */
    size_t at, wanted;                /* frames at the end */
    str post;                         /* the item that was made last */
};
static struct talker talker;

static void add_masked(struct buf *b, unsigned first, str text)
{
    uint8_t head[WEBSOCKET_HEAD];
    size_t n = websocket_head(head, WEBSOCKET_TEXT, text.len);
    head[0] = (uint8_t)first;
    head[1] |= 0x80;
    buf_add(b, (str){(const char *)head, n});
    buf_add(b, (str){"\0\0\0\0", 4});
    buf_add(b, text);
}

static void happen(struct talker *t, const char *step)
{
    str word, rest;
    must(str_cut(str_of(step), ' ', &word, &rest));
    const char *text = arena_cstr(t->exchange->x.arena, rest);
    if (str_equal(word, S("people")))
        house_people(t->house, text);
    else if (str_equal(word, S("model")))
        house_model(t->house, text);
    else if (str_equal(word, S("item")))
        t->post = house_item(t->house, "posts", text);
    else if (str_equal(word, S("update")))
        house_update(t->house, "posts", t->post, text);
    else
        must(false);
}

static size_t heard(str wire)
{
    size_t count = 0;
    for (; wire.len >= 2; count++) {
        unsigned char n = (unsigned char)wire.at[1];
        size_t head = n == 126 ? 4 : 2, len = n == 126 ? (size_t)(unsigned char)wire.at[2] << 8 | (unsigned char)wire.at[3] : n;
        must(n < 127);
        wire = str_slice(wire, head + len, wire.len);
    }
    return count;
}

/* It waits for news as the server does, as long as there is something to come. */
static bool waits(struct talker *t, int bell, size_t count)
{
    struct pollfd ring = {.fd = bell, .events = POLLIN};
    if (heard(t->exchange->answer) >= count)
        return false;
    return poll(&ring, 1, 60000) == 1;
}

/* One step per call; then the client is gone. */
static enum err receive(struct exchange *x, int bell, int timeout_ms, void *into, size_t room, size_t *got)
{
    struct talker *t = &talker;
    const char *step = t->steps[t->at];
    struct buf b;
    (void)x, (void)timeout_ms;
    *got = 0;
    if (!step)
        return waits(t, bell, t->wanted) ? ERR_OK : ERR_UNAVAILABLE;
    bool is_heard = strncmp(step, "hear ", 5) == 0;
    uint64_t count = 0;
    if (is_heard && str_to_u64(str_of(step + 5), 100, &count) && waits(t, bell, count))
        return ERR_OK;
    t->at++;
    if (is_heard)
        return ERR_OK;
    buf_init(&b, t->exchange->x.arena, room);
    if (*step == '>')
        add_masked(&b, 0x81, str_of(step + 2));
    else if (*step == '=')
        add_masked(&b, 0x88, (str){step + 2, 2});
    else
        happen(t, step);
    must(!b.failed);
    memcpy(into, buf_str(&b).at, b.len);
    *got = b.len;
    return ERR_OK;
}

/* What the server said, a line per frame. */
static str lines_of(struct arena *a, str wire)
{
    struct buf out;
    buf_init(&out, a, 1u << 20);
    while (wire.len >= 2) {
        unsigned char first = (unsigned char)wire.at[0], n = (unsigned char)wire.at[1];
        size_t head = n == 126 ? 4 : n == 127 ? 10 : 2, len = n;
        if (n >= 126)
            for (size_t i = 2, end = head, sum = 0; i < end; i++)
                len = sum = sum << 8 | (unsigned char)wire.at[i];
        str text = str_slice(wire, head, head + len);
        if (first == 0x88)
            buf_format(&out, "close %u " STR_FMT "\n", websocket_close_code(text), STR_ARG(str_slice(text, 2, text.len)));
        else
            buf_format(&out, "%s" STR_FMT "\n", first == 0x81 ? "" : "? ", STR_ARG(text));
        wire = str_slice(wire, head + len, wire.len);
    }
    return buf_str(&out);
}

#define UPGRADE                                                                                                        \
    "Connection: keep-alive, Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
#define SPEAKS UPGRADE "Sec-WebSocket-Protocol: other, graphql-transport-ws\n"

static struct house *open_house(void)
{
    struct house *h = house_open();
    house_model(h, "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'views', kind:'number', integer:true}]}]");
    house_people(h, "{roles: {reader: [{collection:'posts', verbs:['read'], fields:['title']}], all: [{collection:'posts', verbs:['read','create']}]},"
                    " public: 'reader', users: {ada: {roles:['all']}}, keys: {reader: {role:'reader'}, all: {role:'all'}, ada: {user:'ada'}}}");
    return h;
}

/* $NAME in a step is a key. */
static const char *const *with_keys(struct house *h, struct arena *a, const char *const *steps)
{
    static const char *const names[] = {"reader", "all", "ada"};
    const char **out = NEW_N(a, const char *, 32);
    for (size_t i = 0; steps[i]; i++) {
        out[i] = steps[i];
        for (size_t k = 0; k < COUNTOF(names); k++) {
            char mark[16];
            snprintf(mark, sizeof mark, "$%s\"", names[k]);
            const char *at = strstr(steps[i], mark);
            if (at)
                out[i] = arena_cstr(a, arena_format(a, "%.*s" STR_FMT "%s", (int)(at - steps[i]), steps[i], STR_ARG(house_key(h, names[k])), at + strlen(mark) - 1));
        }
    }
    return out;
}

static str talk(struct graph *g, struct arena *a, const char *headers, const char *const *steps, const char *wanted)
{
    struct problem why = {.arena = a};
    struct fake_exchange *f = fake_request(a, "GET", "/graphql", headers, S(""));
    talker = (struct talker){.exchange = f, .house = g->house, .steps = with_keys(g->house, a, steps), .wanted = check_lines(str_of(wanted))};
    f->x.receive = receive;
    enum err e = graph_run(g, &f->x, &why);
    if (f->status == 101)
        return lines_of(a, f->answer);
    return arena_format(a, "%d " STR_FMT, e == ERR_OK ? f->status : err_facts(e)->http_status, STR_ARG(e == ERR_OK ? f->answer : why.text));
}

/* ---- conversations ---- */

#define INIT "> {\"type\":\"connection_init\"}"
#define INIT_AS(key) "> {\"type\":\"connection_init\",\"payload\":{\"api-key\":\"$" key "\"}}"
#define ASK(id, query) "> {\"type\":\"subscribe\",\"id\":\"" id "\",\"payload\":{\"query\":\"" query "\"}}"
#define ACK "{\"type\":\"connection_ack\"}\n"

struct conversation {
    const char *steps[12];
    const char *wanted;
};

static void converse(const struct conversation *rows, size_t count, const char *headers)
{
    for (size_t i = 0; i < count; i++) {
        struct house *h = open_house();
        struct graph g;
        struct arena *a = arena_open(64u << 10);
        graph_open(&g, h);
        CHECK_AT(i);
        CHECK_STR(talk(&g, a, headers, rows[i].steps, rows[i].wanted), str_of(rows[i].wanted));
        arena_close(a);
        graph_close(&g);
        house_close(h);
    }
    check_row = -1;
}

static void the_protocol_is_kept(void **state)
{
    static const struct conversation rows[] = {
        {{INIT, "> {\"type\":\"ping\"}", "> {\"type\":\"ping\",\"payload\":{\"a\":[1]}}", "> {\"type\":\"pong\"}"},
         ACK "{\"type\":\"pong\"}\n{\"type\":\"pong\",\"payload\":{\"a\":[1]}}\n"},
        {{"> {\"type\":\"ping\"}", INIT}, "{\"type\":\"pong\"}\n" ACK},
        {{INIT, INIT}, ACK "close 4429 Too many initialisation requests\n"},
        {{"> {\"type\":\"connection_init\",\"payload\":null}"}, ACK},
        {{"> {\"type\":\"connection_init\",\"payload\":[]}"}, "close 4400 Invalid message\n"},
        {{"> {\"type\":\"connection_init\",\"payload\":{\"api-key\":7}}"}, "close 4400 Invalid message\n"},
        {{"> {\"type\":\"connection_init\",\"payload\":{\"api-key\":\"wrong\"}}"}, "close 4403 Forbidden\n"},
        {{"> {\"type\":\"connection_init\",\"payload\":{\"Authorization\":\"Bearer wrong\"}}"}, "close 4403 Forbidden\n"},
        {{ASK("1", "{me{kind}}")}, "close 4401 Unauthorized\n"},
        {{INIT, "> {\"type\":\"subscribe\",\"payload\":{\"query\":\"{me{kind}}\"}}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {\"type\":\"subscribe\",\"id\":\"\",\"payload\":{\"query\":\"{me{kind}}\"}}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {\"type\":\"subscribe\",\"id\":7,\"payload\":{\"query\":\"{me{kind}}\"}}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {\"type\":\"subscribe\",\"id\":\"1\"}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{}}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":7}}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {\"type\":\"start\"}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> []"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {\"type\":\"ping\",\"type\":\"ping\"}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "> {\"type\":\"complete\",\"id\":\"nobody\"}", "> {\"type\":\"complete\"}"}, ACK "close 4400 Invalid message\n"},
        {{INIT, "= \x03\xe8"}, ACK "close 1000 \n"},
        {{INIT, ASK("1", "{me{kind}}")}, ACK "{\"type\":\"next\",\"id\":\"1\",\"payload\":{\"data\":{\"me\":{\"kind\":\"public\"}}}}\n{\"type\":\"complete\",\"id\":\"1\"}\n"},
        {{INIT_AS("all"), ASK("1", "{me{kind}}"), ASK("1", "{me{kind}}")},
         ACK "{\"type\":\"next\",\"id\":\"1\",\"payload\":{\"data\":{\"me\":{\"kind\":\"key\"}}}}\n{\"type\":\"complete\",\"id\":\"1\"}\n"
             "{\"type\":\"next\",\"id\":\"1\",\"payload\":{\"data\":{\"me\":{\"kind\":\"key\"}}}}\n{\"type\":\"complete\",\"id\":\"1\"}\n"},
        {{INIT_AS("all"), ASK("1", "mutation{createPost(data:{title:\\\"One\\\"}){title}}")},
         ACK "{\"type\":\"next\",\"id\":\"1\",\"payload\":{\"data\":{\"createPost\":{\"title\":\"One\"}}}}\n{\"type\":\"complete\",\"id\":\"1\"}\n"},
        {{INIT, ASK("1", "{")},
         ACK "{\"type\":\"error\",\"id\":\"1\",\"payload\":[{\"message\":\"Syntax error: expected a field or a fragment but found the end of the text.\","
             "\"locations\":[{\"line\":1,\"column\":2}],\"extensions\":{\"code\":\"GRAPHQL_PARSE_FAILED\"}}]}\n"},
        {{INIT, ASK("1", "subscription{postChanged{_id}}"), ASK("1", "{me{kind}}")}, ACK "close 4409 Subscriber already exists\n"},
        {{INIT, ASK("1", "subscription{postChanged{_id}}"), "> {\"type\":\"complete\",\"id\":\"1\"}", ASK("1", "{me{kind}}")},
         ACK "{\"type\":\"next\",\"id\":\"1\",\"payload\":{\"data\":{\"me\":{\"kind\":\"public\"}}}}\n{\"type\":\"complete\",\"id\":\"1\"}\n"},
    };
    (void)state;
    converse(rows, COUNTOF(rows), SPEAKS);
}

#define NEXT(id, payload) "{\"type\":\"next\",\"id\":\"" id "\",\"payload\":{\"data\":{\"postChanged\":" payload "}}}\n"
#define META "\"_id\",\"_state\",\"_created\",\"_modified\",\"_cby\",\"_mby\",\"_rev\""
#define ITEM(title) "item {title:'" title "', views:1, _state:1}"

static void subscriptions_are_told_what_he_may_see_now(void **state)
{
    static const struct conversation rows[] = {
        {{INIT_AS("all"), ASK("1", "subscription{postChanged{change verb item{title views}}}"), ITEM("One"), "hear 2", "update {views:2}"},
         ACK NEXT("1", "{\"change\":\"ADDED\",\"verb\":\"create\",\"item\":{\"title\":\"One\",\"views\":1}}")
         NEXT("1", "{\"change\":\"CHANGED\",\"verb\":\"update\",\"item\":{\"title\":\"One\",\"views\":2}}")},
        {{INIT_AS("all"), ASK("1", "subscription{postChanged{fields}}"), ITEM("One")}, ACK NEXT("1", "{\"fields\":[" META ",\"title\",\"views\"]}")},
        {{INIT, ASK("1", "subscription{postChanged{fields before}}"), ITEM("One")}, ACK NEXT("1", "{\"fields\":[" META ",\"title\"],\"before\":null}")},
        /* fields of others are in no schema of his */
        {{INIT, ASK("1", "subscription{postChanged{item{views}}}")},
         ACK "{\"type\":\"error\",\"id\":\"1\",\"payload\":[{\"message\":\"There is no field \\\"views\\\" on the type \\\"Post\\\".\","
             "\"locations\":[{\"line\":1,\"column\":31}],\"extensions\":{\"code\":\"GRAPHQL_VALIDATION_FAILED\"}}]}\n"},
        /* two of them, and a condition */
        {{INIT_AS("all"), ASK("1", "subscription{postChanged(where:{views:{gt:1}}){change}}"), ASK("2", "subscription{postChanged(verbs:[\\\"update\\\"]){verb}}"),
          ITEM("One"), "update {views:2}"},
         ACK NEXT("2", "{\"verb\":\"update\"}") NEXT("1", "{\"change\":\"ADDED\"}")},
        /* one root field, and none of introspection */
        {{INIT, ASK("1", "subscription{__typename}")},
         ACK "{\"type\":\"error\",\"id\":\"1\",\"payload\":[{\"message\":\"A subscription cannot have a field of introspection at its root.\","
             "\"locations\":[{\"line\":1,\"column\":14}],\"extensions\":{\"code\":\"GRAPHQL_VALIDATION_FAILED\"}}]}\n"},
        {{INIT, ASK("1", "subscription{postChanged(since:-1){_id}}")},
         ACK "{\"type\":\"error\",\"id\":\"1\",\"payload\":[{\"message\":\"since is the number of a change, or 0.\",\"extensions\":{\"code\":\"BAD_USER_INPUT\","
             "\"errors\":[{\"path\":\"since\",\"code\":\"range\",\"message\":\"since is the number of a change, or 0\"}]}}]}\n"},
        /* a key that is revoked ends the socket, with or without a subscription */
        {{INIT_AS("all"), ASK("1", "subscription{postChanged{_id}}"), "people {keys:{all:{role:'all', disabled:true}}}", ITEM("One")},
         ACK "close 4401 The credential is not good any more\n"},
        {{INIT_AS("all"), "people {keys:{all:{role:'all', disabled:true}}}"}, ACK "close 4401 The credential is not good any more\n"},
        /* rows and fields that are taken away */
        {{INIT_AS("all"), ASK("1", "subscription{postChanged{item{title}}}"), "people {roles:{all:[{collection:'posts', verbs:['read'], where:{views:2}}]}}", ITEM("One"), "update {views:2}"},
         ACK NEXT("1", "{\"item\":{\"title\":\"One\"}}")},
        {{INIT_AS("all"), ASK("1", "subscription{postChanged{item{views}}}"), ITEM("One"), "hear 2", "people {roles:{all:[{collection:'posts', verbs:['read'], fields:['title']}]}}"},
         ACK NEXT("1", "{\"item\":{\"views\":1}}")
         "{\"type\":\"error\",\"id\":\"1\",\"payload\":[{\"message\":\"There is no field \\\"views\\\" on the type \\\"Post\\\".\","
             "\"locations\":[{\"line\":1,\"column\":31}],\"extensions\":{\"code\":\"GRAPHQL_VALIDATION_FAILED\"}}]}\n"},
        /* a role that is taken away altogether */
        {{INIT_AS("ada"), ASK("1", "subscription{postChanged{_id}}"), "people {users:{ada:{roles:[]}}}", ITEM("One")},
         ACK "{\"type\":\"error\",\"id\":\"1\",\"payload\":[{\"message\":\"Model posts not found.\",\"extensions\":{\"code\":\"NOT_FOUND\"}}]}\n"},
        /* a model that moves on */
        {{INIT_AS("all"), ASK("1", "subscription{postChanged{item{title}}}"), "model [{name:'others', fields:[{name:'title', kind:'text'}]}]", ITEM("One")},
         ACK NEXT("1", "{\"item\":{\"title\":\"One\"}}")},
    };
    (void)state;
    converse(rows, COUNTOF(rows), SPEAKS);
}

static void a_socket_has_so_many_subscriptions(void **state)
{
    const char *steps[LIMIT_SOCKET_SUBSCRIPTIONS + 3] = {INIT};
    struct house *h = open_house();
    struct graph g;
    struct arena *a = arena_open(64u << 10);
    (void)state;
    graph_open(&g, h);
    for (unsigned i = 0; i <= LIMIT_SOCKET_SUBSCRIPTIONS; i++)
        steps[i + 1] = arena_cstr(a, arena_format(a, "> {\"type\":\"subscribe\",\"id\":\"%u\",\"payload\":{\"query\":\"subscription{postChanged{_id}}\"}}", i));
    struct problem why = {.arena = a};
    struct fake_exchange *f = fake_request(a, "GET", "/graphql", SPEAKS, S(""));
    talker = (struct talker){.exchange = f, .house = h, .steps = steps};
    f->x.receive = receive;
    CHECK_PROBLEM(graph_run(&g, &f->x, &why), ERR_OK, &why);
    CHECK_STR(lines_of(a, f->answer), S(ACK "{\"type\":\"error\",\"id\":\"50\",\"payload\":[{\"message\":\"A socket has at most 50 subscriptions at a time.\","
                                        "\"extensions\":{\"code\":\"LIMIT_EXCEEDED\"}}]}\n"));
    arena_close(a);
    graph_close(&g);
    house_close(h);
}

static struct fake_exchange *ask_for_socket(struct graph *g, struct arena *a, const char *const *steps, size_t wanted)
{
    struct fake_exchange *f = fake_request(a, "GET", "/graphql", SPEAKS, S(""));
    talker = (struct talker){.exchange = f, .house = g->house, .steps = with_keys(g->house, a, steps), .wanted = wanted};
    f->x.receive = receive;
    return f;
}

/* What a subscription was asked for with stays in memory, what nobody knows of it included. */
static void subscriptions_take_so_much_memory(void **state)
{
    const char *steps[16] = {INIT};
    struct house *h = open_house();
    struct graph g;
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    char *zeros = arena_get(a, 15001, 1);
    (void)state;
    graph_open(&g, h);
    for (size_t i = 0; i < 15000; i++)
        zeros[i] = i % 2 ? ',' : '0';
    zeros[14999] = '\0';
    for (unsigned i = 0; i < 14; i++)
        steps[i + 1] = arena_cstr(a, arena_format(a, "> {\"type\":\"subscribe\",\"id\":\"%u\",\"payload\":{\"query\":\"subscription{postChanged{_id}}\","
                                                     "\"x\":[%s]}}", i, zeros));
    struct fake_exchange *f = ask_for_socket(&g, a, steps, 0);
    CHECK_PROBLEM(graph_run(&g, &f->x, &why), ERR_OK, &why);
    CHECK(str_contains(lines_of(a, f->answer), S("The subscriptions of a socket take at most 4 MiB together.")));
    arena_close(a);
    graph_close(&g);
    house_close(h);
}

/* ---- what happens while it is told ---- */

static enum err (*really_take)(struct exchange *x, str bytes);

/* The key is revoked while the first of two events is on its way to a client who takes his time. */
static enum err take_and_revoke(struct exchange *x, str bytes)
{
    static const char revoked[] = "{keys:{all:{role:'all', disabled:true}}}";
    if (str_contains(bytes, S("One")))
        house_people(talker.house, revoked);
    return really_take(x, bytes);
}

static void who_is_nobody_any_more_is_told_no_further_event(void **state)
{
    static const char *const steps[] = {INIT_AS("all"), ITEM("One"), ITEM("Two"), ASK("1", "subscription{postChanged(since:0){item{title}}}"), NULL};
    struct house *h = open_house();
    struct graph g;
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    (void)state;
    graph_open(&g, h);
    struct fake_exchange *f = ask_for_socket(&g, a, steps, 3);
    really_take = f->x.piece;
    f->x.piece = take_and_revoke;
    CHECK_PROBLEM(graph_run(&g, &f->x, &why), ERR_OK, &why);
    CHECK_STR(lines_of(a, f->answer), S(ACK NEXT("1", "{\"item\":{\"title\":\"One\"}}") "close 4401 The credential is not good any more\n"));
    arena_close(a);
    graph_close(&g);
    house_close(h);
}

#define MADE 20u
static unsigned made, idle_rounds;

/* Each change is made when the one before was heard, while the window gathers (LIMIT_WINDOW_GATHER_MS). */
static enum err receive_and_count(struct exchange *x, int bell, int timeout_ms, void *into, size_t room, size_t *got)
{
    struct talker *t = &talker;
    struct pollfd ring = {.fd = bell, .events = POLLIN};
    *got = 0;
    if (t->steps[t->at])
        return receive(x, bell, timeout_ms, into, room, got);
    if (heard(t->exchange->answer) < 1 + made) {
        idle_rounds += timeout_ms == 0;
        return poll(&ring, 1, timeout_ms) >= 0 ? ERR_OK : ERR_UNAVAILABLE;
    }
    if (made == MADE)
        return ERR_UNAVAILABLE;
    made++;
    happen(t, ITEM("One"));
    return ERR_OK;
}

/* What was written and is not in the window yet is waited for: the bell will ring. */
static void news_on_their_way_are_waited_for(void **state)
{
    static const char *const steps[] = {INIT_AS("all"), ASK("1", "subscription{postChanged{change}}"), NULL};
    struct house *h = open_house();
    struct graph g;
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a};
    (void)state;
    graph_open(&g, h);
    struct fake_exchange *f = ask_for_socket(&g, a, steps, 0);
    f->x.receive = receive_and_count;
    made = idle_rounds = 0;
    CHECK_PROBLEM(graph_run(&g, &f->x, &why), ERR_OK, &why);
    CHECK_INT(made, MADE);
    CHECK(idle_rounds <= 2 * MADE);
    arena_close(a);
    graph_close(&g);
    house_close(h);
}

/* ---- handshakes ---- */

static void who_may_have_a_socket(void **state)
{
    static const char *const nothing[] = {NULL};
    static const struct { const char *headers, *wanted; } rows[] = {
        {SPEAKS, ""},
        {SPEAKS "Host: cms.example\nOrigin: http://cms.example\n", ""},
        {UPGRADE, "close 4406 Subprotocol not acceptable\n"},
        {UPGRADE "Sec-WebSocket-Protocol: graphql-ws\n", "close 4406 Subprotocol not acceptable\n"},
        {SPEAKS "Host: cms.example\nOrigin: http://evil.example\n", "403 Pages of this origin may not wait for news"},
        {SPEAKS "Host: cms.example\nOrigin: null\n", "403 Pages of this origin may not wait for news"},
        {SPEAKS "Host: cms.example\nSec-Fetch-Site: cross-site\n", "403 Pages of this origin may not wait for news"},
        {SPEAKS "api-key: wrong\n", "401 Authentication failed"},
        {"Upgrade: websocket\n", "400 This is no request for a WebSocket"},
        {"Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 8\n", "426 "},
        {"Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n", "400 Sec-WebSocket-Key is no 16 bytes in base64"},
        {"Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: eHg=\n", "400 Sec-WebSocket-Key is no 16 bytes in base64"},
    };
    struct house *h = open_house();
    struct graph g;
    (void)state;
    graph_open(&g, h);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct arena *a = arena_open(16u << 10);
        CHECK_AT(i);
        CHECK_STR(talk(&g, a, rows[i].headers, nothing, rows[i].wanted), str_of(rows[i].wanted));
        arena_close(a);
    }
    check_row = -1;
    graph_close(&g);
    house_close(h);
}

CHECK_MAIN(TEST(the_protocol_is_kept), TEST(subscriptions_are_told_what_he_may_see_now), TEST(a_socket_has_so_many_subscriptions),
           TEST(subscriptions_take_so_much_memory), TEST(who_is_nobody_any_more_is_told_no_further_event), TEST(news_on_their_way_are_waited_for), TEST(who_may_have_a_socket))
