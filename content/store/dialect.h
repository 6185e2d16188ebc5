#ifndef CONTENT_STORE_DIALECT_H
#define CONTENT_STORE_DIALECT_H
#include "content/kind.h"

/* What differs between databases that speak SQL, as rows: emit.c and shape.c write the rest the same
 * for all of them. A form is a template: `$` is the expression looked at, `?` the next bound value. */
#define FORM_TABLE(X)                                                                              \
    X(HAS)       /* $ is a JSON list of scalars that contains the text ?                */         \
    X(IN_LIST)   /* $ is an element of the JSON list ?                                   */         \
    X(LIST_ROWS) /* the elements of the JSON list ?, as rows of one column "value"       */         \
    X(ENDS)      /* the text $ ends with ?, by bytes                                     */         \
    X(CONTAINS)  /* the text $ contains ?, by bytes                                      */         \
    X(REMAINDER) /* the whole number $ divided by ? leaves ?, as in C                    */         \
    X(REGEX)     /* the rest take ? as a pointer to a struct match: the text $ matches   */         \
    X(TEXT)      /* the text $, folded, contains every word                              */         \
    X(TRANSLATION) /* of the translations $ the one in the language ? of the field ?       */         \
    X(MATCH)     /* the value $ satisfies the test, by filter_matches                    */
enum form {
#define X(name) FORM_##name,
    FORM_TABLE(X)
#undef X
        FORM_COUNT
};

#define COLUMN_COUNT (COLUMN_REF + 1)

struct dialect {
    const char *name;
    const char *forms[FORM_COUNT];
    const char *function_prefix;         /* of content/filter/function.h's functions, and of "expr" */
    const char *types[COLUMN_COUNT];     /* indexed by enum column */
    const char *position;                /* type of "_n": counts up by itself */
    const char *check_boolean;           /* `$` is the column; NULL: the type is enough */
    const char *table_options;           /* behind CREATE TABLE … (…) */
    const char *link_options;
    /* What values become when their field changes its kind; `$` is the old value. */
    const char *text_of_number, *text_of_boolean;
    const char *list_of_one, *list_of_document;     /* a scalar, a JSON text -> a JSON list of it */
    const char *first_of_list, *first_document;     /* and back */
    const char *without_translations;    /* "_i18n" without the field whose id is `$`, in any language */
};
extern const struct dialect dialect_sqlite;

#endif
