#ifndef API_ACME_ACME_H
#define API_ACME_ACME_H
#include "api/answer.h"
#include "api/api.h"
#include "roles/acme/acme.h"

/* ACME's wire format (RFC 8555): every answer to a message has a fresh nonce and says where the directory is; refusals are
 * problem documents with urn:ietf:params:acme:error:… as their type. What is decided is decided behind roles/acme/acme.h. */

/* Nonce and link, once per exchange; acme_problem does it for refusals. */
void acme_headers(struct exchange *x, struct gate *g);
void acme_problem(struct exchange *x, const struct problem *why);
/* The message of this exchange, of a sender of this sort; headers first, so that every refusal has them. */
NODISCARD enum err acme_message(struct exchange *x, void *app, enum acme_sender sender, struct acme_call *out, struct problem *why);
/* A JSON answer, kept by nobody. */
NODISCARD enum err acme_send(struct exchange *x, struct answer *a, int status, struct problem *why);
/* "Location: URL" of something below this call's base. */
str acme_address(const struct acme_call *c, const char *what, str id);
void acme_location(const struct acme_call *c, const char *what, str id);

str acme_text(const struct json *item, const char *field); /* "" unless it is text */
/* {"type":"urn:…","detail":"…"} of an error that an item remembers. */
void acme_write_error(struct json_writer *w, struct arena *a, const struct json *error);
/* {"type":"dns","value":"www.example.org"} of "dns:www.example.org". */
void acme_write_name(struct json_writer *w, str name);

/* Handlers, by the file they are in. account.c: */
handler acme_new_account, acme_account, acme_account_orders, acme_key_change;
/* order.c: */
handler acme_new_order, acme_order, acme_finalize, acme_authorization, acme_challenge, acme_certificate;
#endif
