/* RSA keys take seconds to make: they are made here, on the thread of who asked and before anything is locked, and come to the
 * behaviour beside the change. Few at once, or a handful of requests would keep every core busy. */
#include <stdatomic.h>

#include "base/crypt.h"
#include "base/limits.h"
#include "content/system/pki/x509_make.h"
#include "roles/internal.h"

static enum err make(struct gate *g, struct change *c, enum key_type type, struct arena *a, struct problem *why)
{
    str key = {0};
    struct json *member = NEW_N(a, struct json, 1), *beside = NEW(a, struct json);
    if (atomic_fetch_add(&g->keys_in_making, 1) >= LIMIT_KEYS_AT_ONCE) {
        atomic_fetch_sub(&g->keys_in_making, 1);
        why->retry_after_s = 5;
        return problem_set(why, ERR_UNAVAILABLE, "Other keys are being made; try again in a moment");
    }
    enum err e = private_key_make(type, a, &key, why);
    atomic_fetch_sub(&g->keys_in_making, 1);
    if (e != ERR_OK)
        return e;
    member[0] = json_named(S("key"), json_of_text(base64url_encode(a, key)));
    *beside = json_of_map(member, 1);
    c->beside = beside;
    crypt_wipe((void *)(uintptr_t)key.at, key.len);
    return ERR_OK;
}

enum err keys_prepare(struct gate *g, struct change *changes, size_t count, struct arena *a, struct problem *why)
{
    for (size_t i = 0; i < count; i++) {
        struct change *c = &changes[i];
        if (c->op != OP_CREATE || c->restores || !c->in->system || !str_equal(c->in->name, S("certificate_authorities")) || c->beside)
            continue;
        const struct field *f = collection_field(c->in, S("key_type"));
        const struct json *said = field_set_has(&c->set, f->index) ? &c->values[f->index] : NULL;
        enum key_type type;
        if (said && said->type == JSON_TEXT && key_type_read(said->text, &type) && key_type_is_slow(type))
            TRY(make(g, c, type, a, why));
    }
    return ERR_OK;
}
