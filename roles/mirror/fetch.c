#include "roles/mirror/mirror.h"

#include "base/limits.h"
#include "base/log.h"
#include "content/kind.h"

#define TYPES                                                                                                           \
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "                             \
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json"
#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"

void fetching_init(struct fetching *f, struct gate *g, struct arena *a, const struct upstream *from, str repository, bool whole)
{
    *f = (struct fetching){.gate = g, .server = principal_system(g, a, SYSTEM_MIRROR), .from = from, .repository = repository,
                           .remote = upstream_remote(a, from, repository), .arena = a, .whole = whole, .patient = whole};
}

static enum err ask(struct fetching *f, const struct client_wish *wish, struct outbound_answer *out, struct problem *why)
{
    struct client_wish w = *wish;
    w.from = f->from;
    w.repository = f->remote;
    w.stop = mirror_stop(f->gate->mirror);
    return registry_ask(mirror_client(f->gate->mirror), f->arena, &w, out, why);
}

/* What came is not what it should be: nobody's fault here, and it may be better next time. */
static enum err junk(struct problem *why, str text)
{
    return problem_set(why, ERR_UNAVAILABLE, "What the upstream sent is not kept: " STR_FMT, STR_ARG(text));
}

static enum err junk_of(struct problem *why, const struct problem *own)
{
    str text = own->fault_count ? own->faults[0].text : own->text;
    return junk(why, text.len ? text : S("it is malformed"));
}

/* ------ what is here */

enum err fetched_part(const struct fetching *f, str collection, str by, str value, const struct json **out, struct problem *why)
{
    const struct json *row = NULL;
    *out = NULL;
    TRY(read_item(f->gate->content, f->server->rights, S("repositories"), S("name"), f->repository, f->arena, &row, why));
    return row ? repository_part(f->gate, item_text(row, S("_id")), collection, by, value, f->arena, out, why) : ERR_OK;
}

static bool lacks_something(const struct json *manifest)
{
    const struct json *lacks = json_get(manifest, S("lacks"));
    return lacks && lacks->type == JSON_LIST && lacks->count > 0;
}

enum err fetched_whole(const struct fetching *f, const struct json *manifest, unsigned depth, bool *out, struct problem *why)
{
    const struct json *children = json_get(manifest, S("manifests"));
    *out = !lacks_something(manifest) && depth < LIMIT_UPSTREAM_DEPTH;
    for (uint32_t i = 0; *out && children && children->type == JSON_LIST && i < children->count; i++) {
        const struct json *child = NULL;
        TRY(read_item(f->gate->content, f->server->rights, S("manifests"), S("_id"), children->items[i].text, f->arena, &child, why));
        if (child)
            TRY(fetched_whole(f, child, depth + 1, out, why));
    }
    return ERR_OK;
}

/* ------ layers */

static enum err append(void *self, str bytes, struct problem *why)
{
    return blob_append(self, bytes, why);
}

static const struct collection *layers_of(const struct fetching *f)
{
    return model_find(f->server->rights->model, S("layers"));
}

/* The same bytes may be here for another repository; the upstream says whether this one has them, too. */
static enum err link_known(struct fetching *f, str digest, bool *done, struct problem *why)
{
    struct problem quiet = {.arena = f->arena};
    struct blob_reader *reader = NULL;
    struct outbound_answer unused;
    *done = false;
    if (content_peek(f->gate->content, f->server->rights, VERB_CREATE, layers_of(f), digest, &reader, &quiet) != ERR_OK)
        return ERR_OK;
    uint64_t size = blob_size(reader);
    blob_close(reader);
    struct client_wish wish = {.path = arena_format(f->arena, "blobs/" STR_FMT, STR_ARG(digest)), .head_only = true, .most = 1};
    if (ask(f, &wish, &unused, &quiet) != ERR_OK)
        return ERR_OK;
    *done = true;
    return repository_layer(f->gate, f->server, f->repository, digest, size, (str){0}, f->from->id, f->arena, why);
}

static enum err stream(struct fetching *f, str digest, uint64_t most, struct problem *why)
{
    struct blob_upload *u = NULL;
    struct outbound_answer unused;
    struct problem own = {.arena = f->arena};
    char is[BLOB_DIGEST_ROOM];
    size_t length = 0;
    TRY(content_receive(f->gate->content, f->server->rights, VERB_CREATE, layers_of(f), blob_upload_name(f->arena), digest_kind_of(digest), &u, why));
    struct outbound_sink sink = {append, u};
    struct client_wish wish = {.path = arena_format(f->arena, "blobs/" STR_FMT, STR_ARG(digest)), .most = most < LIMIT_LAYER_BYTES ? most : LIMIT_LAYER_BYTES, .sink = &sink};
    enum err e = ask(f, &wish, &unused, why);
    if (e != ERR_OK) {
        blob_drop(u);
        return e;
    }
    uint64_t size = blob_offset(u);
    e = blob_finish(u, digest, is, &length, &own); /* other bytes are gone with it */
    if (e == ERR_INVALID)
        return junk(why, S("its bytes have another digest"));
    if (e != ERR_OK)
        return problem_set(why, e, STR_FMT, STR_ARG(own.text));
    LOG(LOG_INFO, "mirror.layer", LOG_TEXT("upstream", f->from->name), LOG_TEXT("repository", f->repository), LOG_TEXT("digest", digest),
        LOG_NUMBER("bytes", (int64_t)size));
    return repository_layer(f->gate, f->server, f->repository, digest, size, (str){0}, f->from->id, f->arena, why);
}

/* No more is fetched than may be kept. */
static enum err demand_room(const struct fetching *f, uint64_t *most, struct problem *why)
{
    const struct json *row = NULL, *quota, *size;
    TRY(read_item(f->gate->content, f->server->rights, S("repositories"), S("name"), f->repository, f->arena, &row, why));
    quota = json_get(row, S("quota"));
    size = json_get(row, S("size"));
    if (!quota || quota->type != JSON_INT || quota->integer <= 0 || !size || size->type != JSON_INT)
        return ERR_OK;
    if (size->integer >= quota->integer)
        return problem_set(why, ERR_FORBIDDEN, "The repository has all the bytes that it may have");
    uint64_t room = (uint64_t)(quota->integer - size->integer);
    *most = *most < room ? *most : room;
    return ERR_OK;
}

static enum err bring_layer(struct fetching *f, str digest, uint64_t most, struct problem *why)
{
    const struct json *layer = NULL;
    bool done = false;
    if (f->mends)
        return stream(f, digest, most, why);
    TRY(fetched_part(f, S("layers"), S("digest"), digest, &layer, why));
    if (layer)
        return ERR_OK;
    TRY(demand_room(f, &most, why));
    TRY(link_known(f, digest, &done, why));
    return done ? ERR_OK : stream(f, digest, most, why);
}

enum err fetch_layer(struct fetching *f, str digest, uint64_t most, struct problem *why)
{
    struct mirror *m = f->gate->mirror;
    struct flight *mine = NULL;
    TRY(flight_begin(m, arena_format(f->arena, "layer " STR_FMT " " STR_FMT, STR_ARG(f->repository), STR_ARG(digest)), f->patient, &mine, why));
    if (!mine)
        return ERR_OK;
    return flight_end(m, mine, bring_layer(f, digest, most, why), why);
}

/* ------ manifests */

static const struct json *list_in(const struct manifest_facts *m, str name)
{
    static const struct json none = {.type = JSON_LIST};
    for (size_t i = 0; i < m->count; i++)
        if (str_equal(m->members[i].name, name) && m->members[i].type == JSON_LIST)
            return &m->members[i];
    return &none;
}

static enum err take(struct fetching *f, str reference, unsigned depth, struct problem *why);

/* Layers that others keep are never asked for, wherever a manifest says that they are. */
static enum err take_layers(struct fetching *f, const struct json *list, uint64_t largest, struct problem *why)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct json *one = &list->items[i], *size = json_get(one, S("size"));
        uint64_t most = size && size->type == JSON_INT && size->integer >= 0 ? (uint64_t)size->integer : 0;
        if (!item_flag(one, S("elsewhere"), false) && most <= largest)
            TRY((f->whole ? fetch_layer : bring_layer)(f, item_text(one, S("digest")), most, why));
    }
    return ERR_OK;
}

static enum err take_children(struct fetching *f, const struct json *list, unsigned depth, struct problem *why)
{
    for (uint32_t i = 0; i < list->count; i++) {
        str digest = item_text(&list->items[i], S("digest"));
        const struct json *child = NULL;
        bool is_whole = false;
        TRY(fetched_part(f, S("manifests"), S("digest"), digest, &child, why));
        if (child)
            TRY(fetched_whole(f, child, depth + 1, &is_whole, why));
        enum err e = is_whole ? ERR_OK : take(f, digest, depth + 1, why);
        if (e != ERR_OK && e != ERR_NOT_FOUND) /* indexes that list what nobody has are met */
            return e;
        *why = (struct problem){.arena = why->arena};
    }
    return ERR_OK;
}

/* Without its configuration nobody can say what an image is: that comes with it always. */
static enum err take_parts(struct fetching *f, const struct manifest_facts *m, unsigned depth, struct problem *why)
{
    TRY(take_layers(f, list_in(m, S("config")), UINT64_MAX, why));
    if (f->whole || f->small)
        TRY(take_layers(f, list_in(m, S("layers")), f->whole ? UINT64_MAX : LIMIT_SIGNATURE_BYTES, why));
    return !f->whole ? ERR_OK : take_children(f, list_in(m, S("manifests")), depth, why);
}

/* Its own digest, by the algorithm that was asked for or announced. */
static enum err judge(struct fetching *f, str reference, const struct outbound_answer *got, struct manifest_facts *m, str *digest,
                      struct problem *why)
{
    struct problem own = {.arena = f->arena};
    str announced = outbound_header(got, S("Docker-Content-Digest"));
    str wanted = reference_is_digest(reference) ? reference : blob_digest_valid(announced) ? announced : (str){0};
    if (manifest_demand_type(got->media, &own) != ERR_OK || manifest_read(f->arena, got->body, got->media, m, &own) != ERR_OK)
        return junk_of(why, &own);
    *digest = digest_of(f->arena, str_is_absent(wanted) ? DIGEST_SHA256 : digest_kind_of(wanted), got->body);
    return str_is_absent(wanted) || str_equal(wanted, *digest) ? ERR_OK : junk(why, S("its bytes have another digest"));
}

static enum err store(struct fetching *f, const struct manifest_wish *wish, struct problem *why)
{
    struct manifest_made unused;
    struct problem own = {.arena = f->arena};
    enum err e = repository_manifest(f->gate, f->server, wish, f->from->id, f->arena, &unused, &own);
    if (e == ERR_OK)
        return ERR_OK;
    if (e == ERR_INVALID || e == ERR_BAD_INPUT || e == ERR_BAD_MEDIA || e == ERR_TOO_LARGE)
        return junk_of(why, &own);
    return problem_set(why, e, STR_FMT, STR_ARG(own.fault_count ? own.faults[0].text : own.text));
}

/* Signatures and the like, with what they say: up to a number of them; an upstream without the list has none. */
static void take_referrers(struct fetching *f, str digest)
{
    struct outbound_answer got;
    struct problem quiet = {.arena = f->arena};
    const struct json *index = NULL, *list, *here;
    struct client_wish wish = {.path = arena_format(f->arena, "referrers/" STR_FMT, STR_ARG(digest)), .accept = S(INDEX_TYPE),
                               .most = LIMIT_UPSTREAM_PAGE_BYTES};
    if (ask(f, &wish, &got, &quiet) != ERR_OK || json_read(f->arena, got.body, NULL, S(""), &index, NULL) != ERR_OK)
        return;
    list = index->type == JSON_MAP ? json_get(index, S("manifests")) : NULL;
    f->small = true;
    for (uint32_t i = 0; list && list->type == JSON_LIST && i < list->count && i < LIMIT_UPSTREAM_REFERRERS; i++) {
        str one = item_text(&list->items[i], S("digest"));
        if (!blob_digest_valid(one) || fetched_part(f, S("manifests"), S("digest"), one, &here, &quiet) != ERR_OK || here)
            continue;
        if (take(f, one, LIMIT_UPSTREAM_DEPTH - 1, &quiet) != ERR_OK)
            LOG(LOG_WARN, "mirror.referrer", LOG_TEXT("upstream", f->from->name), LOG_TEXT("digest", one), LOG_TEXT("cause", quiet.text));
    }
}

static enum err take_with(struct fetching *f, str reference, unsigned depth, struct problem *why)
{
    bool by_digest = reference_is_digest(reference);
    struct outbound_answer got;
    struct manifest_facts m;
    str digest;
    struct client_wish ask_for = {.path = arena_format(f->arena, "manifests/" STR_FMT, STR_ARG(reference)), .accept = S(TYPES),
                                  .most = LIMIT_MANIFEST_BYTES};
    TRY(ask(f, &ask_for, &got, why));
    TRY(judge(f, reference, &got, &m, &digest, why));
    TRY(take_parts(f, &m, depth, why));
    struct manifest_wish wish = {.repository = f->repository, .reference = digest, .media_type = got.media, .bytes = got.body,
                                 .tags = &reference, .tag_count = by_digest ? 0 : 1};
    TRY(store(f, &wish, why));
    f->manifests++;
    LOG(LOG_INFO, "mirror.manifest", LOG_TEXT("upstream", f->from->name), LOG_TEXT("repository", f->repository),
        LOG_TEXT("reference", reference), LOG_TEXT("digest", digest));
    if (by_digest && depth == 0)
        link_arrival(f, digest, false);
    if (depth + 1 < LIMIT_UPSTREAM_DEPTH)
        take_referrers(f, digest);
    return ERR_OK;
}

/* In an arena of its own, which goes with it: what an index lists may be a thousand. */
static enum err take(struct fetching *f, str reference, unsigned depth, struct problem *why)
{
    if (depth >= LIMIT_UPSTREAM_DEPTH || f->manifests >= LIMIT_UPSTREAM_NAMES)
        return junk(why, S("it lists too much"));
    struct fetching inner = *f;
    inner.arena = arena_open(16u << 10);
    inner.server = principal_system(f->gate, inner.arena, SYSTEM_MIRROR);
    enum err e = take_with(&inner, reference, depth, why);
    f->manifests = inner.manifests;
    arena_close(inner.arena);
    return e;
}

enum err fetch_manifest(struct fetching *f, str reference, struct problem *why)
{
    return take(f, reference, 0, why);
}

enum err fetch_head(struct fetching *f, str tag, str *digest, struct problem *why)
{
    struct outbound_answer got;
    struct client_wish wish = {.path = arena_format(f->arena, "manifests/" STR_FMT, STR_ARG(tag)), .accept = S(TYPES), .head_only = true, .most = 1};
    TRY(ask(f, &wish, &got, why));
    *digest = outbound_header(&got, S("Docker-Content-Digest"));
    if (!blob_digest_valid(*digest))
        *digest = (str){0};
    return ERR_OK;
}

/* ------ what comes later */

static enum err relink(struct fetching *f, const struct json *manifest, struct problem *why)
{
    str bytes;
    TRY(gate_registry_look(f->gate, f->server, S("manifests"), item_text(manifest, S("_id")), LIMIT_MANIFEST_BYTES, f->arena, &bytes, why));
    struct manifest_wish wish = {.repository = f->repository, .reference = item_text(manifest, S("digest")),
                                 .media_type = item_text(manifest, S("media_type")), .bytes = bytes};
    return store(f, &wish, why);
}

static enum err has_all_layers(struct fetching *f, const struct json *manifest, bool *out, struct problem *why)
{
    const struct json *lacks = json_get(manifest, S("lacks")), *here = NULL;
    *out = true;
    for (uint32_t i = 0; *out && lacks && lacks->type == JSON_LIST && i < lacks->count; i++) {
        TRY(fetched_part(f, S("layers"), S("digest"), lacks->items[i].text, &here, why));
        *out = here != NULL;
    }
    return ERR_OK;
}

static enum err link_those(struct fetching *f, const struct filter *those, bool is_layer, struct problem *why)
{
    struct item_list list;
    TRY(read_items(f->gate->content, f->server->rights, S("manifests"), those, f->arena, &list, why));
    for (size_t i = 0; i < list.count; i++) {
        bool is_time = true;
        if (is_layer)
            TRY(has_all_layers(f, &list.items[i], &is_time, why));
        if (is_time)
            TRY(relink(f, &list.items[i], why));
    }
    return ERR_OK;
}

/* An image's layers come together, mostly: it is written once, with the last of them. What comes is served, whether those that
 * name it can be written or not. */
void link_arrival(struct fetching *f, str digest, bool is_layer)
{
    const struct collection *c = model_find(f->server->rights->model, S("manifests"));
    const struct json *row = NULL;
    struct problem own = {.arena = f->arena};
    enum err e = read_item(f->gate->content, f->server->rights, S("repositories"), S("name"), f->repository, f->arena, &row, &own);
    if (e == ERR_OK && row) {
        const struct filter *here = filter_test(f->arena, c->within, TEST_EQ, json_of_text(item_text(row, S("_id"))));
        const struct filter *lacking = filter_test(f->arena, collection_field(c, S("lacks")), TEST_EQ, json_of_text(digest));
        e = link_those(f, filter_and(f->arena, here, lacking), is_layer, &own);
    }
    if (e != ERR_OK)
        LOG(LOG_WARN, "mirror.link", LOG_TEXT("repository", f->repository), LOG_TEXT("digest", digest), LOG_TEXT("cause", own.text));
}
