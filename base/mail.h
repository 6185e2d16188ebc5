#ifndef BASE_MAIL_H
#define BASE_MAIL_H
#include <stdatomic.h>

#include "base/arena.h"

/* One message of plain text to one person, through the operator's mail server. Whom and what about may
 * come from strangers: addresses and subjects with control characters are refused (nobody adds a header
 * of his own), other letters than ASCII are encoded. The server is the operator's own choice, so the
 * address policy of base/outbound.h does not apply; TLS does: smtps:// speaks it from the start, smtp://
 * changes over before anything is said (STARTTLS) or gives up, unless may_plain. Thread-safe; waits for
 * the network on the caller's thread, LIMIT_OUTBOUND_MS at most. */
struct mail_server {
    str url;                          /* "smtp://mail.example.com:587", "smtps://…:465"; {0}: there is none */
    str from;                         /* "vitrine@example.com" or "Vitrine <vitrine@example.com>" */
    str user, password;               /* {0}: without signing in */
    str ca_file;                      /* trusted for this server; {0}: the system's */
    bool may_plain;                   /* a server that does not know STARTTLS is good enough */
};
struct mail {
    str to;                           /* an address and nothing else */
    str subject, text;                /* UTF-8; lines of the text end in \n */
};

/* What would be wrong with every mail: for the start of the program. ERR_INVALID. */
NODISCARD enum err mail_check_server(const struct mail_server *s, struct problem *why);
/* The message as it is sent, lines ending in CR LF. ERR_INVALID: an address or the subject. */
NODISCARD enum err mail_compose(struct arena *a, const struct mail_server *s, const struct mail *m, int64_t now_ms,
                                str message_id, str *out, struct problem *why);
/* ERR_INVALID: refused by us, or for good by the other side. ERR_UNAVAILABLE: another time perhaps.
 * stop: becomes true to give up within a second; NULL: never. */
NODISCARD enum err mail_send(const struct mail_server *s, const struct mail *m, const _Atomic(bool) *stop,
                             struct problem *why);

#endif
