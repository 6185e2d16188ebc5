/* Proving that somebody holds a name. */
#include "roles/acme_check.h"

enum err acme_try(const struct acme_outside *o, const struct acme_trial *t, struct arena *a, enum acme_fault *fault,
                  struct problem *why)
{
    (void)o, (void)t, (void)a;
    *fault = ACME_NO_FAULT;
    return problem_set(why, ERR_UNAVAILABLE, "Names cannot be checked here yet");
}
