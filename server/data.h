#ifndef SERVER_DATA_H
#define SERVER_DATA_H
#include "base/err.h"

/* The data directory as a whole. Every program that has it open holds it shared; who exchanges what is in it holds it alone.
 * By the system (flock), so that a hold ends with its process. */
enum data_hold { DATA_SHARED, DATA_ALONE };
/* ERR_CONFLICT: others are at it. An exchange that was cut off is brought to its end first. */
NODISCARD enum err data_open(str path, enum data_hold hold, int *fd, struct problem *why);

/* A directory of its own in `parent` for what is being made, empty; nobody else works in it until *fd is closed. What an
 * earlier process left there is gone. ERR_CONFLICT: somebody is at it. */
NODISCARD enum err data_workshop(int parent, str name, int *fd, struct problem *why);

/* What lies ready in the directory DATA_READY takes the place of the database and the files; those that were there move to
 * "before-<stamp>", *aside says its name ("": there was nothing). Each step is one rename, and whoever opens the directory
 * next goes on where it was cut off: from the first step on the new state counts, before it the old one does. fd: held alone. */
#define DATA_MAKING "restoring"
#define DATA_READY "restored"
NODISCARD enum err data_exchange(int fd, struct arena *a, str *aside, struct problem *why);
#endif
