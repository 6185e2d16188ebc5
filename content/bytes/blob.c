#include "content/bytes/blob.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypt.h"
#include "content/store/blobs_files.h"
#include "content/store/hasher.h"
#include "content/store/warm_digests.h"

#define PIECE_BYTES (256u << 10)
#define HELP_BYTES  (128u << 10) /* pieces that are worth a helper, once so much came before */
#define START_BYTES (8u << 20) /* the disk begins with what came when there is so much of it */
#define UPLOAD_NAME_LENGTH 32u

struct blobs {
    struct blob_files *files;
    struct warm_digests *warm;
    long helpers_max;                 /* so many cores there are */
    _Atomic(long) helpers;
};

struct blob_upload {
    struct blobs *blobs;
    char name[UPLOAD_NAME_LENGTH];
    int fd;
    uint64_t offset;
    enum digest_kind kind;
    uint64_t started;                 /* so far the disk was told to begin */
    bool is_cut;                      /* nothing lies behind the offset */
    bool is_named;                    /* its name survives a crash */
    bool is_safe;                     /* all of its bytes do */
    struct digest *digest;            /* of all bytes so far; NULL: some came in an earlier life, they are read again */
    struct hasher *helper;            /* NULL: none */
};

struct blob_reader {
    int fd;
    uint64_t size;
};

enum err blobs_open(const struct blobs_config *config, struct blobs **out, struct problem *why)
{
    struct blobs *b = calloc(1, sizeof *b);
    must(b != NULL);
    enum err e = files_open(config, &b->files, why);
    if (e != ERR_OK) {
        free(b);
        return e;
    }
    b->warm = warm_digests_open();
    b->helpers_max = sysconf(_SC_NPROCESSORS_ONLN);
    *out = b;
    return ERR_OK;
}

void blobs_close(struct blobs *b)
{
    if (!b)
        return;
    warm_digests_close(b->warm);
    files_close(b->files);
    free(b);
}

int blobs_directory(const struct blobs *b)
{
    return files_directory(b->files);
}

static bool is_hex(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
            return false;
    return true;
}

static bool take_apart(str digest, str *kind, str *hex)
{
    if (!str_cut(digest, ':', kind, hex) || !is_hex(*hex))
        return false;
    for (enum digest_kind k = 0; k < DIGEST_KIND_COUNT; k++)
        if (str_equal(*kind, digest_name(k)))
            return hex->len == 2 * digest_length(k);
    return false;
}

bool blob_digest_valid(str digest)
{
    str kind, hex;
    return take_apart(digest, &kind, &hex);
}

static bool is_upload_name(str name)
{
    return name.len == UPLOAD_NAME_LENGTH && is_hex(name);
}

/* ---- receiving ---- */

str blob_upload_name(struct arena *a)
{
    return crypt_random_text(a, alphabet_hex, UPLOAD_NAME_LENGTH);
}

static struct blob_upload *upload_of(struct blobs *b, str name, enum digest_kind kind)
{
    struct blob_upload *u = calloc(1, sizeof *u);
    must(u != NULL && is_upload_name(name));
    *u = (struct blob_upload){.blobs = b, .fd = -1, .kind = kind};
    memcpy(u->name, name.at, name.len);
    return u;
}

static str name_of(const struct blob_upload *u)
{
    return (str){u->name, sizeof u->name};
}

static void upload_close(struct blob_upload *u)
{
    if (u->fd >= 0)
        (void)close(u->fd);
    if (u->helper)
        u->blobs->helpers--;
    hasher_close(u->helper);
    digest_close(u->digest);
    free(u);
}

enum err blob_begin(struct blobs *b, str name, enum digest_kind kind, struct blob_upload **out, struct problem *why)
{
    struct blob_upload *u = upload_of(b, name, kind);
    enum err e = files_make(b->files, name, &u->fd, why);
    if (e != ERR_OK) {
        upload_close(u);
        return e;
    }
    u->digest = digest_open(kind);
    u->is_cut = true;
    *out = u;
    return ERR_OK;
}

enum err blob_resume(struct blobs *b, str name, uint64_t offset, enum digest_kind kind, struct blob_upload **out,
                     struct problem *why)
{
    if (!is_upload_name(name))
        return problem_set(why, ERR_NOT_FOUND, "There is no such upload");
    struct blob_upload *u = upload_of(b, name, kind);
    struct problem own = {.arena = why->arena};
    struct warm_name warm = {name, offset, kind, 0};
    enum err e = files_again(b->files, name, offset, &u->fd, &own);
    if (e == ERR_NOT_FOUND && offset == 0 && u->fd < 0) /* there was nothing to be lost */
        e = files_make(b->files, name, &u->fd, why);
    else if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    if (e != ERR_OK) {
        upload_close(u);
        return e;
    }
    u->offset = u->started = offset;
    u->is_named = u->is_safe = offset > 0;
    struct digest *kept = files_stamp(u->fd, &warm.written_ns) ? warm_digest_take(b->warm, &warm) : NULL;
    if (offset == 0) {
        digest_close(kept);
        kept = digest_open(kind);
    }
    u->digest = kept;
    *out = u;
    return ERR_OK;
}

static enum err cut(struct blob_upload *u, struct problem *why)
{
    if (u->is_cut)
        return ERR_OK;
    bool was_longer = false;
    u->is_cut = true;
    TRY(files_cut(u->blobs->files, u->fd, u->offset, &was_longer, why));
    u->is_safe = u->is_safe && !was_longer;
    return ERR_OK;
}

/* Where more come at once than there are cores, each does it alone. */
static bool has_helper(struct blob_upload *u, size_t length)
{
    if (u->helper || !u->digest || length < HELP_BYTES || u->offset < HELP_BYTES)
        return u->helper && u->digest && length >= HELP_BYTES;
    if (u->blobs->helpers++ < u->blobs->helpers_max)
        u->helper = hasher_open();
    if (!u->helper)
        u->blobs->helpers--;
    return u->helper != NULL;
}

static enum err write_and_hash(struct blob_upload *u, str bytes, struct problem *why)
{
    bool helped = has_helper(u, bytes.len);
    if (helped)
        hasher_give(u->helper, u->digest, bytes);
    enum err e = files_write(u->blobs->files, u->fd, bytes, why);
    if (helped)
        hasher_wait(u->helper);
    else if (e == ERR_OK && u->digest)
        digest_add(u->digest, bytes.at, bytes.len);
    if (e != ERR_OK) { /* nobody knows of how many bytes it would be */
        digest_close(u->digest);
        u->digest = NULL;
    }
    return e;
}

enum err blob_append(struct blob_upload *u, str bytes, struct problem *why)
{
    TRY(cut(u, why));
    TRY(write_and_hash(u, bytes, why));
    u->offset += bytes.len;
    u->is_safe = u->is_safe && bytes.len == 0;
    if (u->offset - u->started >= START_BYTES) {
        files_start(u->fd, u->started, u->offset - u->started);
        u->started = u->offset;
    }
    return ERR_OK;
}

uint64_t blob_offset(const struct blob_upload *u)
{
    return u->offset;
}

enum err blob_peek(struct blob_upload *u, void *into, size_t room, size_t *got, struct problem *why)
{
    return files_pread(u->fd, 0, into, room, got, why);
}

enum err blob_sync(struct blob_upload *u, struct problem *why)
{
    if (!u->is_safe)
        TRY(files_sync(u->blobs->files, u->fd, why));
    u->is_safe = true;
    if (!u->is_named)
        TRY(files_stay(u->blobs->files, why));
    u->is_named = true;
    return ERR_OK;
}

void blob_leave(struct blob_upload *u)
{
    struct warm_name warm = {name_of(u), u->offset, u->kind, 0};
    if (u->digest && u->is_safe && u->offset > 0 && files_stamp(u->fd, &warm.written_ns)) {
        warm_digest_keep(u->blobs->warm, &warm, u->digest);
        u->digest = NULL;
    }
    upload_close(u);
}

void blob_drop(struct blob_upload *u)
{
    struct problem unused = {0};
    if (!u)
        return;
    err_ignored(files_forget(u->blobs->files, name_of(u), &unused)); /* the sweep finds it */
    upload_close(u);
}

static enum err digest_file(int fd, struct digest *d, uint64_t *size, struct problem *why)
{
    char *piece = malloc(PIECE_BYTES);
    size_t got = 0;
    enum err e = ERR_OK;
    must(piece != NULL);
    *size = 0;
    do {
        e = files_pread(fd, *size, piece, PIECE_BYTES, &got, why);
        digest_add(d, piece, got);
        *size += got;
    } while (e == ERR_OK && got > 0);
    free(piece);
    return e;
}

/* "sha256:…"; the digest is used up. */
static size_t digest_text(struct digest *d, enum digest_kind kind, char out[BLOB_DIGEST_ROOM])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[DIGEST_LARGEST];
    str name = digest_name(kind);
    size_t n = digest_end(d, bytes), length = name.len + 1;
    memcpy(out, name.at, name.len);
    out[name.len] = ':';
    for (size_t i = 0; i < n; i++) {
        out[length++] = digits[bytes[i] >> 4];
        out[length++] = digits[bytes[i] & 15];
    }
    return length;
}

static enum err settle(struct blob_upload *u, str wanted, char *digest, size_t *length, struct problem *why)
{
    uint64_t size = u->offset;
    str kind, hex;
    TRY(cut(u, why));
    if (!u->digest) {
        u->digest = digest_open(u->kind);
        TRY(digest_file(u->fd, u->digest, &size, why));
    }
    if (size != u->offset)
        return problem_set(why, ERR_UNAVAILABLE, "The upload is not as long as it was");
    *length = digest_text(u->digest, u->kind, digest);
    str is = {digest, *length};
    if (!str_is_absent(wanted) && !str_equal(wanted, is))
        return problem_fault(why, ERR_INVALID, S("digest"), S("digest"), "The bytes have the digest " STR_FMT, STR_ARG(is));
    if (!u->is_safe)
        TRY(files_sync(u->blobs->files, u->fd, why));
    must(take_apart(is, &kind, &hex));
    return files_settle(u->blobs->files, name_of(u), kind, hex, why);
}

enum err blob_settle(struct blob_upload *u, str wanted, char *digest, size_t *digest_length, struct problem *why)
{
    enum err e = settle(u, wanted, digest, digest_length, why);
    if (e == ERR_INVALID)
        blob_drop(u);
    else
        upload_close(u);
    return e;
}

enum err blob_finish(struct blob_upload *u, str wanted, char *digest, size_t *digest_length, struct problem *why)
{
    enum err e = settle(u, wanted, digest, digest_length, why);
    if (e != ERR_OK)
        blob_drop(u);
    else
        upload_close(u);
    return e;
}

/* ---- reading ---- */

enum err blob_open(struct blobs *b, str digest, struct blob_reader **out, struct problem *why)
{
    str kind, hex;
    int fd = -1;
    uint64_t size = 0;
    if (!take_apart(digest, &kind, &hex))
        return problem_set(why, ERR_NOT_FOUND, "There is no such blob");
    TRY(files_read(b->files, kind, hex, &fd, &size, why));
    struct blob_reader *r = calloc(1, sizeof *r);
    must(r != NULL);
    *r = (struct blob_reader){fd, size};
    *out = r;
    return ERR_OK;
}

uint64_t blob_size(const struct blob_reader *r)
{
    return r->size;
}

enum err blob_read(struct blob_reader *r, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    return files_pread(r->fd, offset, into, room, got, why);
}

int blob_file(const struct blob_reader *r)
{
    return r->fd;
}

void blob_close(struct blob_reader *r)
{
    if (!r)
        return;
    (void)close(r->fd);
    free(r);
}

bool blob_exists(struct blobs *b, str digest)
{
    struct blob_reader *r = NULL;
    struct problem unused = {0};
    bool is_there = blob_open(b, digest, &r, &unused) == ERR_OK;
    blob_close(r);
    return is_there;
}

/* ---- looking whether it still holds what its name says ---- */

struct blob_check {
    struct blobs *blobs;
    struct blob_reader *reader;
    struct digest *digest;
    enum digest_kind kind;
    uint64_t offset;
    size_t name_length;
    char name[BLOB_DIGEST_ROOM];
};

enum err blob_check_open(struct blobs *b, str digest, struct blob_check **out, struct problem *why)
{
    struct blob_reader *r = NULL;
    TRY(blob_open(b, digest, &r, why));
    struct blob_check *c = calloc(1, sizeof *c);
    must(c != NULL && digest.len <= sizeof c->name);
    *c = (struct blob_check){.blobs = b, .reader = r, .name_length = digest.len};
    c->kind = str_starts(digest, S("sha512:")) ? DIGEST_SHA512 : DIGEST_SHA256;
    c->digest = digest_open(c->kind);
    memcpy(c->name, digest.at, digest.len);
    *out = c;
    return ERR_OK;
}

enum err blob_check_go_on(struct blob_check *c, uint64_t most, bool *over, struct problem *why)
{
    char *piece = malloc(PIECE_BYTES);
    uint64_t end = most < UINT64_MAX - c->offset ? c->offset + most : UINT64_MAX;
    enum err e = ERR_OK;
    must(piece != NULL);
    *over = false;
    while (e == ERR_OK && !*over && c->offset < end) {
        size_t got = 0;
        e = files_pread(c->reader->fd, c->offset, piece, PIECE_BYTES, &got, why);
        if (got > 0) {
            digest_add(c->digest, piece, got);
            files_pass(c->reader->fd, c->offset, got);
        }
        c->offset += got;
        *over = e == ERR_OK && got == 0;
    }
    free(piece);
    return e;
}

uint64_t blob_check_offset(const struct blob_check *c)
{
    return c->offset;
}

bool blob_check_is_whole(struct blob_check *c)
{
    char is[BLOB_DIGEST_ROOM];
    size_t length = digest_text(c->digest, c->kind, is);
    digest_close(c->digest);
    c->digest = digest_open(c->kind);
    c->offset = 0;
    return str_equal((str){is, length}, (str){c->name, c->name_length});
}

enum err blob_check_set_aside(struct blob_check *c, bool *done, struct problem *why)
{
    str kind, hex;
    must(take_apart((str){c->name, c->name_length}, &kind, &hex));
    return files_set_aside(c->blobs->files, kind, hex, c->reader->fd, done, why);
}

void blob_check_close(struct blob_check *c)
{
    if (!c)
        return;
    digest_close(c->digest);
    blob_close(c->reader);
    free(c);
}

enum err blob_verify(struct blobs *b, str digest, uint64_t *size, struct problem *why)
{
    struct blob_check *c = NULL;
    bool over = false;
    TRY(blob_check_open(b, digest, &c, why));
    enum err e = blob_check_go_on(c, UINT64_MAX, &over, why);
    *size = blob_check_offset(c);
    bool is_whole = e == ERR_OK && blob_check_is_whole(c);
    blob_check_close(c);
    if (e == ERR_OK && !is_whole)
        return problem_set(why, ERR_CONFLICT, "The blob " STR_FMT " is damaged", STR_ARG(digest));
    return e;
}

/* ---- what goes ---- */

enum err blob_remove(struct blobs *b, str digest, int64_t before_ms, bool *removed, struct problem *why)
{
    str kind, hex;
    must(take_apart(digest, &kind, &hex));
    return files_remove(b->files, kind, hex, before_ms, removed, why);
}

enum err blobs_hold(struct blobs *b, int *fd, struct problem *why)
{
    return files_hold(b->files, fd, why);
}

str blob_path(struct arena *a, str digest)
{
    str kind, hex;
    must(take_apart(digest, &kind, &hex));
    return arena_format(a, "blobs/" STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(kind), STR_ARG(str_slice(hex, 0, 2)),
                        STR_ARG(str_slice(hex, 2, hex.len)));
}

bool blob_path_valid(str path, struct arena *a)
{
    str top, kind, two, rest, behind;
    if (!str_cut(path, '/', &top, &rest) || !str_equal(top, S("blobs")) || !str_cut(rest, '/', &kind, &behind) ||
        !str_cut(behind, '/', &two, &rest) || two.len != 2)
        return false;
    return blob_digest_valid(arena_format(a, STR_FMT ":" STR_FMT STR_FMT, STR_ARG(kind), STR_ARG(two), STR_ARG(rest)));
}

enum err blob_upload_remove(struct blobs *b, str name, struct problem *why)
{
    must(is_upload_name(name));
    return files_forget(b->files, name, why);
}

struct only_ours {
    blob_see *see;
    void *self;
    bool (*is_ours)(str name);
};

static enum err pass_on(void *self, const struct blob_seen *seen, struct problem *why)
{
    struct only_ours *o = self;
    return o->is_ours(seen->name) ? o->see(o->self, seen, why) : ERR_OK;
}

enum err blob_each_in(struct blobs *b, unsigned folder, blob_see *see, void *self, struct problem *why)
{
    struct only_ours ours = {see, self, blob_digest_valid};
    must(folder < BLOB_FOLDERS * DIGEST_KIND_COUNT);
    return files_each(b->files, digest_name((enum digest_kind)(folder / BLOB_FOLDERS)), folder % BLOB_FOLDERS, pass_on, &ours, why);
}

enum err blob_each(struct blobs *b, blob_see *see, void *self, struct problem *why)
{
    for (unsigned i = 0; i < BLOB_FOLDERS * DIGEST_KIND_COUNT; i++)
        TRY(blob_each_in(b, i, see, self, why));
    return ERR_OK;
}

enum err blob_upload_each(struct blobs *b, blob_see *see, void *self, struct problem *why)
{
    struct only_ours ours = {see, self, is_upload_name};
    return files_each_upload(b->files, pass_on, &ours, why);
}

bool blob_upload_is_there(struct blobs *b, str name)
{
    return is_upload_name(name) && files_there(b->files, name);
}

bool blob_upload_is_busy(struct blobs *b, str name)
{
    return is_upload_name(name) && files_busy(b->files, name);
}

/* "sha256-…" back to a digest. */
static enum err see_aside(void *self, const struct blob_seen *seen, struct problem *why)
{
    struct only_ours *o = self;
    struct blob_seen as = *seen;
    char name[BLOB_DIGEST_ROOM];
    str kind, hex;
    if (seen->name.len > sizeof name || !str_cut(seen->name, '-', &kind, &hex))
        return ERR_OK;
    memcpy(name, seen->name.at, seen->name.len);
    name[kind.len] = ':';
    as.name = (str){name, seen->name.len};
    return o->is_ours(as.name) ? o->see(o->self, &as, why) : ERR_OK;
}

enum err blob_each_damaged(struct blobs *b, blob_see *see, void *self, struct problem *why)
{
    struct only_ours ours = {see, self, blob_digest_valid};
    return files_each_aside(b->files, see_aside, &ours, why);
}

enum err blob_forget_damaged(struct blobs *b, str digest, struct problem *why)
{
    char name[BLOB_DIGEST_ROOM];
    str kind, hex;
    must(take_apart(digest, &kind, &hex));
    memcpy(name, digest.at, digest.len);
    name[kind.len] = '-';
    return files_forget_aside(b->files, (str){name, digest.len}, why);
}

void blobs_watch(struct blobs *b, bool (*fails)(void *self, const char *call), void *self)
{
    files_watch(b->files, fails, self);
}
