/* ca: authorities from the command line (docs/certificates.md). Certificates of others: command_ca_sign.c. */
#include "base/limits.h"
#include "base/time.h"
#include "content/system/pki/pem.h"
#include "roles/pki/pki.h"
#include "server/ca.h"

enum { ROW_MEMBERS = 6, SUBJECT_PARTS = 16, PERMITTED = 64 };
static const int64_t day_ms = 86400000;

/* ---- list, show, export ---- */

static str status_of(const struct json *authority, const struct json *certificate)
{
    if (!certificate)
        return S("pending");
    if (time_in(certificate, S("revoked_at")))
        return S("revoked");
    if (time_in(certificate, S("not_after")) <= time_now_ms())
        return S("expired");
    return flag_in(authority, S("enabled")) ? S("active") : S("disabled");
}

static struct json kept(const struct json *item, str name, str as)
{
    const struct json *v = json_get(item, name);
    return json_named(as, v ? *v : json_null);
}

/* The number of who signed it here; null: itself, or somebody else. */
static enum err parent_of(struct desk *d, const struct json *authority, const struct json *certificate, struct json *out)
{
    const struct json *by = NULL;
    str id = text_in(certificate, S("authority"));
    *out = json_null;
    if (str_equal(id, text_in(authority, S("_id"))))
        return ERR_OK;
    TRY(ca_item(d, "certificate_authorities", id, &by));
    if (by)
        *out = json_of_int(number_in(by, S("serial")));
    return ERR_OK;
}

static enum err row_of(struct desk *d, const struct json *authority, const struct json *certificate, struct json *row)
{
    struct json parent;
    TRY(parent_of(d, authority, certificate, &parent));
    row[0] = kept(authority, S("serial"), S("number"));
    row[1] = kept(authority, S("name"), S("name"));
    row[2] = json_named(S("status"), json_of_text(status_of(authority, certificate)));
    row[3] = kept(authority, S("key_type"), S("key"));
    row[4] = kept(certificate, S("not_after"), S("expires"));
    row[5] = json_named(S("parent"), parent);
    return ERR_OK;
}

static enum err list(struct call *c, struct desk *d)
{
    static const char *const columns[] = {"number", "name", "status", "key", "expires", "parent", NULL};
    struct item_list all;
    TRY(desk_find(d, "certificate_authorities", NULL, (str){0}, &all));
    struct json *rows = NEW_N(c->arena, struct json, all.count + 1);
    for (size_t i = 0; i < all.count; i++) {
        const struct json *certificate;
        struct json *row = NEW_N(c->arena, struct json, ROW_MEMBERS);
        TRY(ca_item(d, "certificates", text_in(&all.items[i], S("certificate")), &certificate));
        TRY(row_of(d, &all.items[i], certificate, row));
        rows[i] = json_of_map(row, ROW_MEMBERS);
    }
    struct json out = json_of_list(rows, all.count);
    call_print_items(c, &out, columns);
    return ERR_OK;
}

enum exit_code command_ca_list(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count)
        return call_usage(c, "ca list takes no words");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, list(c, &d));
}

static void print_members(const struct call *c, const struct json *map)
{
    if (c->json) {
        call_print(c, json_print(c->arena, map));
        return;
    }
    for (uint32_t i = 0; i < map->count; i++) {
        const struct json *v = &map->items[i];
        if (v->type == JSON_NULL || (v->type == JSON_LIST && v->count == 0))
            continue;
        str text = v->type == JSON_TEXT ? v->text : json_print(c->arena, v);
        (void)printf("%-14.*s " STR_FMT "\n", STR_ARG(v->name), STR_ARG(text));
    }
}

static enum err show(struct call *c, struct desk *d)
{
    static const str of_authority[] = {STR("path_len"), STR("permitted_dns"), STR("permitted_networks"), STR("crl_number"), STR("crl_next")};
    static const str of_certificate[] = {STR("subject"), STR("serial"), STR("fingerprint"), STR("not_before")};
    const struct json *authority, *certificate;
    struct json row[ROW_MEMBERS + COUNTOF(of_authority) + COUNTOF(of_certificate)];
    size_t count = ROW_MEMBERS;
    TRY(ca_find(d, c->words[0], &authority));
    TRY(ca_item(d, "certificates", text_in(authority, S("certificate")), &certificate));
    TRY(row_of(d, authority, certificate, row));
    for (size_t i = 0; i < COUNTOF(of_certificate); i++)
        row[count++] = kept(certificate, of_certificate[i], of_certificate[i]);
    for (size_t i = 0; i < COUNTOF(of_authority); i++)
        row[count++] = kept(authority, of_authority[i], of_authority[i]);
    struct json out = json_of_map(row, count);
    print_members(c, &out);
    return ERR_OK;
}

static enum err print_as(struct call *c, struct desk *d, str pem)
{
    struct pem_block *blocks = NULL;
    size_t count = 0;
    if (!call_flag(c, "der")) {
        ca_print(pem);
        return ERR_OK;
    }
    TRY(pem_read(c->arena, pem, 1, &blocks, &count, d->why));
    ca_print(blocks[0].der);
    return ERR_OK;
}

static enum err export(struct call *c, struct desk *d)
{
    const struct json *authority, *certificate;
    TRY(ca_find(d, c->words[0], &authority));
    if (call_flag(c, "csr"))
        return print_as(c, d, text_in(authority, S("csr")));
    TRY(ca_item(d, "certificates", text_in(authority, S("certificate")), &certificate));
    if (!certificate)
        return problem_set(d->why, ERR_CONFLICT, "The authority " STR_FMT " has no certificate yet; --csr gives its request", STR_ARG(c->words[0]));
    return print_as(c, d, text_in(call_flag(c, "chain") ? authority : certificate, call_flag(c, "chain") ? S("chain") : S("pem")));
}

enum exit_code command_ca_show(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "ca show needs one authority's number (ca list shows them)");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, show(c, &d));
}

enum exit_code command_ca_export(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "ca export needs one authority's number (ca list shows them)");
    if (call_flag(c, "chain") && (call_flag(c, "csr") || call_flag(c, "der")))
        return call_usage(c, "--chain is PEM, and of certificates");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, export(c, &d));
}

/* ---- crl ---- */

static enum err crl(struct call *c, struct desk *d)
{
    const struct json *authority;
    str pem, der;
    TRY(ca_find(d, c->words[0], &authority));
    if (call_flag(c, "renew"))
        TRY(ca_act(d, "certificate_authorities", text_in(authority, S("_id")), "crl", NULL, 0));
    TRY(gate_crl(d->app->gate, number_in(authority, S("serial")), d->arena, &pem, &der, d->why));
    if (pem.len == 0)
        return problem_set(d->why, ERR_CONFLICT, "The authority " STR_FMT " has no certificate yet, so no list", STR_ARG(c->words[0]));
    if (!c->json) {
        ca_print(call_flag(c, "der") ? der : pem);
        return ERR_OK;
    }
    TRY(ca_find(d, c->words[0], &authority)); /* as it is now */
    struct json members[] = {kept(authority, S("serial"), S("authority")), kept(authority, S("crl_number"), S("number")),
                             kept(authority, S("crl_next"), S("next")), json_named(S("crl"), json_of_text(pem))};
    struct json out = json_of_map(members, COUNTOF(members));
    call_print(c, json_print(c->arena, &out));
    return ERR_OK;
}

enum exit_code command_ca_crl(struct call *c)
{
    struct desk d;
    enum exit_code code = EXIT_DATA;
    if (c->word_count != 1)
        return call_usage(c, "ca crl needs one authority's number (ca list shows them)");
    if (call_flag(c, "der") && c->json)
        return call_usage(c, "--der and --json are two forms; say one");
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, crl(c, &d));
}

/* ---- create ---- */

struct making {
    struct json item;
    int64_t days;
    str signed_by;                    /* {0}: by nobody here */
    bool is_root;
};

static const char *read_subject(const struct call *c, struct json *out)
{
    str parts[SUBJECT_PARTS], type, text, name = call_option(c, "name");
    size_t count = call_options(c, "subject", parts, SUBJECT_PARTS), made = 0;
    struct json *members = NEW_N(c->arena, struct json, count + 1);
    bool has_name = false;
    for (size_t i = 0; i < count; i++) {
        if (!str_cut(parts[i], '=', &type, &text) || text.len == 0)
            return "--subject takes a part at a time, like O=Acme";
        has_name |= str_equal(type, S("CN"));
        members[made++] = json_named(type, json_of_text(text));
    }
    if (!has_name && !str_is_absent(name))
        members[made++] = json_named(S("CN"), json_of_text(name));
    *out = json_of_map(members, made);
    return made ? NULL : "ca create needs --name, or --subject CN=…";
}

static struct json texts_of(const struct call *c, const char *option)
{
    str texts[PERMITTED];
    size_t count = call_options(c, option, texts, PERMITTED);
    struct json *items = NEW_N(c->arena, struct json, count + 1);
    for (size_t i = 0; i < count; i++)
        items[i] = json_of_text(texts[i]);
    return json_of_list(items, count);
}

static struct json end_after(struct arena *a, int64_t days)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, (time_now_ms() + days * day_ms) / 1000 * 1000);
    return json_of_text(buf_str(&b));
}

/* NULL: it is what it has to be. */
static const char *read_making(const struct call *c, struct making *out)
{
    str name = call_option(c, "name"), key = call_option(c, "key-type"), levels = call_option(c, "path-len");
    struct json *m = NEW_N(c->arena, struct json, 8), subject;
    size_t count = 0;
    int64_t path_len = 0;
    const char *bad = read_subject(c, &subject);
    *out = (struct making){.is_root = call_flag(c, "self-signed"), .signed_by = call_option(c, "signed-by")};
    if (bad)
        return bad;
    if (out->is_root && !str_is_absent(out->signed_by))
        return "--self-signed or --signed-by, one of them";
    if (!ca_days(c, &out->days))
        return "--days is a number from 1 to 36500";
    if (out->days && !out->is_root && str_is_absent(out->signed_by))
        return "--days is for --self-signed and --signed-by; who signs it elsewhere says how long";
    if (!str_is_absent(levels) && !str_to_i64(levels, &path_len))
        return "--path-len is a number of levels";
    m[count++] = json_named(S("subject"), subject);
    m[count++] = json_named(S("self_signed"), json_of_bool(out->is_root));
    m[count++] = json_named(S("permitted_dns"), texts_of(c, "permit-dns"));
    m[count++] = json_named(S("permitted_networks"), texts_of(c, "permit-network"));
    if (!str_is_absent(name))
        m[count++] = json_named(S("name"), json_of_text(name));
    if (!str_is_absent(key))
        m[count++] = json_named(S("key_type"), json_of_text(key));
    if (!str_is_absent(levels))
        m[count++] = json_named(S("path_len"), json_of_int(path_len));
    if (out->is_root && out->days)
        m[count++] = json_named(S("not_after"), end_after(c->arena, out->days));
    out->item = json_of_map(m, count);
    return NULL;
}

static enum err sign_it(struct desk *d, const struct making *m, const struct json *by, str id)
{
    const struct json input[] = {json_named(S("authority"), json_of_text(text_in(by, S("_id")))), json_named(S("days"), json_of_int(m->days))};
    return ca_act(d, "certificate_authorities", id, "sign", input, m->days ? 2 : 1);
}

static enum err create(struct call *c, struct desk *d, const struct making *m)
{
    const struct json *by = NULL, *certificate;
    struct item_list made;
    struct change change;
    if (!str_is_absent(m->signed_by))
        TRY(ca_find(d, m->signed_by, &by));
    TRY(ca_make(d, "certificate_authorities", &m->item, &change));
    enum err e = by ? sign_it(d, m, by, change.result_id) : ERR_OK;
    if (e != ERR_OK) {
        struct problem quiet = {.arena = c->arena}, *said = d->why;
        d->why = &quiet; /* that it was refused is what counts */
        err_ignored(ca_unmake(d, "certificate_authorities", change.result_id));
        d->why = said;
        return e;
    }
    TRY(ca_rows(d, "certificate_authorities", "_id", json_of_text(change.result_id), &made));
    TRY(ca_item(d, "certificates", text_in(&made.items[0], S("certificate")), &certificate));
    struct json row[ROW_MEMBERS], out = json_of_map(row, ROW_MEMBERS);
    TRY(row_of(d, &made.items[0], certificate, row));
    call_print(c, json_print(c->arena, c->json ? &out : &row[0]));
    return ERR_OK;
}

enum exit_code command_ca_create(struct call *c)
{
    struct desk d;
    struct making m;
    enum exit_code code = EXIT_DATA;
    const char *bad = c->word_count ? "ca create takes options only, like --name" : read_making(c, &m);
    if (bad)
        return call_usage(c, bad);
    if (!desk_open(c, &d, false, &code))
        return code;
    return desk_close(c, &d, create(c, &d, &m));
}
