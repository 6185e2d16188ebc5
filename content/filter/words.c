/* $text: whether a text has the words that are looked for, some of them, or words that are nearly them. */
#include "base/utf8.h"
#include "content/filter/internal.h"

#define WORD_MOST 48u                 /* code points; longer words have no slips */

static size_t codes_of(str s, uint32_t out[WORD_MOST])
{
    size_t count = 0;
    while (s.len > 0) {
        uint32_t code = 0;
        size_t n = utf8_first(s, &code);
        if (n == 0 || count == WORD_MOST)
            return SIZE_MAX;
        out[count++] = code;
        s = str_slice(s, n, s.len);
    }
    return count;
}

/* Levenshtein's distance is at most `most`: row by row, until a row has nothing small enough any more. */
static bool is_near(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count, unsigned most)
{
    unsigned row[WORD_MOST + 1];
    if (a_count > b_count + most || b_count > a_count + most)
        return false;
    for (size_t k = 0; k <= b_count; k++)
        row[k] = (unsigned)k;
    for (size_t i = 1; i <= a_count; i++) {
        unsigned corner = row[0], smallest = row[0] = (unsigned)i;
        for (size_t k = 1; k <= b_count; k++) {
            unsigned change = corner + (a[i - 1] != b[k - 1]), gap = (row[k] < row[k - 1] ? row[k] : row[k - 1]) + 1;
            corner = row[k];
            row[k] = change < gap ? change : gap;
            smallest = row[k] < smallest ? row[k] : smallest;
        }
        if (smallest > most)
            return false;
    }
    return row[b_count] <= most;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* A slip in a word that is hardly longer would find everything. */
static bool occurs_nearly(str folded, str word, unsigned slips)
{
    uint32_t wanted[WORD_MOST], is[WORD_MOST];
    size_t count = codes_of(word, wanted);
    if (slips == 0 || count == SIZE_MAX || count <= slips)
        return false;
    for (size_t i = 0, start; i < folded.len;) {
        for (; i < folded.len && !is_letter(folded.at[i]); i++)
            ;
        for (start = i; i < folded.len && is_letter(folded.at[i]); i++)
            ;
        size_t n = codes_of(str_slice(folded, start, i), is);
        if (i > start && n != SIZE_MAX && is_near(wanted, count, is, n, slips))
            return true;
    }
    return false;
}

bool filter_words_found(struct arena *scratch, const struct filter *f, str text)
{
    str folded = utf8_fold(scratch, text);
    size_t found = 0;
    for (size_t i = 0; i < f->word_count; i++)
        found += str_contains(folded, f->words[i]) || occurs_nearly(folded, f->words[i], f->slips);
    return found >= f->least;
}
