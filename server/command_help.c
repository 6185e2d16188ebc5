/* help, and the lines that wrong usage shows: printed from the table in main.c. */
#include "server/command.h"
#include "server/wrap.h"

#include <stdio.h>

#define HELP_BYTES (64u << 10)

static void add_usage(struct buf *out, struct arena *a, const struct command *c)
{
    buf_add(out, S("  "));
    wrap(out,
         arena_format(a, "vitrine %s%s%s%s%s", c->name, c->sub ? " " : "", c->sub ? c->sub : "",
                      *c->usage ? " " : "", c->usage),
         2, 10);
    buf_add(out, S("      "));
    wrap(out, str_of(c->doc), 6, 6);
}

void call_print_usage(struct call *c, FILE *to, const struct command *one)
{
    struct buf out;
    buf_init(&out, c->arena, HELP_BYTES);
    add_usage(&out, c->arena, one);
    (void)fwrite(out.at, 1, out.len, to);
}

enum exit_code command_help(struct call *c)
{
    struct buf out;
    bool found = false;
    buf_init(&out, c->arena, HELP_BYTES);
    buf_format(&out,
               "Vitrine %s - a content server with roles, in one file.\n\n"
               "  vitrine serve --demo        try it: http://127.0.0.1:8080/\n\nCommands:\n",
               vitrine_version);
    for (size_t i = 0; i < command_count; i++)
        if (c->word_count == 0 || str_equal(c->words[0], str_of(commands[i].name))) {
            add_usage(&out, c->arena, &commands[i]);
            found = true;
        }
    if (!found)
        return call_usage(c, "There is no such command; vitrine help lists them");
    buf_add(
        &out,
        S("\nConfiguration, for every command (flag > environment > vitrine.json > default):\n"));
    config_help(&out);
    buf_add(&out,
            S("\nCommands also work while a server runs on the same data. --json prints JSON.\n"
              "Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 data.\n"));
    (void)fwrite(out.at, 1, out.len, stdout);
    return EXIT_OK;
}
