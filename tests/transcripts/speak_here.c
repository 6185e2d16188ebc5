/* The server in this process. */
#include "tests/support/stand.h"
#include "tests/transcripts/transcript.h"

struct here {
    struct speaker speaker; /* first */
    struct stand *stand;
};

static bool ask(struct speaker *self, struct arena *a, const struct turn *s, struct reply *out)
{
    struct here *h = (struct here *)(void *)self;
    struct fake_exchange *f =
        stand_send(h->stand, a, arena_cstr(a, s->method), arena_cstr(a, s->target),
                   arena_cstr(a, s->headers), s->body);
    *out = (struct reply){.status = f->status, .header_count = f->header_count, .body = f->answer};
    memcpy(out->headers, f->headers, f->header_count * sizeof f->headers[0]);
    return true;
}

static void end(struct speaker *self)
{
    stand_close(((struct here *)(void *)self)->stand);
}

struct speaker *speak_here(struct arena *a, bool data)
{
    struct here *h = NEW(a, struct here);
    struct stand *s = stand_open_demo();
    h->stand = s;
    s->app.api.options.notary_dialect = data;
    h->speaker = (struct speaker){ask, end, s->admin, s->editor, s->reader};
    return &h->speaker;
}
