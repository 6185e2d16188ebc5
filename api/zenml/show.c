/* Objects as ZenML's clients read them: body, metadata, resources; times without a zone, which are UTC. */
#include "api/answer.h"
#include "api/zenml/zenml.h"
#include "base/time.h"

str zenml_item_text(const struct json *item, str field)
{
    const struct json *v = json_get(item, field);
    return v && v->type == JSON_TEXT ? v->text : (str){0};
}

bool zenml_item_flag(const struct json *item, str field, bool otherwise)
{
    const struct json *v = json_get(item, field);
    return v && v->type == JSON_BOOL ? v->boolean : otherwise;
}

int64_t zenml_item_ms(const struct json *item, str field)
{
    int64_t ms = 0;
    const struct json *v = json_get(item, field);
    if (v && v->type == JSON_INT) /* _created, _modified */
        return v->integer * 1000;
    return v && v->type == JSON_TEXT && time_read(v->text, &ms) ? ms : 0;
}

void zenml_text(struct json_writer *w, const char *name, str text)
{
    json_name(w, str_of(name));
    if (str_is_absent(text))
        json_nothing(w);
    else
        json_text(w, text);
}

void zenml_flag(struct json_writer *w, const char *name, bool flag)
{
    json_name(w, str_of(name));
    json_bool(w, flag);
}

void zenml_null(struct json_writer *w, const char *name)
{
    json_name(w, str_of(name));
    json_nothing(w);
}

void zenml_uuid(struct zenml_show *s, const char *name, str id)
{
    zenml_text(s->to, name, id_valid(id) ? id_uuid(s->x->arena, id) : (str){0});
}

void zenml_time(struct zenml_show *s, const char *name, const struct json *item, str field)
{
    struct buf b;
    int64_t ms = zenml_item_ms(item, field);
    buf_init(&b, s->x->arena, 64);
    if (ms)
        time_write_naive(&b, ms);
    zenml_text(s->to, name, ms ? buf_str(&b) : (str){0});
}

void zenml_dates(struct zenml_show *s, const struct json *item)
{
    zenml_time(s, "created", item, S("_created"));
    zenml_time(s, "updated", item, S("_modified"));
}

struct zenml_show zenml_show_of(struct exchange *x, const struct zenml_resource *of)
{
    const struct principal *who = x->who;
    struct zenml_show s = {.x = x, .of = of, .hydrate = true};
    if (who)
        s.own_id = str_is_absent(who->service_id) ? who->user_id : who->service_id;
    return s;
}

void zenml_write(struct zenml_show *s, const struct json *item)
{
    struct json_writer *w = s->to;
    str name = str_is_absent(s->of->name) ? (str){0} : zenml_item_text(item, s->of->name);
    json_map_open(w);
    json_name(w, S("body"));
    json_map_open(w);
    zenml_dates(s, item);
    s->of->body(s, item);
    json_map_close(w);
    json_name(w, S("metadata"));
    if (s->hydrate) {
        json_map_open(w);
        s->of->metadata(s, item);
        json_map_close(w);
    } else {
        json_nothing(w);
    }
    zenml_null(w, "resources");
    zenml_uuid(s, "id", zenml_item_text(item, S("_id")));
    zenml_flag(w, "permission_denied", false);
    if (!str_is_absent(s->of->name))
        zenml_text(w, "name", str_is_absent(name) ? zenml_item_text(item, S("email")) : name);
    json_map_close(w);
}

enum err zenml_send(struct zenml_show *s, const struct json *item, struct problem *why)
{
    struct answer a;
    str body = {0};
    answer_begin(s->x, &a);
    s->to = &a.json;
    zenml_write(s, item);
    TRY(answer_end(&a, &body, why));
    exchange_add_header(s->x, S("Cache-Control"), S("no-store"));
    exchange_send_json(s->x, 200, body);
    return ERR_OK;
}

enum err zenml_send_null(struct exchange *x)
{
    exchange_add_header(x, S("Cache-Control"), S("no-store"));
    exchange_send_json(x, 200, S("null"));
    return ERR_OK;
}
