/* The two envelopes of notation: JWS in its flattened JSON form (RFC 7515) and COSE_Sign1 (RFC 9052). Members that
 * are not known here and not marked as critical are passed over, as both RFCs say; what is not protected is only used to find the
 * certificates, which prove themselves. */
#include "base/cbor.h"
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/system/registry/signature_check.h"

static str *room_for_chain(struct arena *a, size_t count)
{
    return count > 0 && count <= LIMIT_CERTIFICATE_CHAIN ? NEW_N(a, str, count) : NULL;
}

static bool add_critical(struct notation_signature *s, str name)
{
    if (s->critical_count == COUNTOF(s->critical) || name.len == 0)
        return false;
    s->critical[s->critical_count++] = name;
    return true;
}

/* ---- JWS ---- */

static bool time_at(const struct json *header, str name, int64_t *ms)
{
    const struct json *v = json_get(header, name);
    return !v || (v->type == JSON_TEXT && time_read(v->text, ms) && *ms != 0);
}

static bool read_protected(struct arena *a, str text, struct notation_signature *out)
{
    const struct json *h = NULL;
    struct problem quiet = {.arena = a};
    if (json_read(a, text, NULL, S(""), &h, &quiet) != ERR_OK || h->type != JSON_MAP)
        return false;
    const struct json *critical = json_get(h, S("crit"));
    for (uint32_t i = 0; critical && critical->type == JSON_LIST && i < critical->count; i++)
        if (critical->items[i].type != JSON_TEXT || !add_critical(out, critical->items[i].text))
            return false;
    out->algorithm = json_text_at(h, S("alg"));
    out->content_type = json_text_at(h, S("cty"));
    out->scheme = json_text_at(h, NOTATION_SCHEME);
    return time_at(h, NOTATION_TIME, &out->signed_ms) && time_at(h, NOTATION_AUTHENTIC, &out->authentic_ms) &&
           time_at(h, NOTATION_EXPIRY, &out->expires_ms);
}

bool notation_read_jws(struct arena *a, str envelope, struct notation_signature *out)
{
    const struct json *e = NULL;
    struct problem quiet = {.arena = a};
    str head;
    if (json_read(a, envelope, NULL, S(""), &e, &quiet) != ERR_OK)
        return false;
    str protected = json_text_at(e, S("protected")), payload = json_text_at(e, S("payload"));
    const struct json *chain = json_get(json_get(e, S("header")), S("x5c"));
    if (!base64url_decode(a, protected, &head) || !base64url_decode(a, payload, &out->payload) ||
        !base64url_decode(a, json_text_at(e, S("signature")), &out->signature) || !read_protected(a, head, out) || !chain ||
        chain->type != JSON_LIST || !(out->chain = room_for_chain(a, chain->count)))
        return false;
    for (uint32_t i = 0; i < chain->count; i++)
        if (chain->items[i].type != JSON_TEXT || !base64_decode(a, chain->items[i].text, &out->chain[out->chain_count++]))
            return false;
    str token = json_text_at(json_get(e, S("header")), NOTATION_TIMESTAMP);
    if (!str_is_absent(token) && !base64_decode(a, token, &out->timestamp))
        return false;
    struct buf b;
    buf_init(&b, a, protected.len + payload.len + 1);
    buf_add(&b, protected);
    buf_byte(&b, '.');
    buf_add(&b, payload);
    out->text = buf_str(&b);
    return true;
}

/* ---- COSE ---- */

enum { LABEL_ALGORITHM = 1, LABEL_CRITICAL = 2, LABEL_CONTENT_TYPE = 3, LABEL_CHAIN = 33, TAG_TIME = 1, TAG_SIGN1 = 18 };

static const struct {
    int64_t number;
    str name;
} cose_algorithms[] = {{-7, STR("ES256")}, {-35, STR("ES384")}, {-36, STR("ES512")}, {-37, STR("PS256")}, {-38, STR("PS384")}, {-39, STR("PS512")}};

static bool take_time(const struct cbor *v, int64_t *ms)
{
    if (v->type != CBOR_TAG || v->count != TAG_TIME || v->items->type != CBOR_INT || v->items->integer <= 0 ||
        v->items->integer > INT64_MAX / 1000)
        return false;
    *ms = v->items->integer * 1000;
    return true;
}

static bool take_critical(const struct cbor *v, struct notation_signature *out)
{
    if (v->type != CBOR_LIST)
        return false;
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i].type != CBOR_TEXT || !add_critical(out, v->items[i].bytes))
            return false;
    return true;
}

static bool take_text(const struct cbor *v, str *out)
{
    if (v->type != CBOR_TEXT)
        return false;
    *out = v->bytes;
    return true;
}

static bool take_algorithm(const struct cbor *v, str *out)
{
    for (size_t i = 0; v->type == CBOR_INT && i < COUNTOF(cose_algorithms); i++)
        if (cose_algorithms[i].number == v->integer) {
            *out = cose_algorithms[i].name;
            return true;
        }
    return false;
}

static bool take_member(const struct cbor *key, const struct cbor *v, struct notation_signature *out)
{
    if (key->type == CBOR_INT)
        return key->integer == LABEL_ALGORITHM      ? take_algorithm(v, &out->algorithm)
               : key->integer == LABEL_CRITICAL     ? take_critical(v, out)
               : key->integer == LABEL_CONTENT_TYPE ? take_text(v, &out->content_type)
                                                    : true;
    return str_equal(key->bytes, NOTATION_SCHEME)      ? take_text(v, &out->scheme)
           : str_equal(key->bytes, NOTATION_TIME)      ? take_time(v, &out->signed_ms)
           : str_equal(key->bytes, NOTATION_AUTHENTIC) ? take_time(v, &out->authentic_ms)
           : str_equal(key->bytes, NOTATION_EXPIRY)    ? take_time(v, &out->expires_ms)
                                                       : true;
}

static bool read_whole(struct arena *a, str bytes, struct cbor *out)
{
    return cbor_read_tagged(a, &bytes, out) && bytes.len == 0;
}

/* One certificate stands without a list. */
static bool take_chain(struct arena *a, const struct cbor *v, struct notation_signature *out)
{
    bool is_one = v && v->type == CBOR_BYTES;
    size_t count = is_one ? 1 : v && v->type == CBOR_LIST ? v->count : 0;
    out->chain = room_for_chain(a, count);
    for (size_t i = 0; out->chain && i < count; i++) {
        const struct cbor *c = is_one ? v : &v->items[i];
        if (c->type != CBOR_BYTES)
            return false;
        out->chain[out->chain_count++] = c->bytes;
    }
    return out->chain != NULL;
}

static void put_bytes(struct buf *b, str bytes)
{
    enum { BYTES = 2 << 5, IN_ONE = 24, IN_FOUR = 26 };
    if (bytes.len < IN_ONE) {
        buf_byte(b, (char)(BYTES | bytes.len));
    } else if (bytes.len < 256) {
        buf_byte(b, (char)(BYTES | IN_ONE));
        buf_byte(b, (char)bytes.len);
    } else if (bytes.len < 65536) {
        buf_byte(b, (char)(BYTES | (IN_ONE + 1)));
        buf_byte(b, (char)(bytes.len >> 8));
        buf_byte(b, (char)bytes.len);
    } else {
        buf_byte(b, (char)(BYTES | IN_FOUR));
        for (unsigned shift = 32; shift > 0; shift -= 8)
            buf_byte(b, (char)(bytes.len >> (shift - 8)));
    }
    buf_add(b, bytes);
}

/* RFC 9052 4.4: ["Signature1", protected, h'', payload]. */
static str signed_text(struct arena *a, str protected, str payload)
{
    struct buf b;
    buf_init(&b, a, protected.len + payload.len + 64);
    buf_add(&b, S("\x84\x6aSignature1"));
    put_bytes(&b, protected);
    put_bytes(&b, S(""));
    put_bytes(&b, payload);
    must(!b.failed);
    return buf_str(&b);
}

bool notation_read_cose(struct arena *a, str envelope, struct notation_signature *out)
{
    struct cbor whole, head;
    if (!read_whole(a, envelope, &whole) || whole.type != CBOR_TAG || whole.count != TAG_SIGN1)
        return false;
    const struct cbor *m = whole.items;
    bool is_sign1 = m->type == CBOR_LIST && m->count == 4 && m->items[0].type == CBOR_BYTES && m->items[1].type == CBOR_MAP &&
                    m->items[2].type == CBOR_BYTES && m->items[3].type == CBOR_BYTES;
    if (!is_sign1 || !read_whole(a, m->items[0].bytes, &head) || head.type != CBOR_MAP)
        return false;
    for (size_t i = 0; i < head.count; i++)
        if (!take_member(&head.items[2 * i], &head.items[2 * i + 1], out))
            return false;
    out->payload = m->items[2].bytes;
    out->signature = m->items[3].bytes;
    out->text = signed_text(a, m->items[0].bytes, out->payload);
    const struct cbor *token = cbor_by_text(&m->items[1], NOTATION_TIMESTAMP);
    if (token && token->type != CBOR_BYTES)
        return false;
    out->timestamp = token ? token->bytes : (str){0};
    return take_chain(a, cbor_by_int(&m->items[1], LABEL_CHAIN), out);
}
