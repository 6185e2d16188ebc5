#include "content/kinds/kinds.h"

#include "base/id.h"
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

enum err check_ref(const struct check *c, const struct json *in, struct json *out)
{
    static const char wanted[] = "an id or an object with _id";
    const struct json *id = in;
    if (in->type == JSON_MAP) {
        const struct json *model = json_get(in, S("_model"));
        if (model && model->type == JSON_TEXT && c->field->to && !str_equal(model->text, c->field->to->name))
            return wrong_model(c, model->text);
        id = json_get(in, S("_id"));
    }
    if (!id || id->type != JSON_TEXT)
        return check_type_fault(c, wanted, in);
    if (id->text.len == 0) {
        *out = json_null;
        return ERR_OK;
    }
    if (!id_valid(id->text)) {
        str subject = check_subject(c);
        return problem_fault(c->why, ERR_INVALID, c->path, S("format"),
                             STR_FMT " must be an id of 24 hexadecimal digits in lower case", STR_ARG(subject));
    }
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

enum err define_ref(struct arena *a, const struct json *definition, struct field *f, str path, struct problem *why)
{
    (void)a;
    const struct json *to = json_get(definition, S("to"));
    if (!to || to->type != JSON_TEXT || to->text.len == 0)
        return problem_fault(why, ERR_INVALID, pointer_name(why->arena, path, S("to")), S("required"),
                             "A reference needs \"to\": the name of a collection");
    return read_on_delete(definition, f, path, why);
}

enum err define_asset(struct arena *a, const struct json *definition, struct field *f, str path,
                      struct problem *why)
{
    (void)a;
    return read_on_delete(definition, f, path, why);
}
