#ifndef CONTENT_INTERNAL_H
#define CONTENT_INTERNAL_H
#include "content/content.h"
#include "content/plan/fragments.h"
#include "content/write/writer.h"

/* What content.c, write/write.c, write/work.c, journal/catch_up.c and journal/journal.c share; nobody else includes this. */

#define VERSION_SLOTS 1024u /* collections share a slot by name hash: a collision only ages an ETag early */

/* Rung when something was committed, or seen of others; guarded by its own lock, which is taken last. */
struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    uint64_t rings;
};

struct content {
    struct arena *arena;              /* process lifetime */
    const struct engine_ops *ops;
    struct engine *engine;
    const struct crypt *crypt;
    struct writer *writer;
    struct fragments *fragments;
    struct blobs *blobs;
    struct ship *ship;                /* NULL: nothing is shipped */
    struct slot model;                /* struct model */
    struct key_rules keys;
    str pki_url;
    struct registry_options registry;
    bool read_only;
    _Atomic(bool) indexing;           /* some full-text index is not complete: content_tick goes on with it */
    _Atomic(bool) reshaping;          /* the batch at hand reshapes: other jobs in it are sent away until it ends */

    struct bell bell;                 /* journal_wait's */
    pthread_mutex_t catch_up_lock;    /* guards what catch_up learns, below; taken alone */
    _Atomic(uint64_t) signed_to;      /* the last checkpoint that journal_sign knows of */
    _Atomic(int64_t) signed_ms;
    _Atomic(uint64_t) seen;           /* last journal seq that was looked at */
    struct epochs epochs;
    _Atomic(uint64_t) versions[VERSION_SLOTS];
};

/* One transaction at work (behaviour.h's word). On the writer's thread; dies with the job. */
struct work {
    struct content *content;
    struct txn *txn;
    struct arena *arena;
    const struct model *model;
    const struct actor *actor;
    const struct rights *rights;      /* the author's; NULL: the server's own work */
    unsigned depth;                   /* changes made by behaviours and by referrers, nested */
    struct trashing *trashing;        /* the deletion at work (content/publish/trash.h); NULL: none */
    size_t changes;                   /* so far, against … */
    size_t changes_max;               /* … this; 0: LIMIT_CHANGES */
    bool reshaped;
    struct model_plan *plan;          /* NULL: nobody plans, this is meant */
    bool noted;                       /* something stands in the journal: there is something to commit */
};

void journal_bell_init(struct bell *b);
size_t version_slot(str collection);
/* Brings the tables from one model to another and remembers the new shape; *changed tells whether
 * there was anything to do. */
NODISCARD enum err reshape_to(struct work *w, const struct model *before, const struct model *after,
                              const struct definition_change *list, size_t list_count, bool *changed, struct problem *why);
/* A plan in the making: what this transaction does to the model is told, with counts, and undone in the end
 * (settle/model_plan.c). */
struct model_plan {
    struct json *steps;
    size_t count;
    bool loses;
};
NODISCARD enum err plan_steps(struct work *w, const struct step *steps, size_t count, struct problem *why);
/* Sealed texts are bound to where they stand: those of renamed collections and fields are sealed anew (settle/reseal.c). */
NODISCARD enum err reseal(struct work *w, const struct step *steps, size_t count, struct problem *why);
str secret_context(struct arena *a, str collection, str id, str field);
/* What settles together what a request's changes do to one collection (behaviour.h: ahead). */
NODISCARD enum err look_ahead(struct work *w, struct change *changes, size_t count, struct problem *why);
/* Full-text indexes after the model, and the next `rows` items into those that are being made (search/index_words.c).
 * *wrote becomes true when there is something to commit. */
NODISCARD enum err index_words(struct content *c, struct txn *t, const struct model *m, size_t rows, bool *wrote,
                               struct problem *why);
/* Builds the model that is served from the embedded definitions and the rows of `collections` as t sees them, with what they
 * were called before (journal/eras.h), which costs a look at the journal. */
NODISCARD enum err model_load(struct content *c, struct txn *t, uint64_t epoch, struct model **out, struct problem *why);
/* ERR_INVALID when the database was made with another master key; notes the key of a new database. */
NODISCARD enum err key_check(struct content *c, struct txn *t, bool *noted, struct problem *why);
/* First start, new program version: brings the tables to the model. Then publishes the model. */
NODISCARD enum err model_settle(struct content *c, struct problem *why);

/* Everything about a request's changes that needs no database; faults are prefixed with "/<index>" when count > 1. */
NODISCARD enum err content_check_wishes(struct content *c, const struct rights *rights, const struct actor *actor,
                                        struct change *changes, size_t count, struct arena *a, struct problem *why);
/* Before the transaction: rights, presets and all that can be said of values without a database (change/wish.c). Nested
 * changes and both halves of an upsert with it. */
NODISCARD enum err check_wish(const struct rights *rights, const struct actor *actor, struct change *c, struct arena *a,
                              struct problem *why);
/* One change with the rights of its author; NULL rights: the server's own (behaviours, referrers). */
NODISCARD enum err write_change(struct work *w, const struct rights *rights, struct change *change, struct problem *why);
/* A change with an upsert: whichever of its halves it takes (write/upsert.c). */
NODISCARD enum err write_upsert(struct work *w, const struct rights *rights, struct change *c, struct problem *why);
/* Image of an item as this transaction sees it; ERR_NOT_FOUND. */
NODISCARD enum err read_image(struct work *w, const struct collection *c, str id, const struct json **out,
                              struct problem *why);
NODISCARD enum err read_server(struct work *w, struct query *q, struct item_list *out, struct problem *why);
NODISCARD enum err count_server(struct work *w, struct query *q, uint64_t *out, struct problem *why);
/* The only way into the journal: every thousandth entry takes a checkpoint with it. */
NODISCARD enum err journal_append(struct content *c, struct txn *t, struct entry *e, struct problem *why);
/* Entries out of a fixed statement that has the columns of journal_since. */
struct fixed_call;
NODISCARD enum err entries_read(struct content *c, struct txn *t, const struct fixed_call *call, struct arena *a,
                                struct entry **out, size_t *count, struct problem *why);
/* Rights and values were made for one model; another may have been committed while this job waited: ERR_UNAVAILABLE. */
NODISCARD enum err check_epoch(struct content *c, const struct rights *rights, struct problem *why);
NODISCARD enum err note_entry(struct work *w, struct entry *e, struct problem *why);
NODISCARD enum err fixed_write(struct content *c, struct txn *t, enum fixed f, const struct cell *parameters, size_t count, struct problem *why);
/* Facts about the database as a whole, by name (settle/notes.c); {0}: no such note. */
NODISCARD enum err note_read(struct content *c, struct txn *t, struct arena *a, str name, str *out, struct problem *why);
NODISCARD enum err note_write(struct content *c, struct txn *t, str name, str value, struct problem *why);
const struct behaviour *behaviour_of(str collection);
/* ERR_NOT_FOUND unless the item exists and satisfies the condition. */
NODISCARD enum err check_reach(struct work *w, const struct collection *c, str id, const struct filter *where,
                               struct problem *why);
/* Slugs that were made get a number when they are there already (write/slug.c). */
NODISCARD enum err number_slugs(struct work *w, struct change *c, struct problem *why);
/* A node of a tree below its parent and among its siblings, who make room (write/tree.c). present NULL: a new one. */
NODISCARD enum err place_in_tree(struct work *w, const struct rights *rights, struct change *c, const struct json *present,
                                 struct problem *why);
/* Fields whose `required_if` the written item satisfies have a value (write/required.c). */
NODISCARD enum err check_required_if(struct work *w, const struct change *c, struct problem *why);
/* Translations that a change wishes for, put beside those that are there; unique fields are unique in each
 * language (write/languages.c): ERR_CONFLICT. present: the item's image, NULL on create. */
NODISCARD enum err write_languages(struct work *w, struct change *c, const struct json *present, struct problem *why);
/* ERR_STALE unless the item is at the revision that the change expects (write/stale.c). */
NODISCARD enum err check_revision(struct work *w, const struct rights *rights, const struct change *at, struct problem *why);
/* Referrers of an item about to be deleted: cleared, refused or deleted with it (write/delete.c). */
NODISCARD enum err settle_referrers(struct work *w, const struct collection *c, str id, struct problem *why);
/* Every row of `blobs`, a page at a time and without a transaction meanwhile (bytes/scrub.c). */
typedef enum err blob_row_see(void *self, struct work *w, const struct json *row, struct problem *why);
NODISCARD enum err blob_rows_each(struct content *c, blob_row_see *see, void *self, struct problem *why);
/* Does any item refer to this one of the collection `to`? (bytes/sweep.c) */
NODISCARD enum err has_referrers(struct work *w, str to, str id, bool *out, struct problem *why);

#endif
