/* Notary's figures about certificates (notary.md 9), counted when they are asked for: of everything there is, for whoever may see
 * the server's figures at all. */
#include <assert.h>

#include "base/time.h"
#include "content/content.h"
#include "roles/figures/counts.h"
#include "roles/pki/pki.h"

#define ROW(name, help, collection, filter, days) {name, help, NULL, collection, filter, days, NULL}
static const struct count_row figures[] = {
    ROW("certificate_requests", "Requests for certificates.", "certificate_requests", "{}", 0),
    ROW("outstanding_certificate_requests", "Requests that nobody has decided.", "certificate_requests", "{\"status\":\"Outstanding\"}", 0),
    ROW("certificates", "Certificates.", "certificates", "{}", 0),
    ROW("certificates_expired", "Certificates that are over.", "certificates", "{\"not_after\":{\"$lt\":\"$$\"}}", 0),
    ROW("certificates_expiring_in_1_day", "Certificates that are over within a day.", "certificates", "{\"not_after\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 1),
    ROW("certificates_expiring_in_7_days", "… within 7 days.", "certificates", "{\"not_after\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 7),
    ROW("certificates_expiring_in_30_days", "… within 30 days.", "certificates", "{\"not_after\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 30),
    ROW("certificates_expiring_in_90_days", "… within 90 days.", "certificates", "{\"not_after\":{\"$gte\":\"$$\",\"$lt\":\"$+\"}}", 90),
    ROW("enabled_ca_certificates", "Authorities that sign.", "certificate_authorities", "{\"enabled\":true,\"certificate.not_after\":{\"$gte\":\"$$\"}}", 0),
    ROW("expired_ca_certificates", "Authorities whose certificate is over.", "certificate_authorities", "{\"certificate.not_after\":{\"$lt\":\"$$\"}}", 0),
    ROW("disabled_ca_certificates", "Authorities that are disabled.", "certificate_authorities", "{\"enabled\":false}", 0),
};
static_assert(COUNT_PLACE_PKI + COUNTOF(figures) <= COUNT_PLACE_OWN, "every row has a place of its own");

static const int64_t day_ms = 86400000;

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
        TRY(count_row(g, server, &figures[i], COUNT_PLACE_PKI + i, now, &n, why));
        see(self, figures[i].name, figures[i].help, 0, (int64_t)n);
    }
    return days_left(g, server, now, see, self, why);
}
