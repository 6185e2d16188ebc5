#include "base/totp.h"

#include "base/crypt.h"
#include "base/encode.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

uint64_t totp_step(int64_t now_ms)
{
    return now_ms < 0 ? 0 : (uint64_t)now_ms / TOTP_STEP_MS;
}

/* RFC 4226, section 5.3: four bytes of the code, from where its last half byte says. */
void totp_code(str secret, uint64_t step, char code[TOTP_DIGITS])
{
    uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    must(secret.len > 0 && secret.len <= INT32_MAX);
    for (size_t i = 0; i < sizeof counter; i++)
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    must(HMAC(EVP_sha1(), secret.at, (int)secret.len, counter, sizeof counter, mac, &n) != NULL);
    must(n == 20);
    const uint8_t *at = mac + (mac[19] & 15);
    uint32_t number = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
                      (uint32_t)at[2] << 8 | at[3];
    for (size_t i = TOTP_DIGITS; i > 0; i--, number /= 10)
        code[i - 1] = (char)('0' + number % 10);
    crypt_wipe(mac, sizeof mac);
}

bool totp_check(str secret, str code, int64_t now_ms, uint64_t last_used, uint64_t *step)
{
    uint64_t now = totp_step(now_ms);
    bool found = false;
    if (code.len != TOTP_DIGITS)
        return false;
    for (uint64_t s = now > 0 ? now - 1 : 0; s <= now + 1; s++) {
        char wanted[TOTP_DIGITS];
        totp_code(secret, s, wanted);
        if (crypt_equal(wanted, code.at, sizeof wanted) && s > last_used) {
            *step = s;
            found = true;
        }
    }
    return found;
}

str totp_uri(struct arena *a, str issuer, str account, str secret)
{
    struct buf b;
    buf_init(&b, a, 3 * (2 * issuer.len + account.len) + 2 * secret.len + 128);
    buf_add(&b, S("otpauth://totp/"));
    buf_percent(&b, issuer);
    buf_byte(&b, ':');
    buf_percent(&b, account);
    buf_add(&b, S("?secret="));
    buf_add(&b, base32_encode(a, secret));
    buf_add(&b, S("&issuer="));
    buf_percent(&b, issuer);
    buf_format(&b, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS, TOTP_STEP_MS / 1000);
    return buf_str(&b);
}
