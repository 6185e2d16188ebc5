/* Devices are let in. Each step reads the device, judges, and writes only if it is still as it was read: of two
 * that come at once with one code, one gets in, and every wrong code is counted. */
#include "roles/sign_in/devices.h"

#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/time.h"
#include "content/kind.h"
#include "roles/internal.h"

#define ATTEMPTS    8u /* at ERR_STALE */
#define DAY_MS      (INT64_C(86400) * 1000)
#define LIFE_MS     DAY_MS
#define TRUSTED_MS  (30 * DAY_MS)
#define LETTERS     S("BCDFGHJKLMNPQRSTVWXZ") /* RFC 8628 6.1: no vowels, no words */
#define SHORT_CODE  8u

static enum err read_device(struct gate *g, struct arena *a, str field, str value, const struct json **out, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    enum err e = read_item(g->content, server, S("devices"), field, value, a, out, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    return e;
}

/* Only if it is still as it was read. */
static void change_begin(struct own_change *o, struct gate *g, const struct exchange *x, const struct json *device)
{
    own_change_begin(o, g, x->arena, SYSTEM_LOGIN, S("devices"), OP_UPDATE);
    own_change_for(o, x);
    o->change.id = item_text(device, S("_id"));
    o->change.expects = true;
    o->change.expect_revision = (uint64_t)json_get(device, S("_rev"))->integer;
}

static int64_t item_count(const struct json *item, str field)
{
    const struct json *v = json_get(item, field);
    return v && v->type == JSON_INT ? v->integer : 0;
}

static bool is_waiting(const struct json *device, int64_t now)
{
    return str_equal(item_text(device, S("code")), S("pending")) && item_count(device, S("failed")) < LIMIT_DEVICE_FAILED &&
           now < item_time(device, S("code_expires_at"));
}

/* UUIDs in one spelling: small letters, dashes. */
static str plain_uuid(struct arena *a, str uuid)
{
    char *out = arena_get(a, 40, 1);
    size_t n = 0;
    for (size_t i = 0; i < uuid.len && n < UUID_LENGTH; i++) {
        char c = uuid.at[i];
        if (c == '-')
            continue;
        if (n == 8 || n == 13 || n == 18 || n == 23)
            out[n++] = '-';
        out[n++] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    return (str){out, n};
}

/* Short codes are few: each counts for its device alone. */
static str short_text(struct arena *a, str client_id, str letters)
{
    return arena_format(a, "device " STR_FMT " " STR_FMT, STR_ARG(client_id), STR_ARG(letters));
}

/* As people type: any case, blanks and dashes anywhere. */
static str letters_of(struct arena *a, str typed)
{
    char *out = arena_get(a, typed.len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < typed.len; i++) {
        char c = typed.at[i];
        if (c != '-' && c != ' ')
            out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return (str){out, n};
}

/* Does this text belong to this device, in this field? Found by its digest, like every secret. */
static enum err is_secret(struct gate *g, struct arena *a, const struct json *device, str text, str field, bool *out,
                          struct problem *why)
{
    uint8_t digest[DIGEST_BYTES];
    str collection, item, slot;
    crypt_digest(g->crypt, CRYPT_KEY_DIGEST, text, digest);
    enum err e = content_by_digest(g->content, digest, a, &collection, &item, &slot);
    *out = e == ERR_OK && str_equal(collection, S("devices")) && str_equal(slot, field) &&
           str_equal(item, item_text(device, S("_id")));
    return e == ERR_OK || e == ERR_NOT_FOUND ? ERR_OK : problem_set(why, e, "Codes cannot be checked now");
}

static enum err is_user_code(struct gate *g, struct arena *a, const struct json *device, str code, bool *out, struct problem *why)
{
    str letters = letters_of(a, str_slice(code, 0, 200));
    if (letters.len != SHORT_CODE)
        return is_secret(g, a, device, code, S("user_code"), out, why);
    return is_secret(g, a, device, short_text(a, item_text(device, S("client_id")), letters), S("short_code"), out, why);
}

/* ---- The program asks for codes. */

static enum err count_waiting(struct gate *g, const struct exchange *x, uint64_t *out, struct problem *why)
{
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    const struct collection *c = model_find(server->model, S("devices"));
    struct problem quiet = {.arena = x->arena};
    struct item_list list;
    const struct filter *here = filter_test(x->arena, collection_field(c, S("address")), TEST_EQ, json_of_text(x->peer));
    const struct filter *pending = filter_test(x->arena, collection_field(c, S("status")), TEST_EQ, json_of_text(S("pending")));
    enum err e = read_items(g->content, server, S("devices"), filter_and(x->arena, here, pending), x->arena, &list, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    *out = 0;
    for (size_t i = 0; i < list.count; i++) {
        struct own_change gone;
        if (item_time(&list.items[i], S("expires_at")) > time_now_ms()) {
            (*out)++;
            continue;
        }
        change_begin(&gone, g, x, &list.items[i]);
        gone.change.op = OP_DELETE;
        err_ignored(own_change_commit(&gone, &quiet)); /* it came back meanwhile */
    }
    return ERR_OK;
}

/* "Host/box ZenML/0.70.0 Python/3.11.4 OS/Linux": of each what follows the slash. */
static str said_of(const struct exchange *x, str name)
{
    str rest = agent_of(x), piece, head, tail;
    bool ended = rest.len == 0;
    while (str_next(&rest, &ended, ' ', &piece))
        if (str_cut(piece, '/', &head, &tail) && str_equal_nocase(head, name) && tail.len)
            return str_slice(tail, 0, 200);
    return (str){0};
}

static void describe(struct own_change *o, const struct exchange *x)
{
    own_set_text(o, S("address"), x->peer);
    own_set_text(o, S("hostname"), said_of(x, S("Host")));
    own_set_text(o, S("os"), said_of(x, S("OS")));
    own_set_text(o, S("python_version"), said_of(x, S("Python")));
    own_set_text(o, S("zenml_version"), said_of(x, S("ZenML")));
}

static str random_hex(struct arena *a, size_t bytes)
{
    uint8_t random[32];
    struct buf b;
    must(bytes <= sizeof random);
    crypt_random(random, bytes);
    buf_init(&b, a, 2 * sizeof random + 1);
    buf_hex(&b, random, bytes);
    return buf_str(&b);
}

static void put_codes(struct own_change *o, struct arena *a, str client_id, const struct json *present, struct device_codes *out)
{
    int64_t now = time_now_ms(), ends = now + (int64_t)LIMIT_DEVICE_CODE_S * 1000;
    str letters = crypt_random_text(a, LETTERS, SHORT_CODE);
    bool is_in = str_equal(item_text(present, S("status")), S("active"));
    int64_t until = is_in ? item_time(present, S("expires_at")) : 0;
    out->device_code = random_hex(a, 32);
    out->user_code = random_hex(a, 16);
    out->short_code = arena_format(a, "%.4s-%.4s", letters.at, letters.at + 4);
    own_set_text(o, S("device_code"), out->device_code);
    own_set_text(o, S("user_code"), out->user_code);
    own_set_text(o, S("short_code"), short_text(a, client_id, letters));
    own_set_text(o, S("code"), S("pending"));
    own_set_time(o, S("code_expires_at"), ends);
    own_set(o, S("failed"), json_of_int(0));
    own_set(o, S("last_poll_at"), json_null);
    own_set_time(o, S("expires_at"), until > ends ? until : ends);
    if (!is_in)
        own_set_text(o, S("status"), S("pending"));
}

static enum err authorize(struct gate *g, struct exchange *x, str client_id, struct device_codes *out, struct problem *why)
{
    const struct json *present = NULL;
    struct own_change o;
    TRY(read_device(g, x->arena, S("client_id"), client_id, &present, why));
    if (present) {
        change_begin(&o, g, x, present);
    } else {
        own_change_begin(&o, g, x->arena, SYSTEM_LOGIN, S("devices"), OP_CREATE);
        own_change_for(&o, x);
        own_set_text(&o, S("client_id"), client_id);
    }
    describe(&o, x);
    put_codes(&o, x->arena, client_id, present, out);
    enum err e = own_change_commit(&o, why);
    out->device = present ? item_text(present, S("_id")) : o.change.result_id;
    return e == ERR_CONFLICT ? ERR_STALE : e; /* somebody made it meanwhile */
}

enum err gate_device_authorize(struct gate *g, struct exchange *x, str client_id, struct device_codes *out, struct problem *why)
{
    uint64_t waiting = 0;
    enum err e = ERR_STALE;
    str id = plain_uuid(x->arena, client_id);
    TRY(gate_catch_up(g, why));
    TRY(count_waiting(g, x, &waiting, why));
    if (waiting >= LIMIT_DEVICES_WAITING) {
        why->retry_after_s = LIMIT_DEVICE_CODE_S;
        return problem_set(why, ERR_TOO_MANY, "Too many devices wait to be let in from this address");
    }
    for (unsigned i = 0; i < ATTEMPTS && e == ERR_STALE; i++) {
        struct problem own = {.arena = x->arena};
        e = authorize(g, x, id, out, &own);
        if (e != ERR_OK && e != ERR_STALE)
            *why = own;
    }
    return e == ERR_STALE ? problem_set(why, e, "The device changes all the time") : e;
}

/* ---- The program comes back. */

static enum err say(struct device_refusal *r, const char *error, const char *text)
{
    *r = (struct device_refusal){str_of(error), str_of(text)};
    return ERR_OK;
}

static enum err count_wrong_code(struct gate *g, const struct exchange *x, struct problem *why)
{
    str account = arena_format(x->arena, "devices from " STR_FMT, STR_ARG(x->peer));
    return throttle_attempt(g->throttle, ATTEMPT_SIGN_IN, account, x->peer, why);
}

/* Asked again while nobody has confirmed. */
static enum err wait_on(struct gate *g, const struct exchange *x, const struct json *device, struct device_refusal *r)
{
    struct own_change o;
    struct problem quiet = {.arena = x->arena};
    int64_t now = time_now_ms();
    if (now - item_time(device, S("last_poll_at")) < (int64_t)LIMIT_DEVICE_POLL_S * 1000)
        return say(r, "slow_down", "Ask less often");
    change_begin(&o, g, x, device);
    own_set_time(&o, S("last_poll_at"), now);
    err_ignored(own_change_commit(&o, &quiet)); /* it was confirmed meanwhile; the next question finds it so */
    return say(r, "authorization_pending", "Nobody has let this device in yet");
}

static enum err let_in(struct gate *g, struct exchange *x, const struct json *device, const struct principal **who,
                       struct problem *why)
{
    struct own_change o, *const besides[] = {&o};
    struct principal *found = NULL;
    str session, unused;
    int64_t now = time_now_ms(), life = item_flag(device, S("trusted"), false) ? TRUSTED_MS : LIFE_MS;
    change_begin(&o, g, x, device);
    own_set_text(&o, S("status"), S("active"));
    own_set_text(&o, S("code"), S("none"));
    own_set_time(&o, S("expires_at"), now + life);
    own_set_time(&o, S("last_login_at"), now);
    struct session_wish wish = {.user_id = item_text(device, S("user")),
                                .via = S("zenml-device"),
                                .strength = BY_LINK,
                                .is_token = true,
                                .life_ms = life,
                                .device = item_text(device, S("_id")),
                                .besides = besides,
                                .beside_count = 1};
    TRY(session_begin(g, x, &wish, &session, &unused, why));
    TRY(gate_catch_up(g, why));
    TRY(session_principal(g, x, session, &found, why));
    *who = found;
    return ERR_OK;
}

enum err gate_device_login(struct gate *g, struct exchange *x, str client_id, str device_code, str *device,
                           const struct principal **who, struct device_refusal *refusal, struct problem *why)
{
    const struct json *item = NULL;
    bool is_right = false;
    TRY(gate_catch_up(g, why));
    TRY(read_device(g, x->arena, S("client_id"), plain_uuid(x->arena, client_id), &item, why));
    if (!item) {
        TRY(count_wrong_code(g, x, why));
        return say(refusal, "invalid_client", "This device is not known");
    }
    if (item_flag(item, S("locked"), false) || item_count(item, S("failed")) >= LIMIT_DEVICE_FAILED)
        return say(refusal, "access_denied", "This device is locked");
    TRY(is_secret(g, x->arena, item, device_code, S("device_code"), &is_right, why));
    if (!is_right) {
        TRY(count_wrong_code(g, x, why));
        return say(refusal, "access_denied", "The device code is wrong");
    }
    if (str_equal(item_text(item, S("code")), S("none")) || time_now_ms() >= item_time(item, S("code_expires_at")))
        return say(refusal, "expired_token", "The device code has expired");
    if (str_equal(item_text(item, S("code")), S("pending")))
        return wait_on(g, x, item, refusal);
    *device = item_text(item, S("_id"));
    struct problem own = {.arena = x->arena};
    enum err e = let_in(g, x, item, who, &own);
    if (e != ERR_STALE) {
        *why = e == ERR_OK ? *why : own;
        return e;
    }
    return say(refusal, "expired_token", "The device code has been used"); /* by whoever was faster */
}

/* ---- Somebody confirms. */

static enum err invalid(struct problem *why, const char *text)
{
    return problem_set(why, ERR_BAD_INPUT, "Invalid request: %s.", text);
}

/* One wrong code more. ERR_STALE: it has changed, look again. */
static enum err count_failure(struct gate *g, struct exchange *x, const struct json *device, struct problem *why)
{
    struct own_change o;
    int64_t failed = item_count(device, S("failed")) + 1;
    change_begin(&o, g, x, device);
    own_set(&o, S("failed"), json_of_int(failed));
    TRY(own_change_commit(&o, why));
    return invalid(why, failed >= LIMIT_DEVICE_FAILED ? "device locked due to too many failed authentication attempts"
                                                      : "invalid user code");
}

static enum err check_code(struct gate *g, struct exchange *x, const struct json *device, str code, struct problem *why)
{
    bool is_right = false;
    str me = x->who->user_id, owner = item_text(device, S("user"));
    if (!str_equal(item_text(device, S("code")), S("pending")) || item_flag(device, S("locked"), false))
        return invalid(why, "device not pending verification");
    if (item_count(device, S("failed")) >= LIMIT_DEVICE_FAILED)
        return invalid(why, "device locked due to too many failed authentication attempts");
    if (!is_waiting(device, time_now_ms()))
        return invalid(why, "device verification expired");
    if (!str_is_absent(owner) && !str_equal(owner, me))
        return invalid(why, "this device is associated with another user");
    TRY(throttle_attempt(g->throttle, ATTEMPT_PROOF, me, x->peer, why));
    enum err e = is_user_code(g, x->arena, device, code, &is_right, why);
    if (e != ERR_OK)
        throttle_undo(g->throttle, ATTEMPT_PROOF, me, x->peer);
    TRY(e);
    if (!is_right)
        return count_failure(g, x, device, why);
    throttle_passed(g->throttle, ATTEMPT_PROOF, me, x->peer);
    return ERR_OK;
}

/* A device lets no device in: whoever holds its token would never have to sign in again. */
static enum err need_somebody(struct gate *g, struct exchange *x, struct problem *why)
{
    const struct json *session = NULL;
    TRY(need_person(x, why));
    const struct rights *server = policy_system_rights(g->policy, SYSTEM_LOGIN);
    enum err e = read_item(g->content, server, S("sessions"), S("_id"), x->who->session_id, x->arena, &session, why);
    counted_release((struct counted *)(uintptr_t)&server->counted);
    TRY(e);
    if (session && str_is_absent(item_text(session, S("device"))))
        return ERR_OK;
    return problem_set(why, ERR_FORBIDDEN, "Devices are let in by people who have signed in themselves");
}

static enum err look(struct gate *g, struct exchange *x, str id, str code, const struct json **out, struct problem *why)
{
    TRY(read_device(g, x->arena, S("_id"), id, out, why));
    if (!*out)
        return problem_set(why, ERR_NOT_FOUND, "There is no such device");
    return check_code(g, x, *out, code, why);
}

static enum err confirm(struct gate *g, struct exchange *x, const struct json *device, bool trusted, struct problem *why)
{
    struct own_change o;
    change_begin(&o, g, x, device);
    o.actor.vars.user = x->who->user_id; /* the journal says whose doing it is */
    o.actor.label = x->who->actor.label;
    own_set_text(&o, S("user"), x->who->user_id);
    own_set_text(&o, S("status"), S("verified"));
    own_set_text(&o, S("code"), S("verified"));
    own_set(&o, S("trusted"), json_of_bool(trusted));
    own_set(&o, S("failed"), json_of_int(0));
    return own_change_commit(&o, why);
}

enum err gate_device_look(struct gate *g, struct exchange *x, str id, str user_code, const struct json **out, struct problem *why)
{
    enum err e = ERR_STALE;
    TRY(need_somebody(g, x, why));
    for (unsigned i = 0; i < ATTEMPTS && e == ERR_STALE; i++) {
        struct problem own = {.arena = x->arena};
        e = look(g, x, id, user_code, out, &own);
        if (e != ERR_OK && e != ERR_STALE)
            *why = own;
    }
    if (e == ERR_BAD_INPUT) /* whoever has not the code may not know of the device */
        return problem_set(why, ERR_NOT_FOUND, "There is no such device");
    return e == ERR_STALE ? problem_set(why, e, "The device changes all the time") : e;
}

enum err gate_device_verify(struct gate *g, struct exchange *x, str id, str user_code, bool trusted, struct problem *why)
{
    enum err e = ERR_STALE;
    TRY(need_somebody(g, x, why));
    TRY(step_up_for_token(g, x->who, TOKEN_ZENML, why)); /* a device gets a token for a month */
    for (unsigned i = 0; i < ATTEMPTS && e == ERR_STALE; i++) {
        struct problem own = {.arena = x->arena};
        const struct json *device = NULL;
        e = look(g, x, id, user_code, &device, &own);
        if (e == ERR_OK)
            e = confirm(g, x, device, trusted, &own);
        if (e != ERR_OK && e != ERR_STALE)
            *why = own;
    }
    return e == ERR_STALE ? problem_set(why, e, "The device changes all the time") : e;
}
