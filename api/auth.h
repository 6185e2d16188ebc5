#ifndef API_AUTH_H
#define API_AUTH_H
#include "api/api.h"

/* What the files of /api/auth share. */

/* {"user", "csrf"} with the new cookie. */
enum err auth_send_signed_in(struct exchange *x, int status, const struct signed_in *in);
/* The person behind a principal, null when there is none. */
void auth_write_user(struct json_writer *w, const struct principal *who);
#endif
