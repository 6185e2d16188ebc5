#ifndef API_OCI_REGISTRY_H
#define API_OCI_REGISTRY_H
#include "api/oci/oci.h"
#include "roles/registry/registry.h"

/* What the files of the distribution API share (oci-registry.md 2 to 8). */
handler oci_blob, oci_blob_delete;                                            /* blobs.c */
handler oci_upload_begin, oci_upload_look, oci_upload_append, oci_upload_finish, oci_upload_cancel; /* uploads.c */
handler oci_manifest, oci_manifest_put, oci_manifest_delete;                  /* manifests.c */
handler oci_tags, oci_catalog, oci_referrers;                                 /* lists.c */

/* A header for the same question, behind the last one that was told. */
void oci_link_referrers(struct exchange *x, const struct referrers_wish *wish, str last);
/* A list of descriptors. */
void oci_write_referrers(struct json_writer *w, const struct referrer *list, size_t count);
/* The repository of the path; of a client that says which registry it means (?ns=), what that one's is called here, and the
 * answer says so. */
str oci_repository(struct exchange *x, struct api *api, const struct params *p);
/* A parameter of the query, the first of several; {0}: absent. */
str oci_parameter(struct exchange *x, const char *name);
/* All of them; ERR_BAD_INPUT when there are more than `room`. */
NODISCARD enum err oci_parameters(struct exchange *x, const char *name, str *out, size_t room, size_t *count, struct problem *why);
/* An answer without a body. */
void oci_send_empty(struct exchange *x, int status);
#endif
