/* Is this the master key that the database was made with? With another one everybody would be locked out,
 * and new secrets would lie beside old ones that it cannot open. So a digest that only the right key gives is
 * kept as a note from the first start on. */
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

enum err key_check(struct content *c, struct txn *t, bool *noted, struct problem *why)
{
    uint8_t digest[DIGEST_BYTES];
    struct cell note[] = {CELL_OF_TEXT(S("master-key")), {0}};
    struct fixed_call get = {FIXED_note_get, note, 1};
    struct note_sink found = {.sink = {take_note}, .arena = why->arena};
    crypt_digest(c->crypt, CRYPT_KEY_DIGEST, S("the key of this database"), digest);
    str own = base64url_encode(why->arena, (str){(const char *)digest, sizeof digest});
    TRY(c->ops->read(t, NULL, &get, &found.sink, why));
    if (str_equal(found.value, own))
        return ERR_OK;
    if (!str_is_absent(found.value))
        return problem_set(why, ERR_INVALID, "The master key is not the one that this database was made with");
    if (c->read_only)
        return ERR_OK;
    note[1] = CELL_OF_TEXT(own);
    *noted = true;
    return fixed_write(c, t, FIXED_note_put, note, COUNTOF(note), why);
}
