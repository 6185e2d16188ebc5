#ifndef BASE_HOTKEY_H
#define BASE_HOTKEY_H
#include "base/arena.h"

/* Keys that people hold in wallets: their addresses (SS58, network 42) and what they sign. The account
 * says which algorithm a key has; no signature is ever tried with both. Pure. */
enum hotkey_algorithm { HOTKEY_SR25519, HOTKEY_ED25519 };
bool hotkey_algorithm_of(str name, enum hotkey_algorithm *out); /* "sr25519", "ed25519" */

#define HOTKEY_KEY_BYTES 32
/* base58(42, key, the first two bytes of BLAKE2b-512("SS58PRE", 42, key)). */
bool hotkey_read(struct arena *a, str address, uint8_t key[HOTKEY_KEY_BYTES]);
str hotkey_write(struct arena *a, const uint8_t key[HOTKEY_KEY_BYTES]);
/* The signature's 64 bytes over the message, or over <Bytes>message</Bytes>, as wallets sign what they do
 * not understand. An address that is none verifies nothing. */
bool hotkey_verify(struct arena *a, enum hotkey_algorithm algorithm, str address, str message,
                   str signature);
#endif
