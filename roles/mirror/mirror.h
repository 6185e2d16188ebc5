#ifndef ROLES_MIRROR_MIRROR_H
#define ROLES_MIRROR_MIRROR_H
#include "roles/mirror/client.h"
#include "roles/registry/internal.h"
#include "roles/registry/mirror.h"

/* What the files behind roles/registry/mirror.h share. One struct mirror per gate: which fetches are on their way, which
 * tags were looked at lately, the thread of the runs. Thread-safe. Its lock is never held while the network, the disk or the
 * database is waited for. */
struct mirror;
struct mirror *mirror_open(struct gate *g);
void mirror_close(struct mirror *m);  /* ends what runs within a second; NULL is fine */
void mirror_halt(struct mirror *m);   /* says so to who waits for an upstream, without waiting; mirror_close() is still to come */
const _Atomic(bool) *mirror_stop(const struct mirror *m);
struct registry_client *mirror_client(const struct mirror *m);

/* ---- mirror.c: one fetch of a thing, however many ask for it ---- */
struct flight;
/* *mine: the caller fetches it and says how it went with flight_end. Else somebody did meanwhile, and the result is his.
 * ERR_UNAVAILABLE with a time to come back: too many are fetching or waiting; patient callers wait until there is room. */
NODISCARD enum err flight_begin(struct mirror *m, str what, bool patient, struct flight **mine, struct problem *why);
enum err flight_end(struct mirror *m, struct flight *mine, enum err result, const struct problem *why); /* result */
/* Was this tag looked at within so many milliseconds? Remembered for some thousand of them, by this process. */
bool mirror_is_fresh(struct mirror *m, str what, int64_t fresh_ms);
void mirror_was_seen(struct mirror *m, str what);

/* ---- upstreams.c ---- */
bool upstream_answers(const struct upstream *u, str name);
str upstream_remote(struct arena *a, const struct upstream *u, str name); /* of a name that it answers for */
bool upstream_local(struct arena *a, const struct upstream *u, str remote, str *out);
bool upstream_is_called(const struct upstream *u, str host);
/* All of them; passwords only where one is needed (upstream_unseal). */
NODISCARD enum err upstreams_read(struct gate *g, struct arena *a, struct upstream **out, size_t *count, struct problem *why);
NODISCARD enum err upstream_unseal(struct gate *g, struct arena *a, struct upstream *u, struct problem *why);
/* Whose this name is: of the repository that is here (row), or would be. *out NULL: nobody's that is asked on demand. */
NODISCARD enum err upstream_of(struct gate *g, struct arena *a, str name, const struct json *row, struct upstream **out,
                               struct problem *why);

/* ---- fetch.c: from there to here, by the way that pushes go ---- */
struct fetching {
    struct gate *gate;
    const struct principal *server;
    const struct upstream *from;
    str repository, remote;           /* its name here, and there */
    struct arena *arena;
    bool whole;                       /* layers and what an index lists come along */
    bool small;                       /* layers do that are no larger than a signature's */
    bool patient;                     /* waits for room */
    bool mends;                       /* a layer that is here, but its bytes were lost or damaged */
    unsigned manifests;               /* that were fetched */
};
void fetching_init(struct fetching *f, struct gate *g, struct arena *a, const struct upstream *from, str repository, bool whole);
/* What is here of it; NULL: not. */
NODISCARD enum err fetched_part(const struct fetching *f, str collection, str by, str value, const struct json **out, struct problem *why);
/* Is all here that it names, and what they name? */
NODISCARD enum err fetched_whole(const struct fetching *f, const struct json *manifest, unsigned depth, bool *out, struct problem *why);
/* most: bytes that it may have; UINT64_MAX: as many as any. */
NODISCARD enum err fetch_layer(struct fetching *f, str digest, uint64_t most, struct problem *why);
/* reference: a digest, or a tag that is set to what comes. With what refers to it. ERR_UNAVAILABLE: or what came is no
 * manifest, or not the one that was announced; then nothing of it is kept. */
NODISCARD enum err fetch_manifest(struct fetching *f, str reference, struct problem *why);
/* The digest that a tag has there. ERR_NOT_FOUND; *digest {0}: it does not say. */
NODISCARD enum err fetch_head(struct fetching *f, str tag, str *digest, struct problem *why);
/* What it lacked and has come is linked with those that lacked it. */
void link_arrival(struct fetching *f, str digest, bool is_layer);

/* ---- demand.c: before something of a repository is opened ---- */
/* Sees to it that what an upstream has and the caller may read is here (mends: and whole). row, tag: what was found here, NULL: nothing; *why: how it
 * was missed. *again: look once more. Else ERR_OK where there is a tag, ERR_NOT_FOUND as it was in *why, or ERR_UNAVAILABLE: it is
 * not here and cannot be fetched now. */
NODISCARD enum err mirror_manifest(struct gate *g, const struct principal *who, str repository, str reference, const struct json *row,
                                   const struct json *tag, struct arena *a, bool *again, struct problem *why);
NODISCARD enum err mirror_layer(struct gate *g, const struct principal *who, str repository, str digest, const struct json *row,
                                bool mends, struct arena *a, bool *again, struct problem *why);

/* ---- run.c ---- */
/* Begins what is due, in a thread of its own; called by gate_tick. */
NODISCARD enum err mirror_tick(struct gate *g, struct problem *why);
/* What a run does; *count: manifests that were fetched. The first thing that went wrong, after all others were tried. */
NODISCARD enum err mirror_run(struct gate *g, struct upstream *u, unsigned *count, struct problem *why);
struct runner {
    pthread_t thread;
    bool is_on;                       /* the tick's: there is a thread to be joined */
    _Atomic(bool) is_over;            /* the thread's last word */
    struct gate *gate;
    struct arena *arena;
    struct upstream *upstream;
    int64_t due_ms;                   /* the tick's, as the next */
    uint64_t due_seen;
};
struct runner *mirror_runner(struct mirror *m);
#endif
