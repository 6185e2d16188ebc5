#include "content/kinds/kinds.h"

#include "base/id.h"
#include "base/limits.h"
#include "content/pointer.h"

/* A reference arrives as the id, as {"_id"} or {"_model","_id"}, or as the whole item that a populated
 * answer held; it is kept as the id. Whether the target exists is for the database to say. */
static enum err wrong_model(const struct check *c, str model)
{
    str subject = check_subject(c);
    return problem_fault(c->why, ERR_INVALID, c->path, S("wrong-model"),
                         STR_FMT " must refer to " STR_FMT ", not to " STR_FMT, STR_ARG(subject),
                         STR_ARG(c->field->to->name), STR_ARG(model));
}

/* {"_model","_id"}, or another product's {"relationTo","value"}. */
static const struct json *member_of(const struct json *in, str ours, str theirs)
{
    const struct json *v = json_get(in, ours);
    return v ? v : json_get(in, theirs);
}

static const struct collection *target_called(const struct field *f, str name)
{
    for (size_t i = 0; i < f->target_count; i++)
        if (str_equal(f->targets[i]->name, name))
            return f->targets[i];
    return NULL;
}

static str targets_in_words(const struct check *c)
{
    struct buf b;
    buf_init(&b, c->arena, (size_t)(LIMIT_NAME_BYTES + 2) * LIMIT_REF_TARGETS);
    for (size_t i = 0; i < c->field->target_count; i++)
        buf_format(&b, "%s" STR_FMT, i == 0 ? "" : i + 1 < c->field->target_count ? ", " : " or ",
                   STR_ARG(c->field->targets[i]->name));
    return buf_str(&b);
}

static enum err no_id(const struct check *c)
{
    str subject = check_subject(c);
    return problem_fault(c->why, ERR_INVALID, c->path, S("format"),
                         STR_FMT " must be an id of 24 hexadecimal digits in lower case", STR_ARG(subject));
}

/* A reference to one of several collections; kept as "posts/<id>", which is understood, too. */
static enum err check_polymorphic(const struct check *c, const struct json *in, struct json *out)
{
    static const char wanted[] = "an object with _model and _id";
    const struct json *model = NULL, *id = in;
    str name = {0}, rest = {0};
    if (in->type == JSON_MAP) {
        model = member_of(in, S("_model"), S("relationTo"));
        id = member_of(in, S("_id"), S("value"));
    }
    if (!id || id->type != JSON_TEXT || (in->type == JSON_MAP && (!model || model->type != JSON_TEXT)))
        return check_type_fault(c, wanted, in);
    if (id->text.len == 0) {
        *out = json_null;
        return ERR_OK;
    }
    if (model) {
        name = model->text;
        rest = id->text;
    } else if (!str_cut(id->text, '/', &name, &rest)) {
        return check_type_fault(c, wanted, in);
    }
    if (!target_called(c->field, name)) {
        str subject = check_subject(c), words = targets_in_words(c);
        return problem_fault(c->why, ERR_INVALID, c->path, S("reference"), STR_FMT " must refer to " STR_FMT ", not to " STR_FMT,
                             STR_ARG(subject), STR_ARG(words), STR_ARG(name));
    }
    if (!id_valid(rest))
        return no_id(c);
    *out = json_of_text(arena_format(c->arena, STR_FMT "/" STR_FMT, STR_ARG(name), STR_ARG(rest)));
    return ERR_OK;
}

enum err check_ref(const struct check *c, const struct json *in, struct json *out)
{
    static const char wanted[] = "an id or an object with _id";
    const struct json *id = in;
    if (field_is_polymorphic(c->field))
        return check_polymorphic(c, in, out);
    if (in->type == JSON_MAP) {
        const struct json *model = member_of(in, S("_model"), S("relationTo"));
        if (model && model->type == JSON_TEXT && c->field->to && !str_equal(model->text, c->field->to->name))
            return wrong_model(c, model->text);
        id = member_of(in, S("_id"), S("value"));
    }
    if (!id || id->type != JSON_TEXT)
        return check_type_fault(c, wanted, in);
    if (id->text.len == 0) {
        *out = json_null;
        return ERR_OK;
    }
    if (!id_valid(id->text))
        return no_id(c);
    *out = json_of_text(id->text);
    return ERR_OK;
}

/* An id that is none matches nothing; it is no reason to refuse the question. */
enum err operand_ref(const struct check *c, const struct json *in, struct json *out)
{
    const struct json *id = in->type == JSON_MAP ? json_get(in, S("_id")) : in;
    if (!id || id->type != JSON_TEXT)
        return check_type_fault(c, "an id or an object with _id", in);
    *out = json_of_text(id->text);
    return ERR_OK;
}

static enum err read_on_delete(const struct json *definition, struct field *f, str path, struct problem *why)
{
    static const struct {
        str word;
        enum on_delete what;
    } words[] = {
        {STR("clear"), ON_DELETE_CLEAR}, {STR("refuse"), ON_DELETE_REFUSE}, {STR("cascade"), ON_DELETE_CASCADE}};
    bool keeps = f->required && !f->many;
    f->on_delete = keeps ? ON_DELETE_REFUSE : ON_DELETE_CLEAR;
    const struct json *given = json_get(definition, S("on_delete"));
    if (!given)
        return ERR_OK;
    for (size_t i = 0; i < COUNTOF(words); i++) {
        if (given->type == JSON_TEXT && str_equal(given->text, words[i].word)) {
            f->on_delete = words[i].what;
            if (keeps && f->on_delete == ON_DELETE_CLEAR)
                return problem_fault(why, ERR_INVALID, path, S("on_delete"),
                                     "A required reference cannot be cleared; say refuse or cascade");
            return ERR_OK;
        }
    }
    return problem_fault(why, ERR_INVALID, path, S("on_delete"), "on_delete must be clear, refuse or cascade");
}

static enum err check_targets(const struct json *list, str path, struct problem *why)
{
    if (list->count == 0 || list->count > LIMIT_REF_TARGETS)
        return problem_fault(why, ERR_INVALID, path, S("limit"), "A reference leads to 1 to %u collections",
                             LIMIT_REF_TARGETS);
    for (uint32_t i = 0; i < list->count; i++) {
        str at = pointer_index(why->arena, path, i);
        if (list->items[i].type != JSON_TEXT || list->items[i].text.len == 0)
            return problem_fault(why, ERR_INVALID, at, S("type"), "\"to\" is a list of names of collections");
        for (uint32_t k = 0; k < i; k++)
            if (str_equal(list->items[k].text, list->items[i].text))
                return problem_fault(why, ERR_INVALID, at, S("duplicate"), STR_FMT " is there twice",
                                     STR_ARG(list->items[i].text));
    }
    return ERR_OK;
}

enum err define_ref(struct arena *a, const struct json *definition, struct field *f, str path, struct problem *why)
{
    (void)a;
    const struct json *to = json_get(definition, S("to"));
    str at = pointer_name(why->arena, path, S("to"));
    if (to && to->type == JSON_LIST)
        TRY(check_targets(to, at, why));
    else if (!to || to->type != JSON_TEXT || to->text.len == 0)
        return problem_fault(why, ERR_INVALID, at, S("required"),
                             "A reference needs \"to\": the name of a collection, or a list of names");
    return read_on_delete(definition, f, path, why);
}

enum err define_asset(struct arena *a, const struct json *definition, struct field *f, str path,
                      struct problem *why)
{
    (void)a;
    return read_on_delete(definition, f, path, why);
}
