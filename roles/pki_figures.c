/* Notary's figures about certificates (notary.md 9), counted when they are asked for: of everything there is, for whoever may see
 * the server's figures at all. */
#include "base/time.h"
#include "content/content.h"
#include "roles/internal.h"
#include "roles/pki.h"

/* "$$" stands for now, "$+" for so many days later. */
static const struct {
    const char *name, *help, *collection, *filter;
    int days;
} figures[] = {
    {"certificate_requests", "Requests for certificates.", "certificate_requests", "{}", 0},
    {"outstanding_certificate_requests", "Requests that nobody has decided.", "certificate_requests", "{\"status\":\"Outstanding\"}", 0},
    {"certificates", "Certificates.", "certificates", "{}", 0},
    {"certificates_expired", "Certificates that are over.", "certificates", "{\"not_after\":{\"$lt\":\"$$\"}}", 0},
    {"certificates_expiring_in_1_day", "Certificates that are over within a day.", "certificates", "{\"not_after\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 1},
    {"certificates_expiring_in_7_days", "… within 7 days.", "certificates", "{\"not_after\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 7},
    {"certificates_expiring_in_30_days", "… within 30 days.", "certificates", "{\"not_after\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 30},
    {"certificates_expiring_in_90_days", "… within 90 days.", "certificates", "{\"not_after\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 90},
    {"enabled_ca_certificates", "Authorities that sign.", "certificate_authorities", "{\"enabled\":true,\"certificate.not_after\":{\"$gte\":\"$$\"}}", 0},
    {"expired_ca_certificates", "Authorities whose certificate is over.", "certificate_authorities", "{\"certificate.not_after\":{\"$lt\":\"$$\"}}", 0},
    {"disabled_ca_certificates", "Authorities that are disabled.", "certificate_authorities", "{\"enabled\":false}", 0},
};

static const int64_t day_ms = 86400000;

static str text_of_time(struct arena *a, int64_t ms)
{
    struct buf b;
    buf_init(&b, a, 64);
    time_write(&b, ms);
    return buf_str(&b);
}

/* The pattern with its times. */
static str filter_text(struct arena *a, const char *pattern, int64_t now, int days)
{
    struct buf b;
    buf_init(&b, a, 512);
    for (const char *at = pattern; *at; at++) {
        if (at[0] == '$' && (at[1] == '$' || at[1] == '+')) {
            buf_add(&b, text_of_time(a, at[1] == '$' ? now : now + days * day_ms));
            at++;
        } else {
            buf_byte(&b, *at);
        }
    }
    return buf_str(&b);
}

static enum err count(struct gate *g, const struct principal *server, size_t i, int64_t now, uint64_t *out, struct problem *why)
{
    struct arena *a = why->arena;
    const struct json *said = NULL;
    struct query q = {.from = model_find(server->rights->model, str_of(figures[i].collection)), .limit = 1, .count = COUNT_ONLY};
    struct item_list none;
    struct page page = {0};
    TRY(json_read(a, filter_text(a, figures[i].filter, now, figures[i].days), NULL, S("filter"), &said, why));
    TRY(filter_read(a, server->rights->model, q.from, said, &(struct filter_options){.where = S("filter")}, &q.where, why));
    item_list_init(&none, a);
    TRY(content_read(g->content, server->rights, VERB_READ, &server->actor, &q, &none.receiver, &page, why));
    *out = page.total;
    return ERR_OK;
}

static enum err days_left(struct gate *g, const struct principal *server, int64_t now, pki_figure *see, void *self, struct problem *why)
{
    struct item_list list;
    static const str fields[] = {STR("serial"), STR("certificate"), STR("enabled")};
    TRY(read_items_of(g->content, server->rights, S("certificate_authorities"), &filter_all, fields, COUNTOF(fields), why->arena, &list, why));
    for (size_t i = 0; i < list.count; i++) {
        const struct json *certificate = NULL, *number = json_get(&list.items[i], S("serial"));
        str id = item_text(&list.items[i], S("certificate"));
        if (!item_flag(&list.items[i], S("enabled"), false) || id.len == 0 || !number || number->type != JSON_INT)
            continue;
        TRY(read_item(g->content, server->rights, S("certificates"), S("_id"), id, why->arena, &certificate, why));
        int64_t left = certificate ? item_time(certificate, S("not_after")) - now : -1;
        see(self, "enabled_ca_certificate_validity_days", "Whole days that an authority's certificate is still good.", number->integer,
            left > 0 ? left / day_ms : 0);
    }
    return ERR_OK;
}

enum err gate_pki_figures(struct gate *g, struct arena *a, pki_figure *see, void *self, struct problem *why)
{
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    int64_t now = time_now_ms();
    TRY(gate_catch_up(g, why));
    for (size_t i = 0; i < COUNTOF(figures); i++) {
        uint64_t n = 0;
        TRY(count(g, server, i, now, &n, why));
        see(self, figures[i].name, figures[i].help, 0, (int64_t)n);
    }
    return days_left(g, server, now, see, self, why);
}
