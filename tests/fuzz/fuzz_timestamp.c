/* What claims to be a timestamp, a message of PKCS#7: it counts for one text only, for whoever trusts its authority, and is never of the future. The input: two
 * bytes how long the authority's certificate is, the certificate, the token. */
#include "content/system/pki/x509_timestamp.h"
#include "tests/support/fuzz.h"

#define NOW INT64_C(1800000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct certificate root;
    struct timestamp told, other;
    str bytes = {(const char *)data, size};
    size_t length = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
    str token = str_slice(bytes, 2 + length, size);
    bool has_root = length > 0 && certificate_read(a, str_slice(bytes, 2, 2 + length), &root, &why) == ERR_OK;
    if (timestamp_verify(token, S("text"), &root, has_root, NOW, &told, &why) == ERR_OK) {
        must(has_root && told.earliest_ms <= told.latest_ms && told.earliest_ms <= NOW);
        must(root.not_before_ms <= told.latest_ms);
        must(timestamp_verify(token, S("other"), &root, 1, NOW, &other, &why) != ERR_OK);
        must(timestamp_verify(token, S("text"), NULL, 0, NOW, &other, &why) != ERR_OK);
        must(timestamp_verify(token, S("text"), &root, 1, told.earliest_ms - 1, &other, &why) != ERR_OK);
    }
    arena_close(a);
    return 0;
}
