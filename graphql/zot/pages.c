/* Which of what was found, in which order, and which page of it. */
#include <stdlib.h>

#include "base/limits.h"
#include "graphql/zot/internal.h"

#define FILTER_BYTES 256u             /* of a word in a filter */

static struct zot_hit *room_for(struct gql_execution *x, struct zot_hits *hits)
{
    if (hits->count == hits->room) {
        size_t room = hits->room ? 2 * hits->room : 64;
        struct zot_hit *more = NEW_N(x->arena, struct zot_hit, room);
        for (size_t i = 0; i < hits->count; i++)
            more[i] = hits->items[i];
        hits->items = more;
        hits->room = room;
    }
    return &hits->items[hits->count++];
}

void zot_add_repo(struct gql_execution *x, struct zot_hits *hits, struct zot_repo *r)
{
    *room_for(x, hits) = (struct zot_hit){.name = r->name, .repo = r};
}

void zot_add_image(struct gql_execution *x, struct zot_hits *hits, struct zot_image *i)
{
    *room_for(x, hits) = (struct zot_hit){.name = arena_format(x->arena, STR_FMT ":" STR_FMT, STR_ARG(i->repo->name), STR_ARG(i->tag)), .image = i};
}

/* ---- filter ---- */

static enum err check_words(const struct json *list, struct problem *why)
{
    for (size_t i = 0; list && list->type == JSON_LIST && i < list->count; i++)
        if (list->items[i].type == JSON_TEXT && list->items[i].text.len > FILTER_BYTES)
            return problem_set(why, ERR_BAD_INPUT, "max string size limit exceeded for filter parameter. max=%u current=%zu", FILTER_BYTES,
                               list->items[i].text.len);
    return ERR_OK;
}

static bool has_words(const struct json *list)
{
    return list && list->type == JSON_LIST && list->count > 0;
}

static bool in_list(const struct json *list, str word)
{
    if (!has_words(list))
        return true;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].type == JSON_TEXT && str_equal_nocase(list->items[i].text, word))
            return true;
    return false;
}

static bool wants_platform(const struct json *filter)
{
    return has_words(json_get(filter, S("Os"))) || has_words(json_get(filter, S("Arch")));
}

static bool has_platform(struct gql_execution *x, const struct zot_image *i, const struct json *filter)
{
    const struct json *os = json_get(filter, S("Os")), *arch = json_get(filter, S("Arch"));
    bool wants = wants_platform(filter);
    for (size_t k = 0; wants && k < i->part_count; k++) {
        struct json platform = zot_platform(x->arena, i->parts[k].row);
        if (in_list(os, zot_text(&platform, S("Os"))) && in_list(arch, zot_text(&platform, S("Arch"))))
            return true;
    }
    return !wants;
}

static bool agrees(const struct json *filter, str name, bool is)
{
    const struct json *wanted = json_get(filter, name);
    return !wanted || wanted->type != JSON_BOOL || wanted->boolean == is;
}

static bool image_passes(struct gql_execution *x, const struct zot_image *i, const struct json *filter)
{
    return has_platform(x, i, filter) && agrees(filter, S("HasToBeSigned"), zot_is_signed(x, i->repo, zot_text(i->row, S("digest"))));
}

static enum err passes(struct gql_execution *x, struct zot_hit *hit, const struct json *filter, bool *out, struct problem *why)
{
    *out = !filter || filter->type != JSON_MAP;
    if (*out)
        return ERR_OK;
    struct zot_repo *r = hit->repo ? hit->repo : hit->image->repo;
    TRY(zot_load(x, r, why));
    if (hit->image)
        *out = image_passes(x, hit->image, filter);
    else if (r->image_count == 0)
        *out = !wants_platform(filter) && agrees(filter, S("HasToBeSigned"), false);
    for (size_t i = 0; hit->repo && !*out && i < r->image_count; i++)
        *out = image_passes(x, &r->images[i], filter);
    *out = *out && agrees(filter, S("IsBookmarked"), zot_is_marked(r, MARK_BOOKMARK)) &&
           agrees(filter, S("IsStarred"), zot_is_marked(r, MARK_STAR));
    return ERR_OK;
}

static enum err keep_passing(struct gql_execution *x, struct zot_hits *hits, const struct json *filter, struct problem *why)
{
    size_t count = 0;
    TRY(check_words(json_get(filter, S("Os")), why));
    TRY(check_words(json_get(filter, S("Arch")), why));
    for (size_t i = 0; i < hits->count; i++) {
        bool is_kept = false;
        TRY(zot_in_time(x, why));
        TRY(passes(x, &hits->items[i], filter, &is_kept, why));
        if (is_kept)
            hits->items[count++] = hits->items[i];
    }
    hits->count = count;
    return ERR_OK;
}

/* ---- order ---- */

static int by_keys(const void *a, const void *b)
{
    const struct zot_hit *l = a, *r = b;
    if (l->number != r->number)
        return l->number < r->number ? -1 : 1;
    int order = -str_order(l->later, r->later);
    return order ? order : str_order(l->name, r->name);
}

static enum err set_key(struct gql_execution *x, struct zot_hit *hit, str sort, struct problem *why)
{
    struct zot_repo *r = hit->repo ? hit->repo : hit->image->repo;
    if (str_equal(sort, S("ALPHABETIC_DSC")))
        hit->later = hit->name;
    else if (str_equal(sort, S("DOWNLOADS")))
        hit->number = -zot_number(hit->image ? hit->image->row : r->row, S("pulls"));
    else if (str_equal(sort, S("STARS")))
        hit->number = -zot_stars(x, r);
    else if (str_equal(sort, S("RELEVANCE")))
        hit->number = r->rank;
    else if (str_equal(sort, S("UPDATE_TIME")) && hit->image)
        hit->later = hit->image->updated;
    else if (str_equal(sort, S("UPDATE_TIME"))) {
        TRY(zot_load(x, r, why));
        const struct zot_image *newest = zot_newest(r);
        hit->later = newest ? newest->updated : S("");
    }
    return ERR_OK;
}

static enum err put_in_order(struct gql_execution *x, struct zot_hits *hits, str sort, struct problem *why)
{
    for (size_t i = 0; i < hits->count; i++)
        TRY(set_key(x, &hits->items[i], sort, why));
    if (hits->count > 1)
        qsort(hits->items, hits->count, sizeof *hits->items, by_keys);
    return ERR_OK;
}

/* ---- page ---- */

static enum err number_wanted(const struct json *page, const char *name, size_t *out, struct problem *why)
{
    int64_t n = zot_number(page, str_of(name));
    if (n < 0)
        return problem_set(why, ERR_BAD_INPUT, "pagination %s has negative value", name);
    *out = (size_t)n;
    return ERR_OK;
}

enum err zot_wanted(const struct gql_node *node, str sort, struct zot_wanted *out, struct problem *why)
{
    const struct json *page = gql_argument(node, S("requestedPage"));
    str said = zot_text(page, S("sortBy"));
    out->sort = said.len ? said : sort;
    TRY(number_wanted(page, "limit", &out->limit, why));
    return number_wanted(page, "offset", &out->offset, why);
}

enum err zot_page(struct gql_execution *x, const struct gql_node *node, str sort, bool are_images, struct zot_hits *hits,
                  struct gql_thing *out, struct problem *why)
{
    struct zot_wanted page;
    TRY(zot_wanted(node, sort, &page, why));
    TRY(keep_passing(x, hits, gql_argument(node, S("filter")), why));
    TRY(put_in_order(x, hits, page.sort, why));
    struct zot_result *r = NEW(x->arena, struct zot_result);
    size_t rest = page.offset < hits->count ? hits->count - page.offset : 0;
    *r = (struct zot_result){.are_images = are_images, .total = hits->count, .count = page.limit && page.limit < rest ? page.limit : rest};
    r->things = NEW_N(x->arena, struct gql_thing, r->count + 1);
    for (size_t i = 0; i < r->count; i++) {
        const struct zot_hit *hit = &hits->items[page.offset + i];
        r->things[i] = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = hit->image ? (const void *)hit->image : hit->repo};
        if (hit->repo)
            TRY(zot_load(x, hit->repo, why));
    }
    *out = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = r};
    return ERR_OK;
}
