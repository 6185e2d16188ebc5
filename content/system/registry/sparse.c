#include "content/system/registry/sparse.h"

#include "base/limits.h"
#include "content/kind.h"
#include "content/system/people/standing.h"

struct waiting {
    struct arena *arena;
    const struct json *items[LIMIT_MANIFEST_REFS];
    size_t count;
};

static enum err keep(void *self, const struct json *item)
{
    struct waiting *all = self;
    struct json *copy = NEW(all->arena, struct json);
    *copy = json_copy(all->arena, item);
    if (all->count < COUNTOF(all->items))
        all->items[all->count++] = copy;
    return ERR_OK;
}

static const struct collection *manifests_of(struct work *w)
{
    return model_find(work_model(w), S("manifests"));
}

static const struct filter *is(struct work *w, const char *field, str value)
{
    return filter_test(work_arena(w), collection_field(manifests_of(w), str_of(field)), TEST_EQ, json_of_text(value));
}

static struct change begin(struct work *w, const struct json *item)
{
    const struct collection *c = manifests_of(w);
    return (struct change){.op = OP_UPDATE, .in = c, .id = json_get(item, S("_id"))->text, .values = NEW_N(work_arena(w), struct json, c->field_count)};
}

static int64_t depth_of(const struct json *item)
{
    const struct json *v = json_get(item, S("depth"));
    return v && v->type == JSON_INT ? v->integer : 0;
}

/* Whatever lists this one is deeper than it. Recursion: the depth grows with each step and has an end. */
static enum err deepen(struct work *w, str id, int64_t depth, struct problem *why)
{
    struct waiting *around = NEW(work_arena(w), struct waiting);
    around->arena = work_arena(w);
    if (depth > LIMIT_INDEX_DEPTH)
        return problem_fault(why, ERR_INVALID, S("manifests"), S("manifest"), "Indexes are at most %u deep", LIMIT_INDEX_DEPTH);
    TRY(work_each(w, S("manifests"), is(w, "manifests", id), keep, around, why));
    for (size_t i = 0; i < around->count; i++) {
        if (depth_of(around->items[i]) > depth)
            continue;
        struct change c = begin(w, around->items[i]);
        value_put(&c, S("depth"), json_of_int(depth + 1));
        TRY(work_change(w, &c, why));
        TRY(deepen(w, c.id, depth + 1, why));
    }
    return ERR_OK;
}

static enum err link_to(struct work *w, const struct json *index, const struct late_manifest *m, struct problem *why)
{
    const struct json *lists = json_get(index, S("manifests")), *lacks = json_get(index, S("lacks"));
    size_t count = lists && lists->type == JSON_LIST ? lists->count : 0, left = 0;
    struct json *ids = NEW_N(work_arena(w), struct json, count + 1), *still = NEW_N(work_arena(w), struct json, lacks->count);
    for (size_t i = 0; i < count; i++)
        ids[i] = lists->items[i];
    ids[count] = json_of_text(m->id);
    for (uint32_t i = 0; i < lacks->count; i++)
        if (!json_is_text(&lacks->items[i], m->digest))
            still[left++] = lacks->items[i];
    struct change c = begin(w, index);
    value_put(&c, S("manifests"), json_of_list(ids, count + 1));
    value_put(&c, S("lacks"), left ? json_of_list(still, left) : json_null);
    return work_change(w, &c, why);
}

enum err link_late(struct work *w, const struct late_manifest *m, struct problem *why)
{
    struct waiting *indexes = NEW(work_arena(w), struct waiting);
    indexes->arena = work_arena(w);
    const struct filter *here = filter_test(work_arena(w), manifests_of(w)->within, TEST_EQ, json_of_text(m->repository));
    TRY(work_each(w, S("manifests"), filter_and(work_arena(w), here, is(w, "lacks", m->digest)), keep, indexes, why));
    for (size_t i = 0; i < indexes->count; i++)
        TRY(link_to(w, indexes->items[i], m, why));
    return indexes->count ? deepen(w, m->id, m->depth, why) : ERR_OK;
}
