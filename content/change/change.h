#ifndef CONTENT_CHANGE_CHANGE_H
#define CONTENT_CHANGE_CHANGE_H
#include "content/access.h"
#include "content/pointer.h" /* where the faults of a change are */

/* One wish to create, update or delete; a batch of them is one transaction. Façades fill the first
 * part; content fills the result. */
#define SINGLE_ID "000000000000000000000001" /* the one item of a SHAPE_SINGLE, once it was saved */

struct pending;
/* A localised field in one language; JSON_NULL takes the translation away. */
struct translation {
    const struct field *field;
    const struct language *language;
    struct json value;
    str path;                         /* pointer of the value, for faults */
};

enum op { OP_CREATE, OP_UPDATE, OP_REPLACE, OP_DELETE };

#define REVISION_ANY (UINT64_MAX - 1) /* expect_revision: whichever; "If-Match: *" */
#define REVISION_NONE UINT64_MAX      /* … which no item has */

/* What a value is to become, said by what is there: settled inside the transaction (content/change/edit.h). */
enum edit_kind { EDIT_ADD, EDIT_SUBTRACT, EDIT_APPEND, EDIT_PREPEND, EDIT_ADD_MISSING, EDIT_REMOVE };
struct edit {
    enum edit_kind kind;
    const struct field *field;
    struct json operand;
    str path;
};

/* One step of a nested write of a reference (content/change/nested.h), in the order in which they were said. */
enum link_op { LINK_CLEAR, LINK_CONNECT, LINK_DISCONNECT, LINK_CREATE, LINK_UPDATE, LINK_DELETE };
enum link_place { PLACE_DEFAULT, PLACE_START, PLACE_END, PLACE_BEFORE, PLACE_AFTER };
struct link_wish {
    enum link_op op;
    const struct field *field;
    str id;                           /* of the item; {0}: the one that is linked, of a single reference */
    enum link_place place;
    str anchor;                       /* PLACE_BEFORE, PLACE_AFTER: the neighbour's id */
    struct change *change;            /* LINK_CREATE, LINK_UPDATE, LINK_DELETE */
    str path;
};

/* Create, or change the item with the same values in these fields: whichever it takes at that moment. The change
 * that has this is the OP_CREATE; `update` is the same wish for the item that is there. */
struct upsert {
    const struct field *by[8];
    size_t count;
    struct change *update;            /* OP_UPDATE or OP_REPLACE */
    bool may_create, may_update;      /* content_write: by the rights */
    struct problem *not_new;          /* … what is wrong with it as a new item; NULL: nothing */
};

/* Done once, however often it is asked (content/write/once.c): on the first change of a transaction. */
struct once {
    str key;                          /* as the client sent it */
    str request;                      /* everything that makes the request what it is */
    str owner;                        /* whose key it is (roles/gate.c): nobody else finds it */
    bool replayed;                    /* it was done before: the results are those of that time, as far as they are known */
};

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
    bool draft;                       /* into the pending version of a published item; a new item becomes a draft */
    bool newest;                      /* the pending version goes with it, and expect_revision is of what `draft` readers
                                         see, not of the row; with rights, publishing is asked for in any case */
    bool unfinished;                  /* required values may be missing: content_write looks when it publishes */
    str verb;                         /* in the journal; {0}: create, update, delete */
    bool by_server;                   /* content's own wish (content/write/own_rows.h), not an author's */
    bool permanent;                   /* OP_DELETE: past the trash */
    bool restores;                    /* the server alone: an item comes back as it was exported, so that locked fields
                                         and what content writes by itself (_rev, _created, _modified, _cby, _mby) are taken
                                         as they are */
    enum link_place place;            /* in trees, among the siblings (content/write/tree.c); BEFORE and AFTER: of `anchor` */
    str anchor;
    const struct json *back;          /* OP_CREATE of what was deleted: the image that goes on (content/publish/trash.c) */
    const struct json *beside;        /* for the behaviour alone, no field: what a dialect must say again as it was sent */
    field_set pending;                /* fields in `set` whose values are settled inside the transaction, by: */
    struct edit *edits;
    size_t edit_count;
    struct link_wish *links;
    size_t link_count;
    struct change *within;            /* the change whose nested write this is; NULL: of nobody's */
    struct upsert *upsert;            /* NULL: op says it all */
    struct once *once;                /* NULL: done as often as it is asked */
    const struct rights *author;      /* change_read: what may be known of nested items; NULL: everything (content_write judges anyway) */
    bool placed;                      /* `where` tells already which of several changes this is */
    const struct languages *languages; /* those that the client may name; NULL: it knows of none */
    const struct language *language;  /* localised values are of this one; NULL: of the default language */
    bool every_language;              /* … are maps of language to value */
    struct translation *translations; /* change_read: wishes for other languages than the default */
    size_t translation_count, translation_room;
    const field_set *writable;        /* change_read: the others are unknown; NULL: all (content_write judges anyway) */

    /* Filled by change_check: canonical values, and secrets split off. */
    field_set made;                   /* slugs that nobody chose (content/write/slug.c) */
    /* Filled by content_write: */
    const struct pending *version;    /* the item's pending version; NULL: it has none (content/publish/drafts.h) */
    str result_id;
    uint64_t result_revision;
    const struct json *before, *after;  /* images without secrets; NULL when there is none */
    bool created;
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
/* The same for one field's value, which was just settled: kind and `required`. */
NODISCARD enum err change_check_field(struct arena *a, struct change *c, const struct field *f, const struct vars *vars,
                                      struct problem *why);
/* This instant as a value of the field: a date, a time of day, or both. */
struct json change_now(struct arena *a, const struct field *f, int64_t now_ms);
/* What a slug field makes of a text, as long as the field allows; may be empty. */
str change_slug(struct arena *a, const struct field *f, str text);
/* The same with a number behind it, as long as the field may be: "news-2". */
str change_slug_numbered(struct arena *a, const struct field *f, str slug, unsigned number);
/* A JSON Merge Patch (RFC 7396) inside deep fields: merged with the present item before change_check. */
NODISCARD enum err change_merge(struct arena *a, struct change *c, const struct json *present, struct problem *why);

#endif
