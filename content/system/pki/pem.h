#ifndef CONTENT_SYSTEM_PKI_PEM_H
#define CONTENT_SYSTEM_PKI_PEM_H
#include "base/arena.h"

/* Keys and certificates as text (RFC 7468, its strict form): blocks between BEGIN and END of the same label, base64 in lines, and
 * nothing else but blanks. A text before a block, headers in one, two spellings of the same bytes: refused, so that nobody sees
 * another thing in a file than we do. Pure. */
struct pem_block {
    str label;                        /* "CERTIFICATE", a slice of the text */
    str der;
};
/* ERR_INVALID: it is no such text, or has no block, or more than `most`. */
NODISCARD enum err pem_read(struct arena *a, str text, size_t most, struct pem_block **out, size_t *count, struct problem *why);
/* Does it begin like one? Everything else is taken for DER. */
bool pem_begins(str text);
/* One block, lines of 64 letters, with an end of line. */
str pem_write(struct arena *a, str label, str der);
#endif
