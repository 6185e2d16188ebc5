/* People: a new password, other roles, another second factor, or being switched off ends every session (SE-1,
 * SE-2), whatever else the request says. Nobody makes somebody who may do more than he may himself, and there is always an administrator
 * (AZ-9). */
#include "content/kind.h"
#include "content/system/behaviours.h"
#include "content/system/people/links.h"
#include "content/system/people/role_graph.h"
#include "content/system/people/standing.h"

static bool sets(const struct change *c, str name)
{
    const struct field *f = collection_field(c->in, name);
    return f && field_set_has(&c->set, f->index);
}

static bool is_off(const struct json *active)
{
    return active && active->type == JSON_BOOL && !active->boolean;
}

/* … and what was made in the person's name without one: by a signature, or to refresh others. */
static enum err end_sessions(struct work *w, str user, struct problem *why)
{
    const struct collection *sessions = model_find(work_model(w), S("sessions"));
    const struct filter *of_user =
        filter_test(work_arena(w), collection_field(sessions, S("user")), TEST_EQ, json_of_text(user));
    for (;;) {
        const struct json *session = NULL;
        TRY(work_find(w, S("sessions"), of_user, &session, why));
        if (!session)
            return end_tokens(w, user, why);
        struct change c = {.op = OP_DELETE, .in = sessions, .id = json_get(session, S("_id"))->text};
        TRY(work_change(w, &c, why));
    }
}

static bool ends_sessions(const struct change *c, const struct json *present)
{
    static const str fields[] = {STR("roles"), STR("groups"), STR("totp_enabled"), STR("signed_out_at"), STR("passkey_count"),
                                 STR("hotkey")};
    bool ends = sets(c, S("password")) || (sets(c, S("active")) && is_off(value_to_be(c, present, S("active"))));
    for (size_t i = 0; i < COUNTOF(fields); i++)
        ends |= sets(c, fields[i]) && value_changes(c, present, fields[i]);
    return ends;
}

/* What the server itself knows of a person. Numbers are given once and for all: whoever comes later is never
 * taken for somebody who has gone (SE-5). */
static enum err note_facts(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    if (!value_to_be(c, present, S("serial"))) {
        int64_t serial;
        TRY(work_next_number(w, S("users"), &serial, why));
        value_put(c, S("serial"), json_of_int(serial));
    } else if (c->restores && sets(c, S("serial"))) {
        TRY(work_number_came(w, S("users"), value_to_be(c, present, S("serial")), S("/serial"), why));
    }
    if (sets(c, S("password")))
        value_put(c, S("password_changed_at"),
                  change_now(work_arena(w), collection_field(c->in, S("password_changed_at")), work_now_ms(w)));
    if (present && value_changes(c, present, S("email")) && !sets(c, S("verified")))
        value_put(c, S("verified"), json_false);
    return ERR_OK;
}

/* Links that work once are for the password and the address of their day (PW-7). And whoever shows for the first
 * time that an address is theirs, and takes the password along, has the account for themselves: what somebody
 * else planted in it before ends (SE-6). */
static enum err end_what_hangs_on(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    bool new_password = sets(c, S("password")), moves = present && value_changes(c, present, S("email"));
    if (present && (new_password || moves || is_off(value_to_be(c, present, S("active")))))
        TRY(end_links(w, c->id, why));
    const struct json *was = json_get(present, S("verified")), *is = value_to_be(c, present, S("verified"));
    bool was_verified = was && was->type == JSON_BOOL && was->boolean, is_verified = is && is->type == JSON_BOOL && is->boolean;
    if (!present || !new_password || !is_verified || was_verified)
        return ERR_OK;
    if (!sets(c, S("hotkey")))
        value_put(c, S("hotkey"), json_null);
    value_put(c, S("totp_enabled"), json_false);
    value_put(c, S("totp"), json_null);
    value_put(c, S("recovery"), json_null);
    value_put(c, S("recovery_left"), json_of_int(0));
    value_put(c, S("passkey_count"), json_of_int(0));
    return end_planted(w, c->id, why);
}

static enum err before(struct work *w, struct change *c, const struct json *present, struct problem *why)
{
    TRY(check_roles(w, c, present, why));
    if (!present)
        TRY(check_id_unused(w, c, S("service_accounts"), why));
    TRY(check_last_admin(w, c, present, why));
    if (c->op == OP_DELETE)
        return ERR_OK;
    TRY(note_facts(w, c, present, why));
    TRY(end_what_hangs_on(w, c, present, why));
    return present && ends_sessions(c, present) ? end_sessions(w, c->id, why) : ERR_OK;
}

const struct behaviour behaviour_users = {.collection = STR("users"), .before = before};
