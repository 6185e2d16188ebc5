/* Whatever is read as a file of PHP: a value comes out that can be printed as JSON and read again, or one sentence. */
#include "base/json.h"
#include "base/php.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    const struct json *v = NULL, *again = NULL;
    if (php_read(a, (str){(const char *)data, size}, S("x.php"), &v, &why) != ERR_OK) {
        must(v == NULL && why.err == ERR_BAD_INPUT && why.text.len > 0 && why.text.len < 700);
    } else {
        must(json_read(a, json_print(a, v), NULL, S("x"), &again, &why) == ERR_OK);
        must(json_equal(v, again));
    }
    arena_close(a);
    return 0;
}
