#ifndef GRAPHQL_HTTP_SHELF_H
#define GRAPHQL_HTTP_SHELF_H
#include "base/arena.h"
#include "base/thread.h"

/* What is kept by a name, up to so many bytes; what was not asked for the longest goes first. Callers without a credential
 * (guests) share a part of it and push out only each other: whoever wishes to may send as much as he likes. Things are
 * counted, so that one in use outlives its place here. Thread-safe. */
struct shelf;
struct shelved {                      /* first in what is kept */
    struct counted counted;
    uint64_t owner;                   /* whose name it is: … */
    str name;                         /* lives as long as the thing */
    size_t bytes;
    bool of_guest;
    /* the shelf's own */
    uint64_t hash;
    struct shelved *next_in_bucket, *older, *newer;
};
struct shelf *shelf_open(size_t bytes_max);
void shelf_close(struct shelf *s);    /* NULL is fine */
/* A use of it, or NULL. What somebody else than a guest asks for is not the guests' any more. */
struct shelved *shelf_find(struct shelf *s, uint64_t owner, str name, bool is_guest);
/* Keeps it unless it is too large. The caller's use stays his; the shelf takes one of its own. What has this name already
 * goes. */
void shelf_put(struct shelf *s, struct shelved *thing);
void shelf_forget(struct shelf *s, uint64_t owner);

struct shelf_figures {
    size_t count, bytes, guest_bytes;
    uint64_t found, missed;
};
void shelf_figures(struct shelf *s, struct shelf_figures *out);
#endif
