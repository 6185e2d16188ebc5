#ifndef TESTS_SUPPORT_PARLOUR_H
#define TESTS_SUPPORT_PARLOUR_H
#include "graphql/http/http.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/house.h"

/* GraphQL's routes over a schema made for tests, in a house with people who come in every way: what is said to it and what
 * has to come back are rows of a table.
 *
 *     hello(name: String): String   the name, or how the caller came      denied: String    ERR_FORBIDDEN
 *     missing: String               ERR_NOT_FOUND
 *     many(names: [String]): String                                       never: String!    the same
 *     big: String    a quarter of the largest answer                      dear: String      costs 30,000
 *     secret: String for administrators alone
 *     touch(name: String): String   parlour_touched() counts                take(file: Upload!): String    "name: bytes"
 *
 * At /graphql with everything, at /api/gql as Cockpit's dialect speaks. */
struct parlour {
    struct house *house;
    struct graphql *graphql;
    struct route_set sets[8];
    struct router *router;
    const char *cookie, *csrf, *key, *listed, *known; /* header lines */
};
extern const struct graphql_options parlour_usual; /* what a server has that nobody configured */
extern const str parlour_page_lines[2];

void parlour_open(struct parlour *b, const struct graphql_options *o);
void parlour_close(struct parlour *b);
/* Opened anew: what was kept is gone. */
void parlour_options(struct parlour *b, const struct graphql_options *o);
unsigned parlour_touched(void); /* mutations since the last call */
struct fake_exchange *parlour_ask(struct parlour *b, struct arena *a, const char *method, const char *target, const char *headers, str body);
/* The same for an exchange that the caller has made. */
void parlour_serve(struct parlour *b, struct fake_exchange *f);

#define JSON "Content-Type: application/json\n"
#define ACCEPT_NEW "Accept: application/graphql-response+json\n"
#define TYPE_JSON "application/json; charset=utf-8"
#define TYPE_NEW "application/graphql-response+json; charset=utf-8"
#define MULTI "Content-Type: multipart/form-data; boundary=a\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\n"

enum caller { NOBODY, KEY, COOKIE, COOKIE_CSRF, LISTED, KNOWN };

struct talk {
    enum caller caller;
    const char *method, *target, *headers, *body;
    int status;
    const char *type;  /* NULL: not looked at */
    const char *has;   /* NULL: not looked at */
    const char *lacks; /* NULL: nothing */
};

/* Says each of them; checks what came back. */
void parlour_rows(struct parlour *b, const struct talk *rows, size_t count);
void parlour_say(const struct fake_exchange *f);
#endif
