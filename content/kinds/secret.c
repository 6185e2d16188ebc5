#include "content/kinds/kinds.h"

#include "base/crypt.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "content/change/change.h"

/* Secrets are measured and nothing else; a sentence never says more than that. */
enum err check_secret(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "text", in, out, &e))
        return e;
    return check_text(c, in, out);
}

/* Names and addresses that are set together with it. */
static size_t names_beside(const struct check *c, str *out)
{
    size_t count = 0;
    for (size_t i = META_COUNT; c->beside && i < c->beside->in->field_count && count < LIMIT_FIELDS; i++) {
        const struct field *f = &c->beside->in->fields[i];
        bool is_name = str_equal(f->kind->name, S("text")) || str_equal(f->kind->name, S("email"));
        if (is_name && field_set_has(&c->beside->set, i) && c->beside->values[i].type == JSON_TEXT)
            out[count++] = c->beside->values[i].text;
    }
    return count;
}

/* PW-3: NFC, 8 to 256 characters, no rules on which ones but that they are not the first that anybody tries:
 * whoever commands the machine may know better. Hashing is slow on purpose and happens here,
 * on the thread of whoever asked, never on the writer's. */
enum err check_password(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "text", in, out, &e))
        return e;
    if (c->beside && c->beside->restores && password_is_hash(in->text)) { /* the server brings it along from another system */
        *out = json_of_text(in->text);
        return ERR_OK;
    }
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
    str names[LIMIT_FIELDS];
    if (!c->by_server && password_is_weak(c->arena, plain.text, names, names_beside(c, names)))
        return problem_fault(c->why, ERR_INVALID, c->path, S("common"), STR_FMT " is among those that are tried first; take a longer one",
                             STR_ARG(c->field->name));
    str hash;
    TRY(password_hash(c->arena, plain.text, &hash, c->why));
    *out = json_of_text(hash);
    return ERR_OK;
}
