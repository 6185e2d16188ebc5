/* Delivering: a file, or a part of it, by id or by path. */
#include "api/assets/assets.h"

#include "base/limits.h"
#include "base/range.h"
#include "base/time.h"

#define PIECE_BYTES (64u << 10)
#define AT_ONCE_BYTES (16u << 10)

/* Nothing that comes from here runs in our origin, whatever it is and however it is opened (security F-4). */
#define STANDING                                                                                                         \
    "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; sandbox\r\nReferrer-Policy: no-referrer\r\n"
#define ANYBODYS "Cross-Origin-Resource-Policy: cross-origin\r\n"
#define OUR_OWN "Cross-Origin-Resource-Policy: same-origin\r\n"
#define HSTS "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"

static void stand(struct exchange *x, bool is_anybodys)
{
    static const str lines[2][2] = {{STR(STANDING OUR_OWN), STR(STANDING OUR_OWN HSTS)}, {STR(STANDING ANYBODYS), STR(STANDING ANYBODYS HSTS)}};
    x->standing_headers = lines[is_anybodys][x->is_tls];
}

static bool names_tag(str header, str tag)
{
    bool ended = false;
    str piece;
    if (str_is_absent(header))
        return false;
    while (str_next(&header, &ended, ',', &piece)) {
        piece = str_trim(piece);
        if (str_equal(piece, S("*")))
            return true;
        if (str_starts(piece, S("W/")))
            piece = str_slice(piece, 2, piece.len);
        if (piece.len == tag.len + 2 && piece.at[0] == '"' && str_equal(str_slice(piece, 1, piece.len - 1), tag))
            return true;
    }
    return false;
}

/* A part is only of what the client has the rest of. Dates are not looked at: a strong tag is always there. */
static bool part_fits(const struct exchange *x, str tag)
{
    str condition = exchange_header(x, S("if-range"));
    return str_is_absent(condition) || (!str_starts(str_trim(condition), S("W/")) && names_tag(condition, tag) && !str_equal(str_trim(condition), S("*")));
}

/* Little: it is read first, and leaves with its head in one write. */
static enum err send_at_once(struct exchange *x, const struct sending *s, int status, const struct pair *headers, size_t count, uint64_t from,
                             uint64_t end, struct problem *why)
{
    size_t length = (size_t)(end - from), have = 0;
    char *all = arena_get(x->arena, length + 1, 1);
    while (have < length) {
        size_t got = 0;
        TRY(s->read(s->self, from + have, all + have, length - have, &got, why));
        if (got == 0)
            return problem_set(why, ERR_UNAVAILABLE, "The file ends too early");
        have += got;
    }
    x->send(x, status, headers, count, (str){all, length});
    return ERR_OK;
}

static enum err send_pieces(struct exchange *x, const struct sending *s, uint64_t from, uint64_t end, struct problem *why)
{
    char *piece = x->method == M_HEAD ? NULL : arena_get(x->arena, PIECE_BYTES, 1);
    while (from < end && piece) {
        size_t got = 0, room = end - from < PIECE_BYTES ? (size_t)(end - from) : PIECE_BYTES;
        if (s->read(s->self, from, piece, room, &got, why) != ERR_OK || got == 0)
            break; /* the client sees an answer that is too short */
        if (x->piece(x, (str){piece, got}) != ERR_OK)
            break;
        from += got;
    }
    x->end(x);
    return ERR_OK;
}

enum err asset_send(struct exchange *x, const struct sending *s, struct problem *why)
{
    struct pair headers[4];
    size_t count = 0;
    uint64_t from = 0, end = s->size;
    str tag = arena_format(x->arena, "\"" STR_FMT "\"", STR_ARG(s->tag));
    char *date = arena_get(x->arena, HTTP_DATE_LENGTH + 1, 1);
    stand(x, s->is_anybodys);
    bool has_it = names_tag(exchange_header(x, S("if-none-match")), s->tag);
    str range = exchange_header(x, S("range"));
    enum range part = has_it || str_is_absent(range) || !part_fits(x, s->tag) ? RANGE_WHOLE : range_read(range, s->size, &from, &end);
    if (part == RANGE_BEYOND) {
        exchange_add_header(x, S("Content-Range"), arena_format(x->arena, "bytes */%llu", (unsigned long long)s->size));
        return problem_set(why, ERR_BAD_RANGE, "The file has %llu bytes", (unsigned long long)s->size);
    }
    exchange_add_header(x, S("ETag"), tag);
    exchange_add_header(x, S("Cache-Control"), s->cache);
    if (has_it) {
        exchange_send_nothing(x, 304);
        return ERR_OK;
    }
    exchange_add_header(x, S("Accept-Ranges"), S("bytes"));
    if (part == RANGE_PART)
        exchange_add_header(x, S("Content-Range"), arena_format(x->arena, "bytes %llu-%llu/%llu", (unsigned long long)from,
                                                                (unsigned long long)end - 1, (unsigned long long)s->size));
    headers[count++] = (struct pair){S("Content-Type"), s->mime};
    if (!str_is_absent(s->disposition))
        headers[count++] = (struct pair){S("Content-Disposition"), s->disposition};
    if (s->modified_s > 0) {
        http_date(s->modified_s, date);
        headers[count++] = (struct pair){S("Last-Modified"), {date, HTTP_DATE_LENGTH}};
    }
    int status = part == RANGE_PART ? 206 : 200;
    if (end - from <= AT_ONCE_BYTES && x->method != M_HEAD)
        return send_at_once(x, s, status, headers, count, from, end, why);
    TRY(x->begin(x, status, headers, count, end - from));
    return send_pieces(x, s, from, end, why);
}

#define URL_TAG_LENGTH 16u

str asset_tag_of_url(const struct file *f)
{
    return str_slice(f->hash, 0, URL_TAG_LENGTH);
}

str asset_cache(const struct exchange *x, const struct file *f, str v)
{
    bool names_bytes = v.len >= URL_TAG_LENGTH && str_starts(f->hash, v);
    if (x->is_private)
        return S("no-store");
    if (f->by_link) /* it ends */
        return S("private, max-age=60");
    if (names_bytes)
        return f->is_shared ? S("public, max-age=31536000, immutable") : S("private, max-age=31536000, immutable");
    return f->is_shared ? S("public, no-cache") : S("private, no-cache");
}

static enum err read_file(void *self, uint64_t offset, void *into, size_t room, size_t *got, struct problem *why)
{
    return file_read(self, offset, into, room, got, why);
}

enum err asset_send_file(struct exchange *x, struct file *f, bool download, str v, struct problem *why)
{
    bool is_inline = f->media->is_inline && !download && !f->downloads;
    str mime = f->media->mime;
    if (str_starts(mime, S("text/")) || str_equal(mime, S("application/json")))
        mime = arena_format(x->arena, STR_FMT "; charset=utf-8", STR_ARG(mime));
    struct sending s = {.read = read_file, .self = f, .size = f->size, .tag = f->hash, .mime = mime, .cache = asset_cache(x, f, v),
                        .disposition = media_disposition(x->arena, is_inline, f->name), .modified_s = f->modified_s,
                        .is_anybodys = f->is_shared || f->by_link};
    return asset_send(x, &s, why);
}

const char *const asset_file_names[] = {"download", "v", "token", NULL};

static enum err send_wished(struct exchange *x, struct api *api, struct file_wish *wish, struct problem *why)
{
    struct content_params params;
    struct file f;
    TRY(content_params_read(x, api, asset_file_names, &params, why));
    str download = query_string_get(&params.query, S("download"));
    wish->link = query_string_get(&params.query, S("token"));
    TRY(gate_bytes(api->gate, x->who, wish, x->arena, &f, why));
    bool downloads = !str_is_absent(download) && !str_equal(download, S("0")) && !str_equal(download, S("false"));
    enum err e = asset_send_file(x, &f, downloads, query_string_get(&params.query, S("v")), why);
    file_close(&f);
    return e;
}

enum err asset_file(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct file_wish wish = {.id = param(p, "id")};
    return send_wished(x, app, &wish, why);
}

enum err asset_path(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    struct file_wish wish = {.path = arena_format(x->arena, "/" STR_FMT, STR_ARG(param(p, "path")))};
    return send_wished(x, app, &wish, why);
}
