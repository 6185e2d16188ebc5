/* ustar: blocks of 512 bytes, a header per entry. */
#include "base/tar.h"

#include <string.h>

#define BLOCK 512u

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

static unsigned sum_of(const struct header *h)
{
    const unsigned char *at = (const unsigned char *)h;
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= offsetof(struct header, checksum) && i < offsetof(struct header, checksum) + sizeof h->checksum ? ' ' : at[i];
    return sum;
}

static void put(struct tar_writer *w, const void *at, size_t bytes)
{
    w->failed |= fwrite(at, 1, bytes, w->to) != bytes;
}

static void octal(char *at, size_t room, uint64_t n)
{
    for (size_t i = room - 1; i-- > 0; n /= 8)
        at[i] = (char)('0' + n % 8);
    at[room - 1] = 0;
}

/* What has too many digits: base 256, told by the first bit. */
static void binary(char *at, size_t room, uint64_t n)
{
    for (size_t i = room; i-- > 1; n >>= 8)
        at[i] = (char)(n & 0xffu);
    at[0] = (char)0x80u;
}

/* Where the name is divided: as early as the second part allows, never before its first byte. False: nowhere. */
static bool divide(str name, size_t *at)
{
    *at = 0;
    if (name.len <= sizeof((struct header *)0)->name)
        return true;
    for (size_t i = name.len - sizeof((struct header *)0)->name - 1; i < name.len && i <= sizeof((struct header *)0)->prefix; i++)
        if (i > 0 && name.at[i] == '/') {
            *at = i;
            return true;
        }
    return false;
}

enum err tar_begin(struct tar_writer *w, str name, uint64_t bytes, struct problem *why)
{
    struct header h = {0};
    size_t at;
    must(w->left == 0);
    if (name.len == 0 || !divide(name, &at))
        return problem_set(why, ERR_INVALID, "The name " STR_FMT " is too long for an archive", STR_ARG(name));
    str rest = str_slice(name, at ? at + 1 : 0, name.len);
    memcpy(h.prefix, name.at, at);
    memcpy(h.name, rest.at, rest.len);
    octal(h.mode, sizeof h.mode, 0644);
    octal(h.uid, sizeof h.uid, 0);
    octal(h.gid, sizeof h.gid, 0);
    if (bytes >> 33)
        binary(h.size, sizeof h.size, bytes);
    else
        octal(h.size, sizeof h.size, bytes);
    octal(h.mtime, sizeof h.mtime, 0);
    h.type = '0';
    memcpy(h.magic, "ustar", 6);
    memcpy(h.version, "00", 2);
    octal(h.checksum, sizeof h.checksum - 1, sum_of(&h));
    h.checksum[sizeof h.checksum - 1] = ' ';
    put(w, &h, sizeof h);
    w->left = bytes;
    w->padding = (unsigned)((BLOCK - bytes % BLOCK) % BLOCK);
    return ERR_OK;
}

void tar_add(struct tar_writer *w, const void *at, size_t bytes)
{
    must(bytes <= w->left);
    put(w, at, bytes);
    w->left -= bytes;
}

void tar_entry(struct tar_writer *w)
{
    static const char zeros[BLOCK];
    must(w->left == 0);
    put(w, zeros, w->padding);
    w->padding = 0;
}

enum err tar_end(struct tar_writer *w, struct problem *why)
{
    static const char zeros[2 * BLOCK];
    put(w, zeros, sizeof zeros);
    w->failed |= fflush(w->to) != 0;
    return w->failed ? problem_set(why, ERR_FULL, "The archive cannot be written") : ERR_OK;
}

/* As much as there is, at most room. */
static enum err fill(struct tar_reader *r, void *into, size_t room, size_t *got, struct problem *why)
{
    *got = 0;
    while (*got < room) {
        size_t more;
        TRY(r->from->read(r->from, (char *)into + *got, room - *got, &more, why));
        if (more == 0)
            break;
        *got += more;
    }
    return ERR_OK;
}

static enum err cut_off(struct problem *why)
{
    return problem_set(why, ERR_BAD_INPUT, "The archive ends too early");
}

enum err tar_read(struct tar_reader *r, void *into, size_t room, size_t *got, struct problem *why)
{
    size_t wanted = r->left < room ? (size_t)r->left : room;
    TRY(fill(r, into, wanted, got, why));
    if (*got < wanted)
        return cut_off(why);
    r->left -= *got;
    return ERR_OK;
}

static enum err pass_over(struct tar_reader *r, struct problem *why)
{
    char waste[4096];
    uint64_t bytes = r->left + r->padding;
    while (bytes > 0) {
        size_t got, room = bytes < sizeof waste ? (size_t)bytes : sizeof waste;
        TRY(fill(r, waste, room, &got, why));
        if (got < room)
            return cut_off(why);
        bytes -= got;
    }
    r->left = 0;
    r->padding = 0;
    return ERR_OK;
}

/* Octal digits, or base 256 where the first bit says so. */
static bool number(const char *at, size_t room, uint64_t *out)
{
    uint64_t n = 0;
    if ((unsigned char)at[0] & 0x80u) {
        for (size_t i = 1; i < room; i++) {
            if (n >> 55)
                return false;
            n = n << 8 | (unsigned char)at[i];
        }
        *out = n;
        return true;
    }
    for (size_t i = 0; i < room && at[i] && at[i] != ' '; i++) {
        if (at[i] < '0' || at[i] > '7' || n >> 60)
            return false;
        n = n * 8 + (uint64_t)(at[i] - '0');
    }
    *out = n;
    return true;
}

static size_t length_in(const char *at, size_t room)
{
    const char *end = memchr(at, 0, room);
    return end ? (size_t)(end - at) : room;
}

static void name_of(const struct header *h, char *name)
{
    size_t prefix = memcmp(h->magic, "ustar", 6) == 0 ? length_in(h->prefix, sizeof h->prefix) : 0;
    size_t rest = length_in(h->name, sizeof h->name), at = 0;
    if (prefix > 0) {
        memcpy(name, h->prefix, prefix);
        name[prefix] = '/';
        at = prefix + 1;
    }
    memcpy(name + at, h->name, rest);
    name[at + rest] = 0;
}

/* The member path of a pax header: "<length> path=<name>\n". False: it says other things only, or a name that is
 * too long. */
static bool take_pax(char *text, size_t bytes, char *name)
{
    bool is_named = false;
    str rest = {text, bytes};
    while (rest.len > 0) {
        size_t length = 0, digits = 0;
        while (digits < rest.len && rest.at[digits] >= '0' && rest.at[digits] <= '9' && length < 1u << 20)
            length = length * 10 + (size_t)(rest.at[digits++] - '0');
        if (length <= digits + 1 || length > rest.len)
            break;
        str record = str_slice(rest, digits + 1, length - 1);
        if (str_starts(record, S("path=")) && record.len - 5 <= TAR_NAME_BYTES) {
            memcpy(name, record.at + 5, record.len - 5);
            name[record.len - 5] = 0;
            is_named = true;
        }
        rest = str_slice(rest, length, rest.len);
    }
    return is_named;
}

/* A header that says something of the next one: its long name, mostly. */
static enum err take_long(struct tar_reader *r, char type, bool *is_named, struct problem *why)
{
    char text[4096];
    size_t got;
    if (r->left > sizeof text || (type == 'L' && r->left > TAR_NAME_BYTES))
        return pass_over(r, why);
    TRY(tar_read(r, text, sizeof text, &got, why));
    if (type == 'x') {
        *is_named |= take_pax(text, got, r->name);
    } else {
        got = length_in(text, got);
        memcpy(r->name, text, got);
        r->name[got] = 0;
        *is_named = true;
    }
    return pass_over(r, why);
}

static bool is_empty(const struct header *h)
{
    static const struct header zeros;
    return memcmp(h, &zeros, sizeof zeros) == 0;
}

enum err tar_next(struct tar_reader *r, bool *found, struct problem *why)
{
    bool is_named = false;
    *found = false;
    TRY(pass_over(r, why));
    for (;;) {
        struct header h;
        size_t got;
        uint64_t sum, bytes;
        TRY(fill(r, &h, sizeof h, &got, why));
        r->is_whole = got == sizeof h && is_empty(&h);
        if (got == 0 || r->is_whole)
            return ERR_OK;
        if (got < sizeof h || !number(h.checksum, sizeof h.checksum, &sum) || sum != sum_of(&h) ||
            !number(h.size, sizeof h.size, &bytes))
            return problem_set(why, ERR_BAD_INPUT, "This is no archive, or a damaged one");
        r->left = bytes;
        r->padding = (unsigned)((BLOCK - bytes % BLOCK) % BLOCK);
        if (h.type == 'L' || h.type == 'x') {
            TRY(take_long(r, h.type, &is_named, why));
        } else if (h.type == '0' || h.type == 0) {
            if (!is_named)
                name_of(&h, r->name);
            r->bytes = bytes;
            *found = true;
            return ERR_OK;
        } else {
            is_named = false;
            TRY(pass_over(r, why));
        }
    }
}
