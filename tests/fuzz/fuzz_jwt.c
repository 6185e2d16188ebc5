/* A token that is read is put together again from its parts, letter by letter. Claims that are signed
 * verify, and no more once a byte of the token is another (the first two bytes say which and how). */
#include "base/crypt.h"
#include "base/jwt.h"
#include "tests/support/fuzz.h"

static const struct jwt_key key = {.algorithm = JWT_HS256,
                                   .kid = STR("k"),
                                   .verify = STR("01234567890123456789012345678901"),
                                   .sign = STR("01234567890123456789012345678901")};

static void check_read(struct arena *a, str token)
{
    struct jwt t;
    if (jwt_read(a, token, &t, NULL) != ERR_OK)
        return;
    str again = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(t.signed_text),
                             STR_ARG(base64url_encode(a, t.signature)));
    must(str_equal(again, token) && t.algorithm.len > 0 && t.signature.len > 0 && !t.is_verified);
    must(str_ends(t.signed_text, base64url_encode(a, t.unverified)));
}

static void check_signed(struct arena *a, size_t where, int change, str claims)
{
    static const struct jwt_rules rules = {.issuer = STR("i"), .audience = STR("a"), .skew_s = 30};
    const struct json *read = NULL;
    struct jwt t;
    str token;
    if (jwt_write(a, &key, claims, &token, NULL) != ERR_OK)
        return;
    must(jwt_read(a, token, &t, NULL) == ERR_OK && jwt_verify(&t, &key, NULL) == ERR_OK);
    must(str_equal(t.unverified, claims));
    if (jwt_claims(a, &t, &rules, &read, NULL) == ERR_OK)
        must(str_equal(json_get(read, S("iss"))->text, rules.issuer));
    char *at = arena_get(a, token.len, 1);
    memcpy(at, token.at, token.len);
    at[where % token.len] = (char)(at[where % token.len] ^ change);
    must(change == 0 || jwt_read(a, (str){at, token.len}, &t, NULL) != ERR_OK ||
         jwt_verify(&t, &key, NULL) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    check_read(a, (str){(const char *)data, size});
    if (size >= 2)
        check_signed(a, data[0], data[1], (str){(const char *)data + 2, size - 2});
    arena_close(a);
    return 0;
}
