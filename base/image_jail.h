#ifndef BASE_IMAGE_JAIL_H
#define BASE_IMAGE_JAIL_H
/* What a helper gives up. Before libraries are loaded: memory, time, size of what it writes, other files, new rights.
 * After that: opening files, sockets, starting programs, other processes; a system that cannot do that (no seccomp,
 * another processor) is left without it. */
void jail_limits(void);
void jail_close(void);
#endif
