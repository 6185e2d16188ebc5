/* "Did you mean": names that a hand may have missed. They come from the schema that the caller sees and from nowhere
 * else (security G-5). */
#include "graphql/validate/internal.h"

enum { NAME_MOST = 100 };             /* longer names are not compared */
enum { LETTERS_MOST = 1 << 20 };

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

struct suggestions suggest(str wrong, uint32_t *letters)
{
    return (struct suggestions){.wrong = wrong, .letters = letters, .most = (unsigned)(wrong.len * 2 / 5) + 1};
}

/* Letters put in, left out, replaced or swapped with their neighbours; letter case alone counts 1. More than `most` is
 * `most` + 1. */
static unsigned distance(str a, str b, unsigned most, uint32_t *letters)
{
    if (a.len > NAME_MOST || b.len > NAME_MOST || a.len > b.len + most || b.len > a.len + most || *letters > LETTERS_MOST)
        return most + 1;
    *letters += (uint32_t)(a.len * b.len);
    if (str_equal_nocase(a, b))
        return str_equal(a, b) ? 0 : 1;
    unsigned rows[3][NAME_MOST + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3], least = row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = small(a.at[i - 1]), y = small(b.at[j - 1]);
            unsigned cell = above[j - 1] + (x != y);
            if (above[j] + 1 < cell)
                cell = above[j] + 1;
            if (row[j - 1] + 1 < cell)
                cell = row[j - 1] + 1;
            if (i > 1 && j > 1 && x == small(b.at[j - 2]) && small(a.at[i - 2]) == y && before[j - 2] + 1 < cell)
                cell = before[j - 2] + 1;
            row[j] = cell;
            if (cell < least)
                least = cell;
        }
        if (least > most)
            return most + 1;
    }
    return rows[a.len % 3][b.len];
}

void suggest_name(struct suggestions *s, str name)
{
    struct suggestion one = {name, distance(s->wrong, name, s->most, s->letters)};
    if (one.distance > s->most)
        return;
    unsigned at = 0;
    while (at < s->count && (s->items[at].distance < one.distance ||
                             (s->items[at].distance == one.distance && str_order(s->items[at].name, name) <= 0)))
        at++;
    if (at == SUGGESTIONS)
        return;
    if (s->count < SUGGESTIONS)
        s->count++;
    memmove(&s->items[at + 1], &s->items[at], (s->count - 1 - at) * sizeof s->items[0]);
    s->items[at] = one;
}

str suggestions_text(struct arena *a, const struct suggestions *s)
{
    if (s->count == 0)
        return S("");
    struct buf b;
    buf_init(&b, a, LIMIT_GRAPHQL_MESSAGE_BYTES);
    buf_add(&b, S(" Did you mean "));
    unsigned count = 1; /* the nearest only */
    while (count < s->count && s->items[count].distance == s->items[0].distance)
        count++;
    for (unsigned i = 0; i < count; i++)
        buf_format(&b, "%s\"" STR_FMT "\"", i == 0 ? "" : i + 1 < count ? ", " : " or ", STR_ARG(s->items[i].name));
    buf_byte(&b, '?');
    return buf_str(&b);
}
