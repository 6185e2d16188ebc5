/* SDL: whatever is read as a schema is one, and printing and reading it gives the same schema again. */
#include "graphql/schema/build.h"

#include "tests/support/fuzz.h"

static str printed(struct arena *a, const struct gql_schema *s)
{
    struct buf b;
    buf_init(&b, a, 16u << 20);
    gql_print_schema(&b, s);
    must(!b.failed);
    return buf_str(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(4096);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL, *again = NULL;
    if (gql_schema_read((str){(const char *)data, size}, NULL, NULL, &s, &errors) != ERR_OK) {
        must(s == NULL && errors.count > 0);
        return 0;
    }
    must(errors.count == 0);
    str text = printed(a, s);
    must(gql_schema_read(text, NULL, NULL, &again, &errors) == ERR_OK);
    must(str_equal(printed(a, again), text));
    must(again->hash == s->hash);
    counted_release(&s->counted);
    counted_release(&again->counted);
    return 0;
}
