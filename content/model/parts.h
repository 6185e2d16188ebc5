#ifndef CONTENT_MODEL_PARTS_H
#define CONTENT_MODEL_PARTS_H
#include "content/model/model.h"

/* What the files of this folder share while a model is being read; nobody else includes this.
 *
 *   canon.c   a definition as somebody wrote it -> the canonical one
 *   read.c    canonical definitions -> collections
 *   fields.c  fields and what each says for itself
 *   actions.c actions, those of other servers with what goes and what comes
 *   links.c   what fields and collections say about each other: targets, defaults, rules, display
 *   components.c   groups of fields that others are made of; conditions on the item itself
 *   relations.c  "about:posts", "posts_via_author"
 *   api_names.c        names in generated schemas */

/* A field's definition: canonical, as written, and where it was written. */
struct field_source {
    const struct json *canonical, *given;
    str path;
    bool added;                       /* by an extension of a system collection */
};

/* A collection's definition on its way. */
struct draft {
    const struct json *canonical, *given;
    str path;
    str name;
    bool extends;
    struct field_source *fields;      /* own ones, extensions' included */
    size_t field_count;
    struct collection *collection;    /* NULL: an extension, or one that is beyond repair */
    struct field *own;                /* collection->fields + META_COUNT */
    struct action *actions;           /* collection->actions */
};

/* A field that has to be looked at again once every collection is known. */
struct site {
    struct field *field;
    const struct field_source *source;
    const struct field *siblings;     /* collection's own fields, or the set's members */
    size_t sibling_count;
    unsigned depth;                   /* sets that it stands in; the component it stands in counts, too */
};

struct reader {
    struct arena *arena;              /* the model's */
    struct problem *why;
    size_t faults;
    struct draft *drafts;
    size_t draft_count;
    struct model *model;
    struct map *by_name;              /* name -> struct collection */
    struct map *component_names;
    struct site *sites;
    size_t site_count, site_room;
};

#define REFUSE(r, path, rule, ...) ((r)->faults++, (void)problem_fault((r)->why, ERR_INVALID, (path), S(rule), __VA_ARGS__))

/* Keys of a definition by type, and where they go. */
enum key_as { AS_TEXT, AS_BOOL, AS_COUNT, AS_DOUBLE, AS_LIST, AS_MAP, AS_ANY };
struct key {
    str name;
    enum key_as as;
    size_t offset;                    /* in the struct; KEY_LATER: looked at elsewhere */
    size_t flag_offset;               /* AS_DOUBLE: a bool that tells it was there */
};
#define KEY_LATER SIZE_MAX
extern const struct key field_keys[], collection_keys[], action_keys[];       /* in canonical order */
extern const size_t field_key_count, collection_key_count, action_key_count;

/* Where a canonical key of a field was written: "/fields/0/opts/min" for "min". */
str written_path(struct arena *a, const struct json *given, str path, str key);

/* Reads known keys into a struct; wrong types and words that are nearly known ones are faults. */
void take_keys(struct reader *r, const struct json *canonical, const struct json *given, str path,
               const struct key *keys, size_t count, void *into);
/* The word that `wrong` is most likely a slip of, among count words; {0} when there is none. */
str nearest_word(str wrong, str (*word)(const void *words, size_t index), const void *words, size_t count);

bool name_is_valid(str name);
bool kind_takes(const struct kind *k, str key);
str lower_name(struct arena *a, str name);
str quoted(struct arena *a, str name);                         /* SQL identifier */
struct json words_of(struct arena *a, str commas);             /* "a, b" -> ["a","b"] */

bool draft_is_view(const struct draft *d);                     /* views.c */
void read_views(struct reader *r);                             /* once references are linked */
void link_view(struct reader *r, struct draft *d);             /* its condition and order, once its source is complete */
void link_computed(struct reader *r, struct draft *d);         /* computed.c */
void index_fields(struct reader *r, struct collection *c, struct field *fields);

void read_meta_fields(struct reader *r, struct collection *c, struct field *fields);
void read_fields(struct reader *r, struct draft *d);
/* A set that is no collection's field: the definition is {"name","kind":"set","fields":[…]}, whose list stands at `at`.
 * depth: of the set itself. */
void read_lone_set(struct reader *r, struct field *f, const struct json *definition, const struct json *given, str at, unsigned depth);
void read_actions(struct reader *r, struct draft *d);
void link_actions(struct reader *r, struct draft *d);          /* what is written by answers, once kinds are known */
bool draft_is_component(const struct draft *d);
void read_component(struct reader *r, struct draft *d, struct collection *c);
void link_components(struct reader *r);                        /* "of", before defaults are checked */
void link_conditions(struct reader *r, struct draft *d);       /* required_if, shown_if: of a sound model */
void link_fields(struct reader *r);                            /* targets, defaults, slugs */
void link_relations(struct reader *r);                         /* the names that nobody declares */
void link_into(struct reader *r, struct field *f);             /* "about:posts" of a reference to several collections */
void link_collection(struct reader *r, struct draft *d);       /* rules, display */
void link_names(struct reader *r);                             /* api_names.c: once all collections are complete */
void link_search(struct reader *r, struct draft *d);           /* what is searched, and how much it weighs */

#endif
