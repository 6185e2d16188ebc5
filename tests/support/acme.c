#include "tests/support/acme.h"

#include "base/crypt.h"
#include "base/jws.h"
#include "tests/support/check.h"

#define ORIGIN "http://localhost"

struct acme *acme_client(struct house *h, struct arena *a, enum pubkey_algorithm algorithm)
{
    struct acme *c = NEW(a, struct acme);
    *c = (struct acme){.house = h, .arena = a, .key = signer_make(a, algorithm, 2048), .base = "/acme"};
    return c;
}

static str jwk_of(struct arena *a, const struct signer *s)
{
    struct pubkey key = signer_public(s);
    return jwk_text(a, &key);
}

static str message(struct arena *a, str header, str payload, const struct signer *by, const char *beside)
{
    str text = arena_format(a, STR_FMT "." STR_FMT, STR_ARG(base64url_encode(a, header)), STR_ARG(base64url_encode(a, payload)));
    str signature = signer_sign(a, by, PUBKEY_RAW, text), first, second;
    (void)str_cut(text, '.', &first, &second);
    return arena_format(a, "{\"protected\":\"" STR_FMT "\",\"payload\":\"" STR_FMT "\",\"signature\":\"" STR_FMT "\"%s}", STR_ARG(first),
                        STR_ARG(second), STR_ARG(base64url_encode(a, signature)), beside ? beside : "");
}

static void take_nonce(struct acme *c, const struct fake_exchange *f)
{
    c->nonce = arena_copy(c->arena, fake_header(f, "Replay-Nonce"));
}

static str header_of(struct acme *c, str url, const struct acme_odd *odd)
{
    const char *own = arena_cstr(c->arena, jws_algorithms[signer_public(c->key).algorithm]);
    str key = str_is_absent(c->kid) || odd->as_key ? arena_format(c->arena, ",\"jwk\":" STR_FMT, STR_ARG(jwk_of(c->arena, c->key)))
                                                   : arena_format(c->arena, ",\"kid\":\"" STR_FMT "\"", STR_ARG(c->kid));
    str nonce = odd->nonce ? str_of(odd->nonce) : c->nonce;
    return arena_format(c->arena, "{\"alg\":\"%s\"" STR_FMT ",\"nonce\":\"" STR_FMT "\",\"url\":\"" STR_FMT "\"%s}", odd->algorithm ? odd->algorithm : own,
                        STR_ARG(odd->nothing ? S("") : key), STR_ARG(nonce), STR_ARG(odd->url ? str_of(odd->url) : url), odd->more ? odd->more : "");
}

struct fake_exchange *acme_post_odd(struct acme *c, str path, str payload, const struct acme_odd *odd)
{
    struct arena *a = c->arena;
    str origin = S(ORIGIN);
    str target = str_starts(path, origin) ? str_slice(path, origin.len, path.len) : arena_format(a, "%s" STR_FMT, c->base, STR_ARG(path));
    if (str_is_absent(c->nonce))
        take_nonce(c, rest_request(c->house->gate, a, "HEAD", "/acme/new-nonce", "", S(""), NULL));
    str url = arena_format(a, ORIGIN STR_FMT, STR_ARG(target));
    str body = message(a, header_of(c, url, odd), str_is_absent(payload) ? S("") : payload, odd->by ? odd->by : c->key, odd->beside);
    const char *headers = arena_cstr(a, arena_format(a, "Content-Type: %s\n", odd->media ? odd->media : "application/jose+json"));
    struct fake_exchange *f = rest_request(c->house->gate, a, "POST", arena_cstr(a, target), headers, body, NULL);
    take_nonce(c, f);
    return f;
}

struct fake_exchange *acme_post(struct acme *c, str path, str payload)
{
    return acme_post_odd(c, path, payload, &(struct acme_odd){0});
}

str acme_inner(struct acme *c, const struct signer *by, str url, str payload)
{
    str header = arena_format(c->arena, "{\"alg\":\"" STR_FMT "\",\"jwk\":" STR_FMT ",\"url\":\"" STR_FMT "\"}",
                              STR_ARG(jws_algorithms[signer_public(by).algorithm]), STR_ARG(jwk_of(c->arena, by)), STR_ARG(url));
    return message(c->arena, header, payload, by, NULL);
}

str acme_binding(struct acme *c, str kid, str key, str url)
{
    struct arena *a = c->arena;
    uint8_t code[HMAC_SHA256_BYTES];
    str secret, header = arena_format(a, "{\"alg\":\"HS256\",\"kid\":\"" STR_FMT "\",\"url\":\"" STR_FMT "\"}", STR_ARG(kid), STR_ARG(url));
    str first = base64url_encode(a, header), second = base64url_encode(a, jwk_of(a, c->key));
    must(base64url_decode(a, key, &secret));
    hmac_sha256(secret, arena_format(a, STR_FMT "." STR_FMT, STR_ARG(first), STR_ARG(second)), code);
    return arena_format(a, "{\"protected\":\"" STR_FMT "\",\"payload\":\"" STR_FMT "\",\"signature\":\"" STR_FMT "\"}", STR_ARG(first), STR_ARG(second),
                        STR_ARG(base64url_encode(a, (str){(const char *)code, sizeof code})));
}

const struct json *acme_answer(struct acme *c, const struct fake_exchange *f)
{
    return house_json(c->arena, arena_cstr(c->arena, f->answer));
}

str acme_member(struct acme *c, const struct fake_exchange *f, const char *name)
{
    const struct json *v = f->answer.len ? json_get(acme_answer(c, f), str_of(name)) : NULL;
    return v && v->type == JSON_TEXT ? v->text : (str){"", 0};
}

str acme_type(struct acme *c, const struct fake_exchange *f)
{
    str type = acme_member(c, f, "type"), before = S("urn:ietf:params:acme:error:");
    return str_starts(type, before) ? str_slice(type, before.len, type.len) : type;
}
