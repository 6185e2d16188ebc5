/* Assets beside what the gate's tests and the outside ones try: what ends by itself, what is said of forms. */
#include "tests/support/check.h"

#include "api/api.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/bytes/bytes.h"
#include "roles/files/files.h"
#include "tests/support/house.h"
#include "tests/support/rest.h"

struct bench {
    struct house *house;
    struct arena *arena;
    struct problem why;
};

static void bench_make(struct bench *b)
{
    *b = (struct bench){.house = house_open(), .arena = arena_open(1u << 16)};
    b->why.arena = b->arena;
    house_people(b->house, "{keys: {admin: {role:'admin'}}}");
}

static void bench_end(struct bench *b)
{
    time_set(0);
    arena_close(b->arena);
    house_close(b->house);
}

static struct fake_exchange *ask(struct bench *b, const char *method, str target, const char *headers, str body)
{
    str all = arena_format(b->arena, "api-key: " STR_FMT "\n%s", STR_ARG(house_key(b->house, "admin")), headers);
    return rest_request(b->house->gate, b->arena, method, arena_cstr(b->arena, target), arena_cstr(b->arena, all), body, NULL);
}

static void uploads_end_by_themselves(void **state)
{
    (void)state;
    struct bench b;
    struct sweep_figures f;
    bench_make(&b);
    struct fake_exchange *begun = ask(&b, "POST", S("/api/assets/uploads"), "Tus-Resumable: 1.0.0\nUpload-Length: 9\n", S(""));
    str where = fake_header(begun, "Location");
    CHECK_INT(begun->status, 201);
    CHECK_INT(ask(&b, "PATCH", where, "Tus-Resumable: 1.0.0\nUpload-Offset: 0\nContent-Type: application/offset+octet-stream\n", S("some"))->status, 204);
    CHECK_PROBLEM(gate_sweep(b.house->gate, 0, &f, &b.why), ERR_OK, &b.why);
    CHECK_INT(f.uploads, 0); /* a row tells of it */
    CHECK_INT(ask(&b, "HEAD", where, "Tus-Resumable: 1.0.0\n", S(""))->status, 200);
    time_set(time_now_ms() + (int64_t)LIMIT_UPLOAD_S * 1000 + 1000);
    CHECK_INT(ask(&b, "HEAD", where, "Tus-Resumable: 1.0.0\n", S(""))->status, 404);
    CHECK_PROBLEM(gate_sweep(b.house->gate, 0, &f, &b.why), ERR_OK, &b.why);
    CHECK_STR(ask(&b, "GET", S("/api/content/items/uploads"), "", S(""))->answer, S("[]"));
    bench_end(&b);
}

static void deleted_assets_leave_their_bytes_to_the_sweep(void **state)
{
    (void)state;
    struct bench b;
    struct sweep_figures f;
    bench_make(&b);
    str ids[2];
    for (size_t i = 0; i < 2; i++) { /* equal bytes, two items */
        CHECK_INT(ask(&b, "POST", S("/api/assets?name=a.txt"), "Content-Type: text/plain\n", S("shared"))->status, 200);
        ids[i] = house_find(b.house, b.arena, "assets", "title", "A");
        house_update(b.house, "assets", ids[i], "{title:'B'}");
    }
    house_delete(b.house, "assets", ids[0]);
    CHECK_PROBLEM(gate_sweep(b.house->gate, -1000, &f, &b.why), ERR_OK, &b.why);
    CHECK_INT(f.blobs, 0);
    CHECK_INT(f.kept, 1);
    house_delete(b.house, "assets", ids[1]);
    CHECK_PROBLEM(gate_sweep(b.house->gate, (int64_t)LIMIT_SWEEP_GRACE_S * 1000, &f, &b.why), ERR_OK, &b.why);
    CHECK_INT(f.blobs, 0); /* too young */
    CHECK_PROBLEM(gate_sweep(b.house->gate, -1000, &f, &b.why), ERR_OK, &b.why);
    CHECK_INT(f.blobs, 1);
    CHECK_INT(f.bytes, 6);
    CHECK_STR(ask(&b, "GET", S("/api/content/items/blobs"), "", S(""))->answer, S("[]"));
    bench_end(&b);
}

static void forms_say_what_is_wrong_with_them(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body;
        int status;
    } rows[] = {
        {"multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\nhi\r\n--X--", 200},
        {"multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\nhi\r\n", 400},
        {"multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\nhi", 400},
        {"multipart/form-data; boundary=X", "--X--", 400},
        {"multipart/form-data; boundary=X", "", 400},
        {"multipart/form-data; boundary=", "--X--", 400},
        {"multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=other\r\n\r\nhi\r\n--X--", 400},
        {"multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=meta\r\n\r\n[1]\r\n--X--", 400},
        {"multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=meta\r\n\r\n{\r\n--X--", 400},
        {"multipart/form-data; boundary=X",
         "--X\r\nContent-Disposition: form-data; name=meta\r\n\r\n{\"size\":1}\r\n--X\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\nhi\r\n--X--", 422},
        {"text/plain", "", 400},
        {"text/plain", "hi", 200},
    };
    struct bench b;
    bench_make(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        str headers = arena_format(b.arena, "Content-Type: %s\n", rows[i].type);
        CHECK_AT(i);
        CHECK_INT(ask(&b, "POST", S("/api/assets"), arena_cstr(b.arena, headers), str_of(rows[i].body))->status, rows[i].status);
    }
    bench_end(&b);
}

static void tus_is_spoken_as_written(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        int status;
    } rows[] = {
        {"Tus-Resumable: 1.0.0\nUpload-Length: 0\n", 201},
        {"Upload-Length: 3\n", 412},
        {"Tus-Resumable: 0.2.2\nUpload-Length: 3\n", 412},
        {"Tus-Resumable: 1.0.0\n", 400},
        {"Tus-Resumable: 1.0.0\nUpload-Length: -1\n", 400},
        {"Tus-Resumable: 1.0.0\nUpload-Length: 104857600\n", 201},
        {"Tus-Resumable: 1.0.0\nUpload-Length: 104857601\n", 413},
        {"Tus-Resumable: 1.0.0\nUpload-Length: 3\nUpload-Metadata: filename YS50eHQ=,type dGV4dA==\n", 201},
        {"Tus-Resumable: 1.0.0\nUpload-Length: 3\nUpload-Metadata: filename ?\n", 400},
        {"Tus-Resumable: 1.0.0\nUpload-Length: 3\nUpload-Metadata: title QQ==,title QQ==\n", 400},
        {"Tus-Resumable: 1.0.0\nUpload-Length: 3\nUpload-Metadata: nonsense QQ==\n", 422},
        {"Tus-Resumable: 1.0.0\nUpload-Length: 3\nUpload-Metadata: size QQ==\n", 422},
    };
    struct bench b;
    bench_make(&b);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(ask(&b, "POST", S("/api/assets/uploads"), rows[i].headers, S(""))->status, rows[i].status);
    }
    bench_end(&b);
}

static void what_was_said_is_answered_as_it_is_read(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    CHECK_INT(ask(&b, "POST", S("/api/assets?name=a.txt"), "Content-Type: text/plain\n", S("hi"))->status, 200);
    str at = arena_format(b.arena, "/api/assets/" STR_FMT, STR_ARG(house_find(b.house, b.arena, "assets", "title", "A")));
    const char *json = "Content-Type: application/json\n";
    struct fake_exchange *said = ask(&b, "PATCH", at, json, S("{\"altText\":\"Hi\",\"folder\":\"\"}"));
    CHECK_INT(said->status, 200);
    CHECK_STR(said->answer, ask(&b, "GET", at, "", S(""))->answer);
    CHECK(str_contains(said->answer, S("\"_hash\":")) && str_contains(said->answer, S("\"folder\":\"\"")));
    CHECK(!str_contains(said->answer, S("\"blob\"")));
    const char *match = arena_cstr(b.arena, arena_format(b.arena, "%sIf-Match: " STR_FMT "\n", json, STR_ARG(fake_header(said, "ETag"))));
    CHECK_INT(ask(&b, "PATCH", at, match, S("{\"altText\":\"Ho\"}"))->status, 200);
    CHECK_INT(ask(&b, "PATCH", at, match, S("{\"altText\":\"Hm\"}"))->status, 412);
    said = ask(&b, "PATCH", at, "Content-Type: application/json\nPrefer: return=minimal\n", S("{\"altText\":\"Hm\"}"));
    CHECK(str_ends(said->answer, S("\"_rev\":4}")));
    CHECK_INT(fake_header_count(said, "Preference-Applied"), 1);
    bench_end(&b);
}

static void all_sorts_of_references_are_uses(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    house_model(b.house, "[{name:'posts', fields:[{name:'title', kind:'text'}, {name:'cover', kind:'asset'},"
                         "   {name:'pictures', kind:'asset', many:true}, {name:'about', kind:'ref', to:['assets','posts']},"
                         "   {name:'mixed', kind:'ref', many:true, to:['posts','assets']}]}]");
    CHECK_INT(ask(&b, "POST", S("/api/assets?name=a.txt"), "Content-Type: text/plain\n", S("hi"))->status, 200);
    str id = house_find(b.house, b.arena, "assets", "title", "A");
    static const struct {
        const char *field, *before, *behind; /* the id, in its value */
    } rows[] = {{"cover", "'", "'"}, {"pictures", "['", "']"}, {"about", "{_model:'assets',_id:'", "'}"}, {"mixed", "[{_model:'assets',_id:'", "'}]"}};
    for (size_t i = 0; i < COUNTOF(rows); i++)
        (void)house_item(b.house, "posts", arena_cstr(b.arena, arena_format(b.arena, "{%s:%s" STR_FMT "%s}", rows[i].field, rows[i].before, STR_ARG(id), rows[i].behind)));
    str usage = ask(&b, "GET", arena_format(b.arena, "/api/assets/" STR_FMT "/usage", STR_ARG(id)), "", S(""))->answer;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK(str_contains(usage, arena_format(b.arena, "\"field\":\"%s\"", rows[i].field)));
    }
    bench_end(&b);
}

static void presets_are_told_to_whoever_reads_assets(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    CHECK_INT(ask(&b, "GET", S("/api/assets/presets"), "", S(""))->status, 200);
    CHECK_INT(ask(&b, "GET", S("/api/assets/presets?more=1"), "", S(""))->status, 400);
    static const char *const nobodys[] = {"/api/assets/presets", "/api/assets/presets?token=x", "/api/assets/image/x?t=token="};
    for (size_t i = 0; i < COUNTOF(nobodys); i++) {
        int status = rest_request(b.house->gate, b.arena, "GET", nobodys[i], "", S(""), NULL)->status;
        CHECK_AT(i);
        CHECK(status == 401 || status == 403);
    }
    bench_end(&b);
}

CHECK_MAIN(TEST(uploads_end_by_themselves), TEST(deleted_assets_leave_their_bytes_to_the_sweep), TEST(forms_say_what_is_wrong_with_them),
           TEST(tus_is_spoken_as_written), TEST(what_was_said_is_answered_as_it_is_read), TEST(all_sorts_of_references_are_uses),
           TEST(presets_are_told_to_whoever_reads_assets))
