/* "This key was found somewhere": whoever has a key may end it, and needs nothing else to do so (AK-7). The answer
 * is the same for a key that is known and one that is not, and so is the work: both write. */
#include "base/time.h"
#include "content/system/keys/generations.h"
#include "content/system/keys/key_format.h"
#include "roles/credentials/bad_keys.h"
#include "roles/internal.h"

/* The item of a key that this secret still opens; {0}: none. One that a rotation has retired must not end what
 * came after it. */
static enum err item_of(struct gate *g, str secret, struct arena *a, str *out, struct problem *why)
{
    str key, collection, item, slot;
    uint8_t digest[DIGEST_BYTES];
    struct key_generation generation;
    const struct json *found = NULL;
    *out = (str){0};
    if (!key_read(a, str_trim(secret), &key))
        return ERR_OK;
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, key, digest);
    enum err e = content_by_digest(g->content, digest, a, &collection, &item, &slot);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && !str_equal(collection, S("api_keys"))))
        return ERR_OK;
    if (e != ERR_OK)
        return problem_set(why, e, "Credentials cannot be checked now");
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LEAK);
    e = read_item(g->content, server, S("api_keys"), S("_id"), item, a, &found, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    if (found && key_generation_of(found, slot, &generation) &&
        (generation.expires_ms == 0 || generation.expires_ms > time_now_ms()))
        *out = item;
    return ERR_OK;
}

enum err gate_key_leaked(struct gate *g, struct exchange *x, str secret, struct problem *why)
{
    str item;
    TRY(bad_keys_count(g->leaks, x->peer, why));
    TRY(gate_catch_up(g, why));
    TRY(item_of(g, secret, x->arena, &item, why));
    struct principal finder = *principal_system(g, x->arena, SYSTEM_LEAK);
    finder.actor.via = S("rest");
    finder.actor.request_id = x->request_id;
    finder.actor.vars.ip = x->peer;
    if (str_is_absent(item)) {
        struct entry entry = {.at_ms = time_now_ms(), .who = finder.actor.label, .via = S("rest"), .request_id = x->request_id,
                              .verb = NOTE_KEY_REPORTED};
        return journal_note(g->content, &entry, 1, why);
    }
    struct json output = json_null;
    return gate_act(g, &finder, model_find(finder.rights->model, S("api_keys")), item, S("revoke"), NULL, &output, x->arena, why);
}
