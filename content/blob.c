#include "content/blob.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypt.h"
#include "content/store/blobs_files.h"

#define PIECE_BYTES (64u << 10)
#define UPLOAD_NAME_LENGTH 32u

struct blobs {
    struct blob_files *files;
};

struct blob_upload {
    struct blobs *blobs;
    char name[UPLOAD_NAME_LENGTH];
    int fd;
    uint64_t offset;
    enum digest_kind kind;
    bool is_cut;                      /* nothing lies behind the offset */
    struct digest *digest;            /* of all bytes so far; NULL: some came in an earlier life, they are read again */
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
    if (e != ERR_OK)
        free(b);
    else
        *out = b;
    return e;
}

void blobs_close(struct blobs *b)
{
    if (!b)
        return;
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
    enum err e = files_again(b->files, name, offset, &u->fd, why);
    if (e != ERR_OK) {
        upload_close(u);
        return e;
    }
    u->offset = offset;
    u->digest = offset == 0 ? digest_open(kind) : NULL;
    *out = u;
    return ERR_OK;
}

static enum err cut(struct blob_upload *u, struct problem *why)
{
    if (u->is_cut)
        return ERR_OK;
    u->is_cut = true;
    return files_cut(u->blobs->files, u->fd, u->offset, why);
}

enum err blob_append(struct blob_upload *u, str bytes, struct problem *why)
{
    TRY(cut(u, why));
    TRY(files_write(u->blobs->files, u->fd, bytes, why));
    if (u->digest)
        digest_add(u->digest, bytes.at, bytes.len);
    u->offset += bytes.len;
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
    return files_stay(u->blobs->files, u->fd, why);
}

void blob_leave(struct blob_upload *u)
{
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
    TRY(files_sync(u->blobs->files, u->fd, why));
    must(take_apart(is, &kind, &hex));
    return files_settle(u->blobs->files, name_of(u), kind, hex, why);
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

enum err blob_verify(struct blobs *b, str digest, uint64_t *size, struct problem *why)
{
    struct blob_reader *r = NULL;
    char is[BLOB_DIGEST_ROOM];
    TRY(blob_open(b, digest, &r, why));
    enum digest_kind kind = str_starts(digest, S("sha512:")) ? DIGEST_SHA512 : DIGEST_SHA256;
    struct digest *d = digest_open(kind);
    enum err e = digest_file(r->fd, d, size, why);
    size_t length = digest_text(d, kind, is);
    digest_close(d);
    blob_close(r);
    if (e == ERR_OK && !str_equal((str){is, length}, digest))
        return problem_set(why, ERR_CONFLICT, "The blob " STR_FMT " is damaged", STR_ARG(digest));
    return e;
}

enum err blob_remove(struct blobs *b, str digest, struct problem *why)
{
    str kind, hex;
    must(take_apart(digest, &kind, &hex));
    return files_remove(b->files, kind, hex, why);
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

enum err blob_each(struct blobs *b, blob_see *see, void *self, struct problem *why)
{
    struct only_ours ours = {see, self, blob_digest_valid};
    for (enum digest_kind k = 0; k < DIGEST_KIND_COUNT; k++)
        TRY(files_each(b->files, digest_name(k), pass_on, &ours, why));
    return ERR_OK;
}

enum err blob_upload_each(struct blobs *b, blob_see *see, void *self, struct problem *why)
{
    struct only_ours ours = {see, self, is_upload_name};
    return files_each_upload(b->files, pass_on, &ours, why);
}
