#ifndef BASE_TOTP_H
#define BASE_TOTP_H
#include "base/arena.h"

/* One-time codes from a shared secret and the time (RFC 6238): HMAC-SHA-1, six digits, steps of 30 s, as
 * all authenticators have it. Pure. Secrets are bytes here; base32 only where a person meets them. */
#define TOTP_SECRET_BYTES 20 /* what new ones have; RFC 4226, section 4 */
#define TOTP_DIGITS 6
#define TOTP_STEP_MS 30000

uint64_t totp_step(int64_t now_ms);
void totp_code(str secret, uint64_t step, char code[TOTP_DIGITS]);
/* Is it the code of this step, the one before or the one after? Steps up to `last_used` are used up, so
 * that who looks on cannot use a code again: keep *step. Constant time. */
bool totp_check(str secret, str code, int64_t now_ms, uint64_t last_used, uint64_t *step);
/* otpauth://totp/ISSUER:ACCOUNT?secret=…, for the picture that authenticators read. */
str totp_uri(struct arena *a, str issuer, str account, str secret);
#endif
