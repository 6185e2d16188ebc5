#ifndef ROLES_ACME_TRIAL_H
#define ROLES_ACME_TRIAL_H
#include "base/dns.h"
#include "roles/acme/check.h"

/* What the files of roles/acme/check.h share; nobody else includes this. */
struct trial_run {
    const struct acme_outside *outside;
    const struct acme_trial *trial;
    struct arena *arena;
    int64_t until_us;                 /* of all that is looked at */
    enum acme_fault fault;
    bool is_unable;                   /* our own name server could not be asked */
    struct problem *why;
};

/* Asks the operator's name server, or the system's. ERR_OK without records: no such name, or none of this kind. Else
 * ERR_UNAVAILABLE and is_unable, or ERR_INVALID and the fault. */
NODISCARD enum err trial_ask(struct trial_run *r, str name, enum dns_kind kind, struct dns_answer *out);
/* caa.c: whether the name's owner lets us issue for it. */
NODISCARD enum err trial_caa(struct trial_run *r);
/* The relevant records of a name, not none. ERR_INVALID: they let others issue, or ask for what we do not know. Pure. */
NODISCARD enum err caa_judge(const struct acme_outside *o, const struct acme_trial *t, const struct dns_answer *records,
                             struct problem *why);

#endif
