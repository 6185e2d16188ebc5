/* Everything about a write that needs no database, so that the writer's thread is not held up by it; done on the
 * thread of whoever asks. */
#include "content/change/edit.h"
#include "content/change/languages.h"
#include "content/internal.h"
#include "content/kind.h"

/* Only a map inside a deep field needs the present item before it can be checked. */
static bool sets_deep_map(const struct change *c)
{
    for (size_t i = META_COUNT; i < c->in->field_count; i++)
        if (field_set_has(&c->set, i) && (c->in->fields[i].kind->flags & KIND_DEEP) && c->values[i].type == JSON_MAP)
            return true;
    for (size_t i = 0; i < c->translation_count; i++)
        if ((c->translations[i].field->kind->flags & KIND_DEEP) && c->translations[i].value.type == JSON_MAP)
            return true;
    return false;
}

static struct json preset_value(const struct preset *p, const struct actor *actor, struct arena *a)
{
    switch (p->var) {
    case VAR_USER: return str_is_absent(actor->vars.user) ? json_null : json_of_text(actor->vars.user);
    case VAR_IP: return json_of_text(actor->vars.ip);
    case VAR_KEY: return str_is_absent(actor->vars.key) ? json_null : json_of_text(actor->vars.key);
    case VAR_ROLE: return actor->vars.role_count ? json_of_text(actor->vars.roles[0]) : json_null;
    case VAR_NOW: return change_now(a, p->field, actor->vars.now_ms);
    case VAR_NONE:
    case VAR_COUNT: break;
    }
    return p->value;
}

/* What was to become of the field does not count any more. */
static void drop_steps(struct change *c, const struct field *f)
{
    size_t left = 0;
    for (size_t i = 0; i < c->link_count; i++)
        if (c->links[i].field != f)
            c->links[left++] = c->links[i];
    c->link_count = left;
    field_set_drop(&c->pending, f->index);
}

/* What a role forces stands in place of whatever the author said, and is checked like that. */
static void apply_presets(const struct access *access, const struct actor *actor, struct change *c, struct arena *a)
{
    for (size_t i = 0; i < access->preset_count; i++) {
        const struct field *f = access->presets[i].field;
        c->values[f->index] = json_named(f->name, preset_value(&access->presets[i], actor, a));
        field_set_add(&c->set, f->index);
        drop_steps(c, f);
    }
}

/* Whether the item will be published is known in the transaction only: when this change does not say it. */
static bool may_be_unfinished(const struct rights *rights, const struct change *c)
{
    if (field_set_has(&c->set, META_STATE))
        return false; /* change_check sees for itself */
    return c->op != OP_CREATE || !rights_access(rights, VERB_PUBLISH, c->in)->granted;
}

/* What the author says of the item that he changes, where that must be said. */
static enum err check_demand(const struct actor *actor, const struct change *c, struct problem *why)
{
    if (!c->in->demands_match || c->op == OP_CREATE || c->expects || actor->is_server)
        return ERR_OK;
    return problem_set(why, ERR_NEEDS_PRECONDITION,
                       "Say which revision of the item this changes: If-Match with the ETag that was read, or *");
}

static enum err check_nested(const struct rights *rights, const struct actor *actor, struct change *c, struct arena *a,
                             struct problem *why)
{
    for (size_t i = 0; i < c->link_count; i++)
        if (c->links[i].change)
            err_ignored(check_wish(rights, actor, c->links[i].change, a, why));
    return why->err;
}

/* The rights, and of values all that can be said beforehand. */
static enum err check_values(const struct rights *rights, const struct actor *actor, struct change *c, struct arena *a,
                             struct problem *why)
{
    str where = c->where;
    enum verb verb = c->op == OP_CREATE ? VERB_CREATE : c->op == OP_DELETE ? VERB_DELETE : VERB_UPDATE;
    const struct access *access = rights_access(rights, verb, c->in);
    if (c->in->read_only || !access->granted)
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    TRY(check_demand(actor, c, why));
    const struct languages *languages = model_languages(rights->model);
    if (c->op == OP_DELETE)
        return ERR_OK;
    TRY(languages_judge(a, c, access, languages, why));
    for (size_t i = META_COUNT; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        bool writable = field_set_has(&access->fields, i);
        if (field_set_has(&c->set, i) && !writable)
            (void)problem_fault(why, ERR_INVALID, arena_format(a, STR_FMT "/" STR_FMT, STR_ARG(where), STR_ARG(f->name)),
                                S("unknown-field"), "There is no field " STR_FMT, STR_ARG(f->name));
        if (c->op == OP_REPLACE && writable && !f->locked && !field_set_has(&c->set, i) &&
            !(f->kind->flags & (KIND_SECRET | KIND_DIGEST)) && languages_clears(c, f, access, languages)) {
            c->values[i] = json_null;
            field_set_add(&c->set, i);
        }
    }
    TRY(why->err);
    c->unfinished = may_be_unfinished(rights, c);
    apply_presets(access, actor, c, a);
    if (c->op == OP_CREATE)
        TRY(edit_settle(a, c, NULL, &actor->vars, why));
    TRY(check_nested(rights, actor, c, a, why));
    c->merge = c->merge && sets_deep_map(c);
    return c->merge ? ERR_OK : change_check(a, c, &actor->vars, where, why);
}

/* Both halves are made ready; which one it will be is known in the transaction. What is wrong only with a new item is
 * said only if there is to be one. */
static enum err check_upsert(const struct rights *rights, const struct actor *actor, struct change *c, struct arena *a,
                             struct problem *why)
{
    struct upsert *u = c->upsert;
    u->may_update = rights_access(rights, VERB_UPDATE, c->in)->granted;
    u->may_create = rights_access(rights, VERB_CREATE, c->in)->granted;
    if (c->in->read_only || (!u->may_update && !u->may_create))
        return problem_set(why, ERR_FORBIDDEN, "Permission denied");
    if (u->may_update)
        TRY(check_values(rights, actor, u->update, a, why));
    struct problem *as_new = u->may_update ? NEW(a, struct problem) : why;
    as_new->arena = a;
    if (u->may_create && !u->not_new && check_values(rights, actor, c, a, as_new) != ERR_OK)
        u->not_new = as_new;
    return why->err;
}

enum err check_wish(const struct rights *rights, const struct actor *actor, struct change *c, struct arena *a,
                    struct problem *why)
{
    return c->upsert ? check_upsert(rights, actor, c, a, why) : check_values(rights, actor, c, a, why);
}
