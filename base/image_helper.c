/* The helper: another process of this program that looks into one picture and ends. Its descriptors are 0 the
 * picture, 1 the result, 3 where it reports, and nothing else is open. Whatever a decoder is talked into here has a
 * file to write 64 MiB into and nowhere to go. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "base/image_draw.h"
#include "base/image_jail.h"
#include "base/image_vips.h"
#include "base/image_wish.h"

#define REPORT 3

static _Noreturn void say(const char *word)
{
    ssize_t n = write(REPORT, word, strlen(word));
    _exit(n < 0); /* and not exit(): nothing of a decoder's is run any more */
}

static bool find(void *library, const char *name, void *into)
{
    void *symbol = dlsym(library, name);
    memcpy(into, &symbol, sizeof symbol); /* ISO C has no cast from it to a function */
    return symbol != NULL;
}

static void load(struct vips_calls *v)
{
    void *library = dlopen("libvips.so.42", RTLD_NOW | RTLD_LOCAL);
    bool complete = library != NULL;
#define X(type, name, arguments) complete = complete && find(library, "vips_" #name, &v->name);
    VIPS_CALLS(X)
#undef X
    if (!complete || v->init("vitrine") != 0)
        say("none");
    v->concurrency_set(1);
    v->cache_set_max(0);
    v->block_untrusted_set(1);
}

/* What a header says, before anything is decoded. */
static void look(const struct vips_calls *v, struct picture *out)
{
    void *source = v->source_new_from_descriptor(0);
    void *image = source ? v->image_new_from_source(source, "", NULL) : NULL;
    if (!image)
        say("no");
    int pages = v->image_get_n_pages(image), height = v->image_get_page_height(image), width = v->image_get_width(image);
    int orientation = v->image_get_orientation(image);
    if (width < 1 || height < 1 || pages < 1)
        say("no");
    if ((unsigned)pages > LIMIT_IMAGE_PAGES || (uint64_t)width * (uint64_t)height > LIMIT_IMAGE_PIXELS / (unsigned)pages)
        say("large");
    bool lies = orientation >= 5 && orientation <= 8;
    *out = (struct picture){.width = (uint32_t)(lies ? height : width), .height = (uint32_t)(lies ? width : height), .pages = (uint32_t)pages,
                            .has_profile = v->image_get_typeof(image, "icc-profile-data") != 0};
}

static _Noreturn void report(uint32_t width, uint32_t height, uint32_t pages)
{
    char line[64];
    (void)snprintf(line, sizeof line, "ok %u %u %u", width, height, pages);
    say(line);
}

static _Noreturn void help(str word)
{
    struct vips_calls v;
    struct picture picture;
    struct image_wish wish = {0};
    bool probes = str_equal(word, S("probe"));
    if (!probes && !image_wish_read(word, &wish))
        say("no");
    jail_limits();
    load(&v);
    jail_close();
    look(&v, &picture);
    if (probes)
        report(picture.width, picture.height, picture.pages);
    switch (image_draw(&v, &picture, &wish)) {
    case DRAWN: report(picture.width, picture.height, 1);
    case DRAW_TOO_LARGE: say("size");
    case DRAW_NO_FORMAT: say("format");
    case DRAW_BROKEN: break;
    }
    say("no");
}

bool image_helper(int argc, char **argv)
{
    if (argc != 3 || !str_equal(str_of(argv[1]), S(IMAGE_HELPER_WORD)))
        return false;
    help(str_of(argv[2]));
}
