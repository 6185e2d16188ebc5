#include "api/answer.h"

#include "base/limits.h"

void answer_begin(struct exchange *x, struct answer *a)
{
    a->body = exchange_body_buf(x);
    json_begin(&a->json, a->body);
}

enum err answer_end(struct answer *a, str *body, struct problem *why)
{
    if (buf_done(a->body, body) != ERR_OK)
        return problem_set(why, ERR_TOO_LARGE,
                           "The answer would be larger than %u MiB; ask for fewer items or fields",
                           LIMIT_RESPONSE_BYTES >> 20);
    json_end(&a->json);
    return ERR_OK;
}

enum err answer_send(struct exchange *x, struct answer *a, const struct etag *tag,
                     struct problem *why)
{
    str body = {0};
    TRY(answer_end(a, &body, why));
    if (tag)
        etag_send(x, tag);
    exchange_send_json(x, 200, body);
    return ERR_OK;
}
