/* What introspection says as one number: two schemas that say the same have the same. It names schemas in the keys of
 * caches, where two that differ must not meet: a digest, cut. */
#include "graphql/schema/internal.h"

#include "base/digest.h"

struct hashing {
    struct digest *digest;
    char room[4096];                  /* small pieces, gathered */
    size_t len;
};

static void flush(struct hashing *h)
{
    digest_add(h->digest, h->room, h->len);
    h->len = 0;
}

static void add_number(struct hashing *h, uint32_t n)
{
    if (h->len + sizeof n > sizeof h->room)
        flush(h);
    memcpy(h->room + h->len, &n, sizeof n);
    h->len += sizeof n;
}

/* With its length before it; absent is not empty. */
static void add(struct hashing *h, str s)
{
    add_number(h, s.at == NULL ? UINT32_MAX : (uint32_t)s.len);
    if (s.len > sizeof h->room - h->len)
        flush(h);
    if (s.len > sizeof h->room) {
        digest_add(h->digest, s.at, s.len);
    } else if (s.len > 0) {
        memcpy(h->room + h->len, s.at, s.len);
        h->len += s.len;
    }
}

/* Types have their names once, where they are told themselves; everywhere else their numbers are enough. */
static void add_type_of(struct hashing *h, const struct gql_type *t)
{
    for (; t->of != NULL; t = t->of)
        add_number(h, t->kind);
    add_number(h, GQL_SCALAR);
    add_number(h, t->number);
}

static void add_words(struct hashing *h, const struct gql_words *w)
{
    if (w == &gql_no_words) {
        add_number(h, 0);
        return;
    }
    add_number(h, 1);
    add(h, w->description);
    add(h, w->deprecated);
    add(h, w->standard);
}

static void add_inputs(struct hashing *h, const struct gql_input *inputs, uint32_t count)
{
    add_number(h, count);
    for (uint32_t i = 0; i < count; i++) {
        add(h, inputs[i].name);
        add_type_of(h, inputs[i].type);
        add_words(h, inputs[i].words);
    }
}

static void add_fields(struct hashing *h, const struct gql_type *t)
{
    add_number(h, t->field_count);
    for (uint32_t i = 0; i < t->field_count; i++) {
        const struct gql_field *f = &t->fields[i];
        add(h, f->name);
        add_words(h, f->words);
        add_type_of(h, f->type);
        add_inputs(h, f->arguments, f->argument_count);
    }
}

static void add_type(struct hashing *h, const struct gql_type *t)
{
    add_number(h, t->kind);
    add_number(h, t->one_of);
    add(h, t->name);
    add(h, t->description);
    add(h, t->specified_by);
    add_fields(h, t);
    add_inputs(h, t->inputs, t->input_count);
    add_number(h, t->value_count);
    for (uint32_t i = 0; i < t->value_count; i++) {
        add(h, t->values[i].name);
        add_words(h, t->values[i].words);
    }
    add_number(h, t->interface_count);
    for (uint32_t i = 0; i < t->interface_count; i++)
        add_number(h, t->interfaces[i]->number);
    add_number(h, t->possible_count);
    for (uint32_t i = 0; i < t->possible_count; i++)
        add_number(h, t->possible[i]->number);
}

uint64_t gql_hash_schema(const struct gql_schema *s)
{
    struct hashing h = {.digest = digest_open(DIGEST_SHA256)};
    add(&h, s->description);
    add(&h, s->query == NULL ? (str){0} : s->query->name);
    add(&h, s->mutation == NULL ? (str){0} : s->mutation->name);
    add(&h, s->subscription == NULL ? (str){0} : s->subscription->name);
    for (uint32_t i = 0; i < s->type_count; i++)
        if (!str_starts(s->types[i]->name, S("__")))
            add_type(&h, s->types[i]);
    for (uint32_t i = 0; i < s->directive_count; i++) {
        const struct gql_directive_type *d = &s->directives[i];
        add(&h, d->name);
        add(&h, d->description);
        add_number(&h, d->repeatable);
        for (uint32_t k = 0; k < d->location_count; k++)
            add(&h, d->locations[k]);
        add_inputs(&h, d->arguments, d->argument_count);
    }
    flush(&h);
    uint8_t all[DIGEST_LARGEST];
    digest_end(h.digest, all);
    digest_close(h.digest);
    uint64_t hash = 0;
    memcpy(&hash, all, sizeof hash);
    return hash;
}
