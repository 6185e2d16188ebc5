/* Bytes of an archive's file, unpacked when it is gzip. zlib tells the two apart by itself. */
#include "base/tar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

struct tar_file {
    struct tar_source source; /* first */
    gzFile file;
    uint64_t size;
};

static enum err read_file(struct tar_source *self, void *into, size_t room, size_t *got, struct problem *why)
{
    struct tar_file *f = (struct tar_file *)(void *)self;
    int n = gzread(f->file, into, room > 1u << 20 ? 1u << 20 : (unsigned)room);
    if (n < 0)
        return problem_set(why, ERR_BAD_INPUT, "The archive cannot be unpacked");
    *got = (size_t)n;
    return ERR_OK;
}

enum err tar_file_open(const char *path, struct tar_file **out, struct problem *why)
{
    struct stat st;
    gzFile file = gzopen(path, "rb");
    if (!file)
        return problem_set(why, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    struct tar_file *f = calloc(1, sizeof *f);
    must(f != NULL);
    *f = (struct tar_file){.source = {read_file}, .file = file, .size = stat(path, &st) == 0 ? (uint64_t)st.st_size : 0};
    *out = f;
    return ERR_OK;
}

struct tar_source *tar_file_source(struct tar_file *f)
{
    return &f->source;
}

double tar_file_progress(const struct tar_file *f)
{
    z_off_t at = gzoffset(f->file);
    return f->size && at > 0 ? (double)at / (double)f->size : 0;
}

void tar_file_close(struct tar_file *f)
{
    if (!f)
        return;
    (void)gzclose(f->file);
    free(f);
}
