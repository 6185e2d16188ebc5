/* What the operator decides of the registry (registry.*): it holds by every door. */
#include "base/limits.h"
#include "content/registry_options.h"
#include "tests/support/check.h"
#include "tests/support/oci.h"

static struct house *open_with(struct registry_options o)
{
    static struct registry_options kept;
    kept = o;
    struct house *h = oci_house_with(&(struct house_config){.registry = &kept});
    struct arena *a = arena_open(64u << 10);
    oci_push(h, a, "pub/app", S("{}"));
    CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", MANIFEST, S(IMAGE "}"))->status, 201);
    arena_close(a);
    return h;
}

/* The line with {digest} filled in: the image's. */
static const char *line_for(struct arena *a, const char *line)
{
    const char *hole = strstr(line, "{digest}");
    if (!hole)
        return line;
    return arena_cstr(a, arena_format(a, "%.*s" STR_FMT "%s", (int)(hole - line), line, STR_ARG(oci_digest(a, S(IMAGE "}"))), hole + strlen("{digest}")));
}

/* CVE-2026-41888: tags as well as what they name. */
static void nothing_is_deleted_where_deletes_are_off(void **state)
{
    static const struct {
        const char *who, *line;
        int status;
        const char *code;
    } cases[] = {
        {"all", "DELETE /v2/pub/app/manifests/v1", 405, "UNSUPPORTED"},
        {"all", "DELETE /v2/pub/app/manifests/{digest}", 405, "UNSUPPORTED"},
        {"all", "DELETE /v2/pub/app/manifests/none", 405, "UNSUPPORTED"},
        {"all", "DELETE /v2/pub/app/blobs/" EMPTY, 405, "UNSUPPORTED"},
        {"all", "DELETE /v2/pub/app/blobs/" NOBODYS, 405, "UNSUPPORTED"},
        {"puller", "DELETE /v2/pub/app/manifests/v1", 403, "DENIED"}, /* rights first */
        {"", "DELETE /v2/pub/app/manifests/v1", 401, "UNAUTHORIZED"},
    };
    struct house *h = open_with((struct registry_options){0});
    struct arena *a = arena_open(256u << 10);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, cases[i].who, line_for(a, cases[i].line), "", S(""));
        CHECK_INT(f->status, cases[i].status);
        CHECK_STR(oci_code(a, f), str_of(cases[i].code));
        CHECK_STR(fake_header(f, "Allow"), cases[i].status == 405 ? S("GET, HEAD") : (str){0});
    }
    CHECK_INT(oci_ask(h, a, "all", "GET /v2/pub/app/manifests/v1", "", S(""))->status, 200);
    CHECK_INT(oci_ask(h, a, "all", "GET /v2/pub/app/blobs/" EMPTY, "", S(""))->status, 200);
    CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", MANIFEST, S(IMAGE ",\"more\":1}"))->status, 201); /* a tag moves all the same */
    arena_close(a);
    house_close(h);
}

static void nor_as_content(void **state)
{
    static const struct {
        const char *collection, *field, *value;
    } cases[] = {
        {"tags", "name", "v1"}, {"manifests", "media_type", MANIFEST}, {"layers", "digest", EMPTY}, {"repositories", "name", "pub/app"}};
    struct arena *a = arena_open(256u << 10);
    (void)state;
    for (size_t deletes = 0; deletes < 2; deletes++) {
        struct house *h = open_with((struct registry_options){.deletes = deletes, .force_delete = deletes});
        for (size_t i = 0; i < COUNTOF(cases); i++) {
            str id = house_find(h, a, cases[i].collection, cases[i].field, cases[i].value);
            str one = arena_format(a, "DELETE /api/content/item/%s/" STR_FMT, cases[i].collection, STR_ARG(id));
            str many = arena_format(a, "DELETE /api/content/items/%s?filter={\"_id\":\"" STR_FMT "\"}", cases[i].collection, STR_ARG(id));
            CHECK_AT(deletes * COUNTOF(cases) + i);
            if (!deletes) {
                CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, many), "", S(""))->status, 409);
                CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, one), "", S(""))->status, 409);
            } else if (i != 1) {
                CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, one), "", S(""))->status, 200);
            }
            CHECK(house_has(h, cases[i].collection, id) == (!deletes || i == 1));
        }
        house_close(h);
    }
    arena_close(a);
}

static void what_is_in_use_goes_by_force_alone(void **state)
{
    struct arena *a = arena_open(256u << 10);
    (void)state;
    for (size_t force = 0; force < 2; force++) {
        struct house *h = open_with((struct registry_options){.deletes = true, .force_delete = force});
        str image = oci_digest(a, S(IMAGE "}"));
        str index = arena_format(a, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" STR_FMT "\",\"size\":%zu}]}",
                                 STR_ARG(image), strlen(IMAGE "}"));
        CHECK_AT(force);
        CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/all", INDEX, index)->status, 201);
        struct fake_exchange *f = oci_ask(h, a, "all", "DELETE /v2/pub/app/blobs/" EMPTY, "", S(""));
        CHECK_INT(f->status, force ? 202 : 405);
        CHECK_STR(oci_code(a, f), force ? S("") : S("DENIED"));
        f = oci_ask(h, a, "all", line_for(a, "DELETE /v2/pub/app/manifests/{digest}"), "", S(""));
        CHECK_INT(f->status, force ? 202 : 405);
        CHECK_INT(oci_ask(h, a, "all", "GET /v2/pub/app/manifests/all", "", S(""))->status, 200);
        CHECK_INT(oci_ask(h, a, "all", "GET /v2/pub/app/manifests/v1", "", S(""))->status, force ? 404 : 200);
        house_close(h);
    }
    arena_close(a);
}

/* oci-registry.md 6: an index may come before what it lists, where the operator says so; layers may not. */
static void indexes_may_have_holes_where_it_is_said(void **state)
{
    struct arena *a = arena_open(256u << 10);
    str layer = S("{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1}]}");
    str index = S("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" NOBODYS "\",\"size\":1}]}");
    (void)state;
    for (size_t sparse = 0; sparse < 2; sparse++) {
        struct house *h = open_with((struct registry_options){.deletes = true, .sparse_indexes = sparse});
        CHECK_AT(sparse);
        struct fake_exchange *f = oci_put(h, a, "all", "pub/app/manifests/all", INDEX, index);
        CHECK_INT(f->status, sparse ? 201 : 400);
        CHECK_STR(oci_code(a, f), sparse ? S("") : S("MANIFEST_BLOB_UNKNOWN"));
        CHECK_STR(oci_code(a, oci_put(h, a, "all", "pub/app/manifests/v2", MANIFEST, layer)), S("MANIFEST_BLOB_UNKNOWN"));
        house_close(h);
    }
    arena_close(a);
}

/* oci-registry.md 8: as strcmp has it, and pages go on behind any text, a tag or not. */
static void names_come_in_the_order_of_their_bytes(void **state)
{
    static const char *const tags[] = {"b", "A", "_x", "a.1", "10", "9", "a-1", "Z", "a_1", "B.b"};
    static const struct {
        const char *query, *names;
    } cases[] = {
        {"", "[\"10\",\"9\",\"A\",\"B.b\",\"Z\",\"_x\",\"a-1\",\"a.1\",\"a_1\",\"b\",\"v1\"]"},
        {"?n=2&last=A", "[\"B.b\",\"Z\"]"}, {"?last=a", "[\"a-1\",\"a.1\",\"a_1\",\"b\",\"v1\"]"}, {"?n=1&last=gone", "[\"v1\"]"},
        {"?last=%7F", "[]"}, {"?n=3&last=", "[\"10\",\"9\",\"A\"]"}, {"?last=%00", "[\"10\",\"9\",\"A\",\"B.b\",\"Z\",\"_x\",\"a-1\",\"a.1\",\"a_1\",\"b\",\"v1\"]"},
    };
    struct house *h = open_with((struct registry_options){.deletes = true});
    struct arena *a = arena_open(256u << 10);
    (void)state;
    for (size_t i = 0; i < COUNTOF(tags); i++)
        CHECK_INT(oci_put(h, a, "all", arena_cstr(a, arena_format(a, "pub/app/manifests/%s", tags[i])), MANIFEST, S(IMAGE "}"))->status, 201);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "GET /v2/pub/app/tags/list%s", cases[i].query)), "", S(""));
        CHECK_STR(f->answer, arena_format(a, "{\"name\":\"pub/app\",\"tags\":%s}", cases[i].names));
    }
    arena_close(a);
    house_close(h);
}

/* Who may push and not pull has images with a platform, too: the server looks, not he. */
static void the_server_looks_into_configurations(void **state)
{
    str config = S("{\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v8\",\"created\":\"2026-01-02T03:04:05Z\"}");
    struct house *h = open_with((struct registry_options){.deletes = true});
    struct arena *a = arena_open(256u << 10);
    (void)state;
    house_people(h, "{roles: {writer: [{collection:'repositories', verbs:['create']}]}, keys: {writer: {role:'writer'}}}");
    oci_push(h, a, "pub/app", config);
    str body = arena_format(a, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"" STR_FMT "\",\"size\":%zu},\"layers\":[]}",
                            STR_ARG(oci_digest(a, config)), config.len);
    CHECK_INT(oci_put(h, a, "writer", "pub/app/manifests/arm", MANIFEST, body)->status, 201);
    CHECK_INT(oci_ask(h, a, "writer", "GET /v2/pub/app/manifests/arm", "", S(""))->status, 403);
    str id = house_find(h, a, "manifests", "digest", arena_cstr(a, oci_digest(a, body)));
    CHECK_STR(house_value(h, a, "manifests", id, "platform"), S("\"linux/arm64/v8\""));
    CHECK_STR(house_value(h, a, "manifests", id, "created_at"), S("\"2026-01-02T03:04:05Z\""));
    config = S("{\"architecture\":\"a/b\",\"os\":\"l\\u0000x\",\"created\":\"soon\"}"); /* no such words */
    oci_push(h, a, "pub/app", config);
    body = arena_format(a, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"" STR_FMT "\",\"size\":%zu},\"layers\":[]}",
                        STR_ARG(oci_digest(a, config)), config.len);
    CHECK_INT(oci_put(h, a, "writer", "pub/app/manifests/odd", MANIFEST, body)->status, 201);
    id = house_find(h, a, "manifests", "digest", arena_cstr(a, oci_digest(a, body)));
    CHECK_STR(house_value(h, a, "manifests", id, "platform"), S("null"));
    CHECK_STR(house_value(h, a, "manifests", id, "created_at"), S("null"));
    arena_close(a);
    house_close(h);
}

static str index_of(struct arena *a, str child)
{
    return arena_format(a, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" STR_FMT "\",\"size\":%zu}]}", STR_ARG(oci_digest(a, child)), child.len);
}

static int put_by_digest(struct house *h, struct arena *a, str body, const char *type)
{
    return oci_put(h, a, "all", arena_cstr(a, arena_format(a, "pub/app/manifests/" STR_FMT, STR_ARG(oci_digest(a, body)))), type, body)->status;
}

/* From the outermost to the image: each is linked when it comes, and in use from then on; the depth is counted as if they had
 * come the other way. */
static void what_comes_late_is_linked(void **state)
{
    struct arena *a = arena_open(256u << 10);
    str chain[LIMIT_INDEX_DEPTH + 2] = {S(IMAGE ",\"late\":1}")};
    (void)state;
    for (size_t i = 1; i < COUNTOF(chain); i++)
        chain[i] = index_of(a, chain[i - 1]);
    for (size_t outermost = LIMIT_INDEX_DEPTH; outermost < COUNTOF(chain); outermost++) {
        struct house *h = open_with((struct registry_options){.deletes = true, .sparse_indexes = true});
        CHECK_AT(outermost);
        for (size_t i = outermost; i > 0; i--)
            CHECK_INT(put_by_digest(h, a, chain[i], INDEX), outermost > LIMIT_INDEX_DEPTH && i == 1 ? 400 : 201);
        if (outermost == LIMIT_INDEX_DEPTH) {
            CHECK_INT(put_by_digest(h, a, chain[0], MANIFEST), 201);
            str line = arena_format(a, "DELETE /v2/pub/app/manifests/" STR_FMT, STR_ARG(oci_digest(a, chain[0])));
            CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, line), "", S(""))->status, 405);
            str top = house_find(h, a, "manifests", "digest", arena_cstr(a, oci_digest(a, chain[outermost])));
            CHECK_STR(house_value(h, a, "manifests", top, "depth"), S("4"));
            CHECK_STR(house_value(h, a, "manifests", top, "lacks"), S("null"));
        }
        house_close(h);
    }
    arena_close(a);
}

static void tags_that_do_not_move_do_not_go(void **state)
{
    static const struct {
        const char *line;
        int fixed, after;
    } cases[] = {
        {"DELETE /v2/pub/app/manifests/v1", 403, 202},
        {"DELETE /v2/pub/app/manifests/{digest}", 403, 202}, /* not with their manifest either */
    };
    struct arena *a = arena_open(256u << 10);
    (void)state;
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct house *h = open_with((struct registry_options){.deletes = true});
        str id = house_find(h, a, "repositories", "name", "pub/app"), more = S(IMAGE ",\"more\":1}");
        house_update(h, "repositories", id, "{immutable_tags:true}");
        CHECK_AT(i);
        CHECK_INT(oci_ask(h, a, "all", line_for(a, cases[i].line), "", S(""))->status, cases[i].fixed);
        CHECK_INT(oci_put(h, a, "all", "pub/app/manifests/v1", MANIFEST, more)->status, 403);
        CHECK_INT(oci_ask(h, a, "all", "GET /v2/pub/app/manifests/v1", "", S(""))->status, 200);
        str untagged = arena_format(a, "pub/app/manifests/" STR_FMT, STR_ARG(oci_digest(a, more)));
        CHECK_INT(oci_put(h, a, "all", arena_cstr(a, untagged), MANIFEST, more)->status, 201);
        CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "DELETE /v2/" STR_FMT, STR_ARG(untagged))), "", S(""))->status, 202);
        house_update(h, "repositories", id, "{immutable_tags:false}");
        CHECK_INT(oci_ask(h, a, "all", line_for(a, cases[i].line), "", S(""))->status, cases[i].after);
        house_close(h);
    }
    arena_close(a);
}

/* Its parts go for good with it, so it does not come back as a name for nothing. */
static void a_repository_that_is_deleted_is_gone(void **state)
{
    struct arena *a = arena_open(256u << 10);
    struct house *h = open_with((struct registry_options){.deletes = true});
    str id = house_find(h, a, "repositories", "name", "pub/app");
    (void)state;
    CHECK_INT(oci_ask(h, a, "all", arena_cstr(a, arena_format(a, "DELETE /api/content/item/repositories/" STR_FMT, STR_ARG(id))), "", S(""))->status, 200);
    CHECK_STR(oci_ask(h, a, "all", "GET /v2/_catalog", "", S(""))->answer, S("{\"repositories\":[]}"));
    struct fake_exchange *f = oci_ask(h, a, "all", "GET /api/content/trash/repositories", "", S(""));
    CHECK_INT(f->status, 200);
    CHECK_STR(f->answer, S("[]"));
    CHECK_INT(oci_ask(h, a, "all", "GET /v2/pub/app/tags/list", "", S(""))->status, 404);
    oci_push(h, a, "pub/app", S("{}"));
    CHECK_STR(house_value(h, a, "repositories", house_find(h, a, "repositories", "name", "pub/app"), "size"), S("2"));
    house_close(h);
    arena_close(a);
}

CHECK_MAIN(TEST(nothing_is_deleted_where_deletes_are_off), TEST(nor_as_content), TEST(what_is_in_use_goes_by_force_alone), TEST(indexes_may_have_holes_where_it_is_said), TEST(what_comes_late_is_linked), TEST(the_server_looks_into_configurations), TEST(names_come_in_the_order_of_their_bytes),
           TEST(tags_that_do_not_move_do_not_go), TEST(a_repository_that_is_deleted_is_gone))
