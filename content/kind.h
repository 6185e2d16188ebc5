#ifndef CONTENT_KIND_H
#define CONTENT_KIND_H
#include "content/model/model.h"

/* Field kinds: one row per kind in kinds.c's table, one file per family in content/kinds/. A row knows
 * everything any surface asks: how a value is checked, kept, compared, described. Adding a kind is one
 * row and, at most, one file. */
enum column {
    COLUMN_NONE,        /* nothing in the collection's table: ref many (link table), secret (vault) */
    COLUMN_TEXT,
    COLUMN_INTEGER,
    COLUMN_BOOLEAN,     /* 0/1 */
    COLUMN_NUMBER,      /* integer or real, kept apart (SQLite: ANY; PostgreSQL: NUMERIC) */
    COLUMN_TIME,        /* int64 milliseconds; RFC 3339 outside */
    COLUMN_JSON,        /* canonical JSON text */
    COLUMN_REF          /* id of the target item, text, with a foreign key */
};

enum kind_flags {
    KIND_SORTABLE = 1,
    KIND_TEXTUAL = 2,   /* regex, text search */
    KIND_LIST = 4,      /* JSON list of scalars: tags, multiselect; equality means "contains" */
    KIND_DEEP = 8,      /* JSON with paths inside: object, set, list, blocks */
    KIND_REF = 16,
    KIND_SECRET = 32,   /* write-only: no select, filter, sort, export, journal */
    KIND_DIGEST = 64    /* secret compared by keyed digest (API keys), not opened */
    /* The kind "password" is a secret whose check() already hashes (Argon2id): on the request's thread,
     * never on the writer's. */
};

struct check {                        /* what a kind's check may use */
    struct arena *arena;
    const struct field *field;
    str path;                         /* pointer of the value in the input, for faults */
    struct problem *why;              /* faults are added with ERR_INVALID */
    str subject;                      /* what sentences call the value; {0}: the field's name */
    const struct change *beside;      /* the item that it is a value of; NULL: none is known */
    bool by_server;                   /* nobody else's wish */
};

struct kind {
    str name;                         /* "text" */
    enum column column;
    unsigned flags;
    uint32_t operators;               /* bit per enum test of content/filter/filter.h that makes sense */
    /* Checks a value from outside (never null: null is handled by `required`) and gives its canonical
     * form, which is also the form of item images; collects faults instead of stopping. The canonical
     * form may be null: an empty text means "no value" for every kind but plain texts. */
    enum err (*check)(const struct check *c, const struct json *in, struct json *out);
    /* Keys of a field definition that the kind takes, separated by blanks: "min max integer". They were
     * read into the field by type before `define` looks at what they mean together; NULL: no more to say. */
    const char *keys;
    enum err (*define)(struct arena *a, const struct json *definition, struct field *f, str path, struct problem *why);
    /* Operand of a filter, already known not to be null; NULL: taken as it is when the column is text. */
    enum err (*operand)(const struct check *c, const struct json *in, struct json *out);
    const char *json_schema;          /* fragment for OpenAPI: {"type":"string","format":"date"} */
    const char *graphql;              /* scalar name; NULL: built from members or target */
    const char *doc;                  /* one sentence */
    /* A field with "many" has the row `many` points to: same name, another column and other operators. */
    const struct kind *many;          /* NULL: no lists of these */
    const struct kind *one;           /* in a list's row: the row of an element; else NULL */
};

extern const struct kind kinds[];    /* what definitions may say; rows for meta fields and lists stand apart */
extern const size_t kind_count;
const struct kind *kind_find(str name);
/* Rows of meta fields: "_id", "_state", "_seconds", "_integer", "_parent", "_i18n". */
extern const struct kind kind_meta_id, kind_meta_state, kind_meta_seconds, kind_meta_integer, kind_meta_parent,
    kind_meta_i18n;

bool field_is_blocks(const struct field *f);

/* The row of one value: the element's for lists. */
static inline const struct kind *kind_of_one(const struct kind *k)
{
    return k->one ? k->one : k;
}

/* Value <-> column. kind_cell: canonical JSON (from check) to what the column keeps; kind_write: a
 * column back to JSON text; kind_value: back to a tree (texts are copied into a). */
struct cell kind_cell(struct arena *a, const struct field *f, const struct json *canonical);
/* Is it a value that the column can keep? For what was canonical under a definition of another time. */
bool kind_holds(const struct field *f, const struct json *v);
void kind_write(struct json_writer *w, const struct field *f, const struct cell *cell);
struct json kind_value(struct arena *a, const struct field *f, const struct cell *cell);

/* Checks a filter's operand against the kind: gives the canonical scalar to compare with ("2026-01-01"
 * for a date, ms for a time), or a fault. For lists and references the operand is one element. Texts
 * are taken where a number, boolean or time is wanted (query strings). Null stays null. */
enum err kind_operand(const struct check *c, const struct json *in, struct json *out);
/* A scalar of an item's image as kind_operand gives it: times to ms, everything else as it is. */
struct json kind_comparable(const struct field *f, const struct json *image);

/* Lists in which nothing may be twice: tags, chosen options, references. */
bool kind_is_distinct(const struct field *f);

/* Would somebody guess it (PW-3)? names: of the account, which must not be it either; {0} are passed over. */
bool password_is_weak(struct arena *a, str plain, const str *names, size_t name_count);

#endif
