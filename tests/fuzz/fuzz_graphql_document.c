/* What is read can be printed; what is printed reads again, as the same tree, and prints the same. What is refused has one
 * error with a sentence and a place in the text. Numbers of selections and sets are dense. */
#include "tests/support/fuzz.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "graphql/language/document.h"

#define ROOM (64u << 20)

static str print(struct arena *a, const struct gql_document *d)
{
    struct buf b;
    str text = {0};
    buf_init(&b, a, ROOM);
    gql_print_document(&b, d);
    must(buf_done(&b, &text) == ERR_OK);
    return text;
}

struct seen {
    const struct gql_document *document;
    uint32_t selections, sets;
};

static void look_at(struct seen *seen, const struct gql_selections *set)
{
    must(set->count > 0 && set->number == seen->sets++);
    for (uint32_t i = 0; i < set->count; i++) {
        const struct gql_selection *s = &set->items[i];
        must(s->number == seen->selections++ && s->at < seen->document->text.len);
        must(s->kind == GQL_INLINE ? s->name.at == NULL && s->set != NULL : s->name.len > 0);
        must(s->kind != GQL_SPREAD || (s->set == NULL && !str_equal(s->name, S("on"))));
        must((s->arguments != NULL) == (s->argument_count > 0) && (s->directives != NULL) == (s->directive_count > 0));
        if (s->set != NULL)
            look_at(seen, s->set);
    }
}

static bool are_equal(const struct gql_value *a, const struct gql_value *b)
{
    if (a->kind != b->kind || !str_equal(a->text, b->text) || a->is_true != b->is_true || a->is_block != b->is_block ||
        !str_equal(a->name, b->name) || a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!are_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static void check_document(struct arena *a, str text)
{
    struct gql_errors errors = {.arena = a};
    const struct gql_document *d = NULL, *again = NULL;
    if (gql_read(a, text, &errors, &d) != ERR_OK) {
        must(d == NULL && errors.count == 1 && !errors.is_full && errors.items[0].message.len > 0);
        must(utf8_valid(errors.items[0].message) && (errors.items[0].place_count == 1 || text.len > LIMIT_GRAPHQL_BYTES || !utf8_valid(text)));
        return;
    }
    must(errors.count == 0 && d->token_count <= LIMIT_GRAPHQL_TOKENS && str_equal(d->text, text));
    must(d->operation_count + d->fragment_count + d->foreign_count > 0);
    struct seen seen = {.document = d};
    uint32_t sets = d->set_count, selections = d->selection_count;
    must(sets <= d->token_count && selections <= d->token_count);
    if (d->fragment_count == 0)
        for (uint32_t i = 0; i < d->operation_count; i++)
            look_at(&seen, d->operations[i].set);
    must(d->fragment_count > 0 || (seen.sets == sets && seen.selections == selections));
    str printed = print(a, d);
    if (printed.len == 0 || printed.len > LIMIT_GRAPHQL_BYTES)
        return; /* only types, or indentation made it too long */
    must(gql_read(a, printed, &errors, &again) == ERR_OK);
    must(again->operation_count == d->operation_count && again->fragment_count == d->fragment_count);
    must(again->set_count == sets && again->selection_count == selections);
    must(str_equal(print(a, again), printed));
}

static void check_value(struct arena *a, str text)
{
    struct gql_errors errors = {.arena = a};
    const struct gql_value *v = gql_read_value(a, text, &errors), *again = NULL;
    must((v == NULL) == (errors.count == 1));
    if (v == NULL)
        return;
    struct buf b;
    str printed = {0};
    buf_init(&b, a, ROOM);
    gql_print_value(&b, v);
    must(buf_done(&b, &printed) == ERR_OK);
    if (printed.len > LIMIT_GRAPHQL_BYTES)
        return;
    again = gql_read_value(a, printed, &errors);
    must(again != NULL && are_equal(v, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(4096);
    check_document(a, (str){(const char *)data, size});
    check_value(a, (str){(const char *)data, size});
    arena_close(a);
    return 0;
}
