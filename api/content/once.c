/* Idempotency-Key: what makes a request the same one as before. Whose key it is the gate says. */
#include "api/content/content.h"

#include "base/limits.h"

static bool is_printable(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < 0x21 || s.at[i] > 0x7e)
            return false;
    return true;
}

enum err content_read_once(struct exchange *x, struct once **out, struct problem *why)
{
    str key = str_trim(exchange_header(x, S("idempotency-key"))), body = {0};
    struct buf b;
    *out = NULL;
    if (str_is_absent(exchange_header(x, S("idempotency-key"))))
        return ERR_OK;
    if (key.len == 0 || key.len > LIMIT_ONCE_KEY_BYTES || !is_printable(key))
        return problem_fault(why, ERR_BAD_INPUT, S("Idempotency-Key"), S("header"),
                             "Idempotency-Key has 1 to %u printable characters without blanks", LIMIT_ONCE_KEY_BYTES);
    if (x->body_length)
        TRY(exchange_keep_body(x, x->body_max, &body, why));
    buf_init(&b, x->arena, x->body_max + 2 * LIMIT_HEAD_BYTES);
    buf_add(&b, method_name(x->method));
    buf_byte(&b, ' ');
    buf_add(&b, x->path);
    buf_byte(&b, '?');
    buf_add(&b, x->query);
    buf_byte(&b, '\n');
    buf_add(&b, exchange_header(x, S("if-match")));
    buf_byte(&b, '\n');
    buf_add(&b, body);
    *out = NEW(x->arena, struct once);
    **out = (struct once){.key = key, .request = buf_str(&b)};
    return ERR_OK;
}

enum err content_no_once(const struct exchange *x, const char *what, struct problem *why)
{
    if (str_is_absent(exchange_header(x, S("idempotency-key"))))
        return ERR_OK;
    return problem_fault(why, ERR_BAD_INPUT, S("Idempotency-Key"), S("header"), "%s take no Idempotency-Key", what);
}

void content_say_replayed(struct exchange *x, const struct once *once)
{
    if (once && once->replayed)
        exchange_add_header(x, S("Idempotency-Replayed"), S("true"));
}
