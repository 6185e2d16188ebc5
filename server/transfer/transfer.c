#include "server/transfer/transfer.h"

#include "base/crypt.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/map.h"
#include "content/kind.h"
#include "content/system/system.h"

#include <stdio.h>
#include <stdlib.h>

#define TALLIES (2 * LIMIT_COLLECTIONS) /* users' collections, ours, … */
#define BY_HAND 10u                    /* … and of these what is no item (transfer_count) */

struct tally {
    str collection;
    uint64_t taken, refused, numbered;
    bool is_counted;                  /* by hand, not by the intake: of a dry run, and what is no item */
};

struct transfer {
    struct call *call;
    struct app *app;
    struct transfer_options options;
    struct intake *intake;
    struct arena *arena;              /* names and counts */
    FILE *later;                      /* what waits: a line {"c":collection,"v":item} each */
    struct buf line;
    struct tally *tallies;
    size_t tally_count;
    struct tally *at;
    struct map *told;                 /* sentences */
    bool failed;                      /* `later` cannot be written */
    bool plans;                       /* a dry run whose definitions would change something */
};

static struct intake *new_intake(struct transfer *t, bool replaces)
{
    const struct intake_options options = {
        .dry_run = t->options.dry_run, .restores = true, .replaces = replaces, .unit = "item"};
    return intake_open(t->app, &options);
}

struct transfer *transfer_open(struct call *c, struct app *app, const struct transfer_options *options)
{
    struct transfer *t = calloc(1, sizeof *t);
    must(t != NULL);
    t->call = c;
    t->app = app;
    t->options = *options;
    t->arena = arena_open(16u << 10);
    t->tallies = NEW_N(t->arena, struct tally, TALLIES);
    t->told = map_new(t->arena, 16);
    t->later = tmpfile();
    t->failed = t->later == NULL;
    buf_init(&t->line, NULL, LIMIT_RESPONSE_BYTES);
    t->intake = new_intake(t, options->replaces);
    return t;
}

void transfer_close(struct transfer *t)
{
    if (!t)
        return;
    intake_close(t->intake);
    if (t->later)
        (void)fclose(t->later);
    buf_free(&t->line);
    arena_close(t->arena);
    free(t);
}

struct app *transfer_app(const struct transfer *t)
{
    return t->app;
}

str transfer_word(const struct transfer *t, const char *option)
{
    return call_option(t->call, option);
}

bool transfer_flag(const struct transfer *t, const char *option)
{
    return call_flag(t->call, option);
}

struct arena *transfer_arena(struct transfer *t)
{
    return intake_arena(t->intake);
}

void transfer_show(struct transfer *t, double part)
{
    intake_show(t->intake, part);
}

void transfer_tell(struct transfer *t, str sentence)
{
    if (map_get(t->told, sentence))
        return;
    (void)map_put(t->told, arena_copy(t->arena, sentence), t);
    (void)fprintf(stderr, STR_FMT "\n", STR_ARG(sentence));
}

void transfer_tell_count(struct transfer *t, uint64_t count, const char *what)
{
    if (count > 0)
        transfer_tell(t, arena_format(t->arena, "%llu %s", (unsigned long long)count, what));
}

str transfer_id(struct arena *a, str source, str collection, str id)
{
    uint8_t digest[32];
    struct buf out;
    if (id_valid(id))
        return id;
    str all = arena_format(a, STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(source), STR_ARG(collection), STR_ARG(id));
    crypt_sha256(all, digest);
    buf_init(&out, a, 64);
    buf_hex(&out, digest, 12);
    return buf_str(&out);
}

/* Models. */

static str name_of(const struct json *definition)
{
    const struct json *name = json_get(definition, S("name"));
    return name && name->type == JSON_TEXT ? name->text : S("");
}

/* The item of `collections` that defines this name; {0}: none. */
static str defined_by(struct transfer *t, struct arena *a, const struct principal *who, const struct collection *in, str name)
{
    struct item_list found;
    struct problem why = {.arena = a};
    struct query q = {.from = in, .limit = 1, .where = filter_test(a, collection_field(in, S("name")), TEST_EQ, json_of_text(name))};
    query_all_fields(a, &q, NULL);
    item_list_init(&found, a);
    if (gate_read(t->app->gate, who, &q, &found.receiver, NULL, &why) != ERR_OK || found.count == 0)
        return (str){0};
    return json_get(&found.items[0], S("_id"))->text;
}

static enum err define(struct transfer *t, struct arena *a, const struct json *const *definitions, size_t count, struct problem *why)
{
    const struct principal *who = principal_system(t->app->gate, a, SYSTEM_COMMAND);
    struct change *changes = NEW_N(a, struct change, count);
    const struct collection *in;
    TRY(gate_collection(t->app->gate, who, S("collections"), &in, why));
    for (size_t i = 0; i < count; i++) {
        str id = defined_by(t, a, who, in, name_of(definitions[i]));
        struct json *member = NEW(a, struct json);
        *member = json_named(S("definition"), *definitions[i]);
        struct json item = json_of_map(member, 1);
        changes[i] = (struct change){.op = str_is_absent(id) ? OP_CREATE : OP_UPDATE, .id = id, .where = arena_format(a, "/%zu", i)};
        TRY(change_read(a, in, &item, changes[i].where, &changes[i], why));
    }
    if (!t->options.dry_run)
        return gate_write(t->app->gate, who, changes, count, a, why);
    struct json plan = json_null;
    TRY(gate_plan(t->app->gate, who, changes, count, a, &plan, why));
    t->plans = json_get(&plan, S("steps"))->count > 0;
    return ERR_OK;
}

enum err transfer_models(struct transfer *t, const struct json *const *definitions, size_t count, struct problem *why)
{
    if (count == 0)
        return ERR_OK;
    struct arena *a = arena_open(64u << 10);
    struct problem inner = {.arena = a};
    enum err e = define(t, a, definitions, count, &inner);
    if (e != ERR_OK) {
        (void)problem_set(why, e, STR_FMT, STR_ARG(inner.text.len ? inner.text : S("The collections are refused")));
        for (size_t i = 0; i < inner.fault_count; i++)
            (void)problem_fault(why, e, arena_copy(why->arena, inner.faults[i].path), arena_copy(why->arena, inner.faults[i].rule),
                                STR_FMT, STR_ARG(inner.faults[i].text));
    }
    arena_close(a);
    return e == ERR_OK ? gate_catch_up(t->app->gate, why) : e;
}

/* Languages. */

static bool is_spoken(const struct item_list *there, str code)
{
    for (size_t i = 0; i < there->count; i++)
        if (json_is_text(json_get(&there->items[i], S("code")), code))
            return true;
    return false;
}

static enum err add_languages(struct transfer *t, struct arena *a, const str *codes, size_t count, struct problem *why)
{
    const struct principal *who = principal_system(t->app->gate, a, SYSTEM_COMMAND);
    const struct collection *in;
    struct item_list there;
    TRY(gate_collection(t->app->gate, who, S("locales"), &in, why));
    struct query q = {.from = in, .limit = LIMIT_ROWS};
    query_all_fields(a, &q, NULL);
    item_list_init(&there, a);
    TRY(gate_read(t->app->gate, who, &q, &there.receiver, NULL, why));
    struct change *changes = NEW_N(a, struct change, count + 1);
    size_t missing = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_spoken(&there, codes[i]))
            continue;
        struct json *members = NEW_N(a, struct json, 2);
        members[0] = json_named(S("code"), json_of_text(codes[i]));
        members[1] = json_named(S("standard"), json_of_bool(i == 0 && there.count == 0));
        struct json item = json_of_map(members, 2);
        changes[missing].op = OP_CREATE;
        TRY(change_read(a, in, &item, (str){0}, &changes[missing++], why));
    }
    return missing ? gate_write(t->app->gate, who, changes, missing, a, why) : ERR_OK;
}

enum err transfer_languages(struct transfer *t, const str *codes, size_t count, struct problem *why)
{
    if (count == 0 || t->options.dry_run)
        return ERR_OK;
    struct arena *a = arena_open(16u << 10);
    struct problem inner = {.arena = a};
    enum err e = add_languages(t, a, codes, count, &inner);
    if (e != ERR_OK)
        (void)problem_set(why, e, "The languages are refused: " STR_FMT, STR_ARG(inner.fault_count ? inner.faults[0].text : inner.text));
    arena_close(a);
    return e == ERR_OK ? gate_catch_up(t->app->gate, why) : e;
}

/* Items. */

static struct tally *known_tally(struct transfer *t, str collection)
{
    for (size_t i = 0; i < t->tally_count; i++)
        if (str_equal(t->tallies[i].collection, collection))
            return &t->tallies[i];
    return NULL;
}

/* Of few names: those that transfer_into let in, and importers' own. */
static struct tally *tally_of(struct transfer *t, str collection)
{
    struct tally *known = known_tally(t, collection);
    if (known)
        return known;
    must(t->tally_count < TALLIES);
    struct tally *out = &t->tallies[t->tally_count++];
    out->collection = arena_copy(t->arena, collection);
    return out;
}

static void settle_tally(struct transfer *t)
{
    uint64_t taken = 0, refused = 0;
    if (!t->at || t->at->is_counted)
        return;
    for (size_t i = 0; i < t->tally_count; i++)
        if (&t->tallies[i] != t->at && !t->tallies[i].is_counted) {
            taken += t->tallies[i].taken;
            refused += t->tallies[i].refused;
        }
    t->at->taken = intake_taken(t->intake) - taken;
    t->at->refused = intake_refused(t->intake) - refused;
}

enum err transfer_into(struct transfer *t, str collection, struct problem *why)
{
    TRY(intake_flush(t->intake, why));
    settle_tally(t);
    if (!known_tally(t, collection) && t->tally_count >= TALLIES - BY_HAND)
        return problem_set(why, ERR_TOO_LARGE, "More than %u collections", TALLIES - BY_HAND);
    t->at = tally_of(t, collection);
    t->at->is_counted = t->plans && !system_name_reserved(collection);
    if (t->at->is_counted)
        return ERR_OK;
    enum err e = intake_into(t->intake, collection, why);
    t->at->is_counted = e == ERR_NOT_FOUND && t->options.dry_run;
    return t->at->is_counted ? ERR_OK : e;
}

/* Of a collection that is not there: memory is emptied as if there were batches. */
static enum err count_only(struct transfer *t, struct problem *why)
{
    bool is_full = ++t->at->taken % LIMIT_INTAKE_ROWS == 0 || arena_bytes(intake_arena(t->intake)) > LIMIT_INTAKE_BYTES;
    return is_full ? intake_flush(t->intake, why) : ERR_OK;
}

void transfer_keep(struct transfer *t, bool keeps)
{
    intake_keep(t->intake, keeps);
}

bool transfer_is_dry(const struct transfer *t)
{
    return t->options.dry_run;
}

void transfer_count(struct transfer *t, str what, bool taken)
{
    struct tally *tally = tally_of(t, what);
    tally->is_counted = true;
    tally->taken += taken;
    tally->refused += !taken;
}

/* Does this field lead to a collection whose items may not all be there yet? */
static bool must_wait(const struct transfer *t, const struct collection *in, const struct field *f)
{
    if (!(f->kind->flags & KIND_REF))
        return false;
    if (!f->to || f->to == in)
        return true;
    for (size_t i = 0; i < t->tally_count; i++)
        if (str_equal(t->tallies[i].collection, f->to->name))
            return &t->tallies[i] == t->at;
    return true;
}

static bool is_empty(const struct json *v)
{
    return v->type == JSON_NULL || (v->type == JSON_LIST && v->count == 0);
}

/* Of an item: what is written now, and what later. */
struct parts {
    struct json *now, *later;
    uint32_t now_count, later_count;
    bool lacks;                       /* something required comes later */
};

static void part(struct transfer *t, const struct collection *in, const struct json *item, struct parts *out)
{
    for (uint32_t i = 0; i < item->count; i++) {
        const struct json *v = &item->items[i];
        const struct field *f = collection_field(in, v->name);
        bool waits = f && must_wait(t, in, f) && !is_empty(v);
        if (waits)
            out->later[out->later_count++] = *v;
        else
            out->now[out->now_count++] = *v;
        out->lacks |= waits && f->required;
    }
}

static const struct json *member_of(const struct parts *p, str name)
{
    for (uint32_t i = 0; i < p->now_count; i++)
        if (str_equal(p->now[i].name, name))
            return &p->now[i];
    return NULL;
}

/* The second write leaves the item as the first one should have: same revision, time, state, place. */
static void keep_aside(struct transfer *t, struct parts *p)
{
    static const str again[] = {STR("_id"), STR("_state"), STR("_rev"), STR("_modified"), STR("_mby"), STR("_o")};
    struct json_writer w;
    buf_clear(&t->line);
    json_begin(&w, &t->line);
    json_map_open(&w);
    json_name(&w, S("c"));
    json_text(&w, t->at->collection);
    json_name(&w, S("v"));
    json_map_open(&w);
    for (size_t i = 0; i < COUNTOF(again); i++) {
        const struct json *v = member_of(p, again[i]);
        if (!v)
            continue;
        json_name(&w, again[i]);
        json_value(&w, v);
    }
    for (uint32_t i = 0; i < p->later_count; i++) {
        json_name(&w, p->later[i].name);
        json_value(&w, &p->later[i]);
    }
    json_map_close(&w);
    json_map_close(&w);
    json_end(&w);
    buf_byte(&t->line, '\n');
    t->failed |= t->line.failed || fwrite(t->line.at, 1, t->line.len, t->later) != t->line.len;
}

static void make_draft(struct parts *p)
{
    for (uint32_t i = 0; i < p->now_count; i++)
        if (str_equal(p->now[i].name, S("_state"))) {
            p->now[i] = json_named(S("_state"), json_of_int(0));
            return;
        }
    p->now[p->now_count++] = json_named(S("_state"), json_of_int(0));
}

enum err transfer_item(struct transfer *t, const struct json *item, struct problem *why)
{
    struct arena *a = intake_arena(t->intake);
    const struct collection *in = intake_collection(t->intake);
    uint64_t at = ++t->at->numbered;
    if (t->at->is_counted)
        return count_only(t, why);
    if (item->type != JSON_MAP || intake_stays(t->intake, OP_CREATE, item))
        return intake_take(t->intake, OP_CREATE, item, at, why);
    struct parts p = {NEW_N(a, struct json, item->count + 1), NEW_N(a, struct json, item->count + 1), 0, 0, false};
    part(t, in, item, &p);
    if (p.later_count > 0) {
        if (!member_of(&p, S("_state")))
            p.now[p.now_count++] = json_named(S("_state"), json_of_int(1));
        keep_aside(t, &p);
        if (p.lacks)
            make_draft(&p);
    }
    struct json now = json_of_map(p.now, p.now_count);
    if (t->failed)
        return problem_set(why, ERR_FULL, "There is no room for a temporary file");
    return intake_take(t->intake, OP_CREATE, &now, at, why);
}

/* The end. */

/* What was refused since, of the collection that t->at says. */
static void charge(struct transfer *t, const struct intake *m, uint64_t *refused)
{
    t->at->refused += intake_refused(m) - *refused;
    *refused = intake_refused(m);
}

static enum err put_in(struct transfer *t, struct intake *m, str line, uint64_t at, uint64_t *refused, struct problem *why)
{
    const struct json *v;
    TRY(json_read(intake_arena(m), arena_copy(intake_arena(m), line), NULL, S("later"), &v, why));
    str collection = json_get(v, S("c"))->text;
    if (!intake_collection(m) || !str_equal(intake_collection(m)->name, collection)) {
        struct tally *known = tally_of(t, collection); /* going there empties the batch and its memory */
        TRY(intake_into(m, known->collection, why));
        charge(t, m, refused);
        t->at = known;
        TRY(json_read(intake_arena(m), arena_copy(intake_arena(m), line), NULL, S("later"), &v, why));
    }
    return intake_take(m, OP_UPDATE, json_get(v, S("v")), at, why);
}

static enum err put_waiting_in(struct transfer *t, struct problem *why)
{
    struct intake *m = new_intake(t, false);
    char *line = NULL;
    size_t room = 0;
    uint64_t at = 0, refused = 0;
    enum err e = ERR_OK;
    t->at = &t->tallies[0];
    rewind(t->later);
    for (ssize_t n; e == ERR_OK && (n = getline(&line, &room, t->later)) > 0;)
        e = put_in(t, m, (str){line, (size_t)n}, ++at, &refused, why);
    if (e == ERR_OK && ferror(t->later))
        e = problem_set(why, ERR_UNAVAILABLE, "A temporary file cannot be read");
    if (e == ERR_OK)
        e = intake_flush(m, why);
    charge(t, m, &refused);
    intake_close(m);
    free(line);
    return e;
}

enum err transfer_finish(struct transfer *t, struct problem *why)
{
    TRY(intake_flush(t->intake, why));
    settle_tally(t);
    if (t->failed || fflush(t->later) != 0)
        return problem_set(why, ERR_FULL, "There is no room for a temporary file");
    if (t->tally_count > 0 && !t->options.dry_run)
        TRY(put_waiting_in(t, why));
    for (size_t i = 0; i < t->tally_count; i++)
        call_print(t->call, arena_format(t->arena, "%-24.*s %10llu taken %6llu refused", (int)t->tallies[i].collection.len,
                                         t->tallies[i].collection.at, (unsigned long long)t->tallies[i].taken,
                                         (unsigned long long)t->tallies[i].refused));
    return ERR_OK;
}

uint64_t transfer_refused(const struct transfer *t)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < t->tally_count; i++)
        sum += t->tallies[i].refused;
    return sum;
}
