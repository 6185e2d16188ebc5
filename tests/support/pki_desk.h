#ifndef TESTS_SUPPORT_PKI_DESK_H
#define TESTS_SUPPORT_PKI_DESK_H
#include "tests/support/house.h"
#include "tests/support/rest.h"

/* A certificate desk: a house with ada and eve who hand requests in, boss and two who decide, and blind who signs with what is called
 * "Mine" alone; what they ask goes through the API's routes as JSON. What does not succeed in the helpers below is a failed check. */
#define ITEMS    "/api/content/item/"
#define REQUESTS ITEMS "certificate_requests"
#define CAS      ITEMS "certificate_authorities"

struct house *pki_desk_open(void);
struct fake_exchange *pki_desk_ask(struct house *h, struct arena *a, const char *who, const char *method, str target, str body);
/* The body as JSON; a text in it, "" when there is none; the first fault's code. */
const struct json *pki_desk_answer(struct arena *a, const struct fake_exchange *f);
str pki_desk_member(struct arena *a, const struct fake_exchange *f, const char *name);
str pki_desk_code(struct arena *a, const struct fake_exchange *f);
/* A request with a key of its own for these names; as the body that creates an item. */
str pki_desk_csr(struct arena *a, const char *common, const char *const *names, size_t count);
str pki_desk_item(struct arena *a, str csr);
/* Id of a new root called "Root"; more: further members, with a comma in front. */
str pki_desk_authority(struct house *h, struct arena *a, const char *more);
/* Id of an authority that this one has signed; {0}: that waits. */
str pki_desk_below(struct house *h, struct arena *a, const char *common, const char *more, str by_id);
/* Id of a request for one name. */
str pki_desk_hand_in(struct house *h, struct arena *a, const char *who, const char *common, const char *name);
struct fake_exchange *pki_desk_act(struct house *h, struct arena *a, const char *who, const char *collection, str id, const char *action, str input);
/* {"authority":…} */
str pki_desk_by(struct arena *a, str authority_id);
int64_t pki_desk_number(struct house *h, struct arena *a, const char *collection, str id, const char *field);
void pki_desk_tick(struct house *h);
#endif
