/* Which parts of the log are still needed: those behind the oldest backup that stands in their strand. */
#include <stdlib.h>

#include "content/backup/rebuild.h"
#include "content/backup/ship.h"
#include "server/backup.h"

enum err backup_pin(struct target *t, const struct backup_manifest *m, str name, struct problem *why)
{
    str pin = arena_format(why->arena, STR_FMT "/" BACKUP_PIN "-%llu-" STR_FMT, STR_ARG(m->strand), (unsigned long long)m->segment, STR_ARG(name));
    return target_put_text(t, pin, S(""), why);
}

/* "base-12-vitrine-20261129T052624Z-4711" */
static bool read_pin(str name, uint64_t *segment, struct backup_named *backup)
{
    str front, number, rest;
    return str_cut(name, '-', &front, &rest) && str_equal(front, S(BACKUP_PIN)) && str_cut(rest, '-', &number, &rest) &&
           str_to_u64(number, INT64_MAX, segment) && backup_name_read(rest, backup);
}

struct names {
    struct arena *arena;
    str *at;
    size_t count, room;
};

static enum err keep_name(void *self, const struct target_seen *seen, struct problem *why)
{
    struct names *n = self;
    (void)why;
    if (n->count == n->room) {
        n->room = n->room ? 2 * n->room : 64;
        n->at = arena_grow(n->arena, n->at, n->count * sizeof *n->at, n->room * sizeof *n->at);
    }
    n->at[n->count++] = arena_copy(n->arena, seen->name);
    return ERR_OK;
}

static enum err keep_strand(void *self, const struct target_seen *seen, struct problem *why)
{
    return seen->is_folder && str_starts(seen->name, S(SHIP_STRAND_FRONT)) ? keep_name(self, seen, why) : ERR_OK;
}

static bool is_there(const struct backup_names *backups, str name)
{
    for (size_t i = 0; i < backups->count; i++)
        if (str_equal(backups->at[i].name, name))
            return true;
    return false;
}

struct need {
    bool any;
    uint64_t segment, seq;            /* nothing up to these is needed */
};

static enum err look_at_pins(struct target *t, str strand, const struct names *in, const struct backup_names *backups, struct need *need,
                             struct problem *why)
{
    for (size_t i = 0; i < in->count; i++) {
        uint64_t segment;
        struct backup_named backup;
        if (!read_pin(in->at[i], &segment, &backup))
            continue;
        if (!is_there(backups, backup.name)) {
            TRY(target_remove(t, arena_format(why->arena, STR_FMT "/" STR_FMT, STR_ARG(strand), STR_ARG(in->at[i])), why));
            continue;
        }
        need->segment = !need->any || segment < need->segment ? segment : need->segment;
        need->seq = !need->any || backup.seq < need->seq ? backup.seq : need->seq;
        need->any = true;
    }
    return ERR_OK;
}

/* A file of an entry that the oldest backup has is in that backup, as far as it is needed. */
static bool is_needed(str name, const struct need *need)
{
    struct rebuild_piece piece;
    str number, rest = str_slice(name, sizeof SHIP_FILE_FRONT - 1, name.len);
    uint64_t seq;
    if (rebuild_piece_read(name, &piece))
        return piece.number > need->segment;
    if (!str_starts(name, S(SHIP_FILE_FRONT)) || !str_cut(rest, '-', &number, &rest) || !str_to_u64(number, INT64_MAX, &seq))
        return true;
    return seq > need->seq;
}

static enum err prune_one(struct target *t, str strand, str present, const struct backup_names *backups, struct problem *why)
{
    struct names in = {.arena = why->arena};
    struct need need = {.any = false};
    TRY(target_list(t, strand, keep_name, &in, why));
    TRY(look_at_pins(t, strand, &in, backups, &need, why));
    if (!need.any)
        return str_equal(strand, present) ? ERR_OK : target_remove(t, strand, why);
    for (size_t i = 0; i < in.count; i++)
        if (!is_needed(in.at[i], &need))
            TRY(target_remove(t, arena_format(why->arena, STR_FMT "/" STR_FMT, STR_ARG(strand), STR_ARG(in.at[i])), why));
    return ERR_OK;
}

enum err backup_prune(struct target *t, str present, struct problem *why)
{
    struct backup_names backups;
    struct names strands = {.arena = why->arena};
    TRY(backup_names_read(t, false, why->arena, &backups, why));
    TRY(target_list(t, S(""), keep_strand, &strands, why));
    for (size_t i = 0; i < strands.count; i++)
        TRY(prune_one(t, strands.at[i], present, &backups, why));
    return ERR_OK;
}
