#ifndef BASE_SIGV4_H
#define BASE_SIGV4_H
#include "base/http.h"

/* Signed requests as object storage wants them (AWS Signature Version 4, "Create a signed AWS API request"). Pure. */
struct sigv4_key {
    str access, secret, region, service; /* "s3" */
};
struct sigv4_request {
    str method;
    str path;                         /* "/bucket/key", as it goes on the wire: percent-encoded once */
    const struct pair *query;         /* plain, in any order; nothing signed leaves it out */
    size_t query_count;
    const struct pair *headers;       /* all that are signed: names in lower case, sorted, "host" and "x-amz-date" among them */
    size_t header_count;
    str payload;                      /* SHA-256 of the body, hex */
    int64_t at_ms;                    /* what x-amz-date says, as time_stamp() writes it */
};
/* A path's or a query's characters: all but RFC 3986's unreserved ones are encoded, in a path '/' is left. */
str sigv4_path(struct arena *a, str path);
/* "a=b&c=d", sorted and encoded: what is signed, and what goes behind the '?'. */
str sigv4_query(struct arena *a, const struct pair *query, size_t count);
/* The value of the header Authorization. */
str sigv4_authorization(struct arena *a, const struct sigv4_key *key, const struct sigv4_request *r);
#endif
