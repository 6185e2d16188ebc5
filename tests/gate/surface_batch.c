/* /api/batch: writing as one change of a batch decides as writing alone. Everything else is the content API. */
#include "base/limits.h"
#include "tests/gate/matrix.h"
#include "tests/support/rest.h"

static str change_of(struct arena *a, const struct ask *ask)
{
    static const char *const ops[] = {
        [TO_CREATE] = "create", [TO_UPDATE] = "update", [TO_REPLACE] = "replace", [TO_DELETE] = "delete", [TO_ACT] = ""};
    bool has_id = ask->what != TO_CREATE && !str_equal(str_of(ask->collection), S("site"));
    str id = has_id ? arena_format(a, ",\"id\":\"" STR_FMT "\"", STR_ARG(ask->id)) : S("");
    str data = ask->what == TO_DELETE ? S("") : arena_format(a, ",\"data\":" STR_FMT, STR_ARG(json_print(a, house_json(a, ask->body))));
    return arena_format(a, "{\"changes\":[{\"op\":\"%s\",\"in\":\"%s\"" STR_FMT STR_FMT "}]}", ops[ask->what], ask->collection,
                        STR_ARG(id), STR_ARG(data));
}

static void ask_batch(struct world *w, struct arena *a, const char *who, const struct ask *ask, struct answer *out)
{
    if (ask->what < TO_CREATE || ask->what > TO_DELETE) {
        surface_rest.ask(w, a, who, ask, out);
        return;
    }
    str key = world_key(w, who);
    str header = str_is_absent(key) ? S("") : arena_format(a, "api-key: " STR_FMT "\n", STR_ARG(key));
    *out = (struct answer){0};
    struct fake_exchange *f =
        rest_request(w->house->gate, a, "POST", "/api/batch",
                     arena_cstr(a, arena_format(a, STR_FMT "Content-Type: application/json\n", STR_ARG(header))),
                     change_of(a, ask), &out->err);
    if (out->err != ERR_OK)
        out->problem = rest_answer(f);
    else
        out->body = f->answer;
}

const struct surface surface_batch = {"batch", false, false, ask_batch};
