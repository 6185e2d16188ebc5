/* What is read as certificates is data that is read again from its own bytes and from its own PEM, with texts that print; no chain of
 * strangers leads to nothing. A key that is read equals itself. */
#include "base/limits.h"
#include "base/utf8.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_key.h"
#include "tests/support/fuzz.h"

static void check_text(str s)
{
    must(utf8_valid(s));
    for (size_t i = 0; i < s.len; i++)
        must((unsigned char)s.at[i] >= ' ' && s.at[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct certificate *list = NULL, again, *one = NULL;
    str bytes = {(const char *)data, size}, key, same;
    size_t count = 0, n = 0;
    if (certificates_read(a, bytes, &list, &count, &why) == ERR_OK) {
        must(count >= 1 && count <= LIMIT_CERTIFICATE_CHAIN);
        for (size_t i = 0; i < count; i++) {
            check_text(list[i].subject);
            check_text(list[i].issuer);
            must(certificate_read(a, list[i].der, &again, &why) == ERR_OK && str_equal(again.key, list[i].key));
            must(certificates_read(a, certificate_pem(a, &list[i]), &one, &n, &why) == ERR_OK && n == 1 && str_equal(one->der, list[i].der));
        }
        must(certificates_verify(list, count, NULL, 0, CERTIFICATE_FOR_ANY, list->not_before_ms, &why) != ERR_OK);
        err_ignored(certificates_verify(list, count, list + count - 1, 1, CERTIFICATE_FOR_CODE, list->not_before_ms, &why));
    }
    if (public_key_read(a, bytes, &key, &why) == ERR_OK)
        must(public_key_read(a, public_key_pem(a, key), &same, &why) == ERR_OK && str_equal(key, same) && public_key_equal(key, same) &&
             !public_key_verify(key, SIGNED_ECDSA_SHA256, SIGNATURE_RAW, S("text"), bytes));
    arena_close(a);
    return 0;
}
