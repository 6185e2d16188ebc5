/* Two tenants of one registry, each with grants on names of its own, and bytes that both have (security ). What one
 * of them is answered must not depend on what the other has: every request is made in two worlds, one where the neighbour has
 * pushed all that there is and one where he has nothing, and the answers are compared, byte for byte but for ids. */
#include "tests/support/check.h"
#include "tests/support/oci.h"
#include "tests/support/stand.h"

#include "base/crypt.h"
#include "base/time.h"
#include "content/bytes/blob.h"

#define NOW   INT64_C(1793231799000)
#define NOID  "6b00e0ab686c821a0bbb6d01" /* stands for ids that are not there */
#define NOUP  "6b00e0ab-686c-421a-8bbb-6d016b00e0ab"
#define LAYER "{\"mediaType\":\"a/b\",\"digest\":\"<%s>\",\"size\":%d}"

/* Bytes, by the name that requests call their digest by. <secret> and what hangs on it are the neighbour's alone. */
static const struct {
    const char *name, *bytes;
} bytes[] = {
    {"config", "{\"architecture\":\"amd64\",\"os\":\"linux\"}"},
    {"shared", "what everybody has"},
    {"secret", "what one alone has"},
    {"base", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"<config>\",\"size\":37},"
             "\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"<shared>\",\"size\":18}]}"},
    {"image", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"<config>\",\"size\":37},"
              "\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"<shared>\",\"size\":18},{\"mediaType\":\"a/b\",\"digest\":\"<secret>\",\"size\":18}]}"},
    {"signature", "{\"schemaVersion\":2,\"artifactType\":\"application/vnd.cncf.notary.signature\",\"config\":{\"mediaType\":\"a/b\",\"digest\":\"<config>\",\"size\":37},"
                  "\"layers\":[],\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"<base>\",\"size\":1}}"},
    {"index", "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST "\",\"digest\":\"<image>\",\"size\":<image.size>}]}"},
    {"scan", "{\"SchemaVersion\":2,\"ArtifactName\":\"app\",\"Results\":[{\"Vulnerabilities\":[{\"VulnerabilityID\":\"CVE-2026-1\",\"PkgName\":\"p\",\"Severity\":\"HIGH\"}]}]}"},
    {"report", "{\"schemaVersion\":2,\"artifactType\":\"application/vnd.aquasec.trivy.report+json\",\"config\":{\"mediaType\":\"a/b\",\"digest\":\"<config>\",\"size\":37},"
               "\"layers\":[{\"mediaType\":\"application/json\",\"digest\":\"<scan>\",\"size\":<scan.size>}],\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"<base>\",\"size\":1}}"},
};

struct tenancy {
    struct stand *stand;
    struct arena *arena;
    str texts[COUNTOF(bytes)], digests[COUNTOF(bytes)];
    bool is_full;                     /* the neighbour is there */
    str upload;                       /* of his */
    str sides[2];                     /* keys of him and of who looks */
};

static const char *const collections[] = {"repositories", "manifests", "tags", "layers", "uploads", "blobs", "preferences"};

/* "<shared>" is its digest, "<image.size>" how many bytes, "<tags>" the id of the neighbour's first item of that collection. */
static str word_of(struct tenancy *t, str word)
{
    str name, rest;
    bool sized = str_cut(word, '.', &name, &rest);
    for (size_t i = 0; i < COUNTOF(bytes); i++)
        if (str_equal(str_of(bytes[i].name), sized ? name : word))
            return sized ? arena_format(t->arena, "%zu", t->texts[i].len) : t->digests[i];
    if (str_equal(word, S("upload")))
        return t->is_full ? t->upload : S(NOUP);
    for (size_t i = 0; i < COUNTOF(collections); i++)
        if (str_equal(str_of(collections[i]), word)) {
            const char *field = i == 0 ? "name" : i == 2 ? "name" : i == 4 ? "name" : i == 6 ? "starred" : "digest";
            str image = t->digests[4], secret = t->digests[2];
            const char *value = i == 0 || i == 4 ? "a/app" : i == 2 ? "mine" : i == 6 ? "true" : arena_cstr(t->arena, i == 1 ? image : secret);
            return t->is_full && i != 6 ? house_find(t->stand->house, t->arena, collections[i], field, value) : S(NOID);
        }
    return (str){0};
}

static str filled(struct tenancy *t, str text)
{
    struct buf b;
    str head, word, rest;
    buf_init(&b, t->arena, 64u << 10);
    while (str_cut(text, '<', &head, &rest)) {
        buf_add(&b, head);
        str value = str_cut(rest, '>', &word, &text) ? word_of(t, word) : (str){0};
        must(!str_is_absent(value));
        buf_add(&b, value);
    }
    buf_add(&b, text);
    return buf_str(&b);
}

static struct fake_exchange *ask(struct tenancy *t, struct arena *a, str key, const char *line, const char *type, const char *body)
{
    str method, target, full = filled(t, str_of(line));
    (void)str_cut(full, ' ', &method, &target);
    str headers = str_is_absent(key) ? S("") : arena_format(t->arena, "api-key: " STR_FMT "\n", STR_ARG(key));
    if (type)
        headers = arena_format(t->arena, STR_FMT "Content-Type: %s\n", STR_ARG(headers), type);
    return stand_send(t->stand, a, arena_cstr(t->arena, method), arena_cstr(t->arena, target), arena_cstr(t->arena, headers),
                      body ? filled(t, str_of(body)) : S(""));
}

static void push(struct tenancy *t, str key, const char *repository, const char *what)
{
    const char *line = arena_cstr(t->arena, arena_format(t->arena, "POST /v2/%s/blobs/uploads/?digest=<%s>", repository, what));
    str text = filled(t, arena_format(t->arena, "<%s.size>", what));
    for (size_t i = 0; i < COUNTOF(bytes); i++)
        if (str_equal(str_of(bytes[i].name), str_of(what)))
            text = t->texts[i];
    CHECK_INT(ask(t, t->arena, key, line, "application/octet-stream", arena_cstr(t->arena, text))->status, 201);
}

static void put(struct tenancy *t, str key, const char *where, const char *what)
{
    const char *line = arena_cstr(t->arena, arena_format(t->arena, "PUT /v2/%s", where)), *type = str_equal(str_of(what), S("index")) ? INDEX : MANIFEST;
    for (size_t i = 0; i < COUNTOF(bytes); i++)
        if (str_equal(str_of(bytes[i].name), str_of(what)))
            CHECK_INT(ask(t, t->arena, key, line, type, bytes[i].bytes)->status, 201);
}

/* All that the neighbour does. */
static void move_in(struct tenancy *t, str key)
{
    static const char *const blobs[] = {"config", "shared", "secret", "scan"};
    for (size_t i = 0; i < COUNTOF(blobs); i++)
        push(t, key, "a/app", blobs[i]);
    push(t, key, "a/other", "shared");
    put(t, key, "a/app/manifests/v1", "base");
    put(t, key, "a/app/manifests/mine", "image");
    put(t, key, "a/app/manifests/<signature>", "signature");
    put(t, key, "a/app/manifests/<report>", "report");
    put(t, key, "a/app/manifests/all", "index");
    struct fake_exchange *f = ask(t, t->arena, key, "POST /v2/a/app/blobs/uploads/", NULL, NULL);
    str where = fake_header(f, "Location");
    CHECK_INT(f->status, 202);
    t->upload = arena_copy(t->arena, str_slice(where, where.len - 36, where.len));
    CHECK_INT(ask(t, t->arena, key, "PATCH /v2/a/app/blobs/uploads/<upload>", "application/octet-stream", "half of it")->status, 202);
    CHECK_INT(ask(t, t->arena, key, "PUT /v2/_zot/ext/userprefs?action=toggleStar&repo=a/app", NULL, NULL)->status, 200);
}

static void open_world(struct tenancy *t, bool is_full, const struct house_config *config)
{
    *t = (struct tenancy){.stand = stand_open_with(config), .arena = arena_open(1u << 20), .is_full = is_full};
    for (size_t i = 0; i < COUNTOF(bytes); i++) {
        t->texts[i] = filled(t, str_of(bytes[i].bytes));
        t->digests[i] = oci_digest(t->arena, t->texts[i]);
    }
#define TENANT(name) "[{collection:'repositories', verbs:['*'], where:{name:{$startsWith:'" name "/'}}, check:{name:{$startsWith:'" name "/'}}}]"
    house_people(t->stand->house, "{roles: {left: " TENANT("a") ", right: " TENANT("b") "}, users: {ann: {roles:['left']}, bob: {roles:['right']}},"
                                  " keys: {ann: {user:'ann'}, bob: {user:'bob'}}}");
    t->sides[0] = house_key(t->stand->house, "ann");
    t->sides[1] = house_key(t->stand->house, "bob");
    if (is_full)
        move_in(t, t->sides[0]);
    push(t, t->sides[1], "b/app", "config");
    push(t, t->sides[1], "b/app", "shared");
    put(t, t->sides[1], "b/app/manifests/v1", "base");
}

static void close_world(struct tenancy *t)
{
    stand_close(t->stand);
    arena_close(t->arena);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Ids are made of time and chance: what has the shape of one, or of an upload's, is told by its shape alone. Those of bytes
 * are not: they would tell whose bytes were here first. */
static str told(struct arena *a, str text)
{
    struct buf b;
    buf_init(&b, a, 4u << 20);
    for (size_t i = 0; i < text.len;) {
        size_t n = 0, dashes = 0;
        for (; i + n < text.len && (is_hex(text.at[i + n]) || text.at[i + n] == '-'); n++)
            dashes += text.at[i + n] == '-';
        bool of_bytes = str_ends(str_slice(text, 0, i), S("\"_model\":\"blobs\",\"_id\":\""));
        if ((n == 24 && dashes == 0 && !of_bytes) || (n == 36 && dashes == 4))
            buf_add(&b, n == 24 ? S("(id)") : S("(upload)"));
        else
            buf_add(&b, str_slice(text, i, i + (n ? n : 1)));
        i += n ? n : 1;
    }
    return buf_str(&b);
}

/* Of a token what it grants: the rest is time, chance and a signature. */
static str grants_of(struct arena *a, str token)
{
    str head, rest, claims, signature, text;
    (void)str_cut(token, '.', &head, &rest);
    (void)str_cut(rest, '.', &claims, &signature);
    if (!base64url_decode(a, claims, &text))
        return S("no token");
    const struct json *v = json_get(house_json(a, arena_cstr(a, text)), S("access"));
    return v ? json_print(a, v) : S("all");
}

static str answer_of(struct arena *a, const struct fake_exchange *f)
{
    if (f->status == 200 && str_starts(f->x.path, S("/v2/token")))
        return grants_of(a, json_get(stand_json(a, f), S("token"))->text);
    static const str left_out[] = {STR("x-request-id"), STR("etag"), STR("date"), STR("server-timing")};
    struct buf b;
    buf_init(&b, a, 4u << 20);
    buf_format(&b, "%d\n", f->status);
    for (size_t i = 0; i < f->header_count; i++) {
        bool told_apart = true;
        for (size_t k = 0; k < COUNTOF(left_out); k++)
            told_apart &= !str_equal_nocase(f->headers[i].name, left_out[k]);
        if (told_apart)
            buf_format(&b, STR_FMT ": " STR_FMT "\n", STR_ARG(f->headers[i].name), STR_ARG(f->headers[i].value));
    }
    buf_add(&b, f->answer);
    return told(a, buf_str(&b));
}

/* clang-format off */
static const struct {
    const char *line, *type, *body;
} asked[] = {
    /* What there is. */
    {"GET /v2/_catalog", NULL, NULL}, {"GET /v2/_catalog?n=1", NULL, NULL}, {"GET /v2/_catalog?n=1&last=a/app", NULL, NULL},
    {"GET /v2/a/app/tags/list", NULL, NULL}, {"GET /v2/a/nothing/tags/list", NULL, NULL},
    {"GET /v2/a/app/manifests/v1", NULL, NULL}, {"HEAD /v2/a/app/manifests/v1", NULL, NULL}, {"GET /v2/a/app/manifests/<image>", NULL, NULL},
    {"GET /v2/b/app/manifests/<image>", NULL, NULL}, {"HEAD /v2/b/app/manifests/<image>", NULL, NULL}, {"GET /v2/b/app/manifests/mine", NULL, NULL},
    {"GET /v2/a/app/blobs/<secret>", NULL, NULL}, {"GET /v2/a/app/blobs/<shared>", NULL, NULL}, {"HEAD /v2/a/app/blobs/<shared>", NULL, NULL},
    {"GET /v2/b/app/blobs/<secret>", NULL, NULL}, {"HEAD /v2/b/app/blobs/<secret>", NULL, NULL}, {"GET /v2/b/app/blobs/<image>", NULL, NULL},
    {"GET /v2/b/app/blobs/<shared>", NULL, NULL},
    {"GET /v2/a/app/referrers/<base>", NULL, NULL}, {"GET /v2/b/app/referrers/<base>", NULL, NULL},
    {"GET /v2/b/app/referrers/<base>?artifactType=application/vnd.cncf.notary.signature", NULL, NULL},
    {"GET /oras/artifacts/v1/a/app/manifests/<base>/referrers", NULL, NULL}, {"GET /oras/artifacts/v1/b/app/manifests/<base>/referrers", NULL, NULL},
    {"GET /v2/a/app/_oci/ext/discover", NULL, NULL},
    {"GET /v2/a/app/blobs/uploads/<upload>", NULL, NULL}, {"GET /v2/b/app/blobs/uploads/<upload>", NULL, NULL},
    /* What can be guessed. */
    {"POST /v2/b/app/blobs/uploads/?mount=<secret>&from=a/app", NULL, NULL}, {"POST /v2/b/app/blobs/uploads/?mount=<secret>", NULL, NULL},
    {"POST /v2/b/app/blobs/uploads/?mount=<image>&from=a/app", NULL, NULL}, {"POST /v2/a/mine/blobs/uploads/?mount=<shared>&from=b/app", NULL, NULL},
    {"POST /v2/b/new/blobs/uploads/?mount=<shared>&from=a/app", NULL, NULL},
    {"PUT /v2/b/app/manifests/x", MANIFEST, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"<config>\",\"size\":37},\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"<secret>\",\"size\":18}]}"},
    {"PUT /v2/b/app/manifests/x", INDEX, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST "\",\"digest\":\"<image>\",\"size\":<image.size>}]}"},
    {"PUT /v2/b/app/manifests/about", MANIFEST, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"<config>\",\"size\":37},\"layers\":[],\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"<image>\",\"size\":1}}"},
    /* What can be changed. */
    {"PATCH /v2/a/app/blobs/uploads/<upload>", "application/octet-stream", "more"}, {"PATCH /v2/b/app/blobs/uploads/<upload>", "application/octet-stream", "more"},
    {"PUT /v2/a/app/blobs/uploads/<upload>?digest=<secret>", "application/octet-stream", ""}, {"PUT /v2/b/app/blobs/uploads/<upload>?digest=<secret>", "application/octet-stream", ""},
    {"DELETE /v2/a/app/blobs/uploads/<upload>", NULL, NULL}, {"DELETE /v2/b/app/blobs/uploads/<upload>", NULL, NULL},
    {"POST /v2/a/app/blobs/uploads/", NULL, NULL}, {"POST /v2/a/new/blobs/uploads/", NULL, NULL},
    {"PUT /v2/a/app/manifests/v1", MANIFEST, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"<config>\",\"size\":37},\"layers\":[]}"},
    {"DELETE /v2/a/app/manifests/v1", NULL, NULL}, {"DELETE /v2/a/app/manifests/<image>", NULL, NULL}, {"DELETE /v2/a/app/blobs/<secret>", NULL, NULL},
    {"DELETE /v2/b/app/manifests/<image>", NULL, NULL}, {"DELETE /v2/b/app/blobs/<secret>", NULL, NULL}, {"DELETE /v2/b/app/manifests/mine", NULL, NULL},
    {"PUT /v2/_zot/ext/userprefs?action=toggleStar&repo=a/app", NULL, NULL}, {"PUT /v2/_zot/ext/userprefs?action=toggleBookmark&repo=a/app", NULL, NULL},
    {"PUT /v2/_zot/ext/userprefs?action=toggleStar&repo=a/nothing", NULL, NULL},
    /* As content. */
    {"GET /api/content/items/repositories?count=exact&limit=10", NULL, NULL}, {"GET /api/content/items/manifests?count=exact&limit=10&sort=digest", NULL, NULL},
    {"GET /api/content/items/tags?count=exact&limit=10&populate=2", NULL, NULL}, {"GET /api/content/items/layers?count=exact&limit=10&sort=digest&populate=3", NULL, NULL},
    {"GET /api/content/items/uploads?count=exact", NULL, NULL}, {"GET /api/content/items/blobs?count=exact", NULL, NULL}, {"GET /api/content/items/preferences?count=exact", NULL, NULL},
    {"GET /api/content/items/layers?filter={\"digest\":\"<secret>\"}", NULL, NULL}, {"GET /api/content/items/manifests?filter={\"layers.digest\":\"<secret>\"}", NULL, NULL},
    {"GET /api/content/items/layers?filter={\"blob.size\":18}", NULL, NULL}, {"GET /api/content/items/layers?filter={\"blob.layers_via_blob\":{\"$size\":2}}", NULL, NULL},
    {"GET /api/content/items/layers?filter={\"blob.layers_via_blob.repository.name\":\"a/app\"}", NULL, NULL},
    {"GET /api/content/items/manifests?filter={\"subject\":\"<base>\"}", NULL, NULL}, {"GET /api/content/items/repositories?filter={\"tags.name\":\"mine\"}", NULL, NULL},
    {"GET /api/content/items/repositories?filter={\"name\":{\"$ne\":\"b/app\"}}", NULL, NULL}, {"GET /api/content/items/repositories?sort=-tags,name&populate={\"tags\":{},\"layers\":{\"sort\":\"digest\"}}", NULL, NULL},
    {"GET /api/content/items/repositories?search=app", NULL, NULL}, {"GET /api/content/search?q=app", NULL, NULL},
    {"GET /api/content/item/repositories/<repositories>", NULL, NULL}, {"GET /api/content/item/manifests/<manifests>", NULL, NULL}, {"GET /api/content/item/tags/<tags>", NULL, NULL},
    {"GET /api/content/item/layers/<layers>", NULL, NULL}, {"GET /api/content/item/uploads/<uploads>", NULL, NULL}, {"GET /api/content/item/blobs/<blobs>", NULL, NULL},
    {"GET /api/content/item/repositories/<repositories>/history", NULL, NULL}, {"GET /api/content/item/manifests/<manifests>/history", NULL, NULL},
    {"GET /api/content/groups/manifests?groupBy=media_type&aggregate[count]=*", NULL, NULL}, {"GET /api/content/groups/repositories?aggregate[count]=*&aggregate[sum]=size", NULL, NULL},
    {"GET /api/content/aggregate/tags?pipeline=[{\"$group\":{\"_id\":null,\"n\":{\"$sum\":1}}}]", NULL, NULL}, {"GET /api/content/trash/repositories", NULL, NULL},
    {"GET /api/content/items/journal", NULL, NULL},
    {"PATCH /api/content/item/repositories/<repositories>", "application/json", "{\"description\":\"mine now\"}"}, {"DELETE /api/content/item/repositories/<repositories>", NULL, NULL},
    {"DELETE /api/content/item/manifests/<manifests>", NULL, NULL}, {"DELETE /api/content/item/tags/<tags>", NULL, NULL}, {"DELETE /api/content/item/layers/<layers>", NULL, NULL},
    {"PATCH /api/content/item/tags/<tags>", "application/json", "{\"name\":\"x\"}"}, {"DELETE /api/content/items/tags?filter={\"name\":\"mine\"}", NULL, NULL},
    {"PATCH /api/content/items/repositories?filter={\"name\":\"a/app\"}", "application/json", "{\"description\":\"mine now\"}"},
    {"POST /api/content/item/repositories", "application/json", "{\"data\":{\"name\":\"a/app\"}}"}, {"POST /api/content/item/repositories", "application/json", "{\"data\":{\"name\":\"a/nothing\"}}"},
    {"POST /api/content/item/repositories", "application/json", "{\"data\":{\"_id\":\"<repositories>\",\"name\":\"b/taken\"}}"},
    {"POST /api/content/item/tags", "application/json", "{\"data\":{\"repository\":\"<repositories>\",\"name\":\"x\",\"manifest\":\"<manifests>\"}}"},
    {"POST /api/content/item/layers", "application/json", "{\"data\":{\"repository\":\"<repositories>\",\"digest\":\"<secret>\",\"size\":18,\"blob\":\"<blobs>\"}}"},
    {"POST /api/batch", "application/json", "{\"changes\":[{\"op\":\"delete\",\"in\":\"tags\",\"id\":\"<tags>\"}]}"},
    {"POST /api/content/items/repositories?upsert=name", "application/json", "{\"name\":\"a/app\",\"description\":\"mine now\"}"},
    {"PUT /api/content/items/repositories?key=name", "application/json", "{\"name\":\"a/app\",\"description\":\"mine now\"}"},
    {"PATCH /api/content/items/repositories?filter={\"name\":\"b/app\"}", "application/json", "{\"name\":\"a/app\"}"},
    {"PATCH /api/content/items/repositories?filter={\"name\":\"b/app\"}", "application/json", "{\"name\":\"a/nothing\"}"},
    {"POST /api/content/item/repositories/<repositories>/restore", "application/json", "{\"rev\":1}"},
    /* By GraphQL. */
    {"POST /graphql", "application/json", "{\"query\":\"{repositories{name size tags(orderBy:{name:ASC}){name manifest{layers{digest}}} manifests(orderBy:{digest:ASC}){digest subject}} repositoriesConnection{totalCount} repositoriesAggregate{count}}\"}"},
    {"POST /graphql", "application/json", "{\"query\":\"{layers(orderBy:{digest:ASC}){digest repository{name} manifests{digest}} manifestsConnection(where:{layers:{some:{digest:{eq:\\\"<secret>\\\"}}}}){totalCount nodes{digest}}}\"}"},
    {"POST /graphql", "application/json", "{\"query\":\"{repository(_id:\\\"<repositories>\\\"){name} manifest(_id:\\\"<manifests>\\\"){digest} tag(_id:\\\"<tags>\\\"){name} layer(_id:\\\"<layers>\\\"){digest}}\"}"},
    {"POST /graphql", "application/json", "{\"query\":\"{blobs{digest}}\"}"}, {"POST /graphql", "application/json", "{\"query\":\"{layers{blob{digest}}}\"}"},
    {"POST /graphql", "application/json", "{\"query\":\"mutation{createRepository(data:{name:\\\"a/app\\\"}){_id}}\"}"},
    {"POST /graphql", "application/json", "{\"query\":\"{groups:repositoriesAggregate(groupBy:[name]){name count} tags(where:{manifest:{subject:{eq:\\\"<base>\\\"}}}){name} node(_nodeId:\\\"x\\\"){_id}}\"}"},
    {"POST /graphql", "application/json", "{\"query\":\"mutation{deleteTag(_id:\\\"<tags>\\\"){_id}}\"}"}, {"POST /graphql", "application/json", "{\"query\":\"mutation{deleteRepository(_id:\\\"<repositories>\\\"){_id}}\"}"},
    {"POST /graphql", "application/json", "{\"query\":\"{repositories(where:{tags:{some:{manifest:{layers:{some:{digest:{eq:\\\"<secret>\\\"}}}}}}}){name}}\"}"},
    {"POST /graphql", "application/json", "{\"query\":\"{repositories(where:{tags:{none:{name:{eq:\\\"mine\\\"}}}}){name}}\"}"},
    /* By zot's search. */
#define ZOT(query) {"POST /v2/_zot/ext/search", "application/json", "{\"query\":\"{" query "}\"}"}
#define SHOWN "RepoName Tag Digest Size DownloadCount IsSigned SignatureInfo{Tool} Referrers{Digest}"
    ZOT("GlobalSearch(query:\\\"app\\\"){Page{TotalCount} Repos{Name Size StarCount DownloadCount IsStarred NewestImage{Tag Digest}} Images{" SHOWN "} Layers{Digest}}"),
    ZOT("GlobalSearch(query:\\\"a/app:\\\"){Page{TotalCount} Images{" SHOWN "}}"), ZOT("GlobalSearch(query:\\\":v\\\"){Page{TotalCount} Images{" SHOWN "}}"),
    ZOT("GlobalSearch(query:\\\"<image>\\\"){Page{TotalCount} Images{" SHOWN "}}"), ZOT("GlobalSearch(query:\\\"<base>\\\"){Page{TotalCount} Images{" SHOWN "}}"),
    ZOT("ImageListForDigest(id:\\\"<secret>\\\"){Page{TotalCount ItemCount} Results{" SHOWN "}}"), ZOT("ImageListForDigest(id:\\\"<shared>\\\"){Page{TotalCount} Results{" SHOWN "}}"),
    ZOT("RepoListWithNewestImage{Page{TotalCount} Results{Name Size NewestImage{Tag}}}"), ZOT("ImageList(repo:\\\"\\\"){Page{TotalCount} Results{" SHOWN "}}"),
    ZOT("ImageList(repo:\\\"a/app\\\"){Page{TotalCount} Results{" SHOWN "}}"), ZOT("ImageList(repo:\\\"a/nothing\\\"){Results{Tag}}"), ZOT("ExpandedRepoInfo(repo:\\\"a/app\\\"){Summary{Name Size} Images{Tag}}"),
    ZOT("Image(image:\\\"a/app:v1\\\"){Digest}"), ZOT("Image(image:\\\"b/app:v1\\\"){" SHOWN "}"), ZOT("Image(image:\\\"b/app:mine\\\"){Digest}"),
    ZOT("Referrers(repo:\\\"a/app\\\",digest:\\\"<base>\\\",type:[\\\"\\\"]){Digest}"), ZOT("Referrers(repo:\\\"b/app\\\",digest:\\\"<base>\\\",type:[\\\"\\\"]){Digest ArtifactType}"),
    ZOT("DerivedImageList(image:\\\"b/app:v1\\\"){Page{TotalCount} Results{" SHOWN "}}"), ZOT("BaseImageList(image:\\\"b/app:v1\\\"){Page{TotalCount} Results{" SHOWN "}}"),
    ZOT("DerivedImageList(image:\\\"a/app:v1\\\"){Results{Tag}}"), ZOT("BaseImageList(image:\\\"a/app:mine\\\"){Results{Tag}}"),
    ZOT("StarredRepos{Page{TotalCount} Results{Name StarCount}}"), ZOT("BookmarkedRepos{Page{TotalCount} Results{Name}}"),
    /* Its reports are attached to an image that both have. */
    ZOT("CVEListForImage(image:\\\"a/app:v1\\\"){Tag}"), ZOT("CVEListForImage(image:\\\"a/nothing:v1\\\"){Tag}"), ZOT("CVEListForImage(image:\\\"b/app:v1\\\"){CVEList{Id}}"),
    ZOT("CVEListForImage(image:\\\"b/app@<base>\\\"){CVEList{Id}}"), ZOT("ImageListForCVE(id:\\\"CVE-2026-1\\\"){Results{RepoName}}"),
    ZOT("ImageListWithCVEFixed(id:\\\"CVE-2026-1\\\",image:\\\"a/app\\\"){Results{Tag}}"), ZOT("ImageListWithCVEFixed(id:\\\"CVE-2026-1\\\",image:\\\"b/app\\\"){Results{Tag}}"),
    ZOT("CVEDiffListForImages(minuend:{Repo:\\\"a/app\\\",Tag:\\\"v1\\\"},subtrahend:{Repo:\\\"b/app\\\",Tag:\\\"v1\\\"}){CVEList{Id}}"),
    ZOT("CVEDiffListForImages(minuend:{Repo:\\\"b/app\\\",Tag:\\\"v1\\\"},subtrahend:{Repo:\\\"b/app\\\",Tag:\\\"\\\",Digest:\\\"<base>\\\"}){CVEList{Id}}"),
    ZOT("Image(image:\\\"b/app:v1\\\"){Vulnerabilities{MaxSeverity Count} Manifests{Vulnerabilities{MaxSeverity Count}}}"), ZOT("ImageList(repo:\\\"\\\"){Results{Tag Vulnerabilities{MaxSeverity Count}}}"),
    /* Tokens, keys and what the operator says. */
    {"GET /v2/token?service=s&scope=repository:a/app:pull,push,delete", NULL, NULL}, {"GET /v2/token?service=s&scope=repository:a/app:pull&scope=repository:b/app:pull,push", NULL, NULL},
    {"GET /v2/token?service=s&scope=registry:catalog:*", NULL, NULL}, {"GET /v2/token?service=s&scope=repository:a/nothing:pull", NULL, NULL},
    {"GET /v2/_zot/ext/mgmt", NULL, NULL}, {"POST /v2/_zot/ext/cosign", "application/octet-stream", "no key"},
    {"GET /api/content/items/trust_keys", NULL, NULL}, {"GET /api/content/items/upstreams", NULL, NULL}, {"GET /api/content/items/retention_rules", NULL, NULL},
    {"GET /api/content/models", NULL, NULL}, {"GET /metrics", NULL, NULL},
    {"GET /api/auth/explain?collection=repositories&verb=read&item=<repositories>", NULL, NULL},
    /* Once more, after all that. */
    {"GET /v2/_catalog", NULL, NULL}, {"GET /v2/b/app/tags/list", NULL, NULL}, {"GET /api/content/items/layers?sort=digest&fields=digest,size", NULL, NULL},
};
/* clang-format on */

/* What the neighbour has, as he sees it. */
static str inventory(struct tenancy *t, struct arena *a)
{
    static const char *const lines[] = {
        "GET /v2/_catalog", "GET /v2/a/app/tags/list", "GET /v2/a/app/manifests/v1", "GET /v2/a/app/manifests/mine", "GET /v2/a/app/manifests/all",
        "GET /v2/a/app/blobs/<secret>", "GET /v2/a/app/blobs/<shared>", "GET /v2/a/app/referrers/<base>", "GET /v2/a/app/blobs/uploads/<upload>",
        "GET /api/content/items/repositories", "GET /api/content/items/manifests", "GET /api/content/items/tags", "GET /api/content/items/layers"};
    struct buf b;
    buf_init(&b, a, 4u << 20);
    for (size_t i = 0; i < COUNTOF(lines); i++)
        buf_add(&b, answer_of(a, ask(t, a, t->sides[0], lines[i], NULL, NULL)));
    return buf_str(&b);
}

/* First as the other tenant, then as nobody. */
static void run_all(bool is_full, struct arena *a, str answers[2][COUNTOF(asked)])
{
    struct tenancy t;
    open_world(&t, is_full, &(struct house_config){0});
    str before = is_full ? inventory(&t, a) : (str){0};
    for (size_t who = 0; who < 2; who++)
        for (size_t i = 0; i < COUNTOF(asked); i++) {
            struct arena *own = arena_open(1u << 20);
            answers[who][i] = arena_copy(a, answer_of(own, ask(&t, own, who ? (str){0} : t.sides[1], asked[i].line, asked[i].type, asked[i].body)));
            arena_close(own);
        }
    if (is_full)
        CHECK_STR(inventory(&t, a), before); /* and nothing of it was touched */
    close_world(&t);
}

static void a_tenant_learns_nothing_of_the_other(void **state)
{
    static str full[2][COUNTOF(asked)], empty[2][COUNTOF(asked)];
    struct arena *a = arena_open(1u << 20);
    (void)state;
    time_set(NOW);
    run_all(true, a, full);
    run_all(false, a, empty);
    time_set(0);
    for (size_t i = 0; i < 2 * COUNTOF(asked); i++) {
        size_t who = i / COUNTOF(asked), at = i % COUNTOF(asked);
        CHECK_AT(at);
        CHECK_STR(full[who][at], empty[who][at]);
        if (!str_equal(full[who][at], empty[who][at]))
            CHECK_SAY("%s %s", asked[at].line, asked[at].body ? asked[at].body : "");
    }
    arena_close(a);
}

/* Marks are kept for whoever made them, and shown as long as he reads what they are on. */
static void stars_are_seen_with_their_repositories(void **state)
{
    static const struct {
        const char *grants, *answer;
        int toggled;
    } cases[] = {
        {TENANT("b"), "{\"data\":{\"StarredRepos\":{\"Page\":{\"TotalCount\":1},\"Results\":[{\"Name\":\"b/app\",\"StarCount\":1}]}}}", 0},
        {TENANT("c"), "{\"data\":{\"StarredRepos\":{\"Page\":{\"TotalCount\":0},\"Results\":[]}}}", 404},
        {TENANT("b"), "{\"data\":{\"StarredRepos\":{\"Page\":{\"TotalCount\":1},\"Results\":[{\"Name\":\"b/app\",\"StarCount\":1}]}}}", 200},
        {TENANT("b"), "{\"data\":{\"StarredRepos\":{\"Page\":{\"TotalCount\":0},\"Results\":[]}}}", 0},
    };
    struct tenancy t;
    (void)state;
    open_world(&t, true, &(struct house_config){0});
    CHECK_INT(ask(&t, t.arena, t.sides[1], "PUT /v2/_zot/ext/userprefs?action=toggleStar&repo=b/app", NULL, NULL)->status, 200);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        house_people(t.stand->house, arena_cstr(t.arena, arena_format(t.arena, "{roles: {right: %s}}", cases[i].grants)));
        CHECK_AT(i);
        struct fake_exchange *f = ask(&t, t.arena, t.sides[1], "POST /v2/_zot/ext/search", "application/json",
                                      "{\"query\":\"{StarredRepos{Page{TotalCount} Results{Name StarCount}}}\"}");
        CHECK_STR(f->answer, str_of(cases[i].answer));
        if (cases[i].toggled)
            CHECK_INT(ask(&t, t.arena, t.sides[1], "PUT /v2/_zot/ext/userprefs?action=toggleStar&repo=b/app", NULL, NULL)->status, cases[i].toggled);
    }
    close_world(&t);
}

CHECK_MAIN(TEST(stars_are_seen_with_their_repositories), TEST(a_tenant_learns_nothing_of_the_other))
