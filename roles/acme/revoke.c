/* The end of certificates: revoked by who ordered one, by who shows that he holds all its names, or by its own key; and when a
 * client should see to the next one. */
#include "base/crypt.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/content.h"
#include "content/kind.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_key.h"
#include "roles/acme/part.h"

/* ---- keys ---- */

/* Compared whole: a part of a key is another key. Sorts of keys that no message is signed with are nobody's. */
bool acme_key_is(struct arena *a, str spki, const struct pubkey *key)
{
    str own;
    return pubkey_spki(a, key, &own) && public_key_equal(spki, own);
}

/* ---- revoking ---- */

static enum err not_his(struct problem *why)
{
    return problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"),
                         "A certificate is revoked by the account that ordered it, one that holds all of its names, or its own key");
}

static enum err holds_name(struct acme_call *c, str name, bool *out, struct problem *why)
{
    struct item_list list;
    bool is_wildcard = str_starts(name, S("dns:*."));
    str bare = is_wildcard ? arena_format(c->x->arena, "dns:" STR_FMT, STR_ARG(str_slice(name, 6, name.len))) : name;
    struct json parts[] = {json_named(S("account"), json_of_text(item_text(c->account, S("_id")))), json_named(S("identifier"), json_of_text(bare)),
                           json_named(S("wildcard"), json_of_bool(is_wildcard)), json_named(S("status"), json_of_text(S("valid")))};
    struct json filter = json_of_map(parts, COUNTOF(parts));
    TRY(acme_list(c->gate, c->x->arena, "acme_authorizations", json_print(c->x->arena, &filter), LIMIT_ROWS, &list, why));
    *out = false;
    for (size_t i = 0; i < list.count; i++)
        *out = *out || str_equal(gate_acme_authorization_status(&list.items[i]), S("valid"));
    return ERR_OK;
}

static enum err check_account(struct acme_call *c, const struct json *row, struct problem *why)
{
    struct item_list orders;
    const struct json *names = list_in(row, S("names"));
    bool holds = names->count > 0;
    TRY(acme_list(c->gate, c->x->arena, "acme_orders",
                  arena_format(c->x->arena, "{\"account\":\"" STR_FMT "\",\"certificate\":\"" STR_FMT "\"}", STR_ARG(item_text(c->account, S("_id"))),
                               STR_ARG(item_text(row, S("_id")))),
                  1, &orders, why));
    if (orders.count)
        return ERR_OK;
    for (uint32_t i = 0; holds && i < names->count; i++)
        TRY(holds_name(c, names->items[i].text, &holds, why));
    return holds ? ERR_OK : not_his(why);
}

/* The codes of RFC 5280 5.3.1 that somebody outside may say, in the collection's words. */
static enum err read_reason(const struct acme_call *c, str *out, struct problem *why)
{
    static const char *const words[] = {[0] = "unspecified", [1] = "keyCompromise",        [3] = "affiliationChanged",
                                        [4] = "superseded",  [5] = "cessationOfOperation", [9] = "privilegeWithdrawn"};
    const struct json *said = json_get(c->payload, S("reason"));
    int64_t code = said && said->type == JSON_INT ? said->integer : 0;
    if ((said && said->type != JSON_INT) || code < 0 || code >= (int64_t)COUNTOF(words) || !words[code])
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("badRevocationReason"), "A reason is 0, 1, 3, 4, 5 or 9");
    *out = str_of(words[code]);
    return ERR_OK;
}

static enum err act(struct acme_call *c, const struct json *row, str reason, struct problem *why)
{
    const struct principal *server = principal_system(c->gate, c->x->arena, SYSTEM_PKI);
    struct actor actor = server->actor;
    struct json member = json_named(S("reason"), json_of_text(reason)), input = json_of_map(&member, 1), output;
    actor.via = S("acme");
    actor.request_id = c->x->request_id;
    actor.vars.ip = c->x->peer;
    actor.label = c->account ? arena_format(c->x->arena, STR_FMT " for " STR_FMT, STR_ARG(server->actor.label), STR_ARG(c->who->actor.label))
                             : arena_format(c->x->arena, STR_FMT " for the certificate's key", STR_ARG(server->actor.label));
    return content_act(c->gate->content, server->rights, &actor, model_find(server->rights->model, S("certificates")), item_text(row, S("_id")),
                       S("revoke"), NULL, &input, &output, c->x->arena, why);
}

enum err gate_acme_revoke(struct acme_call *c, struct problem *why)
{
    struct arena *a = c->x->arena;
    str text = text_in(c->payload, S("certificate")), der, reason;
    const struct json *row = NULL;
    struct certificate certificate;
    struct problem own = {.arena = a};
    if (text.len == 0 || !base64url_decode(a, text, &der) || certificate_read(a, der, &certificate, &own) != ERR_OK)
        return acme_malformed(why, "certificate is a certificate, DER in base64url");
    TRY(read_reason(c, &reason, why));
    TRY(acme_find(c->gate, a, "certificates", "fingerprint", digest_hex(a, DIGEST_SHA256, certificate.der), &row, why));
    if (!row || str_is_absent(item_text(row, S("authority"))))
        return problem_fault(why, ERR_NOT_FOUND, S(""), S("malformed"), "No authority here has issued this certificate");
    if (item_flag(row, S("is_authority"), false)) /* whatever is below it would end with it: for the desk to say */
        return problem_fault(why, ERR_FORBIDDEN, S(""), S("unauthorized"), "The certificate of an authority is not revoked by ACME");
    if (c->account)
        TRY(check_account(c, row, why));
    else if (!acme_key_is(a, certificate.key, &c->key))
        return not_his(why);
    enum err e = item_time(row, S("revoked_at")) ? ERR_CONFLICT : act(c, row, reason, &own);
    if (e == ERR_CONFLICT)
        return problem_fault(why, ERR_BAD_INPUT, S(""), S("alreadyRevoked"), "The certificate is revoked already");
    return e == ERR_OK ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

/* ---- renewal (RFC 9773) ---- */

/* Both parts once in base64url; of the number's bytes a leading zero is only its sign. */
static bool read_name(struct arena *a, str name, str *key, str *serial)
{
    str first, second, bytes;
    struct buf hex;
    if (name.len > 200 || !str_cut(name, '.', &first, &second) || !base64url_decode(a, first, key) || !base64url_decode(a, second, &bytes) ||
        bytes.len == 0 || key->len == 0)
        return false;
    if (bytes.len > 1 && bytes.at[0] == 0)
        bytes = str_slice(bytes, 1, bytes.len);
    buf_init(&hex, a, 512);
    buf_hex(&hex, bytes.at, bytes.len);
    *serial = buf_str(&hex);
    return true;
}

enum err acme_named_certificate(struct gate *g, struct arena *a, str name, const struct json **out, struct problem *why)
{
    struct item_list list;
    str key, serial;
    *out = NULL;
    if (!read_name(a, name, &key, &serial))
        return ERR_OK;
    TRY(acme_list(g, a, "certificates", arena_format(a, "{\"serial\":\"" STR_FMT "\",\"authority\":{\"$exists\":true}}", STR_ARG(serial)), LIMIT_ROWS, &list, why));
    for (size_t i = 0; i < list.count && !*out; i++) {
        struct certificate *chain;
        size_t count;
        if (certificates_read(a, item_text(&list.items[i], S("pem")), &chain, &count, why) != ERR_OK)
            return why->err;
        if (str_equal(chain[0].issuer_key_id.len ? chain[0].issuer_key_id : S(""), key))
            *out = &list.items[i];
    }
    return ERR_OK;
}

enum err gate_acme_renewal(struct gate *g, str certificate_id, struct arena *a, struct acme_renewal *out, struct problem *why)
{
    const struct json *row = NULL;
    TRY(gate_catch_up(g, why));
    TRY(acme_named_certificate(g, a, certificate_id, &row, why));
    if (!row)
        return problem_set(why, ERR_NOT_FOUND, "There is no such certificate");
    int64_t from = item_time(row, S("not_before")), to = item_time(row, S("not_after")), revoked = item_time(row, S("revoked_at"));
    *out = (struct acme_renewal){from + (to - from) / 3 * 2, from + (to - from) / 6 * 5};
    if (revoked) /* at once */
        *out = (struct acme_renewal){revoked - 60000, revoked};
    return ERR_OK;
}
