#include "tests/support/authenticator.h"

#include "base/crypt.h"
#include "tests/support/bytes.h"
#include "tests/support/cbor_write.h"

str authenticator_data(struct arena *a, const struct authenticator_said *s)
{
    uint8_t digest[32];
    struct buf b;
    buf_init(&b, a, 8192);
    crypt_sha256(str_of(s->domain), digest);
    buf_add(&b, BYTES(digest));
    buf_byte(&b, (char)s->flags);
    for (unsigned shift = 32; shift > 0; shift -= 8)
        buf_byte(&b, (char)(s->count >> (shift - 8)));
    if (s->flags & CREDENTIAL) {
        buf_add(&b, S("model of it 1234"));
        buf_byte(&b, (char)(s->credential.len >> 8));
        buf_byte(&b, (char)s->credential.len);
        buf_add(&b, s->credential);
        buf_add(&b, s->cose);
    }
    buf_add(&b, s->extensions);
    buf_add(&b, s->behind);
    return buf_str(&b);
}

str authenticator_attest(struct arena *a, const char *format, const char *proof, str data)
{
    struct buf b;
    buf_init(&b, a, 16384);
    cbor_put_head(&b, 5, 3);
    cbor_put_text(&b, S("fmt"));
    cbor_put_text(&b, str_of(format));
    cbor_put_text(&b, S("attStmt"));
    buf_add(&b, bytes_of_hex(a, proof));
    cbor_put_text(&b, S("authData"));
    cbor_put_bytes(&b, data);
    return buf_str(&b);
}

str authenticator_sign(struct arena *a, const struct signer *s, str data, const char *client)
{
    uint8_t digest[32];
    crypt_sha256(str_of(client), digest);
    return signer_sign(a, s, PUBKEY_DER, bytes_joined(a, data, BYTES(digest)));
}
