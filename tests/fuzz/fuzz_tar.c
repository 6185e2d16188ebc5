/* Whatever is read as an archive: entries stay within the bytes that are there, and reading in small pieces and in
 * big ones finds the same. */
#include "base/arena.h"
#include "base/tar.h"
#include "tests/support/fuzz.h"
#include "tests/support/memory_source.h"

static uint64_t walk(const uint8_t *data, size_t size, size_t most, struct arena *a)
{
    struct memory m = {{read_memory}, data, size, 0, most};
    struct tar_reader r = {.from = &m.source};
    struct problem why = {.arena = a};
    uint64_t sum = 1;
    bool found = true;
    while (tar_next(&r, &found, &why) == ERR_OK && found) {
        char piece[100];
        uint64_t bytes = 0;
        size_t got = 1;
        enum err e = ERR_OK;
        must(strlen(r.name) <= TAR_NAME_BYTES);
        while ((e = tar_read(&r, piece, sizeof piece, &got, &why)) == ERR_OK && got > 0)
            bytes += got;
        must(bytes <= size && (e != ERR_OK || bytes == r.bytes));
        sum = (sum * 31 + bytes) * 31 + str_hash(str_of(r.name));
        if (e != ERR_OK)
            break;
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(1 << 16);
    must(walk(data, size, SIZE_MAX, a) == walk(data, size, 7, a));
    arena_close(a);
    return 0;
}
