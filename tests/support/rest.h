#ifndef TESTS_SUPPORT_REST_H
#define TESTS_SUPPORT_REST_H
#include "roles/gate.h"
#include "tests/support/fake_exchange.h"

/* One request through the API's routes, as server/serve.c takes it, without a socket: route, credential,
 * handler, problem. The answer is in the exchange; *err (may be NULL) is what went wrong. */
struct fake_exchange *rest_request(struct gate *g, struct arena *a, const char *method, const char *target, const char *headers,
                                   str body, enum err *err);
/* The client has hung up before it is answered. */
struct fake_exchange *rest_gone(struct gate *g, struct arena *a, const char *method, const char *target, const char *headers);
/* The client takes what a stream begins with, and is gone then. */
struct fake_exchange *rest_glance(struct gate *g, struct arena *a, const char *target, const char *headers);
/* Its body comes in chunks, and the line breaks behind these bytes. */
struct fake_exchange *rest_broken(struct gate *g, struct arena *a, const char *method, const char *target, const char *headers, str body);
/* Status, headers and body as one text. */
str rest_answer(const struct fake_exchange *f);
#endif
