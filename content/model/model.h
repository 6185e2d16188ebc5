#ifndef CONTENT_MODEL_MODEL_H
#define CONTENT_MODEL_MODEL_H
#include "base/map.h"
#include "base/thread.h"
#include "content/cell.h"

/* What exists: collections and their fields. A model is one immutable snapshot in an arena of its
 * own, with an epoch; requests hold a counted use of the one they started with, so that a change of
 * the model never pulls a field from under them. Read it from any thread.
 *
 * Words (architecture 2): collection, item, field, kind. System collections are described in the same
 * JSON format as users' (content/system/<domain>/<name>.json). */
struct kind;
struct field;
struct collection;
struct view;
struct expression;
struct model;
struct regex;
struct filter;

/* A component has no items and no table: its fields are members of values of the kinds component and blocks. It
 * is no collection to anybody but the model (model_component). */
enum shape { SHAPE_LIST, SHAPE_SINGLE, SHAPE_TREE, SHAPE_COMPONENT };

/* The fields every item has stand in front of its own, in this order, so that filters, sorts,
 * projections and plans treat them alike. Names begin with '_' (contract 5); own names must not. */
enum meta {
    META_ID,        /* text, 24 hex */
    META_STATE,     /* 1 published, 0 draft, -1 archived */
    META_CREATED,   /* Unix seconds */
    META_MODIFIED,
    META_CBY,       /* id of the user who created it, or null */
    META_MBY,
    META_REV,       /* +1 per write */
    META_PARENT,    /* "_pid": trees only */
    META_ORDER,     /* "_o": trees only */
    META_I18N,      /* "_i18n": what localised fields are in other languages (content/languages/translations.h); of
                       collections that have such fields, seen by the server alone */
    META_COUNT
};

#define FIELDS_MAX 256              /* LIMIT_FIELDS, meta fields included */
typedef struct field_set {
    uint64_t bits[FIELDS_MAX / 64];
} field_set;

static inline bool field_set_has(const field_set *s, size_t index)
{
    return (s->bits[index / 64] >> (index % 64)) & 1u;
}
static inline void field_set_add(field_set *s, size_t index)
{
    s->bits[index / 64] |= UINT64_C(1) << (index % 64);
}
static inline void field_set_drop(field_set *s, size_t index)
{
    s->bits[index / 64] &= ~(UINT64_C(1) << (index % 64));
}
static inline bool field_set_is_empty(const field_set *s)
{
    return (s->bits[0] | s->bits[1] | s->bits[2] | s->bits[3]) == 0;
}
field_set field_set_and(field_set a, field_set b);
field_set field_set_or(field_set a, field_set b);
bool field_set_equal(const field_set *a, const field_set *b);

enum on_delete { ON_DELETE_CLEAR, ON_DELETE_REFUSE, ON_DELETE_CASCADE }; /* what happens to who points here */

struct field {
    str name;
    str label;
    str info;
    str group;
    str column;                       /* quoted SQL identifier, for example "title" with its quotes */
    str json_name;                    /* `"title":` ready for the JSON writer */
    const struct kind *kind;
    const struct collection *in;      /* NULL for members of a set */
    uint16_t index;                   /* in collection->fields; of a member: among its siblings */
    uint32_t id;                      /* stable: survives a rename. "id" of the definition, else made of "was" or the name */
    bool has_own_id;                  /* … the former */
    str was;                          /* its name before a rename, {0} */
    bool required;
    bool unique;
    bool indexed;
    bool many;                        /* the value is an ordered list; kind is then the list's row (kind->one: an element's) */
    bool localized;                   /* the column has the default language, "_i18n" the others */
    bool locked;                      /* system collections: the server's own, users cannot drop or write it */
    bool audit_reads;                 /* who reads it is noted (content/journal/reads.h) */
    bool apart;                       /* … and long: it is in no image, so that neither the journal nor behaviours have it */
    bool is_meta;

    const struct expression *computed; /* no column: its value is made of others' when it is read; NULL: stored */
    const struct json *standard;      /* default value, NULL: none; the text "$now", "$user" are computed */

    /* Rules; which apply is the kind's business. */
    bool integer_only;                /* number */
    bool has_min, has_max;
    double min, max;
    uint32_t min_length, max_length;  /* code points; 0: no bound (max: LIMIT_TEXT_BYTES holds anyway) */
    uint32_t min_items, max_items;    /* lists */
    str match;                        /* PCRE2 pattern, whole value */
    const struct regex *pattern;      /* match, compiled; NULL: none */
    const struct json *options;       /* select, multiselect: list of texts or {value,label} */
    str back;                         /* ref: what the way back is called, seen from the target; {0}: "posts_via_author" */
    str from;                         /* slug: the field it is made of when absent */
    double search_weight;             /* in full-text search; 0: its words are not found (search.c) */

    const struct collection *to;      /* ref, asset: target */
    enum on_delete on_delete;
    str link_table;                   /* quoted, many refs only: "posts.authors" */

    /* A reference to one of several collections ("to": ["posts","pages"]) has `to` NULL. Its values are texts
     * "posts/<id>" in images and columns, {"_model","_id"} in answers. */
    const struct collection *const *targets;
    size_t target_count;
    /* Names that definitions do not write, made while a model is read; in no collection->fields, without a column.
     * `in` and `index` are those of the stored reference, so rights on that one count.
     *   "about:posts"       into one of several collections: via is "about", to is posts
     *   "posts_via_author"  from an author to what refers to it: via is posts.author (or an "about:authors"),
     *                       to is posts, many. Where posts.author says "back", it is called that, and nothing else */
    const struct field *into;         /* target_count of the first sort */
    const struct field *via;
    bool backwards;                   /* the second sort */

    const struct field *members;      /* set, component, lists of them: sub-fields (never refs to columns); blocks: none,
                                         they differ by element */
    size_t member_count;
    const struct collection *const *of; /* component: the one; blocks: those that an element may be of */
    size_t of_count;
    const struct filter *required_if; /* required when the item is like this (own fields only); NULL: never mind */

    const struct json *definition;    /* canonical, unknown keys included: the dashboard's business */
    str api_type;                     /* what its values are called in generated schemas, {0}: no type of their own */
};

/* An action that a definition says and another server does (docs/actions.md): a signed call. */
struct outgoing_write {               /* a field of the item, and the member of the answer that it takes */
    const struct field *field, *member;
};
struct outgoing {
    str url;
    bool on_collection;               /* of no item in particular */
    uint32_t timeout_s;
    struct field *input, *output;     /* of kind set, in no collection: `members` are what goes and what comes; NULL: nothing */
    const struct outgoing_write *writes;
    size_t write_count;
};

struct action {
    str name;
    str label, info;
    const struct json *input;         /* JSON-Schema-like description or NULL */
    const struct outgoing *out;       /* NULL: there is code for it (content/behaviour.h), if any */
};

struct api_name {                     /* in generated schemas (content/model/api_names.h) */
    str one, list;                    /* "blogPost", "blog_posts" */
    str type, types;                  /* "BlogPost", "BlogPosts" */
};

struct unique_rule {                  /* compound unique and declared indexes */
    const struct field *fields[8];
    size_t count;
    bool unique;
    bool down[8];
};

struct collection {
    str name;
    str label;
    str info;
    str group;
    struct api_name api;              /* of a component the type only */
    str table;                        /* quoted SQL identifier: "c_posts"; the server's own tables have other prefixes */
    enum shape shape;
    bool system;
    bool demands_match;               /* writes of an item say which revision they change (428 otherwise) */
    const struct field *within;       /* the reference to what an item is a part of: who may do something with that may do it with
                                         the part, and nobody else (roles/policy/rights.c); NULL: grants name the collection itself */
    const struct view *view;          /* content/model/view.h: a query over another collection, read-only; NULL: none */
    bool audit_reads;                 /* who reads any of its items is noted (content/journal/reads.h) */
    bool read_only;                   /* journal: no create, update, delete by anybody; no table of its own, no steps */
    uint16_t index;                   /* in model->collections */
    const struct field *fields;       /* META_COUNT meta fields first */
    size_t field_count;
    field_set meta_fields;            /* which meta fields this shape has */
    field_set all_fields;             /* meta + own, secrets included */
    field_set secret_fields;          /* never selected, filtered, sorted, exported, journalled */
    const struct unique_rule *rules;
    size_t rule_count;
    const struct action *actions;
    size_t action_count;
    const struct field *display;      /* names an item to a human; never NULL (META_ID at worst) */
    uint32_t max_level;               /* trees: levels that there may be; 0: as many as the server can show */
    bool searched;                    /* some field has a search_weight: the engine keeps a full-text index */
    const struct json *definition;
    const struct map *by_name;        /* field name -> struct field */
    const struct field *const *backs; /* who refers to this collection: "posts_via_author" … */
    size_t back_count;
};

struct model {
    struct counted counted;           /* first: slot_acquire/counted_release */
    uint64_t epoch;                   /* journal seq of the change that made it; grows */
    struct arena *arena;
    const struct collection *const *collections;
    size_t collection_count;
    const struct map *by_name;
    const struct collection *const *components;   /* not among the collections; names are shared with them */
    size_t component_count;
    const struct map *component_names;
    bool watches_reads;               /* some collection or field has audit_reads */
    const struct eras *eras;          /* content/journal/eras.h: what was called how, and when; NULL: not known */
    const struct languages *languages; /* content/languages/languages.h; NULL: none, as in a model that nobody serves */
};

const struct collection *model_find(const struct model *m, str name);       /* NULL when there is none */
const struct collection *model_component(const struct model *m, str name);  /* NULL when there is none */
/* The one an element of blocks says it is of, by "_component" or Strapi's "__component" ("layout.hero" is hero);
 * NULL: it says nothing, or something unknown. */
const struct collection *block_component(const struct field *f, const struct json *element);
const struct action *action_named(const struct collection *c, str name);    /* NULL */
const struct field *collection_field(const struct collection *c, str name); /* NULL; meta fields of its shape too */
/* "about:posts", "posts_via_author"; NULL: no such relation. A field's own name goes first. */
const struct field *collection_relation(const struct collection *c, str name);
static inline bool field_is_polymorphic(const struct field *f)
{
    return f->target_count > 0;
}
static inline bool field_leads_into(const struct field *f) /* "about:posts" */
{
    return f->via && !f->backwards;
}
/* The field that has the column or links: "about" of "about:posts" and of "comments_via_about". */
static inline const struct field *field_stored(const struct field *f)
{
    while (f->via)
        f = f->via;
    return f;
}
/* The id in "posts/<id>", when that is the collection; {0}. */
str reference_id(str reference, const struct collection *c);

/* Reads definitions (a list of collection objects, content format below) into a snapshot. All faults
 * at once, with pointers ("/3/fields/0/kind"). `system_names` of the contract are refused for
 * definitions without "system": true. References between collections are resolved over the whole
 * list. The format is documented in docs/model.md:
 *   {"name","label","info","group","shape":"list|single|tree","system":bool,"display":"title",
 *    "fields":[{"name","kind","label","info","group","required","unique","indexed","many","default",
 *               "min","max","minlength","maxlength","match","options","to","on_delete","back","fields",
 *               "integer","from","id","search", …}],
 *    "unique":[["a","b"]], "indexes":[["a","-b"]],
 *    "actions":[{"name","label","info","url","on","timeout_s","input":[fields],"output":[fields],"writes":{…}}]}
 * Cockpit's own spelling ("type","opts","multiple","i18n") is accepted and translated. */
NODISCARD enum err model_read(const struct json *const *definitions, size_t count, uint64_t epoch,
                              struct model **out, struct problem *why);
/* The one spelling of a definition, whether it is valid or not: what model_read keeps and prints. */
const struct json *definition_canonical(struct arena *a, const struct json *definition);
/* Writes one collection's definition back, canonical: same model, same bytes; every field has its "id". */
str collection_print(struct arena *a, const struct collection *c);

/* Two models -> ordered steps for the engine (content/store/shape.c turns them into DDL). Collections are
 * matched by name, or by "was" when there was none of that name; fields by the "id" that the later
 * definition names, else in the same way: so a rename is a rename. `loses` tells that stored values are thrown away; the caller demands an
 * explicit yes for those. `before` may be NULL (empty). Read-only collections have no steps.
 *
 * ADD_COLLECTION and REBUILD_COLLECTION bring all of it along: fields, indexes, link tables. There are no
 * other steps for a collection that is added, dropped or rebuilt (a rebuilt one may have another name), but for
 * what is said of its languages, and MOVE_MEMBERS, which come last. A
 * list cannot become single nor a single one a list: ERR_INVALID. */
enum step_kind {
    STEP_ADD_COLLECTION, STEP_DROP_COLLECTION, STEP_RENAME_COLLECTION,
    STEP_ADD_FIELD, STEP_DROP_FIELD, STEP_RENAME_FIELD,
    STEP_LOCALIZE, STEP_UNLOCALIZE,   /* values keep: those of the default language; other languages' are lost */
    STEP_REBUILD_COLLECTION,      /* column, required, unique or reference of some fields changed: copy into a
                                     new table, values by field_ancestor and field_conversion */
    STEP_ADD_INDEX, STEP_DROP_INDEX,  /* of `rule`, or of the field (`indexed`) when that is NULL */
    STEP_MOVE_MEMBERS,                /* inside documents: members of the field's set or components, by `moves` */
    STEP_ACTION,                      /* one was added, changed, dropped, of a collection that stays: nothing for tables */
    STEP_COMPONENT                    /* a component was added, changed (its fields), dropped: nothing for tables */
};
static inline bool step_is_for_tables(enum step_kind kind)
{
    return kind != STEP_ACTION && kind != STEP_COMPONENT;
}
struct step {
    enum step_kind kind;
    const struct collection *before, *after;
    const struct field *field_before, *field_after;
    const struct unique_rule *rule;
    const struct json *moves;     /* MOVE_MEMBERS: for members_move() */
    bool loses;
    str text;                     /* one sentence for a human */
};
/* What became of the members inside of a document, from a field to the one it became: NULL when all are where they
 * were. {"members":{"old":{"name":"new","in":{…}},"gone":null},"components":{…}}; *loses when some are gone.
 * ERR_TOO_LARGE: more than one change may move. */
NODISCARD enum err member_moves(struct arena *a, const struct field *before, const struct field *after,
                                const struct json **moves, bool *loses);
/* The document with members moved like that; an element of a component that is gone goes too. */
struct json members_move(struct arena *a, const struct json *document, const struct json *moves);
NODISCARD enum err model_diff(struct arena *a, const struct model *before, const struct model *after,
                              struct step **steps, size_t *count, struct problem *why);
/* The field of `before` that became `after` by the rules above; NULL: a new one. Meta fields are their own. */
str definition_was(const struct json *definition);     /* the name before a rename; {0} */
const struct field *field_ancestor(const struct collection *before, const struct field *after);
uint32_t field_id_of_name(str name);   /* the id of a field that says none: made of its "was", else of its name */
/* What a rebuild does with a column's values; the engine knows how. */
enum conversion {
    CONVERT_KEEP,                 /* same column type: copied */
    CONVERT_TEXT,                 /* number or boolean to its text */
    CONVERT_WRAP,                 /* one value to a list of one; one reference to a link row */
    CONVERT_FIRST,                /* list to its first element, links to the first: the others are lost */
    CONVERT_INTO,                 /* a reference gets more collections to lead to: "posts/<id>" */
    CONVERT_OUT_OF,               /* … or only one: the others' are lost */
    CONVERT_DROP                  /* cannot convert: null */
};
enum conversion field_conversion(const struct field *before, const struct field *after);
/* Both lead to several collections, and one of the former is no more among them: references into it are lost. */
bool field_loses_targets(const struct field *before, const struct field *after);
/* Whether what the field is in other languages than the default is thrown away; after NULL: with the field. */
bool translations_end(const struct field *before, const struct field *after);

#endif
