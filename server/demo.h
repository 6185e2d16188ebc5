#ifndef SERVER_DEMO_H
#define SERVER_DEMO_H
#include "server/app.h"

/* Content to try things on: collections, items, roles, a key of each kind (server/demo/demo.json). Only into
 * a house without collections of its own: elsewhere nothing happens and *made is false. Ids and dates are
 * the same every time; keys are not: each is handed to `key` once. */
NODISCARD enum err demo_make(struct app *app, bool *made, void (*key)(void *self, str name, str secret), void *self,
                             struct problem *why);
#endif
