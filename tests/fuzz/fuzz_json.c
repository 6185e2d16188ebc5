/* Whatever is read can be printed; what is printed is strict JSON and equals what was read. Nothing
 * is deeper or has more values than allowed. The first byte chooses the dialect and the ceilings.
 */
#include "tests/support/fuzz.h"

#include "base/json.h"
#include "base/limits.h"

struct size {
    unsigned depth;
    uint32_t values;
};

/* Counts without json_* functions, so that it cannot be wrong for the same reason. */
static struct size size_of(const struct json *v)
{
    struct {
        const struct json *at, *end;
    } stack[LIMIT_JSON_DEPTH + 1];
    struct size s = {0, 1};
    unsigned depth = 0;
    for (;;) {
        if ((v->type == JSON_LIST || v->type == JSON_MAP) && depth <= LIMIT_JSON_DEPTH) {
            stack[depth].at = v->items;
            stack[depth++].end = v->items + v->count;
            s.depth = depth > s.depth ? depth : s.depth;
            s.values += v->count;
        }
        while (depth > 0 && stack[depth - 1].at == stack[depth - 1].end)
            depth--;
        if (depth == 0)
            return s;
        v = stack[depth - 1].at++;
    }
}

static void check_one(struct arena *a, str text, const struct json_options *options)
{
    struct problem why = {.arena = a};
    const struct json *v = NULL, *again = NULL;
    if (json_read(a, text, options, S("x"), &v, &why) != ERR_OK) {
        must(v == NULL && why.err == ERR_BAD_INPUT && why.fault_count == 1);
        must(why.faults[0].text.len > 0 && why.faults[0].text.len < 700);
        return;
    }
    must(why.fault_count == 0);
    struct size s = size_of(v);
    must(s.depth <= (options->depth_max != 0 ? options->depth_max : LIMIT_JSON_DEPTH));
    must(s.values <= (options->count_max != 0 ? options->count_max : LIMIT_JSON_VALUES));
    str printed = json_print(a, v);
    must(json_read(a, printed, NULL, S("x"), &again, &why) == ERR_OK);
    must(json_equal(v, again) && json_equal(again, v));
    must(str_equal(json_print(a, again), printed));
    struct json copy = json_copy(a, v);
    must(json_equal(&copy, v));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct json_options options = {
        .dialect = (data[0] & 1) != 0 ? JSON_5 : JSON_STRICT,
        .depth_max = (data[0] & 2) != 0 ? 4 : 0,
        .count_max = (data[0] & 4) != 0 ? 16 : 0,
    };
    struct arena *a = arena_open(4096);
    str text = {(const char *)data + 1, size - 1};
    check_one(a, text, &options);
    arena_close(a);
    return 0;
}
