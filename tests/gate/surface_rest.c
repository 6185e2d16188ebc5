/* The content API, from the request line to the answer's last byte, without a socket. */
#include "base/limits.h"
#include "tests/gate/matrix.h"
#include "tests/support/rest.h"

static void add_parameter(struct buf *b, const char *name, const char *value)
{
    if (!value)
        return;
    buf_format(b, "&%s=", name);
    buf_percent(b, str_of(value));
}

static bool is_single(const struct ask *ask)
{
    return str_equal(str_of(ask->collection), S("site"));
}

static const char *target_of(struct arena *a, const struct ask *ask)
{
    struct buf b;
    bool lists = ask->what == TO_LIST || ask->what == TO_COUNT;
    buf_init(&b, a, LIMIT_TARGET_BYTES);
    buf_format(&b, "/api/content/%s/%s", lists ? "items" : "item", ask->collection);
    if (ask->what == TO_CREATE)
        return arena_cstr(a, buf_str(&b));
    if (!lists && !is_single(ask))
        buf_format(&b, "/" STR_FMT, STR_ARG(ask->id));
    if (ask->what == TO_ACT)
        buf_add(&b, S("/approve"));
    if (!lists && ask->what != TO_READ)
        return arena_cstr(a, buf_str(&b));
    buf_add(&b, S("?state=any"));
    add_parameter(&b, "filter", ask->filter);
    add_parameter(&b, "sort", ask->sort);
    add_parameter(&b, "fields", ask->fields);
    if (ask->populate)
        buf_format(&b, "&populate=%u", ask->populate);
    if (ask->what == TO_COUNT)
        buf_add(&b, S("&count=exact&limit=1&skip=0"));
    return arena_cstr(a, buf_str(&b));
}

static void ask_rest(struct world *w, struct arena *a, const char *who, const struct ask *ask, struct answer *out)
{
    static const char *const methods[] = {
        [TO_READ] = "GET",       [TO_LIST] = "GET",      [TO_COUNT] = "GET",       [TO_CREATE] = "POST",
        [TO_UPDATE] = "PATCH", [TO_REPLACE] = "PUT", [TO_DELETE] = "DELETE", [TO_ACT] = "POST"};
    struct buf headers;
    str key = world_key(w, who), body = S("");
    buf_init(&headers, a, 4096);
    if (!str_is_absent(key))
        buf_format(&headers, "api-key: " STR_FMT "\n", STR_ARG(key));
    if (ask->body && ask->what >= TO_CREATE && ask->what <= TO_REPLACE) {
        buf_add(&headers, S("Content-Type: application/json\n"));
        body = arena_format(a, "{\"data\":" STR_FMT "}", STR_ARG(json_print(a, house_json(a, ask->body))));
    }
    *out = (struct answer){0};
    struct fake_exchange *f = rest_request(w->house->gate, a, methods[ask->what], target_of(a, ask),
                                           arena_cstr(a, buf_str(&headers)), body, &out->err);
    if (out->err != ERR_OK) {
        out->problem = rest_answer(f);
        return;
    }
    out->body = f->answer;
    if (ask->what == TO_COUNT) {
        const struct json *total = json_at(house_json(a, arena_cstr(a, f->answer)), S("/meta/total"));
        must(total && total->type == JSON_INT);
        out->count = (uint64_t)total->integer;
    }
}

const struct surface surface_rest = {"rest", true, false, ask_rest};
