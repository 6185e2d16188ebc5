/* An arena is a list of chunks; the newest is filled from the front. The struct itself lives at the
 * start of its first chunk, so that an arena costs one chunk and nothing else.
 *
 * Chunks have sizes that are powers of two and go back to a small stock that each thread keeps: a
 * warm request finds all its chunks there and never calls malloc. The stock is thread-local because
 * it needs no lock then; it is emptied when its thread ends. Chunks above STOCK_CHUNK_MAX are not
 * worth keeping and go to malloc and free directly. */
#include "base/arena.h"

#include "base/limits.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(at, n)   __asan_poison_memory_region((at), (n))
#define UNPOISON(at, n) __asan_unpoison_memory_region((at), (n))
#define RED_ZONE        16u
#else
#define POISON(at, n)   ((void)(at), (void)(n))
#define UNPOISON(at, n) ((void)(at), (void)(n))
#define RED_ZONE        0u
#endif

#define ALIGNMENT       _Alignof(max_align_t)
#define CHUNK_MIN       1024u
#define STOCK_CHUNK_MAX (128u << 10) /* also how far chunks grow by themselves */
#define STOCK_CLASSES   8u           /* 1 KiB … 128 KiB */
static_assert(CHUNK_MIN << (STOCK_CLASSES - 1) == STOCK_CHUNK_MAX, "a class for each size");

struct chunk {
    struct chunk *older;
    size_t size; /* with this header */
    _Alignas(max_align_t) char data[];
};

struct closer {
    struct closer *older;
    void (*fn)(void *);
    void *arg;
};

struct arena {
    struct chunk *chunk; /* the one being filled, older ones behind it */
    struct chunk *first; /* holds this struct; stays through arena_reset */
    size_t used;         /* of chunk->data */
    char *newest;        /* newest piece in chunk, for growing in place */
    struct closer *closers;
    size_t bytes;
};

struct stock {
    struct chunk *chunks[STOCK_CLASSES];
    size_t bytes;
    bool is_registered; /* with the key whose destructor empties it */
};

static _Thread_local struct stock stock;
static pthread_key_t stock_key;
static pthread_once_t stock_once = PTHREAD_ONCE_INIT;

static size_t round_up(size_t n)
{
    return (n + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1);
}

static void empty_stock(void *arg)
{
    struct stock *s = arg;
    for (size_t i = 0; i < STOCK_CLASSES; i++) {
        while (s->chunks[i] != NULL) {
            struct chunk *c = s->chunks[i];
            s->chunks[i] = c->older;
            UNPOISON(c->data, c->size - sizeof(struct chunk));
            free(c);
        }
    }
    s->bytes = 0;
    s->is_registered = false; /* another destructor of this thread may still use arenas */
}

static void make_stock_key(void)
{
    must(pthread_key_create(&stock_key, empty_stock) == 0);
}

static size_t class_of(size_t chunk_size)
{
    return (size_t)__builtin_ctzll(chunk_size / CHUNK_MIN);
}

static struct chunk *take_chunk(size_t bytes)
{
    size_t size = CHUNK_MIN;
    while (size < bytes && size < STOCK_CHUNK_MAX)
        size *= 2;
    if (bytes > STOCK_CHUNK_MAX)
        size = bytes;
    struct chunk *c = size <= STOCK_CHUNK_MAX ? stock.chunks[class_of(size)] : NULL;
    if (c != NULL) {
        stock.chunks[class_of(size)] = c->older;
        stock.bytes -= size;
    } else {
        c = malloc(size);
        if (c == NULL) {
            fputs("out of memory\n", stderr);
            abort();
        }
        c->size = size;
        POISON(c->data, size - sizeof(struct chunk));
    }
    c->older = NULL;
    return c;
}

static void give_back(struct chunk *c)
{
    POISON(c->data, c->size - sizeof(struct chunk));
    if (c->size > STOCK_CHUNK_MAX || stock.bytes + c->size > LIMIT_ARENA_STOCK_BYTES) {
        UNPOISON(c->data, c->size - sizeof(struct chunk));
        free(c);
        return;
    }
    if (!stock.is_registered) {
        pthread_once(&stock_once, make_stock_key);
        must(pthread_setspecific(stock_key, &stock) == 0);
        stock.is_registered = true;
    }
    c->older = stock.chunks[class_of(c->size)];
    stock.chunks[class_of(c->size)] = c;
    stock.bytes += c->size;
}

static void start_in(struct arena *a, struct chunk *first)
{
    *a = (struct arena){
        .chunk = first, .first = first, .used = round_up(sizeof(struct arena)) + RED_ZONE};
}

struct arena *arena_open(size_t first_chunk_bytes)
{
    size_t least = sizeof(struct chunk) + round_up(sizeof(struct arena)) + RED_ZONE;
    struct chunk *c = take_chunk(first_chunk_bytes > least ? first_chunk_bytes : least);
    UNPOISON(c->data, sizeof(struct arena));
    struct arena *a = (struct arena *)(void *)c->data;
    start_in(a, c);
    return a;
}

static void run_closers(struct arena *a)
{
    while (a->closers != NULL) {
        struct closer *c = a->closers;
        a->closers = c->older;
        c->fn(c->arg);
    }
}

void arena_close(struct arena *a)
{
    if (a == NULL)
        return;
    run_closers(a);
    struct chunk *c = a->chunk;
    while (c != NULL) {
        struct chunk *older = c->older;
        give_back(c);
        c = older;
    }
}

void arena_reset(struct arena *a)
{
    run_closers(a);
    struct chunk *c = a->chunk;
    while (c != NULL) {
        struct chunk *older = c->older;
        if (c != a->first)
            give_back(c);
        c = older;
    }
    a->first->older = NULL;
    POISON(a->first->data + sizeof(struct arena),
           a->first->size - sizeof(struct chunk) - sizeof(struct arena));
    start_in(a, a->first);
}

/* A piece that would waste most of a chunk gets one to itself, behind the one being filled. */
static char *piece_of_its_own(struct arena *a, size_t bytes)
{
    struct chunk *c = take_chunk(sizeof(struct chunk) + RED_ZONE + bytes);
    c->older = a->chunk->older;
    a->chunk->older = c;
    return c->data + RED_ZONE;
}

static char *place_for(struct arena *a, size_t bytes)
{
    size_t room = a->chunk->size - sizeof(struct chunk);
    if (a->used <= room && bytes <= room - a->used) {
        a->newest = a->chunk->data + a->used;
        a->used += bytes;
        return a->newest;
    }
    size_t next = a->chunk->size < STOCK_CHUNK_MAX / 2 ? 2 * a->chunk->size : STOCK_CHUNK_MAX;
    if (bytes > next / 2)
        return piece_of_its_own(a, bytes);
    size_t least = sizeof(struct chunk) + RED_ZONE + bytes;
    struct chunk *c = take_chunk(next > least ? next : least);
    c->older = a->chunk;
    a->chunk = c;
    a->newest = c->data + RED_ZONE;
    a->used = RED_ZONE + bytes;
    return a->newest;
}

void *arena_get(struct arena *a, size_t count, size_t size)
{
    size_t bytes = 0;
    must(!__builtin_mul_overflow(count, size, &bytes) && bytes <= SIZE_MAX / 4);
    char *at = place_for(a, round_up(bytes) + RED_ZONE);
    UNPOISON(at, bytes);
    if (bytes > 0)
        memset(at, 0, bytes);
    a->bytes += bytes;
    return at;
}

void *arena_grow(struct arena *a, void *old, size_t old_bytes, size_t new_bytes)
{
    if (new_bytes <= old_bytes && old != NULL)
        return old;
    must(new_bytes <= SIZE_MAX / 4);
    if (old != NULL && old == a->newest) {
        size_t start = (size_t)(a->newest - a->chunk->data);
        size_t need = round_up(new_bytes) + RED_ZONE;
        if (need <= a->chunk->size - sizeof(struct chunk) - start) {
            UNPOISON(a->newest, new_bytes);
            memset(a->newest + old_bytes, 0, new_bytes - old_bytes);
            a->used = start + need;
            a->bytes += new_bytes - old_bytes;
            return old;
        }
    }
    char *moved = arena_get(a, new_bytes, 1);
    if (old != NULL && old_bytes > 0) {
        memcpy(moved, old, old_bytes);
        POISON(old, round_up(old_bytes));
    }
    return moved;
}

str arena_copy(struct arena *a, str s)
{
    if (s.at == NULL || s.len == 0)
        return s.at == NULL ? s : (str){"", 0};
    char *at = place_for(a, round_up(s.len) + RED_ZONE);
    UNPOISON(at, s.len);
    memcpy(at, s.at, s.len);
    a->bytes += s.len;
    return (str){at, s.len};
}

str arena_format(struct arena *a, const char *format, ...)
{
    char first_try[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(first_try, sizeof first_try, format, args);
    va_end(args);
    must(n >= 0);
    if ((size_t)n < sizeof first_try)
        return arena_copy(a, (str){first_try, (size_t)n});
    char *at = arena_get(a, (size_t)n + 1, 1);
    va_start(args, format);
    vsnprintf(at, (size_t)n + 1, format, args);
    va_end(args);
    return (str){at, (size_t)n};
}

const char *arena_cstr(struct arena *a, str s)
{
    must(s.len == 0 || memchr(s.at, '\0', s.len) == NULL);
    char *at = arena_get(a, s.len + 1, 1);
    if (s.len > 0)
        memcpy(at, s.at, s.len);
    return at;
}

void arena_on_close(struct arena *a, void (*fn)(void *), void *arg)
{
    struct closer *c = NEW(a, struct closer);
    *c = (struct closer){.older = a->closers, .fn = fn, .arg = arg};
    a->closers = c;
}

size_t arena_bytes(const struct arena *a)
{
    return a->bytes;
}
