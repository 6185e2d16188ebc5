#include "server/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "roles/upkeep/evidence.h"

#define ROUNDS 50                     /* readings of one call: others wait for the thread */
#define BATCH  1000u

struct audit_file {
    struct gate *gate;
    uint64_t done, told;              /* the last entry in the file, and that the consumer says so */
    char path[];
};

enum err audit_file_open(struct gate *g, str path, struct audit_file **out, struct problem *why)
{
    uint64_t from = 0;
    *out = NULL;
    if (path.len == 0)
        return gate_sink_drop(g, why);
    TRY(gate_sink_begin(g, &from, why));
    struct audit_file *f = calloc(1, sizeof *f + path.len + 1);
    must(f != NULL);
    f->gate = g;
    f->done = f->told = from;
    memcpy(f->path, path.at, path.len);
    *out = f;
    return ERR_OK;
}

void audit_file_close(struct audit_file *f)
{
    free(f);
}

static void add_line(struct buf *b, const struct entry *e)
{
    struct json_writer w;
    struct buf hex;
    json_begin(&w, b);
    json_map_open(&w);
    json_name(&w, S("seq"));
    json_uint(&w, e->seq);
    json_name(&w, S("tx"));
    json_uint(&w, e->tx);
    json_name(&w, S("at_ms"));
    json_int(&w, e->at_ms);
    json_member_text_or_null(&w, "who", e->who);
    json_member_text_or_null(&w, "via", e->via);
    json_member_text_or_null(&w, "request_id", e->request_id);
    json_member_text_or_null(&w, "user", e->user);
    json_member_text_or_null(&w, "collection", e->collection);
    json_member_text_or_null(&w, "item", e->item);
    json_member_text_or_null(&w, "verb", e->verb);
    json_name(&w, S("revision"));
    json_uint(&w, e->revision);
    json_member_text_or_null(&w, "before", e->before); /* as texts: the seal is about these bytes */
    json_member_text_or_null(&w, "after", e->after);
    buf_init(&hex, NULL, 2u * 32u + 1u);
    buf_hex(&hex, e->mac.at, e->mac.len);
    json_member_text_or_null(&w, "mac", buf_str(&hex));
    json_map_close(&w);
    json_end(&w);
    buf_free(&hex);
    buf_byte(b, '\n');
}

static enum err cannot(const struct audit_file *f, struct problem *why)
{
    return problem_set(why, ERR_UNAVAILABLE, "audit.file %s cannot be written: %s", f->path, strerror(errno));
}

/* The line of before ended in the middle. */
static bool end_line(int fd)
{
    struct stat st;
    char last = '\n';
    if (fstat(fd, &st) != 0)
        return false;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return false;
    }
    if (st.st_size == 0)
        return true;
    return pread(fd, &last, 1, st.st_size - 1) == 1 && (last == '\n' || file_write(fd, "\n", 1));
}

static enum err put(const struct audit_file *f, str lines, struct problem *why)
{
    int fd = open(f->path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0)
        return cannot(f, why);
    bool is_written = end_line(fd) && file_write(fd, lines.at, lines.len) && fdatasync(fd) == 0;
    int error = errno;
    bool is_closed = close(fd) == 0;
    errno = is_written ? errno : error;
    return is_written && is_closed ? ERR_OK : cannot(f, why);
}

/* Where the database cannot be written, lines that are in the file do not come again and again for it. */
static enum err tell_done(struct audit_file *f, struct problem *why)
{
    if (f->told < f->done)
        TRY(gate_sink_done(f->gate, f->done, why));
    f->told = f->done;
    return ERR_OK;
}

static enum err write_some(struct audit_file *f, size_t *count, struct problem *why)
{
    struct entry *entries = NULL;
    struct buf lines;
    *count = 0;
    TRY(tell_done(f, why));
    TRY(gate_sink_read(f->gate, f->done, BATCH, why->arena, &entries, count, why));
    if (*count == 0)
        return ERR_OK;
    buf_init(&lines, why->arena, SIZE_MAX / 4);
    for (size_t i = 0; i < *count; i++)
        add_line(&lines, &entries[i]);
    TRY(put(f, buf_str(&lines), why));
    f->done = entries[*count - 1].seq;
    return tell_done(f, why);
}

enum err audit_file_write(struct audit_file *f, struct problem *why)
{
    size_t count = BATCH;
    for (unsigned i = 0; f && count > 0 && i < ROUNDS; i++) {
        CLEANUP(arena_closep) struct arena *a = arena_open(64u << 10);
        struct problem own = {.arena = a};
        enum err e = write_some(f, &count, &own);
        if (e != ERR_OK)
            return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    }
    return ERR_OK;
}
