#ifndef CONTENT_CONTENT_H
#define CONTENT_CONTENT_H
#include "base/crypt.h"
#include "content/behaviour.h"
#include "content/content_figures.h"
#include "content/item/json.h"
#include "content/journal/journal.h"
#include "content/publish/history.h"
#include "content/publish/schedules.h"
#include "content/publish/states.h"
#include "content/publish/trash.h"
#include "content/registry_options.h"
#include "content/store/engine.h"

/* The verbs of content: open, read, write, act. Above this layer only roles/gate_*.c (and server/app.c,
 * which opens it) may include this header. Every verb demands rights; there is no NULL that means
 * "everything" and no second function without the parameter. Thread-safe. */
struct content;
struct ship_config;

struct content_config {
    str directory;                    /* "" : in memory (tests) */
    const struct engine_ops *engine;
    const struct crypt *crypt;        /* must outlive content */
    struct key_rules keys;
    str pki_url;                      /* what verifiers are told of authorities begins with; {0}: nothing is told */
    const struct registry_options *registry; /* NULL: registry_defaults */
    bool verify_rows;
    bool read_only;
    const struct ship_config *ship;   /* the log is shipped (content/backup/ship.h); NULL: it is not */
    const _Atomic(bool) *stop;        /* becomes true: what looks through all of it ends soon; NULL: never */
};
NODISCARD enum err content_open(const struct content_config *config, struct content **out, struct problem *why);
void content_close(struct content *c);              /* finishes queued writes, checkpoints; NULL is fine */

/* The model now; the caller releases it with counted_release(&m->counted). */
const struct model *content_model(struct content *c);
/* Journal numbers of the last change to the model, to what rights are made of (roles, grants, settings),
 * to who people are (users, keys, accounts, sessions, signing keys), and to signing keys alone. */
struct epochs {
    uint64_t model, policy, identity, ring;
};
/* Learns of commits by anybody (cheap when there was none): swaps the model, moves versions and epochs.
 * Called at the start of every request. Fails when the journal cannot be read or the model that it tells of
 * does not load: then nobody knows whose rights are still good, *out says nothing, and nothing may be
 * answered from what was known before (security 0.7). The next call looks again. */
NODISCARD enum err content_catch_up(struct content *c, struct epochs *out, struct problem *why);
/* Changes whenever something the query may touch under these rights changed. */
uint64_t content_stamp(struct content *c, const struct rights *rights, const struct query *q);

NODISCARD enum err content_read(struct content *c, const struct rights *rights, enum verb verb,
                                const struct actor *actor, struct query *q, struct receiver *out,
                                struct page *page, struct problem *why);
/* One transaction for all; faults are prefixed with "/<index>" when count > 1. Acknowledged means synced. */
NODISCARD enum err content_write(struct content *c, const struct rights *rights, const struct actor *actor,
                                 struct change *changes, size_t count, struct arena *a, struct problem *why);
/* What these changes of "collections" would do, tried and undone: {"model","loses","steps":[…],"breaks":[…],"fails"}
 * (docs/modelling.md). ERR_INVALID when a definition is none. No losses are refused. */
NODISCARD enum err content_plan(struct content *c, const struct rights *rights, const struct actor *actor,
                                struct change *changes, size_t count, struct arena *a, struct json *out, struct problem *why);
/* at: what its `expects` says of the item; NULL: nothing. */
NODISCARD enum err content_act(struct content *c, const struct rights *rights, const struct actor *actor,
                               const struct collection *in, str id, str action, const struct change *at,
                               const struct json *input, struct json *output, struct arena *a, struct problem *why);
/* Books about items: locked fields that tell how they are used. The server's alone to write; one transaction, no new
 * revisions, one entry VERB_USED each in the journal. What is not there any more is passed over. */
struct book_entry {
    const struct collection *in;
    str item;
    const struct json *values;        /* a map of canonical values */
    str counter;                      /* an integer field that grows by `more`, whoever else counts; {0}: none */
    uint64_t more;
};
NODISCARD enum err content_keep_books(struct content *c, const struct rights *rights, const struct actor *actor,
                                      const struct book_entry *list, size_t count, struct arena *a, struct problem *why);
/* Who holds a secret with this digest (keys, sessions): collection, item and field, "field.n" for slot n;
 * ERR_NOT_FOUND. */
NODISCARD enum err content_by_digest(struct content *c, const uint8_t digest[DIGEST_BYTES], struct arena *a,
                                     str *collection, str *item, str *field);
/* Compares a password with a sealed hash, etc.: opens a secret for a purpose named in the journal's terms. */
NODISCARD enum err content_secret(struct content *c, const struct collection *in, str item, const struct field *f,
                                  struct arena *a, str *plain, struct problem *why);

/* Goes on with full-text indexes that are being made, for about so long, in transactions of LIMIT_SEARCH_BUILD_ROWS;
 * costs nothing when there are none. Called by the gate's tick, never for a request. */
NODISCARD enum err content_index(struct content *c, int64_t for_ms, struct problem *why);
/* Looks for damage; ERR_CONFLICT with a fault per finding, of the journal the first. Looking at the database
 * holds up writes, going through the journal does not. *out is filled as far as it came. */
NODISCARD enum err content_check(struct content *c, const struct journal_watch *watch, struct journal_proof *out,
                                 struct problem *why);
void content_figures(struct content *c, struct content_figures *out);
/* How a statement that a span tells of (base/spans.h) is run; ERR_INVALID: that is not told. For the operator. */
NODISCARD enum err content_explain(struct content *c, str statement, struct arena *a, str *out, struct problem *why);

#endif
