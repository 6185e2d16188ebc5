#include "server/transfer/sorted.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MEMORY_BYTES (8u << 20)
#define WINDOW_BYTES (64u << 10) /* of each piece, while they are merged */

struct head {
    uint32_t key, value;
};

/* A sorted piece of the file and the window that is open on it. */
struct piece {
    off_t at, end;                    /* what was not read yet */
    char *window;
    size_t from, have, room;
    str key, value;                   /* the present pair */
    bool is_over;
};

struct sorted {
    char *memory;                     /* pairs that wait for being sorted, one behind the other */
    size_t used, room;
    size_t *starts;
    size_t count, starts_room;
    FILE *file;
    off_t written;
    struct piece *pieces;
    size_t piece_count;
    struct piece *last;               /* whose pair was given out */
    bool is_reading;
};

struct sorted *sorted_open(void)
{
    struct sorted *s = calloc(1, sizeof *s);
    must(s != NULL);
    return s;
}

void sorted_close(struct sorted *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->piece_count; i++)
        free(s->pieces[i].window);
    if (s->file)
        (void)fclose(s->file);
    free(s->pieces);
    free(s->starts);
    free(s->memory);
    free(s);
}

static enum err no_room(struct problem *why)
{
    return problem_set(why, ERR_FULL, "There is no room for a temporary file");
}

static struct head head_at(const char *at)
{
    struct head h;
    memcpy(&h, at, sizeof h);
    return h;
}

static str key_at(const char *at)
{
    return (str){at + sizeof(struct head), head_at(at).key};
}

static int by_key(const void *a, const void *b, void *memory)
{
    size_t l = *(const size_t *)a, r = *(const size_t *)b;
    int order = str_order(key_at((const char *)memory + l), key_at((const char *)memory + r));
    return order ? order : (l > r) - (l < r);
}

/* What waits becomes a piece of the file. */
static enum err put_aside(struct sorted *s, struct problem *why)
{
    if (s->count == 0)
        return ERR_OK;
    if (!s->file && !(s->file = tmpfile()))
        return no_room(why);
    qsort_r(s->starts, s->count, sizeof *s->starts, by_key, s->memory);
    struct piece *more = realloc(s->pieces, (s->piece_count + 1) * sizeof *more);
    must(more != NULL);
    s->pieces = more;
    s->pieces[s->piece_count++] = (struct piece){.at = s->written, .end = s->written + (off_t)s->used};
    for (size_t i = 0; i < s->count; i++) {
        const char *at = s->memory + s->starts[i];
        struct head h = head_at(at);
        size_t bytes = sizeof h + h.key + h.value;
        if (fwrite(at, 1, bytes, s->file) != bytes)
            return no_room(why);
    }
    s->written += (off_t)s->used;
    s->used = s->count = 0;
    return ERR_OK;
}

static void make_room(struct sorted *s, size_t bytes)
{
    if (s->room - s->used < bytes) {
        s->room = s->used + bytes > MEMORY_BYTES ? s->used + bytes : MEMORY_BYTES;
        s->memory = realloc(s->memory, s->room);
        must(s->memory != NULL);
    }
    if (s->count == s->starts_room) {
        s->starts_room = s->starts_room ? 2 * s->starts_room : 1024;
        s->starts = realloc(s->starts, s->starts_room * sizeof *s->starts);
        must(s->starts != NULL);
    }
}

enum err sorted_add(struct sorted *s, str key, str value, struct problem *why)
{
    must(!s->is_reading);
    if (key.len > SORTED_PAIR_BYTES || value.len > SORTED_PAIR_BYTES - key.len)
        return problem_set(why, ERR_TOO_LARGE, "One item has more than %u bytes", SORTED_PAIR_BYTES);
    struct head h = {(uint32_t)key.len, (uint32_t)value.len};
    size_t bytes = sizeof h + key.len + value.len;
    if (s->used > 0 && s->used + bytes > MEMORY_BYTES)
        TRY(put_aside(s, why));
    make_room(s, bytes);
    s->starts[s->count++] = s->used;
    char *at = s->memory + s->used;
    memcpy(at, &h, sizeof h);
    if (key.len)
        memcpy(at + sizeof h, key.at, key.len);
    if (value.len)
        memcpy(at + sizeof h + key.len, value.at, value.len);
    s->used += bytes;
    return ERR_OK;
}

/* At least so many bytes of the piece into its window. */
static enum err look(struct sorted *s, struct piece *p, size_t bytes, struct problem *why)
{
    if (p->have - p->from >= bytes)
        return ERR_OK;
    if (p->from > 0)
        memmove(p->window, p->window + p->from, p->have - p->from);
    p->have -= p->from;
    p->from = 0;
    if (p->room < bytes || !p->window) {
        p->room = bytes > WINDOW_BYTES ? bytes : WINDOW_BYTES;
        p->window = realloc(p->window, p->room);
        must(p->window != NULL);
    }
    while (p->have < bytes) {
        size_t want = p->room - p->have, left = (size_t)(p->end - p->at);
        ssize_t got = pread(fileno(s->file), p->window + p->have, want < left ? want : left, p->at);
        if (got <= 0)
            return problem_set(why, ERR_UNAVAILABLE, "A temporary file cannot be read");
        p->have += (size_t)got;
        p->at += got;
    }
    return ERR_OK;
}

static enum err advance(struct sorted *s, struct piece *p, struct problem *why)
{
    p->is_over = p->at == p->end && p->from == p->have;
    if (p->is_over)
        return ERR_OK;
    TRY(look(s, p, sizeof(struct head), why));
    struct head h = head_at(p->window + p->from);
    size_t bytes = sizeof h + h.key + h.value;
    TRY(look(s, p, bytes, why));
    p->key = key_at(p->window + p->from);
    p->value = (str){p->key.at + h.key, h.value};
    p->from += bytes;
    return ERR_OK;
}

static enum err begin(struct sorted *s, struct problem *why)
{
    TRY(put_aside(s, why));
    s->is_reading = true;
    free(s->memory);
    s->memory = NULL;
    if (s->file && fflush(s->file) != 0)
        return no_room(why);
    for (size_t i = 0; i < s->piece_count; i++)
        TRY(advance(s, &s->pieces[i], why));
    return ERR_OK;
}

enum err sorted_next(struct sorted *s, str *key, str *value, bool *found, struct problem *why)
{
    struct piece *first = NULL;
    *found = false;
    if (!s->is_reading)
        TRY(begin(s, why));
    if (s->last)
        TRY(advance(s, s->last, why));
    for (size_t i = 0; i < s->piece_count; i++) {
        struct piece *p = &s->pieces[i];
        if (!p->is_over && (!first || str_order(p->key, first->key) < 0))
            first = p;
    }
    s->last = first;
    if (!first)
        return ERR_OK;
    *key = first->key;
    *value = first->value;
    *found = true;
    return ERR_OK;
}
