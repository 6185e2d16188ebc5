/* Whatever is read as XML: elements open and close in pairs, texts are UTF-8, and reading the file in small pieces and in
 * big ones finds the same. */
#include "base/arena.h"
#include "base/utf8.h"
#include "base/xml.h"
#include "tests/support/fuzz.h"
#include "tests/support/memory_source.h"

static uint64_t walk(const uint8_t *data, size_t size, size_t most, struct arena *a)
{
    struct memory m = {{read_memory}, data, size, 0, most};
    struct problem why = {.arena = a};
    struct xml *x = xml_open(&m.source);
    enum xml_event what = XML_OPEN;
    unsigned open = 0;
    uint64_t sum = 1, said = 0;
    while (xml_next(x, &what, &why) == ERR_OK && what != XML_END) {
        open = what == XML_OPEN ? open + 1 : what == XML_CLOSE ? open - 1 : open;
        must(open == xml_depth(x) && open <= XML_DEPTH);
        str s = what == XML_TEXT ? xml_text(x) : xml_name(x);
        must(utf8_valid(s) && s.len > 0);
        said += s.len;
        sum = (sum * 31 + str_hash(s)) * 31 + (uint64_t)what;
        if (what == XML_OPEN)
            sum += str_hash(xml_attribute(x, S("a"))) + str_hash(xml_attribute(x, S("domain")));
    }
    must(what != XML_END || open == 0);
    must(said <= 2 * size); /* an empty element says its name twice */
    xml_close(x);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(1 << 16);
    must(walk(data, size, SIZE_MAX, a) == walk(data, size, 1, a));
    arena_close(a);
    return 0;
}
