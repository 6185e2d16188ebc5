/* Proving that somebody holds a name. Nothing of what was found at a stranger's address is in what the client is told:
 * it would be a way to read what only we can reach. */
#include "base/crypt.h"
#include "base/limits.h"
#include "base/time.h"
#include "roles/acme/trial.h"

static unsigned time_left_ms(const struct trial_run *r)
{
    int64_t left = (r->until_us - time_mono_us()) / 1000;
    return left > 1 ? (unsigned)left : 1;
}

/* ------ names */

enum err trial_ask(struct trial_run *r, str name, enum dns_kind kind, struct dns_answer *out)
{
    struct dns_question q = {.server = r->outside->resolver, .name = name, .kind = kind, .ms = time_left_ms(r), .stop = r->trial->stop};
    enum err e = dns_ask(&q, r->arena, out, r->why);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        return ERR_OK;
    r->is_unable = e == ERR_UNAVAILABLE;
    if (r->is_unable)
        return e;
    r->fault = ACME_DNS;
    return problem_set(r->why, ERR_INVALID, STR_FMT, STR_ARG(r->why->text));
}

static size_t take(struct address *into, size_t count, const struct dns_answer *found)
{
    for (size_t i = 0; i < found->count && i < LIMIT_ACME_ADDRESSES; i++)
        into[count++] = found->records[i].address;
    return count;
}

/* One of the two kinds is enough. */
static enum err find_addresses(struct trial_run *r, str host, struct address *into, size_t *count)
{
    struct dns_answer found = {0};
    enum err first = trial_ask(r, host, DNS_AAAA, &found);
    if (first == ERR_UNAVAILABLE)
        return first;
    *count = take(into, 0, &found);
    found = (struct dns_answer){0};
    enum err second = trial_ask(r, host, DNS_A, &found);
    *count = take(into, *count, &found);
    if (*count > 0) {
        r->fault = ACME_NO_FAULT;
        return ERR_OK;
    }
    if (first != ERR_OK || second != ERR_OK)
        return second != ERR_OK ? second : first;
    r->fault = ACME_DNS;
    return problem_set(r->why, ERR_INVALID, "There is no address of " STR_FMT, STR_ARG(host));
}

static enum err find(void *self, str host, struct arena *a, const struct address **out, size_t *count, struct problem *why)
{
    struct trial_run *r = self;
    struct address itself, ours, *found = NEW_N(a, struct address, 2 * LIMIT_ACME_ADDRESSES);
    if (address_read(host, &itself)) {
        if (r->trial->is_address && address_read(r->trial->name, &ours) && memcmp(ours.bytes, itself.bytes, sizeof ours.bytes) == 0)
            return ERR_OK;
        r->fault = ACME_CONNECTION;
        return problem_set(why, ERR_INVALID, "Redirects lead to names, not to addresses");
    }
    *out = found;
    return str_is_absent(r->outside->resolver) ? ERR_OK : find_addresses(r, host, found, count);
}

/* ------ http-01 */

static str url_of(const struct trial_run *r)
{
    const struct acme_trial *t = r->trial;
    bool is_v6 = t->is_address && str_contains(t->name, S(":"));
    uint16_t port = r->outside->http_port ? r->outside->http_port : 80;
    str host = is_v6 ? arena_format(r->arena, "[" STR_FMT "]", STR_ARG(t->name)) : t->name;
    str suffix = port == 80 ? S("") : arena_format(r->arena, ":%u", port);
    return arena_format(r->arena, "http://" STR_FMT STR_FMT "/.well-known/acme-challenge/" STR_FMT, STR_ARG(host), STR_ARG(suffix),
                        STR_ARG(t->token));
}

static enum err take_piece(void *self, str bytes, struct problem *why)
{
    (void)why;
    buf_add(self, bytes);
    return ERR_OK;
}

/* What went wrong on the way, in words that fit what is being done. */
static enum err judge_way(struct trial_run *r, enum err e)
{
    if (r->fault != ACME_NO_FAULT || r->is_unable) /* find() has said it */
        return e;
    if (r->trial->stop && atomic_load(r->trial->stop))
        return problem_set(r->why, ERR_UNAVAILABLE, "This server ends, and looks again when it is back");
    r->fault = e == ERR_TOO_LARGE ? ACME_INCORRECT : ACME_CONNECTION;
    if (e == ERR_FORBIDDEN)
        return problem_set(r->why, ERR_INVALID, "The address of " STR_FMT " is not one this server connects to (acme.networks "
                                                "names networks inside that it may)", STR_ARG(r->trial->name));
    return problem_set(r->why, ERR_INVALID, STR_FMT, STR_ARG(r->why->text));
}

static str without_end(str s)
{
    while (s.len && strchr(" \t\r\n", s.at[s.len - 1]) && s.at[s.len - 1])
        s.len--;
    return s;
}

static enum err by_http(struct trial_run *r)
{
    struct buf body;
    struct outbound_answer got = {0};
    struct outbound_sink sink = {take_piece, &body};
    struct outbound_names names = {find, r};
    buf_init(&body, r->arena, LIMIT_ACME_ANSWER_BYTES);
    struct outbound_request wish = {.url = url_of(r), .answer_max = LIMIT_ACME_ANSWER_BYTES, .stop = r->trial->stop, .sink = &sink,
                                    .redirects_max = LIMIT_ACME_REDIRECTS, .names = &names, .all_ms = time_left_ms(r),
                                    .is_open = true};
    TRY(outbound_ready(r->why));
    enum err e = outbound_fetch(&r->outside->policy, r->arena, &wish, &got, r->why);
    if (e != ERR_OK)
        return judge_way(r, e);
    if (got.status != 200) {
        r->fault = ACME_UNAUTHORIZED;
        return problem_set(r->why, ERR_INVALID, "The answer is %d, not 200", got.status);
    }
    if (str_equal(without_end(buf_str(&body)), r->trial->key_authorization))
        return ERR_OK;
    r->fault = ACME_INCORRECT;
    return problem_set(r->why, ERR_INVALID, "The answer is not the challenge's key authorization");
}

/* ------ dns-01 */

static enum err by_dns(struct trial_run *r)
{
    uint8_t digest[32];
    struct dns_answer found = {0};
    str name = arena_format(r->arena, "_acme-challenge." STR_FMT, STR_ARG(r->trial->name));
    crypt_sha256(r->trial->key_authorization, digest);
    str wanted = base64url_encode(r->arena, (str){(const char *)digest, sizeof digest});
    TRY(trial_ask(r, name, DNS_TXT, &found));
    for (size_t i = 0; i < found.count; i++)
        if (str_equal(found.records[i].text, wanted))
            return ERR_OK;
    r->fault = found.count ? ACME_INCORRECT : ACME_UNAUTHORIZED;
    return found.count ? problem_set(r->why, ERR_INVALID, "No TXT record of " STR_FMT " is the challenge's", STR_ARG(name))
                       : problem_set(r->why, ERR_INVALID, "There is no TXT record of " STR_FMT, STR_ARG(name));
}

enum err acme_try(const struct acme_outside *o, const struct acme_trial *t, struct arena *a, enum acme_fault *fault,
                  struct problem *why)
{
    struct trial_run r = {.outside = o, .trial = t, .arena = a, .why = why, .until_us = time_mono_us() + LIMIT_ACME_TRY_MS * INT64_C(1000)};
    /* RFC 8738 7 and RFC 8555 7.1.3: what the server does not offer; should it be asked all the same, it proves nothing. */
    bool fits = t->by == PROOF_HTTP ? !t->is_wildcard : !t->is_address;
    enum err e = fits ? trial_caa(&r) : ERR_INVALID;
    if (!fits) {
        r.fault = ACME_UNAUTHORIZED;
        e = problem_set(why, ERR_INVALID, "Such names are not proven in this way");
    } else if (e == ERR_OK) {
        e = t->by == PROOF_HTTP ? by_http(&r) : by_dns(&r);
    }
    *fault = r.fault;
    return e;
}
