#ifndef API_NOTARY_NOTARY_H
#define API_NOTARY_NOTARY_H
#include "api/answer.h"

/* Canonical Notary's surface (its reference: notary.md). Two dialects of one API: "result", which its documents
 * show and which is the default, and "data", which its present code speaks; `notary.dialect` chooses. This
 * header is what the files of the façade share; it knows no rules. */

#define LIMIT_NOTARY_BODY_BYTES (100u << 10)

bool notary_speaks_data(const struct api *api);
/* Success: {"result": X} or {"data": X}. Between begin and send the caller writes X. */
void notary_begin(struct exchange *x, const struct api *api, struct answer *a);
NODISCARD enum err notary_send(struct exchange *x, struct answer *a, int status, struct problem *why);
/* "success", with the number of what was made; {} and {"data":{"id":N}} in dialect data. */
NODISCARD enum err notary_done(struct exchange *x, const struct api *api, int status);
NODISCARD enum err notary_made(struct exchange *x, const struct api *api, int64_t number, struct problem *why);
/* {"error": text}, {"message": text}; texts begin in lower case in dialect data. Always ERR_OK: it was said. */
NODISCARD enum err notary_say(struct exchange *x, const struct api *api, int status, str text);
/* The same for what went wrong outside. */
void notary_problem(struct exchange *x, const struct problem *why);
/* The body as a JSON map whatever it is labelled. False: it was refused, the answer is sent. */
bool notary_body(struct exchange *x, const struct api *api, const struct json **out);
/* Members of a body: text, {0} when absent or null. False when it is something else. */
bool notary_text(const struct json *body, str name, str *out);
/* 0 administrator, 1 manager, 2 requestor, 3 who only reads: by the names of the roles held (notary.md 4). */
int64_t notary_role_id(const str *roles, size_t count);
extern const str notary_roles[4];
/* Who asks may not: nobody 401, somebody 403. Always false. */
bool notary_refuse(const struct exchange *x, struct problem *why);
/* A field of a change. */
void notary_set(struct change *c, struct arena *a, const char *field, struct json v);
/* The {id} of a path: a whole number. One that is given to nothing is for the look-up to find. */
bool notary_id(const struct params *p, int64_t *out);
#endif
