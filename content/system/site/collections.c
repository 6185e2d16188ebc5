/* The model as content: creating, changing or deleting an item of "collections" is the change of the
 * model, and bringing the tables along is its side effect, in the same transaction. */
#include "content/kind.h"
#include "content/system/behaviours.h"

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

/* The definition without "allow_loss", which is a word to us and no part of the model. */
static struct json plain_definition(struct arena *a, const struct json *definition, str name, bool *allow_loss)
{
    struct json *members = NEW_N(a, struct json, definition->count + 1);
    size_t n = 0;
    *allow_loss = false;
    members[n++] = json_named(S("name"), json_of_text(name));
    for (uint32_t i = 0; i < definition->count; i++) {
        const struct json *m = &definition->items[i];
        if (str_equal(m->name, S("allow_loss")))
            *allow_loss = m->type == JSON_BOOL && m->boolean;
        else if (!str_equal(m->name, S("name")))
            members[n++] = *m;
    }
    return json_of_map(members, n);
}

static enum err drop_grants(struct work *w, str collection, struct problem *why)
{
    const struct collection *grants = model_find(work_model(w), S("grants"));
    const struct filter *of_it =
        filter_test(work_arena(w), collection_field(grants, S("collection")), TEST_EQ, json_of_text(collection));
    for (;;) {
        const struct json *grant = NULL;
        TRY(work_find(w, S("grants"), of_it, &grant, why));
        if (!grant)
            return ERR_OK;
        struct change c = {.op = OP_DELETE, .in = grants, .id = json_get(grant, S("_id"))->text};
        TRY(work_change(w, &c, why));
    }
}

static enum err define(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    const struct json *definition = given(c, S("definition"));
    if (!definition || definition->type != JSON_MAP)
        return present ? ERR_OK
                       : problem_fault(why, ERR_INVALID, S("/definition"), S("required"),
                                       "A collection needs its definition");
    const struct json *name = present ? json_get(present, S("name")) : given(c, S("name"));
    if (!name || name->type != JSON_TEXT)
        name = json_get(definition, S("name"));
    if (!name || name->type != JSON_TEXT)
        return problem_fault(why, ERR_INVALID, S("/name"), S("required"), "A collection needs a name");
    bool allow_loss = false;
    struct json plain = plain_definition(work_arena(w), definition, name->text, &allow_loss);
    put(c, S("name"), *name);
    put(c, S("definition"), plain);
    return work_define(w, name->text, &plain, allow_loss, why);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op != OP_DELETE)
        return define(w, c, present, why);
    str name = json_get(present, S("name"))->text;
    TRY(drop_grants(w, name, why)); /* a later collection of that name starts with none (AZ-8) */
    return work_define(w, name, NULL, true, why);
}

const struct behaviour behaviour_collections = {.collection = STR("collections"), .before = before};
