#include "roles/upkeep/backup.h"

#include "base/time.h"
#include "roles/internal.h"

enum err gate_backup(struct gate *g, const struct backup_wish *wish, struct backup_manifest *out, struct problem *why)
{
    return content_backup(g->content, wish, out, why);
}

enum err gate_backup_check(struct gate *g, const struct journal_watch *watch, struct journal_proof *proof, struct sweep_figures *files,
                           struct problem *why)
{
    return content_backup_check(g->content, watch, proof, files, why);
}

bool gate_ships(const struct gate *g)
{
    return content_ship(g->content) != NULL;
}

enum err gate_ship(struct gate *g, struct ship_figures *out, struct problem *why)
{
    struct ship *s = content_ship(g->content);
    enum err e = ship_round(s, why);
    ship_figures(s, out);
    return e;
}

void gate_ship_end(struct gate *g)
{
    ship_end_strand(content_ship(g->content));
}

str gate_backup_site(struct gate *g, struct arena *a)
{
    return content_site(g->content, a);
}

static enum err lift(struct gate *g, struct arena *a, const struct json *authority, struct problem *why)
{
    struct own_change c;
    const struct json *number = json_get(authority, S("crl_number"));
    int64_t now = time_now_ms(), was = number && number->type == JSON_INT ? number->integer : 0;
    own_change_begin(&c, g, a, SYSTEM_PKI, S("certificate_authorities"), OP_UPDATE);
    c.change.id = item_text(authority, S("_id"));
    own_set(&c, S("crl_number"), json_of_int(was < INT64_MAX / 2 ? was + now / 1000 : was));
    own_set_time(&c, S("crl_next"), now);
    return own_change_commit(&c, why);
}

enum err gate_backup_lift(struct gate *g, struct arena *a, struct problem *why)
{
    static const str fields[] = {STR("_id"), STR("crl_number"), STR("crl_next")};
    const struct principal *server = principal_system(g, a, SYSTEM_PKI);
    struct item_list list;
    TRY(read_items_of(g->content, server->rights, S("certificate_authorities"), &filter_all, fields, COUNTOF(fields), a, &list, why));
    for (size_t i = 0; i < list.count; i++)
        if (item_time(&list.items[i], S("crl_next")) > 0) /* one without has no further lists */
            TRY(lift(g, a, &list.items[i], why));
    return ERR_OK;
}

enum err gate_backup_note(struct gate *g, const struct backup_note *n, struct problem *why)
{
    struct json members[4];
    size_t count = 0;
    members[count++] = json_named(S("name"), json_of_text(n->name));
    members[count++] = json_named(S("seq"), json_of_int((int64_t)n->seq));
    members[count++] = json_named(S("bytes"), json_of_int((int64_t)n->bytes));
    if (!str_is_absent(n->reason))
        members[count++] = json_named(S("reason"), json_of_text(n->reason));
    struct json map = json_of_map(members, (uint32_t)count);
    struct entry entry = {
        .at_ms = time_now_ms(), .who = S("system"), .via = S("system"), .verb = n->verb, .after = json_print(why->arena, &map)};
    return g->read_only ? ERR_OK : journal_note(g->content, &entry, 1, why);
}
