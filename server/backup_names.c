/* How backups are called. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "server/backup.h"

bool backup_name_read(str name, struct backup_named *out)
{
    static const str endings[] = {STR(""), STR(".tar"), STR(".tar.sealed")};
    if (!str_starts(name, S(BACKUP_FRONT)) || name.len < sizeof BACKUP_FRONT + TIME_STAMP_LENGTH)
        return false;
    str stamp = str_slice(name, sizeof BACKUP_FRONT - 1, sizeof BACKUP_FRONT - 1 + TIME_STAMP_LENGTH), rest = str_slice(name, sizeof BACKUP_FRONT - 1 + TIME_STAMP_LENGTH, name.len);
    char spelled[24];
    (void)snprintf(spelled, sizeof spelled, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", stamp.at, stamp.at + 4, stamp.at + 6, stamp.at + 9,
                   stamp.at + 11, stamp.at + 13);
    size_t digits = 1;
    while (digits < rest.len && rest.at[digits] >= '0' && rest.at[digits] <= '9')
        digits++;
    if (rest.at[0] != '-' || !str_to_u64(str_slice(rest, 1, digits), INT64_MAX, &out->seq) || !time_read(str_of(spelled), &out->at_ms))
        return false;
    out->name = name;
    for (size_t i = 0; i < COUNTOF(endings); i++)
        if (str_equal(str_slice(rest, digits, rest.len), endings[i]))
            return true;
    return false;
}

/* "….failed" of one of ours. */
static bool is_failed(str name, struct backup_named *out)
{
    return str_ends(name, S(BACKUP_FAILED)) && backup_name_read(str_slice(name, 0, name.len - (sizeof BACKUP_FAILED - 1)), out);
}

static int by_age(const void *a, const void *b)
{
    const struct backup_named *x = a, *y = b;
    if (x->at_ms != y->at_ms)
        return x->at_ms > y->at_ms ? -1 : 1;
    return x->seq == y->seq ? 0 : x->seq > y->seq ? -1 : 1;
}

struct listing {
    struct arena *arena;
    struct backup_names *out;
    size_t room;
    bool of_failed;
};

static enum err see_name(void *self, const struct target_seen *seen, struct problem *why)
{
    struct listing *l = self;
    struct backup_names *out = l->out;
    struct backup_named one;
    (void)why;
    if (!(l->of_failed ? is_failed(seen->name, &one) : backup_name_read(seen->name, &one)))
        return ERR_OK;
    if (out->count == l->room) {
        l->room = l->room ? 2 * l->room : 64;
        out->at = arena_grow(l->arena, out->at, out->count * sizeof *out->at, l->room * sizeof *out->at);
    }
    one.name = arena_copy(l->arena, seen->name);
    out->at[out->count++] = one;
    return ERR_OK;
}

enum err backup_names_read(struct target *t, bool of_failed, struct arena *a, struct backup_names *out, struct problem *why)
{
    struct listing l = {.arena = a, .out = out, .of_failed = of_failed};
    *out = (struct backup_names){0};
    TRY(target_list(t, S(""), see_name, &l, why));
    if (out->count > 0)
        qsort(out->at, out->count, sizeof *out->at, by_age);
    return ERR_OK;
}
