/* Room for schemas that somebody wrote down: SDL is read, C code is hung on its fields, and the engine answers. The schema is
 * an excerpt of the search that zot's web interface speaks at /v2/_zot/ext/search. */
#include "graphql/schema/build.h"
#include "tests/support/check.h"
#include "tests/support/gql_ask.h"

static const char sdl[] =
    "\"\"\"RFC 3339\"\"\" scalar Time\n"
    "enum SortCriteria { RELEVANCE UPDATE_TIME ALPHABETIC_ASC ALPHABETIC_DSC SEVERITY STARS DOWNLOADS }\n"
    "input PageInput { limit: Int offset: Int sortBy: SortCriteria }\n"
    "input Filter { Os: [String] Arch: [String] HasToBeSigned: Boolean IsBookmarked: Boolean IsStarred: Boolean }\n"
    "type PageInfo { TotalCount: Int! ItemCount: Int! }\n"
    "type Platform { Os: String Arch: String }\n"
    "type LayerSummary { Size: String Digest: String }\n"
    "type ManifestSummary { Digest: String Size: String Platform: Platform Layers: [LayerSummary] }\n"
    "type ImageSummary { RepoName: String Tag: String Digest: String Size: String LastUpdated: Time DownloadCount: Int"
    " IsSigned: Boolean Manifests: [ManifestSummary] }\n"
    "type RepoSummary { Name: String LastUpdated: Time Size: String Platforms: [Platform] NewestImage: ImageSummary StarCount: Int"
    " IsBookmarked: Boolean Rank: Int }\n"
    "type GlobalSearchResult { Page: PageInfo Images: [ImageSummary] Repos: [RepoSummary] Layers: [LayerSummary] }\n"
    "type Query { GlobalSearch(query: String!, filter: Filter, requestedPage: PageInput): GlobalSearchResult!"
    " Image(image: String!): ImageSummary! }\n";

/* ---- what stands behind it: structs for what is looked up, JSON for what comes as JSON anyway ---- */

struct image {
    str repo, tag, digest, updated;
    int64_t bytes;
    const char *manifests;            /* JSON, as a manifest list brings it */
};
static const struct image images[] = {
    {STR("alpine"), STR("3.19"), STR("sha256:aa"), STR("2026-11-01T00:00:00Z"), 3000000000,
     "[{\"Digest\":\"sha256:a1\",\"Size\":\"10\",\"Platform\":{\"Os\":\"linux\",\"Arch\":\"amd64\"},\"Layers\":[{\"Digest\":\"sha256:l1\"}]}]"},
    {STR("alpine"), STR("edge"), STR("sha256:ab"), STR("2026-11-20T00:00:00Z"), 20, "[]"},
    {STR("tools/alpine-builder"), STR("1"), STR("sha256:ac"), STR("2026-10-01T00:00:00Z"), 30, "[]"},
    {STR("debian"), STR("12"), STR("sha256:ad"), STR("2026-09-01T00:00:00Z"), 40, "[]"},
};

struct found {
    struct gql_thing *items;          /* images; repositories by their newest one */
    size_t count, total;
    bool wants_images;
};

static enum err text(struct gql_thing *out, str s)
{
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_text(s)};
    return ERR_OK;
}

static struct gql_thing object(const void *self)
{
    return (struct gql_thing){.kind = GQL_THING_OBJECT, .self = self};
}

static int64_t number_of(const struct json *map, str name, int64_t standard)
{
    const struct json *n = map == NULL ? NULL : json_get(map, name);
    return n == NULL || n->type != JSON_INT ? standard : n->integer;
}

static const struct image *newest(str repo)
{
    const struct image *best = NULL;
    for (size_t i = 0; i < COUNTOF(images); i++)
        if (str_equal(images[i].repo, repo) && (best == NULL || str_order(images[i].updated, best->updated) > 0))
            best = &images[i];
    return best;
}

static enum err global_search(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                              struct problem *why)
{
    (void)self;
    const struct json *page = gql_argument(node, S("requestedPage"));
    int64_t limit = number_of(page, S("limit"), 0), offset = number_of(page, S("offset"), 0);
    if (limit < 0)
        return problem_set(why, ERR_BAD_INPUT, "pagination limit has negative value");
    str query = str_trim(gql_argument(node, S("query"))->text), repo = query, tag = {0};
    struct found *f = NEW(x->arena, struct found);
    f->wants_images = str_cut(query, ':', &repo, &tag);
    struct gql_thing *things = NEW_N(x->arena, struct gql_thing, COUNTOF(images));
    for (size_t i = 0; i < COUNTOF(images); i++) {
        bool is_found = f->wants_images ? str_equal(images[i].repo, repo) && str_starts(images[i].tag, tag)
                                        : str_contains(images[i].repo, query) && newest(images[i].repo) == &images[i];
        if (is_found && (int64_t)f->total++ >= offset && (limit == 0 || (int64_t)f->count < limit))
            things[f->count++] = object(&images[i]);
    }
    f->items = things;
    *out = object(f);
    return ERR_OK;
}

static enum err one_image(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                          struct problem *why)
{
    (void)x;
    (void)self;
    str name = gql_argument(node, S("image"))->text, repo = {0}, tag = {0};
    if (!str_cut(name, ':', &repo, &tag))
        return problem_set(why, ERR_BAD_INPUT, "no reference provided");
    for (size_t i = 0; i < COUNTOF(images); i++)
        if (str_equal(images[i].repo, repo) && str_equal(images[i].tag, tag)) {
            *out = object(&images[i]);
            return ERR_OK;
        }
    return problem_set(why, ERR_NOT_FOUND, "repo metadata not found for given repo name");
}

static enum err found_page(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                           struct problem *why)
{
    (void)node;
    (void)why;
    const struct found *f = self;
    struct json *members = NEW_N(x->arena, struct json, 2);
    members[0] = json_named(S("TotalCount"), json_of_int((int64_t)f->total));
    members[1] = json_named(S("ItemCount"), json_of_int((int64_t)f->count));
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = json_of_map(members, 2)};
    return ERR_OK;
}

static enum err found_list(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                           struct problem *why)
{
    (void)x;
    (void)why;
    const struct found *f = self;
    bool is_repos = str_equal(node->field->name, S("Repos")), is_images = str_equal(node->field->name, S("Images"));
    bool is_meant = f->wants_images ? is_images : is_repos;
    *out = (struct gql_thing){.kind = is_repos && f->wants_images ? GQL_THING_NULL : GQL_THING_LIST,
                              .items = f->items,
                              .count = is_meant ? f->count : 0};
    return ERR_OK;
}

static enum err image_text(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                           struct problem *why)
{
    (void)why;
    const struct image *i = self;
    str name = node->field->name;
    if (str_equal(name, S("Size"))) /* a text: there is no Int of 64 bits */
        return text(out, arena_format(x->arena, "%lld", (long long)i->bytes));
    if (str_equal(name, S("Tag")))
        return text(out, i->tag);
    if (str_equal(name, S("Digest")))
        return text(out, i->digest);
    return text(out, str_equal(name, S("LastUpdated")) ? i->updated : i->repo);
}

static enum err image_manifests(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                                struct problem *why)
{
    (void)node;
    const struct image *i = self;
    const struct json *list = NULL;
    TRY(json_read(x->arena, str_of(i->manifests), NULL, S("manifests"), &list, why));
    *out = (struct gql_thing){.kind = GQL_THING_LEAF, .leaf = *list};
    return ERR_OK;
}

static enum err repo_newest(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                            struct problem *why)
{
    (void)x;
    (void)node;
    (void)why;
    *out = object(newest(((const struct image *)self)->repo));
    return ERR_OK;
}

static enum err nothing(struct gql_execution *x, const struct gql_node *node, const void *self, struct gql_thing *out,
                        struct problem *why)
{
    (void)x;
    (void)node;
    (void)self;
    (void)why;
    *out = (struct gql_thing){.kind = GQL_THING_NULL};
    return ERR_OK;
}

/* ---- where the code hangs; members of what comes as JSON need none ---- */

static const struct {
    str type, field;                  /* field {0}: all others of the type */
    gql_resolve *resolve;
} code[] = {
    {STR("Query"), STR("GlobalSearch"), global_search},
    {STR("Query"), STR("Image"), one_image},
    {STR("GlobalSearchResult"), STR("Page"), found_page},
    {STR("GlobalSearchResult"), {0}, found_list},
    {STR("ImageSummary"), STR("RepoName"), image_text},
    {STR("ImageSummary"), STR("Tag"), image_text},
    {STR("ImageSummary"), STR("Digest"), image_text},
    {STR("ImageSummary"), STR("Size"), image_text},
    {STR("ImageSummary"), STR("LastUpdated"), image_text},
    {STR("ImageSummary"), STR("Manifests"), image_manifests},
    {STR("ImageSummary"), {0}, nothing},
    {STR("RepoSummary"), STR("Name"), image_text},
    {STR("RepoSummary"), STR("LastUpdated"), image_text},
    {STR("RepoSummary"), STR("Size"), image_text},
    {STR("RepoSummary"), STR("NewestImage"), repo_newest},
    {STR("RepoSummary"), {0}, nothing},
};

static void bind(void *self, const struct gql_type *t, struct gql_field *f)
{
    (void)self;
    for (size_t i = 0; i < COUNTOF(code) && f->resolve == NULL; i++)
        if (str_equal(code[i].type, t->name) && (str_is_absent(code[i].field) || str_equal(code[i].field, f->name)))
            f->resolve = code[i].resolve;
}

static const struct {
    const char *query, *variables, *answer;
} questions[] = {
    /* what the search field of the web interface sends while somebody types */
    {"{GlobalSearch(query:\"alpine\", requestedPage: {limit:3 offset:0 sortBy: RELEVANCE}) {Page {TotalCount ItemCount}"
     " Repos {Name LastUpdated Size Platforms { Os Arch } IsBookmarked NewestImage {Tag Digest}} Images {RepoName} Layers {Digest}}}",
     NULL,
     "{\"data\":{\"GlobalSearch\":{\"Page\":{\"TotalCount\":2,\"ItemCount\":2},\"Repos\":["
     "{\"Name\":\"alpine\",\"LastUpdated\":\"2026-11-20T00:00:00Z\",\"Size\":\"20\",\"Platforms\":null,\"IsBookmarked\":null,"
     "\"NewestImage\":{\"Tag\":\"edge\",\"Digest\":\"sha256:ab\"}},"
     "{\"Name\":\"tools/alpine-builder\",\"LastUpdated\":\"2026-10-01T00:00:00Z\",\"Size\":\"30\",\"Platforms\":null,\"IsBookmarked\":null,"
     "\"NewestImage\":{\"Tag\":\"1\",\"Digest\":\"sha256:ac\"}}],\"Images\":[],\"Layers\":[]}}}"},
    /* images: repositories are null, and sizes do not fit 32 bits */
    {"query($q: String!, $p: PageInput) {GlobalSearch(query: $q, requestedPage: $p) {Page {TotalCount ItemCount} Repos {Name}"
     " Images {__typename RepoName Tag Size Manifests {Digest Platform {Os Arch __typename} Layers {Digest Size}}}}}",
     "{\"q\":\"alpine:3\",\"p\":{\"limit\":1}}",
     "{\"data\":{\"GlobalSearch\":{\"Page\":{\"TotalCount\":1,\"ItemCount\":1},\"Repos\":null,\"Images\":[{\"__typename\":\"ImageSummary\","
     "\"RepoName\":\"alpine\",\"Tag\":\"3.19\",\"Size\":\"3000000000\",\"Manifests\":[{\"Digest\":\"sha256:a1\","
     "\"Platform\":{\"Os\":\"linux\",\"Arch\":\"amd64\",\"__typename\":\"Platform\"},\"Layers\":[{\"Digest\":\"sha256:l1\",\"Size\":null}]}]}]}}}"},
    {"{a: GlobalSearch(query:\"a\", requestedPage: {limit: 1, offset: 1}) {Page {TotalCount ItemCount} Repos {Name}}"
     " b: GlobalSearch(query:\"nothing\") {Repos {Name}}}",
     NULL,
     "{\"data\":{\"a\":{\"Page\":{\"TotalCount\":3,\"ItemCount\":1},\"Repos\":[{\"Name\":\"tools/alpine-builder\"}]},\"b\":{\"Repos\":[]}}}"},
    /* a root that is never null takes everything with it */
    {"{GlobalSearch(query:\"a\", requestedPage: {limit: -1}) {Repos {Name}}}", NULL,
     "{\"errors\":[{\"message\":\"pagination limit has negative value.\",\"locations\":[{\"line\":1,\"column\":2}],\"path\":[\"GlobalSearch\"],"
     "\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}],\"data\":null}"},
    {"{Image(image: \"alpine\") {Tag}}", NULL,
     "{\"errors\":[{\"message\":\"no reference provided.\",\"locations\":[{\"line\":1,\"column\":2}],\"path\":[\"Image\"],"
     "\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}],\"data\":null}"},
    {"{Image(image: \"debian:12\") {RepoName LastUpdated IsSigned}}", NULL,
     "{\"data\":{\"Image\":{\"RepoName\":\"debian\",\"LastUpdated\":\"2026-09-01T00:00:00Z\",\"IsSigned\":null}}}"},
    {"{__type(name: \"PageInput\") {inputFields {name type {name}}}}", NULL,
     "{\"data\":{\"__type\":{\"inputFields\":[{\"name\":\"limit\",\"type\":{\"name\":\"Int\"}},{\"name\":\"offset\",\"type\":{\"name\":\"Int\"}},"
     "{\"name\":\"sortBy\",\"type\":{\"name\":\"SortCriteria\"}}]}}}"},
};

static void a_written_schema_is_answered_by_code(void **state)
{
    (void)state;
    struct gql_schema *s = gql_schema_of(sdl, bind, NULL);
    for (size_t i = 0; i < COUNTOF(questions); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        CHECK_STR(gql_ask(a, s, str_of(questions[i].query), questions[i].variables, NULL), str_of(questions[i].answer));
        arena_close(a);
    }
    counted_release(&s->counted);
}

static void what_it_does_not_know_is_invalid(void **state)
{
    (void)state;
    struct gql_schema *s = gql_schema_of(sdl, bind, NULL);
    static const char *const wrong[] = {
        "{GlobalSearch {Page {TotalCount}}}",
        "{GlobalSearch(query: \"a\", requestedPage: {sortBy: BEST}) {Page {TotalCount}}}",
        "{GlobalSearch(query: \"a\") {Page}}",
        "{GlobalSearch(query: \"a\") {Pages {TotalCount}}}",
        "{ImageList(repo: \"a\") {Page {TotalCount}}}",
        "mutation {GlobalSearch(query: \"a\") {Page {TotalCount}}}",
    };
    for (size_t i = 0; i < COUNTOF(wrong); i++) {
        CHECK_AT(i);
        struct arena *a = arena_open(4096);
        str answer = gql_ask(a, s, str_of(wrong[i]), NULL, NULL);
        CHECK(str_starts(answer, S("{\"errors\":[")) && str_contains(answer, S("GRAPHQL_VALIDATION_FAILED")) && !str_contains(answer, S("\"data\"")));
        arena_close(a);
    }
    counted_release(&s->counted);
}

CHECK_MAIN(TEST(a_written_schema_is_answered_by_code), TEST(what_it_does_not_know_is_invalid))
