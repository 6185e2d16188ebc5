#ifndef ROLES_SIGN_IN_DEVICES_H
#define ROLES_SIGN_IN_DEVICES_H
#include "roles/gate.h"

/* Programs that are let in from a browser (RFC 8628): the program asks for two codes, somebody who is signed in
 * confirms the one that people type, the program comes back with the other. Codes are kept as keyed digests, count
 * once and for LIMIT_DEVICE_CODE_S; LIMIT_DEVICE_FAILED wrong ones end them. A device that is in already stays so
 * until its new code was confirmed. Its tokens name a session that ends with the device. Thread-safe. */
struct device_codes {
    str device;                       /* the item's id */
    str device_code;                  /* 64 hex digits */
    str user_code;                    /* 32 hex digits … */
    str short_code;                   /* … or "BCDF-GHJK", which means the same */
};
/* Open routes. client_id: a UUID. ERR_TOO_MANY: too many wait from this address. */
NODISCARD enum err gate_device_authorize(struct gate *g, struct exchange *x, str client_id, struct device_codes *out,
                                         struct problem *why);
/* error {0}: *who is signed in, as which device, until who->expires_ms. Otherwise in the words of the RFC. */
struct device_refusal {
    str error, text;
};
NODISCARD enum err gate_device_login(struct gate *g, struct exchange *x, str client_id, str device_code, str *device,
                                     const struct principal **who, struct device_refusal *refusal, struct problem *why);
/* For a person with a session, not for a device's. A device that waits for this code; ERR_NOT_FOUND: none does. */
NODISCARD enum err gate_device_look(struct gate *g, struct exchange *x, str id, str user_code, const struct json **out,
                                    struct problem *why);
/* Lets it in. ERR_BAD_INPUT with a text that may be shown. */
NODISCARD enum err gate_device_verify(struct gate *g, struct exchange *x, str id, str user_code, bool trusted,
                                      struct problem *why);
#endif
