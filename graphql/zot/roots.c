/* The questions. Errors say what zot's clients know (oci-registry.md 12): a sentence, no code. */
#include "base/limits.h"
#include "graphql/zot/internal.h"

#define QUERY_BYTES 256u              /* of a search */
#define NO_REPOSITORY "repo metadata not found for given repo name"

static str text_argument(const struct gql_node *node, const char *name)
{
    return zot_text(node->arguments, str_of(name));
}

enum err zot_need_repo(struct gql_execution *x, str name, struct zot_repo **out, struct problem *why)
{
    TRY(zot_repo_named(x, name, out, why));
    if (!*out)
        return problem_set(why, ERR_NOT_FOUND, NO_REPOSITORY);
    return zot_load(x, *out, why);
}

/* "repo:tag", "repo@digest"; a digest beside it counts. */
enum err zot_need_image(struct gql_execution *x, str said, str digest, struct zot_image **out, struct problem *why)
{
    struct zot_repo *r = NULL;
    str name, reference;
    if (!str_cut(said, '@', &name, &reference) && !str_cut(said, ':', &name, &reference))
        return problem_set(why, ERR_BAD_INPUT, "no reference provided");
    if (!reference.len)
        return problem_set(why, ERR_BAD_INPUT, "no reference provided");
    TRY(zot_need_repo(x, name, &r, why));
    *out = zot_image_named(x, r, digest.len ? digest : reference);
    return *out ? ERR_OK : problem_set(why, ERR_NOT_FOUND, "can't find image: " STR_FMT, STR_ARG(said));
}

/* Every image that the caller may see and that fits. */
struct fit {
    bool (*fits)(const struct fit *f, const struct zot_image *i);
    const struct zot_image *than;
    str text, repo;
};
static enum err all_images(struct gql_execution *x, const struct fit *f, struct zot_hits *hits, struct problem *why)
{
    struct zot_repos repos;
    TRY(zot_repos(x, (str){0}, &repos, why));
    for (size_t i = 0; i < repos.count; i++) {
        struct zot_repo *r = &repos.items[i];
        if (f->repo.len && !str_equal(f->repo, r->name))
            continue;
        TRY(zot_load(x, r, why));
        for (size_t k = 0; k < r->image_count; k++) {
            TRY(zot_in_time(x, why));
            if (!f->fits || f->fits(f, &r->images[k]))
                zot_add_image(x, hits, &r->images[k]);
        }
    }
    return ERR_OK;
}

/* ---- by name and digest ---- */

static bool has_digest(const struct fit *f, const struct zot_image *i)
{
    if (str_equal(zot_text(i->row, S("digest")), f->text))
        return true;
    for (size_t k = 0; k < i->part_count; k++) {
        const struct json *row = i->parts[k].row, *layers = json_get(row, S("layers"));
        if (str_contains(zot_text(row, S("digest")), f->text) || str_contains(zot_layer_digest(i->repo, zot_text(row, S("config"))), f->text))
            return true;
        for (size_t l = 0; layers && layers->type == JSON_LIST && l < layers->count; l++)
            if (str_contains(zot_layer_digest(i->repo, layers->items[l].text), f->text))
                return true;
    }
    return false;
}

static bool has_tag_with(const struct fit *f, const struct zot_image *i)
{
    return str_contains(i->tag, f->text);
}

static bool has_tag_that_begins(const struct fit *f, const struct zot_image *i)
{
    return str_starts(i->tag, f->text);
}

static bool has_digest_that_begins(const struct fit *f, const struct zot_image *i)
{
    return str_starts(zot_text(i->row, S("digest")), f->text);
}

static size_t index_in(str s, str part)
{
    size_t at = 0;
    while (at < s.len && !str_starts(str_slice(s, at, s.len), part))
        at++;
    return at;
}

/* How far a match is from where names are told apart: 0 the name itself, 1 the beginning of its last part. */
static int64_t rank_of(str name, str words)
{
    size_t last = 0;
    for (size_t i = 0; i < name.len; i++)
        last = name.at[i] == '/' ? i + 1 : last;
    str end = str_slice(name, last, name.len);
    if (str_equal(name, words) || !words.len)
        return 0;
    if (str_contains(end, words))
        return (int64_t)index_in(end, words) + 1;
    return ((int64_t)index_in(name, words) + 1) * 10;
}

static str lower(struct arena *a, str s)
{
    char *to = arena_get(a, s.len + 1, 1);
    for (size_t i = 0; i < s.len; i++)
        to[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a') : s.at[i];
    return (str){to, s.len};
}

static enum err global_search(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    str words = lower(x->arena, str_trim(text_argument(node, "query"))), repo = {0}, rest = {0};
    struct zot_hits hits = {0};
    struct zot_repos repos = {0};
    if (words.len > QUERY_BYTES)
        return problem_set(why, ERR_BAD_INPUT, "max string size limit exceeded for query parameter. max=%u current=%zu", QUERY_BYTES, words.len);
    bool by_digest = str_starts(words, S("sha256:")) || str_starts(words, S("sha512:"));
    bool of_digest = !by_digest && str_cut(words, '@', &repo, &rest);
    bool of_tag = !by_digest && !of_digest && str_cut(words, ':', &repo, &rest);
    if (by_digest)
        TRY(all_images(x, &(struct fit){.fits = has_digest, .text = words}, &hits, why));
    else if (of_digest)
        TRY(all_images(x, &(struct fit){.fits = has_digest_that_begins, .text = rest, .repo = repo}, &hits, why));
    else if (of_tag)
        TRY(all_images(x, &(struct fit){.fits = repo.len ? has_tag_that_begins : has_tag_with, .text = rest, .repo = repo}, &hits, why));
    else
        TRY(zot_repos(x, words, &repos, why));
    for (size_t i = 0; i < repos.count; i++) {
        repos.items[i].rank = rank_of(repos.items[i].name, words);
        zot_add_repo(x, &hits, &repos.items[i]);
    }
    return zot_page(x, node, S("RELEVANCE"), by_digest || of_digest || of_tag, &hits, out, why);
}

static enum err image_list_for_digest(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_hits hits = {0};
    TRY(all_images(x, &(struct fit){.fits = has_digest, .text = text_argument(node, "id")}, &hits, why));
    return zot_page(x, node, S("RELEVANCE"), true, &hits, out, why);
}

static enum err image_list(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_hits hits = {0};
    TRY(all_images(x, &(struct fit){.repo = text_argument(node, "repo")}, &hits, why));
    return zot_page(x, node, S("RELEVANCE"), true, &hits, out, why);
}

static enum err repo_list(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_hits hits = {0};
    struct zot_repos repos;
    TRY(zot_repos(x, (str){0}, &repos, why));
    for (size_t i = 0; i < repos.count; i++)
        zot_add_repo(x, &hits, &repos.items[i]);
    return zot_page(x, node, S("UPDATE_TIME"), false, &hits, out, why);
}

static enum err preferred(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_hits hits = {0};
    struct zot_repos repos;
    enum mark how = str_equal(node->field->name, S("StarredRepos")) ? MARK_STAR : MARK_BOOKMARK;
    TRY(zot_repos(x, (str){0}, &repos, why));
    for (size_t i = 0; i < repos.count; i++)
        if (zot_is_marked(&repos.items[i], how))
            zot_add_repo(x, &hits, &repos.items[i]);
    return zot_page(x, node, S("UPDATE_TIME"), false, &hits, out, why);
}

static enum err expanded(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_repo *r = NULL;
    TRY(zot_need_repo(x, text_argument(node, "repo"), &r, why));
    *out = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = r};
    return ERR_OK;
}

static enum err image(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_image *i = NULL;
    TRY(zot_need_image(x, text_argument(node, "image"), (str){0}, &i, why));
    *out = (struct gql_thing){.kind = GQL_THING_OBJECT, .self = i};
    return ERR_OK;
}

/* ---- by layers ---- */

/* Is every layer of one, in order, at the beginning of the other? */
static bool is_below(const struct zot_image *lower, const struct zot_image *upper)
{
    for (size_t k = 0; k < lower->part_count; k++)
        for (size_t m = 0; m < upper->part_count; m++) {
            const struct json *l = json_get(lower->parts[k].row, S("layers")), *u = json_get(upper->parts[m].row, S("layers"));
            bool is = l && u && l->type == JSON_LIST && u->type == JSON_LIST && l->count > 0 && l->count <= u->count;
            for (size_t i = 0; is && i < l->count; i++)
                is = str_equal(zot_layer_digest(lower->repo, l->items[i].text), zot_layer_digest(upper->repo, u->items[i].text));
            if (is)
                return true;
        }
    return false;
}

static bool is_same(const struct fit *f, const struct zot_image *i)
{
    return str_equal(zot_text(f->than->row, S("digest")), zot_text(i->row, S("digest")));
}

static bool is_derived(const struct fit *f, const struct zot_image *i)
{
    return !is_same(f, i) && is_below(f->than, i);
}

static bool is_base(const struct fit *f, const struct zot_image *i)
{
    return !is_same(f, i) && is_below(i, f->than);
}

static enum err related(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_hits hits = {0};
    struct zot_image *than = NULL;
    bool is_up = str_equal(node->field->name, S("DerivedImageList"));
    TRY(zot_need_image(x, text_argument(node, "image"), text_argument(node, "digest"), &than, why));
    TRY(all_images(x, &(struct fit){.fits = is_up ? is_derived : is_base, .than = than}, &hits, why));
    return zot_page(x, node, S("UPDATE_TIME"), true, &hits, out, why);
}

/* ---- referrers ---- */

static bool is_wanted(const struct json *types, str type)
{
    if (!types || types->type != JSON_LIST || types->count == 0)
        return true;
    for (size_t i = 0; i < types->count; i++)
        if (types->items[i].text.len == 0 || str_equal(types->items[i].text, type))
            return true;
    return false;
}

static enum err referrers(struct gql_execution *x, const struct gql_node *node, struct gql_thing *out, struct problem *why)
{
    struct zot_repo *r = NULL;
    str digest = text_argument(node, "digest");
    size_t count = 0;
    TRY(zot_need_repo(x, text_argument(node, "repo"), &r, why));
    const struct json *const *about;
    size_t most = zot_about(r, digest, &about);
    struct json *items = NEW_N(x->arena, struct json, most + 1);
    for (size_t i = 0; i < most; i++) {
        str type = zot_text(about[i], S("artifact_type"));
        if (is_wanted(gql_argument(node, S("type")), type))
            items[count++] = zot_referrer(x->arena, zot_text(about[i], S("media_type")), type, zot_number(about[i], S("size")),
                                          zot_text(about[i], S("digest")), json_get(about[i], S("annotations")));
    }
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_list(items, count)};
    return ERR_OK;
}

static const struct {
    str field;
    zot_answer *answer;
} roots[] = {
    {STR("CVEListForImage"), zot_cves_for_image},
    {STR("CVEDiffListForImages"), zot_cves_between},
    {STR("ImageListForCVE"), zot_images_with_cve},
    {STR("ImageListWithCVEFixed"), zot_images_without_cve},
    {STR("ImageListForDigest"), image_list_for_digest},
    {STR("RepoListWithNewestImage"), repo_list},
    {STR("ImageList"), image_list},
    {STR("ExpandedRepoInfo"), expanded},
    {STR("GlobalSearch"), global_search},
    {STR("DerivedImageList"), related},
    {STR("BaseImageList"), related},
    {STR("Image"), image},
    {STR("Referrers"), referrers},
    {STR("StarredRepos"), preferred},
    {STR("BookmarkedRepos"), preferred},
};

/* What the server could not do keeps its code; the rest is said as zot's clients know it. */
enum gql_done zot_root(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    struct problem why = {.arena = x->arena, .spans = x->spans};
    struct gql_thing thing = {.kind = GQL_THING_NULL};
    size_t start = x->out->len, i = 0;
    (void)self;
    while (i < COUNTOF(roots) && !str_equal(roots[i].field, node->field->name))
        i++;
    must(i < COUNTOF(roots));
    enum err e = roots[i].answer(x, node, &thing, &why);
    if (e == ERR_OK)
        return gql_complete(x, node, node->field->type, &thing);
    bool is_known = e == ERR_BAD_INPUT || e == ERR_NOT_FOUND || e == ERR_UNAVAILABLE;
    return gql_settle(x, node->field->type, is_known ? gql_broken_by(x, node, (str){0}, why.text) : gql_broken(x, node, &why), start);
}
