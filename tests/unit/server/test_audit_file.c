/* The journal in a file: what is in it does not come again because the database cannot take the place. */
#include "server/audit_file.h"

#include <stdio.h>
#include <unistd.h>

#include "content/internal.h"
#include "roles/internal.h"
#include "roles/upkeep/evidence.h"
#include "tests/support/check.h"
#include "tests/support/folder.h"
#include "tests/support/house.h"

static size_t lines_of(const char *path)
{
    size_t n = 0;
    FILE *f = fopen(path, "r");
    for (int c = f ? fgetc(f) : EOF; c != EOF; c = fgetc(f))
        n += c == '\n';
    if (f)
        (void)fclose(f);
    return n;
}

static enum err write_round(struct audit_file *f)
{
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    enum err e = audit_file_write(f, &why);
    arena_close(a);
    return e;
}

static void no_line_comes_again_and_again(void **state)
{
    (void)state;
    struct house *h = house_open();
    struct arena *a = arena_open(4096);
    struct problem why = {.arena = a};
    char folder[FOLDER_ROOM];
    folder_new(folder, "audit");
    str path = arena_format(a, "%s/audit.ndjson", folder);
    struct audit_file *f = NULL;
    uint64_t began = 0, from = 0;
    CHECK_PROBLEM(gate_sink_begin(h->gate, &began, &why), ERR_OK, &why);
    CHECK_PROBLEM(audit_file_open(h->gate, path, &f, &why), ERR_OK, &why);
    house_model(h, "[{name:'staff', fields:[{name:'name', kind:'text'}]}]");
    (void)house_item(h, "staff", "{name:'Ada'}");
    h->gate->content->read_only = true;
    for (unsigned i = 0; i < 3; i++)
        CHECK_INT(write_round(f), ERR_UNAVAILABLE);
    size_t once = lines_of(arena_cstr(a, path));
    CHECK(once > 0 && once < 10);
    h->gate->content->read_only = false;
    CHECK_INT(write_round(f), ERR_OK);
    CHECK_INT((int)lines_of(arena_cstr(a, path)), (int)once);
    CHECK_PROBLEM(gate_sink_begin(h->gate, &from, &why), ERR_OK, &why);
    CHECK_INT((int)from, (int)(began + once));
    audit_file_close(f);
    arena_close(a);
    house_close(h);
    folder_drop(folder);
}

CHECK_MAIN(TEST(no_line_comes_again_and_again))
