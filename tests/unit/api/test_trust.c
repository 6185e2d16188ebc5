/* Whose signatures count, and what is said of the signatures of an image, by every door of the API (oci-registry.md 11.5; ). */
#include "base/digest.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/pem.h"
#include "content/system/pki/x509.h"
#include "tests/support/check.h"
#include "tests/support/oci.h"
#include "tests/support/signed.h"

#define DAY     INT64_C(86400000)
#define JSON    "Content-Type: application/json\n"
#define ITEM    "POST /api/content/item/trust_keys"
#define COSIGN  "POST /v2/_zot/ext/cosign"
#define NOTARY  "POST /v2/_zot/ext/notation"
#define IMAGE_HEAD "{\"schemaVersion\":2,\"config\":" CONFIG
#define SIMPLE  "application/vnd.dev.cosign.simplesigning.v1+json"

struct desk {
    struct house *house;
    struct arena *arena;
    struct issued *own, *strange, *root, *leaf, *other_root, *other_leaf;
};

static struct issued *authority(struct arena *a, const char *name)
{
    return issue(a, &(struct issue){.name = name, .sort = KEY_P256, .from_ms = time_now_ms() - DAY, .to_ms = time_now_ms() + DAY,
                                    .constraints = "critical,CA:TRUE", .usage = "critical,keyCertSign"});
}

static struct issued *signer(struct arena *a, const struct issued *by)
{
    return issue(a, &(struct issue){.name = "signer", .by = by, .sort = KEY_P256, .from_ms = time_now_ms() - DAY, .to_ms = time_now_ms() + DAY,
                                    .usage = "critical,digitalSignature", .extended = "codeSigning"});
}

static struct issued *key(struct arena *a, enum key_sort sort)
{
    return issue(a, &(struct issue){.name = "key", .sort = sort, .from_ms = time_now_ms(), .to_ms = time_now_ms() + DAY});
}

static struct desk begin(void)
{
    struct desk d = {.house = oci_house(), .arena = arena_open(1 << 20)};
    house_people(d.house, "{roles: {wide: [{collection:'trust_keys', verbs:['*']}], looker: [{collection:'trust_keys', verbs:['read']}]},"
                          " keys: {root: {role:'admin'}, wide: {role:'wide'}, looker: {role:'looker'}}}");
    d.own = key(d.arena, KEY_P256);
    d.strange = key(d.arena, KEY_P256);
    d.root = authority(d.arena, "root");
    d.leaf = signer(d.arena, d.root);
    d.other_root = authority(d.arena, "root");
    d.other_leaf = signer(d.arena, d.other_root);
    return d;
}

static void end(struct desk *d)
{
    arena_close(d->arena);
    house_close(d->house);
}

static str pem_of_key(struct desk *d, const struct issued *i)
{
    return public_key_pem(d->arena, issued_spki(d->arena, i));
}

static str pem_of(struct desk *d, const struct issued *i)
{
    return pem_write(d->arena, S("CERTIFICATE"), issued_der(i));
}

static struct fake_exchange *ask(struct desk *d, const char *who, const char *line, const char *headers, str body)
{
    return oci_ask(d->house, d->arena, who, line, headers, body);
}

static size_t keys_there(struct desk *d)
{
    struct fake_exchange *f = ask(d, "root", "GET /api/content/items/trust_keys?limit=1000", "", S(""));
    CHECK_INT(f->status, 200);
    return house_json(d->arena, arena_cstr(d->arena, f->answer))->count;
}

static void r_9_keys_are_uploaded_by_administrators(void **state)
{
    struct desk d = begin();
    struct arena *a = d.arena;
    str good = pem_of_key(&d, d.own), root = pem_of(&d, d.root);
    const struct {
        const char *who, *line;
        str body;
        int status;
        size_t there;
    } rows[] = {
        {"", COSIGN, good, 401, 0},
        {"all", COSIGN, good, 403, 0},
        {"looker", COSIGN, good, 403, 0},
        {"wide", COSIGN, good, 403, 0},                  /* may write such items, but is no administrator */
        {"", NOTARY, root, 401, 0},
        {"all", NOTARY, root, 403, 0},
        {"root", COSIGN, S(""), 400, 0},
        {"root", COSIGN, S("no key"), 400, 0},
        {"root", COSIGN, root, 400, 0},
        {"root", COSIGN, issued_private_pem(a, d.own), 400, 0},
        {"root", COSIGN, arena_format(a, STR_FMT STR_FMT, STR_ARG(good), STR_ARG(good)), 400, 0},
        {"root", COSIGN, good, 200, 1},
        {"root", COSIGN, good, 200, 1},
        {"root", COSIGN, issued_spki(a, d.own), 200, 1}, /* the same in DER */
        {"root", COSIGN, pem_of_key(&d, key(a, KEY_RSA)), 200, 2},
        {"root", NOTARY, good, 400, 2},
        {"root", NOTARY "?truststoreType=elsewhere", root, 400, 2},
        {"root", NOTARY, pem_of(&d, d.leaf), 400, 2},    /* neither an authority nor its own */
        {"root", NOTARY, root, 200, 3},
        {"root", NOTARY "?truststoreType=ca", root, 200, 3},
        {"root", NOTARY "?truststoreType=ca", issued_der(d.root), 200, 3},
        {"root", NOTARY "?truststoreType=signingAuthority", root, 200, 4},
        {"root", NOTARY "?truststoreType=tsa", issued_der(d.root), 200, 5},
        {"root", NOTARY, arena_format(a, STR_FMT STR_FMT, STR_ARG(root), STR_ARG(pem_of(&d, d.other_root))), 200, 6},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = ask(&d, rows[i].who, rows[i].line, "", rows[i].body);
        CHECK_INT(f->status, rows[i].status);
        CHECK_STR(oci_code(a, f), rows[i].status == 200 ? S("") : rows[i].status == 401 ? S("UNAUTHORIZED") : rows[i].status == 403 ? S("DENIED") : S("UNSUPPORTED"));
        CHECK_STR(fake_header(f, "Docker-Distribution-API-Version"), S("registry/2.0"));
        CHECK_INT(keys_there(&d), rows[i].there);
    }
    end(&d);
}

static void r_9_a_key_has_so_many_bytes(void **state)
{
    struct desk d = begin();
    str good = pem_of_key(&d, d.own);
    struct buf b;
    (void)state;
    buf_init(&b, d.arena, 2 * LIMIT_TRUST_KEY_BYTES);
    buf_add(&b, good);
    while (b.len < LIMIT_TRUST_KEY_BYTES)
        buf_byte(&b, '\n');
    CHECK_INT(ask(&d, "root", COSIGN, "", buf_str(&b))->status, 200);
    buf_byte(&b, '\n');
    struct fake_exchange *f = ask(&d, "root", COSIGN, "", buf_str(&b));
    CHECK_INT(f->status, 413);
    CHECK_STR(oci_code(d.arena, f), S("SIZE_INVALID"));
    end(&d);
}

static str item_of(struct desk *d, const char *more, str pem)
{
    struct buf b;
    buf_init(&b, d->arena, 1 << 20);
    buf_format(&b, "{\"data\":{%s\"pem\":", more);
    buf_json_text(&b, pem);
    buf_add(&b, S("}}"));
    return buf_str(&b);
}

static void items_are_what_their_key_says(void **state)
{
    struct desk d = begin();
    struct arena *a = d.arena;
    str good = pem_of_key(&d, d.own);
    const struct {
        const char *who, *more;
        str pem;
        int status;
        const char *pointer;
    } rows[] = {
        {"wide", "\"tool\":\"cosign\",", good, 403, NULL},
        {"looker", "\"tool\":\"cosign\",", good, 403, NULL},
        {"root", "\"tool\":\"cosign\",", S("x"), 422, "/pem"},
        {"root", "\"tool\":\"notation\",", good, 422, "/pem"},
        {"root", "\"tool\":\"gpg\",", good, 422, "/tool"},
        {"root", "", good, 422, "/tool"},
        {"root", "\"tool\":\"cosign\",\"store\":\"ca\",", good, 422, "/store"},
        {"root", "\"tool\":\"cosign\",\"author\":\"me\",", good, 422, "/author"},
        {"root", "\"tool\":\"cosign\",\"digest\":\"sha256:00\",", good, 422, "/digest"},
        {"root", "\"tool\":\"cosign\",\"name\":\"release\",", arena_format(a, "\r\n" STR_FMT, STR_ARG(good)), 200, NULL},
        {"root", "\"tool\":\"cosign\",", good, 409, "/pem"},
        {"root", "\"tool\":\"notation\",", pem_of(&d, d.root), 200, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        CHECK_AT(i);
        struct fake_exchange *f = ask(&d, rows[i].who, ITEM, JSON, item_of(&d, rows[i].more, rows[i].pem));
        CHECK_INT(f->status, rows[i].status);
        if (rows[i].pointer)
            CHECK(str_contains(f->answer, str_of(rows[i].pointer)));
    }
    str id = house_find(d.house, a, "trust_keys", "name", "release"), other = house_find(d.house, a, "trust_keys", "tool", "notation");
    CHECK_STR(house_value(d.house, a, "trust_keys", id, "pem"), house_value(d.house, a, "trust_keys", id, "author"));
    CHECK(str_contains(house_value(d.house, a, "trust_keys", id, "digest"), digest_hex(a, DIGEST_SHA256, issued_spki(a, d.own))));
    CHECK_STR(house_value(d.house, a, "trust_keys", id, "expires_at"), S("null"));
    CHECK_STR(house_value(d.house, a, "trust_keys", other, "author"), S("\"CN=root\""));
    CHECK_STR(house_value(d.house, a, "trust_keys", other, "name"), S("\"CN=root\""));
    CHECK_STR(house_value(d.house, a, "trust_keys", other, "store"), S("\"ca\""));
    CHECK(house_value(d.house, a, "trust_keys", other, "expires_at").len > 4);
    str line = arena_format(a, "PATCH /api/content/item/trust_keys/" STR_FMT, STR_ARG(id));
    CHECK_INT(ask(&d, "root", arena_cstr(a, line), JSON, item_of(&d, "", pem_of(&d, d.root)))->status, 422);
    CHECK_INT(ask(&d, "root", arena_cstr(a, line), JSON, item_of(&d, "", pem_of_key(&d, d.strange)))->status, 200);
    CHECK(str_contains(house_value(d.house, a, "trust_keys", id, "digest"), digest_hex(a, DIGEST_SHA256, issued_spki(a, d.strange))));
    CHECK_INT(ask(&d, "looker", "GET /api/content/items/trust_keys", "", S(""))->status, 200);
    end(&d);
}

static void so_many_keys_are_trusted(void **state)
{
    struct desk d = begin();
    (void)state;
    for (size_t i = 0; i < LIMIT_TRUST_KEYS; i++)
        CHECK_INT(ask(&d, "root", COSIGN, "", pem_of_key(&d, key(d.arena, KEY_ED25519)))->status, 200);
    CHECK_INT(ask(&d, "root", COSIGN, "", pem_of_key(&d, d.own))->status, 409);
    CHECK_INT(keys_there(&d), LIMIT_TRUST_KEYS);
    end(&d);
}

/* ---- images and their signatures ---- */

static str push_image(struct desk *d, const char *name, const char *tag)
{
    str body = S(IMAGE "}");
    oci_push(d->house, d->arena, name, S("{}"));
    CHECK_INT(oci_put(d->house, d->arena, "all", arena_cstr(d->arena, arena_format(d->arena, "%s/manifests/%s", name, tag)), MANIFEST, body)->status, 201);
    return oci_digest(d->arena, body);
}

/* A manifest of one layer about the image; where: the reference it is put under, NULL: its digest. more: behind the layer's digest. */
static struct fake_exchange *attach(struct desk *d, const char *name, const char *where, const char *type, const char *artifact, str layer, const char *more, str about)
{
    struct arena *a = d->arena;
    str body = arena_format(a, IMAGE_HEAD "%s,\"layers\":[{\"mediaType\":\"%s\",\"digest\":\"" STR_FMT "\",\"size\":%zu%s}]%s}", artifact, type,
                            STR_ARG(oci_digest(a, layer)), layer.len, more,
                            about.len ? arena_cstr(a, arena_format(a, ",\"subject\":{\"mediaType\":\"" MANIFEST "\",\"digest\":\"" STR_FMT "\",\"size\":%zu}",
                                                                    STR_ARG(about), sizeof IMAGE "}" - 1)) : "");
    str reference = where ? str_of(where) : oci_digest(a, body);
    return oci_put(d->house, a, "all", arena_cstr(a, arena_format(a, "%s/manifests/" STR_FMT, name, STR_ARG(reference))), MANIFEST, body);
}

static const char *noted(struct desk *d, const struct issued *by, str payload)
{
    str signature = signed_base64(d->arena, by, SIGNED_ECDSA_SHA256, payload);
    return arena_cstr(d->arena, arena_format(d->arena, ",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"" STR_FMT "\"}", STR_ARG(signature)));
}

static void attach_cosign(struct desk *d, const char *name, const char *where, const struct issued *by, str payload, str about)
{
    const char *artifact = where ? "" : ",\"artifactType\":\"application/vnd.dev.cosign.artifact.sig.v1+json\"";
    oci_push(d->house, d->arena, name, payload);
    CHECK_INT(attach(d, name, where, SIMPLE, artifact, payload, noted(d, by, payload), about)->status, 201);
}

static void attach_bytes(struct desk *d, const char *name, const char *type, const char *artifact, str bytes, str about)
{
    str said = arena_format(d->arena, ",\"artifactType\":\"%s\"", artifact);
    oci_push(d->house, d->arena, name, bytes);
    CHECK_INT(attach(d, name, NULL, type, arena_cstr(d->arena, said), bytes, "", about)->status, 201);
}

static str id_of(struct desk *d, const char *name, str digest)
{
    str target = arena_format(d->arena, "GET /api/content/items/manifests?filter[digest]=" STR_FMT "&filter[repository.name]=%s", STR_ARG(digest), name);
    struct fake_exchange *f = ask(d, "root", arena_cstr(d->arena, target), "", S(""));
    const struct json *list = house_json(d->arena, arena_cstr(d->arena, f->answer));
    NEED(list->type == JSON_LIST && list->count == 1);
    return json_get(&list->items[0], S("_id"))->text;
}

static struct fake_exchange *signatures(struct desk *d, const char *who, str id)
{
    str target = arena_format(d->arena, "POST /api/content/item/manifests/" STR_FMT "/signatures", STR_ARG(id));
    return ask(d, who, arena_cstr(d->arena, target), "", S(""));
}

/* "cosign+ notation-": tools in order, trusted or not. */
static str told(struct desk *d, str id)
{
    struct fake_exchange *f = signatures(d, "puller", id);
    CHECK_INT(f->status, 200);
    const struct json *list = json_get(house_json(d->arena, arena_cstr(d->arena, f->answer)), S("signatures"));
    struct buf b;
    buf_init(&b, d->arena, 4096);
    for (uint32_t i = 0; list && i < list->count; i++) {
        buf_format(&b, "%s" STR_FMT "%c", i ? " " : "", STR_ARG(json_get(&list->items[i], S("tool"))->text), json_get(&list->items[i], S("trusted"))->boolean ? '+' : '-');
        CHECK(json_get(&list->items[i], S("trusted"))->boolean == (json_get(&list->items[i], S("author"))->text.len > 0));
    }
    return buf_str(&b);
}

static struct notation notation_of(const struct issued *leaf, const struct issued *root, str digest)
{
    return (struct notation){.chain = {leaf, root}, .count = 2, .algorithm = "ES256", .scheme = SIGNED_ECDSA_SHA256, .digest = digest,
                             .media_type = S(MANIFEST), .size = (int64_t)sizeof IMAGE "}" - 1, .signed_ms = time_now_ms() - 1000};
}

static void signatures_are_found_and_judged_by_the_keys_of_now(void **state)
{
    struct desk d = begin();
    struct arena *a = d.arena;
    str digest = push_image(&d, "pub/app", "1"), id = id_of(&d, "pub/app", digest);
    str payload = signed_payload(a, &(struct simple){.digest = digest, .reference = S("a.example/pub/app")});
    const char *tag = arena_cstr(a, arena_format(a, "sha256-" STR_FMT ".sig", STR_ARG(str_slice(digest, 7, digest.len))));
    (void)state;
    CHECK_STR(told(&d, id), S(""));
    attach_cosign(&d, "pub/app", tag, d.own, payload, (str){0});
    CHECK_STR(told(&d, id), S("cosign-"));
    CHECK_INT(ask(&d, "root", COSIGN, "", pem_of_key(&d, d.own))->status, 200);
    CHECK_STR(told(&d, id), S("cosign+"));
    attach_cosign(&d, "pub/app", NULL, d.strange, payload, digest);
    CHECK_STR(told(&d, id), S("cosign+ cosign-"));
    attach_bytes(&d, "pub/app", "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle.v0.3+json",
                 signed_dsse(a, d.own, SIGNED_ECDSA_SHA256, signed_statement(a, digest, NULL)), digest);
    attach_bytes(&d, "pub/app", "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle.v0.3+json",
                 signed_message(a, d.own, SIGNED_ECDSA_SHA256, S(IMAGE "}")), digest);
    struct notation n = notation_of(d.leaf, d.root, digest), other = notation_of(d.other_leaf, d.other_root, digest);
    attach_bytes(&d, "pub/app", "application/jose+json", "application/vnd.cncf.notary.signature", signed_jws(a, &n), digest);
    attach_bytes(&d, "pub/app", "application/cose", "application/vnd.cncf.notary.signature", signed_cose(a, &n), digest);
    attach_bytes(&d, "pub/app", "application/jose+json", "application/vnd.cncf.notary.signature", signed_jws(a, &other), digest);
    attach_bytes(&d, "pub/app", "application/spdx+json", "application/spdx+json", S("{\"sbom\":1}"), digest);
    CHECK_STR(told(&d, id), S("cosign+ cosign- cosign+ cosign+ notation- notation- notation-"));
    CHECK_INT(ask(&d, "root", NOTARY, "", pem_of(&d, d.root))->status, 200);
    CHECK_STR(told(&d, id), S("cosign+ cosign- cosign+ cosign+ notation+ notation+ notation-"));
    house_delete(d.house, "trust_keys", house_find(d.house, a, "trust_keys", "tool", "cosign"));
    CHECK_STR(told(&d, id), S("cosign- cosign- cosign- cosign- notation+ notation+ notation-"));
    time_set(time_now_ms() + 2 * DAY); /* certificates end */
    CHECK_STR(told(&d, id), S("cosign- cosign- cosign- cosign- notation- notation- notation-"));
    time_set(0);
    end(&d);
}

static void whoever_reads_the_image_may_ask(void **state)
{
    struct desk d = begin();
    str digest = push_image(&d, "pub/app", "1"), id = id_of(&d, "pub/app", digest);
    str hidden = push_image(&d, "secret/app", "1"), hidden_id = id_of(&d, "secret/app", hidden);
    (void)state;
    CHECK_INT(signatures(&d, "puller", id)->status, 200);
    CHECK_INT(signatures(&d, "", id)->status, 200);  /* the public pulls it */
    CHECK_INT(signatures(&d, "all", hidden_id)->status, 200);
    CHECK_INT(signatures(&d, "puller", hidden_id)->status, 404);
    CHECK_INT(signatures(&d, "looker", id)->status, 404);
    CHECK_INT(ask(&d, "puller", "POST /api/content/action/manifests/signatures", "", S(""))->status, 400);
    str why = ask(&d, "puller", "GET /api/auth/explain?collection=manifests&verb=signatures", "", S(""))->answer;
    CHECK(str_contains(why, S("\"decision\":\"allowed\"")));
    why = ask(&d, "looker", "GET /api/auth/explain?collection=manifests&verb=signatures", "", S(""))->answer;
    CHECK(!str_contains(why, S("\"decision\":\"allowed\"")));
    end(&d);
}

/* A layer "elsewhere" need not be there when it is pushed; then it is not looked for in other repositories either. */
static void r_3_a_signature_in_another_repository_is_not_looked_at(void **state)
{
    struct desk d = begin();
    struct arena *a = d.arena;
    str digest = push_image(&d, "pub/app", "1"), id = id_of(&d, "pub/app", digest);
    str payload = signed_payload(a, &(struct simple){.digest = digest, .reference = S("hidden")});
    (void)state;
    CHECK_INT(ask(&d, "root", COSIGN, "", pem_of_key(&d, d.own))->status, 200);
    oci_push(d.house, a, "secret/app", payload);
    str more = arena_format(a, ",\"urls\":[\"https://a.example\"]%s", noted(&d, d.own, payload));
    CHECK_INT(attach(&d, "pub/app", NULL, SIMPLE, ",\"artifactType\":\"application/vnd.dev.cosign.artifact.sig.v1+json\"", payload, arena_cstr(a, more), digest)->status, 201);
    CHECK_STR(told(&d, id), S("cosign-"));
    CHECK(!str_contains(signatures(&d, "puller", id)->answer, S("hidden")));
    end(&d);
}

/* More than one manifest of signatures has, each once; those beyond the ceiling are not looked at. */
static void so_many_signatures_of_an_image_are_judged(void **state)
{
    struct desk d = begin();
    struct arena *a = d.arena;
    str digest = push_image(&d, "pub/app", "1"), id = id_of(&d, "pub/app", digest);
    (void)state;
    CHECK_INT(ask(&d, "root", COSIGN, "", pem_of_key(&d, d.own))->status, 200);
    for (size_t i = 0; i <= LIMIT_IMAGE_SIGNATURES; i++) {
        str payload = signed_payload(a, &(struct simple){.digest = digest, .reference = arena_format(a, "x%zu", i)});
        attach_cosign(&d, "pub/app", NULL, d.own, payload, digest);
        const struct json *list = json_get(house_json(a, arena_cstr(a, signatures(&d, "all", id)->answer)), S("signatures"));
        CHECK_INT(list->count, i < LIMIT_IMAGE_SIGNATURES ? i + 1 : LIMIT_IMAGE_SIGNATURES);
    }
    str payload = arena_format(a, STR_FMT "%*s", STR_ARG(signed_payload(a, &(struct simple){.digest = digest})), (int)LIMIT_SIGNATURE_BYTES, "");
    str other = push_image(&d, "pub/big", "1");
    for (size_t more = 0; more < 2; more++) { /* of just so many bytes, and of one more */
        str whole = str_slice(payload, 0, LIMIT_SIGNATURE_BYTES + more);
        attach_cosign(&d, "pub/big", NULL, d.own, whole, other);
    }
    CHECK_STR(told(&d, id_of(&d, "pub/big", other)), S("cosign+ cosign-"));
    end(&d);
}

CHECK_MAIN(TEST(r_9_keys_are_uploaded_by_administrators), TEST(r_9_a_key_has_so_many_bytes), TEST(items_are_what_their_key_says),
           TEST(so_many_keys_are_trusted), TEST(signatures_are_found_and_judged_by_the_keys_of_now), TEST(whoever_reads_the_image_may_ask),
           TEST(r_3_a_signature_in_another_repository_is_not_looked_at), TEST(so_many_signatures_of_an_image_are_judged))
