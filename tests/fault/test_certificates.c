/* Call 1 of the database fails, then call 2, … until a step of the certificate desk passes untouched. A step that was refused wrote nothing, one
 * that was not wrote all of what it always writes; the same step works when it is tried again, and verifiers never hear less than
 * what was acknowledged (CA-4, CA-7). */
#include "base/time.h"
#include "content/system/pki/x509_make.h"
#include "roles/internal.h"
#include "roles/pki/pki.h"
#include "tests/fault/sound.h"
#include "tests/support/check.h"
#include "tests/support/house.h"
#include "tests/support/verifier.h"

#define START INT64_C(1790000000000)
#define HOUR  INT64_C(3600000)
#define DAY   (24 * HOUR)

struct bench {
    struct house *house;
    struct gate *gate;
    struct arena *arena;              /* of one step */
    struct problem why;
    const struct principal *who;
    int64_t now;
    str stranger_key, stranger_pem;   /* an authority elsewhere */
    str root, below, waiting;         /* authorities */
    str csr, first, second;           /* requests; the first one is signed here, the second elsewhere */
    str older, leaf, issuer, question, answer;
};

/* ---- asking ---- */

static enum err write(struct bench *b, enum op op, const char *collection, const char *item, str *made)
{
    const struct collection *c = house_collection(b->who, collection);
    struct change change = {.in = c};
    TRY(change_read(b->arena, c, house_json(b->arena, item), (str){0}, &change, &b->why));
    change.op = op;
    TRY(gate_write(b->gate, b->who, &change, 1, b->arena, &b->why));
    *made = arena_copy(b->house->arena, change.result_id);
    return ERR_OK;
}

static enum err act(struct bench *b, const char *collection, str id, const char *action, str input)
{
    struct json output = json_null;
    return gate_act(b->gate, b->who, house_collection(b->who, collection), id, str_of(action), house_json(b->arena, arena_cstr(b->arena, input)), &output,
                    b->arena, &b->why);
}

static str value(struct bench *b, const char *collection, str id, const char *field)
{
    return house_value(b->house, b->arena, collection, id, field);
}

static str id_in(struct bench *b, const char *collection, str id, const char *field)
{
    const struct json *v = house_json(b->arena, arena_cstr(b->arena, value(b, collection, id, field))), *of = json_get(v, S("_id"));
    return arena_copy(b->house->arena, of ? of->text : v->text);
}

static int64_t number_of(struct bench *b, str authority)
{
    int64_t n = -1;
    (void)str_to_i64(value(b, "certificate_authorities", authority, "crl_number"), &n);
    return n;
}

static str by(struct bench *b, str authority)
{
    return arena_format(b->arena, "{authority:'" STR_FMT "'}", STR_ARG(authority));
}

static str as_text(struct bench *b, str text)
{
    const struct json v = json_of_text(text);
    return json_print(b->arena, &v);
}

static const struct dn named = {&(const struct dn_part){STR("CN"), STR("a.example.org")}, 1};

static str make_csr(struct bench *b)
{
    str key, pem;
    NEED(private_key_make(MAKE_ED25519, b->arena, &key, &b->why) == ERR_OK);
    NEED(request_make(key, &named, NULL, 0, b->arena, &pem, &b->why) == ERR_OK);
    return arena_copy(b->house->arena, pem);
}

/* A chain from elsewhere for whoever handed in this request. */
static str chain_for(struct bench *b, str csr, bool is_authority)
{
    struct request_facts r;
    struct certificate_made made;
    NEED(request_read(csr, b->arena, &r, &b->why) == ERR_OK);
    const struct certificate_wish wish = {.public_key = r.public_key, .subject = r.subject, .not_before_ms = START - DAY, .not_after_ms = START + 300 * DAY,
                                          .usages = USAGE_SERVER, .is_authority = is_authority, .path_len = -1, .issuer_pem = b->stranger_pem,
                                          .issuer_key = b->stranger_key};
    NEED(certificate_make(&wish, b->arena, &made, &b->why) == ERR_OK);
    return as_text(b, arena_format(b->arena, STR_FMT STR_FMT, STR_ARG(made.pem), STR_ARG(b->stranger_pem)));
}

/* ---- steps: what has to be there first, and what is tried ---- */

static enum err request(struct bench *b, str *made)
{
    return write(b, OP_CREATE, "certificate_requests", arena_cstr(b->arena, arena_format(b->arena, "{csr:" STR_FMT "}", STR_ARG(as_text(b, b->csr)))), made);
}

static void bring_csr(struct bench *b)
{
    b->csr = make_csr(b);
}

static enum err hand_in(struct bench *b)
{
    return request(b, &b->first);
}

static enum err hand_in_second(struct bench *b)
{
    return request(b, &b->second);
}

static enum err sign(struct bench *b)
{
    return act(b, "certificate_requests", b->first, "sign", by(b, b->below));
}

static void remember(struct bench *b)
{
    b->older = id_in(b, "certificate_requests", b->first, "certificate");
}

static enum err renew(struct bench *b)
{
    return act(b, "certificate_requests", b->first, "renew", S("{}"));
}

static enum err revoke_older(struct bench *b)
{
    return act(b, "certificates", b->older, "revoke", S("{reason:'superseded'}"));
}

static enum err revoke_all(struct bench *b)
{
    return act(b, "certificate_requests", b->first, "revoke", S("{reason:'keyCompromise'}"));
}

static enum err import(struct bench *b)
{
    return act(b, "certificate_requests", b->second, "import", arena_format(b->arena, "{certificate:" STR_FMT "}", STR_ARG(b->answer)));
}

static void bring_chain(struct bench *b)
{
    b->answer = arena_copy(b->house->arena, chain_for(b, b->csr, false));
}

static enum err detach(struct bench *b)
{
    return act(b, "certificate_requests", b->second, "detach", S("{}"));
}

static enum err reject(struct bench *b)
{
    return act(b, "certificate_requests", b->second, "reject", S("{reason:'no'}"));
}

static enum err make_root(struct bench *b)
{
    str unused;
    return write(b, OP_CREATE, "certificate_authorities", "{subject:{CN:'Root'},self_signed:true,key_type:'ed25519'}", &unused);
}

static enum err make_waiting(struct bench *b)
{
    return write(b, OP_CREATE, "certificate_authorities", "{subject:{CN:'Waiting'},key_type:'ed25519'}", &b->waiting);
}

static enum err sign_waiting(struct bench *b)
{
    return act(b, "certificate_authorities", b->waiting, "sign", by(b, b->root));
}

static enum err revoke_waiting(struct bench *b)
{
    return act(b, "certificate_authorities", b->waiting, "revoke", S("{}"));
}

static void bring_its_chain(struct bench *b)
{
    const struct json *csr = house_json(b->arena, arena_cstr(b->arena, value(b, "certificate_authorities", b->waiting, "csr")));
    b->answer = arena_copy(b->house->arena, chain_for(b, csr->text, true));
}

static enum err certify_waiting(struct bench *b)
{
    return act(b, "certificate_authorities", b->waiting, "certify", arena_format(b->arena, "{certificate_chain:" STR_FMT "}", STR_ARG(b->answer)));
}

static enum err write_list(struct bench *b)
{
    return act(b, "certificate_authorities", b->below, "crl", S("{}"));
}

/* Half a list's life later; a look that failed is made again a minute later. */
static void wait_half_a_life(struct bench *b)
{
    b->now += 13 * HOUR;
}

static enum err tick(struct bench *b)
{
    b->now += HOUR / 60;
    time_set(b->now);
    return pki_tick(b->gate, &b->why);
}

static void ask_once(struct bench *b)
{
    (void)b;
}

/* What verifiers hear of the one that was revoked. */
static str pem_of(struct bench *b, str certificate)
{
    return house_json(b->arena, arena_cstr(b->arena, value(b, "certificates", certificate, "pem")))->text;
}

static void bring_question(struct bench *b)
{
    b->leaf = pem_of(b, b->older);
    b->issuer = pem_of(b, id_in(b, "certificates", b->older, "issuer"));
    b->question = verifier_asks(b->arena, b->leaf, b->issuer);
}

static enum err ask_whether_good(struct bench *b)
{
    int64_t unused;
    str answer = {0};
    TRY(gate_ocsp(b->gate, 2, b->question, b->arena, &answer, &unused, &b->why));
    CHECK_STR(str_of(verifier_hears(answer, b->leaf, b->issuer)), S("revoked"));
    return ERR_OK;
}

static enum err fetch_list(struct bench *b)
{
    str pem, der;
    TRY(gate_crl(b->gate, 2, b->arena, &pem, &der, &b->why));
    CHECK(der.len > 100 && str_starts(pem, S("-----BEGIN X509 CRL-----")));
    return ERR_OK;
}

/* ---- the order of a day ---- */

static const struct deed {
    const char *name;
    void (*prepare)(struct bench *b);
    enum err (*run)(struct bench *b);
    int lists;                        /* that it writes, of the authority that signs here */
    bool by_itself;                   /* several transactions */
} deeds[] = {
    {"a request comes", bring_csr, hand_in, 0, false},
    {"it is signed", ask_once, sign, 0, false},
    {"it is renewed", remember, renew, 0, false},
    {"the older one is revoked", ask_once, revoke_older, 1, false},
    {"and again", ask_once, renew, 0, false},
    {"all of it is revoked", ask_once, revoke_all, 1, false},
    {"another request comes", bring_csr, hand_in_second, 0, false},
    {"what was signed elsewhere comes", bring_chain, import, 0, false},
    {"it is taken off", ask_once, detach, 0, false},
    {"it is rejected", ask_once, reject, 0, false},
    {"a root is made", ask_once, make_root, 0, false},
    {"an authority is made", ask_once, make_waiting, 0, false},
    {"its chain comes", bring_its_chain, certify_waiting, 0, false},
    {"one more is made", ask_once, make_waiting, 0, false},
    {"and signed", ask_once, sign_waiting, 0, false},
    {"and revoked", ask_once, revoke_waiting, 0, false},
    {"verifiers ask about the older one", bring_question, ask_whether_good, 0, false},
    {"and fetch the list", ask_once, fetch_list, 0, false},
    {"a list is written", ask_once, write_list, 1, false},
};
static const struct deed by_itself = {"lists are written when it is time", wait_half_a_life, tick, 1, true};

/* One step with its nth call failing; true when that call came. `entries`: how many it always writes, 0 before that is known. */
static bool run_deed(struct bench *b, const struct deed *deed, unsigned at, uint64_t *entries)
{
    b->arena = arena_open(64u << 10);
    b->why = (struct problem){.arena = b->arena};
    b->who = house_who(b->house, b->arena, house_key(b->house, "boss"));
    deed->prepare(b);
    uint64_t before = last_entry(b->gate->content, &b->why);
    int64_t number = number_of(b, b->below);
    engine_faulty_arm(&engine_sqlite, at);
    enum err e = deed->run(b);
    bool fired = engine_faulty_fired();
    engine_faulty_arm(&engine_sqlite, 0);
    if (e != ERR_OK && (e != ERR_UNAVAILABLE || !fired))
        CHECK_SAY("%s, call %u: %s: " STR_FMT, deed->name, at, err_facts(e)->name, STR_ARG(b->why.text));
    if (e != ERR_OK && !deed->by_itself) {
        CHECK_INT(last_entry(b->gate->content, &b->why), before);
        CHECK_INT(number_of(b, b->below), number);
    }
    if (e != ERR_OK) {
        b->why = (struct problem){.arena = b->arena};
        CHECK_PROBLEM(deed->run(b), ERR_OK, &b->why); /* the same once more */
    }
    *entries = *entries ? *entries : last_entry(b->gate->content, &b->why) - before;
    if (!deed->by_itself && last_entry(b->gate->content, &b->why) - before != *entries)
        CHECK_SAY("%s, call %u: half of it is there", deed->name, at);
    CHECK_INT(number_of(b, b->below), number + deed->lists);
    if (at % 16 == 1)
        check_house(b->gate, b->arena);
    arena_close(b->arena);
    return fired;
}

static void open_desk(struct bench *b)
{
    struct request_facts own;
    struct certificate_made made;
    str csr;
    house_people(b->house, "{roles: {manager: [{collection:'certificate_requests', verbs:['*']}, {collection:'certificates', verbs:['*']},"
                           " {collection:'certificate_authorities', verbs:['*']}]}, keys: {boss: {role:'manager'}}}");
    b->arena = b->house->arena;
    b->why = (struct problem){.arena = b->arena};
    b->who = house_who(b->house, b->arena, house_key(b->house, "boss"));
    NEED(private_key_make(MAKE_ED25519, b->arena, &b->stranger_key, &b->why) == ERR_OK);
    NEED(request_make(b->stranger_key, &named, NULL, 0, b->arena, &csr, &b->why) == ERR_OK && request_read(csr, b->arena, &own, &b->why) == ERR_OK);
    const struct certificate_wish wish = {.public_key = own.public_key, .subject = own.subject, .is_authority = true, .path_len = -1,
                                          .not_before_ms = START - DAY, .not_after_ms = START + 400 * DAY, .issuer_key = b->stranger_key};
    NEED(certificate_make(&wish, b->arena, &made, &b->why) == ERR_OK);
    b->stranger_pem = made.pem;
    NEED(write(b, OP_CREATE, "certificate_authorities", "{subject:{CN:'Root'},self_signed:true,key_type:'ed25519'}", &b->root) == ERR_OK);
    NEED(write(b, OP_CREATE, "certificate_authorities", "{subject:{CN:'Below'},key_type:'ed25519',crl_days:1}", &b->below) == ERR_OK);
    NEED(act(b, "certificate_authorities", b->below, "sign", by(b, b->root)) == ERR_OK);
}

static void open_bench(struct bench *b)
{
    struct house_config config = {.engine = &engine_faulty};
    engine_faulty_arm(&engine_sqlite, 0);
    *b = (struct bench){.house = house_open_with(&config), .now = START};
    time_set(START);
    b->gate = b->house->gate;
    open_desk(b);
}

static void close_bench(struct bench *b)
{
    time_set(0);
    house_close(b->house);
}

/* What comes behind the first calls is one row like the other: of those not every one has its turn. */
static unsigned next(unsigned at)
{
    return at + 1 + at / 6;
}

static void whatever_call_fails_nothing_is_half_done(void **state)
{
    unsigned fails[COUNTOF(deeds)] = {0};
    uint64_t entries[COUNTOF(deeds)] = {0};
    struct bench b;
    bool fired = true;
    (void)state;
    open_bench(&b);
    for (size_t i = 0; i < COUNTOF(deeds); i++)
        (void)run_deed(&b, &deeds[i], 0, &entries[i]);
    memset(entries, 0, sizeof entries); /* the stranger is known from now on */
    for (unsigned at = 0; fired && at < 1000; at = next(at)) {
        fired = at == 0; /* none fails: so many entries it writes */
        CHECK_AT(at);
        for (size_t i = 0; i < COUNTOF(deeds); i++) {
            bool came = run_deed(&b, &deeds[i], at, &entries[i]);
            fails[i] += came;
            fired |= came;
        }
    }
    for (size_t i = 0; i < COUNTOF(deeds); i++)
        if (fails[i] < 3)
            CHECK_SAY("%s calls the engine %u times only: is it what was meant?", deeds[i].name, fails[i]);
    close_bench(&b);
}

static void whatever_call_fails_lists_are_written_in_time(void **state)
{
    struct bench b;
    uint64_t entries = 0;
    bool fired = true;
    unsigned at = 1;
    (void)state;
    open_bench(&b);
    for (; fired && at < 1000; at = next(at)) {
        CHECK_AT(at);
        fired = run_deed(&b, &by_itself, at, &entries);
    }
    CHECK(at > 20);
    close_bench(&b);
}

CHECK_MAIN(TEST(whatever_call_fails_nothing_is_half_done), TEST(whatever_call_fails_lists_are_written_in_time))
