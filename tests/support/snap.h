#ifndef TESTS_SUPPORT_SNAP_H
#define TESTS_SUPPORT_SNAP_H
#include "tests/support/check.h"

/* Anything printed, compared with a file under tests/snap/. VITRINE_SNAP=write puts what is printed now into
 * the files; the difference is reviewed like code. */
bool snap_matches(const char *path, str is); /* says on standard error where they part */

#define CHECK_SNAP(name, is)                                                                       \
    do {                                                                                           \
        if (!snap_matches(TESTS_DIR "/snap/" name, (is)))                                          \
            CHECK_SAY("%s differs; VITRINE_SNAP=write accepts it", name);                          \
    } while (0)
#endif
