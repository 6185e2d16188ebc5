/* Values of the configuration: from text, from JSON, into their place. */
#include "base/amount.h"
#include "base/json.h"
#include "server/config_table.h"

#include <assert.h>

bool config_word(const struct config_row *row, size_t index, str *out)
{
    str rest = str_of(row->words);
    bool ended = false;
    for (size_t i = 0; str_next(&rest, &ended, ' ', out); i++)
        if (i == index)
            return true;
    return false;
}

static enum err fault(const struct config_row *row, struct problem *why, const char *wanted)
{
    return problem_fault(why, ERR_INVALID, row->key, S("type"), STR_FMT " must be %s.",
                         STR_ARG(row->key), wanted);
}

bool config_read_duration(str text, uint64_t *ms)
{
    return amount_read_ms(text, ms);
}

static enum err put_number(const struct config_row *row, uint64_t n, struct config *into,
                           struct problem *why)
{
    if (n < row->least || n > row->most)
        return problem_fault(why, ERR_INVALID, row->key, S("range"),
                             STR_FMT " must be from %llu to %llu%s.", STR_ARG(row->key),
                             (unsigned long long)row->least, (unsigned long long)row->most,
                             row->type == CONFIG_BYTES      ? " bytes"
                             : row->type == CONFIG_DURATION ? " milliseconds"
                                                            : "");
    memcpy((char *)into + row->offset, &n, sizeof n);
    return ERR_OK;
}

static enum err put_bool(const struct config_row *row, str text, struct config *into,
                         struct problem *why)
{
    bool yes = str_equal(text, S("true")) || str_equal(text, S("1"));
    if (!yes && !str_equal(text, S("false")) && !str_equal(text, S("0")))
        return fault(row, why, "true or false");
    memcpy((char *)into + row->offset, &yes, sizeof yes);
    return ERR_OK;
}

static enum err put_word(const struct config_row *row, str text, struct config *into,
                         struct problem *why)
{
    str word;
    for (size_t i = 0; config_word(row, i, &word); i++) {
        int index = (int)i;
        static_assert(sizeof(enum log_level) == sizeof index &&
                          sizeof(enum log_format) == sizeof index,
                      "words are enums");
        if (str_equal(word, text)) {
            memcpy((char *)into + row->offset, &index, sizeof index);
            return ERR_OK;
        }
    }
    return problem_fault(why, ERR_INVALID, row->key, S("choice"), STR_FMT " must be one of: %s.",
                         STR_ARG(row->key), row->words);
}

static enum err put_list(const struct config_row *row, const str *items, size_t count,
                         struct config *into, struct problem *why)
{
    if (count < row->least || count > row->most)
        return problem_fault(why, ERR_INVALID, row->key, S("range"),
                             STR_FMT " must have %llu to %llu entries.", STR_ARG(row->key),
                             (unsigned long long)row->least, (unsigned long long)row->most);
    struct str_list list = {items, count};
    memcpy((char *)into + row->offset, &list, sizeof list);
    return ERR_OK;
}

static enum err put_list_text(const struct config_row *row, struct arena *a, str text,
                              struct config *into, struct problem *why)
{
    str *items = NEW_N(a, str, text.len + 1), item;
    size_t count = 0;
    bool ended = false;
    while (str_next(&text, &ended, ',', &item))
        if (str_trim(item).len > 0)
            items[count++] = arena_copy(a, str_trim(item));
    return put_list(row, items, count, into, why);
}

enum err config_put_text(const struct config_row *row, struct arena *a, str text,
                         struct config *into, struct problem *why)
{
    uint64_t n;
    switch (row->type) {
    case CONFIG_TEXT:
        text = text.len > 0 ? arena_copy(a, text) : (str){0};
        memcpy((char *)into + row->offset, &text, sizeof text);
        return ERR_OK;
    case CONFIG_BOOL:
        return put_bool(row, text, into, why);
    case CONFIG_COUNT:
        return str_to_u64(text, UINT64_MAX, &n) ? put_number(row, n, into, why)
                                                : fault(row, why, "a number");
    case CONFIG_BYTES:
        return amount_read_bytes(text, &n)
                   ? put_number(row, n, into, why)
                   : fault(row, why, "a number of bytes, like 4 MiB");
    case CONFIG_DURATION:
        return config_read_duration(text, &n)
                   ? put_number(row, n, into, why)
                   : fault(row, why, "a time, like 30m or 12h");
    case CONFIG_WORD:
        return put_word(row, text, into, why);
    case CONFIG_LIST:
        return put_list_text(row, a, text, into, why);
    }
    return ERR_INTERNAL;
}

static enum err put_list_json(const struct config_row *row, struct arena *a, const struct json *v,
                              struct config *into, struct problem *why)
{
    str *items = NEW_N(a, str, v->count);
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->items[i].type != JSON_TEXT)
            return fault(row, why, "a list of texts");
        items[i] = v->items[i].text;
    }
    return put_list(row, items, v->count, into, why);
}

enum err config_put_json(const struct config_row *row, struct arena *a, const struct json *v,
                         struct config *into, struct problem *why)
{
    bool number =
        row->type == CONFIG_COUNT || row->type == CONFIG_BYTES || row->type == CONFIG_DURATION;
    if (v->type == JSON_TEXT && row->type != CONFIG_BOOL && row->type != CONFIG_COUNT &&
        row->type != CONFIG_LIST)
        return config_put_text(row, a, v->text, into, why);
    if (v->type == JSON_BOOL && row->type == CONFIG_BOOL)
        return config_put_text(row, a, v->boolean ? S("true") : S("false"), into, why);
    if (v->type == JSON_INT && v->integer >= 0 && number)
        return config_put_text(row, a, arena_format(a, "%lld", (long long)v->integer), into, why);
    if (v->type == JSON_LIST && row->type == CONFIG_LIST)
        return put_list_json(row, a, v, into, why);
    /* One entry need not be a list. */
    if (v->type == JSON_TEXT && row->type == CONFIG_LIST)
        return put_list(row, &v->text, 1, into, why);
    return fault(row, why,
                 row->type == CONFIG_BOOL   ? "true or false"
                 : row->type == CONFIG_LIST ? "a list of texts"
                 : number                   ? "a number"
                                            : "a text");
}
