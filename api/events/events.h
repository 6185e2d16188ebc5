#ifndef API_EVENTS_EVENTS_H
#define API_EVENTS_EVENTS_H
#include "api/api.h"
#include "base/event_stream.h"
#include "roles/feed/feed.h"

/* GET /api/events (docs/events.md): the change feed by polling, as an event stream, and as a live query. */

/* A query whose set is told, and then what becomes of it. */
NODISCARD enum err events_live(struct exchange *x, struct api *api, str query, struct problem *why);

#endif
