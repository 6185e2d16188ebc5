#include "content/system/registry/signatures.h"

#include "base/limits.h"
#include "content/bytes/blob.h"
#include "content/kind.h"
#include "content/system/registry/signature_check.h"
#include "content/system/registry/trust_keys.h"

#define COSIGN_SIGNATURE   S("application/vnd.dev.cosign.artifact.sig.v1+json")
#define NOTATION_SIGNATURE S("application/vnd.cncf.notary.signature")
#define COSIGN_ANNOTATION  S("dev.cosignproject.cosign/signature")
#define BUNDLE_PREDICATE   S("dev.sigstore.bundle.predicateType")
#define SIGNS              S("https://sigstore.dev/cosign/sign/v1")

/* ---- which manifests are signatures ---- */

str signature_tool_of(const struct json *manifest)
{
    str type = json_text_at(manifest, S("artifact_type")), told = json_text_at(json_get(manifest, S("annotations")), BUNDLE_PREDICATE);
    if (str_equal(type, NOTATION_SIGNATURE))
        return S("notation");
    if (str_equal(type, COSIGN_SIGNATURE) || (str_starts(type, BUNDLE) && (str_is_absent(told) || str_equal(told, SIGNS))))
        return S("cosign");
    return (str){0};
}

str signature_tag_of(struct arena *a, str digest)
{
    str algorithm, hex;
    if (!str_cut(digest, ':', &algorithm, &hex) || digest.len + 4 > LIMIT_TAG_BYTES)
        return (str){0};
    return arena_format(a, STR_FMT "-" STR_FMT ".sig", STR_ARG(algorithm), STR_ARG(hex));
}

/* ---- the look at one manifest ---- */

struct look {
    struct work *work;
    struct arena *arena;
    struct trust trust;
    struct signed_manifest of;
    str repository;                   /* id */
    const struct json *found[LIMIT_IMAGE_SIGNATURES]; /* rows of manifests */
    size_t found_count;
    struct verdict verdicts[LIMIT_IMAGE_SIGNATURES];
    size_t count;
};

static struct verdict *next_verdict(struct look *l, str tool, const struct json *row)
{
    if (l->count == LIMIT_IMAGE_SIGNATURES)
        return NULL;
    struct verdict *v = &l->verdicts[l->count++];
    *v = (struct verdict){.tool = tool, .signature = json_text_at(row, S("digest"))};
    return v;
}

static const struct filter *here(const struct look *l, str collection, str by, str value)
{
    const struct collection *c = model_find(work_model(l->work), collection);
    return filter_and(l->arena, filter_test(l->arena, collection_field(c, by), TEST_EQ, json_of_text(value)),
                      filter_test(l->arena, c->within, TEST_EQ, json_of_text(l->repository)));
}

/* All of a blob, {0} when it is not to be had or too large. */
static str bytes_of(const struct look *l, str digest, size_t most)
{
    struct blob_reader *reader = NULL;
    struct problem quiet = {.arena = l->arena};
    size_t got = 0;
    if (blob_open(work_blobs(l->work), digest, &reader, &quiet) != ERR_OK)
        return (str){0};
    size_t size = blob_size(reader) <= most ? (size_t)blob_size(reader) : 0;
    char *bytes = arena_get(l->arena, size + 1, 1);
    enum err e = size ? blob_read(reader, 0, bytes, size, &got, &quiet) : ERR_TOO_LARGE;
    blob_close(reader);
    return e == ERR_OK && got == size ? (str){bytes, size} : (str){0};
}

/* Of this very repository: what a manifest names may lie in another one's, which is nobody's business here. */
static str layer_bytes(const struct look *l, const struct json *descriptor)
{
    const struct json *row = NULL;
    struct problem quiet = {.arena = l->arena};
    str digest = json_text_at(descriptor, S("digest"));
    if (str_is_absent(digest) || work_find(l->work, S("layers"), here(l, S("layers"), S("digest"), digest), &row, &quiet) != ERR_OK || !row)
        return (str){0};
    return bytes_of(l, digest, LIMIT_SIGNATURE_BYTES);
}

static bool is_bundle(const struct json *row)
{
    return str_starts(json_text_at(row, S("artifact_type")), BUNDLE);
}

static const struct json *manifest_of(const struct look *l, const struct json *row)
{
    const struct json *out = NULL;
    struct problem quiet = {.arena = l->arena};
    str bytes = bytes_of(l, json_text_at(row, S("digest")), LIMIT_MANIFEST_BYTES);
    return !str_is_absent(bytes) && json_read(l->arena, bytes, NULL, S(""), &out, &quiet) == ERR_OK ? out : NULL;
}

static void set(struct verdict *v, struct verdict judged)
{
    judged.signature = v->signature;
    *v = judged;
}

static void judge_simple(struct look *l, const struct json *row, const struct json *layers)
{
    for (uint32_t i = 0; i < layers->count; i++) {
        const struct json *d = &layers->items[i];
        struct verdict judged, *v = NULL;
        if (!str_equal(json_text_at(d, S("mediaType")), SIMPLE_SIGNING) || !(v = next_verdict(l, S("cosign"), row)))
            continue;
        str payload = layer_bytes(l, d), signature = json_text_at(json_get(d, S("annotations")), COSIGN_ANNOTATION);
        if (str_is_absent(payload) || str_is_absent(signature)) {
            verdict_no(v, "It cannot be read");
            continue;
        }
        check_simple_signing(l->arena, &l->trust, &l->of, payload, signature, &judged);
        set(v, judged);
    }
}

/* The whole signature is one blob. */
static void judge_single(struct look *l, const struct json *row, str tool, const struct json *layers)
{
    const struct json *d = layers->count == 1 ? &layers->items[0] : NULL;
    struct verdict judged, *v = next_verdict(l, tool, row);
    str bytes = d && v ? layer_bytes(l, d) : (str){0};
    if (!v)
        return;
    if (str_is_absent(bytes)) {
        verdict_no(v, "It cannot be read");
        return;
    }
    if (str_equal(tool, S("notation")))
        check_notation(l->arena, &l->trust, &l->of, json_text_at(d, S("mediaType")), bytes, &judged);
    else
        check_bundle(l->arena, &l->trust, &l->of, bytes, &judged);
    set(v, judged);
}

static void judge(struct look *l, const struct json *row)
{
    str tool = signature_tool_of(row);
    const struct json *manifest = manifest_of(l, row), *layers = json_get(manifest, S("layers"));
    bool is_single = str_equal(tool, S("notation")) || is_bundle(row);
    if (!layers || layers->type != JSON_LIST) {
        struct verdict *v = next_verdict(l, str_is_absent(tool) ? S("cosign") : tool, row);
        if (v)
            verdict_no(v, "It cannot be read");
    } else if (is_single)
        judge_single(l, row, tool, layers);
    else
        judge_simple(l, row, layers);
}

/* ---- finding ---- */

static enum err see_referrer(void *self, const struct json *row)
{
    struct look *l = self;
    bool is_twice = l->found_count && str_equal(json_text_at(l->found[0], S("_id")), json_text_at(row, S("_id"))); /* by its tag */
    if (is_twice || str_is_absent(signature_tool_of(row)))
        return ERR_OK;
    l->found[l->found_count++] = row;
    return l->found_count == LIMIT_IMAGE_SIGNATURES ? ERR_TOO_MANY : ERR_OK;
}

static const struct filter *of_a_tool(const struct look *l)
{
    const struct collection *c = model_find(work_model(l->work), S("manifests"));
    const struct field *type = collection_field(c, S("artifact_type"));
    const struct filter *exact = filter_or(l->arena, filter_test(l->arena, type, TEST_EQ, json_of_text(NOTATION_SIGNATURE)),
                                           filter_test(l->arena, type, TEST_EQ, json_of_text(COSIGN_SIGNATURE)));
    return filter_or(l->arena, exact, filter_test(l->arena, type, TEST_STARTS, json_of_text(BUNDLE)));
}

static enum err find(struct look *l, struct problem *why)
{
    const struct json *tag = NULL;
    str name = signature_tag_of(l->arena, l->of.digest);
    if (!str_is_absent(name))
        TRY(work_find(l->work, S("tags"), here(l, S("tags"), S("name"), name), &tag, why));
    if (tag)
        TRY(work_get(l->work, S("manifests"), json_text_at(tag, S("manifest")), &l->found[l->found_count++], why));
    enum err e = work_each(l->work, S("manifests"),
                           filter_and(l->arena, here(l, S("manifests"), S("subject"), l->of.digest), of_a_tool(l)), see_referrer, l, why);
    return e == ERR_TOO_MANY && l->found_count == LIMIT_IMAGE_SIGNATURES ? ERR_OK : e;
}

/* ---- whose keys count ---- */

static void add_roots(struct look *l, enum trust_store at, const struct trust_key *key)
{
    struct certificate *roots = l->trust.stores[at].roots;
    size_t count = l->trust.stores[at].count;
    roots = arena_grow(l->arena, roots, count * sizeof *roots, (count + key->count) * sizeof *roots);
    for (size_t i = 0; i < key->count; i++)
        roots[count + i] = key->certificates[i];
    l->trust.stores[at].roots = roots;
    l->trust.stores[at].count = count + key->count;
}

static enum err see_key(void *self, const struct json *item)
{
    struct look *l = self;
    struct trust *t = &l->trust;
    struct problem quiet = {.arena = l->arena};
    struct trust_key key;
    enum trust_tool tool;
    str store = json_text_at(item, S("store"));
    if (!trust_tool_named(json_text_at(item, S("tool")), &tool) || trust_key_read(l->arena, tool, json_text_at(item, S("pem")), &key, &quiet) != ERR_OK)
        return ERR_OK;
    if (tool == TRUST_COSIGN && t->key_count < LIMIT_TRUST_KEYS)
        t->keys[t->key_count++] = (struct trusted_key){key.spki, key.pem};
    enum trust_store at = str_equal(store, S("ca")) ? STORE_CA : str_equal(store, S("signingAuthority")) ? STORE_AUTHORITY : STORE_CLOCK;
    if (tool == TRUST_NOTATION)
        add_roots(l, at, &key);
    return ERR_OK;
}

static enum err load_trust(struct look *l, struct problem *why)
{
    l->trust.keys = NEW_N(l->arena, struct trusted_key, LIMIT_TRUST_KEYS);
    l->trust.now_ms = work_now_ms(l->work);
    return work_each(l->work, S("trust_keys"), &filter_all, see_key, l, why);
}

/* ---- the action ---- */

static struct json text_or_null(str s)
{
    return str_is_absent(s) ? json_null : json_of_text(s);
}

static struct json show(struct arena *a, const struct verdict *v)
{
    struct json *m = NEW_N(a, struct json, 6);
    m[0] = json_named(S("tool"), json_of_text(v->tool));
    m[1] = json_named(S("trusted"), json_of_bool(v->trusted));
    m[2] = json_named(S("author"), json_of_text(v->trusted ? v->author : S("")));
    m[3] = json_named(S("reason"), v->trusted ? json_null : text_or_null(v->reason));
    m[4] = json_named(S("reference"), text_or_null(v->reference));
    m[5] = json_named(S("signature"), text_or_null(v->signature));
    return json_of_map(m, 6);
}

static enum err run(struct work *w, const struct collection *c, str id, const struct json *input, struct json *output,
                    struct problem *why)
{
    struct arena *a = work_arena(w);
    const struct json *row = NULL;
    (void)input;
    if (str_is_absent(id))
        return problem_set(why, ERR_BAD_INPUT, "Signatures are of a manifest: say which one");
    TRY(work_get(w, c->name, id, &row, why));
    struct look *l = NEW(a, struct look);
    l->work = w;
    l->arena = a;
    l->repository = json_text_at(row, S("repository"));
    l->of = (struct signed_manifest){.digest = json_text_at(row, S("digest")), .media_type = json_text_at(row, S("media_type")),
                                     .size = json_get(row, S("size"))->integer};
    TRY(find(l, why));
    if (l->found_count)
        TRY(load_trust(l, why));
    for (size_t i = 0; i < l->found_count; i++) {
        if (is_bundle(l->found[i]) && str_is_absent(l->of.bytes)) /* which may be of the bytes themselves */
            l->of.bytes = bytes_of(l, l->of.digest, LIMIT_MANIFEST_BYTES);
        judge(l, l->found[i]);
    }
    struct json *list = NEW_N(a, struct json, l->count + 1), *members = NEW(a, struct json);
    for (size_t i = 0; i < l->count; i++)
        list[i] = show(a, &l->verdicts[i]);
    *members = json_named(S("signatures"), json_of_list(list, l->count));
    *output = json_of_map(members, 1);
    return ERR_OK;
}

const struct action_code signatures_action = {.name = STR("signatures"), .run = run, .reads_only = true};
