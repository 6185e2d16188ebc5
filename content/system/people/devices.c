/* Devices: what signed in with one lasts no longer than its owner wants it. Leaving the state active, or being
 * locked, ends its sessions in the same transaction. */
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/links.h"
#include "content/system/people/standing.h"

static bool is_text(const struct json *v, str text)
{
    return v && v->type == JSON_TEXT && str_equal(v->text, text);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (c->op == OP_DELETE || !present)
        return ERR_OK;
    const struct json *locked = value_to_be(c, present, S("locked"));
    bool is_locked = locked && locked->type == JSON_BOOL && locked->boolean;
    bool leaves = is_text(json_get(present, S("status")), S("active")) && !is_text(value_to_be(c, present, S("status")), S("active"));
    if (!leaves && !(is_locked && value_changes(c, present, S("locked"))))
        return ERR_OK;
    const struct collection *sessions = model_find(work_model(w), S("sessions"));
    return end_items(w, S("sessions"),
                     filter_test(work_arena(w), collection_field(sessions, S("device")), TEST_EQ, json_of_text(c->id)), why);
}

const struct behaviour behaviour_devices = {.collection = STR("devices"), .before = before};
