#ifndef TESTS_SUPPORT_ZENML_CLIENT_H
#define TESTS_SUPPORT_ZENML_CLIENT_H
#include "tests/support/house.h"
#include "tests/support/rest.h"

/* Talking as ZenML's clients do. The house: administrator root (password "correct horse battery"), ada and bob without
 * roles, a service account exporter; keys root, ada, svc of them. It is noon on 2026-11-21. */
#define NOON INT64_C(1795262400000)
struct house *client_house(void);
void client_close(struct house *h);

/* key: a name of the house, or a whole header line with a colon, or NULL. json: JSON5 or NULL. */
struct fake_exchange *client_ask(struct house *h, struct arena *a, const char *method, const char *target, const char *key,
                                const char *json);
/* The same with a body of another type. */
struct fake_exchange *client_send(struct house *h, struct arena *a, const char *method, const char *target,
                                 const char *headers, const char *body);
/* A form to /login; "Authorization: Bearer <access_token>" of its answer, as client_ask takes it. must: 200. */
struct fake_exchange *client_login(struct house *h, struct arena *a, const char *form);
const char *client_bearer(struct house *h, struct arena *a, const char *form);
/* A member of the answer by JSON pointer, as JSON text; texts without quotes. {0}: none. */
str client_at(struct arena *a, const struct fake_exchange *f, const char *pointer);
#endif
