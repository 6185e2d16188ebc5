/* Whatever another registry says in WWW-Authenticate is read to its end, and what was read is no longer than it. */
#include "roles/mirror/client.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct registry_challenge said = {0};
    if (size > 16384)
        return 0;
    struct arena *a = arena_open(4096);
    registry_challenge_read(a, (str){(const char *)data, size}, &said);
    must(said.realm.len <= size && said.service.len <= size);
    must(said.bearer || (str_is_absent(said.realm) && str_is_absent(said.service)));
    arena_close(a);
    return 0;
}
