#ifndef CONTENT_SYSTEM_KEYS_GENERATIONS_H
#define CONTENT_SYSTEM_KEYS_GENERATIONS_H
#include "base/json.h"

/* A key item's `generations`, for whoever has found the secret in a slot of the vault ("secret", "secret.2").
 * False: the item knows of no such generation, so the secret is none. expires_ms 0: ends with the key. */
struct key_generation {
    int64_t n, expires_ms;
};
bool key_generation_of(const struct json *key, str slot, struct key_generation *out);
/* The one that came last, i from the end; false: there are not so many. */
bool key_generation_back(const struct json *key, size_t i, struct key_generation *out);
#endif
