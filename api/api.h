#ifndef API_API_H
#define API_API_H
#include "roles/gate.h"

/* REST façades: read the wire, call the gate, render. Each façade is a table of routes over this. */
struct api {
    struct gate *gate;
    bool key_in_query;                /* auth.key_in_query: "api_key" is a known parameter everywhere */
    const char *version;
};

/* Route tables, in the order in which the router gets them; made once by server/app.c. */
size_t api_routes(struct api *api, struct route_set *out, size_t room);

/* A problem in the shape of Vitrine's own paths: application/problem+json, Cockpit's `error` beside it
 * (contract 5). Also used by server/ for what happens before a handler. */
void api_send_problem(struct exchange *x, const struct problem *why);

extern const struct route content_routes[], model_routes[], page_routes[], auth_routes[], system_routes[];
extern const size_t content_route_count, model_route_count, page_route_count, auth_route_count, system_route_count;
#endif
