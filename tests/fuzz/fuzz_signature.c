/* What a stranger attaches to an image: whatever its bytes, it is not trusted where nobody is, has a reason that is text, and is told
 * under the tool that it was read as. The first byte says as what. */
#include "base/utf8.h"
#include "content/system/registry/signature_check.h"
#include "tests/support/fuzz.h"

#define DIGEST S("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trust nobody = {.now_ms = INT64_C(1800000000000)};
    struct signed_manifest of = {.digest = DIGEST, .media_type = S("application/vnd.oci.image.manifest.v1+json"), .size = 2, .bytes = S("{}")};
    struct verdict v;
    if (size == 0)
        return 0;
    struct arena *a = arena_open(4096);
    str bytes = {(const char *)data + 1, size - 1};
    switch (data[0] & 3) {
    case 0: check_simple_signing(a, &nobody, &of, bytes, S("AAAA"), &v); break;
    case 1: check_bundle(a, &nobody, &of, bytes, &v); break;
    case 2: check_notation(a, &nobody, &of, ENVELOPE_JWS, bytes, &v); break;
    default: check_notation(a, &nobody, &of, ENVELOPE_COSE, bytes, &v); break;
    }
    must(!v.trusted && v.author.len == 0 && v.reason.len > 0 && utf8_valid(v.reason) && utf8_valid(v.reference));
    must(str_equal(v.tool, (data[0] & 3) < 2 ? S("cosign") : S("notation")));
    arena_close(a);
    return 0;
}
