/* What is pushed into a repository: layers, manifests, tags, all of it in the transaction of a change of the repository.
 * It comes from roles/registry/ by change->beside; nobody else can say it. The change is the server's with whoever
 * pushes as its actor, for he may write none of these rows himself. Quotas and tags that do not move are judged here, where
 * nothing else can happen at the same time. */
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "content/registry_options.h"
#include "content/system/behaviours.h"
#include "content/system/members.h"
#include "content/system/registry/blob_row.h"
#include "content/system/registry/parts.h"
#include "content/system/registry/sparse.h"

struct push {
    struct work *work;
    struct problem *why;
    struct arena *arena;
    const struct json *said;          /* change->beside */
    str repository;                   /* id */
};

static void put(struct change *c, str name, struct json v)
{
    const struct field *f = collection_field(c->in, name);
    must(f != NULL);
    c->values[f->index] = json_named(name, v);
    field_set_add(&c->set, f->index);
}

static struct change begin(const struct push *p, str collection, enum op op)
{
    const struct collection *c = model_find(work_model(p->work), collection);
    must(c != NULL);
    return (struct change){.op = op, .in = c, .values = NEW_N(p->arena, struct json, c->field_count)};
}

static struct json now(const struct push *p)
{
    struct buf b;
    buf_init(&b, p->arena, 64);
    time_write(&b, work_now_ms(p->work));
    return json_of_text(buf_str(&b));
}

/* The part of this repository with this name or digest; NULL. */
static enum err find_part(const struct push *p, str collection, str by, str value, const struct json **out)
{
    const struct collection *c = model_find(work_model(p->work), collection);
    const struct filter *here = filter_test(p->arena, c->within, TEST_EQ, json_of_text(p->repository));
    const struct filter *named = filter_test(p->arena, collection_field(c, by), TEST_EQ, json_of_text(value));
    return work_find(p->work, collection, filter_and(p->arena, named, here), out, p->why);
}

/* ---- layers ---- */

/* Whoever pushes it wants it: it stays for a while, though no manifest may refer to it yet. Said only now and then. */
static enum err renew_layer(const struct push *p, const struct json *present)
{
    str seen = text_in(present, S("seen_at"));
    int64_t ms = 0;
    if (!str_is_absent(seen) && time_read(seen, &ms) && ms > work_now_ms(p->work) - (int64_t)LIMIT_SWEEP_GRACE_S * 500)
        return ERR_OK;
    struct change c = begin(p, S("layers"), OP_UPDATE);
    c.id = text_in(present, S("_id"));
    put(&c, S("seen_at"), now(p));
    return work_change(p->work, &c, p->why);
}

static enum err push_layer(const struct push *p)
{
    const struct json *layer = json_get(p->said, S("layer")), *present = NULL;
    str digest = text_in(layer, S("digest")), blob;
    if (!layer)
        return ERR_OK;
    TRY(blob_row(p->work, digest, number_in(layer, S("size")), &blob, p->why));
    TRY(find_part(p, S("layers"), S("digest"), digest, &present));
    if (present)
        return renew_layer(p, present);
    struct change c = begin(p, S("layers"), OP_CREATE);
    put(&c, S("repository"), json_of_text(p->repository));
    put(&c, S("digest"), json_of_text(digest));
    put(&c, S("size"), json_of_int(number_in(layer, S("size"))));
    put(&c, S("blob"), json_of_text(blob));
    put(&c, S("seen_at"), now(p));
    return work_change(p->work, &c, p->why);
}

/* Gone is gone: another request may have found its file moved away, and ended it. */
static enum err end_upload(const struct push *p)
{
    const struct json *row = NULL;
    str id = text_in(p->said, S("upload"));
    struct change c = begin(p, S("uploads"), OP_DELETE);
    if (str_is_absent(id))
        return ERR_OK;
    TRY(work_find(p->work, S("uploads"), filter_test(p->arena, &c.in->fields[META_ID], TEST_EQ, json_of_text(id)), &row, p->why));
    c.id = id;
    return row ? work_change(p->work, &c, p->why) : ERR_OK;
}

/* ---- manifests ---- */

/* Digests that a manifest speaks of and the repository has not, and what was found of the others. */
struct missing {
    str digests[LIMIT_FAULTS];        /* that it must have */
    size_t count;
    struct json *lacks;               /* that may come later, each once */
    size_t lack_count;
    bool is_copied;                   /* of another registry, as it is there: sizes are that one's business */
    str wrong;                        /* a digest whose bytes are fewer or more than is said of them; {0}: none */
    int64_t depth;                    /* of the deepest index found */
};

static void miss(struct missing *m, str digest, bool may_lack)
{
    struct json v = json_of_text(digest);
    if (!may_lack && m->count < LIMIT_FAULTS)
        m->digests[m->count++] = digest;
    for (size_t i = 0; may_lack && i < m->lack_count; i++)
        if (json_equal(&m->lacks[i], &v))
            return;
    if (may_lack)
        m->lacks[m->lack_count++] = v;
}

/* A fault for each of them (oci-registry.md 6). */
static enum err refuse_missing(const struct push *p, const struct missing *m)
{
    for (size_t i = 0; i < m->count; i++)
        err_ignored(problem_fault(p->why, ERR_INVALID, m->digests[i], S("blob-unknown"), "The repository has no " STR_FMT, STR_ARG(m->digests[i])));
    return m->count ? ERR_INVALID : ERR_OK;
}

/* Whose bytes were lost or damaged is as good as missing: pushed again, it is mended. */
static enum err drop_damaged(const struct push *p, const struct json **part)
{
    const struct json *blob = NULL;
    if (!*part)
        return ERR_OK;
    TRY(work_get(p->work, S("blobs"), text_in(*part, S("blob")), &blob, p->why));
    *part = flag_in(blob, S("damaged")) ? NULL : *part;
    return ERR_OK;
}

/* A client that is told another size than the bytes have pulls nothing: such a manifest would be no image for anybody. */
static void look_at(struct missing *m, const struct json *part, const struct json *said)
{
    int64_t depth = number_in(part, S("depth"));
    m->depth = depth > m->depth ? depth : m->depth;
    if (!m->is_copied && number_in(part, S("size")) != number_in(said, S("size")))
        m->wrong = text_in(said, S("digest"));
}

/* Ids of the parts with these digests, each once. */
static enum err find_all(const struct push *p, str collection, const struct json *wanted, bool may_lack, struct json *out, struct missing *lack)
{
    struct json *ids = NEW_N(p->arena, struct json, wanted->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct json *part = NULL;
        str digest = text_in(&wanted->items[i], S("digest"));
        bool is_twice = false;
        TRY(find_part(p, collection, S("digest"), digest, &part));
        TRY(drop_damaged(p, &part));
        if (!part) {
            if (!flag_in(&wanted->items[i], S("elsewhere")))
                miss(lack, digest, may_lack);
            continue;
        }
        look_at(lack, part, &wanted->items[i]);
        struct json id = json_of_text(json_get(part, S("_id"))->text);
        for (size_t k = 0; k < count && !is_twice; k++)
            is_twice = json_equal(&ids[k], &id);
        if (!is_twice)
            ids[count++] = id;
    }
    *out = json_of_list(ids, count);
    return ERR_OK;
}

/* Security R-5. */
static enum err refuse_wrong(const struct push *p, const struct missing *m, int64_t depth)
{
    if (!str_is_absent(m->wrong))
        return problem_fault(p->why, ERR_INVALID, m->wrong, S("manifest"), STR_FMT " has another size here", STR_ARG(m->wrong));
    if (depth > LIMIT_INDEX_DEPTH)
        return problem_fault(p->why, ERR_INVALID, S("manifests"), S("manifest"), "Indexes are at most %u deep", LIMIT_INDEX_DEPTH);
    return ERR_OK;
}

static void put_said(struct change *c, const struct json *from, str name)
{
    const struct json *v = json_get(from, name);
    if (v && v->type != JSON_NULL)
        put(c, name, *v);
}

/* What it refers to, as far as it is here. Children of an index may come later where the operator says so, and of what
 * comes from an upstream layers, too. *lacks: how many do. */
static enum err put_links(const struct push *p, struct change *c, const struct json *m, size_t *lacks)
{
    bool comes = !str_is_absent(text_in(p->said, S("upstream")));
    bool is_sparse = comes || work_registry_options(p->work)->sparse_indexes;
    struct json config, layers, manifests;
    struct missing lack = {.lacks = NEW_N(p->arena, struct json, 2 * LIMIT_MANIFEST_REFS + 1), .is_copied = comes};
    TRY(find_all(p, S("layers"), json_get(m, S("config")), false, &config, &lack));
    TRY(find_all(p, S("layers"), json_get(m, S("layers")), comes, &layers, &lack));
    TRY(find_all(p, S("manifests"), json_get(m, S("manifests")), is_sparse, &manifests, &lack));
    TRY(refuse_missing(p, &lack));
    int64_t depth = lack.depth + number_in(m, S("depth"));
    TRY(refuse_wrong(p, &lack, depth));
    put(c, S("depth"), json_of_int(depth));
    put(c, S("config"), config.count ? config.items[0] : json_null);
    put(c, S("layers"), layers);
    put(c, S("manifests"), manifests);
    put(c, S("lacks"), lack.lack_count ? json_of_list(lack.lacks, lack.lack_count) : json_null);
    *lacks = lack.lack_count;
    return ERR_OK;
}

/* It was here before some of what it refers to; what has come since is linked. */
static enum err complete_manifest(const struct push *p, const struct json *m, const struct json *present)
{
    const struct json *lacks = json_get(present, S("lacks"));
    size_t still = 0;
    if (!lacks || lacks->type != JSON_LIST || lacks->count == 0)
        return ERR_OK;
    struct change c = begin(p, S("manifests"), OP_UPDATE);
    c.id = json_get(present, S("_id"))->text;
    TRY(put_links(p, &c, m, &still));
    return still == lacks->count ? ERR_OK : work_change(p->work, &c, p->why);
}

static enum err make_manifest(const struct push *p, const struct json *m, str *id)
{
    static const str told[] = {STR("digest"), STR("media_type"), STR("artifact_type"), STR("size"), STR("subject"), STR("platform"),
                               STR("annotations"), STR("total_size"), STR("created_at")};
    size_t unused;
    str blob;
    struct change c = begin(p, S("manifests"), OP_CREATE);
    TRY(put_links(p, &c, m, &unused));
    TRY(blob_row(p->work, text_in(m, S("digest")), number_in(m, S("size")), &blob, p->why));
    put(&c, S("repository"), json_of_text(p->repository));
    put(&c, S("blob"), json_of_text(blob));
    put(&c, S("pushed_at"), now(p));
    for (size_t i = 0; i < COUNTOF(told); i++)
        put_said(&c, m, told[i]);
    TRY(work_change(p->work, &c, p->why));
    *id = c.result_id;
    if (!work_registry_options(p->work)->sparse_indexes)
        return ERR_OK;
    struct late_manifest late = {p->repository, text_in(m, S("digest")), *id, c.values[collection_field(c.in, S("depth"))->index].integer};
    return link_late(p->work, &late, p->why);
}

/* ---- tags ---- */

static enum err refuse_tag(const struct push *p, enum err e, str name, str rule, const char *text)
{
    return problem_fault(p->why, e, name, rule, "%s", text);
}

/* What was asked of the tag as it is now: If-Match, If-None-Match, and whether it may move at all. */
static enum err judge_tag(const struct push *p, const struct json *tag, str name, str digest, const struct json *repository)
{
    const struct json *manifest = NULL;
    str wanted = text_in(p->said, S("only_if"));
    if (!tag && !str_is_absent(wanted))
        return refuse_tag(p, ERR_STALE, name, S("tag"), "There is no such tag");
    if (!tag)
        return flag_in(p->said, S("may_create")) ? ERR_OK : refuse_tag(p, ERR_FORBIDDEN, name, S("tag"), "You may not make tags here");
    TRY(work_get(p->work, S("manifests"), text_in(tag, S("manifest")), &manifest, p->why));
    str at = text_in(manifest, S("digest"));
    if (flag_in(p->said, S("only_new")))
        return refuse_tag(p, ERR_STALE, name, S("tag"), "The tag is there already");
    if (!str_is_absent(wanted) && !str_equal(wanted, S("*")) && !str_equal(wanted, at))
        return refuse_tag(p, ERR_STALE, name, S("tag"), "The tag is at another digest");
    if (str_equal(at, digest))
        return ERR_OK;
    if (!flag_in(p->said, S("may_move")))
        return refuse_tag(p, ERR_FORBIDDEN, name, S("tag"), "You may not move tags here");
    if (flag_in(repository, S("immutable_tags")))
        return refuse_tag(p, ERR_FORBIDDEN, name, S("immutable"), "Tags of this repository do not move");
    return ERR_OK;
}

/* Rules ask when it was pushed last (content/system/registry/retention.h), an hour more or less. */
static bool was_pushed_lately(const struct push *p, const struct json *tag)
{
    int64_t ms = 0, now_ms = work_now_ms(p->work);
    return time_read(text_in(tag, S("pushed_at")), &ms) && now_ms >= ms && now_ms - ms < (int64_t)LIMIT_RETENTION_REST_S * 1000;
}

/* as {0}: what the manifest is. */
static enum err push_tag(const struct push *p, str name, str digest, str manifest, str as, const struct json *repository)
{
    const struct json *tag = NULL;
    TRY(find_part(p, S("tags"), S("name"), name, &tag));
    TRY(judge_tag(p, tag, name, digest, repository));
    bool is_same = tag && str_equal(text_in(tag, S("manifest")), manifest) && str_equal(text_in(tag, S("media_type")), as);
    if (is_same && was_pushed_lately(p, tag))
        return ERR_OK;
    struct change c = begin(p, S("tags"), tag ? OP_UPDATE : OP_CREATE);
    c.id = tag ? json_get(tag, S("_id"))->text : (str){0};
    if (!tag)
        put(&c, S("repository"), json_of_text(p->repository));
    put(&c, S("name"), json_of_text(name));
    put(&c, S("manifest"), json_of_text(manifest));
    put(&c, S("media_type"), str_is_absent(as) ? json_null : json_of_text(as));
    put(&c, S("pushed_at"), now(p));
    return work_change(p->work, &c, p->why);
}

/* Pushed by its digest once more: an index may be about to list it, and no rule takes it away meanwhile. */
static enum err push_again(const struct push *p, str manifest)
{
    struct change c = begin(p, S("manifests"), OP_UPDATE);
    c.id = manifest;
    put(&c, S("pushed_at"), now(p));
    return work_change(p->work, &c, p->why);
}

static enum err push_manifest(const struct push *p)
{
    const struct json *m = json_get(p->said, S("manifest")), *tags = json_get(p->said, S("tags")), *present = NULL, *repository = NULL;
    str digest = text_in(m, S("digest")), as = {0}, id, blob;
    if (!m)
        return ERR_OK;
    TRY(work_get(p->work, S("repositories"), p->repository, &repository, p->why));
    TRY(find_part(p, S("manifests"), S("digest"), digest, &present));
    if (present && !str_equal(text_in(present, S("media_type")), text_in(m, S("media_type"))))
        as = text_in(m, S("media_type")); /* both are of the same shape: no bytes are an image and an index (manifest_read) */
    if (present)
        TRY(blob_row(p->work, digest, number_in(m, S("size")), &blob, p->why)); /* its bytes came again: they are good now */
    if (present)
        id = json_get(present, S("_id"))->text;
    else
        TRY(make_manifest(p, m, &id));
    if (present)
        TRY(complete_manifest(p, m, present));
    if (present && (!tags || tags->count == 0))
        TRY(push_again(p, id));
    for (uint32_t i = 0; tags && i < tags->count; i++)
        TRY(push_tag(p, tags->items[i].text, digest, id, as, repository));
    return ERR_OK;
}

/* ---- the repository ---- */

static enum err grows_by(const struct push *p, str collection, const struct json *part, int64_t *size)
{
    const struct json *present = NULL;
    if (!part)
        return ERR_OK;
    if (!str_is_absent(p->repository))
        TRY(find_part(p, collection, S("digest"), text_in(part, S("digest")), &present));
    *size += present ? 0 : number_in(part, S("size"));
    return ERR_OK;
}

/* What mirrors an upstream is that upstream's alone, and what somebody has made here is nobody's to be taken over from
 * outside: a name that means one thing today does not mean another one's images tomorrow. */
static enum err judge_origin(const struct push *p, struct change *c, const struct json *present)
{
    str from = text_in(p->said, S("upstream")), its = text_in(present, S("upstream"));
    bool comes = !str_is_absent(from), mirrors = present && !str_is_absent(its);
    if (!present && comes)
        put(c, S("upstream"), json_of_text(from));
    if (!present || (comes == mirrors && (!comes || str_equal(from, its))))
        return ERR_OK;
    return problem_fault(p->why, ERR_FORBIDDEN, S("upstream"), S("mirrored"),
                         mirrors ? "This repository mirrors another registry; nothing else is pushed into it"
                                 : "This repository was made here and mirrors no registry");
}

static enum err before_repository(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    struct push p = {w, why, work_arena(w), c->beside, present ? json_get(present, S("_id"))->text : (str){0}};
    int64_t size = number_in(present, S("size")), more = 0, quota = number_in(present, S("quota"));
    if (c->op == OP_DELETE && !work_follows(w))
        TRY(refuse_delete(w, c, why));
    if (!c->beside)
        return ERR_OK;
    TRY(judge_origin(&p, c, present));
    TRY(grows_by(&p, S("layers"), json_get(c->beside, S("layer")), &more));
    TRY(grows_by(&p, S("manifests"), json_get(c->beside, S("manifest")), &more));
    if (more > 0 && quota > 0 && size + more > quota)
        return problem_fault(why, ERR_FORBIDDEN, S("quota"), S("quota"), "The repository may have %lld bytes and has %lld", (long long)quota,
                             (long long)size);
    put(c, S("size"), json_of_int(size + more));
    put(c, S("pushed_at"), now(&p));
    return ERR_OK;
}

static enum err after_repository(struct work *w, struct change *c, struct problem *why)
{
    struct push p = {w, why, work_arena(w), c->beside, c->result_id};
    if (!c->beside)
        return ERR_OK;
    TRY(push_layer(&p));
    TRY(push_manifest(&p));
    return end_upload(&p);
}

const struct behaviour behaviour_repositories = {
    .collection = STR("repositories"), .before = before_repository, .after = after_repository};
