#ifndef SERVER_DEMO_H
#define SERVER_DEMO_H
#include "roles/gate.h"

/* Content to try things on: collections, items, roles, a key of each kind (server/demo/demo.json). Only into
 * a house without collections of its own: elsewhere nothing happens and *made is false. Ids and dates are
 * the same every time; keys are not: each is handed to `key` once, and none is made where that is NULL. It is the
 * server's own work: who may ask for it, the caller has asked. */
NODISCARD enum err demo_make(struct gate *gate, bool *made, void (*key)(void *self, str name, str secret), void *self,
                             struct problem *why);
#endif
