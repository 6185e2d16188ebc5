#ifndef CONTENT_STORE_SHAPE_H
#define CONTENT_STORE_SHAPE_H
#include "content/store/dialect.h"

/* Steps of a model's change -> DDL, in order. Pure. What a step says is done by comparing the two
 * collections, so the steps of one collection may come in any order and number; fields are the same
 * by the model's own rules (field_ancestor). How tables look: docs/decisions/0005-tables-of-collections.md.
 *
 * The texts assume that foreign keys are not enforced while they run; tables in `check` are to be
 * looked over afterwards. */
struct ddl_text {
    str text;
    const struct collection *in;      /* for faults */
};

struct ddl {
    struct arena *arena;
    const struct dialect *dialect;
    struct ddl_text *texts;
    size_t count, room;
    str *check;                       /* quoted names of tables whose references may have been hurt */
    size_t check_count, check_room;
};

void shape_ddl(struct ddl *out, struct arena *a, const struct dialect *d, const struct step *steps, size_t count);

/* One index of a collection. The name tells the columns, so equal names are equal indexes. */
struct shape_index {
    str name;                         /* quoted */
    const struct field *fields[8];
    bool down[8];
    size_t count;
    bool unique;
};
size_t shape_indexes(struct arena *a, const struct collection *c, struct shape_index **out);
bool shape_has_column(const struct collection *c, const struct field *f);

/* Between shape.c and shape_change.c. */
struct versions {
    const struct collection *before, *after;
};
void ddl_change(struct ddl *d, const struct versions *p);
struct buf ddl_new(struct ddl *d);
void ddl_add(struct buf *b, const char *text);
void ddl_literal(struct buf *b, str s);                            /* as an SQL text: names and defaults only */
void ddl_template(struct buf *b, const char *template, str value); /* `$` is the value */
void ddl_text(struct ddl *d, const struct collection *in, const struct buf *b);
void ddl_check(struct ddl *d, str table);
void ddl_drop(struct ddl *d, const struct collection *c, const char *what, str name);
void ddl_table(struct ddl *d, const struct collection *c, str name);
void ddl_links(struct ddl *d, const struct collection *c, const struct field *f);
void ddl_link_index(struct ddl *d, const struct collection *c, str link_table);
void ddl_index(struct ddl *d, const struct collection *c, const struct shape_index *x);
void ddl_column(struct buf *b, const struct ddl *d, const struct collection *c, const struct field *f);
/* Translations of `from` are those of `to`, their documents' members moved; moves NULL: as they are. */
void ddl_carry(struct ddl *d, const struct field *from, const struct field *to, const struct json *moves);
void ddl_forget(struct ddl *d, const struct collection *c, const struct field *f); /* its secrets; NULL: all */
str ddl_name(struct arena *a, str quoted, str more);               /* "c_posts" and "/new": "c_posts/new" */
bool column_is_required(const struct field *f);
const struct collection *column_target(const struct collection *c, const struct field *f);

#endif
