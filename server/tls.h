#ifndef SERVER_TLS_H
#define SERVER_TLS_H
#include "base/err.h"

/* The certificate that listeners show and what they insist on: TLS 1.2 or 1.3, forward secrecy,
 * AEAD suites only (security T-1). Certificate and key are read again by tls_reload() while
 * connections go on; a pair that does not work is refused and the old one stays (T-2). Thread-safe.
 */
struct tls;

/* Refuses a key file that group or others can read, a key that does not fit the certificate, and a
 * pair with which a handshake in memory fails. */
NODISCARD enum err tls_open(const char *cert_path, const char *key_path, struct tls **out,
                            struct problem *why);
NODISCARD enum err tls_reload(struct tls *t, struct problem *why);
bool tls_files_changed(const struct tls *t); /* since they were read */
const char *tls_library(void);               /* "OpenSSL 3.0.17 …" */
void tls_close(struct tls *t);               /* NULL is fine */
void *tls_context(const struct tls *t);      /* an SSL_CTX for civetweb */

#endif
