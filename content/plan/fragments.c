#include "content/plan/fragments.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/map.h"
#include "content/languages/languages.h"

#define FRAGMENT_SLOTS 4096u
#define FRAGMENT_BYTES 2048u
#define STRIPES 64u

struct fragment {
    uint64_t key;
    char id[ID_LENGTH];
    uint32_t length, room;
    char *text;
};

struct fragments {
    pthread_mutex_t locks[STRIPES];
    struct fragment_figures counts[STRIPES]; /* each under its lock */
    struct fragment slots[FRAGMENT_SLOTS];
};

struct fragments *fragments_open(void)
{
    struct fragments *f = calloc(1, sizeof *f);
    must(f != NULL);
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_init(&f->locks[i], NULL) == 0);
    return f;
}

void fragments_close(struct fragments *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < FRAGMENT_SLOTS; i++)
        free(f->slots[i].text);
    for (size_t i = 0; i < STRIPES; i++)
        (void)pthread_mutex_destroy(&f->locks[i]);
    free(f);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0xFF51AFD7ED558CCDu;
    return h ^ (h >> 32);
}

/* The perspective (`_state` = 1) is the one condition that links commonly carry; others are not worth a
 * key. */
static bool add_condition(uint64_t *h, const struct filter *f)
{
    if (f->node == FILTER_ALL)
        return true;
    bool simple = f->node == FILTER_TEST && f->hop_count == 0 && f->path_count == 0 && f->var == VAR_NONE &&
                  f->func == FUNC_NONE && !f->negated &&
                  f->operand.type == JSON_INT;
    if (simple)
        *h = mix(mix(mix(*h, f->field->index), (uint64_t)f->op), (uint64_t)f->operand.integer);
    return simple;
}

static enum err see_elsewhere(void *self, const struct field *f, const struct filter *at)
{
    bool *found = self;
    *found |= at->hop_count > 0 || f->backwards;
    return ERR_OK;
}

/* Whether who may see the item hangs on other collections, whose versions are not in the key. */
static bool is_seen_by_others(const struct filter *reach)
{
    bool found = false;
    err_ignored(filter_each_field(reach, see_elsewhere, &found));
    return found;
}

static uint64_t key_of(const struct plan_node *n, const struct rights *rights, uint64_t version)
{
    uint64_t h = mix(mix(rights->fingerprint, rights->model->epoch), version);
    h = mix(mix(mix(h, map_hash(n->query->from->name)), n->query->with_model), lens_hash(n->lens));
    if (!add_condition(&h, n->where) || is_seen_by_others(n->reach))
        return 0;
    for (size_t i = 0; i < n->output_count; i++) {
        const struct output *o = n->outputs[i].output;
        if (o->keep_count || o->excerpt)
            return 0;
        h = mix(mix(h, o->field->index), o->alias.at ? map_hash(o->alias) : 0);
    }
    return h | 1;
}

static void attach(struct fragments *f, const struct plan *p, struct plan_node *n,
                   uint64_t (*version)(void *self, str collection), void *self, unsigned depth)
{
    for (size_t i = 0; i < n->branch_count && depth > 0; i++) {
        struct plan_node *b = n->branches[i];
        if (b->hop == HOP_ONE && b->branch_count == 0) {
            b->fragments = f;
            b->fragment_key = key_of(b, p->rights, version(self, b->query->from->name));
        }
        attach(f, p, b, version, self, depth - 1);
    }
}

void fragments_attach(struct fragments *f, struct plan *p, uint64_t (*version)(void *self, str collection), void *self)
{
    if (!p->rights->uses_vars)
        attach(f, p, p->root, version, self, 8);
}

/* 0: nothing is remembered of this branch. */
static uint64_t shaped_key(const struct plan_node *branch, uint64_t shape)
{
    if (!branch->fragments || branch->fragment_key == 0 || shape == 0)
        return branch->fragments ? branch->fragment_key : 0;
    return mix(branch->fragment_key, shape) | 1;
}

static struct fragment *slot_of(struct fragments *f, uint64_t key, str id, pthread_mutex_t **lock, struct fragment_figures **counts)
{
    size_t at = (size_t)(mix(key, map_hash(id)) % FRAGMENT_SLOTS);
    *lock = &f->locks[at % STRIPES];
    *counts = &f->counts[at % STRIPES];
    return &f->slots[at];
}

void fragments_figures(struct fragments *f, struct fragment_figures *out)
{
    *out = (struct fragment_figures){0};
    for (size_t i = 0; i < STRIPES; i++) {
        (void)pthread_mutex_lock(&f->locks[i]);
        out->found += f->counts[i].found;
        out->missed += f->counts[i].missed;
        (void)pthread_mutex_unlock(&f->locks[i]);
    }
}

bool fragment_take(const struct plan_node *branch, uint64_t shape, str id, struct buf *out)
{
    pthread_mutex_t *lock;
    struct fragment_figures *counts;
    uint64_t key = shaped_key(branch, shape);
    if (key == 0 || id.len != ID_LENGTH)
        return false;
    const struct fragment *s = slot_of(branch->fragments, key, id, &lock, &counts);
    (void)pthread_mutex_lock(lock);
    bool found = s->key == key && memcmp(s->id, id.at, ID_LENGTH) == 0;
    *(found ? &counts->found : &counts->missed) += 1;
    if (found)
        buf_add(out, (str){s->text, s->length});
    (void)pthread_mutex_unlock(lock);
    return found;
}

void fragment_keep(const struct plan_node *branch, uint64_t shape, str id, str text)
{
    pthread_mutex_t *lock;
    struct fragment_figures *counts;
    uint64_t key = shaped_key(branch, shape);
    if (key == 0 || id.len != ID_LENGTH || text.len > FRAGMENT_BYTES)
        return;
    struct fragment *s = slot_of(branch->fragments, key, id, &lock, &counts);
    (void)pthread_mutex_lock(lock);
    if (s->room < text.len) {
        free(s->text);
        s->room = (uint32_t)text.len;
        s->text = malloc(text.len);
        must(s->text != NULL);
    }
    memcpy(s->text, text.at, text.len);
    memcpy(s->id, id.at, ID_LENGTH);
    s->length = (uint32_t)text.len;
    s->key = key;
    (void)pthread_mutex_unlock(lock);
}
