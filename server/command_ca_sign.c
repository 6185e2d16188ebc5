/* ca sign, ca revoke: others' requests and certificates from the command line (docs/certificates.md). */
#include <unistd.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/x509.h"
#include "content/system/pki/x509_make.h"
#include "server/ca.h"

#define REQUESTS "certificate_requests"
enum { FINGERPRINT = 64, ID = 24 };

/* ---- sign ---- */

static enum err find_request(struct desk *d, str said, const struct json **out)
{
    struct item_list found = {0};
    int64_t n = 0;
    if (said.len == ID)
        TRY(ca_rows(d, REQUESTS, "_id", json_of_text(said), &found));
    if (found.count == 0 && str_to_i64(said, &n))
        TRY(ca_rows(d, REQUESTS, "serial", json_of_int(n), &found));
    if (found.count == 0)
        return problem_set(d->why, ERR_NOT_FOUND, "There is no request " STR_FMT, STR_ARG(said));
    *out = &found.items[0];
    return ERR_OK;
}

/* One that is here already is taken up again: a run that was cut off between handing in and signing, or somebody who hands in and
 * an operator who signs. */
static enum err hand_in(struct call *c, struct desk *d, const struct json **out, bool *is_new)
{
    struct request_facts facts;
    struct item_list found;
    struct change made;
    struct json member;
    str pem;
    TRY(call_file(c, c->words[0], LIMIT_CSR_BYTES, &pem));
    TRY(request_read(pem, c->arena, &facts, d->why));
    TRY(ca_rows(d, REQUESTS, "digest", json_of_text(digest_hex(c->arena, DIGEST_SHA256, facts.der)), &found));
    *is_new = found.count == 0;
    if (*is_new) {
        member = json_named(S("csr"), json_of_text(pem));
        struct json item = json_of_map(&member, 1);
        TRY(ca_make(d, REQUESTS, &item, &made));
        TRY(ca_rows(d, REQUESTS, "_id", json_of_text(made.result_id), &found));
    }
    *out = &found.items[0];
    return ERR_OK;
}

static enum err sign_wish(struct call *c, struct desk *d, struct json *members, size_t *count)
{
    const struct json *by;
    str profile = call_option(c, "profile");
    int64_t days = 0;
    TRY(ca_find(d, call_option(c, "ca"), &by));
    must(ca_days(c, &days)); /* the usage was checked */
    members[(*count)++] = json_named(S("authority"), json_of_text(text_in(by, S("_id"))));
    if (!str_is_absent(profile))
        members[(*count)++] = json_named(S("profile"), json_of_text(profile));
    if (days)
        members[(*count)++] = json_named(S("days"), json_of_int(days));
    return ERR_OK;
}

static enum err print_signed(struct call *c, struct desk *d, const char *collection, str id, const char *number)
{
    const struct json *item, *certificate;
    TRY(ca_item(d, collection, id, &item));
    TRY(ca_item(d, "certificates", text_in(item, S("certificate")), &certificate));
    if (!c->json) {
        ca_print(text_in(item, S("chain")));
        return ERR_OK;
    }
    struct json members[] = {json_named(str_of(number), json_of_int(number_in(item, S("serial")))),
                             json_named(S("serial"), json_of_text(text_in(certificate, S("serial")))),
                             json_named(S("fingerprint"), json_of_text(text_in(certificate, S("fingerprint")))),
                             json_named(S("expires"), json_of_text(text_in(certificate, S("not_after")))),
                             json_named(S("chain"), json_of_text(text_in(item, S("chain"))))};
    struct json out = json_of_map(members, COUNTOF(members));
    call_print(c, json_print(c->arena, &out));
    return ERR_OK;
}

/* What only came for this and is not signed does not stay. */
static enum err give_back(struct desk *d, str id, enum err e)
{
    struct problem quiet = {.arena = d->arena}, *said = d->why;
    d->why = &quiet;
    err_ignored(ca_unmake(d, REQUESTS, id));
    d->why = said;
    return e;
}

static enum err sign(struct call *c, struct desk *d)
{
    struct json members[3];
    size_t count = 0;
    const struct json *item = NULL;
    bool is_new = false;
    str request = call_option(c, "request"), authority = call_option(c, "authority");
    TRY(sign_wish(c, d, members, &count));
    if (!str_is_absent(authority)) {
        TRY(ca_find(d, authority, &item));
        TRY(ca_act(d, "certificate_authorities", text_in(item, S("_id")), "sign", members, count));
        return print_signed(c, d, "certificate_authorities", text_in(item, S("_id")), "authority");
    }
    if (!str_is_absent(request))
        TRY(find_request(d, request, &item));
    else
        TRY(hand_in(c, d, &item, &is_new));
    str id = text_in(item, S("_id"));
    enum err e = ca_act(d, REQUESTS, id, "sign", members, count);
    if (e != ERR_OK)
        return is_new ? give_back(d, id, e) : e;
    return print_signed(c, d, REQUESTS, id, "request");
}

enum exit_code command_ca_sign(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    int64_t days;
    size_t said = c->word_count + !str_is_absent(call_option(c, "request")) + !str_is_absent(call_option(c, "authority"));
    if (said != 1)
        return call_usage(c, "ca sign needs a file with a request (- for standard input), --request or --authority, one of them");
    if (str_is_absent(call_option(c, "ca")))
        return call_usage(c, "ca sign needs --ca, the number of the authority that signs (ca list shows them)");
    if (!ca_days(c, &days))
        return call_usage(c, "--days is a number from 1 to 36500");
    if (!str_is_absent(call_option(c, "authority")) && !str_is_absent(call_option(c, "profile")))
        return call_usage(c, "An authority's certificate has no profile");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, sign(c, &d));
}

/* ---- revoke ---- */

/* Colons, capitals and zeros in front are how others write it; {0}: no hex digits. */
static str hex_of(struct arena *a, str said)
{
    struct buf b;
    size_t digits = 0;
    buf_init(&b, a, said.len + 2);
    for (size_t i = 0; i < said.len; i++)
        digits += said.at[i] != ':';
    if (digits % 2)
        buf_byte(&b, '0');
    for (size_t i = 0; i < said.len; i++) {
        char c = said.at[i] >= 'A' && said.at[i] <= 'F' ? (char)(said.at[i] - 'A' + 'a') : said.at[i];
        if (c == ':')
            continue;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return (str){0};
        buf_byte(&b, c);
    }
    str out = buf_str(&b);
    while (out.len > 2 && out.at[0] == '0' && out.at[1] == '0')
        out = str_slice(out, 2, out.len);
    return out;
}

static enum err of_file(struct call *c, struct desk *d, struct item_list *out)
{
    struct certificate *chain = NULL;
    size_t count = 0;
    str bytes;
    TRY(call_file(c, c->words[0], LIMIT_CHAIN_BYTES, &bytes));
    TRY(certificates_read(c->arena, bytes, &chain, &count, d->why));
    return ca_rows(d, "certificates", "fingerprint", json_of_text(digest_hex(c->arena, DIGEST_SHA256, chain[0].der)), out);
}

/* Of several authorities the same number may come; --ca says which. */
static enum err of_serial(struct call *c, struct desk *d, str serial, struct item_list *out)
{
    const struct json *by;
    const struct collection *in;
    TRY(gate_collection(d->app->gate, d->who, S("certificates"), &in, d->why));
    const struct filter *where = filter_test(d->arena, collection_field(in, S("serial")), TEST_EQ, json_of_text(serial));
    if (!str_is_absent(call_option(c, "ca"))) {
        TRY(ca_find(d, call_option(c, "ca"), &by));
        where = filter_and(d->arena, where, filter_test(d->arena, collection_field(in, S("authority")), TEST_EQ, json_of_text(text_in(by, S("_id")))));
    }
    struct query q = {.from = in, .limit = 2, .where = where};
    query_all_fields(d->arena, &q, NULL);
    item_list_init(out, d->arena);
    TRY(gate_read(d->app->gate, d->who, &q, &out->receiver, NULL, d->why));
    if (out->count > 1)
        return problem_set(d->why, ERR_CONFLICT, "Several certificates have this serial number; --ca says whose, a fingerprint says which");
    return ERR_OK;
}

static enum err find_certificate(struct call *c, struct desk *d, const struct json **out)
{
    struct item_list found = {0};
    str said = c->words[0], hex = hex_of(c->arena, said);
    if (str_equal(said, S("-")) || access(arena_cstr(c->arena, said), F_OK) == 0)
        TRY(of_file(c, d, &found));
    else if (!str_is_absent(hex) && hex.len == FINGERPRINT)
        TRY(ca_rows(d, "certificates", "fingerprint", json_of_text(hex), &found));
    else if (!str_is_absent(hex))
        TRY(of_serial(c, d, hex, &found));
    if (found.count == 0)
        return problem_set(d->why, ERR_NOT_FOUND, "There is no certificate " STR_FMT " here; say its serial number, its SHA-256 or a PEM file",
                           STR_ARG(said));
    *out = &found.items[0];
    return ERR_OK;
}

static enum err print_revoked(struct call *c, struct desk *d, str id)
{
    static const str names[] = {STR("number"), STR("serial"), STR("fingerprint"), STR("subject"), STR("revoked_at"), STR("revocation")};
    const struct json *now;
    struct json members[COUNTOF(names)];
    if (!c->json)
        return ERR_OK;
    TRY(ca_item(d, "certificates", id, &now));
    for (size_t i = 0; i < COUNTOF(names); i++) {
        const struct json *v = json_get(now, names[i]);
        members[i] = json_named(names[i], v ? *v : json_null);
    }
    struct json out = json_of_map(members, COUNTOF(members));
    call_print(c, json_print(c->arena, &out));
    return ERR_OK;
}

/* A long list is only marked as due, and nobody may serve: whoever revokes here has it written. */
static enum err write_due(struct desk *d, str certificate)
{
    const struct json *revoked, *authority;
    TRY(ca_item(d, "certificates", certificate, &revoked));
    TRY(ca_item(d, "certificate_authorities", revoked ? text_in(revoked, S("authority")) : S(""), &authority));
    int64_t next = authority ? time_in(authority, S("crl_next")) : 0;
    return next && next <= time_now_ms() ? ca_act(d, "certificate_authorities", text_in(authority, S("_id")), "crl", NULL, 0) : ERR_OK;
}

static enum err take_back(struct call *c, struct desk *d)
{
    const struct json *item = NULL;
    str reason = call_option(c, "reason"), request = call_option(c, "request");
    const struct json said = json_named(S("reason"), json_of_text(reason));
    bool of_request = !str_is_absent(request);
    TRY(of_request ? find_request(d, request, &item) : find_certificate(c, d, &item));
    TRY(ca_act(d, of_request ? REQUESTS : "certificates", text_in(item, S("_id")), "revoke", &said, !str_is_absent(reason)));
    TRY(write_due(d, text_in(item, of_request ? S("certificate") : S("_id"))));
    return print_revoked(c, d, text_in(item, of_request ? S("certificate") : S("_id")));
}

enum exit_code command_ca_revoke(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count + !str_is_absent(call_option(c, "request")) != 1)
        return call_usage(c, "ca revoke needs a serial number, a SHA-256, a PEM file or --request, one of them");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, take_back(c, &d));
}
