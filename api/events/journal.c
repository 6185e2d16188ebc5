/* POST /api/journal/verify {"after": 0}: is it what was written (docs/audit.md)? Part by part: `next` is what to send as
 * `after` for the next one, null with the last. What is found is an answer, not an error. */
#include "api/answer.h"
#include "base/limits.h"
#include "roles/upkeep/evidence.h"

struct wish {
    int64_t after;
};

static void write_proof(struct json_writer *w, const struct journal_proof *p, bool more)
{
    json_member_uint(w, "entries", p->entries);
    json_member_uint(w, "first", p->first);
    json_member_uint(w, "last", p->last);
    json_member_uint(w, "checkpoints", p->checkpoints);
    json_member_uint(w, "chained_from", p->chained_from);
    json_member_uint(w, "trimmed_to", p->trimmed_to);
    json_name(w, S("key"));
    json_text(w, p->key);
    json_name(w, S("public_key"));
    json_text(w, p->public_key);
    json_name(w, S("next"));
    if (more)
        json_uint(w, p->last);
    else
        json_nothing(w);
}

static enum err verify(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    static const struct json_want wants[] = {{STR("after"), JSON_INT, TAKE_I64, offsetof(struct wish, after), 0}};
    struct api *api = app;
    const struct json *body = NULL;
    struct wish wish = {0};
    struct journal_proof proof;
    struct answer answer;
    (void)p;
    TRY(gate_may_verify(x->who, why));
    if (x->body_length > 0) {
        TRY(exchange_json(x, &body, why));
        TRY(json_take(body, wants, COUNTOF(wants), &wish, why));
    }
    if (wish.after < 0)
        return problem_fault(why, ERR_BAD_INPUT, S("/after"), S("range"), "after is the number of an entry, or 0");
    struct problem found = {.arena = x->arena};
    enum err e = gate_verify_journal(api->gate, x->who, (uint64_t)wish.after, &proof, &found);
    if (e != ERR_OK && e != ERR_CONFLICT) {
        *why = found;
        return e;
    }
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    answer_begin(x, &answer);
    json_map_open(&answer.json);
    json_name(&answer.json, S("ok"));
    json_bool(&answer.json, e == ERR_OK);
    if (e != ERR_OK) {
        json_name(&answer.json, S("finding"));
        json_text(&answer.json, problem_sentence(x->arena, &found));
    }
    write_proof(&answer.json, &proof, e == ERR_OK && proof.entries == LIMIT_VERIFY_ENTRIES);
    json_map_close(&answer.json);
    return answer_send(x, &answer, NULL, why);
}

static const struct route routes[] = {
    {M_POST, "/api/journal/verify", verify, LIMIT_BODY_BYTES, 0, "Is the journal what was written? Part by part"},
};
const struct api_table journal_api = {.routes = routes, .count = COUNTOF(routes)};
