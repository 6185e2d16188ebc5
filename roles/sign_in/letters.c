/* What we write to people: in plain words, with one link, and nothing in them that a stranger chose. */
#include "base/limits.h"
#include "roles/sign_in/links.h"

struct letter {
    struct exchange x;                /* what is left of the request: its id and its peer, for the journal */
    enum link kind;
    bool looks_up;                    /* find the person and make the link first */
    str email, url;                   /* url {0}: none */
};

static const struct {
    const char *subject;              /* in front of the site's name, like the text */
    const char *text, *behind;
} words[LINK_COUNT] = {
    [LINK_INVITATION] = {"Your account at ", "You have been given an account at ",
                         "Choose a password there. The link works once, for seven days. If you did not expect it, leave it.\n"},
    [LINK_RESET] = {"A new password for ", "Somebody, hopefully you, asked for a new password for your account at ",
                    "Choose it there. The link works once, for an hour. If it was not you, leave it: nothing has changed.\n"},
    [LINK_VERIFY] = {"Your address at ", "Your account says that this is your address at ",
                     "Confirm it there, in the browser where you are signed in. The link works once, for an hour. If you have no "
                     "account there, leave it.\n"},
    [LINK_MAGIC] = {"Sign in to ", "Somebody, hopefully you, wants to sign in to your account at ",
                    "Sign in there. The link works once, for an hour. If it was not you, leave it: nothing has happened.\n"},
};
static const char known_already[] = "Somebody wanted to give you an account, but you have one. Sign in as always.\n";

bool mail_is_set_up(const struct gate *g)
{
    return !str_is_absent(g->outside.mail.url);
}

/* "https://cms.example.com/x" is known to its people as cms.example.com/x. */
static str site_name(const struct gate *g)
{
    str site = g->outside.site_url;
    return str_slice(site, str_starts(site, S("https://")) ? 8 : 7, site.len);
}

static enum err send(struct gate *g, const struct letter *l, const _Atomic(bool) *stop, struct problem *why)
{
    struct arena *a = arena_open(4096);
    struct buf b;
    str site = site_name(g);
    buf_init(&b, a, LIMIT_MAIL_TEXT_BYTES);
    buf_format(&b, "%s" STR_FMT ".\n\n", words[l->kind].text, STR_ARG(site));
    if (str_is_absent(l->url))
        buf_add(&b, str_of(known_already));
    else
        buf_format(&b, STR_FMT "\n\n%s", STR_ARG(l->url), words[l->kind].behind);
    struct mail m = {l->email, arena_format(a, "%s" STR_FMT, words[l->kind].subject, STR_ARG(site)), buf_str(&b)};
    enum err e = mail_send(&g->outside.mail, &m, stop, why);
    arena_close(a);
    return e;
}

/* Somebody who is only named like an address is not meant. */
static enum err look_up(struct gate *g, struct letter *l, struct problem *why)
{
    const struct json *user = NULL;
    str id, secret;
    TRY(gate_catch_up(g, why));
    TRY(find_user(g, l->x.arena, SYSTEM_LOGIN, l->email, &user, why));
    if (!user || !item_flag(user, S("active"), true) || !str_equal_nocase(item_text(user, S("email")), l->email))
        return ERR_OK;
    l->email = item_text(user, S("email"));
    TRY(link_make(g, &l->x, l->kind, item_text(user, S("_id")), l->email, &id, &secret, why));
    l->url = link_url(g, l->x.arena, l->kind, secret);
    return ERR_OK;
}

static enum err run(struct gate *g, struct errand *e, const _Atomic(bool) *stop, struct problem *why)
{
    struct letter *l = e->self;
    if (l->looks_up && str_is_absent(l->url)) {
        TRY(look_up(g, l, why));
        if (str_is_absent(l->url))
            return ERR_OK;
    }
    return send(g, l, stop, why);
}

static enum err give(struct gate *g, const struct exchange *x, const struct letter *wish, struct problem *why)
{
    struct arena *a = arena_open(4096);
    struct errand *e = NEW(a, struct errand);
    struct letter *l = NEW(a, struct letter);
    *l = *wish;
    l->x = (struct exchange){.arena = a, .request_id = arena_copy(a, x->request_id), .peer = arena_copy(a, x->peer)};
    l->email = arena_copy(a, wish->email);
    l->url = str_is_absent(wish->url) ? (str){0} : arena_copy(a, wish->url);
    *e = (struct errand){.arena = a, .run = run, .self = l};
    return courier_send(g->courier, e, why);
}

enum err link_write(struct gate *g, const struct exchange *x, enum link kind, str email, struct problem *why)
{
    return give(g, x, &(struct letter){.kind = kind, .looks_up = true, .email = email}, why);
}

enum err link_post(struct gate *g, const struct exchange *x, enum link kind, str email, str url, struct problem *why)
{
    return give(g, x, &(struct letter){.kind = kind, .email = email, .url = url}, why);
}
