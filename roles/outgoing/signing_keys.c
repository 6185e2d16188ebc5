#include "roles/outgoing/signing_keys.h"

#include "base/webhook_signature.h"

void secret_wipe(str *plain)
{
    if (!str_is_absent(*plain))
        crypt_wipe((char *)(uintptr_t)plain->at, plain->len);
    *plain = (str){0};
}

enum err secret_unseal(struct gate *g, const struct collection *c, str item, str field, struct arena *a, str *out, struct problem *why)
{
    struct problem own = {.arena = a};
    *out = (str){0};
    must(c != NULL);
    enum err e = content_secret(g->content, c, item, collection_field(c, field), a, out, &own);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        return ERR_OK;
    return problem_set(why, ERR_UNAVAILABLE, "A secret of " STR_FMT " cannot be read now", STR_ARG(c->name));
}

static enum err take(struct gate *g, const struct signing_secrets *of, str field, struct arena *a, struct signing_keys *out, struct problem *why)
{
    str plain;
    struct problem own = {.arena = a};
    TRY(secret_unseal(g, of->in, of->item, field, a, &plain, why));
    if (!str_is_absent(plain) && webhook_secret_read(a, plain, &out->keys[out->count], &own) == ERR_OK)
        out->count++;
    secret_wipe(&plain);
    return ERR_OK;
}

enum err signing_keys_take(struct gate *g, const struct signing_secrets *of, int64_t now_ms, struct arena *a, struct signing_keys *out,
                           struct problem *why)
{
    *out = (struct signing_keys){.count = 0};
    enum err e = take(g, of, of->secret, a, out, why);
    if (e == ERR_OK && now_ms < of->previous_until_ms)
        e = take(g, of, of->previous, a, out, why);
    if (e != ERR_OK) {
        signing_keys_wipe(out);
        return e;
    }
    return out->count ? ERR_OK
                      : problem_set(why, ERR_CONFLICT, "It has no signing secret any more, as after an import; the action rotate makes one");
}

void signing_keys_wipe(struct signing_keys *k)
{
    for (size_t i = 0; i < k->count; i++)
        secret_wipe(&k->keys[i]);
    k->count = 0;
}
