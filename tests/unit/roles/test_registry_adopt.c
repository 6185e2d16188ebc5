/* Files of others become blobs (content/bytes/adopt.h): which are linked, which are copied, and what happens to those that are not what
 * they should be. */
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/house.h"

#include "base/crypt.h"
#include "roles/registry/adopt.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct bench {
    struct house *house;
    struct arena *arena;
    const struct principal *who;
    char folder[FOLDER_ROOM], file[80];
};

static void open_bench(struct bench *b)
{
    *b = (struct bench){.house = house_open(), .arena = arena_open(64u << 10)};
    b->who = principal_system(b->house->gate, b->arena, SYSTEM_COMMAND);
    folder_new(b->folder, "adopt");
    (void)snprintf(b->file, sizeof b->file, "%s/file", b->folder);
}

static void close_bench(struct bench *b)
{
    (void)unlink(b->file);
    (void)rmdir(b->folder);
    arena_close(b->arena);
    house_close(b->house);
}

static int put(struct bench *b, const char *content, mode_t mode)
{
    (void)unlink(b->file);
    FILE *f = fopen(b->file, "wb");
    NEED(f != NULL);
    (void)fputs(content, f);
    (void)fclose(f);
    NEED(chmod(b->file, mode) == 0);
    return open(b->file, O_RDONLY | O_CLOEXEC);
}

static str digest_for(struct bench *b, const char *content, enum digest_kind kind)
{
    return arena_format(b->arena, STR_FMT ":" STR_FMT, STR_ARG(digest_name(kind)), STR_ARG(digest_hex(b->arena, kind, str_of(content))));
}

static enum err adopt(struct bench *b, const struct principal *who, const char *repository, str digest, int fd, enum adopted *how)
{
    struct problem why = {.arena = b->arena};
    enum err e = gate_layer_adopt(b->house->gate, who, str_of(repository), digest, fd, b->arena, how, &why);
    (void)close(fd);
    return e;
}

static struct stat look(struct bench *b)
{
    struct stat st = {0};
    NEED(stat(b->file, &st) == 0);
    return st;
}

static str pulled(struct bench *b, const char *repository, str digest)
{
    struct registry_bytes bytes;
    struct problem why = {.arena = b->arena};
    char *text = arena_get(b->arena, 256, 1);
    size_t got = 0;
    if (gate_layer_open(b->house->gate, b->who, str_of(repository), digest, false, b->arena, &bytes, &why) != ERR_OK)
        return S("(none)");
    CHECK_ERR(registry_read(&bytes, 0, text, 256, &got, &why), ERR_OK);
    registry_close(&bytes);
    return (str){text, got};
}

static void a_file_is_linked_and_shut(void **state)
{
    static const enum digest_kind kinds[] = {DIGEST_SHA256, DIGEST_SHA512};
    struct bench b;
    (void)state;
    open_bench(&b);
    for (size_t i = 0; i < COUNTOF(kinds); i++) {
        enum adopted how;
        CHECK_AT(i);
        int fd = put(&b, "some bytes", 0664);
        str digest = digest_for(&b, "some bytes", kinds[i]);
        CHECK_ERR(adopt(&b, b.who, "acme/app", digest, fd, &how), ERR_OK);
        CHECK_INT(how, ADOPTED_LINKED);
        CHECK_INT(look(&b).st_nlink, 2);
        CHECK_INT(look(&b).st_mode & 07777, 0444);
        CHECK_STR(pulled(&b, "acme/app", digest), S("some bytes"));
        (void)unlink(b.file);
        CHECK_STR(pulled(&b, "acme/app", digest), S("some bytes"));
        /* again, and elsewhere: bytes that are here are not looked at */
        CHECK_ERR(adopt(&b, b.who, "acme/app", digest, put(&b, "other", 0644), &how), ERR_OK);
        CHECK_INT(how, ADOPTED_THERE);
        CHECK_ERR(adopt(&b, b.who, "acme/other", digest, put(&b, "some bytes", 0644), &how), ERR_OK);
        CHECK_INT(how, ADOPTED_THERE);
        CHECK_INT(look(&b).st_nlink, 1);
        CHECK_INT(look(&b).st_mode & 07777, 0644);
    }
    close_bench(&b);
}

static void nothing_is_copied_too(void **state)
{
    struct bench b;
    enum adopted how;
    (void)state;
    open_bench(&b);
    str digest = digest_for(&b, "", DIGEST_SHA256);
    CHECK_ERR(adopt(&b, b.who, "acme/app", digest, put(&b, "", 0600), &how), ERR_OK);
    CHECK_INT(how, ADOPTED_COPIED);
    CHECK_STR(pulled(&b, "acme/app", digest), S(""));
    close_bench(&b);
}

static void other_bytes_stay_what_they_were(void **state)
{
    struct bench b;
    enum adopted how;
    (void)state;
    open_bench(&b);
    str digest = digest_for(&b, "right", DIGEST_SHA256);
    CHECK_ERR(adopt(&b, b.who, "acme/app", digest, put(&b, "wrong", 0640), &how), ERR_INVALID);
    CHECK_INT(look(&b).st_nlink, 1);
    CHECK_INT(look(&b).st_mode & 07777, 0640);
    CHECK_STR(pulled(&b, "acme/app", digest), S("(none)"));
    CHECK_ERR(adopt(&b, b.who, "acme/app", digest, open(b.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), &how), ERR_INVALID);
    CHECK_ERR(adopt(&b, b.who, "acme/app", S("sha256:abc"), put(&b, "right", 0600), &how), ERR_BAD_INPUT);
    CHECK_ERR(adopt(&b, b.who, "Acme", digest, put(&b, "right", 0600), &how), ERR_BAD_INPUT);
    CHECK_INT(look(&b).st_mode & 07777, 0600);
    close_bench(&b);
}

/* It is pushing: without the right nothing is even looked at. */
static void r_2_adopting_needs_the_right_to_push(void **state)
{
    struct bench b;
    enum adopted how;
    (void)state;
    open_bench(&b);
    house_people(b.house, "{roles: {reader: [{collection:'repositories', verbs:['read']}]}, keys: {reader: {role:'reader'}}}");
    const struct principal *who = house_who(b.house, b.arena, house_key(b.house, "reader"));
    CHECK_ERR(adopt(&b, who, "acme/app", digest_for(&b, "x", DIGEST_SHA256), put(&b, "x", 0600), &how), ERR_FORBIDDEN);
    CHECK_INT(look(&b).st_nlink, 1);
    close_bench(&b);
}

CHECK_MAIN(TEST(a_file_is_linked_and_shut), TEST(nothing_is_copied_too), TEST(other_bytes_stay_what_they_were), TEST(r_2_adopting_needs_the_right_to_push))
