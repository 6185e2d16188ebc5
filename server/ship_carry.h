#ifndef SERVER_SHIP_CARRY_H
#define SERVER_SHIP_CARRY_H
#include "content/backup/segment.h"
#include "server/target.h"

/* What waits in a data directory's "shipping" (content/backup/ship.h) goes to the target: of each strand its key, and segment by segment
 * first the files that it names, then itself; then it is gone here. Whatever is cut off is done again: it is named by what it is. */
struct carrying {
    int data;                         /* the data directory */
    struct target *target;
    const _Atomic(bool) *stop;        /* NULL: never */
    int64_t until_us;                 /* of time_mono_us: behind it no further segment is begun, but the first; 0: never */
    bool is_whole;                    /* out: nothing was left for the next call */

    /* Kept between calls. */
    char strand[SEGMENT_STRAND_BYTES + 1]; /* the one that goes on; others are gone when they are empty */
    uint64_t number;                  /* of its last segment that counts: what may lie behind it is made again */
    uint64_t files_to;                /* of it: files of entries up to here are there */
    uint64_t segments, files, bytes;  /* carried, since it was zeroed */
    uint64_t begin;                   /* segments, when the call began */
    uint64_t lost;                    /* files that were swept away before */
};
NODISCARD enum err carry_all(struct carrying *c, struct problem *why);
/* Bytes that wait. */
uint64_t carry_waiting(int data);
/* Strands that have ended are given up: what waits of them is gone. */
void carry_give_up(int data);
#endif
