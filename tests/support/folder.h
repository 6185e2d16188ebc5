#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H
#include <ftw.h>
#include <stdio.h>

/* A folder of a test's own, with all that is in it, goes. */
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
