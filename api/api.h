#ifndef API_API_H
#define API_API_H
#include "roles/gate.h"

/* REST façades: read the wire, call the gate, render. Each façade is a table of routes over this.
 */
struct api {
    struct gate *gate;
    bool key_in_query; /* auth.key_in_query: "api_key" is a known parameter everywhere */
    const char *version;
};

/* Route tables, in the order in which the router gets them; made once by server/app.c. */
size_t api_routes(struct api *api, struct route_set *out, size_t room);

/* A problem in the shape of the façade that the request was for: its route's, else that of the
 * realm its path lies in, else Vitrine's own (api/problem.h). Also used by server/ for what happens
 * before a handler. */
void api_send_problem(struct exchange *x, const struct problem *why);

/* The tables, one per façade. parameters: for each route the names it knows in a query string,
 * NULL-terminated; NULL for a table whose routes know none. problem: how this façade says that
 * something went wrong, NULL: as Vitrine does. realms: beginnings of paths ("/api_keys") under
 * which it speaks for paths that nobody has, NULL-terminated; NULL: none. */
struct api_table {
    const struct route *routes;
    size_t count;
    const char *const *const *parameters;
    void (*problem)(struct exchange *x, const struct problem *why);
    const char *const *realms;
};
extern const struct api_table *const api_tables[];
extern const size_t api_table_count;
extern const struct api_table content_api, model_api, page_api, auth_api, account_api, token_api, system_api, describe_api, arrival_api,
    oidc_api, access_api;
#endif
