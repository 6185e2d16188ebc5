#ifndef TESTS_SUPPORT_GRAPH_H
#define TESTS_SUPPORT_GRAPH_H
#include "graphql/http/http.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

/* /graphql of a house, from the request line to the answer's last byte, without a socket. */
struct graph {
    struct house *house;
    struct graphql *graphql;
    struct arena *arena;
    struct router *router;
};
void graph_open(struct graph *g, struct house *house);
void graph_close(struct graph *g);           /* before the house */

struct graph_answer {
    struct fake_exchange *exchange;
    const struct json *data;                 /* JSON_NULL, or NULL: there is none */
    const struct json *errors;               /* a list, NULL: none */
    str text;
    enum err err;                            /* what identify() or the route gave */
};
/* POST as application/json. key: an API key, {0}: none. variables: NULL: none. headers: more of them, lines; NULL. */
void graph_ask(struct graph *g, struct arena *a, str key, str document, const struct json *variables, const char *headers,
               struct graph_answer *out);
/* Any body; headers say what it is. */
void graph_send(struct graph *g, struct arena *a, str key, const char *headers, str body, struct graph_answer *out);
/* An exchange that the caller has made. */
NODISCARD enum err graph_run(struct graph *g, struct exchange *x, struct problem *why);
/* extensions.code of the first error; {0}: there is none. */
str graph_code(const struct graph_answer *answer);
/* The error of base/err.h with this code; ERR_OK: it is none of those. */
enum err graph_err(str code);
#endif
