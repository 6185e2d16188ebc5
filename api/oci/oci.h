#ifndef API_OCI_OCI_H
#define API_OCI_OCI_H
#include "api/api.h"

/* What the files of the registry's façade share: how it refuses, and what it says beside every answer
 * (oci-registry.md 2, 10). */

/* {"errors":[{"code","message","detail"}]} with the challenge that container clients need. */
void oci_problem(struct exchange *x, const struct problem *why);
/* The repository's name as the path has it, good or not; {0}: this route has none. */
str oci_name_in_path(const struct exchange *x);
/* {"name": …}, {"digest": …} …: what an error of this code is about. */
void oci_write_detail(struct json_writer *w, const struct exchange *x, str code, const struct fault *f);
/* Docker-Distribution-API-Version, which old clients look for. */
void oci_headers(struct exchange *x);
/* Where this server is for the client that asks, "https://host:port", and the name of its service. */
str oci_base(const struct exchange *x);
str oci_service(const struct exchange *x);
/* Is it zot's page that asks? It shows its own form to sign in, so a browser's must not come up. */
bool is_zot_page(const struct exchange *x);
/* Is a password in the request's Authorization header? */
bool has_password(const struct exchange *x);
#endif
