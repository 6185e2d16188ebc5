#ifndef BASE_TAR_H
#define BASE_TAR_H
#include "base/err.h"
#include "base/str.h"

#include <stdio.h>

/* Archives of plain files (POSIX ustar), written and read front to back. What is written depends on names and
 * bytes only: no times, no owners, so that equal contents are equal archives. Reading takes what other programs
 * write, the GNU and pax long names included; folders, links and devices are passed over. A reader trusts nothing:
 * lengths are bounded by the file, names by TAR_NAME_BYTES. One thread per archive. */
#define TAR_NAME_BYTES 1024u

struct tar_writer {
    FILE *to;                         /* the caller's */
    uint64_t left;                    /* of the entry that is open */
    unsigned padding;
    bool failed;                      /* the disk is full or the like: sticky, told by tar_end */
};
/* An entry of exactly so many bytes, then its bytes in any number of pieces. A name longer than 255 bytes, or with
 * no '/' where ustar could divide it, is ERR_INVALID. */
NODISCARD enum err tar_begin(struct tar_writer *w, str name, uint64_t bytes, struct problem *why);
void tar_add(struct tar_writer *w, const void *at, size_t bytes);
void tar_entry(struct tar_writer *w);                              /* must: all of its bytes were added */
NODISCARD enum err tar_end(struct tar_writer *w, struct problem *why);

/* Where a reader's bytes come from: a file, or one that is unpacked on the way. Fills `into`, *got 0 at the end. */
struct tar_source {
    enum err (*read)(struct tar_source *self, void *into, size_t room, size_t *got, struct problem *why);
};
struct tar_reader {
    struct tar_source *from;
    uint64_t left;                    /* bytes of the present entry that were not read yet */
    unsigned padding;
    char name[TAR_NAME_BYTES + 1];
    uint64_t bytes;                   /* of the present entry */
    bool is_whole;                    /* its end was marked: nothing was cut off between two entries */
};
/* The next plain file: r->name, r->bytes. *found false: the end. ERR_BAD_INPUT: no archive, or cut off. */
NODISCARD enum err tar_next(struct tar_reader *r, bool *found, struct problem *why);
NODISCARD enum err tar_read(struct tar_reader *r, void *into, size_t room, size_t *got, struct problem *why);

/* A file as a source; gzip is seen by its first bytes and unpacked. */
struct tar_file;
NODISCARD enum err tar_file_open(const char *path, struct tar_file **out, struct problem *why);
struct tar_source *tar_file_source(struct tar_file *f);
double tar_file_progress(const struct tar_file *f);                /* 0..1 */
void tar_file_close(struct tar_file *f);                           /* NULL is fine */
#endif
