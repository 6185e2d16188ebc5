#ifndef API_OPENAPI_FACTS_H
#define API_OPENAPI_FACTS_H
#include "api/api.h"

/* What the description knows of routes beyond their tables: a row each. What is the same for everybody
 * (parameters, bodies, answers of fixed shape) stands in api/openapi/description.json. */
enum answer_shape {
    GIVES_OBJECT,
    GIVES_ITEM,
    GIVES_LIST,
    GIVES_TREE,
    GIVES_ARRAY,
    GIVES_DELETED,
    GIVES_TEXT,
    GIVES_NOTHING,
    GIVES_RECEIVED,
    GIVES_CREATED,
    GIVES_BYTES,
    GIVES_LINES, /* a listing as a file: NDJSON or CSV */
    GIVES_ANY_JSON, /* an item, or a list of them: whatever was sent */
    GIVES_ANY /* of another system: its own documents say what */
};
enum body_shape { TAKES_NOTHING, TAKES_WRAPPED, TAKES_WHOLE, TAKES_PATCH, TAKES_MANY, TAKES_OBJECT, TAKES_OBJECT_OR_NOTHING, TAKES_INPUT, TAKES_BYTES };
enum { ON_LIST = 1 << SHAPE_LIST, ON_SINGLE = 1 << SHAPE_SINGLE, ON_TREE = 1 << SHAPE_TREE };
/* … and of those only the ones whose items are published, or only the users' own. */
enum { WITH_STATES = 1 << 8, OF_USERS = 1 << 9 };
#define ON_MANY (ON_LIST | ON_TREE)
#define ON_ANY  (ON_MANY | ON_SINGLE)

struct facts {
    enum method method;
    const char *pattern;
    const char *id; /* operationId; a collection's name is added */
    enum answer_shape gives;
    enum body_shape takes;
    unsigned shapes;        /* of collections in {model} */
    enum verb verb;         /* the right that is needed */
    const char *collection; /* or: the one it reads */
};

/* NULL: nothing is known beyond the route's own row. */
const struct facts *facts_of(const struct route *r);
#endif
