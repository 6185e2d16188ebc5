/* What the registry has, read through the gate: whatever a caller may not read is not there for him. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "graphql/zot/internal.h"

#define CONFIG_BYTES (256u << 10)     /* of a configuration that is looked into */
#define LOOKED_BYTES (64u << 20)      /* of a request's memory: then it keeps no more of what it looked into */

str zot_text(const struct json *row, str name)
{
    const struct json *v = json_get(row, name);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

int64_t zot_number(const struct json *row, str name)
{
    const struct json *v = json_get(row, name);
    return v && v->type == JSON_INT ? v->integer : 0;
}

static const struct collection *collection_of(const struct gql_execution *x, const char *name)
{
    return model_find(principal_model(x->who), str_of(name));
}

enum err zot_in_time(const struct gql_execution *x, struct problem *why)
{
    return x->until_us && time_mono_us() > x->until_us ? problem_set(why, ERR_TIMEOUT, "This takes too long: ask for less") : ERR_OK;
}

static enum err read_rows(struct gql_execution *x, const struct collection *c, const struct filter *where, struct item_list *out,
                          struct problem *why)
{
    struct query q = {.from = c, .where = where, .sort = {{.by = &c->fields[META_ID]}}, .sort_count = 1, .limit = LIMIT_ROWS};
    struct page page = {.has_more = true};
    query_all_fields(x->arena, &q, NULL);
    item_list_init(out, x->arena);
    while (page.has_more) {
        TRY(zot_in_time(x, why));
        TRY(gate_read(x->gate, x->who, &q, &out->receiver, &page, why));
        q.after = page.next;
    }
    return ERR_OK;
}

static enum err find_repos(struct gql_execution *x, const struct filter *where, struct zot_repos *out, struct problem *why)
{
    const struct collection *c = collection_of(x, "repositories");
    struct problem quiet = {.arena = x->arena};
    struct item_list list;
    *out = (struct zot_repos){0};
    if (gate_allows(x->who, VERB_READ, c, &quiet) != ERR_OK)
        return ERR_OK;
    TRY(read_rows(x, c, where, &list, why));
    out->items = NEW_N(x->arena, struct zot_repo, list.count + 1);
    out->count = list.count;
    for (size_t i = 0; i < list.count; i++)
        out->items[i] = (struct zot_repo){.row = &list.items[i], .name = zot_text(&list.items[i], S("name")), .id = zot_text(&list.items[i], S("_id"))};
    return zot_take_marks(x, out, why);
}

enum err zot_repos(struct gql_execution *x, str part, struct zot_repos *out, struct problem *why)
{
    const struct collection *c = collection_of(x, "repositories");
    const struct filter *named = part.len ? filter_test(x->arena, collection_field(c, S("name")), TEST_CONTAINS, json_of_text(part)) : &filter_all;
    return find_repos(x, named, out, why);
}

enum err zot_repo_named(struct gql_execution *x, str name, struct zot_repo **out, struct problem *why)
{
    const struct collection *c = collection_of(x, "repositories");
    struct zot_repos found;
    *out = NULL;
    if (!repository_name_valid(name))
        return ERR_OK;
    TRY(find_repos(x, filter_test(x->arena, collection_field(c, S("name")), TEST_EQ, json_of_text(name)), &found, why));
    *out = found.count ? &found.items[0] : NULL;
    return ERR_OK;
}

/* ---- what a repository has ---- */

static enum err read_within(struct gql_execution *x, const struct zot_repo *r, const char *collection, struct item_list *out, struct problem *why)
{
    const struct collection *c = collection_of(x, collection);
    return read_rows(x, c, filter_test(x->arena, c->within, TEST_EQ, json_of_text(r->id)), out, why);
}

/* Rows come by their id. */
static const struct json *row_of(const struct json *rows, size_t count, str id)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int order = str_order(zot_text(&rows[mid], S("_id")), id);
        if (order == 0)
            return &rows[mid];
        from = order < 0 ? mid + 1 : from;
        to = order < 0 ? to : mid;
    }
    return NULL;
}

str zot_layer_digest(const struct zot_repo *r, str id)
{
    return zot_text(row_of(r->layers, r->layer_count, id), S("digest"));
}

static struct zot_part part_of(struct gql_execution *x, struct zot_repo *r, const struct json *row)
{
    struct zot_part p = {.repo = r, .row = row, .kept = NEW(x->arena, struct zot_bytes)};
    *p.kept = (struct zot_bytes){0};
    return p;
}

static void image_of(struct gql_execution *x, struct zot_repo *r, const struct json *row, const struct json *tag, struct zot_image *out)
{
    const struct json *listed = json_get(row, S("manifests"));
    size_t most = listed && listed->type == JSON_LIST ? listed->count : 0;
    *out = (struct zot_image){.repo = r, .tag = tag ? zot_text(tag, S("name")) : S(""), .tag_row = tag, .row = row};
    out->parts = NEW_N(x->arena, struct zot_part, most + 1);
    for (size_t i = 0; i < most; i++) {
        const struct json *part = listed->items[i].type == JSON_TEXT ? row_of(r->manifests, r->manifest_count, listed->items[i].text) : NULL;
        if (part)
            out->parts[out->part_count++] = part_of(x, r, part);
    }
    if (most == 0)
        out->parts[out->part_count++] = part_of(x, r, row);
    for (size_t i = 0; i < out->part_count; i++) {
        str built = zot_text(out->parts[i].row, S("created_at"));
        if (built.len && (str_is_absent(out->updated) || str_order(built, out->updated) > 0))
            out->updated = built;
    }
}

static int by_subject(const void *a, const void *b)
{
    const struct json *l = *(const struct json *const *)a, *r = *(const struct json *const *)b;
    int order = str_order(zot_text(l, S("subject")), zot_text(r, S("subject")));
    return order ? order : l < r ? -1 : l > r;
}

static int by_name(const void *a, const void *b)
{
    return str_order(*(const str *)a, *(const str *)b);
}

/* A repository has many images, and each is asked what is about it. */
static void put_in_order(struct gql_execution *x, struct zot_repo *r)
{
    r->about = NEW_N(x->arena, const struct json *, r->manifest_count + 1);
    r->tags = NEW_N(x->arena, str, r->image_count + 1);
    for (size_t i = 0; i < r->manifest_count; i++)
        if (zot_text(&r->manifests[i], S("subject")).len)
            r->about[r->about_count++] = &r->manifests[i];
    for (size_t i = 0; i < r->image_count; i++)
        r->tags[i] = r->images[i].tag;
    if (r->about_count > 1)
        qsort(r->about, r->about_count, sizeof *r->about, by_subject);
    if (r->image_count > 1)
        qsort(r->tags, r->image_count, sizeof *r->tags, by_name);
}

size_t zot_about(const struct zot_repo *r, str digest, const struct json *const **first)
{
    size_t from = 0, to = r->about_count, end;
    *first = NULL;
    if (to == 0)
        return 0;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        bool is_before = str_order(zot_text(r->about[mid], S("subject")), digest) < 0;
        from = is_before ? mid + 1 : from;
        to = is_before ? to : mid;
    }
    for (end = from; end < r->about_count && str_equal(zot_text(r->about[end], S("subject")), digest);)
        end++;
    *first = r->about + from;
    return end - from;
}

bool zot_has_tag(const struct zot_repo *r, str tag)
{
    return r->image_count > 0 && bsearch(&tag, r->tags, r->image_count, sizeof tag, by_name) != NULL;
}

enum err zot_load(struct gql_execution *x, struct zot_repo *r, struct problem *why)
{
    struct item_list tags, manifests, layers;
    if (r->is_loaded)
        return ERR_OK;
    TRY(read_within(x, r, "tags", &tags, why));
    TRY(read_within(x, r, "manifests", &manifests, why));
    TRY(read_within(x, r, "layers", &layers, why));
    r->manifests = manifests.items;
    r->manifest_count = manifests.count;
    r->layers = layers.items;
    r->layer_count = layers.count;
    r->images = NEW_N(x->arena, struct zot_image, tags.count + 1);
    for (size_t i = 0; i < tags.count; i++) {
        const struct json *row = row_of(r->manifests, r->manifest_count, zot_text(&tags.items[i], S("manifest")));
        if (row)
            image_of(x, r, row, &tags.items[i], &r->images[r->image_count++]);
    }
    put_in_order(x, r);
    r->is_loaded = true;
    return ERR_OK;
}

struct zot_image *zot_image_named(struct gql_execution *x, struct zot_repo *r, str reference)
{
    for (size_t i = 0; i < r->image_count; i++)
        if (str_equal(r->images[i].tag, reference))
            return &r->images[i];
    for (size_t i = 0; i < r->manifest_count; i++)
        if (str_equal(zot_text(&r->manifests[i], S("digest")), reference)) {
            struct zot_image *found = NEW(x->arena, struct zot_image);
            image_of(x, r, &r->manifests[i], NULL, found);
            return found;
        }
    return NULL;
}

/* Built last, whatever it is called. */
const struct zot_image *zot_newest(const struct zot_repo *r)
{
    const struct zot_image *best = NULL;
    for (size_t i = 0; i < r->image_count; i++)
        if (!best || str_order(r->images[i].updated, best->updated) > 0)
            best = &r->images[i];
    return best;
}

/* ---- bytes ---- */

static const struct json *read_bytes(struct gql_execution *x, const char *collection, str id, size_t most, struct arena *a)
{
    static const struct json nothing = {.type = JSON_MAP};
    struct problem quiet = {.arena = a};
    const struct json *out = NULL;
    str bytes;
    if (!id.len || gate_registry_look(x->gate, x->who, str_of(collection), id, most, a, &bytes, &quiet) != ERR_OK ||
        json_read(a, bytes, NULL, S(""), &out, &quiet) != ERR_OK)
        return &nothing;
    return out;
}

/* There may be many, of megabytes each: beyond LOOKED_BYTES they are read again when they are wanted again. */
struct zot_bytes zot_look(struct gql_execution *x, const struct zot_part *p, struct arena *own)
{
    bool is_kept = arena_bytes(x->arena) < LOOKED_BYTES;
    struct arena *a = is_kept ? x->arena : own;
    if (p->kept->manifest)
        return *p->kept;
    struct zot_bytes b = {.manifest = read_bytes(x, "manifests", zot_text(p->row, S("_id")), LIMIT_MANIFEST_BYTES, a),
                          .config = read_bytes(x, "layers", zot_text(p->row, S("config")), CONFIG_BYTES, a)};
    if (is_kept)
        *p->kept = b;
    return b;
}
