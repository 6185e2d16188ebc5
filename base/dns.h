#ifndef BASE_DNS_H
#define BASE_DNS_H
#include <stdatomic.h>

#include "base/network.h"

/* What a name server says of a name (RFC 1035, 8659): for whom it matters whom he asks. Sockets, repetition, ids, TCP
 * when an answer is too large and the reading of messages are c-ares'; here is what may be asked and how much is
 * taken. Who just wants to reach a host does not ask here: base/outbound.h.
 *
 * Each question has a channel of its own: a new port, nothing remembered from the one before. Thread-safe; waits on
 * the caller's thread. */
enum dns_kind { DNS_A, DNS_AAAA, DNS_TXT, DNS_CAA, DNS_KIND_COUNT };

struct dns_question {
    str server;                       /* "ADDR:PORT", "[v6]:PORT"; {0}: those of resolv.conf */
    str name;                         /* ASCII, without the last dot */
    enum dns_kind kind;
    unsigned ms;                      /* at most, and never beyond LIMIT_DNS_MS; 0: that */
    const _Atomic(bool) *stop;        /* becomes true: give up within a second; NULL: never */
};
struct dns_record {
    struct address address;           /* A, AAAA */
    str text;                         /* TXT: its pieces in one; CAA: the value */
    str tag;                          /* CAA: the property, as it was written */
    bool is_critical;                 /* CAA */
};
struct dns_answer {
    const struct dns_record *records; /* in the arena; where an alias leads in the same answer */
    size_t count;
};
/* ERR_OK with no records: the name has none of this kind. ERR_NOT_FOUND: there is no such name. ERR_INVALID: this is no
 * name, or the server says that it cannot find out. ERR_TIMEOUT: nobody answered. ERR_UNAVAILABLE: there is nobody to ask,
 * or `stop`. ERR_BAD_INPUT: the answer cannot be read. ERR_TOO_LARGE: more than LIMIT_DNS_RECORDS. */
NODISCARD enum err dns_ask(const struct dns_question *q, struct arena *a, struct dns_answer *out, struct problem *why);

/* A whole message as it came; what dns_ask does with it. Pure. */
NODISCARD enum err dns_read(enum dns_kind kind, str message, struct arena *a, struct dns_answer *out, struct problem *why);

#endif
