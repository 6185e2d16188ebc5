/* Both sides of what bounds writes, and actions on items that have changed. */
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

struct bench {
    struct house *house;
    struct arena *arena;
};

static void open_bench(struct bench *b)
{
    b->house = house_open();
    b->arena = b->house->arena;
    house_model(b->house, "[{name:'nodes', fields:[{name:'title', kind:'text'}, {name:'next', kind:'ref', to:'nodes'},"
                          " {name:'links', kind:'ref', to:'nodes', many:true}, {name:'tags', kind:'tags'},"
                          " {name:'owner', kind:'ref', to:'nodes', on_delete:'cascade'}]}]");
    house_people(b->house, "{roles: {editor: [{collection:'nodes', verbs:['*']}]}, users: {root: {roles:['admin']}},"
                           " keys: {editor: {role:'editor'}, root: {user:'root'}, victim: {role:'editor'}}}");
}

static struct fake_exchange *ask(struct bench *b, const char *who, const char *method, const char *target, const char *headers, str body)
{
    const char *all = arena_cstr(b->arena, arena_format(b->arena, "api-key: " STR_FMT "\n%s%s", STR_ARG(house_key(b->house, who)),
                                                        headers, body.len ? "Content-Type: application/json\n" : ""));
    return rest_request(b->house->gate, b->arena, method, target, all, body, NULL);
}

static str times(struct bench *b, const char *open, const char *piece, size_t count, const char *comma, const char *close, size_t closes)
{
    struct buf out;
    buf_init(&out, b->arena, LIMIT_BODY_BYTES);
    buf_add(&out, str_of(open));
    for (size_t i = 0; i < count; i++)
        buf_format(&out, "%s%s", i ? comma : "", piece);
    for (size_t i = 0; i < closes; i++)
        buf_add(&out, str_of(close));
    return buf_str(&out);
}

static void there_is_an_end_to_everything(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    str first = house_item(b.house, "nodes", "{title:'first'}");
    const char *node = arena_cstr(b.arena, arena_format(b.arena, "\"" STR_FMT "\"", STR_ARG(first)));
    struct {
        const char *target;
        str body;
        int status;
    } rows[] = {
        {"/api/content/items/nodes", times(&b, "[", "{}", LIMIT_CHANGES, ",", "]", 1), 200},
        {"/api/content/items/nodes", times(&b, "[", "{}", LIMIT_CHANGES + 1, ",", "]", 1), 413},
        {"/api/batch", times(&b, "{\"changes\":[", "{\"op\":\"create\",\"in\":\"nodes\",\"data\":{}}", LIMIT_CHANGES, ",", "]}", 1), 200},
        {"/api/batch", times(&b, "{\"changes\":[", "{\"op\":\"create\",\"in\":\"nodes\",\"data\":{}}", LIMIT_CHANGES + 1, ",", "]}", 1), 413},
        /* an item each with one within: together too many */
        {"/api/content/items/nodes", times(&b, "[", "{\"next\":{\"create\":{}}}", LIMIT_CHANGES / 2, ",", "]", 1), 200},
        {"/api/content/items/nodes", times(&b, "[", "{\"next\":{\"create\":{}}}", LIMIT_CHANGES / 2 + 1, ",", "]", 1), 413},
        {"/api/content/item/nodes", times(&b, "{\"data\":{", "\"next\":{\"create\":{", LIMIT_NESTED_DEPTH, "", "}}", LIMIT_NESTED_DEPTH + 1), 200},
        {"/api/content/item/nodes", times(&b, "{\"data\":{", "\"next\":{\"create\":{", LIMIT_NESTED_DEPTH + 1, "", "}}", LIMIT_NESTED_DEPTH + 2), 422},
        {"/api/content/item/nodes", times(&b, "{\"data\":{\"links\":{\"connect\":[", node, LIMIT_LIST_STEPS, ",", "]}}}", 1), 200},
        {"/api/content/item/nodes", times(&b, "{\"data\":{\"links\":{\"connect\":[", node, LIMIT_LIST_STEPS + 1, ",", "]}}}", 1), 422},
        {"/api/content/item/nodes", times(&b, "{\"data\":{\"tags+\":[", "\"a\"", LIMIT_LIST_STEPS, ",", "]}}", 1), 200},
        {"/api/content/item/nodes", times(&b, "{\"data\":{\"tags+\":[", "\"a\"", LIMIT_LIST_STEPS + 1, ",", "]}}", 1), 422},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(ask(&b, "editor", "POST", rows[i].target, "", rows[i].body)->status, rows[i].status);
    }
    CHECK_AT(-1);
    char key[LIMIT_ONCE_KEY_BYTES + 2] = {0};
    for (size_t over = 0; over < 2; over++) {
        memset(key, 'k', LIMIT_ONCE_KEY_BYTES + over);
        const char *header = arena_cstr(b.arena, arena_format(b.arena, "Idempotency-Key: %s\n", key));
        CHECK_INT(ask(&b, "editor", "POST", "/api/content/item/nodes", header, S("{\"data\":{}}"))->status, over ? 400 : 200);
    }
    /* 3,010 items are there by now: a change of all is one transaction, more than a body could name */
    str said = ask(&b, "editor", "PATCH", "/api/content/items/nodes?filter=%7B%7D", "", S("{\"title\":\"x\"}"))->answer;
    CHECK(str_contains(said, S("\"changed\":3010")));
    house_close(b.house);
}

static void check_links(struct bench *b, const char *name, str to, unsigned count)
{
    const char *target = arena_cstr(b->arena, arena_format(b->arena, "/api/content/items/nodes?dry_run=1&filter=%%7B%%22%s%%22:%%22" STR_FMT "%%22%%7D",
                                                           name, STR_ARG(to)));
    str said = ask(b, "editor", "PATCH", target, "", S("{\"title\":\"x\"}"))->answer;
    CHECK(str_contains(said, arena_format(b->arena, "\"changed\":%u,", count)));
}

/* More than a page of what is looked at, more than a transaction of single wishes. */
static void whatever_a_deletion_took_along_comes_back(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    str id = house_item(b.house, "nodes", "{title:'owner'}");
    const char *owned = arena_cstr(b.arena, arena_format(b.arena, "{\"owner\":\"" STR_FMT "\"}", STR_ARG(id)));
    const char *next = arena_cstr(b.arena, arena_format(b.arena, "{\"next\":\"" STR_FMT "\"}", STR_ARG(id)));
    const char *one = arena_cstr(b.arena, arena_format(b.arena, "/api/content/item/nodes/" STR_FMT, STR_ARG(id)));
    const char *all = arena_cstr(b.arena, arena_format(b.arena, "/api/content/items/nodes?filter=%%7B%%22_id%%22:%%22" STR_FMT "%%22%%7D", STR_ARG(id)));
    const char *restore = arena_cstr(b.arena, arena_format(b.arena, "/api/content/trash/nodes/" STR_FMT "/restore", STR_ARG(id)));
    CHECK_INT(ask(&b, "editor", "POST", "/api/content/items/nodes", "", times(&b, "[", owned, LIMIT_CHANGES - 300, ",", "]", 1))->status, 200);
    CHECK_INT(ask(&b, "editor", "DELETE", one, "", S(""))->status, 200);
    check_links(&b, "owner", id, 0);
    CHECK_INT(ask(&b, "editor", "POST", restore, "", S(""))->status, 200);
    check_links(&b, "owner", id, LIMIT_CHANGES - 300);
    for (unsigned i = 0; i < 2; i++)
        CHECK_INT(ask(&b, "editor", "POST", "/api/content/items/nodes", "", times(&b, "[", next, LIMIT_ROWS * 3 / 4, ",", "]", 1))->status, 200);
    CHECK_INT(ask(&b, "editor", "DELETE", all, "", S(""))->status, 200);
    check_links(&b, "next", id, 0);
    CHECK_INT(ask(&b, "editor", "POST", restore, "", S(""))->status, 200);
    check_links(&b, "next", id, LIMIT_ROWS * 3 / 2);
    check_links(&b, "owner", id, LIMIT_CHANGES - 300);
    house_close(b.house);
}

static void an_action_can_say_which_revision_it_means(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    const char *target = arena_cstr(b.arena, arena_format(b.arena, "/api/content/item/api_keys/" STR_FMT "/revoke",
                                                          STR_ARG(house_key_id(b.house, "victim"))));
    CHECK_INT(ask(&b, "root", "POST", target, "If-Match: \"99\"\n", S(""))->status, 412);
    CHECK_INT(ask(&b, "root", "POST", target, "Idempotency-Key: a\n", S(""))->status, 400);
    CHECK_INT(ask(&b, "victim", "GET", "/api/content/items/nodes", "", S(""))->status, 200);
    CHECK_INT(ask(&b, "root", "POST", target, "If-Match: \"1\"\n", S(""))->status, 200);
    CHECK_INT(ask(&b, "victim", "GET", "/api/content/items/nodes", "", S(""))->status, 401);
    house_close(b.house);
}

CHECK_MAIN(TEST(there_is_an_end_to_everything), TEST(whatever_a_deletion_took_along_comes_back),
           TEST(an_action_can_say_which_revision_it_means))
