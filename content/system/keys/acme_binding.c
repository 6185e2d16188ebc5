/* The action that hands a binding out. It does not change the key and is good as long as the key's generation is: whoever may
 * rotate the key may have it, since both make something that acts as the key. */
#include "content/system/keys/acme_binding.h"

#include "content/kind.h"
#include "content/system/keys/generations.h"
#include "content/system/keys/keys.h"
#include "content/system/members.h"

void acme_binding_key(const struct crypt *c, str key_id, int64_t generation, uint8_t out[DIGEST_BYTES])
{
    char number[8];
    for (size_t i = 0; i < sizeof number; i++)
        number[i] = (char)((uint64_t)generation >> 8 * i);
    const str parts[] = {S("acme eab"), (str){number, sizeof number}, key_id};
    crypt_digest_parts(c, CRYPT_ACME, parts, COUNTOF(parts), out);
}

enum err key_acme_binding(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct json *key = NULL;
    struct key_generation newest;
    uint8_t secret[DIGEST_BYTES];
    (void)input;
    TRY(key_to_act_on(w, id, &key, why));
    if (flag_in(key, S("disabled")) || !key_generation_back(key, 0, &newest))
        return problem_set(why, ERR_CONFLICT, "This key is disabled or revoked");
    str url = work_pki_url(w);
    acme_binding_key(work_crypt(w), id, newest.n, secret);
    struct json *members = NEW_N(a, struct json, 3);
    members[0] = json_named(S("kid"), json_of_text(id));
    members[1] = json_named(S("hmac_key"), json_of_text(base64url_encode(a, (str){(const char *)secret, sizeof secret})));
    members[2] = json_named(S("directory"), json_of_text(arena_format(a, STR_FMT "/acme/directory", STR_ARG(url.len ? url : S("")))));
    crypt_wipe(secret, sizeof secret);
    *output = json_of_map(members, 3);
    return work_note(w, c->name, id, S("key.binding"), NULL, why); /* whoever has it can act as the key */
}
