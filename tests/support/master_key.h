#ifndef TESTS_SUPPORT_MASTER_KEY_H
#define TESTS_SUPPORT_MASTER_KEY_H
#include <unistd.h>

#include "base/crypt.h"
#include "tests/support/folder.h"

/* A master key of a test's own. It wants a file, which is gone before anybody else can look. The caller closes it. */
static inline struct crypt *master_key_new(struct arena *a)
{
    struct problem why = {.arena = a};
    struct crypt *crypt = NULL;
    char folder[FOLDER_ROOM], path[FOLDER_ROOM + 16];
    crypt_start();
    folder_new(folder, "key");
    must(snprintf(path, sizeof path, "%s/master.key", folder) > 0);
    enum err e = crypt_open(path, true, &crypt, &why);
    folder_drop(folder);
    if (e != ERR_OK)
        (void)fprintf(stderr, "master key: " STR_FMT "\n", STR_ARG(why.text));
    must(e == ERR_OK);
    return crypt;
}
#endif
