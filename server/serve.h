#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H
#include "server/app.h"

/* The life of a request between the socket and the handler: route, identify, body ceiling, handler,
 * problem to answer, one log line. One struct service for the process; serve_request runs in every
 * worker at once. */
struct service;

NODISCARD enum err service_make(struct app *app, struct arena *a, struct service **out, struct problem *why);
/* The two calls that server/civet.h wants. */
void serve_request(struct exchange *x, void *service);
void serve_refusal(struct exchange *x, const struct problem *why, void *service);

/* Headers of every answer of the API, ready to send (security B-2). */
extern const str standing_api_headers;
#endif
