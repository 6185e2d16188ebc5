#ifndef CONTENT_SYSTEM_PKI_REVOCATION_H
#define CONTENT_SYSTEM_PKI_REVOCATION_H
#include "base/str.h"

/* The number of a reason in lists and OCSP answers (RFC 5280 5.3.1); 0: not said. */
int revocation_code(str name);
str revocation_name(int code);          /* one that is not among ours: "unspecified" */
#endif
