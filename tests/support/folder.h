#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/defs.h"

enum { FOLDER_ROOM = 64 };

/* A folder of a test's own, where TMPDIR says: ./dev test says memory, where syncing costs nothing. */
static inline void folder_new(char out[FOLDER_ROOM], const char *name)
{
    const char *root = getenv("TMPDIR");
    int length = snprintf(out, FOLDER_ROOM, "%s/vitrine-%s-XXXXXX", root && *root ? root : "/tmp", name);
    must(length > 0 && length < FOLDER_ROOM && mkdtemp(out) != NULL);
}

/* It goes, with all that is in it. */
static inline int folder_drop_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void folder_drop(const char *path)
{
    (void)nftw(path, folder_drop_one, 16, FTW_DEPTH | FTW_PHYS);
}
#endif
