#ifndef TESTS_GATE_MATRIX_H
#define TESTS_GATE_MATRIX_H
#include "tests/support/folder.h"
#include "tests/support/house.h"

/* The permission matrix: who may do what with which item, said once in a table (law.c), and asked through
 * every surface there is. Surfaces answer in one vocabulary, so that they can be held against the law and
 * against each other. */

/* Facts about the items of the fixture, for the law to judge without any filter. */
struct fact {
    const char *collection, *name;    /* name: begins every text in the item ("a1.title") */
    const char *owner;                /* name of a user */
    int state;
    bool red;                         /* its author's team, or its own */
    str id;                           /* filled when it is made */
};
extern struct fact facts[];
extern const size_t fact_count;

enum verb_asked { ASK_READ, ASK_CREATE, ASK_UPDATE, ASK_DELETE, ASK_PUBLISH, ASK_ACT };

extern const char *const collections[];   /* of the matrix, NULL at the end; the last one does not exist */
extern const char *const callers[];       /* NULL at the end */
extern const char *const bad_callers[];   /* whose credentials are none */

/* The oracle. item NULL: the collection as such. */
enum err law_decides(const char *who, const char *collection, enum verb_asked verb, const struct fact *item);
/* Can this caller see this field of this item? The field is one of the collection's own. */
bool law_shows(const char *who, const struct fact *item, const char *field);
/* Is the name one that the caller knows in this collection (for filters, sorts, projections, writes)? */
bool law_names(const char *who, const char *collection, const char *field, enum verb_asked verb);
const char *law_person(const char *who);  /* the user behind a caller, NULL: nobody */

struct world {
    struct house *house;
    bool on_disk;
    char folder[FOLDER_ROOM];
    void (*close_graph)(struct world *w); /* surface_graphql has something open; NULL */
};
void world_open(struct world *w, bool on_disk);
void world_close(struct world *w);
void world_be(struct world *w, const char *who); /* settings that belong to a caller: the public role */
/* Makes the item of this fact; one that is there becomes again what it was. It keeps its id. */
void world_make(struct world *w, struct fact *f);
/* After a write that was allowed: everything as it was. */
void world_restore(struct world *w);
str world_key(struct world *w, const char *who);  /* {0}: sends none */
const char *world_text_fields(const char *collection); /* "title body …": text fields that carry markers */

enum asked { TO_READ, TO_LIST, TO_COUNT, TO_CREATE, TO_UPDATE, TO_REPLACE, TO_DELETE, TO_ACT };
struct ask {
    enum asked what;
    const char *collection;
    str id;
    const char *filter, *sort, *fields;   /* JSON5 or text, NULL: none */
    const char *body;                     /* JSON5 object */
    unsigned populate;
};
struct answer {
    enum err err;
    str body;                         /* what the caller gets to read */
    uint64_t count;
    str problem;                      /* the whole of what is said on refusal */
};
struct surface {
    const char *name;
    bool acts;                        /* knows actions */
    bool by_schema;                   /* what a caller may not know has no name, and values have types: names are looked for
                                       * in his schema (surface_graphql_names) instead of being asked with */
    void (*ask)(struct world *w, struct arena *a, const char *who, const struct ask *ask, struct answer *out);
};
/* Is the schema that this caller gets such that it has the field exactly where he may: as a field, in conditions, orders and
 * inputs? What is wrong, {0}: nothing. */
str surface_graphql_names(struct world *w, struct arena *a, const char *who, const char *collection, const char *field);
extern const struct surface surface_gate, surface_rest, surface_batch, surface_graphql;
#endif
