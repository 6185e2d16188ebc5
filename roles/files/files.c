/* Bytes out: files, links to them, and what is made of pictures. */
#include "roles/files/files.h"

#include <unistd.h>

#include "base/crypt.h"
#include "base/id.h"
#include "base/image_wish.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/bytes/bytes.h"
#include "content/kind.h"
#include "roles/credentials/tokens.h"
#include "roles/files/image_cache.h"
#include "roles/internal.h"
#include "roles/upkeep/upkeep.h"

uint64_t gate_asset_bytes_max(const struct gate *g)
{
    return g->files.asset_bytes_max ? g->files.asset_bytes_max : LIMIT_ASSET_BYTES;
}

enum transform gate_transform(const struct gate *g)
{
    return (enum transform)g->files.transform;
}

/* ---- links: tokens for one file, signed with a key of the ring (security F-8) ---- */

static enum err refuse_link(struct problem *why)
{
    return problem_set(why, ERR_NOT_FOUND, "There is no such file");
}

/* What a link says, once it has been verified. */
struct link_claims {
    str id, hash;
    bool downloads;
};

static enum err verify_link(struct gate *g, const struct ring *r, str link, struct arena *a, struct link_claims *out, struct problem *why)
{
    struct jwt jwt;
    const struct json *claims = NULL, *downloads;
    struct problem own = {.arena = a};
    int64_t now = time_now_ms();
    if (jwt_read(a, link, &jwt, &own) != ERR_OK)
        return refuse_link(why);
    const struct ring_key *key = ring_find(r, jwt.kid, now);
    struct jwt_rules rules = {
        .issuer = gate_server_id(g, a), .audience = token_audience(g, a, TOKEN_FILES), .now_ms = now, .needs_expiry = true};
    if (!key || key->purpose != TOKEN_FILES || jwt_verify(&jwt, &key->key, &own) != ERR_OK ||
        jwt_claims(a, &jwt, &rules, &claims, &own) != ERR_OK)
        return refuse_link(why);
    downloads = json_get(claims, S("dl"));
    *out = (struct link_claims){item_text(claims, S("file")), item_text(claims, S("ver")), downloads && downloads->type == JSON_BOOL && downloads->boolean};
    return str_is_absent(out->id) || str_is_absent(out->hash) ? refuse_link(why) : ERR_OK;
}

static enum err read_link(struct gate *g, str link, struct arena *a, struct link_claims *out, struct problem *why)
{
    const struct ring *r = NULL;
    TRY(ring_use(g, &r, why));
    enum err e = verify_link(g, r, link, a, out, why);
    counted_release((struct counted *)(uintptr_t)&r->counted);
    return e;
}

enum err gate_file_link(struct gate *g, const struct principal *who, struct file *f, uint32_t seconds, bool downloads,
                        struct arena *a, str *token, int64_t *expires_s, struct problem *why)
{
    const struct ring *r = NULL;
    int64_t ends = time_now_ms() / 1000 + (seconds < LIMIT_LINK_S ? seconds : LIMIT_LINK_S);
    if (who->expires_ms && who->expires_ms / 1000 < ends) /* no longer than the credential that it comes from */
        ends = who->expires_ms / 1000;
    if (f->by_link)
        return problem_set(why, ERR_FORBIDDEN, "A link makes no links");
    struct json claims[] = {
        json_named(S("iss"), json_of_text(gate_server_id(g, a))), json_named(S("aud"), json_of_text(token_audience(g, a, TOKEN_FILES))),
        json_named(S("exp"), json_of_int(ends)),                  json_named(S("file"), json_of_text(f->id)),
        json_named(S("ver"), json_of_text(f->hash)),              json_named(S("dl"), json_of_bool(downloads)),
    };
    struct json map = json_of_map(claims, COUNTOF(claims));
    TRY(ring_use(g, &r, why));
    const struct ring_key *key = ring_active(r, TOKEN_FILES);
    enum err e = key ? jwt_write(a, &key->key, json_print(a, &map), token, why)
                     : problem_set(why, ERR_UNAVAILABLE, "There is no signing key for links");
    counted_release((struct counted *)(uintptr_t)&r->counted);
    *expires_s = ends;
    return e;
}

/* ---- files ---- */

static uint32_t focus(const struct json *item, str axis)
{
    const struct json *v = json_get(json_get(item, S("fp")), axis);
    double d = v && v->type == JSON_REAL ? v->real : v && v->type == JSON_INT ? (double)v->integer : 0.5;
    return d <= 0 ? 0 : d >= 1 ? 10000 : (uint32_t)(d * 10000 + 0.5);
}

static uint64_t number(const struct json *item, str name)
{
    const struct json *v = json_get(item, name);
    return v && v->type == JSON_INT && v->integer > 0 ? (uint64_t)v->integer : 0;
}

static void describe(struct arena *a, const struct json *item, struct file *out)
{
    out->id = item_text(item, S("_id"));
    out->title = item_text(item, S("title"));
    out->name = item_text(item, S("name"));
    out->hash = item_text(item, S("hash"));
    out->path = item_text(item, S("path"));
    out->mime = item_text(item, S("mime"));
    out->media = media_named(out->mime);
    if (!out->media)
        out->media = media_named(S("application/octet-stream"));
    if (str_is_absent(out->name))
        out->name = media_clean_name(a, out->title);
    out->revision = number(item, S("_rev"));
    out->modified_s = (int64_t)number(item, S("_modified"));
    out->focus_x = focus(item, S("x"));
    out->focus_y = focus(item, S("y"));
    out->size = blob_size(out->reader);
}

static const struct filter *which(struct arena *a, const struct collection *assets, const struct file_wish *wish)
{
    const struct field *f = str_is_absent(wish->id) ? collection_field(assets, S("path")) : &assets->fields[META_ID];
    return filter_test(a, f, TEST_EQ, json_of_text(str_is_absent(wish->id) ? wish->path : wish->id));
}

static enum err open_as(struct gate *g, const struct principal *who, const struct file_wish *wish, struct arena *a, struct file *out,
                        bool *is_private, struct problem *why)
{
    const struct json *item = NULL;
    const struct collection *assets = model_find(who->rights->model, S("assets"));
    if (!str_is_absent(wish->id) && !id_valid(wish->id))
        return refuse_link(why);
    TRY(content_bytes(g->content, who->rights, &who->actor, assets, which(a, assets, wish), a, &item, &out->reader, why));
    describe(a, item, out);
    *is_private = item_flag(item, S("private"), false);
    return ERR_OK;
}

static enum err open_by_link(struct gate *g, const struct file_wish *wish, struct arena *a, struct file *out, struct problem *why)
{
    struct link_claims claims;
    bool unused;
    TRY(read_link(g, wish->link, a, &claims, why));
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    TRY(open_as(g, server, wish, a, out, &unused, why));
    out->by_link = true;
    out->downloads = claims.downloads;
    return str_equal(claims.id, out->id) && str_equal(claims.hash, out->hash) ? ERR_OK : refuse_link(why);
}

/* As another door would refuse the whole collection; what a field keeps back is said in the same words. */
static enum err open_by_rights(struct gate *g, const struct principal *who, const struct file_wish *wish, struct arena *a,
                               struct file *out, struct problem *why)
{
    const struct collection *assets = model_find(who->rights->model, S("assets"));
    bool is_private = false;
    TRY(gate_allows(who, VERB_READ, assets, why));
    enum err e = open_as(g, who, wish, a, out, &is_private, why);
    if (e == ERR_FORBIDDEN)
        return gate_refuse(who, assets, assets->name, why);
    TRY(e);
    if (is_private && who->kind == PRINCIPAL_PUBLIC)
        return problem_set(why, ERR_UNAUTHENTICATED, "Sign in or send an api-key");
    out->is_shared = !is_private && who->kind == PRINCIPAL_PUBLIC;
    return ERR_OK;
}

enum err gate_bytes(struct gate *g, const struct principal *who, const struct file_wish *wish, struct arena *a, struct file *out,
                    struct problem *why)
{
    *out = (struct file){0};
    enum err e = str_is_absent(wish->link) ? open_by_rights(g, who, wish, a, out, why) : open_by_link(g, wish, a, out, why);
    if (e != ERR_OK)
        file_close(out);
    return e;
}

enum err file_read(struct file *f, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    return blob_read(f->reader, offset, into, room, got, why);
}

void file_close(struct file *f)
{
    blob_close(f->reader);
    f->reader = NULL;
}

/* ---- pictures ---- */

/* What the bytes made of these bytes depend on. A number of the drawing comes first: count up when it draws otherwise. */
static str key_of(struct arena *a, const struct file *f, const struct image_wish *wish)
{
    char word[IMAGE_WISH_ROOM];
    uint8_t digest[32];
    struct buf hex;
    image_wish_write(wish, word);
    crypt_sha256(arena_format(a, "1 " STR_FMT " %s", STR_ARG(f->hash), word), digest);
    buf_init(&hex, a, 100);
    buf_hex(&hex, digest, sizeof digest);
    return buf_str(&hex);
}

static enum err draw(struct gate *g, struct file *f, const struct image_wish *wish, str key, struct made *out, struct problem *why)
{
    struct image_facts facts;
    char name[48];
    int into = image_cache_begin(g->image_cache, name);
    if (into < 0)
        return problem_set(why, ERR_FULL, "There is no room to make a picture");
    enum err e = images_make(g->images, blob_file(f->reader), wish, into, &facts, why);
    off_t size = e == ERR_OK ? lseek(into, 0, SEEK_END) : 0;
    if (e == ERR_OK && size <= 0)
        e = problem_set(why, ERR_INVALID, "The file is no picture, or it is broken");
    if (e != ERR_OK) {
        image_cache_drop(g->image_cache, name);
        (void)close(into);
        return e;
    }
    image_cache_keep(g->image_cache, name, key, (uint64_t)size);
    out->fd = into;
    out->size = (uint64_t)size;
    return ERR_OK;
}

enum err gate_image(struct gate *g, struct file *f, const struct image_wish *wish, struct arena *a, struct made *out,
                    struct problem *why)
{
    str key = key_of(a, f, wish);
    *out = (struct made){.format = &image_formats[wish->format], .tag = key, .fd = -1};
    if (!f->media->is_raster)
        return problem_set(why, ERR_INVALID, "The file is no picture, or it is broken");
    out->fd = image_cache_find(g->image_cache, key, &out->size);
    return out->fd >= 0 ? ERR_OK : draw(g, f, wish, key, out, why);
}

enum err made_read(struct made *m, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    ssize_t n = pread(m->fd, into, room, (off_t)offset);
    *got = n > 0 ? (size_t)n : 0;
    return n < 0 ? problem_set(why, ERR_UNAVAILABLE, "The picture cannot be read") : ERR_OK;
}

void made_close(struct made *m)
{
    if (m->fd >= 0)
        (void)close(m->fd);
    m->fd = -1;
}

/* ---- keeping ---- */

enum err gate_sweep(struct gate *g, int64_t grace_ms, struct sweep_figures *out, struct problem *why)
{
    const struct principal *server = principal_system(g, why->arena, SYSTEM_FILES);
    return content_sweep(g->content, server->rights, &server->actor, grace_ms, out, why);
}

/* Which images a finding spoils, for the operator. */
static void name_images(struct gate *g, struct problem *why)
{
    for (size_t i = 0; i < why->fault_count; i++) {
        struct fault *f = &why->faults[i];
        struct problem quiet = {.arena = why->arena};
        str images = {0};
        if (str_equal(f->rule, S("blobs")) && gate_images_of_blob(g, f->path, why->arena, &images, &quiet) == ERR_OK && images.len > 0)
            f->text = arena_format(why->arena, STR_FMT " (" STR_FMT ")", STR_ARG(f->text), STR_ARG(images));
    }
}

enum err gate_check_files(struct gate *g, bool quick, const struct journal_watch *watch, struct sweep_figures *out, struct problem *why)
{
    const struct blob_look how = {.quick = quick};
    enum err e = content_check_blobs(g->content, &how, watch, out, why);
    name_images(g, why);
    return e;
}
