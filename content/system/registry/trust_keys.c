/* Whose signatures count is what people run: administrators only. Everything but the key itself is derived from it here, at every way
 * in, so that what is shown is what verifies. */
#include "content/system/registry/trust_keys.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/standing.h"
#include "content/system/pki/x509_key.h"

#define NAME_BYTES 200u               /* of a name that is made here */

static const str tools[] = {[TRUST_COSIGN] = STR("cosign"), [TRUST_NOTATION] = STR("notation")};
static const str stores[] = {STR("ca"), STR("signingAuthority"), STR("tsa")};

bool trust_tool_named(str name, enum trust_tool *out)
{
    for (size_t i = 0; i < COUNTOF(tools); i++)
        if (str_equal(tools[i], name)) {
            *out = (enum trust_tool)i;
            return true;
        }
    return false;
}

bool trust_store_known(str name)
{
    for (size_t i = 0; i < COUNTOF(stores); i++)
        if (str_equal(stores[i], name))
            return true;
    return false;
}

static str digest_of(struct arena *a, str der)
{
    return arena_format(a, "sha256:" STR_FMT, STR_ARG(digest_hex(a, DIGEST_SHA256, der)));
}

static enum err read_certificates(struct arena *a, str bytes, struct trust_key *out, struct problem *why)
{
    struct buf pem, der;
    TRY(certificates_read(a, bytes, &out->certificates, &out->count, why));
    buf_init(&pem, a, 3 * (size_t)LIMIT_TRUST_KEY_BYTES);
    buf_init(&der, a, LIMIT_TRUST_KEY_BYTES);
    for (size_t i = 0; i < out->count; i++) {
        const struct certificate *c = &out->certificates[i];
        if (!c->is_ca && !str_equal(c->subject, c->issuer))
            return problem_set(why, ERR_INVALID, "A certificate that is trusted is an authority's or signed by itself");
        buf_add(&pem, certificate_pem(a, c));
        buf_add(&der, c->der);
        if (out->expires_ms == 0 || c->not_after_ms < out->expires_ms)
            out->expires_ms = c->not_after_ms;
    }
    if (pem.failed || der.failed || pem.len > LIMIT_TRUST_KEY_BYTES)
        return problem_set(why, ERR_TOO_LARGE, "A key has at most %u bytes", LIMIT_TRUST_KEY_BYTES);
    out->pem = buf_str(&pem);
    out->author = out->certificates->subject;
    out->digest = digest_of(a, buf_str(&der));
    return ERR_OK;
}

enum err trust_key_read(struct arena *a, enum trust_tool tool, str bytes, struct trust_key *out, struct problem *why)
{
    *out = (struct trust_key){0};
    if (bytes.len > LIMIT_TRUST_KEY_BYTES)
        return problem_set(why, ERR_TOO_LARGE, "A key has at most %u bytes", LIMIT_TRUST_KEY_BYTES);
    if (tool == TRUST_NOTATION)
        return read_certificates(a, bytes, out, why);
    TRY(public_key_read(a, bytes, &out->spki, why));
    out->pem = out->author = public_key_pem(a, out->spki);
    out->digest = digest_of(a, out->spki);
    return ERR_OK;
}

/* ---- the collection ---- */

static str text_to_be(const struct change *c, const struct json *present, str field)
{
    const struct json *v = value_to_be(c, present, field);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

static struct json time_value(struct arena *a, int64_t ms)
{
    struct buf b;
    if (ms == 0)
        return json_null;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return json_of_text(buf_str(&b));
}

static enum err demand_new(struct work *w, const struct change *c, str tool, str store, str digest, struct problem *why)
{
    const struct json *twin = NULL;
    struct arena *a = work_arena(w);
    const struct filter *same = filter_and(a, filter_test(a, collection_field(c->in, S("digest")), TEST_EQ, json_of_text(digest)),
                                           filter_test(a, collection_field(c->in, S("tool")), TEST_EQ, json_of_text(tool)));
    if (!str_is_absent(store))
        same = filter_and(a, same, filter_test(a, collection_field(c->in, S("store")), TEST_EQ, json_of_text(store)));
    TRY(work_find(w, c->in->name, same, &twin, why));
    if (twin && !str_equal(json_get(twin, S("_id"))->text, c->id))
        return problem_fault(why, ERR_CONFLICT, S("/pem"), S("unique"), "This key is trusted already");
    return ERR_OK;
}

static enum err demand_room(struct work *w, const struct change *c, struct problem *why)
{
    uint64_t count = 0;
    if (c->op != OP_CREATE)
        return ERR_OK;
    TRY(work_count(w, c->in->name, &filter_all, &count, why));
    if (count >= LIMIT_TRUST_KEYS)
        return problem_fault(why, ERR_CONFLICT, S(""), S("limit"), "At most %u keys are trusted", LIMIT_TRUST_KEYS);
    return ERR_OK;
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    struct arena *a = work_arena(w);
    struct trust_key key;
    struct problem own = {.arena = why->arena};
    enum trust_tool tool;
    if (c->op == OP_DELETE)
        return ERR_OK;
    if (!author_is_trusted(w))
        return problem_set(why, ERR_FORBIDDEN, "Whose signatures count is said by administrators");
    str named = text_to_be(c, present, S("tool")), store = text_to_be(c, present, S("store"));
    if (!trust_tool_named(named, &tool)) /* the kind's own check has told, or it is missing */
        return problem_fault(why, ERR_INVALID, S("/tool"), S("required"), "A key is one of cosign's or of notation's");
    if (tool == TRUST_COSIGN && !str_is_absent(store))
        return problem_fault(why, ERR_INVALID, S("/store"), S("store"), "Keys of cosign have no store");
    if (trust_key_read(a, tool, text_to_be(c, present, S("pem")), &key, &own) != ERR_OK)
        return problem_fault(why, ERR_INVALID, S("/pem"), S("key"), STR_FMT, STR_ARG(own.text));
    if (tool == TRUST_NOTATION && str_is_absent(store))
        value_put(c, S("store"), json_of_text(store = stores[0]));
    TRY(demand_room(w, c, why));
    TRY(demand_new(w, c, named, store, key.digest, why));
    value_put(c, S("pem"), json_of_text(key.pem));
    value_put(c, S("author"), json_of_text(key.author));
    value_put(c, S("digest"), json_of_text(key.digest));
    value_put(c, S("expires_at"), time_value(a, key.expires_ms));
    if (text_to_be(c, present, S("name")).len == 0)
        value_put(c, S("name"), json_of_text(tool == TRUST_NOTATION ? utf8_cut(key.author, NAME_BYTES) : str_slice(key.digest, 0, 19)));
    return ERR_OK;
}

const struct behaviour behaviour_trust_keys = {.collection = STR("trust_keys"), .before = before};
