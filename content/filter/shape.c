/* A filter without its values, for logs: what somebody looked for may be as secret as what he found. */
#include "content/filter/internal.h"
#include "content/kind.h"

static const str expression_name[] = {STR("$expr")};
static const struct filter expression = {.node = FILTER_TEST, .path = expression_name, .path_count = 1, .op = TEST_EQ,
                                         .operand = {.type = JSON_TEXT, .text = STR("?")}};

static const struct filter *shaped(struct arena *a, const struct filter *f, unsigned level);

static void shape_children(struct arena *a, const struct filter *f, struct filter *out, unsigned level)
{
    const struct filter **children = NEW_N(a, const struct filter *, f->child_count + 1);
    for (size_t i = 0; i < f->child_count; i++)
        children[i] = shaped(a, f->children[i], level + 1);
    out->children = children;
}

/* A reference's collection is no value, and $mod's and $size's numbers become texts as well. */
static void shape_operand(struct arena *a, const struct filter *f, struct filter *out)
{
    bool is_list = f->op == TEST_IN || f->op == TEST_NIN || f->op == TEST_ALL || f->op == TEST_BETWEEN;
    struct json *mark = NEW(a, struct json);
    *mark = json_of_text(S("?"));
    bool is_variable = f->var != VAR_NONE && !is_list;
    if (is_variable || (f->op == TEST_STARTS && f->field && field_is_polymorphic(f->field) && f->path_count == 0))
        return;
    out->var = VAR_NONE;
    out->operand = is_list ? json_of_list(mark, 1) : *mark;
}

/* Depth: the filter's own, LIMIT_FILTER_DEPTH and what was put around it. */
static const struct filter *shaped(struct arena *a, const struct filter *f, unsigned level)
{
    struct filter *out = NEW(a, struct filter);
    *out = *f;
    if (level > 4 * LIMIT_FILTER_DEPTH)
        return &filter_none;
    switch (f->node) {
    case FILTER_AND:
    case FILTER_OR:
    case FILTER_NOT:
        shape_children(a, f, out, level);
        break;
    case FILTER_TEST:
        if (f->op == TEST_ELEM)
            out->inner = shaped(a, f->inner, level + 1);
        else
            shape_operand(a, f, out);
        break;
    case FILTER_SOME:
        out->inner = shaped(a, f->inner, level + 1);
        break;
    case FILTER_EXPR: /* an expression holds its values where it pleases: nothing of it */
        return &expression;
    case FILTER_ALL:
    case FILTER_NONE:
        break;
    }
    return out;
}

str filter_shape(struct arena *a, const struct filter *f)
{
    return filter_print(a, shaped(a, f, 0));
}
