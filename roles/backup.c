#include "roles/backup.h"

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
