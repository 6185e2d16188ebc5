#ifndef GRAPHQL_HTTP_SUBSCRIPTION_H
#define GRAPHQL_HTTP_SUBSCRIPTION_H
#include "graphql/http/parts.h"
#include "roles/feed/feed.h"

/* A subscription, whatever it comes by (stream.c, socket.c): a feed, and an operation that runs with each of its events, by what
 * the caller may at that moment (security AZ-10). When his rights or the model have moved on, the document is judged anew by
 * the schema that he has then, and the feed goes on where it was; a document that does not fit any more ends it. One thread's. */
struct gql_subscription;

struct gql_subscriber {               /* whose it is; everything lives as long as the subscription */
    struct graphql *g;
    const struct gql_dialect *dialect;
    const struct exchange *head;      /* with his credentials */
    struct stay *stay;
    const struct gql_request *request;
};
/* since: goes on behind this, whatever the document says; UINT64_MAX: nothing is known. ERR_OK and *out NULL: errors says what is wrong
 * with the request. */
NODISCARD enum err gql_subscribe(const struct gql_subscriber *by, uint64_t since, struct gql_subscription **out, struct gql_errors *errors,
                                 struct problem *why);
/* As gate_feed_read. ERR_INVALID: the document does not fit what the caller may by now; errors says how. */
NODISCARD enum err gql_subscription_read(struct gql_subscription *s, struct arena *a, size_t max, int wait_ms, struct feed_batch *out,
                                         struct gql_errors *errors, struct problem *why);
/* Between two events of a reading: is he still who he was with it? A client may take them slowly. False: what is behind `told` is read
 * again. */
bool gql_subscription_holds(struct gql_subscription *s, uint64_t told, struct problem *why);
/* The result of one of the events that were just read, an object, at the end of out. */
void gql_subscription_tell(struct gql_subscription *s, struct arena *a, const struct feed_event *e, struct buf *out);
uint64_t gql_subscription_last(const struct gql_subscription *s);
void gql_subscription_close(struct gql_subscription *s); /* NULL is fine */

#endif
