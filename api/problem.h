#ifndef API_PROBLEM_H
#define API_PROBLEM_H
#include "api/api.h"

/* What every façade needs to say that something went wrong; the shape of the body is its own. */

/* Vitrine's own shape: application/problem+json, Cockpit's `error` beside it (contract 5). */
void problem_send(struct exchange *x, const struct problem *why);
/* Did the request carry a credential, good or not? */
bool problem_has_credential(const struct exchange *x);
/* Cache-Control and Retry-After. */
void problem_moment(struct exchange *x, const struct problem *why);
/* The same and, unless the façade has said its own, WWW-Authenticate. */
void problem_headers(struct exchange *x, const struct problem *why);
#endif
