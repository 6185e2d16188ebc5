/* Webhooks in a house: who may make one and what it sees, what is made of entries, what becomes of a delivery, and what is never
 * shown. Nothing waits here: the passes and the attempts are called, the clock is turned, the receiver is a thread. */
#include "base/limits.h"
#include "base/time.h"
#include "base/webhook_signature.h"
#include "content/kind.h"
#include "content/system/members.h"
#include "roles/webhooks/part.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/other_server.h"

#define MODEL "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'hidden', kind:'text'}, {name:'views', kind:'number'}]}," \
              " {name:'papers', fields:[{name:'title', kind:'text'}]}]"
#define HOOKS "{collection:'webhooks', verbs:['read','create','update','delete','test','rotate','pause','resume']}," \
              "{collection:'deliveries', verbs:['read','resend']}, {collection:'roles', verbs:['read']}"
#define PEOPLE                                                                                                       \
    "{roles: {"                                                                                                      \
    "  wide:   [" HOOKS ", {collection:'posts', verbs:['read']}],"                                                  \
    "  narrow: [" HOOKS ", {collection:'posts', verbs:['read'], fields:['title','views'], where:{views:{$lt:100}}}],"  \
    "  shop:   [{collection:'posts', verbs:['read'], fields:['title'], where:{views:{$gt:10}}}],"                   \
    "  all:    [{collection:'posts', verbs:['read']}, {collection:'papers', verbs:['read']}]},"                     \
    " users: {ada: {roles:['wide'], password:'correct horse battery'}, bob: {roles:['narrow'], active:true}}," \
    " services: {robot: {roles:['wide']}},"                                                                          \
    " keys: {ada: {user:'ada', disabled:false}, bob: {user:'bob'}, robot: {service:'robot'}, role: {role:'wide'},"                  \
    "        scoped: {user:'ada', scopes:[{collection:'posts', fields:['views']}, {collection:'webhooks'}]}}}"
#define NOW INT64_C(1790000000000)
#define HOUR INT64_C(3600000)

struct bench {
    struct house *house;
    struct gate *gate;
    struct arena *arena;
    struct problem why;
    struct maker maker;
    struct other other;
    struct network allow;
    uint16_t port;
};

/* One house for all: each test begins without webhooks, with these people, at the same time. */
static struct bench shared;

static int close_house(void **state)
{
    (void)state;
    house_close(shared.house);
    return 0;
}

static void open_house(struct bench *b)
{
    struct house_config config = {.outside.policy = {.may_http = true, .allow = &b->allow, .allow_count = 1, .ports = &b->port, .port_count = 1}};
    NEED(network_read(S("127.0.0.0/8"), &b->allow));
    b->house = house_open_with(&config);
    b->gate = b->house->gate;
    house_model(b->house, MODEL);
}

static void clear_away(struct bench *b)
{
    struct hook *hooks = NULL;
    size_t count = 0;
    house_people(b->house, PEOPLE);
    NEED(hooks_read(b->gate, b->arena, &hooks, &count, &b->why) == ERR_OK);
    for (size_t i = 0; i < count; i++)
        house_delete(b->house, "webhooks", hooks[i].id);
}

static struct bench *open_bench(const char *answer)
{
    struct bench *b = &shared;
    time_set(NOW);
    b->other = (struct other){.port = 0};
    open_other(&b->other, answer);
    b->port = b->other.port;
    if (!b->house)
        open_house(b);
    b->arena = arena_open(64u << 10);
    b->why = (struct problem){.arena = b->arena};
    clear_away(b);
    maker_init(&b->maker, b->gate);
    return b;
}

static void close_bench(struct bench *b)
{
    maker_done(&b->maker);
    arena_close(b->arena);
    close_other(&b->other);
    time_set(0);
}

static const struct principal *who(struct bench *b, const char *key)
{
    return house_who(b->house, b->arena, house_key(b->house, key));
}

/* As a façade does it. item: of webhooks, {url} put in. */
static enum err save(struct bench *b, const struct principal *as, enum op op, str *id, const char *item, str *secret)
{
    const struct collection *c = house_collection(as, "webhooks");
    struct item_sent sent = {.data = house_json(b->arena, item), .where = S("")};
    struct change change = {.op = op, .id = op == OP_CREATE ? (str){0} : *id};
    b->why = (struct problem){.arena = b->arena};
    TRY(gate_take_item(as, c, &sent, &change, b->arena, &b->why));
    TRY(gate_write(b->gate, as, &change, 1, b->arena, &b->why));
    *id = arena_copy(b->arena, change.result_id);
    if (secret)
        *secret = change.secret_once;
    return ERR_OK;
}

static const char *at_receiver(struct bench *b, const char *more)
{
    return arena_cstr(b->arena, arena_format(b->arena, "{name:'n', url:'http://127.0.0.1:%u/hook'%s%s}", b->port, *more ? ", " : "", more));
}

#define POSTS "events:[{collections:['posts']}]"

static str make(struct bench *b, const char *key, const char *more)
{
    str id = {0};
    CHECK_PROBLEM(save(b, who(b, key), OP_CREATE, &id, at_receiver(b, more), NULL), ERR_OK, &b->why);
    NEED(!str_is_absent(id));
    return id;
}

static void pass(struct bench *b)
{
    bool more = true;
    while (more)
        CHECK_PROBLEM(maker_pass(&b->maker, &more, &b->why), ERR_OK, &b->why);
}

static const struct json *item(struct bench *b, const char *collection, str id)
{
    const struct principal *server = principal_system(b->gate, b->arena, SYSTEM_WEBHOOKS);
    const struct json *out = NULL;
    CHECK_PROBLEM(read_item(b->gate->content, server->rights, str_of(collection), S("_id"), id, b->arena, &out, &b->why), ERR_OK, &b->why);
    NEED(out != NULL);
    return out;
}

/* Deliveries of a webhook as "event state attempts" lines, oldest first. */
static str told(struct bench *b, str hook)
{
    const struct principal *server = principal_system(b->gate, b->arena, SYSTEM_WEBHOOKS);
    const struct collection *c = model_find(server->rights->model, S("deliveries"));
    struct item_list list;
    struct buf out;
    CHECK_PROBLEM(read_items(b->gate->content, server->rights, S("deliveries"),
                             filter_test(b->arena, collection_field(c, S("webhook")), TEST_EQ, json_of_text(hook)), b->arena, &list, &b->why),
                  ERR_OK, &b->why);
    buf_init(&out, b->arena, 1u << 20);
    for (size_t i = 0; i < list.count; i++)
        buf_format(&out, "%s" STR_FMT " " STR_FMT " %lld", i ? "; " : "", STR_ARG(text_in(&list.items[i], S("event"))),
                   STR_ARG(text_in(&list.items[i], S("state"))), (long long)number_in(&list.items[i], S("attempts")));
    return buf_str(&out);
}

static str first(struct bench *b, str hook, bool tests_only)
{
    struct due due;
    CHECK_PROBLEM(queue_first(b->gate, b->arena, hook, tests_only, &due, &b->why), ERR_OK, &b->why);
    return due.delivery;
}

static enum outcome attempt(struct bench *b, str hook, str delivery)
{
    struct webhook_try t = {.gate = b->gate, .hook = hook, .delivery = delivery};
    CHECK_PROBLEM(webhook_try_run(&t, &b->why), ERR_OK, &b->why);
    return t.outcome;
}

/* What would be sent for the newest entry of posts. */
static str body_now(struct bench *b, str hook_id)
{
    struct hook h;
    struct eyes eyes;
    struct seen seen;
    struct entry *list = NULL;
    struct news n;
    size_t count = 0, at = 0;
    str out = S("");
    NEED(hook_read(b->gate, b->arena, hook_id, &h, &b->why) == ERR_OK);
    NEED(journal_read(b->gate->content, 0, 10000, b->arena, &list, &count, &b->why) == ERR_OK);
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].collection, S("posts")))
            at = i;
    enum err e = eyes_open(b->gate, b->arena, &h, &eyes, &b->why);
    if (e != ERR_OK)
        return S("blind");
    news_read(&list[at], b->arena, &n);
    NEED(eyes_see(&eyes, &n, b->arena, &seen, &b->why) == ERR_OK);
    if (seen.sight == SIGHT_NOTHING)
        return S("nothing");
    struct feed_event e2 = {.seq = 1, .collection = list[at].collection, .item = S("x"), .seen = seen};
    CHECK_PROBLEM(webhook_body(b->arena, &h, &e2, &out, &b->why), ERR_OK, &b->why);
    return out;
}

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void what_is_wanted_is_made_once(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    (void)state;
    house_item(b->house, "posts", "{title:'before it was there'}");
    str all = make(b, "ada", POSTS), some = make(b, "ada", "events:[{collections:['posts'], verbs:['create'], filter:{views:{$gt:5}}}]");
    str off = make(b, "ada", POSTS ", enabled:false"), stars = make(b, "ada", "events:[{collections:['*'], verbs:['delete']}]");
    str low = house_item(b->house, "posts", "{title:'low', views:1}");
    house_item(b->house, "posts", "{title:'high', views:9}");
    house_item(b->house, "papers", "{title:'unread by ada'}");
    house_update(b->house, "posts", low, "{views:7}"); /* comes into view of the filter */
    house_delete(b->house, "posts", low);
    pass(b);
    CHECK_STR(told(b, all), S("posts.create waiting 0; posts.create waiting 0; posts.update waiting 0; posts.delete waiting 0"));
    CHECK_STR(told(b, some), S("posts.create waiting 0; posts.create waiting 0"));
    CHECK_STR(told(b, off), S(""));
    CHECK_STR(told(b, stars), S("posts.delete waiting 0"));
    /* Killed after they were written and before that was said: the same again. */
    struct maker again;
    bool more = true;
    maker_init(&again, b->gate);
    CHECK_PROBLEM(feed_drop(b->gate->content, WEBHOOK_FEED, &b->why), ERR_OK, &b->why);
    CHECK_PROBLEM(maker_pass(&again, &more, &b->why), ERR_OK, &b->why);
    again.at = 0;
    while (more || again.at == 0)
        CHECK_PROBLEM(maker_pass(&again, &more, &b->why), ERR_OK, &b->why);
    maker_done(&again);
    CHECK_STR(told(b, all), S("posts.create waiting 0; posts.create waiting 0; posts.update waiting 0; posts.delete waiting 0"));
    CHECK_STR(told(b, stars), S("posts.delete waiting 0"));
    close_bench(b);
}

static void what_happened_while_it_was_off_stays_untold(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    (void)state;
    str id = make(b, "ada", POSTS ", enabled:false");
    house_item(b->house, "posts", "{title:'unheard'}");
    CHECK_PROBLEM(save(b, who(b, "ada"), OP_UPDATE, &id, "{enabled:true}", NULL), ERR_OK, &b->why);
    house_item(b->house, "posts", "{title:'heard'}");
    pass(b); /* looks at all of it only now */
    CHECK_STR(told(b, id), S("posts.create waiting 0"));
    close_bench(b);
}

static void a_webhook_sees_what_its_author_may_read(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    (void)state;
    str ada = make(b, "ada", POSTS), bob = make(b, "bob", POSTS), robot = make(b, "robot", POSTS), scoped = make(b, "scoped", POSTS);
    str shop = make(b, "bob", arena_cstr(b->arena, arena_format(b->arena, POSTS ", role:'" STR_FMT "'", STR_ARG(house_role(b->house, "shop")))));
    str more = make(b, "bob", arena_cstr(b->arena, arena_format(b->arena, POSTS ", role:'" STR_FMT "'", STR_ARG(house_role(b->house, "all")))));
    str post = house_item(b->house, "posts", "{title:'t', hidden:'h', views:50}");
    CHECK(str_contains(body_now(b, ada), S("\"hidden\":\"h\"")) && str_contains(body_now(b, robot), S("\"hidden\":\"h\"")));
    CHECK(str_contains(body_now(b, bob), S("\"title\":\"t\"")) && !str_contains(body_now(b, bob), S("hidden")));
    CHECK(str_contains(body_now(b, scoped), S("\"views\":50")) && !str_contains(body_now(b, scoped), S("title")));
    CHECK(str_contains(body_now(b, shop), S("\"after\":{")) && str_contains(body_now(b, shop), S("\"title\":\"t\"")));
    CHECK(!str_contains(body_now(b, shop), S("views")));
    /* A role that may more than he may adds nothing. */
    CHECK(str_contains(body_now(b, more), S("views")) && !str_contains(body_now(b, more), S("hidden")));
    /* Rows: bob reads below 100, the shop above 10; an item that leaves the sight of either is gone for both. */
    house_update(b->house, "posts", post, "{views:5}");
    CHECK(str_contains(body_now(b, bob), S("posts.update")) && str_contains(body_now(b, shop), S("posts.delete")));
    house_update(b->house, "posts", post, "{views:200}");
    CHECK(str_contains(body_now(b, bob), S("posts.delete")) && str_contains(body_now(b, ada), S("posts.update")));
    CHECK_STR(body_now(b, shop), S("nothing"));
    CHECK_STR(body_now(b, more), body_now(b, bob));
    /* Not by the rights of when it was made. */
    house_people(b->house, "{roles:{wide:[" HOOKS "]}}");
    CHECK_STR(body_now(b, ada), S("nothing"));
    close_bench(b);
}

/* Whoever may write webhooks may not read by somebody else's. */
static void who_writes_it_lends_it_his_own_rights(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    str secret = {0};
    (void)state;
    str id = make(b, "ada", POSTS ", secret_headers:'Authorization: Bearer adas-token'");
    house_item(b->house, "posts", "{title:'t', hidden:'h', views:50}");
    CHECK(str_contains(body_now(b, id), S("hidden")));
    CHECK_PROBLEM(save(b, who(b, "bob"), OP_UPDATE, &id, "{name:'mine now'}", &secret), ERR_OK, &b->why);
    CHECK(!str_contains(body_now(b, id), S("hidden")) && str_is_absent(secret));
    CHECK_STR(text_in(item(b, "webhooks", id), S("by")), arena_format(b->arena, "key:" STR_FMT, STR_ARG(house_key_id(b->house, "bob"))));
    /* Elsewhere go neither the headers nor the signature. */
    CHECK_ERR(save(b, who(b, "bob"), OP_UPDATE, &id, "{url:'http://127.0.0.1:9/hook'}", NULL), ERR_INVALID);
    CHECK_FAULT(&b->why, S("/secret_headers"), S("origin"));
    CHECK_ERR(save(b, who(b, "bob"), OP_UPDATE, &id, "{ca_pem:'x'}", NULL), ERR_INVALID);
    CHECK_PROBLEM(save(b, who(b, "bob"), OP_UPDATE, &id, at_receiver(b, "secret_headers:null"), &secret), ERR_OK, &b->why);
    CHECK(str_is_absent(secret));
    CHECK_PROBLEM(save(b, who(b, "bob"), OP_UPDATE, &id, "{url:'http://127.0.0.1:9/hook'}", &secret), ERR_OK, &b->why);
    CHECK(str_starts(secret, S("whsec_")));
    /* What he may not read cannot be asked about. */
    CHECK_ERR(save(b, who(b, "bob"), OP_UPDATE, &id, "{events:[{collections:['posts'], filter:{hidden:'h'}}]}", NULL), ERR_INVALID);
    CHECK_FAULT(&b->why, S("/events/0/filter"), S("unknown-field"));
    CHECK_ERR(save(b, who(b, "bob"), OP_UPDATE, &id, "{events:[{collections:['papers']}]}", NULL), ERR_INVALID);
    CHECK_FAULT(&b->why, S("/events/0/collections"), S("collection"));
    close_bench(b);
}

static void rows_that_mean_nothing_are_refused(void **state)
{
    static const struct {
        const char *more, *at;
    } rows[] = {
        {"events:[]", "/events"}, {"events:[{collections:['nothing']}]", "/events/0/collections"},
        {"events:[{collections:['deliveries']}]", "/events/0/collections"}, {"events:[{collections:['journal']}]", "/events/0/collections"},
        {"events:[{collections:['posts','webhooks'], item:'x'}]", "/events/0/item"}, {"events:[{collections:['p*'], filter:{a:1}}]", "/events/0/filter"},
        {POSTS ", headers:[{name:'Host', value:'x'}]", "/headers/0"}, {POSTS ", secret_headers:'x'", "/secret_headers"},
        {POSTS ", url:'https://a:b@example.com/'", "/url"}, {POSTS ", url:'ftp://example.com/'", "/url"}, {POSTS ", url:'https://example.com/#x'", "/url"},
        {POSTS ", by:'user:x'", "/by"}, {POSTS ", secret:'whsec_x'", "/secret"}, {POSTS ", since:0", "/since"}, {POSTS ", retries:[{after_s:0}]", "/retries/0/after_s"},
    };
    struct bench *b = open_bench(OK_ANSWER);
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str id = {0};
        bool own_url = str_contains(str_of(rows[i].more), S("url:"));
        const char *text = own_url ? arena_cstr(b->arena, arena_format(b->arena, "{name:'n', %s}", rows[i].more)) : at_receiver(b, rows[i].more);
        CHECK_AT(i);
        CHECK_ERR(save(b, who(b, "ada"), OP_CREATE, &id, text, NULL), ERR_INVALID);
        CHECK(check_fault(&b->why, str_of(rows[i].at)) != NULL);
        if (!check_fault(&b->why, str_of(rows[i].at)) && b->why.fault_count)
            CHECK_SAY("fault at " STR_FMT, STR_ARG(b->why.faults[0].path));
    }
    close_bench(b);
}

/* Nobody in particular has no rights to lend; the server's own are nobody's. */
static void the_server_itself_makes_none(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    str id = {0};
    (void)state;
    CHECK_ERR(save(b, principal_system(b->gate, b->arena, SYSTEM_COMMAND), OP_CREATE, &id, at_receiver(b, POSTS), NULL), ERR_FORBIDDEN);
    close_bench(b);
}

static void what_arrives_is_signed_and_done(void **state)
{
    struct bench *b = open_bench("HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\nthanks for adas-token, dear adas-tok");
    str id = {0}, secret = {0};
    (void)state;
    CHECK_PROBLEM(save(b, who(b, "ada"), OP_CREATE, &id,
                       at_receiver(b, POSTS ", headers:[{name:'X-Plain', value:'p'}], secret_headers:'Authorization: Bearer adas-token'"), &secret),
                  ERR_OK, &b->why);
    CHECK(str_starts(secret, S("whsec_")));
    house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    str delivery = first(b, id, false);
    CHECK_INT(attempt(b, id, delivery), OUTCOME_DONE);
    const struct json *d = item(b, "deliveries", delivery);
    CHECK_STR(text_in(d, S("state")), S("done"));
    CHECK_INT(number_in(d, S("status")), 200);
    CHECK_INT(number_in(d, S("attempts")), 1);
    CHECK_STR(text_in(d, S("answer")), S("thanks for **********, dear adas-tok"));
    str request = str_of(b->other.requests[0]);
    CHECK(str_starts(request, S("POST /hook HTTP/1.1\r\n")) && str_contains(request, S("\r\nX-Plain: p\r\n")));
    CHECK(str_contains(request, S("\r\nAuthorization: Bearer adas-token\r\n")) && str_contains(request, S("\r\nContent-Type: application/json\r\n")));
    CHECK(str_contains(request, arena_format(b->arena, "\r\nwebhook-id: msg_" STR_FMT "\r\n", STR_ARG(delivery))));
    CHECK(str_contains(request, S("\r\nwebhook-signature: v1,")));
    CHECK_INT(attempt(b, id, delivery), OUTCOME_GONE); /* not twice */
    close_bench(b);
}

static bool is_wiped(str bytes)
{
    bool wiped = bytes.len > 0;
    for (size_t i = 0; i < bytes.len; i++)
        wiped = wiped && bytes.at[i] == '\0';
    return wiped;
}

static void secrets_are_never_shown(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    str id = {0}, secret = {0};
    struct entry *list = NULL;
    size_t count = 0;
    struct json output;
    (void)state;
    CHECK_PROBLEM(save(b, who(b, "ada"), OP_CREATE, &id, at_receiver(b, POSTS ", secret_headers:'Authorization: Bearer adas-token'"), &secret), ERR_OK,
                  &b->why);
    const struct principal *ada = who(b, "ada");
    CHECK_PROBLEM(gate_act(b->gate, ada, house_collection(ada, "webhooks"), id, S("rotate"), NULL, &output, b->arena, &b->why), ERR_OK, &b->why);
    str second = text_in(&output, S("secret"));
    CHECK(str_starts(second, S("whsec_")) && !str_equal(second, secret));
    house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    (void)attempt(b, id, first(b, id, false));
    NEED(journal_read(b->gate->content, 0, 10000, b->arena, &list, &count, &b->why) == ERR_OK);
    const str secrets[] = {str_slice(secret, 6, 40), str_slice(second, 6, 40), S("adas-token")};
    for (size_t s = 0; s < COUNTOF(secrets); s++) {
        CHECK_AT(s);
        CHECK(!str_contains(json_print(b->arena, item(b, "webhooks", id)), secrets[s]));
        for (size_t i = 0; i < count; i++)
            CHECK(!str_contains(list[i].after.len ? list[i].after : S(""), secrets[s]));
    }
    CHECK_STR(json_print(b->arena, json_get(item(b, "webhooks", id), S("secret_header_names"))), S("[\"Authorization\"]"));
    /* Both are good for a day, then the new one alone. */
    struct signing_keys keys;
    struct hook_headers headers;
    str old = {0}, new = {0};
    struct hook h;
    NEED(hook_read(b->gate, b->arena, id, &h, &b->why) == ERR_OK && webhook_secret_read(b->arena, secret, &old, &b->why) == ERR_OK &&
         webhook_secret_read(b->arena, second, &new, &b->why) == ERR_OK);
    CHECK_PROBLEM(hook_keys(b->gate, b->arena, &h, NOW, &keys, &b->why), ERR_OK, &b->why);
    CHECK(keys.count == 2 && str_equal(keys.keys[0], new) && str_equal(keys.keys[1], old));
    str held = keys.keys[1];
    signing_keys_wipe(&keys);
    CHECK(keys.count == 0 && is_wiped(held));
    CHECK_PROBLEM(hook_keys(b->gate, b->arena, &h, NOW + 24 * HOUR, &keys, &b->why), ERR_OK, &b->why);
    CHECK(keys.count == 1 && str_equal(keys.keys[0], new));
    CHECK_PROBLEM(hook_headers(b->gate, b->arena, &h, &headers, &b->why), ERR_OK, &b->why);
    NEED(headers.count == headers.secret_from + 1);
    held = headers.pairs[headers.secret_from].value;
    CHECK(str_contains(held, S("adas-token")));
    hook_headers_wipe(&headers);
    CHECK(headers.count == headers.secret_from && is_wiped(held));
    /* The secret of somebody else's is not his to renew. */
    const struct principal *bob = who(b, "bob");
    CHECK_ERR(gate_act(b->gate, bob, house_collection(bob, "webhooks"), id, S("rotate"), NULL, &output, b->arena, &b->why), ERR_FORBIDDEN);
    close_bench(b);
}

static void what_fails_is_repeated_and_given_up_after_a_day(void **state)
{
    struct bench *b = open_bench("HTTP/1.1 503 No\r\nRetry-After: 90\r\nContent-Length: 4\r\n\r\nbusy");
    unsigned tries = 0;
    (void)state;
    str id = make(b, "ada", POSTS);
    house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    str delivery = first(b, id, false);
    int64_t now = NOW;
    for (; tries < 30; tries++) {
        enum outcome outcome = attempt(b, id, delivery);
        const struct json *d = item(b, "deliveries", delivery);
        CHECK_STR(text_in(d, S("error")), S("It answered 503"));
        CHECK_STR(text_in(d, S("answer")), S("busy"));
        if (outcome == OUTCOME_FAILED)
            break;
        CHECK_INT(outcome, OUTCOME_RETRY);
        int64_t next = time_in(d, S("next_at"));
        CHECK(next >= now + 90000 && next <= NOW + 24 * HOUR); /* Retry-After where it is later */
        now = next;
        time_set(now);
    }
    CHECK_INT(tries, 10);
    CHECK_STR(told(b, id), S("posts.create failed 11"));
    CHECK(time_in(item(b, "webhooks", id), S("failing_since")) == NOW && flag_in(item(b, "webhooks", id), S("enabled")));
    close_bench(b);
}

static void a_day_without_success_switches_it_off(void **state)
{
    static const char *const answers[] = {"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", OK_ANSWER, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"};
    struct bench *b = open_bench(OK_ANSWER);
    (void)state;
    close_other(&b->other);
    open_other_with(&b->other, answers, COUNTOF(answers));
    b->port = b->other.port;
    str id = make(b, "ada", POSTS);
    for (int i = 0; i < 4; i++)
        house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    str deliveries[4];
    for (size_t i = 0; i < 4; i++) { /* fails, works, fails */
        deliveries[i] = first(b, id, false);
        if (i < 3)
            (void)attempt(b, id, deliveries[i]);
        CHECK((time_in(item(b, "webhooks", id), S("failing_since")) != 0) == (i != 1));
    }
    time_set(NOW + 24 * HOUR - 1);
    (void)attempt(b, id, deliveries[3]);
    CHECK(flag_in(item(b, "webhooks", id), S("enabled")));
    time_set(NOW + 24 * HOUR);
    (void)attempt(b, id, first(b, id, false));
    const struct json *h = item(b, "webhooks", id);
    CHECK(!flag_in(h, S("enabled")) && time_in(h, S("disabled_at")) == NOW + 24 * HOUR);
    CHECK_STR(text_in(h, S("disabled_reason")), S("Nothing arrived for a whole day. The last time: It answered 500"));
    /* Somebody looks after it. */
    CHECK_PROBLEM(save(b, who(b, "ada"), OP_UPDATE, &id, "{enabled:true}", NULL), ERR_OK, &b->why);
    h = item(b, "webhooks", id);
    CHECK(flag_in(h, S("enabled")) && !time_in(h, S("failing_since")) && str_is_absent(text_in(h, S("disabled_reason"))));
    close_bench(b);
}

static void a_receiver_that_wants_no_more_is_left_alone(void **state)
{
    struct bench *b = open_bench("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n");
    struct entry *list = NULL;
    size_t count = 0;
    (void)state;
    str id = make(b, "ada", POSTS);
    house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    CHECK_INT(attempt(b, id, first(b, id, false)), OUTCOME_FAILED);
    CHECK(!flag_in(item(b, "webhooks", id), S("enabled")));
    NEED(journal_read(b->gate->content, 0, 10000, b->arena, &list, &count, &b->why) == ERR_OK && count > 0);
    CHECK_STR(list[count - 1].verb, S("webhook.disabled"));
    house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    CHECK_STR(told(b, id), S("posts.create failed 1"));
    close_bench(b);
}

static void who_is_gone_leaves_no_eyes_behind(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    (void)state;
    str id = make(b, "ada", POSTS), other = make(b, "bob", POSTS), robot = make(b, "robot", POSTS);
    house_item(b->house, "posts", "{title:'t', views:1}");
    pass(b);
    str delivery = first(b, id, false);
    house_people(b->house, "{keys:{ada:{user:'ada', disabled:true}}}");
    CHECK_INT(attempt(b, id, delivery), OUTCOME_FAILED); /* nobody was asked */
    CHECK_INT(b->other.connections, 0);
    CHECK(str_contains(text_in(item(b, "webhooks", id), S("disabled_reason")), S("switched off")));
    house_people(b->house, "{users:{bob:{roles:['narrow'], active:false}}}");
    house_item(b->house, "posts", "{title:'t', views:1}");
    pass(b);
    CHECK(!flag_in(item(b, "webhooks", other), S("enabled")) && flag_in(item(b, "webhooks", robot), S("enabled")));
    /* A key that was rotated is still there, also when that ended the tokens made with it before. */
    const struct principal *server = principal_system(b->gate, b->arena, SYSTEM_COMMAND);
    struct json output;
    CHECK_PROBLEM(gate_act(b->gate, server, house_collection(server, "api_keys"), house_key_id(b->house, "robot"), S("rotate"),
                           house_json(b->arena, "{revoke_tokens:true}"), &output, b->arena, &b->why), ERR_OK, &b->why);
    CHECK(str_starts(body_now(b, robot), S("{")));
    /* What may not be seen any more is not told, and that is no fault of the receiver. */
    house_people(b->house, "{roles:{wide:[" HOOKS "]}}");
    CHECK_INT(attempt(b, robot, first(b, robot, false)), OUTCOME_DROPPED);
    CHECK_INT(b->other.connections, 0);
    close_bench(b);
}

static void tests_and_resending_are_actions(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    struct json output;
    (void)state;
    str id = make(b, "ada", POSTS ", paused:true, template:{text:'{{type}} of {{data.webhook}}'}");
    const struct principal *ada = who(b, "ada");
    const struct collection *hooks = house_collection(ada, "webhooks"), *deliveries = house_collection(ada, "deliveries");
    CHECK_PROBLEM(gate_act(b->gate, ada, hooks, id, S("test"), NULL, &output, b->arena, &b->why), ERR_OK, &b->why);
    str delivery = text_in(&output, S("delivery"));
    CHECK_STR(first(b, id, false), delivery);
    house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    CHECK_STR(first(b, id, true), delivery); /* although it is paused */
    CHECK_INT(attempt(b, id, delivery), OUTCOME_DONE);
    CHECK_STR(first(b, id, true), (str){0});
    CHECK_INT(attempt(b, id, first(b, id, false)), OUTCOME_GONE); /* the other one waits on */
    CHECK_INT(b->other.connections, 1);
    CHECK_PROBLEM(gate_act(b->gate, ada, deliveries, delivery, S("resend"), NULL, &output, b->arena, &b->why), ERR_OK, &b->why);
    CHECK_ERR(gate_act(b->gate, ada, deliveries, delivery, S("resend"), NULL, &output, b->arena, &b->why), ERR_CONFLICT);
    b->why = (struct problem){.arena = b->arena};
    CHECK_INT(attempt(b, id, delivery), OUTCOME_DONE);
    CHECK_INT(b->other.connections, 2);
    for (unsigned i = 1; i < LIMIT_WEBHOOK_TESTS; i++)
        CHECK_PROBLEM(gate_act(b->gate, ada, hooks, id, S("test"), NULL, &output, b->arena, &b->why), ERR_OK, &b->why);
    CHECK_ERR(gate_act(b->gate, ada, hooks, id, S("test"), NULL, &output, b->arena, &b->why), ERR_TOO_MANY);
    close_bench(b);
}

static void what_is_over_does_not_stay_for_ever(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    bool more = false;
    struct hook *hooks = NULL;
    size_t count = 0;
    (void)state;
    str id = make(b, "ada", POSTS), gone = make(b, "ada", POSTS);
    house_item(b->house, "posts", "{title:'t'}");
    house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    (void)attempt(b, id, first(b, id, false));
    house_delete(b->house, "webhooks", gone);
    NEED(hooks_read(b->gate, b->arena, &hooks, &count, &b->why) == ERR_OK && count == 1);
    CHECK_PROBLEM(queue_sweep_orphans(b->gate, b->arena, hooks, count, &more, &b->why), ERR_OK, &b->why);
    CHECK_PROBLEM(queue_sweep(b->gate, b->arena, hooks, count, &more, &b->why), ERR_OK, &b->why);
    CHECK_STR(told(b, id), S("posts.create done 1; posts.create waiting 0"));
    CHECK_STR(told(b, gone), S(""));
    time_set(NOW + 25 * HOUR);
    CHECK_PROBLEM(queue_sweep(b->gate, b->arena, hooks, count, &more, &b->why), ERR_OK, &b->why);
    CHECK_STR(told(b, id), S("posts.create done 1; posts.create failed 0"));
    time_set(NOW + 8 * 24 * HOUR);
    CHECK_PROBLEM(queue_sweep(b->gate, b->arena, hooks, count, &more, &b->why), ERR_OK, &b->why);
    CHECK_STR(told(b, id), S(""));
    close_bench(b);
}

static void without_webhooks_nobody_keeps_a_place(void **state)
{
    struct bench *b = open_bench(OK_ANSWER);
    struct feed_place *places = NULL;
    size_t count = 9;
    (void)state;
    pass(b);
    CHECK(feed_places(b->gate->content, b->arena, &places, &count, &b->why) == ERR_OK && count == 0);
    str id = make(b, "ada", POSTS);
    CHECK(feed_places(b->gate->content, b->arena, &places, &count, &b->why) == ERR_OK && count == 1);
    house_delete(b->house, "webhooks", id);
    CHECK(feed_places(b->gate->content, b->arena, &places, &count, &b->why) == ERR_OK && count == 0);
    pass(b);
    str next = make(b, "ada", POSTS);
    house_item(b->house, "posts", "{title:'t'}");
    pass(b);
    CHECK_STR(told(b, next), S("posts.create waiting 0"));
    close_bench(b);
}

CHECK_MAIN_IN(NULL, close_house, TEST(what_is_wanted_is_made_once), TEST(what_happened_while_it_was_off_stays_untold), TEST(a_webhook_sees_what_its_author_may_read),
           TEST(who_writes_it_lends_it_his_own_rights), TEST(rows_that_mean_nothing_are_refused), TEST(the_server_itself_makes_none),
           TEST(what_arrives_is_signed_and_done), TEST(secrets_are_never_shown), TEST(what_fails_is_repeated_and_given_up_after_a_day),
           TEST(a_day_without_success_switches_it_off), TEST(a_receiver_that_wants_no_more_is_left_alone), TEST(who_is_gone_leaves_no_eyes_behind),
           TEST(tests_and_resending_are_actions), TEST(what_is_over_does_not_stay_for_ever), TEST(without_webhooks_nobody_keeps_a_place))
