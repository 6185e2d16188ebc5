/* What is read as a request for a certificate has a key that is read again, texts that print and names that are written and read as
 * the same ones; it is never more names than may be. */
#include "base/limits.h"
#include "base/utf8.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509_key.h"
#include "content/system/pki/x509_make.h"
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
    struct request_facts r, again;
    str bytes = {(const char *)data, size}, key;
    bool is_pem = pem_begins(bytes);
    if ((is_pem ? request_read(bytes, a, &r, &why) : request_read_der(bytes, a, &r, &why)) == ERR_OK) {
        must(r.name_count <= LIMIT_REQUEST_NAMES && r.key_name.len > 0 && r.subject_text.len <= 2000);
        must(public_key_read(a, r.public_key, &key, &why) == ERR_OK && str_equal(key, r.public_key));
        check_text(r.subject_text);
        for (size_t i = 0; i < r.subject.count; i++)
            check_text(r.subject.parts[i].text);
        for (size_t i = 0; i < r.name_count; i++)
            check_text(r.names[i].text);
        must(request_read(pem_write(a, S("CERTIFICATE REQUEST"), r.der), a, &again, &why) == ERR_OK);
        must(again.name_count == r.name_count && str_equal(again.subject_text, r.subject_text) && str_equal(again.key_name, r.key_name));
    }
    arena_close(a);
    return 0;
}
