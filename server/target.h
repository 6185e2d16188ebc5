#ifndef SERVER_TARGET_H
#define SERVER_TARGET_H
#include <stdatomic.h>

#include "base/arena.h"
#include "base/err.h"

/* Where backups lie: names with bytes, "name" or "folder/name", behind the same few functions whatever it is. A directory is one
 * row, object storage that speaks S3 another. What is put is there whole, or not at all; what was there under its name is replaced.
 * One thread per target. ERR_UNAVAILABLE: it does not answer, or not as it should; ERR_FULL: it has no room. */
struct target;
struct target_config {
    str to;                           /* a directory, or "s3://bucket/prefix" */
    const struct s3_access *s3;       /* server/s3.h; for those */
    const _Atomic(bool) *stop;        /* becomes true: what runs ends soon with ERR_UNAVAILABLE; NULL: never */
};
struct target_seen {
    str name;                         /* without the folder's; lives for the call */
    uint64_t size;
    bool is_folder;
};
typedef enum err target_see(void *self, const struct target_seen *seen, struct problem *why);

bool target_is_elsewhere(const struct target_config *config); /* no directory: what lies there is one file each */
/* may_make: a directory is made when its parent is there. The configuration and its texts outlive the target. */
NODISCARD enum err target_open(const struct target_config *config, bool may_make, struct target **out, struct problem *why);
void target_close(struct target *t);  /* NULL is fine */
/* The directory itself, which can have backups that are no archives; -1: there is none. */
int target_directory(const struct target *t);

/* All that is read from fd, from its beginning. */
NODISCARD enum err target_put(struct target *t, str name, int fd, struct problem *why);
NODISCARD enum err target_put_text(struct target *t, str name, str text, struct problem *why);
/* All of it, written to fd. ERR_NOT_FOUND. */
NODISCARD enum err target_get(struct target *t, str name, int fd, struct problem *why);
NODISCARD enum err target_get_text(struct target *t, str name, size_t most, struct arena *a, str *out, struct problem *why);
/* As a file in memory, at its beginning, that the caller closes. ERR_TOO_LARGE: longer than `most`, or another
 * error when it is much longer; memory is bounded. */
NODISCARD enum err target_get_memory(struct target *t, str name, size_t most, int *fd, size_t *size, struct problem *why);
/* What is directly in a folder, in no order; "": the outermost. One that is not there is empty. */
NODISCARD enum err target_list(struct target *t, str folder, target_see *see, void *self, struct problem *why);
/* A name, and all that is below it. Not there is no error. */
NODISCARD enum err target_remove(struct target *t, str name, struct problem *why);

/* For the rows: one per kind of target. */
struct target_kind {
    const char *front;                /* of `to`; "": any */
    enum err (*open)(const struct target_config *config, bool may_make, void **self, struct problem *why);
    void (*close)(void *self);
    enum err (*put)(void *self, str name, int fd, struct problem *why);
    enum err (*get)(void *self, str name, int fd, struct problem *why);
    enum err (*list)(void *self, str folder, target_see *see, void *who, struct problem *why);
    enum err (*remove)(void *self, str name, struct problem *why);
    int (*directory)(const void *self); /* NULL: it is none */
};
extern const struct target_kind target_in_directory, target_in_s3;

#define TARGET_S3_FRONT "s3://"
#define OWNER_NAME "owner.json"
/* One site's backups per target: what names of others' would mean is nobody's to guess. The first one writes its name there;
 * ERR_CONFLICT: it is another's. site: of the journal's signatures (struct journal_proof). */
NODISCARD enum err target_claim(struct target *t, str site, struct problem *why);
#endif
