#ifndef CONTENT_SYSTEM_PKI_PKI_H
#define CONTENT_SYSTEM_PKI_PKI_H
#include "content/behaviour.h"
#include "content/system/members.h"
#include "content/system/people/standing.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_make.h"

/* What the behaviours of requests, certificates and authorities share: rows of theirs found and written, all in the
 * transaction at work. Certificates are rows that stay: who issued them, what became of them. */

/* A change of an item of this collection; create: id {0}. */
struct change pki_change(struct work *w, str collection, enum op op, str id);
struct json pki_time(struct arena *a, int64_t ms);   /* ms 0: null */
/* By id, or by the number that Notary's clients know it by (a JSON number or its digits). ERR_NOT_FOUND at `where`: there is none, or
 * none that whoever asks may read. */
NODISCARD enum err pki_find_readable(struct work *w, str collection, str numbered_by, const struct json *said, str where,
                                     const struct json **out, struct problem *why);
bool pki_reads(struct work *w, str collection, const struct json *item); /* may whoever asks? */
/* How long, as who signs says it; 0: not said. ERR_INVALID at "/days". */
NODISCARD enum err pki_days(const struct json *input, int64_t *out, struct problem *why);
/* A filter of the server's own, from its JSON. */
NODISCARD enum err pki_filter(struct work *w, str collection, str text, const struct filter **out, struct problem *why);

/* ---- certificates.c ---- */
struct certificate_row {
    str pem, fingerprint, serial, subject, key_name;
    const struct alt_name *names;
    size_t name_count;
    bool is_authority;
    int64_t not_before_ms, not_after_ms;
    str issuer, authority, request, profile; /* ids, and the profile's name; {0}: none */
};
/* Written; one that is here already (by fingerprint) is found instead; ERR_CONFLICT when that
 * one is revoked. */
NODISCARD enum err certificate_keep(struct work *w, const struct certificate_row *row, str *id, struct problem *why);
/* A chain that others made, the leaf first: each kept, from the last to the first. *leaf is the id of the first. */
NODISCARD enum err certificates_keep(struct work *w, const struct certificate *chain, size_t count, str request, str *leaf, struct problem *why);
/* Revokes it and writes its authority's list anew. ERR_CONFLICT: it is revoked, or nobody's here. `reason` {0}: not said. */
NODISCARD enum err certificate_revoke(struct work *w, const struct json *certificate, str reason, struct problem *why);
/* What a request has got and any that it got before and that is still good: they have the same key. */
NODISCARD enum err certificates_revoke_of(struct work *w, const struct json *request, str reason, struct problem *why);
/* The chain in one text, as Notary words it: blocks with an empty line between them. */
str chain_text(struct arena *a, str pem, str behind);

/* ---- same_key.c ---- */
struct kin {
    str *ids;
    size_t count;
    bool is_lost;                     /* one of them was revoked because of that */
};
bool is_compromise(str reason);
/* Certificates of this one's key and name, this one among them, that were issued here by another and are good. */
NODISCARD enum err certificates_of_key(struct work *w, const struct json *certificate, struct kin *out, struct problem *why);
/* No authority signs with this certificate's key any more. */
NODISCARD enum err authorities_disable_of_key(struct work *w, const struct json *certificate, struct problem *why);
/* ERR_CONFLICT: the key is lost. */
NODISCARD enum err authority_key_is_kept(struct work *w, const struct json *certificate, struct problem *why);
/* A further certificate of the same key: ERR_CONFLICT when the key is lost, or another name stands in it. */
NODISCARD enum err authority_may_take(struct work *w, const struct json *authority, const struct certificate *next, struct problem *why);

/* ---- chain_read.c: what somebody else signed ---- */
/* PEM, the leaf first, each issued by the next, at least two (a self-signed one: itself twice); of this public key. Words and
 * order of the checks: notary.md 6. */
NODISCARD enum err chain_read(struct work *w, str pem, str public_key, bool may_be_expired, str where, struct certificate **out, size_t *count,
                              struct problem *why);

/* ---- crl.c ---- */
/* Now. ERR_TOO_LARGE beyond LIMIT_CRL_BYTES. */
NODISCARD enum err crl_write(struct work *w, const struct json *authority, struct problem *why);
/* Something was revoked: now while the list is short (LIMIT_CRL_AT_ONCE), else with the next tick. Never refused for a list's length. */
NODISCARD enum err crl_demand(struct work *w, const struct json *authority, struct problem *why);
/* Asked for. An authority that is over has no further lists: ERR_CONFLICT, or for the server itself, none is due any more. */
NODISCARD enum err crl_renew(struct work *w, const struct json *authority, struct problem *why);

/* ---- issue.c ---- */
struct issue_wish {
    const struct json *authority;     /* who signs, its item */
    str public_key, key_name;
    struct dn subject;
    const struct alt_name *names;
    size_t name_count;
    const struct json *profile;       /* item; NULL: the authority's, else for servers and clients */
    int64_t days;                     /* 0: as many as may be */
    int64_t days_most;                /* beside what profile and authority say; 0: nothing more */
    bool is_authority;
    const struct json *subordinate;   /* its item */
    str request;                      /* id; {0}: none */
};
struct issued {
    str certificate, chain;           /* id; PEM with its issuers */
};
/* ERR_CONFLICT: the authority does not sign (disabled, expired, revoked, without a certificate). */
NODISCARD enum err certificate_issue(struct work *w, const struct issue_wish *wish, struct issued *out, struct problem *why);
/* An authority's first certificate, signed by itself. */
NODISCARD enum err certificate_issue_root(struct work *w, const struct json *authority, str *certificate_id, str *chain, struct problem *why);
NODISCARD enum err authority_key(struct work *w, const struct json *authority, str *pkcs8, struct problem *why);
void pki_forget(str key);             /* wipes it where it lies: PKCS#8, or the text that it was kept as */
struct dn subject_of_item(struct arena *a, const struct json *authority);
/* Its names that a list of texts like "dns:a" is made of, and back. */
struct json names_list(struct arena *a, const struct alt_name *names, size_t count);

/* ---- restore.c: before a row is written that comes back, or along from another desk (content/change/change.h, restores); present NULL: it is new ---- */
NODISCARD enum err request_restore(struct work *w, struct change *c, const struct json *present, struct problem *why);
NODISCARD enum err certificate_restore(struct work *w, struct change *c, const struct json *present, struct problem *why);
/* With its key, as it stood in the vault or sealed (key_seal.h). */
NODISCARD enum err authority_restore(struct work *w, struct change *c, const struct json *present, struct problem *why);

/* ---- rules.c ---- */
enum decision { DECIDE_ASK, DECIDE_SIGN, DECIDE_ASK_TWO };
struct verdict {
    const struct json *rule;          /* NULL: none is about its author */
    enum decision decision;
};
/* ERR_INVALID (rule "issuing-rule"): there are rules about him and none allows all of its names and its key. */
/* The rule that let a request in, now that it is signed; NULL: it is gone. ERR_CONFLICT when it is no more in force, or has come to
 * refuse one of its names. */
NODISCARD enum err rule_still_allows(struct work *w, const struct json *rule, const struct request_facts *r, struct problem *why);
NODISCARD enum err rules_judge(struct work *w, const struct request_facts *r, struct verdict *out, struct problem *why);
/* The action "check" of certificate_requests: what the rules would say of a request for these names, {names: ["dns:…"]}, without
 * one. Gives {rule, decision, authority, refused}: rule null: there is none about its author; refused: the names that keep
 * the rules from letting it in. */
NODISCARD enum err rules_check(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output, struct problem *why);
#endif
