#ifndef CONTENT_CELL_H
#define CONTENT_CELL_H
#include "base/json.h"

/* One value as a database column holds it. Texts are borrowed: from the arena when they go in, from
 * the engine's cursor (valid until the next row) when they come out. */
enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT, CELL_BLOB };

struct cell {
    enum cell_type type;
    union {
        int64_t integer;
        double real;
        str text;                /* CELL_TEXT, CELL_BLOB */
    };
};

#define CELL_OF_NULL ((struct cell){.type = CELL_NULL})
#define CELL_OF_INT(n) ((struct cell){.type = CELL_INT, .integer = (n)})
#define CELL_OF_REAL(d) ((struct cell){.type = CELL_REAL, .real = (d)})
#define CELL_OF_TEXT(s) ((struct cell){.type = CELL_TEXT, .text = (s)})
#define CELL_OF_BLOB(s) ((struct cell){.type = CELL_BLOB, .text = (s)})

#endif
