#ifndef TESTS_TRANSCRIPTS_TRANSCRIPT_H
#define TESTS_TRANSCRIPTS_TRANSCRIPT_H
#include "base/http.h"

/* Conversations as text (README.md here says how they are written): read, said to a server, and
 * what comes back compared. Who the server is, a speaker knows. */
struct turn {
    unsigned line; /* where it stands in its file */
    str title;
    str method, target, headers, body; /* as they are sent; headers are lines */
    int status;
    str want_headers;
    str want_body;
    bool has_body; /* else any body will do */
};

struct reply {
    int status;
    struct pair headers[64];
    size_t header_count;
    str body;
};

struct speaker {
    /* False: there is no reply to compare. */
    bool (*ask)(struct speaker *self, struct arena *a, const struct turn *s, struct reply *out);
    void (*close)(struct speaker *self);
    str admin, editor, reader; /* keys */
};
/* A fresh server with the demo's content: in this process, or the program on a free port. data: Notary's other dialect
 * (notary.dialect). */
struct speaker *speak_here(struct arena *a, bool data);
struct speaker *speak_by_wire(struct arena *a, const char *program, bool data);

/* A header of these letters and "name:password", said as Basic when the names in it are known (curl's -u). */
#define BASIC_PLAIN "Authorization: basic-of "

/* The turns of a .http or .md file. must: it is well formed. */
void transcript_read(struct arena *a, const char *path, struct turn **out, size_t *count);

/* Names and what they stand for, in one conversation. */
struct stand_in {
    str name, value;
};
struct scene {
    struct arena *arena;
    struct stand_in names[200];
    size_t count;
};
void scene_set(struct scene *s, str name, str value);
/* The text with all that is known put in. */
str scene_fill(const struct scene *s, str text);
/* Compares and learns. On a difference: false, *why says where. */
bool scene_match(struct scene *s, const struct turn *turn, const struct reply *reply, str *why);
#endif
