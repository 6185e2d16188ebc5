/* Small facts about the database as a whole, by name: which master key it was made with, how far a row of
 * numbers has come. */
#include <inttypes.h>

#include "base/limits.h"
#include "content/internal.h"

struct note_sink {
    struct row_sink sink; /* first */
    struct arena *arena;
    str value;
};

static enum err take_note(struct row_sink *self, const struct row *row, struct problem *why)
{
    struct note_sink *s = (struct note_sink *)(void *)self;
    (void)why;
    s->value = row->cells[0].type == CELL_TEXT ? arena_copy(s->arena, row->cells[0].text) : (str){0};
    return ERR_OK;
}

enum err note_read(struct content *c, struct txn *t, struct arena *a, str name, str *out, struct problem *why)
{
    struct cell key = CELL_OF_TEXT(name);
    struct fixed_call get = {FIXED_note_get, &key, 1};
    struct note_sink found = {.sink = {take_note}, .arena = a};
    TRY(c->ops->read(t, NULL, &get, &found.sink, why));
    *out = found.value;
    return ERR_OK;
}

enum err note_write(struct content *c, struct txn *t, str name, str value, struct problem *why)
{
    struct cell note[] = {CELL_OF_TEXT(name), CELL_OF_TEXT(value)};
    return fixed_write(c, t, FIXED_note_put, note, COUNTOF(note), why);
}

static enum err last_number(struct work *w, str row, str *name, uint64_t *out, struct problem *why)
{
    str value;
    *out = 0;
    *name = arena_format(w->arena, "number." STR_FMT, STR_ARG(row));
    TRY(note_read(w->content, w->txn, w->arena, *name, &value, why));
    if (!str_is_absent(value) && !str_to_u64(value, INT64_MAX - 1, out))
        return problem_set(why, ERR_INTERNAL, "The note " STR_FMT " holds no number", STR_ARG(*name));
    return ERR_OK;
}

enum err work_next_number(struct work *w, str row, int64_t *out, struct problem *why)
{
    str name;
    uint64_t last = 0;
    TRY(last_number(w, row, &name, &last, why));
    *out = (int64_t)last + 1;
    return note_write(w->content, w->txn, name, arena_format(w->arena, "%" PRId64, *out), why);
}

enum err work_number_came(struct work *w, str row, const struct json *number, str where, struct problem *why)
{
    str name;
    uint64_t last = 0;
    if (!number || number->type != JSON_INT || number->integer < 1 || number->integer > LIMIT_NUMBER)
        return problem_fault(why, ERR_INVALID, where, S("range"), "A number is one from 1 to %lld", LIMIT_NUMBER);
    TRY(last_number(w, row, &name, &last, why));
    if ((uint64_t)number->integer <= last)
        return ERR_OK;
    return note_write(w->content, w->txn, name, arena_format(w->arena, "%" PRId64, number->integer), why);
}
