#ifndef CONTENT_SYSTEM_PKI_ACME_H
#define CONTENT_SYSTEM_PKI_ACME_H
#include "content/behaviour.h"

/* ACME's books as they meet certificate requests (roles/acme.h does the rest). In the transaction at work: an order gets one
 * request and no second, whoever finalizes it at the same time. Takes an order that is ready, and links it. ERR_FORBIDDEN with
 * the rule "orderNotReady". */
NODISCARD enum err acme_order_take(struct work *w, str order, str request, struct problem *why);
/* Is it still free to be taken? */
NODISCARD enum err acme_order_is_ready(struct work *w, str order, struct problem *why);
#endif
