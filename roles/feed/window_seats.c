/* Who waits, and how many of them may be the same one. */
#include "roles/feed/window_part.h"

#include <stdlib.h>

/* There are at most as many as seats. NULL: he has `share` already. */
static struct holder *w_hold(struct window *w, str name, unsigned share)
{
    struct holder *h = w->holders;
    while (h && !str_equal((str){h->name, h->len}, name))
        h = h->next;
    if (!h) {
        h = calloc(1, sizeof *h + name.len + 1);
        must(h != NULL);
        memcpy(h->name, name.at, name.len);
        h->len = name.len;
        h->next = w->holders;
        w->holders = h;
    }
    if (h->count >= share)
        return NULL;
    h->count++;
    return h;
}

static void w_let_go(struct window *w, struct holder *h)
{
    struct holder **at = &w->holders;
    if (!h || --h->count > 0)
        return;
    while (*at != h)
        at = &(*at)->next;
    *at = h->next;
    free(h);
}

static void w_ring_for(struct window *w, struct seat *s)
{
    s->next = w->bells;
    if (w->bells)
        w->bells->before = s;
    w->bells = s;
}

static void w_ring_no_more(struct window *w, struct seat *s)
{
    *(s->before ? &s->before->next : &w->bells) = s->next;
    if (s->next)
        s->next->before = s->before;
}

static struct seat *w_sit(struct window *w, struct holder *h, int bell)
{
    struct seat *s = calloc(1, sizeof *s);
    must(s != NULL);
    s->holder = h;
    s->bell = bell;
    if (bell >= 0)
        w_ring_for(w, s);
    if (w->figures.waiting++ == 0)
        w_wake(w);
    return s;
}

enum seating window_enter(struct window *w, str holder, unsigned share, int bell, struct seat **out)
{
    struct holder *h = NULL;
    enum seating seating = SEATED;
    (void)pthread_mutex_lock(&w->lock);
    if (!w_begin(w) || w->figures.waiting >= w->figures.most)
        seating = SEATS_TAKEN;
    else if (!str_is_absent(holder) && (h = w_hold(w, holder, share)) == NULL)
        seating = SHARE_TAKEN;
    if (seating == SEATED)
        *out = w_sit(w, h, bell);
    else
        w->figures.refused++;
    (void)pthread_mutex_unlock(&w->lock);
    return seating;
}

enum seating window_pass(struct window *w, struct seat *s, str holder, unsigned share)
{
    (void)pthread_mutex_lock(&w->lock);
    bool is_his = s->holder && str_equal((str){s->holder->name, s->holder->len}, holder);
    struct holder *h = is_his ? s->holder : w_hold(w, holder, share);
    if (h && !is_his) {
        w_let_go(w, s->holder);
        s->holder = h;
    } else if (!h) {
        w->figures.refused++;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return h ? SEATED : SHARE_TAKEN;
}

void window_leave(struct window *w, struct seat *s)
{
    (void)pthread_mutex_lock(&w->lock);
    w->figures.waiting--;
    if (s->bell >= 0)
        w_ring_no_more(w, s);
    w_let_go(w, s->holder);
    (void)pthread_mutex_unlock(&w->lock);
    free(s);
}
