/* Parts of a repository that go: not while something there needs them (oci-registry.md 4 and 6), and the repository gets
 * smaller by them. When the repository itself goes, all of it goes. */
#include "content/system/registry/parts.h"

#include "content/kind.h"
#include "content/registry_options.h"
#include "content/system/behaviours.h"
#include "content/system/registry/signatures.h"

static const struct filter *refers(struct work *w, str field, str id)
{
    const struct collection *manifests = model_find(work_model(w), S("manifests"));
    return filter_test(work_arena(w), collection_field(manifests, field), TEST_EQ, json_of_text(id));
}

static enum err refuse_used(struct work *w, const struct filter *by, const char *text, struct problem *why)
{
    uint64_t count = 0;
    if (work_registry_options(w)->force_delete)
        return ERR_OK;
    TRY(work_count(w, S("manifests"), by, &count, why));
    return count == 0 ? ERR_OK : problem_fault(why, ERR_CONFLICT, S(""), S("in-use"), "%s", text);
}

static enum err shrink(struct work *w, const struct json *part, struct problem *why)
{
    const struct collection *c = model_find(work_model(w), S("repositories"));
    const struct field *size = collection_field(c, S("size"));
    const struct json *repository = NULL;
    TRY(work_get(w, S("repositories"), json_get(part, S("repository"))->text, &repository, why));
    struct change smaller = {.op = OP_UPDATE, .in = c, .id = json_get(repository, S("_id"))->text,
                             .values = NEW_N(work_arena(w), struct json, c->field_count)};
    int64_t now = json_get(repository, size->name)->integer - json_get(part, size->name)->integer;
    smaller.values[size->index] = json_named(size->name, json_of_int(now > 0 ? now : 0));
    field_set_add(&smaller.set, size->index);
    return work_change(w, &smaller, why);
}

enum err refuse_delete(struct work *w, const struct change *c, struct problem *why)
{
    bool is_upkeep = work_actor(w)->is_server && !json_get(c->beside, S("by_rule"));
    return is_upkeep ? ERR_OK : registry_demand_deletes(work_registry_options(w), why);
}

/* Where tags do not move, they do not go either, not with their manifest and not by a rule. */
static enum err refuse_fixed(struct work *w, const struct json *part, struct problem *why)
{
    const struct json *repository = NULL, *fixed;
    TRY(work_get(w, S("repositories"), json_get(part, S("repository"))->text, &repository, why));
    fixed = json_get(repository, S("immutable_tags"));
    if (fixed && fixed->type == JSON_BOOL && fixed->boolean)
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("immutable"), "Tags of this repository do not move");
    return ERR_OK;
}

/* What goes by rule was looked at a moment ago: it stays when a tag names it since, or an index lists it, or what it is about
 * has come or stayed. */
static enum err refuse_kept(struct work *w, const struct change *c, const struct json *present, struct problem *why)
{
    const struct json *subject = json_get(present, S("subject"));
    const struct collection *tags = model_find(work_model(w), S("tags"));
    const struct filter *here = filter_test(work_arena(w), c->in->within, TEST_EQ, *json_get(present, S("repository")));
    uint64_t named = 0, listed = 0, about = 0;
    if (!json_get(c->beside, S("by_rule")))
        return ERR_OK;
    TRY(work_count(w, tags->name, filter_test(work_arena(w), collection_field(tags, S("manifest")), TEST_EQ, json_of_text(c->id)), &named, why));
    const struct filter *lacked = refers(w, S("lacks"), json_get(present, S("digest"))->text);
    TRY(work_count(w, c->in->name, filter_or(work_arena(w), refers(w, S("manifests"), c->id), filter_and(work_arena(w), lacked, here)), &listed, why));
    if (subject && subject->type == JSON_TEXT)
        TRY(work_count(w, c->in->name, filter_and(work_arena(w), refers(w, S("digest"), subject->text), here), &about, why));
    return named + listed + about == 0 ? ERR_OK : problem_set(why, ERR_CONFLICT, "It is wanted again");
}

static enum err before_manifest(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op != OP_DELETE || work_follows(w))
        return ERR_OK;
    TRY(refuse_delete(w, c, why));
    const struct field *names = collection_field(model_find(work_model(w), S("tags")), S("manifest"));
    uint64_t tags = 0;
    TRY(refuse_kept(w, c, present, why));
    TRY(refuse_used(w, refers(w, S("manifests"), c->id), "An index lists this manifest", why));
    TRY(work_count(w, S("tags"), filter_test(work_arena(w), names, TEST_EQ, json_of_text(c->id)), &tags, why));
    if (tags > 0)
        TRY(refuse_fixed(w, present, why));
    return shrink(w, present, why);
}

static enum err before_layer(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op != OP_DELETE || work_follows(w))
        return ERR_OK;
    TRY(refuse_delete(w, c, why));
    TRY(refuse_used(w, filter_or(work_arena(w), refers(w, S("layers"), c->id), refers(w, S("config"), c->id)), "A manifest refers to this layer",
                    why));
    return shrink(w, present, why);
}

static enum err before_tag(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op != OP_DELETE || work_follows(w))
        return ERR_OK;
    TRY(refuse_delete(w, c, why));
    return refuse_fixed(w, present, why);
}

const struct behaviour behaviour_manifests = {
    .collection = STR("manifests"), .before = before_manifest, .actions = &signatures_action, .action_count = 1};
const struct behaviour behaviour_layers = {.collection = STR("layers"), .before = before_layer};
const struct behaviour behaviour_tags = {.collection = STR("tags"), .before = before_tag};
