#ifndef CONTENT_BACKUP_REBUILD_H
#define CONTENT_BACKUP_REBUILD_H
#include "content/backup/segment.h"

/* A backup's database and the segments behind it become the database of a later moment (docs/decisions/0015-shipping-the-log.md).
 * Frames are applied in order, each commit whole. A backup may stand anywhere between two segments' ends: those behind the number
 * that its manifest says are applied from the first on, and pages that it has already get what they had before, and then again
 * what they have; at the last entry that the backup has, at the latest, all fits together again. */
struct rebuild_piece {                /* by its name; sorted by number */
    uint64_t number, seq;
    int64_t at_ms;
    str name;
};
struct rebuild {
    int folder;                       /* with vitrine.db, which nobody has open */
    str path;                         /* of that folder */
    const struct crypt *crypt;
    str strand;
    uint64_t behind, base;            /* pieces behind this number; the backup's last entry */
    const struct rebuild_piece *pieces;
    size_t count;
    uint64_t seq;                     /* where to stop: behind the last commit without a later entry … */
    int64_t at_ms;                    /* … or a younger one; UINT64_MAX and INT64_MAX: at the end */
    /* A piece's bytes; what is opened is closed. */
    enum err (*open)(void *self, str name, struct tar_source **out, struct problem *why);
    void (*close)(void *self, struct tar_source *source);
    void *self;
};
struct rebuilt {
    uint64_t pieces;                  /* that were applied, the last one maybe in part */
    bool is_reached;                  /* there is a commit behind the moment */
    struct segment_file *files;       /* that they name; in the arena */
    size_t file_count;
};
/* ERR_INVALID: a piece is missing before the end, or none reaches so far that the backup is good with it (*out says 0, the
 * database is the backup's, when nothing was wished for behind it). ERR_BAD_INPUT: a piece is damaged. */
NODISCARD enum err rebuild_run(const struct rebuild *r, struct arena *a, struct rebuilt *out, struct problem *why);
/* "0000000012-4711-1764399600000.seg", with or without ".sealed". */
bool rebuild_piece_read(str name, struct rebuild_piece *out);
#endif
