#ifndef GRAPHQL_HTTP_PARTS_H
#define GRAPHQL_HTTP_PARTS_H
#include "base/multipart.h"
#include "graphql/http/documents.h"
#include "graphql/http/schemas.h"

/* What the files of graphql/http share: a request on its way from the wire to an answer.
 *
 *   accept.c     which media type the answer has          statuses.c  which status
 *   receive.c    methods, media types, forgeries          requests.c  what a request says, member by member
 *   files.c      multipart requests                       run.c       one request: document, variables, execution
 *   texts_of.c   which document is meant, and allowed     respond.c   the answer and its headers
 *   routes.c     paths                                    page.c      the page for browsers
 *   stream.c     an event stream                          socket.c    a WebSocket */

enum gql_media { MEDIA_NONE, MEDIA_JSON, MEDIA_GRAPHQL, MEDIA_COUNT };
extern const str gql_media_types[MEDIA_COUNT];

/* The media type of the answer by all Accept headers (graphql.md 9). MEDIA_NONE: nothing that we have is wanted. */
enum gql_media gql_accept(const struct exchange *x);
/* Is text/html named among them, with a q above 0? Browsers name it; a wish for anything does not count. */
bool gql_accept_page(const struct exchange *x);

/* Is an event stream wanted, by its name and with a q above 0? */
bool gql_accept_events(const struct exchange *x);

/* How a request ended; statuses.c has the row of each. */
#define GQL_OUTCOME_TABLE(X)                                                                                   \
    X(DONE)             /* data, no errors */                                                                  \
    X(PARTLY)           /* data, if only null, with errors */                                                  \
    X(NOT_JSON)                                                                                                \
    X(MALFORMED)        /* JSON, but no request */                                                             \
    X(UNREADABLE)       /* the document */                                                                     \
    X(INVALID)                                                                                                 \
    X(NO_OPERATION)                                                                                            \
    X(BAD_VARIABLES)                                                                                           \
    X(OVER_LIMIT)                                                                                              \
    X(BY_GET)           /* what only POST may do */                                                            \
    X(UNKNOWN_DOCUMENT) /* no document has this id */                                                          \
    X(UNKNOWN_HASH)     /* nobody registered it, or nobody can */                                              \
    X(NOT_LISTED)       /* the caller's roles let him send listed documents alone */                           \
    X(STREAM)           /* a subscription, where there can be one: nothing was run yet */                     \
    X(NO_STREAM)        /* … and where there cannot */                                                         \
    X(NOT_PROVEN)       /* a change, by cookie, that a page of another site could want */                      \
    X(TROUBLE)          /* something that has to be there is not, for now */
enum gql_outcome {
#define X(name) OUTCOME_##name,
    GQL_OUTCOME_TABLE(X)
#undef X
        OUTCOME_COUNT
};
/* draft: the profile of 2026. */
int gql_status(enum gql_outcome outcome, enum gql_media media, bool draft);
/* The media type that goes with it: the draft's profile has no application/json beyond 2xx. */
enum gql_media gql_status_media(int status, enum gql_media media, bool draft);

/* One request as it was sent. Texts are {0} when absent; null and, in GET, empty ones are absent, too. */
struct gql_request {
    str query, operation, document_id;
    str hash;                         /* extensions.persistedQuery.sha256Hash */
    const struct json *variables;     /* a map; NULL: none */
    bool wants_cost;                  /* extensions.cost */
};
/* A body's object, a query string's or a form's parameters. False: not a request, with a sentence per fault in errors. */
bool gql_request_of_json(struct arena *a, const struct json *body, struct gql_request *out, struct gql_errors *errors);
bool gql_request_of_pairs(struct arena *a, const struct pair *pairs, size_t count, struct gql_request *out,
                          struct gql_errors *errors);

struct gql_door {                     /* one dialect of an open graphql; the app of its routes */
    struct graphql *g;
    const struct gql_dialect *dialect;
    struct route routes[5];
    size_t route_count;
};
struct graphql {
    struct arena *arena;
    struct gate *gate;
    struct graphql_options options;
    const str *page_lines;
    struct shelf *documents, *answers, *texts;
    struct schemas *schemas;
    struct gql_door *doors;
    size_t door_count;
};

/* One HTTP request. */
struct gql_call {
    struct graphql *g;
    const struct gql_dialect *dialect;
    struct exchange *x;
    enum gql_media media;
    str path_document;                /* /graphql/{id}; {0}: none */
    struct gql_request *requests;
    size_t count;
    bool is_batch;
    bool wants_cost;                  /* by a header, of all of them */
    bool may_stream;                  /* subscriptions are told (stream.c, socket.c) */
    bool may_not_change;              /* a socket whose cookie nobody vouches for */
    enum gql_outcome failed;          /* OUTCOME_DONE: the requests above can be run; else errors says why not */
    struct gql_errors errors;
    struct schema_use schema;
    uint32_t tokens;                  /* of those that ran already; limits are over their sum (graphql.md 9) */
    uint64_t cost;
};
/* Reads the request into call->requests. Problems are those of the exchange (body, media type, forgery); what is wrong with
 * the request itself is in call->failed. */
NODISCARD enum err gql_receive(struct gql_call *c, struct problem *why);
/* Nobody but the page or program that holds the credential can have sent it (graphql.md 16). */
NODISCARD enum err gql_check_forgery(const struct gql_call *c, bool is_form, struct problem *why);
/* What was sent as JSON: a request, or an array of them. */
void gql_take_body(struct gql_call *c, const struct json *body);
/* files.c: a multipart request; files are values of variables. */
NODISCARD enum err gql_receive_files(struct gql_call *c, struct problem *why);

struct gql_result {
    enum gql_outcome outcome;
    bool is_denied;                   /* an error says so */
    int64_t max_age_s;                /* of the document, -1: not said */
};
/* Runs one request and writes its answer, an object, at the end of out. */
void gql_run(struct gql_call *c, const struct gql_request *r, struct buf *out, struct gql_result *result);
/* Everything before it runs; OUTCOME_DONE: *x can be executed, whose arena, exchange, gate, who, schema and errors are set. */
enum gql_outcome gql_prepare(struct gql_call *c, const struct gql_request *r, struct gql_execution *x, struct gql_result *result);
/* Runs it: {"data":…}, and what else belongs there, at the end of x->out. */
void gql_write_result(struct gql_call *c, struct gql_execution *x, bool wants_cost, struct gql_result *result);
/* The caller's schema, until the arena of c->x closes. */
void gql_take_schema(struct gql_call *c);
/* *who as he comes by GraphQL; what the journal says of it. */
const struct principal *gql_come(struct arena *a, const struct principal *who);
/* An answer that is nothing but errors. */
void gql_write_refusal(struct buf *out, const struct gql_errors *errors);

/* Which text is meant, and whether this caller may send it. OUTCOME_DONE: *out has it. */
struct gql_text {
    str text;
    str registers;                    /* once it was found valid: under this hash; {0}: not */
    int64_t max_age_s;
};
enum gql_outcome gql_find_text(struct gql_call *c, const struct gql_request *r, struct gql_text *out, struct gql_errors *errors);

/* Sends what out has, with status, media type and what caches may know. */
void gql_respond(struct gql_call *c, const struct gql_result *result, str body);
/* Whatever is answered below /v2/ says so (oci-registry.md 2). */
void gql_name_registry(struct exchange *x);

/* stream.c. What was run, told as an event stream of one. */
NODISCARD enum err gql_tell_once(struct gql_call *c, str body, struct problem *why);
/* A subscription, to its end. */
NODISCARD enum err gql_stream(struct gql_call *c, struct problem *why);
/* socket.c: does this request want to become a WebSocket? Then it is one until this returns. */
bool gql_wants_socket(const struct exchange *x);
NODISCARD enum err gql_socket(struct graphql *g, const struct gql_dialect *d, struct exchange *x, struct problem *why);

/* page.c: the page, and what belongs to it. False: there is no such file. */
bool gql_send_page(const struct graphql *g, struct exchange *x, str name);
extern const struct route gql_page_routes[];
extern const size_t gql_page_route_count;

static inline bool gql_is_guest(const struct principal *who)
{
    return who->kind == PRINCIPAL_PUBLIC;
}
#endif
