#ifndef BASE_CBOR_H
#define BASE_CBOR_H
#include "base/arena.h"

/* Reading CBOR (RFC 8949) as authenticators write it: the canonical form of CTAP2. Whole numbers, bytes,
 * text, lists, maps, true, false, null; each length and number in its shortest form. Refused: indefinite
 * lengths, tags, reals, other simple values, a key twice, text that is no UTF-8, numbers beyond int64,
 * more than LIMIT_CBOR_DEPTH levels or LIMIT_CBOR_VALUES values. Bytes and texts are slices of the input.
 * Pure. Values are immutable once read. */
enum cbor_type { CBOR_NULL, CBOR_BOOL, CBOR_INT, CBOR_BYTES, CBOR_TEXT, CBOR_LIST, CBOR_MAP, CBOR_TAG };

struct cbor {
    enum cbor_type type;
    uint32_t count; /* members of a list or map; the number of a tag */
    union {
        bool boolean;
        int64_t integer;
        str bytes;                /* CBOR_BYTES, CBOR_TEXT */
        const struct cbor *items; /* CBOR_LIST; CBOR_MAP: key, value, key, value …; CBOR_TAG: the one */
    };
};

/* The value that *rest begins with; *rest moves behind it on success only. */
bool cbor_read(struct arena *a, str *rest, struct cbor *out);
/* The same with tags up to UINT32_MAX, as signatures have them (COSE, RFC 9052). */
bool cbor_read_tagged(struct arena *a, str *rest, struct cbor *out);
/* The value of a map's key, NULL when there is none or it is no map. */
const struct cbor *cbor_by_text(const struct cbor *map, str key);
const struct cbor *cbor_by_int(const struct cbor *map, int64_t key);
#endif
