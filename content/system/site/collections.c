/* The model as content: creating, changing or deleting an item of "collections" is the change of the
 * model, and bringing the tables along is its side effect, in the same transaction. */
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/site/follow.h"

static const struct field *field_of(const struct change *c, str name)
{
    const struct field *f = collection_field(c->in, name);
    must(f != NULL);
    return f;
}

static void put(struct change *c, str name, struct json v)
{
    const struct field *f = field_of(c, name);
    c->values[f->index] = json_named(name, v);
    field_set_add(&c->set, f->index);
}

static const struct json *given(const struct change *c, str name)
{
    const struct field *f = field_of(c, name);
    return field_set_has(&c->set, f->index) ? &c->values[f->index] : NULL;
}

/* The definition without "allow_loss", which is a word to us and no part of the model. With `was`, the
 * name before this change. */
static struct json plain_definition(struct arena *a, const struct json *definition, str name, str was, bool *allow_loss)
{
    struct json *members = NEW_N(a, struct json, definition->count + 2);
    size_t n = 0;
    *allow_loss = false;
    members[n++] = json_named(S("name"), json_of_text(name));
    if (!str_is_absent(was))
        members[n++] = json_named(S("was"), json_of_text(was));
    for (uint32_t i = 0; i < definition->count; i++) {
        const struct json *m = &definition->items[i];
        if (str_equal(m->name, S("allow_loss")))
            *allow_loss = m->type == JSON_BOOL && m->boolean;
        else if (!str_equal(m->name, S("name")) && (str_is_absent(was) || !str_equal(m->name, S("was"))))
            members[n++] = *m;
    }
    return json_of_map(members, n);
}

/* What stands beside the definition, for lists and filters. */
static void put_facts(struct change *c, const struct json *canonical)
{
    static const str facts[] = {STR("label"), STR("group"), STR("shape")};
    for (size_t i = 0; i < COUNTOF(facts); i++) {
        const struct json *v = json_get(canonical, facts[i]);
        put(c, facts[i], v && v->type == JSON_TEXT ? json_of_text(v->text) : json_null);
    }
}

static str text_of(const struct json *v)
{
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static enum err check_words(const struct json *definition, struct problem *why)
{
    if (!json_get(definition, S("system")))
        return ERR_OK;
    return problem_fault(why, ERR_INVALID, S("/definition/system"), S("locked"),
                         "System collections come with the program; \"extends\": true adds fields to one");
}

static enum err define(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    const struct json *definition = given(c, S("definition"));
    str was = text_of(json_get(present, S("name"))), name = text_of(given(c, S("name")));
    if (!definition && !str_is_absent(name) && !str_equal(name, was)) {
        definition = json_get(present, S("definition"));
    } else if (!definition && present) {
        put(c, S("name"), json_of_text(was));
        return ERR_OK;
    }
    if (!definition || definition->type != JSON_MAP)
        return problem_fault(why, ERR_INVALID, S("/definition"), S("required"), "A collection needs its definition");
    TRY(check_words(definition, why));
    name = str_is_absent(name) ? text_of(json_get(definition, S("name"))) : name;
    name = str_is_absent(name) ? was : name;
    if (str_is_absent(name))
        return problem_fault(why, ERR_INVALID, S("/name"), S("required"), "A collection needs a name");
    bool allow_loss = false, renamed = !str_is_absent(was) && !str_equal(was, name);
    struct json plain = plain_definition(work_arena(w), definition, name, renamed ? was : (str){0}, &allow_loss);
    if (renamed)
        TRY(check_new_name(w, was, name, why));
    const struct collection *before = model_find(work_model(w), renamed ? was : name);
    TRY(work_define(w, renamed ? was : name, &plain, allow_loss, why));
    const struct json *canonical = definition_canonical(work_arena(w), &plain);
    put(c, S("name"), json_of_text(name));
    put(c, S("definition"), *canonical);
    put_facts(c, canonical);
    return before ? grants_follow(w, before, model_find(work_model(w), name), why) : ERR_OK;
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op != OP_DELETE)
        return define(w, c, present, why);
    str name = json_get(present, S("name"))->text;
    const struct collection *was = model_find(work_model(w), name);
    TRY(work_define(w, name, NULL, true, why));
    return was ? grants_follow(w, was, model_find(work_model(w), name), why) : ERR_OK; /* one that was extended stays */
}

const struct behaviour behaviour_collections = {.collection = STR("collections"), .before = before};
