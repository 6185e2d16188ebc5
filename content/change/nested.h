#ifndef CONTENT_CHANGE_NESTED_H
#define CONTENT_CHANGE_NESTED_H
#include "content/change/change.h"

/* Nested writes of references (docs/write.md): {"author":{"connect":ID}}, of lists {"connect":[ID or
 * {"id","position":{"before"|"after":ID,"start"|"end":true}}],"disconnect":[ID],"set":[ID],"create":[{…}],
 * "update":[{"_id",…}],"delete":[ID]}: one step after the other. What is created, updated or deleted is a change of
 * its own in the same transaction, by the same author, judged as if it had been sent alone. */

/* Is a reference's value meant like that? A value without any of the words is the reference itself. */
bool nested_is(const struct field *f, const struct json *v);
/* ERR_INVALID, ERR_FORBIDDEN with faults. c->author, if given, says what may be known of the targets. */
NODISCARD enum err nested_read(struct arena *a, struct change *c, const struct field *f, const struct json *v, str path,
                               struct problem *why);

#endif
