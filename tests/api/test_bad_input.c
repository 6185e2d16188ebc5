/* Bad requests by table: each has its status, names what is wrong, and leaves everything as it was.
 */
#include "base/limits.h"
#include "tests/support/check.h"
#include "tests/support/stand.h"

static struct stand *stand;
static struct arena *arena; /* of one row */

enum who { NOBODY, READER, EDITOR, ADMIN, WRONG, TWO };

struct bad {
    enum who who;
    const char *method, *target;
    const char *body; /* JSON5, or as it is when raw */
    int status;
    const char *pointer, *code; /* of the first fault; NULL: there is none */
    bool raw;
};

#define POST   "/api/content/item/posts"
#define ITEM   "/api/content/item/posts/00000000000000b000000001"
#define LIST   "/api/content/items/posts"
#define AUTHOR "author:'00000000000000a000000001'"

/* clang-format off */
static const struct bad table[] = {
    /* names that are not there */
    {EDITOR, "GET", "/api/content/items/nowhere", NULL, 404, NULL, NULL, false},
    {EDITOR, "POST", "/api/content/item/nowhere", "{data:{title:'x'}}", 404, NULL, NULL, false},
    {EDITOR, "GET", "/api/content/items/posts;a=b", NULL, 404, NULL, NULL, false},
    {EDITOR, "GET", "/api/content/items/POSTS", NULL, 404, NULL, NULL, false},
    {EDITOR, "GET", "/api/content/items/posts/", NULL, 404, NULL, NULL, false},
    {EDITOR, "GET", LIST "?filter={nothing:1}", NULL, 400, "filter", "unknown-field", false},
    {EDITOR, "GET", LIST "?filter={\"author.nothing\":1}", NULL, 400, "filter", "unknown-field", false},
    {EDITOR, "GET", LIST "?filter={\"title')--\":1}", NULL, 400, "filter", "unknown-field", false},
    {EDITOR, "GET", LIST "?filter={\"seo.title::text\":1}", NULL, 400, "filter", "unknown-field", false},
    {EDITOR, "GET", LIST "?sort=nothing", NULL, 400, "sort", "unknown-field", false},
    {EDITOR, "GET", LIST "?sort={\"title\\\"\":1}", NULL, 400, "sort", "unknown-field", false},
    {EDITOR, "GET", LIST "?fields=nothing", NULL, 400, "fields", "unknown-field", false},
    {EDITOR, "GET", LIST "?fields={\"..author.nothing\":1}", NULL, 400, "fields", "unknown-field", false},
    {EDITOR, "GET", LIST "?nothing=1", NULL, 400, "nothing", "unknown-parameter", false},
    {EDITOR, "GET", LIST "?parent=1", NULL, 400, "parent", "unknown-parameter", false},
    {EDITOR, "POST", POST "?nothing=1", "{data:{title:'x'," AUTHOR "}}", 400, "nothing", "unknown-parameter", false},
    {EDITOR, "DELETE", ITEM "?nothing=1", NULL, 400, "nothing", "unknown-parameter", false},
    {EDITOR, "POST", POST, "{data:{title:'x'," AUTHOR ",nothing:1}}", 422, "/data/nothing", "unknown-field", false},
    {EDITOR, "POST", POST, "{data:{title:'x'," AUTHOR "},more:1}", 400, "more", "unknown-parameter", false},
    {EDITOR, "PATCH", ITEM, "{seo:{nothing:1}}", 422, "/seo/nothing", "unknown-field", false},

    /* operators */
    {EDITOR, "GET", LIST "?filter={views:{$near:1}}", NULL, 400, "filter", "operator", false},
    {EDITOR, "GET", LIST "?filter={views:{$func:'system'}}", NULL, 400, "filter", "unknown-operator", false},
    {EDITOR, "GET", LIST "?filter={$where:'1'}", NULL, 400, "filter", "unknown-operator", false},
    {EDITOR, "GET", LIST "?filter={$expr:{$nothing:1}}", NULL, 400, "filter", "unknown-operator", false},
    {EDITOR, "GET", LIST "?filter={featured:{$regex:'x'}}", NULL, 400, "filter", "operator", false},
    {EDITOR, "GET", LIST "?filter={title:{$regex:'('}}", NULL, 400, "filter", NULL, false},
    {EDITOR, "GET", LIST "?filter=[]", NULL, 400, "filter", NULL, false},
    {EDITOR, "GET", LIST "?filter=1", NULL, 400, "filter", NULL, false},
    {EDITOR, "GET", LIST "?filter={views:{$gt:{}}}", NULL, 400, "filter", NULL, false},
    {EDITOR, "GET", LIST "?filter={views:'many'}", NULL, 400, "filter", NULL, false},
    {EDITOR, "GET", LIST "?filter[views][$gt", NULL, 400, "filter", "brackets", false},

    /* broken JSON */
    {EDITOR, "GET", LIST "?filter={", NULL, 400, "filter", "json-syntax", false},
    {EDITOR, "GET", LIST "?filter={views:1,views:2}", NULL, 400, "filter", "json-duplicate", false},
    {EDITOR, "GET", LIST "?sort={", NULL, 400, "sort", "json-syntax", false},
    {EDITOR, "GET", LIST "?fields={", NULL, 400, "fields", "json-syntax", false},
    {EDITOR, "GET", "/api/content/items?models=[]", NULL, 400, "models", "type", false},
    {EDITOR, "GET", "/api/content/items?models={posts:1}", NULL, 400, "models", "type", false},
    {EDITOR, "GET", "/api/content/items?models={posts:{model:1}}", NULL, 400, "models", "type", false},
    {EDITOR, "GET", "/api/content/items?models={posts:{limit:'x'}}", NULL, 400, "models/posts/limit", "parameter", false},
    {EDITOR, "POST", POST, "{\"data\":{\"title\":\"x\"}", 400, "", "json-syntax", true},
    {EDITOR, "POST", POST, "{\"data\":{\"title\":\"\\ud800\"}}", 400, "", "json-syntax", true},
    {EDITOR, "POST", POST, "{\"data\":{\"title\":\"\xff\"}}", 400, "", "json-utf8", true},
    {EDITOR, "POST", POST, "{\"data\":{\"views\":1e999}}", 400, "", "json-number", true},
    {EDITOR, "POST", POST, "{data:{title:'json5'}}", 400, "", "json-syntax", true},
    {EDITOR, "POST", POST, "", 400, "", "json-syntax", true},
    {EDITOR, "POST", POST, "[]", 400, "/data", "required", true},
    {EDITOR, "POST", POST, "{data:[]}", 400, "/data", "required", false},
    {EDITOR, "POST", POST, "{data:null}", 400, "/data", "required", false},
    {EDITOR, "PUT", ITEM, "[]", 400, "", "type", true},
    {EDITOR, "PATCH", ITEM, "7", 400, "", "type", true},

    /* wrong types and values, missing and taken ones */
    {EDITOR, "POST", POST, "{data:{title:7," AUTHOR "}}", 422, "/data/title", "type", false},
    {EDITOR, "POST", POST, "{data:{title:{$ne:null}," AUTHOR "}}", 422, "/data/title", "type", false},
    {EDITOR, "POST", POST, "{data:{title:'x'," AUTHOR ",views:1.5}}", 422, "/data/views", "integer", false},
    {EDITOR, "POST", POST, "{data:{title:'x'," AUTHOR ",featured:'maybe'}}", 422, "/data/featured", "type", false},
    {EDITOR, "POST", POST, "{data:{title:'x'," AUTHOR ",date:'2026-02-30'}}", 422, "/data/date", "format", false},
    {EDITOR, "POST", POST, "{data:{title:'x',author:'ada'}}", 422, "/data/author", "format", false},
    {EDITOR, "POST", POST, "{data:{title:'x',author:{_model:'posts',_id:'00000000000000b000000001'}}}", 422, "/data/author", "wrong-model", false},
    {EDITOR, "POST", POST, "{data:{title:'x',author:'00000000000000a0000000ff'}}", 422, "/data/author", "reference", false},
    {EDITOR, "POST", POST, "{data:{title:'x'," AUTHOR ",categories:['00000000000000c0000000ff']}}", 422, "/data/categories", "reference", false},
    {EDITOR, "POST", POST, "{data:{" AUTHOR "}}", 422, "/data/title", "required", false},
    {EDITOR, "POST", POST, "{data:{title:''," AUTHOR "}}", 422, "/data/title", "required", false},
    {EDITOR, "POST", POST, "{data:{title:'x',slug:'one-door-one-lock'," AUTHOR "}}", 409, "/slug", "unique", false},
    {EDITOR, "PATCH", ITEM, "{slug:'one-door-one-lock'}", 409, "/slug", "unique", false},
    {EDITOR, "PATCH", ITEM, "{title:null}", 422, "/title", "required", false},
    {EDITOR, "PUT", ITEM, "{title:'x'}", 422, "/author", "required", false},
    {EDITOR, "PATCH", ITEM, "{_state:2}", 422, "/_state", "options", false},
    {EDITOR, "PATCH", ITEM, "{_state:'live'}", 422, "/_state", "type", false},
    {EDITOR, "PATCH", ITEM, "{_id:'00000000000000b000000002'}", 422, "/_id", "locked", false},
    {EDITOR, "POST", POST, "{data:{_id:'x',title:'x'}}", 422, "/data/_id", "format", false},
    {EDITOR, "POST", POST, "{data:{_id:7,title:'x'}}", 422, "/data/_id", "format", false},
    {EDITOR, "POST", POST, "{data:{_id:'00000000000000b0000000ff',title:'x'}}", 404, NULL, NULL, false},
    {EDITOR, "PUT", "/api/content/item/posts/x", "{title:'x'," AUTHOR "}", 404, NULL, NULL, false},
    {EDITOR, "PATCH", "/api/content/item/categories/00000000000000c000000001", "{_pid:'00000000000000c000000002'}", 422, "/_pid", "circle", false},
    {EDITOR, "DELETE", "/api/content/item/posts/x", NULL, 404, NULL, NULL, false},
    {EDITOR, "DELETE", "/api/content/item/authors/00000000000000a000000001", NULL, 409, "", "referenced", false},
    {EDITOR, "DELETE", "/api/content/item/settings/000000000000000000000001", NULL, 405, NULL, NULL, false},
    {ADMIN, "POST", "/api/content/item/journal", "{data:{who:'me'}}", 403, NULL, NULL, false},
    {ADMIN, "DELETE", "/api/content/item/roles/00000000000000f000000009", NULL, 404, NULL, NULL, false},
    {ADMIN, "POST", "/api/content/item/collections", "{data:{name:'users',definition:{name:'users',fields:[]}}}", 422, NULL, NULL, false},
    {ADMIN, "POST", "/api/content/item/collections", "{data:{name:'x',definition:{name:'x',fields:[{name:'a b',kind:'text'}]}}}", 422, "/definition/fields/0/name", NULL, false},

    /* counts and sizes; bodies over the limit have tests of their own */
    {EDITOR, "GET", LIST "?limit=1001", NULL, 400, "limit", "parameter", false},
    {EDITOR, "GET", LIST "?limit=-1", NULL, 400, "limit", "parameter", false},
    {EDITOR, "GET", LIST "?limit=1e3", NULL, 400, "limit", "parameter", false},
    {EDITOR, "GET", LIST "?limit=", NULL, 400, "limit", "parameter", false},
    {EDITOR, "GET", LIST "?limit=99999999999999999999", NULL, 400, "limit", "parameter", false},
    {EDITOR, "GET", LIST "?skip=-1&limit=1", NULL, 400, "skip", "parameter", false},
    {EDITOR, "GET", LIST "?skip=10000001&limit=1", NULL, 400, "skip", "parameter", false},
    {EDITOR, "GET", LIST "?populate=6", NULL, 400, "populate", "parameter", false},
    {EDITOR, "GET", LIST "?count=all", NULL, 400, "count", "parameter", false},
    {EDITOR, "GET", LIST "?state=live", NULL, 400, "state", "parameter", false},
    {EDITOR, "GET", LIST "?cursor=x", NULL, 400, "cursor", "cursor", false},
    {EDITOR, "GET", LIST "?cursor=x&skip=2", NULL, 400, "cursor", "parameter", false},
    {EDITOR, "GET", LIST "?sort=title,slug,views,date,featured,excerpt", NULL, 400, "sort", "limit", false},
    {EDITOR, "GET", LIST "?limit=1&limit=1", NULL, 400, "limit", "parameter", false},
    {EDITOR, "GET", LIST "?title=%00", NULL, 400, "title", "parameter", false},
    {EDITOR, "GET", LIST "?title=%ff", NULL, 400, "title", "parameter", false},

    /* what one may not read, write, or know of */
    {READER, "GET", "/api/content/items/authors?filter={email:'x'}", NULL, 400, "filter", "unknown-field", false},
    {READER, "GET", "/api/content/items/authors?sort=email", NULL, 400, "sort", "unknown-field", false},
    {READER, "GET", "/api/content/items/authors?fields=email", NULL, 400, "fields", "unknown-field", false},
    {READER, "GET", "/api/content/items/posts?sort=author.email", NULL, 400, "sort", NULL, false},
    {READER, "GET", "/api/content/items/users", NULL, 404, NULL, NULL, false},
    {ADMIN, "GET", "/api/content/items/users?filter={password:{$exists:true}}", NULL, 400, "filter", "unknown-field", false},
    {ADMIN, "GET", "/api/content/items/users?fields=password", NULL, 400, "fields", "unknown-field", false},
    {READER, "POST", POST, "{data:{title:'x'," AUTHOR "}}", 403, NULL, NULL, false},
    {READER, "POST", POST, "{data:{nothing:1}}", 403, NULL, NULL, false},
    {READER, "PATCH", ITEM, "{title:'x'}", 403, NULL, NULL, false},
    {READER, "DELETE", ITEM, NULL, 403, NULL, NULL, false},
    {READER, "POST", "/api/content/item/users", "{data:{email:'x@example.com'}}", 404, NULL, NULL, false},
    {NOBODY, "POST", POST, "{data:{title:'x'," AUTHOR "}}", 401, NULL, NULL, false},
    {NOBODY, "DELETE", ITEM, NULL, 401, NULL, NULL, false},
    {EDITOR, "PATCH", "/api/content/item/settings", "{public_role:null}", 422, "/public_role", "unknown-field", false},
    {EDITOR, "POST", "/api/content/item/users", "{data:{email:'x@example.com'}}", 404, NULL, NULL, false},

    /* credentials */
    {WRONG, "GET", LIST, NULL, 401, NULL, NULL, false},
    {WRONG, "GET", "/api/content/models", NULL, 401, NULL, NULL, false},
    {WRONG, "GET", "/openapi.json", NULL, 401, NULL, NULL, false},
    {WRONG, "POST", POST, "{data:{title:'x'," AUTHOR "}}", 401, NULL, NULL, false},
    {TWO, "GET", LIST, NULL, 400, NULL, NULL, false},
    {TWO, "POST", POST, "{data:{title:'x'," AUTHOR "}}", 400, NULL, NULL, false},
};
/* clang-format on */

static str credential(enum who who)
{
    switch (who) {
    case NOBODY:
        return (str){0};
    case READER:
        return stand->reader;
    case EDITOR:
    case TWO:
        return stand->editor;
    case ADMIN:
        return stand->admin;
    case WRONG:
        break;
    }
    return S("USR-b2a6ef408b69a2ea86ea065a6d2301a8b4a535bc");
}

static const char *headers_for(const struct bad *b)
{
    struct buf h;
    str key = credential(b->who);
    buf_init(&h, arena, 4096);
    if (!str_is_absent(key))
        buf_format(&h, "api-key: " STR_FMT "\n", STR_ARG(key));
    if (b->who == TWO)
        buf_format(&h, "Authorization: Bearer " STR_FMT "\n", STR_ARG(stand->admin));
    if (b->body)
        buf_add(&h, S("Content-Type: application/json\n"));
    return arena_cstr(arena, buf_str(&h));
}

static str text_of(const struct json *v, const char *name)
{
    const struct json *t = json_get(v, str_of(name));
    return t && t->type == JSON_TEXT ? t->text : (str){0};
}

static void check_shape(const struct fake_exchange *f, const struct json *v)
{
    static const char *const members[] = {"type", "title", "detail", "instance", "error"};
    const struct json *status = json_get(v, S("status")), *errors = json_get(v, S("errors"));
    CHECK_STR(fake_header(f, "Content-Type"), S("application/problem+json"));
    CHECK_STR(fake_header(f, "Cache-Control"), S("no-store"));
    for (size_t i = 0; i < COUNTOF(members); i++)
        CHECK(text_of(v, members[i]).len > 0);
    CHECK(str_starts(text_of(v, "type"), S("/docs/errors#")));
    CHECK(!str_ends(text_of(v, "detail"), S(".")));
    CHECK(status && status->type == JSON_INT && status->integer == f->status);
    for (uint32_t i = 0; errors && i < errors->count; i++) {
        const struct json *e = &errors->items[i];
        CHECK(e->count == 3 && text_of(e, "pointer").at && text_of(e, "code").len &&
              text_of(e, "detail").len);
    }
    CHECK_INT(fake_header_count(f, "WWW-Authenticate"), f->status == 401);
    CHECK_INT(fake_header_count(f, "Allow"), f->status == 405);
}

static void check_answer(const struct fake_exchange *f, const struct bad *b)
{
    CHECK_INT(f->status, b->status);
    if (f->status != b->status)
        CHECK_SAY("    " STR_FMT, STR_ARG(f->answer));
    if (f->status < 400)
        return;
    const struct json *v = stand_json(arena, f);
    const struct json *errors = json_get(v, S("errors"));
    check_shape(f, v);
    if (!b->pointer && !b->code)
        return;
    if (!errors) {
        CHECK_SAY("no faults: " STR_FMT, STR_ARG(f->answer));
        return;
    }
    CHECK_STR(text_of(&errors->items[0], "pointer"), str_of(b->pointer));
    if (b->code)
        CHECK_STR(text_of(&errors->items[0], "code"), str_of(b->code));
}

static void bad_requests_are_refused_and_change_nothing(void **state)
{
    struct arena *whole = arena_open(1u << 20);
    str before = stand_dump(stand, whole);
    (void)state;
    for (size_t i = 0; i < COUNTOF(table); i++) {
        const struct bad *b = &table[i];
        arena = arena_open(1u << 16);
        CHECK_AT(i);
        str body = !b->body ? S("")
                   : b->raw ? str_of(b->body)
                            : json_print(arena, house_json(arena, b->body));
        check_answer(stand_send(stand, arena, b->method, b->target, headers_for(b), body), b);
        arena_close(arena);
    }
    CHECK_AT(-1);
    CHECK(str_equal(before, stand_dump(stand, whole)));
    arena_close(whole);
}

/* Limits, from both sides. */

static int post(str body)
{
    const struct bad as_editor = {.who = EDITOR, .body = ""};
    return stand_send(stand, arena, "POST", POST, headers_for(&as_editor), body)->status;
}

static str repeated(const char *piece, size_t times, const char *before, const char *after)
{
    struct buf b;
    buf_init(&b, arena, (size_t)4 << 20);
    buf_add(&b, str_of(before));
    for (size_t i = 0; i < times; i++)
        buf_add(&b, str_of(piece));
    buf_add(&b, str_of(after));
    must(!b.failed);
    return buf_str(&b);
}

#define OPEN "{\"data\":{\"title\":\"x\",\"author\":\"00000000000000a0000000ff\",\"body\":\""

static void bodies_have_ceilings(void **state)
{
    (void)state;
    arena = arena_open(1u << 20);
    size_t rest = LIMIT_BODY_BYTES - (sizeof(OPEN) - 1) - 3;
    CHECK_INT(post(repeated("b", rest, OPEN, "\"}}")), 422); /* the author does not exist */
    CHECK_INT(post(repeated("b", rest + 1, OPEN, "\"}}")), 413);
    CHECK_INT(post(repeated("[", 100000, "", "")), 400);
    CHECK_INT(post(repeated("{\"a\":", 65, "", "1")), 400);
    CHECK_INT(post(repeated("1,", 100000, "{\"data\":[", "1]}")), 400);
    arena_close(arena);
}

static void faults_are_listed_up_to_a_hundred(void **state)
{
    struct buf b;
    (void)state;
    arena = arena_open(1u << 20);
    buf_init(&b, arena, 1u << 20);
    buf_add(&b, S("{\"data\":{"));
    for (unsigned i = 0; i < 150; i++)
        buf_format(&b, "\"unknown_%u\":1,", i);
    buf_add(&b, S("\"title\":\"x\"}}"));
    const struct bad as_editor = {.who = EDITOR, .body = ""};
    struct fake_exchange *f =
        stand_send(stand, arena, "POST", POST, headers_for(&as_editor), buf_str(&b));
    CHECK_INT(f->status, 422);
    CHECK_INT(json_get(stand_json(arena, f), S("errors"))->count, LIMIT_FAULTS);
    arena_close(arena);
}

static int list_with(str parameter)
{
    const char *target =
        arena_cstr(arena, arena_format(arena, LIST "?" STR_FMT, STR_ARG(parameter)));
    return stand_ask(stand, arena, "GET", target, stand->editor, NULL)->status;
}

static void queries_have_ceilings(void **state)
{
    (void)state;
    arena = arena_open(1u << 20);
    CHECK_INT(
        list_with(repeated("{views:1},", LIMIT_FILTER_NODES - 2, "filter={$or:[", "{views:1}]}")),
        200);
    CHECK_INT(list_with(repeated("{views:1},", LIMIT_FILTER_NODES, "filter={$or:[", "{views:1}]}")),
              400);
    CHECK_INT(list_with(repeated("1,", LIMIT_FILTER_LIST - 1, "filter={views:{$in:[", "1]}}")),
              200);
    CHECK_INT(list_with(repeated("1,", LIMIT_FILTER_LIST, "filter={views:{$in:[", "1]}}")), 400);
    CHECK_INT(list_with(repeated("a", LIMIT_REGEX_BYTES, "filter={title:{$regex:'", "'}}")), 200);
    CHECK_INT(list_with(repeated("a", LIMIT_REGEX_BYTES + 1, "filter={title:{$regex:'", "'}}")),
              400);
    CHECK_INT(list_with(repeated("{$and:[", 9, "filter=", "{}")), 400);
    CHECK_INT(list_with(S("limit=1000")), 200);
    CHECK_INT(list_with(S("populate=5")), 200);
    CHECK_INT(list_with(S("skip=10000000&limit=1")), 200);
    CHECK_INT(list_with(S("sort=title,slug,views,date,featured")), 200);
    arena_close(arena);
}

static void an_empty_or_matches_nothing_and_opens_nothing(void **state)
{
    static const char *const filters[] = {"{$or:[]}", "{$and:[{$or:[]}]}",
                                          "{$or:[{$or:[]},{$or:[]}]}", "{title:{$in:[]}}"};
    (void)state;
    for (size_t i = 0; i < COUNTOF(filters); i++) {
        arena = arena_open(1u << 16);
        CHECK_AT(i);
        const char *target =
            arena_cstr(arena, arena_format(arena, LIST "?state=any&filter=%s", filters[i]));
        CHECK_STR(stand_ask(stand, arena, "GET", target, stand->editor, NULL)->answer, S("[]"));
        arena_close(arena);
    }
    CHECK_AT(-1);
}

/* Paths are judged before anything else sees them. */
static void paths_are_taken_as_they_are_or_not_at_all(void **state)
{
    static const char *const bad[] = {
        "/api/content/items/posts%00",  "/api/content/items%2Fposts",
        "/api/content/items%2fposts",   "/api/content/../content/items",
        "/api/content/%2e%2e/items",    "/api//content/items/posts",
        "/api/./content/items/posts",   "/api/content/items/posts%ff",
        "/api/content/items/po%0asts",  "/api/content/items\\posts",
        "/api/content/items/posts%5cx", "/api/content/items/%",
        "/api/content/items/posts?a b",
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        arena = arena_open(4096);
        struct exchange x = {.arena = arena};
        struct problem why = {.arena = arena};
        CHECK_AT(i);
        CHECK_PROBLEM(exchange_take_target(&x, str_of(bad[i]), &why), ERR_BAD_INPUT, &why);
        arena_close(arena);
    }
    CHECK_AT(-1);
}

static int open_all(void **state)
{
    (void)state;
    stand = stand_open_demo();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    stand_close(stand);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bad_requests_are_refused_and_change_nothing),
        TEST(bodies_have_ceilings),
        TEST(faults_are_listed_up_to_a_hundred),
        TEST(queries_have_ceilings),
        TEST(an_empty_or_matches_nothing_and_opens_nothing),
        TEST(paths_are_taken_as_they_are_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
