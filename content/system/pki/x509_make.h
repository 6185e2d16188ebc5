#ifndef CONTENT_SYSTEM_PKI_X509_MAKE_H
#define CONTENT_SYSTEM_PKI_X509_MAKE_H
#include "base/err.h"
#include "base/str.h"

/* Requests read; keys, certificates, lists of revoked ones and OCSP answers made (notary.md 8 and 12, security CA-1 to CA-3).
 * Pure functions over bytes: nothing here knows items, rights or the clock; what is to be in a certificate is said whole by
 * the caller. Reading chains and verifying them is x509.h's. Only x509*.c includes OpenSSL's X.509,
 * OCSP and PKCS12 parts; its error queue is empty after each call. Thread-safe. Results are in the arena.
 *
 * Private keys are PKCS#8 DER; whoever holds one wipes it. Times are milliseconds since 1970, written to the second. */
struct arena;

/* ---- keys ---- */
enum key_type { MAKE_RSA_2048, MAKE_RSA_3072, MAKE_RSA_4096, MAKE_EC_P256, MAKE_EC_P384, MAKE_ED25519, MAKE_COUNT };
extern const str key_type_names[MAKE_COUNT];   /* "rsa-2048" … */
bool key_type_read(str name, enum key_type *out);
bool key_type_is_slow(enum key_type t);            /* takes seconds: not while a lock is held */
NODISCARD enum err private_key_make(enum key_type t, struct arena *a, str *pkcs8, struct problem *why);

/* Its SubjectPublicKeyInfo; false: it is no key. */
bool private_key_public(str pkcs8, struct arena *a, str *spki);
/* Of others: one PEM block, PKCS#8, PKCS#1 or SEC 1, not encrypted. ERR_INVALID. */
NODISCARD enum err private_key_read(str pem, struct arena *a, str *pkcs8, struct problem *why);

/* ---- names ---- */
enum name_kind { NAME_DNS, NAME_IP, NAME_EMAIL, NAME_URI, NAME_KIND_COUNT };
struct alt_name {
    enum name_kind kind;
    str text;                         /* an address as text; DNS names in lower case */
};
bool dns_name_valid(str s);             /* that could be certified; its first label may be a star */
bool email_valid(str s);
struct dn_part {
    str type, text;                   /* "CN", "O", "OU", "C", "ST", "L", "serialNumber", "emailAddress" */
};
struct dn {
    const struct dn_part *parts; /* in their order */
    size_t count;
};

/* ---- requests ---- */
struct request_facts {
    str der, public_key;              /* SPKI DER */
    struct dn subject;           /* parts that have one of the types above; others are left out */
    str subject_text;                 /* "CN=…, O=…", neutralised, at most 1,000 bytes */
    const struct alt_name *names;
    size_t name_count;
    str key_name;                     /* "rsa-3072", "ec-p256", … */
    int key_bits;
};
/* CA-1. Faults have the rules "csr-pem" (no PEM block), "csr-label" (another block), "csr-parse", "csr-signature", "csr-key",
 * "csr-names" (NUL, control bytes, too long, more than LIMIT_REQUEST_NAMES): the façades word them. One block, nothing behind it;
 * "NEW CERTIFICATE REQUEST" is accepted. Extensions other than names count for nothing, ever. */
NODISCARD enum err request_read(str pem, struct arena *a, struct request_facts *out, struct problem *why);
NODISCARD enum err request_read_der(str der, struct arena *a, struct request_facts *out, struct problem *why);
/* For an authority of ours that somebody else signs. */
NODISCARD enum err request_make(str pkcs8, const struct dn *subject, const struct alt_name *names, size_t name_count, struct arena *a, str *pem,
                                struct problem *why);

/* ---- certificates ---- */
enum key_usage_for { USAGE_SERVER = 1, USAGE_CLIENT = 2, USAGE_CODE_SIGNING = 4, USAGE_EMAIL = 8 };
struct certificate_wish {
    str public_key;                   /* SPKI DER */
    struct dn subject;
    const struct alt_name *names;
    size_t name_count;
    int64_t not_before_ms, not_after_ms;
    bool is_authority;
    int path_len;                     /* of an authority; -1: not said */
    const struct alt_name *permitted;     /* name constraints of an authority: DNS names and "net/len" addresses */
    size_t permitted_count;
    unsigned usages;                  /* enum key_usage_for; of a leaf */
    str crl_url, ocsp_url, issuer_url;/* {0}: left out; never text of a client */
    str issuer_pem;                   /* {0}: signs itself */
    str issuer_key;                   /* PKCS#8 */
};
struct certificate_made {
    str pem, der, serial, fingerprint;/* both in lower-case hex; fingerprint: SHA-256 */
};
/* A serial number of 20 random bytes, positive. Of a leaf: CA:FALSE, digitalSignature, keyEncipherment for RSA only; both with key
 * identifiers. ERR_INVALID when the issuer's key is not the issuer's. */
NODISCARD enum err certificate_make(const struct certificate_wish *wish, struct arena *a, struct certificate_made *out, struct problem *why);

/* ---- lists of revoked certificates ---- */
struct revoked {
    str serial;
    int64_t at_ms;
    int reason;                       /* RFC 5280 5.3.1; 0: not said */
};
/* One more entry, in DER, behind those that are there; false: the buffer is full, or its serial number is none. */
struct buf;
bool crl_entry(const struct revoked *one, struct buf *to);
struct crl_wish {
    str issuer_pem, issuer_key;
    uint64_t number;
    int64_t this_ms, next_ms;
    str entries;                      /* by crl_entry … */
    const struct revoked *list;       /* … and behind them these */
    size_t count;
};
/* Of others, as it says it is: who signed it, and how, is another question (issuer_pem, which must be PEM). At most
 * LIMIT_REVOKED_READ entries. ERR_INVALID: it is no list, or not this issuer's. */
struct crl_facts {
    int64_t number;                   /* 0: it has none */
    int64_t next_ms;                  /* 0: not said */
    const struct revoked *list;
    size_t count;
};
NODISCARD enum err crl_read(str pem, str issuer_pem, struct arena *a, struct crl_facts *out, struct problem *why);
NODISCARD enum err crl_make(const struct crl_wish *wish, struct arena *a, str *pem, str *der, struct problem *why);

/* ---- OCSP (RFC 6960) ---- */
enum ocsp_status { OCSP_IS_GOOD, OCSP_IS_REVOKED, OCSP_IS_UNKNOWN };
struct ocsp_verdict {
    enum ocsp_status status;
    int64_t at_ms;                    /* of a revocation */
    int reason;
};
/* Asked for each certificate of the request that says to be of this authority, at most LIMIT_OCSP_REQUESTS. */
typedef enum err ocsp_look(void *self, str serial, struct ocsp_verdict *out, struct problem *why);
/* Whatever comes, there is an answer: "malformedRequest" for what is no request, "unauthorized" for other authorities' certificates. */
NODISCARD enum err ocsp_answer(str request_der, str issuer_pem, str issuer_key, int64_t now_ms, int64_t next_ms, ocsp_look *look, void *self,
                               struct arena *a, str *response_der, struct problem *why);

/* It asks about one certificate, without a nonce or another extension: the answer is as good for the next one who asks so. */
bool ocsp_is_plain(str request_der);

/* ---- to carry away ---- */
/* PKCS#12 of a chain without a private key, or with one that the caller brought. */
NODISCARD enum err pkcs12_make(str chain_pem, str pkcs8, str password, str friendly_name, struct arena *a, str *der, struct problem *why);
#endif
