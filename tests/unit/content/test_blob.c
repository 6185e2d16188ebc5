/* The blob store: what is kept is whole, whatever call fails and wherever it stops. */
#include "tests/support/check.h"
#include "tests/support/folder.h"

#include "base/arena.h"
#include "base/crypt.h"
#include "content/bytes/blob.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* sha256 of "hello" and of nothing. */
#define HELLO "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct bench {
    struct arena *arena;
    struct problem why;
    struct blobs *blobs;
    char folder[FOLDER_ROOM];
    unsigned calls, fails_at;
    bool fired;
};

static bool fail_nth(void *self, const char *call)
{
    struct bench *b = self;
    (void)call;
    bool now = ++b->calls == b->fails_at;
    b->fired |= now;
    return now;
}

static enum err reopen(struct bench *b)
{
    struct blobs_config config = {.directory = str_of(b->folder), .fails = fail_nth, .self = b};
    blobs_close(b->blobs);
    b->blobs = NULL;
    return blobs_open(&config, &b->blobs, &b->why);
}

static void bench_make(struct bench *b)
{
    crypt_start();
    *b = (struct bench){.arena = arena_open(4096)};
    b->why.arena = b->arena;
    folder_new(b->folder, "blob");
    CHECK_ERR(reopen(b), ERR_OK);
}

static void bench_end(struct bench *b)
{
    blobs_close(b->blobs);
    arena_close(b->arena);
    folder_drop(b->folder);
}

static enum err keep(struct bench *b, str bytes, str wanted, str *digest)
{
    struct blob_upload *u = NULL;
    char text[BLOB_DIGEST_ROOM];
    size_t length = 0;
    TRY(blob_begin(b->blobs, blob_upload_name(b->arena), DIGEST_SHA256, &u, &b->why));
    for (size_t i = 0; i < bytes.len; i++) {
        enum err e = blob_append(u, str_slice(bytes, i, i + 1), &b->why);
        if (e != ERR_OK) {
            blob_drop(u);
            return e;
        }
    }
    TRY(blob_finish(u, wanted, text, &length, &b->why));
    *digest = arena_copy(b->arena, (str){text, length});
    return ERR_OK;
}

static enum err count_one(void *self, const struct blob_seen *seen, struct problem *why)
{
    (void)seen;
    (void)why;
    ++*(unsigned *)self;
    return ERR_OK;
}

static unsigned blobs_there(struct bench *b)
{
    unsigned n = 0;
    CHECK_ERR(blob_each(b->blobs, count_one, &n, &b->why), ERR_OK);
    return n;
}

static unsigned uploads_there(struct bench *b)
{
    unsigned n = 0;
    CHECK_ERR(blob_upload_each(b->blobs, count_one, &n, &b->why), ERR_OK);
    return n;
}

static str content_of(struct bench *b, str digest)
{
    struct blob_reader *r = NULL;
    char *into = arena_get(b->arena, 4096, 1);
    size_t got = 0;
    if (blob_open(b->blobs, digest, &r, &b->why) != ERR_OK)
        return (str){0};
    CHECK_ERR(blob_read(r, 0, into, 4096, &got, &b->why), ERR_OK);
    CHECK_INT(blob_size(r), got);
    blob_close(r);
    return (str){into, got};
}

static void bytes_are_kept_by_what_they_are(void **state)
{
    (void)state;
    struct bench b;
    str one, two;
    bench_make(&b);
    CHECK_ERR(keep(&b, S("hello"), (str){0}, &one), ERR_OK);
    CHECK_STR(one, S(HELLO));
    CHECK_STR(content_of(&b, one), S("hello"));
    CHECK_ERR(keep(&b, S("hello"), S(HELLO), &two), ERR_OK);
    CHECK_INT(blobs_there(&b), 1);
    CHECK_ERR(keep(&b, S(""), S(EMPTY), &two), ERR_OK);
    CHECK_INT(blobs_there(&b), 2);
    CHECK_INT(uploads_there(&b), 0);
    bench_end(&b);
}

static void other_bytes_than_promised_are_refused(void **state)
{
    (void)state;
    struct bench b;
    str digest;
    bench_make(&b);
    CHECK_ERR(keep(&b, S("hallo"), S(HELLO), &digest), ERR_INVALID);
    CHECK_INT(blobs_there(&b) + uploads_there(&b), 0);
    bench_end(&b);
}

static void an_upload_goes_on_after_a_restart(void **state)
{
    (void)state;
    struct bench b;
    struct blob_upload *u = NULL, *other = NULL;
    char digest[BLOB_DIGEST_ROOM];
    size_t length = 0;
    bench_make(&b);
    str name = blob_upload_name(b.arena);
    CHECK_ERR(blob_begin(b.blobs, name, DIGEST_SHA256, &u, &b.why), ERR_OK);
    CHECK_ERR(blob_append(u, S("hel"), &b.why), ERR_OK);
    CHECK_ERR(blob_resume(b.blobs, name, 3, DIGEST_SHA256, &other, &b.why), ERR_CONFLICT);
    CHECK_ERR(blob_append(u, S("XXXX"), &b.why), ERR_OK);
    CHECK_ERR(blob_sync(u, &b.why), ERR_OK);
    blob_leave(u);
    CHECK_ERR(reopen(&b), ERR_OK);
    CHECK_ERR(blob_resume(b.blobs, name, 8, DIGEST_SHA256, &u, &b.why), ERR_NOT_FOUND);
    CHECK_ERR(blob_resume(b.blobs, name, 3, DIGEST_SHA256, &u, &b.why), ERR_OK);
    CHECK_INT(blob_offset(u), 3);
    CHECK_ERR(blob_append(u, S("lo"), &b.why), ERR_OK);
    CHECK_ERR(blob_finish(u, S(HELLO), digest, &length, &b.why), ERR_OK);
    CHECK_STR(content_of(&b, S(HELLO)), S("hello"));
    bench_end(&b);
}

static void nothing_is_half_whatever_call_fails(void **state)
{
    (void)state;
    struct bench b;
    str digest;
    enum err e = ERR_UNAVAILABLE;
    for (unsigned n = 1; e != ERR_OK; n++) {
        CHECK_AT(n);
        bench_make(&b);
        b.calls = 0;
        b.fails_at = n;
        e = keep(&b, S("hello"), (str){0}, &digest);
        CHECK(b.fired == (e != ERR_OK));
        CHECK(e == ERR_OK || e == ERR_UNAVAILABLE);
        b.fails_at = 0;
        str left = content_of(&b, S(HELLO)); /* whole, or not there: a sweep's business when no row tells of it */
        CHECK(str_is_absent(left) || str_equal(left, S("hello")));
        CHECK_ERR(keep(&b, S("hello"), (str){0}, &digest), ERR_OK);
        CHECK_STR(content_of(&b, S(HELLO)), S("hello"));
        bench_end(&b);
        NEED(n < 60);
    }
}

static void damage_is_found(void **state)
{
    (void)state;
    struct bench b;
    str digest;
    uint64_t size = 0;
    bench_make(&b);
    CHECK_ERR(keep(&b, S("hello"), (str){0}, &digest), ERR_OK);
    CHECK_ERR(blob_verify(b.blobs, digest, &size, &b.why), ERR_OK);
    CHECK_INT(size, 5);
    str path = arena_format(b.arena, "%s/blobs/sha256/%.2s/%s", b.folder, &HELLO[7], &HELLO[9]);
    FILE *file = fopen(arena_cstr(b.arena, path), "r+");
    NEED(file != NULL);
    (void)fputc('H', file);
    (void)fclose(file);
    CHECK_ERR(blob_verify(b.blobs, digest, &size, &b.why), ERR_CONFLICT);
    bool removed = true;
    CHECK_ERR(blob_remove(b.blobs, digest, 0, &removed, &b.why), ERR_OK); /* it is younger than that */
    CHECK(!removed && blob_exists(b.blobs, digest));
    for (unsigned i = 0; i < 2; i++) { /* gone is gone */
        CHECK_ERR(blob_remove(b.blobs, digest, INT64_MAX, &removed, &b.why), ERR_OK);
        CHECK(removed);
    }
    CHECK_ERR(blob_verify(b.blobs, digest, &size, &b.why), ERR_NOT_FOUND);
    bench_end(&b);
}

/* A backup holds them: nothing goes until it has let go, then as before. */
static void what_is_held_stays(void **state)
{
    (void)state;
    struct bench b;
    bench_make(&b);
    str digest;
    bool removed = true;
    int held = -1, second = -1;
    CHECK_ERR(keep(&b, S("hello"), S(HELLO), &digest), ERR_OK);
    CHECK_ERR(blobs_hold(b.blobs, &held, &b.why), ERR_OK);
    CHECK_ERR(blobs_hold(b.blobs, &second, &b.why), ERR_CONFLICT);
    CHECK_ERR(blob_remove(b.blobs, digest, INT64_MAX, &removed, &b.why), ERR_OK);
    CHECK(!removed && blob_exists(b.blobs, digest));
    CHECK_ERR(keep(&b, S("hello"), S(HELLO), &digest), ERR_OK); /* coming is not going */
    (void)close(held);
    CHECK_ERR(blob_remove(b.blobs, digest, INT64_MAX, &removed, &b.why), ERR_OK);
    CHECK(removed && !blob_exists(b.blobs, digest));
    bench_end(&b);
}

static void places_of_files_are_told_from_others(void **state)
{
    static const char *const wrong[] = {
        "", "blobs", "blobs/sha256", "blobs/sha256/2c", "vitrine.db", "/blobs/sha256/2c/f2", "blobs/../../etc/passwd",
        "blobs/sha256/2C/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "blobs/sha256/2cf/24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "blobs/md5/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "blobs/sha256/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982",
        "blobs/sha256/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824/x",
    };
    struct arena *a = arena_open(4096);
    (void)state;
    CHECK_STR(blob_path(a, S(HELLO)), S("blobs/sha256/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
    CHECK(blob_path_valid(blob_path(a, S(HELLO)), a));
    for (size_t i = 0; i < COUNTOF(wrong); i++) {
        CHECK_AT(i);
        CHECK(!blob_path_valid(str_of(wrong[i]), a));
    }
    arena_close(a);
}

static str path_of(struct bench *b)
{
    return arena_format(b->arena, "%s/blobs/sha256/%.2s/%s", b->folder, &HELLO[7], &HELLO[9]);
}

static void spoil(struct bench *b)
{
    FILE *file = fopen(arena_cstr(b->arena, path_of(b)), "r+");
    NEED(file != NULL);
    (void)fputc('H', file);
    (void)fclose(file);
}

/* In steps as small as they may be: the same verdict; what is damaged goes where it harms nobody, and comes back by a push. */
static void what_is_damaged_is_set_aside_and_healed(void **state)
{
    (void)state;
    struct bench b;
    struct blob_check *c = NULL;
    str digest;
    bool over = false, done = false;
    unsigned aside = 0;
    bench_make(&b);
    CHECK_ERR(keep(&b, S("hello"), (str){0}, &digest), ERR_OK);
    CHECK_ERR(blob_check_open(b.blobs, digest, &c, &b.why), ERR_OK);
    for (unsigned i = 0; i < 2; i++) { /* whole, and then not */
        for (over = false; !over;)
            CHECK_ERR(blob_check_go_on(c, 1, &over, &b.why), ERR_OK);
        CHECK_INT(blob_check_offset(c), 5);
        CHECK(blob_check_is_whole(c) == (i == 0));
        spoil(&b);
    }
    CHECK_ERR(keep(&b, S("hello"), (str){0}, &digest), ERR_OK); /* another file lies there by now: it is not the one that was read */
    CHECK_ERR(blob_check_set_aside(c, &done, &b.why), ERR_OK);
    CHECK(!done);
    CHECK_STR(content_of(&b, digest), S("hello"));
    blob_check_close(c);
    spoil(&b);
    CHECK_ERR(blob_check_open(b.blobs, digest, &c, &b.why), ERR_OK);
    CHECK_ERR(blob_check_set_aside(c, &done, &b.why), ERR_OK);
    CHECK(done && !blob_exists(b.blobs, digest));
    blob_check_close(c);
    CHECK_ERR(blob_each_damaged(b.blobs, count_one, &aside, &b.why), ERR_OK);
    CHECK_INT(aside, 1);
    CHECK_ERR(keep(&b, S("hello"), (str){0}, &digest), ERR_OK);
    CHECK_STR(content_of(&b, digest), S("hello"));
    CHECK_ERR(blob_forget_damaged(b.blobs, digest, &b.why), ERR_OK);
    CHECK_ERR(blob_forget_damaged(b.blobs, digest, &b.why), ERR_OK);
    CHECK_ERR(blob_each_damaged(b.blobs, count_one, &aside, &b.why), ERR_OK);
    CHECK_INT(aside, 1);
    bench_end(&b);
}

/* The same file under both names, as when a directory is adopted twice: one name is left. */
static void the_same_file_is_kept_once(void **state)
{
    (void)state;
    struct bench b;
    struct blob_upload *u = NULL;
    char is[BLOB_DIGEST_ROOM];
    size_t length = 0;
    str digest;
    bench_make(&b);
    CHECK_ERR(keep(&b, S("hello"), (str){0}, &digest), ERR_OK);
    str name = blob_upload_name(b.arena);
    CHECK_INT(link(arena_cstr(b.arena, path_of(&b)), arena_cstr(b.arena, arena_format(b.arena, "%s/uploads/" STR_FMT, b.folder, STR_ARG(name)))), 0);
    CHECK_ERR(blob_resume(b.blobs, name, 5, DIGEST_SHA256, &u, &b.why), ERR_OK);
    CHECK_ERR(blob_finish(u, digest, is, &length, &b.why), ERR_OK);
    CHECK_STR(content_of(&b, digest), S("hello"));
    CHECK_INT(uploads_there(&b), 0);
    bench_end(&b);
}

/* Large pieces are hashed by a second thread while they are written, while there are cores for it: whoever does it, it is the same. */
static void large_pieces_are_hashed_beside(void **state)
{
    (void)state;
    enum { UPLOADS = 5, PIECES = 3, PIECE = 300 << 10 };
    struct bench b;
    struct blob_upload *u[UPLOADS];
    char *piece = malloc(PIECE);
    bench_make(&b);
    NEED(piece != NULL);
    for (size_t i = 0; i < UPLOADS; i++)
        CHECK_ERR(blob_begin(b.blobs, blob_upload_name(b.arena), DIGEST_SHA256, &u[i], &b.why), ERR_OK);
    for (size_t k = 0; k < PIECES; k++)
        for (size_t i = 0; i < UPLOADS; i++) {
            memset(piece, (int)('a' + i), PIECE);
            CHECK_ERR(blob_append(u[i], (str){piece, PIECE}, &b.why), ERR_OK);
        }
    for (size_t i = 0; i < UPLOADS; i++) {
        char digest[BLOB_DIGEST_ROOM];
        size_t length = 0;
        uint64_t size = 0;
        CHECK_ERR(blob_finish(u[i], (str){0}, digest, &length, &b.why), ERR_OK);
        CHECK_ERR(blob_verify(b.blobs, (str){digest, length}, &size, &b.why), ERR_OK);
        CHECK_INT(size, PIECES * PIECE);
    }
    b.calls = 0; /* a write that fails leaves nobody waiting */
    b.fails_at = 3;
    CHECK_ERR(blob_begin(b.blobs, blob_upload_name(b.arena), DIGEST_SHA256, &u[0], &b.why), ERR_OK);
    CHECK_ERR(blob_append(u[0], (str){piece, PIECE}, &b.why), ERR_OK);
    CHECK_ERR(blob_append(u[0], (str){piece, PIECE}, &b.why), ERR_UNAVAILABLE);
    blob_leave(u[0]);
    free(piece);
    bench_end(&b);
}

/* Sent in pieces with somebody else in between: what was hashed as it came is used again only when it is of these bytes. */
static void digests_that_are_kept_warm_are_of_these_bytes(void **state)
{
    static const struct {
        const char *first, *between, *last;
        uint64_t goes_on_at;
    } rows[] = {
        {"hel", NULL, "lo", 3},           /* as containers' clients do */
        {"hello", NULL, "", 5},           /* all of it before the last request */
        {"helXX", NULL, "lo", 3},         /* what came last did not count */
        {"helXX", "lo", "", 3},           /* … and somebody went on from there, as long as it was before */
        {"", NULL, "hello", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct bench b;
        struct blob_upload *u = NULL;
        char digest[BLOB_DIGEST_ROOM];
        size_t length = 0;
        uint64_t at = rows[i].goes_on_at;
        CHECK_AT(i);
        bench_make(&b);
        str name = blob_upload_name(b.arena);
        CHECK_ERR(blob_begin(b.blobs, name, DIGEST_SHA256, &u, &b.why), ERR_OK);
        CHECK_ERR(blob_append(u, str_of(rows[i].first), &b.why), ERR_OK);
        CHECK_ERR(blob_sync(u, &b.why), ERR_OK);
        blob_leave(u);
        if (rows[i].between) { /* another process */
            struct blobs *mine = b.blobs;
            b.blobs = NULL;
            CHECK_ERR(reopen(&b), ERR_OK);
            CHECK_ERR(blob_resume(b.blobs, name, at, DIGEST_SHA256, &u, &b.why), ERR_OK);
            CHECK_ERR(blob_append(u, str_of(rows[i].between), &b.why), ERR_OK);
            CHECK_ERR(blob_sync(u, &b.why), ERR_OK);
            blob_leave(u);
            at += strlen(rows[i].between);
            blobs_close(b.blobs);
            b.blobs = mine;
        }
        CHECK_ERR(blob_resume(b.blobs, name, at, DIGEST_SHA256, &u, &b.why), ERR_OK);
        CHECK(blob_upload_is_busy(b.blobs, name));
        CHECK_ERR(blob_append(u, str_of(rows[i].last), &b.why), ERR_OK);
        CHECK_ERR(blob_finish(u, S(HELLO), digest, &length, &b.why), ERR_OK);
        CHECK(!blob_upload_is_busy(b.blobs, name));
        CHECK_STR(content_of(&b, S(HELLO)), S("hello"));
        bench_end(&b);
    }
}

/* Security F-2: names are hex or refused, and links that somebody planted are not followed. */
static void f_2_no_name_leads_out_of_the_store(void **state)
{
    (void)state;
    static const str names[] = {
        STR("sha256:../../master.key"), STR("sha256:"), STR("md5:2cf24dba5fb0a30e26e83b2ac5b9e29e"), STR(""), STR("sha256"),
        STR("sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824"), STR(HELLO "0"), STR(HELLO "\0"),
        STR("sha512:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
    };
    struct bench b;
    struct blob_reader *r = NULL;
    struct blob_upload *u = NULL;
    bench_make(&b);
    for (size_t i = 0; i < COUNTOF(names); i++) {
        CHECK_AT(i);
        CHECK(!blob_digest_valid(names[i]));
        CHECK_ERR(blob_open(b.blobs, names[i], &r, &b.why), ERR_NOT_FOUND);
        CHECK_ERR(blob_resume(b.blobs, names[i], 0, DIGEST_SHA256, &u, &b.why), ERR_NOT_FOUND);
    }
    str digest;
    CHECK_ERR(keep(&b, S("hello"), (str){0}, &digest), ERR_OK);
    str path = arena_format(b.arena, "%s/blobs/sha256/%.2s/%s", b.folder, &HELLO[7], &HELLO[9]);
    CHECK_INT(unlink(arena_cstr(b.arena, path)), 0);
    CHECK_INT(symlink("/etc/passwd", arena_cstr(b.arena, path)), 0);
    CHECK_ERR(blob_open(b.blobs, S(HELLO), &r, &b.why), ERR_UNAVAILABLE);
    CHECK_ERR(keep(&b, S("hello"), (str){0}, &digest), ERR_UNAVAILABLE);
    bench_end(&b);
}

CHECK_MAIN(TEST(bytes_are_kept_by_what_they_are), TEST(other_bytes_than_promised_are_refused),
           TEST(an_upload_goes_on_after_a_restart), TEST(nothing_is_half_whatever_call_fails), TEST(damage_is_found),
           TEST(what_is_held_stays), TEST(places_of_files_are_told_from_others), TEST(what_is_damaged_is_set_aside_and_healed), TEST(the_same_file_is_kept_once),
           TEST(large_pieces_are_hashed_beside),
           TEST(digests_that_are_kept_warm_are_of_these_bytes),
           TEST(f_2_no_name_leads_out_of_the_store))
