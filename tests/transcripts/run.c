/* test_transcripts FILE…            against a server in this process
 * test_transcripts --wire FILE…     against the program that VITRINE_BIN names
 *
 * Each file has a fresh server with the demo's content. A turn that differs is told with its file
 * and line, and the conversation goes on. */
#include "tests/transcripts/transcript.h"

#include "base/crypt.h"
#include "base/image.h"

#include <stdio.h>
#include <stdlib.h>

/* Lines as they are; what curl's -u was given becomes Basic. */
static str with_basic(struct arena *a, str headers)
{
    struct buf b;
    str rest = headers, line;
    buf_init(&b, a, 1u << 20);
    for (bool ended = rest.len == 0; str_next(&rest, &ended, '\n', &line);) {
        bool is_basic = str_starts(line, S(BASIC_PLAIN));
        str plain = str_slice(line, sizeof BASIC_PLAIN - 1, line.len);
        buf_add(&b, b.len ? S("\n") : S(""));
        buf_add(&b, is_basic ? S("Authorization: Basic ") : S(""));
        buf_add(&b, is_basic ? base64_encode(a, plain) : line);
    }
    return buf_str(&b);
}

static struct turn filled(const struct scene *scene, const struct turn *s)
{
    struct turn out = *s;
    out.target = scene_fill(scene, s->target);
    out.headers = with_basic(scene->arena, scene_fill(scene, s->headers));
    out.body = scene_fill(scene, s->body);
    return out;
}

static unsigned run_file(const char *path, const char *program, unsigned *turns)
{
    struct arena *a = arena_open(1u << 20);
    struct scene *scene = NEW(a, struct scene);
    struct turn *list = NULL;
    size_t count = 0;
    unsigned bad = 0;
    scene->arena = a;
    transcript_read(a, path, &list, &count);
    bool data = str_contains(str_of(path), S("/notary-data/"));
    struct speaker *speaker = program ? speak_by_wire(a, program, data) : speak_here(a, data);
    scene_set(scene, S("{{admin}}"), speaker->admin);
    scene_set(scene, S("{{editor}}"), speaker->editor);
    scene_set(scene, S("{{reader}}"), speaker->reader);
    scene_set(scene, S("$KEY"), speaker->editor);
    scene_set(scene, S("$ADMIN"), speaker->admin);
    scene_set(scene, S("$READER"), speaker->reader);
    for (size_t i = 0; i < count; i++) {
        struct reply reply = {0};
        struct turn said = filled(scene, &list[i]);
        str why = S("there is no answer");
        if (speaker->ask(speaker, a, &said, &reply) && scene_match(scene, &list[i], &reply, &why))
            continue;
        bad++;
        (void)fprintf(stderr, "%s:%u: " STR_FMT ": " STR_FMT "\n", path, list[i].line,
                      STR_ARG(list[i].title), STR_ARG(why));
    }
    speaker->close(speaker);
    arena_close(a);
    *turns += (unsigned)count;
    if (count == 0)
        (void)fprintf(stderr, "%s: nothing is said in it\n", path);
    return bad + (count == 0);
}

int main(int argc, char **argv)
{
    if (image_helper(argc, argv)) /* pictures are made by the program itself */
        return 2;
    unsigned bad = 0, turns = 0;
    bool by_wire = argc > 1 && str_equal(str_of(argv[1]), S("--wire"));
    const char *program = by_wire ? getenv("VITRINE_BIN") : NULL;
    if (by_wire && !program) {
        (void)fprintf(stderr, "VITRINE_BIN has to name the program\n");
        return 2;
    }
    for (int i = by_wire ? 2 : 1; i < argc; i++)
        bad += run_file(argv[i], program, &turns);
    (void)printf("%u turns, %u differ\n", turns, bad);
    return bad || !turns ? 1 : 0;
}
