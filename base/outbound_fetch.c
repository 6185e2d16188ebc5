/* libcurl, on a short leash. One handle per hop: nothing of one target (cookies, connections, sessions,
 * answers of the name service) is there when the next one is asked. */
#include <unistd.h>

#include "base/limits.h"
#include "base/outbound_part.h"
#include "base/spans.h"
#include "base/time.h"

struct fetch {
    const struct outbound_policy *policy;
    const struct outbound_request *request;
    struct arena *arena;
    struct problem *why;
    unsigned span;                    /* of why->spans; 0: nobody asks */
    CURLU *url;                       /* of this hop */
    bool is_elsewhere;                /* another host than the first one's */
    str next;                         /* where the answer sends us; {0}: nowhere */
    int64_t until_us;                 /* with all_ms */

    CURL *curl;                       /* of this hop, as what follows */
    struct buf body;
    uint64_t taken;                   /* bytes of the answer, with a sink */
    uint64_t given;                   /* bytes of an upload */
    struct pair *headers;
    size_t header_count;
    bool was_refused, is_too_large, is_unwanted;
    enum err sink_failed;             /* ERR_OK: it did not */
    bool is_late;
};

/* The one place that makes sockets: libcurl brings the address it is about to connect to. */
static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct fetch *f = self;
    bool is_ip = to->family == AF_INET || to->family == AF_INET6;
    struct address at = is_ip ? address_of_socket(&to->addr) : (struct address){.is_local = true};
    if (purpose != CURLSOCKTYPE_IPCXN || !is_ip || !outbound_connects(f->policy, &at)) {
        f->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static long status_of(CURL *c)
{
    long status = 0;
    must(curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK);
    return status;
}

#define UNWANTED_BYTES (64u << 10)    /* of an answer that is no 200: read past, then it is enough */

/* False: no more of it. */
static bool pass_on(struct fetch *f, str bytes)
{
    const struct outbound_sink *sink = f->request->sink;
    bool is_wanted = status_of(f->curl) == 200;
    uint64_t most = is_wanted ? f->request->answer_max : UNWANTED_BYTES;
    bool is_over = bytes.len > most - f->taken;
    f->is_too_large = is_over && is_wanted;
    f->is_unwanted = is_over && !is_wanted;
    if (is_over)
        return false;
    f->taken += bytes.len;
    if (!is_wanted)
        return true;
    f->sink_failed = sink->take(sink->self, bytes, f->why);
    return f->sink_failed == ERR_OK;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *self)
{
    struct fetch *f = self;
    str piece = {bytes, size * count};
    if (f->request->sink)
        return pass_on(f, piece) ? piece.len : 0;
    if (f->request->may_cut && piece.len > f->request->answer_max - f->body.len) {
        buf_add(&f->body, str_slice(piece, 0, f->request->answer_max - f->body.len));
        f->is_unwanted = true;
        return 0;
    }
    buf_add(&f->body, piece);
    f->is_too_large |= f->body.failed;
    return f->body.failed ? 0 : piece.len;
}

/* Several answers may come, "100 Continue" first: the last one's count. */
static size_t take_header(char *bytes, size_t size, size_t count, void *self)
{
    struct fetch *f = self;
    const struct outbound_request *r = f->request;
    str line = {bytes, size * count}, name, value;
    bool is_wanted = false;
    while (line.len && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    if (str_starts(line, S("HTTP/")))
        f->header_count = 0;
    if (!str_cut(line, ':', &name, &value))
        return size * count;
    for (size_t i = 0; i < r->wanted_count; i++)
        is_wanted |= str_equal_nocase(r->wanted[i], name);
    value = str_trim(value);
    if (is_wanted && f->header_count < LIMIT_OUTBOUND_HEADERS && value.len <= LIMIT_OUTBOUND_HEADER_BYTES)
        f->headers[f->header_count++] = (struct pair){arena_copy(f->arena, name), arena_copy(f->arena, value)};
    return size * count;
}

str outbound_header(const struct outbound_answer *answer, str name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (str_equal_nocase(answer->headers[i].name, name))
            return answer->headers[i].value;
    return (str){0};
}

static int look_at_stop(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct fetch *f = self;
    (void)a, (void)b, (void)c, (void)d;
    return f->request->stop && atomic_load(f->request->stop);
}

static bool has_no_controls(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
            return false;
    return true;
}

static enum err add_header(struct arena *a, struct curl_slist **list, str name, str value, struct problem *why)
{
    if (!has_no_controls(name) || !has_no_controls(value))
        return problem_set(why, ERR_INVALID, "A header of an outgoing request has control characters");
    str line = arena_format(a, STR_FMT ": " STR_FMT, STR_ARG(name), STR_ARG(value));
    struct curl_slist *longer = curl_slist_append(*list, arena_cstr(a, line));
    must(longer != NULL);
    *list = longer;
    return ERR_OK;
}

/* Whom we call to do something may go on with our trace: who is sent a body. Who is only looked at need not know of us. */
static bool is_told_of_trace(const struct fetch *f)
{
    return f->span && f->why->spans->is_sent && !str_is_absent(f->request->body) && !f->is_elsewhere && !f->request->is_open;
}

/* What was meant for one host is not for another: no Authorization goes there, nor what we do not know of. */
static enum err make_headers(const struct fetch *f, struct curl_slist **list)
{
    const struct outbound_request *r = f->request;
    struct arena *a = f->arena;
    struct problem *why = f->why;
    if (!str_is_absent(r->body))
        TRY(add_header(a, list, S("Content-Type"), r->media, why));
    TRY(add_header(a, list, S("Expect"), S(""), why)); /* bodies and parts of files go at once: whether they are wanted says the answer */
    if (is_told_of_trace(f)) {
        char parent[TRACEPARENT_LENGTH + 1];
        traceparent_write(why->spans, f->span, parent);
        TRY(add_header(a, list, S("traceparent"), str_of(parent), why));
    }
    for (size_t i = 0; i < r->header_count; i++)
        if (!f->is_elsewhere || str_equal_nocase(r->headers[i].name, S("Accept")))
            TRY(add_header(a, list, r->headers[i].name, r->headers[i].value, why));
    return ERR_OK;
}

/* A file that is shorter than was said ends the request. */
static size_t give_upload(char *into, size_t size, size_t count, void *self)
{
    struct fetch *f = self;
    const struct outbound_upload *u = f->request->upload;
    uint64_t left = u->bytes - f->given;
    size_t room = size * count < left ? size * count : (size_t)left;
    ssize_t n = room > 0 ? pread(u->fd, into, room, (off_t)(u->at + f->given)) : 0;
    if (n < 0 || (n == 0 && room > 0))
        return CURL_READFUNC_ABORT;
    f->given += (uint64_t)n;
    return (size_t)n;
}

static void set(CURL *c, CURLoption option, long value)
{
    must(curl_easy_setopt(c, option, value) == CURLE_OK);
}

static void set_text(CURL *c, CURLoption option, const char *value)
{
    must(curl_easy_setopt(c, option, value) == CURLE_OK);
}

static long time_left_ms(const struct fetch *f)
{
    int64_t left = (f->until_us - time_mono_us()) / 1000;
    if (f->request->all_ms)
        return left > 1 ? (long)left : 1;
    return f->request->stall_s ? LIMIT_UPSTREAM_FETCH_S * 1000L : LIMIT_OUTBOUND_MS;
}

static void bound(CURL *c, struct fetch *f)
{
    set_text(c, CURLOPT_PROTOCOLS_STR, f->policy->may_http ? "http,https" : "https");
    set(c, CURLOPT_FOLLOWLOCATION, 0);
    set(c, CURLOPT_NOSIGNAL, 1);
    /* Who answers for names can take half a minute; whoever gives up before does not wait for him. libcurl knows it since 7.87. */
    (void)curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
    set_text(c, CURLOPT_PROXY, "");   /* not even the environment's */
    set_text(c, CURLOPT_NOPROXY, "*");
    set(c, CURLOPT_CONNECTTIMEOUT_MS, LIMIT_OUTBOUND_CONNECT_MS);
    set(c, CURLOPT_TIMEOUT_MS, time_left_ms(f));
    set(c, CURLOPT_LOW_SPEED_LIMIT, f->request->stall_s ? LIMIT_OUTBOUND_SLOW : 0);
    set(c, CURLOPT_LOW_SPEED_TIME, (long)f->request->stall_s);
    set(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set(c, CURLOPT_FORBID_REUSE, 1);
    set(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    must(curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_HEADERDATA, f) == CURLE_OK);
    set(c, CURLOPT_NOPROGRESS, 0);
    must(curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_at_stop) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_XFERINFODATA, f) == CURLE_OK);
}

/* Who is pinned for the first host need not be who another one has its certificate from; there the system's count as well. */
static void trust(CURL *c, const struct fetch *f)
{
    str pem = f->request->ca_pem;
    if (f->request->is_open) {
        set(c, CURLOPT_SSL_VERIFYPEER, 0);
        set(c, CURLOPT_SSL_VERIFYHOST, 0);
    }
    if (pem.len == 0)
        return;
    struct curl_blob blob = {(void *)(uintptr_t)pem.at, pem.len, CURL_BLOB_COPY};
    must(curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK);
    if (!f->is_elsewhere)
        must(curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static void aim(CURL *c, struct fetch *f, struct curl_slist *headers)
{
    const struct outbound_request *r = f->request;
    must(curl_easy_setopt(c, CURLOPT_CURLU, f->url) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK);
    set_text(c, CURLOPT_USERAGENT, "Vitrine");
    if (r->head_only)
        set(c, CURLOPT_NOBODY, 1);
    if (!str_is_absent(r->method))
        set_text(c, CURLOPT_CUSTOMREQUEST, arena_cstr(f->arena, r->method));
    if (r->upload) {
        set(c, CURLOPT_UPLOAD, 1);
        must(curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->upload->bytes) == CURLE_OK);
        must(curl_easy_setopt(c, CURLOPT_READFUNCTION, give_upload) == CURLE_OK);
        must(curl_easy_setopt(c, CURLOPT_READDATA, f) == CURLE_OK);
    }
    if (str_is_absent(r->body))
        return;
    set(c, CURLOPT_POST, 1);
    must(curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len) == CURLE_OK);
    must(curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body.at) == CURLE_OK);
}

static enum err judge(CURLcode code, struct fetch *f)
{
    if (code == CURLE_OK || f->is_unwanted)
        return ERR_OK;
    if (f->sink_failed != ERR_OK)
        return f->sink_failed;
    if (f->is_too_large)
        return problem_set(f->why, ERR_TOO_LARGE, "The other server's answer is larger than %llu bytes",
                           (unsigned long long)f->request->answer_max);
    if (f->was_refused)
        return outbound_refused(f->why);
    f->is_late = code == CURLE_OPERATION_TIMEDOUT;
    return problem_set(f->why, ERR_UNAVAILABLE, "The other server did not answer: %s", curl_easy_strerror(code));
}

static str media_of(CURL *c, struct arena *a)
{
    const char *type = NULL;
    str media, parameters;
    if (curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || !type)
        return (str){0};
    (void)str_cut(str_of(type), ';', &media, &parameters);
    return arena_copy(a, str_trim(media));
}

/* Where the answer leads, resolved; only what means "fetch it there". */
static str way_of(const struct fetch *f, long status)
{
    const char *to = NULL;
    bool leads = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (!leads || f->request->redirects_max == 0 || !str_is_absent(f->request->body))
        return (str){0};
    if (curl_easy_getinfo(f->curl, CURLINFO_REDIRECT_URL, &to) != CURLE_OK || !to)
        return (str){0};
    return arena_copy(f->arena, str_of(to));
}

static enum err ask(struct fetch *f, struct outbound_answer *out)
{
    const struct outbound_request *r = f->request;
    struct curl_slist *headers = NULL, *addresses = NULL;
    f->curl = curl_easy_init();
    must(f->curl != NULL);
    buf_init(&f->body, f->arena, f->request->sink ? 1 : f->request->answer_max);
    f->header_count = 0;
    f->taken = f->given = 0;
    f->was_refused = f->is_unwanted = false;
    enum err e = make_headers(f, &headers);
    if (e == ERR_OK)
        e = outbound_look_up(f->policy, r, f->url, f->arena, &addresses, f->why);
    if (e == ERR_OK) {
        bound(f->curl, f);
        trust(f->curl, f);
        aim(f->curl, f, headers);
        must(curl_easy_setopt(f->curl, CURLOPT_RESOLVE, addresses) == CURLE_OK);
        e = judge(curl_easy_perform(f->curl), f);
    }
    if (e == ERR_OK) {
        long status = status_of(f->curl);
        *out = (struct outbound_answer){.status = (int)status, .body = buf_str(&f->body), .media = media_of(f->curl, f->arena),
                                        .headers = f->headers, .header_count = f->header_count};
        f->next = way_of(f, status);
    }
    curl_easy_cleanup(f->curl);
    curl_slist_free_all(headers);
    curl_slist_free_all(addresses);
    return e;
}

/* ------ from hop to hop */

static bool part_equals(CURLU *a, CURLU *b, CURLUPart part)
{
    char *x = NULL, *y = NULL;
    bool equal = curl_url_get(a, part, &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                 curl_url_get(b, part, &y, CURLU_DEFAULT_PORT) == CURLUE_OK && str_equal_nocase(str_of(x), str_of(y));
    curl_free(x);
    curl_free(y);
    return equal;
}

static enum err turn(struct fetch *f)
{
    CURLU *next = NULL;
    struct problem own = {.arena = f->arena};
    enum err e = outbound_url_read(f->policy, f->next, LIMIT_OUTBOUND_HEADER_BYTES, &next, &own);
    if (e != ERR_OK)
        return problem_set(f->why, e, "The other server sends us elsewhere. " STR_FMT, STR_ARG(own.text));
    bool same_scheme = part_equals(f->url, next, CURLUPART_SCHEME);
    bool same = same_scheme && part_equals(f->url, next, CURLUPART_HOST) && part_equals(f->url, next, CURLUPART_PORT);
    if (!same_scheme && str_starts(f->next, S("http:")) && !f->request->is_open) {
        curl_url_cleanup(next);
        return problem_set(f->why, ERR_INVALID, "The other server sends us elsewhere, and that without TLS");
    }
    curl_url_cleanup(f->url);
    f->url = next;
    f->is_elsewhere |= !same;
    return ERR_OK;
}

static str host_of(CURLU *url, struct arena *a)
{
    char *host = NULL;
    if (curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return S("");
    str copy = arena_copy(a, str_of(host));
    curl_free(host);
    return copy;
}

/* The host and nothing else of the URL, which may hold secrets. */
static void begin_span(struct fetch *f)
{
    struct spans *s = f->why->spans;
    f->span = s ? span_begin(s, "call", host_of(f->url, s->arena)) : 0;
    if (f->span)
        span_of(s, f->span)->kind = SPAN_CALL;
}

static void end_span(const struct fetch *f, enum err e, const struct outbound_answer *out)
{
    if (f->span && e == ERR_OK)
        span_of(f->why->spans, f->span)->status = out->status;
    span_end(f->why->spans, f->span);
}

enum err outbound_fetch(const struct outbound_policy *p, struct arena *a, const struct outbound_request *r,
                        struct outbound_answer *out, struct problem *why)
{
    struct fetch f = {.policy = p, .request = r, .arena = a, .why = why};
    must(r->redirects_max <= LIMIT_ACME_REDIRECTS);
    f.until_us = time_mono_us() + r->all_ms * INT64_C(1000);
    f.headers = NEW_N(a, struct pair, r->wanted_count ? LIMIT_OUTBOUND_HEADERS : 1);
    *out = (struct outbound_answer){.status = 0};
    TRY(outbound_url_read(p, r->url, LIMIT_OUTBOUND_URL_BYTES, &f.url, why));
    begin_span(&f);
    enum err e = ask(&f, out);
    for (unsigned hops = 0; e == ERR_OK && !str_is_absent(f.next); hops++) {
        if (hops == r->redirects_max)
            e = problem_set(why, ERR_UNAVAILABLE, "The other server sends us from one place to the next");
        else
            e = turn(&f);
        if (e == ERR_OK)
            e = ask(&f, out);
    }
    end_span(&f, e, out);
    curl_url_cleanup(f.url);
    out->is_late = f.is_late;
    return e;
}
