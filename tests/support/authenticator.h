#ifndef TESTS_SUPPORT_AUTHENTICATOR_H
#define TESTS_SUPPORT_AUTHENTICATOR_H
#include "tests/support/signer.h"

/* What an authenticator says (Web Authentication, sections 6.1 and 6.5), with a key of the tests. */
enum { TOUCH = 0x01, PERSON = 0x04, MAY_SYNC = 0x08, IS_SYNCED = 0x10, CREDENTIAL = 0x40, EXTENSIONS = 0x80 };

struct authenticator_said {
    const char *domain;
    unsigned flags;
    uint32_t count;
    str credential, cose, extensions, behind;
};
str authenticator_data(struct arena *a, const struct authenticator_said *s);
/* An attestation object; proof is hex of its CBOR. */
str authenticator_attest(struct arena *a, const char *format, const char *proof, str data);
str authenticator_sign(struct arena *a, const struct signer *s, str data, const char *client);
#endif
