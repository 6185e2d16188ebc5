#ifndef SERVER_TRANSFER_IMPORT_NOTARY_H
#define SERVER_TRANSFER_IMPORT_NOTARY_H
#include "base/map.h"
#include "content/foreign.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_make.h"
#include "content/system/pki/x509_sealed.h"
#include "server/transfer/transfer.h"

/* A database of Canonical Notary (notary.md 5, 10 and 14; docs/import.md), in this order:
 *
 *   notary_read.c       its tables as they stand, by type and size
 *   notary_check.c      what is in them: requests, certificates and who issued them, authorities, their keys and lists
 *   notary_here.c       what of it is here already
 *   notary_late.c       what of that was revoked there
 *   notary_write.c      all that is new, in one transaction
 *
 * Numbers stay what they are, so that clients find what they know. Ids are made of what a thing is (a request's bytes, a certificate's
 * digest, an address), so that an import can be repeated, and two databases are not taken for one. Whatever is wrong in a way that no
 * Notary writes refuses the whole. */
struct notary_user {
    int64_t number, role;
    str email, name, hash;            /* name {0}: none */
    bool is_oidc;
    str id;                           /* here */
    bool is_here;
    bool is_numbered;                 /* its number is free here */
};

struct notary_certificate {
    int64_t number, issuer_number;
    str text, pem, fingerprint;
    str chain;                        /* with its issuers; "": not made yet */
    struct certificate facts;
    struct notary_certificate *issuer;    /* NULL: itself, or it is not known */
    struct notary_authority *by;      /* that signed it and came along; NULL: somebody else */
    struct notary_request *request;
    const struct revoked *revoked;    /* NULL: it is not */
    str id;
    bool is_here;
};

struct notary_request {
    int64_t number, certificate_number, user_number;
    str csr, status, email;
    struct request_facts facts;
    str digest;
    struct notary_certificate *certificate;
    bool is_authoritys, is_left_out;
    str id;
    bool is_here;
};

struct notary_authority {
    int64_t number, certificate_number, csr_number, key_number;
    bool is_enabled;
    str crl;
    struct notary_request *request;
    struct notary_certificate *certificate;
    str key;                          /* PKCS#8 in base64url: wiped at the end */
    struct crl_facts list;
    const struct revoked **others;    /* of its list, that no certificate here has */
    size_t other_count;
    str id;
    bool is_here;
    bool is_due;                      /* it is here, and its list has to say more */
    int64_t list_number;              /* then: of the newest list, there or here */
};

/* A certificate that is here from before. */
struct notary_late {
    str id;
    bool has_authority, is_revoked;   /* here */
    struct notary_authority *by;      /* that signed it; NULL: nothing is to be done */
    const struct revoked *revoked;    /* there and not here; NULL: it is not */
};

/* Pointers to rows, which stay where they are. */
struct notary_rows {
    void **at;
    size_t count, room;
};

struct notary {
    struct transfer *to;
    struct arena *arena;
    struct problem *why;
    struct foreign *db;
    struct notary_rows users, certificates, requests, authorities;
    struct notary_rows key_texts;     /* of private_keys, str: some are in clear; wiped at the end */
    struct notary_late **late;
    size_t late_count;
    struct map *keys;                 /* private_keys: number in digits to text (a str) */
    str wrapped;                      /* the data key as it stands */
    uint8_t data_key[AES256_KEY_BYTES];
    bool has_data_key;
    size_t bytes;                     /* of all texts so far */
    size_t chain_bytes;               /* of all chains so far, each as often as it is kept */
};

/* notary_read.c */
NODISCARD enum err notary_read(struct notary *n, str path);
NODISCARD enum err notary_broken(struct notary *n, const char *format, ...) PRINTF_LIKE(2, 3);
str notary_digits(struct arena *a, int64_t number);
/* notary_check.c */
NODISCARD enum err notary_check(struct notary *n);
/* notary_keys.c: the data key, and authorities' keys by it */
NODISCARD enum err notary_open_keys(struct notary *n);
/* notary_here.c */
NODISCARD enum err notary_look_here(struct notary *n, const struct principal *who);
/* notary_late.c */
NODISCARD enum err notary_look_late(struct notary *n, const struct principal *who);
/* notary_write.c */
NODISCARD enum err notary_write(struct notary *n, const struct principal *who);
#endif
