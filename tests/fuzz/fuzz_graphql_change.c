/* Data of mutations, whatever it is: translated without harm, read as changes are, and each fault has a place in what was
 * sent, or in front of what is not there. */
#include "base/limits.h"
#include "graphql/own/change_data.h"
#include "tests/support/fuzz.h"
#include "tests/support/model_text.h"

static const char model_text[] =
    "[{name:'authors', fields:[{name:'name', kind:'text'}]}, {name:'pages', fields:[{name:'title', kind:'text'}]},"
    " {name:'hero', shape:'component', fields:[{name:'title', kind:'text', maxlength:3}, {name:'about', kind:'ref', to:['authors','pages']}]},"
    " {name:'posts', fields:[{name:'title', kind:'text', maxlength:3}, {name:'views', kind:'number', max:9}, {name:'tags', kind:'tags'},"
    "   {name:'author', kind:'ref', to:'authors'}, {name:'readers', kind:'ref', to:'authors', many:true},"
    "   {name:'about', kind:'ref', to:['authors','pages']}, {name:'seo', kind:'set', fields:[{name:'blocks', kind:'blocks', of:['hero']}]},"
    "   {name:'blocks', kind:'blocks', of:['hero']}, {name:'data', kind:'object'}]}]";

static const struct collection *posts_of(void) /* made once: it costs more than a run */
{
    static const struct model *m;
    struct arena *a = m ? NULL : arena_open(64u << 10);
    struct problem why = {.arena = a};
    must(m || model_of(a, model_text, false, &m, &why) == ERR_OK);
    return model_find(m, S("posts"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct collection *posts = posts_of();
    struct arena *a = arena_open(64u << 10);
    struct problem why = {.arena = a}, unread = {.arena = a};
    struct json_options options = {.dialect = JSON_5};
    struct own_data d = {.arena = a};
    struct change c = {.op = OP_UPDATE};
    struct vars vars = {.now_ms = 1};
    const struct json *sent = NULL, *made = NULL;
    if (size <= LIMIT_BODY_BYTES && json_read(a, (str){(const char *)data, size}, &options, S(""), &sent, &unread) == ERR_OK &&
        sent->type == JSON_MAP) {
        if (own_data_item(&d, posts, sent, S("/data"), &made, &why) == ERR_OK && change_read(a, posts, made, S("/data"), &c, &why) == ERR_OK)
            err_ignored(change_check(a, &c, &vars, S("/data"), &why));
        own_data_faults(&d, &why, 0);
        for (size_t i = 0; i < why.fault_count; i++)
            must(str_starts(why.faults[i].path, S("data")));
    }
    arena_close(a);
    return 0;
}
