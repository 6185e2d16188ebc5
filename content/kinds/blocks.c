/* Values that are made of components: one (or a list) of the same, and lists of several. */
#include "content/kinds/kinds.h"

#include "base/limits.h"
#include "content/pointer.h"

static bool is_component_word(str name)
{
    return str_equal(name, S("_component")) || str_equal(name, S("__component"));
}

/* The element without the word that tells its component: what a set of its fields takes. */
static struct json bare(struct arena *a, const struct json *in)
{
    struct json *members = NEW_N(a, struct json, in->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < in->count; i++)
        if (!is_component_word(in->items[i].name))
            members[count++] = in->items[i];
    return json_of_map(members, count);
}

static enum err check_fields(const struct check *c, const struct collection *of, const struct json *in, struct json *out)
{
    struct field as_set = *c->field;
    struct check inner = *c;
    struct json fields = bare(c->arena, in);
    as_set.name = of->name;
    as_set.members = of->fields + META_COUNT;
    as_set.member_count = of->field_count - META_COUNT;
    inner.field = &as_set;
    return check_set(&inner, &fields, out);
}

static enum err wrong_component(const struct check *c, const struct json *in)
{
    struct buf names;
    buf_init(&names, c->arena, LIMIT_COMPONENTS * (LIMIT_NAME_BYTES + 2));
    for (size_t i = 0; i < c->field->of_count; i++) {
        buf_add(&names, i > 0 ? S(", ") : S(""));
        buf_add(&names, c->field->of[i]->name);
    }
    bool strapi = !json_get(in, S("_component")) && json_get(in, S("__component"));
    str subject = check_subject(c), path = pointer_name(c->arena, c->path, strapi ? S("__component") : S("_component"));
    return problem_fault(c->why, ERR_INVALID, path, S("component"), STR_FMT " must say its _component: " STR_FMT,
                         STR_ARG(subject), STR_ARG(buf_str(&names)));
}

/* One component's value may say what it is of; it is known anyway and not kept. */
enum err check_component(const struct check *c, const struct json *in, struct json *out)
{
    if (in->type != JSON_MAP)
        return check_type_fault(c, "an object", in);
    if ((json_get(in, S("_component")) || json_get(in, S("__component"))) && !block_component(c->field, in))
        return wrong_component(c, in);
    return check_fields(c, c->field->of[0], in, out);
}

enum err check_block(const struct check *c, const struct json *in, struct json *out)
{
    struct json value;
    if (in->type != JSON_MAP)
        return check_type_fault(c, "an object with _component", in);
    const struct collection *of = block_component(c->field, in);
    if (!of)
        return wrong_component(c, in);
    TRY(check_fields(c, of, in, &value));
    struct json *members = NEW_N(c->arena, struct json, value.count + 1);
    members[0] = json_named(S("_component"), json_of_text(of->name));
    for (uint32_t i = 0; i < value.count; i++)
        members[i + 1] = value.items[i];
    *out = json_of_map(members, value.count + 1);
    return ERR_OK;
}

static enum err refuse_of(const char *rule, const char *sentence, str path, struct problem *why)
{
    return problem_fault(why, ERR_INVALID, pointer_name(why->arena, path, S("of")), str_of(rule), "%s", sentence);
}

/* Which components there are is looked at when all of them are known (content/model/components.c). */
enum err define_component(struct arena *a, const struct json *definition, struct field *f, str path, struct problem *why)
{
    const struct json *of = json_get(definition, S("of"));
    struct map *seen = map_new(a, 8);
    if (!field_is_blocks(f))
        return of && of->type == JSON_TEXT && of->text.len > 0
                   ? ERR_OK : refuse_of("required", "A component field needs \"of\": the name of a component", path, why);
    if (!of || of->type != JSON_LIST || of->count == 0 || of->count > LIMIT_COMPONENTS)
        return refuse_of("required", "Blocks need \"of\": a list of at most 64 names of components", path, why);
    for (uint32_t i = 0; i < of->count; i++)
        if (of->items[i].type != JSON_TEXT || map_put(seen, of->items[i].text, f))
            return refuse_of("type", "Blocks need \"of\": names of components, each of them once", path, why);
    return ERR_OK;
}
