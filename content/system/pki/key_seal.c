#include "content/system/pki/key_seal.h"

static const str mark = STR("sealed:");

static str context_of(struct arena *a, str authority)
{
    return arena_format(a, "archive/certificate_authorities/" STR_FMT "/private_key", STR_ARG(authority));
}

str key_seal(const struct crypt *c, struct arena *a, str authority, str key)
{
    str sealed = crypt_seal_steady(c, CRYPT_SEAL, a, context_of(a, authority), key);
    return arena_format(a, STR_FMT STR_FMT, STR_ARG(mark), STR_ARG(base64url_encode(a, sealed)));
}

bool key_is_sealed(str text)
{
    return str_starts(text, mark);
}

bool key_unseal(const struct crypt *c, struct arena *a, str authority, str text, str *key)
{
    str sealed;
    return key_is_sealed(text) && base64url_decode(a, str_slice(text, mark.len, text.len), &sealed) &&
           crypt_unseal(c, CRYPT_SEAL, a, context_of(a, authority), sealed, key);
}
