/* Trees back to text. Two blanks of indentation, one selection on a line, strings as they were written: in quotes or as
 * blocks. Recursion follows trees that the reader made, no deeper than LIMIT_GRAPHQL_NESTING. */
#include "graphql/language/document.h"

#include "base/limits.h"

/* ---- strings */

/* Bytes that are written as an escape: controls, DEL, the quote and the backslash. */
static bool is_special(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

static void add_escape(struct buf *b, char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", into[] = "\"\\bfnrt";
    const char *known = c ? strchr(from, c) : NULL;
    buf_byte(b, '\\');
    if (known)
        buf_byte(b, into[known - from]);
    else
        buf_format(b, "u%04X", (unsigned)(unsigned char)c);
}

void gql_print_string(struct buf *b, str s)
{
    size_t from = 0;
    buf_byte(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (!is_special(s.at[i]))
            continue;
        buf_add(b, str_slice(s, from, i));
        add_escape(b, s.at[i]);
        from = i + 1;
    }
    buf_add(b, str_slice(s, from, s.len));
    buf_byte(b, '"');
}

static bool is_indented_or_blank(str line)
{
    return line.len == 0 || line.at[0] == ' ' || line.at[0] == '\t';
}

/* When all lines but the first are indented, only an empty first line keeps readers from taking that for layout. */
static bool needs_first_line(str s)
{
    str line = {0}, rest = s;
    bool ended = false, has_more = false;
    for (size_t i = 0; str_next(&rest, &ended, '\n', &line); i++) {
        if (i && !is_indented_or_blank(line))
            return false;
        has_more = i > 0;
    }
    return has_more;
}

/* A quote that would run into the closing ones, or a backslash that would escape them. */
static bool needs_last_line(str s)
{
    size_t quotes = 0;
    while (quotes < s.len && s.at[s.len - 1 - quotes] == '"')
        quotes++;
    return quotes % 3 || (s.len && s.at[s.len - 1] == '\\');
}

/* The value came out of a block string, so there is one that means it. */
static void print_block(struct buf *b, str s)
{
    buf_add(b, S("\"\"\""));
    if (needs_first_line(s))
        buf_byte(b, '\n');
    for (size_t i = 0; i < s.len;) {
        bool is_quotes = s.len - i >= 3 && memcmp(s.at + i, "\"\"\"", 3) == 0;
        size_t n = is_quotes ? 3 : 1;
        if (is_quotes)
            buf_byte(b, '\\');
        buf_add(b, str_slice(s, i, i + n));
        i += n;
    }
    if (needs_last_line(s))
        buf_byte(b, '\n');
    buf_add(b, S("\"\"\""));
}

/* ---- values, types, arguments, directives */

static void print_members(struct buf *b, const struct gql_value *v)
{
    bool is_object = v->kind == GQL_OBJECT;
    buf_add(b, is_object ? S("{") : S("["));
    for (uint32_t i = 0; i < v->count; i++) {
        buf_add(b, i ? S(", ") : is_object ? S(" ") : S(""));
        if (is_object) {
            buf_add(b, v->items[i].name);
            buf_add(b, S(": "));
        }
        gql_print_value(b, &v->items[i]);
    }
    buf_add(b, !is_object ? S("]") : v->count ? S(" }") : S("}"));
}

void gql_print_value(struct buf *b, const struct gql_value *v)
{
    switch (v->kind) {
    case GQL_VARIABLE:
        buf_byte(b, '$');
        buf_add(b, v->text);
        break;
    case GQL_INT:
    case GQL_FLOAT:
    case GQL_ENUM:
        buf_add(b, v->text);
        break;
    case GQL_STRING:
        if (v->is_block)
            print_block(b, v->text);
        else
            gql_print_string(b, v->text);
        break;
    case GQL_BOOLEAN:
        buf_add(b, v->is_true ? S("true") : S("false"));
        break;
    case GQL_NULL:
        buf_add(b, S("null"));
        break;
    case GQL_LIST:
    case GQL_OBJECT:
        print_members(b, v);
        break;
    }
}

void gql_print_type(struct buf *b, const struct gql_typeref *t)
{
    if (t->is_list) {
        buf_byte(b, '[');
        gql_print_type(b, t->of);
        buf_byte(b, ']');
    } else {
        buf_add(b, t->name);
    }
    if (t->non_null)
        buf_byte(b, '!');
}

static void print_arguments(struct buf *b, const struct gql_argument *arguments, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_add(b, i ? S(", ") : S("("));
        buf_add(b, arguments[i].name);
        buf_add(b, S(": "));
        gql_print_value(b, &arguments[i].value);
    }
    if (count)
        buf_byte(b, ')');
}

static void print_directives(struct buf *b, const struct gql_directive *directives, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_add(b, S(" @"));
        buf_add(b, directives[i].name);
        print_arguments(b, directives[i].arguments, directives[i].argument_count);
    }
}

/* ---- selections and definitions */

static void print_set(struct buf *b, const struct gql_selections *set, unsigned depth);

static void print_selection(struct buf *b, const struct gql_selection *s, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_add(b, S("  "));
    if (s->kind != GQL_FIELD)
        buf_add(b, S("..."));
    if (s->alias.at) {
        buf_add(b, s->alias);
        buf_add(b, S(": "));
    }
    buf_add(b, s->name);
    if (s->on.at) {
        buf_add(b, S(" on "));
        buf_add(b, s->on);
    }
    print_arguments(b, s->arguments, s->argument_count);
    print_directives(b, s->directives, s->directive_count);
    if (s->set) {
        buf_byte(b, ' ');
        print_set(b, s->set, depth);
    }
    buf_byte(b, '\n');
}

static void print_set(struct buf *b, const struct gql_selections *set, unsigned depth)
{
    must(depth <= LIMIT_GRAPHQL_NESTING);
    buf_add(b, S("{\n"));
    for (uint32_t i = 0; i < set->count; i++)
        print_selection(b, &set->items[i], depth + 1);
    for (unsigned i = 0; i < depth; i++)
        buf_add(b, S("  "));
    buf_byte(b, '}');
}

void gql_print_selections(struct buf *b, const struct gql_selections *set)
{
    print_set(b, set, 0);
}

static void print_variables(struct buf *b, const struct gql_operation *o)
{
    for (uint32_t i = 0; i < o->variable_count; i++) {
        const struct gql_variable *v = &o->variables[i];
        buf_add(b, i ? S(", $") : S("($"));
        buf_add(b, v->name);
        buf_add(b, S(": "));
        gql_print_type(b, v->type);
        if (v->standard) {
            buf_add(b, S(" = "));
            gql_print_value(b, v->standard);
        }
        print_directives(b, v->directives, v->directive_count);
    }
    if (o->variable_count)
        buf_byte(b, ')');
}

static void print_operation(struct buf *b, const struct gql_operation *o)
{
    static const str words[] = {[GQL_QUERY] = STR("query"), [GQL_MUTATION] = STR("mutation"), [GQL_SUBSCRIPTION] = STR("subscription")};
    if (o->kind != GQL_QUERY || o->name.at || o->variable_count || o->directive_count) {
        buf_add(b, words[o->kind]);
        if (o->name.at || o->variable_count)
            buf_byte(b, ' ');
        buf_add(b, o->name);
        print_variables(b, o);
        print_directives(b, o->directives, o->directive_count);
        buf_byte(b, ' ');
    }
    print_set(b, o->set, 0);
}

static void print_fragment(struct buf *b, const struct gql_fragment *f)
{
    buf_add(b, S("fragment "));
    buf_add(b, f->name);
    buf_add(b, S(" on "));
    buf_add(b, f->on);
    print_directives(b, f->directives, f->directive_count);
    buf_byte(b, ' ');
    print_set(b, f->set, 0);
}

void gql_print_document(struct buf *b, const struct gql_document *d)
{
    for (uint32_t i = 0; i < d->operation_count + d->fragment_count; i++) {
        if (i)
            buf_byte(b, '\n');
        if (i < d->operation_count)
            print_operation(b, &d->operations[i]);
        else
            print_fragment(b, &d->fragments[i - d->operation_count]);
        buf_byte(b, '\n');
    }
}
