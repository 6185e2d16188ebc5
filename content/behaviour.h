#ifndef CONTENT_BEHAVIOUR_H
#define CONTENT_BEHAVIOUR_H
#include "content/change/change.h"

/* What a system collection adds to being a collection: checks and side effects inside the transaction,
 * and actions. Behaviours run on the writer's thread after the access check; they add changes, they do
 * not open other doors. No network, no waiting: the write lock is held. */
struct work;                          /* one transaction at work */

/* What a behaviour may do. All of it lands in the same transaction and journal. */
struct arena *work_arena(struct work *w);
const struct model *work_model(struct work *w);
const struct actor *work_actor(struct work *w);
/* The author's rights, for what he may hand on; never NULL for a change that does not follow from another one.
 * Their collections are those of rights->model. */
const struct rights *work_rights(struct work *w);
int64_t work_now_ms(struct work *w);
const struct crypt *work_crypt(struct work *w);
bool work_follows(struct work *w);    /* this change follows from another one, which was judged already */
/* An item's image as the transaction sees it: no secrets, nothing that is kept apart; ERR_NOT_FOUND. */
NODISCARD enum err work_get(struct work *w, str collection, str id, const struct json **out, struct problem *why);
/* First item that matches; *out NULL when none does. */
NODISCARD enum err work_find(struct work *w, str collection, const struct filter *where, const struct json **out, struct problem *why);
NODISCARD enum err work_count(struct work *w, str collection, const struct filter *where, uint64_t *out, struct problem *why);
/* Items that say something in this language (published values); items of collections with localised fields. */
NODISCARD enum err work_count_translations(struct work *w, str language, uint64_t *out, struct problem *why);
NODISCARD enum err work_count_localized(struct work *w, uint64_t *out, struct problem *why);
NODISCARD enum err work_each(struct work *w, str collection, const struct filter *where,
                             enum err (*see)(void *self, const struct json *item), void *self, struct problem *why);
/* The same for very many: these fields only, in no order, and each item only for as long as it is seen. */
NODISCARD enum err work_each_of(struct work *w, str collection, const struct filter *where, const str *fields, size_t count,
                                enum err (*see)(void *self, const struct json *item), void *self, struct problem *why);
/* A further change, with the server's own rights (its reason is the behaviour's collection). */
NODISCARD enum err work_change(struct work *w, struct change *c, struct problem *why);
/* The next number of a row of them that only goes up: what was given once is never given again, whatever became
 * of who had it. The first is 1. */
NODISCARD enum err work_next_number(struct work *w, str row, int64_t *out, struct problem *why);
/* One that came back with its number, under this pointer: the row goes on behind it. ERR_INVALID: it cannot be one. */
NODISCARD enum err work_number_came(struct work *w, str row, const struct json *number, str where, struct problem *why);
/* Secrets: kept sealed (opened by purpose) or as keyed digest (looked up, never opened). */
NODISCARD enum err work_secret_set(struct work *w, const struct collection *c, str id, const struct field *f, str plain, struct problem *why);
NODISCARD enum err work_secret_get(struct work *w, const struct collection *c, str id, const struct field *f, str *plain, struct problem *why);
/* The same with slots: a digest field's own secret is in slot 1, others that are good beside it are in further
 * ones ("field.n" for content_by_digest). They go with the item. */
NODISCARD enum err work_digest_put(struct work *w, const struct collection *c, str id, const struct field *f, uint64_t slot, str plain, struct problem *why);
NODISCARD enum err work_digest_drop(struct work *w, const struct collection *c, str id, const struct field *f, uint64_t slot, struct problem *why);
/* What the operator says about keys (configuration, auth.*). */
struct key_rules {
    int64_t overlap_max_min;          /* minutes that an older secret may live on after a rotation */
    int64_t days_max;                 /* a key's life; 0: as long as its maker says */
};
const struct key_rules *work_key_rules(struct work *w);
/* Where lists of revoked certificates and the like are found (configuration, pki.url), without a slash at its end; {0}: nowhere. */
str work_pki_url(struct work *w);
/* What the operator says about the registry (content/registry_options.h). */
struct registry_options;
const struct registry_options *work_registry_options(struct work *w);
/* The model (in changes only, not in actions): puts these definitions in place of the ones of those names, all at
 * once, and brings the tables to the result. A name that is not there yet is a new one; definition NULL drops.
 * Steps that lose stored values are refused (ERR_CONFLICT, naming them) unless the definition they are about
 * allows it, or the one of a component does. `path` is the pointer of the definition, for faults. Used by the
 * collection "collections" only. */
struct definition_change {
    str name;                         /* as it is now: before a rename */
    const struct json *definition;
    bool allow_loss;
    str path;
};
NODISCARD enum err work_define(struct work *w, const struct definition_change *list, size_t count, struct problem *why);
/* Where bytes lie (content/bytes/blob.h). */
struct blobs;
struct blobs *work_blobs(struct work *w);
/* A note in the journal that is no change (login, refused). */
NODISCARD enum err work_note(struct work *w, str collection, str item, str verb, const struct json *after, struct problem *why);

struct action_code {
    str name;
    enum err (*run)(struct work *w, const struct collection *c, str id, const struct json *input,
                    struct json *output, struct problem *why);
    bool reads_only;                  /* runs without the write lock, for whoever reads the item, or: */
    bool for_makers;                  /* … for whoever may make items: of the collection, not of one item */
};

struct behaviour {
    str collection;
    /* Once, before the first of a request's changes: sees all that are of this collection, and may settle together
     * what none could alone. Each was found to be within its author's reach; what follows from others is not here. */
    enum err (*ahead)(struct work *w, struct change *const *changes, size_t count, struct problem *why);
    /* Before the row is written: may refuse, may set values (c->values, c->set). present: the item now, NULL on create. */
    enum err (*before)(struct work *w, struct change *c, const struct json *present, struct problem *why);
    /* After the row was written, same transaction. */
    enum err (*after)(struct work *w, struct change *c, struct problem *why);
    const struct action_code *actions;
    size_t action_count;
};
/* Does this action change nothing? Then the right to it is that to read. */
bool action_reads_only(str collection, str action);
bool action_for_makers(str collection, str action);   /* … that to create */
extern const struct behaviour *const behaviours[];   /* one explicit table, NULL-terminated (behaviours.c) */

#endif
