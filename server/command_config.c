/* config show, config schema: printed from the table that reads them. */
#include <stdio.h>

#include "server/command.h"

#define PRINTED_BYTES (1u << 20)

static enum exit_code print(const struct buf *b)
{
    str text = buf_str(b);
    return fwrite(text.at, 1, text.len, stdout) == text.len ? EXIT_OK : EXIT_FAILED;
}

enum exit_code command_config_show(struct call *c)
{
    struct buf b;
    buf_init(&b, c->arena, PRINTED_BYTES);
    config_show(&b, &c->config, call_flag(c, "origin"), c->json);
    return print(&b);
}

enum exit_code command_config_schema(struct call *c)
{
    struct buf b;
    buf_init(&b, c->arena, PRINTED_BYTES);
    config_schema(&b);
    return print(&b);
}
