/* Asking for links by mail, and using links. Who asks gets an answer before anybody is looked up (PW-6); who uses
 * one uses it up in the very transaction that does what it is for. */
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "content/kind.h"
#include "roles/sign_in/links.h"

bool gate_sends_mail(const struct gate *g)
{
    return mail_is_set_up(g);
}

/* ------ asking */

static enum err check_page(const struct exchange *x, struct problem *why)
{
    return comes_from_own_page(x, false) ? ERR_OK : problem_set(why, ERR_FORBIDDEN, "Ask for this on the dashboard's own page");
}

static enum err ask(struct gate *g, struct exchange *x, enum link kind, str email, struct problem *why)
{
    str local, domain;
    TRY(check_page(x, why));
    if (!mail_is_set_up(g))
        return problem_set(why, ERR_NOT_FOUND, "This server sends no mail; ask an administrator");
    email = str_trim(email);
    if (email.len > LIMIT_MAIL_ADDRESS_BYTES || !str_cut(email, '@', &local, &domain) || !local.len || !domain.len)
        return problem_fault(why, ERR_INVALID, S("/email"), S("format"), "email must be an e-mail address like ada@example.com");
    TRY(throttle_attempt(g->throttle, ATTEMPT_PROOF, utf8_fold(x->arena, email), x->peer, why));
    return link_write(g, x, kind, email, why);
}

enum err gate_reset(struct gate *g, struct exchange *x, str email, struct problem *why)
{
    return ask(g, x, LINK_RESET, email, why);
}

enum err gate_magic(struct gate *g, struct exchange *x, str email, struct problem *why)
{
    return ask(g, x, LINK_MAGIC, email, why);
}

enum err gate_verify(struct gate *g, struct exchange *x, struct problem *why)
{
    TRY(need_person(x, why));
    return ask(g, x, LINK_VERIFY, x->who->user_email, why);
}

/* ------ using */

/* A link that does not hold is an attempt that failed; each is counted by itself, so that nobody keeps others from
 * using theirs. */
static enum err find(struct gate *g, struct exchange *x, enum link kind, str link, struct link_holder *out, struct problem *why)
{
    str account = str_slice(link, 0, 64);
    TRY(check_page(x, why));
    TRY(throttle_attempt(g->throttle, ATTEMPT_PROOF, account, x->peer, why));
    enum err e = link_find(g, x->arena, kind, link, out, why);
    if (e == ERR_UNAUTHENTICATED)
        note_sign_in(g, x, (str){0}, BY_LINK, S("link"));
    if (e == ERR_OK)
        throttle_passed(g->throttle, ATTEMPT_PROOF, account, x->peer);
    else if (e != ERR_UNAUTHENTICATED)
        throttle_undo(g->throttle, ATTEMPT_PROOF, account, x->peer);
    return e;
}

/* The outcome of the transaction that uses a link up: one that is gone meanwhile was used by somebody faster. */
static enum err spent(enum err e, struct problem *own, struct problem *why)
{
    if (e == ERR_OK)
        return e;
    if (e == ERR_NOT_FOUND)
        return link_refuse(why);
    point_at(own, S("/password"), S("/password"));
    point_at(own, S("/name"), S("/name"));
    *why = *own;
    return e;
}

/* The person's change beside the end of the link. */
static void begin(struct own_change change[2], struct gate *g, const struct exchange *x, const struct link_holder *holder)
{
    link_spend(&change[0], g, x, holder);
    own_change_beside(&change[1], &change[0], S("users"), OP_UPDATE);
    change[1].change.id = holder->user_id;
    link_verifies(&change[1], holder);
}

/* The link, the person's change and the new session in one transaction. */
static enum err sign_in(struct gate *g, struct exchange *x, const struct link_holder *holder, struct own_change change[2],
                        enum strength strength, struct signed_in *out, struct problem *why)
{
    struct own_change *const besides[] = {&change[0], &change[1]};
    struct problem own = {.arena = x->arena};
    struct session_wish wish = {.user_id = holder->user_id, .via = S("vitrine"), .strength = strength, .proof_ms = time_now_ms(),
                                .besides = besides, .beside_count = COUNTOF(besides)};
    return spent(sign_in_pass(g, x, &wish, out, &own), &own, why);
}

static enum err check_given(const struct exchange *x, str password, str name, struct problem *why)
{
    if (password.len == 0)
        return problem_fault(why, ERR_INVALID, S("/password"), S("required"), "The password is empty");
    return refuse_weak_password(x, password, name, (str){0}, S("/password"), why);
}

enum err gate_invitation_accept(struct gate *g, struct exchange *x, str link, str name, str password, struct signed_in *out,
                                struct problem *why)
{
    struct link_holder holder;
    struct own_change change[2];
    TRY(check_given(x, password, name, why));
    TRY(find(g, x, LINK_INVITATION, link, &holder, why));
    begin(change, g, x, &holder);
    own_set_text(&change[1], S("password"), password);
    if (name.len)
        own_set_text(&change[1], S("name"), name);
    return sign_in(g, x, &holder, change, BY_PASSWORD, out, why);
}

enum err gate_reset_confirm(struct gate *g, struct exchange *x, str link, str password, struct problem *why)
{
    struct link_holder holder;
    struct own_change change[2], *list[] = {&change[0], &change[1]};
    struct problem own = {.arena = x->arena};
    TRY(check_given(x, password, (str){0}, why));
    TRY(find(g, x, LINK_RESET, link, &holder, why));
    begin(change, g, x, &holder);
    own_set_text(&change[1], S("password"), password);
    return spent(own_changes_commit(list, COUNTOF(list), &own), &own, why);
}

/* Who could read the mailbox had nothing to do with whoever set the password of an address nobody had verified. */
enum err gate_magic_confirm(struct gate *g, struct exchange *x, str link, struct signed_in *out, struct problem *why)
{
    struct link_holder holder;
    struct own_change change[2];
    TRY(find(g, x, LINK_MAGIC, link, &holder, why));
    begin(change, g, x, &holder);
    if (!holder.is_verified)
        own_set_text(&change[1], S("password"), (str){0});
    return sign_in(g, x, &holder, change, BY_LINK, out, why);
}

enum err gate_verify_confirm(struct gate *g, struct exchange *x, str link, struct problem *why)
{
    struct link_holder holder;
    struct own_change change[2], *list[] = {&change[0], &change[1]};
    struct problem own = {.arena = x->arena};
    TRY(need_person(x, why));
    TRY(find(g, x, LINK_VERIFY, link, &holder, why));
    if (!str_equal(holder.user_id, x->who->user_id))
        return problem_set(why, ERR_FORBIDDEN, "This link belongs to another account than the one you are signed in to");
    begin(change, g, x, &holder);
    return spent(own_changes_commit(list, COUNTOF(list), &own), &own, why);
}
