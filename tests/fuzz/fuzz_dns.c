/* A name server's answer, whoever wrote it: never more records than are taken, and none of what it says is longer than the
 * message was. The first byte says which kind was asked for. */
#include "base/dns.h"
#include "base/limits.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct dns_answer got = {0};
    if (size > 0) {
        str message = {(const char *)data + 1, size - 1};
        enum dns_kind kind = data[0] % DNS_KIND_COUNT;
        enum err e = dns_read(kind, message, a, &got, &why);
        must(e == ERR_OK || e == ERR_BAD_INPUT || e == ERR_TOO_LARGE);
        must(got.count <= LIMIT_DNS_RECORDS && (e == ERR_OK || got.count == 0));
        for (size_t i = 0; i < got.count; i++) {
            const struct dns_record *r = &got.records[i];
            must(r->text.len + r->tag.len <= message.len && !r->address.is_local);
            must(kind == DNS_CAA || r->tag.len == 0);
        }
    }
    arena_close(a);
    return 0;
}
