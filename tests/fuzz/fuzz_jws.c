/* A message that is read is put together again from its parts, and names at most one key; with a key of its own it is verified or
 * not, and never by the algorithm's name alone. A thumbprint is that of the same members, however the key was spelt. */
#include "base/crypt.h"
#include "base/jws.h"
#include "tests/support/fuzz.h"

static void check_key(struct arena *a, const struct jws *j)
{
    const struct json *again = NULL;
    struct pubkey key, same;
    if (!j->jwk || !pubkey_of_jwk(a, j->jwk, &key))
        return;
    must(json_read(a, jwk_text(a, &key), NULL, S(""), &again, NULL) == ERR_OK && pubkey_of_jwk(a, again, &same));
    must(str_equal(jwk_thumbprint(a, &key), jwk_thumbprint(a, &same)) && jwk_thumbprint(a, &key).len == 43);
    if (jws_verify(j, &key))
        must(jws_algorithm_known(j->algorithm) && str_equal(j->algorithm, jws_algorithms[key.algorithm]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct jws j;
    if (jws_read(a, (str){(const char *)data, size}, &j, &why) == ERR_OK) {
        must(j.algorithm.len > 0 && j.signature.len > 0 && !(j.jwk && !str_is_absent(j.kid)));
        must(str_ends(j.signed_text, base64url_encode(a, j.payload)));
        must(!jws_verify_hs256(&j, S("short")));
        (void)jws_verify_hs256(&j, S("01234567890123456789012345678901"));
        check_key(a, &j);
    } else {
        must(why.err == ERR_BAD_INPUT && why.text.len > 0);
    }
    arena_close(a);
    return 0;
}
