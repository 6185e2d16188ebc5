/* Judging a document, and taking what was sent with it: the text, and after a byte 0x1e its variables as JSON. What is refused
 * has an error with a sentence and places; what is valid is so again when it is printed, and its literals are values: without
 * variables, every argument can be taken. */
#include "tests/support/fuzz.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "graphql/validate/validate.h"
#include "tests/support/animals.h"

static void check_errors(const struct gql_errors *errors, bool has_passed)
{
    must(has_passed == (errors->count == 0) && errors->count <= LIMIT_GRAPHQL_ERRORS);
    for (size_t i = 0; i < errors->count; i++) {
        const struct gql_error *e = &errors->items[i];
        must(e->message.len > 0 && utf8_valid(e->message));
        must(e->place_count > 0 || str_equal(e->code, GQL_LIMIT));
    }
}

struct call {
    struct arena *arena;
    const struct gql_schema *schema;
    const struct json *variables;
    bool is_constant;                 /* no operation has variables */
};

static void take_all(const struct call *c, const struct gql_selections *set, const struct gql_type *type)
{
    for (uint32_t i = 0; i < set->count; i++) {
        const struct gql_selection *s = &set->items[i];
        const struct gql_type *below = s->kind == GQL_INLINE ? s->on.at ? gql_type_named(c->schema, s->on) : type : NULL;
        if (s->kind == GQL_FIELD) {
            const struct gql_field *f = gql_field_named(c->schema, type, s->name);
            const struct json *taken = NULL;
            str why = {0};
            must(f);
            bool is_taken = gql_take_arguments(c->arena, f->arguments, f->argument_count, s->arguments, s->argument_count, c->variables, &taken, &why);
            must(is_taken ? taken->type == JSON_MAP : why.len > 0);
            must(is_taken || !c->is_constant);
            for (uint32_t k = 0, at = 0; is_taken && k < taken->count; k++) { /* in the order of the definition */
                while (!str_equal(f->arguments[at].name, taken->items[k].name))
                    must(++at < f->argument_count);
                must(f->arguments[at].type->kind != GQL_NON_NULL || taken->items[k].type != JSON_NULL);
            }
            below = gql_innermost(f->type);
        }
        if (s->set)
            take_all(c, s->set, below);
    }
}

static void run(struct arena *a, const struct gql_schema *s, const struct gql_document *d, const struct json *given)
{
    bool is_constant = true;
    for (uint32_t i = 0; i < d->operation_count; i++)
        is_constant = is_constant && d->operations[i].variable_count == 0;
    for (uint32_t i = 0; i < d->operation_count; i++) {
        const struct gql_operation *o = &d->operations[i];
        const struct gql_type *const roots[] = {s->query, s->mutation, s->subscription};
        struct gql_errors errors = {.arena = a};
        struct call c = {.arena = a, .schema = s, .is_constant = is_constant};
        bool is_taken = gql_take_variables(a, s, d, o, given, &c.variables, &errors);
        check_errors(&errors, is_taken);
        must(is_taken || !is_constant);
        if (is_taken)
            take_all(&c, o->set, roots[o->kind]);
    }
}

static void judge(struct arena *a, const struct gql_schema *s, str text, const struct json *given)
{
    struct gql_errors errors = {.arena = a}, again = {.arena = a};
    const struct gql_document *d = NULL;
    if (gql_read(a, text, &errors, &d) != ERR_OK)
        return;
    bool is_within = gql_within_limits(d, &errors);
    check_errors(&errors, is_within);
    errors = (struct gql_errors){.arena = a};
    bool is_valid = gql_validate(s, d, &errors);
    check_errors(&errors, is_valid);
    if (!is_valid)
        return;
    run(a, s, d, given);
    struct buf b;
    buf_init(&b, a, LIMIT_GRAPHQL_BYTES);
    gql_print_document(&b, d);
    if (!b.failed)
        must(gql_read(a, buf_str(&b), &again, &d) == ERR_OK && gql_validate(s, d, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(64u << 10);
    static const struct gql_schema *s; /* made once: it costs more than a run */
    if (!s)
        s = animals(a);
    const struct json *given = NULL;
    str text = {(const char *)data, size}, document, variables;
    str_cut(text, '\x1e', &document, &variables);
    if (json_read(a, variables, NULL, S(""), &given, NULL) != ERR_OK || given->type != JSON_MAP)
        given = NULL;
    judge(a, s, document, given);
    return 0;
}
