#ifndef SERVER_TRANSFER_LAYOUT_TRUST_H
#define SERVER_TRANSFER_LAYOUT_TRUST_H
#include "server/transfer/transfer.h"

/* Keys that zot verifies signatures with lie below its root: _cosign/NAME, public keys, and
 * _notation/truststore/x509/STORE/NAME/FILE, certificates. They become trust_keys; those that are trusted already stay as they are. */
NODISCARD enum err layout_trust_keys(struct transfer *t, const char *root, struct problem *why);
#endif
