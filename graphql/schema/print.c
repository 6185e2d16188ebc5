/* A schema as SDL, laid out as graphql-js's printSchema() does it (two spaces, empty lines between definitions, descriptions
 * as block strings), so that diffs against what other tools print show differences and not taste. What the
 * specification defines is left out; the order is that of introspection. */
#include "graphql/schema/internal.h"

/* Can it be written as """…""" and read back the same? graphql-js's isPrintableAsBlockString(). */
static bool fits_block(str s)
{
    bool is_line_empty = true, has_indent = false, is_all_indented = true, seen_line = false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c == '\n') {
            if (is_line_empty && !seen_line)
                return false;
            seen_line = true;
            is_line_empty = true;
            has_indent = false;
        } else if (c == '\t' || c == ' ') {
            has_indent = has_indent || is_line_empty;
        } else if (c < 0x20) {
            return false;
        } else {
            is_all_indented = is_all_indented && has_indent;
            is_line_empty = false;
        }
    }
    return s.len == 0 || (!is_line_empty && !(is_all_indented && seen_line));
}

static size_t utf16_length(str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        n += (c & 0xc0) != 0x80 ? 1 : 0;
        n += c >= 0xf0 ? 1 : 0;
    }
    return n;
}

/* Every line but the first begins with blanks or is empty: their common indentation would be lost. */
static bool is_rest_indented(str s)
{
    bool has_rest = false;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == '\n') {
            has_rest = true;
            if (i + 1 < s.len && s.at[i + 1] != ' ' && s.at[i + 1] != '\t' && s.at[i + 1] != '\n')
                return false;
        }
    return has_rest;
}

static void indent_to(struct buf *b, unsigned indent)
{
    for (unsigned i = 0; i < indent; i++)
        buf_byte(b, ' ');
}

/* After a line break inside of a block; empty lines get their indentation, too, which reading removes. */
static void new_line(struct buf *b, unsigned indent)
{
    buf_byte(b, '\n');
    indent_to(b, indent);
}

static void print_block(struct buf *b, str s, unsigned indent)
{
    bool has_lines = memchr(s.at, '\n', s.len) != NULL;
    bool ends_in_quotes = str_ends(s, S("\"\"\""));
    bool must_break = (str_ends(s, S("\"")) && !ends_in_quotes) || str_ends(s, S("\\"));
    bool must_begin = is_rest_indented(s);
    bool is_wide = has_lines || utf16_length(s) > 70 || must_break || must_begin || ends_in_quotes;
    bool begins_blank = !has_lines && s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t');
    buf_add(b, S("\"\"\""));
    if ((is_wide && !begins_blank) || must_begin)
        new_line(b, indent);
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '\n') {
            new_line(b, indent);
        } else if (str_starts(str_slice(s, i, s.len), S("\"\"\""))) {
            buf_add(b, S("\\\"\"\""));
            i += 2;
        } else {
            buf_byte(b, s.at[i]);
        }
    }
    if (is_wide || must_break)
        new_line(b, indent);
    buf_add(b, S("\"\"\""));
}

/* is_first: of its block; the others get an empty line before them. */
static void print_description(struct buf *b, str description, unsigned indent, bool is_first)
{
    if (str_is_absent(description))
        return;
    if (indent > 0 && !is_first)
        buf_byte(b, '\n');
    indent_to(b, indent);
    if (fits_block(description))
        print_block(b, description, indent);
    else
        gql_print_string(b, description);
    buf_byte(b, '\n');
}

static void print_deprecated(struct buf *b, str reason)
{
    if (str_is_absent(reason))
        return;
    buf_add(b, S(" @deprecated"));
    if (str_equal(reason, S("No longer supported")))
        return;
    buf_add(b, S("(reason: "));
    gql_print_string(b, reason);
    buf_byte(b, ')');
}

static void print_input(struct buf *b, const struct gql_input *i)
{
    buf_add(b, i->name);
    buf_add(b, S(": "));
    gql_print_type_name(b, i->type);
    if (!str_is_absent(i->words->standard)) {
        buf_add(b, S(" = "));
        buf_add(b, i->words->standard);
    }
    print_deprecated(b, i->words->deprecated);
}

static void print_arguments(struct buf *b, const struct gql_input *inputs, uint32_t count, unsigned indent)
{
    if (count == 0)
        return;
    bool is_described = false;
    for (uint32_t i = 0; i < count; i++)
        is_described = is_described || !str_is_absent(inputs[i].words->description);
    buf_byte(b, '(');
    for (uint32_t i = 0; i < count; i++) {
        if (is_described) {
            buf_byte(b, '\n');
            print_description(b, inputs[i].words->description, indent + 2, i == 0);
            indent_to(b, indent + 2);
        } else if (i > 0) {
            buf_add(b, S(", "));
        }
        print_input(b, &inputs[i]);
    }
    if (is_described)
        new_line(b, indent);
    buf_byte(b, ')');
}

static void print_fields(struct buf *b, const struct gql_type *t)
{
    for (uint32_t i = 0; i < t->field_count; i++) {
        const struct gql_field *f = &t->fields[i];
        print_description(b, f->words->description, 2, i == 0);
        indent_to(b, 2);
        buf_add(b, f->name);
        print_arguments(b, f->arguments, f->argument_count, 2);
        buf_add(b, S(": "));
        gql_print_type_name(b, f->type);
        print_deprecated(b, f->words->deprecated);
        buf_byte(b, '\n');
    }
}

static void print_inputs(struct buf *b, const struct gql_type *t)
{
    for (uint32_t i = 0; i < t->input_count; i++) {
        print_description(b, t->inputs[i].words->description, 2, i == 0);
        indent_to(b, 2);
        print_input(b, &t->inputs[i]);
        buf_byte(b, '\n');
    }
}

static void print_values(struct buf *b, const struct gql_type *t)
{
    for (uint32_t i = 0; i < t->value_count; i++) {
        print_description(b, t->values[i].words->description, 2, i == 0);
        indent_to(b, 2);
        buf_add(b, t->values[i].name);
        print_deprecated(b, t->values[i].words->deprecated);
        buf_byte(b, '\n');
    }
}

static void print_names(struct buf *b, str before, const struct gql_type *const *types, uint32_t count, str between)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_add(b, i == 0 ? before : between);
        buf_add(b, types[i]->name);
    }
}

static str keyword_of(enum gql_type_kind kind)
{
    static const str words[] = {
        [GQL_SCALAR] = STR("scalar "), [GQL_OBJECT_TYPE] = STR("type "), [GQL_INTERFACE] = STR("interface "),
        [GQL_UNION] = STR("union "),   [GQL_ENUM_TYPE] = STR("enum "),   [GQL_INPUT] = STR("input "),
    };
    return words[kind];
}

static void print_type(struct buf *b, const struct gql_type *t)
{
    print_description(b, t->description, 0, true);
    buf_add(b, keyword_of(t->kind));
    buf_add(b, t->name);
    if (!str_is_absent(t->specified_by)) {
        buf_add(b, S(" @specifiedBy(url: "));
        gql_print_string(b, t->specified_by);
        buf_byte(b, ')');
    }
    print_names(b, S(" implements "), t->interfaces, t->interface_count, S(" & "));
    if (t->kind == GQL_UNION)
        print_names(b, S(" = "), t->possible, t->possible_count, S(" | "));
    if (t->one_of)
        buf_add(b, S(" @oneOf"));
    if (t->field_count + t->input_count + t->value_count == 0)
        return;
    buf_add(b, S(" {\n"));
    print_fields(b, t);
    print_inputs(b, t);
    print_values(b, t);
    buf_byte(b, '}');
}

static void print_directive(struct buf *b, const struct gql_directive_type *d)
{
    print_description(b, d->description, 0, true);
    buf_add(b, S("directive @"));
    buf_add(b, d->name);
    print_arguments(b, d->arguments, d->argument_count, 0);
    buf_add(b, d->repeatable ? S(" repeatable on ") : S(" on "));
    for (uint32_t i = 0; i < d->location_count; i++) {
        if (i > 0)
            buf_add(b, S(" | "));
        buf_add(b, d->locations[i]);
    }
}

static bool has_usual_name(const struct gql_schema *s, const struct gql_type *root, str name)
{
    return root == NULL ? gql_type_named(s, name) == NULL : str_equal(root->name, name);
}

/* "schema { … }" goes without saying unless a root has an unusual name, another type has a usual one, or there is a
 * description to tell. */
static bool print_roots(struct buf *b, const struct gql_schema *s)
{
    const struct {
        const struct gql_type *type;
        str word, usual;
    } roots[] = {
        {s->query, S("query"), S("Query")},
        {s->mutation, S("mutation"), S("Mutation")},
        {s->subscription, S("subscription"), S("Subscription")},
    };
    bool is_usual = str_is_absent(s->description);
    for (size_t i = 0; i < COUNTOF(roots); i++)
        is_usual = is_usual && has_usual_name(s, roots[i].type, roots[i].usual);
    if (is_usual)
        return false;
    print_description(b, s->description, 0, true);
    buf_add(b, S("schema {\n"));
    for (size_t i = 0; i < COUNTOF(roots); i++)
        if (roots[i].type != NULL) {
            buf_add(b, S("  "));
            buf_add(b, roots[i].word);
            buf_add(b, S(": "));
            buf_add(b, roots[i].type->name);
            buf_byte(b, '\n');
        }
    buf_byte(b, '}');
    return true;
}

void gql_print_schema(struct buf *b, const struct gql_schema *s)
{
    bool has_before = print_roots(b, s);
    for (uint32_t i = gql_directive_count; i < s->directive_count; i++) {
        buf_add(b, has_before ? S("\n\n") : S(""));
        print_directive(b, &s->directives[i]);
        has_before = true;
    }
    for (uint32_t i = 0; i < s->type_count; i++)
        if (!gql_is_known_type(s->types[i])) {
            buf_add(b, has_before ? S("\n\n") : S(""));
            print_type(b, s->types[i]);
            has_before = true;
        }
    buf_byte(b, '\n');
}
