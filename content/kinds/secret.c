#include "content/kinds/kinds.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "base/utf8.h"

/* Secrets are measured and nothing else; a sentence never says more than that. */
enum err check_secret(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "text", in, out, &e))
        return e;
    return check_text(c, in, out);
}

/* PW-3: NFC, 8 to 256 characters, no rules on which ones. Hashing is slow on purpose and happens here,
 * on the thread of whoever asked, never on the writer's. */
enum err check_password(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "text", in, out, &e))
        return e;
    struct field bounds = *c->field;
    bounds.min_length = bounds.min_length ? bounds.min_length : 8;
    bounds.max_length = bounds.max_length ? bounds.max_length : 256;
    struct check inner = *c;
    inner.field = &bounds;
    struct json plain = json_of_text(utf8_nfc(c->arena, in->text));
    TRY(check_text(&inner, &plain, &plain));
    if (plain.text.len > LIMIT_PASSWORD_BYTES)
        return problem_fault(c->why, ERR_INVALID, c->path, S("maxlength"), STR_FMT " is longer than %u bytes",
                             STR_ARG(c->field->name), LIMIT_PASSWORD_BYTES);
    str hash;
    TRY(password_hash(c->arena, plain.text, &hash, c->why));
    *out = json_of_text(hash);
    return ERR_OK;
}
