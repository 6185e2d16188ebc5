#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H
#include <stdatomic.h>

#include "base/arena.h"
#include "base/err.h"

/* Folders of files as a whole: backups are made of them. Everything is reached from a folder that was opened before, by paths
 * of ours with '/' between their parts, and no link is followed. Folders are made 0700, files 0600. Deeper than
 * FOLDER_DEPTH is ERR_INVALID. ERR_FULL: no room; ERR_UNAVAILABLE: the disk fails. */
#define FOLDER_DEPTH 8u
#define FOLDER_PATH_BYTES 512u

/* -1: not there, errno says why. */
int folder_open(const char *path);
int folder_open_in(int parent, str path);

/* Every plain file below, in no order. size as it is now. */
typedef enum err folder_see(void *self, int folder, str path, uint64_t size, struct problem *why);
NODISCARD enum err folder_each(int folder, folder_see *see, void *self, struct problem *why);
/* What was written below survives a crash: names, that is; files are synced by who writes them. */
NODISCARD enum err folder_sync(int folder, struct problem *why);
/* It and all below, or all below it. Not there is no error, nor when what its path goes through is no folder. */
NODISCARD enum err folder_remove(int parent, str name, struct problem *why);
NODISCARD enum err folder_clear(int folder, struct problem *why);

/* A new file for writing, and the folders above it. ERR_CONFLICT: it is there. */
NODISCARD enum err folder_make(int folder, str path, int *fd, struct problem *why);
/* The bytes of a file of ours become a file here: under a second name (may_link, where the system lets us), as a clone that
 * shares them until one is written, or copied and synced. stop: becomes true: ERR_UNAVAILABLE; NULL: never. */
NODISCARD enum err folder_put(int folder, str path, int from, bool may_link, const _Atomic(bool) *stop, struct problem *why);
/* One that is there, for reading. */
NODISCARD enum err folder_file(int folder, str path, int *fd, struct problem *why);
/* A small file with these bytes, synced; and one read whole. */
NODISCARD enum err folder_write(int folder, str path, str bytes, struct problem *why);
NODISCARD enum err folder_read(int folder, str path, size_t most, struct arena *a, str *out, struct problem *why);
#endif
