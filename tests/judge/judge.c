/* graphql_judge SCHEMA.graphql: reads requests from its input and says on its output what they are good for.
 *
 *     in   length of the request, line break, {"query": "…", "operationName": "…", "variables": {…}, "chance": 7}
 *     out  a line {"stage": "…", "errors": […], "variables": {…}, "data": …, "faults": […]}
 *
 * stage tells how far it came: syntax, limits, invalid, operation, variables (they do not fit), fine. variables are there
 * when it is fine, coerced. With a number for `chance` it runs then, over values that hang on it: data, and faults, its errors. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "graphql/schema/build.h"
#include "graphql/validate/validate.h"
#include "tests/judge/chance.h"

enum { REQUEST_BYTES = 4 << 20 };

static str read_all(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    must(f);
    char *at = NEW_N(a, char, REQUEST_BYTES);
    size_t len = fread(at, 1, REQUEST_BYTES, f);
    fclose(f);
    return (str){at, len};
}

static struct gql_schema *schema_of(const char *path)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(REQUEST_BYTES + 4096);
    struct gql_errors errors = {.arena = a};
    struct gql_schema *s = NULL;
    if (gql_schema_read(read_all(a, path), chance_bind, NULL, &s, &errors) != ERR_OK || !gql_schema_check(s, &errors)) {
        for (size_t i = 0; i < errors.count; i++)
            fprintf(stderr, STR_FMT "\n", STR_ARG(errors.items[i].message));
        exit(1);
    }
    return s;
}

struct judged {
    const struct gql_document *document;
    const struct gql_operation *operation;
    const struct json *variables;
};

static const char *judge(struct arena *a, const struct gql_schema *s, const struct json *request, struct judged *out, struct gql_errors *errors)
{
    const struct json *query = json_get(request, S("query")), *name = json_get(request, S("operationName"));
    const struct json *given = json_get(request, S("variables"));
    const struct gql_document *d = NULL;
    must(query && query->type == JSON_TEXT);
    if (gql_read(a, query->text, errors, &d) != ERR_OK)
        return str_equal(errors->items[0].code, GQL_LIMIT) ? "limits" : "syntax";
    if (!gql_within_limits(d, errors))
        return "limits";
    if (!gql_validate(s, d, errors))
        return "invalid";
    const struct gql_operation *o = gql_operation_named(d, name && name->type == JSON_TEXT ? name->text : (str){0}, errors);
    if (!o)
        return "operation";
    out->document = d;
    out->operation = o;
    return gql_take_variables(a, s, d, o, given, &out->variables, errors) ? "fine" : "variables";
}

static void answer(const struct gql_schema *s, str text)
{
    CLEANUP(arena_closep) struct arena *a = arena_open(64u << 10);
    struct gql_errors errors = {.arena = a};
    const struct json *request = NULL;
    struct judged judged = {.variables = NULL};
    must(json_read(a, text, NULL, S(""), &request, NULL) == ERR_OK);
    const char *stage = judge(a, s, request, &judged, &errors);
    struct buf b;
    struct json_writer w;
    buf_init(&b, a, 64u << 20);
    json_begin(&w, &b);
    json_map_open(&w);
    json_name(&w, S("stage"));
    json_text(&w, str_of(stage));
    json_name(&w, S("errors"));
    gql_write_errors(&w, &errors);
    if (judged.variables && errors.count == 0) {
        const struct json *chance = json_get(request, S("chance"));
        json_name(&w, S("variables"));
        json_value(&w, judged.variables);
        if (chance && chance->type == JSON_INT)
            chance_answer(&w, a, s, judged.document, judged.operation, judged.variables, (uint32_t)chance->integer);
    }
    json_map_close(&w);
    json_end(&w);
    buf_byte(&b, '\n');
    str out;
    must(buf_done(&b, &out) == ERR_OK);
    fwrite(out.at, 1, out.len, stdout);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "graphql_judge SCHEMA.graphql\n");
        return 2;
    }
    struct gql_schema *s = schema_of(argv[1]);
    char *text = malloc(REQUEST_BYTES), line[32];
    must(text);
    while (fgets(line, sizeof line, stdin)) {
        uint64_t len = 0;
        must(str_to_u64(str_slice(str_of(line), 0, strlen(line) - 1), REQUEST_BYTES, &len) && fread(text, 1, len, stdin) == len);
        answer(s, (str){text, len});
    }
    free(text);
    counted_release(&s->counted);
    return 0;
}
