/* Bytes are kept once, the right to them is not shared: what one repository has given up does not come back to it because
 * another one has the same bytes, on this node, on another one, and after a restart (security R-3, CVE-2026-35172). */
#include "content/bytes/bytes.h"
#include "content/content.h"
#include "content/store/engine.h"
#include "roles/files/files.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/oci.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

static int status(struct gate *g, struct house *h, struct arena *a, const char *key, const char *line)
{
    str method, target;
    (void)str_cut(str_of(line), ' ', &method, &target);
    return rest_request(g, a, arena_cstr(a, method), arena_cstr(a, target), oci_headers_of(h, a, key, ""), S(""), NULL)->status;
}

static struct gate *node(struct house *h, const char *folder)
{
    struct content_config content = {.directory = str_of(folder), .engine = &engine_sqlite, .crypt = h->crypt};
    struct gate_config config = {.content = &content};
    struct problem why = {.arena = h->arena};
    struct gate *g = NULL;
    NEED(gate_open(&config, &g, &why) == ERR_OK);
    return g;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)at;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void what_was_given_up_stays_away(void **state)
{
    static const char people[] =
        "{roles: {a: [{collection:'repositories', verbs:['*'], where:{name:{$startsWith:'a/'}}, check:{name:{$startsWith:'a/'}}}],"
        "         b: [{collection:'repositories', verbs:['*'], where:{name:{$startsWith:'b/'}}, check:{name:{$startsWith:'b/'}}}],"
        "         all: [{collection:'repositories', verbs:['*']}]}, keys: {a: {role:'a'}, b: {role:'b'}, all: {role:'all'}}}";
    static const struct {
        const char *key, *line;
        int status;
    } after[] = {
        {"b", "GET /v2/b/app/blobs/" EMPTY, 200}, {"b", "HEAD /v2/b/app/blobs/" EMPTY, 200}, /* warms whatever remembers */
        {"b", "GET /v2/b/app/manifests/v1", 200},
        {"a", "GET /v2/a/app/blobs/" EMPTY, 404}, {"a", "HEAD /v2/a/app/blobs/" EMPTY, 404}, {"a", "GET /v2/a/app/manifests/v1", 404},
        {"all", "GET /v2/a/app/blobs/" EMPTY, 404}, {"all", "DELETE /v2/a/app/blobs/" EMPTY, 404}, /* nobody has it back */
        {"a", "POST /v2/a/other/blobs/uploads/?mount=" EMPTY "&from=a/app", 202}, {"a", "POST /v2/a/other/blobs/uploads/?mount=" EMPTY, 202},
        {"a", "POST /v2/a/other/blobs/uploads/?mount=" EMPTY "&from=b/app", 202},
    };
    char folder[FOLDER_ROOM];
    struct arena *a = arena_open(1u << 20);
    (void)state;
    folder_new(folder, "links");
    struct house *h = house_open_with(&(struct house_config){.directory = str_of(folder)});
    house_people(h, people);
    const char *const both[] = {"a/app", "b/app"};
    for (size_t i = 0; i < COUNTOF(both); i++) {
        oci_push(h, a, both[i], S("{}"));
        CHECK_INT(oci_put(h, a, "all", arena_cstr(a, arena_format(a, "%s/manifests/v1", both[i])), "", S(IMAGE "}"))->status, 201);
    }
    struct gate *other = node(h, folder);
    CHECK_INT(status(other, h, a, "a", "GET /v2/a/app/blobs/" EMPTY), 200); /* the other node has seen it, too */
    str line = arena_format(a, "DELETE /v2/a/app/manifests/" STR_FMT, STR_ARG(oci_digest(a, S(IMAGE "}"))));
    CHECK_INT(status(h->gate, h, a, "a", arena_cstr(a, line)), 202);
    CHECK_INT(status(h->gate, h, a, "a", "DELETE /v2/a/app/blobs/" EMPTY), 202);
    for (size_t turn = 0; turn < 3; turn++) { /* this node, the other one, after a restart */
        struct gate *g = turn == 0 ? h->gate : other;
        if (turn == 2) {
            gate_close(other);
            gate_close(h->gate);
            h->gate = g = other = node(h, folder);
        }
        for (size_t i = 0; i < COUNTOF(after); i++) {
            CHECK_AT(turn * 100 + i);
            CHECK_INT(status(g, h, a, after[i].key, after[i].line), after[i].status);
        }
    }
    house_close(h);
    CHECK_INT(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    arena_close(a);
}

/* The id of bytes follows from their digest (test_tenants.c): swept away and pushed again they have it again, and nothing that
 * looks over the whole takes that for damage. */
static void bytes_come_back_under_their_id(void **state)
{
    struct house *h = oci_house();
    struct arena *a = arena_open(256u << 10);
    str ids[2];
    (void)state;
    for (size_t i = 0; i < COUNTOF(ids); i++) {
        struct sweep_figures figures;
        struct journal_proof proof;
        struct problem why = {.arena = a};
        oci_push(h, a, "pub/app", S("{}"));
        ids[i] = arena_copy(a, house_find(h, a, "blobs", "digest", EMPTY));
        CHECK_INT(status(h->gate, h, a, "all", "GET /v2/pub/app/blobs/" EMPTY), 200);
        CHECK_INT(status(h->gate, h, a, "all", "DELETE /v2/pub/app/blobs/" EMPTY), 202);
        CHECK_PROBLEM(gate_sweep(h->gate, -1000, &figures, &why), ERR_OK, &why);
        CHECK(!house_has(h, "blobs", ids[i]));
        CHECK_PROBLEM(gate_check(h->gate, NULL, &proof, &why), ERR_OK, &why);
        CHECK_INT(why.fault_count, 0);
    }
    CHECK_STR(ids[0], ids[1]);
    arena_close(a);
    house_close(h);
}

CHECK_MAIN(TEST(bytes_come_back_under_their_id), TEST(what_was_given_up_stays_away))
