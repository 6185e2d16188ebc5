#ifndef CONTENT_SYSTEM_PKI_ACME_H
#define CONTENT_SYSTEM_PKI_ACME_H
#include "content/behaviour.h"
#include "content/system/pki/x509_make.h"

/* ACME's books as they meet certificate requests (roles/acme/acme.h does the rest). In the transaction at work: an order gets one
 * request and no second, whoever finalizes it at the same time. Takes an order that is ready, and links it. ERR_FORBIDDEN with
 * the rule "orderNotReady". */
NODISCARD enum err acme_order_take(struct work *w, str order, str request, struct problem *why);
/* Is it still free to be taken, its account still good, and each of its names still proven? */
NODISCARD enum err acme_order_is_ready(struct work *w, str order, struct problem *why);
/* A CSR may say a name as its subject's common name alone (RFC 8555 7.4), where no verifier looks for it: what is certified are the
 * names of its order. Of the order with this id, or that has this request; requests without an order stay as they are. */
NODISCARD enum err acme_order_names(struct work *w, str order, struct request_facts *r, struct problem *why);
NODISCARD enum err acme_request_names(struct work *w, str request, struct request_facts *r, struct problem *why);
#endif
