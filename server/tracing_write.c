/* Spans as OTLP/JSON has them. Attributes are named by OpenTelemetry's semantic conventions where those know them. */
#include <stdio.h>

#include "base/limits.h"
#include "roles/principal.h"
#include "server/tracing.h"

#define SQL_BYTES 4096u

enum otlp_kind { KIND_INTERNAL = 1, KIND_SERVER = 2, KIND_CLIENT = 3 };

struct span_writer {
    struct json_writer *to;
    const struct spans *spans;
    const struct exchange *x;
    int64_t offset_us;
};

/* 64 bits are a text there. */
static void number(struct json_writer *w, const char *name, uint64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    json_member_text(w, name, (str){digits, (size_t)n});
}

static void begin_attribute(struct json_writer *w, const char *key)
{
    json_map_open(w);
    json_member_text(w, "key", str_of(key));
    json_name(w, S("value"));
    json_map_open(w);
}

static void end_attribute(struct json_writer *w)
{
    json_map_close(w);
    json_map_close(w);
}

static void attribute_text(struct json_writer *w, const char *key, str value)
{
    begin_attribute(w, key);
    json_member_text(w, "stringValue", value);
    end_attribute(w);
}

static void attribute_number(struct json_writer *w, const char *key, uint64_t value)
{
    begin_attribute(w, key);
    number(w, "intValue", value);
    end_attribute(w);
}

static void hex(struct json_writer *w, const char *name, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char room[32];
    for (size_t i = 0; i < 2 * n; i++)
        room[i] = digits[bytes[i / 2] >> (i % 2 ? 0 : 4) & 15];
    json_name(w, str_of(name));
    json_text(w, (str){room, 2 * n});
}

static void write_id(struct json_writer *w, const char *name, uint64_t id)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(id >> (56 - 8 * i));
    hex(w, name, bytes, 8);
}

static void moment(const struct span_writer *s, const char *name, int64_t mono_us)
{
    number(s->to, name, (uint64_t)(mono_us + s->offset_us) * 1000);
}

static str who_is(const struct exchange *x)
{
    static const str kinds[] = {[PRINCIPAL_PUBLIC] = STR("public"), [PRINCIPAL_USER] = STR("user"), [PRINCIPAL_KEY] = STR("key"),
                                [PRINCIPAL_SERVICE] = STR("service"), [PRINCIPAL_SYSTEM] = STR("system")};
    return x->who ? kinds[x->who->kind] : S("");
}

/* The route's pattern, never the path: that may name somebody. */
static void request_attributes(const struct span_writer *s)
{
    const struct exchange *x = s->x;
    attribute_text(s->to, "http.request.method", method_name(x->method));
    if (x->route)
        attribute_text(s->to, "http.route", str_of(x->route));
    attribute_text(s->to, "url.scheme", x->is_tls ? S("https") : S("http"));
    attribute_number(s->to, "http.response.status_code", (uint64_t)x->status_sent);
    attribute_number(s->to, "http.response.body.size", x->bytes_sent);
    attribute_text(s->to, "vitrine.request_id", x->request_id);
    attribute_text(s->to, "vitrine.principal", who_is(x));
    if (s->spans->lost)
        attribute_number(s->to, "vitrine.spans_lost", s->spans->lost);
}

/* "SELECT", "INSERT" … */
static str operation_of(str sql)
{
    size_t n = 0;
    while (n < sql.len && sql.at[n] >= 'A' && sql.at[n] <= 'Z')
        n++;
    return str_slice(sql, 0, n);
}

static void part_attributes(const struct span_writer *s, const struct span *one)
{
    struct json_writer *w = s->to;
    switch (one->kind) {
    case SPAN_STATEMENT:
        attribute_text(w, "db.system.name", S("sqlite"));
        attribute_text(w, "db.operation.name", operation_of(one->about));
        attribute_text(w, "db.query.text", str_slice(one->about, 0, SQL_BYTES));
        attribute_number(w, "db.response.returned_rows", one->rows);
        attribute_number(w, "vitrine.runs", one->times);
        attribute_number(w, "vitrine.busy_us", (uint64_t)(one->us > 0 ? one->us : 0));
        break;
    case SPAN_CALL:
        attribute_text(w, "server.address", one->about);
        if (one->status)
            attribute_number(w, "http.response.status_code", (uint64_t)one->status);
        break;
    case SPAN_PART:
        if (one->about.len)
            attribute_text(w, "vitrine.collection", one->about);
        if (one->times)
            attribute_number(w, "vitrine.batch", one->times);
        break;
    }
}

/* "GET /api/content/item/{model}" */
static void request_name(const struct span_writer *s)
{
    const struct exchange *x = s->x;
    json_name(s->to, S("name"));
    str method = method_name(x->method);
    json_text(s->to, x->route ? arena_format(x->arena, STR_FMT " %s", STR_ARG(method), x->route) : method);
}

static void write_status(struct json_writer *w, bool failed)
{
    json_name(w, S("status"));
    json_map_open(w);
    if (failed) {
        json_name(w, S("code"));
        json_int(w, 2);
    }
    json_map_close(w);
}

static void write_span(const struct span_writer *s, unsigned i)
{
    static const uint8_t nobody[8];
    struct json_writer *w = s->to;
    const struct span *one = &s->spans->at[i];
    bool is_request = i == 0;
    json_map_open(w);
    hex(w, "traceId", s->spans->trace.trace, sizeof s->spans->trace.trace);
    write_id(w, "spanId", span_id(s->spans, i));
    if (!is_request)
        write_id(w, "parentSpanId", span_id(s->spans, one->within));
    else if (memcmp(s->spans->trace.parent, nobody, sizeof nobody) != 0)
        hex(w, "parentSpanId", s->spans->trace.parent, sizeof nobody);
    if (is_request)
        request_name(s);
    else
        json_member_text(w, "name", str_of(one->name));
    json_name(w, S("kind"));
    json_int(w, is_request ? KIND_SERVER : one->kind == SPAN_PART ? KIND_INTERNAL : KIND_CLIENT);
    moment(s, "startTimeUnixNano", one->from_us);
    moment(s, "endTimeUnixNano", one->to_us ? one->to_us : s->spans->at[0].to_us);
    json_name(w, S("attributes"));
    json_list_open(w);
    if (is_request)
        request_attributes(s);
    else
        part_attributes(s, one);
    json_list_close(w);
    write_status(w, is_request ? s->x->status_sent >= 500 : one->kind == SPAN_CALL && one->status == 0);
    json_map_close(w);
}

void tracing_write(const struct spans *spans, const struct exchange *x, int64_t unix_minus_mono_us, struct buf *out)
{
    for (unsigned i = 0; i < spans->count; i++) {
        struct json_writer w;
        if (i > 0)
            buf_byte(out, ',');
        json_begin(&w, out);
        write_span(&(struct span_writer){&w, spans, x, unix_minus_mono_us}, i);
        json_end(&w);
    }
}
