/* Mutations of our own schema: each is a wish for the gate, translated; nothing is decided here. */
#include "base/http.h"
#include "base/limits.h"
#include "graphql/own/change_parts.h"

const struct json *own_given(const struct own_job *j, str name)
{
    const struct json *v = gql_argument(j->node, name);
    return v && v->type != JSON_NULL ? v : NULL;
}

bool own_is_true(const struct own_job *j, str name)
{
    const struct json *v = own_given(j, name);
    return v && v->type == JSON_BOOL && v->boolean;
}

enum err own_expect(const struct own_job *j, struct change *c)
{
    const struct json *v = own_given(j, S("ifRev"));
    if (!v)
        return ERR_OK;
    if (v->type != JSON_INT || v->integer < -1)
        return problem_fault(j->why, ERR_BAD_INPUT, S("ifRev"), S("type"), "ifRev is a revision's number, or -1 for whichever");
    c->expects = true;
    c->expect_revision = v->integer < 0 ? REVISION_ANY : (uint64_t)v->integer;
    return ERR_OK;
}

enum err own_sent(struct own_job *j, const struct json *data, str where, struct item_sent *out)
{
    const struct json *locale = own_given(j, S("locale")), *perspective = own_given(j, S("perspective")), *made = NULL;
    if (locale && (str_equal(locale->text, S("all")) || str_equal(locale->text, S("*"))))
        return problem_fault(j->why, ERR_BAD_INPUT, S("locale"), S("unknown-language"),
                             "locale names one language; others go into _translations");
    TRY(own_data_item(&j->data, j->in, data, where, &made, j->why));
    *out = (struct item_sent){made, where, locale ? locale->text : (str){0}, json_is_text(perspective, S("DRAFT"))};
    return ERR_OK;
}

enum err own_take_item(struct own_job *j, const struct json *data, str where, struct change *out)
{
    struct item_sent sent;
    out->placed = true;
    out->once = j->once;
    TRY(own_sent(j, data, where, &sent));
    return gate_take_item(j->x->who, j->in, &sent, out, j->x->arena, j->why);
}

/* ---- once, and once in a document ---- */

static bool is_printable(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < 0x21 || s.at[i] > 0x7e)
            return false;
    return true;
}

/* The request's key stands for each of its mutations, by the name that each has in the answer, and by the request's
 * number in a batch. */
static enum err read_once(struct own_job *j, bool can)
{
    struct exchange *x = j->x->exchange;
    str header = x ? exchange_header(x, S("idempotency-key")) : (str){0}, key = str_trim(header);
    if (str_is_absent(header))
        return ERR_OK;
    if (!can)
        return problem_fault(j->why, ERR_BAD_INPUT, S("Idempotency-Key"), S("header"),
                             "Actions of the server, publishing and uploads take no Idempotency-Key");
    if (key.len == 0 || key.len > LIMIT_ONCE_KEY_BYTES || !is_printable(key))
        return problem_fault(j->why, ERR_BAD_INPUT, S("Idempotency-Key"), S("header"),
                             "Idempotency-Key has 1 to %u printable characters without blanks", LIMIT_ONCE_KEY_BYTES);
    j->once = NEW(j->x->arena, struct once);
    str said = json_print(j->x->arena, j->node->arguments);
    *j->once = (struct once){
        .key = arena_format(j->x->arena, STR_FMT " %u " STR_FMT, STR_ARG(key), j->x->number, STR_ARG(j->node->key)),
        .request = arena_format(j->x->arena, "graphql " STR_FMT " " STR_FMT, STR_ARG(j->node->field->name), STR_ARG(said)),
    };
    return ERR_OK;
}

static bool is_sensitive(const struct own_meaning *m)
{
    bool creates = m && (m->what == OWN_CREATE || m->what == OWN_CREATE_MANY || m->what == OWN_UPSERT);
    return m && (m->what == OWN_ACTION || (creates && own_shows_secret(m->of)));
}

/* Names in the answer of fields of this sort, the present one left out; fragments are looked into, each once. What is deeper
 * than one can look has one. */
struct looking {
    const struct gql_execution *x;
    str key;
    bool *is_seen;                    /* by number of the fragment */
};

static bool has_another(const struct looking *in, const struct gql_selections *set, unsigned depth)
{
    const struct gql_execution *x = in->x;
    const struct gql_document *d = x->document;
    if (depth > LIMIT_GRAPHQL_NESTING + LIMIT_GRAPHQL_FRAGMENTS)
        return true;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct gql_selection *s = &set->items[i];
        const struct gql_field *f = s->kind == GQL_FIELD ? gql_field_named(x->schema, x->schema->mutation, s->name) : NULL;
        const struct gql_selections *inside = s->kind == GQL_INLINE ? s->set : NULL;
        for (uint32_t k = 0; s->kind == GQL_SPREAD && k < d->fragment_count; k++)
            if (str_equal(d->fragments[k].name, s->name) && !in->is_seen[k]) {
                in->is_seen[k] = true;
                inside = d->fragments[k].set;
            }
        if (f && f->write == own_change_root && is_sensitive(own_meaning_of(f)) && !str_equal(gql_key(s), in->key))
            return true;
        if (inside && has_another(in, inside, depth + 1))
            return true;
    }
    return false;
}

static enum err check_alone(const struct own_job *j)
{
    const struct gql_execution *x = j->x;
    if (!is_sensitive(own_meaning_of(j->node->field)))
        return ERR_OK;
    struct looking in = {x, j->node->key, NEW_N(x->arena, bool, x->document->fragment_count + (size_t)1)};
    if (!has_another(&in, x->operation->set, 0))
        return ERR_OK;
    return problem_set(j->why, ERR_BAD_INPUT, "Actions, and what shows a secret, stand alone in a document");
}

/* ---- the root ---- */

static const struct doing {
    own_doer *run;
    bool once;                        /* can keep the promise of Idempotency-Key */
} doings[] = {
    [OWN_CREATE - OWN_CREATE] = {own_create, true},
    [OWN_CREATE_MANY - OWN_CREATE] = {own_create_many, true},
    [OWN_UPDATE - OWN_CREATE] = {own_update, true},
    [OWN_UPDATE_MANY - OWN_CREATE] = {own_update_many, true},
    [OWN_UPSERT - OWN_CREATE] = {own_upsert, true},
    [OWN_DELETE - OWN_CREATE] = {own_delete, true},
    [OWN_DELETE_MANY - OWN_CREATE] = {own_delete_many, true},
    [OWN_SAVE_SINGLE - OWN_CREATE] = {own_save_single, true},
    [OWN_PUBLISH - OWN_CREATE] = {own_act_on_state, false},
    [OWN_UNPUBLISH - OWN_CREATE] = {own_act_on_state, false},
    [OWN_ARCHIVE - OWN_CREATE] = {own_act_on_state, false},
    [OWN_DISCARD - OWN_CREATE] = {own_act_on_state, false},
    [OWN_ACTION - OWN_CREATE] = {own_act, false},
    [OWN_UPLOAD - OWN_CREATE] = {own_upload, false},
};

static enum err run(struct own_job *j)
{
    const struct doing *d = &doings[j->what - OWN_CREATE];
    TRY(check_alone(j));
    const struct action *action = own_meaning_of(j->node->field)->action;
    TRY(read_once(j, d->once || (action && action->out)));
    TRY(d->run(j));
    if (j->once && j->once->replayed)
        exchange_add_header(j->x->exchange, S("Idempotency-Replayed"), S("true"));
    return ERR_OK;
}

enum gql_done own_change_root(struct gql_execution *x, const struct gql_node *node, const void *self)
{
    const struct own_meaning *m = own_meaning_of(node->field);
    struct problem why = {.arena = x->arena, .spans = x->spans};
    struct own_job j = {.x = x, .node = node, .what = m->what, .in = m->of, .data = {.arena = x->arena}, .why = &why};
    size_t start = x->out->len;
    (void)self;
    must(m->what >= OWN_CREATE && (size_t)(m->what - OWN_CREATE) < COUNTOF(doings));
    if (run(&j) != ERR_OK) {
        buf_truncate(x->out, start);
        own_data_faults(&j.data, &why, 0);
        j.done = gql_broken(x, node, &why);
    }
    return gql_settle(x, node->field->type, j.done, start);
}
