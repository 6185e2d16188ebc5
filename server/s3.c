#include "server/s3.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sigv4.h"
#include "base/time.h"
#include "server/s3_list.h"

#define TRIES 3u
#define PARTS_MOST 10000u
#define NOTHING S("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

struct asking {
    str method, key;
    struct pair query[6];
    size_t query_count;
    str body;                         /* {0}: none */
    const struct outbound_upload *upload;
    str payload;                      /* digest of it; {0}: of nothing */
    str range;                        /* {0}: all of it */
    uint64_t answer_max;
};

/* ---- one request ---- */

static str endpoint_of(const struct s3_access *access, struct arena *a)
{
    if (!str_is_absent(access->endpoint))
        return access->endpoint;
    return arena_format(a, "https://s3." STR_FMT ".amazonaws.com", STR_ARG(access->region));
}

static str host_of(str endpoint)
{
    return str_slice(endpoint, str_starts(endpoint, S("https://")) ? 8 : 7, endpoint.len);
}

/* The server's own word for what is wrong; only what such words are made of. */
static str code_of(str body)
{
    static const str open = STR("<Code>");
    for (size_t i = 0; i + open.len < body.len; i++) {
        if (memcmp(body.at + i, open.at, open.len) != 0)
            continue;
        size_t begin = i + open.len, end = begin;
        while (end < body.len && end - begin < 64 && ((body.at[end] >= 'A' && body.at[end] <= 'Z') || (body.at[end] >= 'a' && body.at[end] <= 'z')))
            end++;
        return str_slice(body, begin, end);
    }
    return S("");
}

/* "CompleteMultipartUpload": 200 may be an error all the same. What an object has in it says nothing. */
static enum err judge(const struct outbound_answer *answer, bool is_object, struct problem *why)
{
    str code = is_object && answer->status / 100 == 2 ? S("") : code_of(answer->body);
    if (answer->status == 404 && !str_equal(code, S("NoSuchBucket")))
        return problem_set(why, ERR_NOT_FOUND, "There is no such object");
    if (answer->status / 100 == 2 && code.len == 0)
        return ERR_OK;
    return problem_set(why, ERR_UNAVAILABLE, "The object storage answered %d " STR_FMT, answer->status, STR_ARG(code));
}

static enum err ask_once(const struct s3 *s, struct arena *a, const struct asking *q, struct outbound_answer *out, struct problem *why)
{
    static const str wanted[] = {STR("ETag"), STR("Content-Range")};
    const struct s3_access *access = s->access;
    const struct sigv4_key key = {access->key, access->secret, access->region, S("s3")};
    int64_t now_ms = time_now_ms();
    str endpoint = endpoint_of(access, a), date = time_stamp(a, now_ms), payload = str_is_absent(q->payload) ? NOTHING : q->payload;
    str path = sigv4_path(a, arena_format(a, "/" STR_FMT "%s" STR_FMT, STR_ARG(s->bucket), q->key.len ? "/" : "", STR_ARG(q->key)));
    str query = sigv4_query(a, q->query, q->query_count);
    const struct pair signed_ones[] = {{S("host"), host_of(endpoint)}, {S("x-amz-content-sha256"), payload}, {S("x-amz-date"), date}};
    const struct sigv4_request sign = {q->method, path, q->query, q->query_count, signed_ones, COUNTOF(signed_ones), payload, now_ms};
    const struct pair headers[] = {signed_ones[1], signed_ones[2], {S("Authorization"), sigv4_authorization(a, &key, &sign)}, {S("Range"), q->range}};
    const struct outbound_request r = {
        .url = arena_format(a, STR_FMT STR_FMT "%s" STR_FMT, STR_ARG(endpoint), STR_ARG(path), query.len ? "?" : "", STR_ARG(query)),
        .body = q->body, .method = str_equal(q->method, S("GET")) ? (str){0} : q->method, .upload = q->upload, .media = S("application/xml"),
        .headers = headers, .header_count = COUNTOF(headers) - str_is_absent(q->range), .answer_max = q->answer_max ? q->answer_max : LIMIT_S3_ANSWER_BYTES,
        .stop = s->stop, .wanted = wanted, .wanted_count = COUNTOF(wanted), .stall_s = LIMIT_S3_ASK_S,
    };
    TRY(outbound_fetch(access->policy, a, &r, out, why));
    return judge(out, !str_is_absent(q->range), why);
}

/* What failed on the way is tried again; what was refused is not. All that is asked for may happen twice. */
static enum err ask(const struct s3 *s, struct arena *a, const struct asking *q, struct outbound_answer *out, struct problem *why)
{
    struct problem own = {.arena = a};
    enum err e = ERR_UNAVAILABLE;
    for (unsigned i = 0; i < TRIES && e == ERR_UNAVAILABLE; i++) {
        own = (struct problem){.arena = a};
        *out = (struct outbound_answer){.status = 0};
        e = ask_once(s, a, q, out, &own);
        if (out->status / 100 == 4 || (s->stop && atomic_load(s->stop)))
            break;
    }
    return e == ERR_OK ? ERR_OK : problem_set(why, e, STR_FMT, STR_ARG(own.text));
}

/* ---- bytes out ---- */

static enum err digest_part(int fd, const struct outbound_upload *part, struct arena *a, str *hex, struct problem *why)
{
    struct digest *d = digest_open(DIGEST_SHA256);
    uint8_t sum[DIGEST_LARGEST];
    char piece[4096];
    uint64_t at = 0;
    ssize_t n = 1;
    while (at < part->bytes && n > 0) {
        uint64_t left = part->bytes - at;
        n = file_some_at(fd, piece, left < sizeof piece ? (size_t)left : sizeof piece, (off_t)(part->at + at));
        if (n > 0)
            digest_add(d, piece, (size_t)n);
        at += n > 0 ? (uint64_t)n : 0;
    }
    struct buf b;
    buf_init(&b, a, 2 * DIGEST_LARGEST + 1);
    size_t length = digest_end(d, sum);
    buf_hex(&b, sum, length);
    digest_close(d);
    *hex = buf_str(&b);
    return at == part->bytes ? ERR_OK : problem_set(why, ERR_UNAVAILABLE, "A file cannot be read to its end");
}

static enum err put_part(const struct s3 *s, struct arena *a, struct asking *q, const struct outbound_upload *part, struct outbound_answer *out,
                         struct problem *why)
{
    q->method = S("PUT");
    q->upload = part;
    TRY(digest_part(part->fd, part, a, &q->payload, why));
    return ask(s, a, q, out, why);
}

static enum err begin_parts(const struct s3 *s, str key, struct arena *a, str *id, struct problem *why)
{
    const struct asking q = {.method = S("POST"), .key = key, .query = {{S("uploads"), S("")}}, .query_count = 1, .body = S("")};
    struct outbound_answer answer;
    TRY(ask(s, a, &q, &answer, why));
    return s3_text_of(answer.body, S("UploadId"), a, id, why);
}

static enum err send_parts(const struct s3 *s, str key, str id, int fd, uint64_t size, struct buf *list, struct problem *why)
{
    uint64_t part = size / PARTS_MOST + 1 > LIMIT_S3_PART_BYTES ? size / PARTS_MOST + 1 : LIMIT_S3_PART_BYTES;
    unsigned number = 1;
    for (uint64_t at = 0; at < size; at += part, number++) {
        struct arena *own = arena_open(4096);
        const struct outbound_upload upload = {fd, at, size - at < part ? size - at : part};
        struct asking q = {.key = key, .query = {{S("partNumber"), arena_format(own, "%u", number)}, {S("uploadId"), id}}, .query_count = 2};
        struct outbound_answer answer;
        enum err e = put_part(s, own, &q, &upload, &answer, why);
        if (e == ERR_OK)
            buf_format(list, "<Part><PartNumber>%u</PartNumber><ETag>" STR_FMT "</ETag></Part>", number, STR_ARG(outbound_header(&answer, S("ETag"))));
        arena_close(own);
        TRY(e);
    }
    return ERR_OK;
}

static enum err end_parts(const struct s3 *s, str key, str id, str list, struct arena *a, struct problem *why)
{
    struct asking q = {.method = S("POST"), .key = key, .query = {{S("uploadId"), id}}, .query_count = 1, .body = list,
                       .payload = digest_hex(a, DIGEST_SHA256, list)};
    struct outbound_answer answer;
    return ask(s, a, &q, &answer, why);
}

static enum err put_parts(const struct s3 *s, str key, int fd, uint64_t size, struct arena *a, struct problem *why)
{
    struct problem quiet = {.arena = a};
    struct outbound_answer answer;
    struct buf list;
    str id;
    buf_init(&list, a, 200 * PARTS_MOST);
    TRY(begin_parts(s, key, a, &id, why));
    buf_add(&list, S("<CompleteMultipartUpload>"));
    enum err e = send_parts(s, key, id, fd, size, &list, why);
    buf_add(&list, S("</CompleteMultipartUpload>"));
    if (e == ERR_OK)
        e = end_parts(s, key, id, buf_str(&list), a, why);
    if (e == ERR_OK)
        return ERR_OK;
    const struct asking give_up = {.method = S("DELETE"), .key = key, .query = {{S("uploadId"), id}}, .query_count = 1};
    err_ignored(ask(s, a, &give_up, &answer, &quiet));
    return e;
}

enum err s3_put(const struct s3 *s, str key, int fd, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    struct stat st = {0};
    if (fstat(fd, &st) != 0) {
        arena_close(a);
        return problem_set(why, ERR_UNAVAILABLE, "A file cannot be looked at");
    }
    const struct outbound_upload whole = {fd, 0, (uint64_t)st.st_size};
    struct asking q = {.key = key};
    struct outbound_answer answer;
    enum err e = whole.bytes <= LIMIT_S3_PART_BYTES ? put_part(s, a, &q, &whole, &answer, &own) : put_parts(s, key, fd, whole.bytes, a, &own);
    if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e;
}

/* ---- bytes in ---- */

/* "bytes 0-99/1234" */
static bool read_total(str range, uint64_t *total)
{
    str front, number;
    return str_cut(range, '/', &front, &number) && str_to_u64(number, INT64_MAX, total);
}

/* *tag is of the part before: an object that was replaced meanwhile is not put together of two. */
static enum err get_part(const struct s3 *s, str key, uint64_t at, str *tag, struct arena *keep, int fd, uint64_t *total, struct problem *why)
{
    struct arena *a = arena_open(64u << 10);
    struct problem own = {.arena = a};
    const struct asking q = {.method = S("GET"), .key = key, .answer_max = LIMIT_S3_PART_BYTES + 1,
                             .range = arena_format(a, "bytes=%llu-%llu", (unsigned long long)at, (unsigned long long)(at + LIMIT_S3_PART_BYTES - 1))};
    struct outbound_answer answer = {.status = 0};
    enum err e = ask(s, a, &q, &answer, &own);
    bool is_empty = answer.status == 416 && at == 0;
    *total = answer.body.len;
    if (e == ERR_OK && answer.status == 206 && !read_total(outbound_header(&answer, S("Content-Range")), total))
        e = problem_set(&own, ERR_UNAVAILABLE, "The object storage does not say how long the object is");
    str now = outbound_header(&answer, S("ETag"));
    if (e == ERR_OK && !str_is_absent(*tag) && !str_equal(*tag, now))
        e = problem_set(&own, ERR_UNAVAILABLE, "The object was replaced while it was read");
    if (e == ERR_OK && !file_write(fd, answer.body.at, answer.body.len))
        e = problem_disk(&own, "An object cannot be written");
    if (e == ERR_OK)
        *tag = arena_copy(keep, now);
    if (is_empty)
        *total = 0;
    else if (e != ERR_OK)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return is_empty ? ERR_OK : e;
}

enum err s3_get(const struct s3 *s, str key, int fd, struct problem *why)
{
    uint64_t total = 1;
    str tag = {0};
    for (uint64_t at = 0; at < total; at += LIMIT_S3_PART_BYTES)
        TRY(get_part(s, key, at, &tag, why->arena, fd, &total, why));
    return ERR_OK;
}

enum err s3_delete(const struct s3 *s, str key, struct problem *why)
{
    struct arena *a = arena_open(4096);
    struct problem own = {.arena = a};
    const struct asking q = {.method = S("DELETE"), .key = key};
    struct outbound_answer answer;
    enum err e = ask(s, a, &q, &answer, &own);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
    arena_close(a);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- names ---- */

/* A storage that never comes to an end is not waited for. */
static enum err next_page(const struct s3_page *page, str asked, unsigned pages, struct problem *why)
{
    if (page->more && str_equal(page->next, asked))
        return problem_set(why, ERR_UNAVAILABLE, "The object storage gives the same page of names again and again");
    if (page->more && pages == LIMIT_S3_PAGES)
        return problem_set(why, ERR_UNAVAILABLE, "The object storage has more than %u pages of names", LIMIT_S3_PAGES);
    return ERR_OK;
}

enum err s3_list(const struct s3 *s, str prefix, bool flat, s3_see *see, void *self, struct problem *why)
{
    struct s3_page page = {.more = true, .next = {0}};
    struct arena *keep = arena_open(4096);
    enum err e = ERR_OK;
    for (unsigned pages = 1; e == ERR_OK && page.more; pages++) {
        str asked = page.next;
        struct arena *a = arena_open(256u << 10);
        struct problem own = {.arena = a};
        struct asking q = {.method = S("GET"), .key = S(""), .query = {{S("list-type"), S("2")}, {S("prefix"), prefix}}, .query_count = 2};
        struct outbound_answer answer;
        if (!flat)
            q.query[q.query_count++] = (struct pair){S("delimiter"), S("/")};
        if (!str_is_absent(page.next))
            q.query[q.query_count++] = (struct pair){S("continuation-token"), page.next};
        e = ask(s, a, &q, &answer, &own);
        if (e == ERR_OK)
            e = s3_page_read(answer.body, keep, &page, see, self, &own);
        if (e == ERR_OK)
            e = next_page(&page, asked, pages, &own);
        if (e != ERR_OK)
            e = problem_set(why, e, STR_FMT, STR_ARG(own.text));
        arena_close(a);
    }
    arena_close(keep);
    return e;
}
