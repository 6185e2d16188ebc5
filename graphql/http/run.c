/* One request: its document, read and valid; the operation; variables; what it may cost; and then it runs. The answer is
 * written as it comes; errors, which stand in front, are put there when there are any. */
#include "base/limits.h"
#include "base/time.h"
#include "graphql/http/answers.h"
#include "graphql/http/parts.h"
#include "graphql/http/texts.h"

static void release(void *counted)
{
    counted_release(counted);
}

static void write_errors(struct buf *out, const struct gql_errors *errors)
{
    struct json_writer w;
    buf_add(out, S("\"errors\":"));
    json_begin(&w, out);
    gql_write_errors(&w, errors);
    json_end(&w);
}

void gql_write_refusal(struct buf *out, const struct gql_errors *errors)
{
    buf_byte(out, '{');
    write_errors(out, errors);
    buf_byte(out, '}');
}

/* `"errors":[…],` at this place, what stands there moves on. False: there is no room. */
static bool insert_errors(struct arena *a, struct buf *out, size_t at, const struct gql_errors *errors)
{
    struct buf text;
    buf_init(&text, a, LIMIT_RESPONSE_BYTES);
    write_errors(&text, errors);
    buf_byte(&text, ',');
    size_t moved = out->len - at;
    if (text.failed || buf_room(out, text.len) == NULL)
        return false;
    memmove(out->at + at + text.len, out->at + at, moved);
    memcpy(out->at + at, text.at, text.len);
    out->len += text.len;
    return true;
}

/* A collection that is none of the caller's is not there (AZ-12): that is a denial, too. */
static bool is_denied(const struct gql_errors *errors)
{
    static const enum err denials[] = {ERR_FORBIDDEN, ERR_UNAUTHENTICATED, ERR_NOT_FOUND};
    for (size_t i = 0; i < errors->count; i++)
        for (size_t k = 0; k < COUNTOF(denials); k++)
            if (str_equal(errors->items[i].code, err_facts(denials[k])->graphql_code))
                return true;
    return false;
}

static enum gql_outcome outcome_of(enum document_fault fault)
{
    static const enum gql_outcome outcomes[] = {
        [DOCUMENT_GOOD] = OUTCOME_DONE,
        [DOCUMENT_UNREADABLE] = OUTCOME_UNREADABLE,
        [DOCUMENT_TOO_LARGE] = OUTCOME_OVER_LIMIT,
        [DOCUMENT_INVALID] = OUTCOME_INVALID,
    };
    return outcomes[fault];
}

/* May an operation of this kind run at all, the way it came? */
static enum gql_outcome check_kind(const struct gql_call *c, struct gql_execution *x)
{
    enum gql_operation_kind kind = x->operation->kind;
    if (kind == GQL_SUBSCRIPTION && !c->may_stream) {
        (void)gql_fail(x->errors, S("NOT_ACCEPTABLE"), "Subscriptions are told as text/event-stream, or over a socket: send Accept, alone in a request.");
        return OUTCOME_NO_STREAM;
    }
    if (kind == GQL_MUTATION && c->may_not_change) {
        (void)gql_fail(x->errors, err_facts(ERR_FORBIDDEN)->graphql_code, "A page of another site could have sent this: send X-CSRF-Token with connection_init.");
        return OUTCOME_NOT_PROVEN;
    }
    if (kind == GQL_MUTATION && c->x->method != M_POST) {
        (void)gql_fail(x->errors, err_facts(ERR_BAD_METHOD)->graphql_code, "Only queries can be asked for with GET; send this with POST.");
        return OUTCOME_BY_GET;
    }
    return OUTCOME_DONE;
}

enum gql_outcome gql_prepare(struct gql_call *c, const struct gql_request *r, struct gql_execution *x, struct gql_result *result)
{
    struct arena *a = c->x->arena;
    struct gql_text text;
    struct kept_document *kept = NULL;
    bool is_guest = gql_is_guest(c->x->who);
    enum gql_outcome found = gql_find_text(c, r, &text, x->errors);
    result->max_age_s = text.max_age_s;
    if (found != OUTCOME_DONE)
        return found;
    enum document_fault fault = documents_get(c->g->documents, c->schema.schema, c->schema.serial, text.text, is_guest,
                                              LIMIT_GRAPHQL_TOKENS - c->tokens, x->errors, &kept);
    if (fault != DOCUMENT_GOOD)
        return outcome_of(fault);
    arena_on_close(a, release, kept);
    x->document = kept->document;
    c->tokens += kept->document->token_count;
    if (!str_is_absent(text.registers))
        texts_put(c->g->texts, text.registers, text.text, is_guest);
    x->operation = gql_operation_named(x->document, r->operation, x->errors);
    if (!x->operation)
        return OUTCOME_NO_OPERATION;
    enum gql_outcome refused = check_kind(c, x);
    if (refused != OUTCOME_DONE)
        return refused;
    if (!gql_take_variables(a, x->schema, x->document, x->operation, r->variables, &x->variables, x->errors))
        return OUTCOME_BAD_VARIABLES;
    x->until_us = time_mono_us() + LIMIT_STATEMENT_MS * INT64_C(1000);
    x->cost_max = c->g->options.cost_max - c->cost;
    if (!gql_price(x))
        return OUTCOME_OVER_LIMIT;
    c->cost += x->cost;
    return OUTCOME_DONE;
}

static void write_cost(struct buf *out, uint64_t cost, uint64_t max)
{
    buf_add(out, S("\"extensions\":{\"cost\":{\"requested\":"));
    buf_u64(out, cost);
    buf_add(out, S(",\"limit\":"));
    buf_u64(out, max);
    buf_add(out, S("}}"));
}

void gql_write_result(struct gql_call *c, struct gql_execution *x, bool wants_cost, struct gql_result *result)
{
    size_t start = x->out->len;
    buf_add(x->out, S("{\"data\":"));
    answers_execute(c->g->answers, c->schema.serial, gql_is_guest(c->x->who), x);
    if (wants_cost) {
        buf_byte(x->out, ',');
        write_cost(x->out, x->cost, c->g->options.cost_max);
    }
    buf_byte(x->out, '}');
    bool fits = !x->out->failed && (x->errors->count == 0 || insert_errors(x->arena, x->out, start + 1, x->errors));
    result->outcome = fits && x->errors->count == 0 ? OUTCOME_DONE : OUTCOME_PARTLY;
    if (fits)
        return;
    x->out->failed = false;
    buf_truncate(x->out, start);
    struct gql_errors own = {.arena = x->arena};
    (void)gql_fail(&own, GQL_LIMIT, "The answer would be larger than %u MiB: ask for fewer items or fields.", LIMIT_RESPONSE_BYTES >> 20);
    buf_add(x->out, S("{\"data\":null}"));
    (void)insert_errors(x->arena, x->out, start + 1, &own);
}

void gql_run(struct gql_call *c, const struct gql_request *r, struct buf *out, struct gql_result *result)
{
    struct gql_errors *errors = NEW(c->x->arena, struct gql_errors);
    errors->arena = c->x->arena;
    struct gql_execution x = {
        .arena = c->x->arena,
        .exchange = c->x,
        .number = (uint32_t)(r - c->requests),
        .gate = c->g->gate,
        .who = c->x->who,
        .schema = c->schema.schema,
        .out = out,
        .errors = errors,
        .spans = c->x->spans,
    };
    *result = (struct gql_result){.max_age_s = -1};
    result->outcome = gql_prepare(c, r, &x, result);
    if (result->outcome == OUTCOME_DONE && x.operation->kind == GQL_SUBSCRIPTION)
        result->outcome = OUTCOME_STREAM;
    else if (result->outcome == OUTCOME_DONE)
        gql_write_result(c, &x, r->wants_cost || c->wants_cost, result);
    else
        gql_write_refusal(out, errors);
    result->is_denied = is_denied(errors);
}
