#include "content/bytes/adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "content/internal.h"

#define PIECE_BYTES (256u << 10)
#define MODE_BITS 07777u
#define WRITE_BITS 0222u

struct adoption {
    struct blobs *blobs;
    int fd, uploads;
    struct stat st;
    str digest;
    char name[64];                    /* of the upload */
    bool is_shut;                     /* the file was made read-only */
};

static enum digest_kind kind_of(str digest)
{
    return str_starts(digest, S("sha512:")) ? DIGEST_SHA512 : DIGEST_SHA256;
}

/* There already: its age begins anew, so that the sweep leaves it to us. */
static bool is_there(struct adoption *d)
{
    struct blob_reader *r = NULL;
    struct problem unused = {0};
    if (blob_open(d->blobs, d->digest, &r, &unused) != ERR_OK)
        return false;
    bool is_kept = futimens(blob_file(r), NULL) == 0 && blob_size(r) == (uint64_t)d->st.st_size;
    blob_close(r);
    return is_kept;
}

static void open_again(struct adoption *d)
{
    if (d->is_shut)
        (void)fchmod(d->fd, d->st.st_mode & MODE_BITS);
    d->is_shut = false;
}

static bool can_link(const struct adoption *d)
{
    struct stat to;
    return d->st.st_uid == geteuid() && (d->st.st_mode & S_IRUSR) && fstat(d->uploads, &to) == 0 && to.st_dev == d->st.st_dev && d->st.st_size > 0;
}

/* By what was opened, not by a name that could be another file by now. The file is synced here: an upload that goes on counts as safe. */
static bool link_it(struct adoption *d)
{
    char from[64];
    (void)snprintf(from, sizeof from, "/proc/self/fd/%d", d->fd);
    if (!can_link(d) || fsync(d->fd) != 0 || linkat(AT_FDCWD, from, d->uploads, d->name, AT_SYMLINK_FOLLOW) != 0)
        return false;
    return futimens(d->fd, NULL) == 0;
}

static bool clone_it(struct adoption *d)
{
    int to = openat(d->uploads, d->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool is_done = to >= 0 && d->st.st_size > 0 && ioctl(to, FICLONE, d->fd) == 0 && fsync(to) == 0;
    if (to >= 0)
        (void)close(to);
    return is_done;
}

static void take_back(struct adoption *d)
{
    (void)unlinkat(d->uploads, d->name, 0);
}

/* An upload that is whole already. Once it is open nobody else has to write it; *can_go_on false: it cannot be taken up. */
static enum err finish_whole(struct adoption *d, bool shuts, bool *can_go_on, struct problem *why)
{
    struct blob_upload *u = NULL;
    struct problem own = {.arena = why->arena};
    char is[BLOB_DIGEST_ROOM];
    size_t length;
    *can_go_on = blob_resume(d->blobs, str_of(d->name), (uint64_t)d->st.st_size, kind_of(d->digest), &u, &own) == ERR_OK;
    if (!*can_go_on)
        return ERR_OK;
    d->is_shut = shuts && fchmod(d->fd, d->st.st_mode & MODE_BITS & ~WRITE_BITS) == 0;
    return blob_finish(u, d->digest, is, &length, why);
}

static enum err copy_it(struct adoption *d, struct problem *why)
{
    struct blob_upload *u = NULL;
    char is[BLOB_DIGEST_ROOM], *piece = malloc(PIECE_BYTES);
    size_t length;
    must(piece != NULL);
    enum err e = blob_begin(d->blobs, str_of(d->name), kind_of(d->digest), &u, why);
    for (off_t at = 0; e == ERR_OK;) {
        ssize_t n = file_some_at(d->fd, piece, PIECE_BYTES, at);
        if (n == 0)
            break;
        e = n < 0 ? problem_fault(why, ERR_INVALID, S("digest"), S("digest"), "It cannot be read: %s", strerror(errno))
                  : blob_append(u, (str){piece, (size_t)n}, why);
        at += n;
    }
    free(piece);
    if (e == ERR_OK)
        return blob_finish(u, d->digest, is, &length, why);
    blob_drop(u);
    return e;
}

static enum err adopt(struct adoption *d, enum adopted *how, struct problem *why)
{
    bool is_done = false;
    enum err e = ERR_OK;
    *how = ADOPTED_LINKED;
    if (link_it(d))
        e = finish_whole(d, true, &is_done, why);
    if (!is_done) {
        take_back(d);
        *how = ADOPTED_CLONED;
        if (clone_it(d))
            e = finish_whole(d, false, &is_done, why);
    }
    if (!is_done) {
        take_back(d);
        *how = ADOPTED_COPIED;
        e = copy_it(d, why);
    }
    if (e != ERR_OK)
        open_again(d);
    return e;
}

enum err content_adopt(struct content *c, const struct rights *rights, const struct collection *in, int fd, str digest, struct arena *a,
                       enum adopted *how, uint64_t *size, struct problem *why)
{
    struct adoption d = {.blobs = c->blobs, .fd = fd, .digest = digest};
    str name = blob_upload_name(a);
    must(blob_digest_valid(digest) && name.len < sizeof d.name);
    memcpy(d.name, name.at, name.len);
    if (!rights_access(rights, VERB_CREATE, in)->granted)
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    if (c->read_only)
        return problem_set(why, ERR_UNAVAILABLE, "This server only reads");
    if (fstat(fd, &d.st) != 0 || !S_ISREG(d.st.st_mode))
        return problem_fault(why, ERR_INVALID, S("digest"), S("digest"), "It is no ordinary file");
    *size = (uint64_t)d.st.st_size;
    *how = ADOPTED_THERE;
    if (is_there(&d))
        return ERR_OK;
    d.uploads = openat(blobs_directory(c->blobs), "uploads", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (d.uploads < 0)
        return problem_set(why, ERR_UNAVAILABLE, "The directory for uploads cannot be opened: %s", strerror(errno));
    enum err e = adopt(&d, how, why);
    (void)close(d.uploads);
    return e;
}
