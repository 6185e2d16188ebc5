/* Bytes that are never lost and never wrong: sweeping while others push, step by step and from another process; damage
 * that is found, served to nobody and healed by a push; how many uploads somebody may have. */
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/oci.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/time.h"
#include "content/bytes/scrub.h"
#include "content/internal.h"
#include "roles/files/files.h"
#include "roles/internal.h"
#include "roles/upkeep/upkeep.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS  (24 * HOUR_MS)
#define GRACE_MS ((int64_t)LIMIT_SWEEP_GRACE_S * 1000)

/* Two processes, as far as files and the database go. */
struct bench {
    char folder[FOLDER_ROOM];
    struct house *house;
    struct gate *other;
    struct arena *arena;
    str layer;                        /* its bytes, where steps are gone through */
    pthread_t pusher;
    void (*act)(struct bench *b);
    unsigned calls, acts_at;
    bool acted;
};

/* Between two calls of the pusher on files, never inside a transaction of his: there the other one would wait for him. */
static bool act_at_nth(void *self, const char *call)
{
    struct bench *b = self;
    (void)call;
    if (!pthread_equal(pthread_self(), b->pusher) || ++b->calls != b->acts_at)
        return false;
    b->acted = true;
    b->act(b);
    return false;
}

static void bench_make(struct bench *b)
{
    *b = (struct bench){.arena = arena_open(1u << 16), .pusher = pthread_self()};
    struct problem why = {.arena = b->arena};
    folder_new(b->folder, "bytes");
    b->house = oci_house_with(&(struct house_config){.directory = str_of(b->folder)});
    struct content_config content = {.directory = str_of(b->folder), .engine = &engine_sqlite, .crypt = b->house->crypt};
    struct gate_config config = {.content = &content};
    CHECK_PROBLEM(gate_open(&config, &b->other, &why), ERR_OK, &why);
}

static void bench_end(struct bench *b)
{
    time_set(0);
    gate_close(b->other);
    house_close(b->house);
    arena_close(b->arena);
    folder_drop(b->folder);
}

static struct sweep_figures sweep(struct bench *b, struct gate *g, int64_t grace_ms)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct sweep_figures f;
    (void)b;
    CHECK_PROBLEM(gate_catch_up(g, &why), ERR_OK, &why);
    CHECK_PROBLEM(gate_sweep(g, grace_ms, &f, &why), ERR_OK, &why);
    arena_close(a);
    return f;
}

static struct fake_exchange *ask(struct bench *b, const char *who, str line, str body)
{
    return oci_ask(b->house, b->arena, who, arena_cstr(b->arena, line), "", body);
}

static int status(struct bench *b, const char *who, const char *verb, const char *where, str digest)
{
    return ask(b, who, arena_format(b->arena, "%s /v2/%s" STR_FMT, verb, where, STR_ARG(digest)), S(""))->status;
}

static str path_of(struct bench *b, str digest)
{
    return arena_format(b->arena, "%s/blobs/sha256/%.2s/" STR_FMT, b->folder, digest.at + 7, (int)(digest.len - 9), digest.at + 9);
}

/* As if its bytes had come two days ago. */
static void age(struct bench *b, str digest)
{
    int64_t now = time_now_ms() / 1000;
    struct timespec then[2] = {{.tv_sec = now - 2 * 86400}, {.tv_sec = now - 2 * 86400}};
    CHECK_INT(utimensat(AT_FDCWD, arena_cstr(b->arena, path_of(b, digest)), then, 0), 0);
}

static str image_of(struct bench *b, str layer)
{
    return arena_format(b->arena, "{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"" OCI "layer.v1.tar\",\"digest\":\"" STR_FMT "\",\"size\":%d}]}",
                        STR_ARG(oci_digest(b->arena, layer)), (int)layer.len);
}

static int put_image(struct bench *b, const char *where, str layer)
{
    return oci_put(b->house, b->arena, "all", where, MANIFEST, image_of(b, layer))->status;
}

/* Everything that the registry says is there is there, with the right bytes, and the house is in order. */
static void check_whole(struct bench *b)
{
    struct problem why = {.arena = b->arena};
    struct sweep_figures seen;
    CHECK_PROBLEM(gate_check_files(b->house->gate, false, NULL, &seen, &why), ERR_OK, &why);
    for (size_t i = 0; i < why.fault_count; i++)
        CHECK_SAY(STR_FMT, STR_ARG(why.faults[i].text));
}

/* ---- what somebody wants stays ---- */

static void r_10_what_a_pusher_was_told_of_stays_until_he_comes_back(void **state)
{
    static const struct {
        const char *who, *verb;       /* asks for the layer after 20 hours; "": nobody does */
        bool has_image, stays;
    } rows[] = {
        {"", "", false, false},      {"", "", true, true},        {"all", "HEAD", false, true}, {"all", "GET", false, true},
        {"pusher", "HEAD", false, true}, {"puller", "HEAD", false, false}, {"mover", "HEAD", false, false}, {"", "HEAD", false, false},
        {"all", "POST", false, true}, {"all", "MOUNT", false, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct bench b;
        CHECK_AT(i);
        bench_make(&b);
        str layer = oci_digest(b.arena, S("layer"));
        oci_push(b.house, b.arena, "pub/app", S("{}"));
        oci_push(b.house, b.arena, "pub/app", S("layer"));
        if (rows[i].has_image)
            CHECK_INT(put_image(&b, "pub/app/manifests/v1", S("layer")), 201);
        int64_t start = time_now_ms();
        time_set(start + 20 * HOUR_MS);
        if (str_equal(str_of(rows[i].verb), S("POST")))
            oci_push(b.house, b.arena, "pub/app", S("layer"));
        else if (str_equal(str_of(rows[i].verb), S("MOUNT")))
            CHECK_INT(ask(&b, "all", arena_format(b.arena, "POST /v2/pub/app/blobs/uploads/?mount=" STR_FMT "&from=pub/app", STR_ARG(layer)), S(""))->status, 201);
        else if (rows[i].verb[0])
            CHECK_INT(status(&b, rows[i].who, rows[i].verb, "pub/app/blobs/", layer), 200);
        time_set(start + 30 * HOUR_MS);
        struct sweep_figures f = sweep(&b, b.other, GRACE_MS);
        CHECK_INT(f.layers, !rows[i].has_image + !rows[i].stays); /* the configuration is nobody's either */
        CHECK_INT(status(&b, "puller", "HEAD", "pub/app/blobs/", layer), rows[i].stays ? 200 : 404);
        if (rows[i].stays) { /* what he was told holds when he comes with the image */
            oci_push(b.house, b.arena, "pub/app", S("{}"));
            CHECK_INT(put_image(&b, "pub/app/manifests/v2", S("layer")), 201);
        }
        time_set(start + 90 * HOUR_MS);
        (void)sweep(&b, b.other, GRACE_MS);
        CHECK_INT(status(&b, "puller", "HEAD", "pub/app/blobs/", layer), rows[i].stays ? 200 : 404);
        check_whole(&b);
        bench_end(&b);
    }
}

/* The last image that names a layer goes, and with it, a while later, the layer: not before whoever asked for it meanwhile. */
static void r_10_layers_go_after_their_images(void **state)
{
    struct bench b;
    (void)state;
    bench_make(&b);
    str layer = oci_digest(b.arena, S("layer"));
    oci_push(b.house, b.arena, "pub/app", S("{}"));
    oci_push(b.house, b.arena, "pub/app", S("layer"));
    CHECK_INT(put_image(&b, "pub/app/manifests/v1", S("layer")), 201);
    time_set(time_now_ms() + 10 * DAY_MS);
    CHECK_INT(status(&b, "all", "DELETE", "pub/app/manifests/", oci_digest(b.arena, image_of(&b, S("layer")))), 202);
    CHECK_INT(status(&b, "all", "HEAD", "pub/app/blobs/", layer), 200);
    CHECK_INT(sweep(&b, b.other, GRACE_MS).layers, 1); /* the configuration: nobody asked for that */
    time_set(time_now_ms() + 2 * DAY_MS);
    struct sweep_figures f = sweep(&b, b.other, GRACE_MS);
    CHECK_INT(f.layers, 1);
    CHECK_INT(status(&b, "all", "HEAD", "pub/app/blobs/", layer), 404);
    CHECK(access(arena_cstr(b.arena, path_of(&b, layer)), F_OK) != 0);
    CHECK_STR(house_value(b.house, b.arena, "repositories", house_find(b.house, b.arena, "repositories", "name", "pub/app"), "size"), S("0"));
    bench_end(&b);
}

/* ---- a sweep between any two steps of a push ---- */

static void sweep_gently(struct bench *b)
{
    (void)sweep(b, b->other, GRACE_MS);
}

static void sweep_everything(struct bench *b)
{
    (void)sweep(b, b->other, -1000);
}

/* The image that kept the layer, and the layer, go while somebody mounts it. */
static void delete_source(struct bench *b)
{
    (void)status(b, "other", "DELETE", "old/app/blobs/", oci_digest(b->arena, b->layer));
    (void)sweep(b, b->other, -1000);
}

static void nothing_before(struct bench *b)
{
    (void)b;
}

/* Bytes and a row that nobody refers to any more, two days old. */
static void garbage_before(struct bench *b)
{
    oci_push(b->house, b->arena, "old/app", b->layer);
    CHECK_INT(status(b, "all", "DELETE", "old/app/blobs/", oci_digest(b->arena, b->layer)), 202);
    age(b, oci_digest(b->arena, b->layer));
}

static void elsewhere_before(struct bench *b)
{
    oci_push(b->house, b->arena, "old/app", b->layer);
    age(b, oci_digest(b->arena, b->layer));
}

static int push_at_once(struct bench *b)
{
    str line = arena_format(b->arena, "POST /v2/pub/app/blobs/uploads/?digest=" STR_FMT, STR_ARG(oci_digest(b->arena, b->layer)));
    return ask(b, "all", line, b->layer)->status;
}

static int push_in_pieces(struct bench *b)
{
    struct fake_exchange *f = ask(b, "all", S("POST /v2/pub/app/blobs/uploads/"), S(""));
    str where = arena_copy(b->arena, fake_header(f, "Location"));
    if (f->status != 202)
        return f->status;
    f = ask(b, "all", arena_format(b->arena, "PATCH " STR_FMT, STR_ARG(where)), str_slice(b->layer, 0, 2));
    if (f->status != 202)
        return f->status;
    return ask(b, "all", arena_format(b->arena, "PUT " STR_FMT "?digest=" STR_FMT, STR_ARG(where), STR_ARG(oci_digest(b->arena, b->layer))), str_slice(b->layer, 2, b->layer.len))->status;
}

/* Mounted, or told to send it: both are right, when they are true. */
static int mount(struct bench *b)
{
    str line = arena_format(b->arena, "POST /v2/pub/app/blobs/uploads/?from=old/app&mount=" STR_FMT, STR_ARG(oci_digest(b->arena, b->layer)));
    int told = ask(b, "all", line, S(""))->status;
    return told == 202 ? push_at_once(b) : told;
}

static void r_10_a_sweep_between_any_two_steps_takes_nothing(void **state)
{
    static const struct {
        const char *name;
        void (*before)(struct bench *b);
        int (*push)(struct bench *b);
        void (*act)(struct bench *b);
        bool may_be_told_again;       /* 503: it was swept in spite of its age; sent again it is there */
    } rows[] = {
        {"new, at once", nothing_before, push_at_once, sweep_gently, false},
        {"new, in pieces", nothing_before, push_in_pieces, sweep_gently, false},
        {"over garbage, at once", garbage_before, push_at_once, sweep_gently, false},
        {"over garbage, in pieces", garbage_before, push_in_pieces, sweep_gently, false},
        {"there elsewhere", elsewhere_before, push_at_once, sweep_gently, false},
        {"new, swept whatever its age", nothing_before, push_at_once, sweep_everything, true},
        {"in pieces, swept whatever its age", nothing_before, push_in_pieces, sweep_everything, true},
        {"over garbage, swept whatever its age", garbage_before, push_at_once, sweep_everything, true},
        {"sent while its source goes", elsewhere_before, push_in_pieces, delete_source, true},
        {"mounted while its source goes", elsewhere_before, mount, delete_source, true},
    };
    (void)state;
    struct bench bench, *b = &bench;
    bench_make(b);
    oci_push(b->house, b->arena, "pub/app", S("{}"));
    CHECK_INT(put_image(b, "pub/app/manifests/config", S("{}")), 201);
    for (size_t i = 0; i < COUNTOF(rows); i++)
        for (unsigned at = 1, more = 1; more; at++) {
            CHECK_AT(i * 100 + at);
            b->calls = b->acts_at = 0;
            b->acted = false;
            b->layer = arena_format(b->arena, "layer %zu %u", i, at);
            rows[i].before(b);
            b->act = rows[i].act;
            b->acts_at = at;
            blobs_watch(b->house->gate->content->blobs, act_at_nth, b);
            int told = rows[i].push(b);
            if (told != 201 && !rows[i].may_be_told_again)
                CHECK_SAY("%s, step %u: %d", rows[i].name, at, told);
            for (unsigned again = 0; told == 503 && again < 2; again++)
                told = rows[i].push(b);
            CHECK_INT(told, 201);
            if (rows[i].may_be_told_again) /* whatever its age means: also what he was told is there */
                blobs_watch(b->house->gate->content->blobs, NULL, NULL);
            CHECK_INT(put_image(b, "pub/app/manifests/v1", b->layer), 201);
            more = b->acted;
            blobs_watch(b->house->gate->content->blobs, NULL, NULL);
            (void)sweep(b, b->other, -1000);
            struct fake_exchange *got = ask(b, "puller", arena_format(b->arena, "GET /v2/pub/app/blobs/" STR_FMT, STR_ARG(oci_digest(b->arena, b->layer))), S(""));
            CHECK_INT(got->status, 200);
            CHECK_STR(got->answer, b->layer);
            NEED(at < 60);
        }
    check_whole(b);
    bench_end(b);
}

/* The same the other way round: somebody's bytes come between the sweep's look at them and its taking them away. */
static bool come_between(void *self, const char *call)
{
    struct bench *b = self;
    struct blob_upload *u = NULL;
    struct problem why = {.arena = b->arena};
    char digest[BLOB_DIGEST_ROOM];
    size_t length;
    if (b->acted || !str_equal(str_of(call), S("unlink")))
        return false;
    b->acted = true;
    struct blobs *blobs = b->house->gate->content->blobs;
    CHECK_ERR(blob_begin(blobs, blob_upload_name(b->arena), DIGEST_SHA256, &u, &why), ERR_OK);
    CHECK_ERR(blob_append(u, b->layer, &why), ERR_OK);
    CHECK_ERR(blob_finish(u, (str){0}, digest, &length, &why), ERR_OK);
    return false;
}

static void r_10_who_comes_while_it_is_swept_wins(void **state)
{
    struct bench b;
    (void)state;
    bench_make(&b);
    b.layer = S("layer");
    garbage_before(&b);
    blobs_watch(b.other->content->blobs, come_between, &b);
    struct sweep_figures f = sweep(&b, b.other, GRACE_MS);
    blobs_watch(b.other->content->blobs, NULL, NULL);
    CHECK(b.acted);
    CHECK_INT(f.blobs, 0);
    CHECK(blob_exists(b.house->gate->content->blobs, oci_digest(b.arena, S("layer"))));
    CHECK_INT(push_at_once(&b), 201);
    check_whole(&b);
    bench_end(&b);
}

/* ---- damage ---- */

enum harm { HARM_NONE, HARM_FLIP, HARM_CUT, HARM_GROW, HARM_REMOVE };

static void harm(struct bench *b, str digest, enum harm how)
{
    const char *path = arena_cstr(b->arena, path_of(b, digest));
    int fd = open(path, O_RDWR);
    NEED(fd >= 0);
    if (how == HARM_FLIP)
        CHECK_INT(pwrite(fd, "L", 1, 0), 1);
    else if (how == HARM_GROW)
        CHECK_INT(pwrite(fd, "L", 1, 100), 1);
    else if (how == HARM_CUT)
        CHECK_INT(ftruncate(fd, 3), 0);
    else if (how == HARM_REMOVE)
        CHECK_INT(unlink(path), 0);
    (void)close(fd);
}

static struct upkeep_figures tick_until_all_is_looked_at(struct bench *b, struct gate *g)
{
    struct upkeep_figures f, before = {0};
    (void)b;
    for (unsigned i = 0; i < 50; i++) {
        struct arena *a = arena_open(4096);
        struct problem why = {.arena = a};
        CHECK_PROBLEM(gate_tick(g, &why), ERR_OK, &why);
        arena_close(a);
        gate_upkeep_figures(g, &f);
        if (i > 2 && f.looked_at_bytes == before.looked_at_bytes && f.looked_at == before.looked_at)
            break;
        before = f;
    }
    return f;
}

static void r_6_damage_is_found_served_to_nobody_and_healed(void **state)
{
    static const struct {
        enum harm how;
        bool of_manifest, is_seen_at_once;   /* before the scrubber comes */
    } rows[] = {
        {HARM_NONE, false, false}, {HARM_FLIP, false, false}, {HARM_CUT, false, true},  {HARM_GROW, false, true}, {HARM_REMOVE, false, true},
        {HARM_FLIP, true, false},  {HARM_CUT, true, true},    {HARM_REMOVE, true, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct bench b;
        bool harmed = rows[i].how != HARM_NONE;
        CHECK_AT(i);
        bench_make(&b);
        oci_push(b.house, b.arena, "pub/app", S("{}"));
        oci_push(b.house, b.arena, "pub/app", S("layer"));
        CHECK_INT(put_image(&b, "pub/app/manifests/v1", S("layer")), 201);
        str layer = oci_digest(b.arena, S("layer")), manifest = oci_digest(b.arena, image_of(&b, S("layer")));
        str hurt = rows[i].of_manifest ? manifest : layer;
        const char *where = rows[i].of_manifest ? "pub/app/manifests/" : "pub/app/blobs/";
        harm(&b, hurt, rows[i].how);
        CHECK_INT(status(&b, "puller", "GET", where, hurt), rows[i].is_seen_at_once ? 404 : 200);
        time_set(time_now_ms() + 16 * DAY_MS);
        struct upkeep_figures f = tick_until_all_is_looked_at(&b, b.other);
        CHECK_INT(f.looked_at, 3);
        CHECK_INT(f.found_damaged, harmed);
        CHECK_INT(f.damaged, harmed);
        CHECK_INT(status(&b, "puller", "GET", where, hurt), harmed ? 404 : 200);
        CHECK_INT(status(&b, "all", "HEAD", where, hurt), harmed ? 404 : 200);
        str row = house_find(b.house, b.arena, "blobs", "digest", arena_cstr(b.arena, hurt));
        CHECK_STR(house_value(b.house, b.arena, "blobs", row, "damaged"), harmed ? S("true") : S("null"));
        if (!rows[i].of_manifest) {
            str line = arena_format(b.arena, "POST /v2/pub/other/blobs/uploads/?from=pub/app&mount=" STR_FMT, STR_ARG(layer));
            CHECK_INT(ask(&b, "all", line, S(""))->status, harmed ? 202 : 201); /* nothing is made of what is damaged */
            oci_push(b.house, b.arena, "pub/other", S("{}"));
            CHECK_INT(put_image(&b, "pub/other/manifests/v1", S("layer")), harmed ? 400 : 201);
        }
        struct problem why = {.arena = b.arena};
        struct sweep_figures seen;
        CHECK_ERR(gate_check_files(b.house->gate, true, NULL, &seen, &why), harmed ? ERR_CONFLICT : ERR_OK);
        CHECK_INT(why.fault_count, harmed);
        CHECK(!harmed || str_contains(why.faults[0].text, S("pub/app:v1")));
        (void)tick_until_all_is_looked_at(&b, b.other); /* found once, told once */
        gate_upkeep_figures(b.other, &f);
        CHECK_INT(f.found_damaged, harmed);
        oci_push(b.house, b.arena, "pub/app", S("layer"));
        CHECK_INT(put_image(&b, "pub/app/manifests/v1", S("layer")), 201);
        CHECK_INT(status(&b, "puller", "GET", where, hurt), 200);
        CHECK(!str_equal(house_value(b.house, b.arena, "blobs", row, "damaged"), S("true")));
        (void)sweep(&b, b.other, GRACE_MS);
        check_whole(&b);
        bench_end(&b);
    }
}

/* Where it is stands in the rows: who starts again goes on, and what was looked at is not due. */
static void r_6_looking_goes_on_after_a_restart(void **state)
{
    struct bench b;
    struct upkeep_figures f;
    (void)state;
    bench_make(&b);
    oci_push(b.house, b.arena, "pub/app", S("{}"));
    for (unsigned i = 0; i < 3; i++) {
        str layer = arena_format(b.arena, "layer %u", i);
        oci_push(b.house, b.arena, "pub/app", layer);
        CHECK_INT(put_image(&b, arena_cstr(b.arena, arena_format(b.arena, "pub/app/manifests/v%u", i)), layer), 201);
    }
    f = tick_until_all_is_looked_at(&b, b.other);
    CHECK_INT(f.looked_at, 0); /* they were hashed as they came */
    time_set(time_now_ms() + 10 * DAY_MS);
    CHECK_INT(tick_until_all_is_looked_at(&b, b.other).looked_at, 0);
    time_set(time_now_ms() + 6 * DAY_MS);
    f = tick_until_all_is_looked_at(&b, b.other);
    CHECK_INT(f.looked_at, 7); /* three images, their layers, the configuration */
    CHECK_INT(tick_until_all_is_looked_at(&b, b.house->gate).looked_at, 0); /* another process */
    b.house->gate->registry.scrub_days = 0;
    time_set(time_now_ms() + 60 * DAY_MS);
    CHECK_INT(tick_until_all_is_looked_at(&b, b.house->gate).looked_at, 0); /* never */
    bench_end(&b);
}

/* Small steps: a turn reads so many bytes and no more, and goes on where it was. */
static void r_6_a_turn_reads_no_more_than_it_may(void **state)
{
    struct bench b;
    struct scrub *s = scrub_open();
    struct scrub_figures f = {0};
    bool over = false;
    unsigned turns = 0;
    (void)state;
    bench_make(&b);
    char *large = arena_get(b.arena, 3u << 20, 1);
    memset(large, 'x', 3u << 20);
    oci_push(b.house, b.arena, "pub/app", (str){large, 3u << 20});
    const struct principal *server = principal_system(b.house->gate, b.arena, SYSTEM_FILES);
    time_set(time_now_ms() + 2 * DAY_MS);
    struct scrub_turn turn = {b.house->gate->content, server->rights, &server->actor, time_now_ms() - DAY_MS, &f};
    for (; !over && f.looked_at == 0 && turns < 100; turns++) {
        struct problem why = {.arena = b.arena};
        uint64_t before = f.bytes;
        CHECK_PROBLEM(scrub_go_on(s, &turn, 1u << 20, &over, &why), ERR_OK, &why);
        CHECK(f.bytes - before <= 1u << 20);
    }
    CHECK_INT(f.bytes, 3u << 20);
    CHECK_INT(f.looked_at, 1);
    CHECK(turns >= 3);
    scrub_close(s);
    bench_end(&b);
}

/* ---- R-7 ---- */

static void r_7_so_many_uploads_and_no_more(void **state)
{
    struct bench b;
    (void)state;
    bench_make(&b);
    str first = {0};
    for (unsigned i = 0; i < LIMIT_UPLOADS_OPEN; i++) {
        struct fake_exchange *f = ask(&b, "all", S("POST /v2/pub/app/blobs/uploads/"), S(""));
        CHECK_INT(f->status, 202);
        first = i == 0 ? arena_copy(b.arena, fake_header(f, "Location")) : first;
    }
    struct fake_exchange *refused = ask(&b, "all", S("POST /v2/pub/app/blobs/uploads/"), S(""));
    CHECK_INT(refused->status, 429);
    CHECK_STR(oci_code(b.arena, refused), S("TOOMANYREQUESTS"));
    CHECK(!str_is_absent(fake_header(refused, "Retry-After")));
    CHECK_INT(ask(&b, "other", S("POST /v2/pub/app/blobs/uploads/"), S(""))->status, 202); /* another one's are his */
    CHECK_INT(ask(&b, "all", arena_format(b.arena, "DELETE " STR_FMT, STR_ARG(first)), S(""))->status, 204);
    CHECK_INT(ask(&b, "all", S("POST /v2/pub/app/blobs/uploads/"), S(""))->status, 202);
    CHECK_INT(ask(&b, "all", S("POST /v2/pub/app/blobs/uploads/"), S(""))->status, 429);
    time_set(time_now_ms() + (int64_t)LIMIT_UPLOAD_S * 1000 + 1000); /* ended ones count no more, swept or not */
    CHECK_INT(ask(&b, "all", S("POST /v2/pub/app/blobs/uploads/"), S(""))->status, 202);
    struct sweep_figures f = sweep(&b, b.other, GRACE_MS);
    CHECK_INT(f.uploads, LIMIT_UPLOADS_OPEN + 1);
    bench_end(&b);
}

static void r_7_uploads_of_who_is_gone_end(void **state)
{
    struct bench b;
    (void)state;
    bench_make(&b);
    CHECK_INT(ask(&b, "other", S("POST /v2/pub/app/blobs/uploads/"), S(""))->status, 202);
    CHECK_INT(ask(&b, "all", S("POST /v2/pub/app/blobs/uploads/"), S(""))->status, 202);
    CHECK_INT(sweep(&b, b.other, GRACE_MS).uploads, 0);
    house_delete(b.house, "api_keys", house_key_id(b.house, "other"));
    CHECK_INT(sweep(&b, b.other, GRACE_MS).uploads, 1);
    bench_end(&b);
}

/* One that is being received is not over, however long it takes. */
static void r_7_an_upload_at_work_does_not_end(void **state)
{
    struct bench b;
    struct blob_upload *u = NULL;
    (void)state;
    bench_make(&b);
    struct problem why = {.arena = b.arena};
    CHECK_INT(ask(&b, "all", S("POST /v2/pub/app/blobs/uploads/"), S(""))->status, 202);
    str id = house_find(b.house, b.arena, "uploads", "name", "pub/app");
    const struct json *file = house_json(b.arena, arena_cstr(b.arena, house_value(b.house, b.arena, "uploads", id, "file")));
    CHECK_ERR(blob_resume(b.house->gate->content->blobs, file->text, 0, DIGEST_SHA256, &u, &why), ERR_OK);
    time_set(time_now_ms() + 2 * DAY_MS);
    CHECK_INT(sweep(&b, b.other, GRACE_MS).uploads, 0);
    blob_leave(u);
    CHECK_INT(sweep(&b, b.other, GRACE_MS).uploads, 1);
    CHECK(!house_has(b.house, "uploads", id));
    bench_end(&b);
}

CHECK_MAIN(TEST(r_10_what_a_pusher_was_told_of_stays_until_he_comes_back), TEST(r_10_layers_go_after_their_images),
           TEST(r_10_a_sweep_between_any_two_steps_takes_nothing), TEST(r_10_who_comes_while_it_is_swept_wins),
           TEST(r_6_damage_is_found_served_to_nobody_and_healed), TEST(r_6_looking_goes_on_after_a_restart),
           TEST(r_6_a_turn_reads_no_more_than_it_may), TEST(r_7_so_many_uploads_and_no_more), TEST(r_7_uploads_of_who_is_gone_end),
           TEST(r_7_an_upload_at_work_does_not_end))
