#include "content/kinds/kinds.h"

#include "content/pointer.h"

static str option_value(const struct json *option)
{
    const struct json *value = option->type == JSON_MAP ? json_get(option, S("value")) : option;
    return value && value->type == JSON_TEXT ? value->text : (str){0};
}

static bool has_option(const struct field *f, str value)
{
    for (uint32_t i = 0; f->options && i < f->options->count; i++) {
        if (str_equal(option_value(&f->options->items[i]), value))
            return true;
    }
    return false;
}

/* The first few options, for the sentence. */
static str some_options(struct arena *a, const struct field *f)
{
    struct buf b;
    str out = S("");
    buf_init(&b, a, 1024);
    for (uint32_t i = 0; f->options && i < f->options->count && i < 8; i++) {
        str value = option_value(&f->options->items[i]);
        buf_add(&b, i > 0 ? S(", ") : S(""));
        buf_add(&b, value);
    }
    if (f->options && f->options->count > 8)
        buf_add(&b, S(", …"));
    return buf_done(&b, &out) == ERR_OK ? out : S("its options");
}

enum err check_select(const struct check *c, const struct json *in, struct json *out)
{
    enum err e;
    if (!check_takes_text(c, "text", in, out, &e))
        return e;
    if (!has_option(c->field, in->text)) {
        str subject = check_subject(c), options = some_options(c->arena, c->field);
        return problem_fault(c->why, ERR_INVALID, c->path, S("options"), STR_FMT " must be one of: " STR_FMT,
                             STR_ARG(subject), STR_ARG(options));
    }
    *out = json_of_text(in->text);
    return ERR_OK;
}

static enum err option_fault(struct problem *why, str path, uint32_t index, const char *text)
{
    str at = arena_format(why->arena, STR_FMT "/options/%u", STR_ARG(path), index);
    return problem_fault(why, ERR_INVALID, at, S("options"), "%s", text);
}

enum err define_select(struct arena *a, const struct json *definition, struct field *f, str path,
                       struct problem *why)
{
    (void)definition;
    if (!f->options || f->options->type != JSON_LIST || f->options->count == 0)
        return problem_fault(why, ERR_INVALID, pointer_name(why->arena, path, S("options")), S("required"),
                             "A field of kind " STR_FMT " needs options, a list of texts", STR_ARG(f->kind->name));
    struct map *seen = map_new(a, f->options->count);
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < f->options->count; i++) {
        str value = option_value(&f->options->items[i]);
        if (value.len == 0)
            e = option_fault(why, path, i, "An option is a text, or an object with the texts value and label");
        else if (map_put(seen, value, f))
            e = option_fault(why, path, i, "This option is there twice");
    }
    return e;
}
