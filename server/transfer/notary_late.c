/* What Notary has revoked, of what is here from before: an import may be repeated while both are in use, and an authority may come
 * after certificates that it signed. Notary deletes what it revokes, so that most is told by its lists alone. */
#include "server/transfer/each_item.h"
#include "server/transfer/import_notary.h"

/* ---- what is here ---- */

struct seeing {
    struct item_sink sink;            /* first */
    struct notary *n;
    struct map *rows;                 /* certificates: by digest, by authority and serial number, by issuer and serial number */
    struct map *authorities;          /* by id */
};

struct authority_here {
    bool has_certificate;
    int64_t list_number;
    struct map *before;               /* serial numbers of revoked_before */
};

static str text_of(struct notary *n, const struct json *item, str field)
{
    const struct json *v = json_get(item, field);
    return v && v->type == JSON_TEXT ? arena_copy(n->arena, v->text) : S("");
}

static str serial_by(struct notary *n, str who, str serial)
{
    return arena_format(n->arena, STR_FMT "/" STR_FMT, STR_ARG(who), STR_ARG(serial));
}

static enum err see_certificate(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct seeing *s = (struct seeing *)(void *)self;
    struct notary_late *row = NEW(s->n->arena, struct notary_late);
    str serial = text_of(s->n, item, S("serial")), authority = text_of(s->n, item, S("authority"));
    (void)a;
    *row = (struct notary_late){.id = text_of(s->n, item, S("_id")), .has_authority = authority.len > 0,
                                .is_revoked = text_of(s->n, item, S("revoked_at")).len > 0};
    (void)map_put(s->rows, text_of(s->n, item, S("fingerprint")), row);
    (void)map_put(s->rows, serial_by(s->n, row->has_authority ? authority : text_of(s->n, item, S("issuer")), serial), row);
    return ERR_OK;
}

static enum err see_authority(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct seeing *s = (struct seeing *)(void *)self;
    struct authority_here *x = NEW(s->n->arena, struct authority_here);
    const struct json *number = json_get(item, S("crl_number")), *before = json_get(item, S("revoked_before"));
    uint32_t count = before && before->type == JSON_LIST ? before->count : 0;
    (void)a;
    x->has_certificate = text_of(s->n, item, S("certificate")).len > 0;
    x->list_number = number && number->type == JSON_INT ? number->integer : 0;
    x->before = map_new(s->n->arena, count + 1);
    for (uint32_t i = 0; i < count; i++)
        (void)map_put(x->before, text_of(s->n, &before->items[i], S("serial")), x);
    (void)map_put(s->authorities, text_of(s->n, item, S("_id")), x);
    return ERR_OK;
}

static enum err see(struct seeing *s, const struct principal *who)
{
    static const str certificate[] = {STR("fingerprint"), STR("serial"), STR("issuer"), STR("authority"), STR("revoked_at")};
    static const str authority[] = {STR("certificate"), STR("crl_number"), STR("revoked_before")};
    const struct item_wish certificates = {.collection = S("certificates"), .fields = certificate, .field_count = COUNTOF(certificate)};
    const struct item_wish authorities = {.collection = S("certificate_authorities"), .fields = authority, .field_count = COUNTOF(authority)};
    s->rows = map_new(s->n->arena, 64);
    s->authorities = map_new(s->n->arena, 64);
    s->sink.item = see_certificate;
    TRY(each_item(transfer_app(s->n->to), who, &certificates, &s->sink, s->n->why));
    s->sink.item = see_authority;
    return each_item(transfer_app(s->n->to), who, &authorities, &s->sink, s->n->why);
}

/* ---- what it has not got yet ---- */

/* It gets its authority, its revocation, or both; once. */
static void take(struct notary *n, struct notary_late *row, struct notary_authority *by, const struct revoked *how)
{
    bool is_known = row->by != NULL;
    if (row->has_authority && (!how || row->is_revoked))
        return;
    row->by = by;
    row->revoked = row->is_revoked ? NULL : how ? how : row->revoked;
    by->is_due |= row->revoked != NULL;
    if (!is_known)
        n->late[n->late_count++] = row;
}

static void look_at_certificate(struct seeing *s, struct notary_certificate *c)
{
    struct notary_late *row = c->is_here ? map_get(s->rows, c->fingerprint) : NULL;
    if (row && c->by)
        take(s->n, row, c->by, c->revoked);
    else if (c->by && c->revoked)
        c->by->is_due = true;
}

/* Of the rest of its list: certificates that are here, serial numbers that are, and those that are new. */
static enum err look_at_list(struct seeing *s, struct notary_authority *x)
{
    const struct authority_here *here = x->is_here ? map_get(s->authorities, x->id) : NULL;
    size_t left = 0;
    if (here && !here->has_certificate && x->list.count)
        return notary_broken(s->n, "the authority %lld is here without its certificate, and has revoked some since; give it its certificate first",
                             (long long)x->number);
    for (size_t i = 0; i < x->other_count; i++) {
        struct notary_late *row = map_get(s->rows, serial_by(s->n, x->id, x->others[i]->serial));
        if (!row && x->certificate)
            row = map_get(s->rows, serial_by(s->n, x->certificate->id, x->others[i]->serial));
        if (row)
            take(s->n, row, x, x->others[i]);
        else if (!here || !map_get(here->before, x->others[i]->serial))
            x->others[left++] = x->others[i];
    }
    x->other_count = left;
    if (here) {
        x->is_due = here->has_certificate && (x->is_due || left || x->list.number > here->list_number);
        x->list_number = x->list.number > here->list_number ? x->list.number : here->list_number;
    }
    return ERR_OK;
}

enum err notary_look_late(struct notary *n, const struct principal *who)
{
    struct seeing s = {.n = n};
    size_t most = n->certificates.count;
    TRY(see(&s, who));
    for (size_t i = 0; i < n->authorities.count; i++)
        most += ((struct notary_authority *)n->authorities.at[i])->other_count;
    n->late = NEW_N(n->arena, struct notary_late *, most + 1);
    for (size_t i = 0; i < n->certificates.count; i++)
        look_at_certificate(&s, n->certificates.at[i]);
    for (size_t i = 0; i < n->authorities.count; i++)
        TRY(look_at_list(&s, n->authorities.at[i]));
    return ERR_OK;
}
