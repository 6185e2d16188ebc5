/* Call 1 of the database or of the files fails, then call 2, … until a step of a push passes untouched; then the next step. After
 * each failure what was acknowledged is there and whole, no tag dangles, an upload goes on or is cleanly gone, a sweep takes
 * garbage only, `vitrine check` is clean; and the same step works when it is tried again. */
#include "base/limits.h"
#include "content/bytes/bytes.h"
#include "content/internal.h"
#include "roles/files/files.h"
#include "roles/internal.h"
#include "tests/fault/sound.h"
#include "tests/support/check.h"
#include "tests/support/oci.h"

#define LAYER_TYPE OCI "layer.v1.tar"

struct bench {
    struct house *house;
    struct arena *arena;              /* of one step */
    unsigned number;                  /* names what a step makes */
    str name, layer, image, second, where;
    unsigned calls, fails_at;         /* of files */
    bool fired;
    bool layer_is_there, tag_is_there; /* acknowledged */
};

static bool fail_nth(void *self, const char *call)
{
    struct bench *b = self;
    (void)call;
    bool now = ++b->calls == b->fails_at;
    b->fired |= now;
    return now;
}

static struct fake_exchange *ask(struct bench *b, str line, const char *headers, str body)
{
    return oci_ask(b->house, b->arena, "all", arena_cstr(b->arena, line), headers, body);
}

static str digest(struct bench *b, str bytes)
{
    return oci_digest(b->arena, bytes);
}

static str image_of(struct bench *b, str layer, const char *more)
{
    return arena_format(b->arena, "{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[{\"mediaType\":\"" LAYER_TYPE "\",\"digest\":\"" STR_FMT
                                  "\",\"size\":%d}]%s}",
                        STR_ARG(digest(b, layer)), (int)layer.len, more);
}

static int push(struct bench *b, str name, str bytes)
{
    return ask(b, arena_format(b->arena, "POST /v2/" STR_FMT "/blobs/uploads/?digest=" STR_FMT, STR_ARG(name), STR_ARG(digest(b, bytes))), "", bytes)->status;
}

static int put(struct bench *b, const char *reference, str image)
{
    str line = arena_format(b->arena, "PUT /v2/" STR_FMT "/manifests/%s", STR_ARG(b->name), reference);
    return ask(b, line, "Content-Type: " MANIFEST "\n", image)->status;
}

static int of_blob(struct bench *b, const char *verb)
{
    return ask(b, arena_format(b->arena, "%s /v2/" STR_FMT "/blobs/" STR_FMT, verb, STR_ARG(b->name), STR_ARG(digest(b, b->layer))), "", S(""))->status;
}

/* ---- steps: each says what it was told, and works a second time ---- */

static int push_at_once(struct bench *b)
{
    int told = push(b, b->name, b->layer);
    b->layer_is_there |= told == 201;
    return told;
}

static int begin_upload(struct bench *b)
{
    struct fake_exchange *f = ask(b, arena_format(b->arena, "POST /v2/" STR_FMT "/blobs/uploads/", STR_ARG(b->name)), "", S(""));
    if (f->status == 202)
        b->where = fake_header(f, "Location");
    return f->status;
}

static void prepare_upload(struct bench *b)
{
    CHECK_INT(begin_upload(b), 202);
}

static void prepare_half(struct bench *b)
{
    prepare_upload(b);
    CHECK_INT(ask(b, arena_format(b->arena, "PATCH " STR_FMT, STR_ARG(b->where)), "Content-Range: 0-3\n", str_slice(b->layer, 0, 4))->status, 202);
}

/* Bytes 4 and on: when the answer is lost, the upload says where it goes on, at what was acknowledged at least. */
static int append(struct bench *b)
{
    str rest = str_slice(b->layer, 4, b->layer.len);
    const char *range = arena_cstr(b->arena, arena_format(b->arena, "Content-Range: 4-%zu\n", b->layer.len - 1));
    int told = ask(b, arena_format(b->arena, "PATCH " STR_FMT, STR_ARG(b->where)), range, rest)->status;
    if (told == 202)
        return told;
    struct fake_exchange *f = ask(b, arena_format(b->arena, "GET " STR_FMT, STR_ARG(b->where)), "", S(""));
    str at = fake_header(f, "Range"), all = arena_format(b->arena, "0-%zu", b->layer.len - 1);
    CHECK(f->status == 204 || f->status == 503);
    CHECK(f->status == 503 || str_equal(at, S("0-3")) || str_equal(at, all));
    return str_equal(at, all) ? 202 : told;
}

static void prepare_whole(struct bench *b)
{
    prepare_half(b);
    CHECK_INT(append(b), 202);
}

/* Closed, or gone: then what it brought is pushed anew. */
static int finish(struct bench *b)
{
    int told = ask(b, arena_format(b->arena, "PUT " STR_FMT "?digest=" STR_FMT, STR_ARG(b->where), STR_ARG(digest(b, b->layer))), "", S(""))->status;
    if (told == 404) {
        CHECK_INT(ask(b, arena_format(b->arena, "GET " STR_FMT, STR_ARG(b->where)), "", S(""))->status, 404);
        told = push(b, b->name, b->layer);
    }
    b->layer_is_there |= told == 201;
    return told;
}

static int cancel(struct bench *b)
{
    int told = ask(b, arena_format(b->arena, "DELETE " STR_FMT, STR_ARG(b->where)), "", S(""))->status;
    return told == 404 ? 204 : told; /* it is gone either way */
}

static void prepare_source(struct bench *b)
{
    CHECK_INT(push(b, S("pub/source"), b->layer), 201);
}

static int mount(struct bench *b)
{
    str line = arena_format(b->arena, "POST /v2/" STR_FMT "/blobs/uploads/?from=pub/source&mount=" STR_FMT, STR_ARG(b->name), STR_ARG(digest(b, b->layer)));
    struct fake_exchange *f = ask(b, line, "", S(""));
    b->layer_is_there |= f->status == 201;
    if (f->status == 202) /* as if it were not there: it is to be sent */
        b->where = fake_header(f, "Location");
    return f->status;
}

static void prepare_layers(struct bench *b)
{
    CHECK_INT(push(b, b->name, S("{}")), 201);
    CHECK_INT(push_at_once(b), 201);
}

static int put_image(struct bench *b)
{
    int told = put(b, "v1", b->image);
    b->tag_is_there |= told == 201;
    return told;
}

static void prepare_image(struct bench *b)
{
    prepare_layers(b);
    CHECK_INT(put_image(b), 201);
}

/* By digest with tags, about another one: all of it, or nothing. */
static int put_second(struct bench *b)
{
    int told = put(b, arena_cstr(b->arena, arena_format(b->arena, STR_FMT "?tag=a&tag=b", STR_ARG(digest(b, b->second)))), b->second);
    struct fake_exchange *a = ask(b, arena_format(b->arena, "GET /v2/" STR_FMT "/manifests/a", STR_ARG(b->name)), "", S("")),
                         *other = ask(b, arena_format(b->arena, "GET /v2/" STR_FMT "/manifests/b", STR_ARG(b->name)), "", S("")),
                         *about = ask(b, arena_format(b->arena, "GET /v2/" STR_FMT "/referrers/" STR_FMT, STR_ARG(b->name), STR_ARG(digest(b, b->image))), "", S(""));
    if (a->status != 503 && other->status != 503 && about->status != 503) {
        CHECK_INT(a->status, other->status);
        CHECK(told != 201 || a->status == 200);
        CHECK(str_contains(about->answer, digest(b, b->second)) == (a->status == 200));
    }
    return told;
}

static int move_tag(struct bench *b)
{
    int told = put(b, "v1", b->second);
    b->tag_is_there = false; /* at one of the two, which verify() looks at */
    return told;
}

static int delete_tag(struct bench *b)
{
    int told = ask(b, arena_format(b->arena, "DELETE /v2/" STR_FMT "/manifests/v1", STR_ARG(b->name)), "", S(""))->status;
    b->tag_is_there = false;
    return told == 404 ? 202 : told;
}

static int delete_image(struct bench *b)
{
    str line = arena_format(b->arena, "DELETE /v2/" STR_FMT "/manifests/" STR_FMT, STR_ARG(b->name), STR_ARG(digest(b, b->image)));
    int told = ask(b, line, "", S(""))->status;
    b->tag_is_there = false;
    return told == 404 ? 202 : told;
}

static int delete_layer(struct bench *b)
{
    int told = of_blob(b, "DELETE");
    b->layer_is_there = false;
    return told == 404 ? 202 : told;
}

static void prepare_garbage(struct bench *b)
{
    str garbage = arena_format(b->arena, "garbage %u", b->number);
    prepare_image(b);
    prepare_upload(b);
    CHECK_INT(push(b, b->name, garbage), 201);
    CHECK_INT(ask(b, arena_format(b->arena, "DELETE /v2/" STR_FMT "/blobs/" STR_FMT, STR_ARG(b->name), STR_ARG(digest(b, garbage))), "", S(""))->status, 202);
}

static int sweep(struct bench *b)
{
    struct problem why = {.arena = b->arena};
    struct sweep_figures f;
    enum err e = gate_catch_up(b->house->gate, &why);
    if (e == ERR_OK)
        e = gate_sweep(b->house->gate, -1000, &f, &why);
    CHECK(e == ERR_OK || e == ERR_UNAVAILABLE);
    return e == ERR_OK ? 200 : 503;
}

static void prepare_nothing(struct bench *b)
{
    (void)b;
}

static const struct push_step {
    const char *name;
    void (*prepare)(struct bench *b);
    int (*run)(struct bench *b);
    int wanted, or_else;
} steps[] = {
    {"an upload is begun", prepare_nothing, begin_upload, 202, 0},
    {"a piece comes", prepare_half, append, 202, 0},
    {"an upload is finished", prepare_whole, finish, 201, 0},
    {"an upload is given up", prepare_half, cancel, 204, 0},
    {"a layer comes at once", prepare_nothing, push_at_once, 201, 0},
    {"a layer is mounted", prepare_source, mount, 201, 202},
    {"an image comes", prepare_layers, put_image, 201, 0},
    {"one about it comes, with two tags", prepare_image, put_second, 201, 0},
    {"a tag moves", prepare_image, move_tag, 201, 0},
    {"a tag goes", prepare_image, delete_tag, 202, 0},
    {"an image goes", prepare_image, delete_image, 202, 0},
    {"a layer goes", prepare_layers, delete_layer, 202, 0},
    {"garbage is swept", prepare_garbage, sweep, 200, 0},
};

/* ---- after each of them ---- */

/* A tag stands for an image, whose layers are there. */
static void check_tag(struct bench *b, const char *tag)
{
    struct fake_exchange *f = ask(b, arena_format(b->arena, "GET /v2/" STR_FMT "/manifests/%s", STR_ARG(b->name), tag), "", S(""));
    CHECK(f->status == 404 || f->status == 200);
    if (f->status != 200)
        return;
    CHECK(str_equal(f->answer, b->image) || str_equal(f->answer, b->second));
    CHECK_STR(fake_header(f, "Docker-Content-Digest"), digest(b, f->answer));
    CHECK_INT(of_blob(b, "GET"), 200);
}

static void verify(struct bench *b)
{
    check_tag(b, "v1");
    check_tag(b, "a");
    if (b->tag_is_there)
        CHECK_INT(ask(b, arena_format(b->arena, "GET /v2/" STR_FMT "/manifests/v1", STR_ARG(b->name)), "", S(""))->status, 200);
    if (b->layer_is_there) {
        struct fake_exchange *f = ask(b, arena_format(b->arena, "GET /v2/" STR_FMT "/blobs/" STR_FMT, STR_ARG(b->name), STR_ARG(digest(b, b->layer))), "", S(""));
        CHECK_INT(f->status, 200);
        CHECK_STR(f->answer, b->layer);
    }
}

static void start_step(struct bench *b, const struct push_step *s)
{
    b->number++;
    b->name = arena_format(b->arena, "pub/r%u", b->number);
    b->layer = arena_format(b->arena, "layer %u", b->number);
    b->image = image_of(b, b->layer, "");
    b->second = image_of(b, b->layer, arena_cstr(b->arena, arena_format(b->arena, ",\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" STR_FMT "\",\"size\":%d}",
                                                                         STR_ARG(digest(b, b->image)), (int)b->image.len)));
    b->layer_is_there = b->tag_is_there = false;
    b->where = (str){0};
    s->prepare(b);
}

/* True when that call came. */
static bool run_step(struct bench *b, const struct push_step *s, bool of_files, unsigned at)
{
    b->arena = arena_open(64u << 10);
    start_step(b, s);
    b->calls = 0;
    b->fired = false;
    b->fails_at = of_files ? at : 0;
    blobs_watch(b->house->gate->content->blobs, fail_nth, b);
    engine_faulty_arm(&engine_sqlite, of_files ? 0 : at);
    int told = s->run(b);
    bool fired = of_files ? b->fired : engine_faulty_fired();
    engine_faulty_arm(&engine_sqlite, 0);
    blobs_watch(b->house->gate->content->blobs, NULL, NULL);
    if (told != s->wanted && ((told != 503 && told != s->or_else) || !fired))
        CHECK_SAY("%s, %s %u: told %d", s->name, of_files ? "file" : "call", at, told);
    verify(b);
    told = s->run(b);
    if (told != s->wanted)
        CHECK_SAY("%s, %s %u, once more: told %d", s->name, of_files ? "file" : "call", at, told);
    verify(b);
    bool had_layer = b->layer_is_there, had_tag = b->tag_is_there;
    if ((had_tag && at % 8 == 1) || s->run == sweep) { /* what is not garbage stays, whatever became of the rest */
        CHECK_INT(sweep(b), 200);
        b->layer_is_there = had_layer && had_tag;
        verify(b);
    }
    if (!str_is_absent(b->where))
        (void)cancel(b);
    if (at % 16 == 1 || !fired)
        check_house(b->house->gate, b->arena);
    arena_close(b->arena);
    return fired;
}

static void whatever_call_fails_in_a_push_nothing_is_lost_and_nothing_wrong(void **state)
{
    struct house_config config = {.engine = &engine_faulty};
    struct bench b = {0};
    (void)state;
    engine_faulty_arm(&engine_sqlite, 0);
    for (size_t i = 0; i < COUNTOF(steps); i++) {
        b.house = oci_house_with(&config);
        for (unsigned kind = 0; kind < 2; kind++) {
            unsigned at = 1;
            for (; at < 1000 && run_step(&b, &steps[i], kind == 1, at); at += at < 12 ? 1 : 5) /* behind them it is one row like the other */
                CHECK_AT(i * 10000 + kind * 1000 + at);
            if (kind == 0 && at < 4)
                CHECK_SAY("%s calls the database %u times only: is it what was meant?", steps[i].name, at);
        }
        house_close(b.house);
    }
}

CHECK_MAIN(TEST(whatever_call_fails_in_a_push_nothing_is_lost_and_nothing_wrong))
