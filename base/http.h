#ifndef BASE_HTTP_H
#define BASE_HTTP_H
#include "base/json.h"

/* One HTTP request and its answer without a web server in sight. server/civet.c makes one from a
 * connection, tests make one from a table (tests/support/fake_exchange.h). Belongs to one thread
 * and dies with its arena. */
struct principal;
struct params;

#define METHOD_TABLE(X) X(GET) X(HEAD) X(POST) X(PUT) X(PATCH) X(DELETE) X(OPTIONS)
enum method {
#define X(name) M_##name,
    METHOD_TABLE(X)
#undef X
        METHOD_COUNT
};
bool method_of(str name, enum method *out);
str method_name(enum method m);

struct pair {
    str name, value;
};

/* The request as the head validator left it (security H-3, H-4): `segments` are the path split on
 * '/', then percent-decoded once; no ".", "..", none empty: "/a/" is one segment and a trailing
 * slash, "/" is no segment and a trailing slash. exchange_take_target() makes them. */
struct exchange {
    struct arena *arena;
    str request_id;
    enum method method;
    str target; /* as sent, for logs (secrets in the query are cut out) */
    str path;   /* "/" + segments joined, + "/" if trailing; equal requests have equal paths */
    const str *segments;
    size_t segment_count;
    bool trailing_slash;
    str query;                  /* raw, without '?' */
    const struct pair *headers; /* names as sent */
    size_t header_count;
    str peer; /* address of the client: the socket's, or the trusted proxy's word */
    bool is_tls;
    uint64_t body_length; /* announced; UINT64_MAX: chunked */

    /* Reads the body: *got == 0 is the end. ERR_TOO_LARGE when it passes the route's body_max. */
    enum err (*body)(struct exchange *x, void *into, size_t room, size_t *got);
    /* Sends the whole answer. Exactly once per exchange; for HEAD the body's length is announced
     * and nothing sent. Header values with CR, LF or NUL are a must() (H-9). */
    void (*send)(struct exchange *x, int status, const struct pair *headers, size_t header_count,
                 str body);
    /* Answers in pieces: begin, any number of pieces, end. length UINT64_MAX: unknown, ended by
     * end(). ERR_UNAVAILABLE: the client has gone or is too slow; stop and return, nothing more can
     * be sent. */
    enum err (*begin)(struct exchange *x, int status, const struct pair *headers,
                      size_t header_count, uint64_t length);
    enum err (*piece)(struct exchange *x, str bytes);
    void (*end)(struct exchange *x);
    /* For long waits: true once the client has hung up or the server is stopping. */
    bool (*is_over)(struct exchange *x);
    /* This one will take its time: somebody else gets a thread in its place. False: there is no more of
     * them. NULL: whoever made the exchange does not mind. Once or often. */
    bool (*stays)(const struct exchange *x);
    /* The connection becomes another protocol's: 101 with these headers and Connection: Upgrade, then
     * piece() sends bytes as they are and receive() takes them. NULL: it cannot. */
    enum err (*upgrade)(struct exchange *x, const struct pair *headers, size_t header_count);
    /* Waits until bytes have come, `bell` (a descriptor to poll; -1: none) is readable or so many
     * milliseconds have gone by. *got 0: nothing came. ERR_UNAVAILABLE: nothing will any more. */
    enum err (*receive)(struct exchange *x, int bell, int timeout_ms, void *into, size_t room, size_t *got);
    void *transport; /* private to whoever made the exchange */

    str kept_body; /* what exchange_keep_body has read; body() gives it again */
    size_t kept_at;

    const struct principal *who; /* set once, before any handler; NULL only behind ROUTE_OPEN */
    uint32_t body_max;           /* of the matched route; UINT32_MAX: the handler keeps count */
    const char *route;           /* pattern of the matched route: for metrics and limits */
    const void *app;             /* what its handler is handed; NULL before a route is met */
    struct spans *spans;         /* how it goes (base/spans.h); NULL: nobody asks */
    int64_t waited_us;           /* for the other side, or for news: not our time */
    int status_sent;             /* 0 until send() */
    uint64_t bytes_sent;
    struct pair extra_headers[16]; /* added to whatever is sent (ETag, Link, Set-Cookie …) */
    size_t extra_header_count;
    struct buf *lent;                        /* memory for an answer's body, kept warm by the transport; NULL: none */
    bool is_shared; /* it comes from a page of an origin that the operator lets in (CORS), and the answer says so */
    bool is_private; /* nobody may keep the answer: no Cache-Control of a handler counts */
    str standing_headers; /* ready-made lines sent with every answer (security B-2) */
};

/* Fills target, path, segments, trailing_slash and query. ERR_BAD_INPUT: anything H-3 or H-4
 * refuses, an encoded slash included; ERR_TARGET_TOO_LONG. */
NODISCARD enum err exchange_take_target(struct exchange *x, str target, struct problem *why);

/* The first one of that name in any case; {0} when absent. */
str exchange_header(const struct exchange *x, str name);
/* Sent with whatever answer follows. */
void exchange_add_header(struct exchange *x, str name, str value);
/* Whole body into the arena; ERR_TOO_LARGE over x->body_max, ERR_BAD_INPUT when cut short. */
NODISCARD enum err exchange_body(struct exchange *x, str *out, struct problem *why);
/* The same before the handler runs, for whoever must see the body to know who sent it: at most `most` bytes,
 * and whoever reads the body afterwards finds all of it. */
NODISCARD enum err exchange_keep_body(struct exchange *x, uint32_t most, str *out, struct problem *why);
/* application/json, or any application/…+json; parameters do not matter. */
bool media_is_json(str content_type);
/* Body as JSON: needs Content-Type application/json (or +json), else ERR_BAD_MEDIA. */
NODISCARD enum err exchange_json(struct exchange *x, const struct json **out, struct problem *why);

/* Where to build the body of the answer: at most LIMIT_RESPONSE_BYTES. One at a time per exchange. */
struct buf *exchange_body_buf(struct exchange *x);
void exchange_send_json(struct exchange *x, int status, str json); /* application/json */
void exchange_send_text(struct exchange *x, int status, str media, str body);
void exchange_send_nothing(struct exchange *x, int status); /* 204, 304 */

/* Query string. Parsed on demand, percent-decoded, '+' is a blank. A repeated name is ERR_BAD_INPUT
 * (H-11) unless it ends in "[]"; so are text that is not UTF-8, NUL, and too many parameters. */
struct query_string {
    const struct pair *pairs;
    size_t count;
};
NODISCARD enum err query_string_read(struct arena *a, str query, struct query_string *out,
                                     struct problem *why);
str query_string_get(const struct query_string *q, str name); /* {0} when absent */
/* False on bad escapes. */
bool percent_decode(struct arena *a, str s, bool plus_is_blank, str *out);

/* Routes: tables of these, one per façade. "{id}" takes one segment, "{name+}" one or more (at most
 * one such in a pattern). A pattern that ends in "/" wants the trailing slash, others refuse it.
 * At the first segment where two patterns differ a literal wins over {x} and {x} over {x+}; behind
 * {x+} the pattern with more literals wins. Two routes of one method that this cannot tell apart
 * are refused when the router is built. The choice is made among the routes of the request's
 * method. */
typedef enum err handler(struct exchange *x, void *app, const struct params *p,
                         struct problem *why);

enum route_flags {
    ROUTE_OPEN = 2, /* answers without looking at credentials: health, static files */
    ROUTE_FORM = 4  /* its body is a form; for the description only */
};

struct route {
    enum method method;
    const char *pattern;
    handler *run;
    uint32_t body_max; /* bytes; 0: no body accepted */
    unsigned flags;
    const char *doc; /* one sentence; becomes the OpenAPI summary */
};

struct params {
    struct pair values[8];
    size_t count;
};
str param(const struct params *p, const char *name); /* must: the pattern has it */

struct route_set {
    const struct route *routes;
    size_t count;
    void *app; /* handed to the handlers of this table */
};

struct router;
NODISCARD enum err router_make(struct arena *a, const struct route_set *sets, size_t count,
                               struct router **out, struct problem *why);
/* ERR_NOT_FOUND: no such path. ERR_BAD_METHOD: `allow` lists the path's methods ("GET, HEAD,
 * POST"). HEAD finds GET's route. */
NODISCARD enum err router_match(const struct router *r, const struct exchange *x,
                                const struct route **route, void **app, struct params *p,
                                str *allow);
#endif
