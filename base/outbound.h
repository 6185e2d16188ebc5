#ifndef BASE_OUTBOUND_H
#define BASE_OUTBOUND_H
#include <stdatomic.h>

#include "base/http.h"
#include "base/network.h"

/* The one way out to other servers (security SS-1, SS-2): OIDC providers, webhooks, upstreams. Whatever
 * URL it is given, whoever wrote it: https only (http where the operator says so), ports 80 and 443 (and
 * those of the operator), no credentials in the URL, no redirects unless asked for, no proxies of the environment, 3 s to
 * connect and 10 s in all, an answer up to a ceiling. Which addresses may be reached is asked of the
 * address that the socket is really being connected to, after the name was looked up: a name that points
 * inside, or that points somewhere else the second time, is refused like the address itself.
 *
 * Thread-safe; waits for the network on the caller's thread. Never called with the write lock held. */
struct outbound_policy {              /* the operator's, immutable, outlives its users */
    bool may_http;
    const struct network *allow;      /* networks that may be reached although is_reachable says no */
    size_t allow_count;
    const uint16_t *ports;            /* beyond 80 and 443 */
    size_t port_count;
};

/* ERR_UNAVAILABLE when libcurl is not installed. It is loaded when it is first needed; the functions here and
 * mail_send ask by themselves. */
NODISCARD enum err outbound_ready(struct problem *why);
const char *outbound_library(void);   /* its version */

/* The policy of SS-2: false for loopback, private, link-local, shared, multicast, documentation … and for
 * IPv6 forms that carry such an IPv4 address. Pure. */
bool outbound_may_reach(const struct outbound_policy *p, const struct address *at);
/* What can be said of a URL before anybody is asked: form, scheme, credentials, port. ERR_INVALID. */
NODISCARD enum err outbound_check_url(const struct outbound_policy *p, str url, struct problem *why);

/* "Anywhere, plain HTTP too, and on these URLs' ports": for what only he says the place of who runs this program, whose collector or
 * receiver is near. A port that a URL says badly is none; outbound_check_url has the last word. Pure. At most OUTBOUND_ANYWHERE URLs
 * (must), a {0} among them is passed over; the policy points into *out, which is not copied afterwards. */
#define OUTBOUND_ANYWHERE 2u
struct outbound_anywhere {
    struct outbound_policy policy;
    struct network networks[2];
    uint16_t ports[OUTBOUND_ANYWHERE];
};
void outbound_anywhere(struct outbound_anywhere *out, const str *urls, size_t count);

/* Where a body goes that nobody wants to hold whole: each piece as it comes, on the fetching thread. An error ends the
 * fetch and is its answer. */
struct outbound_sink {
    enum err (*take)(void *self, str bytes, struct problem *why);
    void *self;
};

/* Who is asked for the addresses of a host, of the first and of each hop, instead of the system. The policy counts for
 * what he says all the same. Hosts that are addresses are shown to him, too: what he answers then is not looked at, but an
 * error ends the fetch and is its answer. No addresses: the system is asked after all. */
struct outbound_names {
    enum err (*find)(void *self, str host, struct arena *a, const struct address **out, size_t *count, struct problem *why);
    void *self;
};

/* A part of a file as the body of a request: read as it is sent, never held whole. */
struct outbound_upload {
    int fd;
    uint64_t at, bytes;
};

struct outbound_request {
    str url;
    str body;                         /* {0}: GET, else POST of this, or: */
    str method;                       /* … with a body or an upload: PUT, PATCH …; {0}: POST. Without: DELETE. Ours to say */
    const struct outbound_upload *upload; /* instead of a body; NULL: none */
    str media;                        /* of the body */
    const struct pair *headers;       /* further ones; control characters are ERR_INVALID */
    size_t header_count;
    str ca_pem;                       /* these certificates alone are trusted for this target (T-4); {0}: the system's */
    uint64_t answer_max;              /* bytes; beyond: ERR_TOO_LARGE, or with: */
    bool may_cut;                     /* … what is beyond is not waited for, without a sink */
    const _Atomic(bool) *stop;        /* becomes true: give up within a second; NULL: never */
    /* What registries need (roles/mirror/client.c). */
    bool head_only;                   /* HEAD */
    const str *wanted;                /* names of headers of the answer */
    size_t wanted_count;
    const struct outbound_sink *sink; /* takes the body of an answer 200, of others nobody; NULL: answer.body */
    unsigned stall_s;                 /* not 10 s in all but LIMIT_UPSTREAM_FETCH_S, as long as something comes within so many */
    unsigned redirects_max;           /* of GET and HEAD, at most LIMIT_ACME_REDIRECTS; each hop is looked at like a first
                                       * one, never from https to http, and another host sees no header but Accept */
    /* What proofs of names need (roles/acme/check.c). */
    const struct outbound_names *names; /* NULL: the system */
    unsigned all_ms;                  /* for all hops together, instead of 10 s for each; 0: those */
    bool is_open;                     /* what comes is no secret, and believed for where it was found: certificates are not
                                       * looked at, and a hop may leave TLS */
};
struct outbound_answer {
    int status;
    str body;                         /* in the arena */
    str media;                        /* of the body, without parameters, as sent; {0}: not said */
    const struct pair *headers;       /* those that were wanted, as they came */
    size_t header_count;
    bool is_late;                     /* with ERR_UNAVAILABLE: it took longer than it may */
};
/* ERR_INVALID: the URL is not one we go to. ERR_FORBIDDEN: its address is refused. ERR_UNAVAILABLE: no
 * answer (the sentence says why, without the URL's query). Any status that came is ERR_OK. */
NODISCARD enum err outbound_fetch(const struct outbound_policy *p, struct arena *a, const struct outbound_request *r,
                                  struct outbound_answer *out, struct problem *why);
/* The first header of this name; {0}: none, or not wanted. */
str outbound_header(const struct outbound_answer *answer, str name);

#endif
