/* GET /api/content/models: what exists for this caller, with what it may do there. The dashboard,
 * the API description and clients that draw forms read this; writing models is writing items of the
 * collection "collections". */
#include "api/content/models.h"
#include "api/content/content.h"
#include "api/openapi/openapi.h"
#include "base/limits.h"
#include "content/kind.h"

#include <assert.h>

static bool reaches(const struct principal *who, const struct collection *c)
{
    return gate_may(who, VERB_READ, c) || gate_may(who, VERB_CREATE, c);
}

static void write_members(struct json_writer *w, const struct field *f, unsigned depth);

static void write_operators(struct json_writer *w, const struct field *f)
{
    json_name(w, S("operators"));
    json_list_open(w);
    for (size_t i = 0; i < filter_operator_count; i++) {
        const struct filter_operator *o = &filter_operators[i];
        if ((f->kind->operators >> o->op & 1u) && (!o->caseless || func_takes(FUNC_CASELESS, f)))
            json_text(w, o->spelling);
    }
    json_list_close(w);
}

static void write_field(struct json_writer *w, const struct field *f, unsigned depth)
{
    json_map_open(w);
    json_name(w, S("name"));
    json_text(w, f->name);
    json_name(w, S("kind"));
    json_text(w, f->kind->name);
    if (f->to) {
        json_name(w, S("to"));
        json_text(w, f->to->name);
    } else if (field_is_polymorphic(f)) {
        json_name(w, S("to"));
        json_list_open(w);
        for (size_t i = 0; i < f->target_count; i++)
            json_text(w, f->targets[i]->name);
        json_list_close(w);
    }
    if (f->definition)
        for (uint32_t i = 0; i < f->definition->count; i++) {
            const struct json *m = &f->definition->items[i];
            if (str_equal(m->name, S("name")) || str_equal(m->name, S("kind")) ||
                str_equal(m->name, S("to")) || str_equal(m->name, S("fields")))
                continue;
            json_name(w, m->name);
            json_value(w, m);
        }
    write_operators(w, f);
    if (f->member_count && f->of_count == 0 && depth > 0)
        write_members(w, f, depth - 1);
    json_map_close(w);
}

static void write_members(struct json_writer *w, const struct field *f, unsigned depth)
{
    json_name(w, S("fields"));
    json_list_open(w);
    for (size_t i = 0; i < f->member_count; i++)
        write_field(w, &f->members[i], depth);
    json_list_close(w);
}

static bool field_is_shown(const struct principal *who, const struct collection *c, size_t index)
{
    for (enum verb v = VERB_READ; v <= VERB_UPDATE; v++)
        if (field_set_has(&rights_access(who->rights, v, c)->fields, index))
            return true;
    return false;
}

/* The components that fields are made of, each once; which ones is found by walking along "of". */
struct components {
    const struct collection **list;
    bool *seen;                       /* by index in the model */
    size_t count;
};

static void meet(struct components *k, const struct field *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &list[i];
        for (size_t n = 0; n < f->of_count; n++) {
            if (!k->seen[f->of[n]->index])
                k->list[k->count++] = f->of[n];
            k->seen[f->of[n]->index] = true;
        }
        if (f->of_count == 0)
            meet(k, f->members, f->member_count); /* sets in sets: LIMIT_FIELD_DEPTH */
    }
}

static void write_component(struct json_writer *w, const struct collection *c)
{
    json_map_open(w);
    json_name(w, S("name"));
    json_text(w, c->name);
    json_name(w, S("label"));
    json_text(w, c->label);
    json_name(w, S("info"));
    json_text(w, c->info);
    json_name(w, S("group"));
    json_text(w, c->group);
    json_name(w, S("fields"));
    json_list_open(w);
    for (size_t i = META_COUNT; i < c->field_count; i++)
        write_field(w, &c->fields[i], LIMIT_FIELD_DEPTH);
    json_list_close(w);
    json_map_close(w);
}

static void write_components(struct json_writer *w, struct arena *a, const struct principal *who, const struct collection *c)
{
    const struct model *m = principal_model(who);
    struct components k = {.list = NEW_N(a, const struct collection *, m->component_count + 1),
                           .seen = NEW_N(a, bool, m->component_count + 1)};
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (field_is_shown(who, c, i))
            meet(&k, &c->fields[i], 1);
    for (size_t i = 0; i < k.count; i++) /* the list grows by what they are made of themselves */
        meet(&k, k.list[i]->fields + META_COUNT, k.list[i]->field_count - META_COUNT);
    if (k.count == 0)
        return;
    json_name(w, S("components"));
    json_list_open(w);
    for (size_t i = 0; i < k.count; i++)
        write_component(w, k.list[i]);
    json_list_close(w);
}

static void write_can(struct json_writer *w, const struct principal *who,
                      const struct collection *c)
{
    json_name(w, S("can"));
    json_map_open(w);
    for (enum verb v = 0; v < VERB_COUNT; v++) {
        json_name(w, verb_names[v]);
        json_bool(w, gate_may(who, v, c));
    }
    json_map_close(w);
}

/* The field that names an item; somebody who may not read it is not told its name either. */
static str display_of(const struct principal *who, const struct collection *c)
{
    bool readable =
        field_set_has(&rights_access(who->rights, VERB_READ, c)->fields, c->display->index);
    return readable ? c->display->name : c->fields[META_ID].name;
}

static void write_model(struct json_writer *w, struct arena *a, const struct principal *who,
                        const struct collection *c)
{
    static const char *const shapes[] = {"list", "single", "tree"};
    json_map_open(w);
    json_name(w, S("name"));
    json_text(w, c->name);
    json_name(w, S("label"));
    json_text(w, c->label.len ? c->label : c->name);
    json_name(w, S("info"));
    json_text(w, c->info);
    json_name(w, S("shape"));
    json_text(w, str_of(shapes[c->shape]));
    json_name(w, S("group"));
    json_text(w, c->group);
    json_name(w, S("system"));
    json_bool(w, c->system);
    json_name(w, S("display"));
    json_text(w, display_of(who, c));
    write_can(w, who, c);
    json_name(w, S("fields"));
    json_list_open(w);
    for (size_t i = META_COUNT; i < c->field_count; i++)
        if (field_is_shown(who, c, i))
            write_field(w, &c->fields[i], LIMIT_FIELD_DEPTH);
    json_list_close(w);
    write_components(w, a, who, c);
    json_map_close(w);
}

typedef void write_one(struct json_writer *w, struct arena *a, const struct principal *who, const struct collection *c);

/* What a caller sees of the model changes with the model and with the caller's rights only. */
static enum err send_one(struct exchange *x, struct api *api, const struct params *p, write_one *write, struct problem *why)
{
    const struct collection *c;
    struct content_params none;
    struct answer answer;
    struct etag tag;
    TRY(gate_collection(api->gate, x->who, param(p, "model"), &c, why));
    TRY(content_params_read(x, api, content_no_names, &none, why));
    etag_begin(x, api, &tag);
    if (etag_answers(x, &tag))
        return ERR_OK;
    answer_begin(x, &answer);
    write(&answer.json, x->arena, x->who, c);
    return answer_send(x, &answer, &tag, why);
}

static enum err model_get(struct exchange *x, void *app, const struct params *p,
                          struct problem *why)
{
    return send_one(x, app, p, write_model, why);
}

/* The same, for programs that check items before they send them. */
static enum err model_schema(struct exchange *x, void *app, const struct params *p, struct problem *why)
{
    return send_one(x, app, p, openapi_model_schema, why);
}

static enum err models_list(struct exchange *x, void *app, const struct params *p,
                            struct problem *why)
{
    const struct model *m = principal_model(x->who);
    struct api *api = app;
    struct content_params none;
    struct answer answer;
    struct etag tag;
    (void)p;
    TRY(content_demand_role(x->who, why));
    TRY(content_params_read(x, api, content_no_names, &none, why));
    etag_begin(x, api, &tag);
    if (etag_answers(x, &tag))
        return ERR_OK;
    answer_begin(x, &answer);
    json_list_open(&answer.json);
    for (size_t i = 0; i < m->collection_count; i++)
        if (reaches(x->who, m->collections[i]))
            write_model(&answer.json, x->arena, x->who, m->collections[i]);
    json_list_close(&answer.json);
    return answer_send(x, &answer, &tag, why);
}

/* clang-format off */
static const struct route model_routes[] = {
    {M_GET, "/api/content/models", models_list, 0, 0, "The collections this caller may read or add to"},
    {M_GET, "/api/content/models/{model}", model_get, 0, 0, "One collection and its fields"},
    {M_GET, "/api/content/models/{model}/schema", model_schema, 0, 0, "One collection's items as a JSON Schema"},
    {M_POST, "/api/content/models/plan", models_plan, LIMIT_BODY_BYTES, 0, "What definitions would change: steps, rows touched, values lost"},
    {M_POST, "/api/content/models/apply", models_apply, LIMIT_BODY_BYTES, 0, "Bring the model to these definitions, in one transaction"},
};
/* clang-format on */
static const char *const *const model_parameters[] = {content_no_names, content_no_names, content_no_names, content_no_names,
                                                      content_no_names};
static_assert(COUNTOF(model_parameters) == COUNTOF(model_routes),
              "names of parameters stand beside their route");
const struct api_table model_api = {.routes = model_routes, .count = COUNTOF(model_routes), .parameters = model_parameters};
