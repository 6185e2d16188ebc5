#ifndef BASE_MULTIPART_H
#define BASE_MULTIPART_H
#include "base/http.h"

/* A multipart form (RFC 7578) read as it comes, so that a file in it may be as long as it likes and is never whole
 * in memory: next, then read until *got == 0, then next … Heads of parts are judged as base/form.h does. Belongs to
 * one thread and lives in the exchange's arena. Errors: what the body gives, and ERR_BAD_INPUT for a broken form. */
struct multipart;
/* content_type: the header's value; ERR_BAD_MEDIA: no multipart form. */
NODISCARD enum err multipart_begin(struct exchange *x, str content_type, struct multipart **out, struct problem *why);

struct multipart_part {
    str name;                         /* the field's; {0}: the form has ended */
    str filename;                     /* {0}: no file */
    str content_type;                 /* {0}: not said */
};
/* What is left of the part before is passed over. */
NODISCARD enum err multipart_next(struct multipart *m, struct multipart_part *out, struct problem *why);
NODISCARD enum err multipart_read(struct multipart *m, void *into, size_t room, size_t *got, struct problem *why);
/* All of a part that is no file; ERR_TOO_LARGE over `most` bytes, ERR_BAD_INPUT when it is not text. */
NODISCARD enum err multipart_text(struct multipart *m, size_t most, str *out, struct problem *why);
#endif
