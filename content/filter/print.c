/* A filter as canonical JSON: filter_read of it gives the same tree. */
#include "base/regex.h"
#include "base/time.h"
#include "content/aggregate/expression.h"
#include "content/filter/internal.h"
#include "content/kind.h"

#define LEVELS_MAX (4 * LIMIT_FILTER_DEPTH)
#define PRINT_BYTES (16u << 20)

static str dotted_name(struct arena *a, const struct filter *f)
{
    struct buf name;

    str word = f->func == FUNC_CASELESS ? (str){0} : func_word(f->func);

    buf_init(&name, a, LIMIT_HEAD_BYTES);
    if (word.len > 0)
        buf_format(&name, STR_FMT "(", STR_ARG(word));
    for (size_t i = 0; i < f->hop_count; i++)
        buf_format(&name, STR_FMT ".", STR_ARG(f->hops[i]->name));
    if (f->field)
        buf_add(&name, f->field->name);
    for (size_t i = 0; i < f->path_count; i++)
        buf_format(&name, "%s" STR_FMT, i > 0 || f->field ? "." : "", STR_ARG(f->path[i]));
    if (word.len > 0)
        buf_byte(&name, ')');
    return buf_str(&name);
}

static void write_moment(struct json_writer *w, struct arena *a, const struct from_now *m)
{
    struct buf text;
    buf_init(&text, a, 1024);
    moment_write(&text, m);
    json_text(w, buf_str(&text));
}

static void write_value(struct json_writer *w, struct arena *a, const struct filter *f, const struct json *v)
{
    bool is_time = f->path_count == 0 && f->field && f->field->kind->column == COLUMN_TIME && f->func == FUNC_NONE;

    if (!is_time || v->type != JSON_INT) {
        json_value(w, v);
        return;
    }
    struct buf text;
    buf_init(&text, a, 64);
    time_write(&text, v->integer);
    json_text(w, buf_str(&text));
}

static void write_operand(struct json_writer *w, struct arena *a, const struct filter *f)
{
    bool has_values = f->op == TEST_IN || f->op == TEST_NIN || f->op == TEST_ALL || f->op == TEST_BETWEEN;

    if (f->var != VAR_NONE && !has_values) {
        if (f->moment)
            write_moment(w, a, f->moment);
        else
            json_text(w, var_names[f->var]);
    } else if (has_values) {
        const struct from_now *ends[] = {f->moment, f->until};
        json_list_open(w);
        for (uint32_t i = 0; i < f->operand.count; i++)
            if (f->var == VAR_NOW && i < COUNTOF(ends) && ends[i])
                write_moment(w, a, ends[i]);
            else
                write_value(w, a, f, &f->operand.items[i]);
        json_list_close(w);
    } else if (f->op == TEST_SIZE || f->op == TEST_MOD) {
        json_value(w, &f->operand);
    } else {
        write_value(w, a, f, &f->operand);
    }
}

static void write_flags(struct json_writer *w, unsigned flags)
{
    char letters[4];
    size_t n = 0;

    if (flags & REGEX_CASELESS)
        letters[n++] = 'i';
    if (flags & REGEX_MULTILINE)
        letters[n++] = 'm';
    if (flags & REGEX_DOTALL)
        letters[n++] = 's';
    json_name(w, S("$options"));
    json_text(w, (str){letters, n});
}

static void write_filter(struct json_writer *w, struct arena *a, const struct filter *f, unsigned level);

static void write_some(struct json_writer *w, struct arena *a, const struct filter *f, unsigned level)
{
    str name = dotted_name(a, f);
    json_map_open(w);
    json_name(w, str_slice(name, 0, name.len - 1)); /* the last dot */
    json_map_open(w);
    json_name(w, S("$some"));
    write_filter(w, a, f->inner, level + 1);
    json_map_close(w);
    json_map_close(w);
}

/* "posts/", which is what "about._model" was read to. */
static void write_model(struct json_writer *w, struct arena *a, const struct filter *f)
{
    json_map_open(w);
    json_name(w, arena_format(a, STR_FMT "._model", STR_ARG(dotted_name(a, f))));
    json_text(w, str_slice(f->operand.text, 0, f->operand.text.len - 1));
    json_map_close(w);
}

static void write_test(struct json_writer *w, struct arena *a, const struct filter *f, unsigned level)
{
    if (f->op == TEST_STARTS && f->field && field_is_polymorphic(f->field) && f->path_count == 0) {
        write_model(w, a, f);
        return;
    }
    json_map_open(w);
    json_name(w, dotted_name(a, f));
    if (f->op == TEST_EQ && f->func != FUNC_CASELESS) {
        write_operand(w, a, f);
    } else {
        json_map_open(w);
        json_name(w, operator_of(f)->spelling);
        if (f->op == TEST_ELEM)
            write_filter(w, a, f->inner, level + 1);
        else
            write_operand(w, a, f);
        if (f->op == TEST_REGEX)
            write_flags(w, regex_flags_of(f->regex));
        json_map_close(w);
    }
    json_map_close(w);
}

static void write_group(struct json_writer *w, struct arena *a, str name, const struct filter *const *children,
                        size_t count, unsigned level)
{
    json_map_open(w);
    json_name(w, name);
    json_list_open(w);
    for (size_t i = 0; i < count; i++)
        write_filter(w, a, children[i], level + 1);
    json_list_close(w);
    json_map_close(w);
}

static void write_filter(struct json_writer *w, struct arena *a, const struct filter *f, unsigned level)
{
    must(level < LEVELS_MAX);
    switch (f->node) {
    case FILTER_ALL:
        json_map_open(w);
        json_map_close(w);
        break;
    case FILTER_NONE:
        write_group(w, a, S("$or"), NULL, 0, level);
        break;
    case FILTER_AND:
        write_group(w, a, S("$and"), f->children, f->child_count, level);
        break;
    case FILTER_OR:
        write_group(w, a, S("$or"), f->children, f->child_count, level);
        break;
    case FILTER_NOT:
        /* $nor is "not any of these", so a group of ors needs no brackets of its own. */
        if (f->children[0]->node == FILTER_OR)
            write_group(w, a, S("$nor"), f->children[0]->children, f->children[0]->child_count, level + 1);
        else
            write_group(w, a, S("$nor"), f->children, 1, level);
        break;
    case FILTER_TEST:
        write_test(w, a, f, level);
        break;
    case FILTER_SOME:
        write_some(w, a, f, level);
        break;
    case FILTER_EXPR:
        json_map_open(w);
        json_name(w, S("$expr"));
        json_value(w, expression_source(f->expr));
        json_map_close(w);
        break;
    }
}

str filter_print(struct arena *a, const struct filter *f)
{
    struct buf out;
    struct json_writer w;

    buf_init(&out, a, PRINT_BYTES);
    json_begin(&w, &out);
    write_filter(&w, a, f, 0);
    json_end(&w);
    return buf_str(&out);
}
