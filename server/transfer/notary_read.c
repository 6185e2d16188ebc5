/* Notary's tables: each row as it stands, its types and sizes looked at before anything is made of it. */
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "server/transfer/import_notary.h"
#include "server/transfer/import_parts.h"

enum { EMAIL_BYTES = 254, WORD_BYTES = 1024, SENTENCE_BYTES = 2048 };

enum err notary_broken(struct notary *n, const char *format, ...)
{
    char text[SENTENCE_BYTES];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return problem_set(n->why, ERR_BAD_INPUT, "Nothing was imported: %s", text);
}

str notary_digits(struct arena *a, int64_t number)
{
    return arena_format(a, "%lld", (long long)number);
}

/* ---- columns ---- */

struct reading {
    struct foreign_sink sink;         /* first */
    struct notary *n;
    const char *table;
    size_t count;
};

static enum err bad_column(struct reading *r, const char *column, const char *what)
{
    return notary_broken(r->n, "%s.%s is %s", r->table, column, what);
}

/* NULL and what is not there are 0. */
static enum err number(struct reading *r, const struct json *row, const char *column, bool is_key, int64_t *out)
{
    const struct json *v = json_get(row, str_of(column));
    *out = 0;
    if (!is_key && (!v || v->type == JSON_NULL))
        return ERR_OK;
    if (!v || v->type != JSON_INT || v->integer < (is_key ? 1 : 0) || v->integer > LIMIT_NUMBER)
        return bad_column(r, column, "no number that counts rows");
    *out = v->integer;
    return ERR_OK;
}

static enum err text(struct reading *r, const struct json *row, const char *column, size_t most, bool needed, str *out)
{
    const struct json *v = json_get(row, str_of(column));
    *out = S("");
    if (!needed && (!v || v->type == JSON_NULL))
        return ERR_OK;
    if (!v || v->type != JSON_TEXT)
        return bad_column(r, column, "no text");
    if (v->text.len > most)
        return bad_column(r, column, "too long");
    r->n->bytes += v->text.len;
    if (r->n->bytes > LIMIT_INTAKE_BYTES)
        return notary_broken(r->n, "the database holds more than %u bytes", LIMIT_INTAKE_BYTES);
    *out = arena_copy(r->n->arena, v->text);
    return ERR_OK;
}

static enum err one_more(struct reading *r)
{
    if (++r->count > LIMIT_NOTARY_ROWS)
        return notary_broken(r->n, "%s has more than %u rows", r->table, LIMIT_NOTARY_ROWS);
    return ERR_OK;
}

static void keep(struct notary *n, struct notary_rows *rows, void *row)
{
    if (rows->count == rows->room) {
        size_t more = rows->room ? 2 * rows->room : 64;
        rows->at = arena_grow(n->arena, rows->at, rows->room * sizeof *rows->at, more * sizeof *rows->at);
        rows->room = more;
    }
    rows->at[rows->count++] = row;
}

/* ---- tables ---- */

/* Before role_id there were permissions: 1 an administrator, else somebody. */
static enum err read_role(struct reading *r, const struct json *row, struct notary_user *u)
{
    int64_t permissions = 0;
    const struct json *role = json_get(row, S("role_id"));
    bool is_old = !role;
    if (role && role->type != JSON_INT) /* nothing is not 0: that is the administrator */
        return bad_column(r, "role_id", "none of the four roles");
    TRY(number(r, row, is_old ? "permissions" : "role_id", false, is_old ? &permissions : &u->role));
    if (is_old)
        u->role = permissions == 1 ? 0 : 2;
    if (u->role > 3)
        return notary_broken(r->n, "users.role_id %lld is none of the four roles", (long long)u->role);
    return ERR_OK;
}

static enum err take_user(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    struct reading *r = (struct reading *)(void *)self;
    struct notary_user *u = NEW(r->n->arena, struct notary_user);
    bool is_old = !json_get(row, S("email"));
    str name, subject;
    size_t unused;
    (void)why;
    TRY(one_more(r));
    TRY(number(r, row, "id", true, &u->number));
    TRY(text(r, row, is_old ? "username" : "email", EMAIL_BYTES, true, &name));
    TRY(text(r, row, "hashed_password", WORD_BYTES, false, &u->hash));
    TRY(text(r, row, "oidc_subject", WORD_BYTES, false, &subject));
    TRY(read_role(r, row, u));
    bool is_address = str_find(name, '@', &unused);
    u->email = is_address ? utf8_lower(r->n->arena, name) : arena_format(r->n->arena, STR_FMT "@notary.invalid", STR_ARG(name));
    u->name = is_address ? (str){0} : name;
    u->is_oidc = subject.len > 0;
    keep(r->n, &r->n->users, u);
    return ERR_OK;
}

static enum err take_certificate(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    struct reading *r = (struct reading *)(void *)self;
    struct notary_certificate *c = NEW(r->n->arena, struct notary_certificate);
    (void)why;
    TRY(one_more(r));
    TRY(number(r, row, "certificate_id", true, &c->number));
    TRY(number(r, row, "issuer_id", false, &c->issuer_number));
    TRY(text(r, row, "certificate", LIMIT_CHAIN_BYTES, true, &c->text));
    keep(r->n, &r->n->certificates, c);
    return ERR_OK;
}

static enum err take_request(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    static const str known[] = {STR("Outstanding"), STR("Active"), STR("Rejected"), STR("Revoked")};
    struct reading *r = (struct reading *)(void *)self;
    struct notary_request *q = NEW(r->n->arena, struct notary_request);
    bool is_known = false;
    (void)why;
    TRY(one_more(r));
    TRY(number(r, row, "csr_id", true, &q->number));
    TRY(number(r, row, "certificate_id", false, &q->certificate_number));
    TRY(number(r, row, "user_id", false, &q->user_number));
    TRY(text(r, row, "csr", LIMIT_CSR_BYTES, true, &q->csr));
    TRY(text(r, row, "status", WORD_BYTES, false, &q->status));
    TRY(text(r, row, "user_email", EMAIL_BYTES, false, &q->email));
    q->email = utf8_lower(r->n->arena, q->email); /* as addresses are kept here */
    q->status = q->status.len ? q->status : known[0];
    for (size_t i = 0; i < COUNTOF(known); i++)
        is_known |= str_equal(q->status, known[i]);
    if (!is_known)
        return bad_column(r, "status", "none that Notary knows");
    keep(r->n, &r->n->requests, q);
    return ERR_OK;
}

static enum err take_authority(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    struct reading *r = (struct reading *)(void *)self;
    struct notary_authority *x = NEW(r->n->arena, struct notary_authority);
    int64_t enabled;
    (void)why;
    TRY(one_more(r));
    TRY(number(r, row, "certificate_authority_id", true, &x->number));
    TRY(number(r, row, "enabled", false, &enabled));
    TRY(number(r, row, "private_key_id", false, &x->key_number));
    TRY(number(r, row, "certificate_id", false, &x->certificate_number));
    TRY(number(r, row, "csr_id", true, &x->csr_number));
    TRY(text(r, row, "crl", LIMIT_FOREIGN_VALUE_BYTES, false, &x->crl));
    x->is_enabled = enabled != 0;
    keep(r->n, &r->n->authorities, x);
    return ERR_OK;
}

static enum err take_key(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    struct reading *r = (struct reading *)(void *)self;
    int64_t id;
    str *sealed = NEW(r->n->arena, str);
    (void)why;
    TRY(one_more(r));
    TRY(number(r, row, "private_key_id", true, &id));
    TRY(text(r, row, "private_key", LIMIT_CSR_BYTES, true, sealed));
    keep(r->n, &r->n->key_texts, sealed);
    (void)map_put(r->n->keys, notary_digits(r->n->arena, id), sealed);
    return ERR_OK;
}

/* The first is the one; there is no other. */
static enum err take_data_key(struct foreign_sink *self, const struct json *row, struct problem *why)
{
    struct reading *r = (struct reading *)(void *)self;
    str wrapped;
    (void)why;
    TRY(one_more(r));
    TRY(text(r, row, "encryption_key", WORD_BYTES, true, &wrapped));
    if (r->count == 1)
        r->n->wrapped = wrapped;
    return ERR_OK;
}

static const struct table {
    const char *name;
    enum err (*row)(struct foreign_sink *self, const struct json *row, struct problem *why);
    bool needed;
} tables[] = {
    {"users", take_user, true},
    {"certificates", take_certificate, true},
    {"certificate_requests", take_request, true},
    {"private_keys", take_key, true},
    {"certificate_authorities", take_authority, true},
    {"encryption_keys", take_data_key, false}, /* only what is sealed needs one */
};

static bool is_among(const str *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], str_of(name)))
            return true;
    return false;
}

enum err notary_read(struct notary *n, str path)
{
    str *names;
    size_t count;
    TRY(foreign_open(path, &n->db, n->why));
    TRY(foreign_tables(n->db, n->arena, &names, &count, n->why));
    for (size_t i = 0; i < COUNTOF(tables); i++)
        if (tables[i].needed && !is_among(names, count, tables[i].name))
            return problem_set(n->why, ERR_BAD_INPUT, STR_FMT " is no database of Notary: there is no table %s", STR_ARG(path), tables[i].name);
    for (size_t i = 0; i < COUNTOF(tables); i++) {
        struct reading r = {{tables[i].row}, n, tables[i].name, 0};
        if (is_among(names, count, tables[i].name))
            TRY(foreign_rows(n->db, str_of(tables[i].name), &r.sink, n->why));
    }
    return ERR_OK;
}
