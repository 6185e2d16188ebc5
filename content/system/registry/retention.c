/* The verdict on facts: who is kept by what, spread from tags over indexes and subjects until nothing more is reached. */
#include "content/system/registry/retention.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/regex.h"

static const struct {
    bool stays;
    str reason;
} verdicts[] = {
#define X(name, stays, text) {stays, STR(text)},
    RETENTION_TABLE(X)
#undef X
};

bool retention_stays(enum retention_verdict v)
{
    return verdicts[v].stays;
}

str retention_reason(enum retention_verdict v)
{
    return verdicts[v].reason;
}

/* ---- who is about whom ---- */

/* What is about one manifest, as chains through places + 1; 0: the end. */
struct web {
    const struct retention_rule *rule;
    struct retention_facts *facts;
    int64_t now_ms;
    struct map *by_id, *by_digest;    /* manifests */
    size_t *first_referrer, *next_referrer, *first_tag, *next_tag;
    bool *is_listed;                  /* by any index, whether that stays or not */
    bool *is_about;                   /* says what it is about, or is named by a tag that does */
    size_t *stack, depth;             /* kept, their neighbours not looked at yet */
};

static size_t place_of(const struct web *w, const struct map *m, str key)
{
    const struct retention_manifest *found = str_is_absent(key) ? NULL : map_get(m, key);
    return found ? (size_t)(found - w->facts->manifests) + 1 : 0;
}

static size_t place_listed(const struct web *w, str name)
{
    size_t by_id = place_of(w, w->by_id, name);
    return by_id ? by_id : place_of(w, w->by_digest, name);
}

static bool is_hex(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!((s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f')))
            return false;
    return true;
}

/* "sha256-<hex>" with anything behind a dot: the digest that the tag is about; {0}: it is a name like others. */
static str subject_of_tag(str name, struct arena *a)
{
    static const struct {
        str prefix;
        size_t digits;
    } kinds[] = {{STR("sha256"), 64}, {STR("sha512"), 128}};
    for (size_t i = 0; i < COUNTOF(kinds); i++) {
        size_t end = kinds[i].prefix.len + 1 + kinds[i].digits;
        bool fits = name.len >= end && str_starts(name, kinds[i].prefix) && name.at[kinds[i].prefix.len] == '-' && (name.len == end || name.at[end] == '.');
        str hex = fits ? str_slice(name, kinds[i].prefix.len + 1, end) : (str){0};
        if (fits && is_hex(hex))
            return arena_format(a, STR_FMT ":" STR_FMT, STR_ARG(kinds[i].prefix), STR_ARG(hex));
    }
    return (str){0};
}

static void knit(struct web *w, struct arena *a)
{
    const struct retention_facts *f = w->facts;
    w->by_id = map_new(a, f->manifest_count);
    w->by_digest = map_new(a, f->manifest_count);
    w->first_referrer = NEW_N(a, size_t, f->manifest_count + 1);
    w->next_referrer = NEW_N(a, size_t, f->manifest_count + 1);
    w->is_listed = NEW_N(a, bool, f->manifest_count + 1);
    for (size_t i = 0; i < f->manifest_count; i++) {
        (void)map_put(w->by_id, f->manifests[i].id, &f->manifests[i]);
        (void)map_put(w->by_digest, f->manifests[i].digest, &f->manifests[i]);
    }
    for (size_t i = 0; i < f->manifest_count; i++) {
        size_t subject = place_of(w, w->by_digest, f->manifests[i].subject);
        w->next_referrer[i] = w->first_referrer[subject];
        w->first_referrer[subject] = i + 1; /* place 0: about what is not there */
        for (size_t k = 0; k < f->manifests[i].list_count; k++)
            w->is_listed[place_listed(w, f->manifests[i].lists[k])] = true;
    }
}

static void begin(struct web *w, const str *tag_subjects, struct arena *a)
{
    struct retention_facts *f = w->facts;
    knit(w, a);
    w->first_tag = NEW_N(a, size_t, f->manifest_count + 1);
    w->next_tag = NEW_N(a, size_t, f->tag_count + 1);
    w->stack = NEW_N(a, size_t, f->manifest_count + 1);
    w->is_about = NEW_N(a, bool, f->manifest_count + 1);
    for (size_t i = 0; i < f->manifest_count; i++)
        f->manifests[i].verdict = RETENTION_UNDECIDED;
    for (size_t i = 0; i < f->tag_count; i++) {
        size_t subject = place_of(w, w->by_digest, tag_subjects[i]);
        const struct retention_manifest *is = map_get(w->by_id, f->tags[i].manifest);
        f->tags[i].verdict = RETENTION_UNDECIDED;
        f->tags[i].digest = is ? is->digest : (str){0};
        w->next_tag[i] = w->first_tag[subject];
        w->first_tag[subject] = i + 1;
        if (!str_is_absent(tag_subjects[i]))
            w->is_about[place_of(w, w->by_id, f->tags[i].manifest)] = true;
    }
    for (size_t i = 0; i < f->manifest_count; i++)
        w->is_about[i + 1] = w->is_about[i + 1] || !str_is_absent(f->manifests[i].subject);
}

/* ---- what is kept, and what that keeps ---- */

static void keep(struct web *w, size_t place, enum retention_verdict by)
{
    if (place == 0 || w->facts->manifests[place - 1].verdict != RETENTION_UNDECIDED)
        return;
    w->facts->manifests[place - 1].verdict = by;
    w->stack[w->depth++] = place;
}

static void keep_tag(struct web *w, size_t i, enum retention_verdict by)
{
    w->facts->tags[i].verdict = by;
    keep(w, place_of(w, w->by_id, w->facts->tags[i].manifest), RETENTION_TAGGED);
}

static void spread(struct web *w)
{
    while (w->depth > 0) {
        size_t place = w->stack[--w->depth];
        const struct retention_manifest *m = &w->facts->manifests[place - 1];
        for (size_t k = 0; k < m->list_count; k++)
            keep(w, place_listed(w, m->lists[k]), RETENTION_LISTED);
        for (size_t r = w->first_referrer[place]; r > 0; r = w->next_referrer[r - 1])
            keep(w, r, RETENTION_ABOUT);
        for (size_t t = w->first_tag[place]; t > 0; t = w->next_tag[t - 1])
            if (!retention_stays(w->facts->tags[t - 1].verdict))
                keep_tag(w, t - 1, RETENTION_ABOUT);
    }
}

/* ---- conditions ---- */

/* Of one entry's tags, or of untagged manifests: where the verdict goes, and what it is about. */
struct candidate {
    enum retention_verdict *verdict;
    const struct retention_manifest *is;
    str name;
    int64_t pushed_ms;                /* the tag or what it names, whichever was later */
};

static bool has_test(const struct retention_test *t)
{
    return t->pulled_within_ms || t->pushed_within_ms || t->most_pulled || t->most_pushed;
}

/* Later first; names decide among equals, so that everybody who asks gets the same answer. */
static int by_pull(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->is->pulled_ms != y->is->pulled_ms)
        return x->is->pulled_ms < y->is->pulled_ms ? 1 : -1;
    return str_order(y->name, x->name);
}

static int by_push(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->pushed_ms != y->pushed_ms)
        return x->pushed_ms < y->pushed_ms ? 1 : -1;
    return str_order(y->name, x->name);
}

static void keep_first(struct candidate *list, size_t count, uint64_t most, int (*order)(const void *a, const void *b),
                       enum retention_verdict by)
{
    if (most == 0 || count == 0)
        return;
    qsort(list, count, sizeof *list, order);
    for (size_t i = 0; i < count && i < most; i++)
        if (!retention_stays(*list[i].verdict))
            *list[i].verdict = by;
}

static enum retention_verdict within(const struct retention_test *t, const struct candidate *c, int64_t now_ms)
{
    int64_t used_ms = c->is->pulled_ms > c->pushed_ms ? c->is->pulled_ms : c->pushed_ms;
    if (t->pushed_within_ms && c->pushed_ms > now_ms - t->pushed_within_ms)
        return RETENTION_PUSHED_WITHIN;
    return t->pulled_within_ms && used_ms > now_ms - t->pulled_within_ms ? RETENTION_PULLED_WITHIN : RETENTION_UNDECIDED;
}

static void test_all(const struct retention_test *t, struct candidate *list, size_t count, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++)
        *list[i].verdict = within(t, &list[i], now_ms);
    keep_first(list, count, t->most_pulled, by_pull, RETENTION_MOST_PULLED);
    keep_first(list, count, t->most_pushed, by_push, RETENTION_MOST_PUSHED);
}

/* ---- tags ---- */

/* The first entry that is this tag's; entry_count: none is. */
static size_t entry_of(const struct retention_rule *rule, str tag)
{
    for (size_t i = 0; i < rule->entry_count; i++) {
        const struct retention_entry *e = &rule->entries[i];
        for (size_t k = 0; k < e->pattern_count; k++)
            if (regex_matches(e->patterns[k], tag))
                return i;
        if (e->pattern_count == 0)
            return i;
    }
    return rule->entry_count;
}

static void judge_entry(struct web *w, const struct retention_entry *e, struct candidate *list, size_t count)
{
    if (!has_test(&e->test))
        for (size_t i = 0; i < count; i++)
            *list[i].verdict = RETENTION_PATTERN;
    else
        test_all(&e->test, list, count, w->now_ms);
    for (size_t i = 0; i < count; i++)
        if (!retention_stays(*list[i].verdict))
            *list[i].verdict = RETENTION_NO_TEST;
}

static struct candidate candidate_of(const struct web *w, struct retention_tag *t)
{
    const struct retention_manifest *is = &w->facts->manifests[place_of(w, w->by_id, t->manifest) - 1];
    return (struct candidate){&t->verdict, is, t->name, t->pushed_ms > is->pushed_ms ? t->pushed_ms : is->pushed_ms};
}

/* A tag whose manifest is not among the facts came or moved while they were gathered: it stays. */
static void judge_tags(struct web *w, const str *subjects, struct arena *a)
{
    struct retention_facts *f = w->facts;
    struct candidate *list = NEW_N(a, struct candidate, f->tag_count + 1);
    size_t *entries = NEW_N(a, size_t, f->tag_count + 1);
    for (size_t i = 0; i < f->tag_count; i++) {
        bool all_stay = w->rule->entry_count == 0, is_there = place_of(w, w->by_id, f->tags[i].manifest) > 0;
        entries[i] = w->rule->entry_count;
        if (f->immutable_tags || all_stay || !is_there)
            f->tags[i].verdict = f->immutable_tags ? RETENTION_IMMUTABLE : all_stay ? RETENTION_ALL_TAGS : RETENTION_YOUNG;
        else if (str_is_absent(subjects[i]))
            f->tags[i].verdict = (entries[i] = entry_of(w->rule, f->tags[i].name)) < w->rule->entry_count ? RETENTION_UNDECIDED : RETENTION_NO_PATTERN;
    }
    for (size_t e = 0; e < w->rule->entry_count; e++) {
        size_t count = 0;
        for (size_t i = 0; i < f->tag_count; i++)
            if (entries[i] == e)
                list[count++] = candidate_of(w, &f->tags[i]);
        judge_entry(w, &w->rule->entries[e], list, count);
    }
    for (size_t i = 0; i < f->tag_count; i++)
        if (retention_stays(f->tags[i].verdict))
            keep_tag(w, i, f->tags[i].verdict);
    spread(w);
}

/* ---- manifests ---- */

static bool is_young(const struct web *w, const struct retention_manifest *m)
{
    return m->pushed_ms > w->now_ms - w->rule->delay_ms;
}

/* Manifests that are about something that does not stay, and tags that say so of theirs. Tags come first: the manifest of one
 * that stays is tagged. */
static void judge_orphans(struct web *w, const str *subjects)
{
    struct retention_facts *f = w->facts;
    bool stay = !w->rule->delete_referrers;
    for (size_t i = 0; i < f->tag_count; i++) {
        if (str_is_absent(subjects[i]) || f->tags[i].verdict != RETENTION_UNDECIDED)
            continue;
        size_t place = place_of(w, w->by_id, f->tags[i].manifest);
        bool young = is_young(w, &f->manifests[place - 1]);
        if (stay || young)
            keep_tag(w, i, stay ? RETENTION_REFERRERS_STAY : RETENTION_YOUNG);
        else
            f->tags[i].verdict = RETENTION_NO_SUBJECT;
    }
    for (size_t i = 0; i < f->manifest_count; i++)
        if (!str_is_absent(f->manifests[i].subject) && (stay || is_young(w, &f->manifests[i])))
            keep(w, i + 1, stay ? RETENTION_REFERRERS_STAY : RETENTION_YOUNG);
    spread(w);
}

static void judge_untagged(struct web *w, struct arena *a)
{
    struct retention_facts *f = w->facts;
    struct candidate *list = NEW_N(a, struct candidate, f->manifest_count + 1);
    enum retention_verdict *verdicts_of = NEW_N(a, enum retention_verdict, f->manifest_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < f->manifest_count; i++) {
        const struct retention_manifest *m = &f->manifests[i];
        const struct candidate c = {&verdicts_of[i], m, m->digest, m->pushed_ms};
        if (m->verdict != RETENTION_UNDECIDED || w->is_about[i + 1])
            continue;
        verdicts_of[i] = !w->rule->delete_untagged ? RETENTION_UNTAGGED_STAY
                         : is_young(w, m)          ? RETENTION_YOUNG
                                                   : within(&w->rule->untagged, &c, w->now_ms);
        if (!w->is_listed[i + 1])
            list[count++] = c;
    }
    keep_first(list, count, w->rule->untagged.most_pulled, by_pull, RETENTION_MOST_PULLED);
    keep_first(list, count, w->rule->untagged.most_pushed, by_push, RETENTION_MOST_PUSHED);
    for (size_t i = 0; i < f->manifest_count; i++)
        if (retention_stays(verdicts_of[i]))
            keep(w, i + 1, verdicts_of[i]);
    spread(w);
}

void retention_judge(const struct retention_rule *rule, int64_t now_ms, struct retention_facts *f, struct arena *a)
{
    struct web w = {.rule = rule, .facts = f, .now_ms = now_ms};
    str *subjects = NEW_N(a, str, f->tag_count + 1);
    for (size_t i = 0; i < f->tag_count; i++)
        subjects[i] = subject_of_tag(f->tags[i].name, a);
    begin(&w, subjects, a);
    judge_tags(&w, subjects, a);
    judge_untagged(&w, a);
    judge_orphans(&w, subjects);
    for (size_t i = 0; i < f->manifest_count; i++)
        if (f->manifests[i].verdict == RETENTION_UNDECIDED)
            f->manifests[i].verdict = w.is_about[i + 1] ? RETENTION_NO_SUBJECT : RETENTION_UNTAGGED;
}

/* ---- in which order they go ---- */

struct order {
    const struct web *web;
    size_t *before;                   /* of a manifest: how many that go must have gone first */
    const struct retention_manifest **list;
    size_t count;
};

static bool goes(const struct web *w, size_t place)
{
    return place > 0 && !retention_stays(w->facts->manifests[place - 1].verdict);
}

/* Calls see() for everything that must wait for this one. */
static void each_behind(struct order *o, size_t place, void (*see)(struct order *o, size_t place))
{
    const struct web *w = o->web;
    const struct retention_manifest *m = &w->facts->manifests[place - 1];
    for (size_t k = 0; k < m->list_count; k++)
        if (goes(w, place_listed(w, m->lists[k])))
            see(o, place_listed(w, m->lists[k]));
    for (size_t r = w->first_referrer[place]; r > 0; r = w->next_referrer[r - 1])
        if (goes(w, r))
            see(o, r);
}

static void wait_more(struct order *o, size_t place)
{
    o->before[place - 1]++;
}

static void wait_less(struct order *o, size_t place)
{
    if (--o->before[place - 1] == 0)
        o->list[o->count++] = &o->web->facts->manifests[place - 1];
}

const struct retention_manifest **retention_order(const struct retention_facts *f, struct arena *a, size_t *count)
{
    struct retention_facts facts = *f;
    struct web w = {.facts = &facts};
    struct order o = {&w, NEW_N(a, size_t, f->manifest_count + 1), NEW_N(a, const struct retention_manifest *, f->manifest_count + 1), 0};
    knit(&w, a);
    for (size_t i = 0; i < f->manifest_count; i++)
        if (goes(&w, i + 1))
            each_behind(&o, i + 1, wait_more);
    for (size_t i = 0; i < f->manifest_count; i++)
        if (goes(&w, i + 1) && o.before[i] == 0)
            o.list[o.count++] = &f->manifests[i];
    for (size_t i = 0; i < o.count; i++)
        each_behind(&o, (size_t)(o.list[i] - f->manifests) + 1, wait_less);
    *count = o.count;
    return o.list;
}
