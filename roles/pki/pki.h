#ifndef ROLES_PKI_PKI_H
#define ROLES_PKI_PKI_H
#include "roles/gate.h"

/* What anybody may ask of the authorities here, without a credential: verifiers have none (notary.md 8.1, RFC 5280, RFC 6960).
 * Everything else about certificates goes through the five doors, as content. An authority is known by its number. ERR_NOT_FOUND:
 * there is none, or it has no such thing yet. Thread-safe. */
/* Both empty: the authority waits for its certificate. */
NODISCARD enum err gate_crl(struct gate *g, int64_t authority, struct arena *a, str *pem, str *der, struct problem *why);
NODISCARD enum err gate_authority_certificate(struct gate *g, int64_t authority, struct arena *a, str *der, struct problem *why);
/* Any bytes get an answer; OCSP says itself that they are no request. good_s: how long it may be kept. */
NODISCARD enum err gate_ocsp(struct gate *g, int64_t authority, str request, struct arena *a, str *response, int64_t *good_s, struct problem *why);

/* ---- certificates as files ---- */
enum certificate_form { CERTIFICATE_PEM, CERTIFICATE_CHAIN, CERTIFICATE_DER, CERTIFICATE_PKCS12 };
struct certificate_ask {
    str collection, id;               /* "certificates" or "certificate_requests" */
    enum certificate_form form;
    str password;                     /* of PKCS#12 */
};
struct certificate_file {
    str bytes;
    str name;                         /* its serial number, hex */
};
/* For whoever may read the item and, of it, the certificate. ERR_NOT_FOUND: he may not, or there is none yet. PKCS#12 has the chain and
 * no key. */
NODISCARD enum err gate_certificate(struct gate *g, const struct principal *who, const struct certificate_ask *ask, struct arena *a,
                                    struct certificate_file *out, struct problem *why);

/* ---- Notary's desk (notary.md 6) ---- */
/* Is there a certificate request of this number, whoever sees it? Says no more than that; a façade asks it for somebody who may read
 * requests, though not all of them. */
NODISCARD enum err gate_has_request(struct gate *g, int64_t number, bool *out, struct problem *why);
/* The e-mail addresses of these accounts (ids), for whoever looks at requests of theirs; one read. Who may read every request sits at
 * the desk and has to know whose they are; anybody else learns of accounts that he may read. {0}: gone, or not to be known. */
NODISCARD enum err gate_request_owners(struct gate *g, const struct principal *who, const str *ids, size_t count, struct arena *a, str *emails,
                                       struct problem *why);

/* ---- archives ---- */
/* An authority's key for an archive, sealed with the master key (content/system/pki/key_seal.h), asked for by the server itself: what
 * the command line does. `authority`: its id. ERR_NOT_FOUND. */
NODISCARD enum err gate_authority_key(struct gate *g, const struct principal *who, str authority, struct arena *a, str *sealed, struct problem *why);
/* Was it sealed with this server's master key, for this authority? */
bool gate_authority_key_opens(struct gate *g, str authority, str sealed);

/* Notary's figures (notary.md 9) with its names, of everything; for the server's own page of figures. authority: its number, 0: of none in
 * particular. */
typedef void pki_figure(void *self, const char *name, const char *help, int64_t authority, int64_t value);
NODISCARD enum err gate_pki_figures(struct gate *g, struct arena *a, pki_figure *see, void *self, struct problem *why);
#endif
