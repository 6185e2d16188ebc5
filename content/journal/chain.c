#include "content/journal/chain.h"

#include <assert.h>

static_assert(DIGEST_BYTES == 32, "the engine knows how long a mac is");

enum { HEAD_BYTES = 9 }; /* a kind and a length or number, big-endian */

static void put_head(uint8_t *at, uint8_t kind, uint64_t n)
{
    at[0] = kind;
    for (unsigned i = 0; i < 8; i++)
        at[1 + i] = (uint8_t)(n >> (56 - 8 * i));
}

/* Each cell says what it is and how long it is before it says what it holds: no two rows give the same bytes. */
void chain_mac(const void *crypt, const uint8_t before[DIGEST_BYTES], const struct cell row[ENTRY_CELLS],
               uint8_t out[DIGEST_BYTES])
{
    uint8_t heads[ENTRY_CELLS][HEAD_BYTES];
    str parts[1 + 2 * ENTRY_CELLS] = {{(const char *)before, DIGEST_BYTES}};
    for (size_t i = 0; i < ENTRY_CELLS; i++) {
        const struct cell *c = &row[i];
        str text = {0};
        if (c->type == CELL_INT) {
            put_head(heads[i], 'i', (uint64_t)c->integer);
        } else if (c->type == CELL_TEXT || c->type == CELL_BLOB) {
            text = c->text;
            put_head(heads[i], c->type == CELL_TEXT ? 't' : 'b', text.len);
        } else {
            must(c->type == CELL_NULL); /* the table is STRICT and has no reals */
            put_head(heads[i], '0', 0);
        }
        parts[1 + 2 * i] = (str){(const char *)heads[i], HEAD_BYTES};
        parts[2 + 2 * i] = text;
    }
    crypt_digest_parts(crypt, CRYPT_JOURNAL, parts, COUNTOF(parts), out);
}
