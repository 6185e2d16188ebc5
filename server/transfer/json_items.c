#include "server/transfer/json_items.h"

#include "base/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct json_items {
    FILE *file;
    const char *path;                 /* the caller's */
    struct buf item;
    bool began, in_map, is_single, ended;
};

enum err json_items_open(const char *path, struct json_items **out, struct problem *why)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return problem_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
    struct json_items *r = calloc(1, sizeof *r);
    must(r != NULL);
    r->file = file;
    r->path = path;
    buf_init(&r->item, NULL, LIMIT_RESPONSE_BYTES);
    *out = r;
    return ERR_OK;
}

void json_items_close(struct json_items *r)
{
    if (!r)
        return;
    (void)fclose(r->file);
    buf_free(&r->item);
    free(r);
}

static enum err wrong(struct json_items *r, struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, "%s: %s", r->path,
                       feof(r->file) ? "the file ends too early" : "this is neither a list of items nor {\"data\": […]}");
}

static int next_solid(struct json_items *r)
{
    int c;
    do
        c = getc_unlocked(r->file);
    while (c == ' ' || c == '\n' || c == '\r' || c == '\t');
    return c;
}

static enum err begin(struct json_items *r, struct problem *why)
{
    static const char name[] = "\"data\"";
    int c = next_solid(r);
    r->began = true;
    r->in_map = c == '{';
    if (r->in_map) {
        c = next_solid(r);
        for (size_t i = 0; i < sizeof name - 1; i++, c = getc_unlocked(r->file))
            if (c != name[i])
                return wrong(r, why);
        (void)ungetc(c, r->file);
        if (next_solid(r) != ':')
            return wrong(r, why);
        c = next_solid(r);
        r->is_single = c == '{';
        if (r->is_single)
            (void)ungetc(c, r->file);
    }
    return r->is_single || c == '[' ? ERR_OK : wrong(r, why);
}

/* How deep in brackets the text is after this character. */
struct brackets {
    int depth;
    bool in_text, escaped;
};

static void step(struct brackets *b, int c)
{
    if (!b->in_text && (c == '{' || c == '['))
        b->depth++;
    if (!b->in_text && (c == '}' || c == ']'))
        b->depth--;
    if (c == '"' && !b->escaped)
        b->in_text = !b->in_text;
    b->escaped = b->in_text && c == '\\' && !b->escaped;
}

/* Behind the items: further members of the answer ("meta"), which end with the file. */
static enum err finish(struct json_items *r, struct problem *why)
{
    struct brackets b = {.depth = r->in_map};
    int c;
    r->ended = true;
    while (b.depth > 0 && (c = getc_unlocked(r->file)) != EOF)
        step(&b, c);
    bool is_whole = b.depth == 0 && next_solid(r) == EOF;
    if (ferror(r->file))
        return problem_set(why, ERR_UNAVAILABLE, "%s cannot be read", r->path);
    return is_whole ? ERR_OK : wrong(r, why);
}

/* One value by its brackets; what it is the JSON reader decides. */
static enum err cut_out(struct json_items *r, struct problem *why)
{
    struct brackets b = {.depth = 0};
    buf_clear(&r->item);
    do {
        int c = getc_unlocked(r->file);
        if (c == EOF)
            return wrong(r, why);
        buf_byte(&r->item, (char)c);
        step(&b, c);
    } while (b.depth > 0);
    return r->item.failed ? problem_set(why, ERR_TOO_LARGE, "%s: one item has more than %u bytes", r->path, LIMIT_RESPONSE_BYTES) : ERR_OK;
}

enum err json_items_next(struct json_items *r, struct arena *a, const struct json **out, struct problem *why)
{
    *out = NULL;
    bool first = !r->began;
    if (r->ended)
        return ERR_OK;
    if (first)
        TRY(begin(r, why));
    int c = next_solid(r);
    if (!first && (r->is_single || c == ']')) {
        if (r->is_single)
            (void)ungetc(c, r->file);
        return finish(r, why);
    }
    if (first && c == ']')
        return finish(r, why);
    if (!first) {
        if (c != ',')
            return wrong(r, why);
        c = next_solid(r);
    }
    if (c != '{')
        return wrong(r, why);
    (void)ungetc(c, r->file);
    TRY(cut_out(r, why));
    return json_read(a, arena_copy(a, buf_str(&r->item)), NULL, arena_format(a, "%s", r->path), out, why);
}
