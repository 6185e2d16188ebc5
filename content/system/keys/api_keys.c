/* API keys as content: the key is made here, kept as a keyed digest, and shown once. A key is never made
 * for somebody else, nor with roles its maker does not hold (AK-6); an administrator holds all. */
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/keys/key_format.h"

static const struct field *field_of(const struct change *c, str name)
{
    const struct field *f = collection_field(c->in, name);
    must(f != NULL);
    return f;
}

static str given_text(const struct change *c, str name)
{
    const struct field *f = field_of(c, name);
    const struct json *v = &c->values[f->index];
    return field_set_has(&c->set, f->index) && v->type == JSON_TEXT ? v->text : (str){0};
}

static void put_text(struct change *c, str name, str text)
{
    const struct field *f = field_of(c, name);
    c->values[f->index] = json_named(name, json_of_text(text));
    field_set_add(&c->set, f->index);
}

static bool holds(const struct vars *vars, str role)
{
    for (size_t i = 0; i < vars->role_count; i++)
        if (str_equal(vars->roles[i], role) || str_equal(vars->roles[i], S("admin")))
            return true;
    return false;
}

static enum err check_owner(struct work *w, const struct change *c, struct problem *why)
{
    const struct actor *actor = work_actor(w);
    str user = given_text(c, S("user")), role = given_text(c, S("role"));
    bool is_server = str_starts(actor->label, S("system "));
    if (str_is_absent(user) == str_is_absent(role))
        return problem_fault(why, ERR_INVALID, S("/user"), S("owner"), "A key belongs to a user or to a role, one of them");
    if (is_server || holds(&actor->vars, S("admin")))
        return ERR_OK;
    if (!str_is_absent(user) && str_equal(user, actor->vars.user))
        return ERR_OK;
    const struct json *item = NULL;
    if (!str_is_absent(role))
        TRY(work_get(w, S("roles"), role, &item, why));
    const struct json *name = json_get(item, S("name"));
    if (name && name->type == JSON_TEXT && holds(&actor->vars, name->text))
        return ERR_OK;
    return problem_set(why, ERR_FORBIDDEN, "You may make keys for yourself and for roles you hold");
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (present || c->op != OP_CREATE)
        return ERR_OK;
    TRY(check_owner(w, c, why));
    str plain = given_text(c, S("secret")), prefix;
    if (str_is_absent(plain)) {
        plain = key_make(work_arena(w), given_text(c, S("kind")), str_is_absent(given_text(c, S("user"))) ? 's' : 'u', &prefix);
        put_text(c, S("secret"), plain);
    } else {
        prefix = str_slice(plain, 0, 8);
    }
    put_text(c, S("prefix"), prefix);
    put_text(c, S("last4"), str_slice(plain, plain.len - 4, plain.len));
    c->secret_once = plain;
    return ERR_OK;
}

const struct behaviour behaviour_api_keys = {.collection = STR("api_keys"), .before = before};
