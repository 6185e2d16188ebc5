/* The one spelling of a key is a key, and its own spelling; what it says of itself are ids; what is shown of it is
 * its beginning, and not all of it. */
#include "base/id.h"
#include "content/system/keys/key_format.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(1024);
    str key, again, prefix, last;
    if (key_read(a, (str){(const char *)data, size}, &key)) {
        must(key_read(a, key, &again) && str_equal(again, key));
        struct key_ids says = key_says(a, key);
        must(str_is_absent(says.item) || id_valid(says.item));
        must(str_is_absent(says.owner) || id_valid(says.owner));
        key_shown(a, key, &prefix, &last);
        must(str_starts(key, prefix) && last.len == KEY_LAST && key.len - prefix.len >= 24);
    }
    arena_close(a);
    return 0;
}
