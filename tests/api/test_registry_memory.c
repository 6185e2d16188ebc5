/* What the registry remembers of manifests is what the tables say: after each change the next read sees it, and nobody
 * is answered out of what somebody else may see. */
#include "tests/support/check.h"
#include "tests/support/oci.h"

#include <stdio.h>

#include "roles/registry/memory.h"

#define FIRST  IMAGE "}"
#define SECOND IMAGE ",\"annotations\":{\"n\":\"2\"}}"

struct room {
    struct house *h;
    struct arena *a;
};

static const char *digest_named(struct room *r, const char *body)
{
    return arena_cstr(r->a, oci_digest(r->a, str_of(body)));
}

static void move_tag(struct room *r)
{
    CHECK_INT(oci_put(r->h, r->a, "all", "pub/app/manifests/v1", MANIFEST, S(SECOND))->status, 201);
}

static void drop_tag(struct room *r)
{
    CHECK_INT(oci_ask(r->h, r->a, "all", "DELETE /v2/pub/app/manifests/v1", "", S(""))->status, 202);
}

static void drop_manifest(struct room *r)
{
    const char *line = arena_cstr(r->a, arena_format(r->a, "DELETE /v2/pub/app/manifests/%s", digest_named(r, FIRST)));
    CHECK_INT(oci_ask(r->h, r->a, "all", line, "", S(""))->status, 202);
}

static void take_the_grant(struct room *r)
{
    house_people(r->h, "{roles: {puller: [{collection:'repositories', verbs:['read'], where:{name:{$startsWith:'none/'}}}]}}");
}

static void take_the_field(struct room *r)
{
    house_people(r->h, "{roles: {puller: [{collection:'posts', verbs:['read']}]}}");
}

static void revoke_the_key(struct room *r)
{
    house_delete(r->h, "api_keys", house_key_id(r->h, "puller"));
}

static void rename_it(struct room *r)
{
    house_update(r->h, "repositories", house_find(r->h, r->a, "repositories", "name", "pub/app"), "{name:'pub/moved'}");
}

static void drop_it(struct room *r)
{
    house_delete(r->h, "repositories", house_find(r->h, r->a, "repositories", "name", "pub/app"));
}

/* As the check that reads all bytes says it. */
static void find_it_damaged(struct room *r)
{
    const struct principal *server = principal_system(r->h->gate, r->a, SYSTEM_FILES);
    struct problem why = {.arena = r->a};
    struct book_entry found = {.in = house_collection(server, "blobs"), .values = house_json(r->a, "{damaged:true}"),
                               .item = house_find(r->h, r->a, "blobs", "digest", digest_named(r, FIRST))};
    CHECK_INT(content_keep_books(r->h->gate->content, server->rights, &server->actor, &found, 1, r->a, &why), ERR_OK);
}

static int read_by(struct room *r, const char *who, const char *method, str *body)
{
    const char *line = arena_cstr(r->a, arena_format(r->a, "%s /v2/pub/app/manifests/v1", method));
    struct fake_exchange *f = oci_ask(r->h, r->a, who, line, "", S(""));
    *body = f->answer;
    return f->status;
}

static void enter(struct room *r)
{
    *r = (struct room){oci_house(), arena_open(256u << 10)};
    oci_push(r->h, r->a, "pub/app", S("{}"));
    CHECK_INT(oci_put(r->h, r->a, "all", "pub/app/manifests/v1", MANIFEST, S(FIRST))->status, 201);
}

static void leave(struct room *r)
{
    house_close(r->h);
    arena_close(r->a);
}

/* Read (and remembered), changed, read again. */
static void every_change_is_seen_by_the_next_read(void **state)
{
    static const struct {
        const char *what;
        void (*change)(struct room *r);
        int status;
        const char *body;             /* NULL: not looked at */
    } rows[] = {
        {"moved tag", move_tag, 200, SECOND},
        {"deleted tag", drop_tag, 404, NULL},
        {"deleted manifest", drop_manifest, 404, NULL},
        {"changed grant", take_the_grant, 404, NULL},
        {"grant of something else", take_the_field, 404, NULL},
        {"revoked key", revoke_the_key, 401, NULL},
        {"renamed repository", rename_it, 404, NULL},
        {"deleted repository", drop_it, 404, NULL},
        {"damaged bytes", find_it_damaged, 404, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct room r;
        str body;
        CHECK_AT(i);
        enter(&r);
        for (size_t k = 0; k < 3; k++) {
            CHECK_INT(read_by(&r, "puller", "GET", &body), 200);
            CHECK_STR(body, S(FIRST));
            CHECK_INT(read_by(&r, "puller", "HEAD", &body), 200);
        }
        rows[i].change(&r);
        CHECK_INT(read_by(&r, "puller", "HEAD", &body), rows[i].status);
        CHECK_INT(read_by(&r, "puller", "GET", &body), rows[i].status);
        if (rows[i].body)
            CHECK_STR(body, str_of(rows[i].body));
        leave(&r);
    }
}

static void nobody_reads_by_what_another_may(void **state)
{
    static const struct {
        const char *who, *line;
        int status;
    } rows[] = {
        {"all", "GET /v2/secret/app/manifests/v1", 200},    {"puller", "GET /v2/secret/app/manifests/v1", 404},
        {"puller", "HEAD /v2/secret/app/manifests/v1", 404}, {"", "GET /v2/secret/app/manifests/v1", 401},
        {"all", "GET /v2/pub/app/manifests/v1", 200},       {"", "GET /v2/pub/app/manifests/v1", 200},
        {"all", "GET /v2/pub/app/manifests/v2", 404},
    };
    struct room r;
    (void)state;
    enter(&r);
    oci_push(r.h, r.a, "secret/app", S("{}"));
    CHECK_INT(oci_put(r.h, r.a, "all", "secret/app/manifests/v1", MANIFEST, S(FIRST))->status, 201);
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < COUNTOF(rows); i++) {
            CHECK_AT(i);
            CHECK_INT(oci_ask(r.h, r.a, rows[i].who, rows[i].line, "", S(""))->status, rows[i].status);
        }
    leave(&r);
}

static void pulls_are_counted_from_memory_too(void **state)
{
    struct room r;
    str body;
    (void)state;
    enter(&r);
    struct problem why = {.arena = r.a};
    for (size_t i = 0; i < 5; i++)
        CHECK_INT(read_by(&r, "puller", i == 2 ? "HEAD" : "GET", &body), 200);
    CHECK_INT(gate_settle(r.h->gate, &why), ERR_OK);
    str id = house_find(r.h, r.a, "manifests", "digest", digest_named(&r, FIRST));
    CHECK_STR(house_value(r.h, r.a, "manifests", id, "pulls"), S("4"));
    leave(&r);
}

/* ------ the memory alone */

static struct known_manifest known_of(struct arena *a, size_t bytes)
{
    char *text = arena_get(a, bytes + 1, 1);
    memset(text, 'x', bytes);
    return (struct known_manifest){.repository_id = S("r"), .manifest_id = S("m"), .digest = S("sha256:d"), .media_type = S("t"),
                                   .bytes = {text, bytes}, .size = bytes};
}

static void a_key_is_all_of_its_parts(void **state)
{
    static const struct {
        struct manifest_key key;
        bool found;
    } rows[] = {
        {{1, 2, STR("a/b"), STR("v1")}, true},  {{2, 2, STR("a/b"), STR("v1")}, false}, {{1, 3, STR("a/b"), STR("v1")}, false},
        {{1, 2, STR("a/c"), STR("v1")}, false}, {{1, 2, STR("a/b"), STR("v2")}, false}, {{1, 2, STR("a/bv"), STR("1")}, false},
    };
    struct arena *a = arena_open(4096);
    struct manifest_memory *m = manifest_memory_open();
    struct known_manifest k = known_of(a, 10), out;
    (void)state;
    manifest_remember(m, &rows[0].key, &k);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        CHECK_INT(manifest_recall(m, &rows[i].key, true, a, &out), rows[i].found);
    }
    CHECK(manifest_recall(m, &rows[0].key, true, a, &out));
    CHECK_STR(out.bytes, k.bytes);
    CHECK_STR(out.digest, k.digest);
    CHECK(str_is_absent(out.tag_id));
    CHECK(manifest_recall(m, &rows[0].key, false, a, &out) && str_is_absent(out.bytes));
    manifest_memory_close(m);
    arena_close(a);
}

static void only_small_ones_keep_their_bytes(void **state)
{
    struct arena *a = arena_open(4096);
    struct manifest_memory *m = manifest_memory_open();
    struct manifest_key key = {1, 2, S("a"), S("v1")};
    struct known_manifest out, at = known_of(a, REMEMBERED_BYTES), beyond = known_of(a, REMEMBERED_BYTES + 1);
    (void)state;
    manifest_remember(m, &key, &at);
    CHECK(manifest_recall(m, &key, true, a, &out) && out.bytes.len == REMEMBERED_BYTES);
    manifest_remember(m, &key, &beyond);
    CHECK(!manifest_recall(m, &key, true, a, &out));
    CHECK(manifest_recall(m, &key, false, a, &out) && out.size == REMEMBERED_BYTES + 1);
    manifest_memory_close(m);
    arena_close(a);
}

/* However many come, what is kept is bounded, and the one that came last is there. */
static void it_does_not_grow(void **state)
{
    struct arena *a = arena_open(1u << 20);
    struct manifest_memory *m = manifest_memory_open();
    struct known_manifest k = known_of(a, REMEMBERED_BYTES), out;
    size_t kept = 0, count = REMEMBERED_PLACES * 2;
    char name[16];
    (void)state;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "v%zu", i);
        struct manifest_key key = {1, 2, S("a"), str_of(name)};
        manifest_remember(m, &key, &k);
        CHECK(manifest_recall(m, &key, false, a, &out));
    }
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "v%zu", i);
        struct manifest_key key = {1, 2, S("a"), str_of(name)};
        kept += manifest_recall(m, &key, false, a, &out);
    }
    CHECK(kept > 0 && kept <= REMEMBERED_BYTES_MAX / REMEMBERED_BYTES);
    manifest_memory_close(m);
    arena_close(a);
}

CHECK_MAIN(TEST(every_change_is_seen_by_the_next_read), TEST(nobody_reads_by_what_another_may), TEST(pulls_are_counted_from_memory_too),
           TEST(a_key_is_all_of_its_parts), TEST(only_small_ones_keep_their_bytes), TEST(it_does_not_grow))
