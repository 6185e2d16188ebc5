/* Rules that say what goes: none is kept that could not be read when its time comes. */
#include "base/limits.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/standing.h"
#include "content/system/registry/retention.h"

/* The item as it will be. */
static const struct json *to_be(struct work *w, const struct change *c, const struct json *present)
{
    struct json *members = NEW_N(work_arena(w), struct json, c->in->field_count + 1), *all = NEW(work_arena(w), struct json);
    size_t count = 0;
    for (size_t i = 0; i < c->in->field_count; i++) {
        const struct field *f = &c->in->fields[i];
        const struct json *v = f->is_meta ? NULL : value_to_be(c, present, f->name);
        if (v)
            members[count++] = json_named(f->name, *v);
    }
    *all = json_of_map(members, count);
    return all;
}

/* Who writes rules, or takes one away that stood before others, deletes in whatever they name. */
static bool may_write(struct work *w)
{
    const struct collection *repositories = model_find(work_model(w), S("repositories"));
    const struct access *access = author_is_trusted(w) ? NULL : rights_access(work_rights(w), VERB_DELETE, repositories);
    return !access || (access->granted && access->where->node == FILTER_ALL);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    struct retention_rule unused;
    uint64_t count = 0;
    if (!may_write(w))
        return problem_set(why, ERR_FORBIDDEN, "Retention rules are for those who may delete in every repository");
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (!present)
        TRY(work_count(w, S("retention_rules"), NULL, &count, why));
    if (count >= LIMIT_RETENTION_RULES)
        return problem_set(why, ERR_CONFLICT, "There are at most %u retention rules", LIMIT_RETENTION_RULES);
    return retention_rule_read(work_arena(w), to_be(w, c, present), c->where, &unused, why);
}

/* Whether the rule is there for whoever asks; what it would do is told by roles/registry/preview.c, which knows which repositories he
 * reads. */
static enum err preview(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output,
                        struct problem *why)
{
    const struct json *rule = NULL;
    (void)input;
    *output = json_null;
    return str_is_absent(id) ? ERR_OK : work_get(w, c->name, id, &rule, why);
}

static const struct action_code actions[] = {{.name = STR("preview"), .run = preview, .reads_only = true}};

const struct behaviour behaviour_retention_rules = {
    .collection = STR("retention_rules"), .before = before, .actions = actions, .action_count = COUNTOF(actions)};
