#ifndef TESTS_SUPPORT_OCI_H
#define TESTS_SUPPORT_OCI_H
#include "tests/support/house.h"
#include "tests/support/rest.h"

/* A registry in process: a house with people who may do more and less in it, and requests without a socket. Roles and keys of
 * their names: puller (pub/), pusher (new things in pub/), mover (reads, and moves tags), all, other; the public pulls pub/app;
 * user:password may do all, too. */
#define OCI      "application/vnd.oci.image."
#define MANIFEST OCI "manifest.v1+json"
#define INDEX    OCI "index.v1+json"
#define DOCKER   "application/vnd.docker.distribution.manifest.v2+json"
#define EMPTY    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" /* of {} */
#define NOBODYS  "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define CONFIG   "{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"" EMPTY "\",\"size\":2}"
#define IMAGE    "{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[]"

struct house *oci_house(void);
struct house *oci_house_with(const struct house_config *config);
struct house *oci_house_with(const struct house_config *config);
/* "METHOD target" as who (a key's name, "": nobody), with lines of headers. */
struct fake_exchange *oci_ask(struct house *h, struct arena *a, const char *who, const char *line, const char *headers, str body);
/* The same headers with the key. */
const char *oci_headers_of(struct house *h, struct arena *a, const char *name, const char *more);
/* The first error's code; "": none. */
str oci_code(struct arena *a, const struct fake_exchange *f);
str oci_digest(struct arena *a, str bytes);
/* A layer, checked to be there; a manifest: where is "name/manifests/reference", type "" sends none. */
void oci_push(struct house *h, struct arena *a, const char *name, str bytes);
struct fake_exchange *oci_put(struct house *h, struct arena *a, const char *who, const char *where, const char *type, str body);
#endif
