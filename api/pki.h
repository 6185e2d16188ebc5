#ifndef API_PKI_H
#define API_PKI_H
#include "base/arena.h"

/* OCSP by GET (RFC 6960 A.1) has base64 of its request behind the path, slashes and all, which is no path as others are: here
 * "/pki/ocsp/7/MFUw%2F…" becomes "/pki/ocsp/7?request=MFUw%2F…". Every other target stays as it is. Pure. */
str pki_target(struct arena *a, str target);
#endif
