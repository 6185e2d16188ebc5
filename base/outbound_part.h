#ifndef BASE_OUTBOUND_PART_H
#define BASE_OUTBOUND_PART_H
#include "base/outbound.h"
#include "base/outbound_curl.h"

/* What the two files behind base/outbound.h share; nobody else includes this. */

/* outbound_check_url, and what was read: the caller lets it go. most: bytes of the URL. */
NODISCARD enum err outbound_url_read(const struct outbound_policy *p, str url, size_t most, CURLU **out, struct problem *why);
/* outbound_may_reach, and none of our own addresses unless the operator lists it: that is a way to ourselves, past whatever
 * stands in front of us. */
bool outbound_connects(const struct outbound_policy *p, const struct address *at);
NODISCARD enum err outbound_refused(struct problem *why); /* none of a host's addresses is one of those */
/* outbound_names.c: what r->names says of the URL's host, as libcurl wants to be told, without the addresses that would be
 * refused (libcurl gives each one on its list half of the time that is left); the caller frees the list. NULL: the system is to
 * be asked. */
NODISCARD enum err outbound_look_up(const struct outbound_policy *p, const struct outbound_request *r, CURLU *url, struct arena *a,
                                    struct curl_slist **out, struct problem *why);
#endif
