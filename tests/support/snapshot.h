#ifndef TESTS_SUPPORT_SNAPSHOT_H
#define TESTS_SUPPORT_SNAPSHOT_H
#include "base/str.h"

/* Compares what was printed with tests/snap/NAME and says where they part. UPDATE_SNAPSHOTS=1 writes the
 * file instead; its difference is then read like code. */
bool snapshot_is(const char *name, str text);

#endif
