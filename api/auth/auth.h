#ifndef API_AUTH_AUTH_H
#define API_AUTH_AUTH_H
#include "api/api.h"

/* What the files of /api/auth share. */

/* {"user", "csrf"} with the new cookie; or {"second_factor", "pending"} when one is asked for. */
enum err auth_send_signed_in(struct exchange *x, int status, const struct signed_in *in);
/* The same for a session that goes on under a new secret, with "recovery_codes" when there are some to show. A
 * program's session has no cookie to renew: 204. */
enum err auth_send_renewed(struct exchange *x, const struct signed_in *in, const struct json *codes);
/* The person behind a principal, null when there is none. */
void auth_write_user(struct json_writer *w, const struct principal *who);
#endif
