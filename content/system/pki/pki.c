#include "content/system/pki/pki.h"

#include "base/id.h"
#include "content/kind.h"

struct change pki_change(struct work *w, str collection, enum op op, str id)
{
    const struct collection *c = model_find(work_model(w), collection);
    must(c != NULL);
    return (struct change){.op = op, .in = c, .id = id, .values = NEW_N(work_arena(w), struct json, c->field_count)};
}

struct json pki_time(struct arena *a, int64_t ms)
{
    struct buf b;
    if (ms == 0)
        return json_null;
    buf_init(&b, a, 64);
    time_write(&b, ms / 1000 * 1000);
    return json_of_text(buf_str(&b));
}

static enum err find_numbered(struct work *w, str collection, str by, const struct json *said, const struct json **out, struct problem *why)
{
    const struct collection *c = model_find(work_model(w), collection);
    int64_t number = said->type == JSON_INT ? said->integer : 0;
    *out = NULL;
    if (said->type == JSON_TEXT && !str_to_i64(said->text, &number))
        return ERR_OK;
    return work_find(w, collection, filter_test(work_arena(w), collection_field(c, by), TEST_EQ, json_of_int(number)), out, why);
}

static enum err find(struct work *w, str collection, str numbered_by, const struct json *said, str where, const struct json **out,
                     struct problem *why)
{
    const struct collection *c = model_find(work_model(w), collection);
    *out = NULL;
    if (!said || (said->type != JSON_TEXT && said->type != JSON_INT))
        return problem_fault(why, ERR_INVALID, where, S("required"), "Say which, by its id or its number");
    if (said->type == JSON_TEXT && said->text.len == ID_LENGTH)
        TRY(work_find(w, collection, filter_test(work_arena(w), &c->fields[META_ID], TEST_EQ, *said), out, why));
    if (!*out)
        TRY(find_numbered(w, collection, numbered_by, said, out, why));
    return ERR_OK;
}

enum err pki_filter(struct work *w, str collection, str text, const struct filter **out, struct problem *why)
{
    const struct collection *c = model_find(work_model(w), collection);
    const struct json *said = NULL;
    TRY(json_read(work_arena(w), text, NULL, S("filter"), &said, why));
    return filter_read(work_arena(w), work_model(w), c, said, &(struct filter_options){.where = S("filter")}, out, why);
}

bool pki_reads(struct work *w, str collection, const struct json *item)
{
    const struct collection *c = model_find(work_model(w), collection);
    if (author_is_trusted(w))
        return true;
    const struct access *access = rights_access(work_rights(w), VERB_READ, c);
    struct filter_world world = {.arena = work_arena(w), .vars = &work_actor(w)->vars};
    return access->granted && filter_matches(access->where, item, &world);
}

enum err pki_find_readable(struct work *w, str collection, str numbered_by, const struct json *said, str where, const struct json **out,
                           struct problem *why)
{
    TRY(find(w, collection, numbered_by, said, where, out, why));
    if (*out && pki_reads(w, collection, *out))
        return ERR_OK;
    return problem_fault(why, ERR_NOT_FOUND, where, S("exists"), "There is none of this id or number");
}

enum err pki_days(const struct json *input, int64_t *out, struct problem *why)
{
    const struct json *v = json_get(input, S("days"));
    *out = v && v->type == JSON_INT ? v->integer : 0;
    if (v && v->type != JSON_NULL && (v->type != JSON_INT || *out < 1 || *out > 36500))
        return problem_fault(why, ERR_INVALID, S("/days"), S("range"), "days is a number from 1 on");
    return ERR_OK;
}
