/* The configuration as text: what is in force, its schema, its flags. */
#include "base/json.h"
#include "server/config_table.h"
#include "server/wrap.h"

#include <stdio.h>

static const char *const origin_names[] = {"default", "file", "environment", "flag"};

static uint64_t number_of(const struct config_row *row, const struct config *c)
{
    uint64_t n;
    memcpy(&n, (const char *)c + row->offset, sizeof n);
    return n;
}

static void write_list(struct json_writer *w, const struct str_list *list)
{
    json_list_open(w);
    for (size_t i = 0; i < list->count; i++)
        json_text(w, list->at[i]);
    json_list_close(w);
}

static void write_value(struct json_writer *w, const struct config_row *row, const struct config *c)
{
    const char *at = (const char *)c + row->offset;
    str text;
    int index;
    bool yes;
    switch (row->type) {
    case CONFIG_TEXT:
        memcpy(&text, at, sizeof text);
        if (row->flags & CONFIG_SECRET && text.len > 0)
            text = S("(secret)");
        if (str_is_absent(text))
            json_nothing(w);
        else
            json_text(w, text);
        break;
    case CONFIG_BOOL:
        memcpy(&yes, at, sizeof yes);
        json_bool(w, yes);
        break;
    case CONFIG_COUNT:
    case CONFIG_BYTES:
        json_uint(w, number_of(row, c));
        break;
    case CONFIG_DURATION: {
        char s[32];
        uint64_t ms = number_of(row, c);
        int n = snprintf(s, sizeof s, ms % 1000 ? "%llums" : "%llus",
                         (unsigned long long)(ms % 1000 ? ms : ms / 1000));
        json_text(w, (str){s, (size_t)n});
        break;
    }
    case CONFIG_WORD:
        memcpy(&index, at, sizeof index);
        must(config_word(row, (size_t)index, &text));
        json_text(w, text);
        break;
    case CONFIG_LIST:
        write_list(w, (const struct str_list *)(const void *)at);
        break;
    }
}

static void show_as_json(struct buf *out, const struct config_result *r, bool with_origins)
{
    struct json_writer w;
    json_begin(&w, out);
    json_map_open(&w);
    for (size_t i = 0; i < config_row_count; i++) {
        json_name(&w, config_rows[i].key);
        if (!with_origins) {
            write_value(&w, &config_rows[i], &r->config);
            continue;
        }
        json_map_open(&w);
        json_name(&w, S("value"));
        write_value(&w, &config_rows[i], &r->config);
        json_name(&w, S("origin"));
        json_text(&w, str_of(origin_names[r->origins[i]]));
        json_map_close(&w);
    }
    json_map_close(&w);
    json_end(&w);
    buf_byte(out, '\n');
}

void config_tell(struct json_writer *w, const struct config_result *r)
{
    json_list_open(w);
    for (size_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        json_map_open(w);
        json_name(w, S("key"));
        json_text(w, row->key);
        json_name(w, S("value"));
        write_value(w, row, &r->config);
        json_name(w, S("origin"));
        json_text(w, str_of(origin_names[r->origins[i]]));
        json_name(w, S("secret"));
        json_bool(w, row->flags & CONFIG_SECRET);
        json_name(w, S("info"));
        json_text(w, str_of(row->sentence));
        json_map_close(w);
    }
    json_list_close(w);
}

void config_show(struct buf *out, const struct config_result *r, bool with_origins, bool as_json)
{
    if (as_json) {
        show_as_json(out, r, with_origins);
        return;
    }
    for (size_t i = 0; i < config_row_count; i++) {
        struct json_writer w;
        buf_add(out, config_rows[i].key);
        buf_add(out, S(" = "));
        json_begin(&w, out);
        write_value(&w, &config_rows[i], &r->config);
        json_end(&w);
        if (with_origins)
            buf_format(out, "   (%s)", origin_names[r->origins[i]]);
        buf_byte(out, '\n');
    }
}

/* ------ schema */

static void member(struct json_writer *w, const char *name, const char *value)
{
    json_name(w, str_of(name));
    json_text(w, str_of(value));
}

static void bounds(struct json_writer *w, const struct config_row *row, const char *least,
                   const char *most)
{
    json_name(w, str_of(least));
    json_uint(w, row->least);
    json_name(w, str_of(most));
    json_uint(w, row->most);
}

static void write_words(struct json_writer *w, const struct config_row *row)
{
    str word;
    json_name(w, S("enum"));
    json_list_open(w);
    for (size_t i = 0; config_word(row, i, &word); i++)
        json_text(w, word);
    json_list_close(w);
}

static void write_row_schema(struct json_writer *w, const struct config_row *row)
{
    json_map_open(w);
    member(w, "description", row->sentence);
    switch (row->type) {
    case CONFIG_TEXT:
        member(w, "type", "string");
        break;
    case CONFIG_BOOL:
        member(w, "type", "boolean");
        break;
    case CONFIG_COUNT:
        member(w, "type", "integer");
        bounds(w, row, "minimum", "maximum");
        break;
    case CONFIG_BYTES:
    case CONFIG_DURATION:
        json_name(w, S("type"));
        json_list_open(w);
        json_text(w, S("integer"));
        json_text(w, S("string"));
        json_list_close(w);
        member(w, "pattern",
               row->type == CONFIG_BYTES ? "^[0-9]+ *(B|KiB|MiB|GiB)?$"
                                         : "^[0-9]+ *(ms|s|m|h|d)?$");
        break;
    case CONFIG_WORD:
        write_words(w, row);
        break;
    case CONFIG_LIST:
        member(w, "type", "array");
        json_name(w, S("items"));
        json_map_open(w);
        member(w, "type", "string");
        json_map_close(w);
        bounds(w, row, "minItems", "maxItems");
        break;
    }
    if (row->preset != NULL && row->preset[0] != 0)
        member(w, "x-default", row->preset);
    json_map_close(w);
}

static void begin_object(struct json_writer *w)
{
    json_map_open(w);
    member(w, "type", "object");
    json_name(w, S("additionalProperties"));
    json_bool(w, false);
    json_name(w, S("properties"));
    json_map_open(w);
}

void config_schema(struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    begin_object(&w);
    json_name(&w, S("$schema"));
    json_map_open(&w);
    member(&w, "type", "string");
    json_map_close(&w);
    /* Rows of one section stand together in the table. */
    str open = {0};
    for (size_t i = 0; i < config_row_count; i++) {
        str section, name;
        bool sectioned = str_cut(config_rows[i].key, '.', &section, &name);
        if (open.len > 0 && (!sectioned || !str_equal(section, open))) {
            json_map_close(&w);
            json_map_close(&w);
            open = (str){0};
        }
        if (sectioned && open.len == 0) {
            json_name(&w, section);
            begin_object(&w);
            open = section;
        }
        json_name(&w, sectioned ? name : config_rows[i].key);
        write_row_schema(&w, &config_rows[i]);
    }
    if (open.len > 0) {
        json_map_close(&w);
        json_map_close(&w);
    }
    json_map_close(&w);
    json_name(&w, S("$id"));
    json_text(&w, S("vitrine.schema.json"));
    json_map_close(&w);
    json_end(&w);
    buf_byte(out, '\n');
}

void config_help(struct buf *out)
{
    for (size_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        if (row->flag == NULL)
            continue;
        char flag[64];
        snprintf(flag, sizeof flag, "--%s%s", row->flag, row->type == CONFIG_BOOL ? "" : " VALUE");
        buf_format(out, "  %-24s ", flag);
        wrap(out, str_of(row->sentence), 27, 27);
    }
}
