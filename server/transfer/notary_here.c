/* What of Notary's is here already, by what it is and not by its number; and whether the numbers of the rest are free. */
#include "server/transfer/each_item.h"
#include "server/transfer/import_notary.h"

/* What is here of a collection: its key (an address, a digest, a request) to its id, and taken numbers. */
struct here {
    struct item_sink sink;            /* first */
    struct notary *n;
    str key, number;                  /* names of fields */
    struct map *ids, *taken, *numbers;    /* numbers: of a key, in digits */
};

static enum err see(struct item_sink *self, const struct json *item, struct arena *a)
{
    struct here *h = (struct here *)(void *)self;
    const struct json *key = json_get(item, h->key), *number = json_get(item, h->number);
    str *id = NEW(h->n->arena, str), *digits = NEW(h->n->arena, str);
    (void)a;
    if (!key || key->type != JSON_TEXT)
        return ERR_OK;
    str name = arena_copy(h->n->arena, key->text);
    *id = arena_copy(h->n->arena, json_get(item, S("_id"))->text);
    *digits = number && number->type == JSON_INT ? notary_digits(h->n->arena, number->integer) : S("");
    (void)map_put(h->ids, name, id);
    (void)map_put(h->numbers, name, digits);
    (void)map_put(h->taken, *digits, id);
    return ERR_OK;
}

static enum err look(struct notary *n, const struct principal *who, const char *collection, const char *key, const char *number, struct here *out)
{
    const str fields[] = {str_of(key), str_of(number)};
    const struct item_wish wish = {.collection = str_of(collection), .fields = fields, .field_count = COUNTOF(fields)};
    *out = (struct here){{see}, n, fields[0], fields[1], map_new(n->arena, 64), map_new(n->arena, 64), map_new(n->arena, 64)};
    return each_item(transfer_app(n->to), who, &wish, &out->sink, n->why);
}

/* One that is here keeps its id; of a new one it is made. */
static bool place(struct here *h, const char *collection, str key, str *id)
{
    const str *known = map_get(h->ids, key);
    *id = known ? *known : transfer_id(h->n->arena, S("notary"), str_of(collection), key);
    return known != NULL;
}

/* Clients know requests and authorities by their numbers: they come with them or not at all. */
static enum err needs_number(struct here *h, const char *what, str key, int64_t number, bool is_here)
{
    str digits = notary_digits(h->n->arena, number);
    const str *has = map_get(h->numbers, key);
    if (is_here && !str_equal(*has, digits))
        return notary_broken(h->n, "the %s %lld is here already, as number " STR_FMT, what, (long long)number, STR_ARG(*has));
    if (!is_here && map_get(h->taken, digits))
        return notary_broken(h->n, "the number of the %s %lld is taken by another one here; import into a data directory without certificates", what,
                             (long long)number);
    return ERR_OK;
}

static enum err place_users(struct notary *n, const struct principal *who)
{
    struct here h;
    TRY(look(n, who, "users", "email", "serial", &h));
    for (size_t i = 0; i < n->users.count; i++) {
        struct notary_user *u = n->users.at[i];
        u->is_here = place(&h, "users", u->email, &u->id);
        u->is_numbered = !map_get(h.taken, notary_digits(n->arena, u->number));
    }
    return ERR_OK;
}

static enum err place_requests(struct notary *n, const struct principal *who)
{
    struct here h;
    TRY(look(n, who, "certificate_requests", "digest", "serial", &h));
    for (size_t i = 0; i < n->requests.count; i++) {
        struct notary_request *q = n->requests.at[i];
        if (q->is_left_out || q->is_authoritys)
            continue;
        q->is_here = place(&h, "certificate_requests", q->digest, &q->id);
        TRY(needs_number(&h, "request", q->digest, q->number, q->is_here));
    }
    return ERR_OK;
}

static enum err place_authorities(struct notary *n, const struct principal *who)
{
    struct here h;
    TRY(look(n, who, "certificate_authorities", "csr", "serial", &h));
    for (size_t i = 0; i < n->authorities.count; i++) {
        struct notary_authority *x = n->authorities.at[i];
        x->is_here = place(&h, "certificate_authorities", x->request->csr, &x->id);
        TRY(needs_number(&h, "authority", x->request->csr, x->number, x->is_here));
    }
    return ERR_OK;
}

static enum err place_certificates(struct notary *n, const struct principal *who)
{
    struct here h;
    TRY(look(n, who, "certificates", "fingerprint", "number", &h));
    for (size_t i = 0; i < n->certificates.count; i++) {
        struct notary_certificate *c = n->certificates.at[i];
        c->is_here = place(&h, "certificates", c->fingerprint, &c->id);
        if (!c->is_here)
            TRY(needs_number(&h, "certificate", c->fingerprint, c->number, false));
    }
    return ERR_OK;
}

enum err notary_look_here(struct notary *n, const struct principal *who)
{
    TRY(place_users(n, who));
    TRY(place_requests(n, who));
    TRY(place_authorities(n, who));
    TRY(place_certificates(n, who));
    return notary_look_late(n, who);
}
