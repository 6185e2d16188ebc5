/* The fifth door: no way to a byte of an asset without the rights on it, whichever path, part or picture is asked for;
 * and what the door says does not tell hidden files from absent ones. */
#include "tests/support/check.h"

#include "api/api.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

/* all: everything of assets; titles: its titles; red: rows with a tag; none: other things only. */
static const char people[] =
    "{roles: {all: [{collection:'assets', verbs:['read']}],"
    "         titles: [{collection:'assets', verbs:['read'], fields:['title']}],"
    "         red: [{collection:'assets', verbs:['read'], where:{tags:'red'}}],"
    "         maker: [{collection:'assets', verbs:['create']}],"
    "         none: [{collection:'locales', verbs:['read']}]},"
    " keys: {all: {role:'all'}, titles: {role:'titles'}, red: {role:'red'}, maker: {role:'maker'}, none: {role:'none'}, admin: {role:'admin'},"
    "        narrow: {role:'all', scopes:[{collection:'locales'}]}, fields: {role:'all', scopes:[{collection:'assets', fields:['title']}]}}}";

struct bench {
    struct house *house;
    struct arena *arena;
    str red, blue, red_path, red_hash; /* ids of two assets */
};

static struct fake_exchange *ask(struct bench *b, const char *method, const char *target, const char *key, const char *headers, str body)
{
    str all = key ? arena_format(b->arena, "api-key: " STR_FMT "\n%s", STR_ARG(house_key(b->house, key)), headers) : str_of(headers);
    return rest_request(b->house->gate, b->arena, method, target, arena_cstr(b->arena, all), body, NULL);
}

static str member(struct bench *b, const struct fake_exchange *f, const char *pointer)
{
    struct problem why = {.arena = b->arena};
    const struct json *v = NULL;
    NEED(json_read(b->arena, f->answer, NULL, S(""), &v, &why) == ERR_OK);
    v = json_at(v, str_of(pointer));
    NEED(v != NULL && v->type == JSON_TEXT);
    return v->text;
}

static struct fake_exchange *upload(struct bench *b, const char *text, const char *tag)
{
    str target = arena_format(b->arena, "/api/assets?name=a.txt&meta={%%22tags%%22:[%%22%s%%22]}", tag);
    struct fake_exchange *f = ask(b, "POST", arena_cstr(b->arena, target), "admin", "Content-Type: text/plain\n", str_of(text));
    NEED(f->status == 200);
    return f;
}

static void bench_make(struct bench *b)
{
    *b = (struct bench){.house = house_open(), .arena = arena_open(1u << 16)};
    house_people(b->house, people);
    struct fake_exchange *red = upload(b, "red bytes", "red"), *blue = upload(b, "blue bytes", "blue");
    b->red = member(b, red, "/assets/0/_id");
    b->red_path = member(b, red, "/assets/0/path");
    b->red_hash = member(b, red, "/assets/0/_hash");
    b->blue = member(b, blue, "/assets/0/_id");
}

static void bench_end(struct bench *b)
{
    arena_close(b->arena);
    house_close(b->house);
}

static const char *way(struct bench *b, unsigned i, str id, str path)
{
    static const char *const ways[] = {"/file", "/file?download=1", "/file?token=x", NULL};
    str out = i < 3 ? arena_format(b->arena, "/api/assets/" STR_FMT "%s", STR_ARG(id), ways[i])
              : i == 3 ? arena_format(b->arena, "/assets" STR_FMT, STR_ARG(path))
              : i == 4 ? arena_format(b->arena, "/api/assets/image/" STR_FMT "?w=10&o=1", STR_ARG(id))
              : i == 5 ? arena_format(b->arena, "/api/assets/image/" STR_FMT "?w=10&b64=1", STR_ARG(id))
              : i == 6 ? arena_format(b->arena, "/api/assets/image/" STR_FMT "?w=10", STR_ARG(id))
              : i == 7 ? arena_format(b->arena, "/api/assets/image/" STR_FMT "/small?o=1", STR_ARG(id))
                       : arena_format(b->arena, "/api/assets/" STR_FMT "/file?v=0123456789abcdef", STR_ARG(id));
    return arena_cstr(b->arena, out);
}
enum { WAYS = 9 };

static void no_way_to_bytes_without_rights(void **state)
{
    (void)state;
    static const char *const keys[] = {"titles", "none", "maker", "narrow", "fields", NULL};
    struct bench b;
    bench_make(&b);
    str headers[] = {S(""), S("Range: bytes=0-2\n"), arena_format(b.arena, "If-None-Match: \"" STR_FMT "\"\n", STR_ARG(b.red_hash)), S("If-None-Match: *\n"),
                     S("Range: bytes=99-\n")};
    for (unsigned w = 0; w < WAYS; w++)
        for (size_t k = 0; k < COUNTOF(keys); k++)
            for (size_t h = 0; h < COUNTOF(headers); h++)
                for (unsigned m = 0; m < 2; m++) {
                    struct fake_exchange *f = ask(&b, m ? "HEAD" : "GET", way(&b, w, b.red, b.red_path), keys[k], arena_cstr(b.arena, headers[h]), S(""));
                    CHECK_AT(w * 100 + k * 10 + h);
                    CHECK(f->status == 400 || f->status == 401 || f->status == 403 || f->status == 404);
                    CHECK(!str_contains(f->answer, S("red bytes")) && !str_contains(f->answer, b.red_hash));
                    CHECK(str_is_absent(fake_header(f, "ETag")) && str_is_absent(fake_header(f, "Content-Range")));
                }
    bench_end(&b);
}

static void rows_that_a_role_does_not_reach_are_not_there(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    str nothing = S("0123456789abcdef01234567");
    CHECK_STR(ask(&b, "GET", way(&b, 0, b.red, b.red_path), "red", "", S(""))->answer, S("red bytes"));
    for (unsigned w = 0; w < WAYS; w++) {
        struct fake_exchange *hidden = ask(&b, "GET", way(&b, w, b.blue, S("/2000/01/01/x.txt")), "red", "", S(""));
        struct fake_exchange *absent = ask(&b, "GET", way(&b, w, nothing, S("/2000/01/01/x.txt")), "red", "", S(""));
        CHECK_AT(w);
        CHECK_INT(hidden->status, absent->status);
        CHECK(hidden->status == 404 || hidden->status == 400);
        CHECK_INT(hidden->answer.len, absent->answer.len);
    }
    static const char *const others[] = {"/usage", ""};
    for (size_t i = 0; i < COUNTOF(others); i++) {
        str target = arena_format(b.arena, "/api/assets/" STR_FMT "%s", STR_ARG(b.blue), others[i]);
        CHECK_INT(ask(&b, "GET", arena_cstr(b.arena, target), "red", "", S(""))->status, 404);
    }
    bench_end(&b);
}

static void who_may_read_gets_them(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    for (unsigned w = 0; w < 4; w++) {
        struct fake_exchange *f = ask(&b, "GET", way(&b, w, b.red, b.red_path), "all", "", S(""));
        CHECK_AT(w);
        CHECK_INT(f->status, w == 2 ? 404 : 200); /* a link that is none is not passed over */
        if (w != 2)
            CHECK_STR(f->answer, S("red bytes"));
    }
    struct fake_exchange *part = ask(&b, "GET", way(&b, 0, b.red, b.red_path), "all", "Range: bytes=4-\n", S(""));
    CHECK_INT(part->status, 206);
    CHECK_STR(part->answer, S("bytes"));
    bench_end(&b);
}

static void f_8_a_link_is_for_one_file(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    str target = arena_format(b.arena, "/api/assets/" STR_FMT "/link", STR_ARG(b.red));
    struct fake_exchange *f = ask(&b, "POST", arena_cstr(b.arena, target), "red", "", S(""));
    NEED(f->status == 200);
    str url = member(&b, f, "/url"), token = member(&b, f, "/token");
    CHECK_STR(ask(&b, "GET", arena_cstr(b.arena, url), NULL, "", S(""))->answer, S("red bytes"));
    const char *bad[] = {
        arena_cstr(b.arena, arena_format(b.arena, "/api/assets/" STR_FMT "/file?token=" STR_FMT, STR_ARG(b.blue), STR_ARG(token))),
        arena_cstr(b.arena, arena_format(b.arena, STR_FMT "A", STR_ARG(url))),
        arena_cstr(b.arena, str_slice(url, 0, url.len - 3)),
        arena_cstr(b.arena, arena_format(b.arena, "/api/assets/" STR_FMT "/file?token=", STR_ARG(b.red))),
    };
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        CHECK_AT(i);
        CHECK_INT(ask(&b, "GET", bad[i], NULL, "", S(""))->status, 404);
    }
    for (size_t i = 0; i < 2; i++) { /* who may not have the bytes makes no link to them */
        struct fake_exchange *refused = ask(&b, "POST", arena_cstr(b.arena, target), i ? "titles" : "none", "", S(""));
        CHECK(refused->status == 403 || refused->status == 404);
    }
    str as_token = arena_format(b.arena, "Authorization: Bearer " STR_FMT "\n", STR_ARG(token));
    CHECK_INT(ask(&b, "GET", "/api/assets", NULL, arena_cstr(b.arena, as_token), S(""))->status, 401);
    bench_end(&b);
}

/* Security F-8: files by the item that they belong to. */
static void f_8_a_file_is_open_while_a_published_item_refers_to_it(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    house_model(b.house, "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'cover', kind:'asset'}]}]");
    house_people(b.house, "{roles: {visitor: [{collection:'assets', verbs:['read'], where:{'posts_via_cover._state':1}}]}, public: 'visitor'}");
    const char *red = way(&b, 0, b.red, b.red_path);
    CHECK_INT(ask(&b, "GET", red, NULL, "", S(""))->status, 404);
    str draft = arena_format(b.arena, "{title:'One', _state:0, cover:'" STR_FMT "'}", STR_ARG(b.red));
    str post = house_item(b.house, "posts", arena_cstr(b.arena, draft));
    CHECK_INT(ask(&b, "GET", red, NULL, "", S(""))->status, 404);
    house_update(b.house, "posts", post, "{_state:1}");
    CHECK_STR(ask(&b, "GET", red, NULL, "", S(""))->answer, S("red bytes"));
    CHECK_INT(ask(&b, "GET", way(&b, 0, b.blue, b.red_path), NULL, "", S(""))->status, 404);
    house_update(b.house, "posts", post, "{cover:null}");
    CHECK_INT(ask(&b, "GET", red, NULL, "", S(""))->status, 404);
    bench_end(&b);
}

static void bringing_bytes_is_a_right(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        int makes, replaces;
    } rows[] = {{"maker", 200, 403}, {"all", 403, 403}, {"none", 404, 404}, {"narrow", 404, 404}, {NULL, 401, 401}};
    struct bench b;
    bench_make(&b);
    str target = arena_format(b.arena, "/api/assets/" STR_FMT "/file?name=a.txt", STR_ARG(b.red));
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(ask(&b, "POST", "/api/assets?name=a.txt", rows[i].key, "Content-Type: text/plain\n", S("new"))->status, rows[i].makes);
        CHECK_INT(ask(&b, "PUT", arena_cstr(b.arena, target), rows[i].key, "Content-Type: text/plain\n", S("new"))->status, rows[i].replaces);
        struct fake_exchange *begun = ask(&b, "POST", "/api/assets/uploads", rows[i].key, "Tus-Resumable: 1.0.0\nUpload-Length: 3\n", S(""));
        CHECK_INT(begun->status, rows[i].makes == 200 ? 201 : rows[i].makes);
    }
    bench_end(&b);
}

CHECK_MAIN(TEST(no_way_to_bytes_without_rights), TEST(rows_that_a_role_does_not_reach_are_not_there), TEST(who_may_read_gets_them),
           TEST(f_8_a_link_is_for_one_file), TEST(f_8_a_file_is_open_while_a_published_item_refers_to_it),
           TEST(bringing_bytes_is_a_right))
