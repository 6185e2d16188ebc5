/* Manifests and tags: pushed, read, taken away. */
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/mirror/mirror.h"
#include "roles/registry/internal.h"
#include "roles/registry/memory.h"
#include "roles/registry/pulls.h"

#define CONFIG_BYTES (256u << 10)     /* of a configuration that is looked into */

/* ---- out ---- */

static enum err unknown(struct problem *why, str rule, const char *text)
{
    return problem_fault(why, ERR_NOT_FOUND, S("reference"), rule, "%s", text);
}

/* The caller's own rights decide once more, behind the repository's reference. */
static enum err open_part(struct gate *g, const struct principal *who, str collection, str id, bool head_only, struct arena *a,
                          struct registry_bytes *out, struct problem *why)
{
    const struct collection *c = model_find(who->rights->model, collection);
    const struct json *item = NULL;
    struct blob_reader *reader = NULL;
    enum err e = content_bytes(g->content, who->rights, &who->actor, c, is_item(a, c, id), a, &item, &reader, why);
    if (e == ERR_NOT_FOUND) /* also what was lost or damaged: who asks before pushing pushes it again, and that mends it */
        return unknown(why, str_equal(collection, S("layers")) ? S("blob") : S("manifest-unknown"), arena_cstr(a, why->text));
    TRY(e);
    *out = (struct registry_bytes){.digest = item_text(item, S("digest")), .media_type = item_text(item, S("media_type")),
                                   .size = blob_size(reader), .reader = reader};
    if (head_only)
        registry_close(out);
    return ERR_OK;
}

static enum err find_layer(struct gate *g, const struct principal *who, str repository, str digest, struct arena *a, const struct json **row,
                           const struct json **layer, struct problem *why)
{
    TRY(repository_for(g, who, repository, VERB_READ, a, row, why));
    TRY(demand_digest(digest, why));
    TRY(repository_part(g, item_text(*row, S("_id")), S("layers"), S("digest"), digest, a, layer, why));
    return *layer ? ERR_OK : unknown(why, S("blob"), "The repository has no such layer");
}

enum err gate_layer_open(struct gate *g, const struct principal *who, str repository, str digest, bool head_only, struct arena *a,
                         struct registry_bytes *out, struct problem *why)
{
    const struct json *row = NULL, *layer = NULL;
    enum err e = find_layer(g, who, repository, digest, a, &row, &layer, why);
    bool again = false;
    if (e == ERR_NOT_FOUND)
        e = mirror_layer(g, who, repository, digest, row, false, a, &again, why);
    if (again)
        e = find_layer(g, who, repository, digest, a, &row, &layer, why);
    TRY(e);
    e = open_part(g, who, S("layers"), item_text(layer, S("_id")), head_only, a, out, why);
    if (e == ERR_NOT_FOUND && !again && !str_is_absent(item_text(row, S("upstream")))) { /* lost here, perhaps not there */
        e = mirror_layer(g, who, repository, digest, row, true, a, &again, why);
        if (again)
            e = open_part(g, who, S("layers"), item_text(layer, S("_id")), head_only, a, out, why);
    }
    TRY(e);
    layer_seen(g, who, repository, layer, a);
    return ERR_OK;
}

enum err registry_read(struct registry_bytes *b, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    if (str_is_absent(b->bytes))
        return blob_read(b->reader, offset, into, room, got, why);
    uint64_t left = offset < b->bytes.len ? b->bytes.len - offset : 0;
    *got = left < room ? (size_t)left : room;
    if (*got > 0)
        memcpy(into, b->bytes.at + offset, *got);
    return ERR_OK;
}

void registry_close(struct registry_bytes *b)
{
    blob_close(b->reader);
    b->reader = NULL;
}

/* The id of the manifest that a tag or a digest stands for; *tag NULL for digests. */
static enum err find_manifest(struct gate *g, const struct json *row, str reference, struct arena *a, const struct json **tag, str *id,
                              struct problem *why)
{
    const struct json *item = NULL;
    *tag = NULL;
    if (reference_is_digest(reference)) {
        TRY(demand_digest(reference, why));
        TRY(repository_part(g, item_text(row, S("_id")), S("manifests"), S("digest"), reference, a, &item, why));
    } else if (tag_name_valid(reference)) {
        TRY(repository_part(g, item_text(row, S("_id")), S("tags"), S("name"), reference, a, &item, why));
        *tag = item;
    }
    if (!item)
        return unknown(why, S("manifest-unknown"), "The repository has no such manifest");
    *id = item_text(item, *tag ? S("manifest") : S("_id"));
    return ERR_OK;
}

static enum err look_up(struct gate *g, const struct principal *who, str repository, str reference, struct arena *a, const struct json **row,
                        const struct json **tag, str *id, struct problem *why)
{
    TRY(repository_for(g, who, repository, VERB_READ, a, row, why));
    return find_manifest(g, *row, reference, a, tag, id, why);
}

/* By the tables, and with the caller's rights; *row is the repository's. */
static enum err find_and_open(struct gate *g, const struct principal *who, str repository, str reference, struct arena *a,
                              const struct json **row, struct known_manifest *k, struct registry_bytes *out, struct problem *why)
{
    const struct json *tag = NULL;
    str id;
    *row = NULL;
    enum err e = look_up(g, who, repository, reference, a, row, &tag, &id, why);
    bool may_be_old = e == ERR_OK && tag && !str_is_absent(item_text(*row, S("upstream"))), again = false;
    if (e == ERR_NOT_FOUND || may_be_old)
        e = mirror_manifest(g, who, repository, reference, *row, tag, a, &again, why);
    if (again)
        e = look_up(g, who, repository, reference, a, row, &tag, &id, why);
    TRY(e);
    e = open_part(g, who, S("manifests"), id, false, a, out, why);
    if (e == ERR_NOT_FOUND && !again && !str_is_absent(item_text(*row, S("upstream")))) {
        e = mirror_manifest(g, who, repository, reference, *row, NULL, a, &again, why);
        if (again)
            TRY(look_up(g, who, repository, reference, a, row, &tag, &id, why));
        if (again)
            e = open_part(g, who, S("manifests"), id, false, a, out, why);
    }
    TRY(e);
    if (tag && !str_is_absent(item_text(tag, S("media_type"))))
        out->media_type = item_text(tag, S("media_type"));
    *k = (struct known_manifest){.repository_id = item_text(*row, S("_id")), .manifest_id = id, .tag_id = tag ? item_text(tag, S("_id")) : (str){0},
                                 .digest = out->digest, .media_type = out->media_type, .size = out->size};
    return ERR_OK;
}

/* Whole, if they are few, and the ones that they should be: what is damaged is never remembered. */
static str whole_of(struct arena *a, struct registry_bytes *b)
{
    struct problem quiet = {.arena = a};
    char *bytes = b->size <= REMEMBERED_BYTES ? arena_get(a, b->size + 1, 1) : NULL;
    size_t got = 0;
    if (!bytes || registry_read(b, 0, bytes, b->size, &got, &quiet) != ERR_OK || got != b->size)
        return (str){0};
    str all = {bytes, got};
    return str_equal(digest_of(a, digest_kind_of(b->digest), all), b->digest) ? all : (str){0};
}

/* Looked up, and remembered unless it comes from an upstream, which may have to be asked next time. */
static enum err open_anew(struct gate *g, const struct principal *who, const struct manifest_key *key, bool remembers, bool head_only,
                          struct arena *a, struct known_manifest *k, struct registry_bytes *out, struct problem *why)
{
    const struct json *row;
    TRY(find_and_open(g, who, key->repository, key->reference, a, &row, k, out, why));
    if (remembers && str_is_absent(item_text(row, S("upstream")))) {
        out->bytes = k->bytes = whole_of(a, out);
        if (k->bytes.len > 0 || out->size > REMEMBERED_BYTES)
            manifest_remember(g->manifests, key, k);
    }
    if (head_only)
        registry_close(out);
    return ERR_OK;
}

enum err gate_manifest_open(struct gate *g, const struct principal *who, str repository, str reference, bool head_only,
                            struct arena *a, struct registry_bytes *out, struct problem *why)
{
    struct manifest_key key;
    struct known_manifest k;
    bool remembers = manifest_key(g, who, repository, reference, &key);
    if (remembers && manifest_recall(g->manifests, &key, !head_only, a, &k))
        *out = (struct registry_bytes){.digest = k.digest, .media_type = k.media_type, .size = k.size, .bytes = k.bytes};
    else
        TRY(open_anew(g, who, &key, remembers, head_only, a, &k, out, why));
    struct pull pull = {k.repository_id, k.manifest_id, k.tag_id, who->actor.vars.now_ms};
    if (!head_only)
        pulls_note(g->pulls, &pull);
    return ERR_OK;
}

/* ---- in ---- */

/* Creating is enough for tags that are new; moving one is an update. Which it is, the transaction knows. */
static enum err rights_for(struct gate *g, const struct principal *who, const struct manifest_wish *wish, struct arena *a,
                           const struct json **row, bool *may_create, bool *may_move, struct problem *why)
{
    struct problem quiet = {.arena = a};
    const struct json *unused;
    enum err moves = repository_for(g, who, wish->repository, VERB_UPDATE, a, &unused, &quiet);
    if (moves == ERR_UNAVAILABLE) /* nobody knows: no reason to say that he may not */
        return problem_set(why, moves, STR_FMT, STR_ARG(quiet.text));
    *may_move = moves == ERR_OK;
    *may_create = repository_for(g, who, wish->repository, VERB_CREATE, a, row, why) == ERR_OK;
    bool moves_only = false;
    if (*may_create)
        return ERR_OK;
    if (*may_move && unused && !reference_is_digest(wish->reference)) { /* may move tags, not make any */
        const struct json *tag = NULL;
        TRY(repository_part(g, item_text(unused, S("_id")), S("tags"), S("name"), wish->reference, a, &tag, &quiet));
        moves_only = tag != NULL;
    }
    if (!moves_only)
        return why->err;
    *row = unused;
    *why = (struct problem){.arena = why->arena};
    return ERR_OK;
}

static enum err check_names(const struct manifest_wish *wish, struct problem *why)
{
    bool by_digest = reference_is_digest(wish->reference);
    if (by_digest)
        TRY(demand_digest(wish->reference, why));
    else if (!tag_name_valid(wish->reference))
        return problem_fault(why, ERR_BAD_INPUT, S("reference"), S("tag"), "A tag has at most %u letters, digits and . _ -", LIMIT_TAG_BYTES);
    if (wish->tag_count > LIMIT_TAGS_AT_ONCE)
        return problem_fault(why, ERR_TARGET_TOO_LONG, S("tag"), S("tag"), "At most %u tags at once", LIMIT_TAGS_AT_ONCE);
    for (size_t i = 0; i < wish->tag_count; i++)
        if (!tag_name_valid(wish->tags[i]))
            return problem_fault(why, ERR_BAD_INPUT, S("tag"), S("tag"), "A tag has at most %u letters, digits and . _ -", LIMIT_TAG_BYTES);
    if (wish->tag_count > 0 && !by_digest)
        return problem_fault(why, ERR_BAD_INPUT, S("tag"), S("tag"), "tag goes with a digest");
    return ERR_OK;
}

static bool is_word(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] <= ' ' || s.at[i] > '~' || s.at[i] == '/')
            return false;
    return s.len <= 64;
}

/* "linux/arm64/v8" and when it was built, as an image's configuration says; nothing hangs on them. The server looks: who may
 * push need not be one who may pull. */
static void look_into(struct gate *g, str repository, struct manifest_facts *m, struct arena *a)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    struct registry_bytes config = {0};
    struct problem quiet = {.arena = a};
    const struct json *body = NULL;
    size_t got = 0;
    if (str_is_absent(m->config) || gate_layer_open(g, server, repository, m->config, false, a, &config, &quiet) != ERR_OK)
        return;
    char *bytes = config.size <= CONFIG_BYTES ? arena_get(a, config.size + 1, 1) : NULL;
    bool is_read = bytes && registry_read(&config, 0, bytes, config.size, &got, &quiet) == ERR_OK && got == config.size;
    registry_close(&config);
    if (!is_read || json_read(a, (str){bytes, got}, NULL, S(""), &body, &quiet) != ERR_OK || body->type != JSON_MAP)
        return;
    str os = item_text(body, S("os")), architecture = item_text(body, S("architecture")), variant = item_text(body, S("variant"));
    int64_t ms;
    if (os.len && architecture.len && is_word(os) && is_word(architecture) && is_word(variant))
        manifest_say(m, S("platform"), json_of_text(arena_format(a, STR_FMT "/" STR_FMT "%s" STR_FMT, STR_ARG(os), STR_ARG(architecture), variant.len ? "/" : "",
                                                                  STR_ARG(variant.len ? variant : S("")))));
    if (time_read(item_text(body, S("created")), &ms))
        manifest_say(m, S("created_at"), json_of_text(item_text(body, S("created"))));
}

static enum err push(struct gate *g, const struct principal *who, const struct manifest_wish *wish, str upstream, struct manifest_facts *m,
                     bool may_create, bool may_move, struct arena *a, struct problem *why)
{
    bool by_digest = reference_is_digest(wish->reference);
    size_t count = by_digest ? wish->tag_count : 1;
    struct json *tags = NEW_N(a, struct json, count + 1), *said = NEW_N(a, struct json, 7);
    for (size_t i = 0; i < count; i++)
        tags[i] = json_of_text(by_digest ? wish->tags[i] : wish->reference);
    said[0] = json_named(S("manifest"), json_of_map(m->members, m->count));
    said[1] = json_named(S("tags"), json_of_list(tags, count));
    said[2] = json_named(S("may_move"), json_of_bool(may_move));
    said[3] = json_named(S("only_new"), json_of_bool(wish->only_new));
    said[4] = json_named(S("only_if"), str_is_absent(wish->only_if) ? json_null : json_of_text(wish->only_if));
    said[5] = json_named(S("may_create"), json_of_bool(may_create));
    said[6] = json_named(S("upstream"), str_is_absent(upstream) ? json_null : json_of_text(upstream));
    return repository_push(g, who, wish->repository, said, 7, a, why);
}

enum err gate_manifest_put(struct gate *g, const struct principal *who, const struct manifest_wish *wish, struct arena *a,
                           struct manifest_made *out, struct problem *why)
{
    return repository_manifest(g, who, wish, (str){0}, a, out, why);
}

enum err repository_manifest(struct gate *g, const struct principal *who, const struct manifest_wish *wish, str upstream, struct arena *a,
                             struct manifest_made *out, struct problem *why)
{
    bool by_digest = reference_is_digest(wish->reference), may_create = false, may_move = false;
    const struct json *row = NULL;
    struct manifest_facts m;
    str bytes = wish->bytes;
    TRY(check_names(wish, why));
    TRY(rights_for(g, who, wish, a, &row, &may_create, &may_move, why));
    TRY(manifest_demand_type(wish->media_type, why));
    if (wish->read)
        TRY(wish->read(wish->self, &bytes, why));
    if (bytes.len > LIMIT_MANIFEST_BYTES)
        return problem_fault(why, ERR_TOO_LARGE, S(""), S("manifest"), "A manifest has at most %u bytes", LIMIT_MANIFEST_BYTES);
    TRY(manifest_read(a, bytes, wish->media_type, &m, why));
    m.digest = digest_of(a, by_digest ? digest_kind_of(wish->reference) : DIGEST_SHA256, bytes);
    if (by_digest && !str_equal(m.digest, wish->reference))
        return problem_fault(why, ERR_INVALID, S("digest"), S("digest"), "The bytes have the digest " STR_FMT, STR_ARG(m.digest));
    manifest_say(&m, S("digest"), json_of_text(m.digest));
    look_into(g, wish->repository, &m, a);
    TRY(repository_keep(g, who, bytes, m.digest, a, why));
    TRY(push(g, who, wish, upstream, &m, may_create, may_move, a, why));
    *out = (struct manifest_made){m.digest, m.subject};
    return ERR_OK;
}

/* ---- away ---- */

static enum err drop(struct gate *g, const struct principal *who, str collection, str id, struct arena *a, struct problem *why)
{
    struct own_change c;
    own_change_as(&c, g, a, who, collection, OP_DELETE);
    c.change.id = id;
    return own_change_commit(&c, why);
}

/* Only as it was looked at: moved meanwhile, it stays. */
static enum err drop_tag(struct gate *g, const struct principal *who, const struct json *tag, str only_if, struct arena *a, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_FILES);
    const struct json *manifest = NULL;
    struct own_change c;
    if (str_is_absent(only_if))
        return drop(g, who, S("tags"), item_text(tag, S("_id")), a, why);
    TRY(read_item(g->content, server->rights, S("manifests"), S("_id"), item_text(tag, S("manifest")), a, &manifest, why));
    if (!str_equal(only_if, S("*")) && !(manifest && str_equal(only_if, item_text(manifest, S("digest")))))
        return problem_fault(why, ERR_STALE, S("reference"), S("tag"), "The tag is at another digest");
    own_change_as(&c, g, a, who, S("tags"), OP_DELETE);
    c.change.id = item_text(tag, S("_id"));
    c.change.expects = true;
    c.change.expect_revision = (uint64_t)json_get(tag, S("_rev"))->integer;
    return own_change_commit(&c, why);
}

bool gate_deletes(struct gate *g, const struct principal *who, str repository, struct arena *a)
{
    struct problem quiet = {.arena = a};
    return registry_demand_deletes(&g->registry, &quiet) == ERR_OK && gate_repository(g, who, repository, VERB_DELETE, a, &quiet) == ERR_OK;
}

enum err gate_manifest_delete(struct gate *g, const struct principal *who, str repository, str reference, str only_if, struct arena *a,
                              struct problem *why)
{
    const struct json *row, *tag;
    str id;
    TRY(repository_for(g, who, repository, VERB_DELETE, a, &row, why));
    TRY(registry_demand_deletes(&g->registry, why));
    if (!row)
        return no_repository(repository, why);
    TRY(find_manifest(g, row, reference, a, &tag, &id, why));
    if (tag)
        return drop_tag(g, who, tag, only_if, a, why);
    if (!str_is_absent(only_if) && !str_equal(only_if, S("*")) && !str_equal(only_if, reference))
        return problem_fault(why, ERR_STALE, S("reference"), S("manifest"), "It has another digest");
    return drop(g, who, S("manifests"), id, a, why);
}

enum err gate_layer_delete(struct gate *g, const struct principal *who, str repository, str digest, struct arena *a, struct problem *why)
{
    const struct json *row, *layer = NULL;
    TRY(repository_for(g, who, repository, VERB_DELETE, a, &row, why));
    TRY(registry_demand_deletes(&g->registry, why));
    TRY(demand_digest(digest, why));
    if (!row)
        return no_repository(repository, why);
    TRY(repository_part(g, item_text(row, S("_id")), S("layers"), S("digest"), digest, a, &layer, why));
    if (!layer)
        return unknown(why, S("blob"), "The repository has no such layer");
    return drop(g, who, S("layers"), item_text(layer, S("_id")), a, why);
}
