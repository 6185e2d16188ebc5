#include "server/transfer/zot_pattern.h"

#include "base/limits.h"

#define WAYS 64u                      /* that braces may come to */
#define PATTERN_BYTES 512u            /* names have 255 */
#define BEGIN "(?-i)\\A(?:"
#define END ")\\z"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_sign(char c)
{
    return c == '*' || c == '?' || c == '[' || c == '{' || c == '\\';
}

/* In names of repositories; what else a pattern has matches none, and is no plain text to be compared with one. */
static bool is_plain(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!((text.at[i] >= 'a' && text.at[i] <= 'z') || (text.at[i] >= '0' && text.at[i] <= '9') || memchr("._-/", text.at[i], 4)))
            return false;
    return text.len > 0;
}

/* ---- braces ---- */

struct ways {
    struct arena *arena;
    str at[WAYS];
    size_t count;
};

/* Where the brace that opens at `from` ends; false: nowhere, or something in it goes across parts. */
static bool brace_end(str text, size_t from, size_t *end)
{
    unsigned depth = 0;
    for (size_t i = from; i < text.len; i++) {
        depth += text.at[i] == '{';
        depth -= text.at[i] == '}';
        if (text.at[i] == '[' || (text.at[i] == '*' && i + 1 < text.len && text.at[i + 1] == '*'))
            return false;
        if (depth == 0) {
            *end = i;
            return true;
        }
    }
    return false;
}

static bool expand(struct ways *w, str text);

static bool expand_between(struct ways *w, str text, size_t open, size_t close)
{
    unsigned depth = 0;
    for (size_t i = open + 1, from = open + 1; i <= close; i++) {
        bool is_cut = depth == 0 && (text.at[i] == ',' || i == close);
        depth += text.at[i] == '{';
        depth -= text.at[i] == '}' && i != close;
        if (!is_cut)
            continue;
        str one = arena_format(w->arena, "%.*s%.*s%.*s", (int)open, text.at, (int)(i - from), text.at + from, (int)(text.len - close - 1),
                               text.at + close + 1);
        if (!expand(w, one))
            return false;
        from = i + 1;
    }
    return true;
}

/* Each step takes one pair away, and at most WAYS are kept. */
static bool expand(struct ways *w, str text)
{
    size_t open, close;
    if (str_find(text, '{', &open))
        return brace_end(text, open, &close) && expand_between(w, text, open, close);
    if (w->count == WAYS || str_contains(text, S("}")))
        return false;
    w->at[w->count++] = text;
    return true;
}

/* ---- one way, as a regular expression ---- */

/* [a-z0-9], [^x], [!x]: letters, digits and . _ with ranges between the former. */
static bool add_class(struct buf *b, str text, size_t *at)
{
    size_t i = *at + 1;
    bool is_negated = i < text.len && (text.at[i] == '^' || text.at[i] == '!'), is_empty = true;
    i += is_negated;
    buf_add(b, is_negated ? S("[^/") : S("["));
    for (; i < text.len && text.at[i] != ']'; i++) {
        char c = text.at[i];
        bool is_range = is_alnum(c) && i + 2 < text.len && text.at[i + 1] == '-' && is_alnum(text.at[i + 2]);
        if (is_range ? c > text.at[i + 2] : !is_alnum(c) && c != '.' && c != '_')
            return false;
        buf_add(b, str_slice(text, i, i + (is_range ? 3 : 1)));
        i += is_range ? 2 : 0;
        is_empty = false;
    }
    buf_byte(b, ']');
    *at = i;
    return i < text.len && !is_empty;
}

/* Stars: a pair that is a part of its own goes across parts, and takes the slash before it along at the end. */
static void add_stars(struct buf *b, str way, size_t *at, bool *begins_part)
{
    size_t i = *at;
    bool is_pair = i + 1 < way.len && way.at[i + 1] == '*';
    if (is_pair && *begins_part && i + 2 == way.len) {
        bool takes_slash = b->len > 0 && b->at[b->len - 1] == '/';
        if (takes_slash)
            buf_truncate(b, b->len - 1);
        buf_add(b, takes_slash ? S("(?:/.*)?") : S(".*"));
    } else if (is_pair && *begins_part && way.at[i + 2] == '/') {
        buf_add(b, S("(?:[^/]*/)*"));
        *at = i + 2;
        return;
    } else {
        buf_add(b, S("[^/]*"));
        *begins_part = false;
    }
    *at = i + is_pair;
}

static bool add_way(struct buf *b, str way)
{
    bool begins_part = true;
    for (size_t i = 0; i < way.len; i++) {
        char c = way.at[i];
        if (c == '*') {
            add_stars(b, way, &i, &begins_part);
            continue;
        }
        if (c == '[' && !add_class(b, way, &i))
            return false;
        else if (c == '?')
            buf_add(b, S("[^/]"));
        else if (c < ' ' || c > '~' || c == '\\')
            return false;
        else if (c != '[') {
            if (!is_alnum(c) && c != '/' && c != '_' && c != '-')
                buf_byte(b, '\\');
            buf_byte(b, c);
        }
        begins_part = c == '/';
    }
    return way.len > 0 && way.at[way.len - 1] != '/' && !b->failed;
}

void zot_pattern_read(struct arena *a, str text, struct zot_pattern *out)
{
    size_t front = 0;
    while (front < text.len && !is_sign(text.at[front]))
        front++;
    *out = (struct zot_pattern){.text = text, .front = str_slice(text, 0, front), .is_all = str_equal(text, S("**"))};
    if (front < text.len && front > 0 && text.at[front - 1] == '/') /* what follows the slash may be nothing, with it */
        out->front = str_slice(text, 0, front - 1);
    if (is_plain(text))
        out->literal = text;
    struct ways *ways = NEW(a, struct ways);
    ways->arena = a;
    if (text.len > PATTERN_BYTES || !expand(ways, text))
        return;
    out->alternatives = NEW_N(a, str, ways->count);
    for (size_t i = 0; i < ways->count; i++) {
        struct buf b;
        buf_init(&b, a, LIMIT_REGEX_BYTES - (sizeof BEGIN - 1) - (sizeof END - 1));
        if (!add_way(&b, ways->at[i]))
            return;
        out->alternatives[out->alternative_count++] = buf_str(&b);
    }
    out->is_known = true;
}

bool zot_patterns_meet(const struct zot_pattern *l, const struct zot_pattern *r)
{
    if (!str_is_absent(l->literal) && !str_is_absent(r->literal))
        return str_equal(l->literal, r->literal);
    return str_starts(l->front, r->front) || str_starts(r->front, l->front);
}

/* ---- conditions ---- */

struct tests {
    struct arena *arena;
    struct json at[LIMIT_FILTER_NODES];
    size_t count;
    bool is_full;
    struct buf regex;                 /* being filled */
    struct json *names;
    size_t name_count;
};

static void add_test(struct tests *t, str operator, struct json operand)
{
    t->is_full |= t->count + 8 >= COUNTOF(t->at); /* and what holds them together */
    if (t->is_full)
        return;
    struct json *parts = NEW_N(t->arena, struct json, 2);
    parts[0] = json_named(operator, operand);
    parts[1] = json_named(S("name"), json_of_map(&parts[0], 1));
    t->at[t->count++] = json_of_map(&parts[1], 1);
}

static void end_regex(struct tests *t)
{
    if (t->regex.len == 0)
        return;
    buf_add(&t->regex, S(END));
    add_test(t, S("$regex"), json_of_text(arena_copy(t->arena, buf_str(&t->regex))));
    buf_clear(&t->regex);
}

static void add_regex(struct tests *t, str alternative)
{
    if (t->regex.len > 0 && t->regex.len + 1 + alternative.len + sizeof END - 1 > LIMIT_REGEX_BYTES)
        end_regex(t);
    buf_add(&t->regex, t->regex.len == 0 ? S(BEGIN) : S("|"));
    buf_add(&t->regex, alternative);
}

static void end_names(struct tests *t)
{
    if (t->name_count > 0)
        add_test(t, S("$in"), json_of_list(t->names, t->name_count));
    t->name_count = 0;
    t->names = NULL;
}

static void add_name(struct tests *t, str name)
{
    if (t->name_count == LIMIT_FILTER_LIST)
        end_names(t);
    if (!t->names)
        t->names = NEW_N(t->arena, struct json, LIMIT_FILTER_LIST);
    t->names[t->name_count++] = json_of_text(name);
}

static struct tests *new_tests(struct arena *a)
{
    struct tests *t = NEW(a, struct tests);
    t->arena = a;
    buf_init(&t->regex, a, 2 * LIMIT_REGEX_BYTES);
    return t;
}

static void add_pattern(struct tests *t, const struct zot_pattern *p)
{
    if (!p->is_known)
        add_test(t, S("$startsWith"), json_of_text(p->front));
    else if (!str_is_absent(p->literal))
        add_name(t, p->literal);
    else
        for (size_t i = 0; i < p->alternative_count; i++)
            add_regex(t, p->alternatives[i]);
}

static struct json end_tests(struct tests *t, str word)
{
    struct json *all = NEW(t->arena, struct json);
    end_regex(t);
    end_names(t);
    *all = json_named(word, json_of_list(t->at, t->count));
    return json_of_map(all, 1);
}

bool zot_pattern_condition(struct arena *a, const struct zot_pattern *p, const struct zot_pattern *const *others, size_t count,
                           struct json *out)
{
    struct tests *is = new_tests(a), *is_not = new_tests(a);
    struct json *both = NEW_N(a, struct json, 2), *all = NEW(a, struct json);
    must(p->is_known);
    add_pattern(is, p);
    for (size_t i = 0; i < count; i++) {
        if (others[i]->is_all || (!others[i]->is_known && others[i]->front.len == 0))
            return false;
        add_pattern(is_not, others[i]);
    }
    both[0] = end_tests(is, S("$or"));
    both[1] = end_tests(is_not, S("$nor"));
    *all = json_named(S("$and"), json_of_list(both, 2));
    *out = count == 0 && p->is_all ? json_null : count == 0 ? both[0] : p->is_all ? both[1] : json_of_map(all, 1);
    return !is->is_full && !is_not->is_full && is->count + is_not->count + 8 < LIMIT_FILTER_NODES;
}
