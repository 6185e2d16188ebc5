/* Every value that came in stands in the tree once, in a place that its brackets name. */
#include "tests/support/fuzz.h"

#include "content/filter/filter.h"

static size_t count_texts(const struct json *v, unsigned depth)
{
    size_t n = v->type == JSON_TEXT;

    must(depth < 64);
    for (uint32_t i = 0; (v->type == JSON_LIST || v->type == JSON_MAP) && i < v->count; i++)
        n += count_texts(&v->items[i], depth + 1);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    struct pair pairs[100];
    const struct json *tree = NULL;
    size_t count = 0, ours = 0;
    bool ended = false;
    str rest = {(const char *)data, size}, piece;

    while (size > 0 && count < COUNTOF(pairs) && str_next(&rest, &ended, '&', &piece)) {
        str_cut(piece, '=', &pairs[count].name, &pairs[count].value);
        ours += str_starts(pairs[count].name, S("filter["));
        count++;
    }
    if (filter_brackets(a, pairs, count, S("filter"), &tree, &why) == ERR_OK)
        must((tree ? count_texts(tree, 0) : 0) == ours);
    else
        must(why.fault_count == 1 && tree == NULL);
    arena_close(a);
    return 0;
}
