#include "server/transfer/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/utf8.h"

#define ROW_BYTES LIMIT_BODY_BYTES
#define CSV_COLUMNS LIMIT_FIELDS

struct rows {
    FILE *file;
    enum rows_format format;
    struct buf row;
    uint64_t size, taken, line, row_line;
    str names[CSV_COLUMNS];
    size_t name_count;
    struct arena *header;
    bool started;
};

enum err rows_open(struct arena *a, str path, struct rows **out, struct problem *why)
{
    static const struct {
        str ending;
        enum rows_format format;
    } endings[] = {{STR(".ndjson"), ROWS_NDJSON}, {STR(".jsonl"), ROWS_NDJSON}, {STR(".json"), ROWS_JSON}, {STR(".csv"), ROWS_CSV}};
    size_t k = 0;
    while (k < COUNTOF(endings) && !str_ends(path, endings[k].ending))
        k++;
    if (k == COUNTOF(endings))
        return problem_set(why, ERR_BAD_INPUT, STR_FMT ": the name must end in .ndjson, .json or .csv", STR_ARG(path));
    FILE *file = fopen(arena_cstr(a, path), "rb");
    if (!file)
        return problem_set(why, ERR_NOT_FOUND, STR_FMT ": %s", STR_ARG(path), strerror(errno));
    struct rows *r = calloc(1, sizeof *r);
    must(r != NULL);
    struct stat st;
    r->file = file;
    r->format = endings[k].format;
    r->size = fstat(fileno(file), &st) == 0 ? (uint64_t)st.st_size : 0;
    r->header = arena_open(1024);
    buf_init(&r->row, NULL, ROW_BYTES);
    *out = r;
    return ERR_OK;
}

void rows_close(struct rows *r)
{
    if (!r)
        return;
    (void)fclose(r->file);
    buf_free(&r->row);
    arena_close(r->header);
    free(r);
}

uint64_t rows_line(const struct rows *r)
{
    return r->row_line;
}

bool rows_are_text(const struct rows *r)
{
    return r->format == ROWS_CSV;
}

double rows_progress(const struct rows *r)
{
    return r->size ? (double)r->taken / (double)r->size : 0;
}

static int next_byte(struct rows *r)
{
    int c = getc_unlocked(r->file);
    if (c == EOF)
        return EOF;
    r->taken++;
    if (c == '\n')
        r->line++;
    return c;
}

static enum err too_long(struct rows *r, struct problem *why)
{
    return problem_set(why, ERR_TOO_LARGE, "Line %llu: a row is longer than %u bytes",
                       (unsigned long long)r->row_line, ROW_BYTES);
}

/* One line, without its end; *more false at the end of the file. */
static enum err read_line(struct rows *r, bool *more, struct problem *why)
{
    buf_clear(&r->row);
    r->row_line = r->line + 1;
    int c;
    while ((c = next_byte(r)) != EOF && c != '\n')
        if (r->row.len < ROW_BYTES)
            buf_byte(&r->row, (char)c);
    *more = c != EOF || r->row.len > 0;
    if (r->row.len && r->row.at[r->row.len - 1] == '\r')
        buf_truncate(&r->row, r->row.len - 1);
    return r->row.len >= ROW_BYTES ? too_long(r, why) : ERR_OK;
}

static enum err read_value(struct rows *r, struct arena *a, const struct json **out, struct problem *why)
{
    TRY(json_read(a, buf_str(&r->row), &(struct json_options){0}, S(""), out, why));
    if ((*out)->type != JSON_MAP)
        return problem_set(why, ERR_BAD_INPUT, "Line %llu is no object", (unsigned long long)r->row_line);
    return ERR_OK;
}

static enum err next_ndjson(struct rows *r, struct arena *a, const struct json **out, struct problem *why)
{
    bool more = true;
    *out = NULL;
    do
        TRY(read_line(r, &more, why));
    while (more && str_trim(buf_str(&r->row)).len == 0);
    return more ? read_value(r, a, out, why) : ERR_OK;
}

/* The elements of one top-level list, cut out by counting brackets outside texts. */
static enum err next_json(struct rows *r, struct arena *a, const struct json **out, struct problem *why)
{
    int c, depth = 0;
    bool in_text = false, escaped = false;
    *out = NULL;
    buf_clear(&r->row);
    while ((c = next_byte(r)) != EOF) {
        if (!r->started && c == '[') {
            r->started = true;
            continue;
        }
        if (depth == 0 && c != '{')
            continue;
        if (depth == 0)
            r->row_line = r->line + 1;
        if (r->row.len < ROW_BYTES)
            buf_byte(&r->row, (char)c);
        if (!in_text && (c == '{' || c == '['))
            depth++;
        if (!in_text && (c == '}' || c == ']') && --depth == 0)
            return r->row.len >= ROW_BYTES ? too_long(r, why) : read_value(r, a, out, why);
        in_text = in_text ? !(c == '"' && !escaped) : c == '"';
        escaped = in_text && c == '\\' && !escaped;
    }
    return depth ? problem_set(why, ERR_BAD_INPUT, "The file ends inside an object") : ERR_OK;
}

/* RFC 4180: quotes, doubled quotes, line breaks inside quotes. Cells are NUL-separated in r->row. */
static enum err read_record(struct rows *r, str *cells, size_t *count, bool *more, struct problem *why)
{
    size_t starts[CSV_COLUMNS], n = 0;
    bool quoted = false;
    int c;
    buf_clear(&r->row);
    r->row_line = r->line + 1;
    starts[n++] = 0;
    *more = false;
    while ((c = next_byte(r)) != EOF) {
        *more = true;
        if (r->row.len >= ROW_BYTES)
            return too_long(r, why);
        if (quoted && c == '"') {
            int next = next_byte(r);
            if (next == '"') {
                buf_byte(&r->row, '"');
                continue;
            }
            quoted = false;
            c = next;
        }
        if (c == EOF || (!quoted && c == '\n'))
            break;
        if (!quoted && c == ',' && n < CSV_COLUMNS) {
            buf_byte(&r->row, '\0');
            starts[n++] = r->row.len;
        } else if (!quoted && c == '"' && r->row.len == starts[n - 1]) {
            quoted = true;
        } else if (quoted || c != '\r') {
            buf_byte(&r->row, (char)c);
        }
    }
    for (size_t i = 0; i < n; i++)
        cells[i] = str_slice(buf_str(&r->row), starts[i], i + 1 < n ? starts[i + 1] - 1 : r->row.len);
    *count = n;
    return ERR_OK;
}

static enum err next_csv(struct rows *r, struct arena *a, const struct json **out, struct problem *why)
{
    str cells[CSV_COLUMNS];
    size_t count = 0;
    bool more;
    *out = NULL;
    if (!r->started) {
        TRY(read_record(r, cells, &count, &more, why));
        for (size_t i = 0; i < count; i++)
            r->names[i] = arena_copy(r->header, str_trim(cells[i]));
        r->name_count = count;
        r->started = true;
    }
    TRY(read_record(r, cells, &count, &more, why));
    if (!more)
        return ERR_OK;
    if (count != r->name_count)
        return problem_set(why, ERR_BAD_INPUT, "Line %llu has %zu cells, the header has %zu",
                           (unsigned long long)r->row_line, count, r->name_count);
    if (!utf8_valid(buf_str(&r->row)))
        return problem_set(why, ERR_BAD_INPUT, "Line %llu is not UTF-8", (unsigned long long)r->row_line);
    struct json *members = NEW_N(a, struct json, count);
    for (size_t i = 0; i < count; i++)
        members[i] = json_named(r->names[i], json_of_text(cells[i]));
    struct json *item = NEW(a, struct json);
    *item = json_of_map(members, count);
    *out = item;
    return ERR_OK;
}

enum err rows_next(struct rows *r, struct arena *a, const struct json **out, struct problem *why)
{
    switch (r->format) {
    case ROWS_NDJSON: return next_ndjson(r, a, out, why);
    case ROWS_JSON: return next_json(r, a, out, why);
    case ROWS_CSV: break;
    }
    return next_csv(r, a, out, why);
}
