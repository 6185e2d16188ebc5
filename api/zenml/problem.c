/* Problems as ZenML's clients know them: the first word is the class of exception that they raise, the second
 * what they show (zenml-tokens.md 10). A body that does not fit is a bare array, a parameter FastAPI's list. */
#include "api/problem.h"
#include "api/zenml/zenml.h"
#include "base/limits.h"

static const char *sort_of(const struct problem *why)
{
    static const char *const sorts[ERR_COUNT] = {
        [ERR_BAD_INPUT] = "ValueError",
        [ERR_UNAUTHENTICATED] = "AuthorizationException",
        [ERR_FORBIDDEN] = "IllegalOperationError",
        [ERR_NOT_FOUND] = "KeyError",
        [ERR_BAD_METHOD] = "MethodNotAllowedError",
        [ERR_CONFLICT] = "EntityExistsError",
        [ERR_STALE] = "IllegalOperationError",
        [ERR_INVALID] = "ValueError",
        [ERR_BAD_METHOD_NAME] = "NotImplementedError",
    };
    return sorts[why->err] ? sorts[why->err] : "RuntimeError";
}

static str detail_of(struct arena *a, const char *sort, str text)
{
    struct json pair[2], detail;
    if (sort)
        pair[0] = json_of_text(str_of(sort));
    pair[sort != NULL] = json_of_text(text);
    detail = json_named(S("detail"), sort ? json_of_list(pair, 2) : pair[0]);
    struct json map = json_of_map(&detail, 1);
    return json_print(a, &map);
}

static void send(struct exchange *x, const struct problem *why, const char *sort, str text)
{
    problem_headers(x, why);
    exchange_send_json(x, err_facts(why->err)->http_status, detail_of(x->arena, sort, text));
}

enum err zenml_refuse(struct exchange *x, enum err err, const char *sort, str text)
{
    struct problem why = {.arena = x->arena, .err = err};
    send(x, &why, sort, text);
    return ERR_OK;
}

/* pydantic's way of saying it: how many, of what, and then each with its place. */
static void send_faults(struct exchange *x, const char *model, const struct fault *faults, size_t count)
{
    struct problem why = {.arena = x->arena, .err = ERR_INVALID};
    struct json pair[2] = {json_of_text(S("ValueError"))};
    struct buf b;
    buf_init(&b, x->arena, LIMIT_TEXT_BYTES);
    buf_format(&b, "%zu validation error%s for %s", count, count == 1 ? "" : "s", model);
    for (size_t i = 0; i < count; i++) {
        str path = faults[i].path;
        path = str_starts(path, S("/")) ? str_slice(path, 1, path.len) : path;
        buf_format(&b, "\n" STR_FMT "\n  " STR_FMT, STR_ARG(path), STR_ARG(faults[i].text));
    }
    pair[1] = json_of_text(buf_str(&b));
    struct json list = json_of_list(pair, 2);
    problem_headers(x, &why);
    exchange_send_json(x, 422, json_print(x->arena, &list));
}

/* Nobody's path: both APIs that share this prefix look for their own word. */
static void send_nowhere(struct exchange *x, const struct problem *why, const char *text)
{
    problem_headers(x, why);
    exchange_send_json(x, err_facts(why->err)->http_status, arena_format(x->arena, "{\"error\":\"%s\",\"detail\":\"%s\"}", text, text));
}

static enum { NOWHERE, BODY, NOBODY, PLAIN, ORDINARY } shape_of(const struct exchange *x, const struct problem *why)
{
    if ((why->err == ERR_NOT_FOUND || why->err == ERR_BAD_METHOD) && !x->route)
        return NOWHERE;
    if (why->err == ERR_INVALID && why->fault_count)
        return BODY;
    if (why->err == ERR_UNAUTHENTICATED && !problem_has_credential(x))
        return NOBODY;
    if (why->err == ERR_TOO_MANY || why->err == ERR_TOO_LARGE || why->err == ERR_BAD_MEDIA)
        return PLAIN;
    return ORDINARY;
}

void zenml_problem(struct exchange *x, const struct problem *why)
{
    str text = problem_sentence(x->arena, why);
    switch (shape_of(x, why)) {
    case NOWHERE: send_nowhere(x, why, why->err == ERR_NOT_FOUND ? "Not Found" : "Method Not Allowed"); break;
    case BODY: send_faults(x, "Request", why->faults, why->fault_count); break;
    case NOBODY:
        exchange_add_header(x, S("WWW-Authenticate"), S("Bearer"));
        send(x, why, NULL, S("Not authenticated"));
        break;
    case PLAIN: send(x, why, NULL, why->err == ERR_TOO_MANY ? S("Minute request limit exceeded.") : text); break;
    case ORDINARY: send(x, why, sort_of(why), text); break;
    }
}

/* Bodies. */

static str place_of(struct arena *a, const struct json *loc)
{
    struct buf b;
    buf_init(&b, a, LIMIT_TEXT_BYTES);
    for (uint32_t i = 1; loc && i < loc->count; i++) { /* the first says "body" */
        if (i > 1)
            buf_byte(&b, '.');
        if (loc->items[i].type == JSON_TEXT)
            buf_add(&b, loc->items[i].text);
        else
            buf_i64(&b, loc->items[i].integer);
    }
    return buf_str(&b);
}

static void refuse_body(struct exchange *x, const struct fast_faults *f, const char *model)
{
    struct fault *faults = NEW_N(x->arena, struct fault, f->count);
    for (size_t i = 0; i < f->count; i++)
        faults[i] = (struct fault){.path = place_of(x->arena, json_get(&f->list[i], S("loc"))),
                                   .text = json_get(&f->list[i], S("msg"))->text};
    send_faults(x, model, faults, f->count);
}

static enum err take(struct exchange *x, const struct fast_shape *shape, const char *model, bool optional, void *into,
                     bool *taken, struct problem *why)
{
    static const struct json nothing = {.type = JSON_MAP};
    struct fast_faults f;
    const struct json *body = NULL;
    bool is_json = false;
    fast_begin(&f, x);
    TRY(fast_read(&f, x, &body, &is_json, why));
    if (is_json || !body)
        fast_body(&f, !body && optional ? &nothing : body, shape, into);
    *taken = f.count == 0;
    if (!*taken)
        refuse_body(x, &f, model);
    return ERR_OK;
}

enum err zenml_take(struct exchange *x, const struct fast_shape *shape, const char *model, void *into, bool *taken,
                    struct problem *why)
{
    return take(x, shape, model, false, into, taken, why);
}

enum err zenml_take_any(struct exchange *x, const struct fast_shape *shape, const char *model, void *into, bool *taken,
                        struct problem *why)
{
    return take(x, shape, model, true, into, taken, why);
}
