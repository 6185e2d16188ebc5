/* Repositories, and pages of what was found. */
#include "base/limits.h"
#include "graphql/zot/internal.h"

static struct json page_of(struct arena *a, size_t total, size_t count)
{
    struct json out, *m = zot_map(a, &out, 2);
    m[0] = json_named(S("TotalCount"), json_of_int((int64_t)total));
    m[1] = json_named(S("ItemCount"), json_of_int((int64_t)count));
    return out;
}

/* Lists of a search that was for something else are empty; repositories are null where images were looked for. */
enum err zot_result_field(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const struct zot_result *r = self;
    str name = node->field->name;
    (void)why;
    if (str_equal(name, S("Page"))) {
        *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = page_of(x->arena, r->total, r->count)};
        return ERR_OK;
    }
    bool is_here = str_equal(name, S("Results")) || (r->are_images ? str_equal(name, S("Images")) : str_equal(name, S("Repos")));
    bool is_null = r->are_images && str_equal(name, S("Repos"));
    *out = (struct gql_thing){.kind = is_null ? GQL_THING_NULL : GQL_THING_LIST, .items = r->things, .count = is_here ? r->count : 0};
    return ERR_OK;
}

static bool has(const struct json *items, size_t count, const struct json *v)
{
    for (size_t i = 0; i < count; i++)
        if (json_equal(&items[i], v))
            return true;
    return false;
}

static struct json platforms(struct gql_execution *x, const struct zot_repo *r)
{
    size_t most = 0, count = 0;
    for (size_t i = 0; i < r->image_count; i++)
        most += r->images[i].part_count;
    struct json *items = NEW_N(x->arena, struct json, most + 1);
    for (size_t i = 0; i < r->image_count; i++)
        for (size_t k = 0; k < r->images[i].part_count; k++) {
            struct json p = zot_platform(x->arena, r->images[i].parts[k].row);
            if (zot_text(&p, S("Os")).len && !has(items, count, &p))
                items[count++] = p;
        }
    return json_of_list(items, count);
}

static struct json vendors(struct gql_execution *x, const struct zot_repo *r)
{
    struct json *items = NEW_N(x->arena, struct json, r->image_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < r->image_count; i++) {
        struct json v = json_of_text(zot_annotation(x, &r->images[i], S("vendor")));
        if (v.text.len && !has(items, count, &v))
            items[count++] = v;
    }
    return json_of_list(items, count);
}

static struct json count_of(int64_t n) /* Int has 32 bits */
{
    return json_of_int(n > INT32_MAX ? INT32_MAX : n);
}

static struct json member(struct gql_execution *x, const struct zot_repo *r, str name)
{
    const struct zot_image *newest = zot_newest(r);
    if (str_equal(name, S("Name")))
        return json_of_text(r->name);
    if (str_equal(name, S("LastUpdated")))
        return newest && newest->updated.len ? json_of_text(newest->updated) : json_null;
    if (str_equal(name, S("Size")))
        return json_of_text(arena_format(x->arena, "%lld", (long long)zot_number(r->row, S("size"))));
    if (str_equal(name, S("Platforms")))
        return platforms(x, r);
    if (str_equal(name, S("Vendors")))
        return vendors(x, r);
    if (str_equal(name, S("DownloadCount")))
        return count_of(zot_number(r->row, S("pulls")));
    if (str_equal(name, S("StarCount")))
        return count_of(zot_stars(x, r));
    if (str_equal(name, S("IsBookmarked")))
        return json_of_bool(zot_is_marked(r, MARK_BOOKMARK));
    if (str_equal(name, S("IsStarred")))
        return json_of_bool(zot_is_marked(r, MARK_STAR));
    return json_of_int(r->rank);
}

enum err zot_repo_field(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const struct zot_repo *r = self;
    (void)why;
    if (str_equal(node->field->name, S("NewestImage"))) {
        const struct zot_image *newest = zot_newest(r);
        *out = (struct gql_thing){.kind = newest ? GQL_THING_OBJECT : GQL_THING_NULL, .self = newest};
        return ERR_OK;
    }
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = member(x, r, node->field->name)};
    return ERR_OK;
}

enum err zot_repo_info_field(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out, struct problem *why)
{
    const struct zot_repo *r = self;
    (void)why;
    if (str_equal(node->field->name, S("Summary"))) {
        *out = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = r};
        return ERR_OK;
    }
    struct gql_thing *things = NEW_N(x->arena, struct gql_thing, r->image_count + 1);
    for (size_t i = 0; i < r->image_count; i++)
        things[i] = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = &r->images[i]};
    *out = (struct gql_thing){.kind = GQL_THING_LIST, .items = things, .count = r->image_count};
    return ERR_OK;
}
