#ifndef SERVER_OPAQUE_H
#define SERVER_OPAQUE_H
#include "base/arena.h"

/* OCSP by GET (RFC 6960 A.1) has base64 of its request behind the path, slashes and all, which is no path as others are: the rest
 * of "/pki/ocsp/7/MFUw%2F…" is opaque, and goes on as a parameter, "/pki/ocsp/7?request=MFUw%2F…" (api/pki.c). Every other target
 * stays as it is. Pure. */
str opaque_target(struct arena *a, str target);
#endif
