#ifndef CONTENT_CHANGE_H
#define CONTENT_CHANGE_H
#include "content/access.h"

/* One wish to create, update or delete; a batch of them is one transaction. Façades fill the first
 * part; content fills the result. */
#define SINGLE_ID "000000000000000000000001" /* the one item of a SHAPE_SINGLE, once it was saved */

enum op { OP_CREATE, OP_UPDATE, OP_REPLACE, OP_DELETE };

struct change {
    enum op op;                       /* OP_UPDATE keeps absent fields, OP_REPLACE clears those the writer may write */
    const struct collection *in;
    str id;                           /* create: {0}, or chosen by an importing client */
    str where;                        /* what pointers of faults begin with ("/data") */
    bool expects;                     /* If-Match given: */
    uint64_t expect_revision;         /* … and this must be the present one (0: must not exist, with OP_CREATE) */
    bool merge;                       /* OP_UPDATE: maps inside deep fields are merged (RFC 7396), not replaced */
    field_set set;                    /* which values are present */
    struct json *values;              /* [in->field_count], by field->index; JSON_NULL clears */
    const struct json *beside;        /* for the behaviour alone, no field: what a dialect must say again as it was sent */
    const field_set *writable;        /* change_read: the others are unknown; NULL: all (content_write judges anyway) */

    /* Filled by change_check: canonical values, and secrets split off. */
    /* Filled by content_write: */
    str result_id;
    uint64_t result_revision;
    const struct json *before, *after;  /* images without secrets; NULL when there is none */
    str secret_once;                  /* set by a behaviour: plain text shown once (a new key) */
};

/* Takes an item from a client ({"title":…,"author":…}) into a change. Unknown members and locked fields
 * are faults ("unknown-field", "locked"). `_state` is taken, in trees `_pid` and `_o` too; `_id` becomes
 * out->id when there is none, and must equal it otherwise. Other names that answers carry (`_created`,
 * `_rev`, `_model` …) are passed over, so that an item can be sent back as it came. The caller sets
 * out->op (and out->id) before. Pointers are prefixed with `where` ("/data"). */
NODISCARD enum err change_read(struct arena *a, const struct collection *c, const struct json *item, str where,
                               struct change *out, struct problem *why);
/* Validates and canonicalises: kinds, required, lengths, ranges, patterns, options, items; defaults,
 * slugs and $now/$user are filled in on create. Required locked fields may be absent: the server writes
 * them later. `_state` is left alone (who may publish is known later). Passwords are hashed. All faults
 * at once, ERR_INVALID. Touches no database. */
NODISCARD enum err change_check(struct arena *a, struct change *c, const struct vars *vars, str where,
                                struct problem *why);
/* This instant as a value of the field: a date, a time of day, or both. */
struct json change_now(struct arena *a, const struct field *f, int64_t now_ms);
/* A JSON Merge Patch (RFC 7396) inside deep fields: merged with the present item before change_check. */
NODISCARD enum err change_merge(struct arena *a, struct change *c, const struct json *present, struct problem *why);

#endif
