#ifndef TESTS_SUPPORT_VERIFIER_H
#define TESTS_SUPPORT_VERIFIER_H
#include "base/arena.h"
#include "content/system/pki/x509_make.h"

/* Whoever is handed what authorities here make, and reads it with a library of his own: lists, answers of OCSP, bundles. Certificates are
 * PEM. Results are in the arena. */
/* What is asked about this certificate of this issuer, in DER. */
str verifier_asks(struct arena *a, str certificate, str issuer);
/* "good", "revoked", "unknown"; "": it is no answer about it that its issuer has signed. */
const char *verifier_hears(str answer, str certificate, str issuer);
/* Is that list signed by this issuer, and what it was to be made of: the number, and each entry once, with its second and its reason? */
bool verifier_finds(str list, const struct crl_wish *wanted);
/* How many certificates a bundle brings; -1: it cannot be opened, or brings a key. */
int verifier_unpacks(str pkcs12, const char *password);
/* What is secret of a key: a seed, a number, or three of RSA. */
size_t verifier_secrets(struct arena *a, str pkcs8, str out[3]);
#endif
