#ifndef API_ANSWER_H
#define API_ANSWER_H
#include "api/etag.h"

/* The JSON body of an answer while it grows: written in one go, sent when it is whole. It belongs
 * to the request's arena; what fails half-way is simply not sent. */
struct answer {
    struct buf *body; /* exchange_body_buf: one answer at a time */
    struct json_writer json;
};

void answer_begin(struct exchange *x, struct answer *a);
/* Nothing more is written. ERR_TOO_LARGE: it is more than LIMIT_RESPONSE_BYTES. */
NODISCARD enum err answer_end(struct answer *a, str *body, struct problem *why);
/* answer_end and 200, with the tag; NULL: none. */
NODISCARD enum err answer_send(struct exchange *x, struct answer *a, const struct etag *tag,
                               struct problem *why);
#endif
